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
/* Adds each dataset type by its name, as the key `types` of the status has them. */
int pps_report_types(pps_publish *publish, json_t *types, pps_error **err);

/* Called for each dataset that was chosen, in the order of their UUIDs; what it returns below 0 ends it. */
typedef int (*pps_report_row_fn)(const pps_publish_flow *flow, const pps_dataset_row *row, void *user, pps_error **err);
int pps_report_each(pps_publish *publish, pps_report_row_fn fn, void *user, pps_error **err);

#endif
