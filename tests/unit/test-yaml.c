/* SPDX-License-Identifier: BSD-3-Clause */
/* YAML: scalars as PyYAML reads them, structure, places, what is refused. */
#include "test.h"

#include <math.h>

#include "base/buf.h"
#include "base/codec.h"
#include "base/yaml.h"

static pps_yaml *parse(const char *text, int flags)
{
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	pps_yaml *yaml = NULL;

	assert_ok(pps_yaml_parse("t.yaml", text, strlen(text), flags, &yaml, &err), err);
	return yaml;
}

/* What PyYAML's safe_load makes of a scalar: its type's letter (n b i f s) and value. */
static const struct {
	const char *text, *value;
} scalars[] = {
	{ "", "n" }, { "~", "n" }, { "null", "n" }, { "Null", "n" }, { "nUll", "s nUll" }, { "'null'", "s null" },
	{ "yes", "b 1" }, { "Yes", "b 1" }, { "on", "b 1" }, { "TRUE", "b 1" }, { "no", "b 0" }, { "Off", "b 0" }, { "False", "b 0" },
	{ "y", "s y" }, { "tRue", "s tRue" }, { "\"yes\"", "s yes" },
	{ "0", "i 0" }, { "-0", "i 0" }, { "+12", "i 12" }, { "1_000", "i 1000" }, { "0x1F", "i 31" }, { "-0x10", "i -16" },
	{ "0b101", "i 5" }, { "017", "i 15" }, { "08", "s 08" }, { "0_", "i 0" }, { "0o17", "s 0o17" }, { "_1", "s _1" },
	{ "1:30", "i 90" }, { "-1:2:3", "i -3723" }, { "190:20:30", "i 685230" }, { "1:60", "s 1:60" }, { "0:30", "s 0:30" },
	{ "9223372036854775807", "i 9223372036854775807" }, { "-9223372036854775808", "i -9223372036854775808" },
	{ "1.5", "f 1.5" }, { "1.", "f 1.0" }, { ".5", "f 0.5" }, { "-.5", "s -.5" }, { "1e5", "s 1e5" }, { "1.0e5", "s 1.0e5" },
	{ "1.0e+5", "f 100000.0" }, { "1.e-3", "f 0.001" }, { "0.1_5", "f 0.15" }, { ".inf", "f inf" }, { "-.INF", "f -inf" },
	{ ".NaN", "f nan" }, { "+.nan", "s +.nan" }, { "1:30.5", "f 90.5" }, { "012:30", "s 012:30" }, { ".", "s ." }, { "..", "s .." },
	{ "2025-12-02", "s 2025-12-02" }, { "2025-12-02 10:00:00", "s 2025-12-02 10:00:00" },
	{ "!!str 12", "s 12" }, { "!!float 3", "f 3.0" }, { "! 12", "i 12" }, { "!other 12", "s 12" }, { "\"a\\u00e9\"", "s a\xc3\xa9" },
	{ "|\n  a\n  b\n", "s a\nb\n" }, { "a b # c", "s a b" },
};

static void describe(const pps_yaml *yaml, const pps_yaml_node *node, pps_buf *b)
{
	const char *text;
	char repr[32];
	double d;
	int64_t i;
	int k;

	if (pps_yaml_is_null(node)) {
		pps_buf_add_text(b, "n");
	} else if (pps_yaml_bool(yaml, node, &k, NULL) == PPS_OK) {
		pps_buf_printf(b, "b %d", k);
	} else if (pps_yaml_int(yaml, node, &i, NULL) == PPS_OK) {
		pps_buf_printf(b, "i %lld", (long long)i);
		assert_int_equal(pps_yaml_float(yaml, node, &d, NULL), PPS_OK);
		assert_true(d == (double)i);
	} else if (pps_yaml_float(yaml, node, &d, NULL) == PPS_OK) {
		pps_float_repr(d, repr);
		pps_buf_printf(b, "f %s", repr);
	} else if (pps_yaml_string(yaml, node, &text, NULL) == PPS_OK) {
		pps_buf_printf(b, "s %s", text);
	}
}

static void scalars_as_pyyaml(void **state)
{
	(void)state;
	for (size_t i = 0; i < PPS_COUNT(scalars); i++) {
		_cleanup_(pps_yaml_freep) pps_yaml *yaml = parse(scalars[i].text, 0);
		_cleanup_buf_ pps_buf b = PPS_BUF_LINE;

		describe(yaml, pps_yaml_root(yaml), &b);
		if (strcmp(pps_buf_text(&b), scalars[i].value) != 0)
			fail_msg("%s: \"%s\", not \"%s\"", scalars[i].text, pps_buf_text(&b), scalars[i].value);
	}
}

static void wrong_types(void **state)
{
	_cleanup_(pps_yaml_freep) pps_yaml *yaml =
		parse("a: [1]\nb: {c: 1}\nd: yes\ne: 12\nf: \nx: text\ng: ''\nh: 99999999999999999999\ni: 0x_\n", 0);
	static const struct {
		const char *key;
		int type; /* i f b s */
		const char *message;
	} cases[] = {
		{ "a", 'i', "t.yaml:1:4: expected an integer, not a list" },
		{ "b", 'f', "t.yaml:2:4: expected a number, not a map" },
		{ "b.c", 'b', "t.yaml:2:8: expected true or false, not \"1\"" },
		{ "d", 's', "t.yaml:3:4: expected a text, not the truth value yes: put it in quotes" },
		{ "d", 'i', "t.yaml:3:4: expected an integer, not \"yes\"" },
		{ "e", 's', "t.yaml:4:4: expected a text, not the number 12: put it in quotes" },
		{ "f", 's', "t.yaml:5:3: expected a text, not nothing" },
		{ "x", 'f', "t.yaml:6:4: expected a number, not \"text\"" },
		{ "g", 'b', "t.yaml:7:4: expected true or false, not an empty text" },
		{ "h", 'i', "t.yaml:8:4: expected an integer of 64 bits, not 99999999999999999999" },
		{ "h", 'f', "t.yaml:8:4: expected an integer of 64 bits, not 99999999999999999999" },
		{ "i", 'i', "t.yaml:9:4: expected an integer, not \"0x_\"" },
	};

	(void)state;
	for (size_t i = 0; i < PPS_COUNT(cases); i++) {
		const pps_yaml_node *node = pps_yaml_path(pps_yaml_root(yaml), cases[i].key);
		_cleanup_(pps_error_freep) pps_error *err = NULL;
		const char *text = "before";
		double d = 42;
		int64_t n = 42;
		int k = 42, r = 0;

		if (cases[i].type == 'i')
			r = pps_yaml_int(yaml, node, &n, &err);
		if (cases[i].type == 'f')
			r = pps_yaml_float(yaml, node, &d, &err);
		if (cases[i].type == 'b')
			r = pps_yaml_bool(yaml, node, &k, &err);
		if (cases[i].type == 's')
			r = pps_yaml_string(yaml, node, &text, &err);
		assert_int_equal(r, PPS_E_CONFIG);
		assert_string_equal(pps_error_message(err), cases[i].message);
		assert_true(n == 42 && d == 42 && k == 42);
		assert_string_equal(text, "before");
	}
}

static void structure_and_places(void **state)
{
	_cleanup_(pps_yaml_freep) pps_yaml *yaml = parse("# c\n\xc3\xa9\xc3\xa9: [a, {b: c}]\nk: !include other.yaml\nl: &x {y: z}\nm: *x\n", 0);
	const pps_yaml_node *root = pps_yaml_root(yaml), *list = pps_yaml_value(root, 0);

	(void)state;
	assert_string_equal(pps_yaml_name(yaml), "t.yaml");
	assert_int_equal(pps_yaml_kind(root), PPS_YAML_MAP);
	assert_int_equal(pps_yaml_size(root), 4);
	assert_string_equal(pps_yaml_key(root, 0), "\xc3\xa9\xc3\xa9");
	assert_null(pps_yaml_key(root, 4));
	assert_null(pps_yaml_value(root, 4));
	/* columns count characters, not bytes */
	assert_int_equal(pps_yaml_line(list), 2);
	assert_int_equal(pps_yaml_column(list), 5);
	assert_int_equal(pps_yaml_size(list), 2);
	assert_string_equal(pps_yaml_text(pps_yaml_item(list, 0)), "a");
	assert_string_equal(pps_yaml_text(pps_yaml_get(pps_yaml_item(list, 1), "b")), "c");
	assert_null(pps_yaml_item(list, 2));
	assert_null(pps_yaml_text(list));
	assert_null(pps_yaml_get(list, "b"));
	assert_string_equal(pps_yaml_tag(pps_yaml_get(root, "k")), "!include");
	assert_null(pps_yaml_tag(list));
	assert_string_equal(pps_yaml_text(pps_yaml_path(root, "m.y")), "z");
	assert_null(pps_yaml_path(root, "m.y.z"));
	assert_null(pps_yaml_path(root, "n.y"));
	assert_int_equal(pps_yaml_is_null(NULL), 1);
	assert_int_equal(pps_yaml_is_null(list), 0);
}

static void empty_documents(void **state)
{
	static const char *const texts[] = { "", "# nothing\n" };

	(void)state;
	for (size_t i = 0; i < PPS_COUNT(texts); i++) {
		_cleanup_(pps_yaml_freep) pps_yaml *yaml = parse(texts[i], 0);

		assert_null(pps_yaml_root(yaml));
	}
}

static void byte_order_mark_is_skipped(void **state)
{
	_cleanup_(pps_yaml_freep) pps_yaml *yaml = parse("\xef\xbb\xbf" "a: b\n", 0);

	(void)state;
	assert_string_equal(pps_yaml_text(pps_yaml_get(pps_yaml_root(yaml), "a")), "b");
}

static void merge_keys(void **state)
{
	_cleanup_(pps_yaml_freep) pps_yaml *yaml =
		parse("- &a {x: 1, y: 2}\n- &b {y: 3, z: 4}\n- {<<: *a, y: 9}\n- {<<: [*a, *b], w: 5}\n- {'<<': 1}\n", 0);
	const pps_yaml_node *list = pps_yaml_root(yaml);

	(void)state;
	assert_int_equal(pps_yaml_size(pps_yaml_item(list, 2)), 2);
	assert_string_equal(pps_yaml_text(pps_yaml_get(pps_yaml_item(list, 2), "x")), "1");
	assert_string_equal(pps_yaml_text(pps_yaml_get(pps_yaml_item(list, 2), "y")), "9");
	assert_int_equal(pps_yaml_size(pps_yaml_item(list, 3)), 4);
	assert_string_equal(pps_yaml_text(pps_yaml_get(pps_yaml_item(list, 3), "y")), "2");
	assert_string_equal(pps_yaml_text(pps_yaml_get(pps_yaml_item(list, 3), "z")), "4");
	assert_string_equal(pps_yaml_text(pps_yaml_get(pps_yaml_item(list, 4), "<<")), "1");
}

static void large_maps(void **state)
{
	_cleanup_buf_ pps_buf b = PPS_BUF_SQL;
	_cleanup_(pps_yaml_freep) pps_yaml *yaml = NULL;
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	char key[16];

	(void)state;
	for (int i = 0; i < 50000; i++)
		pps_buf_printf(&b, "k%d: %d\n", i, i);
	yaml = parse(pps_buf_text(&b), 0);
	for (int i = 0; i < 50000; i += 37) {
		int64_t n;

		snprintf(key, sizeof key, "k%d", i);
		assert_ok(pps_yaml_int(yaml, pps_yaml_get(pps_yaml_root(yaml), key), &n, &err), err);
		assert_int_equal(n, i);
	}
	assert_null(pps_yaml_get(pps_yaml_root(yaml), "k50000"));
	pps_yaml_free(TAKE_PTR(yaml));
	pps_buf_add_text(&b, "k77: again\n");
	assert_int_equal(pps_yaml_parse("t", pps_buf_text(&b), b.size, 0, &yaml, &err), PPS_E_CONFIG);
	assert_string_equal(pps_error_message(err), "t:50001:1: \"k77\" is given twice; the first is in line 78");
}

static const struct {
	int flags;
	const char *text, *message;
} refused[] = {
	{ 0, "a: 1\nb: [1, 2\nc: 3\n", "t:3:2: wrong YAML: did not find expected ',' or ']' while parsing a flow sequence" },
	{ 0, "a: 1\n  b: 2\n", "t:2:4: wrong YAML: mapping values are not allowed in this context" },
	{ 0, "a: 'x\n", "t:2:1: wrong YAML: found unexpected end of stream while scanning a quoted scalar" },
	{ 0, "a:\n\t- b\n", "t:2:1: wrong YAML: found character that cannot start any token while scanning for the next token" },
	{ 0, "a: 1\na: 2\n", "t:2:1: \"a\" is given twice; the first is in line 1" },
	{ 0, "{\"a\": 1, 'a': 2}", "t:1:10: \"a\" is given twice; the first is in line 1" },
	{ 0, "? [a]\n: b\n", "t:1:3: a key must be a plain text, not a list or a map" },
	{ 0, "a: 1\n--- \nb: 2\n", "t:2:1: a second document begins here; only one is allowed" },
	{ 0, "a: *b\n", "t:1:4: this alias names no anchor above it" },
	{ 0, "a: &a [*a]\n", "t:1:8: this alias stands inside what it names" },
	{ 0, "a: {<<: 1}\n", "t:1:9: \"<<\" takes a map, or a list of maps" },
	{ 0, "a: \xff\n", "t:1:4: this byte is no UTF-8 text" },
	{ 0, "\xc3\xa9: x\n\xc3\xa9: \x01\n", "t:2:4: a control character is not allowed" },
	{ 0, "a: \"\\0\"\n", "t:1:4: a text must not hold a NUL character" },
	{ 0, "a: \"\\q\"\n", "t:1:5: wrong YAML: found unknown escape character while parsing a quoted scalar" },
	{ 0, "%YAML 3.0\n---\na: 1\n", "t:1:1: wrong YAML: found incompatible YAML document" },
	{ PPS_YAML_REFUSE_ALIASES, "a: &x 1\n", "t:1:4: anchors and aliases (& and *) are not allowed in this file" },
	{ PPS_YAML_REFUSE_ALIASES, "a: *x\n", "t:1:4: anchors and aliases (& and *) are not allowed in this file" },
	{ PPS_YAML_REFUSE_ALIASES, "<<: {a: 1}\n", "t:1:1: \"<<\" (merging maps) is not allowed in this file" },
};

static void refused_with_place(void **state)
{
	(void)state;
	for (size_t i = 0; i < PPS_COUNT(refused); i++) {
		_cleanup_(pps_error_freep) pps_error *err = NULL;
		pps_yaml *yaml = NULL;

		assert_int_equal(pps_yaml_parse("t", refused[i].text, strlen(refused[i].text), refused[i].flags, &yaml, &err), PPS_E_CONFIG);
		assert_string_equal(pps_error_message(err), refused[i].message);
		assert_string_equal(pps_error_file(err), "t");
		assert_true(pps_error_line(err) > 0 && pps_error_column(err) > 0);
		assert_null(yaml);
	}
}

static void limits(void **state)
{
	_cleanup_buf_ pps_buf deep = PPS_BUF_LINE, laughs = PPS_BUF_LINE;
	_cleanup_(pps_error_freep) pps_error *err = NULL, *err2 = NULL;
	pps_yaml *yaml = NULL;

	(void)state;
	for (int i = 0; i < 101; i++)
		pps_buf_add_text(&deep, "[");
	assert_int_equal(pps_yaml_parse("t", pps_buf_text(&deep), deep.size, 0, &yaml, &err), PPS_E_CONFIG);
	assert_string_equal(pps_error_message(err), "t:1:101: lists and maps are nested deeper than 100");
	pps_buf_add_text(&laughs, "- &l0 [a, a, a, a, a, a, a, a, a, a]\n");
	for (int i = 1; i < 9; i++)
		pps_buf_printf(&laughs, "- &l%d [*l%d, *l%d, *l%d, *l%d, *l%d, *l%d, *l%d, *l%d, *l%d]\n", i, i - 1, i - 1, i - 1,
			       i - 1, i - 1, i - 1, i - 1, i - 1, i - 1);
	assert_int_equal(pps_yaml_parse("t", pps_buf_text(&laughs), laughs.size, 0, &yaml, &err2), PPS_E_CONFIG);
	assert_non_null(strstr(pps_error_message(err2), "aliases stand for more than 100000 values"));
}

static void files(void **state)
{
	char path[] = "/tmp/pps-test-yaml-XXXXXX";
	_cleanup_(pps_error_freep) pps_error *err = NULL, *err2 = NULL;
	pps_yaml *yaml = NULL;
	int fd = mkstemp(path);

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(write(fd, "a: b\n", 5), 5);
	assert_ok(pps_yaml_load(path, 0, &yaml, &err), err);
	assert_string_equal(pps_yaml_text(pps_yaml_get(pps_yaml_root(yaml), "a")), "b");
	pps_yaml_free(TAKE_PTR(yaml));
	assert_int_equal(ftruncate(fd, (16 << 20) + 1), 0);
	assert_int_equal(pps_yaml_load(path, 0, &yaml, &err), PPS_E_CONFIG);
	assert_non_null(strstr(pps_error_message(err), ": larger than 16 MiB"));
	close(fd);
	unlink(path);
	assert_int_equal(pps_yaml_load(path, 0, &yaml, &err2), PPS_E_NOTFOUND);
	assert_int_equal(pps_yaml_load("/tmp", 0, &yaml, NULL), PPS_E_IO);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(scalars_as_pyyaml),
		cmocka_unit_test(wrong_types),
		cmocka_unit_test(structure_and_places),
		cmocka_unit_test(empty_documents),
		cmocka_unit_test(byte_order_mark_is_skipped),
		cmocka_unit_test(merge_keys),
		cmocka_unit_test(large_maps),
		cmocka_unit_test(refused_with_place),
		cmocka_unit_test(limits),
		cmocka_unit_test(files),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
