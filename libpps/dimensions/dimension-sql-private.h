/* SPDX-License-Identifier: BSD-3-Clause */
/* What the files of the SQL side share. */
#ifndef PPS_DIMENSIONS_DIMENSION_SQL_PRIVATE_H
#define PPS_DIMENSIONS_DIMENSION_SQL_PRIVATE_H

#include "dimensions/dimension-sql.h"

static inline int pps_column_is_text(const pps_column *c)
{
	return c->type == PPS_COLUMN_STRING || c->type == PPS_COLUMN_HASH || c->type == PPS_COLUMN_REGION;
}

/* PPS_SQL_* of a column's type, and a cell as such a value. */
int pps_column_sql_type(int type);
pps_sql_value pps_cell_sql_value(int type, const pps_cell *cell);

/* Calls @fn for each row of an element's table that @where selects (alias r; NULL: all), with all its
 * cells. */
typedef int (*pps_row_fn)(void *user, const pps_cell *cells, pps_error **err);
int pps_dimension_each(pps_sql *sql, const pps_element *element, const char *where,
		       const pps_sql_value *params, size_t nparams, pps_row_fn fn, void *user,
		       pps_error **err);

/* A condition that selects at least the rows with some keys: each column is one of the values that the
 * keys have there. What comes back besides them is sifted out by the caller. */
typedef struct pps_key_where {
	pps_buf text;
	pps_sql_value params[PPS_KEYS_MAX];
	size_t nparams;
	void *lists[PPS_KEYS_MAX];
} pps_key_where;
#define PPS_KEY_WHERE { .text = PPS_BUF_LINE }

void pps_key_where_free(pps_key_where *where);

/* Gives column @col of the nth key. */
typedef pps_cell (*pps_key_fn)(const void *user, size_t n, size_t col);

/* For the keys @lo to @hi - 1 (at least one). @by_dimension: columns are called as in tables that refer
 * to the element (`visit`), not as in its own (`id`). Texts are borrowed from the keys. */
int pps_key_where_make(pps_key_where *where, const pps_element *element, int by_dimension, pps_key_fn key,
		       const void *user, size_t lo, size_t hi, pps_error **err);

/* pps_key_fn of a set of records: rows in the order of their keys. */
static inline pps_cell pps_records_key(const void *records, size_t n, size_t col)
{
	return pps_records_get(records, n, col);
}

/* Whether a universe has every element and column that has records here; PPS_E_UNSUPPORTED by name. */
int pps_dimension_match(const pps_dimensions *dims, const pps_universe *universe, pps_error **err);

#endif
