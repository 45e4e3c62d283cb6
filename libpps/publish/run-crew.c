/* SPDX-License-Identifier: BSD-3-Clause */
/* The loop with a crew: chunks of several tasks and repositories are under way at a time, and what comes of them is recorded as they come back. */
#include "publish/run.h"

#define LOOK_NS (PPS_NS_PER_S / 20) /* until tasks that keep a rate are looked at again */

struct crew {
	pps_publish_flow *flow;
	int under_way, size;
	int is_held; /* found by one that was under way */
	int64_t not_before[PPS_TASKS]; /* by the task's rate; monotonic */
};

struct load {
	int64_t of_task; /* in all repositories */
	int in_repository, is_alone;
};

static struct load load_of(const pps_publish_flow *flow, int task, int repository)
{
	struct load load = { 0 };

	for (const pps_publish_work *one = flow->works; one; one = one->next) {
		load.of_task += one->chunk.task == task;
		if (one->chunk.repository != repository)
			continue;
		load.in_repository++;
		load.is_alone |= one->chunk.task == PPS_TASK_DELETE;
	}
	return load;
}

/*
 * Deleting is alone in its repository: a file that several datasets share goes with the last of them, which two at a time would each leave to
 * the other, and nobody may begin to share it meanwhile.
 */
static int has_room(const struct crew *c, int task, int repository)
{
	const pps_publish_flow *flow = c->flow;
	const struct load load = load_of(flow, task, repository);
	const int64_t concurrency = flow->tasks[task].concurrency;

	if (c->under_way >= c->size || load.is_alone || (task == PPS_TASK_DELETE && load.in_repository) ||
	    (concurrency && load.of_task >= concurrency) || pps_monotonic_now() < c->not_before[task])
		return 0;
	return !flow->ops->most || load.in_repository < flow->ops->most(flow->user, repository);
}

static void keep_rate(struct crew *c, int task, size_t n)
{
	const double rate = c->flow->tasks[task].rate;

	if (rate > 0)
		c->not_before[task] = pps_monotonic_now() + (int64_t)((double)n / rate * PPS_NS_PER_S);
}

static int begin(struct crew *c, int task, int repository, pps_error **err)
{
	pps_publish_flow *flow = c->flow;
	_cleanup_(pps_publish_work_freep) pps_publish_work *work = NULL;
	size_t taken, left;
	int r;

	if ((r = pps_publish_work_take(flow, task, repository, &work, &taken, &left, err)) < 0)
		return r;
	if (!taken) {
		flow->due[task] &= ~(1u << repository);
		if (left)
			flow->waits[task] |= 1u << repository;
	}
	keep_rate(c, task, taken);
	if (!work)
		return PPS_OK;
	if ((r = flow->crew->begin(flow->crew_user, &work->chunk, err)) < 0)
		return r;
	work->next = flow->works;
	flow->works = TAKE_PTR(work);
	c->under_way++;
	return PPS_OK;
}

/* One more chunk of this task in this repository, if it can be. */
static int look_at(struct crew *c, int task, int repository, pps_error **err)
{
	pps_publish_flow *flow = c->flow;
	const uint32_t bit = 1u << repository;
	int64_t not_before;

	if (!(flow->due[task] & bit))
		return PPS_OK;
	if (!pps_publish_is_meant(flow, task, repository)) {
		flow->due[task] &= ~bit;
		return PPS_OK;
	}
	if (!(not_before = pps_publish_rests_until(flow, task, repository, flow->now)))
		return has_room(c, task, repository) ? begin(c, task, repository, err) : PPS_OK;
	/* what is under way there comes back first */
	if (load_of(flow, task, repository).in_repository)
		return PPS_OK;
	flow->due[task] &= ~bit;
	return pps_publish_pass_over(flow, task, repository, not_before, err);
}

static int settle(struct crew *c, pps_publish_chunk *chunk, int code, pps_error *why, pps_error **err)
{
	pps_publish_flow *flow = c->flow;
	pps_publish_work **at = &flow->works, *work;
	int r;

	while (&(*at)->chunk != chunk)
		at = &(*at)->next;
	work = *at;
	*at = work->next;
	c->under_way--;
	for (int task = PPS_TASK_COPY; task <= PPS_TASK_DELETE; task++) {
		flow->due[task] |= flow->waits[task];
		flow->waits[task] = 0;
	}
	c->is_held |= code == PPS_E_HELD;
	r = pps_publish_work_settle(work, code, why, err);
	if (r < 0)
		pps_wrap(err, r, "%s %s", pps_task_name(chunk->task), flow->graph.at[chunk->repository].name);
	pps_publish_work_free(work);
	return r;
}

/* Waits a short while for one. */
static int finish(struct crew *c, pps_error **err)
{
	pps_publish_flow *flow = c->flow;
	pps_publish_chunk *chunk = NULL;
	pps_error *why = NULL;
	int code = PPS_OK, r = flow->crew->finish(flow->crew_user, &chunk, &code, &why, err);

	if (r < 0 || !chunk)
		return r;
	return settle(c, chunk, code, why, err);
}

static int is_any_due(const pps_publish_flow *flow)
{
	for (int task = PPS_TASK_COPY; task <= PPS_TASK_DELETE; task++)
		if (flow->due[task])
			return 1;
	return 0;
}

/* Until nothing is due; a long run only until what is under way has come back. */
static int go(struct crew *c, pps_error **err)
{
	pps_publish_flow *flow = c->flow;
	int r;

	while ((is_any_due(flow) && !pps_publish_is_long(flow)) || flow->works) {
		if ((r = pps_ctx_check(flow->ctx, err)) < 0)
			return r;
		for (int task = PPS_TASK_COPY; task <= PPS_TASK_DELETE && !pps_publish_is_long(flow); task++)
			for (size_t i = 0; i < flow->graph.n; i++)
				if ((r = look_at(c, task, (int)i, err)) < 0)
					return pps_wrap(err, r, "%s %s", pps_task_name(task), flow->graph.at[i].name);
		if (flow->works)
			r = finish(c, err);
		else if (is_any_due(flow))
			r = pps_ctx_sleep(flow->ctx, LOOK_NS, err);
		if (r < 0 || (r = pps_publish_tell(flow, err)) < 0 || (r = pps_publish_replan(flow, err)) < 0)
			return r;
	}
	return PPS_OK;
}

int pps_publish_run_crew(pps_publish_flow *flow, int *ret_any, pps_error **err)
{
	struct crew c = { .flow = flow, .size = flow->crew->size(flow->crew_user) };
	int is_held, r;

	for (int task = PPS_TASK_COPY; task <= PPS_TASK_DELETE; task++) {
		flow->due[task] = (uint32_t)((UINT64_C(1) << flow->graph.n) - 1);
		flow->waits[task] = 0;
	}
	pps_publish_ahead_clear(flow);
	r = go(&c, err);
	*ret_any = is_any_due(flow);
	is_held = flow->is_held;
	/* what had begun when an operator held the flow ends as it began, and is recorded; after any other failure the next run finds out */
	while (r == PPS_E_HELD && flow->works && pps_ctx_check(flow->ctx, NULL) == PPS_OK) {
		int code = finish(&c, NULL);

		if (code < 0 && code != PPS_E_HELD)
			break;
	}
	/* though the hold may have ended meanwhile */
	flow->is_held = is_held || c.is_held;
	if (flow->works)
		flow->crew->forget(flow->crew_user);
	while (flow->works) {
		pps_publish_work *work = flow->works;

		flow->works = work->next;
		pps_publish_work_free(work);
	}
	return r;
}
