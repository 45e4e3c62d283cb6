/* SPDX-License-Identifier: BSD-3-Clause */
/* MD5 of one and of two streams, against OpenSSL's. */
#include "test.h"

#include <openssl/evp.h>

#include "base/md5.h"

#define MOST 5000

static unsigned char bytes[MOST + 64];
static uint64_t seed = 20260101;

static size_t below(size_t n)
{
	seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (size_t)(seed >> 33) % n;
}

static void assert_md5(pps_md5 *m, EVP_MD_CTX *expected)
{
	unsigned char want[16], got[16];

	EVP_DigestFinal_ex(expected, want, NULL);
	pps_md5_finish(m, got);
	assert_memory_equal(got, want, 16);
}

static void every_length_is_right(void **state)
{
	EVP_MD_CTX *e = EVP_MD_CTX_new();

	(void)state;
	for (size_t n = 0; n <= 300; n++) {
		pps_md5 m;

		pps_md5_start(&m);
		pps_md5_update(&m, bytes, n);
		EVP_DigestInit_ex(e, EVP_md5(), NULL);
		EVP_DigestUpdate(e, bytes, n);
		assert_md5(&m, e);
	}
	EVP_MD_CTX_free(e);
}

/* A long stream, and short ones that begin and end anywhere in it, in pieces of any size: as members in a zip. */
static void two_streams_do_not_disturb_each_other(void **state)
{
	EVP_MD_CTX *long_one = EVP_MD_CTX_new(), *short_one = EVP_MD_CTX_new();
	pps_md5 a, b;

	(void)state;
	pps_md5_start(&a);
	EVP_DigestInit_ex(long_one, EVP_md5(), NULL);
	for (int member = 0; member < 3000; member++) {
		size_t alone = below(200), pieces = below(5);

		pps_md5_update(&a, bytes + alone % 7, alone);
		EVP_DigestUpdate(long_one, bytes + alone % 7, alone);
		pps_md5_start(&b);
		EVP_DigestInit_ex(short_one, EVP_md5(), NULL);
		for (size_t i = 0; i < pieces; i++) {
			size_t n = below(below(3) ? MOST : 200), at = below(64);

			pps_md5_update_both(&a, &b, bytes + at, n);
			EVP_DigestUpdate(long_one, bytes + at, n);
			EVP_DigestUpdate(short_one, bytes + at, n);
		}
		assert_md5(&b, short_one);
	}
	assert_md5(&a, long_one);
	EVP_MD_CTX_free(long_one);
	EVP_MD_CTX_free(short_one);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_length_is_right),
		cmocka_unit_test(two_streams_do_not_disturb_each_other),
	};

	for (size_t i = 0; i < sizeof bytes; i++)
		bytes[i] = (unsigned char)below(256);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
