/* SPDX-License-Identifier: BSD-3-Clause */
/* The policy of the raw flow, which is its queries: a policy that would release anything sooner than the one in force acts only once an
 * operator has accepted it; until then an exposure leaves when both allow it. */
#ifndef PPS_RAW_POLICY_H
#define PPS_RAW_POLICY_H

#include "base/conf.h"
#include "base/error.h"

#define PPS_POLICY_NOT_ACCEPTED "the policy that would release it is not accepted: see pps config accept"

/* Queries read back from their text; instrument, where and embargo are set. */
typedef struct pps_raw_policy {
	pps_conf_query *queries;
	size_t n;
	char **texts; /* owned: what the queries point to */
	size_t ntexts;
} pps_raw_policy;

/* How a rule is named in the state: its text, so that a changed rule is another one; owned by the caller. */
int pps_raw_rule_name(const pps_conf_query *rule, char **ret, pps_error **err);

/* As JSON, sorted, so that the order of the queries makes no difference; owned by the caller. */
int pps_raw_policy_format(const pps_conf_query *queries, size_t n, char **ret_text, pps_error **err);
/* PPS_E_FORMAT when it is no such text. */
int pps_raw_policy_parse(const char *text, pps_raw_policy **ret_policy, pps_error **err);
void pps_raw_policy_free(pps_raw_policy *policy);
PPS_DEFINE_CLEANUP(pps_raw_policy, pps_raw_policy_free)

/* Whether @queries could release anything sooner than those @in_force: 0 only when for each of them one in force has the same instrument
 * and expression and no longer an embargo. */
int pps_raw_policy_is_sooner(const pps_conf_query *in_force, size_t n_in_force, const pps_conf_query *queries, size_t n);

#endif
