/* SPDX-License-Identifier: BSD-3-Clause */
/* PostgreSQL over libpq without blocking calls: what the source files of this room share. */
#ifndef PPS_SQL_SQL_POSTGRES_H
#define PPS_SQL_SQL_POSTGRES_H

#include <libpq-fe.h>

#include "base/map.h"
#include "sql/sql-backend.h"

/* OIDs of built-in types: fixed for ever by PostgreSQL's catalogue. */
enum {
	PPS_PG_BOOL = 16,
	PPS_PG_BYTEA = 17,
	PPS_PG_NAME = 19,
	PPS_PG_INT8 = 20,
	PPS_PG_INT2 = 21,
	PPS_PG_INT4 = 23,
	PPS_PG_TEXT = 25,
	PPS_PG_FLOAT4 = 700,
	PPS_PG_FLOAT8 = 701,
	PPS_PG_BPCHAR = 1042,
	PPS_PG_VARCHAR = 1043,
	PPS_PG_UUID = 2950,
	PPS_PG_INT8RANGE = 3926,
};

typedef struct pps_postgres {
	pps_sql sql;
	PGconn *conn;
	pps_map *tables; /* table -> pps_pg_table, the types of its columns */
	int begins;      /* a transaction that the server does not know of yet */
	int piped;       /* statements sent at once whose answers were not read to their ends */
} pps_postgres;

/* One statement with its parameters, as libpq takes them. */
typedef struct pps_pg_statement {
	const char *text;
	int n;
	const Oid *types;
	const char *const *values;
	const int *sizes;
	const int *formats;
} pps_pg_statement;

#define PPS_PG_GRACE_NS (5 * PPS_NS_PER_S) /* the server's own limit comes first */

static inline pps_postgres *pps_pg_of(const pps_sql *sql)
{
	return (pps_postgres *)sql;
}

static inline void pps_pg_clearp(PGresult **res)
{
	PQclear(*res);
}
#define _cleanup_result_ _cleanup_(pps_pg_clearp)

/* Each wait obeys cancellation (unless @deaf) and @deadline (monotonic). */
int pps_pg_flush(pps_postgres *pg, int64_t deadline, int deaf, pps_error **err);
int pps_pg_result(pps_postgres *pg, int64_t deadline, int deaf, PGresult **ret_res, pps_error **err);
int64_t pps_pg_deadline(const pps_postgres *pg);
int pps_pg_is_good(const PGresult *res);
/* Sends a statement, and before it what begins its transaction when it is the first. */
int pps_pg_send(pps_postgres *pg, const pps_pg_statement *s, pps_error **err);
/* Before what cannot be sent together with another statement: COPY. */
int pps_pg_begin_now(pps_postgres *pg, pps_error **err);
int pps_pg_begin(pps_sql *sql, pps_error **err);
int pps_pg_commit(pps_sql *sql, pps_error **err);
void pps_pg_rollback(pps_sql *sql);
/* After a statement has been sent: reads results to the end. The last one (NULL allowed) is returned when all were good. */
int pps_pg_finish(pps_postgres *pg, int deaf, PGresult **ret_last, const char *text, pps_error **err);
/* Stops what runs on the server and reads the rest; drops the connection when that does not end soon. */
void pps_pg_abort(pps_postgres *pg);
/* The error in @res, or the connection's when @res is NULL. */
int pps_pg_fail(pps_postgres *pg, const PGresult *res, const char *text, pps_error **err);

void pps_pg_put16(pps_buf *b, uint16_t v);
void pps_pg_put32(pps_buf *b, uint32_t v);
void pps_pg_put64(pps_buf *b, uint64_t v);
/* Header of a one-dimensional array of @n elements of type @oid. */
void pps_pg_put_array(pps_buf *b, uint32_t oid, size_t n);
/* One value with its length before it, as in arrays and in COPY; @oid: the type to be written. */
void pps_pg_put_value(pps_buf *b, const pps_sql_value *v, uint32_t oid);

int pps_pg_insert(pps_sql *sql, const char *table, const pps_sql_column *columns, size_t ncolumns, const pps_sql_value *values,
		  size_t nrows, const char *conflict, int64_t *ret_inserted, pps_error **err);
void pps_pg_forget_tables(pps_postgres *pg);

#endif
