/* SPDX-License-Identifier: BSD-3-Clause */
/* Direct-mode ingest of a zip, and its verification. */
#include <string.h>

#include "archive/raw-archive.h"
#include "archive/zip.h"
#include "butler/ingest.h"

#define INDEX_MOST (256u << 20)

/* In the order of the wanted ones (by name, as they are read); those that are not there get id 0. */
static int set_types(const pps_ingest *in, pps_butler_types *list, pps_error **err)
{
	pps_butler_type *at = calloc(in->wanted->n + 1, sizeof *at);
	size_t k = 0;

	if (!at)
		return pps_fail_nomem(err);
	for (size_t i = 0; i < in->wanted->n; i++) {
		if (k < list->n && strcmp(list->at[k].name, in->wanted->at[i].name) == 0) {
			at[i] = list->at[k++];
			continue;
		}
		at[i] = in->wanted->at[i];
		at[i].id = 0;
		at[i].tags_table = "";
	}
	free(list->at);
	list->at = at;
	list->n = in->wanted->n;
	return PPS_OK;
}

/* Reads what the repository has of the wanted types, and compares. */
static int look_up_types(pps_ingest *in, int *ret_missing, pps_error **err)
{
	_cleanup_(pps_butler_types_freep) pps_butler_types *there = NULL;
	int r;

	if ((r = pps_butler_compare_types(in->butler, in->wanted, &there, ret_missing, err)) < 0)
		return r;
	if ((r = set_types(in, there, err)) < 0)
		return r;
	pps_butler_types_free(in->types);
	in->types = TAKE_PTR(there);
	return PPS_OK;
}

static int read_run_ids(pps_ingest *in, pps_error **err)
{
	_cleanup_(pps_sql_rows_freep) pps_sql_rows *rows = NULL;
	pps_sql_value params[] = { pps_sql_texts(in->runs, in->nruns) };
	int r = pps_sql_query(in->butler->sql, "SELECT collection_id, name, type FROM {collection} WHERE name {in $1 text}", params, 1,
			      &rows, err);

	while (r >= 0 && (r = pps_sql_next(rows, err)) > 0)
		for (size_t i = 0; i < in->nruns; i++) {
			if (strcmp(in->runs[i], pps_sql_get_text(rows, 1)) != 0)
				continue;
			if (pps_sql_get_int(rows, 2) != PPS_COLLECTION_RUN)
				return pps_fail(err, PPS_E_CONFLICT, "collection %s is there, but it is no RUN", in->runs[i]);
			in->run_ids[i] = pps_sql_get_int(rows, 0);
		}
	return r;
}

/* Without writing: what is missing or different. */
static int examine(pps_ingest *in, pps_error **err)
{
	int r, missing;

	memset(in->run_ids, 0, in->nruns * sizeof *in->run_ids);
	if ((r = look_up_types(in, &missing, err)) < 0 || (r = read_run_ids(in, err)) < 0 || (r = pps_ingest_examine(in, err)) < 0 ||
	    (r = pps_ingest_count_summaries(in, err)) < 0)
		return r;
	return pps_ingest_conclude(in, err);
}

static int refuse_differences(const pps_ingest *in, pps_error **err)
{
	for (size_t i = 0; i < in->report->n; i++)
		if (in->report->at[i].kind == PPS_FINDING_DIFFERENT)
			return pps_fail(err, PPS_E_CONFLICT, "%s%s", in->report->at[i].text,
					in->report->ndifferent > 1 ? " (and others differ too); nothing was changed" :
								     "; nothing was changed");
	return PPS_OK;
}

static int ingest_fn(pps_sql *sql _unused_, void *user, pps_error **err)
{
	pps_ingest *in = user;
	int64_t inserted = 0;
	int r, missing;

	if ((r = look_up_types(in, &missing, err)) < 0)
		return r;
	if (missing && ((r = pps_butler_types_in(in->butler, in->wanted, &inserted, err)) < 0 ||
			(r = look_up_types(in, &missing, err)) < 0))
		return r;
	if ((r = pps_butler_runs_in(in->butler, in->runs, in->nruns, in->run_ids, &inserted, err)) < 0 ||
	    (r = pps_butler_ensure_record_tables(in->butler, err)) < 0 || (r = pps_ingest_examine(in, err)) < 0 ||
	    (r = refuse_differences(in, err)) < 0 || (r = pps_ingest_conclude(in, err)) < 0)
		return r;
	in->report->inserted = inserted;
	return in->report->nmissing ? pps_ingest_insert(in, err) : pps_ingest_insert_summaries(in, err);
}

/* Again where others write the same rows at the same time: the next look sees what they committed. */
int pps_butler_retry(pps_butler *butler, pps_sql_fn fn, void *user, pps_error **err)
{
	for (int attempt = 1;; attempt++) {
		_cleanup_(pps_error_freep) pps_error *e = NULL;
		int r = pps_sql_transact(butler->sql, PPS_BUTLER_ATTEMPTS, fn, user, &e);
		const char *state = pps_error_sqlstate(e);

		if (r >= 0)
			return r;
		/* unique violation, duplicate table, duplicate object */
		if (attempt == PPS_BUTLER_ATTEMPTS ||
		    (strcmp(state, "23505") != 0 && strcmp(state, "42P07") != 0 && strcmp(state, "42710") != 0)) {
			pps_error_move(err, TAKE_PTR(e));
			return r;
		}
		if ((r = pps_ctx_sleep(butler->ctx, attempt * 10000000ll, err)) < 0)
			return r;
	}
}

int pps_butler_ingest_index(pps_butler *butler, const char *uri, const pps_zip_index *index, int flags,
			    pps_butler_report **ret_report, pps_error **err)
{
	_cleanup_(pps_ingest_clear) pps_ingest in = { 0 };
	pps_error *e = NULL;
	int r;

	if (!(flags & PPS_BUTLER_DRY_RUN) && (r = pps_butler_check_writable(butler, err)) < 0)
		return r;
	if ((r = pps_ingest_prepare(butler, uri, index, &in, err)) < 0 || (r = pps_ingest_choose_members(&in, err)) < 0)
		return pps_wrap(err, r, "ingest %s", uri);
	if (flags & PPS_BUTLER_DRY_RUN) {
		if ((r = examine(&in, err)) < 0 || (r = refuse_differences(&in, err)) < 0)
			return pps_wrap(err, r, "ingest %s", uri);
	} else {
		if ((r = pps_butler_retry(butler, ingest_fn, &in, &e)) < 0)
			return pps_wrap(err, pps_ingest_explain(&in, e, r, err), "ingest %s", uri);
		butler->has_record_tables = 1;
		pps_log(butler->ctx, PPS_LOG_INFO, "ingested", "zip", uri, "repository", butler->config.uri, NULL);
	}
	if (ret_report)
		*ret_report = TAKE_PTR(in.report);
	return PPS_OK;
}

int pps_butler_verify_index(pps_butler *butler, const char *uri, const pps_zip_index *index, pps_butler_report **ret_report,
			    pps_error **err)
{
	_cleanup_(pps_ingest_clear) pps_ingest in = { 0 };
	int r;

	if ((r = pps_ingest_prepare(butler, uri, index, &in, err)) < 0 || (r = pps_ingest_choose_members(&in, err)) < 0 ||
	    (r = examine(&in, err)) < 0)
		return pps_wrap(err, r, "verify %s", uri);
	*ret_report = TAKE_PTR(in.report);
	return PPS_OK;
}

/* ---- with the zip itself ---- */

/* The URI as records have it. */
static int absolute_uri(const char *text, char **ret, pps_error **err)
{
	_cleanup_(pps_uri_freep) pps_uri *uri = NULL;
	int r;

	if ((r = pps_uri_parse(text, &uri, err)) < 0 || (r = pps_uri_make_absolute(uri, err)) < 0)
		return r;
	return pps_uri_format(uri, ret, err);
}

static int read_index(pps_zip *zip, pps_zip_index **ret, pps_error **err)
{
	_cleanup_free_ void *bytes = NULL;
	size_t n, size;
	int r;

	if (pps_zip_find(zip, PPS_ZIP_INDEX_NAME, &n, NULL) < 0)
		return pps_fail(err, PPS_E_FORMAT, "the zip has no member " PPS_ZIP_INDEX_NAME ": it is no zip of a Butler");
	if ((r = pps_zip_read(zip, n, INDEX_MOST, &bytes, &size, err)) < 0)
		return r;
	return pps_zip_index_parse(bytes, size, ret, err);
}

/* Members that the index names must be in the zip, in their sizes. */
static int check_members(const pps_zip *zip, const pps_zip_index *index, pps_butler_report *report, pps_error **err)
{
	for (size_t i = 0; i < index->n_artifacts; i++) {
		const pps_zip_artifact *a = &index->artifacts[i];
		const pps_uuid *id = a->n_ids ? &a->ids[0] : NULL;
		size_t n;
		int r = pps_zip_find(zip, a->member, &n, NULL);

		if (r < 0)
			r = pps_report_add(report, PPS_FINDING_FILE, id, err, "member %s: the zip does not hold it", a->member);
		else if (a->file_size >= 0 && pps_zip_size(zip, n) != (uint64_t)a->file_size)
			r = pps_report_add(report, PPS_FINDING_FILE, id, err, "member %s: %llu bytes in the zip, %lld in its index", a->member,
					   (unsigned long long)pps_zip_size(zip, n), (long long)a->file_size);
		if (r < 0)
			return r;
	}
	return PPS_OK;
}

static int open_zip(pps_butler *b, const char *path, pps_zip **ret_zip, pps_zip_index **ret_index, pps_error **err)
{
	_cleanup_(pps_zip_closep) pps_zip *zip = NULL;
	int r;

	if ((r = pps_zip_open(b->ctx, path, &zip, err)) < 0 || (r = read_index(zip, ret_index, err)) < 0)
		return r;
	*ret_zip = TAKE_PTR(zip);
	return PPS_OK;
}

static int refuse_members(const pps_zip *zip, const pps_zip_index *index, pps_error **err)
{
	_cleanup_(pps_butler_report_freep) pps_butler_report *files = NULL;
	int r;

	if ((r = pps_report_new(&files, err)) < 0 || (r = check_members(zip, index, files, err)) < 0)
		return r;
	return files->n ? pps_fail(err, PPS_E_CONFLICT, "%s", files->at[0].text) : PPS_OK;
}

int pps_butler_ingest_zip(pps_butler *butler, const char *zip, const char *record_uri, int flags, pps_butler_report **ret_report,
			  pps_error **err)
{
	_cleanup_(pps_zip_closep) pps_zip *opened = NULL;
	_cleanup_(pps_zip_index_freep) pps_zip_index *index = NULL;
	_cleanup_free_ char *uri = NULL;
	int r;

	if (!butler || !zip)
		return pps_fail(err, PPS_E_ARG, "pps_butler_ingest_zip: butler and zip must not be NULL");
	if ((r = absolute_uri(record_uri ? record_uri : zip, &uri, err)) < 0 || (r = open_zip(butler, zip, &opened, &index, err)) < 0 ||
	    (r = refuse_members(opened, index, err)) < 0)
		return pps_wrap(err, r, "ingest %s", zip);
	return pps_butler_ingest_index(butler, uri, index, flags, ret_report, err);
}

int pps_butler_verify_zip(pps_butler *butler, const char *zip, const char *record_uri, int flags, pps_butler_report **ret_report,
			  pps_error **err)
{
	_cleanup_(pps_butler_report_freep) pps_butler_report *report = NULL;
	_cleanup_(pps_zip_closep) pps_zip *opened = NULL;
	_cleanup_(pps_zip_index_freep) pps_zip_index *index = NULL;
	_cleanup_free_ char *uri = NULL;
	int r;

	if (!butler || !zip || !ret_report)
		return pps_fail(err, PPS_E_ARG, "pps_butler_verify_zip: butler, zip and ret_report must not be NULL");
	if ((r = absolute_uri(record_uri ? record_uri : zip, &uri, err)) < 0 || (r = open_zip(butler, zip, &opened, &index, err)) < 0)
		return pps_wrap(err, r, "verify %s", zip);
	if ((r = pps_butler_verify_index(butler, uri, index, &report, err)) < 0 ||
	    (flags & PPS_BUTLER_CHECK_FILES && (r = check_members(opened, index, report, err)) < 0))
		return r;
	*ret_report = TAKE_PTR(report);
	return PPS_OK;
}
