/* SPDX-License-Identifier: BSD-3-Clause */
#include "publish/notify.h"

#include <string.h>

#include "publish/feed.h"
#include "publish/webhook.h"
#include "stream/producer.h"

#define HOUR (3600 * PPS_NS_PER_S)
#define KEEP (7 * 24 * HOUR)
#define BATCH_NOTICES 100
#define BATCH_DATASETS 10000
#define CALL_MOST ((size_t)32 << 20)
#define KAFKA_MS 30000

enum { TO_FEED, TO_KAFKA, TO_WEBHOOK };

typedef struct destination {
	int kind;
	char *name;
	const pps_conf_webhook *hook;
	int is_said; /* that it fails, in the log */
} destination;

struct pps_notify {
	pps_ctx *ctx;
	const pps_conf *conf;
	pps_state *state;
	destination *at;
	size_t n;
	pps_feed *feed;
	pps_http *http;
	pps_producer *producer;
	int64_t hour; /* of the last tick */
};

/* ---- what is configured ---- */

static int add_destination(pps_notify *n, int kind, const char *name, const pps_conf_webhook *hook, pps_error **err)
{
	destination *d = &n->at[n->n];

	*d = (destination){ .kind = kind, .hook = hook };
	if (!(d->name = strdup(name)))
		return pps_fail_nomem(err);
	n->n++;
	return PPS_OK;
}

static int add_webhook(pps_notify *n, const pps_conf_webhook *hook, pps_error **err)
{
	_cleanup_free_ char *name = NULL;
	int r = pps_webhook_name(hook->url, &name, err);

	return r < 0 ? r : add_destination(n, TO_WEBHOOK, name, hook, err);
}

int pps_notify_open(pps_ctx *ctx, const pps_conf *conf, pps_state *state, pps_notify **ret_notify, pps_error **err)
{
	_cleanup_(pps_notify_freep) pps_notify *n = calloc(1, sizeof *n);
	const pps_conf_notify *block = pps_conf_notify_block(conf);
	int r = PPS_OK;

	if (!n || !(n->at = calloc((block ? block->nwebhooks : 0) + 2, sizeof *n->at)))
		return pps_fail_nomem(err);
	n->ctx = pps_ctx_ref(ctx);
	n->conf = conf;
	n->state = pps_state_ref(state);
	if (block && block->feed && (r = add_destination(n, TO_FEED, "feed", NULL, err)) < 0)
		return r;
	if (block && block->kafka_topic && (r = add_destination(n, TO_KAFKA, "kafka", NULL, err)) < 0)
		return r;
	for (size_t i = 0; block && i < block->nwebhooks; i++)
		if ((r = add_webhook(n, &block->webhooks[i], err)) < 0)
			return r;
	*ret_notify = TAKE_PTR(n);
	return PPS_OK;
}

void pps_notify_free(pps_notify *notify)
{
	if (!notify)
		return;
	for (size_t i = 0; i < notify->n; i++)
		free(notify->at[i].name);
	free(notify->at);
	pps_feed_free(notify->feed);
	pps_http_free(notify->http);
	pps_producer_free(notify->producer);
	pps_state_unref(notify->state);
	pps_ctx_unref(notify->ctx);
	free(notify);
}

size_t pps_notify_count(const pps_notify *notify)
{
	return notify->n;
}

const char *pps_notify_destination(const pps_notify *notify, size_t n)
{
	return n < notify->n ? notify->at[n].name : NULL;
}

/* ---- delivering ---- */

static int find_datasets(pps_notify *n, const pps_notices *notices, pps_dataset_rows **ret_rows, pps_error **err)
{
	_cleanup_free_ pps_uuid *ids = NULL;
	size_t total = 0, filled = 0;

	for (size_t i = 0; i < pps_notices_count(notices); i++)
		total += pps_notices_at(notices, i)->n;
	if (!(ids = calloc(total + 1, sizeof *ids)))
		return pps_fail_nomem(err);
	for (size_t i = 0; i < pps_notices_count(notices); i++) {
		const pps_notice *one = pps_notices_at(notices, i);

		if (one->n)
			memcpy(ids + filled, one->ids, one->n * sizeof *ids);
		filled += one->n;
	}
	return pps_state_datasets_get(n->state, ids, total, ret_rows, err);
}

static int is_wanted(const destination *d, const pps_notice *notice)
{
	if (notice->kind == PPS_NOTICE_LEDGER)
		return 0;
	if (!d->hook || !d->hook->events.n)
		return 1;
	for (size_t i = 0; i < d->hook->events.n; i++)
		if (!strcmp(d->hook->events.at[i], pps_notice_name(notice->kind)))
			return 1;
	return 0;
}

/* How one batch went. */
typedef struct outcome {
	int64_t seq;   /* delivered up to here; 0: nothing */
	int64_t after; /* ns that the destination asked to wait */
	char *detail;  /* owned */
} outcome;

static void clear_outcome(outcome *o)
{
	free(o->detail);
}

static int to_webhook(pps_notify *n, const destination *d, const pps_notify_batch *batch, outcome *o, pps_error **err)
{
	const size_t count = pps_notices_count(batch->notices);
	_cleanup_free_ const pps_notice **wanted = calloc(count + 1, sizeof *wanted);
	_cleanup_buf_ pps_buf body = PPS_BUF(CALL_MOST);
	size_t nwanted = 0;
	int r;

	if (!wanted)
		return pps_fail_nomem(err);
	for (size_t i = 0; i < count; i++)
		if (is_wanted(d, pps_notices_at(batch->notices, i)))
			wanted[nwanted++] = pps_notices_at(batch->notices, i);
	if (nwanted) {
		pps_notify_add_call(&body, batch, wanted, nwanted);
		if ((r = pps_buf_check(&body, "call", err)) < 0 || (!n->http && (r = pps_http_new(n->ctx, NULL, &n->http, err)) < 0) ||
		    (r = pps_webhook_call(n->ctx, n->http, d->hook, &body, &o->after, err)) < 0)
			return r;
	}
	o->seq = pps_notices_at(batch->notices, count - 1)->seq;
	return PPS_OK;
}

typedef struct messages {
	pps_producer_message *at;
	pps_buf *texts;
	int64_t *seqs;
	size_t n;
} messages;

static void clear_messages(messages *m)
{
	for (size_t i = 0; i < m->n; i++)
		pps_buf_free(&m->texts[i]);
	free(m->at);
	free(m->texts);
	free(m->seqs);
}

static int make_messages(const destination *d, const pps_notify_batch *batch, messages *m, pps_error **err)
{
	const size_t count = pps_notices_count(batch->notices);
	int r = PPS_OK;

	if (!(m->at = calloc(count + 1, sizeof *m->at)) || !(m->texts = calloc(count + 1, sizeof *m->texts)) ||
	    !(m->seqs = calloc(count + 1, sizeof *m->seqs)))
		return pps_fail_nomem(err);
	for (size_t i = 0; i < count && r == PPS_OK; i++) {
		const pps_notice *notice = pps_notices_at(batch->notices, i);
		pps_buf *text = &m->texts[m->n];

		if (!is_wanted(d, notice))
			continue;
		*text = (pps_buf)PPS_BUF(CALL_MOST);
		pps_notify_add_notice(text, batch, notice);
		m->at[m->n].key = notice->repository;
		m->at[m->n].value = text->at;
		m->at[m->n].size = text->size;
		m->seqs[m->n++] = notice->seq;
		r = pps_buf_check(text, "message", err);
	}
	return r;
}

static int to_kafka(pps_notify *n, const destination *d, const pps_notify_batch *batch, outcome *o, pps_error **err)
{
	const pps_conf_kafka *kafka = pps_conf_intake_kafka(n->conf);
	_cleanup_(clear_messages) messages m = { 0 };
	size_t done = 0;
	int r;

	if ((r = make_messages(d, batch, &m, err)) < 0)
		return r;
	if (m.n && ((!n->producer && (r = pps_producer_open(n->ctx, kafka, pps_conf_notify_block(n->conf)->kafka_topic, &n->producer, err)) < 0) ||
		    (r = pps_producer_send(n->producer, m.at, m.n, KAFKA_MS, &done, err)) < 0)) {
		pps_producer_free(TAKE_PTR(n->producer));
		o->seq = done ? m.seqs[done - 1] : 0;
		return r;
	}
	o->seq = pps_notices_at(batch->notices, pps_notices_count(batch->notices) - 1)->seq;
	return PPS_OK;
}

static int to_feed(pps_notify *n, const pps_notify_batch *batch, const char *detail, outcome *o, pps_error **err)
{
	int r;

	if (!n->feed && (r = pps_feed_open(n->ctx, pps_conf_notify_block(n->conf)->feed, n->state, &n->feed, err)) < 0)
		return r;
	return pps_feed_write(n->feed, batch, detail, &o->seq, &o->detail, err);
}

static int deliver(pps_notify *n, const destination *d, const pps_notify_batch *batch, const char *detail, outcome *o, pps_error **err)
{
	if (d->kind == TO_FEED)
		return to_feed(n, batch, detail, o, err);
	return d->kind == TO_KAFKA ? to_kafka(n, d, batch, o, err) : to_webhook(n, d, batch, o, err);
}

/* ---- the state of a destination ---- */

/* What ends the round, not only this destination's turn. */
static int ends_all(int r)
{
	return r == PPS_E_CANCELLED || r == PPS_E_LOCKED || r == PPS_E_NOMEM;
}

static int note_failure(pps_notify *n, destination *d, const pps_flow_lock *lock, const pps_notice_cursor *c, int64_t after, const pps_error *e,
			pps_error **err)
{
	const char *text = pps_error_message(e);
	int64_t now, wait = pps_state_backoff(c->attempts + 1);
	int r, give_up;

	if ((r = pps_tai_now(&now, err)) < 0)
		return r;
	wait = wait > after ? wait : after;
	give_up = d->hook && c->failing_since && now - c->failing_since >= d->hook->give_up_after;
	if (give_up || !d->is_said)
		pps_log(n->ctx, give_up ? PPS_LOG_ERROR : PPS_LOG_WARNING, give_up ? "notices are not delivered any more" : "notices are not delivered",
			"destination", d->name, "error", text, NULL);
	d->is_said = 1;
	return pps_state_notice_failed(n->state, lock, d->name, pps_error_code(e), text, now, now + wait, give_up, err);
}

static int note_success(pps_notify *n, destination *d, const pps_flow_lock *lock, const pps_notice_cursor *c, const outcome *o, pps_error **err)
{
	int64_t now;
	int r;

	if ((r = pps_tai_now(&now, err)) < 0)
		return r;
	if (c->failing_since)
		pps_log(n->ctx, PPS_LOG_NOTICE, "notices are delivered again", "destination", d->name, NULL);
	d->is_said = 0;
	return pps_state_notice_delivered(n->state, lock, d->name, o->seq, o->detail ? o->detail : c->detail, now, err);
}

/* One batch: 1 when there may be more, 0 when the destination has all, or has to wait. */
static int step(pps_notify *n, destination *d, pps_flow_lock *lock, pps_error **err)
{
	_cleanup_(pps_notice_cursor_clear) pps_notice_cursor c = { 0 };
	_cleanup_(pps_notices_freep) pps_notices *notices = NULL;
	_cleanup_(pps_dataset_rows_freep) pps_dataset_rows *rows = NULL;
	_cleanup_(clear_outcome) outcome o = { 0 };
	_cleanup_(pps_error_freep) pps_error *e = NULL;
	int64_t now;
	int r, delivered;

	if ((r = pps_tai_now(&now, err)) < 0 || (r = pps_state_notice_cursor(n->state, d->name, &c, err)) < 0)
		return r;
	if (c.given_up || c.next_try > now)
		return 0;
	if ((r = pps_state_notices(n->state, c.seq, BATCH_NOTICES, BATCH_DATASETS, &notices, err)) < 0 || !pps_notices_count(notices) ||
	    (r = find_datasets(n, notices, &rows, err)) < 0 || (r = pps_flow_lock_check(lock, err)) < 0)
		return r;
	delivered = deliver(n, d, &(pps_notify_batch){ notices, rows }, c.detail, &o, &e);
	if (ends_all(delivered)) {
		pps_error_move(err, TAKE_PTR(e));
		return delivered;
	}
	if (o.seq && (r = note_success(n, d, lock, &c, &o, err)) < 0)
		return r;
	if (delivered == PPS_OK)
		return 1;
	r = note_failure(n, d, lock, &c, o.after, e, err);
	return r < 0 ? r : 0;
}

/* ---- once an hour ---- */

static int tell_ledger(pps_notify *n, const pps_flow_lock *lock, int64_t now, pps_error **err)
{
	_cleanup_free_ char *hash = NULL;
	int64_t at, seq, notice;
	char number[32];
	int r = pps_state_notice_last_ledger(n->state, &at, &seq, &hash, err);

	if (r < 0 || at / HOUR == now / HOUR)
		return r;
	if ((r = pps_state_notice_ledger(n->state, lock, now, &notice, err)) < 0 || !notice)
		return r;
	free(TAKE_PTR(hash));
	if ((r = pps_state_notice_last_ledger(n->state, &at, &seq, &hash, err)) < 0)
		return r;
	snprintf(number, sizeof number, "%lld", (long long)seq);
	pps_log(n->ctx, PPS_LOG_NOTICE, "head of the ledger", "seq", number, "hash", hash, NULL);
	return PPS_OK;
}

/* What every destination that is not given up has had for a week. */
static int sweep(pps_notify *n, const pps_flow_lock *lock, int64_t now, pps_error **err)
{
	int64_t seq = INT64_MAX, swept;
	int r;

	for (size_t i = 0; i < n->n; i++) {
		_cleanup_(pps_notice_cursor_clear) pps_notice_cursor c = { 0 };

		if ((r = pps_state_notice_cursor(n->state, n->at[i].name, &c, err)) < 0)
			return r;
		if (!c.given_up && c.seq < seq)
			seq = c.seq;
	}
	return pps_state_notice_sweep(n->state, lock, seq, now - KEEP, &swept, err);
}

int pps_notify_drain(pps_notify *n, pps_flow_lock *lock, int64_t most, pps_error **err)
{
	const int64_t began = pps_monotonic_now();
	int64_t now;
	int any, r;

	if ((r = pps_tai_now(&now, err)) < 0)
		return r;
	if (now / HOUR != n->hour) {
		if ((r = tell_ledger(n, lock, now, err)) < 0 || (r = sweep(n, lock, now, err)) < 0)
			return r;
		n->hour = now / HOUR;
	}
	/* one that has much to catch up with keeps no other waiting */
	do {
		any = 0;
		for (size_t i = 0; i < n->n; i++) {
			if ((r = step(n, &n->at[i], lock, err)) < 0)
				return pps_wrap(err, r, "notices to %s", n->at[i].name);
			any |= r;
		}
	} while (any && pps_monotonic_now() - began < most);
	return PPS_OK;
}
