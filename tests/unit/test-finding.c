/* SPDX-License-Identifier: BSD-3-Clause */
/* What the audit finds, and what adopting records, from facts alone. */
#include "test.h"

#include "publish/finding.h"

enum { P = PPS_STATUS_PRESENT, D = PPS_STATUS_DELETED, E = PPS_STATUS_EXPIRED, M = PPS_STATUS_MISSING, N = PPS_STATUS_NEVER };
enum { FIRST, COPY, REFERS, PUBLIC }; /* what the repository is */
enum { KNOWN = 1, STORED = 3, OTHER = 5, AVAILABLE = 8, EXPIRED = 16 };

struct one {
	char status, source;
	int place, has, file;
	int what, mend;
};

static pps_facts facts_of(const struct one *c)
{
	return (pps_facts){ .status = c->status, .source = c->place == FIRST ? 0 : c->source, .is_public = c->place == PUBLIC, .refers = c->place >= REFERS,
			    .is_known = c->has & 1, .is_stored = !!(c->has & 2), .is_other = !!(c->has & 4), .is_available = !!(c->has & AVAILABLE),
			    .is_expired = !!(c->has & EXPIRED), .file = c->file };
}

static void judged(void **state)
{
	static const struct one cases[] = {
		/* as it should be */
		{ P, 0, FIRST, STORED, PPS_FILE_THERE, PPS_FOUND_NOTHING, PPS_MEND_BY_HAND },
		{ P, 0, FIRST, STORED, PPS_FILE_UNASKED, PPS_FOUND_NOTHING, PPS_MEND_BY_HAND },
		{ D, 0, FIRST, 0, 0, PPS_FOUND_NOTHING, PPS_MEND_BY_HAND },
		{ D, D, COPY, KNOWN, 0, PPS_FOUND_NOTHING, PPS_MEND_BY_HAND },
		{ P, P, PUBLIC, STORED | AVAILABLE, PPS_FILE_THERE, PPS_FOUND_NOTHING, PPS_MEND_BY_HAND },
		{ E, P, PUBLIC, KNOWN | EXPIRED, 0, PPS_FOUND_NOTHING, PPS_MEND_BY_HAND },
		{ N, P, COPY, 0, 0, PPS_FOUND_NOTHING, PPS_MEND_BY_HAND },
		{ M, P, COPY, 0, 0, PPS_FOUND_NOTHING, PPS_MEND_BY_HAND },
		{ M, P, COPY, STORED, PPS_FILE_GONE, PPS_FOUND_NOTHING, PPS_MEND_BY_HAND },
		{ M, P, COPY, STORED, PPS_FILE_BYTES, PPS_FOUND_NOTHING, PPS_MEND_BY_HAND },
		{ 0, 0, COPY, 0, 0, PPS_FOUND_NOTHING, PPS_MEND_BY_HAND },
		/* the Butler does not have it: it comes again only from where it is */
		{ P, 0, FIRST, 0, 0, PPS_FOUND_ABSENT, PPS_MEND_MISSING },
		{ P, P, COPY, 0, 0, PPS_FOUND_ABSENT, PPS_MEND_ANEW },
		{ P, D, COPY, 0, 0, PPS_FOUND_ABSENT, PPS_MEND_MISSING },
		{ P, M, COPY, 0, 0, PPS_FOUND_ABSENT, PPS_MEND_MISSING },
		{ P, P, PUBLIC, 0, 0, PPS_FOUND_ABSENT, PPS_MEND_ANEW },
		{ P, 0, FIRST, KNOWN, 0, PPS_FOUND_UNSTORED, PPS_MEND_MISSING },
		{ P, P, COPY, KNOWN, 0, PPS_FOUND_UNSTORED, PPS_MEND_ANEW },
		{ P, D, COPY, KNOWN, 0, PPS_FOUND_UNSTORED, PPS_MEND_MISSING },
		{ P, P, PUBLIC, KNOWN | AVAILABLE, 0, PPS_FOUND_UNSTORED, PPS_MEND_ANEW },
		/* what somebody expired is not published again */
		{ P, P, PUBLIC, KNOWN | EXPIRED, 0, PPS_FOUND_EXPIRED, PPS_MEND_EXPIRED },
		{ P, P, PUBLIC, KNOWN | EXPIRED | AVAILABLE, 0, PPS_FOUND_UNSTORED, PPS_MEND_ANEW },
		/* files: those that are another's are mended there */
		{ P, 0, FIRST, STORED, PPS_FILE_GONE, PPS_FOUND_NO_FILE, PPS_MEND_MISSING },
		{ P, P, COPY, STORED, PPS_FILE_GONE, PPS_FOUND_NO_FILE, PPS_MEND_ANEW },
		{ P, D, COPY, STORED, PPS_FILE_GONE, PPS_FOUND_NO_FILE, PPS_MEND_MISSING },
		{ P, P, REFERS, STORED, PPS_FILE_GONE, PPS_FOUND_NO_FILE, PPS_MEND_SOURCE },
		{ P, P, PUBLIC, STORED | AVAILABLE, PPS_FILE_GONE, PPS_FOUND_NO_FILE, PPS_MEND_SOURCE },
		{ P, P, COPY, STORED, PPS_FILE_SIZE, PPS_FOUND_SIZE, PPS_MEND_MISSING },
		{ P, P, PUBLIC, STORED, PPS_FILE_SIZE, PPS_FOUND_SIZE, PPS_MEND_SOURCE },
		{ P, P, COPY, STORED, PPS_FILE_BYTES, PPS_FOUND_BYTES, PPS_MEND_MISSING },
		{ P, P, COPY, STORED, PPS_FILE_UNLINKED, PPS_FOUND_UNLINKED, PPS_MEND_BY_HAND },
		/* tags */
		{ P, P, PUBLIC, STORED, PPS_FILE_THERE, PPS_FOUND_NOT_TAGGED, PPS_MEND_TAG },
		{ P, P, PUBLIC, STORED | EXPIRED, PPS_FILE_THERE, PPS_FOUND_NOT_TAGGED, PPS_MEND_TAG },
		{ P, P, PUBLIC, STORED | AVAILABLE | EXPIRED, PPS_FILE_THERE, PPS_FOUND_ALSO_EXPIRED, PPS_MEND_TAG },
		{ E, P, PUBLIC, KNOWN, 0, PPS_FOUND_NOT_EXPIRED, PPS_MEND_EXPIRE },
		{ E, P, PUBLIC, KNOWN | AVAILABLE | EXPIRED, 0, PPS_FOUND_NOT_EXPIRED, PPS_MEND_EXPIRE },
		{ E, P, PUBLIC, STORED | EXPIRED, 0, PPS_FOUND_NOT_EXPIRED, PPS_MEND_EXPIRE },
		/* what should be gone, or stay for ever */
		{ D, 0, FIRST, STORED, 0, PPS_FOUND_NOT_DELETED, PPS_MEND_BACK },
		{ D, P, COPY, STORED, 0, PPS_FOUND_NOT_DELETED, PPS_MEND_BACK },
		{ D, D, COPY, 0, 0, PPS_FOUND_NO_RECORD, PPS_MEND_BY_HAND },
		{ E, D, PUBLIC, 0, 0, PPS_FOUND_NO_RECORD, PPS_MEND_BY_HAND },
		/* what nobody has recorded: never let out by itself */
		{ N, P, COPY, STORED, 0, PPS_FOUND_EARLY, PPS_MEND_BY_HAND },
		{ N, N, PUBLIC, STORED | AVAILABLE, 0, PPS_FOUND_EARLY, PPS_MEND_BY_HAND },
		{ 0, 0, COPY, STORED, 0, PPS_FOUND_STRANGER, PPS_MEND_ADOPT },
		{ M, 0, FIRST, STORED, PPS_FILE_THERE, PPS_FOUND_AGAIN, PPS_MEND_REVERIFY },
		{ P, P, COPY, STORED | OTHER, PPS_FILE_THERE, PPS_FOUND_OTHER, PPS_MEND_BY_HAND },
		{ D, P, COPY, STORED | OTHER, 0, PPS_FOUND_OTHER, PPS_MEND_BY_HAND },
	};

	(void)state;
	for (size_t i = 0; i < PPS_COUNT(cases); i++) {
		const pps_facts facts = facts_of(&cases[i]);
		const pps_finding got = pps_judge(&facts);

		if (got.what != cases[i].what || got.mend != cases[i].mend)
			fail_msg("case %zu: %s; %s", i, pps_found_name(got.what), pps_mend_name(got.what, got.mend));
	}
}

/* Whatever the facts: what a repair may do never brings a public repository anything that it had let go, and no repair touches what refers. */
static void never(void **state)
{
	static const char statuses[] = { 0, P, D, E, M, N };

	(void)state;
	for (unsigned bits = 0; bits < 1u << 14; bits++) {
		/* what is not known has neither files nor tags */
		const struct one c = { statuses[bits % PPS_COUNT(statuses)], statuses[1 + bits / 8 % 5], (int)(bits >> 6 & 3), bits >> 8 & 1 ? (int)(bits >> 8 & 31) : 0,
				       (int)(bits % 6), 0, 0 };
		const pps_facts f = facts_of(&c);
		const pps_finding got = pps_judge(&f);

		assert_non_null(pps_found_name(got.what));
		assert_true(strlen(pps_mend_name(got.what, got.mend)) > 5);
		if (got.mend == PPS_MEND_ANEW)
			assert_true(f.status == P && f.source == P && !(f.is_public && f.is_expired && !f.is_available && !f.is_stored));
		if (got.mend == PPS_MEND_BACK)
			assert_true(f.status == D && f.is_stored);
		if (got.mend >= PPS_MEND_TAG)
			assert_true(f.is_public || f.status == E);
		if (f.status == M || f.status == N || !f.status)
			assert_false(pps_mend_is_ours(got.mend));
		if (f.is_known && f.is_other)
			assert_false(pps_mend_is_ours(got.mend));
	}
}

static void adopted(void **state)
{
	static const struct {
		int place, has;
		char status;
	} cases[] = {
		{ COPY, 0, N },			   { COPY, KNOWN, D },			    { COPY, STORED, P },
		{ PUBLIC, 0, N },		   { PUBLIC, STORED | AVAILABLE, P },	    { PUBLIC, STORED | AVAILABLE | EXPIRED, P },
		{ PUBLIC, KNOWN | AVAILABLE, M },  { PUBLIC, KNOWN | EXPIRED, E },	    { PUBLIC, STORED | EXPIRED, E },
		{ PUBLIC, KNOWN, E },		   { PUBLIC, STORED, P },		    { REFERS, STORED, P },
	};

	(void)state;
	for (size_t i = 0; i < PPS_COUNT(cases); i++) {
		const struct one c = { .place = cases[i].place, .has = cases[i].has };
		const pps_facts facts = facts_of(&c);

		assert_int_equal(pps_adopted_status(&facts), cases[i].status);
	}
}

static void words(void **state)
{
	(void)state;
	assert_string_equal(pps_found_name(-1), "unknown");
	assert_string_equal(pps_found_name(PPS_FOUND_ORPHAN + 1), "unknown");
	for (int what = PPS_FOUND_NOTHING; what <= PPS_FOUND_ORPHAN; what++)
		assert_string_not_equal(pps_found_name(what), "unknown");
	assert_non_null(strstr(pps_mend_name(PPS_FOUND_BYTES, PPS_MEND_MISSING), "take the file away"));
	assert_null(strstr(pps_mend_name(PPS_FOUND_ABSENT, PPS_MEND_MISSING), "take the file away"));
	assert_string_equal(pps_mend_name(PPS_FOUND_STRANGER, PPS_MEND_ADOPT), "pps adopt");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(judged),
		cmocka_unit_test(never),
		cmocka_unit_test(adopted),
		cmocka_unit_test(words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
