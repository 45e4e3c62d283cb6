/* SPDX-License-Identifier: BSD-3-Clause */
#include "base/map.h"

#include <string.h>

struct entry {
	char *key;
	size_t size;
	uint64_t hash;
	void *value;
};

struct pps_map {
	struct entry *entries;
	size_t n, cap;
	size_t *slots; /* entry number + 1; 0 is free */
	size_t nslots; /* power of two, at least twice n */
};

/* FNV-1a, 64 bits: http://www.isthe.com/chongo/tech/comp/fnv/ */
static uint64_t hash_of(const void *key, size_t size)
{
	const unsigned char *p = key;
	uint64_t h = 14695981039346656037ull;

	for (size_t i = 0; i < size; i++)
		h = (h ^ p[i]) * 1099511628211ull;
	return h ^ h >> 29;
}

pps_map *pps_map_new(void)
{
	return calloc(1, sizeof(pps_map));
}

void pps_map_free(pps_map *map)
{
	if (!map)
		return;
	for (size_t i = 0; i < map->n; i++)
		free(map->entries[i].key);
	free(map->entries);
	free(map->slots);
	free(map);
}

/* The slot of the key, or the free slot where it would go. */
static size_t *find(const pps_map *map, const void *key, size_t size, uint64_t hash)
{
	for (size_t i = hash & (map->nslots - 1);; i = (i + 1) & (map->nslots - 1)) {
		const struct entry *e;

		if (!map->slots[i])
			return &map->slots[i];
		e = &map->entries[map->slots[i] - 1];
		if (e->hash == hash && e->size == size && !memcmp(e->key, key, size))
			return &map->slots[i];
	}
}

static int rehash(pps_map *map)
{
	size_t nslots = map->nslots ? map->nslots * 2 : 16;
	size_t *slots = calloc(nslots, sizeof *slots);

	if (!slots)
		return -1;
	free(map->slots);
	map->slots = slots;
	map->nslots = nslots;
	for (size_t i = 0; i < map->n; i++) {
		const struct entry *e = &map->entries[i];

		*find(map, e->key, e->size, e->hash) = i + 1;
	}
	return 0;
}

int pps_map_set(pps_map *map, const void *key, size_t size, void *value)
{
	uint64_t hash = hash_of(key, size);
	struct entry *e;
	size_t *slot;

	if (map->n * 2 >= map->nslots && rehash(map) < 0)
		return -1;
	slot = find(map, key, size, hash);
	if (*slot) {
		map->entries[*slot - 1].value = value;
		return 0;
	}
	if (pps_grow(&map->entries, &map->cap, map->n, sizeof *map->entries) < 0)
		return -1;
	e = &map->entries[map->n];
	if (!(e->key = malloc(size + 1)))
		return -1;
	memcpy(e->key, key, size);
	e->key[size] = 0;
	e->size = size;
	e->hash = hash;
	e->value = value;
	*slot = ++map->n;
	return 1;
}

int pps_map_get(const pps_map *map, const void *key, size_t size, void **ret_value)
{
	size_t *slot;

	if (!map->n)
		return 0;
	slot = find(map, key, size, hash_of(key, size));
	if (!*slot)
		return 0;
	if (ret_value)
		*ret_value = map->entries[*slot - 1].value;
	return 1;
}

size_t pps_map_size(const pps_map *map)
{
	return map->n;
}

const char *pps_map_key(const pps_map *map, size_t n)
{
	return map->entries[n].key;
}

void *pps_map_value(const pps_map *map, size_t n)
{
	return map->entries[n].value;
}

int pps_map_set_text(pps_map *map, const char *key, void *value)
{
	return pps_map_set(map, key, strlen(key), value);
}

int pps_map_get_text(const pps_map *map, const char *key, void **ret_value)
{
	return pps_map_get(map, key, strlen(key), ret_value);
}
