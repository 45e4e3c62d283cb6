/* SPDX-License-Identifier: BSD-3-Clause */
/* Messages of the Butler writer from anywhere: what is accepted is whole, and its file is below the folder. */
#include <stdlib.h>
#include <string.h>

#include "publish/batch.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	_cleanup_(pps_batch_event_freep) pps_batch_event *e = NULL;
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	_cleanup_free_ char *path = NULL;

	if (pps_batch_event_parse(bytes, size, &e, &err) < 0) {
		if (!*pps_error_message(err))
			abort();
		return 0;
	}
	if (!*e->file || pps_origin_check(e->origin, NULL) < 0 || asprintf(&path, "/%s/", e->file) < 0)
		abort();
	if (strstr(path, "/../") || *e->file == '/' || strstr(e->file, "://"))
		abort();
	return 0;
}
