/* SPDX-License-Identifier: BSD-3-Clause */
#include "rucio/rucio-list.h"

#include <ctype.h>
#include <string.h>

/* Texts of one list. */
#define TEXTS_MOST ((size_t)256 << 20)

int pps_rucio_dids_new(pps_rucio_dids **ret_dids, pps_error **err)
{
	_cleanup_(pps_rucio_dids_freep) pps_rucio_dids *dids = calloc(1, sizeof *dids);
	int r;

	if (!dids)
		return pps_fail_nomem(err);
	if ((r = pps_arena_new(TEXTS_MOST, &dids->texts, err)) < 0)
		return r;
	*ret_dids = TAKE_PTR(dids);
	return PPS_OK;
}

int pps_rucio_pairs_new(pps_rucio_pairs **ret_pairs, pps_error **err)
{
	_cleanup_(pps_rucio_pairs_freep) pps_rucio_pairs *pairs = calloc(1, sizeof *pairs);
	int r;

	if (!pairs)
		return pps_fail_nomem(err);
	if ((r = pps_arena_new(TEXTS_MOST, &pairs->texts, err)) < 0)
		return r;
	*ret_pairs = TAKE_PTR(pairs);
	return PPS_OK;
}

void pps_rucio_dids_free(pps_rucio_dids *dids)
{
	if (!dids)
		return;
	pps_map_free(dids->by_name);
	pps_arena_free(dids->texts);
	free(dids->at);
	free(dids);
}

void pps_rucio_pairs_free(pps_rucio_pairs *pairs)
{
	if (!pairs)
		return;
	pps_arena_free(pairs->texts);
	free(pairs->at);
	free(pairs);
}

int pps_rucio_dids_add(pps_rucio_dids *dids, const pps_rucio_did *row, pps_error **err)
{
	const char *name = pps_arena_text(dids->texts, row->name);

	if (!name)
		return pps_arena_fail(dids->texts, "list of Rucio", err);
	if (pps_grow(&dids->at, &dids->cap, dids->n, sizeof *dids->at) < 0)
		return pps_fail_nomem(err);
	dids->at[dids->n] = *row;
	dids->at[dids->n++].name = name;
	return PPS_OK;
}

int pps_rucio_pairs_add(pps_rucio_pairs *pairs, const pps_rucio_pair *row, pps_error **err)
{
	pps_rucio_pair copy = *row;

	copy.name = pps_arena_name(pairs->texts, row->name);
	copy.other = pps_arena_name(pairs->texts, row->other);
	copy.state = pps_arena_name(pairs->texts, row->state ? row->state : "");
	copy.pfn = pps_arena_text(pairs->texts, row->pfn ? row->pfn : "");
	if (!copy.name || !copy.other || !copy.state || !copy.pfn)
		return pps_arena_fail(pairs->texts, "list of Rucio", err);
	if (pps_grow(&pairs->at, &pairs->cap, pairs->n, sizeof *pairs->at) < 0)
		return pps_fail_nomem(err);
	pairs->at[pairs->n++] = copy;
	return PPS_OK;
}

void pps_rucio_dids_truncate(pps_rucio_dids *dids, size_t n)
{
	if (n < dids->n)
		dids->n = n;
}

void pps_rucio_pairs_truncate(pps_rucio_pairs *pairs, size_t n)
{
	if (n < pairs->n)
		pairs->n = n;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const pps_rucio_did *)a)->name, ((const pps_rucio_did *)b)->name);
}

static int by_pair(const void *a, const void *b)
{
	const pps_rucio_pair *x = a, *y = b;
	int c = strcmp(x->name, y->name);

	return c ? c : strcmp(x->other, y->other);
}

void pps_rucio_dids_sort(pps_rucio_dids *dids)
{
	if (dids->n)
		qsort(dids->at, dids->n, sizeof *dids->at, by_name);
}

void pps_rucio_pairs_sort(pps_rucio_pairs *pairs)
{
	size_t n = 0;

	if (!pairs->n)
		return;
	qsort(pairs->at, pairs->n, sizeof *pairs->at, by_pair);
	for (size_t i = 0; i < pairs->n; i++)
		if (!i || by_pair(&pairs->at[i], &pairs->at[n - 1]))
			pairs->at[n++] = pairs->at[i];
	pairs->n = n;
}

size_t pps_rucio_dids_count(const pps_rucio_dids *dids)
{
	return dids ? dids->n : 0;
}

const pps_rucio_did *pps_rucio_dids_at(const pps_rucio_dids *dids, size_t n)
{
	return dids && n < dids->n ? &dids->at[n] : NULL;
}

int pps_rucio_dids_index(pps_rucio_dids *dids, pps_error **err)
{
	if (!(dids->by_name = pps_map_new()))
		return pps_fail_nomem(err);
	for (size_t i = dids->n; i > 0; i--)
		if (pps_map_set_text(dids->by_name, dids->at[i - 1].name, (void *)i) < 0)
			return pps_fail_nomem(err);
	return PPS_OK;
}

const pps_rucio_did *pps_rucio_dids_find(const pps_rucio_dids *dids, const char *name)
{
	void *row;

	if (dids && dids->by_name)
		return pps_map_get_text(dids->by_name, name, &row) ? &dids->at[(size_t)row - 1] : NULL;
	for (size_t i = 0; dids && i < dids->n; i++)
		if (!strcmp(dids->at[i].name, name))
			return &dids->at[i];
	return NULL;
}

size_t pps_rucio_pairs_count(const pps_rucio_pairs *pairs)
{
	return pairs ? pairs->n : 0;
}

const pps_rucio_pair *pps_rucio_pairs_at(const pps_rucio_pairs *pairs, size_t n)
{
	return pairs && n < pairs->n ? &pairs->at[n] : NULL;
}

/* The first row that is not before @key. */
static size_t lower_bound(const pps_rucio_pairs *pairs, const pps_rucio_pair *key)
{
	size_t low = 0, high = pairs ? pairs->n : 0;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (by_pair(&pairs->at[middle], key) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

const pps_rucio_pair *pps_rucio_pairs_find(const pps_rucio_pairs *pairs, const char *name, const char *other)
{
	const pps_rucio_pair key = { .name = name, .other = other };
	const pps_rucio_pair *row = pps_rucio_pairs_at(pairs, lower_bound(pairs, &key));

	return row && !by_pair(row, &key) ? row : NULL;
}

size_t pps_rucio_pairs_of(const pps_rucio_pairs *pairs, const char *name, size_t *ret_first)
{
	const pps_rucio_pair key = { .name = name, .other = "" };
	size_t first = lower_bound(pairs, &key), n = 0;

	while (pairs && first + n < pairs->n && !strcmp(pairs->at[first + n].name, name))
		n++;
	*ret_first = first;
	return n;
}

int pps_rucio_kind_of(const char *type)
{
	if (!type)
		return PPS_RUCIO_NONE;
	return !strcmp(type, "FILE") ? PPS_RUCIO_FILE : !strcmp(type, "DATASET") ? PPS_RUCIO_DATASET :
	       !strcmp(type, "CONTAINER") ? PPS_RUCIO_CONTAINER : PPS_RUCIO_NONE;
}

void pps_rucio_copy_digits(char *to, size_t room, const char *from)
{
	size_t n = from ? strlen(from) : 0;

	*to = 0;
	if (!n || n >= room || strspn(from, "0123456789abcdefABCDEF") != n)
		return;
	for (size_t i = 0; i <= n; i++)
		to[i] = (char)tolower((unsigned char)from[i]);
}

void pps_rucio_did_read(json_t *row, pps_rucio_did *ret)
{
	const char *type = json_string_value(json_object_get(row, "did_type"));
	json_t *bytes = json_object_get(row, "bytes"), *open = json_object_get(row, "is_open");

	*ret = (pps_rucio_did){ .name = json_string_value(json_object_get(row, "name")), .is_open = -1, .bytes = -1 };
	ret->kind = pps_rucio_kind_of(type ? type : json_string_value(json_object_get(row, "type")));
	if (json_is_boolean(open) && ret->kind != PPS_RUCIO_FILE)
		ret->is_open = json_is_true(open);
	if (json_is_integer(bytes) && ret->kind == PPS_RUCIO_FILE)
		ret->bytes = json_integer_value(bytes);
	pps_rucio_copy_digits(ret->adler32, sizeof ret->adler32, json_string_value(json_object_get(row, "adler32")));
	pps_rucio_copy_digits(ret->md5, sizeof ret->md5, json_string_value(json_object_get(row, "md5")));
}
