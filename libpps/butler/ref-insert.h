/* SPDX-License-Identifier: BSD-3-Clause */
/* One chunk of datasets on its way into a repository. */
#ifndef PPS_BUTLER_REF_INSERT_H
#define PPS_BUTLER_REF_INSERT_H

#include "butler/bulk.h"
#include "butler/ref-private.h"

/* What a repository has of a dataset. */
enum { PPS_REF_HAS_DATASET = 1, PPS_REF_HAS_TAG = 2, PPS_REF_HAS_LOCATION = 4 };

typedef struct pps_insertion {
	pps_butler *butler;
	const pps_refs *refs;        /* all; what follows is by index in them */
	pps_ref_places *places;
	const size_t *first_place;   /* of each ref; refs->n + 1 of them */
	pps_ref_result *results;
	const pps_butler_type **types; /* of refs->types: as the repository has them; NULL: none of its datasets is inserted */
	const char **runs;
	int64_t *run_ids;
	size_t nruns;
	const size_t *run_of;        /* of each ref: index in runs */
	/* the chunk: refs [from, end) whose outcome is still 0, or that are there */
	size_t from, end;
	uint8_t *has;                /* of each ref: PPS_REF_HAS_* */
	uint8_t *recorded;           /* of each place: its file record is there */
	const pps_refs_with *with;
	int64_t tagged_id;           /* of with->tagged; 0: none */
	int tries;                   /* of this chunk */
	pps_tag_report tags;         /* of this try */
} pps_insertion;

/* What is there of the chunk: fills `has` and `recorded`, and gives those that differ their outcome. */
int pps_insertion_examine(pps_insertion *in, pps_error **err);
/* Gives those whose dimension records are not there their outcome; @ret_n: how many. */
int pps_insertion_refuse_missing(pps_insertion *in, size_t *ret_n, pps_error **err);
/* Inserts what is missing. */
int pps_insertion_write(pps_insertion *in, pps_error **err);
/* Only the summaries. */
int pps_insertion_summarize(pps_insertion *in, pps_error **err);

/* Gives a dataset an outcome, with the reason in words. */
int pps_insertion_decide(pps_insertion *in, size_t ref, int outcome, pps_error **err, const char *fmt, ...) PPS_PRINTF(5, 6);

/* 1 in the first try: as if nothing were there, no place in the TAGGED collection taken either. */
static inline int pps_insertion_is_blind(const pps_insertion *in)
{
	return in->tries <= 1;
}

/* 1 when a ref of the chunk is to be written. */
static inline int pps_insertion_counts(const pps_insertion *in, size_t ref)
{
	return in->results[ref].outcome <= PPS_REF_THERE;
}

#endif
