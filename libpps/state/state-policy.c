/* SPDX-License-Identifier: BSD-3-Clause */
/* The policy in force of each flow, as text that only the flow can read. */
#include <string.h>

#include "state/state-private.h"

int pps_state_policy(pps_state *state, const char *flow, char **ret_text, pps_error **err)
{
	_cleanup_(pps_sql_rows_freep) pps_sql_rows *rows = NULL;
	pps_sql_value param = pps_sql_text(flow);
	char *text = NULL;
	int r = pps_sql_query(state->sql, "SELECT policy FROM {policy} WHERE flow = $1", &param, 1, &rows, err);

	if (r < 0 || (r = pps_sql_next(rows, err)) < 0)
		return pps_wrap(err, r, "policy in force");
	if (r == 1 && !(text = strdup(pps_sql_get_text(rows, 0))))
		return pps_fail_nomem(err);
	*ret_text = text;
	return PPS_OK;
}

struct change {
	const char *flow, *text, *reason, *who;
	const pps_flow_lock *lock; /* NULL: put in force whatever is */
	const char *was;
	int is_other; /* what is in force is not @was */
	const pps_rule_change *rules;
	size_t n;
};

static int change_rules(pps_sql *sql, const struct change *c, pps_error **err)
{
	int r = PPS_OK;

	for (size_t i = 0; i < c->n && r == PPS_OK; i++)
		r = pps_sql_exec(sql, "UPDATE {exposure} SET rule = $1, embargo = $2 WHERE finished IS NULL AND rule = $3",
				 (pps_sql_value[]){ pps_sql_text(c->rules[i].is), pps_sql_int(c->rules[i].embargo), pps_sql_text(c->rules[i].was) },
				 3, NULL, err);
	return r;
}

/* 1 when it is, else 0. */
static int is_in_force(pps_sql *sql, const char *flow, const char *text, pps_error **err)
{
	_cleanup_(pps_sql_rows_freep) pps_sql_rows *rows = NULL;
	pps_sql_value param = pps_sql_text(flow);
	int r = pps_sql_query(sql, "SELECT policy FROM {policy} WHERE flow = $1", &param, 1, &rows, err);

	if (r < 0 || (r = pps_sql_next(rows, err)) < 0)
		return r;
	return r && text ? !strcmp(pps_sql_get_text(rows, 0), text) : !r && !text;
}

static int set_policy(pps_sql *sql, void *user, pps_error **err)
{
	struct change *c = user;
	pps_sql_value params[5];
	int64_t now;
	int r;

	c->is_other = 0;
	if (c->lock) {
		if ((r = pps_flow_lock_check_epoch(c->lock, sql, err)) < 0 || (r = is_in_force(sql, c->flow, c->was, err)) < 0)
			return r;
		if ((c->is_other = !r))
			return PPS_OK;
	}
	if ((r = pps_tai_now(&now, err)) < 0)
		return r;
	params[0] = pps_sql_text(c->flow);
	params[1] = pps_sql_text(c->text);
	params[2] = pps_sql_int(now);
	params[3] = pps_sql_text(c->who);
	params[4] = pps_sql_text(c->reason);
	r = pps_sql_exec(sql, "INSERT INTO {policy} (flow, policy, at, who) VALUES ($1, $2, $3, $4) ON CONFLICT (flow) DO UPDATE "
			 "SET policy = excluded.policy, at = excluded.at, who = excluded.who", params, 4, NULL, err);
	if (r < 0 || (r = change_rules(sql, c, err)) < 0)
		return r;
	return pps_sql_exec(sql, "INSERT INTO {operator_event} (flow, instrument, id, day_obs, at, who, reason, action) "
			    "VALUES ($1, '', 0, 0, $2, $3, $4, 'policy')",
			    (pps_sql_value[]){ params[0], params[2], params[3], params[4] }, 4, NULL, err);
}

int pps_state_set_policy(pps_state *state, const char *flow, const char *text, const pps_rule_change *changes, size_t n, const char *reason,
			 const char *who, pps_error **err)
{
	struct change c = { .flow = flow, .text = text, .reason = reason, .who = who, .rules = changes, .n = n };

	return pps_sql_transact(state->sql, PPS_STATE_ATTEMPTS, set_policy, &c, err);
}

int pps_state_replace_policy(pps_state *state, const pps_flow_lock *lock, const char *flow, const char *was, const char *text, const char *reason,
			     const char *who, pps_error **err)
{
	struct change c = { .flow = flow, .text = text, .reason = reason, .who = who, .lock = lock, .was = was };
	int r = pps_sql_transact(state->sql, PPS_STATE_ATTEMPTS, set_policy, &c, err);

	return r < 0 ? r : !c.is_other;
}
