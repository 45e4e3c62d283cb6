/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What is next for a dataset, and when: a pure function of the repositories, the rule, and what the state knows. It looks at no clock:
 * it says from when on an action may be taken.
 *
 * The order that holds whatever happens: a repository gets a dataset only from one that has it; nothing leaves the first repository before
 * end + embargo; a public repository gets public types only; files go only when every repository that refers to them has let go.
 */
#ifndef PPS_PUBLISH_PLAN_H
#define PPS_PUBLISH_PLAN_H

#include "base/time.h"
#include "publish/policy.h"

#define PPS_PLAN_MOST 32 /* repositories of one flow */

/* How a dataset is in a repository; as the state stores it. */
enum {
	PPS_STATUS_NEVER = '.',
	PPS_STATUS_PRESENT = 'P',
	PPS_STATUS_MISSING = 'M', /* expected there and not found */
	PPS_STATUS_DELETED = 'D', /* its files are gone; outside the first repository its record stays */
	PPS_STATUS_EXPIRED = 'E'  /* public: no longer available, its record stays for ever */
};

/* The last one is no action of a dataset: it is planned by records. */
enum { PPS_TASK_NONE, PPS_TASK_COPY, PPS_TASK_PUBLISH, PPS_TASK_EXPIRE, PPS_TASK_DELETE, PPS_TASK_DIMENSIONS };
#define PPS_TASKS (PPS_TASK_DIMENSIONS + 1)
/* "copy", "publish", "expire", "delete", "dimensions"; static. */
const char *pps_task_name(int task);

/* The repositories of the flow, sources before what comes from them. */
typedef struct pps_plan_repository {
	const char *name;
	int from;              /* index of its source; -1: the first, which is under embargo */
	int is_public;
	int refers;            /* its records refer to its source's files (direct, in place) */
	int64_t reclaim_after; /* ns: how long files stay after their copies were verified; the first only */
} pps_plan_repository;

typedef struct pps_plan_graph {
	pps_plan_repository at[PPS_PLAN_MOST];
	size_t n;
} pps_plan_graph;

/* PPS_E_CONFIG when it is none: more than PPS_PLAN_MOST, several firsts, a source that comes later. */
int pps_plan_graph_make(const pps_conf *conf, pps_plan_graph *ret_graph, pps_error **err);

/* The index of a repository; -1: there is none of that name, or @name is NULL. */
int pps_plan_find_repository(const pps_plan_graph *g, const char *name);
/* Whether repository @k has, or would have, its files from @i: as its source, or at any remove by references to references. */
int pps_plan_has_files_of(const pps_plan_graph *g, size_t k, size_t i);

/* How the time of a dataset is known. */
enum {
	PPS_END_KNOWN,
	PPS_END_UNKNOWN, /* it has a time, and its end is not known: held while its embargo is more than nothing */
	PPS_END_NONE     /* its dimensions have no time: only an embargo of 0 lets it go */
};

typedef struct pps_plan_dataset {
	int end_kind; /* PPS_END_* */
	int64_t end;  /* TAI ns */
	pps_rule rule;
	int is_held;      /* an operator holds it */
	int is_pinned;    /* kept beyond its lifetime */
	int is_withdrawn; /* expires now */
	char status[PPS_PLAN_MOST];
	int64_t at[PPS_PLAN_MOST]; /* when its status became what it is, TAI ns; 0: never */
	int64_t published[PPS_PLAN_MOST]; /* public repositories: when it was published; 0: never */
} pps_plan_dataset;

/* Why an action is not only a matter of time. */
enum {
	PPS_WAIT_TIME,       /* from `due` on */
	PPS_WAIT_HOLD,       /* an operator's hold */
	PPS_WAIT_POLICY,     /* no policy matches its type */
	PPS_WAIT_END,        /* the end of its time is not known */
	PPS_WAIT_SOURCE,     /* its source does not have it yet, or no longer */
	PPS_WAIT_OTHERS,     /* repositories that need its files, or its copies */
	PPS_WAIT_PIN,        /* pinned */
	PPS_WAIT_MISSING,    /* not found where it should be */
	PPS_WAIT_ACCEPT,     /* the repositories are not those in force: an operator is to accept them */
	PPS_WAIT_NOTHING     /* nothing will ever be done there: not public, kept for ever, or all is done */
};

typedef struct pps_plan_action {
	int task; /* PPS_TASK_*; NONE with PPS_WAIT_NOTHING */
	int wait; /* PPS_WAIT_* */
	int64_t due;      /* PPS_WAIT_TIME: TAI ns from when on; else INT64_MAX */
	int repository;
	int waits_for;    /* the repository that keeps it waiting; -1: none */
} pps_plan_action;

/* One action for each repository, in their order; @actions has room for graph->n. */
void pps_plan(const pps_plan_graph *graph, const pps_plan_dataset *dataset, pps_plan_action *actions);

/* The action to take next: the one that is due first, of several the one earlier in the flow. @not_before: for each repository the time until
 * which its actions wait in any case (it is down, or failed), NULL: none. *ret_due: from when on. NULL: nothing is only a matter of time. */
const pps_plan_action *pps_plan_next(const pps_plan_action *actions, size_t n, const int64_t *not_before, int64_t *ret_due);

#endif
