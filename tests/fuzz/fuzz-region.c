/* SPDX-License-Identifier: BSD-3-Clause */
/* Region bytes from anywhere: refused, or decoded and covered by pixels that are sorted and in the sky. */
#include <stdlib.h>

#include "dimensions/skypix.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

#define LEVEL 4

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	_cleanup_(pps_region_freep) pps_region *region = NULL;
	_cleanup_free_ pps_skypix_range *ranges = NULL;
	uint64_t end = 8 << 2 * LEVEL;
	size_t n;

	if (pps_region_decode(bytes, size, &region, &err) < 0) {
		if (!err || region)
			abort();
		return 0;
	}
	if (pps_skypix_envelope(region, LEVEL, &ranges, &n, &err) < 0)
		abort();
	for (size_t i = 0; i < n; i++) {
		if (ranges[i].begin >= ranges[i].end || ranges[i].begin < end + (i > 0))
			abort();
		end = ranges[i].end;
	}
	if (end > 16 << 2 * LEVEL)
		abort();
	return 0;
}
