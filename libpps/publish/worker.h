/* SPDX-License-Identifier: BSD-3-Clause */
/* Who carries out orders: reads the state, never writes it, and asks it again just before each Butler is written. One thread at a time. */
#ifndef PPS_PUBLISH_WORKER_H
#define PPS_PUBLISH_WORKER_H

#include "publish/flow.h"
#include "publish/order.h"
#include "publish/wire.h"

typedef struct pps_worker {
	pps_publish_flow *flow; /* without a lock */
	pps_wire wire;
	int64_t epoch;          /* that its repositories were opened in; 0: none */
	/* of the order at hand */
	const pps_order *order;
	int is_stale;           /* nobody waits for its answer any more */
	int is_lost;            /* the state could not be asked: somebody else may have it */
} pps_worker;

/* The next order: 1: answered; 0: none came within @wait_ms, or one that nobody waits for. After any failure the order comes again, to this
 * worker or another. */
int pps_worker_step(pps_worker *worker, int64_t wait_ms, pps_error **err);

#endif
