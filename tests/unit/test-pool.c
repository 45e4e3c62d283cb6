/* SPDX-License-Identifier: BSD-3-Clause */
/* The bounded pool of threads. */
#include "test.h"

#include <signal.h>
#include <stdatomic.h>

#include "base/pool.h"
#include "base/time.h"

static atomic_int ran, dropped, most, now_running;
static atomic_int gate; /* jobs wait until it is open */

static int job(void *arg, void *user, pps_error **err)
{
	int n = (int)(intptr_t)arg, running = atomic_fetch_add(&now_running, 1) + 1, seen = atomic_load(&most);

	(void)user;
	while (running > seen && !atomic_compare_exchange_weak(&most, &seen, running))
		;
	while (!atomic_load(&gate))
		usleep(1000);
	atomic_fetch_sub(&now_running, 1);
	atomic_fetch_add(&ran, 1);
	return n < 0 ? pps_fail(err, PPS_E_IO, "job %d", n) : PPS_OK;
}

static void count_drop(void *arg)
{
	(void)arg;
	atomic_fetch_add(&dropped, 1);
}

static int setup(void **state)
{
	pps_ctx *ctx;

	ran = dropped = most = now_running = 0;
	gate = 1;
	if (pps_ctx_new(&ctx, NULL) < 0)
		return -1;
	*state = ctx;
	return 0;
}

static int teardown(void **state)
{
	pps_ctx_unref(*state);
	return 0;
}

static void runs_all_and_again(void **state)
{
	_cleanup_(pps_pool_freep) pps_pool *pool = NULL;
	_cleanup_(pps_error_freep) pps_error *err = NULL;

	assert_ok(pps_pool_new(*state, 4, 3, job, count_drop, NULL, &pool, &err), err);
	for (int round = 1; round <= 3; round++) {
		for (intptr_t i = 0; i < 500; i++)
			assert_ok(pps_pool_submit(pool, (void *)i, &err), err);
		assert_ok(pps_pool_wait(pool, &err), err);
		assert_int_equal(ran, 500 * round);
	}
	assert_true(most <= 4);
	assert_int_equal(dropped, 0);
}

static void first_failure_stops_the_rest(void **state)
{
	_cleanup_(pps_pool_freep) pps_pool *pool = NULL;
	_cleanup_(pps_error_freep) pps_error *err = NULL, *again = NULL;
	int submitted = 0;

	gate = 0;
	assert_ok(pps_pool_new(*state, 1, 10, job, count_drop, NULL, &pool, &err), err);
	for (intptr_t i = 0; i < 10; i++, submitted++)
		assert_ok(pps_pool_submit(pool, (void *)(i == 3 ? -7 : i), &err), err);
	gate = 1;
	assert_int_equal(pps_pool_wait(pool, &err), PPS_E_IO);
	assert_string_equal(pps_error_message(err), "job -7");
	assert_int_equal(ran, 4);
	assert_int_equal(dropped, 6);
	assert_int_equal(pps_pool_submit(pool, NULL, &again), PPS_E_IO);
	assert_string_equal(pps_error_message(again), "job -7");
	assert_int_equal(dropped, 7);
}

static void cancel_wakes_a_blocked_producer(void **state)
{
	_cleanup_(pps_pool_freep) pps_pool *pool = NULL;
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	int64_t start = pps_monotonic_now();

	gate = 0;
	assert_ok(pps_pool_new(*state, 1, 1, job, count_drop, NULL, &pool, &err), err);
	assert_ok(pps_pool_submit(pool, NULL, &err), err);
	while (!now_running)
		usleep(1000);
	assert_ok(pps_pool_submit(pool, NULL, &err), err); /* waits in the queue, which is then full */
	pps_ctx_cancel(*state);
	assert_int_equal(pps_pool_submit(pool, NULL, &err), PPS_E_CANCELLED);
	assert_true(pps_monotonic_now() - start < 5 * PPS_NS_PER_S);
	gate = 1;
	assert_int_equal(pps_pool_wait(pool, NULL), PPS_E_CANCELLED);
	assert_int_equal(ran, 1);
	assert_int_equal(dropped, 2);
}

static void freeing_drops_what_waits(void **state)
{
	pps_pool *pool = NULL;
	_cleanup_(pps_error_freep) pps_error *err = NULL;

	gate = 0;
	assert_ok(pps_pool_new(*state, 1, 5, job, count_drop, NULL, &pool, &err), err);
	for (intptr_t i = 0; i < 5; i++)
		assert_ok(pps_pool_submit(pool, (void *)i, &err), err);
	gate = 1;
	pps_pool_free(pool);
	assert_int_equal(ran + dropped, 5);
}

static void *signals_of_thread(void *arg)
{
	pthread_sigmask(SIG_SETMASK, NULL, arg);
	return NULL;
}

static void threads_take_no_signals(void **state)
{
	sigset_t set;
	pthread_t thread;

	(void)state;
	sigemptyset(&set);
	assert_int_equal(pps_thread_start(&thread, signals_of_thread, &set), 0);
	pthread_join(thread, NULL);
	assert_int_equal(sigismember(&set, SIGINT), 1);
	assert_int_equal(sigismember(&set, SIGTERM), 1);
	pthread_sigmask(SIG_SETMASK, NULL, &set);
	assert_int_equal(sigismember(&set, SIGINT), 0);
}

static void arguments(void **state)
{
	pps_pool *pool = NULL;

	assert_int_equal(pps_pool_new(*state, 0, 1, job, NULL, NULL, &pool, NULL), PPS_E_ARG);
	assert_int_equal(pps_pool_new(*state, 257, 1, job, NULL, NULL, &pool, NULL), PPS_E_ARG);
	assert_int_equal(pps_pool_new(*state, 1, 0, job, NULL, NULL, &pool, NULL), PPS_E_ARG);
	assert_null(pool);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(runs_all_and_again, setup, teardown),
		cmocka_unit_test_setup_teardown(first_failure_stops_the_rest, setup, teardown),
		cmocka_unit_test_setup_teardown(cancel_wakes_a_blocked_producer, setup, teardown),
		cmocka_unit_test_setup_teardown(freeing_drops_what_waits, setup, teardown),
		cmocka_unit_test(threads_take_no_signals),
		cmocka_unit_test_setup_teardown(arguments, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
