/* SPDX-License-Identifier: BSD-3-Clause */
/* What S3 servers answer: their XML, and what a status and a code mean. Answers are as Ceph's gateway, AWS and others give them. */
#include "test.h"

#include "base/codec.h"
#include "base/time.h"
#include "store/store-s3.h"

#define NS " xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\""
#define HEAD "<?xml version=\"1.0\" encoding=\"UTF-8\"?>"

static void lists(void **state)
{
	static const char xml[] = HEAD
		"<ListBucketResult" NS "><Name>b</Name><Prefix>a%20b/</Prefix><MaxKeys>1000</MaxKeys><EncodingType>url</EncodingType>"
		"<IsTruncated>true</IsTruncated><Contents><Key>a%20b/x%2By+z%C3%A9</Key><LastModified>2026-11-21T06:07:26.224Z</LastModified>"
		"<ETag>&quot;99914b932bd37a50b983c5e7c90ae93b&quot;</ETag><Size>12345678901</Size><StorageClass>STANDARD</StorageClass>"
		"<Owner><ID>me</ID><DisplayName>Me</DisplayName></Owner></Contents>"
		"<Contents><Key>a%20b/</Key><LastModified>nonsense</LastModified><Size>0</Size></Contents>"
		"<CommonPrefixes><Prefix>a%20b/c%2F/</Prefix></CommonPrefixes><NextContinuationToken>a%20b/+</NextContinuationToken></ListBucketResult>";
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	_cleanup_s3_page_ pps_s3_page page = { 0 };

	(void)state;
	assert_ok(pps_s3_xml_objects(xml, sizeof xml - 1, &page, &err), err);
	assert_int_equal(page.n, 2);
	assert_string_equal(page.items[0].key, "a b/x+y z\u00e9");
	assert_string_equal(page.items[0].id, "99914b932bd37a50b983c5e7c90ae93b");
	assert_int_equal(page.items[0].size, 12345678901);
	assert_int_equal(page.items[0].time, 1795241246000000000);
	assert_string_equal(page.items[1].key, "a b/");
	assert_null(page.items[1].id);
	assert_int_equal(page.items[1].time, 0);
	assert_int_equal(page.nprefixes, 1);
	assert_string_equal(page.prefixes[0], "a b/c//");
	assert_true(page.is_truncated);
	assert_string_equal(page.next, "a%20b/+"); /* a token is no name */
}

/* A server that does not quote must not be unquoted; prefixes of namespaces do not matter. */
static void lists_as_they_are(void **state)
{
	static const char xml[] = "<s:ListBucketResult xmlns:s=\"x\"><s:IsTruncated>false</s:IsTruncated><s:Contents><s:Key>a%20+b</s:Key>"
				  "<s:Size>1</s:Size></s:Contents></s:ListBucketResult>";
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	_cleanup_s3_page_ pps_s3_page page = { 0 };

	(void)state;
	assert_ok(pps_s3_xml_objects(xml, sizeof xml - 1, &page, &err), err);
	assert_string_equal(page.items[0].key, "a%20+b");
	assert_false(page.is_truncated);
}

static void uploads_and_parts(void **state)
{
	static const char uploads[] = HEAD
		"<ListMultipartUploadsResult" NS "><Bucket>b</Bucket><NextKeyMarker>k+1</NextKeyMarker><NextUploadIdMarker>2~u</NextUploadIdMarker>"
		"<EncodingType>url</EncodingType><IsTruncated>true</IsTruncated><Upload><Key>k+1</Key><UploadId>2~abc+d</UploadId>"
		"<Initiator><ID>me</ID></Initiator><Initiated>2026-11-21T06:07:26Z</Initiated></Upload></ListMultipartUploadsResult>";
	static const char parts[] = HEAD
		"<ListPartsResult" NS "><Key>k</Key><UploadId>u</UploadId><IsTruncated>false</IsTruncated><Part><PartNumber>1</PartNumber><Size>5</Size>"
		"<ETag>\"5d41402abc4b2a76b9719d911017c592\"</ETag></Part><Part><PartNumber>2</PartNumber></Part></ListPartsResult>";
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	_cleanup_s3_page_ pps_s3_page page = { 0 }, more = { 0 };

	(void)state;
	assert_ok(pps_s3_xml_uploads(uploads, sizeof uploads - 1, &page, &err), err);
	assert_int_equal(page.n, 1);
	assert_string_equal(page.items[0].key, "k 1");
	assert_string_equal(page.items[0].id, "2~abc+d");
	assert_int_equal(page.items[0].time, 1795241246000000000);
	assert_string_equal(page.next, "k 1");
	assert_string_equal(page.next_id, "2~u");
	assert_ok(pps_s3_xml_parts(parts, sizeof parts - 1, &more, &err), err);
	assert_int_equal(more.n, 2);
	assert_string_equal(more.items[0].key, "1");
	assert_string_equal(more.items[0].id, "5d41402abc4b2a76b9719d911017c592");
	assert_null(more.items[1].id);
}

static void single_values(void **state)
{
	static const char begun[] = "<InitiateMultipartUploadResult><Bucket>b</Bucket><Key>k</Key><UploadId>2~x</UploadId></InitiateMultipartUploadResult>";
	static const char without[] = "<InitiateMultipartUploadResult><UploadId/></InitiateMultipartUploadResult>";
	static const char copied[] = "<CopyObjectResult><LastModified>x</LastModified><ETag>5d41402abc4b2a76b9719d911017c592</ETag></CopyObjectResult>";
	static const char completed[] = " \n  \r\n" HEAD "<CompleteMultipartUploadResult><ETag></ETag></CompleteMultipartUploadResult>";
	static const char deleted[] = "<DeleteResult><Deleted><Key>a</Key></Deleted><Error><Key>b c</Key><Code>AccessDenied</Code><Message>No\nno</Message>"
				      "</Error><Error><Key>d</Key><Code>InternalError</Code></Error></DeleteResult>";
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	_cleanup_free_ char *id = NULL, *etag = NULL, *none = NULL, *key = NULL;
	pps_s3_fault fault;
	size_t failed = 0;

	(void)state;
	assert_ok(pps_s3_xml_upload_id(begun, sizeof begun - 1, &id, &err), err);
	assert_string_equal(id, "2~x");
	assert_int_equal(pps_s3_xml_upload_id(without, sizeof without - 1, &id, NULL), PPS_E_FORMAT);
	assert_ok(pps_s3_xml_etag(copied, sizeof copied - 1, &etag, &err), err);
	assert_string_equal(etag, "5d41402abc4b2a76b9719d911017c592");
	assert_ok(pps_s3_xml_etag(completed, sizeof completed - 1, &none, &err), err);
	assert_string_equal(none, "");
	assert_ok(pps_s3_xml_deleted(deleted, sizeof deleted - 1, &failed, &key, &fault, &err), err);
	assert_int_equal(failed, 2);
	assert_string_equal(key, "b c");
	assert_string_equal(fault.code, "AccessDenied");
	assert_string_equal(fault.message, "No no");
}

static void refuses(void **state)
{
	static const char *const bad[] = {
		"", "<", "no xml", "<ListBucketResult>", "<Other/>", "<html><body>502</body></html>",
		"<!DOCTYPE x [<!ENTITY a \"b\">]><ListBucketResult/>",
		"<ListBucketResult><IsTruncated>true</IsTruncated></ListBucketResult>",
		"<ListBucketResult><Contents><Key>a</Key><Size>-1</Size></Contents></ListBucketResult>",
		"<ListBucketResult><Contents><Key>a</Key><Size>x</Size></Contents></ListBucketResult>",
		"<ListBucketResult><Contents><Size>1</Size></Contents></ListBucketResult>",
		"<ListBucketResult><EncodingType>url</EncodingType><Contents><Key>a%zz</Key></Contents></ListBucketResult>",
		"<ListBucketResult><EncodingType>url</EncodingType><Contents><Key>a%00b</Key></Contents></ListBucketResult>",
		"<ListBucketResult><a><a><a><a><a><a><a><a><a><a><a><a/></a></a></a></a></a></a></a></a></a></a></a></ListBucketResult>",
		"<ListBucketResult/><ListBucketResult/>",
	};

	(void)state;
	for (size_t i = 0; i < PPS_COUNT(bad); i++) {
		_cleanup_(pps_error_freep) pps_error *err = NULL;
		pps_s3_page page = { 0 };

		assert_int_equal(pps_s3_xml_objects(bad[i], strlen(bad[i]), &page, &err), PPS_E_FORMAT);
		assert_null(page.items);
	}
}

/* An answer that says that it went well may hold an error. */
static void errors_inside(void **state)
{
	static const char xml[] = HEAD "<Error><Code>InternalError</Code><Message>We encountered an internal error.\nTry again.</Message><RequestId>1</RequestId></Error>";
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	pps_s3_fault fault;
	char *etag = NULL;

	(void)state;
	assert_int_equal(pps_s3_xml_fault(xml, sizeof xml - 1, &fault), 1);
	assert_string_equal(fault.code, "InternalError");
	assert_string_equal(fault.message, "We encountered an internal error. Try again.");
	assert_int_equal(pps_s3_xml_etag(xml, sizeof xml - 1, &etag, &err), PPS_E_FAILED);
	assert_non_null(strstr(pps_error_message(err), "InternalError"));
	assert_int_equal(pps_s3_xml_fault("<html/>", 7, &fault), 0);
	assert_int_equal(pps_s3_xml_fault("", 0, &fault), 0);
	assert_string_equal(fault.code, "");
	/* cut short: what was read counts */
	assert_int_equal(pps_s3_xml_fault(xml, 75, &fault), 1);
	assert_string_equal(fault.code, "InternalError");
}

static void meanings(void **state)
{
	static const struct {
		int status;
		const char *code;
		int meaning, again;
	} cases[] = {
		{ 404, "NoSuchKey", PPS_E_NOTFOUND, 0 },	{ 404, "NoSuchBucket", PPS_E_NOTFOUND, 0 },
		{ 404, "", PPS_E_NOTFOUND, 0 },			{ 403, "AccessDenied", PPS_E_ACCESS, 0 },
		{ 403, "", PPS_E_ACCESS, 0 },			{ 403, "SignatureDoesNotMatch", PPS_E_ACCESS, 0 },
		{ 403, "RequestTimeTooSkewed", PPS_E_ACCESS, 0 }, { 403, "QuotaExceeded", PPS_E_NOSPACE, 0 },
		{ 400, "ExpiredToken", PPS_E_ACCESS, 0 },	{ 400, "BadDigest", PPS_E_IO, 1 },
		{ 400, "InvalidRequest", PPS_E_FAILED, 0 },	{ 400, "RequestTimeout", PPS_E_UNAVAILABLE, 1 },
		{ 409, "OperationAborted", PPS_E_UNAVAILABLE, 1 }, { 409, "BucketNotEmpty", PPS_E_CONFLICT, 0 },
		{ 412, "PreconditionFailed", PPS_E_CONFLICT, 0 }, { 416, "InvalidRange", PPS_E_CONFLICT, 0 },
		{ 429, "", PPS_E_UNAVAILABLE, 1 },		{ 500, "InternalError", PPS_E_UNAVAILABLE, 1 },
		{ 501, "NotImplemented", PPS_E_UNSUPPORTED, 0 }, { 502, "", PPS_E_UNAVAILABLE, 1 },
		{ 503, "SlowDown", PPS_E_UNAVAILABLE, 1 },	{ 503, "", PPS_E_UNAVAILABLE, 1 },
		{ 504, "", PPS_E_UNAVAILABLE, 1 },		{ 507, "", PPS_E_NOSPACE, 0 },
		{ 200, "InternalError", PPS_E_UNAVAILABLE, 1 },	{ 200, "SlowDown", PPS_E_UNAVAILABLE, 1 },
		{ 301, "PermanentRedirect", PPS_E_CONFIG, 0 },	{ 307, "", PPS_E_CONFIG, 0 },
		{ 400, "AuthorizationHeaderMalformed", PPS_E_CONFIG, 0 },
	};

	(void)state;
	for (size_t i = 0; i < PPS_COUNT(cases); i++) {
		pps_s3_fault fault = { .code = "" };
		pps_s3_verdict v;

		snprintf(fault.code, sizeof fault.code, "%s", cases[i].code);
		v = pps_s3_judge(cases[i].status, &fault);
		assert_int_equal(v.code, cases[i].meaning);
		assert_int_equal(v.is_retriable, cases[i].again);
		assert_int_equal(v.is_stale, !strcmp(cases[i].code, "ExpiredToken"));
		assert_non_null(v.advice);
	}
}

static pps_http_response with(const char *headers)
{
	pps_http_response response = { .headers = PPS_BUF_LINE };

	pps_buf_add_text(&response.headers, headers);
	return response;
}

static void headers(void **state)
{
	static const struct {
		const char *text;
		int64_t ms;
	} waits[] = { { "", 0 }, { "Retry-After: 7\n", 7000 }, { "retry-after: -3\n", 0 }, { "Retry-After: soon\n", 0 },
		      { "Retry-After: Sat, 21 Nov 2026 06:07:36 GMT\n", 10000 }, { "Retry-After: Sat, 21 Nov 2026 06:07:00 GMT\n", 0 } };
	static const char *const bad[] = { "", "ETag: \"a\"\n", "Content-Length: 5\n", "ETag: \"\"\nContent-Length: x\n", "ETag: \"a\"\nContent-Length: -1\n" };
	int64_t now;

	(void)state;
	assert_ok(pps_tai_of_utc(1795241246000000000, &now, NULL), NULL);
	for (size_t i = 0; i < PPS_COUNT(waits); i++) {
		_cleanup_http_response_ pps_http_response r = with(waits[i].text);

		assert_int_equal(pps_http_retry_after(&r, now), waits[i].ms);
	}
	{
		_cleanup_http_response_ pps_http_response r = with("etag: \"abc-2\"\nContent-Length: 5\nLast-Modified: Sat, 21 Nov 2026 06:07:26 GMT\n");
		pps_store_stat st;

		assert_ok(pps_s3_stat_read(&r, &st, NULL), NULL);
		assert_string_equal(st.etag, "abc-2");
		assert_int_equal(st.size, 5);
		assert_int_equal(st.mtime, 1795241246000000000);
	}
	for (size_t i = 0; i < PPS_COUNT(bad); i++) {
		_cleanup_http_response_ pps_http_response r = with(bad[i]);
		pps_store_stat st;

		assert_int_equal(pps_s3_stat_read(&r, &st, NULL), PPS_E_FORMAT);
	}
	assert_true(pps_s3_etag_is_md5("5d41402abc4b2a76b9719d911017c592"));
	assert_false(pps_s3_etag_is_md5("5d41402abc4b2a76b9719d911017c592-2"));
	assert_false(pps_s3_etag_is_md5("5D41402abc4b2a76b9719d911017c592"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lists),   cmocka_unit_test(lists_as_they_are), cmocka_unit_test(uploads_and_parts), cmocka_unit_test(single_values),
		cmocka_unit_test(refuses), cmocka_unit_test(errors_inside),	cmocka_unit_test(meanings),	     cmocka_unit_test(headers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
