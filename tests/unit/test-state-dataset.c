/* SPDX-License-Identifier: BSD-3-Clause */
/* Datasets of flow B in the state, on both databases. */
#define SCHEMA "pps_test_state_dataset"
#include "state-place.h"

#include "state/dataset.h"
#include "state/state-migrations.h"
#include "state/state-migrations.h"

#define T0 INT64_C(1764720000000000000)
#define MS INT64_C(1000000)
#define HOUR (3600 * PPS_NS_PER_S)
enum { COPY = 1, PUBLISH };

static pps_uuid uuid(int n)
{
	pps_uuid id = { { 0 } };

	/* not in the order of n */
	id.bytes[0] = (uint8_t)(n * 37);
	id.bytes[14] = (uint8_t)(n >> 8);
	id.bytes[15] = (uint8_t)n;
	return id;
}

static pps_dataset_row row(int n, const char *type)
{
	pps_dataset_row r = { .id = uuid(n), .origin = "prompt_processing", .type = type, .run = "LSSTCam/prompt/run", .instrument = "LSSTCam",
			      .data_id = "{\"instrument\":\"LSSTCam\",\"detector\":1,\"visit\":2025120200001}", .visit = 2025120200001 + n % 3,
			      .day_obs = 20251202, .end = T0, .registered = T0 + 5 * MS,
			      .next = { .task = COPY, .ordinal = 1, .due = T0 + n * HOUR } };

	memset(r.status.status, '.', sizeof r.status.status);
	r.status.status[0] = 'P';
	r.status.at[0] = T0;
	return r;
}

static void fill(pps_state *s, const pps_flow_lock *lock, int n, int64_t expected)
{
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	_cleanup_free_ pps_dataset_row *rows = calloc((size_t)n, sizeof *rows);
	int64_t added = -1;

	for (int i = 0; i < n; i++)
		rows[i] = row(i, i % 2 ? "dia_source_apdb" : "preliminary_visit_image");
	assert_ok(pps_state_datasets_register(s, lock, rows, (size_t)n, &added, &err), err);
	assert_int_equal(added, expected);
}

static const pps_dataset_row *only(const pps_dataset_rows *rows)
{
	assert_int_equal(pps_dataset_rows_count(rows), 1);
	return pps_dataset_rows_at(rows, 0);
}

static void get(pps_state *s, int n, pps_dataset_rows **ret)
{
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	pps_uuid id = uuid(n);

	assert_ok(pps_state_datasets_get(s, &id, 1, ret, &err), err);
}

static void statuses_as_text(void **state)
{
	pps_dataset_status s = { .at = { T0, 0, T0 + MS }, .published = { 0, 0, T0 + 2 * MS } }, back;
	_cleanup_free_ char *status = NULL, *times = NULL;
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	const char *bad[][2] = { { "P", "" " " }, { "PP", "1" }, { "P", "x" }, { "P", "1/" "z" }, { "P", "1 2" }, { "P", "ffffffffffffffff" },
				 { "", " " } };

	(void)state;
	memset(s.status, '.', sizeof s.status);
	s.status[0] = 'D';
	s.status[2] = 'P';
	assert_ok(pps_dataset_status_format(&s, &status, &times, &err), err);
	assert_string_equal(status, "D.P");
	assert_ok(pps_dataset_status_parse(status, times, &back, &err), err);
	assert_memory_equal(&s, &back, sizeof s);
	s.at[0] = T0 + 1; /* rounded up */
	free(TAKE_PTR(status));
	free(TAKE_PTR(times));
	assert_ok(pps_dataset_status_format(&s, &status, &times, &err), err);
	assert_ok(pps_dataset_status_parse(status, times, &back, &err), err);
	assert_int_equal(back.at[0], T0 + MS);
	for (size_t i = 0; i < PPS_COUNT(bad); i++) {
		pps_error *why = NULL;

		assert_int_equal(pps_dataset_status_parse(bad[i][0], bad[i][1], &back, &why), PPS_E_FORMAT);
		pps_error_free(why);
	}
}

static void ordinals_are_for_ever(void **state)
{
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	_cleanup_(pps_state_unrefp) pps_state *s = open_state();
	_cleanup_(pps_flow_lock_freep) pps_flow_lock *lock = take_flow(s, "publish");
	const char *first[] = { "embargo", "prompt_prep", "repo_main" }, *second[] = { "repo_main", "google", "embargo" };
	const char *many[40];
	char names[40][8];
	int out[40];

	(void)state;
	assert_ok(pps_state_ordinals(s, lock, first, 3, out, &err), err);
	assert_memory_equal(out, ((int[]){ 0, 1, 2 }), 3 * sizeof *out);
	assert_ok(pps_state_ordinals(s, lock, second, 3, out, &err), err);
	assert_memory_equal(out, ((int[]){ 2, 3, 0 }), 3 * sizeof *out);
	for (size_t i = 0; i < 40; i++) {
		snprintf(names[i], sizeof names[i], "r%zu", i);
		many[i] = names[i];
	}
	assert_int_equal(pps_state_ordinals(s, lock, many, 40, out, &err), PPS_E_CONFIG);
}

static void registered_once(void **state)
{
	_cleanup_(pps_state_unrefp) pps_state *s = open_state();
	_cleanup_(pps_flow_lock_freep) pps_flow_lock *lock = take_flow(s, "publish");
	_cleanup_(pps_dataset_rows_freep) pps_dataset_rows *rows = NULL;
	const pps_dataset_row *r, made = row(1, "dia_source_apdb");
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	const pps_dataset_row twice[] = { row(7, "x"), row(7, "y"), row(1, "x") };
	int64_t added;

	(void)state;
	fill(s, lock, 5, 5);
	fill(s, lock, 7, 2);
	get(s, 1, &rows);
	r = only(rows);
	assert_string_equal(r->type, made.type);
	assert_string_equal(r->origin, made.origin);
	assert_string_equal(r->run, made.run);
	assert_string_equal(r->data_id, made.data_id);
	assert_int_equal(r->visit, made.visit);
	assert_int_equal(r->end, T0);
	assert_int_equal(r->registered, made.registered);
	assert_memory_equal(&r->status, &made.status, sizeof made.status);
	assert_int_equal(r->next.task, COPY);
	assert_int_equal(r->next.ordinal, 1);
	assert_int_equal(r->next.due, T0 + HOUR);
	assert_ok(pps_state_datasets_register(s, lock, twice, 3, &added, &err), err);
	assert_int_equal(added, 1);
	pps_dataset_rows_free(TAKE_PTR(rows));
	get(s, 1, &rows);
	assert_string_equal(only(rows)->type, made.type);
}

static void what_is_ready(void **state)
{
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	_cleanup_(pps_state_unrefp) pps_state *s = open_state();
	_cleanup_(pps_flow_lock_freep) pps_flow_lock *lock = take_flow(s, "publish");
	_cleanup_(pps_dataset_rows_freep) pps_dataset_rows *rows = NULL;

	(void)state;
	fill(s, lock, 20, 20);
	assert_ok(pps_state_datasets_ready(s, COPY, 1, T0 + 9 * HOUR, 4, &rows, &err), err);
	assert_int_equal(pps_dataset_rows_count(rows), 4);
	for (int i = 0; i < 4; i++)
		assert_int_equal(pps_dataset_rows_at(rows, (size_t)i)->next.due, T0 + i * HOUR);
	pps_dataset_rows_free(TAKE_PTR(rows));
	assert_ok(pps_state_datasets_ready(s, COPY, 1, T0 + 9 * HOUR, 100, &rows, &err), err);
	assert_int_equal(pps_dataset_rows_count(rows), 10);
	pps_dataset_rows_free(TAKE_PTR(rows));
	assert_ok(pps_state_datasets_ready(s, PUBLISH, 1, INT64_MAX, 100, &rows, &err), err);
	assert_int_equal(pps_dataset_rows_count(rows), 0);
}

static void what_is_ready_besides_others(void **state)
{
	const struct {
		size_t limit, expected; /* of ten that are due, without the first three */
	} cases[] = { { 4, 4 }, { 7, 7 }, { 100, 7 }, { 0, 0 } };
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	_cleanup_(pps_state_unrefp) pps_state *s = open_state();
	_cleanup_(pps_flow_lock_freep) pps_flow_lock *lock = take_flow(s, "publish");
	pps_uuid but[] = { uuid(0), uuid(1), uuid(2), uuid(90) };
	size_t n = pps_uuid_sort(but, PPS_COUNT(but));

	(void)state;
	fill(s, lock, 20, 20);
	for (size_t i = 0; i < PPS_COUNT(cases); i++) {
		_cleanup_(pps_dataset_rows_freep) pps_dataset_rows *rows = NULL;
		pps_uuid ids[100];
		size_t found = 0;

		assert_ok(pps_state_datasets_ready_but(s, COPY, 1, T0 + 9 * HOUR, but, n, ids, cases[i].limit, &found, &err), err);
		assert_int_equal(found, cases[i].expected);
		/* the longest due first */
		for (size_t k = 0; k < found; k++)
			assert_memory_equal(&ids[k], &(pps_uuid[]){ uuid(3 + (int)k) }, sizeof *ids);
		assert_ok(pps_state_datasets_ready_of(s, COPY, 1, T0 + 9 * HOUR, ids, found, &rows, &err), err);
		assert_int_equal(pps_dataset_rows_count(rows), found);
		for (size_t k = 0; k < found; k++) {
			const pps_dataset_row *r = pps_dataset_rows_at(rows, k);

			assert_in_range(r->next.due, T0 + 3 * HOUR, T0 + (int64_t)(2 + found) * HOUR);
			assert_true(!k || pps_uuid_compare(&pps_dataset_rows_at(rows, k - 1)->id, &r->id) < 0);
		}
		/* of these, what is ready earlier, elsewhere, for something else */
		pps_dataset_rows_free(TAKE_PTR(rows));
		assert_ok(pps_state_datasets_ready_of(s, COPY, 1, T0 + 4 * HOUR, ids, found, &rows, &err), err);
		assert_int_equal(pps_dataset_rows_count(rows), found ? 2 : 0);
		pps_dataset_rows_free(TAKE_PTR(rows));
		assert_ok(pps_state_datasets_ready_of(s, COPY, 2, T0 + 9 * HOUR, ids, found, &rows, &err), err);
		assert_int_equal(pps_dataset_rows_count(rows), 0);
		pps_dataset_rows_free(TAKE_PTR(rows));
		assert_ok(pps_state_datasets_ready_of(s, PUBLISH, 1, T0 + 9 * HOUR, ids, found, &rows, &err), err);
		assert_int_equal(pps_dataset_rows_count(rows), 0);
	}
}

static int64_t due(pps_state *s, int task, int64_t now)
{
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	int64_t n = -1;

	assert_ok(pps_state_datasets_due(s, task, 1, now, &n, &err), err);
	return n;
}

static void expect_due_minutes(void)
{
	assert_int_equal(sql_ask("SELECT COALESCE(sum(n), 0) FROM {dataset_due}"), sql_ask("SELECT count(*) FROM {dataset} WHERE next_task IS NOT NULL"));
	assert_int_equal(sql_ask("SELECT count(*) FROM {dataset_due} WHERE n <= 0"), 0);
}

static void what_is_due_is_counted(void **state)
{
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	_cleanup_(pps_state_unrefp) pps_state *s = open_state();
	_cleanup_(pps_flow_lock_freep) pps_flow_lock *lock = take_flow(s, "publish");
	pps_dataset_change changes[] = {
		{ .id = uuid(0), .has_next = 1 },
		{ .id = uuid(1), .has_next = 1, .next = { PUBLISH, 1, T0 + HOUR } },
		{ .id = uuid(2), .has_next = 1, .next = { COPY, 1, 0 } },
		{ .id = uuid(3), .has_next = 1, .next = { COPY, 1, T0 + 3 * HOUR } },
	};

	(void)state;
	fill(s, lock, 10, 10);
	expect_due_minutes();
	for (int i = 0; i < 10; i++) {
		assert_int_equal(due(s, COPY, T0 + i * HOUR), i + 1);
		assert_int_equal(due(s, COPY, T0 + i * HOUR - 1), i);
	}
	assert_int_equal(due(s, COPY, INT64_MAX), 10);
	assert_int_equal(due(s, PUBLISH, INT64_MAX), 0);
	assert_ok(pps_state_datasets_apply(s, lock, T0, T0, changes, PPS_COUNT(changes), NULL, 0, NULL, &err), err);
	expect_due_minutes();
	assert_int_equal(sql_ask("SELECT count(*) FROM {dataset_due} WHERE minute = 29412000 AND next_task = 101"), 0); /* that of T0 */
	assert_int_equal(due(s, COPY, 0), 1);
	assert_int_equal(due(s, COPY, T0 + 3 * HOUR - 1), 1);
	assert_int_equal(due(s, COPY, T0 + 3 * HOUR), 2);
	assert_int_equal(due(s, COPY, T0 + 4 * HOUR), 3);
	assert_int_equal(due(s, PUBLISH, T0 + HOUR), 1);
	assert_int_equal(due(s, PUBLISH, T0 + HOUR - 1), 0);
}

/* A state that had datasets before these counts. */
static void what_is_due_is_counted_by_the_migration(void **state)
{
	_cleanup_(pps_state_unrefp) pps_state *s = open_state();
	_cleanup_(pps_flow_lock_freep) pps_flow_lock *lock = take_flow(s, "publish");
	const char *begin = strstr(pps_state_migrations[10].text, "INSERT INTO {dataset_due}");
	_cleanup_free_ char *text = begin ? strndup(begin, strcspn(begin, ";")) : NULL;

	(void)state;
	assert_non_null(text);
	fill(s, lock, 10, 10);
	sql_exec("UPDATE {dataset} SET next_task = NULL, next_due = NULL WHERE visit % 3 = 0");
	sql_exec("DELETE FROM {dataset_due}");
	sql_exec(text);
	expect_due_minutes();
	assert_int_equal(due(s, COPY, T0 + 5 * HOUR), sql_ask("SELECT count(*) FROM {dataset} WHERE next_due <= 1764738000000000000"));
	assert_in_range(due(s, COPY, T0 + 5 * HOUR), 1, 5);
}

static int add_count(const pps_dataset_count *c, void *user, pps_error **err)
{
	pps_buf *b = user;

	(void)err;
	pps_buf_printf(b, "%s %s %d:%d %lld; ", c->type, c->status, c->next.task, c->next.ordinal, (long long)c->n);
	return PPS_OK;
}

static void expect_counts(pps_state *s, const char *text)
{
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	_cleanup_buf_ pps_buf b = PPS_BUF_LINE;

	assert_ok(pps_state_dataset_counts(s, add_count, &b, &err), err);
	assert_string_equal(pps_buf_text(&b), text);
}

static void changes_and_counts(void **state)
{
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	_cleanup_(pps_state_unrefp) pps_state *s = open_state();
	_cleanup_(pps_flow_lock_freep) pps_flow_lock *lock = take_flow(s, "publish");
	_cleanup_(pps_dataset_rows_freep) pps_dataset_rows *rows = NULL;
	pps_dataset_change changes[] = {
		{ .id = uuid(0), .status = 'P', .ordinal = 1, .at = T0 + HOUR, .has_next = 1, .next = { PUBLISH, 3, T0 + 2 * HOUR } },
		{ .id = uuid(2), .status = 'P', .ordinal = 1, .at = T0 + HOUR, .has_next = 1, .next = { PUBLISH, 3, T0 + 2 * HOUR } },
		{ .id = uuid(0), .status = 'P', .ordinal = 3, .at = T0 + 2 * HOUR, .is_published = 1, .has_next = 1 },
		{ .id = uuid(99), .status = 'D', .ordinal = 0, .at = T0 }, /* not known */
		{ .id = uuid(4), .set_flags = PPS_DATASET_HELD | PPS_DATASET_PINNED, .has_next = 1 },
	};

	(void)state;
	fill(s, lock, 6, 6);
	expect_counts(s, "dia_source_apdb P 1:1 3; preliminary_visit_image P 1:1 3; ");
	assert_ok(pps_state_datasets_apply(s, lock, T0, T0, changes, PPS_COUNT(changes), NULL, 0, NULL, &err), err);
	expect_counts(s, "dia_source_apdb P 1:1 3; preliminary_visit_image P 0:0 1; preliminary_visit_image PP 2:3 1; preliminary_visit_image PP.P 0:0 1; ");
	get(s, 0, &rows);
	assert_memory_equal(only(rows)->status.status, "PP.P....", 8);
	assert_int_equal(only(rows)->status.published[3], T0 + 2 * HOUR);
	assert_int_equal(only(rows)->status.published[1], 0);
	assert_int_equal(only(rows)->next.task, 0);
	assert_string_equal(only(rows)->run, "LSSTCam/prompt/run"); /* what a change does not name stays */
	pps_dataset_rows_free(TAKE_PTR(rows));
	get(s, 4, &rows);
	assert_int_equal(only(rows)->flags, PPS_DATASET_HELD | PPS_DATASET_PINNED);
	changes[0] = (pps_dataset_change){ .id = uuid(4), .clear_flags = PPS_DATASET_HELD, .has_end = 1, .end_kind = 0, .end = T0 + 7 };
	assert_ok(pps_state_datasets_apply(s, NULL, T0, T0, changes, 1, NULL, 0, NULL, &err), err);
	pps_dataset_rows_free(TAKE_PTR(rows));
	get(s, 4, &rows);
	assert_int_equal(only(rows)->flags, PPS_DATASET_PINNED);
	assert_int_equal(only(rows)->end, T0 + 7);
	assert_int_equal(sql_ask("SELECT sum(n) FROM {dataset_count}"), sql_ask("SELECT count(*) FROM {dataset}"));
}

static void failures_count_until_it_goes_well(void **state)
{
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	_cleanup_(pps_state_unrefp) pps_state *s = open_state();
	_cleanup_(pps_flow_lock_freep) pps_flow_lock *lock = take_flow(s, "publish");
	_cleanup_(pps_dataset_rows_freep) pps_dataset_rows *rows = NULL;
	const pps_dataset_filter failed = { .failed = 1 };
	pps_dataset_change c = { .id = uuid(1), .ordinal = 1, .code = PPS_E_UNAVAILABLE, .error = "down", .has_next = 1, .next = { COPY, 1, T0 + 3 * HOUR } };

	(void)state;
	fill(s, lock, 3, 3);
	for (int i = 1; i <= 2; i++) {
		assert_ok(pps_state_datasets_apply(s, lock, T0 + i, T0, &c, 1, NULL, 0, NULL, &err), err);
		pps_dataset_rows_free(TAKE_PTR(rows));
		assert_ok(pps_state_datasets_find(s, &failed, &rows, &err), err);
		assert_int_equal(only(rows)->attempts, i);
		assert_string_equal(only(rows)->error, "down");
		assert_int_equal(only(rows)->code, PPS_E_UNAVAILABLE);
		assert_int_equal(only(rows)->next.due, T0 + 3 * HOUR);
	}
	c = (pps_dataset_change){ .id = uuid(1), .status = 'P', .ordinal = 1, .at = T0, .has_next = 1 };
	assert_ok(pps_state_datasets_apply(s, lock, T0, T0, &c, 1, NULL, 0, NULL, &err), err);
	pps_dataset_rows_free(TAKE_PTR(rows));
	assert_ok(pps_state_datasets_find(s, &failed, &rows, &err), err);
	assert_int_equal(pps_dataset_rows_count(rows), 0);
}

struct planned {
	size_t n;
	uint32_t idle;
};

static int note_failures(const pps_dataset_row *row, const pps_dataset_change *last, void *user, pps_dataset_next *ret_next, pps_error **err)
{
	struct planned *p = user;

	(void)last;
	(void)err;
	p->n = row->nfailures;
	*ret_next = (pps_dataset_next){ COPY, 1, T0, p->idle };
	return PPS_OK;
}

/* Each repository counts and waits for itself, and who plans sees all of them. */
static void failures_by_repository(void **state)
{
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	_cleanup_(pps_state_unrefp) pps_state *s = open_state();
	_cleanup_(pps_flow_lock_freep) pps_flow_lock *lock = take_flow(s, "publish");
	struct planned planned = { 0 };
	const pps_dataset_hooks hooks = { note_failures, &planned };
	const struct {
		pps_dataset_change change;
		uint32_t idle;
		size_t seen;          /* by who plans */
		const char *expected; /* ordinal: attempts error, not before in s after T0 */
	} cases[] = {
		{ { .ordinal = 2, .code = PPS_E_IO, .error = "two", .not_before = T0 + 5 }, 0, 1, "2: 1 two 5; " },
		{ { .ordinal = 1, .code = PPS_E_IO, .error = "one", .not_before = T0 + 7 }, 0, 2, "1: 1 one 7; 2: 1 two 5; " },
		{ { .ordinal = 2, .code = PPS_E_IO, .error = "again", .not_before = T0 + 9 }, 0, 2, "1: 1 one 7; 2: 2 again 9; " },
		{ { .ordinal = 3, .status = 'P', .at = T0, .code = PPS_E_CONFLICT, .error = "remark" }, 0, 3, "1: 1 one 7; 2: 2 again 9; 3: 1 remark 0; " },
		{ { .ordinal = 1, .status = 'P', .at = T0 }, 0, 2, "2: 2 again 9; 3: 1 remark 0; " },
		{ { .set_flags = PPS_DATASET_PINNED }, 0xf, 2, "3: 1 remark 0; " },
		{ { .ordinal = 1, .code = PPS_E_IO }, 0, 2, "1: 1  0; 3: 1 remark 0; " },
		{ { .forget = 1 }, 0, 0, "" },
	};

	(void)state;
	fill(s, lock, 3, 3);
	for (size_t i = 0; i < PPS_COUNT(cases); i++) {
		_cleanup_(pps_dataset_rows_freep) pps_dataset_rows *rows = NULL;
		_cleanup_buf_ pps_buf b = PPS_BUF_LINE;
		pps_dataset_change c = cases[i].change;

		c.id = uuid(1);
		planned.idle = cases[i].idle;
		assert_ok(pps_state_datasets_apply_with(s, lock, T0 + (int64_t)i, T0, &c, 1, NULL, 0, &hooks, NULL, &err), err);
		assert_int_equal(planned.n, cases[i].seen);
		get(s, 1, &rows);
		for (size_t k = 0; k < only(rows)->nfailures; k++) {
			const pps_dataset_failure *f = &only(rows)->failures[k];

			pps_buf_printf(&b, "%d: %d %s %lld; ", f->ordinal, f->attempts, f->error, (long long)(f->not_before ? f->not_before - T0 : 0));
		}
		assert_string_equal(pps_buf_text(&b), cases[i].expected);
		if (i == 2)
			assert_string_equal(only(rows)->error, "again");
	}
	assert_int_equal(sql_ask("SELECT count(*) FROM {dataset_trouble}"), 0);
}

/* The text of a migration, or of @text, with UUID as the database has it. */
static void run_script(const char *name, const char *text)
{
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	_cleanup_(pps_sql_closep) pps_sql *sql = open_sql(0);
	_cleanup_buf_ pps_buf b = PPS_BUF_SQL;

	for (size_t i = 0; name && i < pps_state_migrations_count; i++)
		if (!strcmp(pps_state_migrations[i].name, name))
			text = pps_state_migrations[i].text;
	assert_non_null(text);
	for (const char *at; (at = strstr(text, " UUID ")); text = at + 6) {
		pps_buf_add(&b, text, (size_t)(at - text));
		pps_buf_add_text(&b, world.postgres ? " uuid " : " CHAR(32) ");
	}
	pps_buf_add_text(&b, text);
	assert_ok(pps_sql_script(sql, pps_buf_text(&b), &err), err);
}

/* Of a state that knew one failure of a dataset, it is laid to where its next action is, and waits as long. */
static void failures_of_earlier_states(void **state)
{
	_cleanup_(pps_state_unrefp) pps_state *s = open_state();
	_cleanup_(pps_flow_lock_freep) pps_flow_lock *lock = take_flow(s, "publish");
	_cleanup_(pps_dataset_rows_freep) pps_dataset_rows *rows = NULL;
	const pps_dataset_failure *f;

	(void)state;
	fill(s, lock, 3, 3);
	run_script(NULL, "DROP TABLE {dataset_trouble};\n"
			 "CREATE TABLE {dataset_failure} (id UUID PRIMARY KEY, attempts BIGINT NOT NULL, code BIGINT NOT NULL, error TEXT NOT NULL, "
			 "first_at BIGINT NOT NULL, last_at BIGINT NOT NULL);\n"
			 "INSERT INTO {dataset_failure} (id, attempts, code, error, first_at, last_at) SELECT id, 3, -5, 'why', 1, 2 FROM {dataset};\n"
			 "UPDATE {dataset} SET next_task = NULL, next_due = NULL WHERE visit = 2025120200001;\n");
	run_script("failures of datasets by repository", NULL);
	assert_int_equal(sql_ask("SELECT count(*) FROM {dataset_trouble}"), 3);
	assert_int_equal(sql_ask("SELECT count(*) FROM {dataset_trouble} WHERE ordinal = 0 AND not_before = 0"), 1);
	get(s, 1, &rows);
	assert_int_equal(only(rows)->nfailures, 1);
	f = only(rows)->failures;
	assert_int_equal(f->ordinal, 1);
	assert_int_equal(f->attempts, 3);
	assert_int_equal(f->code, -5);
	assert_string_equal(f->error, "why");
	assert_int_equal(f->first_at, 1);
	assert_int_equal(f->last_at, 2);
	assert_int_equal(f->not_before, T0 + HOUR);
}

/* An error may quote bytes that no database keeps as text. */
static void errors_of_any_bytes(void **state)
{
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	_cleanup_(pps_state_unrefp) pps_state *s = open_state();
	_cleanup_(pps_flow_lock_freep) pps_flow_lock *lock = take_flow(s, "publish");
	_cleanup_(pps_dataset_rows_freep) pps_dataset_rows *rows = NULL;
	_cleanup_(pps_notice_cursor_clear) pps_notice_cursor cursor = { 0 };
	const pps_dataset_change c = { .id = uuid(1), .code = PPS_E_IO, .error = "a\xff\x01z" };

	(void)state;
	fill(s, lock, 3, 3);
	assert_ok(pps_state_datasets_apply(s, lock, T0, T0, &c, 1, NULL, 0, NULL, &err), err);
	get(s, 1, &rows);
	assert_string_equal(only(rows)->error, "a\\xff\\x01z");
	assert_ok(pps_state_notice_failed(s, lock, "feed", PPS_E_IO, c.error, T0, T0, 0, &err), err);
	assert_ok(pps_state_notice_cursor(s, "feed", &cursor, &err), err);
	assert_string_equal(cursor.error, "a\\xff\\x01z");
}

/* A change that leaves all as it is writes no row: planning anew asks for many of these. */
static void what_stays_is_not_written(void **state)
{
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	_cleanup_(pps_state_unrefp) pps_state *s = open_state();
	_cleanup_(pps_flow_lock_freep) pps_flow_lock *lock = take_flow(s, "publish");
	_cleanup_(pps_dataset_rows_freep) pps_dataset_rows *rows = NULL;
	pps_dataset_change c[3] = { { .id = uuid(0) }, { .id = uuid(1), .status = 'P', .at = T0 }, { .id = uuid(2), .status = 'P', .at = T0 + HOUR } };

	(void)state;
	fill(s, lock, 3, 3);
	for (int i = 0; i < 2; i++) {
		c[i].has_next = 1;
		c[i].next = row(i, "").next;
	}
	if (!world.postgres)
		sql_exec("CREATE TRIGGER written BEFORE INSERT ON dataset BEGIN SELECT RAISE(ABORT, 'written'); END");
	assert_ok(pps_state_datasets_apply(s, lock, T0, T0, c, 2, NULL, 0, NULL, &err), err);
	if (!world.postgres)
		sql_exec("DROP TRIGGER written");
	assert_ok(pps_state_datasets_apply(s, lock, T0, T0, c, 3, NULL, 0, NULL, &err), err);
	get(s, 2, &rows);
	assert_int_equal(only(rows)->status.at[0], T0 + HOUR);
	assert_int_equal(sql_ask("SELECT sum(n) FROM {dataset_count}"), 3);
}

/* The answer to a COMMIT may be lost: the same entries again are found, each of several rules. */
static void the_same_entries_again(void **state)
{
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	_cleanup_(pps_state_unrefp) pps_state *s = open_state();
	_cleanup_(pps_flow_lock_freep) pps_flow_lock *lock = take_flow(s, "publish");
	const pps_uuid ids[] = { uuid(1), uuid(2) };
	const pps_ledger_entry entries[] = { { .flow = "publish", .action = "copy", .subject = "x", .rule = "one", .uuids = ids, .nuuids = 1 },
					     { .flow = "publish", .action = "copy", .subject = "x", .rule = "two", .uuids = ids + 1, .nuuids = 1 } };
	int64_t seqs[2][2] = { { 0 } };

	(void)state;
	for (int i = 0; i < 2; i++) {
		const pps_state_change ledger[] = { { .kind = PPS_CHANGE_AUTHORISED, .entry = &entries[0], .made = &seqs[i][0] },
						    { .kind = PPS_CHANGE_AUTHORISED, .entry = &entries[1], .made = &seqs[i][1] } };

		assert_ok(pps_state_datasets_apply(s, lock, T0, T0, NULL, 0, ledger, 2, NULL, &err), err);
	}
	assert_int_equal(sql_ask("SELECT count(*) FROM {ledger}"), 2);
	assert_int_equal(seqs[0][1], seqs[0][0] + 1);
	assert_memory_equal(seqs[0], seqs[1], sizeof seqs[0]);
}

static void found_by_selection(void **state)
{
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	_cleanup_(pps_state_unrefp) pps_state *s = open_state();
	_cleanup_(pps_flow_lock_freep) pps_flow_lock *lock = take_flow(s, "publish");
	const struct {
		pps_dataset_filter filter;
		size_t n;
	} cases[] = {
		{ { 0 }, 12 },
		{ { .limit = 5 }, 5 },
		{ { .type = "dia_*" }, 6 },
		{ { .type = "*image" }, 6 },
		{ { .type = "dia?source_apdb" }, 6 },
		{ { .type = "dia%" }, 0 },
		{ { .type = "dia_source!apdb" }, 0 },
		{ { .run = "LSSTCam/*" }, 12 },
		{ { .run = "lsstcam/*x" }, 0 },
		{ { .visit = 2025120200001 }, 4 },
		{ { .visit = 2025120200001, .type = "dia_*" }, 2 },
		{ { .day_obs = 20251202 }, 12 },
		{ { .day_obs = 20251203 }, 0 },
		{ { .origin = "daytime" }, 0 },
		{ { .flags = PPS_DATASET_PINNED }, 0 },
	};

	(void)state;
	fill(s, lock, 12, 12);
	for (size_t i = 0; i < PPS_COUNT(cases); i++) {
		_cleanup_(pps_dataset_rows_freep) pps_dataset_rows *rows = NULL;

		assert_ok(pps_state_datasets_find(s, &cases[i].filter, &rows, &err), err);
		assert_int_equal(pps_dataset_rows_count(rows), cases[i].n);
		if (i == 1) { /* page by page */
			pps_dataset_filter rest = { .after = pps_dataset_rows_at(rows, 4)->id };
			_cleanup_(pps_dataset_rows_freep) pps_dataset_rows *others = NULL;

			assert_ok(pps_state_datasets_find(s, &rest, &others, &err), err);
			assert_int_equal(pps_dataset_rows_count(others), 7);
		}
	}
}

static void ledger_and_epoch(void **state)
{
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	_cleanup_(pps_state_unrefp) pps_state *s = open_state();
	_cleanup_(pps_flow_lock_freep) pps_flow_lock *lock = take_flow(s, "publish");
	pps_uuid ids[] = { uuid(0), uuid(1) };
	const pps_ledger_entry entry = { .flow = "publish", .action = "publish", .subject = "google/1", .rule = "any", .who = "test", .uuids = ids, .nuuids = 2 };
	const pps_state_change authorised = { .kind = PPS_CHANGE_AUTHORISED, .entry = &entry }, done = { .kind = PPS_CHANGE_DONE, .entry = &entry };
	pps_dataset_change c = { .id = uuid(0), .status = 'P', .ordinal = 1, .at = T0, .has_next = 1 };
	int64_t seq = 0, n = 0;

	(void)state;
	fill(s, lock, 2, 2);
	assert_ok(pps_state_datasets_apply(s, lock, T0, T0, NULL, 0, &authorised, 1, &seq, &err), err);
	assert_int_equal(seq, 1);
	assert_ok(pps_state_datasets_apply(s, lock, T0 + 1, T0 + 1, &c, 1, &done, 1, &seq, &err), err);
	assert_int_equal(seq, 2);
	assert_ok(pps_state_ledger_verify(s, &n, &err), err);
	assert_int_equal(n, 2);
	sql_exec("UPDATE {writer} SET epoch = epoch + 1");
	c.status = 'D';
	assert_int_equal(pps_state_datasets_apply(s, lock, T0, T0, &c, 1, NULL, 0, NULL, &err), PPS_E_LOCKED);
	expect_counts(s, "dia_source_apdb P 1:1 1; preliminary_visit_image PP 0:0 1; ");
}

static void unknown_ones_are_asked_again(void **state)
{
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	_cleanup_(pps_state_unrefp) pps_state *s = open_state();
	_cleanup_(pps_flow_lock_freep) pps_flow_lock *lock = take_flow(s, "publish");
	pps_uuid ids[] = { uuid(1), uuid(2), uuid(1) };
	int64_t at = T0;

	(void)state;
	for (int i = 0; i < 12; i++) {
		pps_uuid *due = NULL;
		char **origins = NULL;
		size_t n;

		assert_ok(pps_state_unknown_add(s, lock, ids, i ? 1 : 3, "prompt_processing", at, &err), err);
		at += pps_state_backoff(i + 1);
		assert_ok(pps_state_unknown_due(s, at - 1, 10, &due, &origins, &n, &err), err);
		assert_int_equal(n, i ? 1 : 0); /* the other one since the first time */
		free(due);
		pps_sql_names_free(origins, n);
		assert_ok(pps_state_unknown_due(s, at, 10, &due, &origins, &n, &err), err);
		assert_int_equal(n, 2);
		assert_string_equal(origins[1], "prompt_processing");
		free(due);
		pps_sql_names_free(origins, n);
	}
	assert_ok(pps_state_unknown_remove(s, lock, ids, 2, &err), err);
	assert_int_equal(sql_ask("SELECT count(*) FROM {dataset_unknown}"), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(statuses_as_text),
		cmocka_unit_test_setup_teardown(ordinals_are_for_ever, setup, teardown),
		cmocka_unit_test_setup_teardown(registered_once, setup, teardown),
		cmocka_unit_test_setup_teardown(what_is_ready, setup, teardown),
		cmocka_unit_test_setup_teardown(what_is_ready_besides_others, setup, teardown),
		cmocka_unit_test_setup_teardown(what_is_due_is_counted, setup, teardown),
		cmocka_unit_test_setup_teardown(what_is_due_is_counted_by_the_migration, setup, teardown),
		cmocka_unit_test_setup_teardown(changes_and_counts, setup, teardown),
		cmocka_unit_test_setup_teardown(failures_count_until_it_goes_well, setup, teardown),
		cmocka_unit_test_setup_teardown(failures_by_repository, setup, teardown),
		cmocka_unit_test_setup_teardown(failures_of_earlier_states, setup, teardown),
		cmocka_unit_test_setup_teardown(errors_of_any_bytes, setup, teardown),
		cmocka_unit_test_setup_teardown(what_stays_is_not_written, setup, teardown),
		cmocka_unit_test_setup_teardown(the_same_entries_again, setup, teardown),
		cmocka_unit_test_setup_teardown(found_by_selection, setup, teardown),
		cmocka_unit_test_setup_teardown(ledger_and_epoch, setup, teardown),
		cmocka_unit_test_setup_teardown(unknown_ones_are_asked_again, setup, teardown),
	};

	return cmocka_run_group_tests(tests, group_setup, group_teardown);
}
