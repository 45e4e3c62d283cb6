/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Dimension records that datasets of any dimensions need, from one repository to another, in bulk: what the Python Butler's
 * transfer_dimension_records_from() does, row for row, overlaps with sky pixels included.
 *
 * Every function may be repeated at any time and run beside other writers: each element of the universe is written in short
 * transactions of its own, in the universe's order, its rows sorted by primary key; deadlocks, lock time-outs and lost connections
 * run again. None may be called inside a transaction.
 */
#ifndef PPS_BUTLER_RECORDS_H
#define PPS_BUTLER_RECORDS_H

#include "butler/butler.h"
#include "butler/ref.h"

/* Data IDs of one set of dimensions; the same one may come more than once. */
typedef struct pps_data_ids {
	const char *const *dimensions; /* the required ones, in any order: as pps_butler_type has them */
	size_t ndimensions;
	const pps_sql_value *values; /* row by row, @ndimensions each: PPS_SQL_INT or PPS_SQL_TEXT */
	size_t n;
} pps_data_ids;

/*
 * Copies the records that @ids (@nids sets of dimensions) need and @dest has not; those that are there stay as they are. As in Python,
 * a visit brings its definitions, with their exposures, and its memberships; its detectors' regions are those of the data IDs, or all
 * where no data ID of the call has a region of its own. @mode: PPS_RECORDS_REFS, or PPS_RECORDS_WITH_VISITS: also visits of exposures with
 * what is recorded of them, as a yaml has it. @flags: 0 or PPS_BUTLER_DRY_RUN (counts only). @ret_inserted (NULL allowed): records
 * added, overlap rows not counted.
 *
 * A record that is neither here nor there: PPS_E_NOTFOUND; the same obs_id, name ... under another key: PPS_E_CONFLICT; an element that
 * @dest's universe has not: PPS_E_UNSUPPORTED.
 */
int pps_butler_ensure_records(pps_butler *source, pps_butler *dest, const pps_data_ids *ids, size_t nids, int mode,
			      int flags, int64_t *ret_inserted, pps_error **err);

/* A flag of pps_butler_revise_records(): nothing is added; only what @dest has is compared, and replaced. */
#define PPS_RECORDS_ONLY_THERE 0x100

/* Which records of a dimension @dest has, whole, with the sky pixels of their regions: @keys: @n rows of its required dimensions, in the universe's
 * order, as in the type's tables. @ret_there: 1 or 0 for each. */
int pps_butler_have_records(pps_butler *dest, const char *dimension, const pps_sql_value *keys, size_t n, uint8_t *ret_there, pps_error **err);

/* A record that @dest has with other content: which @element, its @key ("instrument=LSSTCam, visit=7"), and the first @column that
 * differs. A negative return stops. */
typedef int (*pps_revision_fn)(void *user, const char *element, const char *key, const char *column, pps_error **err);

/*
 * The same, and then replaces those of the records that @dest has with other content, and their sky pixels where the region is another:
 * the effect of syncDimensionData(update=True). What refers to them stays. @fn (NULL allowed) is told of each one, after it was replaced;
 * with PPS_BUTLER_DRY_RUN nothing is. @flags: also PPS_RECORDS_ONLY_THERE. @ret_revised (NULL allowed): how many.
 */
int pps_butler_revise_records(pps_butler *source, pps_butler *dest, const pps_data_ids *ids, size_t nids, int mode, int flags,
			      pps_revision_fn fn, void *user, int64_t *ret_inserted, int64_t *ret_revised, pps_error **err);

/* Both for datasets of @source. */
int pps_butler_ensure_ref_records(pps_butler *source, pps_butler *dest, const pps_refs *refs, int flags, int64_t *ret_inserted,
				  pps_error **err);
int pps_butler_revise_ref_records(pps_butler *source, pps_butler *dest, const pps_refs *refs, int flags, pps_revision_fn fn, void *user,
				  int64_t *ret_inserted, int64_t *ret_revised, pps_error **err);

/*
 * What a repository needs before any dataset of these instruments and skymaps comes: instrument, detectors and physical filters; skymap,
 * tracts and patches, with their sky pixels. Those that are there stay, and @fn (NULL allowed) is told of each that differs. @flags and
 * @ret_inserted as above. A name that @source has not: PPS_E_NOTFOUND.
 */
int pps_butler_prepare_records(pps_butler *source, pps_butler *dest, const char *const *instruments, size_t ninstruments,
			       const char *const *skymaps, size_t nskymaps, int flags, pps_revision_fn fn, void *user,
			       int64_t *ret_inserted, pps_error **err);

#endif
