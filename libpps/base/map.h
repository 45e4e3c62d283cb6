/* SPDX-License-Identifier: BSD-3-Clause */
/* A hash map from byte strings to pointers or numbers. Keys are copied; values are the caller's. Keeps insertion order. */
#ifndef PPS_BASE_MAP_H
#define PPS_BASE_MAP_H

#include "base/util.h"

typedef struct pps_map pps_map;

pps_map *pps_map_new(void); /* NULL when memory is out */
void pps_map_free(pps_map *map);
PPS_DEFINE_CLEANUP(pps_map, pps_map_free)

/* Return: 1 added, 0 replaced, -1 memory is out. */
int pps_map_set(pps_map *map, const void *key, size_t size, void *value);
/* Return: 1 and *ret_value (NULL allowed) when found, else 0. */
int pps_map_get(const pps_map *map, const void *key, size_t size, void **ret_value);
size_t pps_map_size(const pps_map *map);
/* The nth entry in insertion order; the key is NUL-terminated and borrowed. */
const char *pps_map_key(const pps_map *map, size_t n);
void *pps_map_value(const pps_map *map, size_t n);

/* The same for text keys. */
int pps_map_set_text(pps_map *map, const char *key, void *value);
int pps_map_get_text(const pps_map *map, const char *key, void **ret_value);

#endif
