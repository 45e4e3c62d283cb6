/* SPDX-License-Identifier: BSD-3-Clause */
/* Bucket notifications, and when all of an exposure has arrived. */
#include "test.h"

#include "raw/arrival.h"
#include "raw/event.h"

#define RECORD(source, name, key) \
	"{\"eventSource\":\"" source "\",\"eventTime\":\"2026-11-21T06:07:26.224690Z\",\"eventName\":\"" name "\"," \
	"\"s3\":{\"bucket\":{\"name\":\"notif\"},\"object\":{\"key\":\"" key "\",\"size\":2,\"eTag\":\"\"}}}"

static pps_events *parse(const char *text)
{
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	pps_events *events = NULL;

	assert_ok(pps_events_parse(text, strlen(text), &events, &err), err);
	return events;
}

static void names_and_keys(void **state)
{
	static const struct {
		const char *text;
		int kind;
		const char *key;
	} cases[] = {
		{ RECORD("ceph:s3", "ObjectCreated:Put", "LSSTCam/2026 11+21/a=b%2B.json"), PPS_EVENT_CREATED, "LSSTCam/2026 11+21/a=b%2B.json" },
		{ RECORD("ceph:s3", "ObjectCreated:CompleteMultipartUpload", "x"), PPS_EVENT_CREATED, "x" },
		{ RECORD("ceph:s3", "ObjectCreated:Copy", "\\u00e9"), PPS_EVENT_CREATED, "\xc3\xa9" },
		{ RECORD("ceph:s3", "ObjectRemoved:Delete", "x"), PPS_EVENT_REMOVED, "x" },
		{ RECORD("aws:s3", "s3:ObjectRemoved:DeleteMarkerCreated", "a+b%2Bc/%C3%A9"), PPS_EVENT_REMOVED, "a b+c/\xc3\xa9" },
		{ RECORD("", "ObjectTagging:Put", "x"), PPS_EVENT_OTHER, "x" },
	};

	(void)state;
	for (size_t i = 0; i < PPS_COUNT(cases); i++) {
		_cleanup_(pps_events_freep) pps_events *events = NULL;
		char text[1024];

		snprintf(text, sizeof text, "{\"Records\":[%s]}", cases[i].text);
		events = parse(text);
		assert_int_equal(events->n, 1);
		assert_int_equal(events->at[0].kind, cases[i].kind);
		assert_string_equal(events->at[0].key, cases[i].key);
		assert_string_equal(events->at[0].bucket, "notif");
		assert_int_equal(events->at[0].size, 2);
		assert_int_equal(events->at[0].at, INT64_C(1795241283224690000)); /* 37 s ahead of UTC */
	}
	pps_events_free(parse("{\"Records\":[]}"));
}

static void garbage_is_named(void **state)
{
	static const struct {
		const char *text, *says;
	} cases[] = {
		{ "", "an empty message" },
		{ "hello", "no JSON" },
		{ "[]", "expected {\"Records\": [...]}" },
		{ "{\"Records\":{}}", "expected {\"Records\": [...]}" },
		{ "{\"Records\":[3]}", "record 1: expected eventName" },
		{ "{\"Records\":[" RECORD("", "ObjectCreated:Put", "x") ",{\"eventName\":\"ObjectCreated:Put\"}]}", "record 2: expected eventTime" },
		{ "{\"Records\":[" RECORD("", "ObjectCreated:Put", "") "]}", "record 1: expected s3.object.key" },
		{ "{\"Records\":[" RECORD("aws:s3", "ObjectCreated:Put", "%zz") "]}", "record 1: " },
		{ "{\"Records\":[" RECORD("aws:s3", "ObjectCreated:Put", "%ff") "]}", "record 1: the key is not UTF-8" },
		{ "{\"Records\":[{\"eventName\":\"x\",\"eventTime\":\"yesterday\",\"s3\":{\"bucket\":{\"name\":\"b\"},\"object\":{\"key\":\"k\"}}}]}",
		  "record 1: eventTime: " },
		{ "{\"Records\":[{\"eventName\":\"x\",\"eventTime\":\"2026-11-21\",\"s3\":{\"bucket\":{\"name\":\"b\"},\"object\":{\"key\":\"k\",\"size\":-1}}}]}",
		  "record 1: s3.object.size" },
	};

	(void)state;
	for (size_t i = 0; i < PPS_COUNT(cases); i++) {
		_cleanup_(pps_error_freep) pps_error *err = NULL;
		pps_events *events = NULL;

		assert_int_equal(pps_events_parse(cases[i].text, strlen(cases[i].text), &events, &err), PPS_E_FORMAT);
		assert_null(events);
		if (!strstr(pps_error_message(err), cases[i].says))
			fail_msg("case %zu: %s", i, pps_error_message(err));
	}
}

static void places(void **state)
{
	static const struct {
		const char *key, *instrument, *obs_id, *name;
	} cases[] = {
		{ "LSSTCam/20251202/MC_O_20251202_000001/MC_O_20251202_000001_R22_S11.fits", "LSSTCam", "MC_O_20251202_000001",
		  "MC_O_20251202_000001_R22_S11.fits" },
		{ "LSSTCam/raw/all/raw/20251202/MC_O_20251202_000001/raw_x.fits", "LSSTCam", "MC_O_20251202_000001", "raw_x.fits" },
		{ "LSSTCam/20251202/a/b/c.fits", NULL, NULL, NULL },
		{ "LSSTCam/20251202/c.fits", NULL, NULL, NULL },
		{ "20251202/a/c.fits", NULL, NULL, NULL },
		{ "LSSTCam/2025120x/a/c.fits", NULL, NULL, NULL },
		{ "LSSTCam/202512021/a/c.fits", NULL, NULL, NULL },
		{ "LSSTCam/20251202/a/", NULL, NULL, NULL },
		{ "LSSTCam/20251202//c", NULL, NULL, NULL },
		{ "/20251202/a/c", NULL, NULL, NULL },
		{ "butler.yaml", NULL, NULL, NULL },
		{ "", NULL, NULL, NULL },
	};

	(void)state;
	for (size_t i = 0; i < PPS_COUNT(cases); i++) {
		_cleanup_place_ pps_arrival_place place = { 0 };
		int is = pps_arrival_place_of(cases[i].key, &place, NULL);

		if (is != (cases[i].instrument != NULL))
			fail_msg("%s: %d", cases[i].key, is);
		if (!is)
			continue;
		assert_string_equal(place.instrument, cases[i].instrument);
		assert_string_equal(place.obs_id, cases[i].obs_id);
		assert_string_equal(place.name, cases[i].name);
		assert_int_equal(place.day_obs, 20251202);
	}
}

/* Takes away each file in turn from an exposure of two sensors, one a guider with its own names. */
static void complete_only_with_everything(void **state)
{
	static const char *const names[] = { "a_R00_SG0_guider.fits", "a_R00_SG0_guider.json", "a_R22_S11.fits", "a_R22_S11.json", "a_R44_SW0.fits",
					     "a_expectedSensors.json" };

	(void)state;
	for (size_t left_out = 0; left_out <= PPS_COUNT(names); left_out++)
		for (int removed = 0; removed < 2; removed++) {
			pps_arrival_file files[PPS_COUNT(names)];
			size_t n = 0;
			pps_arrival_verdict v;

			for (size_t i = 0; i < PPS_COUNT(names); i++)
				if (i != left_out || removed)
					files[n++] = (pps_arrival_file){ .name = names[i], .at = 100 + (int64_t)i, .removed = i == left_out };
			v = pps_arrival_decide("a", "R00_SG0, R22_S11", files, n);
			assert_int_equal(v.expected, 5);
			if (left_out == 4 || left_out == PPS_COUNT(names)) { /* nobody waits for a wavefront sensor */
				assert_int_equal(v.missing, 0);
				assert_int_equal(v.complete_at, 105);
			} else {
				assert_int_equal(v.missing, 1);
				assert_int_equal(v.complete_at, PPS_TAI_MIN);
			}
			assert_int_equal(pps_arrival_decide("a", NULL, files, n).complete_at, PPS_TAI_MIN);
		}
	assert_int_equal(pps_arrival_decide("a", "R22_S11", NULL, 0).missing, 3);
	assert_int_equal(pps_arrival_is_list("a", "a_expectedSensors.json"), 1);
	assert_int_equal(pps_arrival_is_list("a", "b_expectedSensors.json"), 0);
}

/* Soon, then less and less often, for an hour. */
static void looks_become_rare(void **state)
{
	const int64_t s = PPS_NS_PER_S, t = 1764720000 * s;
	int64_t at, waited = 0;
	int looks = 0;

	(void)state;
	for (int64_t now = t; (at = pps_arrival_look_again(t, now)) != PPS_TAI_MAX; now = at, looks++) {
		assert_true(at - now >= 2 * s && at - now >= waited);
		waited = at - now;
	}
	assert_in_range(looks, 10, 13);
	assert_true(pps_arrival_look_again(t, t + 60 * s) == t + 120 * s);
	assert_true(pps_arrival_look_again(t, t + PPS_ARRIVAL_AWAITED_NS) == t + 2 * PPS_ARRIVAL_AWAITED_NS);
	assert_true(pps_arrival_look_again(t, t + PPS_ARRIVAL_AWAITED_NS + 1) == PPS_TAI_MAX);
	/* told of by a clock that is ahead */
	assert_true(pps_arrival_look_again(t + s, t) == t + 2 * s);
	assert_true(pps_arrival_look_again(t + 9 * s, t) == t + 9 * s);
	assert_true(pps_arrival_look_again(t + 86400 * s, t) == PPS_TAI_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_and_keys),
		cmocka_unit_test(garbage_is_named),
		cmocka_unit_test(places),
		cmocka_unit_test(complete_only_with_everything),
		cmocka_unit_test(looks_become_rare),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
