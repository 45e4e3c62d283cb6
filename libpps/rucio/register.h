/* SPDX-License-Identifier: BSD-3-Clause */
/* Exposures on their way into Rucio, a chunk at a time; every step may be repeated from the start after any crash. */
#ifndef PPS_RUCIO_REGISTER_H
#define PPS_RUCIO_REGISTER_H

#include "rucio/rucio-list.h"
#include "rucio/rucio-private.h"

#define PPS_RUCIO_CHUNK_MOST 50
#define PPS_RUCIO_LIST_MOST 1000 /* entries of one list that the server takes */

/* What is left to do for an exposure. */
enum {
	PPS_ITEM_OPEN,   /* attach all, close, mark */
	PPS_ITEM_TRACTS, /* Obs is closed and has all files: attach to the other datasets */
	PPS_ITEM_WHOLE,  /* only its metadata are looked at */
	PPS_ITEM_CLOSED, /* Obs is closed: what it lacks is not yet known */
	PPS_ITEM_FAILED
};

typedef struct pps_rucio_item {
	const pps_rucio_exposure *exposure;
	pps_rucio_result *result;
	int state;
	int created; /* by this chunk: nobody else knows of it yet */
} pps_rucio_item;

typedef struct pps_rucio_chunk {
	pps_rucio *rucio;
	pps_rucio_item *items;
	size_t n;
	int64_t began;      /* monotonic ns */
	pps_map *reopened;  /* datasets other than Obs that were closed, and are to be closed again; borrowed */
	int split;          /* something is refused, and it is not said which exposure's: try again in halves */
	pps_error *refused; /* what was refused */
} pps_rucio_chunk;

/* Takes every exposure of a chunk as far as it goes; what fails for one is in its result. */
int pps_rucio_chunk_run(pps_rucio_chunk *chunk, pps_error **err);
/* Closes datasets again that were opened for exposures of others. */
int pps_rucio_close_again(pps_rucio *rucio, const pps_map *names, pps_error **err);

/* Ends an exposure's way; takes @error, which may be NULL when memory is out. */
void pps_rucio_item_fail(pps_rucio_item *item, int code, pps_error *error);
/* The exposure that a file or dataset of that name belongs to; NULL: none, or several. */
pps_rucio_item *pps_rucio_chunk_owner(pps_rucio_chunk *chunk, const char *name);

/* register-look.c: for each exposure whose Obs is closed, what it lacks; opens Obs where files are missing. */
int pps_rucio_chunk_look(pps_rucio_chunk *chunk, pps_error **err);
/* Opens a dataset. PPS_OK also when it was open; PPS_E_CONFLICT when the account may not. */
int pps_rucio_reopen(pps_rucio *rucio, const char *dataset, pps_error **err);

/* register-attach.c: one call for all that is to be attached, again without what is refused. */
int pps_rucio_chunk_attach(pps_rucio_chunk *chunk, pps_error **err);
/* The body of that call: attachments that register files first. */
int pps_rucio_attach_body(const pps_rucio_chunk *chunk, pps_buf *body, pps_error **err);

/* register-datasets.c */
int pps_rucio_chunk_datasets(pps_rucio_chunk *chunk, pps_error **err);
int pps_rucio_create_dataset(pps_rucio *rucio, const char *name, int *ret_created, pps_rucio_answer *answer, pps_error **err);

#endif
