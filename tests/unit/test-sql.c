/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The SQL layer: one table of tests for both databases. With PPS_TEST_PG, the URL of a PostgreSQL database, it runs there (in a schema
 * of its own, dropped at the end), else on an SQLite file.
 */
#include "test.h"

#include <inttypes.h>
#include <math.h>
#include <pthread.h>
#include <sqlite3.h>
#include <sys/stat.h>

#include "sql/sql-backend.h"

#define SCHEMA "pps test \"sql\""

static struct {
	pps_ctx *ctx;
	char folder[64];
	char url[512];
	const char *postgres; /* NULL: SQLite */
} world;

static int open_with(pps_ctx *ctx, pps_sql_options o, pps_sql **ret_sql, pps_error **err)
{
	o.schema = world.postgres ? SCHEMA : NULL;
	o.create = 1;
	return pps_sql_open(ctx, world.url, &o, ret_sql, err);
}

static pps_sql *open_one(void)
{
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	pps_sql *sql = NULL;

	assert_ok(open_with(world.ctx, (pps_sql_options){ 0 }, &sql, &err), err);
	return sql;
}

static void must_exec(pps_sql *sql, const char *text)
{
	_cleanup_(pps_error_freep) pps_error *err = NULL;

	assert_ok(pps_sql_exec(sql, text, NULL, 0, NULL, &err), err);
}

/* The first column of the first row; -1 when there is none. */
static int64_t ask(pps_sql *sql, const char *text)
{
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	_cleanup_(pps_sql_rows_freep) pps_sql_rows *rows = NULL;
	int r;

	assert_ok(pps_sql_query(sql, text, NULL, 0, &rows, &err), err);
	r = pps_sql_next(rows, &err);
	assert_ok(r, err);
	return r ? pps_sql_get_int(rows, 0) : -1;
}

static int group_setup(void **state)
{
	_cleanup_(pps_error_freep) pps_error *err = NULL;

	(void)state;
	snprintf(world.folder, sizeof world.folder, "/tmp/pps-test-sql-XXXXXX");
	if (!mkdtemp(world.folder) || pps_ctx_new(&world.ctx, &err) < 0)
		return -1;
	world.postgres = getenv("PPS_TEST_PG");
	if (world.postgres && !*world.postgres)
		world.postgres = NULL;
	if (world.postgres)
		snprintf(world.url, sizeof world.url, "%s", world.postgres);
	else
		snprintf(world.url, sizeof world.url, "sqlite:///%s/test.db", world.folder);
	return 0;
}

static int group_teardown(void **state)
{
	(void)state;
	pps_ctx_unref(world.ctx);
	return rmdir(world.folder);
}

/* A fresh table in a fresh file or schema. */
static int setup(void **state)
{
	_cleanup_(pps_sql_closep) pps_sql *sql = NULL;

	(void)state;
	if (world.postgres) {
		pps_sql_options o = { 0 };

		assert_int_equal(pps_sql_open(world.ctx, world.url, &o, &sql, NULL), PPS_OK);
		must_exec(sql, "DROP SCHEMA IF EXISTS \"pps test \"\"sql\"\"\" CASCADE");
		must_exec(sql, "CREATE SCHEMA \"pps test \"\"sql\"\"\"");
		pps_sql_close(TAKE_PTR(sql));
	}
	sql = open_one();
	if (world.postgres)
		must_exec(sql, "CREATE TABLE {t} (id bigint PRIMARY KEY, small smallint, r float8, name varchar(64), flag boolean, "
			  "uid uuid UNIQUE, timespan int8range, at timestamp)");
	else
		must_exec(sql, "CREATE TABLE {t} (id BIGINT PRIMARY KEY, small SMALLINT, r FLOAT, name VARCHAR(64), flag BOOLEAN, "
			  "uid CHAR(32) UNIQUE, timespan_begin BIGINT, timespan_end BIGINT, at TIMESTAMP)");
	return 0;
}

static int teardown(void **state)
{
	char path[128];

	(void)state;
	if (world.postgres) {
		_cleanup_(pps_sql_closep) pps_sql *sql = NULL;

		assert_int_equal(pps_sql_open(world.ctx, world.url, NULL, &sql, NULL), PPS_OK);
		must_exec(sql, "DROP SCHEMA \"pps test \"\"sql\"\"\" CASCADE");
		return 0;
	}
	snprintf(path, sizeof path, "%s/test.db", world.folder);
	return unlink(path);
}

static const pps_sql_column columns[] = {
	{ "id", PPS_SQL_INT },     { "small", PPS_SQL_INT }, { "r", PPS_SQL_REAL },         { "name", PPS_SQL_TEXT },
	{ "flag", PPS_SQL_BOOL },  { "uid", PPS_SQL_UUID },  { "timespan", PPS_SQL_SPAN },
};

/* Row @id of a table of many: every kind of value, with NULLs in between. */
static void make_row(int64_t id, pps_sql_value *v)
{
	pps_uuid uuid = { { 0xab, (uint8_t)(id >> 24), (uint8_t)(id >> 16), (uint8_t)(id >> 8), (uint8_t)id } };

	v[0] = pps_sql_int(id);
	v[1] = id % 7 ? pps_sql_int(id % 100 - 50) : pps_sql_null();
	v[2] = pps_sql_real((double)id / 3.0);
	v[3] = pps_sql_text(id % 5 ? "it's \"\xc3\xa9\" \\ {t} $1" : NULL);
	v[4] = id % 3 ? pps_sql_bool(id % 3 == 1) : pps_sql_null();
	v[5] = pps_sql_uuid(uuid);
	v[6] = id % 4 == 0 ? pps_sql_span((pps_timespan){ .is_null = 1 }) :
	       id % 4 == 1 ? pps_sql_span((pps_timespan){ .is_empty = 1 }) :
	       id % 4 == 2 ? pps_sql_span((pps_timespan){ .begin = 1000 + id, .end = PPS_TAI_MAX }) :
			     pps_sql_span((pps_timespan){ .begin = 1000 + id, .end = 2000 + id });
}

static void insert_rows(pps_sql *sql, int64_t first, size_t n, const char *conflict, int64_t expected)
{
	_cleanup_free_ pps_sql_value *values = calloc(n * PPS_COUNT(columns), sizeof *values);
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	int64_t inserted = -1;

	assert_non_null(values);
	for (size_t i = 0; i < n; i++)
		make_row(first + (int64_t)i, values + i * PPS_COUNT(columns));
	assert_ok(pps_sql_insert(sql, "t", columns, PPS_COUNT(columns), values, n, conflict, &inserted, &err), err);
	assert_int_equal(inserted, expected);
}

static void check_row(pps_sql_rows *rows, int64_t id)
{
	pps_sql_value v[PPS_COUNT(columns)];
	pps_timespan span = pps_sql_get_span(rows, 6);
	pps_uuid uuid;

	make_row(id, v);
	assert_int_equal(pps_sql_get_int(rows, 0), id);
	assert_int_equal(pps_sql_is_null(rows, 1), v[1].type == PPS_SQL_NULL);
	assert_int_equal(pps_sql_get_int(rows, 1), v[1].type == PPS_SQL_NULL ? 0 : v[1].i);
	assert_true(pps_sql_get_real(rows, 2) == v[2].d);
	if (v[3].type == PPS_SQL_NULL) {
		assert_null(pps_sql_get_text(rows, 3));
	} else {
		assert_string_equal(pps_sql_get_text(rows, 3), v[3].s);
		assert_int_equal(pps_sql_get_size(rows, 3), strlen(v[3].s));
	}
	assert_int_equal(pps_sql_is_null(rows, 4), v[4].type == PPS_SQL_NULL);
	assert_int_equal(pps_sql_get_int(rows, 4), v[4].type == PPS_SQL_NULL ? 0 : v[4].i);
	assert_int_equal(pps_sql_get_uuid(rows, 5, &uuid), 0);
	assert_memory_equal(uuid.bytes, v[5].uuid.bytes, 16);
	assert_int_equal(span.is_null, v[6].span.is_null);
	assert_int_equal(span.is_empty, v[6].span.is_empty);
	if (!span.is_null && !span.is_empty) {
		assert_int_equal(span.begin, v[6].span.begin);
		assert_int_equal(span.end, v[6].span.end);
	}
}

static pps_sql_rows *query_all(pps_sql *sql)
{
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	_cleanup_buf_ pps_buf b = PPS_BUF_SQL;
	pps_sql_rows *rows = NULL;

	pps_buf_add_text(&b, "SELECT a.id, a.small, a.r, a.name, a.flag, a.uid, ");
	pps_sql_span_columns(sql, "a", "timespan", &b);
	pps_buf_add_text(&b, " FROM {t} a ORDER BY a.id");
	assert_ok(pps_sql_query(sql, pps_buf_text(&b), NULL, 0, &rows, &err), err);
	return rows;
}

/* From one row to several chunks, by arrays and, where there is no conflict clause, by COPY. */
static void bulk_round_trip(void **state)
{
	static const struct {
		size_t n;
		const char *conflict;
	} cases[] = { { 1, NULL }, { 499, NULL }, { 2000, NULL }, { 45000, NULL }, { 1, "ON CONFLICT DO NOTHING" },
		      { 45000, "ON CONFLICT DO NOTHING" } };
	_cleanup_(pps_sql_closep) pps_sql *sql = open_one();

	(void)state;
	for (size_t c = 0; c < PPS_COUNT(cases); c++) {
		_cleanup_(pps_sql_rows_freep) pps_sql_rows *rows = NULL;
		int64_t id = 0;

		must_exec(sql, "DELETE FROM {t}");
		insert_rows(sql, 0, cases[c].n, cases[c].conflict, (int64_t)cases[c].n);
		rows = query_all(sql);
		for (; pps_sql_next(rows, NULL) == 1; id++)
			check_row(rows, id);
		assert_int_equal(id, cases[c].n);
	}
}

static void bulk_conflicts(void **state)
{
	_cleanup_(pps_sql_closep) pps_sql *sql = open_one();
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	pps_sql_value row[PPS_COUNT(columns)];

	(void)state;
	insert_rows(sql, 0, 10, NULL, 10);
	insert_rows(sql, 5, 10, "ON CONFLICT DO NOTHING", 5);
	insert_rows(sql, 5, 10, "ON CONFLICT (id) DO NOTHING", 0);
	insert_rows(sql, 5, 10, "ON CONFLICT (id) DO UPDATE SET name = excluded.name", 10);
	/* none of the rows stays when one is refused */
	for (int64_t n = 1; n <= 600; n += 599) {
		_cleanup_free_ pps_sql_value *values = calloc((size_t)n * PPS_COUNT(columns), sizeof *values);

		for (int64_t i = 0; i < n; i++)
			make_row(100 - n + 1 + i, values + i * (int64_t)PPS_COUNT(columns));
		make_row(3, values + (n - 1) * (int64_t)PPS_COUNT(columns));
		assert_int_equal(pps_sql_insert(sql, "t", columns, PPS_COUNT(columns), values, (size_t)n, NULL, NULL, &err),
				 PPS_E_CONFLICT);
		assert_string_equal(pps_error_sqlstate(err), "23505");
		pps_error_free(TAKE_PTR(err));
		assert_int_equal(pps_sql_in_transaction(sql), 0);
		assert_int_equal(ask(sql, "SELECT count(*) FROM {t}"), 15);
	}
	make_row(50, row);
	assert_int_equal(pps_sql_insert(sql, "nowhere", columns, PPS_COUNT(columns), row, 1, NULL, NULL, &err),
			 world.postgres ? PPS_E_NOTFOUND : PPS_E_FAILED);
	assert_non_null(strstr(pps_error_message(err), "nowhere"));
}

static void bulk_odd_values(void **state)
{
	static const pps_sql_column reals[] = { { "id", PPS_SQL_INT }, { "r", PPS_SQL_REAL }, { "at", PPS_SQL_TEXT } };
	static const double values[] = { 0.1, -0.0, 1e-323, 1.7976931348623157e308, 2.2250738585072014e-308, 3.0, INFINITY };
	_cleanup_(pps_sql_closep) pps_sql *sql = open_one();
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	pps_sql_value v[3 * PPS_COUNT(values)];
	pps_sql_rows *rows;

	(void)state;
	for (size_t i = 0; i < PPS_COUNT(values); i++) {
		v[3 * i] = pps_sql_int(INT64_MAX - (int64_t)i);
		v[3 * i + 1] = pps_sql_real(values[i]);
		v[3 * i + 2] = pps_sql_text("2024-05-28 20:48:07.079472");
	}
	assert_ok(pps_sql_insert(sql, "t", reals, 3, v, PPS_COUNT(values), NULL, NULL, &err), err);
	for (size_t i = 0; i < PPS_COUNT(values); i++) {
		double back;

		assert_ok(pps_sql_query(sql, "SELECT r, at, small FROM {t} WHERE id = $1", &v[3 * i], 1, &rows, &err), err);
		assert_int_equal(pps_sql_next(rows, &err), 1);
		back = pps_sql_get_real(rows, 0);
		/* SQLite keeps no sign of zero */
		if (world.postgres || values[i] != 0)
			assert_memory_equal(&back, &values[i], sizeof back);
		assert_string_equal(pps_sql_get_text(rows, 1), "2024-05-28 20:48:07.079472");
		assert_true(pps_sql_is_null(rows, 2));
		pps_sql_rows_free(rows);
	}
	if (world.postgres) {
		pps_sql_value too_big[2 * 600];
		static const pps_sql_column small[] = { { "id", PPS_SQL_INT }, { "small", PPS_SQL_INT } };

		for (int i = 0; i < 600; i++) {
			too_big[2 * i] = pps_sql_int(i);
			too_big[2 * i + 1] = pps_sql_int(i == 599 ? 32768 : 1);
		}
		assert_int_equal(pps_sql_insert(sql, "t", small, 2, too_big, 600, NULL, NULL, &err), PPS_E_FORMAT);
		pps_error_free(TAKE_PTR(err));
		assert_int_equal(pps_sql_insert(sql, "t", small, 2, too_big, 600, "ON CONFLICT DO NOTHING", NULL, &err), PPS_E_FORMAT);
		pps_error_free(TAKE_PTR(err));
		assert_int_equal(ask(sql, "SELECT count(*) FROM {t}"), PPS_COUNT(values));
	}
}

static void parameters_of_every_kind(void **state)
{
	_cleanup_(pps_sql_closep) pps_sql *sql = open_one();
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	static const int64_t ints[] = { 3, 4, 999 };
	static const char *const texts[] = { "it's \"\xc3\xa9\" \\ {t} $1", "\x01" "x" };
	pps_sql_value row[PPS_COUNT(columns)], row2[PPS_COUNT(columns)];
	pps_uuid uuids[2];
	static const struct {
		const char *condition;
		int64_t expected;
	} cases[] = {
		{ "id = $1", 1 },
		{ "id {in $2 int}", 2 },
		{ "uid {in $3 uuid}", 2 },
		{ "name {in $4 text}", 4 },
		{ "uid = $5", 1 },
		{ "flag = $6", 2 },
		{ "r > $7", 4 },
		{ "name = $8", 4 },
		{ "'$1 {t} \"' <> name AND id = $1", 1 },
		{ "id {in $9 int}", 0 },
		{ "id {in $2 int} AND id = $1 -- {in $4\n", 1 },
		{ "small = $10", 1 },
	};

	(void)state;
	insert_rows(sql, 1, 5, NULL, 5);
	make_row(3, row);
	make_row(4, row2);
	uuids[0] = row[5].uuid;
	uuids[1] = row2[5].uuid;
	for (size_t i = 0; i < PPS_COUNT(cases); i++) {
		pps_sql_value params[] = {
			pps_sql_int(3),      pps_sql_ints(ints, 3), pps_sql_uuids(uuids, 2), pps_sql_texts(texts, 2),
			row[5],              pps_sql_bool(1),       pps_sql_real(0.5),       pps_sql_text(texts[0]),
			pps_sql_ints(ints, 0), pps_sql_int(-48),
		};
		_cleanup_buf_ pps_buf b = PPS_BUF_SQL;
		pps_sql_rows *rows;
		int64_t n;

		/* PostgreSQL wants the type of every parameter that is sent */
		pps_buf_printf(&b, "SELECT count(*) FROM {t} WHERE %s%s", cases[i].condition,
			       world.postgres ? " AND ($1 IS NULL OR $2 IS NULL OR $3 IS NULL OR $4 IS NULL OR $5 IS NULL OR $6 IS NULL OR "
						"$7 IS NULL OR $8::text IS NULL OR $9 IS NULL OR $10 IS NULL OR true)" : "");
		assert_ok(pps_sql_query(sql, pps_buf_text(&b), params, PPS_COUNT(params), &rows, &err), err);
		assert_int_equal(pps_sql_next(rows, &err), 1);
		n = pps_sql_get_int(rows, 0);
		pps_sql_rows_free(rows);
		if (n != cases[i].expected)
			fail_msg("%s: %d rows", cases[i].condition, (int)n);
	}
}

static void exec_counts(void **state)
{
	_cleanup_(pps_sql_closep) pps_sql *sql = open_one();
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	int64_t n = -1;

	(void)state;
	insert_rows(sql, 0, 10, NULL, 10);
	assert_ok(pps_sql_exec(sql, "UPDATE {t} SET name = 'x' WHERE id < 4", NULL, 0, &n, &err), err);
	assert_int_equal(n, 4);
	assert_ok(pps_sql_exec(sql, "UPDATE {t} SET name = 'x' WHERE id < 0", NULL, 0, &n, &err), err);
	assert_int_equal(n, 0);
	assert_ok(pps_sql_exec(sql, "CREATE TABLE {u} (id bigint)", NULL, 0, &n, &err), err);
	assert_int_equal(n, 0);
	assert_ok(pps_sql_script(sql, "INSERT INTO {u} VALUES (1);\nINSERT INTO {u} VALUES (2);\n\nDELETE FROM {u} WHERE id = 1;\n", &err),
		  err);
	assert_int_equal(ask(sql, "SELECT count(*) FROM {u}"), 1);
	/* a script is done whole or not at all */
	assert_true(pps_sql_script(sql, "DELETE FROM {u};\nINSERT INTO {nowhere} VALUES (2);\n", &err) < 0);
	assert_int_equal(ask(sql, "SELECT count(*) FROM {u}"), 1);
}

static void schema_is_told(void **state)
{
	_cleanup_(pps_sql_closep) pps_sql *sql = open_one();
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	int64_t tai, now;
	int has;

	(void)state;
	assert_ok(pps_sql_has_table(sql, "t", &has, &err), err);
	assert_int_equal(has, 1);
	assert_ok(pps_sql_has_table(sql, "nowhere", &has, &err), err);
	assert_int_equal(has, 0);
	if (!world.postgres) {
		assert_int_equal(pps_sql_clock(sql, &tai, NULL), PPS_E_UNSUPPORTED);
		return;
	}
	assert_ok(pps_sql_clock(sql, &tai, &err), err);
	assert_ok(pps_tai_now(&now, &err), err);
	assert_true(llabs(now - tai) < 30 * PPS_NS_PER_S); /* UTC were 37 s */
}

static void transactions_are_undone(void **state)
{
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	pps_sql *sql = open_one();

	(void)state;
	assert_ok(pps_sql_begin(sql, &err), err);
	assert_int_equal(pps_sql_begin(sql, NULL), PPS_E_INTERNAL);
	insert_rows(sql, 0, 3, NULL, 3);
	pps_sql_rollback(sql);
	assert_int_equal(ask(sql, "SELECT count(*) FROM {t}"), 0);
	{
		_cleanup_(pps_sql_guardp) pps_sql *guard = sql;

		assert_ok(pps_sql_begin(guard, &err), err);
		insert_rows(sql, 0, 3, NULL, 3);
	}
	assert_int_equal(ask(sql, "SELECT count(*) FROM {t}"), 0);
	assert_ok(pps_sql_begin(sql, &err), err);
	insert_rows(sql, 0, 3, NULL, 3);
	pps_sql_close(sql);
	sql = open_one();
	assert_int_equal(ask(sql, "SELECT count(*) FROM {t}"), 0);
	/* after a failed statement nothing may be committed on PostgreSQL; on SQLite the rest stands */
	assert_ok(pps_sql_begin(sql, &err), err);
	insert_rows(sql, 0, 3, NULL, 3);
	assert_int_equal(pps_sql_exec(sql, "INSERT INTO {t} (id) VALUES (1)", NULL, 0, NULL, NULL), PPS_E_CONFLICT);
	assert_int_equal(pps_sql_commit(sql, NULL), world.postgres ? PPS_E_FAILED : PPS_OK);
	pps_sql_rollback(sql);
	assert_int_equal(ask(sql, "SELECT count(*) FROM {t}"), world.postgres ? 0 : 3);
	pps_sql_close(sql);
}

static void one_query_at_a_time(void **state)
{
	_cleanup_(pps_sql_closep) pps_sql *sql = open_one();
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	pps_sql_rows *rows, *more;

	(void)state;
	insert_rows(sql, 0, 20000, NULL, 20000);
	rows = query_all(sql);
	assert_int_equal(pps_sql_next(rows, &err), 1);
	assert_int_equal(pps_sql_query(sql, "SELECT 1", NULL, 0, &more, NULL), PPS_E_INTERNAL);
	assert_int_equal(pps_sql_exec(sql, "DELETE FROM {t}", NULL, 0, NULL, NULL), PPS_E_INTERNAL);
	pps_sql_rows_free(rows); /* with most rows unread */
	assert_int_equal(ask(sql, "SELECT count(*) FROM {t}"), 20000);
}

static void reading_only(void **state)
{
	_cleanup_(pps_sql_closep) pps_sql *sql = NULL;
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	pps_sql_rows *rows;
	int r;

	(void)state;
	assert_ok(open_with(world.ctx, (pps_sql_options){ .read_only = 1 }, &sql, &err), err);
	assert_int_equal(pps_sql_exec(sql, "DELETE FROM {t}", NULL, 0, NULL, NULL), PPS_E_ACCESS);
	assert_int_equal(pps_sql_query(sql, "DELETE FROM {t} RETURNING id", NULL, 0, &rows, NULL), PPS_E_ACCESS);
	assert_ok(pps_sql_begin(sql, &err), err);
	assert_int_equal(ask(sql, "SELECT count(*) FROM {t}"), 0);
	r = pps_sql_query(sql, "DELETE FROM {t} RETURNING id", NULL, 0, &rows, NULL);
	if (r == PPS_OK) {
		r = pps_sql_next(rows, NULL);
		pps_sql_rows_free(rows);
	}
	assert_int_equal(r, PPS_E_ACCESS);
}

/* A vtable that fails at the nth call, with a given SQLSTATE. */
static struct {
	const pps_sql_ops *real;
	pps_sql_ops ops;
	int left;
	int fired;
	const char *sqlstate;
} fault;

static int strike(pps_error **err)
{
	int r;

	if (fault.left-- != 1)
		return PPS_OK;
	fault.fired = 1;
	r = pps_fail(err, pps_sql_code_of_sqlstate(fault.sqlstate), "planted");
	pps_error_set_sqlstate(err, fault.sqlstate);
	return r;
}

static int fault_exec(pps_sql *sql, const char *text, const pps_sql_value *params, size_t n, int64_t *changed, pps_error **err)
{
	int r = strike(err);

	return r < 0 ? r : fault.real->exec(sql, text, params, n, changed, err);
}

static int fault_insert(pps_sql *sql, const char *table, const pps_sql_column *c, size_t nc, const pps_sql_value *v, size_t n,
			const char *conflict, int64_t *inserted, pps_error **err)
{
	int r = strike(err);

	return r < 0 ? r : fault.real->insert(sql, table, c, nc, v, n, conflict, inserted, err);
}

static int fault_begin(pps_sql *sql, pps_error **err)
{
	int r = strike(err);

	return r < 0 ? r : fault.real->begin(sql, err);
}

static int fault_commit(pps_sql *sql, pps_error **err)
{
	int r = strike(err);

	return r < 0 ? r : fault.real->commit(sql, err);
}

static int three_changes(pps_sql *sql, void *user, pps_error **err)
{
	pps_sql_value row[PPS_COUNT(columns)];
	int r;

	(void)user;
	make_row(1, row);
	if ((r = pps_sql_insert(sql, "t", columns, PPS_COUNT(columns), row, 1, NULL, NULL, err)) < 0)
		return r;
	if ((r = pps_sql_exec(sql, "INSERT INTO {t} (id) VALUES (2)", NULL, 0, NULL, err)) < 0)
		return r;
	return pps_sql_exec(sql, "UPDATE {t} SET name = 'z' WHERE id = 1", NULL, 0, NULL, err);
}

/* Every statement of a transaction fails once: transient failures are made up for, others leave nothing behind. */
static void statement_fails_at_every_point(void **state)
{
	static const struct {
		const char *sqlstate;
		int expected;
	} cases[] = { { "40001", PPS_OK }, { "40P01", PPS_OK }, { "55P03", PPS_OK }, { "53100", PPS_E_NOSPACE }, { "23505", PPS_E_CONFLICT } };
	_cleanup_(pps_sql_closep) pps_sql *sql = open_one();

	(void)state;
	fault.real = sql->ops;
	fault.ops = *sql->ops;
	fault.ops.exec = fault_exec;
	fault.ops.insert = fault_insert;
	fault.ops.begin = fault_begin;
	fault.ops.commit = fault_commit;
	for (size_t c = 0; c < PPS_COUNT(cases); c++) {
		int points = 0;

		for (int n = 1;; n++) {
			int r;

			must_exec(sql, "DELETE FROM {t}");
			fault.left = n;
			fault.fired = 0;
			fault.sqlstate = cases[c].sqlstate;
			sql->ops = &fault.ops;
			r = pps_sql_transact(sql, 3, three_changes, NULL, NULL);
			sql->ops = fault.real;
			assert_int_equal(pps_sql_in_transaction(sql), 0);
			if (!fault.fired) {
				assert_int_equal(r, PPS_OK);
				break;
			}
			points++;
			assert_int_equal(r, cases[c].expected);
			assert_int_equal(ask(sql, "SELECT count(*) FROM {t}"), r == PPS_OK ? 2 : 0);
		}
		assert_int_equal(points, 5);
	}
}

static int always_busy(pps_sql *sql, void *user, pps_error **err)
{
	int r = pps_fail(err, PPS_E_UNAVAILABLE, "busy");

	(void)sql;
	++*(int *)user;
	pps_error_set_sqlstate(err, "55P03");
	return r;
}

static void attempts_end(void **state)
{
	_cleanup_(pps_sql_closep) pps_sql *sql = open_one();
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	int n = 0;

	(void)state;
	assert_int_equal(pps_sql_transact(sql, 3, always_busy, &n, &err), PPS_E_UNAVAILABLE);
	assert_int_equal(n, 3);
	assert_string_equal(pps_error_message(err), "attempt 3 of 3: busy");
	assert_int_equal(pps_error_is_retriable(err), 1);
}

/* What the server says that the connection @pid is doing. */
static int64_t is_in_transaction(pps_sql *other, int64_t pid)
{
	char text[128];

	snprintf(text, sizeof text, "SELECT (state LIKE 'idle in transaction%%')::int FROM pg_stat_activity WHERE pid = %" PRId64, pid);
	return ask(other, text);
}

/* Round trips cost where the database is far: BEGIN has none of its own, and all that it says holds for the first statement already. */
static void begins_with_the_first_statement(void **state)
{
	_cleanup_(pps_sql_closep) pps_sql *other = open_one();
	_cleanup_(pps_sql_closep) pps_sql *sql = open_one();
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	int64_t pid;

	(void)state;
	if (!world.postgres)
		return;
	insert_rows(sql, 0, 1, NULL, 1); /* the types of its columns are known from now on */
	pid = ask(sql, "SELECT pg_backend_pid()");
	assert_ok(pps_sql_begin(sql, &err), err);
	assert_int_equal(is_in_transaction(other, pid), 0);
	assert_int_equal(ask(sql, "SELECT (current_setting('lock_timeout') = '5s' AND current_setting('timezone') = 'UTC')::int"), 1);
	assert_int_equal(is_in_transaction(other, pid), 1);
	assert_ok(pps_sql_commit(sql, &err), err);
	assert_int_equal(ask(sql, "SELECT current_setting('lock_timeout')::int"), 0);
	assert_ok(pps_sql_begin(sql, &err), err);
	assert_ok(pps_sql_commit(sql, &err), err);
	/* the first one fails */
	assert_ok(pps_sql_begin(sql, &err), err);
	assert_true(pps_sql_exec(sql, "INSERT INTO {t} (id) VALUES (0)", NULL, 0, NULL, NULL) < 0);
	assert_int_equal(is_in_transaction(other, pid), 1);
	assert_true(pps_sql_commit(sql, NULL) < 0);
	pps_sql_rollback(sql);
	assert_int_equal(is_in_transaction(other, pid), 0);
	/* rows in bulk are the first one */
	for (int conflict = 0; conflict < 2; conflict++) {
		assert_ok(pps_sql_begin(sql, &err), err);
		insert_rows(sql, 1000, 1000, conflict ? "ON CONFLICT DO NOTHING" : NULL, 1000);
		assert_int_equal(is_in_transaction(other, pid), 1);
		pps_sql_rollback(sql);
		assert_int_equal(ask(sql, "SELECT count(*) FROM {t}"), 1);
	}
	assert_int_equal(ask(sql, "SELECT pg_backend_pid()"), pid);
}

/* Rows that are not wanted any more, of the first statement: the transaction goes on. */
static void begins_with_a_query(void **state)
{
	_cleanup_(pps_sql_closep) pps_sql *sql = open_one();
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	pps_sql_rows *rows;

	(void)state;
	insert_rows(sql, 0, 300, NULL, 300);
	assert_ok(pps_sql_begin(sql, &err), err);
	assert_ok(pps_sql_query(sql, "SELECT id FROM {t} ORDER BY id", NULL, 0, &rows, &err), err);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(pps_sql_next(rows, &err), 1);
		assert_int_equal(pps_sql_get_int(rows, 0), i);
	}
	pps_sql_rows_free(rows);
	must_exec(sql, "DELETE FROM {t} WHERE id = 1");
	assert_ok(pps_sql_commit(sql, &err), err);
	assert_int_equal(ask(sql, "SELECT count(*) FROM {t}"), 299);
}

/* What another connection holds locked is given up after the limit, and says so. */
static void lock_times_out(void **state)
{
	_cleanup_(pps_sql_closep) pps_sql *holder = open_one();
	_cleanup_(pps_sql_closep) pps_sql *sql = NULL;
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	int64_t start;

	(void)state;
	insert_rows(holder, 0, 3, NULL, 3);
	assert_ok(open_with(world.ctx, (pps_sql_options){ .lock_timeout_ns = PPS_NS_PER_S / 5 }, &sql, &err), err);
	assert_ok(pps_sql_begin(holder, &err), err);
	must_exec(holder, "UPDATE {t} SET name = 'held' WHERE id = 1");
	start = pps_monotonic_now();
	assert_int_equal(pps_sql_exec(sql, "UPDATE {t} SET name = 'mine' WHERE id = 1", NULL, 0, NULL, &err), PPS_E_UNAVAILABLE);
	assert_true(pps_monotonic_now() - start > PPS_NS_PER_S / 6);
	assert_true(pps_monotonic_now() - start < 5 * PPS_NS_PER_S); /* the limit where none is given */
	assert_int_equal(pps_error_is_retriable(err), 1);
	assert_string_equal(pps_error_sqlstate(err), "55P03");
	pps_sql_rollback(holder);
	must_exec(sql, "UPDATE {t} SET name = 'mine' WHERE id = 1");
}

static void *cancel_soon(void *user)
{
	pps_ctx_sleep(world.ctx, PPS_NS_PER_S / 4, NULL);
	pps_ctx_cancel(user);
	return NULL;
}

static void *cancel_at_once(void *user)
{
	pps_ctx_sleep(world.ctx, PPS_NS_PER_S / 30, NULL);
	pps_ctx_cancel(user);
	return NULL;
}

#define ENDLESS "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 4000000000) SELECT count(*) FROM n"

/* Cancelled while the server computes, and while it waits for a lock: else it ends the test's time, or the lock's. */
static void cancelled_while_waiting(void **state)
{
	(void)state;
	for (int locked = 0; locked < 2; locked++) {
		_cleanup_(pps_sql_closep) pps_sql *holder = open_one();
		_cleanup_(pps_sql_closep) pps_sql *sql = NULL;
		_cleanup_(pps_error_freep) pps_error *err = NULL;
		_cleanup_(pps_ctx_unrefp) pps_ctx *ctx = NULL;
		pps_sql_rows *rows;
		pthread_t thread;
		int r;

		assert_ok(pps_ctx_new(&ctx, &err), err);
		assert_ok(open_with(ctx, (pps_sql_options){ 0 }, &sql, &err), err);
		if (locked) {
			assert_ok(pps_sql_begin(holder, &err), err);
			insert_rows(holder, 1, 1, NULL, 1);
		}
		assert_int_equal(pthread_create(&thread, NULL, cancel_soon, ctx), 0);
		if (locked) {
			r = pps_sql_exec(sql, "INSERT INTO {t} (id) VALUES (1)", NULL, 0, NULL, &err);
		} else {
			r = pps_sql_query(sql, ENDLESS, NULL, 0, &rows, &err);
			if (r == PPS_OK) {
				r = pps_sql_next(rows, &err);
				pps_sql_rows_free(rows);
			}
		}
		pthread_join(thread, NULL);
		assert_int_equal(r, PPS_E_CANCELLED);
		assert_int_equal(pps_sql_in_transaction(sql), 0);
		assert_int_equal(pps_sql_begin(sql, NULL), PPS_E_CANCELLED);
	}
}

/* Cancelled in the middle of a bulk insert: none of it stays. */
static void bulk_cancelled(void **state)
{
	enum { N = 200000 };
	static const pps_sql_column ids[] = { { "id", PPS_SQL_INT } };
	pps_sql_value *values = calloc(N, sizeof *values);

	(void)state;
	assert_non_null(values);
	for (int i = 0; i < N; i++)
		values[i] = pps_sql_int(i);
	for (int way = 0; way < 2; way++) {
		_cleanup_(pps_sql_closep) pps_sql *after = open_one();
		_cleanup_(pps_sql_closep) pps_sql *sql = NULL;
		_cleanup_(pps_ctx_unrefp) pps_ctx *ctx = NULL;
		pthread_t thread;

		assert_int_equal(pps_ctx_new(&ctx, NULL), PPS_OK);
		assert_int_equal(open_with(ctx, (pps_sql_options){ 0 }, &sql, NULL), PPS_OK);
		assert_int_equal(pthread_create(&thread, NULL, cancel_at_once, ctx), 0);
		assert_int_equal(pps_sql_insert(sql, "t", ids, 1, values, N, way ? "ON CONFLICT DO NOTHING" : NULL, NULL, NULL),
				 PPS_E_CANCELLED);
		pthread_join(thread, NULL);
		assert_int_equal(pps_sql_in_transaction(sql), 0);
		assert_int_equal(ask(after, "SELECT count(*) FROM {t}"), 0);
	}
	free(values);
}

static void statement_times_out(void **state)
{
	_cleanup_(pps_sql_closep) pps_sql *sql = NULL;
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	pps_sql_rows *rows;
	int r;

	(void)state;
	assert_ok(open_with(world.ctx, (pps_sql_options){ .timeout_ns = PPS_NS_PER_S / 4 }, &sql, &err), err);
	assert_ok(pps_sql_begin(sql, &err), err);
	r = pps_sql_query(sql, ENDLESS, NULL, 0, &rows, &err);
	if (r == PPS_OK) {
		r = pps_sql_next(rows, &err);
		pps_sql_rows_free(rows);
	}
	assert_int_equal(r, PPS_E_TIMEOUT);
	assert_string_equal(pps_error_sqlstate(err), "57014");
	pps_sql_rollback(sql);
	assert_int_equal(ask(sql, "SELECT 7"), 7);
}

static void sqlite_files_that_are_none(void **state)
{
	static const struct {
		const char *name;
		const char *content; /* NULL: none */
		int mode;
		int code;
	} cases[] = {
		{ "missing.db", NULL, 0, PPS_E_NOTFOUND },
		{ "text.db", "this is no database, it is a text of some length that SQLite does not know. It goes on and on.", 0600,
		  PPS_E_FORMAT },
		{ "empty.db", "", 0600, PPS_OK },
	};
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	pps_sql *sql = NULL;
	char url[256];

	(void)state;
	if (world.postgres)
		return;
	for (size_t i = 0; i < PPS_COUNT(cases); i++) {
		char path[128];
		int r;

		snprintf(path, sizeof path, "%s/%s", world.folder, cases[i].name);
		snprintf(url, sizeof url, "sqlite:///%s", path);
		if (cases[i].content) {
			FILE *f = fopen(path, "we");

			fputs(cases[i].content, f);
			fclose(f);
		}
		r = pps_sql_open(world.ctx, url, NULL, &sql, &err);
		unlink(path);
		assert_int_equal(r, cases[i].code);
		if (r < 0)
			assert_non_null(strstr(pps_error_message(err), path));
		pps_error_free(TAKE_PTR(err));
		pps_sql_close(TAKE_PTR(sql));
	}
	snprintf(url, sizeof url, "sqlite:///%s", world.folder);
	assert_int_equal(pps_sql_open(world.ctx, url, NULL, &sql, &err), PPS_E_FORMAT);
	pps_error_free(TAKE_PTR(err));
	assert_int_equal(pps_sql_open(world.ctx, "sqlite:////nowhere/at/all.db", &(pps_sql_options){ .create = 1 }, &sql, &err), PPS_E_NOTFOUND);
	assert_non_null(strstr(pps_error_message(err), "the folder /nowhere/at:"));
}

static void sqlite_foreign_keys_and_journal(void **state)
{
	_cleanup_(pps_sql_closep) pps_sql *sql = open_one();
	pps_sql_rows *rows;

	(void)state;
	if (world.postgres)
		return;
	must_exec(sql, "CREATE TABLE {child} (id BIGINT REFERENCES {t} (id))");
	{
		_cleanup_(pps_error_freep) pps_error *err = NULL;

		assert_int_equal(pps_sql_exec(sql, "INSERT INTO {child} VALUES (1)", NULL, 0, NULL, &err), PPS_E_CONFLICT);
		assert_string_equal(pps_error_sqlstate(err), "23503");
	}
	assert_int_equal(pps_sql_query(sql, "PRAGMA journal_mode", NULL, 0, &rows, NULL), PPS_OK);
	assert_int_equal(pps_sql_next(rows, NULL), 1);
	assert_string_equal(pps_sql_get_text(rows, 0), "delete");
	pps_sql_rows_free(rows);
}

static void urls(void **state)
{
	static const struct {
		const char *url;
		int code;
		const char *place; /* path, or what libpq gets */
		const char *name;
	} cases[] = {
		{ "sqlite:////a/b.db", PPS_OK, "/a/b.db", "SQLite /a/b.db" },
		{ "sqlite:///a/b%20.db", PPS_OK, "a/b%20.db", "SQLite a/b%20.db" },
		{ "sqlite+pysqlite:////a.db", PPS_OK, "/a.db", "SQLite /a.db" },
		{ "sqlite://", PPS_OK, ":memory:", "SQLite :memory:" },
		{ "sqlite://host/a.db", PPS_E_CONFIG, NULL, NULL },
		{ "sqlite:///a.db?mode=ro", PPS_E_CONFIG, NULL, NULL },
		{ "postgresql+psycopg://u:p%40ss@h:5432/d?application_name=x", PPS_OK,
		  "postgresql://u:p%40ss@h:5432/d?application_name=x", "PostgreSQL h:5432/d" },
		{ "postgres://h/d", PPS_OK, "postgresql://h/d", "PostgreSQL h/d" },
		{ "postgresql://pps@project.iam@127.0.0.1/d", PPS_OK, "postgresql://pps%40project.iam@127.0.0.1/d",
		  "PostgreSQL 127.0.0.1/d" },
		{ "postgresql:///d?host=/run/pg@1", PPS_OK, "postgresql:///d?host=/run/pg@1", "PostgreSQL /d" },
		{ "mysql://h/d", PPS_E_UNSUPPORTED, NULL, NULL },
		{ "postgresql", PPS_E_CONFIG, NULL, NULL },
		{ "", PPS_E_CONFIG, NULL, NULL },
	};

	(void)state;
	for (size_t i = 0; i < PPS_COUNT(cases); i++) {
		_cleanup_url_ pps_sql_url url = { 0 };

		assert_int_equal(pps_sql_url_parse(cases[i].url, &url, NULL), cases[i].code);
		if (cases[i].code < 0)
			continue;
		assert_string_equal(url.kind == PPS_SQL_SQLITE ? url.path : url.uri, cases[i].place);
		assert_string_equal(url.name, cases[i].name);
	}
}

static void texts(void **state)
{
	static const struct {
		const char *text, *sqlite, *postgres;
	} cases[] = {
		{ "SELECT $1 FROM {t}", "SELECT ?1 FROM \"t\"", "SELECT $1 FROM \"s\".\"t\"" },
		{ "x {in $12 int}", "x IN (SELECT value FROM json_each(?12))", "x = ANY($12::bigint[])" },
		{ "x {in $1 uuid}", "x IN (SELECT value FROM json_each(?1))", "x = ANY($1::uuid[])" },
		{ "x {in $1 text}", "x IN (SELECT value FROM json_each(?1))", "x = ANY($1::text[])" },
		{ "{t by an_id $2} AS d", "(SELECT * FROM \"t\" WHERE \"an_id\" IN (SELECT value FROM json_each(?2))) AS d",
		  "(unnest($2::uuid[]) AS listed(listed_id) CROSS JOIN LATERAL (SELECT * FROM \"s\".\"t\" WHERE \"an_id\" = listed.listed_id OFFSET 0) AS found) AS d" },
		{ "{a by b by c $1}", "(SELECT * FROM \"a by b\" WHERE \"c\" IN (SELECT value FROM json_each(?1)))",
		  "(unnest($1::uuid[]) AS listed(listed_id) CROSS JOIN LATERAL (SELECT * FROM \"s\".\"a by b\" WHERE \"c\" = listed.listed_id OFFSET 0) AS found)" },
		{ "{a by b}", "\"a by b\"", "\"s\".\"a by b\"" },
		{ "'{t} $1 ''{t}' \"{t}$1\"", "'{t} $1 ''{t}' \"{t}$1\"", "'{t} $1 ''{t}' \"{t}$1\"" },
		{ "a -- {t\nb", "a -- {t\nb", "a -- {t\nb" },
		{ "{a\"b}", "\"a\"\"b\"", "\"s\".\"a\"\"b\"" },
		{ "{in $1 float}", NULL, NULL },
		{ "{in $x int}", NULL, NULL },
		{ "{t", NULL, NULL },
		{ "{}", NULL, NULL },
	};

	(void)state;
	for (size_t i = 0; i < PPS_COUNT(cases); i++)
		for (int kind = PPS_SQL_SQLITE; kind <= PPS_SQL_POSTGRES; kind++) {
			const char *expected = kind == PPS_SQL_SQLITE ? cases[i].sqlite : cases[i].postgres;
			pps_sql sql = { .url.kind = kind, .schema = (char *)"s" };
			_cleanup_buf_ pps_buf b = PPS_BUF_SQL;

			assert_int_equal(pps_sql_expand(&sql, cases[i].text, &b, NULL), expected ? PPS_OK : PPS_E_INTERNAL);
			if (expected)
				assert_string_equal(pps_buf_text(&b), expected);
		}
}

static void error_codes(void **state)
{
	static const struct {
		const char *sqlstate;
		int code;
		int transient;
	} states[] = {
		{ "08006", PPS_E_UNAVAILABLE, 0 }, { "57P01", PPS_E_UNAVAILABLE, 0 }, { "57014", PPS_E_TIMEOUT, 0 },
		{ "40001", PPS_E_UNAVAILABLE, 1 }, { "40P01", PPS_E_UNAVAILABLE, 1 }, { "55P03", PPS_E_UNAVAILABLE, 1 },
		{ "23505", PPS_E_CONFLICT, 0 },    { "23503", PPS_E_CONFLICT, 0 },    { "28P01", PPS_E_ACCESS, 0 },
		{ "42501", PPS_E_ACCESS, 0 },      { "25006", PPS_E_ACCESS, 0 },      { "3D000", PPS_E_NOTFOUND, 0 },
		{ "42P01", PPS_E_NOTFOUND, 0 },    { "42601", PPS_E_INTERNAL, 0 },    { "53100", PPS_E_NOSPACE, 0 },
		{ "53300", PPS_E_UNAVAILABLE, 0 }, { "22003", PPS_E_FORMAT, 0 },      { "0A000", PPS_E_UNSUPPORTED, 0 },
		{ "58030", PPS_E_IO, 0 },          { "XX000", PPS_E_FAILED, 0 },      { "25P02", PPS_E_FAILED, 0 },
	};
	static const struct {
		int extended;
		int code;
		const char *sqlstate;
	} results[] = {
		{ SQLITE_BUSY, PPS_E_UNAVAILABLE, "55P03" },
		{ SQLITE_BUSY_SNAPSHOT, PPS_E_UNAVAILABLE, "55P03" },
		{ SQLITE_CONSTRAINT_UNIQUE, PPS_E_CONFLICT, "23505" },
		{ SQLITE_CONSTRAINT_PRIMARYKEY, PPS_E_CONFLICT, "23505" },
		{ SQLITE_CONSTRAINT_FOREIGNKEY, PPS_E_CONFLICT, "23503" },
		{ SQLITE_CONSTRAINT_NOTNULL, PPS_E_CONFLICT, "23502" },
		{ SQLITE_READONLY_DIRECTORY, PPS_E_ACCESS, "25006" },
		{ SQLITE_CANTOPEN, PPS_E_ACCESS, "" },
		{ SQLITE_NOTADB, PPS_E_FORMAT, "" },
		{ SQLITE_CORRUPT_VTAB, PPS_E_FORMAT, "" },
		{ SQLITE_FULL, PPS_E_NOSPACE, "53100" },
		{ SQLITE_IOERR_READ, PPS_E_IO, "" },
		{ SQLITE_IOERR_NOMEM, PPS_E_NOMEM, "" },
		{ SQLITE_INTERRUPT, PPS_E_TIMEOUT, "57014" },
		{ SQLITE_ERROR, PPS_E_FAILED, "" },
	};

	(void)state;
	for (size_t i = 0; i < PPS_COUNT(states); i++) {
		assert_int_equal(pps_sql_code_of_sqlstate(states[i].sqlstate), states[i].code);
		assert_int_equal(pps_sql_sqlstate_is_transient(states[i].sqlstate), states[i].transient);
	}
	for (size_t i = 0; i < PPS_COUNT(results); i++) {
		assert_int_equal(pps_sql_code_of_sqlite(results[i].extended), results[i].code);
		assert_string_equal(pps_sql_sqlstate_of_sqlite(results[i].extended), results[i].sqlstate);
	}
}

/* docs/errors.md says for each SQLSTATE or class what the code does. */
static void error_codes_are_documented(void **state)
{
	FILE *f = fopen(DOCS "/errors.md", "re");
	char line[512], code[32], name[8], seen[64][8];
	size_t n = 0;

	(void)state;
	assert_non_null(f);
	while (fgets(line, sizeof line, f)) {
		if (sscanf(line, "| `%7[0-9A-Z]` | `%31[A-Z_]` |", name, code) != 2)
			continue;
		assert_string_equal(pps_error_code_name(pps_sql_code_of_sqlstate(name)), code);
		assert_true(n < PPS_COUNT(seen));
		memcpy(seen[n++], name, sizeof name);
	}
	fclose(f);
	for (size_t i = 0; pps_sql_known_state(i); i++) {
		size_t at = 0;

		while (at < n && strcmp(seen[at], pps_sql_known_state(i)) != 0)
			at++;
		if (at == n)
			fail_msg("docs/errors.md: SQLSTATE %s is missing", pps_sql_known_state(i));
	}
}

static void unreachable_servers(void **state)
{
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	pps_sql *sql = NULL;

	(void)state;
	assert_int_equal(pps_sql_open(world.ctx, "postgresql://pps:secret@127.0.0.1:1/d", NULL, &sql, &err), PPS_E_UNAVAILABLE);
	assert_non_null(strstr(pps_error_message(err), "127.0.0.1:1/d"));
	assert_null(strstr(pps_error_message(err), "secret"));
	pps_error_free(TAKE_PTR(err));
	assert_int_equal(pps_sql_open(world.ctx, "postgresql://pps:secret@[::1/d", NULL, &sql, &err), PPS_E_CONFIG);
	assert_null(strstr(pps_error_message(err), "secret"));
	pps_error_free(TAKE_PTR(err));
	assert_int_equal(pps_sql_open(world.ctx, "postgresql://pps:secret@h/d?nonsense=1", NULL, &sql, &err), PPS_E_CONFIG);
	assert_non_null(strstr(pps_error_message(err), "nonsense"));
	assert_null(strstr(pps_error_message(err), "secret"));
}

static void refused_by_the_server(void **state)
{
	static const struct {
		const char *user, *query, *sqlstate;
		int code;
	} cases[] = {
		{ "nobody_at_all", "", "28000", PPS_E_ACCESS },
		{ NULL, "dbname=no_such_database", "3D000", PPS_E_NOTFOUND },
		{ NULL, "sslmode=perhaps", "", PPS_E_CONFIG },
		{ NULL, "options=-cno_such_setting%3D1", "42704", PPS_E_CONFIG },
	};

	(void)state;
	if (!world.postgres)
		return;
	for (size_t i = 0; i < PPS_COUNT(cases); i++) {
		_cleanup_(pps_error_freep) pps_error *err = NULL;
		pps_sql_options o = { .user = cases[i].user };
		pps_sql *sql = NULL;
		char url[600];

		snprintf(url, sizeof url, "%s%c%s", world.postgres, strchr(world.postgres, '?') ? '&' : '?', cases[i].query);
		assert_int_equal(pps_sql_open(world.ctx, url, &o, &sql, &err), cases[i].code);
		assert_string_equal(pps_error_sqlstate(err), cases[i].sqlstate);
		assert_null(strstr(pps_error_message(err), "LOCATION"));
	}
}

/* The database grows to its limit in mid-transaction: nothing of it stays, and what is done next works. */
static void sqlite_full(void **state)
{
	_cleanup_(pps_sql_closep) pps_sql *sql = NULL;
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	_cleanup_free_ char *big = calloc(1, 3000001);
	pps_sql_value param;

	(void)state;
	if (world.postgres)
		return;
	sql = open_one();
	assert_non_null(big);
	memset(big, 'x', 3000000);
	param = pps_sql_text(big);
	assert_int_equal(ask(sql, "PRAGMA max_page_count = 100"), 100);
	assert_ok(pps_sql_begin(sql, &err), err);
	insert_rows(sql, 0, 3, NULL, 3);
	assert_int_equal(pps_sql_exec(sql, "INSERT INTO {t} (id, name) VALUES (99, $1)", &param, 1, NULL, &err), PPS_E_NOSPACE);
	assert_string_equal(pps_error_sqlstate(err), "53100");
	pps_sql_rollback(sql);
	assert_int_equal(ask(sql, "SELECT count(*) FROM {t}"), 0);
	insert_rows(sql, 0, 3, NULL, 3);
}

/* While another process holds the whole file, it can be neither opened nor read; that is no damage. */
static void sqlite_locked_whole(void **state)
{
	_cleanup_(pps_sql_closep) pps_sql *sql = NULL;
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	pps_sql_options o = { .lock_timeout_ns = PPS_NS_PER_S / 10 };
	sqlite3 *other;

	(void)state;
	if (world.postgres)
		return;
	assert_int_equal(sqlite3_open(world.url + strlen("sqlite:///"), &other), SQLITE_OK);
	assert_int_equal(sqlite3_exec(other, "BEGIN EXCLUSIVE", NULL, NULL, NULL), SQLITE_OK);
	assert_int_equal(pps_sql_open(world.ctx, world.url, &o, &sql, &err), PPS_E_UNAVAILABLE);
	assert_non_null(strstr(pps_error_message(err), "locked"));
	assert_int_equal(pps_error_is_retriable(err), 1);
	sqlite3_close(other);
	assert_int_equal(pps_sql_open(world.ctx, world.url, &o, &sql, NULL), PPS_OK);
}

/* The server ends our connection in mid-transaction: the whole of it runs again on a new one. */
static int broken_once(pps_sql *sql, void *user, pps_error **err)
{
	int *attempt = user, r;

	if ((r = pps_sql_exec(sql, "INSERT INTO {t} (id) VALUES (1)", NULL, 0, NULL, err)) < 0)
		return r;
	if ((*attempt)++ == 0)
		return pps_sql_exec(sql, "SELECT pg_terminate_backend(pg_backend_pid())", NULL, 0, NULL, err);
	return PPS_OK;
}

/* The server ends that of @sql. */
static void end_connection(pps_sql *other, pps_sql *sql)
{
	char text[64];

	snprintf(text, sizeof text, "SELECT count(pg_terminate_backend(%" PRId64 "))", ask(sql, "SELECT pg_backend_pid()"));
	assert_int_equal(ask(other, text), 1);
}

static void connection_lost(void **state)
{
	_cleanup_(pps_sql_closep) pps_sql *other = NULL;
	_cleanup_(pps_sql_closep) pps_sql *sql = NULL;
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	int attempt = 0;

	(void)state;
	if (!world.postgres)
		return;
	other = open_one();
	sql = open_one();
	assert_ok(pps_sql_transact(sql, 3, broken_once, &attempt, &err), err);
	assert_int_equal(attempt, 2);
	assert_int_equal(ask(sql, "SELECT count(*) FROM {t}"), 1);
	/* while nothing was under way: the first attempt finds it out */
	must_exec(sql, "DELETE FROM {t}");
	end_connection(other, sql);
	assert_ok(pps_sql_transact(sql, 2, broken_once, &attempt, &err), err);
	assert_int_equal(attempt, 3);
	assert_int_equal(ask(sql, "SELECT count(*) FROM {t}"), 1);
	/* who goes on without a transaction is refused until it is rolled back */
	end_connection(other, sql);
	assert_ok(pps_sql_begin(sql, &err), err);
	assert_int_equal(pps_sql_exec(sql, "DELETE FROM {t}", NULL, 0, NULL, NULL), PPS_E_UNAVAILABLE);
	assert_int_equal(pps_sql_exec(sql, "DELETE FROM {t}", NULL, 0, NULL, NULL), PPS_E_UNAVAILABLE);
	pps_sql_rollback(sql);
	assert_int_equal(ask(sql, "SELECT count(*) FROM {t}"), 1);
	/* between statements: the first one finds it out, the next one is on a new connection */
	assert_ok(pps_sql_begin(sql, &err), err);
	end_connection(other, sql);
	assert_int_equal(pps_sql_exec(sql, "DELETE FROM {t}", NULL, 0, NULL, &err), PPS_E_UNAVAILABLE);
	assert_int_equal(pps_sql_exec(sql, "DELETE FROM {t}", NULL, 0, NULL, NULL), PPS_E_UNAVAILABLE);
	pps_sql_rollback(sql);
	assert_int_equal(ask(sql, "SELECT count(*) FROM {t}"), 1);
}

/* Two transactions that lock two rows in opposite order: one is chosen, runs again, and both are done. */
typedef struct crossing {
	pps_sql *sql;
	const char *first, *second;
	pthread_barrier_t *barrier;
	int attempts;
	int result;
} crossing;

static int cross(pps_sql *sql, void *user, pps_error **err)
{
	crossing *c = user;
	int r;

	if ((r = pps_sql_exec(sql, c->first, NULL, 0, NULL, err)) < 0)
		return r;
	if (c->attempts++ == 0)
		pthread_barrier_wait(c->barrier);
	return pps_sql_exec(sql, c->second, NULL, 0, NULL, err);
}

static void *cross_thread(void *user)
{
	crossing *c = user;

	c->result = pps_sql_transact(c->sql, 5, cross, c, NULL);
	return NULL;
}

static void deadlock_runs_again(void **state)
{
	static const char one[] = "UPDATE {t} SET small = small + 1 WHERE id = 1", two[] = "UPDATE {t} SET small = small + 1 WHERE id = 2";
	pthread_barrier_t barrier;
	pthread_t thread;
	crossing a = { .first = one, .second = two, .barrier = &barrier }, b = { .first = two, .second = one, .barrier = &barrier };

	(void)state;
	if (!world.postgres)
		return;
	a.sql = open_one();
	b.sql = open_one();
	insert_rows(a.sql, 1, 2, NULL, 2);
	must_exec(a.sql, "UPDATE {t} SET small = 0");
	pthread_barrier_init(&barrier, NULL, 2);
	assert_int_equal(pthread_create(&thread, NULL, cross_thread, &b), 0);
	cross_thread(&a);
	pthread_join(thread, NULL);
	assert_int_equal(a.result, PPS_OK);
	assert_int_equal(b.result, PPS_OK);
	assert_int_equal(a.attempts + b.attempts, 3);
	assert_int_equal(ask(a.sql, "SELECT sum(small)::bigint FROM {t}"), 4);
	pthread_barrier_destroy(&barrier);
	pps_sql_close(a.sql);
	pps_sql_close(b.sql);
}

static int64_t rows_counted(pps_sql *sql)
{
	return ask(sql, "SELECT reltuples::bigint FROM pg_class WHERE oid = (SELECT tableoid FROM {t} LIMIT 1)");
}

/* PostgreSQL tells other sessions of changes, and us, within seconds. */
static void grown_tables_are_counted(void **state)
{
	_cleanup_(pps_sql_closep) pps_sql *sql = open_one();
	int64_t rows = -1;

	(void)state;
	pps_sql_count_grown(sql);
	if (!world.postgres)
		return;
	ask(sql, "INSERT INTO {t} (id) SELECT i FROM generate_series(1, 1000) i RETURNING 1");
	must_exec(sql, "CREATE TABLE {other} AS SELECT i FROM generate_series(1, 70) i");
	for (int i = 0; i < 100 && rows < 0; i++) {
		usleep(200000);
		pps_sql_count_grown(sql);
		rows = rows_counted(sql);
	}
	assert_int_equal(rows, 1000);
	assert_int_equal(ask(sql, "SELECT reltuples::bigint FROM pg_class WHERE oid = (SELECT tableoid FROM {other} LIMIT 1)"), 70);
	/* once, and not for every row more */
	ask(sql, "INSERT INTO {t} (id) VALUES (2000) RETURNING 1");
	sleep(2);
	pps_sql_count_grown(sql);
	assert_int_equal(rows_counted(sql), 1000);
}

/* The server stops while rows are on their way. */
static void connection_lost_in_mid_query(void **state)
{
	_cleanup_(pps_sql_closep) pps_sql *other = NULL;
	_cleanup_(pps_sql_closep) pps_sql *sql = NULL;
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	pps_sql_rows *rows;
	int r;

	(void)state;
	if (!world.postgres)
		return;
	other = open_one();
	sql = open_one();
	assert_ok(pps_sql_query(sql, "SELECT i, repeat('x', 1000) FROM generate_series(1, 2000000) i", NULL, 0, &rows, &err), err);
	assert_int_equal(pps_sql_next(rows, &err), 1);
	ask(other, "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND "
	    "datname = current_database() AND query LIKE '%generate_series(1, 2000000)%'");
	while ((r = pps_sql_next(rows, &err)) == 1)
		;
	assert_int_equal(r, PPS_E_UNAVAILABLE);
	assert_true(pps_sql_next(rows, NULL) < 0);
	pps_sql_rows_free(rows);
	assert_int_equal(ask(sql, "SELECT 7"), 7);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(urls),
		cmocka_unit_test(texts),
		cmocka_unit_test(error_codes),
		cmocka_unit_test(error_codes_are_documented),
		cmocka_unit_test(unreachable_servers),
		cmocka_unit_test(refused_by_the_server),
		cmocka_unit_test_setup_teardown(sqlite_full, setup, teardown),
		cmocka_unit_test_setup_teardown(sqlite_locked_whole, setup, teardown),
		cmocka_unit_test(sqlite_files_that_are_none),
		cmocka_unit_test_setup_teardown(bulk_round_trip, setup, teardown),
		cmocka_unit_test_setup_teardown(bulk_conflicts, setup, teardown),
		cmocka_unit_test_setup_teardown(bulk_odd_values, setup, teardown),
		cmocka_unit_test_setup_teardown(parameters_of_every_kind, setup, teardown),
		cmocka_unit_test_setup_teardown(exec_counts, setup, teardown),
		cmocka_unit_test_setup_teardown(schema_is_told, setup, teardown),
		cmocka_unit_test_setup_teardown(transactions_are_undone, setup, teardown),
		cmocka_unit_test_setup_teardown(one_query_at_a_time, setup, teardown),
		cmocka_unit_test_setup_teardown(reading_only, setup, teardown),
		cmocka_unit_test_setup_teardown(statement_fails_at_every_point, setup, teardown),
		cmocka_unit_test_setup_teardown(attempts_end, setup, teardown),
		cmocka_unit_test_setup_teardown(begins_with_the_first_statement, setup, teardown),
		cmocka_unit_test_setup_teardown(begins_with_a_query, setup, teardown),
		cmocka_unit_test_setup_teardown(lock_times_out, setup, teardown),
		cmocka_unit_test_setup_teardown(cancelled_while_waiting, setup, teardown),
		cmocka_unit_test_setup_teardown(bulk_cancelled, setup, teardown),
		cmocka_unit_test_setup_teardown(statement_times_out, setup, teardown),
		cmocka_unit_test_setup_teardown(sqlite_foreign_keys_and_journal, setup, teardown),
		cmocka_unit_test_setup_teardown(connection_lost, setup, teardown),
		cmocka_unit_test_setup_teardown(deadlock_runs_again, setup, teardown),
		cmocka_unit_test_setup_teardown(grown_tables_are_counted, setup, teardown),
		cmocka_unit_test_setup_teardown(connection_lost_in_mid_query, setup, teardown),
	};

	return cmocka_run_group_tests(tests, group_setup, group_teardown);
}
