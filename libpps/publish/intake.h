/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What comes in: messages of the Butler writer, the batch files that they name, and lists in a folder. A message is recorded in the state, then
 * its offset is committed, then its batch file is read: a crash anywhere gives it again, which changes nothing. What cannot be read blocks
 * nothing: a batch file that is not there yet is tried again for a day, a message or a file that is garbage is put aside with its reason.
 *
 * Threads: an intake belongs to one thread at a time.
 */
#ifndef PPS_PUBLISH_INTAKE_H
#define PPS_PUBLISH_INTAKE_H

#include "base/conf.h"
#include "publish/register.h"

typedef struct pps_intake pps_intake;

/* Nothing is opened before it is needed. @conf is borrowed, and outlives it. */
int pps_intake_new(pps_ctx *ctx, const pps_conf *conf, pps_intake **ret_intake, pps_error **err);
void pps_intake_free(pps_intake *intake);
PPS_DEFINE_CLEANUP(pps_intake, pps_intake_free)

/* What a step did. */
typedef struct pps_intake_tally {
	int64_t messages, letters;      /* read; put aside (also batch files) */
	int64_t batches, pending;       /* batch files read; not there yet */
	int64_t lists, rejected;        /* of the folder: registered; rejected */
	pps_register_counts registered; /* by all of these, and by asking again for those that were unknown */
} pps_intake_tally;

/*
 * One round: the messages that come within @wait_ms, the batch files that are due, the lists of the folder, the datasets whose time has come to be
 * asked for again. @drain: all that is there now: messages to the end of the topic (at most a minute), and lists that are still being
 * written a moment longer. A broker or a store that is down is said once and left for the next time; the first repository or the state
 * being down is an error. Adds to @tally.
 */
int pps_intake_step(pps_intake *intake, const pps_registrar *registrar, int64_t wait_ms, int drain, pps_intake_tally *tally, pps_error **err);

/* Appends a line for each source of which nothing came the last time: its name, and why. */
void pps_intake_add_down(const pps_intake *intake, pps_buf *lines);

/* One list at a URI or path, for an operator; errors of the list itself are PPS_E_FORMAT. @ignored (owned by the caller, NULL: none): columns that
 * mean nothing here. */
int pps_intake_register_file(const pps_registrar *registrar, int64_t now, const char *uri, const char *origin, pps_register_counts *counts,
			     char **ret_ignored, pps_error **err);

/* Pure: how long to wait after the nth reading of a batch file that failed, ns: 5 s, doubling, at most 10 min. */
int64_t pps_intake_wait(int attempts);

#endif
