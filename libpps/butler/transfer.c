/* SPDX-License-Identifier: BSD-3-Clause */
/* Dimension records that datasets need, from one repository to another. */
#include <string.h>

#include "butler/butler-private.h"
#include "dimensions/dimension-sql.h"

static int by_number(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

static size_t unique(int64_t *at, size_t n)
{
	size_t kept = 0;

	if (n)
		qsort(at, n, sizeof *at, by_number);
	for (size_t i = 0; i < n; i++)
		if (!kept || at[kept - 1] != at[i])
			at[kept++] = at[i];
	return kept;
}

/* Exposures and detectors of the datasets of one instrument. */
static int collect(pps_butler *source, const pps_butler_datasets *datasets, const char *instrument, int mode, pps_dimensions *into,
		   pps_error **err)
{
	_cleanup_free_ int64_t *exposures = calloc(datasets->n + 1, sizeof *exposures);
	_cleanup_free_ int64_t *detectors = calloc(datasets->n + 1, sizeof *detectors);
	size_t ne = 0, nd = 0;

	if (!exposures || !detectors)
		return pps_fail_nomem(err);
	for (size_t i = 0; i < datasets->n; i++) {
		const pps_butler_dataset *d = &datasets->at[i];

		if (strcmp(d->instrument, instrument) != 0)
			continue;
		exposures[ne++] = d->exposure;
		if (d->detector >= 0)
			detectors[nd++] = d->detector;
	}
	return pps_dimension_collect_refs(source->sql, into, instrument, exposures, unique(exposures, ne), detectors,
					  unique(detectors, nd), mode == PPS_RECORDS_WITH_VISITS, err);
}

/* Each instrument at the first dataset that names it. */
static int collect_all(pps_butler *source, const pps_butler_datasets *datasets, int mode, pps_dimensions *into, pps_error **err)
{
	_cleanup_(pps_map_freep) pps_map *seen = pps_map_new();
	int r, n;

	if (!seen)
		return pps_fail_nomem(err);
	for (size_t i = 0; i < datasets->n; i++) {
		if ((n = pps_map_set_text(seen, datasets->at[i].instrument, seen)) < 0)
			return pps_fail_nomem(err);
		if (n && (r = collect(source, datasets, datasets->at[i].instrument, mode, into, err)) < 0)
			return r;
	}
	return PPS_OK;
}

static int count_missing(void *user, int kind, const pps_element *element _unused_, const char *key _unused_,
			 const char *column _unused_, pps_error **err _unused_)
{
	*(int64_t *)user += kind == PPS_RECORD_MISSING;
	return PPS_OK;
}

int pps_butler_transfer_dimensions(pps_butler *source, pps_butler *dest, const pps_butler_datasets *datasets, int mode, int flags,
				   int64_t *ret_inserted, pps_error **err)
{
	_cleanup_(pps_dimensions_freep) pps_dimensions *dims = NULL;
	int64_t inserted = 0, differences;
	int r;

	if (!(flags & PPS_BUTLER_DRY_RUN) && (r = pps_butler_check_writable(dest, err)) < 0)
		return r;
	if ((r = pps_dimensions_new_in(source->ctx, source->universe, &dims, err)) < 0 ||
	    (r = collect_all(source, datasets, mode, dims, err)) < 0)
		return pps_wrap(err, r, "dimension records of %s", source->config.uri);
	if (flags & PPS_BUTLER_DRY_RUN)
		r = pps_dimension_compare(dest->sql, dest->universe, dims, count_missing, &inserted, &differences, err);
	else
		r = pps_dimension_insert(dest->sql, dest->universe, dims, source->sql, &inserted, err);
	if (r < 0)
		return pps_wrap(err, r, "dimension records for %s", dest->config.uri);
	if (ret_inserted)
		*ret_inserted = inserted;
	return PPS_OK;
}
