/* SPDX-License-Identifier: BSD-3-Clause */
#include "base/codec.h"

#include <errno.h>
#include <float.h>
#include <locale.h>
#include <math.h>
#include <string.h>

#include <openssl/evp.h>

#include "base/error.h"

#define SHOWN 60 /* most bytes of wrong input that a message repeats */

static const char hex_digits[] = "0123456789abcdef";

void pps_hex_encode(const void *bytes, size_t size, char *out)
{
	const uint8_t *p = bytes;

	for (size_t i = 0; i < size; i++) {
		*out++ = hex_digits[p[i] >> 4];
		*out++ = hex_digits[p[i] & 15];
	}
	*out = 0;
}

const uint8_t pps_hex_digits[UINT8_MAX + 1] = {
	['0'] = 1,  2,  3,  4,  5,  6,  7, 8, 9, 10,
	['A'] = 11, 12, 13, 14, 15, 16,
	['a'] = 11, 12, 13, 14, 15, 16,
};

int pps_hex_decode(const char *text, size_t len, uint8_t **ret_bytes, size_t *ret_size, pps_error **err)
{
	_cleanup_free_ uint8_t *bytes = NULL;

	if (len % 2)
		return pps_fail(err, PPS_E_FORMAT, "hexadecimal text has an odd number of digits (%zu)", len);
	if (!(bytes = malloc(len / 2 + 1)))
		return pps_fail_nomem(err);
	for (size_t i = 0; i < len; i++) {
		int v = pps_hex_value(text[i]);

		if (v < 0)
			return pps_fail(err, PPS_E_FORMAT, "hexadecimal text: no digit at character %zu", i + 1);
		bytes[i / 2] = (uint8_t)(i % 2 ? bytes[i / 2] | v : v << 4);
	}
	*ret_bytes = TAKE_PTR(bytes);
	*ret_size = len / 2;
	return PPS_OK;
}

void pps_base64_encode(pps_buf *b, const void *bytes, size_t size)
{
	const uint8_t *p = bytes;
	unsigned char out[65];

	for (size_t i = 0; i < size; i += 48) {
		size_t n = size - i < 48 ? size - i : 48;

		pps_buf_add(b, out, (size_t)EVP_EncodeBlock(out, p + i, (int)n));
	}
}

static int base64_value(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	return c == '+' ? 62 : c == '/' ? 63 : -1;
}

int pps_base64_decode(const char *text, size_t len, uint8_t **ret_bytes, size_t *ret_size, pps_error **err)
{
	_cleanup_free_ uint8_t *bytes = NULL;
	size_t digits = len, n = 0;
	uint32_t held = 0;

	if (len % 4)
		return pps_fail(err, PPS_E_FORMAT, "base64 text: the length %zu is no multiple of four", len);
	while (digits > 0 && len - digits < 2 && text[digits - 1] == '=')
		digits--;
	if (!(bytes = malloc(len / 4 * 3 + 1)))
		return pps_fail_nomem(err);
	for (size_t i = 0; i < digits; i++) {
		int v = base64_value(text[i]);

		if (v < 0)
			return pps_fail(err, PPS_E_FORMAT, "base64 text: no digit at character %zu", i + 1);
		held = held << 6 | (uint32_t)v;
		if (i % 4)
			bytes[n++] = (uint8_t)(held >> (6 - i % 4 * 2));
	}
	/* the bits that padding cuts off must be zero, so that each content has one text */
	if (digits % 4 && held & (digits % 4 == 2 ? 15 : 3))
		return pps_fail(err, PPS_E_FORMAT, "base64 text: left-over bits at character %zu", digits);
	*ret_bytes = TAKE_PTR(bytes);
	*ret_size = n;
	return PPS_OK;
}

static int is_unreserved(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
	       c == '_' || c == '~';
}

void pps_percent_encode(pps_buf *b, const char *text, size_t len, const char *safe)
{
	static const char upper[] = "0123456789ABCDEF";

	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)text[i];
		char quoted[3] = { '%', upper[c >> 4], upper[c & 15] };

		if (is_unreserved(text[i]) || (c && safe && strchr(safe, c)))
			pps_buf_add_char(b, text[i]);
		else
			pps_buf_add(b, quoted, sizeof quoted);
	}
}

int pps_percent_decode(pps_buf *b, const char *text, size_t len, pps_error **err)
{
	for (size_t i = 0; i < len; i++) {
		int high, low;

		if (text[i] != '%') {
			pps_buf_add_char(b, text[i]);
			continue;
		}
		if (len - i < 3 || (high = pps_hex_value(text[i + 1])) < 0 || (low = pps_hex_value(text[i + 2])) < 0)
			return pps_fail(err, PPS_E_FORMAT, "\"%.*s\": %% at character %zu lacks two hexadecimal digits",
					(int)(len < SHOWN ? len : SHOWN), text, i + 1);
		pps_buf_add_char(b, (char)(high << 4 | low));
		i += 2;
	}
	return pps_buf_check(b, "percent-encoded text", err);
}

size_t pps_utf8_length(const char *text, size_t len)
{
	const unsigned char *p = (const unsigned char *)text;
	size_t n = p[0] < 0x80 ? 1 : p[0] < 0xc2 ? 0 : p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : p[0] < 0xf5 ? 4 : 0;

	if (!p[0] || n == 0 || n > len)
		return 0;
	for (size_t i = 1; i < n; i++)
		if ((p[i] & 0xc0) != 0x80)
			return 0;
	/* overlong forms, surrogates, and what lies above U+10FFFF */
	if ((p[0] == 0xe0 && p[1] < 0xa0) || (p[0] == 0xed && p[1] > 0x9f) || (p[0] == 0xf0 && p[1] < 0x90) ||
	    (p[0] == 0xf4 && p[1] > 0x8f))
		return 0;
	return n;
}

int pps_utf8_is_valid(const char *text, size_t len)
{
	for (size_t i = 0, n; i < len; i += n)
		if (!(n = pps_utf8_length(text + i, len - i)))
			return 0;
	return 1;
}

/* glibc gives its own static object for "C", so this neither allocates nor has to be released. */
static locale_t c_locale(void)
{
	return newlocale(LC_ALL_MASK, "C", (locale_t)0);
}

/* One decimal form of a number: digits without a point, and the power of ten of the first. */
struct decimal {
	char digits[20];
	int n, exponent;
};

/* The @n digits nearest to @value, which is positive and finite. */
static void decimal_of(double value, int n, struct decimal *d)
{
	char text[48];
	const char *p = text;

	snprintf(text, sizeof text, "%.*e", n - 1, value);
	/* whatever the locale's point is, it is no digit */
	for (d->n = 0; *p != 'e'; p++)
		if (*p >= '0' && *p <= '9')
			d->digits[d->n++] = *p;
	d->exponent = (int)strtol(p + 1, NULL, 10);
}

/* One more in the last place. */
static void decimal_next(struct decimal *d)
{
	int i = d->n - 1;

	while (i >= 0 && d->digits[i] == '9')
		d->digits[i--] = '0';
	if (i >= 0) {
		d->digits[i]++;
		return;
	}
	d->digits[0] = '1';
	d->exponent++;
}

static int decimal_reads_back(const struct decimal *d, double value)
{
	char text[48];

	snprintf(text, sizeof text, "%.*se%d", d->n, d->digits, d->exponent - d->n + 1);
	return strtod_l(text, NULL, c_locale()) == value;
}

/* The shortest digits that read back as @value (positive, finite), the nearest of those, without zeros at the end. */
static void decimal_shortest(double value, struct decimal *d)
{
	int exponent;
	/* 15 digits or fewer survive the way through a normal double unchanged, so shorter ones show as zeros */
	int n = value < DBL_MIN ? 1 : DBL_DIG;
	/* below a power of two the doubles lie closer than above: the nearest decimal may fail where its upper
	 * neighbour reads back */
	int lopsided = frexp(value, &exponent) == 0.5;

	for (; n < 17; n++) {
		decimal_of(value, n, d);
		if (decimal_reads_back(d, value))
			break;
		if (!lopsided)
			continue;
		decimal_next(d);
		if (decimal_reads_back(d, value))
			break;
	}
	if (n == 17)
		decimal_of(value, 17, d);
	while (d->n > 1 && d->digits[d->n - 1] == '0')
		d->n--;
}

void pps_float_repr(double value, char buf[32])
{
	struct decimal d = { .digits = "0", .n = 1 };
	const char *sign = signbit(value) && !isnan(value) ? "-" : "";
	int whole;

	if (isnan(value) || isinf(value)) {
		snprintf(buf, 32, "%s%s", sign, isnan(value) ? "nan" : "inf");
		return;
	}
	if (value != 0)
		decimal_shortest(fabs(value), &d);
	whole = d.exponent + 1; /* digits before the point */
	if (d.exponent < -4 || d.exponent >= 16)
		snprintf(buf, 32, "%s%c%s%.*se%c%02d", sign, d.digits[0], d.n > 1 ? "." : "", d.n - 1, d.digits + 1,
			 d.exponent < 0 ? '-' : '+', abs(d.exponent));
	else if (whole <= 0)
		snprintf(buf, 32, "%s0.%.*s%.*s", sign, -whole, "0000", d.n, d.digits);
	else if (whole >= d.n)
		snprintf(buf, 32, "%s%.*s%.*s.0", sign, d.n, d.digits, whole - d.n, "0000000000000000");
	else
		snprintf(buf, 32, "%s%.*s.%.*s", sign, whole, d.digits, d.n - whole, d.digits + whole);
}

int pps_double_parse(const char *text, double *ret_value, pps_error **err)
{
	double value;
	char *end;

	/* strtod also takes white space before, hexadecimal, and nan(...) */
	if (!*text || strpbrk(text, " \t\n\v\f\rxX("))
		return pps_fail(err, PPS_E_FORMAT, "\"%.*s\" is no number", SHOWN, text);
	errno = 0;
	value = strtod_l(text, &end, c_locale());
	if (*end)
		return pps_fail(err, PPS_E_FORMAT, "\"%.*s\" is no number", SHOWN, text);
	if (errno == ERANGE && isinf(value))
		return pps_fail(err, PPS_E_FORMAT, "\"%.*s\" is too large a number", SHOWN, text);
	*ret_value = value;
	return PPS_OK;
}

int pps_int_parse(const char *text, int64_t *ret_value, pps_error **err)
{
	int negative = *text == '-';
	const char *p = text + (*text == '-' || *text == '+');
	int64_t value = 0;

	if (!*p)
		return pps_fail(err, PPS_E_FORMAT, "\"%.*s\" is no whole number", SHOWN, text);
	for (; *p; p++) {
		if (*p < '0' || *p > '9')
			return pps_fail(err, PPS_E_FORMAT, "\"%.*s\" is no whole number", SHOWN, text);
		/* downwards, since there is one more negative number than positive ones */
		if (__builtin_mul_overflow(value, 10, &value) || __builtin_sub_overflow(value, *p - '0', &value))
			return pps_fail(err, PPS_E_FORMAT, "\"%.*s\" does not fit in 64 bits", SHOWN, text);
	}
	if (!negative && value == INT64_MIN)
		return pps_fail(err, PPS_E_FORMAT, "\"%.*s\" does not fit in 64 bits", SHOWN, text);
	*ret_value = negative ? value : -value;
	return PPS_OK;
}
