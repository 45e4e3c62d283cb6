/* SPDX-License-Identifier: BSD-3-Clause */
#include "base/buf.h"

#include <stdarg.h>
#include <string.h>

#include "base/error.h"

void pps_buf_free(pps_buf *b)
{
	free(b->at);
	b->at = NULL;
	b->size = b->cap = 0;
}

/* Room for @more bytes and a NUL. */
static int reserve(pps_buf *b, size_t more)
{
	size_t want, cap;
	char *p;

	if (b->failed)
		return -1;
	if (more > b->max || b->size > b->max - more) {
		b->failed = PPS_E_FORMAT;
		return -1;
	}
	want = b->size + more + 1;
	if (want <= b->cap)
		return 0;
	cap = b->cap ? b->cap : 256;
	while (cap < want)
		cap *= 2;
	if (!(p = realloc(b->at, cap))) {
		b->failed = PPS_E_NOMEM;
		return -1;
	}
	b->at = p;
	b->cap = cap;
	return 0;
}

void pps_buf_add(pps_buf *b, const void *bytes, size_t size)
{
	if (reserve(b, size) < 0)
		return;
	if (size)
		memcpy(b->at + b->size, bytes, size);
	b->size += size;
	b->at[b->size] = 0;
}

void pps_buf_add_text(pps_buf *b, const char *text)
{
	pps_buf_add(b, text, strlen(text));
}

void pps_buf_add_char(pps_buf *b, char c)
{
	pps_buf_add(b, &c, 1);
}

void pps_buf_printf(pps_buf *b, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n < 0 || reserve(b, (size_t)n) < 0)
		return;
	va_start(ap, fmt);
	vsnprintf(b->at + b->size, (size_t)n + 1, fmt, ap);
	va_end(ap);
	b->size += (size_t)n;
}

void pps_buf_truncate(pps_buf *b, size_t size)
{
	if (size < b->size) {
		b->size = size;
		b->at[size] = 0;
	}
}

int pps_buf_check(const pps_buf *b, const char *what, pps_error **err)
{
	if (b->failed == PPS_E_NOMEM)
		return pps_fail_nomem(err);
	if (b->failed)
		return pps_fail(err, PPS_E_FORMAT, "%s: larger than %zu bytes", what, b->max);
	return PPS_OK;
}

char *pps_buf_take(pps_buf *b)
{
	char *p;

	pps_buf_add(b, "", 0);
	if (b->failed) {
		pps_buf_free(b);
		return NULL;
	}
	p = b->at;
	b->at = NULL;
	b->size = b->cap = 0;
	return p;
}
