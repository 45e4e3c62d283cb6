/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a repository was seen to have a moment ago, so that the next chunk need not ask again: two round trips less, each of which may cross an ocean.
 * On PostgreSQL alone, which never gives the number of a collection or dataset type twice: foreign keys refuse what names one that was removed since,
 * and who meets that looks. SQLite gives the number of the last one again, as a server may that was restored or took over: after a reconnection, and
 * after a minute, all look.
 */
#ifndef PPS_BUTLER_RECENT_H
#define PPS_BUTLER_RECENT_H

#include "base/map.h"
#include "butler/butler.h"

/* By which connection, and when, something was seen. */
typedef struct pps_sight {
	unsigned reconnects;
	int64_t at; /* monotonic ns */
} pps_sight;

typedef struct pps_recent {
	pps_sight types_sight, collections_sight;
	pps_butler_types *types;
	pps_map *runs; /* name: id */
	char *tagged;  /* NULL: none */
	int64_t tagged_id;
} pps_recent;

/* The types that were kept, if all of @wanted are among them by name; else NULL. Good until others are kept. */
const pps_butler_types *pps_recent_types(pps_butler *butler, const pps_butler_types *wanted);
/* Takes them over, just seen, in place of those before. */
void pps_recent_keep_types(pps_butler *butler, pps_butler_types *types);

/* 1 with all ids, also that of @tagged (NULL: none); else 0. */
int pps_recent_collections(const pps_butler *butler, const char *const *runs, size_t n, const char *tagged, int64_t *ret_ids, int64_t *ret_tagged);
/* In place of those before; @tagged NULL: none. */
int pps_recent_keep_collections(pps_butler *butler, const char *const *runs, const int64_t *ids, size_t n, const char *tagged, int64_t tagged_id,
				pps_error **err);

void pps_recent_clear(pps_recent *recent);

#endif
