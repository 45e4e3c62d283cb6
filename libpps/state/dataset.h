/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Flow B in the state: each dataset with its status in every repository, and the one action that is next for it. The flow decides what is next
 * and stores it in the same transaction as the status that it follows from, so that what is ready is one look-up in an index whose cost
 * follows the number of ready rows.
 *
 * Times: TAI ns; those of a status are kept to the millisecond, rounded up.
 * Threads: as <state/state.h>.
 */
#ifndef PPS_STATE_DATASET_H
#define PPS_STATE_DATASET_H

#include "state/notice.h"

#define PPS_ORDINALS_MOST 32

/* Each repository has a number for ever, given when it is first seen. @ret_ordinals: as many as @names; PPS_E_CONFIG when there are more than
 * PPS_ORDINALS_MOST in all. @lock NULL: none is given, -1 for those that were never seen. */
int pps_state_ordinals(pps_state *state, const pps_flow_lock *lock, const char *const *names, size_t n, int *ret_ordinals, pps_error **err);

/* All words that dataset types, runs and origins were ever registered with, as keys of *@ret_words, released with pps_map_free(). */
struct pps_map;
int pps_state_dataset_words(pps_state *state, struct pps_map **ret_words, pps_error **err);

/* A status and its times, by ordinal. */
typedef struct pps_dataset_status {
	char status[PPS_ORDINALS_MOST];       /* '.': never; see publish/plan.h */
	int64_t at[PPS_ORDINALS_MOST];        /* since when; 0: never */
	int64_t published[PPS_ORDINALS_MOST]; /* when it was published there; 0: never */
} pps_dataset_status;

/* As they are stored: trailing repositories that never had it are left out. @ret_status, @ret_times: owned by the caller. */
int pps_dataset_status_format(const pps_dataset_status *status, char **ret_status, char **ret_times, pps_error **err);
/* PPS_E_FORMAT when they are no such texts. */
int pps_dataset_status_parse(const char *status, const char *times, pps_dataset_status *ret, pps_error **err);

enum {
	PPS_DATASET_HELD = 1,      /* by an operator */
	PPS_DATASET_PINNED = 2,    /* kept beyond its lifetime */
	PPS_DATASET_WITHDRAWN = 4, /* expires now */
	PPS_DATASET_ADOPTED = 8,   /* found where it was, not brought: an operator confirms before it expires */
	PPS_DATASET_DAY_HELD = 16, /* by an operator, with all of its day: ends with that hold, and with no other */
	PPS_DATASET_HELD_ANY = PPS_DATASET_HELD | PPS_DATASET_DAY_HELD,
	PPS_DATASET_UNPROVEN = 32  /* copies of it were found, not made: they are compared with the first repository's files before those go */
};

typedef struct pps_dataset_next {
	int task;     /* PPS_TASK_*; 0: nothing */
	int ordinal;
	int64_t due;
	uint32_t idle; /* for those who plan: a bit for each ordinal where nothing will be done any more, so that what failed there is over */
} pps_dataset_next;

/* What went wrong with a dataset in one repository. */
typedef struct pps_dataset_failure {
	int ordinal;
	int attempts;       /* in a row */
	int code;           /* PPS_E_* of the last */
	const char *error;
	int64_t first_at, last_at;
	int64_t not_before; /* nothing is tried there again before; 0: nothing waits for it, it is a remark */
} pps_dataset_failure;

typedef struct pps_dataset_row {
	pps_uuid id;
	const char *origin; /* "" where it is not known */
	const char *type;
	const char *run;
	const char *instrument; /* "" where its dimensions have none */
	const char *data_id;    /* required dimensions as a JSON object */
	int64_t visit;          /* visit, else exposure; 0: none */
	int64_t day_obs;        /* 0: none */
	int end_kind;           /* PPS_END_* of publish/plan.h */
	int64_t end;
	int flags;              /* PPS_DATASET_* */
	int64_t registered;
	pps_dataset_status status;
	pps_dataset_next next;
	const pps_dataset_failure *failures; /* by ordinal, one for each repository where something went wrong */
	size_t nfailures;
	int attempts;           /* of the failure that was last, in whichever repository */
	int code;               /* PPS_E_* of it; 0: none */
	const char *error;      /* NULL: none */
} pps_dataset_row;

typedef struct pps_dataset_rows pps_dataset_rows;
size_t pps_dataset_rows_count(const pps_dataset_rows *rows);
const pps_dataset_row *pps_dataset_rows_at(const pps_dataset_rows *rows, size_t n);
void pps_dataset_rows_free(pps_dataset_rows *rows);
PPS_DEFINE_CLEANUP(pps_dataset_rows, pps_dataset_rows_free)

/* Adds those that are not known; what is known stays as it is. @ret_new (NULL allowed): how many were added. */
int pps_state_datasets_register(pps_state *state, const pps_flow_lock *lock, const pps_dataset_row *rows, size_t n, int64_t *ret_new,
				pps_error **err);

/* What is due: @task, @ordinal, due no later than @now, the longest due first; at most @limit. */
int pps_state_datasets_ready(pps_state *state, int task, int ordinal, int64_t now, size_t limit, pps_dataset_rows **ret_rows, pps_error **err);
/* The ids alone, without those in @but, which is sorted: at most @limit others, as many as @ids has room for, the longest due first. */
int pps_state_datasets_ready_but(pps_state *state, int task, int ordinal, int64_t now, const pps_uuid *but, size_t nbut, pps_uuid *ids, size_t limit,
				 size_t *ret_n, pps_error **err);
/* Of @ids those that are ready still, in the order of their ids. */
int pps_state_datasets_ready_of(pps_state *state, int task, int ordinal, int64_t now, const pps_uuid *ids, size_t n, pps_dataset_rows **ret_rows,
				pps_error **err);
/* How many are due in all. */
int pps_state_datasets_due(pps_state *state, int task, int ordinal, int64_t now, int64_t *ret_n, pps_error **err);
/* Known ones of these, in the order of their ids. */
int pps_state_datasets_get(pps_state *state, const pps_uuid *ids, size_t n, pps_dataset_rows **ret_rows, pps_error **err);

/* Which datasets; what is not given is any, all that is given must hold. */
typedef struct pps_dataset_filter {
	const char *type;   /* glob; of one with a set of characters, [a-z], more than it says */
	const char *run;    /* glob */
	const char *origin; /* exactly */
	int64_t visit;      /* visit or exposure; 0: any */
	int64_t day_obs;    /* 0: any */
	int flags;          /* one of these is set; 0: any */
	int failed;         /* 1: only those whose last try failed in some repository */
	int is_present;     /* 1: only those that are present anywhere: of others nothing is ever due */
	pps_uuid after;     /* go on behind it; zero: from the first */
	size_t limit;       /* 0: all */
} pps_dataset_filter;
/* In the order of their ids. */
int pps_state_datasets_find(pps_state *state, const pps_dataset_filter *filter, pps_dataset_rows **ret_rows, pps_error **err);

/* One change of one dataset; several of the same dataset are taken in their order. */
typedef struct pps_dataset_change {
	pps_uuid id;
	char status;      /* 0: stays as it is */
	int ordinal;      /* whose */
	int64_t at;       /* since when */
	int is_published; /* it was published at that time */
	int notice;       /* PPS_NOTICE_*: what others are told when that is a change of its status; 0: nothing */
	int set_flags, clear_flags;
	char expect;      /* not 0: the change is passed over unless this is the status there */
	int forget;       /* what failed before, in whichever repository, is forgotten; a new status forgets what failed in its repository */
	int has_next;     /* next is what is next from now on */
	pps_dataset_next next;
	int code;         /* PPS_E_* of a try that failed in the repository `ordinal`; 0: none did */
	const char *error;
	int64_t not_before; /* what is next in the repository `ordinal` waits until then, which is remembered with a code; 0: it does not */
	int has_end;      /* the end of its time is another one now */
	int end_kind;
	int64_t end;
} pps_dataset_change;

/*
 * All of @changes, and of @ledger (PPS_CHANGE_AUTHORISED, PPS_CHANGE_DONE), in one transaction, after a check of the epoch (@lock NULL: an
 * administrative change, which checks none). Datasets that are not known are passed over. @ret_seq (NULL allowed): the last ledger entry made.
 */
int pps_state_datasets_apply(pps_state *state, const pps_flow_lock *lock, int64_t at, int64_t as_of, const pps_dataset_change *changes,
			     size_t n, const pps_state_change *ledger, size_t nledger, int64_t *ret_seq, pps_error **err);

/* Who plans inside that transaction, which may be repeated. */
typedef struct pps_dataset_hooks {
	/* What is next for a dataset as the changes leave it; instead of the changes' own `next`. @last: the last change of it. */
	int (*plan)(const pps_dataset_row *row, const pps_dataset_change *last, void *user, pps_dataset_next *ret_next, pps_error **err);
	void *user;
} pps_dataset_hooks;

/* As above; @hooks NULL: none. */
int pps_state_datasets_apply_with(pps_state *state, const pps_flow_lock *lock, int64_t at, int64_t as_of, const pps_dataset_change *changes,
				  size_t n, const pps_state_change *ledger, size_t nledger, const pps_dataset_hooks *hooks, int64_t *ret_seq,
				  pps_error **err);

/* How far all datasets were planned anew by a way of planning that has this name; done: all of them are. Another name begins anew. */
int pps_state_replan_get(pps_state *state, const char *name, int *ret_done, pps_uuid *ret_after, pps_error **err);
int pps_state_replan_set(pps_state *state, const pps_flow_lock *lock, const char *name, int done, const pps_uuid *after, pps_error **err);

/* Repositories that a replay's state may be used with; marked by `pps init --replay` alone. */
int pps_state_replay_mark(pps_state *state, const char *const *places, size_t n, pps_error **err);
/* 1 when it is marked, else 0. */
int pps_state_replay_has(pps_state *state, const char *place, pps_error **err);

/* How many there are of each kind, without looking at them: kept beside every change. */
typedef struct pps_dataset_count {
	const char *type;
	const char *status; /* by ordinal, as stored */
	pps_dataset_next next; /* due is not set */
	int64_t n;
} pps_dataset_count;
typedef int (*pps_dataset_count_fn)(const pps_dataset_count *count, void *user, pps_error **err);
int pps_state_dataset_counts(pps_state *state, pps_dataset_count_fn fn, void *user, pps_error **err);

/* UUIDs that the source did not know: kept, and asked for again. */
typedef struct pps_unknown_dataset {
	pps_uuid id;
	const char *origin;
	int attempts;
} pps_unknown_dataset;
int pps_state_unknown_add(pps_state *state, const pps_flow_lock *lock, const pps_uuid *ids, size_t n, const char *origin, int64_t at,
			  pps_error **err);
/* Those whose next try is no later than @now; the ids are owned by the caller. @ret_origins: parallel texts, released with
 * pps_sql_names_free(). */
int pps_state_unknown_due(pps_state *state, int64_t now, size_t limit, pps_uuid **ret_ids, char ***ret_origins, size_t *ret_n, pps_error **err);
/* They were found. */
int pps_state_unknown_remove(pps_state *state, const pps_flow_lock *lock, const pps_uuid *ids, size_t n, pps_error **err);

#endif
