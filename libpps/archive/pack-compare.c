/* SPDX-License-Identifier: BSD-3-Clause */
/* Is an archive that is there already what we would have written? */
#include <string.h>

#include "archive/pack.h"
#include "archive/raw-archive.h"
#include "archive/zip.h"
#include "base/codec.h"
#include "store/etag.h"

#define INDEX_MOST (256u << 20)

/* A source read along with a member. */
typedef struct comparison {
	const pps_member *member;
	pps_store_file *file;
	const char *path; /* of the zip */
	uint64_t at;
	char *bytes;
	size_t room;
} comparison;

static int differs(const comparison *x, pps_error **err)
{
	return pps_fail(err, PPS_E_CONFLICT, "%s: member %s differs from its source near byte %llu", x->path, x->member->name,
			(unsigned long long)x->at);
}

static int compare_piece(void *user, const void *bytes, size_t size, pps_error **err)
{
	comparison *x = user;
	const char *expected = x->member->bytes ? x->member->bytes + x->at : x->bytes;
	size_t got;
	int r;

	if (x->file) {
		if (size > x->room) {
			free(x->bytes);
			x->room = 0;
			if (!(x->bytes = malloc(size)))
				return pps_fail_nomem(err);
			x->room = size;
			expected = x->bytes;
		}
		if ((r = pps_store_file_read(x->file, x->at, x->bytes, size, &got, err)) < 0)
			return r;
		if (got != size)
			return differs(x, err);
	}
	if (memcmp(expected, bytes, size) != 0)
		return differs(x, err);
	x->at += size;
	return PPS_OK;
}

static int compare_sizes(pps_zip *zip, size_t n, const char *path, const pps_member *m, uint64_t size, pps_error **err)
{
	if (pps_zip_size(zip, n) == size)
		return PPS_OK;
	return pps_fail(err, PPS_E_CONFLICT, "%s: member %s has %llu bytes, its source %llu", path, m->name,
			(unsigned long long)pps_zip_size(zip, n), (unsigned long long)size);
}

static int match_piece(void *user, const void *bytes, size_t size, pps_error **err)
{
	return pps_etag_match_update(user, bytes, size, err);
}

/* 1 when the ETag of the source says that the member holds its bytes, so that it need not be read; 0 when only its bytes can tell. */
static int matches_etag(pps_zip *zip, size_t n, const pps_store_stat *st, pps_error **err)
{
	_cleanup_(pps_etag_match_freep) pps_etag_match *match = NULL;
	pps_etag etag;
	int r;

	if (!pps_etag_parse(st->etag, &etag))
		return 0;
	if ((r = pps_etag_match_new(&etag, st->size, &match, err)) < 0 || (r = pps_zip_each_piece(zip, n, match_piece, match, err)) < 0)
		return r;
	return pps_etag_match_finish(match, err);
}

static int compare_bytes(pps_zip *zip, size_t n, const pps_member *m, pps_error **err)
{
	_cleanup_(pps_store_file_closep) pps_store_file *file = NULL;
	comparison x = { .member = m, .path = pps_store_file_path(zip->file) };
	int r;

	if (m->store && (r = pps_store_file_open(m->store, m->path, &file, err)) < 0)
		return r;
	x.file = file;
	if ((r = compare_sizes(zip, n, x.path, m, file ? pps_store_file_stat(file)->size : m->size, err)) < 0 ||
	    (file && (r = matches_etag(zip, n, pps_store_file_stat(file), err)) < 0))
		return r;
	if (file && r == 1)
		return PPS_OK;
	r = pps_zip_each_piece(zip, n, compare_piece, &x, err);
	free(x.bytes);
	if (r == PPS_OK && file)
		r = pps_store_file_check(file, err);
	return r;
}

/* Other tools write the same index with other order and other source paths. */
static int compare_zip_index(pps_zip *zip, size_t n, const pps_member *m, pps_error **err)
{
	_cleanup_(pps_zip_index_freep) pps_zip_index *there = NULL, *expected = NULL;
	_cleanup_free_ void *bytes = NULL;
	size_t size;
	int r;

	if ((r = pps_zip_read(zip, n, INDEX_MOST, &bytes, &size, err)) < 0)
		return r;
	if (size == m->size && memcmp(bytes, m->bytes, size) == 0)
		return PPS_OK;
	if ((r = pps_zip_index_parse(m->bytes, (size_t)m->size, &expected, err)) < 0)
		return pps_wrap(err, r, "expected %s", m->name);
	if (pps_zip_index_parse(bytes, size, &there, NULL) == PPS_OK &&
	    pps_zip_index_compare(expected, there, err) == PPS_OK)
		return PPS_OK;
	if (err && *err)
		return pps_wrap(err, PPS_E_CONFLICT, "%s: member %s", pps_store_file_path(zip->file), m->name);
	return pps_fail(err, PPS_E_CONFLICT, "%s: member %s is no index of the Butler", pps_store_file_path(zip->file), m->name);
}

static int compare_member(pps_zip *zip, const pps_member *m, pps_error **err)
{
	uint64_t body;
	size_t n;
	int r;

	if ((r = pps_zip_find(zip, m->name, &n, NULL)) < 0)
		return pps_fail(err, PPS_E_CONFLICT, "%s: lacks member %s", pps_store_file_path(zip->file), m->name);
	if ((r = pps_zip_entry_body(zip->file, zip->directory, &zip->directory->entries[n], &body, err)) < 0)
		return r;
	if (!m->store && strcmp(m->name, PPS_ZIP_INDEX_NAME) == 0)
		return compare_zip_index(zip, n, m, err);
	return compare_bytes(zip, n, m, err);
}

int pps_archive_compare_file(pps_zip *zip, const char *member, pps_store *store, const char *path, pps_error **err)
{
	const pps_member m = { .name = member, .store = store, .path = path, .size = UINT64_MAX };

	return compare_member(zip, &m, err);
}

/* The metadata index follows from members that are compared; it need only be there, whoever wrote it. */
static int is_derived(const char *name)
{
	return strcmp(name, PPS_METADATA_INDEX_NAME) == 0;
}

int pps_archive_compare(pps_ctx *ctx, pps_store *store, const char *name, const pps_members *members, pps_error **err)
{
	_cleanup_(pps_zip_closep) pps_zip *zip = NULL;
	int r;

	if ((r = pps_zip_open_name(ctx, store, name, &zip, err)) < 0)
		return r;
	for (size_t i = 0; i < pps_zip_count(zip); i++) {
		const char *member = pps_zip_name(zip, i);

		if (!pps_members_find(members, member) && !is_derived(member))
			return pps_fail(err, PPS_E_CONFLICT, "%s: member %s is not among its sources",
					pps_store_file_path(zip->file), member);
	}
	for (size_t i = 0; i < pps_members_count(members); i++) {
		const pps_member *m = pps_members_at(members, i);

		if (!(is_derived(m->name) && !m->store) && (r = compare_member(zip, m, err)) < 0)
			return r;
	}
	if (pps_zip_count(zip) > pps_members_count(members) + 1)
		return pps_fail(err, PPS_E_FORMAT, "%s: has members twice", pps_store_file_path(zip->file));
	return PPS_OK;
}

int pps_archive_matches(pps_store *store, const char *name, const pps_digests *expected, pps_error **err)
{
	_cleanup_free_ char *path = NULL;
	pps_store_stat st;
	pps_digests d;
	int r;

	if ((r = pps_store_name_plain(store, name, &path, err)) < 0 || (r = pps_store_stat_name(store, name, &st, err)) < 0)
		return r;
	if (st.size != expected->size)
		return pps_fail(err, PPS_E_CONFLICT, "%s: has %llu bytes, expected %llu", path, (unsigned long long)st.size,
				(unsigned long long)expected->size);
	if ((r = pps_store_digest(store, name, PPS_DIGEST_MD5 | PPS_DIGEST_ADLER32, &d, err)) < 0)
		return r;
	if (d.size != expected->size || d.adler32 != expected->adler32 || memcmp(d.md5, expected->md5, sizeof d.md5) != 0)
		return pps_fail(err, PPS_E_CONFLICT, "%s: its MD5 or Adler-32 differs from what was recorded", path);
	return PPS_OK;
}
