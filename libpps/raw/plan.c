/* SPDX-License-Identifier: BSD-3-Clause */
#include "raw/plan.h"

static pps_release hold(const char *reason)
{
	return (pps_release){ .verdict = PPS_RELEASE_HOLD, .due = INT64_MAX, .reason = reason };
}

pps_release pps_release_decide(const pps_timespan *span, int64_t period_ns, int64_t now)
{
	int64_t due;

	if (span->is_null)
		return hold("its time is not known");
	if (span->is_empty || span->end <= span->begin)
		return hold("its end is not after its begin");
	if (span->begin <= PPS_TAI_MIN)
		return hold("its begin is not known");
	if (span->end >= PPS_TAI_MAX)
		return hold("its end is not known");
	if (period_ns < 0 || __builtin_add_overflow(span->end, period_ns, &due))
		return hold("its embargo period is out of range");
	return (pps_release){ .verdict = due <= now ? PPS_RELEASE_NOW : PPS_RELEASE_WAIT, .due = due };
}

pps_release pps_release_earlier(pps_release a, pps_release b)
{
	if (a.verdict != b.verdict)
		return a.verdict > b.verdict ? a : b;
	return a.due <= b.due ? a : b;
}

pps_release pps_release_later(pps_release a, pps_release b)
{
	if (a.verdict != b.verdict)
		return a.verdict < b.verdict ? a : b;
	return a.due >= b.due ? a : b;
}

int64_t pps_failure_due(int code, int64_t last_at, int64_t next_try)
{
	const int is_service = code == PPS_E_UNAVAILABLE || code == PPS_E_TIMEOUT;

	return is_service && next_try - last_at > PPS_SERVICE_WAIT_NS ? last_at + PPS_SERVICE_WAIT_NS : next_try;
}

pps_window pps_window_decide(int64_t now, int64_t period_ns, int64_t window_ns, int64_t since, int64_t selected_until)
{
	pps_window w = { .begin = since };

	if (__builtin_sub_overflow(now, period_ns, &w.end))
		w.end = PPS_TAI_MIN;
	if (window_ns < 0)
		return w;
	/* as if the runs that an outage swallowed had been: what came late to the source meanwhile is in one of their windows */
	if (__builtin_sub_overflow(selected_until != INT64_MIN && selected_until < w.end ? selected_until : w.end, window_ns, &w.begin))
		w.begin = PPS_TAI_MIN;
	if (w.begin < since)
		w.begin = since;
	return w;
}
