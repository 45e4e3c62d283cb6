/* SPDX-License-Identifier: BSD-3-Clause */
#include "publish/register.h"

#include <string.h>

#include "base/pool.h"
#include "state/intake.h"

#define TRIES 5
#define AGAIN_MOST 100000 /* unknown ones that are asked for in one call */

void pps_found_free(pps_found *found)
{
	if (!found)
		return;
	free(found->at);
	pps_arena_free(found->arena);
	free(found);
}

static int compare_items(const void *a, const void *b)
{
	return pps_uuid_compare(&((const pps_register_item *)a)->id, &((const pps_register_item *)b)->id);
}

/* Of one id, those that say an origin come first. */
static int compare_origins(const void *a, const void *b)
{
	const pps_register_item *x = a, *y = b;
	int r = compare_items(a, b);

	return r ? r : !*x->origin != !*y->origin ? !*x->origin - !*y->origin : strcmp(x->origin, y->origin);
}

/* One stretch of sorted items, each id once. */
struct chunk {
	const pps_register_item *items;
	size_t n;
	pps_uuid *ids;
	pps_found *found;
	uint8_t *is_found; /* of each item */
	uint8_t *is_known; /* of each item that was not found: the state has it */
	int64_t added, held, known, unknown;
};

static void clear_chunk(struct chunk *c)
{
	free(c->ids);
	free(c->is_found);
	free(c->is_known);
	pps_found_free(c->found);
}

static int mark_found(const pps_registrar *g, struct chunk *c, int64_t now, pps_error **err)
{
	for (size_t i = 0; i < c->found->n; i++) {
		pps_dataset_row *row = &c->found->at[i];
		pps_register_item key = { .id = row->id };
		const pps_register_item *item = bsearch(&key, c->items, c->n, sizeof *item, compare_items);
		int r;

		if (!item)
			return pps_fail(err, PPS_E_INTERNAL, "a dataset was found that was not asked for");
		c->is_found[item - c->items] = 1;
		row->origin = item->origin;
		row->registered = now;
		row->flags = item->is_disputed ? PPS_DATASET_HELD : 0;
		if ((r = g->plan(g->user, row, &row->next, err)) < 0)
			return r;
		c->held += r || item->is_disputed;
	}
	return PPS_OK;
}

/* Of what was not found, the state may know something: it has left the first repository meanwhile. */
static int ask_state(const pps_registrar *g, struct chunk *c, pps_error **err)
{
	_cleanup_free_ pps_uuid *ids = calloc(c->n + 1, sizeof *ids);
	_cleanup_free_ uint8_t *known = calloc(c->n + 1, 1);
	size_t n = 0;
	int r;

	if (!ids || !known)
		return pps_fail_nomem(err);
	for (size_t i = 0; i < c->n; i++)
		if (!c->is_found[i])
			ids[n++] = c->ids[i];
	if (n && (r = pps_state_datasets_known(g->state, ids, n, known, err)) < 0)
		return r;
	for (size_t i = 0, k = 0; i < c->n; i++) {
		if (c->is_found[i])
			continue;
		c->is_known[i] = known[k++];
		c->known += c->is_known[i];
		c->unknown += !c->is_known[i];
	}
	return PPS_OK;
}

/* Kept by origin, each in one statement. */
static int keep_unknown(const pps_registrar *g, const struct chunk *c, int64_t now, pps_error **err)
{
	_cleanup_free_ pps_uuid *ids = calloc(c->n + 1, sizeof *ids);
	_cleanup_free_ uint8_t *done = calloc(c->n + 1, 1);
	int r;

	if (!ids || !done)
		return pps_fail_nomem(err);
	for (size_t i = 0; c->unknown && i < c->n; i++) {
		size_t n = 0;

		if (done[i] || c->is_found[i] || c->is_known[i])
			continue;
		for (size_t k = i; k < c->n; k++)
			if (!done[k] && !c->is_found[k] && !c->is_known[k] && !strcmp(c->items[k].origin, c->items[i].origin)) {
				done[k] = 1;
				ids[n++] = c->ids[k];
			}
		if ((r = pps_state_unknown_add(g->state, g->lock, ids, n, c->items[i].origin, now, err)) < 0)
			return r;
	}
	return PPS_OK;
}

static int forget_unknown(const pps_registrar *g, const struct chunk *c, pps_error **err)
{
	_cleanup_free_ pps_uuid *ids = calloc(c->n + 1, sizeof *ids);
	size_t n = 0;
	int64_t any;
	int r;

	if (!ids)
		return pps_fail_nomem(err);
	/* mostly there are none: one look instead of a transaction */
	if ((r = pps_state_unknown_any(g->state, &any, err)) < 0 || !any)
		return r;
	for (size_t i = 0; i < c->n; i++)
		if (c->is_found[i] || c->is_known[i])
			ids[n++] = c->ids[i];
	return n ? pps_state_unknown_remove(g->state, g->lock, ids, n, err) : PPS_OK;
}

/* Without writing: how many of those that were found are new, and held. */
static int count_new(const pps_registrar *g, struct chunk *c, pps_error **err)
{
	_cleanup_free_ pps_uuid *ids = calloc(c->found->n + 1, sizeof *ids);
	_cleanup_free_ uint8_t *known = calloc(c->found->n + 1, 1);
	pps_dataset_next next;
	int r;

	if (!ids || !known)
		return pps_fail_nomem(err);
	for (size_t i = 0; i < c->found->n; i++)
		ids[i] = c->found->at[i].id;
	if (c->found->n && (r = pps_state_datasets_known(g->state, ids, c->found->n, known, err)) < 0)
		return r;
	c->held = 0;
	for (size_t i = 0; i < c->found->n; i++) {
		if (known[i])
			continue;
		c->added++;
		if ((r = g->plan(g->user, &c->found->at[i], &next, err)) < 0)
			return r;
		c->held += r || c->found->at[i].flags & PPS_DATASET_HELD;
	}
	return PPS_OK;
}

/* A service and an operator may register the same datasets at a time: what the other one was faster with is known then. */
static int add(const pps_registrar *g, struct chunk *c, pps_error **err)
{
	for (int tries = 1;; tries++) {
		pps_error *why = NULL;
		int r = pps_state_datasets_register_with(g->state, g->lock, c->found->at, c->found->n, g->targets, &c->added, &why);

		if (r != PPS_E_CONFLICT || tries == TRIES) {
			pps_error_move(err, why);
			return r;
		}
		pps_error_free(why);
	}
}

/* What is left to do when it has been looked up. */
static int register_chunk(const pps_registrar *g, int64_t now, struct chunk *c, pps_register_counts *counts, pps_error **err)
{
	int r;

	if ((r = mark_found(g, c, now, err)) < 0)
		return r;
	if (g->dry_run || c->held)
		r = count_new(g, c, err);
	if (r >= 0 && !g->dry_run)
		r = add(g, c, err);
	if (r < 0 || (r = ask_state(g, c, err)) < 0)
		return r;
	if (!g->dry_run && ((r = keep_unknown(g, c, now, err)) < 0 || (r = forget_unknown(g, c, err)) < 0))
		return r;
	counts->added += c->added;
	counts->held += c->held;
	counts->known += c->known + (int64_t)c->found->n - c->added;
	counts->unknown += c->unknown;
	return PPS_OK;
}

/* ---- looked up by one thread, while another writes what was looked up before ---- */

struct look {
	const pps_registrar *g;
	struct chunk c;
	pthread_t thread;
	int is_running;
	int code; /* of the look-up */
	pps_error *why;
};

static void *look_up(void *arg)
{
	struct look *l = arg;

	l->code = l->g->find(l->g->user, l->c.ids, l->c.n, &l->c.found, &l->why);
	return NULL;
}

static int begin_look(struct look *l, const pps_registrar *g, const pps_register_item *items, size_t n, int in_thread, pps_error **err)
{
	*l = (struct look){ .g = g, .c = { .items = items, .n = n, .ids = calloc(n + 1, sizeof *l->c.ids), .is_found = calloc(n + 1, 1),
					   .is_known = calloc(n + 1, 1) } };
	if (!l->c.ids || !l->c.is_found || !l->c.is_known)
		return pps_fail_nomem(err);
	for (size_t i = 0; i < n; i++)
		l->c.ids[i] = items[i].id;
	if (in_thread && pps_thread_start(&l->thread, look_up, l) == 0)
		l->is_running = 1;
	else
		look_up(l);
	return PPS_OK;
}

static int end_look(struct look *l, pps_error **err)
{
	if (l->is_running)
		pthread_join(l->thread, NULL);
	l->is_running = 0;
	if (l->code < 0 && l->g->is_down)
		*l->g->is_down = 1;
	if (l->code < 0)
		pps_error_move(err, TAKE_PTR(l->why));
	return l->code;
}

static void clear_look(struct look *l)
{
	if (l->is_running)
		pthread_join(l->thread, NULL);
	pps_error_free(l->why);
	clear_chunk(&l->c);
	*l = (struct look){ 0 };
}

static size_t next_length(size_t from, size_t n)
{
	return n - from < PPS_REGISTER_CHUNK ? n - from : PPS_REGISTER_CHUNK;
}

/* Sorted items, each once. */
static int register_all(const pps_registrar *g, int64_t now, const pps_register_item *items, size_t n, pps_register_counts *counts, pps_error **err)
{
	_cleanup_(clear_look) struct look this = { 0 };
	int r = PPS_OK;

	if (n)
		r = begin_look(&this, g, items, next_length(0, n), 0, err);
	for (size_t i = 0, end; r >= 0 && i < n; i = end) {
		_cleanup_(clear_look) struct look next = { 0 };

		end = i + next_length(i, n);
		if ((r = pps_ctx_check(g->ctx, err)) < 0 || (r = end_look(&this, err)) < 0)
			return r;
		if (end < n && (r = begin_look(&next, g, items + end, next_length(end, n), 1, err)) < 0)
			return r;
		if ((r = register_chunk(g, now, &this.c, counts, err)) < 0)
			return r;
		clear_look(&this);
		/* the thread writes to where it is: it has ended before that moves */
		if (next.is_running)
			pthread_join(next.thread, NULL);
		next.is_running = 0;
		this = next;
		next = (struct look){ 0 };
	}
	return r;
}

int pps_register(const pps_registrar *registrar, int64_t now, pps_register_item *items, size_t n, pps_register_counts *counts, pps_error **err)
{
	size_t kept = 0;

	if (registrar->is_down)
		*registrar->is_down = 0;
	pps_sort(items, n, sizeof *items, compare_origins);
	for (size_t i = 0; i < n; i++)
		if (!kept || compare_items(&items[kept - 1], &items[i]))
			items[kept++] = items[i];
		else if (*items[i].origin && strcmp(items[kept - 1].origin, items[i].origin) != 0)
			items[kept - 1].is_disputed = 1;
	return register_all(registrar, now, items, kept, counts, err);
}

int pps_register_list(const pps_registrar *registrar, int64_t now, const pps_batch *list, const char *origin, pps_register_counts *counts,
		      pps_error **err)
{
	_cleanup_free_ pps_register_item *items = calloc(list->n + 1, sizeof *items);

	if (!items)
		return pps_fail_nomem(err);
	for (size_t i = 0; i < list->n; i++)
		items[i] = (pps_register_item){ .id = list->ids[i],
						.origin = list->origin_of[i] ? list->origins[list->origin_of[i]] : origin ? origin : "" };
	return pps_register(registrar, now, items, list->n, counts, err);
}

int pps_register_again(const pps_registrar *registrar, int64_t now, pps_register_counts *counts, pps_error **err)
{
	size_t n = PPS_REGISTER_CHUNK;
	int r = PPS_OK;

	for (size_t asked = 0; r >= 0 && asked < AGAIN_MOST && n == PPS_REGISTER_CHUNK; asked += n) {
		_cleanup_free_ pps_register_item *items = NULL;
		_cleanup_free_ pps_uuid *ids = NULL;
		pps_register_counts again = { 0 };
		char **origins = NULL;

		if ((r = pps_state_unknown_due(registrar->state, now, PPS_REGISTER_CHUNK, &ids, &origins, &n, err)) < 0)
			return r;
		if (!(items = calloc(n + 1, sizeof *items)))
			r = pps_fail_nomem(err);
		for (size_t i = 0; r >= 0 && i < n; i++)
			items[i] = (pps_register_item){ .id = ids[i], .origin = origins[i] };
		if (r >= 0)
			r = pps_register(registrar, now, items, n, &again, err);
		pps_sql_names_free(origins, n);
		counts->added += again.added;
		counts->held += again.held;
		counts->unknown += again.unknown;
	}
	return r;
}
