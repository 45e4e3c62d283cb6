/* SPDX-License-Identifier: BSD-3-Clause */
/* ETags as digests of what an object holds: whole, and in parts of the sizes that tools use. */
#include "test.h"

#include "base/digest.h"
#include "store/etag.h"
#include "raw/orphan.h"

#define MIB (1024ull * 1024)

static void forms(void **state)
{
	static const struct {
		const char *text;
		int is;
		size_t parts;
	} cases[] = {
		{ "d41d8cd98f00b204e9800998ecf84273", 1, 0 }, { "D41D8CD98F00B204E9800998ECF84273", 1, 0 },
		{ "d41d8cd98f00b204e9800998ecf84273-1", 1, 1 }, { "d41d8cd98f00b204e9800998ecf84273-10000", 1, 10000 },
		{ "d41d8cd98f00b204e9800998ecf84273-10001", 0, 0 }, { "d41d8cd98f00b204e9800998ecf84273-0", 0, 0 },
		{ "d41d8cd98f00b204e9800998ecf84273-", 0, 0 }, { "d41d8cd98f00b204e9800998ecf84273-2x", 0, 0 },
		{ "d41d8cd98f00b204e9800998ecf8427", 0, 0 }, { "d41d8cd98f00b204e9800998ecf842733", 0, 0 },
		{ "d41d8cd98f00b204e9800998ecf8427g", 0, 0 }, { "", 0, 0 }, { "-2", 0, 0 },
	};

	(void)state;
	for (size_t i = 0; i < PPS_COUNT(cases); i++) {
		pps_etag etag = { 0 };

		assert_int_equal(pps_etag_parse(cases[i].text, &etag), cases[i].is);
		if (cases[i].is)
			assert_int_equal(etag.parts, cases[i].parts);
	}
}

/* What a server says of @bytes put in parts of @part bytes (0: whole). */
static pps_etag made(const uint8_t *bytes, size_t size, size_t part)
{
	pps_digest *all = NULL, *one = NULL;
	pps_etag etag = { 0 };
	pps_digests d;

	if (!part) {
		assert_int_equal(pps_digest_new(PPS_DIGEST_MD5, &one, NULL), PPS_OK);
		assert_int_equal(pps_digest_update(one, bytes, size, NULL), PPS_OK);
		assert_int_equal(pps_digest_finish(one, &d, NULL), PPS_OK);
		pps_digest_free(one);
		memcpy(etag.md5, d.md5, sizeof etag.md5);
		return etag;
	}
	assert_int_equal(pps_digest_new(PPS_DIGEST_MD5, &all, NULL), PPS_OK);
	for (size_t at = 0; at < size || !etag.parts; at += part, etag.parts++) {
		assert_int_equal(pps_digest_new(PPS_DIGEST_MD5, &one, NULL), PPS_OK);
		assert_int_equal(pps_digest_update(one, bytes + at, size - at < part ? size - at : part, NULL), PPS_OK);
		assert_int_equal(pps_digest_finish(one, &d, NULL), PPS_OK);
		pps_digest_free(one);
		assert_int_equal(pps_digest_update(all, d.md5, sizeof d.md5, NULL), PPS_OK);
	}
	assert_int_equal(pps_digest_finish(all, &d, NULL), PPS_OK);
	pps_digest_free(all);
	memcpy(etag.md5, d.md5, sizeof etag.md5);
	return etag;
}

/* Read in pieces of an odd size. */
static int matches(const pps_etag *etag, const uint8_t *bytes, size_t size)
{
	pps_etag_match *match = NULL;
	int r;

	assert_int_equal(pps_etag_match_new(etag, size, &match, NULL), PPS_OK);
	for (size_t at = 0; at < size; at += 99991)
		assert_int_equal(pps_etag_match_update(match, bytes + at, size - at < 99991 ? size - at : 99991, NULL), PPS_OK);
	r = pps_etag_match_finish(match, NULL);
	pps_etag_match_free(match);
	return r;
}

static void contents(void **state)
{
	static const size_t sizes[] = { 0, 1, 100, 5 * MIB, 8 * MIB, 8 * MIB + 1, 17 * MIB + 77 };
	static const size_t parts[] = { 0, 5 * MIB, 8 * MIB, 16 * MIB, 10000000, 64 * MIB };
	uint8_t *bytes = malloc(18 * MIB);

	(void)state;
	assert_non_null(bytes);
	for (size_t i = 0; i < 18 * MIB; i++)
		bytes[i] = (uint8_t)((i * 2654435761u) >> 13);
	for (size_t i = 0; i < PPS_COUNT(sizes); i++)
		for (size_t k = 0; k < PPS_COUNT(parts); k++) {
			pps_etag etag = made(bytes, sizes[i], parts[k]);

			assert_int_equal(matches(&etag, bytes, sizes[i]), 1);
			if (!sizes[i])
				continue;
			bytes[sizes[i] / 2] ^= 4; /* one bit */
			assert_int_equal(matches(&etag, bytes, sizes[i]), 0);
			bytes[sizes[i] / 2] ^= 4;
		}
	free(bytes);
}

/* Every guess cuts in as many parts as the ETag says. */
static void part_sizes(void **state)
{
	(void)state;
	for (uint64_t size = 0; size < 3000 * MIB; size = size * 7 / 3 + 1000003)
		for (size_t parts = 1; parts < 700; parts = parts * 3 / 2 + 1) {
			uint64_t guesses[PPS_ETAG_GUESSES_MOST];
			size_t n = pps_etag_part_sizes(size, parts, guesses);

			assert_true(n <= PPS_ETAG_GUESSES_MOST);
			for (size_t i = 0; i < n; i++) {
				assert_true(guesses[i] > 0);
				assert_int_equal(size ? (size - 1) / guesses[i] + 1 : 1, parts);
				for (size_t k = 0; k < i; k++)
					assert_true(guesses[k] != guesses[i]);
			}
		}
}

/* Names of files in an exposure's place, for those that nothing accounts for. */
static void file_kinds(void **state)
{
	static const struct {
		const char *name, *obs_id;
		int kind;
	} cases[] = {
		{ "MC_O_1.zip", "MC_O_1", 1 }, { "MC_O_1_dimensions.yaml", "MC_O_1", 2 }, { "MC_O_1_dimensions.12.yaml", "MC_O_1", 2 },
		{ ".zip", NULL, 0 }, { "a.zip.bak", NULL, 0 }, { "_dimensions.yaml", NULL, 0 }, { "a_dimensions.x.yaml", NULL, 0 },
		{ "a_dimensions1.yaml", NULL, 0 }, { "a.yaml", NULL, 0 }, { ".pps-a-host-1", NULL, 0 }, { "a_dimensions.yaml.part", NULL, 0 },
		{ "", NULL, 0 },
	};
	char obs_id[8];

	(void)state;
	for (size_t i = 0; i < PPS_COUNT(cases); i++) {
		assert_int_equal(pps_raw_file_kind(cases[i].name, obs_id, sizeof obs_id), cases[i].kind);
		if (cases[i].kind)
			assert_string_equal(obs_id, cases[i].obs_id);
	}
	assert_int_equal(pps_raw_file_kind("longer_than_room.zip", obs_id, sizeof obs_id), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(forms), cmocka_unit_test(contents), cmocka_unit_test(part_sizes), cmocka_unit_test(file_kinds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
