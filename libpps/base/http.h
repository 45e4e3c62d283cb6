/* SPDX-License-Identifier: BSD-3-Clause */
/* HTTP exchanges on libcurl: connections kept for reuse, a limit on every wait, an end on pps_ctx_cancel(). It knows
 * nothing of S3 or Rucio, follows no redirect and repeats nothing by itself: what may be repeated only the caller knows
 * (base/retry.h has the waits between tries). */
#ifndef PPS_BASE_HTTP_H
#define PPS_BASE_HTTP_H

#include "base/buf.h"
#include "base/ctx.h"

typedef struct pps_http pps_http; /* one thread at a time */

typedef struct pps_http_options {
	int64_t connect_ms; /* 0: 10 s */
	int64_t stall_ms;   /* an exchange without a byte for so long ends; 0: 60 s */
	size_t connections; /* most at a time to one host; 0: 16 */
	const char *ca_path;  /* PEM file or folder of certificates to trust; NULL: the system's */
	const char *cert_file; /* PEM: client certificate, or proxy with its key and chain; NULL: none */
	const char *key_file;  /* NULL: in cert_file */
} pps_http_options;

/* Everything is borrowed until the exchange has ended. */
typedef struct pps_http_request {
	const char *method; /* "GET", "HEAD", "PUT", "POST", "DELETE" */
	const char *url;    /* sent as it is: already percent-encoded, "." and ".." kept */
	/* "Name: value", on one line; nothing else is added but Host, Content-Length, User-Agent, and an Accept for everything unless given */
	const char *const *headers;
	size_t nheaders;
	const void *body; /* NULL: none */
	size_t body_size;
	int64_t deadline_ms; /* the whole exchange; 0: 300 s */
	uint64_t max_body;   /* most bytes of an answer to keep; more is PPS_E_FORMAT; 0: 16 MiB */
	/* NULL, or where the body of a 2xx answer goes instead of into the response; another answer's body is kept. An error
	 * that it returns ends the exchange. */
	int (*sink)(void *user, const void *bytes, size_t size, pps_error **err);
	void *user;
} pps_http_request;

typedef struct pps_http_response {
	int status;      /* as the server says; 0: none came */
	pps_buf headers; /* "Name: value\n" lines of the final answer */
	pps_buf body;
	uint64_t received; /* bytes of body */
} pps_http_response;

void pps_http_response_free(pps_http_response *response);
#define _cleanup_http_response_ _cleanup_(pps_http_response_free)
/* The value of a header whatever its case, without blanks around it, in @value (cut to fit); 1 found, 0 not. */
int pps_http_header(const pps_http_response *response, const char *name, char *value, size_t size);
/* The header Date in TAI ns; 0 when there is none that can be read. */
int64_t pps_http_date(const pps_http_response *response);
/* How long the header Retry-After asks to wait, ms, at most a day; 0 when there is none, or its time has passed. @now: TAI ns. */
int64_t pps_http_retry_after(const pps_http_response *response, int64_t now);

int pps_http_new(pps_ctx *ctx, const pps_http_options *options, pps_http **ret_http, pps_error **err);
/* Also ends what is still under way; its transfers are gone then. */
void pps_http_free(pps_http *http);
PPS_DEFINE_CLEANUP(pps_http, pps_http_free)

/* One exchange. PPS_OK whenever a whole answer came, whatever its status. PPS_E_UNAVAILABLE: no connection, connection lost, an
 * answer shorter than its Content-Length (*response then says how far it came); PPS_E_TIMEOUT: deadline or stall; PPS_E_CANCELLED;
 * PPS_E_ACCESS: TLS was refused. Only GET and HEAD
 * are sent once more by themselves, and only when a kept connection turned out to be closed before any answer. @response: zeroed before, released by the caller also after an error. */
int pps_http_exchange(pps_http *http, const pps_http_request *request, pps_http_response *response, pps_error **err);

/* Several at a time, all driven by the thread that waits. A transfer borrows its request and response until it has ended. */
typedef struct pps_http_transfer pps_http_transfer;
int pps_http_start(pps_http *http, const pps_http_request *request, pps_http_response *response, pps_http_transfer **ret_transfer,
		   pps_error **err);
/* Moves bytes until a transfer ends or @wait_ms have passed: *ret_ended is that transfer, or NULL. Its result: pps_http_end(). */
int pps_http_wait(pps_http *http, int64_t wait_ms, pps_http_transfer **ret_ended, pps_error **err);
/* Releases a transfer, ended or not; as pps_http_exchange() for one that ended, PPS_E_CANCELLED for one that did not. */
int pps_http_end(pps_http_transfer *transfer, pps_error **err);

#endif
