/* SPDX-License-Identifier: BSD-3-Clause */
/* What the adapters' files share. */
#ifndef PPS_PUBLISH_SITE_PRIVATE_H
#define PPS_PUBLISH_SITE_PRIVATE_H

#include "butler/ref.h"
#include "publish/hands.h"
#include "publish/site.h"
#include "store/copy.h"

/* One repository of the flow. */
typedef struct pps_site_repository {
	const pps_conf_repository *conf;
	pps_butler *butler; /* NULL: not open */
	int64_t kept_at; /* its collections: on the monotonic clock; 0: not yet */
	int is_silent; /* its clock did not answer: not asked again until the repository is opened anew */
	pps_butler *remover; /* of the first, for taking datasets out; opened when it is needed */
} pps_site_repository;

/* A root that files go to, or are looked for. */
typedef struct pps_site_root {
	char *root;
	pps_copier *copier;
} pps_site_root;

struct pps_intake;

struct pps_site {
	pps_ctx *ctx;
	const pps_conf *conf;
	const pps_plan_graph *graph;
	pps_state *state; /* NULL: of a thread beside the flow's */
	pps_site_repository at[PPS_PLAN_MOST];
	pps_publish_clocks clocks; /* as they were read last */
	int64_t clocks_at;         /* when that was, CLOCK_MONOTONIC; 0: not since repositories were opened */
	struct pps_intake *intake; /* NULL: nothing has come in yet */
	pps_hands *hands; /* threads with sites of their own; NULL: none */
	pps_site_root *copiers;
	size_t ncopiers, copiers_cap;
};

/* For all below @root; kept. */
int pps_site_copier(pps_site *site, const char *root, pps_copier **ret, pps_error **err);
/* The first repository, open for taking datasets out. */
int pps_site_remover(pps_site *site, pps_butler **ret, pps_error **err);

/* Of datasets whose copies were found and not made: those whose copies in @repository do not have the bytes of the first repository's files fail.
 * @sources, @copies: what both know of them, with files. */
int pps_site_prove(pps_site *site, pps_publish_chunk *chunk, int repository, const pps_refs *sources, const pps_refs *copies, pps_error **err);

int pps_site_before(void *site, pps_publish_flow *flow, const char *task, pps_error **err);
int pps_site_arrive(pps_site *site, pps_publish_chunk *chunk, pps_error **err);
int pps_site_records(void *site, pps_publish_flow *flow, int repository, pps_record_look *looks, size_t n, pps_error **err);
int pps_site_expire(pps_site *site, pps_publish_chunk *chunk, pps_error **err);
int pps_site_delete(pps_site *site, pps_publish_chunk *chunk, pps_error **err);

#endif
