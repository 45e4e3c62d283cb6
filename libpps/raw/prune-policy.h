/* SPDX-License-Identifier: BSD-3-Clause */
/* What a prune asks for: `raw.safe_copies` and the source's `reclaim_after`. A configuration that would delete sooner than the policy in force
 * acts only once an operator has accepted it; until then the stricter of both counts. */
#ifndef PPS_RAW_PRUNE_POLICY_H
#define PPS_RAW_PRUNE_POLICY_H

#include "raw/flow.h"

#define PPS_PRUNE_NOT_ACCEPTED "what is configured would delete it sooner and is not accepted: see pps config accept"

typedef struct pps_prune_policy {
	int64_t safe_copies;
	int64_t reclaim_after; /* ns */
} pps_prune_policy;

/* As the state keeps it: "safe_copies=3 reclaim_after=86400000000000"; 1, or 0 for what is none. */
int pps_prune_policy_parse(const char *text, pps_prune_policy *ret_policy);
/* 1 when @b lets something go that @a does not. */
int pps_prune_policy_is_sooner(const pps_prune_policy *a, const pps_prune_policy *b);

/* What counts now; *ret_waits 1 when what is configured would delete sooner. */
int pps_prune_policy_now(pps_raw *raw, pps_prune_policy *ret_policy, int *ret_waits, pps_error **err);
/* With the flow's lock: what is configured is in force from now on unless it deletes sooner. */
int pps_prune_policy_settle(pps_raw *raw, pps_error **err);
/* Puts what is configured in force. */
int pps_prune_policy_accept(pps_raw *raw, const char *reason, pps_error **err);

#endif
