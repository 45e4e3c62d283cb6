/* SPDX-License-Identifier: BSD-3-Clause */
/* Bucket notifications from anywhere: what is accepted is whole, and what a key says is part of it. */
#include <stdlib.h>
#include <string.h>

#include "raw/arrival.h"
#include "raw/event.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void check_place(const pps_event *e)
{
	_cleanup_place_ pps_arrival_place place = { 0 };
	pps_arrival_file file = { .at = e->at, .removed = e->kind == PPS_EVENT_REMOVED };
	pps_arrival_verdict v;

	if (pps_arrival_place_of(e->key, &place, NULL) != 1)
		return;
	if (strlen(place.folder) + 1 + strlen(place.name) != strlen(e->key) || strchr(place.instrument, '/') || strchr(place.obs_id, '/') ||
	    strchr(place.name, '/') || !*place.instrument || !*place.obs_id || !*place.name)
		abort();
	file.name = place.name;
	v = pps_arrival_decide(place.obs_id, e->bucket, &file, 1); /* any text as sensors */
	if (v.missing > v.expected || (v.complete_at != PPS_TAI_MIN && (v.missing || file.removed)))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	_cleanup_(pps_events_freep) pps_events *events = NULL;
	_cleanup_(pps_error_freep) pps_error *err = NULL;

	if (pps_events_parse(bytes, size, &events, &err) < 0) {
		if (!*pps_error_message(err))
			abort();
		return 0;
	}
	for (size_t i = 0; i < events->n; i++) {
		if (!events->at[i].bucket || !events->at[i].key || !*events->at[i].key)
			abort();
		check_place(&events->at[i]);
	}
	return 0;
}
