/* SPDX-License-Identifier: BSD-3-Clause */
/* What an object's key says, and whether all of an exposure has arrived: pure. It only tells when: whether an exposure is complete, and may
 * leave, is decided by the source's Butler. */
#ifndef PPS_RAW_ARRIVAL_H
#define PPS_RAW_ARRIVAL_H

#include "base/buf.h"
#include "state/arrival.h"

/* INSTRUMENT/.../DAY_OBS/OBS_ID/NAME. */
typedef struct pps_arrival_place {
	char *instrument;
	char *obs_id;
	char *folder; /* all before the last slash */
	char *name;
	int64_t day_obs;
} pps_arrival_place;

void pps_arrival_place_clear(pps_arrival_place *place);
#define _cleanup_place_ _cleanup_(pps_arrival_place_clear)
/* 1: it is a file of an exposure; 0: another object; or PPS_E_NOMEM. @place is to be cleared in any case. */
int pps_arrival_place_of(const char *key, pps_arrival_place *place, pps_error **err);

/* 1 when it is the list of the sensors that are expected. */
int pps_arrival_is_list(const char *obs_id, const char *name);

typedef struct pps_arrival_verdict {
	int64_t complete_at; /* TAI ns: when the last that is waited for came; PPS_TAI_MIN: something is missing, or what is expected is unknown */
	size_t expected, missing; /* files: the list of sensors, and of each sensor an image and its sidecar */
} pps_arrival_verdict;

/* @expected: sensors such as "R00_SG0, R22_S11", NULL when they are not known; @files: sorted by name. */
/* When to look again, TAI ns, at an exposure that was told of at @told and that the Butler did not have whole at @looked: after as long as it
 * had been then, but not at once. PPS_TAI_MAX: it was told of too long ago. */
#define PPS_ARRIVAL_AWAITED_NS (3600 * PPS_NS_PER_S)
int64_t pps_arrival_look_again(int64_t told, int64_t looked);

pps_arrival_verdict pps_arrival_decide(const char *obs_id, const char *expected, const pps_arrival_file *files, size_t n);

#endif
