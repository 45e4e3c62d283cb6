/* SPDX-License-Identifier: BSD-3-Clause */
/* Making a table: columns first, then cell after cell, and it never changes again. The public side, how it is read, is <pps/table.h>. */
#ifndef PPS_BASE_TABLE_H
#define PPS_BASE_TABLE_H

#include <pps/table.h>

#include "base/error.h"

PPS_DEFINE_CLEANUP(pps_table, pps_table_free)

/* What a column holds. */
enum {
	PPS_CELL_TEXT,
	PPS_CELL_INT,
	PPS_CELL_TIME,
	PPS_CELL_BOOL
};

typedef struct pps_table_column {
	const char *name;
	int kind; /* PPS_CELL_* */
} pps_table_column;

/* @flags: PPS_TABLE_*. */
int pps_table_new(int flags, pps_table **ret_table, pps_error **err);
/* One more column, called @prefix and @name; before the first cell. */
int pps_table_add(pps_table *table, int kind, const char *prefix, const char *name, pps_error **err);
/* Several, each called as it is. */
int pps_table_add_all(pps_table *table, const pps_table_column *columns, size_t n, pps_error **err);

/* The next cell, from left to right and from row to row. Failure is sticky, as in a pps_buf: put freely, and ask at the end. */
void pps_table_put_null(pps_table *table);
void pps_table_put_text(pps_table *table, const char *text); /* NULL: null */
void pps_table_put_int(pps_table *table, int64_t value);
void pps_table_put_known(pps_table *table, int64_t value);   /* a number that is 0 where there is none: null */
void pps_table_put_time(pps_table *table, int64_t tai);      /* what no dataset's time can be, PPS_TAI_MIN or PPS_TAI_MAX: null */
void pps_table_put_bool(pps_table *table, int value);

/* All rows are in. PPS_E_INTERNAL: a cell was put into a column of another kind, or the last row is not whole. */
int pps_table_finish(pps_table *table, pps_error **err);

#endif
