/* SPDX-License-Identifier: BSD-3-Clause */
/* All datasets of a repository, page by page in the order of their UUIDs; and what many of them are asked for at once besides. */
#ifndef PPS_BUTLER_WALK_H
#define PPS_BUTLER_WALK_H

#include "butler/butler.h"

/* Which: datasets of these types in these runs. */
typedef struct pps_walk {
	int64_t *types, *runs; /* in this repository */
	size_t ntypes, nruns;
} pps_walk;

void pps_walk_clear(pps_walk *walk);

/* Not 0 for a dataset type, or run, of this name that is wanted. */
typedef int (*pps_walk_wants)(const char *name, void *user);

/* @ret must be empty ({ 0 }). */
int pps_butler_walk(pps_butler *butler, pps_walk_wants wants_type, pps_walk_wants wants_run, void *user, pps_walk *ret, pps_error **err);
/* The next behind @after (zero: from the first); @ids has room for @limit. *ret_n 0: there are no more. */
int pps_butler_walk_next(pps_butler *butler, const pps_walk *walk, const pps_uuid *after, size_t limit, pps_uuid *ids, size_t *ret_n,
			 pps_error **err);

/* Which of these are in a TAGGED collection; in one that is not there: none. @ret_in has room for n. */
int pps_butler_find_tagged(pps_butler *butler, const char *collection, const pps_uuid *ids, size_t n, uint8_t *ret_in, pps_error **err);

/* Whether there is a RUN of this name. */
int pps_butler_has_run(pps_butler *butler, const char *name, int *ret_has, pps_error **err);

/* Which of these paths a file record of this member of the datastore names, exactly; @ret_named has room for n. */
int pps_butler_find_paths(pps_butler *butler, size_t member, const char *const *paths, size_t n, uint8_t *ret_named, pps_error **err);

#endif
