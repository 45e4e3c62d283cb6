/* SPDX-License-Identifier: BSD-3-Clause */
#include "butler/recent.h"

#include <string.h>

#include "butler/butler-private.h"

#define KEPT_NS (60 * PPS_NS_PER_S)

static pps_sight now(const pps_butler *b)
{
	return (pps_sight){ pps_sql_reconnects(b->sql), pps_monotonic_now() };
}

static int is_good(const pps_butler *b, pps_sight sight)
{
	return pps_sql_kind(b->sql) == PPS_SQL_POSTGRES && sight.reconnects == pps_sql_reconnects(b->sql) && pps_monotonic_now() - sight.at < KEPT_NS;
}

void pps_recent_clear(pps_recent *recent)
{
	pps_butler_types_free(recent->types);
	pps_map_free(recent->runs);
	free(recent->tagged);
}

const pps_butler_types *pps_recent_types(pps_butler *butler, const pps_butler_types *wanted)
{
	const pps_butler_types *types = butler->recent.types;

	if (!types || !is_good(butler, butler->recent.types_sight))
		return NULL;
	for (size_t i = 0; i < wanted->n; i++)
		if (!pps_butler_type_named(types, wanted->at[i].name))
			return NULL;
	return types;
}

void pps_recent_keep_types(pps_butler *butler, pps_butler_types *types)
{
	pps_butler_types_free(butler->recent.types);
	butler->recent.types = types;
	butler->recent.types_sight = now(butler);
}

int pps_recent_collections(const pps_butler *butler, const char *const *runs, size_t n, const char *tagged, int64_t *ret_ids, int64_t *ret_tagged)
{
	const pps_recent *recent = &butler->recent;

	if (!recent->runs || !is_good(butler, recent->collections_sight) || (tagged && (!recent->tagged || strcmp(recent->tagged, tagged) != 0)))
		return 0;
	for (size_t i = 0; i < n; i++) {
		void *id;

		if (!pps_map_get_text(recent->runs, runs[i], &id))
			return 0;
		ret_ids[i] = (int64_t)(intptr_t)id;
	}
	if (tagged)
		*ret_tagged = recent->tagged_id;
	return 1;
}

int pps_recent_keep_collections(pps_butler *butler, const char *const *runs, const int64_t *ids, size_t n, const char *tagged, int64_t tagged_id,
				pps_error **err)
{
	_cleanup_(pps_map_freep) pps_map *map = pps_map_new();
	_cleanup_free_ char *name = tagged ? strdup(tagged) : NULL;
	pps_recent *recent = &butler->recent;

	if (!map || (tagged && !name))
		return pps_fail_nomem(err);
	for (size_t i = 0; i < n; i++)
		if (pps_map_set_text(map, runs[i], (void *)(intptr_t)ids[i]) < 0)
			return pps_fail_nomem(err);
	pps_map_free(recent->runs);
	free(recent->tagged);
	recent->runs = TAKE_PTR(map);
	recent->tagged = TAKE_PTR(name);
	recent->tagged_id = tagged_id;
	recent->collections_sight = now(butler);
	return PPS_OK;
}
