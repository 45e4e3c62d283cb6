/* SPDX-License-Identifier: BSD-3-Clause */
/* A bounded pool of threads: a queue that blocks its producers when full, a first error that stops the rest. */
#ifndef PPS_BASE_POOL_H
#define PPS_BASE_POOL_H

#include <pthread.h>

#include "base/ctx.h"

/* A thread that takes no signals: these are for the program's own. Return: 0, or an errno. */
int pps_thread_start(pthread_t *thread, void *(*run)(void *arg), void *arg);

/* On the monotonic clock. */
void pps_cond_init(pthread_cond_t *cond);
/* At most 50 ms: a cancel may come from a signal handler, which can wake nobody, so those who wait look again. */
void pps_cond_wait_briefly(pthread_cond_t *cond, pthread_mutex_t *lock);

typedef struct pps_pool pps_pool;

/* One job; @job is what was submitted. A negative return stops the pool: later jobs are dropped (@drop is called for them). */
typedef int (*pps_pool_fn)(void *job, void *user, pps_error **err);

/* @threads 1 to 256, @queued at least 1: most jobs waiting. @drop, or NULL, releases a job that will not run. */
int pps_pool_new(pps_ctx *ctx, int threads, size_t queued, pps_pool_fn fn, void (*drop)(void *job), void *user,
		 pps_pool **ret_pool, pps_error **err);
/* Blocks while the queue is full. Takes the job in every case. Returns the pool's first error, or PPS_E_CANCELLED. */
int pps_pool_submit(pps_pool *pool, void *job, pps_error **err);
/* Waits until every job is done; the first error, if any. The pool may be used again after success. */
int pps_pool_wait(pps_pool *pool, pps_error **err);
/* Drops what waits, joins the threads. */
void pps_pool_free(pps_pool *pool);
PPS_DEFINE_CLEANUP(pps_pool, pps_pool_free)

#endif
