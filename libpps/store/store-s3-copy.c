/* SPDX-License-Identifier: BSD-3-Clause */
/* Copies that the server makes itself, and moves: a copy that was verified, then the original goes. */
#include <inttypes.h>
#include <string.h>

#include "store/store-s3.h"

#define PART (UINT64_C(1) << 30)
#define BLOCK (1u << 20)

static int copy_at_once(pps_store *store, const char *from, const pps_store_stat *st, const char *to, pps_error **err)
{
	_cleanup_http_response_ pps_http_response response = { 0 };
	pps_s3_call call = { .doing = "copy to", .method = "PUT", .name = to, .wants_etag_match = 1 };
	_cleanup_free_ char *source = NULL;
	char match[PPS_STORE_ETAG_MOST + 3];
	int r;

	if ((r = pps_s3_copy_source(store, from, &source, err)) < 0)
		return r;
	snprintf(match, sizeof match, "\"%s\"", st->etag);
	pps_s3_call_header(&call, "x-amz-copy-source", source);
	pps_s3_call_header(&call, "x-amz-copy-source-if-match", match);
	return pps_s3_exchange(store, &call, &response, err);
}

static int copy_in_parts(pps_store *store, const char *from, const pps_store_stat *st, const char *to, pps_error **err)
{
	_cleanup_(pps_s3_upload_freep) pps_s3_upload *upload = NULL;
	uint64_t part = pps_s3_of(store)->copy_most < PART ? pps_s3_of(store)->copy_most : PART;
	const char *slash = strrchr(to, '/');
	unsigned n = 0;
	int r;

	if ((r = pps_s3_upload_new(store, to, slash ? slash + 1 : to, &upload, err)) < 0)
		return r;
	for (uint64_t at = 0; at < st->size; at += part) {
		uint64_t size = st->size - at < part ? st->size - at : part;

		if ((r = pps_s3_upload_part_copy(upload, ++n, from, st->etag, at, size, err)) < 0)
			return r;
	}
	if ((r = pps_s3_upload_ask_parts(upload, err)) < 0)
		return r;
	return pps_s3_upload_complete(upload, n, st->size, err);
}

/* Where the ETags do not say it (a copy of an object of several parts has another), the bytes do. */
static int verify(pps_store *store, const char *from, const pps_store_stat *st, const char *to, pps_error **err)
{
	pps_store_stat copy;
	int r, same = 0;

	if ((r = pps_s3_stat(store, to, &copy, err)) < 0)
		return r;
	if (copy.size == st->size && !strcmp(copy.etag, st->etag))
		return PPS_OK;
	if (copy.size == st->size && (!pps_s3_etag_is_md5(copy.etag) || !pps_s3_etag_is_md5(st->etag)) &&
	    (r = pps_store_same(store, from, store, to, &same, err)) < 0)
		return r;
	return same ? PPS_OK :
		      pps_fail(err, PPS_E_CONFLICT, "copy %s%s to %s: the copy has %" PRIu64 " bytes with ETag %s, the original %" PRIu64 " with %s",
			       store->uri, from, to, copy.size, copy.etag, st->size, st->etag);
}

int pps_s3_copy(pps_store *store, const char *from, const char *to, pps_error **err)
{
	pps_store_stat st;
	int r;

	if ((r = pps_s3_stat(store, from, &st, err)) < 0 || (r = pps_store_exists(store, to, err)) < 0)
		return r;
	if (r)
		return pps_fail(err, PPS_E_EXISTS, "copy %s%s to %s: there is an object of that name already; nothing was changed", store->uri, from, to);
	r = st.size > pps_s3_of(store)->copy_most ? copy_in_parts(store, from, &st, to, err) : copy_at_once(store, from, &st, to, err);
	return r < 0 ? r : verify(store, from, &st, to, err);
}

int pps_s3_move(pps_store *store, const char *from, const char *to, pps_error **err)
{
	int r = pps_s3_copy(store, from, to, err);

	return r < 0 ? r : pps_s3_remove(store, from, err);
}
