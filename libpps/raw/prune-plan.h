/* SPDX-License-Identifier: BSD-3-Clause */
/* Whether the embargo copy of an exposure may go: a pure function of what is known, without clock and I/O. What is not known is zero, and
 * zero never lets anything go. */
#ifndef PPS_RAW_PRUNE_PLAN_H
#define PPS_RAW_PRUNE_PLAN_H

#include "base/buf.h"
#include "raw/plan.h"

/* An answer to a question that may not have been answered. */
typedef enum pps_answer { PPS_ANSWER_UNKNOWN = 0, PPS_ANSWER_NO, PPS_ANSWER_YES } pps_answer;

/* What Rucio says of a replica. */
enum { PPS_REPLICA_UNKNOWN = 0, PPS_REPLICA_NONE, PPS_REPLICA_BAD /* or any state but available */, PPS_REPLICA_AVAILABLE };

/* What `arcBackup` says of the tape copy: "ELEMENT:need", "ELEMENT:done". */
enum { PPS_TAPE_UNKNOWN = 0, PPS_TAPE_ABSENT, PPS_TAPE_NEED, PPS_TAPE_DONE, PPS_TAPE_OTHER };

#define PPS_SITES_MOST 32

/* One site that SafeCopies may name, as configured. */
typedef struct pps_prune_site {
	const char *name;    /* "USDF" */
	const char *element; /* its storage element: copies of one element count once */
	int is_tape;         /* the element is the one that arcBackup speaks of */
	int replica;         /* PPS_REPLICA_*: of both zip and yaml, the worse */
} pps_prune_site;

typedef struct pps_prune_facts {
	/* the state */
	pps_answer finished;    /* every step, for every destination of today's configuration */
	pps_answer held;        /* by an operator */
	pps_release release;    /* by the rule, from the source now, or from what was stored where that is later */
	/* what is there now */
	pps_answer places;      /* zip, yaml, every destination and every entry of Rucio are there and right */
	pps_answer zip_same;    /* the zip is the file that was compared: digests of the state, size, time */
	pps_answer source_same; /* source objects are those that the zip was compared with */
	pps_answer unshared;    /* nothing else in the source repository refers to its files */
	int64_t verified_since; /* TAI ns: when this zip was first compared with these objects; INT64_MIN: never */
	/* Rucio */
	pps_answer catalogue;   /* NO: none is configured, and the only copy is the zip here */
	pps_answer checksums;   /* what Rucio holds of zip and yaml is what the state recorded */
	int tape;               /* PPS_TAPE_* */
	const char *safe_copies; /* the metadata; NULL: not known */
	const pps_prune_site *sites;
	size_t nsites;
	/* the rule */
	int begun;              /* it was authorised before and is half gone: places and source are not what they were, and are not asked */
	int64_t now;            /* TAI ns */
	int64_t reclaim_after;  /* ns */
	int64_t needed;         /* raw.safe_copies */
} pps_prune_facts;

/* 1: the copy may go; 0: it stays. Every reason is appended to @why (NULL allowed), "; " between them. */
int pps_prune_decide(const pps_prune_facts *facts, pps_buf *why);

/* PPS_TAPE_* of an arcBackup value; NULL: absent. @element (NULL allowed): must be the one before the colon. */
int pps_prune_tape(const char *value, const char *element);

#endif
