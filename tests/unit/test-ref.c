/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Datasets of any dimensions: found by UUID, their times, places of their files, into another repository. Copies of the example world's
 * repositories (SQLite, as the Python Butler made them); tests/interop/refs_twin.py does the same on both databases against the real Butler.
 */
#include "butler-place.h"

#include "butler/ref-private.h"

#define FIRST "'018f0000000000000000000000000000'"
#define OTHER "'ff8f0000000000000000000000000000'"
#define DATE INT64_C(1764720000000000000)

/* A dataset type and one dataset of it; UUIDs end in the number of the case. */
static const struct type_case {
	const char *name;
	const char *dimensions[4];
	int is_calibration;
	const char *values;  /* of the tags table */
	const char *data_id;
	int end_kind;
	const char *end;     /* what gives it */
	int64_t visit, day_obs;
	const char *path;    /* as recorded */
	const char *copied;  /* as recorded by a copy; NULL: the same */
} cases[] = {
	{ "preliminary_visit_image", { "instrument", "detector", "visit" }, 0, "'LSSTCam', 81, 2025120200001",
	  "{\"instrument\": \"LSSTCam\", \"detector\": 81, \"visit\": 2025120200001}", PPS_REF_END_KNOWN,
	  "SELECT timespan_end FROM visit WHERE id = 2025120200001", 2025120200001, 20251202, "run/pvi/81.fits", NULL },
	{ "visit_summary", { "instrument", "visit" }, 0, "'LSSTCam', 2025120200002", "{\"instrument\": \"LSSTCam\", \"visit\": 2025120200002}",
	  PPS_REF_END_KNOWN, "SELECT timespan_end FROM visit WHERE id = 2025120200002", 2025120200002, 20251202, "/data/a b/summary.fits.fz",
	  "a/run/visit_summary/20251202/i/i_39/2025120200002/visit_summary_LSSTCam_i_i_39_2025120200002_a_run.fits.fz" },
	{ "isr_log", { "instrument", "detector", "exposure" }, 0, "'LSSTCam', 82, 2025120200003",
	  "{\"instrument\": \"LSSTCam\", \"detector\": 82, \"exposure\": 2025120200003}", PPS_REF_END_KNOWN,
	  "SELECT timespan_end FROM exposure WHERE id = 2025120200003", 2025120200003, 20251202, "s3://profile@bucket/x/log.json",
	  "a/run/isr_log/20251202/MC_O_20251202_000003/isr_log_LSSTCam_z_20_MC_O_20251202_000003_R21_S01_a_run.json" },
	{ "region_time_info", { "instrument", "detector", "group" }, 0, "'LSSTCam', 83, '2025-12-03T01:29:04.425'",
	  "{\"instrument\": \"LSSTCam\", \"detector\": 83, \"group\": \"2025-12-03T01:29:04.425\"}", PPS_REF_END_KNOWN,
	  "SELECT max(timespan_end) FROM exposure WHERE \"group\" = '2025-12-03T01:29:04.425'", 0, 20251202, "/data/x.json",
	  "a/run/region_time_info/2025-12-03T01_29_04.425/region_time_info_LSSTCam_2025-12-03T01_29_04_425_R21_S02_a_run.json" },
	{ "night_report", { "instrument", "day_obs" }, 0, "'LSSTCam', 20251202", "{\"instrument\": \"LSSTCam\", \"day_obs\": 20251202}",
	  PPS_REF_END_KNOWN, "SELECT timespan_end FROM day_obs WHERE id = 20251202", 0, 20251202, "night.json", NULL },
	{ "template", { "skymap", "tract" }, 0, "'S', 7", "{\"skymap\": \"S\", \"tract\": 7}", PPS_REF_END_NONE, NULL, 0, 0,
	  "/data/t.fits", "a/run/template/7/template_7_S_a_run.fits" },
	{ "object_htm", { "htm7" }, 0, "231819", "{\"htm7\": 231819}", PPS_REF_END_NONE, NULL, 0, 0, "/data/h.parq",
	  "a/run/object_htm/object_htm_231819_a_run.parq" },
	{ "bias", { "instrument", "detector" }, 1, "'LSSTCam', 84", "{\"instrument\": \"LSSTCam\", \"detector\": 84}", PPS_REF_END_NONE, NULL, 0, 0,
	  "bias.fits", NULL },
	{ "packages", { NULL }, 0, "", "{}", PPS_REF_END_NONE, NULL, 0, 0, "packages.yaml", NULL },
};

static pps_uuid id_of(size_t n)
{
	pps_uuid id = { .bytes = { 0x01, 0x8f } };

	id.bytes[15] = (uint8_t)n;
	return id;
}

static void add_dataset(const struct type_case *c, size_t n, const char *extra)
{
	char text[2000], hex[33], query[300];
	pps_uuid id = id_of(n);
	int64_t type, key;

	snprintf(query, sizeof query, "SELECT id FROM dataset_type WHERE name = '%s'", c->name);
	type = number(world.embargo, query);
	snprintf(query, sizeof query, "SELECT dimensions_key FROM dataset_type WHERE name = '%s'", c->name);
	key = number(world.embargo, query);
	pps_uuid_hex(&id, hex);
	snprintf(text, sizeof text,
		 "INSERT INTO dataset VALUES ('%s', %lld, %lld, 100);"
		 "INSERT INTO dataset_tags_%08lld VALUES (%lld, '%s', 100%s%s);"
		 "INSERT INTO dataset_location VALUES ('FileDatastore@<butlerRoot>', '%s');"
		 "INSERT INTO file_datastore_records VALUES ('%s', '%s', 'a.Formatter', 'Json', '__NULL_STRING__', NULL, 100);%s",
		 hex, (long long)type, (long long)DATE, (long long)key, (long long)type, hex, *c->values ? ", " : "", c->values, hex, hex, c->path, extra);
	run_sql(world.embargo, text);
}

static void make_datasets(void)
{
	_cleanup_(pps_butler_unrefp) pps_butler *b = must_open(world.embargo, PPS_BUTLER_WRITE);
	_cleanup_(pps_error_freep) pps_error *err = NULL;

	for (size_t i = 0; i < PPS_COUNT(cases); i++) {
		pps_butler_type type = { .name = cases[i].name, .storage_class = "Json", .is_calibration = cases[i].is_calibration,
					 .dimensions = cases[i].dimensions };
		pps_butler_types list = { .at = &type, .n = 1 };

		while (type.ndimensions < 4 && type.dimensions[type.ndimensions])
			type.ndimensions++;
		assert_ok(pps_butler_ensure_types(b, &list, 0, &err), err);
	}
	run_sql(world.embargo, "INSERT INTO collection VALUES (100, 'a/run', 1, 'what it is')");
	run_sql(world.embargo, "INSERT INTO run (collection_id) VALUES (100)");
	run_sql(world.embargo, "INSERT INTO skymap (name, hash, tract_max, patch_nx_max, patch_ny_max) VALUES ('S', 'AAAA', 9, 9, 9)");
	run_sql(world.embargo, "INSERT INTO tract (skymap, id) VALUES ('S', 7)");
	for (size_t i = 0; i < PPS_COUNT(cases); i++)
		add_dataset(&cases[i], i, "");
}

/* What transfers of dimension records would bring. */
static void copy_records(void)
{
	static const char *const tables[] = { "instrument", "skymap", "physical_filter", "detector", "day_obs", "\"group\"", "exposure",
					      "visit", "tract", "visit_definition" };
	char text[500];

	for (size_t i = 0; i < PPS_COUNT(tables); i++) {
		snprintf(text, sizeof text, "ATTACH '%s/gen3.sqlite3' AS s; INSERT OR IGNORE INTO main.%s SELECT * FROM s.%s", world.embargo, tables[i],
			 tables[i]);
		run_sql(world.main, text);
	}
}

static int setup_datasets(void **state)
{
	int r = setup(state);

	if (r == 0)
		make_datasets();
	return r;
}

static pps_refs *must_find(pps_butler *b, int flags)
{
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	pps_uuid ids[2 * PPS_COUNT(cases) + 2];
	pps_refs *refs = NULL;

	/* in no order, twice, and with some that nobody knows */
	for (size_t i = 0; i < PPS_COUNT(ids); i++)
		ids[i] = id_of((i * 7 + 3) % (PPS_COUNT(cases) + 1));
	assert_ok(pps_butler_find_refs(b, ids, PPS_COUNT(ids), flags, &refs, &err), err);
	assert_int_equal(refs->n, PPS_COUNT(cases));
	return refs;
}

/* ---- looking up ---- */

static void test_find(void **state)
{
	_cleanup_(pps_butler_unrefp) pps_butler *b = must_open(world.embargo, PPS_BUTLER_READ);
	_cleanup_(pps_refs_freep) pps_refs *refs = must_find(b, 0), *stored = must_find(b, PPS_REFS_FILES);
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	const pps_uuid nobody = id_of(200);

	(void)state;
	for (size_t i = 0; i < PPS_COUNT(cases); i++) {
		const pps_ref *ref = &refs->at[i];
		_cleanup_free_ char *data_id = NULL;

		assert_memory_equal(&ref->id, &(pps_uuid[]){ id_of(i) }, sizeof ref->id);
		assert_string_equal(ref->type->name, cases[i].name);
		assert_int_equal(ref->type->is_calibration, cases[i].is_calibration);
		assert_string_equal(ref->run, "a/run");
		assert_string_equal(ref->run_doc, "what it is");
		assert_true(ref->ingest_date == DATE);
		assert_int_equal(ref->nfiles, 0);
		assert_ok(pps_ref_data_id(ref, &data_id, &err), err);
		assert_string_equal(data_id, cases[i].data_id);
		assert_ptr_equal(pps_refs_get(refs, &ref->id), ref);
		assert_int_equal(stored->at[i].nfiles, 1);
		assert_string_equal(stored->at[i].files->path, cases[i].path);
		assert_true(stored->at[i].files->size == 100);
		assert_null(stored->at[i].files->component);
	}
	assert_null(pps_refs_get(refs, &nobody));
	assert_null(pps_ref_key(&refs->at[0], "tract"));
	assert_true(pps_ref_key(&refs->at[0], "detector")->i == 81);
	assert_string_equal(pps_ref_instrument(&refs->at[0]), "LSSTCam");
	assert_null(pps_ref_instrument(&refs->at[8]));
}

static void test_find_nothing(void **state)
{
	_cleanup_(pps_butler_unrefp) pps_butler *b = must_open(world.embargo, PPS_BUTLER_READ);
	_cleanup_(pps_refs_freep) pps_refs *none = NULL, *one = NULL;
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	pps_uuid id = id_of(0);

	(void)state;
	assert_ok(pps_butler_find_refs(b, NULL, 0, PPS_REFS_FILES, &none, &err), err);
	assert_int_equal(none->n, 0);
	assert_null(pps_refs_get(none, &id));
	/* one whose tag is gone is being removed; one whose location is gone is not stored */
	run_sql(world.embargo, "DELETE FROM dataset_tags_00000002 WHERE dataset_id = '018f0000000000000000000000000000'");
	run_sql(world.embargo, "DELETE FROM dataset_location WHERE dataset_id = '018f0000000000000000000000000001'");
	assert_ok(pps_butler_find_refs(b, (pps_uuid[]){ id_of(0), id_of(1) }, 2, PPS_REFS_FILES, &one, &err), err);
	assert_int_equal(one->n, 1);
	assert_int_equal(one->at[0].nfiles, 0);
}

/* ---- times ---- */

static void find_ends(pps_ref_end ends[PPS_COUNT(cases)])
{
	_cleanup_(pps_butler_unrefp) pps_butler *b = must_open(world.embargo, PPS_BUTLER_READ);
	_cleanup_(pps_refs_freep) pps_refs *refs = must_find(b, 0);
	_cleanup_(pps_error_freep) pps_error *err = NULL;

	assert_ok(pps_butler_find_ends(b, refs, ends, &err), err);
	for (size_t i = 0; i < PPS_COUNT(cases); i++)
		ends[i].instrument = *ends[i].instrument ? "LSSTCam" : "";
}

static void test_ends(void **state)
{
	pps_ref_end ends[PPS_COUNT(cases)];

	(void)state;
	find_ends(ends);
	for (size_t i = 0; i < PPS_COUNT(cases); i++) {
		assert_int_equal(ends[i].kind, cases[i].end_kind);
		assert_true(ends[i].end == (cases[i].end ? number(world.embargo, cases[i].end) : 0));
		assert_true(ends[i].visit == cases[i].visit);
		assert_true(ends[i].day_obs == cases[i].day_obs);
	}
	assert_string_equal(ends[0].instrument, "LSSTCam");
	assert_string_equal(ends[8].instrument, "");
}

/* The latest counts, and one end that is not known makes the whole unknown. */
static void test_ends_unknown(void **state)
{
	static const struct {
		const char *change;
		size_t which;
		int kind;
		int64_t end;
	} table[] = {
		{ "UPDATE exposure SET timespan_end = 3000000000000000001 WHERE id = 2025120200001", 0, PPS_REF_END_KNOWN, 3000000000000000001 },
		{ "UPDATE exposure SET timespan_end = NULL, timespan_begin = NULL WHERE id = 2025120200001", 0, PPS_REF_END_UNKNOWN, 0 },
		{ "DELETE FROM visit_definition WHERE visit = 2025120200001", 0, PPS_REF_END_KNOWN, -1 },
		{ "UPDATE visit SET timespan_end = 4102444800000000000 WHERE id = 2025120200001", 0, PPS_REF_END_UNKNOWN, 0 },
		{ "DELETE FROM visit WHERE id = 2025120200002", 1, PPS_REF_END_UNKNOWN, 0 },
		{ "UPDATE exposure SET timespan_end = timespan_begin WHERE id = 2025120200003", 2, PPS_REF_END_UNKNOWN, 0 },
		{ "INSERT INTO visit_definition VALUES ('LSSTCam', 2025120200003, 2025120200001)", 0, PPS_REF_END_UNKNOWN, 0 },
		{ "UPDATE exposure SET \"group\" = '2025-12-03T01:29:04.425' WHERE id = 2025120200003", 3, PPS_REF_END_UNKNOWN, 0 },
		{ "UPDATE exposure SET \"group\" = 'other'", 3, PPS_REF_END_UNKNOWN, 0 },
		{ "UPDATE day_obs SET timespan_begin = 4102444800000000000, timespan_end = 0", 4, PPS_REF_END_UNKNOWN, 0 },
	};

	(void)state;
	for (size_t i = 0; i < PPS_COUNT(table); i++) {
		pps_ref_end ends[PPS_COUNT(cases)];

		run_sql(world.embargo, table[i].change);
		find_ends(ends);
		if (ends[table[i].which].kind != table[i].kind || (table[i].end >= 0 && ends[table[i].which].end != table[i].end))
			fail_msg("%s: kind %d, end %lld", table[i].change, ends[table[i].which].kind, (long long)ends[table[i].which].end);
	}
}

/* ---- places ---- */

static pps_ref_places *must_plan(pps_butler *source, pps_butler *dest, const pps_refs *refs, int transfer)
{
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	pps_ref_places *places = NULL;

	assert_ok(pps_butler_plan_files(source, dest, refs, transfer, &places, &err), err);
	assert_int_equal(places->n, PPS_COUNT(cases));
	return places;
}

static void test_plan_copies(void **state)
{
	_cleanup_(pps_butler_unrefp) pps_butler *source = must_open(world.embargo, PPS_BUTLER_READ), *dest = must_open(world.main, PPS_BUTLER_READ);
	_cleanup_(pps_refs_freep) pps_refs *refs = must_find(source, PPS_REFS_FILES);
	_cleanup_(pps_ref_places_freep) pps_ref_places *places = must_plan(source, dest, refs, PPS_TRANSFER_COPY);
	char uri[1000];

	(void)state;
	for (size_t i = 0; i < PPS_COUNT(cases); i++) {
		const pps_ref_place *p = &places->at[i];

		if (p->problem)
			fail_msg("%s: %s", cases[i].name, p->problem);
		assert_string_equal(p->path, cases[i].copied ? cases[i].copied : cases[i].path);
		snprintf(uri, sizeof uri, "file://%s/%s", world.main, p->path);
		assert_string_equal(p->to, uri);
	}
	assert_string_equal(places->at[1].from, "file:///data/a%20b/summary.fits.fz");
	assert_string_equal(places->at[2].from, "s3://profile@bucket/x/log.json");
}

static void test_plan_others(void **state)
{
	_cleanup_(pps_butler_unrefp) pps_butler *source = must_open(world.embargo, PPS_BUTLER_READ), *dest = must_open(world.main, PPS_BUTLER_READ);
	_cleanup_(pps_refs_freep) pps_refs *refs = must_find(source, PPS_REFS_FILES);
	_cleanup_(pps_ref_places_freep) pps_ref_places *direct = must_plan(source, dest, refs, PPS_TRANSFER_DIRECT);
	_cleanup_(pps_ref_places_freep) pps_ref_places *in_place = must_plan(source, dest, refs, PPS_TRANSFER_IN_PLACE);
	char uri[1000];

	(void)state;
	snprintf(uri, sizeof uri, "file://%s/run/pvi/81.fits", world.embargo);
	assert_string_equal(direct->at[0].path, uri);
	assert_string_equal(direct->at[0].to, uri);
	assert_string_equal(direct->at[1].path, "file:///data/a%20b/summary.fits.fz");
	assert_string_equal(in_place->at[0].path, "run/pvi/81.fits");
	snprintf(uri, sizeof uri, "file://%s/run/pvi/81.fits", world.main);
	assert_string_equal(in_place->at[0].to, uri);
	assert_non_null(strstr(in_place->at[1].problem, "in place"));
}

static void test_plan_problems(void **state)
{
	_cleanup_(pps_butler_unrefp) pps_butler *source = must_open(world.embargo, PPS_BUTLER_READ), *dest = NULL;
	_cleanup_(pps_refs_freep) pps_refs *refs = NULL;
	_cleanup_(pps_ref_places_freep) pps_ref_places *places = NULL;
	char path[300];
	FILE *f;

	(void)state;
	run_sql(world.embargo, "UPDATE file_datastore_records SET path = 'file:///z/a.zip#zip-path=m.json' WHERE path = '/data/t.fits'");
	run_sql(world.embargo, "DELETE FROM visit WHERE id = 2025120200002");
	snprintf(path, sizeof path, "%s/butler.yaml", world.main);
	assert_non_null(f = fopen(path, "w"));
	fputs("datastore:\n  root: <butlerRoot>\n  constraints: {reject: [bias]}\n"
	      "  templates:\n    object_htm: '{run}/h/{htm7:09d}_{id}'\n    instrument+detector+group: '{run:/}/{detector.raft}_{group.name}_{detector:d}'\n"
	      "    instrument<LSSTCam>: {isr_log: '{run}.{exposure.has_simulated}.{exposure.can_see_sky}/x#{detector.id}'}\n"
	      "registry: {db: 'sqlite:///<butlerRoot>/gen3.sqlite3'}\n", f);
	fclose(f);
	dest = must_open(world.main, PPS_BUTLER_READ);
	refs = must_find(source, PPS_REFS_FILES);
	places = must_plan(source, dest, refs, PPS_TRANSFER_HARDLINK);
	assert_non_null(strstr(places->at[1].problem, "no dimension record of its visit"));
	assert_string_equal(places->at[2].path, "a_run.False.True/xHASH82.json");
	assert_string_equal(places->at[3].path, "a/run/R21_2025-12-03T01_29_04_425_83.json");
	assert_non_null(strstr(places->at[5].problem, "zip"));
	assert_string_equal(places->at[6].path, "a_run/h/000231819_018f0000-0000-0000-0000-000000000006.parq");
	assert_non_null(strstr(places->at[7].problem, "accepts"));
	assert_null(places->at[8].problem);
}

/* ---- into another repository ---- */

/* The destination's, which registers types in the order of their names. */
static void tags_table(const char *type, char ret[40])
{
	char query[200];

	snprintf(query, sizeof query, "SELECT dimensions_key FROM dataset_type WHERE name = '%s'", type);
	snprintf(ret, 40, "dataset_tags_%08lld", (long long)number(world.main, query));
}

static size_t insert(int transfer, const pps_refs_with *with, pps_ref_result results[PPS_COUNT(cases)])
{
	_cleanup_(pps_butler_unrefp) pps_butler *source = must_open(world.embargo, PPS_BUTLER_READ), *dest = must_open(world.main, PPS_BUTLER_WRITE);
	_cleanup_(pps_refs_freep) pps_refs *refs = must_find(source, PPS_REFS_FILES);
	_cleanup_(pps_ref_places_freep) pps_ref_places *places = must_plan(source, dest, refs, transfer);
	static char reasons[PPS_COUNT(cases)][500];
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	size_t inserted = 0;

	assert_ok(pps_butler_insert_refs(dest, refs, places, with, results, &inserted, &err), err);
	for (size_t i = 0; i < PPS_COUNT(cases); i++) {
		snprintf(reasons[i], sizeof reasons[i], "%s", results[i].reason ? results[i].reason : "");
		results[i].reason = reasons[i];
	}
	return inserted;
}

static void assert_outcomes(const pps_ref_result results[PPS_COUNT(cases)], int expected)
{
	for (size_t i = 0; i < PPS_COUNT(cases); i++)
		if (results[i].outcome != expected)
			fail_msg("%s: %d, not %d: %s", cases[i].name, results[i].outcome, expected, results[i].reason);
}

static int count_hook(void *user, pps_error **err)
{
	(void)err;
	++*(int *)user;
	return PPS_OK;
}

static int failing_hook(void *user, pps_error **err)
{
	const pps_butler *dest = user;

	assert_true(pps_sql_in_transaction(dest->sql));
	return pps_fail(err, PPS_E_FAILED, "not now");
}

/* A foreign key that no dimension record explains. */
static int stray_hook(void *user, pps_error **err)
{
	const pps_butler *dest = user;

	return pps_sql_exec(dest->sql, "INSERT INTO {run} (collection_id) VALUES (987654)", NULL, 0, NULL, err);
}

static void test_insert(void **state)
{
	pps_ref_result results[PPS_COUNT(cases)];
	int hooked = 0;
	const pps_refs_with with = { .hook = count_hook, .user = &hooked };

	(void)state;
	copy_records();
	assert_int_equal(insert(PPS_TRANSFER_COPY, &with, results), PPS_COUNT(cases));
	assert_outcomes(results, PPS_REF_INSERTED);
	assert_int_equal(hooked, 1);
	assert_int_equal(number(world.main, "SELECT count(*) FROM dataset JOIN run ON run_id = collection_id WHERE dataset.id LIKE '018f%'"),
			 PPS_COUNT(cases));
	assert_int_equal(number(world.main, "SELECT count(*) FROM collection WHERE name = 'a/run' AND doc = 'what it is' AND type = 1"), 1);
	assert_int_equal(number(world.main, "SELECT count(*) FROM collection_summary_dataset_type s JOIN collection USING (collection_id)"
					    " WHERE name = 'a/run'"), PPS_COUNT(cases));
	assert_int_equal(number(world.main, "SELECT count(*) FROM collection_summary_skymap WHERE skymap = 'S'"), 1);
	assert_int_equal(number(world.main, "SELECT count(*) FROM dataset_location WHERE dataset_id LIKE '018f%'"), PPS_COUNT(cases));
	/* again: nothing changes, and the hook is asked again */
	hooked = 0;
	assert_int_equal(insert(PPS_TRANSFER_COPY, &with, results), 0);
	assert_outcomes(results, PPS_REF_THERE);
	assert_int_equal(hooked, 1);
	assert_int_equal(number(world.main, "PRAGMA foreign_key_check"), -1);
}

static void test_insert_completes(void **state)
{
	char tags[40];
	const char *const losses[] = { "dataset_location", "file_datastore_records", tags };
	pps_ref_result results[PPS_COUNT(cases)];
	char text[200];

	(void)state;
	copy_records();
	insert(PPS_TRANSFER_DIRECT, NULL, results);
	tags_table("isr_log", tags);
	for (size_t i = 0; i < PPS_COUNT(losses); i++) {
		snprintf(text, sizeof text, "DELETE FROM %s WHERE dataset_id = '018f0000000000000000000000000002'", losses[i]);
		run_sql(world.main, text);
		assert_int_equal(insert(PPS_TRANSFER_DIRECT, NULL, results), 1);
		assert_int_equal(results[2].outcome, PPS_REF_INSERTED);
		assert_int_equal(results[3].outcome, PPS_REF_THERE);
	}
	run_sql(world.main, "DELETE FROM dataset_location WHERE dataset_id LIKE '018f%'; PRAGMA foreign_keys = ON; DELETE FROM dataset"
			    " WHERE id LIKE '018f%'");
	assert_int_equal(insert(PPS_TRANSFER_DIRECT, NULL, results), PPS_COUNT(cases));
	assert_int_equal(number(world.main, "SELECT count(*) FROM file_datastore_records WHERE dataset_id LIKE '018f%'"), PPS_COUNT(cases));
}

/* What is different stays, and the others go on. */
static void test_insert_differences(void **state)
{
	static const struct {
		const char *change, *undo, *word;
	} table[] = {
		{ "UPDATE file_datastore_records SET file_size = 7 WHERE dataset_id = " FIRST,
		  "UPDATE file_datastore_records SET file_size = 100 WHERE dataset_id = " FIRST, "recorded size is 7 bytes there" },
		{ "UPDATE file_datastore_records SET path = 'other' WHERE dataset_id = " FIRST,
		  "UPDATE file_datastore_records SET path = 'run/pvi/81.fits' WHERE dataset_id = " FIRST, "file is other there" },
		{ "UPDATE file_datastore_records SET component = 'psf' WHERE dataset_id = " FIRST,
		  "UPDATE file_datastore_records SET component = '__NULL_STRING__' WHERE dataset_id = " FIRST, "component is psf there" },
		{ "UPDATE pvi SET detector = 90 WHERE dataset_id = " FIRST,
		  "UPDATE pvi SET detector = 81 WHERE dataset_id = " FIRST, "data ID is {\"instrument\": \"LSSTCam\", \"detector\": 90" },
		{ "INSERT INTO dataset_location_trash VALUES (" FIRST ", 'FileDatastore@<butlerRoot>')",
		  "DELETE FROM dataset_location_trash WHERE dataset_id = " FIRST, "in the trash" },
		{ "INSERT INTO collection VALUES (500, 'b/run', 1, NULL); INSERT INTO run (collection_id) VALUES (500);"
		  "UPDATE dataset SET run_id = 500 WHERE id = " FIRST,
		  "UPDATE dataset SET run_id = (SELECT collection_id FROM collection WHERE name = 'a/run') WHERE id = " FIRST, "its run is" },
	};
	pps_ref_result results[PPS_COUNT(cases)];
	char tags[40], text[300];

	(void)state;
	copy_records();
	insert(PPS_TRANSFER_COPY, NULL, results);
	/* under a name that the table above knows */
	tags_table("preliminary_visit_image", tags);
	snprintf(text, sizeof text, "UPDATE dataset_type SET tag_association_table = 'pvi' WHERE tag_association_table = '%s'; ALTER TABLE %s RENAME TO pvi",
		 tags, tags);
	run_sql(world.main, text);
	for (size_t i = 0; i < PPS_COUNT(table); i++) {
		run_sql(world.main, table[i].change);
		run_sql(world.main, "DELETE FROM dataset_location WHERE dataset_id = '018f0000000000000000000000000004'");
		assert_int_equal(insert(PPS_TRANSFER_COPY, NULL, results), 1);
		if (results[0].outcome != PPS_REF_DIFFERENT || !strstr(results[0].reason, table[i].word))
			fail_msg("%s: %d: %s", table[i].change, results[0].outcome, results[0].reason);
		assert_int_equal(results[4].outcome, PPS_REF_INSERTED);
		run_sql(world.main, table[i].undo);
	}
	/* its data ID is another's by now */
	run_sql(world.main, "UPDATE pvi SET dataset_id = 'ff8f0000000000000000000000000000' WHERE dataset_id = '018f0000000000000000000000000000';"
			    "INSERT INTO dataset SELECT 'ff8f0000000000000000000000000000', dataset_type_id, 0, run_id FROM dataset"
			    " WHERE id = '018f0000000000000000000000000000'; DELETE FROM dataset_location WHERE dataset_id = '018f0000000000000000000000000000';"
			    "DELETE FROM dataset WHERE id = '018f0000000000000000000000000000'");
	insert(PPS_TRANSFER_COPY, NULL, results);
	assert_int_equal(results[0].outcome, PPS_REF_DIFFERENT);
	assert_non_null(strstr(results[0].reason, "another dataset there, ff8f0000"));
	assert_int_equal(number(world.main, "SELECT count(*) FROM dataset WHERE id = '018f0000000000000000000000000000'"), 0);
}

/* ---- with a TAGGED collection ---- */

static pps_tag_report insert_tagged(int rule, int outcome)
{
	pps_tag_report tags = { 0 };
	const pps_refs_with with = { .tagged = "Prompt/Available", .rule = rule, .tags = &tags };
	pps_ref_result results[PPS_COUNT(cases)];

	insert(PPS_TRANSFER_COPY, &with, results);
	assert_outcomes(results, outcome);
	return tags;
}

static int64_t count_tagged(const char *which)
{
	char tags[40], query[300];

	tags_table("preliminary_visit_image", tags);
	snprintf(query, sizeof query, "SELECT count(*) FROM %s JOIN collection USING (collection_id) WHERE name = 'Prompt/Available' AND %s", tags, which);
	return number(world.main, query);
}

static void make_tagged(void)
{
	_cleanup_(pps_butler_unrefp) pps_butler *dest = must_open(world.main, PPS_BUTLER_WRITE);
	_cleanup_(pps_error_freep) pps_error *err = NULL;

	copy_records();
	assert_ok(pps_butler_ensure_collection(dest, "Prompt/Available", PPS_COLLECTION_TAGGED, NULL, NULL, NULL, &err), err);
}

static void test_insert_tagged(void **state)
{
	pps_tag_report tags;

	(void)state;
	make_tagged();
	tags = insert_tagged(PPS_TAG_KEEP, PPS_REF_INSERTED);
	assert_int_equal(tags.changed, PPS_COUNT(cases));
	assert_int_equal(tags.nconflicts, 0);
	pps_tag_report_clear(&tags);
	assert_int_equal(count_tagged("dataset_id = " FIRST), 1);
	assert_int_equal(number(world.main, "SELECT count(*) FROM collection_summary_dataset_type JOIN collection USING (collection_id)"
					    " WHERE name = 'Prompt/Available'"), PPS_COUNT(cases));
	assert_int_equal(number(world.main, "SELECT count(*) FROM collection_summary_skymap JOIN collection USING (collection_id)"
					    " WHERE name = 'Prompt/Available'"), 1);
	tags = insert_tagged(PPS_TAG_KEEP, PPS_REF_THERE);
	assert_int_equal(tags.changed + (int64_t)tags.nconflicts, 0);
	pps_tag_report_clear(&tags);
	assert_int_equal(number(world.main, "PRAGMA foreign_key_check"), -1);
}

/* Another dataset has the place of the first, in a run of its own; none of the others is there. Who gets it is the rule's. */
static void tagged_conflict(int rule)
{
	pps_tag_report report = { 0 };
	const pps_refs_with with = { .tagged = "Prompt/Available", .rule = rule, .tags = &report };
	pps_ref_result results[PPS_COUNT(cases)];
	char tags[40], text[1000];

	make_tagged();
	report = insert_tagged(PPS_TAG_KEEP, PPS_REF_INSERTED);
	pps_tag_report_clear(&report);
	tags_table("preliminary_visit_image", tags);
	snprintf(text, sizeof text,
		 "INSERT INTO collection (name, type) VALUES ('other/run', 1);"
		 "INSERT INTO run (collection_id) SELECT collection_id FROM collection WHERE name = 'other/run';"
		 "UPDATE %s SET collection_id = (SELECT max(collection_id) FROM run) WHERE dataset_id = " FIRST
		 " AND collection_id IN (SELECT collection_id FROM run);"
		 "UPDATE %s SET dataset_id = " OTHER " WHERE dataset_id = " FIRST ";"
		 "UPDATE dataset SET id = " OTHER ", run_id = (SELECT max(collection_id) FROM run) WHERE id = " FIRST ";"
		 "PRAGMA foreign_keys = ON; DELETE FROM dataset_location WHERE dataset_id LIKE '018f%%';"
		 "DELETE FROM file_datastore_records WHERE dataset_id LIKE '018f%%'; DELETE FROM dataset WHERE id LIKE '018f%%'", tags, tags);
	run_sql(world.main, text);
	assert_int_equal(insert(PPS_TRANSFER_COPY, &with, results), PPS_COUNT(cases));
	assert_outcomes(results, PPS_REF_INSERTED);
	assert_int_equal(report.nconflicts, 1);
	assert_int_equal(report.conflicts[0].id.bytes[0], rule == PPS_TAG_KEEP ? 0x01 : 0xff);
	assert_int_equal(report.conflicts[0].other.bytes[0], rule == PPS_TAG_KEEP ? 0xff : 0x01);
	pps_tag_report_clear(&report);
	assert_int_equal(count_tagged("dataset_id = " FIRST), rule == PPS_TAG_REPLACE);
	assert_int_equal(count_tagged("dataset_id = " OTHER), rule == PPS_TAG_KEEP);
}

static void test_tagged_keep(void **state)
{
	(void)state;
	tagged_conflict(PPS_TAG_KEEP);
}

static void test_tagged_replace(void **state)
{
	(void)state;
	tagged_conflict(PPS_TAG_REPLACE);
}

static void test_insert_skips(void **state)
{
	pps_ref_result results[PPS_COUNT(cases)];

	(void)state;
	copy_records();
	run_sql(world.main, "DELETE FROM visit WHERE id = 2025120200001");
	run_sql(world.main, "DELETE FROM tract");
	assert_int_equal(insert(PPS_TRANSFER_IN_PLACE, NULL, results), 3);
	for (size_t i = 0; i < PPS_COUNT(cases); i++)
		assert_int_equal(results[i].outcome, i == 4 || i >= 7 ? PPS_REF_INSERTED : PPS_REF_SKIPPED);
	assert_non_null(strstr(results[0].reason, "has no dimension record of instrument LSSTCam, visit 2025120200001"));
	assert_non_null(strstr(results[1].reason, "in place"));
	assert_int_equal(number(world.main, "SELECT count(*) FROM dataset WHERE id LIKE '018f%'"), 3);
}

/* Its summary, too, would need the record. */
static void test_insert_without_skymap(void **state)
{
	pps_ref_result results[PPS_COUNT(cases)];

	(void)state;
	copy_records();
	run_sql(world.main, "DELETE FROM tract; DELETE FROM skymap");
	assert_int_equal(insert(PPS_TRANSFER_COPY, NULL, results), PPS_COUNT(cases) - 1);
	for (size_t i = 0; i < PPS_COUNT(cases); i++)
		assert_int_equal(results[i].outcome, strcmp(cases[i].name, "template") == 0 ? PPS_REF_SKIPPED : PPS_REF_INSERTED);
}

static void test_insert_refusals(void **state)
{
	_cleanup_(pps_butler_unrefp) pps_butler *source = must_open(world.embargo, PPS_BUTLER_READ), *dest = must_open(world.main, PPS_BUTLER_WRITE);
	_cleanup_(pps_refs_freep) pps_refs *refs = must_find(source, PPS_REFS_FILES);
	_cleanup_(pps_ref_places_freep) pps_ref_places *places = must_plan(source, dest, refs, PPS_TRANSFER_COPY);
	const pps_refs_with failing = { .hook = failing_hook, .user = dest }, stray = { .hook = stray_hook, .user = dest },
			    nowhere = { .tagged = "of/nobody" }, untagged = { .tagged = "a/run" };
	pps_error *err = NULL;

	(void)state;
	copy_records();
	assert_int_equal(pps_butler_insert_refs(source, refs, places, NULL, NULL, NULL, &err), PPS_E_ACCESS);
	pps_error_free(TAKE_PTR(err));
	/* what the hook refuses is not there */
	assert_int_equal(pps_butler_insert_refs(dest, refs, places, &failing, NULL, NULL, &err), PPS_E_FAILED);
	assert_non_null(strstr(pps_error_message(err), "not now"));
	pps_error_free(TAKE_PTR(err));
	assert_int_equal(number(world.main, "SELECT count(*) FROM dataset WHERE id LIKE '018f%'"), 0);
	assert_int_equal(pps_butler_insert_refs(dest, refs, places, &stray, NULL, NULL, &err), PPS_E_CONFLICT);
	assert_string_equal(pps_error_sqlstate(err), "23503");
	pps_error_free(TAKE_PTR(err));
	assert_int_equal(number(world.main, "SELECT count(*) FROM dataset WHERE id LIKE '018f%'"), 0);
	assert_int_equal(pps_butler_insert_refs(dest, refs, places, &nowhere, NULL, NULL, &err), PPS_E_NOTFOUND);
	assert_non_null(strstr(pps_error_message(err), "of/nobody"));
	pps_error_free(TAKE_PTR(err));
	assert_int_equal(pps_butler_insert_refs(dest, refs, places, &untagged, NULL, NULL, &err), PPS_E_CONFLICT);
	pps_error_free(TAKE_PTR(err));
	run_sql(world.main, "UPDATE dataset_type SET storage_class = 'Other' WHERE name = 'bias'");
	assert_int_equal(pps_butler_insert_refs(dest, refs, places, NULL, NULL, NULL, &err), PPS_E_CONFLICT);
	assert_non_null(strstr(pps_error_message(err), "dataset type bias"));
	pps_error_free(TAKE_PTR(err));
	/* where nothing is written, nobody is asked */
	for (size_t i = 0; i < places->n; i++)
		places->at[i].problem = "it was held meanwhile";
	assert_ok(pps_butler_insert_refs(dest, refs, places, &failing, NULL, NULL, &err), err);
}

#define REF_TEST(fn) cmocka_unit_test_setup_teardown(fn, setup_datasets, teardown)

/* ---- many, by several threads ---- */

#define MANY 6000 /* more than a chunk */

static void make_many(void)
{
	char text[1500];
	const long long type = (long long)number(world.embargo, "SELECT id FROM dataset_type WHERE name = 'object_htm'");
	const long long key = (long long)number(world.embargo, "SELECT dimensions_key FROM dataset_type WHERE name = 'object_htm'");

	snprintf(text, sizeof text,
		 "CREATE TEMP TABLE many AS WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < %d)"
		 " SELECT i, printf('018e000000000000%%016x', i) AS id FROM n;"
		 "INSERT INTO dataset SELECT id, %lld, %lld, 100 FROM many;"
		 "INSERT INTO dataset_tags_%08lld (dataset_type_id, dataset_id, collection_id, htm7) SELECT %lld, id, 100, 131072 + i FROM many;"
		 "INSERT INTO dataset_location SELECT 'FileDatastore@<butlerRoot>', id FROM many;"
		 "INSERT INTO file_datastore_records SELECT id, '/data/' || i, 'a.Formatter', 'Json', '__NULL_STRING__', NULL, 100 FROM many",
		 MANY - 1, type, (long long)DATE, key, type);
	run_sql(world.embargo, text);
}

struct told {
	size_t n, stop, outcomes[PPS_DATASET_MISSING + 1];
};

/* In the order of UUIDs, on the thread that called. */
static int count_told(const char *id, const char *type, int outcome, const char *reason, void *user)
{
	struct told *t = user;
	char expected[37];

	(void)type;
	(void)reason;
	snprintf(expected, sizeof expected, "018e0000-0000-0000-0000-%012zx", t->n++);
	assert_string_equal(id, expected);
	t->outcomes[outcome]++;
	return t->n == t->stop ? -1 : 0;
}

static int transfer_many(struct told *told, pps_error **err)
{
	_cleanup_(pps_butler_unrefp) pps_butler *source = must_open(world.embargo, PPS_BUTLER_READ), *dest = must_open(world.main, PPS_BUTLER_WRITE);
	static char texts[MANY][37];
	static const char *list[MANY];

	for (size_t i = 0; i < MANY; i++) {
		snprintf(texts[i], sizeof texts[i], "018e0000-0000-0000-0000-%012zx", i);
		list[i] = texts[i];
	}
	assert_int_equal(pps_ctx_set_threads(world.ctx, 3, NULL), PPS_OK);
	return pps_butler_transfer(source, dest, list, MANY, "direct", 0, count_told, told, err);
}

static void test_many(void **state)
{
	_cleanup_(pps_error_freep) pps_error *err = NULL, *why = NULL;
	struct told stopped = { .stop = 400 }, rest = { 0 }, again = { 0 };

	(void)state;
	make_many();
	assert_true(transfer_many(&stopped, &why) < 0);
	assert_int_equal(stopped.n, stopped.stop);
	assert_int_equal(stopped.outcomes[PPS_DATASET_INSERTED], stopped.n);
	assert_ok(transfer_many(&rest, &err), err);
	assert_int_equal(rest.outcomes[PPS_DATASET_INSERTED] + rest.outcomes[PPS_DATASET_THERE], MANY);
	assert_true(rest.outcomes[PPS_DATASET_THERE] >= stopped.n);
	assert_ok(transfer_many(&again, &err), err);
	assert_int_equal(again.outcomes[PPS_DATASET_THERE], MANY);
	assert_int_equal(number(world.main, "SELECT count(*) FROM file_datastore_records WHERE dataset_id LIKE '018e%'"), MANY);
	assert_int_equal(number(world.main, "PRAGMA foreign_key_check"), -1);
}

/* What another process might do after the first chunk. */
struct removal {
	pps_butler *dest;
	int calls;
};

static int removing_hook(void *user, pps_error **err)
{
	struct removal *r = user;

	if (r->calls++)
		return PPS_OK;
	return pps_sql_script(r->dest->sql, "DELETE FROM {file_datastore_records};\nDELETE FROM {dataset_location};\nDELETE FROM {dataset} WHERE run_id ="
			      " (SELECT collection_id FROM {collection} WHERE name = 'a/run');\nDELETE FROM {collection} WHERE name = 'a/run'", err);
}

/* A run that goes between two chunks is registered again for the second, which stays the second. */
static void test_run_removed(void **state)
{
	_cleanup_(pps_butler_unrefp) pps_butler *source = NULL, *dest = must_open(world.main, PPS_BUTLER_WRITE);
	_cleanup_(pps_refs_freep) pps_refs *refs = NULL;
	_cleanup_(pps_ref_places_freep) pps_ref_places *places = NULL;
	_cleanup_free_ pps_ref_result *results = calloc(MANY, sizeof *results);
	_cleanup_free_ pps_uuid *ids = calloc(MANY, sizeof *ids);
	struct removal removal = { .dest = dest };
	const pps_refs_with with = { .hook = removing_hook, .user = &removal };
	_cleanup_(pps_error_freep) pps_error *err = NULL;

	(void)state;
	make_many();
	source = must_open(world.embargo, PPS_BUTLER_READ);
	for (size_t i = 0; i < MANY; i++) {
		char text[37];

		snprintf(text, sizeof text, "018e0000-0000-0000-0000-%012zx", i);
		assert_ok(pps_uuid_parse(text, &ids[i], &err), err);
	}
	assert_ok(pps_butler_find_refs(source, ids, MANY, PPS_REFS_FILES, &refs, &err), err);
	assert_ok(pps_butler_plan_files(source, dest, refs, PPS_TRANSFER_DIRECT, &places, &err), err);
	assert_ok(pps_butler_insert_refs(dest, refs, places, &with, results, NULL, &err), err);
	assert_int_equal(removal.calls, 2);
	for (size_t i = 0; i < MANY; i++)
		assert_int_equal(results[i].outcome, PPS_REF_INSERTED);
	assert_int_equal(number(world.main, "SELECT count(*) FROM dataset JOIN run ON run_id = collection_id JOIN collection USING (collection_id)"
					    " WHERE name = 'a/run'"), MANY - PPS_REFS_CHUNK);
	assert_int_equal(number(world.main, "PRAGMA foreign_key_check"), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		REF_TEST(test_find),	      REF_TEST(test_find_nothing),   REF_TEST(test_ends),
		REF_TEST(test_ends_unknown),  REF_TEST(test_plan_copies),    REF_TEST(test_plan_others),
		REF_TEST(test_plan_problems), REF_TEST(test_insert),	     REF_TEST(test_insert_completes),
		REF_TEST(test_insert_differences), REF_TEST(test_insert_skips), REF_TEST(test_insert_refusals),
		REF_TEST(test_insert_tagged), REF_TEST(test_tagged_keep),    REF_TEST(test_tagged_replace),
		REF_TEST(test_insert_without_skymap),
		REF_TEST(test_many),	      REF_TEST(test_run_removed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
