/* SPDX-License-Identifier: BSD-3-Clause */
/* What the files of the audit share. The public side is <pps/publish.h>. */
#ifndef PPS_PUBLISH_AUDIT_H
#define PPS_PUBLISH_AUDIT_H

#include "publish/look.h"

typedef struct pps_audit {
	pps_publish *p;
	int flags; /* PPS_AUDIT_* */
	const char *who;
	pps_publish_finding_fn fn;
	void *user;
	int64_t now, at;
	struct pps_map *words; /* of the state: runs among them */
	int64_t datasets, found, mended, unasked;
	int64_t numbers[PPS_FOUND_ORPHAN + 1];
} pps_audit;

/* A finding of one dataset in one repository. */
typedef struct pps_audit_row {
	const pps_uuid *id;         /* NULL: of no dataset */
	const pps_dataset_row *row; /* NULL: the state does not know it */
	const char *type, *run;
	const char *file;           /* NULL: of none */
	pps_finding finding;
	int is_mended;
	const char *why_not;        /* NULL, or why it was not mended */
} pps_audit_row;

/* Whether this repository is looked at, and can be. */
int pps_audit_wants(const pps_audit *audit, int repository);
/* Hands a finding on, and counts it. */
int pps_audit_tell(pps_audit *audit, int repository, const pps_audit_row *row, pps_error **err);

/* Mends what is ours to mend of @rows, of one repository, and marks those that were. */
int pps_audit_mend(pps_audit *audit, int repository, pps_audit_row *rows, size_t n, pps_error **err);
/* Files in the runs of the state that no record names. */
int pps_audit_orphans(pps_audit *audit, int repository, pps_error **err);

#endif
