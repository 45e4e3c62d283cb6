/* SPDX-License-Identifier: BSD-3-Clause */
/* The S3 store against a server that answers what each test writes down for it: errors, lost answers, broken connections, lies. */
#include "test.h"

#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

#include "base/codec.h"
#include "base/time.h"
#include "http-server.h"
#include "store/store-s3.h"

#define STEPS_MOST 24
#define HELLO "5d41402abc4b2a76b9719d911017c592" /* MD5 */
#define AWAY (-1) /* closes without an answer */

/* What is asked, and what is answered. */
typedef struct step {
	const char *method;
	const char *path; /* the path and the query begin so */
	int status;
	const char *headers; /* lines that end with CR LF */
	const char *body;    /* NULL: none; HEAD: its Content-Length is in the headers */
	size_t cut;	     /* not 0: the connection breaks after so many bytes of the body */
} step;

static struct world {
	server s;
	pps_ctx *ctx;
	pps_store *store;
	const step *steps;
	atomic_int at, wrong;
	char seen[STEPS_MOST][8192]; /* heads */
	char body[STEPS_MOST][512];
	char big[300000];
	char file[64];
} w;

static int answer(const server_request *q, void *user)
{
	int n = atomic_fetch_add(&w.at, 1);
	const step *s = &w.steps[n];

	(void)user;
	if (n >= STEPS_MOST || !s->method || strcmp(s->method, q->method) != 0 || strncmp(s->path, q->path, strlen(s->path)) != 0) {
		fprintf(stderr, "request %d: %s %s was not expected\n", n, q->method, q->path);
		atomic_store(&w.wrong, 1);
		server_printf(q->fd, "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n");
		return 1;
	}
	memcpy(w.seen[n], q->head, sizeof q->head);
	snprintf(w.body[n], sizeof w.body[n], "%s", q->body);
	if (s->status == AWAY)
		return 1;
	server_printf(q->fd, "HTTP/1.1 %d X\r\n%s", s->status, s->headers ? s->headers : "");
	if (strcmp(q->method, "HEAD") == 0)
		return server_printf(q->fd, "\r\n");
	server_printf(q->fd, "Content-Length: %zu\r\n\r\n", s->body ? strlen(s->body) : 0);
	if (s->body && server_send(q->fd, s->body, s->cut ? s->cut : strlen(s->body)) < 0)
		return 1;
	if (s->cut)
		usleep(20000);
	return s->cut ? 2 : 0;
}

static void open_store(void)
{
	assert_ok(pps_store_open(w.ctx, "s3://b/p", &w.store, NULL), NULL);
	/* asked in tests of their own */
	pps_s3_of(w.store)->guards = 1;
	pps_s3_of(w.store)->removes_many = 1;
}

static int setup(void **state)
{
	static const char *const variables[] = { "AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3", "AWS_SESSION_TOKEN", "AWS_PROFILE", "AWS_CA_BUNDLE",
						 "AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE", "http_proxy" };
	char url[64];

	(void)state;
	for (size_t i = 0; i < PPS_COUNT(variables); i++)
		unsetenv(variables[i]);
	atomic_store(&w.at, 0);
	atomic_store(&w.wrong, 0);
	w.steps = NULL;
	server_start(&w.s, answer, NULL);
	snprintf(url, sizeof url, "http://127.0.0.1:%d", w.s.port);
	setenv("S3_ENDPOINT_URL", url, 1);
	setenv("AWS_ACCESS_KEY_ID", "KEY", 1);
	setenv("AWS_SECRET_ACCESS_KEY", "secret", 1);
	if (pps_ctx_new(&w.ctx, NULL) < 0)
		return -1;
	open_store();
	for (size_t i = 0; i < sizeof w.big - 1; i++)
		w.big[i] = (char)('a' + i % 23);
	return 0;
}

static int teardown(void **state)
{
	int n = 0;

	(void)state;
	pps_store_unref(w.store);
	pps_ctx_unref(w.ctx);
	server_stop(&w.s);
	/* every answer was asked for */
	while (w.steps && w.steps[n].method)
		n++;
	return atomic_load(&w.wrong) || (w.steps && atomic_load(&w.at) != n) ? -1 : 0;
}

#define SAYS(part) assert_non_null(strstr(pps_error_message(err), part))

static void repeats_what_fails_for_a_while(void **state)
{
	static const step steps[STEPS_MOST] = {
		{ "GET", "/b?", 503, "Retry-After: 1\r\n", "<Error><Code>SlowDown</Code></Error>", 0 },
		{ "GET", "/b?", AWAY, NULL, NULL, 0 },
		{ "GET", "/b?", 429, NULL, "", 0 },
		{ "GET", "/b?", 200, NULL, "<ListBucketResult><Contents><Key>p/a</Key><Size>1</Size></Contents></ListBucketResult>", 0 },
	};
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	_cleanup_(pps_store_listing_freep) pps_store_listing *l = NULL;
	int64_t begin = pps_monotonic_now();

	(void)state;
	w.steps = steps;
	assert_ok(pps_store_list(w.store, "", 0, &l, &err), err);
	assert_int_equal(pps_store_listing_count(l), 1);
	assert_true(pps_monotonic_now() - begin >= PPS_NS_PER_S); /* as it was asked to wait */
}

static void gives_up_in_the_end(void **state)
{
	static const step steps[STEPS_MOST] = {
		{ "DELETE", "/b/p/a", 500, NULL, "<Error><Code>InternalError</Code><Message>Disk?</Message></Error>", 0 },
		{ "DELETE", "/b/p/a", 500, NULL, "", 0 }, { "DELETE", "/b/p/a", 502, NULL, "<html>", 0 }, { "DELETE", "/b/p/a", 500, NULL, "", 0 },
		{ "DELETE", "/b/p/a", 500, NULL, "", 0 },
		{ "DELETE", "/b/p/a", 500, NULL, "<Error><Code>InternalError</Code><Message>Disk?</Message></Error>", 0 },
	};
	_cleanup_(pps_error_freep) pps_error *err = NULL;

	(void)state;
	w.steps = steps;
	assert_int_equal(pps_store_remove(w.store, "a", &err), PPS_E_UNAVAILABLE);
	assert_true(pps_error_is_retriable(err));
	SAYS("remove s3://b/p/a: HTTP 500 InternalError: Disk? (6 tries); the server failed: try again later");
}

static void *cancel_soon(void *arg)
{
	usleep(50000);
	pps_ctx_cancel(arg);
	return NULL;
}

static void ends_a_wait_when_cancelled(void **state)
{
	static const step steps[STEPS_MOST] = { { "DELETE", "/b/p/a", 503, "Retry-After: 60\r\n", "", 0 } };
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	int64_t begin = pps_monotonic_now();
	pthread_t thread;

	(void)state;
	w.steps = steps;
	assert_int_equal(pthread_create(&thread, NULL, cancel_soon, w.ctx), 0);
	assert_int_equal(pps_store_remove(w.store, "a", &err), PPS_E_CANCELLED);
	pthread_join(thread, NULL);
	assert_true(pps_monotonic_now() - begin < 50 * PPS_NS_PER_S);
}

/* What cannot become better is asked once. */
static void refusals(void **state)
{
	static const step steps[STEPS_MOST] = {
		{ "HEAD", "/b/p/a", 403, NULL, NULL, 0 },
		{ "HEAD", "/b/p/a", 403, "Date: Sat, 21 Nov 2020 06:07:26 GMT\r\n", NULL, 0 },
		{ "GET", "/b?", 403, NULL, "<Error><Code>InvalidAccessKeyId</Code><Message/></Error>", 0 },
		{ "GET", "/b?", 301, NULL, "<Error><Code>PermanentRedirect</Code><Endpoint>elsewhere</Endpoint></Error>", 0 },
		{ "DELETE", "/b/p/a", 404, NULL, "<Error><Code>NoSuchKey</Code></Error>", 0 },
	};
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	pps_store_listing *l = NULL;
	pps_store_stat st;

	(void)state;
	w.steps = steps;
	assert_int_equal(pps_store_stat_name(w.store, "a", &st, &err), PPS_E_ACCESS);
	SAYS("look at s3://b/p/a: HTTP 403; the credentials do not permit it");
	pps_error_free(TAKE_PTR(err));
	assert_int_equal(pps_store_stat_name(w.store, "a", &st, &err), PPS_E_ACCESS);
	SAYS("s ahead of the server's: set it right");
	pps_error_free(TAKE_PTR(err));
	assert_int_equal(pps_store_list(w.store, "", 0, &l, &err), PPS_E_ACCESS);
	SAYS("HTTP 403 InvalidAccessKeyId; the server does not know the access key");
	pps_error_free(TAKE_PTR(err));
	assert_int_equal(pps_store_list(w.store, "", 0, &l, &err), PPS_E_CONFIG);
	SAYS("endpoint");
	pps_error_free(TAKE_PTR(err));
	assert_ok(pps_store_remove(w.store, "a", &err), err);
}

static void write_credentials(const char *key)
{
	FILE *f = fopen(w.file, "w");

	assert_non_null(f);
	fprintf(f, "[default]\naws_access_key_id = %s\naws_secret_access_key = s\n", key);
	fclose(f);
}

/* Files of credentials are renewed while we run. */
static void expired_session(void **state)
{
	static const step steps[STEPS_MOST] = {
		{ "DELETE", "/b/p/a", 204, NULL, NULL, 0 },
		{ "DELETE", "/b/p/a", 400, NULL, "<Error><Code>ExpiredToken</Code></Error>", 0 },
		{ "DELETE", "/b/p/a", 204, NULL, NULL, 0 },
		{ "DELETE", "/b/p/a", 400, NULL, "<Error><Code>ExpiredToken</Code></Error>", 0 },
		{ "DELETE", "/b/p/a", 400, NULL, "<Error><Code>ExpiredToken</Code></Error>", 0 },
	};
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	int fd;

	(void)state;
	w.steps = steps;
	snprintf(w.file, sizeof w.file, "/tmp/pps-test-credentials-XXXXXX");
	assert_true((fd = mkstemp(w.file)) >= 0);
	close(fd);
	unsetenv("AWS_ACCESS_KEY_ID");
	setenv("AWS_SHARED_CREDENTIALS_FILE", w.file, 1);
	write_credentials("OLD");
	assert_ok(pps_store_remove(w.store, "a", &err), err);
	write_credentials("NEW");
	assert_ok(pps_store_remove(w.store, "a", &err), err);
	assert_non_null(strstr(w.seen[1], "Credential=OLD/"));
	assert_non_null(strstr(w.seen[2], "Credential=NEW/"));
	assert_int_equal(pps_store_remove(w.store, "a", &err), PPS_E_ACCESS);
	SAYS("renew the credentials");
	unlink(w.file);
}

/* Opens "a" as if listed with this size and ETag, and reads all of it. */
static int read_all(uint64_t size, const char *etag, char *bytes, pps_error **err)
{
	_cleanup_(pps_store_file_closep) pps_store_file *f = NULL;
	pps_store_stat known = { .size = size };
	size_t got;
	int r;

	snprintf(known.etag, sizeof known.etag, "%s", etag);
	if ((r = pps_store_file_open_known(w.store, "a", &known, &f, err)) < 0 || (r = pps_store_file_read(f, 0, bytes, size, &got, err)) < 0)
		return r;
	assert_int_equal(got, size);
	return pps_store_file_check(f, err);
}

#define BIG (sizeof w.big - 1)

static void goes_on_where_it_broke(void **state)
{
	static step steps[STEPS_MOST] = {
		{ "GET", "/b/p/a", 206, "ETag: \"e\"\r\nContent-Range: bytes 0-299998/299999\r\n", w.big, 100000 },
		{ "GET", "/b/p/a", 503, NULL, "<Error><Code>SlowDown</Code></Error>", 0 },
		{ "GET", "/b/p/a", 206, "ETag: \"e\"\r\nContent-Range: bytes 100000-299998/299999\r\n", w.big + 100000, 0 },
	};
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	_cleanup_free_ char *bytes = malloc(BIG);
	pps_store_range piece = { .name = "a", .bytes = bytes, .size = BIG };
	pps_store_stat known = { .size = BIG, .etag = "e" };

	(void)state;
	w.steps = steps;
	piece.known = &known;
	assert_ok(pps_store_read_range(w.store, &piece, &err), err);
	assert_memory_equal(bytes, w.big, BIG);
	assert_non_null(strstr(w.seen[0], "\r\nRange: bytes=0-299998\r\n"));
	assert_non_null(strstr(w.seen[0], "\r\nIf-Match: \"e\"\r\n"));
	assert_non_null(strstr(w.seen[2], "\r\nRange: bytes=100000-299998\r\n"));
}

static void another_version(void **state)
{
	static step steps[STEPS_MOST] = {
		/* a server that does not heed If-Match */
		{ "GET", "/b/p/a", 206, "ETag: \"f\"\r\nContent-Range: bytes 0-4/5\r\n", "hello", 0 },
		/* it changes while the connection is broken */
		{ "GET", "/b/p/a", 206, "ETag: \"e\"\r\nContent-Range: bytes 0-4/5\r\n", "hello", 3 },
		{ "GET", "/b/p/a", 412, NULL, "<Error><Code>PreconditionFailed</Code></Error>", 0 },
		{ "GET", "/b/p/a", 404, NULL, "<Error><Code>NoSuchKey</Code></Error>", 0 },
		{ "GET", "/b/p/a", 206, "ETag: \"e\"\r\nContent-Range: bytes 0-4/6\r\n", "hello", 0 },
		{ "GET", "/b/p/a", 206, "ETag: \"e\"\r\nContent-Range: bytes 1-5/5\r\n", "hello", 0 },
		{ "GET", "/b/p/a", 206, "ETag: \"e\"\r\nContent-Range: bytes 0-4/5\r\n", "hello!", 0 },
		{ "GET", "/b/p/a", 206, "ETag: \"e\"\r\n", "hello", 0 },
	};
	static const int codes[] = { PPS_E_CONFLICT, PPS_E_CONFLICT, PPS_E_CONFLICT, PPS_E_CONFLICT, PPS_E_FORMAT, PPS_E_FORMAT, PPS_E_FORMAT };
	char bytes[8];

	(void)state;
	w.steps = steps;
	for (size_t i = 0; i < PPS_COUNT(codes); i++) {
		_cleanup_(pps_error_freep) pps_error *err = NULL;

		assert_int_equal(read_all(5, "e", bytes, &err), codes[i]);
		SAYS("s3://b/p/a");
	}
}

static void content_that_is_not_what_its_etag_says(void **state)
{
	static const step steps[STEPS_MOST] = {
		{ "GET", "/b/p/a", 206, "ETag: \"" HELLO "\"\r\nContent-Range: bytes 0-4/5\r\n", "hellO", 0 },
		{ "GET", "/b/p/a", 206, "ETag: \"" HELLO "\"\r\nContent-Range: bytes 0-4/5\r\n", "hello", 0 },
		/* encrypted by the server, the ETag says nothing of the content */
		{ "GET", "/b/p/a", 206, "ETag: \"" HELLO "\"\r\nx-amz-server-side-encryption: aws:kms\r\nContent-Range: bytes 0-4/5\r\n", "hellO", 0 },
	};
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	char bytes[8];

	(void)state;
	w.steps = steps;
	assert_int_equal(read_all(5, HELLO, bytes, &err), PPS_E_IO);
	SAYS("damaged");
	pps_error_free(TAKE_PTR(err));
	assert_ok(read_all(5, HELLO, bytes, &err), err);
	assert_ok(read_all(5, HELLO, bytes, &err), err);
}

static void no_ranges(void **state)
{
	static const step steps[STEPS_MOST] = {
		{ "GET", "/b/p/a", 200, "ETag: \"" HELLO "\"\r\n", "hello", 0 },
		{ "GET", "/b/p/a", 200, "ETag: \"e\"\r\n", "hello", 0 },
	};
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	pps_store_stat known = { .size = 5, .etag = "e" };
	char bytes[8];
	pps_store_range piece = { .name = "a", .known = &known, .offset = 1, .bytes = bytes, .size = 3 };
	int r;

	(void)state;
	w.steps = steps;
	assert_ok(read_all(5, HELLO, bytes, &err), err);
	r = pps_store_read_range(w.store, &piece, &err);
	assert_true(r == PPS_E_UNSUPPORTED || r == PPS_E_FORMAT);
}

#define HEAD_HELLO "ETag: \"" HELLO "\"\r\nContent-Length: 5\r\n"

static void lost_answer_to_a_write(void **state)
{
	static const step steps[STEPS_MOST] = {
		{ "PUT", "/b/p/a", AWAY, NULL, NULL, 0 }, /* it was stored */
		{ "PUT", "/b/p/a", 412, NULL, "<Error><Code>PreconditionFailed</Code></Error>", 0 },
		{ "HEAD", "/b/p/a", 200, HEAD_HELLO, NULL, 0 },
	};
	_cleanup_(pps_error_freep) pps_error *err = NULL;

	(void)state;
	w.steps = steps;
	assert_ok(pps_store_write(w.store, "a", "hello", 5, &err), err);
	assert_non_null(strstr(w.seen[0], "\r\nIf-None-Match: *\r\n"));
	assert_non_null(strstr(w.seen[0], "\r\nContent-MD5: XUFAKrxLKna5cZ2REBfFkg==\r\n"));
	assert_non_null(strstr(w.seen[0], "\r\nx-amz-content-sha256: 2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824\r\n"));
	assert_string_equal(w.body[0], "hello");
}

static void write_that_another_won(void **state)
{
	static const step steps[STEPS_MOST] = {
		{ "PUT", "/b/p/a", 500, NULL, "", 0 },
		{ "PUT", "/b/p/a", 412, NULL, "<Error><Code>PreconditionFailed</Code></Error>", 0 },
		{ "HEAD", "/b/p/a", 200, "ETag: \"99914b932bd37a50b983c5e7c90ae93b\"\r\nContent-Length: 5\r\n", NULL, 0 },
		/* without a doubt nobody looks */
		{ "PUT", "/b/p/a", 412, NULL, "<Error><Code>PreconditionFailed</Code></Error>", 0 },
		/* stored, but not as it was sent */
		{ "PUT", "/b/p/a", 200, "ETag: \"99914b932bd37a50b983c5e7c90ae93b\"\r\n", NULL, 0 },
	};
	_cleanup_(pps_error_freep) pps_error *err = NULL;

	(void)state;
	w.steps = steps;
	assert_int_equal(pps_store_write(w.store, "a", "hello", 5, NULL), PPS_E_EXISTS);
	assert_int_equal(pps_store_write(w.store, "a", "hello", 5, NULL), PPS_E_EXISTS);
	assert_int_equal(pps_store_write(w.store, "a", "hello", 5, &err), PPS_E_IO);
	SAYS("stored with ETag 99914b932bd37a50b983c5e7c90ae93b");
}

/* Whether a server refuses to overwrite is tried, once for each store. */
static void server_without_a_guard(void **state)
{
	static const step steps[STEPS_MOST] = {
		{ "PUT", "/b/p/.pps-probe-", 200, NULL, NULL, 0 }, { "PUT", "/b/p/.pps-probe-", 200, NULL, NULL, 0 },
		{ "DELETE", "/b/p/.pps-probe-", 204, NULL, NULL, 0 },
		{ "HEAD", "/b/p/a", 404, NULL, NULL, 0 },	   { "PUT", "/b/p/a", 200, NULL, NULL, 0 },
		{ "HEAD", "/b/p/a", 200, HEAD_HELLO, NULL, 0 },
	};
	_cleanup_(pps_error_freep) pps_error *err = NULL;

	(void)state;
	w.steps = steps;
	pps_s3_of(w.store)->guards = -1;
	assert_int_equal(pps_store_guards(w.store, &err), PPS_E_UNSUPPORTED);
	SAYS("choose another destination");
	assert_ok(pps_store_write(w.store, "a", "hello", 5, NULL), NULL);
	assert_int_equal(pps_store_write(w.store, "a", "hello", 5, NULL), PPS_E_EXISTS);
	assert_int_equal(pps_store_guards(w.store, NULL), PPS_E_UNSUPPORTED);
}

static void server_with_a_guard(void **state)
{
	static const step steps[STEPS_MOST] = {
		{ "PUT", "/b/p/.pps-probe-", 200, NULL, NULL, 0 },
		{ "PUT", "/b/p/.pps-probe-", 412, NULL, "<Error><Code>PreconditionFailed</Code></Error>", 0 },
		{ "DELETE", "/b/p/.pps-probe-", 403, NULL, NULL, 0 },
		{ "PUT", "/b/p/a", 200, NULL, NULL, 0 },
	};
	_cleanup_(pps_error_freep) pps_error *err = NULL;

	(void)state;
	w.steps = steps;
	pps_s3_of(w.store)->guards = -1;
	assert_ok(pps_store_write(w.store, "a", "hello", 5, &err), err);
	assert_ok(pps_store_guards(w.store, &err), err);
}

static void server_that_refuses_the_guard(void **state)
{
	static const step steps[STEPS_MOST] = {
		{ "PUT", "/b/p/.pps-probe-", 501, NULL, "<Error><Code>NotImplemented</Code></Error>", 0 },
		{ "PUT", "/b/p/.pps-probe-", 403, NULL, "<Error><Code>AccessDenied</Code></Error>", 0 },
	};
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	_cleanup_(pps_store_unrefp) pps_store *other = NULL;

	(void)state;
	w.steps = steps;
	pps_s3_of(w.store)->guards = -1;
	assert_int_equal(pps_store_guards(w.store, &err), PPS_E_UNSUPPORTED);
	pps_error_free(TAKE_PTR(err));
	assert_ok(pps_store_open(w.ctx, "s3://b/p", &other, &err), err);
	assert_int_equal(pps_store_guards(other, &err), PPS_E_ACCESS);
}

#define BEGUN "<InitiateMultipartUploadResult><UploadId>u1</UploadId></InitiateMultipartUploadResult>"
#define MARK "/b/p/d/.pps-x.zip-"

static int upload_two(pps_error **err)
{
	_cleanup_(pps_s3_upload_freep) pps_s3_upload *u = NULL;
	int r;

	if ((r = pps_s3_upload_new(w.store, "d/x.zip", "x.zip", &u, err)) < 0 || (r = pps_s3_upload_part(u, 2, "world", 5, err)) < 0 ||
	    (r = pps_s3_upload_part(u, 1, "hello", 5, err)) < 0)
		return r;
	return pps_s3_upload_complete(u, 2, 10, err);
}

/* The headers of an object of these parts. */
static const char *two_parts(void)
{
	static char text[128];
	static const char *const parts[] = { "hello", "world" };
	pps_digest *all, *one;
	pps_digests d;
	char hex[33];

	assert_ok(pps_digest_new(PPS_DIGEST_MD5, &all, NULL), NULL);
	for (int i = 0; i < 2; i++) {
		assert_ok(pps_digest_new(PPS_DIGEST_MD5, &one, NULL), NULL);
		assert_ok(pps_digest_update(one, parts[i], 5, NULL), NULL);
		assert_ok(pps_digest_finish(one, &d, NULL), NULL);
		pps_digest_free(one);
		assert_ok(pps_digest_update(all, d.md5, 16, NULL), NULL);
	}
	assert_ok(pps_digest_finish(all, &d, NULL), NULL);
	pps_digest_free(all);
	pps_hex_encode(d.md5, 16, hex);
	snprintf(text, sizeof text, "ETag: \"%s-2\"\r\nContent-Length: 10\r\n", hex);
	return text;
}

static void upload_whose_answer_is_lost(void **state)
{
	static step steps[STEPS_MOST] = {
		{ "PUT", MARK, 200, NULL, NULL, 0 },
		{ "POST", "/b/p/d/x.zip?uploads=", 200, NULL, BEGUN, 0 },
		{ "PUT", "/b/p/d/x.zip?partNumber=2&uploadId=u1", 200, "ETag: \"7d793037a0760186574b0282f2f435e7\"\r\n", NULL, 0 },
		{ "PUT", "/b/p/d/x.zip?partNumber=1&uploadId=u1", AWAY, NULL, NULL, 0 },
		{ "PUT", "/b/p/d/x.zip?partNumber=1&uploadId=u1", 200, "ETag: \"" HELLO "\"\r\n", NULL, 0 },
		{ "HEAD", "/b/p/d/x.zip", 404, NULL, NULL, 0 },
		{ "POST", "/b/p/d/x.zip?uploadId=u1", 200, NULL, "<Error><Code>InternalError</Code></Error>", 0 },
		{ "POST", "/b/p/d/x.zip?uploadId=u1", 404, NULL, "<Error><Code>NoSuchUpload</Code></Error>", 0 },
		{ "HEAD", "/b/p/d/x.zip", 200, NULL, NULL, 0 },
		{ "DELETE", MARK, 204, NULL, NULL, 0 },
	};
	_cleanup_(pps_error_freep) pps_error *err = NULL;

	(void)state;
	steps[8].headers = two_parts();
	w.steps = steps;
	assert_ok(upload_two(&err), err);
	assert_non_null(strstr(w.body[6], "<Part><PartNumber>1</PartNumber><ETag>&quot;" HELLO "&quot;</ETag></Part>"));
	assert_string_equal(w.body[0], "d/x.zip");
}

static void upload_that_fails(void **state)
{
	static const step steps[STEPS_MOST] = {
		/* stored as something else: the mark goes, the object is nobody's to take away */
		{ "PUT", MARK, 200, NULL, NULL, 0 },
		{ "POST", "/b/p/d/x.zip?uploads=", 200, NULL, BEGUN, 0 },
		{ "PUT", "/b/p/d/x.zip?partNumber=2&uploadId=u1", 200, NULL, NULL, 0 },
		{ "PUT", "/b/p/d/x.zip?partNumber=1&uploadId=u1", 200, NULL, NULL, 0 },
		{ "HEAD", "/b/p/d/x.zip", 404, NULL, NULL, 0 },
		{ "POST", "/b/p/d/x.zip?uploadId=u1", 200, NULL, "<CompleteMultipartUploadResult/>", 0 },
		{ "HEAD", "/b/p/d/x.zip", 200, "ETag: \"99914b932bd37a50b983c5e7c90ae93b-2\"\r\nContent-Length: 10\r\n", NULL, 0 },
		{ "DELETE", "/b/p/d/x.zip?uploadId=u1", 404, NULL, "<Error><Code>NoSuchUpload</Code></Error>", 0 },
		{ "DELETE", MARK, 204, NULL, NULL, 0 },
		/* a part that may not be written: aborted */
		{ "PUT", MARK, 200, NULL, NULL, 0 },
		{ "POST", "/b/p/d/x.zip?uploads=", 200, NULL, BEGUN, 0 },
		{ "PUT", "/b/p/d/x.zip?partNumber=2&uploadId=u1", 403, NULL, "<Error><Code>QuotaExceeded</Code></Error>", 0 },
		{ "DELETE", "/b/p/d/x.zip?uploadId=u1", 204, NULL, NULL, 0 },
		{ "DELETE", MARK, 204, NULL, NULL, 0 },
		/* the abort fails: the mark stays for the sweep */
		{ "PUT", MARK, 200, NULL, NULL, 0 },
		{ "POST", "/b/p/d/x.zip?uploads=", 200, NULL, BEGUN, 0 },
		{ "PUT", "/b/p/d/x.zip?partNumber=2&uploadId=u1", 403, NULL, "<Error><Code>AccessDenied</Code></Error>", 0 },
		{ "DELETE", "/b/p/d/x.zip?uploadId=u1", 503, NULL, NULL, 0 },
	};
	_cleanup_(pps_error_freep) pps_error *err = NULL;

	(void)state;
	w.steps = steps;
	assert_int_equal(upload_two(&err), PPS_E_CONFLICT);
	SAYS("99914b932bd37a50b983c5e7c90ae93b-2");
	pps_error_free(TAKE_PTR(err));
	assert_int_equal(upload_two(&err), PPS_E_NOSPACE);
	SAYS("quota");
	pps_error_free(TAKE_PTR(err));
	assert_int_equal(upload_two(&err), PPS_E_ACCESS);
}

static void lists_that_lie(void **state)
{
	static const step steps[STEPS_MOST] = {
		{ "GET", "/b?", 200, NULL, "<ListBucketResult><Contents><Key>q/a</Key><Size>1</Size></Contents></ListBucketResult>", 0 },
		{ "GET", "/b?", 200, NULL, "<ListBucketResult><IsTruncated>true</IsTruncated><NextContinuationToken>t</NextContinuationToken></ListBucketResult>", 0 },
		{ "GET", "/b?", 200, NULL, "<ListBucketResult><IsTruncated>true</IsTruncated><NextContinuationToken>t</NextContinuationToken></ListBucketResult>", 0 },
		{ "GET", "/b?", 200, NULL, "<html>login</html>", 0 },
		{ "GET", "/b?", 200, NULL, "<ListBucketResult/>", 0 },
	};
	static const int codes[] = { PPS_E_FORMAT, PPS_E_FORMAT, PPS_E_FORMAT, PPS_E_NOTFOUND };

	(void)state;
	w.steps = steps;
	for (size_t i = 0; i < PPS_COUNT(codes); i++) {
		_cleanup_(pps_error_freep) pps_error *err = NULL;
		pps_store_listing *l = NULL;

		assert_int_equal(pps_store_list(w.store, "", 0, &l, &err), codes[i]);
		SAYS("s3://b/p/");
	}
}

static void removes_many(void **state)
{
	static const step steps[STEPS_MOST] = {
		{ "POST", "/b?delete=", 200, NULL, "<DeleteResult><Error><Key>p/x</Key><Code>AccessDenied</Code></Error></DeleteResult>", 0 },
		/* a bucket that tells others of removals: one by one */
		{ "GET", "/b?notification=", 200, NULL, "<NotificationConfiguration><TopicConfiguration><Event>s3:ObjectRemoved:*</Event></TopicConfiguration>"
			"</NotificationConfiguration>", 0 },
		{ "DELETE", "/b/p/x", 204, NULL, NULL, 0 },
		{ "DELETE", "/b/p/a%3Cb%26", 204, NULL, NULL, 0 },
	};
	static const char *const names[] = { "x", "a<b&" };
	_cleanup_(pps_error_freep) pps_error *err = NULL;

	(void)state;
	w.steps = steps;
	assert_int_equal(pps_store_remove_many(w.store, names, 2, &err), PPS_E_ACCESS);
	SAYS("remove s3://b/p/x: AccessDenied");
	assert_non_null(strstr(w.body[0], "<Object><Key>p/x</Key></Object><Object><Key>p/a&#60;b&#38;</Key></Object>"));
	pps_error_free(TAKE_PTR(err));
	pps_s3_of(w.store)->removes_many = -1;
	assert_ok(pps_store_remove_many(w.store, names, 2, &err), err);
}

/* A move takes the original away only after its copy was looked at. */
static void copy_that_is_not_the_same(void **state)
{
	static const step steps[STEPS_MOST] = {
		{ "HEAD", "/b/p/a", 200, HEAD_HELLO, NULL, 0 },
		{ "HEAD", "/b/p/c", 404, NULL, NULL, 0 },
		{ "PUT", "/b/p/c", 200, NULL, "<CopyObjectResult><ETag>" HELLO "</ETag></CopyObjectResult>", 0 },
		{ "HEAD", "/b/p/c", 200, "ETag: \"99914b932bd37a50b983c5e7c90ae93b\"\r\nContent-Length: 5\r\n", NULL, 0 },
		{ "HEAD", "/b/p/a", 200, HEAD_HELLO, NULL, 0 },
		{ "HEAD", "/b/p/c", 404, NULL, NULL, 0 },
		{ "PUT", "/b/p/c", 200, NULL, "<CopyObjectResult><ETag>" HELLO "</ETag></CopyObjectResult>", 0 },
		{ "HEAD", "/b/p/c", 200, HEAD_HELLO, NULL, 0 },
		{ "DELETE", "/b/p/a", 204, NULL, NULL, 0 },
	};
	_cleanup_(pps_error_freep) pps_error *err = NULL;

	(void)state;
	w.steps = steps;
	assert_int_equal(pps_store_move(w.store, "a", "c", &err), PPS_E_CONFLICT);
	SAYS("the copy has 5 bytes with ETag 99914b932bd37a50b983c5e7c90ae93b");
	pps_error_free(TAKE_PTR(err));
	assert_ok(pps_store_move(w.store, "a", "c", &err), err);
	assert_non_null(strstr(w.seen[2], "\r\nx-amz-copy-source: /b/p/a\r\n"));
	assert_non_null(strstr(w.seen[2], "\r\nx-amz-copy-source-if-match: \"" HELLO "\"\r\n"));
}

static void clock_of_the_server(void **state)
{
	static const step steps[STEPS_MOST] = {
		{ "HEAD", "/b", 403, "Date: Sat, 21 Nov 2020 06:07:26 GMT\r\n", NULL, 0 },
		{ "HEAD", "/b", 200, NULL, NULL, 0 },
	};
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	int64_t there, local, now, utc;

	(void)state;
	w.steps = steps;
	assert_ok(pps_tai_now(&now, NULL), NULL);
	assert_int_equal(pps_store_clock(w.store, &there, &local, &err), 1);
	assert_ok(pps_utc_of_tai(there, &utc, NULL), NULL);
	assert_int_equal(utc, 1605938846000000000);
	assert_true(local >= now && local - now < 60 * PPS_NS_PER_S);
	assert_int_equal(pps_store_clock(w.store, &there, &local, &err), 1); /* still fresh */
	pps_s3_of(w.store)->beside -= 3600 * PPS_NS_PER_S;
	assert_int_equal(pps_store_clock(w.store, &there, &local, &err), PPS_E_FORMAT);
	SAYS("no Date");
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(repeats_what_fails_for_a_while), TEST(gives_up_in_the_end),	TEST(ends_a_wait_when_cancelled), TEST(refusals),
		TEST(expired_session),		      TEST(goes_on_where_it_broke),	TEST(another_version),
		TEST(content_that_is_not_what_its_etag_says), TEST(no_ranges),		TEST(lost_answer_to_a_write),	  TEST(write_that_another_won),
		TEST(server_without_a_guard),	      TEST(server_with_a_guard),	TEST(server_that_refuses_the_guard),
		TEST(upload_whose_answer_is_lost),    TEST(upload_that_fails),		TEST(lists_that_lie),		  TEST(removes_many),
		TEST(copy_that_is_not_the_same),      TEST(clock_of_the_server),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
