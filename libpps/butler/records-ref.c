/* SPDX-License-Identifier: BSD-3-Clause */
/* Dimension records of datasets. */
#include <string.h>

#include "butler/arena.h"
#include "butler/records.h"

/* The data IDs of one dataset type. */
static int collect_type(const pps_refs *refs, const pps_butler_type *type, pps_arena *arena, pps_data_ids *ids, pps_error **err)
{
	pps_sql_value *values;
	size_t n = 0;

	for (size_t i = 0; i < refs->n; i++)
		n += refs->at[i].type == type;
	if (!(values = pps_arena_alloc(arena, (n * type->ndimensions + 1) * sizeof *values)))
		return pps_arena_fail(arena, "data IDs", err);
	*ids = (pps_data_ids){ .dimensions = type->dimensions, .ndimensions = type->ndimensions, .values = values };
	for (size_t i = 0; i < refs->n; i++)
		if (refs->at[i].type == type && type->ndimensions)
			memcpy(values + ids->n++ * type->ndimensions, refs->at[i].keys, type->ndimensions * sizeof *values);
	return PPS_OK;
}

static int collect(const pps_refs *refs, pps_arena *arena, pps_data_ids **ret_ids, pps_error **err)
{
	pps_data_ids *ids = pps_arena_alloc(arena, (refs->types->n + 1) * sizeof *ids);
	int r = ids ? PPS_OK : pps_arena_fail(arena, "data IDs", err);

	for (size_t i = 0; r == PPS_OK && i < refs->types->n; i++)
		r = collect_type(refs, &refs->types->at[i], arena, &ids[i], err);
	*ret_ids = ids;
	return r;
}

int pps_butler_ensure_ref_records(pps_butler *source, pps_butler *dest, const pps_refs *refs, int flags, int64_t *ret_inserted, pps_error **err)
{
	_cleanup_(pps_arena_freep) pps_arena *arena = NULL;
	pps_data_ids *ids;
	int r;

	if ((r = pps_arena_new((size_t)pps_ctx_memory(pps_butler_ctx(source)), &arena, err)) < 0 || (r = collect(refs, arena, &ids, err)) < 0)
		return r;
	return pps_butler_ensure_records(source, dest, ids, refs->types->n, PPS_RECORDS_REFS, flags, ret_inserted, err);
}

int pps_butler_revise_ref_records(pps_butler *source, pps_butler *dest, const pps_refs *refs, int flags, pps_revision_fn fn, void *user,
				  int64_t *ret_inserted, int64_t *ret_revised, pps_error **err)
{
	_cleanup_(pps_arena_freep) pps_arena *arena = NULL;
	pps_data_ids *ids;
	int r;

	if ((r = pps_arena_new((size_t)pps_ctx_memory(pps_butler_ctx(source)), &arena, err)) < 0 || (r = collect(refs, arena, &ids, err)) < 0)
		return r;
	return pps_butler_revise_records(source, dest, ids, refs->types->n, PPS_RECORDS_REFS, flags, fn, user, ret_inserted, ret_revised, err);
}
