/* SPDX-License-Identifier: BSD-3-Clause */
/* The raw flow's decisions: embargo, clocks, windows. */
#include "test.h"

#include "raw/plan.h"
#include "raw/policy.h"

#define HOUR (3600 * PPS_NS_PER_S)
#define YEAR (INT64_C(31557600) * PPS_NS_PER_S)
#define T0 INT64_C(1764719940000000000) /* 2025-12-02 */

static pps_timespan span(int64_t begin, int64_t end)
{
	return (pps_timespan){ .begin = begin, .end = end };
}

static void release_table(void **state)
{
	const struct {
		pps_timespan span;
		int64_t period, now;
		int verdict;
	} cases[] = {
		{ span(T0, T0 + 30), 80 * HOUR, T0 + 30 + 80 * HOUR, PPS_RELEASE_NOW },
		{ span(T0, T0 + 30), 80 * HOUR, T0 + 29 + 80 * HOUR, PPS_RELEASE_WAIT },
		{ span(T0, T0 + 30 * PPS_NS_PER_S), 80 * HOUR, T0 + 29 * PPS_NS_PER_S + 80 * HOUR, PPS_RELEASE_WAIT }, /* one second short */
		{ span(T0, T0 + 30), 0, T0 + 30, PPS_RELEASE_NOW },
		{ span(T0, T0 + 30), 0, T0, PPS_RELEASE_WAIT },                 /* in the future */
		{ span(T0, PPS_TAI_MAX), 0, T0 + YEAR, PPS_RELEASE_HOLD },      /* no end */
		{ span(T0, PPS_TAI_MAX + 1), 0, INT64_MAX, PPS_RELEASE_HOLD },
		{ span(PPS_TAI_MIN, T0), 0, T0 + YEAR, PPS_RELEASE_HOLD },      /* no begin */
		{ span(T0, T0), 0, T0 + YEAR, PPS_RELEASE_HOLD },
		{ span(T0, T0 - 1), 0, T0 + YEAR, PPS_RELEASE_HOLD },
		{ { .is_null = 1 }, 0, T0, PPS_RELEASE_HOLD },
		{ { .begin = T0, .end = T0 + 1, .is_empty = 1 }, 0, T0 + YEAR, PPS_RELEASE_HOLD },
		{ span(T0, T0 + 30), -1, T0 + YEAR, PPS_RELEASE_HOLD },
		{ span(T0, T0 + 30), INT64_MAX, INT64_MAX, PPS_RELEASE_HOLD },  /* the sum overflows */
	};

	(void)state;
	for (size_t i = 0; i < PPS_COUNT(cases); i++) {
		pps_release r = pps_release_decide(&cases[i].span, cases[i].period, cases[i].now);

		if (r.verdict != cases[i].verdict)
			fail_msg("case %zu: verdict %d, not %d", i, r.verdict, cases[i].verdict);
		assert_true((r.verdict == PPS_RELEASE_HOLD) == (r.reason != NULL));
	}
}

/* An independent reading of the rule, in wide arithmetic. */
static int oracle(const pps_timespan *s, int64_t period, int64_t now)
{
	__int128 end = s->end, begin = s->begin, max = PPS_TAI_MAX;

	if (s->is_null || s->is_empty)
		return PPS_RELEASE_HOLD;
	if (!(begin > 0 && end > begin && end < max))
		return PPS_RELEASE_HOLD;
	if (period < 0 || end + period > (__int128)INT64_MAX)
		return PPS_RELEASE_HOLD;
	return (__int128)now - end >= period ? PPS_RELEASE_NOW : PPS_RELEASE_WAIT;
}

static uint64_t next_random(uint64_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 7;
	*seed ^= *seed << 17;
	return *seed;
}

static int64_t pick(uint64_t *seed, const int64_t *from, size_t n)
{
	return from[next_random(seed) % n] - 2 + (int64_t)(next_random(seed) % 5);
}

static void release_agrees_with_oracle(void **state)
{
	const int64_t leap = INT64_C(1483228836) * PPS_NS_PER_S; /* 2017-01-01T00:00:00 UTC, when TAI-UTC became 37 s */
	const int64_t times[] = { PPS_TAI_MIN + 2, 1, T0, T0 + 30 * PPS_NS_PER_S, T0 + YEAR, leap, leap - PPS_NS_PER_S, leap + 80 * HOUR,
				  PPS_TAI_MAX - 2, PPS_TAI_MAX, PPS_TAI_MAX + 2, INT64_MAX - 2 };
	const int64_t periods[] = { 2, HOUR, 80 * HOUR, YEAR, -HOUR, INT64_MAX - 2 };
	uint64_t seed = 20251202;
	int seen[3] = { 0 };

	(void)state;
	for (int i = 0; i < 100000; i++) {
		pps_timespan s = span(pick(&seed, times, PPS_COUNT(times)), pick(&seed, times, PPS_COUNT(times)));
		int64_t period = next_random(&seed) % 4 ? pick(&seed, periods, PPS_COUNT(periods)) : 0;
		int64_t now = next_random(&seed) % 2 ? pick(&seed, times, PPS_COUNT(times)) :
						       (int64_t)((uint64_t)s.end + (uint64_t)period + next_random(&seed) % 5 - 2);
		pps_release r;

		s.is_null = next_random(&seed) % 16 == 0;
		s.is_empty = next_random(&seed) % 16 == 0;
		r = pps_release_decide(&s, period, now);
		seen[r.verdict]++;
		if (r.verdict != oracle(&s, period, now))
			fail_msg("begin %lld end %lld period %lld now %lld: verdict %d", (long long)s.begin, (long long)s.end, (long long)period,
				 (long long)now, r.verdict);
	}
	assert_true(seen[0] > 1000 && seen[1] > 1000 && seen[2] > 1000);
}

static void earlier_and_later(void **state)
{
	pps_release hold = { .verdict = PPS_RELEASE_HOLD, .due = INT64_MAX }, now = { .verdict = PPS_RELEASE_NOW, .due = 5 };
	pps_release wait = { .verdict = PPS_RELEASE_WAIT, .due = 7 }, wait9 = { .verdict = PPS_RELEASE_WAIT, .due = 9 };

	(void)state;
	assert_int_equal(pps_release_earlier(hold, wait).due, 7);
	assert_int_equal(pps_release_earlier(now, wait).due, 5);
	assert_int_equal(pps_release_earlier(wait9, wait).due, 7);
	assert_int_equal(pps_release_later(hold, wait).verdict, PPS_RELEASE_HOLD);
	assert_int_equal(pps_release_later(now, wait).due, 7);
	assert_int_equal(pps_release_later(wait9, wait).due, 9);
}

static void clock_table(void **state)
{
	const int64_t none = INT64_MIN, s = PPS_NS_PER_S;
	const struct {
		int64_t local, other, ledger, requested;
		int r;
		int64_t now;
	} cases[] = {
		{ T0, none, none, none, PPS_OK, T0 },
		{ T0, T0 + 5 * s, none, none, PPS_OK, T0 },
		{ T0, T0 - 5 * s, none, none, PPS_OK, T0 - 5 * s }, /* the smallest counts */
		{ T0, T0 - 60 * s, none, none, PPS_OK, T0 - 60 * s },
		{ T0, T0 - 61 * s, none, none, PPS_E_HELD, 0 },
		{ T0, T0 + 61 * s, none, none, PPS_E_HELD, 0 },
		{ T0 + HOUR, T0, none, none, PPS_E_HELD, 0 },
		{ T0 + 80 * HOUR, T0, none, none, PPS_E_HELD, 0 },
		{ T0 + YEAR, T0, none, none, PPS_E_HELD, 0 },
		{ T0 - HOUR, T0, none, none, PPS_E_HELD, 0 },
		{ T0, none, T0, none, PPS_OK, T0 },
		{ T0, none, T0 + 1, none, PPS_E_HELD, 0 },
		{ T0, none, none, T0 - YEAR, PPS_OK, T0 - YEAR },
		{ T0, none, none, T0 + 1, PPS_E_ARG, 0 },
		{ T0, T0 - 5 * s, none, T0 - 4 * s, PPS_E_ARG, 0 },
	};

	(void)state;
	for (size_t i = 0; i < PPS_COUNT(cases); i++) {
		pps_clock clock = { .local = cases[i].local, .others = &cases[i].other, .beside = &cases[i].local, .n = cases[i].other != none,
				    .ledger = cases[i].ledger, .requested = cases[i].requested };
		int64_t now = 0;
		int r = pps_clock_decide(&clock, &now, NULL);

		if (r != cases[i].r || now != cases[i].now)
			fail_msg("case %zu: %d, %lld", i, r, (long long)now);
	}
}

static void clocks_of_two_databases(void **state)
{
	int64_t others[] = { T0 + 40 * PPS_NS_PER_S, T0 - 20 * PPS_NS_PER_S }, beside[] = { T0, T0 }, now = 0;
	pps_clock clock = { .local = T0, .others = others, .beside = beside, .n = 2, .ledger = INT64_MIN, .requested = INT64_MIN };

	(void)state;
	assert_int_equal(pps_clock_decide(&clock, &now, NULL), PPS_OK);
	assert_int_equal(now, T0 - 20 * PPS_NS_PER_S);
	others[1] -= 1;
	assert_int_equal(pps_clock_decide(&clock, &now, NULL), PPS_E_HELD);
}

static void window_reaches_back_over_an_outage(void **state)
{
	int64_t m35 = 35 * 60 * PPS_NS_PER_S, cut = T0 - 80 * HOUR;
	pps_window w;

	(void)state;
	w = pps_window_decide(T0, 80 * HOUR, -1, PPS_TAI_MIN, INT64_MIN);
	assert_int_equal(w.begin, PPS_TAI_MIN);
	assert_int_equal(w.end, cut);
	w = pps_window_decide(T0, 80 * HOUR, m35, PPS_TAI_MIN, INT64_MIN);
	assert_int_equal(w.begin, cut - m35);
	w = pps_window_decide(T0, 80 * HOUR, m35, PPS_TAI_MIN, cut - 10 * HOUR);
	assert_int_equal(w.begin, cut - 10 * HOUR - m35);
	w = pps_window_decide(T0, 80 * HOUR, m35, PPS_TAI_MIN, cut - 60 * PPS_NS_PER_S);
	assert_int_equal(w.begin, cut - 60 * PPS_NS_PER_S - m35);
	w = pps_window_decide(T0, 80 * HOUR, m35, PPS_TAI_MIN, cut + HOUR); /* --now in the past */
	assert_int_equal(w.begin, cut - m35);
	w = pps_window_decide(T0, 80 * HOUR, m35, PPS_TAI_MIN, PPS_TAI_MIN);
	assert_int_equal(w.begin, PPS_TAI_MIN);
	w = pps_window_decide(T0, 80 * HOUR, m35, cut - 60 * PPS_NS_PER_S, INT64_MIN);
	assert_int_equal(w.begin, cut - 60 * PPS_NS_PER_S);
}

static pps_conf_query query(const char *where, int64_t hours)
{
	return (pps_conf_query){ .instrument = "LSSTCam", .where = where, .embargo = hours * HOUR };
}

static void policy_that_acts_sooner(void **state)
{
	const pps_conf_query in_force[] = { query("exposure.can_see_sky", 80), query("not exposure.can_see_sky", 0) };
	const struct {
		pps_conf_query queries[2];
		size_t n;
		int is_sooner;
	} cases[] = {
		{ { query("exposure.can_see_sky", 80), query("not exposure.can_see_sky", 0) }, 2, 0 },
		{ { query("not exposure.can_see_sky", 0), query("exposure.can_see_sky", 80) }, 2, 0 }, /* in another order */
		{ { query("exposure.can_see_sky", 80) }, 1, 0 },                                      /* fewer */
		{ { query("exposure.can_see_sky", 81) }, 1, 0 },                                      /* later */
		{ { query("exposure.can_see_sky", 79) }, 1, 1 },
		{ { query("exposure.can_see_sky", 80), query("", 80) }, 2, 1 }, /* others match */
		{ { query("not exposure.can_see_sky", 0), query("exposure.can_see_sky ", 80) }, 2, 1 },
	};
	pps_conf_query other = query("exposure.can_see_sky", 80);

	(void)state;
	for (size_t i = 0; i < PPS_COUNT(cases); i++)
		assert_int_equal(pps_raw_policy_is_sooner(in_force, 2, cases[i].queries, cases[i].n), cases[i].is_sooner);
	other.instrument = "LATISS";
	assert_int_equal(pps_raw_policy_is_sooner(in_force, 2, &other, 1), 1);
	assert_int_equal(pps_raw_policy_is_sooner(NULL, 0, &other, 1), 1);
}

static void policy_as_text(void **state)
{
	const pps_conf_query one[] = { query("exposure.can_see_sky", 80), query("a = \"b\"", 0) }, two[] = { one[1], one[0] };
	_cleanup_free_ char *text = NULL, *turned = NULL, *again = NULL;
	_cleanup_(pps_raw_policy_freep) pps_raw_policy *policy = NULL;
	pps_error *err = NULL;

	(void)state;
	assert_int_equal(pps_raw_policy_format(one, 2, &text, NULL), PPS_OK);
	assert_int_equal(pps_raw_policy_format(two, 2, &turned, NULL), PPS_OK);
	assert_string_equal(text, turned);
	assert_int_equal(pps_raw_policy_parse(text, &policy, NULL), PPS_OK);
	assert_int_equal(policy->n, 2);
	assert_int_equal(pps_raw_policy_is_sooner(policy->queries, policy->n, one, 2), 0);
	assert_int_equal(pps_raw_policy_format(policy->queries, policy->n, &again, NULL), PPS_OK);
	assert_string_equal(text, again);
	for (size_t i = 0; i < 4; i++) {
		const char *bad[] = { "", "{}", "[1]", "[{\"instrument\":\"x\",\"where\":\"\",\"embargo_ns\":\"1\"}]" };
		pps_raw_policy *none = NULL;

		assert_int_equal(pps_raw_policy_parse(bad[i], &none, &err), PPS_E_FORMAT);
		assert_non_null(strstr(pps_error_message(err), "policy in force"));
		pps_error_free(TAKE_PTR(err));
	}
}

static void failures_are_due(void **state)
{
	const struct {
		int code;
		int64_t wait, due; /* after the failure */
	} cases[] = {
		{ PPS_E_IO, 0, 0 },
		{ PPS_E_IO, 4 * HOUR, 4 * HOUR },
		{ PPS_E_CONFLICT, 4 * HOUR, 4 * HOUR },
		{ PPS_E_UNAVAILABLE, 0, 0 },
		{ PPS_E_UNAVAILABLE, HOUR / 4, HOUR / 4 },
		{ PPS_E_UNAVAILABLE, HOUR / 4 + 1, HOUR / 4 },
		{ PPS_E_TIMEOUT, 4 * HOUR, HOUR / 4 },
	};

	(void)state;
	for (size_t i = 0; i < PPS_COUNT(cases); i++)
		assert_int_equal(pps_failure_due(cases[i].code, T0, T0 + cases[i].wait), T0 + cases[i].due);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(failures_are_due),
		cmocka_unit_test(release_table),
		cmocka_unit_test(release_agrees_with_oracle),
		cmocka_unit_test(earlier_and_later),
		cmocka_unit_test(clock_table),
		cmocka_unit_test(clocks_of_two_databases),
		cmocka_unit_test(window_reaches_back_over_an_outage),
		cmocka_unit_test(policy_that_acts_sooner),
		cmocka_unit_test(policy_as_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
