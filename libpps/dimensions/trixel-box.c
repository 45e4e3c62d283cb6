/* SPDX-License-Identifier: BSD-3-Clause */
/* Trixels and boxes are compared by a box around the trixel, widened by 0.1 milli-arcseconds. */
#include "dimensions/trixel.h"

#define PI PPS_SPHERE_PI
#define WIDEN 5.0e-10

/* What two intervals, or two boxes, have to do with each other; nothing is set where neither is certain. */
enum {
	DISJOINT = 1,
	WITHIN = 2,
};

static double latitude_of(pps_vec3 v)
{
	if (v.z == 0.0)
		return 0.0;

	double lat = atan2(v.z, sqrt(v.x * v.x + v.y * v.y));

	return fabs(lat) > 0.5 * PI ? copysign(0.5 * PI, lat) : lat;
}

static double longitude_of(pps_vec3 v)
{
	if (v.x * v.x + v.y * v.y == 0.0)
		return 0.0;

	double lon = atan2(v.y, v.x);

	return lon < 0.0 ? lon + 2 * PI : lon;
}

static double clip_latitude(double lat)
{
	return fmin(fmax(lat, -0.5 * PI), 0.5 * PI);
}

static void widened_point(double lon, double lat, pps_sphere_box *ret_box)
{
	double a = lon - WIDEN;
	double b = lon + WIDEN;

	ret_box->lon_a = a < 0.0 ? a + 2.0 * PI : a;
	ret_box->lon_b = b > 2.0 * PI ? b - 2.0 * PI : b;
	ret_box->lat_a = clip_latitude(lat - WIDEN);
	ret_box->lat_b = clip_latitude(lat + WIDEN);
}

static int lon_wraps(const pps_sphere_box *b)
{
	return b->lon_a > b->lon_b;
}

static int lon_is_full(const pps_sphere_box *b)
{
	return b->lon_a == 0.0 && b->lon_b == 2.0 * PI;
}

static int lon_contains(const pps_sphere_box *b, double lon)
{
	if (lon_wraps(b))
		return lon <= b->lon_b || b->lon_a <= lon;
	return b->lon_a <= lon && lon <= b->lon_b;
}

static double lon_eastward(double from, double to)
{
	double d = to - from;

	return d < 0.0 ? 2.0 * PI + d : d;
}

/* The shorter of the two arcs that span both where neither touches the other. */
static void lon_expand(pps_sphere_box *b, const pps_sphere_box *x)
{
	int has_a = lon_contains(b, x->lon_a);
	int has_b = lon_contains(b, x->lon_b);

	if (has_a && has_b) {
		if (lon_wraps(b) != lon_wraps(x)) {
			b->lon_a = 0.0;
			b->lon_b = 2.0 * PI;
		}
	} else if (has_a) {
		b->lon_b = x->lon_b;
	} else if (has_b) {
		b->lon_a = x->lon_a;
	} else if (lon_contains(x, b->lon_a)) {
		b->lon_a = x->lon_a;
		b->lon_b = x->lon_b;
	} else if (lon_eastward(b->lon_b, x->lon_a) < lon_eastward(x->lon_b, b->lon_a)) {
		b->lon_b = x->lon_b;
	} else {
		b->lon_a = x->lon_a;
	}
}

static void box_expand(pps_sphere_box *b, const pps_sphere_box *x)
{
	lon_expand(b, x);
	b->lat_a = fmin(b->lat_a, x->lat_a);
	b->lat_b = fmax(b->lat_b, x->lat_b);
}

/* An edge bulges towards a pole where the great circle's highest or lowest point lies inside it. */
static void add_bulge(pps_sphere_box *b, pps_vec3 from, pps_vec3 to)
{
	pps_vec3 n = pps_vec3_normal(from, to);
	pps_vec3 top = { -n.x * n.z, -n.y * n.z, n.x * n.x + n.y * n.y };
	double before = from.y * n.x - from.x * n.y;
	double after = to.y * n.x - to.x * n.y;

	if (top.x == 0.0 && top.y == 0.0 && top.z == 0.0)
		return;
	if (before > 0.0 && after < 0.0) {
		double lat = clip_latitude(latitude_of(top) + WIDEN);

		b->lat_a = fmin(b->lat_a, lat);
		b->lat_b = fmax(b->lat_b, lat);
	} else if (before < 0.0 && after > 0.0) {
		double lat = clip_latitude(latitude_of(pps_vec3_neg(top)) - WIDEN);

		b->lat_a = fmin(b->lat_a, lat);
		b->lat_b = fmax(b->lat_b, lat);
	}
}

static void box_around(const pps_trixel_test *self, const pps_trixel_corner c[3], pps_sphere_box *ret_box)
{
	static const pps_vec3 z = { 0.0, 0.0, 1.0 };
	int clockwise = 0, counter = 0;

	for (int i = 0; i < 3; i++) {
		const pps_trixel_corner *from = &c[i == 0 ? 2 : i - 1], *to = &c[i];
		int side = pps_sphere_orientation(z, from->at, to->at);
		pps_sphere_box point;

		widened_point(self->box.lon[to->slot], self->box.lat[to->slot], &point);
		if (i == 0)
			*ret_box = point;
		else
			box_expand(ret_box, &point);
		clockwise |= side < 0;
		counter |= side > 0;
		add_bulge(ret_box, from->at, to->at);
	}
	if (!clockwise || !counter) {
		double pole = clockwise ? -0.5 * PI : 0.5 * PI;
		pps_sphere_box cap = { 0.0, 2.0 * PI, pole, pole };

		box_expand(ret_box, &cap);
	}
}

static int lon_relate(const pps_sphere_box *b, const pps_sphere_box *x)
{
	if (b->lon_a == x->lon_a && b->lon_b == x->lon_b)
		return WITHIN;
	if (lon_wraps(b) && lon_wraps(x))
		return b->lon_a >= x->lon_a && b->lon_b <= x->lon_b ? WITHIN : 0;
	if (lon_wraps(b)) {
		if (lon_is_full(x))
			return WITHIN;
		return b->lon_a > x->lon_b && b->lon_b < x->lon_a ? DISJOINT : 0;
	}
	if (lon_wraps(x)) {
		if (lon_is_full(b))
			return 0;
		if (x->lon_a <= b->lon_a || x->lon_b >= b->lon_b)
			return WITHIN;
		return x->lon_a > b->lon_b && x->lon_b < b->lon_a ? DISJOINT : 0;
	}
	if (b->lon_a >= x->lon_a && b->lon_b <= x->lon_b)
		return WITHIN;
	return b->lon_a > x->lon_b || b->lon_b < x->lon_a ? DISJOINT : 0;
}

static int lat_relate(const pps_sphere_box *b, const pps_sphere_box *x)
{
	if (b->lat_a > x->lat_b || b->lat_b < x->lat_a)
		return DISJOINT;
	return b->lat_a >= x->lat_a && b->lat_b <= x->lat_b ? WITHIN : 0;
}

static void box_corner(pps_trixel_test *self, const pps_trixel_corner *c)
{
	self->box.lon[c->slot] = longitude_of(c->at);
	self->box.lat[c->slot] = latitude_of(c->at);
}

static int box_relate(pps_trixel_test *self, const pps_trixel_corner c[3])
{
	const pps_sphere_box *of = &self->box.of;
	pps_sphere_box around;

	if (!(of->lat_a <= of->lat_b))
		return PPS_TRIXEL_OUTSIDE;
	box_around(self, c, &around);

	int lon = lon_relate(&around, of);
	int lat = lat_relate(&around, of);

	if ((lon | lat) & DISJOINT)
		return PPS_TRIXEL_OUTSIDE;
	return lon & lat & WITHIN ? PPS_TRIXEL_INSIDE : PPS_TRIXEL_CROSSES;
}

void pps_trixel_test_init_box(pps_trixel_test *self, const pps_sphere_box *box)
{
	self->corner = box_corner;
	self->relate = box_relate;
	self->box.of = *box;
}
