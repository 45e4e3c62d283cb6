/* SPDX-License-Identifier: BSD-3-Clause */
/* Collections as a tree: chains with their children below them. */
#include <string.h>

#include "butler/butler-private.h"

#define DEEPEST 64 /* of chains in chains: as many as a search follows */
#define MOST 1000000 /* entries of a list */
#define CHECK_EVERY 1000

struct link {
	int64_t parent;
	int64_t child;
};

struct tree {
	pps_butler *butler;
	pps_butler_collections *all; /* sorted by name */
	size_t all_cap;
	pps_map *by_id;     /* -> index + 1 in all */
	pps_map *by_parent; /* -> index + 1 in links, of the first */
	pps_map *held;      /* ids that a chain holds */
	struct link *links; /* sorted by parent and position */
	size_t nlinks, links_cap;
	pps_butler_collections *found;
	size_t found_cap;
};

static void tree_clear(struct tree *t)
{
	pps_butler_collections_free(t->all);
	pps_butler_collections_free(t->found);
	pps_map_free(t->by_id);
	pps_map_free(t->by_parent);
	pps_map_free(t->held);
	free(t->links);
}

static int new_list(pps_butler *b, pps_butler_collections **ret, pps_error **err)
{
	if (!(*ret = calloc(1, sizeof **ret)))
		return pps_fail_nomem(err);
	return pps_arena_new((size_t)pps_ctx_memory(b->ctx), &(*ret)->arena, err);
}

/* In the order of names, which does not depend on the database's. */
static int by_name(const void *a, const void *b)
{
	return strcmp(((const pps_butler_collection *)a)->name, ((const pps_butler_collection *)b)->name);
}

static int read_all(struct tree *t, pps_error **err)
{
	_cleanup_(pps_sql_rows_freep) pps_sql_rows *rows = NULL;
	int r = pps_sql_query(t->butler->sql, "SELECT collection_id, name, type, doc FROM {collection}", NULL, 0, &rows, err);

	while (r >= 0 && (r = pps_sql_next(rows, err)) > 0) {
		const char *doc = pps_sql_get_text(rows, 3);
		pps_butler_collection c = { .id = pps_sql_get_int(rows, 0), .type = (int)pps_sql_get_int(rows, 2),
					    .name = pps_arena_text(t->all->arena, pps_sql_get_text(rows, 1)),
					    .doc = pps_arena_text(t->all->arena, doc ? doc : "") };

		if (!c.name || !c.doc)
			return pps_arena_fail(t->all->arena, "collections", err);
		if (pps_grow(&t->all->at, &t->all_cap, t->all->n, sizeof c) < 0)
			return pps_fail_nomem(err);
		t->all->at[t->all->n++] = c;
	}
	if (r < 0)
		return r;
	if (t->all->n)
		qsort(t->all->at, t->all->n, sizeof *t->all->at, by_name);
	for (size_t i = 0; i < t->all->n; i++)
		if (pps_map_set(t->by_id, &t->all->at[i].id, sizeof t->all->at[i].id, (void *)(uintptr_t)(i + 1)) < 0)
			return pps_fail_nomem(err);
	return PPS_OK;
}

static int read_links(struct tree *t, pps_error **err)
{
	_cleanup_(pps_sql_rows_freep) pps_sql_rows *rows = NULL;
	int r = pps_sql_query(t->butler->sql, "SELECT parent, child FROM {collection_chain} ORDER BY parent, position", NULL, 0, &rows, err);

	while (r >= 0 && (r = pps_sql_next(rows, err)) > 0) {
		struct link link = { pps_sql_get_int(rows, 0), pps_sql_get_int(rows, 1) };

		if (pps_grow(&t->links, &t->links_cap, t->nlinks, sizeof link) < 0)
			return pps_fail_nomem(err);
		t->links[t->nlinks++] = link;
		if (pps_map_set(t->held, &link.child, sizeof link.child, t) < 0 ||
		    (!pps_map_get(t->by_parent, &link.parent, sizeof link.parent, NULL) &&
		     pps_map_set(t->by_parent, &link.parent, sizeof link.parent, (void *)(uintptr_t)t->nlinks) < 0))
			return pps_fail_nomem(err);
	}
	return r;
}

/* @c with what is below it. A chain that holds itself, which nobody can make but by hand, ends at the deepest level. Chains that hold others twice, and
 * these others again, would be a list without an end. */
static int add(struct tree *t, const pps_butler_collection *c, size_t depth, pps_error **err)
{
	pps_butler_collection entry = *c;
	void *at;
	int r = PPS_OK;

	if (t->found->n == MOST)
		return pps_fail(err, PPS_E_CONFLICT, "chains that hold chains make more than %d entries", MOST);
	if (t->found->n % CHECK_EVERY == 0 && (r = pps_ctx_check(t->butler->ctx, err)) < 0)
		return r;
	entry.depth = depth;
	entry.name = pps_arena_name(t->found->arena, c->name);
	entry.doc = pps_arena_name(t->found->arena, c->doc);
	if (!entry.name || !entry.doc)
		return pps_arena_fail(t->found->arena, "collections", err);
	if (pps_grow(&t->found->at, &t->found_cap, t->found->n, sizeof entry) < 0)
		return pps_fail_nomem(err);
	t->found->at[t->found->n++] = entry;
	if (depth == DEEPEST || !pps_map_get(t->by_parent, &c->id, sizeof c->id, &at))
		return PPS_OK;
	for (size_t i = (uintptr_t)at - 1; r >= 0 && i < t->nlinks && t->links[i].parent == c->id; i++) {
		void *child;

		if (pps_map_get(t->by_id, &t->links[i].child, sizeof t->links[i].child, &child))
			r = add(t, &t->all->at[(uintptr_t)child - 1], depth + 1, err);
	}
	return r;
}

static int add_roots(struct tree *t, pps_error **err)
{
	int r = PPS_OK;

	for (size_t i = 0; r >= 0 && i < t->all->n; i++)
		if (!pps_map_get(t->held, &t->all->at[i].id, sizeof t->all->at[i].id, NULL))
			r = add(t, &t->all->at[i], 0, err);
	return r;
}

/* Those that one of the names means, by name. */
static int add_named(struct tree *t, const char *name, uint8_t *taken, pps_error **err)
{
	int glob = pps_is_glob(name), matched = 0;

	for (size_t i = 0; i < t->all->n; i++) {
		if (glob ? !pps_glob_matches(name, t->all->at[i].name) : strcmp(name, t->all->at[i].name) != 0)
			continue;
		matched = taken[i] = 1;
	}
	return glob || matched ? PPS_OK : pps_fail(err, PPS_E_NOTFOUND, "collection %s: there is none of this name", name);
}

static int add_asked(struct tree *t, const char *names, pps_error **err)
{
	_cleanup_free_ char *list = strdup(names);
	_cleanup_free_ uint8_t *taken = calloc(t->all->n + 1, 1);
	char *save = NULL;
	int r = PPS_OK;

	if (!list || !taken)
		return pps_fail_nomem(err);
	for (char *name = strtok_r(list, ",", &save); name && r >= 0; name = strtok_r(NULL, ",", &save))
		r = add_named(t, name, taken, err);
	for (size_t i = 0; r >= 0 && i < t->all->n; i++)
		if (taken[i])
			r = add(t, &t->all->at[i], 0, err);
	return r;
}

int pps_butler_query_collections(pps_butler *butler, const char *names, pps_butler_collections **ret, pps_error **err)
{
	_cleanup_(tree_clear) struct tree t = { .butler = butler, .by_id = pps_map_new(), .by_parent = pps_map_new(), .held = pps_map_new() };
	int r;

	if (!butler || !ret)
		return pps_fail(err, PPS_E_ARG, "pps_butler_query_collections: a repository and ret are needed");
	if (!t.by_id || !t.by_parent || !t.held)
		return pps_fail_nomem(err);
	if ((r = new_list(butler, &t.all, err)) < 0 || (r = new_list(butler, &t.found, err)) < 0 || (r = read_all(&t, err)) < 0 ||
	    (r = read_links(&t, err)) < 0 || (r = names && *names ? add_asked(&t, names, err) : add_roots(&t, err)) < 0)
		return pps_wrap(err, r, "collections of %s", butler->config.uri);
	*ret = TAKE_PTR(t.found);
	return PPS_OK;
}

size_t pps_butler_collections_count(const pps_butler_collections *list)
{
	return list ? list->n : 0;
}

int pps_butler_collections_next(pps_butler_collections *list)
{
	if (!list || list->cursor >= list->n)
		return 0;
	list->cursor++;
	return 1;
}

/* The entry at hand; NULL before the first. */
static const pps_butler_collection *current(const pps_butler_collections *list)
{
	return list && list->cursor ? &list->at[list->cursor - 1] : NULL;
}

const char *pps_butler_collections_name(const pps_butler_collections *list)
{
	return current(list) ? current(list)->name : NULL;
}

int pps_butler_collections_type(const pps_butler_collections *list)
{
	return current(list) ? current(list)->type : 0;
}

const char *pps_butler_collections_doc(const pps_butler_collections *list)
{
	return current(list) ? current(list)->doc : NULL;
}

size_t pps_butler_collections_depth(const pps_butler_collections *list)
{
	return current(list) ? current(list)->depth : 0;
}
