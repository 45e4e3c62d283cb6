/* SPDX-License-Identifier: BSD-3-Clause */
/* The waits between tries. */
#include "test.h"

#include "base/retry.h"
#include "base/time.h"

static void waits_grow_within_bounds(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 2000; seed++) {
		pps_retry r = { .base_ms = 100, .most_ms = 3000, .seed = seed };

		for (int n = 1; n <= 70; n++) {
			int64_t whole = n > 5 ? 3000 : INT64_C(100) << (n - 1), wait = pps_retry_delay(&r, n, 0);

			assert_in_range(wait, whole / 2, whole);
			assert_int_equal(wait, pps_retry_delay(&r, n, 0));
		}
	}
}

static void waits_are_spread(void **state)
{
	int64_t least = INT64_MAX, most = 0, sum = 0;

	(void)state;
	for (uint64_t seed = 1; seed <= 10000; seed++) {
		pps_retry r = { .seed = seed };
		int64_t wait = pps_retry_delay(&r, 3, 0);

		least = wait < least ? wait : least;
		most = wait > most ? wait : most;
		sum += wait;
	}
	assert_in_range(least, 400, 404);
	assert_in_range(most, 796, 800);
	assert_in_range(sum / 10000, 590, 610);
}

static void extremes_do_not_overflow(void **state)
{
	pps_retry r = { .base_ms = INT64_MAX, .most_ms = INT64_MAX, .seed = 5 };

	(void)state;
	assert_true(pps_retry_delay(&r, 100, 0) >= INT64_MAX / 2);
	r.base_ms = INT64_MAX / 2 - 1;
	assert_true(pps_retry_delay(&r, 100, 0) >= INT64_MAX / 2 - 1);
	assert_true(pps_retry_delay(&r, 0, 0) >= 0);
	r = (pps_retry){ .base_ms = 1, .most_ms = 1 };
	assert_int_equal(pps_retry_delay(&r, 1, 0), 1);
}

static void the_server_is_obeyed(void **state)
{
	pps_retry r = { .base_ms = 100, .most_ms = 1000, .seed = 9 };

	(void)state;
	assert_int_equal(pps_retry_delay(&r, 1, 5000), 5000);
	assert_true(pps_retry_delay(&r, 8, 20) >= 500);
}

static void tries_are_counted(void **state)
{
	_cleanup_(pps_ctx_unrefp) pps_ctx *ctx = NULL;
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	pps_retry r = { .most = 4, .base_ms = 1, .most_ms = 2 };
	int again, waits = 0;

	(void)state;
	assert_ok(pps_ctx_new(&ctx, &err), err);
	for (again = 1; again; waits += again)
		assert_ok(pps_retry_wait(ctx, &r, 0, &again, &err), err);
	assert_int_equal(waits, 3); /* four tries, three waits */
	assert_int_equal(r.tries, 4);
}

static void time_that_is_used_up_ends_it_at_once(void **state)
{
	_cleanup_(pps_ctx_unrefp) pps_ctx *ctx = NULL;
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	int64_t before = pps_monotonic_now();
	pps_retry r = { .base_ms = 60000, .most_ms = 60000, .deadline_ns = before + PPS_NS_PER_S };
	pps_retry late = { .base_ms = 1, .most_ms = 1, .deadline_ns = before - 1 }, far = { .base_ms = 1 };
	int again = 7;

	(void)state;
	assert_ok(pps_ctx_new(&ctx, &err), err);
	assert_ok(pps_retry_wait(ctx, &r, 0, &again, &err), err);
	assert_int_equal(again, 0);
	assert_ok(pps_retry_wait(ctx, &late, 0, &again, &err), err);
	assert_int_equal(again, 0);
	assert_ok(pps_retry_wait(ctx, &far, 3600000, &again, &err), err); /* "Retry-After: 3600" */
	assert_int_equal(again, 0);
	assert_true(pps_monotonic_now() - before < PPS_NS_PER_S / 2);
}

static void a_cancel_ends_the_wait(void **state)
{
	_cleanup_(pps_ctx_unrefp) pps_ctx *ctx = NULL;
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	pps_retry r = { .base_ms = 60000, .most_ms = 60000 };
	int again = 7;

	(void)state;
	assert_ok(pps_ctx_new(&ctx, &err), err);
	pps_ctx_cancel(ctx);
	assert_int_equal(pps_retry_wait(ctx, &r, 0, &again, &err), PPS_E_CANCELLED);
	assert_int_equal(again, 7);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(waits_grow_within_bounds),
		cmocka_unit_test(waits_are_spread),
		cmocka_unit_test(extremes_do_not_overflow),
		cmocka_unit_test(the_server_is_obeyed),
		cmocka_unit_test(tries_are_counted),
		cmocka_unit_test(time_that_is_used_up_ends_it_at_once),
		cmocka_unit_test(a_cancel_ends_the_wait),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
