/* SPDX-License-Identifier: BSD-3-Clause */
/* Flow B's decisions: policies, and what is next for a dataset. */
#include "test.h"

#include "publish/plan.h"

#define HOUR (3600 * PPS_NS_PER_S)
#define DAY (24 * HOUR)
#define T0 INT64_C(1764719940000000000) /* 2025-12-02 */

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

static const pps_conf_policy any = { .is_public = 1 };

static pps_plan_dataset dataset(int64_t embargo, int is_public, int64_t retention)
{
	pps_plan_dataset d = { .end_kind = PPS_END_KNOWN, .end = T0,
			       .rule = { .policy = &any, .embargo = embargo, .is_public = is_public, .retention = retention } };

	memset(d.status, PPS_STATUS_NEVER, sizeof d.status);
	d.status[0] = PPS_STATUS_PRESENT;
	return d;
}

static void put(pps_plan_dataset *d, int repository, char status, int64_t at)
{
	d->status[repository] = status;
	d->at[repository] = at;
	if (status == PPS_STATUS_PRESENT && repository >= INT)
		d->published[repository] = at;
}

static void expect(const pps_plan_dataset *d, int repository, int task, int wait, int64_t due)
{
	pps_plan_action actions[PPS_PLAN_MOST];

	pps_plan(&five, d, actions);
	assert_int_equal(actions[repository].repository, repository);
	assert_int_equal(actions[repository].wait, wait);
	assert_int_equal(actions[repository].task, task);
	if (wait == PPS_WAIT_TIME)
		assert_int_equal(actions[repository].due, due);
}

static void a_life(void **state)
{
	pps_plan_dataset d = dataset(80 * HOUR, 1, 30 * DAY);
	const int64_t out = T0 + 80 * HOUR;

	(void)state;
	expect(&d, PREP, PPS_TASK_COPY, PPS_WAIT_TIME, out);
	expect(&d, MAIN, PPS_TASK_COPY, PPS_WAIT_SOURCE, 0);
	expect(&d, PROD, PPS_TASK_PUBLISH, PPS_WAIT_SOURCE, 0);
	expect(&d, EMBARGO, PPS_TASK_DELETE, PPS_WAIT_OTHERS, 0);
	put(&d, PREP, PPS_STATUS_PRESENT, out + HOUR);
	expect(&d, MAIN, PPS_TASK_COPY, PPS_WAIT_TIME, out);
	expect(&d, INT, PPS_TASK_PUBLISH, PPS_WAIT_TIME, out);
	expect(&d, EMBARGO, PPS_TASK_DELETE, PPS_WAIT_OTHERS, 0);
	expect(&d, PREP, PPS_TASK_DELETE, PPS_WAIT_OTHERS, 0);
	put(&d, MAIN, PPS_STATUS_PRESENT, out + 2 * HOUR);
	expect(&d, EMBARGO, PPS_TASK_DELETE, PPS_WAIT_TIME, out + 2 * HOUR + DAY);
	expect(&d, MAIN, PPS_TASK_DELETE, PPS_WAIT_OTHERS, 0);
	put(&d, INT, PPS_STATUS_PRESENT, out + 3 * HOUR);
	put(&d, PROD, PPS_STATUS_PRESENT, out + 5 * HOUR);
	expect(&d, INT, PPS_TASK_EXPIRE, PPS_WAIT_TIME, out + 3 * HOUR + 30 * DAY);
	expect(&d, PREP, PPS_TASK_DELETE, PPS_WAIT_OTHERS, 0);
	expect(&d, MAIN, PPS_TASK_DELETE, PPS_WAIT_TIME, out + 5 * HOUR + 30 * DAY);
	put(&d, INT, PPS_STATUS_EXPIRED, out + 31 * DAY);
	expect(&d, PREP, PPS_TASK_DELETE, PPS_WAIT_OTHERS, 0);
	put(&d, PROD, PPS_STATUS_EXPIRED, out + 31 * DAY);
	expect(&d, PREP, PPS_TASK_DELETE, PPS_WAIT_TIME, out + 5 * HOUR + 30 * DAY);
	put(&d, PREP, PPS_STATUS_DELETED, out + 31 * DAY);
	expect(&d, PREP, PPS_TASK_NONE, PPS_WAIT_NOTHING, 0);
}

static void what_holds(void **state)
{
	pps_plan_dataset d = dataset(80 * HOUR, 1, 30 * DAY);

	(void)state;
	d.end_kind = PPS_END_UNKNOWN;
	expect(&d, PREP, PPS_TASK_COPY, PPS_WAIT_END, 0);
	d.end_kind = PPS_END_NONE;
	expect(&d, PREP, PPS_TASK_COPY, PPS_WAIT_END, 0);
	d.rule.embargo = 0; /* flow B: an embargo of nothing needs no end */
	expect(&d, PREP, PPS_TASK_COPY, PPS_WAIT_TIME, 0);
	d.rule.embargo = -1;
	expect(&d, PREP, PPS_TASK_COPY, PPS_WAIT_POLICY, 0);
	d = dataset(INT64_MAX, 1, 30 * DAY);
	expect(&d, PREP, PPS_TASK_COPY, PPS_WAIT_END, 0);
	d = dataset(0, 1, PPS_FOREVER);
	d.is_held = 1;
	expect(&d, PREP, PPS_TASK_COPY, PPS_WAIT_HOLD, 0);
	d = dataset(0, 1, PPS_FOREVER);
	d.rule = (pps_rule){ 0 };
	expect(&d, PREP, PPS_TASK_COPY, PPS_WAIT_POLICY, 0);
	d = dataset(0, 1, 30 * DAY);
	d.status[EMBARGO] = PPS_STATUS_MISSING;
	expect(&d, PREP, PPS_TASK_COPY, PPS_WAIT_SOURCE, 0);
	expect(&d, EMBARGO, PPS_TASK_COPY, PPS_WAIT_MISSING, 0);
}

static void internal_types_stay_inside(void **state)
{
	pps_plan_dataset d = dataset(0, 0, 30 * DAY);

	(void)state;
	put(&d, PREP, PPS_STATUS_PRESENT, T0 + HOUR);
	put(&d, MAIN, PPS_STATUS_PRESENT, T0 + HOUR);
	expect(&d, INT, PPS_TASK_NONE, PPS_WAIT_NOTHING, 0);
	expect(&d, PREP, PPS_TASK_DELETE, PPS_WAIT_TIME, T0 + HOUR + 30 * DAY);
	expect(&d, MAIN, PPS_TASK_DELETE, PPS_WAIT_TIME, T0 + HOUR + 30 * DAY);
}

/* What is not public has its lifetime from when it last left embargo: one that gets it late, or not yet, keeps the others' copies, too. */
static void a_late_copy(void **state)
{
	const pps_plan_graph fork = {
		.n = 3,
		.at = {
			{ .name = "embargo", .from = -1 },
			{ .name = "prompt_prep", .from = EMBARGO },
			{ .name = "two", .from = EMBARGO },
		},
	};
	static const struct {
		const char *status;
		int64_t at[3];
		int wait, waits_for;
		int64_t due;	/* of the deletion in two, counted from T0 */
	} cases[] = {
		{ "P.P", { 0, 0, HOUR }, PPS_WAIT_OTHERS, PREP, 0 },
		{ "PPP", { 0, 5 * DAY, HOUR }, PPS_WAIT_TIME, -1, 6 * DAY },
		{ "PPP", { 0, HOUR, 5 * DAY }, PPS_WAIT_TIME, -1, 6 * DAY },
		{ "PMP", { 0, 5 * DAY, HOUR }, PPS_WAIT_TIME, -1, 6 * DAY },
		{ "DDP", { 6 * DAY, 6 * DAY, HOUR }, PPS_WAIT_TIME, -1, DAY + HOUR },
		{ "D.P", { 6 * DAY, 0, HOUR }, PPS_WAIT_TIME, -1, DAY + HOUR },
	};

	(void)state;
	for (size_t i = 0; i < PPS_COUNT(cases); i++) {
		pps_plan_dataset d = dataset(0, 0, DAY);
		pps_plan_action actions[PPS_PLAN_MOST];

		for (int k = 0; k < 3; k++)
			put(&d, k, cases[i].status[k], T0 + cases[i].at[k]);
		pps_plan(&fork, &d, actions);
		assert_int_equal(actions[2].wait, cases[i].wait);
		assert_int_equal(actions[2].waits_for, cases[i].waits_for);
		if (cases[i].wait == PPS_WAIT_TIME)
			assert_int_equal(actions[2].due, T0 + cases[i].due);
	}
}

static void withdrawn_and_pinned(void **state)
{
	pps_plan_dataset d = dataset(0, 1, 30 * DAY);

	(void)state;
	put(&d, PREP, PPS_STATUS_PRESENT, T0);
	put(&d, MAIN, PPS_STATUS_PRESENT, T0);
	put(&d, INT, PPS_STATUS_PRESENT, T0);
	d.is_pinned = 1;
	expect(&d, INT, PPS_TASK_EXPIRE, PPS_WAIT_PIN, 0);
	expect(&d, MAIN, PPS_TASK_DELETE, PPS_WAIT_PIN, 0);
	expect(&d, EMBARGO, PPS_TASK_DELETE, PPS_WAIT_TIME, T0 + DAY);
	d.is_withdrawn = 1;
	expect(&d, INT, PPS_TASK_EXPIRE, PPS_WAIT_TIME, 0);
	expect(&d, PROD, PPS_TASK_NONE, PPS_WAIT_NOTHING, 0);
	d.is_pinned = 0;
	d.rule.retention = PPS_FOREVER;
	expect(&d, INT, PPS_TASK_EXPIRE, PPS_WAIT_TIME, 0);
	expect(&d, MAIN, PPS_TASK_NONE, PPS_WAIT_NOTHING, 0);
}

/* Who shares files with who shares them keeps them: whatever lies between. */
static void references_to_references(void **state)
{
	const pps_plan_graph chain = {
		.n = 4,
		.at = {
			{ .name = "embargo", .from = -1 },
			{ .name = "prompt_prep", .from = EMBARGO },
			{ .name = "google_int", .from = PREP, .is_public = 1, .refers = 1 },
			{ .name = "google_prod", .from = 2, .is_public = 1, .refers = 1 },
		},
	};
	static const struct {
		const char *status;
		int wait, waits_for; /* of prompt_prep's deletion */
	} cases[] = {
		{ "DPPP", PPS_WAIT_OTHERS, 2 }, { "DPEP", PPS_WAIT_OTHERS, 3 }, { "DPPE", PPS_WAIT_OTHERS, 2 }, { "DPEE", PPS_WAIT_TIME, -1 },
		{ "DPP.", PPS_WAIT_OTHERS, 2 }, { "DPE.", PPS_WAIT_TIME, -1 },  { "DP..", PPS_WAIT_OTHERS, 2 },
	};

	(void)state;
	for (size_t i = 0; i < PPS_COUNT(cases); i++) {
		pps_plan_dataset d = dataset(0, 1, 30 * DAY);
		pps_plan_action actions[PPS_PLAN_MOST];

		for (int k = 0; k < 4; k++) {
			d.status[k] = cases[i].status[k];
			d.at[k] = d.published[k] = cases[i].status[k] == '.' ? 0 : T0;
		}
		pps_plan(&chain, &d, actions);
		assert_int_equal(actions[PREP].wait, cases[i].wait);
		assert_int_equal(actions[PREP].waits_for, cases[i].waits_for);
	}
}

static void one_that_is_down_delays_no_other(void **state)
{
	pps_plan_dataset d = dataset(0, 1, 30 * DAY);
	int64_t not_before[PPS_PLAN_MOST] = { 0 }, due;
	pps_plan_action actions[PPS_PLAN_MOST];

	(void)state;
	put(&d, PREP, PPS_STATUS_PRESENT, T0);
	put(&d, MAIN, PPS_STATUS_PRESENT, T0);
	pps_plan(&five, &d, actions);
	assert_int_equal(pps_plan_next(actions, five.n, NULL, &due)->repository, INT);
	assert_int_equal(due, 0);
	not_before[INT] = T0;
	assert_int_equal(pps_plan_next(actions, five.n, not_before, &due)->repository, PROD);
	not_before[PROD] = T0 + HOUR;
	assert_int_equal(pps_plan_next(actions, five.n, not_before, &due)->repository, INT);
	assert_int_equal(due, T0);
	not_before[INT] = T0 + 2 * HOUR;
	assert_int_equal(pps_plan_next(actions, five.n, not_before, &due)->repository, PROD);
	not_before[INT] = not_before[PROD] = INT64_MAX;
	assert_int_equal(pps_plan_next(actions, five.n, not_before, &due)->repository, EMBARGO);
	assert_int_equal(due, T0 + DAY);
	d.is_held = 1;
	pps_plan(&five, &d, actions);
	assert_null(pps_plan_next(actions, five.n, NULL, &due));
}

static void policies_match_in_order(void **state)
{
	const char *pixels[] = { "preliminary_visit_image*", "template_detector" }, *apdb[] = { "dia_*_apdb" }, *logs[] = { "*_log" };
	const pps_conf_policy policies[] = {
		{ .types = { pixels, 2 }, .embargo = 80 * HOUR, .is_public = 1, .retention = PPS_FOREVER },
		{ .types = { apdb, 1 }, .origin = "daytime_ap_catchup", .is_public = 0, .retention = DAY },
		{ .types = { apdb, 1 }, .is_public = 1, .retention = 30 * DAY },
		{ .types = { logs, 1 }, .is_public = 1, .retention = PPS_FOREVER },
	};

	(void)state;
	assert_ptr_equal(pps_policy_match(policies, 4, "prompt_processing", "preliminary_visit_image_background").policy, &policies[0]);
	assert_ptr_equal(pps_policy_match(policies, 4, "prompt_processing", "dia_source_apdb").policy, &policies[2]);
	assert_ptr_equal(pps_policy_match(policies, 4, NULL, "dia_source_apdb").policy, &policies[2]);
	assert_ptr_equal(pps_policy_match(policies, 4, "daytime_ap_catchup", "dia_source_apdb").policy, &policies[1]);
	assert_null(pps_policy_match(policies, 4, "prompt_processing", "Preliminary_visit_image").policy);
	assert_null(pps_policy_match(policies, 4, "prompt_processing", "dia_source_apdb2").policy);
	assert_ptr_equal(pps_policy_match(policies, 4, "x", "a/b_log").policy, &policies[3]);
}

static void sooner_and_strictest(void **state)
{
	const pps_rule base = { .policy = &any, .embargo = 10, .retention = 100, .is_public = 1 };
	pps_rule r;

	(void)state;
	assert_int_equal(pps_rule_is_sooner(base, base), 0);
	for (int i = 0; i < 9; i++) {
		const struct {
			int64_t embargo, retention;
			int is_public, held, is_sooner;
		} cases[] = { { 9, 100, 1, 0, 1 }, { 11, 100, 1, 0, 0 }, { 10, 99, 1, 0, 1 }, { 10, 101, 1, 0, 0 }, { 10, PPS_FOREVER, 1, 0, 0 },
			      { 10, 100, 0, 0, 1 }, { 9, 99, 1, 1, 0 }, { 11, 99, 0, 0, 1 }, { 10, PPS_FOREVER, 0, 0, 0 } };
		const pps_rule next = { .policy = cases[i].held ? NULL : &any, .embargo = cases[i].embargo, .retention = cases[i].retention,
					.is_public = cases[i].is_public };

		assert_int_equal(pps_rule_is_sooner(base, next), cases[i].is_sooner);
		r = pps_rule_strictest(base, next);
		/* who plans deletions takes the later of both */
		if (r.policy && !r.is_public)
			r.is_public = base.is_public;
		if (r.policy)
			assert_int_equal(pps_rule_is_sooner(base, r), 0);
		else
			assert_true(cases[i].held);
	}
	assert_int_equal(pps_rule_is_sooner((pps_rule){ 0 }, base), 1);
	assert_null(pps_rule_strictest((pps_rule){ 0 }, base).policy);
}

/* ---- random walks through random repositories, with rules that share nothing with the planner ---- */

static uint64_t seed = 20251202;

static uint64_t draw(uint64_t below)
{
	seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (seed >> 33) % below;
}

/* Public repositories may feed others; an internal one that a public one feeds gets what is public. */
static pps_plan_graph random_graph(void)
{
	pps_plan_graph g = { .n = 2 + draw(6) };

	g.at[0] = (pps_plan_repository){ .name = "r0", .from = -1, .reclaim_after = (int64_t)draw(3) * HOUR };
	g.at[1] = (pps_plan_repository){ .name = "r1", .from = 0, .refers = draw(8) == 0 };
	for (size_t i = 2; i < g.n; i++) {
		g.at[i] = (pps_plan_repository){ .name = "r", .from = (int)draw(i), .is_public = (int)draw(2), .refers = (int)draw(2) };
	}
	return g;
}

static pps_plan_dataset random_dataset(void)
{
	pps_plan_dataset d = dataset((int64_t)draw(3) * 40 * HOUR, (int)draw(2), draw(4) ? (int64_t)draw(30) * DAY : PPS_FOREVER);

	d.end_kind = draw(6) ? PPS_END_KNOWN : draw(2) ? PPS_END_UNKNOWN : PPS_END_NONE;
	if (draw(20) == 0)
		d.rule = (pps_rule){ 0 };
	return d;
}

/* The repositories whose files the records of one refer to, a bit each: its source's, and what those refer to. */
static unsigned refers_to(const pps_plan_graph *g, int i)
{
	return i > 0 && g->at[i].refers ? 1u << g->at[i].from | refers_to(g, g->at[i].from) : 0;
}

static int is_to_have(const pps_plan_graph *g, const pps_plan_dataset *d, int i)
{
	return i == 0 || ((!g->at[i].is_public || d->rule.is_public) && is_to_have(g, d, g->at[i].from));
}

/* Whether it can never come to a repository where it never was: its source has let go of it, or is cut off itself. */
static int is_cut_off(const pps_plan_graph *g, const pps_plan_dataset *d, int i)
{
	int from = g->at[i].from;

	return !is_to_have(g, d, i) || (g->at[i].is_public && d->is_withdrawn) || d->status[from] == 'E' || d->status[from] == 'D' ||
	       (d->status[from] == '.' && is_cut_off(g, d, from));
}

static void check_arrival(const pps_plan_graph *g, const pps_plan_dataset *d, int i, int64_t now)
{
	assert_int_equal(d->status[i], '.');
	assert_int_equal(d->status[g->at[i].from], 'P');
	assert_non_null(d->rule.policy);
	if (d->rule.embargo)
		assert_true(d->end_kind == PPS_END_KNOWN && d->end + d->rule.embargo <= now);
	if (g->at[i].is_public)
		assert_true(d->rule.is_public && !d->is_withdrawn);
}

static void check_departure(const pps_plan_graph *g, const pps_plan_dataset *d, int i, int64_t now)
{
	int was_public = 0;

	for (int k = 1; k < (int)g->n; k++)
		was_public |= d->published[k] != 0;
	assert_int_equal(d->status[i], 'P');
	assert_non_null(d->rule.policy);
	for (int k = 1; k < (int)g->n; k++) {
		unsigned files = 1u << g->at[k].from | refers_to(g, g->at[k].from);

		if (refers_to(g, k) >> i & 1)
			assert_int_not_equal(d->status[k], 'P');
		if (i == 0 && !g->at[k].is_public && is_to_have(g, d, k))
			assert_true(d->status[k] == 'D' || (d->status[k] == 'P' && d->at[k] + g->at[0].reclaim_after <= now));
		if (files >> i & 1 && d->status[k] == '.')
			assert_true(is_cut_off(g, d, k));
		if (i && g->at[k].is_public && d->published[k])
			assert_true(d->published[k] + d->rule.retention <= now);
		if (i && !was_public && !g->at[k].is_public && g->at[k].from == 0)
			assert_true(d->status[k] == 'P' ? d->at[k] + d->rule.retention <= now : d->status[k] == 'D');
	}
	if (i)
		assert_true(d->rule.retention != PPS_FOREVER && !d->is_pinned);
}

static void check_expiry(const pps_plan_graph *g, const pps_plan_dataset *d, int i, int64_t now)
{
	assert_true(g->at[i].is_public);
	assert_int_equal(d->status[i], 'P');
	assert_true(d->is_withdrawn || (!d->is_pinned && d->rule.retention != PPS_FOREVER && d->published[i] + d->rule.retention <= now));
}

static void act(const pps_plan_graph *g, pps_plan_dataset *d, const pps_plan_action *a, int64_t now)
{
	int i = a->repository;

	assert_false(d->is_held);
	if (a->task == PPS_TASK_COPY || a->task == PPS_TASK_PUBLISH) {
		check_arrival(g, d, i, now);
		assert_int_equal(a->task == PPS_TASK_PUBLISH, g->at[i].is_public);
		d->status[i] = 'P';
		d->published[i] = g->at[i].is_public ? now : 0;
	} else if (a->task == PPS_TASK_EXPIRE) {
		check_expiry(g, d, i, now);
		d->status[i] = 'E';
	} else {
		assert_int_equal(a->task, PPS_TASK_DELETE);
		check_departure(g, d, i, now);
		d->status[i] = 'D';
	}
	d->at[i] = now;
}

/* What must have come of it when nothing is left to do and nobody stands in the way. */
static void check_settled(const pps_plan_graph *g, const pps_plan_dataset *d)
{
	int leaves = d->rule.policy && (!d->rule.embargo || d->end_kind == PPS_END_KNOWN);
	int copies = 0, refers_to_first = 0, is_short = 0;

	for (int i = 1; i < (int)g->n; i++) {
		if (!is_to_have(g, d, i))
			continue;
		copies += !g->at[i].is_public;
		/* what a public source had let go of before stays away, and the first keeps its files for it */
		is_short |= !g->at[i].is_public && d->status[i] == '.';
		/* a reference that stays for ever keeps the first one's files */
		refers_to_first |= refers_to(g, i) & 1;
	}
	for (int i = 1; i < (int)g->n; i++) {
		if (!leaves || !is_to_have(g, d, i))
			assert_int_equal(d->status[i], '.');
		else if (d->status[i] == '.')
			assert_true(d->rule.retention != PPS_FOREVER && is_cut_off(g, d, i));
		else if (d->rule.retention == PPS_FOREVER)
			assert_int_equal(d->status[i], 'P');
		else
			assert_int_equal(d->status[i], g->at[i].is_public ? 'E' : 'D');
	}
	if (leaves && copies && !is_short && (!refers_to_first || d->rule.retention != PPS_FOREVER))
		assert_int_equal(d->status[0], 'D');
	if (!leaves)
		assert_int_equal(d->status[0], 'P');
}

static void random_walks(void **state)
{
	(void)state;
	for (int n = 0; n < 20000; n++) {
		const pps_plan_graph g = random_graph();
		pps_plan_dataset d = random_dataset();
		int64_t now = T0 - HOUR;

		for (int step = 0; step < 300; step++) {
			int is_meddling = step < 40;
			int64_t not_before[PPS_PLAN_MOST], due;
			pps_plan_action actions[PPS_PLAN_MOST];
			const pps_plan_action *next;

			d.is_held = is_meddling && draw(10) == 0;
			d.is_pinned = is_meddling && draw(5) == 0;
			pps_plan(&g, &d, actions);
			for (size_t k = 0; k < g.n; k++)
				not_before[k] = is_meddling && draw(2) ? now + (int64_t)draw(100) * HOUR : 0;
			next = pps_plan_next(actions, g.n, not_before, &due);
			if (next && due <= now)
				act(&g, &d, next, now);
			else if (next && !is_meddling)
				now = due;
			else
				now += (int64_t)draw(20) * HOUR;
		}
		check_settled(&g, &d);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_life),
		cmocka_unit_test(what_holds),
		cmocka_unit_test(internal_types_stay_inside),
		cmocka_unit_test(a_late_copy),
		cmocka_unit_test(withdrawn_and_pinned),
		cmocka_unit_test(references_to_references),
		cmocka_unit_test(one_that_is_down_delays_no_other),
		cmocka_unit_test(policies_match_in_order),
		cmocka_unit_test(sooner_and_strictest),
		cmocka_unit_test(random_walks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
