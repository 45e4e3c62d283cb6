/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The state database, for the flows: what is known of each exposure, when each of its steps was finished, what failed, what an operator
 * holds, and the ledger of what left embargo. The public side is <pps/state.h>.
 *
 * Everything that one step changes is handed over as one array of changes and happens in one short transaction, which first checks the
 * flow's epoch. There is no in-progress state: a crash leaves either the whole of a change or nothing.
 *
 * Times: TAI ns. `at` is the real clock, `as_of` the time that the decision was taken for (--now).
 * Threads: a state and what was made from it belong to one thread at a time.
 */
#ifndef PPS_STATE_STATE_H
#define PPS_STATE_STATE_H

#include <pps/state.h>

#include "base/digest.h"
#include "base/time.h"
#include "base/uuid.h"
#include "sql/sql.h"

static inline void pps_state_unrefp(pps_state **state)
{
	pps_state_unref(*state);
}

/* Its connection, to ask its clock; keep no rows open across calls of this room. */
pps_sql *pps_state_sql(pps_state *state);

/* By URL instead of configuration; the URL may hold a password. */
int pps_state_open_url(pps_ctx *ctx, const char *url, pps_state **ret_state, pps_error **err);
/* An empty one in memory, for who only asks what would be done. */
int pps_state_open_blank(pps_ctx *ctx, pps_state **ret_state, pps_error **err);
/* Makes the database, or brings it up to this version; @ret_applied (NULL allowed): migrations that were new. */
int pps_state_init_url(pps_ctx *ctx, const char *url, int flags, int *ret_applied, pps_error **err);

/* ---- the lock of a flow ---- */

typedef struct pps_flow_lock pps_flow_lock;

/*
 * Takes the lock of a flow ("raw", "publish") and raises its epoch. Held by another: waits up to pps_ctx_wait(), saying so once
 * (PPS_LOG_NOTICE), then PPS_E_LOCKED naming the holder.
 */
int pps_state_lock(pps_state *state, const char *flow, pps_flow_lock **ret_lock, pps_error **err);
/* PPS_OK while it is held and its epoch is the state's; PPS_E_LOCKED when it was lost, or another has taken over. Ask before whatever cannot be undone. */
int pps_flow_lock_check(pps_flow_lock *lock, pps_error **err);
int64_t pps_flow_lock_epoch(const pps_flow_lock *lock);
/* Of whoever took it last, for those who only look; 0: nobody ever did. */
int pps_state_epoch(pps_state *state, const char *flow, int64_t *ret_epoch, pps_error **err);
void pps_flow_lock_free(pps_flow_lock *lock);
PPS_DEFINE_CLEANUP(pps_flow_lock, pps_flow_lock_free)

/* ---- flow A: exposures ---- */

/* Names of steps; dimensions and ingest once for each destination repository, rucio for the storage element. */
#define PPS_STEP_SELECT "select"         /* its end + embargo period have passed */
#define PPS_STEP_COMPLETE "complete"     /* every expected sensor is there, or it was accepted without */
#define PPS_STEP_PACK "pack"             /* the zip is written and synced under its temporary name; its digests are known */
#define PPS_STEP_PLACED "placed"         /* the zip is under its own name */
#define PPS_STEP_YAML "yaml"
#define PPS_STEP_DIMENSIONS "dimensions" /* with a destination */
#define PPS_STEP_INGEST "ingest"         /* with a destination */
#define PPS_STEP_RUCIO "rucio"           /* with a storage element: files, datasets, attachments, Obs closed, its keys */
#define PPS_STEP_VERIFIED "verified"     /* its zip was compared with the source: detail as pps_state_verify() wrote it */
#define PPS_STEP_PRUNE "prune"           /* the source's copy may go: detail the URI of its folder; it may be half gone */
#define PPS_STEP_PRUNED "pruned"         /* the source's copy is gone */

/* Which exposure; texts here and below are borrowed by calls that take them and owned by lists that give them. */
typedef struct pps_exposure_key {
	const char *instrument;
	int64_t id;
} pps_exposure_key;

/* What the source said of it when it was last read, and the rule that matched. */
typedef struct pps_exposure_source {
	const char *obs_id;
	int64_t day_obs;
	pps_timespan timespan;
	int can_see_sky;   /* 1, 0; -1: NULL */
	const char *rule;  /* the query that matched, as the flow names it */
	int64_t embargo;   /* ns */
} pps_exposure_source;

/* The zip that was packed, before it is placed. */
typedef struct pps_exposure_zip {
	const char *uri; /* where it will be; NULL: none packed */
	uint64_t size;
	uint32_t adler32;
	uint8_t md5[16];
} pps_exposure_zip;

typedef struct pps_exposure_step {
	const char *step;        /* PPS_STEP_*, or one of a later version */
	const char *destination; /* repository; "" where the step has none */
	int64_t at;
	int64_t as_of;
	const char *detail; /* what the flow wants to remember ("revision=1"); NULL: nothing */
} pps_exposure_step;

typedef struct pps_exposure_failure {
	const char *step;
	const char *destination;
	int attempts;
	int code;          /* PPS_E_* */
	const char *error; /* the last one's message */
	int64_t first_at;
	int64_t last_at;
	int64_t next_try; /* exponential back-off */
} pps_exposure_failure;

typedef struct pps_exposure_state {
	pps_exposure_key key;
	pps_exposure_source source;
	int64_t read_at; /* when the source was last read */
	pps_exposure_zip zip;
	const pps_exposure_step *steps;
	size_t nsteps;
	const pps_exposure_failure *failures;
	size_t nfailures;
	int64_t finished;          /* 0: not yet */
	const char *finished_for;  /* as the flow wrote it; NULL */
	const char *accepted;      /* reason for taking it incomplete; NULL: not accepted */
	const char *held;          /* reason of the hold on it, its day or everything; NULL: not held */
} pps_exposure_state;

/* NULL when that step is not finished (or has not failed); @destination NULL is "". */
const pps_exposure_step *pps_exposure_step_of(const pps_exposure_state *e, const char *step, const char *destination);
const pps_exposure_failure *pps_exposure_failure_of(const pps_exposure_state *e, const char *step, const char *destination);

/* Which exposures; zero is "any", and all that is given must hold. */
typedef struct pps_exposure_filter {
	const char *instrument;
	int64_t id;
	const char *obs_id;
	int64_t day_obs;
	int unfinished;   /* only those not finished */
	int64_t due;      /* not 0: only those without a failure whose next try is later */
	int failed;       /* only those with a failure */
	size_t limit;
	const pps_exposure_key *after; /* go on behind it: the list is sorted by instrument and id */
} pps_exposure_filter;

typedef struct pps_exposure_list pps_exposure_list;

/* Everything known of them, in a few statements. */
int pps_state_exposures(pps_state *state, const pps_exposure_filter *filter, pps_exposure_list **ret_list, pps_error **err);
/* The same for keys at hand, in any order; those that are not known are left out. */
int pps_state_exposures_of(pps_state *state, const pps_exposure_key *keys, size_t n, pps_exposure_list **ret_list, pps_error **err);
size_t pps_exposure_list_size(const pps_exposure_list *list);
const pps_exposure_state *pps_exposure_list_at(const pps_exposure_list *list, size_t n);
const pps_exposure_state *pps_exposure_list_find(const pps_exposure_list *list, const pps_exposure_key *key); /* NULL: not in it */
void pps_exposure_list_free(pps_exposure_list *list);
PPS_DEFINE_CLEANUP(pps_exposure_list, pps_exposure_list_free)

typedef struct pps_exposure_counts {
	int64_t exposures;
	int64_t finished;
	int64_t failed; /* unfinished, with a failure */
	int64_t held;   /* unfinished and held */
} pps_exposure_counts;
int pps_state_exposure_counts(pps_state *state, pps_exposure_counts *ret_counts, pps_error **err);

/* ---- changes ---- */

/* What a ledger entry says of a chunk that leaves embargo (or is deleted). */
typedef struct pps_ledger_entry {
	const char *flow;        /* "raw" */
	const char *action;      /* "release", ... */
	const char *subject;     /* obs_id, or a chunk's name */
	const char *rule;        /* that allowed it */
	const char *policy_hash; /* of the rules in force; NULL: none */
	const char *who;         /* "pps raw run on host", a user */
	const pps_uuid *uuids;   /* the datasets; sorted here */
	size_t nuuids;
} pps_ledger_entry;

enum {
	PPS_CHANGE_SOURCE = 1, /* source: what was read; makes the exposure known */
	PPS_CHANGE_ZIP,        /* zip: digests of the packed zip; uri NULL forgets it */
	PPS_CHANGE_STEP,       /* step, destination, detail: finished at/as_of; its failure is forgotten */
	PPS_CHANGE_UNSTEP,     /* step, destination (NULL step: all): found undone; the exposure is unfinished again */
	PPS_CHANGE_FAILURE,    /* step, destination, code, text: one more attempt that failed */
	PPS_CHANGE_FINISHED,   /* text: what it is finished for */
	PPS_CHANGE_AUTHORISED, /* entry: before the act */
	PPS_CHANGE_DONE,       /* seq: of the authorised entry, or 0 for the last one of the same flow, action and subject */
	PPS_CHANGE_SELECTED,   /* text: rule; until: its selection has reached this time; key unused */
};

typedef struct pps_state_change {
	int kind;
	pps_exposure_key key;
	const pps_exposure_source *source;
	const pps_exposure_zip *zip;
	const char *step;
	const char *destination;
	const char *detail;
	const char *text;
	int code;
	int64_t until;
	const pps_ledger_entry *entry;
	int64_t *made; /* AUTHORISED: where the number of its entry goes; NULL: nowhere */
	int64_t seq;
	int recovered; /* DONE: found done after a crash */
} pps_state_change;

/*
 * All of @changes in one transaction, after a check of the epoch (PPS_E_LOCKED when another has taken over). Whatever their places, they
 * are taken kind by kind: sources, zips, steps undone, steps done, failures, finished, selected, and ledger entries last; of several
 * sources or steps of the same key the last one counts. Repeatable: the same changes twice leave the same state (failures count twice).
 * @ret_seq (NULL allowed): the last ledger entry made, 0 when none.
 */
int pps_state_apply(pps_state *state, const pps_flow_lock *lock, int64_t at, int64_t as_of, const pps_state_change *changes, size_t n,
		    int64_t *ret_seq, pps_error **err);

/* Exposures that are finished, but not for @finished_for, are unfinished again (a destination was added). @ret_n: how many. */
int pps_state_reopen(pps_state *state, const pps_flow_lock *lock, const char *finished_for, int64_t *ret_n, pps_error **err);

/* How far the selection by a rule has reached; INT64_MIN: never selected. */
int pps_state_selected_until(pps_state *state, const char *rule, int64_t *ret_until, pps_error **err);

/* How long to wait after the nth failure in a row, ns: not at all after the first, so that the next run may heal it; then 1 min,
 * doubling, at most 4 h. */
int64_t pps_state_backoff(int attempts);

/* ---- administrative: short transactions, without the flow's lock ---- */

/* One exposure (key), one day (day_obs), or everything of the flow (neither). Holding twice keeps the first reason. */
typedef struct pps_hold_target {
	const char *flow;
	const char *instrument; /* NULL: any; needed with id */
	int64_t id;
	int64_t day_obs;
} pps_hold_target;

typedef struct pps_hold {
	pps_hold_target target;
	const char *reason;
	const char *who;
	int64_t at;
} pps_hold;

int pps_state_hold(pps_state *state, const pps_hold_target *target, const char *reason, const char *who, pps_error **err);
/* PPS_E_NOTFOUND when it is not held. */
int pps_state_unhold(pps_state *state, const pps_hold_target *target, const char *reason, const char *who, pps_error **err);
/* The reason that holds this exposure now, or NULL; @ret_reason owned by the caller. Ask before each chunk. */
int pps_state_is_held(pps_state *state, const char *flow, const pps_exposure_key *key, int64_t day_obs, char **ret_reason,
		      pps_error **err);
typedef int (*pps_hold_fn)(const pps_hold *hold, void *user, pps_error **err);
int pps_state_holds(pps_state *state, const char *flow, pps_hold_fn fn, void *user, pps_error **err);

/* An operator takes an exposure as it is, incomplete. PPS_E_NOTFOUND when it is not known. */
int pps_state_accept(pps_state *state, const pps_exposure_key *key, const char *reason, const char *who, pps_error **err);
/* What was compared deeply, zip and source in one text, and since when: the same text again keeps the first time. NULL: what was compared does
 * not hold any more. PPS_E_NOTFOUND when the exposure is not known. */
int pps_state_verify(pps_state *state, const pps_exposure_key *key, const char *compared, pps_error **err);
/* What was compared, borrowed, and since when (TAI ns); NULL: nothing. */
const char *pps_exposure_verified(const pps_exposure_state *e, int64_t *ret_since);
/* Failures are forgotten, so that their steps are tried at once; @ret_n (NULL allowed): exposures concerned. */
int pps_state_retry(pps_state *state, const pps_exposure_filter *filter, int64_t *ret_n, pps_error **err);

/* The policy in force, as the flow wrote it, owned by the caller; NULL: none yet. */
int pps_state_policy(pps_state *state, const char *flow, char **ret_text, pps_error **err);
/* A rule whose embargo was shortened: what is not finished and was recorded under its old name goes by the new one. */
typedef struct pps_rule_change {
	const char *was, *is; /* names of rules */
	int64_t embargo;      /* ns */
} pps_rule_change;
/* Puts another in force, and says so in operator_event. */
int pps_state_set_policy(pps_state *state, const char *flow, const char *text, const pps_rule_change *changes, size_t n, const char *reason,
			 const char *who, pps_error **err);
/* The same by a flow's own process, which holds its lock, and only when @was (NULL: none) is still what is in force. Return: 1, 0 when another is,
 * negative: error. */
int pps_state_replace_policy(pps_state *state, const pps_flow_lock *lock, const char *flow, const char *was, const char *text, const char *reason,
			     const char *who, pps_error **err);

/* ---- the ledger ---- */

typedef struct pps_ledger_row {
	int64_t seq;
	const char *kind; /* "authorised", "done" */
	int64_t ref;      /* done: the authorised entry; else 0 */
	int recovered;
	pps_ledger_entry entry; /* uuids NULL, nuuids their number */
	const char *items_sha256;
	int64_t at;
	int64_t as_of;
	const char *hash;
} pps_ledger_row;

typedef int (*pps_ledger_fn)(const pps_ledger_row *row, void *user, pps_error **err);
/* Entries of a flow that were authorised and never done: a crash came between, or they are under way. In their order. */
int pps_state_ledger_open(pps_state *state, const char *flow, pps_ledger_fn fn, void *user, pps_error **err);
/* The datasets of an entry that was authorised, in the order of their ids; *ret_uuids is released with free(). */
int pps_state_ledger_items(pps_state *state, int64_t seq, pps_uuid **ret_uuids, size_t *ret_n, pps_error **err);
/* The entries that authorised something for a dataset, in their order. */
int pps_state_ledger_of(pps_state *state, const pps_uuid *id, pps_ledger_fn fn, void *user, pps_error **err);
/* The ledger's last real time (and the last as_of); INT64_MIN when it is empty. The clock must never be behind it. */
int pps_state_ledger_times(pps_state *state, int64_t *ret_at, int64_t *ret_as_of, pps_error **err);

#endif
