/* SPDX-License-Identifier: BSD-3-Clause */
/* Which time it is, of several clocks: a pure function. */
#ifndef PPS_BASE_CLOCK_H
#define PPS_BASE_CLOCK_H

#include "base/time.h"

/* The time that decisions are taken for. */
typedef struct pps_clock {
	int64_t local;          /* TAI ns */
	const int64_t *others;  /* independent clocks, each with the local one read beside it */
	const int64_t *beside;
	size_t n;
	int64_t ledger;         /* the ledger's last real time; INT64_MIN: none */
	int64_t requested;      /* --now; INT64_MIN: none */
} pps_clock;

#define PPS_CLOCK_LIMIT_NS (60 * PPS_NS_PER_S)

/* *ret_now: the smallest clock, or the requested time. PPS_E_HELD when clocks differ by more than 60 s or the local clock is behind
 * the ledger; PPS_E_ARG when the requested time is in the future. */
int pps_clock_decide(const pps_clock *clock, int64_t *ret_now, pps_error **err);

#endif
