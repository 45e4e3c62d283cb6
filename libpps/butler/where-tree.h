/* SPDX-License-Identifier: BSD-3-Clause */
/* The tree of a `where` expression, between the files that read, check and write it; callers see where.h. */
#ifndef PPS_BUTLER_WHERE_TREE_H
#define PPS_BUTLER_WHERE_TREE_H

#include "base/time.h"
#include "base/uuid.h"
#include "butler/where.h"
#include "dimensions/region.h"

/* Limits: an expression beyond them is refused, so that neither the stack nor memory can run out. */
enum {
	PPS_WHERE_TEXT = 1 << 20, /* bytes */
	PPS_WHERE_NODES = 30000,  /* below SQLite's limit of parameters */
	PPS_WHERE_DEPTH = 200,    /* nesting; AND, OR and lists are flat */
	PPS_WHERE_OVERLAPS = 4,   /* overlaps of regions */
};

/* What a node is. Children are a list from first over next. */
enum {
	PPS_NODE_INT,
	PPS_NODE_FLOAT,
	PPS_NODE_STRING,
	PPS_NODE_TIME, /* number: TAI ns */
	PPS_NODE_UUID,
	PPS_NODE_REGION, /* a circle, or a point as one */
	PPS_NODE_RANGE,
	PPS_NODE_NULL,
	PPS_NODE_NAME,  /* text; checking makes it NULL, COLUMN, or BOUND of a COLUMN */
	PPS_NODE_TUPLE, /* two children; checking makes it SPAN */
	PPS_NODE_SPAN,
	PPS_NODE_COLUMN,
	PPS_NODE_BOUND, /* .begin or .end (op) of a time span column */
	PPS_NODE_PLUS,
	PPS_NODE_MINUS,
	PPS_NODE_ARITHMETIC, /* op: one of + - * / % */
	PPS_NODE_GLOB,       /* a name and text, the pattern; writing makes it the database's, NULL: all */
	PPS_NODE_COMPARE,    /* op: PPS_OP_* */
	PPS_NODE_IN,         /* the first child is looked for among the others */
	PPS_NODE_IS_NULL,
	PPS_NODE_NOT,
	PPS_NODE_AND,
	PPS_NODE_OR,
	PPS_NODE_TRUE, /* left in place of an overlap of regions */
};

enum { PPS_OP_EQ, PPS_OP_NE, PPS_OP_LT, PPS_OP_LE, PPS_OP_GT, PPS_OP_GE, PPS_OP_OVERLAPS };
enum { PPS_BOUND_BEGIN, PPS_BOUND_END };

/* What a node is worth, known once it is checked. */
enum {
	PPS_TYPE_INT,
	PPS_TYPE_FLOAT,
	PPS_TYPE_STRING,
	PPS_TYPE_TIME,
	PPS_TYPE_SPAN,
	PPS_TYPE_REGION,
	PPS_TYPE_UUID,
	PPS_TYPE_HASH,
	PPS_TYPE_NULL,
	PPS_TYPE_RANGE,
	PPS_TYPE_TRUTH, /* false, true or NULL: comparisons, columns of booleans */
};

typedef struct pps_where_node {
	int kind;
	int type;
	int op;
	int depth; /* of the tree below, from 1 */
	size_t at; /* byte of the expression where it begins, or its operator */
	struct pps_where_node *first;
	struct pps_where_node *next;
	union {
		int64_t number;
		double real;
		const char *text;
		pps_uuid uuid;
		pps_timespan span;
		pps_sphere_circle circle;
		struct {
			int64_t first, last, step;
		} range;
		struct {
			const pps_element *element;
			int index;  /* among the element's columns */
			int is_key; /* the element's own key */
		} column;
	};
} pps_where_node;

typedef struct pps_where_chunk pps_where_chunk;

/* An expression on its way. */
typedef struct pps_where_tree {
	const char *text;
	size_t size;
	pps_where_chunk *chunks; /* memory of nodes and their texts */
	size_t nnodes;
	pps_where_node *root; /* NULL: no restriction */

	/* Found by checking: what is used of each element, by its index. */
	const pps_universe *universe;
	struct pps_where_use {
		unsigned char is_own;       /* among the dimensions of exposure */
		unsigned char is_dimension; /* among the dimensions used, with all that they depend on */
		unsigned char is_key;       /* its key is mentioned */
		unsigned char is_field;     /* another column of it is mentioned */
		unsigned char is_compared;  /* a governor that a comparison mentions */
		size_t depended_at; /* 1 + place of the first key that depends on this governor, or 0 */
	} *uses;
	/* Regions that must overlap: of two elements, or of one and a circle. */
	struct pps_where_overlap {
		const pps_element *a, *b;
		const pps_where_node *circle;
	} overlaps[PPS_WHERE_OVERLAPS];
	size_t noverlaps;
	/* The sky pixel used as a dimension (htm7), and the element whose pixels it stands for; or NULL. */
	const pps_element *pixel, *pixel_of;
} pps_where_tree;

struct pps_where {
	pps_where_chunk *chunks; /* the texts of values */
	char *pattern;           /* the condition, with PPS_WHERE_PARAM and PPS_WHERE_ALIAS */
	pps_sql_value *values;
	size_t nvalues;
};

/* Stand-ins in a condition's pattern. */
#define PPS_WHERE_PARAM '\1'
#define PPS_WHERE_ALIAS '\2'

/* Memory that lives as long as the tree; NULL with *err set. */
void *pps_where_alloc(pps_where_tree *tree, size_t size, pps_error **err);
void pps_where_tree_free(pps_where_tree *tree);

/* An error about the place @at of the expression; returns @code. */
int pps_where_fail(const pps_where_tree *tree, size_t at, int code, pps_error **err, const char *fmt, ...)
	PPS_PRINTF(5, 6);

/* The three stages, each in its file; a tree whose parsing failed is only good for pps_where_tree_free(). */
int pps_where_parse(pps_where_tree *tree, pps_error **err);
int pps_where_check(pps_where_tree *tree, const pps_where_options *options, pps_error **err);
int pps_where_write(pps_where_tree *tree, const pps_where_options *options, pps_where *where,
		    pps_error **err);

/* Overlaps of regions take geometry: a statement for candidates, pairs that share sky pixels, is written
 * instead, whose rows are instrument, id and the regions of each overlap, sorted by the first two; ... */
int pps_where_write_candidates(pps_where_tree *tree, const pps_where_options *options, pps_where *where,
			       pps_error **err);
/* ... it is run, regions are compared, and the condition names the exposures that are left. */
int pps_where_find_overlaps(pps_where_tree *tree, const pps_where_options *options, pps_where *where,
			    pps_error **err);

/* 1 when all dimensions that @element requires are among those of exposure (@own) or those used. */
int pps_where_element_is_within(const pps_where_tree *tree, const pps_element *element, int own);

/* The inside of T'...' as TAI ns, held within PPS_TAI_MIN and _MAX. Errors have no place. */
int pps_where_time(const char *text, int64_t *ret_tai, pps_error **err);

#endif
