/* SPDX-License-Identifier: BSD-3-Clause */
/* A growing byte buffer with a mandatory maximum. Failure is sticky: append freely, ask once at the end. */
#ifndef PPS_BASE_BUF_H
#define PPS_BASE_BUF_H

#include <pps/error.h>

#include "base/util.h"

typedef struct pps_buf {
	char *at;    /* NUL-terminated when not NULL */
	size_t size; /* bytes in use, without the NUL */
	size_t cap;
	size_t max;
	int failed; /* 0, PPS_E_NOMEM or PPS_E_FORMAT (too large) */
} pps_buf;

#define PPS_BUF(maximum) { .max = (maximum) }
#define PPS_BUF_SQL PPS_BUF(16u << 20)  /* statements */
#define PPS_BUF_LINE PPS_BUF(64u << 10) /* paths, messages, names */

void pps_buf_free(pps_buf *b);
#define _cleanup_buf_ _cleanup_(pps_buf_free)

void pps_buf_add(pps_buf *b, const void *bytes, size_t size);
void pps_buf_add_text(pps_buf *b, const char *text);
void pps_buf_add_char(pps_buf *b, char c);
void pps_buf_printf(pps_buf *b, const char *fmt, ...) PPS_PRINTF(2, 3);

/* Shortens to @size bytes; keeps the memory. */
void pps_buf_truncate(pps_buf *b, size_t size);

/* PPS_OK, or the error of an earlier append ("... larger than N bytes" or out of memory); @what names the content. */
int pps_buf_check(const pps_buf *b, const char *what, pps_error **err);

/* The text ("" when empty), owned by the caller, NULL when an append failed; the buffer is then empty. */
char *pps_buf_take(pps_buf *b);

/* The text, borrowed; "" when empty. */
static inline const char *pps_buf_text(const pps_buf *b)
{
	return b->at ? b->at : "";
}

#endif
