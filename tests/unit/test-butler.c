/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Looking up and ingesting, in copies of the example world's repositories (SQLite, as the Python Butler made them). With PPS_TEST_PG,
 * the URL of a PostgreSQL database, nothing more is done here: tests/interop/butler_twin.py does the same there against the real Butler.
 */
#include "butler-place.h"

#include "dimensions/dimension-sql.h"

#define EXPOSURE INT64_C(2025120200001)
#define ZIP "file:///data/MC%20O.zip"

/* ---- opening ---- */

static void test_info(void **state)
{
	_cleanup_(pps_butler_unrefp) pps_butler *b = must_open(world.embargo, PPS_BUTLER_READ);
	_cleanup_(pps_butler_unrefp) pps_butler *second = pps_butler_ref(b);

	(void)state;
	assert_int_equal(pps_butler_universe_version(b), 8);
	assert_null(pps_butler_schema(b));
	assert_null(pps_butler_why_not_writable(b));
	assert_int_equal(pps_butler_part_count(b), 6);
	assert_string_equal(pps_butler_part_name(b, 2), "datasets");
	assert_string_equal(pps_butler_part_version(b, 2), "2.0.0");
	assert_non_null(strstr(pps_butler_part_class(b, 2), "ByDimensions"));
	assert_null(pps_butler_part_name(b, 6));
	assert_int_equal(pps_butler_datastore_count(second), 1);
	assert_string_equal(pps_butler_datastore_name(b, 0), "FileDatastore@<butlerRoot>");
	assert_string_equal(pps_butler_datastore_root(b, 0), pps_butler_root(b));
	assert_fails(pps_butler_check_writable(b, &failed), PPS_E_ACCESS, "reading only");
	assert_null(pps_butler_config_uri(NULL));
	assert_null(pps_butler_unref(NULL));
	assert_fails(pps_butler_open(world.ctx, NULL, PPS_BUTLER_READ, &second, &failed), PPS_E_ARG, "location");
	assert_fails(pps_butler_open(world.ctx, world.embargo, 7, &second, &failed), PPS_E_ARG, "PPS_BUTLER_READ");
}

static void test_refusals(void **state)
{
#define SET(name, value) "UPDATE butler_attributes SET value = '" value "' WHERE name LIKE '" name "'"
	static const struct {
		const char *damage, *repair;
		const char *word;
		int only_writing;
	} cases[] = {
		{ SET("version:%ByDimensions%", "3.0.0"), SET("version:%ByDimensions%", "2.0.0"), "datasets have schema version 3.0.0", 0 },
		{ SET("version:%ByDimensions%", "2.1.0"), SET("version:%ByDimensions%", "1.0.0"), "2.1.0: known are 1.0.* and 2.0.*", 0 },
		{ SET("version:%SynthIntKey%", "2.01.0"), SET("version:%SynthIntKey%", "2.0.7"), "collections have schema version", 0 },
		{ SET("config:registry.managers.collections", "lsst.daf.butler.registry.attributes.DefaultButlerAttributeManager"),
		  SET("config:registry.managers.collections", "lsst.daf.butler.registry.collections.synthIntKey.SynthIntKeyCollectionManager"),
		  "collections are those of", 0 },
		{ "UPDATE butler_attributes SET name = 'x' WHERE name = 'config:registry.managers.opaque'",
		  "UPDATE butler_attributes SET name = 'config:registry.managers.opaque' WHERE name = 'x'", "which class its opaque", 0 },
		{ "UPDATE butler_attributes SET name = 'x' WHERE name LIKE 'version:%opaque%'",
		  "UPDATE butler_attributes SET name = 'version:' || (SELECT value FROM butler_attributes WHERE name LIKE '%managers.opaque')"
		  " WHERE name = 'x'", "no schema version", 0 },
		{ "INSERT INTO butler_attributes VALUES ('config:registry.managers.surprise', 's'), ('version:s', '1.0.0')",
		  "DELETE FROM butler_attributes WHERE name LIKE '%surprise' OR name = 'version:s'", "\"surprise\"", 0 },
		{ "INSERT INTO butler_attributes VALUES ('config:registry.managers.obscore', 'o'), ('version:o', '0.0.1')",
		  "DELETE FROM butler_attributes WHERE name LIKE '%obscore' OR name = 'version:o'", "ObsCore", 1 },
		{ "INSERT INTO butler_attributes VALUES ('config:obscore.json', '{}')",
		  "DELETE FROM butler_attributes WHERE name LIKE '%obscore%'", "ObsCore", 1 },
		{ "UPDATE butler_attributes SET value = replace(value, '\"version\": 8', '\"version\": 9') WHERE name = 'config:dimensions.json'",
		  "UPDATE butler_attributes SET value = replace(value, '\"version\": 9', '\"version\": 8') WHERE name = 'config:dimensions.json'",
		  "9", 0 },
		{ "UPDATE butler_attributes SET value = replace(value, '\"common\": \"htm7\"', '\"common\": \"htm9\"')"
		  " WHERE name = 'config:dimensions.json'",
		  "UPDATE butler_attributes SET value = replace(value, '\"common\": \"htm9\"', '\"common\": \"htm7\"')"
		  " WHERE name = 'config:dimensions.json'", "htm9", 0 },
		{ "UPDATE butler_attributes SET name = 'y' WHERE name = 'config:dimensions.json'",
		  "UPDATE butler_attributes SET name = 'config:dimensions.json' WHERE name = 'y'", "universe", 0 },
	};
	pps_butler *b = NULL;

	(void)state;
	for (size_t i = 0; i < PPS_COUNT(cases); i++) {
		run_sql(world.main, cases[i].damage);
		assert_fails(pps_butler_open(world.ctx, world.main, PPS_BUTLER_WRITE, &b, &failed), PPS_E_UNSUPPORTED, cases[i].word);
		if (cases[i].only_writing) {
			b = must_open(world.main, PPS_BUTLER_READ);
			assert_non_null(strstr(pps_butler_why_not_writable(b), cases[i].word));
			b = pps_butler_unref(b);
		} else {
			assert_fails(pps_butler_open(world.ctx, world.main, PPS_BUTLER_READ, &b, &failed), PPS_E_UNSUPPORTED, cases[i].word);
		}
		run_sql(world.main, cases[i].repair);
		pps_butler_unref(must_open(world.main, PPS_BUTLER_WRITE));
	}
	run_sql(world.main, "ALTER TABLE exposure ADD COLUMN surprise TEXT");
	assert_fails(pps_butler_open(world.ctx, world.main, PPS_BUTLER_WRITE, &b, &failed), PPS_E_UNSUPPORTED, "table exposure");
	pps_butler_unref(must_open(world.main, PPS_BUTLER_READ));
	run_sql(world.main, "DROP TABLE butler_attributes");
	assert_fails(pps_butler_open(world.ctx, world.main, PPS_BUTLER_READ, &b, &failed), PPS_E_NOTFOUND, "no Butler registry");
	assert_null(b);
}

/* ---- looking up ---- */

static size_t count_exposures(pps_butler *b, const pps_exposure_query *q)
{
	_cleanup_(pps_butler_exposures_freep) pps_butler_exposures *list = NULL;
	_cleanup_(pps_error_freep) pps_error *err = NULL;

	assert_ok(pps_butler_find_exposures(b, q, &list, &err), err);
	for (size_t i = 1; i < list->n; i++)
		assert_true(list->at[i - 1].id < list->at[i].id);
	return list->n;
}

static void test_exposures(void **state)
{
	_cleanup_(pps_butler_unrefp) pps_butler *b = must_open(world.embargo, PPS_BUTLER_READ);
	_cleanup_(pps_butler_exposures_freep) pps_butler_exposures *list = NULL;
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	int64_t all = number(world.embargo, "SELECT count(*) FROM exposure"), begin, end, ids[] = { EXPOSURE, EXPOSURE + 3, 7 };
	const char *names[] = { "MC_O_20251202_000002", "nothing" };

	(void)state;
	assert_int_equal(count_exposures(b, &(pps_exposure_query){ 0 }), all);
	assert_int_equal(count_exposures(b, &(pps_exposure_query){ .instrument = "LATISS" }), 0);
	assert_int_equal(count_exposures(b, &(pps_exposure_query){ .ids = ids, .nids = 3 }), 2);
	assert_int_equal(count_exposures(b, &(pps_exposure_query){ .ids = ids, .nids = 0 }), 0);
	assert_int_equal(count_exposures(b, &(pps_exposure_query){ .obs_ids = names, .nobs_ids = 2 }), 1);
	assert_int_equal(count_exposures(b, &(pps_exposure_query){ .day_obs = 20251202 }), all);
	assert_int_equal(count_exposures(b, &(pps_exposure_query){ .day_obs = 20251203 }), 0);
	assert_int_equal(count_exposures(b, &(pps_exposure_query){ .instrument = "LSSTCam", .where = "not exposure.can_see_sky" }), 1);
	assert_ok(pps_butler_query_exposures(b, "LSSTCam", "exposure.seq_num = 1", INT64_MIN, INT64_MAX, &list, &err), err);
	assert_int_equal(pps_butler_exposures_count(list), 1);
	assert_int_equal(pps_butler_exposures_id(list), 0);
	assert_int_equal(pps_butler_exposures_next(list), 1);
	assert_int_equal(pps_butler_exposures_id(list), EXPOSURE);
	assert_string_equal(pps_butler_exposures_obs_id(list), "MC_O_20251202_000001");
	assert_string_equal(pps_butler_exposures_group(list), "2025-12-03T01:29:04.425");
	assert_string_equal(pps_butler_exposures_physical_filter(list), "r_57");
	assert_string_equal(list->at[0].band, "r");
	assert_int_equal(pps_butler_exposures_can_see_sky(list), 1);
	assert_int_equal(pps_butler_exposures_timespan(list, &begin, &end), 1);
	assert_int_equal(begin, number(world.embargo, "SELECT timespan_begin FROM exposure WHERE id = 2025120200001"));
	assert_int_equal(pps_butler_exposures_next(list), 0);
	/* [begin, end) touches neither what ends where it begins nor what begins where it ends */
	assert_int_equal(count_exposures(b, &(pps_exposure_query){ .begin = begin, .end = begin + 1 }), 1);
	assert_int_equal(count_exposures(b, &(pps_exposure_query){ .begin = begin - 1, .end = begin }), 0);
	assert_int_equal(count_exposures(b, &(pps_exposure_query){ .begin = end - 1, .end = end }), 1);
	assert_int_equal(count_exposures(b, &(pps_exposure_query){ .begin = end, .end = end + 1 }), 0);
	assert_int_equal(count_exposures(b, &(pps_exposure_query){ .begin = begin, .end = PPS_TAI_MAX }), all);
	assert_int_equal(count_exposures(b, &(pps_exposure_query){ .begin = end, .end = begin }), 0);
	pps_butler_exposures_free(TAKE_PTR(list));
	assert_fails(pps_butler_query_exposures(b, NULL, NULL, 5, 5, &list, &failed), PPS_E_ARG, "window");
	assert_fails(pps_butler_query_exposures(b, "LSSTCam", "exposure.nothing = 1", INT64_MIN, INT64_MAX, &list, &failed), PPS_E_ARG, "no field");
	/* what is unknown is not made up */
	run_sql(world.embargo, "UPDATE exposure SET timespan_begin = NULL, timespan_end = NULL, can_see_sky = NULL WHERE id = 2025120200001");
	assert_int_equal(count_exposures(b, &(pps_exposure_query){ .begin = begin, .end = begin + 1 }), 0);
	assert_ok(pps_butler_query_exposures(b, NULL, NULL, INT64_MIN, INT64_MAX, &list, &err), err);
	pps_butler_exposures_next(list);
	assert_int_equal(pps_butler_exposures_timespan(list, &begin, &end), 0);
	assert_true(begin == INT64_MIN && end == INT64_MAX);
	assert_int_equal(pps_butler_exposures_can_see_sky(list), -1);
	run_sql(world.embargo, "UPDATE exposure SET timespan_begin = 5, timespan_end = 4102444800000000000 WHERE id = 2025120200001");
	pps_butler_exposures_free(TAKE_PTR(list));
	assert_ok(pps_butler_query_exposures(b, NULL, NULL, INT64_MIN, INT64_MAX, &list, &err), err);
	assert_int_equal(list->at[0].timespan.end, PPS_TAI_MAX);
}

#define NAMES(...) (const char *const[]){ __VA_ARGS__ }, sizeof((const char *const[]){ __VA_ARGS__ }) / sizeof(char *)

static void assert_collections(pps_butler *b, const char *const *names, size_t n, const char *expected)
{
	_cleanup_(pps_butler_collections_freep) pps_butler_collections *list = NULL;
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	_cleanup_buf_ pps_buf found = PPS_BUF_LINE;

	assert_ok(pps_butler_find_collections(b, names, n, 0, &list, &err), err);
	for (size_t i = 0; i < list->n; i++)
		pps_buf_printf(&found, "%s%s", i ? " " : "", list->at[i].name);
	assert_string_equal(pps_buf_text(&found), expected);
}

static void test_collections(void **state)
{
	_cleanup_(pps_butler_collections_freep) pps_butler_collections *list = NULL;
	_cleanup_(pps_butler_unrefp) pps_butler *b = must_open(world.embargo, PPS_BUTLER_READ);

	(void)state;
	run_sql(world.embargo,
		"INSERT INTO collection VALUES (11, 'r1', 1, NULL), (12, 'r2', 1, NULL), (13, 'tag', 2, NULL), (14, 'in', 3, NULL),"
		" (15, 'out', 3, NULL), (16, 'loop', 3, NULL), (17, 'empty', 3, NULL);"
		"INSERT INTO collection_chain VALUES (14, 5, 12), (14, -3, 11), (15, 0, 13), (15, 1, 14), (15, 2, 1), (16, 0, 16), (16, 1, 11)");
	assert_collections(b, NAMES("in"), "r1 r2");
	assert_collections(b, NAMES("out"), "tag r1 r2 LSSTCam/raw/all");
	assert_collections(b, NAMES("r2", "out", "in"), "r2 tag r1 LSSTCam/raw/all");
	assert_collections(b, NAMES("r[12]", "LSST*"), "r1 r2 LSSTCam/raw/all LSSTCam/raw/guider");
	assert_collections(b, NAMES("empty"), "");
	assert_collections(b, NAMES("zz*"), "");
	assert_collections(b, NAMES("loop"), "r1");
	assert_fails(pps_butler_find_collections(b, NAMES("r1", "nothing"), 0, &list, &failed), PPS_E_NOTFOUND, "collection nothing");
}

static pps_butler_datasets *must_find(pps_butler *b, const char *types, const char *collections)
{
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	pps_butler_datasets *list = NULL;

	assert_ok(pps_butler_query_datasets(b, types, collections, "LSSTCam", "exposure = 2025120200001", &list, &err), err);
	return list;
}

/* By UUID they are the same, but for implied keys; a UUID that nobody knows is passed over. */
static void get_again(pps_butler *b, const pps_butler_datasets *list)
{
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	_cleanup_(pps_butler_datasets_freep) pps_butler_datasets *found = NULL;
	char texts[32][37] = { { 0 } };
	const char *ids[32];

	assert_true(list->n + 2 <= PPS_COUNT(ids));
	for (size_t i = 0; i < list->n; i++) {
		pps_uuid_format(&list->at[i].id, texts[i]);
		ids[i] = texts[i];
	}
	ids[list->n] = texts[0];
	ids[list->n + 1] = "00000000-0000-0000-0000-000000000005";
	assert_ok(pps_butler_get_datasets(b, ids, list->n + 2, &found, &err), err);
	assert_int_equal(found->n, list->n);
	for (size_t i = 0; i < found->n; i++) {
		const pps_butler_dataset *x = &found->at[i], *y = NULL;

		assert_true(i == 0 || pps_uuid_compare(&found->at[i - 1].id, &x->id) < 0);
		for (size_t k = 0; k < list->n; k++)
			if (!pps_uuid_compare(&list->at[k].id, &x->id))
				y = &list->at[k];
		assert_non_null(y);
		assert_string_equal(x->type, y->type);
		assert_string_equal(x->run, y->run);
		assert_string_equal(x->uri, y->uri);
		assert_string_equal(x->formatter, y->formatter);
		assert_int_equal(x->size, y->size);
		assert_int_equal(x->nkeys, 3);
		for (size_t k = 0; k < x->nkeys; k++) {
			assert_string_equal(x->keys[k].name, y->keys[k].name);
			assert_int_equal(x->keys[k].i, y->keys[k].i);
		}
		assert_string_equal(x->keys[0].s, "LSSTCam");
	}
	pps_butler_datasets_free(TAKE_PTR(found));
	assert_fails(pps_butler_get_datasets(b, (const char *const[]){ "x" }, 1, &found, &failed), PPS_E_ARG, "no UUID");
	assert_fails(pps_butler_get_datasets(b, NULL, 1, &found, &failed), PPS_E_ARG, "must not be NULL");
	assert_ok(pps_butler_get_datasets(b, NULL, 0, &found, &err), err);
	assert_int_equal(found->n, 0);
}

static void test_datasets(void **state)
{
	_cleanup_(pps_butler_unrefp) pps_butler *b = must_open(world.embargo, PPS_BUTLER_READ);
	_cleanup_(pps_butler_datasets_freep) pps_butler_datasets *list = must_find(b, "raw, guider_raw", "LSSTCam/raw/all,LSSTCam/raw/guider");
	static const char *const keys[] = { "instrument", "detector", "exposure", "band", "day_obs", "group", "physical_filter" };
	size_t raws, n = pps_butler_datasets_count(list);
	int64_t value = 0, exposure = EXPOSURE;

	(void)state;
	assert_int_equal(n, 21);
	assert_int_equal(pps_butler_datasets_next(list), 1);
	assert_string_equal(pps_butler_datasets_type(list), "guider_raw");
	assert_string_equal(pps_butler_datasets_run(list), "LSSTCam/raw/guider");
	assert_int_equal(pps_butler_datasets_key_count(list), PPS_COUNT(keys));
	for (size_t i = 0; i < PPS_COUNT(keys); i++)
		assert_string_equal(pps_butler_datasets_key_name(list, i), keys[i]);
	assert_string_equal(pps_butler_datasets_key(list, 0, &value), "LSSTCam");
	assert_null(pps_butler_datasets_key(list, 2, &value));
	assert_int_equal(value, EXPOSURE);
	assert_null(pps_butler_datasets_key_name(list, PPS_COUNT(keys)));
	assert_non_null(strstr(pps_butler_datasets_uri(list), "/storage/LSSTCam/20251202/MC_O_20251202_000001/MC_O_20251202_000001_R00_SG0.fits"));
	assert_string_equal(pps_butler_datasets_storage_class(list), "StampsBase");
	assert_true(pps_butler_datasets_size(list) > 0);
	assert_int_equal(strlen(pps_butler_datasets_id(list)), 36);
	get_again(b, list);
	pps_butler_datasets_free(TAKE_PTR(list));

	/* only what is in the collection; the first of several collections wins */
	list = must_find(b, "raw", "LSSTCam/raw/guider");
	assert_int_equal(list->n, 0);
	pps_butler_datasets_free(TAKE_PTR(list));
	run_sql(world.embargo,
		"INSERT INTO collection VALUES (11, 'other', 1, NULL); INSERT INTO run(collection_id) VALUES (11);"
		"INSERT INTO collection_summary_dataset_type VALUES (11, 1); INSERT INTO collection_summary_instrument VALUES (11, 'LSSTCam');"
		"INSERT INTO dataset SELECT '0123456789abcdef0123456789abcdef', dataset_type_id, ingest_date, 11 FROM dataset LIMIT 1;"
		"INSERT INTO dataset_tags_00000001 SELECT 1, '0123456789abcdef0123456789abcdef', 11, instrument, detector, exposure"
		" FROM dataset_tags_00000001 WHERE dataset_type_id = 1 AND exposure = 2025120200001 ORDER BY detector LIMIT 1");
	list = must_find(b, "raw", "LSSTCam/raw/all");
	raws = list->n;
	pps_butler_datasets_free(TAKE_PTR(list));
	list = must_find(b, "raw", "other, LSSTCam/raw/all");
	assert_int_equal(list->n, raws);
	assert_string_equal(list->at[0].run, "other");
	assert_null(list->at[0].path); /* known, not stored */
	assert_int_equal(list->at[0].size, -1);
	assert_string_equal(list->at[1].run, "LSSTCam/raw/all");
	pps_butler_datasets_free(TAKE_PTR(list));
	list = must_find(b, "raw", "LSSTCam/raw/all, other");
	assert_string_equal(list->at[0].run, "LSSTCam/raw/all");
	pps_butler_datasets_free(TAKE_PTR(list));

	/* paths below the root; trashed datasets; components */
	run_sql(world.embargo, "UPDATE file_datastore_records SET path = 'a b/c#zip-path=m.fits' WHERE dataset_id IN"
		" (SELECT dataset_id FROM dataset_tags_00000001 WHERE detector = 0 OR detector = (SELECT min(detector) FROM dataset_tags_00000001))");
	list = must_find(b, "raw", "LSSTCam/raw/all");
	assert_string_equal(list->at[0].path, "a b/c#zip-path=m.fits");
	assert_non_null(strstr(list->at[0].uri, "/embargo/a%20b/c#zip-path=m.fits"));
	pps_butler_datasets_free(TAKE_PTR(list));
	run_sql(world.embargo, "DELETE FROM dataset_location");
	list = must_find(b, "raw", "LSSTCam/raw/all");
	assert_int_equal(list->n, raws);
	assert_null(list->at[0].uri);
	pps_butler_datasets_free(TAKE_PTR(list));

	assert_fails(pps_butler_find_datasets(b, "LSSTCam", &exposure, 1, NAMES("raw", "nothing"), NAMES("LSSTCam/raw/all"), 0, &list, &failed),
		     PPS_E_NOTFOUND, "dataset type nothing");
	{
		_cleanup_(pps_error_freep) pps_error *err = NULL;

		assert_ok(pps_butler_find_datasets(b, "LSSTCam", &exposure, 1, NAMES("raw", "nothing"), NAMES("LSSTCam/raw/all"), 1, &list, &err), err);
		assert_int_equal(list->n, raws);
	}
	run_sql(world.embargo, "INSERT INTO dataset_type VALUES (9, 'packages', 'Packages', 0, 'dataset_tags_00000000', NULL)");
	pps_butler_datasets_free(TAKE_PTR(list));
	assert_fails(pps_butler_query_datasets(b, "packages", "*", NULL, NULL, &list, &failed), PPS_E_UNSUPPORTED, "packages");
	list = must_find(b, "*", "LSSTCam/raw/all");
	assert_int_equal(list->n, raws);
	pps_butler_datasets_free(TAKE_PTR(list));
	assert_fails(pps_butler_query_datasets(b, " ,", "*", NULL, NULL, &list, &failed), PPS_E_ARG, "must be named");
}

static void test_detectors_and_tracts(void **state)
{
	_cleanup_(pps_butler_unrefp) pps_butler *b = must_open(world.embargo, PPS_BUTLER_READ);
	_cleanup_(pps_butler_detectors_freep) pps_butler_detectors *detectors = NULL;
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	_cleanup_free_ int64_t *tracts = NULL;
	size_t n = 0, fewer = 0;

	(void)state;
	assert_ok(pps_butler_find_detectors(b, "LSSTCam", &detectors, &err), err);
	assert_int_equal(detectors->n, 205);
	assert_string_equal(detectors->at[0].full_name, "R01_S00");
	assert_string_equal(detectors->at[0].purpose, "SCIENCE");
	assert_ok(pps_butler_find_tracts(b, "LSSTCam", EXPOSURE, "lsst_cells_v1", &tracts, &n, &err), err);
	assert_true(n > 0);
	for (size_t i = 1; i < n; i++)
		assert_true(tracts[i - 1] < tracts[i]);
	free(TAKE_PTR(tracts));
	assert_fails(pps_butler_find_tracts(b, "LSSTCam", EXPOSURE, "nosky", &tracts, &n, &failed), PPS_E_NOTFOUND, "skymap nosky");
	/* sky pixels shared, regions apart */
	run_sql(world.embargo, "UPDATE tract SET region = 'cAAAAAAAAPA/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA8D8AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAADwPw=='"
		" WHERE id = (SELECT min(tract) FROM tract_skypix_overlap WHERE skypix_index IN (SELECT skypix_index FROM visit_skypix_overlap"
		" WHERE visit = 2025120200001))");
	assert_ok(pps_butler_find_tracts(b, "LSSTCam", EXPOSURE, "lsst_cells_v1", &tracts, &fewer, &err), err);
	assert_int_equal(fewer, n - 1);
	free(TAKE_PTR(tracts));
	/* a visit without region */
	run_sql(world.embargo, "DELETE FROM visit_skypix_overlap");
	assert_ok(pps_butler_find_tracts(b, "LSSTCam", EXPOSURE, "lsst_cells_v1", &tracts, &n, &err), err);
	assert_int_equal(n, 0);
}

/* ---- writing ---- */

/* A zip's index of datasets, put together in @index; its memory is @arena's. */
static void index_of(pps_arena *arena, const pps_butler_datasets *list, pps_zip_index *index)
{
	static const char *const dimensions[] = { "instrument", "detector", "exposure" };
	static const pps_zip_type types[] = { { "raw", "Exposure", NULL, dimensions, 3, 0 }, { "guider_raw", "StampsBase", NULL, dimensions, 3, 0 } };
	pps_zip_ref *refs = pps_arena_alloc(arena, list->n * sizeof *refs);
	pps_zip_artifact *artifacts = pps_arena_alloc(arena, list->n * sizeof *artifacts);

	for (size_t i = 0; i < list->n; i++) {
		const pps_butler_dataset *d = &list->at[i];
		pps_zip_value *values = pps_arena_alloc(arena, d->nkeys * sizeof *values);

		for (size_t k = 0; k < d->nkeys; k++)
			values[k] = (pps_zip_value){ d->keys[k].name, d->keys[k].s ? PPS_ZIP_VALUE_TEXT : PPS_ZIP_VALUE_INT, d->keys[k].i, d->keys[k].s };
		refs[i] = (pps_zip_ref){ d->id, d->type, d->run, values, d->nkeys };
		artifacts[i] = (pps_zip_artifact){ strrchr(d->uri, '/') + 1, d->formatter, d->path, d->storage_class, NULL, NULL, d->size, &refs[i].id, 1 };
	}
	*index = (pps_zip_index){ .universe_version = 8, .universe_namespace = "daf_butler", .types = types, .n_types = 2, .refs = refs,
				  .n_refs = list->n, .artifacts = artifacts, .n_artifacts = list->n };
}

struct fixture {
	pps_butler *source, *dest;
	pps_butler_datasets *list;
	pps_arena *arena;
	pps_zip_index index;
	pps_butler_report *report;
};

static void fixture_clear(struct fixture *f)
{
	pps_butler_unref(f->source);
	pps_butler_unref(f->dest);
	pps_butler_datasets_free(f->list);
	pps_arena_free(f->arena);
	pps_butler_report_free(f->report);
}

static void fixture_init(struct fixture *f, int with_records)
{
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	int64_t inserted = 0;

	f->source = must_open(world.embargo, PPS_BUTLER_READ);
	f->dest = must_open(world.main, PPS_BUTLER_WRITE);
	f->list = must_find(f->source, "raw,guider_raw", "*");
	assert_ok(pps_arena_new(16u << 20, &f->arena, &err), err);
	index_of(f->arena, f->list, &f->index);
	if (!with_records)
		return;
	assert_ok(pps_butler_ensure_dimensions(f->source, f->dest, f->list, PPS_RECORDS_REFS, PPS_BUTLER_DRY_RUN, &inserted, &err), err);
	assert_int_equal(inserted, 3); /* day_obs, group, exposure: the others are there */
	assert_int_equal(number(world.main, "SELECT count(*) FROM exposure"), 0);
	assert_ok(pps_butler_ensure_dimensions(f->source, f->dest, f->list, PPS_RECORDS_REFS, 0, &inserted, &err), err);
	assert_int_equal(inserted, 3);
	assert_int_equal(number(world.main, "SELECT count(*) FROM exposure"), 1);
}

static void must_ingest(struct fixture *f, int flags, size_t missing, int64_t inserted)
{
	_cleanup_(pps_error_freep) pps_error *err = NULL;

	pps_butler_report_free(TAKE_PTR(f->report));
	assert_ok(pps_butler_ingest_index(f->dest, ZIP, &f->index, flags, &f->report, &err), err);
	assert_int_equal(f->report->ndatasets, f->list->n);
	assert_int_equal(f->report->nmissing, missing);
	assert_int_equal(f->report->ndifferent, 0);
	assert_int_equal(f->report->inserted, inserted);
}

static void must_verify(struct fixture *f, size_t missing, size_t different)
{
	_cleanup_(pps_error_freep) pps_error *err = NULL;

	pps_butler_report_free(TAKE_PTR(f->report));
	assert_ok(pps_butler_verify_index(f->dest, ZIP, &f->index, &f->report, &err), err);
	assert_int_equal(f->report->nmissing, missing);
	assert_int_equal(f->report->ndifferent, different);
}

static void test_ingest(void **state)
{
	_cleanup_(fixture_clear) struct fixture f = { 0 };
	size_t n;

	(void)state;
	fixture_init(&f, 1);
	n = f.list->n;
	must_verify(&f, n, 0);
	must_ingest(&f, PPS_BUTLER_DRY_RUN, n, 0);
	assert_int_equal(number(world.main, "SELECT count(*) FROM dataset_type"), 0);
	assert_int_equal(number(world.main, "SELECT count(*) FROM collection"), 0);
	/* 2 types, 2 runs with their rows in run, 4 rows in each of four tables per dataset, 4 summaries */
	must_ingest(&f, 0, n, 2 + 4 + 4 * (int64_t)n + 4);
	assert_int_equal(number(world.main, "SELECT count(*) FROM dataset_tags_00000001"), n);
	assert_int_equal(number(world.main, "SELECT count(*) FROM dataset_location WHERE datastore_name = 'FileDatastore@<butlerRoot>'"), n);
	assert_int_equal(number(world.main, "SELECT count(*) FROM file_datastore_records WHERE path LIKE '" ZIP "#zip-path=MC_O_%.fits'"
				" AND component = '__NULL_STRING__' AND checksum IS NULL"), n);
	assert_int_equal(number(world.main, "SELECT count(*) FROM opaque_meta WHERE table_name = 'file_datastore_records'"), 1);
	assert_int_equal(number(world.main, "SELECT count(DISTINCT ingest_date) FROM dataset"), 1);
	assert_int_equal(number(world.main, "SELECT count(*) FROM dataset WHERE ingest_date % 1000 = 0 AND ingest_date > 1764900000000000000"), n);
	assert_int_equal(number(world.main, "SELECT count(*) FROM pragma_foreign_key_check"), 0);
	assert_int_equal(number(world.main, "SELECT count(*) FROM sqlite_master WHERE type = 'index' AND name LIKE 'dataset_tags_00000001_fkidx%'"), 8);
	must_ingest(&f, 0, 0, 0);
	must_verify(&f, 0, 0);
}

static void test_partial(void **state)
{
	static const struct {
		const char *damage;
		size_t missing;
		int64_t inserted;
		size_t findings;
	} cases[] = {
		{ "DELETE FROM file_datastore_records WHERE dataset_id = (SELECT min(id) FROM dataset)", 1, 1, 1 },
		{ "DELETE FROM dataset_location WHERE dataset_id IN (SELECT id FROM dataset ORDER BY id LIMIT 3)", 3, 3, 3 },
		{ "DELETE FROM dataset_tags_00000001 WHERE dataset_id = (SELECT max(id) FROM dataset)", 1, 1, 1 },
		{ "DELETE FROM dataset_tags_00000001; DELETE FROM collection_summary_instrument", 21, 23, 22 },
		{ "DELETE FROM dataset_location; DELETE FROM file_datastore_records", 21, 42, 21 },
		{ "PRAGMA foreign_keys = OFF; DELETE FROM collection_summary_instrument", 0, 2, 1 },
		{ "DELETE FROM run", 0, 2, 0 },
		{ "DROP TABLE file_datastore_records; DELETE FROM opaque_meta", 21, 21, 21 },
	};
	_cleanup_(fixture_clear) struct fixture f = { 0 };

	(void)state;
	fixture_init(&f, 1);
	must_ingest(&f, 0, f.list->n, 2 + 4 + 4 * 21 + 4);
	for (size_t i = 0; i < PPS_COUNT(cases); i++) {
		run_sql(world.main, cases[i].damage);
		pps_butler_unref(f.dest); /* another process, which has seen nothing yet */
		f.dest = must_open(world.main, PPS_BUTLER_WRITE);
		must_verify(&f, cases[i].missing, 0);
		assert_int_equal(pps_butler_report_count(f.report), cases[i].findings);
		if (cases[i].missing) {
			assert_int_equal(pps_butler_report_kind(f.report, 0), PPS_FINDING_MISSING);
			assert_int_equal(strlen(pps_butler_report_dataset(f.report, 0)), 36);
		}
		must_ingest(&f, 0, cases[i].missing, cases[i].inserted);
		must_verify(&f, 0, 0);
		assert_int_equal(pps_butler_report_count(f.report), 0);
		assert_int_equal(number(world.main, "SELECT count(*) FROM pragma_foreign_key_check"), 0);
	}
	assert_null(pps_butler_report_text(f.report, 0));
}

static void test_conflicts(void **state)
{
#define FIRST "(SELECT min(id) FROM dataset)"
	static const struct {
		const char *damage, *word, *repair;
	} cases[] = {
		{ "UPDATE file_datastore_records SET file_size = 7 WHERE dataset_id = " FIRST, "recorded size is 7 bytes",
		  "UPDATE file_datastore_records SET file_size = (SELECT max(file_size) FROM file_datastore_records WHERE file_size <> 7)"
		  " WHERE file_size = 7" },
		{ "UPDATE file_datastore_records SET path = replace(path, '/data/', '/other/') WHERE dataset_id = " FIRST, "/other/",
		  "UPDATE file_datastore_records SET path = replace(path, '/other/', '/data/')" },
		{ "UPDATE file_datastore_records SET formatter = 'f' WHERE dataset_id = " FIRST, "its formatter is f",
		  "UPDATE file_datastore_records SET formatter = 'lsst.obs.lsst.rawFormatter.LsstCamRawFormatter'" },
		{ "UPDATE file_datastore_records SET checksum = 'c' WHERE dataset_id = " FIRST, "its checksum is c",
		  "UPDATE file_datastore_records SET checksum = NULL" },
		{ "UPDATE file_datastore_records SET component = 'wcs' WHERE dataset_id = " FIRST, "component is wcs",
		  "UPDATE file_datastore_records SET component = '__NULL_STRING__'" },
		{ "UPDATE dataset SET run_id = 3 - run_id WHERE id = " FIRST, "its run is",
		  "UPDATE dataset SET run_id = 3 - run_id WHERE id = " FIRST },
		{ "UPDATE dataset SET dataset_type_id = 3 - dataset_type_id WHERE id = " FIRST, "its dataset type is",
		  "UPDATE dataset SET dataset_type_id = 3 - dataset_type_id WHERE id = " FIRST },
		{ "UPDATE dataset_tags_00000001 SET detector = 200 WHERE dataset_id = " FIRST, "its data ID is",
		  "UPDATE dataset_tags_00000001 SET detector = (SELECT value FROM kept) WHERE detector = 200" },
		{ "INSERT INTO dataset SELECT 'ffffffffffffffffffffffffffffffff', dataset_type_id, ingest_date, run_id FROM dataset WHERE id = " FIRST
		  "; UPDATE dataset_tags_00000001 SET dataset_id = 'ffffffffffffffffffffffffffffffff' WHERE dataset_id = " FIRST,
		  "already that of another dataset",
		  "UPDATE dataset_tags_00000001 SET dataset_id = " FIRST " WHERE dataset_id = 'ffffffffffffffffffffffffffffffff';"
		  "DELETE FROM dataset WHERE id = 'ffffffffffffffffffffffffffffffff'" },
	};
	_cleanup_(fixture_clear) struct fixture f = { 0 };

	(void)state;
	fixture_init(&f, 1);
	must_ingest(&f, 0, f.list->n, 2 + 4 + 4 * 21 + 4);
	run_sql(world.main, "CREATE TABLE kept AS SELECT detector AS value FROM dataset_tags_00000001 WHERE dataset_id = " FIRST);
	for (size_t i = 0; i < PPS_COUNT(cases); i++) {
		int64_t before, after;

		run_sql(world.main, cases[i].damage);
		run_sql(world.main, "DELETE FROM dataset_location WHERE dataset_id = (SELECT max(dataset_id) FROM file_datastore_records)");
		before = number(world.main, "SELECT count(*) FROM dataset_location");
		must_verify(&f, 1, 1);
		for (int dry = 0; dry < 2; dry++)
			assert_fails(pps_butler_ingest_index(f.dest, ZIP, &f.index, dry ? PPS_BUTLER_DRY_RUN : 0, NULL, &failed), PPS_E_CONFLICT,
				     cases[i].word);
		after = number(world.main, "SELECT count(*) FROM dataset_location");
		assert_int_equal(before, after);
		run_sql(world.main, cases[i].repair);
		must_ingest(&f, 0, 1, 1);
	}
	run_sql(world.main, "UPDATE dataset_type SET storage_class = 'ExposureF' WHERE name = 'raw'");
	assert_fails(pps_butler_ingest_index(f.dest, ZIP, &f.index, 0, NULL, &failed), PPS_E_CONFLICT, "dataset type raw");
	run_sql(world.main, "UPDATE dataset_type SET storage_class = 'Exposure' WHERE name = 'raw'; UPDATE collection SET type = 2 WHERE collection_id = 1");
	assert_fails(pps_butler_ingest_index(f.dest, ZIP, &f.index, 0, NULL, &failed), PPS_E_CONFLICT, "it is no RUN");
}

static void test_bad_indices(void **state)
{
	_cleanup_(fixture_clear) struct fixture f = { 0 };
	pps_zip_ref *refs;
	pps_zip_artifact *artifacts;

	(void)state;
	fixture_init(&f, 0);
	assert_fails(pps_butler_ingest_index(f.dest, ZIP, &f.index, 0, NULL, &failed), PPS_E_NOTFOUND, "exposure 2025120200001: transfer");
	assert_int_equal(number(world.main, "SELECT count(*) FROM dataset_type"), 0);
	assert_fails(pps_butler_ingest_index(f.source, ZIP, &f.index, 0, NULL, &failed), PPS_E_ACCESS, "reading only");
	refs = (pps_zip_ref *)f.index.refs;
	artifacts = (pps_zip_artifact *)f.index.artifacts;
	refs[0].n_values = 1;
	assert_fails(pps_butler_ingest_index(f.dest, ZIP, &f.index, 0, NULL, &failed), PPS_E_FORMAT, "no value of detector");
	refs[0].n_values = 7;
	((pps_zip_value *)refs[0].values)[1].kind = PPS_ZIP_VALUE_TEXT;
	assert_fails(pps_butler_ingest_index(f.dest, ZIP, &f.index, 0, NULL, &failed), PPS_E_FORMAT, "should be an integer");
	((pps_zip_value *)refs[0].values)[1].kind = PPS_ZIP_VALUE_INT;
	((pps_zip_value *)refs[0].values)[1].number = refs[1].values[1].number;
	assert_fails(pps_butler_ingest_index(f.dest, ZIP, &f.index, 0, NULL, &failed), PPS_E_FORMAT, "same type, run and data ID");
	refs[0].type = "unheard";
	assert_fails(pps_butler_ingest_index(f.dest, ZIP, &f.index, 0, NULL, &failed), PPS_E_FORMAT, "unheard");
	refs[0].type = "guider_raw";
	artifacts[0].ids = &refs[1].id;
	assert_fails(pps_butler_ingest_index(f.dest, ZIP, &f.index, 0, NULL, &failed), PPS_E_FORMAT, "are the same dataset");
}

/* What the members of a chain get: the first rejects all, the third guiders; a zip with both goes to the second alone. */
static void test_chain(void **state)
{
	_cleanup_(fixture_clear) struct fixture f = { 0 };
	char path[300];
	FILE *file;

	(void)state;
	snprintf(path, sizeof path, "%s/butler.yaml", world.main);
	assert_non_null(file = fopen(path, "w"));
	fputs("datastore:\n  cls: lsst.daf.butler.datastores.chainedDatastore.ChainedDatastore\n  datastore_constraints:\n"
	      "  - constraints: {reject: [all]}\n  - constraints: {accept: [all]}\n  - constraints: {reject: [guider_raw]}\n"
	      "  datastores:\n  - datastore: {name: one, root: /1}\n  - datastore: {name: two, root: /2, records: {table: second}}\n"
	      "  - datastore: {name: three, root: /3, records: {table: third}}\n"
	      "registry: {db: 'sqlite:///<butlerRoot>/gen3.sqlite3'}\n", file);
	fclose(file);
	fixture_init(&f, 1);
	assert_int_equal(pps_butler_datastore_count(f.dest), 3);
	must_ingest(&f, 0, 21, 2 + 4 + 4 * 21 + 4);
	assert_int_equal(number(world.main, "SELECT count(*) FROM second"), 21);
	assert_int_equal(number(world.main, "SELECT count(*) FROM third"), 0);
	assert_int_equal(number(world.main, "SELECT count(*) FROM dataset_location WHERE datastore_name = 'two'"), 21);
	assert_int_equal(number(world.main, "SELECT count(*) FROM opaque_meta"), 3);
	assert_non_null(file = fopen(path, "w"));
	fputs("datastore: {constraints: {accept: [other]}}\nregistry: {db: 'sqlite:///<butlerRoot>/gen3.sqlite3'}\n", file);
	fclose(file);
	pps_butler_unref(f.dest);
	f.dest = must_open(world.main, PPS_BUTLER_WRITE);
	assert_fails(pps_butler_ingest_index(f.dest, ZIP, &f.index, 0, NULL, &failed), PPS_E_UNSUPPORTED, "constraints");
}

static void test_registering(void **state)
{
	static const char *const none[] = { NULL }, *const bias[] = { "detector", "instrument" }, *const band[] = { "band", "skymap", "tract" };
	pps_butler_type list[] = { { "bias", "ExposureF", 1, bias, 2, 0, NULL },
				   { "coadd", "ExposureF", 0, band, 3, 0, NULL },
				   { "packages", "Packages", 0, none, 0, 0, NULL } };
	pps_butler_types types = { .at = list, .n = PPS_COUNT(list) };
	_cleanup_(pps_butler_unrefp) pps_butler *b = must_open(world.main, PPS_BUTLER_WRITE);
	_cleanup_(pps_butler_types_freep) pps_butler_types *found = NULL;
	_cleanup_(pps_error_freep) pps_error *err = NULL;

	(void)state;
	assert_ok(pps_butler_ensure_types(b, &types, PPS_BUTLER_DRY_RUN, &err), err);
	assert_int_equal(number(world.main, "SELECT count(*) FROM dataset_type"), 0);
	for (int i = 0; i < 2; i++) {
		assert_ok(pps_butler_ensure_types(b, &types, 0, &err), err);
		assert_int_equal(number(world.main, "SELECT count(*) FROM dataset_type"), 3);
		assert_int_equal(number(world.main, "SELECT count(*) FROM dimension_graph_key"), 2);
		assert_int_equal(number(world.main, "SELECT count(*) FROM dimension_graph_definition"), 5);
		assert_int_equal(number(world.main, "SELECT count(*) FROM dataset_calibs_00000001"), 0);
		assert_int_equal(number(world.main, "SELECT dimensions_key FROM dataset_type WHERE tag_association_table = 'dataset_tags_00000000'"), 0);
	}
	assert_ok(pps_butler_find_types(b, NAMES("*a*"), &found, &err), err);
	assert_int_equal(found->n, 3);
	assert_string_equal(found->at[0].name, "bias");
	assert_int_equal(found->at[0].is_calibration, 1);
	assert_string_equal(found->at[0].dimensions[0], "instrument");
	assert_int_equal(found->at[1].ndimensions, 3);
	assert_int_equal(found->at[2].ndimensions, 0);
	list[0].is_calibration = 0;
	assert_fails(pps_butler_ensure_types(b, &types, 0, &failed), PPS_E_CONFLICT, "{detector, instrument}, ExposureF, but");
	list[0].is_calibration = 1;
	list[1].ndimensions = 1;
	assert_fails(pps_butler_ensure_types(b, &types, PPS_BUTLER_DRY_RUN, &failed), PPS_E_CONFLICT, "coadd");

	assert_ok(pps_butler_ensure_runs(b, NAMES("b", "a", "b/c"), 0, &err), err);
	assert_ok(pps_butler_ensure_runs(b, NAMES("a"), 0, &err), err);
	assert_int_equal(number(world.main, "SELECT count(*) FROM run"), 3);
	assert_int_equal(number(world.main, "SELECT collection_id FROM collection WHERE name = 'a'"), 1); /* in the order of names */
	run_sql(world.main, "UPDATE collection SET type = 3 WHERE name = 'a'");
	assert_fails(pps_butler_ensure_runs(b, NAMES("z", "a"), 0, &failed), PPS_E_CONFLICT, "collection a");
	assert_fails(pps_butler_ensure_runs(b, NAMES("a"), PPS_BUTLER_DRY_RUN, &failed), PPS_E_CONFLICT, "collection a");
	assert_int_equal(number(world.main, "SELECT count(*) FROM run"), 3);
}

int main(void)
{
#define TEST(name) PLACE_TEST(name)
	const struct CMUnitTest tests[] = {
		TEST(test_info),	 TEST(test_refusals),		     TEST(test_exposures), TEST(test_collections),
		TEST(test_datasets),	 TEST(test_detectors_and_tracts), TEST(test_ingest),	 TEST(test_partial),
		TEST(test_conflicts),	 TEST(test_bad_indices),	     TEST(test_chain),	 TEST(test_registering),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
