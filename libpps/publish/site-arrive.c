/* SPDX-License-Identifier: BSD-3-Clause */
/* Copy and publish: dimension records, files, then rows, and in public repositories the tag of what is available in the same transaction. */
#include <string.h>

#include "butler/records.h"
#include "butler/tag.h"
#include "publish/site-collections.h"
#include "publish/site-private.h"

#define LOOK_EVERY 100 /* one in so many files that are shared in place is looked for through the target's root */

struct arrival {
	pps_site *site;
	pps_publish_chunk *chunk;
	pps_butler *source, *dest;
	const pps_conf_repository *conf;
	pps_refs *refs;
	pps_ref_places *places;
	pps_copy_item *files; /* of each place; those that do not move are empty */
	int *codes;           /* of each ref whose files failed */
	uint8_t *is_missing;  /* of each ref: a file of it is not in the source */
	int looks_at_all;     /* a file that is shared in place was not found: the others are looked for, too */
	pps_ref_result *results;
	pps_tag_report tags;
};

static void clear_arrival(struct arrival *a)
{
	if (a->files && a->places)
		pps_copy_items_clear(a->files, a->places->n);
	free(a->files);
	free(a->codes);
	free(a->is_missing);
	free(a->results);
	pps_tag_report_clear(&a->tags);
	pps_ref_places_free(a->places);
	pps_refs_free(a->refs);
}

static int find(struct arrival *a, pps_error **err)
{
	_cleanup_free_ pps_uuid *ids = pps_publish_chunk_ids(a->chunk);
	int r;

	if (!ids)
		return pps_fail_nomem(err);
	if ((r = pps_butler_find_refs(a->source, ids, a->chunk->n, PPS_REFS_FILES, &a->refs, err)) < 0)
		return r;
	if (!(a->codes = calloc(a->refs->n + 1, sizeof *a->codes)) || !(a->is_missing = calloc(a->refs->n + 1, 1)) ||
	    !(a->results = calloc(a->refs->n + 1, sizeof *a->results)))
		return pps_fail_nomem(err);
	return PPS_OK;
}

static int ensure_records(struct arrival *a, pps_error **err)
{
	int r = pps_butler_ensure_ref_records(a->source, a->dest, a->refs, 0, NULL, err);

	return r < 0 ? pps_wrap(err, r, "dimension records") : PPS_OK;
}

/* ---- files ---- */

static int name_below(const char *root, const char *uri, char **ret_name, pps_error **err)
{
	_cleanup_(pps_uri_freep) pps_uri *a = NULL, *b = NULL;
	const char *below;
	int r;

	if ((r = pps_uri_parse(root, &a, err)) < 0 || (r = pps_uri_parse(uri, &b, err)) < 0)
		return r;
	if (!(below = pps_uri_below(b, a)))
		return pps_fail(err, PPS_E_INTERNAL, "%s is not below %s", uri, root);
	return (*ret_name = strdup(below)) ? PPS_OK : pps_fail_nomem(err);
}

/* Whether a place is to be moved, or looked for. */
static int is_chosen(const struct arrival *a, size_t i)
{
	const pps_ref_place *place = &a->places->at[i];

	if (place->problem)
		return 0;
	if (a->conf->transfer == PPS_TRANSFER_COPY || a->conf->transfer == PPS_TRANSFER_HARDLINK)
		return 1;
	return a->conf->transfer == PPS_TRANSFER_IN_PLACE && (i % LOOK_EVERY == 0) != a->looks_at_all;
}

/* A full disk, and a store that answers for none of several files, are nothing that a dataset could be blamed for. NULL: neither is so. */
static const pps_copy_item *find_common_trouble(const pps_copy_item *items, size_t n)
{
	size_t silent = 0;

	for (size_t i = 0; i < n; i++) {
		if (items[i].code == PPS_E_NOSPACE)
			return &items[i];
		silent += items[i].code == PPS_E_UNAVAILABLE || items[i].code == PPS_E_TIMEOUT;
	}
	return n > 1 && silent == n ? &items[0] : NULL;
}

/* The files of one datastore, all at once; @at: which places they are. */
static int move(struct arrival *a, size_t member, pps_copy_item *items, const size_t *at, size_t n, pps_error **err)
{
	const pps_copy_options options = { .flags = PPS_COPY_PROVE | (a->conf->on_no_link == PPS_ON_NO_LINK_COPY ? PPS_COPY_INSTEAD : 0) };
	const pps_copy_item *trouble;
	pps_copier *copier;
	int r;

	/* what is one file's trouble is said with that file */
	a->chunk->is_common = 1;
	if ((r = pps_site_copier(a->site, pps_butler_datastore_root(a->dest, member), &copier, err)) < 0)
		return r;
	if (a->conf->transfer == PPS_TRANSFER_COPY)
		r = pps_copier_copy(copier, items, n, &options, err);
	else if (a->conf->transfer == PPS_TRANSFER_HARDLINK)
		r = pps_copier_link(copier, items, n, &options, err);
	else
		r = pps_copier_look(copier, items, n, &options, err);
	if (r < 0)
		return r;
	if ((trouble = find_common_trouble(items, n)))
		return pps_fail(err, trouble->code, "%s", trouble->reason ? trouble->reason : trouble->name);
	a->chunk->is_common = 0;
	for (size_t i = 0; i < n; i++) {
		pps_ref_place *place = &a->places->at[at[i]];

		if (items[i].code == PPS_OK)
			continue;
		place->problem = items[i].reason ? items[i].reason : pps_error_code_name(items[i].code);
		a->codes[place->ref] = items[i].code;
		a->is_missing[place->ref] |= items[i].code == PPS_E_NOTFOUND && (items[i].is_source || a->conf->transfer == PPS_TRANSFER_IN_PLACE);
	}
	return PPS_OK;
}

static void free_names(char **names, size_t n)
{
	for (size_t i = 0; i < n; i++)
		free(names[i]);
	free(names);
}

/* @used: items of the members before, which stay until the problems that they gave are read. */
static int move_member(struct arrival *a, size_t member, size_t *used, pps_error **err)
{
	char **names = calloc(a->places->n + 1, sizeof *names);
	_cleanup_free_ size_t *at = calloc(a->places->n + 1, sizeof *at);
	pps_copy_item *items = a->files + *used;
	size_t n = 0;
	int r = names && at ? PPS_OK : pps_fail_nomem(err);

	for (size_t i = 0; i < a->places->n && r == PPS_OK; i++) {
		const pps_ref_place *place = &a->places->at[i];

		if (!is_chosen(a, i) || place->member != member)
			continue;
		if ((r = name_below(pps_butler_datastore_root(a->dest, member), place->to, &names[n], err)) < 0)
			break;
		items[n] = (pps_copy_item){ .from = place->from, .name = names[n], .size = place->file->size };
		at[n++] = i;
	}
	if (r == PPS_OK && n)
		r = move(a, member, items, at, n, err);
	*used += n;
	free_names(names, a->places->n);
	return r;
}

static int move_members(struct arrival *a, size_t *used, pps_error **err)
{
	int r;

	for (size_t m = 0; m < pps_butler_datastore_count(a->dest); m++)
		if ((r = move_member(a, m, used, err)) < 0)
			return pps_wrap(err, r, "files");
	return PPS_OK;
}

static size_t count_missing(const struct arrival *a)
{
	size_t n = 0;

	for (size_t i = 0; i < a->refs->n; i++)
		n += a->is_missing[i];
	return n;
}

static int move_files(struct arrival *a, pps_error **err)
{
	size_t used = 0, missing;
	int r;

	if ((r = pps_butler_plan_files(a->source, a->dest, a->refs, a->conf->transfer, &a->places, err)) < 0)
		return r;
	if (!(a->files = calloc(a->places->n + 1, sizeof *a->files)))
		return pps_fail_nomem(err);
	if ((r = move_members(a, &used, err)) < 0 || a->conf->transfer != PPS_TRANSFER_IN_PLACE || !count_missing(a))
		return r;
	a->looks_at_all = 1;
	if ((r = move_members(a, &used, err)) < 0 || (missing = count_missing(a)) < 2)
		return r;
	/* one may have been lost; several say that the repository looks for them in the wrong place, and nobody else would find the others */
	return pps_fail(err, PPS_E_UNAVAILABLE, "%zu of %zu datasets' files are not found through its root, where they are to be shared in place: "
			"nothing is published", missing, a->refs->n);
}

/* ---- rows ---- */

/* What was stopped while its files moved stays without its rows; the files are found when it comes again. */
static void leave_out(struct arrival *a)
{
	for (size_t i = 0, k = 0; i < a->places->n; i++) {
		const pps_uuid *id = &a->refs->at[a->places->at[i].ref].id;

		while (k < a->chunk->n && pps_uuid_compare(&a->chunk->items[k].row->id, id) < 0)
			k++;
		if (k < a->chunk->n && !pps_uuid_compare(&a->chunk->items[k].row->id, id) && a->chunk->items[k].is_stopped)
			a->places->at[i].problem = "it was held meanwhile";
	}
}

/*
 * In the transaction that makes the datasets known, as its last act: by then others wait for its rows, so that who took over while this process was
 * stopped comes either after all of it, or before the question.
 */
static int before_commit(void *user, pps_error **err)
{
	struct arrival *a = user;

	return pps_publish_chunk_check(a->chunk, err);
}

static int insert(struct arrival *a, pps_error **err)
{
	const int is_public = a->chunk->task == PPS_TASK_PUBLISH;
	const pps_refs_with with = { .tagged = is_public ? pps_site_available(a->site) : NULL, .rule = pps_site_tag_rule(a->site), .tags = &a->tags,
				     .hook = before_commit, .user = a };
	int r;

	a->chunk->is_common = 1;
	if (is_public && (r = pps_site_ensure_collections(a->site, a->dest, err)) < 0)
		return r;
	a->chunk->is_common = 0;
	if ((r = pps_publish_chunk_recheck(a->chunk, err)) < 0)
		return r;
	leave_out(a);
	return pps_butler_insert_refs(a->dest, a->refs, a->places, &with, a->results, NULL, err);
}

static void settle(struct arrival *a, pps_publish_item *item)
{
	const pps_ref *ref = pps_refs_get(a->refs, &item->row->id);
	const pps_ref_result *result = ref ? &a->results[ref - a->refs->at] : NULL;
	pps_error *why = NULL;

	if (item->is_stopped)
		return;
	if (!ref || !ref->nfiles || a->is_missing[ref - a->refs->at]) {
		item->result = PPS_RESULT_MISSING;
		item->missing_in = a->chunk->source;
		item->error = strdup(!ref ? "it is not known there" : !ref->nfiles ? "it is not stored there" : result->reason ? result->reason : "its file is not there");
		return;
	}
	if (result->outcome == PPS_REF_INSERTED || result->outcome == PPS_REF_THERE) {
		item->result = PPS_RESULT_DONE;
		return;
	}
	pps_fail(&why, result->outcome == PPS_REF_DIFFERENT || !a->codes[ref - a->refs->at] ? PPS_E_CONFLICT : a->codes[ref - a->refs->at], "%s",
		 result->reason ? result->reason : "it could not be inserted");
	pps_publish_item_fail(item, pps_error_code(why), why);
}

/* What is published without its tag is done, and listed as trouble. */
static void note_conflicts(struct arrival *a)
{
	for (size_t i = 0; i < a->tags.nconflicts; i++)
		pps_site_note_conflict(a->chunk, &a->tags.conflicts[i], pps_site_available(a->site));
}

int pps_site_arrive(pps_site *site, pps_publish_chunk *chunk, pps_error **err)
{
	_cleanup_(clear_arrival) struct arrival a = { .site = site, .chunk = chunk, .conf = pps_site_conf(site, chunk->repository) };
	int r;

	chunk->is_common = 1;
	if ((r = pps_site_butler(site, chunk->source, &a.source, err)) < 0 || (r = pps_site_butler(site, chunk->repository, &a.dest, err)) < 0)
		return r;
	chunk->is_common = 0;
	if ((r = find(&a, err)) < 0 || (r = ensure_records(&a, err)) < 0 || (r = move_files(&a, err)) < 0 || (r = insert(&a, err)) < 0)
		return r;
	for (size_t i = 0; i < chunk->n; i++)
		settle(&a, &chunk->items[i]);
	note_conflicts(&a);
	return PPS_OK;
}
