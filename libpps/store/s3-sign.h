/* SPDX-License-Identifier: BSD-3-Clause */
/* AWS Signature Version 4, in headers and in presigned URLs, by one code path. Pure: the time and the credentials are given. */
#ifndef PPS_STORE_S3_SIGN_H
#define PPS_STORE_S3_SIGN_H

#include "store/s3-url.h"

#define PPS_S3_UNSIGNED "UNSIGNED-PAYLOAD"
#define PPS_S3_EMPTY "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" /* SHA-256 of nothing */
#define PPS_S3_PRESIGN_MOST (7 * 86400) /* seconds */

typedef struct pps_s3_credentials {
	const char *key;
	const char *secret;
	const char *token; /* of a session; NULL: none */
} pps_s3_credentials;

/* What is signed; all borrowed. */
typedef struct pps_s3_request {
	pps_s3_target target;
	const char *method; /* "GET" ... */
	/* Besides Host. All are signed but Expect, Transfer-Encoding and User-Agent, which a proxy may change. */
	const pps_s3_pair *headers;
	size_t nheaders;
	/* SHA-256 of the body in hex (pps_s3_payload()), PPS_S3_UNSIGNED, or NULL: PPS_S3_EMPTY. A presigned URL says nothing of its body. */
	const char *payload;
} pps_s3_request;

/* A request ready to be sent. */
typedef struct pps_s3_signed {
	pps_s3_url url;
	const char **headers; /* "Name: value": those given, then x-amz-content-sha256, x-amz-date, Authorization ...; not Host */
	size_t nheaders, cap;
} pps_s3_signed;

void pps_s3_signed_clear(pps_s3_signed *s);
#define _cleanup_s3_signed_ _cleanup_(pps_s3_signed_clear)

/* @now: UTC ns since 1970. @ret: empty before; to be cleared after success only. PPS_E_ARG for what cannot be sent: a header with a
 * line end in it, one that the signature sets itself, a target that pps_s3_url_make() refuses. */
int pps_s3_sign(const pps_s3_request *request, const pps_s3_credentials *credentials, int64_t now, pps_s3_signed *ret, pps_error **err);

/* A URL that may be used by anybody for @seconds (1 to PPS_S3_PRESIGN_MOST) with the same method and the same headers. It is a secret
 * until then: for no log. Owned by the caller. */
int pps_s3_presign(const pps_s3_request *request, const pps_s3_credentials *credentials, int64_t now, int64_t seconds, char **ret_url,
		   pps_error **err);

/* The payload of a body at hand: its SHA-256 in lower-case hex. */
int pps_s3_payload(const void *body, size_t size, char ret_hex[65], pps_error **err);

#endif
