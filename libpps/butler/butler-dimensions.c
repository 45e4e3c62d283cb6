/* SPDX-License-Identifier: BSD-3-Clause */
/* Dimension records of one exposure out of a repository, and records into one; the public side of the dimension room. */
#include <string.h>

#include "base/codec.h"
#include "butler/butler.h"
#include "dimensions/dimension-sql.h"
#include "dimensions/records.h"

int pps_butler_find_exposure(pps_butler *butler, const char *instrument, const char *name, pps_butler_exposures **ret, pps_error **err)
{
	_cleanup_(pps_butler_exposures_freep) pps_butler_exposures *found = NULL;
	pps_exposure_query query = { .instrument = instrument };
	int64_t id;
	int r;

	if (pps_int_parse(name, &id, NULL) == PPS_OK) {
		query.ids = &id;
		query.nids = 1;
	} else {
		query.obs_ids = &name;
		query.nobs_ids = 1;
	}
	if ((r = pps_butler_find_exposures(butler, &query, &found, err)) < 0)
		return r;
	if (found->n == 0)
		return pps_fail(err, PPS_E_NOTFOUND, "there is no exposure %s%s%s in the repository", name, instrument ? " of " : "",
				instrument ? instrument : "");
	if (found->n > 1)
		return pps_fail(err, PPS_E_ARG, "%zu instruments have an exposure %s: say which instrument", found->n, name);
	*ret = TAKE_PTR(found);
	return PPS_OK;
}

int pps_butler_collect_dimensions(pps_butler *butler, const char *instrument, const char *exposure, pps_dimensions **ret_dims,
				  pps_error **err)
{
	_cleanup_(pps_butler_exposures_freep) pps_butler_exposures *found = NULL;
	_cleanup_(pps_dimensions_freep) pps_dimensions *dims = NULL;
	int r;

	if (!butler || !exposure || !ret_dims)
		return pps_fail(err, PPS_E_ARG, "pps_butler_collect_dimensions: butler, exposure and ret_dims must not be NULL");
	if ((r = pps_butler_find_exposure(butler, instrument, exposure, &found, err)) < 0 ||
	    (r = pps_dimensions_new_in(pps_butler_ctx(butler), (pps_universe *)pps_butler_universe(butler), &dims, err)) < 0 ||
	    (r = pps_dimension_collect_exposure(pps_butler_sql(butler), dims, found->at[0].instrument, found->at[0].id, err)) < 0)
		return r;
	*ret_dims = TAKE_PTR(dims);
	return PPS_OK;
}

static int count_missing(void *user, int kind, const pps_element *element, const char *key, const char *column, pps_error **err)
{
	int64_t *missing = user;

	(void)element;
	(void)key;
	(void)column;
	(void)err;
	*missing += kind == PPS_RECORD_MISSING;
	return PPS_OK;
}

int pps_butler_insert_dimensions(pps_butler *butler, const pps_dimensions *dims, int flags, int64_t *ret_inserted, pps_error **err)
{
	int64_t differences, missing = 0;
	int r;

	if (!butler || !dims)
		return pps_fail(err, PPS_E_ARG, "pps_butler_insert_dimensions: butler and dims must not be NULL");
	if (flags & PPS_BUTLER_DRY_RUN) {
		r = pps_dimension_compare(pps_butler_sql(butler), pps_butler_universe(butler), dims, count_missing, &missing, &differences, err);
		if (r == PPS_OK && ret_inserted)
			*ret_inserted = missing;
		return r;
	}
	if ((r = pps_butler_check_writable(butler, err)) < 0)
		return r;
	return pps_dimension_insert(pps_butler_sql(butler), pps_butler_universe(butler), dims, NULL, ret_inserted, err);
}
