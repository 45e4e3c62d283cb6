/* SPDX-License-Identifier: BSD-3-Clause */
#include "raw/job.h"

#include <string.h>

/* The folder and file that an obs id names must stay below dest_root. */
static int check_part(const char *what, const char *part, pps_error **err)
{
	if (!*part || *part == '.' || strchr(part, '/'))
		return pps_fail(err, PPS_E_FORMAT, "%s \"%s\" cannot be part of a file's name", what, part);
	return PPS_OK;
}

int pps_raw_job_init(pps_raw_job *job, pps_error **err)
{
	const pps_candidate *c = job->candidate;
	int r;

	if ((r = check_part("instrument", c->instrument, err)) < 0 || (r = check_part("obs id", c->obs_id, err)) < 0)
		return r;
	if (asprintf(&job->zip_name, "%s/%lld/%s.zip", c->instrument, (long long)c->day_obs, c->obs_id) < 0)
		return pps_fail_nomem(err);
	if (job->known && job->known->zip.uri) {
		job->zip = job->known->zip;
		if (!(job->zip_uri = strdup(job->known->zip.uri)))
			return pps_fail_nomem(err);
		job->zip.uri = job->zip_uri;
	}
	return PPS_OK;
}

void pps_raw_job_clear(pps_raw_job *job)
{
	pps_raw_material_free(TAKE_PTR(job->material));
	free(TAKE_PTR(job->zip_name));
	free(TAKE_PTR(job->zip_uri));
	free(TAKE_PTR(job->compared));
}

void pps_raw_job_free(pps_raw_job *job)
{
	if (!job)
		return;
	pps_raw_job_clear(job);
	free(job);
}

pps_exposure_key pps_raw_job_key(const pps_raw_job *job)
{
	return (pps_exposure_key){ .instrument = job->candidate->instrument, .id = job->candidate->exposure };
}

static int load_pruned(pps_raw_job *job, pps_error **err)
{
	pps_butler *source;
	pps_store *store;
	int r;

	if ((r = pps_raw_source(job->raw, &source, err)) < 0 || (r = pps_raw_store(job->raw, &store, err)) < 0)
		return r;
	return pps_raw_material_load_pruned(job->raw, job->candidate->instrument, job->candidate->exposure, store, job->zip_name,
					    &job->material, err);
}

int pps_raw_job_material(pps_raw_job *job, pps_raw_material **ret, pps_error **err)
{
	const pps_candidate *c = job->candidate;
	int r;

	if (!job->material) {
		if (!c->rule)
			return pps_fail(err, PPS_E_HELD, "no configured query matches it");
		if (pps_raw_job_has_step(job, PPS_STEP_PRUNE, NULL))
			r = load_pruned(job, err);
		else
			r = pps_raw_material_load(job->raw, c->rule, c->instrument, c->exposure, c->obs_id, &job->material, err);
		if (r < 0)
			return r;
		job->row->datasets = pps_raw_material_datasets(job->material)->n;
	}
	*ret = job->material;
	return PPS_OK;
}

int pps_raw_job_has_step(const pps_raw_job *job, const char *step, const char *destination)
{
	return job->known && pps_exposure_step_of(job->known, step, destination);
}

int pps_raw_job_apply(pps_raw_job *job, const pps_state_change *changes, size_t n, pps_error **err)
{
	int64_t at;
	int r;

	if ((r = pps_tai_now(&at, err)) < 0)
		return r;
	return pps_state_apply(job->raw->state, job->lock, at, job->now, changes, n, NULL, err);
}

int pps_raw_job_record(pps_raw_job *job, const char *step, const char *destination, const char *detail, pps_error **err)
{
	pps_state_change change = { .kind = PPS_CHANGE_STEP, .key = pps_raw_job_key(job), .step = step, .destination = destination,
				    .detail = detail };

	return pps_raw_job_apply(job, &change, 1, err);
}

pps_release pps_raw_job_release(const pps_raw_job *job)
{
	pps_release now = job->candidate->release, stored;

	if (!job->known || !job->candidate->rule)
		return now;
	stored = pps_release_decide(&job->known->source.timespan, job->known->source.embargo, job->now);
	/* what was not known then is known now */
	return stored.verdict == PPS_RELEASE_HOLD ? now : pps_release_later(now, stored);
}

int pps_raw_job_recheck(pps_raw_job *job, int64_t now, pps_error **err)
{
	_cleanup_candidates_ pps_candidates again = { 0 };
	pps_exposure_key key = pps_raw_job_key(job);
	const pps_candidate *c;
	int r;

	if ((r = pps_select_keys(job->raw, now, &key, 1, &again, err)) < 0)
		return r;
	c = pps_candidates_find(&again, key.instrument, key.id);
	if (!c || c->release.verdict != PPS_RELEASE_NOW)
		return pps_fail(err, PPS_E_HELD, "the source has changed: %s",
				!c ? "it has no such exposure any more" : c->release.reason ? c->release.reason : "its embargo is not over");
	return PPS_OK;
}

int pps_raw_job_may_act(pps_raw_job *job, pps_error **err)
{
	const pps_exposure_key key = pps_raw_job_key(job);
	_cleanup_free_ char *held = NULL;
	int r;

	if ((r = pps_flow_lock_check(job->lock, err)) < 0 ||
	    (r = pps_state_is_held(job->raw->state, "raw", &key, job->candidate->day_obs, &held, err)) < 0)
		return r;
	return held ? pps_fail(err, PPS_E_HELD, "an operator holds it: %s", held) : PPS_OK;
}

int pps_raw_record_uri(const pps_raw_job *job, size_t n, char **ret_uri, pps_error **err)
{
	_cleanup_(pps_uri_freep) pps_uri *root = NULL, *uri = NULL;
	int r;

	if ((r = pps_uri_parse(job->raw->destinations[n].conf->uri_root, &root, err)) < 0 ||
	    (r = pps_uri_join(root, job->zip_name, &uri, err)) < 0)
		return r;
	return pps_uri_format(uri, ret_uri, err);
}

int pps_raw_move_damaged(pps_raw_job *job, const char *name, pps_error **err)
{
	const char *base = strrchr(name, '/') ? strrchr(name, '/') + 1 : name;
	int r;

	if ((r = pps_raw_job_may_act(job, err)) < 0)
		return r;
	r = PPS_E_EXISTS;
	for (int i = 0; i < 1000 && r == PPS_E_EXISTS; i++) {
		_cleanup_free_ char *to = NULL;
		_cleanup_(pps_error_freep) pps_error *why = NULL;

		if (asprintf(&to, ".damaged/%s%s%.0d", base, i ? "." : "", i) < 0)
			return pps_fail_nomem(err);
		if ((r = pps_store_move(job->raw->store, name, to, &why)) == PPS_OK)
			pps_log(job->raw->ctx, PPS_LOG_NOTICE, "moved a damaged file aside", "from", name, "to", to, NULL);
		else if (r != PPS_E_EXISTS)
			pps_error_move(err, TAKE_PTR(why));
	}
	return r == PPS_E_EXISTS ? pps_fail(err, r, ".damaged/%s: a thousand of that name are there", base) : r;
}
