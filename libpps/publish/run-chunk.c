/* SPDX-License-Identifier: BSD-3-Clause */
/* One chunk: what is due is asked again for everything that could forbid it, written into the ledger, done, and recorded. */
#include <inttypes.h>
#include <string.h>

#include "publish/run.h"

/* Besides 1 and 0, of what the first repository knows. */
enum { SEEN_UNASKED = -1, SEEN_NOTHING = -2 /* it could not be asked */ };

struct work {
	pps_publish_flow *flow;
	int task, repository, ordinal;
	int64_t now, at;
	pps_dataset_rows *due;   /* as the state gave them: the longest due first */
	const pps_dataset_row **asked; /* the same in the order of their ids */
	pps_publish_seen *seen;  /* parallel to asked */
	size_t nasked;
	pps_dataset_rows *fresh; /* read again after the source was asked, in the order of their ids */
	pps_dataset_row *rows;   /* of the items: fresh, with the later of both ends */
	pps_publish_item *items;
	size_t n;
	pps_dataset_change *changes;
	size_t nchanges;
	int64_t *days; /* that an operator holds */
	size_t ndays;
	int64_t first_seq; /* of the ledger's entries, one for each rule */
	size_t nrules;
	int is_out_of_memory;
};

static void clear_work(struct work *w)
{
	for (size_t i = 0; i < w->n; i++)
		free(w->items[i].error);
	pps_dataset_rows_free(w->due);
	pps_dataset_rows_free(w->fresh);
	free(w->asked);
	free(w->seen);
	free(w->rows);
	free(w->items);
	free(w->changes);
	free(w->days);
}

static int by_id(const void *a, const void *b)
{
	const pps_dataset_row *const *x = a, *const *y = b;

	return pps_uuid_compare(&(*x)->id, &(*y)->id);
}

static int take_due(struct work *w, pps_error **err)
{
	size_t n = pps_dataset_rows_count(w->due);

	if (!(w->asked = calloc(n + 1, sizeof *w->asked)) || !(w->seen = calloc(n + 1, sizeof *w->seen)) ||
	    !(w->rows = calloc(n + 1, sizeof *w->rows)) || !(w->items = calloc(n + 1, sizeof *w->items)) ||
	    !(w->changes = calloc(2 * n + 1, sizeof *w->changes)))
		return pps_fail_nomem(err);
	for (size_t i = 0; i < n; i++)
		w->asked[i] = pps_dataset_rows_at(w->due, i);
	qsort(w->asked, n, sizeof *w->asked, by_id);
	w->nasked = n;
	return PPS_OK;
}

/* Whatever goes to where it has not been is looked up in the first repository, as long as that one has it. */
static int look(struct work *w, pps_error **err)
{
	pps_publish_flow *flow = w->flow;
	const int releases = w->task == PPS_TASK_COPY || w->task == PPS_TASK_PUBLISH;
	_cleanup_free_ const pps_dataset_row **rows = calloc(w->nasked + 1, sizeof *rows);
	_cleanup_free_ pps_publish_seen *seen = calloc(w->nasked + 1, sizeof *seen);
	pps_error *why = NULL;
	size_t n = 0;
	int r;

	if (!rows || !seen)
		return pps_fail_nomem(err);
	for (size_t i = 0; i < w->nasked; i++) {
		w->seen[i].is_known = SEEN_UNASKED;
		if (releases && w->asked[i]->status.status[flow->ordinal[0]] == PPS_STATUS_PRESENT)
			rows[n++] = w->asked[i];
	}
	r = !n || flow->down & 1 ? PPS_OK : flow->ops->look(flow->user, rows, n, seen, &why);
	if (pps_publish_is_fatal(r)) {
		pps_error_move(err, why);
		return r;
	}
	/* nothing is released that cannot be looked up */
	if (r < 0)
		pps_publish_set_down(flow, 0, why);
	for (size_t i = 0, k = 0; i < w->nasked; i++) {
		if (k == n || rows[k] != w->asked[i])
			continue;
		w->seen[i] = seen[k++];
		if (flow->down & 1)
			w->seen[i].is_known = SEEN_NOTHING;
	}
	return PPS_OK;
}

static pps_dataset_change *add_change(struct work *w, const pps_dataset_row *row)
{
	pps_dataset_change *c = &w->changes[w->nchanges++];

	*c = (pps_dataset_change){ .id = row->id, .ordinal = w->ordinal };
	return c;
}

/* Not taken here again in this run. */
static void refuse(struct work *w, const pps_dataset_row *row)
{
	void *bits = NULL;

	pps_map_get(w->flow->refused, &row->id, sizeof row->id, &bits);
	if (pps_map_set(w->flow->refused, &row->id, sizeof row->id, (void *)((uintptr_t)bits | (uintptr_t)1 << w->repository)) < 0)
		w->is_out_of_memory = 1;
}

static int is_refused(const struct work *w, const pps_dataset_row *row)
{
	return pps_map_get(w->flow->refused, &row->id, sizeof row->id, NULL);
}

static void add_failure(struct work *w, const pps_dataset_row *row, int code, const char *error)
{
	pps_dataset_change *c = add_change(w, row);
	int64_t wait = pps_state_backoff(row->attempts + 1);

	c->code = code;
	c->error = error;
	c->not_before = (w->now > w->flow->cutoff ? w->now : w->flow->cutoff) + (wait > 0 ? wait : 1);
	refuse(w, row);
	w->flow->tally[w->task][w->repository].failed++;
}

/* Of what is stored and what the source says now, the end that releases later. An end that is known by now releases where there was none: that it
 * was unknown says nothing of how late it is. */
static int is_later(const pps_publish_seen *seen, const pps_dataset_row *row)
{
	if (seen->end_kind != row->end_kind)
		return row->end_kind != PPS_END_NONE || seen->end_kind == PPS_END_UNKNOWN;
	return seen->end_kind == PPS_END_KNOWN && seen->end > row->end;
}

/* The latest that was ever known; it stays while the source knows none. */
static int64_t later_end(const pps_publish_seen *seen, const pps_dataset_row *row)
{
	int64_t end = row->end < PPS_TAI_MAX ? row->end : 0;

	return seen->end_kind == PPS_END_KNOWN && seen->end > end ? seen->end : end;
}

static int is_day_held(const struct work *w, int64_t day_obs)
{
	for (size_t i = 0; i < w->ndays; i++)
		if (w->days[i] == day_obs)
			return 1;
	return 0;
}

/* Not now: what is next is found anew, and this is not taken again in this round. */
static void put_off(struct work *w, const pps_dataset_row *row, pps_dataset_change *c)
{
	c = c ? c : add_change(w, row);
	c->not_before = w->flow->cutoff + 1;
	refuse(w, row);
	w->flow->tally[w->task][w->repository].put_off++;
}

/* Once the first repository is to let go, that it is gone from the first repository may be our own deletion, whose record was lost with an answer. */
static int may_be_deleted(const struct work *w, const pps_dataset_row *row)
{
	pps_plan_action actions[PPS_PLAN_MOST];
	pps_dataset_row free_row = *row;

	free_row.flags &= ~PPS_DATASET_HELD_ANY;
	pps_publish_flow_plan(w->flow, &free_row, actions);
	return actions[0].task == PPS_TASK_DELETE && actions[0].wait == PPS_WAIT_TIME && actions[0].due <= w->now;
}

static void decide(struct work *w, const pps_dataset_row *fresh, const pps_publish_seen *seen)
{
	pps_publish_flow *flow = w->flow;
	pps_plan_action actions[PPS_PLAN_MOST];
	pps_dataset_row *row = &w->rows[w->n];
	const pps_plan_action *a = &actions[w->repository];
	pps_dataset_change *c = NULL;

	*row = *fresh;
	if (seen->is_known == 0 && !may_be_deleted(w, row)) {
		c = add_change(w, row);
		c->status = PPS_STATUS_MISSING;
		c->ordinal = flow->ordinal[0];
		c->at = w->now;
		c->code = PPS_E_NOTFOUND;
		c->error = "its source no longer knows it";
		flow->tally[w->task][w->repository].missing++;
		return;
	}
	if (seen->is_known == 1 && seen->is_other) {
		add_failure(w, row, PPS_E_CONFLICT, "its source now has another dataset type or run for it");
		return;
	}
	if (seen->is_known == 1 && is_later(seen, row)) {
		c = add_change(w, row);
		c->has_end = 1;
		c->end_kind = row->end_kind = seen->end_kind;
		c->end = row->end = later_end(seen, row);
	}
	pps_publish_flow_plan(flow, row, actions);
	if (a->task != w->task || a->wait != PPS_WAIT_TIME || a->due > w->now || seen->is_known == SEEN_NOTHING || is_day_held(w, row->day_obs)) {
		put_off(w, row, c);
		return;
	}
	w->items[w->n++] = (pps_publish_item){ .row = row, .rule = pps_publish_flow_rule(flow, *row->origin ? row->origin : NULL, row->type) };
}

static int recheck(struct work *w, pps_error **err)
{
	pps_publish_flow *flow = w->flow;
	_cleanup_free_ pps_uuid *ids = calloc(w->nasked + 1, sizeof *ids);
	int r;

	if (!ids)
		return pps_fail_nomem(err);
	for (size_t i = 0; i < w->nasked; i++)
		ids[i] = w->asked[i]->id;
	/* after the source was asked, which may have taken long */
	if ((flow->lock && (r = pps_flow_lock_check(flow->lock, err)) < 0) || (r = pps_publish_check_holds(flow, err)) < 0 ||
	    (r = pps_publish_held_days(flow, &w->days, &w->ndays, err)) < 0 || (r = pps_publish_flow_now(flow, &w->now, &w->at, err)) < 0 ||
	    (r = pps_state_datasets_get(flow->state, ids, w->nasked, &w->fresh, err)) < 0)
		return r;
	flow->now = w->now;
	for (size_t i = 0, k = 0; i < pps_dataset_rows_count(w->fresh); i++) {
		const pps_dataset_row *fresh = pps_dataset_rows_at(w->fresh, i);

		while (k < w->nasked && pps_uuid_compare(&w->asked[k]->id, &fresh->id) < 0)
			k++;
		if (k < w->nasked && pps_uuid_compare(&w->asked[k]->id, &fresh->id) == 0)
			decide(w, fresh, &w->seen[k]);
	}
	return w->is_out_of_memory ? pps_fail_nomem(err) : PPS_OK;
}

/* ---- the ledger ---- */

static int is_same_rule(const pps_rule *a, const pps_rule *b)
{
	return a->policy == b->policy && a->embargo == b->embargo && a->retention == b->retention && a->is_public == b->is_public;
}

/* One entry for each rule that the chunk goes by. */
struct entries {
	pps_ledger_entry *at;
	pps_state_change *changes;
	pps_uuid *uuids;
	char **rules;
	size_t n;
};

static void clear_entries(struct entries *e)
{
	for (size_t i = 0; i < e->n; i++)
		free(e->rules[i]);
	free(e->rules);
	free(e->at);
	free(e->changes);
	free(e->uuids);
}

static int add_entry(const struct work *w, struct entries *e, const pps_rule *rule, pps_uuid *uuids, size_t n, pps_error **err)
{
	const pps_publish_flow *flow = w->flow;
	int r;

	if ((r = pps_publish_rule_name(rule, &e->rules[e->n], err)) < 0)
		return r;
	e->at[e->n] = (pps_ledger_entry){ .flow = PPS_PUBLISH_FLOW, .action = pps_task_name(w->task), .subject = flow->graph.at[w->repository].name,
					  .rule = e->rules[e->n], .policy_hash = flow->policy_hash, .who = flow->who, .uuids = uuids, .nuuids = n };
	e->changes[e->n] = (pps_state_change){ .kind = PPS_CHANGE_AUTHORISED, .entry = &e->at[e->n] };
	e->n++;
	return PPS_OK;
}

static int make_entries(const struct work *w, struct entries *e, pps_error **err)
{
	_cleanup_free_ char *taken = calloc(w->n + 1, 1);
	size_t used = 0;
	int r;

	if (!taken || !(e->at = calloc(w->n + 1, sizeof *e->at)) || !(e->changes = calloc(w->n + 1, sizeof *e->changes)) ||
	    !(e->rules = calloc(w->n + 1, sizeof *e->rules)) || !(e->uuids = calloc(w->n + 1, sizeof *e->uuids)))
		return pps_fail_nomem(err);
	for (size_t i = 0; i < w->n; i++) {
		size_t first = used;

		if (taken[i])
			continue;
		for (size_t k = i; k < w->n; k++)
			if (!taken[k] && is_same_rule(&w->items[i].rule, &w->items[k].rule)) {
				taken[k] = 1;
				e->uuids[used++] = w->items[k].row->id;
			}
		if ((r = add_entry(w, e, &w->items[i].rule, e->uuids + first, used - first, err)) < 0)
			return r;
	}
	return PPS_OK;
}

/* What is put off and what was learned of ends, with the ledger's entries for the rest: one transaction before the act. */
static int authorise(struct work *w, pps_error **err)
{
	const pps_dataset_hooks hooks = pps_publish_flow_hooks(w->flow);
	_cleanup_(clear_entries) struct entries e = { .n = 0 };
	int64_t seq = 0;
	int r;

	if ((r = make_entries(w, &e, err)) < 0)
		return r;
	if (!w->nchanges && !e.n)
		return PPS_OK;
	if ((r = pps_state_datasets_apply_with(w->flow->state, w->flow->lock, w->at, w->now, w->changes, w->nchanges, e.changes, e.n, &hooks,
					       &seq, err)) < 0)
		return r;
	w->nrules = e.n;
	w->first_seq = seq - (int64_t)e.n + 1;
	w->nchanges = 0;
	return PPS_OK;
}

/* ---- the act ---- */

static int item_by_id(const void *a, const void *b)
{
	const pps_publish_item *x = a, *y = b;

	return pps_uuid_compare(&x->row->id, &y->row->id);
}

/* Those that nothing came of yet to the front, each part in its order. Return: how many. */
static size_t undecided(pps_publish_item *items, size_t n)
{
	size_t kept = 0;

	for (size_t i = 0; i < n; i++)
		if (items[i].result == PPS_RESULT_NONE) {
			pps_publish_item one = items[i];

			memmove(items + kept + 1, items + kept, (i - kept) * sizeof *items);
			items[kept++] = one;
		}
	return kept;
}

static int act(struct work *w, pps_publish_item *items, size_t n, pps_error **err)
{
	pps_publish_flow *flow = w->flow;
	pps_publish_chunk chunk = { .flow = flow, .task = w->task, .repository = w->repository, .source = flow->graph.at[w->repository].from,
				    .now = w->now, .items = items, .n = n };
	_cleanup_(pps_error_freep) pps_error *why = NULL;
	int r = flow->ops->act(flow->user, &chunk, &why);
	size_t left;

	if (r >= 0)
		return PPS_OK;
	if (pps_publish_is_fatal(r) || pps_publish_is_down(r)) {
		pps_error_move(err, TAKE_PTR(why));
		return r;
	}
	left = undecided(items, n);
	if (left == 1 && n == 1)
		pps_publish_item_fail(&items[0], r, TAKE_PTR(why));
	if (!left || n == 1)
		return PPS_OK;
	/* what one dataset breaks is laid to that dataset */
	if (left == 1)
		return act(w, items, 1, err);
	if ((r = act(w, items, left / 2, err)) < 0)
		return r;
	return act(w, items + left / 2, left - left / 2, err);
}

/* ---- what came of it ---- */

/* A failure says nothing of what was done before it. A conflict does: nothing. Copies count only once they were compared. */
static int is_doubtful(const struct work *w, const pps_publish_item *item)
{
	return item->result == PPS_RESULT_FAILED && item->code != PPS_E_CONFLICT && w->task != PPS_TASK_COPY;
}

/* What was done although it is said to have failed is done: others may be waiting for it, or must wait because of it. */
static int look_at_failures(struct work *w, pps_error **err)
{
	_cleanup_free_ pps_uuid *ids = calloc(w->n + 1, sizeof *ids);
	_cleanup_free_ char *found = calloc(w->n + 1, 1);
	size_t n = 0;
	int r;

	if (!ids || !found)
		return pps_fail_nomem(err);
	for (size_t i = 0; i < w->n; i++)
		if (is_doubtful(w, &w->items[i]))
			ids[n++] = w->items[i].row->id;
	if (!n)
		return PPS_OK;
	/* which may finish a deletion, and is an act like any other */
	if ((r = pps_publish_check_lock(w->flow, err)) < 0 || (r = pps_publish_check_holds(w->flow, err)) < 0 ||
	    (r = w->flow->ops->survey(w->flow->user, w->repository, ids, n, found, err)) < 0)
		return r;
	for (size_t i = 0, k = 0; i < w->n; i++) {
		pps_publish_item *item = &w->items[i];

		if (!is_doubtful(w, item) || !pps_publish_status_after(w->task, item->row->status.status[w->ordinal], found[k++]))
			continue;
		item->result = PPS_RESULT_DONE;
		item->code = PPS_OK;
		free(item->error);
		item->error = NULL;
	}
	return PPS_OK;
}

static void record_done(struct work *w, const pps_publish_item *item, int64_t after)
{
	static const char status[] = { [PPS_TASK_COPY] = PPS_STATUS_PRESENT, [PPS_TASK_PUBLISH] = PPS_STATUS_PRESENT,
				       [PPS_TASK_EXPIRE] = PPS_STATUS_EXPIRED, [PPS_TASK_DELETE] = PPS_STATUS_DELETED };
	pps_dataset_change *c = add_change(w, item->row);

	c->status = status[w->task];
	c->at = after;
	c->is_published = w->task == PPS_TASK_PUBLISH;
	c->notice = pps_publish_notice_of(w->flow, w->task, w->repository, item->row);
	/* a remark, listed with the failures until the status changes again; what failed elsewhere in this run stays listed, too */
	c->code = item->code ? item->code : is_refused(w, item->row) ? item->row->code : 0;
	c->error = item->code ? item->error : item->row->error;
	w->flow->tally[w->task][w->repository].done++;
}

static void record(struct work *w, const pps_publish_item *item, int64_t after)
{
	pps_dataset_change *c;

	switch (item->result) {
	case PPS_RESULT_DONE:
		record_done(w, item, after);
		break;
	case PPS_RESULT_FAILED:
		add_failure(w, item->row, item->code, item->error);
		break;
	case PPS_RESULT_MISSING:
		c = add_change(w, item->row);
		c->status = PPS_STATUS_MISSING;
		c->ordinal = w->flow->ordinal[item->missing_in];
		c->at = after;
		c->code = PPS_E_NOTFOUND;
		c->error = item->error ? item->error : "it was not found";
		w->flow->tally[w->task][w->repository].missing++;
		break;
	default:
		put_off(w, item->row, NULL);
	}
}

/* @whole: the act came to its end, and so does the ledger's entry; else what really happened is found out before the next act there. */
static int settle(struct work *w, int whole, pps_error **err)
{
	const pps_dataset_hooks hooks = pps_publish_flow_hooks(w->flow);
	_cleanup_free_ pps_state_change *done = calloc(w->nrules + 1, sizeof *done);
	int64_t after = w->now, at = w->at;
	size_t n = 0;

	if (!done)
		return pps_fail_nomem(err);
	/* a clock that went wrong meanwhile hides nothing of what was done; the next chunk will be held for it */
	if (pps_publish_flow_now(w->flow, &after, &at, NULL) < 0 || after < w->now || at < w->at) {
		after = w->now;
		at = w->at;
	}
	for (size_t i = 0; i < w->n; i++)
		record(w, &w->items[i], after);
	while (whole && n < w->nrules) {
		done[n] = (pps_state_change){ .kind = PPS_CHANGE_DONE, .seq = w->first_seq + (int64_t)n };
		n++;
	}
	w->flow->now = after;
	return pps_state_datasets_apply_with(w->flow->state, w->flow->lock, at, after, w->changes, w->nchanges, done, n, &hooks, NULL, err);
}

static int run_items(struct work *w, pps_error **err)
{
	pps_error *why = NULL;
	int r = act(w, w->items, w->n, &why), lost;

	if (pps_publish_is_fatal(r)) {
		pps_error_move(err, why);
		return r;
	}
	if ((lost = pps_publish_check_lock(w->flow, err)) < 0) {
		pps_error_free(why);
		return lost;
	}
	qsort(w->items, w->n, sizeof *w->items, item_by_id);
	if (r >= 0 && pps_publish_is_fatal(r = look_at_failures(w, &why))) {
		pps_error_move(err, why);
		return r;
	}
	if (r < 0)
		pps_publish_set_down(w->flow, w->repository, why);
	return settle(w, r >= 0, err);
}

int pps_publish_chunk_run(pps_publish_flow *flow, int task, int repository, size_t *ret_taken, pps_error **err)
{
	_cleanup_(clear_work) struct work w = { .flow = flow, .task = task, .repository = repository, .ordinal = flow->ordinal[repository] };
	int r;

	if ((r = pps_state_datasets_ready(flow->state, task, w.ordinal, flow->cutoff, (size_t)flow->tasks[task].batch, &w.due, err)) < 0)
		return r;
	if (!(*ret_taken = pps_dataset_rows_count(w.due)))
		return PPS_OK;
	if ((r = take_due(&w, err)) < 0)
		return r;
	if ((r = look(&w, err)) < 0 || (r = recheck(&w, err)) < 0 || (r = authorise(&w, err)) < 0)
		return r;
	return w.n ? run_items(&w, err) : PPS_OK;
}
