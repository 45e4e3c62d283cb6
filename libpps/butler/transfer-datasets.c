/* SPDX-License-Identifier: BSD-3-Clause */
/* Datasets from one repository to another: dimension records, files, then rows, a few thousand at a time. */
#include <string.h>

#include "butler/butler-private.h"
#include "butler/choose.h"
#include "butler/chunk.h"
#include "butler/records.h"
#include "butler/ref.h"
#include "store/copy.h"

struct transfer {
	pps_butler *source, *dest;
	int mode; /* PPS_TRANSFER_* */
	int flags;
	pps_butler_transfer_fn fn;
	void *user;
	pps_copier **copiers; /* of the destination's datastores; NULL: not needed yet */
};

/* What is known of one chunk. */
struct load {
	const pps_uuid *ids; /* sorted, each once */
	size_t n;
	pps_refs *refs;
	pps_ref_places *places;
	pps_ref_result *results;
};

static void transfer_clear(struct transfer *t)
{
	for (size_t m = 0; t->copiers && m < t->dest->config.nmembers; m++)
		pps_copier_free(t->copiers[m]);
	free(t->copiers);
}

static void load_clear(struct load *l)
{
	free(l->results);
	pps_ref_places_free(l->places);
	pps_refs_free(l->refs);
}

static int parse_mode(const char *text, int *ret, pps_error **err)
{
	static const struct {
		const char *name;
		int mode;
	} modes[] = { { "copy", PPS_TRANSFER_COPY }, { "hardlink", PPS_TRANSFER_HARDLINK }, { "direct", PPS_TRANSFER_DIRECT }, { "in_place", PPS_TRANSFER_IN_PLACE } };

	for (size_t i = 0; i < PPS_COUNT(modes); i++)
		if (strcmp(text, modes[i].name) == 0) {
			*ret = modes[i].mode;
			return PPS_OK;
		}
	return pps_fail(err, PPS_E_ARG, "\"%s\" is no way of transfer: copy, hardlink, direct or in_place", text);
}

/* ---- files ---- */

/* Below the root: a member of a zip comes with all of the zip. */
static const char *name_of(struct load *l, const pps_ref_place *place, pps_error **err)
{
	_cleanup_free_ char *name = strndup(place->path, strcspn(place->path, "#"));
	const char *kept = name ? pps_arena_text(l->places->arena, name) : NULL;

	if (!kept)
		pps_arena_fail(l->places->arena, "places of files", err);
	return kept;
}

static int copier_of(struct transfer *t, size_t member, pps_copier **ret, pps_error **err)
{
	int r = PPS_OK;

	if (!t->copiers[member])
		r = pps_copier_new(t->dest->ctx, pps_butler_datastore_root(t->dest, member), 0, &t->copiers[member], err);
	*ret = t->copiers[member];
	return r;
}

/* What cannot be moved is its dataset's failure alone. */
static int note_failures(struct load *l, const pps_copy_item *items, const size_t *at, size_t n, pps_error **err)
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

static int move_items(struct transfer *t, struct load *l, size_t member, pps_copy_item *items, const size_t *at, size_t n, pps_error **err)
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
static int move_member(struct transfer *t, struct load *l, size_t member, pps_error **err)
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

static int move_files(struct transfer *t, struct load *l, pps_error **err)
{
	int r = PPS_OK;

	if (t->mode != PPS_TRANSFER_COPY && t->mode != PPS_TRANSFER_HARDLINK)
		return PPS_OK;
	for (size_t m = 0; r >= 0 && m < t->dest->config.nmembers; m++)
		r = move_member(t, l, m, err);
	return r < 0 ? pps_wrap(err, r, "files") : PPS_OK;
}

/* ---- a chunk ---- */

static int outcome_of(const struct load *l, size_t i)
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

/* In the order of UUIDs, those that the source does not know among them. */
static int tell(const struct transfer *t, const struct load *l)
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

static int transfer_chunk(struct transfer *t, struct load *l, pps_error **err)
{
	const int is_dry = t->flags & PPS_BUTLER_DRY_RUN;
	int r;

	if ((r = pps_butler_find_refs(t->source, l->ids, l->n, PPS_REFS_FILES, &l->refs, err)) < 0)
		return r;
	if (!(l->results = calloc(l->refs->n + 1, sizeof *l->results)))
		return pps_fail_nomem(err);
	if ((r = pps_butler_ensure_ref_records(t->source, t->dest, l->refs, t->flags, NULL, err)) < 0)
		return pps_wrap(err, r, "dimension records");
	if ((r = pps_butler_plan_files(t->source, t->dest, l->refs, t->mode, &l->places, err)) < 0)
		return r;
	if (is_dry)
		return pps_butler_look_refs(t->dest, l->refs, l->places, l->results, err);
	if ((r = move_files(t, l, err)) < 0)
		return r;
	return pps_butler_insert_refs(t->dest, l->refs, l->places, NULL, NULL, l->results, NULL, err);
}

static int transfer_all(struct transfer *t, const pps_uuid *ids, size_t n, pps_error **err)
{
	_cleanup_free_ pps_uuid *sorted = NULL;
	int r = pps_chunk_sort(ids, n, &sorted, &n, err);

	for (size_t i = 0; r >= 0 && i < n; i += PPS_REFS_CHUNK) {
		_cleanup_(load_clear) struct load l = { .ids = sorted + i, .n = n - i < PPS_REFS_CHUNK ? n - i : PPS_REFS_CHUNK };

		if ((r = pps_ctx_check(t->dest->ctx, err)) < 0 || (r = transfer_chunk(t, &l, err)) < 0)
			break;
		if ((r = tell(t, &l)) < 0)
			return pps_fail(err, r, "stopped by the caller");
		pps_progress(t->dest->ctx, "transfer", i + l.n, n, "datasets");
	}
	return r < 0 ? pps_wrap(err, r, "transfer to %s", t->dest->config.uri) : PPS_OK;
}

/* ---- the public side ---- */

static int begin(struct transfer *t, const char *mode, pps_error **err)
{
	int r;

	if (!t->source || !t->dest || !mode)
		return pps_fail(err, PPS_E_ARG, "a transfer needs a source, a destination and a mode");
	if ((r = parse_mode(mode, &t->mode, err)) < 0 || (!(t->flags & PPS_BUTLER_DRY_RUN) && (r = pps_butler_check_writable(t->dest, err)) < 0))
		return r;
	return (t->copiers = calloc(t->dest->config.nmembers + 1, sizeof(pps_copier *))) ? PPS_OK : pps_fail_nomem(err);
}

int pps_butler_transfer(pps_butler *source, pps_butler *dest, const char *const *ids, size_t n, const char *mode, int flags,
			pps_butler_transfer_fn fn, void *user, pps_error **err)
{
	_cleanup_(transfer_clear) struct transfer t = { .source = source, .dest = dest, .flags = flags & PPS_BUTLER_DRY_RUN, .fn = fn, .user = user };
	_cleanup_free_ pps_uuid *list = NULL;
	int r;

	if ((r = begin(&t, mode, err)) < 0 || (r = pps_uuids_parse(ids, n, &list, err)) < 0)
		return r;
	return transfer_all(&t, list, n, err);
}

/* The records of one chunk; each of its datasets must be known. */
static int ensure_records(pps_butler *source, pps_butler *dest, const pps_uuid *ids, size_t n, int flags, int64_t *inserted, pps_error **err)
{
	_cleanup_(pps_refs_freep) pps_refs *refs = NULL;
	int64_t more = 0;
	char id[37];
	int r;

	if ((r = pps_butler_find_refs(source, ids, n, 0, &refs, err)) < 0)
		return r;
	for (size_t i = 0; refs->n < n && i < n; i++)
		if (!pps_refs_get(refs, &ids[i])) {
			pps_uuid_format(&ids[i], id);
			return pps_fail(err, PPS_E_NOTFOUND, "the source does not know dataset %s", id);
		}
	r = pps_butler_ensure_ref_records(source, dest, refs, flags, &more, err);
	*inserted += more;
	return r;
}

int pps_butler_transfer_dimensions(pps_butler *source, pps_butler *dest, const char *const *ids, size_t n, int flags, int64_t *ret_inserted,
				   pps_error **err)
{
	_cleanup_free_ pps_uuid *list = NULL, *sorted = NULL;
	int64_t inserted = 0;
	int r;

	if (!source || !dest)
		return pps_fail(err, PPS_E_ARG, "pps_butler_transfer_dimensions: source and dest must not be NULL");
	if ((!(flags & PPS_BUTLER_DRY_RUN) && (r = pps_butler_check_writable(dest, err)) < 0) || (r = pps_uuids_parse(ids, n, &list, err)) < 0 ||
	    (r = pps_chunk_sort(list, n, &sorted, &n, err)) < 0)
		return r;
	for (size_t i = 0; i < n; i += PPS_REFS_CHUNK)
		if ((r = pps_ctx_check(dest->ctx, err)) < 0 ||
		    (r = ensure_records(source, dest, sorted + i, n - i < PPS_REFS_CHUNK ? n - i : PPS_REFS_CHUNK, flags & PPS_BUTLER_DRY_RUN,
					&inserted, err)) < 0)
			return pps_wrap(err, r, "dimension records to %s", dest->config.uri);
	if (ret_inserted)
		*ret_inserted = inserted;
	return PPS_OK;
}

int pps_butler_transfer_chosen(pps_butler *source, pps_butler *dest, const char *types, const char *collections, const char *where,
			       const char *mode, int flags, pps_butler_transfer_fn fn, void *user, pps_error **err)
{
	_cleanup_(transfer_clear) struct transfer t = { .source = source, .dest = dest, .flags = flags & PPS_BUTLER_DRY_RUN, .fn = fn, .user = user };
	_cleanup_free_ pps_uuid *list = NULL;
	size_t n;
	int r;

	if ((r = begin(&t, mode, err)) < 0)
		return r;
	if (!types || !collections)
		return pps_fail(err, PPS_E_ARG, "pps_butler_transfer_chosen: types and collections must not be NULL");
	if ((r = pps_butler_choose(source, types, collections, where, &list, &n, err)) < 0)
		return r;
	return transfer_all(&t, list, n, err);
}

/* ---- whether it is a repository that the flow of prompt products looks after ---- */

static int is_in_flow(const pps_conf *conf, const pps_conf_repository *repo)
{
	int is = repo->from != NULL;

	for (size_t i = 0; !is && i < pps_conf_repository_count(conf); i++)
		is = pps_conf_repository_at(conf, i)->from == repo;
	return is;
}

int pps_butler_in_flow(const pps_butler *butler, const pps_conf *conf, const char **ret_name, pps_error **err)
{
	int r;

	if (!butler || !conf || !ret_name)
		return pps_fail(err, PPS_E_ARG, "pps_butler_in_flow: butler, conf and ret_name must not be NULL");
	for (size_t i = 0; i < pps_conf_repository_count(conf); i++) {
		const pps_conf_repository *repo = pps_conf_repository_at(conf, i);
		_cleanup_(pps_butler_config_clear) pps_butler_config c = { 0 };

		if (!is_in_flow(conf, repo))
			continue;
		if ((r = pps_butler_config_load(butler->ctx, repo->butler, &c, err)) < 0)
			return pps_wrap(err, r, "repository %s", repo->name);
		if (strcmp(c.uri, butler->config.uri) != 0 &&
		    (strcmp(c.database, butler->config.database) != 0 || strcmp(c.schema ? c.schema : "", butler->config.schema ? butler->config.schema : "") != 0))
			continue;
		*ret_name = repo->name;
		return 1;
	}
	return 0;
}
