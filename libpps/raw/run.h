/* SPDX-License-Identifier: BSD-3-Clause */
/* What the files of a run (or repair) share: run.c is its loop, run-catalogue.c its work in the file catalogue. */
#ifndef PPS_RAW_RUN_H
#define PPS_RAW_RUN_H

#include "base/map.h"
#include "raw/catalogue-look.h"
#include "raw/job.h"

/* An exposure whose files are in place, and that waits for the catalogue. */
typedef struct pps_raw_waiting {
	pps_raw_job *job; /* owned */
	pps_catalogue_item item;
	const char *detail; /* of its row when it is done; NULL; static */
	int others_done;    /* all its other steps are */
	int is_quiet;       /* a repair found everything else well: without work here it is not worth a row */
	int looked;         /* the item says what is there */
	int acts;           /* something is to be done */
	int ended;          /* its row says why it goes no further */
} pps_raw_waiting;

typedef struct pps_raw_queue {
	pps_raw_waiting *at;
	size_t n, cap;
	int64_t since;      /* CLOCK_MONOTONIC ns: when the first of them came */
	pps_error *down;    /* why the catalogue could not be reached; NULL: it could */
	int64_t down_until; /* CLOCK_MONOTONIC ns: not asked again before, but at the end */
} pps_raw_queue;

struct run {
	pps_raw *raw;
	pps_flow_lock *lock;
	int64_t now;
	int64_t started; /* the real time, TAI ns */
	int repair;
	char *finished_for; /* what an exposure is finished for: the destinations, and the catalogue */
	char policy_hash[65];
	pps_map *swept; /* folders of dest_root */
	pps_candidates candidates;
	pps_exposure_list *unfinished; /* what the state knew when the run began */
	pps_exposure_list *known;
	pps_raw_report *report;
	pps_raw_queue queue;
};

/* Errors that end the whole run: they are not the exposure's. */
int pps_raw_ends_run(int code);
/* Notes a step that failed, in the row and in the state; takes @why. */
int pps_raw_run_failed(struct run *run, pps_raw_job *job, const char *step, const char *destination, int code, pps_error *why,
		       pps_error **err);
/* Adds to a row's reason, with "; " before it when there is text. */
int pps_raw_run_say(pps_raw_row *row, const char *text, pps_error **err);
int pps_raw_run_status(pps_raw_row *row, int status, const char *reason, pps_error **err);
/* 1: this step failed before and its time has not come again; the row says so. */
int pps_raw_run_backs_off(struct run *run, pps_raw_job *job, const char *step, const char *destination, pps_error **err);
/* The changes that end an exposure, at most two, into @changes; @entry is used by them. Return: how many. */
size_t pps_raw_run_finishing(struct run *run, const pps_raw_job *job, pps_ledger_entry *entry, pps_state_change *changes);
/* Completes the row with what the state knows by now. */
int pps_raw_run_describe(struct run *run, pps_raw_job *job, pps_error **err);

/* Whether the exposure has work in the catalogue, as far as the state knows. */
int pps_raw_needs_catalogue(const struct run *run, const pps_raw_job *job);
/* Lets an exposure wait for the catalogue; takes @job on success. */
int pps_raw_queue_add(struct run *run, pps_raw_job *job, const char *detail, int others_done, int is_quiet, pps_error **err);
/* Works on what waits, when it is enough or has waited long enough, or @is_last. */
int pps_raw_queue_work(struct run *run, int is_last, pps_error **err);
void pps_raw_queue_clear(pps_raw_queue *queue);

#endif
