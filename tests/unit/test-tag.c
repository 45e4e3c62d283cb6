/* SPDX-License-Identifier: BSD-3-Clause */
/* TAGGED collections, expiring and unstoring, on SQLite; tests/interop/tags_twin.py does the same on both databases beside the real Butler. */
#include "butler-place.h"

#include "butler/purge.h"
#include "butler/unstore.h"

#define MOST 200

struct fixture {
	pps_butler *b;
	pps_uuid ids[MOST]; /* of the first RUN, sorted */
	size_t n;
	int is_held;
};

static void clear(struct fixture *f)
{
	pps_butler_unref(f->b);
}

static size_t read_ids(pps_butler *b, const char *text, pps_uuid *ids)
{
	_cleanup_(pps_sql_rows_freep) pps_sql_rows *rows = NULL;
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	size_t n = 0;

	assert_ok(pps_sql_query(pps_butler_sql(b), text, NULL, 0, &rows, &err), err);
	while (pps_sql_next(rows, NULL) > 0)
		assert_int_equal(pps_sql_get_uuid(rows, 0, &ids[n++]), 0);
	return n;
}

/* The same data IDs once more, in two other runs, with smaller and with larger UUIDs. */
static void add_reruns(void)
{
	for (int i = 0; i < 2; i++) {
		char text[1200];
		const char *prefix = i ? "ffff" : "0000";

		snprintf(text, sizeof text,
			 "INSERT INTO collection VALUES (%d, 'rerun/%s', 1, NULL); INSERT INTO run (collection_id) VALUES (%d);"
			 "INSERT INTO collection_summary_dataset_type VALUES (%d, 1); INSERT INTO collection_summary_instrument VALUES (%d, 'LSSTCam');"
			 "INSERT INTO dataset SELECT '%s' || substr(id, 5), dataset_type_id, ingest_date, %d FROM dataset WHERE run_id = 1;"
			 "INSERT INTO dataset_tags_00000001 (dataset_type_id, dataset_id, collection_id, instrument, detector, exposure)"
			 " SELECT dataset_type_id, '%s' || substr(dataset_id, 5), %d, instrument, detector, exposure FROM dataset_tags_00000001"
			 " WHERE collection_id = 1", 50 + i, prefix, 50 + i, 50 + i, 50 + i, prefix, 50 + i, prefix, 50 + i);
		run_sql(world.embargo, text);
	}
}

static void fixture_init(struct fixture *f)
{
	_cleanup_(pps_error_freep) pps_error *err = NULL;

	add_reruns();
	f->b = must_open(world.embargo, PPS_BUTLER_WRITE);
	f->n = read_ids(f->b, "SELECT id FROM dataset WHERE run_id = 1 ORDER BY id", f->ids);
	assert_true(f->n > 20);
	assert_ok(pps_butler_ensure_collection(f->b, "available", PPS_COLLECTION_TAGGED, "What is published.", NULL, NULL, &err), err);
	assert_ok(pps_butler_ensure_collection(f->b, "expired", PPS_COLLECTION_TAGGED, NULL, NULL, NULL, &err), err);
}

static int64_t tags(const char *collection)
{
	char text[200];

	snprintf(text, sizeof text, "SELECT count(*) FROM dataset_tags_00000001 WHERE collection_id = (SELECT collection_id FROM collection WHERE "
		 "name = '%s')", collection);
	return number(world.embargo, text);
}

static void test_register(void **state)
{
	_cleanup_(clear) struct fixture f = { 0 };
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	int64_t one, again;

	(void)state;
	fixture_init(&f);
	assert_ok(pps_butler_ensure_collection(f.b, "available", PPS_COLLECTION_TAGGED, "Something else.", &one, NULL, &err), err);
	assert_ok(pps_butler_ensure_collection(f.b, "available", PPS_COLLECTION_TAGGED, NULL, &again, NULL, &err), err);
	assert_true(one == again && one > 0);
	assert_int_equal(number(world.embargo, "SELECT count(*) FROM collection WHERE name = 'available' AND type = 2 AND doc = 'What is published.'"), 1);
	assert_int_equal(number(world.embargo, "SELECT count(*) FROM collection WHERE name = 'expired' AND type = 2 AND doc IS NULL"), 1);
	assert_fails(pps_butler_ensure_collection(f.b, "LSSTCam/raw/all", PPS_COLLECTION_TAGGED, NULL, NULL, NULL, &failed), PPS_E_CONFLICT, "is RUN, not TAGGED");
	assert_fails(pps_butler_associate(f.b, "nowhere", f.ids, 1, PPS_TAG_KEEP, NULL, &failed), PPS_E_NOTFOUND, "nowhere");
	assert_fails(pps_butler_disassociate(f.b, "LSSTCam/raw/all", f.ids, 1, NULL, &failed), PPS_E_CONFLICT, "is RUN, not TAGGED");
	pps_butler_unref(f.b);
	f.b = must_open(world.embargo, PPS_BUTLER_READ);
	assert_fails(pps_butler_associate(f.b, "available", f.ids, 1, PPS_TAG_KEEP, NULL, &failed), PPS_E_ACCESS, "reading only");
	assert_fails(pps_butler_ensure_collection(f.b, "available", PPS_COLLECTION_TAGGED, NULL, NULL, NULL, &failed), PPS_E_ACCESS, "reading only");
}

static void test_in_and_out(void **state)
{
	_cleanup_(clear) struct fixture f = { 0 };
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	_cleanup_(pps_tag_report_clear) pps_tag_report in = { 0 }, again = { 0 }, out = { 0 };
	pps_uuid ids[MOST];

	(void)state;
	fixture_init(&f);
	memcpy(ids, f.ids, f.n * sizeof *ids);
	memcpy(&ids[f.n], &f.ids[3], sizeof *ids); /* twice */
	memset(&ids[f.n + 1], 0x77, sizeof *ids);  /* unknown */
	assert_ok(pps_butler_associate(f.b, "available", ids, f.n + 2, PPS_TAG_KEEP, &in, &err), err);
	assert_int_equal(in.changed, f.n);
	assert_int_equal(in.nconflicts, 0);
	assert_int_equal(in.nunknown, 1);
	assert_memory_equal(&in.unknown[0], &ids[f.n + 1], sizeof *ids);
	assert_int_equal(tags("available"), f.n);
	assert_int_equal(number(world.embargo, "SELECT count(*) FROM dataset_tags_00000001 a JOIN dataset_tags_00000001 r ON r.dataset_id = a.dataset_id AND "
				"r.collection_id = 1 AND r.detector = a.detector AND r.exposure = a.exposure AND r.dataset_type_id = a.dataset_type_id "
				"JOIN collection c ON c.collection_id = a.collection_id WHERE c.name = 'available'"), f.n);
	assert_int_equal(number(world.embargo, "SELECT count(*) FROM collection_summary_dataset_type JOIN collection USING (collection_id) WHERE name = "
				"'available'"), 1);
	assert_int_equal(number(world.embargo, "SELECT count(*) FROM collection_summary_instrument JOIN collection USING (collection_id) WHERE name = "
				"'available' AND instrument = 'LSSTCam'"), 1);
	assert_ok(pps_butler_associate(f.b, "available", f.ids, f.n, PPS_TAG_REPLACE, &again, &err), err);
	assert_true(!again.changed && !again.nconflicts && !again.nunknown);
	assert_ok(pps_butler_disassociate(f.b, "available", ids, f.n + 2, &out, &err), err);
	assert_int_equal(out.changed, f.n);
	assert_int_equal(tags("available"), 0);
	assert_int_equal(number(world.embargo, "SELECT count(*) FROM collection_summary_instrument JOIN collection USING (collection_id) WHERE name = "
				"'available'"), 1);
	assert_ok(pps_butler_associate(f.b, "available", NULL, 0, PPS_TAG_KEEP, NULL, &err), err);
}

/* In each case the first dataset is in the collection; then @come come, together. */
static void test_conflicts(void **state)
{
	enum { SMALL, MIDDLE, LARGE, NONE };
	static const struct {
		int there, come[3], rule, winner;
		size_t nconflicts;
	} cases[] = {
		{ MIDDLE, { LARGE, NONE }, PPS_TAG_KEEP, MIDDLE, 1 },
		{ MIDDLE, { SMALL, LARGE, NONE }, PPS_TAG_KEEP, MIDDLE, 2 },
		{ NONE, { LARGE, MIDDLE, SMALL }, PPS_TAG_KEEP, SMALL, 2 },
		{ MIDDLE, { MIDDLE, SMALL, NONE }, PPS_TAG_KEEP, MIDDLE, 1 },
		{ MIDDLE, { SMALL, NONE }, PPS_TAG_REPLACE, SMALL, 1 },
		{ MIDDLE, { LARGE, NONE }, PPS_TAG_REPLACE, LARGE, 1 },
		{ SMALL, { MIDDLE, LARGE, NONE }, PPS_TAG_REPLACE, LARGE, 2 },
		{ LARGE, { SMALL, MIDDLE, NONE }, PPS_TAG_REPLACE, MIDDLE, 2 },
		{ NONE, { SMALL, MIDDLE, LARGE }, PPS_TAG_REPLACE, LARGE, 2 },
		{ SMALL, { SMALL, MIDDLE, NONE }, PPS_TAG_REPLACE, MIDDLE, 1 },
		{ LARGE, { LARGE, MIDDLE, NONE }, PPS_TAG_REPLACE, LARGE, 1 },
	};
	_cleanup_(clear) struct fixture f = { 0 };
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	pps_uuid kinds[3];

	(void)state;
	fixture_init(&f);
	kinds[SMALL] = kinds[MIDDLE] = kinds[LARGE] = f.ids[5];
	memset(kinds[SMALL].bytes, 0x00, 2);
	memset(kinds[LARGE].bytes, 0xff, 2);
	for (size_t i = 0; i < PPS_COUNT(cases); i++) {
		_cleanup_(pps_tag_report_clear) pps_tag_report report = { 0 };
		pps_uuid come[3], found[4];
		size_t n = 0;

		run_sql(world.embargo, "DELETE FROM dataset_tags_00000001 WHERE collection_id = (SELECT collection_id FROM collection WHERE name = 'available')");
		if (cases[i].there != NONE)
			assert_ok(pps_butler_associate(f.b, "available", &kinds[cases[i].there], 1, PPS_TAG_KEEP, NULL, &err), err);
		while (n < 3 && cases[i].come[n] != NONE) {
			come[n] = kinds[cases[i].come[n]];
			n++;
		}
		assert_ok(pps_butler_associate(f.b, "available", come, n, cases[i].rule, &report, &err), err);
		n = read_ids(f.b, "SELECT dataset_id FROM dataset_tags_00000001 JOIN collection USING (collection_id) WHERE name = 'available'", found);
		if (n != 1 || memcmp(&found[0], &kinds[cases[i].winner], sizeof found[0]) != 0 || report.nconflicts != cases[i].nconflicts)
			fail_msg("case %zu: %zu datasets, the winner's first byte is %02x, %zu conflicts", i, n, found[0].bytes[0], report.nconflicts);
		for (size_t k = 0; k < report.nconflicts; k++) {
			assert_memory_equal(&report.conflicts[k].other, &kinds[cases[i].winner], sizeof found[0]);
			assert_memory_not_equal(&report.conflicts[k].id, &kinds[cases[i].winner], sizeof found[0]);
		}
	}
}

static int in_one(pps_sql *sql, void *user, pps_error **err)
{
	struct fixture *f = user;
	int r;

	assert_true(pps_sql_in_transaction(sql));
	if ((r = pps_butler_associate(f->b, "available", f->ids, f->n, PPS_TAG_KEEP, NULL, err)) < 0 ||
	    (r = pps_butler_expire(f->b, f->ids, 2, "available", "expired", PPS_TAG_KEEP, NULL, err)) < 0 ||
	    (r = pps_butler_trash(f->b, &f->ids[4], 1, 0, NULL, err)) < 0)
		return r;
	return f->is_held ? pps_fail(err, PPS_E_HELD, "held") : PPS_OK;
}

/* All of it or nothing of it. */
static void test_in_transaction(void **state)
{
	_cleanup_(clear) struct fixture f = { 0 };
	_cleanup_(pps_error_freep) pps_error *err = NULL;

	(void)state;
	fixture_init(&f);
	f.is_held = 1;
	assert_fails(pps_sql_transact(pps_butler_sql(f.b), 1, in_one, &f, &failed), PPS_E_HELD, "held");
	assert_int_equal(tags("available") + tags("expired") + number(world.embargo, "SELECT count(*) FROM dataset_location_trash"), 0);
	f.is_held = 0;
	assert_ok(pps_sql_transact(pps_butler_sql(f.b), 1, in_one, &f, &err), err);
	assert_int_equal(tags("available"), f.n - 2);
	assert_int_equal(tags("expired"), 2);
	assert_int_equal(number(world.embargo, "SELECT count(*) FROM dataset_location_trash"), 1);
}

static void test_expire(void **state)
{
	_cleanup_(clear) struct fixture f = { 0 };
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	_cleanup_(pps_expire_report_clear) pps_expire_report report = { 0 }, again = { 0 };
	int64_t stored;

	(void)state;
	fixture_init(&f);
	stored = number(world.embargo, "SELECT count(*) FROM dataset_location");
	assert_ok(pps_butler_associate(f.b, "available", f.ids, f.n, PPS_TAG_KEEP, NULL, &err), err);
	run_sql(world.embargo, "INSERT INTO dataset_location SELECT 'elsewhere', dataset_id FROM dataset_location");
	assert_ok(pps_butler_expire(f.b, f.ids, 10, "available", "expired", PPS_TAG_KEEP, &report, &err), err);
	assert_int_equal(report.available.changed, 10);
	assert_int_equal(report.expired.changed, 10);
	assert_int_equal(report.dropped, 20);
	assert_int_equal(tags("available"), f.n - 10);
	assert_int_equal(tags("expired"), 10);
	assert_int_equal(number(world.embargo, "SELECT count(*) FROM dataset WHERE run_id = 1"), f.n);
	assert_int_equal(number(world.embargo, "SELECT count(*) FROM dataset_location WHERE datastore_name <> 'elsewhere'"), stored - 10);
	assert_int_equal(number(world.embargo, "SELECT count(*) FROM dataset_location WHERE datastore_name = 'elsewhere'"), stored);
	assert_int_equal(number(world.embargo, "SELECT count(*) FROM file_datastore_records"), stored - 10);
	assert_int_equal(number(world.embargo, "SELECT count(*) FROM dataset_location_trash"), 0);
	assert_ok(pps_butler_expire(f.b, f.ids, 10, "available", "expired", PPS_TAG_KEEP, &again, &err), err);
	assert_true(!again.available.changed && !again.expired.changed && !again.dropped);
	assert_fails(pps_butler_expire(f.b, f.ids, 10, "available", "nowhere", PPS_TAG_KEEP, NULL, &failed), PPS_E_NOTFOUND, "nowhere");
}

/* A second dataset of the same type and data ID expires after the first: it leaves what is available, whatever the rule. */
static void test_expire_twice(void **state)
{
	_cleanup_(clear) struct fixture f = { 0 };
	_cleanup_(pps_error_freep) pps_error *err = NULL;

	(void)state;
	fixture_init(&f);
	for (int rule = PPS_TAG_KEEP; rule <= PPS_TAG_REPLACE; rule++) {
		_cleanup_(pps_expire_report_clear) pps_expire_report report = { 0 };
		pps_uuid ids[2] = { f.ids[rule], f.ids[7 + rule] }, holder = f.ids[rule], expired[8];
		size_t n;

		memset(holder.bytes, 0xff, 2);
		run_sql(world.embargo, "DELETE FROM dataset_tags_00000001 WHERE collection_id IN (SELECT collection_id FROM collection WHERE type = 2)");
		assert_ok(pps_butler_associate(f.b, "expired", &holder, 1, PPS_TAG_KEEP, NULL, &err), err);
		assert_ok(pps_butler_associate(f.b, "available", ids, 2, PPS_TAG_KEEP, NULL, &err), err);
		assert_ok(pps_butler_expire(f.b, ids, 2, "available", "expired", rule, &report, &err), err);
		assert_int_equal(tags("available"), 0);
		assert_int_equal(report.available.changed, 2);
		assert_int_equal(report.dropped, 4);
		assert_int_equal(report.expired.nconflicts, 1);
		assert_memory_equal(&report.expired.conflicts[0].id, rule == PPS_TAG_KEEP ? &ids[0] : &holder, sizeof holder);
		assert_memory_equal(&report.expired.conflicts[0].other, rule == PPS_TAG_KEEP ? &holder : &ids[0], sizeof holder);
		n = read_ids(f.b, "SELECT dataset_id FROM dataset_tags_00000001 JOIN collection USING (collection_id) WHERE name = 'expired' ORDER BY 1", expired);
		assert_int_equal(n, 2);
	}
}

static void test_unstore(void **state)
{
	_cleanup_(clear) struct fixture f = { 0 };
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	int64_t changed = -1, stored;

	(void)state;
	fixture_init(&f);
	stored = number(world.embargo, "SELECT count(*) FROM dataset_location");
	assert_ok(pps_butler_associate(f.b, "available", f.ids, f.n, PPS_TAG_KEEP, NULL, &err), err);
	assert_ok(pps_butler_unstore(f.b, f.ids, 10, &changed, &err), err);
	assert_int_equal(changed, 10);
	assert_int_equal(tags("available"), f.n);
	assert_int_equal(number(world.embargo, "SELECT count(*) FROM dataset_location"), stored - 10);
	assert_int_equal(number(world.embargo, "SELECT count(*) FROM file_datastore_records"), stored - 10);
	assert_int_equal(number(world.embargo, "SELECT count(*) FROM dataset_location_trash"), 0);
	assert_ok(pps_butler_unstore(f.b, f.ids, 10, &changed, &err), err);
	assert_int_equal(changed, 0);
	assert_ok(pps_sql_begin(pps_butler_sql(f.b), &err), err);
	assert_fails(pps_butler_unstore(f.b, f.ids, 10, NULL, &failed), PPS_E_INTERNAL, "outside of transactions");
	pps_sql_rollback(pps_butler_sql(f.b));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		PLACE_TEST(test_register), PLACE_TEST(test_in_and_out), PLACE_TEST(test_conflicts),
		PLACE_TEST(test_in_transaction), PLACE_TEST(test_expire), PLACE_TEST(test_expire_twice),
		PLACE_TEST(test_unstore),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
