/* SPDX-License-Identifier: BSD-3-Clause */
/* Objects are removed one by one, or by the thousand. */
#include <string.h>

#include "base/codec.h"
#include "store/store-s3.h"

#define MANY 1000

static int remove_one(pps_store *store, const char *name, int is_cleanup, pps_error **err)
{
	_cleanup_(pps_error_freep) pps_error *e = NULL;
	_cleanup_http_response_ pps_http_response response = { 0 };
	pps_s3_call call = { .doing = "remove", .method = "DELETE", .name = name, .is_cleanup = is_cleanup };
	int r = pps_s3_exchange(store, &call, &response, &e);

	if (r == PPS_OK || response.status == 404)
		return PPS_OK;
	pps_error_move(err, TAKE_PTR(e));
	return r;
}

int pps_s3_remove(pps_store *store, const char *name, pps_error **err)
{
	return remove_one(store, name, 0, err);
}

void pps_s3_remove_after(pps_store *store, const char *name)
{
	(void)remove_one(store, name, 1, NULL);
}

/* Some releases of Ceph's gateway abort when several objects at once are removed from a bucket that notifies of removals. Where the
 * bucket's notifications may not be read, it is taken to do so. */
static int ask_notifications(pps_store *store, pps_error **err)
{
	_cleanup_http_response_ pps_http_response response = { 0 };
	pps_s3_call call = { .doing = "ask the notifications of", .method = "GET" };
	int r;

	pps_s3_call_query(&call, "notification", NULL);
	if ((r = pps_s3_exchange(store, &call, &response, NULL)) == PPS_E_CANCELLED)
		return pps_ctx_check(store->ctx, err);
	return r == PPS_OK && !strstr(pps_buf_text(&response.body), "ObjectRemoved");
}

static int removes_many(pps_store *store, pps_error **err)
{
	pps_s3_store *s = pps_s3_of(store);
	int many;

	pthread_mutex_lock(&s->lock);
	many = s->removes_many;
	pthread_mutex_unlock(&s->lock);
	if (many >= 0)
		return many;
	if ((many = ask_notifications(store, err)) < 0)
		return many;
	pthread_mutex_lock(&s->lock);
	s->removes_many = many;
	pthread_mutex_unlock(&s->lock);
	return many;
}

static int add_escaped(pps_buf *b, const char *text, pps_error **err)
{
	for (const char *p = text; *p; p++) {
		unsigned char c = (unsigned char)*p;

		if (c < ' ' && c != '\t' && c != '\n' && c != '\r')
			return 0; /* XML 1.0 has no way to write it */
		if (c == '&' || c == '<' || c == '>' || c == '"' || c < ' ')
			pps_buf_printf(b, "&#%u;", c);
		else
			pps_buf_add_char(b, (char)c);
	}
	return pps_buf_check(b, "list of objects", err) < 0 ? PPS_E_NOMEM : 1;
}

/* At most MANY names; those that cannot be written in XML go one by one. */
static int remove_some(pps_store *store, const char *const *names, size_t n, pps_error **err)
{
	_cleanup_http_response_ pps_http_response response = { 0 };
	_cleanup_(pps_digest_freep) pps_digest *digest = NULL;
	_cleanup_buf_ pps_buf xml = PPS_BUF(16u << 20), md5 = PPS_BUF_LINE;
	pps_s3_call call = { .doing = "remove objects of", .method = "POST" };
	_cleanup_free_ char *failed_key = NULL;
	pps_s3_fault fault;
	size_t failed = 0, listed = 0;
	pps_digests d;
	int r;

	pps_buf_add_text(&xml, "<Delete xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Quiet>true</Quiet>");
	for (size_t i = 0; i < n; i++) {
		_cleanup_free_ char *key = NULL;
		size_t keep = xml.size;

		if ((r = pps_s3_key(store, names[i], &key, err)) < 0)
			return r;
		pps_buf_add_text(&xml, "<Object><Key>");
		if ((r = add_escaped(&xml, key, err)) < 0)
			return r;
		if (r) {
			pps_buf_add_text(&xml, "</Key></Object>");
			listed++;
		} else {
			pps_buf_truncate(&xml, keep);
			if ((r = pps_s3_remove(store, names[i], err)) < 0)
				return r;
		}
	}
	pps_buf_add_text(&xml, "</Delete>");
	if (!listed)
		return PPS_OK;
	if ((r = pps_buf_check(&xml, "list of objects", err)) < 0 || (r = pps_digest_new(PPS_DIGEST_MD5, &digest, err)) < 0 ||
	    (r = pps_digest_update(digest, xml.at, xml.size, err)) < 0 || (r = pps_digest_finish(digest, &d, err)) < 0)
		return r;
	pps_base64_encode(&md5, d.md5, sizeof d.md5);
	if ((r = pps_buf_check(&md5, "MD5", err)) < 0)
		return r;
	call.body = xml.at;
	call.body_size = xml.size;
	pps_s3_call_query(&call, "delete", NULL);
	pps_s3_call_header(&call, "Content-MD5", pps_buf_text(&md5));
	if ((r = pps_s3_exchange(store, &call, &response, err)) < 0 ||
	    (r = pps_s3_xml_deleted(pps_buf_text(&response.body), response.body.size, &failed, &failed_key, &fault, err)) < 0)
		return r;
	if (!failed)
		return PPS_OK;
	return pps_fail(err, !strcmp(fault.code, "AccessDenied") ? PPS_E_ACCESS : pps_s3_judge(200, &fault).code,
			"remove s3://%s/%s: %s%s%s (of %zu objects %zu were not removed)", pps_s3_of(store)->bucket, failed_key ? failed_key : "?",
			fault.code, *fault.message ? ": " : "", fault.message, n, failed);
}

int pps_s3_remove_many(pps_store *store, const char *const *names, size_t n, pps_error **err)
{
	int many = n > 1 ? removes_many(store, err) : 0, r = PPS_OK;

	if (many < 0)
		return many;
	for (size_t i = 0; i < n && r == PPS_OK; i += many ? MANY : 1) {
		if ((r = pps_ctx_check(store->ctx, err)) < 0)
			return r;
		r = many ? remove_some(store, names + i, n - i < MANY ? n - i : MANY, err) : pps_s3_remove(store, names[i], err);
	}
	return r;
}
