/* SPDX-License-Identifier: BSD-3-Clause */
/* Times in zips: DOS date and time, two seconds fine, 1980 to 2107; always taken as UTC, so that a zip does not depend on the
 * time zone of the machine that writes it. */
#ifndef PPS_ARCHIVE_ZIP_TIME_H
#define PPS_ARCHIVE_ZIP_TIME_H

#include <stdint.h>

/* Date in the upper 16 bits, time in the lower; clipped to what there is. @utc_ns: since 1970. */
uint32_t pps_zip_time_of(int64_t utc_ns);
/* Back; nonsense (month 0, hour 31) is clipped. */
int64_t pps_zip_time_to(uint32_t dos);

#endif
