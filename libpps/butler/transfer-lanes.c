/* SPDX-License-Identifier: BSD-3-Clause */
/* Many chunks of a transfer: where there is enough to do, several are on their way at a time, each through connections of its own. A server spends most
 * of the time that rows take on foreign keys, each connection on one of its cores. SQLite has but one writer, and keeps what it read for as long as nobody
 * else writes: there one connection writes, and the others read and move files meanwhile. */
#include "base/pool.h"
#include "butler/butler-private.h"
#include "butler/lanes.h"
#include "butler/transfer-chunk.h"

#define LANE_CHUNK (PPS_REFS_CHUNK / 2)

typedef struct slot {
	pps_load load;
	int is_done, code;
	pps_error *err;
} slot;

typedef struct road {
	pps_transfer *main;
	size_t n; /* datasets */
	slot *slots;
	size_t nslots;
	pps_lanes lanes;
	pps_transfer transfers[PPS_LANES_MOST]; /* of the lanes; without copiers: not begun yet */
	int is_over; /* one chunk failed, or the caller wants no more */
	pthread_mutex_t lock, turn;
	pthread_cond_t done;
} road;

static int drive_lane(road *self, size_t lane, slot *s)
{
	pps_transfer *t = &self->transfers[lane];
	int r = PPS_OK;

	if (!t->copiers) {
		*t = (pps_transfer){ .source = self->lanes.at[lane].source, .dest = self->lanes.at[lane].dest, .mode = self->main->mode,
				     .flags = self->main->flags, .threads = pps_ctx_threads(self->main->dest->ctx) / self->lanes.n,
				     .turn = self->main->turn, .is_over = &self->is_over };
		r = pps_transfer_begin(t, &s->err);
	}
	if (r >= 0)
		r = pps_transfer_prepare(t, &s->load, &s->err);
	/* where turns are taken, one connection writes: settle() has it do so */
	return r < 0 || t->turn ? r : pps_transfer_write(t, &s->load, &s->err);
}

static void finish(road *self, slot *s, int code)
{
	pthread_mutex_lock(&self->lock);
	s->code = code;
	s->is_done = 1;
	pthread_cond_broadcast(&self->done);
	pthread_mutex_unlock(&self->lock);
}

/* What fails is its chunk's failure, told in its turn: the pool goes on. */
static int drive(void *job, void *user, pps_error **err _unused_)
{
	road *self = user;
	slot *s = job;
	size_t lane;
	int r = pps_lanes_take(&self->lanes, &lane, &s->err);

	if (r == PPS_OK) {
		r = drive_lane(self, lane, s);
		pps_lanes_give(&self->lanes, lane);
	}
	finish(self, s, r);
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

static int tell(road *self, slot *s, pps_error **err)
{
	const size_t done = (size_t)(s->load.ids - self->slots[0].load.ids) + s->load.n;
	int r = pps_transfer_tell(self->main, &s->load);

	pps_load_clear(&s->load);
	if (r < 0)
		return pps_fail(err, r, "stopped by the caller");
	pps_progress(self->main->dest->ctx, "transfer", done, self->n, "datasets");
	return PPS_OK;
}

/* Here, by the connections that there are. */
static int go_alone(road *self, slot *s, pps_error **err)
{
	int r = pps_ctx_check(self->main->dest->ctx, err);

	if (r < 0 || (r = pps_transfer_prepare(self->main, &s->load, err)) < 0)
		return r;
	return pps_transfer_write(self->main, &s->load, err);
}

/* A server may have no more connections to give: then without them. */
static int settle(road *self, slot *s, pps_error **err)
{
	if (s->code == PPS_E_UNAVAILABLE) {
		pps_load_clear(&s->load);
		return go_alone(self, s, err);
	}
	if (s->code < 0)
		pps_error_move(err, TAKE_PTR(s->err));
	return s->code < 0 || !self->main->turn ? s->code : pps_transfer_write(self->main, &s->load, err);
}

static int go_together(road *self, pps_error **err)
{
	_cleanup_(pps_pool_freep) pps_pool *pool = NULL;
	const size_t lanes = (size_t)self->lanes.n;
	int r = pps_pool_new(self->main->dest->ctx, self->lanes.n, lanes, drive, NULL, self, &pool, err);

	for (size_t i = 0, next = 0; r >= 0 && i < self->nslots; i++) {
		slot *s = &self->slots[i];

		for (; r >= 0 && next < self->nslots && next < i + 2 * lanes; next++)
			r = pps_pool_submit(pool, &self->slots[next], err);
		if (r >= 0 && (r = wait_for(self, s, err)) >= 0 && (r = settle(self, s, err)) >= 0)
			r = tell(self, s, err);
	}
	__atomic_store_n(&self->is_over, 1, __ATOMIC_SEQ_CST);
	return r;
}

static int go_one_by_one(road *self, pps_error **err)
{
	int r = PPS_OK;

	for (size_t i = 0; r >= 0 && i < self->nslots; i++)
		if ((r = go_alone(self, &self->slots[i], err)) >= 0)
			r = tell(self, &self->slots[i], err);
	return r;
}

static int cut(road *self, const pps_uuid *ids, size_t chunk, pps_error **err)
{
	if (!(self->slots = calloc(self->n / chunk + 1, sizeof *self->slots)))
		return pps_fail_nomem(err);
	for (size_t i = 0; i < self->n; i += chunk)
		self->slots[self->nslots++].load = (pps_load){ .ids = ids + i, .n = self->n - i < chunk ? self->n - i : chunk };
	return PPS_OK;
}

static int go(road *self, const pps_uuid *ids, pps_error **err)
{
	pps_transfer *t = self->main;
	int r;

	if (self->n <= PPS_REFS_CHUNK || self->lanes.n < 2 || t->flags & PPS_BUTLER_DRY_RUN)
		return (r = cut(self, ids, PPS_REFS_CHUNK, err)) < 0 ? r : go_one_by_one(self, err);
	if ((r = cut(self, ids, pps_lanes_chunk(&self->lanes, self->n, LANE_CHUNK), err)) < 0)
		return r;
	if (pps_sql_kind(t->dest->sql) == PPS_SQL_SQLITE)
		t->turn = &self->turn;
	r = go_together(self, err);
	t->turn = NULL;
	return r;
}

int pps_transfer_all(pps_transfer *t, const pps_uuid *ids, size_t n, pps_error **err)
{
	road all = { .main = t, .n = n, .lock = PTHREAD_MUTEX_INITIALIZER, .turn = PTHREAD_MUTEX_INITIALIZER };
	int r;

	pps_lanes_init(&all.lanes, t->source, t->dest);
	pps_cond_init(&all.done);
	r = go(&all, ids, err);
	for (size_t i = 0; i < PPS_LANES_MOST; i++)
		pps_transfer_end(&all.transfers[i]);
	pps_lanes_clear(&all.lanes);
	for (size_t i = 0; i < all.nslots; i++) {
		pps_load_clear(&all.slots[i].load);
		pps_error_free(all.slots[i].err);
	}
	free(all.slots);
	pthread_cond_destroy(&all.done);
	pthread_mutex_destroy(&all.turn);
	pthread_mutex_destroy(&all.lock);
	return r;
}
