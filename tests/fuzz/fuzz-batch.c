/* SPDX-License-Identifier: BSD-3-Clause */
/* Lists of datasets from anywhere, as JSON and as a table: what is accepted is whole. */
#include <stdlib.h>
#include <string.h>

#include "publish/batch.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void check(int r, const pps_batch *batch, const pps_error *err, size_t size)
{
	if (r < 0) {
		if (batch || strncmp(pps_error_message(err), "list", 4))
			abort();
		return;
	}
	/* a UUID has 32 digits at least */
	if (batch->n * 32 > size || !batch->norigins || *batch->origins[0])
		abort();
	for (size_t i = 0; i < batch->n; i++)
		if (batch->origin_of[i] >= batch->norigins)
			abort();
	for (size_t i = 1; i < batch->norigins; i++)
		if (pps_origin_check(batch->origins[i], NULL) < 0)
			abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	static const char *const names[] = { "list.json", "list.csv" };

	for (size_t i = 0; i < PPS_COUNT(names); i++) {
		_cleanup_(pps_batch_freep) pps_batch *batch = NULL;
		_cleanup_(pps_error_freep) pps_error *err = NULL;
		int r = pps_batch_parse(names[i], bytes, size, &batch, &err);

		check(r, batch, err, size);
	}
	return 0;
}
