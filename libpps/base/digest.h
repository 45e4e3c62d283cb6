/* SPDX-License-Identifier: BSD-3-Clause */
/* Digests of a byte stream in one pass: MD5 and SHA-256 by OpenSSL, Adler-32 and CRC-32 by libdeflate. */
#ifndef PPS_BASE_DIGEST_H
#define PPS_BASE_DIGEST_H

#include "base/error.h"

enum { PPS_DIGEST_MD5 = 1, PPS_DIGEST_ADLER32 = 2, PPS_DIGEST_CRC32 = 4, PPS_DIGEST_SHA256 = 8 };

/* What a finished stream had; only the wanted digests are set, the rest are zero. */
typedef struct pps_digests {
	uint64_t size;
	uint32_t adler32;
	uint32_t crc32;
	uint8_t md5[16];
	uint8_t sha256[32];
} pps_digests;

typedef struct pps_digest pps_digest; /* one thread at a time */

/* @wanted: PPS_DIGEST_* or-ed. */
int pps_digest_new(int wanted, pps_digest **ret_digest, pps_error **err);
void pps_digest_free(pps_digest *digest);
PPS_DEFINE_CLEANUP(pps_digest, pps_digest_free)
int pps_digest_update(pps_digest *digest, const void *bytes, size_t size, pps_error **err);
/* Ends the stream; the digest can then only be freed. */
int pps_digest_finish(pps_digest *digest, pps_digests *ret, pps_error **err);
/* Of bytes at hand. */
uint32_t pps_crc32(uint32_t crc, const void *bytes, size_t size);

#endif
