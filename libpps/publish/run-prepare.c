/* SPDX-License-Identifier: BSD-3-Clause */
/* Before anything is done: which policy is in force, what a crash left, and plans anew when policies changed. */
#include <string.h>

#include "base/codec.h"
#include "publish/run.h"

#define BATCH 2000 /* datasets of one transaction */

/* ---- holds ---- */

struct holds {
	int is_all;
	int64_t *days;
	size_t n, cap;
};

static int add_hold(const pps_hold *hold, void *user, pps_error **err)
{
	struct holds *h = user;

	if (hold->target.id)
		return PPS_OK;
	if (!hold->target.day_obs) {
		h->is_all = 1;
		return PPS_OK;
	}
	if (pps_grow(&h->days, &h->cap, h->n, sizeof *h->days) < 0)
		return pps_fail_nomem(err);
	h->days[h->n++] = hold->target.day_obs;
	return PPS_OK;
}

static int read_holds(pps_publish_flow *flow, struct holds *h, pps_error **err)
{
	int r = pps_state_holds(flow->state, PPS_PUBLISH_FLOW, add_hold, h, err);

	if (r < 0)
		return r;
	flow->is_held = h->is_all;
	return h->is_all ? pps_fail(err, PPS_E_HELD, "the flow is held by an operator") : PPS_OK;
}

int pps_publish_check_holds(pps_publish_flow *flow, pps_error **err)
{
	struct holds h = { 0 };
	int r = read_holds(flow, &h, err);

	free(h.days);
	return r;
}

int pps_publish_held_days(pps_publish_flow *flow, int64_t **ret_days, size_t *ret_n, pps_error **err)
{
	struct holds h = { 0 };
	int r = read_holds(flow, &h, err);

	if (r < 0) {
		free(h.days);
		return r;
	}
	*ret_days = h.days;
	*ret_n = h.n;
	return PPS_OK;
}

int pps_publish_is_day_held(const int64_t *days, size_t n, int64_t day_obs)
{
	for (size_t i = 0; i < n; i++)
		if (days[i] == day_obs)
			return 1;
	return 0;
}

/* ---- the policy in force ---- */

static int hash_texts(const char *const *texts, size_t n, char hex[65], pps_error **err)
{
	_cleanup_(pps_digest_freep) pps_digest *digest = NULL;
	pps_digests digests;
	int r;

	if ((r = pps_digest_new(PPS_DIGEST_SHA256, &digest, err)) < 0)
		return r;
	for (size_t i = 0; i < n; i++)
		if ((r = pps_digest_update(digest, texts[i], strlen(texts[i]) + 1, err)) < 0)
			return r;
	if ((r = pps_digest_finish(digest, &digests, err)) < 0)
		return r;
	pps_hex_encode(digests.sha256, sizeof digests.sha256, hex);
	return PPS_OK;
}

/* What is configured comes into force. 1, 0: another has been accepted this moment. */
static int put_policy(pps_publish_flow *flow, const char *was, const char *configured, pps_error **err)
{
	return pps_state_replace_policy(flow->state, flow->lock, PPS_PUBLISH_FLOW, was, configured, was ? "nothing is sooner" : "first run", "pps run", err);
}

/* Once, not in every round of a service. */
static void tell_of_waiting(pps_publish_flow *flow, int waits)
{
	if (waits && !flow->is_waiting)
		pps_log(flow->ctx, PPS_LOG_WARNING, "the configured policies or repositories would have things released, published or deleted sooner "
			"and are not accepted: see pps config accept", NULL);
	flow->is_waiting = waits;
}

/*
 * @puts: what is configured becomes what is in force, unless it is sooner: once. A process that goes on with the file as it was does not undo what an
 * operator accepts meanwhile; both then hold until it reads the file anew.
 */
static int load_policy(pps_publish_flow *flow, int puts, pps_error **err)
{
	_cleanup_free_ char *text = NULL, *configured = NULL;
	_cleanup_(pps_force_freep) pps_force *force = NULL;
	const int64_t reclaim_after = flow->reclaim_after;
	const pps_terms terms = pps_publish_flow_terms(flow);
	int waits, r;

	if ((r = pps_state_policy(flow->state, PPS_PUBLISH_FLOW, &text, err)) < 0 || (r = pps_force_format(&terms, &configured, err)) < 0 ||
	    (text && (r = pps_force_parse(text, &force, err)) < 0))
		return r;
	waits = force && pps_force_is_sooner(force, &terms);
	if (puts)
		tell_of_waiting(flow, waits);
	if (!waits && puts && (!text || strcmp(text, configured) != 0)) {
		if (!flow->is_settled && (r = put_policy(flow, text, configured, err)) < 0)
			return r;
		waits = flow->is_settled || !r;
	}
	/* accepted between the two: read by the next run */
	if (waits && !force)
		return pps_fail(err, PPS_E_HELD, "the policy in force has changed this moment");
	flow->is_settled |= puts && !waits;
	pps_force_free(TAKE_PTR(flow->in_force));
	flow->graph.at[0].reclaim_after = waits && force->reclaim_after > reclaim_after ? force->reclaim_after : reclaim_after;
	if ((r = hash_texts((const char *[]){ waits ? text : configured }, 1, flow->policy_hash, err)) < 0 ||
	    (r = hash_texts((const char *[]){ waits ? text : configured, configured }, 2, flow->plan_hash, err)) < 0)
		return r;
	if (waits)
		flow->in_force = TAKE_PTR(force);
	return PPS_OK;
}

/* ---- what a crash left ---- */

struct entry {
	int64_t seq, at;
	int task;       /* NONE: of the audit, which finds anew what is left to be mended */
	int repository; /* -1: of one that is no longer in the flow */
};

struct entries {
	pps_publish_flow *flow;
	struct entry *at;
	size_t n, cap;
};

static int add_entry(const pps_ledger_row *row, void *user, pps_error **err)
{
	struct entries *e = user;
	struct entry *one;

	if (pps_grow(&e->at, &e->cap, e->n, sizeof *e->at) < 0)
		return pps_fail_nomem(err);
	one = &e->at[e->n++];
	*one = (struct entry){ .seq = row->seq, .at = row->at, .repository = -1 };
	for (int task = PPS_TASK_COPY; task <= PPS_TASK_DELETE; task++)
		if (!strcmp(row->entry.action, pps_task_name(task)))
			one->task = task;
	if (one->task || !strcmp(row->entry.action, PPS_PUBLISH_REPAIR))
		one->repository = pps_plan_find_repository(&e->flow->graph, row->entry.subject);
	return PPS_OK;
}

/* That something is there says not that it is a verified copy, which alone lets go of its source: a copy is made again, which compares what it
 * finds. Of what refers to files there is nothing to compare, and whoever has these must know of it. */
char pps_publish_status_after(const pps_publish_flow *flow, int task, int repository, char stored, char found)
{
	const int counts = task == PPS_TASK_PUBLISH || (task == PPS_TASK_COPY && flow->graph.at[repository].refers);

	if (counts && stored == PPS_STATUS_NEVER && found == PPS_STATUS_PRESENT)
		return PPS_STATUS_PRESENT;
	if (task == PPS_TASK_EXPIRE && stored == PPS_STATUS_PRESENT && found == PPS_STATUS_EXPIRED)
		return PPS_STATUS_EXPIRED;
	if (task == PPS_TASK_DELETE && stored == PPS_STATUS_PRESENT && (found == PPS_STATUS_DELETED || found == PPS_STATUS_NEVER))
		return PPS_STATUS_DELETED;
	return 0;
}

int pps_publish_notice_of(const pps_publish_flow *flow, int task, int repository, const pps_dataset_row *row)
{
	if (task == PPS_TASK_COPY)
		return flow->graph.at[repository].from == 0 ? PPS_NOTICE_UNEMBARGOED : PPS_NOTICE_NONE;
	if (task == PPS_TASK_PUBLISH)
		return PPS_NOTICE_PUBLISHED;
	if (task == PPS_TASK_EXPIRE)
		return row->flags & PPS_DATASET_WITHDRAWN ? PPS_NOTICE_WITHDRAWN : PPS_NOTICE_EXPIRED;
	return PPS_NOTICE_NONE;
}

/* How they really are goes into the state; with the last of them the entry is closed. */
static int recover_batch(pps_publish_flow *flow, const struct entry *e, const pps_uuid *ids, size_t n, int64_t now, int64_t at, int is_last,
			 pps_error **err)
{
	const pps_dataset_hooks hooks = pps_publish_flow_hooks(flow);
	const pps_state_change done = { .kind = PPS_CHANGE_DONE, .seq = e->seq, .recovered = 1 };
	_cleanup_free_ pps_dataset_change *changes = calloc(n + 1, sizeof *changes);
	_cleanup_(pps_dataset_rows_freep) pps_dataset_rows *rows = NULL;
	_cleanup_free_ char *found = calloc(n + 1, 1);
	size_t nchanges = 0;
	int r;

	if (!changes || !found)
		return pps_fail_nomem(err);
	/* which may finish a deletion, and is an act like any other */
	if ((r = pps_publish_check_lock(flow, err)) < 0 || (r = pps_publish_check_holds(flow, err)) < 0 ||
	    (n && (r = flow->ops->survey(flow->user, e->repository, ids, n, found, err)) < 0) ||
	    (r = pps_state_datasets_get(flow->state, ids, n, &rows, err)) < 0)
		return r;
	for (size_t i = 0, k = 0; i < pps_dataset_rows_count(rows); i++) {
		const pps_dataset_row *row = pps_dataset_rows_at(rows, i);
		char status;

		while (k < n && pps_uuid_compare(&ids[k], &row->id) < 0)
			k++;
		if (k == n || !(status = pps_publish_status_after(flow, e->task, e->repository, row->status.status[flow->ordinal[e->repository]], found[k])))
			continue;
		changes[nchanges++] = (pps_dataset_change){ .id = row->id, .status = status, .ordinal = flow->ordinal[e->repository], .at = now,
							    .is_published = e->task == PPS_TASK_PUBLISH, .notice = pps_publish_notice_of(flow, e->task, e->repository, row) };
	}
	return pps_state_datasets_apply_with(flow->state, flow->lock, at, now, changes, nchanges, &done, (size_t)is_last, &hooks, NULL, err);
}

static int recover(pps_publish_flow *flow, const struct entry *e, pps_error **err)
{
	_cleanup_free_ pps_uuid *ids = NULL;
	int64_t now, at;
	size_t n = 0;
	int r;

	if ((r = pps_publish_flow_now(flow, &now, &at, err)) < 0 || (r = pps_state_ledger_items(flow->state, e->seq, &ids, &n, err)) < 0)
		return r;
	flow->now = now;
	for (size_t i = 0; i < n || !i; i += BATCH) {
		size_t some = n - i < BATCH ? n - i : BATCH;

		if ((r = pps_ctx_check(flow->ctx, err)) < 0 || (r = recover_batch(flow, e, ids + i, some, now, at, i + some == n, err)) < 0)
			return r;
	}
	return PPS_OK;
}

/* The epoch is another one now, and no worker of the earlier one begins to write any more; what was begun just before comes to its end. */
static int wait_for_workers(pps_publish_flow *flow, const struct entries *entries, pps_error **err)
{
	const pps_publish_crew *crew = flow->crew;
	int64_t now, at, wait = 0;
	int r;

	if (!crew || !crew->grace || !entries->n)
		return PPS_OK;
	if ((r = pps_publish_flow_now(flow, &now, &at, err)) < 0)
		return r;
	for (size_t i = 0; i < entries->n; i++) {
		int64_t rest = entries->at[i].at + crew->lasts + crew->grace - at;

		if (entries->at[i].repository >= 0 && !((flow->down >> entries->at[i].repository) & 1) && rest > wait)
			wait = rest;
	}
	if (wait <= 0)
		return PPS_OK;
	pps_log(flow->ctx, PPS_LOG_NOTICE, "waiting for what workers of an earlier run may still be writing", NULL);
	return pps_ctx_sleep(flow->ctx, wait < crew->grace ? wait : crew->grace, err);
}

int pps_publish_recover(pps_publish_flow *flow, pps_error **err)
{
	struct entries entries = { .flow = flow };
	int r = pps_state_ledger_open(flow->state, PPS_PUBLISH_FLOW, add_entry, &entries, err);

	if (r == PPS_OK)
		r = wait_for_workers(flow, &entries, err);
	for (size_t i = 0; i < entries.n && r == PPS_OK; i++) {
		const struct entry *e = &entries.at[i];
		pps_error *why = NULL;

		if (e->repository < 0 || (flow->down >> e->repository) & 1)
			continue;
		if ((r = recover(flow, e, &why)) < 0 && pps_publish_is_down(r)) {
			/* a lock that is lost is ours, not one of the repository */
			if ((r = pps_publish_check_lock(flow, err)) < 0)
				pps_error_free(why);
			else
				pps_publish_set_down(flow, e->repository, why);
		} else if (r < 0) {
			pps_error_move(err, why);
		}
	}
	free(entries.at);
	return r < 0 ? pps_wrap(err, r, "what an earlier run left open") : PPS_OK;
}

/* ---- plans anew ---- */

int pps_publish_replan(pps_publish_flow *flow, pps_error **err)
{
	const pps_dataset_hooks hooks = pps_publish_flow_hooks(flow);
	_cleanup_free_ pps_dataset_change *changes = calloc(BATCH, sizeof *changes);
	_cleanup_(pps_dataset_rows_freep) pps_dataset_rows *rows = NULL;
	pps_dataset_filter filter = { .limit = BATCH, .is_present = 1 };
	int64_t at;
	size_t n;
	int done, r;

	if (flow->is_planned)
		return PPS_OK;
	if (!changes)
		return pps_fail_nomem(err);
	if ((r = pps_state_replan_get(flow->state, flow->plan_hash, &done, &filter.after, err)) < 0)
		return r;
	if (done) {
		flow->is_planned = 1;
		return PPS_OK;
	}
	if ((r = pps_publish_flow_now(flow, &flow->now, &at, err)) < 0 || (r = pps_state_datasets_find(flow->state, &filter, &rows, err)) < 0)
		return r;
	n = pps_dataset_rows_count(rows);
	for (size_t i = 0; i < n; i++) {
		changes[i] = (pps_dataset_change){ .id = pps_dataset_rows_at(rows, i)->id };
	}
	if (n)
		filter.after = pps_dataset_rows_at(rows, n - 1)->id;
	if ((r = pps_state_datasets_apply_with(flow->state, flow->lock, at, flow->now, changes, n, NULL, 0, &hooks, NULL, err)) < 0)
		return r;
	flow->is_planned = n < BATCH;
	return pps_state_replan_set(flow->state, flow->lock, flow->plan_hash, flow->is_planned, &filter.after, err);
}

/* ---- all of it ---- */

static int take_ordinals(pps_publish_flow *flow, pps_error **err)
{
	const char *names[PPS_PLAN_MOST];
	int unused = PPS_ORDINALS_MOST - 1, r;

	for (size_t i = 0; i < flow->graph.n; i++)
		names[i] = flow->graph.at[i].name;
	if ((r = pps_state_ordinals(flow->state, flow->lock, names, flow->graph.n, flow->ordinal, err)) < 0)
		return r;
	for (size_t i = 0; i < PPS_ORDINALS_MOST; i++)
		flow->repository_of[i] = -1;
	for (size_t i = 0; i < flow->graph.n; i++) {
		/* who only looks gets numbers that nobody has yet */
		if (flow->ordinal[i] < 0)
			flow->ordinal[i] = unused--;
		flow->repository_of[flow->ordinal[i]] = (int)i;
	}
	return PPS_OK;
}

int pps_publish_flow_read(pps_publish_flow *flow, pps_error **err)
{
	int r = take_ordinals(flow, err);

	return r < 0 ? r : load_policy(flow, 0, err);
}

int pps_publish_flow_prepare(pps_publish_flow *flow, pps_error **err)
{
	int r;

	if ((r = take_ordinals(flow, err)) < 0 || (r = load_policy(flow, 1, err)) < 0 || (r = pps_publish_recover(flow, err)) < 0)
		return r;
	flow->is_planned = 0;
	return pps_publish_replan(flow, err);
}
