/* SPDX-License-Identifier: BSD-3-Clause */
#include "raw/deep.h"

#include <string.h>

#include "base/codec.h"

int pps_raw_zip_word(pps_raw_job *job, char **ret_word, pps_error **err)
{
	pps_store_stat st;
	pps_store *store;
	char md5[33], at[24];
	int r;

	if ((r = pps_raw_store(job->raw, &store, err)) < 0 || (r = pps_store_stat_name(store, job->zip_name, &st, err)) < 0)
		return r;
	pps_hex_encode(job->zip.md5, sizeof job->zip.md5, md5);
	snprintf(at, sizeof at, "@%lld", (long long)st.mtime);
	return asprintf(ret_word, "zip=%s:%llu:%s", md5, (unsigned long long)st.size, *st.etag ? st.etag : at) < 0 ? pps_fail_nomem(err) : PPS_OK;
}

int pps_raw_source_word(const pps_source_files *files, char **ret_word, pps_error **err)
{
	char print[65];
	int r = pps_source_files_print(files, print, err);

	if (r < 0)
		return r;
	return asprintf(ret_word, "source=%s", print) < 0 ? pps_fail_nomem(err) : PPS_OK;
}

int pps_raw_has_word(const char *text, const char *word)
{
	const size_t len = strlen(word);

	for (const char *p = text; p && *p;) {
		size_t n = strcspn(p, " ");

		if (n == len && !strncmp(p, word, len))
			return 1;
		p += n + (p[n] == ' ');
	}
	return 0;
}

/* Both words, as they are now. */
static int describe(pps_raw_job *job, char **ret_text, pps_error **err)
{
	_cleanup_source_files_ pps_source_files files = { 0 };
	_cleanup_free_ char *zip = NULL, *source = NULL;
	pps_raw_material *m;
	int r;

	if ((r = pps_raw_job_material(job, &m, err)) < 0 || (r = pps_source_files_of(m, &files, err)) < 0 ||
	    (r = pps_raw_source_word(&files, &source, err)) < 0 || (r = pps_raw_zip_word(job, &zip, err)) < 0)
		return r;
	return asprintf(ret_text, "%s %s", zip, source) < 0 ? pps_fail_nomem(err) : PPS_OK;
}

int pps_raw_deep_begin(pps_raw_job *job, pps_error **err)
{
	free(TAKE_PTR(job->compared));
	/* without digests nothing says which zip it was */
	return job->zip.uri ? describe(job, &job->compared, err) : PPS_OK;
}

int pps_raw_deep_end(pps_raw_job *job, pps_error **err)
{
	_cleanup_free_ char *now = NULL;
	int r;

	if (!job->compared)
		return PPS_OK;
	if ((r = describe(job, &now, err)) == PPS_OK && !strcmp(now, job->compared))
		return PPS_OK;
	free(TAKE_PTR(job->compared));
	return r < 0 ? r : pps_fail(err, PPS_E_UNAVAILABLE, "the source or the zip has changed while they were compared");
}

static int record(pps_raw_job *job, const char *compared, pps_error **err)
{
	const pps_exposure_key key = pps_raw_job_key(job);
	int64_t since;

	if (!job->known || (!compared && !pps_exposure_verified(job->known, &since)))
		return PPS_OK;
	return pps_state_verify(job->raw->state, &key, compared, err);
}

/* The copy below dest_root is safe: said only where Rucio holds the very zip that was compared, and never taken back here, since what others
 * say there is theirs. */
static int add_safe_copy(pps_raw_job *job, pps_error **err)
{
	const uint8_t *marks = job->row->marks + pps_raw_catalogue_place(job->raw);
	const pps_candidate *e = job->candidate;
	_cleanup_buf_ pps_buf name = PPS_BUF_LINE;
	pps_rucio *rucio;
	int r, changed;

	if (!pps_raw_has_rucio(job->raw) || marks[PPS_CATALOGUE_RUCIO] != PPS_MARK_OK || marks[PPS_CATALOGUE_OBS] != PPS_MARK_OK ||
	    marks[PPS_CATALOGUE_META] != PPS_MARK_OK)
		return PPS_OK;
	pps_rucio_name_obs(&name, e->instrument, e->day_obs, e->obs_id);
	if ((r = pps_buf_check(&name, "name of a dataset", err)) < 0 || (r = pps_raw_rucio(job->raw, &rucio, err)) < 0 ||
	    (r = pps_rucio_add_safe_copy(rucio, pps_buf_text(&name), pps_conf_rucio_block(job->raw->conf)->site, &changed, err)) < 0)
		return r;
	if (changed)
		pps_log(job->raw->ctx, PPS_LOG_INFO, "safe copy recorded", "exposure", e->obs_id, NULL);
	return PPS_OK;
}

int pps_raw_deep_record(pps_raw_job *job, pps_buf *why, pps_error **err)
{
	_cleanup_(pps_error_freep) pps_error *found = NULL;
	const int mark = job->row->marks[PPS_PLACE_ZIP];
	int r = PPS_OK;

	/* a pruned exposure was compared before; what could not be asked says nothing */
	if (!job->raw->records_deep || pps_raw_job_has_step(job, PPS_STEP_PRUNE, NULL))
		return PPS_OK;
	if (mark == PPS_MARK_OK && job->compared)
		r = (r = record(job, job->compared, &found)) < 0 ? r : add_safe_copy(job, &found);
	else if (mark == PPS_MARK_DIFFERENT || mark == PPS_MARK_MISSING)
		r = record(job, NULL, &found);
	if (r == PPS_E_CANCELLED || r == PPS_E_NOMEM) {
		pps_error_move(err, TAKE_PTR(found));
		return r;
	}
	if (r < 0) {
		job->row->status = PPS_RAW_FAILED;
		job->row->code = r;
		pps_raw_because(why, "that it was compared could not be recorded: %s", pps_error_message(found));
	}
	return PPS_OK;
}
