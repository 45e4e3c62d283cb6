/* SPDX-License-Identifier: BSD-3-Clause */
/* The list of expected sensors. */
#include "test.h"

#include "raw/sensors.h"

static int parse(const char *text, pps_sensors **ret, pps_error **err)
{
	return pps_sensors_parse("x.json", text, strlen(text), ret, err);
}

static void names_count_not_numbers(void **state)
{
	_cleanup_(pps_sensors_freep) pps_sensors *s = NULL;
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	_cleanup_buf_ pps_buf b = PPS_BUF_LINE;
	const char *present[] = { "R22_S11", "R99_S99", "R98_S98" };

	(void)state;
	assert_ok(parse("{\"expectedSensors\":{\"R22_S12\":\"SCIENCE\",\"R22_S11\":\"SCIENCE\",\"R00_SG0\":\"GUIDER\",\"R00_SW0\":\"WAVEFRONT\"},\"x\":1}", &s, &err), err);
	assert_int_equal(pps_sensors_count(s), 3);
	assert_int_equal(pps_sensors_missing(s, present, 3, 10, &b), 2);
	assert_string_equal(pps_buf_text(&b), "R00_SG0, R22_S12");
	pps_buf_truncate(&b, 0);
	assert_int_equal(pps_sensors_missing(s, present, 3, 1, &b), 2);
	assert_string_equal(pps_buf_text(&b), "R00_SG0 and 1 more");
}

static void wrong_content_is_refused(void **state)
{
	const struct {
		const char *text, *message;
	} cases[] = {
		{ "{\"expectedSensors\": {\"a\"", "x.json:1:24: no JSON: ':' expected near end of file" },
		{ "[]", "x.json: expected {\"expectedSensors\": {\"R22_S11\": \"SCIENCE\", ...}}" },
		{ "{\"expectedSensors\": []}", "x.json: expected {\"expectedSensors\": {\"R22_S11\": \"SCIENCE\", ...}}" },
		{ "{\"expectedSensors\": {\"R22_S11\": 3}}", "x.json: sensor R22_S11: expected its kind as text, such as \"SCIENCE\"" },
	};

	(void)state;
	for (size_t i = 0; i < PPS_COUNT(cases); i++) {
		_cleanup_(pps_error_freep) pps_error *err = NULL;
		pps_sensors *s = NULL;

		assert_int_equal(parse(cases[i].text, &s, &err), PPS_E_FORMAT);
		assert_null(s);
		assert_string_equal(pps_error_message(err), cases[i].message);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_count_not_numbers),
		cmocka_unit_test(wrong_content_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
