/* SPDX-License-Identifier: BSD-3-Clause */
#include "butler/recent.h"

#include <string.h>

#include "butler/butler-private.h"

#define KEPT_NS (60 * PPS_NS_PER_S)

static int is_good(const pps_butler *b, int64_t since)
{
	return pps_sql_kind(b->sql) == PPS_SQL_POSTGRES && pps_monotonic_now() - since < KEPT_NS;
}

void pps_recent_clear(pps_recent *recent)
{
	pps_butler_types_free(recent->types);
	pps_map_free(recent->collections);
}

const pps_butler_types *pps_recent_types(pps_butler *butler, const pps_butler_types *wanted)
{
	const pps_butler_types *types = butler->recent.types;
	size_t k = 0;

	if (!types || !is_good(butler, butler->recent.types_since))
		return NULL;
	/* both are sorted by name */
	for (size_t i = 0; i < wanted->n; i++, k++) {
		while (k < types->n && strcmp(types->at[k].name, wanted->at[i].name) < 0)
			k++;
		if (k == types->n || strcmp(types->at[k].name, wanted->at[i].name) != 0)
			return NULL;
	}
	return types;
}

void pps_recent_keep_types(pps_butler *butler, pps_butler_types *types)
{
	pps_butler_types_free(butler->recent.types);
	butler->recent.types = types;
	butler->recent.types_since = pps_monotonic_now();
}

static int recall(const pps_butler *b, const char *name, int64_t *ret_id)
{
	void *id;

	if (!pps_map_get_text(b->recent.collections, name, &id))
		return 0;
	*ret_id = (int64_t)(intptr_t)id;
	return 1;
}

int pps_recent_collections(const pps_butler *butler, const char *const *runs, size_t n, const char *tagged, int64_t *ret_ids, int64_t *ret_tagged)
{
	if (!butler->recent.collections || !is_good(butler, butler->recent.collections_since))
		return 0;
	for (size_t i = 0; i < n; i++)
		if (!recall(butler, runs[i], &ret_ids[i]))
			return 0;
	return !tagged || recall(butler, tagged, ret_tagged);
}

int pps_recent_keep_collections(pps_butler *butler, const char *const *runs, const int64_t *ids, size_t n, const char *tagged, int64_t tagged_id,
				pps_error **err)
{
	_cleanup_(pps_map_freep) pps_map *map = pps_map_new();

	if (!map)
		return pps_fail_nomem(err);
	for (size_t i = 0; i < n; i++)
		if (pps_map_set_text(map, runs[i], (void *)(intptr_t)ids[i]) < 0)
			return pps_fail_nomem(err);
	if (tagged && pps_map_set_text(map, tagged, (void *)(intptr_t)tagged_id) < 0)
		return pps_fail_nomem(err);
	pps_map_free(butler->recent.collections);
	butler->recent.collections = TAKE_PTR(map);
	butler->recent.collections_since = pps_monotonic_now();
	return PPS_OK;
}
