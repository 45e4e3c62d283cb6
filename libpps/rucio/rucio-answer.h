/* SPDX-License-Identifier: BSD-3-Clause */
/* What an answer of Rucio means: pure, so that it can be tested as a table. Its ExceptionClass decides; the status alone says little (401 is "log
 * in again" and "not allowed", 500 is "not allowed" and "the database is down"). */
#ifndef PPS_RUCIO_ANSWER_H
#define PPS_RUCIO_ANSWER_H

#include "base/http.h"
#include "base/json.h"

enum {
	PPS_RUCIO_FINE,      /* 2xx */
	PPS_RUCIO_AGAIN,     /* the server, its database or a race: the same call may do after a while */
	PPS_RUCIO_LOGIN,     /* the token is no good (any more) */
	PPS_RUCIO_DENIED,    /* the account may not */
	PPS_RUCIO_SETTINGS,  /* no such scope or storage element: nothing will do before the configuration is mended */
	PPS_RUCIO_EXISTS,    /* it is there already */
	PPS_RUCIO_ABSENT,    /* a dataset or file that was named is not there */
	PPS_RUCIO_CLOSED,    /* the dataset takes no more files */
	PPS_RUCIO_UNCHANGED, /* it was closed, or opened, already */
	PPS_RUCIO_MISMATCH,  /* another size or checksum is there under that name */
	PPS_RUCIO_REFUSED,   /* this item will never do */
	PPS_RUCIO_BROKEN     /* the server failed at it, or is no Rucio: not to be repeated blindly */
};

#define PPS_RUCIO_CLASS_MOST 63
#define PPS_RUCIO_MESSAGE_MOST 500

typedef struct pps_rucio_answer {
	int meaning; /* PPS_RUCIO_FINE ... */
	int status;
	char class[PPS_RUCIO_CLASS_MOST + 1]; /* ExceptionClass; "" when there is none */
	char message[PPS_RUCIO_MESSAGE_MOST + 4]; /* one line, cut; "" when there is none */
	char named[256]; /* what the message names as 'scope:name': the name; "" when it names nothing */
	int64_t after_ms; /* Retry-After; 0: none */
} pps_rucio_answer;

/* Reads class and message from the body, and from the headers where the body has none. @scope: of the names. PPS_OK or PPS_E_NOMEM. */
int pps_rucio_answer_read(const pps_http_response *response, const char *scope, pps_rucio_answer *ret, pps_error **err);
/* Its error: "@what: AccessDenied: ... (HTTP 401)". Returns the code: ACCESS, CONFIG, EXISTS, NOTFOUND, CONFLICT, UNAVAILABLE or FAILED. */
int pps_rucio_answer_fail(const pps_rucio_answer *answer, pps_error **err, const char *fmt, ...) PPS_PRINTF(3, 4);

/* "Sat, 21 Nov 2026 12:59:04 UTC" (or GMT): seconds since 1970. Return: 0, or -1 when it is something else. */
int pps_rucio_time_parse(const char *text, int64_t *ret_unix);

/* Rows of a streamed answer: one JSON object a line. Bytes may come in any pieces. */
typedef struct pps_rucio_rows {
	pps_buf line;
	size_t n;
	int (*row)(void *user, json_t *row, pps_error **err); /* an object; borrowed for the call */
	void *user;
} pps_rucio_rows;

#define PPS_RUCIO_LINE_MOST (1u << 20)
int pps_rucio_rows_feed(pps_rucio_rows *rows, const void *bytes, size_t size, pps_error **err);
/* PPS_E_UNAVAILABLE when the last line has no end: the answer was cut. */
int pps_rucio_rows_finish(pps_rucio_rows *rows, pps_error **err);
void pps_rucio_rows_free(pps_rucio_rows *rows);

#endif
