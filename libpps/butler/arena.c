/* SPDX-License-Identifier: BSD-3-Clause */
#include "butler/arena.h"

#include <string.h>

#include "base/map.h"

#define BLOCK 16384

struct block {
	struct block *next;
	size_t used, size;
	uint64_t bytes[];
};

struct pps_arena {
	struct block *blocks;
	pps_map *names;
	size_t held, max;
};

int pps_arena_new(size_t max, pps_arena **ret_arena, pps_error **err)
{
	_cleanup_(pps_arena_freep) pps_arena *a = calloc(1, sizeof *a);

	if (!a || !(a->names = pps_map_new()))
		return pps_fail_nomem(err);
	a->max = max;
	*ret_arena = TAKE_PTR(a);
	return PPS_OK;
}

void pps_arena_free(pps_arena *arena)
{
	if (!arena)
		return;
	for (struct block *b = arena->blocks, *next; b; b = next) {
		next = b->next;
		free(b);
	}
	pps_map_free(arena->names);
	free(arena);
}

void *pps_arena_alloc(pps_arena *arena, size_t size)
{
	struct block *b = arena->blocks;
	void *p;

	if (size > SIZE_MAX / 2)
		return NULL;
	size = (size + 7) / 8 * 8;
	if (!b || b->size - b->used < size) {
		size_t room = size > BLOCK / 4 ? size : BLOCK;

		if (arena->held + room > arena->max || !(b = calloc(1, sizeof *b + room)))
			return NULL;
		arena->held += room;
		b->size = room;
		b->next = arena->blocks;
		arena->blocks = b;
	}
	p = (char *)b->bytes + b->used;
	b->used += size;
	return p;
}

const char *pps_arena_text(pps_arena *arena, const char *text)
{
	size_t n;
	char *s;

	if (!text)
		return NULL;
	n = strlen(text) + 1;
	if ((s = pps_arena_alloc(arena, n)))
		memcpy(s, text, n);
	return s;
}

const char *pps_arena_name(pps_arena *arena, const char *text)
{
	const char *s;
	void *found;

	if (!text)
		return NULL;
	if (pps_map_get_text(arena->names, text, &found))
		return found;
	if (!(s = pps_arena_text(arena, text)) || pps_map_set_text(arena->names, s, (void *)s) < 0)
		return NULL;
	return s;
}

int pps_arena_fail(const pps_arena *arena, const char *what, pps_error **err)
{
	if (arena->held + BLOCK > arena->max)
		return pps_fail(err, PPS_E_NOMEM, "%s: more than the memory limit of %zu MiB: ask for less, or raise it", what,
				arena->max >> 20);
	return pps_fail_nomem(err);
}
