/* SPDX-License-Identifier: BSD-3-Clause */
/* Texts as JSON strings, in the two forms that Python programs write. */
#ifndef PPS_ARCHIVE_JSON_TEXT_H
#define PPS_ARCHIVE_JSON_TEXT_H

#include "base/buf.h"

enum {
	PPS_JSON_UTF8,  /* pydantic: only what must be is escaped */
	PPS_JSON_ASCII, /* json.dumps: all but ASCII is escaped, with surrogate pairs */
};

/* In quotes. @text is UTF-8; a byte that is not stands for the code point of the same number. */
void pps_json_add_string(pps_buf *b, const char *text, size_t len, int form);

#endif
