/* SPDX-License-Identifier: BSD-3-Clause */
#include "publish/wire.h"

#include <string.h>

#include "base/time.h"
#include "stream/producer.h"
#include "stream/stream.h"

#define SEND_MS 30000
#define POLL_LIMIT "max.poll.interval.ms" /* a worker asks for no more while it works */
#define POLL_LIMIT_MS "7200000"

struct pps_kafka_wire {
	pps_ctx *ctx;
	pps_conf_kafka in, out;
	const char *from, *to; /* topics */
	char *group;
	const char **names, **values; /* properties of what is read */
	pps_stream *stream;
	pps_producer *producer;
};

/* What the site gives, and a patience that is enough for the longest chunk. */
static int set_properties(pps_kafka_wire *w, const pps_conf_kafka *kafka, pps_error **err)
{
	const size_t n = kafka->property_names.n;
	int is_given = 0;

	if (!(w->names = calloc(n + 1, sizeof *w->names)) || !(w->values = calloc(n + 1, sizeof *w->values)))
		return pps_fail_nomem(err);
	for (size_t i = 0; i < n; i++) {
		w->names[i] = kafka->property_names.at[i];
		w->values[i] = kafka->property_values.at[i];
		is_given |= !strcmp(w->names[i], POLL_LIMIT);
	}
	w->names[n] = POLL_LIMIT;
	w->values[n] = POLL_LIMIT_MS;
	w->in.property_names = (pps_conf_texts){ w->names, n + !is_given };
	w->in.property_values = (pps_conf_texts){ w->values, n + !is_given };
	return PPS_OK;
}

int pps_kafka_wire_new(pps_ctx *ctx, const pps_conf_workers *conf, int is_worker, pps_kafka_wire **ret_wire, pps_error **err)
{
	_cleanup_(pps_kafka_wire_freep) pps_kafka_wire *w = calloc(1, sizeof *w);
	int r;

	if (!w)
		return pps_fail_nomem(err);
	w->ctx = pps_ctx_ref(ctx);
	w->in = w->out = *conf->kafka;
	w->from = is_worker ? conf->kafka->topic : conf->results;
	w->to = is_worker ? conf->results : conf->kafka->topic;
	/* who takes answers shares them with no worker */
	if (asprintf(&w->group, "%s%s", conf->kafka->group, is_worker ? "" : ".results") < 0) {
		w->group = NULL;
		return pps_fail_nomem(err);
	}
	w->in.group = w->group;
	if ((r = set_properties(w, conf->kafka, err)) < 0)
		return r;
	*ret_wire = TAKE_PTR(w);
	return PPS_OK;
}

void pps_kafka_wire_free(pps_kafka_wire *w)
{
	if (!w)
		return;
	pps_stream_unref(w->stream);
	pps_producer_free(w->producer);
	pps_ctx_unref(w->ctx);
	free(w->names);
	free(w->values);
	free(w->group);
	free(w);
}

static int wire_send(void *user, const char *key, const char *text, pps_error **err)
{
	pps_kafka_wire *w = user;
	/* each to whoever has time for it */
	const pps_producer_message message = { .key = key, .value = text, .size = strlen(text), .is_anywhere = 1 };
	size_t done;
	int r;

	if (!w->producer && (r = pps_producer_open(w->ctx, &w->out, w->to, &w->producer, err)) < 0)
		return r;
	if ((r = pps_producer_send(w->producer, &message, 1, SEND_MS, &done, err)) < 0)
		pps_producer_free(TAKE_PTR(w->producer));
	return r;
}

static int wire_next(void *user, int64_t wait_ms, const char **ret_text, size_t *ret_size, pps_error **err)
{
	pps_kafka_wire *w = user;
	int r;

	if (!w->stream && (r = pps_stream_open_topics(w->ctx, &w->in, &w->from, 1, &w->stream, err)) < 0)
		return r;
	r = pps_stream_next(w->stream, wait_ms, err);
	if (r == 1 && !(*ret_text = pps_stream_value(w->stream, ret_size))) {
		*ret_text = "";
		*ret_size = 0;
	}
	if (r == PPS_E_FAILED)
		w->stream = pps_stream_unref(w->stream);
	return r;
}

static int wire_commit(void *user, pps_error **err)
{
	pps_kafka_wire *w = user;

	return w->stream ? pps_stream_commit(w->stream, err) : PPS_OK;
}

static void wire_again(void *user)
{
	pps_kafka_wire *w = user;

	w->stream = pps_stream_unref(w->stream);
}

static int wire_now(void *user, int64_t *ret_now, pps_error **err)
{
	(void)user;
	return pps_tai_now(ret_now, err);
}

const pps_wire_ops pps_kafka_wire_ops = { .send = wire_send, .next = wire_next, .commit = wire_commit, .again = wire_again, .now = wire_now };
