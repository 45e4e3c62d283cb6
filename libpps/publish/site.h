/* SPDX-License-Identifier: BSD-3-Clause */
/* The flow's adapters as they really are: Butler repositories, and the stores of their files. */
#ifndef PPS_PUBLISH_SITE_H
#define PPS_PUBLISH_SITE_H

#include "base/conf.h"
#include "butler/butler.h"
#include "publish/flow.h"

typedef struct pps_site pps_site;

/* Nothing is opened yet. @graph and @conf are borrowed and outlive it. @state: its clock is asked. */
int pps_site_new(pps_ctx *ctx, const pps_conf *conf, const pps_plan_graph *graph, pps_state *state, pps_site **ret_site, pps_error **err);
void pps_site_free(pps_site *site);
PPS_DEFINE_CLEANUP(pps_site, pps_site_free)
/* Appends a line for each source of datasets of which nothing came the last time. */
void pps_site_add_down(const pps_site *site, pps_buf *lines);

/* With a pps_site as user. */
extern const pps_publish_ops pps_site_ops;

/* @threads of this process, each with connections of its own, are the crew of @flow; 1: there is none. */
int pps_site_fan_out(pps_site *site, int threads, pps_publish_flow *flow, pps_error **err);

/* The repository, open: the first for reading, others for writing. */
int pps_site_butler(pps_site *site, int repository, pps_butler **ret, pps_error **err);
const pps_conf_repository *pps_site_conf(const pps_site *site, int repository);

#endif
