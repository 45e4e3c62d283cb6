/* SPDX-License-Identifier: BSD-3-Clause */
/* Reading a piece of a file whose version is known. */
#include <string.h>

#include "store/store-ops.h"

static int digit(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

int pps_store_etag_md5(const char *etag, uint8_t ret[16])
{
	uint8_t md5[16];

	if (strlen(etag) != 2 * sizeof md5)
		return 0;
	for (size_t i = 0; i < sizeof md5; i++) {
		int high = digit(etag[2 * i]), low = digit(etag[2 * i + 1]);

		if (high < 0 || low < 0)
			return 0;
		md5[i] = (uint8_t)(high << 4 | low);
	}
	memcpy(ret, md5, sizeof md5);
	return 1;
}

int pps_store_is_far(const pps_store *store)
{
	return store->ops->read_range != NULL;
}

int pps_store_read_range(pps_store *store, pps_store_range *range, pps_error **err)
{
	_cleanup_(pps_store_file_closep) pps_store_file *file = NULL;
	size_t got;
	int r;

	range->is_md5 = 0;
	if (store->ops->read_range)
		return store->ops->read_range(store, range, err);
	if ((r = pps_store_file_open_known(store, range->name, range->known, &file, err)) < 0 ||
	    (r = pps_store_file_read(file, range->offset, range->bytes, range->size, &got, err)) < 0 ||
	    (r = pps_store_file_check(file, err)) < 0)
		return r;
	return got == range->size ? PPS_OK : pps_fail(err, PPS_E_CONFLICT, "%s: became shorter while it was read", file->path);
}
