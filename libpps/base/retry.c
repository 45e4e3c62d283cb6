/* SPDX-License-Identifier: BSD-3-Clause */
#include "base/retry.h"

#include <pthread.h>

#include "base/time.h"

#define NS_PER_MS INT64_C(1000000)
#define MOST 6
#define BASE_MS 200
#define LONGEST_MS 10000
/* A server that asks for more than this is better asked again by the next run. */
#define AFTER_MOST_MS 300000

/* A number that looks random, from a seed and a counter (the finalizer of splitmix64). */
static uint64_t scramble(uint64_t seed, uint64_t n)
{
	uint64_t z = seed + n * UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

int64_t pps_retry_delay(const pps_retry *retry, int n, int64_t after_ms)
{
	int64_t most = retry->most_ms > 0 ? retry->most_ms : LONGEST_MS;
	int64_t wait = retry->base_ms > 0 ? retry->base_ms : BASE_MS;

	for (int i = 1; i < n && wait < most; i++)
		wait = wait > most / 2 ? most : wait * 2;
	if (wait > most)
		wait = most;
	wait -= (int64_t)(scramble(retry->seed, (uint64_t)n) % (uint64_t)(wait / 2 + 1));
	return wait > after_ms ? wait : after_ms;
}

int pps_retry_wait(pps_ctx *ctx, pps_retry *retry, int64_t after_ms, int *ret_again, pps_error **err)
{
	int64_t delay, now = pps_monotonic_now();
	int r;

	if ((r = pps_ctx_check(ctx, err)) < 0)
		return r;
	if (!retry->seed)
		retry->seed = scramble((uint64_t)now, (uint64_t)(uintptr_t)pthread_self()) | 1;
	retry->tries++;
	delay = pps_retry_delay(retry, retry->tries, after_ms);
	if (retry->tries >= (retry->most > 0 ? retry->most : MOST) || after_ms > AFTER_MOST_MS ||
	    (retry->deadline_ns && (now >= retry->deadline_ns || delay > (retry->deadline_ns - now) / NS_PER_MS))) {
		*ret_again = 0;
		return PPS_OK;
	}
	if ((r = pps_ctx_sleep(ctx, delay * NS_PER_MS, err)) < 0)
		return r;
	*ret_again = 1;
	return PPS_OK;
}
