/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * pps/ctx.h - the context: what all handles of one program share
 *
 * It carries where log events and progress go, the cancel flag, and limits on memory, threads and waiting.
 * There is no global state: two contexts in one process do not know of each other.
 *
 * Threads: a context may be used from any thread; set its callbacks and limits before sharing it.
 * Processes: a context is not usable in a child after fork(); functions then fail with PPS_E_ARG.
 */
#ifndef PPS_CTX_H
#define PPS_CTX_H

#include <pps/error.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct pps_ctx pps_ctx; /* what all handles of one program share */

/* Levels of a log event, those of syslog; callers must accept others. */
enum {
	PPS_LOG_ERROR = 3,   /* something is wrong that no return value tells of */
	PPS_LOG_WARNING = 4, /* something that an operator should look at */
	PPS_LOG_NOTICE = 5,  /* what is normal and worth keeping */
	PPS_LOG_INFO = 6,    /* each step of the work */
	PPS_LOG_DEBUG = 7    /* for whoever looks for a defect */
};

/**
 * pps_log_fn - receives one log event
 * @level:   PPS_LOG_*
 * @event:   what happened, one line of UTF-8; borrowed for the call
 * @nfields: number of key and value pairs in @fields
 * @fields:  2 * @nfields texts: key, value, key, value ...; borrowed for the call
 * @user:    what was given to pps_ctx_set_log()
 *
 * Called on the thread where the event arises, with no lock held. It must not call back into libpps.
 */
typedef void (*pps_log_fn)(int level, const char *event, size_t nfields, const char *const *fields, void *user);

/**
 * pps_progress_fn - receives the progress of long work
 * @what:  the work in words, such as "pack MC_O_20251202_000001"; borrowed for the call
 * @done:  how much is done, in @unit
 * @total: how much there is, or 0 when unknown
 * @unit:  "bytes", "exposures", "files", "records" or "datasets"; static
 * @user:  what was given to pps_ctx_set_progress()
 *
 * Called on the thread that called the library, at most about ten times a second for one piece of work and
 * once when it is finished. It must not call back into libpps, except pps_ctx_cancel().
 */
typedef void (*pps_progress_fn)(const char *what, uint64_t done, uint64_t total, const char *unit, void *user);

/**
 * pps_ctx_new() - make a context
 * @ret_ctx: set on success only; release with pps_ctx_unref()
 * @err:     NULL allowed; set on failure only; release with pps_error_free()
 *
 * Return: PPS_OK, PPS_E_ARG or PPS_E_NOMEM. Threads: any. Blocks: no. Since: 0.1
 */
PPS_API PPS_MUST_USE int pps_ctx_new(pps_ctx **ret_ctx, pps_error **err);

/** pps_ctx_ref() - one more reference. Return: @ctx. Threads: any. Blocks: no. Since: 0.1 */
PPS_API pps_ctx *pps_ctx_ref(pps_ctx *ctx);

/** pps_ctx_unref() - one reference less; NULL is fine. Return: NULL. Threads: any. Blocks: no. Since: 0.1 */
PPS_API pps_ctx *pps_ctx_unref(pps_ctx *ctx);

/**
 * pps_ctx_set_log() - where log events go; by default nowhere
 * @ctx:   the context
 * @level: events less severe than this PPS_LOG_* are dropped
 * @fn:    receiver, or NULL for none
 * @user:  passed to @fn
 *
 * Threads: before the context is shared. Blocks: no. Since: 0.1
 */
PPS_API void pps_ctx_set_log(pps_ctx *ctx, int level, pps_log_fn fn, void *user);

/**
 * pps_ctx_set_progress() - where progress goes; by default nowhere
 * @ctx:  the context
 * @fn:   receiver, or NULL for none
 * @user: passed to @fn
 *
 * Threads: before the context is shared. Blocks: no. Since: 0.1
 */
PPS_API void pps_ctx_set_progress(pps_ctx *ctx, pps_progress_fn fn, void *user);

/**
 * pps_ctx_set_memory() - limit of the buffers of one operation
 * @ctx:   the context
 * @bytes: at least 16 MiB; by default 128 MiB
 * @err:   NULL allowed
 *
 * Return: PPS_OK or PPS_E_ARG. Threads: before the context is shared. Blocks: no. Since: 0.1
 */
PPS_API PPS_MUST_USE int pps_ctx_set_memory(pps_ctx *ctx, uint64_t bytes, pps_error **err);

/**
 * pps_ctx_set_threads() - most threads for one operation
 * @ctx:     the context
 * @threads: 1 to 256; by default the processors online
 * @err:     NULL allowed
 *
 * Return: PPS_OK or PPS_E_ARG. Threads: before the context is shared. Blocks: no. Since: 0.1
 */
PPS_API PPS_MUST_USE int pps_ctx_set_threads(pps_ctx *ctx, int threads, pps_error **err);

/**
 * pps_ctx_set_wait() - how long to wait for a lock that another process holds
 * @ctx:     the context
 * @seconds: 0 (the default): fail at once with PPS_E_LOCKED; negative: wait until cancelled
 *
 * Threads: before the context is shared. Blocks: no. Since: 0.1
 */
PPS_API void pps_ctx_set_wait(pps_ctx *ctx, int64_t seconds);

/**
 * pps_ctx_cancel() - ask everything that runs in this context to stop soon
 *
 * Running calls return PPS_E_CANCELLED at the next safe point, leaving everything resumable, and so does every later call
 * until pps_ctx_resume(). Threads: any; may be called from a signal handler. Blocks: no. Since: 0.1
 */
PPS_API void pps_ctx_cancel(pps_ctx *ctx);

/**
 * pps_ctx_resume() - let a cancelled context, and all that was opened with it, be used again
 * @ctx: the context; one that was not cancelled stays as it is
 *
 * For programs that a person may interrupt and go on with. When all calls that were to stop have returned: one that still runs
 * might miss that it was to stop. Threads: any. Blocks: no. Since: 0.1
 */
PPS_API void pps_ctx_resume(pps_ctx *ctx);

/** pps_ctx_is_cancelled() - 1 between pps_ctx_cancel() and pps_ctx_resume(), else 0. Threads: any. Blocks: no. Since: 0.1 */
PPS_API int pps_ctx_is_cancelled(const pps_ctx *ctx);

#ifdef __cplusplus
}
#endif
#endif
