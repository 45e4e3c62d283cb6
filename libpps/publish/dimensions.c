/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The task `dimensions`: records go to internal repositories ahead of the datasets that need them, and what was revised in the first repository is
 * replaced downstream. A public repository gets nothing ahead: there, only records that it has are compared. What is missing when a dataset
 * comes, copy and publish bring themselves, so that nothing waits for this task, and a repository that cannot be worked with delays only itself.
 */
#include <inttypes.h>
#include <string.h>

#include "publish/run.h"

#define PUT_OFF_NS (10 * 60 * PPS_NS_PER_S) /* a day that an operator holds is looked at again */

struct looking {
	pps_publish_flow *flow;
	int repository;
	int64_t now;
	pps_record_places places;
	pps_record_look *looks; /* those of the places that are not held, to the front */
	size_t n;
	int64_t *days;          /* that an operator holds */
	size_t ndays;
};

static void clear(struct looking *l)
{
	for (size_t i = 0; l->looks && i < l->places.n; i++)
		free(l->looks[i].error);
	free(l->looks);
	free(l->days);
	pps_record_places_clear(&l->places);
}

static int64_t later(const struct looking *l, int64_t by)
{
	return (l->now > l->flow->cutoff ? l->now : l->flow->cutoff) + (by > 0 ? by : 1);
}

static void fail(struct looking *l, pps_record_look *look)
{
	pps_publish_tally *tally = &l->flow->tally[PPS_TASK_DIMENSIONS][l->repository];
	pps_record_place *p = look->place;

	p->code = look->code;
	p->error = look->error ? look->error : pps_error_code_name(look->code);
	p->next_look = later(l, pps_state_backoff(++p->attempts));
	if (look->code != PPS_E_NOTFOUND) {
		tally->failed++;
		return;
	}
	/* what the source does not know is not asked for for ever */
	tally->missing++;
	if (!pps_record_next_look(p->since, l->now))
		p->next_look = 0;
}

static void settle(struct looking *l, pps_record_look *look)
{
	pps_publish_tally *tally = &l->flow->tally[PPS_TASK_DIMENSIONS][l->repository];
	pps_record_place *p = look->place;

	if (look->code) {
		fail(l, look);
		return;
	}
	tally->done += look->is_revised || (look->is_there && p->status == PPS_RECORD_NEVER);
	if (look->is_revised) {
		p->status = PPS_RECORD_REVISED;
		p->revised = l->now;
	} else if (look->is_there && p->status == PPS_RECORD_NEVER) {
		p->status = PPS_RECORD_INITIAL;
	}
	p->looked = l->now;
	p->next_look = pps_record_next_look(p->since, l->now);
	p->attempts = p->code = 0;
	p->error = "";
}

/* What one record breaks is laid to that record. */
static int look_at(struct looking *l, pps_record_look *looks, size_t n, pps_error **err)
{
	_cleanup_(pps_error_freep) pps_error *why = NULL;
	int r = l->flow->ops->records(l->flow->user, l->flow, l->repository, looks, n, &why);

	if (r >= 0)
		return PPS_OK;
	if (pps_publish_is_fatal(r) || pps_publish_is_down(r)) {
		pps_error_move(err, TAKE_PTR(why));
		return r;
	}
	for (size_t i = 0; i < n; i++)
		looks[i] = (pps_record_look){ .place = looks[i].place };
	if (n == 1) {
		looks[0].code = r;
		looks[0].error = strdup(pps_error_message(why));
		return PPS_OK;
	}
	if ((r = look_at(l, looks, n / 2, err)) < 0)
		return r;
	return look_at(l, looks + n / 2, n - n / 2, err);
}

/* Lock, holds and clock right before. */
static int recheck(struct looking *l, pps_error **err)
{
	pps_publish_flow *flow = l->flow;
	int r;

	if ((r = pps_publish_check_lock(flow, err)) < 0 || (r = pps_publish_held_days(flow, &l->days, &l->ndays, err)) < 0 ||
	    (r = pps_publish_flow_now(flow, &l->now, NULL, err)) < 0)
		return r;
	flow->now = l->now;
	for (size_t i = 0; i < l->places.n; i++) {
		pps_record_place *p = &l->places.at[i];

		p->since = p->since ? p->since : l->now;
		if (!pps_publish_is_day_held(l->days, l->ndays, p->day_obs)) {
			l->looks[l->n++].place = p;
			continue;
		}
		p->next_look = later(l, PUT_OFF_NS);
		flow->tally[PPS_TASK_DIMENSIONS][l->repository].put_off++;
	}
	return PPS_OK;
}

static int run_chunk(pps_publish_flow *flow, int repository, size_t *ret_taken, pps_error **err)
{
	_cleanup_(clear) struct looking l = { .flow = flow, .repository = repository };
	int r;

	if ((r = pps_state_records_due(flow->state, flow->ordinal[repository], flow->cutoff, (size_t)flow->tasks[PPS_TASK_DIMENSIONS].batch, &l.places,
				       err)) < 0)
		return r;
	if (!(*ret_taken = l.places.n))
		return PPS_OK;
	if (!(l.looks = calloc(l.places.n, sizeof *l.looks)))
		return pps_fail_nomem(err);
	if ((r = recheck(&l, err)) < 0 || (l.n && (r = look_at(&l, l.looks, l.n, err)) < 0))
		return r;
	for (size_t i = 0; i < l.n; i++)
		settle(&l, &l.looks[i]);
	return pps_state_records_set(flow->state, flow->lock, l.places.at, l.places.n, err);
}

static int run_repository(pps_publish_flow *flow, int repository, pps_error **err)
{
	const pps_conf_task *task = &flow->tasks[PPS_TASK_DIMENSIONS];
	size_t taken = 1;
	int r;

	while (taken) {
		int64_t began = pps_monotonic_now();

		if ((r = pps_ctx_check(flow->ctx, err)) < 0)
			return r;
		if (pps_publish_is_quiet(task, flow->now))
			return PPS_OK;
		if ((r = run_chunk(flow, repository, &taken, err)) < 0 || (r = pps_publish_keep_rate(flow, task, taken, began, err)) < 0)
			return r;
	}
	return PPS_OK;
}

int pps_publish_dimensions(pps_publish_flow *flow, pps_error **err)
{
	if (!flow->ops->records || (flow->only_task && flow->only_task != PPS_TASK_DIMENSIONS) || (flow->rests >> PPS_TASK_DIMENSIONS) & 1)
		return PPS_OK;
	for (size_t i = 1; i < flow->graph.n && !(flow->down & 1); i++) {
		pps_error *why = NULL;
		int r;

		if ((flow->only_repository >= 0 && flow->only_repository != (int)i) || (flow->down >> i) & 1)
			continue;
		if ((r = run_repository(flow, (int)i, &why)) < 0 && pps_publish_is_down(r) && pps_publish_check_lock(flow, NULL) == PPS_OK) {
			/* of which of the two it was, the next act there will tell */
			pps_log(flow->ctx, PPS_LOG_WARNING, "dimension records wait", "repository", flow->graph.at[i].name, "reason", pps_error_message(why), NULL);
			flow->tally[PPS_TASK_DIMENSIONS][i].put_off++;
			pps_error_free(why);
		} else if (r < 0) {
			pps_error_move(err, why);
			return pps_wrap(err, r, "dimensions %s", flow->graph.at[i].name);
		}
	}
	return PPS_OK;
}
