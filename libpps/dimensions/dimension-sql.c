/* SPDX-License-Identifier: BSD-3-Clause */
/* Reading: the universe, the shape of the tables, and rows by condition or by key. */
#include "dimensions/dimension-sql.h"

#include <string.h>

#include "base/map.h"
#include "dimensions/dimension-sql-private.h"

#define KEYS_CHUNK 1000

int pps_dimension_universe(pps_sql *sql, pps_universe **ret_universe, pps_error **err)
{
	_cleanup_(pps_sql_rows_freep) pps_sql_rows *rows = NULL;
	pps_sql_value name = pps_sql_text("config:dimensions.json");
	int r = pps_sql_query(sql, "SELECT value FROM {butler_attributes} WHERE name = $1", &name, 1, &rows,
			      err);

	if (r < 0 || (r = pps_sql_next(rows, err)) < 0)
		return pps_wrap(err, r, "read the dimension universe");
	if (!r || pps_sql_is_null(rows, 0))
		return pps_fail(err, PPS_E_FORMAT,
				"this is no Butler repository: it has no dimension universe");
	return pps_universe_parse(pps_sql_get_text(rows, 0), pps_sql_get_size(rows, 0), ret_universe, err);
}

/* ---- the shape of the tables ---- */

static int expect(pps_map *there, const char *table, const char *column, size_t *count, pps_error **err)
{
	_cleanup_buf_ pps_buf b = PPS_BUF_LINE;
	int r;

	pps_buf_printf(&b, "%s.%s", table, column);
	if ((r = pps_buf_check(&b, "name of a column", err)) < 0)
		return r;
	if (!pps_map_get_text(there, pps_buf_text(&b), NULL))
		return pps_fail(err, PPS_E_UNSUPPORTED,
				"the repository has no column %s, which its dimension universe says",
				pps_buf_text(&b));
	++*count;
	return PPS_OK;
}

/* The columns of one table, given by name, and no others. */
static int expect_table(pps_map *there, const char *table, const char *const *columns, size_t n,
			pps_error **err)
{
	size_t count = 0, prefix = strlen(table);
	int r;

	for (size_t i = 0; i < n; i++)
		if ((r = expect(there, table, columns[i], &count, err)) < 0)
			return r;
	for (size_t i = 0; i < pps_map_size(there); i++) {
		const char *key = pps_map_key(there, i);

		if (!strncmp(key, table, prefix) && key[prefix] == '.' && count-- == 0)
			return pps_fail(err, PPS_E_UNSUPPORTED,
					"table %s has other columns than the repository's dimension universe",
					table);
	}
	return PPS_OK;
}

static int expect_element(pps_map *there, int kind, const pps_element *e, pps_error **err)
{
	const char *names[PPS_COLUMNS_MAX + 2];
	char table[128];
	size_t n = 0;
	int r;

	for (size_t i = 0; i < e->ncolumns; i++) {
		if (e->columns[i].type == PPS_COLUMN_SPAN && kind == PPS_SQL_SQLITE) {
			names[n++] = "timespan_begin";
			names[n++] = "timespan_end";
		} else {
			names[n++] = e->columns[i].name;
		}
	}
	if ((r = expect_table(there, e->name, names, n, err)) < 0 || !e->is_spatial)
		return r;
	n = 0;
	names[n++] = "skypix_system";
	names[n++] = "skypix_level";
	names[n++] = e->governor->name;
	snprintf(table, sizeof(table), "%s_skypix_overlap_summary", e->name);
	if ((r = expect_table(there, table, names, n, err)) < 0)
		return r;
	n--;
	for (size_t i = 0; i < e->nrequired; i++)
		names[n++] = e->required[i]->name;
	names[n++] = "skypix_index";
	snprintf(table, sizeof(table), "%s_skypix_overlap", e->name);
	return expect_table(there, table, names, n, err);
}

/* "table.column" of all tables. */
static int tables_read(pps_sql *sql, pps_map *there, pps_error **err)
{
	_cleanup_(pps_sql_rows_freep) pps_sql_rows *rows = NULL;
	pps_sql_value schema = pps_sql_text(pps_sql_schema(sql));
	int r;

	if (pps_sql_kind(sql) == PPS_SQL_POSTGRES)
		r = pps_sql_query(sql,
				  "SELECT c.relname, a.attname FROM pg_catalog.pg_attribute a "
				  "JOIN pg_catalog.pg_class c ON c.oid = a.attrelid "
				  "JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace "
				  "WHERE n.nspname = $1 AND c.relkind IN ('r', 'p') AND a.attnum > 0 "
				  "AND NOT a.attisdropped",
				  &schema, 1, &rows, err);
	else
		r = pps_sql_query(sql,
				  "SELECT m.name, p.name FROM sqlite_master m "
				  "JOIN pragma_table_info(m.name) p WHERE m.type = 'table'",
				  NULL, 0, &rows, err);
	while (r >= 0 && (r = pps_sql_next(rows, err)) == 1) {
		_cleanup_buf_ pps_buf b = PPS_BUF_LINE;

		pps_buf_printf(&b, "%s.%s", pps_sql_get_text(rows, 0), pps_sql_get_text(rows, 1));
		if ((r = pps_buf_check(&b, "name of a column", err)) == PPS_OK && pps_map_set_text(there, pps_buf_text(&b), NULL) < 0)
			r = pps_fail_nomem(err);
	}
	return r;
}

int pps_dimension_check_tables(pps_sql *sql, const pps_universe *u, pps_map **ret_there, pps_error **err)
{
	_cleanup_(pps_map_freep) pps_map *there = pps_map_new();
	int r;

	if (!there)
		return pps_fail_nomem(err);
	if ((r = tables_read(sql, there, err)) < 0)
		return pps_wrap(err, r, "read the columns of the dimension tables");
	for (size_t i = 0; i < pps_universe_size(u); i++) {
		const pps_element *e = pps_universe_at(u, i);

		if (e->has_table && (r = expect_element(there, pps_sql_kind(sql), e, err)) < 0)
			return r;
	}
	if (ret_there)
		*ret_there = TAKE_PTR(there);
	return PPS_OK;
}

/* ---- rows ---- */

static void select_list(pps_sql *sql, const pps_element *e, pps_buf *b)
{
	for (size_t i = 0; i < e->ncolumns; i++) {
		if (i)
			pps_buf_add_text(b, ", ");
		if (e->columns[i].type == PPS_COLUMN_SPAN)
			pps_sql_span_columns(sql, "r", e->columns[i].name, b);
		else
			pps_buf_printf(b, "r.\"%s\"", e->columns[i].name);
	}
}

/* The cells of the current row; texts are borrowed until the next. */
static void cells_fetch(const pps_sql_rows *rows, const pps_element *e, pps_cell *cells)
{
	int col = 0;

	for (size_t i = 0; i < e->ncolumns; i++) {
		int type = e->columns[i].type;

		cells[i] = (pps_cell){ 0 };
		if (type == PPS_COLUMN_SPAN) {
			cells[i].span = pps_sql_get_span(rows, col);
			cells[i].is_null = cells[i].span.is_null;
			col += PPS_SQL_SPAN_COLUMNS;
			continue;
		}
		cells[i].is_null = pps_sql_is_null(rows, col);
		if (type == PPS_COLUMN_FLOAT)
			cells[i].d = pps_sql_get_real(rows, col);
		else if (pps_column_is_text(&e->columns[i]))
			cells[i].s = pps_sql_get_text(rows, col);
		else
			cells[i].i = pps_sql_get_int(rows, col);
		col++;
	}
}

int pps_dimension_each(pps_sql *sql, const pps_element *e, const char *where, const pps_sql_value *params,
		       size_t nparams, pps_row_fn fn, void *user, pps_error **err)
{
	_cleanup_buf_ pps_buf b = PPS_BUF_SQL;
	_cleanup_(pps_sql_rows_freep) pps_sql_rows *rows = NULL;
	pps_cell cells[PPS_COLUMNS_MAX];
	int r;

	pps_buf_add_text(&b, "SELECT ");
	select_list(sql, e, &b);
	pps_buf_printf(&b, " FROM {%s} r", e->name);
	if (where)
		pps_buf_printf(&b, " WHERE %s", where);
	if ((r = pps_buf_check(&b, "statement", err)) < 0 ||
	    (r = pps_sql_query(sql, pps_buf_text(&b), params, nparams, &rows, err)) < 0)
		return pps_wrap(err, r, "read records of %s", e->name);
	while ((r = pps_sql_next(rows, err)) == 1) {
		cells_fetch(rows, e, cells);
		if ((r = fn(user, cells, err)) < 0)
			return r;
	}
	return r < 0 ? pps_wrap(err, r, "read records of %s", e->name) : PPS_OK;
}

static int add_row(void *user, const pps_cell *cells, pps_error **err)
{
	return pps_records_add(user, cells, NULL, err);
}

static int records_for(pps_dimensions *into, const char *element, pps_records **ret, pps_error **err)
{
	*ret = pps_dimensions_records(into, element);
	if (!*ret)
		return pps_fail(err, PPS_E_NOTFOUND, "dimension universe %d has no records of %s",
				pps_dimensions_universe_version(into), element);
	return PPS_OK;
}

int pps_dimension_read(pps_sql *sql, pps_dimensions *into, const char *element, const char *where,
		       const pps_sql_value *params, size_t nparams, pps_error **err)
{
	pps_records *records;
	int r = records_for(into, element, &records, err);

	if (r < 0)
		return r;
	return pps_dimension_each(sql, pps_records_element(records), where, params, nparams, add_row,
				  records, err);
}

/* ---- conditions on keys ---- */

void pps_key_where_free(pps_key_where *w)
{
	for (size_t i = 0; i < PPS_COUNT(w->lists); i++)
		free(w->lists[i]);
	pps_buf_free(&w->text);
}

static int compare_int(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

static int compare_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The different values of one column of some keys, as a parameter. */
static int distinct(pps_key_where *w, size_t col, int is_text, pps_key_fn key, const void *user, size_t lo,
		    size_t hi, pps_error **err)
{
	size_t n = 0, size = hi - lo;
	const char **texts;
	int64_t *ints;

	w->lists[col] = calloc(size, sizeof(int64_t) > sizeof(char *) ? sizeof(int64_t) : sizeof(char *));
	if (!w->lists[col])
		return pps_fail_nomem(err);
	texts = w->lists[col];
	ints = w->lists[col];
	for (size_t i = 0; i < size; i++) {
		pps_cell cell = key(user, lo + i, col);

		if (is_text)
			texts[i] = cell.s;
		else
			ints[i] = cell.i;
	}
	qsort(w->lists[col], size, is_text ? sizeof(*texts) : sizeof(*ints),
	      is_text ? compare_text : compare_int);
	for (size_t i = 0; i < size; i++) {
		if (is_text && (!i || strcmp(texts[i], texts[n - 1]) != 0))
			texts[n++] = texts[i];
		else if (!is_text && (!i || ints[i] != ints[n - 1]))
			ints[n++] = ints[i];
	}
	if (n == 1)
		w->params[w->nparams] = is_text ? pps_sql_text(texts[0]) : pps_sql_int(ints[0]);
	else
		w->params[w->nparams] = is_text ? pps_sql_texts(texts, n) : pps_sql_ints(ints, n);
	w->nparams++;
	return PPS_OK;
}

int pps_key_where_make(pps_key_where *w, const pps_element *e, int by_dimension, pps_key_fn key,
		       const void *user, size_t lo, size_t hi, pps_error **err)
{
	int r;

	for (size_t i = 0; i < e->nrequired; i++) {
		int is_text = pps_column_is_text(&e->columns[i]);

		if ((r = distinct(w, i, is_text, key, user, lo, hi, err)) < 0)
			return r;
		pps_buf_printf(&w->text, "%sr.\"%s\" ", w->text.size ? " AND " : "",
			       by_dimension ? e->required[i]->name : e->columns[i].name);
		if (w->params[w->nparams - 1].type == PPS_SQL_INT ||
		    w->params[w->nparams - 1].type == PPS_SQL_TEXT)
			pps_buf_printf(&w->text, "= $%zu", w->nparams);
		else
			pps_buf_printf(&w->text, "{in $%zu %s}", w->nparams, is_text ? "text" : "int");
	}
	return pps_buf_check(&w->text, "statement", err);
}

/* ---- records by key ---- */

typedef struct wanted {
	pps_records *into;
	const pps_element *element;
	const pps_cell *keys;
	pps_map *set;
	size_t found;
} wanted;

/* One text per key. */
static void key_bytes(const pps_element *e, const pps_cell *key, pps_buf *b)
{
	for (size_t i = 0; i < e->nrequired; i++) {
		if (pps_column_is_text(&e->columns[i]))
			pps_buf_add(b, key[i].s, strlen(key[i].s) + 1);
		else
			pps_buf_add(b, &key[i].i, sizeof(key[i].i));
	}
}

static int add_wanted(void *user, const pps_cell *cells, pps_error **err)
{
	wanted *w = user;
	_cleanup_buf_ pps_buf b = PPS_BUF(1u << 20);

	key_bytes(w->element, cells, &b);
	if (!pps_map_get(w->set, pps_buf_text(&b), b.size, NULL))
		return PPS_OK; /* of the product of the columns' values, but not asked for */
	w->found++;
	return pps_records_add(w->into, cells, NULL, err);
}

static pps_cell wanted_key(const void *user, size_t n, size_t col)
{
	const wanted *w = user;

	return w->keys[n * w->element->nrequired + col];
}

int pps_dimension_read_keys(pps_sql *sql, pps_dimensions *into, const char *element, const pps_cell *keys,
			    size_t nkeys, size_t *ret_found, pps_error **err)
{
	_cleanup_(pps_map_freep) pps_map *set = pps_map_new();
	wanted w = { .keys = keys, .set = set };
	int r = records_for(into, element, &w.into, err);

	if (r < 0)
		return r;
	w.element = pps_records_element(w.into);
	if (!set)
		return pps_fail_nomem(err);
	for (size_t i = 0; i < nkeys; i++) {
		_cleanup_buf_ pps_buf b = PPS_BUF(1u << 20);

		key_bytes(w.element, keys + i * w.element->nrequired, &b);
		if (pps_buf_check(&b, "key", err) < 0 || pps_map_set(set, pps_buf_text(&b), b.size, NULL) < 0)
			return pps_fail_nomem(err);
	}
	for (size_t lo = 0; lo < nkeys; lo += KEYS_CHUNK) {
		_cleanup_(pps_key_where_free) pps_key_where where = PPS_KEY_WHERE;
		size_t hi = lo + KEYS_CHUNK < nkeys ? lo + KEYS_CHUNK : nkeys;

		if ((r = pps_key_where_make(&where, w.element, 0, wanted_key, &w, lo, hi, err)) < 0)
			return r;
		r = pps_dimension_each(sql, w.element, pps_buf_text(&where.text), where.params,
				       where.nparams, add_wanted, &w, err);
		if (r < 0)
			return r;
	}
	if (ret_found)
		*ret_found = w.found;
	return PPS_OK;
}
