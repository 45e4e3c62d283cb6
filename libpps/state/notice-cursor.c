/* SPDX-License-Identifier: BSD-3-Clause */
/* How far each destination of notices is, and what failed there. */
#include <string.h>

#include "state/notice.h"
#include "state/state-private.h"

void pps_notice_cursor_clear(pps_notice_cursor *cursor)
{
	free(cursor->destination);
	free(cursor->detail);
	free(cursor->error);
	*cursor = (pps_notice_cursor){ 0 };
}

static char *text_at(const pps_sql_rows *rows, int has, int col)
{
	const char *text = has ? pps_sql_get_text(rows, col) : NULL;

	return strdup(text ? text : "");
}

int pps_state_notice_cursor(pps_state *state, const char *destination, pps_notice_cursor *ret_cursor, pps_error **err)
{
	_cleanup_(pps_notice_cursor_clear) pps_notice_cursor c = { 0 };
	_cleanup_(pps_sql_rows_freep) pps_sql_rows *rows = NULL;
	pps_sql_value param = pps_sql_text(destination);
	int has, r = pps_sql_query(state->sql, "SELECT seq, delivered_at, attempts, code, failing_since, next_try, given_up, detail, error "
				   "FROM {notice_cursor} WHERE destination = $1", &param, 1, &rows, err);

	if (r < 0 || (has = r = pps_sql_next(rows, err)) < 0)
		return pps_wrap(err, r, "state: notices");
	if (has)
		c = (pps_notice_cursor){ .seq = pps_sql_get_int(rows, 0), .delivered_at = pps_sql_get_int(rows, 1),
					 .attempts = (int)pps_sql_get_int(rows, 2), .code = (int)pps_sql_get_int(rows, 3),
					 .failing_since = pps_sql_get_int(rows, 4), .next_try = pps_sql_get_int(rows, 5),
					 .given_up = pps_sql_get_int(rows, 6) };
	c.destination = strdup(destination);
	c.detail = text_at(rows, has, 7);
	c.error = text_at(rows, has, 8);
	if (!c.destination || !c.detail || !c.error)
		return pps_fail_nomem(err);
	*ret_cursor = c;
	c = (pps_notice_cursor){ 0 };
	return PPS_OK;
}

struct move {
	const pps_flow_lock *lock;
	const char *destination, *detail, *error, *reason, *who;
	int64_t seq, at, next_try;
	int code, give_up;
};

static int deliver(pps_sql *sql, void *user, pps_error **err)
{
	const struct move *m = user;
	pps_sql_value params[] = { pps_sql_text(m->destination), pps_sql_int(m->seq), pps_sql_text(m->detail), pps_sql_int(m->at) };
	int r = m->lock ? pps_flow_lock_check_epoch(m->lock, sql, err) : PPS_OK;

	return r < 0 ? r : pps_sql_exec(sql, "INSERT INTO {notice_cursor} (destination, seq, detail, delivered_at, attempts) VALUES ($1, $2, $3, $4, 0) "
					"ON CONFLICT (destination) DO UPDATE SET seq = excluded.seq, detail = excluded.detail, "
					"delivered_at = excluded.delivered_at, attempts = 0, code = NULL, error = NULL, failing_since = NULL, "
					"next_try = NULL, given_up = NULL", params, 4, NULL, err);
}

int pps_state_notice_delivered(pps_state *state, const pps_flow_lock *lock, const char *destination, int64_t seq, const char *detail, int64_t at,
			       pps_error **err)
{
	struct move m = { .lock = lock, .destination = destination, .seq = seq, .detail = detail, .at = at };
	int r = pps_sql_transact(state->sql, PPS_STATE_ATTEMPTS, deliver, &m, err);

	return r < 0 ? pps_wrap(err, r, "state: notices") : r;
}

static int fail(pps_sql *sql, void *user, pps_error **err)
{
	const struct move *m = user;
	pps_sql_value params[] = { pps_sql_text(m->destination), pps_sql_int(m->code), pps_sql_text(m->error), pps_sql_int(m->at),
				   pps_sql_int(m->next_try), m->give_up ? pps_sql_int(m->at) : pps_sql_null() };
	int r = m->lock ? pps_flow_lock_check_epoch(m->lock, sql, err) : PPS_OK;

	return r < 0 ? r : pps_sql_exec(sql, "INSERT INTO {notice_cursor} (destination, seq, attempts, code, error, failing_since, next_try, given_up) "
					"VALUES ($1, 0, 1, $2, $3, $4, $5, $6) ON CONFLICT (destination) DO UPDATE SET "
					"attempts = notice_cursor.attempts + 1, code = excluded.code, error = excluded.error, "
					"failing_since = coalesce(notice_cursor.failing_since, excluded.failing_since), "
					"next_try = excluded.next_try, given_up = excluded.given_up", params, 6, NULL, err);
}

int pps_state_notice_failed(pps_state *state, const pps_flow_lock *lock, const char *destination, int code, const char *error, int64_t at,
			    int64_t next_try, int give_up, pps_error **err)
{
	_cleanup_free_ char *text = pps_state_readable_text(error);
	struct move m = { .lock = lock, .destination = destination, .code = code, .error = text, .at = at, .next_try = next_try, .give_up = give_up };
	int r;

	if (!text)
		return pps_fail_nomem(err);
	r = pps_sql_transact(state->sql, PPS_STATE_ATTEMPTS, fail, &m, err);
	return r < 0 ? pps_wrap(err, r, "state: notices") : r;
}

static int retry(pps_sql *sql, void *user, pps_error **err)
{
	const struct move *m = user;
	pps_sql_value params[] = { pps_sql_text(m->destination), pps_sql_int(m->at), pps_sql_text(m->who), pps_sql_text(m->reason) };
	int64_t n;
	int r = pps_sql_exec(sql, "UPDATE {notice_cursor} SET attempts = 0, code = NULL, error = NULL, failing_since = NULL, next_try = NULL, "
			     "given_up = NULL WHERE destination = $1 AND failing_since IS NOT NULL", params, 1, &n, err);

	if (r < 0)
		return r;
	if (!n)
		return pps_fail(err, PPS_E_NOTFOUND, "nothing fails at %s", m->destination);
	return pps_sql_exec(sql, "INSERT INTO {operator_event} (flow, instrument, id, day_obs, action, at, who, reason) "
			    "VALUES ('publish', '', 0, 0, 'retry notices', $1, $2, $3)", params + 1, 3, NULL, err);
}

int pps_state_notice_retry(pps_state *state, const char *destination, const char *reason, const char *who, pps_error **err)
{
	struct move m = { .destination = destination, .reason = reason, .who = who };
	int r;

	if (!reason || !*reason || !who || !*who)
		return pps_fail(err, PPS_E_ARG, "retry: a reason and a name are needed");
	if ((r = pps_tai_now(&m.at, err)) < 0)
		return r;
	return pps_sql_transact(state->sql, PPS_STATE_ATTEMPTS, retry, &m, err);
}
