/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * From UUIDs to rows in the state: what the first repository knows of them is registered with what is next for each; those that it does not know
 * are kept, and asked for again. Registering twice changes nothing.
 */
#ifndef PPS_PUBLISH_REGISTER_H
#define PPS_PUBLISH_REGISTER_H

#include "butler/arena.h"
#include "publish/batch.h"
#include "state/record.h"

#define PPS_REGISTER_CHUNK 5000 /* datasets that are looked up, and registered, at a time */

/* What the first repository knows. */
typedef struct pps_found {
	pps_dataset_row *at;
	size_t n;
	pps_arena *arena; /* its texts */
} pps_found;
void pps_found_free(pps_found *found);
PPS_DEFINE_CLEANUP(pps_found, pps_found_free)

/* Who looks up, who plans, and where it is written. */
typedef struct pps_registrar {
	pps_ctx *ctx;
	pps_state *state;
	const pps_flow_lock *lock; /* NULL: an administrative command */
	const pps_record_targets *targets; /* where their dimension records follow to; NULL: nowhere */
	int dry_run;
	/* Rows of those that the first repository knows, in any order, with their status there; origin, flags, registered and next are not set.
	 * Called by one thread at a time, while another one plans and writes. */
	int (*find)(void *user, const pps_uuid *ids, size_t n, pps_found **ret_found, pps_error **err);
	/* What is next for a new dataset. Return: 0; 1: it is held, since no policy says anything of its type or origin; negative: an error. */
	int (*plan)(void *user, const pps_dataset_row *row, pps_dataset_next *ret_next, pps_error **err);
	void *user;
	int *is_down; /* set by pps_register(): whether it failed because @find did. NULL allowed */
} pps_registrar;

typedef struct pps_register_item {
	pps_uuid id;
	const char *origin; /* "": not said */
	int is_disputed;    /* set by pps_register(): its list says two origins */
} pps_register_item;

/* Each dataset once, however often it comes. */
typedef struct pps_register_counts {
	int64_t added;   /* new in the state */
	int64_t held;    /* of these: held by type or origin */
	int64_t known;   /* they were there */
	int64_t unknown; /* to the first repository, and to the state */
} pps_register_counts;

/* Sorts @items; one that comes twice with two origins is held by its flag, since which policy it goes by is
 * not to be guessed. Adds to @counts, chunk by chunk, as far as it comes. @now: TAI ns. */
int pps_register(const pps_registrar *registrar, int64_t now, pps_register_item *items, size_t n, pps_register_counts *counts, pps_error **err);

/* A whole list; @origin: of those for which it says none (NULL: ""). */
int pps_register_list(const pps_registrar *registrar, int64_t now, const pps_batch *list, const char *origin, pps_register_counts *counts,
		      pps_error **err);

/* Asks again for those that were not known and whose time has come. @counts: added, and those still unknown. */
int pps_register_again(const pps_registrar *registrar, int64_t now, pps_register_counts *counts, pps_error **err);

#endif
