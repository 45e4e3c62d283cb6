/* SPDX-License-Identifier: BSD-3-Clause */
/* State, repositories and files compared: first all that the state knows, then what only a repository knows, then files that nobody does. */
#include "publish/audit.h"

#include <fnmatch.h>
#include <string.h>

#include "base/json.h"
#include "butler/walk.h"
#include "publish/adopt.h"
#include "publish/report.h"
#include "publish/run.h"
#include "state/intake.h"

#define CHUNK 1000   /* datasets whose files are looked at, in all repositories, at a time */
#define PAGE 5000

int pps_audit_wants(const pps_audit *audit, int repository)
{
	const pps_publish_flow *flow = &audit->p->flow;

	return (flow->only_repository < 0 || flow->only_repository == repository) && !((flow->down >> repository) & 1);
}

int pps_audit_tell(pps_audit *audit, int repository, const pps_audit_row *row, pps_error **err)
{
	_cleanup_free_ char *text = NULL;
	char id[37] = "";
	json_t *json;
	int r;

	if (row->id)
		pps_uuid_format(row->id, id);
	json = json_pack("{s:s?, s:s?, s:s?, s:s?, s:s, s:s, s:s, s:b, s:s?}", "id", row->id ? id : NULL, "type", row->type, "run", row->run, "file", row->file,
			 "repository", audit->p->flow.graph.at[repository].name, "what", pps_found_name(row->finding.what), "mends",
			 pps_mend_name(row->finding.what, row->finding.mend), "mended", row->is_mended, "why_not", row->why_not);
	if ((r = pps_report_text(json, &text, err)) < 0)
		return r;
	audit->found++;
	audit->mended += row->is_mended;
	audit->numbers[row->finding.what]++;
	return (r = audit->fn(text, audit->user)) < 0 ? pps_fail(err, r, "the caller ended it") : PPS_OK;
}

/* A repository that cannot be worked with now is named in the end; the others go on. */
static int settle(pps_audit *audit, int repository, int code, pps_error *why, pps_error **err)
{
	if (code >= 0)
		return PPS_OK;
	if (!pps_publish_is_fatal(code) && pps_publish_is_down(code)) {
		pps_publish_set_down(&audit->p->flow, repository, why);
		return PPS_OK;
	}
	pps_error_move(err, why);
	return code;
}

/* ---- what the state knows ---- */

struct chunk {
	pps_dataset_rows *rows, *fresh;
	pps_uuid *ids;
	const pps_dataset_row **chosen;
	pps_look look;
	pps_facts *facts;
	pps_audit_row *found;
	size_t nfound;
};

static void clear_chunk(struct chunk *c)
{
	pps_look_clear(&c->look);
	pps_dataset_rows_free(c->rows);
	pps_dataset_rows_free(c->fresh);
	free(c->ids);
	free(c->chosen);
	free(c->facts);
	free(c->found);
}

/* Sets of characters in globs are not the database's to judge. */
static int is_chosen(const pps_dataset_filter *f, const pps_dataset_row *row)
{
	return (!f->type || fnmatch(f->type, row->type, FNM_NOESCAPE) == 0) && (!f->run || fnmatch(f->run, row->run, FNM_NOESCAPE) == 0);
}

static int choose(const pps_audit *audit, struct chunk *c, pps_error **err)
{
	const size_t n = pps_dataset_rows_count(c->rows);

	if (!(c->ids = calloc(n + 1, sizeof *c->ids)) || !(c->chosen = calloc(n + 1, sizeof *c->chosen)) ||
	    !(c->facts = calloc(n + 1, sizeof *c->facts)) || !(c->found = calloc(n + 1, sizeof *c->found)))
		return pps_fail_nomem(err);
	c->look = (pps_look){ .publish = audit->p, .ids = c->ids, .rows = c->chosen };
	for (size_t i = 0; i < n; i++) {
		const pps_dataset_row *row = pps_dataset_rows_at(c->rows, i);

		if (!is_chosen(&audit->p->filter, row))
			continue;
		c->ids[c->look.n] = row->id;
		c->chosen[c->look.n++] = row;
	}
	return PPS_OK;
}

/* Beside a running service: what has changed meanwhile was in the middle of something. Rows come in the order of their ids. */
static int drop_changed(pps_audit *audit, struct chunk *c, int repository, pps_error **err)
{
	const int ordinal = audit->p->flow.ordinal[repository];
	_cleanup_(pps_dataset_rows_freep) pps_dataset_rows *fresh = NULL;
	_cleanup_free_ pps_uuid *ids = calloc(c->nfound + 1, sizeof *ids);
	size_t kept = 0, k = 0;
	int r;

	if (!ids)
		return pps_fail_nomem(err);
	for (size_t i = 0; i < c->nfound; i++)
		ids[i] = *c->found[i].id;
	if ((r = pps_state_datasets_get(audit->p->state, ids, c->nfound, &fresh, err)) < 0)
		return r;
	for (size_t i = 0; i < c->nfound; i++) {
		const pps_dataset_row *row;

		while ((row = k < pps_dataset_rows_count(fresh) ? pps_dataset_rows_at(fresh, k) : NULL) && pps_uuid_compare(&row->id, &ids[i]) < 0)
			k++;
		if (row && !pps_uuid_compare(&row->id, &ids[i]) && row->status.status[ordinal] == c->found[i].row->status.status[ordinal])
			c->found[kept++] = c->found[i];
	}
	c->nfound = kept;
	return PPS_OK;
}

static int look_in(pps_audit *audit, struct chunk *c, int repository, pps_error **err)
{
	const int flags = PPS_LOOK_FILES | (audit->flags & PPS_AUDIT_DEEP ? PPS_LOOK_DEEP : 0);
	int r;

	c->nfound = 0;
	if ((r = pps_look_facts(&c->look, repository, flags, c->facts, err)) < 0)
		return r;
	for (size_t i = 0; i < c->look.n; i++) {
		const pps_finding finding = pps_judge(&c->facts[i]);

		if (finding.what != PPS_FOUND_NOTHING)
			c->found[c->nfound++] = (pps_audit_row){ .id = &c->ids[i], .row = c->chosen[i], .type = c->chosen[i]->type,
								 .run = c->chosen[i]->run, .finding = finding };
	}
	if (!c->nfound)
		return PPS_OK;
	if (!(audit->flags & PPS_AUDIT_REPAIR))
		return drop_changed(audit, c, repository, err);
	return pps_audit_mend(audit, repository, c->found, c->nfound, err);
}

static int take_chunk(pps_audit *audit, struct chunk *c, pps_error **err)
{
	const pps_publish_flow *flow = &audit->p->flow;
	int r = choose(audit, c, err);

	for (size_t i = 0; i < flow->graph.n && r == PPS_OK && c->look.n; i++) {
		pps_error *why = NULL;

		if (!pps_audit_wants(audit, (int)i))
			continue;
		r = look_in(audit, c, (int)i, &why);
		if ((r = settle(audit, (int)i, r, why, err)) < 0)
			return r;
		for (size_t k = 0; k < c->nfound && r == PPS_OK; k++)
			r = pps_audit_tell(audit, (int)i, &c->found[k], err);
	}
	audit->datasets += (int64_t)c->look.n;
	audit->unasked += c->look.unasked;
	return r;
}

static int add_count(const pps_dataset_count *count, void *user, pps_error **err)
{
	(void)err;
	*(int64_t *)user += count->n;
	return PPS_OK;
}

static int walk_state(pps_audit *audit, pps_error **err)
{
	pps_dataset_filter filter = audit->p->filter;
	int64_t total = 0, done = 0;
	size_t n = CHUNK;
	int r = pps_state_dataset_counts(audit->p->state, add_count, &total, err);

	filter.limit = CHUNK;
	while (r == PPS_OK && n == CHUNK) {
		_cleanup_(clear_chunk) struct chunk c = { 0 };

		pps_progress(audit->p->ctx, "audit", (uint64_t)done, (uint64_t)total, "datasets");
		if ((r = pps_ctx_check(audit->p->ctx, err)) < 0 || (r = pps_state_datasets_find(audit->p->state, &filter, &c.rows, err)) < 0)
			return r;
		if ((n = pps_dataset_rows_count(c.rows)))
			filter.after = pps_dataset_rows_at(c.rows, n - 1)->id;
		done += (int64_t)n;
		r = take_chunk(audit, &c, err);
	}
	pps_progress(audit->p->ctx, "audit", (uint64_t)done, (uint64_t)done, "datasets");
	return r;
}

/* ---- what only a repository knows ---- */

static int wants_type(const char *name, void *user)
{
	const pps_audit *audit = user;

	return pps_adopt_wants_type(name, audit->p);
}

/* Runs that the state has datasets of. */
static int wants_run(const char *name, void *user)
{
	const pps_audit *audit = user;
	const char *glob = audit->p->filter.run;

	return pps_map_get_text(audit->words, name, NULL) && (!glob || fnmatch(glob, name, FNM_NOESCAPE) == 0);
}

static int tell_strangers(pps_audit *audit, int repository, pps_butler *butler, const pps_uuid *ids, size_t n, pps_error **err)
{
	_cleanup_free_ uint8_t *known = calloc(n + 1, 1);
	_cleanup_free_ pps_uuid *strangers = calloc(n + 1, sizeof *strangers);
	_cleanup_(pps_refs_freep) pps_refs *refs = NULL;
	const pps_facts facts = { .is_known = 1 };
	size_t some = 0;
	int r;

	if (!known || !strangers)
		return pps_fail_nomem(err);
	if ((r = pps_state_datasets_known(audit->p->state, ids, n, known, err)) < 0)
		return r;
	for (size_t i = 0; i < n; i++)
		if (!known[i])
			strangers[some++] = ids[i];
	if (!some || (r = pps_butler_find_refs(butler, strangers, some, 0, &refs, err)) < 0)
		return r;
	for (size_t i = 0; i < refs->n && r == PPS_OK; i++) {
		const pps_audit_row row = { .id = &refs->at[i].id, .type = refs->at[i].type->name, .run = refs->at[i].run, .finding = pps_judge(&facts) };

		r = pps_audit_tell(audit, repository, &row, err);
	}
	return r;
}

static int walk_repository(pps_audit *audit, int repository, pps_error **err)
{
	_cleanup_(pps_walk_clear) pps_walk which = { 0 };
	_cleanup_free_ pps_uuid *ids = calloc(PAGE, sizeof *ids);
	pps_uuid after = { { 0 } };
	pps_butler *butler;
	uint64_t done = 0;
	size_t n = 1;
	int r;

	if (!ids)
		return pps_fail_nomem(err);
	if ((r = pps_site_butler(audit->p->site, repository, &butler, err)) < 0 ||
	    (r = pps_butler_walk(butler, wants_type, wants_run, audit, &which, err)) < 0)
		return r;
	while (r == PPS_OK && n) {
		pps_progress(audit->p->ctx, audit->p->flow.graph.at[repository].name, done, 0, "datasets");
		if ((r = pps_ctx_check(audit->p->ctx, err)) < 0 || (r = pps_butler_walk_next(butler, &which, &after, PAGE, ids, &n, err)) < 0)
			return r;
		if (n)
			after = ids[n - 1];
		done += n;
		if (n)
			r = tell_strangers(audit, repository, butler, ids, n, err);
	}
	pps_progress(audit->p->ctx, audit->p->flow.graph.at[repository].name, done, done, "datasets");
	return r;
}

/* ---- all of it ---- */

static int make_report(const pps_audit *audit, char **ret_json, pps_error **err)
{
	const pps_publish_flow *flow = &audit->p->flow;
	json_t *what = json_object(), *down = json_object();

	for (int i = 0; i <= PPS_FOUND_ORPHAN; i++)
		if (audit->numbers[i])
			json_object_set_new(what, pps_found_name(i), json_integer(audit->numbers[i]));
	for (size_t i = 0; i < flow->graph.n; i++)
		if ((flow->down >> i) & 1)
			json_object_set_new(down, flow->graph.at[i].name, json_string(flow->why[i] ? pps_error_message(flow->why[i]) : "it is down"));
	return pps_report_text(json_pack("{s:i, s:I, s:I, s:I, s:I, s:o, s:o}", "schema_version", 1, "datasets", (json_int_t)audit->datasets, "found",
					 (json_int_t)audit->found, "mended", (json_int_t)audit->mended, "unasked", (json_int_t)audit->unasked, "what", what,
					 "down", down), ret_json, err);
}

static int walk_all(pps_audit *audit, pps_error **err)
{
	pps_publish_flow *flow = &audit->p->flow;
	int r = PPS_OK;

	for (size_t i = 0; i < flow->graph.n && r == PPS_OK; i++) {
		pps_error *why = NULL;

		if (pps_audit_wants(audit, (int)i) && (r = flow->ops->reach(flow->user, (int)i, &why)) < 0)
			r = settle(audit, (int)i, r, why, err);
	}
	if (r < 0 || (r = pps_state_dataset_words(audit->p->state, &audit->words, err)) < 0 || (r = walk_state(audit, err)) < 0)
		return r;
	for (size_t i = 0; i < flow->graph.n && r == PPS_OK; i++) {
		pps_error *why = NULL;

		if (!pps_audit_wants(audit, (int)i))
			continue;
		r = walk_repository(audit, (int)i, &why);
		if (r == PPS_OK && audit->flags & PPS_AUDIT_DEEP && !flow->graph.at[i].refers)
			r = pps_audit_orphans(audit, (int)i, &why);
		r = settle(audit, (int)i, r, why, err);
	}
	return r;
}

/* What mends changes state and repositories: nobody else does meanwhile, and what a crash left is settled first. */
static int prepare(pps_audit *audit, pps_error **err)
{
	pps_publish *p = audit->p;
	int r;

	if (!(audit->flags & PPS_AUDIT_REPAIR))
		return pps_publish_read(p, err);
	if ((r = pps_state_lock(p->state, PPS_PUBLISH_FLOW, &p->flow.lock, err)) < 0 || (r = pps_publish_check_holds(&p->flow, err)) < 0 ||
	    (r = pps_publish_times(p, &audit->now, &audit->at, err)) < 0 || (r = pps_publish_flow_prepare(&p->flow, err)) < 0)
		return r;
	p->flow.now = audit->now;
	return PPS_OK;
}

int pps_publish_audit(pps_publish *p, int flags, const char *who, pps_publish_finding_fn fn, void *user, char **ret_json, pps_error **err)
{
	pps_audit audit = { .p = p, .flags = flags, .who = who, .fn = fn, .user = user };
	int r;

	if (!p || !fn || !ret_json || (flags & PPS_AUDIT_REPAIR && (!who || !*who)))
		return pps_fail(err, PPS_E_ARG, "pps_publish_audit: publish, fn and ret_json must not be NULL, nor who to repair");
	if (p->dry_run)
		audit.flags &= ~PPS_AUDIT_REPAIR;
	p->flow.down = 0;
	if ((r = prepare(&audit, err)) == PPS_OK && (r = walk_all(&audit, err)) == PPS_OK)
		r = make_report(&audit, ret_json, err);
	pps_flow_lock_free(TAKE_PTR(p->flow.lock));
	pps_map_free(audit.words);
	return r < 0 ? pps_wrap(err, r, "audit") : PPS_OK;
}
