/* SPDX-License-Identifier: BSD-3-Clause */
/* Bringing records from one repository to another. */
#include <string.h>

#include "base/pool.h"
#include "butler/lanes.h"
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

int pps_records_read(pps_butler *butler, const pps_record_keys *keys, size_t lo, size_t hi, pps_dimensions *into, pps_error **err)
{
	_cleanup_(pps_keys_table_clear) pps_keys_table table = { 0 };
	_cleanup_buf_ pps_buf where = PPS_BUF_SQL;
	int r = pps_keys_table_make(&table, butler->sql, keys, lo, hi, 1, err);

	if (r < 0)
		return r;
	pps_keys_condition(keys->element, "r", 0, &table, &where);
	if ((r = pps_buf_check(&where, "statement", err)) < 0)
		return r;
	return pps_dimension_read(butler->sql, into, keys->element->name, pps_buf_text(&where), table.params, table.nparams, err);
}

static int copy_chunk(pps_butler *source, pps_butler *dest, const pps_record_keys *keys, size_t lo, size_t hi, int64_t *inserted,
		      pps_error **err)
{
	_cleanup_(pps_dimensions_freep) pps_dimensions *dims = NULL;
	int64_t n = 0;
	int r;

	if ((r = pps_dimensions_new_in(source->ctx, source->universe, &dims, err)) < 0 ||
	    (r = pps_records_read(source, keys, lo, hi, dims, err)) < 0 || (r = check_found(source, keys, lo, hi, dims, err)) < 0)
		return r;
	pps_sql_go_by_index(dest->sql, 1); /* for foreign keys, as those of datasets */
	r = pps_dimension_insert_new(dest->sql, dest->universe, dims, source->sql, &n, err);
	pps_sql_go_by_index(dest->sql, 0);
	*inserted += n;
	return r;
}

/* ---- many rows of one element, through several connections ---- */

typedef struct road {
	pps_lanes lanes;
	const pps_record_keys *keys;
	size_t chunk;
	int64_t inserted;
} road;

/* A job is the number of the chunk's first row, and one. */
static int drive(void *job, void *user, pps_error **err)
{
	road *self = user;
	size_t lo = (uintptr_t)job - 1, hi = lo + self->chunk < self->keys->n ? lo + self->chunk : self->keys->n, n;
	int64_t inserted = 0;
	int r = pps_lanes_take(&self->lanes, &n, err);

	if (r < 0)
		return r;
	r = copy_chunk(self->lanes.at[n].source, self->lanes.at[n].dest, self->keys, lo, hi, &inserted, err);
	pps_lanes_give(&self->lanes, n);
	__atomic_add_fetch(&self->inserted, inserted, __ATOMIC_SEQ_CST);
	return r;
}

static int submit_all(road *self, pps_error **err)
{
	_cleanup_(pps_pool_freep) pps_pool *pool = NULL;
	int r = pps_pool_new(self->lanes.source->ctx, self->lanes.n, (size_t)self->lanes.n, drive, NULL, self, &pool, err);

	for (size_t lo = 0; r == PPS_OK && lo < self->keys->n; lo += self->chunk)
		r = pps_pool_submit(pool, (void *)(uintptr_t)(lo + 1), err);
	return r < 0 ? r : pps_pool_wait(pool, err);
}

/* Foreign keys cost the server most of the time that rows take, each on one of its cores. */
static int copy_many(pps_butler *source, pps_butler *dest, const pps_record_keys *keys, int64_t *inserted, pps_error **err)
{
	road all = { .keys = keys };
	int r;

	pps_lanes_init(&all.lanes, source, dest);
	all.chunk = pps_lanes_chunk(&all.lanes, keys->n, ROWS_AT_ONCE);
	r = submit_all(&all, err);
	pps_lanes_clear(&all.lanes);
	*inserted += all.inserted;
	return r;
}

static int is_many(const pps_butler *dest, size_t n)
{
	return n > 2 * ROWS_AT_ONCE && pps_sql_kind(dest->sql) == PPS_SQL_POSTGRES && !dest->is_lane && pps_ctx_threads(dest->ctx) > 1;
}

/* A table that has just been filled is empty in the planner's eyes until autovacuum comes by, and then the next look for these very
 * keys walks an index of one column for each of them. */
static int tell_planner(pps_sql *sql, const char *table, size_t n, pps_error **err)
{
	pps_sql_value params[] = { pps_sql_text(pps_sql_schema(sql)), pps_sql_text(table) };
	_cleanup_buf_ pps_buf b = PPS_BUF_LINE;
	pps_sql_rows *rows = NULL;
	int r, is_stale;

	if ((r = pps_sql_query(sql, "SELECT c.reltuples::float8 FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace "
			       "WHERE n.nspname = $1 AND c.relname = $2", params, 2, &rows, err)) < 0)
		return r;
	r = pps_sql_next(rows, err);
	is_stale = r == 1 && pps_sql_get_real(rows, 0) < (double)n;
	pps_sql_rows_free(rows);
	if (r < 0 || !is_stale)
		return r < 0 ? r : PPS_OK;
	pps_buf_printf(&b, "ANALYZE {%s}", table);
	return pps_sql_exec(sql, pps_buf_text(&b), NULL, 0, NULL, err);
}

static int tell_planner_of(pps_butler *dest, const pps_record_keys *keys, pps_error **err)
{
	char overlaps[128];
	int r;

	if (pps_sql_kind(dest->sql) != PPS_SQL_POSTGRES)
		return PPS_OK;
	r = tell_planner(dest->sql, keys->element->name, keys->n, err);
	if (r == PPS_OK && keys->element->is_spatial) {
		snprintf(overlaps, sizeof overlaps, "%s_skypix_overlap", keys->element->name);
		r = tell_planner(dest->sql, overlaps, keys->n, err);
	}
	return r;
}

static int copy_few(pps_butler *source, pps_butler *dest, const pps_record_keys *keys, int64_t *inserted, pps_error **err)
{
	int r = PPS_OK;

	for (size_t lo = 0, hi; r == PPS_OK && lo < keys->n; lo = hi) {
		hi = lo + ROWS_AT_ONCE < keys->n ? lo + ROWS_AT_ONCE : keys->n;
		r = copy_chunk(source, dest, keys, lo, hi, inserted, err);
	}
	return r;
}

/* How many of an element are worth counting: any where many come, whose foreign keys are checked by what the planner thinks of the others. */
static size_t least_counted(const pps_butler *dest, const pps_key_sets *missing)
{
	for (size_t i = 0; i < missing->n; i++)
		if (is_many(dest, missing->at[i].n))
			return 1;
	return ROWS_AT_ONCE / 4;
}

int pps_records_copy(pps_butler *source, pps_butler *dest, const pps_key_sets *missing, int64_t *inserted, pps_error **err)
{
	const size_t least = least_counted(dest, missing);
	int r = PPS_OK;

	for (size_t i = 0; r == PPS_OK && i < missing->n; i++) {
		const pps_record_keys *keys = &missing->at[i];
		_cleanup_(pps_error_freep) pps_error *why = NULL;

		r = is_many(dest, keys->n) ? copy_many(source, dest, keys, inserted, &why) : PPS_E_UNAVAILABLE;
		if (r == PPS_E_UNAVAILABLE) /* a server may have no more connections to give: then through the one that there is */
			r = copy_few(source, dest, keys, inserted, err);
		else if (r < 0)
			pps_error_move(err, TAKE_PTR(why));
		if (r == PPS_OK && keys->n >= least)
			r = tell_planner_of(dest, keys, err);
	}
	return r;
}

static void key_of(const pps_element *e, const pps_sql_value *values, pps_key_part *key)
{
	for (size_t i = 0; i < e->nrequired; i++) {
		if (values[i].type == PPS_SQL_TEXT)
			key[i].s = values[i].s;
		else
			key[i].i = values[i].i;
	}
}

static int64_t count_keys(const pps_key_sets *sets)
{
	size_t n = 0;

	for (size_t i = 0; i < sets->n; i++)
		n += sets->at[i].n;
	return (int64_t)n;
}

/* Brings what is missing of the records; @sets then holds no other keys. */
static int bring(pps_butler *source, pps_butler *dest, pps_key_sets *sets, int flags, int64_t *inserted, pps_error **err)
{
	int r = pps_records_missing(dest, sets, err);

	if (r == PPS_OK && flags & PPS_BUTLER_DRY_RUN)
		*inserted = count_keys(sets);
	else if (r == PPS_OK)
		r = pps_records_copy(source, dest, sets, inserted, err);
	return r < 0 ? pps_wrap(err, r, "dimension records for %s", dest->config.uri) : PPS_OK;
}

static int begin(pps_butler *source, pps_butler *dest, int flags, pps_key_sets *sets, pps_error **err)
{
	int r = PPS_OK;

	if (!(flags & PPS_BUTLER_DRY_RUN))
		r = pps_butler_check_writable(dest, err);
	return r < 0 ? r : pps_key_sets_init(sets, source, err);
}

int pps_butler_ensure_records(pps_butler *source, pps_butler *dest, const pps_data_ids *ids, size_t nids, int mode, int flags,
			      int64_t *ret_inserted, pps_error **err)
{
	_cleanup_(pps_key_sets_clear) pps_key_sets sets = { 0 };
	int64_t inserted = 0;
	int r = begin(source, dest, flags, &sets, err);

	if (r < 0)
		return r;
	if ((r = pps_records_collect(source, ids, nids, mode == PPS_RECORDS_WITH_VISITS, &sets, err)) < 0)
		return pps_wrap(err, r, "dimension records of %s", source->config.uri);
	if ((r = bring(source, dest, &sets, flags, &inserted, err)) < 0)
		return r;
	if (ret_inserted)
		*ret_inserted = inserted;
	return PPS_OK;
}

int pps_butler_revise_records(pps_butler *source, pps_butler *dest, const pps_data_ids *ids, size_t nids, int mode, int flags,
			      pps_revision_fn fn, void *user, int64_t *ret_inserted, int64_t *ret_revised, pps_error **err)
{
	_cleanup_(pps_key_sets_clear) pps_key_sets sets = { 0 }, all = { 0 };
	int64_t inserted = 0, revised = 0;
	int r = begin(source, dest, flags, &sets, err);

	if (r < 0 || (r = pps_key_sets_init(&all, source, err)) < 0)
		return r;
	if ((r = pps_records_collect(source, ids, nids, mode == PPS_RECORDS_WITH_VISITS, &sets, err)) < 0 ||
	    (r = pps_key_sets_merge(&all, &sets, err)) < 0)
		return pps_wrap(err, r, "dimension records of %s", source->config.uri);
	/* first what is missing: a revised record may refer to it */
	if (!(flags & PPS_RECORDS_ONLY_THERE) && (r = bring(source, dest, &sets, flags, &inserted, err)) < 0)
		return r;
	if ((r = pps_records_revise(source, dest, &all, flags, fn, user, &revised, err)) < 0)
		return pps_wrap(err, r, "revise dimension records of %s", dest->config.uri);
	if (ret_inserted)
		*ret_inserted = inserted;
	if (ret_revised)
		*ret_revised = revised;
	return PPS_OK;
}

int pps_butler_have_records(pps_butler *dest, const char *dimension, const pps_sql_value *keys, size_t n, uint8_t *ret_there, pps_error **err)
{
	const pps_element *e = pps_universe_find(dest->universe, dimension);
	_cleanup_(pps_key_sets_clear) pps_key_sets sets = { 0 };
	int r;

	if (!e || !e->has_table)
		return pps_fail(err, PPS_E_UNSUPPORTED, "%s: its dimension universe has no records of %s", dest->config.uri, dimension);
	if ((r = pps_key_sets_init(&sets, dest, err)) < 0)
		return r;
	for (size_t row = 0; row < n; row++) {
		pps_key_part key[PPS_KEYS_MAX];

		key_of(e, keys + row * e->nrequired, key);
		if ((r = pps_key_sets_add(&sets, e, key, err)) < 0)
			return r;
	}
	pps_key_sets_sort(&sets);
	if ((r = pps_records_missing(dest, &sets, err)) < 0)
		return pps_wrap(err, r, "records of %s in %s", dimension, dest->config.uri);
	for (size_t row = 0; row < n; row++) {
		pps_key_part key[PPS_KEYS_MAX];

		key_of(e, keys + row * e->nrequired, key);
		ret_there[row] = !pps_keys_have(&sets.at[e->index], key);
	}
	return PPS_OK;
}

static int collect_governors(pps_butler *source, const char *const *names, size_t n, const char *const elements[3], pps_key_sets *sets,
			     pps_error **err)
{
	int r;

	for (size_t i = 0; i < n; i++) {
		size_t before = sets->at[pps_universe_find(sets->universe, elements[0])->index].n;

		for (size_t k = 0; k < 3; k++)
			if ((r = pps_records_collect_of(source, elements[k], names[i], sets, err)) < 0)
				return r;
		if (sets->at[pps_universe_find(sets->universe, elements[0])->index].n == before)
			return pps_fail(err, PPS_E_NOTFOUND, "there is no %s %s", elements[0], names[i]);
	}
	return PPS_OK;
}

int pps_butler_prepare_records(pps_butler *source, pps_butler *dest, const char *const *instruments, size_t ninstruments,
			       const char *const *skymaps, size_t nskymaps, int flags, pps_revision_fn fn, void *user,
			       int64_t *ret_inserted, pps_error **err)
{
	static const char *const of_instrument[] = { "instrument", "detector", "physical_filter" };
	static const char *const of_skymap[] = { "skymap", "tract", "patch" };
	_cleanup_(pps_key_sets_clear) pps_key_sets sets = { 0 }, all = { 0 };
	int64_t inserted = 0, differ = 0;
	int r = begin(source, dest, flags, &sets, err);

	if (r < 0 || (r = pps_key_sets_init(&all, source, err)) < 0)
		return r;
	if ((r = collect_governors(source, instruments, ninstruments, of_instrument, &sets, err)) < 0 ||
	    (r = collect_governors(source, skymaps, nskymaps, of_skymap, &sets, err)) < 0)
		return pps_wrap(err, r, "dimension records of %s", source->config.uri);
	pps_key_sets_sort(&sets);
	if ((fn && (r = pps_key_sets_merge(&all, &sets, err)) < 0) ||
	    (r = pps_records_revise(source, dest, &all, PPS_BUTLER_DRY_RUN, fn, user, &differ, err)) < 0 ||
	    (r = bring(source, dest, &sets, flags, &inserted, err)) < 0)
		return r;
	if (ret_inserted)
		*ret_inserted = inserted;
	return PPS_OK;
}
