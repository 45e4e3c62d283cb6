/* SPDX-License-Identifier: BSD-3-Clause */
/* The JSON files beside FITS files. */
#ifndef PPS_ARCHIVE_SIDECAR_H
#define PPS_ARCHIVE_SIDECAR_H

#include "archive/reader.h"
#include "store/store.h"

/* PPS_OK when the file holds one JSON value, NaN and Infinity included, which Python writes; PPS_E_FORMAT with line and column when not. */
int pps_sidecar_check(pps_store *store, const char *name, pps_error **err);
int pps_sidecar_check_bytes(const pps_reader *from, pps_error **err);

#endif
