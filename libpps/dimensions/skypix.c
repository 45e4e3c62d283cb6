/* SPDX-License-Identifier: BSD-3-Clause */
#include "dimensions/skypix.h"

#include "dimensions/trixel.h"

#if PPS_SKYPIX_LEVEL_MAX != PPS_TRIXEL_LEVEL_MAX
#error "a trixel's corners need a slot at every level"
#endif

/* Sorted, disjoint, not touching. */
struct ranges {
	pps_skypix_range *at;
	size_t n, cap;
};

struct walk {
	pps_trixel_test *test;
	int level;
	size_t looked_at;
	struct ranges *found;
	pps_error **err;
};

static void ranges_clear(struct ranges *r)
{
	free(r->at);
}

/* @begin is not before the beginning of the last range. */
static int ranges_add(struct ranges *r, uint64_t begin, uint64_t end, pps_error **err)
{
	if (r->n && begin <= r->at[r->n - 1].end) {
		if (end > r->at[r->n - 1].end)
			r->at[r->n - 1].end = end;
		return PPS_OK;
	}
	if (r->n >= PPS_SKYPIX_RANGES_MAX)
		return pps_fail(err, PPS_E_UNSUPPORTED,
				"sky pixels of a region: more than %zu ranges at this level",
				PPS_SKYPIX_RANGES_MAX);
	if (pps_grow(&r->at, &r->cap, r->n, sizeof(*r->at)) < 0)
		return pps_fail_nomem(err);
	r->at[r->n++] = (pps_skypix_range){ begin, end };
	return PPS_OK;
}

static int ranges_unite(const struct ranges *a, const struct ranges *b, struct ranges *out, pps_error **err)
{
	size_t i = 0, j = 0;

	while (i < a->n || j < b->n) {
		const pps_skypix_range *next;

		if (j == b->n || (i < a->n && a->at[i].begin < b->at[j].begin))
			next = &a->at[i++];
		else
			next = &b->at[j++];

		int r = ranges_add(out, next->begin, next->end, err);

		if (r < 0)
			return r;
	}
	return PPS_OK;
}

static int ranges_intersect(const struct ranges *a, const struct ranges *b, struct ranges *out,
			    pps_error **err)
{
	size_t i = 0, j = 0;

	while (i < a->n && j < b->n) {
		pps_skypix_range x = a->at[i], y = b->at[j];
		uint64_t begin = x.begin > y.begin ? x.begin : y.begin;
		uint64_t end = x.end < y.end ? x.end : y.end;

		if (begin < end) {
			int r = ranges_add(out, begin, end, err);

			if (r < 0)
				return r;
		}
		if (x.end < y.end)
			i++;
		else
			j++;
	}
	return PPS_OK;
}

static int visit(struct walk *w, const pps_trixel_corner c[3], uint64_t index, int level);

static int visit_children(struct walk *w, const pps_trixel_corner c[3], uint64_t index, int level)
{
	pps_trixel_corner mid[3];

	for (int i = 0; i < 3; i++) {
		pps_vec3 a = c[(i + 1) % 3].at, b = c[(i + 2) % 3].at;

		mid[i].at = pps_vec3_unit(pps_vec3_add(a, b));
		mid[i].slot = 3 + 3 * level + i;
		w->test->corner(w->test, &mid[i]);
	}
	for (int i = 0; i < 3; i++) {
		const pps_trixel_corner child[3] = { c[i], mid[(i + 2) % 3], mid[(i + 1) % 3] };
		int r = visit(w, child, 4 * index + (uint64_t)i, level + 1);

		if (r < 0)
			return r;
	}
	return visit(w, mid, 4 * index + 3, level + 1);
}

static int visit(struct walk *w, const pps_trixel_corner c[3], uint64_t index, int level)
{
	int shift = 2 * (w->level - level);
	int relation = w->test->relate(w->test, c);

	if (++w->looked_at > PPS_SKYPIX_TRIXELS_MAX)
		return pps_fail(w->err, PPS_E_UNSUPPORTED,
				"sky pixels of a region: more than %zu trixels to look at for level %d",
				PPS_SKYPIX_TRIXELS_MAX, w->level);
	if (relation == PPS_TRIXEL_OUTSIDE)
		return PPS_OK;
	if (relation == PPS_TRIXEL_INSIDE || level == w->level)
		return ranges_add(w->found, index << shift, (index + 1) << shift, w->err);
	return visit_children(w, c, index, level);
}

static int envelope_simple(pps_trixel_test *test, int level, struct ranges *found, pps_error **err)
{
	static const pps_vec3 x = { 1.0, 0.0, 0.0 }, minus_x = { -1.0, -0.0, -0.0 };
	static const pps_vec3 y = { 0.0, 1.0, 0.0 }, minus_y = { -0.0, -1.0, -0.0 };
	static const pps_vec3 z = { 0.0, 0.0, 1.0 }, minus_z = { -0.0, -0.0, -1.0 };
	const pps_vec3 roots[8][3] = {
		{ x, minus_z, y },       { y, minus_z, minus_x }, { minus_x, minus_z, minus_y },
		{ minus_y, minus_z, x }, { x, z, minus_y },       { minus_y, z, minus_x },
		{ minus_x, z, y },       { y, z, x },
	};
	struct walk w = { .test = test, .level = level, .found = found, .err = err };

	for (int root = 0; root < 8; root++) {
		pps_trixel_corner c[3];

		for (int i = 0; i < 3; i++) {
			c[i] = (pps_trixel_corner){ roots[root][i], i };
			test->corner(test, &c[i]);
		}

		int r = visit(&w, c, 8 + (uint64_t)root, 0);

		if (r < 0)
			return r;
	}
	return PPS_OK;
}

static int envelope_compound(const pps_region *region, int level, struct ranges *found, pps_error **err);

static int envelope_any(const pps_region *region, int level, struct ranges *found, pps_error **err)
{
	pps_trixel_test test;
	int r;

	switch (region->type) {
	case PPS_REGION_BOX:
		pps_trixel_test_init_box(&test, &region->box);
		return envelope_simple(&test, level, found, err);
	case PPS_REGION_CIRCLE:
	case PPS_REGION_ELLIPSE:
		pps_trixel_test_init_circle(&test, &region->circle);
		return envelope_simple(&test, level, found, err);
	case PPS_REGION_POLYGON:
		r = pps_trixel_test_init_polygon(&test, region->polygon.vertices, region->polygon.n, err);
		if (r < 0)
			return r;
		r = envelope_simple(&test, level, found, err);
		pps_trixel_test_clear_polygon(&test);
		return r;
	default:
		return envelope_compound(region, level, found, err);
	}
}

static int envelope_compound(const pps_region *region, int level, struct ranges *found, pps_error **err)
{
	_cleanup_(ranges_clear) struct ranges all = { 0 };
	int r = PPS_OK;

	if (region->type == PPS_REGION_INTERSECTION)
		r = ranges_add(&all, (uint64_t)8 << 2 * level, (uint64_t)16 << 2 * level, err);
	for (size_t i = 0; r >= 0 && i < region->compound.n; i++) {
		_cleanup_(ranges_clear) struct ranges one = { 0 }, merged = { 0 };

		r = envelope_any(&region->compound.operands[i], level, &one, err);
		if (r < 0)
			return r;
		if (region->type == PPS_REGION_UNION)
			r = ranges_unite(&all, &one, &merged, err);
		else
			r = ranges_intersect(&all, &one, &merged, err);

		struct ranges swap = all;

		all = merged;
		merged = swap;
	}
	if (r < 0)
		return r;
	*found = all;
	all.at = NULL;
	return PPS_OK;
}

int pps_skypix_envelope(const pps_region *region, int level, pps_skypix_range **ret_ranges, size_t *ret_n,
			pps_error **err)
{
	_cleanup_(ranges_clear) struct ranges found = { 0 };

	if (level < 0 || level > PPS_SKYPIX_LEVEL_MAX)
		return pps_fail(err, PPS_E_ARG, "sky pixels at HTM level %d: 0 to %d is expected", level,
				PPS_SKYPIX_LEVEL_MAX);

	int r = envelope_any(region, level, &found, err);

	if (r < 0)
		return r;
	*ret_n = found.n;
	*ret_ranges = TAKE_PTR(found.at);
	return PPS_OK;
}
