/* SPDX-License-Identifier: BSD-3-Clause */
/* Time scales, leap seconds, ISO 8601, durations. */
#include "test.h"

#include "base/time.h"

/* What astropy.time gives for these UTC times, in ns of TAI since 1970-01-01 TAI. */
static const struct {
	const char *utc;
	int64_t tai;
} known[] = {
	{ "1972-01-01T00:00:00", INT64_C(63072010000000000) },
	{ "1972-06-30T23:59:59", INT64_C(78796809000000000) },
	{ "1972-06-30T23:59:60", INT64_C(78796810000000000) },
	{ "1972-07-01T00:00:00", INT64_C(78796811000000000) },
	{ "1999-12-31T23:59:59.5", INT64_C(946684831500000000) },
	{ "2000-02-29T12:00:00", INT64_C(951825632000000000) },
	{ "2012-06-30T23:59:60.25", INT64_C(1341100834250000000) },
	{ "2015-07-01T00:00:00", INT64_C(1435708836000000000) },
	{ "2016-12-31T23:59:59", INT64_C(1483228835000000000) },
	{ "2016-12-31T23:59:60", INT64_C(1483228836000000000) },
	{ "2016-12-31T23:59:60.999", INT64_C(1483228836999000000) },
	{ "2017-01-01T00:00:00", INT64_C(1483228837000000000) },
	{ "2017-01-01T00:00:01", INT64_C(1483228838000000000) },
	{ "2025-12-31T23:59:23", INT64_C(1767225600000000000) },
	{ "2025-12-02T23:59:00.425363958", INT64_C(1764719977425363958) },
	{ "2030-06-15T00:00:00", INT64_C(1907712037000000000) },
	{ "2099-12-31T23:59:23", INT64_C(4102444800000000000) },
};

static void utc_equals_astropy(void **state)
{
	(void)state;
	for (size_t i = 0; i < PPS_COUNT(known); i++) {
		_cleanup_(pps_error_freep) pps_error *err = NULL;
		char text[40];
		int64_t tai;

		assert_ok(pps_time_parse(known[i].utc, PPS_SCALE_UTC, &tai, &err), err);
		if (tai != known[i].tai)
			fail_msg("%s: %lld, not %lld", known[i].utc, (long long)tai, (long long)known[i].tai);
		assert_ok(pps_time_format(tai, PPS_SCALE_UTC, 9, 'T', text, &err), err);
		assert_memory_equal(text, known[i].utc, strlen(known[i].utc));
		assert_int_equal(strspn(text + strlen(known[i].utc), ".0"), strlen(text) - strlen(known[i].utc));
	}
}

static void tai_scale(void **state)
{
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	char text[40];
	int64_t tai;

	(void)state;
	assert_ok(pps_time_parse("2025-12-02 23:59:37.425363958", PPS_SCALE_TAI, &tai, &err), err);
	assert_int_equal(tai, INT64_C(1764719977425363958));
	assert_ok(pps_time_format(tai, PPS_SCALE_TAI, 3, ' ', text, &err), err);
	assert_string_equal(text, "2025-12-02 23:59:37.425");
	assert_ok(pps_time_format(tai, PPS_SCALE_TAI, 0, 'T', text, &err), err);
	assert_string_equal(text, "2025-12-02T23:59:37");
	assert_ok(pps_time_parse("1970-01-01", PPS_SCALE_TAI, &tai, &err), err);
	assert_int_equal(tai, PPS_TAI_MIN);
	assert_ok(pps_time_parse("2100-01-01T00:00", PPS_SCALE_TAI, &tai, &err), err);
	assert_int_equal(tai, PPS_TAI_MAX);
	assert_ok(pps_time_format(-1, PPS_SCALE_TAI, 9, 'T', text, &err), err);
	assert_string_equal(text, "1969-12-31T23:59:59.999999999");
	assert_ok(pps_time_format(INT64_MAX, PPS_SCALE_TAI, 9, 'T', text, &err), err);
	assert_string_equal(text, "2262-04-11T23:47:16.854775807");
	assert_ok(pps_time_format(INT64_MIN, PPS_SCALE_TAI, 9, 'T', text, &err), err);
	assert_string_equal(text, "1677-09-21T00:12:43.145224192");
}

static void unix_time_around_leap_second(void **state)
{
	/* Unix seconds from 2016-12-31T23:59:58 on: TAI steps by two between :59 and the new year */
	static const int64_t unix_s = 1483228798;
	static const int64_t offset[] = { 36, 36, 37, 37 };

	(void)state;
	for (int i = 0; i < 4; i++) {
		_cleanup_(pps_error_freep) pps_error *err = NULL;
		int64_t ns = (unix_s + i) * PPS_NS_PER_S + 500000000, tai, back;

		assert_ok(pps_tai_of_utc(ns, &tai, &err), err);
		assert_int_equal(tai - ns, offset[i] * PPS_NS_PER_S);
		assert_ok(pps_utc_of_tai(tai, &back, &err), err);
		assert_int_equal(back, ns);
	}
}

static void leap_second_itself_is_never_early(void **state)
{
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	int64_t in_leap = INT64_C(1483228836500000000), ns, tai;

	(void)state;
	assert_ok(pps_utc_of_tai(in_leap, &ns, &err), err);
	assert_int_equal(ns, INT64_C(1483228800500000000));
	assert_ok(pps_tai_of_utc(ns, &tai, &err), err);
	assert_int_equal(tai, in_leap + PPS_NS_PER_S);
}

static void times_refused(void **state)
{
	static const struct {
		int scale;
		const char *text, *message;
	} cases[] = {
		{ PPS_SCALE_UTC, "", "\"\" is no time in UTC: expected YYYY-MM-DDTHH:MM:SS[.f][Z]" },
		{ PPS_SCALE_TAI, "2025", "\"2025\" is no time in TAI: expected YYYY-MM-DDTHH:MM:SS[.f]" },
		{ PPS_SCALE_TAI, "2025-12-02T00:00:00Z", NULL },
		{ PPS_SCALE_UTC, "2025-12-02T", NULL },
		{ PPS_SCALE_UTC, "2025-12-02T24:00:00", NULL },
		{ PPS_SCALE_UTC, "2025-12-02T23:60:00", NULL },
		{ PPS_SCALE_UTC, "2025-12-02T23:59:61", NULL },
		{ PPS_SCALE_UTC, "2025-12-02T22:59:60", NULL },
		{ PPS_SCALE_UTC, "2025-12-02T23:59:00.", NULL },
		{ PPS_SCALE_UTC, "2025-12-02T23:59:00.1234567891", NULL },
		{ PPS_SCALE_UTC, "2025-12-02T23:59:00+00:00", NULL },
		{ PPS_SCALE_UTC, " 2025-12-02", NULL },
		{ PPS_SCALE_UTC, "2025-1-2", NULL },
		{ PPS_SCALE_UTC, "2025-02-29", "\"2025-02-29\": there is no such day" },
		{ PPS_SCALE_UTC, "2025-13-01", "\"2025-13-01\": there is no such day" },
		{ PPS_SCALE_UTC, "2025-12-31T23:59:60", "\"2025-12-31T23:59:60\": there was no leap second in UTC" },
		{ PPS_SCALE_TAI, "2016-12-31T23:59:60", "\"2016-12-31T23:59:60\": there was no leap second in TAI" },
		{ PPS_SCALE_UTC, "1971-12-31", "\"1971-12-31\": UTC is known from 1972 on" },
		{ PPS_SCALE_TAI, "2263-01-01", "\"2263-01-01\": only the years 1678 to 2261 can be expressed" },
		{ PPS_SCALE_TAI, "0001-01-01", "\"0001-01-01\": only the years 1678 to 2261 can be expressed" },
	};

	(void)state;
	for (size_t i = 0; i < PPS_COUNT(cases); i++) {
		_cleanup_(pps_error_freep) pps_error *err = NULL;
		int64_t tai = 42;

		assert_int_equal(pps_time_parse(cases[i].text, cases[i].scale, &tai, &err), PPS_E_FORMAT);
		assert_int_equal(tai, 42);
		if (cases[i].message)
			assert_string_equal(pps_error_message(err), cases[i].message);
	}
}

static void times_out_of_range(void **state)
{
	int64_t out = 42;
	char text[40];

	(void)state;
	assert_int_equal(pps_tai_of_utc(-1, &out, NULL), PPS_E_ARG);
	assert_int_equal(pps_tai_of_utc(INT64_MAX, &out, NULL), PPS_E_ARG);
	assert_int_equal(pps_tai_of_utc(INT64_MIN, &out, NULL), PPS_E_ARG);
	assert_int_equal(pps_utc_of_tai(PPS_TAI_MIN, &out, NULL), PPS_E_ARG);
	assert_int_equal(pps_utc_of_tai(INT64_C(63072009999999999), &out, NULL), PPS_E_ARG);
	assert_int_equal(pps_time_format(0, PPS_SCALE_UTC, 9, 'T', text, NULL), PPS_E_ARG);
	assert_int_equal(pps_time_format(0, PPS_SCALE_TAI, 10, 'T', text, NULL), PPS_E_ARG);
	assert_int_equal(out, 42);
	assert_int_equal(pps_utc_of_tai(INT64_MAX, &out, NULL), PPS_OK);
	assert_int_equal(out, INT64_MAX - 37 * PPS_NS_PER_S);
}

/* Every second of a fortnight around each leap second since 1999 goes to text and back. */
static void text_goes_back(void **state)
{
	static const int64_t leaps[] = { 1136073600, 1230768000, 1341100800, 1435708800, 1483228800 };

	(void)state;
	for (size_t i = 0; i < PPS_COUNT(leaps); i++)
		for (int64_t s = leaps[i] - 100; s < leaps[i] + 100; s++) {
			int64_t tai = s * PPS_NS_PER_S + 123456789, back;
			char text[40];

			assert_ok(pps_time_format(tai, PPS_SCALE_UTC, 9, 'T', text, NULL), NULL);
			assert_ok(pps_time_parse(text, PPS_SCALE_UTC, &back, NULL), NULL);
			assert_int_equal(tai, back);
		}
}

static void clocks_run(void **state)
{
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	int64_t a = pps_monotonic_now(), now;

	(void)state;
	assert_ok(pps_tai_now(&now, &err), err);
	assert_true(now > INT64_C(1764547237000000000) && now < PPS_TAI_MAX);
	assert_true(pps_monotonic_now() >= a);
}

static void durations(void **state)
{
	static const struct {
		const char *text;
		int64_t ns; /* -1: refused */
	} cases[] = {
		{ "35min", INT64_C(2100000000000) },
		{ "35 min", INT64_C(2100000000000) },
		{ "80h", INT64_C(288000000000000) },
		{ "2d", INT64_C(172800000000000) },
		{ "90s", INT64_C(90000000000) },
		{ "90", INT64_C(90000000000) },
		{ "0", 0 },
		{ "0h", 0 },
		{ "1.5", INT64_C(1500000000) },
		{ "1.5h", INT64_C(5400000000000) },
		{ "250ms", INT64_C(250000000) },
		{ "1h30min", INT64_C(5400000000000) },
		{ "1d 2h 3min 4s 5ms", INT64_C(93784005000000) },
		{ "0.0000000001s", 1 },
		{ "0.00000000000000000001min", 1 },
		{ "106751d", INT64_C(9223286400000000000) },
		{ "106752d", -1 },
		{ "99999999999999999999", -1 },
		{ "106751d 24h", -1 },
		{ "", -1 },
		{ "h", -1 },
		{ "-1h", -1 },
		{ "+1h", -1 },
		{ "1m", -1 },
		{ "3hr 5min 20s", INT64_C(11120000000000) },
		{ "1day 2sec", INT64_C(86402000000000) },
		{ "1hour", -1 },
		{ "30min1h", -1 },
		{ "1h1h", -1 },
		{ "1.h", -1 },
		{ ".5h", -1 },
		{ "1.2.3h", -1 },
		{ "1h30", -1 },
		{ "1e3s", -1 },
		{ " 1h", -1 },
		{ "1..2", -1 },
		{ ".", -1 },
	};

	(void)state;
	for (size_t i = 0; i < PPS_COUNT(cases); i++) {
		_cleanup_(pps_error_freep) pps_error *err = NULL;
		int64_t ns = -1;
		int r = pps_duration_parse(cases[i].text, &ns, &err);

		if (ns != cases[i].ns || r != (cases[i].ns < 0 ? PPS_E_FORMAT : PPS_OK))
			fail_msg("%s: %lld (%s)", cases[i].text, (long long)ns, pps_error_message(err));
	}
}

static void hours_round_up(void **state)
{
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	int64_t ns = 42;

	(void)state;
	assert_int_equal(pps_duration_of_hours(-0.5, &ns, NULL), PPS_E_FORMAT);
	assert_int_equal(pps_duration_of_hours(0.0 / 0.0, &ns, NULL), PPS_E_FORMAT);
	assert_int_equal(pps_duration_of_hours(1.0 / 0.0, &ns, NULL), PPS_E_FORMAT);
	assert_int_equal(pps_duration_of_hours(1000001, &ns, &err), PPS_E_FORMAT);
	assert_string_equal(pps_error_message(err), "hours: expected 0 to 1000000, not 1000001.0");
	assert_int_equal(ns, 42);
	assert_ok(pps_duration_of_hours(80.0, &ns, NULL), NULL);
	assert_int_equal(ns, INT64_C(288000000000000));
	assert_ok(pps_duration_of_hours(0.0, &ns, NULL), NULL);
	assert_int_equal(ns, 0);
	assert_ok(pps_duration_of_hours(1e-9, &ns, NULL), NULL);
	assert_int_equal(ns, PPS_NS_PER_S);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(utc_equals_astropy),
		cmocka_unit_test(tai_scale),
		cmocka_unit_test(unix_time_around_leap_second),
		cmocka_unit_test(leap_second_itself_is_never_early),
		cmocka_unit_test(times_refused),
		cmocka_unit_test(times_out_of_range),
		cmocka_unit_test(text_goes_back),
		cmocka_unit_test(clocks_run),
		cmocka_unit_test(durations),
		cmocka_unit_test(hours_round_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
