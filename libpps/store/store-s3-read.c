/* SPDX-License-Identifier: BSD-3-Clause */
/* Reading objects: by ranges, each of which must be of the version that was opened. Small readings come from a window that grows while
 * they go forward. What is read from the first byte to the last is compared with the ETag where that is the content's MD5. */
#include <inttypes.h>
#include <string.h>

#include "base/codec.h"
#include "store/store-s3.h"

#define WINDOW_LEAST (128u << 10)
#define WINDOW_MOST (8u << 20)

typedef struct s3_file {
	pps_store_file file;
	char *name;
	int is_md5; /* the ETag is the content's MD5 */
	char *window;
	uint64_t window_at;
	size_t window_size, window_cap;
	pps_digest *digest; /* of what was read in order so far; NULL before and after */
	uint64_t in_order;
	int is_whole; /* everything was read in order, and is what the ETag says */
} s3_file;

int pps_s3_stat(pps_store *store, const char *name, pps_store_stat *ret_stat, pps_error **err)
{
	_cleanup_http_response_ pps_http_response response = { 0 };
	pps_s3_call call = { .doing = "look at", .method = "HEAD", .name = name };
	int r;

	if ((r = pps_s3_exchange(store, &call, &response, err)) < 0)
		return r;
	return pps_s3_stat_read(&response, ret_stat, err);
}

void pps_s3_file_close(pps_store_file *file)
{
	s3_file *f = (s3_file *)file;

	pps_digest_free(f->digest);
	pps_store_unref(f->file.store);
	free(f->file.path);
	free(f->name);
	free(f->window);
	free(f);
}

int pps_s3_file_open(pps_store *store, const char *name, const pps_store_stat *known, pps_store_file **ret_file, pps_error **err)
{
	s3_file *f = calloc(1, sizeof *f);
	int r;

	if (!f)
		return pps_fail_nomem(err);
	f->file.store = pps_store_ref(store);
	if (!(f->name = strdup(name))) {
		r = pps_fail_nomem(err);
		goto fail;
	}
	if ((r = pps_store_name_plain(store, name, &f->file.path, err)) < 0)
		goto fail;
	if (known && *known->etag)
		f->file.stat = *known;
	else if ((r = pps_s3_stat(store, name, &f->file.stat, err)) < 0)
		goto fail;
	if (known && !*known->etag && known->size != f->file.stat.size) {
		r = pps_fail(err, PPS_E_CONFLICT, "%s: changed since it was listed (%" PRIu64 " bytes then, %" PRIu64 " now)", f->file.path,
			     known->size, f->file.stat.size);
		goto fail;
	}
	f->is_md5 = pps_s3_etag_is_md5(f->file.stat.etag);
	*ret_file = &f->file;
	return PPS_OK;
fail:
	pps_s3_file_close(&f->file);
	return r;
}

/* Where the bytes of one range go; a connection that breaks is taken up where it broke. */
typedef struct range {
	const char *path;
	const pps_store_stat *known;
	char *to;
	uint64_t first;
	size_t size, got;
	const pps_http_response *response;
	int (*should_end)(void *user);
	void *user;
	int is_same; /* the answer that comes is of the version that is known */
	int is_md5;  /* the ETag is the content's MD5 */
	char bytes[64]; /* of the header Range */
	char match[PPS_STORE_ETAG_MOST + 3];
} range;

/* Whether the server heeds If-Match or not. */
static int check_etag(const range *r, pps_error **err)
{
	char etag[PPS_STORE_ETAG_MOST + 8] = "", bare[PPS_STORE_ETAG_MOST + 1];

	pps_http_header(r->response, "ETag", etag, sizeof etag);
	pps_s3_etag_bare(etag, bare, sizeof bare);
	if (strcmp(bare, r->known->etag) != 0)
		return pps_fail(err, PPS_E_CONFLICT, "%s: changed since it was listed or opened (ETag %s then, %s now)", r->path, r->known->etag, bare);
	return PPS_OK;
}

static int take_bytes(void *user, const void *bytes, size_t size, pps_error **err)
{
	range *r = user;
	int e;

	if (r->should_end && r->should_end(r->user))
		return pps_fail(err, PPS_E_CANCELLED, "%s: not needed any more", r->path);
	if (!r->is_same && (e = check_etag(r, err)) < 0)
		return e;
	r->is_same = 1;
	if (size > r->size - r->got)
		return pps_fail(err, PPS_E_FORMAT, "%s: the server sent more than the %zu bytes that were asked for", r->path, r->size);
	memcpy(r->to + r->got, bytes, size);
	r->got += size;
	return PPS_OK;
}

/* A broken connection may have come after the last byte, too. */
static int go_on(pps_s3_call *call, pps_error **err)
{
	range *r = call->user;

	if (r->should_end && r->should_end(r->user))
		return pps_fail(err, PPS_E_CANCELLED, "%s: not needed any more", r->path);
	if (r->got == r->size)
		r->got = 0;
	r->is_same = 0;
	snprintf(r->bytes, sizeof r->bytes, "bytes=%" PRIu64 "-%" PRIu64, r->first + r->got, r->first + r->size - 1);
	return PPS_OK;
}

/* Encrypted with keys of its own, an object's ETag is not the MD5 of its content. */
static int is_content_md5(const char *etag, const pps_http_response *response)
{
	char cipher[64];

	return pps_s3_etag_is_md5(etag) && !pps_http_header(response, "x-amz-server-side-encryption-customer-algorithm", cipher, sizeof cipher) &&
	       !(pps_http_header(response, "x-amz-server-side-encryption", cipher, sizeof cipher) && strncmp(cipher, "aws:kms", 7) == 0);
}

static int check_answer(range *want, pps_error **err)
{
	const pps_http_response *response = want->response;
	uint64_t first = 0, last = 0, total = 0, from = want->first + want->got - response->received;
	char text[96] = "";
	int r;

	if ((r = check_etag(want, err)) < 0)
		return r;
	if (response->status == 200) { /* ranges are not heeded: only the whole will do */
		if (from == 0 && want->size == want->known->size)
			return PPS_OK;
		return pps_fail(err, PPS_E_UNSUPPORTED, "%s: the server does not send parts of an object", want->path);
	}
	if (!pps_http_header(response, "Content-Range", text, sizeof text) ||
	    sscanf(text, "bytes %" SCNu64 "-%" SCNu64 "/%" SCNu64, &first, &last, &total) != 3)
		return pps_fail(err, PPS_E_FORMAT, "%s: a part was asked for, the server does not say which it sent (\"%s\")", want->path, text);
	if (total != want->known->size)
		return pps_fail(err, PPS_E_CONFLICT, "%s: changed since it was listed or opened (%" PRIu64 " bytes then, %" PRIu64 " now)",
				want->path, want->known->size, total);
	if (first != from || last != want->first + want->size - 1)
		return pps_fail(err, PPS_E_FORMAT, "%s: bytes %" PRIu64 " to %" PRIu64 " were asked for, the server sent \"%s\"", want->path,
				from, want->first + want->size - 1, text);
	want->is_md5 = is_content_md5(want->known->etag, response);
	return PPS_OK;
}

static int fetch_range(pps_store *store, const char *name, range *want, pps_error **err)
{
	_cleanup_http_response_ pps_http_response response = { 0 };
	pps_s3_call call = { .doing = "read", .method = "GET", .name = name, .sink = take_bytes, .again = go_on, .user = want,
			     .wants_etag_match = 1 };
	int r;

	want->response = &response;
	snprintf(want->match, sizeof want->match, "\"%s\"", want->known->etag);
	pps_s3_call_header(&call, "Range", want->bytes);
	pps_s3_call_header(&call, "If-Match", want->match);
	if ((r = go_on(&call, err)) < 0 || (r = pps_s3_exchange(store, &call, &response, err)) < 0 || (r = check_answer(want, err)) < 0)
		return r;
	if (want->got != want->size)
		return pps_fail(err, PPS_E_IO, "%s: %zu bytes came of the %zu that were asked for", want->path, want->got, want->size);
	return PPS_OK;
}

int pps_s3_read_range(pps_store *store, pps_store_range *piece, pps_error **err)
{
	range want = { .known = piece->known, .to = piece->bytes, .first = piece->offset, .size = piece->size,
		       .should_end = piece->should_end, .user = piece->user };
	_cleanup_free_ char *path = NULL;
	int r;

	if ((r = pps_store_name_plain(store, piece->name, &path, err)) < 0)
		return r;
	want.path = path;
	if (!*piece->known->etag)
		return pps_fail(err, PPS_E_INTERNAL, "%s: read without an ETag, so that a change could not be noticed", path);
	if ((r = fetch_range(store, piece->name, &want, err)) < 0)
		return r;
	piece->is_md5 = want.is_md5;
	return PPS_OK;
}

static int take_first(void *user, const void *bytes, size_t size, pps_error **err)
{
	s3_file *f = user;

	if (size > f->window_cap - f->window_size)
		return pps_fail(err, PPS_E_UNSUPPORTED, "%s: the server does not send parts of an object", f->file.path);
	memcpy(f->window + f->window_size, bytes, size);
	f->window_size += size;
	return PPS_OK;
}

static int first_again(pps_s3_call *call, pps_error **err _unused_)
{
	((s3_file *)call->user)->window_size = 0;
	return PPS_OK;
}

/* What the answer to the first reading says of the object. */
static int read_first(s3_file *f, const pps_http_response *response, pps_error **err)
{
	uint64_t first = 0, last = 0, total = 0;
	char text[96] = "";
	int r;

	if ((r = pps_s3_stat_read(response, &f->file.stat, err)) < 0)
		return pps_wrap(err, r, "%s", f->file.path);
	if (response->status == 206) {
		if (!pps_http_header(response, "Content-Range", text, sizeof text) ||
		    sscanf(text, "bytes %" SCNu64 "-%" SCNu64 "/%" SCNu64, &first, &last, &total) != 3 || first || last >= total ||
		    (last + 1 < total && last + 1 != f->window_cap))
			return pps_fail(err, PPS_E_FORMAT, "%s: the first %zu bytes were asked for, the server sent \"%s\"", f->file.path, f->window_cap, text);
		f->file.stat.size = total;
	}
	if (f->window_size != (response->status == 206 ? last + 1 : f->file.stat.size))
		return pps_fail(err, PPS_E_IO, "%s: %zu bytes came, the server announced others", f->file.path, f->window_size);
	f->is_md5 = is_content_md5(f->file.stat.etag, response);
	return PPS_OK;
}

int pps_s3_file_open_ahead(pps_store *store, const char *name, size_t ahead, pps_store_file **ret_file, pps_error **err)
{
	_cleanup_http_response_ pps_http_response response = { 0 };
	_cleanup_(pps_error_freep) pps_error *e = NULL;
	pps_s3_call call = { .doing = "read", .method = "GET", .name = name, .sink = take_first, .again = first_again };
	s3_file *f = calloc(1, sizeof *f);
	char bytes[64];
	int r;

	if (!f)
		return pps_fail_nomem(err);
	f->file.store = pps_store_ref(store);
	f->window_cap = ahead;
	call.user = f;
	snprintf(bytes, sizeof bytes, "bytes=0-%zu", ahead - 1);
	pps_s3_call_header(&call, "Range", bytes);
	if (!(f->name = strdup(name)) || !(f->window = malloc(ahead)))
		r = pps_fail_nomem(&e);
	else if ((r = pps_store_name_plain(store, name, &f->file.path, &e)) == PPS_OK && (r = pps_s3_exchange(store, &call, &response, &e)) == PPS_OK)
		r = read_first(f, &response, &e);
	if (r == PPS_OK) {
		*ret_file = &f->file;
		return PPS_OK;
	}
	pps_s3_file_close(&f->file);
	/* an empty object has no first byte */
	if (response.status == 416)
		return pps_s3_file_open(store, name, NULL, ret_file, err);
	pps_error_move(err, TAKE_PTR(e));
	return r;
}

static int fetch(s3_file *f, uint64_t offset, void *bytes, size_t size, pps_error **err)
{
	range want = { .path = f->file.path, .known = &f->file.stat, .to = bytes, .first = offset, .size = size };
	int r = fetch_range(f->file.store, f->name, &want, err);

	f->is_md5 &= want.is_md5;
	return r;
}

/* The window begins at @offset; while readings go on where it ended, it grows. */
static int fill(s3_file *f, uint64_t offset, pps_error **err)
{
	uint64_t rest = f->file.stat.size - offset, most = pps_ctx_memory(f->file.store->ctx) / 16;
	size_t size = WINDOW_LEAST;
	char *grown;
	int r;

	if (f->window_size && offset == f->window_at + f->window_size)
		size = 2 * f->window_cap;
	if (size > WINDOW_MOST)
		size = WINDOW_MOST;
	if (size > most)
		size = most < WINDOW_LEAST ? WINDOW_LEAST : (size_t)most;
	if (size > f->window_cap) {
		f->window_size = 0;
		if (!(grown = realloc(f->window, size)))
			return pps_fail_nomem(err);
		f->window = grown;
		f->window_cap = size;
	}
	f->window_size = 0;
	if (size > rest)
		size = (size_t)rest;
	if ((r = fetch(f, offset, f->window, size, err)) < 0)
		return r;
	f->window_at = offset;
	f->window_size = size;
	return PPS_OK;
}

static int end_digest(s3_file *f, pps_error **err)
{
	pps_digest *digest = TAKE_PTR(f->digest);
	pps_digests d;
	char hex[33];
	int r = pps_digest_finish(digest, &d, err);

	pps_digest_free(digest);
	if (r < 0)
		return r;
	pps_hex_encode(d.md5, sizeof d.md5, hex);
	if (f->is_md5 && strcmp(hex, f->file.stat.etag) != 0)
		return pps_fail(err, PPS_E_IO, "%s: the content that came has MD5 %s, its ETag is %s: damaged on the way or on the server", f->file.path,
				hex, f->file.stat.etag);
	f->is_whole = 1;
	return PPS_OK;
}

/* Follows what is read in order. A reader that begins anew is followed anew. */
static int follow(s3_file *f, uint64_t offset, const void *bytes, size_t size, pps_error **err)
{
	int r;

	if (f->is_whole || !size)
		return PPS_OK;
	if (offset == 0) {
		pps_digest_free(f->digest);
		f->digest = NULL;
		f->in_order = 0;
		if ((r = pps_digest_new(f->is_md5 ? PPS_DIGEST_MD5 : 0, &f->digest, err)) < 0)
			return r;
	}
	if (!f->digest || offset != f->in_order)
		return PPS_OK;
	f->in_order += size;
	if ((r = pps_digest_update(f->digest, bytes, size, err)) < 0)
		return r;
	return f->in_order == f->file.stat.size ? end_digest(f, err) : PPS_OK;
}

int pps_s3_file_read(pps_store_file *file, uint64_t offset, void *bytes, size_t size, size_t *ret_got, pps_error **err)
{
	s3_file *f = (s3_file *)file;
	uint64_t end = file->stat.size;
	size_t got = 0;
	int r;

	if (offset >= end)
		size = 0;
	else if (size > end - offset)
		size = (size_t)(end - offset);
	while (got < size) {
		uint64_t at = offset + got;
		size_t n = size - got;

		if (f->window_size && at >= f->window_at && at < f->window_at + f->window_size) {
			uint64_t left = f->window_at + f->window_size - at;

			n = n < left ? n : (size_t)left;
			memcpy((char *)bytes + got, f->window + (at - f->window_at), n);
		} else if (n >= WINDOW_MOST / 8) {
			n = n < WINDOW_MOST ? n : WINDOW_MOST;
			if ((r = fetch(f, at, (char *)bytes + got, n, err)) < 0)
				return r;
		} else {
			if ((r = fill(f, at, err)) < 0)
				return r;
			continue;
		}
		if ((r = follow(f, at, (char *)bytes + got, n, err)) < 0)
			return r;
		got += n;
	}
	*ret_got = got;
	return PPS_OK;
}

int pps_s3_file_check(pps_store_file *file, pps_error **err)
{
	s3_file *f = (s3_file *)file;
	pps_store_stat now;
	int r;

	/* all of it came, and all of one version */
	if (f->is_whole)
		return PPS_OK;
	if ((r = pps_s3_stat(file->store, f->name, &now, err)) == PPS_E_NOTFOUND)
		return pps_recode(err, PPS_E_CONFLICT);
	if (r < 0)
		return r;
	if (now.size != file->stat.size || strcmp(now.etag, file->stat.etag) != 0)
		return pps_fail(err, PPS_E_CONFLICT, "%s: changed while it was read (%" PRIu64 " bytes before, %" PRIu64 " after)", file->path,
				file->stat.size, now.size);
	return PPS_OK;
}
