/* SPDX-License-Identifier: BSD-3-Clause */
/* `<obs_id>_expectedSensors.json`: the sensors whose images an exposure will have. */
#ifndef PPS_RAW_SENSORS_H
#define PPS_RAW_SENSORS_H

#include "base/buf.h"

typedef struct pps_sensors pps_sensors; /* immutable */

/* {"expectedSensors": {"R22_S11": "SCIENCE", ...}}; the SCIENCE and GUIDER ones count, others (WAVEFRONT, ...) are left out. @name
 * is for messages. PPS_E_FORMAT when it is anything else. */
int pps_sensors_parse(const char *name, const char *text, size_t size, pps_sensors **ret_sensors, pps_error **err);
void pps_sensors_free(pps_sensors *sensors);
PPS_DEFINE_CLEANUP(pps_sensors, pps_sensors_free)

size_t pps_sensors_count(const pps_sensors *sensors);
/* Appends the names that are expected and not among @present, sorted, separated by ", ", the first @most of them in words; returns
 * how many are missing. */
size_t pps_sensors_missing(const pps_sensors *sensors, const char *const *present, size_t npresent, size_t most, pps_buf *b);

#endif
