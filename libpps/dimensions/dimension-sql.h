/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Dimension records in a repository's database: read, collected for an exposure, inserted as the Butler
 * inserts them, compared.
 *
 * The sets read have the source's universe; inserting and comparing match it with the target's by name.
 * Statements are bulk: their number does not grow with that of the records, but by chunks of a few
 * thousand.
 */
#ifndef PPS_DIMENSIONS_DIMENSION_SQL_H
#define PPS_DIMENSIONS_DIMENSION_SQL_H

#include "base/map.h"
#include "dimensions/records.h"
#include "sql/sql.h"

/* The universe of the repository behind @sql (butler_attributes). PPS_E_UNSUPPORTED as
 * pps_universe_parse(). */
int pps_dimension_universe(pps_sql *sql, pps_universe **ret_universe, pps_error **err);
/* Compares the columns of the repository's tables with the universe: an unexpected or missing one is
 * PPS_E_UNSUPPORTED by name. @ret_there (NULL allowed): all columns of all tables, "table.column" (keys; without values). */
int pps_dimension_check_tables(pps_sql *sql, const pps_universe *universe, pps_map **ret_there, pps_error **err);

/* Adds to @into the records of @element that @where selects, a condition on the alias "r", such as
 * "r.instrument = $1 AND r.id {in $2 int}"; NULL: all. */
int pps_dimension_read(pps_sql *sql, pps_dimensions *into, const char *element, const char *where,
		       const pps_sql_value *params, size_t nparams, pps_error **err);
/* The same for records named by primary key: @nkeys rows of as many cells as required dimensions. Keys
 * that are not there are left out; @ret_found (NULL allowed): how many were found. */
int pps_dimension_read_keys(pps_sql *sql, pps_dimensions *into, const char *element, const pps_cell *keys,
			    size_t nkeys, size_t *ret_found, pps_error **err);

/* What goes into `<obs_id>_dimensions.yaml`: exposure, day_obs, group, its visits with their
 * definitions, regions of all detectors and memberships, and every visit system of the instrument. A visit
 * of another night or filter than the exposure is left out, as the Python Butler leaves it out. No
 * such exposure: PPS_E_NOTFOUND. */
int pps_dimension_collect_exposure(pps_sql *sql, pps_dimensions *into, const char *instrument,
				   int64_t exposure, pps_error **err);
/* What Butler.transfer_dimension_records_from() carries for datasets of exposures x detectors (raw,
 * guider_raw): instrument, detectors, physical filters, day_obs, groups, exposures. @with_visits: also
 * visits, definitions, regions and memberships of the exposures, and the visit systems that these name.
 * An exposure or detector that is not there: PPS_E_NOTFOUND. */
int pps_dimension_collect_refs(pps_sql *sql, pps_dimensions *into, const char *instrument,
			       const int64_t *exposures, size_t nexposures,
			       const int64_t *detectors, size_t ndetectors, int with_visits, pps_error **err);

/* Inserts what is not there: element by element in the universe's order, each in short transactions of
 * its own, rows sorted by key; existing rows stay as they are. Sky pixel overlaps of visit,
 * visit_detector_region, tract and patch come from @source, a repository with the same sky pixels, or
 * are computed from the regions when @source is NULL. The same key in another unique column
 * (exposure.obs_id), or a record that needs one that is not there: PPS_E_CONFLICT. @ret_inserted (NULL
 * allowed): new records (overlap rows are not counted). May be repeated at any time. */
int pps_dimension_insert(pps_sql *target, const pps_universe *universe, const pps_dimensions *dims,
			 pps_sql *source, int64_t *ret_inserted, pps_error **err);

/* The same, faster where hardly any of the records is there. */
int pps_dimension_insert_new(pps_sql *target, const pps_universe *universe, const pps_dimensions *dims,
			     pps_sql *source, int64_t *ret_inserted, pps_error **err);

enum { PPS_RECORD_MISSING = 1, PPS_RECORD_DIFFERENT, PPS_RECORD_NO_OVERLAPS };

/* @kind: PPS_RECORD_MISSING, _DIFFERENT (@column names the first that is), or _NO_OVERLAPS (it has a
 * region and no overlap row). @key: as pps_records_describe(). A negative return stops. */
typedef int (*pps_difference_fn)(void *user, int kind, const pps_element *element, const char *key,
	     const char *column, pps_error **err);

/* Whether the target has these records with this content; calls @fn (NULL allowed) for each that it has not.
 * @ret_differences: how many. */
int pps_dimension_compare(pps_sql *target, const pps_universe *universe, const pps_dimensions *dims,
			  pps_difference_fn fn, void *user, int64_t *ret_differences, pps_error **err);

#endif
