/* SPDX-License-Identifier: BSD-3-Clause */
#include "archive/raw-archive.h"

#include <string.h>

#include "base/map.h"
#include "base/pool.h"

#define HEADERS_AT_ONCE 12

/* A file that goes into the zip. */
typedef struct source {
	const char *member; /* borrowed */
	pps_store *store;
	char *path;
	uint64_t size;
	pps_store_stat known; /* as listed */
	int is_known;
} source;

typedef struct sources {
	source *list;
	size_t n, cap;
	pps_store_listing *listing;
	pps_map *by_member; /* member -> number + 1 */
	pps_map *by_place;  /* store and path of artifacts -> number + 1: they may lie deeper in the folder than their member's name says */
} sources;

static void sources_clear(sources *s)
{
	for (size_t i = 0; i < s->n; i++)
		free(s->list[i].path);
	free(s->list);
	pps_store_listing_free(s->listing);
	pps_map_free(s->by_member);
	pps_map_free(s->by_place);
}

/* The file's path, owned by the caller; NULL when memory is out. */
static char *place_of(pps_store *store, const char *path)
{
	char *place;

	return pps_store_name_plain(store, path, &place, NULL) == PPS_OK ? place : NULL;
}

static int by_member(const void *a, const void *b)
{
	return strcmp(((const source *)a)->member, ((const source *)b)->member);
}

static int same_place(const source *a, const source *b)
{
	return strcmp(pps_store_uri(a->store), pps_store_uri(b->store)) == 0 && strcmp(a->path, b->path) == 0;
}

/* The same file by another way (a link, another root). */
static int is_same_file(const source *a, const source *b)
{
	pps_store_stat x, y;

	if (same_place(a, b))
		return 1;
	return pps_store_stat_name(a->store, a->path, &x, NULL) == PPS_OK && pps_store_stat_name(b->store, b->path, &y, NULL) == PPS_OK &&
	       x.inode && x.inode == y.inode && x.device == y.device;
}

static int add(sources *s, const char *member, pps_store *store, const char *path, uint64_t size, pps_error **err)
{
	source new = { .member = member, .store = store, .path = strdup(path), .size = size };
	void *n;

	if (!new.path)
		return pps_fail_nomem(err);
	if (pps_map_get_text(s->by_member, member, &n)) {
		int same = is_same_file(&s->list[(uintptr_t)n - 1], &new);

		free(new.path);
		return same ? PPS_OK : pps_fail(err, PPS_E_CONFLICT, "two different files for member %s: %s and %s", member,
						s->list[(uintptr_t)n - 1].path, path);
	}
	if (pps_grow(&s->list, &s->cap, s->n, sizeof new) < 0 ||
	    pps_map_set_text(s->by_member, member, (void *)(uintptr_t)(s->n + 1)) < 0) {
		free(new.path);
		return pps_fail_nomem(err);
	}
	s->list[s->n++] = new;
	return PPS_OK;
}

static int is_left_out(const char *name)
{
	const char *slash = strrchr(name, '/');

	return strcmp(name, PPS_ZIP_INDEX_NAME) == 0 || strcmp(name, PPS_METADATA_INDEX_NAME) == 0 ||
	       strncmp(slash ? slash + 1 : name, ".pps-", 5) == 0;
}

static int collect(pps_store *store, const char *folder, const pps_raw_artifact *artifacts, size_t n_artifacts, sources *s,
		   pps_error **err)
{
	void *n;
	int r;

	if (!(s->by_member = pps_map_new()) || !(s->by_place = pps_map_new()))
		return pps_fail_nomem(err);
	for (size_t i = 0; i < n_artifacts; i++) {
		const pps_raw_artifact *a = &artifacts[i];

		if (strcmp(a->member, PPS_ZIP_INDEX_NAME) == 0 || strcmp(a->member, PPS_METADATA_INDEX_NAME) == 0)
			return pps_fail(err, PPS_E_CONFLICT, "a dataset's file has the index's name %s", a->member);
		if ((r = add(s, a->member, a->store, a->path, a->size, err)) < 0)
			return r;
		{
			_cleanup_free_ char *place = place_of(a->store, a->path);

			pps_map_get_text(s->by_member, a->member, &n);
			if (!place || pps_map_set_text(s->by_place, place, n) < 0)
				return pps_fail_nomem(err);
		}
	}
	if ((r = pps_store_list(store, folder, PPS_STORE_RECURSIVE, &s->listing, err)) < 0)
		return r;
	for (size_t i = 0; i < pps_store_listing_count(s->listing); i++) {
		const char *name = pps_store_listing_name(s->listing, i);
		_cleanup_free_ char *path = NULL, *place = NULL;

		if (is_left_out(name))
			continue;
		if (asprintf(&path, "%s%s%s", folder, *folder ? "/" : "", name) < 0) {
			path = NULL;
			return pps_fail_nomem(err);
		}
		if (!(place = place_of(store, path)))
			return pps_fail_nomem(err);
		if (!pps_map_get_text(s->by_place, place, &n)) {
			if ((r = add(s, name, store, path, pps_store_listing_size(s->listing, i), err)) < 0)
				return r;
			pps_map_get_text(s->by_member, name, &n);
		}
		pps_store_listing_stat(s->listing, i, &s->list[(uintptr_t)n - 1].known);
		s->list[(uintptr_t)n - 1].is_known = 1;
	}
	if (s->n)
		qsort(s->list, s->n, sizeof *s->list, by_member);
	return PPS_OK;
}

int pps_raw_members(pps_store *store, const char *folder, const pps_raw_artifact *artifacts, size_t n_artifacts,
		    const pps_buf *zip_index, const pps_buf *metadata_index, pps_members **ret_members, pps_error **err)
{
	_cleanup_(pps_members_freep) pps_members *members = NULL;
	_cleanup_(sources_clear) sources s = { 0 };
	int r;

	if ((r = pps_members_new(&members, err)) < 0 ||
	    (zip_index &&
	     (r = pps_members_add_text(members, PPS_ZIP_INDEX_NAME, pps_buf_text(zip_index), zip_index->size, err)) < 0) ||
	    (metadata_index && (r = pps_members_add_text(members, PPS_METADATA_INDEX_NAME, pps_buf_text(metadata_index),
							 metadata_index->size, err)) < 0) ||
	    (r = collect(store, folder, artifacts, n_artifacts, &s, err)) < 0)
		return r;
	for (size_t i = 0; i < s.n; i++) {
		const source *x = &s.list[i];

		r = x->is_known ? pps_members_add_known(members, x->member, x->store, x->path, x->size, &x->known, err)
				: pps_members_add_file(members, x->member, x->store, x->path, x->size, err);
		if (r < 0)
			return r;
	}
	*ret_members = TAKE_PTR(members);
	return PPS_OK;
}

int pps_raw_is_fits(const char *name)
{
	static const char *const ends[] = { ".fits", ".fits.fz" };
	size_t n = strlen(name);

	for (size_t i = 0; i < PPS_COUNT(ends); i++) {
		size_t m = strlen(ends[i]);

		if (n >= m && strcmp(name + n - m, ends[i]) == 0)
			return 1;
	}
	return 0;
}

int pps_raw_is_sidecar(const char *name)
{
	size_t n = strlen(name);

	return n >= 5 && strcmp(name + n - 5, ".json") == 0;
}

/* Headers of one file; many are fetched at a time where each costs round trips to a server. */
typedef struct header_job {
	const source *file;
	pps_fits_index *index;
} header_job;

static int read_headers(void *arg, void *user _unused_, pps_error **err)
{
	const header_job *j = arg;
	int r;

	if ((r = pps_ctx_check(pps_store_ctx(j->file->store), err)) < 0)
		return r;
	return pps_fits_index_add(j->index, j->file->member, j->file->store, j->file->path, err);
}

static int read_at_once(pps_ctx *ctx, header_job *jobs, size_t n, pps_error **err)
{
	_cleanup_(pps_pool_freep) pps_pool *pool = NULL;
	int r;

	if ((r = pps_pool_new(ctx, HEADERS_AT_ONCE, 2 * HEADERS_AT_ONCE, read_headers, NULL, NULL, &pool, err)) < 0)
		return r;
	for (size_t i = 0; i < n; i++)
		if ((r = pps_pool_submit(pool, &jobs[i], err)) < 0)
			return r;
	return pps_pool_wait(pool, err);
}

static void jobs_clear(header_job **jobs)
{
	for (header_job *j = *jobs; j && j->file; j++)
		pps_fits_index_free(j->index);
	free(*jobs);
}

static int read_all_headers(pps_ctx *ctx, const sources *s, pps_fits_index *index, pps_error **err)
{
	_cleanup_(jobs_clear) header_job *jobs = calloc(s->n + 1, sizeof *jobs);
	int far = 0, r = PPS_OK;
	size_t n = 0;

	if (!jobs)
		return pps_fail_nomem(err);
	for (size_t i = 0; i < s->n; i++) {
		if (!pps_raw_is_fits(s->list[i].member))
			continue;
		far |= pps_store_is_far(s->list[i].store);
		if ((r = pps_fits_index_new(-1, &jobs[n].index, err)) < 0)
			return r;
		jobs[n++].file = &s->list[i];
	}
	if (far && n > 1 && (r = read_at_once(ctx, jobs, n, err)) < 0)
		return r;
	for (size_t i = 0; i < n; i++)
		if (((!far || n == 1) && (r = read_headers(&jobs[i], NULL, err)) < 0) ||
		    (r = pps_fits_index_append(index, jobs[i].index, err)) < 0)
			return r;
	return PPS_OK;
}

int pps_raw_metadata_index(pps_store *store, const char *folder, const pps_raw_artifact *artifacts, size_t n_artifacts,
			   pps_buf *out, pps_error **err)
{
	_cleanup_(pps_fits_index_freep) pps_fits_index *index = NULL;
	_cleanup_(sources_clear) sources s = { 0 };
	int r;

	if ((r = pps_fits_index_new(-1, &index, err)) < 0 || (r = collect(store, folder, artifacts, n_artifacts, &s, err)) < 0)
		return r;
	if ((r = read_all_headers(pps_store_ctx(store), &s, index, err)) < 0)
		return r;
	return pps_fits_index_write(index, out, err);
}
