/* SPDX-License-Identifier: BSD-3-Clause */
/* What may be published when, by origin and dataset type: pure functions on the configured policies. */
#ifndef PPS_PUBLISH_POLICY_H
#define PPS_PUBLISH_POLICY_H

#include "base/conf.h"

#define PPS_FOREVER INT64_C(-1)

/* What the policies say of one dataset. */
typedef struct pps_rule {
	const pps_conf_policy *policy; /* that decided; NULL: none matches, and the dataset is held */
	int64_t embargo;               /* ns after the end of its time */
	int64_t retention;             /* ns; PPS_FOREVER */
	int is_public;
} pps_rule;

/* The first policy whose types match @type and whose origin, where it names one, is @origin (NULL: unknown). Types are globs, as in a shell,
 * where '*' also matches '/'. */
pps_rule pps_policy_match(const pps_conf_policy *policies, size_t n, const char *origin, const char *type);

/* Whether datasets of @origin may be judged by the policies at all: it is not said (NULL or ""), or configured, or a policy names it. Of those of
 * another nobody has said what they are: they are held, as if no policy matched. */
int pps_origin_is_known(const pps_conf *conf, const char *origin);

/* As long as a new policy is not accepted: what both allow. The embargo is the longer one, public only when both say so, retention the
 * longer one; held when either holds it. */
pps_rule pps_rule_strictest(pps_rule in_force, pps_rule configured);

/* Whether @configured releases, publishes or deletes sooner than @in_force: what is public no longer is deleted without having been published. */
int pps_rule_is_sooner(pps_rule in_force, pps_rule configured);

#endif
