/* SPDX-License-Identifier: BSD-3-Clause */
/* What the files of the HTTP engine share. */
#ifndef PPS_BASE_HTTP_PRIVATE_H
#define PPS_BASE_HTTP_PRIVATE_H

#include <curl/curl.h>

#include "base/http.h"

struct pps_http {
	pps_ctx *ctx;
	CURLM *multi;
	int is_global; /* counted in libcurl's global state */
	int64_t connect_ms, stall_ms;
	long connections;
	char *ca_file, *ca_folder, *cert_file, *key_file;
	pps_http_transfer *running;            /* any order */
	pps_http_transfer *ended, **ended_end; /* in the order in which they ended, not yet handed out */
	CURL **idle;                           /* handles for reuse */
	size_t nidle;
};

struct pps_http_transfer {
	pps_http *http;
	pps_http_transfer *next, **at; /* in running or ended; NULL when in neither */
	const pps_http_request *request;
	pps_http_response *response;
	CURL *easy;
	struct curl_slist *headers;
	int64_t deadline_ns; /* monotonic */
	int64_t moved_ns;    /* when the last byte moved; 0 while there is no connection */
	curl_off_t sent;
	int sends;     /* how often the request was sent */
	int is_added;  /* to the multi handle */
	int has_ended;
	int code; /* of the whole exchange once it has ended; before, of a callback that ended it */
	pps_error *failure;
	char message[CURL_ERROR_SIZE];
};

/* libcurl's global state, counted by libcurl itself; both under one lock, so that any thread may call them. */
int pps_http_global_init(pps_error **err);
void pps_http_global_cleanup(void);

/* PPS_E_ARG for a request that cannot be sent as it is meant. */
int pps_http_request_check(const pps_http_request *request, pps_error **err);
/* Everything that libcurl is told about one exchange. */
int pps_http_transfer_setup(pps_http_transfer *t, pps_error **err);
/* What libcurl's @result means: the transfer's code and error. */
void pps_http_transfer_judge(pps_http_transfer *t, CURLcode result);
/* Fails a transfer from outside of libcurl; the first failure stays. */
void pps_http_transfer_fail(pps_http_transfer *t, int code, const char *text);
/* The same with the error that a callback got, in t->failure. */
void pps_http_transfer_wrap(pps_http_transfer *t, int code);

#endif
