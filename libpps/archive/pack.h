/* SPDX-License-Identifier: BSD-3-Clause */
/* Making a zip in one pass. Names ending in ".fits" are stored, all else is deflated, as the Butler's tools do; flags 0 (UTF-8 bit
 * for names that are not ASCII), made by unix, mode of the source file; times are the source's, in UTC, and texts take the latest of
 * them, so that the same sources give the same bytes. Memory: at most the context's limit, whatever the sizes.
 *
 *   write:  pps_pack_write() -> temporary file beside the destination, on disk, size and digests known
 *   commit: the caller records them
 *   place:  pps_pack_place() -> under its name, never overwriting */
#ifndef PPS_ARCHIVE_PACK_H
#define PPS_ARCHIVE_PACK_H

#include "archive/members.h"
#include "base/digest.h"

typedef struct pps_zip pps_zip;
typedef struct pps_pack pps_pack; /* one thread at a time */

/* @tag: for the temporary file's name and for progress ("pack <tag>"), such as the obs id. MD5 and Adler-32 are always taken; @wanted may
 * add PPS_DIGEST_SHA256. PPS_E_CONFLICT: a source changed while it was read; PPS_E_NOTFOUND: it is gone. */
int pps_pack_write(pps_ctx *ctx, const pps_members *members, pps_store *store, const char *name, const char *tag, int wanted,
		   pps_pack **ret_pack, pps_error **err);
const pps_digests *pps_pack_digests(const pps_pack *pack);
/* PPS_E_EXISTS when the destination is taken: it is untouched; see pps_archive_compare(). */
int pps_pack_place(pps_pack *pack, pps_error **err);
/* Removes the temporary file unless it was placed. */
void pps_pack_free(pps_pack *pack);
PPS_DEFINE_CLEANUP(pps_pack, pps_pack_free)

/* Compares an existing zip with what it should hold. The Butler's index counts by its meaning (other tools write another order and other
 * source paths), and a metadata index need not be equal: it follows from members that are. PPS_OK: same members with the same bytes, and sound; PPS_E_CONFLICT: readable, but
 * other content (the message names the first difference); PPS_E_FORMAT: no readable zip; PPS_E_NOTFOUND: not there. */
int pps_archive_compare(pps_ctx *ctx, pps_store *store, const char *name, const pps_members *members, pps_error **err);
/* One member of an open zip with one file. PPS_E_CONFLICT: other content, or no such member. */
int pps_archive_compare_file(pps_zip *zip, const char *member, pps_store *store, const char *path, pps_error **err);
/* Adopting: PPS_OK when the file has this size and MD5 and Adler-32, PPS_E_CONFLICT when not, PPS_E_NOTFOUND. */
int pps_archive_matches(pps_store *store, const char *name, const pps_digests *expected, pps_error **err);

#endif
