/* SPDX-License-Identifier: BSD-3-Clause */
/* Names of constraints and indexes on PostgreSQL, which holds 63 bytes: Python cuts longer ones and marks them by BLAKE2b (RFC 7693). */
#include <stdio.h>
#include <string.h>

#include "butler/butler-private.h"

#define NAME_MOST 63
#define HASH_SIZE 4

static const uint64_t iv[8] = {
	0x6a09e667f3bcc908, 0xbb67ae8584caa73b, 0x3c6ef372fe94f82b, 0xa54ff53a5f1d36f1,
	0x510e527fade682d1, 0x9b05688c2b3e6c1f, 0x1f83d9abfb41bd6b, 0x5be0cd19137e2179,
};

static const uint8_t sigma[10][16] = {
	{ 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15 }, { 14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3 },
	{ 11, 8, 12, 0, 5, 2, 15, 13, 10, 14, 3, 6, 7, 1, 9, 4 }, { 7, 9, 3, 1, 13, 12, 11, 14, 2, 6, 5, 10, 4, 0, 15, 8 },
	{ 9, 0, 5, 7, 2, 4, 10, 15, 14, 1, 11, 12, 6, 8, 3, 13 }, { 2, 12, 6, 10, 0, 11, 8, 3, 4, 13, 7, 5, 15, 14, 1, 9 },
	{ 12, 5, 1, 15, 14, 13, 4, 10, 0, 7, 6, 3, 9, 2, 8, 11 }, { 13, 11, 7, 14, 12, 1, 3, 9, 5, 0, 15, 4, 8, 6, 2, 10 },
	{ 6, 15, 14, 9, 11, 3, 0, 8, 12, 2, 13, 7, 1, 4, 10, 5 }, { 10, 2, 8, 4, 7, 6, 1, 5, 15, 11, 9, 14, 3, 12, 13, 0 },
};

static uint64_t rotate(uint64_t x, int n)
{
	return x >> n | x << (64 - n);
}

static void mix(uint64_t v[16], int a, int b, int c, int d, uint64_t x, uint64_t y)
{
	v[a] += v[b] + x;
	v[d] = rotate(v[d] ^ v[a], 32);
	v[c] += v[d];
	v[b] = rotate(v[b] ^ v[c], 24);
	v[a] += v[b] + y;
	v[d] = rotate(v[d] ^ v[a], 16);
	v[c] += v[d];
	v[b] = rotate(v[b] ^ v[c], 63);
}

static void compress(uint64_t h[8], const uint8_t block[128], uint64_t count, int last)
{
	uint64_t v[16], m[16] = { 0 };

	for (int i = 0; i < 16; i++)
		for (int k = 7; k >= 0; k--)
			m[i] = m[i] << 8 | block[8 * i + k];
	memcpy(v, h, 64);
	memcpy(v + 8, iv, 64);
	v[12] ^= count;
	if (last)
		v[14] = ~v[14];
	for (int i = 0; i < 12; i++) {
		const uint8_t *s = sigma[i % 10];

		for (int k = 0; k < 4; k++)
			mix(v, k, 4 + k, 8 + k, 12 + k, m[s[2 * k]], m[s[2 * k + 1]]);
		for (int k = 0; k < 4; k++)
			mix(v, k, 4 + (k + 1) % 4, 8 + (k + 2) % 4, 12 + (k + 3) % 4, m[s[8 + 2 * k]], m[s[9 + 2 * k]]);
	}
	for (int i = 0; i < 8; i++)
		h[i] ^= v[i] ^ v[i + 8];
}

/* BLAKE2b without a key, HASH_SIZE bytes long. */
static void hash(const char *text, size_t n, uint8_t out[HASH_SIZE])
{
	uint64_t h[8], count = 0;
	uint8_t block[128];

	memcpy(h, iv, sizeof h);
	h[0] ^= 0x01010000 ^ HASH_SIZE;
	while (n > sizeof block) {
		memcpy(block, text, sizeof block);
		count += sizeof block;
		compress(h, block, count, 0);
		text += sizeof block;
		n -= sizeof block;
	}
	memset(block, 0, sizeof block);
	memcpy(block, text, n);
	compress(h, block, count + n, 1);
	for (int i = 0; i < HASH_SIZE; i++)
		out[i] = (uint8_t)(h[0] >> (8 * i));
}

void pps_shrink_name(int kind, const char *name, char ret[256])
{
	size_t n = strlen(name);
	uint8_t h[HASH_SIZE];

	if (kind != PPS_SQL_POSTGRES || n <= NAME_MOST) {
		snprintf(ret, 256, "%s", name);
		return;
	}
	hash(name, n, h);
	snprintf(ret, 256, "%.*s_%02x%02x%02x%02x", NAME_MOST - 2 * HASH_SIZE - 1, name, h[0], h[1], h[2], h[3]);
}
