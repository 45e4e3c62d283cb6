/* SPDX-License-Identifier: BSD-3-Clause */
/* Rucio's events from anywhere: what is accepted is whole, and its place is below the local prefix. */
#include <stdlib.h>
#include <string.h>

#include "raw/rucio-event.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	_cleanup_(pps_rucio_event_freep) pps_rucio_event *e = NULL;
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	_cleanup_free_ char *place = NULL;

	if (pps_rucio_event_parse(bytes, size, &e, &err) < 0) {
		if (!*pps_error_message(err))
			abort();
		return 0;
	}
	if (e->kind == PPS_RUCIO_OTHER ? !e->what : !e->url)
		abort();
	if (e->url && pps_rucio_event_place(e->url, "root://x//rucio", "/data/site", &place, NULL) == PPS_OK &&
	    (strncmp(place, "file:///data/site/", 18) || strstr(place, "/../")))
		abort();
	return 0;
}
