/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Datasets that stay known while their files go: out of a public repository (expire), whose files are another's; out of any other whose files
 * are another's (forget); and out of one whose files are its own (unstore). All may be repeated at any time.
 */
#ifndef PPS_BUTLER_UNSTORE_H
#define PPS_BUTLER_UNSTORE_H

#include "butler/tag.h"

typedef struct pps_expire_report {
	pps_tag_report available; /* of taking them out of the collection of what is available */
	pps_tag_report expired;   /* of putting them in that of what has expired: conflicts, unknown */
	int64_t dropped;          /* locations and file records */
} pps_expire_report;

void pps_expire_report_clear(pps_expire_report *report);

/* A few thousand datasets in each transaction (or all in the caller's, as in tag.h): out of the TAGGED collection @available, into @expired by
 * @rule (PPS_TAG_*), and their locations and file records in this repository's datastores dropped, without rows in the trash: so that
 * nobody's emptying of trash unlinks files that other repositories share. Dataset, RUN, summaries and other collections stay.
 * @report (NULL allowed) must be empty; the repository is opened with PPS_BUTLER_WRITE. */
int pps_butler_expire(pps_butler *butler, const pps_uuid *ids, size_t n, const char *available, const char *expired, int rule,
		      pps_expire_report *report, pps_error **err);

/* Locations and file records in this repository's datastores, as the Butler's forget() does: no row in the trash, and no file is touched. For records
 * that refer to another's files. @ret_dropped (NULL allowed): rows. The repository is opened with PPS_BUTLER_WRITE. */
int pps_butler_forget(pps_butler *butler, const pps_uuid *ids, size_t n, int64_t *ret_dropped, pps_error **err);

/* As pruneDatasets(unstore=True, disassociate=False, purge=False) does: locations to the trash, files, file records and trash (purge.h);
 * the datasets stay, and their tags. Files go outside of any transaction, so none may be open: a caller that must look once more before
 * its commit calls pps_butler_trash() in its own and pps_butler_empty_trash() after it. @ret_changed (NULL allowed): locations that
 * went. The repository is opened with PPS_BUTLER_REMOVE or PPS_BUTLER_WRITE. */
int pps_butler_unstore(pps_butler *butler, const pps_uuid *ids, size_t n, int64_t *ret_changed, pps_error **err);

#endif
