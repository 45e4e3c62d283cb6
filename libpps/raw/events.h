/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What has arrived at the source: bucket notifications by Kafka, made up by listings where some were lost. All of it is knowledge, not
 * authority: an exposure is complete, and leaves, when the source's Butler says so, with or without events.
 */
#ifndef PPS_RAW_EVENTS_H
#define PPS_RAW_EVENTS_H

#include "raw/flow.h"
#include "state/arrival.h"

typedef struct pps_raw_events pps_raw_events;
void pps_raw_events_free(pps_raw_events *events);

/* Records the events that are waiting, at most for a minute; then lists what has been silent for too long. A broker or a source that is
 * down is said and left for the next time: PPS_OK. Nothing when no events are configured, or the run is dry. */
int pps_raw_events_drain(pps_raw *raw, pps_error **err);

/* Records what comes within @wait_ms. *ret_known (NULL allowed): exposures that are now complete, had not been, and that the state holds
 * unfinished. PPS_E_UNAVAILABLE: the broker does not answer. */
int pps_raw_events_take(pps_raw *raw, int64_t wait_ms, size_t *ret_known, pps_error **err);

/* Adds when each exposure of a report arrived, and rows for those that the state does not know yet. */
int pps_raw_events_report(pps_raw *raw, pps_raw_report *report, pps_error **err);

#endif
