/* SPDX-License-Identifier: BSD-3-Clause */
/* Lists of datasets that are new, and the messages that tell of them: pure. */
#ifndef PPS_PUBLISH_BATCH_H
#define PPS_PUBLISH_BATCH_H

#include "base/uuid.h"

#define PPS_BATCH_MOST (32u << 20)       /* bytes of a list */
#define PPS_BATCH_EVENT_MOST (1u << 20)  /* bytes of a message */
#define PPS_ORIGIN_MOST 100              /* bytes of an origin */
#define PPS_BATCH_FILE_MOST 1024         /* bytes of a batch file's name */

typedef struct pps_batch {
	int has_id;
	pps_uuid id;         /* of the batch, where the list has one */
	pps_uuid *ids;       /* of the datasets, as written: one may come twice */
	size_t *origin_of;   /* of each: a place in origins */
	size_t n;
	char **origins;      /* the first is "": not said */
	size_t norigins;
	char *ignored;       /* names of columns that mean nothing here, separated by ", "; NULL: none */
} pps_batch;

/*
 * A batch file, or another list in JSON: {"batch_id": UUID, "datasets": [UUID, ...]}, where batch_id may be missing and "origin" may be there,
 * or the array alone. @name is for messages: PPS_E_FORMAT says the file, the line, and what was expected there.
 */
int pps_batch_parse_json(const char *name, const void *text, size_t size, pps_batch **ret_batch, pps_error **err);
/* A header line, and rows: the column `id` is needed, `origin` may be there, others are ignored. Fields may be quoted as in RFC 4180. */
int pps_batch_parse_csv(const char *name, const void *text, size_t size, pps_batch **ret_batch, pps_error **err);
/* By the ending of its name, .json or .csv; PPS_E_FORMAT for another. */
int pps_batch_parse(const char *name, const void *text, size_t size, pps_batch **ret_batch, pps_error **err);
void pps_batch_free(pps_batch *batch);
PPS_DEFINE_CLEANUP(pps_batch, pps_batch_free)

/* PPS_OK, or PPS_E_FORMAT: 1 to PPS_ORIGIN_MOST bytes of UTF-8 without control characters. */
int pps_origin_check(const char *origin, pps_error **err);

/* {"type": "batch-ingested", "batch_id": UUID, "origin": ..., "batch_file": ...} */
typedef struct pps_batch_event {
	pps_uuid batch;
	char *origin;
	char *file; /* below the folder of the batch files; it does not lead out */
} pps_batch_event;

/* PPS_E_FORMAT when it cannot be read, or tells of something else: what was expected. */
int pps_batch_event_parse(const void *text, size_t size, pps_batch_event **ret_event, pps_error **err);
void pps_batch_event_free(pps_batch_event *event);
PPS_DEFINE_CLEANUP(pps_batch_event, pps_batch_event_free)

#endif
