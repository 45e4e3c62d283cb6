/* SPDX-License-Identifier: BSD-3-Clause */
/* Work on any number of datasets, a few thousand in each transaction. */
#ifndef PPS_BUTLER_CHUNK_H
#define PPS_BUTLER_CHUNK_H

#include "butler/butler.h"

#define PPS_CHUNK_DATASETS 5000

/* The UUIDs sorted, each once; released with free(). */
int pps_chunk_sort(const pps_uuid *ids, size_t n, pps_uuid **ret_ids, size_t *ret_n, pps_error **err);

/* Does one chunk; @ids are sorted, each once. May be called again for the same chunk when its transaction was undone. */
typedef int (*pps_chunk_fn)(pps_butler *butler, const pps_uuid *ids, size_t n, void *user, pps_error **err);
/* Called after the chunk's transaction was committed (or, inside the caller's, after @fn). */
typedef int (*pps_chunk_done_fn)(void *user, pps_error **err);

/* Calls @fn, then @done (NULL allowed), chunk by chunk in the order of UUIDs. Each chunk is a transaction of its own, repeated when others
 * stand in its way; when the caller has one open on the repository's connection, all is done in that, once, and repeating is the caller's. */
int pps_chunk_each(pps_butler *butler, const pps_uuid *ids, size_t n, pps_chunk_fn fn, pps_chunk_done_fn done, void *user, pps_error **err);

#endif
