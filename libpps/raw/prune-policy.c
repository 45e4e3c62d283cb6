/* SPDX-License-Identifier: BSD-3-Clause */
#include "raw/prune-policy.h"

#include <inttypes.h>
#include <string.h>

#define FLOW "prune" /* beside "raw", whose policy is the queries */

static pps_prune_policy configured(const pps_raw *raw)
{
	return (pps_prune_policy){ .safe_copies = raw->block->safe_copies, .reclaim_after = raw->block->source->reclaim_after };
}

int pps_prune_policy_parse(const char *text, pps_prune_policy *ret_policy)
{
	int end = 0;

	return sscanf(text, "safe_copies=%9" SCNd64 " reclaim_after=%19" SCNd64 "%n", &ret_policy->safe_copies, &ret_policy->reclaim_after, &end) == 2 &&
	       !text[end] && ret_policy->safe_copies > 0 && ret_policy->reclaim_after >= 0;
}

int pps_prune_policy_is_sooner(const pps_prune_policy *a, const pps_prune_policy *b)
{
	return b->safe_copies < a->safe_copies || b->reclaim_after < a->reclaim_after;
}

/* *ret_has 0: none yet. */
static int read_in_force(pps_raw *raw, pps_prune_policy *ret_policy, int *ret_has, pps_error **err)
{
	_cleanup_free_ char *text = NULL;
	pps_state *state;
	int r;

	if ((r = pps_raw_state(raw, &state, err)) < 0 || (r = pps_state_policy(state, FLOW, &text, err)) < 0)
		return r;
	*ret_has = text != NULL;
	if (text && !pps_prune_policy_parse(text, ret_policy))
		return pps_fail(err, PPS_E_FORMAT, "the state's policy in force for prune cannot be read: \"%s\"", text);
	return PPS_OK;
}

int pps_prune_policy_now(pps_raw *raw, pps_prune_policy *ret_policy, int *ret_waits, pps_error **err)
{
	pps_prune_policy now = configured(raw), old;
	int r, has;

	if ((r = read_in_force(raw, &old, &has, err)) < 0)
		return r;
	*ret_waits = has && pps_prune_policy_is_sooner(&old, &now);
	if (has && old.safe_copies > now.safe_copies)
		now.safe_copies = old.safe_copies;
	if (has && old.reclaim_after > now.reclaim_after)
		now.reclaim_after = old.reclaim_after;
	*ret_policy = now;
	return PPS_OK;
}

static int put(pps_raw *raw, const pps_prune_policy *policy, const char *reason, const char *who, pps_error **err)
{
	_cleanup_free_ char *text = NULL;

	if (asprintf(&text, "safe_copies=%" PRId64 " reclaim_after=%" PRId64, policy->safe_copies, policy->reclaim_after) < 0)
		return pps_fail_nomem(err);
	return pps_state_set_policy(raw->state, FLOW, text, NULL, 0, reason, who, err);
}

int pps_prune_policy_settle(pps_raw *raw, pps_error **err)
{
	pps_prune_policy now = configured(raw), old;
	int r, has;

	if ((r = read_in_force(raw, &old, &has, err)) < 0)
		return r;
	if (has && (pps_prune_policy_is_sooner(&old, &now) || !pps_prune_policy_is_sooner(&now, &old)))
		return PPS_OK;
	return put(raw, &now, has ? "deletes nothing sooner" : "first run", "pps raw run", err);
}

int pps_prune_policy_accept(pps_raw *raw, const char *reason, pps_error **err)
{
	pps_prune_policy now;
	int r, waits;

	if ((r = pps_prune_policy_now(raw, &now, &waits, err)) < 0 || !waits)
		return r;
	now = configured(raw);
	return put(raw, &now, reason, "pps config accept", err);
}
