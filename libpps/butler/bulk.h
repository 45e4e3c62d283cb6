/* SPDX-License-Identifier: BSD-3-Clause */
/* Rows for several tables, inserted in one round trip where the database can. */
#ifndef PPS_BUTLER_BULK_H
#define PPS_BUTLER_BULK_H

#include "sql/sql.h"

#define PPS_BULK_COLUMNS_MOST 20

typedef struct pps_bulk_column {
	const char *name;
	int type;         /* PPS_SQL_INT, _TEXT or _UUID */
	const char *cast; /* on PostgreSQL; NULL: none */
} pps_bulk_column;

/* The rows of one table. */
typedef struct pps_bulk {
	char table[64];
	pps_bulk_column columns[PPS_BULK_COLUMNS_MOST];
	size_t ncolumns;
	pps_sql_value *values; /* row by row */
	size_t nrows;
	int may_be_there; /* rows that conflict with what is there are passed over; else they are an error (23505), which is cheaper */
	int64_t inserted; /* set by pps_bulk_insert() */
} pps_bulk;

/* Room for at most @most rows of the columns that are named before. */
int pps_bulk_reserve(pps_bulk *bulk, size_t most, pps_error **err);
/* The next row, to be filled. */
static inline pps_sql_value *pps_bulk_row(pps_bulk *bulk)
{
	return &bulk->values[bulk->nrows++ * bulk->ncolumns];
}
void pps_bulk_clear(pps_bulk *bulk);

/* Rows that come twice are taken out, in tables of two columns (integers, then integers or text); sorts them. */
void pps_bulk_make_unique(pps_bulk *bulk);

/* The tables that are written to, in the order that foreign keys need. */
typedef struct pps_bulk_plan {
	pps_bulk *at;
	size_t n, cap;
} pps_bulk_plan;

void pps_bulk_plan_clear(pps_bulk_plan *plan);
/* Adds a table with room for @most rows; @ret_bulk is good until the next one is added. When it is filled, pps_bulk_plan_end() takes it out
 * again if it has no rows. */
int pps_bulk_plan_add(pps_bulk_plan *plan, const char *table, const pps_bulk_column *columns, size_t ncolumns, size_t most,
		      pps_bulk **ret_bulk, pps_error **err);
void pps_bulk_plan_end(pps_bulk_plan *plan);

/* In the order given, which foreign keys need. In a transaction. */
int pps_bulk_insert(pps_sql *sql, pps_bulk *bulks, size_t n, pps_error **err);

#endif
