/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What flow B was told of and has not read yet: batches whose file is still to be read, and messages that nobody could read. Both are kept under
 * the place of their message, so that a message that comes twice changes nothing.
 *
 * Times: TAI ns. Threads: as <state/state.h>. A lock that is NULL: an administrative change, which checks no epoch.
 */
#ifndef PPS_STATE_INTAKE_H
#define PPS_STATE_INTAKE_H

#include "state/state.h"

/* Of a message in Kafka. */
typedef struct pps_message_place {
	const char *topic;
	int64_t part, position;
} pps_message_place;

typedef struct pps_pending_batch {
	pps_message_place place;
	pps_uuid batch;
	const char *origin;
	const char *file;   /* below intake.kafka.batch_root */
	int64_t since;
	int attempts;       /* how often its file could not be read */
	const char *error;  /* of the last; NULL: none */
	int64_t next_try;
} pps_pending_batch;

#define PPS_LETTER_MOST 4096 /* bytes that are kept of a message */

typedef struct pps_dead_letter {
	pps_message_place place;
	int64_t at;          /* when it was put aside */
	const char *reason;
	const char *content; /* as text: a beginning of it where it is long */
	size_t size;         /* of the content, when it is given to be kept */
} pps_dead_letter;

/* A stretch of messages, in one transaction: at, attempts, error and next_try of batches are not looked at, they are due at once; at of letters neither.
 * @ret_letters (NULL allowed): letters that are new. */
int pps_state_intake_record(pps_state *state, const pps_flow_lock *lock, const pps_pending_batch *batches, size_t nbatches,
			    const pps_dead_letter *letters, size_t nletters, int64_t at, int64_t *ret_letters, pps_error **err);

typedef struct pps_pending_batches {
	pps_pending_batch *at; /* own their texts */
	size_t n, cap;
} pps_pending_batches;
void pps_pending_batches_free(pps_pending_batches *list);
PPS_DEFINE_CLEANUP(pps_pending_batches, pps_pending_batches_free)

/* Those whose next try is no later than @now (INT64_MAX: all), the longest due first; at most @limit. */
int pps_state_batches(pps_state *state, int64_t now, size_t limit, pps_pending_batches **ret_list, pps_error **err);
int pps_state_batch_count(pps_state *state, int64_t *ret_n, pps_error **err);
/* They were read and registered. */
int pps_state_batches_done(pps_state *state, const pps_flow_lock *lock, const pps_pending_batch *batches, size_t n, pps_error **err);
/* Its file could not be read, once more. */
int pps_state_batch_failed(pps_state *state, const pps_flow_lock *lock, const pps_message_place *place, const char *error, int64_t next_try,
			   pps_error **err);
/* It never will be: it becomes a dead letter. */
int pps_state_batch_given_up(pps_state *state, const pps_flow_lock *lock, const pps_dead_letter *letter, int64_t at, pps_error **err);

typedef int (*pps_dead_letter_fn)(const pps_dead_letter *letter, void *user, pps_error **err);
/* @topic NULL: of all. In the order of their places, from behind @after (NULL: the first) on; at most @limit (0: all). */
int pps_state_dead_letters(pps_state *state, const char *topic, const pps_message_place *after, size_t limit, pps_dead_letter_fn fn, void *user,
			   pps_error **err);
int pps_state_dead_letter_count(pps_state *state, const char *topic, int64_t *ret_n, pps_error **err);
/* An operator wants it tried again, now that it can be read: the letter becomes a pending batch, due at once. PPS_E_NOTFOUND: there is no such
 * letter. */
int pps_state_dead_letter_revive(pps_state *state, const pps_pending_batch *batch, const char *reason, const char *who, pps_error **err);

/* Which of @ids are registered; @ret_known has room for n. */
int pps_state_datasets_known(pps_state *state, const pps_uuid *ids, size_t n, uint8_t *ret_known, pps_error **err);
/* How many UUIDs the source does not know. */
int pps_state_unknown_count(pps_state *state, int64_t *ret_n, pps_error **err);
/* 0 when there are none, else not: cheaper than to count them. */
int pps_state_unknown_any(pps_state *state, int64_t *ret_any, pps_error **err);

#endif
