/* SPDX-License-Identifier: BSD-3-Clause */
/* The policy in force: one that would release, publish or delete anything sooner acts only once an operator has accepted it; until then
 * what happens is what both allow. */
#ifndef PPS_PUBLISH_FORCE_H
#define PPS_PUBLISH_FORCE_H

#include "publish/policy.h"

/* Policies read back from their text. */
typedef struct pps_force {
	pps_conf_policy *policies;
	size_t n;
	int64_t reclaim_after; /* ns; of the first repository */
	char **texts; /* owned: what the policies point to */
	size_t ntexts, cap;
} pps_force;

/* As JSON, in the order that decides; owned by the caller. */
int pps_force_format(const pps_conf_policy *policies, size_t n, int64_t reclaim_after, char **ret_text, pps_error **err);
/* PPS_E_FORMAT when it is no such text. */
int pps_force_parse(const char *text, pps_force **ret_force, pps_error **err);
void pps_force_free(pps_force *force);
PPS_DEFINE_CLEANUP(pps_force, pps_force_free)

/* Whether what is configured could do anything sooner for some dataset: 0 only when it has the same types and origins in the same order, and no
 * entry of it is sooner. */
int pps_force_is_sooner(const pps_force *in_force, const pps_conf_policy *policies, size_t n, int64_t reclaim_after);

#endif
