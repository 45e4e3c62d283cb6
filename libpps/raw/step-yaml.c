/* SPDX-License-Identifier: BSD-3-Clause */
/* The step that writes `<obs_id>_dimensions.yaml`, and its later revisions `_dimensions.1.yaml` ... */
#include <string.h>

#include "dimensions/dimension-sql.h"
#include "dimensions/records.h"
#include "raw/job.h"

#define YAML_MOST (256u << 20)
#define REVISIONS_MOST 10000

static int add_bytes(const void *bytes, size_t size, void *user, pps_error **err)
{
	pps_buf *b = user;

	pps_buf_add(b, bytes, size);
	return pps_buf_check(b, "dimension records", err);
}

/* The records as the source has them now, and their text. */
static int export_records(pps_raw_job *job, pps_dimensions **ret_dims, pps_buf *text, pps_error **err)
{
	_cleanup_(pps_dimensions_freep) pps_dimensions *dims = NULL;
	pps_butler *source;
	int r;

	if ((r = pps_raw_source(job->raw, &source, err)) < 0 ||
	    (r = pps_dimensions_new_in(job->raw->ctx, (pps_universe *)pps_butler_universe(source), &dims, err)) < 0 ||
	    (r = pps_dimension_collect_exposure(pps_butler_sql(source), dims, job->candidate->instrument, job->candidate->exposure, err)) < 0 ||
	    (r = pps_dimensions_export(dims, add_bytes, text, err)) < 0)
		return r;
	*ret_dims = TAKE_PTR(dims);
	return PPS_OK;
}

char *pps_raw_yaml_name(const pps_raw_job *job, int revision)
{
	size_t stem = strlen(job->zip_name) - strlen(".zip");
	char *name;
	int n = revision ? asprintf(&name, "%.*s_dimensions.%d.yaml", (int)stem, job->zip_name, revision) :
			   asprintf(&name, "%.*s_dimensions.yaml", (int)stem, job->zip_name);

	return n < 0 ? NULL : name;
}

int pps_raw_yaml_revision(pps_raw_job *job, int *ret_revision, pps_error **err)
{
	int r = 1;

	*ret_revision = -1;
	for (int i = 0; i < REVISIONS_MOST && r == 1; i++) {
		_cleanup_free_ char *name = pps_raw_yaml_name(job, i);

		if (!name)
			return pps_fail_nomem(err);
		if ((r = pps_store_exists(job->raw->store, name, err)) < 0)
			return r;
		if (r)
			*ret_revision = i;
	}
	return PPS_OK;
}

/* 1 when two sets hold the same records, however they are written. */
static int same_records(const pps_dimensions *a, const pps_dimensions *b)
{
	if (pps_dimensions_count(a, NULL) != pps_dimensions_count(b, NULL))
		return 0;
	for (int e = 0; e < pps_dimensions_elements(a); e++) {
		const pps_records *x = pps_dimensions_records_of(a, pps_dimensions_element(a, e));
		const pps_records *y = pps_dimensions_records_of(b, pps_dimensions_element(a, e));
		const pps_element *element = pps_records_element(x);

		if (!y || pps_records_size(x) != pps_records_size(y))
			return 0;
		for (size_t i = 0; i < pps_records_size(x); i++)
			for (size_t c = 0; c < element->ncolumns; c++) {
				pps_cell p = pps_records_get(x, i, c), q = pps_records_get(y, i, c);

				if (!pps_cell_equal(&element->columns[c], &p, &q))
					return 0;
			}
	}
	return 1;
}

/* PPS_OK: the file says what the source says; PPS_E_CONFLICT: other records; PPS_E_FORMAT: it cannot be read. */
static int compare_file(pps_raw_job *job, const char *name, const pps_dimensions *dims, const pps_buf *text, pps_error **err)
{
	_cleanup_(pps_dimensions_freep) pps_dimensions *there = NULL;
	_cleanup_free_ void *bytes = NULL;
	size_t size;
	int r;

	if ((r = pps_store_read(job->raw->store, name, YAML_MOST, &bytes, &size, err)) < 0)
		return r;
	if (size == text->size && !memcmp(bytes, text->at, size))
		return PPS_OK;
	if ((r = pps_dimensions_import(job->raw->ctx, name, bytes, size, pps_dimensions_universe((pps_dimensions *)dims), &there, err)) < 0)
		return r;
	return same_records(dims, there) ? PPS_OK : pps_fail(err, PPS_E_CONFLICT, "%s: records have changed in the source since", name);
}

int pps_raw_ensure_yaml(pps_raw_job *job, pps_error **err)
{
	_cleanup_(pps_dimensions_freep) pps_dimensions *dims = NULL;
	_cleanup_(pps_error_freep) pps_error *why = NULL;
	_cleanup_buf_ pps_buf text = PPS_BUF(YAML_MOST);
	_cleanup_free_ char *name = NULL, *detail = NULL;
	pps_store *store;
	int r, revision;

	if ((r = pps_raw_store(job->raw, &store, err)) < 0 || (r = export_records(job, &dims, &text, err)) < 0 ||
	    (r = pps_raw_yaml_revision(job, &revision, err)) < 0)
		return r;
	if (!(name = pps_raw_yaml_name(job, revision < 0 ? 0 : revision)))
		return pps_fail_nomem(err);
	r = revision < 0 ? PPS_E_NOTFOUND : compare_file(job, name, dims, &text, &why);
	if (r == PPS_E_FORMAT && job->repair) {
		if ((r = pps_raw_move_damaged(job, name, err)) < 0)
			return r;
		r = PPS_E_NOTFOUND;
	} else if (r == PPS_E_CONFLICT) {
		free(name);
		if (!(name = pps_raw_yaml_name(job, ++revision)))
			return pps_fail_nomem(err);
		r = PPS_E_NOTFOUND;
	}
	if (r == PPS_E_NOTFOUND) {
		if ((r = pps_raw_job_may_act(job, err)) < 0 || (r = pps_store_write(store, name, text.at, text.size, err)) < 0)
			return r;
	} else if (r < 0) {
		if (r == PPS_E_FORMAT)
			pps_wrap(&why, r, "%s is damaged: pps raw repair moves it aside and writes it anew", name);
		pps_error_move(err, TAKE_PTR(why));
		return r;
	} else if ((r = pps_store_sync(store, name, err)) < 0) {
		return r;
	}
	if (revision > 0 && asprintf(&detail, "revision=%d", revision) < 0)
		return pps_fail_nomem(err);
	return pps_raw_job_record(job, PPS_STEP_YAML, NULL, detail, err);
}

/* PPS_E_NOTFOUND: there is none. */
static int look(pps_raw_job *job, pps_error **err)
{
	_cleanup_(pps_dimensions_freep) pps_dimensions *dims = NULL;
	_cleanup_buf_ pps_buf text = PPS_BUF(YAML_MOST);
	_cleanup_free_ char *name = NULL;
	int r, revision;

	if ((r = pps_raw_yaml_revision(job, &revision, err)) < 0)
		return r;
	if (revision < 0)
		return pps_fail(err, PPS_E_NOTFOUND, "there is no _dimensions.yaml");
	if (!(name = pps_raw_yaml_name(job, revision)))
		return pps_fail_nomem(err);
	if ((r = export_records(job, &dims, &text, err)) < 0)
		return r;
	return compare_file(job, name, dims, &text, err);
}

int pps_raw_look_yaml(pps_raw_job *job, int *ret_mark, pps_buf *why, pps_error **err)
{
	_cleanup_(pps_error_freep) pps_error *found = NULL;
	pps_store *store;
	int r;

	if ((r = pps_raw_store(job->raw, &store, err)) < 0)
		return r;
	r = look(job, &found);
	if (r == PPS_E_CANCELLED || r == PPS_E_NOMEM) {
		pps_error_move(err, TAKE_PTR(found));
		return r;
	}
	/* other records: repair writes the next revision, so it is one that is missing */
	*ret_mark = r == PPS_OK ? PPS_MARK_OK : r == PPS_E_CONFLICT || r == PPS_E_NOTFOUND ? PPS_MARK_MISSING : r == PPS_E_FORMAT ?
		    PPS_MARK_DIFFERENT : PPS_MARK_UNKNOWN;
	if (*ret_mark == PPS_MARK_UNKNOWN)
		job->unknown = r;
	if (r < 0)
		pps_raw_because(why, "%s%s", r == PPS_E_FORMAT ? "damaged: " : "", pps_error_message(found));
	return PPS_OK;
}
