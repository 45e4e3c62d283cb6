/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Dimension records in the state: the visits, exposures and groups that datasets were registered of, how their records are in each repository,
 * and when they are looked at again there, since a source may revise them later. A record is looked at when a dataset of it is registered, an
 * hour, a day and seven days later, and never after that, until a dataset comes whose type says that it is revised: then all begins anew.
 *
 * Times: TAI ns. Threads: as <state/state.h>.
 */
#ifndef PPS_STATE_RECORD_H
#define PPS_STATE_RECORD_H

#include "butler/arena.h"
#include "state/dataset.h"

/* A dataset of this type tells that the visit's region or timespan is another one now. */
#define PPS_RECORD_REVISING_TYPE "visit_geometry"

enum { PPS_RECORD_VISIT = 1, PPS_RECORD_EXPOSURE, PPS_RECORD_GROUP };
/* "visit", "exposure", "group"; static. */
const char *pps_record_dimension_name(int dimension);

enum {
	PPS_RECORD_NEVER,   /* it is not known to be there */
	PPS_RECORD_INITIAL, /* as it came */
	PPS_RECORD_REVISED  /* replaced since */
};
/* "never", "initial", "revised"; static. */
const char *pps_record_status_name(int status);

/* A record in one repository. */
typedef struct pps_record_place {
	const char *instrument;
	int dimension;     /* PPS_RECORD_* */
	const char *value; /* a number, or the group's name */
	int ordinal;
	int64_t day_obs;   /* 0: none */
	int is_ahead;      /* some dataset of it is to come there: it may be brought ahead of it; 0: only what is there is revised */
	int status;        /* PPS_RECORD_NEVER ... */
	int64_t since;     /* when its looks began; 0: they begin with the first */
	int64_t looked, revised; /* last; 0: never */
	int64_t next_look; /* 0: none */
	int attempts;      /* failures in a row */
	int code;          /* PPS_E_* of the last; 0: none */
	const char *error; /* "" for none */
} pps_record_place;

/* The repositories that records are to follow to. */
typedef struct pps_record_targets {
	int64_t now; /* when looks begin; 0: with the first */
	struct {
		int ordinal;
		int is_public; /* nothing is brought there ahead */
	} at[PPS_ORDINALS_MOST];
	size_t n;
} pps_record_targets;

/* When a record that was looked at is looked at next; 0: never. */
int64_t pps_record_next_look(int64_t since, int64_t looked);

typedef struct pps_record_places {
	pps_record_place *at;
	size_t n, cap;
	pps_arena *texts;
} pps_record_places;
void pps_record_places_clear(pps_record_places *places);

/* Those in one repository whose next look is no later than @now, the longest due first; at most @limit. */
int pps_state_records_due(pps_state *state, int ordinal, int64_t now, size_t limit, pps_record_places *ret_places, pps_error **err);
/* One record, wherever it is, by ordinal. */
int pps_state_records_of(pps_state *state, const char *instrument, int dimension, const char *value, pps_record_places *ret_places,
			 pps_error **err);
/* What became of them: status, looked, revised, next_look, and failures. One whose looks began anew meanwhile stays as it is. */
int pps_state_records_set(pps_state *state, const pps_flow_lock *lock, const pps_record_place *places, size_t n, pps_error **err);

/* Of those that are looked at again, in one repository. */
typedef struct pps_record_count {
	int ordinal;
	int64_t waiting, due, failed, revised;
	const char *error; /* one of those that failed; "" for none */
} pps_record_count;
typedef int (*pps_record_count_fn)(const pps_record_count *count, void *user, pps_error **err);
int pps_state_record_counts(pps_state *state, int64_t now, pps_record_count_fn fn, void *user, pps_error **err);

/* As pps_state_datasets_register(), and in the same transaction the records of those that are new are noted for @targets (NULL: none). */
int pps_state_datasets_register_with(pps_state *state, const pps_flow_lock *lock, const pps_dataset_row *rows, size_t n,
				     const pps_record_targets *targets, int64_t *ret_new, pps_error **err);

#endif
