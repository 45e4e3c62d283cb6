/* SPDX-License-Identifier: BSD-3-Clause */
#include "publish/plan.h"

#include <string.h>

#include "butler/ref.h"

#define NEVER INT64_MAX

/* What the Butler says of a dataset's time is stored, and planned with, as it is. */
_Static_assert((int)PPS_END_KNOWN == (int)PPS_REF_END_KNOWN && (int)PPS_END_UNKNOWN == (int)PPS_REF_END_UNKNOWN &&
	       (int)PPS_END_NONE == (int)PPS_REF_END_NONE, "kinds of end");

const char *pps_task_name(int task)
{
	static const char *const names[] = { "none", "copy", "publish", "expire", "delete", "dimensions" };

	return task >= 0 && (size_t)task < PPS_COUNT(names) ? names[task] : "none";
}

static int transfer_refers(int transfer)
{
	return transfer == PPS_TRANSFER_DIRECT || transfer == PPS_TRANSFER_IN_PLACE;
}

static int index_of(const pps_plan_graph *g, const char *name)
{
	for (size_t i = 0; i < g->n; i++)
		if (g->at[i].name == name)
			return (int)i;
	return -1;
}

static int is_source(const pps_conf *conf, const pps_conf_repository *r)
{
	for (size_t i = 0; i < pps_conf_repository_count(conf); i++)
		if (pps_conf_repository_at(conf, i)->from == r)
			return 1;
	return 0;
}

static int add_repository(pps_plan_graph *g, const pps_conf *conf, const pps_conf_repository *r, pps_error **err)
{
	pps_plan_repository *one = &g->at[g->n];

	if (!r->from && !is_source(conf, r))
		return PPS_OK; /* no part of this flow */
	if (g->n == PPS_PLAN_MOST)
		return pps_fail_at(err, PPS_E_CONFIG, r->place.file, r->place.line, r->place.column, "%s: more than %d repositories in one flow",
				   r->name, PPS_PLAN_MOST);
	if (!r->from && g->n)
		return pps_fail_at(err, PPS_E_CONFIG, r->place.file, r->place.line, r->place.column,
				   "%s: %s is the first of the flow already; give it `from`", r->name, g->at[0].name);
	*one = (pps_plan_repository){ .name = r->name, .from = -1, .is_public = r->is_public, .refers = transfer_refers(r->transfer),
				      .reclaim_after = r->reclaim_after };
	if (r->from && (one->from = index_of(g, r->from->name)) < 0)
		return pps_fail_at(err, PPS_E_CONFIG, r->place.file, r->place.line, r->place.column, "%s: its source %s has to come before it",
				   r->name, r->from->name);
	g->n++;
	return PPS_OK;
}

int pps_plan_graph_make(const pps_conf *conf, pps_plan_graph *ret_graph, pps_error **err)
{
	pps_plan_graph g = { .n = 0 };
	int r = PPS_OK;

	for (size_t i = 0; i < pps_conf_repository_count(conf) && r == PPS_OK; i++)
		r = add_repository(&g, conf, pps_conf_repository_at(conf, i), err);
	if (r == PPS_OK && !g.n)
		return pps_fail_at(err, PPS_E_CONFIG, pps_conf_file(conf), 0, 0, "no repository has `from`: the flow of prompt products is not configured");
	if (r == PPS_OK)
		*ret_graph = g;
	return r;
}

static pps_plan_action wait_for(int task, int wait, int waits_for)
{
	return (pps_plan_action){ .task = wait == PPS_WAIT_NOTHING ? PPS_TASK_NONE : task, .wait = wait, .due = NEVER, .waits_for = waits_for };
}

static pps_plan_action due_at(int task, int64_t due)
{
	return (pps_plan_action){ .task = task, .wait = PPS_WAIT_TIME, .due = due, .waits_for = -1 };
}

/* Saturates: what is past the end of time is never due. */
static int64_t after(int64_t at, int64_t period)
{
	int64_t sum;

	return __builtin_add_overflow(at, period, &sum) ? NEVER : sum;
}

/* Whether the dataset has been somewhere, and is no more. */
static int is_gone(char status)
{
	return status == PPS_STATUS_DELETED || status == PPS_STATUS_EXPIRED;
}

/* Whether this repository is to have the dataset at all: what is not public gets no further than to whatever is public on the way. */
static int is_wanted(const pps_plan_graph *g, const pps_plan_dataset *d, size_t i)
{
	for (int k = (int)i; k > 0; k = g->at[k].from)
		if (g->at[k].is_public && !d->rule.is_public)
			return 0;
	return 1;
}

/* How it is in the nearest repository on the way to @i that ever had it; @i itself counts. */
static char status_on_the_way(const pps_plan_graph *g, const pps_plan_dataset *d, size_t i)
{
	while (i > 0 && d->status[i] == PPS_STATUS_NEVER)
		i = (size_t)g->at[i].from;
	return d->status[i];
}

/* Whether a repository that never had it may get it yet: nothing on the way has let go of it, or will not have it any more. */
static int may_come(const pps_plan_graph *g, const pps_plan_dataset *d, size_t i)
{
	if (!is_wanted(g, d, i) || is_gone(status_on_the_way(g, d, i)))
		return 0;
	for (int k = (int)i; k > 0 && d->status[k] == PPS_STATUS_NEVER; k = g->at[k].from)
		if (g->at[k].is_public && d->is_withdrawn)
			return 0;
	return 1;
}

int pps_plan_find_repository(const pps_plan_graph *g, const char *name)
{
	for (size_t i = 0; name && i < g->n; i++)
		if (!strcmp(g->at[i].name, name))
			return (int)i;
	return -1;
}

int pps_plan_has_files_of(const pps_plan_graph *g, size_t k, size_t i)
{
	size_t from = (size_t)g->at[k].from;

	while (from != i && from > 0 && g->at[from].refers)
		from = (size_t)g->at[from].from;
	return from == i;
}

/* From when on the dataset may leave the first repository, by its rule. */
static pps_plan_action release(const pps_plan_dataset *d, int task)
{
	int64_t due;

	if (!d->rule.policy || d->rule.embargo < 0)
		return wait_for(task, PPS_WAIT_POLICY, -1);
	if (!d->rule.embargo)
		return due_at(task, 0);
	due = d->end_kind == PPS_END_KNOWN ? after(d->end, d->rule.embargo) : NEVER;
	return due == NEVER ? wait_for(task, PPS_WAIT_END, -1) : due_at(task, due);
}

/* A repository that never had it. */
static pps_plan_action plan_arrival(const pps_plan_graph *g, const pps_plan_dataset *d, size_t i)
{
	const pps_plan_repository *r = &g->at[i];
	int task = r->is_public ? PPS_TASK_PUBLISH : PPS_TASK_COPY;

	/* what is withdrawn goes nowhere new */
	if ((d->rule.policy && !is_wanted(g, d, i)) || (d->is_withdrawn && r->is_public))
		return wait_for(task, PPS_WAIT_NOTHING, -1);
	if (d->status[r->from] != PPS_STATUS_PRESENT)
		return wait_for(task, PPS_WAIT_SOURCE, r->from);
	return release(d, task);
}

static pps_plan_action plan_expiry(const pps_plan_dataset *d, size_t i)
{
	int64_t due;

	if (d->is_withdrawn)
		return due_at(PPS_TASK_EXPIRE, 0);
	if (d->is_pinned)
		return wait_for(PPS_TASK_EXPIRE, PPS_WAIT_PIN, -1);
	if (!d->rule.policy)
		return wait_for(PPS_TASK_EXPIRE, PPS_WAIT_POLICY, -1);
	/* a type that is public no longer is expired like one whose time is over, but only when an operator withdraws it */
	if (d->rule.retention == PPS_FOREVER)
		return wait_for(PPS_TASK_EXPIRE, PPS_WAIT_NOTHING, -1);
	due = d->published[i] ? after(d->published[i], d->rule.retention) : NEVER;
	return due == NEVER ? wait_for(PPS_TASK_EXPIRE, PPS_WAIT_END, -1) : due_at(PPS_TASK_EXPIRE, due);
}

/* Whoever still needs the files of repository @i: those that refer to them, and those that are yet to copy them; -1: nobody. */
static int needs_files(const pps_plan_graph *g, const pps_plan_dataset *d, size_t i)
{
	for (size_t k = i + 1; k < g->n; k++) {
		if (!pps_plan_has_files_of(g, k, i))
			continue;
		if (d->status[k] == PPS_STATUS_NEVER ? may_come(g, d, k) : g->at[k].refers && !is_gone(d->status[k]))
			return (int)k;
	}
	return -1;
}

/* The first repository lets go when every internal one has its copy, verified and durable for long enough. */
static pps_plan_action plan_reclaim(const pps_plan_graph *g, const pps_plan_dataset *d)
{
	int64_t last = 0;
	int copies = 0, other = needs_files(g, d, 0);

	if (other >= 0)
		return wait_for(PPS_TASK_DELETE, PPS_WAIT_OTHERS, other);
	for (size_t i = 1; i < g->n; i++) {
		if (g->at[i].is_public || !is_wanted(g, d, i))
			continue;
		if (d->status[i] != PPS_STATUS_PRESENT && d->status[i] != PPS_STATUS_DELETED)
			return wait_for(PPS_TASK_DELETE, PPS_WAIT_OTHERS, (int)i);
		last = d->at[i] > last ? d->at[i] : last;
		copies++;
	}
	if (!copies || !d->rule.policy)
		return wait_for(PPS_TASK_DELETE, d->rule.policy ? PPS_WAIT_OTHERS : PPS_WAIT_POLICY, -1);
	return due_at(PPS_TASK_DELETE, after(last, g->at[0].reclaim_after));
}

/* When it was last published; 0: nowhere. NEVER while a repository, *ret_waits_for, is yet to publish it. */
static int64_t last_published(const pps_plan_graph *g, const pps_plan_dataset *d, int *ret_waits_for)
{
	int64_t last = 0;

	for (size_t i = 1; i < g->n; i++) {
		if (!g->at[i].is_public)
			continue;
		/* one that another public one let expire before will never have it */
		if (!d->published[i] && !d->is_withdrawn && is_wanted(g, d, i) && status_on_the_way(g, d, i) != PPS_STATUS_EXPIRED) {
			*ret_waits_for = (int)i;
			return NEVER;
		}
		last = d->published[i] > last ? d->published[i] : last;
	}
	return last;
}

/* When it last left the first repository; NEVER while it is yet to leave for another, *ret_waits_for. */
static int64_t last_left(const pps_plan_graph *g, const pps_plan_dataset *d, size_t repository, int *ret_waits_for)
{
	int64_t last = 0;

	for (size_t i = 1; i < g->n; i++) {
		int64_t at;

		if (g->at[i].is_public || g->at[i].from != 0)
			continue;
		if (d->status[i] == PPS_STATUS_NEVER && may_come(g, d, i)) {
			*ret_waits_for = (int)i;
			return NEVER;
		}
		/* where it is gone, its time there says when it went */
		at = d->at[d->status[i] == PPS_STATUS_PRESENT || d->status[i] == PPS_STATUS_MISSING ? i : repository];
		last = at > last ? at : last;
	}
	return last ? last : NEVER;
}

/* When the lifetime of a dataset is over: counted from its last publication where it is public, else from leaving embargo. */
static int64_t lifetime_end(const pps_plan_graph *g, const pps_plan_dataset *d, size_t repository, int *ret_waits_for)
{
	int64_t from;

	*ret_waits_for = -1;
	if (!(from = last_published(g, d, ret_waits_for)))
		from = last_left(g, d, repository, ret_waits_for);
	return after(from, d->rule.retention);
}

static pps_plan_action plan_delete(const pps_plan_graph *g, const pps_plan_dataset *d, size_t i)
{
	int other, waits_for;
	int64_t due;

	if (d->is_pinned)
		return wait_for(PPS_TASK_DELETE, PPS_WAIT_PIN, -1);
	if (!d->rule.policy)
		return wait_for(PPS_TASK_DELETE, PPS_WAIT_POLICY, -1);
	if (d->rule.retention == PPS_FOREVER)
		return wait_for(PPS_TASK_DELETE, PPS_WAIT_NOTHING, -1);
	if ((other = needs_files(g, d, i)) >= 0)
		return wait_for(PPS_TASK_DELETE, PPS_WAIT_OTHERS, other);
	due = lifetime_end(g, d, i, &waits_for);
	return due == NEVER ? wait_for(PPS_TASK_DELETE, PPS_WAIT_OTHERS, waits_for) : due_at(PPS_TASK_DELETE, due);
}

static pps_plan_action plan_one(const pps_plan_graph *g, const pps_plan_dataset *d, size_t i)
{
	switch (d->status[i]) {
	case PPS_STATUS_NEVER:
		return i ? plan_arrival(g, d, i) : wait_for(PPS_TASK_NONE, PPS_WAIT_SOURCE, -1);
	case PPS_STATUS_PRESENT:
		return !i ? plan_reclaim(g, d) : g->at[i].is_public ? plan_expiry(d, i) : plan_delete(g, d, i);
	case PPS_STATUS_MISSING:
		return wait_for(PPS_TASK_COPY, PPS_WAIT_MISSING, (int)i);
	default:
		return wait_for(PPS_TASK_NONE, PPS_WAIT_NOTHING, -1);
	}
}

void pps_plan(const pps_plan_graph *graph, const pps_plan_dataset *dataset, pps_plan_action *actions)
{
	for (size_t i = 0; i < graph->n; i++) {
		actions[i] = plan_one(graph, dataset, i);
		if (dataset->is_held && actions[i].wait == PPS_WAIT_TIME)
			actions[i] = wait_for(actions[i].task, PPS_WAIT_HOLD, -1);
		actions[i].repository = (int)i;
	}
}

const pps_plan_action *pps_plan_next(const pps_plan_action *actions, size_t n, const int64_t *not_before, int64_t *ret_due)
{
	const pps_plan_action *next = NULL;

	for (size_t i = 0; i < n; i++) {
		int64_t due = actions[i].due;

		if (actions[i].wait != PPS_WAIT_TIME)
			continue;
		if (not_before && due < not_before[i])
			due = not_before[i];
		if (!next || due < *ret_due) {
			next = &actions[i];
			*ret_due = due;
		}
	}
	return next;
}
