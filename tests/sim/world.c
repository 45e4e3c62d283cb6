/* SPDX-License-Identifier: BSD-3-Clause */
/* Chance: worlds as they may be configured, and what happens to them. */
#include <string.h>

#include "world.h"

#define T0 (INT64_C(1764720000) * SIM_SECOND)

uint64_t sim_random(struct sim_world *w)
{
	uint64_t z = (w->random += UINT64_C(0x9e3779b97f4a7c15));

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

int sim_below(struct sim_world *w, int n)
{
	return (int)(sim_random(w) % (uint64_t)n);
}

int sim_chance(struct sim_world *w, int in_thousand)
{
	return sim_below(w, 1000) < in_thousand;
}

static void make_policy(struct sim_world *w, struct sim_policy *p)
{
	static const int64_t embargoes[] = { 0, 0, 1, 80, 80, 720 }, days[] = { 1, 3, 30, 30, -1, -1 };
	int d = sim_below(w, 6);

	*p = (struct sim_policy){ .types = 1 + (unsigned)sim_below(w, (1 << SIM_TYPES) - 1), .origin = sim_chance(w, 700) ? -1 : 1 + sim_below(w, SIM_ORIGINS - 1),
				  .is_public = sim_chance(w, 700), .embargo = embargoes[sim_below(w, 6)] * SIM_HOUR,
				  .retention = days[d] < 0 ? SIM_FOREVER : days[d] * SIM_DAY };
}

void sim_make_policies(struct sim_world *w)
{
	struct sim_policies *p = &w->configured;
	const unsigned repositories = p->repositories;

	memset(p, 0, sizeof *p);
	p->repositories = repositories;
	p->n = 1 + sim_below(w, SIM_POLICIES);
	for (int i = 0; i < p->n; i++)
		make_policy(w, &p->at[i]);
	/* most of the time there is one for everything */
	if (sim_chance(w, 800)) {
		p->at[p->n - 1].types = (1 << SIM_TYPES) - 1;
		p->at[p->n - 1].origin = -1;
	}
	p->reclaim = sim_below(w, 4) * 12 * SIM_HOUR;
}

static int is_source(const struct sim_world *w, int i)
{
	for (int k = i + 1; k < w->nrepositories; k++)
		if (sim_is_in(&w->configured, k) && w->repositories[k].from == i)
			return 1;
	return 0;
}

/* One is taken out that is nobody's source, or put in where its source is. */
static void change_repositories(struct sim_world *w)
{
	int i = 1 + sim_below(w, w->nrepositories - 1), is_in = sim_is_in(&w->configured, i);

	if (i > 1 && (is_in ? !is_source(w, i) : sim_is_in(&w->configured, w->repositories[i].from)))
		w->configured.repositories ^= 1u << i;
}

void sim_change_policies(struct sim_world *w)
{
	struct sim_policies *p = &w->configured;

	w->policies_changed = 1;
	switch (sim_below(w, 7)) {
	case 0:
		sim_make_policies(w);
		break;
	case 1:
		make_policy(w, &p->at[sim_below(w, p->n)]);
		break;
	case 2:
		p->at[sim_below(w, p->n)].embargo += SIM_HOUR;
		break;
	case 3:
		p->reclaim = sim_below(w, 4) * 12 * SIM_HOUR;
		break;
	default:
		change_repositories(w);
	}
}

void sim_make_world(struct sim_world *w, uint64_t seed)
{
	memset(w, 0, sizeof *w);
	w->random = seed * UINT64_C(0x2545f4914f6cdd1d) + 1;
	w->now = T0 + sim_below(w, 1000) * SIM_HOUR;
	w->nrepositories = 2 + sim_below(w, SIM_REPOSITORIES - 1);
	w->is_steady = sim_chance(w, 400);
	w->repositories[0].from = -1;
	for (int i = 1; i < w->nrepositories; i++) {
		struct sim_repository *r = &w->repositories[i];

		/* what is public is less often a source */
		do
			r->from = i == 1 ? 0 : sim_chance(w, 300) ? 0 : sim_below(w, i);
		while (w->repositories[r->from].is_public && sim_chance(w, 300));
		r->is_public = i > 1 && sim_chance(w, 500);
		r->refers = sim_chance(w, 500) && (r->from > 0 || sim_chance(w, 200));
	}
	w->configured.repositories = (1u << w->nrepositories) - 1;
	sim_make_policies(w);
	w->in_force = w->configured;
}

struct sim_dataset *sim_add_dataset(struct sim_world *w)
{
	struct sim_dataset *d = &w->datasets[w->ndatasets++];
	int kind = sim_below(w, 20);

	memset(d, 0, sizeof *d);
	d->type = sim_below(w, SIM_TYPES);
	d->origin = sim_below(w, SIM_ORIGINS);
	d->day = sim_below(w, SIM_DAYS);
	d->end_kind = kind == 0 ? SIM_TIMELESS : kind < 3 ? SIM_UNKNOWN : SIM_KNOWN;
	d->end = w->now - sim_below(w, 100) * SIM_HOUR / 2;
	for (int i = 0; i < w->nrepositories; i++)
		d->in[i].status = i ? '.' : 'P';
	return d;
}

void sim_adopt(struct sim_world *w, struct sim_dataset *d)
{
	int i = 1 + sim_below(w, w->nrepositories - 1);

	while (!sim_is_in(&w->configured, i))
		i = w->repositories[i].from;
	d->was_adopted = d->is_adopted = 1;
	if (sim_chance(w, 500))
		d->in[0].status = 'D';
	for (; i > 0; i = w->repositories[i].from) {
		struct sim_place *p = &d->in[i];

		p->status = 'P';
		p->has_record = p->is_arrival_told = 1;
		p->since = w->now - sim_below(w, 40 * 24) * SIM_HOUR;
		p->published = w->repositories[i].is_public ? p->since : 0;
	}
}

/* The source says something else of its end from now on. */
void sim_correct_end(struct sim_world *w, struct sim_dataset *d)
{
	if (d->end_kind == SIM_TIMELESS)
		return;
	if (d->end_kind == SIM_UNKNOWN || sim_chance(w, 800)) {
		d->end_kind = SIM_KNOWN;
		d->end += (sim_below(w, 40) - 20) * SIM_HOUR;
	} else {
		d->end_kind = SIM_UNKNOWN;
	}
}
