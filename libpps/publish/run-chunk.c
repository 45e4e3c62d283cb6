/* SPDX-License-Identifier: BSD-3-Clause */
/* One chunk: what is due is asked again for everything that could forbid it, written into the ledger, done, and recorded. */
#include <inttypes.h>
#include <string.h>

#include "publish/run.h"

/* Besides 1 and 0, of what the first repository knows. */
enum { SEEN_UNASKED = -1, SEEN_NOTHING = -2 /* it could not be asked */, SEEN_TROUBLE = -3 /* asking for this one alone fails */ };

struct work {
	pps_publish_work under_way; /* first: what others see of it */
	pps_uuid *ids;              /* of its items, sorted: as long as it is under way nothing else is done with these */
	pps_publish_flow *flow;
	int task, repository, ordinal;
	int64_t now, at;
	pps_dataset_rows *due;   /* as the state gave them: the longest due first */
	const pps_dataset_row **asked; /* the same in the order of their ids */
	pps_publish_seen *seen;  /* parallel to asked */
	pps_error **trouble;     /* of those that are SEEN_TROUBLE */
	size_t nasked;
	pps_dataset_rows *fresh; /* read again after the source was asked, in the order of their ids */
	pps_dataset_row *rows;   /* of the items: fresh, with the later of both ends */
	pps_publish_item *items;
	size_t n;
	pps_dataset_change *changes;
	size_t nchanges;
	int64_t *days; /* that an operator holds */
	size_t ndays;
	int64_t *seqs; /* of the ledger's entries, one for each rule */
	size_t nrules;
	int is_out_of_memory;
};

static void clear_work(struct work *w)
{
	for (size_t i = 0; i < w->n; i++)
		free(w->items[i].error);
	for (size_t i = 0; w->trouble && i < w->nasked; i++)
		pps_error_free(w->trouble[i]);
	pps_dataset_rows_free(w->due);
	pps_dataset_rows_free(w->fresh);
	free(w->asked);
	free(w->seen);
	free(w->trouble);
	free(w->rows);
	free(w->items);
	free(w->changes);
	free(w->days);
	free(w->seqs);
	free(w->ids);
}

void pps_publish_work_free(pps_publish_work *work)
{
	struct work *w = (struct work *)work;

	if (!w)
		return;
	clear_work(w);
	free(w);
}

/* ---- what is due ---- */

static int is_under_way(const pps_publish_flow *flow, const pps_uuid *id)
{
	for (const pps_publish_work *one = flow->works; one; one = one->next) {
		const struct work *w = (const struct work *)one;

		if (bsearch(id, w->ids, w->n, sizeof *w->ids, pps_uuid_compare))
			return 1;
	}
	return 0;
}

/* Of this task in this repository, sorted: those rows are still ready in the state. */
static int list_under_way(const pps_publish_flow *flow, int task, int repository, pps_uuid **ret_ids, size_t *ret_n, pps_error **err)
{
	size_t n = 0, k = 0;
	pps_uuid *ids;

	for (const pps_publish_work *one = flow->works; one; one = one->next)
		n += ((const struct work *)one)->n;
	if (!(ids = calloc(n + 1, sizeof *ids)))
		return pps_fail_nomem(err);
	for (const pps_publish_work *one = flow->works; one; one = one->next) {
		const struct work *w = (const struct work *)one;

		if (one->chunk.task != task || one->chunk.repository != repository)
			continue;
		memcpy(ids + k, w->ids, w->n * sizeof *ids);
		k += w->n;
	}
	*ret_n = pps_uuid_sort(ids, k);
	*ret_ids = ids;
	return PPS_OK;
}

static int by_id(const void *a, const void *b)
{
	const pps_dataset_row *const *x = a, *const *y = b;

	return pps_uuid_compare(&(*x)->id, &(*y)->id);
}

static int take_due(struct work *w, size_t batch, pps_error **err)
{
	size_t n = pps_dataset_rows_count(w->due);

	if (!(w->asked = calloc(n + 1, sizeof *w->asked)) || !(w->seen = calloc(n + 1, sizeof *w->seen)) ||
	    !(w->trouble = calloc(n + 1, sizeof *w->trouble)) || !(w->rows = calloc(n + 1, sizeof *w->rows)) ||
	    !(w->items = calloc(n + 1, sizeof *w->items)) || !(w->changes = calloc(2 * n + 1, sizeof *w->changes)))
		return pps_fail_nomem(err);
	for (size_t i = 0; i < n && w->nasked < batch; i++)
		if (!is_under_way(w->flow, &pps_dataset_rows_at(w->due, i)->id))
			w->asked[w->nasked++] = pps_dataset_rows_at(w->due, i);
	qsort(w->asked, w->nasked, sizeof *w->asked, by_id);
	return PPS_OK;
}

/* Asks for @n of @rows, and in halves when that fails: what one dataset breaks is laid to that dataset. Return: PPS_OK also then. */
static int look_at(struct work *w, const pps_dataset_row *const *rows, size_t n, pps_publish_seen *seen, pps_error **trouble, pps_error **err)
{
	pps_publish_flow *flow = w->flow;
	pps_error *why = NULL;
	int r;

	if (!n || flow->down & 1)
		return PPS_OK;
	if ((r = flow->ops->look(flow->user, rows, n, seen, &why)) >= 0)
		return PPS_OK;
	if (pps_publish_is_fatal(r)) {
		pps_error_move(err, why);
		return r;
	}
	/* nothing is released that cannot be looked up */
	if (pps_publish_is_down(r)) {
		pps_publish_set_down(flow, 0, why);
		return PPS_OK;
	}
	if (n == 1) {
		seen->is_known = SEEN_TROUBLE;
		*trouble = why;
		return PPS_OK;
	}
	pps_error_free(why);
	if ((r = look_at(w, rows, n / 2, seen, trouble, err)) < 0)
		return r;
	return look_at(w, rows + n / 2, n - n / 2, seen + n / 2, trouble + n / 2, err);
}

/* Whatever goes to where it has not been is looked up in the first repository, as long as that one has it. */
static int look(struct work *w, pps_error **err)
{
	pps_publish_flow *flow = w->flow;
	const int releases = w->task == PPS_TASK_COPY || w->task == PPS_TASK_PUBLISH;
	_cleanup_free_ const pps_dataset_row **rows = calloc(w->nasked + 1, sizeof *rows);
	_cleanup_free_ pps_publish_seen *seen = calloc(w->nasked + 1, sizeof *seen);
	_cleanup_free_ pps_error **trouble = calloc(w->nasked + 1, sizeof *trouble);
	size_t n = 0;
	int r;

	if (!rows || !seen || !trouble)
		return pps_fail_nomem(err);
	for (size_t i = 0; i < w->nasked; i++) {
		w->seen[i].is_known = SEEN_UNASKED;
		if (releases && w->asked[i]->status.status[flow->ordinal[0]] == PPS_STATUS_PRESENT)
			rows[n++] = w->asked[i];
	}
	r = look_at(w, rows, n, seen, trouble, err);
	for (size_t i = 0, k = 0; i < w->nasked; i++) {
		if (k == n || rows[k] != w->asked[i])
			continue;
		w->trouble[i] = trouble[k];
		w->seen[i] = seen[k++];
		if (flow->down & 1)
			w->seen[i].is_known = SEEN_NOTHING;
	}
	return r;
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

/* In this repository, in a row. */
static int attempts_of(const struct work *w, const pps_dataset_row *row)
{
	for (size_t i = 0; i < row->nfailures; i++)
		if (row->failures[i].ordinal == w->ordinal)
			return row->failures[i].attempts;
	return 0;
}

static void add_failure(struct work *w, const pps_dataset_row *row, int code, const char *error)
{
	pps_dataset_change *c = add_change(w, row);
	int64_t wait = pps_state_backoff(attempts_of(w, row) + 1);

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

/* Not now: what is next is found anew, and this is not taken again in this run. */
static void put_off(struct work *w, const pps_dataset_row *row, pps_dataset_change *c)
{
	const int is_release = w->task == PPS_TASK_COPY || w->task == PPS_TASK_PUBLISH;

	c = c ? c : add_change(w, row);
	c->not_before = w->flow->cutoff + 1;
	/* while the first is down the plan itself makes what it has wait */
	if (!(w->flow->down & 1) || !is_release || row->status.status[w->flow->ordinal[0]] != PPS_STATUS_PRESENT)
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

static void decide(struct work *w, const pps_dataset_row *fresh, size_t asked)
{
	pps_publish_flow *flow = w->flow;
	const pps_publish_seen *seen = &w->seen[asked];
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
	if (seen->is_known == SEEN_TROUBLE) {
		add_failure(w, row, pps_error_code(w->trouble[asked]), pps_error_message(w->trouble[asked]));
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
	if (a->task != w->task || a->wait != PPS_WAIT_TIME || a->due > w->now || seen->is_known == SEEN_NOTHING ||
	    pps_publish_is_day_held(w->days, w->ndays, row->day_obs)) {
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
	if ((r = pps_publish_check_lock(flow, err)) < 0 || (r = pps_publish_held_days(flow, &w->days, &w->ndays, err)) < 0 ||
	    (r = pps_publish_flow_now(flow, &w->now, &w->at, err)) < 0 ||
	    (r = pps_state_datasets_get(flow->state, ids, w->nasked, &w->fresh, err)) < 0)
		return r;
	flow->now = w->now;
	flow->at = w->at;
	for (size_t i = 0, k = 0; i < pps_dataset_rows_count(w->fresh); i++) {
		const pps_dataset_row *fresh = pps_dataset_rows_at(w->fresh, i);

		while (k < w->nasked && pps_uuid_compare(&w->asked[k]->id, &fresh->id) < 0)
			k++;
		if (k < w->nasked && pps_uuid_compare(&w->asked[k]->id, &fresh->id) == 0)
			decide(w, fresh, k);
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
	e->changes[e->n] = (pps_state_change){ .kind = PPS_CHANGE_AUTHORISED, .entry = &e->at[e->n], .made = &w->seqs[e->n] };
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
	int r;

	if (!(w->seqs = calloc(w->n + 1, sizeof *w->seqs)))
		return pps_fail_nomem(err);
	if ((r = make_entries(w, &e, err)) < 0)
		return r;
	if (!w->nchanges && !e.n)
		return PPS_OK;
	if ((r = pps_state_datasets_apply_with(w->flow->state, w->flow->lock, w->at, w->now, w->changes, w->nchanges, e.changes, e.n, &hooks,
					       NULL, err)) < 0)
		return r;
	w->nrules = e.n;
	w->nchanges = 0;
	return PPS_OK;
}

/* ---- the act ---- */

static int item_by_id(const void *a, const void *b)
{
	const pps_publish_item *x = a, *y = b;

	return pps_uuid_compare(&x->row->id, &y->row->id);
}

/* Those that nothing came of yet to the front, in the order of their ids. Return: how many. */
static size_t undecided(pps_publish_item *items, size_t n)
{
	size_t kept = 0;

	for (size_t i = 0; i < n; i++)
		if (items[i].result == PPS_RESULT_NONE) {
			const pps_publish_item one = items[i];

			items[i] = items[kept];
			items[kept++] = one;
		}
	return kept;
}

int pps_publish_chunk_act(const pps_publish_ops *ops, void *user, const pps_publish_chunk *whole, pps_error **err)
{
	_cleanup_(pps_error_freep) pps_error *why = NULL;
	pps_publish_chunk chunk = *whole;
	int r = ops->act(user, &chunk, &why);
	size_t left;

	if (r >= 0)
		return PPS_OK;
	if (pps_publish_is_fatal(r) || pps_publish_is_down(r) || chunk.is_common) {
		pps_error_move(err, TAKE_PTR(why));
		return r;
	}
	left = undecided(chunk.items, chunk.n);
	if (left == 1 && chunk.n == 1)
		pps_publish_item_fail(&chunk.items[0], r, TAKE_PTR(why));
	if (!left || chunk.n == 1)
		return PPS_OK;
	/* what one dataset breaks is laid to that dataset */
	chunk.n = left == 1 ? 1 : left / 2;
	if ((r = pps_publish_chunk_act(ops, user, &chunk, err)) < 0 || left == 1)
		return r;
	chunk.items += chunk.n;
	chunk.n = left - chunk.n;
	return pps_publish_chunk_act(ops, user, &chunk, err);
}

/* ---- what came of it ---- */

/* A failure says nothing of what was done before it. A conflict does: nothing. Copies count only once they were compared. */
static int is_doubtful(const struct work *w, const pps_publish_item *item)
{
	const int is_copy = w->task == PPS_TASK_COPY && !w->flow->graph.at[w->repository].refers;

	return item->result == PPS_RESULT_FAILED && item->code != PPS_E_CONFLICT && !is_copy;
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

		if (!is_doubtful(w, item) || !pps_publish_status_after(w->flow, w->task, w->repository, item->row->status.status[w->ordinal], found[k++]))
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
	/* a remark, listed with the failures until the status changes again */
	c->code = item->code;
	c->error = item->error;
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
	int64_t after, at;
	size_t n = 0;

	if (!done)
		return pps_fail_nomem(err);
	/* a clock that went wrong meanwhile hides nothing of what was done; the next chunk will be held for it */
	if (pps_publish_flow_now(w->flow, &after, &at, NULL) < 0 || after < w->flow->now || at < w->flow->at) {
		after = w->flow->now;
		at = w->flow->at;
	}
	for (size_t i = 0; i < w->n; i++)
		record(w, &w->items[i], after);
	while (whole && n < w->nrules) {
		done[n] = (pps_state_change){ .kind = PPS_CHANGE_DONE, .seq = w->seqs[n] };
		n++;
	}
	w->flow->now = after;
	w->flow->at = at;
	return pps_state_datasets_apply_with(w->flow->state, w->flow->lock, at, after, w->changes, w->nchanges, done, n, &hooks, NULL, err);
}

int pps_publish_work_settle(pps_publish_work *work, int code, pps_error *why, pps_error **err)
{
	struct work *w = (struct work *)work;
	int r;

	if (pps_publish_is_fatal(code)) {
		pps_error_move(err, why);
		return code;
	}
	if ((r = pps_publish_check_lock(w->flow, err)) < 0) {
		pps_error_free(why);
		return r;
	}
	qsort(w->items, w->n, sizeof *w->items, item_by_id);
	if (code >= 0 && pps_publish_is_fatal(code = look_at_failures(w, &why))) {
		pps_error_move(err, why);
		return code;
	}
	if (code < 0)
		pps_publish_set_down(w->flow, w->repository, why);
	return settle(w, code >= 0, err);
}

/* All that must be so before anybody acts. */
static int prepare(struct work *w, size_t batch, pps_error **err)
{
	int r;

	if ((r = take_due(w, batch, err)) < 0)
		return r;
	if (!w->nasked)
		return PPS_OK;
	if ((r = look(w, err)) < 0 || (r = recheck(w, err)) < 0 || (r = authorise(w, err)) < 0)
		return r;
	if (!(w->ids = calloc(w->n + 1, sizeof *w->ids)))
		return pps_fail_nomem(err);
	/* by id, as they were asked for */
	for (size_t i = 0; i < w->n; i++)
		w->ids[i] = w->items[i].row->id;
	w->under_way.chunk = (pps_publish_chunk){ .flow = w->flow, .task = w->task, .repository = w->repository,
						  .source = w->flow->graph.at[w->repository].from, .now = w->now, .items = w->items, .n = w->n };
	return PPS_OK;
}

int pps_publish_work_take(pps_publish_flow *flow, int task, int repository, pps_publish_work **ret_work, size_t *ret_taken, size_t *ret_left,
			  pps_error **err)
{
	const size_t configured = (size_t)flow->tasks[task].batch, most = flow->crew ? flow->crew->most : 0;
	const size_t batch = most && most < configured ? most : configured;
	_cleanup_(pps_publish_work_freep) pps_publish_work *work = calloc(1, sizeof(struct work));
	struct work *w = (struct work *)work;
	_cleanup_free_ pps_uuid *others = NULL;
	size_t n = 0;
	int r;

	if (!w)
		return pps_fail_nomem(err);
	w->flow = flow;
	w->task = task;
	w->repository = repository;
	w->ordinal = flow->ordinal[repository];
	if ((r = list_under_way(flow, task, repository, &others, &n, err)) < 0 ||
	    (r = pps_publish_ahead_take(flow, task, repository, batch, others, n, &w->due, err)) < 0 || (r = prepare(w, batch, err)) < 0)
		return r;
	*ret_taken = w->nasked;
	*ret_left = n + pps_dataset_rows_count(w->due) - w->nasked;
	*ret_work = w->n ? TAKE_PTR(work) : NULL;
	return PPS_OK;
}

int pps_publish_chunk_run(pps_publish_flow *flow, int task, int repository, size_t *ret_taken, pps_error **err)
{
	_cleanup_(pps_publish_work_freep) pps_publish_work *work = NULL;
	pps_error *why = NULL;
	size_t left;
	int r = pps_publish_work_take(flow, task, repository, &work, ret_taken, &left, err);

	if (r < 0 || !work)
		return r;
	r = pps_publish_chunk_act(flow->ops, flow->user, &work->chunk, &why);
	return pps_publish_work_settle(work, r, why, err);
}
