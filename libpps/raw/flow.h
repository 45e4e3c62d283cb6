/* SPDX-License-Identifier: BSD-3-Clause */
/* The raw flow's handle: configuration, what was chosen, and the repositories, store and state behind it. */
#ifndef PPS_RAW_FLOW_H
#define PPS_RAW_FLOW_H

#include <pps/raw.h>

#include "base/conf.h"
#include "base/ctx.h"
#include "butler/butler.h"
#include "raw/policy.h"
#include "rucio/rucio.h"
#include "state/state.h"
#include "store/store.h"

typedef struct pps_raw_destination {
	const pps_conf_destination *conf;
	const char *name;
	pps_butler *butler; /* opened when first needed */
	int is_for_looking; /* opened for reading only */
	pps_error *error;   /* why it could not be opened: others go on */
} pps_raw_destination;

struct pps_raw_events;

struct pps_raw {
	pps_ctx *ctx;
	pps_conf *conf;
	const pps_conf_raw *block;
	pps_butler *source;
	pps_store *source_store; /* the last of the source's folders that was opened, to ask its server's clock; NULL: none yet */
	pps_raw_destination *destinations;
	size_t ndestinations;
	pps_store *store; /* of dest_root */
	pps_rucio *rucio; /* opened when first needed */
	pps_error *rucio_error; /* why it could not be opened */
	int rucio_is_silent; /* its clock could not be asked: not asked again */
	pps_state *state;
	int state_is_blank; /* there is none: a dry run goes by an empty one */
	struct pps_raw_events *events; /* what has arrived; opened when first needed */
	struct pps_map *woken;         /* exposures that a wait ended for */

	int64_t window;      /* ns; -1: none */
	int64_t day_begin;   /* day_obs range, inclusive; 0: none */
	int64_t day_end;
	char **exposures;    /* obs ids or numbers as given */
	size_t nexposures, cap_exposures;
	int64_t now;         /* requested, TAI ns; INT64_MIN: none */
	int now_scale;
	int dry_run;    /* also while a call only looks */
	int dry_chosen; /* as the caller said */
	int deep;
	int records_deep; /* what was compared deeply is recorded, also by a check */
	pps_raw_policy *in_force; /* NULL: what is configured is in force */
	int policy_is_known;      /* the state was asked */
};

/* Opened on demand; borrowed. */
int pps_raw_source(pps_raw *raw, pps_butler **ret, pps_error **err);
int pps_raw_state(pps_raw *raw, pps_state **ret, pps_error **err);
int pps_raw_store(pps_raw *raw, pps_store **ret, pps_error **err);
/* A call begins: a destination that could not be opened may be there by now, and what was opened for looking is not enough to act. */
void pps_raw_renew(pps_raw *raw);
/* The nth destination's repository, for writing unless the run is dry. */
int pps_raw_destination_butler(pps_raw *raw, size_t n, pps_butler **ret, pps_error **err);

/* The file catalogue. Without a block `rucio` there are no Rucio steps. */
int pps_raw_has_rucio(const pps_raw *raw);
int pps_raw_rucio(pps_raw *raw, pps_rucio **ret, pps_error **err);

/* What the flow decides with: see pps_clock_decide(). */
int pps_raw_now(pps_raw *raw, int64_t *ret_now, pps_error **err);

/* Asks the state which policy is in force, once: see raw->in_force. */
int pps_raw_load_policy(pps_raw *raw, pps_error **err);
/* With the flow's lock: what is configured is in force from now on unless it releases sooner. */
int pps_raw_settle_policy(pps_raw *raw, pps_error **err);

/* A report with this flow's places: "source", "zip", "yaml", each destination, and with Rucio those of PPS_CATALOGUE_*. */
enum { PPS_PLACE_SOURCE, PPS_PLACE_ZIP, PPS_PLACE_YAML, PPS_PLACE_DESTINATION };
/* Where the places of the catalogue begin. */
static inline size_t pps_raw_catalogue_place(const pps_raw *raw)
{
	return PPS_PLACE_DESTINATION + raw->ndestinations;
}
int pps_raw_new_report(pps_raw *raw, pps_raw_report **ret, pps_error **err);

#endif
