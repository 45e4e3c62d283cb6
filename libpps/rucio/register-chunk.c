/* SPDX-License-Identifier: BSD-3-Clause */
/* The steps of a chunk, in their order: datasets, what closed ones lack, attach, close, mark for backup. */
#include <string.h>

#include "base/time.h"
#include "rucio/register.h"

#define BODY_MOST (4u << 20)
/* Nobody else has had the time to learn of a dataset that is younger, and to move its metadata on. */
#define FRESH_NS (30 * PPS_NS_PER_S)

/* ---- close ---- */

struct closing {
	pps_buf path;
	const char *name;
	pps_rucio_item *item; /* NULL: a dataset of many */
};

struct closings {
	struct closing *at;
	pps_rucio_call *calls;
	pps_rucio_answer *answers;
	size_t n;
};

static void free_closings(struct closings *c)
{
	for (size_t i = 0; i < c->n; i++)
		pps_buf_free(&c->at[i].path);
	free(c->at);
	free(c->calls);
	free(c->answers);
}

static int new_closings(struct closings *c, size_t most, pps_error **err)
{
	c->at = calloc(most + 1, sizeof *c->at);
	c->calls = calloc(most + 1, sizeof *c->calls);
	c->answers = calloc(most + 1, sizeof *c->answers);
	return c->at && c->calls && c->answers ? PPS_OK : pps_fail_nomem(err);
}

static int add_closing(const pps_rucio *rucio, struct closings *c, const char *name, pps_rucio_item *item, pps_error **err)
{
	static const char body[] = "{\"open\":false}";
	struct closing *closing = &c->at[c->n++];

	*closing = (struct closing){ .path = PPS_BUF(4096), .name = name, .item = item };
	pps_rucio_add_path(&closing->path, rucio->settings.scope, name, "/status");
	c->calls[c->n - 1] = (pps_rucio_call){ .method = "PUT", .path = closing->path.at, .body = body, .body_size = sizeof body - 1 };
	return pps_buf_check(&closing->path, "name", err);
}

static int end_closing(const struct closing *c, const pps_rucio_answer *answer, pps_error **err)
{
	pps_error *error = NULL;
	int code;

	switch (answer->meaning) {
	case PPS_RUCIO_FINE:
		if (c->item)
			c->item->result->done |= PPS_RUCIO_DID_CLOSE;
		return PPS_OK;
	case PPS_RUCIO_UNCHANGED: /* another was faster, or our own first try was heard */
		return PPS_OK;
	case PPS_RUCIO_DENIED:
	case PPS_RUCIO_SETTINGS:
		return pps_rucio_answer_fail(answer, err, "close dataset %s", c->name);
	default:
		if (!c->item)
			return pps_rucio_answer_fail(answer, err, "close dataset %s", c->name);
		code = pps_rucio_answer_fail(answer, &error, "close dataset %s", c->name);
		pps_rucio_item_fail(c->item, code, error);
		return PPS_OK;
	}
}

static int run_closings(pps_rucio *rucio, struct closings *c, pps_error **err)
{
	int r = pps_rucio_call_many(rucio, c->calls, c->n, c->answers, NULL, err);

	for (size_t i = 0; r == PPS_OK && i < c->n; i++)
		r = end_closing(&c->at[i], &c->answers[i], err);
	return r;
}

static int close_obs(pps_rucio_chunk *chunk, pps_error **err)
{
	_cleanup_(free_closings) struct closings c = { 0 };
	int r = new_closings(&c, chunk->n, err);

	for (size_t i = 0; r == PPS_OK && i < chunk->n; i++)
		if (chunk->items[i].state == PPS_ITEM_OPEN)
			r = add_closing(chunk->rucio, &c, chunk->items[i].exposure->obs_dataset, &chunk->items[i], err);
	return r < 0 ? r : run_closings(chunk->rucio, &c, err);
}

int pps_rucio_close_again(pps_rucio *rucio, const pps_map *names, pps_error **err)
{
	_cleanup_(free_closings) struct closings c = { 0 };
	int r = new_closings(&c, pps_map_size(names), err);

	for (size_t i = 0; r == PPS_OK && i < pps_map_size(names); i++)
		r = add_closing(rucio, &c, pps_map_key(names, i), NULL, err);
	return r < 0 ? r : run_closings(rucio, &c, err);
}

/* ---- mark ---- */

enum { LACKS_BACKUP = 1, LACKS_COPIES = 2 };

struct mark {
	pps_rucio_item *item;
	int lacks;
};

/* What each Obs dataset lacks; those that this chunk made a moment ago lack both. */
static int find_marks(pps_rucio_chunk *chunk, struct mark *marks, pps_error **err)
{
	int fresh = pps_monotonic_now() - chunk->began < FRESH_NS;
	const char *names[PPS_RUCIO_CHUNK_MOST];
	size_t at[PPS_RUCIO_CHUNK_MOST], n = 0;
	json_t *array = NULL;
	int r;

	for (size_t i = 0; i < chunk->n; i++) {
		marks[i] = (struct mark){ .item = &chunk->items[i] };
		if (chunk->items[i].state == PPS_ITEM_FAILED)
			continue;
		if (chunk->items[i].created && fresh) {
			marks[i].lacks = LACKS_BACKUP | LACKS_COPIES;
		} else {
			at[n] = i;
			names[n++] = chunk->items[i].exposure->obs_dataset;
		}
	}
	if (!n)
		return PPS_OK;
	if ((r = pps_rucio_metadata(chunk->rucio, names, n, &array, err)) < 0)
		return r;
	for (size_t i = 0; i < n; i++) {
		json_t *object = json_array_get(array, i);

		marks[at[i]].lacks = (json_object_get(object, PPS_RUCIO_ARC_BACKUP) ? 0 : LACKS_BACKUP) |
				     (json_object_get(object, PPS_RUCIO_SAFE_COPIES) ? 0 : LACKS_COPIES);
	}
	json_decref(array);
	return PPS_OK;
}

static void add_mark(pps_buf *b, const pps_rucio_settings *settings, const struct mark *m, int first)
{
	pps_buf_add_text(b, first ? "{" : ",{");
	pps_rucio_add_did(b, settings->scope, m->item->exposure->obs_dataset);
	pps_buf_add_text(b, ",\"meta\":{");
	if (m->lacks & LACKS_BACKUP) {
		pps_buf_add_text(b, "\"" PPS_RUCIO_ARC_BACKUP "\":");
		pps_rucio_add_text(b, settings->arc_backup);
	}
	if (m->lacks == (LACKS_BACKUP | LACKS_COPIES))
		pps_buf_add_char(b, ',');
	if (m->lacks & LACKS_COPIES)
		pps_buf_add_text(b, "\"" PPS_RUCIO_SAFE_COPIES "\":\"\"");
	pps_buf_add_text(b, "}}");
}

/* By itself, where all together were refused. */
static int mark_one(pps_rucio_chunk *chunk, const struct mark *m, pps_error **err)
{
	const char *pairs[4];
	pps_error *failure = NULL;
	size_t n = 0;
	int r;

	if (m->lacks & LACKS_BACKUP) {
		pairs[2 * n] = PPS_RUCIO_ARC_BACKUP;
		pairs[2 * n++ + 1] = chunk->rucio->settings.arc_backup;
	}
	if (m->lacks & LACKS_COPIES) {
		pairs[2 * n] = PPS_RUCIO_SAFE_COPIES;
		pairs[2 * n++ + 1] = "";
	}
	r = pps_rucio_set_metadata(chunk->rucio, m->item->exposure->obs_dataset, pairs, n, &failure);
	if (r == PPS_OK) {
		m->item->result->done |= PPS_RUCIO_DID_METADATA;
		return PPS_OK;
	}
	if (r == PPS_E_FAILED || r == PPS_E_NOTFOUND || r == PPS_E_CONFLICT) {
		pps_rucio_item_fail(m->item, r, failure);
		return PPS_OK;
	}
	pps_error_move(err, failure);
	return r;
}

static int mark_all(pps_rucio_chunk *chunk, pps_error **err)
{
	_cleanup_buf_ pps_buf body = PPS_BUF(BODY_MOST);
	struct mark marks[PPS_RUCIO_CHUNK_MOST];
	pps_rucio_call call = { .method = "POST", .path = "/dids/bulkdidsmeta" };
	pps_rucio_answer answer;
	int n = 0, r = find_marks(chunk, marks, err);

	if (r < 0)
		return r;
	pps_buf_add_text(&body, "{\"dids\":[");
	for (size_t i = 0; i < chunk->n; i++)
		if (marks[i].lacks)
			add_mark(&body, &chunk->rucio->settings, &marks[i], !n++);
	pps_buf_add_text(&body, "]}");
	if (!n)
		return PPS_OK;
	if ((r = pps_buf_check(&body, "metadata", err)) < 0)
		return r;
	call.body = body.at;
	call.body_size = body.size;
	if ((r = pps_rucio_call_one(chunk->rucio, &call, &answer, NULL, err)) < 0)
		return pps_wrap(err, r, "set metadata");
	if (answer.meaning == PPS_RUCIO_DENIED)
		return pps_rucio_answer_fail(&answer, err, "set metadata");
	for (size_t i = 0; r == PPS_OK && i < chunk->n; i++) {
		if (!marks[i].lacks)
			continue;
		if (answer.meaning == PPS_RUCIO_FINE)
			marks[i].item->result->done |= PPS_RUCIO_DID_METADATA;
		else
			r = mark_one(chunk, &marks[i], err);
	}
	return r;
}

int pps_rucio_chunk_run(pps_rucio_chunk *chunk, pps_error **err)
{
	int r;

	if ((r = pps_rucio_chunk_datasets(chunk, err)) < 0 || chunk->split)
		return r;
	if ((r = pps_rucio_chunk_look(chunk, err)) < 0)
		return r;
	if ((r = pps_rucio_chunk_attach(chunk, err)) < 0 || chunk->split)
		return r;
	if ((r = close_obs(chunk, err)) < 0)
		return r;
	return mark_all(chunk, err);
}
