/* SPDX-License-Identifier: BSD-3-Clause */
/* Reads many files in order, ahead of whoever needs them: several requests at a time, each on a connection of its own, into buffers whose
 * sum is bounded. Every piece is of the version that was listed, and whole; a connection that breaks is taken up where it broke. */
#ifndef PPS_STORE_PREFETCH_H
#define PPS_STORE_PREFETCH_H

#include "base/md5.h"
#include "store/store.h"

typedef struct pps_prefetch pps_prefetch; /* one thread at a time, but for pps_piece_give_back() */

/* A run of one file's bytes. */
typedef struct pps_piece {
	pps_prefetch *prefetch;
	size_t file;     /* which, in the order of adding */
	uint64_t offset;
	const char *at;
	size_t size; /* 0 only for an empty file */
	int is_last; /* of the file */
	int is_md5;  /* the file's ETag is the MD5 of its bytes: for whoever gets them all to compare */
	const pps_store_stat *known;
	pps_store *store;
	const char *name;
} pps_piece;

/* @bytes: of the buffers, at most; at least 1 MiB. @threads: requests at a time; 0: 10. */
int pps_prefetch_new(pps_ctx *ctx, uint64_t bytes, int threads, pps_prefetch **ret_prefetch, pps_error **err);
/* Nothing is read yet. @known: as listed; without an ETag a store that has them is asked for it first. */
int pps_prefetch_add(pps_prefetch *prefetch, pps_store *store, const char *name, const pps_store_stat *known, pps_error **err);
/* The next piece, in order; NULL after the last. All pieces of a file that is no larger than pps_prefetch_most() may be kept at the same
 * time; each is to be given back. PPS_E_CONFLICT: a file is not what was listed. */
int pps_prefetch_next(pps_prefetch *prefetch, pps_piece **ret_piece, pps_error **err);
uint64_t pps_prefetch_most(const pps_prefetch *prefetch);
/* Follows the pieces of one file, in order, with its MD5, and compares that with the ETag at the last, where the ETag is one.
 * @zip: NULL, or another stream that takes the same bytes. PPS_E_IO: what came is not what the ETag says. */
typedef struct pps_piece_check {
	pps_md5 md5;
	uint8_t wanted[16];
	int is_md5;
} pps_piece_check;
int pps_piece_follow(const pps_piece *piece, pps_piece_check *check, pps_md5 *zip, pps_error **err);
/* Any thread. */
void pps_piece_give_back(pps_piece *piece);
/* After all pieces were given back. What is under way is ended. */
void pps_prefetch_free(pps_prefetch *prefetch);
PPS_DEFINE_CLEANUP(pps_prefetch, pps_prefetch_free)

#endif
