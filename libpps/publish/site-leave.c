/* SPDX-License-Identifier: BSD-3-Clause */
/* Expire and delete: out of public repositories; files out of others, once nobody refers to them; and out of the first, once the copies are there. */
#include <string.h>

#include "butler/chain.h"
#include "butler/purge.h"
#include "butler/unstore.h"
#include "publish/site-collections.h"

#define KEEP_EVERY (60 * PPS_NS_PER_S) /* chains are looked at again: a child may have appeared */

const char *pps_site_available(const pps_site *site)
{
	return pps_conf_collections_block(site->conf)->available;
}

const char *pps_site_expired(const pps_site *site)
{
	return pps_conf_collections_block(site->conf)->expired;
}

int pps_site_tag_rule(const pps_site *site)
{
	return pps_conf_collections_block(site->conf)->on_conflict == PPS_ON_CONFLICT_REPLACE ? PPS_TAG_REPLACE : PPS_TAG_KEEP;
}

static int keep(pps_site *site, pps_butler *dest, pps_error **err)
{
	_cleanup_(pps_butler_report_freep) pps_butler_report *report = NULL;
	int r;

	if ((r = pps_report_new(&report, err)) < 0 ||
	    (r = pps_butler_ensure_collections(dest, pps_conf_collections_block(site->conf), 0, report, err)) < 0)
		return r;
	for (size_t i = 0; i < pps_butler_report_count(report); i++)
		pps_log(site->ctx, pps_butler_report_kind(report, i) == PPS_FINDING_ADDED ? PPS_LOG_INFO : PPS_LOG_DEBUG, "collections", "repository",
			pps_butler_config_uri(dest), "what", pps_butler_report_text(report, i), NULL);
	return PPS_OK;
}

int pps_site_ensure_collections(pps_site *site, pps_butler *dest, pps_error **err)
{
	const int64_t now = pps_monotonic_now();
	int64_t *kept_at = NULL;
	int r;

	for (size_t i = 0; i < PPS_COUNT(site->at) && !kept_at; i++)
		if (site->at[i].butler == dest)
			kept_at = &site->at[i].kept_at;
	if (kept_at && *kept_at && now - *kept_at < KEEP_EVERY)
		return PPS_OK;
	if ((r = keep(site, dest, err)) < 0)
		return r;
	if (kept_at)
		*kept_at = now;
	return PPS_OK;
}

static int compare_item(const void *id, const void *item)
{
	return pps_uuid_compare(id, &((const pps_publish_item *)item)->row->id);
}

static pps_publish_item *find_item(pps_publish_chunk *chunk, const pps_uuid *id)
{
	return bsearch(id, chunk->items, chunk->n, sizeof *chunk->items, compare_item);
}

void pps_site_note_conflict(pps_publish_chunk *chunk, const pps_tag_conflict *conflict, const char *collection)
{
	pps_publish_item *item = find_item(chunk, &conflict->id);
	const int lost = item != NULL;
	char other[37];
	int r;

	if (!lost)
		item = find_item(chunk, &conflict->other);
	if (!item || item->result != PPS_RESULT_DONE)
		return;
	pps_uuid_format(lost ? &conflict->other : &conflict->id, other);
	item->code = PPS_E_CONFLICT;
	free(item->error);
	r = lost ? asprintf(&item->error, "not in %s, where %s has its data ID (collections.on_conflict: keep or replace)", collection, other) :
		   asprintf(&item->error, "took the place of %s in %s (collections.on_conflict: replace)", other, collection);
	if (r < 0)
		item->error = NULL;
}

static void all_done(pps_publish_chunk *chunk)
{
	for (size_t i = 0; i < chunk->n; i++)
		if (chunk->items[i].result == PPS_RESULT_NONE && !chunk->items[i].is_stopped)
			chunk->items[i].result = PPS_RESULT_DONE;
}

/* Whose turn it still is, out of @ids of the chunk; asks for the last time. */
static int keep_allowed(pps_publish_chunk *chunk, pps_uuid *ids, size_t *ret_n, pps_error **err)
{
	size_t n = 0;
	int r = pps_publish_chunk_recheck(chunk, err);

	for (size_t i = 0; i < chunk->n && r == PPS_OK; i++)
		if (chunk->items[i].result == PPS_RESULT_NONE && !chunk->items[i].is_stopped)
			ids[n++] = ids[i];
	*ret_n = n;
	return r;
}

static void fail_item(pps_publish_item *item, int code, const char *reason)
{
	pps_error *why = NULL;

	pps_fail(&why, code, "%s", reason);
	pps_publish_item_fail(item, code, why);
}

int pps_site_expire(pps_site *site, pps_publish_chunk *chunk, pps_error **err)
{
	_cleanup_free_ pps_uuid *ids = pps_publish_chunk_ids(chunk);
	pps_expire_report report = { 0 };
	pps_butler *dest;
	size_t n;
	int r;

	if (!ids)
		return pps_fail_nomem(err);
	chunk->is_common = 1;
	if ((r = pps_site_butler(site, chunk->repository, &dest, err)) < 0 || (r = pps_site_ensure_collections(site, dest, err)) < 0)
		return r;
	chunk->is_common = 0;
	if ((r = keep_allowed(chunk, ids, &n, err)) < 0)
		return r;
	r = pps_butler_expire(dest, ids, n, pps_site_available(site), pps_site_expired(site), pps_site_tag_rule(site), &report, err);
	for (size_t i = 0; r == PPS_OK && i < report.expired.nunknown; i++) {
		pps_publish_item *item = find_item(chunk, &report.expired.unknown[i]);

		if (!item)
			continue;
		item->result = PPS_RESULT_MISSING;
		item->missing_in = chunk->repository;
		item->error = strdup("it is not known there");
	}
	if (r == PPS_OK) {
		all_done(chunk);
		for (size_t i = 0; i < report.expired.nconflicts; i++)
			pps_site_note_conflict(chunk, &report.expired.conflicts[i], pps_site_expired(site));
	}
	pps_expire_report_clear(&report);
	return r;
}

/* ---- the copies of what leaves the first repository ---- */

struct copies {
	pps_site *site;
	pps_publish_chunk *chunk;
	int repository; /* that has the copies */
	pps_butler *butler, *first;
	pps_refs *refs, *sources; /* the copies, and what they are copies of */
};

static int uri_of(pps_butler *butler, const pps_ref_file *file, pps_uri **ret_root, pps_uri **ret_uri, pps_error **err)
{
	int r = pps_uri_parse(pps_butler_datastore_root(butler, file->member), ret_root, err);

	if (r < 0 || (r = pps_uri_join(*ret_root, file->path, ret_uri, err)) < 0)
		return r;
	free((*ret_uri)->fragment);
	(*ret_uri)->fragment = NULL;
	return PPS_OK;
}

/* 1 when a file of the source is what is said to be its copy. */
static int is_source(const struct copies *c, const pps_uuid *id, const pps_uri *copy, pps_error **err)
{
	const pps_ref *ref = pps_refs_get(c->sources, id);
	_cleanup_free_ char *text = NULL;
	int r = pps_uri_format(copy, &text, err);

	for (size_t k = 0; ref && r == PPS_OK && k < ref->nfiles; k++) {
		_cleanup_(pps_uri_freep) pps_uri *root = NULL, *uri = NULL;
		_cleanup_free_ char *from = NULL;

		if ((r = uri_of(c->first, &ref->files[k], &root, &uri, err)) == PPS_OK && (r = pps_uri_format(uri, &from, err)) == PPS_OK)
			r = pps_store_is_one(from, text, err);
	}
	return r;
}

/* The files of one datastore of the copies, by their recorded sizes. */
static int look_member(struct copies *c, size_t member, pps_copy_item *items, pps_publish_item **of, char **names, pps_error **err)
{
	pps_copier *copier;
	size_t n = 0;
	int r = PPS_OK;

	for (size_t i = 0; i < c->chunk->n; i++) {
		pps_publish_item *item = &c->chunk->items[i];
		const pps_ref *ref = item->result == PPS_RESULT_NONE ? pps_refs_get(c->refs, &item->row->id) : NULL;

		for (size_t k = 0; ref && k < ref->nfiles; k++) {
			const pps_ref_file *file = &ref->files[k];
			_cleanup_(pps_uri_freep) pps_uri *root = NULL, *uri = NULL;
			const char *below;

			if (file->member != member)
				continue;
			if ((r = uri_of(c->butler, file, &root, &uri, err)) < 0 || (r = is_source(c, &ref->id, uri, err)) < 0)
				return r;
			if (r) {
				fail_item(item, PPS_E_CONFLICT, "its copy is the file itself, reached by another way");
				continue;
			}
			if (!(below = pps_uri_below(uri, root))) {
				fail_item(item, PPS_E_CONFLICT, "the record of its copy is an absolute URI: a copy of its own is needed");
				continue;
			}
			if (!(names[n] = strdup(below)))
				return pps_fail_nomem(err);
			items[n] = (pps_copy_item){ .name = names[n], .size = file->size };
			of[n++] = item;
		}
	}
	if (!n)
		return PPS_OK;
	if ((r = pps_site_copier(c->site, pps_butler_datastore_root(c->butler, member), &copier, err)) == PPS_OK)
		r = pps_copier_look(copier, items, n, NULL, err);
	for (size_t i = 0; i < n; i++) {
		if (r == PPS_OK && items[i].code != PPS_OK)
			fail_item(of[i], items[i].code, items[i].reason ? items[i].reason : "its copy is not there");
		free(names[i]);
		names[i] = NULL;
	}
	pps_copy_items_clear(items, n);
	return r;
}

static int look_for_files(struct copies *c, pps_error **err)
{
	_cleanup_free_ pps_copy_item *items = NULL;
	_cleanup_free_ pps_publish_item **of = NULL;
	char **names = NULL;
	size_t n = 0;
	int r = PPS_OK;

	for (size_t i = 0; i < c->refs->n; i++)
		n += c->refs->at[i].nfiles;
	items = calloc(n + 1, sizeof *items);
	of = calloc(n + 1, sizeof *of);
	names = calloc(n + 1, sizeof *names);
	if (!items || !of || !names)
		r = pps_fail_nomem(err);
	for (size_t m = 0; r == PPS_OK && m < pps_butler_datastore_count(c->butler); m++)
		r = look_member(c, m, items, of, names, err);
	for (size_t i = 0; names && i < n; i++)
		free(names[i]);
	free(names);
	return r;
}

/* A repository that is to have copies: those whose copy is not there, whole, stay where they are. */
static int check_copies(pps_site *site, pps_publish_chunk *chunk, int repository, int ordinal, const pps_uuid *ids, pps_error **err)
{
	struct copies c = { .site = site, .chunk = chunk, .repository = repository };
	int r;

	if ((r = pps_site_butler(site, repository, &c.butler, err)) < 0 || (r = pps_site_butler(site, 0, &c.first, err)) < 0 ||
	    (r = pps_butler_find_refs(c.butler, ids, chunk->n, PPS_REFS_FILES, &c.refs, err)) < 0)
		return r;
	if ((r = pps_butler_find_refs(c.first, ids, chunk->n, PPS_REFS_FILES, &c.sources, err)) < 0) {
		pps_refs_free(c.refs);
		return r;
	}
	for (size_t i = 0; i < chunk->n; i++) {
		pps_publish_item *item = &chunk->items[i];
		const pps_ref *ref = pps_refs_get(c.refs, &item->row->id);

		if (item->result == PPS_RESULT_NONE && item->row->status.status[ordinal] == PPS_STATUS_PRESENT && (!ref || !ref->nfiles))
			fail_item(item, PPS_E_CONFLICT, "the repository that should have its copy does not");
	}
	if ((r = look_for_files(&c, err)) == PPS_OK)
		r = pps_site_prove(site, chunk, repository, c.sources, c.refs, err);
	pps_refs_free(c.refs);
	pps_refs_free(c.sources);
	return r;
}

/* A repository that referred to files: those whose records are still there keep them. */
static int check_users(pps_site *site, pps_publish_chunk *chunk, int repository, const pps_uuid *ids, pps_error **err)
{
	_cleanup_(pps_refs_freep) pps_refs *refs = NULL;
	pps_butler *butler;
	int r;

	if ((r = pps_site_butler(site, repository, &butler, err)) < 0 ||
	    (r = pps_butler_find_refs(butler, ids, chunk->n, PPS_REFS_FILES, &refs, err)) < 0)
		return r;
	for (size_t i = 0; i < chunk->n; i++) {
		const pps_ref *ref = pps_refs_get(refs, &chunk->items[i].row->id);

		if (ref && ref->nfiles && chunk->items[i].result == PPS_RESULT_NONE)
			fail_item(&chunk->items[i], PPS_E_CONFLICT, "a repository that refers to its files still does");
	}
	return PPS_OK;
}

static int check_others(pps_site *site, pps_publish_chunk *chunk, const pps_uuid *ids, pps_error **err)
{
	int r = PPS_OK;

	for (size_t k = 1; k < site->graph->n && r == PPS_OK; k++) {
		const pps_plan_repository *one = &site->graph->at[k];

		if (!chunk->repository && !one->is_public && !one->refers)
			r = check_copies(site, chunk, (int)k, chunk->flow->ordinal[k], ids, err);
		if (r == PPS_OK && one->refers && pps_plan_has_files_of(site->graph, k, (size_t)chunk->repository))
			r = check_users(site, chunk, (int)k, ids, err);
	}
	return r;
}

/* Files that are another's stay where they are, whatever their records look like. */
static int remove_chunk(const pps_site *site, const pps_publish_chunk *chunk, pps_butler *butler, const pps_uuid *ids, size_t n, pps_error **err)
{
	int r;

	if (site->graph->at[chunk->repository].refers)
		return pps_butler_forget(butler, ids, n, NULL, err);
	if ((r = pps_butler_trash(butler, ids, n, chunk->repository ? 0 : PPS_TRASH_PURGE, NULL, err)) < 0)
		return r;
	return pps_butler_empty_trash(butler, ids, n, NULL, NULL, err);
}

int pps_site_delete(pps_site *site, pps_publish_chunk *chunk, pps_error **err)
{
	_cleanup_free_ pps_uuid *ids = pps_publish_chunk_ids(chunk);
	pps_butler *butler;
	size_t n;
	int r;

	if (!ids)
		return pps_fail_nomem(err);
	chunk->is_common = 1;
	if ((r = chunk->repository ? pps_site_butler(site, chunk->repository, &butler, err) : pps_site_remover(site, &butler, err)) < 0)
		return r;
	chunk->is_common = 0;
	if ((r = check_others(site, chunk, ids, err)) < 0 || (r = keep_allowed(chunk, ids, &n, err)) < 0 ||
	    (n && (r = remove_chunk(site, chunk, butler, ids, n, err)) < 0))
		return r;
	all_done(chunk);
	return PPS_OK;
}
