/* SPDX-License-Identifier: BSD-3-Clause */
/* How far datasets were planned anew, and which repositories a replay may touch. */
#include <string.h>

#include "state/dataset-private.h"

int pps_state_replan_get(pps_state *state, const char *name, int *ret_done, pps_uuid *ret_after, pps_error **err)
{
	_cleanup_(pps_sql_rows_freep) pps_sql_rows *rows = NULL;
	pps_sql_value param = pps_sql_text(name);
	int r = pps_sql_query(state->sql, "SELECT done, after_id FROM {dataset_replan} WHERE one = 1 AND name = $1", &param, 1, &rows, err);

	if (r < 0 || (r = pps_sql_next(rows, err)) < 0)
		return pps_wrap(err, r, "state");
	*ret_done = 0;
	*ret_after = (pps_uuid){ 0 };
	if (r == 1) {
		*ret_done = pps_sql_get_int(rows, 0) != 0;
		if (pps_sql_get_uuid(rows, 1, ret_after) < 0)
			return pps_fail(err, PPS_E_FORMAT, "state: a dataset's id is no UUID");
	}
	return PPS_OK;
}

struct replan {
	const pps_flow_lock *lock;
	const char *name;
	int done;
	const pps_uuid *after;
};

static int set_replan(pps_sql *sql, void *user, pps_error **err)
{
	const struct replan *p = user;
	pps_sql_value params[] = { pps_sql_text(p->name), pps_sql_int(p->done), pps_sql_uuid(*p->after) };
	int r = pps_flow_lock_check_epoch(p->lock, sql, err);

	return r < 0 ? r : pps_sql_exec(sql, "INSERT INTO {dataset_replan} (one, name, done, after_id) VALUES (1, $1, $2, $3) ON CONFLICT (one) "
					"DO UPDATE SET name = excluded.name, done = excluded.done, after_id = excluded.after_id", params, 3, NULL, err);
}

int pps_state_replan_set(pps_state *state, const pps_flow_lock *lock, const char *name, int done, const pps_uuid *after, pps_error **err)
{
	struct replan p = { .lock = lock, .name = name, .done = done, .after = after };
	int r = pps_sql_transact(state->sql, PPS_STATE_ATTEMPTS, set_replan, &p, err);

	return r < 0 ? pps_wrap(err, r, "state") : PPS_OK;
}

struct marks {
	const char *const *places;
	size_t n;
};

static int mark(pps_sql *sql, void *user, pps_error **err)
{
	const struct marks *m = user;
	int r = PPS_OK;

	for (size_t i = 0; i < m->n && r == PPS_OK; i++)
		r = pps_sql_exec(sql, "INSERT INTO {replay_repository} (place) VALUES ($1) ON CONFLICT DO NOTHING",
				 &(pps_sql_value){ .type = PPS_SQL_TEXT, .s = m->places[i] }, 1, NULL, err);
	return r;
}

int pps_state_replay_mark(pps_state *state, const char *const *places, size_t n, pps_error **err)
{
	struct marks m = { .places = places, .n = n };
	int r;

	if (!state->is_replay)
		return pps_fail(err, PPS_E_CONFLICT, "%s is no state of a replay", state->name);
	r = pps_sql_transact(state->sql, PPS_STATE_ATTEMPTS, mark, &m, err);
	return r < 0 ? pps_wrap(err, r, "state") : PPS_OK;
}

int pps_state_replay_has(pps_state *state, const char *place, pps_error **err)
{
	_cleanup_(pps_sql_rows_freep) pps_sql_rows *rows = NULL;
	pps_sql_value param = pps_sql_text(place);
	int r = pps_sql_query(state->sql, "SELECT 1 FROM {replay_repository} WHERE place = $1", &param, 1, &rows, err);

	if (r >= 0)
		r = pps_sql_next(rows, err);
	return r < 0 ? pps_wrap(err, r, "state") : r;
}
