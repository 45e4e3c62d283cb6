/* SPDX-License-Identifier: BSD-3-Clause */
/* What the files of the flow's core share. */
#ifndef PPS_PUBLISH_RUN_H
#define PPS_PUBLISH_RUN_H

#include "publish/flow.h"

/* PPS_E_LOCKED when another has taken over. */
int pps_publish_check_lock(const pps_publish_flow *flow, pps_error **err);
/* PPS_E_HELD while an operator holds the whole flow. */
int pps_publish_check_holds(pps_publish_flow *flow, pps_error **err);
/* Holds on days: *ret_days is released with free(); 0: all are held. */
int pps_publish_held_days(pps_publish_flow *flow, int64_t **ret_days, size_t *ret_n, pps_error **err);

/* What a run that was killed left open in the ledger: how the datasets really are goes into the state, and the entries are closed. Those of
 * repositories that are down stay open. */
int pps_publish_recover(pps_publish_flow *flow, pps_error **err);
/* Plans all datasets anew, when policies or repositories are others than those that they were planned by. */
int pps_publish_replan(pps_publish_flow *flow, pps_error **err);

/* One chunk that is due: recheck, ledger, act, state. *ret_taken: how many rows it took from what is ready, 0: nothing is. */
int pps_publish_chunk_run(pps_publish_flow *flow, int task, int repository, size_t *ret_taken, pps_error **err);
/* Passes over what is due in a repository that is down: what else is to be done with these datasets comes first. */
int pps_publish_pass_over(pps_publish_flow *flow, int task, int repository, pps_error **err);
/* Whether a whole failure means that a repository cannot be worked with now. */
static inline int pps_publish_is_down(int code)
{
	return code == PPS_E_UNAVAILABLE || code == PPS_E_TIMEOUT || code == PPS_E_LOCKED || code == PPS_E_NOSPACE || code == PPS_E_ACCESS;
}
/* A failure that ends the run. */
static inline int pps_publish_is_fatal(int code)
{
	return code == PPS_E_CANCELLED || code == PPS_E_NOMEM || code == PPS_E_HELD;
}
void pps_publish_set_down(pps_publish_flow *flow, int repository, pps_error *why);
/* What the task would have made of the status, if that is how it really is; 0: it was not done. */
char pps_publish_status_after(int task, char stored, char found);
/* What others are told of when the task is done: PPS_NOTICE_*. */
int pps_publish_notice_of(const pps_publish_flow *flow, int task, int repository, const pps_dataset_row *row);

#endif
