/* SPDX-License-Identifier: BSD-3-Clause */
/* Errors, buffers, maps, contexts. */
#include "test.h"

#include <errno.h>
#include <limits.h>
#include <sys/wait.h>

#include "base/buf.h"
#include "base/ctx.h"
#include "base/map.h"

static void error_wraps_outermost_first(void **state)
{
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	int r = pps_fail_errno(&err, ENOENT, "read %s", "a.fits");

	(void)state;
	assert_int_equal(r, PPS_E_NOTFOUND);
	assert_int_equal(pps_wrap(&err, r, "pack %s", "MC_O_1"), PPS_E_NOTFOUND);
	assert_string_equal(pps_error_message(err), "pack MC_O_1: read a.fits: No such file or directory");
	assert_int_equal(pps_error_errno(err), ENOENT);
	assert_int_equal(pps_error_is_retriable(err), 0);
	/* the first error stays */
	pps_fail(&err, PPS_E_ARG, "second");
	assert_int_equal(pps_error_code(err), PPS_E_NOTFOUND);
}

static void error_names_place(void **state)
{
	_cleanup_(pps_error_freep) pps_error *err = NULL;

	(void)state;
	assert_int_equal(pps_fail_at(&err, PPS_E_CONFIG, "pps.yaml", 3, 7, "unknown key %s", "rwa"), PPS_E_CONFIG);
	assert_string_equal(pps_error_message(err), "pps.yaml:3:7: unknown key rwa");
	assert_string_equal(pps_error_file(err), "pps.yaml");
	assert_int_equal(pps_error_line(err), 3);
	assert_int_equal(pps_error_column(err), 7);
}

static void error_without_holder(void **state)
{
	(void)state;
	assert_int_equal(pps_fail(NULL, PPS_E_IO, "x"), PPS_E_IO);
	assert_int_equal(pps_wrap(NULL, PPS_E_IO, "x"), PPS_E_IO);
	assert_int_equal(pps_error_code(NULL), PPS_OK);
	pps_error_free(NULL);
}

static void error_out_of_memory_is_static(void **state)
{
	pps_error *err = NULL;

	(void)state;
	assert_int_equal(pps_fail_nomem(&err), PPS_E_NOMEM);
	assert_int_equal(pps_wrap(&err, PPS_E_NOMEM, "x"), PPS_E_NOMEM);
	assert_string_equal(pps_error_message(err), "out of memory");
	pps_error_free(err);
	pps_error_free(err);
}

static void buf_stops_at_maximum(void **state)
{
	_cleanup_buf_ pps_buf b = PPS_BUF(8);
	_cleanup_(pps_error_freep) pps_error *err = NULL;

	(void)state;
	pps_buf_printf(&b, "%d", 12345678);
	assert_int_equal(pps_buf_check(&b, "x", NULL), PPS_OK);
	pps_buf_add_char(&b, '9');
	assert_int_equal(pps_buf_check(&b, "path", &err), PPS_E_FORMAT);
	assert_string_equal(pps_buf_text(&b), "12345678");
}

static void map_keeps_order(void **state)
{
	_cleanup_(pps_map_freep) pps_map *map = pps_map_new();
	char key[16];
	void *v;

	(void)state;
	for (int i = 0; i < 1000; i++) {
		snprintf(key, sizeof key, "k%d", i);
		assert_int_equal(pps_map_set_text(map, key, (void *)(intptr_t)i), 1);
	}
	assert_int_equal(pps_map_set_text(map, "k7", (void *)70), 0);
	assert_int_equal(pps_map_size(map), 1000);
	assert_int_equal(pps_map_get_text(map, "k7", &v), 1);
	assert_int_equal((intptr_t)v, 70);
	assert_int_equal(pps_map_get_text(map, "k1000", &v), 0);
	assert_string_equal(pps_map_key(map, 999), "k999");
}

static void ctx_cancels(void **state)
{
	_cleanup_(pps_ctx_unrefp) pps_ctx *ctx = NULL;
	_cleanup_(pps_error_freep) pps_error *err = NULL;

	(void)state;
	assert_ok(pps_ctx_new(&ctx, &err), err);
	assert_int_equal(pps_ctx_check(ctx, NULL), PPS_OK);
	pps_ctx_cancel(ctx);
	assert_int_equal(pps_ctx_sleep(ctx, 10000000000ll, &err), PPS_E_CANCELLED);
	assert_int_equal(pps_ctx_is_cancelled(ctx), 1);
	pps_ctx_resume(ctx);
	assert_int_equal(pps_ctx_is_cancelled(ctx), 0);
	assert_int_equal(pps_ctx_check(ctx, NULL), PPS_OK);
	pps_ctx_resume(NULL);
	assert_int_equal(pps_ctx_set_memory(ctx, 1, NULL), PPS_E_ARG);
	assert_int_equal(pps_ctx_new(NULL, NULL), PPS_E_ARG);
}

/* Threads and connections stay with the parent. */
static void ctx_stays_with_its_process(void **state)
{
	_cleanup_(pps_ctx_unrefp) pps_ctx *ctx = NULL;
	int status = -1;
	pid_t child;

	(void)state;
	assert_int_equal(pps_ctx_new(&ctx, NULL), PPS_OK);
	assert_int_equal(pps_ctx_check(ctx, NULL), PPS_OK);
	child = fork();
	if (!child)
		_exit(pps_ctx_check(ctx, NULL) == PPS_E_ARG ? 0 : 1);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	assert_int_equal(pps_ctx_check(ctx, NULL), PPS_OK);
}

static void codes_to_exit_with(void **state)
{
	static const struct { int code, expected; } cases[] = {
		{ PPS_OK, 0 }, { 1, 0 }, { PPS_E_FAILED, 1 }, { PPS_E_NOTFOUND, 1 }, { PPS_E_CONFLICT, 1 }, { -999, 1 }, { PPS_E_ARG, 2 }, { PPS_E_CONFIG, 3 },
		{ PPS_E_UNAVAILABLE, 4 }, { PPS_E_LOCKED, 4 }, { PPS_E_TIMEOUT, 4 }, { PPS_E_HELD, 4 }, { PPS_E_NOMEM, 4 }, { PPS_E_INTERNAL, 70 },
		{ PPS_E_CANCELLED, 130 },
	};

	(void)state;
	for (size_t i = 0; i < PPS_COUNT(cases); i++)
		assert_int_equal(pps_exit_code(cases[i].code), cases[i].expected);
}

static void version_compares(void **state)
{
	static const struct { int major, minor, patch, expected; } cases[] = {
		{ PPS_VERSION_MAJOR, PPS_VERSION_MINOR, PPS_VERSION_PATCH, 1 }, { 0, 0, INT_MAX, 1 },
		{ PPS_VERSION_MAJOR, PPS_VERSION_MINOR, PPS_VERSION_PATCH + 1, 0 }, { PPS_VERSION_MAJOR, PPS_VERSION_MINOR + 1, 0, 0 },
		{ PPS_VERSION_MAJOR + 1, 0, 0, 0 }, { INT_MAX, INT_MAX, INT_MAX, 0 }, { -1, 0, 0, 1 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		assert_int_equal(pps_version_at_least(cases[i].major, cases[i].minor, cases[i].patch), cases[i].expected);
	assert_true(PPS_VERSION_AT_LEAST(0, 1, 0) && !PPS_VERSION_AT_LEAST(999, 0, 0));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(error_wraps_outermost_first),
		cmocka_unit_test(error_names_place),
		cmocka_unit_test(error_without_holder),
		cmocka_unit_test(error_out_of_memory_is_static),
		cmocka_unit_test(buf_stops_at_maximum),
		cmocka_unit_test(map_keeps_order),
		cmocka_unit_test(ctx_cancels),
		cmocka_unit_test(ctx_stays_with_its_process),
		cmocka_unit_test(codes_to_exit_with),
		cmocka_unit_test(version_compares),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
