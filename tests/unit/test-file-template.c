/* SPDX-License-Identifier: BSD-3-Clause */
/* Names of files by templates; expected paths are those of the Python Butler's FileTemplate.format(). */
#include "test.h"

#include "butler/file-template.h"

static int get(void *user, const char *name, const char *column, pps_field *ret, pps_error **err)
{
	static const struct {
		const char *name, *column;
		pps_field value;
	} fields[] = {
		{ "run", NULL, { PPS_FIELD_TEXT, "u/a run", 0 } },
		{ "datasetType", NULL, { PPS_FIELD_TEXT, "calexp", 0 } },
		{ "id", NULL, { PPS_FIELD_TEXT, "018f-01", 0 } },
		{ "detector", NULL, { PPS_FIELD_INT, NULL, 12 } },
		{ "detector", "full_name", { PPS_FIELD_TEXT, "R22_S11", 0 } },
		{ "visit", NULL, { PPS_FIELD_INT, NULL, 2025120200001 } },
		{ "visit", "region_is_set", { PPS_FIELD_BOOL, NULL, 1 } },
		{ "visit", "nothing", { PPS_FIELD_NULL, NULL, 0 } },
		{ "group", NULL, { PPS_FIELD_TEXT, "a/b:c#1.5", 0 } },
		{ "band", NULL, { PPS_FIELD_TEXT, "r", 0 } },
	};

	(void)user;
	if (strcmp(name, "broken") == 0)
		return pps_fail(err, PPS_E_NOTFOUND, "no record");
	for (size_t i = 0; i < PPS_COUNT(fields); i++) {
		if (strcmp(fields[i].name, name) != 0 || strcmp(fields[i].column ? fields[i].column : "", column ? column : "") != 0)
			continue;
		*ret = fields[i].value;
		return 1;
	}
	return 0;
}

static void test_format(void **state)
{
	static const struct {
		const char *template, *path;
	} cases[] = {
		{ "{run:/}/{datasetType}", "u/a_run/calexp" },
		{ "{run}/{datasetType}", "u_a_run/calexp" },
		{ "{run:/}/{tract:?}/{datasetType}_{tract:?}_{detector:?}_{run}", "u/a_run/calexp_12_u_a_run" },
		{ "{run}/{tract:?}x{datasetType}", "u_a_run/xcalexp" },
		{ "{run}/t{tract:?}/x", "u_a_run/t/x" },
		{ "{run}/a_{tract:?}", "u_a_run/a_" },
		{ "{run}/{group}/{group:/}", "u_a_run/a_b_c#1.5/a/b_cHASH1_5" },
		{ "{run}/{tract|group|visit}.{exposure|tract:?}", "u_a_run/a_b_cHASH1_5" },
		{ "{run}/{visit:015d}.{detector:5}_{detector:d}", "u_a_run/002025120200001_   12_12" },
		{ "{run}/{detector.full_name}/{visit.region_is_set}{visit.nothing}", "u_a_run/R22_S11/TrueNone" },
		{ "{run}/{detector.other:?}z", "u_a_run/z" },
		{ "/{run}//./{band:s}{{x}}", "u_a_run/r{x}" },
		{ "{run}/{id}", "u_a_run/018f-01" },
	};

	(void)state;
	for (size_t i = 0; i < PPS_COUNT(cases); i++) {
		_cleanup_(pps_error_freep) pps_error *err = NULL;
		_cleanup_buf_ pps_buf out = PPS_BUF_LINE;

		assert_ok(pps_template_format(cases[i].template, 0, get, NULL, &out, &err), err);
		if (strcmp(pps_buf_text(&out), cases[i].path) != 0)
			fail_msg("%s: %s, not %s", cases[i].template, pps_buf_text(&out), cases[i].path);
	}
}

static void test_refusals(void **state)
{
	static const struct {
		const char *template;
		int has_component, code;
	} cases[] = {
		{ "{run}/{tract}", 0, PPS_E_NOTFOUND },
		{ "{run}/{broken:?}", 0, PPS_E_NOTFOUND },
		{ "{run}/{detector.other}", 0, PPS_E_NOTFOUND },
		{ "{run}/{visit:x}", 0, PPS_E_UNSUPPORTED },
		{ "{run:>9}", 0, PPS_E_UNSUPPORTED },
		{ "{run!r}", 0, PPS_E_UNSUPPORTED },
		{ "{}", 0, PPS_E_UNSUPPORTED },
		{ "{run}/../{id}", 0, PPS_E_UNSUPPORTED },
		{ "{run", 0, PPS_E_CONFIG },
		{ "{run}/{id}", 1, PPS_E_CONFIG },
	};

	(void)state;
	for (size_t i = 0; i < PPS_COUNT(cases); i++) {
		_cleanup_(pps_error_freep) pps_error *err = NULL;
		_cleanup_buf_ pps_buf out = PPS_BUF_LINE;
		int r = pps_template_format(cases[i].template, cases[i].has_component, get, NULL, &out, &err);

		if (r != cases[i].code || !pps_error_message(err)[0])
			fail_msg("%s: %s", cases[i].template, pps_error_code_name(r));
	}
}

static void test_extension(void **state)
{
	static const char *const cases[][2] = {
		{ "a/b.fits", ".fits" }, { "a.b/c", "" },	  { "x.fits.fz", ".fits.fz" }, { "x.y.fits.gz", ".fits.gz" },
		{ "x.gz", ".gz" },	 { "b/.hidden", ".hidden" }, { "", "" },		       { "x.tar.xz", ".tar.xz" },
	};

	(void)state;
	for (size_t i = 0; i < PPS_COUNT(cases); i++)
		assert_string_equal(pps_file_extension(cases[i][0]), cases[i][1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_format), cmocka_unit_test(test_refusals), cmocka_unit_test(test_extension) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
