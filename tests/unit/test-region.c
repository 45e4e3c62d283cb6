/* SPDX-License-Identifier: BSD-3-Clause */
/* Decoding of sphgeom's regions. */
#include "test.h"

#include <math.h>

#include "base/codec.h"
#include "dimensions/region.h"

#define PI PPS_SPHERE_PI

struct bytes {
	uint8_t at[512];
	size_t n;
};

static void put(struct bytes *b, char type, size_t n, const double *values)
{
	b->at[b->n++] = (uint8_t)type;
	for (size_t i = 0; i < n; i++) {
		uint64_t bits;

		memcpy(&bits, &values[i], sizeof(bits));
		for (int k = 0; k < 8; k++)
			b->at[b->n++] = (uint8_t)(bits >> 8 * k);
	}
}

/* An operand of a union or intersection: the 8 bytes of its length, then itself. */
static void put_operand(struct bytes *b, const struct bytes *operand)
{
	for (int k = 0; k < 8; k++)
		b->at[b->n++] = (uint8_t)(operand->n >> 8 * k);
	memcpy(b->at + b->n, operand->at, operand->n);
	b->n += operand->n;
}

static pps_region *decode(const struct bytes *b)
{
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	pps_region *region = NULL;

	assert_ok(pps_region_decode(b->at, b->n, &region, &err), err);
	return region;
}

static void refuse(const struct bytes *b, const char *message)
{
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	pps_region *region = NULL;

	assert_int_equal(pps_region_decode(b->at, b->n, &region, &err), PPS_E_FORMAT);
	assert_string_equal(pps_error_message(err), message);
	assert_null(region);
}

static void boxes(void **state)
{
	static const struct {
		double in[4], out[4];
	} rows[] = {
		{ { 1, 2, -0.5, 0.5 }, { 1, 2, -0.5, 0.5 } },
		{ { 6, 0.1, -0.5, 0.5 }, { 6, 0.1, -0.5, 0.5 } },        /* over longitude 0 */
		{ { 0, 2 * PI, -2, 2 }, { 0, 2 * PI, -PI / 2, PI / 2 } }, /* latitudes end at the poles */
		{ { -1, 1, 0, 0 }, { -1 + 2 * PI, 1, 0, 0 } },
		{ { 7, 8, 0, 0.1 }, { 7 - 2 * PI, 8 - 2 * PI, 0, 0.1 } },
		{ { -10, 10, 0, 0.1 }, { 0, 2 * PI, 0, 0.1 } }, /* a full turn and more */
		{ { NAN, 1, 0, 0.1 }, { NAN, NAN, 1, 0 } },
		{ { 0, 1, 0.1, 0 }, { NAN, NAN, 1, 0 } },
		{ { 0, 1, 2, 3 }, { NAN, NAN, 1, 0 } }, /* beyond the pole */
		{ { 0, 1, NAN, 0 }, { NAN, NAN, 1, 0 } },
	};

	(void)state;
	for (size_t i = 0; i < PPS_COUNT(rows); i++) {
		struct bytes b = { .n = 0 };

		put(&b, 'b', 4, rows[i].in);

		_cleanup_(pps_region_freep) pps_region *region = decode(&b);
		const double got[4] = { region->box.lon_a, region->box.lon_b, region->box.lat_a,
					region->box.lat_b };

		assert_int_equal(region->type, PPS_REGION_BOX);
		for (int k = 0; k < 4; k++)
			assert_true(got[k] == rows[i].out[k] || (isnan(got[k]) && isnan(rows[i].out[k])));
	}
}

static void box_backwards(void **state)
{
	struct bytes b = { .n = 0 };

	(void)state;
	put(&b, 'b', 4, (double[]){ 7, 1, 0, 1 });
	refuse(&b, "region byte 0: the longitudes of a box run backwards outside [0, 2 pi]");
}

static void circles(void **state)
{
	static const double chords[] = { -1, 0, 0.25, 4, NAN };

	(void)state;
	for (size_t i = 0; i < PPS_COUNT(chords); i++) {
		struct bytes b = { .n = 0 };

		put(&b, 'c', 5, (double[]){ 0.6, 0, -0.8, chords[i], 9 });

		_cleanup_(pps_region_freep) pps_region *region = decode(&b);

		assert_int_equal(region->type, PPS_REGION_CIRCLE);
		assert_true(region->circle.center.x == 0.6 && region->circle.center.y == 0 &&
			    region->circle.center.z == -0.8);
		assert_memory_equal(&region->circle.chord2, &chords[i], sizeof(double));
	}
}

static void ellipses_become_circles(void **state)
{
	/* The angles are kept less pi/2; the larger decides, and 30 nrad are added. */
	static const struct {
		double a, b, chord2;
	} rows[] = {
		{ -2, -2, -1 },
		{ 2, 2, 4 },
		{ 0.5 - PI / 2, 0.25 - PI / 2, 0.2448349050 },
		{ 0.25 - PI / 2, 0.5 - PI / 2, 0.2448349050 },
	};

	(void)state;
	for (size_t i = 0; i < PPS_COUNT(rows); i++) {
		struct bytes b = { .n = 0 };

		put(&b, 'e', 14,
		    (double[]){ 1, 0, 0, 0, 1, 0, 0, -0.8, 0.6, rows[i].a, rows[i].b, 0, INFINITY, 1 });

		_cleanup_(pps_region_freep) pps_region *region = decode(&b);

		assert_int_equal(region->type, PPS_REGION_ELLIPSE);
		assert_true(region->circle.center.y == -0.8 && region->circle.center.z == 0.6);
		assert_true(fabs(region->circle.chord2 - rows[i].chord2) < 1e-9);
	}
}

static void polygons(void **state)
{
	struct bytes b = { .n = 0 };

	(void)state;
	put(&b, 'p', 12, (double[]){ 1, 0, 0, 0, 1, 0, 0, 0, 1, 0.6, -0.8, 0 });

	_cleanup_(pps_region_freep) pps_region *region = decode(&b);

	assert_int_equal(region->type, PPS_REGION_POLYGON);
	assert_int_equal(region->polygon.n, 4);
	assert_true(region->polygon.vertices[1].y == 1 && region->polygon.vertices[3].y == -0.8);
}

static void compounds(void **state)
{
	struct bytes circle = { .n = 0 }, inner = { .n = 0 }, outer = { .n = 0 };

	(void)state;
	put(&circle, 'c', 5, (double[]){ 0, 0, 1, 0.5, 1 });
	put(&inner, 'i', 0, NULL);
	put_operand(&inner, &circle);
	put(&outer, 'u', 0, NULL);
	put_operand(&outer, &circle);
	put_operand(&outer, &inner);

	_cleanup_(pps_region_freep) pps_region *region = decode(&outer);

	assert_int_equal(region->type, PPS_REGION_UNION);
	assert_int_equal(region->compound.n, 2);
	assert_int_equal(region->compound.operands[0].type, PPS_REGION_CIRCLE);
	assert_int_equal(region->compound.operands[1].type, PPS_REGION_INTERSECTION);
	assert_int_equal(region->compound.operands[1].compound.n, 1);
	assert_true(region->compound.operands[1].compound.operands[0].circle.chord2 == 0.5);

	/* Every shorter encoding is damaged, except where it ends between operands. */
	for (size_t n = 0; n < outer.n; n++) {
		pps_region *cut = NULL;
		int r = pps_region_decode(outer.at, n, &cut, NULL);

		assert_int_equal(r, n == 1 || n == 1 + 8 + circle.n ? PPS_OK : PPS_E_FORMAT);
		pps_region_free(cut);
	}
}

static void messages_say_where(void **state)
{
	struct bytes b = { .n = 0 }, bad = { .n = 0 }, good = { .n = 0 };

	(void)state;
	refuse(&b, "region is empty: no byte to decode");
	b.at[b.n++] = 'x';
	refuse(&b, "region byte 0: type 0x78 is none of b, c, e, p, u and i");
	b.at[0] = 'b';
	refuse(&b, "region byte 0: a box takes 33 bytes, not 1");
	b.at[0] = 'c';
	refuse(&b, "region byte 0: a circle takes 41 bytes, not 1");
	b.at[0] = 'e';
	refuse(&b, "region byte 0: an ellipse takes 113 bytes, not 1");
	b.at[0] = 'p';
	refuse(&b, "region byte 0: a convex polygon takes 1 + 24 n bytes, n >= 3, not 1");
	b.at[0] = 'u';
	b.at[b.n++] = 3;
	refuse(&b, "region byte 1: the length of operand 1 takes 8 bytes, not 1");

	b.n = 0;
	put(&b, 'p', 9, (double[]){ 1, 0, 0, 0, 1, 0, 0, 0, 1.001 });
	refuse(&b, "region byte 49: the polygon vertex is not a unit vector");
	b.n = 0;
	put(&b, 'c', 5, (double[]){ NAN, 0, 0, 1, 1 });
	refuse(&b, "region byte 1: the circle center is not a unit vector");
	b.n = 0;
	put(&b, 'e', 14, (double[]){ 1, 0, 0, 0, 1, 0, 0, 0, 1, 0, NAN, 0, 1, 1 });
	refuse(&b, "region byte 0: a semi-axis of the ellipse is NaN");
	b.n = 0;
	put(&b, 'e', 14, (double[]){ 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1, 1 });
	refuse(&b, "region byte 49: the ellipse center is not a unit vector");

	/* the operand before the damaged one must be released */
	b.n = 0;
	put(&good, 'p', 9, (double[]){ 1, 0, 0, 0, 1, 0, 0, 0, 1 });
	put(&bad, 'q', 1, (double[]){ 0 });
	put(&b, 'i', 0, NULL);
	put_operand(&b, &good);
	put_operand(&b, &bad);
	refuse(&b, "region byte 90: type 0x71 is none of b, c, e, p, u and i");
}

static void lengths_are_checked(void **state)
{
	static const struct {
		uint64_t length;
		const char *message;
	} rows[] = {
		{ 0, "region byte 1: operand 1 says 0 bytes, 4 are left" },
		{ 5, "region byte 1: operand 1 says 5 bytes, 4 are left" },
		{ UINT64_MAX, "region byte 1: operand 1 says 18446744073709551615 bytes, 4 are left" },
		{ UINT64_MAX - 8, "region byte 1: operand 1 says 18446744073709551607 bytes, 4 are left" },
	};

	(void)state;
	for (size_t i = 0; i < PPS_COUNT(rows); i++) {
		struct bytes b = { .at = { 'u' }, .n = 13 };

		for (int k = 0; k < 8; k++)
			b.at[1 + k] = (uint8_t)(rows[i].length >> 8 * k);
		refuse(&b, rows[i].message);
	}
}

/* 'u' in 'u' in 'u', each with the length of the rest. */
static size_t nested(uint8_t *at, size_t depth)
{
	size_t n = 9 * depth + 1;

	memset(at, 0, n);
	for (size_t i = 0; i < depth; i++) {
		size_t rest = n - 9 * (i + 1);

		at[9 * i] = 'u';
		at[9 * i + 1] = (uint8_t)rest;
		at[9 * i + 2] = (uint8_t)(rest >> 8);
	}
	at[n - 1] = 'u';
	return n;
}

static void depth_and_size_are_bounded(void **state)
{
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	_cleanup_free_ uint8_t *big = calloc(1, PPS_REGION_SIZE_MAX + 1);
	pps_region *region = NULL;
	uint8_t at[9 * PPS_REGION_DEPTH_MAX + 1];
	size_t n = nested(at, PPS_REGION_DEPTH_MAX - 1);

	(void)state;
	assert_int_equal(pps_region_decode(at, n, &region, NULL), PPS_OK);
	pps_region_free(region);
	region = NULL;
	n = nested(at, PPS_REGION_DEPTH_MAX);
	assert_int_equal(pps_region_decode(at, n, &region, &err), PPS_E_FORMAT);
	assert_string_equal(pps_error_message(err),
			    "region byte 288: unions and intersections nest deeper than 32");
	assert_non_null(big);
	big[0] = 'p';
	assert_int_equal(pps_region_decode(big, PPS_REGION_SIZE_MAX + 1, &region, NULL), PPS_E_FORMAT);
	assert_null(region);
	pps_region_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(boxes),
		cmocka_unit_test(box_backwards),
		cmocka_unit_test(circles),
		cmocka_unit_test(ellipses_become_circles),
		cmocka_unit_test(polygons),
		cmocka_unit_test(compounds),
		cmocka_unit_test(messages_say_where),
		cmocka_unit_test(lengths_are_checked),
		cmocka_unit_test(depth_and_size_are_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
