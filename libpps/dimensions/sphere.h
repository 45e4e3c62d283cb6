/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef PPS_DIMENSIONS_SPHERE_H
#define PPS_DIMENSIONS_SPHERE_H

#include <math.h>

/*
 * Points, circles and boxes on the unit sphere. The arithmetic here and in its users follows sphgeom's order
 * of operations, because a sky pixel on the border of a region must come out the same; for that reason
 * nothing is compiled with contraction into fused multiply-add (meson.build).
 */

#define PPS_SPHERE_PI 0x1.921fb54442d18p1

/* What sphgeom allows for in squared chord lengths, and in angles that went through an arc sine. */
#define PPS_SPHERE_CHORD2_ERROR 2.5e-15
#define PPS_SPHERE_ASIN_ERROR 1.5e-8

typedef struct pps_vec3 {
	double x, y, z;
} pps_vec3;

/* The points within a chord of @center; empty where chord2 (squared) is negative or NaN, full from 4 on. */
typedef struct pps_sphere_circle {
	pps_vec3 center;
	double chord2;
} pps_sphere_circle;

/*
 * Longitudes run eastward from lon_a to lon_b, over 0 where lon_a > lon_b; radians in [0, 2 pi], full is
 * exactly [0, 2 pi]. Latitudes in [-pi/2, pi/2]. An empty box has NaN longitudes and lat_a > lat_b.
 */
typedef struct pps_sphere_box {
	double lon_a, lon_b;
	double lat_a, lat_b;
} pps_sphere_box;

static inline pps_vec3 pps_vec3_add(pps_vec3 a, pps_vec3 b)
{
	return (pps_vec3){ a.x + b.x, a.y + b.y, a.z + b.z };
}

static inline pps_vec3 pps_vec3_sub(pps_vec3 a, pps_vec3 b)
{
	return (pps_vec3){ a.x - b.x, a.y - b.y, a.z - b.z };
}

static inline pps_vec3 pps_vec3_neg(pps_vec3 a)
{
	return (pps_vec3){ -a.x, -a.y, -a.z };
}

static inline double pps_vec3_dot(pps_vec3 a, pps_vec3 b)
{
	return a.x * b.x + a.y * b.y + a.z * b.z;
}

static inline pps_vec3 pps_vec3_cross(pps_vec3 a, pps_vec3 b)
{
	return (pps_vec3){ a.y * b.z - a.z * b.y, a.z * b.x - a.x * b.z, a.x * b.y - a.y * b.x };
}

/* Twice the cross product of two unit vectors, accurate also where they are almost equal. */
static inline pps_vec3 pps_vec3_normal(pps_vec3 a, pps_vec3 b)
{
	return pps_vec3_cross(pps_vec3_add(b, a), pps_vec3_sub(b, a));
}

/**
 * pps_vec3_unit() - a vector scaled to length 1
 * @v: not the zero vector
 */
pps_vec3 pps_vec3_unit(pps_vec3 v);

/**
 * pps_sphere_orientation() - on which side of the plane through b, c and the origin lies a
 * @a, @b, @c: unit vectors; each component must be below 2 in magnitude
 *
 * The sign of the determinant of the three, exact: -1, 0 or 1.
 */
int pps_sphere_orientation(pps_vec3 a, pps_vec3 b, pps_vec3 c);

/* A determinant computed from a and the cross product of b and c has its right sign beyond this. */
#define PPS_SPHERE_ORIENTATION_ERROR 1.7e-15

#endif
