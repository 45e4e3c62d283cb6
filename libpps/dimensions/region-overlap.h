/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef PPS_DIMENSIONS_REGION_OVERLAP_H
#define PPS_DIMENSIONS_REGION_OVERLAP_H

#include "dimensions/region.h"

/**
 * pps_region_overlaps() - whether two regions have a point in common
 * @a, @b: from pps_region_decode()
 *
 * As sphgeom's Region.overlaps(), which the Butler asks of pairs that share sky pixels: exact for convex
 * polygons, circles, and unions of them. Of ellipses and intersections only a circle around them, or their
 * parts, can be compared, and boxes are not: then it may not be known, and the Butler keeps the pair.
 * Return: 1 yes, 0 no, -1 not known.
 */
int pps_region_overlaps(const pps_region *a, const pps_region *b);

#endif
