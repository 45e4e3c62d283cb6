/* SPDX-License-Identifier: BSD-3-Clause */
/* Dimension records in memory: per element of the universe a set of rows, unique by primary key, read in
 * the order of the primary key. */
#ifndef PPS_DIMENSIONS_RECORDS_H
#define PPS_DIMENSIONS_RECORDS_H

#include <pps/dimensions.h>

#include "base/buf.h"
#include "base/ctx.h"
#include "base/time.h"
#include "dimensions/universe.h"

PPS_DEFINE_CLEANUP(pps_dimensions, pps_dimensions_free)

/* One value; which member counts follows from the column's type. */
typedef struct pps_cell {
	int is_null;
	union {
		int64_t i;         /* INT, BOOL */
		double d;          /* FLOAT */
		const char *s;     /* STRING; HASH and REGION: base64 text */
		pps_timespan span; /* SPAN; is_null of the cell counts, not that of the span */
	};
} pps_cell;

/* The rows of one element. */
typedef struct pps_records pps_records;

/* An empty set of records; takes its own references of context and universe. Holds at most the context's
 * memory limit. */
int pps_dimensions_new_in(pps_ctx *ctx, pps_universe *universe, pps_dimensions **ret_dims, pps_error **err);
pps_universe *pps_dimensions_universe(const pps_dimensions *dims); /* borrowed */
pps_ctx *pps_dimensions_ctx(const pps_dimensions *dims);           /* borrowed */
/* The rows of an element, which may be none. NULL only for an element without a table. @element may be
 * of another universe: names count. */
pps_records *pps_dimensions_records(pps_dimensions *dims, const char *element);
const pps_records *pps_dimensions_records_of(const pps_dimensions *dims, const char *element);

const pps_element *pps_records_element(const pps_records *records);
size_t pps_records_size(const pps_records *records);

enum { PPS_RECORD_ADDED, PPS_RECORD_SAME, PPS_RECORD_DIFFERS };

/* Adds a row of as many cells as the element has columns; text is copied. A row with its key that is
 * there already stays as it is; @ret_outcome (NULL allowed) then says whether it is equal. NULL in a
 * column that may not be: PPS_E_FORMAT. */
int pps_records_add(pps_records *records, const pps_cell *cells, int *ret_outcome, pps_error **err);

/* The nth row in the order of the primary key (bytes of text, values of numbers). Text is borrowed while
 * @records live. Threads: sorts on demand, so one thread at a time until sorted. */
pps_cell pps_records_get(const pps_records *records, size_t n, size_t column);
/* Number of the row with this key (as many cells as required dimensions), or -1. */
ptrdiff_t pps_records_find(const pps_records *records, const pps_cell *key);
/* "instrument=LSSTCam, exposure=2025120200001" of the nth row, for messages. */
void pps_records_describe(const pps_records *records, size_t n, pps_buf *b);
/* 1 when two cells of a column are equal: exact numbers (NaN equals NaN), bytes of text. */
int pps_cell_equal(const pps_column *spec, const pps_cell *a, const pps_cell *b);

/* Takes pieces of output in turn; a negative return (with *err set) stops the writer. */
typedef int (*pps_dimensions_sink_fn)(const void *bytes, size_t size, void *user, pps_error **err);

/* The Butler's export of these records, byte for byte; memory is bounded by one record. */
int pps_dimensions_export(const pps_dimensions *dims, pps_dimensions_sink_fn sink, void *user,
			  pps_error **err);
/* Reads an export. @universe NULL: the one that the file names (7 or 8); else the records become that
 * universe's. @name is for messages: "NAME:LINE:COLUMN: expected ...", PPS_E_FORMAT. Blocks of other
 * types than `dimension`: PPS_E_UNSUPPORTED. */
int pps_dimensions_import(pps_ctx *ctx, const char *name, const char *text, size_t size,
			  pps_universe *universe, pps_dimensions **ret_dims, pps_error **err);

/* The same from a file. */
int pps_dimensions_load_in(pps_ctx *ctx, const char *path, pps_universe *universe, pps_dimensions **ret_dims,
			   pps_error **err);

#endif
