/* SPDX-License-Identifier: BSD-3-Clause */
/* URIs and plain paths; the expected texts are those of lsst-resources. */
#include "test.h"

#include "store/uri.h"

static void parsed_and_formatted(void **state)
{
	static const struct {
		const char *text, *uri, *path, *fragment;
	} cases[] = {
		{ "/a/b c.fits", "file:///a/b%20c.fits", "/a/b c.fits", NULL },
		{ "/a/b%20c.fits", "file:///a/b%20c.fits", "/a/b c.fits", NULL },
		{ "/a/../b//c/", "file:///b/c/", "/b/c", NULL },
		{ "/../..", "file:///", "/", NULL },
		{ "/", "file:///", "/", NULL },
		{ "file:///a%20b%25c.fits", "file:///a%20b%25c.fits", "/a b%c.fits", NULL },
		{ "file:/a/b", "file:///a/b", "/a/b", NULL },
		{ "file://localhost/a", "file:///a", "/a", NULL },
		{ "/a/z.zip#zip-path=m.fits", "file:///a/z.zip#zip-path=m.fits", "/a/z.zip", "zip-path=m.fits" },
		{ "/a#b/c.fits", "file:///a%23b/c.fits", "/a#b/c.fits", NULL },
		{ "/a/b#c#d", "file:///a/b%23c#d", "/a/b#c", "d" },
		{ "file:///a/b.zip#zip-path=a%20b", "file:///a/b.zip#zip-path=a%20b", "/a/b.zip", "zip-path=a%20b" },
		{ "/a/\303\274.fits", "file:///a/%C3%BC.fits", "/a/\303\274.fits", NULL },
		{ "/a/b?c", "file:///a/b%3Fc", "/a/b?c", NULL },
		{ "/a/b+~c@:d&e", "file:///a/b%2B~c%40%3Ad%26e", "/a/b+~c@:d&e", NULL },
		{ "/a/100%", "file:///a/100%25", "/a/100%", NULL },
		{ "a/./b.fits", "a/b.fits", "a/b.fits", NULL },
		{ "../a", "../a", "../a", NULL },
		{ "a/../../b", "../b", "../b", NULL },
		{ "s3://b/ext/dir/f 1.fits", "s3://b/ext/dir/f 1.fits", "ext/dir/f 1.fits", NULL },
		{ "s3://b/k%20x", "s3://b/k x", "k x", NULL },
		{ "s3://b/k%2520x", "s3://b/k%2520x", "k%20x", NULL },
		{ "s3://b/100%+%2B=", "s3://b/100%25++=", "100%++=", NULL },
		{ "s3://b/a%23b%3Fc#zip-path=m", "s3://b/a%23b%3Fc#zip-path=m", "a#b?c", "zip-path=m" },
		{ "s3://b/a//b/../c%2F", "s3://b/a//b/../c/", "a//b/../c", NULL },
		{ "s3://b", "s3://b/", "", NULL },
		{ "s3://embargo@b/x/", "s3://embargo@b/x/", "x", NULL },
		{ "s3://p@tenant:b/x.zip#zip-path=m", "s3://p@tenant:b/x.zip#zip-path=m", "x.zip", "zip-path=m" },
	};

	(void)state;
	for (size_t i = 0; i < PPS_COUNT(cases); i++) {
		_cleanup_(pps_error_freep) pps_error *err = NULL;
		_cleanup_(pps_uri_freep) pps_uri *uri = NULL, *again = NULL;
		_cleanup_free_ char *text = NULL;

		assert_ok(pps_uri_parse(cases[i].text, &uri, &err), err);
		assert_string_equal(uri->path, cases[i].path);
		if (cases[i].fragment)
			assert_string_equal(uri->fragment, cases[i].fragment);
		else
			assert_null(uri->fragment);
		assert_ok(pps_uri_format(uri, &text, &err), err);
		assert_string_equal(text, cases[i].uri);
		assert_ok(pps_uri_parse(text, &again, &err), err);
		assert_true(pps_uri_equal(uri, again));
	}
}

static void s3_parts(void **state)
{
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	_cleanup_(pps_uri_freep) pps_uri *uri = NULL, *other = NULL;

	(void)state;
	assert_ok(pps_uri_parse("s3://Embargo@t:b/k/x", &uri, &err), err);
	assert_int_equal(uri->scheme, PPS_URI_S3);
	assert_string_equal(uri->profile, "Embargo");
	assert_string_equal(uri->bucket, "t:b");
	assert_ok(pps_uri_parse("s3://t:b/k/x", &other, &err), err);
	assert_null(other->profile);
	assert_false(pps_uri_equal(uri, other));
}

static void refused(void **state)
{
	static const struct {
		const char *text;
		int code;
	} cases[] = {
		{ "", PPS_E_FORMAT },           { "http://h/x", PPS_E_UNSUPPORTED }, { "gs://b/k", PPS_E_UNSUPPORTED },
		{ "file://host/x", PPS_E_FORMAT }, { "file:x", PPS_E_FORMAT },          { "s3://", PPS_E_FORMAT },
		{ "s3://@b/x", PPS_E_FORMAT },  { "file:///a?b", PPS_E_FORMAT },     { "file:///a%00b", PPS_E_FORMAT }, { "s3://b/a%00b", PPS_E_FORMAT },
		{ "file://", PPS_E_FORMAT },
	};

	(void)state;
	for (size_t i = 0; i < PPS_COUNT(cases); i++) {
		_cleanup_(pps_error_freep) pps_error *err = NULL;
		pps_uri *uri = NULL;

		assert_int_equal(pps_uri_parse(cases[i].text, &uri, &err), cases[i].code);
		assert_null(uri);
		assert_non_null(err);
	}
}

static void joined(void **state)
{
	static const struct {
		const char *root, *path, *uri; /* uri NULL: refused */
	} cases[] = {
		{ "/r oot/", "a b.fits", "file:///r%20oot/a%20b.fits" },
		{ "/r", "zips/1/x.zip#zip-path=m n.fits", "file:///r/zips/1/x.zip#zip-path=m n.fits" },
		{ "/r", "/abs/y", "file:///abs/y" },
		{ "/r", "s3://q@c/k", "s3://q@c/k" },
		{ "/r", "a/../b", "file:///r/b" },
		{ "/r", "a%b", "file:///r/a%25b" },
		{ "/", "a", "file:///a" },
		{ "/r", "../x", NULL },
		{ "/r", "a/../..", NULL },
		{ "s3://p@b/pre/", "a b.fits", "s3://p@b/pre/a b.fits" },
		{ "s3://p@b", "a", "s3://p@b/a" },
		{ "s3://p@b/pre", "file:///x%20y", "file:///x%20y" },
	};

	(void)state;
	for (size_t i = 0; i < PPS_COUNT(cases); i++) {
		_cleanup_(pps_error_freep) pps_error *err = NULL;
		_cleanup_(pps_uri_freep) pps_uri *root = NULL, *uri = NULL;
		_cleanup_free_ char *text = NULL;
		int r;

		assert_ok(pps_uri_parse(cases[i].root, &root, &err), err);
		r = pps_uri_join(root, cases[i].path, &uri, &err);
		if (!cases[i].uri) {
			assert_int_equal(r, PPS_E_FORMAT);
			continue;
		}
		assert_ok(r, err);
		assert_ok(pps_uri_format(uri, &text, &err), err);
		assert_string_equal(text, cases[i].uri);
	}
}

static void parents_and_below(void **state)
{
	static const struct {
		const char *uri, *root, *parent, *base, *below;
	} cases[] = {
		{ "/a/b/c.fits#x", "/a", "file:///a/b/", "c.fits", "b/c.fits" },
		{ "/a", "/", "file:///", "a", "a" },
		{ "/ab/c", "/a", "file:///ab/", "c", NULL },
		{ "/a", "/a", "file:///", "a", NULL },
		{ "s3://p@b/k", "s3://p@b/", "s3://p@b/", "k", "k" },
		{ "s3://p@b/x/k", "s3://q@b/x", "s3://p@b/x/", "k", NULL },
	};

	(void)state;
	for (size_t i = 0; i < PPS_COUNT(cases); i++) {
		_cleanup_(pps_error_freep) pps_error *err = NULL;
		_cleanup_(pps_uri_freep) pps_uri *uri = NULL, *root = NULL, *parent = NULL;
		_cleanup_free_ char *text = NULL;

		assert_ok(pps_uri_parse(cases[i].uri, &uri, &err), err);
		assert_ok(pps_uri_parse(cases[i].root, &root, &err), err);
		assert_ok(pps_uri_parent(uri, &parent, &err), err);
		assert_ok(pps_uri_format(parent, &text, &err), err);
		assert_string_equal(text, cases[i].parent);
		assert_string_equal(pps_uri_basename(uri), cases[i].base);
		if (cases[i].below)
			assert_string_equal(pps_uri_below(uri, root), cases[i].below);
		else
			assert_null(pps_uri_below(uri, root));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parsed_and_formatted), cmocka_unit_test(s3_parts),	  cmocka_unit_test(refused),
		cmocka_unit_test(joined),		cmocka_unit_test(parents_and_below),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
