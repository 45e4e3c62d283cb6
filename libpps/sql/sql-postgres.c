/* SPDX-License-Identifier: BSD-3-Clause */
/* PostgreSQL: connecting, statements, rows. No session state: a transaction pooler may sit between. */
#include <endian.h>
#include <errno.h>
#include <poll.h>
#include <string.h>

#include "base/codec.h"
#include "sql/sql-postgres.h"

#define CONNECT_NS (30 * PPS_NS_PER_S)
#define ABORT_NS (5 * PPS_NS_PER_S)
#define POLL_MS 50
#define DRAIN_ROWS 10000
#define KEYWORDS_MOST 64

typedef struct pps_pg_rows {
	pps_sql_rows rows;
	PGresult *res; /* the row at hand */
	int ended;
	int failed;
} pps_pg_rows;

int64_t pps_pg_deadline(const pps_postgres *pg)
{
	return pps_monotonic_now() + pg->sql.timeout_ns;
}

static void postgres_disconnect(pps_sql *sql)
{
	pps_postgres *pg = pps_pg_of(sql);

	pps_pg_forget_tables(pg);
	PQfinish(pg->conn);
	pg->conn = NULL;
	pg->begins = pg->piped = 0;
}

static int postgres_is_lost(const pps_sql *sql)
{
	const pps_postgres *pg = pps_pg_of(sql);

	return !pg->conn || PQstatus(pg->conn) == CONNECTION_BAD;
}

/* One line: libpq's own messages have several. */
static void add_line(pps_buf *b, const char *text)
{
	size_t len = strlen(text);

	while (len > 0 && strchr(" \t\r\n", text[len - 1]))
		len--;
	for (size_t i = 0; i < len; i++)
		pps_buf_add_char(b, text[i] == '\n' || text[i] == '\t' || text[i] == '\r' ? ' ' : text[i]);
}

static int fail_result(pps_postgres *pg, const PGresult *res, const char *text, pps_error **err)
{
	_cleanup_buf_ pps_buf b = PPS_BUF_LINE;
	const char *state = PQresultErrorField(res, PG_DIAG_SQLSTATE);
	const char *primary = PQresultErrorField(res, PG_DIAG_MESSAGE_PRIMARY);
	const char *detail = PQresultErrorField(res, PG_DIAG_MESSAGE_DETAIL);
	int code = pps_sql_code_of_sqlstate(state ? state : "08006");

	add_line(&b, primary ? primary : PQresultErrorMessage(res));
	if (detail) {
		pps_buf_add_text(&b, " (");
		add_line(&b, detail);
		pps_buf_add_char(&b, ')');
	}
	if (code == PPS_E_INTERNAL && text) {
		pps_buf_add_text(&b, ", in: ");
		add_line(&b, text);
	}
	code = pps_fail(err, code, "%s: %s", pg->sql.url.name, pps_buf_text(&b));
	pps_error_set_sqlstate(err, state ? state : "08006");
	if (state && pps_sql_sqlstate_is_transient(state))
		pps_error_set_retriable(err, 1);
	return code;
}

int pps_pg_fail(pps_postgres *pg, const PGresult *res, const char *text, pps_error **err)
{
	_cleanup_buf_ pps_buf b = PPS_BUF_LINE;
	int code;

	if (res && PQresultErrorField(res, PG_DIAG_SQLSTATE))
		return fail_result(pg, res, text, err);
	add_line(&b, pg->conn ? PQerrorMessage(pg->conn) : "no connection");
	code = pps_fail(err, PPS_E_UNAVAILABLE, "%s: %s", pg->sql.url.name, b.size ? pps_buf_text(&b) : "connection lost");
	pps_error_set_sqlstate(err, "08006");
	return code;
}

/* Waits until the socket is ready for @events. */
static int wait_socket(pps_postgres *pg, short events, int64_t deadline, int deaf, pps_error **err)
{
	for (;;) {
		struct pollfd p = { .fd = PQsocket(pg->conn), .events = events };
		int64_t left = deadline - pps_monotonic_now();
		int r;

		if (!deaf && (r = pps_ctx_check(pg->sql.ctx, err)) < 0)
			return r;
		if (left <= 0)
			return pps_fail(err, PPS_E_TIMEOUT, "%s: no answer within %.1f s", pg->sql.url.name,
					(double)pg->sql.timeout_ns / 1e9);
		if (p.fd < 0)
			return pps_pg_fail(pg, NULL, NULL, err);
		left = left / 1000000 + 1;
		r = poll(&p, 1, left < POLL_MS ? (int)left : POLL_MS);
		if (r > 0)
			return PPS_OK;
		if (r < 0 && errno != EINTR)
			return pps_fail_errno(err, errno, "%s: poll", pg->sql.url.name);
	}
}

int pps_pg_flush(pps_postgres *pg, int64_t deadline, int deaf, pps_error **err)
{
	int r;

	while ((r = PQflush(pg->conn)) == 1) {
		if ((r = wait_socket(pg, POLLIN | POLLOUT, deadline, deaf, err)) < 0)
			return r;
		if (!PQconsumeInput(pg->conn))
			return pps_pg_fail(pg, NULL, NULL, err);
	}
	return r < 0 ? pps_pg_fail(pg, NULL, NULL, err) : PPS_OK;
}

static int next_result(pps_postgres *pg, int64_t deadline, int deaf, PGresult **ret_res, pps_error **err)
{
	int r;

	while (PQisBusy(pg->conn)) {
		if ((r = wait_socket(pg, POLLIN, deadline, deaf, err)) < 0)
			return r;
		if (!PQconsumeInput(pg->conn))
			return pps_pg_fail(pg, NULL, NULL, err);
	}
	*ret_res = PQgetResult(pg->conn);
	return PPS_OK;
}

/* After the last of several statements that were sent at once comes the answer to what ends them. */
static int end_pipe(pps_postgres *pg, int64_t deadline, int deaf, pps_error **err)
{
	_cleanup_result_ PGresult *end = NULL;
	int r = next_result(pg, deadline, deaf, &end, err);

	if (r == PPS_OK && (PQresultStatus(end) != PGRES_PIPELINE_SYNC || !PQexitPipelineMode(pg->conn)))
		r = pps_pg_fail(pg, NULL, NULL, err);
	return r;
}

int pps_pg_result(pps_postgres *pg, int64_t deadline, int deaf, PGresult **ret_res, pps_error **err)
{
	int r = next_result(pg, deadline, deaf, ret_res, err);

	if (r < 0 || *ret_res || !pg->piped)
		return r;
	if (pg->piped > 1 || (r = end_pipe(pg, deadline, deaf, err)) == PPS_OK)
		pg->piped--;
	return r;
}

void pps_pg_abort(pps_postgres *pg)
{
	int64_t deadline = pps_monotonic_now() + ABORT_NS;
	PGcancel *cancel;
	char text[256];

	if (postgres_is_lost(&pg->sql) || PQtransactionStatus(pg->conn) != PQTRANS_ACTIVE)
		return;
	if ((cancel = PQgetCancel(pg->conn))) {
		PQcancel(cancel, text, sizeof text);
		PQfreeCancel(cancel);
	}
	for (;;) {
		_cleanup_result_ PGresult *res = NULL;

		if (pps_pg_flush(pg, deadline, 1, NULL) < 0 || pps_pg_result(pg, deadline, 1, &res, NULL) < 0)
			break;
		if (!res && !pg->piped)
			return;
		if (PQresultStatus(res) == PGRES_COPY_IN)
			PQputCopyEnd(pg->conn, "interrupted");
	}
	postgres_disconnect(&pg->sql);
}

int pps_pg_is_good(const PGresult *res)
{
	switch (PQresultStatus(res)) {
	case PGRES_COMMAND_OK:
	case PGRES_TUPLES_OK:
	case PGRES_SINGLE_TUPLE:
	case PGRES_EMPTY_QUERY:
		return 1;
	default:
		return 0;
	}
}

int pps_pg_finish(pps_postgres *pg, int deaf, PGresult **ret_last, const char *text, pps_error **err)
{
	_cleanup_(pps_error_freep) pps_error *e = NULL;
	_cleanup_result_ PGresult *last = NULL;
	int64_t deadline = pps_pg_deadline(pg) + PPS_PG_GRACE_NS; /* the server's own limit comes first in a transaction */
	int r, failed = PPS_OK;

	if ((r = pps_pg_flush(pg, deadline, deaf, err)) < 0) {
		pps_pg_abort(pg);
		return r;
	}
	for (;;) {
		PGresult *res = NULL;

		if ((r = pps_pg_result(pg, deadline, deaf, &res, err)) < 0) {
			pps_pg_abort(pg);
			return r;
		}
		if (!res)
			break;
		if (!pps_pg_is_good(res) && failed == PPS_OK)
			failed = pps_pg_fail(pg, res, text, &e);
		PQclear(last);
		last = res;
	}
	if (failed < 0) {
		pps_error_move(err, TAKE_PTR(e));
		return failed;
	}
	if (ret_last)
		*ret_last = TAKE_PTR(last);
	return PPS_OK;
}

/* libpq's text of a URI that it cannot read shows the whole of it, password and all. */
static int parse_uri(const pps_sql *sql, PQconninfoOption **ret_options, pps_error **err)
{
	char *message = NULL;
	PQconninfoOption *options = PQconninfoParse(sql->url.uri, &message);
	int r = PPS_OK;

	if (!options) {
		r = message && strstr(message, "query parameter") && !strstr(message, "://") ?
			    pps_fail(err, PPS_E_CONFIG, "%s: %.*s", sql->url.name, (int)strcspn(message, "\n"), message) :
			    pps_fail(err, PPS_E_CONFIG, "%s: not a PostgreSQL URL that libpq can read", sql->url.name);
		PQfreemem(message);
		return r;
	}
	*ret_options = options;
	return PPS_OK;
}

struct keywords {
	const char *names[KEYWORDS_MOST];
	const char *values[KEYWORDS_MOST];
	size_t n;
};

static void add_keyword(struct keywords *k, const char *name, const char *value)
{
	for (size_t i = 0; i < k->n; i++)
		if (strcmp(k->names[i], name) == 0) {
			k->values[i] = value;
			return;
		}
	if (k->n + 1 < KEYWORDS_MOST) {
		k->names[k->n] = name;
		k->values[k->n++] = value;
	}
}

/* Refused before anything was sent: an option that libpq does not take, or a host that cannot be found or reached. */
static int fail_start(pps_postgres *pg, pps_error **err)
{
	_cleanup_buf_ pps_buf b = PPS_BUF_LINE;
	int invalid = strncmp(PQerrorMessage(pg->conn), "invalid ", 8) == 0;

	add_line(&b, PQerrorMessage(pg->conn));
	return pps_fail(err, invalid ? PPS_E_CONFIG : PPS_E_UNAVAILABLE, "%s: %s", pg->sql.url.name, pps_buf_text(&b));
}

static int start_connect(pps_postgres *pg, pps_error **err)
{
	const pps_sql *sql = &pg->sql;
	PQconninfoOption *options = NULL;
	struct keywords k = { 0 };
	int r;

	if ((r = parse_uri(sql, &options, err)) < 0)
		return r;
	add_keyword(&k, "keepalives_idle", "60");
	add_keyword(&k, "keepalives_interval", "10");
	add_keyword(&k, "tcp_user_timeout", "60000");
	for (PQconninfoOption *o = options; o->keyword; o++)
		if (o->val)
			add_keyword(&k, o->keyword, o->val);
	if (sql->user)
		add_keyword(&k, "user", sql->user);
	if (sql->password)
		add_keyword(&k, "password", sql->password);
	add_keyword(&k, "client_encoding", "UTF8");
	add_keyword(&k, "fallback_application_name", "pps");
	pg->conn = PQconnectStartParams(k.names, k.values, 0);
	PQconninfoFree(options);
	if (!pg->conn)
		return pps_fail_nomem(err);
	return PQstatus(pg->conn) == CONNECTION_BAD ? fail_start(pg, err) : PPS_OK;
}

/* The SQLSTATE in a verbose message, "...FATAL:  28P01: password ...", whatever the server's language; or NULL. */
static const char *sqlstate_in(const char *text, char state[6])
{
	for (const char *s = text; (s = strstr(s, ":  ")); s++)
		if (strspn(s + 3, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ") == 5 && strncmp(s + 8, ": ", 2) == 0) {
			memcpy(state, s + 3, 5);
			state[5] = '\0';
			return s + 10;
		}
	return NULL;
}

/* libpq has no accessor for the SQLSTATE of a refused connection: it stands in its text, which is verbose until then. */
static int fail_connect(pps_postgres *pg, pps_error **err)
{
	const char *text = PQerrorMessage(pg->conn);
	int code = PQconnectionNeedsPassword(pg->conn) ? PPS_E_ACCESS : PPS_E_UNAVAILABLE;
	_cleanup_buf_ pps_buf b = PPS_BUF_LINE;
	_cleanup_free_ char *first = NULL;
	char state[6] = "";
	const char *said = sqlstate_in(text, state);

	if (said) {
		code = pps_sql_code_of_sqlstate(state);
		if (code == PPS_E_INTERNAL)
			code = PPS_E_CONFIG; /* nothing but the URL's own options was sent */
		if (!(first = strndup(said, strcspn(said, "\n")))) /* then come places in the server's source */
			return pps_fail_nomem(err);
		text = first;
	}
	add_line(&b, text);
	code = pps_fail(err, code, "%s: %s", pg->sql.url.name, pps_buf_text(&b));
	pps_error_set_sqlstate(err, said ? state : "08006");
	return code;
}

static int finish_connect(pps_postgres *pg, pps_error **err)
{
	int64_t limit = pg->sql.timeout_ns < CONNECT_NS ? pg->sql.timeout_ns : CONNECT_NS;
	int64_t deadline = pps_monotonic_now() + limit;
	PostgresPollingStatusType status = PGRES_POLLING_WRITING;
	int r;

	PQsetErrorVerbosity(pg->conn, PQERRORS_VERBOSE);
	while (status != PGRES_POLLING_OK) {
		if (status == PGRES_POLLING_FAILED)
			return fail_connect(pg, err);
		r = wait_socket(pg, status == PGRES_POLLING_READING ? POLLIN : POLLOUT, deadline, 0, err);
		if (r == PPS_E_TIMEOUT) {
			pps_error_free(err ? *err : NULL);
			if (err)
				*err = NULL;
			return pps_fail(err, PPS_E_UNAVAILABLE, "%s: no connection within %.1f s", pg->sql.url.name,
					(double)limit / 1e9);
		}
		if (r < 0)
			return r;
		status = PQconnectPoll(pg->conn);
	}
	PQsetErrorVerbosity(pg->conn, PQERRORS_DEFAULT);
	return PQsetnonblocking(pg->conn, 1) == 0 ? PPS_OK : pps_pg_fail(pg, NULL, NULL, err);
}

static void ignore_notice(void *user, const PGresult *res)
{
	(void)user;
	(void)res;
}

/* The schema where unqualified names would go, asked once: names are qualified ever after. */
static int find_schema(pps_postgres *pg, pps_error **err)
{
	_cleanup_result_ PGresult *res = NULL;
	int r;

	if (pg->sql.schema)
		return PPS_OK;
	if (!PQsendQuery(pg->conn, "SELECT current_schema()"))
		return pps_pg_fail(pg, NULL, NULL, err);
	if ((r = pps_pg_finish(pg, 0, &res, NULL, err)) < 0)
		return r;
	if (PQntuples(res) != 1 || PQgetisnull(res, 0, 0))
		return pps_fail(err, PPS_E_NOTFOUND, "%s: no schema of the search path exists", pg->sql.url.name);
	return (pg->sql.schema = strdup(PQgetvalue(res, 0, 0))) ? PPS_OK : pps_fail_nomem(err);
}

static int postgres_connect(pps_sql *sql, pps_error **err)
{
	pps_postgres *pg = pps_pg_of(sql);
	int r;

	postgres_disconnect(sql);
	if ((r = start_connect(pg, err)) == PPS_OK && (r = finish_connect(pg, err)) == PPS_OK) {
		PQsetNoticeReceiver(pg->conn, ignore_notice, NULL);
		r = find_schema(pg, err);
	}
	if (r < 0)
		postgres_disconnect(sql);
	return r;
}

void pps_pg_put16(pps_buf *b, uint16_t v)
{
	v = htobe16(v);
	pps_buf_add(b, &v, sizeof v);
}

void pps_pg_put32(pps_buf *b, uint32_t v)
{
	v = htobe32(v);
	pps_buf_add(b, &v, sizeof v);
}

void pps_pg_put64(pps_buf *b, uint64_t v)
{
	v = htobe64(v);
	pps_buf_add(b, &v, sizeof v);
}

void pps_pg_put_array(pps_buf *b, uint32_t oid, size_t n)
{
	pps_pg_put32(b, n ? 1 : 0);
	pps_pg_put32(b, 1); /* there may be NULLs */
	pps_pg_put32(b, oid);
	if (n) {
		pps_pg_put32(b, (uint32_t)n);
		pps_pg_put32(b, 1);
	}
}

/* Parameters of one statement in libpq's form; the bytes of all of them follow each other in @bytes. */
struct params {
	Oid types[PPS_SQL_PARAMS_MOST];
	const char *values[PPS_SQL_PARAMS_MOST];
	size_t offsets[PPS_SQL_PARAMS_MOST];
	int sizes[PPS_SQL_PARAMS_MOST];
	int formats[PPS_SQL_PARAMS_MOST];
	pps_buf bytes;
};

static void put_list(pps_buf *b, const pps_sql_value *v, Oid *type)
{
	uint32_t oid = v->type == PPS_SQL_INTS ? PPS_PG_INT8 : v->type == PPS_SQL_UUIDS ? PPS_PG_UUID : PPS_PG_TEXT;

	*type = v->type == PPS_SQL_INTS ? 1016 : v->type == PPS_SQL_UUIDS ? 2951 : 1009;
	pps_pg_put_array(b, oid, v->n);
	for (size_t i = 0; i < v->n; i++) {
		pps_sql_value one = v->type == PPS_SQL_INTS  ? pps_sql_int(v->ints[i]) :
				    v->type == PPS_SQL_UUIDS ? pps_sql_uuid(v->uuids[i]) :
							       pps_sql_text(v->texts[i]);
		pps_pg_put_value(b, &one, oid);
	}
}

/* Text goes without a type, as a literal would: it then fits a varchar as well as a timestamp or a range. */
static void put_param(struct params *p, size_t i, const pps_sql_value *v)
{
	p->offsets[i] = p->bytes.size;
	p->formats[i] = 1;
	p->values[i] = "";
	switch (v->type) {
	case PPS_SQL_NULL:
		p->values[i] = NULL;
		break;
	case PPS_SQL_INT:
		p->types[i] = PPS_PG_INT8;
		pps_pg_put64(&p->bytes, (uint64_t)v->i);
		break;
	case PPS_SQL_REAL: {
		uint64_t bits;

		memcpy(&bits, &v->d, sizeof bits);
		p->types[i] = PPS_PG_FLOAT8;
		pps_pg_put64(&p->bytes, bits);
		break;
	}
	case PPS_SQL_BOOL:
		p->types[i] = PPS_PG_BOOL;
		pps_buf_add_char(&p->bytes, v->i ? 1 : 0);
		break;
	case PPS_SQL_UUID:
		p->types[i] = PPS_PG_UUID;
		pps_buf_add(&p->bytes, v->uuid.bytes, sizeof v->uuid.bytes);
		break;
	case PPS_SQL_BYTES:
		p->types[i] = PPS_PG_BYTEA;
		pps_buf_add(&p->bytes, v->bytes, v->n);
		break;
	case PPS_SQL_TEXT:
		p->formats[i] = 0;
		pps_buf_add(&p->bytes, v->s, v->n ? v->n : strlen(v->s));
		break;
	default:
		put_list(&p->bytes, v, &p->types[i]);
	}
	p->sizes[i] = (int)(p->bytes.size - p->offsets[i]);
	pps_buf_add_char(&p->bytes, '\0'); /* text format wants its end */
}

/* Sends a statement; @single: rows one by one. */
static int send_statement(pps_postgres *pg, const char *text, const pps_sql_value *params, size_t n, int single, pps_error **err)
{
	_cleanup_free_ struct params *p = NULL;
	int r;

	if (n > PPS_SQL_PARAMS_MOST)
		return pps_fail(err, PPS_E_INTERNAL, "%s: at most %d parameters", pg->sql.url.name, PPS_SQL_PARAMS_MOST);
	if (!(p = calloc(1, sizeof *p)))
		return pps_fail_nomem(err);
	p->bytes.max = PPS_SQL_LIST_BYTES_MOST;
	for (size_t i = 0; i < n; i++)
		put_param(p, i, &params[i]);
	r = n ? pps_buf_check(&p->bytes, "parameters", err) : PPS_OK;
	for (size_t i = 0; r == PPS_OK && i < n; i++)
		if (p->values[i])
			p->values[i] = p->bytes.at + p->offsets[i];
	if (r == PPS_OK)
		r = pps_pg_send(pg, &(pps_pg_statement){ text, (int)n, p->types, p->values, p->sizes, p->formats }, err);
	if (r == PPS_OK && single && !PQsetSingleRowMode(pg->conn))
		r = pps_pg_fail(pg, NULL, text, err);
	pps_buf_free(&p->bytes);
	return r;
}

static int postgres_exec(pps_sql *sql, const char *text, const pps_sql_value *params, size_t nparams, int64_t *ret_changed,
			 pps_error **err)
{
	_cleanup_result_ PGresult *res = NULL;
	pps_postgres *pg = pps_pg_of(sql);
	int64_t changed = 0;
	int r;

	if ((r = send_statement(pg, text, params, nparams, 0, err)) < 0)
		return r;
	if ((r = pps_pg_finish(pg, 0, &res, text, err)) < 0)
		return r;
	if (ret_changed) {
		if (res && *PQcmdTuples(res) && (r = pps_int_parse(PQcmdTuples(res), &changed, err)) < 0)
			return r;
		*ret_changed = changed;
	}
	return PPS_OK;
}

static int postgres_query(pps_sql *sql, const char *text, const pps_sql_value *params, size_t nparams, pps_sql_rows **ret_rows,
			  pps_error **err)
{
	pps_postgres *pg = pps_pg_of(sql);
	pps_pg_rows *rows;
	int r;

	if (sql->read_only && !sql->in_transaction && strncasecmp(text, "select", 6) != 0 && strncasecmp(text, "with", 4) != 0)
		return pps_fail(err, PPS_E_ACCESS, "%s: opened for reading only", sql->url.name);
	if (!(rows = calloc(1, sizeof *rows)))
		return pps_fail_nomem(err);
	if ((r = send_statement(pg, text, params, nparams, 1, err)) < 0 ||
	    (r = pps_pg_flush(pg, pps_pg_deadline(pg), 0, err)) < 0) {
		pps_pg_abort(pg);
		free(rows);
		return r;
	}
	*ret_rows = &rows->rows;
	return PPS_OK;
}

static int postgres_next(pps_sql_rows *rows, pps_error **err)
{
	pps_pg_rows *pr = (pps_pg_rows *)rows;
	pps_postgres *pg = pps_pg_of(rows->sql);
	int r;

	if (pr->failed)
		return pps_fail(err, pr->failed, "%s: the query has failed", rows->sql->url.name);
	while (!pr->ended) {
		PQclear(TAKE_PTR(pr->res));
		if ((r = pps_pg_result(pg, pps_pg_deadline(pg) + PPS_PG_GRACE_NS, 0, &pr->res, err)) < 0) {
			pps_pg_abort(pg);
			pr->ended = 1;
			return pr->failed = r;
		}
		if (!pr->res) {
			pr->ended = 1;
		} else if (!pps_pg_is_good(pr->res)) {
			pr->failed = pps_pg_fail(pg, pr->res, NULL, err);
			return pr->failed;
		} else if (PQntuples(pr->res) > 0) {
			return 1;
		}
	}
	return 0;
}

/* The rest of the rows is read away; outside a transaction, where nothing is lost by it, a long rest is cut short. */
static void postgres_rows_free(pps_sql_rows *rows)
{
	pps_pg_rows *pr = (pps_pg_rows *)rows;
	pps_postgres *pg = pps_pg_of(rows->sql);
	int64_t deadline = pps_monotonic_now() + pg->sql.timeout_ns;

	for (size_t n = 0; !pr->ended && pg->conn; n++) {
		PQclear(TAKE_PTR(pr->res));
		if ((n > DRAIN_ROWS && !rows->sql->in_transaction) || pps_pg_result(pg, deadline, 0, &pr->res, NULL) < 0) {
			pps_pg_abort(pg);
			break;
		}
		pr->ended = !pr->res;
	}
	PQclear(pr->res);
	free(pr);
}

static int postgres_is_null(const pps_sql_rows *rows, int col)
{
	const pps_pg_rows *pr = (const pps_pg_rows *)rows;

	return PQgetisnull(pr->res, 0, col);
}

static const char *postgres_get_text(const pps_sql_rows *rows, int col)
{
	const pps_pg_rows *pr = (const pps_pg_rows *)rows;

	return PQgetisnull(pr->res, 0, col) ? NULL : PQgetvalue(pr->res, 0, col);
}

static size_t postgres_get_size(const pps_sql_rows *rows, int col)
{
	const pps_pg_rows *pr = (const pps_pg_rows *)rows;

	return (size_t)PQgetlength(pr->res, 0, col);
}

static double postgres_get_real(const pps_sql_rows *rows, int col)
{
	const char *text = postgres_get_text(rows, col);
	double value = 0;

	if (!text || pps_double_parse(text, &value, NULL) < 0)
		return 0;
	return value;
}

static int64_t postgres_get_int(const pps_sql_rows *rows, int col)
{
	const char *text = postgres_get_text(rows, col);
	int64_t value = 0;

	if (!text)
		return 0;
	if (PQftype(((const pps_pg_rows *)rows)->res, col) == PPS_PG_BOOL)
		return text[0] == 't';
	if (pps_int_parse(text, &value, NULL) < 0)
		return (int64_t)postgres_get_real(rows, col);
	return value;
}

static const pps_sql_ops postgres_ops = {
	.connect = postgres_connect,
	.disconnect = postgres_disconnect,
	.is_lost = postgres_is_lost,
	.exec = postgres_exec,
	.query = postgres_query,
	.insert = pps_pg_insert,
	.begin = pps_pg_begin,
	.commit = pps_pg_commit,
	.rollback = pps_pg_rollback,
	.next = postgres_next,
	.rows_free = postgres_rows_free,
	.is_null = postgres_is_null,
	.get_int = postgres_get_int,
	.get_real = postgres_get_real,
	.get_text = postgres_get_text,
	.get_size = postgres_get_size,
};

int pps_sql_postgres_new(pps_sql **ret_sql, pps_error **err)
{
	pps_postgres *pg = calloc(1, sizeof *pg);

	if (!pg)
		return pps_fail_nomem(err);
	pg->sql.ops = &postgres_ops;
	*ret_sql = &pg->sql;
	return PPS_OK;
}
