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

/* In the order given, which foreign keys need. In a transaction. */
int pps_bulk_insert(pps_sql *sql, pps_bulk *bulks, size_t n, pps_error **err);

#endif
