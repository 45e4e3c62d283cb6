/* SPDX-License-Identifier: BSD-3-Clause */
/* Exposures whose Obs dataset is closed: are they whole, or was it closed too early? */
#include <string.h>

#include "rucio/register.h"

/* What Rucio holds of the files of closed exposures. */
struct held {
	const char **files, **obs;
	size_t nfiles, nobs;
	pps_rucio_dids *dids;
	pps_rucio_pairs *contents, *replicas, *parents;
};

static void free_held(struct held *h)
{
	free(h->files);
	free(h->obs);
	pps_rucio_dids_free(h->dids);
	pps_rucio_pairs_free(h->contents);
	pps_rucio_pairs_free(h->replicas);
	pps_rucio_pairs_free(h->parents);
}

int pps_rucio_reopen(pps_rucio *rucio, const char *dataset, pps_error **err)
{
	_cleanup_buf_ pps_buf path = PPS_BUF_LINE;
	static const char body[] = "{\"open\":true}";
	pps_rucio_call call = { .method = "PUT", .body = body, .body_size = sizeof body - 1 };
	pps_rucio_answer answer;
	int r;

	pps_rucio_add_path(&path, rucio->settings.scope, dataset, "/status");
	if ((r = pps_buf_check(&path, "name", err)) < 0)
		return r;
	call.path = path.at;
	if ((r = pps_rucio_call_one(rucio, &call, &answer, NULL, err)) < 0)
		return r;
	if (answer.meaning == PPS_RUCIO_FINE || answer.meaning == PPS_RUCIO_UNCHANGED)
		return PPS_OK;
	if (answer.meaning == PPS_RUCIO_DENIED)
		return pps_fail(err, PPS_E_CONFLICT,
				"dataset %s is closed and lacks files, and this account may not open it: let an administrator do so (rucio did update "
				"--open %s:%s), then run this again", dataset, rucio->settings.scope, dataset);
	return pps_rucio_answer_fail(&answer, err, "open dataset %s, which is closed and lacks files", dataset);
}

static int ask(pps_rucio_chunk *chunk, struct held *h, pps_error **err)
{
	size_t files = 0;
	int r;

	for (size_t i = 0; i < chunk->n; i++)
		files += chunk->items[i].exposure->nfiles;
	if (!(h->files = malloc((files + 1) * sizeof *h->files)) || !(h->obs = malloc((chunk->n + 1) * sizeof *h->obs)))
		return pps_fail_nomem(err);
	for (size_t i = 0; i < chunk->n; i++) {
		const pps_rucio_exposure *e = chunk->items[i].exposure;

		if (chunk->items[i].state != PPS_ITEM_CLOSED)
			continue;
		h->obs[h->nobs++] = e->obs_dataset;
		for (size_t f = 0; f < e->nfiles; f++)
			h->files[h->nfiles++] = e->files[f].name;
	}
	if (!h->nobs)
		return PPS_OK;
	if ((r = pps_rucio_look_up(chunk->rucio, h->files, h->nfiles, &h->dids, err)) < 0 ||
	    (r = pps_rucio_contents(chunk->rucio, h->obs, h->nobs, &h->contents, err)) < 0 ||
	    (r = pps_rucio_parents_many(chunk->rucio, h->files, h->nfiles, &h->parents, err)) < 0)
		return r;
	return pps_rucio_replicas(chunk->rucio, h->files, h->nfiles, &h->replicas, err);
}

/* Appends what one file lacks. Return: PPS_ITEM_WHOLE, _TRACTS, _OPEN (Obs lacks it) or _FAILED (it differs: @why). */
static int judge_file(const pps_rucio_chunk *chunk, const struct held *h, const pps_rucio_exposure *e, const pps_rucio_file *f, pps_buf *why)
{
	int r = pps_rucio_compare(f, pps_rucio_dids_find(h->dids, f->name), why), state = PPS_ITEM_WHOLE;

	if (r == PPS_RUCIO_DIFFERENT)
		return PPS_ITEM_FAILED;
	if (r == PPS_RUCIO_MISSING || !pps_rucio_pairs_find(h->contents, e->obs_dataset, f->name))
		return PPS_ITEM_OPEN;
	for (size_t d = 0; d < e->ndatasets; d++)
		if (!pps_rucio_pairs_find(h->parents, f->name, e->datasets[d]))
			state = PPS_ITEM_TRACTS;
	if (!pps_rucio_pairs_find(h->replicas, f->name, chunk->rucio->settings.rse))
		state = e->ndatasets ? PPS_ITEM_TRACTS : PPS_ITEM_OPEN;
	return state;
}

static int judge(pps_rucio_chunk *chunk, const struct held *h, pps_rucio_item *item, pps_error **err)
{
	const pps_rucio_exposure *e = item->exposure;
	_cleanup_(pps_error_freep) pps_error *failure = NULL;
	int state = PPS_ITEM_WHOLE, r;

	for (size_t f = 0; f < e->nfiles; f++) {
		_cleanup_buf_ pps_buf why = PPS_BUF_LINE;
		int s = judge_file(chunk, h, e, &e->files[f], &why);

		if (s == PPS_ITEM_FAILED) {
			(void)pps_fail(&failure, PPS_E_CONFLICT,
				       "%s: %s; find out which is right: the file against its source (pps raw check --deep), then the entry", e->files[f].name,
				       pps_buf_text(&why));
			pps_rucio_item_fail(item, PPS_E_CONFLICT, TAKE_PTR(failure));
			return PPS_OK;
		}
		if (s == PPS_ITEM_OPEN || (s == PPS_ITEM_TRACTS && state == PPS_ITEM_WHOLE))
			state = s;
	}
	if (state != PPS_ITEM_OPEN) {
		item->state = state;
		return PPS_OK;
	}
	r = pps_rucio_reopen(chunk->rucio, e->obs_dataset, &failure);
	if (r == PPS_OK) {
		item->state = PPS_ITEM_OPEN;
		item->result->done |= PPS_RUCIO_DID_REOPEN;
	} else if (r == PPS_E_CONFLICT || r == PPS_E_NOTFOUND) {
		pps_rucio_item_fail(item, r, TAKE_PTR(failure));
	} else {
		pps_error_move(err, TAKE_PTR(failure));
		return r;
	}
	return PPS_OK;
}

int pps_rucio_chunk_look(pps_rucio_chunk *chunk, pps_error **err)
{
	_cleanup_(free_held) struct held held = { 0 };
	int r = ask(chunk, &held, err);

	for (size_t i = 0; r == PPS_OK && i < chunk->n; i++)
		if (chunk->items[i].state == PPS_ITEM_CLOSED)
			r = judge(chunk, &held, &chunk->items[i], err);
	return r;
}
