/* SPDX-License-Identifier: BSD-3-Clause */
/* Connections: opening, dispatch to the database at hand, transactions and their repetition. */
#include "sql/sql.h"

#include <string.h>
#include <sys/random.h>

#include "sql/sql-backend.h"

#define RETRY_FIRST_NS (PPS_NS_PER_S / 20)
#define RETRY_MOST_NS (5 * PPS_NS_PER_S)

static int copy_text(const char *from, char **to, pps_error **err)
{
	if (from && !(*to = strdup(from)))
		return pps_fail_nomem(err);
	return PPS_OK;
}

static int set_options(pps_sql *sql, const pps_sql_options *options, pps_error **err)
{
	static const pps_sql_options defaults = { 0 };
	const pps_sql_options *o = options ? options : &defaults;
	int postgres = sql->url.kind == PPS_SQL_POSTGRES;
	int r;

	sql->read_only = o->read_only;
	sql->create = o->create;
	sql->timeout_ns = o->timeout_ns > 0 ? o->timeout_ns : PPS_SQL_TIMEOUT_NS;
	sql->lock_timeout_ns = o->lock_timeout_ns > 0 ? o->lock_timeout_ns :
			       postgres ? PPS_SQL_LOCK_TIMEOUT_NS : PPS_SQL_LITE_LOCK_TIMEOUT_NS;
	if ((r = copy_text(postgres ? o->schema : NULL, &sql->schema, err)) < 0)
		return r;
	if ((r = copy_text(o->user, &sql->user, err)) < 0)
		return r;
	return copy_text(o->password, &sql->password, err);
}

int pps_sql_open(pps_ctx *ctx, const char *url, const pps_sql_options *options, pps_sql **ret_sql, pps_error **err)
{
	_cleanup_(pps_sql_closep) pps_sql *sql = NULL;
	_cleanup_url_ pps_sql_url u = { 0 };
	int r;

	if ((r = pps_ctx_check(ctx, err)) < 0)
		return r;
	if ((r = pps_sql_url_parse(url, &u, err)) < 0)
		return r;
	r = u.kind == PPS_SQL_SQLITE ? pps_sql_sqlite_new(&sql, err) : pps_sql_postgres_new(&sql, err);
	if (r < 0)
		return r;
	sql->ctx = pps_ctx_ref(ctx);
	sql->url = u;
	u = (pps_sql_url){ 0 };
	if ((r = set_options(sql, options, err)) < 0)
		return r;
	if ((r = sql->ops->connect(sql, err)) < 0)
		return r;
	*ret_sql = TAKE_PTR(sql);
	return PPS_OK;
}

void pps_sql_close(pps_sql *sql)
{
	if (!sql)
		return;
	if (sql->rows)
		pps_sql_rows_free(sql->rows);
	if (sql->in_transaction)
		pps_sql_rollback(sql);
	sql->ops->disconnect(sql);
	pps_ctx_unref(sql->ctx);
	pps_sql_url_clear(&sql->url);
	free(sql->schema);
	free(sql->user);
	if (sql->password)
		explicit_bzero(sql->password, strlen(sql->password));
	free(sql->password);
	free(sql);
}

int pps_sql_kind(const pps_sql *sql)
{
	return sql->url.kind;
}

const char *pps_sql_schema(const pps_sql *sql)
{
	return sql->schema;
}

pps_ctx *pps_sql_ctx(const pps_sql *sql)
{
	return sql->ctx;
}

unsigned pps_sql_reconnects(const pps_sql *sql)
{
	return sql->reconnects;
}

/* Before each statement: not cancelled, no query open; connects again when the connection was lost and nothing is lost by it. */
static int prepare(pps_sql *sql, int writes, pps_error **err)
{
	int r;

	if ((r = pps_ctx_check(sql->ctx, err)) < 0)
		return r;
	if (sql->rows)
		return pps_fail(err, PPS_E_INTERNAL, "%s: the rows of the earlier query are still open", sql->url.name);
	if (writes && sql->read_only)
		return pps_fail(err, PPS_E_ACCESS, "%s: opened for reading only", sql->url.name);
	if (!sql->ops->is_lost(sql))
		return PPS_OK;
	if (sql->in_transaction)
		return pps_fail(err, PPS_E_UNAVAILABLE, "%s: the connection was lost and its transaction undone",
				sql->url.name);
	sql->reconnects++;
	return sql->ops->connect(sql, err);
}

static int exec_expanded(pps_sql *sql, const char *text, const pps_sql_value *params, size_t nparams, int64_t *ret_changed,
			 pps_error **err)
{
	_cleanup_buf_ pps_buf b = PPS_BUF_SQL;
	int r;

	if ((r = pps_sql_expand(sql, text, &b, err)) < 0)
		return r;
	return sql->ops->exec(sql, pps_buf_text(&b), params, nparams, ret_changed, err);
}

/* Runs @fn's work in a transaction of its own when none is open, so that time limits of locks hold and all of it happens or nothing. */
#define IN_TRANSACTION(sql, err, call)                                   \
	({                                                               \
		int own_ = !(sql)->in_transaction, r_ = PPS_OK;          \
		if (own_)                                                \
			r_ = pps_sql_begin(sql, err);                    \
		if (r_ == PPS_OK) {                                      \
			r_ = (call);                                     \
			if (own_ && r_ == PPS_OK)                        \
				r_ = pps_sql_commit(sql, err);           \
			if (own_ && (sql)->in_transaction)               \
				pps_sql_rollback(sql);                   \
		}                                                        \
		r_;                                                      \
	})

int pps_sql_exec(pps_sql *sql, const char *text, const pps_sql_value *params, size_t nparams, int64_t *ret_changed,
		 pps_error **err)
{
	int r;

	if ((r = prepare(sql, 1, err)) < 0)
		return r;
	return IN_TRANSACTION(sql, err, exec_expanded(sql, text, params, nparams, ret_changed, err));
}

static int script(pps_sql *sql, const char *text, pps_error **err)
{
	int r = PPS_OK;

	while (*text && r == PPS_OK) {
		const char *end = strstr(text, ";\n");
		size_t len = end ? (size_t)(end - text) : strlen(text);
		_cleanup_free_ char *one = strndup(text, len);

		if (!one)
			return pps_fail_nomem(err);
		if (one[strspn(one, " \t\r\n;")])
			r = exec_expanded(sql, one, NULL, 0, NULL, err);
		text += len + (end ? 2 : 0);
	}
	return r;
}

int pps_sql_script(pps_sql *sql, const char *text, pps_error **err)
{
	int r;

	if ((r = prepare(sql, 1, err)) < 0)
		return r;
	return IN_TRANSACTION(sql, err, script(sql, text, err));
}

int pps_sql_query(pps_sql *sql, const char *text, const pps_sql_value *params, size_t nparams, pps_sql_rows **ret_rows,
		  pps_error **err)
{
	_cleanup_buf_ pps_buf b = PPS_BUF_SQL;
	pps_sql_rows *rows = NULL;
	int r;

	if ((r = prepare(sql, 0, err)) < 0)
		return r;
	if ((r = pps_sql_expand(sql, text, &b, err)) < 0)
		return r;
	if ((r = sql->ops->query(sql, pps_buf_text(&b), params, nparams, &rows, err)) < 0)
		return r;
	rows->sql = sql;
	sql->rows = rows;
	*ret_rows = rows;
	return PPS_OK;
}

int pps_sql_next(pps_sql_rows *rows, pps_error **err)
{
	int r = pps_ctx_check(rows->sql->ctx, err);

	return r < 0 ? r : rows->sql->ops->next(rows, err);
}

void pps_sql_rows_free(pps_sql_rows *rows)
{
	if (!rows)
		return;
	rows->sql->rows = NULL;
	rows->sql->ops->rows_free(rows);
}

int pps_sql_is_null(const pps_sql_rows *rows, int col)
{
	return rows->sql->ops->is_null(rows, col);
}

int64_t pps_sql_get_int(const pps_sql_rows *rows, int col)
{
	return rows->sql->ops->get_int(rows, col);
}

double pps_sql_get_real(const pps_sql_rows *rows, int col)
{
	return rows->sql->ops->get_real(rows, col);
}

const char *pps_sql_get_text(const pps_sql_rows *rows, int col)
{
	return rows->sql->ops->get_text(rows, col);
}

size_t pps_sql_get_size(const pps_sql_rows *rows, int col)
{
	return rows->sql->ops->get_size(rows, col);
}

int pps_sql_get_uuid(const pps_sql_rows *rows, int col, pps_uuid *ret)
{
	const char *text = pps_sql_get_text(rows, col);

	return text && pps_uuid_parse(text, ret, NULL) == PPS_OK ? 0 : -1;
}

pps_timespan pps_sql_get_span(const pps_sql_rows *rows, int col)
{
	pps_timespan span = { .begin = PPS_TAI_MIN, .end = PPS_TAI_MAX };

	if (rows->sql->url.kind == PPS_SQL_POSTGRES) {
		span.is_null = pps_sql_is_null(rows, col + 2);
		span.is_empty = (int)pps_sql_get_int(rows, col + 2);
	} else {
		span.is_null = pps_sql_is_null(rows, col) && pps_sql_is_null(rows, col + 1);
	}
	if (!span.is_null && !pps_sql_is_null(rows, col))
		span.begin = pps_sql_get_int(rows, col);
	if (!span.is_null && !pps_sql_is_null(rows, col + 1))
		span.end = pps_sql_get_int(rows, col + 1);
	if (!span.is_null && (span.is_empty || span.begin >= span.end))
		span = (pps_timespan){ .begin = PPS_TAI_MAX, .end = PPS_TAI_MIN, .is_empty = 1 };
	return span;
}

static void column_of(pps_buf *b, const char *alias, const char *column, const char *suffix)
{
	if (alias && *alias)
		pps_buf_printf(b, "%s.", alias);
	pps_sql_quote(b, column, suffix);
}

void pps_sql_span_columns(const pps_sql *sql, const char *alias, const char *column, pps_buf *b)
{
	static const char *const functions[] = { "lower(", "upper(", "isempty(" };

	if (sql->url.kind == PPS_SQL_SQLITE) {
		column_of(b, alias, column, "_begin");
		pps_buf_add_text(b, ", ");
		column_of(b, alias, column, "_end");
		pps_buf_add_text(b, ", NULL");
		return;
	}
	for (size_t i = 0; i < PPS_COUNT(functions); i++) {
		pps_buf_printf(b, "%s%s", i ? ", " : "", functions[i]);
		column_of(b, alias, column, "");
		pps_buf_add_char(b, ')');
	}
}

int pps_sql_insert(pps_sql *sql, const char *table, const pps_sql_column *columns, size_t ncolumns, const pps_sql_value *values,
		   size_t nrows, const char *conflict, int64_t *ret_inserted, pps_error **err)
{
	int64_t inserted = 0;
	int r;

	if ((r = prepare(sql, 1, err)) < 0)
		return r;
	if (ncolumns == 0 || ncolumns > PPS_SQL_PARAMS_MOST)
		return pps_fail(err, PPS_E_INTERNAL, "insert into %s: 1 to %d columns", table, PPS_SQL_PARAMS_MOST);
	if (nrows > 0)
		r = IN_TRANSACTION(sql, err, sql->ops->insert(sql, table, columns, ncolumns, values, nrows, conflict,
							      &inserted, err));
	if (r < 0)
		return pps_wrap(err, r, "insert into %s", table);
	if (ret_inserted)
		*ret_inserted = inserted;
	return PPS_OK;
}

int pps_sql_begin(pps_sql *sql, pps_error **err)
{
	int r;

	if ((r = prepare(sql, 0, err)) < 0)
		return r;
	if (sql->in_transaction)
		return pps_fail(err, PPS_E_INTERNAL, "%s: transactions do not nest", sql->url.name);
	if ((r = sql->ops->begin(sql, err)) < 0)
		return r;
	sql->in_transaction = 1;
	return PPS_OK;
}

int pps_sql_commit(pps_sql *sql, pps_error **err)
{
	int r;

	if ((r = prepare(sql, 0, err)) < 0)
		return r;
	if (!sql->in_transaction)
		return pps_fail(err, PPS_E_INTERNAL, "%s: commit without a transaction", sql->url.name);
	if ((r = sql->ops->commit(sql, err)) < 0)
		return r;
	sql->in_transaction = 0;
	return PPS_OK;
}

void pps_sql_rollback(pps_sql *sql)
{
	if (sql->rows)
		pps_sql_rows_free(sql->rows);
	if (sql->in_transaction)
		sql->ops->rollback(sql);
	sql->in_transaction = 0;
}

void pps_sql_go_by_index(pps_sql *sql, int by_index)
{
	sql->by_index = by_index;
}

int pps_sql_in_transaction(const pps_sql *sql)
{
	return sql->in_transaction;
}

/* Half of @ns, and up to as much again at random. */
static int64_t jitter(int64_t ns)
{
	uint32_t random = 0;

	(void)!getrandom(&random, sizeof random, GRND_NONBLOCK);
	return ns / 2 + (int64_t)((double)random / 4294967296.0 * (double)(ns / 2));
}

static int transact_once(pps_sql *sql, pps_sql_fn fn, void *user, pps_error **err)
{
	int r;

	if ((r = pps_sql_begin(sql, err)) < 0)
		return r;
	if ((r = fn(sql, user, err)) < 0)
		return r;
	return pps_sql_commit(sql, err);
}

int pps_sql_transact(pps_sql *sql, int attempts, pps_sql_fn fn, void *user, pps_error **err)
{
	int64_t pause = RETRY_FIRST_NS;

	for (int attempt = 1;; attempt++) {
		_cleanup_(pps_error_freep) pps_error *e = NULL;
		int again, r = transact_once(sql, fn, user, &e);

		if (r >= 0)
			return r;
		again = pps_sql_sqlstate_is_transient(pps_error_sqlstate(e)) || sql->ops->is_lost(sql);
		pps_sql_rollback(sql);
		if (!again || attempt >= attempts || pps_ctx_is_cancelled(sql->ctx)) {
			pps_error_move(err, TAKE_PTR(e));
			return attempt == 1 ? r : pps_wrap(err, r, "attempt %d of %d", attempt, attempts);
		}
		pps_log(sql->ctx, PPS_LOG_DEBUG, "transaction runs again", "database", sql->url.name, "because",
			pps_error_message(e), NULL);
		if ((r = pps_ctx_sleep(sql->ctx, jitter(pause), err)) < 0)
			return r;
		pause = pause * 2 > RETRY_MOST_NS ? RETRY_MOST_NS : pause * 2;
	}
}
