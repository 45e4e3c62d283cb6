/* SPDX-License-Identifier: BSD-3-Clause */
/* Whether two regions of the sky overlap. */
#include "dimensions/region-overlap.h"

typedef struct polygon {
	const pps_vec3 *at;
	size_t n;
} polygon;

static int contains(polygon p, pps_vec3 v)
{
	for (size_t i = p.n - 1, k = 0; k < p.n; i = k++)
		if (pps_sphere_orientation(v, p.at[i], p.at[k]) < 0)
			return 0;
	return 1;
}

static int contains_any(polygon p, polygon q)
{
	for (size_t i = 0; i < q.n; i++)
		if (contains(p, q.at[i]))
			return 1;
	return 0;
}

/* Whether the edges a-b and c-d cross each other between their ends. */
static int edges_cross(pps_vec3 a, pps_vec3 b, pps_vec3 c, pps_vec3 d)
{
	int side = pps_sphere_orientation(a, c, d);

	return side && side == pps_sphere_orientation(b, d, c) && side == pps_sphere_orientation(c, b, a) &&
	       side == pps_sphere_orientation(d, a, b);
}

static int polygons_overlap(polygon p, polygon q)
{
	if (contains_any(q, p) || contains_any(p, q))
		return 1;
	for (size_t i = p.n - 1, k = 0; k < p.n; i = k++)
		for (size_t g = q.n - 1, h = 0; h < q.n; g = h++)
			if (edges_cross(p.at[i], p.at[k], q.at[g], q.at[h]))
				return 1;
	return 0;
}

static double norm2(pps_vec3 v)
{
	return pps_vec3_dot(v, v);
}

/* Squared chord from @v to the nearest point inside the edge a-b; 4, the largest, when the nearest is one of
 * its ends. */
static double edge_chord2(pps_vec3 v, pps_vec3 a, pps_vec3 b)
{
	pps_vec3 normal = pps_vec3_normal(a, b), across = pps_vec3_cross(v, normal);

	if (!(pps_vec3_dot(across, a) > 0.0 && pps_vec3_dot(across, b) < 0.0))
		return 4.0;

	double angle = atan2(fabs(pps_vec3_dot(v, normal)), sqrt(norm2(across))), half = sin(0.5 * angle);

	return 4.0 * half * half;
}

static int polygon_meets_circle(polygon p, pps_sphere_circle c)
{
	if (!(c.chord2 >= 0.0))
		return 0;
	if (c.chord2 >= 4.0)
		return 1;
	for (size_t i = 0; i < p.n; i++)
		if (norm2(pps_vec3_sub(p.at[i], c.center)) < c.chord2 + PPS_SPHERE_CHORD2_ERROR)
			return 1;
	for (size_t i = p.n - 1, k = 0; k < p.n; i = k++)
		if (edge_chord2(c.center, p.at[i], p.at[k]) < c.chord2 + PPS_SPHERE_CHORD2_ERROR)
			return 1;
	return contains(p, c.center);
}

static double opening_angle(double chord2)
{
	return chord2 >= 4.0 ? PPS_SPHERE_PI : 2.0 * asin(0.5 * sqrt(chord2));
}

static int circles_overlap(pps_sphere_circle a, pps_sphere_circle b)
{
	if (!(a.chord2 >= 0.0) || !(b.chord2 >= 0.0))
		return 0;

	double between =
		atan2(sqrt(norm2(pps_vec3_cross(a.center, b.center))), pps_vec3_dot(a.center, b.center));

	return !(between > opening_angle(a.chord2) + opening_angle(b.chord2) + 4.0 * PPS_SPHERE_ASIN_ERROR);
}

static int is_round(const pps_region *region)
{
	return region->type == PPS_REGION_CIRCLE || region->type == PPS_REGION_ELLIPSE;
}

/* Regions that are not compound. */
static int simple_overlap(const pps_region *a, const pps_region *b)
{
	int known = a->type != PPS_REGION_ELLIPSE && b->type != PPS_REGION_ELLIPSE, overlap;

	if (a->type == PPS_REGION_BOX || b->type == PPS_REGION_BOX)
		return -1;
	if (is_round(a) && is_round(b)) {
		overlap = circles_overlap(a->circle, b->circle);
	} else if (is_round(a) || is_round(b)) {
		const pps_region *other = is_round(a) ? b : a;

		overlap = polygon_meets_circle((polygon){ other->polygon.vertices, other->polygon.n },
					       is_round(a) ? a->circle : b->circle);
	} else {
		overlap = polygons_overlap((polygon){ a->polygon.vertices, a->polygon.n },
					   (polygon){ b->polygon.vertices, b->polygon.n });
	}
	return overlap && !known ? -1 : overlap;
}

int pps_region_overlaps(const pps_region *a, const pps_region *b)
{
	int compound = a->type == PPS_REGION_UNION || a->type == PPS_REGION_INTERSECTION, unknown = 0;

	if (!compound) {
		if (b->type == PPS_REGION_UNION || b->type == PPS_REGION_INTERSECTION)
			return pps_region_overlaps(b, a);
		return simple_overlap(a, b);
	}
	/* The depth of nesting is limited where regions are decoded. */
	for (size_t i = 0; i < a->compound.n; i++) {
		int state = pps_region_overlaps(&a->compound.operands[i], b);

		if (state == (a->type == PPS_REGION_UNION))
			return state;
		unknown |= state < 0;
	}
	if (a->type == PPS_REGION_INTERSECTION)
		return a->compound.n ? -1 : 1;
	return unknown ? -1 : 0;
}
