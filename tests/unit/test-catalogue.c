/* SPDX-License-Identifier: BSD-3-Clause */
/* What the file catalogue must know of an exposure: names, and every half state that a crash or an earlier tool can leave. */
#include "test.h"

#include <pps/raw.h>

#include "raw/catalogue.h"

#define FILES 3
#define DATASETS 3 /* two tracts, Obs */
#define OBS (DATASETS - 1)
#define ZIP "LSSTCam/20251231/MC_O_20251231_000010.zip"
#define YAML "LSSTCam/20251231/MC_O_20251231_000010_dimensions.yaml"
#define YAML_1 "LSSTCam/20251231/MC_O_20251231_000010_dimensions.1.yaml"

/* A catalogue that holds all of it; tests take something away. */
struct world {
	pps_catalogue want;
	pps_rucio_did files[FILES], datasets[DATASETS];
	pps_catalogue_found_file found_files[FILES];
	const pps_rucio_did *found_datasets[DATASETS];
	uint8_t attached[DATASETS * FILES];
	pps_catalogue_found found;
	pps_catalogue_plan plan;
	pps_buf why;
};

static void fill(struct world *w)
{
	memset(w->attached, 1, sizeof w->attached);
	for (size_t i = 0; i < FILES; i++) {
		const pps_rucio_file *f = &w->want.files[i];
		pps_rucio_did *did = &w->files[i];

		*did = (pps_rucio_did){ .name = f->name, .kind = PPS_RUCIO_FILE, .is_open = -1, .bytes = (int64_t)f->bytes };
		memcpy(did->adler32, f->adler32, sizeof did->adler32);
		memcpy(did->md5, f->md5, sizeof did->md5);
		w->found_files[i] = (pps_catalogue_found_file){ .did = did, .replica = "AVAILABLE", .rubin_butler = f->rubin_butler };
	}
	for (size_t i = 0; i < DATASETS; i++) {
		w->datasets[i] = (pps_rucio_did){ .name = w->want.datasets[i], .kind = PPS_RUCIO_DATASET, .is_open = i != OBS, .bytes = -1 };
		w->found_datasets[i] = &w->datasets[i];
	}
	w->found = (pps_catalogue_found){ .files = w->found_files, .datasets = w->found_datasets, .attached = w->attached,
					  .arc_backup = "SLAC_RAW_DISK_BKUP:need", .safe_copies = "", .ncopies = 1 };
}

static int make(void **state)
{
	struct world *w = calloc(1, sizeof *w);
	const uint32_t adler32 = 0xabce;
	const uint8_t md5[16] = { 0xd4, 0x1d, 15 };
	pps_error *err = NULL;

	assert_non_null(w);
	assert_ok(pps_catalogue_init(&w->want, "SLAC_RAW_DISK", "LSSTCam", 20251231, "MC_O_20251231_000010", (int64_t[]){ 4206, 12 }, 2, &err),
		  err);
	assert_ok(pps_catalogue_add_file(&w->want, ZIP, 9000, &adler32, md5, &err), err);
	assert_ok(pps_catalogue_add_file(&w->want, YAML, 90, &adler32, md5, &err), err);
	assert_ok(pps_catalogue_add_file(&w->want, YAML_1, 91, &adler32, md5, &err), err);
	w->why = (pps_buf)PPS_BUF_LINE;
	fill(w);
	*state = w;
	return 0;
}

static int clear(void **state)
{
	struct world *w = *state;

	pps_catalogue_clear(&w->want);
	pps_buf_free(&w->why);
	free(w);
	return 0;
}

static void decide(struct world *w)
{
	pps_buf_truncate(&w->why, 0);
	pps_catalogue_decide(&w->want, &w->found, 3, &w->plan, &w->why);
}

/* The marks of rucio, tracts, obs and meta by one letter each: o, M, D. */
static void expect(struct world *w, const char *marks, int actions, const char *says)
{
	static const char letters[] = { '-', 'o', 'M', 'D', '?' };
	char got[5] = { 0 };

	decide(w);
	for (int p = 0; p < 4; p++)
		got[p] = letters[w->plan.marks[p]];
	if (strcmp(got, marks) != 0 || w->plan.actions != actions || (says && !strstr(pps_buf_text(&w->why), says)) || (!says && w->why.size))
		fail_msg("marks %s, not %s; actions %d, not %d; says \"%s\", not \"%s\"", got, marks, w->plan.actions, actions,
			 pps_buf_text(&w->why), says ? says : "");
	fill(w);
}

static void names_are_the_observatorys(void **state)
{
	struct world *w = *state;
	pps_catalogue none = { 0 };
	pps_error *err = NULL;

	assert_int_equal(w->want.ndatasets, 3);
	assert_string_equal(w->want.datasets[0], "Dataset/LSSTCam/raw/Tract4206/20251231");
	assert_string_equal(w->want.datasets[1], "Dataset/LSSTCam/raw/Tract12/20251231");
	assert_string_equal(w->want.datasets[2], "Dataset/LSSTCam/raw/Obs/20251231/MC_O_20251231_000010");
	assert_string_equal(w->want.files[0].adler32, "0000abce");
	assert_string_equal(w->want.files[0].md5, "d41d0f00000000000000000000000000");
	assert_string_equal(w->want.files[0].rubin_butler, "zip_file");
	assert_null(w->want.files[1].rubin_butler);
	assert_null(w->want.files[2].rubin_butler);
	assert_ok(pps_catalogue_init(&none, "R", "LSSTCam", 20251231, "MC_O_20251231_000010", NULL, 0, &err), err);
	assert_int_equal(none.ndatasets, 2);
	assert_string_equal(none.datasets[0], "Dataset/LSSTCam/raw/NoTract/20251231");
	assert_int_equal(pps_catalogue_exposure(&w->want).ndatasets, 2);
	assert_string_equal(pps_catalogue_exposure(&w->want).obs_dataset, w->want.datasets[2]);
	pps_catalogue_clear(&none);
}

static void whole(void **state)
{
	struct world *w = *state;

	expect(w, "oooo", 0, NULL);
	w->files[1].md5[0] = 0; /* as an earlier tool may have registered it */
	expect(w, "oooo", 0, NULL);
	w->found.arc_backup = "SLAC_RAW_DISK_BKUP:done";
	w->found.safe_copies = "USDF,TRSE,FrDF";
	w->found.ncopies = 3;
	decide(w);
	assert_int_equal(w->plan.marks[PPS_CATALOGUE_TAPE], PPS_MARK_OK);
	assert_int_equal(w->plan.marks[PPS_CATALOGUE_COPIES], PPS_MARK_OK);
	assert_int_equal(w->plan.marks[PPS_CATALOGUE_SAFE], PPS_MARK_OK);
	assert_int_equal(w->plan.actions, 0);
}

static void half_states(void **state)
{
	struct world *w = *state;

	/* nothing of it */
	memset(w->found_files, 0, sizeof w->found_files);
	memset(w->found_datasets, 0, sizeof w->found_datasets);
	memset(w->attached, 0, sizeof w->attached);
	w->found.arc_backup = w->found.safe_copies = NULL;
	expect(w, "MMMM", PPS_CATALOGUE_REGISTER | PPS_CATALOGUE_CREATE | PPS_CATALOGUE_ATTACH | PPS_CATALOGUE_CLOSE | PPS_CATALOGUE_KEYS |
	       PPS_CATALOGUE_KIND, "000010.zip is not registered");
	/* registered, attached to nothing, datasets there */
	memset(w->attached, 0, sizeof w->attached);
	w->datasets[OBS].is_open = 1;
	expect(w, "oMMo", PPS_CATALOGUE_ATTACH | PPS_CATALOGUE_CLOSE, "Tract4206 lacks MC_O_20251231_000010.zip and 2 more");
	/* attached to some datasets */
	w->attached[1 * FILES + 0] = 0;
	expect(w, "oMoo", PPS_CATALOGUE_ATTACH, "Rucio: Tract12 lacks MC_O_20251231_000010.zip");
	/* a tract's dataset is missing */
	w->found_datasets[1] = NULL;
	memset(w->attached + FILES, 0, FILES);
	expect(w, "oMoo", PPS_CATALOGUE_CREATE | PPS_CATALOGUE_ATTACH, "Tract12 is not there");
	/* closed too early */
	w->attached[OBS * FILES + 1] = 0;
	expect(w, "ooMo", PPS_CATALOGUE_REOPEN | PPS_CATALOGUE_ATTACH | PPS_CATALOGUE_CLOSE, "its Obs dataset is closed and lacks");
	/* not closed */
	w->datasets[OBS].is_open = 1;
	expect(w, "ooMo", PPS_CATALOGUE_CLOSE, "is not closed");
	/* no Obs dataset, and so no keys */
	w->found_datasets[OBS] = NULL;
	memset(w->attached + OBS * FILES, 0, FILES);
	w->found.arc_backup = w->found.safe_copies = NULL;
	expect(w, "ooMM", PPS_CATALOGUE_CREATE | PPS_CATALOGUE_ATTACH | PPS_CATALOGUE_CLOSE | PPS_CATALOGUE_KEYS, "its Obs dataset is not there");
	/* keys, each by itself */
	w->found.arc_backup = NULL;
	expect(w, "oooM", PPS_CATALOGUE_KEYS, "its Obs dataset has no arcBackup");
	w->found.safe_copies = NULL;
	expect(w, "oooM", PPS_CATALOGUE_KEYS, "its Obs dataset has no SafeCopies");
	w->found_files[0].rubin_butler = NULL;
	expect(w, "oooM", PPS_CATALOGUE_KIND, "000010.zip has no rubin_butler");
	/* known, but nowhere */
	w->found_files[0].replica = NULL;
	expect(w, "Mooo", PPS_CATALOGUE_REGISTER, "has no replica at SLAC_RAW_DISK");
	/* a later yaml */
	w->found_files[2] = (pps_catalogue_found_file){ 0 };
	for (size_t i = 0; i < DATASETS; i++)
		w->attached[i * FILES + 2] = 0;
	expect(w, "MMMo", PPS_CATALOGUE_REGISTER | PPS_CATALOGUE_REOPEN | PPS_CATALOGUE_ATTACH | PPS_CATALOGUE_CLOSE, "_dimensions.1.yaml is not registered");
}

static void what_is_anothers_is_left_alone(void **state)
{
	struct world *w = *state;

	w->files[0].bytes = 1;
	w->found.arc_backup = NULL;
	expect(w, "DooM", 0, "has 1 bytes there, not 9000");
	w->files[1].adler32[0] = 'f';
	expect(w, "Dooo", 0, "has Adler-32 f000abce there, not 0000abce");
	w->files[0].md5[3] = '0';
	w->attached[0] = 0;
	expect(w, "DMoo", 0, "MD5");
	w->files[0].kind = PPS_RUCIO_DATASET;
	expect(w, "Dooo", 0, "is no file there");
	w->datasets[0].kind = PPS_RUCIO_CONTAINER;
	expect(w, "oDoo", 0, "is no dataset");
	w->found_files[0].replica = "BAD";
	expect(w, "Dooo", 0, "is BAD");
	/* a value of another's stays, and what else is missing is mended */
	w->found_files[0].rubin_butler = "raw_file";
	w->datasets[OBS].is_open = 1;
	expect(w, "ooMD", PPS_CATALOGUE_CLOSE, "rubin_butler=raw_file, not zip_file");
	w->found.arc_backup = "later";
	decide(w);
	assert_int_equal(w->plan.actions, 0);
	assert_int_equal(w->plan.marks[PPS_CATALOGUE_TAPE], PPS_MARK_UNKNOWN);
}

static void copies_and_tape(void **state)
{
	static const struct {
		const char *safe;
		int mark;
	} cases[] = { { NULL, PPS_MARK_MISSING }, { "", PPS_MARK_NOT_YET }, { "USDF,FrDF", PPS_MARK_NOT_YET }, { "USDF,,FrDF, ", PPS_MARK_NOT_YET },
		      { "USDF,TRSE,FrDF", PPS_MARK_OK }, { "a,b,c,d", PPS_MARK_OK } };
	struct world *w = *state;

	for (size_t i = 0; i < PPS_COUNT(cases); i++) {
		w->found.safe_copies = cases[i].safe;
		decide(w);
		assert_int_equal(w->plan.marks[PPS_CATALOGUE_SAFE], cases[i].mark);
	}
	for (size_t n = 0; n < 5; n++) {
		w->found.ncopies = n;
		decide(w);
		assert_int_equal(w->plan.marks[PPS_CATALOGUE_COPIES], n >= 3 ? PPS_MARK_OK : PPS_MARK_NOT_YET);
	}
	w->found.arc_backup = NULL;
	decide(w);
	assert_int_equal(w->plan.marks[PPS_CATALOGUE_TAPE], PPS_MARK_MISSING);
}

static void what_is_not_known_is_not_compared(void **state)
{
	struct world *w = *state;

	free((char *)w->want.files[0].adler32);
	free((char *)w->want.files[0].md5);
	w->want.files[0].adler32 = w->want.files[0].md5 = NULL;
	w->want.files[0].bytes = PPS_CATALOGUE_SIZE_UNKNOWN;
	decide(w);
	assert_int_equal(w->plan.marks[PPS_CATALOGUE_RUCIO], PPS_MARK_OK);
	assert_int_equal(w->plan.actions, 0);
}

static uint64_t next_random(uint64_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 7;
	*seed ^= *seed << 17;
	return *seed;
}

/* Any half state at all. */
static void scatter(struct world *w, uint64_t *seed)
{
	fill(w);
	for (size_t i = 0; i < FILES; i++) {
		uint64_t n = next_random(seed);

		if (n & 1)
			w->found_files[i].replica = NULL;
		if (n & 2)
			w->found_files[i].rubin_butler = NULL;
		if ((n & 12) == 12)
			w->found_files[i] = (pps_catalogue_found_file){ 0 };
	}
	for (size_t i = 0; i < DATASETS; i++) {
		uint64_t n = next_random(seed);

		w->datasets[i].is_open = n & 1;
		if ((n & 6) == 6)
			w->found_datasets[i] = NULL;
		for (size_t f = 0; f < FILES; f++)
			w->attached[i * FILES + f] = w->found_datasets[i] && w->found_files[f].did && (n >> (8 + f) & 1);
	}
	if (next_random(seed) & 1 || !w->found_datasets[OBS])
		w->found.arc_backup = NULL;
	if (next_random(seed) & 1 || !w->found_datasets[OBS])
		w->found.safe_copies = NULL;
}

/* What a catalogue would be after these actions, and only these. */
static void act(struct world *w, int actions)
{
	for (size_t i = 0; i < FILES && actions & PPS_CATALOGUE_REGISTER; i++) {
		w->found_files[i].did = &w->files[i];
		w->found_files[i].replica = "AVAILABLE";
	}
	for (size_t i = 0; i < FILES && actions & PPS_CATALOGUE_KIND; i++)
		w->found_files[i].rubin_butler = w->want.files[i].rubin_butler;
	for (size_t i = 0; i < DATASETS; i++) {
		if (!w->found_datasets[i] && actions & PPS_CATALOGUE_CREATE) {
			w->found_datasets[i] = &w->datasets[i];
			w->datasets[i].is_open = 1;
		}
		for (size_t f = 0; f < FILES && actions & PPS_CATALOGUE_ATTACH; f++)
			if (w->found_datasets[i] && w->found_files[f].did && (w->datasets[i].is_open || actions & PPS_CATALOGUE_REOPEN))
				w->attached[i * FILES + f] = 1;
	}
	if (actions & PPS_CATALOGUE_CLOSE)
		w->datasets[OBS].is_open = 0;
	if (actions & PPS_CATALOGUE_KEYS) {
		w->found.arc_backup = w->found.arc_backup ? w->found.arc_backup : "SLAC_RAW_DISK_BKUP:need";
		w->found.safe_copies = w->found.safe_copies ? w->found.safe_copies : "";
	}
}

static void one_round_of_actions_ends_it(void **state)
{
	struct world *w = *state;
	uint64_t seed = 20251231;

	for (int i = 0; i < 100000; i++) {
		int whole;

		scatter(w, &seed);
		decide(w);
		assert_false(w->plan.conflict);
		whole = w->plan.actions == 0;
		for (int p = 0; p < 4; p++)
			whole &= w->plan.marks[p] == PPS_MARK_OK;
		assert_true(whole == (w->plan.actions == 0));
		assert_true((w->plan.actions == 0) == (w->why.size == 0));
		act(w, w->plan.actions);
		decide(w);
		if (w->plan.actions)
			fail_msg("round %d: %d is left: %s", i, w->plan.actions, pps_buf_text(&w->why));
	}
}

static void actions_in_words(void **state)
{
	_cleanup_buf_ pps_buf b = PPS_BUF_LINE;

	(void)state;
	pps_catalogue_say(PPS_CATALOGUE_REGISTER | PPS_CATALOGUE_CLOSE, &b);
	assert_string_equal(pps_buf_text(&b), "register files, close its Obs dataset");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(names_are_the_observatorys, make, clear),
		cmocka_unit_test_setup_teardown(whole, make, clear),
		cmocka_unit_test_setup_teardown(half_states, make, clear),
		cmocka_unit_test_setup_teardown(what_is_anothers_is_left_alone, make, clear),
		cmocka_unit_test_setup_teardown(copies_and_tape, make, clear),
		cmocka_unit_test_setup_teardown(what_is_not_known_is_not_compared, make, clear),
		cmocka_unit_test_setup_teardown(one_round_of_actions_ends_it, make, clear),
		cmocka_unit_test(actions_in_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
