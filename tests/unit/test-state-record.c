/* SPDX-License-Identifier: BSD-3-Clause */
/* Dimension records of datasets in the state, on both databases: what is noted of which datasets, and when each is looked at again. */
#define SCHEMA "pps_test_state_record"
#include "state-place.h"

#include "state/record.h"

#define T0 INT64_C(1764720000000000000)
#define HOUR (3600 * PPS_NS_PER_S)
#define DAY (24 * HOUR)

/* An internal repository, and a public one. */
static const pps_record_targets targets = { .now = T0, .n = 2, .at = { { 1, 0 }, { 3, 1 } } };

static pps_dataset_row row(int n, const char *type, const char *data_id, int is_held)
{
	pps_dataset_row r = { .origin = "", .type = type, .run = "r", .instrument = "LSSTCam", .data_id = data_id, .day_obs = 20251202, .end = T0,
			      .registered = T0, .next = { is_held ? 0 : 1, 1, T0 } };

	r.id.bytes[15] = (uint8_t)n;
	memset(r.status.status, '.', sizeof r.status.status);
	r.status.status[0] = 'P';
	r.status.at[0] = T0;
	return r;
}

/* "DIMENSION VALUE: looks at it; " of one repository, in hours after T0. */
static void expect(pps_state *s, int ordinal, int64_t now, const char *text)
{
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	_cleanup_(pps_record_places_clear) pps_record_places places = { 0 };
	_cleanup_buf_ pps_buf b = PPS_BUF_LINE;

	assert_ok(pps_state_records_due(s, ordinal, now, 100, &places, &err), err);
	for (size_t i = 0; i < places.n; i++)
		pps_buf_printf(&b, "%s %s %s %lld%s; ", pps_record_dimension_name(places.at[i].dimension), places.at[i].value,
			       pps_record_status_name(places.at[i].status), (long long)((places.at[i].next_look - T0) / HOUR),
			       places.at[i].is_ahead ? " ahead" : "");
	assert_string_equal(pps_buf_text(&b), text);
}

static void add(pps_state *s, const pps_flow_lock *lock, int64_t now, const pps_dataset_row *rows, size_t n, int64_t expected)
{
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	pps_record_targets to = targets;
	int64_t added;

	to.now = now;
	assert_ok(pps_state_datasets_register_with(s, lock, rows, n, &to, &added, &err), err);
	assert_int_equal(added, expected);
}

/* What a look at the first that is due comes to. */
static void look(pps_state *s, const pps_flow_lock *lock, int ordinal, int64_t now, int status)
{
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	_cleanup_(pps_record_places_clear) pps_record_places places = { 0 };

	assert_ok(pps_state_records_due(s, ordinal, now, 1, &places, &err), err);
	assert_int_equal(places.n, 1);
	places.at[0].status = status;
	places.at[0].looked = now;
	places.at[0].next_look = pps_record_next_look(places.at[0].since, now);
	assert_ok(pps_state_records_set(s, lock, places.at, 1, &err), err);
}

static void when_they_are_looked_at(void **state)
{
	static const struct {
		int64_t looked, next;
	} cases[] = { { 0, HOUR }, { HOUR - 1, HOUR }, { HOUR, DAY }, { DAY, 7 * DAY }, { 2 * DAY, 7 * DAY }, { 7 * DAY, -1 }, { 700 * DAY, -1 } };

	(void)state;
	for (size_t i = 0; i < PPS_COUNT(cases); i++)
		assert_int_equal(pps_record_next_look(T0, T0 + cases[i].looked), cases[i].next < 0 ? 0 : T0 + cases[i].next);
}

static void what_is_noted(void **state)
{
	_cleanup_(pps_state_unrefp) pps_state *s = open_state();
	_cleanup_(pps_flow_lock_freep) pps_flow_lock *lock = take_flow(s, "publish");
	const pps_dataset_row rows[] = {
		row(1, "difference_image", "{\"instrument\":\"LSSTCam\",\"detector\":1,\"visit\":7}", 0),
		row(2, "difference_image", "{\"instrument\":\"LSSTCam\",\"detector\":2,\"visit\":7}", 0),
		row(3, "isr_log", "{\"instrument\":\"LSSTCam\",\"detector\":2,\"exposure\":8}", 0),
		row(4, "group_log", "{\"instrument\":\"LSSTCam\",\"group\":\"a, visit=7 \\u00e9\"}", 0),
		row(5, "unheard_of", "{\"instrument\":\"LSSTCam\",\"visit\":9}", 1),
		row(6, "config", "{\"instrument\":\"LSSTCam\"}", 0),
		row(7, "both", "{\"instrument\":\"LSSTCam\",\"exposure\":10,\"visit\":7}", 0),
	};
	const pps_dataset_row later = row(8, "difference_image", "{\"instrument\":\"LSSTCam\",\"visit\":9}", 0);

	(void)state;
	add(s, lock, T0, rows, PPS_COUNT(rows), PPS_COUNT(rows));
	expect(s, 1, T0, "visit 7 never 0 ahead; exposure 10 never 0 ahead; exposure 8 never 0 ahead; group a, visit=7 \u00e9 never 0 ahead; ");
	expect(s, 1, T0 + HOUR - 1, "visit 7 never 0 ahead; exposure 10 never 0 ahead; exposure 8 never 0 ahead; group a, visit=7 \u00e9 never 0 ahead; ");
	/* nothing goes ahead to what is public */
	expect(s, 3, T0, "");
	expect(s, 3, T0 + HOUR, "visit 7 never 1; visit 9 never 1; exposure 10 never 1; exposure 8 never 1; group a, visit=7 \u00e9 never 1; ");
	expect(s, 2, T0 + DAY, "");
	/* registering again changes nothing */
	look(s, lock, 1, T0, PPS_RECORD_INITIAL);
	add(s, lock, T0 + 2, rows, PPS_COUNT(rows), 0);
	expect(s, 1, T0, "exposure 10 never 0 ahead; exposure 8 never 0 ahead; group a, visit=7 \u00e9 never 0 ahead; ");
	/* what was held, and is needed by another now */
	add(s, lock, T0 + 2, &later, 1, 1);
	expect(s, 1, T0 + 2, "exposure 10 never 0 ahead; exposure 8 never 0 ahead; group a, visit=7 \u00e9 never 0 ahead; visit 9 never 0 ahead; ");
	expect(s, 3, T0 + 2, "");
}

/* The same record by several datasets that want different things of it; keys are told from text that looks like them. */
static void what_is_noted_of_one_record(void **state)
{
	_cleanup_(pps_state_unrefp) pps_state *s = open_state();
	_cleanup_(pps_flow_lock_freep) pps_flow_lock *lock = take_flow(s, "publish");
	const pps_dataset_row rows[] = {
		row(1, "difference_image", "{\"instrument\": \"LSSTCam\", \"detector\": 1, \"visit\": 7}", 1),
		row(2, "difference_image", "{\"instrument\": \"LSSTCam\", \"detector\": 2, \"visit\": 7}", 0),
		row(3, "difference_image", "{\"instrument\": \"LSSTCam\", \"detector\": 3, \"visit\": 77}", 1),
		row(4, "group_log", "{\"instrument\": \"LSSTCam\", \"group\": \"\\\"visit\\\": 9\"}", 0),
		row(5, "group_log", "{\"instrument\": \"LSSTCam\", \"group\": \"visit\"}", 0),
	};

	(void)state;
	add(s, lock, T0, rows, PPS_COUNT(rows), PPS_COUNT(rows));
	expect(s, 1, T0, "visit 7 never 0 ahead; group \"visit\": 9 never 0 ahead; group visit never 0 ahead; ");
	expect(s, 3, T0 + HOUR, "visit 7 never 1; visit 77 never 1; group \"visit\": 9 never 1; group visit never 1; ");
}

static void looks_begin_anew(void **state)
{
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	_cleanup_(pps_state_unrefp) pps_state *s = open_state();
	_cleanup_(pps_flow_lock_freep) pps_flow_lock *lock = take_flow(s, "publish");
	_cleanup_(pps_record_places_clear) pps_record_places places = { 0 }, now = { 0 };
	const pps_dataset_row first = row(1, "difference_image", "{\"instrument\":\"LSSTCam\",\"visit\":7}", 0);
	const pps_dataset_row other = row(2, "difference_image", "{\"instrument\":\"LSSTCam\",\"visit\":7,\"detector\":3}", 0);
	const pps_dataset_row revised = row(3, PPS_RECORD_REVISING_TYPE, "{\"instrument\":\"LSSTCam\",\"visit\":7}", 1);

	(void)state;
	add(s, lock, T0, &first, 1, 1);
	for (int i = 0; i < 4; i++)
		look(s, lock, 1, T0 + 8 * DAY * (i == 3) + DAY * (i == 2) + HOUR * (i == 1), PPS_RECORD_INITIAL);
	expect(s, 1, T0 + 1000 * DAY, "");
	add(s, lock, T0 + 9 * DAY, &other, 1, 1);
	expect(s, 1, T0 + 1000 * DAY, "");
	add(s, lock, T0 + 10 * DAY, &revised, 1, 1);
	expect(s, 1, T0 + 10 * DAY, "visit 7 initial 240 ahead; ");
	expect(s, 3, T0 + 10 * DAY, "visit 7 never 240; ");
	/* one that is told of while it is looked at is looked at once more */
	assert_ok(pps_state_records_due(s, 1, T0 + 10 * DAY, 1, &places, &err), err);
	places.at[0].since--;
	places.at[0].next_look = 0;
	places.at[0].status = PPS_RECORD_REVISED;
	assert_ok(pps_state_records_set(s, lock, places.at, 1, &err), err);
	expect(s, 1, T0 + 10 * DAY, "visit 7 initial 240 ahead; ");
	look(s, lock, 1, T0 + 10 * DAY, PPS_RECORD_REVISED);
	expect(s, 1, T0 + 1000 * DAY, "visit 7 revised 241 ahead; ");
	assert_ok(pps_state_records_of(s, "LSSTCam", PPS_RECORD_VISIT, "7", &now, &err), err);
	assert_int_equal(now.n, 2);
	assert_int_equal(now.at[0].ordinal, 1);
	assert_int_equal(now.at[1].ordinal, 3);
	/* only the flow's writer changes them */
	sql_exec("UPDATE {writer} SET epoch = epoch + 1");
	assert_int_equal(pps_state_records_set(s, lock, places.at, 1, NULL), PPS_E_LOCKED);
}

/* In a replay it is the first run that says what time it is. */
static void looks_that_begin_with_the_first(void **state)
{
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	_cleanup_(pps_state_unrefp) pps_state *s = open_state();
	_cleanup_(pps_flow_lock_freep) pps_flow_lock *lock = take_flow(s, "publish");
	_cleanup_(pps_record_places_clear) pps_record_places places = { 0 };
	const pps_dataset_row first = row(1, "difference_image", "{\"instrument\":\"LSSTCam\",\"visit\":7}", 0);

	(void)state;
	add(s, lock, 0, &first, 1, 1);
	assert_ok(pps_state_records_due(s, 3, T0, 1, &places, &err), err);
	assert_int_equal(places.n, 1);
	places.at[0].since = T0;
	places.at[0].next_look = T0 + HOUR;
	assert_ok(pps_state_records_set(s, lock, places.at, 1, &err), err);
	expect(s, 3, T0 + HOUR, "visit 7 never 1; ");
	look(s, lock, 3, T0 + HOUR, PPS_RECORD_INITIAL);
	expect(s, 3, T0 + DAY, "visit 7 initial 24; ");
}

static int count(const pps_record_count *c, void *user, pps_error **err)
{
	(void)err;
	pps_buf_printf(user, "%d: %lld %lld %lld %lld %s; ", c->ordinal, (long long)c->waiting, (long long)c->due, (long long)c->failed, (long long)c->revised,
		       c->error);
	return PPS_OK;
}

static void counted(void **state)
{
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	_cleanup_(pps_state_unrefp) pps_state *s = open_state();
	_cleanup_(pps_flow_lock_freep) pps_flow_lock *lock = take_flow(s, "publish");
	_cleanup_(pps_record_places_clear) pps_record_places places = { 0 };
	_cleanup_buf_ pps_buf b = PPS_BUF_LINE;
	const pps_dataset_row rows[] = {
		row(1, "difference_image", "{\"instrument\":\"LSSTCam\",\"visit\":7}", 0), row(2, "difference_image", "{\"instrument\":\"LSSTCam\",\"visit\":8}", 0),
	};

	(void)state;
	add(s, lock, T0, rows, 2, 2);
	assert_ok(pps_state_records_due(s, 1, T0, 9, &places, &err), err);
	places.at[0].status = PPS_RECORD_REVISED;
	places.at[1].code = PPS_E_NOTFOUND;
	places.at[1].error = "gone";
	places.at[1].next_look = T0 + DAY;
	assert_ok(pps_state_records_set(s, lock, places.at, 2, &err), err);
	assert_ok(pps_state_record_counts(s, T0 + HOUR, count, &b, &err), err);
	assert_string_equal(pps_buf_text(&b), "1: 2 1 1 1 gone; 3: 2 2 0 0 ; ");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(when_they_are_looked_at),
		cmocka_unit_test_setup_teardown(what_is_noted, setup, teardown),
		cmocka_unit_test_setup_teardown(what_is_noted_of_one_record, setup, teardown),
		cmocka_unit_test_setup_teardown(looks_begin_anew, setup, teardown),
		cmocka_unit_test_setup_teardown(looks_that_begin_with_the_first, setup, teardown),
		cmocka_unit_test_setup_teardown(counted, setup, teardown),
	};

	return cmocka_run_group_tests(tests, group_setup, group_teardown);
}
