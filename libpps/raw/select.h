/* SPDX-License-Identifier: BSD-3-Clause */
/* Which exposures of the source the configured queries match, and when each may leave. */
#ifndef PPS_RAW_SELECT_H
#define PPS_RAW_SELECT_H

#include "raw/flow.h"
#include "raw/plan.h"

/* An exposure that at least one query matches, or that was asked for by name. */
typedef struct pps_candidate {
	char *instrument;
	char *obs_id;
	int64_t exposure;
	int64_t day_obs;
	int can_see_sky; /* 1, 0, -1: unknown */
	pps_timespan span;
	const pps_conf_query *rule; /* the one that releases earliest; NULL: none matches */
	pps_release release;
} pps_candidate;

typedef struct pps_candidates {
	pps_candidate *at; /* by instrument and number */
	size_t n, cap;
} pps_candidates;

void pps_candidates_free(pps_candidates *candidates);
#define _cleanup_candidates_ _cleanup_(pps_candidates_free)

/* Adds what each query matches in its window; @selected_until: for each query of the configuration, see pps_window_decide(). Honours
 * the day_obs range and the exposures that were chosen. @ends: NULL, or for each query the end of the window that was looked at. */
int pps_select_window(pps_raw *raw, int64_t now, const int64_t *selected_until, int64_t *ends, pps_candidates *into, pps_error **err);

/* Adds every exposure of the days and names that were chosen (all since raw.since when none were), whether its embargo is over or
 * not and whether a query matches or not. */
int pps_select_all(pps_raw *raw, int64_t now, pps_candidates *into, pps_error **err);

/* Adds these, read anew from the source; those that are no longer there are left out. */
int pps_select_keys(pps_raw *raw, int64_t now, const pps_exposure_key *keys, size_t nkeys, pps_candidates *into, pps_error **err);

/* Whether day_obs range and names choose this exposure. */
int pps_raw_is_chosen(const pps_raw *raw, const char *obs_id, int64_t exposure, int64_t day_obs);

/* PPS_E_NOTFOUND when an exposure that was chosen by name is not among those found. */
int pps_check_named(const pps_raw *raw, const pps_candidates *found, pps_error **err);

/* Sorts and returns the one of this exposure, or NULL. */
pps_candidate *pps_candidates_find(pps_candidates *candidates, const char *instrument, int64_t exposure);

#endif
