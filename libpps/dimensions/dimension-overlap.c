/* SPDX-License-Identifier: BSD-3-Clause */
/* Sky pixel overlaps: which rows X_skypix_overlap has, or has to have, for some records of X. */
#include "dimensions/dimension-overlap.h"

#include <string.h>

#include "base/codec.h"
#include "dimensions/skypix.h"

#define ROWS_AT_ONCE 20000

void pps_overlaps_free(pps_overlaps *o)
{
	free(o->at);
	free(o->counts);
	*o = (pps_overlaps){ 0 };
}

static int overlaps_add(pps_overlaps *o, size_t row, int64_t index, pps_error **err)
{
	if (pps_grow(&o->at, &o->cap, o->n, sizeof(*o->at)) < 0)
		return pps_fail_nomem(err);
	o->at[o->n++] = (pps_overlap){ .row = row, .index = index };
	o->counts[row - o->lo]++;
	return PPS_OK;
}

int pps_overlaps_init(pps_overlaps *o, const pps_records *records, size_t lo, size_t hi, pps_error **err)
{
	*o = (pps_overlaps){ .records = records, .lo = lo, .hi = hi, .counts = calloc(hi - lo,
	      sizeof(*o->counts)) };
	return o->counts ? PPS_OK : pps_fail_nomem(err);
}

int pps_overlaps_read(pps_overlaps *o, pps_sql *sql, const pps_universe *u, pps_error **err)
{
	const pps_element *e = pps_records_element(o->records);
	_cleanup_(pps_key_where_free) pps_key_where where = PPS_KEY_WHERE;
	_cleanup_buf_ pps_buf b = PPS_BUF_SQL;
	_cleanup_(pps_sql_rows_freep) pps_sql_rows *rows = NULL;
	int r = pps_key_where_make(&where, e, 1, pps_records_key, o->records, o->lo, o->hi, err);

	if (r < 0)
		return r;
	pps_buf_add_text(&b, "SELECT ");
	for (size_t i = 0; i < e->nrequired; i++)
		pps_buf_printf(&b, "r.\"%s\", ", e->required[i]->name);
	pps_buf_printf(&b,
		       "r.skypix_index FROM {%s_skypix_overlap} r "
		       "WHERE r.skypix_system = '%s' AND r.skypix_level = %d AND %s",
		       e->name, pps_universe_skypix_system(u), pps_universe_skypix_level(u),
		       pps_buf_text(&where.text));
	if ((r = pps_buf_check(&b, "statement", err)) < 0 ||
	    (r = pps_sql_query(sql, pps_buf_text(&b), where.params, where.nparams, &rows, err)) < 0)
		return pps_wrap(err, r, "read sky pixels of %s", e->name);
	while ((r = pps_sql_next(rows, err)) == 1) {
		pps_cell key[PPS_KEYS_MAX];
		ptrdiff_t row;

		for (size_t i = 0; i < e->nrequired; i++) {
			key[i] = (pps_cell){ 0 };
			if (pps_column_is_text(&e->columns[i]))
				key[i].s = pps_sql_get_text(rows, (int)i);
			else
				key[i].i = pps_sql_get_int(rows, (int)i);
		}
		row = pps_records_find(o->records, key);
		if (row < (ptrdiff_t)o->lo || row >= (ptrdiff_t)o->hi)
			continue;
		if ((r = overlaps_add(o, (size_t)row, pps_sql_get_int(rows, (int)e->nrequired), err)) < 0)
			return r;
	}
	return r < 0 ? pps_wrap(err, r, "read sky pixels of %s", e->name) : PPS_OK;
}

static int record_envelope(const pps_records *records, size_t row, int level, pps_skypix_range **ret_ranges,
			   size_t *ret_n, pps_error **err)
{
	const pps_element *e = pps_records_element(records);
	pps_cell cell = pps_records_get(records, row, (size_t)e->region_column);
	_cleanup_(pps_region_freep) pps_region *region = NULL;
	_cleanup_free_ uint8_t *bytes = NULL;
	_cleanup_buf_ pps_buf key = PPS_BUF_LINE;
	size_t size;
	int r = pps_base64_decode(cell.s, strlen(cell.s), &bytes, &size, err);

	if (r == PPS_OK)
		r = pps_region_decode(bytes, size, &region, err);
	if (r == PPS_OK)
		r = pps_skypix_envelope(region, level, ret_ranges, ret_n, err);
	if (r < 0) {
		pps_records_describe(records, row, &key);
		return pps_wrap(err, r, "region of %s %s", e->name, pps_buf_text(&key));
	}
	return PPS_OK;
}

int pps_overlaps_compute(pps_overlaps *o, const pps_universe *u, pps_error **err)
{
	size_t col = (size_t)pps_records_element(o->records)->region_column;

	for (size_t row = o->lo; row < o->hi; row++) {
		_cleanup_free_ pps_skypix_range *ranges = NULL;
		size_t n = 0;
		int r;

		if (o->counts[row - o->lo] || pps_records_get(o->records, row, col).is_null)
			continue;
		if ((r = record_envelope(o->records, row, pps_universe_skypix_level(u), &ranges, &n,
					 err)) < 0)
			return r;
		for (size_t i = 0; i < n; i++)
			for (uint64_t index = ranges[i].begin; index < ranges[i].end; index++)
				if ((r = overlaps_add(o, row, (int64_t)index, err)) < 0)
					return r;
	}
	return PPS_OK;
}

int pps_overlap_order(const pps_overlap *a, const pps_overlap *b)
{
	if (a->row != b->row)
		return a->row < b->row ? -1 : 1;
	return (a->index > b->index) - (a->index < b->index);
}

static int compare_overlaps(const void *a, const void *b)
{
	return pps_overlap_order(a, b);
}

void pps_overlaps_sort(pps_overlaps *o)
{
	if (o->n)
		qsort(o->at, o->n, sizeof(*o->at), compare_overlaps);
}

static int rows_insert(const pps_overlaps *o, size_t lo, size_t hi, pps_sql *sql, const pps_universe *u,
		       const pps_sql_column *columns, size_t ncolumns, const char *conflict, pps_error **err)
{
	const pps_element *e = pps_records_element(o->records);
	_cleanup_free_ pps_sql_value *values = calloc((hi - lo) * ncolumns, sizeof(*values));
	pps_sql_value *v = values;
	char table[128];

	if (!values)
		return pps_fail_nomem(err);
	for (size_t i = lo; i < hi; i++) {
		*v++ = pps_sql_text(pps_universe_skypix_system(u));
		*v++ = pps_sql_int(pps_universe_skypix_level(u));
		for (size_t k = 0; k < e->nrequired; k++) {
			pps_cell cell = pps_records_get(o->records, o->at[i].row, k);

			*v++ = pps_column_is_text(&e->columns[k]) ? pps_sql_text(cell.s) :
						  pps_sql_int(cell.i);
		}
		*v++ = pps_sql_int(o->at[i].index);
	}
	snprintf(table, sizeof(table), "%s_skypix_overlap", e->name);
	return pps_sql_insert(sql, table, columns, ncolumns, values, hi - lo, conflict, NULL, err);
}

int pps_overlaps_insert(const pps_overlaps *o, pps_sql *sql, const pps_universe *u, int is_new, pps_error **err)
{
	const pps_element *e = pps_records_element(o->records);
	pps_sql_column columns[PPS_KEYS_MAX + 3];
	_cleanup_buf_ pps_buf conflict = PPS_BUF_LINE;
	size_t n = 0;
	int r;

	columns[n++] = (pps_sql_column){ "skypix_system", PPS_SQL_TEXT };
	columns[n++] = (pps_sql_column){ "skypix_level", PPS_SQL_INT };
	for (size_t i = 0; i < e->nrequired; i++)
		columns[n++] = (pps_sql_column){ e->required[i]->name,
						 pps_column_is_text(&e->columns[i]) ? PPS_SQL_TEXT
										    : PPS_SQL_INT };
	columns[n++] = (pps_sql_column){ "skypix_index", PPS_SQL_INT };
	pps_conflict_clause(&conflict, columns, n);
	if ((r = pps_buf_check(&conflict, "statement", err)) < 0)
		return r;
	for (size_t lo = 0; lo < o->n; lo += ROWS_AT_ONCE) {
		size_t hi = lo + ROWS_AT_ONCE < o->n ? lo + ROWS_AT_ONCE : o->n;

		if ((r = rows_insert(o, lo, hi, sql, u, columns, n, is_new ? NULL : pps_buf_text(&conflict), err)) < 0)
			return r;
	}
	return PPS_OK;
}
