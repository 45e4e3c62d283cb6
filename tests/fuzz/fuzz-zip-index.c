/* SPDX-License-Identifier: BSD-3-Clause */
/* The Butler's zip index from anywhere: what is accepted can be written, read again, and says the same. */
#include <stdlib.h>
#include <string.h>

#include "archive/zip-index.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	_cleanup_(pps_zip_index_freep) pps_zip_index *index = NULL, *again = NULL;
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	_cleanup_buf_ pps_buf first = PPS_BUF(16u << 20), second = PPS_BUF(16u << 20);

	if (pps_zip_index_parse((const char *)bytes, size, &index, &err) < 0) {
		if (!*pps_error_message(err))
			abort();
		return 0;
	}
	if (pps_zip_index_write(index, &first, NULL) < 0 || pps_zip_index_parse(first.at, first.size, &again, NULL) < 0 ||
	    pps_zip_index_write(again, &second, NULL) < 0 || strcmp(first.at, second.at) != 0 ||
	    pps_zip_index_compare(index, again, NULL) < 0)
		abort();
	return 0;
}
