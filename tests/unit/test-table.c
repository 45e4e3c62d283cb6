/* SPDX-License-Identifier: BSD-3-Clause */
/* Columns: what was put in is what readers of Arrow see, and it stays until the last of them has let go, in whatever order. */
#include "test.h"

#include <stdio.h>

#include "base/table.h"
#include "base/time.h"
#include "publish/publish.h"
#include "raw/report.h"

#define T0 INT64_C(1764720000123456789) /* 2025-12-03T00:00:00.123456789 TAI */

static pps_table *new_table(int flags)
{
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	pps_table *t = NULL;

	assert_ok(pps_table_new(flags, &t, &err), err);
	assert_ok(pps_table_add(t, PPS_CELL_TEXT, "", "text", &err), err);
	assert_ok(pps_table_add(t, PPS_CELL_INT, "", "int", &err), err);
	assert_ok(pps_table_add(t, PPS_CELL_TIME, "since_", "time", &err), err);
	assert_ok(pps_table_add(t, PPS_CELL_BOOL, "", "bool", &err), err);
	return t;
}

/* Row n of what the tests put in. */
static void put_row(pps_table *t, int64_t n)
{
	char text[32];

	snprintf(text, sizeof text, "row %lld \u00e9", (long long)n);
	if (n % 5 == 4) {
		for (int i = 0; i < 4; i++)
			pps_table_put_null(t);
		return;
	}
	pps_table_put_text(t, n % 7 ? text : "");
	pps_table_put_int(t, -n);
	pps_table_put_time(t, T0 + n);
	pps_table_put_bool(t, n % 3 == 0);
}

static pps_table *filled(int flags, int64_t rows)
{
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	pps_table *t = new_table(flags);

	for (int64_t n = 0; n < rows; n++)
		put_row(t, n);
	assert_ok(pps_table_finish(t, &err), err);
	return t;
}

static int bit(const void *bits, int64_t n)
{
	return ((const unsigned char *)bits)[n / 8] >> n % 8 & 1;
}

/* A column as put_row() filled it. */
static void check_column(const struct ArrowArray *c, int which, int64_t rows)
{
	const int64_t *numbers = c->buffers[1];
	int64_t nulls = 0;

	assert_int_equal(c->length, rows);
	assert_int_equal(c->offset, 0);
	assert_int_equal(c->n_buffers, which == 0 ? 3 : 2);
	assert_int_equal(c->n_children, 0);
	assert_non_null(c->buffers[1]);
	for (int64_t n = 0; n < rows; n++) {
		const int is_null = n % 5 == 4;
		char text[32];

		text[0] = 0;
		if (n % 7 && !is_null)
			snprintf(text, sizeof text, "row %lld \u00e9", (long long)n);
		nulls += is_null;
		if (rows > 4)
			assert_int_equal(bit(c->buffers[0], n), !is_null);
		else
			assert_null(c->buffers[0]);
		if (which == 0) {
			assert_int_equal(numbers[n + 1] - numbers[n], strlen(text));
			assert_memory_equal((const char *)c->buffers[2] + numbers[n], text, strlen(text));
		} else if (which == 1) {
			assert_int_equal(numbers[n], is_null ? 0 : -n);
		} else if (which == 2) {
			assert_int_equal(numbers[n], is_null ? INT64_MIN : T0 + n);
		} else {
			assert_int_equal(bit(c->buffers[1], n), !is_null && n % 3 == 0);
		}
	}
	assert_int_equal(c->null_count, nulls);
}

static void what_is_put_in(void **state)
{
	static const int64_t sizes[] = { 0, 1, 4, 5, 7, 8, 9, 63, 64, 65, 100000 };

	(void)state;
	for (size_t i = 0; i < PPS_COUNT(sizes); i++) {
		_cleanup_(pps_error_freep) pps_error *err = NULL;
		_cleanup_(pps_table_freep) pps_table *t = filled(0, sizes[i]);
		struct ArrowArray array;

		assert_ok(pps_table_array(t, &array, &err), err);
		assert_int_equal(array.length, sizes[i]);
		assert_int_equal(array.null_count, 0);
		assert_int_equal(array.n_buffers, 1);
		assert_null(array.buffers[0]);
		assert_int_equal(array.n_children, 4);
		for (int k = 0; k < 4; k++)
			check_column(array.children[k], k, sizes[i]);
		array.release(&array);
		assert_null(array.release);
	}
}

static void schema(void **state)
{
	static const struct {
		const char *name, *format;
	} columns[2][4] = {
		{ { "text", "U" }, { "int", "l" }, { "since_time", "tsn:" }, { "bool", "b" } },
		{ { "text", "U" }, { "int", "l" }, { "since_time", "tsn:UTC" }, { "bool", "b" } },
	};

	(void)state;
	for (int flags = 0; flags <= PPS_TABLE_UTC; flags++) {
		_cleanup_(pps_error_freep) pps_error *err = NULL;
		_cleanup_(pps_table_freep) pps_table *t = filled(flags, 2);
		const char *scale = flags ? "utc" : "tai", *m;
		struct ArrowSchema s;
		int32_t pair[3];

		assert_ok(pps_table_schema(t, &s, &err), err);
		assert_string_equal(s.format, "+s");
		assert_string_equal(s.name, "");
		assert_int_equal(s.n_children, 4);
		for (int i = 0; i < 4; i++) {
			assert_string_equal(s.children[i]->name, columns[flags][i].name);
			assert_string_equal(s.children[i]->format, columns[flags][i].format);
			assert_int_equal(s.children[i]->flags, ARROW_FLAG_NULLABLE);
			assert_int_equal(s.children[i]->metadata != NULL, i == 2);
		}
		m = s.children[2]->metadata;
		memcpy(&pair[0], m, 4);
		memcpy(&pair[1], m + 4, 4);
		memcpy(&pair[2], m + 18, 4);
		assert_int_equal(pair[0], 1);
		assert_int_equal(pair[1], 10);
		assert_int_equal(pair[2], 3);
		assert_memory_equal(m + 8, "time_scale", 10);
		assert_memory_equal(m + 22, scale, 3);
		s.release(&s);
		assert_null(s.release);
	}
	assert_int_equal(pps_table_new(2, &(pps_table *){ NULL }, NULL), PPS_E_ARG);
}

/* Everything is let go in another order than it was made; the sanitizers watch. */
static void lives_as_long_as_anything_of_it(void **state)
{
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	pps_table *t = filled(0, 20);
	struct ArrowSchema first, moved_schema, child_schema;
	struct ArrowArray array, moved, child;

	(void)state;
	assert_ok(pps_table_schema(t, &first, &err), err);
	assert_ok(pps_table_array(t, &array, &err), err);
	pps_table_free(t);

	/* as a reader does: the whole is moved, a child is moved out of it and stays */
	moved = array;
	array.release = NULL;
	child = *moved.children[1];
	moved.children[1]->release = NULL;
	moved.release(&moved);
	check_column(&child, 1, 20);
	moved_schema = first;
	first.release = NULL;
	child_schema = *moved_schema.children[2];
	moved_schema.children[2]->release = NULL;
	child.release(&child);
	assert_null(child.release);
	moved_schema.release(&moved_schema);
	assert_string_equal(child_schema.name, "since_time");
	child_schema.release(&child_schema);

	/* the table first, the table last, and twice from one table */
	t = filled(0, 5);
	assert_ok(pps_table_array(t, &array, &err), err);
	assert_ok(pps_table_array(t, &moved, &err), err);
	array.release(&array);
	check_column(moved.children[0], 0, 5);
	moved.release(&moved);
	pps_table_free(t);
	pps_table_free(NULL);
}

static void stream(void **state)
{
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	pps_table *t = filled(0, 9);
	struct ArrowArrayStream s;
	struct ArrowSchema types;
	struct ArrowArray array, end;

	(void)state;
	assert_ok(pps_table_stream(t, &s, &err), err);
	pps_table_free(t);
	assert_int_equal(s.get_schema(&s, &types), 0);
	assert_int_equal(s.get_next(&s, &array), 0);
	assert_int_equal(s.get_next(&s, &end), 0);
	assert_null(end.release);
	assert_null(s.get_last_error(&s));
	s.release(&s);
	assert_null(s.release);
	check_column(array.children[2], 2, 9);
	array.release(&array);
	assert_int_equal(types.n_children, 4);
	types.release(&types);
}

static void times(void **state)
{
	static const struct {
		const char *tai, *utc; /* utc NULL: null */
	} cases[] = {
		{ "2025-12-06T09:30:31.354363958", "2025-12-06T09:29:54.354363958" },
		{ "2017-01-01T00:00:36.999999999", "2016-12-31T23:59:60.999999999" }, /* the leap second itself: as numbers, the second after it */
		{ "2017-01-01T00:00:37", "2017-01-01T00:00:00" },
		{ "1971-06-01T00:00:00", NULL },
		{ "1970-01-01T00:00:00", NULL },
		{ "2100-01-01T00:00:00", NULL },
	};
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	_cleanup_(pps_table_freep) pps_table *t = NULL;
	struct ArrowArray array;
	const int64_t *found;

	(void)state;
	assert_ok(pps_table_new(PPS_TABLE_UTC, &t, &err), err);
	assert_ok(pps_table_add(t, PPS_CELL_TIME, "", "time", &err), err);
	for (size_t i = 0; i < PPS_COUNT(cases); i++) {
		int64_t tai;

		assert_ok(pps_time_parse(cases[i].tai, PPS_SCALE_TAI, &tai, &err), err);
		pps_table_put_time(t, tai);
	}
	assert_ok(pps_table_finish(t, &err), err);
	assert_ok(pps_table_array(t, &array, &err), err);
	found = array.children[0]->buffers[1];
	for (size_t i = 0; i < PPS_COUNT(cases); i++) {
		int64_t tai, utc = INT64_MIN;

		if (cases[i].utc) {
			assert_ok(pps_time_parse(cases[i].utc, PPS_SCALE_UTC, &tai, &err), err);
			assert_ok(pps_utc_of_tai(tai, &utc, &err), err);
		}
		assert_int_equal(found[i], utc);
		assert_int_equal(bit(array.children[0]->buffers[0], (int64_t)i), cases[i].utc != NULL);
	}
	array.release(&array);
}

static void texts_are_utf8(void **state)
{
	static const struct {
		const char *put, *found;
	} cases[] = {
		{ "plain", "plain" },
		{ "\xc3\xa9", "\xc3\xa9" },
		{ "a\xff" "b", "a\xef\xbf\xbd" "b" },
		{ "\xc3", "\xef\xbf\xbd" },
		{ "\xe2\x82\xac\xe2\x82", "\xe2\x82\xac\xef\xbf\xbd\xef\xbf\xbd" },
		{ "", "" },
	};
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	_cleanup_(pps_table_freep) pps_table *t = NULL;
	struct ArrowArray array;
	const int64_t *offsets;

	(void)state;
	assert_ok(pps_table_new(0, &t, &err), err);
	assert_ok(pps_table_add(t, PPS_CELL_TEXT, "", "t", &err), err);
	for (size_t i = 0; i < PPS_COUNT(cases); i++)
		pps_table_put_text(t, cases[i].put);
	assert_ok(pps_table_finish(t, &err), err);
	assert_ok(pps_table_array(t, &array, &err), err);
	offsets = array.children[0]->buffers[1];
	for (size_t i = 0; i < PPS_COUNT(cases); i++) {
		assert_int_equal(offsets[i + 1] - offsets[i], strlen(cases[i].found));
		assert_memory_equal((const char *)array.children[0]->buffers[2] + offsets[i], cases[i].found, strlen(cases[i].found));
	}
	array.release(&array);
}

static void filled_wrongly(void **state)
{
	_cleanup_(pps_table_freep) pps_table *half = new_table(0), *mixed = new_table(0), *none = NULL;
	_cleanup_(pps_error_freep) pps_error *err = NULL;

	(void)state;
	pps_table_put_text(half, "x");
	assert_int_equal(pps_table_finish(half, NULL), PPS_E_INTERNAL);
	pps_table_put_int(mixed, 1);
	for (int64_t n = 0; n < 3; n++)
		put_row(mixed, n); /* the failure stays */
	assert_int_equal(pps_table_finish(mixed, NULL), PPS_E_INTERNAL);
	assert_ok(pps_table_new(0, &none, &err), err);
	pps_table_put_int(none, 1);
	assert_int_equal(pps_table_finish(none, NULL), PPS_E_INTERNAL);
}

static void refused(void **state)
{
	_cleanup_(pps_table_freep) pps_table *t = filled(0, 1);
	struct ArrowArray array;

	(void)state;
	assert_int_equal(pps_table_schema(NULL, &(struct ArrowSchema){ 0 }, NULL), PPS_E_ARG);
	assert_int_equal(pps_table_schema(t, NULL, NULL), PPS_E_ARG);
	assert_int_equal(pps_table_array(NULL, &array, NULL), PPS_E_ARG);
	assert_int_equal(pps_table_array(t, NULL, NULL), PPS_E_ARG);
	assert_int_equal(pps_table_stream(NULL, &(struct ArrowArrayStream){ 0 }, NULL), PPS_E_ARG);
	assert_int_equal(pps_table_stream(t, NULL, NULL), PPS_E_ARG);
	assert_int_equal(pps_raw_report_table(NULL, 0, &t, NULL), PPS_E_ARG);
	assert_int_equal(pps_publish_datasets_table(NULL, 0, &t, NULL), PPS_E_ARG);
	assert_int_equal(pps_publish_status_table(NULL, &t, NULL), PPS_E_ARG);
}

static const char *text_at(const struct ArrowArray *c, int64_t row, char buf[64])
{
	const int64_t *offsets = c->buffers[1];

	if (c->buffers[0] && !bit(c->buffers[0], row))
		return "(null)";
	snprintf(buf, 64, "%.*s", (int)(offsets[row + 1] - offsets[row]), (const char *)c->buffers[2] + offsets[row]);
	return buf;
}

/* A raw report: what is unknown is null. */
static void of_a_report(void **state)
{
	static const char *const places[] = { "source", "zip" };
	static const struct {
		const char *name, *first, *second;
	} texts[] = {
		{ "obs_id", "MC_O_20251202_000001", "MC_O_20251202_000002" }, { "status", "todo", "held" }, { "reason", "", "by whom?" },
		{ "zip", "(null)", "file:///a.zip" }, { "md5", "(null)", "0123" }, { "mark_zip", "not_yet", "ok" }, { "note_zip", "(null)", "it is there" },
		{ "note_source", "(null)", "(null)" },
	};
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	_cleanup_(pps_raw_report_freep) pps_raw_report *report = NULL;
	_cleanup_(pps_table_freep) pps_table *t = NULL;
	struct ArrowSchema types;
	struct ArrowArray array;
	pps_raw_row *row;
	size_t seen = 0;
	char buf[64];

	(void)state;
	assert_ok(pps_raw_report_new(places, 2, &report, &err), err);
	assert_ok(pps_raw_report_add(report, "LSSTCam", "MC_O_20251202_000001", 0, 20251202, &row, &err), err);
	assert_ok(pps_raw_report_add(report, "LSSTCam", "MC_O_20251202_000002", 2, 20251202, &row, &err), err);
	row->status = PPS_RAW_HELD;
	row->size = 12;
	row->marks[1] = PPS_MARK_OK;
	strcpy(row->due, "2025-12-06T09:29:54");
	strcpy(row->md5, "0123");
	assert_ok(pps_raw_row_text(&row->reason, "by whom?", &err), err);
	assert_ok(pps_raw_row_text(&row->zip, "file:///a.zip", &err), err);
	assert_ok(pps_raw_row_note(row, 1, "it is there", &err), err);
	assert_ok(pps_raw_report_table(report, PPS_TABLE_UTC, &t, &err), err);
	assert_ok(pps_table_schema(t, &types, &err), err);
	assert_ok(pps_table_array(t, &array, &err), err);
	for (int64_t i = 0; i < types.n_children; i++) {
		const struct ArrowArray *c = array.children[i];

		for (size_t k = 0; k < PPS_COUNT(texts); k++)
			if (!strcmp(types.children[i]->name, texts[k].name)) {
				assert_string_equal(text_at(c, 0, buf), texts[k].first);
				assert_string_equal(text_at(c, 1, buf), texts[k].second);
				seen++;
			}
		if (!strcmp(types.children[i]->name, "due")) {
			assert_int_equal(c->null_count, 1);
			assert_int_equal(((const int64_t *)c->buffers[1])[1], INT64_C(1765013394) * PPS_NS_PER_S);
			seen++;
		}
		if (!strcmp(types.children[i]->name, "exposure") || !strcmp(types.children[i]->name, "size")) {
			assert_int_equal(c->null_count, 1);
			assert_false(bit(c->buffers[0], 0));
			seen++;
		}
	}
	assert_int_equal(seen, PPS_COUNT(texts) + 3);
	types.release(&types);
	array.release(&array);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_put_in), cmocka_unit_test(schema), cmocka_unit_test(lives_as_long_as_anything_of_it), cmocka_unit_test(stream),
		cmocka_unit_test(times), cmocka_unit_test(texts_are_utf8), cmocka_unit_test(filled_wrongly), cmocka_unit_test(refused),
		cmocka_unit_test(of_a_report),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
