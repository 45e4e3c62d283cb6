/* SPDX-License-Identifier: BSD-3-Clause */
/* The rows of tags of one chunk: on PostgreSQL all tables in one statement (foreign keys are checked at its end), on SQLite one by one. */
#include <string.h>

#include "butler/tag-private.h"

/* Parameters of every statement here. */
enum { COLLECTION, IDS, FROM, PARAMS_MOST };

struct rows {
	pps_sql *sql;
	int is_postgres;
	const pps_tags_tables *tables;
	int rule;
	int moves; /* from one collection to another: on PostgreSQL what is moved says what summaries need, without another look at the datasets */
	pps_sql_value params[PARAMS_MOST];
	size_t nparams;
	pps_buf text; /* PostgreSQL: the statement so far */
	size_t nparts, ncounted;
	int64_t changed;
};

/* ---- which tables ---- */

void pps_tags_tables_clear(pps_tags_tables *tables)
{
	for (size_t i = 0; i < tables->n; i++)
		free(tables->at[i].dimensions);
	free(tables->at);
	pps_arena_free(tables->arena);
	*tables = (pps_tags_tables){ 0 };
}

static int read_row(pps_tags_tables *tables, const char *name, const char *dimension, pps_error **err)
{
	pps_tags_table *t = tables->n ? &tables->at[tables->n - 1] : NULL;

	if (!t || strcmp(t->name, name) != 0) {
		if (pps_grow(&tables->at, &tables->cap, tables->n, sizeof *tables->at) < 0)
			return pps_fail_nomem(err);
		t = &tables->at[tables->n++];
		*t = (pps_tags_table){ .name = pps_arena_text(tables->arena, name) };
		if (!t->name)
			return pps_arena_fail(tables->arena, "tables of tags", err);
	}
	if (!dimension)
		return PPS_OK;
	if (pps_grow(&t->dimensions, &t->cap, t->ndimensions, sizeof *t->dimensions) < 0)
		return pps_fail_nomem(err);
	if (!(t->dimensions[t->ndimensions++] = pps_arena_name(tables->arena, dimension)))
		return pps_arena_fail(tables->arena, "tables of tags", err);
	return PPS_OK;
}

int pps_tags_tables_of(pps_butler *butler, const pps_uuid *ids, size_t n, pps_tags_tables *ret, pps_error **err)
{
	static const char text[] =
		"SELECT DISTINCT t.tag_association_table, g.dimension_name FROM {dataset_type} t"
		" LEFT JOIN {dimension_graph_definition} g ON g.dimension_graph_id = t.dimensions_key"
		" WHERE t.id IN (SELECT DISTINCT dataset_type_id FROM {dataset} WHERE id {in $1 uuid}) ORDER BY t.tag_association_table, g.dimension_name";
	_cleanup_(pps_sql_rows_freep) pps_sql_rows *rows = NULL;
	_cleanup_(pps_tags_tables_clear) pps_tags_tables tables = { 0 };
	pps_sql_value params[] = { pps_sql_uuids(ids, n) };
	int r;

	if ((r = pps_arena_new((size_t)pps_ctx_memory(butler->ctx), &tables.arena, err)) < 0 ||
	    (r = pps_sql_query(butler->sql, text, params, PPS_COUNT(params), &rows, err)) < 0)
		return r;
	while ((r = pps_sql_next(rows, err)) > 0)
		if ((r = read_row(&tables, pps_sql_get_text(rows, 0), pps_sql_get_text(rows, 1), err)) < 0)
			return r;
	if (r < 0)
		return r;
	*ret = tables;
	tables = (pps_tags_tables){ 0 };
	return PPS_OK;
}

/* ---- statements ---- */

static int has_dimension(const pps_tags_table *t, const char *name)
{
	for (size_t i = 0; i < t->ndimensions; i++)
		if (strcmp(t->dimensions[i], name) == 0)
			return 1;
	return 0;
}

static void add_dimensions(pps_buf *b, const char *alias, const pps_tags_table *t)
{
	for (size_t i = 0; i < t->ndimensions; i++)
		pps_buf_printf(b, ", %s\"%s\"", alias, t->dimensions[i]);
}

/* What the datasets' RUNs say of them. Both tables are asked for the ids, and the collection never is ("+" keeps its indexes out, here and below): it
 * may have millions, and the database, whose last count is from before they came, would read them all. */
static void add_source(pps_buf *b, const pps_tags_table *t)
{
	pps_buf_add_text(b, "SELECT t.dataset_type_id, t.dataset_id");
	add_dimensions(b, "t.", t);
	pps_buf_printf(b, " FROM {%s} t JOIN {dataset} d ON d.id = t.dataset_id AND d.run_id = +t.collection_id WHERE t.dataset_id {in $2 uuid}"
		       " AND d.id {in $2 uuid}", t->name);
}

/* The nth table's source, as something to select from. */
static void add_from(const struct rows *w, pps_buf *b, size_t n)
{
	if (w->is_postgres) {
		pps_buf_printf(b, "%c%zu", w->moves ? 't' : 'r', n);
		return;
	}
	pps_buf_add_char(b, '(');
	add_source(b, &w->tables->at[n]);
	pps_buf_add_text(b, ") r");
}

/* A statement that changes rows: done now, or made a part of the one that does all. @counted: its rows are tags. */
static int add_part(struct rows *w, const pps_buf *statement, int counted, pps_error **err)
{
	int64_t changed = 0;
	int r = pps_buf_check(statement, "statement", err);

	if (r < 0)
		return r;
	if (w->is_postgres) {
		pps_buf_printf(&w->text, "%s%c%zu AS (%s%s)", w->nparts ? ", " : "WITH ", counted ? 't' : 's', counted ? w->ncounted : w->nparts,
			       pps_buf_text(statement), counted && w->moves ? "" : " RETURNING 1");
		w->nparts++;
		w->ncounted += counted != 0;
		return PPS_OK;
	}
	if ((r = pps_sql_exec(w->sql, pps_buf_text(statement), w->params, w->nparams, &changed, err)) < 0)
		return r;
	if (counted)
		w->changed += changed;
	return PPS_OK;
}

static int run_parts(struct rows *w, pps_error **err)
{
	_cleanup_(pps_sql_rows_freep) pps_sql_rows *rows = NULL;
	int r;

	if (!w->is_postgres || !w->nparts)
		return PPS_OK;
	for (size_t i = 0; i < w->ncounted; i++)
		pps_buf_printf(&w->text, "%s(SELECT count(*) FROM t%zu)", i ? " + " : " SELECT ", i);
	if ((r = pps_buf_check(&w->text, "statement", err)) < 0 ||
	    (r = pps_sql_query(w->sql, pps_buf_text(&w->text), w->params, w->nparams, &rows, err)) < 0 || (r = pps_sql_next(rows, err)) < 0)
		return r;
	w->changed += pps_sql_get_int(rows, 0);
	return PPS_OK;
}

static void begin(struct rows *w, pps_butler *b, int64_t collection, const pps_tags_tables *tables, const pps_uuid *ids, size_t n)
{
	*w = (struct rows){ .sql = b->sql, .is_postgres = pps_sql_kind(b->sql) == PPS_SQL_POSTGRES, .tables = tables, .text = PPS_BUF_SQL };
	w->nparams = FROM;
	w->params[COLLECTION] = pps_sql_int(collection);
	w->params[IDS] = pps_sql_uuids(ids, n);
}

static void end(struct rows *w)
{
	pps_buf_free(&w->text);
}

/* ---- in ---- */

/* What the collection has ever had: dataset types, or values of a governor dimension. */
static int add_summary(struct rows *w, const char *name, const char *column, pps_error **err)
{
	_cleanup_buf_ pps_buf b = PPS_BUF_SQL;
	size_t n = 0;

	pps_buf_printf(&b, "INSERT INTO {collection_summary_%s} (collection_id, %s) SELECT CAST($1 AS BIGINT), u.%s FROM (", name, column, column);
	for (size_t i = 0; i < w->tables->n; i++) {
		if (strcmp(name, column) == 0 && !has_dimension(&w->tables->at[i], name))
			continue;
		pps_buf_printf(&b, "%sSELECT DISTINCT %s FROM ", n++ ? " UNION " : "", column);
		add_from(w, &b, i);
	}
	pps_buf_printf(&b, ") u WHERE 1 = 1 ORDER BY u.%s ON CONFLICT DO NOTHING", column);
	return n ? add_part(w, &b, 0, err) : PPS_OK;
}

static int add_tags(struct rows *w, size_t n, pps_error **err)
{
	const pps_tags_table *t = &w->tables->at[n];
	_cleanup_buf_ pps_buf b = PPS_BUF_SQL;

	pps_buf_printf(&b, "INSERT INTO {%s} (dataset_type_id, dataset_id, collection_id", t->name);
	add_dimensions(&b, "", t);
	pps_buf_add_text(&b, ") SELECT r.dataset_type_id, r.dataset_id, CAST($1 AS BIGINT)");
	add_dimensions(&b, "r.", t);
	pps_buf_add_text(&b, " FROM ");
	add_from(w, &b, n);
	pps_buf_printf(&b, "%s WHERE 1 = 1 ORDER BY r.dataset_id%s ON CONFLICT DO NOTHING", w->is_postgres ? " r" : "",
		       w->rule == PPS_TAG_REPLACE ? " DESC" : "");
	return add_part(w, &b, 1, err);
}

/* An update checks only the foreign keys that change, three of eight, and writes one row, not two. Whether a place is free the unique key tells: the
 * database, asked for it, may read all of a collection for each dataset when its last count is from before they came. */
static int move_tags(struct rows *w, size_t n, pps_error **err)
{
	const pps_tags_table *t = &w->tables->at[n];
	_cleanup_buf_ pps_buf b = PPS_BUF_SQL;

	pps_buf_printf(&b, "UPDATE {%s} SET collection_id = CAST($1 AS BIGINT) WHERE +collection_id = CAST($3 AS BIGINT)"
		       " AND dataset_id {in $2 uuid}", t->name);
	if (w->is_postgres) {
		pps_buf_add_text(&b, " RETURNING dataset_type_id");
		add_dimensions(&b, "", t);
	}
	return add_part(w, &b, 1, err);
}

static int write_tags(struct rows *w, pps_error **err)
{
	int r = PPS_OK;

	for (size_t i = 0; r >= 0 && i < w->tables->n; i++)
		r = w->moves ? move_tags(w, i, err) : add_tags(w, i, err);
	return r;
}

/* Summaries first, as tags refer to them; in one statement of PostgreSQL the order is that of who reads whose rows. */
static int write_all(struct rows *w, pps_error **err)
{
	static const char *const summaries[][2] = { { "dataset_type", "dataset_type_id" }, { "instrument", "instrument" }, { "skymap", "skymap" } };
	const int is_after = w->is_postgres && w->moves;
	int r = PPS_OK;

	pps_buf_truncate(&w->text, 0);
	w->nparts = w->ncounted = 0;
	for (size_t i = 0; w->is_postgres && !w->moves && i < w->tables->n; i++) {
		pps_buf_printf(&w->text, "%sr%zu AS MATERIALIZED (", w->nparts++ ? ", " : "WITH ", i);
		add_source(&w->text, &w->tables->at[i]);
		pps_buf_add_char(&w->text, ')');
	}
	if (is_after)
		r = write_tags(w, err);
	for (size_t i = 0; r >= 0 && i < PPS_COUNT(summaries); i++)
		r = add_summary(w, summaries[i][0], summaries[i][1], err);
	if (r >= 0 && !is_after)
		r = write_tags(w, err);
	return r < 0 ? r : run_parts(w, err);
}

/* ---- those that have no place ---- */

static int add_conflict(pps_tag_report *report, const pps_uuid *id, const pps_uuid *other, pps_error **err)
{
	if (pps_grow(&report->conflicts, &report->conflicts_cap, report->nconflicts, sizeof *report->conflicts) < 0)
		return pps_fail_nomem(err);
	report->conflicts[report->nconflicts++] = (pps_tag_conflict){ *id, *other };
	return PPS_OK;
}

/* Datasets of the chunk whose place another has. */
static int find_conflicts_in(struct rows *w, const pps_tags_table *t, pps_tag_report *report, pps_error **err)
{
	_cleanup_(pps_sql_rows_freep) pps_sql_rows *rows = NULL;
	_cleanup_buf_ pps_buf b = PPS_BUF_SQL;
	pps_uuid id, other;
	int r;

	pps_buf_add_text(&b, "SELECT r.dataset_id, o.dataset_id FROM (");
	add_source(&b, t);
	pps_buf_printf(&b, ") r JOIN {%s} o ON o.dataset_type_id = r.dataset_type_id AND o.collection_id = $1", t->name);
	for (size_t i = 0; i < t->ndimensions; i++)
		pps_buf_printf(&b, " AND o.\"%s\" = r.\"%s\"", t->dimensions[i], t->dimensions[i]);
	pps_buf_add_text(&b, " WHERE o.dataset_id <> r.dataset_id ORDER BY r.dataset_id");
	if ((r = pps_buf_check(&b, "statement", err)) < 0 ||
	    (r = pps_sql_query(w->sql, pps_buf_text(&b), w->params, w->nparams, &rows, err)) < 0)
		return r;
	while (r >= 0 && (r = pps_sql_next(rows, err)) > 0)
		if (pps_sql_get_uuid(rows, 0, &id) == 0 && pps_sql_get_uuid(rows, 1, &other) == 0)
			r = add_conflict(report, &id, &other, err);
	return r;
}

static int find_conflicts(struct rows *w, pps_tag_report *report, pps_error **err)
{
	int r = PPS_OK;

	for (size_t i = 0; r >= 0 && i < w->tables->n; i++)
		r = find_conflicts_in(w, &w->tables->at[i], report, err);
	return r;
}

static int find_unknown(struct rows *w, pps_tag_report *report, pps_error **err)
{
	_cleanup_(pps_sql_rows_freep) pps_sql_rows *rows = NULL;
	const pps_uuid *ids = w->params[IDS].uuids;
	size_t n = w->params[IDS].n;
	_cleanup_free_ uint8_t *known = calloc(n + 1, 1);
	pps_uuid id;
	int r;

	if (!known)
		return pps_fail_nomem(err);
	r = pps_sql_query(w->sql, "SELECT id FROM {dataset} WHERE id {in $1 uuid}", &w->params[IDS], 1, &rows, err);
	while (r >= 0 && (r = pps_sql_next(rows, err)) > 0) {
		const pps_uuid *found = pps_sql_get_uuid(rows, 0, &id) == 0 ? bsearch(&id, ids, n, sizeof id, pps_uuid_compare) : NULL;

		if (found)
			known[found - ids] = 1;
	}
	for (size_t i = 0; r >= 0 && i < n; i++) {
		if (known[i])
			continue;
		if (pps_grow(&report->unknown, &report->unknown_cap, report->nunknown, sizeof *report->unknown) < 0)
			return pps_fail_nomem(err);
		report->unknown[report->nunknown++] = ids[i];
	}
	return r;
}

/* ---- the new one takes the place ---- */

static int delete_tags(struct rows *w, pps_error **err)
{
	int r = PPS_OK;

	pps_buf_truncate(&w->text, 0);
	w->nparts = w->ncounted = 0;
	for (size_t i = 0; r >= 0 && i < w->tables->n; i++) {
		_cleanup_buf_ pps_buf b = PPS_BUF_SQL;

		pps_buf_printf(&b, "DELETE FROM {%s} WHERE +collection_id = $1 AND dataset_id {in $2 uuid}", w->tables->at[i].name);
		r = add_part(w, &b, 1, err);
	}
	return r < 0 ? r : run_parts(w, err);
}

static int comes_along(const struct rows *w, const pps_uuid *id)
{
	return bsearch(id, w->params[IDS].uuids, w->params[IDS].n, sizeof *id, pps_uuid_compare) != NULL;
}

/* Whether the holder must go: of those that come together the largest UUID wins. */
static int loses(const struct rows *w, const pps_tag_conflict *c)
{
	return !comes_along(w, &c->other) || pps_uuid_compare(&c->other, &c->id) < 0;
}

static int has_conflict(const pps_tag_report *report, const pps_uuid *id)
{
	for (size_t i = 0; i < report->nconflicts; i++)
		if (pps_uuid_compare(&report->conflicts[i].id, id) == 0)
			return 1;
	return 0;
}

/* Takes out who holds a place that @found says is wanted, inserts again, and reports who is without a place then. */
static int replace(struct rows *w, const pps_tag_report *found, pps_tag_report *report, pps_error **err)
{
	_cleanup_(pps_tag_report_clear) pps_tag_report left = { 0 };
	_cleanup_free_ pps_uuid *losers = calloc(found->nconflicts + 1, sizeof *losers);
	const pps_sql_value ids = w->params[IDS];
	size_t n = 0;
	int r;

	if (!losers)
		return pps_fail_nomem(err);
	for (size_t i = 0; i < found->nconflicts; i++)
		if (loses(w, &found->conflicts[i]))
			losers[n++] = found->conflicts[i].other;
	if (!n)
		return pps_tag_report_add(report, found, err);
	w->params[IDS] = pps_sql_uuids(losers, n);
	r = delete_tags(w, err);
	w->params[IDS] = ids;
	if (r < 0 || (r = write_all(w, err)) < 0 || (r = find_conflicts(w, &left, err)) < 0)
		return r;
	for (size_t i = 0; i < found->nconflicts; i++)
		if (!comes_along(w, &found->conflicts[i].other) && !has_conflict(&left, &found->conflicts[i].id) &&
		    (r = add_conflict(report, &found->conflicts[i].other, &found->conflicts[i].id, err)) < 0)
			return r;
	return pps_tag_report_add(report, &left, err);
}

int pps_tags_add(pps_butler *butler, int64_t collection, const pps_tags_tables *tables, const pps_uuid *ids, size_t n, int rule,
		 pps_tag_report *report, pps_error **err)
{
	_cleanup_(pps_tag_report_clear) pps_tag_report found = { 0 };
	_cleanup_(end) struct rows w;
	int r;

	begin(&w, butler, collection, tables, ids, n);
	w.rule = rule;
	if ((r = write_all(&w, err)) < 0)
		return r;
	if (w.changed < (int64_t)n) { /* not all of them are new: why? */
		if ((r = find_unknown(&w, report, err)) < 0 || (r = find_conflicts(&w, &found, err)) < 0)
			return r;
		r = found.nconflicts && rule == PPS_TAG_REPLACE ? replace(&w, &found, report, err) : pps_tag_report_add(report, &found, err);
	}
	report->changed += w.changed;
	return r < 0 ? r : PPS_OK;
}

/* ---- out ---- */

int pps_tags_drop(pps_butler *butler, int64_t collection, const pps_tags_tables *tables, const pps_uuid *ids, size_t n, pps_tag_report *report,
		  pps_error **err)
{
	_cleanup_(end) struct rows w;
	int r;

	begin(&w, butler, collection, tables, ids, n);
	r = delete_tags(&w, err);
	report->changed += w.changed;
	return r;
}

/* ---- from one to another ---- */

/* All, or none where one has no place: what the caller has done in the transaction stays in either case. */
static int move_all(struct rows *w, pps_error **err)
{
	_cleanup_(pps_error_freep) pps_error *e = NULL;
	int r;

	if ((r = pps_sql_exec(w->sql, "SAVEPOINT moving", NULL, 0, NULL, err)) < 0)
		return r;
	if ((r = write_all(w, &e)) < 0) {
		if (strcmp(pps_error_sqlstate(e), "23505") != 0) {
			pps_error_move(err, TAKE_PTR(e));
			return r;
		}
		w->changed = 0;
		if ((r = pps_sql_exec(w->sql, "ROLLBACK TO SAVEPOINT moving", NULL, 0, NULL, err)) < 0)
			return r;
	}
	return pps_sql_exec(w->sql, "RELEASE SAVEPOINT moving", NULL, 0, NULL, err);
}

int pps_tags_move(pps_butler *butler, int64_t from, int64_t to, const pps_tags_tables *tables, const pps_uuid *ids, size_t n, int64_t *ret_moved,
		  pps_error **err)
{
	_cleanup_(end) struct rows w;
	int r;

	begin(&w, butler, to, tables, ids, n);
	w.moves = 1;
	w.params[FROM] = pps_sql_int(from);
	w.nparams = PARAMS_MOST;
	r = move_all(&w, err);
	*ret_moved = w.changed;
	return r;
}
