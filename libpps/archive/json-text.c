/* SPDX-License-Identifier: BSD-3-Clause */
#include "archive/json-text.h"

#include "base/codec.h"

static void add_unit(pps_buf *b, unsigned unit)
{
	pps_buf_printf(b, "\\u%04x", unit);
}

static void add_code_point(pps_buf *b, unsigned c)
{
	if (c < 0x10000) {
		add_unit(b, c);
		return;
	}
	c -= 0x10000;
	add_unit(b, 0xd800 | c >> 10);
	add_unit(b, 0xdc00 | (c & 0x3ff));
}

static unsigned decode(const unsigned char *p, size_t n)
{
	unsigned c = n == 1 ? p[0] : n == 2 ? p[0] & 0x1f : n == 3 ? p[0] & 0x0f : p[0] & 7;

	for (size_t i = 1; i < n; i++)
		c = c << 6 | (p[i] & 0x3f);
	return c;
}

static void add_ascii(pps_buf *b, unsigned char c)
{
	static const char names[] = "btn\0fr"; /* from 8 to 13 */

	if (c == '"' || c == '\\') {
		pps_buf_add_char(b, '\\');
		pps_buf_add_char(b, (char)c);
	} else if (c >= 8 && c <= 13 && names[c - 8]) {
		pps_buf_add_char(b, '\\');
		pps_buf_add_char(b, names[c - 8]);
	} else if (c < 0x20) {
		add_unit(b, c);
	} else {
		pps_buf_add_char(b, (char)c);
	}
}

void pps_json_add_string(pps_buf *b, const char *text, size_t len, int form)
{
	pps_buf_add_char(b, '"');
	for (size_t i = 0; i < len;) {
		unsigned char c = (unsigned char)text[i];
		size_t n = c < 0x80 ? 1 : pps_utf8_length(text + i, len - i);

		if (c < 0x80)
			add_ascii(b, c);
		else if (n == 0 || form == PPS_JSON_ASCII)
			add_code_point(b, n ? decode((const unsigned char *)text + i, n) : c);
		else
			pps_buf_add(b, text + i, n);
		i += n ? n : 1;
	}
	pps_buf_add_char(b, '"');
}
