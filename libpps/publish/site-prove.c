/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The proof of copies that the flow did not make: it recorded them as it found them. Before the first repository's files go, their bytes are
 * compared, and put on disk, as when the flow copies to where something is already.
 */
#include <string.h>

#include "publish/look.h"
#include "publish/site-private.h"

struct proof {
	pps_site *site;
	pps_publish_chunk *chunk;
	int repository;
	const pps_refs *copies, *sources;
	/* file by file: what is compared, below which root, and for which dataset */
	pps_copy_item *items;
	pps_copier **copiers;
	pps_publish_item **of;
	size_t n, cap;
};

static void clear_proof(struct proof *p)
{
	for (size_t i = 0; i < p->n; i++) {
		free((char *)p->items[i].from);
		free((char *)p->items[i].name);
	}
	free(p->items);
	free(p->copiers);
	free(p->of);
}

static void refuse(pps_publish_item *item, const char *reason)
{
	pps_error *why = NULL;

	pps_fail(&why, PPS_E_CONFLICT, "%s", reason);
	pps_publish_item_fail(item, PPS_E_CONFLICT, why);
}

static int absolute_uri(pps_site *site, const pps_ref_file *file, char **ret, pps_error **err)
{
	_cleanup_(pps_uri_freep) pps_uri *root = NULL, *uri = NULL;
	pps_butler *first;
	int r;

	if ((r = pps_site_butler(site, 0, &first, err)) < 0 || (r = pps_uri_parse(pps_butler_datastore_root(first, file->member), &root, err)) < 0 ||
	    (r = pps_uri_join(root, file->path, &uri, err)) < 0)
		return r;
	return pps_uri_format(uri, ret, err);
}

static int reserve(struct proof *p, pps_error **err)
{
	size_t cap = p->cap, other = p->cap;

	if (pps_grow(&p->items, &p->cap, p->n, sizeof *p->items) < 0 || pps_grow(&p->copiers, &cap, p->n, sizeof(pps_copier *)) < 0 ||
	    pps_grow(&p->of, &other, p->n, sizeof(pps_publish_item *)) < 0)
		return pps_fail_nomem(err);
	return PPS_OK;
}

static int add_file(struct proof *p, pps_publish_item *item, const pps_ref_file *source, const pps_ref *copy, pps_error **err)
{
	const pps_ref_file *file = NULL;
	char *name = NULL, *from = NULL;
	pps_copier *copier = NULL;
	int r;

	for (size_t k = 0; copy && k < copy->nfiles; k++)
		if (!strcmp(copy->files[k].component ? copy->files[k].component : "", source->component ? source->component : ""))
			file = &copy->files[k];
	if (!file || strchr(file->path, '#') || strchr(source->path, '#')) {
		refuse(item, "its copy was not made here, and cannot be compared with it: the files of both are not of one kind");
		return PPS_OK;
	}
	if ((r = reserve(p, err)) < 0 || (r = pps_look_place(p->site, p->repository, file, &copier, &name, err)) < 0)
		return r;
	if (!copier) {
		refuse(item, "its copy was not made here, and is not in the repository: a copy of its own is needed");
		return PPS_OK;
	}
	if ((r = absolute_uri(p->site, source, &from, err)) < 0) {
		free(name);
		return r;
	}
	p->items[p->n] = (pps_copy_item){ .from = from, .name = name, .size = source->size };
	p->copiers[p->n] = copier;
	p->of[p->n++] = item;
	return PPS_OK;
}

static int is_asked(const struct proof *p, const pps_publish_item *item)
{
	const pps_publish_flow *flow = p->chunk->flow;

	return item->result == PPS_RESULT_NONE && item->row->flags & PPS_DATASET_UNPROVEN &&
	       item->row->status.status[flow->ordinal[p->repository]] == PPS_STATUS_PRESENT;
}

static int gather(struct proof *p, pps_error **err)
{
	for (size_t i = 0; i < p->chunk->n; i++) {
		pps_publish_item *item = &p->chunk->items[i];
		const pps_ref *source = is_asked(p, item) ? pps_refs_get(p->sources, &item->row->id) : NULL;
		int r;

		/* what is not there any more needs no proof */
		for (size_t k = 0; source && k < source->nfiles && item->result == PPS_RESULT_NONE; k++)
			if ((r = add_file(p, item, &source->files[k], pps_refs_get(p->copies, &item->row->id), err)) < 0)
				return r;
	}
	return PPS_OK;
}

/* A stretch of files below one root. */
static int compare(struct proof *p, size_t first, size_t n, pps_error **err)
{
	const pps_copy_options options = { .flags = PPS_COPY_PROVE };
	int r = pps_copier_copy(p->copiers[first], p->items + first, n, &options, err);

	for (size_t i = first; i < first + n; i++) {
		const pps_copy_item *one = &p->items[i];

		if (r == PPS_OK && p->of[i]->result == PPS_RESULT_NONE && (one->code != PPS_OK || one->verified == PPS_VERIFIED_NO))
			refuse(p->of[i], one->reason ? one->reason : "its copy was not made here, and could not be compared with it");
	}
	pps_copy_items_clear(p->items + first, n);
	return r;
}

int pps_site_prove(pps_site *site, pps_publish_chunk *chunk, int repository, const pps_refs *sources, const pps_refs *copies, pps_error **err)
{
	_cleanup_(clear_proof) struct proof p = { .site = site, .chunk = chunk, .repository = repository, .sources = sources, .copies = copies };
	int r;

	if ((r = gather(&p, err)) < 0)
		return r;
	for (size_t i = 0, some; i < p.n; i += some) {
		for (some = 1; i + some < p.n && p.copiers[i + some] == p.copiers[i];)
			some++;
		if ((r = compare(&p, i, some, err)) < 0)
			return r;
	}
	return PPS_OK;
}
