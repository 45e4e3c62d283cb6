/* SPDX-License-Identifier: BSD-3-Clause */
/* Whether an embargo copy may go: every combination of what is known, beside an independent reading of the rule. */
#include "test.h"

#include "raw/prune-plan.h"

#define HOUR (3600 * PPS_NS_PER_S)
#define NOW INT64_C(1764719940000000000)
#define AFTER (24 * HOUR)

/* One axis of the table: how many values it has. */
enum { FINISHED, HELD, RELEASE, PLACES, ZIP, SOURCE, UNSHARED, BEGUN, VERIFIED, CATALOGUE, CHECKSUMS, TAPE, LIST, USDF, TRSE, FRDF, NEEDED, AXES };

static const int64_t verified[] = { NOW - 2 * AFTER, NOW - AFTER, NOW - AFTER + 1, NOW + 1, INT64_MIN, INT64_MAX, NOW };
static const struct {
	const char *text;
	int usdf, trse, frdf, twin;
} lists[] = {
	{ "USDF,TRSE,FrDF", 1, 1, 1, 0 }, { NULL, 0, 0, 0, 0 },        { "", 0, 0, 0, 0 },
	{ "USDF", 1, 0, 0, 0 },           { "FrDF,USDF", 1, 0, 1, 0 }, { " TRSE , USDF\t", 1, 1, 0, 0 },
	{ "USDF,TRSE,UKDF", 1, 1, 0, 0 }, { "USDF,USDF,USDF", 1, 0, 0, 0 }, { "USDFX,XTRSE,frdf", 0, 0, 0, 0 },
	{ "USDF,TWIN", 1, 0, 0, 1 },      { ",,FrDF,,TRSE", 0, 1, 1, 0 },   { "TWIN", 0, 0, 0, 1 },
};
static const int counts[AXES] = { 3, 3, 4, 3, 3, 3, 3, 2, (int)PPS_COUNT(verified), 3, 3, 5, (int)PPS_COUNT(lists), 4, 4, 4, 5 };

/* The value of each axis that lets go. */
static const int good[AXES] = { PPS_ANSWER_YES, PPS_ANSWER_NO, 0, PPS_ANSWER_YES, PPS_ANSWER_YES, PPS_ANSWER_YES, PPS_ANSWER_YES, 0, 0,
				PPS_ANSWER_YES, PPS_ANSWER_YES, PPS_TAPE_DONE, 0, PPS_REPLICA_AVAILABLE, PPS_REPLICA_AVAILABLE,
				PPS_REPLICA_AVAILABLE, 3 };

static int decide(const int *v, pps_buf *why)
{
	static const pps_release releases[] = { { PPS_RELEASE_NOW, NOW - HOUR, NULL }, { PPS_RELEASE_NOW, NOW + 1, NULL },
						{ PPS_RELEASE_WAIT, NOW + HOUR, NULL }, { PPS_RELEASE_HOLD, INT64_MAX, "no end" } };
	const pps_prune_site sites[] = {
		{ "USDF", "SLAC_RAW_DISK", 0, v[USDF] },
		{ "TWIN", "SLAC_RAW_DISK", 0, v[USDF] }, /* another name of the same element */
		{ "TRSE", "SLAC_RAW_DISK_BKUP", 1, v[TRSE] },
		{ "FrDF", "IN2P3_RAW_DISK", 0, v[FRDF] },
	};
	const pps_prune_facts facts = {
		.finished = v[FINISHED], .held = v[HELD], .release = releases[v[RELEASE]], .places = v[PLACES], .zip_same = v[ZIP],
		.source_same = v[SOURCE], .unshared = v[UNSHARED], .begun = v[BEGUN], .verified_since = verified[v[VERIFIED]],
		.catalogue = v[CATALOGUE], .checksums = v[CHECKSUMS], .tape = v[TAPE], .safe_copies = lists[v[LIST]].text, .sites = sites,
		.nsites = PPS_COUNT(sites), .now = NOW, .reclaim_after = AFTER, .needed = v[NEEDED],
	};

	return pps_prune_decide(&facts, why);
}

/* The rule read anew: what may be deleted is what nothing speaks against. */
static int oracle(const int *v)
{
	const int usdf = lists[v[LIST]].usdf, trse = lists[v[LIST]].trse, frdf = lists[v[LIST]].frdf, twin = lists[v[LIST]].twin;
	const int needed = v[NEEDED];

	if (v[FINISHED] != PPS_ANSWER_YES || v[HELD] != PPS_ANSWER_NO || v[RELEASE] != 0 || v[ZIP] != PPS_ANSWER_YES || v[VERIFIED] > 1)
		return 0;
	if (v[BEGUN] == 0 && (v[PLACES] != PPS_ANSWER_YES || v[SOURCE] != PPS_ANSWER_YES || v[UNSHARED] != PPS_ANSWER_YES))
		return 0;
	if (needed == 0)
		return 0;
	if (v[CATALOGUE] == PPS_ANSWER_NO)
		return needed == 1;
	if (v[CATALOGUE] != PPS_ANSWER_YES || v[CHECKSUMS] != PPS_ANSWER_YES || v[LIST] == 1)
		return 0;
	if ((usdf || twin) && v[USDF] != PPS_REPLICA_AVAILABLE)
		return 0;
	if (frdf && v[FRDF] != PPS_REPLICA_AVAILABLE)
		return 0;
	if (trse && (v[TAPE] != PPS_TAPE_DONE || v[TRSE] == PPS_REPLICA_BAD || v[TRSE] == PPS_REPLICA_UNKNOWN))
		return 0;
	return (usdf || twin) + trse + frdf >= needed;
}

static void describe(const int *v, char *text, size_t size)
{
	size_t at = 0;

	for (int i = 0; i < AXES; i++)
		at += (size_t)snprintf(text + at, size - at, " %d", v[i]);
}

static void compare(const int *v, int64_t *ret_n, int64_t *ret_let_go)
{
	const int expected = oracle(v), said = decide(v, NULL);

	++*ret_n;
	*ret_let_go += said;
	if (said != expected) {
		char text[200];

		describe(v, text, sizeof text);
		fail_msg("values%s: %s, not %s", text, said ? "may go" : "stays", expected ? "may go" : "stays");
	}
}

/* Every combination of the axes first .. last - 1; the others stay. */
static void each(int *v, int first, int last, int64_t *n, int64_t *let_go)
{
	if (first == last) {
		compare(v, n, let_go);
		return;
	}
	for (v[first] = 0; v[first] < counts[first]; v[first]++)
		each(v, first + 1, last, n, let_go);
	v[first] = good[first];
}

/* The whole table of what is known here, and the whole table of copies, each with every single answer of the other that differs. */
static void whole_table(void **state)
{
	int64_t n = 0, let_go = 0;
	int v[AXES];

	(void)state;
	memcpy(v, good, sizeof v);
	for (int axis = CATALOGUE; axis < AXES; axis++) {
		for (v[axis] = 0; v[axis] < counts[axis]; v[axis]++)
			each(v, FINISHED, CATALOGUE, &n, &let_go);
		v[axis] = good[axis];
	}
	for (int axis = FINISHED; axis < CATALOGUE; axis++) {
		for (v[axis] = 0; v[axis] < counts[axis]; v[axis]++)
			each(v, CATALOGUE, AXES, &n, &let_go);
		v[axis] = good[axis];
	}
	assert_true(n > 5000000);
	assert_true(let_go > 1000 && let_go < n / 10);
}

/* Anywhere in the product of both. */
static void random_combinations(void **state)
{
	uint64_t x = 88172645463325252ull;
	int64_t n = 0, let_go = 0;

	(void)state;
	for (int i = 0; i < 3000000; i++) {
		int v[AXES];

		for (int axis = 0; axis < AXES; axis++) {
			x ^= x << 13;
			x ^= x >> 7;
			x ^= x << 17;
			/* mostly the answer that lets go, else hardly any would */
			v[axis] = x >> 60 ? good[axis] : (int)((x >> 20) % (uint64_t)counts[axis]);
		}
		compare(v, &n, &let_go);
	}
	assert_true(let_go > n / 10);
}

/* Any one answer that is missing keeps the copy, and says why. */
static void each_refusal_has_its_reason(void **state)
{
	int v[AXES];

	(void)state;
	memcpy(v, good, sizeof v);
	assert_int_equal(decide(v, NULL), 1);
	for (int axis = 0; axis < AXES; axis++) {
		for (v[axis] = 0; v[axis] < counts[axis]; v[axis]++) {
			_cleanup_buf_ pps_buf why = PPS_BUF_LINE;
			int may = decide(v, &why);

			assert_int_equal(may, oracle(v));
			assert_int_equal(may, why.size == 0);
		}
		v[axis] = good[axis];
	}
	{
		static const pps_prune_facts nothing = { .now = NOW, .needed = 1 };

		assert_int_equal(pps_prune_decide(&nothing, NULL), 0);
	}
}

static void tape_values(void **state)
{
	(void)state;
	assert_int_equal(pps_prune_tape(NULL, "B"), PPS_TAPE_ABSENT);
	assert_int_equal(pps_prune_tape("B:need", "B"), PPS_TAPE_NEED);
	assert_int_equal(pps_prune_tape("B:done", "B"), PPS_TAPE_DONE);
	assert_int_equal(pps_prune_tape("B:done", NULL), PPS_TAPE_DONE);
	assert_int_equal(pps_prune_tape("BB:done", "B"), PPS_TAPE_OTHER);
	assert_int_equal(pps_prune_tape("B:done ", "B"), PPS_TAPE_OTHER);
	assert_int_equal(pps_prune_tape(":done", NULL), PPS_TAPE_OTHER);
	assert_int_equal(pps_prune_tape("done", NULL), PPS_TAPE_OTHER);
	assert_int_equal(pps_prune_tape("", NULL), PPS_TAPE_OTHER);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whole_table),
		cmocka_unit_test(random_combinations),
		cmocka_unit_test(each_refusal_has_its_reason),
		cmocka_unit_test(tape_values),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
