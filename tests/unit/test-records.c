/* SPDX-License-Identifier: BSD-3-Clause */
/* Sets of dimension records: unique by key, sorted by key, bounded. */
#include "test.h"

#include <math.h>

#include "dimensions/records.h"

static pps_ctx *new_ctx(void)
{
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	pps_ctx *ctx = NULL;

	assert_ok(pps_ctx_new(&ctx, &err), err);
	return ctx;
}

static pps_dimensions *new_dims(int version)
{
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	_cleanup_(pps_ctx_unrefp) pps_ctx *ctx = new_ctx();
	pps_dimensions *d = NULL;

	assert_ok(pps_dimensions_new(ctx, version, &d, &err), err);
	return d;
}

static pps_cell text(const char *s)
{
	return (pps_cell){ .is_null = !s, .s = s };
}

static pps_cell number(int64_t i)
{
	return (pps_cell){ .i = i };
}

static pps_cell span(int64_t begin, int64_t end)
{
	return (pps_cell){ .span = { .begin = begin, .end = end } };
}

static int add_day(pps_dimensions *d, const char *instrument, int64_t day, pps_cell timespan)
{
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	pps_cell cells[] = { text(instrument), number(day), timespan };
	int outcome = -1;

	assert_ok(pps_records_add(pps_dimensions_records(d, "day_obs"), cells, &outcome, &err), err);
	return outcome;
}

static void keeps_the_first_of_a_key(void **state)
{
	_cleanup_(pps_dimensions_freep) pps_dimensions *d = new_dims(8);
	int64_t begin = -1, end = -1;

	(void)state;
	assert_int_equal(add_day(d, "LSSTCam", 20251202, span(5, 7)), PPS_RECORD_ADDED);
	assert_int_equal(add_day(d, "LSSTCam", 20251202, span(5, 7)), PPS_RECORD_SAME);
	assert_int_equal(add_day(d, "LSSTCam", 20251202, span(5, 8)), PPS_RECORD_DIFFERS);
	assert_int_equal(add_day(d, "LSSTCam", 20251202, (pps_cell){ .is_null = 1 }), PPS_RECORD_DIFFERS);
	assert_int_equal(add_day(d, "LATISS", 20251202, span(5, 7)), PPS_RECORD_ADDED);
	assert_int_equal(pps_dimensions_count(d, "day_obs"), 2);
	assert_int_equal(pps_dimensions_count(d, NULL), 2);
	assert_string_equal(pps_dimensions_get_text(d, "day_obs", 0, "instrument"), "LATISS");
	assert_int_equal(pps_dimensions_get_timespan(d, "day_obs", 1, &begin, &end), 1);
	assert_int_equal(begin, 5);
	assert_int_equal(end, 7);
}

static void sorts_and_finds_many(void **state)
{
	_cleanup_(pps_dimensions_freep) pps_dimensions *d = new_dims(8);
	const pps_records *r = pps_dimensions_records(d, "day_obs");
	enum { N = 20000 };
	uint32_t x = 1;

	(void)state;
	for (int i = 0; i < N; i++) { /* a permutation: odd factor modulo a power of two, those below N */
		do
			x = (x * 5 + 7) % 32768;
		while (x >= N);
		assert_int_equal(add_day(d, x % 2 ? "B" : "A", (int64_t)x - 100, span(x, (int64_t)x + 1)),
				 PPS_RECORD_ADDED);
		if (i == N / 2) /* reading sorts, adding goes on */
			assert_true(pps_records_get(r, 0, 1).i < pps_records_get(r, 1, 1).i);
	}
	assert_int_equal(pps_records_size(r), N);
	for (size_t i = 1; i < N; i++) {
		pps_cell a = pps_records_get(r, i - 1, 0), b = pps_records_get(r, i, 0);
		int c = strcmp(a.s, b.s);

		assert_true(c < 0 || (c == 0 && pps_records_get(r, i - 1, 1).i < pps_records_get(r, i, 1).i));
	}
	for (int64_t day = -100; day < N - 100; day += 37) {
		pps_cell key[] = { text((day + 100) % 2 ? "B" : "A"), number(day) };
		ptrdiff_t at = pps_records_find(r, key);

		assert_true(at >= 0);
		assert_int_equal(pps_records_get(r, (size_t)at, 1).i, day);
		assert_int_equal(pps_records_get(r, (size_t)at, 2).span.begin, day + 100);
	}
	assert_int_equal(pps_records_find(r, (pps_cell[]){ text("C"), number(1) }), -1);
	assert_int_equal(pps_records_find(pps_dimensions_records(d, "group"),
					  (pps_cell[]){ text("C"), text("x") }), -1);
}

static void describes_keys_by_dimension(void **state)
{
	_cleanup_(pps_dimensions_freep) pps_dimensions *d = new_dims(7);
	_cleanup_buf_ pps_buf b = PPS_BUF_LINE;

	(void)state;
	add_day(d, "LSSTCam", 20251202, span(0, 1));
	pps_records_describe(pps_dimensions_records(d, "day_obs"), 0, &b);
	assert_string_equal(pps_buf_text(&b), "instrument=LSSTCam, day_obs=20251202");
}

static void refuses_null_keys(void **state)
{
	_cleanup_(pps_dimensions_freep) pps_dimensions *d = new_dims(7);
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	pps_cell cells[] = { text("LSSTCam"), text(NULL) };

	(void)state;
	assert_int_equal(pps_records_add(pps_dimensions_records(d, "group"), cells, NULL, &err),
			 PPS_E_FORMAT);
	assert_string_equal(pps_error_message(err), "group.name has no value");
	assert_int_equal(pps_dimensions_count(d, NULL), 0);
}

static void compares_cells(void **state)
{
	pps_column real = { .type = PPS_COLUMN_FLOAT }, spans = { .type = PPS_COLUMN_SPAN };
	pps_cell nan = { .d = NAN }, zero = { .d = 0.0 }, null = { .is_null = 1 };
	pps_cell empty = { .span = { .is_empty = 1, .begin = 5 } }, empty2 = { .span = { .is_empty = 1 } };
	pps_cell all = span(PPS_TAI_MIN, PPS_TAI_MAX);

	(void)state;
	assert_true(pps_cell_equal(&real, &nan, &nan));
	assert_false(pps_cell_equal(&real, &nan, &zero));
	assert_true(pps_cell_equal(&real, &null, &null));
	assert_false(pps_cell_equal(&real, &null, &zero));
	assert_true(pps_cell_equal(&spans, &empty, &empty2));
	assert_false(pps_cell_equal(&spans, &empty, &all));
}

static void holds_no_more_than_the_limit(void **state)
{
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	_cleanup_(pps_ctx_unrefp) pps_ctx *ctx = new_ctx();
	_cleanup_(pps_dimensions_freep) pps_dimensions *d = NULL;
	_cleanup_free_ char *name = malloc(1 << 20);
	int r = PPS_OK, n = 0;

	(void)state;
	memset(name, 'x', (1 << 20) - 1);
	name[(1 << 20) - 1] = 0;
	assert_ok(pps_ctx_set_memory(ctx, 16 << 20, &err), err);
	assert_ok(pps_dimensions_new(ctx, 8, &d, &err), err);
	while (r == PPS_OK) {
		name[n++] = 'y';
		r = pps_records_add(pps_dimensions_records(d, "group"),
				    (pps_cell[]){ text("I"), text(name) }, NULL, &err);
	}
	assert_int_equal(r, PPS_E_NOMEM);
	assert_int_equal(n, 16);
	assert_int_equal(pps_dimensions_count(d, "group"), 15);
}

static void answers_about_what_is_not_there(void **state)
{
	_cleanup_(pps_dimensions_freep) pps_dimensions *d = new_dims(8);

	(void)state;
	assert_int_equal(pps_dimensions_count(d, "vist"), 0);
	assert_int_equal(pps_dimensions_columns(d, "band"), 0);
	assert_int_equal(pps_dimensions_columns(d, "group"), 2);
	assert_string_equal(pps_dimensions_column_name(d, "group", 1), "name");
	assert_null(pps_dimensions_column_name(d, "group", 2));
	assert_int_equal(pps_dimensions_column_kind(d, "day_obs", 2), PPS_DIMENSIONS_TIMESPAN);
	assert_int_equal(pps_dimensions_column_kind(d, "day_obs", -1), -1);
	assert_int_equal(pps_dimensions_is_null(d, "group", 0, "name"), 1);
	assert_null(pps_dimensions_get_text(d, "group", 0, "name"));
	assert_int_equal(pps_dimensions_get_int(d, "day_obs", 0, "id"), 0);
	assert_int_equal(pps_dimensions_get_timespan(d, "day_obs", 0, NULL, NULL), 0);
	assert_null(pps_dimensions_element(d, 0));
	assert_int_equal(pps_dimensions_elements(d), 0);
	pps_dimensions_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keeps_the_first_of_a_key),
		cmocka_unit_test(sorts_and_finds_many),
		cmocka_unit_test(describes_keys_by_dimension),
		cmocka_unit_test(refuses_null_keys),
		cmocka_unit_test(compares_cells),
		cmocka_unit_test(holds_no_more_than_the_limit),
		cmocka_unit_test(answers_about_what_is_not_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
