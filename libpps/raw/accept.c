/* SPDX-License-Identifier: BSD-3-Clause */
/* An operator takes an exposure as complete though sensors are missing. */
#include <string.h>

#include "raw/job.h"

/* The source's row of the exposure that a name means. */
static int find(pps_raw *raw, const char *exposure, pps_candidates *found, pps_error **err)
{
	char **chosen = raw->exposures, *one = (char *)exposure;
	int64_t now;
	size_t n = raw->nexposures;
	int r;

	if ((r = pps_raw_now(raw, &now, err)) < 0)
		return r;
	raw->exposures = &one;
	raw->nexposures = 1;
	r = pps_select_all(raw, now, found, err);
	raw->exposures = chosen;
	raw->nexposures = n;
	if (r < 0)
		return r;
	if (found->n != 1)
		return pps_fail(err, found->n ? PPS_E_ARG : PPS_E_NOTFOUND, found->n ? "%zu exposures of the source are called %s" :
				"%zu exposures of the source are called %s: expected an obs id or a number", found->n, exposure);
	return PPS_OK;
}

int pps_raw_accept(pps_raw *raw, const char *exposure, const char *reason, pps_error **err)
{
	_cleanup_candidates_ pps_candidates found = { 0 };
	pps_exposure_key key;
	pps_state *state;
	int r;

	if (!raw || !exposure)
		return pps_fail(err, PPS_E_ARG, "pps_raw_accept: raw and exposure must not be NULL");
	if (!reason || !*reason)
		return pps_fail(err, PPS_E_ARG, "accepting an incomplete exposure needs a reason");
	if ((r = pps_raw_state(raw, &state, err)) < 0 || (r = find(raw, exposure, &found, err)) < 0 || raw->dry_run)
		return r;
	key = (pps_exposure_key){ .instrument = found.at[0].instrument, .id = found.at[0].exposure };
	r = pps_state_accept(state, &key, reason, "pps raw accept", NULL);
	if (r != PPS_E_NOTFOUND)
		return r < 0 ? pps_state_accept(state, &key, reason, "pps raw accept", err) : r;
	return pps_fail(err, PPS_E_NOTFOUND, "%s is not known to the state yet: the next run makes it known, accept it then", exposure);
}
