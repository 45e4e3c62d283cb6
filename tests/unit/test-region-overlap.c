/* SPDX-License-Identifier: BSD-3-Clause */
/* Overlaps of regions of the sky: named shapes in degrees, and what sphgeom says of each pair. */
#include "test.h"

#include "dimensions/region-overlap.h"

static pps_vec3 point(double ra, double dec)
{
	double lon = ra * PPS_SPHERE_PI / 180.0, lat = dec * PPS_SPHERE_PI / 180.0;

	return (pps_vec3){ cos(lon) * cos(lat), sin(lon) * cos(lat), sin(lat) };
}

typedef struct shape {
	int type;
	double at[8]; /* polygon: ra, dec of its corners against the clock; circle: ra, dec, radius (below 0:
			 empty) */
	size_t n;     /* corners */
} shape;

#define SQUARE(ra, dec, half)                                                                            \
	{ PPS_REGION_POLYGON,                                                                            \
	  { (ra) - (half), (dec) - (half), (ra) + (half), (dec) - (half), (ra) + (half), (dec) + (half), \
	    (ra) - (half), (dec) + (half) },                                                             \
	  4 }
#define CIRCLE(ra, dec, radius) { PPS_REGION_CIRCLE, { ra, dec, radius }, 0 }
#define ELLIPSE(ra, dec, radius) { PPS_REGION_ELLIPSE, { ra, dec, radius }, 0 }

static pps_region region_of(const shape *s, pps_vec3 vertices[4])
{
	pps_region region = { .type = s->type };

	if (s->type == PPS_REGION_POLYGON) {
		for (size_t i = 0; i < s->n; i++)
			vertices[i] = point(s->at[2 * i], s->at[2 * i + 1]);
		region.polygon.vertices = vertices;
		region.polygon.n = s->n;
	} else {
		double half = sin(0.5 * s->at[2] * PPS_SPHERE_PI / 180.0);

		region.circle.center = point(s->at[0], s->at[1]);
		region.circle.chord2 = s->at[2] < 0 ? -1.0 : s->at[2] >= 180 ? 4.0 : 4.0 * half * half;
	}
	return region;
}

static const struct {
	shape a, b;
	int overlap;
} pairs[] = {
	{ SQUARE(10, 0, 1), SQUARE(11.5, 0, 1), 1 },
	{ SQUARE(10, 0, 1), SQUARE(12.5, 0, 1), 0 },
	{ SQUARE(10, 0, 1), SQUARE(12, 0, 1), 1 }, /* a common edge */
	{ SQUARE(10, 0, 3), SQUARE(10, 0, 1), 1 }, /* one within the other */
	{ SQUARE(0, 0, 1), SQUARE(359.5, 0.5, 1), 1 },
	{ SQUARE(10, 0, 1), SQUARE(190, 0, 1), 0 },
	/* a cross: no corner in the other */
	{ { PPS_REGION_POLYGON, { 5, -1, 15, -1, 15, 1, 5, 1 }, 4 },
	  { PPS_REGION_POLYGON, { 9, -5, 11, -5, 11, 5, 9, 5 }, 4 },
	  1 },
	/* boxes around them overlap, they do not */
	{ { PPS_REGION_POLYGON, { 0, 0, 10, 0, 0, 10 }, 3 },
	  { PPS_REGION_POLYGON, { 10, 10, 6, 10, 10, 6 }, 3 },
	  0 },
	{ CIRCLE(10, 0, 1), CIRCLE(11.9, 0, 1), 1 },
	{ CIRCLE(10, 0, 1), CIRCLE(12.1, 0, 1), 0 },
	{ CIRCLE(10, 0, 9), CIRCLE(12.1, 0, 1), 1 },
	{ CIRCLE(10, 0, 1), CIRCLE(10, 0, -1), 0 },
	{ CIRCLE(10, 0, 180), CIRCLE(100, 0, 0), 1 },
	{ CIRCLE(10, 89.5, 1), CIRCLE(190, 89.5, 1), 1 },
	{ SQUARE(10, 0, 1), CIRCLE(11.9, 0, 1), 1 }, /* in an edge's middle */
	{ SQUARE(10, 0, 1), CIRCLE(12.1, 0, 1), 0 },
	{ SQUARE(10, 0, 1), CIRCLE(11.9, 1.9, 1), 0 }, /* beside a corner */
	{ SQUARE(10, 0, 1), CIRCLE(11.6, 1.6, 1), 1 },
	{ SQUARE(10, 0, 1), CIRCLE(10.2, 0, 0), 1 },
	{ SQUARE(10, 0, 1), CIRCLE(10, 0, 5), 1 },
	{ SQUARE(10, 0, 1), CIRCLE(10, 0, 180), 1 },
	{ SQUARE(10, 0, 1), CIRCLE(10, 0, -1), 0 },
	{ SQUARE(10, 0, 1), CIRCLE(190, 0, 170), 0 },
	{ SQUARE(10, 0, 1), CIRCLE(190, 0, 179.5), 1 },
	{ SQUARE(10, 0, 1), ELLIPSE(10, 0, 1), -1 },
	{ SQUARE(10, 0, 1), ELLIPSE(14, 0, 1), 0 },
	{ CIRCLE(14, 0, 1), ELLIPSE(14, 0, 1), -1 },
};

static void test_pairs(void **state)
{
	(void)state;
	for (size_t i = 0; i < PPS_COUNT(pairs); i++) {
		pps_vec3 of_a[4], of_b[4];
		pps_region a = region_of(&pairs[i].a, of_a), b = region_of(&pairs[i].b, of_b);

		if (pps_region_overlaps(&a, &b) != pairs[i].overlap ||
		    pps_region_overlaps(&b, &a) != pairs[i].overlap)
			fail_msg("pair %zu: not %d", i, pairs[i].overlap);
	}
}

/* Unions and intersections of circles around 10, 20 and 30 degrees with one at @ra. */
static int compound(int type, size_t n, double ra, int ellipse)
{
	pps_vec3 unused[4];
	const shape shapes[] = { CIRCLE(10, 0, 1), CIRCLE(20, 0, 1), CIRCLE(30, 0, 1), CIRCLE(ra, 0, 1),
				 ELLIPSE(ra, 0, 1) };
	pps_region operands[3], other = region_of(&shapes[3 + ellipse], unused);
	pps_region region = { .type = type, .compound = { operands, n } };

	for (size_t i = 0; i < 3; i++)
		operands[i] = region_of(&shapes[i], unused);

	int overlap = pps_region_overlaps(&region, &other);

	assert_int_equal(pps_region_overlaps(&other, &region), overlap);
	return overlap;
}

static void test_compounds(void **state)
{
	(void)state;
	assert_int_equal(compound(PPS_REGION_UNION, 3, 30, 0), 1);
	assert_int_equal(compound(PPS_REGION_UNION, 2, 30, 0), 0);
	assert_int_equal(compound(PPS_REGION_UNION, 0, 30, 0), 0);
	assert_int_equal(compound(PPS_REGION_UNION, 3, 20, 1), -1);
	assert_int_equal(compound(PPS_REGION_INTERSECTION, 1, 10, 0), -1);
	assert_int_equal(compound(PPS_REGION_INTERSECTION, 2, 10, 0), 0);
	assert_int_equal(compound(PPS_REGION_INTERSECTION, 0, 10, 0), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pairs),
		cmocka_unit_test(test_compounds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
