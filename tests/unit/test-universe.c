/* SPDX-License-Identifier: BSD-3-Clause */
/* The dimension universe against what the real Butler makes of the same text. */
#include "vectors.h"

#include "base/buf.h"
#include "dimensions/universe.h"

static pps_universe *load(int version)
{
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	pps_universe *u = NULL;
	char name[32];
	size_t size;

	snprintf(name, sizeof(name), "universe-%d.json", version);
	_cleanup_free_ char *json = vector_read(name, &size);
	assert_ok(pps_universe_parse(json, size, &u, &err), err);
	return u;
}

static void add_names(pps_buf *b, const char *before, const pps_element *const *list, size_t n)
{
	pps_buf_add_text(b, before);
	for (size_t i = 0; i < n; i++)
		pps_buf_printf(b, "%s%s", i ? "," : "", list[i]->name);
	if (!n)
		pps_buf_add_char(b, '-');
}

static void describe(pps_buf *b, const pps_element *e)
{
	static const char *const types[] = { "int", "float", "string", "bool", "hash", "region", "timespan" };
	const struct {
		const char *name;
		int on;
	} flags[] = { { "table", e->has_table },
		      { "spatial", e->is_spatial },
		      { "temporal", e->is_temporal },
		      { "always_join", e->always_join },
		      { "dimension", e->is_dimension } };
	int any = 0;

	if (e->is_skypix) {
		pps_buf_printf(b, "skypix %s\n", e->name);
		return;
	}
	pps_buf_printf(b, "element %s ", e->name);
	for (size_t i = 0; i < PPS_COUNT(flags); i++)
		if (flags[i].on)
			pps_buf_printf(b, "%s%s", any++ ? "," : "", flags[i].name);
	pps_buf_printf(b, "%s governor=%s populated_by=%s view_of=%s", any ? "" : "-",
		       e->governor ? e->governor->name : "-", e->populated_by ? e->populated_by->name : "-",
		       e->view_of ? e->view_of->name : "-");
	add_names(b, " requires=", e->required, e->nrequired);
	add_names(b, " implies=", e->implied, e->nimplied);
	for (size_t i = 0; i < e->ncolumns; i++)
		pps_buf_printf(b, " %s:%s:%d:%s", e->columns[i].name, types[e->columns[i].type],
			       e->columns[i].length, e->columns[i].nullable ? "null" : "not-null");
	pps_buf_add_char(b, '\n');
}

/* The line "group WANTED NAMES REQUIRED IMPLIED" that answers the one in the vectors. */
static void describe_group(pps_buf *b, const pps_universe *u, const char *wanted)
{
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	_cleanup_(pps_dimension_group_freep) pps_dimension_group *g = NULL;
	_cleanup_free_ char *copy = strdup(wanted);
	const char *names[8];
	size_t n = 0;
	char *save = NULL;

	for (char *t = strtok_r(copy, ",", &save); t && strcmp(t, "-") != 0; t = strtok_r(NULL, ",", &save))
		names[n++] = t;
	assert_ok(pps_dimension_group_new(u, names, n, &g, &err), err);
	pps_buf_printf(b, "group %s", wanted);
	add_names(b, " ", g->names, g->n);
	add_names(b, " ", g->required, g->nrequired);
	add_names(b, " ", g->implied, g->nimplied);
	pps_buf_add_char(b, '\n');
}

static void agrees(const pps_universe *u, int version)
{
	_cleanup_buf_ pps_buf b = PPS_BUF(1 << 20);
	char name[32], wanted[128];
	size_t size;

	snprintf(name, sizeof(name), "universe-%d.txt", version);
	_cleanup_free_ char *expected = vector_read(name, &size);
	for (size_t i = 0; i < pps_universe_size(u); i++)
		describe(&b, pps_universe_at(u, i));
	for (const char *p = strstr(expected, "\ngroup "); p; p = strstr(p + 1, "\ngroup ")) {
		assert_int_equal(sscanf(p, " group %127s", wanted), 1);
		describe_group(&b, u, wanted);
	}
	assert_string_equal(pps_buf_text(&b), expected);
	assert_int_equal(pps_universe_version(u), version);
	assert_string_equal(pps_universe_namespace(u), "daf_butler");
	assert_string_equal(pps_universe_skypix_system(u), "htm");
	assert_int_equal(pps_universe_skypix_level(u), 7);
}

static void real_universes(void **state)
{
	(void)state;
	for (int version = 7; version <= 8; version++) {
		_cleanup_(pps_universe_unrefp) pps_universe *u = load(version);

		agrees(u, version);
	}
}

static void known_universes(void **state)
{
	_cleanup_(pps_error_freep) pps_error *err = NULL;

	(void)state;
	for (int version = 7; version <= 8; version++) {
		_cleanup_(pps_universe_unrefp) pps_universe *u = NULL;

		assert_ok(pps_universe_known(version, &u, &err), err);
		agrees(u, version);
	}
	assert_int_equal(pps_universe_known(6, NULL, &err), PPS_E_UNSUPPORTED);
}

static void looks_up(void **state)
{
	_cleanup_(pps_universe_unrefp) pps_universe *u = load(8);
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	const pps_element *visit = pps_universe_find(u, "visit");
	const char *bad[] = { "visit_definition" }, *none[] = { "vist" };

	(void)state;
	assert_non_null(visit);
	assert_int_equal(pps_element_column(visit, "region"), visit->region_column);
	assert_int_equal(pps_element_column(visit, "timespan"), visit->span_column);
	assert_int_equal(pps_element_column(visit, "seeing"), -1);
	assert_null(pps_universe_find(u, "nothing"));
	assert_null(pps_universe_at(u, pps_universe_size(u)));
	assert_int_equal(pps_dimension_group_new(u, bad, 1, NULL, &err), PPS_E_ARG);
	pps_error_free(TAKE_PTR(err));
	assert_int_equal(pps_dimension_group_new(u, none, 1, NULL, &err), PPS_E_NOTFOUND);
	assert_string_equal(pps_error_message(err), "there is no dimension vist in universe 8");
}

/* Replaces the first @from by @to. */
static char *replaced(const char *text, const char *from, const char *to)
{
	_cleanup_buf_ pps_buf b = PPS_BUF(1 << 20);
	const char *at = strstr(text, from);

	assert_non_null(at);
	pps_buf_add(&b, text, (size_t)(at - text));
	pps_buf_add_text(&b, to);
	pps_buf_add_text(&b, at + strlen(from));
	return pps_buf_take(&b);
}

static void refuses_what_it_does_not_know(void **state)
{
	static const struct {
		const char *from, *to;
		int code;
		const char *message;
	} cases[] = {
		{ "\"version\": 8", "\"version\": 9", PPS_E_UNSUPPORTED,
		  "dimension universe: version 9 is not known; 7 and 8 are" },
		{ "\"version\": 8", "\"version\": \"8\"", PPS_E_FORMAT, "no version" },
		{ "\"daf_butler\"", "\"mine\"", PPS_E_UNSUPPORTED, "namespace mine is not known" },
		{ "\"common\": \"htm7\"", "\"common\": \"htm9\"", PPS_E_UNSUPPORTED,
		 "sky pixels htm9 are not known" },
		{ "\"type\": \"bool\"", "\"type\": \"uuid\"", PPS_E_UNSUPPORTED,
		  "element exposure has a column of unknown type" },
		{ "\"governor\": true", "\"ruler\": true", PPS_E_UNSUPPORTED, "an unknown property" },
		{ "\"nbytes\": 40", "\"nbits\": 40", PPS_E_UNSUPPORTED, "a column with an unknown property" },
		{ "\"requires\": [\"band\"]", "\"requires\": [\"bund\"]", PPS_E_UNSUPPORTED,
		  "element subfilter has a dependency that is no dimension" },
		{ "\"requires\": [\"skymap\"]", "\"requires\": [\"patch\"]", PPS_E_UNSUPPORTED,
		 "depend on each other" },
		{ "caching.CachingDimensionRecordStorage", "caching.OtherStorage", PPS_E_UNSUPPORTED,
		  "an unknown kind of storage" },
		{ "\"populated_by\": \"visit\"", "\"populated_by\": \"vist\"", PPS_E_UNSUPPORTED,
		  "a reference to an unknown element" },
		{ "{", "[", PPS_E_FORMAT, "dimension universe: line 1" },
	};
	size_t size;
	_cleanup_free_ char *json = vector_read("universe-8.json", &size);

	(void)state;
	for (size_t i = 0; i < PPS_COUNT(cases); i++) {
		_cleanup_(pps_error_freep) pps_error *err = NULL;
		_cleanup_free_ char *text = replaced(json, cases[i].from, cases[i].to);
		pps_universe *u = NULL;

		assert_int_equal(pps_universe_parse(text, strlen(text), &u, &err), cases[i].code);
		assert_null(u);
		if (!strstr(pps_error_message(err), cases[i].message))
			fail_msg("%s: got \"%s\"", cases[i].message, pps_error_message(err));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(real_universes),
		cmocka_unit_test(known_universes),
		cmocka_unit_test(looks_up),
		cmocka_unit_test(refuses_what_it_does_not_know),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
