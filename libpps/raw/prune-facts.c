/* SPDX-License-Identifier: BSD-3-Clause */
/* What is known of an exposure whose embargo copy is to go, asked anew each time. */
#include <string.h>

#include "butler/purge.h"
#include "raw/prune.h"

#include <pps/zip.h>

PPS_DEFINE_CLEANUP(pps_zip, pps_zip_close)

void pps_prune_case_clear(pps_prune_case *c)
{
	pps_source_files_clear(&c->files);
	pps_buf_free(&c->why);
	free(TAKE_PTR(c->safe_copies));
	free(TAKE_PTR(c->folder));
}

/* What was asked, and did not answer: not known, with the reason. Takes @found. */
static int not_known(pps_prune_case *c, int code, const char *what, pps_error *found, pps_error **err)
{
	if (code == PPS_E_CANCELLED || code == PPS_E_NOMEM || code == PPS_E_LOCKED) {
		pps_error_move(err, found);
		return code;
	}
	pps_raw_because(&c->why, "%s: %s", what, pps_error_message(found));
	pps_error_free(found);
	return PPS_OK;
}

static int ask_held(pps_prune_case *c, pps_error **err)
{
	const pps_exposure_key key = pps_raw_job_key(c->job);
	_cleanup_free_ char *held = NULL;
	pps_error *found = NULL;
	int r = pps_state_is_held(c->job->raw->state, "raw", &key, c->job->candidate->day_obs, &held, &found);

	if (r < 0)
		return not_known(c, r, "holds", found, err);
	c->facts.held = held ? PPS_ANSWER_YES : PPS_ANSWER_NO;
	if (held)
		pps_raw_because(&c->why, "an operator holds it: %s", held);
	return PPS_OK;
}

static void add_mark(pps_answer *places, int mark)
{
	if (mark == PPS_MARK_MISSING || mark == PPS_MARK_DIFFERENT)
		*places = PPS_ANSWER_NO;
	else if (mark != PPS_MARK_OK && *places == PPS_ANSWER_YES)
		*places = PPS_ANSWER_UNKNOWN;
}

/* What a check would say. */
static int ask_places(pps_prune_case *c, pps_error **err)
{
	pps_raw_job *job = c->job;
	pps_answer places = PPS_ANSWER_YES;
	int r, mark = PPS_MARK_UNKNOWN;

	if ((r = pps_raw_look_zip(job, &mark, &c->why, err)) < 0)
		return r;
	add_mark(&places, job->row->marks[PPS_PLACE_ZIP] = (uint8_t)mark);
	if ((r = pps_raw_look_yaml(job, &mark, &c->why, err)) < 0)
		return r;
	add_mark(&places, job->row->marks[PPS_PLACE_YAML] = (uint8_t)mark);
	for (size_t i = 0; i < job->raw->ndestinations; i++) {
		if ((r = pps_raw_look_destination(job, i, &mark, &c->why, err)) < 0)
			return r;
		add_mark(&places, job->row->marks[PPS_PLACE_DESTINATION + i] = (uint8_t)mark);
	}
	c->facts.places = places;
	return PPS_OK;
}

/* Other datasets that refer to the files, and files that may be other exposures'. */
static int ask_users(pps_prune_case *c, pps_raw_material *m, pps_error **err)
{
	const pps_butler_datasets *datasets = pps_raw_material_datasets(m);
	_cleanup_free_ const char **uris = calloc(c->files.n + 1, sizeof *uris);
	_cleanup_free_ pps_uuid *ids = calloc(datasets->n + 1, sizeof *ids);
	_cleanup_free_ char *stranger = NULL;
	pps_error *found = NULL;
	int64_t users = 0;
	int r;

	if (!uris || !ids)
		return pps_fail_nomem(err);
	for (size_t i = 0; i < c->files.n; i++)
		uris[i] = c->files.at[i].uri;
	for (size_t i = 0; i < datasets->n; i++)
		ids[i] = datasets->at[i].id;
	if ((r = pps_source_files_stranger(&c->files, c->job->candidate->obs_id, &stranger, err)) < 0)
		return r;
	if ((r = pps_butler_other_users(c->job->raw->source, uris, c->files.n, ids, datasets->n, &users, &found)) < 0)
		return not_known(c, r, "other users of its files", found, err);
	if (stranger)
		pps_raw_because(&c->why, "%s is in its folder and may be another exposure's", stranger);
	c->facts.unshared = users || stranger ? PPS_ANSWER_NO : PPS_ANSWER_YES;
	return PPS_OK;
}

/* Each file must be a member of the zip: what a pack leaves out, such as an index of that name in the folder, is nowhere else. */
static int ask_members(pps_prune_case *c, pps_error **err)
{
	_cleanup_(pps_zip_closep) pps_zip *zip = NULL;
	_cleanup_free_ char *path = NULL;
	pps_error *found = NULL;
	size_t n;
	int r;

	if ((r = pps_store_name_plain(c->job->raw->store, c->job->zip_name, &path, err)) < 0)
		return r;
	if ((r = pps_zip_open(c->job->raw->ctx, path, &zip, &found)) < 0) {
		c->facts.source_same = PPS_ANSWER_UNKNOWN;
		return not_known(c, r, "zip", found, err);
	}
	for (size_t i = 0; i < c->files.n; i++)
		if (pps_zip_find(zip, c->files.at[i].name, &n, NULL) < 0) {
			c->facts.source_same = PPS_ANSWER_NO;
			pps_raw_because(&c->why, "%s is not in the zip", c->files.at[i].uri);
			break;
		}
	return PPS_OK;
}

/* The files of the source as they are; the datasets are known. */
static int ask_source(pps_prune_case *c, const char *compared, pps_error **err)
{
	_cleanup_free_ char *word = NULL;
	pps_error *found = NULL;
	pps_raw_material *m;
	int r;

	if ((r = pps_raw_job_material(c->job, &m, &found)) < 0 || (r = pps_source_files_of(m, &c->files, &found)) < 0 ||
	    (r = pps_raw_source_word(&c->files, &word, &found)) < 0)
		return not_known(c, r, "source", found, err);
	c->facts.source_same = compared && pps_raw_has_word(compared, word) ? PPS_ANSWER_YES : PPS_ANSWER_NO;
	if (!(c->folder = strdup(pps_store_uri(c->files.folder))))
		return pps_fail_nomem(err);
	if (c->facts.source_same == PPS_ANSWER_YES && (r = ask_members(c, err)) < 0)
		return r;
	return ask_users(c, m, err);
}

static int ask_zip(pps_prune_case *c, const char *compared, pps_error **err)
{
	_cleanup_free_ char *word = NULL;
	pps_error *found = NULL;
	int r;

	if (!c->job->zip.uri)
		return PPS_OK;
	if ((r = pps_raw_zip_word(c->job, &word, &found)) < 0) {
		if (r == PPS_E_NOTFOUND)
			c->facts.zip_same = PPS_ANSWER_NO;
		return not_known(c, r, "zip", found, err);
	}
	c->facts.zip_same = compared && pps_raw_has_word(compared, word) ? PPS_ANSWER_YES : PPS_ANSWER_NO;
	return PPS_OK;
}

/* It was authorised before: what is left in its folder. */
static int ask_rest(pps_prune_case *c, const pps_exposure_step *begun, pps_error **err)
{
	if (!begun->detail || !(c->folder = strdup(begun->detail)))
		return begun->detail ? pps_fail_nomem(err) : pps_fail(err, PPS_E_FORMAT, "the state does not say where its copy in the source was");
	return PPS_OK;
}

int pps_prune_gather(pps_prune_case *c, pps_error **err)
{
	const pps_raw_job *job = c->job;
	const pps_exposure_step *begun = job->known ? pps_exposure_step_of(job->known, PPS_STEP_PRUNE, NULL) : NULL;
	const char *compared;
	int r;

	c->facts = (pps_prune_facts){ .verified_since = INT64_MIN, .begun = begun != NULL, .now = job->now, .sites = c->sites };
	c->facts.needed = c->policy.safe_copies;
	c->facts.reclaim_after = c->policy.reclaim_after;
	c->facts.finished = job->known && job->known->finished ? PPS_ANSWER_YES : PPS_ANSWER_NO;
	c->facts.release = pps_raw_job_release(job);
	compared = pps_exposure_verified(job->known, &c->facts.verified_since);
	if (!compared)
		c->facts.verified_since = INT64_MIN;
	if ((r = ask_held(c, err)) < 0 || (r = ask_zip(c, compared, err)) < 0)
		return r;
	r = begun ? ask_rest(c, begun, err) : (r = ask_places(c, err)) < 0 ? r : ask_source(c, compared, err);
	return r < 0 ? r : pps_prune_gather_catalogue(c, err);
}
