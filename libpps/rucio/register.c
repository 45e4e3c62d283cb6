/* SPDX-License-Identifier: BSD-3-Clause */
/* The batch: what can be said without asking, chunks of it, and halves of a chunk that is refused as a whole. */
#include <string.h>

#include "base/time.h"
#include "rucio/register.h"

/* Entries of all lists of one attachment call: it is one transaction, and must end well within its deadline. */
#define ENTRIES_MOST 2000
#define ATTACHMENTS_MOST 900
#define NAME_MOST 250
#define PENDING 1 /* a code that no error has */

void pps_rucio_result_clear(pps_rucio_result *result)
{
	pps_error_free(result->error);
	*result = (pps_rucio_result){ 0 };
}

void pps_rucio_name_obs(pps_buf *b, const char *instrument, int64_t day_obs, const char *obs_id)
{
	pps_buf_printf(b, "Dataset/%s/raw/Obs/%lld/%s", instrument, (long long)day_obs, obs_id);
}

void pps_rucio_name_tract(pps_buf *b, const char *instrument, int64_t day_obs, int64_t tract)
{
	if (tract < 0)
		pps_buf_printf(b, "Dataset/%s/raw/NoTract/%lld", instrument, (long long)day_obs);
	else
		pps_buf_printf(b, "Dataset/%s/raw/Tract%lld/%lld", instrument, (long long)tract, (long long)day_obs);
}

void pps_rucio_item_fail(pps_rucio_item *item, int code, pps_error *error)
{
	item->state = PPS_ITEM_FAILED;
	item->result->code = code < 0 ? code : PPS_E_FAILED;
	pps_error_free(item->result->error);
	item->result->error = error;
}

pps_rucio_item *pps_rucio_chunk_owner(pps_rucio_chunk *chunk, const char *name)
{
	for (size_t i = 0; *name && i < chunk->n; i++) {
		const pps_rucio_exposure *e = chunk->items[i].exposure;

		if (!strcmp(e->obs_dataset, name))
			return &chunk->items[i];
		for (size_t f = 0; f < e->nfiles; f++)
			if (!strcmp(e->files[f].name, name))
				return &chunk->items[i];
	}
	return NULL;
}

static int is_digits(const char *text, size_t n)
{
	return text && strlen(text) == n && strspn(text, "0123456789abcdef") == n;
}

static int is_file_name(const char *name)
{
	size_t n = strlen(name);

	return (n >= 4 && !strcmp(name + n - 4, ".zip")) || (n >= 5 && !strcmp(name + n - 5, ".yaml"));
}

static int check_name(const char *name, const char *what, pps_error **err)
{
	if (!name || !*name)
		return pps_fail(err, PPS_E_ARG, "%s has no name", what);
	if (strlen(name) > NAME_MOST)
		return pps_fail(err, PPS_E_ARG, "%s %s: longer than the %d characters that Rucio takes", what, name, NAME_MOST);
	return PPS_OK;
}

/* A dataset that is called like a zip would turn the zip itself into an archive of others. */
static int check_dataset(const char *name, pps_error **err)
{
	int r = check_name(name, "dataset", err);

	if (r < 0)
		return r;
	return is_file_name(name) ? pps_fail(err, PPS_E_ARG, "dataset %s: that is the name of a file", name) : PPS_OK;
}

/* @names: of all files and Obs datasets so far; the same one twice in one call is refused by the server in a way that helps nobody. */
static int check_once(pps_map *names, const char *name, pps_error **err)
{
	int r;

	if (pps_map_get_text(names, name, NULL))
		return pps_fail(err, PPS_E_ARG, "%s is there twice", name);
	r = pps_map_set_text(names, name, names);
	return r < 0 ? pps_fail_nomem(err) : PPS_OK;
}

static int check_exposure(const pps_rucio_exposure *e, pps_map *names, pps_error **err)
{
	int r;

	if ((r = check_dataset(e->obs_dataset, err)) < 0)
		return r;
	for (size_t i = 0; i < e->ndatasets; i++)
		if ((r = check_dataset(e->datasets[i], err)) < 0)
			return r;
	if (!e->nfiles || e->nfiles > PPS_RUCIO_LIST_MOST || e->nfiles * (1 + e->ndatasets) > ENTRIES_MOST * 4 || e->ndatasets >= ATTACHMENTS_MOST)
		return pps_fail(err, PPS_E_ARG, "%zu files for %zu datasets: expected 1 to %d files", e->nfiles, e->ndatasets + 1, PPS_RUCIO_LIST_MOST);
	for (size_t i = 0; i < e->nfiles; i++) {
		const pps_rucio_file *f = &e->files[i];

		if ((r = check_name(f->name, "file", err)) < 0)
			return r;
		if (!is_digits(f->adler32, 8) || (f->md5 && !is_digits(f->md5, 32)))
			return pps_fail(err, PPS_E_ARG, "%s: expected an adler32 of 8 and an md5 of 32 lowercase hexadecimal digits", f->name);
	}
	if ((r = check_once(names, e->obs_dataset, err)) < 0)
		return r;
	for (size_t i = 0; i < e->nfiles; i++)
		if ((r = check_once(names, e->files[i].name, err)) < 0)
			return r;
	return PPS_OK;
}

/* Moves exposures that have failed behind the others. Return: how many have not. */
static size_t set_failed_apart(pps_rucio_item *items, size_t n)
{
	size_t live = 0;

	for (size_t i = 0; i < n; i++) {
		pps_rucio_item item = items[i];

		if (item.state == PPS_ITEM_FAILED)
			continue;
		items[i] = items[live];
		item.state = PPS_ITEM_OPEN;
		items[live++] = item;
	}
	return live;
}

/* Runs a chunk; one that is refused as a whole runs again in halves, until it is known whom it was about. */
static int run_items(const pps_rucio_chunk *whole, pps_rucio_item *items, size_t n, pps_error **err)
{
	pps_rucio_chunk chunk = { .rucio = whole->rucio, .items = items, .n = set_failed_apart(items, n), .began = whole->began,
				  .reopened = whole->reopened };
	int r;

	if (!chunk.n)
		return PPS_OK;
	r = pps_rucio_chunk_run(&chunk, err);
	if (r == PPS_OK && chunk.split && chunk.n == 1 && items[0].state != PPS_ITEM_FAILED) {
		int code = chunk.refused ? pps_error_code(chunk.refused) : PPS_E_NOMEM;

		pps_rucio_item_fail(&items[0], code, TAKE_PTR(chunk.refused));
	}
	pps_error_free(chunk.refused);
	if (r < 0 || !chunk.split || chunk.n == 1)
		return r;
	if ((r = run_items(whole, items, chunk.n / 2, err)) < 0)
		return r;
	return run_items(whole, items + chunk.n / 2, chunk.n - chunk.n / 2, err);
}

/* A chunk, and what it opened closed again. */
static int run_whole(pps_rucio *rucio, pps_rucio_item *items, size_t n, pps_error **err)
{
	_cleanup_(pps_map_freep) pps_map *reopened = pps_map_new();
	const pps_rucio_chunk whole = { .rucio = rucio, .began = pps_monotonic_now(), .reopened = reopened };
	int r;

	if (!reopened)
		return pps_fail_nomem(err);
	r = run_items(&whole, items, n, err);
	return r < 0 ? r : pps_rucio_close_again(rucio, reopened, err);
}

/* How many of the exposures from @first on go in one chunk. */
static size_t measure(const pps_rucio_exposure *exposures, const pps_rucio_result *results, size_t first, size_t n)
{
	size_t entries = 0, attachments = 0, count = 0, i;

	for (i = first; i < n && count < PPS_RUCIO_CHUNK_MOST; i++) {
		const pps_rucio_exposure *e = &exposures[i];

		if (results[i].code != PENDING)
			continue;
		entries += e->nfiles * (1 + e->ndatasets);
		attachments += 2 + e->ndatasets;
		if (count && (entries > ENTRIES_MOST || attachments > ATTACHMENTS_MOST))
			break;
		count++;
	}
	return i - first;
}

static int run_chunks(pps_rucio *rucio, const pps_rucio_exposure *exposures, size_t n, pps_rucio_result *results, pps_error **err)
{
	pps_rucio_item items[PPS_RUCIO_CHUNK_MOST];
	int r = PPS_OK;

	for (size_t first = 0, size; r == PPS_OK && first < n; first += size) {
		size_t count = 0;

		size = measure(exposures, results, first, n);
		for (size_t i = first; i < first + size; i++)
			if (results[i].code == PENDING)
				items[count++] = (pps_rucio_item){ .exposure = &exposures[i], .result = &results[i] };
		if (!count)
			continue;
		if ((r = pps_ctx_check(rucio->ctx, err)) < 0)
			break;
		r = run_whole(rucio, items, count, err);
		for (size_t i = 0; r == PPS_OK && i < count; i++)
			if (items[i].state != PPS_ITEM_FAILED)
				items[i].result->code = PPS_OK;
		pps_progress(rucio->ctx, "register in Rucio", first + size, n, "exposures");
	}
	return r;
}

int pps_rucio_register_exposures(pps_rucio *rucio, const pps_rucio_exposure *exposures, size_t n, pps_rucio_result *results,
				 pps_error **err)
{
	_cleanup_(pps_map_freep) pps_map *names = pps_map_new();
	_cleanup_(pps_error_freep) pps_error *failure = NULL;
	int r = PPS_OK;

	if (!names)
		r = pps_fail_nomem(&failure);
	else if (!*rucio->settings.rse)
		r = pps_fail(&failure, PPS_E_CONFIG, "rucio.rse is missing: expected the storage element of the files");
	for (size_t i = 0; i < n; i++) {
		pps_error *wrong = NULL;
		int code = r == PPS_OK ? check_exposure(&exposures[i], names, &wrong) : PENDING;

		results[i] = (pps_rucio_result){ .code = code == PPS_OK ? PENDING : code, .error = wrong };
	}
	if (r == PPS_OK)
		r = run_chunks(rucio, exposures, n, results, &failure);
	/* an exposure that was not come to is not registered */
	for (size_t i = 0; i < n; i++)
		if (results[i].code == PENDING) {
			results[i].code = r;
			pps_error_free(results[i].error);
			results[i].error = pps_error_copy(failure);
		}
	pps_error_move(err, TAKE_PTR(failure));
	return r;
}
