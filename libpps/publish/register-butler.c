/* SPDX-License-Identifier: BSD-3-Clause */
#include "publish/register-butler.h"

#include <string.h>

#define TEXTS_MOST (64u << 20) /* of one chunk */

int pps_register_row(const pps_ref *ref, const pps_ref_end *end, pps_arena *arena, pps_dataset_row *row, pps_error **err)
{
	_cleanup_free_ char *data_id = NULL;
	int r;

	if ((r = pps_ref_data_id(ref, &data_id, err)) < 0)
		return r;
	*row = (pps_dataset_row){ .id = ref->id, .type = pps_arena_name(arena, ref->type->name), .run = pps_arena_name(arena, ref->run),
				  .instrument = pps_arena_name(arena, end->instrument), .data_id = pps_arena_text(arena, data_id), .visit = end->visit,
				  .day_obs = end->day_obs, .end_kind = end->kind, .end = end->end };
	if (!row->type || !row->run || !row->instrument || !row->data_id)
		return pps_arena_fail(arena, "datasets", err);
	memset(row->status.status, PPS_STATUS_NEVER, sizeof row->status.status);
	return PPS_OK;
}

static int fill(const pps_register_source *source, const pps_ref *ref, const pps_ref_end *end, pps_arena *arena, pps_dataset_row *row, pps_error **err)
{
	const int first = source->flow->ordinal[0];
	int r;

	if ((r = pps_register_row(ref, end, arena, row, err)) < 0)
		return r;
	row->status.status[first] = PPS_STATUS_PRESENT;
	row->status.at[first] = ref->ingest_date ? ref->ingest_date : source->now;
	return PPS_OK;
}

static int look_up(const pps_register_source *source, const pps_uuid *ids, size_t n, pps_found **ret_found, pps_error **err)
{
	_cleanup_(pps_found_freep) pps_found *found = calloc(1, sizeof *found);
	_cleanup_(pps_refs_freep) pps_refs *refs = NULL;
	_cleanup_free_ pps_ref_end *ends = NULL;
	int r;

	if (!found)
		return pps_fail_nomem(err);
	if ((r = pps_arena_new(TEXTS_MOST, &found->arena, err)) < 0 || (r = pps_butler_find_refs(source->first, ids, n, 0, &refs, err)) < 0)
		return r;
	if (!(ends = calloc(refs->n + 1, sizeof *ends)) || !(found->at = calloc(refs->n + 1, sizeof *found->at)))
		return pps_fail_nomem(err);
	if ((r = pps_butler_find_ends(source->first, refs, ends, err)) < 0)
		return r;
	for (; found->n < refs->n; found->n++)
		if ((r = fill(source, &refs->at[found->n], &ends[found->n], found->arena, &found->at[found->n], err)) < 0)
			return r;
	*ret_found = TAKE_PTR(found);
	return PPS_OK;
}

static int find(void *user, const pps_uuid *ids, size_t n, pps_found **ret_found, pps_error **err)
{
	const pps_register_source *source = user;

	return source->first ? look_up(source, ids, n, ret_found, err) : pps_fail(err, PPS_E_UNAVAILABLE, "the first repository is down");
}

static int plan(void *user, const pps_dataset_row *row, pps_dataset_next *ret_next, pps_error **err)
{
	const pps_register_source *source = user;
	const pps_rule rule = pps_publish_flow_rule(source->flow, *row->origin ? row->origin : NULL, row->type);

	(void)err;
	*ret_next = pps_publish_flow_next(source->flow, row, source->now);
	return !rule.policy;
}

pps_registrar pps_register_from(pps_register_source *source)
{
	source->targets = pps_publish_flow_targets(source->flow, source->now);
	return (pps_registrar){ .ctx = source->flow->ctx, .state = source->flow->state, .lock = source->flow->lock, .find = find, .plan = plan,
				.user = source, .targets = &source->targets, .is_down = &source->is_down };
}
