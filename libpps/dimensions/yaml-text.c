/* SPDX-License-Identifier: BSD-3-Clause */
#include "dimensions/yaml-text.h"

#include <ctype.h>
#include <math.h>
#include <string.h>

#include "base/codec.h"
#include "base/yaml-node.h"

#define WIDTH 80

/* ---- which style ---- */

typedef struct shape {
	int indicators;   /* characters that mean something to YAML where they stand */
	int line_breaks;
	int special;      /* outside of printable ASCII and line feed */
	int outer_space;  /* a space or line break at either end */
	int space_break;  /* a space before a line break */
	int break_space;  /* a line break before a space */
} shape;

static int is_blank(char c)
{
	return c == 0 || c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static int is_indicator(const char *text, size_t i)
{
	char c = text[i];
	int before_blank = is_blank(text[i + 1]);

	if (i == 0 && strchr("#,[]{}&*!|>'\"%@`", c))
		return 1;
	if (i == 0 && (c == '?' || c == '-'))
		return before_blank;
	if (c == ':')
		return before_blank;
	return i && c == '#' && is_blank(text[i - 1]);
}

static shape shape_of(const char *text)
{
	shape s = { .indicators = !strncmp(text, "---", 3) || !strncmp(text, "...", 3) };
	size_t n = strlen(text);

	for (size_t i = 0; i < n; i++) {
		char c = text[i];

		s.indicators |= is_indicator(text, i);
		s.line_breaks |= c == '\n';
		s.special |= c != '\n' && (c < ' ' || c > '~');
		s.outer_space |= (c == ' ' || c == '\n') && (i == 0 || i == n - 1);
		s.break_space |= i && c == ' ' && text[i - 1] == '\n';
		s.space_break |= i && c == '\n' && text[i - 1] == ' ';
	}
	return s;
}

/* count digits at *p, between the limits; moves on. */
static int take_digits(const char **p, int least, int most)
{
	int n = 0;

	while (n < most && isdigit((unsigned char)**p)) {
		++*p;
		n++;
	}
	return n >= least;
}

static int take(const char **p, char c)
{
	return **p == c ? (++*p, 1) : 0;
}

/* A zone after the time: nothing, or blanks with Z, +h, +hh or +hh:mm. */
static int is_zone(const char *p)
{
	if (!*p)
		return 1;
	p += strspn(p, " \t");
	if (take(&p, 'Z'))
		return !*p;
	if (!take(&p, '+') && !take(&p, '-'))
		return !*p;
	if (!take_digits(&p, 1, 2))
		return 0;
	return !*p || (take(&p, ':') && take_digits(&p, 2, 2) && !*p);
}

/* What YAML 1.1 would read as a date or a time. */
int pps_yaml_is_timestamp(const char *text)
{
	const char *p = text, *month;

	if (!take_digits(&p, 4, 4) || !take(&p, '-'))
		return 0;
	month = p;
	if (!take_digits(&p, 1, 2) || !take(&p, '-') || !take_digits(&p, 1, 2))
		return 0;
	if (!*p)
		return p - month == 5;
	if (!take(&p, 'T') && !take(&p, 't')) {
		if (*p != ' ' && *p != '\t')
			return 0;
		p += strspn(p, " \t");
	}
	if (!take_digits(&p, 1, 2) || !take(&p, ':') || !take_digits(&p, 2, 2) || !take(&p, ':') ||
	    !take_digits(&p, 2, 2))
		return 0;
	if (take(&p, '.'))
		p += strspn(p, "0123456789");
	return is_zone(p);
}

/* Would the text, written plainly, be read as text? */
static int is_read_as_text(const char *text)
{
	pps_yaml_node node = { .kind = PPS_YAML_SCALAR, .is_plain = 1, .text = text };
	struct pps_yaml yaml = { 0 };
	const char *value;

	return strcmp(text, "<<") != 0 && strcmp(text, "=") != 0 && !pps_yaml_is_timestamp(text) &&
	       pps_yaml_string(&yaml, &node, &value, NULL) == PPS_OK;
}

/* ---- how each is written ---- */

typedef struct writer {
	pps_buf *b;
	size_t column;
	size_t indent;
} writer;

static void put(writer *w, const char *text, size_t n)
{
	pps_buf_add(w->b, text, n);
	w->column += n;
}

static void indent(writer *w)
{
	for (w->column = 0; w->column < w->indent; w->column++)
		pps_buf_add_char(w->b, ' ');
}

static void fold(writer *w)
{
	pps_buf_add_char(w->b, '\n');
	indent(w);
}

/* A run of spaces of plain or single quoted text: a single one becomes a line break once the line is full. */
static void put_spaces(writer *w, const char *spaces, size_t n, int may_fold)
{
	if (n == 1 && w->column > WIDTH && may_fold)
		fold(w);
	else
		put(w, spaces, n);
}

static void write_plain(writer *w, const char *text)
{
	put(w, " ", 1);
	while (*text) {
		size_t n = strcspn(text, " ");

		put(w, text, n);
		text += n;
		n = strspn(text, " ");
		if (n)
			put_spaces(w, text, n, 1);
		text += n;
	}
}

static void write_single(writer *w, const char *text)
{
	const char *p = text;

	put(w, " '", 2);
	while (*p) {
		size_t n;

		if (*p == ' ') {
			n = strspn(p, " ");
			put_spaces(w, p, n, p != text && p[n]);
		} else if (*p == '\n') { /* one more than there are: a single one would be folded */
			n = strspn(p, "\n");
			for (size_t i = 0; i <= n; i++)
				pps_buf_add_char(w->b, '\n');
			indent(w);
		} else if (*p == '\'') {
			n = 1;
			put(w, "''", 2);
		} else {
			n = strcspn(p, " \n'");
			put(w, p, n);
		}
		p += n;
	}
	put(w, "'", 1);
}

/* The code point at @p, which is valid UTF-8, and its length. */
static uint32_t code_point(const char *p, size_t *ret_size)
{
	const unsigned char *u = (const unsigned char *)p;

	if (u[0] < 0x80) {
		*ret_size = 1;
		return u[0];
	}
	*ret_size = u[0] < 0xe0 ? 2 : u[0] < 0xf0 ? 3 : 4;
	if (*ret_size == 2)
		return (u[0] & 0x1fu) << 6 | (u[1] & 0x3fu);
	if (*ret_size == 3)
		return (u[0] & 0x0fu) << 12 | (u[1] & 0x3fu) << 6 | (u[2] & 0x3fu);
	return (u[0] & 0x07u) << 18 | (u[1] & 0x3fu) << 12 | (u[2] & 0x3fu) << 6 | (u[3] & 0x3fu);
}

static void put_escape(writer *w, uint32_t c)
{
	static const struct {
		uint32_t c;
		char letter;
	} letters[] = { { 0, '0' },     { 7, 'a' },    { 8, 'b' },    { 9, 't' },    { 10, 'n' },
			{ 11, 'v' },    { 12, 'f' },   { 13, 'r' },   { 27, 'e' },   { '"', '"' },
			{ '\\', '\\' }, { 0x85, 'N' }, { 0xa0, '_' }, { 0x2028, 'L' }, { 0x2029, 'P' } };
	char text[16];

	for (size_t i = 0; i < PPS_COUNT(letters); i++)
		if (letters[i].c == c) {
			put(w, (char[]){ '\\', letters[i].letter }, 2);
			return;
		}
	snprintf(text, sizeof(text), c <= 0xff ? "\\x%02X" : c <= 0xffff ? "\\u%04X" : "\\U%08X", c);
	put(w, text, strlen(text));
}

/* PyYAML's own order of steps, which decides where it folds: @start is the first character not yet
 * written. */
static void write_double(writer *w, const char *text)
{
	const char *start = text, *last = text + strlen(text);

	put(w, " \"", 2);
	while (last > text && ((unsigned char)*--last & 0xc0) == 0x80)
		;
	/* @last is now the last character: no fold at it or at the first */
	for (const char *end = text;;) {
		size_t size = 1;
		uint32_t c = *end ? code_point(end, &size) : 0;
		int escaped = c < ' ' || c > '~' || c == '"' || c == '\\';

		if (!*end || escaped) {
			put(w, start, (size_t)(end - start));
			start = end;
			if (!*end)
				break;
			put_escape(w, c);
			start = end + size;
		}
		if (end > text && end < last && (c == ' ' || start >= end) &&
		    (start > end ? w->column - 1 : w->column + (size_t)(end - start)) > WIDTH) {
			if (start < end) {
				put(w, start, (size_t)(end - start));
				start = end;
			}
			put(w, "\\", 1);
			fold(w);
			if (*start == ' ')
				put(w, "\\", 1);
		}
		end += size;
	}
	put(w, "\"", 1);
}

void pps_yaml_write_quoted(pps_buf *b, pps_yaml_place place, const char *text)
{
	writer w = { .b = b, .column = place.column, .indent = place.indent };
	shape s = shape_of(text);

	if (s.special || s.space_break || s.break_space)
		write_double(&w, text);
	else
		write_single(&w, text);
}

void pps_yaml_write_text(pps_buf *b, pps_yaml_place place, const char *text)
{
	writer w = { .b = b, .column = place.column, .indent = place.indent };
	shape s = shape_of(text);

	if (s.indicators || s.line_breaks || s.special || s.outer_space || !is_read_as_text(text))
		pps_yaml_write_quoted(b, place, text);
	else
		write_plain(&w, text);
}

void pps_yaml_write_float(pps_buf *b, double value)
{
	char text[32], *e;

	if (isnan(value) || isinf(value)) {
		pps_buf_add_text(b, isnan(value) ? " .nan" : value > 0 ? " .inf" : " -.inf");
		return;
	}
	pps_float_repr(value, text);
	e = strchr(text, 'e');
	pps_buf_add_char(b, ' ');
	if (e && !strchr(text, '.')) { /* "1e-07" would be read as text */
		pps_buf_add(b, text, (size_t)(e - text));
		pps_buf_add_text(b, ".0");
		pps_buf_add_text(b, e);
	} else {
		pps_buf_add_text(b, text);
	}
}
