/* SPDX-License-Identifier: BSD-3-Clause */
/* What the files of this room share. */
#ifndef PPS_STREAM_STREAM_PRIVATE_H
#define PPS_STREAM_STREAM_PRIVATE_H

#include <librdkafka/rdkafka.h>

#include "stream/stream.h"

static inline void pps_rd_conf_destroyp(rd_kafka_conf_t **conf)
{
	if (*conf)
		rd_kafka_conf_destroy(*conf);
}

static inline void pps_rd_list_destroyp(rd_kafka_topic_partition_list_t **list)
{
	if (*list)
		rd_kafka_topic_partition_list_destroy(*list);
}

/* The first version of librdkafka that can be told how soon it looks again whether its queue is still full. */
#define PPS_STREAM_FETCH_BACKOFF 0x020200ff

/* What a consumer needs, then the site's properties; what bounds memory and keeps offsets with the state cannot be changed by them. */
int pps_stream_properties(const pps_conf_kafka *kafka, rd_kafka_conf_t **ret_conf, pps_error **err);

/* The PPS_E_* of an error of librdkafka; PPS_OK: nothing that a caller needs to know, librdkafka goes on by itself. */
int pps_stream_code(rd_kafka_resp_err_t code);

#endif
