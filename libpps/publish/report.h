/* SPDX-License-Identifier: BSD-3-Clause */
/* Pieces of what the flow reports as JSON. */
#ifndef PPS_PUBLISH_REPORT_H
#define PPS_PUBLISH_REPORT_H

#include <jansson.h>

#include "publish/publish.h"

/* Takes @json (NULL: memory is out). */
int pps_report_text(json_t *json, char **ret_json, pps_error **err);
/* ISO 8601, TAI; null for what is no time. */
json_t *pps_report_time(int64_t tai);
/* Batches and dead letters of the intake: the first of each, and how many. */
int pps_report_intake(pps_publish *publish, json_t **ret_json, pps_error **err);
/* Adds how the dimension records of a dataset are in each repository. */
int pps_report_records_of(const pps_publish_flow *flow, const pps_dataset_row *row, json_t *list, pps_error **err);
json_t *pps_report_dataset(const pps_publish_flow *flow, const pps_dataset_row *row);

#endif
