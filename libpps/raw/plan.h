/* SPDX-License-Identifier: BSD-3-Clause */
/* The decisions of the raw flow: pure functions, without clock and I/O, so that rules are tested by the million. */
#ifndef PPS_RAW_PLAN_H
#define PPS_RAW_PLAN_H

#include "base/clock.h"
#include "base/time.h"

enum { PPS_RELEASE_HOLD, PPS_RELEASE_WAIT, PPS_RELEASE_NOW };

/* Whether an exposure may leave embargo. */
typedef struct pps_release {
	int verdict;        /* PPS_RELEASE_* */
	int64_t due;        /* TAI ns; WAIT, NOW: end + period */
	const char *reason; /* HOLD: why; static text */
} pps_release;

/* By one rule: when the end is known, end > begin and end + @period_ns <= @now. A time span that is null, empty or without an end, a
 * negative period, and sums past the end of time are held. All times in TAI ns. */
pps_release pps_release_decide(const pps_timespan *span, int64_t period_ns, int64_t now);

/* Of two rules that match one exposure, the one that releases earlier. */
pps_release pps_release_earlier(pps_release a, pps_release b);

/* Of what was stored and what is read now, the one that releases later. */
pps_release pps_release_later(pps_release a, pps_release b);

/* When a step that failed is tried again: at its next try; after a service that was down or silent a quarter of an hour later at most, because
 * it may be up long before the waits of a long outage are over. Times in TAI ns; @code: PPS_E_* of the last failure. */
#define PPS_SERVICE_WAIT_NS (15 * 60 * PPS_NS_PER_S)
int64_t pps_failure_due(int code, int64_t last_at, int64_t next_try);

/* The window of a selection: spans that overlap [begin, end) are candidates. A pre-filter only. */
typedef struct pps_window {
	int64_t begin; /* TAI ns; PPS_TAI_MIN: no lower bound */
	int64_t end;
} pps_window;

/* @window_ns: --window, or negative for none; @since: raw.since or PPS_TAI_MIN; @selected_until: end of the last selection by this rule,
 * INT64_MIN for the first: a window reaches back from it, so that an outage loses nothing, not even what came late to the source. */
pps_window pps_window_decide(int64_t now, int64_t period_ns, int64_t window_ns, int64_t since, int64_t selected_until);

#endif
