/* SPDX-License-Identifier: BSD-3-Clause */
#include "stream/producer.h"

#include <string.h>

#include "base/time.h"
#include "stream/stream-private.h"

#define SLICE_MS 100
#define NS_PER_MS INT64_C(1000000)

struct pps_producer {
	pps_ctx *ctx;
	rd_kafka_t *rk;
	char *topic, *brokers;
	unsigned char *acked; /* of the messages that are sent now */
	size_t pending;
	int trouble; /* PPS_E_* of the first message that failed, or of the connection */
	char why[512];
};

/* What its promises rest on; a site's properties may not change them. */
static const char *const fixed[][2] = {
	{ "enable.idempotence", "true" },
	/* a message that is given up ends the producer: none after it can come before its repetition */
	{ "enable.gapless.guarantee", "true" },
	{ "acks", "all" },
	{ "linger.ms", "5" },
};

static void note(pps_producer *p, rd_kafka_resp_err_t code, const char *text)
{
	int r = pps_stream_code(code);

	if (p->trouble != PPS_OK && p->trouble != PPS_E_UNAVAILABLE)
		return;
	p->trouble = r == PPS_OK ? PPS_E_UNAVAILABLE : r;
	snprintf(p->why, sizeof p->why, "%s", text && *text ? text : rd_kafka_err2str(code));
}

static void on_delivery(rd_kafka_t *rk, const rd_kafka_message_t *m, void *opaque)
{
	pps_producer *p = opaque;

	(void)rk;
	p->pending--;
	if (m->err)
		note(p, m->err, NULL);
	else
		*(unsigned char *)m->_private = 1;
}

static void on_error(rd_kafka_t *rk, int code, const char *reason, void *opaque)
{
	char text[384];

	if (code == RD_KAFKA_RESP_ERR__FATAL)
		code = rd_kafka_fatal_error(rk, text, sizeof text) ? RD_KAFKA_RESP_ERR__FATAL : code;
	if (pps_stream_code(code) != PPS_OK)
		note(opaque, code, reason);
}

static int set_fixed(rd_kafka_conf_t *conf, pps_error **err)
{
	char why[256];

	for (size_t i = 0; i < PPS_COUNT(fixed); i++)
		if (rd_kafka_conf_set(conf, fixed[i][0], fixed[i][1], why, sizeof why) != RD_KAFKA_CONF_OK)
			return pps_fail(err, PPS_E_INTERNAL, "Kafka: %s: %s", fixed[i][0], why);
	return PPS_OK;
}

int pps_producer_open(pps_ctx *ctx, const pps_conf_kafka *kafka, const char *topic, pps_producer **ret_producer, pps_error **err)
{
	_cleanup_(pps_rd_conf_destroyp) rd_kafka_conf_t *conf = NULL;
	_cleanup_(pps_producer_freep) pps_producer *p = NULL;
	char why[256];
	int r;

	if ((r = pps_ctx_check(ctx, err)) < 0 || (r = pps_stream_properties(kafka, &conf, err)) < 0 || (r = set_fixed(conf, err)) < 0)
		return r;
	if (!(p = calloc(1, sizeof *p)))
		return pps_fail_nomem(err);
	p->ctx = pps_ctx_ref(ctx);
	if (!(p->topic = strdup(topic)) || !(p->brokers = strdup(kafka->brokers)))
		return pps_fail_nomem(err);
	rd_kafka_conf_set_opaque(conf, p);
	rd_kafka_conf_set_dr_msg_cb(conf, on_delivery);
	rd_kafka_conf_set_error_cb(conf, on_error);
	if (!(p->rk = rd_kafka_new(RD_KAFKA_PRODUCER, conf, why, sizeof why)))
		return pps_fail_at(err, PPS_E_CONFIG, kafka->place.file, kafka->place.line, kafka->place.column, "Kafka: %s", why);
	TAKE_PTR(conf); /* rd_kafka_new() took it */
	*ret_producer = TAKE_PTR(p);
	return PPS_OK;
}

/* Nothing is left that would still report to what was sent. */
static void abandon(pps_producer *p)
{
	rd_kafka_purge(p->rk, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
	while (p->pending && rd_kafka_poll(p->rk, SLICE_MS) > 0)
		;
}

void pps_producer_free(pps_producer *producer)
{
	if (!producer)
		return;
	if (producer->rk) {
		abandon(producer);
		rd_kafka_destroy(producer->rk);
	}
	pps_ctx_unref(producer->ctx);
	free(producer->acked);
	free(producer->topic);
	free(producer->brokers);
	free(producer);
}

/* Puts one message in the queue, waiting for room. */
static int put(pps_producer *p, const pps_producer_message *m, unsigned char *acked, int64_t deadline, pps_error **err)
{
	for (;;) {
		rd_kafka_resp_err_t code = rd_kafka_producev(p->rk, RD_KAFKA_V_TOPIC(p->topic), RD_KAFKA_V_PARTITION(m->is_anywhere ? RD_KAFKA_PARTITION_UA : 0),
							     RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_KEY(m->key, strlen(m->key)),
							     RD_KAFKA_V_VALUE((void *)m->value, m->size), RD_KAFKA_V_OPAQUE(acked),
							     RD_KAFKA_V_END);
		int r;

		if (!code) {
			p->pending++;
			return PPS_OK;
		}
		if (code != RD_KAFKA_RESP_ERR__QUEUE_FULL || pps_monotonic_now() >= deadline) {
			note(p, code, NULL);
			return PPS_OK; /* said by the caller, with what was acknowledged */
		}
		rd_kafka_poll(p->rk, SLICE_MS);
		if ((r = pps_ctx_check(p->ctx, err)) < 0)
			return r;
	}
}

static int has_failed(const pps_producer *p)
{
	char text[64];

	/* a broker that is away comes back; a message that failed does not */
	return (p->trouble != PPS_OK && p->trouble != PPS_E_UNAVAILABLE && p->trouble != PPS_E_NOTFOUND) ||
	       rd_kafka_fatal_error(p->rk, text, sizeof text);
}

int pps_producer_send(pps_producer *p, const pps_producer_message *messages, size_t n, int64_t timeout_ms, size_t *ret_done, pps_error **err)
{
	const int64_t deadline = pps_monotonic_now() + timeout_ms * NS_PER_MS;
	size_t done = 0;
	int r = PPS_OK;

	*ret_done = 0;
	if (p->pending)
		return pps_fail(err, PPS_E_INTERNAL, "Kafka: a producer that failed is used again");
	free(p->acked);
	if (!(p->acked = calloc(n + 1, 1)))
		return pps_fail_nomem(err);
	p->trouble = PPS_OK;
	p->why[0] = 0;
	for (size_t i = 0; i < n && r == PPS_OK && !has_failed(p); i++)
		r = put(p, &messages[i], &p->acked[i], deadline, err);
	while (r == PPS_OK && p->pending && !has_failed(p) && pps_monotonic_now() < deadline) {
		rd_kafka_poll(p->rk, SLICE_MS);
		r = pps_ctx_check(p->ctx, err);
	}
	while (done < n && p->acked[done])
		done++;
	*ret_done = done;
	if (r < 0 || done == n)
		return r;
	abandon(p);
	p->pending++; /* never again */
	pps_fail(err, p->trouble == PPS_OK ? PPS_E_TIMEOUT : p->trouble, "Kafka at %s, topic %s: %s", p->brokers, p->topic,
		 p->why[0] ? p->why : "no acknowledgement within the time limit");
	return p->trouble == PPS_OK ? PPS_E_TIMEOUT : p->trouble;
}
