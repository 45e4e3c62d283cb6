/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * How a trixel, a triangle of the Hierarchical Triangular Mesh, lies to a simple region: the three answers
 * that decide an envelope, each the same that sphgeom gives.
 *
 * What can be said of one corner is found once and kept in the corner's slot, since most corners belong to
 * several trixels.
 */
#ifndef PPS_DIMENSIONS_TRIXEL_H
#define PPS_DIMENSIONS_TRIXEL_H

#include "dimensions/region.h"

#define PPS_TRIXEL_LEVEL_MAX 24
#define PPS_TRIXEL_SLOTS (3 + 3 * PPS_TRIXEL_LEVEL_MAX)

enum {
	PPS_TRIXEL_OUTSIDE,
	PPS_TRIXEL_CROSSES, /* neither is certain */
	PPS_TRIXEL_INSIDE,
};

typedef struct pps_trixel_corner {
	pps_vec3 at;
	int slot;
} pps_trixel_corner;

typedef struct pps_trixel_test pps_trixel_test;

struct pps_trixel_test {
	void (*corner)(pps_trixel_test *self, const pps_trixel_corner *c);
	int (*relate)(pps_trixel_test *self, const pps_trixel_corner c[3]);
	union {
		struct {
			pps_sphere_circle of;
			double chord2[PPS_TRIXEL_SLOTS]; /* from its center */
		} circle;
		struct {
			pps_sphere_box of;
			double lon[PPS_TRIXEL_SLOTS];
			double lat[PPS_TRIXEL_SLOTS];
		} box;
		struct {
			const pps_vec3 *vertices; /* borrowed */
			size_t n;
			pps_vec3 *normals;   /* of the edges; edge k ends at vertex k */
			int8_t *is_hull;     /* per edge: no vertex lies behind it */
			int8_t *sides;       /* per slot and edge: on which side of the edge the corner is */
			int8_t *edge_sides;  /* per trixel edge and vertex: likewise, for the vertex */
			int8_t in[PPS_TRIXEL_SLOTS];
		} polygon;
	};
};

/* For the circle of PPS_REGION_CIRCLE and PPS_REGION_ELLIPSE, and for PPS_REGION_BOX. Cannot fail. */
void pps_trixel_test_init_circle(pps_trixel_test *self, const pps_sphere_circle *circle);
void pps_trixel_test_init_box(pps_trixel_test *self, const pps_sphere_box *box);

/* Borrows the vertices. Return: PPS_OK or PPS_E_NOMEM; then release with pps_trixel_test_clear_polygon(). */
int pps_trixel_test_init_polygon(pps_trixel_test *self, const pps_vec3 *vertices, size_t n, pps_error **err);
void pps_trixel_test_clear_polygon(pps_trixel_test *self);

#endif
