/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * `where` expressions: which exposures of a small repository they select, where refused ones are wrong, and
 * the texts that are written for both databases.
 */
#include "test.h"

#include <stdio.h>

#include "base/codec.h"
#include "butler/where-tree.h"
#include "dimensions/skypix.h"

static struct {
	pps_ctx *ctx;
	pps_sql *sql;
	pps_universe *universe;
	char folder[64];
} world;

/* Exposures 1 to 4 of X and 1 of Y. Of X: 2 is NULL wherever it may be, 3 is in two visits, 4 in none. */
static const char tables[] =
	"CREATE TABLE instrument (name TEXT, visit_max INT, visit_system INT, exposure_max INT, detector_max "
	"INT, "
	"class_name TEXT);\n"
	"INSERT INTO instrument VALUES ('X', 9, 1, 9, 9, 'x.X'), ('Y', 9, 1, 9, 9, 'y.Y');\n"
	"CREATE TABLE physical_filter (instrument TEXT, name TEXT, band TEXT);\n"
	"INSERT INTO physical_filter VALUES ('X', 'g_1', 'g'), ('X', 'r_1', 'r'), ('Y', 'g_2', 'g');\n"
	"CREATE TABLE detector (instrument TEXT, id INT, full_name TEXT, name_in_raft TEXT, raft TEXT, "
	"purpose TEXT);\n"
	"INSERT INTO detector VALUES ('X', 7, 'R1_S7', 'S7', 'R1', 'SCIENCE');\n"
	"CREATE TABLE day_obs (instrument TEXT, id INT, timespan_begin INT, timespan_end INT);\n"
	"INSERT INTO day_obs VALUES ('X', 20, 0, 1000), ('Y', 21, 1000, 2000);\n"
	"CREATE TABLE subfilter (band TEXT, id INT);\n"
	"INSERT INTO subfilter VALUES ('g', 1);\n"
	"CREATE TABLE skymap (name TEXT, hash TEXT, tract_max INT, patch_nx_max INT, patch_ny_max INT);\n"
	"INSERT INTO skymap VALUES ('m', 'aa', 5, 1, 1), ('n', 'bb', 5, 1, 1);\n"
	"CREATE TABLE tract (skymap TEXT, id INT, region TEXT);\n"
	"INSERT INTO tract VALUES ('m', 3, NULL);\n"
	"CREATE TABLE exposure (instrument TEXT, id INT, day_obs INT, \"group\" TEXT, physical_filter TEXT, "
	"obs_id TEXT, "
	"exposure_time FLOAT, seq_num INT, seq_start INT, target_name TEXT, can_see_sky BOOLEAN, "
	"timespan_begin INT, "
	"timespan_end INT);\n"
	"INSERT INTO exposure VALUES ('X', 1, 20, 'a', 'g_1', 'X_1', 30.0, 5, 5, 'a[b]', 1, 100, 200), "
	"('X', 2, 20, 'b', 'g_1', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL), "
	"('X', 3, 20, 'c', 'r_1', 'X_3', 15.5, -5, -4, 'Ab*', 0, 200, 4102444800000000000), "
	"('X', 4, 20, 'd', 'r_1', 'X_4', 0.0, 8, 4, '', 0, 0, 100), "
	"('Y', 1, 21, 'a', 'g_2', 'Y_1', 30.0, 5, 5, 'ab', 1, 1500, 1600);\n"
	"CREATE TABLE visit (instrument TEXT, id INT, day_obs INT, physical_filter TEXT, name TEXT, seq_num "
	"INT, "
	"target_name TEXT, region TEXT, timespan_begin INT, timespan_end INT);\n"
	"INSERT INTO visit VALUES ('X', 1, 20, 'g_1', 'v1', 5, 't', NULL, 100, 200), "
	"('X', 3, 20, 'r_1', 'v3', -5, NULL, 'r', 200, 300), ('X', 33, 20, 'r_1', 'v33', 6, 'u', NULL, 200, "
	"300), "
	"('Y', 1, 21, 'g_2', 'w1', 5, 't', 'r', 1500, 1600);\n"
	"CREATE TABLE visit_definition (instrument TEXT, exposure INT, visit INT);\n"
	"INSERT INTO visit_definition VALUES ('X', 1, 1), ('X', 3, 3), ('X', 3, 33), ('Y', 1, 1);\n"
	"CREATE TABLE visit_system (instrument TEXT, id INT, name TEXT);\n"
	"INSERT INTO visit_system VALUES ('X', 0, 'one-to-one'), ('X', 2, 'group');\n"
	"CREATE TABLE visit_system_membership (instrument TEXT, visit_system INT, visit INT);\n"
	"INSERT INTO visit_system_membership VALUES ('X', 0, 1), ('X', 0, 3), ('X', 2, 33);\n"
	"CREATE TABLE visit_skypix_overlap (skypix_system TEXT, skypix_level INT, instrument TEXT, visit "
	"INT, "
	"skypix_index INT);\n"
	"CREATE TABLE tract_skypix_overlap (skypix_system TEXT, skypix_level INT, skymap TEXT, tract INT, "
	"skypix_index INT)";

/* Gives a visit or a tract the square of @half degrees around the equator at @ra, and its pixels; and pixel
 * 1, so that all of them are candidates for each other. */
static void set_region(const char *element, const char *governor, int id, double ra, double half)
{
	static const double corners[4][2] = { { -1, -1 }, { 1, -1 }, { 1, 1 }, { -1, 1 } };
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	_cleanup_(pps_region_freep) pps_region *region = NULL;
	_cleanup_free_ pps_skypix_range *ranges = NULL;
	_cleanup_buf_ pps_buf text = PPS_BUF_LINE;
	char bytes[1 + 4 * sizeof(pps_vec3)] = "p", statement[256];
	const char *scope = strcmp(element, "visit") == 0 ? "instrument" : "skymap";
	size_t n;

	for (size_t i = 0; i < 4; i++) {
		double lon = (ra + half * corners[i][0]) * PPS_SPHERE_PI / 180.0;
		double lat = half * corners[i][1] * PPS_SPHERE_PI / 180.0;
		pps_vec3 v = { cos(lon) * cos(lat), sin(lon) * cos(lat), sin(lat) };

		memcpy(bytes + 1 + i * sizeof(v), &v, sizeof(v));
	}
	pps_base64_encode(&text, bytes, sizeof(bytes));

	const pps_sql_value params[] = { pps_sql_text(pps_buf_text(&text)), pps_sql_text(governor),
					 pps_sql_int(id) };

	snprintf(statement, sizeof(statement), "UPDATE {%s} SET region = $1 WHERE %s = $2 AND id = $3",
		 element, scope);
	assert_ok(pps_sql_exec(world.sql, statement, params, 3, NULL, &err), err);
	assert_ok(pps_region_decode(bytes, sizeof(bytes), &region, &err), err);
	assert_ok(pps_skypix_envelope(region, 7, &ranges, &n, &err), err);
	snprintf(statement, sizeof(statement),
		 "INSERT INTO {%s_skypix_overlap} (skypix_system, skypix_level, %s, %s, skypix_index) VALUES "
		 "('htm', 7, $1, $2, $3)",
		 element, scope, element);
	for (size_t i = 0; i <= n; i++)
		for (uint64_t pixel = i < n ? ranges[i].begin : 1; pixel < (i < n ? ranges[i].end : 2);
		     pixel++) {
			const pps_sql_value row[] = { pps_sql_text(governor), pps_sql_int(id),
						      pps_sql_int((int64_t)pixel) };

			assert_ok(pps_sql_exec(world.sql, statement, row, 3, NULL, &err), err);
		}
}

static int group_setup(void **state)
{
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	char url[128];
	const pps_sql_options options = { .create = 1 };

	(void)state;
	snprintf(world.folder, sizeof(world.folder), "/tmp/test-where.XXXXXX");
	assert_non_null(mkdtemp(world.folder));
	snprintf(url, sizeof(url), "sqlite:///%s/r.db", world.folder);
	assert_ok(pps_ctx_new(&world.ctx, &err), err);
	assert_ok(pps_sql_open(world.ctx, url, &options, &world.sql, &err), err);
	assert_ok(pps_sql_script(world.sql, tables, &err), err);
	assert_ok(pps_universe_known(8, &world.universe, &err), err);
	/* Of the visits of exposure 3, one overlaps the tract, that of Y does not. */
	set_region("tract", "m", 3, 10.0, 1.0);
	set_region("visit", "X", 3, 10.5, 0.5);
	set_region("visit", "X", 33, 12.0, 0.5);
	set_region("visit", "Y", 1, 11.8, 0.5);
	return 0;
}

static int group_teardown(void **state)
{
	char path[128];

	(void)state;
	pps_sql_close(world.sql);
	pps_ctx_unref(world.ctx);
	pps_universe_unref(world.universe);
	snprintf(path, sizeof(path), "%s/r.db", world.folder);
	unlink(path);
	rmdir(world.folder);
	return 0;
}

/* Compiles and runs; the selection as "X1 X2 Y1", or "E line:column" where it is refused. */
static void select_with(const char *text, const pps_where_options *options, char *out, size_t size)
{
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	_cleanup_(pps_where_freep) pps_where *where = NULL;
	_cleanup_(pps_sql_rows_freep) pps_sql_rows *rows = NULL;
	_cleanup_buf_ pps_buf b = PPS_BUF_SQL;
	size_t nparams, n = 0;
	int r = pps_where_compile(world.universe, text, options, &where, &err);

	if (r < 0) {
		assert_null(where);
		snprintf(out, size, "%s %d:%d", r == PPS_E_ARG ? "E" : pps_error_code_name(r),
			 pps_error_line(err), pps_error_column(err));
		return;
	}
	pps_buf_add_text(&b, "SELECT e.instrument || e.id FROM {exposure} AS e WHERE ");
	pps_where_condition(where, "e", 1, &b);
	pps_buf_add_text(&b, " ORDER BY e.instrument, e.id");

	const pps_sql_value *params = pps_where_params(where, &nparams);

	if (pps_sql_query(world.sql, pps_buf_text(&b), params, nparams, &rows, &err) < 0)
		fail_msg("%s\n%s\n%s", text, pps_buf_text(&b), pps_error_message(err));
	out[0] = '\0';
	while ((r = pps_sql_next(rows, &err)) > 0)
		n += (size_t)snprintf(out + n, size - n, "%s%s", n ? " " : "", pps_sql_get_text(rows, 0));
	assert_ok(r, err);
}

typedef struct wanted {
	const char *text, *result;
} wanted;

static void check_all(const wanted *cases, size_t n, const pps_where_options *options)
{
	char got[256];
	int bad = 0;

	for (size_t i = 0; i < n; i++) {
		select_with(cases[i].text, options, got, sizeof(got));
		if (strcmp(got, cases[i].result) == 0)
			continue;
		print_error("%s\n    wanted \"%s\", got \"%s\"\n", cases[i].text, cases[i].result, got);
		bad++;
	}
	assert_int_equal(bad, 0);
}

#define ALL "X1 X2 X3 X4 Y1"

static const wanted selections[] = {
	{ "", ALL },
	{ " \t\n", ALL },
	{ "not exposure.can_see_sky", "X3 X4" },
	{ "exposure.can_see_sky or exposure.can_see_sky = NULL", "X1 X2 Y1" },
	{ "can_see_sky", "X1 Y1" },
	{ "can_see_sky != null", "X1 X3 X4 Y1" },
	{ "(not not can_see_sky) = null", "X2" },
	{ "exposure.seq_num = 5", "X1 Y1" },
	{ "5=seq_num", "X1 Y1" },
	{ "seq_num != 5", "X3 X4" },
	{ "seq_num <> 5", "E 1:10" },
	{ "seq_num < 5.5", "X1 X3 Y1" },
	{ "exposure_time = 30", "X1 Y1" },
	{ "exposure_time < 1e999", "X1 X3 X4 Y1" },
	{ "exposure_time > .5e1 and exposure_time <= 15.5", "X3" },
	{ "seq_num > -9223372036854775807", "X1 X3 X4 Y1" },
	{ "target_name = ''", "X4" },
	{ "target_name > 'a'", "X1 Y1" },
	{ "instrument = 'X'", "X1 X2 X3 X4" },
	{ "exposure.instrument = 'Y'", "Y1" },
	{ "instrument.name = 'Y'", "Y1" },
	{ "class_name = 'y.Y'", "Y1" },
	{ "band = 'g'", "X1 X2 Y1" },
	{ "physical_filter.band = 'r'", "X3 X4" },
	{ "day_obs.timespan.begin >= T'1970-01-01/tai' and day_obs.timespan.end < "
	  "t'1970-01-01T00:00:00.0000015/tai'",
	  "X1 X2 X3 X4" },
	{ "group = 'a' and instrument = 'X'", "X1" },
	/* precedence */
	{ "can_see_sky or seq_num = 8 and seq_num = 5", "X1 Y1" },
	{ "(can_see_sky or seq_num = 8) and seq_num = 8", "X4" },
	{ "not can_see_sky and seq_num = 8", "X4" },
	{ "not can_see_sky or seq_num = 5", "X1 X3 X4 Y1" },
	{ "NOT seq_num = 5", "X3 X4" },
	{ "not not not can_see_sky", "X3 X4" },
	{ "2 + 3 * 2 = 8", ALL },
	{ "(2 + 3) * 2 = 10", ALL },
	{ "10 - 3 - 2 = 5", ALL },
	{ "7 + 6 % 4 = 9", ALL },
	{ "- 2 + 3 = 1", ALL },
	{ "--5.0 = +5", ALL },
	{ "-7 % 4 = -3", ALL },
	{ "7 / 2 = 3.5", ALL },
	{ "seq_num * 2 - 1 = 9", "X1 Y1" },
	{ "seq_num / 2 = 2.5", "X1 Y1" },
	{ "seq_num / 0 = 1 or seq_num = 8", "X4" },
	/* NULL */
	{ "seq_num = null", "X2" },
	{ "NULL != seq_num", "X1 X3 X4 Y1" },
	{ "not seq_num = null", "X1 X3 X4 Y1" },
	{ "not (seq_num = 5 or exposure_time = 0.0)", "X3" },
	{ "not (seq_num = 5 and exposure_time = 0.0)", "X1 X3 X4 Y1" },
	{ "seq_num = 5 or not seq_num = 5", "X1 X3 X4 Y1" },
	{ "seq_num + seq_start = null", "X2" },
	{ "1 = null", "" },
	{ "'a' != null", ALL },
	{ "target_name in ('', null)", "X2 X4" },
	{ "target_name not in ('', null)", "X1 X3 Y1" },
	{ "target_name not in ('')", "X1 X3 Y1" },
	{ "timespan.begin = null", "E 1:1" },
	{ "exposure.timespan = null", "X2" },
	{ "exposure.timespan != null", "X1 X3 X4 Y1" },
	{ "exposure.timespan in (null)", "X2" },
	{ "exposure.timespan.begin = null", "" },
	/* lists and ranges */
	{ "seq_num in (5)", "X1 Y1" },
	{ "seq_num in (5, -5)", "X1 X3 Y1" },
	{ "seq_num in (5,8.0,null)", "X1 X2 X4 Y1" },
	{ "seq_num NOT In (5, 8)", "X3" },
	{ "seq_num in (5..8)", "X1 X4 Y1" },
	{ "seq_num in (-5..5)", "X1 X3 Y1" },
	{ "seq_num in (2 .. 9 : 3)", "X1 X4 Y1" },
	{ "seq_num in (2..9:6)", "X4" },
	{ "seq_num in (-5..9:5)", "X1 X3 Y1" },
	{ "seq_num in (-5..-2:3)", "" }, /* the remainder of -5 is -2 in SQL, 1 in Python */
	{ "seq_num in (8..7)", "" },
	{ "seq_num in (8..8:9)", "X4" },
	{ "seq_num in (-5..-5:3)", "X3" },
	{ "seq_num + 1 in (6, 9..9)", "X1 X4 Y1" },
	{ "seq_num in (seq_start)", "X1 Y1" },
	{ "seq_num in (seq_start, 8)", "X1 X4 Y1" },
	{ "5 in (1..10)", ALL },
	{ "2 not in (1, null)", ALL },
	/* time */
	{ "exposure.timespan overlaps T'1970-01-01T00:00:00.000000150/tai'", "X1" },
	{ "exposure.timespan overlaps T'1970-01-01T00:00:00.0000002/tai'", "X3" },
	{ "T'2090-01-01' OVERLAPS exposure.timespan", "X3" },
	{ "exposure.timespan overlaps (null, T'1970-01-01T00:00:00.0000001/tai')", "X4" },
	{ "exposure.timespan overlaps (T'1970-01-01T00:00:00.0000015/tai', null)", "X3 Y1" },
	{ "exposure.timespan overlaps (null, null)", "X1 X3 X4 Y1" },
	{ "exposure.timespan overlaps (T'1970-01-01T00:00:00.0000015/tai', "
	  "T'1970-01-01T00:00:00.0000015/tai')",
	  "X3 Y1" },
	{ "not exposure.timespan overlaps (T'2020-01-01', T'2010-01-01')", "X1 X3 X4 Y1" },
	{ "exposure.timespan.end = T'2100-01-01/tai'", "X3" },
	{ "exposure.timespan overlaps exposure.timespan.begin", "X1 X3 X4 Y1" },
	{ "exposure.timespan.begin in (T'1970-01-01/tai')", "X2 X4" },
	{ "T'2020-01-01' < T'2020-01-02'", ALL },
	/* patterns */
	{ "GLOB(target_name, 'a*')", "X1 Y1" },
	{ "glob(target_name, '?b*')", "X3 Y1" },
	{ "GLOB(target_name, '*')", ALL },
	{ "GLOB(target_name, '**')", "X1 X3 X4 Y1" },
	{ "GLOB(target_name, 'a[b]')", "X1" },
	{ "GLOB(target_name, 'Ab\\*')", "X3" },
	{ "GLOB((target_name), ('a?'))", "Y1" },
	{ "GLOB(target_name, 'A_*')", "" },
	/* other tables */
	{ "visit.seq_num = 5", "X1 Y1" },
	{ "visit.seq_num > -100", "X1 X3 Y1" },
	{ "visit.target_name = null", "X3" },
	{ "visit.region != null", "X3 Y1" },
	{ "not visit.target_name = 't'", "X3" },
	{ "visit.seq_num = exposure.seq_num", "X1 X3 Y1" },
	{ "visit = 33 and instrument = 'X'", "X3" },
	{ "visit_definition.visit = 33 and instrument = 'X'", "X3" },
	{ "visit = 1 and visit_system = 0 and instrument = 'X'", "X1" },
	{ "visit.seq_num > -100 and visit_system.name = 'group' and instrument = 'X'", "X3" },
	{ "visit_system = 2 and instrument in ('X', 'Y')", "X1 X2 X3 X4" },
	{ "detector.raft = 'R1'", "X1 X2 X3 X4" },
	{ "detector in (0..9) and instrument != 'Y'", "X1 X2 X3 X4" },
	{ "subfilter = 1", "X1 X2 Y1" },
	{ "subfilter = 1 and physical_filter.band = 'r'", "" },
	{ "skymap = 'm' and tract = 3", ALL },
	{ "skymap = 'n' and tract = 3", "" },
	{ "skymap = 'o'", "" },
	{ "tract.region != null", ALL },
	{ "skymap.hash = skymap.hash", ALL },
	/* what says which instrument */
	{ "exposure = 1 and instrument = 'Y'", "Y1" },
	{ "exposure.id = 1 and (instrument = 'Y' or seq_num = 8)", "Y1" },
	{ "exposure in (1, 2) and instrument > 'W'", "X1 X2 Y1" },
	{ "exposure = 1 and GLOB(instrument, 'Y*')", "Y1" },
	{ "UUID('4c1d4c1d-4c1d-4c1d-4c1d-4c1d4c1d4c1d') = UUID('{4C1D4C1D4C1D4C1D4C1D4C1D4C1D4C1D}')", ALL },
	{ "UUID('4c1d4c1d-4c1d-4c1d-4c1d-4c1d4c1d4c1d') in (null, UUID('00000000000000000000000000000000'))",
	  "" },
};

static void test_selections(void **state)
{
	const pps_where_options options = { .kind = PPS_SQL_SQLITE };

	(void)state;
	check_all(selections, PPS_COUNT(selections), &options);
}

static const wanted refusals[] = {
	/* characters and tokens */
	{ "seq_num == 5", "E 1:10" },
	{ "seq_num = \"x\"", "E 1:11" },
	{ "seq_num = 5; drop", "E 1:12" },
	{ "target_name = 'abc", "E 1:15" },
	{ "target_name = 'a\nb'", "E 1:15" },
	{ "target_name = 'it''s'", "E 1:19" },
	{ "target_name = 'Déjà' and\n  seq_num = !", "E 2:13" },
	{ "'é' = 'é' @", "E 1:11" },
	{ "seq_num = :x", "E 1:11" },
	{ "exposure. seq_num = 1", "E 1:9" },
	{ "exposure.timespan.begin.x = 1", "E 1:24" },
	{ "seq_num = 0x10", "E 1:12" },
	{ "seq_num = 9223372036854775808", "E 1:11" },
	{ "seq_num > -9223372036854775808", "E 1:12" },
	{ "seq_num in (1..9223372036854775808)", "E 1:13" },
	{ "seq_num in (1..7:0)", "E 1:17" },
	{ "seq_num in (- 3..3)", "E 1:15" },
	{ "seq_num -1..3 = 2", "E 1:9" },
	/* grammar */
	{ "seq_num = 1 and", "E 1:16" },
	{ "and seq_num = 1", "E 1:1" },
	{ "(seq_num = 1", "E 1:13" },
	{ "seq_num = 1)", "E 1:12" },
	{ "()", "E 1:2" },
	{ "seq_num is null", "E 1:9" },
	{ "seq_num between 1 and 2", "E 1:9" },
	{ "seq_num = not 1", "E 1:11" },
	{ "seq_num in ()", "E 1:13" },
	{ "seq_num in 1", "E 1:12" },
	{ "seq_num in ((1))", "E 1:13" },
	{ "seq_num in (1+1)", "E 1:14" },
	{ "seq_num in (1,)", "E 1:15" },
	{ "seq_num in (exposure.seq_start)", "E 1:13" },
	{ "seq_num not 1", "E 1:13" },
	{ "seq_num in (1) in (1)", "E 1:16" },
	{ "UPPER(target_name) = 'X'", "E 1:1" },
	{ "GLOB('a', 'b')", "E 1:1" },
	{ "GLOB(target_name, seq_num)", "E 1:1" },
	{ "GLOB(target_name)", "E 1:1" },
	{ "UUID('x') = UUID('x')", "E 1:6" },
	{ "(seq_num, 1, 2)", "E 1:12" },
	/* names */
	{ "nosuch = 1", "E 1:1" },
	{ "Seq_num = 1", "E 1:1" },
	{ "True", "E 1:1" },
	{ "1 = 1 and exposure.nosuch = 1", "E 1:11" },
	{ "nosuch.id = 1", "E 1:1" },
	{ "id = 1", "E 1:1" },
	{ "name = 'x'", "E 1:1" },
	{ "exposure.exposure = 1", "E 1:1" },
	{ "exposure.band = 'g'", "E 1:1" },
	{ "exposure.timespan.middle = null", "E 1:1" },
	{ "exposure.seq_num.begin = null", "E 1:1" },
	{ "htm7 = 1", "E 1:1" },
	{ "run = 'x'", "E 1:1" },
	/* types */
	{ "1", "E 1:1" },
	{ "null", "E 1:1" },
	{ "seq_num", "E 1:1" },
	{ "not seq_num", "E 1:5" },
	{ "can_see_sky and 1", "E 1:17" },
	{ "null = null", "E 1:6" },
	{ "seq_num < null", "E 1:9" },
	{ "seq_num = 'x'", "E 1:9" },
	{ "target_name = 1", "E 1:13" },
	{ "can_see_sky = 1", "E 1:13" },
	{ "can_see_sky = can_see_sky", "E 1:13" },
	{ "can_see_sky in (null)", "E 1:1" },
	{ "(not can_see_sky) = null", "E 1:19" },
	{ "seq_num = 1 = 1", "E 1:13" },
	{ "seq_num + 1.0 = 2", "E 1:9" },
	{ "exposure_time + 1 = 2", "E 1:15" },
	{ "exposure_time % 2.0 = 0", "E 1:15" },
	{ "-target_name = 'x'", "E 1:1" },
	{ "seq_num = 1..3", "E 1:9" },
	{ "seq_num in (1, 'x')", "E 1:16" },
	{ "exposure_time in (1..3)", "E 1:19" },
	{ "seq_num in (8..6)", "E 1:13" },
	{ "null in (1)", "E 1:1" },
	{ "exposure.timespan = (T'2020-01-01', T'2021-01-01')", "E 1:19" },
	{ "exposure.timespan overlaps null", "E 1:19" },
	{ "exposure.timespan overlaps (1, 2)", "E 1:29" },
	{ "exposure.timespan overlaps visit.timespan", "E 1:19" },
	{ "exposure.timespan overlaps (null, T'1950-01-01')", "E 1:28" },
	{ "exposure.timespan.begin + 1 = T'2020-01-01'", "E 1:25" },
	{ "exposure.timespan.begin > '2020-01-01'", "E 1:25" },
	{ "exposure.timespan.begin > T'2020-13-01'", "E 1:27" },
	{ "visit.region overlaps visit.region", "E 1:14" },
	{ "visit.region overlaps POINT(1, 2)", "PPS_E_UNSUPPORTED 1:1" },
	{ "visit.region overlaps BOX(1, 2, 3, 4)", "PPS_E_UNSUPPORTED 1:23" },
	{ "visit.region overlaps POINT(1, 91)", "E 1:23" },
	{ "visit.region overlaps CIRCLE(1, 2)", "E 1:23" },
	{ "POINT(1, 2) overlaps CIRCLE(1, 2, 3)", "E 1:13" },
	{ "not visit.region overlaps POINT(1, 2)", "E 1:18" },
	{ "seq_num = 1 or visit.region overlaps tract.region", "E 1:29" },
	{ "seq_num = 1 or (seq_num = 2 and visit.region overlaps tract.region)", "E 1:46" },
	{ "visit.seq_num = 1 and tract.region = null", "PPS_E_UNSUPPORTED 1:1" },
	/* keys without their instrument or skymap */
	{ "exposure = 1", "E 1:1" },
	{ "seq_num = 1 or exposure.id in (1)", "E 1:16" },
	{ "exposure = 1 and instrument = null", "E 1:1" },
	{ "exposure = 1 and instrument in (null)", "E 1:1" },
	{ "exposure = 1 and instrument.class_name = 'x.X'", "E 1:1" },
	{ "exposure.obs_id = 'X_1'", "E 1:1" },
	{ "1 = 2 and visit.name = 'x'", "E 1:11" },
	{ "tract = 3 and instrument = 'X'", "E 1:1" },
	{ "GLOB(physical_filter, 'g*')", "E 1:6" },
};

static void test_refusals(void **state)
{
	const pps_where_options options = { .kind = PPS_SQL_SQLITE };

	(void)state;
	check_all(refusals, PPS_COUNT(refusals), &options);
}

static void test_regions(void **state)
{
	static const wanted cases[] = {
		{ "visit.seq_num > -100 and tract.region != null", "X3" },
		{ "visit.region overlaps tract.region", "X3" },
		{ "tract.region overlaps visit.region and visit.seq_num = 6", "" },
		{ "tract.region overlaps visit.region or seq_num = 8", "E 1:14" },
		{ "skymap = 'm' and tract = 3 and visit.seq_num < 100", "X3" },
		{ "visit.region overlaps POINT(10.5, 0)", "X3" },
		{ "visit.region overlaps POINT(371.8, 0)", "X3 Y1" },
		{ "POINT(11.4, -0) overlaps visit.region", "Y1" },
		{ "visit.region overlaps POINT(50, 0)", "" },
		{ "visit.region overlaps CIRCLE(11.15, 0, 0.1)",
		  "X3 Y1" }, /* to 0.2 degrees, as the Butler's */
		{ "visit.region overlaps CIRCLE(10.5, 0, -1)", "" },
		{ "not (not visit.region overlaps POINT(11.8, 0) or exposure.seq_num != 5)", "Y1" },
		{ "visit.region overlaps POINT(11.8, 0) and instrument = 'X'", "X3" },
		{ "seq_num = 5", "X1 Y1" },
		/* sky pixels: of visits, or of tracts; all have pixel 1 */
		{ "htm7 = 1 and visit.seq_num > -100", "X3 Y1" },
		{ "htm7.id > 1 and visit.region != null", "X3 Y1" },
		{ "htm7 = 0 or visit.seq_num = 6", "X3" },
		{ "htm7 = 1 and tract.region != null", ALL },
		{ "htm7 = 1 and visit.region overlaps POINT(11.8, 0)", "X3 Y1" },
		{ "htm7 = 1", "E 1:1" },
		{ "htm6 = 1 and visit.seq_num > -100", "E 1:1" },
		{ "htm7.region = null and visit.seq_num > -100", "E 1:1" },
		{ "htm7 = 1 and visit.seq_num > -100 and tract.region != null", "E 1:1" },
	};
	static const wanted of_x[] = {
		{ "visit.region overlaps POINT(11.8, 0)", "X3" },
		{ "tract = 3 and visit > 0", "X3" },
	};
	const pps_where_options options = { .kind = PPS_SQL_SQLITE, .sql = world.sql };
	const pps_where_options x = {
		.kind = PPS_SQL_SQLITE, .sql = world.sql, .instrument = "X", .skymap = "m"
	};

	(void)state;
	check_all(cases, PPS_COUNT(cases), &options);
	check_all(of_x, PPS_COUNT(of_x), &x);

	/* Both visits of exposure 3 are there; it is named once. */
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	_cleanup_(pps_where_freep) pps_where *where = NULL;
	size_t n;

	assert_ok(pps_where_compile(world.universe, "visit.region overlaps CIRCLE(11.2, 0, 5)", &x, &where,
				    &err),
		  err);

	const pps_sql_value *params = pps_where_params(where, &n);

	assert_int_equal(n, 2);
	assert_int_equal(params[1].type, PPS_SQL_INTS);
	assert_int_equal(params[1].n, 1);
	assert_int_equal(params[1].ints[0], 3);
}

static void test_given_instrument(void **state)
{
	static const wanted cases[] = {
		{ "", "X1 X2 X3 X4" },
		{ "exposure = 1", "X1" },
		{ "exposure = 1 or exposure = 2", "X1 X2" },
		{ "visit.seq_num = 5", "X1" },
		{ "exposure = 1 and instrument = 'Y'", "" },
		{ "tract = 3", "X1 X2 X3 X4" },
		{ "tract = 3 and skymap = 'n'", "" },
		{ "tract.region != null and exposure = 1", "X1" },
	};
	const pps_where_options options = { .kind = PPS_SQL_SQLITE, .instrument = "X", .skymap = "m" };
	const pps_where_options other = { .kind = PPS_SQL_SQLITE, .instrument = "X'\"", .skymap = "n" };
	static const wanted nothing[] = { { "", "" }, { "exposure = 1 or tract = 3", "" } };

	(void)state;
	check_all(cases, PPS_COUNT(cases), &options);
	check_all(nothing, PPS_COUNT(nothing), &other);
}

static void assert_written(const char *text, const pps_where_options *options, size_t first,
			   const char *wanted_sql, size_t n)
{
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	_cleanup_(pps_where_freep) pps_where *where = NULL;
	_cleanup_buf_ pps_buf b = PPS_BUF_SQL;
	size_t nparams;

	assert_ok(pps_where_compile(world.universe, text, options, &where, &err), err);
	pps_where_condition(where, "x", first, &b);
	assert_string_equal(pps_buf_text(&b), wanted_sql);
	pps_where_params(where, &nparams);
	assert_int_equal(nparams, n);
}

static void test_texts(void **state)
{
	const pps_where_options sqlite = { .kind = PPS_SQL_SQLITE, .instrument = "X" };
	const pps_where_options postgres = { .kind = PPS_SQL_POSTGRES };

	(void)state;
	assert_written("exposure in (1, 2, 4..9:2)", &sqlite, 3,
		       "(x.\"instrument\" = $3 AND (x.\"id\" IN ($4, $5) OR (x.\"id\" BETWEEN $6 AND $7 AND "
		       "x.\"id\" % $8 = $9)))",
		       7);
	assert_written(
		"visit.seq_num > 1", &sqlite, 1,
		"(x.\"instrument\" = $1 AND EXISTS (SELECT 1 FROM {visit} AS w_visit, {visit_definition} AS "
		"w_visit_definition "
		"WHERE w_visit.\"instrument\" = x.\"instrument\" AND w_visit.\"day_obs\" = x.\"day_obs\" AND "
		"w_visit.\"physical_filter\" = x.\"physical_filter\" AND w_visit_definition.\"instrument\" = "
		"x.\"instrument\" AND "
		"w_visit_definition.\"exposure\" = x.\"id\" AND w_visit_definition.\"visit\" = "
		"w_visit.\"id\" AND "
		"(w_visit.\"seq_num\" > $2)))",
		2);
	assert_written("", &postgres, 1, "(1 = 1)", 0);
	assert_written(
		"seq_num / 2 = 1.5", &postgres, 1,
		"((x.\"seq_num\" / CAST(CAST($1 AS bigint) AS numeric)) = CAST($2 AS double precision))", 2);
	assert_written("GLOB(target_name, 'a_%*\\?')", &postgres, 1,
		       "(x.\"target_name\" LIKE CAST($1 AS text))", 1);
	assert_written("exposure.timespan overlaps (null, T'2020-01-01')", &postgres, 1,
		       "(x.\"timespan\" && int8range(CAST($1 AS bigint), CAST($2 AS bigint)))", 2);
	assert_written("exposure.timespan overlaps T'2020-01-01'", &postgres, 1,
		       "(x.\"timespan\" @> CAST($1 AS bigint))", 1);
	assert_written("exposure.timespan.end > T'2020-01-01'", &postgres, 1,
		       "(COALESCE(upper(x.\"timespan\"), 0) > CAST($1 AS bigint))", 1);
	assert_written("exposure.timespan = null", &postgres, 1, "(x.\"timespan\" IS NULL)", 0);
}

static void test_like_patterns(void **state)
{
	static const struct {
		const char *pattern, *like;
	} cases[] = {
		{ "a*b?", "a%b_" }, { "\\*", "*" },   { "50%_", "50\\%\\_" },
		{ "\\*\\?", "*?" }, { "\\\\", "\\" }, { "\\x[", "\\x[" },
	};

	(void)state;
	for (size_t i = 0; i < PPS_COUNT(cases); i++) {
		_cleanup_(pps_error_freep) pps_error *err = NULL;
		_cleanup_(pps_where_freep) pps_where *where = NULL;
		const pps_where_options options = { .kind = PPS_SQL_POSTGRES };
		char text[64];
		size_t n;

		snprintf(text, sizeof(text), "GLOB(target_name, '%s')", cases[i].pattern);
		assert_ok(pps_where_compile(world.universe, text, &options, &where, &err), err);

		const pps_sql_value *params = pps_where_params(where, &n);

		assert_int_equal(n, 1);
		assert_string_equal(params[0].s, cases[i].like);
	}
}

/* @n copies of @piece between @head and @tail. */
static char *repeat(const char *head, const char *piece, size_t n, const char *tail)
{
	pps_buf b = PPS_BUF(8u << 20);

	pps_buf_add_text(&b, head);
	for (size_t i = 0; i < n; i++)
		pps_buf_add_text(&b, piece);
	pps_buf_add_text(&b, tail);
	return pps_buf_take(&b);
}

static void test_sizes(void **state)
{
	static const struct {
		const char *head, *piece, *tail;
		size_t n;
		const char *result;
	} cases[] = {
		{ "", "not ", "can_see_sky", 150, "X1 Y1" },
		{ "", "not ", "can_see_sky", 100000, "E 1:797" },
		{ "", "(", "", 100000, "E 1:201" },
		{ "seq_num = ", "-", "1", 100000, "E 1:210" },
		{ "seq_num = 0", " + 1", "", 5, "X1 Y1" },
		{ "seq_num = 60", " - 1", "", 55, "X1 Y1" },
		{ "seq_num = 0", " + 1", "", 100, "E 0:0" },
		{ "seq_num = 0", " + 1", "", 5000, "E 1:809" },
		{ "seq_num = 5", " and 1 = 1", "", 5000, "X1 Y1" },
		{ "seq_num = 6", " or seq_num = 8", "", 5000, "X4" },
		{ "seq_num in (8", ", 7", ")", 20000, "X4" },
		{ "seq_num in (8", ", 7", ")", 40000, NULL },
		{ "seq_num in (seq_num", ", seq_num", ")", 900, "X1 X3 X4 Y1" },
		{ "can_see_sky", " ", "", 2 << 20, "E 0:0" },
	};
	const pps_where_options options = { .kind = PPS_SQL_SQLITE };

	(void)state;
	for (size_t i = 0; i < PPS_COUNT(cases); i++) {
		_cleanup_free_ char *text = repeat(cases[i].head, cases[i].piece, cases[i].n, cases[i].tail);
		char got[256];

		select_with(text, &options, got, sizeof(got));
		if (cases[i].result)
			assert_string_equal(got, cases[i].result);
		else
			assert_int_equal(got[0], 'E');
	}
}

/* Levels of (b and (b or ( ... and NOT (...), as deep as they may be: the database must bear what is
 * accepted. */
static void test_nesting(void **state)
{
	static const struct {
		const char *open, *middle, *close;
		int most; /* levels that must be accepted */
	} cases[] = {
		{ "visit.seq_num != 9 and (visit.seq_num = 5 or (", "can_see_sky", "))", 20 },
		{ "(not (", "can_see_sky", " or visit.seq_num = 9) and visit.seq_num = 5)", 20 },
		{ "not (visit.seq_num = 5 and not (can_see_sky or ", "visit.seq_num in (5, 1..9:2, null)",
		  "))", 20 },
		{ "(1 + (", "visit.seq_num", " / (2 + 1)))", 10 },
		{ "-(", "visit.seq_num", ")", 20 },
	};
	const pps_where_options options = { .kind = PPS_SQL_SQLITE, .instrument = "X" };

	(void)state;
	for (size_t i = 0; i < PPS_COUNT(cases); i++)
		for (int n = 0; n < 120; n++) {
			_cleanup_free_ char *head =
				repeat(i > 2 ? "5 <= " : "", cases[i].open, (size_t)n, cases[i].middle);
			_cleanup_free_ char *text = repeat(head, cases[i].close, (size_t)n, "");
			char got[256];

			/* fails by itself when the database refuses */
			select_with(text, &options, got, sizeof(got));
			if (n <= cases[i].most && got[0] == 'E')
				fail_msg("%d levels are too many: %s", n, text);
		}
}

static void test_messages(void **state)
{
	static const struct {
		const char *text, *message;
	} cases[] = {
		{ "seq_num = 1 and",
		  "where:1:16: expected a name, a value or (, but the expression ends here" },
		{ "(seq_num = 1 2", "where:1:14: expected ), not \"2\"" },
		{ "seq_num like 'x'", "where:1:9: expected AND, OR or the end, not \"like\"" },
		{ "seq_num = 'x'", "where:1:9: = cannot be applied to an integer and a string" },
		{ "id = 1", "where:1:1: \"id\" could be day_obs.id or exposure.id" },
		{ "visit.nosuch = 1", "where:1:1: visit has no field \"nosuch\"" },
		{ "exposure = 1",
		  "where:1:1: this key is only unique within its instrument: the expression must say which "
		  "instrument" },
	};
	const pps_where_options options = { .kind = PPS_SQL_SQLITE };

	(void)state;
	for (size_t i = 0; i < PPS_COUNT(cases); i++) {
		_cleanup_(pps_error_freep) pps_error *err = NULL;
		pps_where *where = NULL;

		assert_int_equal(pps_where_compile(world.universe, cases[i].text, &options, &where, &err),
				 PPS_E_ARG);
		assert_string_equal(pps_error_message(err), cases[i].message);
	}
}

/* Every example of the guide is accepted. */
static void test_guide(void **state)
{
	const pps_where_options options = { .kind = PPS_SQL_SQLITE, .sql = world.sql, .instrument = "X" };
	_cleanup_fclose_ FILE *guide = fopen(DOCS "/where.md", "re");
	char line[512];
	int inside = 0, n = 0;

	(void)state;
	assert_non_null(guide);
	while (fgets(line, sizeof(line), guide)) {
		line[strcspn(line, "\n")] = '\0';
		if (strncmp(line, "```", 3) == 0) {
			inside = strcmp(line, "```where") == 0;
			continue;
		}
		if (!inside)
			continue;

		_cleanup_(pps_error_freep) pps_error *err = NULL;
		_cleanup_(pps_where_freep) pps_where *where = NULL;

		if (pps_where_compile(world.universe, line, &options, &where, &err) < 0)
			fail_msg("%s: %s", line, pps_error_message(err));
		n++;
	}
	assert_in_range(n, 10, 100);
}

/* What astropy makes of them, as the Butler stores it. */
static void test_times(void **state)
{
	static const struct {
		const char *text;
		int64_t tai;
	} cases[] = {
		{ "2025-12-31", 1767139237000000000 },
		{ "2025-12-31T23:59:50.1234567890123", 1767225627123456789 },
		{ "2025-12-31 23:59:50.", 1767225627000000000 },
		{ "2025-12-31 2:5", 1767146737000000000 },
		{ "2024-2-29", 1709164837000000000 },
		{ "2025-12-31T3:59:61.25", 1767153638250000000 },
		{ "2016-12-31T23:59:60.5", 1483228836500000000 },
		{ "2017-01-01", 1483228837000000000 },
		{ "2025-12-31+00:00", 1767139237000000000 },
		{ "ISO/2025-12-31 00:00/UTC", 1767139237000000000 },
		{ "fits/+02025-12-31T23:59:50", 1767225627000000000 },
		{ "2025:366", 1767225637000000000 },
		{ "2025:36:1:2:3.5", 1738717360500000000 },
		{ "61040.5", 1767182400000000000 },
		{ "61040.5/utc", 1767182437000000000 },
		{ "61040.5/tt", 1767182367816000000 },
		{ "61040.5/tdb", 1767182367816096146 },
		{ "61040.5/tcb", 1767182343841001400 },
		{ "61040.5/tcg", 1767182366738368239 },
		{ "61040.123456789", 1767149866666569491 },
		{ "jd/2461041.123456789", 1767193066666585207 },
		{ "unix/1767139200.25/tai", 1767139237250000000 },
		{ "unix_tai/1767139200.25", 1767139200250000000 },
		{ "cxcsec/883612869.184", 1767225637000000015 },
		{ "gps/1451174418.0", 1767139237000000000 },
		{ "byear/2025.5", 1751389297950139688 },
		{ "jyear/2025.5", 1751446800000000000 },
		{ "decimalyear/2025.5/utc", 1751457637000000000 },
		{ "1965-01-01", 0 },
		{ "-5.5", 0 },
		{ "1970-01-01", 8000082000 },
		{ "2099-12-31T23:59:59.999999999/tai", 4102444799999999999 },
		{ "2100-01-01 06:00", 4102444800000000000 },
		{ "2150-01-01", 4102444800000000000 },
	};
	static const char *const refused[] = {
		"",
		"61040",
		"now",
		"2025-12-31T23",
		"2025-12-31T24:00",
		"2025-12-31T23:60",
		"2025-13-01",
		"2025-02-29",
		"25-1-1",
		"12025-01-01",
		"2025-12-31t00:00",
		" 2025-12-31",
		"2025-12-31Z",
		"2025-12-31T00:00+01:00",
		"2025:0",
		"2025:367",
		"iso/2025-12-31T00:00",
		"isot/2025-12-31 00:00",
		"fits/2025-12-31T23:59",
		"mjd/2025-12-31",
		"unix/5",
		"nosuch/5.5",
		"5.5/nosuch",
		"5.5/",
		"/5.5",
		"mjd//5.5",
		"5.5/tai/tai",
		"5.5/local",
		".",
		"-.",
		"1e5.",
		"datetime/2025-01-01",
	};

	(void)state;
	for (size_t i = 0; i < PPS_COUNT(cases); i++) {
		_cleanup_(pps_error_freep) pps_error *err = NULL;
		int64_t tai = -1;

		assert_ok(pps_where_time(cases[i].text, &tai, &err), err);
		if (tai != cases[i].tai)
			fail_msg("%s: %lld", cases[i].text, (long long)tai);
	}
	for (size_t i = 0; i < PPS_COUNT(refused); i++) {
		int64_t tai = -1;

		if (pps_where_time(refused[i], &tai, NULL) != PPS_E_ARG)
			fail_msg("%s is accepted", refused[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_selections),
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_given_instrument),
		cmocka_unit_test(test_texts),
		cmocka_unit_test(test_sizes),
		cmocka_unit_test(test_messages),
		cmocka_unit_test(test_like_patterns),
		cmocka_unit_test(test_times),
		cmocka_unit_test(test_nesting),
		cmocka_unit_test(test_regions),
		cmocka_unit_test(test_guide),
	};

	return cmocka_run_group_tests(tests, group_setup, group_teardown);
}
