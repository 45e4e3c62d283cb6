/* SPDX-License-Identifier: BSD-3-Clause */
/* The address of a bucket or an object over HTTP, in the one encoding that is both sent and signed: every byte but A-Z a-z 0-9 - . _ ~
 * (and '/' of the key) is %XX, and nothing is normalised: ".", "..", "//" and slashes at either end of a key stay. Pure. */
#ifndef PPS_STORE_S3_URL_H
#define PPS_STORE_S3_URL_H

#include "base/buf.h"

/* A parameter of the query, or a header; neither is encoded. */
typedef struct pps_s3_pair {
	const char *name;
	const char *value; /* NULL: "" (a subresource such as "uploads" is sent as "uploads=") */
} pps_s3_pair;

/* What is addressed; all borrowed. */
typedef struct pps_s3_target {
	const char *service;  /* NULL: "s3"; "sns" for the topics of bucket notifications */
	const char *endpoint; /* "https://host[:port][/path]", the bucket is then in the path; NULL: AWS itself, the bucket in its name */
	const char *region;   /* NULL: "us-east-1" */
	const char *bucket;   /* may have Ceph's "tenant:" before it; NULL: the service */
	const char *key;      /* not encoded; NULL or "": the bucket */
	const pps_s3_pair *query; /* in any order */
	size_t nquery;
} pps_s3_target;

typedef struct pps_s3_url {
	char *text;  /* the whole, as it is sent */
	char *host;  /* as the header Host: the port only where it is not the scheme's own */
	char *path;  /* encoded */
	char *query; /* encoded and sorted, without '?'; "" for none */
} pps_s3_url;

void pps_s3_url_clear(pps_s3_url *url);
#define _cleanup_s3_url_ _cleanup_(pps_s3_url_clear)

/* PPS_E_ARG for an endpoint that is no http(s) URL, one with a user or a query in it, a bucket with '/', and a key without a bucket.
 * @ret_url: empty before; to be cleared after success only. */
int pps_s3_url_make(const pps_s3_target *target, pps_s3_url *ret_url, pps_error **err);

/* The query alone: encoded, sorted by encoded name and then value, appended. */
void pps_s3_query_add(pps_buf *b, const pps_s3_pair *query, size_t nquery);

#endif
