/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A Butler repository, for the rooms below: the same handle as in <pps/butler.h>, with results as plain
 * structures. Texts and arrays inside results are borrowed from the list that holds them.
 */
#ifndef PPS_BUTLER_BUTLER_H
#define PPS_BUTLER_BUTLER_H

#include <pps/butler.h>

#include "archive/zip-index.h"
#include "base/conf.h"
#include "base/time.h"
#include "base/uuid.h"
#include "dimensions/universe.h"
#include "sql/sql.h"

PPS_DEFINE_CLEANUP(pps_butler_exposures, pps_butler_exposures_free)
PPS_DEFINE_CLEANUP(pps_butler_datasets, pps_butler_datasets_free)
PPS_DEFINE_CLEANUP(pps_butler_report, pps_butler_report_free)

static inline void pps_butler_unrefp(pps_butler **butler)
{
	pps_butler_unref(*butler);
}

pps_ctx *pps_butler_ctx(const pps_butler *butler);
pps_sql *pps_butler_sql(pps_butler *butler); /* its connection; keep no rows open across calls of this room */

/* PPS_OK while the repository's managers and their versions are those that it was opened with; PPS_E_UNSUPPORTED: open it anew, which says whether
 * what it has now is known. */
int pps_butler_check_schema(pps_butler *butler, pps_error **err);
const pps_universe *pps_butler_universe(const pps_butler *butler);
/* PPS_OK when opened for writing, else PPS_E_ACCESS or PPS_E_UNSUPPORTED with the reason. */
int pps_butler_check_writable(const pps_butler *butler, pps_error **err);
/* The same for removing, which PPS_BUTLER_REMOVE is enough for. */
int pps_butler_check_removable(const pps_butler *butler, pps_error **err);

/* ---- exposures ---- */

typedef struct pps_butler_exposure {
	const char *instrument;
	int64_t id;
	const char *obs_id; /* "" when none is recorded, as for the texts below */
	int64_t day_obs;
	const char *group;
	const char *physical_filter;
	const char *band;
	const char *observation_type;
	const char *observation_reason;
	const char *science_program;
	const char *target_name;
	int can_see_sky;       /* 1, 0, -1: NULL */
	pps_timespan timespan; /* end PPS_TAI_MAX: unknown */
} pps_butler_exposure;

struct pps_butler_exposures {
	pps_butler_exposure *at;
	size_t n;
	size_t cursor; /* 1-based; 0 before the first */
	struct pps_arena *arena;
};

typedef struct pps_exposure_query {
	const char *instrument; /* NULL: any */
	const char *where;      /* NULL or "": all */
	int64_t begin, end;     /* TAI ns, span overlaps [begin, end): PPS_TAI_MIN and PPS_TAI_MAX (or 0, 0) are no bound */
	int64_t day_obs;        /* 0: any */
	const char *const *obs_ids; /* any of these (NULL: all) */
	size_t nobs_ids;
	const int64_t *ids; /* any of these (NULL: all) */
	size_t nids;
} pps_exposure_query;

/* Sorted by instrument and id. */
int pps_butler_find_exposures(pps_butler *butler, const pps_exposure_query *query, pps_butler_exposures **ret, pps_error **err);
/* The one that a name means, an obs id or a number; @instrument NULL: any. None: PPS_E_NOTFOUND; several instruments have it: PPS_E_ARG. */
int pps_butler_find_exposure(pps_butler *butler, const char *instrument, const char *name, pps_butler_exposures **ret, pps_error **err);

/* ---- dataset types and collections ---- */

typedef struct pps_butler_type {
	const char *name;
	const char *storage_class;
	int is_calibration;
	const char *const *dimensions; /* required ones, in the universe's order */
	size_t ndimensions;
	int64_t id;             /* in this repository */
	const char *tags_table; /* in this repository */
} pps_butler_type;

typedef struct pps_butler_types {
	pps_butler_type *at;
	size_t n;
	struct pps_arena *arena;
} pps_butler_types;

void pps_butler_types_free(pps_butler_types *types);
PPS_DEFINE_CLEANUP(pps_butler_types, pps_butler_types_free)

/* @names: names or globs (`*`, `?`, `[...]`); NULL: all. Sorted by name. A plain name that is not there: PPS_E_NOTFOUND. */
int pps_butler_find_types(pps_butler *butler, const char *const *names, size_t n, pps_butler_types **ret, pps_error **err);

typedef struct pps_butler_collection {
	const char *name;
	int type; /* PPS_COLLECTION_* */
	int64_t id;
	const char *doc; /* only in a tree; "" when there is none */
	size_t depth;    /* the same; else 0 */
} pps_butler_collection;

struct pps_butler_collections {
	pps_butler_collection *at;
	size_t n;
	size_t cursor; /* 1-based; 0 before the first */
	struct pps_arena *arena;
};

PPS_DEFINE_CLEANUP(pps_butler_collections, pps_butler_collections_free)

/* What @names (names or globs) mean, in the order in which they are searched: chains are replaced by their children, each collection
 * is listed once, at its first place. A plain name that is not there: PPS_E_NOTFOUND. */
enum {
	PPS_COLLECTIONS_KEEP_CHAINS = 1, /* list the chains themselves instead of their children */
	PPS_COLLECTIONS_MISSING_OK = 2   /* pass over names that are not there */
};
int pps_butler_find_collections(pps_butler *butler, const char *const *names, size_t n, int flags,
				pps_butler_collections **ret, pps_error **err);

/* ---- datasets ---- */

typedef struct pps_butler_key {
	const char *name;
	const char *s; /* text; NULL: an integer */
	int64_t i;
} pps_butler_key;

typedef struct pps_butler_dataset {
	pps_uuid id;
	const char *type;
	const char *run;
	/* The data ID as the zip index has it: required keys, then implied ones, each in the universe's order. */
	const pps_butler_key *keys;
	size_t nkeys;
	const char *instrument;
	int64_t exposure;
	int64_t detector; /* -1: no such key */
	/* As the datastore's record says; all NULL (size -1) when the dataset is not stored. */
	const char *path; /* as recorded: relative to the root, or a URI */
	const char *uri;  /* absolute */
	const char *formatter;
	const char *storage_class;
	const char *component; /* NULL: none */
	const char *checksum;  /* NULL: none */
	int64_t size;          /* -1: unknown */
} pps_butler_dataset;

struct pps_butler_datasets {
	pps_butler_dataset *at;
	size_t n;
	size_t cursor; /* 1-based; 0 before the first */
	char id[37];
	struct pps_arena *arena;
};

/*
 * The datasets of exposures @exposures of @instrument, of dataset types @types in collections @collections
 * (names or globs for both), find-first. Types whose dimensions are not {instrument, exposure[, detector]}
 * are passed over when a glob matched them, else PPS_E_UNSUPPORTED; a named type or collection that is not
 * there is passed over when @missing_ok. Sorted by exposure, type and detector. A dataset of several
 * components gives one entry per component.
 */
int pps_butler_find_datasets(pps_butler *butler, const char *instrument, const int64_t *exposures, size_t nexposures,
			     const char *const *types, size_t ntypes, const char *const *collections, size_t ncollections,
			     int missing_ok, pps_butler_datasets **ret, pps_error **err);

/* ---- detectors and tracts ---- */

typedef struct pps_butler_detector {
	int64_t id;
	const char *full_name; /* "R22_S11"; "" for NULL, as below */
	const char *purpose;   /* "SCIENCE", "GUIDER", "WAVEFRONT" */
} pps_butler_detector;

typedef struct pps_butler_detectors {
	pps_butler_detector *at; /* sorted by id */
	size_t n;
	struct pps_arena *arena;
} pps_butler_detectors;

void pps_butler_detectors_free(pps_butler_detectors *detectors);
PPS_DEFINE_CLEANUP(pps_butler_detectors, pps_butler_detectors_free)

int pps_butler_find_detectors(pps_butler *butler, const char *instrument, pps_butler_detectors **ret, pps_error **err);

/* Tracts of @skymap that overlap the exposure's visits (the union over all visits, in every visit system), sorted; none is no error.
 * @ret_tracts: released with free(). A skymap that is not there: PPS_E_NOTFOUND. */
int pps_butler_find_tracts(pps_butler *butler, const char *instrument, int64_t exposure, const char *skymap, int64_t **ret_tracts,
			   size_t *ret_n, pps_error **err);

/* ---- writing ---- */

/* Registers in @butler those of @types that are missing; equal ones are left alone; another definition: PPS_E_CONFLICT. */
int pps_butler_ensure_types(pps_butler *butler, const pps_butler_types *types, int flags, pps_error **err);

/* Registers RUN collections that are missing, in the order of their names; another type: PPS_E_CONFLICT. */
int pps_butler_ensure_runs(pps_butler *butler, const char *const *names, size_t n, int flags, pps_error **err);

/* Copies the dimension records that @datasets (of @source) need to @dest; rows that are there are left alone. @mode: PPS_RECORDS_*. @ret_inserted
 * (NULL allowed): rows added. */
int pps_butler_ensure_dimensions(pps_butler *source, pps_butler *dest, const pps_butler_datasets *datasets, int mode, int flags,
				 int64_t *ret_inserted, pps_error **err);

/*
 * Direct-mode ingest of a zip from its index: see pps_butler_ingest_zip(). @uri: absolute URI of the zip as
 * it is to be recorded, percent-quoted where it is file://. The zip itself is not looked at. Dataset types
 * that are missing are registered from the index.
 */
int pps_butler_ingest_index(pps_butler *butler, const char *uri, const pps_zip_index *index, int flags,
			    pps_butler_report **ret_report, pps_error **err);
/* The same comparison without writing; the zip is not looked at. */
int pps_butler_verify_index(pps_butler *butler, const char *uri, const pps_zip_index *index, pps_butler_report **ret_report,
			    pps_error **err);

typedef struct pps_butler_finding {
	int kind; /* PPS_FINDING_* */
	char dataset[37];
	char *text;
} pps_butler_finding;

struct pps_butler_report {
	pps_butler_finding *at;
	size_t n, cap;
	size_t ndatasets; /* in the index */
	size_t nmissing;  /* datasets (not findings) with rows missing: ndatasets when nothing is ingested, 0 when all is */
	size_t ndifferent;
	int64_t inserted; /* rows written */
	char *yaml;       /* of an import; NULL */
	int64_t records_added, records_different;
};

/* An empty one, for functions that add findings to it. */
int pps_report_new(pps_butler_report **ret_report, pps_error **err);

#endif
