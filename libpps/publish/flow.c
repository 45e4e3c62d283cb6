/* SPDX-License-Identifier: BSD-3-Clause */
/* What is next for a dataset by the flow's repositories and policies, and which time it is: what the loop of run.c decides with. */
#include "publish/flow.h"

#include <inttypes.h>
#include <string.h>

#include "publish/run.h"

#define LOOK_AGAIN_NS (10 * 60 * PPS_NS_PER_S) /* whether an end that was unknown is known by now */

pps_rule pps_publish_flow_rule(const pps_publish_flow *flow, const char *origin, const char *type)
{
	pps_rule configured = pps_policy_match(flow->policies, flow->npolicies, origin, type);

	if (flow->conf && (!pps_origin_is_known(flow->conf, origin) || (flow->in_force && !pps_force_knows(flow->in_force, origin))))
		return (pps_rule){ 0 };
	if (!flow->in_force)
		return configured;
	return pps_rule_strictest(pps_policy_match(flow->in_force->policies, flow->in_force->n, origin, type), configured);
}

static void add_period(pps_buf *b, int64_t ns)
{
	const int64_t hour = 3600 * PPS_NS_PER_S;

	if (ns % (24 * hour) == 0 && ns >= 48 * hour)
		pps_buf_printf(b, "%" PRId64 " days", ns / (24 * hour));
	else if (ns % hour == 0)
		pps_buf_printf(b, "%" PRId64 " h", ns / hour);
	else
		pps_buf_printf(b, "%" PRId64 " s", ns / PPS_NS_PER_S);
}

int pps_publish_rule_name(const pps_rule *rule, char **ret, pps_error **err)
{
	_cleanup_buf_ pps_buf b = PPS_BUF_SQL;

	if (!rule->policy)
		return (*ret = strdup("no policy")) ? PPS_OK : pps_fail_nomem(err);
	for (size_t i = 0; i < rule->policy->types.n; i++)
		pps_buf_printf(&b, "%s%s", i ? "," : "", rule->policy->types.at[i]);
	if (rule->policy->origin)
		pps_buf_printf(&b, " of %s", rule->policy->origin);
	pps_buf_add_text(&b, ": embargo ");
	add_period(&b, rule->embargo);
	pps_buf_printf(&b, ", %s, ", rule->is_public ? "public" : "internal");
	if (rule->retention == PPS_FOREVER)
		pps_buf_add_text(&b, "forever");
	else
		add_period(&b, rule->retention);
	return (*ret = pps_buf_take(&b)) ? PPS_OK : pps_fail_nomem(err);
}

static void dataset_of(const pps_publish_flow *flow, const pps_dataset_row *row, pps_plan_dataset *d)
{
	*d = (pps_plan_dataset){
		.end_kind = row->end_kind, .end = row->end, .rule = pps_publish_flow_rule(flow, *row->origin ? row->origin : NULL, row->type),
		.is_held = !!(row->flags & PPS_DATASET_HELD_ANY), .is_pinned = !!(row->flags & PPS_DATASET_PINNED),
		.is_withdrawn = !!(row->flags & PPS_DATASET_WITHDRAWN),
	};
	for (size_t i = 0; i < flow->graph.n; i++) {
		d->status[i] = row->status.status[flow->ordinal[i]];
		d->at[i] = row->status.at[flow->ordinal[i]];
		d->published[i] = row->status.published[flow->ordinal[i]];
	}
}

/* What was found where it was, and not brought there, goes away only when an operator has confirmed it. */
static int waits_for_operator(const pps_dataset_row *row, int task)
{
	if (!(row->flags & PPS_DATASET_ADOPTED))
		return 0;
	return task == PPS_TASK_DELETE || (task == PPS_TASK_EXPIRE && !(row->flags & PPS_DATASET_WITHDRAWN));
}

/* What vanished from the first repository without us goes nowhere new: somebody may have had a reason. */
static int is_lost(const pps_publish_flow *flow, const pps_dataset_row *row, int task)
{
	return (task == PPS_TASK_COPY || task == PPS_TASK_PUBLISH) && row->status.status[flow->ordinal[0]] == PPS_STATUS_MISSING;
}

pps_terms pps_publish_flow_terms(const pps_publish_flow *flow)
{
	return (pps_terms){ .policies = flow->policies, .npolicies = flow->npolicies, .reclaim_after = flow->reclaim_after, .graph = &flow->graph,
			    .conf = flow->conf };
}

/*
 * A repository that was taken out of the configuration may still refer to files, and one that is configured otherwise may have referred to them: until
 * an operator has accepted that, nothing is deleted anywhere, and nothing new comes to what is not in force.
 */
static int waits_for_accept(const pps_publish_flow *flow, size_t i, int task)
{
	if (!flow->in_force)
		return 0;
	if (task == PPS_TASK_DELETE)
		return !pps_force_is_graph(flow->in_force, &flow->graph);
	return (task == PPS_TASK_COPY || task == PPS_TASK_PUBLISH) && !pps_force_has(flow->in_force, &flow->graph, i);
}

/* While one of two policies has it public, it is published by neither, and deleted as if it were to be: the later of both. */
static void plan_deletions(const pps_publish_flow *flow, const pps_dataset_row *row, pps_plan_dataset *d, pps_plan_action *actions)
{
	const char *origin = *row->origin ? row->origin : NULL;
	pps_plan_action later[PPS_PLAN_MOST];

	if (!flow->in_force || !d->rule.policy || d->rule.is_public ||
	    !(pps_policy_match(flow->in_force->policies, flow->in_force->n, origin, row->type).is_public ||
	      pps_policy_match(flow->policies, flow->npolicies, origin, row->type).is_public))
		return;
	d->rule.is_public = 1;
	pps_plan(&flow->graph, d, later);
	for (size_t i = 0; i < flow->graph.n; i++)
		if (actions[i].task == PPS_TASK_DELETE && actions[i].wait == PPS_WAIT_TIME &&
		    (later[i].wait != PPS_WAIT_TIME || later[i].due > actions[i].due))
			actions[i] = later[i];
}

void pps_publish_flow_plan(const pps_publish_flow *flow, const pps_dataset_row *row, pps_plan_action *actions)
{
	pps_plan_dataset d;

	dataset_of(flow, row, &d);
	pps_plan(&flow->graph, &d, actions);
	plan_deletions(flow, row, &d, actions);
	for (size_t i = 0; i < flow->graph.n; i++) {
		if (actions[i].wait != PPS_WAIT_TIME)
			continue;
		if (waits_for_operator(row, actions[i].task))
			actions[i].wait = PPS_WAIT_PIN;
		else if (is_lost(flow, row, actions[i].task))
			actions[i].wait = PPS_WAIT_MISSING;
		else if (waits_for_accept(flow, i, actions[i].task))
			actions[i].wait = PPS_WAIT_ACCEPT;
		if (actions[i].wait != PPS_WAIT_TIME)
			actions[i].due = INT64_MAX;
	}
}

/* A release that waits for the end of its time: the source is looked at again now and then, since it may know by then. */
static const pps_plan_action *waits_for_end(const pps_publish_flow *flow, const pps_dataset_row *row, const pps_plan_action *actions)
{
	if (row->end_kind != PPS_END_UNKNOWN || row->flags & PPS_DATASET_HELD_ANY || row->status.status[flow->ordinal[0]] != PPS_STATUS_PRESENT)
		return NULL;
	for (size_t i = 0; i < flow->graph.n; i++)
		if (actions[i].wait == PPS_WAIT_END && (actions[i].task == PPS_TASK_COPY || actions[i].task == PPS_TASK_PUBLISH))
			return &actions[i];
	return NULL;
}

/* A bit for the ordinal of each repository where nothing will be done. */
static uint32_t idle_of(const pps_publish_flow *flow, const pps_plan_action *actions)
{
	uint32_t idle = 0;

	for (size_t i = 0; i < flow->graph.n; i++)
		if (actions[i].wait == PPS_WAIT_NOTHING)
			idle |= UINT32_C(1) << flow->ordinal[i];
	return idle;
}

/* Until when the next action of a repository waits for it, and for a release also for the first, which is asked before. */
static int64_t rests_until(const pps_publish_flow *flow, const pps_dataset_row *row, const pps_plan_action *action, size_t i, int64_t now)
{
	const int is_release = action->task == PPS_TASK_COPY || action->task == PPS_TASK_PUBLISH;
	int64_t least = pps_publish_rests_until(flow, action->task, (int)i, now), first;

	if (!is_release || !(flow->down & 1) || row->status.status[flow->ordinal[0]] != PPS_STATUS_PRESENT)
		return least;
	first = pps_publish_rests_until(flow, action->task, 0, now);
	return first > least ? first : least;
}

/* @refused: a bit for each repository that waits until @not_before. */
static pps_dataset_next next_of(const pps_publish_flow *flow, const pps_dataset_row *row, int64_t now, uint32_t refused, int64_t not_before)
{
	pps_plan_action actions[PPS_PLAN_MOST];
	const pps_plan_action *next, *again;
	int64_t least[PPS_PLAN_MOST], due = 0;

	pps_publish_flow_plan(flow, row, actions);
	for (size_t i = 0; i < flow->graph.n; i++) {
		least[i] = rests_until(flow, row, &actions[i], i, now);
		if ((refused >> i) & 1 && least[i] < not_before)
			least[i] = not_before;
	}
	/* what failed waits where it did */
	for (size_t i = 0; i < row->nfailures; i++) {
		int k = flow->repository_of[row->failures[i].ordinal];

		if (k >= 0 && least[k] < row->failures[i].not_before)
			least[k] = row->failures[i].not_before;
	}
	next = pps_plan_next(actions, flow->graph.n, least, &due);
	again = waits_for_end(flow, row, actions);
	if (again && (!next || due > now + LOOK_AGAIN_NS)) {
		next = again;
		due = now + LOOK_AGAIN_NS;
	}
	if (!next)
		return (pps_dataset_next){ .idle = idle_of(flow, actions) };
	return (pps_dataset_next){ .task = next->task, .ordinal = flow->ordinal[next->repository], .due = due, .idle = idle_of(flow, actions) };
}

pps_dataset_next pps_publish_flow_next(const pps_publish_flow *flow, const pps_dataset_row *row, int64_t now)
{
	return next_of(flow, row, now, 0, 0);
}

/* What cannot be done in one repository now is done in the others meanwhile; once in a run. */
static int plan_in_transaction(const pps_dataset_row *row, const pps_dataset_change *last, void *user, pps_dataset_next *ret_next, pps_error **err)
{
	pps_publish_flow *flow = user;
	int64_t not_before = flow->cutoff + 1;
	uint32_t refused = 0;
	void *bits;

	(void)err;
	if (flow->refused && pps_map_get(flow->refused, &row->id, sizeof row->id, &bits))
		refused = (uint32_t)(uintptr_t)bits;
	if (last->not_before && flow->repository_of[last->ordinal] >= 0) {
		refused |= 1u << flow->repository_of[last->ordinal];
		not_before = last->not_before > not_before ? last->not_before : not_before;
	}
	*ret_next = next_of(flow, row, flow->now, refused, not_before);
	if (ret_next->task && ret_next->due <= flow->cutoff && flow->repository_of[ret_next->ordinal] >= 0)
		flow->due[ret_next->task] |= 1u << flow->repository_of[ret_next->ordinal];
	return PPS_OK;
}

pps_record_targets pps_publish_flow_targets(const pps_publish_flow *flow, int64_t now)
{
	pps_record_targets targets = { .now = now };

	for (size_t i = 1; i < flow->graph.n; i++) {
		targets.at[targets.n].ordinal = flow->ordinal[i];
		targets.at[targets.n++].is_public = flow->graph.at[i].is_public;
	}
	return targets;
}

pps_dataset_hooks pps_publish_flow_hooks(pps_publish_flow *flow)
{
	return (pps_dataset_hooks){ .plan = plan_in_transaction, .user = flow };
}

int pps_publish_flow_now(pps_publish_flow *flow, int64_t *ret_now, int64_t *ret_at, pps_error **err)
{
	pps_publish_clocks clocks = { 0 };
	pps_clock clock = { .others = clocks.others, .beside = clocks.beside, .requested = flow->requested };
	int64_t as_of;
	int r;

	if ((r = pps_state_ledger_times(flow->state, &clock.ledger, &as_of, err)) < 0 || (r = flow->ops->clocks(flow->user, &clocks, err)) < 0)
		return r;
	if (flow->ops->rest && clock.ledger > clocks.local && clock.ledger - clocks.local <= PPS_CLOCK_LIMIT_NS) {
		if ((r = flow->ops->rest(flow->user, clock.ledger - clocks.local, err)) < 0)
			return r;
		clocks.n = 0;
		if ((r = flow->ops->clocks(flow->user, &clocks, err)) < 0)
			return r;
	}
	if (flow->requested != INT64_MIN && as_of != INT64_MIN && flow->requested < as_of)
		return pps_fail(err, PPS_E_HELD, "--now lies before the time that this replay has reached already: nothing is done");
	clock.local = clocks.local;
	clock.n = clocks.n;
	if ((r = pps_clock_decide(&clock, ret_now, err)) < 0)
		return r;
	if (ret_at)
		*ret_at = clocks.local;
	return PPS_OK;
}

int pps_publish_check_lock(const pps_publish_flow *flow, pps_error **err)
{
	return flow->lock ? pps_flow_lock_check(flow->lock, err) : PPS_OK;
}

pps_uuid *pps_publish_chunk_ids(const pps_publish_chunk *chunk)
{
	pps_uuid *ids = calloc(chunk->n + 1, sizeof *ids);

	for (size_t i = 0; ids && i < chunk->n; i++)
		ids[i] = chunk->items[i].row->id;
	return ids;
}

int pps_publish_chunk_check(const pps_publish_chunk *chunk, pps_error **err)
{
	pps_publish_flow *flow = chunk->flow;
	int r;

	if (chunk->check)
		return chunk->check(chunk, 0, chunk->check_user, err);
	r = pps_publish_check_lock(flow, err);
	return r < 0 ? r : pps_publish_check_holds(flow, err);
}

int pps_publish_chunk_recheck(const pps_publish_chunk *chunk, pps_error **err)
{
	_cleanup_free_ pps_uuid *ids = NULL;
	_cleanup_(pps_dataset_rows_freep) pps_dataset_rows *rows = NULL;
	_cleanup_free_ int64_t *days = NULL;
	size_t ndays = 0, k = 0;
	int r;

	if (chunk->check)
		return chunk->check(chunk, 1, chunk->check_user, err);
	if (!(ids = pps_publish_chunk_ids(chunk)))
		return pps_fail_nomem(err);
	if ((r = pps_publish_check_lock(chunk->flow, err)) < 0 || (r = pps_publish_held_days(chunk->flow, &days, &ndays, err)) < 0 ||
	    (r = pps_state_datasets_get(chunk->flow->state, ids, chunk->n, &rows, err)) < 0)
		return r;
	for (size_t i = 0; i < chunk->n; i++) {
		pps_plan_action actions[PPS_PLAN_MOST];
		const pps_plan_action *a = &actions[chunk->repository];
		const pps_dataset_row *row;

		while ((row = k < pps_dataset_rows_count(rows) ? pps_dataset_rows_at(rows, k) : NULL) && pps_uuid_compare(&row->id, &ids[i]) < 0)
			k++;
		chunk->items[i].is_stopped = 1;
		if (!row || pps_uuid_compare(&row->id, &ids[i]) != 0 || pps_publish_is_day_held(days, ndays, row->day_obs))
			continue;
		pps_publish_flow_plan(chunk->flow, row, actions);
		chunk->items[i].is_stopped = a->task != chunk->task || a->wait != PPS_WAIT_TIME || a->due > chunk->now;
	}
	return PPS_OK;
}

void pps_publish_item_fail(pps_publish_item *item, int code, pps_error *why)
{
	item->result = PPS_RESULT_FAILED;
	item->code = code;
	free(item->error);
	item->error = strdup(why ? pps_error_message(why) : pps_error_code_name(code));
	pps_error_free(why);
}

void pps_publish_flow_clear(pps_publish_flow *flow)
{
	pps_force_free(TAKE_PTR(flow->in_force));
	pps_map_free(TAKE_PTR(flow->refused));
	for (size_t i = 0; i < PPS_PLAN_MOST; i++)
		pps_error_free(TAKE_PTR(flow->why[i]));
	pps_publish_ahead_clear(flow);
}
