/* SPDX-License-Identifier: BSD-3-Clause */
/* Records that were changed in the source after they had been copied. */
#include <string.h>

#include "butler/records-private.h"
#include "dimensions/dimension-overlap.h"

#define ROWS_AT_ONCE 4000

/* One chunk of one element. */
typedef struct revising {
	pps_butler *source, *dest;
	const pps_element *element;
	const pps_records *theirs; /* as the source has them */
	pps_records *changed;      /* those that the destination has otherwise, as the source has them */
	unsigned char columns[PPS_COLUMNS_MAX]; /* 1: differs in some record of the chunk */
	int *first;                /* per changed record, in the order of @theirs: the first column that differs, or -1 */
	const pps_overlaps *overlaps;
	const pps_keys_table *keys;
} revising;

/* A record as the destination has it, against that of the source. */
static int compare(void *user, const pps_cell *cells, pps_error **err)
{
	revising *v = user;
	ptrdiff_t row = pps_records_find(v->theirs, cells);
	pps_cell theirs[PPS_COLUMNS_MAX];

	if (row < 0)
		return PPS_OK;
	for (size_t i = 0; i < v->element->ncolumns; i++) {
		theirs[i] = pps_records_get(v->theirs, (size_t)row, i);
		if (pps_cell_equal(&v->element->columns[i], &theirs[i], &cells[i]))
			continue;
		v->columns[i] = 1;
		if (v->first[row] < 0)
			v->first[row] = (int)i;
	}
	return v->first[row] < 0 ? PPS_OK : pps_records_add(v->changed, theirs, NULL, err);
}

static int find_changed(revising *v, const pps_record_keys *keys, size_t lo, size_t hi, pps_error **err)
{
	_cleanup_(pps_keys_table_clear) pps_keys_table table = { 0 };
	_cleanup_buf_ pps_buf where = PPS_BUF_SQL;
	int r = pps_keys_table_make(&table, v->dest->sql, keys, lo, hi, 1, err);

	if (r < 0)
		return r;
	pps_keys_condition(v->element, "r", 0, &table, &where);
	if ((r = pps_buf_check(&where, "statement", err)) < 0)
		return r;
	return pps_dimension_each(v->dest->sql, v->element, pps_buf_text(&where), table.params, table.nparams, compare, v, err);
}

/* "ON CONFLICT ("a") DO UPDATE SET "b" = EXCLUDED."b"" of the columns that differ: others would lock more of the row. */
static void update_clause(const revising *v, pps_buf *b)
{
	const pps_element *e = v->element;
	int n = 0;

	for (size_t i = 0; i < e->nrequired; i++)
		pps_buf_printf(b, "%s\"%s\"", i ? ", " : "ON CONFLICT (", e->columns[i].name);
	pps_buf_add_text(b, ") DO UPDATE SET ");
	for (size_t i = 0; i < e->ncolumns; i++) {
		const char *name = e->columns[i].name;

		if (!v->columns[i])
			continue;
		pps_buf_add_text(b, n++ ? ", " : "");
		if (e->columns[i].type == PPS_COLUMN_SPAN && pps_sql_kind(v->dest->sql) == PPS_SQL_SQLITE)
			pps_buf_printf(b, "\"%s_begin\" = EXCLUDED.\"%s_begin\", \"%s_end\" = EXCLUDED.\"%s_end\"", name, name, name, name);
		else
			pps_buf_printf(b, "\"%s\" = EXCLUDED.\"%s\"", name, name);
	}
}

static int replace_rows(const revising *v, pps_sql *sql, pps_error **err)
{
	const pps_element *e = v->element;
	size_t n = pps_records_size(v->changed);
	_cleanup_free_ pps_sql_value *values = calloc(n * e->ncolumns, sizeof *values);
	_cleanup_buf_ pps_buf conflict = PPS_BUF_LINE;
	pps_sql_column columns[PPS_COLUMNS_MAX];
	int r;

	if (!values)
		return pps_fail_nomem(err);
	for (size_t i = 0; i < e->ncolumns; i++)
		columns[i] = (pps_sql_column){ e->columns[i].name, pps_column_sql_type(e->columns[i].type) };
	for (size_t row = 0; row < n; row++)
		for (size_t i = 0; i < e->ncolumns; i++) {
			pps_cell cell = pps_records_get(v->changed, row, i);

			values[row * e->ncolumns + i] = pps_cell_sql_value(e->columns[i].type, &cell);
		}
	update_clause(v, &conflict);
	if ((r = pps_buf_check(&conflict, "statement", err)) < 0)
		return r;
	return pps_sql_insert(sql, e->name, columns, e->ncolumns, values, n, pps_buf_text(&conflict), NULL, err);
}

/* In a transaction. */
static int replace(pps_sql *sql, void *user, pps_error **err)
{
	const revising *v = user;
	const pps_universe *u = v->dest->universe;
	_cleanup_buf_ pps_buf b = PPS_BUF_SQL;
	int r = replace_rows(v, sql, err);

	if (r < 0 || !v->overlaps)
		return r;
	pps_buf_printf(&b, "DELETE FROM {%s_skypix_overlap} AS o WHERE o.skypix_system = '%s' AND o.skypix_level = %d AND ", v->element->name,
		       pps_universe_skypix_system(u), pps_universe_skypix_level(u));
	pps_keys_condition(v->element, "o", 1, v->keys, &b);
	if ((r = pps_buf_check(&b, "statement", err)) < 0 ||
	    (r = pps_sql_exec(sql, pps_buf_text(&b), v->keys->params, v->keys->nparams, NULL, err)) < 0)
		return r;
	return pps_overlaps_insert(v->overlaps, sql, u, 0, err);
}

static int add_keys(const pps_records *records, pps_key_sets *sets, pps_error **err)
{
	const pps_element *e = pps_records_element(records);
	int r = PPS_OK;

	for (size_t row = 0; r == PPS_OK && row < pps_records_size(records); row++) {
		pps_key_part key[PPS_KEYS_MAX];

		for (size_t i = 0; i < e->nrequired; i++)
			key[i].i = pps_records_get(records, row, i).i; /* or the text: both are of the same size */
		r = pps_key_sets_add(sets, e, key, err);
	}
	return r;
}

static int replace_changed(revising *v, pps_error **err)
{
	_cleanup_(pps_overlaps_free) pps_overlaps overlaps = { 0 };
	_cleanup_(pps_keys_table_clear) pps_keys_table table = { 0 };
	_cleanup_(pps_key_sets_clear) pps_key_sets sets = { 0 };
	size_t n = pps_records_size(v->changed);
	int r = PPS_OK;

	if (v->element->is_spatial && v->columns[v->element->region_column]) {
		if ((r = pps_overlaps_init(&overlaps, v->changed, 0, n, err)) < 0 ||
		    (r = pps_overlaps_read(&overlaps, v->source->sql, v->dest->universe, err)) < 0 ||
		    (r = pps_overlaps_compute(&overlaps, v->dest->universe, err)) < 0 ||
		    (r = pps_key_sets_init(&sets, v->source, err)) < 0 || (r = add_keys(v->changed, &sets, err)) < 0 ||
		    (r = pps_keys_table_make(&table, v->dest->sql, &sets.at[v->element->index], 0, n, 1, err)) < 0)
			return r;
		pps_overlaps_sort(&overlaps);
		v->overlaps = &overlaps;
		v->keys = &table;
	}
	r = pps_sql_transact(v->dest->sql, PPS_BUTLER_ATTEMPTS, replace, v, err);
	v->overlaps = NULL;
	v->keys = NULL;
	return r;
}

static int tell(const revising *v, pps_revision_fn fn, void *user, pps_error **err)
{
	int r = PPS_OK;

	for (size_t row = 0; fn && r >= 0 && row < pps_records_size(v->theirs); row++) {
		_cleanup_buf_ pps_buf key = PPS_BUF_LINE;

		if (v->first[row] < 0)
			continue;
		pps_records_describe(v->theirs, row, &key);
		r = fn(user, v->element->name, pps_buf_text(&key), v->element->columns[v->first[row]].name, err);
	}
	return r < 0 ? r : PPS_OK;
}

static int revise_chunk(revising *v, const pps_record_keys *keys, size_t lo, size_t hi, int flags, pps_revision_fn fn, void *user,
			int64_t *revised, pps_error **err)
{
	_cleanup_(pps_dimensions_freep) pps_dimensions *theirs = NULL, *changed = NULL;
	_cleanup_free_ int *first = calloc(hi - lo, sizeof *first);
	int r;

	if (!first)
		return pps_fail_nomem(err);
	for (size_t i = 0; i < hi - lo; i++)
		first[i] = -1;
	if ((r = pps_dimensions_new_in(v->source->ctx, v->source->universe, &theirs, err)) < 0 ||
	    (r = pps_dimensions_new_in(v->source->ctx, v->source->universe, &changed, err)) < 0 ||
	    (r = pps_records_read(v->source, keys, lo, hi, theirs, err)) < 0 ||
	    (r = pps_dimension_match(theirs, v->dest->universe, err)) < 0)
		return r;
	v->theirs = pps_dimensions_records_of(theirs, v->element->name);
	v->changed = pps_dimensions_records(changed, v->element->name);
	v->first = first;
	memset(v->columns, 0, sizeof v->columns);
	if ((r = find_changed(v, keys, lo, hi, err)) < 0)
		return r;
	if (pps_records_size(v->changed) && !(flags & PPS_BUTLER_DRY_RUN) && (r = replace_changed(v, err)) < 0)
		return r;
	*revised += (int64_t)pps_records_size(v->changed);
	return tell(v, fn, user, err);
}

int pps_records_revise(pps_butler *source, pps_butler *dest, const pps_key_sets *sets, int flags, pps_revision_fn fn, void *user,
		       int64_t *revised, pps_error **err)
{
	int r = PPS_OK;

	for (size_t i = 0; i < sets->n; i++) {
		const pps_record_keys *keys = &sets->at[i];
		revising v = { .source = source, .dest = dest, .element = keys->element };

		if (keys->element->ncolumns == keys->element->nrequired)
			continue; /* nothing but keys */
		for (size_t lo = 0, hi; r == PPS_OK && lo < keys->n; lo = hi) {
			hi = lo + ROWS_AT_ONCE < keys->n ? lo + ROWS_AT_ONCE : keys->n;
			if ((r = pps_ctx_check(source->ctx, err)) == PPS_OK)
				r = revise_chunk(&v, keys, lo, hi, flags, fn, user, revised, err);
		}
		if (r < 0)
			return pps_wrap(err, r, "revise records of %s", keys->element->name);
	}
	return PPS_OK;
}
