/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The embargo copy goes: authorised in ledger and state; the datasets' rows go to the Butler's trash; their files, then records and trash;
 * whatever else is in the exposure's folder; done in ledger and state. Each file is one that was compared with the zip: the same as it was then, or, where a crash has left
 * some, compared again now.
 */
#include <string.h>

#include "archive/pack.h"
#include "butler/purge.h"
#include "raw/prune.h"

#include <pps/zip.h>

#define FILES_AT_ONCE 10

typedef struct act {
	pps_prune_case *c;
	pps_zip *zip;     /* opened when a file must be compared again */
	/* files of one folder that go together */
	pps_store *store;
	char *names[FILES_AT_ONCE];
	size_t n;
} act;

static void clear_names(act *a)
{
	for (size_t i = 0; i < a->n; i++)
		free(a->names[i]);
	a->n = 0;
}

static void clear_act(act *a)
{
	clear_names(a);
	pps_zip_close(a->zip);
	pps_store_unref(a->store);
}

static const pps_source_file *find(const pps_source_files *files, const char *uri)
{
	for (size_t i = 0; i < files->n; i++)
		if (!strcmp(files->at[i].uri, uri))
			return &files->at[i];
	return NULL;
}

static int open_zip(act *a, pps_error **err)
{
	_cleanup_free_ char *path = NULL;
	int r;

	if (a->zip)
		return PPS_OK;
	if ((r = pps_store_name_plain(a->c->job->raw->store, a->c->job->zip_name, &path, err)) < 0)
		return r;
	return pps_zip_open(a->c->job->raw->ctx, path, &a->zip, err);
}

/* 1: its bytes are in the zip; 0: it is not there any more. Anything else stays. Members are called as files are below their folder. */
static int may_go(act *a, const char *name, pps_error **err)
{
	_cleanup_(pps_error_freep) pps_error *found = NULL;
	_cleanup_free_ char *uri = NULL;
	const pps_source_file *known;
	pps_store_stat st;
	int r;

	if ((r = pps_store_stat_name(a->store, name, &st, &found)) == PPS_E_NOTFOUND)
		return 0;
	if (r < 0) {
		pps_error_move(err, TAKE_PTR(found));
		return r;
	}
	if ((r = pps_store_name_uri(a->store, name, &uri, err)) < 0)
		return r;
	known = find(&a->c->files, uri);
	if (known && known->stat.size == st.size && !strcmp(known->stat.etag, st.etag) && known->stat.mtime == st.mtime)
		return 1;
	if ((r = open_zip(a, err)) < 0 || (r = pps_archive_compare_file(a->zip, name, a->store, name, err)) < 0)
		return pps_wrap(err, r, "%s is left where it is: it is not what the zip holds", uri);
	return 1;
}

/* Removes the group that was put together. */
static int flush(act *a, pps_error **err)
{
	const char *going[FILES_AT_ONCE];
	size_t n = 0;
	int r;

	for (size_t i = 0; i < a->n; i++) {
		if ((r = may_go(a, a->names[i], err)) < 0)
			return r;
		if (r)
			going[n++] = a->names[i];
	}
	if (n && ((r = pps_raw_job_may_act(a->c->job, err)) < 0 || (r = pps_store_remove_many(a->store, going, n, err)) < 0))
		return r;
	clear_names(a);
	return PPS_OK;
}

/* Another file to the group; it goes when it is full, or when the next is in another folder. */
static int put(act *a, pps_store *store, const char *name, pps_error **err)
{
	int r;

	if (!a->store || strcmp(pps_store_uri(a->store), pps_store_uri(store)) != 0) {
		if ((r = flush(a, err)) < 0)
			return r;
		pps_store_unref(a->store);
		a->store = pps_store_ref(store);
	}
	if (!(a->names[a->n] = strdup(name)))
		return pps_fail_nomem(err);
	return ++a->n == FILES_AT_ONCE ? flush(a, err) : PPS_OK;
}

static int remove_artifacts(const pps_artifact *artifacts, size_t n, void *user, pps_error **err)
{
	act *a = user;

	for (size_t i = 0; i < n; i++) {
		_cleanup_(pps_store_unrefp) pps_store *store = NULL;
		_cleanup_free_ char *name = NULL;
		int r;

		if ((r = pps_store_open_parent(a->c->job->raw->ctx, artifacts[i].uri, &store, &name, err)) < 0 ||
		    (r = put(a, store, name, err)) < 0)
			return r;
	}
	return flush(a, err);
}

/* Sidecars and all the rest. */
static int remove_rest(act *a, pps_error **err)
{
	_cleanup_source_files_ pps_source_files rest = { 0 };
	int r = pps_source_files_in(a->c->job->raw->ctx, a->c->folder, &rest, err);

	for (size_t i = 0; i < rest.n && r == PPS_OK; i++)
		r = put(a, rest.folder, rest.at[i].name, err);
	return r < 0 ? r : flush(a, err);
}

static int authorise(pps_prune_case *c, const pps_ledger_entry *entry, pps_error **err)
{
	const pps_exposure_key key = pps_raw_job_key(c->job);
	const pps_state_change changes[] = {
		{ .kind = PPS_CHANGE_STEP, .key = key, .step = PPS_STEP_PRUNE, .detail = c->folder },
		{ .kind = PPS_CHANGE_AUTHORISED, .key = key, .entry = entry },
	};

	return c->facts.begun ? PPS_OK : pps_raw_job_apply(c->job, changes, PPS_COUNT(changes), err);
}

static int finish(pps_prune_case *c, const pps_ledger_entry *entry, pps_error **err)
{
	const pps_exposure_key key = pps_raw_job_key(c->job);
	const pps_state_change changes[] = {
		{ .kind = PPS_CHANGE_STEP, .key = key, .step = PPS_STEP_PRUNED },
		{ .kind = PPS_CHANGE_DONE, .key = key, .entry = entry, .recovered = c->facts.begun },
	};

	return pps_raw_job_apply(c->job, changes, PPS_COUNT(changes), err);
}

int pps_prune_act(pps_prune_case *c, pps_butler *source, pps_error **err)
{
	_cleanup_(clear_act) act a = { .c = c };
	_cleanup_free_ pps_uuid *ids = NULL;
	_cleanup_free_ char *rule = NULL;
	pps_ledger_entry entry = { .flow = "raw", .action = "prune", .subject = c->job->candidate->obs_id, .who = "pps raw prune" };
	const pps_butler_datasets *datasets;
	pps_raw_material *m;
	int r;

	if ((r = pps_raw_job_material(c->job, &m, err)) < 0)
		return r;
	datasets = pps_raw_material_datasets(m);
	if (!(ids = calloc(datasets->n + 1, sizeof *ids)) ||
	    asprintf(&rule, "%lld safe copies (%s)", (long long)c->facts.needed, c->safe_copies ? c->safe_copies : "the zip here") < 0)
		return pps_fail_nomem(err);
	for (size_t i = 0; i < datasets->n; i++)
		ids[i] = datasets->at[i].id;
	entry.rule = rule;
	entry.uuids = ids;
	entry.nuuids = datasets->n;
	if ((r = pps_raw_job_may_act(c->job, err)) < 0 || (r = authorise(c, &entry, err)) < 0 || (r = pps_raw_job_may_act(c->job, err)) < 0 ||
	    (r = pps_butler_trash(source, ids, datasets->n, PPS_TRASH_PURGE, NULL, err)) < 0 ||
	    (r = pps_butler_empty_trash(source, ids, datasets->n, remove_artifacts, &a, err)) < 0 || (r = remove_rest(&a, err)) < 0)
		return r;
	return finish(c, &entry, err);
}
