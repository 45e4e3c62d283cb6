/* SPDX-License-Identifier: BSD-3-Clause */
/* The steps at one destination repository: dimension records, then the zip's datasets. */
#include <string.h>

#include "dimensions/dimension-sql.h"
#include "dimensions/records.h"
#include "raw/job.h"

/* What the zip says is in it, equal to what the source says. */
static int read_index(pps_raw_job *job, pps_zip_index **ret_index, pps_error **err)
{
	_cleanup_(pps_zip_index_freep) pps_zip_index *index = NULL;
	pps_raw_material *m;
	pps_store *store;
	int r;

	if ((r = pps_raw_store(job->raw, &store, err)) < 0 || (r = pps_raw_job_material(job, &m, err)) < 0 ||
	    (r = pps_raw_zip_index(job->raw->ctx, store, job->zip_name, &index, err)) < 0 ||
	    (r = pps_raw_material_compare_index(m, index, err)) < 0)
		return pps_wrap(err, r, "%s", job->zip_name);
	*ret_index = TAKE_PTR(index);
	return PPS_OK;
}

static int ensure_dimensions(pps_raw_job *job, size_t n, pps_butler *dest, pps_error **err)
{
	pps_raw_material *m;
	int r;

	if ((r = pps_raw_job_material(job, &m, err)) < 0 || (r = pps_raw_job_may_act(job, err)) < 0 ||
	    (r = pps_butler_ensure_dimensions(job->raw->source, dest, pps_raw_material_datasets(m), job->raw->block->records, 0, NULL,
						err)) < 0)
		return r;
	return pps_raw_job_record(job, PPS_STEP_DIMENSIONS, job->raw->destinations[n].name, NULL, err);
}

static int ensure_ingest(pps_raw_job *job, size_t n, pps_butler *dest, pps_error **err)
{
	_cleanup_(pps_butler_report_freep) pps_butler_report *report = NULL;
	_cleanup_(pps_zip_index_freep) pps_zip_index *index = NULL;
	_cleanup_free_ char *uri = NULL;
	int r;

	if ((r = read_index(job, &index, err)) < 0 || (r = pps_raw_record_uri(job, n, &uri, err)) < 0 ||
	    (r = pps_raw_job_may_act(job, err)) < 0 || (r = pps_butler_ingest_index(dest, uri, index, 0, &report, err)) < 0)
		return r;
	job->acted |= report->inserted > 0;
	return pps_raw_job_record(job, PPS_STEP_INGEST, job->raw->destinations[n].name, NULL, err);
}

int pps_raw_ensure_destination(pps_raw_job *job, size_t n, pps_error **err)
{
	const char *name = job->raw->destinations[n].name;
	pps_butler *dest;
	int r;

	if ((r = pps_raw_destination_butler(job->raw, n, &dest, err)) < 0)
		return r;
	if ((job->repair || !pps_raw_job_has_step(job, PPS_STEP_DIMENSIONS, name)) && (r = ensure_dimensions(job, n, dest, err)) < 0)
		return pps_wrap(err, r, "dimension records to %s", name);
	if ((job->repair || !pps_raw_job_has_step(job, PPS_STEP_INGEST, name)) && (r = ensure_ingest(job, n, dest, err)) < 0)
		return pps_wrap(err, r, "ingest in %s", name);
	return PPS_OK;
}

struct differences {
	int64_t missing, different;
	char first[200]; /* in words */
};

/* Records that the instrument was registered with may differ from repository to repository; those of the exposure may not. */
static int is_of_exposure(const char *element)
{
	static const char *const names[] = { "day_obs", "group", "exposure", "visit", "visit_definition", "visit_detector_region",
					     "visit_system_membership" };

	for (size_t i = 0; i < PPS_COUNT(names); i++)
		if (!strcmp(element, names[i]))
			return 1;
	return 0;
}

static int note_difference(void *user, int kind, const pps_element *element, const char *key, const char *column, pps_error **err)
{
	struct differences *d = user;

	(void)err;
	if (kind == PPS_RECORD_DIFFERENT && !is_of_exposure(element->name))
		return PPS_OK;
	if (kind == PPS_RECORD_DIFFERENT && !d->different++)
		snprintf(d->first, sizeof d->first, "%s (%s) has another %s", element->name, key, column ? column : "value");
	if (kind != PPS_RECORD_DIFFERENT && !d->missing++ && !d->different)
		snprintf(d->first, sizeof d->first, "%s (%s) is missing", element->name, key);
	return PPS_OK;
}

static int compare_dimensions(pps_raw_job *job, pps_butler *dest, struct differences *d, pps_error **err)
{
	_cleanup_(pps_dimensions_freep) pps_dimensions *dims = NULL;
	_cleanup_free_ int64_t *detectors = NULL;
	const pps_butler_datasets *datasets;
	pps_raw_material *m;
	int64_t exposure = job->candidate->exposure, total;
	size_t n = 0;
	int r;

	if ((r = pps_raw_job_material(job, &m, err)) < 0)
		return r;
	datasets = pps_raw_material_datasets(m);
	if (!(detectors = calloc(datasets->n + 1, sizeof *detectors)))
		return pps_fail_nomem(err);
	for (size_t i = 0; i < datasets->n; i++)
		if (datasets->at[i].detector >= 0)
			detectors[n++] = datasets->at[i].detector;
	if ((r = pps_dimensions_new_in(job->raw->ctx, (pps_universe *)pps_butler_universe(job->raw->source), &dims, err)) < 0 ||
	    (r = pps_dimension_collect_refs(pps_butler_sql(job->raw->source), dims, job->candidate->instrument, &exposure, 1, detectors, n,
					    job->raw->block->records == PPS_RECORDS_WITH_VISITS, err)) < 0)
		return r;
	return pps_dimension_compare(pps_butler_sql(dest), pps_butler_universe(dest), dims, note_difference, d, &total, err);
}

/* Both parts of a destination; a failure to ask is no failure of the check. */
static int look(pps_raw_job *job, size_t n, pps_butler *dest, int *ret_mark, pps_buf *why, pps_error **err)
{
	_cleanup_(pps_butler_report_freep) pps_butler_report *report = NULL;
	_cleanup_(pps_zip_index_freep) pps_zip_index *index = NULL;
	_cleanup_free_ char *uri = NULL;
	struct differences d = { 0 };
	const char *name = job->raw->destinations[n].name;
	int r;

	if ((r = compare_dimensions(job, dest, &d, err)) < 0 || (r = read_index(job, &index, err)) < 0 ||
	    (r = pps_raw_record_uri(job, n, &uri, err)) < 0 || (r = pps_butler_verify_index(dest, uri, index, &report, err)) < 0)
		return r;
	*ret_mark = d.different || report->ndifferent ? PPS_MARK_DIFFERENT : d.missing || report->nmissing ? PPS_MARK_MISSING : PPS_MARK_OK;
	if (d.different || d.missing)
		pps_raw_because(why, "%s: dimension record %s", name, d.first);
	if (report->nmissing == report->ndatasets && report->ndatasets)
		pps_raw_because(why, "%s: its datasets are not ingested", name);
	else if (report->n)
		pps_raw_because(why, "%s: %zu of %zu datasets: %s", name, report->nmissing + report->ndifferent, report->ndatasets,
				report->at[0].text);
	return PPS_OK;
}

int pps_raw_look_destination(pps_raw_job *job, size_t n, int *ret_mark, pps_buf *why, pps_error **err)
{
	_cleanup_(pps_error_freep) pps_error *found = NULL;
	pps_butler *dest;
	int r;

	if ((r = pps_raw_destination_butler(job->raw, n, &dest, &found)) == PPS_OK)
		r = look(job, n, dest, ret_mark, why, &found);
	if (r == PPS_E_CANCELLED || r == PPS_E_NOMEM) {
		pps_error_move(err, TAKE_PTR(found));
		return r;
	}
	if (r < 0) {
		*ret_mark = PPS_MARK_UNKNOWN;
		job->unknown = r;
		pps_raw_because(why, "%s: %s", job->raw->destinations[n].name, pps_error_message(found));
	}
	return PPS_OK;
}

int pps_raw_destination_knows(pps_raw_job *job, size_t n, int *ret_yes, pps_error **err)
{
	_cleanup_(pps_butler_datasets_freep) pps_butler_datasets *datasets = NULL;
	const pps_candidate *c = job->candidate;
	pps_butler *dest;
	int r;

	if ((r = pps_raw_destination_butler(job->raw, n, &dest, err)) < 0 ||
	    (r = pps_raw_find_datasets(dest, c->rule, c->instrument, c->exposure, &datasets, err)) < 0)
		return r;
	*ret_yes = datasets->n > 0;
	return PPS_OK;
}
