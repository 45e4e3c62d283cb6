/* SPDX-License-Identifier: BSD-3-Clause */
/* The step that makes an exposure's zip, and looks whether it is there. */
#include <string.h>

#include "archive/pack.h"
#include "archive/zip.h"
#include "raw/deep.h"
#include "raw/job.h"

#include <pps/zip.h>

static pps_digests expected_digests(const pps_exposure_zip *zip)
{
	pps_digests d = { .size = zip->size, .adler32 = zip->adler32 };

	memcpy(d.md5, zip->md5, sizeof d.md5);
	return d;
}

/* Size and digests of the zip, in the state before it is placed, so that a crash in between is told from a foreign file. */
static int record_packed(pps_raw_job *job, const pps_digests *digests, int placed, pps_error **err)
{
	const pps_exposure_key key = pps_raw_job_key(job);
	pps_state_change changes[3] = {
		{ .kind = PPS_CHANGE_ZIP, .key = key, .zip = &job->zip },
		{ .kind = PPS_CHANGE_STEP, .key = key, .step = PPS_STEP_PACK },
		{ .kind = PPS_CHANGE_STEP, .key = key, .step = PPS_STEP_PLACED },
	};
	int r;

	if (!job->zip_uri && (r = pps_store_name_uri(job->raw->store, job->zip_name, &job->zip_uri, err)) < 0)
		return r;
	job->zip = (pps_exposure_zip){ .uri = job->zip_uri, .size = digests->size, .adler32 = digests->adler32 };
	memcpy(job->zip.md5, digests->md5, sizeof job->zip.md5);
	return pps_raw_job_apply(job, changes, placed ? 3 : 2, err);
}

/* 1: bytes of the zip do not match its own checksums: not another's zip, but one that has gone bad. */
static int has_gone_bad(pps_raw_job *job, pps_error **err)
{
	_cleanup_(pps_zip_closep) pps_zip *zip = NULL;
	pps_zip_report *report = NULL;
	int r;

	if ((r = pps_zip_open_name(job->raw->ctx, job->raw->store, job->zip_name, &zip, err)) < 0 || (r = pps_zip_verify(zip, &report, err)) < 0)
		return r;
	r = pps_zip_report_problems(report) > 0;
	pps_zip_report_free(report);
	return r;
}

/* The file that has the zip's name: ours when the digests are those that the state expects, else compared member by member.
 * *ret_damaged: 1 when it fails because that file, not a source, cannot be read. */
static int adopt(pps_raw_job *job, int *ret_damaged, pps_error **err)
{
	const pps_members *members;
	pps_digests digests;
	pps_raw_material *m;
	int r;

	*ret_damaged = 0;

	if (job->zip.uri) {
		digests = expected_digests(&job->zip);
		r = pps_archive_matches(job->raw->store, job->zip_name, &digests, NULL);
		if (r == PPS_OK || (r != PPS_E_CONFLICT && (r = pps_archive_matches(job->raw->store, job->zip_name, &digests, err)) == PPS_OK))
			r = pps_store_sync(job->raw->store, job->zip_name, err);
		if (r == PPS_OK)
			return pps_raw_job_record(job, PPS_STEP_PLACED, NULL, NULL, err);
		if (r != PPS_E_CONFLICT)
			return r;
	}
	if ((r = pps_raw_job_material(job, &m, err)) < 0 || (r = pps_raw_material_members(m, &members, err)) < 0)
		return r;
	if ((r = pps_raw_material_compare(m, job->raw->store, job->zip_name, err)) < 0) {
		int bad = r == PPS_E_FORMAT ? 1 : r == PPS_E_CONFLICT && job->repair ? has_gone_bad(job, NULL) : 0;

		if (bad == PPS_E_CANCELLED)
			return pps_ctx_check(job->raw->ctx, err);
		*ret_damaged = bad == 1;
		return r;
	}
	if ((r = pps_store_digest(job->raw->store, job->zip_name, PPS_DIGEST_MD5 | PPS_DIGEST_ADLER32, &digests, err)) < 0 ||
	    (r = pps_store_sync(job->raw->store, job->zip_name, err)) < 0)
		return r;
	return record_packed(job, &digests, 1, err);
}

static int pack(pps_raw_job *job, pps_error **err)
{
	_cleanup_(pps_pack_freep) pps_pack *pack = NULL;
	const pps_members *members;
	pps_raw_material *m;
	int r;

	if ((r = pps_store_guards(job->raw->store, err)) < 0 || (r = pps_raw_job_may_act(job, err)) < 0 ||
	    (r = pps_raw_job_material(job, &m, err)) < 0 || (r = pps_raw_material_members(m, &members, err)) < 0 ||
	    (r = pps_pack_write(job->raw->ctx, members, job->raw->store, job->zip_name, job->candidate->obs_id, 0, &pack, err)) < 0 ||
	    (r = record_packed(job, pps_pack_digests(pack), 0, err)) < 0 || (r = pps_raw_job_may_act(job, err)) < 0 ||
	    (r = pps_pack_place(pack, err)) < 0)
		return r;
	job->acted = 1;
	return pps_raw_job_record(job, PPS_STEP_PLACED, NULL, NULL, err);
}

int pps_raw_ensure_zip(pps_raw_job *job, pps_error **err)
{
	_cleanup_(pps_error_freep) pps_error *why = NULL;
	pps_store *store;
	int r, damaged;

	if ((r = pps_raw_store(job->raw, &store, err)) < 0 || (r = pps_store_exists(store, job->zip_name, err)) < 0)
		return r;
	if (r == 0)
		return pack(job, err);
	if ((r = adopt(job, &damaged, &why)) < 0 && damaged) {
		if (job->repair)
			return (r = pps_raw_move_damaged(job, job->zip_name, err)) < 0 ? r : pack(job, err);
		pps_wrap(&why, r, "%s is damaged: pps raw repair moves it aside and packs anew", job->zip_name);
	} else if (r == PPS_E_CONFLICT) {
		pps_wrap(&why, r, "%s has other content than the source; nothing was changed", job->zip_name);
	}
	if (r < 0)
		pps_error_move(err, TAKE_PTR(why));
	return r;
}

/* Without reading it all: its size, its directory, and the datasets that its index names. */
static int look_quickly(pps_raw_job *job, pps_error **err)
{
	_cleanup_(pps_zip_index_freep) pps_zip_index *index = NULL;
	pps_raw_material *m;
	pps_store_stat st;
	int r;

	if ((r = pps_store_stat_name(job->raw->store, job->zip_name, &st, err)) < 0)
		return r;
	job->row->size = st.size;
	if (job->zip.uri && st.size != job->zip.size)
		return pps_fail(err, PPS_E_CONFLICT, "it has %llu bytes, not the %llu that were packed", (unsigned long long)st.size,
				(unsigned long long)job->zip.size);
	if ((r = pps_raw_zip_index(job->raw->ctx, job->raw->store, job->zip_name, &index, err)) < 0 ||
	    (r = pps_raw_job_material(job, &m, err)) < 0)
		return r;
	return pps_raw_material_compare_index(m, index, err);
}

static int look_deeply(pps_raw_job *job, pps_error **err)
{
	pps_digests digests = expected_digests(&job->zip);
	const pps_members *members;
	pps_raw_material *m;
	int r;

	if (job->zip.uri && (r = pps_archive_matches(job->raw->store, job->zip_name, &digests, err)) < 0)
		return r;
	if (pps_raw_job_has_step(job, PPS_STEP_PRUNE, NULL))
		return PPS_OK; /* there is nothing else to compare it with */
	if ((r = pps_raw_job_material(job, &m, err)) < 0)
		return r;
	if ((r = pps_raw_deep_begin(job, err)) < 0)
		return r;
	/* a source that cannot be read says nothing of the zip */
	if ((r = pps_raw_material_members(m, &members, err)) == PPS_E_FORMAT) {
		pps_wrap(err, r, "it cannot be compared, its source is damaged");
		return pps_recode(err, PPS_E_IO);
	}
	if (r < 0 || (r = pps_raw_material_compare(m, job->raw->store, job->zip_name, err)) < 0)
		return r;
	return pps_raw_deep_end(job, err);
}

/* Where it is, and what can be seen of it. */
static int look(pps_raw_job *job, pps_error **err)
{
	_cleanup_free_ char *uri = NULL;
	int r;

	if ((r = pps_store_name_uri(job->raw->store, job->zip_name, &uri, err)) < 0 ||
	    (r = pps_raw_row_text(&job->row->zip, uri, err)) < 0 || (r = look_quickly(job, err)) < 0)
		return r;
	return job->raw->deep ? look_deeply(job, err) : PPS_OK;
}

int pps_raw_look_zip(pps_raw_job *job, int *ret_mark, pps_buf *why, pps_error **err)
{
	_cleanup_(pps_error_freep) pps_error *found = NULL;
	pps_store *store;
	int r;

	if ((r = pps_raw_store(job->raw, &store, err)) < 0)
		return r;
	if ((r = pps_store_exists(store, job->zip_name, &found)) == 0) {
		/* what the state knows of it is no longer so */
		job->row->size = 0;
		job->row->md5[0] = 0;
		*ret_mark = PPS_MARK_MISSING;
		pps_raw_because(why, "there is no zip");
		return pps_raw_row_text(&job->row->zip, NULL, err);
	}
	if (r > 0)
		r = look(job, &found);
	if (r == PPS_E_CANCELLED || r == PPS_E_NOMEM) {
		pps_error_move(err, TAKE_PTR(found));
		return r;
	}
	*ret_mark = r == PPS_OK ? PPS_MARK_OK : r == PPS_E_CONFLICT || r == PPS_E_FORMAT ? PPS_MARK_DIFFERENT : PPS_MARK_UNKNOWN;
	if (*ret_mark == PPS_MARK_UNKNOWN)
		job->unknown = r;
	if (r < 0)
		pps_raw_because(why, "zip: %s%s", r == PPS_E_FORMAT ? "damaged: " : "", pps_error_message(found));
	return PPS_OK;
}
