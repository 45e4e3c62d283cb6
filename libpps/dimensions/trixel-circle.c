/* SPDX-License-Identifier: BSD-3-Clause */
#include "dimensions/trixel.h"

#define NEXT(i) ((i) == 2 ? 0 : (i) + 1)

static int trixel_contains(const pps_trixel_corner c[3], pps_vec3 v)
{
	for (int i = 0; i < 3; i++)
		if (pps_sphere_orientation(v, c[i].at, c[NEXT(i)].at) < 0)
			return 0;
	return 1;
}

/* Squared chord from v to the nearest point inside the edge from a to b; 4 where an end is nearest. */
static double chord2_to_nearest(pps_vec3 v, pps_vec3 a, pps_vec3 b)
{
	pps_vec3 n = pps_vec3_normal(a, b);
	pps_vec3 w = pps_vec3_cross(v, n);

	if (!(pps_vec3_dot(w, a) > 0.0 && pps_vec3_dot(w, b) < 0.0))
		return 4.0;

	double opposite = fabs(pps_vec3_dot(v, n));
	double adjacent = sqrt(pps_vec3_dot(w, w));
	double angle = adjacent == 0.0 ? 0.5 * PPS_SPHERE_PI : atan(opposite / adjacent);
	double s = sin(0.5 * angle);

	return 4.0 * s * s;
}

/* Squared chord from v to the farthest point inside the edge from a to b; 0 where an end is farthest. */
static double chord2_to_farthest(pps_vec3 v, pps_vec3 a, pps_vec3 b)
{
	pps_vec3 n = pps_vec3_normal(a, b);
	pps_vec3 w = pps_vec3_cross(v, n);

	if (!(pps_vec3_dot(w, a) < 0.0 && pps_vec3_dot(w, b) > 0.0))
		return 0.0;

	double angle = atan2(fabs(pps_vec3_dot(v, n)), -sqrt(pps_vec3_dot(w, w)));
	double s = sin(0.5 * angle);

	return 4.0 * s * s;
}

static void circle_corner(pps_trixel_test *self, const pps_trixel_corner *c)
{
	pps_vec3 d = pps_vec3_sub(c->at, self->circle.of.center);

	self->circle.chord2[c->slot] = pps_vec3_dot(d, d);
}

static int circle_relate(pps_trixel_test *self, const pps_trixel_corner c[3])
{
	const pps_vec3 center = self->circle.of.center;
	const double chord2 = self->circle.of.chord2;
	int n_in = 0;

	if (!(chord2 >= 0.0))
		return PPS_TRIXEL_OUTSIDE;
	if (chord2 >= 4.0)
		return PPS_TRIXEL_INSIDE;
	for (int i = 0; i < 3; i++) {
		double d = self->circle.chord2[c[i].slot];

		if (fabs(d - chord2) < PPS_SPHERE_CHORD2_ERROR)
			return PPS_TRIXEL_CROSSES;
		n_in += d < chord2;
	}
	if (n_in == 1 || n_in == 2)
		return PPS_TRIXEL_CROSSES;
	for (int i = 0; i < 3; i++) {
		pps_vec3 a = c[i].at, b = c[NEXT(i)].at;

		if (n_in ? chord2_to_farthest(center, a, b) > chord2 - PPS_SPHERE_CHORD2_ERROR
			 : chord2_to_nearest(center, a, b) < chord2 + PPS_SPHERE_CHORD2_ERROR)
			return PPS_TRIXEL_CROSSES;
	}

	/* The borders do not meet: either a hole in the trixel, or the circle within it, or neither. */
	if (trixel_contains(c, n_in ? pps_vec3_neg(center) : center))
		return PPS_TRIXEL_CROSSES;
	return n_in ? PPS_TRIXEL_INSIDE : PPS_TRIXEL_OUTSIDE;
}

void pps_trixel_test_init_circle(pps_trixel_test *self, const pps_sphere_circle *circle)
{
	self->corner = circle_corner;
	self->relate = circle_relate;
	self->circle.of = *circle;
}
