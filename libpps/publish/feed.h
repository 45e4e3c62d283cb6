/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The static feed: pages of lines, in a folder for each hour, never changed; `latest.json` and `atom.xml`, which are replaced. Everything
 * is placed whole. What a crash left half told is found by the pages' names: a page begins with the first notice that nobody had before it.
 */
#ifndef PPS_PUBLISH_FEED_H
#define PPS_PUBLISH_FEED_H

#include "publish/notify-text.h"

typedef struct pps_feed pps_feed;

int pps_feed_open(pps_ctx *ctx, const char *place, pps_state *state, pps_feed **ret_feed, pps_error **err);
void pps_feed_free(pps_feed *feed);
PPS_DEFINE_CLEANUP(pps_feed, pps_feed_free)

/*
 * Writes the next page from the beginning of @batch, which is not empty and follows what was written, and what leads to it. @detail: as the last
 * call gave it, "" at first. @ret_seq: the last notice of the page; @ret_detail: owned by the caller.
 */
int pps_feed_write(pps_feed *feed, const pps_notify_batch *batch, const char *detail, int64_t *ret_seq, char **ret_detail, pps_error **err);

#endif
