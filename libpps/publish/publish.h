/* SPDX-License-Identifier: BSD-3-Clause */
/* The handle of the flow: configuration, state, adapters, and what was chosen. The public side is <pps/publish.h>. */
#ifndef PPS_PUBLISH_PUBLISH_H
#define PPS_PUBLISH_PUBLISH_H

#include <pps/publish.h>

#include "base/conf.h"
#include "publish/dispatch.h"
#include "publish/flow.h"
#include "publish/site.h"
#include "publish/worker.h"

struct pps_publish {
	pps_ctx *ctx;
	pps_conf *conf;
	pps_state *state;
	pps_site *site; /* repositories and stores */
	pps_publish_flow flow;
	int64_t looked[PPS_TASKS]; /* when a run last began to look at what a task has to do; monotonic, 0: never */
	pps_kafka_wire *wire;      /* NULL: no `workers.kafka`, or nothing was sent yet */
	pps_dispatch *dispatch;    /* of the service */
	pps_worker worker;
	int now_scale;
	int dry_run;
	pps_dataset_filter filter; /* texts are owned */
};

/* Ready to look: which policy is in force. Takes no lock. */
int pps_publish_read(pps_publish *publish, pps_error **err);
/* Whether a dataset that the state found by a filter is meant by it: the state looks at sets of characters in globs no closer than at '*'. */
int pps_publish_is_chosen(const pps_dataset_filter *filter, const pps_dataset_row *row);
/* Repositories get their numbers in the state, if it is so new that no run has given them; with dry_run they get none. */
int pps_publish_number_repositories(pps_publish *publish, pps_error **err);
/* The time to decide and to record by: a replay's own, which is where it stands. */
int pps_publish_times(pps_publish *publish, int64_t *ret_now, int64_t *ret_at, pps_error **err);
/* The public words of a status: "never", "present", ...; static. */
const char *pps_publish_status_name(char status);

#endif
