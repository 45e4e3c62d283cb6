/* SPDX-License-Identifier: BSD-3-Clause */
/* What the files of the intake share. */
#ifndef PPS_PUBLISH_INTAKE_PRIVATE_H
#define PPS_PUBLISH_INTAKE_PRIVATE_H

#include "base/map.h"
#include "publish/intake.h"
#include "store/store.h"
#include "stream/stream.h"

/* Something that may be down: said when it goes, and when it is back. */
typedef struct pps_intake_source {
	const char *name;
	pps_error *why; /* NULL: it is not down */
} pps_intake_source;

struct pps_intake {
	pps_ctx *ctx;
	const pps_conf *conf;
	const pps_conf_intake *block;
	pps_stream *stream;
	pps_store *root;   /* of the batch files */
	pps_store *folder; /* of the lists */
	pps_intake_source broker, files, lists;
	pps_map *seen;     /* lists that may still be written: struct seen, by name */
	pps_map *said;     /* columns that were named */
};

/* An error that another time may not have: PPS_OK, after saying so once. Others are handed on. @why is taken. */
int pps_intake_survive(pps_intake *intake, pps_intake_source *source, int code, pps_error *why, pps_error **err);
void pps_intake_is_back(pps_intake *intake, pps_intake_source *source);
/* Reads and parses a list, and names columns that it ignores, once for the same ones. */
int pps_intake_read_list(pps_intake *intake, pps_store *store, const char *name, pps_batch **ret_list, pps_error **err);

/* The parts of a step. */
int pps_intake_messages(pps_intake *intake, const pps_registrar *registrar, int64_t wait_ms, int drain, pps_intake_tally *tally, pps_error **err);
int pps_intake_batches(pps_intake *intake, const pps_registrar *registrar, int64_t now, pps_intake_tally *tally, pps_error **err);
int pps_intake_lists(pps_intake *intake, const pps_registrar *registrar, int64_t now, int drain, pps_intake_tally *tally, pps_error **err);

#endif
