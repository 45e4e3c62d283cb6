/* SPDX-License-Identifier: BSD-3-Clause */
/* The loop: for each task and repository in the order of the flow what is due, chunk by chunk, until a round finds nothing. */
#include <string.h>

#include "publish/notify.h"
#include "publish/run.h"

#define AGAIN_NS (5 * 60 * PPS_NS_PER_S)  /* in a run that takes so long, repositories may be back and more may be due */
#define SLICE_NS (60 * PPS_NS_PER_S)      /* of one task in one repository: then it is the others' turn */
#define TELL_EVERY (60 * PPS_NS_PER_S)
#define TELL_MOST (5 * PPS_NS_PER_S) /* then datasets go on, and the rest is told later */

void pps_publish_set_down(pps_publish_flow *flow, int repository, pps_error *why)
{
	if (!((flow->down >> repository) & 1))
		pps_log(flow->ctx, PPS_LOG_WARNING, "a repository is passed over", "repository", flow->graph.at[repository].name, "reason",
			why ? pps_error_message(why) : "", NULL);
	flow->down |= 1u << repository;
	if (!flow->down_since[repository])
		flow->down_since[repository] = flow->now;
	pps_error_free(flow->why[repository]);
	flow->why[repository] = why;
}

int pps_publish_pass_over(pps_publish_flow *flow, int task, int repository, int64_t not_before, pps_error **err)
{
	const pps_dataset_hooks hooks = pps_publish_flow_hooks(flow);
	const size_t batch = (size_t)flow->tasks[task].batch;
	_cleanup_free_ pps_dataset_change *changes = calloc(batch, sizeof *changes);
	int64_t now, at;
	size_t n = 1;
	int r;

	if (!changes)
		return pps_fail_nomem(err);
	while (n) {
		_cleanup_(pps_dataset_rows_freep) pps_dataset_rows *rows = NULL;

		if ((r = pps_ctx_check(flow->ctx, err)) < 0 ||
		    (r = pps_state_datasets_ready(flow->state, task, flow->ordinal[repository], flow->cutoff, batch, &rows, err)) < 0)
			return r;
		n = pps_dataset_rows_count(rows);
		for (size_t i = 0; i < n; i++)
			changes[i] = (pps_dataset_change){ .id = pps_dataset_rows_at(rows, i)->id, .ordinal = flow->ordinal[repository],
							   .not_before = not_before > flow->cutoff ? not_before : flow->cutoff + 1 };
		if (n && ((r = pps_publish_flow_now(flow, &now, &at, err)) < 0 ||
			  (r = pps_state_datasets_apply_with(flow->state, flow->lock, at, now, changes, n, NULL, 0, &hooks, NULL, err)) < 0))
			return r;
	}
	return PPS_OK;
}

int pps_publish_keep_rate(const pps_publish_flow *flow, const pps_conf_task *task, size_t n, int64_t began, pps_error **err)
{
	int64_t rest;

	if (task->rate <= 0)
		return PPS_OK;
	rest = (int64_t)((double)n / task->rate * PPS_NS_PER_S) - (pps_monotonic_now() - began);
	return rest > 0 ? pps_ctx_sleep(flow->ctx, rest, err) : PPS_OK;
}

/* Not only at the end of a round that may take a day. */
int pps_publish_tell(pps_publish_flow *flow, pps_error **err)
{
	int64_t now = pps_monotonic_now();
	int r;

	if (!flow->notify || now - flow->told < TELL_EVERY)
		return PPS_OK;
	r = pps_notify_drain(flow->notify, flow->lock, TELL_MOST, err);
	flow->told = pps_monotonic_now();
	return r;
}

/*
 * A round is worth another only when something was done in it. What is put off, or fails, in one repository may be due in another of its
 * repositories, and the other way round: these two would otherwise be taken in turn for ever.
 */
static int run_task(pps_publish_flow *flow, int task, int repository, int *ret_any, pps_error **err)
{
	const pps_publish_tally *tally = &flow->tally[task][repository];
	const int64_t before = tally->done + tally->missing, until = pps_monotonic_now() + SLICE_NS;
	int64_t not_before;
	size_t taken = 1;
	int r;

	while (taken) {
		int64_t began = pps_monotonic_now();

		if ((r = pps_ctx_check(flow->ctx, err)) < 0)
			return r;
		if (began > until) {
			*ret_any = 1;
			return PPS_OK;
		}
		if ((not_before = pps_publish_rests_until(flow, task, repository, flow->now)))
			return pps_publish_pass_over(flow, task, repository, not_before, err);
		if ((r = pps_publish_chunk_run(flow, task, repository, &taken, err)) < 0 ||
		    (r = pps_publish_keep_rate(flow, &flow->tasks[task], taken, began, err)) < 0 || (r = pps_publish_tell(flow, err)) < 0 ||
		    (r = pps_publish_replan(flow, err)) < 0)
			return pps_wrap(err, r, "%s %s", pps_task_name(task), flow->graph.at[repository].name);
		*ret_any |= tally->done + tally->missing != before;
	}
	return PPS_OK;
}

int pps_publish_is_meant(const pps_publish_flow *flow, int task, int repository)
{
	return (!flow->only_task || flow->only_task == task) && (flow->only_repository < 0 || flow->only_repository == repository);
}

static int run_round(pps_publish_flow *flow, int *ret_any, pps_error **err)
{
	int r;

	for (int task = PPS_TASK_COPY; task <= PPS_TASK_DELETE; task++)
		for (size_t i = 0; i < flow->graph.n; i++)
			if (pps_publish_is_meant(flow, task, (int)i) && (r = run_task(flow, task, (int)i, ret_any, err)) < 0)
				return r;
	return PPS_OK;
}

/* Those that were down may be back. @which: a bit for each. */
static int reach(pps_publish_flow *flow, uint32_t which, pps_error **err)
{
	for (size_t i = 0; i < flow->graph.n; i++) {
		pps_error *why = NULL;
		int r;

		if (!((which >> i) & 1))
			continue;
		r = flow->ops->reach(flow->user, (int)i, &why);
		if (r == PPS_E_CANCELLED || r == PPS_E_NOMEM) {
			pps_error_move(err, why);
			return r;
		}
		if (r < 0) {
			pps_publish_set_down(flow, (int)i, why);
			continue;
		}
		pps_error_free(TAKE_PTR(flow->why[i]));
		flow->down &= ~(1u << i);
		flow->down_since[i] = 0;
	}
	return PPS_OK;
}

/* What comes first, and what is due by then. */
static int begin(pps_publish_flow *flow, pps_error **err)
{
	int r;

	if (flow->ops->before && !flow->only_task && (r = flow->ops->before(flow->user, flow, flow->only, err)) < 0)
		return r;
	/* after what was registered just now, which may be due at once */
	if ((r = pps_publish_flow_now(flow, &flow->cutoff, NULL, err)) < 0)
		return r;
	flow->now = flow->cutoff;
	return flow->only ? PPS_OK : pps_publish_dimensions(flow, err);
}

int pps_publish_is_long(const pps_publish_flow *flow)
{
	return flow->now - flow->cutoff >= AGAIN_NS;
}

/* A run of a large backlog may take a day. */
static int begin_again(pps_publish_flow *flow, pps_error **err)
{
	int r;

	if (!pps_publish_is_long(flow))
		return PPS_OK;
	return (r = reach(flow, flow->down, err)) < 0 ? r : begin(flow, err);
}

static int run(pps_publish_flow *flow, pps_error **err)
{
	int (*const round_of)(pps_publish_flow *flow, int *ret_any, pps_error **err) = flow->crew ? pps_publish_run_crew : run_round;
	int any, was_planned, r;

	pps_map_free(flow->refused);
	if (!(flow->refused = pps_map_new()))
		return pps_fail_nomem(err);
	flow->down = 0;
	if ((r = reach(flow, UINT32_MAX, err)) < 0 || (r = pps_publish_check_holds(flow, err)) < 0 || (r = pps_publish_flow_now(flow, &flow->now, NULL, err)) < 0 ||
	    (r = pps_publish_flow_prepare(flow, err)) < 0 || (r = begin(flow, err)) < 0 || flow->only)
		return r;
	do {
		any = 0;
		was_planned = flow->is_planned;
		if ((r = begin_again(flow, err)) < 0 || (r = round_of(flow, &any, err)) < 0 || (r = pps_publish_replan(flow, err)) < 0)
			return r;
	} while (any || !was_planned);
	return PPS_OK;
}

int pps_publish_flow_run(pps_publish_flow *flow, pps_error **err)
{
	pps_error *why = NULL;
	int r;

	flow->is_held = 0;
	r = run(flow, &why);
	if (r == PPS_E_HELD && flow->is_held) {
		pps_log(flow->ctx, PPS_LOG_NOTICE, "the flow is held by an operator: nothing is done", NULL);
		pps_error_free(why);
		return PPS_OK;
	}
	if (r < 0)
		pps_error_move(err, why);
	return r;
}
