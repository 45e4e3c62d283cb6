/* SPDX-License-Identifier: BSD-3-Clause */
/* Every file that an exposure has in the source: those of its datasets, and whatever else is in its folder. */
#ifndef PPS_RAW_SOURCE_FILES_H
#define PPS_RAW_SOURCE_FILES_H

#include "raw/material.h"

typedef struct pps_source_file {
	pps_store *store; /* borrowed from the material, or owned by the list */
	char *name;       /* in its store */
	char *uri;
	pps_store_stat stat;
} pps_source_file;

typedef struct pps_source_files {
	pps_source_file *at; /* sorted by URI */
	size_t n, cap;
	uint64_t bytes;
	pps_store *folder; /* the exposure's; owned */
} pps_source_files;

void pps_source_files_clear(pps_source_files *files);
#define _cleanup_source_files_ _cleanup_(pps_source_files_clear)

/* As they are now. PPS_E_NOTFOUND: a dataset's file is gone. */
int pps_source_files_of(pps_raw_material *material, pps_source_files *ret_files, pps_error **err);
/* Whatever is in a folder; a folder that is not there has none. */
int pps_source_files_in(pps_ctx *ctx, const char *folder, pps_source_files *ret_files, pps_error **err);

/* SHA-256 of names, sizes and ETags (where there is none: times) in hexadecimal: a file that comes, goes or changes gives another. */
int pps_source_files_print(const pps_source_files *files, char ret_hex[65], pps_error **err);

/* The files of an exposure's own folder bear its obs id, or lie in a folder of its name: *ret_stranger names one that does not (owned by
 * the caller), which may be another exposure's; NULL: none. */
int pps_source_files_stranger(const pps_source_files *files, const char *obs_id, char **ret_stranger, pps_error **err);

#endif
