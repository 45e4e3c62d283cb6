/* SPDX-License-Identifier: BSD-3-Clause */
/* RFC 1321. */
#include "base/md5.h"

#include <string.h>

#define BLOCK 64

static inline uint32_t turn(uint32_t x, int n)
{
	return x << n | x >> (32 - n);
}

static inline uint32_t word(const unsigned char *p)
{
	return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

/* The four functions of three words. In the second both halves have no bit in common: added, they need not wait for each other. */
#define F(x, y, z) ((z) ^ ((x) & ((y) ^ (z))))
#define G(x, y, z) (((x) & (z)) + ((y) & ~(z)))
#define H(x, y, z) ((x) ^ (y) ^ (z))
#define I(x, y, z) ((y) ^ ((x) | ~(z)))

/* Four steps of a round: @STEP(function, a, b, c, d, which word, turn, constant). */
#define FOUR(STEP, fn, k1, k2, k3, k4, s1, s2, s3, s4, t1, t2, t3, t4)                                                              \
	STEP(fn, a, b, c, d, k1, s1, t1);                                                                                           \
	STEP(fn, d, a, b, c, k2, s2, t2);                                                                                           \
	STEP(fn, c, d, a, b, k3, s3, t3);                                                                                           \
	STEP(fn, b, c, d, a, k4, s4, t4)

#define ALL(STEP)                                                                                                                  \
	FOUR(STEP, F, 0, 1, 2, 3, 7, 12, 17, 22, 0xd76aa478u, 0xe8c7b756u, 0x242070dbu, 0xc1bdceeeu);                             \
	FOUR(STEP, F, 4, 5, 6, 7, 7, 12, 17, 22, 0xf57c0fafu, 0x4787c62au, 0xa8304613u, 0xfd469501u);                             \
	FOUR(STEP, F, 8, 9, 10, 11, 7, 12, 17, 22, 0x698098d8u, 0x8b44f7afu, 0xffff5bb1u, 0x895cd7beu);                           \
	FOUR(STEP, F, 12, 13, 14, 15, 7, 12, 17, 22, 0x6b901122u, 0xfd987193u, 0xa679438eu, 0x49b40821u);                         \
	FOUR(STEP, G, 1, 6, 11, 0, 5, 9, 14, 20, 0xf61e2562u, 0xc040b340u, 0x265e5a51u, 0xe9b6c7aau);                             \
	FOUR(STEP, G, 5, 10, 15, 4, 5, 9, 14, 20, 0xd62f105du, 0x02441453u, 0xd8a1e681u, 0xe7d3fbc8u);                            \
	FOUR(STEP, G, 9, 14, 3, 8, 5, 9, 14, 20, 0x21e1cde6u, 0xc33707d6u, 0xf4d50d87u, 0x455a14edu);                             \
	FOUR(STEP, G, 13, 2, 7, 12, 5, 9, 14, 20, 0xa9e3e905u, 0xfcefa3f8u, 0x676f02d9u, 0x8d2a4c8au);                            \
	FOUR(STEP, H, 5, 8, 11, 14, 4, 11, 16, 23, 0xfffa3942u, 0x8771f681u, 0x6d9d6122u, 0xfde5380cu);                           \
	FOUR(STEP, H, 1, 4, 7, 10, 4, 11, 16, 23, 0xa4beea44u, 0x4bdecfa9u, 0xf6bb4b60u, 0xbebfbc70u);                            \
	FOUR(STEP, H, 13, 0, 3, 6, 4, 11, 16, 23, 0x289b7ec6u, 0xeaa127fau, 0xd4ef3085u, 0x04881d05u);                            \
	FOUR(STEP, H, 9, 12, 15, 2, 4, 11, 16, 23, 0xd9d4d039u, 0xe6db99e5u, 0x1fa27cf8u, 0xc4ac5665u);                           \
	FOUR(STEP, I, 0, 7, 14, 5, 6, 10, 15, 21, 0xf4292244u, 0x432aff97u, 0xab9423a7u, 0xfc93a039u);                            \
	FOUR(STEP, I, 12, 3, 10, 1, 6, 10, 15, 21, 0x655b59c3u, 0x8f0ccc92u, 0xffeff47du, 0x85845dd1u);                           \
	FOUR(STEP, I, 8, 15, 6, 13, 6, 10, 15, 21, 0x6fa87e4fu, 0xfe2ce6e0u, 0xa3014314u, 0x4e0811a1u);                           \
	FOUR(STEP, I, 4, 11, 2, 9, 6, 10, 15, 21, 0xf7537e82u, 0xbd3af235u, 0x2ad7d2bbu, 0xeb86d391u)

#define ONE(fn, a, b, c, d, k, s, t) a = b + turn(a + word(p + 4 * k) + t + fn(b, c, d), s)
#define BOTH(fn, a, b, c, d, k, s, t)                                                                                              \
	a##1 = b##1 + turn(a##1 + word(p + 4 * k) + t + fn(b##1, c##1, d##1), s);                                                   \
	a##2 = b##2 + turn(a##2 + word(q + 4 * k) + t + fn(b##2, c##2, d##2), s)

static void blocks(uint32_t state[4], const unsigned char *p, size_t n)
{
	uint32_t a = state[0], b = state[1], c = state[2], d = state[3];

	for (; n; n--, p += BLOCK) {
		ALL(ONE);
		a = state[0] += a;
		b = state[1] += b;
		c = state[2] += c;
		d = state[3] += d;
	}
}

static void blocks_of_both(uint32_t x[4], uint32_t y[4], const unsigned char *p, const unsigned char *q, size_t n)
{
	uint32_t a1 = x[0], b1 = x[1], c1 = x[2], d1 = x[3], a2 = y[0], b2 = y[1], c2 = y[2], d2 = y[3];

	for (; n; n--, p += BLOCK, q += BLOCK) {
		ALL(BOTH);
		a1 = x[0] += a1;
		b1 = x[1] += b1;
		c1 = x[2] += c1;
		d1 = x[3] += d1;
		a2 = y[0] += a2;
		b2 = y[1] += b2;
		c2 = y[2] += c2;
		d2 = y[3] += d2;
	}
}

void pps_md5_start(pps_md5 *m)
{
	*m = (pps_md5){ .state = { 0x67452301u, 0xefcdab89u, 0x98badcfeu, 0x10325476u } };
}

/* Completes the block that was begun; returns how many bytes that took. */
static size_t complete(pps_md5 *m, const unsigned char *p, size_t size)
{
	size_t have = m->size % BLOCK, n = have ? BLOCK - have : 0;

	n = n < size ? n : size;
	memcpy(m->rest + have, p, n);
	m->size += n;
	if (have && m->size % BLOCK == 0)
		blocks(m->state, m->rest, 1);
	return n;
}

/* Keeps what makes no block. */
static void keep(pps_md5 *m, const unsigned char *p, size_t size)
{
	memcpy(m->rest, p, size);
	m->size += size;
}

void pps_md5_update(pps_md5 *m, const void *bytes, size_t size)
{
	const unsigned char *p = bytes;
	size_t n;

	if (!size)
		return;
	n = complete(m, p, size);
	p += n;
	size -= n;
	if (!size)
		return;
	n = size / BLOCK;
	blocks(m->state, p, n);
	m->size += n * BLOCK;
	keep(m, p + n * BLOCK, size % BLOCK);
}

void pps_md5_update_both(pps_md5 *a, pps_md5 *b, const void *bytes, size_t size)
{
	const unsigned char *p = bytes;
	size_t na, nb, n;

	if (size < (size_t)2 * BLOCK) {
		pps_md5_update(a, p, size);
		pps_md5_update(b, p, size);
		return;
	}
	/* each from where a block of its own begins, as far as both have whole blocks */
	na = complete(a, p, size);
	nb = complete(b, p, size);
	n = (size - (na > nb ? na : nb)) / BLOCK;
	blocks_of_both(a->state, b->state, p + na, p + nb, n);
	a->size += n * BLOCK;
	b->size += n * BLOCK;
	na += n * BLOCK;
	nb += n * BLOCK;
	pps_md5_update(a, p + na, size - na);
	pps_md5_update(b, p + nb, size - nb);
}

void pps_md5_finish(pps_md5 *m, uint8_t ret[16])
{
	static const unsigned char pad[BLOCK] = { 0x80 };
	uint64_t bits = m->size * 8;
	unsigned char length[8];

	for (int i = 0; i < 8; i++)
		length[i] = (unsigned char)(bits >> (8 * i));
	pps_md5_update(m, pad, 1 + (BLOCK + 55 - m->size % BLOCK) % BLOCK);
	pps_md5_update(m, length, sizeof length);
	for (int i = 0; i < 16; i++)
		ret[i] = (uint8_t)(m->state[i / 4] >> (8 * (i % 4)));
}
