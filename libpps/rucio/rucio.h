/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Rucio, for the flows: plain structures in, lists out; the public side is <pps/rucio.h>.
 *
 * Names are without scope; all are in the connection's. Reads take any number of names and ask in pieces that the server bears.
 * Answers are matched by name, so that rows come in the order of the names asked for.
 * Threads: a connection and its lists belong to one thread at a time.
 */
#ifndef PPS_RUCIO_RUCIO_H
#define PPS_RUCIO_RUCIO_H

#include <pps/rucio.h>

#include "base/buf.h"
#include "base/ctx.h"
#include "base/json.h"

static inline void pps_rucio_unrefp(pps_rucio **rucio)
{
	pps_rucio_unref(*rucio);
}

/* ---- what is registered ---- */

/* A file and the checksums that it must have; everything is borrowed. */
typedef struct pps_rucio_file {
	const char *name;    /* "LSSTCam/20251231/MC_O_20251231_000010.zip" */
	const char *pfn;     /* NULL: where the storage element puts that name */
	uint64_t bytes;
	const char *adler32; /* 8 lowercase hexadecimal digits */
	const char *md5;     /* 32; NULL: not known */
	const char *rubin_butler; /* metadata of a new file: "zip_file"; NULL: none */
} pps_rucio_file;

/* One exposure: each of its files goes into each of its datasets and into its Obs dataset, which is then closed. */
typedef struct pps_rucio_exposure {
	const char *obs_id; /* for messages */
	const pps_rucio_file *files;
	size_t nfiles;
	const char *const *datasets; /* of its tracts, or NoTract */
	size_t ndatasets;
	const char *obs_dataset;
} pps_rucio_exposure;

/* What a register did to an exposure; or-ed. 0: all was there. */
enum {
	PPS_RUCIO_DID_CREATE = 1,   /* its Obs dataset was made */
	PPS_RUCIO_DID_ATTACH = 2,   /* files were registered or attached (or may have been: Rucio does not say) */
	PPS_RUCIO_DID_REOPEN = 4,   /* a dataset was closed and lacked files: opened, completed */
	PPS_RUCIO_DID_CLOSE = 8,
	PPS_RUCIO_DID_METADATA = 16
};

typedef struct pps_rucio_result {
	int code;         /* PPS_OK when the exposure is whole in Rucio */
	int done;         /* PPS_RUCIO_DID_* */
	pps_error *error; /* why it is not, and what to do next */
} pps_rucio_result;

/* The metadata of an Obs dataset, and what a new one gets. */
#define PPS_RUCIO_ARC_BACKUP "arcBackup"
#define PPS_RUCIO_SAFE_COPIES "SafeCopies"

/*
 * Ensures that everything of every exposure is in Rucio: datasets (monotonic), files with their checksums and replicas, attachments, Obs
 * closed, arcBackup and SafeCopies there (set only where the key is absent). Many exposures a request; one that is refused is found, and the
 * others are sent again without it. @results has @n elements, zeroed before, each cleared with pps_rucio_result_clear() whatever this returns.
 * PPS_OK also when exposures failed; else what stops all of them (server down, not permitted, no such storage element, cancelled).
 * A result's PPS_E_CONFLICT: Rucio holds other bytes under that name, or a dataset is closed, lacks files, and may not be opened.
 */
int pps_rucio_register_exposures(pps_rucio *rucio, const pps_rucio_exposure *exposures, size_t n, pps_rucio_result *results,
				 pps_error **err);
void pps_rucio_result_clear(pps_rucio_result *result);

/* Names as the observatory makes them; appended to @b. @tract -1: NoTract. */
void pps_rucio_name_obs(pps_buf *b, const char *instrument, int64_t day_obs, const char *obs_id);
void pps_rucio_name_tract(pps_buf *b, const char *instrument, int64_t day_obs, int64_t tract);

/* ---- what Rucio holds ---- */

/* Of one name. */
typedef struct pps_rucio_did {
	const char *name;
	int kind;      /* PPS_RUCIO_*; PPS_RUCIO_NONE: Rucio does not know the name */
	int is_open;   /* of datasets: 1, 0; -1: not known */
	int64_t bytes; /* of files; -1: not known */
	char adler32[9], md5[33]; /* of files, lowercase; "": not known */
} pps_rucio_did;

typedef struct pps_rucio_dids pps_rucio_dids;
size_t pps_rucio_dids_count(const pps_rucio_dids *dids);
const pps_rucio_did *pps_rucio_dids_at(const pps_rucio_dids *dids, size_t n); /* NULL past the end */
const pps_rucio_did *pps_rucio_dids_find(const pps_rucio_dids *dids, const char *name); /* the first; NULL: none */
void pps_rucio_dids_free(pps_rucio_dids *dids);
PPS_DEFINE_CLEANUP(pps_rucio_dids, pps_rucio_dids_free)

/* Kind, open or closed, size and checksums of many names: a row for each, in order, kind NONE where there is none. */
int pps_rucio_look_up(pps_rucio *rucio, const char *const *names, size_t n, pps_rucio_dids **ret_dids, pps_error **err);
/* All names of a kind (PPS_RUCIO_FILE, _DATASET) that @pattern ('*': any characters) selects, sorted, with the same details. */
int pps_rucio_search(pps_rucio *rucio, const char *pattern, int kind, pps_rucio_dids **ret_dids, pps_error **err);

/* Rows of pairs: a dataset and a file in it, or a file and a storage element that has it. */
typedef struct pps_rucio_pair {
	const char *name;  /* as asked for */
	const char *other; /* file, or storage element */
	const char *state; /* of a replica: "AVAILABLE", "UNAVAILABLE", "COPYING", "BAD" ...; else "" */
	const char *pfn;   /* of a replica, the first; else "" */
	int64_t bytes;     /* of a file in a dataset; -1: not known */
	char adler32[9];
} pps_rucio_pair;

typedef struct pps_rucio_pairs pps_rucio_pairs;
size_t pps_rucio_pairs_count(const pps_rucio_pairs *pairs);
const pps_rucio_pair *pps_rucio_pairs_at(const pps_rucio_pairs *pairs, size_t n); /* sorted by name, then other; NULL past the end */
const pps_rucio_pair *pps_rucio_pairs_find(const pps_rucio_pairs *pairs, const char *name, const char *other); /* NULL: none */
/* First row of @name and the number of its rows. */
size_t pps_rucio_pairs_of(const pps_rucio_pairs *pairs, const char *name, size_t *ret_first);
void pps_rucio_pairs_free(pps_rucio_pairs *pairs);
PPS_DEFINE_CLEANUP(pps_rucio_pairs, pps_rucio_pairs_free)

/* The datasets that many files are in: pairs of file and dataset. */
int pps_rucio_parents_many(pps_rucio *rucio, const char *const *files, size_t n, pps_rucio_pairs **ret_pairs, pps_error **err);
/* The files in many datasets. A dataset that does not exist has no rows. */
int pps_rucio_contents(pps_rucio *rucio, const char *const *datasets, size_t n, pps_rucio_pairs **ret_pairs, pps_error **err);
/* Where many files are, whatever the state of the replica. Slow on the server (4 ms a file). */
int pps_rucio_replicas(pps_rucio *rucio, const char *const *files, size_t n, pps_rucio_pairs **ret_pairs, pps_error **err);

/* Metadata of many names: an array of one object for each, in order; empty for one that does not exist or has none. */
int pps_rucio_metadata(pps_rucio *rucio, const char *const *names, size_t n, json_t **ret_array, pps_error **err);
/* Sets keys of one name (@pairs: key, value, ...; @npairs pairs) in one call and reads them back. One writer for a name at a time: Rucio
 * loses the updates of others. PPS_E_NOTFOUND; PPS_E_CONFLICT: another value is there afterwards. */
int pps_rucio_set_metadata(pps_rucio *rucio, const char *name, const char *const *pairs, size_t npairs, pps_error **err);
/* Adds a site ("USDF") to the comma list in SafeCopies where it is not there; what others put there stays. *ret_changed: NULL allowed. */
int pps_rucio_add_safe_copy(pps_rucio *rucio, const char *obs_dataset, const char *site, int *ret_changed, pps_error **err);
/* 1 when the comma list @value names @site. */
int pps_rucio_has_safe_copy(const char *value, const char *site);

/* What a file is there as, compared with what it should be; PPS_RUCIO_OK, _MISSING or _DIFFERENT, and then why. @did NULL: missing. */
int pps_rucio_compare(const pps_rucio_file *file, const pps_rucio_did *did, pps_buf *why);

#endif
