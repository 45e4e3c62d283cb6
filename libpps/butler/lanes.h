/* SPDX-License-Identifier: BSD-3-Clause */
/* Connections of their own to two repositories, for threads that bring something from one to the other. */
#ifndef PPS_BUTLER_LANES_H
#define PPS_BUTLER_LANES_H

#include <pthread.h>

#include "butler/butler.h"

#define PPS_LANES_MOST 4

typedef struct pps_lane {
	pps_butler *source, *dest; /* NULL: not open yet */
	int is_busy;
} pps_lane;

typedef struct pps_lanes {
	pps_butler *source, *dest; /* borrowed */
	int n; /* as many as threads may use them: no more than the context allows an operation */
	pthread_mutex_t lock;
	pps_lane at[PPS_LANES_MOST];
} pps_lanes;

void pps_lanes_init(pps_lanes *lanes, pps_butler *source, pps_butler *dest);
void pps_lanes_clear(pps_lanes *lanes);
/* One that nobody uses, with its connections open, until it is given back. Any thread, @n at a time. PPS_E_UNAVAILABLE, too, where a server has no
 * more connections to give. */
int pps_lanes_take(pps_lanes *lanes, size_t *ret_lane, pps_error **err);
void pps_lanes_give(pps_lanes *lanes, size_t lane);
/* The size of chunks of at most @most in which each lane gets as much of @n (more than 0) as the others: none waits at the end. */
size_t pps_lanes_chunk(const pps_lanes *lanes, size_t n, size_t most);

#endif
