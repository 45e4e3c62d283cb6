/* SPDX-License-Identifier: BSD-3-Clause */
/* Taking away the embargo copy of an exposure: what is known of it, and the acts. */
#ifndef PPS_RAW_PRUNE_H
#define PPS_RAW_PRUNE_H

#include "raw/deep.h"
#include "raw/prune-plan.h"
#include "raw/prune-policy.h"

/* One exposure whose copy may go. */
typedef struct pps_prune_case {
	pps_raw_job *job;
	pps_source_files files; /* that it has in the source now */
	pps_buf why;            /* why it stays */
	pps_prune_facts facts;
	pps_prune_site sites[PPS_SITES_MOST];
	char *safe_copies;
	char *folder;           /* URI of its folder in the source */
	pps_prune_policy policy; /* what is asked for */
} pps_prune_case;

void pps_prune_case_clear(pps_prune_case *c);
#define _cleanup_prune_case_ _cleanup_(pps_prune_case_clear)

/* Asks everything anew. What cannot be asked is not known, and says so in c->why; only what ends the run is an error. */
int pps_prune_gather(pps_prune_case *c, pps_error **err);
/* The part of it that Rucio answers. */
int pps_prune_gather_catalogue(pps_prune_case *c, pps_error **err);

/* Does it: the ledger's entry, the source repository's rows, files in small groups, with the lock, epoch and holds asked before each, and
 * the end of it in the state. @source is opened for removing. A repeat after a crash anywhere ends the same. */
int pps_prune_act(pps_prune_case *c, pps_butler *source, pps_error **err);

#endif
