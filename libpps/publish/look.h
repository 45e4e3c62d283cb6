/* SPDX-License-Identifier: BSD-3-Clause */
/* How datasets really are: what each repository of the flow knows of them, its collections, and the files that its records name. */
#ifndef PPS_PUBLISH_LOOK_H
#define PPS_PUBLISH_LOOK_H

#include "butler/ref.h"
#include "publish/finding.h"
#include "publish/publish.h"
#include "store/copy.h"

enum {
	PPS_LOOK_FILES = 1, /* whether they are there, with their size, and linked where they should be */
	PPS_LOOK_DEEP = 2   /* with FILES: they are read, and compared with their source */
};

/* Some datasets, and what was asked of them so far. */
typedef struct pps_look {
	pps_publish *publish;
	const pps_uuid *ids;                /* sorted */
	const pps_dataset_row *const *rows; /* of each; NULL: the state does not know it */
	size_t n;
	pps_refs *refs[PPS_PLAN_MOST];      /* of a repository; NULL: not asked yet */
	int64_t unasked;                    /* files that could not be looked at */
} pps_look;

/* Releases what was asked. */
void pps_look_clear(pps_look *look);

/* What one repository knows of them; asked once. */
int pps_look_refs(pps_look *look, int repository, const pps_refs **ret_refs, pps_error **err);
/* The facts of each in this repository; @facts has room for look->n. @flags: PPS_LOOK_*. */
int pps_look_facts(pps_look *look, int repository, int flags, pps_facts *facts, pps_error **err);

/* Where a file record points to, if it is below a root that the flow knows: *ret_copier NULL: it is not. @ret_name: below it; owned by the
 * caller. */
int pps_look_place(pps_site *site, int repository, const pps_ref_file *file, pps_copier **ret_copier, char **ret_name, pps_error **err);

#endif
