/* SPDX-License-Identifier: BSD-3-Clause */
#include "store/prefetch.h"

#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <time.h>

#include "base/codec.h"
#include "base/pool.h"
#include "base/time.h"
#include "store/store-ops.h"

#define BYTES_LEAST (UINT64_C(1) << 20)
#define RUN_LEAST ((uint64_t)128 << 10)
#define RUN_MOST ((uint64_t)4 << 20) /* as Ceph stripes its objects */
#define PAGE ((size_t)4096)
#define THREADS 10
#define THREADS_MOST 64

/* A buffer; kept for the next run when it is done with, since fresh memory costs a fault for each page. */
typedef struct buffer {
	struct buffer *next;
	size_t cap;
	char at[];
} buffer;

enum { WAITING, READING, READY };

typedef struct run {
	pps_piece piece;
	int state;
	buffer *buffer;
} run;

typedef struct item {
	pps_store *store;
	char *name;
	pps_store_stat known;
} item;

struct pps_prefetch {
	pps_ctx *ctx;
	uint64_t bytes, run_size;
	item *items;
	size_t nitems, items_cap;
	run *runs; /* fixed once the threads run */
	size_t nruns, runs_cap;
	size_t next; /* for the consumer */
	pthread_t threads[THREADS_MOST];
	int wanted_threads, nthreads;
	atomic_int is_ending;
	pthread_mutex_t lock; /* guards what follows */
	pthread_cond_t room, ready;
	size_t first_waiting;
	uint64_t used;  /* in buffers that somebody has */
	uint64_t kept;  /* in buffers that nobody has */
	buffer *spare;
	int code; /* the first failure */
	pps_error *failure;
};

int pps_prefetch_new(pps_ctx *ctx, uint64_t bytes, int threads, pps_prefetch **ret_prefetch, pps_error **err)
{
	pps_prefetch *p;

	if (!(p = calloc(1, sizeof *p)))
		return pps_fail_nomem(err);
	p->ctx = pps_ctx_ref(ctx);
	p->bytes = bytes < BYTES_LEAST ? BYTES_LEAST : bytes;
	p->run_size = p->bytes / 16 < RUN_LEAST ? RUN_LEAST : p->bytes / 16 > RUN_MOST ? RUN_MOST : p->bytes / 16;
	p->wanted_threads = threads < 1 ? THREADS : threads > THREADS_MOST ? THREADS_MOST : threads;
	pthread_mutex_init(&p->lock, NULL);
	pps_cond_init(&p->room);
	pps_cond_init(&p->ready);
	*ret_prefetch = p;
	return PPS_OK;
}

uint64_t pps_prefetch_most(const pps_prefetch *p)
{
	return p->bytes / 8 * 7; /* each run is rounded up by less than a thirtieth */
}

/* One request, when it is not much more than a run. */
static int add_runs(pps_prefetch *p, size_t file, uint64_t size, pps_error **err)
{
	uint64_t n = (size + p->run_size / 2) / p->run_size, each;

	n = n ? n : 1;
	each = (size + n - 1) / n;
	for (uint64_t at = 0; at < size || at == 0; at += each) {
		uint64_t left = size - at;
		run *r;

		if (pps_grow(&p->runs, &p->runs_cap, p->nruns, sizeof *p->runs) < 0)
			return pps_fail_nomem(err);
		r = &p->runs[p->nruns++];
		*r = (run){ .piece = { .prefetch = p, .file = file, .offset = at, .size = (size_t)(left < each ? left : each) } };
		r->piece.is_last = at + r->piece.size == size;
		if (!size)
			break;
	}
	return PPS_OK;
}

int pps_prefetch_add(pps_prefetch *p, pps_store *store, const char *name, const pps_store_stat *known, pps_error **err)
{
	item *it;

	if (pps_grow(&p->items, &p->items_cap, p->nitems, sizeof *p->items) < 0)
		return pps_fail_nomem(err);
	it = &p->items[p->nitems];
	if (!(it->name = strdup(name)))
		return pps_fail_nomem(err);
	it->store = pps_store_ref(store);
	it->known = *known;
	p->nitems++;
	return add_runs(p, p->nitems - 1, known->size, err);
}

static size_t capacity_for(size_t size)
{
	return size < PAGE ? size : (size + PAGE - 1) / PAGE * PAGE;
}

/* Makes room among the spare buffers. Called with the lock held. */
static void drop_spare(pps_prefetch *p)
{
	buffer *b = p->spare;

	p->spare = b->next;
	p->kept -= b->cap;
	free(b);
}

/* A buffer of at least this capacity, not much larger, from the spare ones or a new one. Called with the lock held. */
static buffer *take_buffer(pps_prefetch *p, size_t cap)
{
	for (buffer **at = &p->spare; *at; at = &(*at)->next) {
		buffer *b = *at;

		if (b->cap >= cap && b->cap - cap <= cap / 4) {
			*at = b->next;
			p->kept -= b->cap;
			p->used += b->cap;
			return b;
		}
	}
	while (p->spare && p->used + p->kept + cap > p->bytes)
		drop_spare(p);
	buffer *b = malloc(sizeof *b + cap);

	if (b) {
		b->cap = cap;
		p->used += cap;
	}
	return b;
}

void pps_piece_give_back(pps_piece *piece)
{
	run *r = (run *)piece;
	pps_prefetch *p = piece->prefetch;
	buffer *b;

	pthread_mutex_lock(&p->lock);
	if ((b = TAKE_PTR(r->buffer))) {
		p->used -= b->cap;
		p->kept += b->cap;
		b->next = p->spare;
		p->spare = b;
	}
	pthread_cond_signal(&p->room);
	pthread_mutex_unlock(&p->lock);
}

int pps_piece_follow(const pps_piece *piece, pps_piece_check *check, pps_md5 *zip, pps_error **err)
{
	_cleanup_free_ char *path = NULL;
	uint8_t got[16];
	char hex[33];
	int r;

	if (piece->offset == 0) {
		pps_md5_start(&check->md5);
		check->is_md5 = piece->is_md5 && pps_store_etag_md5(piece->known->etag, check->wanted);
	}
	if (check->is_md5 && zip)
		pps_md5_update_both(zip, &check->md5, piece->at, piece->size);
	else if (check->is_md5 || zip)
		pps_md5_update(check->is_md5 ? &check->md5 : zip, piece->at, piece->size);
	if (!piece->is_last || !check->is_md5)
		return PPS_OK;
	pps_md5_finish(&check->md5, got);
	if (memcmp(got, check->wanted, sizeof got) == 0)
		return PPS_OK;
	pps_hex_encode(got, sizeof got, hex);
	if ((r = pps_store_name_plain(piece->store, piece->name, &path, err)) < 0)
		return r;
	return pps_fail(err, PPS_E_IO, "%s: the bytes that came have MD5 %s, its ETag is %s: damaged on the way or on the server", path, hex,
			piece->known->etag);
}

static int has_changed(const pps_store_stat *known, const pps_store_stat *now)
{
	return known->size != now->size || (*known->etag && strcmp(known->etag, now->etag) != 0);
}

/* An empty file has no bytes that could be asked for. */
static int read_empty(const item *it, pps_error **err)
{
	pps_store_stat now;
	int r = pps_store_stat_name(it->store, it->name, &now, err);

	if (r == PPS_E_NOTFOUND)
		return pps_recode(err, PPS_E_CONFLICT);
	if (r == PPS_OK && has_changed(&it->known, &now))
		return pps_fail(err, PPS_E_CONFLICT, "%s%s: changed since it was listed", pps_store_uri(it->store), it->name);
	return r;
}

static int should_end(void *user)
{
	pps_prefetch *p = user;

	return atomic_load(&p->is_ending);
}

static int read_run(pps_prefetch *p, run *r, pps_error **err)
{
	item *it = &p->items[r->piece.file];

	pps_store_range range = { .name = it->name, .known = &it->known, .offset = r->piece.offset, .bytes = r->buffer->at,
				  .size = r->piece.size, .should_end = should_end, .user = p };
	int e;

	if (!r->piece.size)
		return read_empty(it, err);
	if ((e = pps_store_read_range(it->store, &range, err)) == PPS_OK)
		r->piece.is_md5 = range.is_md5;
	return e;
}

/* Called with the lock held; takes @err. */
static void keep_failure(pps_prefetch *p, int code, pps_error *err)
{
	if (p->code) {
		pps_error_free(err);
		return;
	}
	p->code = code;
	p->failure = err;
	atomic_store(&p->is_ending, 1);
	pthread_cond_broadcast(&p->room);
	pthread_cond_broadcast(&p->ready);
}

/* Buffers go to the runs in their order, so that the one that is needed next never waits for those behind it. */
static run *take_run(pps_prefetch *p)
{
	for (;;) {
		run *r = p->first_waiting < p->nruns ? &p->runs[p->first_waiting] : NULL;
		size_t cap = r ? capacity_for(r->piece.size) : 0;

		if (!r || atomic_load(&p->is_ending))
			return NULL;
		if (!p->used || p->used + cap <= p->bytes) {
			if (!(r->buffer = take_buffer(p, cap))) {
				keep_failure(p, PPS_E_NOMEM, NULL);
				return NULL;
			}
			p->first_waiting++;
			r->state = READING;
			r->piece.at = r->buffer->at;
			return r;
		}
		pthread_cond_wait(&p->room, &p->lock);
	}
}

static void *fetch_thread(void *arg)
{
	pps_prefetch *p = arg;
	run *r;

	pthread_mutex_lock(&p->lock);
	while ((r = take_run(p))) {
		pps_error *err = NULL;
		int code;

		pthread_cond_signal(&p->room); /* there may be room for another */
		pthread_mutex_unlock(&p->lock);
		code = read_run(p, r, &err);
		pthread_mutex_lock(&p->lock);
		if (code < 0) {
			keep_failure(p, code, err);
			break;
		}
		r->state = READY;
		if (r == &p->runs[p->next])
			pthread_cond_signal(&p->ready);
	}
	pthread_cond_broadcast(&p->room);
	pthread_mutex_unlock(&p->lock);
	return NULL;
}

static int start(pps_prefetch *p, pps_error **err)
{
	int n = p->wanted_threads, r = 0;

	if ((size_t)n > p->nruns)
		n = (int)p->nruns;
	while (p->nthreads < n && (r = pps_thread_start(&p->threads[p->nthreads], fetch_thread, p)) == 0)
		p->nthreads++;
	/* fewer are slower, but enough */
	return p->nthreads ? PPS_OK : pps_fail_errno(err, r, "start a thread for reading ahead");
}

/* The first failure, again and again. */
static int failure(pps_prefetch *p, pps_error **err)
{
	if (p->code == PPS_E_NOMEM)
		return pps_fail_nomem(err);
	if (err && !*err && !(*err = pps_error_copy(p->failure)))
		return pps_fail_nomem(err);
	return p->code;
}

int pps_prefetch_next(pps_prefetch *p, pps_piece **ret_piece, pps_error **err)
{
	run *r;
	int e;

	if (p->next == p->nruns) {
		*ret_piece = NULL;
		return PPS_OK;
	}
	if (!p->nthreads && (e = start(p, err)) < 0)
		return e;
	r = &p->runs[p->next];
	pthread_mutex_lock(&p->lock);
	while ((e = pps_ctx_check(p->ctx, err)) == PPS_OK && !p->code && r->state != READY)
		pps_cond_wait_briefly(&p->ready, &p->lock);
	if (e == PPS_OK && p->code)
		e = failure(p, err);
	if (e == PPS_OK) {
		p->next++;
		r->piece.known = &p->items[r->piece.file].known;
		r->piece.store = p->items[r->piece.file].store;
		r->piece.name = p->items[r->piece.file].name;
		*ret_piece = &r->piece;
	}
	pthread_mutex_unlock(&p->lock);
	return e;
}

void pps_prefetch_free(pps_prefetch *p)
{
	if (!p)
		return;
	pthread_mutex_lock(&p->lock);
	atomic_store(&p->is_ending, 1);
	pthread_cond_broadcast(&p->room);
	pthread_mutex_unlock(&p->lock);
	for (int i = 0; i < p->nthreads; i++)
		pthread_join(p->threads[i], NULL);
	for (size_t i = 0; i < p->nruns; i++)
		free(p->runs[i].buffer);
	while (p->spare)
		drop_spare(p);
	for (size_t i = 0; i < p->nitems; i++) {
		pps_store_unref(p->items[i].store);
		free(p->items[i].name);
	}
	pps_error_free(p->failure);
	pthread_cond_destroy(&p->room);
	pthread_cond_destroy(&p->ready);
	pthread_mutex_destroy(&p->lock);
	pps_ctx_unref(p->ctx);
	free(p->items);
	free(p->runs);
	free(p);
}
