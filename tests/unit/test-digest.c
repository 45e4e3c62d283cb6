/* SPDX-License-Identifier: BSD-3-Clause */
/* Digests of a stream. */
#include "test.h"

#include "base/codec.h"
#include "base/digest.h"

#define ALL (PPS_DIGEST_MD5 | PPS_DIGEST_ADLER32 | PPS_DIGEST_CRC32 | PPS_DIGEST_SHA256)

/* What md5sum, sha256sum and Python's zlib give. */
static const struct {
	const char *text, *md5, *sha256;
	uint32_t adler32, crc32;
} known[] = {
	{ "", "d41d8cd98f00b204e9800998ecf8427e", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", 1, 0 },
	{ "abc", "900150983cd24fb0d6963f7d28e17f72", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
	  0x024d0127, 0x352441c2 },
	{ "123456789", "25f9e794323b453885f5181f1b624d0b", "15e2b0d3c33891ebb0f1ef609ec419420c20e320ce94c65fbc8c3312448eb225",
	  0x091e01de, 0xcbf43926 },
};

static void assert_hex(const uint8_t *bytes, size_t size, const char *hex)
{
	char text[65];

	pps_hex_encode(bytes, size, text);
	assert_string_equal(text, hex);
}

static void digests_known(void **state)
{
	(void)state;
	for (size_t i = 0; i < PPS_COUNT(known); i++) {
		_cleanup_(pps_digest_freep) pps_digest *d = NULL;
		_cleanup_(pps_error_freep) pps_error *err = NULL;
		pps_digests out;

		assert_ok(pps_digest_new(ALL, &d, &err), err);
		assert_ok(pps_digest_update(d, known[i].text, strlen(known[i].text), &err), err);
		assert_ok(pps_digest_finish(d, &out, &err), err);
		assert_int_equal(out.size, strlen(known[i].text));
		assert_int_equal(out.adler32, known[i].adler32);
		assert_int_equal(out.crc32, known[i].crc32);
		assert_hex(out.md5, 16, known[i].md5);
		assert_hex(out.sha256, 32, known[i].sha256);
	}
}

static void digests_do_not_depend_on_pieces(void **state)
{
	enum { SIZE = 700000 };
	_cleanup_free_ uint8_t *bytes = malloc(SIZE);
	pps_digests out[2];

	(void)state;
	for (size_t i = 0; i < SIZE; i++)
		bytes[i] = (uint8_t)(i * i >> 3);
	for (int k = 0; k < 2; k++) {
		_cleanup_(pps_digest_freep) pps_digest *d = NULL;
		size_t step = k ? 9973 : SIZE;

		assert_ok(pps_digest_new(ALL, &d, NULL), NULL);
		for (size_t at = 0; at < SIZE; at += step)
			assert_ok(pps_digest_update(d, bytes + at, SIZE - at < step ? SIZE - at : step, NULL), NULL);
		assert_ok(pps_digest_update(d, NULL, 0, NULL), NULL);
		assert_ok(pps_digest_finish(d, &out[k], NULL), NULL);
	}
	assert_memory_equal(&out[0], &out[1], sizeof out[0]);
	assert_int_equal(out[0].size, SIZE);
	assert_int_equal(out[0].crc32, pps_crc32(pps_crc32(0, bytes, 1000), bytes + 1000, SIZE - 1000));
	assert_int_equal(pps_crc32(5, NULL, 0), 5);
}

static void digests_not_wanted_are_zero(void **state)
{
	static const uint8_t zero[32];
	_cleanup_(pps_digest_freep) pps_digest *d = NULL;
	pps_digests out;

	(void)state;
	assert_ok(pps_digest_new(PPS_DIGEST_CRC32, &d, NULL), NULL);
	assert_ok(pps_digest_update(d, "abc", 3, NULL), NULL);
	assert_ok(pps_digest_finish(d, &out, NULL), NULL);
	assert_int_equal(out.crc32, 0x352441c2);
	assert_int_equal(out.adler32, 0);
	assert_memory_equal(out.md5, zero, 16);
	assert_memory_equal(out.sha256, zero, 32);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(digests_known),
		cmocka_unit_test(digests_do_not_depend_on_pieces),
		cmocka_unit_test(digests_not_wanted_are_zero),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
