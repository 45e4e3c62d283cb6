/* SPDX-License-Identifier: BSD-3-Clause */
/* The HTTP engine against a server of this process that can answer badly. */
#include "test.h"

#include <pthread.h>

#include "base/http.h"
#include "base/time.h"
#include "http-server.h"

#define BIG 3000000
#define HUGE_BODY 60000000 /* more than the sockets hold */

static struct world {
	server s;
	pps_ctx *ctx;
	pps_http *http;
	char url[256];
} w;

/* The nth byte of every long answer. */
static char byte_at(size_t n)
{
	return (char)(n * 31 + n / 251);
}

static int send_bytes(int fd, size_t from, size_t size)
{
	while (size) {
		size_t n = size < 65536 ? size : 65536;
		char *copy = malloc(n);

		for (size_t i = 0; i < n; i++)
			copy[i] = byte_at(from + i);
		if (server_send(fd, copy, n) < 0) {
			free(copy);
			return -1;
		}
		free(copy);
		from += n;
		size -= n;
	}
	return 0;
}

static void plain(int fd, const char *status, const char *more, const char *body)
{
	server_printf(fd, "HTTP/1.1 %s\r\nContent-Length: %zu\r\n%s\r\n%s", status, strlen(body), more, body);
}

static int answer(const server_request *q, void *user)
{
	const char *p = q->path;

	(void)user;
	if (strcmp(p, "/date") == 0)
		plain(q->fd, "200 OK", "Date: Sat, 21 Nov 2026 11:47:20 GMT\r\nX-Empty:\r\nETag:   \"abc\"  \r\n", "x");
	else if (strcmp(p, "/slow-down") == 0)
		plain(q->fd, "503 Slow Down", "Retry-After: 7\r\n", "later");
	else if (strcmp(p, "/redirect") == 0)
		plain(q->fd, "307 Temporary Redirect", "Location: /date\r\n", "elsewhere");
	else if (strcmp(p, "/interim") == 0)
		server_printf(q->fd, "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 204 No Content\r\nETag: y\r\n\r\n");
	else if (strcmp(p, "/chunked") == 0)
		server_printf(q->fd, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\n3\r\nfgh\r\n0\r\n\r\n");
	else if (strcmp(p, "/chunked-cut") == 0)
		return server_printf(q->fd, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\n") + 1;
	else if (strcmp(p, "/noise") == 0)
		return server_printf(q->fd, "what is this?\r\n\r\n") + 1;
	else if (strcmp(p, "/head-big") == 0)
		server_printf(q->fd, "HTTP/1.1 200 OK\r\nContent-Length: 123456789012\r\nETag: \"e\"\r\n\r\n");
	else if (strcmp(p, "/many-headers") == 0)
		for (int i = 0; i < 5000; i++)
			server_printf(q->fd, "%sX-Header-%d: %0100d\r\n", i ? "" : "HTTP/1.1 200 OK\r\n", i, i);
	else if (strcmp(p, "/silent") == 0)
		server_hang(q);
	else if (strcmp(p, "/go-away") == 0)
		return 1;
	else if (strcmp(p, "/echo/../%2e?a=b%20c") == 0 || strcmp(p, "/echo") == 0)
		return server_printf(q->fd, "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n", strlen(q->head) + q->body_size) < 0 ||
		       server_send(q->fd, q->head, strlen(q->head)) < 0 || server_send(q->fd, q->body, q->body_size) < 0;
	else if (strcmp(p, "/once") == 0 && q->number > 1)
		return 1; /* closes a kept connection when the next request comes */
	else if (strcmp(p, "/once") == 0)
		plain(q->fd, "200 OK", "", q->method);
	else if (strncmp(p, "/big", 4) == 0)
		return server_printf(q->fd, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n", BIG) < 0 || send_bytes(q->fd, 0, BIG) < 0;
	else if (strcmp(p, "/huge") == 0)
		return server_printf(q->fd, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n", HUGE_BODY) < 0 || send_bytes(q->fd, 0, HUGE_BODY) < 0;
	else if (strcmp(p, "/short") == 0)
		return server_printf(q->fd, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n", BIG) < 0 || send_bytes(q->fd, 0, 1000) <= 0;
	else if (strcmp(p, "/reset") == 0) {
		server_printf(q->fd, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n", BIG);
		send_bytes(q->fd, 0, 1000);
		usleep(20000);
		return 2;
	} else if (strcmp(p, "/stall") == 0) {
		server_printf(q->fd, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n", BIG);
		send_bytes(q->fd, 0, 1000);
		server_hang(q);
	} else if (strcmp(p, "/drip") == 0) {
		server_printf(q->fd, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n", BIG);
		for (int i = 0; i < 1000 && server_send(q->fd, "x", 1) == 0 && !q->from->stopping; i++)
			usleep(10000);
		return 1;
	} else if (strcmp(p, "/pause") == 0) {
		usleep(30000);
		plain(q->fd, "200 OK", "", "done");
	} else
		plain(q->fd, "404 Not Found", "", "no such thing");
	return 0;
}

static const char *at(const char *path)
{
	snprintf(w.url, sizeof w.url, "http://127.0.0.1:%d%s", w.s.port, path);
	return w.url;
}

static int setup(void **state)
{
	(void)state;
	unsetenv("http_proxy");
	server_start(&w.s, answer, NULL);
	return pps_ctx_new(&w.ctx, NULL) | pps_http_new(w.ctx, &(pps_http_options){ .stall_ms = 300, .connections = 4 }, &w.http, NULL);
}

static int teardown(void **state)
{
	(void)state;
	pps_http_free(w.http);
	pps_ctx_unref(w.ctx);
	server_stop(&w.s);
	return 0;
}

/* One exchange with a path; its response is freed by the caller. */
static int get(const char *path, pps_http_response *response, pps_error **err)
{
	pps_http_request q = { .method = "GET", .url = at(path) };

	return pps_http_exchange(w.http, &q, response, err);
}

static void status_headers_and_body_arrive(void **state)
{
	_cleanup_http_response_ pps_http_response r = { 0 };
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	char value[32], tiny[3];

	(void)state;
	assert_ok(get("/date", &r, &err), err);
	assert_int_equal(r.status, 200);
	assert_string_equal(pps_buf_text(&r.body), "x");
	assert_int_equal(r.received, 1);
	assert_int_equal(pps_http_header(&r, "etag", value, sizeof value), 1);
	assert_string_equal(value, "\"abc\"");
	assert_int_equal(pps_http_header(&r, "ETag", tiny, sizeof tiny), 1);
	assert_string_equal(tiny, "\"a");
	assert_int_equal(pps_http_header(&r, "x-empty", value, sizeof value), 1);
	assert_string_equal(value, "");
	assert_int_equal(pps_http_header(&r, "ETa", value, sizeof value), 0);
	assert_true(pps_http_date(&r) == INT64_C(1795261640) * PPS_NS_PER_S + 37 * PPS_NS_PER_S);
}

static void a_date_is_not_guessed_at(void **state)
{
	static const char *const bad[] = { "", "yesterday", "Sat, 21 Nov 2026 11:47:20 CET", "Sat, 21 Foo 2026 11:47:20 GMT",
					   "Sat, 21 anF 2026 11:47:20 GMT", "Sat, 21 Nov 2026 25:47:20 GMT", "Sat, 2x Nov 2026 11:47:20 GMT",
					   "Saturday, 21-Nov-26 11:47:20 GMT", "Sat, 00 Nov 2026 11:47:20 GMT" };

	(void)state;
	for (size_t i = 0; i < PPS_COUNT(bad); i++) {
		_cleanup_http_response_ pps_http_response r = { .headers = PPS_BUF(1000) };

		pps_buf_printf(&r.headers, "A: b\nDate: %s\n", bad[i]);
		assert_int_equal(pps_http_date(&r), 0);
	}
}

static void other_statuses_are_answers_too(void **state)
{
	_cleanup_http_response_ pps_http_response r = { 0 };
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	char value[32];

	(void)state;
	assert_ok(get("/slow-down", &r, &err), err);
	assert_int_equal(r.status, 503);
	assert_string_equal(pps_buf_text(&r.body), "later");
	assert_int_equal(pps_http_header(&r, "retry-after", value, sizeof value), 1);
	assert_string_equal(value, "7");
	pps_http_response_free(&r);
	assert_ok(get("/redirect", &r, &err), err);
	assert_int_equal(r.status, 307); /* not followed */
	assert_string_equal(pps_buf_text(&r.body), "elsewhere");
	pps_http_response_free(&r);
	assert_ok(get("/interim", &r, &err), err);
	assert_int_equal(r.status, 204);
	assert_int_equal(pps_http_header(&r, "Link", value, sizeof value), 0);
	pps_http_response_free(&r);
	assert_ok(get("/chunked", &r, &err), err);
	assert_string_equal(pps_buf_text(&r.body), "abcdefgh");
}

static void requests_go_out_as_they_are(void **state)
{
	_cleanup_http_response_ pps_http_response r = { 0 };
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	const char *headers[] = { "X-One: 1", "X-None:" };
	pps_http_request q = { .method = "GET", .url = at("/echo/../%2e?a=b%20c"), .headers = headers, .nheaders = 2 };
	char wanted[512];

	(void)state;
	assert_ok(pps_http_exchange(w.http, &q, &r, &err), err);
	snprintf(wanted, sizeof wanted, "GET /echo/../%%2e?a=b%%20c HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nUser-Agent: libpps/" PPS_VERSION
		 "\r\nAccept: */*\r\nX-One: 1\r\nX-None:\r\n\r\n", w.s.port);
	assert_string_equal(pps_buf_text(&r.body), wanted);
}

static void bodies_are_sent_at_once_and_whole(void **state)
{
	static const char *const methods[] = { "PUT", "POST", "DELETE" };
	_cleanup_free_ char *big = malloc(2000001);
	_cleanup_(pps_error_freep) pps_error *err = NULL;

	(void)state;
	memset(big, 'b', 2000000);
	big[2000000] = 0;
	for (size_t i = 0; i < PPS_COUNT(methods); i++) {
		_cleanup_http_response_ pps_http_response r = { 0 };
		const char *headers[] = { "Content-Type: text/plain" };
		pps_http_request q = { .method = methods[i], .url = at("/echo"), .body = big, .body_size = 2000000, .headers = headers,
				       .nheaders = i > 0 };
		const char *text;

		assert_ok(pps_http_exchange(w.http, &q, &r, &err), err);
		text = pps_buf_text(&r.body);
		assert_memory_equal(text, methods[i], strlen(methods[i]));
		assert_non_null(strstr(text, "\r\nContent-Length: 2000000\r\n"));
		assert_null(strstr(text, "Expect"));
		assert_null(strstr(text, "x-www-form"));
		assert_int_equal(strstr(text, "Content-Type: text/plain") != NULL, i > 0);
		assert_string_equal(strstr(text, "\r\n\r\n") + 4, big);
	}
}

static void empty_bodies_have_their_length(void **state)
{
	static const struct {
		const char *method;
		int has_length;
	} cases[] = { { "PUT", 1 }, { "POST", 1 }, { "DELETE", 0 }, { "GET", 0 } };
	_cleanup_(pps_error_freep) pps_error *err = NULL;

	(void)state;
	for (size_t i = 0; i < PPS_COUNT(cases); i++) {
		_cleanup_http_response_ pps_http_response r = { 0 };
		pps_http_request q = { .method = cases[i].method, .url = at("/echo") };

		assert_ok(pps_http_exchange(w.http, &q, &r, &err), err);
		assert_int_equal(strstr(pps_buf_text(&r.body), "Content-Length: 0\r\n") != NULL, cases[i].has_length);
		assert_null(strstr(pps_buf_text(&r.body), "chunked"));
	}
}

static void head_gives_headers_alone(void **state)
{
	_cleanup_http_response_ pps_http_response r = { 0 }, next = { 0 };
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	pps_http_request q = { .method = "HEAD", .url = at("/head-big") };
	char value[32];

	(void)state;
	assert_ok(pps_http_exchange(w.http, &q, &r, &err), err);
	assert_int_equal(r.status, 200);
	assert_int_equal(r.received, 0);
	pps_http_header(&r, "Content-Length", value, sizeof value);
	assert_string_equal(value, "123456789012");
	assert_ok(get("/date", &next, &err), err); /* on the same connection */
	assert_int_equal(w.s.connections, 1);
}

static void bad_requests_are_refused(void **state)
{
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	static const char *const bad[] = { "X-A: b\r\nX-C: d", "no colon", ": empty", "X A: b" };
	pps_http_response r;

	(void)state;
	for (size_t i = 0; i < PPS_COUNT(bad); i++) {
		pps_http_request q = { .method = "GET", .url = at("/date"), .headers = &bad[i], .nheaders = 1 };

		assert_int_equal(pps_http_exchange(w.http, &q, &r, NULL), PPS_E_ARG);
	}
	assert_int_equal(pps_http_exchange(w.http, &(pps_http_request){ .method = "BREW", .url = at("/date") }, &r, NULL), PPS_E_ARG);
	assert_int_equal(pps_http_exchange(w.http, &(pps_http_request){ .method = "GET", .url = "file:///etc/passwd" }, &r, NULL), PPS_E_ARG);
	assert_int_equal(pps_http_exchange(w.http, &(pps_http_request){ .method = "GET", .url = at("/a b") }, &r, NULL), PPS_E_ARG);
	assert_int_equal(pps_http_exchange(w.http, &(pps_http_request){ .method = "GET", .url = at("/a\r\nX: y") }, &r, &err), PPS_E_ARG);
	assert_int_equal(w.s.requests, 0);
}

static void too_large_an_answer_is_refused(void **state)
{
	_cleanup_http_response_ pps_http_response r = { 0 };
	_cleanup_(pps_error_freep) pps_error *err = NULL, *headers = NULL;
	pps_http_request q = { .method = "GET", .url = at("/big?secret=1"), .max_body = 100000 };

	(void)state;
	assert_int_equal(pps_http_exchange(w.http, &q, &r, &err), PPS_E_FORMAT);
	assert_non_null(strstr(pps_error_message(err), "larger than 100000 bytes"));
	assert_non_null(strstr(pps_error_message(err), "/big"));
	assert_null(strstr(pps_error_message(err), "secret"));
	assert_true(r.body.size <= 100000);
	pps_http_response_free(&r);
	assert_int_equal(get("/many-headers", &r, &headers), PPS_E_FORMAT);
}

static void what_is_cut_is_no_answer(void **state)
{
	static const struct {
		const char *path;
		int code;
		uint64_t received;
	} cases[] = { { "/short", PPS_E_UNAVAILABLE, 1000 },     { "/reset", PPS_E_UNAVAILABLE, 1000 },
		      { "/chunked-cut", PPS_E_UNAVAILABLE, 5 }, { "/go-away", PPS_E_UNAVAILABLE, 0 },
		      { "/noise", PPS_E_FORMAT, 0 } };

	(void)state;
	for (size_t i = 0; i < PPS_COUNT(cases); i++) {
		_cleanup_http_response_ pps_http_response r = { 0 };
		_cleanup_(pps_error_freep) pps_error *err = NULL;

		assert_int_equal(get(cases[i].path, &r, &err), cases[i].code);
		assert_int_equal(r.received, cases[i].received);
		assert_non_null(strstr(pps_error_message(err), cases[i].path));
	}
}

static void nobody_there_is_unavailable(void **state)
{
	_cleanup_http_response_ pps_http_response r = { 0 };
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	pps_http_request q = { .method = "GET", .url = "http://me:word@127.0.0.1:1/x?sig=abc" };

	(void)state;
	assert_int_equal(pps_http_exchange(w.http, &q, &r, &err), PPS_E_UNAVAILABLE);
	assert_true(pps_error_is_retriable(err));
	assert_non_null(strstr(pps_error_message(err), "GET http://127.0.0.1:1/x: "));
	assert_null(strstr(pps_error_message(err), "word"));
}

static void limits_end_waits(void **state)
{
	static const struct {
		const char *path;
		int64_t deadline, least, most;
		const char *text;
	} cases[] = { { "/stall", 0, 300, 1500, "silent" },
		      { "/silent", 0, 300, 1500, "silent" },
		      { "/drip", 500, 500, 1500, "time limit" },
		      { "/silent", 100, 100, 290, "time limit" } };

	(void)state;
	for (size_t i = 0; i < PPS_COUNT(cases); i++) {
		_cleanup_http_response_ pps_http_response r = { 0 };
		_cleanup_(pps_error_freep) pps_error *err = NULL;
		pps_http_request q = { .method = "GET", .url = at(cases[i].path), .deadline_ms = cases[i].deadline };
		int64_t before = pps_monotonic_now(), took;

		assert_int_equal(pps_http_exchange(w.http, &q, &r, &err), PPS_E_TIMEOUT);
		took = (pps_monotonic_now() - before) / 1000000;
		assert_non_null(strstr(pps_error_message(err), cases[i].text));
		assert_in_range(took, cases[i].least, cases[i].most);
	}
}

static void *cancel_soon(void *ctx)
{
	usleep(100000);
	pps_ctx_cancel(ctx);
	return NULL;
}

static void a_cancel_ends_an_exchange(void **state)
{
	_cleanup_http_response_ pps_http_response r = { 0 };
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	int64_t before = pps_monotonic_now();
	pthread_t thread;

	(void)state;
	pthread_create(&thread, NULL, cancel_soon, w.ctx);
	assert_int_equal(get("/drip", &r, &err), PPS_E_CANCELLED);
	pthread_join(thread, NULL);
	assert_true(pps_monotonic_now() - before < PPS_NS_PER_S);
	pps_http_response_free(&r);
	assert_int_equal(get("/date", &r, NULL), PPS_E_CANCELLED);
}

static void connections_are_kept(void **state)
{
	_cleanup_(pps_error_freep) pps_error *err = NULL;

	(void)state;
	for (int i = 0; i < 50; i++) {
		_cleanup_http_response_ pps_http_response r = { 0 };

		assert_ok(get(i % 3 ? "/date" : "/slow-down", &r, &err), err);
	}
	assert_int_equal(w.s.connections, 1);
	assert_int_equal(w.s.requests, 50);
}

/* A kept connection that the server closes just as the next request comes: only what changes nothing is sent again. */
static void what_changes_something_is_sent_once(void **state)
{
	static const struct {
		const char *method;
		int code;
	} cases[] = { { "GET", PPS_OK }, { "POST", PPS_E_UNAVAILABLE }, { "PUT", PPS_E_UNAVAILABLE }, { "DELETE", PPS_E_UNAVAILABLE } };

	(void)state;
	for (size_t i = 0; i < PPS_COUNT(cases); i++) {
		_cleanup_(pps_error_freep) pps_error *err = NULL;
		_cleanup_http_response_ pps_http_response first = { 0 }, r = { 0 };
		pps_http_request q = { .method = cases[i].method, .body = i ? "b" : NULL, .body_size = i > 0 };
		int before;

		assert_ok(get("/date", &first, &err), err);
		q.url = at("/once");
		before = w.s.requests;
		assert_int_equal(pps_http_exchange(w.http, &q, &r, &err), cases[i].code);
		assert_int_equal(w.s.requests - before, i == 0 ? 2 : 1);
	}
}

typedef struct taken {
	size_t size;
	int wrong;
	size_t fail_at;
} taken;

static int take(void *user, const void *bytes, size_t size, pps_error **err)
{
	taken *t = user;
	const char *p = bytes;

	for (size_t i = 0; i < size; i++)
		t->wrong |= p[i] != byte_at(t->size + i);
	t->size += size;
	return t->fail_at && t->size >= t->fail_at ? pps_fail(err, PPS_E_NOSPACE, "full") : PPS_OK;
}

static void a_sink_takes_good_answers_only(void **state)
{
	_cleanup_http_response_ pps_http_response r = { 0 }, bad = { 0 }, full = { 0 };
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	taken t = { 0 };
	pps_http_request q = { .method = "GET", .url = at("/big"), .sink = take, .user = &t, .max_body = 10 };

	(void)state;
	assert_ok(pps_http_exchange(w.http, &q, &r, &err), err);
	assert_int_equal(t.size, BIG);
	assert_int_equal(r.received, BIG);
	assert_int_equal(t.wrong, 0);
	assert_int_equal(r.body.size, 0);
	q.url = at("/slow-down");
	assert_ok(pps_http_exchange(w.http, &q, &bad, &err), err);
	assert_int_equal(t.size, BIG);
	assert_string_equal(pps_buf_text(&bad.body), "later");
	t = (taken){ .fail_at = 1000 };
	q.url = at("/big");
	assert_int_equal(pps_http_exchange(w.http, &q, &full, &err), PPS_E_NOSPACE);
	assert_non_null(strstr(pps_error_message(err), "/big: full"));
}

static void many_run_at_a_time(void **state)
{
	enum { N = 40 };
	pps_http_transfer *t[N], *ended;
	pps_http_response r[N];
	pps_http_request q = { .method = "GET", .url = at("/pause") };
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	int seen = 0, known;

	(void)state;
	for (int i = 0; i < N; i++)
		assert_ok(pps_http_start(w.http, &q, &r[i], &t[i], &err), err);
	while (seen < N) {
		assert_ok(pps_http_wait(w.http, 60000, &ended, &err), err);
		assert_non_null(ended);
		for (known = 0; known < N && t[known] != ended;)
			known++;
		assert_in_range(known, 0, N - 1);
		t[known] = NULL;
		assert_ok(pps_http_end(ended, &err), err);
		assert_string_equal(pps_buf_text(&r[known].body), "done");
		pps_http_response_free(&r[known]);
		seen++;
	}
	assert_ok(pps_http_wait(w.http, 60000, &ended, &err), err); /* nothing left: at once */
	assert_null(ended);
	assert_int_equal(w.s.busiest, 4); /* the limit */
	assert_int_equal(w.s.connections, 4);
}

static void one_of_many_can_be_ended_early(void **state)
{
	pps_http_transfer *slow, *quick, *ended;
	pps_http_response a, b, c;
	pps_http_request q = { .method = "GET", .url = at("/drip") }, p = { .method = "GET" };
	_cleanup_(pps_error_freep) pps_error *err = NULL, *cancelled = NULL;
	_cleanup_free_ char *url = strdup(at("/date")), *drip = strdup(at("/drip"));

	(void)state;
	q.url = drip;
	p.url = url;
	assert_ok(pps_http_start(w.http, &q, &a, &slow, &err), err);
	assert_ok(pps_http_start(w.http, &p, &b, &quick, &err), err);
	assert_ok(pps_http_exchange(w.http, &p, &c, &err), err); /* the others go on meanwhile */
	assert_ok(pps_http_wait(w.http, 2000, &ended, &err), err);
	assert_ptr_equal(ended, quick);
	assert_ok(pps_http_wait(w.http, 50, &ended, &err), err);
	assert_null(ended);
	assert_int_equal(pps_http_end(slow, &cancelled), PPS_E_CANCELLED);
	assert_ok(pps_http_end(quick, &err), err);
	pps_http_response_free(&a);
	pps_http_response_free(&b);
	pps_http_response_free(&c);
	assert_ok(pps_http_start(w.http, &q, &a, &slow, &err), err); /* left to pps_http_free() */
	assert_ok(pps_http_wait(w.http, 50, &ended, &err), err);
	pps_http_response_free(&a);
}

#define PER_TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		PER_TEST(status_headers_and_body_arrive),
		PER_TEST(a_date_is_not_guessed_at),
		PER_TEST(other_statuses_are_answers_too),
		PER_TEST(requests_go_out_as_they_are),
		PER_TEST(bodies_are_sent_at_once_and_whole),
		PER_TEST(empty_bodies_have_their_length),
		PER_TEST(head_gives_headers_alone),
		PER_TEST(bad_requests_are_refused),
		PER_TEST(too_large_an_answer_is_refused),
		PER_TEST(what_is_cut_is_no_answer),
		PER_TEST(nobody_there_is_unavailable),
		PER_TEST(limits_end_waits),
		PER_TEST(a_cancel_ends_an_exchange),
		PER_TEST(connections_are_kept),
		PER_TEST(what_changes_something_is_sent_once),
		PER_TEST(a_sink_takes_good_answers_only),
		PER_TEST(many_run_at_a_time),
		PER_TEST(one_of_many_can_be_ended_early),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
