/* SPDX-License-Identifier: BSD-3-Clause */
#include "raw/source-files.h"

#include <string.h>

#include "base/codec.h"
#include "base/digest.h"

void pps_source_files_clear(pps_source_files *files)
{
	for (size_t i = 0; i < files->n; i++) {
		free(files->at[i].name);
		free(files->at[i].uri);
	}
	free(files->at);
	pps_store_unref(files->folder);
	*files = (pps_source_files){ 0 };
}

static int add(pps_source_files *files, pps_store *store, const char *name, const pps_store_stat *st, pps_error **err)
{
	pps_source_file f = { .store = store, .stat = *st };
	int r;

	if (pps_grow(&files->at, &files->cap, files->n, sizeof f) < 0)
		return pps_fail_nomem(err);
	if ((r = pps_store_name_uri(store, name, &f.uri, err)) < 0)
		return r;
	if (!(f.name = strdup(name))) {
		free(f.uri);
		return pps_fail_nomem(err);
	}
	files->at[files->n++] = f;
	files->bytes += st->size;
	return PPS_OK;
}

static int add_folder(pps_source_files *files, pps_store *store, pps_error **err)
{
	_cleanup_(pps_store_listing_freep) pps_store_listing *listing = NULL;
	_cleanup_(pps_error_freep) pps_error *e = NULL;
	int r = pps_store_list(store, "", PPS_STORE_RECURSIVE, &listing, &e);

	if (r == PPS_E_NOTFOUND)
		return PPS_OK;
	if (r < 0) {
		pps_error_move(err, TAKE_PTR(e));
		return r;
	}
	for (size_t i = 0; r >= 0 && i < pps_store_listing_count(listing); i++) {
		pps_store_stat st;

		pps_store_listing_stat(listing, i, &st);
		r = add(files, store, pps_store_listing_name(listing, i), &st, err);
	}
	return r;
}

static int by_uri(const void *a, const void *b)
{
	return strcmp(((const pps_source_file *)a)->uri, ((const pps_source_file *)b)->uri);
}

static const pps_source_file *find(const pps_source_files *files, const char *uri)
{
	pps_source_file key = { .uri = (char *)uri };

	return files->n ? bsearch(&key, files->at, files->n, sizeof *files->at, by_uri) : NULL;
}

static void sort(pps_source_files *files)
{
	if (files->n)
		qsort(files->at, files->n, sizeof *files->at, by_uri);
}

int pps_source_files_in(pps_ctx *ctx, const char *folder, pps_source_files *ret_files, pps_error **err)
{
	int r;

	if ((r = pps_store_open(ctx, folder, &ret_files->folder, err)) < 0 || (r = add_folder(ret_files, ret_files->folder, err)) < 0)
		return r;
	sort(ret_files);
	return PPS_OK;
}

int pps_source_files_of(pps_raw_material *m, pps_source_files *ret_files, pps_error **err)
{
	const pps_raw_artifact *artifacts;
	size_t n = pps_raw_material_artifacts(m, &artifacts), listed;
	int r;

	if (!n)
		return pps_fail(err, PPS_E_NOTFOUND, "no dataset of it is in the source repository");
	ret_files->folder = pps_store_ref(pps_raw_material_folder(m));
	if ((r = add_folder(ret_files, ret_files->folder, err)) < 0)
		return r;
	sort(ret_files);
	listed = ret_files->n;
	for (size_t i = 0; i < n; i++) {
		_cleanup_free_ char *uri = NULL;
		pps_source_files known = { .at = ret_files->at, .n = listed };
		pps_store_stat st;

		if ((r = pps_store_name_uri(artifacts[i].store, artifacts[i].path, &uri, err)) < 0)
			return r;
		if (find(&known, uri))
			continue;
		if ((r = pps_store_stat_name(artifacts[i].store, artifacts[i].path, &st, err)) < 0 ||
		    (r = add(ret_files, artifacts[i].store, artifacts[i].path, &st, err)) < 0)
			return r;
	}
	sort(ret_files);
	return PPS_OK;
}

int pps_source_files_print(const pps_source_files *files, char ret_hex[65], pps_error **err)
{
	_cleanup_(pps_digest_freep) pps_digest *digest = NULL;
	pps_digests digests;
	int r;

	if ((r = pps_digest_new(PPS_DIGEST_SHA256, &digest, err)) < 0)
		return r;
	for (size_t i = 0; i < files->n; i++) {
		const pps_source_file *f = &files->at[i];
		_cleanup_free_ char *line = NULL;
		int n = *f->stat.etag ? asprintf(&line, "%s\n%llu %s\n", f->uri, (unsigned long long)f->stat.size, f->stat.etag) :
					asprintf(&line, "%s\n%llu @%lld\n", f->uri, (unsigned long long)f->stat.size, (long long)f->stat.mtime);

		if (n < 0)
			return pps_fail_nomem(err);
		if ((r = pps_digest_update(digest, line, (size_t)n, err)) < 0)
			return r;
	}
	if ((r = pps_digest_finish(digest, &digests, err)) < 0)
		return r;
	pps_hex_encode(digests.sha256, sizeof digests.sha256, ret_hex);
	return PPS_OK;
}

/* The last part of a folder's URI. */
static int is_called(const char *folder, const char *name)
{
	size_t n = strlen(folder), len = strlen(name);

	while (n && folder[n - 1] == '/')
		n--;
	return n > len && folder[n - len - 1] == '/' && !strncmp(folder + n - len, name, len);
}

int pps_source_files_stranger(const pps_source_files *files, const char *obs_id, char **ret_stranger, pps_error **err)
{
	*ret_stranger = NULL;
	if (is_called(pps_store_uri(files->folder), obs_id))
		return PPS_OK;
	for (size_t i = 0; i < files->n; i++) {
		const char *slash = strrchr(files->at[i].name, '/');

		if (!strncmp(slash ? slash + 1 : files->at[i].name, obs_id, strlen(obs_id)))
			continue;
		return (*ret_stranger = strdup(files->at[i].uri)) ? PPS_OK : pps_fail_nomem(err);
	}
	return PPS_OK;
}
