/* SPDX-License-Identifier: BSD-3-Clause */
/* What events.c and events-list.c share. */
#ifndef PPS_RAW_EVENTS_PRIVATE_H
#define PPS_RAW_EVENTS_PRIVATE_H

#include "raw/arrival.h"
#include "raw/events.h"
#include "stream/stream.h"

struct pps_raw_events {
	pps_stream *stream;
	pps_store *store; /* of the root; NULL until it is known */
	char *bucket;     /* the only one that counts; NULL: any, the root is a folder */
	char *prefix;     /* of its keys, with a slash at its end; "" */
	int is_down;      /* said already */
};

int pps_raw_events_open(pps_raw *raw, pps_raw_events **ret_events, pps_error **err);
/* The store of the root; @bucket: of an event, for a root that is not configured (NULL: PPS_E_NOTFOUND then). */
int pps_raw_events_store(pps_raw *raw, const char *bucket, pps_store **ret_store, pps_error **err);

/* Decides anew about one exposure, after something of it was recorded; @listed_at: PPS_TAI_MIN, or when its folder was listed; @reread: its
 * list of sensors may be another one. *ret_complete (NULL allowed): 1 when it is complete now and was not before. */
int pps_raw_arrival_settle(pps_raw *raw, const pps_arrival_key *key, int64_t listed_at, int reread, int *ret_complete, pps_error **err);

/* Lists folders that were silent for too long, and those of recent exposures that nothing was told of. */
int pps_raw_events_list(pps_raw *raw, pps_error **err);

#endif
