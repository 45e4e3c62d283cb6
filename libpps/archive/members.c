/* SPDX-License-Identifier: BSD-3-Clause */
#include "archive/members.h"

#include <string.h>

#include "base/codec.h"
#include "base/map.h"

#define NAME_MOST 65535

struct pps_members {
	pps_member *list;
	size_t n, cap;
	pps_map *by_name; /* name -> number + 1 */
	pps_members_watch watch;
};

int pps_members_new(pps_members **ret_members, pps_error **err)
{
	pps_members *m = calloc(1, sizeof *m);

	if (!m || !(m->by_name = pps_map_new())) {
		free(m);
		return pps_fail_nomem(err);
	}
	*ret_members = m;
	return PPS_OK;
}

void pps_members_free(pps_members *members)
{
	if (!members)
		return;
	for (size_t i = 0; i < members->n; i++) {
		pps_member *m = &members->list[i];

		pps_store_unref(m->store);
		free((char *)m->name);
		free((char *)m->path);
		free((char *)m->bytes);
		free((void *)m->known);
	}
	free(members->list);
	pps_map_free(members->by_name);
	free(members);
}

int pps_member_name_check(const char *name, size_t len, pps_error **err)
{
	const char *p = name, *end = name + len;

	if (len == 0 || len > NAME_MOST)
		return pps_fail(err, PPS_E_FORMAT, "a member's name has 1 to %d bytes, not %zu", NAME_MOST, len);
	if (memchr(name, 0, len) || !pps_utf8_is_valid(name, len))
		return pps_fail(err, PPS_E_FORMAT, "\"%.*s\": a member's name must be UTF-8", (int)len, name);
	while (1) {
		const char *slash = memchr(p, '/', (size_t)(end - p));
		size_t n = (size_t)((slash ? slash : end) - p);

		if (n == 0 || (n == 1 && *p == '.') || (n == 2 && memcmp(p, "..", 2) == 0))
			return pps_fail(err, PPS_E_FORMAT, "\"%.*s\": a member's name must be a path below its folder", (int)len, name);
		if (!slash)
			return PPS_OK;
		p = slash + 1;
	}
}

/* Takes the fields of @member that are set, on success only. */
static int add(pps_members *members, const char *name, pps_member *member, pps_error **err)
{
	char *copy;
	int r;

	if ((r = pps_member_name_check(name, strlen(name), err)) < 0)
		return r;
	if (pps_map_get_text(members->by_name, name, NULL))
		return pps_fail(err, PPS_E_EXISTS, "%s: is in the list already", name);
	if (pps_grow(&members->list, &members->cap, members->n, sizeof *members->list) < 0 || !(copy = strdup(name)))
		return pps_fail_nomem(err);
	if (pps_map_set_text(members->by_name, name, (void *)(uintptr_t)(members->n + 1)) < 0) {
		free(copy);
		return pps_fail_nomem(err);
	}
	member->name = copy;
	members->list[members->n++] = *member;
	return PPS_OK;
}

int pps_members_add_file(pps_members *members, const char *name, pps_store *store, const char *path, uint64_t size,
			 pps_error **err)
{
	pps_member m = { .path = strdup(path), .size = size };
	int r;

	if (!m.path)
		return pps_fail_nomem(err);
	m.store = store;
	if ((r = add(members, name, &m, err)) < 0) {
		free((char *)m.path);
		return r;
	}
	pps_store_ref(store);
	return PPS_OK;
}

int pps_members_add_known(pps_members *members, const char *name, pps_store *store, const char *path, uint64_t size,
			  const pps_store_stat *known, pps_error **err)
{
	pps_store_stat *copy = malloc(sizeof *copy);
	int r;

	if (!copy)
		return pps_fail_nomem(err);
	*copy = *known;
	if ((r = pps_members_add_file(members, name, store, path, size, err)) < 0)
		free(copy);
	else
		members->list[members->n - 1].known = copy;
	return r;
}

int pps_members_add_text(pps_members *members, const char *name, const void *bytes, size_t size, pps_error **err)
{
	char *copy = malloc(size + 1);
	pps_member m = { .bytes = copy, .size = size };
	int r;

	if (!copy)
		return pps_fail_nomem(err);
	memcpy(copy, bytes, size);
	copy[size] = 0;
	if ((r = add(members, name, &m, err)) < 0)
		free(copy);
	return r;
}

int pps_members_add_late(pps_members *members, const char *name, int (*make)(void *user, pps_buf *out, pps_error **err), void *user,
			 pps_error **err)
{
	pps_member m = { .make = make, .user = user };

	return add(members, name, &m, err);
}

void pps_members_set_watch(pps_members *members, const pps_members_watch *watch)
{
	members->watch = *watch;
}

const pps_members_watch *pps_members_get_watch(const pps_members *members)
{
	return members->watch.file ? &members->watch : NULL;
}

int pps_members_add_folder(pps_members *members, pps_store *store, const char *folder, pps_error **err)
{
	_cleanup_(pps_store_listing_freep) pps_store_listing *l = NULL;
	int r;

	if ((r = pps_store_list(store, folder, PPS_STORE_RECURSIVE, &l, err)) < 0)
		return r;
	for (size_t i = 0; i < pps_store_listing_count(l); i++) {
		const char *name = pps_store_listing_name(l, i), *slash = strrchr(name, '/');
		_cleanup_free_ char *path = NULL;
		pps_store_stat known;

		if (strncmp(slash ? slash + 1 : name, ".pps-", 5) == 0 || pps_map_get_text(members->by_name, name, NULL))
			continue;
		if (asprintf(&path, "%s%s%s", folder, *folder ? "/" : "", name) < 0)
			return pps_fail_nomem(err);
		pps_store_listing_stat(l, i, &known);
		if ((r = pps_members_add_known(members, name, store, path, known.size, &known, err)) < 0)
			return r;
	}
	return PPS_OK;
}

size_t pps_members_count(const pps_members *members)
{
	return members->n;
}

const pps_member *pps_members_at(const pps_members *members, size_t n)
{
	return n < members->n ? &members->list[n] : NULL;
}

const pps_member *pps_members_find(const pps_members *members, const char *name)
{
	void *n;

	return pps_map_get_text(members->by_name, name, &n) ? &members->list[(uintptr_t)n - 1] : NULL;
}
