/* SPDX-License-Identifier: BSD-3-Clause */
/* Where a zip's final bytes go: into the temporary file on this thread, and through the digests on another. Blocks come from a
 * pool of fixed size, which bounds the memory, or are pieces that were read ahead, whose own MD5 is compared in the same pass. */
#ifndef PPS_ARCHIVE_SINK_H
#define PPS_ARCHIVE_SINK_H

#include "base/digest.h"
#include "store/prefetch.h"

#define PPS_BLOCK_SIZE ((size_t)256 << 10)

typedef struct pps_block {
	struct pps_block *next;
	size_t size; /* bytes in use */
	pps_piece *piece; /* NULL: the pool's */
	char at[];   /* PPS_BLOCK_SIZE, in one of the pool's */
} pps_block;

typedef struct pps_sink pps_sink;

int pps_sink_new(pps_store_temp *temp, int wanted, size_t blocks, pps_sink **ret_sink, pps_error **err);
void pps_sink_free(pps_sink *sink);
PPS_DEFINE_CLEANUP(pps_sink, pps_sink_free)
/* An empty block; waits until the digests have done with one. The caller gives it back by one of the two below. */
int pps_sink_block(pps_sink *sink, pps_block **ret_block, pps_error **err);
/* Writes the block's bytes; takes it in every case. */
int pps_sink_send(pps_sink *sink, pps_block *block, pps_error **err);
/* The same with a piece, which is given back when the digests have done with it; takes it in every case. */
int pps_sink_send_piece(pps_sink *sink, pps_piece *piece, pps_error **err);
void pps_sink_return(pps_sink *sink, pps_block *block);
uint64_t pps_sink_size(const pps_sink *sink);
/* Waits for the digests; nothing can be sent after. */
int pps_sink_finish(pps_sink *sink, pps_digests *ret_digests, pps_error **err);

#endif
