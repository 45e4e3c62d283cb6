/* SPDX-License-Identifier: BSD-3-Clause */
/* Dimension records in the Butler's export format: what the real Butler wrote, what it accepts, what is
 * refused and where. */
#include "vectors.h"

#include <math.h>
#include <unistd.h>

#include "dimensions/records.h"

static pps_ctx *ctx;

static int set_up(void **state)
{
	(void)state;
	return pps_ctx_new(&ctx, NULL);
}

static int tear_down(void **state)
{
	(void)state;
	pps_ctx_unref(ctx);
	return 0;
}

static int to_buffer(const void *bytes, size_t size, void *user, pps_error **err)
{
	pps_buf_add(user, bytes, size);
	return pps_buf_check(user, "test", err);
}

static int import(const char *text, pps_dimensions **ret, pps_error **err)
{
	return pps_dimensions_import(ctx, "t.yaml", text, strlen(text), NULL, ret, err);
}

/* The text after import and export. */
static char *again(const char *text)
{
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	_cleanup_(pps_dimensions_freep) pps_dimensions *d = NULL;
	_cleanup_buf_ pps_buf b = PPS_BUF(1 << 22);

	assert_ok(import(text, &d, &err), err);
	assert_ok(pps_dimensions_export(d, to_buffer, &b, &err), err);
	return pps_buf_take(&b);
}

static void real_exports_come_back_equal(void **state)
{
	static const char *const files[] = { "dimensions.yaml", "texts.yaml" };

	(void)state;
	for (size_t i = 0; i < PPS_COUNT(files); i++) {
		size_t size;
		_cleanup_free_ char *text = vector_read(files[i], &size);
		_cleanup_free_ char *out = again(text);

		assert_string_equal(out, text);
	}
}

static void values_are_read_right(void **state)
{
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	_cleanup_(pps_dimensions_freep) pps_dimensions *d = NULL;
	size_t size;
	_cleanup_free_ char *text = vector_read("dimensions.yaml", &size);
	int64_t begin, end;

	(void)state;
	assert_ok(import(text, &d, &err), err);
	assert_int_equal(pps_dimensions_universe_version(d), 8);
	assert_int_equal(pps_dimensions_count(d, "exposure"), 3);
	assert_int_equal(pps_dimensions_count(d, "detector"), 6);
	assert_string_equal(pps_dimensions_get_text(d, "exposure", 1, "group"), "\xf4\x8f\xbf\xbf");
	assert_string_equal(pps_dimensions_get_text(d, "exposure", 1, "target_name"), "2025-1-2");
	assert_int_equal(pps_dimensions_get_int(d, "exposure", 0, "seq_num"), -4079248238425204401);
	assert_true(pps_dimensions_get_float(d, "exposure", 0, "sky_angle") == 2.5e-310);
	assert_int_equal(pps_dimensions_is_null(d, "exposure", 0, "can_see_sky"), 1);
	assert_int_equal(pps_dimensions_is_null(d, "exposure", 0, "has_simulated"), 0);
	assert_int_equal(pps_dimensions_get_timespan(d, "exposure", 1, &begin, &end), 1);
	assert_int_equal(begin, 1764719940425363958);
	assert_int_equal(end, 1764719940425363958 + 30929600000);
}

#define HEADER "description: Butler Data Repository Export\nversion: 1.0.2\nuniverse_version: 8\nuniverse_namespace: daf_butler\ndata:"
#define BLOCK(element) HEADER "\n- type: dimension\n  element: " element "\n  records:\n"
#define GROUP BLOCK("group")
#define DAY BLOCK("day_obs")
#define TRACT BLOCK("tract")
#define TIME "!butler_time/tai/iso '2025-12-02 00:00:00"
#define PIXEL "6200000000000000000000000000000000000000000000000000000000000000"

/* What the Butler accepts, though its export does not write it so; it means the second. */
static void other_spellings(void **state)
{
	static const struct {
		const char *text, *means;
	} cases[] = {
		{ "version: 0\nuniverse_version: 8\ndata: []\n", HEADER " []\n" },
		{ "version: 1.0.7\nuniverse_version: 8\nmore: {a: [1, 2]}\ndata: []\n", HEADER " []\n" },
		{ "data:\n- element: group\n  records:\n  - {group: x, instrument: A}\n  type: dimension\n"
		  "universe_version: 8\nversion: 1.0.0\n",
		  GROUP "  - instrument: A\n    name: x\n" },
		{ GROUP
		 "  - {instrument: A, name: y}\n  - {instrument: A, name: x}\n  - {instrument: A, name: y}\n",
		  GROUP "  - instrument: A\n    name: x\n  - instrument: A\n    name: y\n" },
		{ DAY
		 "  - {instrument: A, id: 0x10, timespan: !<!lsst.daf.butler.Timespan> {begin: null, end: " TIME "'}}\n",
		  DAY
			  "  - instrument: A\n    id: 16\n    datetime_begin: null\n    datetime_end: " TIME
				  ".000000000'\n" },
		{ DAY "  - {instrument: A, id: 5, datetime_begin: &t " TIME "', datetime_end: *t}\n",
		  DAY
			  "  - instrument: A\n    id: 5\n    datetime_begin: " TIME
				  ".000000000'\n    datetime_end: " TIME
		      ".000000001'\n" },
		{ DAY "  - {instrument: A, id: 5, timespan: null}\n", DAY "  - instrument: A\n    id: 5\n" },
		{ DAY
		 "  - {instrument: A, id: 5, datetime_begin: !butler_time/tai/iso '1960-01-01', datetime_end: "
		      "!butler_time/tai/iso '2200-01-01'}\n",
		  DAY "  - instrument: A\n    id: 5\n    datetime_begin: null\n    datetime_end: null\n" },
		{ TRACT "  - {skymap: A, id: 1, region: &r !<lsst.sphgeom.Circle> {encoded: "
			"'63000000000000F03F0000000000000000000000000000000000000000000000000000000000000000'}}\n"
			"  - {skymap: A, id: 2, region: *r}\n",
		  TRACT "  - skymap: A\n    id: 1\n    region: !<lsst.sphgeom.Circle>\n      encoded: "
			"63000000000000f03f0000000000000000000000000000000000000000000000000000000000000000\n"
			"  - skymap: A\n    id: 2\n    region: !<lsst.sphgeom.Circle>\n      encoded: "
			"63000000000000f03f0000000000000000000000000000000000000000000000000000000000000000\n" },
	};

	(void)state;
	for (size_t i = 0; i < PPS_COUNT(cases); i++) {
		_cleanup_free_ char *out = again(cases[i].text);

		assert_string_equal(out, cases[i].means);
	}
}

static void refusals_name_the_place(void **state)
{
	static const struct {
		const char *text;
		int code;
		const char *message;
	} cases[] = {
		{ "", PPS_E_FORMAT, ":1:1: expected an export of the Butler" },
		{ "[]\n", PPS_E_FORMAT, ":1:1: expected an export of the Butler" },
		{ "a: [\n", PPS_E_FORMAT, ":2:1: " },
		{ "version: 2.0.0\ndata: []\n", PPS_E_UNSUPPORTED, ":1:10: expected version 1.0.*" },
		{ "version: 1.1.0\ndata: []\n", PPS_E_UNSUPPORTED, ":1:10: expected version 1.0.*" },
		{ "universe_version: 8\ndata: []\n", PPS_E_FORMAT,
		 ":1:1: expected an export of the Butler: it has no version" },
		{ "version: 1.0.2\ndata: []\n", PPS_E_UNSUPPORTED, ":1:1: expected universe_version" },
		{ "version: 1.0.2\nuniverse_version: 9\n", PPS_E_UNSUPPORTED,
		 ":2:19: expected dimension universe 7 or 8, not 9" },
		{ "version: 1.0.2\nuniverse_version: 8\nuniverse_namespace: mine\n", PPS_E_UNSUPPORTED,
		  ":3:21: expected dimension universe daf_butler, not mine" },
		{ "version: 1.0.2\nuniverse_version: 8\n", PPS_E_FORMAT, "it has no data" },
		{ HEADER " 5\n", PPS_E_FORMAT, ":5:7: expected a list of blocks" },
		{ HEADER " []\ndata: []\n", PPS_E_FORMAT, ":6:7: data is given twice" },
		{ HEADER "\n- type: dataset\n", PPS_E_UNSUPPORTED,
		 ":6:9: expected type dimension, not dataset" },
		{ HEADER "\n- type: dimension\n  element: vist\n", PPS_E_UNSUPPORTED,
		  ":7:12: expected an element of dimension universe 8, not vist" },
		{ HEADER "\n- type: dimension\n  element: band\n", PPS_E_FORMAT,
		 ":7:12: band has no records of its own" },
		{ HEADER "\n- type: dimension\n  element: group\n", PPS_E_FORMAT,
		  ":8:1: expected type, element and records before this" },
		{ HEADER "\n- type: dimension\n  records: []\n", PPS_E_FORMAT,
		  ":7:12: expected the block's element before its records" },
		{ HEADER "\n- type: dimension\n  elements: group\n", PPS_E_UNSUPPORTED,
		 ":7:13: expected type, element and records" },
		{ GROUP "  - 5\n", PPS_E_FORMAT, ":9:5: expected a record of group" },
		{ GROUP "  - instrument: A\n    name: 5\n", PPS_E_FORMAT,
		 ":10:11: expected a text in quotes, not \"5\"" },
		{ GROUP "  - instrument: A\n    name: on\n", PPS_E_FORMAT,
		 ":10:11: expected a text in quotes, not \"on\"" },
		{ GROUP "  - instrument: A\n    name: 2025-12-02\n", PPS_E_FORMAT,
		 ":10:11: expected a text in quotes" },
		{ GROUP "  - instrument: A\n    name: !<!x> y\n", PPS_E_FORMAT, ":10:11: expected a text" },
		{ GROUP "  - instrument: A\n    name: [y]\n", PPS_E_FORMAT, ":10:11: expected a text" },
		{ GROUP "  - instrument: A\n", PPS_E_FORMAT, ":9:5: expected a value of group.name" },
		{ GROUP "  - instrument: null\n    name: x\n", PPS_E_FORMAT,
		 ":9:5: expected a value of group.instrument" },
		{ GROUP "  - instrument: A\n    name: x\n    seeing: 5\n", PPS_E_FORMAT,
		  ":11:13: records of group have no field seeing" },
		{ GROUP "  - instrument: A\n    name: x\n    name: y\n", PPS_E_FORMAT,
		 ":11:11: group.name is given twice" },
		{ GROUP "  - instrument: A\n    name: \"x\\0y\"\n", PPS_E_FORMAT,
		  ":10:11: expected a text without NUL characters" },
		{ GROUP "  - {instrument: A, name: x}\n  - *a\n", PPS_E_FORMAT,
		 ":10:5: expected an alias of" },
		{ DAY "  - {instrument: A, id: x}\n", PPS_E_FORMAT, ":9:25: expected an integer, not \"x\"" },
		{ DAY "  - {instrument: A, id: 9223372036854775808}\n", PPS_E_FORMAT,
		 ":9:25: expected an integer" },
		{ DAY
		 "  - {instrument: A, id: 5}\n  - {instrument: A, id: 5, datetime_begin: null, datetime_end: null}\n",
		  PPS_E_FORMAT,
			  ":10:5: a record of day_obs with the same key and other content comes before" },
		{ DAY "  - {instrument: A, id: 5, datetime_begin: 2025-12-02 00:00:00}\n", PPS_E_FORMAT,
		  ":9:44: expected a time with the tag" },
		{ DAY "  - {instrument: A, id: 5, datetime_begin: !butler_time/tai/iso x}\n", PPS_E_FORMAT,
		  ":9:44: expected a time such as" },
		{ DAY "  - {instrument: A, id: 5, datetime_begin: " TIME "'}\n", PPS_E_FORMAT,
		  ":9:5: expected both datetime_begin and datetime_end" },
		{ DAY
		 "  - {instrument: A, id: 5, datetime_begin: !butler_time/tai/iso '1970-01-01', datetime_end: "
		      "!butler_time/tai/iso '1970-01-01'}\n",
		  PPS_E_FORMAT, ":9:5: the timespan of day_obs is a single instant without bound" },
		{ DAY "  - {instrument: A, id: 5, timespan: !<!lsst.daf.butler.Timespan> {begin: null}}\n",
		 PPS_E_FORMAT, "expected begin and end of a timespan" },
		{ TRACT "  - {skymap: A, id: 5, region: 7}\n", PPS_E_FORMAT, ":9:32: expected a region" },
		{ TRACT "  - skymap: A\n    id: 5\n    region: !<lsst.sphgeom.Box>\n      encoded: 62zz\n",
		 PPS_E_FORMAT, ":12:16: expected a region:" },
		{ TRACT
		 "  - skymap: A\n    id: 5\n    region: !<lsst.sphgeom.Box>\n      encoded: " PIXEL "\n",
			 PPS_E_FORMAT, ":12:16: expected the region's bytes in hexadecimal, quoted" },
		{ TRACT
		 "  - skymap: A\n    id: 5\n    region: !<lsst.sphgeom.Cube>\n      encoded: '6200'\n",
			 PPS_E_FORMAT, ":11:13: expected a region" },
		{ BLOCK("skymap") "  - {name: A, hash: abc}\n", PPS_E_FORMAT,
		 ":9:21: expected bytes with the tag !!binary" },
		{ BLOCK("skymap") "  - {name: A, hash: !!binary 'a*c'}\n", PPS_E_FORMAT,
		 ":9:21: expected bytes in base64" },
		{ BLOCK("exposure") "  - {azimuth: high}\n", PPS_E_FORMAT,
		 ":9:15: expected a number, not \"high\"" },
		{ BLOCK("exposure") "  - {can_see_sky: 1}\n", PPS_E_FORMAT,
		 ":9:19: expected true or false, not \"1\"" },
		{ HEADER " []\n---\nx: 1\n", PPS_E_FORMAT, ":6:1: expected the end of the file" },
		{ GROUP "  - instrument: A\n    name: \x01\n", PPS_E_FORMAT,
		 "control characters are not allowed" },
		{ GROUP "  - instrument: A\n    name: \xff\n", PPS_E_FORMAT, "UTF-8" },
	};

	(void)state;
	for (size_t i = 0; i < PPS_COUNT(cases); i++) {
		_cleanup_(pps_error_freep) pps_error *err = NULL;
		pps_dimensions *d = NULL;
		int r = import(cases[i].text, &d, &err);

		if (r != cases[i].code || d || !strstr(pps_error_message(err), cases[i].message))
			fail_msg("case %zu, wanted %s \"%s\", got %s \"%s\"", i,
				 pps_error_code_name(cases[i].code),
				 cases[i].message, pps_error_code_name(r), pps_error_message(err));
		assert_string_equal(pps_error_file(err), "t.yaml");
		assert_true(pps_error_line(err) > 0 && pps_error_column(err) > 0);
	}
}

static void other_universes(void **state)
{
	_cleanup_(pps_universe_unrefp) pps_universe *seven = NULL;
	_cleanup_(pps_dimensions_freep) pps_dimensions *d = NULL;
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	static const char ssp[] = BLOCK("ssp_hypothesis_table") "  - name: x\n",
		group[] = GROUP "  - instrument: A\n    name: x\n";

	(void)state;
	assert_ok(pps_universe_known(7, &seven, &err), err);
	assert_ok(pps_dimensions_import(ctx, "t", group, strlen(group), seven, &d, &err), err);
	assert_int_equal(pps_dimensions_universe_version(d), 7);
	assert_int_equal(pps_dimensions_import(ctx, "t", ssp, strlen(ssp), seven, NULL, &err),
			 PPS_E_UNSUPPORTED);
	assert_string_equal(pps_error_message(err),
			    "t:7:12: expected an element of dimension universe 7, not ssp_hypothesis_table");
}

static void empty_timespans_cannot_be_exported(void **state)
{
	_cleanup_(pps_dimensions_freep) pps_dimensions *d = NULL;
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	_cleanup_buf_ pps_buf b = PPS_BUF(1 << 16);

	(void)state;
	assert_ok(import(DAY "  - {instrument: A, id: 5, timespan: !<!lsst.daf.butler.Timespan> EMPTY}\n",
			 &d, &err), err);
	assert_int_equal(pps_dimensions_export(d, to_buffer, &b, &err), PPS_E_UNSUPPORTED);
	assert_string_equal(pps_error_message(err),
			    "day_obs instrument=A, day_obs=5, timespan: an empty timespan, which an export cannot hold");
}

static int full(const void *bytes, size_t size, void *user, pps_error **err)
{
	(void)bytes;
	(void)size;
	(void)user;
	return pps_fail(err, PPS_E_NOSPACE, "full");
}

static void sinks_may_fail(void **state)
{
	_cleanup_(pps_dimensions_freep) pps_dimensions *d = NULL;
	_cleanup_(pps_error_freep) pps_error *err = NULL;

	(void)state;
	assert_ok(pps_dimensions_new(ctx, 8, &d, &err), err);
	assert_int_equal(pps_dimensions_export(d, full, NULL, &err), PPS_E_NOSPACE);
}

static void files(void **state)
{
	_cleanup_(pps_dimensions_freep) pps_dimensions *d = NULL, *back = NULL;
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	char folder[] = "/tmp/test-dimension-yaml.XXXXXX", path[64];

	(void)state;
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/x_dimensions.yaml", folder);
	assert_int_equal(pps_dimensions_load(ctx, path, &d, &err), PPS_E_NOTFOUND);
	pps_error_free(TAKE_PTR(err));
	assert_ok(import(GROUP "  - {instrument: A, name: x}\n", &d, &err), err);
	assert_ok(pps_dimensions_save(d, path, &err), err);
	assert_int_equal(pps_dimensions_save(d, path, &err), PPS_E_EXISTS);
	pps_error_free(TAKE_PTR(err));
	assert_ok(pps_dimensions_load(ctx, path, &back, &err), err);
	assert_string_equal(pps_dimensions_get_text(back, "group", 0, "name"), "x");
	assert_int_equal(unlink(path), 0);
	assert_int_equal(rmdir(folder), 0); /* and nothing else was left there */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(real_exports_come_back_equal),
		cmocka_unit_test(values_are_read_right),
		cmocka_unit_test(other_spellings),
		cmocka_unit_test(refusals_name_the_place),
		cmocka_unit_test(other_universes),
		cmocka_unit_test(empty_timespans_cannot_be_exported),
		cmocka_unit_test(sinks_may_fail),
		cmocka_unit_test(files),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
