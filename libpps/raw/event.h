/* SPDX-License-Identifier: BSD-3-Clause */
/* Bucket notifications, as Ceph and S3 write them: pure. */
#ifndef PPS_RAW_EVENT_H
#define PPS_RAW_EVENT_H

#include "base/error.h"

#define PPS_EVENT_MOST (1u << 20) /* bytes of a message */

enum {
	PPS_EVENT_CREATED = 1,
	PPS_EVENT_REMOVED,
	PPS_EVENT_OTHER /* restored, tagged ...: nothing has come or gone */
};

typedef struct pps_event {
	int kind;
	char *bucket;
	char *key; /* as the object is called: Ceph writes it so, Amazon quotes it like a form's field */
	uint64_t size;
	int64_t at; /* TAI ns */
} pps_event;

typedef struct pps_events {
	pps_event *at;
	size_t n;
} pps_events;

/* {"Records": [...]}, one or more. PPS_E_FORMAT when any of it cannot be read: what is wrong, and in which record. */
int pps_events_parse(const void *text, size_t size, pps_events **ret_events, pps_error **err);
void pps_events_free(pps_events *events);
PPS_DEFINE_CLEANUP(pps_events, pps_events_free)

#endif
