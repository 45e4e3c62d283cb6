/* SPDX-License-Identifier: BSD-3-Clause */
#include "raw/catalogue-look.h"

#include <string.h>

#include "base/map.h"

/* Names that are asked for once, however many exposures share them. */
struct names {
	pps_map *numbers; /* name -> its number + 1 */
	const char **at;
	size_t n, cap;
};

static void clear_names(struct names *names)
{
	pps_map_free(names->numbers);
	free(names->at);
}

static int add_name(struct names *names, const char *name, pps_error **err)
{
	if (!names->numbers && !(names->numbers = pps_map_new()))
		return pps_fail_nomem(err);
	if (pps_map_get_text(names->numbers, name, NULL))
		return PPS_OK;
	if (pps_grow(&names->at, &names->cap, names->n, sizeof *names->at) < 0 ||
	    pps_map_set_text(names->numbers, name, (void *)(uintptr_t)(names->n + 1)) < 0)
		return pps_fail_nomem(err);
	names->at[names->n++] = name;
	return PPS_OK;
}

static size_t number_of(const struct names *names, const char *name)
{
	void *number;

	return names->numbers && pps_map_get_text(names->numbers, name, &number) ? (uintptr_t)number - 1 : SIZE_MAX;
}

/* What was asked, and the answers. */
struct look {
	struct names all, files, datasets, keyed; /* files, datasets: those that are there */
	pps_rucio_dids *dids;         /* of all */
	pps_rucio_pairs *contents;    /* of datasets */
	pps_rucio_pairs *replicas;    /* of files */
	json_t *metadata;             /* of keyed */
};

static void clear_look(struct look *look)
{
	clear_names(&look->all);
	clear_names(&look->files);
	clear_names(&look->datasets);
	clear_names(&look->keyed);
	pps_rucio_dids_free(look->dids);
	pps_rucio_pairs_free(look->contents);
	pps_rucio_pairs_free(look->replicas);
	json_decref(look->metadata);
}

static const pps_rucio_did *did_of(const struct look *look, const char *name)
{
	const pps_rucio_did *did = pps_rucio_dids_at(look->dids, number_of(&look->all, name));

	return did && did->kind != PPS_RUCIO_NONE ? did : NULL;
}

/* The second round asks only for what the first one found. */
static int choose(struct look *look, const pps_catalogue *want, pps_error **err)
{
	int r = PPS_OK;

	for (size_t i = 0; i < want->nfiles && r == PPS_OK; i++) {
		const pps_rucio_did *did = did_of(look, want->files[i].name);

		if (did && did->kind == PPS_RUCIO_FILE && (r = add_name(&look->files, want->files[i].name, err)) == PPS_OK &&
		    want->files[i].rubin_butler)
			r = add_name(&look->keyed, want->files[i].name, err);
	}
	for (size_t i = 0; i < want->ndatasets && r == PPS_OK; i++) {
		const pps_rucio_did *did = did_of(look, want->datasets[i]);

		if (did && did->kind == PPS_RUCIO_DATASET && (r = add_name(&look->datasets, want->datasets[i], err)) == PPS_OK &&
		    i + 1 == want->ndatasets)
			r = add_name(&look->keyed, want->datasets[i], err);
	}
	return r;
}

static int ask(pps_rucio *rucio, pps_catalogue_item *const *items, size_t n, struct look *look, pps_error **err)
{
	int r = PPS_OK;

	for (size_t i = 0; i < n; i++) {
		const pps_catalogue *want = &items[i]->want;

		for (size_t f = 0; f < want->nfiles && r == PPS_OK; f++)
			r = add_name(&look->all, want->files[f].name, err);
		for (size_t d = 0; d < want->ndatasets && r == PPS_OK; d++)
			r = add_name(&look->all, want->datasets[d], err);
	}
	if (r < 0 || (r = pps_rucio_look_up(rucio, look->all.at, look->all.n, &look->dids, err)) < 0)
		return r;
	for (size_t i = 0; i < n && r == PPS_OK; i++)
		r = choose(look, &items[i]->want, err);
	if (r == PPS_OK && look->datasets.n)
		r = pps_rucio_contents(rucio, look->datasets.at, look->datasets.n, &look->contents, err);
	if (r == PPS_OK && look->files.n)
		r = pps_rucio_replicas(rucio, look->files.at, look->files.n, &look->replicas, err);
	if (r == PPS_OK && look->keyed.n)
		r = pps_rucio_metadata(rucio, look->keyed.at, look->keyed.n, &look->metadata, err);
	return r;
}

/* A key's value as text; one that is no text, which another wrote, counts as there. */
static const char *value_of(const struct look *look, const char *name, const char *key)
{
	const json_t *value = json_object_get(json_array_get(look->metadata, number_of(&look->keyed, name)), key);

	return !value ? NULL : json_is_string(value) ? json_string_value(value) : "?";
}

static int is_available(const struct look *look, const char *file, const char *rse)
{
	const pps_rucio_pair *pair = pps_rucio_pairs_find(look->replicas, file, rse);

	return pair && !strcmp(pair->state, "AVAILABLE");
}

/* Storage elements that have every file of it. */
static int find_copies(const struct look *look, pps_catalogue_item *item, size_t *ret_n, pps_error **err)
{
	_cleanup_buf_ pps_buf b = PPS_BUF_LINE;
	const pps_catalogue *want = &item->want;
	size_t first = 0, rows = look->replicas ? pps_rucio_pairs_of(look->replicas, want->files[0].name, &first) : 0;

	*ret_n = 0;
	for (size_t i = first; i < first + rows; i++) {
		const char *rse = pps_rucio_pairs_at(look->replicas, i)->other;
		size_t f = 0;

		while (f < want->nfiles && is_available(look, want->files[f].name, rse))
			f++;
		if (f == want->nfiles)
			pps_buf_printf(&b, "%s%s", (*ret_n)++ ? "," : "", rse);
	}
	free(item->copies);
	return (item->copies = pps_buf_take(&b)) ? PPS_OK : pps_fail_nomem(err);
}

static int keep(char **text, const char *value, pps_error **err)
{
	free(*text);
	*text = value ? strdup(value) : NULL;
	return value && !*text ? pps_fail_nomem(err) : PPS_OK;
}

static int decide(const struct look *look, pps_catalogue_item *item, int64_t safe_copies, pps_error **err)
{
	const pps_catalogue *want = &item->want;
	const char *obs = want->datasets[want->ndatasets - 1];
	_cleanup_free_ pps_catalogue_found_file *files = calloc(want->nfiles, sizeof *files);
	_cleanup_free_ const pps_rucio_did **datasets = calloc(want->ndatasets, sizeof(const pps_rucio_did *));
	_cleanup_free_ uint8_t *attached = calloc(want->ndatasets * want->nfiles, 1);
	pps_catalogue_found found = { .files = files, .datasets = datasets, .attached = attached };
	int r;

	if (!files || !datasets || !attached)
		return pps_fail_nomem(err);
	item->is_there = did_of(look, obs) != NULL;
	for (size_t i = 0; i < want->nfiles; i++) {
		const char *name = want->files[i].name;
		const pps_rucio_pair *replica = look->replicas ? pps_rucio_pairs_find(look->replicas, name, want->rse) : NULL;

		files[i] = (pps_catalogue_found_file){ .did = did_of(look, name), .replica = replica ? replica->state : NULL,
						       .rubin_butler = value_of(look, name, "rubin_butler") };
		item->is_there |= files[i].did != NULL;
	}
	for (size_t d = 0; d < want->ndatasets; d++) {
		datasets[d] = did_of(look, want->datasets[d]);
		for (size_t f = 0; f < want->nfiles; f++)
			attached[d * want->nfiles + f] =
				look->contents && pps_rucio_pairs_find(look->contents, want->datasets[d], want->files[f].name);
	}
	if ((r = find_copies(look, item, &found.ncopies, err)) < 0 ||
	    (r = keep(&item->arc_backup, value_of(look, obs, PPS_RUCIO_ARC_BACKUP), err)) < 0 ||
	    (r = keep(&item->safe_copies, value_of(look, obs, PPS_RUCIO_SAFE_COPIES), err)) < 0)
		return r;
	found.arc_backup = item->arc_backup;
	found.safe_copies = item->safe_copies;
	pps_buf_truncate(&item->why, 0);
	pps_catalogue_decide(want, &found, safe_copies, &item->plan, &item->why);
	return pps_buf_check(&item->why, "reasons", err);
}

int pps_catalogue_look(pps_rucio *rucio, pps_catalogue_item *const *items, size_t n, int64_t safe_copies, pps_error **err)
{
	_cleanup_(clear_look) struct look look = { 0 };
	int r = n ? ask(rucio, items, n, &look, err) : PPS_OK;

	for (size_t i = 0; i < n && r == PPS_OK; i++)
		r = decide(&look, items[i], safe_copies, err);
	return r < 0 ? pps_wrap(err, r, "Rucio") : PPS_OK;
}

void pps_catalogue_item_clear(pps_catalogue_item *item)
{
	pps_catalogue_clear(&item->want);
	pps_buf_free(&item->why);
	free(TAKE_PTR(item->copies));
	free(TAKE_PTR(item->arc_backup));
	free(TAKE_PTR(item->safe_copies));
}
