/* SPDX-License-Identifier: BSD-3-Clause */
/* Dataset types: found by name or glob, compared, registered when missing. */
#include <string.h>

#include "butler/butler-private.h"

void pps_butler_types_free(pps_butler_types *types)
{
	if (!types)
		return;
	free(types->at);
	pps_arena_free(types->arena);
	free(types);
}

/* Required dimensions in the universe's order, as texts of the arena. */
static int set_dimensions(const pps_universe *universe, pps_arena *arena, const char *const *names, size_t n,
			  pps_butler_type *type, pps_error **err)
{
	_cleanup_(pps_dimension_group_freep) pps_dimension_group *group = NULL;
	const char **list;
	int r;

	if ((r = pps_dimension_group_new(universe, names, n, &group, err)) < 0)
		return pps_wrap(err, r, "dataset type %s", type->name);
	if (!(list = pps_arena_alloc(arena, (group->nrequired + 1) * sizeof *list)))
		return pps_arena_fail(arena, "dataset types", err);
	for (size_t i = 0; i < group->nrequired; i++)
		if (!(list[i] = pps_arena_name(arena, group->required[i]->name)))
			return pps_arena_fail(arena, "dataset types", err);
	type->dimensions = list;
	type->ndimensions = group->nrequired;
	return PPS_OK;
}

int pps_butler_type_group(const pps_butler *butler, const pps_butler_type *type, pps_dimension_group **ret_group, pps_error **err)
{
	int r = pps_dimension_group_new(butler->universe, type->dimensions, type->ndimensions, ret_group, err);

	return r < 0 ? pps_wrap(err, r, "dataset type %s", type->name) : r;
}

int pps_butler_is_text(const pps_element *e)
{
	const pps_element *holder = e->view_of ? e->view_of : e;
	int at = e->view_of ? pps_element_column(holder, e->name) : (int)e->nrequired - 1;

	return !e->is_skypix && at >= 0 && holder->columns[at].type == PPS_COLUMN_STRING;
}

struct reader {
	const pps_butler *butler;
	pps_butler_types *types;
	size_t cap;
	const char *names[32]; /* dimensions of the type that is being read */
	size_t n;
};

static int end_type(struct reader *rd, pps_error **err)
{
	pps_butler_types *t = rd->types;
	int r = PPS_OK;

	if (t->n && !t->at[t->n - 1].dimensions)
		r = set_dimensions(rd->butler->universe, t->arena, rd->names, rd->n, &t->at[t->n - 1], err);
	rd->n = 0;
	return r;
}

static int read_row(struct reader *rd, const pps_sql_rows *rows, pps_error **err)
{
	pps_butler_types *t = rd->types;
	int64_t id = pps_sql_get_int(rows, 0);
	const char *dimension = pps_sql_get_text(rows, 5);
	int r;

	if (!t->n || t->at[t->n - 1].id != id) {
		pps_butler_type type = {
			.id = id,
			.name = pps_arena_text(t->arena, pps_sql_get_text(rows, 1)),
			.storage_class = pps_arena_name(t->arena, pps_sql_get_text(rows, 2)),
			.tags_table = pps_arena_name(t->arena, pps_sql_get_text(rows, 3)),
			.is_calibration = !pps_sql_is_null(rows, 4),
		};

		if ((r = end_type(rd, err)) < 0)
			return r;
		if (!type.name || !type.storage_class || !type.tags_table)
			return pps_arena_fail(t->arena, "dataset types", err);
		if (pps_grow(&t->at, &rd->cap, t->n, sizeof *t->at) < 0)
			return pps_fail_nomem(err);
		t->at[t->n++] = type;
	}
	if (!dimension)
		return PPS_OK;
	if (rd->n == PPS_COUNT(rd->names))
		return pps_fail(err, PPS_E_UNSUPPORTED, "dataset type %s: more than %zu dimensions", t->at[t->n - 1].name, rd->n);
	if (!(rd->names[rd->n++] = pps_arena_name(t->arena, dimension)))
		return pps_arena_fail(t->arena, "dataset types", err);
	return PPS_OK;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const pps_butler_type *)a)->name, ((const pps_butler_type *)b)->name);
}

/* Those that @condition selects by $1, or all. */
static int read_types_where(pps_butler *b, const char *condition, pps_sql_value param, pps_butler_types **ret, pps_error **err)
{
	_cleanup_(pps_butler_types_freep) pps_butler_types *types = calloc(1, sizeof *types);
	_cleanup_(pps_sql_rows_freep) pps_sql_rows *rows = NULL;
	struct reader rd = { .butler = b, .types = types };
	static const char all[] =
		"SELECT t.id, t.name, t.storage_class, t.tag_association_table, t.calibration_association_table, d.dimension_name"
		" FROM {dataset_type} t LEFT JOIN {dimension_graph_definition} d ON d.dimension_graph_id = t.dimensions_key%s ORDER BY t.id";
	_cleanup_buf_ pps_buf text = PPS_BUF_LINE;
	int r;

	if (!types)
		return pps_fail_nomem(err);
	if ((r = pps_arena_new((size_t)pps_ctx_memory(b->ctx), &types->arena, err)) < 0)
		return r;
	pps_buf_printf(&text, all, condition ? condition : "");
	if ((r = pps_buf_check(&text, "statement", err)) < 0)
		return r;
	r = pps_sql_query(b->sql, pps_buf_text(&text), &param, condition ? 1 : 0, &rows, err);
	while (r >= 0 && (r = pps_sql_next(rows, err)) > 0)
		r = read_row(&rd, rows, err);
	if (r < 0 || (r = end_type(&rd, err)) < 0)
		return pps_wrap(err, r, "dataset types");
	if (types->n)
		qsort(types->at, types->n, sizeof *types->at, by_name);
	*ret = TAKE_PTR(types);
	return PPS_OK;
}

/* All types, or those of @names. */
static int read_types(pps_butler *b, const char *const *names, size_t n, pps_butler_types **ret, pps_error **err)
{
	return read_types_where(b, names ? " WHERE t.name {in $1 text}" : NULL, pps_sql_texts(names, n), ret, err);
}

int pps_butler_types_by_id(pps_butler *butler, const int64_t *ids, size_t n, pps_butler_types **ret, pps_error **err)
{
	return read_types_where(butler, " WHERE t.id {in $1 int}", pps_sql_ints(ids, n), ret, err);
}

static int is_wanted(const char *const *names, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (pps_is_glob(names[i]) ? pps_glob_matches(names[i], name) : strcmp(names[i], name) == 0)
			return 1;
	return 0;
}

const pps_butler_type *pps_butler_type_named(const pps_butler_types *types, const char *name)
{
	const pps_butler_type key = { .name = name };

	return types->n ? bsearch(&key, types->at, types->n, sizeof key, by_name) : NULL;
}

int pps_butler_select_types(pps_butler *butler, const char *const *names, size_t n, int missing_ok, pps_butler_types **ret,
			    pps_error **err)
{
	_cleanup_(pps_butler_types_freep) pps_butler_types *types = NULL;
	size_t kept = 0;
	int r, glob = 0;

	for (size_t i = 0; names && i < n; i++)
		glob |= pps_is_glob(names[i]);
	if ((r = read_types(butler, glob ? NULL : names, n, &types, err)) < 0)
		return r;
	for (size_t i = 0; glob && i < types->n; i++)
		if (is_wanted(names, n, types->at[i].name))
			types->at[kept++] = types->at[i];
	if (glob)
		types->n = kept;
	for (size_t i = 0; names && !missing_ok && i < n; i++)
		if (!pps_is_glob(names[i]) && !pps_butler_type_named(types, names[i]))
			return pps_fail(err, PPS_E_NOTFOUND, "dataset type %s: there is none of this name", names[i]);
	*ret = TAKE_PTR(types);
	return PPS_OK;
}

int pps_butler_find_types(pps_butler *butler, const char *const *names, size_t n, pps_butler_types **ret, pps_error **err)
{
	return pps_butler_select_types(butler, names, n, 0, ret, err);
}

/* ---- registering ---- */

static void describe(const pps_butler_type *t, pps_buf *b)
{
	pps_buf_add_char(b, '{');
	for (size_t i = 0; i < t->ndimensions; i++)
		pps_buf_printf(b, "%s%s", i ? ", " : "", t->dimensions[i]);
	pps_buf_printf(b, "}, %s%s", t->storage_class, t->is_calibration ? ", calibration" : "");
}

static int same_dimensions(const pps_butler *b, const pps_butler_type *x, const pps_butler_type *y, int *ret_same, pps_error **err)
{
	_cleanup_(pps_dimension_group_freep) pps_dimension_group *g = NULL, *h = NULL;
	int r;

	if ((r = pps_butler_type_group(b, x, &g, err)) < 0 || (r = pps_butler_type_group(b, y, &h, err)) < 0)
		return r;
	*ret_same = g->n == h->n;
	for (size_t i = 0; *ret_same && i < g->n; i++)
		*ret_same = strcmp(g->names[i]->name, h->names[i]->name) == 0;
	return PPS_OK;
}

static int check_same(const pps_butler *b, const pps_butler_type *wanted, const pps_butler_type *there, pps_error **err)
{
	_cleanup_buf_ pps_buf w = PPS_BUF_LINE, t = PPS_BUF_LINE;
	int r, same;

	if ((r = same_dimensions(b, wanted, there, &same, err)) < 0)
		return r;
	if (same && strcmp(wanted->storage_class, there->storage_class) == 0 && !wanted->is_calibration == !there->is_calibration)
		return PPS_OK;
	describe(wanted, &w);
	describe(there, &t);
	return pps_fail(err, PPS_E_CONFLICT, "dataset type %s: it should be %s, but %s has it as %s", wanted->name, pps_buf_text(&w),
			b->config.uri, pps_buf_text(&t));
}

static int query_int(pps_sql *sql, const char *text, const pps_sql_value *params, size_t n, int64_t *ret, int *ret_found, pps_error **err)
{
	_cleanup_(pps_sql_rows_freep) pps_sql_rows *rows = NULL;
	int r = pps_sql_query(sql, text, params, n, &rows, err);

	if (r < 0 || (r = pps_sql_next(rows, err)) < 0)
		return r;
	*ret_found = r > 0;
	*ret = r > 0 ? pps_sql_get_int(rows, 0) : 0;
	return PPS_OK;
}

/* The key of a set of required dimensions; 0 is that of the empty set, and -1: there is none yet. */
static int find_key(pps_butler *b, const pps_dimension_group *g, int64_t *ret_key, pps_error **err)
{
	const char *names[64];
	pps_sql_value params[] = { pps_sql_texts(names, g->nrequired), pps_sql_int((int64_t)g->nrequired) };
	int r, found;

	*ret_key = 0;
	if (!g->nrequired)
		return PPS_OK;
	if (g->nrequired > PPS_COUNT(names))
		return pps_fail(err, PPS_E_UNSUPPORTED, "more than %zu dimensions", PPS_COUNT(names));
	for (size_t i = 0; i < g->nrequired; i++)
		names[i] = g->required[i]->name;
	r = query_int(b->sql,
		      "SELECT d.dimension_graph_id FROM {dimension_graph_definition} d GROUP BY d.dimension_graph_id"
		      " HAVING count(*) = $2 AND sum(CASE WHEN d.dimension_name {in $1 text} THEN 1 ELSE 0 END) = $2"
		      " ORDER BY d.dimension_graph_id",
		      params, PPS_COUNT(params), ret_key, &found, err);
	if (r >= 0 && !found)
		*ret_key = -1;
	return r;
}

static int insert_key(pps_butler *b, const pps_dimension_group *g, int64_t *ret_key, pps_error **err)
{
	static const pps_sql_column columns[] = { { "dimension_graph_id", PPS_SQL_INT }, { "dimension_name", PPS_SQL_TEXT } };
	_cleanup_buf_ pps_buf text = PPS_BUF_LINE, sequence = PPS_BUF_LINE;
	pps_sql_value values[2 * 64];
	int r, found;

	if (pps_sql_kind(b->sql) == PPS_SQL_POSTGRES) {
		pps_sequence_literal(b, "dimension_graph_key_seq_id", &sequence);
		pps_buf_printf(&text, "INSERT INTO {dimension_graph_key} (id) VALUES (nextval(%s)) RETURNING id", pps_buf_text(&sequence));
	} else {
		pps_buf_add_text(&text, "INSERT INTO {dimension_graph_key} DEFAULT VALUES RETURNING id");
	}
	if ((r = pps_buf_check(&text, "statement", err)) < 0 ||
	    (r = query_int(b->sql, pps_buf_text(&text), NULL, 0, ret_key, &found, err)) < 0)
		return r;
	for (size_t i = 0; i < g->nrequired; i++) {
		values[2 * i] = pps_sql_int(*ret_key);
		values[2 * i + 1] = pps_sql_text(g->required[i]->name);
	}
	return pps_sql_insert(b->sql, "dimension_graph_definition", columns, 2, values, g->nrequired, NULL, NULL, err);
}

static int ensure_table(pps_butler *b, const char *table, const pps_dimension_group *g, int is_calibration, pps_error **err)
{
	_cleanup_buf_ pps_buf script = PPS_BUF_SQL;
	int r, has;

	if ((r = pps_sql_has_table(b->sql, table, &has, err)) < 0 || has)
		return r;
	if ((r = pps_tags_ddl(b, table, g, is_calibration, &script, err)) < 0)
		return r;
	if ((r = pps_sql_script(b->sql, pps_buf_text(&script), err)) < 0)
		return pps_wrap(err, r, "make table %s", table);
	return PPS_OK;
}

static int insert_type(pps_butler *b, const pps_butler_type *t, int64_t key, const char *tags, const char *calibs,
		       int64_t *inserted, pps_error **err)
{
	pps_sql_value params[] = { pps_sql_text(t->name), pps_sql_text(t->storage_class), pps_sql_int(key), pps_sql_text(tags),
				   pps_sql_text(calibs) };
	_cleanup_buf_ pps_buf text = PPS_BUF_LINE, sequence = PPS_BUF_LINE;
	int64_t changed = 0;
	int r, pg = pps_sql_kind(b->sql) == PPS_SQL_POSTGRES;

	if (pg)
		pps_sequence_literal(b, "dataset_type_seq_id", &sequence);
	pps_buf_printf(&text,
		       "INSERT INTO {dataset_type} (%sname, storage_class, dimensions_key, tag_association_table,"
		       " calibration_association_table) VALUES (%s%s%s$1, $2, $3, $4, $5) ON CONFLICT DO NOTHING",
		       pg ? "id, " : "", pg ? "nextval(" : "", pps_buf_text(&sequence), pg ? "), " : "");
	if ((r = pps_buf_check(&text, "statement", err)) < 0 ||
	    (r = pps_sql_exec(b->sql, pps_buf_text(&text), params, PPS_COUNT(params), &changed, err)) < 0)
		return r;
	*inserted += changed;
	return PPS_OK;
}

/* The lock that all who make new dimension sets take; on SQLite the transaction itself is one. */
static int lock_keys(pps_butler *b, pps_error **err)
{
	if (pps_sql_kind(b->sql) != PPS_SQL_POSTGRES)
		return PPS_OK;
	return pps_sql_exec(b->sql, "LOCK TABLE {dimension_graph_key}, {dimension_graph_definition} IN EXCLUSIVE MODE", NULL, 0, NULL,
			    err);
}

static int register_type(pps_butler *b, const pps_butler_type *t, int64_t *inserted, pps_error **err)
{
	_cleanup_(pps_dimension_group_freep) pps_dimension_group *g = NULL;
	char tags[64], calibs[64];
	int64_t key;
	int r;

	if ((r = pps_butler_type_group(b, t, &g, err)) < 0 || (r = find_key(b, g, &key, err)) < 0)
		return r;
	if (key < 0 && ((r = lock_keys(b, err)) < 0 || (r = find_key(b, g, &key, err)) < 0 ||
			(key < 0 && (r = insert_key(b, g, &key, err)) < 0)))
		return r;
	snprintf(tags, sizeof tags, "dataset_tags_%08lld", (long long)key);
	snprintf(calibs, sizeof calibs, "dataset_calibs_%08lld", (long long)key);
	if ((r = ensure_table(b, tags, g, 0, err)) < 0 || (t->is_calibration && (r = ensure_table(b, calibs, g, 1, err)) < 0))
		return r;
	return insert_type(b, t, key, tags, t->is_calibration ? calibs : NULL, inserted, err);
}

int pps_butler_check_types(pps_butler *butler, const pps_butler_types *wanted, const pps_butler_types *there, int *ret_missing, pps_error **err)
{
	*ret_missing = 0;
	for (size_t i = 0; i < wanted->n; i++) {
		const pps_butler_type *found = pps_butler_type_named(there, wanted->at[i].name);
		int r;

		*ret_missing += !found;
		if (found && (r = check_same(butler, &wanted->at[i], found, err)) < 0)
			return r;
	}
	return PPS_OK;
}

int pps_butler_compare_types(pps_butler *butler, const pps_butler_types *wanted, pps_butler_types **ret_there, int *ret_missing,
			     pps_error **err)
{
	_cleanup_(pps_butler_types_freep) pps_butler_types *there = NULL;
	_cleanup_free_ const char **names = calloc(wanted->n ? wanted->n : 1, sizeof *names);
	int r;

	if (!names)
		return pps_fail_nomem(err);
	for (size_t i = 0; i < wanted->n; i++)
		names[i] = wanted->at[i].name;
	if ((r = read_types(butler, names, wanted->n, &there, err)) < 0 || (r = pps_butler_check_types(butler, wanted, there, ret_missing, err)) < 0)
		return r;
	*ret_there = TAKE_PTR(there);
	return PPS_OK;
}

int pps_butler_types_in(pps_butler *butler, const pps_butler_types *types, int64_t *inserted, pps_error **err)
{
	_cleanup_(pps_butler_types_freep) pps_butler_types *there = NULL;
	int r, missing;

	if ((r = pps_butler_compare_types(butler, types, &there, &missing, err)) < 0)
		return r;
	for (size_t i = 0; i < types->n && missing; i++)
		if (!pps_butler_type_named(there, types->at[i].name) && (r = register_type(butler, &types->at[i], inserted, err)) < 0)
			return pps_wrap(err, r, "register dataset type %s", types->at[i].name);
	return PPS_OK;
}

struct ensure {
	pps_butler *butler;
	const pps_butler_types *types;
};

static int ensure_fn(pps_sql *sql _unused_, void *user, pps_error **err)
{
	struct ensure *e = user;
	int64_t inserted = 0;

	return pps_butler_types_in(e->butler, e->types, &inserted, err);
}

int pps_butler_ensure_types(pps_butler *butler, const pps_butler_types *types, int flags, pps_error **err)
{
	_cleanup_(pps_butler_types_freep) pps_butler_types *there = NULL;
	struct ensure e = { butler, types };
	int r, missing;

	if (flags & PPS_BUTLER_DRY_RUN)
		return pps_butler_compare_types(butler, types, &there, &missing, err);
	if ((r = pps_butler_check_writable(butler, err)) < 0)
		return r;
	return pps_butler_retry(butler, ensure_fn, &e, err);
}
