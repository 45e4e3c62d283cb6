/* SPDX-License-Identifier: BSD-3-Clause */
/* Addresses and signatures: the worked examples of AWS's manual, encodings, what is refused. */
#include "test.h"

#include "store/s3-sign.h"

#define EXAMPLE_TIME (INT64_C(1369353600) * 1000000000) /* 2013-05-24T00:00:00Z */

static const pps_s3_credentials example = { "AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", NULL };

static const char *header_of(const pps_s3_signed *s, const char *name)
{
	size_t n = strlen(name);

	for (size_t i = 0; i < s->nheaders; i++)
		if (strncmp(s->headers[i], name, n) == 0 && strncmp(s->headers[i] + n, ": ", 2) == 0)
			return s->headers[i] + n + 2;
	return NULL;
}

static void check_signature(const pps_s3_request *request, const char *names, const char *signature)
{
	_cleanup_s3_signed_ pps_s3_signed s = { 0 };
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	char expected[512];

	assert_ok(pps_s3_sign(request, &example, EXAMPLE_TIME, &s, &err), err);
	snprintf(expected, sizeof expected,
		 "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request, SignedHeaders=%s, Signature=%s", names,
		 signature);
	assert_string_equal(header_of(&s, "Authorization"), expected);
	assert_string_equal(header_of(&s, "x-amz-date"), "20130524T000000Z");
	assert_string_equal(s.url.host, "examplebucket.s3.amazonaws.com");
}

static void test_examples(void **state)
{
	const pps_s3_pair range = { "Range", "bytes=0-9" };
	const pps_s3_pair put[] = { { "Date", "Fri, 24 May 2013 00:00:00 GMT" }, { "x-amz-storage-class", "REDUCED_REDUNDANCY" } };
	const pps_s3_pair lifecycle = { "lifecycle", NULL };
	const pps_s3_pair list[] = { { "prefix", "J" }, { "max-keys", "2" } };
	char payload[65];
	pps_s3_request request = { .target = { .bucket = "examplebucket", .key = "test.txt" }, .method = "GET", .headers = &range, .nheaders = 1 };

	(void)state;
	check_signature(&request, "host;range;x-amz-content-sha256;x-amz-date",
			"f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41");
	assert_int_equal(pps_s3_payload("Welcome to Amazon S3.", 21, payload, NULL), PPS_OK);
	request = (pps_s3_request){ .target = { .bucket = "examplebucket", .key = "test$file.text" }, .method = "PUT", .headers = put,
				    .nheaders = 2, .payload = payload };
	check_signature(&request, "date;host;x-amz-content-sha256;x-amz-date;x-amz-storage-class",
			"98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd");
	request = (pps_s3_request){ .target = { .bucket = "examplebucket", .query = &lifecycle, .nquery = 1 }, .method = "GET" };
	check_signature(&request, "host;x-amz-content-sha256;x-amz-date", "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543");
	request = (pps_s3_request){ .target = { .bucket = "examplebucket", .query = list, .nquery = 2 }, .method = "GET" };
	check_signature(&request, "host;x-amz-content-sha256;x-amz-date", "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7");
}

static void test_presigned_example(void **state)
{
	const pps_s3_request request = { .target = { .bucket = "examplebucket", .key = "test.txt" }, .method = "GET" };
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	_cleanup_free_ char *url = NULL;

	(void)state;
	assert_ok(pps_s3_presign(&request, &example, EXAMPLE_TIME, 86400, &url, &err), err);
	assert_string_equal(url, "https://examplebucket.s3.amazonaws.com/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential="
				 "AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request&X-Amz-Date=20130524T000000Z&X-Amz-Expires="
				 "86400&X-Amz-SignedHeaders=host&X-Amz-Signature="
				 "aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404");
}

static void test_addresses(void **state)
{
	static const struct {
		const char *service, *endpoint, *region, *bucket, *key, *text, *host, *path;
	} table[] = {
		{ NULL, "http://h:7480", NULL, "b", "k", "http://h:7480/b/k", "h:7480", "/b/k" },
		{ NULL, "https://h:443/", NULL, "b", NULL, "https://h/b", "h", "/b" },
		{ NULL, "http://h:80", NULL, NULL, NULL, "http://h/", "h", "/" },
		{ NULL, "http://h:443", NULL, NULL, "", "http://h:443/", "h:443", "/" },
		{ NULL, "https://h/s3/v1//", NULL, "b", "k", "https://h/s3/v1/b/k", "h", "/s3/v1/b/k" },
		{ "sns", "https://h/s3/v1", NULL, NULL, NULL, "https://h/s3/v1/", "h", "/s3/v1/" },
		{ NULL, "https://[::1]:9000", NULL, "b", "k", "https://[::1]:9000/b/k", "[::1]:9000", "/b/k" },
		/* what a key says is kept, byte for byte */
		{ NULL, "http://h", NULL, "b", "/a//b/../c/./", "http://h/b//a//b/../c/./", "h", "/b//a//b/../c/./" },
		{ NULL, "http://h", NULL, "b", "2026 11+21/a=b%20~.json", "http://h/b/2026%2011%2B21/a%3Db%2520~.json", "h",
		  "/b/2026%2011%2B21/a%3Db%2520~.json" },
		{ NULL, "http://h", NULL, "t:b", "\xe6\xbc\xa2?#&", "http://h/t%3Ab/%E6%BC%A2%3F%23%26", "h", "/t%3Ab/%E6%BC%A2%3F%23%26" },
		/* AWS itself */
		{ NULL, NULL, NULL, "bucket", "k", "https://bucket.s3.amazonaws.com/k", "bucket.s3.amazonaws.com", "/k" },
		{ NULL, NULL, "eu-west-3", "bucket", "k", "https://bucket.s3.eu-west-3.amazonaws.com/k", "bucket.s3.eu-west-3.amazonaws.com", "/k" },
		{ NULL, NULL, "eu-west-3", "with.dots", "k", "https://s3.eu-west-3.amazonaws.com/with.dots/k", "s3.eu-west-3.amazonaws.com",
		  "/with.dots/k" },
		{ NULL, NULL, "cn-north-1", "bucket", NULL, "https://bucket.s3.cn-north-1.amazonaws.com.cn/", "bucket.s3.cn-north-1.amazonaws.com.cn",
		  "/" },
		{ "sns", NULL, "us-east-1", NULL, NULL, "https://sns.us-east-1.amazonaws.com/", "sns.us-east-1.amazonaws.com", "/" },
	};

	(void)state;
	for (size_t i = 0; i < PPS_COUNT(table); i++) {
		const pps_s3_target target = { .service = table[i].service, .endpoint = table[i].endpoint, .region = table[i].region,
					       .bucket = table[i].bucket, .key = table[i].key };
		_cleanup_s3_url_ pps_s3_url url = { 0 };
		_cleanup_(pps_error_freep) pps_error *err = NULL;

		assert_ok(pps_s3_url_make(&target, &url, &err), err);
		assert_string_equal(url.text, table[i].text);
		assert_string_equal(url.host, table[i].host);
		assert_string_equal(url.path, table[i].path);
		assert_string_equal(url.query, "");
	}
}

static void test_query(void **state)
{
	/* sorted as they are encoded, and by name before value: "a" is before "a-", though '-' is before '=' */
	const pps_s3_pair query[] = { { "b", "x y" }, { "a-", "1" }, { "a", "2" }, { "a", "10" }, { "uploads", NULL }, { "prefix", "a/b+c" }, { "A", "" } };
	_cleanup_buf_ pps_buf b = PPS_BUF_LINE;

	(void)state;
	pps_s3_query_add(&b, query, PPS_COUNT(query));
	assert_string_equal(pps_buf_text(&b), "A=&a=10&a=2&a-=1&b=x%20y&prefix=a%2Fb%2Bc&uploads=");
	pps_buf_truncate(&b, 0);
	pps_s3_query_add(&b, NULL, 0);
	assert_string_equal(pps_buf_text(&b), "");
}

static void test_refused_addresses(void **state)
{
	static const pps_s3_target table[] = {
		{ .endpoint = "h:7480", .bucket = "b" },
		{ .endpoint = "ftp://h", .bucket = "b" },
		{ .endpoint = "https://", .bucket = "b" },
		{ .endpoint = "https://user:secret@h", .bucket = "b" },
		{ .endpoint = "https://h?x", .bucket = "b" },
		{ .endpoint = "https://h\r\nX: y", .bucket = "b" },
		{ .endpoint = "https://h", .bucket = "a/b" },
		{ .endpoint = "https://h", .bucket = "" },
		{ .endpoint = "https://h", .key = "k" },
		{ .endpoint = "https://h", .service = "sns", .bucket = "b" },
		{ .region = "evil.example.org/", .bucket = "b" },
		{ .region = "", .bucket = "b" },
	};

	(void)state;
	for (size_t i = 0; i < PPS_COUNT(table); i++) {
		_cleanup_(pps_error_freep) pps_error *err = NULL;
		pps_s3_url url = { 0 };

		assert_int_equal(pps_s3_url_make(&table[i], &url, &err), PPS_E_ARG);
		assert_null(url.text);
		assert_null(strstr(pps_error_message(err), "secret"));
	}
}

static void test_headers(void **state)
{
	const pps_s3_pair headers[] = { { "X-Amz-Meta-B", "  two   words\t" }, { "User-Agent", "pps" }, { "x-amz-meta-a", "1" }, { "X-AMZ-META-B", "again" } };
	const pps_s3_pair same[] = { { "x-amz-meta-a", "1" }, { "x-amz-meta-b", "two words,again" } };
	const pps_s3_credentials session = { "AK", "SK", "TOKEN" };
	pps_s3_request request = { .target = { .endpoint = "http://h", .bucket = "b", .key = "k" }, .method = "PUT", .headers = headers, .nheaders = 4,
				   .payload = PPS_S3_UNSIGNED };
	_cleanup_s3_signed_ pps_s3_signed a = { 0 }, b = { 0 };
	_cleanup_(pps_error_freep) pps_error *err = NULL;

	(void)state;
	assert_ok(pps_s3_sign(&request, &session, EXAMPLE_TIME, &a, &err), err);
	request.headers = same;
	request.nheaders = 2;
	assert_ok(pps_s3_sign(&request, &session, EXAMPLE_TIME, &b, &err), err);
	/* sent as they were given, signed in one form */
	assert_string_equal(a.headers[0], "X-Amz-Meta-B:   two   words\t");
	assert_string_equal(header_of(&a, "User-Agent"), "pps");
	assert_string_equal(header_of(&a, "x-amz-content-sha256"), "UNSIGNED-PAYLOAD");
	assert_string_equal(header_of(&a, "x-amz-security-token"), "TOKEN");
	assert_string_equal(header_of(&a, "Authorization"), header_of(&b, "Authorization"));
	assert_non_null(strstr(header_of(&a, "Authorization"),
			       "SignedHeaders=host;x-amz-content-sha256;x-amz-date;x-amz-meta-a;x-amz-meta-b;x-amz-security-token,"));
}

static void test_refused_requests(void **state)
{
	static const pps_s3_pair wrong[] = { { "X\r\nY", "1" }, { "X", "1\r\nY: 2" }, { "", "1" }, { "Host", "h" }, { "authorization", "x" }, { "X-Amz-Date", "x" } };
	const pps_s3_credentials bad_key = { "AK\n", "SK", NULL }, no_secret = { "AK", NULL, NULL };
	pps_s3_request request = { .target = { .endpoint = "http://h", .bucket = "b", .key = "k" }, .method = "GET", .nheaders = 1 };
	pps_s3_signed s = { 0 };
	char *url = NULL;

	(void)state;
	for (size_t i = 0; i < PPS_COUNT(wrong); i++) {
		request.headers = &wrong[i];
		assert_int_equal(pps_s3_sign(&request, &example, EXAMPLE_TIME, &s, NULL), PPS_E_ARG);
		assert_int_equal(pps_s3_presign(&request, &example, EXAMPLE_TIME, 60, &url, NULL), PPS_E_ARG);
	}
	request.nheaders = 0;
	assert_int_equal(pps_s3_sign(&request, &bad_key, EXAMPLE_TIME, &s, NULL), PPS_E_ARG);
	assert_int_equal(pps_s3_sign(&request, &no_secret, EXAMPLE_TIME, &s, NULL), PPS_E_ARG);
	assert_int_equal(pps_s3_sign(&request, &example, -1, &s, NULL), PPS_E_ARG);
	assert_int_equal(pps_s3_presign(&request, &example, EXAMPLE_TIME, 0, &url, NULL), PPS_E_ARG);
	assert_int_equal(pps_s3_presign(&request, &example, EXAMPLE_TIME, PPS_S3_PRESIGN_MOST + 1, &url, NULL), PPS_E_ARG);
	request.target.query = &(pps_s3_pair){ "x-amz-expires", "1" };
	request.target.nquery = 1;
	assert_int_equal(pps_s3_presign(&request, &example, EXAMPLE_TIME, 60, &url, NULL), PPS_E_ARG);
	assert_null(url);
	assert_null(s.headers);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_examples),	   cmocka_unit_test(test_presigned_example), cmocka_unit_test(test_addresses),
		cmocka_unit_test(test_query),		   cmocka_unit_test(test_refused_addresses), cmocka_unit_test(test_headers),
		cmocka_unit_test(test_refused_requests),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
