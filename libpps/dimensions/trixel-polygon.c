/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Trixels and convex polygons. Everything is decided by the exact signs of determinants of three vectors, of
 * which one is a corner and two are an edge; one table has each corner against each edge of the polygon, the
 * other each vertex against each edge of the trixel.
 */
#include "dimensions/trixel.h"

/* Above this many vertices the search for hull edges, which costs its square, saves nothing. */
#define HULL_MAX 256

#define BEFORE(i, n) ((i) == 0 ? (n) - 1 : (i) - 1)

/* side[i]: sign of at[i] . normal, the determinant of at[i] and the edge; 0 where that is not certain yet. */
static int sides_of_points(const pps_vec3 *at, size_t n, pps_vec3 normal, int8_t *side)
{
	int zeros = 0;

	for (size_t i = 0; i < n; i++) {
		double det = pps_vec3_dot(at[i], normal);
		int is_front = det > PPS_SPHERE_ORIENTATION_ERROR;
		int is_behind = det < -PPS_SPHERE_ORIENTATION_ERROR;

		side[i] = (int8_t)(is_front - is_behind);
		zeros |= !side[i];
	}
	return zeros;
}

/* The sides of every vertex to the edge between two points. */
static void sides_of_vertices(const pps_vec3 *at, size_t n, pps_vec3 from, pps_vec3 to, int8_t *side)
{
	if (sides_of_points(at, n, pps_vec3_cross(from, to), side))
		for (size_t i = 0; i < n; i++)
			if (!side[i])
				side[i] = (int8_t)pps_sphere_orientation(at[i], from, to);
}

static void polygon_corner(pps_trixel_test *self, const pps_trixel_corner *c)
{
	const pps_vec3 *v = self->polygon.vertices;
	size_t n = self->polygon.n;
	int8_t *side = self->polygon.sides + (size_t)c->slot * n;
	int behind = 0;

	if (sides_of_points(self->polygon.normals, n, c->at, side))
		for (size_t k = 0; k < n; k++)
			if (!side[k])
				side[k] = (int8_t)pps_sphere_orientation(c->at, v[BEFORE(k, n)], v[k]);
	for (size_t k = 0; k < n; k++)
		behind |= side[k] < 0;
	self->polygon.in[c->slot] = (int8_t)!behind;
}

/* Whether edge (a, b) of the trixel, with the vertices' sides to it, and an edge of the polygon cross. */
static int edges_cross(const int8_t *side_a, const int8_t *side_b, const int8_t *side_v, size_t n)
{
	for (size_t k = 0; k < n; k++) {
		int s = side_a[k];

		if (s != 0 && side_b[k] == -s && side_v[BEFORE(k, n)] == -s && side_v[k] == s)
			return 1;
	}
	return 0;
}

static int polygon_relate(pps_trixel_test *self, const pps_trixel_corner c[3])
{
	size_t n = self->polygon.n;
	const int8_t *side[3];
	int8_t *edge = self->polygon.edge_sides;
	int in = 0;

	for (int i = 0; i < 3; i++) {
		in += self->polygon.in[c[i].slot];
		side[i] = self->polygon.sides + (size_t)c[i].slot * n;
	}
	if (in)
		return in == 3 ? PPS_TRIXEL_INSIDE : PPS_TRIXEL_CROSSES;

	/* A plane with the trixel behind it and the polygon in front, or the reverse, is proof. */
	for (size_t k = 0; k < n; k++)
		if (self->polygon.is_hull[k] && side[0][k] < 0 && side[1][k] < 0 && side[2][k] < 0)
			return PPS_TRIXEL_OUTSIDE;
	for (int i = 0; i < 3; i++) {
		int8_t *of = edge + (size_t)i * n;
		int in_front = 0;

		sides_of_vertices(self->polygon.vertices, n, c[BEFORE(i, 3)].at, c[i].at, of);
		for (size_t k = 0; k < n; k++)
			in_front |= of[k] >= 0;
		if (!in_front)
			return PPS_TRIXEL_OUTSIDE;
	}
	for (size_t k = 0; k < n; k++)
		if (edge[k] >= 0 && edge[n + k] >= 0 && edge[2 * n + k] >= 0)
			return PPS_TRIXEL_CROSSES;
	for (int i = 0; i < 3; i++)
		if (edges_cross(side[BEFORE(i, 3)], side[i], edge + (size_t)i * n, n))
			return PPS_TRIXEL_CROSSES;
	return PPS_TRIXEL_OUTSIDE;
}

static void find_hull(pps_trixel_test *self)
{
	const pps_vec3 *v = self->polygon.vertices;
	size_t n = self->polygon.n;

	for (size_t k = 0; k < n; k++) {
		self->polygon.normals[k] = pps_vec3_cross(v[BEFORE(k, n)], v[k]);
		self->polygon.is_hull[k] = 0;
		if (n > HULL_MAX)
			continue;
		sides_of_vertices(v, n, v[BEFORE(k, n)], v[k], self->polygon.edge_sides);
		self->polygon.is_hull[k] = 1;
		for (size_t i = 0; i < n; i++)
			if (self->polygon.edge_sides[i] < 0)
				self->polygon.is_hull[k] = 0;
	}
}

int pps_trixel_test_init_polygon(pps_trixel_test *self, const pps_vec3 *vertices, size_t n, pps_error **err)
{
	pps_vec3 *block = malloc(n * (sizeof(*block) + 1 + PPS_TRIXEL_SLOTS + 3));

	if (!block)
		return pps_fail_nomem(err);
	self->corner = polygon_corner;
	self->relate = polygon_relate;
	self->polygon.vertices = vertices;
	self->polygon.n = n;
	self->polygon.normals = block;
	self->polygon.is_hull = (int8_t *)(block + n);
	self->polygon.sides = self->polygon.is_hull + n;
	self->polygon.edge_sides = self->polygon.sides + n * PPS_TRIXEL_SLOTS;
	find_hull(self);
	return PPS_OK;
}

void pps_trixel_test_clear_polygon(pps_trixel_test *self)
{
	free(self->polygon.normals);
}
