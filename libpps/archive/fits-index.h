/* SPDX-License-Identifier: BSD-3-Clause */
/* The metadata index of FITS files: headers common to all, and each file's own, as astro_metadata_translator's calculate_index gives
 * it for plain dictionaries without COMMENT, HISTORY and blank cards. */
#ifndef PPS_ARCHIVE_FITS_INDEX_H
#define PPS_ARCHIVE_FITS_INDEX_H

#include "archive/reader.h"
#include "archive/sidecar.h"
#include "base/buf.h"
#include "store/store.h"

typedef struct pps_fits_index pps_fits_index; /* one thread at a time */

/* @hdu: the extension whose header is laid over the primary's: -1 the first one when the primary says EXTEND (as the Python tool's
 * default), 0 none, n the nth (missing ones are ignored). */
int pps_fits_index_new(int hdu, pps_fits_index **ret_index, pps_error **err);
void pps_fits_index_free(pps_fits_index *index);
PPS_DEFINE_CLEANUP(pps_fits_index, pps_fits_index_free)
/* @key: what the index calls the file. PPS_E_FORMAT: not FITS, a broken header, or cut short. */
int pps_fits_index_add(pps_fits_index *index, const char *key, pps_store *store, const char *name, pps_error **err);
int pps_fits_index_add_bytes(pps_fits_index *index, const char *key, const pps_reader *from, pps_error **err);
/* Moves the files of @other behind those of @index. */
int pps_fits_index_append(pps_fits_index *index, pps_fits_index *other, pps_error **err);
/* The JSON text as Python's json.dumps writes it, with a newline at the end; files in the order of adding. */
int pps_fits_index_write(const pps_fits_index *index, pps_buf *out, pps_error **err);

/* PPS_OK when the file is as long as its headers say, every header readable; PPS_E_FORMAT with the reason when not. */
int pps_fits_check(pps_store *store, const char *name, pps_error **err);

#endif
