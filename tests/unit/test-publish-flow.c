/* SPDX-License-Identifier: BSD-3-Clause */
/* The core of flow B on a state of either database, with adapters that only pretend: what is done when, what is held, and what a crash leaves. */
#define SCHEMA "pps_test_publish_flow"
#include "state-place.h"

#include <pthread.h>

#include "publish/dispatch.h"
#include "publish/flow.h"
#include "publish/hands.h"
#include "publish/worker.h"

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
	int times;                            /* that it was asked what time it is */
	int unsaid[5][MOST];                  /* done, and said to have failed */
	int breaks[MOST];                     /* fails as a whole chunk */
	int is_common;                        /* a whole failure is the repository's */
	int dies;                             /* after so many acts the run ends */
	int unreadable[MOST];                 /* a look at it fails */
	int64_t rested;
	int64_t takes;                        /* an act, and then all is back */
	int acts, looks, surveys;
	int asked;                            /* times for the clock; the second time `then` happens */
	void (*then)(void);
	int survey_fails;                     /* PPS_E_*, once another has taken over */
	int unsurveyed;                       /* so many surveys find the repository down */
	int64_t released[MOST];
	char last[32];
	int records[5][MOST];                 /* how often a record, by the number in its name, was looked at */
	int is_there[5][MOST], is_revised[MOST], breaks_record[MOST], unknown_record[MOST];
	int records_code;                     /* that looks at records end with */
} w;
static pthread_mutex_t world_lock = PTHREAD_MUTEX_INITIALIZER; /* what acts change */
static int threads; /* 0: the flow's own; WORKERS: orders to a worker with a connection of its own */
#define WORKERS (-1)
static int64_t concurrency; /* of each task; 0: any */
static int under_way[MOST], at_once, most_at_once;

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

/* What acts change, others of their threads ask for. */
static int64_t now_of_world(void)
{
	int64_t now;

	pthread_mutex_lock(&world_lock);
	now = w.clock;
	pthread_mutex_unlock(&world_lock);
	return now;
}

static int is_down(int repository)
{
	uint32_t down;

	pthread_mutex_lock(&world_lock);
	down = w.down;
	pthread_mutex_unlock(&world_lock);
	return (down >> repository) & 1;
}

/* The number of a record. */
static int atol_of(const char *value)
{
	return (int)strtol(value, NULL, 10);
}

static int clocks(void *user, pps_publish_clocks *ret, pps_error **err)
{
	(void)user;
	(void)err;
	assert_true(++w.times < 5000); /* a run comes to its end */
	if (w.then && ++w.asked == 2)
		w.then();
	ret->local = now_of_world();
	if (w.other) {
		ret->others[0] = w.other;
		ret->beside[0] = ret->local;
		ret->n = 1;
	}
	return PPS_OK;
}

static int reach(void *user, int repository, pps_error **err)
{
	(void)user;
	return is_down(repository) ? pps_fail(err, PPS_E_UNAVAILABLE, "down") : PPS_OK;
}

static int look(void *user, const pps_dataset_row *const *rows, size_t n, pps_publish_seen *seen, pps_error **err)
{
	(void)user;
	(void)err;
	for (size_t i = 0; i < n; i++) {
		int k = number(&rows[i]->id);

		assert_true(!i || pps_uuid_compare(&rows[i - 1]->id, &rows[i]->id) < 0);
		if (w.unreadable[k])
			return pps_fail(err, PPS_E_FORMAT, "unreadable");
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
	if (i == EMBARGO)
		w.is_known[k] = 0;
	if (w.unsaid[i][k])
		pps_publish_item_fail(item, PPS_E_IO, NULL);
	else
		item->result = PPS_RESULT_DONE;
}

/* Nobody else does anything with these meanwhile. */
static void begin_with(const pps_publish_chunk *c, int n)
{
	pthread_mutex_lock(&world_lock);
	at_once += n;
	most_at_once = at_once > most_at_once ? at_once : most_at_once;
	for (size_t i = 0; i < c->n; i++)
		assert_int_equal(under_way[number(&c->items[i].row->id)] += n, n > 0);
	pthread_mutex_unlock(&world_lock);
}

static int act_chunk(pps_publish_chunk *c, pps_error **err)
{
	int is_killed, r;

	for (size_t i = 0; i < c->n; i++)
		if (w.breaks[number(&c->items[i].row->id)] && (c->is_common = w.is_common, 1))
			return pps_fail(err, PPS_E_FORMAT, "breaks");
	if ((r = pps_publish_chunk_check(c, err)) < 0)
		return r;
	pthread_mutex_lock(&world_lock);
	if (w.takes) {
		w.clock += w.takes;
		w.down = 0;
	}
	for (size_t i = 0; i < c->n; i++)
		act_on(c, &c->items[i]);
	is_killed = w.dies && !--w.dies;
	pthread_mutex_unlock(&world_lock);
	return is_killed ? pps_fail(err, PPS_E_CANCELLED, "killed") : PPS_OK;
}

static int act(void *user, pps_publish_chunk *c, pps_error **err)
{
	int r;

	(void)user;
	pthread_mutex_lock(&world_lock);
	w.acts++;
	snprintf(w.last, sizeof w.last, "%s %s", pps_task_name(c->task), five.at[c->repository].name);
	pthread_mutex_unlock(&world_lock);
	if (is_down(c->repository))
		return pps_fail(err, PPS_E_UNAVAILABLE, "down");
	begin_with(c, 1);
	if (threads > 0)
		usleep(2000);
	r = act_chunk(c, err);
	begin_with(c, -1);
	return r;
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
	if (w.unsurveyed && w.unsurveyed--)
		return pps_fail(err, PPS_E_UNAVAILABLE, "down");
	for (size_t i = 0; i < n; i++)
		ret[i] = w.status[repository][number(&ids[i])];
	return PPS_OK;
}

static int records(void *user, pps_publish_flow *flow, int repository, pps_record_look *looks, size_t n, pps_error **err)
{
	(void)user;
	(void)flow;
	if (w.records_code)
		return pps_fail(err, w.records_code, "trouble");
	for (size_t i = 0; i < n; i++) {
		int k = atol_of(looks[i].place->value);

		if (w.breaks_record[k] || w.unknown_record[k])
			return pps_fail(err, w.unknown_record[k] ? PPS_E_NOTFOUND : PPS_E_FORMAT, "breaks");
	}
	for (size_t i = 0; i < n; i++) {
		int k = atol_of(looks[i].place->value);

		assert_true(!looks[i].place->is_ahead || repository < INT);
		w.records[repository][k]++;
		w.is_there[repository][k] |= looks[i].place->is_ahead;
		looks[i].is_there = w.is_there[repository][k];
		looks[i].is_revised = looks[i].is_there && w.is_revised[k];
	}
	return PPS_OK;
}

static int rest(void *user, int64_t ns, pps_error **err)
{
	(void)user;
	(void)err;
	pthread_mutex_lock(&world_lock);
	w.clock += ns;
	w.rested += ns;
	pthread_mutex_unlock(&world_lock);
	return PPS_OK;
}

static const pps_publish_ops ops = { .clocks = clocks, .reach = reach, .look = look, .act = act, .survey = survey,
				     .records = records, .rest = rest };

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

	for (int t = 0; t < PPS_TASKS; t++)
		flow.tasks[t].batch = 7;
	return flow;
}

static int open_hand(void *maker, void **ret_user, pps_error **err)
{
	(void)err;
	*ret_user = maker;
	return PPS_OK;
}

static void close_hand(void *user)
{
	(void)user;
}

/* ---- a worker, and what goes between it and the service: each answer comes twice, and garbage beside it ---- */

#define ORDERS 16

static struct {
	char *orders[ORDERS], *answer;
	size_t norders;
	int times; /* that the answer is still to come */
	pps_publish_flow flow;
	pps_worker worker;
} far;

static int send_order(void *user, const char *key, const char *text, pps_error **err)
{
	(void)user;
	(void)key;
	(void)err;
	assert_in_range(far.norders, 0, ORDERS - 1);
	far.orders[far.norders++] = strdup(text);
	return PPS_OK;
}

static int next_order(void *user, int64_t wait_ms, const char **ret_text, size_t *ret_size, pps_error **err)
{
	(void)user;
	(void)wait_ms;
	(void)err;
	*ret_text = far.orders[far.norders];
	*ret_size = strlen(*ret_text);
	return 1;
}

static int send_answer(void *user, const char *key, const char *text, pps_error **err)
{
	(void)user;
	(void)key;
	(void)err;
	free(far.answer);
	far.answer = strdup(text);
	far.times = 3;
	return PPS_OK;
}

static int far_commit(void *user, pps_error **err)
{
	(void)user;
	(void)err;
	return PPS_OK;
}

static void far_again(void *user)
{
	(void)user;
}

static int far_now(void *user, int64_t *ret_now, pps_error **err)
{
	(void)user;
	(void)err;
	*ret_now = w.clock;
	return PPS_OK;
}

/* The last order first. */
static int next_answer(void *user, int64_t wait_ms, const char **ret_text, size_t *ret_size, pps_error **err)
{
	int r = PPS_OK;

	(void)user;
	(void)wait_ms;
	if (!far.times && far.norders) {
		far.norders--;
		r = pps_worker_step(&far.worker, 0, err);
		free(far.orders[far.norders]);
	}
	if (r < 0 || !far.times)
		return r < 0 ? r : 0;
	*ret_text = --far.times == 1 ? "{\"version\": 1}" : far.answer;
	*ret_size = strlen(*ret_text);
	return 1;
}

static const pps_wire_ops of_service = { .send = send_order, .next = next_answer, .commit = far_commit, .again = far_again, .now = far_now };
static const pps_wire_ops of_worker = { .send = send_answer, .next = next_order, .commit = far_commit, .again = far_again, .now = far_now };

static pps_publish_flow make(pps_state *s, pps_flow_lock *lock);

static int run_with_worker(pps_publish_flow *flow)
{
	_cleanup_(pps_state_unrefp) pps_state *s = open_state();
	_cleanup_(pps_dispatch_freep) pps_dispatch *dispatch = NULL;
	const pps_wire wire = { &of_service, NULL };
	pps_publish_crew crew = pps_dispatch_crew;
	int r;

	far.flow = make(s, NULL);
	far.worker = (pps_worker){ .flow = &far.flow, .wire = { &of_worker, NULL } };
	assert_ok(pps_dispatch_new(world.ctx, 5, &wire, &dispatch, NULL), NULL);
	crew.grace = 1;
	flow->crew = &crew;
	flow->crew_user = dispatch;
	r = pps_publish_flow_run(flow, NULL);
	while (far.norders)
		free(far.orders[--far.norders]);
	free(TAKE_PTR(far.answer));
	far.times = 0;
	pps_publish_flow_clear(&far.flow);
	return r;
}

/* One run by a process of its own. */
static int run(void)
{
	static const pps_hands_ops hands_ops = { .ops = &ops, .open = open_hand, .close = close_hand };
	_cleanup_(pps_hands_freep) pps_hands *hands = NULL;
	_cleanup_(pps_state_unrefp) pps_state *s = open_state();
	_cleanup_(pps_flow_lock_freep) pps_flow_lock *lock = take_flow(s, PPS_PUBLISH_FLOW);
	pps_publish_flow flow = make(s, lock);
	pps_error *err = NULL;
	int r;

	if (threads > 0) {
		assert_ok(pps_hands_new(world.ctx, threads, &hands_ops, &w, &hands, &err), err);
		flow.crew = &pps_hands_crew;
		flow.crew_user = hands;
	}
	for (int t = 0; t <= PPS_TASK_DELETE; t++)
		flow.tasks[t].concurrency = concurrency;
	r = threads == WORKERS ? run_with_worker(&flow) : pps_publish_flow_run(&flow, &err);
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
	pps_record_targets targets;
	char ids[MOST][64];

	assert_ok(pps_publish_flow_prepare(&flow, &err), err);
	targets = pps_publish_flow_targets(&flow, w.clock);
	for (int k = 0; k < n; k++) {
		rows[k] = (pps_dataset_row){ .id = uuid(k), .origin = "", .type = type, .run = "r", .instrument = "LSSTCam", .data_id = ids[k],
					     .day_obs = 20251202, .end_kind = w.end_kind[k], .end = w.end_kind[k] ? 0 : w.end[k], .registered = T0 };
		memset(rows[k].status.status, '.', sizeof rows[k].status.status);
		rows[k].status.status[0] = 'P';
		rows[k].status.at[0] = T0;
		rows[k].next = pps_publish_flow_next(&flow, &rows[k], T0);
		snprintf(ids[k], sizeof ids[k], "{\"instrument\":\"LSSTCam\",\"visit\":%d}", k);
	}
	assert_ok(pps_state_datasets_register_with(s, lock, rows, (size_t)n, &targets, NULL, &err), err);
	pps_publish_flow_clear(&flow);
}

/* Its status in the five repositories by the state; expect(): the world has the same. */
static void expect_state(int k, const char *status)
{
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	_cleanup_(pps_dataset_rows_freep) pps_dataset_rows *rows = NULL;
	pps_uuid id = uuid(k);
	char got[6] = "";

	assert_ok(pps_state_datasets_get(watch(), &id, 1, &rows, &err), err);
	assert_int_equal(pps_dataset_rows_count(rows), 1);
	memcpy(got, pps_dataset_rows_at(rows, 0)->status.status, 5);
	assert_string_equal(got, status);
}

static void expect(int k, const char *status)
{
	expect_state(k, status);
	for (int i = 0; i < 5; i++)
		if (status[i] != 'M')
			assert_int_equal(w.status[i][k], status[i]);
}

static int attempts_of(int k)
{
	_cleanup_(pps_dataset_rows_freep) pps_dataset_rows *rows = NULL;
	pps_uuid id = uuid(k);

	assert_ok(pps_state_datasets_get(watch(), &id, 1, &rows, NULL), NULL);
	return pps_dataset_rows_at(rows, 0)->attempts;
}

static void ledger_is_whole(void)
{
	_cleanup_(pps_error_freep) pps_error *err = NULL;

	assert_ok(pps_state_ledger_verify(watch(), NULL, &err), err);
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

/* What would fail for every dataset is tried once, and no dataset is blamed. */
static void what_is_the_repositorys_own_trouble(void **state)
{
	(void)state;
	world_reset();
	fill(20, "difference_image");
	w.breaks[0] = w.is_common = 1;
	w.clock = T0 + 80 * HOUR;
	assert_int_equal(run(), PPS_OK);
	expect(0, "P....");
	assert_int_equal(attempts_of(0), 0);
	assert_in_range(w.acts, 1, 3);
	w.breaks[0] = 0;
	w.clock += HOUR;
	assert_int_equal(run(), PPS_OK);
	expect(0, "PPPPP");
	ledger_is_whole();
}

/* One record of the first that cannot be read stops no other. */
static void one_that_cannot_be_looked_up(void **state)
{
	(void)state;
	world_reset();
	fill(20, "difference_image");
	w.unreadable[3] = 1;
	w.clock = T0 + 80 * HOUR;
	assert_int_equal(run(), PPS_OK);
	for (int k = 0; k < 20; k++)
		expect(k, k == 3 ? "P...." : "PPPPP");
	assert_int_equal(attempts_of(3), 1);
	w.unreadable[3] = 0;
	w.clock += HOUR;
	assert_int_equal(run(), PPS_OK);
	expect(3, "PPPPP");
	ledger_is_whole();
}

/* While the first is down its backlog is written once for each time it is asked in vain, and not again by a run soon after. */
static void the_first_is_down_for_long(void **state)
{
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	_cleanup_(pps_state_unrefp) pps_state *s = NULL;
	_cleanup_(pps_flow_lock_freep) pps_flow_lock *lock = NULL;
	pps_publish_flow flow;

	(void)state;
	world_reset();
	fill(3, "difference_image");
	s = open_state();
	lock = take_flow(s, PPS_PUBLISH_FLOW);
	flow = make(s, lock);
	w.down = 1 << EMBARGO;
	w.clock = T0 + 80 * HOUR;
	assert_ok(pps_publish_flow_run(&flow, &err), err);
	assert_int_equal(flow.tally[PPS_TASK_COPY][PREP].put_off, 3);
	w.clock += 60 * PPS_NS_PER_S;
	assert_ok(pps_publish_flow_run(&flow, &err), err);
	assert_int_equal(flow.tally[PPS_TASK_COPY][PREP].put_off, 3);
	for (int i = 0; i < 60; i++) {
		w.clock += HOUR / 6;
		assert_ok(pps_publish_flow_run(&flow, &err), err);
	}
	/* ten hours */
	assert_in_range(flow.tally[PPS_TASK_COPY][PREP].put_off, 3 * 10, 3 * 16);
	assert_int_equal(w.acts, 0);
	w.down = 0;
	w.clock += HOUR;
	assert_ok(pps_publish_flow_run(&flow, &err), err);
	expect(0, "PPPPP");
	pps_publish_flow_clear(&flow);
}

/* What is back during a long run, and what becomes due, is not left for the next run. */
static void a_run_takes_long(void **state)
{
	(void)state;
	world_reset();
	w.end[19] = T0 + HOUR;
	fill(20, "difference_image");
	w.down = 1 << INT;
	w.takes = HOUR / 3;
	w.clock = T0 + 80 * HOUR;
	assert_int_equal(run(), PPS_OK);
	for (int k = 0; k < 20; k++)
		expect(k, "PPPPP");
	ledger_is_whole();
}

/* A task that rests hides no other that is due for the same dataset. */
static void a_task_that_rests(void **state)
{
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	_cleanup_(pps_state_unrefp) pps_state *s = NULL;
	_cleanup_(pps_flow_lock_freep) pps_flow_lock *lock = NULL;
	pps_publish_flow flow;

	(void)state;
	world_reset();
	fill(5, "difference_image");
	s = open_state();
	lock = take_flow(s, PPS_PUBLISH_FLOW);
	flow = make(s, lock);
	w.fails[MAIN][0] = w.fails[MAIN][1] = 1;
	w.down = (1 << INT) | (1 << PROD);
	w.clock = T0 + 80 * HOUR;
	assert_ok(pps_publish_flow_run(&flow, &err), err);
	expect(0, "PP...");
	w.down = 0;
	w.fails[MAIN][0] = w.fails[MAIN][1] = 0;
	w.clock += HOUR;
	flow.rests = 1u << PPS_TASK_COPY;
	flow.rests_until[PPS_TASK_COPY] = pps_monotonic_now() + 10 * HOUR;
	assert_ok(pps_publish_flow_run(&flow, &err), err);
	expect(0, "PP.PP");
	flow.rests = 0;
	w.clock += 10 * HOUR;
	assert_ok(pps_publish_flow_run(&flow, &err), err);
	expect(0, "PPPPP");
	pps_publish_flow_clear(&flow);
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
	assert_int_equal(attempts_of(0), 1);
	assert_int_equal(w.tried[INT][0] + w.tried[PROD][0], 2);
	/* each again at once, and then after a wait of its own, whatever is planned meanwhile */
	for (int i = 0; i < 5; i++) {
		w.clock += PPS_NS_PER_S;
		assert_int_equal(run(), PPS_OK);
		assert_int_equal(attempts_of(0), 2);
		assert_int_equal(w.tried[INT][0], 2);
		assert_int_equal(w.tried[PROD][0], 2);
	}
	w.fails[PROD][0] = 0;
	w.clock += HOUR;
	s = open_state();
	assert_ok(pps_state_hold(s, &day, "why", "who", &err), err);
	assert_int_equal(run(), PPS_OK);
	assert_int_equal(w.tried[INT][0] + w.tried[PROD][0], 4);
	assert_ok(pps_state_unhold(s, &day, "why", "who", &err), err);
	w.clock += HOUR;
	assert_int_equal(run(), PPS_OK);
	expect(0, "PPP.P");
	assert_int_equal(sql_ask("SELECT max(attempts) FROM {dataset_trouble} WHERE ordinal = 3"), 3);
	assert_int_equal(sql_ask("SELECT count(*) FROM {dataset_trouble}"), 1);
	ledger_is_whole();
}

/* What fails for long in one repository is tried there ever more seldom, though other actions of it are planned in between. */
static void a_wait_outlives_other_actions(void **state)
{
	const pps_uuid id = uuid(0);
	pps_dataset_change c = { .id = id, .set_flags = PPS_DATASET_PINNED };
	pps_dataset_hooks hooks;
	pps_publish_flow flow;

	(void)state;
	world_reset();
	fill(1, "difference_image");
	w.fails[INT][0] = 1;
	w.clock = T0 + 80 * HOUR;
	for (int i = 0; i < 100; i++) {
		assert_int_equal(run(), PPS_OK);
		flow = make(watch(), NULL);
		assert_ok(pps_publish_flow_read(&flow, NULL), NULL);
		flow.now = w.clock;
		hooks = pps_publish_flow_hooks(&flow);
		c.set_flags ^= PPS_DATASET_PINNED;
		c.clear_flags ^= PPS_DATASET_PINNED;
		assert_ok(pps_state_datasets_apply_with(watch(), NULL, w.clock, w.clock, &c, 1, NULL, 0, &hooks, NULL, NULL), NULL);
		pps_publish_flow_clear(&flow);
		w.clock += 60 * PPS_NS_PER_S;
	}
	expect(0, "PPP.P");
	assert_in_range(w.tried[INT][0], 5, 10);
}

/* What our own deletion took from the first, its answer lost, is not taken for lost, and goes on to whoever does not have it yet. */
static void our_own_deletion_is_known(void **state)
{
	(void)state;
	world_reset();
	fill(2, "difference_image");
	w.down = 1 << INT;
	w.clock = T0 + 80 * HOUR;
	assert_int_equal(run(), PPS_OK);
	w.unsaid[EMBARGO][0] = 1;
	w.clock += DAY;
	/* until the deletion waits for longer than who is down */
	for (int i = 0; i < 5; i++) {
		w.clock += HOUR;
		assert_int_equal(run(), PPS_OK);
	}
	expect(1, "DPP.P");
	assert_int_equal(w.status[EMBARGO][0], 'D');
	w.unsaid[EMBARGO][0] = w.down = 0;
	w.clock += 6 * 60 * PPS_NS_PER_S;
	assert_int_equal(run(), PPS_OK);
	assert_int_equal(w.status[INT][0], 'P');
	w.clock += HOUR;
	assert_int_equal(run(), PPS_OK);
	expect(0, "DPPPP");
	expect(1, "DPPPP");
	ledger_is_whole();
}

/* The same in one long run, in which nobody could ask what came of the deletion before the first repository was back. */
static void our_own_deletion_is_known_before_it_is_recovered(void **state)
{
	(void)state;
	world_reset();
	w.end[2] = T0 + 45 * HOUR;
	fill(3, "difference_image");
	w.down = 1 << INT;
	w.clock = T0 + 80 * HOUR;
	assert_int_equal(run(), PPS_OK);
	expect(0, "PPP.P");
	/* until the deletion waits for longer than who is down */
	w.fails[EMBARGO][0] = 1;
	for (w.clock = T0 + 105 * HOUR; w.clock < T0 + 120 * HOUR; w.clock += HOUR)
		assert_int_equal(run(), PPS_OK);
	w.fails[EMBARGO][0] = 0;
	w.unsaid[EMBARGO][0] = w.unsurveyed = 1;
	w.takes = HOUR;
	w.clock = T0 + 125 * HOUR;
	assert_int_equal(run(), PPS_OK);
	assert_int_equal(w.status[EMBARGO][0], 'D');
	w.unsaid[EMBARGO][0] = w.takes = 0;
	w.clock += HOUR;
	assert_int_equal(run(), PPS_OK);
	expect(0, "DPPPP");
	expect(1, "DPPPP");
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

/* What the first has let go of waits for nothing of it while it is down: put off in one repository, it is not taken in the other for ever. */
static void a_day_held_while_the_first_is_down(void **state)
{
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	_cleanup_(pps_state_unrefp) pps_state *s = NULL;
	const pps_hold_target day = { .flow = PPS_PUBLISH_FLOW, .day_obs = 20251202 };

	(void)state;
	world_reset();
	fill(3, "difference_image");
	s = open_state();
	w.clock = T0 + 80 * HOUR;
	w.down = 1 << INT | 1 << PROD;
	assert_int_equal(run(), PPS_OK);
	w.clock += 2 * DAY;
	assert_int_equal(run(), PPS_OK);
	expect(0, "DPP..");
	w.down = 1 << EMBARGO;
	assert_ok(pps_state_hold(s, &day, "why", "who", &err), err);
	w.clock += DAY;
	assert_int_equal(run(), PPS_OK);
	expect(0, "DPP..");
	assert_ok(pps_state_unhold(s, &day, "why", "who", &err), err);
	w.clock += PPS_NS_PER_S;
	assert_int_equal(run(), PPS_OK);
	expect(0, "DPPPP");
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
	/* a little behind the ledger is waited for */
	w.clock -= 10 * PPS_NS_PER_S;
	w.other = 0;
	assert_int_equal(run(), PPS_OK);
	assert_int_equal(w.rested, 10 * PPS_NS_PER_S);
	/* set back behind the ledger */
	w.clock -= DAY;
	w.other = 0;
	assert_int_equal(run(), PPS_E_HELD);
}

/* An answer that was lost: what refers to files is known to do so at once, a copy of its own only when it was made again. */
static void what_refers_is_known(void **state)
{
	(void)state;
	world_reset();
	w.graph.at[MAIN].refers = 1;
	fill(1, "difference_image");
	w.clock = T0 + 80 * HOUR;
	w.unsaid[MAIN][0] = 1;
	assert_int_equal(run(), PPS_OK);
	expect(0, "PPPPP");
	ledger_is_whole();
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

static int64_t records_that(const char *condition)
{
	char text[160];

	snprintf(text, sizeof text, "SELECT count(*) FROM {dimension_record} WHERE %s", condition);
	return sql_ask(text);
}

/* Ahead of datasets where they are copied to, and again after an hour, a day and a week. */
static void records_go_ahead(void **state)
{
	static const struct {
		int64_t clock;
		int internal, public;
	} steps[] = { { 0, 1, 0 },	 { HOUR - 1, 1, 0 },	{ HOUR, 2, 1 },	     { 2 * HOUR, 2, 1 }, { DAY, 3, 2 },
		      { 5 * DAY, 3, 2 }, { 7 * DAY, 4, 3 }, { 700 * DAY, 4, 3 } };

	(void)state;
	world_reset();
	fill(10, "difference_image");
	for (size_t i = 0; i < PPS_COUNT(steps); i++) {
		w.clock = T0 + steps[i].clock;
		w.is_revised[3] = i == 4;
		assert_int_equal(run(), PPS_OK);
		for (int k = 0; k < 10; k++)
			for (int r = PREP; r <= PROD; r++)
				assert_int_equal(w.records[r][k], r < INT ? steps[i].internal : steps[i].public);
		if (i == 3)
			assert_int_equal(records_that("status = 1"), 20);
	}
	assert_int_equal(records_that("status = 2"), 2);
	assert_int_equal(records_that("status = 0"), 20);
	assert_int_equal(records_that("next_look IS NOT NULL"), 0);
}

/* One that cannot be brought is alone; a repository in trouble, a first one that is down, and days that are held wait. */
static void records_that_cannot_be_brought(void **state)
{
	const pps_hold_target day = { .flow = PPS_PUBLISH_FLOW, .day_obs = 20251202 };
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	_cleanup_(pps_state_unrefp) pps_state *s = NULL;

	(void)state;
	world_reset();
	fill(10, "difference_image");
	s = open_state();
	w.down = 1 << EMBARGO;
	assert_int_equal(run(), PPS_OK);
	w.down = 1 << MAIN;
	assert_ok(pps_state_hold(s, &day, "why", "who", &err), err);
	assert_int_equal(run(), PPS_OK);
	assert_int_equal(w.records[PREP][1], 0);
	assert_ok(pps_state_unhold(s, &day, "why", "who", &err), err);
	w.clock += 11 * 60 * PPS_NS_PER_S;
	w.records_code = PPS_E_UNAVAILABLE;
	assert_int_equal(run(), PPS_OK);
	assert_int_equal(records_that("code <> 0"), 0);
	w.records_code = 0;
	w.breaks_record[4] = w.unknown_record[5] = 1;
	w.clock++;
	assert_int_equal(run(), PPS_OK);
	for (int k = 0; k < 10; k++)
		assert_int_equal(w.records[PREP][k], k != 4 && k != 5);
	assert_int_equal(w.records[MAIN][1], 0);
	assert_int_equal(records_that("code <> 0 AND ordinal = 1"), 2);
	w.down = w.breaks_record[4] = 0;
	w.clock++;
	assert_int_equal(run(), PPS_OK);
	assert_int_equal(w.records[PREP][4], 1);
	assert_int_equal(w.records[MAIN][4], 1);
	/* what the first does not know is given up in the end */
	w.clock += 8 * DAY;
	assert_int_equal(run(), PPS_OK);
	assert_int_equal(run(), PPS_OK);
	assert_int_equal(records_that("next_look IS NOT NULL"), 0);
	assert_int_equal(records_that("code <> 0 AND value = '5'"), 4);
	assert_int_equal(records_that("code <> 0"), 4);
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
	expect(0, "DPDPP");
	w.down = 0;
	w.clock += HOUR;
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

/* Several of one task, but no more than it may have. */
static void several_at_a_time(void **state)
{
	(void)state;
	world_reset();
	fill(MOST, "difference_image");
	w.clock = T0 + 80 * HOUR;
	most_at_once = 0;
	assert_int_equal(run(), PPS_OK);
	assert_in_range(most_at_once, threads > 0 ? 2 : 1, threads > 0 ? threads : 1);
	expect(MOST - 1, "PPPPP");
	concurrency = 1;
	w.clock += 2 * DAY;
	most_at_once = 0;
	assert_int_equal(run(), PPS_OK);
	concurrency = 0;
	/* deleting is alone in its repository */
	assert_int_equal(most_at_once, 1);
	expect(MOST - 1, "DPPPP");
	ledger_is_whole();
}

/* One order for the first of the datasets, in a state that an operator may have changed; what a worker does with it. */
static int order_to(int64_t epoch, int64_t deadline, char status)
{
	_cleanup_(pps_state_unrefp) pps_state *s = open_state();
	pps_uuid ids[2] = { uuid(0), uuid(1) };
	char statuses[] = { status, '.', 0 };
	int flags[2] = { 0 };
	pps_order order = { .epoch = epoch, .deadline = deadline, .task = PPS_TASK_COPY, .repository = (char *)"prompt_prep", .source = (char *)"embargo",
			    .datasets = ids, .statuses = statuses, .flags = flags, .n = 2 };
	char *text = NULL;
	int r;

	assert_ok(pps_order_format(&order, &text, NULL), NULL);
	far.orders[0] = text;
	far.norders = 0;
	free(TAKE_PTR(far.answer));
	far.flow = make(s, NULL);
	far.worker = (pps_worker){ .flow = &far.flow, .wire = { &of_worker, NULL } };
	r = pps_worker_step(&far.worker, 0, NULL);
	far.times = 0;
	pps_publish_flow_clear(&far.flow);
	free(text);
	return r;
}

static void expect_answer(int code, const char *results)
{
	_cleanup_(pps_answer_freep) pps_answer *answer = NULL;

	assert_non_null(far.answer);
	assert_ok(pps_answer_parse(far.answer, strlen(far.answer), &answer, NULL), NULL);
	assert_int_equal(answer->code, code);
	assert_string_equal(answer->results, results);
	free(TAKE_PTR(far.answer));
}

static void what_a_worker_refuses(void **state)
{
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	_cleanup_(pps_state_unrefp) pps_state *s = NULL;
	const pps_hold_target all = { .flow = PPS_PUBLISH_FLOW };
	pps_dataset_change change = { .id = uuid(1), .set_flags = PPS_DATASET_HELD };
	int64_t epoch;

	(void)state;
	world_reset();
	fill(2, "difference_image");
	w.clock = T0 + 80 * HOUR;
	s = open_state();
	assert_ok(pps_state_epoch(s, PPS_PUBLISH_FLOW, &epoch, &err), err);
	/* of a service that is no more, and after its deadline: nobody is told anything */
	assert_int_equal(order_to(epoch - 1, w.clock, '.'), 0);
	assert_int_equal(order_to(epoch, w.clock - 1, '.'), 0);
	assert_null(far.answer);
	/* held as a whole, one of them, and one that is elsewhere than it was */
	assert_ok(pps_state_hold(s, &all, "why", "who", &err), err);
	assert_int_equal(order_to(epoch, w.clock, '.'), 1);
	expect_answer(PPS_E_HELD, "--");
	assert_ok(pps_state_unhold(s, &all, "why", "who", &err), err);
	assert_int_equal(order_to(epoch, w.clock, 'P'), 1);
	expect_answer(PPS_OK, "fd");
	assert_int_equal(w.status[PREP][0], '.');
	assert_int_equal(w.status[PREP][1], 'P');
	assert_ok(pps_state_datasets_apply(s, NULL, T0, T0, &change, 1, NULL, 0, NULL, &err), err);
	assert_int_equal(order_to(epoch, w.clock, '.'), 1);
	expect_answer(PPS_OK, "df");
	/* nor one that an operator has decided otherwise about */
	change = (pps_dataset_change){ .id = uuid(1), .set_flags = PPS_DATASET_PINNED, .clear_flags = PPS_DATASET_HELD };
	assert_ok(pps_state_datasets_apply(s, NULL, T0, T0, &change, 1, NULL, 0, NULL, &err), err);
	assert_int_equal(order_to(epoch, w.clock, '.'), 1);
	expect_answer(PPS_OK, "df");
	/* twice is once */
	change = (pps_dataset_change){ .id = uuid(1), .clear_flags = PPS_DATASET_PINNED };
	assert_ok(pps_state_datasets_apply(s, NULL, T0, T0, &change, 1, NULL, 0, NULL, &err), err);
	assert_int_equal(order_to(epoch, w.clock, '.'), 1);
	expect_answer(PPS_OK, "dd");
	/* no worker writes the state */
	expect_state(0, "P....");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_life, setup, teardown),
		cmocka_unit_test_setup_teardown(ends_are_read_again, setup, teardown),
		cmocka_unit_test_setup_teardown(internal_and_unmatched, setup, teardown),
		cmocka_unit_test_setup_teardown(what_fails_is_alone, setup, teardown),
		cmocka_unit_test_setup_teardown(what_is_down_delays_no_other, setup, teardown),
		cmocka_unit_test_setup_teardown(what_is_the_repositorys_own_trouble, setup, teardown),
		cmocka_unit_test_setup_teardown(one_that_cannot_be_looked_up, setup, teardown),
		cmocka_unit_test_setup_teardown(the_first_is_down_for_long, setup, teardown),
		cmocka_unit_test_setup_teardown(a_run_takes_long, setup, teardown),
		cmocka_unit_test_setup_teardown(a_task_that_rests, setup, teardown),
		cmocka_unit_test_setup_teardown(the_first_is_down, setup, teardown),
		cmocka_unit_test_setup_teardown(what_fails_in_two_places, setup, teardown),
		cmocka_unit_test_setup_teardown(a_wait_outlives_other_actions, setup, teardown),
		cmocka_unit_test_setup_teardown(our_own_deletion_is_known, setup, teardown),
		cmocka_unit_test_setup_teardown(our_own_deletion_is_known_before_it_is_recovered, setup, teardown),
		cmocka_unit_test_setup_teardown(what_vanished_goes_nowhere_new, setup, teardown),
		cmocka_unit_test_setup_teardown(holds, setup, teardown),
		cmocka_unit_test_setup_teardown(a_day_held_while_the_first_is_down, setup, teardown),
		cmocka_unit_test_setup_teardown(clocks_that_disagree, setup, teardown),
		cmocka_unit_test_setup_teardown(what_refers_is_known, setup, teardown),
		cmocka_unit_test_setup_teardown(killed_after_the_act, setup, teardown),
		cmocka_unit_test_setup_teardown(what_is_found_is_no_copy, setup, teardown),
		cmocka_unit_test_setup_teardown(recovering_is_an_act, setup, teardown),
		cmocka_unit_test_setup_teardown(a_repair_that_was_killed, setup, teardown),
		cmocka_unit_test_setup_teardown(what_was_adopted_waits, setup, teardown),
		cmocka_unit_test_setup_teardown(policies_that_are_sooner_wait, setup, teardown),
		cmocka_unit_test_setup_teardown(internal_from_now_on, setup, teardown),
		cmocka_unit_test_setup_teardown(other_choices_are_sooner, setup, teardown),
		cmocka_unit_test_setup_teardown(records_go_ahead, setup, teardown),
		cmocka_unit_test_setup_teardown(records_that_cannot_be_brought, setup, teardown),
		cmocka_unit_test_setup_teardown(repositories_that_are_taken_out, setup, teardown),
		cmocka_unit_test_setup_teardown(repositories_that_no_longer_refer, setup, teardown),
		cmocka_unit_test_setup_teardown(a_copy_that_is_taken_out, setup, teardown),
		cmocka_unit_test_setup_teardown(a_repository_that_is_new, setup, teardown),
		cmocka_unit_test_setup_teardown(what_is_accepted_stays, setup, teardown),
		cmocka_unit_test_setup_teardown(a_replay_goes_forward_only, setup, teardown),
		cmocka_unit_test_setup_teardown(several_at_a_time, setup, teardown),
		cmocka_unit_test_setup_teardown(what_a_worker_refuses, setup, teardown),
	};
	int failed = cmocka_run_group_tests_name("one thread", tests, group_setup, group_teardown);

	threads = 4;
	failed += cmocka_run_group_tests_name("four threads", tests, group_setup, group_teardown);
	threads = WORKERS;
	return failed + cmocka_run_group_tests_name("a worker", tests, group_setup, group_teardown);
}
