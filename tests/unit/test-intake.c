/* SPDX-License-Identifier: BSD-3-Clause */
/* What the state keeps of the intake: batches still to be read, and dead letters; with PPS_TEST_PG on PostgreSQL. */
#define SCHEMA "pps_test_intake"
#include "state-place.h"

#include "state/arrival.h"
#include "state/intake.h"

#define T0 INT64_C(1764720000000000000)
#define S PPS_NS_PER_S

static pps_uuid uuid(unsigned n)
{
	pps_uuid id = { .bytes = { 0x01, 0x8c } };

	id.bytes[14] = (uint8_t)(n >> 8);
	id.bytes[15] = (uint8_t)n;
	return id;
}

static pps_pending_batch batch(int64_t part, int64_t position)
{
	return (pps_pending_batch){ .place = { "prompt-output", part, position }, .batch = uuid((unsigned)position), .origin = "prompt_processing",
				    .file = "f.json" };
}

static pps_pending_batches *due(pps_state *s, int64_t now, size_t limit)
{
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	pps_pending_batches *list = NULL;

	assert_ok(pps_state_batches(s, now, limit, &list, &err), err);
	return list;
}

static size_t count_due(pps_state *s, int64_t now)
{
	_cleanup_(pps_pending_batches_freep) pps_pending_batches *list = due(s, now, 1000);

	return list->n;
}

static void a_message_that_comes_twice_changes_nothing(void **state)
{
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	_cleanup_(pps_state_unrefp) pps_state *s = open_state();
	_cleanup_(pps_flow_lock_freep) pps_flow_lock *lock = take_flow(s, "publish");
	_cleanup_(pps_pending_batches_freep) pps_pending_batches *list = NULL;
	pps_pending_batch batches[] = { batch(1, 2), batch(0, 9), batch(1, 1), batch(1, 2) };
	pps_dead_letter letter = { .place = { "prompt-output", 0, 7 }, .reason = "no JSON", .content = "x\n\x01y", .size = 4 };
	int64_t n;

	(void)state;
	assert_ok(pps_state_intake_record(s, lock, batches, 4, &letter, 1, T0, &n, &err), err);
	assert_int_equal(n, 1);
	assert_ok(pps_state_batch_failed(s, lock, &batches[0].place, "not there", T0 + 50 * S, &err), err);
	assert_ok(pps_state_intake_record(s, lock, batches, 4, &letter, 1, T0 + S, &n, &err), err);
	assert_int_equal(n, 0);
	assert_ok(pps_state_batch_count(s, &n, &err), err);
	assert_int_equal(n, 3);
	assert_int_equal(count_due(s, T0 - 1), 0);
	assert_int_equal(count_due(s, T0), 2);
	assert_int_equal(count_due(s, T0 + 50 * S), 3);
	list = due(s, INT64_MAX, 10);
	assert_int_equal(list->at[0].place.position, 9);
	assert_int_equal(list->at[1].place.position, 1);
	assert_int_equal(list->at[2].attempts, 1);
	assert_string_equal(list->at[2].error, "not there");
	assert_int_equal(list->at[2].since, T0);
	assert_string_equal(list->at[0].origin, "prompt_processing");
	assert_ok(pps_state_batches_done(s, lock, list->at, 2, &err), err);
	assert_ok(pps_state_batches_done(s, lock, list->at, 2, &err), err);
	assert_int_equal(count_due(s, INT64_MAX), 1);
	assert_ok(pps_state_intake_record(s, lock, NULL, 0, NULL, 0, T0, NULL, &err), err);
}

struct letters {
	size_t n;
	char said[512];
};

static int say(const pps_dead_letter *l, void *user, pps_error **err)
{
	struct letters *letters = user;

	(void)err;
	letters->n++;
	snprintf(letters->said + strlen(letters->said), sizeof letters->said - strlen(letters->said), "%s %d:%d %s [%s];", l->place.topic,
		 (int)l->place.part, (int)l->place.position, l->reason, l->content);
	return PPS_OK;
}

static void what_is_given_up_becomes_a_letter_and_back(void **state)
{
	_cleanup_(pps_error_freep) pps_error *err = NULL, *why = NULL;
	_cleanup_(pps_state_unrefp) pps_state *s = open_state();
	_cleanup_(pps_flow_lock_freep) pps_flow_lock *lock = take_flow(s, "publish");
	pps_pending_batch one = batch(0, 3);
	pps_dead_letter letter = { .place = one.place, .reason = "not there for a day", .content = "{\"a\":\n1}", .size = 8 };
	struct letters letters = { 0 };
	int64_t n;

	(void)state;
	assert_ok(pps_state_intake_record(s, lock, &one, 1, NULL, 0, T0, NULL, &err), err);
	assert_ok(pps_state_batch_given_up(s, lock, &letter, T0 + S, &err), err);
	assert_ok(pps_state_dead_letter(s, "other", 0, 3, "no JSON", "\xff", 1, NULL, &err), err);
	assert_int_equal(count_due(s, INT64_MAX), 0);
	assert_ok(pps_state_dead_letters(s, NULL, NULL, 0, say, &letters, &err), err);
	assert_string_equal(letters.said, "other 0:3 no JSON [\\xff];prompt-output 0:3 not there for a day [{\"a\":\n1}];");
	letters = (struct letters){ 0 };
	assert_ok(pps_state_dead_letters(s, "prompt-output", &(pps_message_place){ "prompt-output", 0, 2 }, 5, say, &letters, &err), err);
	assert_int_equal(letters.n, 1);
	assert_ok(pps_state_dead_letters(s, "prompt-output", &one.place, 5, say, &letters, &err), err);
	assert_int_equal(letters.n, 1);
	assert_ok(pps_state_dead_letter_count(s, "prompt-output", &n, &err), err);
	assert_int_equal(n, 1);
	assert_ok(pps_state_dead_letter_count(s, NULL, &n, &err), err);
	assert_int_equal(n, 2);
	assert_int_equal(pps_state_dead_letter_revive(s, &one, "", "me", NULL), PPS_E_ARG);
	assert_ok(pps_state_dead_letter_revive(s, &one, "the file is there", "me", &err), err);
	assert_int_equal(count_due(s, INT64_MAX - 1), 1);
	assert_int_equal(sql_ask("SELECT count(*) FROM {operator_event} WHERE reason = 'the file is there' AND flow = 'publish'"), 1);
	assert_int_equal(pps_state_dead_letter_revive(s, &one, "again", "me", &why), PPS_E_NOTFOUND);
}

/* Whoever lost the flow's lock writes nothing of the intake either. */
static void the_epoch_is_asked(void **state)
{
	_cleanup_(pps_state_unrefp) pps_state *s = open_state(), *t = open_state();
	pps_flow_lock *lock = take_flow(s, "publish");
	pps_pending_batch one = batch(0, 3);
	pps_dead_letter letter = { .place = one.place, .reason = "x", .content = "", .size = 0 };

	(void)state;
	sql_exec("UPDATE {writer} SET epoch = epoch + 1 WHERE flow = 'publish'");
	assert_int_equal(pps_state_intake_record(s, lock, &one, 1, NULL, 0, T0, NULL, NULL), PPS_E_LOCKED);
	assert_int_equal(pps_state_batches_done(s, lock, &one, 1, NULL), PPS_E_LOCKED);
	assert_int_equal(pps_state_batch_failed(s, lock, &one.place, "x", T0, NULL), PPS_E_LOCKED);
	assert_int_equal(pps_state_batch_given_up(s, lock, &letter, T0, NULL), PPS_E_LOCKED);
	assert_int_equal(pps_state_intake_record(t, NULL, &one, 1, NULL, 0, T0, NULL, NULL), PPS_OK);
	pps_flow_lock_free(lock);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_message_that_comes_twice_changes_nothing, setup, teardown),
		cmocka_unit_test_setup_teardown(what_is_given_up_becomes_a_letter_and_back, setup, teardown),
		cmocka_unit_test_setup_teardown(the_epoch_is_asked, setup, teardown),
	};

	return cmocka_run_group_tests(tests, group_setup, group_teardown);
}
