/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A crew of threads in this process. Each has adapters of its own, with connections of their own, made when it is first needed; whatever an
 * adapter asks before it acts is answered by the flow's thread, between two chunks that come back.
 *
 * Threads: all of it is called by the flow's thread.
 */
#ifndef PPS_PUBLISH_HANDS_H
#define PPS_PUBLISH_HANDS_H

#include "publish/flow.h"

typedef struct pps_hands pps_hands;

typedef struct pps_hands_ops {
	const pps_publish_ops *ops; /* only act is used */
	/* The adapters of one thread, which alone uses them while it has a chunk. */
	int (*open)(void *maker, void **ret_user, pps_error **err);
	void (*close)(void *user);
	/* The clocks that they have met; after each chunk. NULL: none. */
	void (*clocks)(void *user, pps_publish_clocks *clocks);
} pps_hands_ops;

/* @threads 1 to 256; none is started yet. */
int pps_hands_new(pps_ctx *ctx, int threads, const pps_hands_ops *ops, void *maker, pps_hands **ret_hands, pps_error **err);
/* Waits for what is under way. */
void pps_hands_free(pps_hands *hands);
PPS_DEFINE_CLEANUP(pps_hands, pps_hands_free)

/* With a pps_hands as user. */
extern const pps_publish_crew pps_hands_crew;

/* Of each that is at rest. */
void pps_hands_each(pps_hands *hands, void (*fn)(void *user, void *arg), void *arg);
/* Adds the clocks that they met last. */
void pps_hands_clocks(pps_hands *hands, pps_publish_clocks *clocks);

#endif
