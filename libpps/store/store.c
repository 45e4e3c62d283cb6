/* SPDX-License-Identifier: BSD-3-Clause */
/* What is the same for all kinds of stores. */
#include "store/store.h"

#include <string.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "store/store-ops.h"

#define BLOCK (1u << 20)
#define NAME_MOST 65536

/* Takes @root. */
static int store_new(pps_ctx *ctx, pps_uri *root, pps_store **ret_store, pps_error **err)
{
	pps_store *store = calloc(1, sizeof *store);
	int r;

	if (!store) {
		pps_uri_free(root);
		return pps_fail_nomem(err);
	}
	atomic_init(&store->refs, 1);
	store->ctx = pps_ctx_ref(ctx);
	store->root = root;
	store->ops = root->scheme == PPS_URI_S3 ? &pps_store_s3_ops : &pps_store_file_ops;
	root->is_folder = 1;
	if ((r = pps_uri_make_absolute(root, err)) < 0 || (r = pps_uri_format(root, &store->uri, err)) < 0 ||
	    (store->ops->open && (r = store->ops->open(store, err)) < 0))
		goto fail;
	*ret_store = store;
	return PPS_OK;
fail:
	pps_store_unref(store);
	return r;
}

int pps_store_open(pps_ctx *ctx, const char *uri, pps_store **ret_store, pps_error **err)
{
	_cleanup_(pps_uri_freep) pps_uri *root = NULL;
	int r;

	if (!ctx || !uri || !ret_store)
		return pps_fail(err, PPS_E_ARG, "pps_store_open: ctx, uri and ret_store must not be NULL");
	if ((r = pps_uri_parse(uri, &root, err)) < 0)
		return r;
	if (root->fragment)
		return pps_fail(err, PPS_E_FORMAT, "%s: a folder's URI has no fragment ('#' in a name is written %%23)", uri);
	return store_new(ctx, TAKE_PTR(root), ret_store, err);
}

int pps_store_open_parent(pps_ctx *ctx, const char *uri, pps_store **ret_store, char **ret_name, pps_error **err)
{
	_cleanup_(pps_uri_freep) pps_uri *file = NULL, *folder = NULL;
	_cleanup_(pps_store_unrefp) pps_store *store = NULL;
	char *name;
	int r;

	if ((r = pps_uri_parse(uri, &file, err)) < 0 || (r = pps_uri_make_absolute(file, err)) < 0)
		return r;
	if (!*pps_uri_basename(file))
		return pps_fail(err, PPS_E_FORMAT, "%s: names no file", uri);
	if ((r = pps_uri_parent(file, &folder, err)) < 0 || (r = store_new(ctx, TAKE_PTR(folder), &store, err)) < 0)
		return r;
	if (!(name = strdup(pps_uri_basename(file))))
		return pps_fail_nomem(err);
	*ret_name = name;
	*ret_store = TAKE_PTR(store);
	return PPS_OK;
}

pps_store *pps_store_ref(pps_store *store)
{
	if (store)
		atomic_fetch_add(&store->refs, 1);
	return store;
}

pps_store *pps_store_unref(pps_store *store)
{
	if (store && atomic_fetch_sub(&store->refs, 1) == 1) {
		if (store->kind)
			store->ops->close(store);
		pps_ctx_unref(store->ctx);
		pps_uri_free(store->root);
		free(store->uri);
		free(store);
	}
	return NULL;
}

const char *pps_store_uri(const pps_store *store)
{
	return store ? store->uri : "";
}

pps_ctx *pps_store_ctx(pps_store *store)
{
	return store->ctx;
}

const pps_uri *pps_store_root(const pps_store *store)
{
	return store->root;
}

/* "" is the store itself, for folders only. Keys of objects may have empty parts. */
static int check_name(const pps_store *store, const char *name, int may_be_empty, pps_error **err)
{
	const char *p = name;
	int strict;

	if (!store || !name)
		return pps_fail(err, PPS_E_ARG, "store and name must not be NULL");
	if (!*name)
		return may_be_empty ? PPS_OK : pps_fail(err, PPS_E_ARG, "%s: a name is needed", store->uri);
	if (strlen(name) >= NAME_MOST)
		return pps_fail(err, PPS_E_ARG, "%s: a name of %zu bytes is too long", store->uri, strlen(name));
	strict = store->root->scheme == PPS_URI_FILE;
	while (1) {
		size_t n = strcspn(p, "/");

		if ((n == 0 && (strict || !*p) && !(may_be_empty && p != name && !*p)) || (n == 1 && *p == '.') || (n == 2 && memcmp(p, "..", 2) == 0))
			return pps_fail(err, PPS_E_ARG, "%s: \"%s\" is no name below it", store->uri, name);
		if (!p[n])
			return PPS_OK;
		p += n + 1;
	}
}

int pps_store_name_uri(const pps_store *store, const char *name, char **ret_uri, pps_error **err)
{
	pps_uri u = *store->root;
	_cleanup_free_ char *path = NULL;
	int r;

	if ((r = check_name(store, name, 1, err)) < 0)
		return r;
	if (asprintf(&path, "%s%s%s", u.path, strcmp(u.path, "/") == 0 || !*u.path ? "" : "/", name) < 0)
		return pps_fail_nomem(err);
	u.path = path;
	u.is_folder = 0;
	return pps_uri_format(&u, ret_uri, err);
}

int pps_store_name_plain(const pps_store *store, const char *name, char **ret_path, pps_error **err)
{
	_cleanup_free_ char *root = NULL;
	int r;

	if ((r = check_name(store, name, 1, err)) < 0 || (r = pps_uri_plain(store->root, &root, err)) < 0)
		return r;
	if (!*name) {
		*ret_path = TAKE_PTR(root);
		return PPS_OK;
	}
	if (store->root->scheme != PPS_URI_FILE)
		return pps_store_name_uri(store, name, ret_path, err);
	if (asprintf(ret_path, "%s%s%s", root, root[strlen(root) - 1] == '/' ? "" : "/", name) < 0) {
		*ret_path = NULL;
		return pps_fail_nomem(err);
	}
	return PPS_OK;
}

int pps_store_listing_add(pps_store_listing *listing, const char *name, uint64_t size, int64_t mtime, const char *etag, pps_error **err)
{
	pps_store_entry *e;

	if (pps_grow(&listing->entries, &listing->cap, listing->n, sizeof *e) < 0)
		return pps_fail_nomem(err);
	e = &listing->entries[listing->n];
	e->etag = NULL;
	if (!(e->name = strdup(name)) || (etag && *etag && !(e->etag = strdup(etag)))) {
		free(e->name);
		return pps_fail_nomem(err);
	}
	e->size = size;
	e->mtime = mtime;
	listing->n++;
	return PPS_OK;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const pps_store_entry *)a)->name, ((const pps_store_entry *)b)->name);
}

int pps_store_list(pps_store *store, const char *folder, int flags, pps_store_listing **ret_listing, pps_error **err)
{
	_cleanup_(pps_store_listing_freep) pps_store_listing *listing = NULL;
	int r;

	if (!folder)
		folder = "";
	if ((r = check_name(store, folder, 1, err)) < 0)
		return r;
	if (!ret_listing || flags & ~PPS_STORE_RECURSIVE)
		return pps_fail(err, PPS_E_ARG, "pps_store_list: ret_listing must not be NULL, flags must be known");
	if (!(listing = calloc(1, sizeof *listing)))
		return pps_fail_nomem(err);
	if ((r = store->ops->list(store, folder, flags, listing, err)) < 0)
		return pps_wrap(err, r, "list %s%s", store->uri, folder);
	if (listing->n)
		qsort(listing->entries, listing->n, sizeof *listing->entries, by_name);
	*ret_listing = TAKE_PTR(listing);
	return PPS_OK;
}

size_t pps_store_listing_count(const pps_store_listing *listing)
{
	return listing ? listing->n : 0;
}

const char *pps_store_listing_name(const pps_store_listing *listing, size_t n)
{
	return listing && n < listing->n ? listing->entries[n].name : NULL;
}

uint64_t pps_store_listing_size(const pps_store_listing *listing, size_t n)
{
	return listing && n < listing->n ? listing->entries[n].size : 0;
}

int64_t pps_store_listing_mtime(const pps_store_listing *listing, size_t n)
{
	return listing && n < listing->n ? listing->entries[n].mtime : 0;
}

const char *pps_store_listing_etag(const pps_store_listing *listing, size_t n)
{
	return listing && n < listing->n && listing->entries[n].etag ? listing->entries[n].etag : "";
}

void pps_store_listing_stat(const pps_store_listing *listing, size_t n, pps_store_stat *ret_stat)
{
	*ret_stat = (pps_store_stat){ .size = listing->entries[n].size, .mtime = listing->entries[n].mtime };
	snprintf(ret_stat->etag, sizeof ret_stat->etag, "%s", pps_store_listing_etag(listing, n));
}

void pps_store_listing_free(pps_store_listing *listing)
{
	if (!listing)
		return;
	for (size_t i = 0; i < listing->n; i++) {
		free(listing->entries[i].name);
		free(listing->entries[i].etag);
	}
	free(listing->entries);
	free(listing);
}

int pps_store_stat_name(pps_store *store, const char *name, pps_store_stat *ret_stat, pps_error **err)
{
	int r = check_name(store, name, 0, err);

	return r < 0 ? r : store->ops->stat(store, name, ret_stat, err);
}

int pps_store_exists(pps_store *store, const char *name, pps_error **err)
{
	_cleanup_(pps_error_freep) pps_error *e = NULL;
	pps_store_stat st;
	int r = pps_store_stat_name(store, name, &st, &e);

	if (r == PPS_E_NOTFOUND)
		return 0;
	if (r < 0) {
		pps_error_move(err, TAKE_PTR(e));
		return r;
	}
	return 1;
}

int pps_store_file_open(pps_store *store, const char *name, pps_store_file **ret_file, pps_error **err)
{
	int r = check_name(store, name, 0, err);

	return r < 0 ? r : store->ops->file_open(store, name, NULL, ret_file, err);
}

int pps_store_file_open_known(pps_store *store, const char *name, const pps_store_stat *known, pps_store_file **ret_file, pps_error **err)
{
	int r = check_name(store, name, 0, err);

	return r < 0 ? r : store->ops->file_open(store, name, known, ret_file, err);
}

int pps_store_file_open_ahead(pps_store *store, const char *name, size_t ahead, pps_store_file **ret_file, pps_error **err)
{
	int r = check_name(store, name, 0, err);

	if (r < 0)
		return r;
	return store->ops->file_open_ahead && ahead ? store->ops->file_open_ahead(store, name, ahead, ret_file, err) :
						      store->ops->file_open(store, name, NULL, ret_file, err);
}

void pps_store_file_close(pps_store_file *file)
{
	if (file)
		file->store->ops->file_close(file);
}

const pps_store_stat *pps_store_file_stat(const pps_store_file *file)
{
	return &file->stat;
}

const char *pps_store_file_path(const pps_store_file *file)
{
	return file->path;
}

int pps_store_file_read(pps_store_file *file, uint64_t offset, void *bytes, size_t size, size_t *ret_got, pps_error **err)
{
	return file->store->ops->file_read(file, offset, bytes, size, ret_got, err);
}

int pps_store_file_check(pps_store_file *file, pps_error **err)
{
	return file->store->ops->file_check(file, err);
}

int pps_store_read(pps_store *store, const char *name, uint64_t max, void **ret_bytes, size_t *ret_size, pps_error **err)
{
	_cleanup_(pps_store_file_closep) pps_store_file *file = NULL;
	_cleanup_free_ char *bytes = NULL;
	size_t size, got;
	int r;

	if (!ret_bytes || !ret_size)
		return pps_fail(err, PPS_E_ARG, "pps_store_read: ret_bytes and ret_size must not be NULL");
	if ((r = pps_store_file_open(store, name, &file, err)) < 0)
		return r;
	if (file->stat.size > max)
		return pps_fail(err, PPS_E_FORMAT, "%s: %llu bytes, more than the %llu that are accepted", file->path,
				(unsigned long long)file->stat.size, (unsigned long long)max);
	size = (size_t)file->stat.size;
	if (!(bytes = malloc(size + 1)))
		return pps_fail_nomem(err);
	if ((r = pps_store_file_read(file, 0, bytes, size, &got, err)) < 0 || (r = pps_store_file_check(file, err)) < 0)
		return r;
	if (got != size)
		return pps_fail(err, PPS_E_CONFLICT, "%s: became shorter while it was read", file->path);
	bytes[size] = 0;
	*ret_bytes = TAKE_PTR(bytes);
	*ret_size = size;
	return PPS_OK;
}

int pps_store_temp_new(pps_store *store, const char *name, const char *tag, pps_store_temp **ret_temp, pps_error **err)
{
	int r = check_name(store, name, 0, err);

	return r < 0 ? r : store->ops->temp_new(store, name, tag, ret_temp, err);
}

int pps_store_temp_write(pps_store_temp *temp, const void *bytes, size_t size, pps_error **err)
{
	return temp->store->ops->temp_write(temp, bytes, size, err);
}

uint64_t pps_store_temp_size(const pps_store_temp *temp)
{
	return temp->size;
}

int pps_store_temp_stamp(pps_store_temp *temp, int64_t mtime, uint32_t mode, pps_error **err)
{
	return temp->store->ops->temp_stamp(temp, mtime, mode, err);
}

int pps_store_temp_sync(pps_store_temp *temp, pps_error **err)
{
	return temp->store->ops->temp_sync(temp, err);
}

int pps_store_temp_place(pps_store_temp *temp, pps_error **err)
{
	return temp->store->ops->temp_place(temp, err);
}

void pps_store_temp_free(pps_store_temp *temp)
{
	if (temp)
		temp->store->ops->temp_free(temp);
}

int pps_store_write(pps_store *store, const char *name, const void *bytes, size_t size, pps_error **err)
{
	_cleanup_(pps_store_temp_freep) pps_store_temp *temp = NULL;
	const char *slash;
	int r;

	if ((r = check_name(store, name, 0, err)) < 0)
		return r;
	slash = strrchr(name, '/');
	if ((r = pps_store_temp_new(store, name, slash ? slash + 1 : name, &temp, err)) < 0 ||
	    (r = pps_store_temp_write(temp, bytes, size, err)) < 0 || (r = pps_store_temp_sync(temp, err)) < 0)
		return r;
	return pps_store_temp_place(temp, err);
}

int pps_store_replace(pps_store *store, const char *name, const void *bytes, size_t size, pps_error **err)
{
	int r = check_name(store, name, 0, err);

	return r < 0 ? r : store->ops->replace(store, name, bytes, size, err);
}

int pps_store_sweep(pps_store *store, const char *folder, int64_t age_s, size_t *ret_removed, pps_error **err)
{
	size_t removed = 0;
	int r;

	if ((r = check_name(store, folder, 1, err)) < 0 ||
	    (r = store->ops->sweep(store, folder, age_s, &removed, err)) < 0)
		return r;
	if (ret_removed)
		*ret_removed = removed;
	return PPS_OK;
}

int pps_store_move(pps_store *store, const char *from, const char *to, pps_error **err)
{
	int r;

	if ((r = check_name(store, from, 0, err)) < 0 || (r = check_name(store, to, 0, err)) < 0)
		return r;
	return store->ops->move(store, from, to, err);
}

int pps_store_sync(pps_store *store, const char *name, pps_error **err)
{
	int r = check_name(store, name, 0, err);

	return r < 0 ? r : store->ops->sync(store, name, err);
}

int pps_store_make_folder(pps_store *store, const char *name, pps_error **err)
{
	int r = check_name(store, name, 1, err);

	return r < 0 ? r : store->ops->make_folder(store, name, err);
}

int pps_store_copy(pps_store *store, const char *from, const char *to, pps_error **err)
{
	int r;

	if ((r = check_name(store, from, 0, err)) < 0 || (r = check_name(store, to, 0, err)) < 0)
		return r;
	return store->ops->copy(store, from, to, err);
}

int pps_store_remove(pps_store *store, const char *name, pps_error **err)
{
	int r = check_name(store, name, 0, err);

	return r < 0 ? r : store->ops->remove(store, name, err);
}

int pps_store_remove_many(pps_store *store, const char *const *names, size_t n, pps_error **err)
{
	int r = PPS_OK;

	for (size_t i = 0; i < n && r == PPS_OK; i++)
		r = check_name(store, names[i], 0, err);
	if (r == PPS_OK && store->ops->remove_many)
		return store->ops->remove_many(store, names, n, err);
	for (size_t i = 0; i < n && r == PPS_OK; i++)
		if ((r = pps_ctx_check(store->ctx, err)) == PPS_OK)
			r = store->ops->remove(store, names[i], err);
	return r;
}

int pps_store_guards(pps_store *store, pps_error **err)
{
	return store->ops->guards ? store->ops->guards(store, err) : PPS_OK;
}

int pps_store_presign(pps_store *store, const char *name, const char *method, int64_t seconds, char **ret_url, pps_error **err)
{
	int r = check_name(store, name, 0, err);

	if (r < 0)
		return r;
	if (!ret_url || !method || (strcmp(method, "GET") != 0 && strcmp(method, "HEAD") != 0 && strcmp(method, "PUT") != 0))
		return pps_fail(err, PPS_E_ARG, "pps_store_presign: ret_url must not be NULL, method is GET, HEAD or PUT");
	if (!store->ops->presign)
		return pps_fail(err, PPS_E_UNSUPPORTED, "%s: a folder has no URLs that others could use", store->uri);
	return store->ops->presign(store, name, method, seconds, ret_url, err);
}

int pps_store_clock(pps_store *store, int64_t *ret_server, int64_t *ret_local, pps_error **err)
{
	return store->ops->clock ? store->ops->clock(store, ret_server, ret_local, err) : 0;
}

/* The content's MD5 is in both ETags, and is the same. */
static int same_etag(const pps_store_stat *a, const pps_store_stat *b)
{
	return strlen(a->etag) == 32 && !strcmp(a->etag, b->etag);
}

static int same_bytes(pps_store *store, pps_store_file *a, pps_store_file *b, int *ret_same, pps_error **err)
{
	_cleanup_free_ char *x = malloc(BLOCK), *y = malloc(BLOCK);
	uint64_t at = 0;
	int r;

	if (!x || !y)
		return pps_fail_nomem(err);
	while (at < a->stat.size) {
		size_t n, m;

		if ((r = pps_ctx_check(store->ctx, err)) < 0 || (r = pps_store_file_read(a, at, x, BLOCK, &n, err)) < 0 ||
		    (r = pps_store_file_read(b, at, y, BLOCK, &m, err)) < 0)
			return r;
		if (n == 0 || n != m || memcmp(x, y, n) != 0)
			break;
		at += n;
	}
	if ((r = pps_store_file_check(a, err)) < 0 || (r = pps_store_file_check(b, err)) < 0)
		return r;
	*ret_same = at == a->stat.size;
	return PPS_OK;
}

int pps_store_same(pps_store *a, const char *name_a, pps_store *b, const char *name_b, int *ret_same, pps_error **err)
{
	_cleanup_(pps_store_file_closep) pps_store_file *x = NULL, *y = NULL;
	int r;

	if ((r = pps_store_file_open(a, name_a, &x, err)) < 0 || (r = pps_store_file_open(b, name_b, &y, err)) < 0)
		return r;
	if (x->stat.size != y->stat.size || same_etag(&x->stat, &y->stat) ||
	    (x->stat.inode && x->stat.inode == y->stat.inode && x->stat.device == y->stat.device)) {
		*ret_same = x->stat.size == y->stat.size;
		return PPS_OK;
	}
	return same_bytes(a, x, y, ret_same, err);
}

/* Of two names of one inode. */
static int is_one_entry(const char *a, const char *b, pps_error **err)
{
	_cleanup_(pps_uri_freep) pps_uri *x = NULL, *y = NULL, *folder_x = NULL, *folder_y = NULL;
	struct stat s, t;
	int r;

	if (lstat(a, &s) < 0 || lstat(b, &t) < 0)
		return 0;
	if (S_ISLNK(s.st_mode) || S_ISLNK(t.st_mode) || s.st_nlink < 2)
		return 1;
	if ((r = pps_uri_parse(a, &x, err)) < 0 || (r = pps_uri_parse(b, &y, err)) < 0 || (r = pps_uri_parent(x, &folder_x, err)) < 0 ||
	    (r = pps_uri_parent(y, &folder_y, err)) < 0)
		return r;
	if (strcmp(pps_uri_basename(x), pps_uri_basename(y)) != 0 || stat(folder_x->path, &s) < 0 || stat(folder_y->path, &t) < 0)
		return 0;
	return s.st_dev == t.st_dev && s.st_ino == t.st_ino;
}

int pps_store_is_one(const char *uri_a, const char *uri_b, pps_error **err)
{
	_cleanup_(pps_uri_freep) pps_uri *a = NULL, *b = NULL;
	struct stat s, t;
	int r;

	if ((r = pps_uri_parse(uri_a, &a, err)) < 0 || (r = pps_uri_parse(uri_b, &b, err)) < 0)
		return r;
	if (pps_uri_equal(a, b))
		return 1;
	if (a->scheme != PPS_URI_FILE || b->scheme != PPS_URI_FILE || stat(a->path, &s) < 0 || stat(b->path, &t) < 0 || s.st_ino != t.st_ino ||
	    s.st_dev != t.st_dev)
		return 0;
	return is_one_entry(a->path, b->path, err);
}

int pps_store_digest(pps_store *store, const char *name, int wanted, pps_digests *ret, pps_error **err)
{
	_cleanup_(pps_store_file_closep) pps_store_file *file = NULL;
	_cleanup_(pps_digest_freep) pps_digest *digest = NULL;
	_cleanup_free_ char *block = malloc(BLOCK);
	uint64_t at = 0;
	size_t got;
	int r;

	if (!block)
		return pps_fail_nomem(err);
	if ((r = pps_store_file_open(store, name, &file, err)) < 0 || (r = pps_digest_new(wanted, &digest, err)) < 0)
		return r;
	do {
		if ((r = pps_ctx_check(store->ctx, err)) < 0 ||
		    (r = pps_store_file_read(file, at, block, BLOCK, &got, err)) < 0 ||
		    (r = pps_digest_update(digest, block, got, err)) < 0)
			return r;
		at += got;
	} while (got == BLOCK);
	if ((r = pps_store_file_check(file, err)) < 0)
		return r;
	return pps_digest_finish(digest, ret, err);
}
