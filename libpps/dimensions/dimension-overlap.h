/* SPDX-License-Identifier: BSD-3-Clause */
/* Sky pixel overlaps of some rows of a set of records. */
#ifndef PPS_DIMENSIONS_DIMENSION_OVERLAP_H
#define PPS_DIMENSIONS_DIMENSION_OVERLAP_H

#include "dimensions/dimension-sql-private.h"

typedef struct pps_overlap {
	size_t row;    /* of the records */
	int64_t index; /* sky pixel */
} pps_overlap;

typedef struct pps_overlaps {
	const pps_records *records;
	size_t lo, hi; /* rows lo to hi - 1 */
	pps_overlap *at;
	size_t n;
	size_t cap;
	uint32_t *counts; /* per row, from lo */
} pps_overlaps;

int pps_overlaps_init(pps_overlaps *overlaps, const pps_records *records, size_t lo, size_t hi,
		      pps_error **err);
void pps_overlaps_free(pps_overlaps *overlaps);
/* Adds what a repository has for these rows. */
int pps_overlaps_read(pps_overlaps *overlaps, pps_sql *sql, const pps_universe *universe, pps_error **err);
/* Adds the envelopes of the regions of those rows that have none yet. */
int pps_overlaps_compute(pps_overlaps *overlaps, const pps_universe *universe, pps_error **err);
/* By row and index: the order of the table's primary key. */
int pps_overlap_order(const pps_overlap *a, const pps_overlap *b);
void pps_overlaps_sort(pps_overlaps *overlaps);
/* Inserts them where they are not there. @is_new: none should be there; one that is, is an error (23505). */
int pps_overlaps_insert(const pps_overlaps *overlaps, pps_sql *sql, const pps_universe *universe,
			int is_new, pps_error **err);

/* ON CONFLICT ("a", "b") DO NOTHING */
void pps_conflict_clause(pps_buf *b, const pps_sql_column *columns, size_t n);

#endif
