/* SPDX-License-Identifier: BSD-3-Clause */
#include "butler/walk.h"

#include <string.h>

#include "butler/tag-private.h"

void pps_walk_clear(pps_walk *walk)
{
	free(walk->types);
	free(walk->runs);
	*walk = (pps_walk){ 0 };
}

/* Numbers whose names are wanted, of rows of number and name. */
static int choose(pps_butler *b, const char *text, pps_walk_wants wants, void *user, int64_t **ret, size_t *ret_n, pps_error **err)
{
	_cleanup_(pps_sql_rows_freep) pps_sql_rows *rows = NULL;
	size_t cap = 0;
	int r = pps_sql_query(b->sql, text, NULL, 0, &rows, err);

	while (r >= 0 && (r = pps_sql_next(rows, err)) > 0) {
		if (!wants(pps_sql_get_text(rows, 1), user))
			continue;
		if (pps_grow(ret, &cap, *ret_n, sizeof **ret) < 0)
			return pps_fail_nomem(err);
		(*ret)[(*ret_n)++] = pps_sql_get_int(rows, 0);
	}
	return r;
}

int pps_butler_walk(pps_butler *butler, pps_walk_wants wants_type, pps_walk_wants wants_run, void *user, pps_walk *ret, pps_error **err)
{
	static const char types[] = "SELECT id, name FROM {dataset_type} ORDER BY name";
	static const char runs[] = "SELECT collection_id, name FROM {collection} WHERE type = 1 ORDER BY name";
	_cleanup_(pps_walk_clear) pps_walk walk = { 0 };
	int r;

	_Static_assert(PPS_COLLECTION_RUN == 1, "as in the statement");
	if ((r = choose(butler, types, wants_type, user, &walk.types, &walk.ntypes, err)) < 0 ||
	    (r = choose(butler, runs, wants_run, user, &walk.runs, &walk.nruns, err)) < 0)
		return pps_wrap(err, r, "%s", butler->config.uri);
	*ret = walk;
	walk = (pps_walk){ 0 };
	return PPS_OK;
}

int pps_butler_walk_next(pps_butler *butler, const pps_walk *walk, const pps_uuid *after, size_t limit, pps_uuid *ids, size_t *ret_n,
			 pps_error **err)
{
	/* the signs keep databases to the order of the primary key: by another index they would sort all that is left for each page */
	static const char text[] = "SELECT id FROM {dataset} WHERE id > $1 AND +dataset_type_id {in $2 int} AND +run_id {in $3 int}"
		" ORDER BY id LIMIT $4";
	_cleanup_(pps_sql_rows_freep) pps_sql_rows *rows = NULL;
	pps_sql_value params[] = { pps_sql_uuid(*after), pps_sql_ints(walk->types, walk->ntypes), pps_sql_ints(walk->runs, walk->nruns),
				   pps_sql_int((int64_t)limit) };
	int r;

	*ret_n = 0;
	if (!walk->ntypes || !walk->nruns)
		return PPS_OK;
	r = pps_sql_query(butler->sql, text, params, PPS_COUNT(params), &rows, err);
	while (r >= 0 && *ret_n < limit && (r = pps_sql_next(rows, err)) > 0)
		if (pps_sql_get_uuid(rows, 0, &ids[(*ret_n)++]) < 0)
			r = pps_fail(err, PPS_E_FORMAT, "table dataset holds an id that is no UUID");
	return r < 0 ? pps_wrap(err, r, "datasets of %s", butler->config.uri) : PPS_OK;
}

/* ---- tags ---- */

static int compare(const void *a, const void *b)
{
	const pps_uuid *const *x = a, *const *y = b;

	return pps_uuid_compare(*x, *y);
}

/* Sets the mark of each row's first column, a UUID. */
static int mark_ids(pps_sql_rows *rows, const pps_uuid *ids, size_t n, uint8_t *marks, pps_error **err)
{
	_cleanup_free_ const pps_uuid **sorted = calloc(n + 1, sizeof *sorted);
	pps_uuid id;
	int r;

	if (!sorted)
		return pps_fail_nomem(err);
	for (size_t i = 0; i < n; i++)
		sorted[i] = &ids[i];
	qsort(sorted, n, sizeof *sorted, compare);
	while ((r = pps_sql_next(rows, err)) > 0) {
		const pps_uuid *key = &id, **found;

		if (pps_sql_get_uuid(rows, 0, &id) == 0 && (found = bsearch(&key, sorted, n, sizeof *sorted, compare)))
			marks[*found - ids] = 1;
	}
	return r;
}

int pps_butler_find_tagged(pps_butler *butler, const char *collection, const pps_uuid *ids, size_t n, uint8_t *ret_in, pps_error **err)
{
	_cleanup_(pps_tags_tables_clear) pps_tags_tables tables = { 0 };
	pps_sql_value params[] = { pps_sql_null(), pps_sql_uuids(ids, n) };
	int64_t number = 0;
	int r;

	memset(ret_in, 0, n);
	if ((r = pps_butler_collection_id(butler, collection, PPS_COLLECTION_TAGGED, &number, err)) < 0 || !number || !n ||
	    (r = pps_tags_tables_of(butler, ids, n, &tables, err)) < 0)
		return r;
	params[0] = pps_sql_int(number);
	for (size_t i = 0; i < tables.n && r >= 0; i++) {
		_cleanup_(pps_sql_rows_freep) pps_sql_rows *rows = NULL;
		_cleanup_buf_ pps_buf text = PPS_BUF_SQL;

		pps_buf_printf(&text, "SELECT dataset_id FROM {%s} WHERE collection_id = $1 AND dataset_id {in $2 uuid}", tables.at[i].name);
		if ((r = pps_buf_check(&text, "statement", err)) >= 0 &&
		    (r = pps_sql_query(butler->sql, pps_buf_text(&text), params, PPS_COUNT(params), &rows, err)) >= 0)
			r = mark_ids(rows, ids, n, ret_in, err);
	}
	return r;
}

/* ---- files ---- */

int pps_butler_has_run(pps_butler *butler, const char *name, int *ret_has, pps_error **err)
{
	_cleanup_(pps_sql_rows_freep) pps_sql_rows *rows = NULL;
	pps_sql_value param = pps_sql_text(name);
	int r = pps_sql_query(butler->sql, "SELECT 1 FROM {collection} WHERE name = $1 AND type = 1", &param, 1, &rows, err);

	if (r < 0 || (r = pps_sql_next(rows, err)) < 0)
		return r;
	*ret_has = r;
	return PPS_OK;
}

int pps_butler_find_paths(pps_butler *butler, size_t member, const char *const *paths, size_t n, uint8_t *ret_named, pps_error **err)
{
	_cleanup_(pps_sql_rows_freep) pps_sql_rows *rows = NULL;
	_cleanup_(pps_map_freep) pps_map *map = pps_map_new();
	_cleanup_buf_ pps_buf text = PPS_BUF_SQL;
	const char *table = butler->config.members[member].table;
	pps_sql_value params[] = { pps_sql_texts(paths, n) };
	int r, has;

	if (!map)
		return pps_fail_nomem(err);
	memset(ret_named, 0, n);
	for (size_t i = 0; i < n; i++)
		if (pps_map_set_text(map, paths[i], (void *)(uintptr_t)(i + 1)) < 0)
			return pps_fail_nomem(err);
	if ((r = pps_sql_has_table(butler->sql, table, &has, err)) < 0 || !has || !n)
		return r;
	pps_buf_printf(&text, "SELECT path FROM {%s} WHERE path {in $1 text}", table);
	if ((r = pps_buf_check(&text, "statement", err)) < 0)
		return r;
	r = pps_sql_query(butler->sql, pps_buf_text(&text), params, PPS_COUNT(params), &rows, err);
	while (r >= 0 && (r = pps_sql_next(rows, err)) > 0) {
		void *place;

		if (pps_map_get_text(map, pps_sql_get_text(rows, 0), &place))
			ret_named[(uintptr_t)place - 1] = 1;
	}
	return r;
}
