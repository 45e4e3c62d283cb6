/* SPDX-License-Identifier: BSD-3-Clause */
/* The dimension universe of a repository, read from its `config:dimensions.json`: elements in the
 * Butler's order with their keys, columns and dependencies. Versions 7 and 8 of daf_butler's universe
 * are known; anything else is refused. Immutable: any thread. */
#ifndef PPS_DIMENSIONS_UNIVERSE_H
#define PPS_DIMENSIONS_UNIVERSE_H

#include "base/error.h"

typedef struct pps_universe pps_universe;
typedef struct pps_element pps_element;

/* Most required dimensions of an element, and most columns of a record; a universe with more is refused. */
#define PPS_KEYS_MAX 8
#define PPS_COLUMNS_MAX 64

/* Types of a record's column. */
enum {
	PPS_COLUMN_INT,
	PPS_COLUMN_FLOAT,
	PPS_COLUMN_STRING,
	PPS_COLUMN_BOOL,
	PPS_COLUMN_HASH,   /* bytes; base64 text in the database and in our records */
	PPS_COLUMN_REGION, /* sphgeom's encoding; base64 text in the database and in our records */
	PPS_COLUMN_SPAN,   /* a timespan */
};

typedef struct pps_column {
	const char *name;
	int type;     /* PPS_COLUMN_* */
	int length;   /* STRING: most characters, HASH: most bytes; 0: no limit */
	int nullable;
} pps_column;

/* A dimension (it has a key of its own), or a combination of dimensions such as visit_definition. */
struct pps_element {
	const char *name;
	size_t index;            /* place in the universe's order */
	int is_dimension;
	int is_governor;         /* instrument, skymap */
	int is_skypix;           /* htm1 ..., healpix1 ...: no table, no columns but the key */
	int has_table;
	int always_join;
	int is_spatial;          /* has a region, and tables NAME_skypix_overlap, ..._summary */
	int is_temporal;         /* has a timespan */
	const pps_element *governor;     /* the governor among those required, or NULL */
	const pps_element *populated_by; /* or NULL */
	const pps_element *view_of;      /* its values are those that this element implies (band), or NULL */
	const pps_element **required;    /* universe order; a dimension itself is the last */
	size_t nrequired;
	const pps_element **implied;     /* directly implied ones, universe order */
	size_t nimplied;
	/* In the order of table and record: the required dimensions' keys (the primary key: columns 0 to
	 * nrequired - 1; a dimension's own is called "id" or "name", the others as their dimension),
	 * implied ones, other unique keys, metadata, region, timespan. */
	pps_column *columns;
	size_t ncolumns;
	size_t nalternate;       /* other unique keys: columns nrequired + nimplied ... */
	int region_column;       /* -1: none */
	int span_column;         /* -1: none */
};

/* @json: the value of `config:dimensions.json`. Unknown versions, namespaces and contents:
 * PPS_E_UNSUPPORTED; broken JSON: PPS_E_FORMAT. */
int pps_universe_parse(const char *json, size_t size, pps_universe **ret_universe, pps_error **err);
/* The universe as daf_butler defines it, for where there is no repository (a yaml alone); 7 or 8, else
 * PPS_E_UNSUPPORTED. */
int pps_universe_known(int version, pps_universe **ret_universe, pps_error **err);
pps_universe *pps_universe_ref(pps_universe *universe);
pps_universe *pps_universe_unref(pps_universe *universe);
static inline void pps_universe_unrefp(pps_universe **universe)
{
	pps_universe_unref(*universe);
}

int pps_universe_version(const pps_universe *universe);
const char *pps_universe_namespace(const pps_universe *universe);
const char *pps_universe_skypix_system(const pps_universe *universe); /* of `common`: "htm" */
int pps_universe_skypix_level(const pps_universe *universe);          /* 7 */
/* Elements in the Butler's order (that of inserting, and of blocks in an export), sky pixels included. */
size_t pps_universe_size(const pps_universe *universe);
const pps_element *pps_universe_at(const pps_universe *universe, size_t n);
const pps_element *pps_universe_find(const pps_universe *universe,
				     const char *name); /* NULL when there is none */
/* Index of a column, or -1. */
int pps_element_column(const pps_element *element, const char *column);

/* Dimensions closed under dependency, as Python's DimensionGroup: `raw` needs instrument, detector,
 * exposure and implies band, day_obs, group, physical_filter. All three lists are in universe order. */
typedef struct pps_dimension_group {
	const pps_element **names;    /* all */
	size_t n;
	const pps_element **required; /* implied by no other of them */
	size_t nrequired;
	const pps_element **implied;
	size_t nimplied;
} pps_dimension_group;

/* Unknown names: PPS_E_NOTFOUND; names of elements that are no dimensions: PPS_E_ARG. Borrows from
 * @universe. */
int pps_dimension_group_new(const pps_universe *universe, const char *const *names, size_t n,
			    pps_dimension_group **ret_group, pps_error **err);
void pps_dimension_group_free(pps_dimension_group *group);
PPS_DEFINE_CLEANUP(pps_dimension_group, pps_dimension_group_free)

#endif
