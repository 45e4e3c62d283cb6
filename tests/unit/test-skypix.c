/* SPDX-License-Identifier: BSD-3-Clause */
/* Sky pixel envelopes, compared with sphgeom's; and the exact predicate below them. */
#include "test.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/codec.h"
#include "dimensions/skypix.h"

static const struct {
	const char *name;
	int level;
	const char *region; /* hex of Region.encode() */
	const char *ranges; /* of HtmPixelization(level).envelope() */
} vectors[] = {
#include "vectors/skypix.inc"
};

static pps_region *region_of(const char *hex)
{
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	_cleanup_free_ uint8_t *bytes = NULL;
	pps_region *region = NULL;
	size_t size;

	assert_ok(pps_hex_decode(hex, strlen(hex), &bytes, &size, &err), err);
	assert_ok(pps_region_decode(bytes, size, &region, &err), err);
	return region;
}

static void envelope_text(const char *hex, int level, char *out, size_t size)
{
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	_cleanup_(pps_region_freep) pps_region *region = region_of(hex);
	_cleanup_free_ pps_skypix_range *ranges = NULL;
	size_t n = 0, used = 0;

	assert_ok(pps_skypix_envelope(region, level, &ranges, &n, &err), err);
	out[0] = '\0';
	for (size_t i = 0; i < n; i++) {
		used += (size_t)snprintf(out + used, size - used, "%s%" PRIu64 "-%" PRIu64, i ? " " : "",
					 ranges[i].begin, ranges[i].end);
		assert_true(used < size);
	}
}

static void envelopes_equal_sphgeom(void **state)
{
	char text[4096];

	(void)state;
	for (size_t i = 0; i < PPS_COUNT(vectors); i++) {
		envelope_text(vectors[i].region, vectors[i].level, text, sizeof(text));
		if (strcmp(text, vectors[i].ranges))
			fail_msg("%s, row %zu: %s, expected %s", vectors[i].name, i, text, vectors[i].ranges);
	}
}

#define NAN64 "000000000000f87f"
#define ZERO "0000000000000000"
#define ONE "000000000000f03f"
#define FOUR "0000000000001040"
#define PI64 "182d4454fb210940"
#define CIRCLE_FULL "63" ZERO ZERO ONE FOUR PI64
#define CIRCLE_NAN "63" ZERO ZERO ONE NAN64 NAN64
#define LENGTH(hex) hex "00000000000000"

static void compounds_unite_and_intersect(void **state)
{
	/* the last two: a union in an intersection, and a union whose second operand has no range */
	static const struct {
		const char *region, *ranges;
	} rows[] = {
		{ "75" LENGTH("29") CIRCLE_FULL LENGTH("01") "75", "8-16" },
		{ "69" LENGTH("29") CIRCLE_FULL LENGTH("01") "75", "" },
		{ "69" LENGTH("29") CIRCLE_FULL LENGTH("29") CIRCLE_FULL, "8-16" },
		{ "69" LENGTH("01") "69", "8-16" },
		{ "69" LENGTH("32") "75" LENGTH("29") CIRCLE_FULL, "8-16" },
		{ "75" LENGTH("29") CIRCLE_FULL LENGTH("29") CIRCLE_NAN, "8-16" },
	};
	char text[64];

	(void)state;
	for (size_t i = 0; i < PPS_COUNT(rows); i++) {
		envelope_text(rows[i].region, 0, text, sizeof(text));
		assert_string_equal(text, rows[i].ranges);
	}
}

static void level_is_checked(void **state)
{
	_cleanup_(pps_region_freep) pps_region *region = region_of(CIRCLE_FULL);
	pps_skypix_range *ranges = NULL;
	size_t n = 77;

	(void)state;
	assert_int_equal(pps_skypix_envelope(region, -1, &ranges, &n, NULL), PPS_E_ARG);
	assert_int_equal(pps_skypix_envelope(region, 25, &ranges, &n, NULL), PPS_E_ARG);
	assert_null(ranges);
	assert_int_equal(n, 77);
	assert_int_equal(pps_skypix_envelope(region, 24, &ranges, &n, NULL), PPS_OK);
	assert_int_equal(n, 1);
	assert_true(ranges[0].begin == (uint64_t)8 << 48 && ranges[0].end == (uint64_t)16 << 48);
	free(ranges);
}

/* The border of half the sky at the deepest level has hundreds of millions of trixels. */
static void size_is_bounded(void **state)
{
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	_cleanup_(pps_region_freep) pps_region *region = region_of("63" ZERO ZERO ONE "0000000000000c40" PI64);
	pps_skypix_range *ranges = NULL;
	size_t n;

	(void)state;
	assert_int_equal(pps_skypix_envelope(region, 24, &ranges, &n, &err), PPS_E_UNSUPPORTED);
	assert_non_null(strstr(pps_error_message(err), "more than"));
	assert_null(ranges);
}

static void orientation_is_exact(void **state)
{
	const double tiny = 0x1p-1074, u = 0x1p-52;
	const struct {
		pps_vec3 a, b, c;
		int sign;
	} rows[] = {
		{ { 1, 0, 0 }, { 0, 1, 0 }, { 0, 0, 1 }, 1 },
		{ { 0, 1, 0 }, { 1, 0, 0 }, { 0, 0, 1 }, -1 },
		{ { 1, 0, 0 }, { 0, 1, 0 }, { 1, 1, 0 }, 0 },
		{ { 1, 0, 0 }, { 0, 1, 0 }, { 1, 1, tiny }, 1 },
		{ { 1, 0, 0 }, { 0, 1, 0 }, { 1, 1, -tiny }, -1 },
		{ { 1, 0, 0 }, { 0, tiny, 1 }, { 0, 1, -tiny }, -1 },
		/* products that cancel but for their last bits: 1 - (1 - u^2), and the reverse */
		{ { 0, 0, 1 }, { 1 + u, 1, 0 }, { 1, 1 - u, 0 }, -1 },
		{ { 0, 0, 1 }, { 1, 1 - u, 0 }, { 1 + u, 1, 0 }, 1 },
		{ { 0, 0, 1 }, { 1 - u, 1 - u, 0 }, { 1 + u, 1 + u, 0 }, 0 },
		{ { tiny, 0, 0 }, { 0, tiny, 0 }, { 1, 1, tiny }, 1 },
		{ { tiny, 1, 0 }, { 1, 0, tiny }, { 0, tiny, 1 }, -1 },
		{ { 0.1, 0.2, 0.3 }, { -0.1, -0.2, -0.3 }, { 0.5, 0.25, 0.1 }, 0 },
		{ { 0.1, 0.2, 0.3 }, { 0.1, 0.2, 0.3 + 0x1p-54 }, { 0.5, 0.25, 0.1 }, 1 },
	};

	(void)state;
	for (size_t i = 0; i < PPS_COUNT(rows); i++) {
		pps_vec3 a = rows[i].a, b = rows[i].b, c = rows[i].c;

		assert_int_equal(pps_sphere_orientation(a, b, c), rows[i].sign);
		assert_int_equal(pps_sphere_orientation(b, c, a), rows[i].sign);
		assert_int_equal(pps_sphere_orientation(b, a, c), -rows[i].sign);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(envelopes_equal_sphgeom), cmocka_unit_test(compounds_unite_and_intersect),
		cmocka_unit_test(level_is_checked),
		cmocka_unit_test(size_is_bounded),         cmocka_unit_test(orientation_is_exact),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
