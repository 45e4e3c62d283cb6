/* SPDX-License-Identifier: BSD-3-Clause */
/* New objects: small ones at once, larger ones in parts while they are written. Nothing has the object's name before it is placed. */
#include <string.h>

#include "base/codec.h"
#include "base/pool.h"
#include "store/store-s3.h"

#define PART_MOST (UINT64_C(5) << 30)

typedef struct s3_temp {
	pps_store_temp temp;
	char *name;
	char *tag;
	char *part; /* what is gathered */
	size_t filled, cap;
	unsigned nparts;
	pps_s3_upload *upload; /* NULL: all of it fits in one part so far */
	pps_pool *pool;
	int is_synced;
} s3_temp;

/* One part on its way. */
typedef struct job {
	pps_s3_upload *upload;
	unsigned number;
	char *bytes;
	size_t size;
} job;

/* 1 when what is there now is what was sent: an answer was lost. */
static int is_ours(pps_store *store, const char *name, size_t size, const char *md5)
{
	pps_store_stat st;

	return pps_s3_stat(store, name, &st, NULL) == PPS_OK && st.size == size && !strcmp(st.etag, md5);
}

static int check_stored(const pps_store *store, const char *name, const pps_http_response *response, const char *md5, pps_error **err)
{
	char etag[PPS_STORE_ETAG_MOST + 8] = "", bare[PPS_STORE_ETAG_MOST + 1], cipher[64];

	pps_http_header(response, "ETag", etag, sizeof etag);
	pps_s3_etag_bare(etag, bare, sizeof bare);
	/* encrypted with other keys it is not the MD5 */
	if (!pps_s3_etag_is_md5(bare) || pps_http_header(response, "x-amz-server-side-encryption", cipher, sizeof cipher))
		return PPS_OK;
	if (strcmp(bare, md5) != 0)
		return pps_fail(err, PPS_E_IO, "write %s%s: it was stored with ETag %s, sent was MD5 %s: damaged on the way or on the server", store->uri,
				name, bare, md5);
	return PPS_OK;
}

int pps_s3_put(pps_store *store, const char *name, const void *bytes, size_t size, int guarded, pps_error **err)
{
	_cleanup_(pps_error_freep) pps_error *e = NULL;
	_cleanup_http_response_ pps_http_response response = { 0 };
	_cleanup_(pps_digest_freep) pps_digest *digest = NULL;
	_cleanup_buf_ pps_buf md5 = PPS_BUF_LINE;
	pps_s3_call call = { .doing = "write", .method = "PUT", .name = name, .body = size ? bytes : "", .body_size = size, .is_conditional = guarded };
	char sha256[65], hex[33];
	pps_digests d;
	int r;

	if ((r = pps_digest_new(PPS_DIGEST_MD5 | PPS_DIGEST_SHA256, &digest, err)) < 0 ||
	    (r = pps_digest_update(digest, bytes, size, err)) < 0 || (r = pps_digest_finish(digest, &d, err)) < 0)
		return r;
	pps_base64_encode(&md5, d.md5, sizeof d.md5);
	if ((r = pps_buf_check(&md5, "MD5", err)) < 0)
		return r;
	pps_hex_encode(d.sha256, sizeof d.sha256, sha256);
	pps_hex_encode(d.md5, sizeof d.md5, hex);
	call.payload = sha256;
	pps_s3_call_header(&call, "Content-MD5", pps_buf_text(&md5));
	if (guarded)
		pps_s3_call_header(&call, "If-None-Match", "*");
	if ((r = pps_s3_exchange(store, &call, &response, &e)) == PPS_OK)
		return check_stored(store, name, &response, hex, err);
	/* an earlier try may have been carried out without an answer: it is then ourselves who are in the way */
	if (call.unanswered && (r == PPS_E_EXISTS || r == PPS_E_UNAVAILABLE || r == PPS_E_TIMEOUT) && is_ours(store, name, size, hex))
		return PPS_OK;
	pps_error_move(err, TAKE_PTR(e));
	return r;
}

static uint64_t part_size(const pps_s3_store *s, unsigned number)
{
	uint64_t size = s->part_size << ((number - 1) / PPS_S3_PARTS_ALIKE);

	return size < PART_MOST ? size : PART_MOST;
}

int pps_s3_temp_new(pps_store *store, const char *name, const char *tag, pps_store_temp **ret_temp, pps_error **err)
{
	s3_temp *t = calloc(1, sizeof *t);
	int r;

	if (!t)
		return pps_fail_nomem(err);
	t->temp.store = pps_store_ref(store);
	if (!(t->name = strdup(name)) || !(t->tag = strdup(tag)))
		r = pps_fail_nomem(err);
	else
		r = pps_store_name_plain(store, name, &t->temp.path, err);
	/* asked now, so that a server that does not permit writing says so before anything was read */
	if (r < 0 || (r = pps_s3_guards(store, err)) < 0) {
		pps_s3_temp_free(&t->temp);
		return r;
	}
	*ret_temp = &t->temp;
	return PPS_OK;
}

static void job_drop(void *arg)
{
	job *j = arg;

	free(j->bytes);
	free(j);
}

static int job_run(void *arg, void *user _unused_, pps_error **err)
{
	job *j = arg;
	int r = pps_s3_upload_part(j->upload, j->number, j->bytes, j->size, err);

	job_drop(j);
	return r;
}

static int start_upload(s3_temp *t, pps_error **err)
{
	const pps_s3_store *s = pps_s3_of(t->temp.store);
	int r;

	if ((r = pps_s3_upload_new(t->temp.store, t->name, t->tag, &t->upload, err)) < 0)
		return r;
	return pps_pool_new(t->temp.store->ctx, s->upload_threads, 1, job_run, job_drop, NULL, &t->pool, err);
}

/* Sends what is gathered as a part. */
static int send_part(s3_temp *t, pps_error **err)
{
	job *j;
	int r;

	if (!t->upload && (r = start_upload(t, err)) < 0)
		return r;
	if (t->nparts == PPS_S3_PARTS_MOST)
		return pps_fail(err, PPS_E_NOSPACE, "%s: larger than an object can be", t->temp.path);
	if (!(j = calloc(1, sizeof *j)))
		return pps_fail_nomem(err);
	*j = (job){ .upload = t->upload, .number = ++t->nparts, .bytes = TAKE_PTR(t->part), .size = t->filled };
	t->filled = t->cap = 0;
	return pps_pool_submit(t->pool, j, err);
}

/* A small object should not cost the memory of a large one. */
static int make_room(s3_temp *t, size_t wanted, pps_error **err)
{
	uint64_t most = part_size(pps_s3_of(t->temp.store), t->nparts + 1);
	size_t cap = t->cap;
	char *grown;

	if (cap >= wanted || cap == most)
		return PPS_OK;
	if (t->upload)
		cap = (size_t)most;
	for (cap = cap ? cap : 64u << 10; cap < wanted && cap < most;)
		cap *= 2;
	if (cap > most)
		cap = (size_t)most;
	if (!(grown = realloc(t->part, cap)))
		return pps_fail_nomem(err);
	t->part = grown;
	t->cap = cap;
	return PPS_OK;
}

int pps_s3_temp_write(pps_store_temp *temp, const void *bytes, size_t size, pps_error **err)
{
	s3_temp *t = (s3_temp *)temp;
	const char *p = bytes;
	int r;

	if (t->is_synced && t->upload && size)
		return pps_fail(err, PPS_E_INTERNAL, "%s: written after its last part was sent", temp->path);
	while (size > 0) {
		uint64_t most = part_size(pps_s3_of(temp->store), t->nparts + 1);
		size_t n;

		if (t->filled == most) {
			if ((r = send_part(t, err)) < 0)
				return r;
			continue;
		}
		if ((r = make_room(t, t->filled + size, err)) < 0)
			return r;
		n = t->cap - t->filled < size ? t->cap - t->filled : size;
		memcpy(t->part + t->filled, p, n);
		t->filled += n;
		temp->size += n;
		p += n;
		size -= n;
	}
	return PPS_OK;
}

/* An object has the time at which it was made, and no permissions of its own. */
int pps_s3_temp_stamp(pps_store_temp *temp _unused_, int64_t mtime _unused_, uint32_t mode _unused_, pps_error **err _unused_)
{
	return PPS_OK;
}

int pps_s3_temp_sync(pps_store_temp *temp, pps_error **err)
{
	s3_temp *t = (s3_temp *)temp;
	int r;

	if (t->upload && !t->is_synced) {
		if ((t->filled && (r = send_part(t, err)) < 0) || (r = pps_pool_wait(t->pool, err)) < 0)
			return r;
	}
	t->is_synced = 1;
	return PPS_OK;
}

int pps_s3_temp_place(pps_store_temp *temp, pps_error **err)
{
	s3_temp *t = (s3_temp *)temp;
	int guards, r;

	if (!t->is_synced)
		return pps_fail(err, PPS_E_INTERNAL, "%s: placed before it was sent", temp->path);
	if (t->upload)
		return pps_s3_upload_complete(t->upload, t->nparts, temp->size, err);
	if ((guards = pps_s3_guards(temp->store, err)) < 0)
		return guards;
	if (!guards) {
		if ((r = pps_store_exists(temp->store, t->name, err)) < 0)
			return r;
		if (r)
			return pps_fail(err, PPS_E_EXISTS, "place %s: there is an object of that name already; nothing was changed", temp->path);
	}
	return pps_s3_put(temp->store, t->name, t->part, t->filled, guards, err);
}

void pps_s3_temp_free(pps_store_temp *temp)
{
	s3_temp *t = (s3_temp *)temp;

	pps_pool_free(t->pool);
	pps_s3_upload_free(t->upload);
	pps_store_unref(temp->store);
	free(temp->path);
	free(t->name);
	free(t->tag);
	free(t->part);
	free(t);
}
