/* SPDX-License-Identifier: BSD-3-Clause */
/* Zips and yamls that no exposure of the source or the state accounts for, and entries of catalogues whose file is gone. */
#ifndef PPS_RAW_ORPHAN_H
#define PPS_RAW_ORPHAN_H

#include "raw/flow.h"
#include "raw/report.h"

/*
 * Adds a row for each of them to a report that has one for every exposure of the days that were asked for (none: all days of which there
 * is a file): files of dest_root of which the source, a destination or Rucio knows nothing, datasets of destinations and files in Rucio that
 * should be below dest_root and are not. What every place knows is left out, as is everything when exposures were asked for by name.
 */
int pps_raw_add_orphans(pps_raw *raw, pps_raw_report *report, pps_error **err);

/* "MC_O_20251202_000001" of "MC_O_20251202_000001.zip", "..._dimensions.yaml" and "..._dimensions.1.yaml", in @ret; 1: it is a zip, 2: a
 * yaml, 0: another file. */
int pps_raw_file_kind(const char *name, char *ret_obs_id, size_t size);

#endif
