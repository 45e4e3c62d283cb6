/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What others are told of: an outbox. A notice is written in the same transaction as the change that it tells of, numbered without a gap in the
 * order of the commits, and stays until every destination has it. Each destination has its own cursor.
 *
 * Times: TAI ns. Threads: as <state/state.h>.
 */
#ifndef PPS_STATE_NOTICE_H
#define PPS_STATE_NOTICE_H

#include "state/state.h"

/* As stored: never renumbered. */
enum {
	PPS_NOTICE_NONE,
	PPS_NOTICE_UNEMBARGOED, /* copied out of embargo */
	PPS_NOTICE_PUBLISHED,
	PPS_NOTICE_EXPIRED,     /* its lifetime there is over */
	PPS_NOTICE_WITHDRAWN,   /* an operator took it back */
	PPS_NOTICE_LEDGER       /* the ledger's last entry, kept elsewhere so that a cut end shows */
};
/* "unembargoed", "published", ...; static. */
const char *pps_notice_name(int kind);

#define PPS_NOTICE_MOST 1000 /* datasets in one notice; more become several */

/* In the open transaction of @sql, before the ledger's entries: these datasets became what @kind says in the repository of that ordinal. @at: the
 * real clock (never shown to go backwards), @as_of: the time that the status has. */
int pps_notice_append(pps_sql *sql, int kind, int ordinal, int64_t at, int64_t as_of, const pps_uuid *ids, size_t n, pps_error **err);

typedef struct pps_notice {
	int64_t seq; /* from 1 */
	int kind;
	const char *repository; /* "" for the ledger */
	int64_t at, as_of;
	const pps_uuid *ids;
	size_t n;
	int64_t ledger_seq;      /* PPS_NOTICE_LEDGER */
	const char *ledger_hash; /* the same; "" */
} pps_notice;

typedef struct pps_notices pps_notices;
/* Those after @after in their order: at most @limit, and no more once they have @most_ids datasets together. */
int pps_state_notices(pps_state *state, int64_t after, size_t limit, size_t most_ids, pps_notices **ret_notices, pps_error **err);
size_t pps_notices_count(const pps_notices *notices);
const pps_notice *pps_notices_at(const pps_notices *notices, size_t n);
void pps_notices_free(pps_notices *notices);
PPS_DEFINE_CLEANUP(pps_notices, pps_notices_free)

/* The first that is kept and the last; 0 when there is none (the last is remembered when all were swept). */
int pps_state_notice_range(pps_state *state, int64_t *ret_first, int64_t *ret_last, pps_error **err);

/* Appends the ledger's head unless it is empty, or the last notice of it has the same one; @ret_seq: of the new notice, 0: none. @lock NULL: no check. */
int pps_state_notice_ledger(pps_state *state, const pps_flow_lock *lock, int64_t at, int64_t *ret_seq, pps_error **err);
/* The last notice of the ledger: its time (0: none), the entry and its hash, owned by the caller. */
int pps_state_notice_last_ledger(pps_state *state, int64_t *ret_at, int64_t *ret_ledger_seq, char **ret_hash, pps_error **err);

/* Removes notices up to @seq that are older than @before. */
int pps_state_notice_sweep(pps_state *state, const pps_flow_lock *lock, int64_t seq, int64_t before, int64_t *ret_n, pps_error **err);

/* ---- how far a destination is ---- */

typedef struct pps_notice_cursor {
	char *destination;
	int64_t seq;          /* the last that it has */
	char *detail;         /* what the destination wants to remember; "" */
	int64_t delivered_at; /* 0: never */
	int attempts;         /* failures in a row */
	int code;             /* PPS_E_* of the last failure; 0: none */
	char *error;          /* "" */
	int64_t failing_since, next_try, given_up; /* 0: none */
} pps_notice_cursor;
void pps_notice_cursor_clear(pps_notice_cursor *cursor);

/* A destination that was never told of anything is at 0. */
int pps_state_notice_cursor(pps_state *state, const char *destination, pps_notice_cursor *ret_cursor, pps_error **err);
/* It has everything up to @seq; what failed is forgotten. */
int pps_state_notice_delivered(pps_state *state, const pps_flow_lock *lock, const char *destination, int64_t seq, const char *detail, int64_t at,
			       pps_error **err);
/* One more try failed; the next is due at @next_try. @give_up: none is made any more until an operator says so. */
int pps_state_notice_failed(pps_state *state, const pps_flow_lock *lock, const char *destination, int code, const char *error, int64_t at,
			    int64_t next_try, int give_up, pps_error **err);
/* It is tried again at once. PPS_E_NOTFOUND: it is not failing. */
int pps_state_notice_retry(pps_state *state, const char *destination, const char *reason, const char *who, pps_error **err);

#endif
