/* SPDX-License-Identifier: BSD-3-Clause */
/* Which policy is in force: what the state remembers, and what an operator accepts. */
#include <string.h>

#include "raw/prune-policy.h"
#include "raw/select.h"

static int compare(pps_raw *raw, const char *text, pps_error **err)
{
	_cleanup_(pps_raw_policy_freep) pps_raw_policy *policy = NULL;
	int r;

	pps_raw_policy_free(TAKE_PTR(raw->in_force));
	if (text && (r = pps_raw_policy_parse(text, &policy, err)) < 0)
		return r;
	if (policy && pps_raw_policy_is_sooner(policy->queries, policy->n, raw->block->queries, raw->block->nqueries))
		raw->in_force = TAKE_PTR(policy);
	raw->policy_is_known = 1;
	return PPS_OK;
}

int pps_raw_load_policy(pps_raw *raw, pps_error **err)
{
	_cleanup_free_ char *text = NULL;
	pps_state *state;
	int r;

	if (raw->policy_is_known)
		return PPS_OK;
	if ((r = pps_raw_state(raw, &state, err)) < 0 || (r = pps_state_policy(state, "raw", &text, err)) < 0)
		return r;
	return compare(raw, text, err);
}

int pps_raw_settle_policy(pps_raw *raw, pps_error **err)
{
	_cleanup_free_ char *text = NULL, *configured = NULL;
	int r;

	if ((r = pps_raw_load_policy(raw, err)) < 0 || (r = pps_prune_policy_settle(raw, err)) < 0)
		return r;
	if (raw->in_force) {
		pps_log(raw->ctx, PPS_LOG_WARNING, "the configured policy would release exposures sooner and is not accepted: see pps config accept",
			NULL);
		return PPS_OK;
	}
	if ((r = pps_state_policy(raw->state, "raw", &text, err)) < 0 ||
	    (r = pps_raw_policy_format(raw->block->queries, raw->block->nqueries, &configured, err)) < 0 || (text && !strcmp(text, configured)))
		return r;
	return pps_state_set_policy(raw->state, "raw", configured, NULL, 0, text ? "releases nothing sooner" : "first run", "pps raw run", err);
}

/* Exposures that would leave sooner by the configured policy alone. */
static int count(pps_raw *raw, int64_t now, int64_t *ret_sooner, int64_t *ret_now, pps_error **err)
{
	_cleanup_candidates_ pps_candidates configured = { 0 }, both = { 0 };
	pps_raw_policy *in_force = TAKE_PTR(raw->in_force);
	int r = pps_select_all(raw, now, &configured, err);

	raw->in_force = in_force;
	if (r < 0 || (r = pps_select_all(raw, now, &both, err)) < 0)
		return r;
	for (size_t i = 0; i < configured.n; i++) {
		const pps_candidate *c = &configured.at[i], *held = pps_candidates_find(&both, c->instrument, c->exposure);
		int is_now = c->release.verdict == PPS_RELEASE_NOW && (!held || held->release.verdict != PPS_RELEASE_NOW);

		*ret_now += is_now;
		*ret_sooner += is_now || (c->release.verdict == PPS_RELEASE_WAIT && (!held || held->release.due > c->release.due));
	}
	return PPS_OK;
}

static void free_changes(pps_rule_change *changes, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		free((char *)changes[i].was);
		free((char *)changes[i].is);
	}
	free(changes);
}

/* The configured queries that are in force too, but for a shorter embargo. */
static int find_changes(pps_raw *raw, pps_rule_change *changes, size_t *n, pps_error **err)
{
	const pps_raw_policy *old = raw->in_force;
	int r = PPS_OK;

	for (size_t i = 0; i < old->n; i++) {
		for (size_t k = 0; k < raw->block->nqueries && r == PPS_OK; k++) {
			const pps_conf_query *q = &raw->block->queries[k];
			char *was = NULL, *is = NULL;

			if (strcmp(old->queries[i].instrument, q->instrument) != 0 || strcmp(old->queries[i].where, q->where) != 0 ||
			    old->queries[i].embargo <= q->embargo)
				continue;
			if ((r = pps_raw_rule_name(&old->queries[i], &was, err)) == PPS_OK)
				r = pps_raw_rule_name(q, &is, err);
			changes[(*n)++] = (pps_rule_change){ was, is, q->embargo };
			break;
		}
	}
	return r;
}

static int put_in_force(pps_raw *raw, const char *reason, pps_error **err)
{
	pps_rule_change *changes = calloc(raw->in_force->n + 1, sizeof *changes);
	_cleanup_free_ char *configured = NULL;
	size_t n = 0;
	int r;

	if (!changes)
		return pps_fail_nomem(err);
	if ((r = pps_raw_policy_format(raw->block->queries, raw->block->nqueries, &configured, err)) == PPS_OK &&
	    (r = find_changes(raw, changes, &n, err)) == PPS_OK)
		r = pps_state_set_policy(raw->state, "raw", configured, changes, n, reason, "pps config accept", err);
	free_changes(changes, n);
	if (r == PPS_OK)
		pps_raw_policy_free(TAKE_PTR(raw->in_force));
	return r;
}

int pps_raw_policy_accept(pps_raw *raw, const char *reason, int64_t *ret_sooner, int64_t *ret_now, pps_error **err)
{
	int64_t now, sooner = 0, at_once = 0;
	int r;

	if (!raw || !ret_sooner || !ret_now)
		return pps_fail(err, PPS_E_ARG, "pps_raw_policy_accept: raw, ret_sooner and ret_now must not be NULL");
	if (!reason || !*reason)
		return pps_fail(err, PPS_E_ARG, "accepting a policy that acts sooner needs a reason");
	if ((r = pps_raw_now(raw, &now, err)) < 0 || (r = pps_raw_load_policy(raw, err)) < 0)
		return r;
	if (raw->in_force) {
		if ((r = count(raw, now, &sooner, &at_once, err)) < 0)
			return r;
		if (!raw->dry_run && (r = put_in_force(raw, reason, err)) < 0)
			return r;
	}
	if (!raw->dry_run && (r = pps_prune_policy_accept(raw, reason, err)) < 0)
		return r;
	*ret_sooner = sooner;
	*ret_now = at_once;
	return PPS_OK;
}
