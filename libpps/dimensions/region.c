/* SPDX-License-Identifier: BSD-3-Clause */
#include "dimensions/region.h"

#include <string.h>

#define PI PPS_SPHERE_PI

/* A unit vector with a few roundings behind it is accepted; one from a damaged record is not. */
#define UNIT_TOLERANCE 1e-6

enum {
	BOX_SIZE = 1 + 4 * 8,
	CIRCLE_SIZE = 1 + 5 * 8,
	ELLIPSE_SIZE = 1 + 14 * 8,
	VERTEX_SIZE = 3 * 8,
};

/* @start is the first byte of the whole encoding, so that messages can say where they stopped. */
struct reader {
	const uint8_t *start;
	const uint8_t *p;
	size_t left;
	int depth;
};

static size_t reader_at(const struct reader *in)
{
	return (size_t)(in->p - in->start);
}

static uint64_t read_u64(struct reader *in)
{
	uint64_t v = 0;

	for (int i = 7; i >= 0; i--)
		v = v << 8 | in->p[i];
	in->p += 8;
	in->left -= 8;
	return v;
}

static double read_double(struct reader *in)
{
	uint64_t bits = read_u64(in);
	double d;

	memcpy(&d, &bits, sizeof(d));
	return d;
}

static int read_unit(struct reader *in, const char *what, pps_vec3 *ret_v, pps_error **err)
{
	size_t at = reader_at(in);
	pps_vec3 v;

	v.x = read_double(in);
	v.y = read_double(in);
	v.z = read_double(in);
	if (!(fabs(pps_vec3_dot(v, v) - 1.0) <= UNIT_TOLERANCE))
		return pps_fail(err, PPS_E_FORMAT, "region byte %zu: the %s is not a unit vector", at, what);
	*ret_v = v;
	return PPS_OK;
}

static int check_size(const struct reader *in, const char *what, size_t expected, pps_error **err)
{
	if (in->left == expected)
		return PPS_OK;
	return pps_fail(err, PPS_E_FORMAT, "region byte %zu: %s takes %zu bytes, not %zu", reader_at(in),
			what, expected, in->left);
}

static double angle_wrapped(double a)
{
	if (a < 0.0)
		return fmod(a, 2.0 * PI) + 2.0 * PI;
	return a > 2.0 * PI ? fmod(a, 2.0 * PI) : a;
}

static int angle_is_wrapped(double a)
{
	return a >= 0.0 && a <= 2.0 * PI;
}

static int box_set_lon(pps_sphere_box *box, double a, double b)
{
	if (isnan(a) || isnan(b)) {
		a = b = NAN;
	} else if (!angle_is_wrapped(a) || !angle_is_wrapped(b)) {
		if (a > b)
			return -1;
		if (b - a >= 2.0 * PI) {
			a = 0.0;
			b = 2.0 * PI;
		} else {
			a = angle_wrapped(a);
			b = angle_wrapped(b);
		}
	}
	box->lon_a = a;
	box->lon_b = b;
	return 0;
}

static int decode_box(struct reader *in, pps_region *region, pps_error **err)
{
	pps_sphere_box *box = &region->box;
	size_t at = reader_at(in);
	int r = check_size(in, "a box", BOX_SIZE, err);

	if (r < 0)
		return r;
	in->p++;
	in->left--;

	double a = read_double(in);
	double b = read_double(in);

	if (box_set_lon(box, a, b) < 0)
		return pps_fail(err, PPS_E_FORMAT,
				"region byte %zu: the longitudes of a box run backwards outside [0, 2 pi]",
				at);
	a = read_double(in);
	b = read_double(in);
	if (a <= b) {
		a = fmax(a, -0.5 * PI);
		b = fmin(b, 0.5 * PI);
	}
	if (!(a <= b) || isnan(box->lon_a) || isnan(box->lon_b)) {
		box->lon_a = box->lon_b = NAN;
		a = 1.0;
		b = 0.0;
	}
	box->lat_a = a;
	box->lat_b = b;
	region->type = PPS_REGION_BOX;
	return PPS_OK;
}

static int decode_circle(struct reader *in, pps_region *region, pps_error **err)
{
	int r = check_size(in, "a circle", CIRCLE_SIZE, err);

	if (r < 0)
		return r;
	in->p++;
	in->left--;
	r = read_unit(in, "circle center", &region->circle.center, err);
	if (r < 0)
		return r;
	region->circle.chord2 = read_double(in);
	region->type = PPS_REGION_CIRCLE;
	return PPS_OK;
}

static double chord2_of_angle(double a)
{
	if (a < 0.0)
		return -1.0;
	if (a >= PI)
		return 4.0;

	double s = sin(a * 0.5);

	return 4.0 * s * s;
}

/* Rows 0 and 1 of the matrix, and what follows the semi-axes, do not change the circle around the ellipse. */
static int decode_ellipse(struct reader *in, pps_region *region, pps_error **err)
{
	size_t at = reader_at(in);
	int r = check_size(in, "an ellipse", ELLIPSE_SIZE, err);

	if (r < 0)
		return r;
	in->p += 1 + 6 * 8;
	in->left -= 1 + 6 * 8;
	r = read_unit(in, "ellipse center", &region->circle.center, err);
	if (r < 0)
		return r;

	double alpha = 0.5 * PI + read_double(in);
	double beta = 0.5 * PI + read_double(in);

	if (isnan(alpha) || isnan(beta))
		return pps_fail(err, PPS_E_FORMAT, "region byte %zu: a semi-axis of the ellipse is NaN", at);
	region->circle.chord2 = chord2_of_angle((alpha < beta ? beta : alpha) + PPS_SPHERE_ASIN_ERROR * 2.0);
	region->type = PPS_REGION_ELLIPSE;
	return PPS_OK;
}

static int decode_polygon(struct reader *in, pps_region *region, pps_error **err)
{
	size_t at = reader_at(in);
	size_t n = (in->left - 1) / VERTEX_SIZE;
	_cleanup_free_ pps_vec3 *vertices = NULL;

	if (n < 3 || (in->left - 1) % VERTEX_SIZE != 0)
		return pps_fail(err, PPS_E_FORMAT,
				"region byte %zu: a convex polygon takes 1 + 24 n bytes, n >= 3, not %zu", at,
				in->left);
	vertices = malloc(n * sizeof(*vertices));
	if (!vertices)
		return pps_fail_nomem(err);
	in->p++;
	in->left--;
	for (size_t i = 0; i < n; i++) {
		int r = read_unit(in, "polygon vertex", &vertices[i], err);

		if (r < 0)
			return r;
	}
	region->type = PPS_REGION_POLYGON;
	region->polygon.n = n;
	region->polygon.vertices = TAKE_PTR(vertices);
	return PPS_OK;
}

static int decode_one(struct reader *in, pps_region *region, pps_error **err);
static void region_clear(pps_region *region);

/* Each operand is its length in 8 bytes, then its own encoding. */
static int count_operands(struct reader in, size_t *ret_n, pps_error **err)
{
	size_t n = 0;

	for (; in.left; n++) {
		size_t at = reader_at(&in);

		if (in.left < 8)
			return pps_fail(err, PPS_E_FORMAT,
					"region byte %zu: the length of operand %zu takes 8 bytes, not %zu",
					at, n + 1, in.left);

		uint64_t size = read_u64(&in);

		if (size == 0 || size > in.left)
			return pps_fail(err, PPS_E_FORMAT,
					"region byte %zu: operand %zu says %llu bytes, %zu are left", at,
					n + 1, (unsigned long long)size, in.left);
		in.p += size;
		in.left -= (size_t)size;
	}
	*ret_n = n;
	return PPS_OK;
}

static int decode_compound(struct reader *in, int type, pps_region *region, pps_error **err)
{
	size_t n = 0;

	if (in->depth >= PPS_REGION_DEPTH_MAX)
		return pps_fail(err, PPS_E_FORMAT,
				"region byte %zu: unions and intersections nest deeper than %d",
				reader_at(in), PPS_REGION_DEPTH_MAX);
	in->p++;
	in->left--;

	int r = count_operands(*in, &n, err);

	if (r < 0)
		return r;
	region->type = type;
	region->compound.n = 0;
	region->compound.operands = n ? calloc(n, sizeof(*region)) : NULL;
	if (n && !region->compound.operands)
		return pps_fail_nomem(err);
	while (region->compound.n < n) {
		size_t size = (size_t)read_u64(in);
		struct reader one = { .start = in->start, .p = in->p, .left = size, .depth = in->depth + 1 };

		r = decode_one(&one, &region->compound.operands[region->compound.n], err);
		if (r < 0) {
			region_clear(region);
			return r;
		}
		region->compound.n++;
		in->p += size;
		in->left -= size;
	}
	return PPS_OK;
}

static int decode_one(struct reader *in, pps_region *region, pps_error **err)
{
	switch (*in->p) {
	case 'b':
		return decode_box(in, region, err);
	case 'c':
		return decode_circle(in, region, err);
	case 'e':
		return decode_ellipse(in, region, err);
	case 'p':
		return decode_polygon(in, region, err);
	case 'u':
		return decode_compound(in, PPS_REGION_UNION, region, err);
	case 'i':
		return decode_compound(in, PPS_REGION_INTERSECTION, region, err);
	}
	return pps_fail(err, PPS_E_FORMAT,
			"region byte %zu: type 0x%02x is none of b, c, e, p, u and i",
			reader_at(in), *in->p);
}

int pps_region_decode(const void *bytes, size_t size, pps_region **ret_region, pps_error **err)
{
	struct reader in = { .start = bytes, .p = bytes, .left = size };
	_cleanup_free_ pps_region *region = NULL;

	if (size == 0)
		return pps_fail(err, PPS_E_FORMAT, "region is empty: no byte to decode");
	if (size > PPS_REGION_SIZE_MAX)
		return pps_fail(err, PPS_E_FORMAT, "region of %zu bytes: at most %zu are read", size,
				PPS_REGION_SIZE_MAX);
	region = calloc(1, sizeof(*region));
	if (!region)
		return pps_fail_nomem(err);

	int r = decode_one(&in, region, err);

	if (r < 0)
		return r;
	*ret_region = TAKE_PTR(region);
	return PPS_OK;
}

static void region_clear(pps_region *region)
{
	if (region->type == PPS_REGION_POLYGON) {
		free(region->polygon.vertices);
	} else if (region->type == PPS_REGION_UNION || region->type == PPS_REGION_INTERSECTION) {
		for (size_t i = 0; i < region->compound.n; i++)
			region_clear(&region->compound.operands[i]);
		free(region->compound.operands);
	}
}

void pps_region_free(pps_region *region)
{
	if (!region)
		return;
	region_clear(region);
	free(region);
}
