/* SPDX-License-Identifier: BSD-3-Clause */
/* An object's headers are a small part of it, and are all that is needed to look at it: they are fetched one after the other into a sparse
 * file in memory, which cfitsio opens. */
#include "archive/fits-fetch.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "base/buf.h"
#include "base/codec.h"

#define CARD 80
#define BLOCK 2880
#define STEP (4 * BLOCK)
#define HEADER_MOST ((size_t)16 << 20)
#define HDUS_MOST 10000
#define AXES_MOST 999

/* The sizes that a header tells. */
typedef struct shape {
	int64_t bitpix, naxis, pcount, gcount;
	int is_groups, is_broken;
	int axes; /* read so far: they follow one another */
	uint64_t elements;
} shape;

static int is_key(const char *card, const char *key)
{
	size_t n = strlen(key);

	return strncmp(card, key, n) == 0 && strspn(card + n, " ") >= 8 - n && card[8] == '=';
}

static int integer(const char *card, int64_t *ret)
{
	char text[24] = "";
	const char *p = card + 10;
	size_t n;

	p += strspn(p, " ");
	n = strcspn(p, " /");
	if (p + n > card + CARD || n >= sizeof text)
		return -1;
	memcpy(text, p, n);
	return pps_int_parse(text[0] == '+' ? text + 1 : text, ret, NULL);
}

static void take_axis(shape *s, const char *card)
{
	char name[24];
	int64_t size;

	if (s->axes >= s->naxis)
		return;
	snprintf(name, sizeof name, "NAXIS%d", s->axes + 1);
	if (!is_key(card, name))
		return;
	s->axes++;
	if (integer(card, &size) < 0 || size < 0) {
		s->is_broken = 1;
	} else if (s->axes == 1 && size == 0 && s->naxis > 1) {
		s->is_groups = 1; /* perhaps: GROUPS says */
		s->elements = 1;
	} else if (__builtin_mul_overflow(s->elements, (uint64_t)size, &s->elements)) {
		s->is_broken = 1;
	}
}

static void take_card(shape *s, const char *bytes)
{
	char card[CARD + 1];

	memcpy(card, bytes, CARD);
	card[CARD] = 0;
	if (is_key(card, "BITPIX"))
		s->is_broken |= integer(card, &s->bitpix) < 0;
	else if (is_key(card, "NAXIS"))
		s->is_broken |= integer(card, &s->naxis) < 0 || s->naxis < 0 || s->naxis > AXES_MOST;
	else if (is_key(card, "PCOUNT"))
		s->is_broken |= integer(card, &s->pcount) < 0 || s->pcount < 0;
	else if (is_key(card, "GCOUNT"))
		s->is_broken |= integer(card, &s->gcount) < 0 || s->gcount < 0;
	else if (is_key(card, "GROUPS") && card[10 + strspn(card + 10, " ")] == 'T')
		s->is_groups |= 2;
	else
		take_axis(s, card);
}

static uint64_t data_size(const shape *s)
{
	uint64_t bytes = (uint64_t)(s->bitpix < 0 ? -s->bitpix : s->bitpix) / 8, n = s->naxis ? s->elements : 0;

	if (s->is_broken || s->axes != s->naxis || s->bitpix < -64 || s->bitpix > 64)
		return UINT64_MAX;
	if (s->is_groups == 1) /* an axis of no length */
		n = 0;
	if (__builtin_add_overflow(n, (uint64_t)s->pcount, &n) || __builtin_mul_overflow(n, (uint64_t)s->gcount, &n) ||
	    __builtin_mul_overflow(n, bytes, &n) || n > UINT64_MAX / 2)
		return UINT64_MAX;
	return (n + BLOCK - 1) / BLOCK * BLOCK;
}

uint64_t pps_fits_hdu_size(const char *header, size_t size)
{
	shape s = { .gcount = 1, .elements = 1 };
	uint64_t data;

	for (size_t at = 0; at + CARD <= size; at += CARD) {
		if (strncmp(header + at, "END     ", 8) != 0) {
			take_card(&s, header + at);
			continue;
		}
		if ((data = data_size(&s)) == UINT64_MAX)
			return UINT64_MAX;
		return (at / BLOCK + 1) * BLOCK + data;
	}
	return 0;
}

static int put(int fd, uint64_t at, const char *bytes, size_t size, pps_error **err)
{
	while (size > 0) {
		ssize_t n = pwrite(fd, bytes, size, (off_t)at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return errno == ENOSPC || errno == ENOMEM ? pps_fail_nomem(err) : pps_fail_errno(err, errno, "a file in memory");
		bytes += n;
		at += (uint64_t)n;
		size -= (size_t)n;
	}
	return PPS_OK;
}

/* *ret_next: where the next HDU begins; UINT64_MAX when that is not known. */
static int fetch_header(pps_store_file *file, int fd, uint64_t at, uint64_t *ret_next, pps_error **err)
{
	_cleanup_buf_ pps_buf header = PPS_BUF(HEADER_MOST + STEP);
	char bytes[STEP];
	uint64_t size = 0;
	size_t got;
	int r;

	*ret_next = UINT64_MAX;
	do {
		if ((r = pps_store_file_read(file, at + header.size, bytes, sizeof bytes, &got, err)) < 0 ||
		    (r = put(fd, at + header.size, bytes, got, err)) < 0)
			return r;
		pps_buf_add(&header, bytes, got);
		if ((r = pps_buf_check(&header, "header", err)) < 0)
			return r;
		if (header.size < BLOCK || (strncmp(header.at, "SIMPLE  =", 9) != 0 && strncmp(header.at, "XTENSION=", 9) != 0))
			return PPS_OK;
		size = pps_fits_hdu_size(header.at, header.size);
	} while (!size && got == sizeof bytes && header.size < HEADER_MOST);
	if (size && size != UINT64_MAX)
		*ret_next = at + size;
	return PPS_OK;
}

int pps_fits_fetch(pps_store_file *file, int *ret_fd, pps_error **err)
{
	_cleanup_close_ int fd = memfd_create("pps-fits", MFD_CLOEXEC);
	uint64_t size = pps_store_file_stat(file)->size, at = 0;
	int r;

	if (fd < 0 || ftruncate(fd, (off_t)size) < 0)
		return pps_fail_errno(err, errno, "a file in memory");
	for (int hdu = 0; hdu < HDUS_MOST && at < size; hdu++) {
		uint64_t begin = at;

		if ((r = fetch_header(file, fd, begin, &at, err)) < 0)
			return r;
	}
	*ret_fd = fd;
	fd = -1;
	return PPS_OK;
}
