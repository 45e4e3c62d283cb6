/* SPDX-License-Identifier: BSD-3-Clause */
/* Text forms of bytes: hexadecimal, base64 with padding, percent-quoting, UTF-8 checks. */
#ifndef PPS_BASE_CODEC_H
#define PPS_BASE_CODEC_H

#include "base/buf.h"

/* One more than what the hexadecimal digit is worth; 0: no digit. A table, as every dataset that is read asks 32 times. */
extern const uint8_t pps_hex_digits[UINT8_MAX + 1];

/* What a digit of either case is worth; -1: no digit. */
static inline int pps_hex_value(char c)
{
	return pps_hex_digits[(unsigned char)c] - 1;
}

/* Lowercase hex; @out has 2 * size + 1 bytes. */
void pps_hex_encode(const void *bytes, size_t size, char *out);
/* Return: PPS_OK or PPS_E_FORMAT; @ret_bytes owned by the caller. Upper case is accepted. */
int pps_hex_decode(const char *text, size_t len, uint8_t **ret_bytes, size_t *ret_size, pps_error **err);
void pps_base64_encode(pps_buf *b, const void *bytes, size_t size);
int pps_base64_decode(const char *text, size_t len, uint8_t **ret_bytes, size_t *ret_size, pps_error **err);
/* Percent-encodes every byte but unreserved ones (RFC 3986) and those in @safe. */
void pps_percent_encode(pps_buf *b, const char *text, size_t len, const char *safe);
int pps_percent_decode(pps_buf *b, const char *text, size_t len, pps_error **err);
/* 1 when @text is well-formed UTF-8 (no surrogates, no overlongs, no NUL). */
int pps_utf8_is_valid(const char *text, size_t len);
/* Bytes of the well-formed character at @text (@len at least 1), 0 when it is none. */
size_t pps_utf8_length(const char *text, size_t len);
/* Python's repr() of a float: the shortest digits that read back equal ("30.0", "1e-07", "nan", "inf"); @buf has 32 bytes. */
void pps_float_repr(double value, char buf[32]);
/* strtod and strtoll that do not depend on the locale and take the whole text. Return: PPS_OK or PPS_E_FORMAT. */
int pps_double_parse(const char *text, double *ret_value, pps_error **err);
int pps_int_parse(const char *text, int64_t *ret_value, pps_error **err);

#endif
