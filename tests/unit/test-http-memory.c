/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Memory runs out in the midst of HTTP exchanges and of reading ahead: every allocation fails once, our own and libcurl's. Whatever fails then
 * says so, leaves nothing behind, and the next exchange works. The linker sends our own allocations through here.
 */
#include "test.h"

#include <curl/curl.h>
#include <stdatomic.h>

#include "alloc-wraps.h"
#include "base/http.h"
#include "http-server.h"
#include "store/prefetch.h"
#include "store/store-ops.h"

enum { OURS = 1, CURLS = 2, ANY_THREAD = 4 };

static atomic_long left; /* allocations that still succeed; negative: all */
static atomic_int has_failed, which;
static __thread int is_counted; /* the server's own memory does not fail */

static int strike(int whose)
{
	if (!(atomic_load(&which) & whose) || (!is_counted && !(atomic_load(&which) & ANY_THREAD)) || atomic_load(&left) < 0)
		return 0;
	if (atomic_fetch_sub(&left, 1) != 0)
		return 0;
	atomic_store(&has_failed, 1);
	return 1;
}

int alloc_fails(void)
{
	return strike(OURS);
}

static void *curl_malloc(size_t size)
{
	return strike(CURLS) ? NULL : __real_malloc(size);
}

static void *curl_calloc(size_t n, size_t size)
{
	return strike(CURLS) ? NULL : __real_calloc(n, size);
}

static void *curl_realloc(void *p, size_t size)
{
	return strike(CURLS) ? NULL : __real_realloc(p, size);
}

static char *curl_strdup(const char *s)
{
	return strike(CURLS) ? NULL : __real_strdup(s);
}

static int answer(const server_request *q, void *user)
{
	(void)user;
	if (strcmp(q->method, "PUT") == 0)
		server_printf(q->fd, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nETag: x\r\n\r\n");
	else
		server_printf(q->fd, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nETag: x\r\n\r\nhello");
	return 0;
}

static int two_exchanges(pps_ctx *ctx, const char *url, pps_error **err)
{
	_cleanup_(pps_http_freep) pps_http *http = NULL;
	const char *headers[] = { "X-One: 1", "X-None:" };
	pps_http_request get = { .method = "GET", .url = url, .headers = headers, .nheaders = 2 };
	pps_http_request put = { .method = "PUT", .url = url, .body = "body", .body_size = 4 };
	int r;

	if ((r = pps_http_new(ctx, NULL, &http, err)) < 0)
		return r;
	for (int i = 0; i < 2; i++) {
		_cleanup_http_response_ pps_http_response response = { 0 };

		if ((r = pps_http_exchange(http, i ? &put : &get, &response, err)) < 0)
			return r;
		assert_int_equal(response.status, 200);
		if (!i)
			assert_string_equal(pps_buf_text(&response.body), "hello");
	}
	return PPS_OK;
}

static void every_allocation_of_an_exchange(void **state)
{
	pps_ctx *ctx;
	char url[64];
	server s;

	(void)state;
	unsetenv("http_proxy");
	assert_int_equal(pps_ctx_new(&ctx, NULL), PPS_OK);
	server_start(&s, answer, NULL);
	snprintf(url, sizeof url, "http://127.0.0.1:%d/x", s.port);
	for (int whose = OURS; whose <= CURLS; whose++) {
		long n = 0;

		do {
			_cleanup_(pps_error_freep) pps_error *err = NULL;
			int r;

			atomic_store(&has_failed, 0);
			atomic_store(&left, n++);
			atomic_store(&which, whose);
			is_counted = 1;
			r = two_exchanges(ctx, url, &err);
			is_counted = 0;
			atomic_store(&left, -1);
			/* libcurl does without some of what it asks for, and calls some failures by other names */
			if (atomic_load(&has_failed) && whose == OURS)
				assert_int_equal(r, PPS_E_NOMEM);
			assert_int_equal(pps_error_code(err) < 0, r < 0);
			assert_true(n < 2000);
		} while (atomic_load(&has_failed));
		assert_true(n > (whose == OURS ? 8 : 50));
	}
	server_stop(&s);
	pps_ctx_unref(ctx);
}

static int read_range(pps_store *store, pps_store_range *range, pps_error **err)
{
	(void)store;
	(void)err;
	memset(range->bytes, 'x', range->size);
	return PPS_OK;
}

static int read_some(pps_ctx *ctx, pps_store *store, pps_error **err)
{
	_cleanup_(pps_prefetch_freep) pps_prefetch *p = NULL;
	const pps_store_stat known = { .size = 300000, .etag = "x" };
	pps_piece *piece;
	int r;

	if ((r = pps_prefetch_new(ctx, 1 << 20, 3, &p, err)) < 0)
		return r;
	for (int i = 0; i < 12; i++)
		if ((r = pps_prefetch_add(p, store, "name", &known, err)) < 0)
			return r;
	while ((r = pps_prefetch_next(p, &piece, err)) == PPS_OK && piece)
		pps_piece_give_back(piece);
	return r;
}

static void every_allocation_of_reading_ahead(void **state)
{
	pps_store_ops ops = pps_store_file_ops;
	pps_store *store;
	pps_ctx *ctx;
	long n = 0;

	(void)state;
	assert_int_equal(pps_ctx_new(&ctx, NULL), PPS_OK);
	assert_int_equal(pps_store_open(ctx, "/nowhere", &store, NULL), PPS_OK);
	ops.read_range = read_range;
	store->ops = &ops;
	do {
		_cleanup_(pps_error_freep) pps_error *err = NULL;
		int r;

		atomic_store(&has_failed, 0);
		atomic_store(&left, n++);
		atomic_store(&which, OURS | ANY_THREAD);
		r = read_some(ctx, store, &err);
		atomic_store(&left, -1);
		assert_int_equal(r, atomic_load(&has_failed) ? PPS_E_NOMEM : PPS_OK);
	} while (atomic_load(&has_failed));
	assert_true(n > 14);
	store->ops = &pps_store_file_ops;
	pps_store_unref(store);
	pps_ctx_unref(ctx);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_allocation_of_an_exchange),
		cmocka_unit_test(every_allocation_of_reading_ahead),
	};
	int r;

	atomic_store(&left, -1);
	if (curl_global_init_mem(CURL_GLOBAL_DEFAULT, curl_malloc, free, curl_realloc, curl_strdup, curl_calloc) != CURLE_OK)
		return 1;
	r = cmocka_run_group_tests(tests, NULL, NULL);
	curl_global_cleanup();
	return r;
}
