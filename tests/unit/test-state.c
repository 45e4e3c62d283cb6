/* SPDX-License-Identifier: BSD-3-Clause */
/* The state database: one table of tests for both databases. */
#define SCHEMA "pps_test_state"
#include "state-place.h"

#include <pthread.h>
#include <signal.h>
#include <sys/wait.h>

#include "state/state-migrations.h"

#define T0 INT64_C(1764720000000000000)

static pps_flow_lock *take(pps_state *s)
{
	return take_flow(s, "raw");
}

static const pps_exposure_source sources[] = {
	{ .obs_id = "MC_O_20251202_000001", .day_obs = 20251202, .timespan = { .begin = T0, .end = T0 + 30 }, .can_see_sky = 1,
	  .rule = "on sky", .embargo = 80 * 3600 * PPS_NS_PER_S },
	{ .obs_id = "MC_O_20251202_000002", .day_obs = 20251202, .timespan = { .is_null = 1 }, .can_see_sky = -1, .rule = "", .embargo = 0 },
	{ .obs_id = "MC_O_20251203_000001", .day_obs = 20251203, .timespan = { .is_empty = 1 }, .can_see_sky = 0, .rule = "dark",
	  .embargo = 0 },
};

static pps_exposure_key key_of(size_t n)
{
	static const int64_t ids[] = { 2025120200001, 2025120200002, 2025120300001 };

	return (pps_exposure_key){ .instrument = "LSSTCam", .id = ids[n] };
}

static void apply(pps_state *s, const pps_flow_lock *lock, int64_t at, const pps_state_change *changes, size_t n)
{
	_cleanup_(pps_error_freep) pps_error *err = NULL;

	assert_ok(pps_state_apply(s, lock, at, at - 5, changes, n, NULL, &err), err);
}

static void make_known(pps_state *s, const pps_flow_lock *lock)
{
	pps_state_change changes[PPS_COUNT(sources)] = { 0 };

	for (size_t i = 0; i < PPS_COUNT(sources); i++)
		changes[i] = (pps_state_change){ .kind = PPS_CHANGE_SOURCE, .key = key_of(i), .source = &sources[i] };
	apply(s, lock, T0, changes, PPS_COUNT(sources));
}

static pps_exposure_list *list_of(pps_state *s, pps_exposure_filter filter)
{
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	pps_exposure_list *list = NULL;

	assert_ok(pps_state_exposures(s, &filter, &list, &err), err);
	return list;
}

/* ---- migrations ---- */

static void init_is_idempotent(void **state)
{
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	pps_state *s = NULL;
	int n;

	(void)state;
	assert_true(pps_state_open_url(world.ctx, world.url, &s, NULL) == PPS_E_NOTFOUND);
	assert_ok(pps_state_init_url(world.ctx, world.url, 0, &n, &err), err);
	assert_int_equal(n, pps_state_migrations_count);
	assert_ok(pps_state_init_url(world.ctx, world.url, 0, &n, &err), err);
	assert_int_equal(n, 0);
	s = open_state();
	assert_int_equal(pps_state_version(s), pps_state_migrations_count);
	assert_int_equal(pps_state_is_replay(s), 0);
	pps_state_unref(s);
	assert_int_equal(pps_state_init_url(world.ctx, world.url, PPS_STATE_REPLAY, NULL, &err), PPS_E_CONFLICT);
	assert_int_equal(pps_state_init_url(world.ctx, world.url, 64, NULL, NULL), PPS_E_ARG);
}

static void replay_is_remembered(void **state)
{
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	pps_state *s;

	(void)state;
	assert_ok(pps_state_init_url(world.ctx, world.url, PPS_STATE_REPLAY, NULL, &err), err);
	assert_ok(pps_state_init_url(world.ctx, world.url, 0, NULL, &err), err);
	s = open_state();
	assert_int_equal(pps_state_is_replay(s), 1);
	pps_state_unref(s);
}

static void unknown_versions_are_refused(void **state)
{
	static const struct {
		const char *break_it, *mend_it, *says;
	} cases[] = {
		{ "INSERT INTO {schema_migration} VALUES (1000, 'later', 'abc', 0)", "DELETE FROM {schema_migration} WHERE version = 1000", "newer" },
		{ "UPDATE {schema_migration} SET version = 0 WHERE version = 1", "UPDATE {schema_migration} SET version = 1 WHERE version = 0", "missing" },
		{ "UPDATE {schema_migration} SET sha256 = 'x' || sha256 WHERE version = 1", "UPDATE {schema_migration} SET sha256 = substr(sha256, 2) WHERE version = 1", "another" },
	};

	(void)state;
	for (size_t i = 0; i < PPS_COUNT(cases); i++) {
		_cleanup_(pps_error_freep) pps_error *err = NULL;
		pps_state *s = NULL;

		sql_exec(cases[i].break_it);
		assert_int_equal(pps_state_open_url(world.ctx, world.url, &s, &err), PPS_E_UNSUPPORTED);
		assert_non_null(strstr(pps_error_message(err), cases[i].says));
		assert_int_equal(pps_state_init_url(world.ctx, world.url, 0, NULL, NULL), PPS_E_UNSUPPORTED);
		sql_exec(cases[i].mend_it);
		pps_state_unref(open_state());
	}
}

static void foreign_tables_are_left_alone(void **state)
{
	_cleanup_(pps_error_freep) pps_error *err = NULL;

	(void)state;
	sql_exec("CREATE TABLE {exposure} (id BIGINT)");
	assert_int_equal(pps_state_init_url(world.ctx, world.url, 0, NULL, &err), PPS_E_CONFLICT);
	assert_int_equal(sql_ask("SELECT count(*) FROM {exposure}"), 0);
}

static void *init_thread(void *user)
{
	*(int *)user = pps_state_init_url(world.ctx, world.url, 0, NULL, NULL);
	return NULL;
}

static void init_by_several_at_once(void **state)
{
	pthread_t threads[4];
	int results[4];

	(void)state;
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, init_thread, &results[i]), 0);
	for (size_t i = 0; i < 4; i++) {
		pthread_join(threads[i], NULL);
		assert_int_equal(results[i], PPS_OK);
	}
	assert_int_equal(sql_ask("SELECT count(*) FROM {schema_migration}"), pps_state_migrations_count);
	assert_int_equal(sql_ask("SELECT count(*) FROM {ledger_head}"), 1);
}

/* ---- exposures ---- */

static void sources_come_back(void **state)
{
	_cleanup_(pps_state_unrefp) pps_state *s = open_state();
	_cleanup_(pps_flow_lock_freep) pps_flow_lock *lock = take(s);
	_cleanup_(pps_exposure_list_freep) pps_exposure_list *list = NULL;

	(void)state;
	make_known(s, lock);
	make_known(s, lock);
	list = list_of(s, (pps_exposure_filter){ 0 });
	assert_int_equal(pps_exposure_list_size(list), PPS_COUNT(sources));
	for (size_t i = 0; i < PPS_COUNT(sources); i++) {
		const pps_exposure_state *e = pps_exposure_list_at(list, i);
		pps_exposure_key key = key_of(i);

		assert_ptr_equal(pps_exposure_list_find(list, &key), e);
		assert_int_equal(e->key.id, key.id);
		assert_string_equal(e->key.instrument, key.instrument);
		assert_string_equal(e->source.obs_id, sources[i].obs_id);
		assert_string_equal(e->source.rule, sources[i].rule);
		assert_int_equal(e->source.day_obs, sources[i].day_obs);
		assert_int_equal(e->source.embargo, sources[i].embargo);
		assert_int_equal(e->source.can_see_sky, sources[i].can_see_sky);
		assert_int_equal(e->source.timespan.is_null, sources[i].timespan.is_null);
		assert_int_equal(e->source.timespan.is_empty, sources[i].timespan.is_empty);
		if (!e->source.timespan.is_null && !e->source.timespan.is_empty) {
			assert_int_equal(e->source.timespan.begin, sources[i].timespan.begin);
			assert_int_equal(e->source.timespan.end, sources[i].timespan.end);
		}
		assert_int_equal(e->read_at, T0);
		assert_null(e->zip.uri);
		assert_int_equal(e->nsteps + e->nfailures, 0);
		assert_int_equal(e->finished, 0);
		assert_null(e->finished_for);
		assert_null(e->accepted);
		assert_null(e->held);
	}
	assert_null(pps_exposure_list_at(list, PPS_COUNT(sources)));
}

static void steps_and_zip(void **state)
{
	_cleanup_(pps_state_unrefp) pps_state *s = open_state();
	_cleanup_(pps_flow_lock_freep) pps_flow_lock *lock = take(s);
	_cleanup_(pps_exposure_list_freep) pps_exposure_list *list = NULL;
	_cleanup_(pps_exposure_list_freep) pps_exposure_list *after = NULL;
	const pps_exposure_zip zip = { .uri = "file:///d/a.zip", .size = 5000000000ull, .adler32 = 0xfedcba98u, .md5 = { 1, 2, 255 } };
	pps_exposure_key keys[] = { key_of(1), key_of(0), { "Other", 7 } };
	const pps_exposure_state *e;

	(void)state;
	make_known(s, lock);
	for (int twice = 0; twice < 2; twice++)
		apply(s, lock, T0 + 100,
		      (pps_state_change[]){
			      { .kind = PPS_CHANGE_STEP, .key = key_of(0), .step = PPS_STEP_INGEST, .destination = "main" },
			      { .kind = PPS_CHANGE_STEP, .key = key_of(0), .step = PPS_STEP_PACK, .detail = "205 files" },
			      { .kind = PPS_CHANGE_ZIP, .key = key_of(0), .zip = &zip },
		      }, 3);
	assert_int_equal(pps_state_exposures_of(s, keys, 3, &list, NULL), PPS_OK);
	assert_int_equal(pps_exposure_list_size(list), 2);
	e = pps_exposure_list_find(list, &keys[1]);
	assert_int_equal(e->nsteps, 2);
	assert_non_null(pps_exposure_step_of(e, PPS_STEP_INGEST, "main"));
	assert_null(pps_exposure_step_of(e, PPS_STEP_INGEST, NULL));
	assert_int_equal(pps_exposure_step_of(e, PPS_STEP_PACK, NULL)->at, T0 + 100);
	assert_int_equal(pps_exposure_step_of(e, PPS_STEP_PACK, NULL)->as_of, T0 + 95);
	assert_string_equal(pps_exposure_step_of(e, PPS_STEP_PACK, "")->detail, "205 files");
	assert_string_equal(e->zip.uri, zip.uri);
	assert_int_equal(e->zip.size, zip.size);
	assert_int_equal(e->zip.adler32, zip.adler32);
	assert_memory_equal(e->zip.md5, zip.md5, 16);
	assert_int_equal(pps_exposure_list_find(list, &keys[0])->nsteps, 0);
	apply(s, lock, T0 + 200,
	      (pps_state_change[]){
		      { .kind = PPS_CHANGE_FINISHED, .key = key_of(0), .text = "main" },
		      { .kind = PPS_CHANGE_UNSTEP, .key = key_of(0), .step = PPS_STEP_INGEST, .destination = "main" },
		      { .kind = PPS_CHANGE_ZIP, .key = key_of(0) },
	      }, 3);
	after = list_of(s, (pps_exposure_filter){ .id = keys[1].id });
	e = pps_exposure_list_at(after, 0);
	assert_null(e->zip.uri);
	assert_int_equal(e->nsteps, 1);
	assert_int_equal(e->finished, T0 + 200); /* UNSTEP comes before FINISHED, whatever their places */
	assert_string_equal(e->finished_for, "main");
}

static void unknown_exposures_are_refused(void **state)
{
	_cleanup_(pps_state_unrefp) pps_state *s = open_state();
	_cleanup_(pps_flow_lock_freep) pps_flow_lock *lock = take(s);
	pps_state_change changes[] = {
		{ .kind = PPS_CHANGE_ZIP, .key = key_of(0) },
		{ .kind = PPS_CHANGE_STEP, .key = key_of(0), .step = PPS_STEP_PACK },
		{ .kind = PPS_CHANGE_UNSTEP, .key = key_of(0) },
		{ .kind = PPS_CHANGE_FAILURE, .key = key_of(0), .step = PPS_STEP_PACK },
		{ .kind = PPS_CHANGE_FINISHED, .key = key_of(0) },
		{ .kind = 77, .key = key_of(0) },
		{ .kind = PPS_CHANGE_STEP, .key = key_of(0) },
		{ .kind = PPS_CHANGE_SOURCE, .key = key_of(0) },
	};

	(void)state;
	for (size_t i = 0; i < PPS_COUNT(changes); i++)
		assert_true(pps_state_apply(s, lock, T0, T0, &changes[i], 1, NULL, NULL) < 0);
	assert_int_equal(pps_state_accept(s, &changes[0].key, "why", "me", NULL), PPS_E_NOTFOUND);
}

static void filters(void **state)
{
	static const struct {
		pps_exposure_filter filter;
		size_t n;
	} cases[] = {
		{ { 0 }, 3 },
		{ { .instrument = "LSSTCam" }, 3 },
		{ { .instrument = "Other" }, 0 },
		{ { .id = 2025120200002 }, 1 },
		{ { .obs_id = "MC_O_20251203_000001" }, 1 },
		{ { .day_obs = 20251202 }, 2 },
		{ { .day_obs = 20251202, .obs_id = "MC_O_20251203_000001" }, 0 },
		{ { .unfinished = 1 }, 2 },
		{ { .failed = 1 }, 1 },
		{ { .failed = 1, .due = T0 + 1 }, 0 },
		{ { .due = T0 + 1 }, 2 },
		{ { .due = T0 + 61 * PPS_NS_PER_S }, 3 },
		{ { .limit = 2 }, 2 },
		{ { .limit = 1, .day_obs = 20251203 }, 1 },
	};
	_cleanup_(pps_state_unrefp) pps_state *s = open_state();
	_cleanup_(pps_flow_lock_freep) pps_flow_lock *lock = take(s);
	pps_exposure_key first = key_of(0);
	pps_exposure_counts counts;

	(void)state;
	make_known(s, lock);
	/* the second failure in a row is the first that waits */
	apply(s, lock, T0, (pps_state_change[]){ { .kind = PPS_CHANGE_FAILURE, .key = key_of(2), .step = PPS_STEP_PACK, .code = PPS_E_IO } }, 1);
	apply(s, lock, T0,
	      (pps_state_change[]){
		      { .kind = PPS_CHANGE_FINISHED, .key = key_of(1), .text = "main" },
		      { .kind = PPS_CHANGE_FAILURE, .key = key_of(2), .step = PPS_STEP_PACK, .code = PPS_E_IO, .text = "EIO" },
	      }, 2);
	for (size_t i = 0; i < PPS_COUNT(cases); i++) {
		_cleanup_(pps_exposure_list_freep) pps_exposure_list *list = list_of(s, cases[i].filter);

		assert_int_equal(pps_exposure_list_size(list), cases[i].n);
	}
	{
		_cleanup_(pps_exposure_list_freep) pps_exposure_list *list = list_of(s, (pps_exposure_filter){ .after = &first, .limit = 1 });

		assert_int_equal(pps_exposure_list_size(list), 1);
		assert_int_equal(pps_exposure_list_at(list, 0)->key.id, key_of(1).id);
	}
	assert_int_equal(pps_state_exposure_counts(s, &counts, NULL), PPS_OK);
	assert_int_equal(counts.exposures, 3);
	assert_int_equal(counts.finished, 1);
	assert_int_equal(counts.failed, 1);
	assert_int_equal(counts.held, 0);
}

static void failures_back_off(void **state)
{
	_cleanup_(pps_state_unrefp) pps_state *s = open_state();
	_cleanup_(pps_flow_lock_freep) pps_flow_lock *lock = take(s);
	pps_state_change failure = { .kind = PPS_CHANGE_FAILURE, .key = key_of(0), .step = PPS_STEP_INGEST, .destination = "main",
				     .code = PPS_E_UNAVAILABLE, .text = "down" };
	int64_t n;

	(void)state;
	assert_int_equal(pps_state_backoff(0), 0);
	assert_int_equal(pps_state_backoff(1), 0);
	assert_int_equal(pps_state_backoff(2), 60 * PPS_NS_PER_S);
	assert_int_equal(pps_state_backoff(9), 128 * 60 * PPS_NS_PER_S);
	assert_int_equal(pps_state_backoff(10), 4 * 3600 * PPS_NS_PER_S);
	assert_int_equal(pps_state_backoff(1000000), 4 * 3600 * PPS_NS_PER_S);
	make_known(s, lock);
	for (int attempt = 1; attempt <= 12; attempt++) {
		_cleanup_(pps_exposure_list_freep) pps_exposure_list *list = NULL;
		const pps_exposure_failure *f;

		apply(s, lock, T0 + attempt, &failure, 1);
		list = list_of(s, (pps_exposure_filter){ .failed = 1 });
		assert_int_equal(pps_exposure_list_size(list), 1);
		f = pps_exposure_failure_of(pps_exposure_list_at(list, 0), PPS_STEP_INGEST, "main");
		assert_int_equal(f->attempts, attempt);
		assert_int_equal(f->code, PPS_E_UNAVAILABLE);
		assert_string_equal(f->error, "down");
		assert_int_equal(f->first_at, T0 + 1);
		assert_int_equal(f->last_at, T0 + attempt);
		assert_int_equal(f->next_try, T0 + attempt + pps_state_backoff(attempt));
	}
	/* another destination's success leaves it, its own forgets it */
	apply(s, lock, T0, (pps_state_change[]){ { .kind = PPS_CHANGE_STEP, .key = key_of(0), .step = PPS_STEP_INGEST, .destination = "x" } }, 1);
	assert_int_equal(sql_ask("SELECT count(*) FROM {exposure_failure}"), 1);
	apply(s, lock, T0, (pps_state_change[]){ { .kind = PPS_CHANGE_STEP, .key = key_of(0), .step = PPS_STEP_INGEST, .destination = "main" } },
	      1);
	assert_int_equal(sql_ask("SELECT count(*) FROM {exposure_failure}"), 0);
	apply(s, lock, T0, &failure, 1);
	assert_int_equal(pps_state_retry(s, &(pps_exposure_filter){ .day_obs = 20251203 }, &n, NULL), PPS_OK);
	assert_int_equal(n, 0);
	assert_int_equal(pps_state_retry(s, &(pps_exposure_filter){ .obs_id = sources[0].obs_id, .instrument = "LSSTCam" }, &n, NULL), PPS_OK);
	assert_int_equal(n, 1);
	assert_int_equal(sql_ask("SELECT count(*) FROM {exposure_failure}"), 0);
}

/* A night at once: the changes of many exposures are one transaction of a few statements. */
static void many_at_once(void **state)
{
	enum { N = 3000 };
	_cleanup_(pps_state_unrefp) pps_state *s = open_state();
	_cleanup_(pps_flow_lock_freep) pps_flow_lock *lock = take(s);
	_cleanup_free_ pps_state_change *changes = calloc(2 * N, sizeof *changes);
	_cleanup_free_ pps_exposure_key *keys = calloc(N, sizeof *keys);
	_cleanup_(pps_exposure_list_freep) pps_exposure_list *list = NULL;

	(void)state;
	for (size_t i = 0; i < N; i++) {
		keys[i] = (pps_exposure_key){ i % 2 ? "LSSTCam" : "LATISS", (int64_t)(N - i) };
		changes[2 * i] = (pps_state_change){ .kind = PPS_CHANGE_STEP, .key = keys[i], .step = PPS_STEP_SELECT };
		changes[2 * i + 1] = (pps_state_change){ .kind = PPS_CHANGE_SOURCE, .key = keys[i], .source = &sources[i % 3] };
	}
	apply(s, lock, T0, changes, 2 * N);
	assert_int_equal(pps_state_exposures_of(s, keys, N, &list, NULL), PPS_OK);
	assert_int_equal(pps_exposure_list_size(list), N);
	for (size_t i = 0; i < N; i++)
		assert_non_null(pps_exposure_step_of(pps_exposure_list_at(list, i), PPS_STEP_SELECT, NULL));
}

static void reopened_for_a_new_destination(void **state)
{
	_cleanup_(pps_state_unrefp) pps_state *s = open_state();
	_cleanup_(pps_flow_lock_freep) pps_flow_lock *lock = take(s);
	int64_t n, until;

	(void)state;
	make_known(s, lock);
	apply(s, lock, T0, (pps_state_change[]){ { .kind = PPS_CHANGE_FINISHED, .key = key_of(1), .text = "main" } }, 1);
	assert_int_equal(pps_state_reopen(s, lock, "main", &n, NULL), PPS_OK);
	assert_int_equal(n, 0);
	assert_int_equal(pps_state_reopen(s, lock, "main,prompt", &n, NULL), PPS_OK);
	assert_int_equal(n, 1);
	apply(s, lock, T0, (pps_state_change[]){ { .kind = PPS_CHANGE_FINISHED, .key = key_of(1), .text = "main,prompt" } }, 1);
	assert_int_equal(pps_state_reopen(s, lock, "main,prompt", &n, NULL), PPS_OK);
	assert_int_equal(n, 0);
	assert_int_equal(pps_state_reopen(s, lock, "main", &n, NULL), PPS_OK);
	assert_int_equal(n, 1);
	assert_int_equal(pps_state_selected_until(s, "on sky", &until, NULL), PPS_OK);
	assert_true(until == INT64_MIN);
	for (int64_t i = 1; i < 3; i++)
		apply(s, lock, T0, (pps_state_change[]){ { .kind = PPS_CHANGE_SELECTED, .text = "on sky", .until = T0 + i } }, 1);
	assert_int_equal(pps_state_selected_until(s, "on sky", &until, NULL), PPS_OK);
	assert_int_equal(until, T0 + 2);
}

/* ---- holds ---- */

static void holds(void **state)
{
	static const struct {
		pps_hold_target target;
		int held[3];
	} cases[] = {
		{ { .flow = "raw" }, { 1, 1, 1 } },
		{ { .flow = "raw", .day_obs = 20251202 }, { 1, 1, 0 } },
		{ { .flow = "raw", .instrument = "LSSTCam", .id = 2025120200002 }, { 0, 1, 0 } },
		{ { .flow = "raw", .instrument = "LATISS" }, { 0, 0, 0 } },
		{ { .flow = "publish" }, { 0, 0, 0 } },
	};
	_cleanup_(pps_state_unrefp) pps_state *s = open_state();
	_cleanup_(pps_flow_lock_freep) pps_flow_lock *lock = take(s);

	(void)state;
	make_known(s, lock);
	for (size_t c = 0; c < PPS_COUNT(cases); c++) {
		_cleanup_(pps_exposure_list_freep) pps_exposure_list *list = NULL;
		pps_exposure_counts counts;
		int64_t n = 0;

		assert_int_equal(pps_state_hold(s, &cases[c].target, "clouds", "me", NULL), PPS_OK);
		assert_int_equal(pps_state_hold(s, &cases[c].target, "other", "me", NULL), PPS_OK);
		list = list_of(s, (pps_exposure_filter){ 0 });
		for (size_t i = 0; i < 3; i++) {
			_cleanup_free_ char *reason = NULL;
			pps_exposure_key key = key_of(i);

			assert_int_equal(pps_state_is_held(s, "raw", &key, sources[i].day_obs, &reason, NULL), PPS_OK);
			assert_int_equal(!!reason, cases[c].held[i]);
			assert_int_equal(!!pps_exposure_list_at(list, i)->held, cases[c].held[i]);
			if (reason)
				assert_string_equal(reason, "clouds");
			n += cases[c].held[i];
		}
		assert_int_equal(pps_state_exposure_counts(s, &counts, NULL), PPS_OK);
		assert_int_equal(counts.held, n);
		assert_int_equal(pps_state_unhold(s, &cases[c].target, "clear", "me", NULL), PPS_OK);
		assert_int_equal(pps_state_unhold(s, &cases[c].target, "clear", "me", NULL), PPS_E_NOTFOUND);
	}
	assert_int_equal(sql_ask("SELECT count(*) FROM {operator_event}"), 2 * PPS_COUNT(cases));
	assert_int_equal(pps_state_hold(s, &cases[0].target, "", "me", NULL), PPS_E_ARG);
	assert_int_equal(pps_state_hold(s, &(pps_hold_target){ .flow = "raw", .id = 1 }, "x", "me", NULL), PPS_E_ARG);
}

static void accepted_incomplete(void **state)
{
	_cleanup_(pps_state_unrefp) pps_state *s = open_state();
	_cleanup_(pps_flow_lock_freep) pps_flow_lock *lock = take(s);
	_cleanup_(pps_exposure_list_freep) pps_exposure_list *list = NULL;
	pps_exposure_key key = key_of(0);

	(void)state;
	make_known(s, lock);
	apply(s, lock, T0, (pps_state_change[]){ { .kind = PPS_CHANGE_FAILURE, .key = key, .step = PPS_STEP_COMPLETE, .text = "R22_S11" } }, 1);
	assert_int_equal(pps_state_accept(s, &key, "sensor is dead", "me", NULL), PPS_OK);
	make_known(s, lock); /* reading the source again keeps it */
	list = list_of(s, (pps_exposure_filter){ .id = key.id });
	assert_string_equal(pps_exposure_list_at(list, 0)->accepted, "sensor is dead");
	assert_int_equal(pps_exposure_list_at(list, 0)->nfailures, 0);
}

/* ---- the lock ---- */

static void epoch_fences(void **state)
{
	_cleanup_(pps_state_unrefp) pps_state *s = open_state();
	_cleanup_(pps_state_unrefp) pps_state *other = open_state();
	pps_flow_lock *first = take(s), *second = NULL, *stale;
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	int64_t n;

	(void)state;
	make_known(s, first);
	assert_int_equal(pps_flow_lock_check(first, NULL), PPS_OK);
	assert_int_equal(pps_state_lock(other, "raw", &second, &err), PPS_E_LOCKED);
	{
		char pid[32];

		snprintf(pid, sizeof pid, "process %d", (int)getpid());
		assert_non_null(strstr(pps_error_message(err), pid));
	}
	assert_int_equal(pps_state_lock(other, "publish", &second, NULL), PPS_OK);
	pps_flow_lock_free(TAKE_PTR(second));
	stale = first;
	/* as if the lock had been lost without notice */
	sql_exec("UPDATE {writer} SET epoch = epoch + 1 WHERE flow = 'raw'");
	assert_int_equal(pps_state_apply(s, stale, T0, T0,
					 (pps_state_change[]){ { .kind = PPS_CHANGE_STEP, .key = key_of(0), .step = PPS_STEP_PACK } }, 1, NULL,
					 NULL), PPS_E_LOCKED);
	assert_int_equal(pps_state_reopen(s, stale, "x", &n, NULL), PPS_E_LOCKED);
	assert_int_equal(sql_ask("SELECT count(*) FROM {exposure_step}"), 0);
	n = pps_flow_lock_epoch(first);
	pps_flow_lock_free(first);
	second = take(other);
	assert_int_equal(pps_flow_lock_epoch(second), n + 2);
	pps_flow_lock_free(second);
	assert_int_equal(pps_state_lock(s, "RAW", &second, NULL), PPS_E_ARG);
	assert_int_equal(pps_state_lock(s, "../raw", &second, NULL), PPS_E_ARG);
	if (!world.postgres) {
		char path[128];

		snprintf(path, sizeof path, "%s/state.db.publish.lock", world.folder);
		unlink(path);
	}
}

static void lost_lock_is_noticed(void **state)
{
	_cleanup_(pps_state_unrefp) pps_state *s = open_state();
	_cleanup_(pps_flow_lock_freep) pps_flow_lock *lock = take(s);

	(void)state;
	if (world.postgres) {
		assert_int_equal(sql_ask("SELECT count(pg_terminate_backend(pid)) FROM pg_locks JOIN pg_stat_activity USING (pid) "
					 "WHERE locktype = 'advisory' AND application_name = '" SCHEMA "'"), 1);
	} else {
		char path[128];

		snprintf(path, sizeof path, "%s/state.db.raw.lock", world.folder);
		assert_int_equal(unlink(path), 0);
		assert_int_equal(pps_flow_lock_check(lock, NULL), PPS_E_LOCKED);
		fclose(fopen(path, "we")); /* another file of the same name */
	}
	assert_int_equal(pps_flow_lock_check(lock, NULL), PPS_E_LOCKED);
	assert_int_equal(pps_flow_lock_check(lock, NULL), PPS_E_LOCKED);
}

/* A child of ours that takes the lock, says so through a pipe, and keeps it. */
static pid_t start_holder(int fds[2])
{
	pid_t pid;
	char c;

	assert_int_equal(pipe(fds), 0);
	pid = fork();
	if (pid == 0) {
		pps_ctx *ctx = NULL;
		pps_state *s = NULL;
		pps_flow_lock *lock = NULL;

		if (pps_ctx_new(&ctx, NULL) < 0 || pps_state_open_url(ctx, world.url, &s, NULL) < 0 ||
		    pps_state_lock(s, "raw", &lock, NULL) < 0)
			_exit(1);
		(void)!write(fds[1], "x", 1);
		pause();
		_exit(0);
	}
	close(fds[1]);
	assert_int_equal(read(fds[0], &c, 1), 1);
	return pid;
}

static void *kill_soon(void *user)
{
	pps_ctx_sleep(world.ctx, PPS_NS_PER_S / 2, NULL);
	kill(*(pid_t *)user, SIGKILL);
	return NULL;
}

static void count_notices(int level, const char *event, size_t nfields, const char *const *fields, void *user)
{
	(void)event;
	(void)nfields;
	(void)fields;
	if (level == PPS_LOG_NOTICE)
		++*(int *)user;
}

static void killed_holder_frees_the_lock(void **state)
{
	_cleanup_(pps_ctx_unrefp) pps_ctx *ctx = NULL;
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	pps_state *s = NULL;
	pps_flow_lock *lock = NULL;
	int fds[2], notices = 0;
	pthread_t thread;
	pid_t pid = start_holder(fds);

	(void)state;
	assert_ok(pps_ctx_new(&ctx, &err), err);
	pps_ctx_set_log(ctx, PPS_LOG_NOTICE, count_notices, &notices);
	assert_ok(pps_state_open_url(ctx, world.url, &s, &err), err);
	assert_int_equal(pps_state_lock(s, "raw", &lock, NULL), PPS_E_LOCKED);
	assert_int_equal(notices, 0);
	pps_ctx_set_wait(ctx, 20);
	assert_int_equal(pthread_create(&thread, NULL, kill_soon, &pid), 0);
	assert_ok(pps_state_lock(s, "raw", &lock, &err), err);
	assert_int_equal(notices, 1);
	assert_int_equal(pps_flow_lock_epoch(lock), 2);
	pthread_join(thread, NULL);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	close(fds[0]);
	pps_flow_lock_free(lock);
	pps_state_unref(s);
}

/* Children race: each holds the lock for a moment and notes when; no two moments overlap. */
static int race(int fd)
{
	pps_ctx *ctx = NULL;
	pps_state *s = NULL;
	int r = 1;

	if (pps_ctx_new(&ctx, NULL) == PPS_OK && pps_state_open_url(ctx, world.url, &s, NULL) == PPS_OK) {
		pps_ctx_set_wait(ctx, 60);
		r = 0;
		for (int i = 0; i < 2 && r == 0; i++) {
			pps_flow_lock *lock = NULL;
			int64_t times[2];

			if (pps_state_lock(s, "raw", &lock, NULL) < 0)
				r = 1;
			times[0] = pps_monotonic_now();
			pps_ctx_sleep(ctx, PPS_NS_PER_S / 50, NULL);
			times[1] = pps_monotonic_now();
			if (write(fd, times, sizeof times) != sizeof times)
				r = 1;
			pps_flow_lock_free(lock);
		}
	}
	pps_state_unref(s);
	pps_ctx_unref(ctx);
	return r;
}

static void processes_race_for_the_lock(void **state)
{
	enum { CHILDREN = 3, ROUNDS = 2 };
	int64_t times[CHILDREN * ROUNDS][2];
	pid_t pids[CHILDREN];
	int fds[2];

	(void)state;
	assert_int_equal(pipe(fds), 0);
	for (int i = 0; i < CHILDREN; i++) {
		pids[i] = fork();
		if (pids[i] == 0)
			_exit(race(fds[1]));
	}
	for (int i = 0; i < CHILDREN; i++) {
		int status;

		assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
		assert_int_equal(status, 0);
	}
	assert_int_equal(read(fds[0], times, sizeof times), sizeof times);
	for (int i = 0; i < CHILDREN * ROUNDS; i++)
		for (int j = 0; j < i; j++)
			assert_true(times[i][0] >= times[j][1] || times[j][0] >= times[i][1]);
	close(fds[0]);
	close(fds[1]);
	assert_int_equal(sql_ask("SELECT epoch FROM {writer} WHERE flow = 'raw'"), CHILDREN * ROUNDS);
}

/* ---- the ledger ---- */

static const pps_uuid uuids[] = { { { 9, 1 } }, { { 3, 2 } }, { { 0xff, 3 } }, { { 3, 2 } } };

static const pps_ledger_entry release = { .flow = "raw", .action = "release", .subject = "MC_O_20251202_000001", .rule = "on sky 80 h",
					  .policy_hash = "abc", .who = "pps raw run", .uuids = uuids, .nuuids = 4 };

static int64_t ledger(pps_state *s, const pps_flow_lock *lock, int64_t at, pps_state_change change)
{
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	int64_t seq = -1;

	assert_ok(pps_state_apply(s, lock, at, at - 1, &change, 1, &seq, &err), err);
	return seq;
}

static int count_open(const pps_ledger_row *row, void *user, pps_error **err)
{
	(void)err;
	assert_string_equal(row->kind, "authorised");
	assert_int_equal(strlen(row->hash), 64);
	++*(int *)user;
	return PPS_OK;
}

static int open_entries(pps_state *s)
{
	int n = 0;

	assert_int_equal(pps_state_ledger_open(s, "raw", count_open, &n, NULL), PPS_OK);
	return n;
}

static int64_t verified(pps_state *s)
{
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	int64_t n;

	assert_ok(pps_state_ledger_verify(s, &n, &err), err);
	return n;
}

static void ledger_before_and_after(void **state)
{
	_cleanup_(pps_state_unrefp) pps_state *s = open_state();
	_cleanup_(pps_flow_lock_freep) pps_flow_lock *lock = take(s);
	pps_ledger_entry other = release, none = release;
	_cleanup_free_ char *hash = NULL;
	int64_t at, as_of, seq;

	(void)state;
	other.subject = "MC_O_20251202_000002";
	none.subject = "never";
	assert_int_equal(verified(s), 0);
	assert_int_equal(pps_state_ledger_times(s, &at, &as_of, NULL), PPS_OK);
	assert_true(at == INT64_MIN && as_of == INT64_MIN);
	assert_int_equal(ledger(s, lock, T0, (pps_state_change){ .kind = PPS_CHANGE_AUTHORISED, .entry = &release }), 1);
	assert_int_equal(open_entries(s), 1);
	/* the same again, after a crash before the act: the entry stands */
	assert_int_equal(ledger(s, lock, T0 + 1, (pps_state_change){ .kind = PPS_CHANGE_AUTHORISED, .entry = &release }), 1);
	assert_int_equal(ledger(s, lock, T0 + 2, (pps_state_change){ .kind = PPS_CHANGE_AUTHORISED, .entry = &other }), 2);
	assert_int_equal(ledger(s, lock, T0 + 3, (pps_state_change){ .kind = PPS_CHANGE_DONE, .seq = 1 }), 3);
	assert_int_equal(ledger(s, lock, T0 + 4, (pps_state_change){ .kind = PPS_CHANGE_DONE, .seq = 1 }), 0);
	/* found done after a crash between the act and its entry */
	assert_int_equal(ledger(s, lock, T0 + 5, (pps_state_change){ .kind = PPS_CHANGE_DONE, .entry = &other, .recovered = 1 }), 4);
	assert_int_equal(ledger(s, lock, T0 + 5, (pps_state_change){ .kind = PPS_CHANGE_DONE, .entry = &other, .recovered = 1 }), 0);
	assert_int_equal(open_entries(s), 0);
	assert_int_equal(sql_ask("SELECT recovered FROM {ledger} WHERE seq = 4"), 1);
	assert_int_equal(sql_ask("SELECT recovered FROM {ledger} WHERE seq = 3"), 0);
	/* never authorised */
	assert_int_equal(pps_state_apply(s, lock, T0, T0, &(pps_state_change){ .kind = PPS_CHANGE_DONE, .entry = &none }, 1, NULL, NULL),
			 PPS_E_CONFLICT);
	assert_int_equal(ledger(s, lock, T0 + 9, (pps_state_change){ .kind = PPS_CHANGE_DONE, .entry = &none, .recovered = 1 }), 6);
	assert_int_equal(verified(s), 6);
	assert_int_equal(sql_ask("SELECT count(*) FROM {ledger_item}"), 9);
	assert_int_equal(pps_state_ledger_times(s, &at, &as_of, NULL), PPS_OK);
	assert_int_equal(at, T0 + 9);
	assert_int_equal(as_of, T0 + 8);
	/* a clock that was set back does not take the ledger's time with it */
	ledger(s, lock, T0 - 1000, (pps_state_change){ .kind = PPS_CHANGE_AUTHORISED, .entry = &release });
	assert_int_equal(pps_state_ledger_times(s, &at, &as_of, NULL), PPS_OK);
	assert_int_equal(at, T0 + 9);
	assert_int_equal(as_of, T0 + 8);
	assert_int_equal(pps_state_ledger_head(s, &seq, &hash, NULL), PPS_OK);
	assert_int_equal(seq, 7);
	assert_int_equal(strlen(hash), 64);
}

/* Every kind of tampering is found; what is put back is found right again. */
static void tampered_ledger_is_found(void **state)
{
	static const struct {
		const char *tamper, *mend;
	} cases[] = {
		{ "UPDATE {ledger} SET subject = 'x' WHERE seq = 1", "UPDATE {ledger} SET subject = 'MC_O_20251202_000001' WHERE seq = 1" },
		{ "UPDATE {ledger} SET at = at - 1 WHERE seq = 2", "UPDATE {ledger} SET at = at + 1 WHERE seq = 2" },
		{ "UPDATE {ledger} SET as_of = as_of + 1 WHERE seq = 1", "UPDATE {ledger} SET as_of = as_of - 1 WHERE seq = 1" },
		{ "UPDATE {ledger} SET recovered = 1 WHERE seq = 2", "UPDATE {ledger} SET recovered = 0 WHERE seq = 2" },
		{ "UPDATE {ledger} SET hash = prev WHERE seq = 2", NULL },
		{ "DELETE FROM {ledger} WHERE seq = 2", NULL },
		{ "DELETE FROM {ledger_item} WHERE seq = 1", NULL },
		{ "UPDATE {ledger_head} SET seq = 1", NULL },
		{ "UPDATE {ledger_head} SET seq = 3", NULL },
		{ "INSERT INTO {ledger_item} (seq, id) SELECT 2, id FROM {ledger_item}", NULL },
	};

	(void)state;
	for (size_t i = 0; i < PPS_COUNT(cases); i++) {
		_cleanup_(pps_error_freep) pps_error *err = NULL;
		_cleanup_(pps_state_unrefp) pps_state *s = NULL;
		_cleanup_(pps_flow_lock_freep) pps_flow_lock *lock = NULL;
		int r;

		s = open_state();
		lock = take(s);
		if (i == 0 || !cases[i - 1].mend) {
			teardown(NULL);
			pps_flow_lock_free(TAKE_PTR(lock));
			pps_state_unref(TAKE_PTR(s));
			setup(NULL);
			s = open_state();
			lock = take(s);
			ledger(s, lock, T0, (pps_state_change){ .kind = PPS_CHANGE_AUTHORISED, .entry = &release });
			ledger(s, lock, T0 + 3, (pps_state_change){ .kind = PPS_CHANGE_DONE, .seq = 1 });
		}
		assert_int_equal(verified(s), 2);
		sql_exec(cases[i].tamper);
		r = pps_state_ledger_verify(s, NULL, &err);
		if (r != PPS_E_CONFLICT)
			fail_msg("not found: %s", cases[i].tamper);
		if (cases[i].mend)
			sql_exec(cases[i].mend);
	}
}

/* Two writers of the ledger at once, as two flows will be: no entry is lost, the chain holds. */
static void *ledger_thread(void *user)
{
	const char *flow = user;
	pps_state *s = NULL;
	pps_flow_lock *lock = NULL;
	intptr_t failed = 0;

	if (pps_state_open_url(world.ctx, world.url, &s, NULL) < 0 || pps_state_lock(s, flow, &lock, NULL) < 0)
		return (void *)1;
	for (int i = 0; i < 20; i++) {
		pps_ledger_entry entry = release;
		char subject[32];
		int64_t seq = 0;

		snprintf(subject, sizeof subject, "%d", i);
		entry.flow = flow;
		entry.subject = subject;
		failed |= pps_state_apply(s, lock, T0, T0, &(pps_state_change){ .kind = PPS_CHANGE_AUTHORISED, .entry = &entry }, 1, &seq,
					  NULL) < 0;
		failed |= pps_state_apply(s, lock, T0, T0, &(pps_state_change){ .kind = PPS_CHANGE_DONE, .seq = seq }, 1, NULL, NULL) < 0;
	}
	pps_flow_lock_free(lock);
	pps_state_unref(s);
	return (void *)failed;
}

static void ledger_of_two_flows(void **state)
{
	_cleanup_(pps_state_unrefp) pps_state *s = open_state();
	pthread_t thread;
	char path[128];
	void *failed;

	(void)state;
	assert_int_equal(pthread_create(&thread, NULL, ledger_thread, (void *)"publish"), 0);
	assert_null(ledger_thread((void *)"raw"));
	pthread_join(thread, &failed);
	assert_null(failed);
	assert_int_equal(verified(s), 80);
	snprintf(path, sizeof path, "%s/state.db.publish.lock", world.folder);
	unlink(path);
}

/* ---- by configuration ---- */

static void configuration_names_it(void **state)
{
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	pps_conf *conf = NULL;
	pps_state *s = NULL;
	char path[128];
	FILE *f;

	(void)state;
	snprintf(path, sizeof path, "%s/pps.yaml", world.folder);
	f = fopen(path, "we");
	fprintf(f, "state: \"%s\"\n", world.url);
	fclose(f);
	assert_ok(pps_conf_load(world.ctx, path, &conf, &err), err);
	unlink(path);
	assert_int_equal(pps_state_open(world.ctx, conf, &s, NULL), PPS_E_NOTFOUND);
	assert_ok(pps_state_init(world.ctx, conf, 0, NULL, &err), err);
	assert_ok(pps_state_open(world.ctx, conf, &s, &err), err);
	assert_null(strstr(pps_state_database(s), "options"));
	pps_state_unref(s);
	pps_conf_unref(conf);
	assert_int_equal(pps_state_open(world.ctx, NULL, &s, NULL), PPS_E_ARG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(init_is_idempotent, empty_place, teardown),
		cmocka_unit_test_setup_teardown(configuration_names_it, empty_place, teardown),
		cmocka_unit_test_setup_teardown(replay_is_remembered, empty_place, teardown),
		cmocka_unit_test_setup_teardown(unknown_versions_are_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(foreign_tables_are_left_alone, empty_place, teardown),
		cmocka_unit_test_setup_teardown(init_by_several_at_once, empty_place, teardown),
		cmocka_unit_test_setup_teardown(sources_come_back, setup, teardown),
		cmocka_unit_test_setup_teardown(steps_and_zip, setup, teardown),
		cmocka_unit_test_setup_teardown(unknown_exposures_are_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(filters, setup, teardown),
		cmocka_unit_test_setup_teardown(failures_back_off, setup, teardown),
		cmocka_unit_test_setup_teardown(many_at_once, setup, teardown),
		cmocka_unit_test_setup_teardown(reopened_for_a_new_destination, setup, teardown),
		cmocka_unit_test_setup_teardown(holds, setup, teardown),
		cmocka_unit_test_setup_teardown(accepted_incomplete, setup, teardown),
		cmocka_unit_test_setup_teardown(epoch_fences, setup, teardown),
		cmocka_unit_test_setup_teardown(lost_lock_is_noticed, setup, teardown),
		cmocka_unit_test_setup_teardown(killed_holder_frees_the_lock, setup, teardown),
		cmocka_unit_test_setup_teardown(processes_race_for_the_lock, setup, teardown),
		cmocka_unit_test_setup_teardown(ledger_before_and_after, setup, teardown),
		cmocka_unit_test_setup_teardown(tampered_ledger_is_found, setup, teardown),
		cmocka_unit_test_setup_teardown(ledger_of_two_flows, setup, teardown),
	};

	return cmocka_run_group_tests(tests, group_setup, group_teardown);
}
