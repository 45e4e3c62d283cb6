/* SPDX-License-Identifier: BSD-3-Clause */
#include "publish/dispatch.h"

#include "publish/order.h"

#define WAIT_MS 100

/* An order that was given and not answered. */
struct given {
	pps_publish_chunk *chunk; /* NULL: none */
	pps_order order;          /* its texts are the graph's */
};

struct pps_dispatch {
	pps_ctx *ctx;
	pps_wire wire;
	int size, ngiven;
	struct given *given;
};

int pps_dispatch_new(pps_ctx *ctx, int size, const pps_wire *wire, pps_dispatch **ret_dispatch, pps_error **err)
{
	pps_dispatch *d = calloc(1, sizeof *d);

	if (!d || !(d->given = calloc((size_t)size, sizeof *d->given))) {
		free(d);
		return pps_fail_nomem(err);
	}
	d->ctx = pps_ctx_ref(ctx);
	d->wire = *wire;
	d->size = size;
	*ret_dispatch = d;
	return PPS_OK;
}

static void forget_one(pps_dispatch *d, struct given *g)
{
	if (!g->chunk)
		return;
	free(g->order.datasets);
	free(g->order.statuses);
	free(g->order.flags);
	*g = (struct given){ 0 };
	d->ngiven--;
}

/* Answers of this epoch may still come, and fall to the ground. */
static void forget(void *user)
{
	pps_dispatch *d = user;

	for (int i = 0; i < d->size; i++)
		forget_one(d, &d->given[i]);
}

void pps_dispatch_free(pps_dispatch *d)
{
	if (!d)
		return;
	forget(d);
	free(d->given);
	pps_ctx_unref(d->ctx);
	free(d);
}

static int crew_size(void *user)
{
	const pps_dispatch *d = user;

	return d->size;
}

/* ---- orders ---- */

static int say(pps_dispatch *d, struct given *g, pps_error **err)
{
	_cleanup_free_ char *text = NULL;
	char key[37];
	int64_t now;
	int r;

	if ((r = d->wire.ops->now(d->wire.user, &now, err)) < 0)
		return r;
	g->order.deadline = now + PPS_ORDER_LASTS;
	if ((r = pps_order_format(&g->order, &text, err)) < 0)
		return r;
	pps_uuid_format(&g->order.id, key);
	return d->wire.ops->send(d->wire.user, key, text, err);
}

static int make(struct given *g, pps_publish_chunk *chunk, pps_error **err)
{
	const pps_publish_flow *flow = chunk->flow;
	pps_order *o = &g->order;

	*o = (pps_order){ .epoch = flow->lock ? pps_flow_lock_epoch(flow->lock) : 0, .task = chunk->task,
			  .repository = (char *)flow->graph.at[chunk->repository].name,
			  .source = chunk->source < 0 ? NULL : (char *)flow->graph.at[chunk->source].name, .n = chunk->n,
			  .datasets = calloc(chunk->n + 1, sizeof *o->datasets), .statuses = calloc(chunk->n + 1, 1),
			  .flags = calloc(chunk->n + 1, sizeof *o->flags) };
	if (!o->datasets || !o->statuses || !o->flags)
		return pps_fail_nomem(err);
	for (size_t i = 0; i < chunk->n; i++) {
		o->datasets[i] = chunk->items[i].row->id;
		o->statuses[i] = chunk->items[i].row->status.status[flow->ordinal[chunk->repository]];
		o->flags[i] = chunk->items[i].row->flags;
	}
	return pps_uuid_v4(&o->id, err);
}

static int begin(void *user, pps_publish_chunk *chunk, pps_error **err)
{
	pps_dispatch *d = user;
	struct given *g = NULL;
	int r;

	for (int i = 0; i < d->size && !g; i++)
		if (!d->given[i].chunk)
			g = &d->given[i];
	if (!g)
		return pps_fail(err, PPS_E_INTERNAL, "there are as many orders as there may be");
	g->chunk = chunk;
	d->ngiven++;
	if ((r = make(g, chunk, err)) < 0 || (r = say(d, g, err)) < 0) {
		forget_one(d, g);
		return pps_wrap(err, r, "workers.kafka");
	}
	return PPS_OK;
}

/* Those that nobody answered in time. */
static int say_again(pps_dispatch *d, pps_error **err)
{
	int64_t now;
	int r;

	if ((r = d->wire.ops->now(d->wire.user, &now, err)) < 0)
		return r;
	for (int i = 0; i < d->size; i++) {
		struct given *g = &d->given[i];

		if (!g->chunk || now <= g->order.deadline + PPS_ORDER_GRACE)
			continue;
		pps_log(d->ctx, PPS_LOG_WARNING, "no worker answered in time: the chunk is given out again", "task", pps_task_name(g->order.task),
			"repository", g->order.repository, NULL);
		if ((r = say(d, g, err)) < 0)
			return pps_wrap(err, r, "workers.kafka");
	}
	return PPS_OK;
}

/* ---- answers ---- */

static int result_of(char c)
{
	return c == 'd' ? PPS_RESULT_DONE : c == 'f' ? PPS_RESULT_FAILED : c == 'm' ? PPS_RESULT_MISSING : PPS_RESULT_NONE;
}

/* Nothing is taken from an answer that does not fit. */
static int take(pps_publish_chunk *chunk, pps_answer *answer, pps_error **err)
{
	for (size_t i = 0; i < answer->nremarks; i++)
		if (answer->results[answer->remarks[i].n] == 'm' && pps_plan_find_repository(&chunk->flow->graph, answer->remarks[i].missing_in) < 0)
			return pps_fail(err, PPS_E_FORMAT, "it names a repository that the flow does not have");
	for (size_t i = 0; i < chunk->n; i++) {
		chunk->items[i].result = result_of(answer->results[i]);
		chunk->items[i].missing_in = -1;
	}
	for (size_t i = 0; i < answer->nremarks; i++) {
		pps_answer_remark *remark = &answer->remarks[i];
		pps_publish_item *item = &chunk->items[remark->n];

		item->code = remark->code;
		free(item->error);
		item->error = TAKE_PTR(remark->error);
		item->missing_in = pps_plan_find_repository(&chunk->flow->graph, remark->missing_in);
	}
	for (size_t i = 0; i < chunk->n; i++) {
		pps_publish_item *item = &chunk->items[i];

		/* said without a reason */
		if (item->result == PPS_RESULT_MISSING && item->missing_in < 0)
			item->result = PPS_RESULT_NONE;
		if (item->result == PPS_RESULT_FAILED && !item->code)
			item->code = PPS_E_FAILED;
	}
	return PPS_OK;
}

static struct given *find(pps_dispatch *d, const pps_answer *answer)
{
	for (int i = 0; i < d->size; i++) {
		struct given *g = &d->given[i];

		if (g->chunk && g->order.epoch == answer->epoch && !pps_uuid_compare(&g->order.id, &answer->id))
			return g;
	}
	return NULL;
}

static void ignore(const pps_dispatch *d, const char *why)
{
	pps_log(d->ctx, PPS_LOG_WARNING, "an answer is ignored", "reason", why, NULL);
}

static int read_answer(pps_dispatch *d, const char *text, size_t size, pps_publish_chunk **ret_chunk, int *ret_code, pps_error **ret_why,
		       pps_error **err)
{
	_cleanup_(pps_answer_freep) pps_answer *answer = NULL;
	_cleanup_(pps_error_freep) pps_error *why = NULL;
	struct given *g;
	int r = pps_answer_parse(text, size, &answer, &why);

	if (r == PPS_E_NOMEM) {
		pps_error_move(err, TAKE_PTR(why));
		return r;
	}
	if (r < 0) {
		ignore(d, pps_error_message(why));
		return PPS_OK;
	}
	/* of an earlier epoch, or the second one */
	if (!(g = find(d, answer)))
		return PPS_OK;
	if (answer->n != g->chunk->n || take(g->chunk, answer, &why) < 0) {
		ignore(d, why ? pps_error_message(why) : "it is of another number of datasets");
		return PPS_OK;
	}
	/* its end, and its memory, are no concern of ours */
	*ret_code = answer->code == PPS_E_CANCELLED || answer->code == PPS_E_NOMEM ? PPS_E_UNAVAILABLE : answer->code;
	if (answer->code < 0)
		pps_fail(ret_why, *ret_code, "%s", answer->error ? answer->error : "a worker failed");
	*ret_chunk = g->chunk;
	forget_one(d, g);
	return PPS_OK;
}

static int finish(void *user, pps_publish_chunk **ret_chunk, int *ret_code, pps_error **ret_why, pps_error **err)
{
	pps_dispatch *d = user;
	_cleanup_(pps_error_freep) pps_error *why = NULL;
	const char *text;
	size_t size;
	int r = d->wire.ops->next(d->wire.user, WAIT_MS, &text, &size, &why);

	if (r == 1 && (r = read_answer(d, text, size, ret_chunk, ret_code, ret_why, err)) < 0)
		return r;
	/* it comes back by itself, as do those who answer */
	if (r < 0 && r != PPS_E_UNAVAILABLE && r != PPS_E_NOTFOUND && r != PPS_E_FAILED) {
		pps_error_move(err, TAKE_PTR(why));
		return pps_wrap(err, r, "workers.kafka");
	}
	/* those that come again are of no order any more */
	if (!d->ngiven)
		(void)!d->wire.ops->commit(d->wire.user, NULL);
	return say_again(d, err);
}

const pps_publish_crew pps_dispatch_crew = { .size = crew_size, .begin = begin, .finish = finish, .forget = forget, .most = PPS_ORDER_MOST,
					     .lasts = PPS_ORDER_LASTS, .grace = PPS_ORDER_GRACE };
