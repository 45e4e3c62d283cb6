/* SPDX-License-Identifier: BSD-3-Clause */
#include "publish/hands.h"

#include <string.h>

#include "base/pool.h"
#include "publish/run.h"

enum { AT_REST, AT_WORK, ASKS, ANSWERED, FINISHED };

struct hand {
	pps_hands *hands;
	pthread_t thread;
	int is_started;
	void *user; /* NULL: not opened yet */
	/* with the lock of all */
	int stage;
	pps_publish_chunk *chunk, asked; /* asked: what of it, when it asks */
	int is_again;
	int code; /* what came of it, or the answer */
	pps_error *why;
	pps_publish_clocks clocks;
};

struct pps_hands {
	pps_ctx *ctx;
	pps_hands_ops ops;
	void *maker;
	pthread_mutex_t lock;
	pthread_cond_t work; /* a chunk, an answer, the end */
	pthread_cond_t news; /* a question, a chunk that is finished */
	int is_ending;
	int n;
	struct hand *at;
};

int pps_hands_new(pps_ctx *ctx, int threads, const pps_hands_ops *ops, void *maker, pps_hands **ret_hands, pps_error **err)
{
	pps_hands *hands;

	if (threads < 1 || threads > 256)
		return pps_fail(err, PPS_E_ARG, "1 to 256 threads, not %d", threads);
	if (!(hands = calloc(1, sizeof *hands)) || !(hands->at = calloc((size_t)threads, sizeof *hands->at))) {
		free(hands);
		return pps_fail_nomem(err);
	}
	hands->ctx = pps_ctx_ref(ctx);
	hands->ops = *ops;
	hands->maker = maker;
	hands->n = threads;
	for (int i = 0; i < threads; i++)
		hands->at[i].hands = hands;
	pthread_mutex_init(&hands->lock, NULL);
	pps_cond_init(&hands->work);
	pps_cond_init(&hands->news);
	*ret_hands = hands;
	return PPS_OK;
}

void pps_hands_free(pps_hands *hands)
{
	if (!hands)
		return;
	pps_hands_crew.forget(hands);
	pthread_mutex_lock(&hands->lock);
	hands->is_ending = 1;
	pthread_cond_broadcast(&hands->work);
	pthread_mutex_unlock(&hands->lock);
	for (int i = 0; i < hands->n; i++) {
		if (hands->at[i].is_started)
			pthread_join(hands->at[i].thread, NULL);
		if (hands->at[i].user)
			hands->ops.close(hands->at[i].user);
	}
	pthread_cond_destroy(&hands->news);
	pthread_cond_destroy(&hands->work);
	pthread_mutex_destroy(&hands->lock);
	pps_ctx_unref(hands->ctx);
	free(hands->at);
	free(hands);
}

/* ---- in its thread ---- */

/* The flow's thread has the lock of the flow, and the state. */
static int ask(const pps_publish_chunk *chunk, int is_again, void *user, pps_error **err)
{
	struct hand *hand = user;
	pps_hands *hands = hand->hands;
	int r;

	pthread_mutex_lock(&hands->lock);
	hand->asked = *chunk;
	hand->asked.check = NULL;
	hand->is_again = is_again;
	hand->stage = ASKS;
	pthread_cond_signal(&hands->news);
	while (hand->stage == ASKS)
		pthread_cond_wait(&hands->work, &hands->lock);
	hand->stage = AT_WORK;
	r = hand->code;
	pps_error_move(err, TAKE_PTR(hand->why));
	pthread_mutex_unlock(&hands->lock);
	return r;
}

/* Called and returns with the lock held. */
static void work(struct hand *hand)
{
	pps_hands *hands = hand->hands;
	pps_publish_chunk chunk = *hand->chunk;
	pps_publish_clocks clocks = { 0 };
	pps_error *why = NULL;
	int r;

	pthread_mutex_unlock(&hands->lock);
	chunk.check = ask;
	chunk.check_user = hand;
	r = pps_publish_chunk_act(hands->ops.ops, hand->user, &chunk, &why);
	if (hands->ops.clocks)
		hands->ops.clocks(hand->user, &clocks);
	pthread_mutex_lock(&hands->lock);
	hand->clocks = clocks;
	hand->code = r;
	hand->why = why;
	hand->stage = FINISHED;
	pthread_cond_signal(&hands->news);
}

static void *run(void *arg)
{
	struct hand *hand = arg;
	pps_hands *hands = hand->hands;

	pthread_mutex_lock(&hands->lock);
	while (!hands->is_ending) {
		if (hand->stage == AT_WORK)
			work(hand);
		else
			pthread_cond_wait(&hands->work, &hands->lock);
	}
	pthread_mutex_unlock(&hands->lock);
	return NULL;
}

/* ---- in the flow's ---- */

static int size(void *user)
{
	const pps_hands *hands = user;

	return hands->n;
}

static int begin(void *user, pps_publish_chunk *chunk, pps_error **err)
{
	pps_hands *hands = user;
	struct hand *hand = NULL;
	int r;

	/* the first ones, whose connections are open */
	pthread_mutex_lock(&hands->lock);
	for (int i = 0; i < hands->n && !hand; i++)
		if (hands->at[i].stage == AT_REST)
			hand = &hands->at[i];
	pthread_mutex_unlock(&hands->lock);
	if (!hand)
		return pps_fail(err, PPS_E_INTERNAL, "all threads have a chunk");
	if (!hand->user && (r = hands->ops.open(hands->maker, &hand->user, err)) < 0)
		return r;
	if (!hand->is_started) {
		if ((r = pps_thread_start(&hand->thread, run, hand)))
			return pps_fail_errno(err, r, "start a thread");
		hand->is_started = 1;
	}
	pthread_mutex_lock(&hands->lock);
	hand->chunk = chunk;
	hand->stage = AT_WORK;
	pthread_cond_broadcast(&hands->work);
	pthread_mutex_unlock(&hands->lock);
	return PPS_OK;
}

static struct hand *find(pps_hands *hands, int stage)
{
	for (int i = 0; i < hands->n; i++)
		if (hands->at[i].stage == stage)
			return &hands->at[i];
	return NULL;
}

/* Called and returns with the lock held. */
static void answer(pps_hands *hands, struct hand *hand, int is_wanted)
{
	pps_error *why = NULL;
	int r;

	pthread_mutex_unlock(&hands->lock);
	if (!is_wanted)
		r = pps_fail(&why, PPS_E_CANCELLED, "the run has ended");
	else
		r = hand->is_again ? pps_publish_chunk_recheck(&hand->asked, &why) : pps_publish_chunk_check(&hand->asked, &why);
	pthread_mutex_lock(&hands->lock);
	hand->code = r;
	hand->why = why;
	hand->stage = ANSWERED;
	pthread_cond_broadcast(&hands->work);
}

static int finish(void *user, pps_publish_chunk **ret_chunk, int *ret_code, pps_error **ret_why, pps_error **err)
{
	pps_hands *hands = user;
	struct hand *hand;

	(void)err;
	pthread_mutex_lock(&hands->lock);
	if (!find(hands, ASKS) && !find(hands, FINISHED))
		pps_cond_wait_briefly(&hands->news, &hands->lock);
	while ((hand = find(hands, ASKS)))
		answer(hands, hand, 1);
	if ((hand = find(hands, FINISHED))) {
		*ret_chunk = TAKE_PTR(hand->chunk);
		*ret_code = hand->code;
		*ret_why = TAKE_PTR(hand->why);
		hand->stage = AT_REST;
	}
	pthread_mutex_unlock(&hands->lock);
	return PPS_OK;
}

static int is_busy(const pps_hands *hands)
{
	for (int i = 0; i < hands->n; i++)
		if (hands->at[i].stage != AT_REST)
			return 1;
	return 0;
}

static void forget(void *user)
{
	pps_hands *hands = user;
	struct hand *hand;

	pthread_mutex_lock(&hands->lock);
	while (is_busy(hands)) {
		while ((hand = find(hands, ASKS)))
			answer(hands, hand, 0);
		while ((hand = find(hands, FINISHED))) {
			pps_error_free(TAKE_PTR(hand->why));
			hand->chunk = NULL;
			hand->stage = AT_REST;
		}
		if (is_busy(hands))
			pps_cond_wait_briefly(&hands->news, &hands->lock);
	}
	pthread_mutex_unlock(&hands->lock);
}

const pps_publish_crew pps_hands_crew = { .size = size, .begin = begin, .finish = finish, .forget = forget };

void pps_hands_each(pps_hands *hands, void (*fn)(void *user, void *arg), void *arg)
{
	for (int i = 0; i < hands->n; i++) {
		int is_at_rest;

		pthread_mutex_lock(&hands->lock);
		is_at_rest = hands->at[i].stage == AT_REST;
		pthread_mutex_unlock(&hands->lock);
		if (is_at_rest && hands->at[i].user)
			fn(hands->at[i].user, arg);
	}
}

void pps_hands_clocks(pps_hands *hands, pps_publish_clocks *clocks)
{
	pthread_mutex_lock(&hands->lock);
	for (int i = 0; i < hands->n; i++) {
		const pps_publish_clocks *met = &hands->at[i].clocks;

		for (size_t k = 0; k < met->n && clocks->n < PPS_PUBLISH_CLOCKS_MOST; k++) {
			clocks->others[clocks->n] = met->others[k];
			clocks->beside[clocks->n++] = met->beside[k];
		}
	}
	pthread_mutex_unlock(&hands->lock);
}
