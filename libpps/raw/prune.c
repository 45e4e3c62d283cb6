/* SPDX-License-Identifier: BSD-3-Clause */
/* Which embargo copies go, one exposure after the other. */
#include "raw/prune.h"

#include <string.h>

struct prune {
	pps_raw *raw;
	int acts;
	pps_flow_lock *lock;
	pps_prune_policy policy; /* the stricter of what is configured and what is in force */
	int waits;               /* what is configured is not accepted */
	pps_butler *source; /* for removing; opened when the first copy goes */
	pps_exposure_list *known;
	pps_candidates candidates;
	pps_raw_report *report;
};

static void clear_prune(struct prune *p)
{
	pps_exposure_list_free(p->known);
	pps_candidates_free(&p->candidates);
	pps_butler_unref(p->source);
	pps_flow_lock_free(p->lock);
	pps_raw_report_free(p->report);
}

static int is_selected(const pps_raw *raw)
{
	return raw->day_begin || raw->nexposures;
}

/* Exposures that the state knows and that were chosen: all of them where some were asked for, else those that are finished. Pruned ones only
 * by name. */
static int select_known(struct prune *p, int64_t now, pps_error **err)
{
	const pps_raw *raw = p->raw;
	pps_exposure_filter filter = { .day_obs = raw->day_begin == raw->day_end ? raw->day_begin : 0 };
	_cleanup_free_ pps_exposure_key *keys = NULL;
	size_t n = 0;
	int r;

	if ((r = pps_state_exposures(raw->state, &filter, &p->known, err)) < 0)
		return r;
	if (!(keys = calloc(pps_exposure_list_size(p->known) + 1, sizeof *keys)))
		return pps_fail_nomem(err);
	for (size_t i = 0; i < pps_exposure_list_size(p->known); i++) {
		const pps_exposure_state *e = pps_exposure_list_at(p->known, i);
		pps_release release = pps_release_decide(&e->source.timespan, e->source.embargo, now);

		if (!pps_raw_is_chosen(raw, e->source.obs_id, e->key.id, e->source.day_obs) || (!e->finished && !is_selected(raw)) ||
		    (pps_exposure_step_of(e, PPS_STEP_PRUNED, NULL) && !raw->nexposures))
			continue;
		if (raw->window >= 0 && (release.verdict != PPS_RELEASE_NOW || release.due < now - raw->window))
			continue;
		keys[n++] = e->key;
	}
	if ((r = pps_select_keys(p->raw, now, keys, n, &p->candidates, err)) < 0)
		return r;
	return pps_check_named(raw, &p->candidates, err);
}

static int set_row(pps_raw_row *row, int status, const char *reason, pps_error **err)
{
	row->status = status;
	return pps_raw_row_text(&row->reason, reason, err);
}

/* A failure of one exposure; those that end the run are handed on. Takes @why. */
static int failed(pps_raw_row *row, int code, pps_error *why, pps_error **err)
{
	int r;

	if (code == PPS_E_CANCELLED || code == PPS_E_NOMEM || code == PPS_E_LOCKED) {
		pps_error_move(err, why);
		return code;
	}
	row->code = code;
	r = set_row(row, code == PPS_E_HELD ? PPS_RAW_HELD : PPS_RAW_FAILED, pps_error_message(why), err);
	pps_error_free(why);
	return r;
}

static int open_source(struct prune *p, pps_error **err)
{
	const pps_conf_repository *source = p->raw->block->source;
	int r;

	if (p->source)
		return PPS_OK;
	r = pps_butler_open(p->raw->ctx, source->butler, PPS_BUTLER_REMOVE, &p->source, err);
	return r < 0 ? pps_wrap(err, r, "source repository %s", source->name) : PPS_OK;
}

static int say(pps_prune_case *c, const char *verb, char **ret_text, pps_error **err)
{
	const pps_raw_row *row = c->job->row;

	if (c->facts.begun)
		return asprintf(ret_text, "%s what an interrupted prune left", verb) < 0 ? pps_fail_nomem(err) : PPS_OK;
	return asprintf(ret_text, "%s %zu files (%llu bytes) and %zu datasets", verb, c->files.n, (unsigned long long)c->files.bytes,
			row->datasets) < 0 ? pps_fail_nomem(err) : PPS_OK;
}

/* Everything is asked here, and the act follows at once. */
static int decide_and_act(struct prune *p, pps_raw_job *job, pps_error **err)
{
	_cleanup_prune_case_ pps_prune_case c = { .job = job, .why = PPS_BUF(1u << 20), .policy = p->policy };
	_cleanup_free_ char *text = NULL;
	pps_error *why = NULL;
	int r;

	if ((r = pps_prune_gather(&c, &why)) < 0)
		return failed(job->row, r, why, err);
	job->row->marks[PPS_PLACE_SOURCE] = c.facts.begun ? PPS_MARK_PRUNED : c.facts.source_same == PPS_ANSWER_UNKNOWN ? PPS_MARK_UNKNOWN : PPS_MARK_OK;
	if (!pps_prune_decide(&c.facts, &c.why)) {
		if (p->waits)
			pps_raw_because(&c.why, "%s", PPS_PRUNE_NOT_ACCEPTED);
		if ((r = pps_buf_check(&c.why, "reasons", err)) < 0)
			return r;
		return set_row(job->row, PPS_RAW_HELD, pps_buf_text(&c.why), err);
	}
	if (!p->acts) {
		if ((r = say(&c, "--yes deletes", &text, err)) < 0)
			return r;
		return set_row(job->row, PPS_RAW_TODO, text, err);
	}
	if ((r = open_source(p, &why)) < 0 || (r = pps_prune_act(&c, p->source, &why)) < 0)
		return failed(job->row, r, why, err);
	job->row->marks[PPS_PLACE_SOURCE] = PPS_MARK_PRUNED;
	if ((r = say(&c, "deleted", &text, err)) < 0)
		return r;
	pps_log(p->raw->ctx, PPS_LOG_NOTICE, "pruned", "exposure", job->candidate->obs_id, "what", text, NULL);
	return set_row(job->row, PPS_RAW_DONE, text, err);
}

/* With the time and the rule as they are now, and what the state knows now. */
static int take(struct prune *p, const pps_candidate *before, pps_error **err)
{
	_cleanup_(pps_exposure_list_freep) pps_exposure_list *known = NULL;
	_cleanup_candidates_ pps_candidates again = { 0 };
	const pps_exposure_key key = { .instrument = before->instrument, .id = before->exposure };
	_cleanup_job_ pps_raw_job job = { .raw = p->raw, .lock = p->lock };
	pps_error *why = NULL;
	int r;

	if ((r = pps_raw_report_add(p->report, before->instrument, before->obs_id, before->exposure, before->day_obs, &job.row, err)) < 0 ||
	    (r = pps_raw_now(p->raw, &job.now, err)) < 0 || (r = pps_select_keys(p->raw, job.now, &key, 1, &again, err)) < 0 ||
	    (r = pps_state_exposures_of(p->raw->state, &key, 1, &known, err)) < 0)
		return r;
	job.candidate = pps_candidates_find(&again, key.instrument, key.id);
	job.known = pps_exposure_list_find(known, &key);
	if (!job.candidate)
		return set_row(job.row, PPS_RAW_HELD, "the source has no such exposure any more", err);
	if ((r = pps_raw_describe(p->raw, job.known, job.row, err)) < 0)
		return r;
	if (job.known && pps_exposure_step_of(job.known, PPS_STEP_PRUNED, NULL))
		return set_row(job.row, PPS_RAW_DONE, "it was pruned before", err);
	if ((r = pps_raw_job_init(&job, &why)) < 0)
		return failed(job.row, r, why, err);
	return decide_and_act(p, &job, err);
}

static int prune(struct prune *p, pps_error **err)
{
	pps_raw *raw = p->raw;
	pps_butler *source;
	pps_state *state;
	pps_store *store;
	int64_t now;
	int r;

	if ((r = pps_raw_source(raw, &source, err)) < 0 || (r = pps_raw_state(raw, &state, err)) < 0 || (r = pps_raw_store(raw, &store, err)) < 0 ||
	    (p->acts && (r = pps_state_lock(state, "raw", &p->lock, err)) < 0) || (r = pps_raw_load_policy(raw, err)) < 0 ||
	    (p->acts && (r = pps_prune_policy_settle(raw, err)) < 0) || (r = pps_prune_policy_now(raw, &p->policy, &p->waits, err)) < 0 ||
	    (r = pps_raw_now(raw, &now, err)) < 0 || (r = select_known(p, now, err)) < 0)
		return r;
	for (size_t i = 0; i < p->candidates.n; i++) {
		pps_progress(raw->ctx, "prune", i, p->candidates.n, "exposures");
		if ((r = pps_ctx_check(raw->ctx, err)) < 0 || (r = take(p, &p->candidates.at[i], err)) < 0)
			return r;
	}
	pps_progress(raw->ctx, "prune", p->candidates.n, p->candidates.n, "exposures");
	return PPS_OK;
}

int pps_raw_prune(pps_raw *raw, pps_raw_report **ret_report, pps_error **err)
{
	_cleanup_(clear_prune) struct prune p = { .raw = raw };
	int r, dry_run, deep;

	if (!raw || !ret_report)
		return pps_fail(err, PPS_E_ARG, "pps_raw_prune: raw and ret_report must not be NULL");
	if ((r = pps_raw_new_report(raw, &p.report, err)) < 0)
		return r;
	/* destinations are only looked at */
	dry_run = raw->dry_run;
	deep = raw->deep;
	p.acts = !dry_run;
	raw->dry_run = 1;
	raw->deep = 0;
	pps_raw_renew(raw);
	r = prune(&p, err);
	raw->dry_run = dry_run;
	raw->deep = deep;
	if (r < 0)
		return r;
	pps_raw_report_sort(p.report);
	*ret_report = TAKE_PTR(p.report);
	return PPS_OK;
}
