/* SPDX-License-Identifier: BSD-3-Clause */
/* Datasets that repositories hold and nobody has told of, into the state: as they are found, and so that nothing of them goes before an
 * operator says so. */
#include <fnmatch.h>
#include <string.h>

#include "base/json.h"
#include "butler/walk.h"
#include "publish/adopt.h"
#include "publish/look.h"
#include "publish/register-butler.h"
#include "publish/report.h"
#include "state/intake.h"

#define TEXTS_MOST (64u << 20) /* of one chunk */
#define TRIES 5

struct adoption {
	pps_publish *p;
	const char *who;
	int64_t now, at;
	int64_t looked, added;
	int64_t numbers[PPS_PLAN_MOST][128]; /* by repository and status */
	json_t *types;
};

/* The new ones of a page. */
struct page {
	pps_uuid *ids;
	pps_look look;
	pps_facts *facts[PPS_PLAN_MOST];
	pps_ref_end *ends; /* of the refs of the repository that is walked */
	pps_dataset_row *rows;
	pps_arena *arena;
	size_t n;
};

static void clear_page(struct page *page)
{
	for (size_t i = 0; i < PPS_PLAN_MOST; i++)
		free(page->facts[i]);
	pps_look_clear(&page->look);
	pps_arena_free(page->arena);
	free(page->ids);
	free(page->ends);
	free(page->rows);
}

int pps_adopt_wants_type(const char *name, void *user)
{
	const pps_publish *p = user;
	const pps_publish_flow *flow = &p->flow;

	if (p->filter.type)
		return fnmatch(p->filter.type, name, FNM_NOESCAPE) == 0;
	/* a repository holds more than products of this flow: raws, calibrations, skymaps */
	for (size_t i = 0; i < flow->npolicies; i++)
		if (pps_policy_match(flow->policies, flow->npolicies, flow->policies[i].origin, name).policy)
			return 1;
	return 0;
}

static int wants_run(const char *name, void *user)
{
	const pps_publish *p = user;

	return !p->filter.run || fnmatch(p->filter.run, name, FNM_NOESCAPE) == 0;
}

/* ---- one dataset ---- */

static int64_t time_of(const struct adoption *a, const pps_ref *ref)
{
	return ref && ref->ingest_date && ref->ingest_date < a->now ? ref->ingest_date : a->now;
}

/* What comes from the first repository was there, and has left it. */
static void set_statuses(const struct adoption *a, const struct page *page, size_t i, const pps_ref *home, pps_dataset_row *row)
{
	const pps_publish_flow *flow = &a->p->flow;

	for (size_t k = 0; k < flow->graph.n; k++) {
		const pps_ref *ref = pps_refs_get(page->look.refs[k], &page->ids[i]);
		const int o = flow->ordinal[k];

		row->status.status[o] = k || ref ? pps_adopted_status(&page->facts[k][i]) : PPS_STATUS_DELETED;
		if (row->status.status[o] == PPS_STATUS_NEVER)
			continue;
		row->status.at[o] = time_of(a, ref ? ref : home);
		if (flow->graph.at[k].is_public)
			row->status.published[o] = row->status.at[o];
	}
}

static int count(struct adoption *a, const pps_dataset_row *row, pps_error **err)
{
	const pps_publish_flow *flow = &a->p->flow;
	json_int_t n = json_integer_value(json_object_get(a->types, row->type));

	for (size_t k = 0; k < flow->graph.n; k++)
		a->numbers[k][row->status.status[flow->ordinal[k]] & 127]++;
	a->added++;
	return json_object_set_new(a->types, row->type, json_integer(n + 1)) < 0 ? pps_fail_nomem(err) : PPS_OK;
}

/* Those whose first repository this is; others were, or will be, met there, unless only this one is walked. */
static int add_row(struct adoption *a, struct page *page, size_t i, int repository, pps_error **err)
{
	const pps_refs *refs = page->look.refs[repository];
	const pps_ref *ref = pps_refs_get(refs, &page->ids[i]);
	pps_dataset_row *row = &page->rows[page->n];
	int r;

	for (int k = 0; k < repository && a->p->flow.only_repository < 0; k++)
		if (page->facts[k][i].is_known)
			return PPS_OK;
	if (!ref)
		return PPS_OK; /* it is being removed */
	if ((r = pps_register_row(ref, &page->ends[ref - refs->at], page->arena, row, err)) < 0)
		return r;
	set_statuses(a, page, i, ref, row);
	row->origin = "";
	row->flags = PPS_DATASET_ADOPTED | PPS_DATASET_UNPROVEN;
	row->registered = a->now;
	row->next = pps_publish_flow_next(&a->p->flow, row, a->now);
	page->n++;
	return count(a, row, err);
}

/* ---- one page ---- */

static int drop_known(struct adoption *a, pps_uuid *ids, size_t *n, pps_error **err)
{
	_cleanup_free_ uint8_t *known = calloc(*n + 1, 1);
	size_t kept = 0;
	int r;

	if (!known)
		return pps_fail_nomem(err);
	if ((r = pps_state_datasets_known(a->p->state, ids, *n, known, err)) < 0)
		return r;
	for (size_t i = 0; i < *n; i++)
		if (!known[i])
			ids[kept++] = ids[i];
	*n = kept;
	return PPS_OK;
}

static int find_all(struct adoption *a, struct page *page, int repository, pps_error **err)
{
	const pps_publish_flow *flow = &a->p->flow;
	const pps_refs *refs;
	pps_butler *butler;
	int r;

	for (size_t k = 0; k < flow->graph.n; k++) {
		if (!(page->facts[k] = calloc(page->look.n + 1, sizeof *page->facts[k])))
			return pps_fail_nomem(err);
		if ((r = pps_look_facts(&page->look, (int)k, 0, page->facts[k], err)) < 0)
			return r;
	}
	if ((r = pps_look_refs(&page->look, repository, &refs, err)) < 0 || (r = pps_site_butler(a->p->site, repository, &butler, err)) < 0)
		return r;
	if (!(page->ends = calloc(refs->n + 1, sizeof *page->ends)) || !(page->rows = calloc(page->look.n + 1, sizeof *page->rows)))
		return pps_fail_nomem(err);
	return pps_butler_find_ends(butler, refs, page->ends, err);
}

/* The ledger first: nothing is in the state that it does not tell of. A service may register the same datasets meanwhile: then it was faster. */
static int put(struct adoption *a, const struct page *page, int repository, pps_error **err)
{
	const pps_ledger_entry entry = { .flow = PPS_PUBLISH_FLOW, .action = "adopt", .subject = a->p->flow.graph.at[repository].name,
					 .rule = "as it was found", .policy_hash = a->p->flow.policy_hash, .who = a->who, .uuids = page->ids,
					 .nuuids = page->n };
	const pps_state_change ledger[] = { { .kind = PPS_CHANGE_AUTHORISED, .entry = &entry }, { .kind = PPS_CHANGE_DONE, .entry = &entry } };
	const pps_record_targets targets = pps_publish_flow_targets(&a->p->flow, a->now);
	int r;

	for (size_t i = 0; i < page->n; i++)
		page->ids[i] = page->rows[i].id;
	if ((r = pps_state_datasets_apply(a->p->state, NULL, a->at, a->now, NULL, 0, ledger, PPS_COUNT(ledger), NULL, err)) < 0)
		return r;
	for (int tries = 1;; tries++) {
		pps_error *why = NULL;

		if ((r = pps_state_datasets_register_with(a->p->state, NULL, page->rows, page->n, &targets, NULL, &why)) != PPS_E_CONFLICT ||
		    tries == TRIES) {
			pps_error_move(err, why);
			break;
		}
		pps_error_free(why);
	}
	return r < 0 ? r : pps_state_unknown_remove(a->p->state, NULL, page->ids, page->n, err);
}

/* Takes @ids. */
static int take_page(struct adoption *a, pps_uuid *ids, size_t n, int repository, pps_error **err)
{
	_cleanup_(clear_page) struct page page = { .ids = ids, .look = { .publish = a->p, .ids = ids } };
	int r;

	if ((r = drop_known(a, ids, &n, err)) < 0 || !n)
		return r;
	page.look.n = n;
	if ((r = pps_arena_new(TEXTS_MOST, &page.arena, err)) < 0 || (r = find_all(a, &page, repository, err)) < 0)
		return r;
	for (size_t i = 0; i < n; i++)
		if ((r = add_row(a, &page, i, repository, err)) < 0)
			return r;
	return page.n && !a->p->dry_run ? put(a, &page, repository, err) : PPS_OK;
}

static int walk(struct adoption *a, int repository, pps_error **err)
{
	const char *name = a->p->flow.graph.at[repository].name;
	_cleanup_(pps_walk_clear) pps_walk which = { 0 };
	pps_uuid after = { { 0 } };
	pps_butler *butler;
	uint64_t done = 0;
	size_t n = 1;
	int r;

	if ((r = pps_site_butler(a->p->site, repository, &butler, err)) < 0 ||
	    (r = pps_butler_walk(butler, pps_adopt_wants_type, wants_run, a->p, &which, err)) < 0)
		return r;
	for (; n; done += n) {
		pps_uuid *ids = calloc(PPS_REGISTER_CHUNK, sizeof *ids);

		pps_progress(a->p->ctx, name, done, 0, "datasets");
		if (!ids)
			return pps_fail_nomem(err);
		if ((r = pps_ctx_check(a->p->ctx, err)) < 0 || (r = pps_butler_walk_next(butler, &which, &after, PPS_REGISTER_CHUNK, ids, &n, err)) < 0) {
			free(ids);
			return r;
		}
		if (n)
			after = ids[n - 1];
		a->looked += (int64_t)n;
		if ((r = take_page(a, ids, n, repository, err)) < 0)
			return r;
	}
	pps_progress(a->p->ctx, name, done, done, "datasets");
	return PPS_OK;
}

/* ---- all of it ---- */

static int make_report(struct adoption *a, char **ret_json, pps_error **err)
{
	static const char statuses[] = { PPS_STATUS_PRESENT, PPS_STATUS_MISSING, PPS_STATUS_DELETED, PPS_STATUS_EXPIRED };
	json_t *repositories = json_object(), *one;

	for (size_t k = 0; k < a->p->flow.graph.n; k++) {
		one = json_object();
		for (size_t i = 0; i < PPS_COUNT(statuses); i++)
			if (a->numbers[k][(int)statuses[i]])
				json_object_set_new(one, pps_publish_status_name(statuses[i]), json_integer(a->numbers[k][(int)statuses[i]]));
		json_object_set_new(repositories, a->p->flow.graph.at[k].name, one);
	}
	return pps_report_text(json_pack("{s:i, s:s, s:b, s:I, s:I, s:O, s:o}", "schema_version", 1, "action", "adopt", "dry_run", a->p->dry_run, "looked",
					 (json_int_t)a->looked, "new", (json_int_t)a->added, "types", a->types, "repositories", repositories),
			       ret_json, err);
}

int pps_publish_times(pps_publish *p, int64_t *ret_now, int64_t *ret_at, pps_error **err)
{
	int64_t at, as_of;
	int r;

	if (pps_state_is_replay(p->state) && p->flow.requested == INT64_MIN) {
		if ((r = pps_state_ledger_times(p->state, &at, &as_of, err)) < 0)
			return r;
		p->flow.requested = as_of;
	}
	return pps_publish_flow_now(&p->flow, ret_now, ret_at, err);
}

int pps_publish_adopt(pps_publish *p, const char *who, char **ret_json, pps_error **err)
{
	struct adoption a = { .p = p, .who = who };
	int r;

	if (!p || !who || !*who || !ret_json)
		return pps_fail(err, PPS_E_ARG, "pps_publish_adopt: publish, who and ret_json must not be NULL");
	if ((r = pps_publish_number_repositories(p, err)) < 0 || (r = pps_publish_read(p, err)) < 0 || (r = pps_publish_times(p, &a.now, &a.at, err)) < 0)
		return r;
	p->flow.now = a.now;
	if (!(a.types = json_object()))
		return pps_fail_nomem(err);
	for (size_t i = 0; i < p->flow.graph.n && r == PPS_OK; i++)
		if (p->flow.only_repository < 0 || p->flow.only_repository == (int)i)
			r = walk(&a, (int)i, err);
	if (r == PPS_OK)
		r = make_report(&a, ret_json, err);
	json_decref(a.types);
	return r < 0 ? pps_wrap(err, r, "adopt") : PPS_OK;
}
