/* SPDX-License-Identifier: BSD-3-Clause */
/* What the library's own code asks of a context; the public side is <pps/ctx.h>. */
#ifndef PPS_BASE_CTX_H
#define PPS_BASE_CTX_H

#include <pps/ctx.h>

#include "base/error.h"

static inline void pps_ctx_unrefp(pps_ctx **ctx)
{
	pps_ctx_unref(*ctx);
}

/* PPS_OK, PPS_E_CANCELLED after pps_ctx_cancel(), PPS_E_ARG in a forked child or for NULL. Call it in every loop that
 * does I/O and at each step boundary. */
int pps_ctx_check(const pps_ctx *ctx, pps_error **err);

uint64_t pps_ctx_memory(const pps_ctx *ctx);
int pps_ctx_threads(const pps_ctx *ctx);
int64_t pps_ctx_wait(const pps_ctx *ctx); /* seconds; negative: until cancelled */

/* Waits @ns nanoseconds, or less when cancelled (PPS_E_CANCELLED). */
int pps_ctx_sleep(const pps_ctx *ctx, int64_t ns, pps_error **err);

/* The valid configuration that was loaded last in this context, with a reference of the caller's own, or NULL: parts of it, such as the
 * profiles of S3, serve rooms that are given a context alone. */
struct pps_conf;
struct pps_conf *pps_ctx_conf(pps_ctx *ctx);
/* Takes a reference of its own. Any thread. */
void pps_ctx_set_conf(pps_ctx *ctx, struct pps_conf *conf);

/* Log event with fields: pps_log(ctx, PPS_LOG_INFO, "packed", "obs_id", obs_id, "bytes", text, NULL). Library code logs
 * what it does, never the failures that it returns. */
void pps_log(const pps_ctx *ctx, int level, const char *event, ...) __attribute__((sentinel));

/* Passes progress on, at most ten times a second for one @what unless done == total. */
void pps_progress(pps_ctx *ctx, const char *what, uint64_t done, uint64_t total, const char *unit);

#endif
