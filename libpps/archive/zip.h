/* SPDX-License-Identifier: BSD-3-Clause */
/* What the library's own code does with an open zip; the public side is <pps/zip.h>. */
#ifndef PPS_ARCHIVE_ZIP_H
#define PPS_ARCHIVE_ZIP_H

#include <pps/zip.h>
#include <zip.h>

#include "archive/zip-directory.h"
#include "base/buf.h"

PPS_DEFINE_CLEANUP(pps_zip, pps_zip_close)
PPS_DEFINE_CLEANUP(pps_zip_report, pps_zip_report_free)

struct pps_zip {
	pps_ctx *ctx;
	pps_store *store;
	char *name;
	pps_store_file *file;
	pps_zip_directory *directory;
	zip_t *zip; /* reads and inflates */
	pps_error *source_failure; /* of the last read by libzip */
	/* a deflated member that is being read in ranges */
	zip_file_t *range;
	size_t range_n;
	uint64_t range_at;
};

int pps_zip_open_name(pps_ctx *ctx, pps_store *store, const char *name, pps_zip **ret_zip, pps_error **err);

/* Reads one member in pieces, with its CRC and size checked at the end. */
typedef int (*pps_zip_piece_fn)(void *user, const void *bytes, size_t size, pps_error **err);
int pps_zip_each_piece(pps_zip *zip, size_t n, pps_zip_piece_fn fn, void *user, pps_error **err);

/* A libzip source that reads from an open file; errors are kept in @failure. NULL when memory is out. */
zip_source_t *pps_zip_source_new(pps_store_file *file, pps_error **failure);

#endif
