/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Datasets of whatever dimensions, by UUID: what registry and datastore know of them, when their time ends, which files go where, and their
 * rows in another repository. Everything is asked and written for thousands at once; a caller with more goes chunk by chunk, so that memory
 * stays bounded.
 */
#ifndef PPS_BUTLER_REF_H
#define PPS_BUTLER_REF_H

#include "base/conf.h"
#include "butler/butler.h"
#include "butler/tag.h"

#define PPS_REFS_CHUNK 5000 /* datasets that are asked for in one statement; a good size of a caller's chunk, too */

/* A file record of a dataset. Of a chain's members the first that has the dataset counts, as in Python's transfers. */
typedef struct pps_ref_file {
	size_t member;             /* of the repository's datastore: pps_butler_datastore_name(), _root() */
	const char *path;          /* as recorded: relative to the root, or a URI; with "#zip-path=..." for a member of a zip */
	const char *formatter;
	const char *storage_class;
	const char *component;     /* NULL: none */
	const char *checksum;      /* NULL: none */
	int64_t size;              /* -1: unknown */
} pps_ref_file;

typedef struct pps_ref {
	pps_uuid id;
	const pps_butler_type *type; /* as its repository defines it */
	const char *run;
	const char *run_doc;         /* the run's documentation; NULL: none */
	int64_t ingest_date;         /* TAI ns; 0: not known */
	const pps_sql_value *keys;   /* of type->dimensions, in their order: PPS_SQL_INT or PPS_SQL_TEXT */
	const pps_ref_file *files;   /* sorted by component; none: it is not stored */
	size_t nfiles;
} pps_ref;

typedef struct pps_refs {
	pps_ref *at; /* sorted by UUID, each once */
	size_t n;
	pps_butler_types *types; /* those that occur, sorted by name */
	struct pps_arena *arena;
} pps_refs;

void pps_refs_free(pps_refs *refs);
PPS_DEFINE_CLEANUP(pps_refs, pps_refs_free)

enum { PPS_REFS_FILES = 1 /* their file records too; else nfiles is 0 */ };

/* The datasets of these UUIDs (in any order, repeated or not). Those that nobody knows, or that are being removed, are absent. A handful of
 * statements for each PPS_REFS_CHUNK. */
int pps_butler_find_refs(pps_butler *butler, const pps_uuid *ids, size_t n, int flags, pps_refs **ret, pps_error **err);
/* NULL: not among them. */
const pps_ref *pps_refs_get(const pps_refs *refs, const pps_uuid *id);

/* The value of one of its required dimensions, or NULL when it has none of this name. */
const pps_sql_value *pps_ref_key(const pps_ref *ref, const char *dimension);
/* "LSSTCam", or NULL when its dimensions have no instrument. Borrowed. */
const char *pps_ref_instrument(const pps_ref *ref);
/* {"instrument": "LSSTCam", "detector": 12, ...}: its required keys as JSON, in the universe's order; owned by the caller. */
int pps_ref_data_id(const pps_ref *ref, char **ret_json, pps_error **err);

/* ---- a dataset's time ---- */

/* As PPS_END_* of publish/plan.h, which checks it. */
enum {
	PPS_REF_END_KNOWN,
	PPS_REF_END_UNKNOWN, /* its dimensions have a time, and its end is not known */
	PPS_REF_END_NONE     /* they have none */
};

typedef struct pps_ref_end {
	int kind;               /* PPS_REF_END_* */
	int64_t end;            /* TAI ns; 0 unless KNOWN */
	int64_t visit;          /* visit, else exposure; 0: none */
	int64_t day_obs;        /* 0: none, or not known */
	const char *instrument; /* "" where its dimensions have none; borrowed from the refs */
} pps_ref_end;

/*
 * By the required dimensions, read now: visit: the latest of its end and the ends of all exposures that define it; exposure: its end; group: the
 * latest end of its exposures; day_obs: its end; several of these: the latest. One that is not there, has no end, or does not end after it
 * begins makes the whole unknown. @ret_ends has room for refs->n.
 */
int pps_butler_find_ends(pps_butler *butler, const pps_refs *refs, pps_ref_end *ret_ends, pps_error **err);

/* ---- which files go where ---- */

typedef struct pps_ref_place {
	size_t ref;               /* index in the refs */
	const pps_ref_file *file; /* the source's record */
	/* Of the destination's datastore: the first that accepts the dataset. Python's transfer_from() takes the first too, but heeds only the
	 * members' own constraints, not those that a chain has for its members. */
	size_t member;
	const char *path;         /* to be recorded there */
	const char *from;         /* absolute URI in the source, without fragment */
	const char *to;           /* absolute URI as the destination's readers reach it, without fragment; that of @from: nothing moves */
	/* Why this dataset is not written, or NULL. Who moves files sets it for those that failed; any text that outlives the places. */
	const char *problem;
} pps_ref_place;

typedef struct pps_ref_places {
	pps_ref_place *at; /* in the refs' order; a dataset without files has none, and is not written */
	size_t n, cap;
	int transfer; /* PPS_TRANSFER_* of base/conf.h */
	struct pps_arena *arena;
} pps_ref_places;

void pps_ref_places_free(pps_ref_places *places);
PPS_DEFINE_CLEANUP(pps_ref_places, pps_ref_places_free)

/*
 * @refs: of @source, with PPS_REFS_FILES. Copies and hard links keep a relative path, an absolute one becomes what the destination's file
 * template says (its dimension records are read from the source); direct records the source's absolute URI; in_place the path as it is,
 * relative ones only. What cannot be has a problem: no member that accepts it, a member of a zip outside of the source's root that would
 * have to be taken out, an absolute path in place.
 */
int pps_butler_plan_files(pps_butler *source, pps_butler *dest, const pps_refs *refs, int transfer, pps_ref_places **ret, pps_error **err);

/* ---- into another repository ---- */

enum {
	PPS_REF_INSERTED = 1, /* rows were added */
	PPS_REF_THERE,        /* all of them were there, equal */
	PPS_REF_DIFFERENT,    /* something else is there: nothing of it was changed; the reason says what */
	PPS_REF_SKIPPED       /* not stored in the source, or its place has a problem, or a dimension record is missing (then the reason says which) */
};

typedef struct pps_ref_result {
	int outcome;        /* PPS_REF_* */
	const char *reason; /* NULL: none; borrowed from the places */
} pps_ref_result;

/* What comes with the rows, in the same transactions. */
typedef struct pps_refs_with {
	const char *tagged;   /* a TAGGED collection of the destination that the datasets that are there now join, as by pps_butler_associate(); NULL: none */
	int rule;             /* PPS_TAG_* */
	pps_tag_report *tags; /* NULL allowed; added to by each chunk that was committed */
	/* Called after the rows are written, before they are committed, unless none of the chunk's datasets is there then; NULL: nobody. A failure
	 * rolls the chunk back. It is called again when the transaction is repeated. */
	int (*hook)(void *user, pps_error **err);
	void *user;
} pps_refs_with;

/*
 * The effect of Python's transfer_from() on the registry and the datastore's records: dataset types and runs first, then for every few thousand
 * datasets one transaction with datasets, tags of their runs, summaries, locations and file records. Dimension records and files are there
 * already. Datasets that are there are compared (type, run, data ID, file records) and completed. One whose dimension record is missing is
 * PPS_REF_SKIPPED, and the others are done; a dataset type defined otherwise: PPS_E_CONFLICT. What the summaries of new runs, and of the
 * TAGGED collection with them, will say is committed with the runs, so that who writes at the same time need not wait for all of a chunk: as types and
 * runs do, they may name what then does not come.
 * @with: NULL for nothing. @results: room for refs->n, NULL allowed. @ret_inserted (NULL allowed): datasets to which rows were added.
 */
int pps_butler_insert_refs(pps_butler *dest, const pps_refs *refs, pps_ref_places *places, const pps_refs_with *with, pps_ref_result *results,
			   size_t *ret_inserted, pps_error **err);
/* What that would come to; nothing is written, and dimension records are not looked at. */
int pps_butler_look_refs(pps_butler *dest, const pps_refs *refs, pps_ref_places *places, pps_ref_result *results, pps_error **err);

#endif
