/* SPDX-License-Identifier: BSD-3-Clause */
/* The rules of the design, written down once more: what may happen to a dataset now, and what must have happened to it in the end. */
#include "sim.h"

#include <stddef.h>

/* Clocks may differ by a minute before everything is held, and a time that was written down by one is read by the other. */
#define SLACK (130 * SIM_SECOND)

struct rule {
	int is_any;
	int is_public;
	int was_public; /* by what is in force, or what is configured */
	int64_t embargo, retention;
};

static struct rule match(const struct sim_policies *p, const struct sim_dataset *d)
{
	for (int i = 0; i < p->n; i++)
		if (p->at[i].types >> d->type & 1 && (p->at[i].origin < 0 || p->at[i].origin == d->origin))
			return (struct rule){ 1, p->at[i].is_public, p->at[i].is_public, p->at[i].embargo, p->at[i].retention };
	return (struct rule){ 0 };
}

static int64_t longer(int64_t a, int64_t b)
{
	return a == SIM_FOREVER || b == SIM_FOREVER ? SIM_FOREVER : a > b ? a : b;
}

static struct rule rule_of(const struct sim_world *w, const struct sim_dataset *d)
{
	struct rule a = match(&w->in_force, d), b = match(&w->configured, d);

	if (!a.is_any || !b.is_any)
		return (struct rule){ 0 };
	return (struct rule){ 1, a.is_public && b.is_public, a.is_public || b.is_public, a.embargo > b.embargo ? a.embargo : b.embargo, longer(a.retention, b.retention) };
}

static int is_sooner(struct rule was, struct rule is)
{
	if (!is.is_any)
		return 0;
	if (was.is_public && !is.is_public && is.retention != SIM_FOREVER)
		return 1;
	return !was.is_any || is.embargo < was.embargo || (is.is_public && !was.is_public) || longer(was.retention, is.retention) != is.retention;
}

int sim_acts_sooner(const struct sim_world *w)
{
	int sooner = w->configured.reclaim < w->in_force.reclaim || w->in_force.repositories & ~w->configured.repositories;

	for (int type = 0; type < SIM_TYPES; type++)
		for (int origin = 0; origin < SIM_ORIGINS; origin++) {
			const struct sim_dataset d = { .type = type, .origin = origin };

			sooner |= is_sooner(match(&w->in_force, &d), match(&w->configured, &d));
		}
	return sooner;
}

/* Whether a repository is to have it: what is not public gets no further than to whatever is public on the way. */
static int is_meant_for(const struct sim_world *w, int i, int is_public)
{
	return i <= 0 || ((is_public || !w->repositories[i].is_public) && is_meant_for(w, w->repositories[i].from, is_public));
}

/* Whether it never came to a repository, as far as its files are to be relied upon. */
static int is_not_in(const struct sim_dataset *d, int i)
{
	return d->in[i].status == '.' || d->in[i].is_unproven;
}

/* How it is where it came to last on its way to a repository. */
static char nearest(const struct sim_world *w, const struct sim_dataset *d, int i)
{
	return is_not_in(d, i) ? nearest(w, d, w->repositories[i].from) : d->in[i].status;
}

/* Whether it stands before a public repository that will not have it any more, on its way to one where it never was. */
static int is_stopped(const struct sim_world *w, const struct sim_dataset *d, int i)
{
	return is_not_in(d, i) && ((w->repositories[i].is_public && d->is_withdrawn) || is_stopped(w, d, w->repositories[i].from));
}

/* ---- what may happen now ---- */

/* The repositories that are configured, after one. */
static int next_one(const struct sim_world *w, int i)
{
	while (++i < w->nrepositories && !sim_is_in(&w->configured, i))
		;
	return i;
}

static const char *judge_arrival(const struct sim_world *w, const struct sim_dataset *d, int i, struct rule r)
{
	const struct sim_repository *to = &w->repositories[i];

	if (!sim_is_in(&w->in_force, i))
		return "it comes to a repository that is not in force";
	if (d->in[to->from].status != 'P' && !d->is_lost)
		return "it comes from where it is not";
	if (d->in[i].status == 'E' || d->in[i].status == 'D')
		return "it comes back to where it has been";
	if (!r.is_any)
		return "no policy matches, and it leaves";
	if (to->is_public && !r.is_public)
		return "it is not public, and is published";
	if (to->is_public && d->is_withdrawn)
		return "it is withdrawn, and is published";
	if (d->in[0].status == 'P' && !d->was_looked_up)
		return "it leaves without another look at the source";
	if (!r.embargo)
		return NULL;
	if (d->shown_kind != SIM_KNOWN)
		return "the end of its time is not known, and it leaves";
	return d->shown_end + r.embargo > w->now ? "it leaves before its embargo is over" : NULL;
}

static const char *judge_expiry(const struct sim_world *w, const struct sim_dataset *d, int i, struct rule r)
{
	if (d->in[i].status != 'P' && d->in[i].status != 'E')
		return "it expires where it is not available";
	if (d->is_withdrawn)
		return NULL;
	if (d->is_pinned || d->is_adopted)
		return "it is pinned, or was found there, and expires";
	if (!r.is_any || r.retention == SIM_FOREVER)
		return "it is to stay for ever, and expires";
	return d->in[i].published + r.retention > w->now + SLACK ? "it expires before its time" : NULL;
}

/* Whether a repository's files are those of another: its source's, or what that one refers to in turn. */
static int refers_to(const struct sim_world *w, int k, int i)
{
	return k > 0 && w->repositories[k].refers && (w->repositories[k].from == i || refers_to(w, w->repositories[k].from, i));
}

/* Files that are still needed there: by who refers to them, at any remove, and by who is to have them and does not yet. */
static const char *judge_files(const struct sim_world *w, const struct sim_dataset *d, int i, struct rule r)
{
	for (int k = next_one(w, i); k < w->nrepositories; k = next_one(w, k)) {
		const struct sim_repository *other = &w->repositories[k];

		if (d->in[k].status == 'P' && refers_to(w, k, i))
			return "files go that another repository refers to";
		if (other->from == i && is_not_in(d, k) && !d->is_lost && is_meant_for(w, k, r.was_public) && !is_stopped(w, d, k))
			return "files go before another repository has its copy";
	}
	return NULL;
}

static const char *judge_reclaim(const struct sim_world *w, const struct sim_dataset *d, struct rule r)
{
	int64_t reclaim = w->in_force.reclaim > w->configured.reclaim ? w->in_force.reclaim : w->configured.reclaim, last = 0;
	int copies = 0;

	for (int i = next_one(w, 0); i < w->nrepositories; i = next_one(w, i)) {
		if (w->repositories[i].is_public || !is_meant_for(w, i, r.is_public))
			continue;
		if (is_not_in(d, i) && !d->is_lost)
			return "the first repository lets go before all copies are made, and proven";
		copies++;
		last = d->in[i].since > last ? d->in[i].since : last;
	}
	if (!copies || !r.is_any)
		return "the first repository lets go of what has no copy, or no policy";
	return last + reclaim > w->now + SLACK ? "the first repository lets go before its copies are old enough" : NULL;
}

static const char *judge_deletion(const struct sim_world *w, const struct sim_dataset *d, int i, struct rule r)
{
	int64_t last = 0;
	int is_published;
	const char *why;

	if (w->repositories[i].is_public)
		return "something is deleted from a public repository";
	if (w->in_force.repositories & ~w->configured.repositories)
		return "something is deleted while a repository was taken out, and nobody has accepted that";
	if (d->in[i].status == '.')
		return "it is deleted where it never was";
	if (d->is_adopted)
		return "it was found there, nobody has confirmed it, and it is deleted";
	if ((why = judge_files(w, d, i, r)))
		return why;
	if (!i)
		return judge_reclaim(w, d, r);
	if (d->is_pinned)
		return "it is pinned, and deleted";
	if (!r.is_any || r.retention == SIM_FOREVER)
		return "it is to stay for ever, and is deleted";
	for (int k = next_one(w, 0); k < w->nrepositories; k = next_one(w, k)) {
		if (w->repositories[k].is_public && is_meant_for(w, k, r.was_public) && !d->in[k].published && !d->is_withdrawn && !d->is_lost &&
		    nearest(w, d, k) != 'E')
			return "it is deleted before it was published";
		if (d->in[k].published > last)
			last = d->in[k].published;
	}
	is_published = last > 0;
	for (int k = next_one(w, 0); k < w->nrepositories && !is_published; k = next_one(w, k)) {
		if (w->repositories[k].is_public || w->repositories[k].from)
			continue;
		if (is_not_in(d, k) && d->in[0].status == 'P' && !d->is_lost)
			return "it is deleted before it has left for everywhere";
		if (d->in[k].since > last)
			last = d->in[k].since;
	}
	return last + r.retention > w->now + SLACK ? "it is deleted before its time" : NULL;
}

const char *sim_judge_act(const struct sim_world *w, int act, int repository, int dataset)
{
	const struct sim_dataset *d = &w->datasets[dataset];
	struct rule r = rule_of(w, d);

	if (!d->is_registered)
		return "it was never registered";
	if (!sim_is_in(&w->configured, repository))
		return "something is done in a repository that is not configured";
	if (d->is_held || w->is_day_held[d->day] || w->is_all_held)
		return "it is held";
	if (act == SIM_DELETE)
		return judge_deletion(w, d, repository, r);
	if (!repository)
		return "something other than a deletion is done in the first repository";
	if ((act == SIM_COPY) == w->repositories[repository].is_public)
		return "the task is not one of this repository";
	return act == SIM_EXPIRE ? judge_expiry(w, d, repository, r) : judge_arrival(w, d, repository, r);
}

/* ---- what others are told ---- */

static int is_told_of(const struct sim_world *w, int i)
{
	return i > 0 && (w->repositories[i].is_public || w->repositories[i].from == 0);
}

static const char *judge_told_arrival(const struct sim_world *w, const struct sim_dataset *d, int kind, int i)
{
	int from = w->repositories[i].from;

	if (!is_told_of(w, i) || (kind == SIM_PUBLISHED) != w->repositories[i].is_public)
		return "it is told to have come to where nobody is told of it";
	if (!d->in[i].has_record)
		return "it is told of, and never came";
	if (d->in[i].is_arrival_told)
		return "it is told of twice";
	return is_told_of(w, from) && !d->in[from].is_arrival_told ? "it is told of before it was told of where it comes from" : NULL;
}

static const char *judge_told_leaving(const struct sim_world *w, const struct sim_dataset *d, int kind, int i)
{
	if (!w->repositories[i].is_public || d->in[i].status != 'E')
		return "it is told to have expired, and has not";
	if (!d->in[i].is_arrival_told)
		return "it is told to have expired before it is told to be there";
	if (d->in[i].is_leaving_told)
		return "it is told twice to have expired";
	return kind == SIM_WITHDRAWN ? d->is_withdrawn ? NULL : "it is told to be withdrawn, and is not" :
	       d->in[i].left_withdrawn ? "it is withdrawn, and told to have expired" :
					 NULL;
}

const char *sim_judge_notice(struct sim_world *w, int kind, int repository, int dataset)
{
	struct sim_dataset *d = &w->datasets[dataset];
	struct sim_place *p = &d->in[repository];
	int leaves = kind == SIM_EXPIRED || kind == SIM_WITHDRAWN;
	const char *why = leaves ? judge_told_leaving(w, d, kind, repository) : judge_told_arrival(w, d, kind, repository);

	p->is_arrival_told |= !leaves;
	p->is_leaving_told |= leaves;
	return why;
}

static const char *judge_told(const struct sim_world *w, const struct sim_dataset *d)
{
	for (int i = next_one(w, 0); i < w->nrepositories; i = next_one(w, i)) {
		if (is_told_of(w, i) && d->in[i].has_record && !d->in[i].is_arrival_told)
			return "nobody was told that it came";
		if (d->in[i].status == 'E' && !d->in[i].is_leaving_told)
			return "nobody was told that it expired";
	}
	return NULL;
}

/* ---- what must have happened in the end ---- */

static int may_leave(const struct sim_dataset *d, struct rule r)
{
	return r.is_any && (!r.embargo || (d->in[0].status == 'P' ? d->end_kind : d->shown_kind) == SIM_KNOWN);
}

/* A policy that made it public after its files had gone somewhere, or it was found where they had: what waits for that publication waits for ever. */
static int is_too_late(const struct sim_world *w, const struct sim_dataset *d)
{
	for (int i = 1; (w->policies_changed || d->was_adopted) && i < w->nrepositories; i = next_one(w, i))
		if (w->repositories[i].is_public && d->in[i].status == '.')
			return 1;
	return 0;
}

static int is_referred_to(const struct sim_world *w, const struct sim_dataset *d, int i)
{
	for (int k = next_one(w, i); k < w->nrepositories; k = next_one(w, k))
		if (refers_to(w, k, i) && d->in[k].status == 'P')
			return 1;
	return 0;
}

static const char *judge_public_end(const struct sim_world *w, const struct sim_dataset *d, int i, struct rule r)
{
	char is = d->in[i].status, source = d->in[w->repositories[i].from].status;

	if (d->in[i].published && !d->in[i].has_record)
		return "a record that was public is gone";
	if (is == '.')
		return is_meant_for(w, i, r.is_public) && !d->is_withdrawn && may_leave(d, r) && source == 'P' ? "it was never published" : NULL;
	if (is == 'P')
		return d->is_withdrawn			 ? "it was withdrawn, and is available" :
		       r.is_any && r.retention != SIM_FOREVER ? "its time is over, and it is available" :
							   NULL;
	return !d->is_withdrawn && r.is_any && r.retention == SIM_FOREVER && !w->policies_changed ? "it is to be available for ever" : NULL;
}

static const char *judge_internal_end(const struct sim_world *w, const struct sim_dataset *d, int i, struct rule r)
{
	char is = d->in[i].status;

	if (is == '.')
		return may_leave(d, r) && is_meant_for(w, i, r.is_public) && nearest(w, d, i) == 'P' && !is_stopped(w, d, i) ? "it was never copied" : NULL;
	if (is == 'P')
		return may_leave(d, r) && r.retention != SIM_FOREVER && !is_referred_to(w, d, i) && !is_too_late(w, d) ? "its time is over, and its files are there" : NULL;
	return NULL;
}

const char *sim_judge_end(const struct sim_world *w, int dataset)
{
	const struct sim_dataset *d = &w->datasets[dataset];
	struct rule r = rule_of(w, d);
	int copies = 0, is_short = 0, places = 0;
	const char *why;

	if (!d->is_registered || d->is_lost)
		return NULL;
	if ((why = judge_told(w, d)))
		return why;
	for (int i = next_one(w, 0); i < w->nrepositories; i = next_one(w, i)) {
		if ((why = w->repositories[i].is_public ? judge_public_end(w, d, i, r) : judge_internal_end(w, d, i, r)))
			return why;
		copies += !w->repositories[i].is_public && is_meant_for(w, i, r.is_public);
		/* what a public repository let go of before an internal one had it: the first one keeps its files */
		is_short |= !w->repositories[i].is_public && is_meant_for(w, i, r.is_public) && is_not_in(d, i);
		places += d->in[i].status == 'P';
	}
	if (d->in[0].status == 'P')
		return copies && !is_short && may_leave(d, r) && !is_referred_to(w, d, 0) && !is_too_late(w, d) ? "the first repository never let go" : NULL;
	return r.is_any && r.retention == SIM_FOREVER && !places && !d->is_withdrawn && !w->policies_changed ? "it is to stay for ever, and is nowhere" : NULL;
}
