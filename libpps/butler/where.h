/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The Butler's `where` expressions for exposures, as SQL.
 *
 * An expression is read, its names are looked up in the repository's universe, its types are checked, and it
 * becomes one SQL condition on a row of {exposure}; literals become parameters. The condition is false, true
 * or NULL as in SQL: take the rows for which it is true. Other tables that it needs (visit, detector ...) are
 * inside it, in EXISTS (...), so the statement around it neither joins them nor needs DISTINCT.
 *
 *   SELECT e.id FROM {exposure} AS e WHERE <condition> AND ...
 *
 * What is accepted, and which exposures are meant, agrees with the Python Butler: names of dimensions and
 * their fields (also of other elements, `visit.name`), = != < <= > >=, + - * / %, [NOT] IN with ranges
 * `1..9:2`, AND OR NOT, OVERLAPS of time spans, `= NULL`, T'...' times, GLOB(). As there, the expression must
 * constrain `instrument` when it uses keys that depend on it, unless the options give it. Overlaps of regions
 * (of visits with tracts, also where the expression merely mentions both, or with POINT() and CIRCLE()) are
 * looked up in the repository when the expression is compiled, and the condition then names the exposures.
 * Not supported (PPS_E_UNSUPPORTED): BOX(), POLYGON(), REGION(), times in UT1.
 */
#ifndef PPS_BUTLER_WHERE_H
#define PPS_BUTLER_WHERE_H

#include "dimensions/universe.h"
#include "sql/sql.h"

typedef struct pps_where pps_where;

typedef struct pps_where_options {
	int kind;               /* PPS_SQL_SQLITE or PPS_SQL_POSTGRES: whose SQL is written */
	const char *instrument; /* the data ID's instrument: only its exposures; NULL: any */
	pps_sql *sql;       /* the repository, for overlaps of regions; NULL: they are PPS_E_UNSUPPORTED */
	const char *skymap; /* taken where keys of tracts or patches are used and nothing is said of skymap */
} pps_where_options;

/*
 * @text: "" (or blanks) for every exposure. @universe is not kept.
 * An expression that is not well-formed, or that names or combines what cannot be: PPS_E_ARG, with the place
 * in the message ("where:1:12: expected ...": line and column, in characters from 1) and in pps_error_line()
 * and pps_error_column(); what the Butler has and we have not: PPS_E_UNSUPPORTED, with the place as well.
 */
int pps_where_compile(const pps_universe *universe, const char *text, const pps_where_options *options,
		      pps_where **ret_where, pps_error **err);
void pps_where_free(pps_where *where);
PPS_DEFINE_CLEANUP(pps_where, pps_where_free)

/* Appends the condition, complete in itself (in parentheses where needed), to @b; @alias is that of
 * {exposure} in the statement; its parameters are numbered from $first_param. Ask pps_buf_check() as after
 * any append. */
void pps_where_condition(const pps_where *where, const char *alias, size_t first_param, pps_buf *b);
/* The parameters' values, *ret_n of them, in order; borrowed from @where. */
const pps_sql_value *pps_where_params(const pps_where *where, size_t *ret_n);

#endif
