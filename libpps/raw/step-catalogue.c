/* SPDX-License-Identifier: BSD-3-Clause */
/* What the file catalogue must know of one exposure, and what a report says of it there. The work itself is done for many at once. */
#include <inttypes.h>
#include <string.h>

#include "raw/catalogue-look.h"
#include "raw/job.h"

/* The zip as the state expects it; one that the state does not know, by its size, and by its content when that is read anyway. */
static int add_zip(pps_raw_job *job, pps_store *store, pps_catalogue *c, pps_error **err)
{
	pps_store_stat st;
	pps_digests d;
	int r;

	if (job->zip.uri)
		return pps_catalogue_add_file(c, job->zip_name, job->zip.size, &job->zip.adler32, job->zip.md5, err);
	if ((r = pps_store_exists(store, job->zip_name, err)) < 0)
		return r;
	if (!r)
		return pps_catalogue_add_file(c, job->zip_name, PPS_CATALOGUE_SIZE_UNKNOWN, NULL, NULL, err);
	if (!job->raw->deep)
		return (r = pps_store_stat_name(store, job->zip_name, &st, err)) < 0 ? r :
			pps_catalogue_add_file(c, job->zip_name, st.size, NULL, NULL, err);
	if ((r = pps_store_digest(store, job->zip_name, PPS_DIGEST_MD5 | PPS_DIGEST_ADLER32, &d, err)) < 0)
		return r;
	return pps_catalogue_add_file(c, job->zip_name, d.size, &d.adler32, d.md5, err);
}

/* The yaml with all its revisions; one that is not there yet will be. */
static int add_yamls(pps_raw_job *job, pps_store *store, pps_catalogue *c, pps_error **err)
{
	int r, last;

	if ((r = pps_raw_yaml_revision(job, &last, err)) < 0)
		return r;
	for (int i = 0; i <= (last < 0 ? 0 : last); i++) {
		_cleanup_free_ char *name = pps_raw_yaml_name(job, i);
		pps_digests d;

		if (!name)
			return pps_fail_nomem(err);
		if (last < 0)
			r = pps_catalogue_add_file(c, name, PPS_CATALOGUE_SIZE_UNKNOWN, NULL, NULL, err);
		else if ((r = pps_store_digest(store, name, PPS_DIGEST_MD5 | PPS_DIGEST_ADLER32, &d, err)) == PPS_OK)
			r = pps_catalogue_add_file(c, name, d.size, &d.adler32, d.md5, err);
		if (r < 0)
			return r;
	}
	return PPS_OK;
}

int pps_raw_job_catalogue(pps_raw_job *job, pps_catalogue *c, pps_error **err)
{
	const pps_candidate *e = job->candidate;
	_cleanup_free_ int64_t *tracts = NULL;
	pps_butler *source;
	pps_store *store;
	size_t ntracts;
	int r;

	pps_catalogue_clear(c);
	if ((r = pps_raw_store(job->raw, &store, err)) < 0 || (r = pps_raw_source(job->raw, &source, err)) < 0 ||
	    (r = pps_butler_find_tracts(source, e->instrument, e->exposure, job->raw->block->skymap, &tracts, &ntracts, err)) < 0 ||
	    (r = pps_catalogue_init(c, pps_conf_rucio_block(job->raw->conf)->rse, e->instrument, e->day_obs, e->obs_id, tracts, ntracts,
				    err)) < 0 ||
	    (r = add_zip(job, store, c, err)) < 0)
		return r;
	return add_yamls(job, store, c, err);
}

/* "4206,4207", or "NoTract". */
static int note_tracts(const pps_catalogue *want, pps_raw_row *row, size_t place, pps_error **err)
{
	_cleanup_buf_ pps_buf b = PPS_BUF_LINE;

	for (size_t i = 0; i + 1 < want->ndatasets; i++) {
		const char *tract = strstr(want->datasets[i], "/raw/Tract");

		if (i)
			pps_buf_add_char(&b, ',');
		if (tract)
			pps_buf_add(&b, tract + strlen("/raw/Tract"), strcspn(tract + strlen("/raw/Tract"), "/"));
		else
			pps_buf_add_text(&b, "NoTract");
	}
	return pps_raw_row_note(row, place, pps_buf_text(&b), err);
}

int pps_raw_catalogue_marks(pps_raw *raw, const pps_catalogue_item *item, pps_raw_row *row, pps_error **err)
{
	const size_t at = pps_raw_catalogue_place(raw);
	int r;

	memcpy(row->marks + at, item->plan.marks, sizeof item->plan.marks);
	if ((r = note_tracts(&item->want, row, at + PPS_CATALOGUE_TRACTS, err)) < 0 ||
	    (r = pps_raw_row_note(row, at + PPS_CATALOGUE_TAPE, item->arc_backup, err)) < 0 ||
	    (r = pps_raw_row_note(row, at + PPS_CATALOGUE_COPIES, item->copies, err)) < 0)
		return r;
	return pps_raw_row_note(row, at + PPS_CATALOGUE_SAFE, item->safe_copies, err);
}
