/* SPDX-License-Identifier: BSD-3-Clause */
#include "store/etag.h"

#include <string.h>

#include "base/codec.h"
#include "base/digest.h"

#define MIB (1024ull * 1024)

/* One way to cut the content in parts. */
struct guess {
	uint64_t part;   /* bytes; UINT64_MAX: not cut */
	uint64_t left;   /* of the part that is read */
	pps_digest *now; /* of that part */
	pps_digest *all; /* of the parts' MD5s; NULL where it is not cut */
};

struct pps_etag_match {
	pps_etag etag;
	struct guess guesses[PPS_ETAG_GUESSES_MOST];
	size_t n;
};

int pps_etag_parse(const char *text, pps_etag *ret_etag)
{
	size_t len = strspn(text, "0123456789abcdefABCDEF");
	uint64_t parts = 0;

	if (len != 32 || (text[32] && text[32] != '-'))
		return 0;
	for (size_t i = 0; i < 16; i++) {
		const char pair[3] = { text[2 * i], text[2 * i + 1], 0 };

		ret_etag->md5[i] = (uint8_t)strtoul(pair, NULL, 16);
	}
	if (text[32]) {
		len = strspn(text + 33, "0123456789");
		if (!len || len > 5 || text[33 + len])
			return 0;
		parts = strtoull(text + 33, NULL, 10);
		if (!parts || parts > PPS_ETAG_PARTS_MOST)
			return 0;
	}
	ret_etag->parts = (size_t)parts;
	return 1;
}

static void add_size(uint64_t size, size_t parts, uint64_t part, uint64_t *sizes, size_t *n)
{
	if (!part || *n == PPS_ETAG_GUESSES_MOST || (size ? (size - 1) / part + 1 : 1) != parts)
		return;
	for (size_t i = 0; i < *n; i++)
		if (sizes[i] == part)
			return;
	sizes[(*n)++] = part;
}

size_t pps_etag_part_sizes(uint64_t size, size_t parts, uint64_t ret_sizes[PPS_ETAG_GUESSES_MOST])
{
	/* boto3 and the AWS tools, our own, s3cmd, rclone, mc, lsst-resources, and round numbers */
	static const uint16_t usual[] = { 8, 16, 15, 5, 10, 64, 32, 128, 20, 25, 50, 100, 256, 512, 1024 };
	size_t n = 0;

	if (parts == 1) { /* whatever the size, it is all in one */
		ret_sizes[n++] = size ? size : 1;
		return n;
	}
	for (size_t i = 0; i < PPS_COUNT(usual); i++)
		add_size(size, parts, usual[i] * MIB, ret_sizes, &n);
	/* tools that grow their parts: the least that fits, whole or in MiB */
	if (parts && size) {
		uint64_t least = (size - 1) / parts + 1;

		add_size(size, parts, (least + MIB - 1) / MIB * MIB, ret_sizes, &n);
		add_size(size, parts, least, ret_sizes, &n);
	}
	for (size_t i = 0; i < PPS_COUNT(usual); i++)
		add_size(size, parts, usual[i] * 1000000ull, ret_sizes, &n);
	return n;
}

void pps_etag_match_free(pps_etag_match *m)
{
	if (!m)
		return;
	for (size_t i = 0; i < m->n; i++) {
		pps_digest_free(m->guesses[i].now);
		pps_digest_free(m->guesses[i].all);
	}
	free(m);
}

int pps_etag_match_new(const pps_etag *etag, uint64_t size, pps_etag_match **ret_match, pps_error **err)
{
	_cleanup_(pps_etag_match_freep) pps_etag_match *m = calloc(1, sizeof *m);
	uint64_t sizes[PPS_ETAG_GUESSES_MOST] = { UINT64_MAX };
	size_t n = etag->parts ? pps_etag_part_sizes(size, etag->parts, sizes) : 1;
	int r;

	if (!m)
		return pps_fail_nomem(err);
	m->etag = *etag;
	for (; m->n < n; m->n++) {
		struct guess *g = &m->guesses[m->n];

		g->part = g->left = sizes[m->n];
		if ((r = pps_digest_new(PPS_DIGEST_MD5, &g->now, err)) < 0)
			return r;
		if (etag->parts && (r = pps_digest_new(PPS_DIGEST_MD5, &g->all, err)) < 0) {
			pps_digest_free(g->now);
			return r;
		}
	}
	*ret_match = TAKE_PTR(m);
	return PPS_OK;
}

static int end_part(struct guess *g, pps_error **err)
{
	pps_digests d;
	int r;

	if ((r = pps_digest_finish(g->now, &d, err)) < 0 || (r = pps_digest_update(g->all, d.md5, sizeof d.md5, err)) < 0)
		return r;
	pps_digest_free(TAKE_PTR(g->now));
	g->left = g->part;
	return PPS_OK;
}

static int update(struct guess *g, const char *p, size_t size, pps_error **err)
{
	int r;

	while (size) {
		size_t n = size < g->left ? size : (size_t)g->left;

		if (!g->now && (r = pps_digest_new(PPS_DIGEST_MD5, &g->now, err)) < 0)
			return r;
		if ((r = pps_digest_update(g->now, p, n, err)) < 0)
			return r;
		p += n;
		size -= n;
		g->left -= n;
		if (!g->left && (r = end_part(g, err)) < 0)
			return r;
	}
	return PPS_OK;
}

int pps_etag_match_update(pps_etag_match *m, const void *bytes, size_t size, pps_error **err)
{
	int r = PPS_OK;

	for (size_t i = 0; i < m->n && r == PPS_OK; i++)
		r = update(&m->guesses[i], bytes, size, err);
	return r;
}

int pps_etag_match_finish(pps_etag_match *m, pps_error **err)
{
	for (size_t i = 0; i < m->n; i++) {
		struct guess *g = &m->guesses[i];
		pps_digests d;
		int r;

		if (g->all && g->now && (r = end_part(g, err)) < 0)
			return r;
		if ((r = pps_digest_finish(g->all ? g->all : g->now, &d, err)) < 0)
			return r;
		if (!memcmp(d.md5, m->etag.md5, sizeof d.md5))
			return 1;
	}
	return 0;
}
