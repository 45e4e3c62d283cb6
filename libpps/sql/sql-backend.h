/* SPDX-License-Identifier: BSD-3-Clause */
/* What the two databases share inside this room: the base of a connection, and the table of what each one does. */
#ifndef PPS_SQL_SQL_BACKEND_H
#define PPS_SQL_SQL_BACKEND_H

#include "sql/sql.h"

#define PPS_SQL_TIMEOUT_NS (300 * PPS_NS_PER_S)
#define PPS_SQL_LOCK_TIMEOUT_NS (5 * PPS_NS_PER_S)
#define PPS_SQL_LITE_LOCK_TIMEOUT_NS (10 * PPS_NS_PER_S) /* SQLite locks the whole file, also for a Butler's long write */
#define PPS_SQL_PARAMS_MOST 256
#define PPS_SQL_LIST_BYTES_MOST (256u << 20)

/* The place that a URL names, without any secret. */
typedef struct pps_sql_url {
	int kind;
	char *path; /* SQLite: the file, ":memory:" too */
	char *uri;  /* PostgreSQL: for libpq, "+driver" taken out; may hold the password */
	char *name; /* for messages: "PostgreSQL host:port/db", "SQLite /path" */
} pps_sql_url;

int pps_sql_url_parse(const char *url, pps_sql_url *ret_url, pps_error **err);
void pps_sql_url_clear(pps_sql_url *url);
#define _cleanup_url_ _cleanup_(pps_sql_url_clear)

/* Every @text here is the expanded statement. */
typedef struct pps_sql_ops {
	int (*connect)(pps_sql *sql, pps_error **err); /* also again, after a loss */
	void (*disconnect)(pps_sql *sql);
	int (*is_lost)(const pps_sql *sql);
	int (*exec)(pps_sql *sql, const char *text, const pps_sql_value *params, size_t nparams, int64_t *ret_changed,
		    pps_error **err);
	int (*query)(pps_sql *sql, const char *text, const pps_sql_value *params, size_t nparams, pps_sql_rows **ret_rows,
		     pps_error **err);
	int (*insert)(pps_sql *sql, const char *table, const pps_sql_column *columns, size_t ncolumns,
		      const pps_sql_value *values, size_t nrows, const char *conflict, int64_t *ret_inserted,
		      pps_error **err);
	int (*begin)(pps_sql *sql, pps_error **err);
	int (*commit)(pps_sql *sql, pps_error **err);
	void (*rollback)(pps_sql *sql);
	int (*next)(pps_sql_rows *rows, pps_error **err);
	void (*rows_free)(pps_sql_rows *rows);
	int (*is_null)(const pps_sql_rows *rows, int col);
	int64_t (*get_int)(const pps_sql_rows *rows, int col);
	double (*get_real)(const pps_sql_rows *rows, int col);
	const char *(*get_text)(const pps_sql_rows *rows, int col);
	size_t (*get_size)(const pps_sql_rows *rows, int col);
} pps_sql_ops;

struct pps_sql {
	const pps_sql_ops *ops;
	pps_ctx *ctx;
	pps_sql_url url;
	char *schema;
	char *user;
	char *password;
	int read_only;
	int create;
	int by_index;
	int64_t timeout_ns;
	int64_t lock_timeout_ns;
	unsigned reconnects;
	int in_transaction; /* begun by us, not yet committed nor rolled back */
	pps_sql_rows *rows; /* the open query, if any */
};

struct pps_sql_rows {
	pps_sql *sql;
};

int pps_sql_sqlite_new(pps_sql **ret_sql, pps_error **err);
int pps_sql_postgres_new(pps_sql **ret_sql, pps_error **err);

/* Appends @name with @suffix as one quoted identifier. */
void pps_sql_quote(pps_buf *b, const char *name, const char *suffix);
/* Appends a table's name, quoted and qualified. */
void pps_sql_quote_table(const pps_sql *sql, pps_buf *b, const char *table);
/* Expands {table} and {in $n kind}; on SQLite $n becomes ?n. */
int pps_sql_expand(const pps_sql *sql, const char *text, pps_buf *b, pps_error **err);

/* PPS_E_* for a SQLSTATE (five characters) or an SQLite extended result code, and the SQLSTATE nearest to the latter ("" if none). */
int pps_sql_code_of_sqlstate(const char *sqlstate);
/* The nth SQLSTATE, or class of them (two characters), that has a code of its own; NULL past the end. */
const char *pps_sql_known_state(size_t n);
int pps_sql_code_of_sqlite(int extended);
const char *pps_sql_sqlstate_of_sqlite(int extended);
/* 1 when the transaction that failed with it should simply be run again. */
int pps_sql_sqlstate_is_transient(const char *sqlstate);

#endif
