/* SPDX-License-Identifier: BSD-3-Clause */
/* What the files of the flow's core share. */
#ifndef PPS_PUBLISH_RUN_H
#define PPS_PUBLISH_RUN_H

#include "publish/flow.h"

/* PPS_E_LOCKED when another has taken over. */
int pps_publish_check_lock(const pps_publish_flow *flow, pps_error **err);
/* PPS_E_HELD while an operator holds the whole flow. */
int pps_publish_check_holds(pps_publish_flow *flow, pps_error **err);
/* The same, and the days that are held: *ret_days is released with free(). */
int pps_publish_held_days(pps_publish_flow *flow, int64_t **ret_days, size_t *ret_n, pps_error **err);
int pps_publish_is_day_held(const int64_t *days, size_t n, int64_t day_obs);

/* What a run that was killed left open in the ledger: how the datasets really are goes into the state, and the entries are closed. Those of
 * repositories that are down stay open. */
int pps_publish_recover(pps_publish_flow *flow, pps_error **err);
/* Plans the next few datasets anew, when policies or repositories are others than those that they were planned by; flow->is_planned when that was
 * all of them. What is not planned yet is no danger: a chunk asks the rules of now for each of its datasets. */
int pps_publish_replan(pps_publish_flow *flow, pps_error **err);

/* One chunk that is due: recheck, ledger, act, state. *ret_taken: how many rows it took from what is ready, 0: nothing is. */
int pps_publish_chunk_run(pps_publish_flow *flow, int task, int repository, size_t *ret_taken, pps_error **err);
/* Passes over what is due in a repository that is down, or of a task that rests, until @not_before: what else is to be done with these datasets
 * comes first. */
int pps_publish_pass_over(pps_publish_flow *flow, int task, int repository, int64_t not_before, pps_error **err);
/* Records that are due: brought ahead, or compared and replaced. Repositories that are down wait. */
int pps_publish_dimensions(pps_publish_flow *flow, pps_error **err);
/* Sleeps so that @n of them, since @began (CLOCK_MONOTONIC), were no more a second than configured. */
int pps_publish_keep_rate(const pps_publish_flow *flow, const pps_conf_task *task, size_t n, int64_t began, pps_error **err);
/* The same as pps_publish_chunk_run() in its parts, so that others can act. Of what is due all that is not under way: *ret_work is authorised; NULL
 * when nothing is left to act on. *ret_left: how many were left out because they are under way. */
typedef struct pps_publish_work {
	struct pps_publish_work *next; /* under way, too */
	pps_publish_chunk chunk;
} pps_publish_work;
int pps_publish_work_take(pps_publish_flow *flow, int task, int repository, pps_publish_work **ret_work, size_t *ret_taken, size_t *ret_left,
			  pps_error **err);
/* With what came of it; takes @why. */
int pps_publish_work_settle(pps_publish_work *work, int code, pps_error *why, pps_error **err);
void pps_publish_work_free(pps_publish_work *work);
PPS_DEFINE_CLEANUP(pps_publish_work, pps_publish_work_free)
/* Acts on @chunk, in halves where the whole fails: by any thread. As ops->act, but for what is laid to one dataset. */
int pps_publish_chunk_act(const pps_publish_ops *ops, void *user, const pps_publish_chunk *chunk, pps_error **err);
/* What is ready besides @others, which is sorted and under way: no more than @batch. */
int pps_publish_ahead_take(pps_publish_flow *flow, int task, int repository, size_t batch, const pps_uuid *others, size_t n, pps_dataset_rows **ret_rows,
			   pps_error **err);
void pps_publish_ahead_clear(pps_publish_flow *flow);
/* All that is due, by the flow's crew; *ret_any: something is left, because the run is a long one. */
int pps_publish_run_crew(pps_publish_flow *flow, int *ret_any, pps_error **err);
/* What is common to both loops: whether the run is for this task and repository, whether it is so long that it begins again with what comes first,
 * and telling others now and then. */
int pps_publish_is_meant(const pps_publish_flow *flow, int task, int repository);
int pps_publish_is_long(const pps_publish_flow *flow);
int pps_publish_tell(pps_publish_flow *flow, pps_error **err);
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
char pps_publish_status_after(const pps_publish_flow *flow, int task, int repository, char stored, char found);
/* What others are told of when the task is done: PPS_NOTICE_*. */
int pps_publish_notice_of(const pps_publish_flow *flow, int task, int repository, const pps_dataset_row *row);

#endif
