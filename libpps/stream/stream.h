/* SPDX-License-Identifier: BSD-3-Clause */
/* Messages from Kafka, for the rooms below; the public side is <pps/stream.h>. */
#ifndef PPS_STREAM_STREAM_H
#define PPS_STREAM_STREAM_H

#include <pps/stream.h>

#include "base/conf.h"
#include "base/ctx.h"

static inline void pps_stream_unrefp(pps_stream **stream)
{
	pps_stream_unref(*stream);
}

/* As pps_stream_open(); brokers, group and properties of @kafka, whose own topic is not read. @topics: at least one. */
int pps_stream_open_topics(pps_ctx *ctx, const pps_conf_kafka *kafka, const char *const *topics, size_t ntopics, pps_stream **ret_stream,
			   pps_error **err);

#endif
