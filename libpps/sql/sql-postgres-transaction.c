/* SPDX-License-Identifier: BSD-3-Clause */
/* Transactions of PostgreSQL. BEGIN and the limits that belong to it go with the first statement, in one round trip (libpq's pipeline mode), so that
 * a database far away costs one less for each transaction; one without statements costs none. */
#include <string.h>

#include "sql/sql-postgres.h"

#define IDLE_NS (60 * PPS_NS_PER_S) /* in a transaction: who is stopped in one does not keep its rows locked for longer */

/* What is left without an index costs so much by this that it would be compiled. */
#define BY_INDEX ", set_config('enable_seqscan', 'off', true), set_config('enable_bitmapscan', 'off', true), set_config('jit', 'off', true)"

static void limits_text(const pps_sql *sql, pps_buf *b)
{
	long long limit = sql->timeout_ns / 1000000, lock = sql->lock_timeout_ns / 1000000, idle = IDLE_NS / 1000000;

	pps_buf_printf(b, "SELECT set_config('lock_timeout', '%lld', true), set_config('statement_timeout', '%lld', true), "
		       "set_config('idle_in_transaction_session_timeout', '%lld', true), set_config('extra_float_digits', '1', true), "
		       "set_config('datestyle', 'ISO', true), set_config('timezone', 'UTC', true)%s",
		       lock > 0 ? lock : 1, limit > 0 ? limit : 1, limit <= 0 ? 1 : limit < idle ? limit : idle, sql->by_index ? BY_INDEX : "");
}

static int send_params(pps_postgres *pg, const pps_pg_statement *s)
{
	return PQsendQueryParams(pg->conn, s->text, s->n, s->types, s->values, s->sizes, s->formats, 0);
}

static int send_all(pps_postgres *pg, const pps_pg_statement *s, pps_error **err)
{
	const pps_pg_statement begin = { .text = pg->sql.read_only ? "BEGIN ISOLATION LEVEL READ COMMITTED READ ONLY" : "BEGIN ISOLATION LEVEL READ COMMITTED" };
	_cleanup_buf_ pps_buf b = PPS_BUF_LINE;
	pps_pg_statement limits = { 0 };
	int r;

	limits_text(&pg->sql, &b);
	if ((r = pps_buf_check(&b, "statement", err)) < 0)
		return r;
	limits.text = pps_buf_text(&b);
	if (!PQenterPipelineMode(pg->conn))
		return pps_pg_fail(pg, NULL, NULL, err);
	if (!send_params(pg, &begin) || !send_params(pg, &limits) || !send_params(pg, s) || !PQpipelineSync(pg->conn))
		return pps_pg_fail(pg, NULL, s->text, err);
	pg->piped = 3;
	return PPS_OK;
}

/* Reads the answers to what went before the statement itself; all of them where one is bad, since nothing of it runs then. */
static int read_begun(pps_postgres *pg, pps_error **err)
{
	const int64_t deadline = pps_pg_deadline(pg) + PPS_PG_GRACE_NS;
	int r = pps_pg_flush(pg, deadline, 0, err), failed = PPS_OK;

	while (r == PPS_OK && pg->piped > (failed == PPS_OK)) {
		_cleanup_result_ PGresult *res = NULL;

		r = pps_pg_result(pg, deadline, 0, &res, failed < 0 ? NULL : err);
		if (r == PPS_OK && failed == PPS_OK && res && !pps_pg_is_good(res))
			failed = pps_pg_fail(pg, res, NULL, err);
	}
	return failed < 0 ? failed : r;
}

int pps_pg_send(pps_postgres *pg, const pps_pg_statement *s, pps_error **err)
{
	int r;

	if (!pg->begins)
		return send_params(pg, s) ? PPS_OK : pps_pg_fail(pg, NULL, s->text, err);
	pg->begins = 0;
	if ((r = send_all(pg, s, err)) == PPS_OK)
		r = read_begun(pg, err);
	if (r == PPS_OK)
		return r;
	pps_pg_abort(pg);
	/* who goes on all the same must not do so outside of a transaction */
	if (PQpipelineStatus(pg->conn) != PQ_PIPELINE_OFF || PQtransactionStatus(pg->conn) == PQTRANS_IDLE)
		pg->sql.ops->disconnect(&pg->sql);
	return r;
}

static int simple(pps_postgres *pg, const char *text, int deaf, PGresult **ret_last, pps_error **err)
{
	if (!PQsendQuery(pg->conn, text))
		return pps_pg_fail(pg, NULL, text, err);
	return pps_pg_finish(pg, deaf, ret_last, text, err);
}

int pps_pg_begin_now(pps_postgres *pg, pps_error **err)
{
	const pps_pg_statement nothing = { .text = "SELECT" };
	int r;

	if (!pg->begins)
		return PPS_OK;
	if ((r = pps_pg_send(pg, &nothing, err)) < 0)
		return r;
	return pps_pg_finish(pg, 0, NULL, nothing.text, err);
}

int pps_pg_begin(pps_sql *sql, pps_error **err)
{
	(void)err;
	pps_pg_of(sql)->begins = 1;
	return PPS_OK;
}

/* COMMIT of a transaction in which a statement failed is answered "ROLLBACK", without an error. */
int pps_pg_commit(pps_sql *sql, pps_error **err)
{
	_cleanup_result_ PGresult *res = NULL;
	pps_postgres *pg = pps_pg_of(sql);
	int r;

	if (pg->begins) {
		pg->begins = 0;
		return PPS_OK;
	}
	if ((r = simple(pg, "COMMIT", 1, &res, err)) < 0)
		return r;
	if (strcmp(PQcmdStatus(res), "COMMIT") != 0)
		return pps_fail(err, PPS_E_FAILED, "%s: the transaction was undone by an earlier failure", sql->url.name);
	return PPS_OK;
}

void pps_pg_rollback(pps_sql *sql)
{
	pps_postgres *pg = pps_pg_of(sql);

	if (pg->begins || sql->ops->is_lost(sql)) {
		pg->begins = 0;
		return;
	}
	pps_pg_abort(pg);
	if (!sql->ops->is_lost(sql) && simple(pg, "ROLLBACK", 1, NULL, NULL) < 0)
		sql->ops->disconnect(sql);
}
