/* SPDX-License-Identifier: BSD-3-Clause */
/* Dimension records between the example world's repositories; tests/interop/records_twin.py compares them with the real Butler's. */
#include "butler-place.h"

#include "butler/records-private.h"

static const char *const visit[] = { "instrument", "visit" }, *const image[] = { "visit", "detector", "instrument" };
static const char *const raw[] = { "instrument", "detector", "exposure" }, *const coadd[] = { "band", "skymap", "tract" };

struct fixture {
	pps_butler *source, *dest;
	pps_sql_value values[24];
	pps_data_ids ids;
};

static void fixture_init(struct fixture *f)
{
	f->source = must_open(world.embargo, PPS_BUTLER_READ);
	f->dest = must_open(world.main, PPS_BUTLER_WRITE);
	f->ids = (pps_data_ids){ .values = f->values };
}

static void fixture_clear(struct fixture *f)
{
	pps_butler_unref(f->source);
	pps_butler_unref(f->dest);
}
#define _cleanup_fixture_ _cleanup_(fixture_clear)

/* The first @n visits of the source, with these detectors when the dimensions have one. */
static const pps_data_ids *visits(struct fixture *f, const char *const *dimensions, size_t width, int n)
{
	f->ids = (pps_data_ids){ .dimensions = dimensions, .ndimensions = width, .values = f->values, .n = (size_t)n };
	for (int i = 0; i < n; i++) {
		pps_sql_value *row = &f->values[(size_t)i * width];
		char text[128];

		snprintf(text, sizeof text, "SELECT id FROM visit ORDER BY id LIMIT 1 OFFSET %d", i);
		if (width == 2) {
			row[0] = pps_sql_text("LSSTCam");
			row[1] = pps_sql_int(number(world.embargo, text));
			continue;
		}
		row[0] = pps_sql_int(number(world.embargo, text));
		snprintf(text, sizeof text, "SELECT min(detector) FROM visit_detector_region WHERE visit = %lld", (long long)row[0].i);
		row[1] = pps_sql_int(number(world.embargo, text));
		row[2] = pps_sql_text("LSSTCam");
	}
	return &f->ids;
}

static int64_t must_ensure(struct fixture *f, const pps_data_ids *ids, int flags)
{
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	int64_t inserted = -1;

	assert_ok(pps_butler_ensure_records(f->source, f->dest, ids, 1, PPS_RECORDS_REFS, flags, &inserted, &err), err);
	return inserted;
}

static void brings_what_visits_need(void **state)
{
	_cleanup_fixture_ struct fixture f;
	const pps_data_ids *ids;
	int64_t n;

	(void)state;
	fixture_init(&f);
	ids = visits(&f, visit, 2, 3);
	n = must_ensure(&f, ids, PPS_BUTLER_DRY_RUN);
	assert_true(n > 60);
	assert_int_equal(number(world.main, "SELECT count(*) FROM visit"), 0);
	assert_int_equal(must_ensure(&f, ids, 0), n);
	for (size_t i = 0; i < 6; i++) {
		static const char *const tables[] = { "visit", "visit_definition", "visit_detector_region", "visit_system_membership",
						      "visit_skypix_overlap", "visit_detector_region_skypix_overlap" };
		char text[96];

		snprintf(text, sizeof text, "SELECT count(*) FROM %s", tables[i]);
		assert_int_equal(number(world.main, text), number(world.embargo, text));
	}
	assert_int_equal(number(world.main, "SELECT count(*) FROM exposure"), 3);
	assert_int_equal(must_ensure(&f, ids, 0), 0);
}

static void brings_regions_of_the_detectors_asked_for(void **state)
{
	_cleanup_fixture_ struct fixture f;

	(void)state;
	fixture_init(&f);
	must_ensure(&f, visits(&f, image, 3, 2), 0);
	assert_int_equal(number(world.main, "SELECT count(*) FROM visit"), 2);
	assert_int_equal(number(world.main, "SELECT count(*) FROM visit_detector_region"), 2);
	assert_int_equal(number(world.main, "SELECT count(*) FROM visit_definition"), 2);
}

static void completes_sky_pixels(void **state)
{
	_cleanup_fixture_ struct fixture f;
	const pps_data_ids *ids;

	(void)state;
	fixture_init(&f);
	ids = visits(&f, visit, 2, 3);
	must_ensure(&f, ids, 0);
	run_sql(world.main, "DELETE FROM visit_skypix_overlap");
	assert_int_equal(must_ensure(&f, ids, PPS_BUTLER_DRY_RUN), 3);
	assert_int_equal(must_ensure(&f, ids, 0), 0); /* the records were there */
	assert_int_equal(number(world.main, "SELECT count(*) FROM visit_skypix_overlap"),
			 number(world.embargo, "SELECT count(*) FROM visit_skypix_overlap"));
}

struct told {
	int n;
	char last[256];
};

static int note(void *user, const char *element, const char *key, const char *column, pps_error **err)
{
	struct told *told = user;

	(void)err;
	told->n++;
	snprintf(told->last, sizeof told->last, "%s %s %s", element, key, column);
	return PPS_OK;
}

static int64_t must_revise(struct fixture *f, const pps_data_ids *ids, int flags, struct told *told)
{
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	int64_t inserted = -1, revised = -1;

	*told = (struct told){ 0 };
	assert_ok(pps_butler_revise_records(f->source, f->dest, ids, 1, PPS_RECORDS_REFS, flags, note, told, &inserted, &revised, &err), err);
	assert_int_equal(inserted, 0);
	assert_int_equal(revised, told->n);
	return revised;
}

static void replaces_what_was_revised(void **state)
{
	_cleanup_fixture_ struct fixture f;
	const pps_data_ids *ids;
	struct told told;
	char text[256];

	(void)state;
	fixture_init(&f);
	ids = visits(&f, visit, 2, 3);
	must_ensure(&f, ids, 0);
	assert_int_equal(must_revise(&f, ids, 0, &told), 0);
	/* the first visit gets the second one's region, and its pixels */
	snprintf(text, sizeof text,
		 "UPDATE visit SET timespan_end = timespan_end + 1, region = (SELECT region FROM visit WHERE id = %lld) WHERE id = %lld",
		 (long long)f.values[3].i, (long long)f.values[1].i);
	run_sql(world.embargo, text);
	snprintf(text, sizeof text,
		 "DELETE FROM visit_skypix_overlap WHERE visit = %lld; INSERT INTO visit_skypix_overlap SELECT skypix_system, skypix_level,"
		 " instrument, %lld, skypix_index FROM visit_skypix_overlap WHERE visit = %lld",
		 (long long)f.values[1].i, (long long)f.values[1].i, (long long)f.values[3].i);
	run_sql(world.embargo, text);
	assert_int_equal(must_revise(&f, ids, PPS_BUTLER_DRY_RUN, &told), 1);
	snprintf(text, sizeof text, "visit instrument=LSSTCam, visit=%lld region", (long long)f.values[1].i);
	assert_string_equal(told.last, text);
	assert_int_equal(must_revise(&f, ids, 0, &told), 1);
	assert_int_equal(must_revise(&f, ids, 0, &told), 0);
	assert_int_equal(number(world.main, "SELECT sum(timespan_end) - sum(id) FROM visit"),
			 number(world.embargo, "SELECT sum(timespan_end) - sum(id) FROM visit"));
	assert_int_equal(number(world.main, "SELECT sum(skypix_index * visit % 1000003) FROM visit_skypix_overlap"),
			 number(world.embargo, "SELECT sum(skypix_index * visit % 1000003) FROM visit_skypix_overlap"));
}

static void prepares_instruments_and_sky_maps(void **state)
{
	static const char *const cameras[] = { "LSSTCam" }, *const nothing[] = { "nosky" };
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	_cleanup_fixture_ struct fixture f;
	const char *skymap = "lsst_cells_v1";
	int64_t inserted = -1;

	(void)state;
	fixture_init(&f);
	for (int64_t n = number(world.embargo, "SELECT 1 + count(*) FROM tract"), again = 0; again < 2; n = 0, again++) {
		assert_ok(pps_butler_prepare_records(f.source, f.dest, cameras, 1, &skymap, 1, 0, NULL, NULL, &inserted, &err), err);
		assert_int_equal(inserted, n);
	}
	assert_int_equal(number(world.main, "SELECT count(*) FROM tract_skypix_overlap"),
			 number(world.embargo, "SELECT count(*) FROM tract_skypix_overlap"));
	assert_int_equal(pps_butler_prepare_records(f.source, f.dest, NULL, 0, nothing, 1, 0, NULL, NULL, NULL, &err), PPS_E_NOTFOUND);
	assert_non_null(strstr(pps_error_message(err), "nosky"));
}

static void refuses(void **state)
{
	static const struct {
		const char *const *dimensions;
		size_t width;
		pps_sql_value values[3];
		int code;
		const char *word;
	} cases[] = {
		{ raw, 3, { { PPS_SQL_TEXT, .s = "LSSTCam" }, { PPS_SQL_INT, .i = 1 }, { PPS_SQL_INT, .i = 7 } }, PPS_E_NOTFOUND, "exposure=7" },
		{ raw, 3, { { PPS_SQL_TEXT, .s = "NoCam" }, { PPS_SQL_INT, .i = 1 }, { PPS_SQL_INT, .i = 7 } }, PPS_E_NOTFOUND, "NoCam" },
		{ raw, 3, { { PPS_SQL_INT, .i = 1 }, { PPS_SQL_INT, .i = 1 }, { PPS_SQL_INT, .i = 7 } }, PPS_E_ARG, "instrument" },
		{ raw, 3, { { PPS_SQL_TEXT, .s = "LSSTCam" }, { PPS_SQL_NULL }, { PPS_SQL_INT, .i = 7 } }, PPS_E_ARG, "detector" },
		{ coadd, 3, { { PPS_SQL_TEXT, .s = "r" }, { PPS_SQL_TEXT, .s = "nosky" }, { PPS_SQL_INT, .i = 7 } }, PPS_E_NOTFOUND, "nosky" },
	};

	(void)state;
	for (size_t i = 0; i < PPS_COUNT(cases); i++) {
		_cleanup_(pps_error_freep) pps_error *err = NULL;
		_cleanup_fixture_ struct fixture f;
		pps_data_ids ids = { .dimensions = cases[i].dimensions, .ndimensions = cases[i].width, .values = cases[i].values, .n = 1 };

		fixture_init(&f);
		assert_int_equal(pps_butler_ensure_records(f.source, f.dest, &ids, 1, PPS_RECORDS_REFS, 0, NULL, &err), cases[i].code);
		if (!strstr(pps_error_message(err), cases[i].word))
			fail_msg("%s is not in: %s", cases[i].word, pps_error_message(err));
	}
}

static void brings_what_datasets_need(void **state)
{
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	_cleanup_(pps_butler_datasets_freep) pps_butler_datasets *list = NULL;
	_cleanup_(pps_refs_freep) pps_refs *refs = NULL;
	_cleanup_free_ pps_uuid *ids = NULL;
	_cleanup_fixture_ struct fixture f;
	int64_t inserted = -1, revised = -1;

	(void)state;
	fixture_init(&f);
	assert_ok(pps_butler_query_datasets(f.source, "raw,guider_raw", "*", NULL, NULL, &list, &err), err);
	assert_non_null(ids = calloc(list->n, sizeof *ids));
	for (size_t i = 0; i < list->n; i++)
		ids[i] = list->at[i].id;
	assert_ok(pps_butler_find_refs(f.source, ids, list->n, 0, &refs, &err), err);
	assert_int_equal(refs->types->n, 2);
	assert_ok(pps_butler_ensure_ref_records(f.source, f.dest, refs, 0, &inserted, &err), err);
	assert_true(inserted > 2);
	assert_int_equal(number(world.main, "SELECT count(*) FROM exposure"),
			 number(world.embargo, "SELECT count(*) FROM exposure WHERE obs_id IS NOT NULL"));
	run_sql(world.embargo, "UPDATE exposure SET dark_time = 7.5");
	assert_ok(pps_butler_revise_ref_records(f.source, f.dest, refs, 0, NULL, NULL, &inserted, &revised, &err), err);
	assert_int_equal(inserted, 0);
	assert_int_equal(revised, number(world.main, "SELECT count(*) FROM exposure WHERE dark_time = 7.5"));
	assert_true(revised > 0);
}

static void sorts_keys(void **state)
{
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	_cleanup_(pps_key_sets_clear) pps_key_sets sets = { 0 };
	_cleanup_fixture_ struct fixture f;
	const pps_record_keys *keys;
	const pps_element *e;

	(void)state;
	fixture_init(&f);
	assert_ok(pps_key_sets_init(&sets, f.source, &err), err);
	e = pps_universe_find(sets.universe, "visit");
	for (int64_t i = 0; i < 50; i++)
		assert_ok(pps_key_sets_add(&sets, e, (pps_key_part[]){ { .s = i % 2 ? "b" : "a" }, { .i = i * 7 % 10 } }, &err), err);
	pps_key_sets_sort(&sets);
	keys = &sets.at[e->index];
	assert_int_equal(keys->n, 10);
	for (size_t i = 0; i < keys->n; i++) {
		assert_string_equal(pps_keys_row(keys, i)[0].s, i < 5 ? "a" : "b");
		assert_int_equal(pps_keys_row(keys, i)[1].i, i < 5 ? 2 * i : 2 * (i - 5) + 1);
	}
	assert_true(pps_keys_have(keys, (pps_key_part[]){ { .s = "b" }, { .i = 9 } }));
	assert_false(pps_keys_have(keys, (pps_key_part[]){ { .s = "a" }, { .i = 9 } }));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		PLACE_TEST(brings_what_visits_need),
		PLACE_TEST(brings_regions_of_the_detectors_asked_for),
		PLACE_TEST(completes_sky_pixels),
		PLACE_TEST(replaces_what_was_revised),
		PLACE_TEST(prepares_instruments_and_sky_maps),
		PLACE_TEST(refuses),
		PLACE_TEST(brings_what_datasets_need),
		PLACE_TEST(sorts_keys),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
