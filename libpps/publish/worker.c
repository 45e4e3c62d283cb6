/* SPDX-License-Identifier: BSD-3-Clause */
#include "publish/worker.h"

#include <inttypes.h>
#include <string.h>

#include "publish/run.h"

#define PAUSE_NS (PPS_NS_PER_S / 2)

/* What is done of an order. */
struct labour {
	pps_worker *worker;
	const pps_order *order;
	int repository, source;
	pps_dataset_rows *rows;
	pps_publish_item *items;
	size_t n;
	int code;
	pps_error *why;
};

static void clear_labour(struct labour *l)
{
	for (size_t i = 0; i < l->n; i++)
		free(l->items[i].error);
	free(l->items);
	pps_dataset_rows_free(l->rows);
	pps_error_free(l->why);
}

/* ---- what could forbid it ---- */

static int stale(pps_worker *w, pps_error **err, const char *why)
{
	w->is_stale = 1;
	return pps_fail(err, PPS_E_LOCKED, "%s", why);
}

static int check_epoch(pps_worker *w, pps_error **err)
{
	int64_t epoch, now;
	int r;

	if ((r = pps_state_epoch(w->flow->state, PPS_PUBLISH_FLOW, &epoch, err)) < 0 || (r = w->wire.ops->now(w->wire.user, &now, err)) < 0)
		return r;
	if (epoch != w->order->epoch)
		return stale(w, err, "another service has taken over the flow");
	return now > w->order->deadline ? stale(w, err, "its deadline has passed") : PPS_OK;
}

/* NULL: it may be done. */
static const char *forbidden(const pps_publish_chunk *chunk, const pps_order *order, const pps_dataset_row *row, const int64_t *days, size_t ndays)
{
	const pps_uuid *expected = bsearch(&row->id, order->datasets, order->n, sizeof *expected, pps_uuid_compare);

	if (row->flags & PPS_DATASET_HELD_ANY || pps_publish_is_day_held(days, ndays, row->day_obs))
		return "an operator has held it meanwhile";
	if (!expected || row->status.status[chunk->flow->ordinal[chunk->repository]] != order->statuses[expected - order->datasets])
		return "its state has changed meanwhile";
	/* pinned, or withdrawn: what the order was given for may be so no more */
	return row->flags == order->flags[expected - order->datasets] ? NULL : "an operator has decided otherwise meanwhile";
}

/* As the state has them now. @is_again: what is forbidden is stopped by itself. */
static int check_rows(const pps_publish_chunk *chunk, int is_again, const pps_order *order, const int64_t *days, size_t ndays, pps_error **err)
{
	_cleanup_free_ pps_uuid *ids = pps_publish_chunk_ids(chunk);
	_cleanup_(pps_dataset_rows_freep) pps_dataset_rows *rows = NULL;
	int r;

	if (!ids)
		return pps_fail_nomem(err);
	if ((r = pps_state_datasets_get(chunk->flow->state, ids, chunk->n, &rows, err)) < 0)
		return r;
	if (pps_dataset_rows_count(rows) != chunk->n)
		return pps_fail(err, PPS_E_CONFLICT, "the state no longer knows it");
	for (size_t i = 0; i < chunk->n; i++) {
		const char *why = forbidden(chunk, order, pps_dataset_rows_at(rows, i), days, ndays);

		if (why && !is_again)
			return pps_fail(err, PPS_E_CONFLICT, "%s", why);
		if (is_again)
			chunk->items[i].is_stopped = why != NULL;
	}
	return PPS_OK;
}

/* Just before a Butler is written. */
static int check(const pps_publish_chunk *chunk, int is_again, void *user, pps_error **err)
{
	pps_worker *w = user;
	_cleanup_free_ int64_t *days = NULL;
	size_t ndays;
	int r;

	if ((r = pps_ctx_check(w->flow->ctx, err)) == PPS_OK && (r = check_epoch(w, err)) == PPS_OK &&
	    (r = pps_publish_held_days(w->flow, &days, &ndays, err)) == PPS_OK)
		r = check_rows(chunk, is_again, w->order, days, ndays, err);
	w->is_lost |= r < 0 && !w->is_stale && r != PPS_E_HELD && r != PPS_E_CONFLICT;
	return r;
}

/* ---- the act ---- */

/* Opened anew for each run of the service, so that a schema that was changed meanwhile is noticed before anything is written. */
static int open_repositories(struct labour *l, pps_error **err)
{
	pps_worker *w = l->worker;
	pps_publish_flow *flow = w->flow;
	int r;

	if (w->epoch == l->order->epoch)
		return PPS_OK;
	w->epoch = 0;
	for (size_t i = 0; i < flow->graph.n; i++) {
		pps_error *why = NULL;

		if ((r = flow->ops->reach(flow->user, (int)i, &why)) < 0 && ((int)i == l->repository || (int)i == l->source)) {
			pps_error_move(err, why);
			return r;
		}
		pps_error_free(why);
	}
	w->epoch = l->order->epoch;
	return PPS_OK;
}

static int make_items(struct labour *l, pps_error **err)
{
	int r;

	if ((r = pps_state_datasets_get(l->worker->flow->state, l->order->datasets, l->order->n, &l->rows, err)) < 0)
		return r;
	if (!(l->items = calloc(l->order->n + 1, sizeof *l->items)))
		return pps_fail_nomem(err);
	for (size_t i = 0; i < pps_dataset_rows_count(l->rows); i++)
		l->items[l->n++].row = pps_dataset_rows_at(l->rows, i);
	return PPS_OK;
}

static int act(struct labour *l, pps_error **err)
{
	pps_publish_flow *flow = l->worker->flow;
	pps_publish_chunk chunk = { .flow = flow, .task = l->order->task, .check = check, .check_user = l->worker };
	int r;

	l->repository = pps_plan_find_repository(&flow->graph, l->order->repository);
	l->source = pps_plan_find_repository(&flow->graph, l->order->source);
	if (l->repository < 0 || l->source != flow->graph.at[l->repository].from)
		return pps_fail(err, PPS_E_CONFIG, "this worker's configuration has other repositories than the service's: %s from %s", l->order->repository,
				l->order->source ? l->order->source : "nowhere");
	if ((r = open_repositories(l, err)) < 0)
		return r;
	chunk.repository = l->repository;
	chunk.source = l->source;
	chunk.items = l->items;
	chunk.n = l->n;
	return l->n ? pps_publish_chunk_act(flow->ops, flow->user, &chunk, err) : PPS_OK;
}

/* ---- the answer ---- */

static void free_answer(pps_answer *answer)
{
	free(answer->results);
	free(answer->remarks);
}

/* Its texts are the items'. */
static int make_answer(const struct labour *l, pps_answer *answer, pps_error **err)
{
	static const char letters[] = { [PPS_RESULT_NONE] = '-', [PPS_RESULT_DONE] = 'd', [PPS_RESULT_FAILED] = 'f', [PPS_RESULT_MISSING] = 'm' };
	const pps_plan_graph *graph = &l->worker->flow->graph;

	*answer = (pps_answer){ .id = l->order->id, .epoch = l->order->epoch, .code = l->code,
				.error = l->code < 0 ? (char *)pps_error_message(l->why) : NULL, .n = l->order->n,
				.results = calloc(l->order->n + 1, 1), .remarks = calloc(l->n + 1, sizeof *answer->remarks) };
	if (!answer->results || !answer->remarks) {
		free_answer(answer);
		return pps_fail_nomem(err);
	}
	memset(answer->results, '-', l->order->n);
	for (size_t i = 0; i < l->n; i++) {
		const pps_publish_item *item = &l->items[i];
		const pps_uuid *at = bsearch(&item->row->id, l->order->datasets, l->order->n, sizeof *at, pps_uuid_compare);
		const size_t n = (size_t)(at - l->order->datasets);

		answer->results[n] = letters[item->result];
		if (item->code || item->error || item->result == PPS_RESULT_MISSING)
			answer->remarks[answer->nremarks++] = (pps_answer_remark){
				.n = n, .code = item->code, .error = item->error,
				.missing_in = item->result == PPS_RESULT_MISSING ? (char *)graph->at[item->missing_in].name : NULL };
	}
	return PPS_OK;
}

static int say(const struct labour *l, pps_error **err)
{
	_cleanup_free_ char *text = NULL;
	pps_wire *wire = &l->worker->wire;
	pps_answer answer;
	char key[37];
	int r;

	if ((r = make_answer(l, &answer, err)) < 0)
		return r;
	r = pps_answer_format(&answer, &text, err);
	free_answer(&answer);
	pps_uuid_format(&l->order->id, key);
	return r < 0 ? r : wire->ops->send(wire->user, key, text, err);
}

/* ---- one after the other ---- */

static int carry_out(pps_worker *w, const pps_order *order, pps_error **err)
{
	_cleanup_(clear_labour) struct labour l = { .worker = w, .order = order };
	char n[24];
	int r;

	w->order = order;
	if ((r = check_epoch(w, err)) < 0 || (r = pps_publish_flow_read(w->flow, err)) < 0 || (r = make_items(&l, err)) < 0)
		return r;
	l.code = act(&l, &l.why);
	if (w->is_stale || w->is_lost || l.code == PPS_E_CANCELLED || l.code == PPS_E_NOMEM) {
		if (l.code == PPS_OK)
			return pps_fail(err, PPS_E_UNAVAILABLE, "the state could not be asked");
		pps_error_move(err, TAKE_PTR(l.why));
		return l.code;
	}
	if (l.code < 0)
		w->epoch = 0;
	snprintf(n, sizeof n, "%zu", order->n);
	pps_log(w->flow->ctx, PPS_LOG_INFO, "order carried out", "task", pps_task_name(order->task), "repository", order->repository, "datasets", n, NULL);
	return say(&l, err);
}

int pps_worker_step(pps_worker *w, int64_t wait_ms, pps_error **err)
{
	_cleanup_(pps_order_freep) pps_order *order = NULL;
	_cleanup_(pps_error_freep) pps_error *why = NULL;
	const char *text;
	size_t size;
	int r = w->wire.ops->next(w->wire.user, wait_ms, &text, &size, err), is_answered = 0;

	if (r <= 0)
		return r;
	w->is_stale = w->is_lost = 0;
	if ((r = pps_order_parse(text, size, &order, &why)) == PPS_OK)
		r = carry_out(w, order, &why);
	w->order = NULL;
	is_answered = r == PPS_OK;
	if (r == PPS_E_FORMAT && !order) {
		pps_log(w->flow->ctx, PPS_LOG_WARNING, "an order that cannot be read is passed over", "reason", pps_error_message(why), NULL);
	} else if (w->is_stale) {
		pps_log(w->flow->ctx, PPS_LOG_INFO, "an order is passed over", "reason", pps_error_message(why), NULL);
	} else if (r < 0) {
		pps_error_move(err, TAKE_PTR(why));
		w->wire.ops->again(w->wire.user);
		/* it may well fail again at once */
		(void)!pps_ctx_sleep(w->flow->ctx, PAUSE_NS, NULL);
		return r;
	}
	/* where that fails it comes again, and what is done already is done once more */
	if ((r = w->wire.ops->commit(w->wire.user, err)) < 0 && r != PPS_E_UNAVAILABLE)
		return r;
	if (r < 0 && err)
		pps_error_free(TAKE_PTR(*err));
	return is_answered;
}
