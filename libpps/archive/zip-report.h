/* SPDX-License-Identifier: BSD-3-Clause */
/* What creating or verifying a zip found. */
#ifndef PPS_ARCHIVE_ZIP_REPORT_H
#define PPS_ARCHIVE_ZIP_REPORT_H

#include <pps/zip.h>

#include "base/digest.h"

int pps_zip_report_new(size_t members, const pps_digests *digests, pps_zip_report **ret_report, pps_error **err);
/* @member: "" for the archive itself. Problems past the ten thousandth are counted as one. */
int pps_zip_report_add(pps_zip_report *report, const char *member, pps_error **err, const char *fmt, ...) PPS_PRINTF(4, 5);

#endif
