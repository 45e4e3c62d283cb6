/* SPDX-License-Identifier: BSD-3-Clause */
/* One exposure on its way: what is known of it, and the steps that take it further or look where it is. */
#ifndef PPS_RAW_JOB_H
#define PPS_RAW_JOB_H

#include "raw/catalogue-look.h"
#include "raw/material.h"
#include "raw/report.h"
#include "raw/select.h"

typedef struct pps_raw_job {
	pps_raw *raw;
	pps_flow_lock *lock; /* NULL: only look */
	int64_t now;         /* TAI ns; what decisions are taken for */
	int repair;          /* do steps again that are recorded, move damaged files aside */
	int untold;          /* a repair has taken back that the catalogue was told of it */
	int acted;           /* something was placed, ingested or registered, not only found there */
	int unknown;         /* PPS_E_* of a place that could not be asked; PPS_OK: all could */
	const pps_candidate *candidate;
	const pps_exposure_state *known; /* NULL: the state does not know it */
	pps_raw_row *row;
	pps_raw_material *material; /* loaded when first needed */
	char *zip_name;             /* in the store of dest_root */
	pps_exposure_zip zip;       /* what the state knows, or what was packed; zip.uri NULL: nothing */
	char *zip_uri;              /* as recorded in the state; owned */
	char *compared;             /* see raw/deep.h; owned */
	uint8_t found[PPS_RAW_PLACES_MOST]; /* PPS_MARK_* that a repair found */
} pps_raw_job;

int pps_raw_job_init(pps_raw_job *job, pps_error **err);
void pps_raw_job_clear(pps_raw_job *job);
#define _cleanup_job_ _cleanup_(pps_raw_job_clear)
/* The same for one made with calloc(), which is released too; NULL is fine. */
void pps_raw_job_free(pps_raw_job *job);
PPS_DEFINE_CLEANUP(pps_raw_job, pps_raw_job_free)

pps_exposure_key pps_raw_job_key(const pps_raw_job *job);
int pps_raw_job_material(pps_raw_job *job, pps_raw_material **ret, pps_error **err);
int pps_raw_job_has_step(const pps_raw_job *job, const char *step, const char *destination);
/* Records changes, with the real time and the job's. */
int pps_raw_job_apply(pps_raw_job *job, const pps_state_change *changes, size_t n, pps_error **err);
int pps_raw_job_record(pps_raw_job *job, const char *step, const char *destination, const char *detail, pps_error **err);

/* Time and rule once more, from the source, at the time @now; PPS_E_HELD when it may not leave (any more). */
int pps_raw_job_recheck(pps_raw_job *job, int64_t now, pps_error **err);
/* Right before each act that shows outside: the lock and its epoch are still ours, and no operator holds the exposure (PPS_E_HELD). */
int pps_raw_job_may_act(pps_raw_job *job, pps_error **err);
/* Of what the state remembers and what the source says now, the decision that releases later. */
pps_release pps_raw_job_release(const pps_raw_job *job);

/* Each ensure ends with its result in place and recorded, whatever was there before. */
int pps_raw_ensure_zip(pps_raw_job *job, pps_error **err);
int pps_raw_ensure_yaml(pps_raw_job *job, pps_error **err);
int pps_raw_ensure_destination(pps_raw_job *job, size_t n, pps_error **err);

/* What is there now: *ret_mark a PPS_MARK_*, the reason appended to @why (with "; " before it when there is text). */
int pps_raw_look_zip(pps_raw_job *job, int *ret_mark, pps_buf *why, pps_error **err);
int pps_raw_look_yaml(pps_raw_job *job, int *ret_mark, pps_buf *why, pps_error **err);
int pps_raw_look_destination(pps_raw_job *job, size_t n, int *ret_mark, pps_buf *why, pps_error **err);
/* What the catalogue must know of it: names, and sizes and digests as far as they are known; @c is made anew. */
int pps_raw_job_catalogue(pps_raw_job *job, pps_catalogue *c, pps_error **err);
/* Puts what a look found into a row. */
int pps_raw_catalogue_marks(pps_raw *raw, const pps_catalogue_item *item, pps_raw_row *row, pps_error **err);
/* The last revision of the yaml that is there; -1: none. Revision 0 is `_dimensions.yaml`. */
int pps_raw_yaml_revision(pps_raw_job *job, int *ret_revision, pps_error **err);
char *pps_raw_yaml_name(const pps_raw_job *job, int revision);
/* Whether the nth destination knows datasets of the exposure, wherever they are from. */
int pps_raw_destination_knows(pps_raw_job *job, size_t n, int *ret_yes, pps_error **err);

/* Fills a row's marks, zip and digests with what the state knows; @e NULL: nothing. */
int pps_raw_describe(pps_raw *raw, const pps_exposure_state *e, pps_raw_row *row, pps_error **err);

/* The URI that a destination records for the exposure's zip. */
int pps_raw_record_uri(const pps_raw_job *job, size_t n, char **ret_uri, pps_error **err);
/* Moves a file that cannot be read to .damaged/, under a name that is free. */
int pps_raw_move_damaged(pps_raw_job *job, const char *name, pps_error **err);

#endif
