/* SPDX-License-Identifier: BSD-3-Clause */
/* The datasets of a chunk: those that are missing are made. */
#include <string.h>

#include "rucio/register.h"

#define BODY_MOST (4u << 20)

/* Obs datasets, then the others that are not known to be there; each once. */
struct names {
	const char **at;
	size_t n;
};

static void free_names(struct names *names)
{
	free(names->at);
}

static int collect(const pps_rucio_chunk *chunk, struct names *names, pps_error **err)
{
	_cleanup_(pps_map_freep) pps_map *seen = pps_map_new();
	size_t most = 0;

	for (size_t i = 0; i < chunk->n; i++)
		most += 1 + chunk->items[i].exposure->ndatasets;
	if (!seen || !(names->at = malloc((most + 1) * sizeof *names->at)))
		return pps_fail_nomem(err);
	for (size_t i = 0; i < chunk->n; i++)
		names->at[names->n++] = chunk->items[i].exposure->obs_dataset;
	for (size_t i = 0; i < chunk->n; i++) {
		const pps_rucio_exposure *e = chunk->items[i].exposure;

		for (size_t d = 0; d < e->ndatasets; d++) {
			if (pps_map_get_text(chunk->rucio->known, e->datasets[d], NULL) || pps_map_get_text(seen, e->datasets[d], NULL))
				continue;
			if (pps_map_set_text(seen, e->datasets[d], seen) < 0)
				return pps_fail_nomem(err);
			names->at[names->n++] = e->datasets[d];
		}
	}
	return PPS_OK;
}

static int create(pps_rucio *rucio, const char *const *names, size_t n, pps_rucio_answer *answer, pps_error **err)
{
	_cleanup_buf_ pps_buf body = PPS_BUF(BODY_MOST);
	pps_rucio_call call = { .method = "POST", .path = "/dids" };
	int r;

	pps_rucio_add_datasets(&body, rucio->settings.scope, names, n);
	if ((r = pps_buf_check(&body, "datasets", err)) < 0)
		return r;
	call.body = body.at;
	call.body_size = body.size;
	return pps_rucio_call_one(rucio, &call, answer, NULL, err);
}

int pps_rucio_create_dataset(pps_rucio *rucio, const char *name, int *ret_created, pps_rucio_answer *answer, pps_error **err)
{
	int r = create(rucio, &name, 1, answer, err);

	*ret_created = r == PPS_OK && answer->meaning == PPS_RUCIO_FINE;
	return r;
}

/* What nobody may, or no exposure can mend, stops all of them; the rest splits the chunk. */
static int judge(pps_rucio_chunk *chunk, const pps_rucio_answer *answer, pps_error **err)
{
	if (answer->meaning == PPS_RUCIO_DENIED || answer->meaning == PPS_RUCIO_SETTINGS)
		return pps_rucio_answer_fail(answer, err, "create datasets in scope %s", chunk->rucio->settings.scope);
	chunk->split = 1;
	(void)pps_rucio_answer_fail(answer, &chunk->refused, "create datasets");
	return PPS_OK;
}

static int note_known(pps_rucio_chunk *chunk, const struct names *names, pps_error **err)
{
	for (size_t i = chunk->n; i < names->n; i++)
		if (pps_map_set_text(chunk->rucio->known, names->at[i], chunk->rucio) < 0)
			return pps_fail_nomem(err);
	return PPS_OK;
}

/* Every exposure that needs @name fails: something else has it. */
static int fail_all_with(pps_rucio_chunk *chunk, const char *name, int kind)
{
	for (size_t i = 0; i < chunk->n; i++) {
		pps_rucio_item *item = &chunk->items[i];
		int uses = !strcmp(item->exposure->obs_dataset, name);
		pps_error *error = NULL;

		for (size_t d = 0; !uses && d < item->exposure->ndatasets; d++)
			uses = !strcmp(item->exposure->datasets[d], name);
		if (!uses || item->state == PPS_ITEM_FAILED)
			continue;
		(void)pps_fail(&error, PPS_E_CONFLICT, "%s should be a dataset, and is a %s in Rucio", name, kind == PPS_RUCIO_FILE ? "file" : "container");
		pps_rucio_item_fail(item, PPS_E_CONFLICT, error);
	}
	return PPS_OK;
}

/* One of those that another made in between: by itself. */
static int create_each(pps_rucio_chunk *chunk, const struct names *absent, int *created, pps_error **err)
{
	for (size_t i = 0; i < absent->n; i++) {
		pps_rucio_answer answer;
		int r = pps_rucio_create_dataset(chunk->rucio, absent->at[i], &created[i], &answer, err);

		if (r < 0)
			return r;
		if (answer.meaning != PPS_RUCIO_FINE && answer.meaning != PPS_RUCIO_EXISTS)
			return judge(chunk, &answer, err);
	}
	return PPS_OK;
}

/* @dids: what is there; makes what is not. */
static int create_absent(pps_rucio_chunk *chunk, const struct names *names, const pps_rucio_dids *dids, pps_error **err)
{
	_cleanup_(free_names) struct names absent = { malloc((names->n + 1) * sizeof *absent.at), 0 };
	_cleanup_free_ int *created = calloc(names->n + 1, sizeof *created);
	pps_rucio_answer answer;
	int r = PPS_OK;

	if (!absent.at || !created)
		return pps_fail_nomem(err);
	for (size_t i = 0; i < names->n; i++)
		if (dids->at[i].kind == PPS_RUCIO_NONE)
			absent.at[absent.n++] = names->at[i];
	if (!absent.n)
		return PPS_OK;
	if ((r = create(chunk->rucio, absent.at, absent.n, &answer, err)) < 0)
		return r;
	if (answer.meaning == PPS_RUCIO_FINE)
		for (size_t i = 0; i < absent.n; i++)
			created[i] = 1;
	else
		r = answer.meaning == PPS_RUCIO_EXISTS ? create_each(chunk, &absent, created, err) : judge(chunk, &answer, err);
	for (size_t i = 0; r == PPS_OK && i < absent.n; i++) {
		pps_rucio_item *item = created[i] ? pps_rucio_chunk_owner(chunk, absent.at[i]) : NULL;

		if (item) {
			item->created = 1;
			item->result->done |= PPS_RUCIO_DID_CREATE;
		}
	}
	return r;
}

/* Some are there: look which, and what they are. */
static int complete(pps_rucio_chunk *chunk, const struct names *names, pps_error **err)
{
	_cleanup_(pps_rucio_dids_freep) pps_rucio_dids *dids = NULL;
	int r = pps_rucio_look_up(chunk->rucio, names->at, names->n, &dids, err);

	if (r < 0)
		return r;
	for (size_t i = 0; i < names->n; i++) {
		const pps_rucio_did *did = &dids->at[i];

		if (did->kind != PPS_RUCIO_NONE && did->kind != PPS_RUCIO_DATASET)
			fail_all_with(chunk, did->name, did->kind);
		else if (i < chunk->n && did->kind == PPS_RUCIO_DATASET && !did->is_open && chunk->items[i].state != PPS_ITEM_FAILED)
			chunk->items[i].state = PPS_ITEM_CLOSED;
	}
	if ((r = create_absent(chunk, names, dids, err)) < 0 || chunk->split)
		return r;
	return note_known(chunk, names, err);
}

int pps_rucio_chunk_datasets(pps_rucio_chunk *chunk, pps_error **err)
{
	_cleanup_(free_names) struct names names = { 0 };
	pps_rucio_answer answer;
	int r = collect(chunk, &names, err);

	/* new exposures are the rule: one call makes all their datasets, or says that some are there, and then has made none */
	if (r < 0 || (r = create(chunk->rucio, names.at, names.n, &answer, err)) < 0)
		return r;
	if (answer.meaning == PPS_RUCIO_EXISTS)
		return complete(chunk, &names, err);
	if (answer.meaning != PPS_RUCIO_FINE)
		return judge(chunk, &answer, err);
	for (size_t i = 0; i < chunk->n; i++) {
		chunk->items[i].created = 1;
		chunk->items[i].result->done |= PPS_RUCIO_DID_CREATE;
	}
	return note_known(chunk, &names, err);
}
