/* SPDX-License-Identifier: BSD-3-Clause */
#include "base/pool.h"

#include <errno.h>
#include <signal.h>
#include <time.h>

#include "base/time.h"

/* A cancel may come from a signal handler, which can wake nobody: those who wait look again this often. */
#define LOOK_NS 50000000

struct pps_pool {
	pps_ctx *ctx;
	pps_pool_fn fn;
	void (*drop)(void *job);
	void *user;
	pthread_t *threads;
	int nthreads;
	pthread_mutex_t lock; /* all below */
	pthread_cond_t work;  /* a job came, or the end */
	pthread_cond_t space; /* a job was taken, or finished */
	void **queue;         /* a ring */
	size_t size, first, waiting;
	int running;
	int ending;
	int code; /* the first failure; 0 none */
	pps_error *failure;
};

static void drop_job(pps_pool *pool, void *job)
{
	if (pool->drop)
		pool->drop(job);
}

static void *take(pps_pool *pool)
{
	void *job = pool->queue[pool->first];

	pool->first = (pool->first + 1) % pool->size;
	pool->waiting--;
	return job;
}

/* Keeps the first failure; takes @err. */
static void keep_failure(pps_pool *pool, int code, pps_error *err)
{
	if (pool->code) {
		pps_error_free(err);
		return;
	}
	pool->code = code;
	pool->failure = err;
}

/* Runs one job, or drops it after a failure. Called and returns with the lock held. */
static void run_one(pps_pool *pool)
{
	void *job = take(pool);
	int stopped = pool->code;
	pps_error *err = NULL;
	int r = PPS_OK;

	pool->running++;
	pthread_mutex_unlock(&pool->lock);
	if (stopped || (r = pps_ctx_check(pool->ctx, &err)) < 0)
		drop_job(pool, job);
	else
		r = pool->fn(job, pool->user, &err);
	pthread_mutex_lock(&pool->lock);
	pool->running--;
	if (r < 0)
		keep_failure(pool, r, err);
	pthread_cond_broadcast(&pool->space);
}

static void *run(void *arg)
{
	pps_pool *pool = arg;

	pthread_mutex_lock(&pool->lock);
	for (;;) {
		while (!pool->waiting && !pool->ending)
			pthread_cond_wait(&pool->work, &pool->lock);
		if (!pool->waiting)
			break;
		run_one(pool);
	}
	pthread_mutex_unlock(&pool->lock);
	return NULL;
}

int pps_thread_start(pthread_t *thread, void *(*fn)(void *arg), void *arg)
{
	sigset_t all, before;
	int r;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	r = pthread_create(thread, NULL, fn, arg);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return r;
}

static int start_threads(pps_pool *pool, int threads, pps_error **err)
{
	int r = 0;

	while (pool->nthreads < threads && !(r = pps_thread_start(&pool->threads[pool->nthreads], run, pool)))
		pool->nthreads++;
	return r ? pps_fail_errno(err, r, "start thread %d of %d", pool->nthreads + 1, threads) : PPS_OK;
}

void pps_cond_init(pthread_cond_t *cond)
{
	pthread_condattr_t attr;

	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(cond, &attr);
	pthread_condattr_destroy(&attr);
}

void pps_cond_wait_briefly(pthread_cond_t *cond, pthread_mutex_t *lock)
{
	struct timespec until;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_nsec += LOOK_NS;
	if (until.tv_nsec >= PPS_NS_PER_S) {
		until.tv_sec++;
		until.tv_nsec -= PPS_NS_PER_S;
	}
	pthread_cond_timedwait(cond, lock, &until);
}

int pps_pool_new(pps_ctx *ctx, int threads, size_t queued, pps_pool_fn fn, void (*drop)(void *job), void *user,
		 pps_pool **ret_pool, pps_error **err)
{
	_cleanup_(pps_pool_freep) pps_pool *pool = NULL;
	int r;

	if (threads < 1 || threads > 256 || !queued)
		return pps_fail(err, PPS_E_ARG, "pool: 1 to 256 threads and at least one job waiting, not %d and %zu", threads, queued);
	if (!(pool = calloc(1, sizeof *pool)))
		return pps_fail_nomem(err);
	pthread_mutex_init(&pool->lock, NULL);
	pps_cond_init(&pool->work);
	pps_cond_init(&pool->space);
	pool->ctx = pps_ctx_ref(ctx);
	pool->fn = fn;
	pool->drop = drop;
	pool->user = user;
	pool->size = queued;
	pool->queue = calloc(queued, sizeof *pool->queue);
	pool->threads = calloc((size_t)threads, sizeof *pool->threads);
	if (!pool->queue || !pool->threads)
		return pps_fail_nomem(err);
	if ((r = start_threads(pool, threads, err)) < 0)
		return r;
	*ret_pool = TAKE_PTR(pool);
	return PPS_OK;
}

/* The first failure, again and again. */
static int failure(pps_pool *pool, pps_error **err)
{
	if (err && !*err && !(*err = pps_error_copy(pool->failure)))
		return pps_fail_nomem(err);
	return pool->code;
}

/* A failure, or the end of the context. Called with the lock held. */
static int stopped(pps_pool *pool, pps_error **err)
{
	pps_error *cancelled = NULL;
	int r;

	if (!pool->code && (r = pps_ctx_check(pool->ctx, &cancelled)) < 0)
		keep_failure(pool, r, cancelled);
	return pool->code ? failure(pool, err) : PPS_OK;
}

int pps_pool_submit(pps_pool *pool, void *job, pps_error **err)
{
	int r;

	pthread_mutex_lock(&pool->lock);
	while ((r = stopped(pool, err)) == PPS_OK && pool->waiting == pool->size)
		pps_cond_wait_briefly(&pool->space, &pool->lock);
	if (r == PPS_OK) {
		pool->queue[(pool->first + pool->waiting++) % pool->size] = job;
		pthread_cond_signal(&pool->work);
	}
	pthread_mutex_unlock(&pool->lock);
	if (r < 0)
		drop_job(pool, job);
	return r;
}

int pps_pool_wait(pps_pool *pool, pps_error **err)
{
	int r;

	pthread_mutex_lock(&pool->lock);
	while (pool->waiting || pool->running)
		pthread_cond_wait(&pool->space, &pool->lock);
	r = pool->code ? failure(pool, err) : PPS_OK;
	pthread_mutex_unlock(&pool->lock);
	return r;
}

void pps_pool_free(pps_pool *pool)
{
	if (!pool)
		return;
	pthread_mutex_lock(&pool->lock);
	while (pool->waiting)
		drop_job(pool, take(pool));
	pool->ending = 1;
	pthread_cond_broadcast(&pool->work);
	pthread_mutex_unlock(&pool->lock);
	for (int i = 0; i < pool->nthreads; i++)
		pthread_join(pool->threads[i], NULL);
	pthread_cond_destroy(&pool->work);
	pthread_cond_destroy(&pool->space);
	pthread_mutex_destroy(&pool->lock);
	pps_error_free(pool->failure);
	pps_ctx_unref(pool->ctx);
	free(pool->threads);
	free(pool->queue);
	free(pool);
}
