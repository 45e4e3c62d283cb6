/* SPDX-License-Identifier: BSD-3-Clause */
/* Rucio's events, where their files are here, and which yaml goes with which zip. */
#include "test.h"

#include "butler/import.h"
#include "raw/rucio-event.h"

#define PAYLOAD(more) "{\"event_type\":\"transfer-done\",\"payload\":{\"scope\":\"raw\",\"name\":\"L/a.zip\",\"dst-rse\":\"X\"" more "}}"

static void kinds(void **state)
{
	static const struct {
		const char *text;
		int kind;
		const char *what;
	} cases[] = {
		{ PAYLOAD(",\"dst-url\":\"p/a.zip\",\"rubin_butler\":\"zip_file\""), PPS_RUCIO_ZIP, NULL },
		{ PAYLOAD(",\"dst-url\":\"p/a_dimensions.yaml\",\"rubin_butler\":\"dim_file\""), PPS_RUCIO_YAML, NULL },
		{ "{\"event_type\":\"transfer-done\",\"payload\":{\"name\":\"L/a_dimensions.3.yaml\",\"dst-url\":\"p/a_dimensions.3.yaml\"}}", PPS_RUCIO_YAML, NULL },
		{ "{\"event_type\":\"transfer-done\",\"payload\":{\"dst-url\":\"p/a_dimensions.yaml\"}}", PPS_RUCIO_YAML, NULL },
		{ "{\"payload\":{\"dst-url\":\"p/a.zip\",\"rubin_butler\":\"zip_file\"}}", PPS_RUCIO_ZIP, NULL },
		{ PAYLOAD(",\"dst-url\":\"p/a.zip\""), PPS_RUCIO_OTHER, "it has no rubin_butler" },
		{ PAYLOAD(",\"rubin_butler\":\"raw_file\""), PPS_RUCIO_OTHER, "rubin_butler is raw_file" },
		{ PAYLOAD(",\"rubin_butler\":\"data_product\""), PPS_RUCIO_OTHER, "rubin_butler is data_product" },
		{ "{\"event_type\":\"deletion-done\",\"payload\":{\"dst-url\":\"p/a.zip\",\"rubin_butler\":\"zip_file\"}}", PPS_RUCIO_OTHER,
		  "an event deletion-done" },
		{ "{\"event_type\":\"transfer-failed\",\"payload\":{\"rubin_butler\":\"zip_file\"}}", PPS_RUCIO_OTHER, "an event transfer-failed" },
	};

	(void)state;
	for (size_t i = 0; i < PPS_COUNT(cases); i++) {
		_cleanup_(pps_rucio_event_freep) pps_rucio_event *e = NULL;
		_cleanup_(pps_error_freep) pps_error *err = NULL;

		assert_ok(pps_rucio_event_parse(cases[i].text, strlen(cases[i].text), &e, &err), err);
		if (e->kind != cases[i].kind)
			fail_msg("case %zu: kind %d", i, e->kind);
		if (cases[i].what)
			assert_string_equal(e->what, cases[i].what);
		assert_int_equal(e->url != NULL, e->kind != PPS_RUCIO_OTHER);
	}
}

static void garbage(void **state)
{
	static const char *const texts[] = {
		"", "no", "[]", "{}", "{\"payload\":[]}", PAYLOAD(",\"rubin_butler\":\"zip_file\""), PAYLOAD(",\"rubin_butler\":\"zip_file\",\"dst-url\":7"),
		PAYLOAD(",\"rubin_butler\":\"dim_file\",\"dst-url\":\"p/a.yaml\""),
	};

	(void)state;
	for (size_t i = 0; i < PPS_COUNT(texts); i++) {
		_cleanup_(pps_error_freep) pps_error *err = NULL;
		pps_rucio_event *e = NULL;

		assert_int_equal(pps_rucio_event_parse(texts[i], strlen(texts[i]), &e, &err), PPS_E_FORMAT);
		assert_true(*pps_error_message(err));
	}
}

static void places(void **state)
{
	static const struct {
		const char *url, *rucio, *local, *place;
	} cases[] = {
		{ "root://x:1094//rucio/raw/a b.zip", "root://x:1094//rucio", "/data", "file:///data/raw/a%20b.zip" },
		{ "root://x:1094//rucio//raw/a.zip", "root://x:1094//rucio/", "file:///data", "file:///data/raw/a.zip" },
		{ "root://x:1094//rucio/raw/a.zip", "root://x:1094//", "/data", "file:///data/rucio/raw/a.zip" },
		{ "davs://h/p/a.zip", "davs://h/p", "s3://prof@bucket/raw", "s3://prof@bucket/raw/a.zip" },
		{ "root://x:1094//rucioevil/a.zip", "root://x:1094//rucio", "/data", NULL },
		{ "root://y:1094//rucio/a.zip", "root://x:1094//rucio", "/data", NULL },
		{ "root://x:1094//rucio/../../etc/a.zip", "root://x:1094//rucio", "/data", NULL },
		{ "root://x:1094//rucio/b/../../a.zip", "root://x:1094//rucio", "/data", NULL },
		{ "root://x:1094//rucio/", "root://x:1094//rucio", "/data", NULL },
		{ "root://x:1094//rucio", "root://x:1094//rucio", "/data", NULL },
		{ "root://x:1094//rucio/a/", "root://x:1094//rucio", "/data", NULL },
		{ "root://x:1094//rucio/a#b", "root://x:1094//rucio", "/data", NULL },
		{ "root://x:1094//rucio/s3://b/a.zip", "root://x:1094//rucio", "/data", NULL },
	};

	(void)state;
	for (size_t i = 0; i < PPS_COUNT(cases); i++) {
		_cleanup_free_ char *place = NULL;
		_cleanup_(pps_error_freep) pps_error *err = NULL;
		int r = pps_rucio_event_place(cases[i].url, cases[i].rucio, cases[i].local, &place, &err);

		if ((r == PPS_OK) != (cases[i].place != NULL))
			fail_msg("%s: %s %s", cases[i].url, place ? place : "", pps_error_message(err));
		if (r == PPS_OK)
			assert_string_equal(place, cases[i].place);
		else
			assert_int_equal(r, PPS_E_FORMAT);
	}
}

static void zips_and_yamls(void **state)
{
	static const struct {
		const char *yaml, *zip;
	} cases[] = {
		{ "file:///d/a_dimensions.yaml", "file:///d/a.zip" }, { "a_dimensions.12.yaml", "a.zip" }, { "a_dimensions.x.yaml", NULL },
		{ "d/_dimensions.yaml", NULL }, { "a.yaml", NULL }, { "a_dimensions._dimensions.yaml", "a_dimensions..zip" },
	};
	static const struct {
		const char *zip, *name;
		int n;
	} numbers[] = {
		{ "a.zip", "a_dimensions.yaml", 0 }, { "a.zip", "a_dimensions.1.yaml", 1 }, { "a.zip", "a_dimensions.20.yaml", 20 },
		{ "a.zip", "a_dimensions.01.yaml", -1 }, { "a.zip", "a_dimensions.x.yaml", -1 }, { "a.zip", "ab_dimensions.yaml", -1 },
		{ "a.zip", "a_dimensions.99999999999.yaml", -1 }, { "a.zip", "a.zip", -1 }, { "a", "a_dimensions.yaml", 0 },
	};

	(void)state;
	for (size_t i = 0; i < PPS_COUNT(cases); i++) {
		_cleanup_free_ char *zip = pps_rucio_event_zip_of(cases[i].yaml);

		assert_int_equal(zip != NULL, cases[i].zip != NULL);
		if (zip)
			assert_string_equal(zip, cases[i].zip);
	}
	for (size_t i = 0; i < PPS_COUNT(numbers); i++)
		if (pps_import_yaml_number(numbers[i].zip, numbers[i].name) != numbers[i].n)
			fail_msg("%s: %d", numbers[i].name, pps_import_yaml_number(numbers[i].zip, numbers[i].name));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(kinds),
		cmocka_unit_test(garbage),
		cmocka_unit_test(places),
		cmocka_unit_test(zips_and_yamls),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
