/* SPDX-License-Identifier: BSD-3-Clause */
#include "butler/bulk.h"

#include <string.h>

#include "butler/arena.h"

#define ONE_STATEMENT_ROWS 60000 /* more go table by table, so that no statement holds everything at once */
#define PARAMS_MOST 1000

int pps_bulk_reserve(pps_bulk *bulk, size_t most, pps_error **err)
{
	bulk->nrows = 0;
	bulk->values = calloc(most * bulk->ncolumns + 1, sizeof *bulk->values);
	return bulk->values ? PPS_OK : pps_fail_nomem(err);
}

void pps_bulk_clear(pps_bulk *bulk)
{
	free(bulk->values);
	bulk->values = NULL;
}

static int by_pair(const void *a, const void *b)
{
	const pps_sql_value *x = a, *y = b;

	if (x[0].i != y[0].i)
		return x[0].i < y[0].i ? -1 : 1;
	if (x[1].type == PPS_SQL_TEXT)
		return strcmp(x[1].s, y[1].s);
	return (x[1].i > y[1].i) - (x[1].i < y[1].i);
}

void pps_bulk_make_unique(pps_bulk *bulk)
{
	size_t kept = 0;

	if (bulk->nrows)
		qsort(bulk->values, bulk->nrows, 2 * sizeof *bulk->values, by_pair);
	for (size_t i = 0; i < bulk->nrows; i++) {
		const pps_sql_value *row = &bulk->values[2 * i];

		if (kept && by_pair(&bulk->values[2 * (kept - 1)], row) == 0)
			continue;
		memmove(&bulk->values[2 * kept++], row, 2 * sizeof *row);
	}
	bulk->nrows = kept;
}

void pps_bulk_plan_clear(pps_bulk_plan *plan)
{
	for (size_t i = 0; i < plan->n; i++)
		pps_bulk_clear(&plan->at[i]);
	free(plan->at);
	*plan = (pps_bulk_plan){ 0 };
}

int pps_bulk_plan_add(pps_bulk_plan *plan, const char *table, const pps_bulk_column *columns, size_t ncolumns, size_t most,
		      pps_bulk **ret_bulk, pps_error **err)
{
	pps_bulk *bulk;

	if (pps_grow(&plan->at, &plan->cap, plan->n, sizeof *plan->at) < 0)
		return pps_fail_nomem(err);
	bulk = &plan->at[plan->n++];
	*bulk = (pps_bulk){ .ncolumns = ncolumns };
	memcpy(bulk->columns, columns, ncolumns * sizeof *columns);
	if (snprintf(bulk->table, sizeof bulk->table, "%s", table) >= (int)sizeof bulk->table)
		return pps_fail(err, PPS_E_UNSUPPORTED, "table %s: the name is longer than %zu bytes", table, sizeof bulk->table - 1);
	*ret_bulk = bulk;
	return pps_bulk_reserve(bulk, most, err);
}

void pps_bulk_plan_end(pps_bulk_plan *plan)
{
	if (!plan->at[plan->n - 1].nrows)
		pps_bulk_clear(&plan->at[--plan->n]);
}

static int insert_one(pps_sql *sql, pps_bulk *bulk, pps_error **err)
{
	pps_sql_column columns[PPS_BULK_COLUMNS_MOST];

	for (size_t i = 0; i < bulk->ncolumns; i++)
		columns[i] = (pps_sql_column){ bulk->columns[i].name, bulk->columns[i].type };
	return pps_sql_insert(sql, bulk->table, columns, bulk->ncolumns, bulk->values, bulk->nrows,
			      bulk->may_be_there ? "ON CONFLICT DO NOTHING" : NULL, &bulk->inserted, err);
}

/* One column of all rows as a list. */
static int column_list(const pps_bulk *bulk, size_t c, pps_arena *arena, pps_sql_value *ret, pps_error **err)
{
	int type = bulk->columns[c].type;
	size_t size = type == PPS_SQL_INT ? sizeof(int64_t) : type == PPS_SQL_UUID ? sizeof(pps_uuid) : sizeof(char *);
	void *list = pps_arena_alloc(arena, size * bulk->nrows);

	if (!list)
		return pps_arena_fail(arena, bulk->table, err);
	for (size_t i = 0; i < bulk->nrows; i++) {
		const pps_sql_value *v = &bulk->values[i * bulk->ncolumns + c];

		if (type == PPS_SQL_INT)
			((int64_t *)list)[i] = v->i;
		else if (type == PPS_SQL_UUID)
			((pps_uuid *)list)[i] = v->uuid;
		else
			((const char **)list)[i] = v->type == PPS_SQL_NULL ? NULL : v->s;
	}
	*ret = type == PPS_SQL_INT  ? pps_sql_ints(list, bulk->nrows) :
	       type == PPS_SQL_UUID ? pps_sql_uuids(list, bulk->nrows) :
				      pps_sql_texts(list, bulk->nrows);
	return PPS_OK;
}

/* "bN AS (INSERT ... SELECT ... FROM unnest(...) RETURNING 1)" */
static void add_insert(pps_buf *b, const pps_bulk *bulk, size_t number, size_t first_param)
{
	pps_buf_printf(b, "%sb%zu AS (INSERT INTO {%s} (", number ? ", " : "", number, bulk->table);
	for (size_t c = 0; c < bulk->ncolumns; c++)
		pps_buf_printf(b, "%s\"%s\"", c ? ", " : "", bulk->columns[c].name);
	pps_buf_add_text(b, ") SELECT ");
	for (size_t c = 0; c < bulk->ncolumns; c++)
		pps_buf_printf(b, "%sc%zu%s%s", c ? ", " : "", c, bulk->columns[c].cast ? "::" : "",
			       bulk->columns[c].cast ? bulk->columns[c].cast : "");
	pps_buf_add_text(b, " FROM unnest(");
	for (size_t c = 0; c < bulk->ncolumns; c++) {
		int type = bulk->columns[c].type;

		pps_buf_printf(b, "%s$%zu::%s[]", c ? ", " : "", first_param + c,
			       type == PPS_SQL_INT ? "bigint" : type == PPS_SQL_UUID ? "uuid" : "text");
	}
	pps_buf_add_text(b, ") AS u(");
	for (size_t c = 0; c < bulk->ncolumns; c++)
		pps_buf_printf(b, "%sc%zu", c ? ", " : "", c);
	pps_buf_printf(b, ")%s RETURNING 1)", bulk->may_be_there ? " ON CONFLICT DO NOTHING" : "");
}

/* PostgreSQL checks foreign keys when the whole statement is done, so its parts may need each other. */
static int insert_all(pps_sql *sql, pps_bulk *bulks, size_t n, size_t nparams, pps_error **err)
{
	_cleanup_(pps_sql_rows_freep) pps_sql_rows *rows = NULL;
	_cleanup_free_ pps_sql_value *params = calloc(nparams + 1, sizeof *params);
	_cleanup_(pps_arena_freep) pps_arena *arena = NULL;
	_cleanup_buf_ pps_buf text = PPS_BUF_SQL;
	size_t at = 0;
	int r;

	if (!params)
		return pps_fail_nomem(err);
	if ((r = pps_arena_new((size_t)pps_ctx_memory(pps_sql_ctx(sql)), &arena, err)) < 0)
		return r;
	pps_buf_add_text(&text, "WITH ");
	for (size_t i = 0; i < n; i++) {
		add_insert(&text, &bulks[i], i, at + 1);
		for (size_t c = 0; c < bulks[i].ncolumns; c++)
			if ((r = column_list(&bulks[i], c, arena, &params[at++], err)) < 0)
				return r;
	}
	for (size_t i = 0; i < n; i++)
		pps_buf_printf(&text, "%s(SELECT count(*) FROM b%zu)", i ? ", " : " SELECT ", i);
	if ((r = pps_buf_check(&text, "statement", err)) < 0 ||
	    (r = pps_sql_query(sql, pps_buf_text(&text), params, nparams, &rows, err)) < 0 || (r = pps_sql_next(rows, err)) < 0)
		return r;
	for (size_t i = 0; i < n; i++)
		bulks[i].inserted = pps_sql_get_int(rows, (int)i);
	return PPS_OK;
}

int pps_bulk_insert(pps_sql *sql, pps_bulk *bulks, size_t n, pps_error **err)
{
	size_t nrows = 0, nparams = 0;
	int r;

	for (size_t i = 0; i < n; i++) {
		nrows += bulks[i].nrows;
		nparams += bulks[i].ncolumns;
	}
	if (pps_sql_kind(sql) == PPS_SQL_POSTGRES && nrows <= ONE_STATEMENT_ROWS && nparams <= PARAMS_MOST)
		return insert_all(sql, bulks, n, nparams, err);
	for (size_t i = 0; i < n; i++)
		if ((r = insert_one(sql, &bulks[i], err)) < 0)
			return r;
	return PPS_OK;
}
