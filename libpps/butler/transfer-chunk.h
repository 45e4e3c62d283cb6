/* SPDX-License-Identifier: BSD-3-Clause */
/* Datasets from one repository to another, a few thousand at a time: what one chunk needs, and many of them. */
#ifndef PPS_BUTLER_TRANSFER_CHUNK_H
#define PPS_BUTLER_TRANSFER_CHUNK_H

#include <pthread.h>

#include "butler/ref.h"
#include "store/copy.h"

/* Used by one thread at a time. */
typedef struct pps_transfer {
	pps_butler *source, *dest;
	int mode; /* PPS_TRANSFER_* */
	int flags;
	int threads; /* that copy files; 0: as many as the context allows */
	pthread_mutex_t *turn; /* held while the destination is asked, where but one may write; NULL: any number may */
	const int *is_over; /* set by another thread: a chunk begins nothing more; NULL: never */
	pps_butler_transfer_fn fn;
	void *user;
	pps_copier **copiers; /* of the destination's datastores; NULL: not needed yet */
} pps_transfer;

/* A chunk, and what is known of it. */
typedef struct pps_load {
	const pps_uuid *ids; /* sorted, each once; borrowed */
	size_t n;
	pps_refs *refs;
	pps_ref_places *places;
	pps_ref_result *results;
} pps_load;

/* Room for the copiers; the repositories and the mode are set. */
int pps_transfer_begin(pps_transfer *t, pps_error **err);
void pps_transfer_end(pps_transfer *t);
/* Dimension records and files; then rows, in one transaction, through this connection or another one. Both may be repeated, together. */
int pps_transfer_prepare(pps_transfer *t, pps_load *l, pps_error **err);
int pps_transfer_write(pps_transfer *t, pps_load *l, pps_error **err);
/* Tells of each dataset, in the order of UUIDs, those that the source does not know among them. Negative: the caller wants no more. */
int pps_transfer_tell(const pps_transfer *t, const pps_load *l);
void pps_load_clear(pps_load *l);

/* All of @ids (sorted, each once), chunk by chunk, told of in their order; several chunks at a time where the destination gains by it. */
int pps_transfer_all(pps_transfer *t, const pps_uuid *ids, size_t n, pps_error **err);

#endif
