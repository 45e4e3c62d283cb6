/* SPDX-License-Identifier: BSD-3-Clause */
/* Messages to a Kafka topic: idempotent, in order, acknowledged by all replicas. One thread at a time. */
#ifndef PPS_STREAM_PRODUCER_H
#define PPS_STREAM_PRODUCER_H

#include "base/conf.h"
#include "base/ctx.h"

typedef struct pps_producer pps_producer;

typedef struct pps_producer_message {
	const char *key;
	const void *value;
	size_t size;
	int is_anywhere; /* in any partition, by its key, and in no order */
} pps_producer_message;

/* Servers and properties of @kafka, whose own topic is not read. No broker is asked yet. */
int pps_producer_open(pps_ctx *ctx, const pps_conf_kafka *kafka, const char *topic, pps_producer **ret_producer, pps_error **err);
void pps_producer_free(pps_producer *producer);
PPS_DEFINE_CLEANUP(pps_producer, pps_producer_free)

/*
 * Sends all of @messages to partition 0 (but those that may go anywhere), whose order is theirs, and waits for the acknowledgements. *ret_done, also after a failure: how many of
 * them, from the first, are acknowledged; no later one overtakes one that is not. After a failure the producer can only be freed: what
 * was under way may have arrived. Blocks: for @timeout_ms.
 */
int pps_producer_send(pps_producer *producer, const pps_producer_message *messages, size_t n, int64_t timeout_ms, size_t *ret_done,
		      pps_error **err);

#endif
