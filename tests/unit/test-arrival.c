/* SPDX-License-Identifier: BSD-3-Clause */
/* What the state remembers of arrivals, dead letters and imports; with PPS_TEST_PG on PostgreSQL, in a schema of its own. */
#include "test.h"

#include "state/arrival.h"

#define SCHEMA "pps_test_arrival"
#define T0 INT64_C(1764720000000000000)
#define S PPS_NS_PER_S

static struct {
	pps_ctx *ctx;
	pps_state *state;
	char folder[64];
	char url[512];
	const char *postgres;
} world;

static int setup(void **state)
{
	(void)state;
	if (make_quick_folder(world.folder, sizeof world.folder) < 0 || pps_ctx_new(&world.ctx, NULL) < 0)
		return -1;
	world.postgres = getenv("PPS_TEST_PG");
	if (world.postgres && *world.postgres) {
		_cleanup_(pps_sql_closep) pps_sql *sql = NULL;

		snprintf(world.url, sizeof world.url, "%s%coptions=-csearch_path%%3D" SCHEMA, world.postgres, strchr(world.postgres, '?') ? '&' : '?');
		if (pps_sql_open(world.ctx, world.postgres, NULL, &sql, NULL) < 0 ||
		    pps_sql_exec(sql, "DROP SCHEMA IF EXISTS " SCHEMA " CASCADE", NULL, 0, NULL, NULL) < 0 ||
		    pps_sql_exec(sql, "CREATE SCHEMA " SCHEMA, NULL, 0, NULL, NULL) < 0)
			return -1;
	} else {
		world.postgres = NULL;
		snprintf(world.url, sizeof world.url, "sqlite:///%s/state.db", world.folder);
	}
	if (pps_state_init_url(world.ctx, world.url, 0, NULL, NULL) < 0)
		return -1;
	return pps_state_open_url(world.ctx, world.url, &world.state, NULL);
}

static int teardown(void **state)
{
	char path[128];

	(void)state;
	pps_state_unref(world.state);
	if (world.postgres) {
		_cleanup_(pps_sql_closep) pps_sql *sql = NULL;

		if (pps_sql_open(world.ctx, world.postgres, NULL, &sql, NULL) == PPS_OK)
			(void)!pps_sql_exec(sql, "DROP SCHEMA " SCHEMA " CASCADE", NULL, 0, NULL, NULL);
	}
	pps_ctx_unref(world.ctx);
	snprintf(path, sizeof path, "%s/state.db", world.folder);
	unlink(path);
	snprintf(path, sizeof path, "%s/state.db.raw.lock", world.folder);
	unlink(path);
	return rmdir(world.folder);
}

static pps_arrival_file file(const char *obs_id, const char *name, int64_t at, int removed)
{
	return (pps_arrival_file){ .key = { "LSSTCam", obs_id }, .day_obs = 20251202, .folder = "LSSTCam/20251202/x", .name = name, .size = 7,
				   .at = at, .removed = removed };
}

static pps_arrival_list *arrivals(const pps_arrival_filter *filter)
{
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	pps_arrival_list *list = NULL;

	assert_ok(pps_state_arrivals(world.state, filter, &list, &err), err);
	return list;
}

/* Whether @name is there, of an exposure. */
static int is_there(const char *obs_id, const char *name)
{
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	_cleanup_(pps_arrival_files_freep) pps_arrival_files *files = NULL;
	pps_arrival_key key = { "LSSTCam", obs_id };

	assert_ok(pps_state_arrival_files(world.state, &key, &files, &err), err);
	for (size_t i = 0; i < pps_arrival_files_size(files); i++)
		if (!strcmp(pps_arrival_files_at(files, i)->name, name))
			return !pps_arrival_files_at(files, i)->removed;
	return 0;
}

/* Every order of the same three tellings ends the same. */
static void order_does_not_matter(void **state)
{
	static const int orders[6][3] = { { 0, 1, 2 }, { 0, 2, 1 }, { 1, 0, 2 }, { 1, 2, 0 }, { 2, 0, 1 }, { 2, 1, 0 } };
	pps_arrival_file told[3] = { file("e", "f", T0, 0), file("e", "f", T0 + 5, 1), file("e", "f", T0 + 5, 0) };

	(void)state;
	for (size_t o = 0; o < 6; o++)
		for (int at_once = 0; at_once < 2; at_once++) {
			_cleanup_(pps_error_freep) pps_error *err = NULL;
			char obs_id[16];

			snprintf(obs_id, sizeof obs_id, "o%zu%d", o, at_once);
			pps_arrival_file list[4];
			for (size_t i = 0; i < 3; i++) {
				list[i] = told[orders[o][i]];
				list[i].key.obs_id = obs_id;
			}
			list[3] = list[0]; /* twice */
			if (at_once)
				assert_ok(pps_state_arrived(world.state, list, 4, &err), err);
			for (size_t i = 0; i < 4 && !at_once; i++)
				assert_ok(pps_state_arrived(world.state, &list[i], 1, &err), err);
			assert_int_equal(is_there(obs_id, "f"), 0);
		}
}

static void exposures_are_counted_and_noted(void **state)
{
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	_cleanup_(pps_arrival_list_freep) pps_arrival_list *list = NULL, *complete = NULL;
	pps_arrival_file told[] = { file("a", "1", T0 + 3, 0), file("a", "2", T0 + 1, 0), file("a", "3", T0 + 9, 1), file("b", "1", T0, 0) };
	pps_arrival_filter one = { .key = { "LSSTCam", "a" } }, days = { .day_begin = 20251202, .day_end = 20251202, .incomplete = 1 };
	const pps_arrival *a;

	(void)state;
	assert_ok(pps_state_arrived(world.state, told, PPS_COUNT(told), &err), err);
	list = arrivals(&one);
	assert_int_equal(pps_arrival_list_size(list), 1);
	a = pps_arrival_list_at(list, 0);
	assert_int_equal(a->nfiles, 2);
	assert_int_equal(a->first_at, T0 + 1);
	assert_int_equal(a->last_at, T0 + 9);
	assert_null(a->expected);
	assert_int_equal(a->complete_at, PPS_TAI_MIN);
	assert_ok(pps_state_arrival_note(world.state, &one.key, "R22_S11", T0 + 3, PPS_TAI_MIN, &err), err);
	assert_ok(pps_state_arrival_note(world.state, &one.key, NULL, T0 + 4, T0 + 11, &err), err);
	pps_arrival_list_free(TAKE_PTR(list));
	list = arrivals(&one);
	a = pps_arrival_list_at(list, 0);
	assert_string_equal(a->expected, "R22_S11");
	assert_int_equal(a->complete_at, T0 + 4);
	assert_int_equal(a->listed_at, T0 + 11);
	complete = arrivals(&days);
	assert_null(pps_arrival_list_find(complete, "LSSTCam", "a"));
	assert_non_null(pps_arrival_list_find(complete, "LSSTCam", "b"));
	assert_null(pps_arrival_list_find(complete, "LSSTCam", "zz"));
	/* one that nothing was told of is known without a file, and stays as it is when it is told of */
	assert_ok(pps_state_arrival_seen(world.state, &(pps_arrival_key){ "LSSTCam", "u" }, 20251202, "f", T0, &err), err);
	assert_ok(pps_state_arrival_seen(world.state, &(pps_arrival_key){ "LSSTCam", "a" }, 1, "g", T0, &err), err);
	pps_arrival_list_free(TAKE_PTR(complete));
	complete = arrivals(&days);
	assert_int_equal(pps_arrival_list_find(complete, "LSSTCam", "u")->nfiles, 0);
	pps_arrival_list_free(TAKE_PTR(list));
	list = arrivals(&one);
	assert_int_equal(pps_arrival_list_at(list, 0)->day_obs, 20251202);
}

/* How often a folder is listed in which nothing changes: less and less. */
static void listings_become_rare(void **state)
{
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	pps_arrival_file told = file("c", "1", T0, 0);
	pps_arrival_filter f = { .key = { "LSSTCam", "c" }, .least = 60 * S };
	int listed = 0;

	(void)state;
	assert_ok(pps_state_arrived(world.state, &told, 1, &err), err);
	for (int64_t now = T0; now < T0 + 86400 * S; now += 30 * S) {
		_cleanup_(pps_arrival_list_freep) pps_arrival_list *list = NULL;

		f.to_list_at = now;
		list = arrivals(&f);
		if (now == T0 + 30 * S)
			assert_int_equal(pps_arrival_list_size(list), 0);
		if (pps_arrival_list_size(list)) {
			listed++;
			assert_ok(pps_state_arrival_note(world.state, &f.key, NULL, PPS_TAI_MIN, now, &err), err);
		}
	}
	assert_in_range(listed, 8, 14);
}

static void finished_exposures_need_no_files(void **state)
{
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	_cleanup_(pps_flow_lock_freep) pps_flow_lock *lock = NULL;
	pps_arrival_file told[] = { file("done", "1", T0, 0), file("open", "1", T0, 0) };
	pps_exposure_source source = { .obs_id = "done", .day_obs = 20251202, .timespan = { .begin = T0, .end = T0 + S }, .rule = "r" };
	pps_state_change changes[] = {
		{ .kind = PPS_CHANGE_SOURCE, .key = { "LSSTCam", 1 }, .source = &source },
		{ .kind = PPS_CHANGE_FINISHED, .key = { "LSSTCam", 1 }, .text = "main" },
	};
	pps_arrival_filter to_list = { .to_list_at = T0 + 3600 * S, .least = 60 * S };
	_cleanup_(pps_arrival_list_freep) pps_arrival_list *list = NULL;

	(void)state;
	assert_ok(pps_state_arrived(world.state, told, 2, &err), err);
	assert_ok(pps_state_lock(world.state, "raw", &lock, &err), err);
	assert_ok(pps_state_apply(world.state, lock, T0, T0, changes, 2, NULL, &err), err);
	list = arrivals(&to_list);
	assert_null(pps_arrival_list_find(list, "LSSTCam", "done"));
	assert_non_null(pps_arrival_list_find(list, "LSSTCam", "open"));
	assert_ok(pps_state_arrivals_tidy(world.state, 10, &err), err);
	assert_ok(pps_state_arrivals_tidy(world.state, 10, &err), err);
	assert_int_equal(is_there("done", "1"), 0);
	assert_int_equal(is_there("open", "1"), 1);
}

/* Of what was told of, the exposures that a run found due and incomplete. */
static void awaited_exposures(void **state)
{
	static const struct {
		const char *obs_id;
		int64_t end, told;
		const char *step; /* that is finished */
		int finished, awaited;
	} cases[] = {
		{ "w1", T0 - S, T0, NULL, 0, 1 },
		{ "w2", T0, T0 - 99 * S, PPS_STEP_SELECT, 0, 1 },
		{ "w3", T0 - S, T0 - 101 * S, NULL, 0, 0 },           /* told of too long ago */
		{ "w4", T0 + 1, T0, NULL, 0, 0 },                     /* under embargo when it was looked at */
		{ "w5", PPS_TAI_MAX, T0, NULL, 0, 0 },                /* without an end */
		{ "w6", T0 - S, T0, PPS_STEP_COMPLETE, 0, 0 },
		{ "w7", T0 - S, T0, NULL, 1, 0 },
	};
	const int64_t embargo = 80 * 3600 * S;
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	_cleanup_(pps_flow_lock_freep) pps_flow_lock *lock = NULL;
	_cleanup_(pps_arrival_list_freep) pps_arrival_list *list = NULL;
	pps_arrival_filter awaited = { .awaited_since = T0 - 100 * S };
	pps_arrival_file unknown = file("w0", "1", T0, 0);
	size_t n = 0;

	(void)state;
	assert_ok(pps_state_lock(world.state, "raw", &lock, &err), err);
	assert_ok(pps_state_arrived(world.state, &unknown, 1, &err), err);
	for (size_t i = 0; i < PPS_COUNT(cases); i++) {
		const pps_exposure_key key = { "LSSTCam", 100 + (int64_t)i };
		int64_t end = cases[i].end == PPS_TAI_MAX ? PPS_TAI_MAX : cases[i].end - embargo;
		pps_exposure_source source = { .obs_id = cases[i].obs_id, .day_obs = 20251202, .timespan = { .begin = T0 - 2 * embargo, .end = end },
					       .rule = "r", .embargo = embargo };
		pps_state_change changes[] = {
			{ .kind = PPS_CHANGE_SOURCE, .key = key, .source = &source },
			{ .kind = PPS_CHANGE_STEP, .key = key, .step = cases[i].step ? cases[i].step : PPS_STEP_SELECT },
			{ .kind = PPS_CHANGE_FINISHED, .key = key, .text = "main" },
		};
		pps_arrival_file told = file(cases[i].obs_id, "1", cases[i].told, 0);

		assert_ok(pps_state_arrived(world.state, &told, 1, &err), err);
		assert_ok(pps_state_apply(world.state, lock, T0, T0, changes, cases[i].finished ? 3 : cases[i].step ? 2 : 1, NULL, &err), err);
		n += (size_t)cases[i].awaited;
	}
	list = arrivals(&awaited);
	assert_int_equal(pps_arrival_list_size(list), n);
	for (size_t i = 0; i < PPS_COUNT(cases); i++)
		assert_int_equal(pps_arrival_list_find(list, "LSSTCam", cases[i].obs_id) != NULL, cases[i].awaited);
}

static void dead_letters_keep_their_place(void **state)
{
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	int is_new = 7;

	(void)state;
	assert_ok(pps_state_dead_letter(world.state, "t", 2, 41, "no JSON", "a\0\xff\x01\xc3\xa9", 6, &is_new, &err), err);
	assert_int_equal(is_new, 1);
	assert_ok(pps_state_dead_letter(world.state, "t", 2, 41, "no JSON", "a", 1, &is_new, &err), err);
	assert_int_equal(is_new, 0);
	_cleanup_(pps_sql_rows_freep) pps_sql_rows *rows = NULL;
	assert_ok(pps_sql_query(pps_state_sql(world.state), "SELECT reason, content FROM {dead_letter} WHERE position = 41", NULL, 0, &rows, &err), err);
	assert_int_equal(pps_sql_next(rows, &err), 1);
	assert_string_equal(pps_sql_get_text(rows, 1), "a\\x00\\xff\\x01\xc3\xa9");
}

static void imports_come_in_turn(void **state)
{
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	_cleanup_(pps_import_row_freep) pps_import_row *row = NULL;
	int64_t next, now;

	(void)state;
	assert_ok(pps_tai_now(&now, &err), err);
	assert_ok(pps_state_import_next(world.state, now, &row, &next, &err), err);
	assert_null(row);
	assert_int_equal(next, PPS_TAI_MAX);
	assert_ok(pps_state_import_wanted(world.state, "main", "/a.zip", &err), err);
	assert_ok(pps_state_import_wanted(world.state, "main", "/a.zip", &err), err);
	assert_ok(pps_state_import_next(world.state, now + 60 * S, &row, &next, &err), err);
	assert_string_equal(row->zip, "/a.zip");
	assert_int_equal(row->imported, PPS_TAI_MIN);
	row->attempts = 1;
	row->next_try = now + 120 * S;
	assert_ok(pps_state_import_note(world.state, row, &err), err);
	pps_import_row_free(TAKE_PTR(row));
	assert_ok(pps_state_import_next(world.state, now + 60 * S, &row, &next, &err), err);
	assert_null(row);
	assert_int_equal(next, now + 120 * S);
	assert_ok(pps_state_import_next(world.state, next, &row, &next, &err), err);
	assert_int_equal(row->attempts, 1);
	row->imported = now;
	row->next_try = PPS_TAI_MIN;
	row->size = 12;
	assert_ok(pps_state_import_note(world.state, row, &err), err);
	pps_import_row_free(TAKE_PTR(row));
	assert_ok(pps_state_import_next(world.state, now + 999 * S, &row, &next, &err), err);
	assert_null(row);
	/* it is told of again: its content is compared again */
	assert_ok(pps_state_import_wanted(world.state, "main", "/a.zip", &err), err);
	assert_ok(pps_state_import_next(world.state, now + 999 * S, &row, &next, &err), err);
	assert_int_equal(row->imported, now);
	assert_int_equal(row->size, 12);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(order_does_not_matter),
		cmocka_unit_test(exposures_are_counted_and_noted),
		cmocka_unit_test(listings_become_rare),
		cmocka_unit_test(finished_exposures_need_no_files),
		cmocka_unit_test(awaited_exposures),
		cmocka_unit_test(dead_letters_keep_their_place),
		cmocka_unit_test(imports_come_in_turn),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
