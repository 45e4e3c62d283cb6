/* SPDX-License-Identifier: BSD-3-Clause */
/* A zip's datasets against what a repository has of them. */
#ifndef PPS_BUTLER_INGEST_H
#define PPS_BUTLER_INGEST_H

#include "butler/butler-private.h"

#define PPS_INGEST_KEYS_MOST 16 /* required dimensions of a dataset type */

/* What a repository has of a dataset. */
enum { PPS_HAS_DATASET = 1, PPS_HAS_TAG = 2 };

typedef struct pps_ingest_ref {
	const pps_zip_ref *ref;
	size_t type; /* in ingest.types */
	size_t run;  /* in ingest.runs */
	const pps_zip_value *keys[PPS_INGEST_KEYS_MOST]; /* of the type's required dimensions, in their order */
	int has;       /* PPS_HAS_* */
	int different; /* a finding says how */
} pps_ingest_ref;

/* One file record: a dataset, or a component of one. */
typedef struct pps_ingest_record {
	size_t ref; /* in ingest.refs */
	const pps_zip_artifact *artifact;
} pps_ingest_record;

/* What a member of the datastore has. */
typedef struct pps_ingest_member {
	const pps_butler_member *member;
	uint8_t *located; /* by ref */
	uint8_t *recorded; /* by record */
} pps_ingest_member;

typedef struct pps_ingest {
	pps_butler *butler;
	const char *uri; /* of the zip, as recorded */
	const pps_zip_index *index;
	pps_butler_types *wanted; /* as the index says */
	pps_butler_types *types;  /* as the repository has them, in the order of @wanted; id 0: not there */
	const char **runs;        /* distinct names */
	int64_t *run_ids;         /* 0: not there */
	size_t nruns, runs_cap;
	pps_ingest_ref *refs; /* sorted by UUID */
	size_t nrefs, refs_cap;
	pps_ingest_record *records; /* sorted by UUID and component */
	size_t nrecords, records_cap;
	pps_ingest_member *members; /* those that accept */
	size_t nmembers;
	pps_butler_report *report;
	int summaries_missing; /* only a verification looks */
} pps_ingest;

/* From the index alone. */
int pps_ingest_prepare(pps_butler *butler, const char *uri, const pps_zip_index *index, pps_ingest *in, pps_error **err);
void pps_ingest_clear(pps_ingest *in);

/* Which members of the datastore accept everything; none: PPS_E_UNSUPPORTED. */
int pps_ingest_choose_members(pps_ingest *in, pps_error **err);

/* Asks the database; types and run_ids are known. Findings for what is different go to the report, which starts anew. */
int pps_ingest_examine(pps_ingest *in, pps_error **err);
/* Adds findings for what is missing, and counts. */
int pps_ingest_conclude(pps_ingest *in, pps_error **err);

/* For a verification: counts rows of the runs' summaries that are missing. */
int pps_ingest_count_summaries(pps_ingest *in, pps_error **err);

/* Inserts what is missing; types and runs are there. */
int pps_ingest_insert(pps_ingest *in, pps_error **err);
int pps_ingest_insert_summaries(pps_ingest *in, pps_error **err); /* those alone */

/* After a failed transaction: names the dimension record that is missing, where that is the reason. Takes @e, moves it or a better one
 * to @err; returns its code. */
int pps_ingest_explain(pps_ingest *in, pps_error *e, int code, pps_error **err);

#endif
