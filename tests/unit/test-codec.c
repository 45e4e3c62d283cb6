/* SPDX-License-Identifier: BSD-3-Clause */
/* Hexadecimal, base64, percent-quoting, UTF-8, numbers, UUIDs. */
#include "test.h"

#include <locale.h>
#include <math.h>

#include "base/codec.h"
#include "base/json.h"
#include "base/uuid.h"

static void hex(void **state)
{
	_cleanup_free_ uint8_t *bytes = NULL;
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	char out[9];
	size_t size;

	(void)state;
	pps_hex_encode("\x00\x7f\x80\xff", 4, out);
	assert_string_equal(out, "007f80ff");
	assert_ok(pps_hex_decode("007F80ff", 8, &bytes, &size, &err), err);
	assert_int_equal(size, 4);
	assert_memory_equal(bytes, "\x00\x7f\x80\xff", 4);
	assert_int_equal(pps_hex_decode("abc", 3, &bytes, &size, NULL), PPS_E_FORMAT);
	assert_int_equal(pps_hex_decode("ag", 2, &bytes, &size, &err), PPS_E_FORMAT);
	assert_string_equal(pps_error_message(err), "hexadecimal text: no digit at character 2");
}

static void base64(void **state)
{
	/* RFC 4648, section 10, and every value of a digit */
	static const struct {
		const char *bytes, *text;
	} cases[] = {
		{ "", "" },           { "f", "Zg==" },         { "fo", "Zm8=" },         { "foo", "Zm9v" },
		{ "foob", "Zm9vYg==" }, { "fooba", "Zm9vYmE=" }, { "foobar", "Zm9vYmFy" }, { "\xfb\xef\xff", "++//" },
	};
	static const char *const refused[] = { "Z", "Zg=", "Zg", "Zh==", "Zm9=", "Z===", "====", "Zg==Zg==", "Zm 9", "Zm9-" };

	(void)state;
	for (size_t i = 0; i < PPS_COUNT(cases); i++) {
		_cleanup_buf_ pps_buf b = PPS_BUF_LINE;
		_cleanup_free_ uint8_t *bytes = NULL;
		size_t size;

		pps_base64_encode(&b, cases[i].bytes, strlen(cases[i].bytes));
		assert_string_equal(pps_buf_text(&b), cases[i].text);
		assert_ok(pps_base64_decode(cases[i].text, strlen(cases[i].text), &bytes, &size, NULL), NULL);
		assert_int_equal(size, strlen(cases[i].bytes));
		assert_memory_equal(bytes, cases[i].bytes, size);
	}
	for (size_t i = 0; i < PPS_COUNT(refused); i++) {
		uint8_t *bytes = NULL;
		size_t size;

		if (pps_base64_decode(refused[i], strlen(refused[i]), &bytes, &size, NULL) != PPS_E_FORMAT)
			fail_msg("%s was accepted", refused[i]);
	}
}

static void base64_goes_back(void **state)
{
	uint8_t in[257];

	(void)state;
	for (size_t n = 0; n <= sizeof in; n++) {
		_cleanup_buf_ pps_buf b = PPS_BUF_LINE;
		_cleanup_free_ uint8_t *bytes = NULL;
		size_t size;

		for (size_t i = 0; i < n; i++)
			in[i] = (uint8_t)(i * 41 + n);
		pps_base64_encode(&b, in, n);
		assert_int_equal(b.size, (n + 2) / 3 * 4);
		assert_ok(pps_base64_decode(pps_buf_text(&b), b.size, &bytes, &size, NULL), NULL);
		assert_int_equal(size, n);
		assert_memory_equal(bytes, in, n);
	}
}

static void percent(void **state)
{
	_cleanup_buf_ pps_buf b = PPS_BUF_LINE, back = PPS_BUF_LINE;
	_cleanup_(pps_error_freep) pps_error *err = NULL;

	(void)state;
	pps_percent_encode(&b, "a/b c\0+\xc3\xa9~", 10, "/");
	assert_string_equal(pps_buf_text(&b), "a/b%20c%00%2B%C3%A9~");
	assert_ok(pps_percent_decode(&back, pps_buf_text(&b), b.size, &err), err);
	assert_int_equal(back.size, 10);
	assert_memory_equal(back.at, "a/b c\0+\xc3\xa9~", 10);
	assert_int_equal(pps_percent_decode(&back, "100%", 4, NULL), PPS_E_FORMAT);
	assert_int_equal(pps_percent_decode(&back, "%2", 2, NULL), PPS_E_FORMAT);
	assert_int_equal(pps_percent_decode(&back, "ab%g0", 5, &err), PPS_E_FORMAT);
	assert_string_equal(pps_error_message(err), "\"ab%g0\": % at character 3 lacks two hexadecimal digits");
}

static void utf8(void **state)
{
	static const char *const valid[] = { "", "a", "\x7f", "\xc2\x80", "\xdf\xbf", "\xe0\xa0\x80", "\xed\x9f\xbf",
					     "\xee\x80\x80", "\xef\xbf\xbf", "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf" };
	static const char *const invalid[] = { "\x80", "\xc0\x80", "\xc1\xbf", "\xc2", "\xc2\x41", "\xe0\x9f\xbf", "\xe1\x80",
					       "\xed\xa0\x80", "\xf0\x8f\xbf\xbf", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xff" };

	(void)state;
	for (size_t i = 0; i < PPS_COUNT(valid); i++)
		if (!pps_utf8_is_valid(valid[i], strlen(valid[i])))
			fail_msg("valid text %zu refused", i);
	for (size_t i = 0; i < PPS_COUNT(invalid); i++)
		if (pps_utf8_is_valid(invalid[i], strlen(invalid[i])))
			fail_msg("invalid text %zu accepted", i);
	assert_int_equal(pps_utf8_is_valid("a\0b", 3), 0);
	assert_int_equal(pps_utf8_is_valid("\xe2\x82\xac", 2), 0);
}

/* What Python's repr() gives. */
static const struct {
	double value;
	const char *repr;
} reprs[] = {
	{ 0x1p-44, "5.684341886080802e-14" }, /* the nearest 16 digits do not read back, their neighbour does */
	{ 0x1p-1074, "5e-324" },
	{ 0x1p-1022, "2.2250738585072014e-308" },
	{ 1e22, "1e+22" },
	{ 1e16, "1e+16" },
	{ 9999999999999998.0, "9999999999999998.0" },
	{ 123456789012345680.0, "1.2345678901234568e+17" },
	{ 0x1.3333333333334p-2, "0.30000000000000004" },
	{ 1e-4, "0.0001" },
	{ 1e-5, "1e-05" },
	{ 0.0001234, "0.0001234" },
	{ 30.0, "30.0" },
	{ 0.0, "0.0" },
	{ -0.0, "-0.0" },
	{ -1.5, "-1.5" },
	{ 0x1.fffffffffffffp+1023, "1.7976931348623157e+308" },
	{ 1.0 / 3, "0.3333333333333333" },
	{ 100.0, "100.0" },
	{ 9007199254740992.0, "9007199254740992.0" },
	{ 1e15, "1000000000000000.0" },
	{ 0x1p-1000, "9.332636185032189e-302" },
	{ 0x1p+89, "6.189700196426902e+26" },
	{ 5e-310, "5e-310" },
	{ 4.35, "4.35" },
	{ 123.456, "123.456" },
};

static void float_repr(void **state)
{
	char text[32];

	(void)state;
	for (size_t i = 0; i < PPS_COUNT(reprs); i++) {
		double back;

		pps_float_repr(reprs[i].value, text);
		assert_string_equal(text, reprs[i].repr);
		assert_ok(pps_double_parse(text, &back, NULL), NULL);
		assert_memory_equal(&back, &reprs[i].value, sizeof back);
	}
	pps_float_repr(NAN, text);
	assert_string_equal(text, "nan");
	pps_float_repr(-INFINITY, text);
	assert_string_equal(text, "-inf");
}

static void float_repr_in_another_locale(void **state)
{
	locale_t other = newlocale(LC_ALL_MASK, "de_DE.UTF-8", (locale_t)0), old;

	(void)state;
	if (!other)
		return; /* not installed here */
	old = uselocale(other);
	float_repr(NULL);
	uselocale(old);
	freelocale(other);
}

static void numbers_refused(void **state)
{
	static const char *const doubles[] = { "", " 1", "1 ", "0x10", "nan(1)", "1e999", "1,5", "one", "--1" };
	static const char *const ints[] = { "", "-", "+", " 1", "1 ", "1.0", "0x1", "9223372036854775808",
					    "-9223372036854775809", "99999999999999999999999", "1_000" };
	double d = 42;
	int64_t n = 42;

	(void)state;
	for (size_t i = 0; i < PPS_COUNT(doubles); i++)
		if (pps_double_parse(doubles[i], &d, NULL) != PPS_E_FORMAT)
			fail_msg("\"%s\" was accepted", doubles[i]);
	for (size_t i = 0; i < PPS_COUNT(ints); i++)
		if (pps_int_parse(ints[i], &n, NULL) != PPS_E_FORMAT)
			fail_msg("\"%s\" was accepted", ints[i]);
	assert_true(d == 42);
	assert_int_equal(n, 42);
}

static void ints(void **state)
{
	int64_t n;

	(void)state;
	assert_ok(pps_int_parse("-9223372036854775808", &n, NULL), NULL);
	assert_true(n == INT64_MIN);
	assert_ok(pps_int_parse("9223372036854775807", &n, NULL), NULL);
	assert_true(n == INT64_MAX);
	assert_ok(pps_int_parse("+007", &n, NULL), NULL);
	assert_int_equal(n, 7);
}

static void json(void **state)
{
	static const struct {
		const char *text;
		int code;
	} cases[] = {
		{ "{\"a\": [1, 2.5, null, \"b\"]}", PPS_OK }, { "[]", PPS_OK },
		{ "{\"a\": 1, \"a\": 2}", PPS_E_FORMAT },	    { "{\"a\": }", PPS_E_FORMAT },
		{ "", PPS_E_FORMAT },			    { "[1, 2", PPS_E_FORMAT },
		{ "[1e999]", PPS_E_FORMAT },
	};

	(void)state;
	for (size_t i = 0; i < PPS_COUNT(cases); i++) {
		json_t *parsed = NULL;
		json_error_t where;

		assert_int_equal(pps_json_parse(cases[i].text, strlen(cases[i].text), JSON_REJECT_DUPLICATES, &parsed, &where), cases[i].code);
		assert_int_equal(parsed != NULL, cases[i].code == PPS_OK);
		assert_int_equal(pps_json_check(cases[i].text, strlen(cases[i].text), JSON_REJECT_DUPLICATES, &where), cases[i].code);
		json_decref(parsed);
	}
}

static void uuid_text(void **state)
{
	static const char *const refused[] = {
		"", "840b31d9-05cd-5161-b2c8-00d32b280d0", "840b31d9-05cd-5161-b2c8-00d32b280d0g",
		"840b31d905cd-5161-b2c8-00d32b280d0f0", "{840b31d9-05cd-5161-b2c8-00d32b280d0f}",
		"840b31d9-05cd-5161-b2c8-00d32b28-d0f", "840b31d905cd5161b2c800d32b280d0-", "-40b31d9-05cd-5161-b2c8-00d32b280d0f",
		"840b31d9-05cd-5161-b2c8-00d32b280d0\xff", "840b31d9-05cd-5161-b2c8-00d32b280d\xb0z", "840b31d9-05cd-5161-b2c8-00d32b280d0G",
	};
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	pps_uuid a, b;
	char text[37], plain[33];

	(void)state;
	assert_ok(pps_uuid_parse("840B31D9-05cd-5161-b2c8-00d32b280d0f", &a, &err), err);
	assert_ok(pps_uuid_parse("840b31d905cd5161b2c800d32b280d0f", &b, &err), err);
	assert_memory_equal(&a, &b, sizeof a);
	pps_uuid_format(&a, text);
	assert_string_equal(text, "840b31d9-05cd-5161-b2c8-00d32b280d0f");
	pps_uuid_hex(&a, plain);
	assert_string_equal(plain, "840b31d905cd5161b2c800d32b280d0f");
	for (size_t i = 0; i < PPS_COUNT(refused); i++)
		if (pps_uuid_parse(refused[i], &a, NULL) != PPS_E_FORMAT)
			fail_msg("\"%s\" was accepted", refused[i]);
	assert_memory_equal(&a, &b, sizeof a);
}

static void uuid_v5(void **state)
{
	/* what Python's uuid.uuid5 gives */
	static const struct {
		const char *space, *name, *uuid;
	} cases[] = {
		{ "840b31d9-05cd-5161-b2c8-00d32b280d0f", "MC_O_20251202_000001", "d25b8fc7-c500-5d5d-866a-e2e020339e64" },
		{ "6ba7b810-9dad-11d1-80b4-00c04fd430c8", "python.org", "886313e1-3b8a-5372-9b90-0c9aee199e5d" },
		{ "6ba7b811-9dad-11d1-80b4-00c04fd430c8", "", "1b4db7eb-4057-5ddf-91e0-36dec72071f5" },
	};

	(void)state;
	for (size_t i = 0; i < PPS_COUNT(cases); i++) {
		pps_uuid space, uuid;
		char text[37];

		assert_ok(pps_uuid_parse(cases[i].space, &space, NULL), NULL);
		pps_uuid_v5(&space, cases[i].name, &uuid);
		pps_uuid_format(&uuid, text);
		assert_string_equal(text, cases[i].uuid);
	}
}

static void uuid_random(void **state)
{
	pps_uuid a, b;

	(void)state;
	assert_ok(pps_uuid_v4(&a, NULL), NULL);
	assert_int_equal(a.bytes[6] >> 4, 4);
	assert_int_equal(a.bytes[8] >> 6, 2);
	assert_ok(pps_uuid_v4(&b, NULL), NULL);
	assert_memory_not_equal(&a, &b, sizeof b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hex),
		cmocka_unit_test(base64),
		cmocka_unit_test(base64_goes_back),
		cmocka_unit_test(percent),
		cmocka_unit_test(utf8),
		cmocka_unit_test(float_repr),
		cmocka_unit_test(float_repr_in_another_locale),
		cmocka_unit_test(numbers_refused),
		cmocka_unit_test(ints),
		cmocka_unit_test(json),
		cmocka_unit_test(uuid_text),
		cmocka_unit_test(uuid_v5),
		cmocka_unit_test(uuid_random),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
