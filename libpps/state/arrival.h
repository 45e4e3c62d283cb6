/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What has arrived at the source, by what events and listings told; messages that could not be read; and what Rucio brought to a remote
 * site. Nothing here decides whether an exposure leaves, so no lock of a flow is needed: every write may be repeated, in any order and by
 * several processes, and ends the same.
 */
#ifndef PPS_STATE_ARRIVAL_H
#define PPS_STATE_ARRIVAL_H

#include "state/state.h"

typedef struct pps_arrival_key {
	const char *instrument;
	const char *obs_id;
} pps_arrival_key;

/* One file of an exposure, as an event or a listing tells of it. */
typedef struct pps_arrival_file {
	pps_arrival_key key; /* in lists of one exposure's files: unset */
	int64_t day_obs;
	const char *folder; /* of the exposure, below the root of the events: "LSSTCam/20251202/MC_O_20251202_000001" */
	const char *name;   /* in it */
	uint64_t size;
	int64_t at; /* TAI ns; of several tellings of one file the latest counts, and of equal ones a removal */
	int removed;
} pps_arrival_file;

typedef struct pps_arrival {
	pps_arrival_key key;
	int64_t day_obs;
	const char *folder;
	const char *expected; /* sensors, separated by ", "; NULL: not known yet */
	int64_t first_at, last_at; /* of what was told */
	int64_t complete_at;       /* PPS_TAI_MIN: not complete */
	int64_t listed_at;         /* PPS_TAI_MIN: never */
	size_t nfiles;             /* that are there; of lists that count them */
} pps_arrival;

typedef struct pps_arrival_list pps_arrival_list;
typedef struct pps_arrival_files pps_arrival_files;

/* Records files, in one transaction; of a file that is told of twice the earlier telling is left out. */
int pps_state_arrived(pps_state *state, const pps_arrival_file *files, size_t n, pps_error **err);

/* An exposure that nothing was told of is known from now on, without a file; one that is known stays as it is. */
int pps_state_arrival_seen(pps_state *state, const pps_arrival_key *key, int64_t day_obs, const char *folder, int64_t at, pps_error **err);

/* Zero is any. Sorted by instrument and obs id. */
typedef struct pps_arrival_filter {
	pps_arrival_key key;
	int64_t day_begin, day_end; /* day_obs, inclusive */
	int incomplete;
	int64_t to_list_at; /* not 0: of those that are incomplete and not taken out of embargo, the ones that nothing was told of for */
	int64_t least;      /* this time (ns), and since the last listing for as long as nothing had come by then */
	int64_t awaited_since; /* not 0: of those that were told of since, the ones that a run has found due and incomplete */
	size_t limit;
} pps_arrival_filter;
int pps_state_arrivals(pps_state *state, const pps_arrival_filter *filter, pps_arrival_list **ret_list, pps_error **err);
size_t pps_arrival_list_size(const pps_arrival_list *list);
const pps_arrival *pps_arrival_list_at(const pps_arrival_list *list, size_t n);
const pps_arrival *pps_arrival_list_find(const pps_arrival_list *list, const char *instrument, const char *obs_id); /* NULL: not in it */
void pps_arrival_list_free(pps_arrival_list *list);
PPS_DEFINE_CLEANUP(pps_arrival_list, pps_arrival_list_free)

/* The files of one exposure, sorted by name; those removed too. */
int pps_state_arrival_files(pps_state *state, const pps_arrival_key *key, pps_arrival_files **ret_files, pps_error **err);
size_t pps_arrival_files_size(const pps_arrival_files *files);
const pps_arrival_file *pps_arrival_files_at(const pps_arrival_files *files, size_t n);
void pps_arrival_files_free(pps_arrival_files *files);
PPS_DEFINE_CLEANUP(pps_arrival_files, pps_arrival_files_free)

/* Notes what was found of an exposure that is known: @expected NULL and @listed_at PPS_TAI_MIN leave what is there; @complete_at
 * PPS_TAI_MIN makes it incomplete. */
int pps_state_arrival_note(pps_state *state, const pps_arrival_key *key, const char *expected, int64_t complete_at, int64_t listed_at,
			   pps_error **err);
/* Forgets the files, not the exposures, of what is complete and was taken out of embargo; at most @limit exposures. */
int pps_state_arrivals_tidy(pps_state *state, size_t limit, pps_error **err);

/* A message that cannot be read; again the same place changes nothing. *ret_new (NULL allowed): 1 the first time. */
int pps_state_dead_letter(pps_state *state, const char *topic, int64_t part, int64_t position, const char *reason, const void *content,
			  size_t size, int *ret_new, pps_error **err);

/* ---- a remote site ---- */

typedef struct pps_import_row {
	const char *repository; /* name in the configuration */
	const char *zip;        /* URI or path, here */
	int64_t imported;       /* TAI ns; PPS_TAI_MIN: never */
	const char *yaml;       /* that it was imported with; NULL */
	uint64_t size;          /* of the zip then */
	int attempts;
	const char *error; /* of the last; NULL */
	int64_t next_try;  /* PPS_TAI_MIN: nothing is to be done */
	int64_t turn;      /* its next_try when it was read: what has come since is not forgotten by a note */
} pps_import_row;

/* Something of it has come: it is looked at as soon as can be. */
int pps_state_import_wanted(pps_state *state, const char *repository, const char *zip, pps_error **err);
/* What became of it. @row: all of it is recorded. */
int pps_state_import_note(pps_state *state, const pps_import_row *row, pps_error **err);
/* The one whose turn comes first at @now; *ret_row owned by the caller, NULL when there is none. @ret_next: when the next turn comes,
 * PPS_TAI_MAX: nothing waits. */
int pps_state_import_next(pps_state *state, int64_t now, pps_import_row **ret_row, int64_t *ret_next, pps_error **err);
void pps_import_row_free(pps_import_row *row);
PPS_DEFINE_CLEANUP(pps_import_row, pps_import_row_free)

#endif
