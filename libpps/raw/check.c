/* SPDX-License-Identifier: BSD-3-Clause */
/* Looking without acting: what is where (check), what the state knows (status), and accepting an incomplete exposure. */
#include <string.h>

#include "base/codec.h"
#include "raw/deep.h"
#include "raw/events.h"
#include "raw/job.h"
#include "raw/orphan.h"

#define AT_ONCE 50 /* exposures that the catalogue is asked for together */

int pps_raw_describe(pps_raw *raw, const pps_exposure_state *e, pps_raw_row *row, pps_error **err)
{
	int r;

	if (!e)
		return PPS_OK;
	if (pps_exposure_step_of(e, PPS_STEP_COMPLETE, NULL))
		row->marks[PPS_PLACE_SOURCE] = pps_exposure_step_of(e, PPS_STEP_PRUNE, NULL) ? PPS_MARK_PRUNED : PPS_MARK_OK;
	if (pps_exposure_step_of(e, PPS_STEP_YAML, NULL))
		row->marks[PPS_PLACE_YAML] = PPS_MARK_OK;
	for (size_t i = 0; i < raw->ndestinations; i++)
		if (pps_exposure_step_of(e, PPS_STEP_INGEST, raw->destinations[i].name))
			row->marks[PPS_PLACE_DESTINATION + i] = PPS_MARK_OK;
	if (pps_raw_has_rucio(raw) && pps_exposure_step_of(e, PPS_STEP_RUCIO, pps_conf_rucio_block(raw->conf)->rse))
		for (int p = PPS_CATALOGUE_RUCIO; p <= PPS_CATALOGUE_META; p++)
			row->marks[pps_raw_catalogue_place(raw) + (size_t)p] = PPS_MARK_OK;
	if (!pps_exposure_step_of(e, PPS_STEP_PLACED, NULL) || !e->zip.uri)
		return PPS_OK;
	row->marks[PPS_PLACE_ZIP] = PPS_MARK_OK;
	row->size = e->zip.size;
	pps_hex_encode(e->zip.md5, sizeof e->zip.md5, row->md5);
	if ((r = pps_raw_row_text(&row->zip, e->zip.uri, err)) < 0)
		return r;
	return PPS_OK;
}

static int set_command(pps_raw_row *row, const char *command, pps_error **err)
{
	_cleanup_free_ char *text = NULL;

	if (asprintf(&text, "%s --exposure %s", command, row->obs_id) < 0)
		return pps_fail_nomem(err);
	return pps_raw_row_text(&row->command, text, err);
}

/* The source's side: its sensors, and whether the exposure may leave. *ret_may: 1, or 0 with the row's status set. */
static int look_source(pps_raw_job *job, int *ret_may, pps_buf *why, pps_error **err)
{
	_cleanup_(pps_error_freep) pps_error *found = NULL;
	pps_release release = pps_raw_job_release(job);
	pps_raw_row *row = job->row;
	pps_raw_material *m;
	int r, complete = 0;

	*ret_may = release.verdict == PPS_RELEASE_NOW;
	if (release.verdict != PPS_RELEASE_HOLD && (r = pps_time_format(release.due, PPS_SCALE_UTC, 0, 'T', row->due, err)) < 0)
		return r;
	if (job->known && job->known->held) {
		*ret_may = 0;
		row->status = PPS_RAW_HELD;
		pps_raw_because(why, "an operator holds it: %s", job->known->held);
	} else if (release.verdict == PPS_RELEASE_HOLD) {
		row->status = PPS_RAW_HELD;
		pps_raw_because(why, "%s", release.reason);
	} else if (release.verdict == PPS_RELEASE_WAIT) {
		row->status = PPS_RAW_WAITING;
		pps_raw_because(why, "its embargo ends at %s UTC", row->due);
	}
	if (!job->candidate->rule)
		return PPS_OK;
	if ((r = pps_raw_job_material(job, &m, &found)) == PPS_OK)
		r = pps_raw_material_complete(m, &complete, why, &found);
	if (r == PPS_E_CANCELLED || r == PPS_E_NOMEM) {
		pps_error_move(err, TAKE_PTR(found));
		return r;
	}
	if (r == PPS_OK && !complete && job->known && job->known->accepted) {
		complete = 1;
		pps_raw_because(why, "accepted as it is: %s", job->known->accepted);
	}
	row->marks[PPS_PLACE_SOURCE] = r < 0 ? PPS_MARK_UNKNOWN : complete ? PPS_MARK_OK : PPS_MARK_MISSING;
	if (pps_raw_job_has_step(job, PPS_STEP_PRUNE, NULL))
		row->marks[PPS_PLACE_SOURCE] = PPS_MARK_PRUNED;
	if (r < 0)
		pps_raw_because(why, "source: %s", pps_error_message(found));
	return PPS_OK;
}

static int look_places(pps_raw_job *job, pps_buf *why, pps_error **err)
{
	int r, mark = PPS_MARK_UNKNOWN;

	if ((r = pps_raw_look_zip(job, &mark, why, err)) < 0)
		return r;
	job->row->marks[PPS_PLACE_ZIP] = (uint8_t)mark;
	if ((r = pps_raw_look_yaml(job, &mark, why, err)) < 0)
		return r;
	job->row->marks[PPS_PLACE_YAML] = (uint8_t)mark;
	for (size_t i = 0; i < job->raw->ndestinations; i++) {
		if (job->row->marks[PPS_PLACE_ZIP] == PPS_MARK_MISSING)
			mark = PPS_MARK_MISSING;
		else if ((r = pps_raw_look_destination(job, i, &mark, why, err)) < 0)
			return r;
		job->row->marks[PPS_PLACE_DESTINATION + i] = (uint8_t)mark;
	}
	return PPS_OK;
}

static int worst_mark(const pps_raw_row *row, size_t places)
{
	int worst = PPS_MARK_OK;

	for (size_t i = 0; i < places; i++) {
		int mark = row->marks[i];

		if (mark == PPS_MARK_DIFFERENT || (mark == PPS_MARK_UNKNOWN && worst != PPS_MARK_DIFFERENT) ||
		    (mark == PPS_MARK_MISSING && worst == PPS_MARK_OK))
			worst = mark;
	}
	return worst;
}

static int conclude(pps_raw_job *job, size_t places, pps_buf *why, pps_error **err)
{
	const int finished = job->known && job->known->finished, worst = worst_mark(job->row, places);
	pps_raw_row *row = job->row;

	switch (worst) {
	case PPS_MARK_OK:
		row->status = finished ? PPS_RAW_DONE : PPS_RAW_TODO;
		if (pps_raw_job_has_step(job, PPS_STEP_PRUNE, NULL) && !pps_raw_job_has_step(job, PPS_STEP_PRUNED, NULL)) {
			row->status = PPS_RAW_TODO;
			pps_raw_because(why, "its copy in the source is half pruned");
			return set_command(row, "pps raw prune --yes", err);
		}
		if (finished)
			return PPS_OK;
		pps_raw_because(why, "all is there, but the state does not know it");
		return set_command(row, "pps raw run", err);
	case PPS_MARK_MISSING:
		row->status = row->marks[PPS_PLACE_SOURCE] == PPS_MARK_MISSING ? PPS_RAW_INCOMPLETE : PPS_RAW_TODO;
		if (row->status == PPS_RAW_INCOMPLETE)
			return set_command(row, "pps raw accept --reason ...", err);
		return set_command(row, finished ? "pps raw repair" : "pps raw run", err);
	default:
		row->status = PPS_RAW_FAILED;
		/* what could not be asked may be well */
		row->code = worst == PPS_MARK_UNKNOWN && job->unknown ? job->unknown : PPS_E_CONFLICT;
		if (worst == PPS_MARK_UNKNOWN)
			return set_command(row, job->raw->deep ? "pps raw check --deep" : "pps raw check", err);
		return set_command(row, job->raw->deep ? "pps raw repair --deep" : "pps raw repair", err);
	}
}

/* ---- an exposure that may not leave ---- */

static int breach(pps_raw_job *job, size_t place, pps_buf *why, const char *what)
{
	job->row->marks[place] = PPS_MARK_DIFFERENT;
	job->row->status = PPS_RAW_FAILED;
	job->row->code = PPS_E_CONFLICT;
	pps_raw_because(why, "%s all the same", what);
	return PPS_OK;
}

static int look_for_breach_in(pps_raw_job *job, size_t n, pps_buf *why, pps_error **err)
{
	_cleanup_(pps_error_freep) pps_error *found = NULL;
	_cleanup_free_ char *what = NULL;
	int yes = 0, r = pps_raw_destination_knows(job, n, &yes, &found);

	if (r == PPS_E_CANCELLED || r == PPS_E_NOMEM) {
		pps_error_move(err, TAKE_PTR(found));
		return r;
	}
	if (r < 0) {
		/* nobody can say that it is not there */
		job->row->marks[PPS_PLACE_DESTINATION + n] = PPS_MARK_UNKNOWN;
		pps_raw_because(why, "%s: %s", job->raw->destinations[n].name, pps_error_message(found));
		return PPS_OK;
	}
	if (!yes)
		return PPS_OK;
	if (asprintf(&what, "%s has datasets of it", job->raw->destinations[n].name) < 0)
		return pps_fail_nomem(err);
	return breach(job, PPS_PLACE_DESTINATION + n, why, what);
}

/* It must not be out: whatever of it is there is a breach. What an operator holds after its embargo may be. */
static int look_for_breach(pps_raw_job *job, pps_buf *why, pps_error **err)
{
	pps_store *store;
	int r, revision;

	if (pps_raw_job_release(job).verdict == PPS_RELEASE_NOW)
		return PPS_OK;
	if ((r = pps_raw_store(job->raw, &store, err)) < 0 || (r = pps_store_exists(store, job->zip_name, err)) < 0)
		return r;
	if (r)
		breach(job, PPS_PLACE_ZIP, why, "its zip is at the destination");
	if ((r = pps_raw_yaml_revision(job, &revision, err)) < 0)
		return r;
	if (revision >= 0)
		breach(job, PPS_PLACE_YAML, why, "its _dimensions.yaml is at the destination");
	for (size_t i = 0; i < job->raw->ndestinations; i++)
		if ((r = look_for_breach_in(job, i, why, err)) < 0)
			return r;
	return PPS_OK;
}

/* ---- the check of one exposure, in two parts: the catalogue is asked for many of them in between ---- */

typedef struct checking {
	pps_raw_job job;
	pps_catalogue_item item;
	pps_buf why;
	int may;      /* it may leave */
	int ended;    /* it cannot be looked at */
	int is_asked; /* the catalogue is asked for it */
} checking;

static void clear_checking(checking *c)
{
	pps_raw_job_clear(&c->job);
	pps_catalogue_item_clear(&c->item);
	pps_buf_free(&c->why);
}

static int begin(checking *c, pps_raw_report *report, pps_error **err)
{
	_cleanup_(pps_error_freep) pps_error *wrong = NULL;
	const pps_candidate *e = c->job.candidate;
	pps_raw_row *row;
	int r;

	if ((r = pps_raw_report_add(report, e->instrument, e->obs_id, e->exposure, e->day_obs, &row, err)) < 0)
		return r;
	c->job.row = row;
	if ((r = pps_raw_job_init(&c->job, &wrong)) < 0) {
		c->ended = 1;
		row->status = PPS_RAW_FAILED;
		row->code = r;
		return pps_raw_row_text(&row->reason, pps_error_message(wrong), err);
	}
	if ((r = pps_raw_describe(c->job.raw, c->job.known, row, err)) < 0 || (r = look_source(&c->job, &c->may, &c->why, err)) < 0)
		return r;
	r = c->may ? look_places(&c->job, &c->why, err) : look_for_breach(&c->job, &c->why, err);
	pps_raw_material_free(TAKE_PTR(c->job.material));
	return r;
}

/* What the catalogue said, or why it could not be asked. */
static int add_catalogue(checking *c, int code, const pps_error *found, pps_error **err)
{
	const size_t at = pps_raw_catalogue_place(c->job.raw);

	if (code < 0) {
		memset(c->job.row->marks + at, PPS_MARK_UNKNOWN, PPS_CATALOGUE_PLACES);
		c->job.unknown = code;
		if (c->may)
			pps_raw_because(&c->why, "%s", pps_error_message(found));
		return PPS_OK;
	}
	if (!c->may) {
		memset(c->job.row->marks + at, PPS_MARK_NOT_YET, PPS_CATALOGUE_PLACES);
		if (c->item.is_there && pps_raw_job_release(&c->job).verdict != PPS_RELEASE_NOW)
			breach(&c->job, at + PPS_CATALOGUE_RUCIO, &c->why, "Rucio knows it");
		return PPS_OK;
	}
	if (c->item.why.size)
		pps_raw_because(&c->why, "%s", pps_buf_text(&c->item.why));
	return pps_raw_catalogue_marks(c->job.raw, &c->item, c->job.row, err);
}

/* What to ask for; when that cannot be said, of the yaml that cannot be read or the tracts, only this exposure is not known. */
static int prepare_catalogue(checking *c, pps_error **err)
{
	_cleanup_(pps_error_freep) pps_error *found = NULL;
	int r;

	if (c->ended)
		return PPS_OK;
	r = pps_raw_job_catalogue(&c->job, &c->item.want, &found);
	c->is_asked = r == PPS_OK;
	if (r == PPS_E_CANCELLED || r == PPS_E_NOMEM) {
		pps_error_move(err, TAKE_PTR(found));
		return r;
	}
	return r < 0 ? add_catalogue(c, r, found, err) : PPS_OK;
}

static int ask_catalogue(pps_raw *raw, checking *all, size_t n, pps_error **err)
{
	_cleanup_(pps_error_freep) pps_error *found = NULL;
	_cleanup_free_ pps_catalogue_item **items = calloc(n + 1, sizeof(pps_catalogue_item *));
	pps_rucio *rucio;
	size_t asked = 0;
	int r;

	if (!items)
		return pps_fail_nomem(err);
	for (size_t i = 0; i < n; i++) {
		if ((r = prepare_catalogue(&all[i], err)) < 0)
			return r;
		if (all[i].is_asked)
			items[asked++] = &all[i].item;
	}
	if ((r = pps_raw_rucio(raw, &rucio, &found)) == PPS_OK)
		r = pps_catalogue_look(rucio, items, asked, raw->block->safe_copies, &found);
	if (r == PPS_E_CANCELLED || r == PPS_E_NOMEM) {
		pps_error_move(err, TAKE_PTR(found));
		return r;
	}
	for (size_t i = 0; i < n; i++) {
		int c;

		if (all[i].is_asked && (c = add_catalogue(&all[i], r, found, err)) < 0)
			return c;
	}
	return PPS_OK;
}

static int end(checking *c, size_t places, pps_error **err)
{
	int r = PPS_OK;

	if (c->ended)
		return PPS_OK;
	if (c->may)
		r = conclude(&c->job, places, &c->why, err);
	if (r >= 0 && c->may && c->job.raw->records_deep)
		r = pps_raw_deep_record(&c->job, &c->why, err);
	if (r < 0 || (r = pps_buf_check(&c->why, "reasons", err)) < 0)
		return r;
	return pps_raw_row_text(&c->job.row->reason, pps_buf_text(&c->why), err);
}

/* Some exposures, at most AT_ONCE. */
static int check_some(pps_raw *raw, checking *all, size_t n, pps_raw_report *report, pps_error **err)
{
	int r = PPS_OK;

	for (size_t i = 0; i < n && r == PPS_OK; i++)
		if ((r = pps_ctx_check(raw->ctx, err)) == PPS_OK)
			r = begin(&all[i], report, err);
	if (r == PPS_OK && pps_raw_has_rucio(raw))
		r = ask_catalogue(raw, all, n, err);
	for (size_t i = 0; i < n && r == PPS_OK; i++)
		r = end(&all[i], pps_raw_report_places(report), err);
	return r;
}

/* Every step that fails, and when it is tried again. */
static int say_failures(const pps_exposure_state *e, int64_t now, pps_raw_row *row, pps_error **err)
{
	_cleanup_buf_ pps_buf b = PPS_BUF(1u << 20);
	char when[40];
	int r;

	for (size_t i = 0; i < e->nfailures; i++) {
		const pps_exposure_failure *f = &e->failures[i];
		const int64_t due = pps_failure_due(f->code, f->last_at, f->next_try);

		pps_buf_printf(&b, "%s%s%s%s: %s", i ? "; " : "", f->step, *f->destination ? " " : "", f->destination, f->error);
		if (due > now) {
			if ((r = pps_time_format(due, PPS_SCALE_UTC, 0, 'T', when, err)) < 0)
				return r;
			pps_buf_printf(&b, " (failed %d times, tried again from %s UTC)", f->attempts, when);
		}
	}
	if ((r = pps_buf_check(&b, "failures", err)) < 0)
		return r;
	row->status = PPS_RAW_FAILED;
	row->code = e->failures[0].code;
	return pps_raw_row_text(&row->reason, pps_buf_text(&b), err);
}

static int status_of(pps_raw *raw, const pps_exposure_state *e, int64_t now, pps_raw_row *row, pps_error **err)
{
	pps_release release = pps_release_decide(&e->source.timespan, e->source.embargo, now);
	const char *reason = NULL;
	int r;

	if ((r = pps_raw_describe(raw, e, row, err)) < 0 ||
	    (release.verdict != PPS_RELEASE_HOLD && (r = pps_time_format(release.due, PPS_SCALE_UTC, 0, 'T', row->due, err)) < 0))
		return r;
	if (e->finished) {
		row->status = PPS_RAW_DONE;
	} else if (e->held) {
		row->status = PPS_RAW_HELD;
		reason = e->held;
	} else if (e->nfailures) {
		return say_failures(e, now, row, err);
	} else if (release.verdict != PPS_RELEASE_NOW) {
		row->status = release.verdict == PPS_RELEASE_HOLD ? PPS_RAW_HELD : PPS_RAW_WAITING;
		reason = release.reason ? release.reason : "its embargo is not over";
	} else {
		row->status = pps_exposure_step_of(e, PPS_STEP_COMPLETE, NULL) ? PPS_RAW_TODO : PPS_RAW_INCOMPLETE;
		reason = row->status == PPS_RAW_TODO ? "begun, not finished" : "sensors were missing when it was last looked at";
	}
	return pps_raw_row_text(&row->reason, reason, err);
}

/* What the state knows and the source no longer has. */
static int add_vanished(pps_raw *raw, int64_t now, pps_candidates *all, pps_raw_report *report, pps_error **err)
{
	_cleanup_(pps_exposure_list_freep) pps_exposure_list *list = NULL;
	pps_exposure_filter filter = { .day_obs = raw->day_begin == raw->day_end ? raw->day_begin : 0 };
	int r = pps_state_exposures(raw->state, &filter, &list, err);

	for (size_t i = 0; r >= 0 && i < pps_exposure_list_size(list); i++) {
		const pps_exposure_state *e = pps_exposure_list_at(list, i);
		pps_raw_row *row;

		if (!pps_raw_is_chosen(raw, e->source.obs_id, e->key.id, e->source.day_obs) ||
		    pps_candidates_find(all, e->key.instrument, e->key.id))
			continue;
		if ((r = pps_raw_report_add(report, e->key.instrument, e->source.obs_id, e->key.id, e->source.day_obs, &row, err)) < 0 ||
		    (r = status_of(raw, e, now, row, err)) < 0)
			return r;
		if (e->finished && raw->block->since > PPS_TAI_MIN)
			continue; /* it may only be too old to be asked for */
		if (row->marks[PPS_PLACE_SOURCE] != PPS_MARK_PRUNED)
			row->marks[PPS_PLACE_SOURCE] = PPS_MARK_MISSING;
		if (e->finished)
			continue;
		row->status = PPS_RAW_FAILED;
		row->code = PPS_E_NOTFOUND;
		r = pps_raw_row_text(&row->reason, "it is not finished, and the source has no such exposure any more", err);
	}
	return r;
}

/* What is begun is looked at whatever raw.since says by now. */
static int add_unfinished(pps_raw *raw, int64_t now, pps_candidates *all, pps_error **err)
{
	_cleanup_(pps_exposure_list_freep) pps_exposure_list *list = NULL;
	_cleanup_free_ pps_exposure_key *keys = NULL;
	pps_exposure_filter filter = { .unfinished = 1 };
	int r;

	if (raw->block->since <= PPS_TAI_MIN)
		return PPS_OK;
	if ((r = pps_state_exposures(raw->state, &filter, &list, err)) < 0)
		return r;
	if (!(keys = calloc(pps_exposure_list_size(list) + 1, sizeof *keys)))
		return pps_fail_nomem(err);
	for (size_t i = 0; i < pps_exposure_list_size(list); i++)
		keys[i] = pps_exposure_list_at(list, i)->key;
	return pps_select_keys(raw, now, keys, pps_exposure_list_size(list), all, err);
}

static int check_candidates(pps_raw *raw, const pps_candidates *all, const pps_exposure_list *known, int64_t now, pps_raw_report *report,
			    pps_error **err)
{
	_cleanup_free_ checking *some = calloc(AT_ONCE, sizeof *some);
	int r = PPS_OK;

	if (!some)
		return pps_fail_nomem(err);
	for (size_t i = 0; i < all->n && r == PPS_OK; i += AT_ONCE) {
		size_t n = all->n - i < AT_ONCE ? all->n - i : AT_ONCE;

		pps_progress(raw->ctx, "check", i, all->n, "exposures");
		for (size_t j = 0; j < n; j++) {
			const pps_candidate *c = &all->at[i + j];
			const pps_exposure_key key = { .instrument = c->instrument, .id = c->exposure };

			some[j] = (checking){ .job = { .raw = raw, .now = now, .candidate = c, .known = pps_exposure_list_find(known, &key) },
					      .item = PPS_CATALOGUE_ITEM, .why = PPS_BUF(1u << 20) };
		}
		r = check_some(raw, some, n, report, err);
		for (size_t j = 0; j < n; j++)
			clear_checking(&some[j]);
	}
	return r;
}

/* A check writes nothing, so its destinations are opened for reading. */
static int check_all(pps_raw *raw, pps_raw_report *report, pps_error **err)
{
	_cleanup_candidates_ pps_candidates all = { 0 };
	_cleanup_(pps_exposure_list_freep) pps_exposure_list *known = NULL;
	_cleanup_free_ pps_exposure_key *keys = NULL;
	pps_state *state;
	int64_t now;
	int r;

	if ((r = pps_raw_state(raw, &state, err)) < 0 || (r = pps_raw_now(raw, &now, err)) < 0 ||
	    (r = pps_select_all(raw, now, &all, err)) < 0 || (r = add_unfinished(raw, now, &all, err)) < 0 ||
	    (r = pps_check_named(raw, &all, err)) < 0)
		return r;
	if (!(keys = calloc(all.n + 1, sizeof *keys)))
		return pps_fail_nomem(err);
	for (size_t i = 0; i < all.n; i++)
		keys[i] = (pps_exposure_key){ .instrument = all.at[i].instrument, .id = all.at[i].exposure };
	if ((r = pps_state_exposures_of(state, keys, all.n, &known, err)) < 0)
		return r;
	if ((r = check_candidates(raw, &all, known, now, report, err)) < 0)
		return r;
	pps_progress(raw->ctx, "check", all.n, all.n, "exposures");
	if ((r = add_vanished(raw, now, &all, report, err)) < 0)
		return r;
	return pps_raw_add_orphans(raw, report, err);
}

int pps_raw_check(pps_raw *raw, pps_raw_report **ret_report, pps_error **err)
{
	_cleanup_(pps_raw_report_freep) pps_raw_report *report = NULL;
	int r, dry_run;

	if (!raw || !ret_report)
		return pps_fail(err, PPS_E_ARG, "pps_raw_check: raw and ret_report must not be NULL");
	if ((r = pps_raw_new_report(raw, &report, err)) < 0)
		return r;
	dry_run = raw->dry_run;
	raw->dry_run = 1;
	pps_raw_renew(raw);
	raw->records_deep = raw->deep && !dry_run;
	r = check_all(raw, report, err);
	raw->records_deep = 0;
	raw->dry_run = dry_run;
	if (r < 0)
		return r;
	pps_raw_report_set_check(report);
	pps_raw_report_sort(report);
	*ret_report = TAKE_PTR(report);
	return PPS_OK;
}

int pps_raw_status(pps_raw *raw, pps_raw_report **ret_report, pps_error **err)
{
	_cleanup_(pps_raw_report_freep) pps_raw_report *report = NULL;
	_cleanup_(pps_exposure_list_freep) pps_exposure_list *list = NULL;
	pps_exposure_filter filter = { 0 };
	pps_state *state;
	pps_raw_row *row;
	int64_t now;
	int r;

	if (!raw || !ret_report)
		return pps_fail(err, PPS_E_ARG, "pps_raw_status: raw and ret_report must not be NULL");
	if ((r = pps_raw_state(raw, &state, err)) < 0 || (r = pps_tai_now(&now, err)) < 0 ||
	    (r = pps_state_exposures(state, &filter, &list, err)) < 0 || (r = pps_raw_new_report(raw, &report, err)) < 0)
		return r;
	for (size_t i = 0; i < pps_exposure_list_size(list); i++) {
		const pps_exposure_state *e = pps_exposure_list_at(list, i);

		if (!pps_raw_is_chosen(raw, e->source.obs_id, e->key.id, e->source.day_obs))
			continue;
		if ((r = pps_raw_report_add(report, e->key.instrument, e->source.obs_id, e->key.id, e->source.day_obs, &row, err)) < 0 ||
		    (r = status_of(raw, e, now, row, err)) < 0)
			return r;
	}
	if ((r = pps_raw_events_report(raw, report, err)) < 0)
		return r;
	pps_raw_report_sort(report);
	*ret_report = TAKE_PTR(report);
	return PPS_OK;
}
