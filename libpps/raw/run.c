/* SPDX-License-Identifier: BSD-3-Clause */
/* The loop of the raw flow: select, then take each exposure through its steps. */
#include <inttypes.h>
#include <string.h>

#include "base/digest.h"
#include "raw/events.h"
#include "raw/run.h"

#define SWEEP_AGE_S (7 * 86400) /* temporary files of other hosts that nothing has changed for so long */

static void clear_run(struct run *run)
{
	pps_raw_queue_clear(&run->queue);
	pps_exposure_list_free(run->unfinished);
	pps_exposure_list_free(run->known);
	pps_candidates_free(&run->candidates);
	pps_map_free(run->swept);
	pps_flow_lock_free(run->lock);
	pps_raw_report_free(run->report);
	free(run->finished_for);
}

/* The rules in force, so that the ledger says under which an exposure left. */
static int hash_policy(struct run *run, pps_error **err)
{
	_cleanup_(pps_digest_freep) pps_digest *digest = NULL;
	_cleanup_buf_ pps_buf text = PPS_BUF_SQL;
	pps_digests digests;
	int r;

	for (size_t i = 0; i < run->raw->block->nqueries; i++) {
		const pps_conf_query *q = &run->raw->block->queries[i];

		pps_buf_printf(&text, "%s\n%s\n%lld\n", q->instrument, q->where, (long long)q->embargo);
	}
	if ((r = pps_buf_check(&text, "queries", err)) < 0 || (r = pps_digest_new(PPS_DIGEST_SHA256, &digest, err)) < 0 ||
	    (r = pps_digest_update(digest, pps_buf_text(&text), text.size, err)) < 0 || (r = pps_digest_finish(digest, &digests, err)) < 0)
		return r;
	for (size_t i = 0; i < sizeof digests.sha256; i++)
		snprintf(run->policy_hash + 2 * i, 3, "%02x", digests.sha256[i]);
	return PPS_OK;
}

static int name_places(struct run *run, pps_error **err)
{
	_cleanup_buf_ pps_buf b = PPS_BUF_LINE;

	for (size_t i = 0; i < run->raw->ndestinations; i++)
		pps_buf_printf(&b, "%s%s", i ? "," : "", run->raw->destinations[i].name);
	/* one that is configured later opens what was finished without it, as a destination does */
	if (pps_raw_has_rucio(run->raw))
		pps_buf_printf(&b, ",rucio:%s", pps_conf_rucio_block(run->raw->conf)->rse);
	return (run->finished_for = pps_buf_take(&b)) ? PPS_OK : pps_fail_nomem(err);
}

static int load_unfinished(struct run *run, pps_error **err)
{
	pps_exposure_filter filter = { .unfinished = 1 };

	return pps_state_exposures(run->raw->state, &filter, &run->unfinished, err);
}

/* What the state holds unfinished is looked at again, whatever the window. */
static int select_unfinished(struct run *run, pps_error **err)
{
	_cleanup_free_ pps_exposure_key *keys = NULL;
	const pps_exposure_list *list;
	size_t n;
	int r;

	if ((r = load_unfinished(run, err)) < 0)
		return r;
	list = run->unfinished;
	n = pps_exposure_list_size(list);
	if (!(keys = calloc(n + 1, sizeof *keys)))
		return pps_fail_nomem(err);
	for (size_t i = 0; i < n; i++)
		keys[i] = pps_exposure_list_at(list, i)->key;
	return pps_select_keys(run->raw, run->now, keys, n, &run->candidates, err);
}

/* Only a run that looks at everything says how far it has come. */
static int records_selection(const struct run *run)
{
	return !run->raw->dry_run && !run->repair && !run->raw->day_begin && !run->raw->nexposures;
}

static int record_until(struct run *run, const char *rule, int64_t until, pps_error **err)
{
	pps_state_change change = { .kind = PPS_CHANGE_SELECTED, .text = rule, .until = until };
	int64_t at;
	int r;

	if ((r = pps_tai_now(&at, err)) < 0)
		return r;
	return pps_state_apply(run->raw->state, run->lock, at, run->now, &change, 1, NULL, err);
}

/* A first run that does not come to its end leaves where it began. */
static int record_begins(struct run *run, const int64_t *until, pps_error **err)
{
	const pps_conf_raw *block = run->raw->block;

	for (size_t i = 0; i < block->nqueries && records_selection(run); i++) {
		_cleanup_free_ char *name = NULL;
		pps_window w = pps_window_decide(run->now, block->queries[i].embargo, run->raw->window, block->since, INT64_MIN);
		int r;

		if (until[i] == INT64_MIN &&
		    ((r = pps_raw_rule_name(&block->queries[i], &name, err)) < 0 || (r = record_until(run, name, w.begin, err)) < 0))
			return r;
	}
	return PPS_OK;
}

static int select_candidates(struct run *run, int64_t *ends, pps_error **err)
{
	pps_raw *raw = run->raw;
	_cleanup_free_ int64_t *until = calloc(raw->block->nqueries, sizeof *until);
	int r;

	if (!until)
		return pps_fail_nomem(err);
	for (size_t i = 0; i < raw->block->nqueries; i++) {
		_cleanup_free_ char *name = NULL;

		if ((r = pps_raw_rule_name(&raw->block->queries[i], &name, err)) < 0 ||
		    (r = pps_state_selected_until(raw->state, name, &until[i], err)) < 0)
			return r;
	}
	if ((r = pps_select_window(raw, run->now, until, ends, &run->candidates, err)) < 0 || (r = record_begins(run, until, err)) < 0)
		return r;
	return select_unfinished(run, err);
}

static int load_known(struct run *run, pps_error **err)
{
	_cleanup_free_ pps_exposure_key *keys = calloc(run->candidates.n + 1, sizeof *keys);

	if (!keys)
		return pps_fail_nomem(err);
	for (size_t i = 0; i < run->candidates.n; i++)
		keys[i] = (pps_exposure_key){ .instrument = run->candidates.at[i].instrument, .id = run->candidates.at[i].exposure };
	return pps_state_exposures_of(run->raw->state, keys, run->candidates.n, &run->known, err);
}

/* Makes an exposure known before anything is done with it, so that no window can pass it by. A stored time that releases later than
 * what the source says now stays. */
static int record_source(struct run *run, pps_raw_job *job, pps_error **err)
{
	const pps_candidate *c = job->candidate;
	_cleanup_free_ char *rule = NULL;
	pps_exposure_source source = { .obs_id = c->obs_id, .day_obs = c->day_obs, .timespan = c->span, .can_see_sky = c->can_see_sky };
	pps_state_change change = { .kind = PPS_CHANGE_SOURCE, .key = pps_raw_job_key(job), .source = &source };
	pps_release release = pps_raw_job_release(job);
	int r;

	/* no rule: what is known of it stays as it is, and what is not known is none of this flow's */
	if (run->raw->dry_run || !c->rule)
		return PPS_OK;
	if (job->known && release.due != c->release.due)
		return PPS_OK;
	if ((r = pps_raw_rule_name(c->rule, &rule, err)) < 0)
		return r;
	source.rule = rule;
	source.embargo = c->rule->embargo;
	return pps_raw_job_apply(job, &change, 1, err);
}

int pps_raw_run_status(pps_raw_row *row, int status, const char *reason, pps_error **err)
{
	row->status = status;
	return pps_raw_row_text(&row->reason, reason, err);
}

/* Whether it may leave, with the reason in its row when it may not. 1: it may. */
static int may_leave(struct run *run, pps_raw_job *job, pps_error **err)
{
	pps_release release = pps_raw_job_release(job);
	pps_exposure_key key = pps_raw_job_key(job);
	_cleanup_free_ char *held = NULL, *reason = NULL;
	pps_raw_row *row = job->row;
	int r;

	if (release.verdict != PPS_RELEASE_HOLD && (r = pps_time_format(release.due, PPS_SCALE_UTC, 0, 'T', row->due, err)) < 0)
		return r;
	if ((r = pps_state_is_held(run->raw->state, "raw", &key, job->candidate->day_obs, &held, err)) < 0)
		return r;
	if (held)
		return asprintf(&reason, "an operator holds it: %s", held) < 0 ? pps_fail_nomem(err) : pps_raw_run_status(row, PPS_RAW_HELD, reason, err);
	if (release.verdict == PPS_RELEASE_HOLD)
		return pps_raw_run_status(row, PPS_RAW_HELD, release.reason, err);
	if (release.verdict == PPS_RELEASE_WAIT) {
		if (asprintf(&reason, "its embargo ends at %s UTC", row->due) < 0)
			return pps_fail_nomem(err);
		return pps_raw_run_status(row, PPS_RAW_WAITING, reason, err);
	}
	return 1;
}

/* 1: complete, or taken as it is. *ret_detail says why when sensors are missing. */
static int is_complete(struct run *run, pps_raw_job *job, const char **ret_detail, pps_error **err)
{
	const pps_conf_raw *block = run->raw->block;
	_cleanup_buf_ pps_buf why = PPS_BUF_LINE;
	pps_raw_material *m;
	int64_t give_up;
	int r, complete;

	*ret_detail = NULL;
	if ((r = pps_raw_job_material(job, &m, err)) < 0 || (r = pps_raw_material_complete(m, &complete, &why, err)) < 0)
		return r;
	if (complete)
		return 1;
	if (pps_raw_material_datasets(m)->n) {
		if (job->known && job->known->accepted)
			*ret_detail = "accepted incomplete";
		else if (block->incomplete_after >= 0 && !__builtin_add_overflow(job->candidate->span.end, block->incomplete_after, &give_up) &&
			 give_up <= run->now)
			*ret_detail = "incomplete for too long";
		if (*ret_detail)
			return 1;
	}
	if ((r = pps_buf_check(&why, "missing sensors", err)) < 0)
		return r;
	return pps_raw_run_status(job->row, PPS_RAW_INCOMPLETE, pps_buf_text(&why), err);
}

/* The ledger's entry before the first byte leaves; an exposure whose zip is made has it already. Else datasets may have come since. */
static int authorise(struct run *run, pps_raw_job *job, const char *detail, pps_error **err)
{
	const pps_butler_datasets *datasets = pps_raw_material_datasets(job->material);
	_cleanup_free_ pps_uuid *uuids = calloc(datasets->n + 1, sizeof *uuids);
	_cleanup_free_ char *rule = NULL;
	const pps_exposure_key key = pps_raw_job_key(job);
	pps_ledger_entry entry = { .flow = "raw", .action = "release", .subject = job->candidate->obs_id, .policy_hash = run->policy_hash,
				   .who = "pps raw", .uuids = uuids, .nuuids = datasets->n };
	pps_state_change changes[3] = {
		{ .kind = PPS_CHANGE_STEP, .key = key, .step = PPS_STEP_SELECT },
		{ .kind = PPS_CHANGE_STEP, .key = key, .step = PPS_STEP_COMPLETE, .detail = detail },
		{ .kind = PPS_CHANGE_AUTHORISED, .key = key, .entry = &entry },
	};
	int r;

	if (pps_raw_job_has_step(job, PPS_STEP_COMPLETE, NULL) && pps_raw_job_has_step(job, PPS_STEP_PLACED, NULL))
		return PPS_OK;
	if (!uuids)
		return pps_fail_nomem(err);
	for (size_t i = 0; i < datasets->n; i++)
		uuids[i] = datasets->at[i].id;
	if ((r = pps_raw_rule_name(job->candidate->rule, &rule, err)) < 0)
		return r;
	entry.rule = rule;
	return pps_raw_job_apply(job, changes, PPS_COUNT(changes), err);
}

/* Temporary files that dead processes left beside the destination. */
static int sweep(struct run *run, pps_raw_job *job, pps_error **err)
{
	_cleanup_free_ char *folder = strndup(job->zip_name, (size_t)(strrchr(job->zip_name, '/') - job->zip_name));
	pps_store *store;
	int r;

	if (!folder)
		return pps_fail_nomem(err);
	if (pps_map_get_text(run->swept, folder, NULL))
		return PPS_OK;
	if ((r = pps_raw_store(run->raw, &store, err)) < 0 || (r = pps_store_sweep(store, folder, SWEEP_AGE_S, NULL, err)) < 0)
		return r;
	return pps_map_set_text(run->swept, folder, NULL) < 0 ? pps_fail_nomem(err) : PPS_OK;
}

int pps_raw_ends_run(int code)
{
	return code == PPS_E_CANCELLED || code == PPS_E_NOMEM || code == PPS_E_LOCKED;
}

int pps_raw_run_say(pps_raw_row *row, const char *text, pps_error **err)
{
	_cleanup_free_ char *both = NULL;

	if (!*row->reason)
		return pps_raw_row_text(&row->reason, text, err);
	if (asprintf(&both, "%s; %s", row->reason, text) < 0)
		return pps_fail_nomem(err);
	return pps_raw_row_text(&row->reason, both, err);
}

/* A service that is down is tried again; anything else needs a person, and says more. */
static void note_failure(pps_raw_row *row, int code)
{
	if (row->code == PPS_OK || row->code == PPS_E_UNAVAILABLE || row->code == PPS_E_TIMEOUT)
		row->code = code;
	if (code != PPS_E_HELD || row->status != PPS_RAW_FAILED)
		row->status = code == PPS_E_HELD ? PPS_RAW_HELD : PPS_RAW_FAILED;
}

/* The exposure's other steps, and other exposures, go on. */
int pps_raw_run_failed(struct run *run, pps_raw_job *job, const char *step, const char *destination, int code, pps_error *why,
		       pps_error **err)
{
	pps_state_change change = { .kind = PPS_CHANGE_FAILURE, .key = pps_raw_job_key(job), .step = step, .destination = destination,
				    .code = code, .text = pps_error_message(why) };
	int r;

	if (pps_raw_ends_run(code)) {
		pps_error_move(err, why);
		return code;
	}
	note_failure(job->row, code);
	r = pps_raw_run_say(job->row, pps_error_message(why), err);
	/* a hold is no attempt that failed */
	if (r == PPS_OK && !run->raw->dry_run && code != PPS_E_HELD)
		r = pps_raw_job_apply(job, &change, 1, err);
	pps_error_free(why);
	return r;
}

/* Who names an exposure, or repairs, does not want to wait. */
int pps_raw_run_backs_off(struct run *run, pps_raw_job *job, const char *step, const char *destination, pps_error **err)
{
	const pps_exposure_failure *f = job->known ? pps_exposure_failure_of(job->known, step, destination) : NULL;
	_cleanup_free_ char *text = NULL;
	char when[40];
	int64_t due;
	int r;

	if (!f || run->repair || run->raw->nexposures)
		return 0;
	due = pps_failure_due(f->code, f->last_at, f->next_try);
	if (due <= run->started)
		return 0;
	if ((r = pps_time_format(due, PPS_SCALE_UTC, 0, 'T', when, err)) < 0)
		return r;
	if (asprintf(&text, "%s (failed %d times, tried again from %s UTC, or by --exposure %s)", f->error, f->attempts, when,
		     job->candidate->obs_id) < 0)
		return pps_fail_nomem(err);
	note_failure(job->row, f->code);
	return (r = pps_raw_run_say(job->row, text, err)) < 0 ? r : 1;
}

/* The steps of one exposure that may leave, but for the catalogue's. *ret_placed 1 when zip and yaml are where they should be, *ret_done
 * when the destinations are done too. */
static int advance(struct run *run, pps_raw_job *job, int *ret_placed, int *ret_done, pps_error **err)
{
	pps_error *why = NULL;
	int r;

	*ret_placed = *ret_done = 0;
	if (run->repair || !pps_raw_job_has_step(job, PPS_STEP_PLACED, NULL)) {
		if ((r = pps_raw_run_backs_off(run, job, PPS_STEP_PACK, NULL, err)) != 0)
			return r < 0 ? r : PPS_OK;
		if ((r = pps_raw_ensure_zip(job, &why)) < 0)
			return pps_raw_run_failed(run, job, PPS_STEP_PACK, NULL, r, why, err);
	}
	*ret_placed = *ret_done = 1;
	if (run->repair || !pps_raw_job_has_step(job, PPS_STEP_YAML, NULL)) {
		if ((r = pps_raw_run_backs_off(run, job, PPS_STEP_YAML, NULL, err)) < 0)
			return r;
		if (r > 0 || (r = pps_raw_ensure_yaml(job, &why)) < 0) {
			*ret_placed = *ret_done = 0;
			if (r < 0 && (r = pps_raw_run_failed(run, job, PPS_STEP_YAML, NULL, r, TAKE_PTR(why), err)) < 0)
				return r;
		}
	}
	for (size_t i = 0; i < run->raw->ndestinations; i++) {
		const char *name = run->raw->destinations[i].name;

		if ((r = pps_raw_run_backs_off(run, job, PPS_STEP_INGEST, name, err)) < 0)
			return r;
		if (r == 0 && (r = pps_raw_ensure_destination(job, i, &why)) == PPS_OK)
			continue;
		*ret_done = 0;
		if (r < 0 && (r = pps_raw_run_failed(run, job, PPS_STEP_INGEST, name, r, TAKE_PTR(why), err)) < 0)
			return r;
	}
	return PPS_OK;
}

size_t pps_raw_run_finishing(struct run *run, const pps_raw_job *job, pps_ledger_entry *entry, pps_state_change *changes)
{
	const pps_exposure_key key = pps_raw_job_key(job);

	*entry = (pps_ledger_entry){ .flow = "raw", .action = "release", .subject = job->candidate->obs_id };
	changes[0] = (pps_state_change){ .kind = PPS_CHANGE_FINISHED, .key = key, .text = run->finished_for };
	/* all of it found done: the run that did it ended before it could say so */
	changes[1] = (pps_state_change){ .kind = PPS_CHANGE_DONE, .key = key, .entry = entry, .recovered = !job->acted };
	/* an exposure that was finished before and only repaired has its entry already */
	return job->known && job->known->finished ? 1 : 2;
}

static int finish(struct run *run, pps_raw_job *job, pps_error **err)
{
	pps_ledger_entry entry;
	pps_state_change changes[2];
	size_t n = pps_raw_run_finishing(run, job, &entry, changes);

	return pps_raw_job_apply(job, changes, n, err);
}

/* What a repair found undone is unfinished again, so that the next run knows of it whatever becomes of the repair. */
static int undo(struct run *run, pps_raw_job *job, pps_error **err)
{
	const pps_exposure_key key = pps_raw_job_key(job);
	pps_state_change changes[PPS_RAW_PLACES_MOST + 1];
	int files = 0;
	size_t n = 0;

	for (size_t p = PPS_PLACE_ZIP; p < PPS_PLACE_DESTINATION + run->raw->ndestinations; p++) {
		const char *step = p == PPS_PLACE_ZIP ? PPS_STEP_PLACED : p == PPS_PLACE_YAML ? PPS_STEP_YAML : PPS_STEP_INGEST;
		const char *destination = p < PPS_PLACE_DESTINATION ? NULL : run->raw->destinations[p - PPS_PLACE_DESTINATION].name;

		if (job->found[p] != PPS_MARK_MISSING && job->found[p] != PPS_MARK_DIFFERENT)
			continue;
		files |= p < PPS_PLACE_DESTINATION;
		if (pps_raw_job_has_step(job, step, destination))
			changes[n++] = (pps_state_change){ .kind = PPS_CHANGE_UNSTEP, .key = key, .step = step, .destination = destination };
	}
	/* a file that is made anew, or a later yaml, is not what the catalogue was told of */
	job->untold = files && pps_raw_has_rucio(run->raw) && pps_raw_job_has_step(job, PPS_STEP_RUCIO, pps_conf_rucio_block(run->raw->conf)->rse);
	if (job->untold)
		changes[n++] = (pps_state_change){ .kind = PPS_CHANGE_UNSTEP, .key = key, .step = PPS_STEP_RUCIO,
						   .destination = pps_conf_rucio_block(run->raw->conf)->rse };
	return n && !run->raw->dry_run ? pps_raw_job_apply(job, changes, n, err) : PPS_OK;
}

/* In a repair: 1 when something is missing or wrong, so that the steps are done again. */
static int needs_repair(struct run *run, pps_raw_job *job, pps_error **err)
{
	_cleanup_buf_ pps_buf why = PPS_BUF_LINE;
	int r, mark, needs = !(job->known && job->known->finished);

	for (size_t p = PPS_PLACE_ZIP; p < PPS_PLACE_DESTINATION + run->raw->ndestinations; p++) {
		if (p >= PPS_PLACE_DESTINATION && needs)
			break;
		r = p == PPS_PLACE_ZIP ? pps_raw_look_zip(job, &mark, &why, err) :
		    p == PPS_PLACE_YAML ? pps_raw_look_yaml(job, &mark, &why, err) :
					  pps_raw_look_destination(job, p - PPS_PLACE_DESTINATION, &mark, &why, err);
		if (r < 0)
			return r;
		job->found[p] = (uint8_t)mark;
		needs |= mark != PPS_MARK_OK;
	}
	return (r = undo(run, job, err)) < 0 ? r : needs;
}

/* What a run would do, by what the state, or a repair's look, says. */
static int would(struct run *run, pps_raw_job *job, int *ret_placed, pps_error **err)
{
	_cleanup_buf_ pps_buf b = PPS_BUF_LINE;
	int r, n = 0;

	*ret_placed = 1;
	for (size_t p = PPS_PLACE_ZIP; p < PPS_PLACE_DESTINATION + run->raw->ndestinations; p++) {
		const char *name = p < PPS_PLACE_DESTINATION ? NULL : run->raw->destinations[p - PPS_PLACE_DESTINATION].name;
		const char *step = p == PPS_PLACE_ZIP ? PPS_STEP_PLACED : p == PPS_PLACE_YAML ? PPS_STEP_YAML : PPS_STEP_INGEST;

		if (run->repair && job->found[p] ? job->found[p] == PPS_MARK_OK : pps_raw_job_has_step(job, step, name))
			continue;
		*ret_placed &= p >= PPS_PLACE_DESTINATION;
		pps_buf_printf(&b, "%s%s%s", n++ ? ", " : "ready: a run without --dry-run would ",
			       p == PPS_PLACE_ZIP ? "make its zip" : p == PPS_PLACE_YAML ? "write its yaml" : "ingest it in ", name ? name : "");
	}
	if (!*ret_placed && pps_raw_has_rucio(run->raw))
		pps_buf_add_text(&b, ", register it with Rucio");
	else if (!n && !pps_raw_needs_catalogue(run, job))
		pps_buf_add_text(&b, "ready: a run without --dry-run records that all is there");
	if ((r = pps_buf_check(&b, "steps", err)) < 0)
		return r;
	return pps_raw_run_status(job->row, PPS_RAW_TODO, pps_buf_text(&b), err);
}

/* What a look at an exposure came to. */
enum {
	SAID,   /* its row says what came of it */
	SILENT, /* there is nothing to say: a repair found all well */
	QUEUED  /* the job belongs to the queue of the catalogue */
};

static int queue(struct run *run, pps_raw_job *job, const char *detail, int others_done, int is_quiet, pps_error **err)
{
	int r = pps_raw_queue_add(run, job, detail, others_done, is_quiet, err);

	return r < 0 ? r : QUEUED;
}

/* From here on it leaves. */
static int release(struct run *run, pps_raw_job *job, const char *detail, pps_error **err)
{
	pps_error *why = NULL;
	int64_t now;
	int r, placed, done;

	/* what was selected may be long ago; clocks that disagree by now end the run */
	if ((r = pps_raw_now(run->raw, &now, err)) < 0)
		return r;
	if ((r = pps_raw_job_recheck(job, now, &why)) < 0)
		return pps_raw_run_failed(run, job, PPS_STEP_SELECT, NULL, r, why, err);
	if ((r = authorise(run, job, detail, err)) < 0 || (r = sweep(run, job, err)) < 0 ||
	    (r = advance(run, job, &placed, &done, err)) < 0)
		return r;
	if (placed && pps_raw_needs_catalogue(run, job)) {
		const char *rse = pps_conf_rucio_block(run->raw->conf)->rse;

		return (r = pps_raw_run_backs_off(run, job, PPS_STEP_RUCIO, rse, err)) != 0 ? (r < 0 ? r : SAID) :
		       queue(run, job, detail, done, 0, err);
	}
	if (!done)
		return SAID;
	if ((r = finish(run, job, err)) < 0)
		return r;
	return pps_raw_run_status(job->row, PPS_RAW_DONE, detail, err);
}

/* One exposure; SAID, SILENT, QUEUED or an error that ends the run. */
static int take(struct run *run, pps_raw_job *job, pps_error **err)
{
	pps_error *why = NULL;
	const char *detail;
	int r, placed;

	if ((r = record_source(run, job, err)) < 0 || (r = may_leave(run, job, err)) != 1)
		return r;
	if (run->repair && (r = needs_repair(run, job, err)) <= 0)
		return r < 0 ? r : pps_raw_has_rucio(run->raw) ? queue(run, job, NULL, 1, 1, err) : SILENT;
	if ((r = pps_raw_run_backs_off(run, job, PPS_STEP_COMPLETE, NULL, err)) != 0)
		return r < 0 ? r : SAID;
	if ((r = is_complete(run, job, &detail, &why)) < 0)
		return pps_raw_run_failed(run, job, PPS_STEP_COMPLETE, NULL, r, why, err);
	if (r != 1)
		return SAID;
	if (!run->raw->dry_run)
		return release(run, job, detail, err);
	if ((r = would(run, job, &placed, err)) < 0)
		return r;
	return placed && pps_raw_needs_catalogue(run, job) ? queue(run, job, NULL, 0, 0, err) : SAID;
}

/* Who asks for an exposure by name is told that it is done. */
static int report_done(struct run *run, const pps_candidate *c, const pps_exposure_state *known, pps_error **err)
{
	pps_raw_row *row;
	int r = pps_raw_report_add(run->report, c->instrument, c->obs_id, c->exposure, c->day_obs, &row, err);

	if (r < 0 || (r = pps_raw_describe(run->raw, known, row, err)) < 0)
		return r;
	return pps_raw_run_status(row, PPS_RAW_DONE, NULL, err);
}

/* An exposure that was begun and that the source no longer has cannot be finished: a person must know. */
static int report_vanished(struct run *run, pps_error **err)
{
	for (size_t i = 0; i < pps_exposure_list_size(run->unfinished); i++) {
		const pps_exposure_state *e = pps_exposure_list_at(run->unfinished, i);
		pps_raw_row *row;
		int r;

		if (!pps_raw_is_chosen(run->raw, e->source.obs_id, e->key.id, e->source.day_obs) ||
		    pps_candidates_find(&run->candidates, e->key.instrument, e->key.id))
			continue;
		if ((r = pps_raw_report_add(run->report, e->key.instrument, e->source.obs_id, e->key.id, e->source.day_obs, &row, err)) < 0 ||
		    (r = pps_raw_describe(run->raw, e, row, err)) < 0 ||
		    (r = pps_raw_run_status(row, PPS_RAW_FAILED, "it is not finished, and the source has no such exposure any more", err)) < 0)
			return r;
		row->code = PPS_E_NOTFOUND;
	}
	return PPS_OK;
}

int pps_raw_run_describe(struct run *run, pps_raw_job *job, pps_error **err)
{
	_cleanup_(pps_exposure_list_freep) pps_exposure_list *after = NULL;
	const pps_exposure_key key = pps_raw_job_key(job);
	int r;

	if ((r = pps_state_exposures_of(run->raw->state, &key, 1, &after, err)) < 0)
		return r;
	if ((r = pps_raw_describe(run->raw, pps_exposure_list_find(after, &key), job->row, err)) < 0)
		return r;
	for (size_t p = 0; p < pps_raw_report_places(run->report); p++)
		if (job->row->marks[p] == PPS_MARK_NOT_YET)
			job->row->marks[p] = job->found[p];
	return PPS_OK;
}

/* Who repairs has looked at what failed: their waits begin anew. */
static int forget_failures(struct run *run, const pps_raw_job *job, pps_error **err)
{
	const pps_exposure_key key = pps_raw_job_key(job);
	const pps_exposure_filter filter = { .instrument = key.instrument, .id = key.id };

	return job->known && job->known->nfailures ? pps_state_retry(run->raw->state, &filter, NULL, err) : PPS_OK;
}

static int take_candidate(struct run *run, const pps_candidate *c, pps_error **err)
{
	const pps_exposure_key key = { .instrument = c->instrument, .id = c->exposure };
	_cleanup_(pps_raw_job_freep) pps_raw_job *job = calloc(1, sizeof *job);
	pps_error *why = NULL;
	int r;

	if (!job)
		return pps_fail_nomem(err);
	*job = (pps_raw_job){ .raw = run->raw, .lock = run->lock, .now = run->now, .repair = run->repair, .candidate = c,
			      .known = pps_exposure_list_find(run->known, &key) };
	if (!run->repair && job->known && job->known->finished)
		return run->raw->nexposures ? report_done(run, c, job->known, err) : PPS_OK;
	if ((r = pps_raw_report_add(run->report, c->instrument, c->obs_id, c->exposure, c->day_obs, &job->row, err)) < 0)
		return r;
	if (run->repair && !run->raw->dry_run && (r = forget_failures(run, job, err)) < 0)
		return r;
	if ((r = pps_raw_job_init(job, &why)) < 0)
		r = pps_raw_run_failed(run, job, PPS_STEP_SELECT, NULL, r, why, err);
	else
		r = take(run, job, err);
	if (r < 0)
		return pps_wrap(err, r, "%s", c->obs_id);
	if (r == QUEUED) {
		job = NULL;
		return PPS_OK;
	}
	if (r == SILENT) {
		pps_raw_report_drop(run->report, job->row);
		return PPS_OK;
	}
	return pps_raw_run_describe(run, job, err);
}

static int record_selected(struct run *run, const int64_t *ends, pps_error **err)
{
	int64_t until;
	int r;

	if (!records_selection(run))
		return PPS_OK;
	for (size_t i = 0; i < run->raw->block->nqueries; i++) {
		_cleanup_free_ char *name = NULL;

		if ((r = pps_raw_rule_name(&run->raw->block->queries[i], &name, err)) < 0 ||
		    (r = pps_state_selected_until(run->raw->state, name, &until, err)) < 0 ||
		    (until < ends[i] && (r = record_until(run, name, ends[i], err)) < 0))
			return r;
	}
	return PPS_OK;
}

/* Destinations are opened before clocks are compared, so that theirs are asked too; one that is down only delays its own steps. */
static int prepare(struct run *run, pps_error **err)
{
	pps_raw *raw = run->raw;
	pps_butler *butler;
	pps_state *state;
	pps_store *store;
	int64_t reopened;
	int r;

	pps_raw_renew(raw);
	if ((r = pps_raw_state(raw, &state, err)) < 0 || (r = pps_raw_source(raw, &butler, err)) < 0 || (r = pps_raw_store(raw, &store, err)) < 0)
		return r;
	if (!(run->swept = pps_map_new()))
		return pps_fail_nomem(err);
	if (!raw->dry_run && (r = pps_state_lock(state, "raw", &run->lock, err)) < 0)
		return r;
	for (size_t i = 0; i < raw->ndestinations; i++)
		if ((r = pps_raw_destination_butler(raw, i, &butler, NULL)) == PPS_E_CANCELLED)
			return pps_ctx_check(raw->ctx, err);
	if ((r = pps_tai_now(&run->started, err)) < 0 || (r = pps_raw_now(raw, &run->now, err)) < 0 || (r = hash_policy(run, err)) < 0 ||
	    (r = name_places(run, err)) < 0)
		return r;
	if ((r = pps_raw_events_drain(raw, err)) < 0)
		return r;
	raw->policy_is_known = 0; /* since an earlier call another may have been accepted */
	if (!raw->dry_run && (r = pps_state_reopen(state, run->lock, run->finished_for, &reopened, err)) < 0)
		return r;
	return pps_raw_new_report(raw, &run->report, err);
}

static int run_flow(pps_raw *raw, int repair, pps_raw_report **ret_report, pps_error **err)
{
	_cleanup_(clear_run) struct run run = { .raw = raw, .repair = repair };
	_cleanup_free_ int64_t *ends = NULL;
	int r;

	if (!raw || !ret_report)
		return pps_fail(err, PPS_E_ARG, "the raw flow: raw and ret_report must not be NULL");
	if (!(ends = calloc(raw->block->nqueries, sizeof *ends)))
		return pps_fail_nomem(err);
	if ((r = prepare(&run, err)) < 0)
		return r;
	if (!raw->nexposures && (!repair || raw->window >= 0))
		r = select_candidates(&run, ends, err);
	else if ((r = select_unfinished(&run, err)) == PPS_OK && (r = pps_select_all(raw, run.now, &run.candidates, err)) == PPS_OK)
		r = pps_check_named(raw, &run.candidates, err);
	/* only now: an expression that cannot be read puts nothing in force */
	if (r < 0 || (!raw->dry_run && (r = pps_raw_settle_policy(raw, err)) < 0) || (r = load_known(&run, err)) < 0)
		return r;
	for (size_t i = 0; i < run.candidates.n; i++) {
		pps_progress(raw->ctx, repair ? "repair" : "exposures", i, run.candidates.n, "exposures");
		if ((r = pps_ctx_check(raw->ctx, err)) < 0 || (r = take_candidate(&run, &run.candidates.at[i], err)) < 0 ||
		    (r = pps_raw_queue_work(&run, 0, err)) < 0)
			return r;
	}
	if ((r = pps_raw_queue_work(&run, 1, err)) < 0)
		return r;
	pps_progress(raw->ctx, repair ? "repair" : "exposures", run.candidates.n, run.candidates.n, "exposures");
	if ((r = report_vanished(&run, err)) < 0 || (r = record_selected(&run, ends, err)) < 0)
		return r;
	pps_raw_report_sort(run.report);
	*ret_report = TAKE_PTR(run.report);
	return PPS_OK;
}

int pps_raw_run(pps_raw *raw, pps_raw_report **ret_report, pps_error **err)
{
	return run_flow(raw, 0, ret_report, err);
}

int pps_raw_repair(pps_raw *raw, pps_raw_report **ret_report, pps_error **err)
{
	return run_flow(raw, 1, ret_report, err);
}
