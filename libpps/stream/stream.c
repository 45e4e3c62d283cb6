/* SPDX-License-Identifier: BSD-3-Clause */
#include <string.h>

#include "stream/stream-private.h"

#define SLICE_MS 100
#define PROBE_MS 1000   /* to ask a broker whether it is back */
#define PROBES 3
#define COMMIT_MS 30000
#define CLOSE_MS 5000
#define NUDGE_NS INT64_C(20000000) /* not oftener: what is read faster than it comes runs dry without help as well */

struct pps_stream {
	int refs;
	pps_ctx *ctx;
	rd_kafka_t *rk;
	rd_kafka_queue_t *commits; /* where answers to commits come */
	rd_kafka_message_t *message; /* the current one */
	rd_kafka_topic_partition_list_t *assigned; /* its metadata field says whether the end was reached */
	rd_kafka_topic_partition_list_t *handed;   /* offsets after the messages that were given out and not committed */
	int64_t nudged_at; /* monotonic */
	int has_flowed;    /* something was handed out since */
	int out_of_memory; /* in a callback, which cannot say so itself */
	int trouble;       /* PPS_E_* of the last thing that went wrong; PPS_OK: nothing since the last sign of life */
	char why[512];
	char *brokers;
};

/* A line that is cut while TLS is agreed on says nothing of certificates. */
static int is_cut(rd_kafka_resp_err_t code, const char *text)
{
	return code == RD_KAFKA_RESP_ERR__SSL && text && (strstr(text, "unexpected eof") || strstr(text, "Disconnected"));
}

static void note(pps_stream *s, rd_kafka_resp_err_t code, const char *text)
{
	int r = is_cut(code, text) ? PPS_E_UNAVAILABLE : pps_stream_code(code);

	/* what a person must mend is not hidden by the disconnections that follow from it, nor why one broker is down by that all of them are */
	if (r == PPS_OK || (r == PPS_E_UNAVAILABLE && s->trouble != PPS_OK && s->trouble != PPS_E_UNAVAILABLE) ||
	    (code == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN && s->trouble != PPS_OK))
		return;
	s->trouble = r;
	snprintf(s->why, sizeof s->why, "%s", text && *text ? text : rd_kafka_err2str(code));
}

static void sign_of_life(pps_stream *s)
{
	s->trouble = PPS_OK;
	s->why[0] = 0;
}

static void on_error(rd_kafka_t *rk, int code, const char *reason, void *opaque)
{
	char text[384];

	if (code == RD_KAFKA_RESP_ERR__FATAL)
		code = rd_kafka_fatal_error(rk, text, sizeof text) ? RD_KAFKA_RESP_ERR__FATAL : code;
	note(opaque, code, reason);
}

static rd_kafka_topic_partition_t *partition_of(rd_kafka_topic_partition_list_t *list, const char *topic, int32_t partition)
{
	return list ? rd_kafka_topic_partition_list_find(list, topic, partition) : NULL;
}

static void forget(rd_kafka_topic_partition_list_t **list)
{
	if (*list)
		rd_kafka_topic_partition_list_destroy(*list);
	*list = NULL;
}

/* Called by the consumer's poll, on our thread. What another member now has is not ours to commit. */
static void on_rebalance(rd_kafka_t *rk, rd_kafka_resp_err_t code, rd_kafka_topic_partition_list_t *partitions, void *opaque)
{
	pps_stream *s = opaque;

	forget(&s->assigned);
	if (code == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS) {
		if (!(s->assigned = rd_kafka_topic_partition_list_copy(partitions)))
			s->out_of_memory = 1;
		for (int i = 0; s->assigned && i < s->assigned->cnt; i++)
			s->assigned->elems[i].offset = 0; /* 1: read to its end */
		note(s, rd_kafka_assign(rk, partitions), "assigning partitions failed");
		sign_of_life(s);
		return;
	}
	forget(&s->handed);
	note(s, rd_kafka_assign(rk, NULL), "giving partitions back failed");
}

static void mark_end(pps_stream *s, const char *topic, int32_t partition, int at_end)
{
	rd_kafka_topic_partition_t *p = partition_of(s->assigned, topic, partition);

	if (p)
		p->offset = at_end;
}

int pps_stream_open_topics(pps_ctx *ctx, const pps_conf_kafka *kafka, const char *const *topics, size_t ntopics, pps_stream **ret_stream,
			   pps_error **err)
{
	_cleanup_(pps_rd_conf_destroyp) rd_kafka_conf_t *conf = NULL;
	_cleanup_(pps_rd_list_destroyp) rd_kafka_topic_partition_list_t *list = NULL;
	_cleanup_(pps_stream_unrefp) pps_stream *s = NULL;
	rd_kafka_resp_err_t code;
	char why[256];
	int r;

	if (!ntopics || !kafka || !kafka->brokers)
		return pps_fail(err, PPS_E_ARG, "a stream needs brokers and at least one topic");
	if ((r = pps_ctx_check(ctx, err)) < 0 || (r = pps_stream_properties(kafka, &conf, err)) < 0)
		return r;
	if (!(s = calloc(1, sizeof *s)))
		return pps_fail_nomem(err);
	s->refs = 1;
	s->ctx = pps_ctx_ref(ctx);
	if (!(s->brokers = strdup(kafka->brokers)) || !(list = rd_kafka_topic_partition_list_new((int)ntopics)))
		return pps_fail_nomem(err);
	rd_kafka_conf_set_opaque(conf, s);
	rd_kafka_conf_set_error_cb(conf, on_error);
	rd_kafka_conf_set_rebalance_cb(conf, on_rebalance);
	if (!(s->rk = rd_kafka_new(RD_KAFKA_CONSUMER, conf, why, sizeof why)))
		return pps_fail_at(err, PPS_E_CONFIG, kafka->place.file, kafka->place.line, kafka->place.column, "Kafka: %s", why);
	TAKE_PTR(conf); /* rd_kafka_new() took it */
	if (!(s->commits = rd_kafka_queue_new(s->rk)))
		return pps_fail_nomem(err);
	rd_kafka_poll_set_consumer(s->rk);
	for (size_t i = 0; i < ntopics; i++)
		if (!rd_kafka_topic_partition_list_add(list, topics[i], RD_KAFKA_PARTITION_UA))
			return pps_fail_nomem(err);
	if ((code = rd_kafka_subscribe(s->rk, list)))
		return pps_fail(err, pps_stream_code(code), "Kafka: subscribing to %s: %s", topics[0], rd_kafka_err2str(code));
	*ret_stream = TAKE_PTR(s);
	return PPS_OK;
}

int pps_stream_open(pps_ctx *ctx, const pps_conf *conf, const char *block, pps_stream **ret_stream, pps_error **err)
{
	const pps_conf_kafka *kafka = NULL;
	const pps_conf_import *import;
	const char *const *topics = NULL;
	size_t n = 1;

	if (!conf || !block || !ret_stream || pps_conf_error_count(conf))
		return pps_fail(err, PPS_E_ARG, "pps_stream_open: a configuration without errors, block and ret_stream are needed");
	if (!strcmp(block, "intake.kafka")) {
		kafka = pps_conf_intake_kafka(conf);
	} else if (!strcmp(block, "raw.events.kafka")) {
		kafka = pps_conf_raw_block(conf) ? pps_conf_raw_block(conf)->events : NULL;
	} else if (!strcmp(block, "import.kafka")) {
		import = pps_conf_import_block(conf);
		kafka = import ? import->kafka : NULL;
		topics = import ? import->names.at : NULL;
		n = import ? import->names.n : 0;
	} else {
		return pps_fail(err, PPS_E_ARG, "pps_stream_open: there is no Kafka block \"%s\"", block);
	}
	if (!kafka)
		return pps_fail_at(err, PPS_E_CONFIG, pps_conf_file(conf), 0, 0, "there is no block \"%s\"", block);
	return pps_stream_open_topics(ctx, kafka, topics ? topics : (const char *const *)&kafka->topic, n, ret_stream, err);
}

pps_stream *pps_stream_ref(pps_stream *stream)
{
	stream->refs++;
	return stream;
}

/* Leaves the group, so that another member need not wait for the session's end; a broker that does not answer is not waited for. */
static void close_consumer(pps_stream *s)
{
	rd_kafka_queue_t *queue = rd_kafka_queue_new(s->rk);
	rd_kafka_error_t *error = queue ? rd_kafka_consumer_close_queue(s->rk, queue) : NULL;

	for (int ms = 0; queue && !error && ms < CLOSE_MS && !rd_kafka_consumer_closed(s->rk); ms += SLICE_MS) {
		rd_kafka_event_t *event = rd_kafka_queue_poll(queue, SLICE_MS);

		if (event && rd_kafka_event_type(event) == RD_KAFKA_EVENT_REBALANCE)
			rd_kafka_assign(s->rk, NULL);
		if (event)
			rd_kafka_event_destroy(event);
	}
	if (error)
		rd_kafka_error_destroy(error);
	if (queue)
		rd_kafka_queue_destroy(queue);
}

pps_stream *pps_stream_unref(pps_stream *stream)
{
	if (!stream || --stream->refs > 0)
		return NULL;
	/* librdkafka waits for ever for a message that is not given back */
	if (stream->message)
		rd_kafka_message_destroy(stream->message);
	if (stream->rk)
		close_consumer(stream);
	if (stream->commits)
		rd_kafka_queue_destroy(stream->commits);
	if (stream->rk)
		rd_kafka_destroy_flags(stream->rk, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
	forget(&stream->assigned);
	forget(&stream->handed);
	free(stream->brokers);
	pps_ctx_unref(stream->ctx);
	free(stream);
	return NULL;
}

/* What the caller was given need not come again once it commits. */
static int hand_out(pps_stream *s, rd_kafka_message_t *m, pps_error **err)
{
	const char *topic = rd_kafka_topic_name(m->rkt);
	rd_kafka_topic_partition_t *p;

	if (!s->handed && !(s->handed = rd_kafka_topic_partition_list_new(8)))
		return pps_fail_nomem(err);
	if (!(p = partition_of(s->handed, topic, m->partition)) && !(p = rd_kafka_topic_partition_list_add(s->handed, topic, m->partition)))
		return pps_fail_nomem(err);
	p->offset = m->offset + 1;
	mark_end(s, topic, m->partition, 0);
	s->has_flowed = 1;
	s->message = m;
	sign_of_life(s);
	return 1;
}

/* One answer of the poll. 1: a message; 0: nothing for the caller. */
static int take(pps_stream *s, rd_kafka_message_t *m, pps_error **err)
{
	const char *topic = m->rkt ? rd_kafka_topic_name(m->rkt) : "";
	int r = 0;

	if (!m->err) {
		if ((r = hand_out(s, m, err)) < 0)
			rd_kafka_message_destroy(m);
		return r;
	}
	if (m->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
		mark_end(s, topic, m->partition, 1);
		sign_of_life(s);
	} else {
		note(s, m->err, rd_kafka_message_errstr(m));
	}
	rd_kafka_message_destroy(m);
	return 0;
}

/* Brokers since version 4 insist on what RFC 5802 says of the nonce; librdkafka got it wrong until 2.6.1. */
static const char *advice(int trouble, const char *why)
{
	const int is_old = rd_kafka_version() < 0x020601ff;

	return trouble == PPS_E_ACCESS && is_old && strstr(why, "SCRAM") ? " (this librdkafka is older than 2.6.1: Kafka 4 refuses its SCRAM, whatever the password)" : "";
}

/* Asks a broker. Where none answers, what a person must mend, a certificate or a password, may be told soon after. 1: a message came. */
static int probe(pps_stream *s, pps_error **err)
{
	int r = 0;

	for (int i = 0; i < PROBES && r == 0 && s->trouble == PPS_E_UNAVAILABLE; i++) {
		const struct rd_kafka_metadata *metadata = NULL;
		rd_kafka_message_t *m;

		if ((r = pps_ctx_check(s->ctx, err)) < 0)
			return r;
		if (rd_kafka_metadata(s->rk, 0, NULL, &metadata, PROBE_MS) == RD_KAFKA_RESP_ERR_NO_ERROR) {
			rd_kafka_metadata_destroy(metadata);
			sign_of_life(s);
		}
		while (r == 0 && (m = rd_kafka_consumer_poll(s->rk, 0)))
			r = take(s, m, err);
	}
	return r;
}

/* No message in all the time: because there is none, or because nobody answers? */
static int explain(pps_stream *s, pps_error **err)
{
	int trouble, r;

	if (s->trouble == PPS_E_UNAVAILABLE && (r = probe(s, err)) != 0)
		return r;
	if ((trouble = s->trouble) == PPS_OK)
		return 0;
	pps_fail(err, trouble, "Kafka at %s: %s%s", s->brokers, s->why, advice(trouble, s->why));
	pps_error_set_retriable(err, trouble == PPS_E_UNAVAILABLE || trouble == PPS_E_NOTFOUND);
	if (trouble != PPS_E_UNAVAILABLE)
		sign_of_life(s); /* said once; librdkafka says it again while it lasts */
	return trouble;
}

/* librdkafka before 2.2 fetches no more while its queue is full, and looks whether it still is once a second, or when there is anything else to send to
 * that broker: a question, the answer to which is not waited for. */
static void nudge(pps_stream *s)
{
	_cleanup_(pps_rd_list_destroyp) rd_kafka_topic_partition_list_t *unread = NULL;
	const int64_t now = pps_monotonic_now();

	if (rd_kafka_version() >= PPS_STREAM_FETCH_BACKOFF || !s->has_flowed || !s->assigned || now - s->nudged_at < NUDGE_NS)
		return;
	s->has_flowed = 0;
	s->nudged_at = now;
	if (!(unread = rd_kafka_topic_partition_list_new(s->assigned->cnt)))
		return;
	for (int i = 0; i < s->assigned->cnt; i++) {
		const rd_kafka_topic_partition_t *p = &s->assigned->elems[i];

		if (!p->offset) /* else it was read to its end */
			rd_kafka_topic_partition_list_add(unread, p->topic, p->partition)->offset = RD_KAFKA_OFFSET_END;
	}
	if (unread->cnt)
		rd_kafka_offsets_for_times(s->rk, unread, 1);
}

int pps_stream_next(pps_stream *stream, int64_t timeout_ms, pps_error **err)
{
	int64_t deadline = 0; /* known once there is something to wait for */
	int r;

	if (!stream)
		return pps_fail(err, PPS_E_ARG, "pps_stream_next: stream must not be NULL");
	if (stream->message)
		rd_kafka_message_destroy(TAKE_PTR(stream->message));
	for (;;) {
		int64_t left = 1;
		rd_kafka_message_t *m;

		if ((r = pps_ctx_check(stream->ctx, err)) < 0)
			return r;
		if (!(m = rd_kafka_consumer_poll(stream->rk, 0))) {
			if (!deadline)
				deadline = pps_monotonic_now() + (timeout_ms > 0 ? timeout_ms : 0) * 1000000;
			if ((left = (deadline - pps_monotonic_now()) / 1000000) > 0) {
				nudge(stream);
				m = rd_kafka_consumer_poll(stream->rk, left < SLICE_MS ? (int)left : SLICE_MS);
			}
		}
		if (stream->out_of_memory) {
			if (m)
				rd_kafka_message_destroy(m);
			return pps_fail_nomem(err);
		}
		if (m && (r = take(stream, m, err)) != 0)
			return r;
		if (stream->trouble == PPS_E_FAILED || (!m && left <= 0))
			return explain(stream, err);
	}
}

int pps_stream_is_at_end(const pps_stream *stream)
{
	if (!stream || !stream->assigned || !stream->assigned->cnt)
		return 0;
	for (int i = 0; i < stream->assigned->cnt; i++)
		if (!stream->assigned->elems[i].offset)
			return 0;
	return 1;
}

const void *pps_stream_value(const pps_stream *stream, size_t *ret_size)
{
	const rd_kafka_message_t *m = stream ? stream->message : NULL;

	*ret_size = m ? m->len : 0;
	return m ? m->payload : NULL;
}

const char *pps_stream_topic(const pps_stream *stream)
{
	return stream && stream->message ? rd_kafka_topic_name(stream->message->rkt) : NULL;
}

int32_t pps_stream_partition(const pps_stream *stream)
{
	return stream && stream->message ? stream->message->partition : -1;
}

int64_t pps_stream_offset(const pps_stream *stream)
{
	return stream && stream->message ? stream->message->offset : -1;
}

/* Waits for the broker's answer in slices; the queue is ours alone, and older answers in it are of commits that this one covers. */
static int wait_commit(pps_stream *s, pps_error **err)
{
	int64_t deadline = pps_monotonic_now() + COMMIT_MS * INT64_C(1000000);
	rd_kafka_resp_err_t code = RD_KAFKA_RESP_ERR__TIMED_OUT;
	int r, answered = 0;

	while (!answered && pps_monotonic_now() < deadline) {
		rd_kafka_event_t *event;

		if ((r = pps_ctx_check(s->ctx, err)) < 0)
			return r;
		if (!(event = rd_kafka_queue_poll(s->commits, SLICE_MS)))
			continue;
		if (rd_kafka_event_type(event) == RD_KAFKA_EVENT_OFFSET_COMMIT) {
			code = rd_kafka_event_error(event);
			answered = 1;
		}
		rd_kafka_event_destroy(event);
	}
	if (code == RD_KAFKA_RESP_ERR_NO_ERROR || code == RD_KAFKA_RESP_ERR__NO_OFFSET)
		return PPS_OK;
	r = pps_stream_code(code);
	pps_fail(err, r == PPS_OK ? PPS_E_UNAVAILABLE : r, "Kafka at %s: committing offsets: %s", s->brokers, rd_kafka_err2str(code));
	return r == PPS_OK ? PPS_E_UNAVAILABLE : r;
}

int pps_stream_commit(pps_stream *stream, pps_error **err)
{
	rd_kafka_event_t *late;
	rd_kafka_resp_err_t code;
	int r;

	if (!stream)
		return pps_fail(err, PPS_E_ARG, "pps_stream_commit: stream must not be NULL");
	if ((r = pps_ctx_check(stream->ctx, err)) < 0)
		return r;
	if (!stream->handed || !stream->handed->cnt)
		return PPS_OK;
	while ((late = rd_kafka_queue_poll(stream->commits, 0))) /* the answer to a commit that was given up */
		rd_kafka_event_destroy(late);
	if ((code = rd_kafka_commit_queue(stream->rk, stream->handed, stream->commits, NULL, NULL)))
		return pps_fail(err, PPS_E_UNAVAILABLE, "Kafka at %s: committing offsets: %s", stream->brokers, rd_kafka_err2str(code));
	if ((r = wait_commit(stream, err)) == PPS_OK)
		forget(&stream->handed);
	return r;
}
