/* SPDX-License-Identifier: BSD-3-Clause */
/* Opening, listing and reading zips. */
#include "archive/zip.h"

#include <errno.h>
#include <string.h>

#include <zlib.h>

#include "archive/zip-format.h"
#include "archive/zip-time.h"
#include "base/codec.h"

#define PIECE (256u << 10)

/* The error of libzip, or of the store below it. */
static int fail_zip(pps_zip *zip, zip_error_t *e, const char *member, pps_error **err)
{
	const char *path = pps_store_file_path(zip->file);
	int code = zip_error_code_zip(e), r;

	if (zip->source_failure) {
		r = pps_error_code(zip->source_failure);
		pps_error_move(err, TAKE_PTR(zip->source_failure));
		return r;
	}
	/* libzip may call it no zip */
	if (code == ZIP_ER_MEMORY || (code == ZIP_ER_ZLIB && zip_error_code_system(e) == Z_MEM_ERROR) || (!member && errno == ENOMEM))
		return pps_fail_nomem(err);
	r = code == ZIP_ER_COMPNOTSUPP || code == ZIP_ER_ENCRNOTSUPP || code == ZIP_ER_NOPASSWD ? PPS_E_UNSUPPORTED : PPS_E_FORMAT;
	if (member)
		return pps_fail(err, r, "%s: member %s: %s", path, member, zip_error_strerror(e));
	return pps_fail(err, r, "%s: no sound zip: %s", path, zip_error_strerror(e));
}

/* Names that do not say that they are UTF-8, and are not, are in code page 437. */
static int show_names(pps_zip *zip, pps_error **err)
{
	for (size_t i = 0; i < zip->directory->n; i++) {
		pps_zip_entry *e = &zip->directory->entries[i];
		const char *name;

		if (pps_utf8_is_valid(e->name, strlen(e->name)))
			continue;
		name = e->flags & PPS_ZIP_FLAG_UTF8 ? NULL : zip_get_name(zip->zip, i, ZIP_FL_ENC_CP437);
		if (!name || !pps_utf8_is_valid(name, strlen(name)))
			return pps_fail(err, PPS_E_FORMAT, "%s: no sound zip: the name of member %zu is not UTF-8",
					pps_store_file_path(zip->file), i);
		if (!(e->shown = strdup(name)))
			return pps_fail_nomem(err);
	}
	return PPS_OK;
}

static int open_libzip(pps_zip *zip, pps_error **err)
{
	zip_source_t *source = pps_zip_source_new(zip->file, &zip->source_failure);
	zip_error_t e;
	int r = PPS_OK;

	if (!source)
		return pps_fail_nomem(err);
	zip_error_init(&e);
	errno = 0;
	if (!(zip->zip = zip_open_from_source(source, ZIP_RDONLY, &e))) {
		r = fail_zip(zip, &e, NULL, err);
		zip_source_free(source);
	} else if ((uint64_t)zip_get_num_entries(zip->zip, 0) != zip->directory->n) {
		r = pps_fail(err, PPS_E_FORMAT, "%s: no sound zip: its end records contradict each other",
			     pps_store_file_path(zip->file));
	}
	zip_error_fini(&e);
	return r;
}

int pps_zip_open_name(pps_ctx *ctx, pps_store *store, const char *name, pps_zip **ret_zip, pps_error **err)
{
	_cleanup_(pps_zip_closep) pps_zip *zip = calloc(1, sizeof *zip);
	int r;

	if (!zip || !(zip->name = strdup(name)))
		return pps_fail_nomem(err);
	zip->ctx = pps_ctx_ref(ctx);
	zip->store = pps_store_ref(store);
	if ((r = pps_store_file_open(store, name, &zip->file, err)) < 0 ||
	    (r = pps_zip_directory_read(ctx, zip->file, &zip->directory, err)) < 0 || (r = open_libzip(zip, err)) < 0 ||
	    (r = show_names(zip, err)) < 0)
		return r;
	*ret_zip = TAKE_PTR(zip);
	return PPS_OK;
}

int pps_zip_open(pps_ctx *ctx, const char *zip, pps_zip **ret_zip, pps_error **err)
{
	_cleanup_(pps_store_unrefp) pps_store *store = NULL;
	_cleanup_free_ char *name = NULL;
	int r;

	if (!ctx || !zip || !ret_zip)
		return pps_fail(err, PPS_E_ARG, "pps_zip_open: ctx, zip and ret_zip must not be NULL");
	if ((r = pps_store_open_parent(ctx, zip, &store, &name, err)) < 0)
		return r;
	return pps_zip_open_name(ctx, store, name, ret_zip, err);
}

void pps_zip_close(pps_zip *zip)
{
	if (!zip)
		return;
	if (zip->range)
		zip_fclose(zip->range);
	if (zip->zip)
		zip_discard(zip->zip);
	pps_zip_directory_free(zip->directory);
	pps_store_file_close(zip->file);
	pps_error_free(zip->source_failure);
	pps_store_unref(zip->store);
	pps_ctx_unref(zip->ctx);
	free(zip->name);
	free(zip);
}

static const pps_zip_entry *entry_at(const pps_zip *zip, size_t n)
{
	return zip && n < zip->directory->n ? &zip->directory->entries[n] : NULL;
}

size_t pps_zip_count(const pps_zip *zip)
{
	return zip ? zip->directory->n : 0;
}

const char *pps_zip_name(const pps_zip *zip, size_t n)
{
	const pps_zip_entry *e = entry_at(zip, n);

	return !e ? NULL : e->shown ? e->shown : e->name;
}

uint64_t pps_zip_size(const pps_zip *zip, size_t n)
{
	const pps_zip_entry *e = entry_at(zip, n);

	return e ? e->size : 0;
}

uint64_t pps_zip_packed_size(const pps_zip *zip, size_t n)
{
	const pps_zip_entry *e = entry_at(zip, n);

	return e ? e->packed : 0;
}

uint32_t pps_zip_crc32(const pps_zip *zip, size_t n)
{
	const pps_zip_entry *e = entry_at(zip, n);

	return e ? e->crc : 0;
}

int pps_zip_is_stored(const pps_zip *zip, size_t n)
{
	const pps_zip_entry *e = entry_at(zip, n);

	return e && e->method == PPS_ZIP_STORED;
}

int64_t pps_zip_mtime(const pps_zip *zip, size_t n)
{
	const pps_zip_entry *e = entry_at(zip, n);

	return e ? pps_zip_time_to(e->time) : 0;
}

int pps_zip_find(const pps_zip *zip, const char *name, size_t *ret_n, pps_error **err)
{
	if (!zip || !name || !ret_n)
		return pps_fail(err, PPS_E_ARG, "pps_zip_find: zip, name and ret_n must not be NULL");
	for (size_t i = 0; i < zip->directory->n; i++) {
		if (strcmp(pps_zip_name(zip, i), name) == 0) {
			*ret_n = i;
			return PPS_OK;
		}
	}
	return pps_fail(err, PPS_E_NOTFOUND, "%s: has no member %s", pps_store_file_path(zip->file), name);
}

static void fclosep(zip_file_t **f)
{
	if (*f)
		zip_fclose(*f);
}

int pps_zip_each_piece(pps_zip *zip, size_t n, pps_zip_piece_fn fn, void *user, pps_error **err)
{
	_cleanup_(fclosep) zip_file_t *f = NULL;
	_cleanup_free_ char *piece = malloc(PIECE);
	const pps_zip_entry *e = entry_at(zip, n);
	uint64_t total = 0;
	zip_int64_t got;
	int r;

	if (!e)
		return pps_fail(err, PPS_E_ARG, "%s: has no member number %zu", pps_store_file_path(zip->file), n);
	if (!piece)
		return pps_fail_nomem(err);
	if (!(f = zip_fopen_index(zip->zip, n, 0)))
		return fail_zip(zip, zip_get_error(zip->zip), pps_zip_name(zip, n), err);
	do {
		if ((r = pps_ctx_check(zip->ctx, err)) < 0)
			return r;
		if ((got = zip_fread(f, piece, PIECE)) < 0)
			return fail_zip(zip, zip_file_get_error(f), pps_zip_name(zip, n), err);
		total += (uint64_t)got;
		if (total > e->size || (got == 0 && total != e->size))
			return pps_fail(err, PPS_E_FORMAT, "%s: member %s: is not as long as the directory says",
					pps_store_file_path(zip->file), pps_zip_name(zip, n));
		if (got > 0 && (r = fn(user, piece, (size_t)got, err)) < 0)
			return r;
	} while (got > 0);
	return pps_store_file_check(zip->file, err);
}

static int append(void *user, const void *bytes, size_t size, pps_error **err)
{
	pps_buf *b = user;

	pps_buf_add(b, bytes, size);
	return pps_buf_check(b, "member", err);
}

int pps_zip_read(pps_zip *zip, size_t n, uint64_t max, void **ret_bytes, size_t *ret_size, pps_error **err)
{
	const pps_zip_entry *e = entry_at(zip, n);
	_cleanup_buf_ pps_buf b = { .max = (size_t)max };
	size_t size;
	int r;

	if (!e || !ret_bytes || !ret_size)
		return pps_fail(err, PPS_E_ARG, "pps_zip_read: no such member, or a NULL to return in");
	if (e->size > max)
		return pps_fail(err, PPS_E_FORMAT, "%s: member %s: %llu bytes, more than the %llu that are accepted",
				pps_store_file_path(zip->file), pps_zip_name(zip, n), (unsigned long long)e->size,
				(unsigned long long)max);
	if ((r = pps_zip_each_piece(zip, n, append, &b, err)) < 0)
		return r;
	size = b.size;
	if (!(*ret_bytes = pps_buf_take(&b)))
		return pps_fail_nomem(err);
	*ret_size = size;
	return PPS_OK;
}

/* Brings the open deflated member to @offset: forward by reading, backward by beginning anew. */
static int range_seek(pps_zip *zip, size_t n, uint64_t offset, pps_error **err)
{
	char skipped[16384];

	if (zip->range && (zip->range_n != n || zip->range_at > offset)) {
		zip_fclose(zip->range);
		zip->range = NULL;
	}
	if (!zip->range) {
		if (!(zip->range = zip_fopen_index(zip->zip, n, 0)))
			return fail_zip(zip, zip_get_error(zip->zip), pps_zip_name(zip, n), err);
		zip->range_n = n;
		zip->range_at = 0;
	}
	while (zip->range_at < offset) {
		uint64_t left = offset - zip->range_at;
		zip_int64_t got = zip_fread(zip->range, skipped, left < sizeof skipped ? left : sizeof skipped);

		if (got <= 0)
			return fail_zip(zip, zip_file_get_error(zip->range), pps_zip_name(zip, n), err);
		zip->range_at += (uint64_t)got;
	}
	return PPS_OK;
}

static int read_deflated(pps_zip *zip, size_t n, uint64_t offset, void *bytes, size_t size, pps_error **err)
{
	size_t done = 0;
	int r;

	if ((r = range_seek(zip, n, offset, err)) < 0)
		return r;
	while (done < size) {
		zip_int64_t got = zip_fread(zip->range, (char *)bytes + done, size - done);

		if (got <= 0) {
			r = fail_zip(zip, zip_file_get_error(zip->range), pps_zip_name(zip, n), err);
			zip_fclose(TAKE_PTR(zip->range));
			return r;
		}
		done += (size_t)got;
		zip->range_at += (uint64_t)got;
	}
	return PPS_OK;
}

int pps_zip_read_range(pps_zip *zip, size_t n, uint64_t offset, void *bytes, size_t size, size_t *ret_got, pps_error **err)
{
	const pps_zip_entry *e = entry_at(zip, n);
	uint64_t body;
	int r;

	if (!e || (!bytes && size) || !ret_got)
		return pps_fail(err, PPS_E_ARG, "pps_zip_read_range: no such member, or a NULL to return in");
	if (offset >= e->size)
		size = 0;
	else if (size > e->size - offset)
		size = (size_t)(e->size - offset);
	if (e->method == PPS_ZIP_STORED && !(e->flags & PPS_ZIP_FLAG_ENCRYPTED)) {
		size_t got = 0;

		if (e->size != e->packed)
			return pps_fail(err, PPS_E_FORMAT, "%s: member %s: stored, but with two sizes",
					pps_store_file_path(zip->file), pps_zip_name(zip, n));
		if ((r = pps_zip_entry_body(zip->file, zip->directory, e, &body, err)) < 0 ||
		    (r = pps_store_file_read(zip->file, body + offset, bytes, size, &got, err)) < 0)
			return r;
		if (got != size)
			return pps_fail(err, PPS_E_CONFLICT, "%s: became shorter while it was read", pps_store_file_path(zip->file));
	} else if (size > 0 && (r = read_deflated(zip, n, offset, bytes, size, err)) < 0) {
		return r;
	}
	*ret_got = size;
	return PPS_OK;
}
