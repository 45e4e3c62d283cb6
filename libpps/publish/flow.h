/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The flow of prompt products: what is due is taken from the state in chunks of one task and one repository; everything that could forbid it
 * is asked again; the ledger gets its entry; the adapters act; the state gets what came of it, dataset by dataset, with the
 * ledger's second entry and what is next, in one transaction.
 *
 * All that touches the world goes through `struct pps_publish_ops`, so that a simulator can stand in for it. An act is an ensure: the same
 * chunk may come again after any crash and ends the same. No transaction of the state is open while one runs.
 *
 * Threads: a flow belongs to one thread at a time; adapters may use threads of their own.
 */
#ifndef PPS_PUBLISH_FLOW_H
#define PPS_PUBLISH_FLOW_H

#include "base/clock.h"
#include "base/ctx.h"
#include "base/map.h"
#include "publish/force.h"
#include "publish/plan.h"
#include "state/record.h"

#define PPS_PUBLISH_FLOW "publish" /* in the state: lock, ledger, holds, policy */
#define PPS_PUBLISH_REPAIR "repair"   /* in the ledger: what the audit mends */
#define PPS_PUBLISH_CLOCKS_MOST 80

typedef struct pps_publish_flow pps_publish_flow;

/* The clocks at hand: the local one, and each independent one with the local one read beside it. */
typedef struct pps_publish_clocks {
	int64_t local; /* TAI ns */
	int64_t others[PPS_PUBLISH_CLOCKS_MOST], beside[PPS_PUBLISH_CLOCKS_MOST];
	size_t n;
} pps_publish_clocks;

/* What the first repository says of a dataset now. */
typedef struct pps_publish_seen {
	int is_known;  /* 0: it has no such dataset */
	int is_other;  /* another dataset type, or run, than the state has */
	int end_kind;  /* PPS_END_* */
	int64_t end;   /* TAI ns */
} pps_publish_seen;

/* What came of one dataset. */
enum {
	PPS_RESULT_NONE,    /* nothing was done, and nothing is known: as if it had not been in the chunk */
	PPS_RESULT_DONE,    /* the whole of it, durable; a code and error are a remark for operators */
	PPS_RESULT_FAILED,  /* code and error say why; tried again later */
	PPS_RESULT_MISSING  /* not found in the repository `missing_in` */
};

typedef struct pps_publish_item {
	const pps_dataset_row *row; /* as the state has it; borrowed */
	pps_rule rule;              /* that allows the act */
	/* set by the adapter */
	int result;
	int code;       /* PPS_E_* */
	char *error;    /* released with free() */
	int missing_in; /* index in the graph */
	int is_stopped; /* by pps_publish_chunk_recheck(): leave it alone, without a result */
} pps_publish_item;

/* Datasets in the order of their ids, for one task in one repository. */
typedef struct pps_publish_chunk {
	pps_publish_flow *flow;
	int task;       /* PPS_TASK_* */
	int repository; /* indices in the graph */
	int source;     /* whence it comes; -1: the first */
	int64_t now;    /* that the decision was taken for */
	pps_publish_item *items;
	size_t n;
	int is_common; /* set by the adapter: what fails now is the repository's, whatever the datasets */
	/* How pps_publish_chunk_check(), or with @is_again pps_publish_chunk_recheck(), asks for one that is carried out beside the flow's thread; NULL: by
	 * itself. */
	int (*check)(const struct pps_publish_chunk *chunk, int is_again, void *user, pps_error **err);
	void *check_user;
} pps_publish_chunk;

/* The ids of its items, in their order; released with free(). NULL: no memory. */
pps_uuid *pps_publish_chunk_ids(const pps_publish_chunk *chunk);
/* For adapters, immediately before whatever cannot be undone: PPS_OK; PPS_E_LOCKED: another has taken over; PPS_E_HELD: the flow is held;
 * PPS_E_CANCELLED. Hand the error on. */
int pps_publish_chunk_check(const pps_publish_chunk *chunk, pps_error **err);
/* The same after what takes long, before it is committed: each item that must not be done any more, because an operator has held its day or itself
 * meanwhile, or because of what the state says by now, is stopped. */
int pps_publish_chunk_recheck(const pps_publish_chunk *chunk, pps_error **err);
/* Records a failure of one dataset; takes @why (NULL allowed). */
void pps_publish_item_fail(pps_publish_item *item, int code, pps_error *why);

/* A dimension record that is looked at in a repository. */
typedef struct pps_record_look {
	pps_record_place *place;
	/* set by the adapter */
	int is_there;   /* it is there now */
	int is_revised; /* it, or what belongs to it, was another one there, and is replaced */
	int code;       /* set by the loop: PPS_E_* of its failure */
	char *error;    /* released with free() */
} pps_record_look;

/* The adapters. @user is the flow's. Repositories are indices in the graph. */
typedef struct pps_publish_ops {
	int (*clocks)(void *user, pps_publish_clocks *ret, pps_error **err);
	/* Whether a repository can be worked with now; asked at the beginning of a run, and every few minutes of a long one for those that are down. */
	int (*reach)(void *user, int repository, pps_error **err);
	/* What the first repository says now of @rows; @ret_seen: as many. */
	int (*look)(void *user, const pps_dataset_row *const *rows, size_t n, pps_publish_seen *ret_seen, pps_error **err);
	/*
	 * Carries out the chunk. PPS_OK: each item has its result, except those that are PPS_RESULT_NONE. Negative: the chunk as a whole failed, and
	 * items keep the results that they have got; PPS_E_UNAVAILABLE, _TIMEOUT, _LOCKED, _NOSPACE, _ACCESS, or chunk->is_common: the repository
	 * is down, others go on; PPS_E_CANCELLED, _NOMEM, _HELD (of pps_publish_chunk_check()) end the run; any other: tried again in halves, so that what one
	 * dataset breaks is laid to that dataset.
	 */
	int (*act)(void *user, pps_publish_chunk *chunk, pps_error **err);
	/* How these datasets really are in a repository, one PPS_STATUS_* each (NEVER: it does not know them): asked after a crash. */
	int (*survey)(void *user, int repository, const pps_uuid *ids, size_t n, char *ret_status, pps_error **err);
	/*
	 * Looks at records in a repository: those that are ahead are brought where they are missing; of the others only what is there counts; what is
	 * another one than in the first repository is replaced. Negative: as of act(). NULL: no records are carried.
	 */
	int (*records)(void *user, pps_publish_flow *flow, int repository, pps_record_look *looks, size_t n, pps_error **err);
	/* What comes first, and again every few minutes of a long run (intake); @task: only that one, NULL: all. NULL: nothing. */
	int (*before)(void *user, pps_publish_flow *flow, const char *task, pps_error **err);
	/* Waits for the local clock to go on by @ns; NULL: nobody waits. */
	int (*rest)(void *user, int64_t ns, pps_error **err);
	/* How many chunks at a time a repository bears; NULL: any number. */
	int (*most)(void *user, int repository);
} pps_publish_ops;

/*
 * Who carries out chunks beside the flow's thread, several at a time. The flow's thread alone calls it, and stays the only one that touches the
 * state. A chunk that was begun, with its items, is the crew's until it has come back.
 */
typedef struct pps_publish_crew {
	/* How many chunks it can have at a time. */
	int (*size)(void *user);
	int (*begin)(void *user, pps_publish_chunk *chunk, pps_error **err);
	/* A chunk that is finished, with what came of it as of ops->act(); NULL when none is after a short while. */
	int (*finish)(void *user, pps_publish_chunk **ret_chunk, int *ret_code, pps_error **ret_why, pps_error **err);
	/* Nothing more is wanted of what was begun: when it returns nobody touches those chunks any more. */
	void (*forget)(void *user);
	size_t most; /* datasets in a chunk; 0: any number */
	/* Of a crew that outlives this process, ns: so long after it was begun somebody may still begin to write, and so long somebody who was told
	 * that it is forgotten may still be writing. */
	int64_t lasts, grace;
} pps_publish_crew;

/* What a run did. */
typedef struct pps_publish_tally {
	int64_t done, failed, missing;
	int64_t put_off; /* not done, because something was found that forbids it now */
} pps_publish_tally;

struct pps_publish_flow {
	pps_ctx *ctx;
	pps_state *state;
	pps_flow_lock *lock; /* of PPS_PUBLISH_FLOW; owned by whoever made the flow */
	pps_plan_graph graph;   /* with a reclaim_after that is in force */
	int64_t reclaim_after;  /* of the first repository, as configured */
	const pps_conf *conf;            /* whose origins are known; NULL: all are */
	const pps_conf_policy *policies; /* configured */
	size_t npolicies;
	pps_conf_task tasks[PPS_TASKS]; /* by PPS_TASK_* */
	const pps_publish_ops *ops;
	void *user;
	const pps_publish_crew *crew; /* NULL: the flow's thread carries out one chunk after the other */
	void *crew_user;
	int64_t requested;   /* --now, on a replay's state only; INT64_MIN: none */
	int only_task;       /* PPS_TASK_*; 0: all */
	const char *only;    /* name of a task that is in ops->before, NULL: none */
	int only_repository; /* -1: all */
	uint32_t rests;      /* a bit for each PPS_TASK_* that is not looked at in this run */
	int64_t rests_until[PPS_TASKS]; /* of these, CLOCK_MONOTONIC */
	const char *who;     /* for the ledger */
	struct pps_notify *notify; /* who is told of it meanwhile; NULL: nobody */
	int64_t told;              /* when that was, CLOCK_MONOTONIC */

	/* found by pps_publish_flow_prepare() */
	int ordinal[PPS_PLAN_MOST];            /* of a repository in the state */
	int repository_of[PPS_ORDINALS_MOST];  /* the other way; -1: no part of this flow */
	pps_force *in_force; /* NULL: what is configured is in force */
	int is_waiting;      /* what is configured, to be accepted; told once */
	int is_settled;      /* what is configured has been in force: what is now was accepted since, and is not replaced by it */
	char policy_hash[65];
	char plan_hash[65];

	/* of the run */
	int is_planned;     /* all by the policies of now; until then in slices between chunks */
	int is_held;        /* as a whole, by an operator: nothing was done since */
	uint32_t down;      /* a bit for each repository */
	int64_t down_since[PPS_PLAN_MOST]; /* TAI ns; 0: it was reached since */
	pps_error *why[PPS_PLAN_MOST]; /* it is down */
	int64_t now;        /* the last time that was decided for */
	int64_t at;         /* the local clock then */
	int64_t cutoff;     /* what was due until then belongs to this round */
	pps_map *refused;   /* by UUID, a bit for each repository where a dataset failed or was put off in this run: not taken there again */
	pps_publish_tally tally[PPS_TASKS][PPS_PLAN_MOST];
	/* with a crew */
	struct pps_publish_work *works; /* that are under way, the last one first */
	struct pps_publish_ahead {
		pps_uuid *ids;
		size_t at, n; /* those before @at were taken */
	} ahead[PPS_TASKS][PPS_PLAN_MOST]; /* that were ready when the state was asked, for some chunks */
	uint32_t due[PPS_TASKS];        /* a bit for each repository where something may be due */
	uint32_t waits[PPS_TASKS];      /* the same, once something has come back */
};

/* With the lock: ordinals, the policy in force (which what is configured becomes unless it is sooner), what a crash left, and the first slice of plans
 * anew when policies or repositories changed. */
int pps_publish_flow_prepare(pps_publish_flow *flow, pps_error **err);
/* Without a lock, for those that only look: ordinals and the policy in force. */
int pps_publish_flow_read(pps_publish_flow *flow, pps_error **err);
/* Releases what prepare and runs made; not the structure. */
void pps_publish_flow_clear(pps_publish_flow *flow);

/* The rule for a dataset: what is in force, or what both allow while another waits to be accepted. */
pps_rule pps_publish_flow_rule(const pps_publish_flow *flow, const char *origin, const char *type);
/* Of this dataset, one action for each repository; @actions has room for PPS_PLAN_MOST. */
void pps_publish_flow_plan(const pps_publish_flow *flow, const pps_dataset_row *row, pps_plan_action *actions);
/* What is next for it, as the state stores it: also for those that are registered. */
pps_dataset_next pps_publish_flow_next(const pps_publish_flow *flow, const pps_dataset_row *row, int64_t now);
/* Whether a task rests at this time: spans of the day in UTC, which may go over midnight. */
int pps_publish_is_quiet(const pps_conf_task *task, int64_t now);
/* Until when what is due is passed over: the repository is down, the task rests, or it cannot be known who uses what it deletes; 0: it is done now. */
int64_t pps_publish_rests_until(const pps_publish_flow *flow, int task, int repository, int64_t now);
/* Where the records of datasets that are registered @now are to follow to. */
pps_record_targets pps_publish_flow_targets(const pps_publish_flow *flow, int64_t now);
/* What is configured, to be compared with what is in force. */
pps_terms pps_publish_flow_terms(const pps_publish_flow *flow);
/* For pps_state_datasets_apply_with(): plans by this flow. */
pps_dataset_hooks pps_publish_flow_hooks(pps_publish_flow *flow);
/* "difference_image: embargo 80 h, public, 30 days"; owned by the caller. */
int pps_publish_rule_name(const pps_rule *rule, char **ret, pps_error **err);

/* The time to decide for now; PPS_E_HELD when the clocks disagree, or lie behind the ledger. A minute behind it, as where a command of another machine
 * wrote the last entry, is waited for. */
int pps_publish_flow_now(pps_publish_flow *flow, int64_t *ret_now, int64_t *ret_at, pps_error **err);

/* Prepares, and goes round until nothing is due. Failures of datasets and repositories that are down are no failure of
 * the run: see the tally and flow->why; neither is a hold of all of it: see flow->is_held. */
int pps_publish_flow_run(pps_publish_flow *flow, pps_error **err);

#endif
