/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A crew of workers elsewhere, who are told what to do by orders and say by answers what came of it. An order whose deadline has passed without an
 * answer is given again; what is said of an order of an earlier epoch, or of one that is answered already, is nobody's concern any more.
 *
 * Threads: the flow's alone.
 */
#ifndef PPS_PUBLISH_DISPATCH_H
#define PPS_PUBLISH_DISPATCH_H

#include "publish/flow.h"
#include "publish/wire.h"

#define PPS_ORDER_LASTS (3600 * PPS_NS_PER_S) /* until its deadline; a worker that died is noticed by Kafka long before */
#define PPS_ORDER_GRACE (120 * PPS_NS_PER_S)  /* for clocks that differ, and for what was begun just before */

typedef struct pps_dispatch pps_dispatch;

/* @size: most orders at a time. @wire: borrowed. */
int pps_dispatch_new(pps_ctx *ctx, int size, const pps_wire *wire, pps_dispatch **ret_dispatch, pps_error **err);
void pps_dispatch_free(pps_dispatch *dispatch);
PPS_DEFINE_CLEANUP(pps_dispatch, pps_dispatch_free)

/* With a pps_dispatch as user. */
extern const pps_publish_crew pps_dispatch_crew;

#endif
