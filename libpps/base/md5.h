/* SPDX-License-Identifier: BSD-3-Clause */
/* MD5 that can follow two streams at once. Each step of MD5 waits for the one before it, so that a second stream fits into the gaps of
 * the first: both together take about a tenth longer than one. base/digest.h is for all else. */
#ifndef PPS_BASE_MD5_H
#define PPS_BASE_MD5_H

#include <stddef.h>
#include <stdint.h>

typedef struct pps_md5 {
	uint32_t state[4];
	uint64_t size;
	unsigned char rest[64]; /* size % 64 bytes that make no block yet */
} pps_md5;

void pps_md5_start(pps_md5 *m);
void pps_md5_update(pps_md5 *m, const void *bytes, size_t size);
/* The same bytes into both. */
void pps_md5_update_both(pps_md5 *a, pps_md5 *b, const void *bytes, size_t size);
void pps_md5_finish(pps_md5 *m, uint8_t ret[16]);

#endif
