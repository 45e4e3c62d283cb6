/* SPDX-License-Identifier: BSD-3-Clause */
/* What the files of this room share: the connection, and one call of it. */
#ifndef PPS_RUCIO_RUCIO_PRIVATE_H
#define PPS_RUCIO_RUCIO_PRIVATE_H

#include "base/http.h"
#include "base/map.h"
#include "rucio/rucio-answer.h"
#include "rucio/rucio-settings.h"
#include "rucio/rucio.h"
#include "rucio/ssh-key.h"

struct pps_rucio {
	int refs;
	pps_ctx *ctx;
	pps_rucio_settings settings;
	pps_http *http;
	/* the login; a token is a secret */
	char *token_header;   /* "X-Rucio-Auth-Token: ..."; NULL: not logged in */
	char *account;        /* as the server says */
	int64_t expires;      /* TAI ns; 0: it does not say */
	int64_t renew_at;     /* monotonic ns; 0: when it is refused */
	int algorithm;        /* PPS_SSH_*: the strongest that the server took */
	pps_map *known;       /* datasets that are there */
	int64_t asked;        /* requests sent */
};

/* One request. Everything is borrowed. */
typedef struct pps_rucio_call {
	const char *method;
	const char *path; /* "/dids/raw/a%2Fb/status", percent-encoded */
	const char *body; /* JSON; NULL: none */
	size_t body_size;
	int64_t deadline_ms; /* of one try; 0: 60 s */
	/* NULL, or the rows of a streamed answer; @restart (with @user) forgets those of a try that was cut. */
	int (*row)(void *user, json_t *row, pps_error **err);
	void (*restart)(void *user);
	void *user;
	int race_is_again; /* FileAlreadyExists means that another was faster: the same call then finds it there */
} pps_rucio_call;

#define PPS_RUCIO_CONNECTIONS 4

/*
 * Sends a call, logged in, until an answer comes that is not to be repeated: waits between tries, one new login when the token is refused.
 * PPS_OK: *ret_answer says what it means (never AGAIN or LOGIN), @response (NULL allowed; zeroed before, released by the caller)
 * has its headers and body. Errors: UNAVAILABLE, TIMEOUT, ACCESS (login refused), CANCELLED ...
 */
int pps_rucio_call_one(pps_rucio *rucio, const pps_rucio_call *call, pps_rucio_answer *ret_answer, pps_http_response *response, pps_error **err);
/* The same for @n calls, a few at a time. @responses: NULL, or @n. What must be repeated is repeated one by one. */
int pps_rucio_call_many(pps_rucio *rucio, const pps_rucio_call *calls, size_t n, pps_rucio_answer *answers, pps_http_response *responses,
			pps_error **err);

/* rucio-auth.c: PPS_OK with a token that has time left. @refused: the one at hand was refused. */
int pps_rucio_login(pps_rucio *rucio, int refused, pps_error **err);
void pps_rucio_logout(pps_rucio *rucio);
/* One exchange with @path below the server (or the login server), without token or repeats; @headers beside those of every request. */
int pps_rucio_exchange(pps_rucio *rucio, const pps_rucio_call *call, int to_auth, const char *const *headers, size_t nheaders,
		       pps_http_response *response, pps_error **err);

/* rucio-body.c: JSON texts and paths; appended, failures are sticky. */
void pps_rucio_add_text(pps_buf *b, const char *text); /* in quotes */
void pps_rucio_add_did(pps_buf *b, const char *scope, const char *name); /* "scope":..,"name":.. without braces */
void pps_rucio_add_path(pps_buf *b, const char *scope, const char *name, const char *rest); /* /dids/SCOPE/NAME + rest, encoded */
/* {"dids":[{"scope":..,"name":..},...]REST} */
void pps_rucio_add_dids(pps_buf *b, const char *scope, const char *const *names, size_t n, const char *rest);
/* {"type":"DATASET",...} of many: the body of POST /dids */
void pps_rucio_add_datasets(pps_buf *b, const char *scope, const char *const *names, size_t n);
/* A file with all that is known of it: {"scope":..,"bytes":..}; without: {"scope":..,"name":..} */
void pps_rucio_add_file(pps_buf *b, const char *scope, const pps_rucio_file *file, int details);

#endif
