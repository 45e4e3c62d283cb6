/* SPDX-License-Identifier: BSD-3-Clause */
#include <inttypes.h>
#include <string.h>

#include "archive/json-text.h"
#include "base/codec.h"
#include "rucio/rucio-private.h"

void pps_rucio_add_text(pps_buf *b, const char *text)
{
	pps_json_add_string(b, text, strlen(text), PPS_JSON_UTF8);
}

void pps_rucio_add_did(pps_buf *b, const char *scope, const char *name)
{
	pps_buf_add_text(b, "\"scope\":");
	pps_rucio_add_text(b, scope);
	pps_buf_add_text(b, ",\"name\":");
	pps_rucio_add_text(b, name);
}

/* Slashes in names are encoded, once: servers before version 38, and some proxies, take a raw one for a separator. */
void pps_rucio_add_path(pps_buf *b, const char *scope, const char *name, const char *rest)
{
	pps_buf_add_text(b, "/dids/");
	pps_percent_encode(b, scope, strlen(scope), "");
	pps_buf_add_char(b, '/');
	pps_percent_encode(b, name, strlen(name), "");
	pps_buf_add_text(b, rest);
}

void pps_rucio_add_dids(pps_buf *b, const char *scope, const char *const *names, size_t n, const char *rest)
{
	pps_buf_add_text(b, "{\"dids\":[");
	for (size_t i = 0; i < n; i++) {
		pps_buf_add_text(b, i ? ",{" : "{");
		pps_rucio_add_did(b, scope, names[i]);
		pps_buf_add_char(b, '}');
	}
	pps_buf_add_char(b, ']');
	pps_buf_add_text(b, rest);
	pps_buf_add_char(b, '}');
}

void pps_rucio_add_datasets(pps_buf *b, const char *scope, const char *const *names, size_t n)
{
	pps_buf_add_char(b, '[');
	for (size_t i = 0; i < n; i++) {
		pps_buf_add_text(b, i ? ",{" : "{");
		pps_rucio_add_did(b, scope, names[i]);
		pps_buf_add_text(b, ",\"type\":\"DATASET\",\"statuses\":{\"monotonic\":true}}");
	}
	pps_buf_add_char(b, ']');
}

void pps_rucio_add_file(pps_buf *b, const char *scope, const pps_rucio_file *file, int details)
{
	pps_buf_add_char(b, '{');
	pps_rucio_add_did(b, scope, file->name);
	if (details) {
		pps_buf_printf(b, ",\"bytes\":%" PRIu64 ",\"adler32\":", file->bytes);
		pps_rucio_add_text(b, file->adler32);
		if (file->md5) {
			pps_buf_add_text(b, ",\"md5\":");
			pps_rucio_add_text(b, file->md5);
		}
		if (file->pfn) {
			pps_buf_add_text(b, ",\"pfn\":");
			pps_rucio_add_text(b, file->pfn);
		}
		if (file->rubin_butler) {
			pps_buf_add_text(b, ",\"meta\":{\"rubin_butler\":");
			pps_rucio_add_text(b, file->rubin_butler);
			pps_buf_add_char(b, '}');
		}
	}
	pps_buf_add_char(b, '}');
}
