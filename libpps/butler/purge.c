/* SPDX-License-Identifier: BSD-3-Clause */
#include "butler/purge.h"

#include <string.h>

#include "butler/butler-private.h"
#include "butler/chunk.h"
#include "store/store.h"

struct chunk {
	pps_butler *butler;
	const pps_uuid *ids; /* sorted, each once */
	size_t n;
	const pps_butler_member *member;
};

/* ---- to the trash ---- */

const char **pps_butler_member_names(const pps_butler *b)
{
	const char **names = calloc(b->config.nmembers + 1, sizeof *names);

	for (size_t i = 0; names && i < b->config.nmembers; i++)
		names[i] = b->config.members[i].name;
	return names;
}

struct trash {
	int flags;
	int64_t changed; /* by the chunk at hand */
	int64_t all;
};

/* Locations first: their rows refer to the datasets'. */
static int trash_fn(pps_butler *b, const pps_uuid *ids, size_t n, void *user, pps_error **err)
{
	struct trash *t = user;
	_cleanup_free_ const char **names = pps_butler_member_names(b);
	pps_sql_value params[] = { pps_sql_uuids(ids, n), pps_sql_texts(names, b->config.nmembers) };
	_cleanup_(pps_error_freep) pps_error *e = NULL;
	int64_t moved = 0, deleted = 0;
	int r;

	if (!names)
		return pps_fail_nomem(err);
	r = pps_sql_exec(b->sql, pps_sql_kind(b->sql) == PPS_SQL_POSTGRES ?
			 "INSERT INTO {dataset_location_trash} (dataset_id, datastore_name) SELECT dataset_id, datastore_name FROM {dataset_location} "
			 "WHERE dataset_id {in $1 uuid} AND datastore_name {in $2 text} ORDER BY dataset_id, datastore_name FOR UPDATE "
			 "ON CONFLICT DO NOTHING" :
			 "INSERT INTO {dataset_location_trash} (dataset_id, datastore_name) SELECT dataset_id, datastore_name FROM {dataset_location} "
			 "WHERE dataset_id {in $1 uuid} AND datastore_name {in $2 text} ON CONFLICT DO NOTHING", params, 2, NULL, err);
	if (r < 0 || (r = pps_sql_exec(b->sql, "DELETE FROM {dataset_location} WHERE dataset_id {in $1 uuid} AND datastore_name {in $2 text}",
				       params, 2, &moved, err)) < 0)
		return r;
	/* tags and certifications go with it: foreign keys of the Butler's making */
	if (t->flags & PPS_TRASH_PURGE && (r = pps_sql_exec(b->sql, "DELETE FROM {dataset} WHERE id {in $1 uuid}", params, 1, &deleted, &e)) < 0) {
		if (strcmp(pps_error_sqlstate(e), "23503") == 0)
			pps_wrap(&e, r, "one of the datasets is also stored in a datastore that butler.yaml does not name");
		pps_error_move(err, TAKE_PTR(e));
		return r;
	}
	t->changed = moved + deleted;
	return PPS_OK;
}

static int trash_done(void *user, pps_error **err _unused_)
{
	struct trash *t = user;

	t->all += t->changed;
	return PPS_OK;
}

int pps_butler_trash(pps_butler *butler, const pps_uuid *ids, size_t n, int flags, int64_t *ret_changed, pps_error **err)
{
	struct trash t = { .flags = flags };
	int r = pps_butler_check_removable(butler, err);

	if (r < 0)
		return r;
	if ((r = pps_chunk_each(butler, ids, n, trash_fn, trash_done, &t, err)) < 0)
		return pps_wrap(err, r, "datasets to the trash of %s", butler->config.uri);
	if (ret_changed)
		*ret_changed = t.all;
	return PPS_OK;
}

/* ---- out of the trash ---- */

/* A file of trashed datasets: "a/b.zip" of "a/b.zip#zip-path=member". */
struct file {
	const char *path;
	int has_fragment;
	int is_shared;
};

struct files {
	struct file *at;
	size_t n, cap;
	pps_map *by_path; /* -> index + 1 */
	pps_arena *arena;
};

static void clear_files(struct files *f)
{
	free(f->at);
	pps_map_free(f->by_path);
	pps_arena_free(f->arena);
}

static int new_files(struct files *f, pps_butler *b, pps_error **err)
{
	if (!(f->by_path = pps_map_new()))
		return pps_fail_nomem(err);
	return pps_arena_new((size_t)pps_ctx_memory(b->ctx), &f->arena, err);
}

/* Its fragment is cut off @path, as the Butler does: at the last '#'. */
static int add_file(struct files *f, const char *path, pps_error **err)
{
	const char *hash = strrchr(path, '#');
	_cleanup_free_ char *plain = hash ? strndup(path, (size_t)(hash - path)) : strdup(path);
	struct file file = { .has_fragment = hash != NULL };
	void *index;

	if (!plain)
		return pps_fail_nomem(err);
	if (pps_map_get_text(f->by_path, plain, &index)) {
		f->at[(uintptr_t)index - 1].has_fragment |= file.has_fragment;
		return PPS_OK;
	}
	if (!(file.path = pps_arena_text(f->arena, plain)))
		return pps_arena_fail(f->arena, "files of datasets", err);
	if (pps_grow(&f->at, &f->cap, f->n, sizeof file) < 0)
		return pps_fail_nomem(err);
	f->at[f->n++] = file;
	return pps_map_set_text(f->by_path, plain, (void *)(uintptr_t)f->n) < 0 ? pps_fail_nomem(err) : PPS_OK;
}

/* The datasets of the chunk that are in the member's trash. */
static int read_trashed(const struct chunk *c, pps_uuid *ids, size_t *ret_n, pps_error **err)
{
	_cleanup_(pps_sql_rows_freep) pps_sql_rows *rows = NULL;
	pps_sql_value params[] = { pps_sql_uuids(c->ids, c->n), pps_sql_text(c->member->name) };
	int r = pps_sql_query(c->butler->sql, "SELECT dataset_id FROM {dataset_location_trash} WHERE dataset_id {in $1 uuid} "
			      "AND datastore_name = $2 ORDER BY dataset_id", params, 2, &rows, err);

	*ret_n = 0;
	while (r >= 0 && (r = pps_sql_next(rows, err)) > 0 && *ret_n < c->n)
		if (pps_sql_get_uuid(rows, 0, &ids[*ret_n]) == 0)
			++*ret_n;
	return r < 0 ? r : PPS_OK;
}

static int read_files(const struct chunk *c, struct files *f, pps_error **err)
{
	_cleanup_(pps_sql_rows_freep) pps_sql_rows *rows = NULL;
	_cleanup_buf_ pps_buf text = PPS_BUF_LINE;
	pps_sql_value params[] = { pps_sql_uuids(c->ids, c->n) };
	int r;

	pps_buf_printf(&text, "SELECT path FROM {%s} WHERE dataset_id {in $1 uuid} ORDER BY path", c->member->table);
	if ((r = pps_buf_check(&text, "statement", err)) < 0)
		return r;
	r = pps_sql_query(c->butler->sql, pps_buf_text(&text), params, 1, &rows, err);
	while (r >= 0 && (r = pps_sql_next(rows, err)) > 0)
		r = add_file(f, pps_sql_get_text(rows, 0), err);
	return r < 0 ? r : PPS_OK;
}

/* Who else refers to a file: any record but those of the chunk, and those too when their dataset has been stored anew meanwhile. */
static const char others[] = " AND (dataset_id NOT IN (SELECT dataset_id FROM {dataset_location_trash} WHERE dataset_id {in $1 uuid} AND "
			     "datastore_name = $2) OR dataset_id IN (SELECT dataset_id FROM {dataset_location} WHERE dataset_id {in $1 uuid} AND "
			     "datastore_name = $2))";

static int mark_shared(const struct chunk *c, struct files *f, const char *condition, pps_sql_value what, pps_error **err)
{
	_cleanup_(pps_sql_rows_freep) pps_sql_rows *rows = NULL;
	_cleanup_buf_ pps_buf text = PPS_BUF_SQL;
	pps_sql_value params[] = { pps_sql_uuids(c->ids, c->n), pps_sql_text(c->member->name), what };
	int r;

	pps_buf_printf(&text, "SELECT path FROM {%s} WHERE %s%s", c->member->table, condition, others);
	if ((r = pps_buf_check(&text, "statement", err)) < 0)
		return r;
	r = pps_sql_query(c->butler->sql, pps_buf_text(&text), params, 3, &rows, err);
	while (r >= 0 && (r = pps_sql_next(rows, err)) > 0) {
		const char *path = pps_sql_get_text(rows, 0), *hash = strrchr(path, '#');
		_cleanup_free_ char *plain = hash ? strndup(path, (size_t)(hash - path)) : strdup(path);
		void *index;

		if (!plain)
			return pps_fail_nomem(err);
		if (pps_map_get_text(f->by_path, plain, &index))
			f->at[(uintptr_t)index - 1].is_shared = 1;
	}
	return r < 0 ? r : PPS_OK;
}

/* Whole files are asked for at once; of files with members each by its beginning. */
static int find_shared(const struct chunk *c, struct files *f, pps_error **err)
{
	_cleanup_free_ const char **paths = calloc(f->n + 1, sizeof *paths);
	int r;

	if (!paths)
		return pps_fail_nomem(err);
	for (size_t i = 0; i < f->n; i++)
		paths[i] = f->at[i].path;
	if (f->n && (r = mark_shared(c, f, "path {in $3 text}", pps_sql_texts(paths, f->n), err)) < 0)
		return r;
	for (size_t i = 0; i < f->n; i++) {
		_cleanup_free_ char *prefix = NULL;

		if (!f->at[i].has_fragment)
			continue;
		if (asprintf(&prefix, "%s#", f->at[i].path) < 0)
			return pps_fail_nomem(err);
		if ((r = mark_shared(c, f, "substr(path, 1, length(CAST($3 AS TEXT))) = $3", pps_sql_text(prefix), err)) < 0)
			return r;
	}
	return PPS_OK;
}

/* As the Butler does it: direct files are not its own. All of one call are below one root. */
static int remove_as_butler(const pps_artifact *artifacts, size_t n, void *user, pps_error **err)
{
	_cleanup_(pps_store_unrefp) pps_store *store = NULL;
	_cleanup_free_ const char **names = calloc(n + 1, sizeof *names);
	pps_butler *b = user;
	size_t own = 0;
	int r;

	if (!names)
		return pps_fail_nomem(err);
	for (size_t i = 0; i < n; i++)
		if (artifacts[i].name)
			names[own++] = artifacts[i].name;
	if (!own)
		return PPS_OK;
	if ((r = pps_store_open(b->ctx, artifacts[0].root, &store, err)) < 0)
		return r;
	return pps_store_remove_many(store, names, own, err);
}

static int set_artifact(const struct chunk *c, pps_arena *arena, const char *path, pps_artifact *artifact, pps_error **err)
{
	_cleanup_(pps_uri_freep) pps_uri *uri = NULL;
	_cleanup_free_ char *text = NULL;
	const char *below;
	int r;

	if ((r = pps_uri_join(c->member->root_uri, path, &uri, err)) < 0 || (r = pps_uri_format(uri, &text, err)) < 0)
		return r;
	artifact->root = c->member->root;
	if (!(artifact->uri = pps_arena_text(arena, text)))
		return pps_arena_fail(arena, "files of datasets", err);
	if (path[0] == '/' || strstr(path, "://"))
		return PPS_OK;
	if (!(below = pps_uri_below(uri, c->member->root_uri)))
		return pps_fail(err, PPS_E_FORMAT, "%s: the path of a file leads out of %s", path, c->member->root);
	artifact->name = pps_arena_text(arena, below);
	return artifact->name ? PPS_OK : pps_arena_fail(arena, "files of datasets", err);
}

static int remove_files(const struct chunk *c, const struct files *f, pps_artifact_fn remove, void *user, pps_error **err)
{
	_cleanup_free_ pps_artifact *artifacts = calloc(f->n + 1, sizeof *artifacts);
	size_t n = 0;
	int r;

	if (!artifacts)
		return pps_fail_nomem(err);
	for (size_t i = 0; i < f->n; i++)
		if (!f->at[i].is_shared && (r = set_artifact(c, f->arena, f->at[i].path, &artifacts[n++], err)) < 0)
			return r;
	return n ? remove(artifacts, n, user, err) : PPS_OK;
}

/* Both in one transaction, which the Python Butler does in two. What was stored anew meanwhile keeps its records. */
static int forget_fn(pps_sql *sql, void *user, pps_error **err)
{
	struct chunk *c = user;
	pps_sql_value params[] = { pps_sql_uuids(c->ids, c->n), pps_sql_text(c->member->name) };
	_cleanup_buf_ pps_buf text = PPS_BUF_LINE;
	int r, has;

	if ((r = pps_sql_has_table(sql, c->member->table, &has, err)) < 0)
		return r;
	pps_buf_printf(&text, "DELETE FROM {%s} WHERE dataset_id {in $1 uuid} AND dataset_id NOT IN (SELECT dataset_id FROM {dataset_location} "
		       "WHERE dataset_id {in $1 uuid} AND datastore_name = $2)", c->member->table);
	if ((r = pps_buf_check(&text, "statement", err)) < 0 ||
	    (has && (r = pps_sql_exec(sql, pps_buf_text(&text), params, 2, NULL, err)) < 0))
		return r;
	return pps_sql_exec(sql, "DELETE FROM {dataset_location_trash} WHERE dataset_id {in $1 uuid} AND datastore_name = $2", params, 2, NULL,
			    err);
}

/* One chunk in one member of the datastore. */
static int empty_chunk(struct chunk *c, pps_artifact_fn remove, void *user, pps_error **err)
{
	_cleanup_(clear_files) struct files files = { 0 };
	_cleanup_free_ pps_uuid *trashed = calloc(c->n + 1, sizeof *trashed);
	struct chunk own = *c;
	int r, has;

	if (!trashed)
		return pps_fail_nomem(err);
	own.ids = trashed;
	if ((r = read_trashed(c, trashed, &own.n, err)) < 0 || !own.n)
		return r;
	if ((r = pps_sql_has_table(c->butler->sql, c->member->table, &has, err)) < 0 || (r = new_files(&files, c->butler, err)) < 0)
		return r;
	if (has && ((r = read_files(&own, &files, err)) < 0 || (r = find_shared(&own, &files, err)) < 0 ||
		    (r = remove_files(&own, &files, remove, user, err)) < 0))
		return r;
	return pps_sql_transact(c->butler->sql, PPS_BUTLER_ATTEMPTS, forget_fn, &own, err);
}

int pps_butler_empty_trash(pps_butler *butler, const pps_uuid *ids, size_t n, pps_artifact_fn remove, void *user, pps_error **err)
{
	_cleanup_free_ pps_uuid *sorted = NULL;
	int r;

	if ((r = pps_butler_check_removable(butler, err)) < 0 || (r = pps_chunk_sort(ids, n, &sorted, &n, err)) < 0)
		return r;
	if (!remove) {
		remove = remove_as_butler;
		user = butler;
	}
	for (size_t i = 0; i < n; i += PPS_CHUNK_DATASETS)
		for (size_t k = 0; k < butler->config.nmembers; k++) {
			struct chunk c = { .butler = butler, .ids = sorted + i, .member = &butler->config.members[k],
					   .n = n - i < PPS_CHUNK_DATASETS ? n - i : PPS_CHUNK_DATASETS };

			if ((r = pps_ctx_check(butler->ctx, err)) < 0 || (r = empty_chunk(&c, remove, user, err)) < 0)
				return pps_wrap(err, r, "trash of %s", butler->config.uri);
		}
	return PPS_OK;
}

/* ---- who else refers to files ---- */

/* What a record of @member would say of a file: its URI, and its name below the root. */
static int add_paths(const pps_butler_member *member, const char *text, pps_arena *arena, const char **paths, size_t *n, pps_error **err)
{
	_cleanup_(pps_uri_freep) pps_uri *uri = NULL;
	const char *below;
	int r;

	if ((r = pps_uri_parse(text, &uri, err)) < 0)
		return r;
	paths[(*n)++] = text;
	if (!(below = pps_uri_below(uri, member->root_uri)))
		return PPS_OK;
	return (paths[(*n)++] = pps_arena_text(arena, below)) ? PPS_OK : pps_arena_fail(arena, "paths of files", err);
}

static int count_users(pps_butler *b, const pps_butler_member *member, const char *const *paths, size_t npaths, const pps_uuid *ids, size_t nids,
		       int64_t *n, pps_error **err)
{
	_cleanup_(pps_sql_rows_freep) pps_sql_rows *rows = NULL;
	_cleanup_buf_ pps_buf text = PPS_BUF_LINE;
	pps_sql_value params[] = { pps_sql_texts(paths, npaths), pps_sql_uuids(ids, nids) };
	int r;

	pps_buf_printf(&text, "SELECT count(*) FROM {%s} WHERE path {in $1 text} AND NOT dataset_id {in $2 uuid}", member->table);
	if ((r = pps_buf_check(&text, "statement", err)) < 0 || (r = pps_sql_query(b->sql, pps_buf_text(&text), params, 2, &rows, err)) < 0 ||
	    (r = pps_sql_next(rows, err)) < 0)
		return r;
	*n += pps_sql_get_int(rows, 0);
	return PPS_OK;
}

int pps_butler_other_users(pps_butler *butler, const char *const *uris, size_t nuris, const pps_uuid *ids, size_t nids, int64_t *ret_n,
			   pps_error **err)
{
	int64_t n = 0;
	int r = PPS_OK, has;

	for (size_t k = 0; k < butler->config.nmembers && r == PPS_OK; k++) {
		const pps_butler_member *member = &butler->config.members[k];
		_cleanup_free_ const char **paths = calloc(2 * nuris + 1, sizeof *paths);
		_cleanup_(pps_arena_freep) pps_arena *arena = NULL;
		size_t npaths = 0;

		if (!paths)
			return pps_fail_nomem(err);
		if ((r = pps_arena_new((size_t)pps_ctx_memory(butler->ctx), &arena, err)) < 0 ||
		    (r = pps_sql_has_table(butler->sql, member->table, &has, err)) < 0)
			return r;
		for (size_t i = 0; i < nuris && has && r == PPS_OK; i++)
			r = add_paths(member, uris[i], arena, paths, &npaths, err);
		if (r == PPS_OK && npaths)
			r = count_users(butler, member, paths, npaths, ids, nids, &n, err);
	}
	if (r == PPS_OK)
		*ret_n = n;
	return r;
}
