/* SPDX-License-Identifier: BSD-3-Clause */
/* What the readers of lists share. */
#ifndef PPS_PUBLISH_BATCH_PRIVATE_H
#define PPS_PUBLISH_BATCH_PRIVATE_H

#include "publish/batch.h"

#define ORIGINS_MOST 1000 /* of one list */

/* Room for at most @room datasets. */
int pps_batch_new(size_t room, pps_batch **ret_batch, pps_error **err);
/* The place of an origin, which is added when it is new. */
int pps_batch_origin(pps_batch *batch, const char *origin, size_t *ret_place, pps_error **err);
/* How many bytes of a text a message shows: whole characters. */
int pps_batch_cut(const char *text);
int pps_batch_check_size(const char *name, const void *text, size_t size, pps_error **err);

#endif
