/* SPDX-License-Identifier: BSD-3-Clause */
/* The step in the file catalogue, taken for many exposures at once: registering them one by one costs more than ten times as much. */
#include <string.h>
#include <time.h>

#include "raw/run.h"

#define AT_ONCE 50
#define WAIT_NS (30 * PPS_NS_PER_S)     /* nothing waits longer while others are packed */
#define DOWN_NS (5 * 60 * PPS_NS_PER_S) /* a catalogue that is down is asked again after this */

static int64_t monotonic(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * PPS_NS_PER_S + t.tv_nsec;
}

static const char *rse_of(const struct run *run)
{
	return pps_conf_rucio_block(run->raw->conf)->rse;
}

int pps_raw_needs_catalogue(const struct run *run, const pps_raw_job *job)
{
	return pps_raw_has_rucio(run->raw) && (run->repair || !pps_raw_job_has_step(job, PPS_STEP_RUCIO, rse_of(run)));
}

static void clear_waiting(pps_raw_waiting *w)
{
	pps_raw_job_free(w->job);
	pps_catalogue_item_clear(&w->item);
}

void pps_raw_queue_clear(pps_raw_queue *queue)
{
	for (size_t i = 0; i < queue->n; i++)
		clear_waiting(&queue->at[i]);
	free(queue->at);
	pps_error_free(queue->down);
	*queue = (pps_raw_queue){ 0 };
}

int pps_raw_queue_add(struct run *run, pps_raw_job *job, const char *detail, int others_done, int is_quiet, pps_error **err)
{
	pps_raw_queue *queue = &run->queue;

	if (pps_grow(&queue->at, &queue->cap, queue->n, sizeof *queue->at) < 0)
		return pps_fail_nomem(err);
	/* a queue must not hold what its exposures' sources said */
	pps_raw_material_free(TAKE_PTR(job->material));
	if (!queue->n)
		queue->since = monotonic();
	/* what was not made just now may be there from before, whole or half */
	queue->at[queue->n++] = (pps_raw_waiting){ .job = job, .item = PPS_CATALOGUE_ITEM, .detail = detail, .others_done = others_done,
						   .is_quiet = is_quiet, .looked = run->repair || run->raw->dry_run || !job->acted };
	return PPS_OK;
}

static int fail_one(struct run *run, pps_raw_waiting *w, int code, pps_error *why, pps_error **err)
{
	w->ended = 1;
	return pps_raw_run_failed(run, w->job, PPS_STEP_RUCIO, rse_of(run), code, why, err);
}

/* @acting: only those that something is done for. */
static int fail_rest(struct run *run, int acting, int code, const pps_error *why, pps_error **err)
{
	int r = PPS_OK;

	for (size_t i = 0; i < run->queue.n && r == PPS_OK; i++)
		if (!run->queue.at[i].ended && (!acting || run->queue.at[i].acts))
			r = fail_one(run, &run->queue.at[i], code, pps_error_copy(why), err);
	return r;
}

/* What concerns all that wait: the run's end, or theirs. A catalogue that is down is left alone for a while. */
static int fail_all(struct run *run, int acting, int code, pps_error *why, pps_error **err)
{
	pps_raw_queue *queue = &run->queue;

	if (pps_raw_ends_run(code)) {
		pps_error_move(err, why);
		return code;
	}
	if (code == PPS_E_UNAVAILABLE || code == PPS_E_TIMEOUT)
		queue->down_until = monotonic() + DOWN_NS;
	pps_error_free(queue->down);
	queue->down = why;
	return fail_rest(run, acting, code, why, err);
}

/* What each must be in the catalogue; and time, rule, lock and hold once more, as before each act that shows outside. */
static int prepare(struct run *run, pps_error **err)
{
	int64_t now = run->now;
	int r;

	if (!run->raw->dry_run && (r = pps_raw_now(run->raw, &now, err)) < 0)
		return r;
	for (size_t i = 0; i < run->queue.n; i++) {
		pps_raw_waiting *w = &run->queue.at[i];
		pps_error *why = NULL;

		if ((r = pps_ctx_check(run->raw->ctx, err)) < 0)
			return r;
		if (!run->raw->dry_run && (r = pps_raw_job_recheck(w->job, now, &why)) == PPS_OK)
			r = pps_raw_job_may_act(w->job, &why);
		if (r == PPS_OK)
			r = pps_raw_job_catalogue(w->job, &w->item.want, &why);
		if (r < 0 && (r = fail_one(run, w, r, why, err)) < 0)
			return r;
	}
	return PPS_OK;
}

/* Looks at those that want it; *ret_items has room for all. */
static int look(struct run *run, pps_rucio *rucio, pps_catalogue_item **items, pps_error **err)
{
	size_t n = 0;

	for (size_t i = 0; i < run->queue.n; i++)
		if (!run->queue.at[i].ended && run->queue.at[i].looked)
			items[n++] = &run->queue.at[i].item;
	return pps_catalogue_look(rucio, items, n, run->raw->block->safe_copies, err);
}

/* What a repair found undone is unfinished again, so that the next run knows of it whatever becomes of the repair. */
static int undo(struct run *run, pps_raw_waiting *w, pps_error **err)
{
	const pps_state_change change = { .kind = PPS_CHANGE_UNSTEP, .key = pps_raw_job_key(w->job), .step = PPS_STEP_RUCIO,
					  .destination = rse_of(run) };

	if (run->raw->dry_run || !pps_raw_job_has_step(w->job, PPS_STEP_RUCIO, rse_of(run)))
		return PPS_OK;
	return pps_raw_job_apply(w->job, &change, 1, err);
}

static int decide(struct run *run, pps_raw_waiting *w, pps_error **err)
{
	pps_error *why = NULL;
	int r;

	w->acts = !w->looked || w->item.plan.actions;
	if (!w->looked)
		return PPS_OK;
	if ((r = pps_raw_catalogue_marks(run->raw, &w->item, w->job->row, err)) < 0)
		return r;
	memcpy(w->job->found + pps_raw_catalogue_place(run->raw), w->item.plan.marks, sizeof w->item.plan.marks);
	if (w->item.plan.conflict || w->acts)
		r = undo(run, w, err);
	if (r < 0 || !w->item.plan.conflict)
		return r;
	pps_fail(&why, PPS_E_CONFLICT, "%s; nothing was changed", pps_buf_text(&w->item.why));
	return fail_one(run, w, PPS_E_CONFLICT, why, err);
}

/* Metadata of a file that somebody made known without it: only a new file gets it by being registered. */
static int set_kinds(pps_rucio *rucio, pps_raw_waiting *w, pps_error **err)
{
	int r = PPS_OK;

	for (size_t i = 0; i < w->item.want.nfiles && r == PPS_OK; i++) {
		const pps_rucio_file *f = &w->item.want.files[i];

		if (f->rubin_butler)
			r = pps_rucio_set_metadata(rucio, f->name, (const char *const[]){ "rubin_butler", f->rubin_butler }, 1, err);
	}
	return r;
}

/* @exposures, @results, @whose: room for all. */
static int act_all(struct run *run, pps_rucio *rucio, pps_rucio_exposure *exposures, pps_rucio_result *results,
		   pps_raw_waiting **whose, pps_error **err)
{
	pps_error *why = NULL;
	size_t n = 0;
	int r;

	for (size_t i = 0; i < run->queue.n; i++) {
		pps_raw_waiting *w = &run->queue.at[i];

		if (w->ended || !w->acts)
			continue;
		whose[n] = w;
		exposures[n++] = pps_catalogue_exposure(&w->item.want);
	}
	r = n ? pps_rucio_register_exposures(rucio, exposures, n, results, &why) : PPS_OK;
	if (r < 0)
		return fail_all(run, 1, r, why, err);
	for (size_t i = 0; i < n; i++) {
		pps_raw_waiting *w = whose[i];

		w->job->acted |= results[i].done != 0;
		r = results[i].code;
		why = TAKE_PTR(results[i].error);
		if (r == PPS_OK && w->looked && w->item.plan.actions & PPS_CATALOGUE_KIND)
			r = set_kinds(rucio, w, &why);
		if (r < 0 && (r = fail_one(run, w, r, why, err)) < 0)
			return r;
	}
	return PPS_OK;
}

static int act(struct run *run, pps_rucio *rucio, pps_error **err)
{
	const size_t n = run->queue.n;
	_cleanup_free_ pps_rucio_exposure *exposures = calloc(n, sizeof *exposures);
	_cleanup_free_ pps_rucio_result *results = calloc(n, sizeof *results);
	_cleanup_free_ pps_raw_waiting **whose = calloc(n, sizeof(pps_raw_waiting *));
	int r;

	if (!exposures || !results || !whose)
		return pps_fail_nomem(err);
	r = act_all(run, rucio, exposures, results, whose, err);
	for (size_t i = 0; i < n; i++)
		pps_rucio_result_clear(&results[i]);
	return r;
}

/* What was half there must be whole now; only the catalogue can say so. */
static int verify(struct run *run, pps_rucio *rucio, pps_catalogue_item **items, pps_error **err)
{
	pps_error *why = NULL;
	int r, any = 0;

	for (size_t i = 0; i < run->queue.n; i++) {
		run->queue.at[i].looked &= run->queue.at[i].acts;
		any |= run->queue.at[i].looked && !run->queue.at[i].ended;
	}
	if (!any)
		return PPS_OK;
	if ((r = look(run, rucio, items, &why)) < 0)
		return fail_all(run, 1, r, why, err);
	for (size_t i = 0; i < run->queue.n; i++) {
		pps_raw_waiting *w = &run->queue.at[i];

		if (w->ended || !w->looked)
			continue;
		if ((r = pps_raw_catalogue_marks(run->raw, &w->item, w->job->row, err)) < 0)
			return r;
		memcpy(w->job->found + pps_raw_catalogue_place(run->raw), w->item.plan.marks, sizeof w->item.plan.marks);
		if (!w->item.plan.actions && !w->item.plan.conflict)
			continue;
		pps_fail(&why, PPS_E_CONFLICT, "%s: it is so after all was done to mend it", pps_buf_text(&w->item.why));
		if ((r = fail_one(run, w, PPS_E_CONFLICT, TAKE_PTR(why), err)) < 0)
			return r;
	}
	return PPS_OK;
}

/* Whether the state still says that the catalogue was told. */
static int is_told(const struct run *run, const pps_raw_job *job)
{
	return !job->untold && pps_raw_job_has_step(job, PPS_STEP_RUCIO, rse_of(run));
}

/* All that were done, in one transaction. */
static int record(struct run *run, pps_error **err)
{
	const size_t n = run->queue.n;
	_cleanup_free_ pps_state_change *changes = calloc(3 * n, sizeof *changes);
	_cleanup_free_ pps_ledger_entry *entries = calloc(n, sizeof *entries);
	int64_t at;
	size_t count = 0;
	int r;

	if (!changes || !entries)
		return pps_fail_nomem(err);
	for (size_t i = 0; i < n; i++) {
		pps_raw_waiting *w = &run->queue.at[i];
		const int is_known = is_told(run, w->job);

		if (w->ended || (w->is_quiet && !w->acts && is_known))
			continue;
		if (w->acts || !is_known)
			changes[count++] = (pps_state_change){ .kind = PPS_CHANGE_STEP, .key = pps_raw_job_key(w->job), .step = PPS_STEP_RUCIO,
							       .destination = rse_of(run) };
		if (w->others_done)
			count += pps_raw_run_finishing(run, w->job, &entries[i], changes + count);
	}
	if (!count)
		return PPS_OK;
	if ((r = pps_tai_now(&at, err)) < 0)
		return r;
	return pps_state_apply(run->raw->state, run->lock, at, run->now, changes, count, NULL, err);
}

static int would(pps_raw_waiting *w, pps_error **err)
{
	_cleanup_buf_ pps_buf b = PPS_BUF_LINE;

	if (w->ended)
		return PPS_OK;
	if (w->item.plan.actions) {
		pps_buf_printf(&b, "%s; would in Rucio: ", pps_buf_text(&w->item.why));
		pps_catalogue_say(w->item.plan.actions, &b);
	} else if (!*w->job->row->reason) {
		pps_buf_add_text(&b, "ready: a run without --dry-run records that all is there");
	}
	w->job->row->status = PPS_RAW_TODO;
	return b.size ? pps_raw_run_say(w->job->row, pps_buf_text(&b), err) : PPS_OK;
}

/* The rows of all that waited, at the end of the work on them. */
static int conclude(struct run *run, pps_error **err)
{
	int r = PPS_OK;

	for (size_t i = 0; i < run->queue.n && r == PPS_OK; i++) {
		pps_raw_waiting *w = &run->queue.at[i];
		const int is_known = is_told(run, w->job);

		if (!w->ended && w->is_quiet && !w->acts && is_known) {
			pps_raw_report_drop(run->report, TAKE_PTR(w->job->row));
			continue;
		}
		if (run->raw->dry_run)
			r = would(w, err);
		else if (!w->ended && w->others_done)
			r = pps_raw_run_status(w->job->row, PPS_RAW_DONE, w->detail, err);
		if (r == PPS_OK)
			r = pps_raw_run_describe(run, w->job, err);
	}
	return r;
}

static int work(struct run *run, pps_rucio *rucio, pps_error **err)
{
	_cleanup_free_ pps_catalogue_item **items = calloc(run->queue.n, sizeof(pps_catalogue_item *));
	pps_error *why = NULL;
	int r;

	if (!items)
		return pps_fail_nomem(err);
	if ((r = look(run, rucio, items, &why)) < 0)
		return fail_all(run, 0, r, why, err);
	for (size_t i = 0; i < run->queue.n; i++)
		if (!run->queue.at[i].ended && (r = decide(run, &run->queue.at[i], err)) < 0)
			return r;
	if (run->raw->dry_run)
		return PPS_OK;
	if ((r = act(run, rucio, err)) < 0 || (r = verify(run, rucio, items, err)) < 0)
		return r;
	return record(run, err);
}

int pps_raw_queue_work(struct run *run, int is_last, pps_error **err)
{
	pps_raw_queue *queue = &run->queue;
	const int64_t t = monotonic();
	const int is_down = queue->down && t < queue->down_until && !is_last;
	pps_error *why = NULL;
	pps_rucio *rucio;
	int r;

	if (!queue->n || (!is_last && queue->n < AT_ONCE && (is_down || t - queue->since < WAIT_NS)))
		return PPS_OK;
	if (is_down) {
		r = fail_rest(run, 0, pps_error_code(queue->down), queue->down, err);
	} else {
		pps_error_free(TAKE_PTR(queue->down));
		if ((r = prepare(run, err)) == PPS_OK)
			r = (r = pps_raw_rucio(run->raw, &rucio, &why)) < 0 ? fail_all(run, 0, r, why, err) : work(run, rucio, err);
	}
	if (r < 0 || (r = conclude(run, err)) < 0)
		return r;
	for (size_t i = 0; i < queue->n; i++)
		clear_waiting(&queue->at[i]);
	queue->n = 0;
	return PPS_OK;
}
