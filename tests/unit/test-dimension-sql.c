/* SPDX-License-Identifier: BSD-3-Clause */
/* Dimension records in SQLite databases shaped like a Butler's. */
#include "vectors.h"

#include <unistd.h>

#include "dimensions/dimension-sql.h"

typedef struct repository {
	pps_sql *sql;
	pps_universe *universe;
} repository;

static pps_ctx *ctx;
static char folder[] = "/tmp/test-dimension-sql.XXXXXX";
static int made;

/* ---- repositories ---- */

static void add_columns(pps_buf *b, const pps_element *e)
{
	static const char *const types[] = { "BIGINT", "FLOAT", "TEXT", "BOOLEAN", "TEXT", "TEXT" };

	for (size_t i = 0; i < e->ncolumns; i++) {
		const pps_column *c = &e->columns[i];

		if (c->type == PPS_COLUMN_SPAN)
			pps_buf_add_text(b, "timespan_begin BIGINT, timespan_end BIGINT, ");
		else
			pps_buf_printf(b, "\"%s\" %s%s, ", c->name, types[c->type],
				       c->nullable ? "" : " NOT NULL");
	}
	for (size_t i = 0; i < e->nalternate; i++) {
		pps_buf_add_text(b, "UNIQUE (");
		for (size_t k = 0; k + 1 < e->nrequired; k++)
			pps_buf_printf(b, "\"%s\", ", e->columns[k].name);
		pps_buf_printf(b, "\"%s\"), ", e->columns[e->nrequired + e->nimplied + i].name);
	}
	for (size_t i = 0; i < e->nimplied; i++)
		if (e->implied[i]->has_table)
			pps_buf_printf(b, "FOREIGN KEY (instrument, \"%s\") REFERENCES \"%s\", ",
				       e->implied[i]->name, e->implied[i]->name);
}

static void add_table(pps_buf *b, const pps_element *e)
{
	pps_buf_printf(b, "CREATE TABLE \"%s\" (", e->name);
	add_columns(b, e);
	pps_buf_add_text(b, "PRIMARY KEY (");
	for (size_t i = 0; i < e->nrequired; i++)
		pps_buf_printf(b, "%s\"%s\"", i ? ", " : "", e->columns[i].name);
	pps_buf_add_text(b, "));\n");
	if (!e->is_spatial)
		return;
	pps_buf_printf(b,
		       "CREATE TABLE %s_skypix_overlap_summary (skypix_system TEXT, skypix_level INT, "
		       "%s TEXT, PRIMARY KEY (skypix_system, skypix_level, %s));\n",
		       e->name, e->governor->name, e->governor->name);
	pps_buf_printf(b, "CREATE TABLE %s_skypix_overlap (skypix_system TEXT, skypix_level INT, ", e->name);
	for (size_t i = 0; i < e->nrequired; i++)
		pps_buf_printf(b, "\"%s\" %s, ", e->required[i]->name, i ? "BIGINT" : "TEXT");
	pps_buf_add_text(b, "skypix_index BIGINT, PRIMARY KEY (skypix_system, skypix_level, ");
	for (size_t i = 0; i < e->nrequired; i++)
		pps_buf_printf(b, "\"%s\", ", e->required[i]->name);
	pps_buf_printf(b,
		       "skypix_index), FOREIGN KEY (skypix_system, skypix_level, %s) "
		       "REFERENCES %s_skypix_overlap_summary);\n",
		       e->governor->name, e->name);
}

static void exec(pps_sql *sql, const char *text)
{
	_cleanup_(pps_error_freep) pps_error *err = NULL;

	assert_ok(pps_sql_script(sql, text, &err), err);
}

static void make(repository *r, int version)
{
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	_cleanup_(pps_universe_unrefp) pps_universe *u = NULL;
	_cleanup_buf_ pps_buf b = PPS_BUF(1 << 20);
	pps_sql_options options = { .create = 1 };
	char url[128], vector[32];
	size_t size;

	snprintf(vector, sizeof(vector), "universe-%d.json", version);
	_cleanup_free_ char *json = vector_read(vector, &size);
	pps_sql_value value = pps_sql_text(json);
	snprintf(url, sizeof(url), "sqlite:///%s/%d.sqlite3", folder, made++);
	assert_ok(pps_sql_open(ctx, url, &options, &r->sql, &err), err);
	assert_ok(pps_universe_parse(json, size, &u, &err), err);
	for (size_t i = 0; i < pps_universe_size(u); i++)
		if (pps_universe_at(u, i)->has_table)
			add_table(&b, pps_universe_at(u, i));
	pps_buf_add_text(&b, "CREATE TABLE butler_attributes (name TEXT PRIMARY KEY, value TEXT)");
	exec(r->sql, pps_buf_text(&b));
	assert_ok(pps_sql_exec(r->sql, "INSERT INTO butler_attributes VALUES ('config:dimensions.json', $1)",
			       &value, 1, NULL, &err), err);
	assert_ok(pps_dimension_universe(r->sql, &r->universe, &err), err);
}

static void drop(repository *r)
{
	pps_sql_close(r->sql);
	pps_universe_unref(r->universe);
}

static int set_up(void **state)
{
	(void)state;
	return !mkdtemp(folder) || pps_ctx_new(&ctx, NULL) < 0;
}

static int tear_down(void **state)
{
	char path[128];

	(void)state;
	pps_ctx_unref(ctx);
	for (int i = 0; i < made; i++) {
		snprintf(path, sizeof(path), "%s/%d.sqlite3", folder, i);
		unlink(path);
	}
	return rmdir(folder);
}

/* The records of the real Butler's export. */
static pps_dimensions *vector_records(void)
{
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	pps_dimensions *d = NULL;
	size_t size;
	_cleanup_free_ char *text = vector_read("dimensions.yaml", &size);

	assert_ok(pps_dimensions_import(ctx, "dimensions.yaml", text, size, NULL, &d, &err), err);
	return d;
}

static void fill(repository *r)
{
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	_cleanup_(pps_dimensions_freep) pps_dimensions *d = vector_records();

	assert_ok(pps_dimension_insert(r->sql, r->universe, d, NULL, NULL, &err), err);
}

static pps_dimensions *read_all(const repository *r)
{
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	pps_dimensions *d = NULL;

	assert_ok(pps_dimensions_new_in(ctx, r->universe, &d, &err), err);
	for (size_t i = 0; i < pps_universe_size(r->universe); i++)
		if (pps_universe_at(r->universe, i)->has_table)
			assert_ok(pps_dimension_read(r->sql, d, pps_universe_at(r->universe, i)->name, NULL,
						     NULL, 0, &err), err);
	return d;
}

static int64_t count(pps_sql *sql, const char *text)
{
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	_cleanup_(pps_sql_rows_freep) pps_sql_rows *rows = NULL;

	assert_ok(pps_sql_query(sql, text, NULL, 0, &rows, &err), err);
	assert_int_equal(pps_sql_next(rows, &err), 1);
	return pps_sql_get_int(rows, 0);
}

static int to_buffer(const void *bytes, size_t size, void *user, pps_error **err)
{
	pps_buf_add(user, bytes, size);
	return pps_buf_check(user, "test", err);
}

/* ---- tests ---- */

static void inserts_once_and_reads_back(void **state)
{
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	_cleanup_(drop) repository r = { 0 };
	_cleanup_(pps_dimensions_freep) pps_dimensions *d = vector_records(), *back = NULL;
	_cleanup_buf_ pps_buf b = PPS_BUF(1 << 22);
	int64_t n = -1;
	size_t size;
	_cleanup_free_ char *text = vector_read("dimensions.yaml", &size);

	(void)state;
	make(&r, 8);
	assert_ok(pps_dimension_check_tables(r.sql, r.universe, NULL, &err), err);
	assert_ok(pps_dimension_insert(r.sql, r.universe, d, NULL, &n, &err), err);
	assert_int_equal(n, pps_dimensions_count(d, NULL));
	assert_true(count(r.sql, "SELECT count(*) FROM visit_skypix_overlap") > 0);
	assert_int_equal(count(r.sql,
			       "SELECT count(*) FROM visit_skypix_overlap_summary WHERE skypix_level = 7"),
				       1);
	assert_int_equal(count(r.sql, "SELECT count(*) FROM patch_skypix_overlap_summary"), 1);
	assert_ok(pps_dimension_insert(r.sql, r.universe, d, NULL, &n, &err), err);
	assert_int_equal(n, 0);
	back = read_all(&r);
	assert_ok(pps_dimensions_export(back, to_buffer, &b, &err), err);
	assert_string_equal(pps_buf_text(&b), text);
}

static void copies_overlaps_from_the_source(void **state)
{
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	_cleanup_(drop) repository from = { 0 }, to = { 0 };
	_cleanup_(pps_dimensions_freep) pps_dimensions *d = NULL;

	(void)state;
	make(&from, 7);
	make(&to, 8);
	fill(&from);
	/* a pixel that no region would give shows that rows are copied, not computed */
	exec(from.sql,
	     "UPDATE tract_skypix_overlap SET skypix_index = 42 WHERE rowid = (SELECT min(rowid) FROM "
		       "tract_skypix_overlap)");
	d = read_all(&from);
	assert_ok(pps_dimension_insert(to.sql, to.universe, d, from.sql, NULL, &err), err);
	assert_int_equal(count(to.sql, "SELECT count(*) FROM tract_skypix_overlap WHERE skypix_index = 42"),
			 1);
	assert_int_equal(count(to.sql, "SELECT count(*) FROM visit_detector_region_skypix_overlap"),
			 count(from.sql, "SELECT count(*) FROM visit_detector_region_skypix_overlap"));
	assert_int_equal(count(to.sql, "SELECT count(*) FROM tract_skypix_overlap"),
			 count(from.sql, "SELECT count(*) FROM tract_skypix_overlap"));
	/* a source without them: computed */
	exec(from.sql, "DELETE FROM tract_skypix_overlap");
	exec(to.sql, "DELETE FROM tract_skypix_overlap;\nDELETE FROM patch;\nDELETE FROM tract");
	assert_ok(pps_dimension_insert(to.sql, to.universe, d, from.sql, NULL, &err), err);
	assert_true(count(to.sql, "SELECT count(*) FROM tract_skypix_overlap") > 0);
}

static void reads_by_key(void **state)
{
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	_cleanup_(drop) repository r = { 0 };
	_cleanup_(pps_dimensions_freep) pps_dimensions *d = NULL;
	pps_cell keys[] = { { .s = "LSSTCam" }, { .i = 2025120200003 }, { .s = "LSSTCam" },
			   { .i = 2025120200001 },
			    { .s = "LATISS" },	{ .i = 2025120200002 }, { .s = "LSSTCam" }, { .i = 5 } };
	size_t found = 99;

	(void)state;
	make(&r, 8);
	fill(&r);
	assert_ok(pps_dimensions_new_in(ctx, r.universe, &d, &err), err);
	assert_ok(pps_dimension_read_keys(r.sql, d, "exposure", keys, 4, &found, &err), err);
	assert_int_equal(found, 2);
	assert_int_equal(pps_dimensions_count(d, "exposure"), 2);
	assert_int_equal(pps_dimensions_get_int(d, "exposure", 0, "id"), 2025120200001);
	assert_int_equal(pps_dimensions_get_int(d, "exposure", 1, "id"), 2025120200003);
	assert_ok(pps_dimension_read_keys(r.sql, d, "exposure", keys, 0, &found, &err), err);
	assert_int_equal(found, 0);
	assert_int_equal(pps_dimension_read_keys(r.sql, d, "band", keys, 1, &found, &err), PPS_E_NOTFOUND);
}

static int note(void *user, int kind, const pps_element *element, const char *key, const char *column,
		pps_error **err)
{
	pps_buf_printf(user, "%d %s %s %s\n", kind, element->name, key, column ? column : "-");
	return pps_buf_check(user, "test", err);
}

static void compares_content(void **state)
{
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	_cleanup_(drop) repository r = { 0 };
	_cleanup_(pps_dimensions_freep) pps_dimensions *d = vector_records();
	_cleanup_buf_ pps_buf b = PPS_BUF(1 << 16);
	int64_t n = -1;

	(void)state;
	make(&r, 8);
	fill(&r);
	assert_ok(pps_dimension_compare(r.sql, r.universe, d, note, &b, &n, &err), err);
	assert_int_equal(n, 0);
	exec(r.sql, "UPDATE exposure SET dark_time = 7 WHERE id = 2025120200002;\n"
		    "UPDATE exposure SET timespan_end = timespan_end + 1 WHERE id = 2025120200002;\n"
		    "UPDATE day_obs SET timespan_begin = NULL, timespan_end = NULL;\n"
		    "DELETE FROM visit_system_membership;\n"
		    "DELETE FROM visit_skypix_overlap WHERE rowid = (SELECT max(rowid) FROM visit_skypix_overlap);\n"
		    "INSERT INTO tract_skypix_overlap SELECT 'htm', 7, skymap, id, 42 FROM tract;\n"
		    "DELETE FROM patch_skypix_overlap WHERE patch = 1;\nDELETE FROM patch WHERE id = 1");
	assert_ok(pps_dimension_compare(r.sql, r.universe, d, note, &b, &n, &err), err);
	assert_non_null(strstr(b.at, "2 exposure instrument=LSSTCam, exposure=2025120200002 dark_time\n"));
	assert_null(strstr(b.at, "exposure=2025120200002 timespan")); /* the first that differs */
	assert_non_null(strstr(b.at, "2 day_obs instrument=LSSTCam, day_obs=2025120"));
	assert_non_null(strstr(b.at, "1 visit_system_membership instrument=LSSTCam, visit_system="));
	assert_non_null(strstr(b.at, "3 visit instrument=LSSTCam, visit=20251202"));
	assert_null(strstr(b.at, " tract skymap")); /* more pixels do no harm */
	assert_non_null(strstr(b.at, "1 patch skymap=lsst_cells_v1, tract=1, patch=1 -\n"));
	assert_null(strstr(b.at, "3 patch")); /* what is missing is not said twice */
}

static void names_what_is_in_the_way(void **state)
{
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	_cleanup_(drop) repository r = { 0 };
	_cleanup_(pps_dimensions_freep) pps_dimensions *d = vector_records();

	(void)state;
	make(&r, 8);
	fill(&r);
	exec(r.sql, "PRAGMA foreign_keys=OFF;\nUPDATE exposure SET id = 5 WHERE id = 2025120200002");
	assert_int_equal(pps_dimension_insert(r.sql, r.universe, d, NULL, NULL, &err), PPS_E_CONFLICT);
	if (!strstr(pps_error_message(err), "obs_id") ||
	    !strstr(pps_error_message(err), "here it is instrument=LSSTCam, exposure=2025120200002, there 5"))
		fail_msg("%s", pps_error_message(err));
}

static void needs_what_records_refer_to(void **state)
{
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	_cleanup_(drop) repository r = { 0 };
	_cleanup_(pps_dimensions_freep) pps_dimensions *d = NULL, *all = vector_records();
	pps_cell cells[PPS_COLUMNS_MAX];

	(void)state;
	make(&r, 8);
	assert_ok(pps_dimensions_new_in(ctx, r.universe, &d, &err), err);
	for (size_t i = 0; i < (size_t)pps_dimensions_columns(d, "exposure"); i++)
		cells[i] = pps_records_get(pps_dimensions_records(all, "exposure"), 0, i);
	assert_ok(pps_records_add(pps_dimensions_records(d, "exposure"), cells, NULL, &err), err);
	assert_int_equal(pps_dimension_insert(r.sql, r.universe, d, NULL, NULL, &err), PPS_E_CONFLICT);
	if (!strstr(pps_error_message(err),
		    "insert records of exposure from instrument=LSSTCam, exposure=2025120200001"))
		fail_msg("%s", pps_error_message(err));
	assert_int_equal(count(r.sql, "SELECT count(*) FROM exposure"), 0);
}

static void refuses_other_shapes(void **state)
{
	static const struct {
		const char *change, *message;
	} cases[] = {
		{ "ALTER TABLE visit ADD COLUMN seeing FLOAT", "table visit has other columns" },
		{ "ALTER TABLE exposure RENAME COLUMN can_see_sky TO sees_sky",
		 "no column exposure.can_see_sky" },
		{ "ALTER TABLE exposure RENAME COLUMN timespan_end TO timespan_stop",
		 "no column exposure.timespan_end" },
		{ "ALTER TABLE patch_skypix_overlap ADD COLUMN x INT",
		 "table patch_skypix_overlap has other columns" },
		{ "DROP TABLE tract_skypix_overlap_summary",
		 "no column tract_skypix_overlap_summary.skypix_system" }, };

	(void)state;
	for (size_t i = 0; i < PPS_COUNT(cases); i++) {
		_cleanup_(pps_error_freep) pps_error *err = NULL;
		_cleanup_(drop) repository r = { 0 };

		make(&r, 8);
		exec(r.sql, "PRAGMA foreign_keys=OFF");
		exec(r.sql, cases[i].change);
		assert_int_equal(pps_dimension_check_tables(r.sql, r.universe, NULL, &err), PPS_E_UNSUPPORTED);
		if (!strstr(pps_error_message(err), cases[i].message))
			fail_msg("%s", pps_error_message(err));
	}
}

static void refuses_what_the_target_does_not_know(void **state)
{
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	_cleanup_(drop) repository r = { 0 };
	_cleanup_(pps_dimensions_freep) pps_dimensions *d = vector_records();

	(void)state;
	make(&r, 7);
	assert_ok(pps_records_add(pps_dimensions_records(d, "ssp_hypothesis_table"),
				  (pps_cell[]){ { .s = "x" } }, NULL, &err), err);
	assert_int_equal(pps_dimension_insert(r.sql, r.universe, d, NULL, NULL, &err), PPS_E_UNSUPPORTED);
	assert_string_equal(pps_error_message(err),
			    "element ssp_hypothesis_table is not in the target's dimension universe 7");
	assert_int_equal(count(r.sql, "SELECT count(*) FROM instrument"), 0);
}

/* Universe 8 with one more column in visit_system: a universe of the future that calls itself 8. */
static pps_universe *stretched(void)
{
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	_cleanup_buf_ pps_buf b = PPS_BUF(1 << 16);
	pps_universe *u = NULL;
	size_t size;
	_cleanup_free_ char *json = vector_read("universe-8.json", &size);
	char *at = strstr(json, "\"visit_system\": {");

	assert_non_null(at);
	at += strlen("\"visit_system\": {");
	pps_buf_add(&b, json, (size_t)(at - json));
	pps_buf_add_text(&b, "\"metadata\": [{\"name\": \"purpose\", \"type\": \"string\"}], ");
	pps_buf_add_text(&b, at);
	assert_ok(pps_universe_parse(b.at, b.size, &u, &err), err);
	return u;
}

static void refuses_columns_that_the_target_does_not_know(void **state)
{
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	_cleanup_(drop) repository r = { 0 };
	_cleanup_(pps_universe_unrefp) pps_universe *u = stretched();
	_cleanup_(pps_dimensions_freep) pps_dimensions *d = NULL;
	pps_cell cells[] = { { .s = "LSSTCam" }, { .i = 1 }, { .s = "name" }, { .s = "more" } };

	(void)state;
	make(&r, 8);
	assert_ok(pps_dimensions_new_in(ctx, u, &d, &err), err);
	assert_ok(pps_records_add(pps_dimensions_records(d, "visit_system"), cells, NULL, &err), err);
	assert_int_equal(pps_dimension_insert(r.sql, r.universe, d, NULL, NULL, &err), PPS_E_UNSUPPORTED);
	assert_string_equal(pps_error_message(err),
			    "column visit_system.purpose is not in the target's dimension universe 8");
	pps_error_free(TAKE_PTR(err));
	assert_int_equal(pps_dimension_compare(r.sql, r.universe, d, NULL, NULL, NULL, &err), PPS_E_UNSUPPORTED);
	pps_error_free(TAKE_PTR(err));
	assert_int_equal(pps_dimension_check_tables(r.sql, u, NULL, &err), PPS_E_UNSUPPORTED);
}

static void collects_exposures(void **state)
{
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	_cleanup_(drop) repository r = { 0 };
	_cleanup_(pps_dimensions_freep) pps_dimensions *d = NULL;
	int64_t detectors[] = { 0, 3 }, exposures[] = { 2025120200002 }, none[] = { 77 };

	(void)state;
	make(&r, 8);
	fill(&r);
	assert_ok(pps_dimensions_new_in(ctx, r.universe, &d, &err), err);
	assert_int_equal(pps_dimension_collect_exposure(r.sql, d, "LSSTCam", 77, &err), PPS_E_NOTFOUND);
	assert_string_equal(pps_error_message(err), "LSSTCam has no exposure 77 in this repository");
	pps_error_free(TAKE_PTR(err));
	assert_int_equal(pps_dimension_collect_refs(r.sql, d, "LSSTCam", exposures, 1, none, 1, 0, &err),
			 PPS_E_NOTFOUND);
	assert_string_equal(pps_error_message(err), "LSSTCam has no detector 77 in this repository");
	pps_error_free(TAKE_PTR(err));
	pps_dimensions_free(TAKE_PTR(d));

	assert_ok(pps_dimensions_new_in(ctx, r.universe, &d, &err), err);
	assert_ok(pps_dimension_collect_refs(r.sql, d, "LSSTCam", exposures, 1, detectors, 2, 0, &err), err);
	assert_int_equal(pps_dimensions_count(d, "detector"), 2);
	assert_int_equal(pps_dimensions_count(d, "exposure"), 1);
	assert_int_equal(pps_dimensions_count(d, "group"), 1);
	assert_int_equal(pps_dimensions_count(d, "visit"), 0);
	assert_int_equal(pps_dimensions_count(d, NULL), 7); /* and instrument, physical_filter, day_obs */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(inserts_once_and_reads_back),
		cmocka_unit_test(copies_overlaps_from_the_source),
		cmocka_unit_test(reads_by_key),
		cmocka_unit_test(compares_content),
		cmocka_unit_test(names_what_is_in_the_way),
		cmocka_unit_test(needs_what_records_refer_to),
		cmocka_unit_test(refuses_other_shapes),
		cmocka_unit_test(refuses_what_the_target_does_not_know),
		cmocka_unit_test(refuses_columns_that_the_target_does_not_know),
		cmocka_unit_test(collects_exposures),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
