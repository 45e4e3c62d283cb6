/* SPDX-License-Identifier: BSD-3-Clause */
/* Multipart uploads: begun behind a mark that says whose they are, verified when they are completed, swept when their process is gone. */
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <string.h>
#include <time.h>

#include "base/codec.h"
#include "base/time.h"
#include "store/store-s3.h"

#define TAG_MOST 128
#define MARK_MOST 4096
#define ETAG_MOST PPS_STORE_ETAG_MOST

typedef struct part {
	char etag[ETAG_MOST + 1]; /* as the server told it; "": it did not */
	uint8_t md5[16];
	int has_md5;
} part;

struct pps_s3_upload {
	pps_store *store;
	char *name; /* of the object to be */
	char *mark; /* name of the object that says whose upload it is; NULL: none there */
	char *id;   /* NULL: not begun */
	pthread_mutex_t lock;
	part *parts; /* guarded by the lock */
	size_t nparts, cap;
	int is_completed;
	int is_doubtful; /* an answer was lost when it began: there may be another one that nobody knows */
};

/* "<folder of the name>/.pps-<tag>-<host>-<pid>", as files are called while they are written. */
int pps_s3_mark_name(const char *name, const char *tag, char **ret_name, pps_error **err)
{
	_cleanup_buf_ pps_buf b = PPS_BUF_LINE;
	const char *slash = strrchr(name, '/');
	char host[PPS_HOST_MOST + 1];
	int r;

	pps_store_host_name(host);
	pps_buf_add(&b, name, slash ? (size_t)(slash + 1 - name) : 0);
	pps_buf_add_text(&b, PPS_S3_MARK);
	for (size_t i = 0; tag[i] && i < TAG_MOST; i++)
		pps_buf_add_char(&b, isalnum((unsigned char)tag[i]) || strchr("_-.", tag[i]) ? tag[i] : '_');
	pps_buf_printf(&b, "-%s-%ld", host, (long)getpid());
	if ((r = pps_buf_check(&b, "name", err)) < 0)
		return r;
	return (*ret_name = pps_buf_take(&b)) ? PPS_OK : pps_fail_nomem(err);
}

static int abort_upload(pps_store *store, const char *name, const char *id, int is_cleanup, pps_error **err)
{
	_cleanup_http_response_ pps_http_response response = { 0 };
	pps_s3_call call = { .doing = "abort the upload of", .method = "DELETE", .name = name, .is_cleanup = is_cleanup };
	int r;

	pps_s3_call_query(&call, "uploadId", id);
	r = pps_s3_exchange(store, &call, &response, is_cleanup ? NULL : err);
	if (r == PPS_E_NOTFOUND && !is_cleanup && err) {
		pps_error_free(*err);
		*err = NULL;
	}
	return r == PPS_E_NOTFOUND ? PPS_OK : r;
}

/* One page of the uploads of one object; others whose keys begin alike are among them. */
static int get_uploads(pps_store *store, const char *key, const pps_s3_page *before, pps_s3_page *page, pps_error **err)
{
	_cleanup_http_response_ pps_http_response response = { 0 };
	pps_s3_call call = { .doing = "list the uploads in", .method = "GET" };
	int r;

	pps_s3_call_query(&call, "uploads", NULL);
	pps_s3_call_query(&call, "encoding-type", "url");
	pps_s3_call_query(&call, "prefix", key);
	if (before->next)
		pps_s3_call_query(&call, "key-marker", before->next);
	if (before->next_id)
		pps_s3_call_query(&call, "upload-id-marker", before->next_id);
	if ((r = pps_s3_exchange(store, &call, &response, err)) < 0)
		return r;
	return pps_s3_xml_uploads(pps_buf_text(&response.body), response.body.size, page, err);
}

/* Ceph quotes the keys of uploads when it is asked to, and does not say so. One that was quoted for another reason names another object, whose
 * upload a request for this one does not touch. */
static int is_key(const char *item, const char *key)
{
	_cleanup_buf_ pps_buf b = PPS_BUF_LINE;

	return !strcmp(item, key) ||
	       (pps_percent_decode(&b, item, strlen(item), NULL) == PPS_OK && pps_buf_check(&b, "key", NULL) == PPS_OK && !strcmp(pps_buf_text(&b), key));
}

/* Aborts every upload of an object. */
static int abort_all(pps_store *store, const char *name, pps_error **err)
{
	_cleanup_s3_page_ pps_s3_page before = { 0 };
	_cleanup_free_ char *key = NULL;
	int r, more;

	if ((r = pps_s3_key(store, name, &key, err)) < 0)
		return r;
	do {
		_cleanup_s3_page_ pps_s3_page page = { 0 };

		if ((r = get_uploads(store, key, &before, &page, err)) < 0)
			return r;
		for (size_t i = 0; i < page.n; i++)
			if (is_key(page.items[i].key, key) && page.items[i].id &&
			    (r = abort_upload(store, name, page.items[i].id, 0, err)) < 0)
				return r;
		more = page.is_truncated;
		if (more && before.next && !strcmp(before.next, page.next) && before.next_id && page.next_id && !strcmp(before.next_id, page.next_id))
			return pps_fail(err, PPS_E_FORMAT, "%s: the server's list of uploads does not come to an end", store->uri);
		pps_s3_page_free(&before);
		before = page;
		page = (pps_s3_page){ 0 };
	} while (more);
	return PPS_OK;
}

/* The mark is there before the upload is. One of the same name is of a process that had our id and is gone. */
static int put_mark(pps_s3_upload *u, const char *tag, pps_error **err)
{
	_cleanup_(pps_error_freep) pps_error *e = NULL;
	_cleanup_free_ char *name = NULL;
	int r;

	if ((r = pps_s3_mark_name(u->name, tag, &name, err)) < 0)
		return r;
	if ((r = pps_s3_put(u->store, name, u->name, strlen(u->name), 1, &e)) == PPS_E_EXISTS || r == PPS_E_UNSUPPORTED) {
		if ((r = abort_all(u->store, u->name, err)) < 0 ||
		    (r = pps_s3_put(u->store, name, u->name, strlen(u->name), 0, err)) < 0)
			return r;
	} else if (r < 0) {
		pps_error_move(err, TAKE_PTR(e));
		return r;
	}
	u->mark = TAKE_PTR(name);
	return PPS_OK;
}

static int begin(pps_s3_upload *u, pps_error **err)
{
	_cleanup_http_response_ pps_http_response response = { 0 };
	pps_s3_call call = { .doing = "begin the upload of", .method = "POST", .name = u->name };
	int r;

	pps_s3_call_query(&call, "uploads", NULL);
	r = pps_s3_exchange(u->store, &call, &response, err);
	u->is_doubtful = call.unanswered > 0;
	if (r < 0)
		return r;
	return pps_s3_xml_upload_id(pps_buf_text(&response.body), response.body.size, &u->id, err);
}

int pps_s3_upload_new(pps_store *store, const char *name, const char *tag, pps_s3_upload **ret_upload, pps_error **err)
{
	_cleanup_(pps_s3_upload_freep) pps_s3_upload *u = calloc(1, sizeof *u);
	int r;

	if (!u)
		return pps_fail_nomem(err);
	pthread_mutex_init(&u->lock, NULL);
	u->store = pps_store_ref(store);
	if (!(u->name = strdup(name)))
		return pps_fail_nomem(err);
	if ((r = put_mark(u, tag, err)) < 0 || (r = begin(u, err)) < 0)
		return r;
	*ret_upload = TAKE_PTR(u);
	return PPS_OK;
}

/* 1 when no upload of ours can be left. */
static int is_cleared(pps_s3_upload *u)
{
	if (!u->is_completed && u->id && abort_upload(u->store, u->name, u->id, 1, NULL) < 0)
		return 0;
	/* once the object is there, whatever else is under way to its name could only replace it */
	return !u->is_doubtful || (u->is_completed && abort_all(u->store, u->name, NULL) == PPS_OK);
}

void pps_s3_upload_free(pps_s3_upload *upload)
{
	if (!upload)
		return;
	/* what cannot be aborted now is left to the next sweep, with its mark */
	if (upload->mark && is_cleared(upload))
		pps_s3_remove_after(upload->store, upload->mark);
	pps_store_unref(upload->store);
	pthread_mutex_destroy(&upload->lock);
	free(upload->parts);
	free(upload->name);
	free(upload->mark);
	free(upload->id);
	free(upload);
}

static int set_part(pps_s3_upload *u, unsigned n, const part *p, pps_error **err)
{
	int r = PPS_OK;

	pthread_mutex_lock(&u->lock);
	while (u->nparts < n && r == PPS_OK) {
		if (pps_grow(&u->parts, &u->cap, u->nparts, sizeof *u->parts) < 0)
			r = pps_fail_nomem(err);
		else
			u->parts[u->nparts++] = (part){ .etag = "" };
	}
	if (r == PPS_OK)
		u->parts[n - 1] = *p;
	pthread_mutex_unlock(&u->lock);
	return r;
}

int pps_s3_upload_part(pps_s3_upload *upload, unsigned n, const void *bytes, size_t size, pps_error **err)
{
	_cleanup_http_response_ pps_http_response response = { 0 };
	_cleanup_(pps_digest_freep) pps_digest *digest = NULL;
	_cleanup_buf_ pps_buf md5 = PPS_BUF_LINE;
	pps_s3_call call = { .doing = "upload", .method = "PUT", .name = upload->name, .body = bytes, .body_size = size };
	char number[16], sha256[65], hex[33], etag[ETAG_MOST + 8] = "";
	part p = { .has_md5 = 1 };
	pps_digests d;
	int r;

	if ((r = pps_digest_new(PPS_DIGEST_MD5 | PPS_DIGEST_SHA256, &digest, err)) < 0 ||
	    (r = pps_digest_update(digest, bytes, size, err)) < 0 || (r = pps_digest_finish(digest, &d, err)) < 0)
		return r;
	memcpy(p.md5, d.md5, sizeof p.md5);
	pps_base64_encode(&md5, d.md5, sizeof d.md5);
	if ((r = pps_buf_check(&md5, "MD5", err)) < 0)
		return r;
	pps_hex_encode(d.sha256, sizeof d.sha256, sha256);
	pps_hex_encode(d.md5, sizeof d.md5, hex);
	snprintf(number, sizeof number, "%u", n);
	call.payload = sha256;
	pps_s3_call_query(&call, "partNumber", number);
	pps_s3_call_query(&call, "uploadId", upload->id);
	pps_s3_call_header(&call, "Content-MD5", pps_buf_text(&md5));
	if ((r = pps_s3_exchange(upload->store, &call, &response, err)) < 0)
		return r;
	pps_http_header(&response, "ETag", etag, sizeof etag);
	pps_s3_etag_bare(etag, p.etag, sizeof p.etag);
	if (pps_s3_etag_is_md5(p.etag) && strcmp(p.etag, hex) != 0)
		return pps_fail(err, PPS_E_IO, "upload %s%s: part %u was stored with ETag %s, sent was MD5 %s: damaged on the way", upload->store->uri,
				upload->name, n, p.etag, hex);
	return set_part(upload, n, &p, err);
}

int pps_s3_copy_source(const pps_store *store, const char *name, char **ret_text, pps_error **err)
{
	_cleanup_buf_ pps_buf b = PPS_BUF(256u << 10);
	_cleanup_free_ char *key = NULL;
	const char *bucket = pps_s3_of(store)->bucket;
	int r;

	if ((r = pps_s3_key(store, name, &key, err)) < 0)
		return r;
	pps_buf_add_char(&b, '/');
	pps_percent_encode(&b, bucket, strlen(bucket), "");
	pps_buf_add_char(&b, '/');
	pps_percent_encode(&b, key, strlen(key), "/");
	if ((r = pps_buf_check(&b, "key", err)) < 0)
		return r;
	return (*ret_text = pps_buf_take(&b)) ? PPS_OK : pps_fail_nomem(err);
}

int pps_s3_upload_part_copy(pps_s3_upload *upload, unsigned n, const char *from, const char *etag, uint64_t offset, uint64_t size,
			    pps_error **err)
{
	_cleanup_http_response_ pps_http_response response = { 0 };
	pps_s3_call call = { .doing = "copy to", .method = "PUT", .name = upload->name, .wants_etag_match = 1 };
	_cleanup_free_ char *source = NULL, *got = NULL;
	char number[16], bytes[64], match[ETAG_MOST + 3];
	part p = { .has_md5 = 0 };
	int r;

	if ((r = pps_s3_copy_source(upload->store, from, &source, err)) < 0)
		return r;
	snprintf(number, sizeof number, "%u", n);
	snprintf(bytes, sizeof bytes, "bytes=%" PRIu64 "-%" PRIu64, offset, offset + size - 1);
	snprintf(match, sizeof match, "\"%s\"", etag);
	pps_s3_call_query(&call, "partNumber", number);
	pps_s3_call_query(&call, "uploadId", upload->id);
	pps_s3_call_header(&call, "x-amz-copy-source", source);
	pps_s3_call_header(&call, "x-amz-copy-source-range", bytes);
	pps_s3_call_header(&call, "x-amz-copy-source-if-match", match);
	if ((r = pps_s3_exchange(upload->store, &call, &response, err)) < 0 ||
	    (r = pps_s3_xml_etag(pps_buf_text(&response.body), response.body.size, &got, err)) < 0)
		return r;
	snprintf(p.etag, sizeof p.etag, "%s", got);
	return set_part(upload, n, &p, err);
}

static int get_parts(pps_s3_upload *u, const char *after, pps_s3_page *page, pps_error **err)
{
	_cleanup_http_response_ pps_http_response response = { 0 };
	pps_s3_call call = { .doing = "list the parts of", .method = "GET", .name = u->name };
	int r;

	pps_s3_call_query(&call, "uploadId", u->id);
	if (after)
		pps_s3_call_query(&call, "part-number-marker", after);
	if ((r = pps_s3_exchange(u->store, &call, &response, err)) < 0)
		return r;
	return pps_s3_xml_parts(pps_buf_text(&response.body), response.body.size, page, err);
}

int pps_s3_upload_ask_parts(pps_s3_upload *upload, pps_error **err)
{
	_cleanup_free_ char *after = NULL;
	int missing = 0, r;

	for (size_t i = 0; i < upload->nparts; i++)
		missing |= !*upload->parts[i].etag;
	if (!missing)
		return PPS_OK;
	do {
		_cleanup_s3_page_ pps_s3_page page = { 0 };

		if ((r = get_parts(upload, after, &page, err)) < 0)
			return r;
		for (size_t i = 0; i < page.n; i++) {
			int64_t n;

			if (pps_int_parse(page.items[i].key, &n, NULL) == PPS_OK && n > 0 && (uint64_t)n <= upload->nparts && page.items[i].id)
				snprintf(upload->parts[n - 1].etag, sizeof upload->parts->etag, "%s", page.items[i].id);
		}
		if (page.is_truncated && after && !strcmp(after, page.next))
			return pps_fail(err, PPS_E_FORMAT, "%s: the server's list of parts does not come to an end", upload->store->uri);
		free(after);
		after = page.is_truncated ? TAKE_PTR(page.next) : NULL;
	} while (after);
	return PPS_OK;
}

/* The ETag that an object of these parts has: MD5 of the parts' MD5s, and their number. 0: it cannot be known. */
static int whole_etag(const pps_s3_upload *u, unsigned parts, char out[64], pps_error **err)
{
	_cleanup_(pps_digest_freep) pps_digest *digest = NULL;
	pps_digests d;
	char hex[33];
	int r;

	if ((r = pps_digest_new(PPS_DIGEST_MD5, &digest, err)) < 0)
		return r;
	for (unsigned i = 0; i < parts; i++) {
		_cleanup_free_ uint8_t *md5 = NULL;
		const part *p = &u->parts[i];
		size_t size = 0;

		if (!p->has_md5 && !pps_s3_etag_is_md5(p->etag))
			return 0;
		if (!p->has_md5 && (r = pps_hex_decode(p->etag, 32, &md5, &size, err)) < 0)
			return r;
		if ((r = pps_digest_update(digest, p->has_md5 ? p->md5 : md5, 16, err)) < 0)
			return r;
	}
	if ((r = pps_digest_finish(digest, &d, err)) < 0)
		return r;
	pps_hex_encode(d.md5, sizeof d.md5, hex);
	snprintf(out, 64, "%s-%u", hex, parts);
	return 1;
}

/* 1 the object is what was uploaded, 0 it is another or none. */
static int verify(pps_s3_upload *u, unsigned parts, uint64_t size, char *found, size_t found_size, pps_error **err)
{
	_cleanup_(pps_error_freep) pps_error *e = NULL;
	char etag[64];
	pps_store_stat st;
	int known, r;

	if ((known = whole_etag(u, parts, etag, err)) < 0)
		return known;
	if ((r = pps_s3_stat(u->store, u->name, &st, &e)) == PPS_E_NOTFOUND) {
		snprintf(found, found_size, "there is nothing");
		return 0;
	}
	if (r < 0) {
		pps_error_move(err, TAKE_PTR(e));
		return r;
	}
	snprintf(found, found_size, "there are %" PRIu64 " bytes with ETag %s, expected %" PRIu64 " with %s", st.size, st.etag, size, known ? etag : "any");
	return st.size == size && (!known || !strcmp(st.etag, etag));
}

static int complete(pps_s3_upload *u, unsigned parts, pps_error **err)
{
	_cleanup_http_response_ pps_http_response response = { 0 };
	_cleanup_buf_ pps_buf xml = PPS_BUF(4u << 20);
	pps_s3_call call = { .doing = "complete the upload of", .method = "POST", .name = u->name, .is_conditional = 1 };
	int r;

	pps_buf_add_text(&xml, "<CompleteMultipartUpload xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">");
	for (unsigned i = 0; i < parts; i++)
		pps_buf_printf(&xml, "<Part><PartNumber>%u</PartNumber><ETag>&quot;%s&quot;</ETag></Part>", i + 1, u->parts[i].etag);
	pps_buf_add_text(&xml, "</CompleteMultipartUpload>");
	if ((r = pps_buf_check(&xml, "list of parts", err)) < 0)
		return r;
	call.body = xml.at;
	call.body_size = xml.size;
	pps_s3_call_query(&call, "uploadId", u->id);
	/* a server that does not know it passes it over */
	pps_s3_call_header(&call, "If-None-Match", "*");
	return pps_s3_exchange(u->store, &call, &response, err);
}

int pps_s3_upload_complete(pps_s3_upload *upload, unsigned parts, uint64_t size, pps_error **err)
{
	_cleanup_(pps_error_freep) pps_error *e = NULL;
	char found[256] = "";
	int r, same;

	if (parts != upload->nparts)
		return pps_fail(err, PPS_E_INTERNAL, "%s: %u parts to be completed, %zu were sent", upload->name, parts, upload->nparts);
	if ((r = pps_store_exists(upload->store, upload->name, err)) < 0)
		return r;
	if (r)
		return pps_fail(err, PPS_E_EXISTS, "place %s%s: there is an object of that name already; nothing was changed", upload->store->uri,
				upload->name);
	r = complete(upload, parts, &e);
	/* an answer may have been lost: what is there now tells */
	if (r < 0 && r != PPS_E_NOTFOUND && r != PPS_E_UNAVAILABLE && r != PPS_E_TIMEOUT && r != PPS_E_EXISTS) {
		pps_error_move(err, TAKE_PTR(e));
		return r;
	}
	if ((same = verify(upload, parts, size, found, sizeof found, err)) < 0)
		return same;
	if (!same && r < 0) {
		pps_error_move(err, TAKE_PTR(e));
		return r;
	}
	if (!same)
		return pps_fail(err, PPS_E_CONFLICT, "place %s%s: %s: it was not stored as it was sent, or another wrote it meanwhile",
				upload->store->uri, upload->name, found);
	upload->is_completed = 1;
	return PPS_OK;
}

/* The process id in a mark's name when its host is this one; 0 when another; -1 when it is no mark. */
static long mark_pid(const char *name, const char *host)
{
	const char *dash = strrchr(name, '-');
	size_t n = strlen(host), len;
	int64_t pid;

	if (strncmp(name, PPS_S3_MARK, strlen(PPS_S3_MARK)) != 0 || !dash || !isdigit((unsigned char)dash[1]) ||
	    pps_int_parse(dash + 1, &pid, NULL) < 0 || pid <= 0 || pid > INT32_MAX)
		return -1;
	len = (size_t)(dash - name);
	if (len < strlen(PPS_S3_MARK) + n + 1 || name[len - n - 1] != '-' || memcmp(name + len - n, host, n) != 0)
		return 0;
	return (long)pid;
}

static int is_left_over(const pps_store_entry *e, const char *host, int64_t age_s)
{
	long pid = mark_pid(e->name, host);
	struct timespec now;

	if (pid > 0)
		return pid != (long)getpid() && kill((pid_t)pid, 0) < 0 && errno == ESRCH;
	clock_gettime(CLOCK_REALTIME, &now);
	return pid == 0 && now.tv_sec - e->mtime / PPS_NS_PER_S >= age_s;
}

/* @mark: below the store. What it names must lie in the same folder: a mark that was damaged, or is another's, aborts nothing. */
static int sweep_mark(pps_store *store, const char *mark, pps_error **err)
{
	_cleanup_(pps_error_freep) pps_error *e = NULL;
	_cleanup_free_ char *name = NULL;
	const char *slash = strrchr(mark, '/');
	size_t folder = slash ? (size_t)(slash + 1 - mark) : 0, size;
	void *bytes;
	int r;

	if ((r = pps_store_read(store, mark, MARK_MOST, &bytes, &size, &e)) == PPS_E_NOTFOUND)
		return PPS_OK;
	if (r < 0) {
		pps_error_move(err, TAKE_PTR(e));
		return r;
	}
	name = bytes;
	if (strlen(name) == size && size > folder && !strncmp(name, mark, folder) && !strchr(name + folder, '/') &&
	    (r = abort_all(store, name, err)) < 0)
		return r;
	return pps_s3_remove(store, mark, err);
}

static int sweep_folder(pps_store *store, const char *folder, int64_t age_s, size_t *removed, pps_error **err)
{
	_cleanup_(pps_store_listing_freep) pps_store_listing *listing = NULL;
	_cleanup_(pps_error_freep) pps_error *e = NULL;
	size_t n = strlen(folder);
	char host[PPS_HOST_MOST + 1];
	int r;

	if ((r = pps_store_list(store, folder, 0, &listing, &e)) == PPS_E_NOTFOUND)
		return PPS_OK;
	if (r < 0) {
		pps_error_move(err, TAKE_PTR(e));
		return r;
	}
	pps_store_host_name(host);
	for (size_t i = 0; i < listing->n; i++) {
		_cleanup_free_ char *mark = NULL;

		if (!is_left_over(&listing->entries[i], host, age_s))
			continue;
		if (asprintf(&mark, "%s%s%s", folder, n && folder[n - 1] != '/' ? "/" : "", listing->entries[i].name) < 0) {
			mark = NULL;
			return pps_fail_nomem(err);
		}
		if ((r = sweep_mark(store, mark, err)) < 0)
			return r;
		++*removed;
	}
	return PPS_OK;
}

/* The store's own folder too: what was written there to see whether the server overwrites may be left. */
int pps_s3_sweep(pps_store *store, const char *folder, int64_t age_s, size_t *ret_removed, pps_error **err)
{
	int r = sweep_folder(store, folder, age_s, ret_removed, err);

	return r < 0 || !*folder ? r : sweep_folder(store, "", age_s, ret_removed, err);
}
