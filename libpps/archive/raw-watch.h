/* SPDX-License-Identifier: BSD-3-Clause */
/* Looks at an exposure's files while they are packed, so that they need not be read for it before: each must be what its name says, and
 * the headers of the FITS files make the metadata index, which then comes last in the zip. */
#ifndef PPS_ARCHIVE_RAW_WATCH_H
#define PPS_ARCHIVE_RAW_WATCH_H

#include "archive/members.h"

typedef struct pps_raw_watch pps_raw_watch; /* one thread at a time */

int pps_raw_watch_new(pps_raw_watch **ret_watch, pps_error **err);
/* After the members that it watches are no longer used. */
void pps_raw_watch_free(pps_raw_watch *watch);
PPS_DEFINE_CLEANUP(pps_raw_watch, pps_raw_watch_free)
/* Watches these members, and adds the metadata index behind them. */
int pps_raw_watch_members(pps_raw_watch *watch, pps_members *members, pps_error **err);

#endif
