/* SPDX-License-Identifier: BSD-3-Clause */
/* A chunk of datasets from one repository to another: dimension records, files, then rows. */
#include "butler/transfer-chunk.h"

#include <string.h>

#include "butler/butler-private.h"
#include "butler/records.h"

int pps_transfer_begin(pps_transfer *t, pps_error **err)
{
	return (t->copiers = calloc(t->dest->config.nmembers + 1, sizeof(pps_copier *))) ? PPS_OK : pps_fail_nomem(err);
}

void pps_transfer_end(pps_transfer *t)
{
	for (size_t m = 0; t->copiers && m < t->dest->config.nmembers; m++)
		pps_copier_free(t->copiers[m]);
	free(t->copiers);
	t->copiers = NULL;
}

void pps_load_clear(pps_load *l)
{
	free(l->results);
	pps_ref_places_free(l->places);
	pps_refs_free(l->refs);
	*l = (pps_load){ .ids = l->ids, .n = l->n };
}

/* ---- files ---- */

/* Below the root: a member of a zip comes with all of the zip. */
static const char *name_of(pps_load *l, const pps_ref_place *place, pps_error **err)
{
	_cleanup_free_ char *name = strndup(place->path, strcspn(place->path, "#"));
	const char *kept = name ? pps_arena_text(l->places->arena, name) : NULL;

	if (!kept)
		pps_arena_fail(l->places->arena, "places of files", err);
	return kept;
}

static int copier_of(pps_transfer *t, size_t member, pps_copier **ret, pps_error **err)
{
	int r = PPS_OK;

	if (!t->copiers[member])
		r = pps_copier_new(t->dest->ctx, pps_butler_datastore_root(t->dest, member), t->threads, &t->copiers[member], err);
	*ret = t->copiers[member];
	return r;
}

/* What cannot be moved is its dataset's failure alone. */
static int note_failures(pps_load *l, const pps_copy_item *items, const size_t *at, size_t n, pps_error **err)
{
	for (size_t i = 0; i < n; i++) {
		pps_ref_place *place = &l->places->at[at[i]];

		if (items[i].code == PPS_OK)
			continue;
		if (!(place->problem = pps_arena_text(l->places->arena, items[i].reason ? items[i].reason : pps_error_code_name(items[i].code))))
			return pps_arena_fail(l->places->arena, "places of files", err);
	}
	return PPS_OK;
}

static int move_items(pps_transfer *t, pps_load *l, size_t member, pps_copy_item *items, const size_t *at, size_t n, pps_error **err)
{
	const pps_copy_options options = { .flags = PPS_COPY_PROVE };
	pps_copier *copier;
	int r;

	if ((r = copier_of(t, member, &copier, err)) < 0)
		return r;
	r = (t->mode == PPS_TRANSFER_COPY ? pps_copier_copy : pps_copier_link)(copier, items, n, &options, err);
	return r < 0 ? r : note_failures(l, items, at, n, err);
}

/* All files of one of the destination's datastores. */
static int move_member(pps_transfer *t, pps_load *l, size_t member, pps_error **err)
{
	_cleanup_free_ pps_copy_item *items = calloc(l->places->n + 1, sizeof *items);
	_cleanup_free_ size_t *at = calloc(l->places->n + 1, sizeof *at);
	size_t n = 0;
	int r = PPS_OK;

	if (!items || !at)
		return pps_fail_nomem(err);
	for (size_t i = 0; i < l->places->n; i++) {
		const pps_ref_place *place = &l->places->at[i];
		const char *name;

		if (place->problem || place->member != member || strcmp(place->from, place->to) == 0)
			continue;
		if (!(name = name_of(l, place, err)))
			return PPS_E_NOMEM;
		items[n] = (pps_copy_item){ .from = place->from, .name = name, .size = place->file->size };
		at[n++] = i;
	}
	if (n)
		r = move_items(t, l, member, items, at, n, err);
	pps_copy_items_clear(items, n);
	return r;
}

static int move_files(pps_transfer *t, pps_load *l, pps_error **err)
{
	int r = PPS_OK;

	if (t->mode != PPS_TRANSFER_COPY && t->mode != PPS_TRANSFER_HARDLINK)
		return PPS_OK;
	for (size_t m = 0; r >= 0 && m < t->dest->config.nmembers; m++)
		r = move_member(t, l, m, err);
	return r < 0 ? pps_wrap(err, r, "files") : PPS_OK;
}

/* ---- a chunk ---- */

static int outcome_of(const pps_load *l, size_t i)
{
	switch (l->results[i].outcome) {
	case PPS_REF_INSERTED:
		return PPS_DATASET_INSERTED;
	case PPS_REF_THERE:
		return PPS_DATASET_THERE;
	case PPS_REF_DIFFERENT:
		return PPS_DATASET_DIFFERENT;
	default:
		return l->refs->at[i].nfiles ? PPS_DATASET_FAILED : PPS_DATASET_MISSING;
	}
}

int pps_transfer_tell(const pps_transfer *t, const pps_load *l)
{
	int r = PPS_OK;

	for (size_t i = 0, k = 0; t->fn && r >= 0 && i < l->n; i++) {
		const int known = k < l->refs->n && pps_uuid_compare(&l->refs->at[k].id, &l->ids[i]) == 0;
		char id[37];

		pps_uuid_format(&l->ids[i], id);
		if (known)
			r = t->fn(id, l->refs->at[k].type->name, outcome_of(l, k), l->results[k].reason, t->user);
		else
			r = t->fn(id, NULL, PPS_DATASET_MISSING, "the source does not know it", t->user);
		k += (size_t)known;
	}
	return r;
}

static void take_turn(const pps_transfer *t)
{
	if (t->turn)
		pthread_mutex_lock(t->turn);
}

static void give_turn(const pps_transfer *t)
{
	if (t->turn)
		pthread_mutex_unlock(t->turn);
}

/* Between the steps of a chunk. */
static int check_wanted(const pps_transfer *t, pps_error **err)
{
	return t->is_over && __atomic_load_n(t->is_over, __ATOMIC_SEQ_CST) ? pps_fail(err, PPS_E_CANCELLED, "the transfer is over") : PPS_OK;
}

static int bring_records(pps_transfer *t, pps_load *l, pps_error **err)
{
	int r;

	take_turn(t);
	r = pps_butler_ensure_ref_records(t->source, t->dest, l->refs, t->flags, NULL, err);
	give_turn(t);
	return r < 0 ? pps_wrap(err, r, "dimension records") : PPS_OK;
}

int pps_transfer_prepare(pps_transfer *t, pps_load *l, pps_error **err)
{
	int r;

	if ((r = check_wanted(t, err)) < 0 || (r = pps_butler_find_refs(t->source, l->ids, l->n, PPS_REFS_FILES, &l->refs, err)) < 0)
		return r;
	if (!(l->results = calloc(l->refs->n + 1, sizeof *l->results)))
		return pps_fail_nomem(err);
	if ((r = bring_records(t, l, err)) < 0 || (r = pps_butler_plan_files(t->source, t->dest, l->refs, t->mode, &l->places, err)) < 0)
		return r;
	if (t->flags & PPS_BUTLER_DRY_RUN)
		return PPS_OK;
	return (r = check_wanted(t, err)) < 0 || (r = move_files(t, l, err)) < 0 ? r : check_wanted(t, err);
}

int pps_transfer_write(pps_transfer *t, pps_load *l, pps_error **err)
{
	int r;

	if (t->flags & PPS_BUTLER_DRY_RUN)
		return pps_butler_look_refs(t->dest, l->refs, l->places, l->results, err);
	take_turn(t);
	r = pps_butler_insert_refs(t->dest, l->refs, l->places, NULL, l->results, NULL, err);
	give_turn(t);
	return r;
}
