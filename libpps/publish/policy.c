/* SPDX-License-Identifier: BSD-3-Clause */
#include "publish/policy.h"

#include <fnmatch.h>
#include <string.h>

static int matches(const pps_conf_policy *p, const char *origin, const char *type)
{
	if (p->origin && (!origin || strcmp(p->origin, origin) != 0))
		return 0;
	for (size_t i = 0; i < p->types.n; i++)
		if (fnmatch(p->types.at[i], type, FNM_NOESCAPE) == 0)
			return 1;
	return 0;
}

pps_rule pps_policy_match(const pps_conf_policy *policies, size_t n, const char *origin, const char *type)
{
	for (size_t i = 0; i < n; i++) {
		const pps_conf_policy *p = &policies[i];

		if (matches(p, origin, type))
			return (pps_rule){ .policy = p, .embargo = p->embargo, .retention = p->retention, .is_public = p->is_public };
	}
	return (pps_rule){ 0 };
}

int pps_origin_is_known(const pps_conf *conf, const char *origin)
{
	const pps_conf_texts *known = &pps_conf_intake_block(conf)->origins;

	if (!origin || !*origin)
		return 1;
	for (size_t i = 0; i < known->n; i++)
		if (!strcmp(known->at[i], origin))
			return 1;
	for (size_t i = 0; i < pps_conf_policy_count(conf); i++) {
		const char *named = pps_conf_policy_at(conf, i)->origin;

		if (named && !strcmp(named, origin))
			return 1;
	}
	return 0;
}

static int64_t longer(int64_t a, int64_t b)
{
	if (a == PPS_FOREVER || b == PPS_FOREVER)
		return PPS_FOREVER;
	return a > b ? a : b;
}

pps_rule pps_rule_strictest(pps_rule in_force, pps_rule configured)
{
	if (!in_force.policy || !configured.policy)
		return (pps_rule){ 0 };
	return (pps_rule){
		.policy = in_force.embargo > configured.embargo ? in_force.policy : configured.policy,
		.embargo = in_force.embargo > configured.embargo ? in_force.embargo : configured.embargo,
		.retention = longer(in_force.retention, configured.retention),
		.is_public = in_force.is_public && configured.is_public,
	};
}

int pps_rule_is_sooner(pps_rule in_force, pps_rule configured)
{
	if (!configured.policy)
		return 0;
	if (!in_force.policy)
		return 1;
	if (in_force.is_public && !configured.is_public && configured.retention != PPS_FOREVER)
		return 1;
	return configured.embargo < in_force.embargo || (configured.is_public && !in_force.is_public) ||
	       longer(in_force.retention, configured.retention) != configured.retention;
}
