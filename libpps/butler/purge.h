/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Taking datasets out of a repository, in the Butler's own order, so that a crash at any point leaves something that a repeat, or the
 * Python Butler's emptyTrash, finishes: their locations go to the trash table (with the datasets' rows when they are purged), then their
 * files, then file records and trash rows. The repository is opened with PPS_BUTLER_REMOVE or PPS_BUTLER_WRITE.
 */
#ifndef PPS_BUTLER_PURGE_H
#define PPS_BUTLER_PURGE_H

#include "butler/butler.h"

enum { PPS_TRASH_PURGE = 1 /* the datasets too: their tags and certifications go, summaries stay */ };

/* Moves the locations of these datasets to the trash, a few thousand in each transaction, or all in the caller's when one is open; those
 * that are there already, or that nobody knows, are fine. A dataset that is also stored in a datastore that butler.yaml does not name
 * cannot be purged: PPS_E_CONFLICT, and nothing of its transaction is done. @ret_changed (NULL allowed): rows that were moved or deleted. */
int pps_butler_trash(pps_butler *butler, const pps_uuid *ids, size_t n, int flags, int64_t *ret_changed, pps_error **err);

/* A file of trashed datasets to which no other dataset refers. */
typedef struct pps_artifact {
	const char *uri;  /* absolute, without fragment */
	const char *root; /* of its datastore: a URI with a slash at its end */
	const char *name; /* below the root; NULL: recorded with an absolute URI, so that the Butler never removes it */
} pps_artifact;

/* Removes them all; one that is not there any more is fine. Called outside of any transaction, once for each few thousand datasets. */
typedef int (*pps_artifact_fn)(const pps_artifact *artifacts, size_t n, void *user, pps_error **err);

/* Hands the files that go with these datasets to @remove (NULL: as the Butler does, files below the datastore's root are removed and direct
 * ones stay), then deletes file records and trash rows. Of a file that other datasets share, such as a zip, only the records go. When
 * @remove fails, the trash stays as it is. */
int pps_butler_empty_trash(pps_butler *butler, const pps_uuid *ids, size_t n, pps_artifact_fn remove, void *user, pps_error **err);

/* How many file records of other datasets than @ids refer to files that these URIs name. */
int pps_butler_other_users(pps_butler *butler, const char *const *uris, size_t nuris, const pps_uuid *ids, size_t nids, int64_t *ret_n,
			   pps_error **err);

#endif
