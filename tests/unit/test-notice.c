/* SPDX-License-Identifier: BSD-3-Clause */
/* The outbox of notices in the state, on both databases. */
#define SCHEMA "pps_test_notice"
#include "state-place.h"

#include "state/dataset.h"

#define T0 INT64_C(1764720000000000000)
#define HOUR (3600 * PPS_NS_PER_S)

static pps_uuid uuid(int n)
{
	pps_uuid id = { { 0 } };

	id.bytes[14] = (uint8_t)(n >> 8);
	id.bytes[15] = (uint8_t)n;
	return id;
}

/* @n datasets in the first of two repositories, "embargo" and "google". */
static void fill(pps_state *s, const pps_flow_lock *lock, int n)
{
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	_cleanup_free_ pps_dataset_row *rows = calloc((size_t)n, sizeof *rows);
	const char *names[] = { "embargo", "google" };
	int ordinals[2];

	assert_ok(pps_state_ordinals(s, lock, names, 2, ordinals, &err), err);
	for (int i = 0; i < n; i++) {
		rows[i] = (pps_dataset_row){ .id = uuid(i), .origin = "", .type = "t", .run = "r", .instrument = "", .data_id = "{}" };
		memset(rows[i].status.status, '.', sizeof rows[i].status.status);
		rows[i].status.status[0] = 'P';
	}
	assert_ok(pps_state_datasets_register(s, lock, rows, (size_t)n, NULL, &err), err);
}

static void change(pps_state *s, const pps_flow_lock *lock, int from, int to, char status, int notice, int64_t at)
{
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	_cleanup_free_ pps_dataset_change *changes = calloc((size_t)(to - from) + 1, sizeof *changes);

	for (int i = from; i < to; i++)
		changes[i - from] = (pps_dataset_change){ .id = uuid(i), .status = status, .ordinal = 1, .at = at, .notice = notice };
	assert_ok(pps_state_datasets_apply(s, lock, at, at, changes, (size_t)(to - from), NULL, 0, NULL, &err), err);
}

/* "1 published google 3; ..." after @after. */
static void expect(pps_state *s, int64_t after, const char *text)
{
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	_cleanup_(pps_notices_freep) pps_notices *list = NULL;
	_cleanup_buf_ pps_buf b = PPS_BUF_LINE;

	assert_ok(pps_state_notices(s, after, 100, 1000000, &list, &err), err);
	for (size_t i = 0; i < pps_notices_count(list); i++) {
		const pps_notice *n = pps_notices_at(list, i);

		pps_buf_printf(&b, "%lld %s %s %zu; ", (long long)n->seq, pps_notice_name(n->kind), n->repository, n->n);
	}
	assert_string_equal(pps_buf_text(&b), text);
}

static void told_with_the_change_and_once(void **state)
{
	_cleanup_(pps_state_unrefp) pps_state *s = open_state();
	_cleanup_(pps_flow_lock_freep) pps_flow_lock *lock = take_flow(s, "publish");
	_cleanup_(pps_notices_freep) pps_notices *list = NULL;
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	const pps_dataset_change unknown = { .id = uuid(999), .status = 'P', .ordinal = 1, .at = T0, .notice = PPS_NOTICE_PUBLISHED };

	(void)state;
	fill(s, lock, 6);
	change(s, lock, 0, 3, 'P', PPS_NOTICE_PUBLISHED, T0);
	change(s, lock, 0, 5, 'P', PPS_NOTICE_PUBLISHED, T0 + 1); /* three of them again */
	change(s, lock, 0, 6, 'P', 0, T0 + 2);
	change(s, lock, 5, 6, 'P', PPS_NOTICE_PUBLISHED, T0 + 3);
	assert_ok(pps_state_datasets_apply(s, lock, T0, T0, &unknown, 1, NULL, 0, NULL, &err), err);
	change(s, lock, 1, 2, 'E', PPS_NOTICE_WITHDRAWN, T0 + 4);
	expect(s, 0, "1 published google 3; 2 published google 2; 3 withdrawn google 1; ");
	expect(s, 2, "3 withdrawn google 1; ");
	assert_ok(pps_state_notices(s, 1, 1, 1, &list, &err), err);
	assert_int_equal(pps_notices_count(list), 1);
	assert_memory_equal(&pps_notices_at(list, 0)->ids[0], (&(pps_uuid){ { [15] = 3 } }), sizeof(pps_uuid));
	assert_int_equal(pps_notices_at(list, 0)->as_of, T0 + 1);
}

static void nothing_is_told_of_what_is_rolled_back(void **state)
{
	_cleanup_(pps_state_unrefp) pps_state *s = open_state();
	_cleanup_(pps_flow_lock_freep) pps_flow_lock *lock = take_flow(s, "publish");
	const pps_dataset_change c = { .id = uuid(0), .status = 'P', .ordinal = 1, .at = T0, .notice = PPS_NOTICE_PUBLISHED };
	const pps_ledger_entry entry = { .flow = "publish", .action = "publish", .subject = "never authorised", .who = "test" };
	const pps_state_change done = { .kind = PPS_CHANGE_DONE, .entry = &entry };
	pps_error *err = NULL;

	(void)state;
	fill(s, lock, 2);
	assert_int_equal(pps_state_datasets_apply(s, lock, T0, T0, &c, 1, &done, 1, NULL, &err), PPS_E_CONFLICT);
	pps_error_free(err);
	expect(s, 0, "");
	change(s, lock, 0, 1, 'P', PPS_NOTICE_PUBLISHED, T0);
	expect(s, 0, "1 published google 1; ");
}

static void large_ones_are_split_and_time_never_goes_back(void **state)
{
	_cleanup_(pps_state_unrefp) pps_state *s = open_state();
	_cleanup_(pps_flow_lock_freep) pps_flow_lock *lock = take_flow(s, "publish");
	_cleanup_(pps_notices_freep) pps_notices *list = NULL;
	_cleanup_(pps_error_freep) pps_error *err = NULL;

	(void)state;
	fill(s, lock, 2 * PPS_NOTICE_MOST + 3);
	change(s, lock, 0, 2 * PPS_NOTICE_MOST + 1, 'P', PPS_NOTICE_PUBLISHED, T0 + HOUR);
	change(s, lock, 2 * PPS_NOTICE_MOST + 1, 2 * PPS_NOTICE_MOST + 3, 'P', PPS_NOTICE_PUBLISHED, T0);
	expect(s, 0, "1 published google 1000; 2 published google 1000; 3 published google 1; 4 published google 2; ");
	assert_ok(pps_state_notices(s, 3, 10, 10, &list, &err), err);
	assert_int_equal(pps_notices_at(list, 0)->at, T0 + HOUR);
	assert_int_equal(pps_notices_at(list, 0)->as_of, T0);
	pps_notices_free(TAKE_PTR(list));
	assert_ok(pps_state_notices(s, 0, 10, 1500, &list, &err), err);
	assert_int_equal(pps_notices_count(list), 2);
}

static void look(pps_state *s, const char *destination, pps_notice_cursor *c)
{
	_cleanup_(pps_error_freep) pps_error *err = NULL;

	pps_notice_cursor_clear(c);
	assert_ok(pps_state_notice_cursor(s, destination, c, &err), err);
}

static void cursors(void **state)
{
	_cleanup_(pps_state_unrefp) pps_state *s = open_state();
	_cleanup_(pps_flow_lock_freep) pps_flow_lock *lock = take_flow(s, "publish");
	_cleanup_(pps_notice_cursor_clear) pps_notice_cursor c = { 0 };
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	pps_error *why = NULL;

	(void)state;
	look(s, "feed", &c);
	assert_int_equal(c.seq, 0);
	assert_ok(pps_state_notice_failed(s, lock, "feed", PPS_E_UNAVAILABLE, "down", T0, T0 + 5, 0, &err), err);
	assert_ok(pps_state_notice_failed(s, lock, "feed", PPS_E_TIMEOUT, "slow", T0 + 7, T0 + 9, 1, &err), err);
	look(s, "feed", &c);
	assert_int_equal(c.attempts, 2);
	assert_int_equal(c.failing_since, T0);
	assert_int_equal(c.next_try, T0 + 9);
	assert_int_equal(c.given_up, T0 + 7);
	assert_int_equal(c.code, PPS_E_TIMEOUT);
	assert_string_equal(c.error, "slow");
	assert_int_equal(pps_state_notice_retry(s, "feed", "", "me", &why), PPS_E_ARG);
	pps_error_free(TAKE_PTR(why));
	assert_int_equal(pps_state_notice_retry(s, "other", "because", "me", &why), PPS_E_NOTFOUND);
	pps_error_free(TAKE_PTR(why));
	assert_ok(pps_state_notice_retry(s, "feed", "because", "me", &err), err);
	look(s, "feed", &c);
	assert_int_equal(c.failing_since, 0);
	assert_int_equal(c.given_up, 0);
	assert_ok(pps_state_notice_delivered(s, lock, "feed", 17, "detail", T0, &err), err);
	look(s, "feed", &c);
	assert_int_equal(c.seq, 17);
	assert_string_equal(c.detail, "detail");
	assert_ok(pps_state_notice_failed(s, lock, "feed", PPS_E_UNAVAILABLE, "down", T0, T0 + 5, 0, &err), err);
	look(s, "feed", &c);
	assert_int_equal(c.seq, 17);
	assert_ok(pps_state_notice_delivered(s, lock, "feed", 18, "", T0, &err), err);
	look(s, "feed", &c);
	assert_int_equal(c.attempts, 0);
	sql_exec("UPDATE {writer} SET epoch = epoch + 1");
	assert_int_equal(pps_state_notice_delivered(s, lock, "feed", 19, "", T0, &why), PPS_E_LOCKED);
	pps_error_free(TAKE_PTR(why));
	assert_int_equal(pps_state_notice_failed(s, lock, "feed", -1, "", T0, T0, 0, &why), PPS_E_LOCKED);
	pps_error_free(TAKE_PTR(why));
}

static void the_ledger_and_sweeping(void **state)
{
	_cleanup_(pps_state_unrefp) pps_state *s = open_state();
	_cleanup_(pps_flow_lock_freep) pps_flow_lock *lock = take_flow(s, "publish");
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	const pps_ledger_entry entry = { .flow = "publish", .action = "publish", .subject = "a", .who = "test" };
	const pps_state_change authorised = { .kind = PPS_CHANGE_AUTHORISED, .entry = &entry };
	_cleanup_free_ char *hash = NULL, *head = NULL;
	int64_t seq, at, first, last, n;

	(void)state;
	fill(s, lock, 3);
	assert_ok(pps_state_notice_last_ledger(s, &at, &seq, &hash, &err), err);
	assert_int_equal(at, 0);
	assert_ok(pps_state_datasets_apply(s, lock, T0, T0, NULL, 0, &authorised, 1, NULL, &err), err);
	assert_ok(pps_state_notice_ledger(s, lock, T0, &seq, &err), err);
	assert_int_equal(seq, 1);
	assert_ok(pps_state_notice_ledger(s, lock, T0 + HOUR, &seq, &err), err);
	assert_int_equal(seq, 0); /* it is the same */
	change(s, lock, 0, 1, 'P', PPS_NOTICE_PUBLISHED, T0 + HOUR);
	expect(s, 0, "1 ledger  0; 2 published google 1; ");
	free(TAKE_PTR(hash));
	assert_ok(pps_state_notice_last_ledger(s, &at, &seq, &hash, &err), err);
	assert_int_equal(at, T0);
	assert_ok(pps_state_ledger_head(s, &n, &head, &err), err);
	assert_int_equal(seq, n);
	assert_string_equal(hash, head);
	assert_ok(pps_state_notice_sweep(s, lock, 2, T0 + HOUR, &n, &err), err);
	assert_int_equal(n, 1);
	assert_ok(pps_state_notice_range(s, &first, &last, &err), err);
	assert_int_equal(first, 2);
	assert_int_equal(last, 2);
	assert_ok(pps_state_notice_sweep(s, lock, 1, INT64_MAX, &n, &err), err);
	assert_int_equal(n, 0);
	assert_ok(pps_state_notice_sweep(s, lock, 2, INT64_MAX, &n, &err), err);
	assert_ok(pps_state_notice_range(s, &first, &last, &err), err);
	assert_int_equal(first, 0);
	assert_int_equal(last, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(told_with_the_change_and_once, setup, teardown),
		cmocka_unit_test_setup_teardown(nothing_is_told_of_what_is_rolled_back, setup, teardown),
		cmocka_unit_test_setup_teardown(large_ones_are_split_and_time_never_goes_back, setup, teardown),
		cmocka_unit_test_setup_teardown(cursors, setup, teardown),
		cmocka_unit_test_setup_teardown(the_ledger_and_sweeping, setup, teardown),
	};

	return cmocka_run_group_tests(tests, group_setup, group_teardown);
}
