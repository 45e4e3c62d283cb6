/* SPDX-License-Identifier: BSD-3-Clause */
/* The result of a call of the raw flow, row by row; the public side is <pps/raw.h>. */
#ifndef PPS_RAW_REPORT_H
#define PPS_RAW_REPORT_H

#include <pps/raw.h>

#include "base/buf.h"
#include "base/error.h"

PPS_DEFINE_CLEANUP(pps_raw_report, pps_raw_report_free)

#define PPS_RAW_PLACES_MOST 64
#define PPS_RAW_DESTINATIONS_MOST 48 /* beside the flow's own places */

typedef struct pps_raw_row {
	char *instrument;
	char *obs_id;
	int64_t exposure;
	int64_t day_obs;
	int status; /* PPS_RAW_* */
	int code;   /* PPS_E_* of what failed; PPS_OK: nothing */
	char *reason;
	char *command;
	char due[40];
	char arrived[40];
	char *zip;
	uint64_t size;
	char md5[33];
	size_t datasets;
	uint8_t marks[PPS_RAW_PLACES_MOST]; /* PPS_MARK_* */
	char *notes[PPS_RAW_PLACES_MOST];   /* NULL: none */
} pps_raw_row;

/* @places: copied. */
int pps_raw_report_new(const char *const *places, size_t nplaces, pps_raw_report **ret, pps_error **err);
/* A new row, empty but for these; borrowed, and stays where it is until it is removed. */
int pps_raw_report_add(pps_raw_report *report, const char *instrument, const char *obs_id, int64_t exposure, int64_t day_obs,
		       pps_raw_row **ret_row, pps_error **err);
/* Removes a row; NULL is fine. */
void pps_raw_report_drop(pps_raw_report *report, pps_raw_row *row);
/* In a check whatever is neither done, waiting nor held counts as failed. */
void pps_raw_report_set_check(pps_raw_report *report);
/* Replaces a text of a row; a NULL stands for "". */
int pps_raw_row_text(char **text, const char *value, pps_error **err);
/* Says beside a mark what is there; replaces what was said before. */
int pps_raw_row_note(pps_raw_row *row, size_t place, const char *text, pps_error **err);
/* Appends one more reason, "; " between them; NULL: nobody asks. */
void pps_raw_because(pps_buf *why, const char *fmt, ...) PPS_PRINTF(2, 3);
/* By instrument, day_obs and exposure. */
void pps_raw_report_sort(pps_raw_report *report);
pps_raw_row *pps_raw_report_row(pps_raw_report *report, size_t n);

#endif
