/* SPDX-License-Identifier: BSD-3-Clause */
/* How orders and answers travel: the Kafka of `workers.kafka`, or what stands in for it. One thread at a time. */
#ifndef PPS_PUBLISH_WIRE_H
#define PPS_PUBLISH_WIRE_H

#include "base/conf.h"
#include "base/ctx.h"

typedef struct pps_wire_ops {
	/* It is durable when this returns PPS_OK. */
	int (*send)(void *user, const char *key, const char *text, pps_error **err);
	/* 1: a message, borrowed until the next call; 0: none came within @wait_ms. */
	int (*next)(void *user, int64_t wait_ms, const char **ret_text, size_t *ret_size, pps_error **err);
	/* What came so far need not come again. */
	int (*commit)(void *user, pps_error **err);
	/* What came since then comes again, to whoever asks next. */
	void (*again)(void *user);
	/* TAI ns. */
	int (*now)(void *user, int64_t *ret_now, pps_error **err);
} pps_wire_ops;

typedef struct pps_wire {
	const pps_wire_ops *ops;
	void *user;
} pps_wire;

typedef struct pps_kafka_wire pps_kafka_wire;

/* Of the service (sends orders, takes answers), or of a worker. Nothing is opened before it is needed; after a failure it is opened anew. */
int pps_kafka_wire_new(pps_ctx *ctx, const pps_conf_workers *conf, int is_worker, pps_kafka_wire **ret_wire, pps_error **err);
void pps_kafka_wire_free(pps_kafka_wire *wire);
PPS_DEFINE_CLEANUP(pps_kafka_wire, pps_kafka_wire_free)

/* With a pps_kafka_wire as user. */
extern const pps_wire_ops pps_kafka_wire_ops;

#endif
