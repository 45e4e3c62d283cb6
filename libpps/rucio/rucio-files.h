/* SPDX-License-Identifier: BSD-3-Clause */
/* Files in place below dest_root. */
#ifndef PPS_RUCIO_RUCIO_FILES_H
#define PPS_RUCIO_RUCIO_FILES_H

#include "rucio/rucio.h"
#include "store/store.h"

typedef struct pps_rucio_digests {
	uint64_t size;
	char adler32[9], md5[33];
} pps_rucio_digests;

/* Reads a file once; another writer meanwhile is PPS_E_CONFLICT. */
int pps_rucio_digest_file(pps_store *store, const char *name, pps_rucio_digests *ret, pps_error **err);
/* The store of raw.dest_root. PPS_E_CONFIG without a block `raw`. */
int pps_rucio_open_root(pps_rucio *rucio, const pps_conf *conf, pps_store **ret_store, pps_error **err);

#endif
