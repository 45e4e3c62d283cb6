/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * One thin layer over SQLite and libpq: the same statement text for both.
 *
 * In statement text:
 *   $1, $2 ...     parameters
 *   {table}        a table's name, quoted and qualified by the schema: "embargo"."exposure" or "exposure"
 *   {in $3 int}    a list parameter: "= ANY($3::bigint[])" or "IN (SELECT value FROM json_each($3))";
 *                  the kinds are int, text and uuid
 *   {table by id $3} the rows of a table whose column has a value of a list of different UUIDs, each looked for by itself:
 *                  what stands after FROM or JOIN, and wants a name: "FROM {dataset by id $1} AS d"
 * Nothing relies on session state, so a transaction pooler may sit between.
 *
 * Threads: a connection is used by one thread at a time. Every call honours the context's cancellation and the
 * connection's time limit. SQLite: foreign keys on, busy time-out, BEGIN IMMEDIATE, journal mode left as it is.
 */
#ifndef PPS_SQL_SQL_H
#define PPS_SQL_SQL_H

#include "base/buf.h"
#include "base/ctx.h"
#include "base/time.h"
#include "base/uuid.h"

typedef struct pps_sql pps_sql;
typedef struct pps_sql_rows pps_sql_rows;

enum { PPS_SQL_SQLITE, PPS_SQL_POSTGRES };

typedef struct pps_sql_options {
	const char *schema;   /* PostgreSQL: NULL takes current_schema(); SQLite: ignored */
	const char *user;     /* NULL: from the URL, PGUSER ... as libpq does */
	const char *password; /* NULL: from the URL, PGPASSFILE ... */
	int read_only;        /* refuses writing */
	int create;           /* SQLite: make the file when missing */
	int64_t timeout_ns;   /* limit of one statement and of connecting; 0: 300 s */
	int64_t lock_timeout_ns; /* limit of waiting for a lock; 0: 5 s on PostgreSQL, 10 s on SQLite */
} pps_sql_options;

/* @url: "sqlite:////abs/path", "sqlite:///relative", "postgresql://user:password@host:port/db?options" (also with "+driver" as
 * SQLAlchemy writes it). Down or refused: PPS_E_UNAVAILABLE; wrong password: PPS_E_ACCESS; no such file: PPS_E_NOTFOUND. Messages never show
 * the password. @options NULL: defaults. */
int pps_sql_open(pps_ctx *ctx, const char *url, const pps_sql_options *options, pps_sql **ret_sql, pps_error **err);
void pps_sql_close(pps_sql *sql);
PPS_DEFINE_CLEANUP(pps_sql, pps_sql_close)

int pps_sql_kind(const pps_sql *sql);
const char *pps_sql_schema(const pps_sql *sql); /* NULL on SQLite */
pps_ctx *pps_sql_ctx(const pps_sql *sql);
/* How often it has connected anew: another server may stand behind the address since, with another past. */
unsigned pps_sql_reconnects(const pps_sql *sql);

/* A value, as a parameter or in a row. Text is borrowed; in parameters for the call, in rows until the next row. */
enum {
	PPS_SQL_NULL,
	PPS_SQL_INT,
	PPS_SQL_REAL,
	PPS_SQL_TEXT,
	PPS_SQL_BOOL,     /* boolean on PostgreSQL, 0 and 1 on SQLite */
	PPS_SQL_UUID,     /* uuid, or 32 hex digits */
	PPS_SQL_BYTES,    /* bytea, blob */
	PPS_SQL_SPAN,     /* int8range; only in pps_sql_insert, where SQLite gets two columns, NAME_begin and NAME_end */
	PPS_SQL_INTS,     /* lists, for {in $n int|uuid|text} */
	PPS_SQL_UUIDS,
	PPS_SQL_TEXTS,
};

typedef struct pps_sql_value {
	int type;
	union {
		int64_t i; /* INT, BOOL */
		double d;
		const char *s;          /* TEXT */
		pps_uuid uuid;
		pps_timespan span;
		const int64_t *ints;
		const pps_uuid *uuids;
		const char *const *texts;
		const void *bytes;
	};
	size_t n; /* TEXT: bytes, or 0 for NUL-terminated text; BYTES: bytes; lists: items */
} pps_sql_value;

static inline pps_sql_value pps_sql_null(void)
{
	return (pps_sql_value){ .type = PPS_SQL_NULL };
}
static inline pps_sql_value pps_sql_int(int64_t i)
{
	return (pps_sql_value){ .type = PPS_SQL_INT, .i = i };
}
static inline pps_sql_value pps_sql_real(double d)
{
	return (pps_sql_value){ .type = PPS_SQL_REAL, .d = d };
}
static inline pps_sql_value pps_sql_bool(int b)
{
	return (pps_sql_value){ .type = PPS_SQL_BOOL, .i = !!b };
}
static inline pps_sql_value pps_sql_text(const char *s) /* NULL gives an SQL NULL */
{
	return (pps_sql_value){ .type = s ? PPS_SQL_TEXT : PPS_SQL_NULL, .s = s };
}
static inline pps_sql_value pps_sql_uuid(pps_uuid uuid)
{
	return (pps_sql_value){ .type = PPS_SQL_UUID, .uuid = uuid };
}
static inline pps_sql_value pps_sql_span(pps_timespan span)
{
	return (pps_sql_value){ .type = PPS_SQL_SPAN, .span = span };
}
static inline pps_sql_value pps_sql_ints(const int64_t *ints, size_t n)
{
	return (pps_sql_value){ .type = PPS_SQL_INTS, .ints = ints, .n = n };
}
static inline pps_sql_value pps_sql_uuids(const pps_uuid *uuids, size_t n)
{
	return (pps_sql_value){ .type = PPS_SQL_UUIDS, .uuids = uuids, .n = n };
}
static inline pps_sql_value pps_sql_texts(const char *const *texts, size_t n)
{
	return (pps_sql_value){ .type = PPS_SQL_TEXTS, .texts = texts, .n = n };
}

/* Statement without rows; @ret_changed (NULL allowed): rows changed. */
int pps_sql_exec(pps_sql *sql, const char *text, const pps_sql_value *params, size_t nparams, int64_t *ret_changed,
		 pps_error **err);
/* Several statements without parameters, separated by ";\n" (migrations). */
int pps_sql_script(pps_sql *sql, const char *text, pps_error **err);

/* Statement with rows; streamed, with bounded memory. One at a time on a connection: free it before the next statement. */
int pps_sql_query(pps_sql *sql, const char *text, const pps_sql_value *params, size_t nparams, pps_sql_rows **ret_rows,
		  pps_error **err);
/* 1: a row is there; 0: the end; negative: an error. */
int pps_sql_next(pps_sql_rows *rows, pps_error **err);
void pps_sql_rows_free(pps_sql_rows *rows);
PPS_DEFINE_CLEANUP(pps_sql_rows, pps_sql_rows_free)

int pps_sql_is_null(const pps_sql_rows *rows, int col);
int64_t pps_sql_get_int(const pps_sql_rows *rows, int col);   /* booleans too; 0 for NULL */
double pps_sql_get_real(const pps_sql_rows *rows, int col);
const char *pps_sql_get_text(const pps_sql_rows *rows, int col); /* NULL for NULL; until the next row */
size_t pps_sql_get_size(const pps_sql_rows *rows, int col);      /* bytes of text */
int pps_sql_get_uuid(const pps_sql_rows *rows, int col, pps_uuid *ret); /* 0, or -1 when it is none */
/* A timespan selected with pps_sql_span_columns(): takes as many columns as that gave. */
pps_timespan pps_sql_get_span(const pps_sql_rows *rows, int col);
/* The select list for a timespan column of a table alias: "a.timespan_begin, a.timespan_end" on SQLite, lower(), upper() and isempty()
 * on PostgreSQL; always PPS_SQL_SPAN_COLUMNS columns on both (padding where needed). Appends to @b. */
#define PPS_SQL_SPAN_COLUMNS 3
void pps_sql_span_columns(const pps_sql *sql, const char *alias, const char *column, pps_buf *b);

/* Column of a bulk insert: its name and the PPS_SQL_* type that its values have (or NULL). */
typedef struct pps_sql_column {
	const char *name;
	int type;
} pps_sql_column;

/*
 * Inserts @nrows rows, given row by row in @values (nrows * ncolumns), in as few round trips as there can be: arrays with
 * unnest() on PostgreSQL, one prepared statement on SQLite. @conflict: NULL, or text such as "ON CONFLICT DO NOTHING".
 * @table without braces. @ret_inserted (NULL allowed): rows that were really inserted.
 * Rows should be sorted by primary key, so that concurrent writers do not deadlock.
 */
int pps_sql_insert(pps_sql *sql, const char *table, const pps_sql_column *columns, size_t ncolumns, const pps_sql_value *values,
		   size_t nrows, const char *conflict, int64_t *ret_inserted, pps_error **err);

/* Transactions do not nest. An open one is rolled back by pps_sql_close() and by _cleanup_(pps_sql_guard). PostgreSQL is told of it with the first
 * statement: what goes wrong with its beginning is that statement's error. */
int pps_sql_begin(pps_sql *sql, pps_error **err);
int pps_sql_commit(pps_sql *sql, pps_error **err);
void pps_sql_rollback(pps_sql *sql);
int pps_sql_in_transaction(const pps_sql *sql);
/* From the next transaction on (not by default). PostgreSQL: every statement of a transaction is meant to go by an index, and in its order, whatever is
 * thought of how many rows there are. */
void pps_sql_go_by_index(pps_sql *sql, int by_index);
/* Guard: rolls back what was begun and not committed when the scope is left. */
static inline void pps_sql_guardp(pps_sql **sql)
{
	if (*sql && pps_sql_in_transaction(*sql))
		pps_sql_rollback(*sql);
}

/*
 * Runs @fn in a transaction and commits it; on a serialization failure, deadlock, lock time-out (40001, 40P01, 55P03, SQLITE_BUSY) or a
 * lost connection (reconnects) the whole of it again with jitter, at most @attempts times. @fn must be repeatable.
 */
typedef int (*pps_sql_fn)(pps_sql *sql, void *user, pps_error **err);
int pps_sql_transact(pps_sql *sql, int attempts, pps_sql_fn fn, void *user, pps_error **err);

/* 1 when the table exists (in the schema). */
int pps_sql_has_table(pps_sql *sql, const char *table, int *ret_has, pps_error **err);
/* Releases a list of texts and the texts. */
void pps_sql_names_free(char **names, size_t n);
/* Has PostgreSQL count those tables of the schema that changed by more rows than it last counted, and that are ours: it would go on planning as if
 * they were small, also what foreign keys are checked by, until its own round comes by. Outside of a transaction; where it cannot be done nothing is. */
void pps_sql_count_grown(pps_sql *sql);
/* PostgreSQL's clock_timestamp() as TAI ns; on SQLite PPS_E_UNSUPPORTED. */
int pps_sql_clock(pps_sql *sql, int64_t *ret_tai, pps_error **err);

#endif
