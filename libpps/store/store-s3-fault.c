/* SPDX-License-Identifier: BSD-3-Clause */
/* What an answer of an S3 server means for the caller. Pure. */
#include <string.h>

#include <curl/curl.h>

#include "base/codec.h"
#include "base/time.h"
#include "store/store-s3.h"

typedef struct rule {
	int status;	  /* 0: any */
	const char *code; /* NULL: any, also none */
	int meaning;
	int is_retriable;
	const char *advice;
} rule;

#define CREDENTIALS "the credentials do not permit it: check them, and the bucket's policy"

/* The first that fits counts: those with a code first. */
static const rule rules[] = {
	{ 0, "NoSuchKey", PPS_E_NOTFOUND, 0, "" },
	{ 0, "NoSuchBucket", PPS_E_NOTFOUND, 0, "there is no such bucket: check its name and the profile's endpoint" },
	{ 0, "NoSuchUpload", PPS_E_NOTFOUND, 0, "the upload was ended or aborted by another" },
	{ 0, "RequestTimeTooSkewed", PPS_E_ACCESS, 0, "this machine's clock and the server's differ: set it right" },
	{ 0, "SignatureDoesNotMatch", PPS_E_ACCESS, 0, "the secret key is wrong, or something on the way changes requests" },
	{ 0, "InvalidAccessKeyId", PPS_E_ACCESS, 0, "the server does not know the access key: check the credentials" },
	{ 0, "ExpiredToken", PPS_E_ACCESS, 0, "the session has expired: renew the credentials" },
	{ 0, "TokenRefreshRequired", PPS_E_ACCESS, 0, "the session has expired: renew the credentials" },
	{ 0, "InvalidToken", PPS_E_ACCESS, 0, "the session token is not valid: renew the credentials" },
	{ 0, "AccountProblem", PPS_E_ACCESS, 0, "the account is not in order: ask who runs the server" },
	{ 0, "UserSuspended", PPS_E_ACCESS, 0, "the account is suspended: ask who runs the server" },
	{ 0, "QuotaExceeded", PPS_E_NOSPACE, 0, "the bucket's or the user's quota is used up" },
	{ 0, "EntityTooLarge", PPS_E_NOSPACE, 0, "the server does not take an object of that size" },
	{ 0, "InvalidObjectState", PPS_E_UNAVAILABLE, 0, "the object is archived: it must be restored before it can be read" },
	{ 0, "AuthorizationHeaderMalformed", PPS_E_CONFIG, 0, "the region may be wrong: set the profile's" },
	{ 0, "PermanentRedirect", PPS_E_CONFIG, 0, "the bucket is at another endpoint: set the profile's endpoint and region" },
	{ 0, "TemporaryRedirect", PPS_E_CONFIG, 0, "the bucket is at another endpoint: set the profile's endpoint and region" },
	{ 0, "IllegalLocationConstraintException", PPS_E_CONFIG, 0, "the region may be wrong: set the profile's" },
	{ 0, "BadDigest", PPS_E_IO, 1, "the bytes were changed on the way" },
	{ 0, "XAmzContentSHA256Mismatch", PPS_E_IO, 1, "the bytes were changed on the way" },
	{ 0, "IncompleteBody", PPS_E_IO, 1, "the bytes did not all arrive" },
	{ 0, "RequestTimeout", PPS_E_UNAVAILABLE, 1, "try again later" },
	{ 0, "SlowDown", PPS_E_UNAVAILABLE, 1, "the server is busy: try again later" },
	{ 0, "OperationAborted", PPS_E_UNAVAILABLE, 1, "another request for it is under way: try again later" },
	{ 0, "ConditionalRequestConflict", PPS_E_UNAVAILABLE, 1, "another request for it is under way: try again later" },
	{ 0, "NotImplemented", PPS_E_UNSUPPORTED, 0, "the server does not offer it" },
	{ 401, NULL, PPS_E_ACCESS, 0, CREDENTIALS },
	{ 403, NULL, PPS_E_ACCESS, 0, CREDENTIALS },
	{ 404, NULL, PPS_E_NOTFOUND, 0, "" },
	{ 405, NULL, PPS_E_UNSUPPORTED, 0, "the server does not offer it" },
	{ 408, NULL, PPS_E_UNAVAILABLE, 1, "try again later" },
	{ 409, NULL, PPS_E_CONFLICT, 0, "" },
	{ 412, NULL, PPS_E_CONFLICT, 0, "" },
	{ 413, NULL, PPS_E_NOSPACE, 0, "the server does not take an object of that size" },
	{ 416, NULL, PPS_E_CONFLICT, 0, "the object is shorter than it was" },
	{ 429, NULL, PPS_E_UNAVAILABLE, 1, "the server is busy: try again later" },
	{ 501, NULL, PPS_E_UNSUPPORTED, 0, "the server does not offer it" },
	{ 507, NULL, PPS_E_NOSPACE, 0, "the server's disks are full" },
};

pps_s3_verdict pps_s3_judge(int status, const pps_s3_fault *fault)
{
	pps_s3_verdict v = { .code = PPS_E_FAILED, .advice = "" };

	for (size_t i = 0; i < PPS_COUNT(rules); i++) {
		const rule *u = &rules[i];

		if ((u->status && u->status != status) || (u->code && strcmp(u->code, fault->code) != 0))
			continue;
		v.code = u->meaning;
		v.is_retriable = u->is_retriable;
		v.advice = u->advice;
		v.is_stale = u->code && (!strcmp(u->code, "ExpiredToken") || !strcmp(u->code, "TokenRefreshRequired"));
		return v;
	}
	/* <Error> in an answer 200 is how a server says that it failed after it had begun to answer */
	if (status >= 500 || (status >= 200 && status < 300)) {
		v.code = PPS_E_UNAVAILABLE;
		v.is_retriable = 1;
		v.advice = "the server failed: try again later";
	} else if (status >= 300 && status < 400) {
		v.code = PPS_E_CONFIG;
		v.advice = "the server sends elsewhere: set the profile's endpoint and region";
	}
	return v;
}

int pps_s3_stat_read(const pps_http_response *response, pps_store_stat *ret_stat, pps_error **err)
{
	char length[32], etag[PPS_STORE_ETAG_MOST + 8], time[64];
	int64_t size;
	time_t at;

	if (!pps_http_header(response, "ETag", etag, sizeof etag) || !*etag || strlen(etag) >= sizeof etag - 1)
		return pps_fail(err, PPS_E_FORMAT, "an answer without an ETag, so that a change could not be noticed");
	if (!pps_http_header(response, "Content-Length", length, sizeof length) || pps_int_parse(length, &size, NULL) < 0 || size < 0)
		return pps_fail(err, PPS_E_FORMAT, "an answer that does not say how large the object is");
	*ret_stat = (pps_store_stat){ .size = (uint64_t)size };
	pps_s3_etag_bare(etag, ret_stat->etag, sizeof ret_stat->etag);
	if (pps_http_header(response, "Last-Modified", time, sizeof time) && (at = curl_getdate(time, NULL)) >= 0)
		ret_stat->mtime = (int64_t)at * PPS_NS_PER_S;
	return PPS_OK;
}

int pps_s3_etag_is_md5(const char *etag)
{
	return strlen(etag) == 32 && strspn(etag, "0123456789abcdef") == 32;
}
