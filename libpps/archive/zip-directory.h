/* SPDX-License-Identifier: BSD-3-Clause */
/* A zip's central directory, read strictly: what libzip does not tell (where a member's bytes lie) or forgives. */
#ifndef PPS_ARCHIVE_ZIP_DIRECTORY_H
#define PPS_ARCHIVE_ZIP_DIRECTORY_H

#include "base/ctx.h"
#include "store/store.h"

typedef struct pps_zip_entry {
	char *name;  /* as written; NUL-terminated */
	char *shown; /* in UTF-8 where the written name is not; else NULL */
	uint64_t offset; /* of the local header */
	uint64_t size, packed;
	uint32_t crc, time, mode; /* mode 0: not made by unix */
	uint16_t method, flags;
} pps_zip_entry;

typedef struct pps_zip_directory {
	pps_zip_entry *entries;
	size_t n, cap;
	uint64_t offset, size; /* of the directory */
	uint64_t end;          /* past the end record and its comment */
	uint64_t file_size;
} pps_zip_directory;

/* PPS_E_FORMAT when it is no zip, cut short, or contradicts itself; PPS_E_UNSUPPORTED for archives in several parts. */
int pps_zip_directory_read(pps_ctx *ctx, pps_store_file *file, pps_zip_directory **ret_directory, pps_error **err);
void pps_zip_directory_free(pps_zip_directory *directory);
PPS_DEFINE_CLEANUP(pps_zip_directory, pps_zip_directory_free)

/* Reads the local header, which must agree with the directory; where the member's bytes begin. */
int pps_zip_entry_body(pps_store_file *file, const pps_zip_directory *directory, const pps_zip_entry *entry,
		       uint64_t *ret_offset, pps_error **err);

#endif
