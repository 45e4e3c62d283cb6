/* SPDX-License-Identifier: BSD-3-Clause */
/* How long to wait before the next try: exponential with jitter, bounded in number and in time, never shorter than what the
 * server asked for. Pure but for pps_retry_wait(). */
#ifndef PPS_BASE_RETRY_H
#define PPS_BASE_RETRY_H

#include "base/ctx.h"

typedef struct pps_retry {
	int tries;          /* so far; set by pps_retry_wait() */
	int most;           /* 0: 6 */
	int64_t base_ms;    /* 0: 200 */
	int64_t most_ms;    /* the longest single wait; 0: 10 s */
	int64_t deadline_ns; /* CLOCK_MONOTONIC; 0: none */
	uint64_t seed;      /* of the jitter; 0: taken from the clock and the thread */
} pps_retry;

/* The nth wait (1 ..) in ms: between half and the whole of min(base * 2^(n-1), most); @after_ms (Retry-After, 0: none) is the least. */
int64_t pps_retry_delay(const pps_retry *retry, int n, int64_t after_ms);
/* *ret_again 1 after waiting; 0 at once when the tries, or the time, are used up. PPS_E_CANCELLED. */
int pps_retry_wait(pps_ctx *ctx, pps_retry *retry, int64_t after_ms, int *ret_again, pps_error **err);

#endif
