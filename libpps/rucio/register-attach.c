/* SPDX-License-Identifier: BSD-3-Clause */
/* One call registers and attaches all files of a chunk, or nothing of it: whoever it is refused for is taken out, and the others go again. */
#include <string.h>

#include "rucio/register.h"

#define BODY_MOST (16u << 20)
/* One transaction of some seconds; what it became when nobody waited for its end, nobody knows. */
#define ATTACH_MS 300000

static void begin_attachment(pps_buf *b, const char *scope, const char *dataset, const char *rse, int *n)
{
	pps_buf_add_text(b, (*n)++ ? ",{" : "{");
	pps_rucio_add_did(b, scope, dataset);
	if (rse) {
		pps_buf_add_text(b, ",\"rse\":");
		pps_rucio_add_text(b, rse);
	}
	pps_buf_add_text(b, ",\"dids\":[");
}

static void add_whole(pps_buf *b, const pps_rucio *rucio, const char *dataset, const pps_rucio_exposure *e, int *n)
{
	begin_attachment(b, rucio->settings.scope, dataset, rucio->settings.rse, n);
	for (size_t f = 0; f < e->nfiles; f++) {
		if (f)
			pps_buf_add_char(b, ',');
		pps_rucio_add_file(b, rucio->settings.scope, &e->files[f], 1);
	}
	pps_buf_add_text(b, "]}");
}

/* 1 when a dataset of the item was not among the ones before it. */
static int is_first(const pps_rucio_exposure *e, size_t d)
{
	for (size_t i = 0; i < d; i++)
		if (!strcmp(e->datasets[i], e->datasets[d]))
			return 0;
	return 1;
}

/* All exposures that go into one dataset, by names alone, in lists that the server takes. */
static void add_group(pps_buf *b, const pps_rucio_chunk *chunk, const char *dataset, int *n)
{
	size_t entries = 0;

	for (size_t i = 0; i < chunk->n; i++) {
		const pps_rucio_item *item = &chunk->items[i];
		const pps_rucio_exposure *e = item->exposure;

		if (item->state != PPS_ITEM_OPEN && item->state != PPS_ITEM_TRACTS)
			continue;
		for (size_t d = 0; d < e->ndatasets; d++) {
			if (strcmp(e->datasets[d], dataset) != 0 || !is_first(e, d))
				continue;
			for (size_t f = 0; f < e->nfiles; f++, entries++) {
				if (entries % PPS_RUCIO_LIST_MOST == 0) {
					if (entries)
						pps_buf_add_text(b, "]}");
					begin_attachment(b, chunk->rucio->settings.scope, dataset, NULL, n);
				} else {
					pps_buf_add_char(b, ',');
				}
				pps_rucio_add_file(b, chunk->rucio->settings.scope, &e->files[f], 0);
			}
		}
	}
	if (entries)
		pps_buf_add_text(b, "]}");
}

int pps_rucio_attach_body(const pps_rucio_chunk *chunk, pps_buf *b, pps_error **err)
{
	_cleanup_(pps_map_freep) pps_map *groups = pps_map_new();
	int n = 0;

	if (!groups)
		return pps_fail_nomem(err);
	pps_buf_add_text(b, "{\"ignore_duplicate\":true,\"attachments\":[");
	for (size_t i = 0; i < chunk->n; i++) {
		const pps_rucio_item *item = &chunk->items[i];
		const pps_rucio_exposure *e = item->exposure;

		if (item->state == PPS_ITEM_OPEN)
			add_whole(b, chunk->rucio, e->obs_dataset, e, &n);
		else if (item->state == PPS_ITEM_TRACTS && e->ndatasets)
			add_whole(b, chunk->rucio, e->datasets[0], e, &n);
	}
	for (size_t i = 0; i < chunk->n; i++) {
		const pps_rucio_exposure *e = chunk->items[i].exposure;

		if (chunk->items[i].state != PPS_ITEM_OPEN && chunk->items[i].state != PPS_ITEM_TRACTS)
			continue;
		for (size_t d = 0; d < e->ndatasets; d++) {
			if (pps_map_get_text(groups, e->datasets[d], NULL))
				continue;
			if (pps_map_set_text(groups, e->datasets[d], groups) < 0)
				return pps_fail_nomem(err);
			add_group(b, chunk, e->datasets[d], &n);
		}
	}
	pps_buf_add_text(b, "]}");
	return pps_buf_check(b, "attachments", err);
}

static size_t count_left(const pps_rucio_chunk *chunk)
{
	size_t n = 0;

	for (size_t i = 0; i < chunk->n; i++)
		n += chunk->items[i].state == PPS_ITEM_OPEN || chunk->items[i].state == PPS_ITEM_TRACTS;
	return n;
}

/* 1 when an exposure of the chunk goes into that dataset, its Obs aside. */
static int is_shared(const pps_rucio_chunk *chunk, const char *name)
{
	for (size_t i = 0; i < chunk->n; i++)
		for (size_t d = 0; d < chunk->items[i].exposure->ndatasets; d++)
			if (!strcmp(chunk->items[i].exposure->datasets[d], name))
				return 1;
	return 0;
}

static void fail_users(pps_rucio_chunk *chunk, const char *dataset, const pps_error *error)
{
	for (size_t i = 0; i < chunk->n; i++) {
		pps_rucio_item *item = &chunk->items[i];

		for (size_t d = 0; d < item->exposure->ndatasets; d++)
			if (!strcmp(item->exposure->datasets[d], dataset) && (item->state == PPS_ITEM_OPEN || item->state == PPS_ITEM_TRACTS))
				pps_rucio_item_fail(item, pps_error_code(error), pps_error_copy(error));
	}
}

/* A dataset of many exposures was closed by hand: opened for ours, and closed again. */
static int open_shared(pps_rucio_chunk *chunk, const char *dataset, pps_error **err)
{
	_cleanup_(pps_error_freep) pps_error *failure = NULL;
	int r;

	if (pps_map_set_text(chunk->reopened, dataset, chunk) < 0)
		return pps_fail_nomem(err);
	r = pps_rucio_reopen(chunk->rucio, dataset, &failure);
	if (r == PPS_E_CONFLICT || r == PPS_E_NOTFOUND) {
		fail_users(chunk, dataset, failure);
		return PPS_OK;
	}
	pps_error_move(err, TAKE_PTR(failure));
	return r;
}

static int split(pps_rucio_chunk *chunk, const pps_rucio_answer *answer)
{
	chunk->split = 1;
	(void)pps_rucio_answer_fail(answer, &chunk->refused, "attach files");
	return PPS_OK;
}

static void fail_owner(pps_rucio_item *item, const pps_rucio_answer *answer)
{
	pps_error *error = NULL;
	int code;

	if (answer->meaning == PPS_RUCIO_MISMATCH)
		code = pps_fail(&error, PPS_E_CONFLICT,
				"Rucio holds another size or checksum of %s than the file has: %s; find out which is right: the file against its source "
				"(pps raw check --deep), then the entry", answer->named, answer->message);
	else
		code = pps_rucio_answer_fail(answer, &error, "attach files of %s", item->exposure->obs_id);
	pps_rucio_item_fail(item, code, error);
}

static int make_again(pps_rucio_chunk *chunk, const pps_rucio_answer *answer, pps_error **err)
{
	pps_rucio_answer made;
	int created, r = pps_rucio_create_dataset(chunk->rucio, answer->named, &created, &made, err);

	if (r < 0)
		return r;
	return made.meaning == PPS_RUCIO_FINE || made.meaning == PPS_RUCIO_EXISTS ? PPS_OK : split(chunk, &made);
}

/* One refusal: the chunk is changed so that it is not met again. */
static int settle(pps_rucio_chunk *chunk, const pps_rucio_answer *answer, pps_error **err)
{
	pps_rucio_item *item = pps_rucio_chunk_owner(chunk, answer->named);

	switch (answer->meaning) {
	case PPS_RUCIO_DENIED:
	case PPS_RUCIO_SETTINGS:
		return pps_rucio_answer_fail(answer, err, "attach files at %s", chunk->rucio->settings.rse);
	case PPS_RUCIO_CLOSED:
		if (item && !strcmp(item->exposure->obs_dataset, answer->named)) {
			item->state = PPS_ITEM_CLOSED;
			return pps_rucio_chunk_look(chunk, err);
		}
		return is_shared(chunk, answer->named) ? open_shared(chunk, answer->named, err) : split(chunk, answer);
	case PPS_RUCIO_ABSENT:
		if (is_shared(chunk, answer->named) || (item && !strcmp(item->exposure->obs_dataset, answer->named)))
			return make_again(chunk, answer, err);
		break;
	default:
		break;
	}
	if (!item || item->state == PPS_ITEM_FAILED)
		return split(chunk, answer);
	fail_owner(item, answer);
	return PPS_OK;
}

int pps_rucio_chunk_attach(pps_rucio_chunk *chunk, pps_error **err)
{
	size_t rounds = 4 * chunk->n + 8; /* each takes an exposure out, or opens or makes a dataset */
	int r;

	while (count_left(chunk) && !chunk->split) {
		_cleanup_buf_ pps_buf body = PPS_BUF(BODY_MOST);
		pps_rucio_call call = { .method = "POST", .path = "/dids/attachments", .deadline_ms = ATTACH_MS, .race_is_again = 1 };
		pps_rucio_answer answer;

		if ((r = pps_rucio_attach_body(chunk, &body, err)) < 0)
			return r;
		call.body = body.at;
		call.body_size = body.size;
		if ((r = pps_rucio_call_one(chunk->rucio, &call, &answer, NULL, err)) < 0)
			return r;
		if (answer.meaning == PPS_RUCIO_FINE)
			break;
		if (!rounds--)
			return pps_rucio_answer_fail(&answer, err, "attach files, again and again");
		if ((r = settle(chunk, &answer, err)) < 0)
			return r;
	}
	for (size_t i = 0; i < chunk->n && !chunk->split; i++)
		if (chunk->items[i].state == PPS_ITEM_OPEN || chunk->items[i].state == PPS_ITEM_TRACTS)
			chunk->items[i].result->done |= PPS_RUCIO_DID_ATTACH;
	return PPS_OK;
}
