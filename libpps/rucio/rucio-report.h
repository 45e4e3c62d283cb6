/* SPDX-License-Identifier: BSD-3-Clause */
/* What a register did, or a check found. */
#ifndef PPS_RUCIO_RUCIO_REPORT_H
#define PPS_RUCIO_RUCIO_REPORT_H

#include "base/buf.h"
#include "rucio/rucio.h"

typedef struct pps_rucio_row {
	char *name, *text;
	int status; /* PPS_RUCIO_OK ... */
	int code;   /* PPS_E_* */
	uint64_t size;
} pps_rucio_row;

struct pps_rucio_report {
	pps_rucio_row *at;
	size_t n, cap;
};

PPS_DEFINE_CLEANUP(pps_rucio_report, pps_rucio_report_free)
/* *ret_row: valid until the next is added. */
int pps_rucio_report_add(pps_rucio_report *report, const char *name, int status, int code, const char *text, pps_rucio_row **ret_row,
			 pps_error **err);
void pps_rucio_report_sort(pps_rucio_report *report);

#endif
