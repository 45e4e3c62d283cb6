/* SPDX-License-Identifier: BSD-3-Clause */
/* The Butler's zip index: written as the Butler writes it, read as its ingest_zip reads it. */
#include "test.h"

#include "archive/zip-index.h"

/* As the Python Butler wrote it, with a UTF-8 text added. */
static const char sample[] =
	"{\"index_version\":\"V1\",\"refs\":{\"container_version\":\"V1\",\"universe_version\":8,\"universe_namespace\":\"daf_butler\","
	"\"dataset_types\":{\"raw\":{\"name\":\"raw\",\"storageClass\":\"Exposure\",\"dimensions\":[\"instrument\",\"detector\","
	"\"exposure\"],\"parentStorageClass\":null,\"isCalibration\":false}},\"compact_refs\":{\"f1c493dc-299c-5feb-9b33-77878f5a872e\":"
	"{\"dataset_type_name\":\"raw\",\"run\":\"LSSTCam/raw/all\",\"data_id\":{\"instrument\":\"LSSTCam\",\"detector\":0,"
	"\"exposure\":2025120200001,\"band\":\"u\",\"group\":\"d\303\251j\303\240 \\\"\\n\\u0001\"}}},\"dimension_records\":null},"
	"\"artifact_map\":{\"MC_O_20251202_000001_R01_S00.fits\":{\"info\":{\"formatter\":\"lsst.obs.lsst.rawFormatter.F\","
	"\"path\":\"file:///a%20b/MC.fits\",\"storage_class\":\"Exposure\",\"component\":null,\"checksum\":null,\"file_size\":2880},"
	"\"ids\":[\"f1c493dc-299c-5feb-9b33-77878f5a872e\"]}}}\n";

static void parse(const char *text, pps_zip_index **index)
{
	_cleanup_(pps_error_freep) pps_error *err = NULL;

	assert_ok(pps_zip_index_parse(text, strlen(text), index, &err), err);
}

static void read_and_written(void **state)
{
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	_cleanup_(pps_zip_index_freep) pps_zip_index *index = NULL;
	_cleanup_buf_ pps_buf out = PPS_BUF(1 << 20);

	(void)state;
	parse(sample, &index);
	assert_int_equal(index->universe_version, 8);
	assert_int_equal(index->n_refs, 1);
	assert_int_equal(index->refs[0].n_values, 5);
	assert_int_equal(index->refs[0].values[2].number, 2025120200001);
	assert_int_equal(index->artifacts[0].file_size, 2880);
	assert_ptr_equal(pps_zip_index_ref(index, &index->artifacts[0].ids[0]), &index->refs[0]);
	assert_ok(pps_zip_index_write(index, &out, &err), err);
	assert_string_equal(pps_buf_text(&out), sample);
}

/* Replaces the first @from of the sample by @to. */
static char *changed(const char *from, const char *to)
{
	const char *at = strstr(sample, from);
	char *s = NULL;

	assert_non_null(at);
	assert_true(asprintf(&s, "%.*s%s%s", (int)(at - sample), sample, to, at + strlen(from)) > 0);
	return s;
}

static void minimal_is_enough(void **state)
{
	static const char *const gone[] = { ",\"parentStorageClass\":null", ",\"isCalibration\":false",	 ",\"dimension_records\":null",
					    "\"component\":null,",	    "\"checksum\":null,", ",\"band\":\"u\"" };

	(void)state;
	for (size_t i = 0; i < PPS_COUNT(gone); i++) {
		_cleanup_(pps_zip_index_freep) pps_zip_index *index = NULL;
		_cleanup_free_ char *text = changed(gone[i], "");

		parse(text, &index);
	}
}

static void refused(void **state)
{
	static const struct {
		const char *from, *to, *says;
		int code;
	} cases[] = {
		{ "\"index_version\":\"V1\"", "\"index_version\":\"V2\"", "index_version \"V2\"", PPS_E_UNSUPPORTED },
		{ "\"container_version\":\"V1\"", "\"container_version\":1", "refs.container_version", PPS_E_FORMAT },
		{ "\"universe_version\":8", "\"universe_version\":\"8\"", "refs.universe_version: expected an integer", PPS_E_FORMAT },
		{ "\"universe_version\":8,", "", "refs.universe_version", PPS_E_FORMAT },
		{ "\"run\":\"LSSTCam/raw/all\"", "\"run\":null", ".run: expected a text", PPS_E_FORMAT },
		{ "\"run\":\"LSSTCam/raw/all\"", "\"run\":\"\"", ".run: expected a name", PPS_E_FORMAT },
		{ ",\"file_size\":2880", "", "file_size", PPS_E_FORMAT },
		{ "\"dataset_type_name\":\"raw\"", "\"dataset_type_name\":\"flat\"", "flat is not described", PPS_E_FORMAT },
		{ "\"detector\":0,", "", "the data ID lacks detector", PPS_E_FORMAT },
		{ "\"detector\":0", "\"detector\":0.5", "detector: expected an integer or a text", PPS_E_FORMAT },
		{ "\"name\":\"raw\"", "\"name\":\"flat\"", "calls itself flat", PPS_E_FORMAT },
		{ "\"f1c493dc-299c-5feb-9b33-77878f5a872e\":", "\"f1c493dc\":", "expected a UUID", PPS_E_FORMAT },
		{ "[\"f1c493dc-", "[\"f1c493dd-", "is not described", PPS_E_FORMAT },
		{ "\"ids\":[\"f1c493dc-299c-5feb-9b33-77878f5a872e\"]", "\"ids\":[]", "in no member", PPS_E_FORMAT },
		{ "\"artifact_map\":{", "\"artifact_map\":[{", "line 1", PPS_E_FORMAT },
		{ "{\"index_version\"", "", "line 1", PPS_E_FORMAT },
	};

	(void)state;
	for (size_t i = 0; i < PPS_COUNT(cases); i++) {
		_cleanup_(pps_error_freep) pps_error *err = NULL;
		_cleanup_free_ char *text = changed(cases[i].from, cases[i].to);
		pps_zip_index *index = NULL;

		if (pps_zip_index_parse(text, strlen(text), &index, &err) != cases[i].code)
			fail_msg("%s: %s", cases[i].to, pps_error_message(err));
		if (!strstr(pps_error_message(err), cases[i].says))
			fail_msg("\"%s\" does not say \"%s\"", pps_error_message(err), cases[i].says);
	}
}

static void compared(void **state)
{
	static const struct {
		const char *from, *to, *says; /* says NULL: equal */
	} cases[] = {
		{ "file:///a%20b/MC.fits", "elsewhere", NULL },
		{ ",\"band\":\"u\"", "", NULL },
		{ "\"isCalibration\":false", "\"isCalibration\":true", NULL },
		{ "\"detector\":0", "\"detector\":1", "the detector of f1c493dc" },
		{ "\"band\":\"u\"", "\"band\":\"g\"", "the band of" },
		{ "LSSTCam/raw/all", "LSSTCam/raw/guider", "the run of" },
		{ "\"file_size\":2880", "\"file_size\":2881", "the size of MC_O" },
		{ "\"storage_class\":\"Exposure\"", "\"storage_class\":\"Guider\"", "the storage class of" },
		{ "rawFormatter.F", "rawFormatter.G", "the formatter of" },
		{ "\"component\":null", "\"component\":\"wcs\"", "the component of" },
		{ "MC_O_20251202_000001_R01_S00.fits", "x.fits", "is missing" },
	};
	_cleanup_(pps_zip_index_freep) pps_zip_index *expected = NULL;

	(void)state;
	parse(sample, &expected);
	for (size_t i = 0; i < PPS_COUNT(cases); i++) {
		_cleanup_(pps_error_freep) pps_error *err = NULL;
		_cleanup_(pps_zip_index_freep) pps_zip_index *other = NULL;
		_cleanup_free_ char *text = changed(cases[i].from, cases[i].to);
		int r;

		parse(text, &other);
		r = pps_zip_index_compare(expected, other, &err);
		assert_int_equal(r, cases[i].says ? PPS_E_CONFLICT : PPS_OK);
		if (cases[i].says && !strstr(pps_error_message(err), cases[i].says))
			fail_msg("\"%s\" does not say \"%s\"", pps_error_message(err), cases[i].says);
	}
}

static void unsound_is_not_written(void **state)
{
	_cleanup_(pps_zip_index_freep) pps_zip_index *index = NULL;
	_cleanup_buf_ pps_buf out = PPS_BUF(1 << 20);
	pps_zip_index broken;

	(void)state;
	parse(sample, &index);
	broken = *index;
	broken.n_types = 0;
	assert_int_equal(pps_zip_index_write(&broken, &out, NULL), PPS_E_ARG);
	broken = *index;
	broken.n_refs = 0;
	assert_int_equal(pps_zip_index_write(&broken, &out, NULL), PPS_E_ARG);
	pps_zip_ref twice[] = { index->refs[0], index->refs[0] };
	broken = *index;
	broken.refs = twice;
	broken.n_refs = 2;
	assert_int_equal(pps_zip_index_write(&broken, &out, NULL), PPS_E_ARG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(read_and_written), cmocka_unit_test(minimal_is_enough),     cmocka_unit_test(refused),
		cmocka_unit_test(compared),	    cmocka_unit_test(unsound_is_not_written),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
