/* SPDX-License-Identifier: BSD-3-Clause */
/* Notices as others read them; the formats are in docs/notifications.md. Pure. */
#ifndef PPS_PUBLISH_NOTIFY_TEXT_H
#define PPS_PUBLISH_NOTIFY_TEXT_H

#include "base/buf.h"
#include "state/dataset.h"

/* Notices and what the state knows of their datasets. */
typedef struct pps_notify_batch {
	const pps_notices *notices;
	const pps_dataset_rows *rows; /* in the order of their ids */
} pps_notify_batch;

/* TAI ns as "2025-12-02T23:59:00.425Z". */
void pps_notify_add_time(pps_buf *b, int64_t tai);
/* One notice as a JSON object, with its datasets. */
void pps_notify_add_notice(pps_buf *b, const pps_notify_batch *batch, const pps_notice *notice);
/* One notice as lines of JSON, one a dataset. */
void pps_notify_add_lines(pps_buf *b, const pps_notify_batch *batch, const pps_notice *notice);
/* The body of a webhook's call: @n notices. */
void pps_notify_add_call(pps_buf *b, const pps_notify_batch *batch, const pps_notice *const *notices, size_t n);

#endif
