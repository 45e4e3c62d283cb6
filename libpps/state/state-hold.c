/* SPDX-License-Identifier: BSD-3-Clause */
/* What operators do: hold, accept, retry. Short transactions, each with its entry in operator_event, without the flow's lock. */
#include <string.h>

#include "state/state-private.h"

typedef struct event {
	const char *action;
	pps_hold_target target;
	const char *reason;
	const char *who;
	const pps_exposure_filter *filter; /* retry */
	int64_t n;
} event;

static int check_event(const event *e, pps_error **err)
{
	if (!e->reason || !*e->reason || !e->who || !*e->who)
		return pps_fail(err, PPS_E_ARG, "%s: a reason and a name are needed", e->action);
	if (e->target.id && !e->target.instrument)
		return pps_fail(err, PPS_E_ARG, "%s: exposure %lld of which instrument?", e->action, (long long)e->target.id);
	return PPS_OK;
}

/* $1 flow, $2 instrument, $3 id, $4 day_obs, $5 reason, $6 who, $7 at */
static int params_of(const event *e, pps_sql_value params[8], pps_error **err)
{
	int64_t now;
	int r;

	if ((r = pps_tai_now(&now, err)) < 0)
		return r;
	params[0] = pps_sql_text(e->target.flow);
	params[1] = pps_sql_text(e->target.instrument ? e->target.instrument : "");
	params[2] = pps_sql_int(e->target.id);
	params[3] = pps_sql_int(e->target.day_obs);
	params[4] = pps_sql_text(e->reason);
	params[5] = pps_sql_text(e->who);
	params[6] = pps_sql_int(now);
	params[7] = pps_sql_text(e->action);
	return PPS_OK;
}

static int add_event(pps_sql *sql, const pps_sql_value *params, pps_error **err)
{
	return pps_sql_exec(sql, "INSERT INTO {operator_event} (flow, instrument, id, day_obs, reason, who, at, action) "
			    "VALUES ($1, $2, $3, $4, $5, $6, $7, $8)", params, 8, NULL, err);
}

static int hold(pps_sql *sql, void *user, pps_error **err)
{
	event *e = user;
	pps_sql_value params[8];
	int r;

	if ((r = params_of(e, params, err)) < 0)
		return r;
	r = pps_sql_exec(sql, "INSERT INTO {hold} (flow, instrument, id, day_obs, reason, who, at) VALUES ($1, $2, $3, $4, $5, $6, $7) "
			 "ON CONFLICT DO NOTHING", params, 7, &e->n, err);
	return r < 0 || e->n == 0 ? r : add_event(sql, params, err);
}

int pps_state_hold(pps_state *state, const pps_hold_target *target, const char *reason, const char *who, pps_error **err)
{
	event e = { .action = "hold", .target = *target, .reason = reason, .who = who };
	int r = check_event(&e, err);

	return r < 0 ? r : pps_sql_transact(state->sql, PPS_STATE_ATTEMPTS, hold, &e, err);
}

static int unhold(pps_sql *sql, void *user, pps_error **err)
{
	event *e = user;
	pps_sql_value params[8];
	int r;

	if ((r = params_of(e, params, err)) < 0)
		return r;
	r = pps_sql_exec(sql, "DELETE FROM {hold} WHERE flow = $1 AND instrument = $2 AND id = $3 AND day_obs = $4", params, 4, &e->n, err);
	if (r < 0)
		return r;
	if (e->n == 0)
		return pps_fail(err, PPS_E_NOTFOUND, "there is no such hold");
	return add_event(sql, params, err);
}

int pps_state_unhold(pps_state *state, const pps_hold_target *target, const char *reason, const char *who, pps_error **err)
{
	event e = { .action = "unhold", .target = *target, .reason = reason, .who = who };
	int r = check_event(&e, err);

	return r < 0 ? r : pps_sql_transact(state->sql, PPS_STATE_ATTEMPTS, unhold, &e, err);
}

int pps_state_is_held(pps_state *state, const char *flow, const pps_exposure_key *key, int64_t day_obs, char **ret_reason,
		      pps_error **err)
{
	pps_sql_value params[] = { pps_sql_text(flow), pps_sql_text(key->instrument), pps_sql_int(key->id), pps_sql_int(day_obs) };
	_cleanup_(pps_sql_rows_freep) pps_sql_rows *rows = NULL;
	char *reason = NULL;
	int r = pps_sql_query(state->sql, "SELECT reason FROM {hold} WHERE flow = $1 AND instrument IN ('', $2) AND id IN (0, $3) AND "
			      "day_obs IN (0, $4) ORDER BY id DESC, day_obs DESC LIMIT 1", params, 4, &rows, err);

	if (r < 0 || (r = pps_sql_next(rows, err)) < 0)
		return pps_wrap(err, r, "holds");
	if (r == 1 && !(reason = strdup(pps_sql_get_text(rows, 0))))
		return pps_fail_nomem(err);
	*ret_reason = reason;
	return PPS_OK;
}

int pps_state_holds(pps_state *state, const char *flow, pps_hold_fn fn, void *user, pps_error **err)
{
	_cleanup_(pps_sql_rows_freep) pps_sql_rows *rows = NULL;
	pps_sql_value param = pps_sql_text(flow);
	int r = pps_sql_query(state->sql, "SELECT instrument, id, day_obs, reason, who, at FROM {hold} WHERE flow = $1 "
			      "ORDER BY id DESC, day_obs DESC, instrument DESC", &param, 1, &rows, err);

	while (r >= 0 && (r = pps_sql_next(rows, err)) == 1) {
		const char *instrument = pps_sql_get_text(rows, 0);
		pps_hold h = { .target = { .flow = flow, .instrument = *instrument ? instrument : NULL, .id = pps_sql_get_int(rows, 1),
					   .day_obs = pps_sql_get_int(rows, 2) },
			       .reason = pps_sql_get_text(rows, 3), .who = pps_sql_get_text(rows, 4), .at = pps_sql_get_int(rows, 5) };

		r = fn(&h, user, err);
	}
	return r;
}

static int accept(pps_sql *sql, void *user, pps_error **err)
{
	event *e = user;
	pps_sql_value params[8];
	int r;

	if ((r = params_of(e, params, err)) < 0)
		return r;
	/* every parameter is used: PostgreSQL wants to know its type */
	r = pps_sql_exec(sql, "UPDATE {exposure} SET accepted = $3, accepted_by = $4, accepted_at = $5 WHERE instrument = $1 AND id = $2",
			 (pps_sql_value[]){ params[1], params[2], params[4], params[5], params[6] }, 5, &e->n, err);
	if (r < 0)
		return r;
	if (e->n == 0)
		return pps_fail(err, PPS_E_NOTFOUND, "exposure %s %lld is not known to the state", e->target.instrument,
				(long long)e->target.id);
	r = pps_sql_exec(sql, "DELETE FROM {exposure_failure} WHERE instrument = $1 AND id = $2 AND step = '" PPS_STEP_COMPLETE "'",
			 params + 1, 2, NULL, err);
	return r < 0 ? r : add_event(sql, params, err);
}

int pps_state_accept(pps_state *state, const pps_exposure_key *key, const char *reason, const char *who, pps_error **err)
{
	event e = { .action = "accept", .target = { .flow = "raw", .instrument = key->instrument, .id = key->id }, .reason = reason,
		    .who = who };
	int r = check_event(&e, err);

	return r < 0 ? r : pps_sql_transact(state->sql, PPS_STATE_ATTEMPTS, accept, &e, err);
}

static int retry(pps_sql *sql, void *user, pps_error **err)
{
	event *e = user;
	const pps_exposure_filter *f = e->filter;
	_cleanup_buf_ pps_buf where = PPS_BUF_LINE;
	_cleanup_buf_ pps_buf text = PPS_BUF_LINE;
	_cleanup_(pps_sql_rows_freep) pps_sql_rows *rows = NULL;
	pps_sql_value params[8];
	size_t n = 0;
	int r;

	pps_buf_add_text(&where, " FROM {exposure_failure} WHERE 1 = 1");
	if (f->instrument) {
		params[n++] = pps_sql_text(f->instrument);
		pps_buf_printf(&where, " AND instrument = $%zu", n);
	}
	if (f->id) {
		params[n++] = pps_sql_int(f->id);
		pps_buf_printf(&where, " AND id = $%zu", n);
	}
	if (f->obs_id || f->day_obs) {
		params[n++] = f->obs_id ? pps_sql_text(f->obs_id) : pps_sql_int(f->day_obs);
		pps_buf_printf(&where, " AND (instrument, id) IN (SELECT instrument, id FROM {exposure} WHERE %s = $%zu)",
			       f->obs_id ? "obs_id" : "day_obs", n);
	}
	pps_buf_printf(&text, "SELECT count(*) FROM (SELECT DISTINCT instrument, id%s) d", pps_buf_text(&where));
	if ((r = pps_buf_check(&where, "statement", err)) < 0 || (r = pps_buf_check(&text, "statement", err)) < 0 ||
	    (r = pps_sql_query(sql, pps_buf_text(&text), params, n, &rows, err)) < 0 || (r = pps_sql_next(rows, err)) < 0)
		return r;
	e->n = pps_sql_get_int(rows, 0);
	pps_sql_rows_free(TAKE_PTR(rows));
	pps_buf_truncate(&text, 0);
	pps_buf_printf(&text, "DELETE%s", pps_buf_text(&where));
	if ((r = pps_buf_check(&text, "statement", err)) < 0)
		return r;
	return pps_sql_exec(sql, pps_buf_text(&text), params, n, NULL, err);
}

int pps_state_retry(pps_state *state, const pps_exposure_filter *filter, int64_t *ret_n, pps_error **err)
{
	static const pps_exposure_filter any = { 0 };
	event e = { .filter = filter ? filter : &any };
	int r = pps_sql_transact(state->sql, PPS_STATE_ATTEMPTS, retry, &e, err);

	if (r == PPS_OK && ret_n)
		*ret_n = e.n;
	return r;
}
