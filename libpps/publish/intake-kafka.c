/* SPDX-License-Identifier: BSD-3-Clause */
/* From messages to batches that are to be read, and from those to datasets. */
#include <string.h>

#include "base/json.h"
#include "publish/intake-private.h"
#include "state/intake.h"

#define STRETCH_MOST 20000   /* messages recorded in one transaction */
#define STRETCH_MS 1000      /* which are not held back for longer */
#define DRAIN_MS 60000
#define JOIN_MS 20000        /* until the group gives this member its partitions */
#define BATCHES_MOST 300     /* files read before their datasets are registered */
#define ITEMS_ENOUGH 300000  /* datasets that are; for each round of them the first look-up and the last writing are done alone */
#define GIVE_UP_NS (24 * 3600 * PPS_NS_PER_S)

/* ---- messages ---- */

struct stretch {
	pps_pending_batch *batches; /* own origin and file, and the topic */
	pps_dead_letter *letters;   /* own reason, content, and the topic */
	size_t nbatches, batches_cap, nletters, letters_cap, messages;
};

static void clear_stretch(struct stretch *s)
{
	for (size_t i = 0; i < s->nbatches; i++) {
		free((void *)s->batches[i].place.topic);
		free((void *)s->batches[i].origin);
		free((void *)s->batches[i].file);
	}
	for (size_t i = 0; i < s->nletters; i++) {
		free((void *)s->letters[i].place.topic);
		free((void *)s->letters[i].reason);
		free((void *)s->letters[i].content);
	}
	free(s->batches);
	free(s->letters);
}

static int add_letter(struct stretch *s, const pps_message_place *place, const char *reason, const void *value, size_t size, pps_error **err)
{
	pps_dead_letter *l;

	if (pps_grow(&s->letters, &s->letters_cap, s->nletters, sizeof *s->letters) < 0)
		return pps_fail_nomem(err);
	l = &s->letters[s->nletters++];
	size = size > PPS_LETTER_MOST ? PPS_LETTER_MOST : size;
	*l = (pps_dead_letter){ .place = { strdup(place->topic), place->part, place->position }, .reason = strdup(reason), .content = calloc(1, size + 1),
				.size = size };
	if (!l->place.topic || !l->reason || !l->content)
		return pps_fail_nomem(err);
	if (size)
		memcpy((char *)l->content, value, size);
	return PPS_OK;
}

/* A message that cannot be read is put aside with its place; it blocks nothing. */
static int add_message(pps_stream *stream, struct stretch *s, pps_error **err)
{
	_cleanup_(pps_batch_event_freep) pps_batch_event *event = NULL;
	_cleanup_(pps_error_freep) pps_error *why = NULL;
	pps_message_place place = { pps_stream_topic(stream), pps_stream_partition(stream), pps_stream_offset(stream) };
	pps_pending_batch *b;
	size_t size;
	const void *value = pps_stream_value(stream, &size);
	int r = pps_batch_event_parse(value, size, &event, &why);

	s->messages++;
	if (r == PPS_E_NOMEM)
		return pps_fail_nomem(err);
	if (r < 0)
		return add_letter(s, &place, pps_error_message(why), value, size, err);
	if (pps_grow(&s->batches, &s->batches_cap, s->nbatches, sizeof *s->batches) < 0)
		return pps_fail_nomem(err);
	b = &s->batches[s->nbatches++];
	*b = (pps_pending_batch){ .place = { strdup(place.topic), place.part, place.position }, .batch = event->batch, .origin = TAKE_PTR(event->origin),
				  .file = TAKE_PTR(event->file) };
	return b->place.topic ? PPS_OK : pps_fail_nomem(err);
}

/* The state first, the offsets after it: a crash between them gives messages twice, which changes nothing. */
static int record(pps_intake *intake, const pps_registrar *g, const struct stretch *s, pps_intake_tally *tally, int *is_registrar, pps_error **err)
{
	int64_t now, letters;
	int r;

	if (!s->messages)
		return PPS_OK;
	*is_registrar = 1;
	if ((r = pps_tai_now(&now, err)) < 0 ||
	    (r = pps_state_intake_record(g->state, g->lock, s->batches, s->nbatches, s->letters, s->nletters, now, &letters, err)) < 0)
		return r;
	*is_registrar = 0;
	tally->messages += (int64_t)s->messages;
	tally->letters += letters;
	if (letters)
		pps_log(intake->ctx, PPS_LOG_WARNING, "messages that cannot be read were put aside", "topic", s->letters[0].place.topic, "why",
			s->letters[0].reason, NULL);
	return pps_stream_commit(intake->stream, err);
}

/* One stretch: what comes within @wait_ms, and what then is at hand. */
static int take(pps_intake *intake, const pps_registrar *g, int64_t wait_ms, pps_intake_tally *tally, int *is_registrar, pps_error **err)
{
	_cleanup_(clear_stretch) struct stretch s = { 0 };
	_cleanup_(pps_error_freep) pps_error *why = NULL;
	int64_t deadline = pps_monotonic_now() + (wait_ms + STRETCH_MS) * INT64_C(1000000);
	int r = pps_stream_next(intake->stream, wait_ms, &why), recorded;

	while (r == 1) {
		if ((r = add_message(intake->stream, &s, err)) < 0)
			return r;
		if (s.messages == STRETCH_MOST || pps_monotonic_now() >= deadline)
			break;
		r = pps_stream_next(intake->stream, 20, &why);
	}
	/* what was read before something went wrong is recorded all the same */
	if ((recorded = record(intake, g, &s, tally, is_registrar, err)) < 0)
		return recorded;
	if (r < 0)
		pps_error_move(err, TAKE_PTR(why));
	return r < 0 ? r : PPS_OK;
}

/* To the end of what there is when it begins, roughly. */
static int drain_topic(pps_intake *intake, const pps_registrar *g, pps_intake_tally *tally, int *is_registrar, pps_error **err)
{
	int64_t begin = pps_monotonic_now(), limit = begin + DRAIN_MS * INT64_C(1000000), join = begin + JOIN_MS * INT64_C(1000000);
	int r;

	for (;;) {
		if ((r = take(intake, g, 500, tally, is_registrar, err)) < 0)
			return r;
		if (pps_stream_is_at_end(intake->stream) || pps_monotonic_now() > limit)
			return PPS_OK;
		if (pps_stream_offset(intake->stream) >= 0)
			join = limit;
		if (pps_monotonic_now() > join)
			return pps_fail(err, PPS_E_UNAVAILABLE, "Kafka: the consumer group gave this member nothing to read for %d s", JOIN_MS / 1000);
	}
}

int pps_intake_messages(pps_intake *intake, const pps_registrar *registrar, int64_t wait_ms, int drain, pps_intake_tally *tally, pps_error **err)
{
	_cleanup_(pps_error_freep) pps_error *why = NULL;
	int r, is_registrar = 0;

	if (!intake->stream && (r = pps_stream_open(intake->ctx, intake->conf, "intake.kafka", &intake->stream, err)) < 0)
		return r;
	r = drain ? drain_topic(intake, registrar, tally, &is_registrar, &why) : take(intake, registrar, wait_ms, tally, &is_registrar, &why);
	if (r == PPS_OK) {
		pps_intake_is_back(intake, &intake->broker);
		return PPS_OK;
	}
	if (is_registrar) {
		pps_error_move(err, TAKE_PTR(why));
		return r;
	}
	if (r == PPS_E_FAILED) /* this stream is over */
		intake->stream = pps_stream_unref(intake->stream);
	return pps_intake_survive(intake, &intake->broker, r, TAKE_PTR(why), err);
}

/* ---- batch files ---- */

/* Batches whose files were read, and their datasets. */
struct reading {
	pps_pending_batch done[BATCHES_MOST];
	pps_batch *lists[BATCHES_MOST];
	size_t n;
	size_t nids;
};

static void clear_reading(struct reading *rd)
{
	for (size_t i = 0; i < rd->n; i++)
		pps_batch_free(rd->lists[i]);
	rd->n = rd->nids = 0;
}

static int give_up(pps_intake *intake, const pps_registrar *g, const pps_pending_batch *b, const char *reason, int64_t now, pps_intake_tally *tally,
		   pps_error **err)
{
	_cleanup_(json_decrefp) json_t *message = NULL;
	_cleanup_free_ char *content = NULL;
	pps_dead_letter letter = { .place = b->place, .reason = reason };
	char id[37];

	pps_uuid_format(&b->batch, id);
	/* as the message was, so that an operator can have it tried again */
	message = json_pack("{ssssssss}", "type", "batch-ingested", "batch_id", id, "origin", b->origin, "batch_file", b->file);
	if (!message || !(content = json_dumps(message, JSON_COMPACT)))
		return pps_fail_nomem(err);
	letter.content = content;
	letter.size = strlen(content);
	tally->letters++;
	pps_log(intake->ctx, PPS_LOG_WARNING, "a batch file was put aside", "file", b->file, "why", reason, NULL);
	return pps_state_batch_given_up(g->state, g->lock, &letter, now, err);
}

static int put_off(pps_intake *intake, const pps_registrar *g, const pps_pending_batch *b, const char *reason, int64_t now, pps_intake_tally *tally,
		   pps_error **err)
{
	_cleanup_free_ char *text = NULL;

	if (now - b->since >= GIVE_UP_NS) {
		if (asprintf(&text, "given up after a day: %s", reason) < 0) {
			text = NULL;
			return pps_fail_nomem(err);
		}
		return give_up(intake, g, b, text, now, tally, err);
	}
	if (!b->attempts)
		pps_log(intake->ctx, PPS_LOG_INFO, "a batch file cannot be read yet", "file", b->file, "why", reason, NULL);
	tally->pending++;
	return pps_state_batch_failed(g->state, g->lock, &b->place, reason, now + pps_intake_wait(b->attempts + 1), err);
}

static int parse(const pps_pending_batch *b, const void *text, size_t size, pps_batch **ret_list, pps_error **err)
{
	_cleanup_(pps_batch_freep) pps_batch *list = NULL;
	char here[37], there[37];
	int r = pps_batch_parse_json(b->file, text, size, &list, err);

	if (r < 0)
		return r;
	if (!list->has_id)
		return pps_fail_at(err, PPS_E_FORMAT, b->file, 0, 0, "expected a \"batch_id\"");
	if (pps_uuid_compare(&list->id, &b->batch)) {
		pps_uuid_format(&list->id, here);
		pps_uuid_format(&b->batch, there);
		return pps_fail_at(err, PPS_E_FORMAT, b->file, 0, 0, "batch_id: expected %s, as the message says, not %s", there, here);
	}
	*ret_list = TAKE_PTR(list);
	return PPS_OK;
}

/* *ret_down: the store does not answer, and is not asked again in this round. */
static int read_batch(pps_intake *intake, const pps_registrar *g, const pps_pending_batch *b, int64_t now, struct reading *rd, int *ret_down,
		      pps_intake_tally *tally, pps_error **err)
{
	_cleanup_(pps_error_freep) pps_error *why = NULL;
	_cleanup_(pps_batch_freep) pps_batch *list = NULL;
	_cleanup_free_ void *text = NULL;
	size_t size;
	int r;

	if ((r = pps_store_read(intake->root, b->file, PPS_BATCH_MOST, &text, &size, &why)) < 0) {
		if (r == PPS_E_NOMEM || r == PPS_E_CANCELLED) {
			pps_error_move(err, TAKE_PTR(why));
			return r;
		}
		if (r == PPS_E_UNAVAILABLE || r == PPS_E_TIMEOUT) {
			*ret_down = 1;
			return pps_intake_survive(intake, &intake->files, r, TAKE_PTR(why), err);
		}
		return r == PPS_E_FORMAT ? give_up(intake, g, b, pps_error_message(why), now, tally, err) :
					   put_off(intake, g, b, pps_error_message(why), now, tally, err);
	}
	pps_intake_is_back(intake, &intake->files);
	if ((r = parse(b, text, size, &list, &why)) < 0)
		return r == PPS_E_NOMEM ? pps_fail_nomem(err) : give_up(intake, g, b, pps_error_message(why), now, tally, err);
	rd->done[rd->n] = *b;
	rd->nids += list->n;
	rd->lists[rd->n++] = TAKE_PTR(list);
	return PPS_OK;
}

static int register_read(const pps_registrar *g, int64_t now, struct reading *rd, pps_intake_tally *tally, pps_error **err)
{
	_cleanup_free_ pps_register_item *items = calloc(rd->nids + 1, sizeof *items);
	size_t n = 0;
	int r;

	if (!items)
		return pps_fail_nomem(err);
	for (size_t i = 0; i < rd->n; i++)
		for (size_t k = 0; k < rd->lists[i]->n; k++)
			items[n++] = (pps_register_item){ rd->lists[i]->ids[k], rd->done[i].origin };
	if ((r = pps_register(g, now, items, n, &tally->registered, err)) < 0 ||
	    (r = pps_state_batches_done(g->state, g->lock, rd->done, rd->n, err)) < 0)
		return r;
	tally->batches += (int64_t)rd->n;
	clear_reading(rd);
	return PPS_OK;
}

int pps_intake_batches(pps_intake *intake, const pps_registrar *registrar, int64_t now, pps_intake_tally *tally, pps_error **err)
{
	size_t n = BATCHES_MOST;
	int r = PPS_OK, down = 0;

	if (!intake->block->kafka)
		return PPS_OK; /* those that are pending wait until it is configured again */
	if (!intake->root && (r = pps_store_open(intake->ctx, intake->block->kafka->batch_root, &intake->root, err)) < 0)
		return pps_wrap(err, r, "intake.kafka.batch_root");
	while (n == BATCHES_MOST && !down) {
		_cleanup_(pps_pending_batches_freep) pps_pending_batches *list = NULL;
		_cleanup_(clear_reading) struct reading rd = { .n = 0 };

		if ((r = pps_state_batches(registrar->state, now, BATCHES_MOST, &list, err)) < 0)
			return r;
		n = list->n;
		for (size_t i = 0; i < n && !down; i++) {
			if ((r = pps_ctx_check(intake->ctx, err)) < 0 ||
			    (r = read_batch(intake, registrar, &list->at[i], now, &rd, &down, tally, err)) < 0 ||
			    (rd.nids >= ITEMS_ENOUGH && (r = register_read(registrar, now, &rd, tally, err)) < 0))
				return r;
		}
		if (rd.n && (r = register_read(registrar, now, &rd, tally, err)) < 0)
			return r;
	}
	return PPS_OK;
}
