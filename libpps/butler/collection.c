/* SPDX-License-Identifier: BSD-3-Clause */
/* Collections: what names, globs and chains mean, in the order of searching; RUN collections registered when missing. */
#include <fnmatch.h>
#include <string.h>

#include "butler/butler-private.h"

int pps_is_glob(const char *name)
{
	return name[strcspn(name, "*?[")] != 0;
}

int pps_glob_matches(const char *pattern, const char *name)
{
	return fnmatch(pattern, name, FNM_NOESCAPE) == 0;
}

void pps_butler_collections_free(pps_butler_collections *collections)
{
	if (!collections)
		return;
	free(collections->at);
	pps_arena_free(collections->arena);
	free(collections);
}

static int collections_new(const pps_butler *b, pps_butler_collections **ret, pps_error **err)
{
	_cleanup_(pps_butler_collections_freep) pps_butler_collections *list = calloc(1, sizeof *list);
	int r;

	if (!list)
		return pps_fail_nomem(err);
	if ((r = pps_arena_new((size_t)pps_ctx_memory(b->ctx), &list->arena, err)) < 0)
		return r;
	*ret = TAKE_PTR(list);
	return PPS_OK;
}

static int append(pps_butler_collections *list, size_t *cap, int64_t id, const char *name, int type, pps_error **err)
{
	const char *s = pps_arena_text(list->arena, name);

	if (!s)
		return pps_arena_fail(list->arena, "collections", err);
	if (pps_grow(&list->at, cap, list->n, sizeof *list->at) < 0)
		return pps_fail_nomem(err);
	list->at[list->n++] = (pps_butler_collection){ .name = s, .type = type, .id = id };
	return PPS_OK;
}

/* Collections of these names; when a glob is among them, all that there are. In the order of their making, as the Python Butler
 * goes through them. */
static int read_candidates(pps_butler *b, const char *const *names, size_t n, pps_butler_collections *all, pps_error **err)
{
	_cleanup_(pps_sql_rows_freep) pps_sql_rows *rows = NULL;
	pps_sql_value params[] = { pps_sql_texts(names, n) };
	int r, glob = 0;
	size_t cap = 0;

	for (size_t i = 0; i < n; i++)
		glob |= pps_is_glob(names[i]);
	if (glob)
		r = pps_sql_query(b->sql, "SELECT collection_id, name, type FROM {collection} ORDER BY collection_id", NULL, 0, &rows, err);
	else
		r = pps_sql_query(b->sql, "SELECT collection_id, name, type FROM {collection} WHERE name {in $1 text} ORDER BY collection_id",
				  params, PPS_COUNT(params), &rows, err);
	while (r >= 0 && (r = pps_sql_next(rows, err)) > 0)
		r = append(all, &cap, pps_sql_get_int(rows, 0), pps_sql_get_text(rows, 1), (int)pps_sql_get_int(rows, 2), err);
	return r;
}

/* What is below a chain, depth first in the order of positions, chains left out. */
static int read_chain(pps_butler *b, int64_t parent, pps_butler_collections *children, size_t *cap, pps_error **err)
{
	/* The path of positions, each as text of equal length, gives the order in which a recursive walk would meet them. */
	static const char sqlite[] =
		"WITH RECURSIVE walk(id, path, depth) AS ("
		" SELECT child, printf('%06d', position + 32768), 1 FROM {collection_chain} WHERE parent = $1"
		" UNION ALL SELECT c.child, w.path || '/' || printf('%06d', c.position + 32768), w.depth + 1"
		" FROM walk w JOIN {collection_chain} c ON c.parent = w.id WHERE w.depth < 64)"
		" SELECT w.id, k.name, k.type FROM walk w JOIN {collection} k ON k.collection_id = w.id WHERE k.type <> 3 ORDER BY w.path";
	static const char postgres[] =
		"WITH RECURSIVE walk(id, path, depth) AS ("
		" SELECT child, lpad((position + 32768)::text, 6, '0'), 1 FROM {collection_chain} WHERE parent = $1"
		" UNION ALL SELECT c.child, w.path || '/' || lpad((c.position + 32768)::text, 6, '0'), w.depth + 1"
		" FROM walk w JOIN {collection_chain} c ON c.parent = w.id WHERE w.depth < 64)"
		" SELECT w.id, k.name, k.type FROM walk w JOIN {collection} k ON k.collection_id = w.id WHERE k.type <> 3"
		" ORDER BY w.path COLLATE \"C\"";
	_cleanup_(pps_sql_rows_freep) pps_sql_rows *rows = NULL;
	pps_sql_value params[] = { pps_sql_int(parent) };
	int r = pps_sql_query(b->sql, pps_sql_kind(b->sql) == PPS_SQL_SQLITE ? sqlite : postgres, params, PPS_COUNT(params), &rows, err);

	while (r >= 0 && (r = pps_sql_next(rows, err)) > 0)
		r = append(children, cap, pps_sql_get_int(rows, 0), pps_sql_get_text(rows, 1), (int)pps_sql_get_int(rows, 2), err);
	return r;
}

struct search {
	pps_butler *butler;
	pps_butler_collections *found;
	size_t cap;
	pps_map *seen; /* ids */
	int keep_chains;
};

static int take(struct search *s, const pps_butler_collection *c, pps_error **err)
{
	int n = pps_map_set(s->seen, &c->id, sizeof c->id, s);

	if (n < 0)
		return pps_fail_nomem(err);
	return n == 0 ? PPS_OK : append(s->found, &s->cap, c->id, c->name, c->type, err);
}

static int take_all(struct search *s, const pps_butler_collection *c, pps_error **err)
{
	_cleanup_(pps_butler_collections_freep) pps_butler_collections *children = NULL;
	size_t cap = 0;
	int r;

	if (c->type != PPS_COLLECTION_CHAINED || s->keep_chains)
		return take(s, c, err);
	if ((r = collections_new(s->butler, &children, err)) < 0 || (r = read_chain(s->butler, c->id, children, &cap, err)) < 0)
		return r;
	for (size_t i = 0; i < children->n; i++)
		if ((r = take(s, &children->at[i], err)) < 0)
			return r;
	return PPS_OK;
}

int pps_butler_find_collections(pps_butler *butler, const char *const *names, size_t n, int flags,
				pps_butler_collections **ret, pps_error **err)
{
	_cleanup_(pps_butler_collections_freep) pps_butler_collections *all = NULL, *found = NULL;
	_cleanup_(pps_map_freep) pps_map *seen = pps_map_new();
	struct search s = { .butler = butler, .seen = seen, .keep_chains = flags & PPS_COLLECTIONS_KEEP_CHAINS };
	int r;

	if (!seen)
		return pps_fail_nomem(err);
	if ((r = collections_new(butler, &all, err)) < 0 || (r = collections_new(butler, &found, err)) < 0 ||
	    (r = read_candidates(butler, names, n, all, err)) < 0)
		return r;
	s.found = found;
	for (size_t i = 0; i < n; i++) {
		int glob = pps_is_glob(names[i]), matched = 0;

		for (size_t k = 0; k < all->n; k++) {
			if (glob ? !pps_glob_matches(names[i], all->at[k].name) : strcmp(names[i], all->at[k].name) != 0)
				continue;
			matched = 1;
			if ((r = take_all(&s, &all->at[k], err)) < 0)
				return r;
		}
		if (!glob && !matched && !(flags & PPS_COLLECTIONS_MISSING_OK))
			return pps_fail(err, PPS_E_NOTFOUND, "collection %s: there is none of this name", names[i]);
	}
	*ret = TAKE_PTR(found);
	return PPS_OK;
}

/* ---- RUN collections ---- */

struct run {
	const char *name;
	const char *doc; /* for a new one; NULL: none */
	size_t index; /* in the caller's list */
	int64_t id;
	int has_row;   /* in the table run */
	int is_tagged; /* it is no RUN: it is asked for along with them */
};

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct run *)a)->name, ((const struct run *)b)->name);
}

static int note_run(struct run *run, const pps_sql_rows *rows, pps_error **err)
{
	if (pps_sql_get_int(rows, 2) != (run->is_tagged ? PPS_COLLECTION_TAGGED : PPS_COLLECTION_RUN))
		return pps_fail(err, PPS_E_CONFLICT, "collection %s is there, but it is %s", run->name, run->is_tagged ? "not TAGGED" : "no RUN");
	run->id = pps_sql_get_int(rows, 0);
	run->has_row = !pps_sql_is_null(rows, 3);
	return PPS_OK;
}

static int read_runs(pps_butler *b, const char *const *names, size_t n, struct run *runs, pps_error **err)
{
	_cleanup_(pps_sql_rows_freep) pps_sql_rows *rows = NULL;
	pps_sql_value params[] = { pps_sql_texts(names, n) };
	int r = pps_sql_query(b->sql,
			      "SELECT c.collection_id, c.name, c.type, r.collection_id FROM {collection} c"
			      " LEFT JOIN {run} r ON r.collection_id = c.collection_id WHERE c.name {in $1 text}",
			      params, PPS_COUNT(params), &rows, err);

	while (r >= 0 && (r = pps_sql_next(rows, err)) > 0)
		for (size_t i = 0; i < n; i++)
			if (strcmp(runs[i].name, pps_sql_get_text(rows, 1)) == 0 && (r = note_run(&runs[i], rows, err)) < 0)
				return r;
	return r;
}

static int fail_removed(const char *name, pps_error **err)
{
	return pps_fail(err, PPS_E_UNAVAILABLE, "collection %s was removed while it was registered", name);
}

/* With name, type and documentation as $1 to $3. A number of the sequence is used up when somebody else was faster, as it is by Python. */
static void add_insertion(pps_butler *b, pps_buf *text)
{
	_cleanup_buf_ pps_buf sequence = PPS_BUF_LINE;

	if (pps_sql_kind(b->sql) == PPS_SQL_POSTGRES) {
		pps_sequence_literal(b, "collection_seq_collection_id", &sequence);
		pps_buf_printf(text, "INSERT INTO {collection} (collection_id, name, type, doc) VALUES (nextval(%s), $1, $2, $3)"
			       " ON CONFLICT DO NOTHING", pps_buf_text(&sequence));
	} else {
		pps_buf_add_text(text, "INSERT INTO {collection} (name, type, doc) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING");
	}
}

static int insert_collection(pps_butler *b, const char *name, int type, const char *doc, int64_t *inserted, pps_error **err)
{
	_cleanup_buf_ pps_buf text = PPS_BUF_LINE;
	pps_sql_value params[] = { pps_sql_text(name), pps_sql_int(type), pps_sql_text(doc) };
	int64_t changed = 0;
	int r;

	add_insertion(b, &text);
	if ((r = pps_buf_check(&text, "statement", err)) < 0 ||
	    (r = pps_sql_exec(b->sql, pps_buf_text(&text), params, PPS_COUNT(params), &changed, err)) < 0)
		return pps_wrap(err, r, "register collection %s", name);
	*inserted += changed;
	return PPS_OK;
}

/* Both rows in one round trip, unless somebody else was faster. */
static int insert_both(pps_butler *b, struct run *run, int64_t *inserted, pps_error **err)
{
	_cleanup_(pps_sql_rows_freep) pps_sql_rows *rows = NULL;
	_cleanup_buf_ pps_buf text = PPS_BUF_LINE;
	pps_sql_value params[] = { pps_sql_text(run->name), pps_sql_int(PPS_COLLECTION_RUN), pps_sql_text(run->doc) };
	int r;

	pps_buf_add_text(&text, "WITH c AS (");
	add_insertion(b, &text);
	pps_buf_add_text(&text, " RETURNING collection_id) INSERT INTO {run} (collection_id) SELECT collection_id FROM c RETURNING collection_id");
	if ((r = pps_buf_check(&text, "statement", err)) < 0 ||
	    (r = pps_sql_query(b->sql, pps_buf_text(&text), params, PPS_COUNT(params), &rows, err)) < 0 || (r = pps_sql_next(rows, err)) < 0)
		return pps_wrap(err, r, "register run %s", run->name);
	if (!r)
		return PPS_OK;
	run->id = pps_sql_get_int(rows, 0);
	run->has_row = 1;
	*inserted += 2;
	return PPS_OK;
}

/* One RUN at a time, in the order of names, as Python does: so nobody waits for us who waits for them. */
static int insert_run(pps_butler *b, struct run *run, int64_t *inserted, pps_error **err)
{
	pps_sql_value params[1];
	int64_t changed = 0;
	int r;

	if (!run->id && (r = pps_sql_kind(b->sql) == PPS_SQL_POSTGRES ?
				     insert_both(b, run, inserted, err) :
				     insert_collection(b, run->name, PPS_COLLECTION_RUN, run->doc, inserted, err)) < 0)
		return r;
	if (!run->id && (r = read_runs(b, &run->name, 1, run, err)) < 0)
		return r;
	if (!run->id)
		return fail_removed(run->name, err);
	if (run->has_row)
		return PPS_OK;
	params[0] = pps_sql_int(run->id);
	if ((r = pps_sql_exec(b->sql, "INSERT INTO {run} (collection_id) VALUES ($1) ON CONFLICT DO NOTHING", params, 1, &changed, err)) < 0)
		return pps_wrap(err, r, "register run %s", run->name);
	*inserted += changed;
	return PPS_OK;
}

/* Those that are not there. In the order of names. */
static int insert_runs(pps_butler *b, struct run *runs, size_t n, int64_t *ret_ids, int64_t *inserted, pps_error **err)
{
	int r;

	qsort(runs, n, sizeof *runs, by_name);
	for (size_t i = 0; i < n; i++) {
		if ((!runs[i].id || !runs[i].has_row) && (r = insert_run(b, &runs[i], inserted, err)) < 0)
			return r;
		if (ret_ids)
			ret_ids[runs[i].index] = runs[i].id;
	}
	return PPS_OK;
}

int pps_butler_insert_runs_in(pps_butler *butler, const char *const *names, const char *const *docs, size_t n, int64_t *ids, int64_t *inserted,
			      pps_error **err)
{
	_cleanup_free_ struct run *runs = calloc(n ? n : 1, sizeof *runs);
	const int is_sqlite = pps_sql_kind(butler->sql) == PPS_SQL_SQLITE; /* which may have given an id to another meanwhile */
	int r;

	if (!runs)
		return pps_fail_nomem(err);
	for (size_t i = 0; i < n; i++)
		runs[i] = (struct run){ .name = names[i], .doc = docs[i], .index = i, .id = is_sqlite ? 0 : ids[i], .has_row = !is_sqlite && ids[i] };
	if (is_sqlite && (r = read_runs(butler, names, n, runs, err)) < 0)
		return r;
	return insert_runs(butler, runs, n, ids, inserted, err);
}

int pps_butler_run_ids(pps_butler *butler, const char *const *names, size_t n, const char *tagged, int64_t *ret_ids, int64_t *ret_tagged,
		       int *ret_missing, pps_error **err)
{
	_cleanup_free_ const char **all = calloc(n + 1, sizeof *all);
	_cleanup_free_ struct run *runs = calloc(n + 1, sizeof *runs);
	int r;

	if (!all || !runs)
		return pps_fail_nomem(err);
	for (size_t i = 0; i < n; i++) {
		all[i] = names[i];
		runs[i] = (struct run){ .name = names[i] };
	}
	all[n] = tagged;
	runs[n] = (struct run){ .name = tagged, .is_tagged = 1 };
	if ((r = read_runs(butler, all, n + (tagged != NULL), runs, err)) < 0)
		return r;
	if (tagged && !runs[n].id)
		return pps_fail(err, PPS_E_NOTFOUND, "collection %s: there is none of this name", tagged);
	*ret_tagged = runs[n].id;
	*ret_missing = 0;
	for (size_t i = 0; i < n; i++) {
		ret_ids[i] = runs[i].has_row ? runs[i].id : 0;
		*ret_missing += !ret_ids[i];
	}
	return PPS_OK;
}

int pps_butler_runs_in(pps_butler *butler, const char *const *names, size_t n, int64_t *ret_ids, int64_t *inserted, pps_error **err)
{
	_cleanup_free_ struct run *runs = calloc(n ? n : 1, sizeof *runs);
	int r;

	if (!runs)
		return pps_fail_nomem(err);
	for (size_t i = 0; i < n; i++)
		runs[i] = (struct run){ .name = names[i], .index = i };
	if ((r = read_runs(butler, names, n, runs, err)) < 0)
		return r;
	return insert_runs(butler, runs, n, ret_ids, inserted, err);
}

struct ensure {
	pps_butler *butler;
	const char *const *names;
	size_t n;
};

static int ensure_fn(pps_sql *sql _unused_, void *user, pps_error **err)
{
	struct ensure *e = user;
	int64_t inserted = 0;

	return pps_butler_runs_in(e->butler, e->names, e->n, NULL, &inserted, err);
}

int pps_butler_ensure_runs(pps_butler *butler, const char *const *names, size_t n, int flags, pps_error **err)
{
	struct ensure e = { butler, names, n };
	_cleanup_free_ struct run *runs = NULL;
	int r;

	if (flags & PPS_BUTLER_DRY_RUN) {
		if (!(runs = calloc(n ? n : 1, sizeof *runs)))
			return pps_fail_nomem(err);
		for (size_t i = 0; i < n; i++)
			runs[i].name = names[i];
		return read_runs(butler, names, n, runs, err);
	}
	if ((r = pps_butler_check_writable(butler, err)) < 0)
		return r;
	return pps_butler_retry(butler, ensure_fn, &e, err);
}

/* ---- TAGGED and CHAINED collections ---- */

static const char *type_name(int type)
{
	static const char *const names[] = { [PPS_COLLECTION_RUN] = "RUN", [PPS_COLLECTION_TAGGED] = "TAGGED", [PPS_COLLECTION_CHAINED] = "CHAINED",
					     [PPS_COLLECTION_CALIBRATION] = "CALIBRATION" };

	return type > 0 && (size_t)type < PPS_COUNT(names) ? names[type] : "of an unknown type";
}

int pps_butler_collection_id(pps_butler *butler, const char *name, int type, int64_t *ret_id, pps_error **err)
{
	_cleanup_(pps_sql_rows_freep) pps_sql_rows *rows = NULL;
	pps_sql_value params[] = { pps_sql_text(name) };
	int r = pps_sql_query(butler->sql, "SELECT collection_id, type FROM {collection} WHERE name = $1", params, 1, &rows, err);

	*ret_id = 0;
	if (r < 0 || (r = pps_sql_next(rows, err)) <= 0)
		return r;
	if (pps_sql_get_int(rows, 1) != type)
		return pps_fail(err, PPS_E_CONFLICT, "collection %s is %s, not %s", name, type_name((int)pps_sql_get_int(rows, 1)), type_name(type));
	*ret_id = pps_sql_get_int(rows, 0);
	return PPS_OK;
}

int pps_butler_collection_in(pps_butler *butler, const char *name, int type, const char *doc, int64_t *ret_id, int64_t *inserted, pps_error **err)
{
	int r = pps_butler_collection_id(butler, name, type, ret_id, err);

	if (r < 0 || *ret_id)
		return r;
	if ((r = insert_collection(butler, name, type, doc, inserted, err)) < 0 ||
	    (r = pps_butler_collection_id(butler, name, type, ret_id, err)) < 0)
		return r;
	return *ret_id ? PPS_OK : fail_removed(name, err);
}

struct other {
	pps_butler *butler;
	const char *name, *doc;
	int type;
	int64_t id, inserted;
};

static int other_fn(pps_sql *sql _unused_, void *user, pps_error **err)
{
	struct other *o = user;

	o->inserted = 0;
	return pps_butler_collection_in(o->butler, o->name, o->type, o->doc, &o->id, &o->inserted, err);
}

int pps_butler_ensure_collection(pps_butler *butler, const char *name, int type, const char *doc, int64_t *ret_id, int64_t *ret_inserted, pps_error **err)
{
	struct other o = { .butler = butler, .name = name, .doc = doc, .type = type };
	int r;

	if ((r = pps_butler_check_writable(butler, err)) < 0 || (r = pps_butler_retry(butler, other_fn, &o, err)) < 0)
		return r;
	if (ret_id)
		*ret_id = o.id;
	if (ret_inserted)
		*ret_inserted = o.inserted;
	return PPS_OK;
}
