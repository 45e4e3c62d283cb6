/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * TAGGED collections: registering them, putting datasets in and taking them out, as the Python Butler's associate() and disassociate() do,
 * in bulk. A dataset is named by its UUID alone, whatever its dimensions: type and data ID are what the tags of its RUN say.
 *
 * Each function works in transactions of its own, a few thousand datasets in each, repeated when others stand in its way; when the caller
 * has one open on the repository's connection (pps_sql_transact()), all is done in that, and repeating it is the caller's. All may be
 * repeated at any time. The repository is opened with PPS_BUTLER_WRITE.
 */
#ifndef PPS_BUTLER_TAG_H
#define PPS_BUTLER_TAG_H

#include "butler/butler.h"

/* A TAGGED collection holds one dataset for a type and data ID. When another comes: */
enum {
	PPS_TAG_KEEP,   /* the first keeps its place; of several that come together, the one with the smallest UUID */
	PPS_TAG_REPLACE /* the new one takes it; of several that come together, the one with the largest UUID */
};

typedef struct pps_tag_conflict {
	pps_uuid id;    /* has no place in the collection, or has lost it */
	pps_uuid other; /* has it */
} pps_tag_conflict;

typedef struct pps_tag_report {
	int64_t changed; /* rows of tags added and deleted; 0: nothing was to be done */
	pps_tag_conflict *conflicts;
	size_t nconflicts, conflicts_cap;
	pps_uuid *unknown; /* the repository has no such dataset */
	size_t nunknown, unknown_cap;
} pps_tag_report;

void pps_tag_report_clear(pps_tag_report *report);

/* Puts datasets in @collection by @rule (PPS_TAG_*). No such collection: PPS_E_NOTFOUND; not TAGGED: PPS_E_CONFLICT. @report (NULL allowed)
 * must be empty ({ 0 }); conflicts and unknown datasets are no errors, nothing is changed for them but that PPS_TAG_REPLACE takes out who loses. */
int pps_butler_associate(pps_butler *butler, const char *collection, const pps_uuid *ids, size_t n, int rule, pps_tag_report *report,
			 pps_error **err);

/* Takes datasets out of @collection; those that are not in it are fine. The collection's summaries stay, as the Butler leaves them. */
int pps_butler_disassociate(pps_butler *butler, const char *collection, const pps_uuid *ids, size_t n, pps_tag_report *report, pps_error **err);

#endif
