/* SPDX-License-Identifier: BSD-3-Clause */
#include "publish/look.h"

#include <string.h>

#include "butler/walk.h"
#include "publish/site-collections.h"
#include "publish/site-private.h"

void pps_look_clear(pps_look *look)
{
	for (size_t i = 0; i < PPS_PLAN_MOST; i++)
		pps_refs_free(TAKE_PTR(look->refs[i]));
}

int pps_look_refs(pps_look *look, int repository, const pps_refs **ret_refs, pps_error **err)
{
	pps_butler *butler;
	int r;

	if (!look->refs[repository] &&
	    ((r = pps_site_butler(look->publish->site, repository, &butler, err)) < 0 ||
	     (r = pps_butler_find_refs(butler, look->ids, look->n, PPS_REFS_FILES, &look->refs[repository], err)) < 0))
		return r;
	*ret_refs = look->refs[repository];
	return PPS_OK;
}

/* ---- files ---- */

static int below_root(pps_site *site, const pps_uri *uri, const char *root, pps_copier **ret_copier, char **ret_name, pps_error **err)
{
	_cleanup_(pps_uri_freep) pps_uri *parsed = NULL;
	const char *below;
	int r;

	if ((r = pps_uri_parse(root, &parsed, err)) < 0)
		return r;
	if (!(below = pps_uri_below(uri, parsed)))
		return PPS_OK;
	if ((r = pps_site_copier(site, root, ret_copier, err)) < 0)
		return r;
	if (!(*ret_name = strdup(below))) {
		*ret_copier = NULL;
		return pps_fail_nomem(err);
	}
	return PPS_OK;
}

int pps_look_place(pps_site *site, int repository, const pps_ref_file *file, pps_copier **ret_copier, char **ret_name, pps_error **err)
{
	_cleanup_(pps_uri_freep) pps_uri *root = NULL, *uri = NULL;
	pps_butler *butler;
	int r;

	*ret_copier = NULL;
	*ret_name = NULL;
	if ((r = pps_site_butler(site, repository, &butler, err)) < 0 ||
	    (r = pps_uri_parse(pps_butler_datastore_root(butler, file->member), &root, err)) < 0 || (r = pps_uri_join(root, file->path, &uri, err)) < 0 ||
	    (r = below_root(site, uri, pps_butler_datastore_root(butler, file->member), ret_copier, ret_name, err)) < 0)
		return r;
	/* direct: below the root of the one that it came from */
	for (size_t i = 0; i < site->graph->n && !*ret_copier; i++)
		for (size_t m = 0; site->at[i].butler && m < pps_butler_datastore_count(site->at[i].butler) && !*ret_copier; m++)
			if ((r = below_root(site, uri, pps_butler_datastore_root(site->at[i].butler, m), ret_copier, ret_name, err)) < 0)
				return r;
	return PPS_OK;
}

/* A file to be looked at. */
struct job {
	size_t of; /* index of the dataset */
	const pps_ref_file *file;
	pps_copier *copier;
	char *name;
};

struct jobs {
	pps_look *look;
	int repository, flags;
	pps_facts *facts;
	struct job *at;
	size_t n, cap;
};

static void clear_jobs(struct jobs *j)
{
	for (size_t i = 0; i < j->n; i++)
		free(j->at[i].name);
	free(j->at);
}

/* The worst of a dataset's files counts. */
static void note(pps_facts *facts, int file)
{
	static const int rank[] = { [PPS_FILE_UNASKED] = 0, [PPS_FILE_THERE] = 1, [PPS_FILE_UNLINKED] = 2, [PPS_FILE_BYTES] = 3, [PPS_FILE_SIZE] = 4,
				    [PPS_FILE_GONE] = 5 };

	if (rank[file] > rank[facts->file])
		facts->file = file;
}

static int gather(struct jobs *j, const pps_refs *refs, pps_error **err)
{
	for (size_t i = 0; i < j->look->n; i++) {
		const pps_ref *ref = pps_refs_get(refs, &j->look->ids[i]);
		const char status = j->facts[i].status;

		for (size_t k = 0; ref && (status == PPS_STATUS_PRESENT || status == PPS_STATUS_MISSING) && k < ref->nfiles; k++) {
			struct job *one;
			int r;

			if (pps_grow(&j->at, &j->cap, j->n, sizeof *j->at) < 0)
				return pps_fail_nomem(err);
			one = &j->at[j->n];
			*one = (struct job){ .of = i, .file = &ref->files[k] };
			if ((r = pps_look_place(j->look->publish->site, j->repository, one->file, &one->copier, &one->name, err)) < 0)
				return r;
			j->look->unasked += !one->copier;
			j->n += one->copier != NULL;
		}
	}
	return PPS_OK;
}

/* The source's file of the same component; NULL: it has none. */
static const pps_ref_file *counterpart(const pps_refs *source, const pps_uuid *id, const pps_ref_file *file)
{
	const pps_ref *ref = source ? pps_refs_get(source, id) : NULL;

	for (size_t k = 0; ref && k < ref->nfiles; k++)
		if (!strcmp(ref->files[k].component ? ref->files[k].component : "", file->component ? file->component : ""))
			return &ref->files[k];
	return NULL;
}

static int is_one_file(const struct job *a, pps_store *other, const char *name, int *ret, pps_error **err)
{
	pps_store_stat x, y;
	int r;

	if ((r = pps_store_stat_name(pps_copier_store(a->copier), a->name, &x, err)) < 0 || (r = pps_store_stat_name(other, name, &y, err)) < 0)
		return r;
	*ret = x.inode && x.inode == y.inode && x.device == y.device;
	return PPS_OK;
}

/* With the file that it was made of, as far as that one can be read. */
static int compare(struct jobs *j, const struct job *job, const pps_refs *source, int is_linked, pps_error **err)
{
	const pps_plan_graph *graph = &j->look->publish->flow.graph;
	const pps_ref_file *file = counterpart(source, &j->look->ids[job->of], job->file);
	_cleanup_(pps_error_freep) pps_error *why = NULL;
	_cleanup_free_ char *name = NULL;
	pps_copier *copier;
	int r, same = 1;

	if (!file)
		return PPS_OK;
	if ((r = pps_look_place(j->look->publish->site, graph->at[j->repository].from, file, &copier, &name, err)) < 0 || !copier)
		return r;
	r = is_linked ? is_one_file(job, pps_copier_store(copier), name, &same, &why) : PPS_OK;
	if (r == PPS_OK && !same)
		note(&j->facts[job->of], PPS_FILE_UNLINKED);
	if (r == PPS_OK && (!same || !is_linked) && j->flags & PPS_LOOK_DEEP &&
	    (r = pps_store_same(pps_copier_store(job->copier), job->name, pps_copier_store(copier), name, &same, &why)) == PPS_OK && !same)
		note(&j->facts[job->of], PPS_FILE_BYTES);
	if (r == PPS_E_CANCELLED || r == PPS_E_NOMEM) {
		pps_error_move(err, TAKE_PTR(why));
		return r;
	}
	j->look->unasked += r < 0;
	return PPS_OK;
}

static int compare_all(struct jobs *j, pps_error **err)
{
	const pps_publish_flow *flow = &j->look->publish->flow;
	const pps_conf_repository *conf = pps_site_conf(j->look->publish->site, j->repository);
	const int is_linked = conf->transfer == PPS_TRANSFER_HARDLINK && conf->on_no_link == PPS_ON_NO_LINK_HOLD;
	const int from = flow->graph.at[j->repository].from;
	const pps_refs *source = NULL;
	int r = PPS_OK;

	if (from < 0 || flow->graph.at[j->repository].refers || (flow->down >> from) & 1 || (!is_linked && !(j->flags & PPS_LOOK_DEEP)) ||
	    (r = pps_look_refs(j->look, from, &source, err)) < 0)
		return r;
	for (size_t i = 0; i < j->n && r == PPS_OK; i++)
		if (j->facts[j->at[i].of].file == PPS_FILE_THERE && (r = pps_ctx_check(flow->ctx, err)) == PPS_OK)
			r = compare(j, &j->at[i], source, is_linked, err);
	return r;
}

/* All that are below one root. */
static int look_root(struct jobs *j, pps_copier *copier, pps_copy_item *items, size_t *of, pps_error **err)
{
	size_t n = 0;
	int r;

	for (size_t i = 0; i < j->n; i++)
		if (j->at[i].copier == copier) {
			items[n] = (pps_copy_item){ .name = j->at[i].name, .size = j->at[i].file->size };
			of[n++] = j->at[i].of;
		}
	r = pps_copier_look(copier, items, n, NULL, err);
	for (size_t i = 0; r == PPS_OK && i < n; i++) {
		const int code = items[i].code;

		note(&j->facts[of[i]], code == PPS_OK ? PPS_FILE_THERE : code == PPS_E_NOTFOUND ? PPS_FILE_GONE :
			     code == PPS_E_CONFLICT ? PPS_FILE_SIZE : PPS_FILE_UNASKED);
		j->look->unasked += code != PPS_OK && code != PPS_E_NOTFOUND && code != PPS_E_CONFLICT;
	}
	pps_copy_items_clear(items, n);
	return r;
}

static int look_files(pps_look *look, int repository, int flags, const pps_refs *refs, pps_facts *facts, pps_error **err)
{
	_cleanup_(clear_jobs) struct jobs j = { .look = look, .repository = repository, .flags = flags, .facts = facts };
	_cleanup_free_ pps_copy_item *items = NULL;
	_cleanup_free_ size_t *of = NULL;
	int r;

	if ((r = gather(&j, refs, err)) < 0)
		return r;
	if (!(items = calloc(j.n + 1, sizeof *items)) || !(of = calloc(j.n + 1, sizeof *of)))
		return pps_fail_nomem(err);
	for (size_t i = 0; i < j.n; i++) {
		size_t first = 0;

		while (j.at[first].copier != j.at[i].copier)
			first++;
		if (first == i && (r = look_root(&j, j.at[i].copier, items, of, err)) < 0)
			return r;
	}
	return compare_all(&j, err);
}

/* ---- all of it ---- */

static int look_tags(const pps_look *look, int repository, pps_facts *facts, pps_error **err)
{
	pps_site *site = look->publish->site;
	_cleanup_free_ uint8_t *in = calloc(2 * look->n + 1, 1);
	pps_butler *butler;
	int r;

	if (!in)
		return pps_fail_nomem(err);
	if ((r = pps_site_butler(site, repository, &butler, err)) < 0 ||
	    (r = pps_butler_find_tagged(butler, pps_site_available(site), look->ids, look->n, in, err)) < 0 ||
	    (r = pps_butler_find_tagged(butler, pps_site_expired(site), look->ids, look->n, in + look->n, err)) < 0)
		return r;
	for (size_t i = 0; i < look->n; i++) {
		facts[i].is_available = in[i];
		facts[i].is_expired = in[look->n + i];
	}
	return PPS_OK;
}

int pps_look_facts(pps_look *look, int repository, int flags, pps_facts *facts, pps_error **err)
{
	const pps_publish_flow *flow = &look->publish->flow;
	const pps_plan_repository *one = &flow->graph.at[repository];
	const pps_refs *refs;
	int r;

	if ((r = pps_look_refs(look, repository, &refs, err)) < 0)
		return r;
	for (size_t i = 0; i < look->n; i++) {
		const pps_ref *ref = pps_refs_get(refs, &look->ids[i]);
		const pps_dataset_row *row = look->rows ? look->rows[i] : NULL;

		facts[i] = (pps_facts){ .is_public = one->is_public, .refers = one->refers, .is_known = ref != NULL, .is_stored = ref && ref->nfiles };
		if (!row)
			continue;
		facts[i].status = row->status.status[flow->ordinal[repository]];
		facts[i].source = one->from < 0 ? 0 : row->status.status[flow->ordinal[one->from]];
		facts[i].is_other = ref && (strcmp(ref->type->name, row->type) != 0 || strcmp(ref->run, row->run) != 0);
	}
	if (one->is_public && (r = look_tags(look, repository, facts, err)) < 0)
		return r;
	return flags & PPS_LOOK_FILES ? look_files(look, repository, flags, refs, facts, err) : PPS_OK;
}
