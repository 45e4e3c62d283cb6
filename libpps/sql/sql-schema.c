/* SPDX-License-Identifier: BSD-3-Clause */
/* What a database says of itself: tables, columns, its clock. */
#include "sql/sql-backend.h"

#include <string.h>

int pps_sql_has_table(pps_sql *sql, const char *table, int *ret_has, pps_error **err)
{
	pps_sql_value params[] = { pps_sql_text(table), pps_sql_text(sql->schema) };
	_cleanup_(pps_sql_rows_freep) pps_sql_rows *rows = NULL;
	int r;

	if (sql->url.kind == PPS_SQL_POSTGRES)
		r = pps_sql_query(sql, "SELECT 1 FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace "
				  "WHERE c.relname = $1 AND n.nspname = $2 AND c.relkind IN ('r', 'p', 'v', 'm')",
				  params, 2, &rows, err);
	else
		r = pps_sql_query(sql, "SELECT 1 FROM sqlite_master WHERE type IN ('table', 'view') AND name = $1", params, 1, &rows,
				  err);
	if (r < 0 || (r = pps_sql_next(rows, err)) < 0)
		return r;
	*ret_has = r;
	return PPS_OK;
}

void pps_sql_names_free(char **names, size_t n)
{
	for (size_t i = 0; names && i < n; i++)
		free(names[i]);
	free(names);
}

/* The statement that counts all of them, each by itself: what is counted is locked against whoever changes tables until its transaction ends. */
static int count_text(pps_sql *sql, pps_buf *text, int *ret_grown, pps_error **err)
{
	pps_sql_value schema = pps_sql_text(sql->schema);
	_cleanup_(pps_sql_rows_freep) pps_sql_rows *rows = NULL;
	int r = pps_sql_query(sql, "SELECT string_agg(format('%I.%I', s.schemaname, s.relname), ', ') FROM pg_catalog.pg_stat_all_tables s "
			      "JOIN pg_catalog.pg_class c ON c.oid = s.relid WHERE s.schemaname = $1 AND c.relkind = 'r' "
			      "AND s.n_mod_since_analyze > greatest(c.reltuples, 0) AND pg_has_role(c.relowner, 'USAGE')", &schema, 1, &rows, err);

	if (r < 0 || (r = pps_sql_next(rows, err)) < 0)
		return r;
	*ret_grown = !pps_sql_is_null(rows, 0);
	if (*ret_grown)
		pps_buf_printf(text, "ANALYZE (SKIP_LOCKED) %s", pps_sql_get_text(rows, 0));
	return pps_buf_check(text, "statement", err);
}

void pps_sql_count_grown(pps_sql *sql)
{
	_cleanup_(pps_error_freep) pps_error *why = NULL;
	_cleanup_buf_ pps_buf text = PPS_BUF_SQL;
	int is_grown = 0;

	if (sql->url.kind != PPS_SQL_POSTGRES || sql->in_transaction || sql->read_only)
		return;
	/* not by pps_sql_exec(), whose transaction would be that of all tables */
	if (count_text(sql, &text, &is_grown, &why) < 0 || (is_grown && sql->ops->exec(sql, pps_buf_text(&text), NULL, 0, NULL, &why) < 0))
		pps_log(sql->ctx, PPS_LOG_DEBUG, "tables that grew were not counted", "why", pps_error_message(why), NULL);
}

int pps_sql_clock(pps_sql *sql, int64_t *ret_tai, pps_error **err)
{
	_cleanup_(pps_sql_rows_freep) pps_sql_rows *rows = NULL;
	int r;

	if (sql->url.kind == PPS_SQL_SQLITE)
		return pps_fail(err, PPS_E_UNSUPPORTED, "%s: SQLite has no clock of its own", sql->url.name);
	r = pps_sql_query(sql, "SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint", NULL, 0, &rows, err);
	if (r < 0 || (r = pps_sql_next(rows, err)) < 0)
		return r;
	return pps_tai_of_utc(pps_sql_get_int(rows, 0) * 1000, ret_tai, err);
}
