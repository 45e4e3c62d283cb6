/* SPDX-License-Identifier: BSD-3-Clause */
/* Messages of the Butler writer from anywhere: what is accepted is whole, and its file is below the folder. */
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "publish/batch.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

/* What jansson reads there: plain messages are read without it. */
static int parse_by_jansson(const uint8_t *bytes, size_t size, const char *field, char **ret)
{
	_cleanup_(json_decrefp) json_t *root = NULL;
	const char *value;
	json_error_t e;

	if (pps_json_parse((const char *)bytes, size, 0, &root, &e) < 0 || !(value = json_string_value(json_object_get(root, field))))
		return 0;
	return (*ret = strdup(value)) != NULL;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	_cleanup_(pps_batch_event_freep) pps_batch_event *e = NULL;
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	_cleanup_free_ char *path = NULL, *file = NULL, *origin = NULL;

	if (pps_batch_event_parse(bytes, size, &e, &err) < 0) {
		if (!*pps_error_message(err))
			abort();
		return 0;
	}
	if (!*e->file || pps_origin_check(e->origin, NULL) < 0 || asprintf(&path, "/%s/", e->file) < 0)
		abort();
	if (!parse_by_jansson(bytes, size, "batch_file", &file) || strcmp(file, e->file) || !parse_by_jansson(bytes, size, "origin", &origin) ||
	    strcmp(origin, e->origin))
		abort();
	if (strstr(path, "/../") || *e->file == '/' || strstr(e->file, "://"))
		abort();
	return 0;
}
