/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Sky pixels: which trixels of the Hierarchical Triangular Mesh cover a region. The Butler keeps one row in
 * X_skypix_overlap for every index of the envelope of X's region at the universe's common level (htm7).
 */
#ifndef PPS_DIMENSIONS_SKYPIX_H
#define PPS_DIMENSIONS_SKYPIX_H

#include "dimensions/region.h"

#define PPS_SKYPIX_LEVEL_MAX 24

/* What an envelope may grow to, in ranges, and how many trixels may be looked at for one region of it. */
#define PPS_SKYPIX_RANGES_MAX ((size_t)1 << 20)
#define PPS_SKYPIX_TRIXELS_MAX ((size_t)1 << 24)

/* The indices begin, begin + 1, ... end - 1. */
typedef struct pps_skypix_range {
	uint64_t begin, end;
} pps_skypix_range;

/**
 * pps_skypix_envelope() - the trixels that may meet a region
 * @region:     from pps_region_decode()
 * @level:      0 to PPS_SKYPIX_LEVEL_MAX; indices run from 8 * 4^level to 16 * 4^level - 1
 * @ret_ranges: sorted, disjoint and not touching; owned by the caller, free() it; NULL when there are none
 * @ret_n:      their number
 * @err:        NULL allowed; set on failure only
 *
 * Equal to sphgeom's HtmPixelization(level).envelope(region), which the Butler calls without a limit of
 * ranges: a superset of the trixels that truly meet the region. Return: PPS_OK, PPS_E_ARG (level),
 * PPS_E_UNSUPPORTED (more ranges or trixels than above, never at level 7), PPS_E_NOMEM.
 */
int pps_skypix_envelope(const pps_region *region, int level, pps_skypix_range **ret_ranges, size_t *ret_n,
			pps_error **err);

#endif
