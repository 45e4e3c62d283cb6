/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Telling others: what the outbox of the state holds (state/notice.h) goes to each destination of the block `notify`, in its order, at least once,
 * each destination at its own pace. A change that others are to be told of is marked by `notice` in pps_dataset_change: the outbox is
 * written in the transaction of the change.
 *
 * Threads: one at a time, that of the state.
 */
#ifndef PPS_PUBLISH_NOTIFY_H
#define PPS_PUBLISH_NOTIFY_H

#include "base/conf.h"
#include "state/notice.h"

typedef struct pps_notify pps_notify;

/* A configuration without `notify` is fine: the outbox is then only kept short. No destination is asked yet. */
int pps_notify_open(pps_ctx *ctx, const pps_conf *conf, pps_state *state, pps_notify **ret_notify, pps_error **err);
void pps_notify_free(pps_notify *notify);
PPS_DEFINE_CLEANUP(pps_notify, pps_notify_free)

/*
 * One round: every destination gets what is new, in turn, until it has all or fails, or @most ns are over (INT64_MAX: never); what fails is remembered in the state and tried again by a later round,
 * after growing waits. Once an hour the ledger's head is appended to the outbox and said in the log, and what everybody has for a week
 * is removed. Call it after every chunk or once a minute. Blocks: on databases, files and servers, at most 30 s for an address that does not
 * answer. Return: PPS_OK also when destinations failed; PPS_E_LOCKED, PPS_E_CANCELLED, or what the state says.
 */
int pps_notify_drain(pps_notify *notify, pps_flow_lock *lock, int64_t most, pps_error **err);

/* Where a destination stands. */
size_t pps_notify_count(const pps_notify *notify);
const char *pps_notify_destination(const pps_notify *notify, size_t n); /* "feed", "kafka", or the address; NULL past the end */

#endif
