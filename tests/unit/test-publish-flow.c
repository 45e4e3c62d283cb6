/* SPDX-License-Identifier: BSD-3-Clause */
/* The core of flow B on a state of either database, with adapters that only pretend: what is done when, what is held, and what a crash leaves. */
#define SCHEMA "pps_test_publish_flow"
#include "state-place.h"

#include "publish/flow.h"

#define HOUR (3600 * PPS_NS_PER_S)
#define DAY (24 * HOUR)
#define T0 INT64_C(1764720000000000000) /* 2025-12-03 */
#define MOST 40

enum { EMBARGO, PREP, MAIN, INT, PROD };

static const pps_plan_graph five = {
	.n = 5,
	.at = {
		{ .name = "embargo", .from = -1, .reclaim_after = DAY },
		{ .name = "prompt_prep", .from = EMBARGO },
		{ .name = "repo_main", .from = PREP },
		{ .name = "google_int", .from = PREP, .is_public = 1, .refers = 1 },
		{ .name = "google_prod", .from = PREP, .is_public = 1, .refers = 1 },
	},
};

static const char *difference[] = { "difference_image" }, *logs[] = { "*_log" };

/* What is really there, and what the adapters are to do. */
static struct {
	int64_t clock, other; /* other 0: only the local one */
	pps_conf_policy policies[2];
	size_t npolicies;
	pps_plan_graph graph;
	int end_kind[MOST];
	int64_t end[MOST];
	int is_known[MOST], is_other[MOST];
	char status[5][MOST];
	uint32_t down;
	int fails[5][MOST], missing[5][MOST]; /* by number of the dataset */
	int tried[5][MOST];
	int breaks[MOST];                     /* fails as a whole chunk */
	int dies;                             /* after so many acts the run ends */
	int acts, looks, surveys;
	int asked;                            /* times for the clock; the second time `then` happens */
	void (*then)(void);
	int survey_fails;                     /* PPS_E_*, once another has taken over */
	int64_t released[MOST];
	char last[32];
} w;

static pps_uuid uuid(int n)
{
	pps_uuid id = { { 0 } };

	id.bytes[0] = (uint8_t)(n * 37);
	id.bytes[15] = (uint8_t)n;
	return id;
}

static int number(const pps_uuid *id)
{
	return id->bytes[15];
}

static int clocks(void *user, pps_publish_clocks *ret, pps_error **err)
{
	(void)user;
	(void)err;
	if (w.then && ++w.asked == 2)
		w.then();
	ret->local = w.clock;
	if (w.other) {
		ret->others[0] = w.other;
		ret->beside[0] = w.clock;
		ret->n = 1;
	}
	return PPS_OK;
}

static int reach(void *user, int repository, pps_error **err)
{
	(void)user;
	return (w.down >> repository) & 1 ? pps_fail(err, PPS_E_UNAVAILABLE, "down") : PPS_OK;
}

static int look(void *user, const pps_dataset_row *const *rows, size_t n, pps_publish_seen *seen, pps_error **err)
{
	(void)user;
	(void)err;
	for (size_t i = 0; i < n; i++) {
		int k = number(&rows[i]->id);

		assert_true(!i || pps_uuid_compare(&rows[i - 1]->id, &rows[i]->id) < 0);
		seen[i] = (pps_publish_seen){ .is_known = w.is_known[k], .is_other = w.is_other[k], .end_kind = w.end_kind[k], .end = w.end[k] };
		w.looks++;
	}
	return PPS_OK;
}

static void act_on(const pps_publish_chunk *c, pps_publish_item *item)
{
	static const char after[] = { 0, 'P', 'P', 'E', 'D' };
	int k = number(&item->row->id), i = c->repository;

	w.tried[i][k]++;
	if (w.fails[i][k]) {
		pps_error *why = NULL;

		pps_fail(&why, PPS_E_IO, "cannot be read");
		pps_publish_item_fail(item, PPS_E_IO, why);
		return;
	}
	if (w.missing[i][k]) {
		item->result = PPS_RESULT_MISSING;
		item->missing_in = c->source;
		return;
	}
	/* nothing leaves early, and nothing from where it is not */
	if (c->task == PPS_TASK_COPY || c->task == PPS_TASK_PUBLISH)
		assert_int_equal(w.status[c->source][k], 'P');
	if (!w.released[k] && i == PREP)
		w.released[k] = w.clock;
	w.status[i][k] = after[c->task];
	item->result = PPS_RESULT_DONE;
}

static int act(void *user, pps_publish_chunk *c, pps_error **err)
{
	(void)user;
	w.acts++;
	snprintf(w.last, sizeof w.last, "%s %s", pps_task_name(c->task), five.at[c->repository].name);
	if ((w.down >> c->repository) & 1)
		return pps_fail(err, PPS_E_UNAVAILABLE, "down");
	for (size_t i = 0; i < c->n; i++)
		if (w.breaks[number(&c->items[i].row->id)])
			return pps_fail(err, PPS_E_FORMAT, "breaks");
	assert_int_equal(pps_publish_chunk_check(c, NULL), PPS_OK);
	for (size_t i = 0; i < c->n; i++)
		act_on(c, &c->items[i]);
	return w.dies && !--w.dies ? pps_fail(err, PPS_E_CANCELLED, "killed") : PPS_OK;
}

static void take_over(void)
{
	sql_exec("UPDATE {writer} SET epoch = epoch + 1 WHERE flow = 'publish'");
}

static int survey(void *user, int repository, const pps_uuid *ids, size_t n, char *ret, pps_error **err)
{
	(void)user;
	w.surveys++;
	if (w.survey_fails) {
		take_over();
		return pps_fail(err, w.survey_fails, "locked");
	}
	for (size_t i = 0; i < n; i++)
		ret[i] = w.status[repository][number(&ids[i])];
	return PPS_OK;
}

static const pps_publish_ops ops = { .clocks = clocks, .reach = reach, .look = look, .act = act, .survey = survey };

static void world_reset(void)
{
	memset(&w, 0, sizeof w);
	memset(w.status, '.', sizeof w.status);
	w.clock = T0;
	w.policies[0] = (pps_conf_policy){ .types = { difference, 1 }, .embargo = 80 * HOUR, .is_public = 1, .retention = 30 * DAY };
	w.policies[1] = (pps_conf_policy){ .types = { logs, 1 }, .embargo = 0, .is_public = 0, .retention = PPS_FOREVER };
	w.npolicies = 2;
	w.graph = five;
	for (int k = 0; k < MOST; k++) {
		w.is_known[k] = 1;
		w.end[k] = T0;
		w.status[EMBARGO][k] = 'P';
	}
}

static pps_publish_flow make(pps_state *s, pps_flow_lock *lock)
{
	pps_publish_flow flow = { .ctx = world.ctx, .state = s, .lock = lock, .graph = w.graph, .reclaim_after = DAY, .policies = w.policies,
				  .npolicies = w.npolicies, .ops = &ops, .requested = INT64_MIN, .only_repository = -1, .who = "test" };

	for (int t = 0; t <= PPS_TASK_DELETE; t++)
		flow.tasks[t].batch = 7;
	return flow;
}

/* One run by a process of its own. */
static int run(void)
{
	_cleanup_(pps_state_unrefp) pps_state *s = open_state();
	_cleanup_(pps_flow_lock_freep) pps_flow_lock *lock = take_flow(s, PPS_PUBLISH_FLOW);
	pps_publish_flow flow = make(s, lock);
	pps_error *err = NULL;
	int r = pps_publish_flow_run(&flow, &err);

	pps_error_free(err);
	pps_publish_flow_clear(&flow);
	return r;
}

static void fill(int n, const char *type)
{
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	_cleanup_(pps_state_unrefp) pps_state *s = open_state();
	_cleanup_(pps_flow_lock_freep) pps_flow_lock *lock = take_flow(s, PPS_PUBLISH_FLOW);
	pps_publish_flow flow = make(s, lock);
	pps_dataset_row rows[MOST];

	assert_ok(pps_publish_flow_prepare(&flow, &err), err);
	for (int k = 0; k < n; k++) {
		rows[k] = (pps_dataset_row){ .id = uuid(k), .origin = "", .type = type, .run = "r", .instrument = "LSSTCam", .data_id = "{}",
					     .day_obs = 20251202, .end_kind = w.end_kind[k], .end = w.end_kind[k] ? 0 : w.end[k], .registered = T0 };
		memset(rows[k].status.status, '.', sizeof rows[k].status.status);
		rows[k].status.status[0] = 'P';
		rows[k].status.at[0] = T0;
		rows[k].next = pps_publish_flow_next(&flow, &rows[k], T0);
	}
	assert_ok(pps_state_datasets_register(s, lock, rows, (size_t)n, NULL, &err), err);
	pps_publish_flow_clear(&flow);
}

/* Its status in the five repositories by the state; the world has the same. */
static void expect(int k, const char *status)
{
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	_cleanup_(pps_state_unrefp) pps_state *s = open_state();
	_cleanup_(pps_dataset_rows_freep) pps_dataset_rows *rows = NULL;
	pps_uuid id = uuid(k);
	char got[6] = "";

	assert_ok(pps_state_datasets_get(s, &id, 1, &rows, &err), err);
	assert_int_equal(pps_dataset_rows_count(rows), 1);
	memcpy(got, pps_dataset_rows_at(rows, 0)->status.status, 5);
	assert_string_equal(got, status);
	for (int i = 0; i < 5; i++)
		if (status[i] != 'M')
			assert_int_equal(w.status[i][k], status[i]);
}

static int attempts_of(int k)
{
	_cleanup_(pps_state_unrefp) pps_state *s = open_state();
	_cleanup_(pps_dataset_rows_freep) pps_dataset_rows *rows = NULL;
	pps_uuid id = uuid(k);

	assert_ok(pps_state_datasets_get(s, &id, 1, &rows, NULL), NULL);
	return pps_dataset_rows_at(rows, 0)->attempts;
}

static void ledger_is_whole(void)
{
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	_cleanup_(pps_state_unrefp) pps_state *s = open_state();

	assert_ok(pps_state_ledger_verify(s, NULL, &err), err);
	assert_int_equal(sql_ask("SELECT count(*) FROM {ledger_open}"), 0);
	assert_int_equal(sql_ask("SELECT count(*) FROM {ledger} WHERE kind = 'authorised'"),
			 sql_ask("SELECT count(*) FROM {ledger} WHERE kind = 'done'"));
}

static void a_life(void **state)
{
	(void)state;
	world_reset();
	fill(20, "difference_image");
	w.clock = T0 + 80 * HOUR - 1;
	assert_int_equal(run(), PPS_OK);
	assert_int_equal(w.acts, 0);
	w.clock = T0 + 80 * HOUR;
	assert_int_equal(run(), PPS_OK);
	for (int k = 0; k < 20; k++)
		expect(k, "PPPPP");
	w.clock += DAY - 1;
	assert_int_equal(run(), PPS_OK);
	expect(0, "PPPPP");
	w.clock += 2;
	assert_int_equal(run(), PPS_OK);
	expect(0, "DPPPP");
	w.clock = T0 + 80 * HOUR + 30 * DAY + 1;
	assert_int_equal(run(), PPS_OK);
	for (int k = 0; k < 20; k++)
		expect(k, "DDDEE");
	w.acts = 0;
	w.clock += 100 * DAY;
	assert_int_equal(run(), PPS_OK);
	assert_int_equal(w.acts, 0);
	ledger_is_whole();
	assert_int_equal(sql_ask("SELECT count(*) FROM {ledger_item}"), 20 * 9);
	assert_int_equal(sql_ask("SELECT sum(n) FROM {notice} WHERE kind = 2"), 40);
}

static void ends_are_read_again(void **state)
{
	(void)state;
	world_reset();
	w.end_kind[3] = PPS_END_UNKNOWN;
	w.end_kind[4] = PPS_END_NONE;
	fill(6, "difference_image");
	w.end[1] = T0 + HOUR; /* later than what was registered */
	w.end[2] = T0 - HOUR; /* earlier: the later counts */
	w.end_kind[5] = PPS_END_UNKNOWN;
	w.clock = T0 + 80 * HOUR - 1;
	assert_int_equal(run(), PPS_OK);
	assert_int_equal(w.acts, 0);
	w.clock++;
	assert_int_equal(run(), PPS_OK);
	expect(0, "PPPPP");
	expect(1, "P....");
	expect(2, "PPPPP");
	expect(3, "P....");
	expect(4, "P....");
	expect(5, "P....");
	w.end_kind[3] = w.end_kind[5] = PPS_END_KNOWN;
	w.end[5] = T0 - 10 * HOUR;
	w.clock = T0 + 81 * HOUR - 1;
	assert_int_equal(run(), PPS_OK);
	expect(1, "P....");
	expect(3, "PPPPP");
	expect(5, "PPPPP");
	w.clock++;
	assert_int_equal(run(), PPS_OK);
	expect(1, "PPPPP");
	w.clock += 1000 * DAY;
	assert_int_equal(run(), PPS_OK);
	expect(4, "P....");
	ledger_is_whole();
}

static void internal_and_unmatched(void **state)
{
	(void)state;
	world_reset();
	w.end_kind[0] = PPS_END_NONE;
	fill(1, "isr_log");
	fill(2, "unheard_of");
	w.clock += 1000 * DAY;
	assert_int_equal(run(), PPS_OK);
	expect(0, "PPP..");
	expect(1, "P....");
	w.clock += 2 * DAY;
	assert_int_equal(run(), PPS_OK);
	expect(0, "DPP..");
}

static void what_fails_is_alone(void **state)
{
	(void)state;
	world_reset();
	fill(30, "difference_image");
	w.breaks[4] = 1;
	w.fails[PREP][5] = 1;
	w.fails[INT][6] = 1;
	w.missing[PREP][7] = 1;
	w.is_known[8] = 0;
	w.is_other[9] = 1;
	w.clock = T0 + 80 * HOUR;
	assert_int_equal(run(), PPS_OK);
	for (int k = 0; k < 30; k++) {
		static const char *const expected[30] = { [4] = "P....", [5] = "P....", [6] = "PPP.P", [7] = "M....", [8] = "M....", [9] = "P...." };

		expect(k, expected[k] ? expected[k] : "PPPPP");
	}
	assert_int_equal(attempts_of(4), 1);
	assert_int_equal(attempts_of(6), 1);
	/* the first failure does not wait, the second does */
	w.clock += PPS_NS_PER_S;
	assert_int_equal(run(), PPS_OK);
	assert_int_equal(attempts_of(4), 2);
	w.breaks[4] = w.fails[PREP][5] = w.fails[INT][6] = 0;
	w.clock += PPS_NS_PER_S;
	assert_int_equal(run(), PPS_OK);
	expect(4, "P....");
	w.clock += HOUR;
	assert_int_equal(run(), PPS_OK);
	expect(4, "PPPPP");
	expect(5, "PPPPP");
	expect(6, "PPPPP");
	expect(7, "M....");
	assert_int_equal(attempts_of(4), 0);
	ledger_is_whole();
}

static void what_is_down_delays_no_other(void **state)
{
	(void)state;
	world_reset();
	fill(20, "difference_image");
	w.down = 1 << INT;
	w.clock = T0 + 80 * HOUR;
	assert_int_equal(run(), PPS_OK);
	for (int k = 0; k < 20; k++)
		expect(k, "PPP.P");
	w.clock += 2 * DAY;
	assert_int_equal(run(), PPS_OK);
	expect(3, "DPP.P");
	/* the one that comes back gets it, also when the first has let go of it */
	w.down = 1 << PROD;
	w.clock += HOUR;
	assert_int_equal(run(), PPS_OK);
	for (int k = 0; k < 20; k++)
		expect(k, "DPPPP");
	w.clock += 31 * DAY;
	assert_int_equal(run(), PPS_OK);
	/* who still refers to the files keeps them */
	expect(3, "DPDEP");
	w.down = 0;
	w.clock += HOUR;
	assert_int_equal(run(), PPS_OK);
	expect(3, "DDDEE");
	ledger_is_whole();
}

/* The first cannot be asked: nothing that it has leaves, the rest goes on. */
static void the_first_is_down(void **state)
{
	(void)state;
	world_reset();
	fill(3, "difference_image");
	w.down = 1 << INT;
	w.clock = T0 + 80 * HOUR;
	assert_int_equal(run(), PPS_OK);
	expect(0, "PPP.P");
	w.down = 1 << EMBARGO;
	w.clock += 31 * DAY;
	w.looks = 0;
	assert_int_equal(run(), PPS_OK);
	expect(0, "PPP.E");
	assert_int_equal(w.looks, 0);
	w.down = 0;
	w.clock += HOUR;
	assert_int_equal(run(), PPS_OK);
	expect(0, "DPPPE");
}

/* Each is tried once in a run, also when several fail; then all of them wait. */
static void what_fails_in_two_places(void **state)
{
	const pps_hold_target day = { .flow = PPS_PUBLISH_FLOW, .day_obs = 20251202 };
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	_cleanup_(pps_state_unrefp) pps_state *s = NULL;

	(void)state;
	world_reset();
	fill(2, "difference_image");
	w.fails[INT][0] = w.fails[PROD][0] = 1;
	w.clock = T0 + 80 * HOUR;
	assert_int_equal(run(), PPS_OK);
	expect(0, "PPP..");
	expect(1, "PPPPP");
	assert_int_equal(attempts_of(0), 2);
	assert_int_equal(w.tried[INT][0] + w.tried[PROD][0], 2);
	w.clock += PPS_NS_PER_S;
	assert_int_equal(run(), PPS_OK);
	assert_int_equal(w.tried[INT][0] + w.tried[PROD][0], 2);
	w.fails[PROD][0] = 0;
	w.clock += HOUR;
	s = open_state();
	assert_ok(pps_state_hold(s, &day, "why", "who", &err), err);
	assert_int_equal(run(), PPS_OK);
	assert_int_equal(w.tried[INT][0] + w.tried[PROD][0], 2);
	assert_ok(pps_state_unhold(s, &day, "why", "who", &err), err);
	w.clock += HOUR;
	assert_int_equal(run(), PPS_OK);
	expect(0, "PPP.P");
	ledger_is_whole();
}

/* What the first lost without us is published nowhere any more, by no later run. */
static void what_vanished_goes_nowhere_new(void **state)
{
	(void)state;
	world_reset();
	fill(2, "difference_image");
	w.down = 1 << INT;
	w.clock = T0 + 80 * HOUR;
	assert_int_equal(run(), PPS_OK);
	w.down = 0;
	w.is_known[0] = 0;
	for (int i = 0; i < 3; i++) {
		w.clock += HOUR;
		assert_int_equal(run(), PPS_OK);
		expect(0, "MPP.P");
		expect(1, "PPPPP");
	}
}

static void holds(void **state)
{
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	_cleanup_(pps_state_unrefp) pps_state *s = NULL;
	const pps_hold_target all = { .flow = PPS_PUBLISH_FLOW }, day = { .flow = PPS_PUBLISH_FLOW, .day_obs = 20251202 };
	pps_dataset_change held = { .id = uuid(2), .set_flags = PPS_DATASET_HELD };

	(void)state;
	world_reset();
	fill(10, "difference_image");
	s = open_state();
	w.clock = T0 + 80 * HOUR;
	assert_ok(pps_state_hold(s, &all, "why", "who", &err), err);
	assert_int_equal(run(), PPS_OK);
	assert_int_equal(w.acts, 0);
	assert_ok(pps_state_unhold(s, &all, "why", "who", &err), err);
	assert_ok(pps_state_hold(s, &day, "why", "who", &err), err);
	assert_int_equal(run(), PPS_OK);
	assert_int_equal(w.acts, 0);
	assert_ok(pps_state_unhold(s, &day, "why", "who", &err), err);
	/* an operator's change that planned nothing anew is noticed too */
	assert_ok(pps_state_datasets_apply(s, NULL, T0, T0, &held, 1, NULL, 0, NULL, &err), err);
	w.clock += HOUR;
	assert_int_equal(run(), PPS_OK);
	expect(1, "PPPPP");
	expect(2, "P....");
}

static void clocks_that_disagree(void **state)
{
	(void)state;
	world_reset();
	fill(3, "difference_image");
	w.clock = T0 + 80 * HOUR;
	w.other = w.clock - 61 * PPS_NS_PER_S;
	assert_int_equal(run(), PPS_E_HELD);
	w.other = w.clock - 30 * PPS_NS_PER_S; /* the smallest counts */
	assert_int_equal(run(), PPS_OK);
	assert_int_equal(w.acts, 0);
	w.clock += 30 * PPS_NS_PER_S;
	w.other = w.clock - 30 * PPS_NS_PER_S;
	assert_int_equal(run(), PPS_OK);
	expect(0, "PPPPP");
	/* set back behind the ledger */
	w.clock -= DAY;
	w.other = 0;
	assert_int_equal(run(), PPS_E_HELD);
}

static void killed_after_the_act(void **state)
{
	static const char *const lives[] = { "PP...", "PPP..", "PPPP.", "PPPPP" };
	static const int tries[] = { 0, 2, 2, 1, 1 }, acts[] = { 1, 2, 2, 1 };

	(void)state;
	world_reset();
	fill(5, "difference_image");
	w.clock = T0 + 80 * HOUR;
	/* each run ends after the next act; what is public the next finds done and does not repeat, what is copied it compares once more */
	for (size_t i = 0; i < PPS_COUNT(lives); i++) {
		w.dies = acts[i];
		assert_int_equal(run(), PPS_E_CANCELLED);
		assert_int_equal(sql_ask("SELECT count(*) FROM {ledger_open}"), 1);
		for (int r = 0; r < 5; r++)
			assert_int_equal(w.status[r][0], lives[i][r]);
	}
	assert_int_equal(run(), PPS_OK);
	expect(0, "PPPPP");
	for (int r = 0; r < 5; r++)
		assert_int_equal(w.tried[r][0], tries[r]);
	ledger_is_whole();
	w.clock += 31 * DAY;
	for (int i = 0; i < 5; i++) {
		w.dies = 1;
		assert_int_equal(run(), PPS_E_CANCELLED);
	}
	assert_int_equal(run(), PPS_OK);
	for (int k = 0; k < 5; k++)
		expect(k, "DDDEE");
	ledger_is_whole();
	assert_int_equal(sql_ask("SELECT count(*) FROM {ledger} WHERE recovered = 1"), 9);
	/* others are told once of each */
	assert_int_equal(sql_ask("SELECT sum(n) FROM {notice} WHERE kind = 1"), 5);
	assert_int_equal(sql_ask("SELECT sum(n) FROM {notice} WHERE kind = 2"), 10);
}

/* Another's file is found where a copy was to come, and the run was killed before it was compared. */
static void what_is_found_is_no_copy(void **state)
{
	(void)state;
	world_reset();
	fill(3, "difference_image");
	w.clock = T0 + 80 * HOUR;
	w.dies = 1;
	assert_int_equal(run(), PPS_E_CANCELLED);
	w.fails[PREP][0] = 1; /* once it is compared */
	w.clock += 2 * DAY;
	assert_int_equal(run(), PPS_OK);
	assert_int_equal(w.tried[PREP][0], 2);
	assert_int_equal(w.status[EMBARGO][0], 'P');
	assert_int_equal(w.status[MAIN][0], '.');
	expect(1, "PPPPP");
}

static void hold_all(void)
{
	const pps_hold_target all = { .flow = PPS_PUBLISH_FLOW };
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	_cleanup_(pps_state_unrefp) pps_state *s = open_state();

	assert_ok(pps_state_hold(s, &all, "why", "who", &err), err);
}

/* What finds out how things are finishes half deletions: not without the lock, nor under a hold. */
static void recovering_is_an_act(void **state)
{
	(void)state;
	world_reset();
	fill(5, "difference_image");
	w.clock = T0 + 80 * HOUR;
	w.dies = 1;
	assert_int_equal(run(), PPS_E_CANCELLED);
	w.acts = 0;
	w.then = take_over;
	assert_int_equal(run(), PPS_E_LOCKED);
	w.asked = 0;
	w.then = hold_all;
	assert_int_equal(run(), PPS_OK);
	assert_int_equal(w.surveys, 0);
	w.then = NULL;
	sql_exec("DELETE FROM {hold}");
	/* the lock that was lost is not taken for one in the repository */
	w.survey_fails = PPS_E_LOCKED;
	assert_int_equal(run(), PPS_E_LOCKED);
	assert_int_equal(w.surveys, 1);
	assert_int_equal(w.acts, 0);
}

static void change(const pps_dataset_change *change, const pps_state_change *ledger, size_t n)
{
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	_cleanup_(pps_state_unrefp) pps_state *s = open_state();
	pps_publish_flow flow = make(s, NULL);
	const pps_dataset_hooks hooks = pps_publish_flow_hooks(&flow);

	assert_ok(pps_publish_flow_read(&flow, &err), err);
	flow.now = w.clock;
	assert_ok(pps_state_datasets_apply_with(s, NULL, w.clock, w.clock, change, change != NULL, ledger, n, &hooks, NULL, &err), err);
	pps_publish_flow_clear(&flow);
}

static void a_repair_that_was_killed(void **state)
{
	const pps_uuid ids[] = { uuid(0), uuid(1) };
	const pps_ledger_entry entry = { .flow = PPS_PUBLISH_FLOW, .action = PPS_PUBLISH_REPAIR, .subject = five.at[3].name, .rule = "tags", .policy_hash = "",
					 .who = "me", .uuids = ids, .nuuids = 2 };
	const pps_state_change ledger = { .kind = PPS_CHANGE_AUTHORISED, .entry = &entry };

	(void)state;
	world_reset();
	fill(2, "difference_image");
	change(NULL, &ledger, 1);
	assert_int_equal(sql_ask("SELECT count(*) FROM {ledger_open}"), 1);
	assert_int_equal(run(), PPS_OK);
	ledger_is_whole();
	assert_int_equal(sql_ask("SELECT count(*) FROM {ledger} WHERE recovered = 1"), 1);
	expect(0, "P....");
}

static void what_was_adopted_waits(void **state)
{
	pps_dataset_change flags = { .id = uuid(0), .set_flags = PPS_DATASET_ADOPTED | PPS_DATASET_UNPROVEN };

	(void)state;
	world_reset();
	fill(2, "difference_image");
	change(&flags, NULL, 0);
	w.clock = T0 + 80 * HOUR;
	assert_int_equal(run(), PPS_OK);
	expect(0, "PPPPP"); /* on its way as any other */
	w.clock += 31 * DAY;
	assert_int_equal(run(), PPS_OK);
	expect(0, "PPPPP");
	expect(1, "DDDEE");
	/* an operator has said so */
	flags = (pps_dataset_change){ .id = uuid(0), .clear_flags = PPS_DATASET_ADOPTED };
	change(&flags, NULL, 0);
	assert_int_equal(run(), PPS_OK);
	expect(0, "DDDEE");
	ledger_is_whole();
}

static void accept(void)
{
	_cleanup_(pps_state_unrefp) pps_state *s = open_state();
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	_cleanup_free_ char *text = NULL;

	assert_ok(pps_force_format(&(pps_terms){ w.policies, w.npolicies, DAY, &w.graph }, &text, &err), err);
	assert_ok(pps_state_set_policy(s, PPS_PUBLISH_FLOW, text, NULL, 0, "why", "who", &err), err);
}

static void policies_that_are_sooner_wait(void **state)
{
	(void)state;
	world_reset();
	fill(3, "difference_image");
	assert_int_equal(run(), PPS_OK);
	w.policies[0].embargo = 10 * HOUR;
	w.policies[0].retention = DAY;
	w.clock = T0 + 20 * HOUR;
	assert_int_equal(run(), PPS_OK);
	expect(0, "P....");
	accept();
	assert_int_equal(run(), PPS_OK);
	expect(0, "PPPPP");
	/* one that is later acts at once */
	w.policies[0].retention = 2 * DAY;
	w.clock += DAY + HOUR;
	assert_int_equal(run(), PPS_OK);
	expect(0, "DPPPP");
	w.policies[0].retention = DAY;
	w.clock += HOUR;
	assert_int_equal(run(), PPS_OK);
	expect(0, "DPPPP");
	w.clock += DAY;
	assert_int_equal(run(), PPS_OK);
	expect(0, "DDDEE");
}

/* What is to be published no longer would be deleted by the time that it left embargo. */
static void internal_from_now_on(void **state)
{
	(void)state;
	world_reset();
	fill(3, "difference_image");
	w.down = 1 << INT | 1 << PROD;
	w.clock = T0 + 80 * HOUR;
	assert_int_equal(run(), PPS_OK);
	expect(0, "PPP..");
	w.policies[0].is_public = 0;
	w.down = 0;
	w.clock += 31 * DAY;
	assert_int_equal(run(), PPS_OK);
	expect(0, "DPP.."); /* its copies are there */
	accept();
	assert_int_equal(run(), PPS_OK);
	expect(0, "DDD..");
}

/* A policy for what was held is sooner too; what another order of policies means is not guessed at. */
static void other_choices_are_sooner(void **state)
{
	(void)state;
	world_reset();
	w.npolicies = 1;
	fill(3, "isr_log");
	assert_int_equal(run(), PPS_OK);
	w.npolicies = 2;
	assert_int_equal(run(), PPS_OK);
	expect(0, "P....");
	accept();
	assert_int_equal(run(), PPS_OK);
	expect(0, "PPP..");
}

/* Of repository @i nothing is configured any more. */
static void take_out(size_t i)
{
	memmove(&w.graph.at[i], &w.graph.at[i + 1], (w.graph.n - i - 1) * sizeof w.graph.at[0]);
	w.graph.n--;
}

/* Published everywhere, and all times are over; then nothing is done by what is configured now, until that is accepted. */
static void published_and_over(void)
{
	world_reset();
	fill(3, "difference_image");
	w.clock = T0 + 80 * HOUR;
	assert_int_equal(run(), PPS_OK);
	expect(0, "PPPPP");
	w.clock += 31 * DAY;
	w.down = 1 << INT | 1 << PROD;
	w.acts = 0;
}

/* Who referred to files is known although it is configured no longer, or otherwise: nothing goes from under it. */
static void repositories_that_are_taken_out(void **state)
{
	(void)state;
	published_and_over();
	take_out(PROD);
	take_out(INT);
	assert_int_equal(run(), PPS_OK);
	assert_int_equal(w.acts, 0);
	accept();
	assert_int_equal(run(), PPS_OK);
	for (int i = EMBARGO; i <= MAIN; i++)
		assert_int_equal(w.status[i][0], 'D');
}

static void repositories_that_no_longer_refer(void **state)
{
	(void)state;
	published_and_over();
	w.graph.at[INT].refers = w.graph.at[PROD].refers = 0;
	assert_int_equal(run(), PPS_OK);
	assert_int_equal(w.acts, 0);
	accept();
	assert_int_equal(run(), PPS_OK);
	/* those that cannot be asked may have taken files meanwhile */
	expect(0, "DPPPP");
	w.down = 0;
	assert_int_equal(run(), PPS_OK);
	expect(0, "DDDEE");
}

static void a_copy_that_is_taken_out(void **state)
{
	(void)state;
	published_and_over();
	w.policies[0].retention = PPS_FOREVER;
	take_out(MAIN);
	assert_int_equal(run(), PPS_OK);
	assert_int_equal(w.acts, 0);
}

/* What is added takes nothing from the others. */
static void a_repository_that_is_new(void **state)
{
	(void)state;
	world_reset();
	take_out(PROD);
	fill(2, "difference_image");
	w.clock = T0 + 80 * HOUR;
	assert_int_equal(run(), PPS_OK);
	w.graph = five;
	assert_int_equal(run(), PPS_OK);
	expect(0, "PPPPP");
	/* not while something else waits: what nobody has put in force could be taken out again unseen */
	w.graph.at[PROD].name = "another";
	w.graph.at[INT].refers = 0;
	w.clock += 2 * DAY;
	w.acts = 0;
	assert_int_equal(run(), PPS_OK);
	assert_int_equal(w.acts, 0);
}

static void accept_two_hours(void)
{
	w.policies[0].embargo = 2 * HOUR;
	accept();
	w.policies[0].embargo = 80 * HOUR;
}

/* A service that goes on with the file as it was does not undo what an operator accepts; nor does it act sooner than its file says. */
static void what_is_accepted_stays(void **state)
{
	_cleanup_(pps_state_unrefp) pps_state *s = NULL;
	_cleanup_(pps_flow_lock_freep) pps_flow_lock *lock = NULL;
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	pps_publish_flow flow;

	(void)state;
	world_reset();
	fill(2, "difference_image");
	s = open_state();
	lock = take_flow(s, PPS_PUBLISH_FLOW);
	flow = make(s, lock);
	w.clock = T0 + 3 * HOUR;
	assert_ok(pps_publish_flow_run(&flow, &err), err);
	accept_two_hours();
	assert_ok(pps_publish_flow_run(&flow, &err), err);
	assert_ok(pps_publish_flow_run(&flow, &err), err);
	expect(0, "P....");
	pps_publish_flow_clear(&flow);
	pps_flow_lock_free(TAKE_PTR(lock));
	/* by the new file */
	w.policies[0].embargo = 2 * HOUR;
	assert_int_equal(run(), PPS_OK);
	expect(0, "PPPPP");
}

static void a_replay_goes_forward_only(void **state)
{
	_cleanup_(pps_state_unrefp) pps_state *s = NULL;
	_cleanup_(pps_flow_lock_freep) pps_flow_lock *lock = NULL;
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	pps_publish_flow flow;

	(void)state;
	world_reset();
	fill(2, "difference_image");
	s = open_state();
	lock = take_flow(s, PPS_PUBLISH_FLOW);
	flow = make(s, lock);
	w.clock = T0 + 1000 * DAY;
	flow.requested = T0 + 80 * HOUR;
	assert_ok(pps_publish_flow_run(&flow, &err), err);
	expect(0, "PPPPP");
	flow.requested -= 1;
	assert_int_equal(pps_publish_flow_run(&flow, NULL), PPS_E_HELD);
	flow.requested += 40 * DAY;
	assert_ok(pps_publish_flow_run(&flow, &err), err);
	expect(0, "DDDEE");
	assert_int_equal(sql_ask("SELECT max(as_of) FROM {ledger}"), flow.requested);
	assert_int_equal(sql_ask("SELECT max(at) FROM {ledger}"), w.clock);
	pps_publish_flow_clear(&flow);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_life, setup, teardown),
		cmocka_unit_test_setup_teardown(ends_are_read_again, setup, teardown),
		cmocka_unit_test_setup_teardown(internal_and_unmatched, setup, teardown),
		cmocka_unit_test_setup_teardown(what_fails_is_alone, setup, teardown),
		cmocka_unit_test_setup_teardown(what_is_down_delays_no_other, setup, teardown),
		cmocka_unit_test_setup_teardown(the_first_is_down, setup, teardown),
		cmocka_unit_test_setup_teardown(what_fails_in_two_places, setup, teardown),
		cmocka_unit_test_setup_teardown(what_vanished_goes_nowhere_new, setup, teardown),
		cmocka_unit_test_setup_teardown(holds, setup, teardown),
		cmocka_unit_test_setup_teardown(clocks_that_disagree, setup, teardown),
		cmocka_unit_test_setup_teardown(killed_after_the_act, setup, teardown),
		cmocka_unit_test_setup_teardown(what_is_found_is_no_copy, setup, teardown),
		cmocka_unit_test_setup_teardown(recovering_is_an_act, setup, teardown),
		cmocka_unit_test_setup_teardown(a_repair_that_was_killed, setup, teardown),
		cmocka_unit_test_setup_teardown(what_was_adopted_waits, setup, teardown),
		cmocka_unit_test_setup_teardown(policies_that_are_sooner_wait, setup, teardown),
		cmocka_unit_test_setup_teardown(internal_from_now_on, setup, teardown),
		cmocka_unit_test_setup_teardown(other_choices_are_sooner, setup, teardown),
		cmocka_unit_test_setup_teardown(repositories_that_are_taken_out, setup, teardown),
		cmocka_unit_test_setup_teardown(repositories_that_no_longer_refer, setup, teardown),
		cmocka_unit_test_setup_teardown(a_copy_that_is_taken_out, setup, teardown),
		cmocka_unit_test_setup_teardown(a_repository_that_is_new, setup, teardown),
		cmocka_unit_test_setup_teardown(what_is_accepted_stays, setup, teardown),
		cmocka_unit_test_setup_teardown(a_replay_goes_forward_only, setup, teardown),
	};

	return cmocka_run_group_tests(tests, group_setup, group_teardown);
}
