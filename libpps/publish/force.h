/* SPDX-License-Identifier: BSD-3-Clause */
/* What is in force: policies, or repositories, that would have anything released, published or deleted sooner act only once an operator has accepted
 * them; until then what happens is what both allow. */
#ifndef PPS_PUBLISH_FORCE_H
#define PPS_PUBLISH_FORCE_H

#include "publish/plan.h"

/* What the flow goes by, as configured; borrowed. */
typedef struct pps_terms {
	const pps_conf_policy *policies;
	size_t npolicies;
	int64_t reclaim_after; /* ns; of the first repository */
	const pps_plan_graph *graph;
	const pps_conf *conf; /* whose origins are known; NULL: all are */
} pps_terms;

/* The same, read back from its text. */
typedef struct pps_force {
	pps_conf_policy *policies;
	size_t n;
	int64_t reclaim_after; /* ns; of the first repository */
	pps_plan_graph graph;  /* without its reclaim_after */
	const char **origins;  /* that are known besides those of policies */
	size_t norigins;
	char **texts; /* owned: what policies, repositories and origins point to */
	size_t ntexts, cap;
} pps_force;

/* As JSON, in the order that decides; owned by the caller. */
int pps_force_format(const pps_terms *terms, char **ret_text, pps_error **err);
/* PPS_E_FORMAT when it is no such text. */
int pps_force_parse(const char *text, pps_force **ret_force, pps_error **err);
void pps_force_free(pps_force *force);
PPS_DEFINE_CLEANUP(pps_force, pps_force_free)

/* Whether what is configured could do anything sooner for some dataset: 0 only when it has the same types and origins in the same order, no
 * entry of it is sooner, no origin is known that was not, and each repository in force is there as it was: who refers to whose files is known from
 * nowhere else. */
int pps_force_is_sooner(const pps_force *in_force, const pps_terms *configured);
/* As pps_origin_is_known(). */
int pps_force_knows(const pps_force *in_force, const char *origin);
/* Whether all repositories in force are in @graph as they were. */
int pps_force_is_graph(const pps_force *in_force, const pps_plan_graph *graph);
/* Whether repository @i of @graph is in force, as it is there. */
int pps_force_has(const pps_force *in_force, const pps_plan_graph *graph, size_t i);

#endif
