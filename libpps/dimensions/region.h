/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef PPS_DIMENSIONS_REGION_H
#define PPS_DIMENSIONS_REGION_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "dimensions/sphere.h"

/* The longest encoding that is read, and how deep unions and intersections may nest. */
#define PPS_REGION_SIZE_MAX ((size_t)1 << 20)
#define PPS_REGION_DEPTH_MAX 32

enum {
	PPS_REGION_BOX,
	PPS_REGION_CIRCLE,
	PPS_REGION_ELLIPSE,
	PPS_REGION_POLYGON,
	PPS_REGION_UNION,
	PPS_REGION_INTERSECTION,
};

typedef struct pps_region pps_region;

/* A region of the sky as sphgeom means it; immutable, so any thread may read it. */
struct pps_region {
	int type;
	union {
		pps_sphere_box box;
		pps_sphere_circle circle; /* of an ellipse: the circle that sphgeom draws around it */
		struct {
			pps_vec3 *vertices;
			size_t n;
		} polygon;
		struct {
			pps_region *operands; /* a union of none is empty, an intersection the whole sky */
			size_t n;
		} compound;
	};
};

/**
 * pps_region_decode() - a region from the bytes that sphgeom's Region.encode() gives
 * @bytes:      the encoding
 * @size:       its length, at most PPS_REGION_SIZE_MAX
 * @ret_region: set on success only; release with pps_region_free()
 * @err:        NULL allowed; set on failure only
 *
 * What sphgeom refuses is refused, and so is what it never writes: vectors that are not unit vectors and
 * ellipses with NaN angles. Return: PPS_OK, PPS_E_FORMAT (the message names the byte), PPS_E_NOMEM.
 */
int pps_region_decode(const void *bytes, size_t size, pps_region **ret_region, pps_error **err);

/**
 * pps_region_free() - release a region
 * @region: NULL allowed
 */
void pps_region_free(pps_region *region);

PPS_DEFINE_CLEANUP(pps_region, pps_region_free)

#endif
