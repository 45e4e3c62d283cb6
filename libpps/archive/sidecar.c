/* SPDX-License-Identifier: BSD-3-Clause */
#include "archive/sidecar.h"

#include <string.h>

#include "base/json.h"

#define SIDECAR_MOST (64u << 20)

/* Python writes and reads NaN, Infinity and -Infinity, which JSON does not have: put a number in their place. */
static void mask_numbers(char *text, size_t size)
{
	static const char *const words[] = { "NaN", "Infinity" };
	int in_string = 0;

	for (size_t i = 0; i < size; i++) {
		if (in_string && text[i] == '\\')
			i++;
		else if (text[i] == '"')
			in_string = !in_string;
		for (size_t k = 0; !in_string && i < size && k < PPS_COUNT(words); k++) {
			size_t n = strlen(words[k]);

			if (size - i >= n && memcmp(text + i, words[k], n) == 0) {
				memset(text + i, ' ', n);
				text[i] = '0';
			}
		}
	}
}

static int check(const char *path, char *text, size_t size, pps_error **err)
{
	json_error_t e;
	int r;

	mask_numbers(text, size);
	r = pps_json_check(text, size, JSON_DECODE_ANY | JSON_ALLOW_NUL | JSON_DECODE_INT_AS_REAL, &e);
	if (r == PPS_E_NOMEM)
		return pps_fail_nomem(err);
	if (r < 0)
		return pps_fail_at(err, PPS_E_FORMAT, path, e.line < 1 ? 1 : e.line, e.column < 1 ? 1 : e.column, "is not JSON: %s",
				   e.text);
	return PPS_OK;
}

int pps_sidecar_check(pps_store *store, const char *name, pps_error **err)
{
	_cleanup_free_ char *path = NULL;
	_cleanup_free_ void *bytes = NULL;
	size_t size;
	int r;

	if ((r = pps_store_name_plain(store, name, &path, err)) < 0 ||
	    (r = pps_store_read(store, name, SIDECAR_MOST, &bytes, &size, err)) < 0)
		return r;
	return check(path, bytes, size, err);
}

int pps_sidecar_check_bytes(const pps_reader *from, pps_error **err)
{
	_cleanup_free_ char *bytes = NULL;
	int r;

	if (from->size > SIDECAR_MOST)
		return pps_fail(err, PPS_E_FORMAT, "%s: larger than %u bytes", from->path, SIDECAR_MOST);
	if (!(bytes = malloc((size_t)from->size + 1)))
		return pps_fail_nomem(err);
	if ((r = from->read(from->user, 0, bytes, (size_t)from->size, err)) < 0)
		return r;
	bytes[from->size] = 0;
	return check(from->path, bytes, (size_t)from->size, err);
}
