/* SPDX-License-Identifier: BSD-3-Clause */
/* Bringing records from one repository to another. */
#include <string.h>

#include "butler/records-private.h"
#include "dimensions/dimension-sql.h"

#define ROWS_AT_ONCE 4000

/* A dimension that a dataset has must be somewhere; a relation of several, such as a detector's region of a visit, need not. */
static int check_found(const pps_butler *source, const pps_record_keys *keys, size_t lo, size_t hi, const pps_dimensions *found,
		       pps_error **err)
{
	const pps_records *records = pps_dimensions_records_of(found, keys->element->name);
	_cleanup_buf_ pps_buf key = PPS_BUF_LINE;

	if (!keys->element->is_dimension || pps_records_size(records) == hi - lo)
		return PPS_OK;
	for (size_t row = lo; row < hi; row++) {
		pps_cell cells[PPS_KEYS_MAX] = { 0 };

		for (size_t i = 0; i < keys->element->nrequired; i++)
			cells[i].i = pps_keys_row(keys, row)[i].i;
		if (pps_records_find(records, cells) >= 0)
			continue;
		pps_keys_describe(keys, row, &key);
		return pps_fail(err, PPS_E_NOTFOUND, "%s has no %s with %s", source->config.uri, keys->element->name, pps_buf_text(&key));
	}
	return PPS_OK;
}

/* Reads the records @lo to @hi - 1, all cells. */
static int read_chunk(pps_butler *source, const pps_record_keys *keys, size_t lo, size_t hi, pps_dimensions *into, pps_error **err)
{
	_cleanup_(pps_keys_table_clear) pps_keys_table table = { 0 };
	_cleanup_buf_ pps_buf where = PPS_BUF_SQL;
	const pps_element *e = keys->element;
	int r = pps_keys_table_make(&table, source->sql, keys, lo, hi, 1, err);

	if (r < 0)
		return r;
	for (size_t i = 0; i < e->nrequired; i++)
		pps_buf_printf(&where, "%sr.\"%s\"", i ? ", " : "(", e->columns[i].name);
	pps_buf_add_text(&where, ") IN (SELECT ");
	for (size_t i = 0; i < e->nrequired; i++)
		pps_buf_printf(&where, "%sk.c%zu", i ? ", " : "", i);
	pps_buf_printf(&where, " FROM %s)", pps_buf_text(&table.text));
	if ((r = pps_buf_check(&where, "statement", err)) < 0)
		return r;
	return pps_dimension_read(source->sql, into, e->name, pps_buf_text(&where), table.params, table.nparams, err);
}

static int copy_chunk(pps_butler *source, pps_butler *dest, const pps_record_keys *keys, size_t lo, size_t hi, int64_t *inserted,
		      pps_error **err)
{
	_cleanup_(pps_dimensions_freep) pps_dimensions *dims = NULL;
	int64_t n = 0;
	int r;

	if ((r = pps_dimensions_new_in(source->ctx, source->universe, &dims, err)) < 0 ||
	    (r = read_chunk(source, keys, lo, hi, dims, err)) < 0 || (r = check_found(source, keys, lo, hi, dims, err)) < 0 ||
	    (r = pps_dimension_insert(dest->sql, dest->universe, dims, source->sql, &n, err)) < 0)
		return r;
	*inserted += n;
	return PPS_OK;
}

static int copy_missing(pps_butler *source, pps_butler *dest, const pps_key_sets *missing, int64_t *inserted, pps_error **err)
{
	int r = PPS_OK;

	for (size_t i = 0; i < missing->n; i++) {
		const pps_record_keys *keys = &missing->at[i];

		for (size_t lo = 0, hi; r == PPS_OK && lo < keys->n; lo = hi) {
			hi = lo + ROWS_AT_ONCE < keys->n ? lo + ROWS_AT_ONCE : keys->n;
			r = copy_chunk(source, dest, keys, lo, hi, inserted, err);
		}
	}
	return r;
}

static int64_t count_keys(const pps_key_sets *sets)
{
	size_t n = 0;

	for (size_t i = 0; i < sets->n; i++)
		n += sets->at[i].n;
	return (int64_t)n;
}

int pps_butler_ensure_records(pps_butler *source, pps_butler *dest, const pps_data_ids *ids, size_t nids, int mode, int flags,
			      int64_t *ret_inserted, pps_error **err)
{
	_cleanup_(pps_key_sets_clear) pps_key_sets sets = { 0 };
	int64_t inserted = 0;
	int r;

	if (!(flags & PPS_BUTLER_DRY_RUN) && (r = pps_butler_check_writable(dest, err)) < 0)
		return r;
	if ((r = pps_key_sets_init(&sets, source, err)) < 0 ||
	    (r = pps_records_collect(source, ids, nids, mode == PPS_RECORDS_WITH_VISITS, &sets, err)) < 0)
		return pps_wrap(err, r, "dimension records of %s", source->config.uri);
	if ((r = pps_records_missing(dest, &sets, err)) == PPS_OK) {
		if (flags & PPS_BUTLER_DRY_RUN)
			inserted = count_keys(&sets);
		else
			r = copy_missing(source, dest, &sets, &inserted, err);
	}
	if (r < 0)
		return pps_wrap(err, r, "dimension records for %s", dest->config.uri);
	if (ret_inserted)
		*ret_inserted = inserted;
	return PPS_OK;
}
