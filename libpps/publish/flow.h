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
#include "state/dataset.h"

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
} pps_publish_chunk;

/* For adapters, immediately before whatever cannot be undone: PPS_OK; PPS_E_LOCKED: another has taken over; PPS_E_HELD: the flow is held;
 * PPS_E_CANCELLED. Hand the error on. */
int pps_publish_chunk_check(const pps_publish_chunk *chunk, pps_error **err);
/* The same after what takes long, before it is committed: each item that must not be done any more, because an operator has held its day or itself
 * meanwhile, or because of what the state says by now, is stopped. */
int pps_publish_chunk_recheck(const pps_publish_chunk *chunk, pps_error **err);
/* Records a failure of one dataset; takes @why (NULL allowed). */
void pps_publish_item_fail(pps_publish_item *item, int code, pps_error *why);

/* The adapters. @user is the flow's. Repositories are indices in the graph. */
typedef struct pps_publish_ops {
	int (*clocks)(void *user, pps_publish_clocks *ret, pps_error **err);
	/* Whether a repository can be worked with now; asked at the beginning of each round, for those that are down too. */
	int (*reach)(void *user, int repository, pps_error **err);
	/* What the first repository says now of @rows; @ret_seen: as many. */
	int (*look)(void *user, const pps_dataset_row *const *rows, size_t n, pps_publish_seen *ret_seen, pps_error **err);
	/*
	 * Carries out the chunk. PPS_OK: each item has its result, except those that are PPS_RESULT_NONE. Negative: the chunk as a whole failed, and
	 * items keep the results that they have got; PPS_E_UNAVAILABLE, _TIMEOUT, _LOCKED, _NOSPACE, _ACCESS: the repository is down, others go
	 * on; PPS_E_CANCELLED, _NOMEM, _HELD (of pps_publish_chunk_check()) end the run; any other: tried again in halves, so that what one
	 * dataset breaks is laid to that dataset.
	 */
	int (*act)(void *user, pps_publish_chunk *chunk, pps_error **err);
	/* How these datasets really are in a repository, one PPS_STATUS_* each (NEVER: it does not know them): asked after a crash. */
	int (*survey)(void *user, int repository, const pps_uuid *ids, size_t n, char *ret_status, pps_error **err);
	/* What comes before each round (intake, dimensions); @task: only that one, NULL: all. NULL: nothing. */
	int (*before)(void *user, pps_publish_flow *flow, const char *task, pps_error **err);
} pps_publish_ops;

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
	pps_conf_task tasks[PPS_TASK_DELETE + 1]; /* by PPS_TASK_* */
	const pps_publish_ops *ops;
	void *user;
	int64_t requested;   /* --now, on a replay's state only; INT64_MIN: none */
	int only_task;       /* PPS_TASK_*; 0: all */
	const char *only;    /* name of a task that is in ops->before, NULL: none */
	int only_repository; /* -1: all */
	uint32_t rests;      /* a bit for each PPS_TASK_* that is not looked at in this run */
	const char *who;     /* for the ledger */
	struct pps_notify *notify; /* who is told of it meanwhile; NULL: nobody */
	int64_t told;              /* when that was, CLOCK_MONOTONIC */

	/* found by pps_publish_flow_prepare() */
	int ordinal[PPS_PLAN_MOST];            /* of a repository in the state */
	int repository_of[PPS_ORDINALS_MOST];  /* the other way; -1: no part of this flow */
	pps_force *in_force; /* NULL: what is configured is in force */
	int is_settled;      /* what is configured has been in force: what is now was accepted since, and is not replaced by it */
	char policy_hash[65];
	char plan_hash[65];

	/* of the run */
	int is_held;        /* as a whole, by an operator: nothing was done since */
	uint32_t down;      /* a bit for each repository */
	pps_error *why[PPS_PLAN_MOST]; /* it is down */
	int64_t now;        /* the last time that was decided for */
	int64_t cutoff;     /* what was due until then belongs to this round */
	pps_map *refused;   /* by UUID, a bit for each repository where a dataset failed or was put off in this run: not taken there again */
	pps_publish_tally tally[PPS_TASK_DELETE + 1][PPS_PLAN_MOST];
};

/* With the lock: ordinals, the policy in force (which what is configured becomes unless it is sooner), what a crash left, and plans anew when
 * policies or repositories changed. */
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
/* What is configured, to be compared with what is in force. */
pps_terms pps_publish_flow_terms(const pps_publish_flow *flow);
/* For pps_state_datasets_apply_with(): plans by this flow. */
pps_dataset_hooks pps_publish_flow_hooks(pps_publish_flow *flow);
/* "difference_image: embargo 80 h, public, 30 days"; owned by the caller. */
int pps_publish_rule_name(const pps_rule *rule, char **ret, pps_error **err);

/* The time to decide for now; PPS_E_HELD when the clocks disagree, or lie behind the ledger. */
int pps_publish_flow_now(pps_publish_flow *flow, int64_t *ret_now, int64_t *ret_at, pps_error **err);

/* Prepares, and goes round until nothing is due. Failures of datasets and repositories that are down are no failure of
 * the run: see the tally and flow->why; neither is a hold of all of it: see flow->is_held. */
int pps_publish_flow_run(pps_publish_flow *flow, pps_error **err);

#endif
