/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A made-up world for flow B: repositories, datasets, policies, a clock; what really happened in it, kept by the simulator; and the checker, which
 * judges every act by that alone. Nothing here knows the planner: periods, statuses and rules are the simulator's own.
 *
 * Times are ns of the simulated clock. A dataset is a number, as are types, origins and repositories (the first, 0, is under embargo).
 */
#ifndef PPS_SIM_H
#define PPS_SIM_H

#include <stdint.h>

#define SIM_REPOSITORIES 7
#define SIM_TYPES 6
#define SIM_ORIGINS 3
#define SIM_DAYS 4
#define SIM_POLICIES 5
#define SIM_DATASETS 500
#define SIM_SECOND INT64_C(1000000000)
#define SIM_HOUR (3600 * SIM_SECOND)
#define SIM_DAY (24 * SIM_HOUR)
#define SIM_FOREVER INT64_C(-1)

enum { SIM_COPY = 1, SIM_PUBLISH, SIM_EXPIRE, SIM_DELETE };
enum { SIM_UNEMBARGOED = 1, SIM_PUBLISHED, SIM_EXPIRED, SIM_WITHDRAWN };
enum { SIM_KNOWN, SIM_UNKNOWN, SIM_TIMELESS };

struct sim_repository {
	int from;
	int is_public;
	int refers; /* to the files of its source */
};

struct sim_policy {
	unsigned types; /* bits */
	int origin;     /* -1: any; never 0, which is that of datasets without one */
	int is_public;
	int64_t embargo, retention;
};

struct sim_policies {
	struct sim_policy at[SIM_POLICIES];
	int n;
	int64_t reclaim; /* how long copies must have been there before the first repository lets go */
	unsigned repositories; /* a bit each; with one its source */
};

/* One dataset in one repository, as it really is. */
struct sim_place {
	char status;       /* '.', 'P', 'E', 'D' */
	int is_unproven; /* a copy that the flow was not told of, or does not trust: it makes it again, and compares */
	int has_record;
	int64_t since;     /* of its first arrival */
	int64_t published; /* 0: never */
	int left_withdrawn;  /* it was withdrawn when it expired */
	int is_arrival_told, is_leaving_told; /* to others */
};

struct sim_dataset {
	int type, origin, day;
	int is_registered;
	int is_lost;     /* somebody else removed something of it: nobody expects that it ends well */
	int end_kind;    /* as its source says now */
	int64_t end;
	int shown_kind;  /* as its source last said to the flow */
	int64_t shown_end; /* the latest that it ever said */
	int was_looked_up; /* since the last act on it */
	int is_held, is_pinned, is_withdrawn;
	int was_adopted, is_adopted; /* the second until an operator confirms it */
	struct sim_place in[SIM_REPOSITORIES];
};

struct sim_world {
	uint64_t random;
	int64_t now; /* the true time */
	int nrepositories, ndatasets;
	struct sim_repository repositories[SIM_REPOSITORIES];
	struct sim_policies configured, in_force;
	int is_steady; /* nobody changes the policies, nor the repositories */
	int policies_changed;
	int is_day_held[SIM_DAYS], is_all_held;
	struct sim_dataset datasets[SIM_DATASETS];
};

static inline int sim_is_in(const struct sim_policies *p, int repository)
{
	return p->repositories >> repository & 1;
}

/* An act on a dataset that is about to happen: NULL, or the rule that it breaks. */
const char *sim_judge_act(const struct sim_world *w, int act, int repository, int dataset);
/* What others are told of a dataset, in the order that they are told: NULL, or what is wrong with that; takes note of it. */
const char *sim_judge_notice(struct sim_world *w, int kind, int repository, int dataset);
/* 1 when what is configured would release, publish or delete something sooner than what is in force. */
int sim_acts_sooner(const struct sim_world *w);
/* When nothing is left to do and all has its time: NULL, or what is wrong with the dataset. */
const char *sim_judge_end(const struct sim_world *w, int dataset);

#endif
