/* SPDX-License-Identifier: BSD-3-Clause */
#include "dimensions/sphere.h"

#include <stdint.h>
#include <string.h>

pps_vec3 pps_vec3_unit(pps_vec3 v)
{
	double in[3] = { v.x, v.y, v.z };
	double out[3];
	int big = 0;

	for (int i = 1; i < 3; i++)
		if (fabs(in[i]) > fabs(in[big]))
			big = i;

	/* The largest component becomes +-1 before anything is squared: no overflow, sphgeom's roundings. */
	int p = (big + 1) % 3, q = (big + 2) % 3;
	double scale = fabs(in[big]);
	double u = in[p] / scale;
	double w = in[q] / scale;
	double norm = sqrt(1.0 + (u * u + w * w));

	out[big] = copysign(1.0, in[big]) / norm;
	out[p] = u / norm;
	out[q] = w / norm;
	return (pps_vec3){ out[0], out[1], out[2] };
}

/*
 * The exact sum is kept as a row of 32-bit digits in 64-bit cells, least significant first, and carries are
 * only propagated at the end. Components are below 2 and at least 2^-1074 in magnitude, so the products of
 * three span less than 3,400 bits.
 */
#define DIGITS 112

struct product {
	uint32_t digit[5];
	int exponent;
	int sign;
};

static void product_set(struct product *p, int sign, const double factor[3])
{
	uint64_t m[3];

	p->exponent = 0;
	p->sign = sign;
	for (int i = 0; i < 3; i++) {
		int e;
		double f = frexp(factor[i], &e);

		if (f == 0.0) {
			p->sign = 0;
			return;
		}
		if (f < 0.0)
			p->sign = -p->sign;
		m[i] = (uint64_t)ldexp(fabs(f), 53);
		p->exponent += e;
	}

	unsigned __int128 two = (unsigned __int128)m[0] * m[1];
	unsigned __int128 low = (unsigned __int128)(uint64_t)two * m[2];
	unsigned __int128 high = (unsigned __int128)(uint64_t)(two >> 64) * m[2] + (uint64_t)(low >> 64);

	p->digit[0] = (uint32_t)low;
	p->digit[1] = (uint32_t)(low >> 32);
	p->digit[2] = (uint32_t)high;
	p->digit[3] = (uint32_t)(high >> 32);
	p->digit[4] = (uint32_t)(high >> 64);
}

static void product_add(const struct product *p, int shift, int64_t cell[DIGITS])
{
	int at = shift / 32, bits = shift % 32;
	uint64_t rest = 0;

	for (int i = 0; i < 5; i++) {
		rest |= (uint64_t)p->digit[i] << bits;
		cell[at + i] += p->sign * (int64_t)(uint32_t)rest;
		rest >>= 32;
	}
	cell[at + 5] += p->sign * (int64_t)rest;
}

static int cells_sign(int64_t cell[DIGITS], int n)
{
	int64_t carry = 0;
	int any = 0;

	for (int i = 0; i < n; i++) {
		int64_t v = cell[i] + carry;

		any |= (uint32_t)v != 0;
		carry = v >> 32;
	}
	return carry < 0 ? -1 : (carry > 0 || any);
}

static int orientation_exact(pps_vec3 a, pps_vec3 b, pps_vec3 c)
{
	const double factor[6][3] = {
		{ a.x, b.y, c.z }, { a.x, b.z, c.y }, { a.y, b.z, c.x },
		{ a.y, b.x, c.z }, { a.z, b.x, c.y }, { a.z, b.y, c.x },
	};
	struct product p[6];
	int64_t cell[DIGITS];
	int lowest = 0, highest = 0, found = 0;

	for (int i = 0; i < 6; i++) {
		product_set(&p[i], i % 2 ? -1 : 1, factor[i]);
		if (!p[i].sign)
			continue;
		if (!found || p[i].exponent < lowest)
			lowest = p[i].exponent;
		if (!found || p[i].exponent > highest)
			highest = p[i].exponent;
		found = 1;
	}
	if (!found)
		return 0;

	int n = (highest - lowest) / 32 + 6;

	memset(cell, 0, sizeof(cell[0]) * (size_t)n);
	for (int i = 0; i < 6; i++)
		if (p[i].sign)
			product_add(&p[i], p[i].exponent - lowest, cell);
	return cells_sign(cell, n);
}

int pps_sphere_orientation(pps_vec3 a, pps_vec3 b, pps_vec3 c)
{
	double yz = b.y * c.z, zy = b.z * c.y;
	double zx = b.z * c.x, xz = b.x * c.z;
	double xy = b.x * c.y, yx = b.y * c.x;
	double det = a.x * (yz - zy) + a.y * (zx - xz) + a.z * (xy - yx);

	if (det > PPS_SPHERE_ORIENTATION_ERROR)
		return 1;
	if (det < -PPS_SPHERE_ORIENTATION_ERROR)
		return -1;

	/* The error is at most five roundings of the sum of magnitudes, plus what underflow may lose. */
	double bound = fabs(a.x) * (fabs(yz) + fabs(zy)) + fabs(a.y) * (fabs(zx) + fabs(xz)) +
		       fabs(a.z) * (fabs(xy) + fabs(yx));

	bound = 5.6e-16 * bound + 4.0e-307;
	if (det > bound)
		return 1;
	if (det < -bound)
		return -1;
	return orientation_exact(a, b, c);
}
