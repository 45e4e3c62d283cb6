/* SPDX-License-Identifier: BSD-3-Clause */
/* Many chunks of a transfer. A server spends most of the time that rows take on foreign keys, each connection on one of its cores: where there is
 * enough to do, several chunks are on their way at a time, each through connections of its own. */
#include <pthread.h>

#include "base/pool.h"
#include "butler/butler-private.h"
#include "butler/transfer-chunk.h"

#define LANES 4
#define FIRST 300 /* brings types, runs and summaries, for which the others would wait for each other */
#define LANE_CHUNK (PPS_REFS_CHUNK / 2)

typedef struct slot {
	pps_load load;
	int is_done, code;
	pps_error *err;
} slot;

typedef struct road {
	const pps_transfer *main;
	pps_transfer lanes[LANES]; /* without source: not open yet */
	size_t busy[LANES];
	slot *slots;
	size_t nslots;
	pthread_mutex_t lock;
	pthread_cond_t done;
} road;

static size_t take_lane(road *self)
{
	size_t n = 0;

	pthread_mutex_lock(&self->lock);
	while (self->busy[n]) /* there is one for each thread */
		n++;
	self->busy[n] = 1;
	pthread_mutex_unlock(&self->lock);
	return n;
}

static void finish(road *self, size_t lane, slot *s, int code)
{
	pthread_mutex_lock(&self->lock);
	self->busy[lane] = 0;
	s->code = code;
	s->is_done = 1;
	pthread_cond_broadcast(&self->done);
	pthread_mutex_unlock(&self->lock);
}

static int open_lane(const pps_transfer *main, pps_transfer *lane, pps_error **err)
{
	pps_butler *source = NULL, *dest = NULL;
	int r;

	if (lane->source)
		return PPS_OK;
	if ((r = pps_butler_open(main->source->ctx, main->source->config.uri, PPS_BUTLER_READ, &source, err)) == PPS_OK)
		r = pps_butler_open(main->dest->ctx, main->dest->config.uri, PPS_BUTLER_WRITE, &dest, err);
	*lane = (pps_transfer){ .source = source, .dest = dest, .mode = main->mode, .flags = main->flags };
	if (r < 0 || (r = pps_transfer_begin(lane, err)) < 0) {
		pps_butler_unref(source);
		pps_butler_unref(dest);
		*lane = (pps_transfer){ 0 };
	}
	return r;
}

static void close_lane(pps_transfer *lane)
{
	if (!lane->source)
		return;
	pps_transfer_end(lane);
	pps_butler_unref(lane->source);
	pps_butler_unref(lane->dest);
}

/* What fails is its chunk's failure, told in its turn: the pool goes on. */
static int drive(void *job, void *user, pps_error **err _unused_)
{
	road *self = user;
	slot *s = job;
	size_t n = take_lane(self);
	int r = open_lane(self->main, &self->lanes[n], &s->err);

	finish(self, n, s, r < 0 ? r : pps_transfer_chunk(&self->lanes[n], &s->load, &s->err));
	return PPS_OK;
}

static int wait_for(road *self, const slot *s, pps_error **err)
{
	int r = PPS_OK;

	pthread_mutex_lock(&self->lock);
	while (!s->is_done && (r = pps_ctx_check(self->main->dest->ctx, err)) == PPS_OK)
		pps_cond_wait_briefly(&self->done, &self->lock);
	pthread_mutex_unlock(&self->lock);
	return r;
}

static int tell(pps_transfer *t, slot *s, size_t done, size_t all, pps_error **err)
{
	int r = pps_transfer_tell(t, &s->load);

	pps_load_clear(&s->load);
	if (r < 0)
		return pps_fail(err, r, "stopped by the caller");
	pps_progress(t->dest->ctx, "transfer", done, all, "datasets");
	return PPS_OK;
}

/* Here, by the connections that there are. */
static int go_alone(pps_transfer *t, slot *s, pps_error **err)
{
	int r = pps_ctx_check(t->dest->ctx, err);

	pps_load_clear(&s->load);
	pps_error_free(s->err);
	s->err = NULL;
	return r < 0 ? r : pps_transfer_chunk(t, &s->load, err);
}

/* A server may have no more connections to give: then without them. */
static int settle(pps_transfer *t, slot *s, pps_error **err)
{
	if (s->code == PPS_E_UNAVAILABLE)
		return go_alone(t, s, err);
	if (s->code < 0)
		pps_error_move(err, TAKE_PTR(s->err));
	return s->code;
}

static int go_together(pps_transfer *t, road *self, size_t all, pps_error **err)
{
	_cleanup_(pps_pool_freep) pps_pool *pool = NULL;
	int r = pps_pool_new(t->dest->ctx, LANES, LANES, drive, NULL, self, &pool, err);

	for (size_t i = 1, next = 1; r >= 0 && i < self->nslots; i++) {
		slot *s = &self->slots[i];

		for (; r >= 0 && next < self->nslots && next < i + (size_t)2 * LANES; next++)
			r = pps_pool_submit(pool, &self->slots[next], err);
		if (r >= 0 && (r = wait_for(self, s, err)) >= 0 && (r = settle(t, s, err)) >= 0)
			r = tell(t, s, (size_t)(s->load.ids - self->slots[0].load.ids) + s->load.n, all, err);
	}
	return r;
}

static int go_one_by_one(pps_transfer *t, road *self, size_t all, pps_error **err)
{
	int r = PPS_OK;

	for (size_t i = 1; r >= 0 && i < self->nslots; i++) {
		slot *s = &self->slots[i];

		if ((r = go_alone(t, s, err)) >= 0)
			r = tell(t, s, (size_t)(s->load.ids - self->slots[0].load.ids) + s->load.n, all, err);
	}
	return r;
}

/* A first chunk of @first, and the others. */
static int cut(road *self, const pps_uuid *ids, size_t n, size_t first, size_t chunk, pps_error **err)
{
	if (!(self->slots = calloc(1 + n / chunk + 1, sizeof *self->slots)))
		return pps_fail_nomem(err);
	for (size_t i = 0, some; i < n; i += some) {
		some = self->nslots ? chunk : first;
		some = n - i < some ? n - i : some;
		self->slots[self->nslots++].load = (pps_load){ .ids = ids + i, .n = some };
	}
	return PPS_OK;
}

int pps_transfer_all(pps_transfer *t, const pps_uuid *ids, size_t n, pps_error **err)
{
	const int is_many = n > PPS_REFS_CHUNK && pps_sql_kind(t->dest->sql) == PPS_SQL_POSTGRES && !(t->flags & PPS_BUTLER_DRY_RUN);
	road all = { .main = t, .lock = PTHREAD_MUTEX_INITIALIZER };
	int r;

	pps_cond_init(&all.done);
	r = cut(&all, ids, n, is_many ? FIRST : PPS_REFS_CHUNK, is_many ? LANE_CHUNK : PPS_REFS_CHUNK, err);
	if (r >= 0 && n && (r = go_alone(t, &all.slots[0], err)) >= 0)
		r = tell(t, &all.slots[0], all.slots[0].load.n, n, err);
	if (r >= 0)
		r = (is_many ? go_together : go_one_by_one)(t, &all, n, err);
	for (size_t i = 0; i < LANES; i++)
		close_lane(&all.lanes[i]);
	for (size_t i = 0; i < all.nslots; i++) {
		pps_load_clear(&all.slots[i].load);
		pps_error_free(all.slots[i].err);
	}
	free(all.slots);
	pthread_cond_destroy(&all.done);
	pthread_mutex_destroy(&all.lock);
	return r;
}
