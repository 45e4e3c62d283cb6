/* SPDX-License-Identifier: BSD-3-Clause */
/* SQLite: a file, one connection, a cache of prepared statements. The journal mode is the file's own and stays. */
#include <errno.h>
#include <sqlite3.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "base/map.h"
#include "sql/sql-backend.h"

#define CACHE_MOST 128
#define PROGRESS_OPS 5000
#define BUSY_SLICE_NS 5000000
#define ROLL_BACK_MS 10000
#define LIST_BYTES_MOST PPS_SQL_LIST_BYTES_MOST

typedef struct pps_sqlite {
	pps_sql sql;
	sqlite3 *db;
	pps_map *cache; /* statement text -> sqlite3_stmt */
	int64_t deadline;      /* of the statement that runs */
	int64_t lock_deadline; /* of waiting for the file's lock */
	int committing;        /* cancellation waits */
} pps_sqlite;

typedef struct pps_sqlite_rows {
	pps_sql_rows rows;
	sqlite3_stmt *stmt;
} pps_sqlite_rows;

static pps_sqlite *lite_of(const pps_sql *sql)
{
	return (pps_sqlite *)sql;
}

static int on_progress(void *user)
{
	pps_sqlite *lite = user;

	return !lite->committing &&
	       (pps_ctx_is_cancelled(lite->sql.ctx) || pps_monotonic_now() > lite->deadline);
}

static int on_busy(void *user, int count)
{
	pps_sqlite *lite = user;
	struct timespec pause = { .tv_nsec = count < 4 ? BUSY_SLICE_NS / 5 : BUSY_SLICE_NS * (count < 20 ? 1 : 4) };

	if (pps_ctx_is_cancelled(lite->sql.ctx) || pps_monotonic_now() > lite->lock_deadline)
		return 0;
	nanosleep(&pause, NULL);
	return 1;
}

static void start_clock(pps_sqlite *lite)
{
	int64_t now = pps_monotonic_now();

	lite->deadline = now + lite->sql.timeout_ns;
	lite->lock_deadline = now + lite->sql.lock_timeout_ns;
}

/* The error of the last call on the connection. @text: the statement, for those that are our own mistake. */
static int fail(pps_sqlite *lite, const char *text, pps_error **err)
{
	const char *name = lite->sql.url.name;
	int extended = sqlite3_extended_errcode(lite->db), primary = extended & 0xff;
	int code = pps_sql_code_of_sqlite(extended), r;

	if ((primary == SQLITE_INTERRUPT || primary == SQLITE_BUSY) && (r = pps_ctx_check(lite->sql.ctx, err)) < 0)
		return r;
	if (primary == SQLITE_BUSY || primary == SQLITE_LOCKED)
		r = pps_fail(err, code, "%s: the database is locked by another process (waited %.1f s)", name,
			     (double)lite->sql.lock_timeout_ns / 1e9);
	else if (primary == SQLITE_INTERRUPT)
		r = pps_fail(err, code, "%s: no answer within %.1f s", name, (double)lite->sql.timeout_ns / 1e9);
	else if (primary == SQLITE_READONLY)
		r = pps_fail(err, code, "%s: the database or its folder is read-only: %s", name, sqlite3_errmsg(lite->db));
	else if (primary == SQLITE_ERROR && text)
		r = pps_fail(err, code, "%s: %s, in: %.200s", name, sqlite3_errmsg(lite->db), text);
	else
		r = pps_fail(err, code, "%s: %s", name, sqlite3_errmsg(lite->db));
	pps_error_set_sqlstate(err, pps_sql_sqlstate_of_sqlite(extended));
	return r;
}

static void sqlite_disconnect(pps_sql *sql)
{
	pps_sqlite *lite = lite_of(sql);

	for (size_t i = 0; lite->cache && i < pps_map_size(lite->cache); i++)
		sqlite3_finalize(pps_map_value(lite->cache, i));
	pps_map_free(lite->cache);
	lite->cache = NULL;
	sqlite3_close(lite->db);
	lite->db = NULL;
}

static int check_folder(const pps_sql *sql, pps_error **err)
{
	_cleanup_free_ char *folder = pps_folder_of(sql->url.path);
	struct stat st;

	if (!folder)
		return pps_fail_nomem(err);
	return stat(folder, &st) < 0 ? pps_fail_errno(err, errno, "%s: no file can be made in the folder %s", sql->url.name, folder) : PPS_OK;
}

/* What SQLite says too vaguely ("unable to open database file") is looked at before. */
static int check_file(const pps_sql *sql, pps_error **err)
{
	const char *path = sql->url.path;
	struct stat st;

	if (strcmp(path, ":memory:") == 0)
		return PPS_OK;
	if (stat(path, &st) < 0) {
		if (errno == ENOENT && sql->create)
			return check_folder(sql, err);
		return pps_fail_errno(err, errno, "%s", sql->url.name);
	}
	if (!S_ISREG(st.st_mode))
		return pps_fail(err, PPS_E_FORMAT, "%s: not a regular file", sql->url.name);
	if (access(path, R_OK) < 0)
		return pps_fail_errno(err, errno, "%s", sql->url.name);
	return PPS_OK;
}

static int configure(pps_sqlite *lite, pps_error **err)
{
	sqlite3_extended_result_codes(lite->db, 1);
	sqlite3_busy_handler(lite->db, on_busy, lite);
	sqlite3_progress_handler(lite->db, PROGRESS_OPS, on_progress, lite);
	start_clock(lite);
	/* the second reads the file's header: a file that is no database is found out here */
	if (sqlite3_exec(lite->db, "PRAGMA foreign_keys = ON", NULL, NULL, NULL) != SQLITE_OK ||
	    sqlite3_exec(lite->db, "SELECT count(*) FROM sqlite_master", NULL, NULL, NULL) != SQLITE_OK)
		return fail(lite, NULL, err);
	return PPS_OK;
}

/* A writer that was killed left its journal, which only a writer may roll back: until then nobody could even read. Where that is not
 * permitted, the error of reading stays. */
static void roll_back(const char *path)
{
	sqlite3 *db = NULL;

	if (sqlite3_open_v2(path, &db, SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_READWRITE, NULL) == SQLITE_OK) {
		sqlite3_busy_timeout(db, ROLL_BACK_MS);
		sqlite3_exec(db, "SELECT count(*) FROM sqlite_master", NULL, NULL, NULL);
	}
	sqlite3_close(db);
}

static int sqlite_connect(pps_sql *sql, pps_error **err)
{
	pps_sqlite *lite = lite_of(sql);
	int flags = SQLITE_OPEN_NOMUTEX | (sql->read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE) |
		    (sql->create && !sql->read_only ? SQLITE_OPEN_CREATE : 0);
	int r;

	sqlite_disconnect(sql);
	if ((r = check_file(sql, err)) < 0)
		return r;
	if (!(lite->cache = pps_map_new()))
		return pps_fail_nomem(err);
	r = sqlite3_open_v2(sql->url.path, &lite->db, flags, NULL);
	if (!lite->db)
		return pps_fail_nomem(err);
	if (r == SQLITE_OK && sql->read_only) {
		sqlite3_extended_result_codes(lite->db, 1);
		if (sqlite3_exec(lite->db, "SELECT count(*) FROM sqlite_master", NULL, NULL, NULL) == SQLITE_READONLY_ROLLBACK)
			roll_back(sql->url.path);
	}
	r = r == SQLITE_OK ? configure(lite, err) : fail(lite, NULL, err);
	if (r < 0)
		sqlite_disconnect(sql);
	return r;
}

static int sqlite_is_lost(const pps_sql *sql)
{
	return !lite_of(sql)->db;
}

static int add_list(const pps_sql_value *v, pps_buf *b)
{
	char hex[33];

	pps_buf_add_char(b, '[');
	for (size_t i = 0; i < v->n; i++) {
		if (i)
			pps_buf_add_char(b, ',');
		if (v->type == PPS_SQL_INTS) {
			pps_buf_printf(b, "%lld", (long long)v->ints[i]);
		} else if (v->type == PPS_SQL_UUIDS) {
			pps_uuid_hex(&v->uuids[i], hex);
			pps_buf_printf(b, "\"%s\"", hex);
		} else {
			pps_buf_add_char(b, '"');
			for (const unsigned char *s = (const unsigned char *)v->texts[i]; *s; s++)
				if (*s == '"' || *s == '\\')
					pps_buf_printf(b, "\\%c", *s);
				else if (*s < 0x20)
					pps_buf_printf(b, "\\u%04x", *s);
				else
					pps_buf_add_char(b, (char)*s);
			pps_buf_add_char(b, '"');
		}
	}
	pps_buf_add_char(b, ']');
	return b->failed;
}

static int bind_list(sqlite3_stmt *stmt, int at, const pps_sql_value *v)
{
	_cleanup_buf_ pps_buf b = PPS_BUF(LIST_BYTES_MOST);

	if (add_list(v, &b))
		return b.failed == PPS_E_NOMEM ? SQLITE_NOMEM : SQLITE_TOOBIG;
	return sqlite3_bind_text64(stmt, at, pps_buf_text(&b), b.size, SQLITE_TRANSIENT, SQLITE_UTF8);
}

/* Text and bytes are bound without a copy: they live as long as the call that uses them. @copy when they may not. */
static int bind_one(sqlite3_stmt *stmt, int at, const pps_sql_value *v, int copy)
{
	sqlite3_destructor_type how = copy ? SQLITE_TRANSIENT : SQLITE_STATIC;
	char hex[33];

	switch (v->type) {
	case PPS_SQL_NULL:
		return sqlite3_bind_null(stmt, at);
	case PPS_SQL_INT:
	case PPS_SQL_BOOL:
		return sqlite3_bind_int64(stmt, at, v->i);
	case PPS_SQL_REAL:
		return sqlite3_bind_double(stmt, at, v->d);
	case PPS_SQL_TEXT:
		return sqlite3_bind_text64(stmt, at, v->s, v->n ? v->n : strlen(v->s), how, SQLITE_UTF8);
	case PPS_SQL_BYTES:
		return sqlite3_bind_blob64(stmt, at, v->n ? v->bytes : "", v->n, how);
	case PPS_SQL_UUID:
		pps_uuid_hex(&v->uuid, hex);
		return sqlite3_bind_text(stmt, at, hex, 32, SQLITE_TRANSIENT);
	case PPS_SQL_INTS:
	case PPS_SQL_UUIDS:
	case PPS_SQL_TEXTS:
		return bind_list(stmt, at, v);
	default:
		return SQLITE_MISUSE;
	}
}

static int bind_all(pps_sqlite *lite, sqlite3_stmt *stmt, const pps_sql_value *params, size_t n, int copy, pps_error **err)
{
	if ((size_t)sqlite3_bind_parameter_count(stmt) > n)
		return pps_fail(err, PPS_E_INTERNAL, "%s: %d parameters in: %.200s", lite->sql.url.name,
				sqlite3_bind_parameter_count(stmt), sqlite3_sql(stmt));
	for (size_t i = 0; i < n; i++) {
		int r = bind_one(stmt, (int)i + 1, &params[i], copy);

		if (r == SQLITE_RANGE)
			break; /* a parameter that this statement does not use */
		if (r == SQLITE_NOMEM)
			return pps_fail_nomem(err);
		if (r != SQLITE_OK)
			return pps_fail(err, PPS_E_INTERNAL, "%s: parameter %zu of: %.200s", lite->sql.url.name, i + 1,
					sqlite3_sql(stmt));
	}
	return PPS_OK;
}

static void release(sqlite3_stmt *stmt)
{
	sqlite3_reset(stmt);
	sqlite3_clear_bindings(stmt);
}

static int prepared(pps_sqlite *lite, const char *text, sqlite3_stmt **ret_stmt, pps_error **err)
{
	sqlite3_stmt *stmt;
	void *cached;

	if (lite->sql.in_transaction && sqlite3_get_autocommit(lite->db))
		return pps_fail(err, PPS_E_FAILED, "%s: the transaction was undone by an earlier failure",
				lite->sql.url.name);
	start_clock(lite);
	if (pps_map_get_text(lite->cache, text, &cached)) {
		*ret_stmt = cached;
		return PPS_OK;
	}
	if (pps_map_size(lite->cache) >= CACHE_MOST) {
		for (size_t i = 0; i < pps_map_size(lite->cache); i++)
			sqlite3_finalize(pps_map_value(lite->cache, i));
		pps_map_free(lite->cache);
		if (!(lite->cache = pps_map_new())) {
			sqlite_disconnect(&lite->sql);
			return pps_fail_nomem(err);
		}
	}
	if (sqlite3_prepare_v3(lite->db, text, -1, SQLITE_PREPARE_PERSISTENT, &stmt, NULL) != SQLITE_OK)
		return fail(lite, text, err);
	if (!stmt)
		return pps_fail(err, PPS_E_INTERNAL, "%s: an empty statement", lite->sql.url.name);
	if (pps_map_set_text(lite->cache, text, stmt) < 0) {
		sqlite3_finalize(stmt);
		return pps_fail_nomem(err);
	}
	*ret_stmt = stmt;
	return PPS_OK;
}

static int sqlite_exec(pps_sql *sql, const char *text, const pps_sql_value *params, size_t nparams, int64_t *ret_changed,
		       pps_error **err)
{
	pps_sqlite *lite = lite_of(sql);
	int64_t before = sqlite3_total_changes64(lite->db);
	sqlite3_stmt *stmt;
	int r;

	if ((r = prepared(lite, text, &stmt, err)) < 0)
		return r;
	if ((r = bind_all(lite, stmt, params, nparams, 0, err)) == PPS_OK) {
		do
			r = sqlite3_step(stmt);
		while (r == SQLITE_ROW);
		r = r == SQLITE_DONE ? PPS_OK : fail(lite, text, err);
	}
	/* total_changes counts foreign key actions too, changes() is old when the statement changed nothing */
	if (r == PPS_OK && ret_changed)
		*ret_changed = sqlite3_total_changes64(lite->db) == before ? 0 : sqlite3_changes64(lite->db);
	release(stmt);
	return r;
}

static int sqlite_query(pps_sql *sql, const char *text, const pps_sql_value *params, size_t nparams, pps_sql_rows **ret_rows,
			pps_error **err)
{
	pps_sqlite *lite = lite_of(sql);
	pps_sqlite_rows *rows;
	sqlite3_stmt *stmt;
	int r;

	if ((r = prepared(lite, text, &stmt, err)) < 0)
		return r;
	if (sql->read_only && !sqlite3_stmt_readonly(stmt))
		return pps_fail(err, PPS_E_ACCESS, "%s: opened for reading only", sql->url.name);
	if ((r = bind_all(lite, stmt, params, nparams, 1, err)) < 0) {
		release(stmt);
		return r;
	}
	if (!(rows = calloc(1, sizeof *rows))) {
		release(stmt);
		return pps_fail_nomem(err);
	}
	rows->stmt = stmt;
	*ret_rows = &rows->rows;
	return PPS_OK;
}

static int sqlite_next(pps_sql_rows *rows, pps_error **err)
{
	pps_sqlite *lite = lite_of(rows->sql);
	sqlite3_stmt *stmt = ((pps_sqlite_rows *)rows)->stmt;

	start_clock(lite);
	switch (sqlite3_step(stmt)) {
	case SQLITE_ROW:
		/* a text may need memory to end with NUL: now, while that can be said */
		for (int i = 0, n = sqlite3_column_count(stmt); i < n; i++)
			if (sqlite3_column_type(stmt, i) == SQLITE_TEXT && !sqlite3_column_text(stmt, i))
				return pps_fail_nomem(err);
		return 1;
	case SQLITE_DONE:
		return 0;
	default:
		return fail(lite, sqlite3_sql(stmt), err);
	}
}

static void sqlite_rows_free(pps_sql_rows *rows)
{
	release(((pps_sqlite_rows *)rows)->stmt);
	free(rows);
}

static int sqlite_is_null(const pps_sql_rows *rows, int col)
{
	return sqlite3_column_type(((const pps_sqlite_rows *)rows)->stmt, col) == SQLITE_NULL;
}

static int64_t sqlite_get_int(const pps_sql_rows *rows, int col)
{
	return sqlite3_column_int64(((const pps_sqlite_rows *)rows)->stmt, col);
}

static double sqlite_get_real(const pps_sql_rows *rows, int col)
{
	return sqlite3_column_double(((const pps_sqlite_rows *)rows)->stmt, col);
}

static const char *sqlite_get_text(const pps_sql_rows *rows, int col)
{
	return (const char *)sqlite3_column_text(((const pps_sqlite_rows *)rows)->stmt, col);
}

static size_t sqlite_get_size(const pps_sql_rows *rows, int col)
{
	return (size_t)sqlite3_column_bytes(((const pps_sqlite_rows *)rows)->stmt, col);
}

static void insert_text(pps_buf *b, const char *table, const pps_sql_column *columns, size_t n, const char *conflict)
{
	pps_buf_add_text(b, "INSERT INTO ");
	pps_sql_quote(b, table, "");
	for (size_t i = 0; i < n; i++) {
		int span = columns[i].type == PPS_SQL_SPAN;

		pps_buf_add_text(b, i ? ", " : " (");
		pps_sql_quote(b, columns[i].name, span ? "_begin" : "");
		if (span) {
			pps_buf_add_text(b, ", ");
			pps_sql_quote(b, columns[i].name, "_end");
		}
	}
	for (size_t i = 0; i < n; i++)
		pps_buf_printf(b, "%s%s", i ? ", " : ") VALUES (", columns[i].type == PPS_SQL_SPAN ? "?, ?" : "?");
	pps_buf_printf(b, ") %s", conflict ? conflict : "");
}

static int bind_row(sqlite3_stmt *stmt, const pps_sql_value *row, size_t n)
{
	int at = 1, r = SQLITE_OK;

	for (size_t i = 0; i < n && r == SQLITE_OK; i++) {
		if (row[i].type != PPS_SQL_SPAN) {
			r = bind_one(stmt, at++, &row[i], 0);
		} else if (row[i].span.is_null) {
			r = sqlite3_bind_null(stmt, at++);
			r = r == SQLITE_OK ? sqlite3_bind_null(stmt, at++) : r;
		} else {
			r = sqlite3_bind_int64(stmt, at++, row[i].span.is_empty ? PPS_TAI_MAX : row[i].span.begin);
			r = r == SQLITE_OK ? sqlite3_bind_int64(stmt, at++,
								row[i].span.is_empty ? PPS_TAI_MIN : row[i].span.end) : r;
		}
	}
	return r;
}

/* A span that is NULL as a whole may come as a plain NULL, which fills both of its columns. */
static pps_sql_value whole(const pps_sql_value *v, const pps_sql_column *column)
{
	return v->type == PPS_SQL_NULL && column->type == PPS_SQL_SPAN ? pps_sql_span((pps_timespan){ .is_null = 1 }) : *v;
}

static int insert_row(pps_sqlite *lite, sqlite3_stmt *stmt, const pps_sql_column *columns, size_t n, const pps_sql_value *values,
		      pps_error **err)
{
	pps_sql_value row[PPS_SQL_PARAMS_MOST];
	int r;

	for (size_t i = 0; i < n; i++)
		row[i] = whole(&values[i], &columns[i]);
	if ((r = bind_row(stmt, row, n)) != SQLITE_OK)
		return r == SQLITE_NOMEM ? pps_fail_nomem(err) :
					   pps_fail(err, PPS_E_INTERNAL, "%s: values do not fit: %.200s",
						    lite->sql.url.name, sqlite3_sql(stmt));
	start_clock(lite);
	if (sqlite3_step(stmt) != SQLITE_DONE)
		return fail(lite, sqlite3_sql(stmt), err);
	sqlite3_reset(stmt);
	return PPS_OK;
}

static int sqlite_insert(pps_sql *sql, const char *table, const pps_sql_column *columns, size_t ncolumns,
			 const pps_sql_value *values, size_t nrows, const char *conflict, int64_t *ret_inserted, pps_error **err)
{
	_cleanup_buf_ pps_buf b = PPS_BUF_SQL;
	pps_sqlite *lite = lite_of(sql);
	sqlite3_stmt *stmt;
	int64_t inserted = 0;
	int r;

	insert_text(&b, table, columns, ncolumns, conflict);
	if ((r = pps_buf_check(&b, "statement", err)) < 0)
		return r;
	if ((r = prepared(lite, pps_buf_text(&b), &stmt, err)) < 0)
		return r;
	for (size_t i = 0; i < nrows && r == PPS_OK; i++) {
		if ((r = pps_ctx_check(sql->ctx, err)) == PPS_OK)
			r = insert_row(lite, stmt, columns, ncolumns, values + i * ncolumns, err);
		if (r == PPS_OK)
			inserted += sqlite3_changes64(lite->db);
	}
	release(stmt);
	if (r == PPS_OK)
		*ret_inserted = inserted;
	return r;
}

static int sqlite_begin(pps_sql *sql, pps_error **err)
{
	return sqlite_exec(sql, sql->read_only ? "BEGIN" : "BEGIN IMMEDIATE", NULL, 0, NULL, err);
}

static int sqlite_commit(pps_sql *sql, pps_error **err)
{
	pps_sqlite *lite = lite_of(sql);
	int r;

	lite->committing = 1;
	r = sqlite_exec(sql, "COMMIT", NULL, 0, NULL, err);
	lite->committing = 0;
	return r;
}

static void sqlite_rollback(pps_sql *sql)
{
	pps_sqlite *lite = lite_of(sql);

	if (!lite->db || sqlite3_get_autocommit(lite->db))
		return;
	lite->committing = 1;
	sqlite3_exec(lite->db, "ROLLBACK", NULL, NULL, NULL);
	lite->committing = 0;
}

static const pps_sql_ops sqlite_ops = {
	.connect = sqlite_connect,
	.disconnect = sqlite_disconnect,
	.is_lost = sqlite_is_lost,
	.exec = sqlite_exec,
	.query = sqlite_query,
	.insert = sqlite_insert,
	.begin = sqlite_begin,
	.commit = sqlite_commit,
	.rollback = sqlite_rollback,
	.next = sqlite_next,
	.rows_free = sqlite_rows_free,
	.is_null = sqlite_is_null,
	.get_int = sqlite_get_int,
	.get_real = sqlite_get_real,
	.get_text = sqlite_get_text,
	.get_size = sqlite_get_size,
};

int pps_sql_sqlite_new(pps_sql **ret_sql, pps_error **err)
{
	pps_sqlite *lite = calloc(1, sizeof *lite);

	if (!lite)
		return pps_fail_nomem(err);
	lite->sql.ops = &sqlite_ops;
	*ret_sql = &lite->sql;
	return PPS_OK;
}
