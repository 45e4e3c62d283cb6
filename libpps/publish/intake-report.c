/* SPDX-License-Identifier: BSD-3-Clause */
/* What waits in the intake, as JSON, and messages that were put aside and are tried again. */
#include <string.h>

#include "publish/intake.h"
#include "publish/publish.h"
#include "publish/report.h"
#include "state/intake.h"

#define LISTED_MOST 100
#define REVIVED_AT_A_TIME 200

/* The topic of the messages; NULL: none is configured. */
static const char *topic_of(const pps_publish *p)
{
	const pps_conf_kafka *kafka = pps_conf_intake_block(p->conf)->kafka;

	return kafka ? kafka->topic : NULL;
}

static int add_batches(pps_publish *p, json_t *list, pps_error **err)
{
	_cleanup_(pps_pending_batches_freep) pps_pending_batches *batches = NULL;
	int r = pps_state_batches(p->state, INT64_MAX, LISTED_MOST, &batches, err);

	for (size_t i = 0; r == PPS_OK && i < batches->n; i++) {
		const pps_pending_batch *b = &batches->at[i];
		char id[37];

		pps_uuid_format(&b->batch, id);
		if (json_array_append_new(list, json_pack("{s:s, s:s, s:s, s:o, s:i, s:s?, s:o}", "batch_id", id, "origin", b->origin, "file", b->file,
							  "since", pps_report_time(b->since), "attempts", b->attempts, "error", b->error, "next_try",
							  pps_report_time(b->next_try))) < 0)
			return pps_fail_nomem(err);
	}
	return r;
}

static int add_letter(const pps_dead_letter *l, void *user, pps_error **err)
{
	return json_array_append_new(user, json_pack("{s:s, s:I, s:I, s:o, s:s, s:s}", "topic", l->place.topic, "partition", (json_int_t)l->place.part,
						     "offset", (json_int_t)l->place.position, "at", pps_report_time(l->at), "reason", l->reason,
						     "content", l->content)) < 0 ? pps_fail_nomem(err) : PPS_OK;
}

int pps_report_intake(pps_publish *p, json_t **ret_json, pps_error **err)
{
	json_t *intake = json_pack("{s:[], s:[]}", "batches", "letters");
	int64_t pending = 0, letters = 0;
	int r = intake ? PPS_OK : pps_fail_nomem(err);

	if (r == PPS_OK && (r = pps_state_batch_count(p->state, &pending, err)) == PPS_OK)
		r = add_batches(p, json_object_get(intake, "batches"), err);
	if (r == PPS_OK && topic_of(p) && (r = pps_state_dead_letter_count(p->state, topic_of(p), &letters, err)) == PPS_OK)
		r = pps_state_dead_letters(p->state, topic_of(p), NULL, LISTED_MOST, add_letter, json_object_get(intake, "letters"), err);
	if (r == PPS_OK && (json_object_set_new(intake, "pending", json_integer(pending)) < 0 ||
			    json_object_set_new(intake, "dead_letters", json_integer(letters)) < 0))
		r = pps_fail_nomem(err);
	if (r < 0)
		json_decref(intake);
	else
		*ret_json = intake;
	return r;
}

/* ---- tried again ---- */

/* A page of letters: what they say, where it can be read. */
struct page {
	pps_message_place places[REVIVED_AT_A_TIME]; /* own their topics */
	pps_batch_event *events[REVIVED_AT_A_TIME];  /* NULL: still cannot be read */
	size_t n;
};

static void clear_page(struct page *page)
{
	for (size_t i = 0; i < page->n; i++) {
		free((void *)page->places[i].topic);
		pps_batch_event_free(page->events[i]);
	}
}

static int read_letter(const pps_dead_letter *l, void *user, pps_error **err)
{
	struct page *page = user;
	pps_batch_event *event = NULL;
	char *topic = strdup(l->place.topic);

	if (!topic)
		return pps_fail_nomem(err);
	page->places[page->n] = (pps_message_place){ topic, l->place.part, l->place.position };
	if (pps_batch_event_parse(l->content, l->size, &event, NULL) == PPS_OK)
		page->events[page->n] = event;
	page->n++;
	return PPS_OK;
}

/* @last: moves on; owned by the caller. */
static int revive_page(pps_publish *p, const char *reason, pps_message_place *last, size_t *ret_n, int64_t *revived, int64_t *left,
		       pps_error **err)
{
	_cleanup_(clear_page) struct page page = { .n = 0 };
	int r = pps_state_dead_letters(p->state, topic_of(p), last->topic ? last : NULL, REVIVED_AT_A_TIME, read_letter, &page, err);

	for (size_t i = 0; r == PPS_OK && i < page.n; i++) {
		pps_pending_batch batch = { .place = page.places[i] };

		*left += !page.events[i];
		if (!page.events[i])
			continue;
		batch.batch = page.events[i]->batch;
		batch.origin = page.events[i]->origin;
		batch.file = page.events[i]->file;
		++*revived;
		if (!p->dry_run)
			r = pps_state_dead_letter_revive(p->state, &batch, reason, "pps retry", err);
	}
	if (r < 0)
		return r;
	*ret_n = page.n;
	if (page.n) {
		free((void *)last->topic);
		*last = page.places[page.n - 1];
		page.places[page.n - 1].topic = NULL;
	}
	return PPS_OK;
}

int pps_publish_retry_letters(pps_publish *p, const char *reason, char **ret_json, pps_error **err)
{
	pps_message_place last = { 0 };
	int64_t revived = 0, left = 0;
	size_t n = REVIVED_AT_A_TIME;
	int r = PPS_OK;

	if (!p || !reason || !*reason || !ret_json)
		return pps_fail(err, PPS_E_ARG, "pps_publish_retry_letters: publish, reason and ret_json must be given");
	while (r == PPS_OK && topic_of(p) && n == REVIVED_AT_A_TIME)
		if ((r = pps_ctx_check(p->ctx, err)) == PPS_OK)
			r = revive_page(p, reason, &last, &n, &revived, &left, err);
	free((void *)last.topic);
	if (r < 0)
		return r;
	return pps_report_text(json_pack("{s:I, s:I}", "revived", (json_int_t)revived, "left", (json_int_t)left), ret_json, err);
}
