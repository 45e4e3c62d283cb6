/* SPDX-License-Identifier: BSD-3-Clause */
#include "archive/fits-card.h"

#include <ctype.h>
#include <math.h>
#include <string.h>

#include "base/codec.h"

#define KEY_SIZE 8
#define HIERARCH "HIERARCH"

/* A part of a card. */
typedef struct span {
	const char *at;
	size_t size;
} span;

static span strip(const char *at, size_t size)
{
	while (size && isspace((unsigned char)*at)) {
		at++;
		size--;
	}
	while (size && isspace((unsigned char)at[size - 1]))
		size--;
	return (span){ at, size };
}

static int is_printable(char c)
{
	return c >= ' ' && c <= '~';
}

static int is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static int is_exponent(char c, int is_strict)
{
	return c == 'D' || c == 'E' || (!is_strict && (c == 'd' || c == 'e'));
}

static const char *skip_spaces(const char *p, const char *end)
{
	while (p < end && *p == ' ')
		p++;
	return p;
}

static const char *skip_digits(const char *p, const char *end)
{
	while (p < end && is_digit(*p))
		p++;
	return p;
}

/* After a value only spaces and a comment may come. */
static int is_ended(const char *p, const char *end)
{
	p = skip_spaces(p, end);
	return p == end || *p == '/';
}

/* The text of a string that begins at @p with a quote: up to the first quote after which the card makes sense. Quotes within are
 * doubled, but as many programs forget it, not every quote ends the string. Return: NULL when there is none. */
static const char *end_of_string(const char *p, const char *end)
{
	for (const char *q = p + 2; q < end && is_printable(q[-1]); q++)
		if (*q == '\'' && (q + 1 == end || q[1] == '/' || q[1] == ' ') && is_ended(q + 1, end))
			return q;
	if (p + 1 < end && p[1] == '\'' && (p + 2 == end || p[2] == '/' || p[2] == ' ') && is_ended(p + 2, end))
		return p + 1;
	return NULL;
}

/* Past a number: digits with a point, and an exponent; spaces may stand between its parts unless @is_strict. NULL when there is none. */
static const char *end_of_number(const char *p, const char *end, int is_strict)
{
	const char *q, *digits;

	if (p < end && (*p == '+' || *p == '-'))
		p++;
	if (!is_strict)
		p = skip_spaces(p, end);
	q = skip_digits(p, end);
	if (q == p) {
		if (q == end || *q != '.' || (digits = skip_digits(q + 1, end)) == q + 1)
			return NULL;
		q = digits;
	} else if (q < end && *q == '.') {
		q = skip_digits(q + 1, end);
	}
	p = is_strict ? q : skip_spaces(q, end);
	if (p < end && is_exponent(*p, is_strict)) {
		p++;
		if (!is_strict)
			p = skip_spaces(p, end);
		if (p < end && (*p == '+' || *p == '-'))
			p++;
		if (!is_strict)
			p = skip_spaces(p, end);
		digits = skip_digits(p, end);
		if (digits > p)
			q = digits;
	}
	return q;
}

/* "-0042" to "-42", "+7" to "7", "-0" to "0". */
static char *plain_int(const char *digits)
{
	int minus = *digits == '-';

	digits += minus || *digits == '+';
	while (*digits == '0' && digits[1])
		digits++;
	if (minus && strcmp(digits, "0") != 0) {
		char *s = malloc(strlen(digits) + 2);

		if (s) {
			*s = '-';
			memcpy(s + 1, digits, strlen(digits) + 1);
		}
		return s;
	}
	return strdup(digits);
}

static int set_text(pps_fits_value *v, const char *text, size_t size, pps_error **err)
{
	while (size && isspace((unsigned char)text[size - 1]))
		size--;
	v->kind = PPS_FITS_TEXT;
	if (!(v->text = strndup(text, size)))
		return pps_fail_nomem(err);
	return PPS_OK;
}

/* Doubled quotes become one. */
static int set_string(pps_fits_value *v, const char *text, size_t size, pps_error **err)
{
	_cleanup_free_ char *s = malloc(size + 1);
	size_t n = 0;

	if (!s)
		return pps_fail_nomem(err);
	for (size_t i = 0; i < size; i++) {
		s[n++] = text[i];
		if (text[i] == '\'' && i + 1 < size && text[i + 1] == '\'')
			i++;
	}
	return set_text(v, s, n, err);
}

static int set_number(pps_fits_value *v, const char *text, size_t size, pps_error **err)
{
	_cleanup_free_ char *s = malloc(size + 1);
	int is_float = 0;
	size_t n = 0;

	if (!s)
		return pps_fail_nomem(err);
	for (size_t i = 0; i < size; i++) {
		char c = text[i];

		if (c == ' ')
			continue;
		is_float |= !is_digit(c) && !(n == 0 && (c == '+' || c == '-'));
		s[n++] = c == 'd' || c == 'D' ? 'e' : c;
	}
	s[n] = 0;
	if (is_float) {
		v->kind = PPS_FITS_FLOAT;
		/* too large is infinity, as in Python */
		if (pps_double_parse(s, &v->number, NULL) < 0)
			v->number = *s == '-' ? -HUGE_VAL : HUGE_VAL;
		return PPS_OK;
	}
	v->kind = PPS_FITS_INT;
	if (!(v->text = plain_int(s)))
		return pps_fail_nomem(err);
	return PPS_OK;
}

static int is_complex(const char *p, const char *end)
{
	if (p == end || *p != '(' || !(p = end_of_number(skip_spaces(p + 1, end), end, 0)))
		return 0;
	p = skip_spaces(p, end);
	if (p == end || *p != ',' || !(p = end_of_number(skip_spaces(p + 1, end), end, 0)))
		return 0;
	p = skip_spaces(p, end);
	return p < end && *p == ')' && is_ended(p + 1, end);
}

static int parse_value(span s, pps_fits_value *v, pps_error **err)
{
	const char *end = s.at + s.size, *p = skip_spaces(s.at, end), *q;

	if (p == end || *p == '/') {
		v->kind = PPS_FITS_UNDEFINED;
		return PPS_OK;
	}
	if (*p == '\'' && (q = end_of_string(p, end)))
		return set_string(v, p + 1, (size_t)(q - p - 1), err);
	if ((*p == 'T' || *p == 'F') && is_ended(p + 1, end)) {
		v->kind = PPS_FITS_BOOL;
		v->truth = *p == 'T';
		return PPS_OK;
	}
	if ((q = end_of_number(p, end, 0)) && is_ended(q, end))
		return set_number(v, p, (size_t)(q - p), err);
	/* JSON knows no complex numbers; nor can anything else be read (NaN, a string without an end): as it stands, without the comment */
	if (is_complex(p, end))
		return set_text(v, p, (size_t)((const char *)memchr(p, ')', (size_t)(end - p)) + 1 - p), err);
	q = memchr(p, '/', (size_t)(end - p));
	return set_text(v, p, (size_t)((q ? q : end) - p), err);
}

static const char *find(const char *at, size_t size, const char *what)
{
	return memmem(at, size, what, strlen(what));
}

/* The value and comment of a card: what follows the value indicator. */
static span value_of(const char *image, size_t size, int is_hierarch, int is_special)
{
	const char *p;

	if (is_special) {
		p = memchr(image, ' ', size);
		return p ? strip(p + 1, size - (size_t)(p + 1 - image)) : (span){ image + size, 0 };
	}
	p = find(image, size, is_hierarch ? "=" : "= ");
	if (!p || (p - image > 10 && strncmp(image, HIERARCH " ", 9) != 0))
		return strip(image + KEY_SIZE, size - KEY_SIZE);
	p += is_hierarch ? 1 : 2;
	return strip(p, size - (size_t)(p - image));
}

/* A card of several: the strings put together, and read as one card. */
static int parse_long(const char *image, size_t size, int is_hierarch, pps_fits_value *v, pps_error **err)
{
	_cleanup_buf_ pps_buf text = PPS_BUF(16u << 20), comment = PPS_BUF(16u << 20);
	int r;

	for (size_t at = 0; at < size; at += PPS_FITS_CARD) {
		span s = value_of(image + at, PPS_FITS_CARD, is_hierarch && !at, at > 0);
		const char *end = s.at + s.size, *p = s.at, *q = p;

		if (p < end && *p == '\'' && (q = end_of_string(p, end))) {
			span part = strip(p + 1, (size_t)(q - p - 1));

			/* leading spaces belong to it */
			part.size += (size_t)(part.at - (p + 1));
			part.at = p + 1;
			if (part.size && part.at[part.size - 1] == '&')
				part.size--;
			pps_buf_add(&text, part.at, part.size);
			q++;
		} else if (!is_ended(p, end)) {
			return parse_value(s, v, err);
		}
		q = skip_spaces(q ? q : p, end);
		if (q < end && *q == '/') {
			span c = strip(q + 1, (size_t)(end - q - 1));

			if (c.size && comment.size)
				pps_buf_add_char(&comment, ' ');
			pps_buf_add(&comment, c.at, c.size);
		}
	}
	{
		_cleanup_buf_ pps_buf whole = PPS_BUF(32u << 20);

		pps_buf_printf(&whole, "'%s' / %s", pps_buf_text(&text), pps_buf_text(&comment));
		if ((r = pps_buf_check(&text, "header", err)) < 0 || (r = pps_buf_check(&whole, "header", err)) < 0)
			return r;
		return parse_value((span){ whole.at, whole.size }, v, err);
	}
}

static const char *end_of_name(const char *p, const char *end)
{
	if (p == end || !(isalpha((unsigned char)*p) || *p == '_'))
		return NULL;
	while (p < end && (isalnum((unsigned char)*p) || *p == '_'))
		p++;
	return p;
}

/* "AXIS.1" or "A.B.2.C": names with numbers between them. */
static const char *end_of_field(const char *p, const char *end)
{
	const char *q;

	if (!(p = end_of_name(p, end)))
		return NULL;
	while (p + 1 < end && *p == '.') {
		if ((q = skip_digits(p + 1, end)) > p + 1 && !(q < end && (isalpha((unsigned char)*q) || *q == '_')))
			p = q;
		else if ((q = end_of_name(p + 1, end)))
			p = q;
		else
			break;
	}
	return p;
}

/* A record-valued card: 'field: number' as its whole string. */
static int parse_record(span key, const char *rest, size_t size, pps_fits_card *card, pps_error **err)
{
	const char *end = rest + size, *field, *colon, *p;
	pps_fits_value number = { 0 };
	int r;

	rest = skip_spaces(rest, end);
	if (rest == end || *rest != '\'' || !(colon = end_of_field(field = rest + 1, end)) || end - colon < 2 ||
	    strncmp(colon, ": ", 2) != 0)
		return 0;
	p = skip_spaces(colon + 1, end);
	if (!(rest = end_of_number(p, end, 1)) || rest == end || *rest != '\'' || !is_ended(rest + 1, end))
		return 0;
	if ((r = set_number(&number, p, (size_t)(rest - p), err)) < 0)
		return r;
	if (number.kind == PPS_FITS_INT && pps_double_parse(number.text, &number.number, NULL) < 0)
		number.number = HUGE_VAL;
	free(number.text);
	card->value = (pps_fits_value){ .kind = PPS_FITS_FLOAT, .number = number.number };
	if (asprintf(&card->key, "%.*s.%.*s", (int)key.size, key.at, (int)(colon - field), field) < 0) {
		card->key = NULL;
		return pps_fail_nomem(err);
	}
	for (size_t i = 0; i < key.size; i++)
		card->key[i] = (char)toupper((unsigned char)card->key[i]);
	return 1;
}

static int set_key(pps_fits_card *card, span key, int as_is, pps_error **err)
{
	if (!(card->key = strndup(key.at, key.size)))
		return pps_fail_nomem(err);
	for (char *p = card->key; !as_is && *p; p++)
		*p = (char)toupper((unsigned char)*p);
	return PPS_OK;
}

static int is_commentary(span key)
{
	return key.size == 0 || (key.size == 7 && (strncasecmp(key.at, "COMMENT", 7) == 0 || strncasecmp(key.at, "HISTORY", 7) == 0)) ||
	       (key.size == 3 && strncasecmp(key.at, "END", 3) == 0);
}

static int parse_standard(const char *image, size_t size, span key, const char *indicator, pps_fits_card *card, pps_error **err)
{
	size_t at = (size_t)(indicator - image);
	int r;

	if (at < KEY_SIZE && at < key.size)
		key.size = at;
	if (at == 0)
		return set_key(card, (span){ image, 0 }, 1, err);
	if ((r = parse_record(key, indicator + 2, size - at - 2, card, err)) != 0)
		return r < 0 ? r : PPS_OK;
	if ((r = set_key(card, key, 0, err)) < 0)
		return r;
	return size > PPS_FITS_CARD ? parse_long(image, size, 0, &card->value, err) :
				      parse_value(value_of(image, size, 0, 0), &card->value, err);
}

static int parse(const char *image, size_t size, pps_fits_card *card, pps_error **err)
{
	span key = strip(image, KEY_SIZE);
	const char *p;
	int r;

	if (is_commentary(key))
		return set_key(card, (span){ image, 0 }, 1, err);
	if (key.size == 8 && strncasecmp(key.at, HIERARCH, 8) == 0 && image[KEY_SIZE] == ' ' && (p = memchr(image, '=', size))) {
		if ((r = set_key(card, strip(image + 9, p > image + 9 ? (size_t)(p - image - 9) : 0), 1, err)) < 0)
			return r;
		return size > PPS_FITS_CARD ? parse_long(image, size, 1, &card->value, err) :
					      parse_value(value_of(image, size, 1, 0), &card->value, err);
	}
	p = find(image, size, "= ");
	if (p && p - image <= KEY_SIZE)
		return parse_standard(image, size, key, p, card, err);
	/* no value indicator: all that follows the keyword */
	if ((r = set_key(card, key, 1, err)) < 0)
		return r;
	return set_text(&card->value, image + KEY_SIZE, size - KEY_SIZE, err);
}

/* Record-valued keys differ in the case of their field; else case does not count. */
static char *make_id(const char *key)
{
	const char *dot = strchr(key, '.');
	char *id = strdup(key);
	size_t n = id ? strlen(id) : 0;

	if (dot && end_of_name(key, dot) == dot && end_of_field(dot + 1, key + n) == key + n)
		n = (size_t)(dot - key);
	for (size_t i = 0; i < n; i++)
		id[i] = (char)toupper((unsigned char)id[i]);
	return id;
}

int pps_fits_card_parse(const char *image, size_t size, pps_fits_card *ret_card, pps_error **err)
{
	pps_fits_card card = { 0 };
	int r;

	if (size < PPS_FITS_CARD || size % PPS_FITS_CARD)
		return pps_fail(err, PPS_E_INTERNAL, "a FITS card of %zu bytes", size);
	if ((r = parse(image, size, &card, err)) < 0 || !(card.id = make_id(card.key))) {
		r = r < 0 ? r : pps_fail_nomem(err);
		pps_fits_card_clear(&card);
		return r;
	}
	*ret_card = card;
	return PPS_OK;
}

void pps_fits_card_clear(pps_fits_card *card)
{
	free(card->key);
	free(card->id);
	pps_fits_value_clear(&card->value);
	*card = (pps_fits_card){ 0 };
}
