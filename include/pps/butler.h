/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * pps/butler.h - a Butler repository, natively
 *
 * A repository is a registry (SQLite or PostgreSQL) of datasets, collections and dimension records, and a
 * datastore (files). libpps reads and writes the same rows as the Python Butler does, while Python Butlers
 * use the same repository at the same time. Repositories whose schema is not known are refused with
 * PPS_E_UNSUPPORTED, never guessed at.
 *
 * Threads: a pps_butler and what was made from it are used by one thread at a time; different ones are
 * independent. Blocking: functions that talk to the database block, at most for its time limit, and end
 * early after pps_ctx_cancel(). Times: TAI nanoseconds since 1970-01-01T00:00:00 TAI. Texts are UTF-8.
 * Errors that any function below may return: PPS_E_ARG, PPS_E_NOMEM, PPS_E_CANCELLED; those that talk to
 * the database also PPS_E_UNAVAILABLE, PPS_E_LOCKED and PPS_E_TIMEOUT (try again later) and PPS_E_FAILED.
 */
#ifndef PPS_BUTLER_H
#define PPS_BUTLER_H

#include <pps/conf.h>
#include <pps/dimensions.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct pps_butler pps_butler; /* an open repository */
typedef struct pps_butler_exposures pps_butler_exposures; /* result of a query: a list with a cursor */
typedef struct pps_butler_datasets pps_butler_datasets;   /* result of a query: a list with a cursor */
typedef struct pps_butler_report pps_butler_report;       /* what an ingest did, or what a verification found */
typedef struct pps_butler_collections pps_butler_collections; /* result of a query: a list with a cursor */

/* How to open a repository. */
enum {
	PPS_BUTLER_READ = 0,  /* for looking only; nothing is refused that can be read */
	PPS_BUTLER_WRITE = 1, /* for adding datasets and records */
	PPS_BUTLER_REMOVE = 2 /* for taking datasets out: also where inserting is refused, as with a live ObsCore table */
};

/* Types of a collection; callers must accept others. */
enum {
	PPS_COLLECTION_RUN = 1,        /* every dataset is in exactly one, for good */
	PPS_COLLECTION_TAGGED = 2,     /* datasets come and go; at most one of each type and data ID */
	PPS_COLLECTION_CHAINED = 3,    /* other collections in the order in which they are searched */
	PPS_COLLECTION_CALIBRATION = 4 /* datasets with the time that they are valid for */
};

/* Flags of functions that write. */
enum {
	PPS_BUTLER_DRY_RUN = 1, /* report what would be done; write nothing */
	PPS_BUTLER_UNREAD = 2   /* of an import: look at the zip's directory and index only, do not read all of it */
};

/* Flags of a verification. */
enum { PPS_BUTLER_CHECK_FILES = 1 /* look at the zip too: is it there, does it hold the members in their sizes */ };

/* Kinds of finding in a report; callers must accept others. */
enum {
	PPS_FINDING_MISSING = 1,   /* rows of a dataset are not there: ingesting again adds them */
	PPS_FINDING_DIFFERENT = 2, /* something else is there: a person must look */
	PPS_FINDING_FILE = 3,      /* the zip or a member is not there, or has another size */
	PPS_FINDING_ADDED = 4      /* was not there and was added (in a dry run: would be) */
};

/**
 * pps_butler_open() - open a repository
 * @ctx:        borrowed; the repository takes its own reference
 * @location:   a folder, the path or URI (also s3://) of a butler.yaml, or an alias from $DAF_BUTLER_REPOSITORY_INDEX (a
 *              YAML or JSON file) or $DAF_BUTLER_REPOSITORIES (JSON); an alias wins over a path of the same
 *              name
 * @mode:       PPS_BUTLER_READ, or PPS_BUTLER_WRITE or PPS_BUTLER_REMOVE, which refuse what this library must
 *              not write to
 * @ret_butler: set on success only; release with pps_butler_unref()
 * @err:        NULL allowed; set on failure only; release with pps_error_free()
 *
 * Connects to the database and reads its schema versions and dimension universe. User and password come
 * from $LSST_DB_AUTH_CREDENTIALS, $LSST_DB_AUTH or ~/.lsst/db-auth.yaml (mode 0600), else from where libpq
 * takes them.
 *
 * Return: PPS_OK; PPS_E_NOTFOUND: no such repository; PPS_E_CONFIG: its configuration cannot be read;
 * PPS_E_UNSUPPORTED: a schema, universe or setting that this library does not know; PPS_E_ACCESS: refused
 * by the database or by the modes of a file. Blocks: yes. Since: 0.1
 */
PPS_API PPS_MUST_USE int pps_butler_open(pps_ctx *ctx, const char *location, int mode, pps_butler **ret_butler, pps_error **err);

/** pps_butler_ref() - one more reference. Return: @butler. Threads: any. Blocks: no. Since: 0.1 */
PPS_API pps_butler *pps_butler_ref(pps_butler *butler);

/**
 * pps_butler_unref() - one reference less; NULL is fine. The last closes the database. Return: NULL.
 * Blocks: no. Since: 0.1
 */
PPS_API pps_butler *pps_butler_unref(pps_butler *butler);

/** pps_butler_config_uri() - URI of the configuration that was read. Borrowed. Blocks: no. Since: 0.1 */
PPS_API const char *pps_butler_config_uri(const pps_butler *butler);

/**
 * pps_butler_root() - what <butlerRoot> stands for: a URI that ends with "/". Borrowed. Blocks: no. Since:
 * 0.1
 */
PPS_API const char *pps_butler_root(const pps_butler *butler);

/**
 * pps_butler_database() - the registry's database as a URL without password. Borrowed. Blocks: no. Since:
 * 0.1
 */
PPS_API const char *pps_butler_database(const pps_butler *butler);

/**
 * pps_butler_schema() - the schema (namespace) on PostgreSQL; NULL on SQLite. Borrowed. Blocks: no. Since:
 * 0.1
 */
PPS_API const char *pps_butler_schema(const pps_butler *butler);

/** pps_butler_universe_version() - version of the dimension universe, such as 8. Blocks: no. Since: 0.1 */
PPS_API int pps_butler_universe_version(const pps_butler *butler);

/**
 * pps_butler_why_not_writable() - why PPS_BUTLER_WRITE is refused, or NULL when it is not. Borrowed.
 * Blocks: no. Since: 0.1
 */
PPS_API const char *pps_butler_why_not_writable(const pps_butler *butler);

/** pps_butler_part_count() - parts of the registry that carry a schema version. Blocks: no. Since: 0.1 */
PPS_API size_t pps_butler_part_count(const pps_butler *butler);
/** pps_butler_part_name() - such as "datasets"; NULL past the end. Borrowed. Blocks: no. Since: 0.1 */
PPS_API const char *pps_butler_part_name(const pps_butler *butler, size_t n);
/**
 * pps_butler_part_class() - the Python class that defines its schema; NULL past the end. Borrowed. Blocks:
 * no. Since: 0.1
 */
PPS_API const char *pps_butler_part_class(const pps_butler *butler, size_t n);
/** pps_butler_part_version() - such as "2.0.0"; NULL past the end. Borrowed. Blocks: no. Since: 0.1 */
PPS_API const char *pps_butler_part_version(const pps_butler *butler, size_t n);

/**
 * pps_butler_datastore_count() - datastores with files; more than one in a chained datastore. Blocks: no.
 * Since: 0.1
 */
PPS_API size_t pps_butler_datastore_count(const pps_butler *butler);
/**
 * pps_butler_datastore_name() - as in dataset_location; NULL past the end. Borrowed. Blocks: no. Since: 0.1
 */
PPS_API const char *pps_butler_datastore_name(const pps_butler *butler, size_t n);
/**
 * pps_butler_datastore_root() - URI that ends with "/"; NULL past the end. Borrowed. Blocks: no. Since: 0.1
 */
PPS_API const char *pps_butler_datastore_root(const pps_butler *butler, size_t n);

/**
 * pps_butler_query_exposures() - exposures by time and expression
 * @butler:     the repository
 * @instrument: name, or NULL for every instrument
 * @where:      a Butler expression such as "exposure.can_see_sky and exposure.day_obs = 20251202"; NULL or
 *              "" for all
 * @begin:      with @end, TAI ns: only exposures whose time span overlaps [@begin, @end); INT64_MIN: no
 *              lower bound
 * @end:        INT64_MAX: no upper bound; without both bounds exposures without a time span are found too
 * @ret:        set on success only; release with pps_butler_exposures_free()
 * @err:        NULL allowed
 *
 * The list is sorted by instrument and id. Return: PPS_OK, PPS_E_ARG (the expression; the message points at
 * the character), or as said at the top. Blocks: yes. Since: 0.1
 */
PPS_API PPS_MUST_USE int pps_butler_query_exposures(pps_butler *butler, const char *instrument, const char *where, int64_t begin,
						    int64_t end, pps_butler_exposures **ret, pps_error **err);

/** pps_butler_exposures_free() - release a list; NULL is fine. Blocks: no. Since: 0.1 */
PPS_API void pps_butler_exposures_free(pps_butler_exposures *list);
/** pps_butler_exposures_count() - exposures in the list. Blocks: no. Since: 0.1 */
PPS_API size_t pps_butler_exposures_count(const pps_butler_exposures *list);
/**
 * pps_butler_exposures_next() - move to the next exposure, at first to the first one. Return: 1, or 0 at
 * the end. Since: 0.1
 */
PPS_API int pps_butler_exposures_next(pps_butler_exposures *list);
/**
 * pps_butler_exposures_instrument() - of the current exposure. Borrowed until the list is freed. Since: 0.1
 */
PPS_API const char *pps_butler_exposures_instrument(const pps_butler_exposures *list);
/** pps_butler_exposures_id() - number, such as 2025120200001. Since: 0.1 */
PPS_API int64_t pps_butler_exposures_id(const pps_butler_exposures *list);
/**
 * pps_butler_exposures_obs_id() - such as "MC_O_20251202_000001"; "" when none is recorded. Borrowed.
 * Since: 0.1
 */
PPS_API const char *pps_butler_exposures_obs_id(const pps_butler_exposures *list);
/** pps_butler_exposures_day_obs() - such as 20251202. Since: 0.1 */
PPS_API int64_t pps_butler_exposures_day_obs(const pps_butler_exposures *list);
/** pps_butler_exposures_group() - name of its group. Borrowed. Since: 0.1 */
PPS_API const char *pps_butler_exposures_group(const pps_butler_exposures *list);
/** pps_butler_exposures_physical_filter() - such as "i_39". Borrowed. Since: 0.1 */
PPS_API const char *pps_butler_exposures_physical_filter(const pps_butler_exposures *list);
/**
 * pps_butler_exposures_observation_type() - such as "science"; "" when none is recorded. Borrowed. Since:
 * 0.1
 */
PPS_API const char *pps_butler_exposures_observation_type(const pps_butler_exposures *list);
/** pps_butler_exposures_can_see_sky() - 1, 0, or -1 when unknown. Since: 0.1 */
PPS_API int pps_butler_exposures_can_see_sky(const pps_butler_exposures *list);
/**
 * pps_butler_exposures_timespan() - when it was taken
 * @list:      the list
 * @ret_begin: TAI ns; INT64_MIN when unknown. NULL allowed
 * @ret_end:   TAI ns; INT64_MAX when unknown. NULL allowed
 *
 * Return: 1 when both are known, else 0. Blocks: no. Since: 0.1
 */
PPS_API int pps_butler_exposures_timespan(const pps_butler_exposures *list, int64_t *ret_begin, int64_t *ret_end);

/**
 * pps_butler_query_datasets() - datasets of exposures, by dataset type, collection, time and expression
 * @butler:       the repository
 * @types:        names of dataset types, or globs ("raw", "*_raw"), separated by commas
 * @collections:  names of collections, or globs, separated by commas; chains are searched in their order,
 *                and of the datasets with one type and data ID only the first is found
 * @instrument:   name, or NULL for every instrument
 * @where:        an expression on exposures, as in pps_butler_query_exposures(); NULL or "" for all
 * @ret:          set on success only; release with pps_butler_datasets_free()
 * @err:          NULL allowed
 *
 * Only dataset types whose dimensions are instrument, exposure and possibly detector can be asked for. The
 * list is sorted by instrument, exposure, type and detector.
 *
 * Return: PPS_OK; PPS_E_NOTFOUND: a type or collection that was named without a glob does not exist;
 * PPS_E_ARG: the expression; PPS_E_UNSUPPORTED: other dimensions. Blocks: yes. Since: 0.1
 */
PPS_API PPS_MUST_USE int pps_butler_query_datasets(pps_butler *butler, const char *types, const char *collections,
						   const char *instrument, const char *where, pps_butler_datasets **ret,
						   pps_error **err);

/**
 * pps_butler_get_datasets() - datasets of whatever dimensions, by UUID, as a feed or a document names them
 * @butler: the repository
 * @ids:    UUIDs as text, in any order, repeated or not
 * @n:      how many
 * @ret:    set on success only; release with pps_butler_datasets_free()
 * @err:    NULL allowed
 *
 * The list is sorted by UUID; those that the repository does not know are absent. Data IDs have the required keys alone. Return: PPS_OK;
 * PPS_E_ARG: no UUID. Blocks: yes. Since: 0.1
 */
PPS_API PPS_MUST_USE int pps_butler_get_datasets(pps_butler *butler, const char *const *ids, size_t n, pps_butler_datasets **ret, pps_error **err);

/** pps_butler_datasets_free() - release a list; NULL is fine. Blocks: no. Since: 0.1 */
PPS_API void pps_butler_datasets_free(pps_butler_datasets *list);
/** pps_butler_datasets_count() - datasets in the list. Blocks: no. Since: 0.1 */
PPS_API size_t pps_butler_datasets_count(const pps_butler_datasets *list);
/**
 * pps_butler_datasets_next() - move to the next dataset, at first to the first one. Return: 1, or 0 at the
 * end. Since: 0.1
 */
PPS_API int pps_butler_datasets_next(pps_butler_datasets *list);
/** pps_butler_datasets_id() - UUID, 36 characters. Borrowed until the next move. Since: 0.1 */
PPS_API const char *pps_butler_datasets_id(pps_butler_datasets *list);
/** pps_butler_datasets_type() - name of its dataset type. Borrowed until the list is freed. Since: 0.1 */
PPS_API const char *pps_butler_datasets_type(const pps_butler_datasets *list);
/** pps_butler_datasets_run() - name of its RUN collection. Borrowed. Since: 0.1 */
PPS_API const char *pps_butler_datasets_run(const pps_butler_datasets *list);
/** pps_butler_datasets_key_count() - keys of its data ID, required ones first. Since: 0.1 */
PPS_API size_t pps_butler_datasets_key_count(const pps_butler_datasets *list);
/**
 * pps_butler_datasets_key_name() - dimension of the nth key, such as "detector"; NULL past the end.
 * Borrowed. Since: 0.1
 */
PPS_API const char *pps_butler_datasets_key_name(const pps_butler_datasets *list, size_t n);
/**
 * pps_butler_datasets_key() - value of the nth key
 * @list:     the list
 * @n:        which key
 * @ret_int:  the value of an integer key; untouched for text. NULL allowed
 *
 * Return: the value of a text key, borrowed; NULL for an integer. Blocks: no. Since: 0.1
 */
PPS_API const char *pps_butler_datasets_key(const pps_butler_datasets *list, size_t n, int64_t *ret_int);
/**
 * pps_butler_datasets_uri() - absolute URI of its file, "#zip-path=..." for a member of a zip; NULL when it
 * is not stored. Borrowed. Since: 0.1
 */
PPS_API const char *pps_butler_datasets_uri(const pps_butler_datasets *list);
/** pps_butler_datasets_size() - bytes of its file; -1 when unknown or not stored. Since: 0.1 */
PPS_API int64_t pps_butler_datasets_size(const pps_butler_datasets *list);
/**
 * pps_butler_datasets_formatter() - Python class that reads it; NULL when it is not stored. Borrowed.
 * Since: 0.1
 */
PPS_API const char *pps_butler_datasets_formatter(const pps_butler_datasets *list);
/** pps_butler_datasets_storage_class() - as stored; NULL when it is not. Borrowed. Since: 0.1 */
PPS_API const char *pps_butler_datasets_storage_class(const pps_butler_datasets *list);

/**
 * pps_butler_query_collections() - collections, and what their chains hold
 * @butler:  the repository
 * @names:   names or globs, separated by commas; NULL or "": all that no chain holds
 * @ret:     set on success only; release with pps_butler_collections_free()
 * @err:     NULL allowed
 *
 * The list is a tree, depth first: after each chain its children in the order in which they are searched, one level deeper. What was
 * asked for is at depth 0, sorted by name; a collection that several chains hold is listed below each.
 *
 * Return: PPS_OK; PPS_E_NOTFOUND: a name without a glob does not exist. Blocks: yes. Since: 0.1
 */
PPS_API PPS_MUST_USE int pps_butler_query_collections(pps_butler *butler, const char *names, pps_butler_collections **ret, pps_error **err);

/** pps_butler_collections_free() - release a list; NULL is fine. Blocks: no. Since: 0.1 */
PPS_API void pps_butler_collections_free(pps_butler_collections *list);
/** pps_butler_collections_count() - entries in the list. Blocks: no. Since: 0.1 */
PPS_API size_t pps_butler_collections_count(const pps_butler_collections *list);
/**
 * pps_butler_collections_next() - move to the next entry, at first to the first one. Return: 1, or 0 at the
 * end. Since: 0.1
 */
PPS_API int pps_butler_collections_next(pps_butler_collections *list);
/** pps_butler_collections_name() - of the current entry. Borrowed until the list is freed. Since: 0.1 */
PPS_API const char *pps_butler_collections_name(const pps_butler_collections *list);
/** pps_butler_collections_type() - PPS_COLLECTION_*. Since: 0.1 */
PPS_API int pps_butler_collections_type(const pps_butler_collections *list);
/** pps_butler_collections_doc() - its documentation; "" when there is none. Borrowed. Since: 0.1 */
PPS_API const char *pps_butler_collections_doc(const pps_butler_collections *list);
/** pps_butler_collections_depth() - 0, or how many chains are above it. Since: 0.1 */
PPS_API size_t pps_butler_collections_depth(const pps_butler_collections *list);

/**
 * pps_butler_collect_dimensions() - the dimension records that belong to an exposure
 * @butler:     the repository
 * @instrument: its instrument, or NULL for any
 * @exposure:   obs id, or number; one that several instruments have is PPS_E_ARG: give @instrument
 * @ret_dims: what `<obs_id>_dimensions.yaml` holds: exposure, day_obs, group, visits with their
 *            definitions, memberships and detector regions, visit systems. Set on success only; release
 *            with pps_dimensions_free()
 * @err:      NULL allowed
 *
 * Return: PPS_OK, PPS_E_NOTFOUND, or as said at the top. Blocks: yes. Since: 0.1
 */
PPS_API PPS_MUST_USE int pps_butler_collect_dimensions(pps_butler *butler, const char *instrument, const char *exposure,
						       pps_dimensions **ret_dims, pps_error **err);

/**
 * pps_butler_insert_dimensions() - add dimension records that are not there
 * @butler:       opened with PPS_BUTLER_WRITE (for reading is enough for a dry run)
 * @dims:         the records; rows whose key is there already are left alone
 * @flags:        0 or PPS_BUTLER_DRY_RUN
 * @ret_inserted: NULL allowed; records added (or, in a dry run, missing)
 * @err:          NULL allowed
 *
 * Sky-pixel overlaps are computed from the regions. May be repeated at any time. Return: PPS_OK;
 * PPS_E_CONFLICT: a record needs one that is not there, or its other unique key is taken;
 * PPS_E_UNSUPPORTED: the repository's universe does not know a column or element. Blocks: yes. Since: 0.1
 */
PPS_API PPS_MUST_USE int pps_butler_insert_dimensions(pps_butler *butler, const pps_dimensions *dims, int flags,
						      int64_t *ret_inserted, pps_error **err);

/**
 * pps_butler_ingest_zip() - make the datasets of a zip known to a repository, in direct mode
 * @butler:     opened with PPS_BUTLER_WRITE
 * @zip:        path or URI of a zip that holds a Butler index (_butler_zip_index.json)
 * @record_uri: URI under which the repository's readers reach the zip; NULL: that of @zip
 * @flags:      0 or PPS_BUTLER_DRY_RUN
 * @ret_report: NULL allowed; what was added (findings of kind PPS_FINDING_MISSING; with PPS_BUTLER_DRY_RUN
 *              what would be added). Set on success only; release with pps_butler_report_free()
 * @err:        NULL allowed
 *
 * An ensure: what is missing is added in one transaction - runs, dataset types, datasets, collection
 * summaries, locations and file records - and what is there already with equal content is left alone.
 * Dimension records must be there before. The zip stays where it is; its members' names are compared with
 * the index first.
 *
 * Return: PPS_OK; PPS_E_CONFLICT: a dataset is there with other content (the message names it and the
 * difference; nothing was changed); PPS_E_NOTFOUND: no such zip, or dimension records are missing;
 * PPS_E_FORMAT: no zip, or its index is not readable; PPS_E_ACCESS: opened for reading only. Blocks: yes.
 * Since: 0.1
 */
PPS_API PPS_MUST_USE int pps_butler_ingest_zip(pps_butler *butler, const char *zip, const char *record_uri, int flags,
					       pps_butler_report **ret_report, pps_error **err);

/**
 * pps_butler_verify_zip() - compare a zip's index with what a repository knows
 * @butler:     the repository
 * @zip:        path or URI of the zip
 * @record_uri: URI under which the repository should reach it; NULL: that of @zip
 * @flags:      0 or PPS_BUTLER_CHECK_FILES
 * @ret_report: set on success only, with a finding per dataset that is missing or different; release with
 *              pps_butler_report_free()
 * @err:        NULL allowed
 *
 * Return: PPS_OK also when there are findings; PPS_E_NOTFOUND: no such zip; PPS_E_FORMAT: not readable.
 * Blocks: yes. Since: 0.1
 */
PPS_API PPS_MUST_USE int pps_butler_verify_zip(pps_butler *butler, const char *zip, const char *record_uri, int flags,
					       pps_butler_report **ret_report, pps_error **err);

/**
 * pps_butler_import_zip() - a zip of a Butler and its dimension records, as a remote site gets them
 * @butler:     opened with PPS_BUTLER_WRITE (for reading is enough for a dry run)
 * @zip:        path or URI of the zip
 * @yaml:       path or URI of its `_dimensions.yaml`; NULL: the one beside the zip, of `_dimensions.N.yaml`
 *              the highest N
 * @record_uri: URI under which the repository's readers reach the zip; NULL: that of @zip
 * @flags:      0, PPS_BUTLER_DRY_RUN, PPS_BUTLER_UNREAD
 * @ret_report: NULL allowed; findings of kind PPS_FINDING_MISSING for what was added, of kind
 *              PPS_FINDING_DIFFERENT for dimension records that were there with other content (they stay);
 *              set on success only; release with pps_butler_report_free()
 * @err:        NULL allowed
 *
 * The whole zip is read and checked first, and nothing is written for one that is damaged. Then the records
 * that are not there are added, with their sky pixels, and the zip is ingested as pps_butler_ingest_zip()
 * does. May be repeated at any time, after a crash at any moment: what is there is compared by content.
 *
 * Return: PPS_OK; PPS_E_NOTFOUND: no such zip, or no yaml; PPS_E_FORMAT: one of them is damaged;
 * PPS_E_CONFLICT: a dataset is there with other content, or a record needs one that is not there. Blocks:
 * yes. Since: 0.1
 */
PPS_API PPS_MUST_USE int pps_butler_import_zip(pps_butler *butler, const char *zip, const char *yaml, const char *record_uri,
					       int flags, pps_butler_report **ret_report, pps_error **err);

/**
 * pps_butler_prepare() - make a new public repository ready for what will be published
 * @ctx:         borrowed
 * @conf:        configuration: its `repositories` and `collections`
 * @name:        the new repository: a name of the configuration (which must say `audience: public`), or what
 *               pps_butler_open() takes; it was made before, by `butler create`
 * @from:        a repository that has the records, named in the same way
 * @instruments: names separated by commas; NULL: all that @from has
 * @skymaps:     the same
 * @flags:       0 or PPS_BUTLER_DRY_RUN (says what would be added, but not whether a skymap's dataset is there)
 * @ret_report:  findings of kind PPS_FINDING_ADDED for what was not there, PPS_FINDING_MISSING for children of chains
 *               that do not exist yet and skymaps without a dataset, PPS_FINDING_DIFFERENT for records that are there
 *               with other content (they stay) and a skymap's dataset that is, or that is not stored. Set on success only; release with
 *               pps_butler_report_free()
 * @err:         NULL allowed
 *
 * Copies the dimension records of instruments, detectors, filters, skymaps, tracts and patches,
 * with their sky pixels, and the skymaps' datasets (dataset type skyMap), whose files come as `transfer` of the
 * configuration says, or are copied where it does not say. Then the TAGGED collections and the chains are made
 * and ordered. May be repeated at any time.
 *
 * Return: PPS_OK also when there are findings; PPS_E_NOTFOUND: no such repository, instrument or skymap;
 * PPS_E_CONFLICT: a collection is there with another type. Blocks: yes. Since: 0.1
 */
PPS_API PPS_MUST_USE int pps_butler_prepare(pps_ctx *ctx, const pps_conf *conf, const char *name, const char *from, const char *instruments,
					    const char *skymaps, int flags, pps_butler_report **ret_report, pps_error **err);

/* What became of a dataset in a transfer; callers must accept others. */
enum {
	PPS_DATASET_INSERTED = 1,  /* it is there now, and was not there (wholly) before; in a dry run: would be */
	PPS_DATASET_THERE = 2,     /* it was there, equal */
	PPS_DATASET_DIFFERENT = 3, /* something else is there, which stays */
	PPS_DATASET_MISSING = 4,   /* the source does not know it, or does not store it */
	PPS_DATASET_FAILED = 5     /* its file could not be moved, or has no place there */
};

/* One dataset: its UUID, its type (NULL: not known), PPS_DATASET_*, and why, where that is not plain (else NULL); all valid for the call.
 * A negative return stops, and is returned. Called in the thread of the transfer, which must not be called from it. */
typedef int (*pps_butler_transfer_fn)(const char *id, const char *type, int outcome, const char *reason, void *user);

/**
 * pps_butler_transfer() - datasets by UUID from one repository to another
 * @source: the repository that has them
 * @dest:   opened with PPS_BUTLER_WRITE (for reading is enough for a dry run)
 * @ids:    UUIDs as text, in any order, repeated or not
 * @n:      how many
 * @mode:   how files come there: "copy" (each is compared with its source before it counts), "hardlink", "direct" (recorded under their
 *          absolute URIs; they stay), "in_place" (recorded under the same relative path; they are there already)
 * @flags:  0 or PPS_BUTLER_DRY_RUN (says what would be done; files are not looked at)
 * @fn:     NULL allowed; called for each dataset in the order of their UUIDs, a few thousand after each commit
 * @user:   handed to @fn
 * @err:    NULL allowed
 *
 * The effect of Python's transfer_from() with register_dataset_types and transfer_dimensions: dataset types, runs, dimension records with
 * their sky pixels, files, datasets, summaries, and the datastore's records. What is there is compared and completed. A few thousand datasets are done at
 * a time, each in one transaction that is open while no file moves; a call that failed or was killed may be repeated. More than 5000
 * go through up to four further connections to each repository, where there are that many, by as many threads, but no more than
 * pps_ctx_set_threads() says; when the call ends early, a few chunks may be there that @fn was not told of. Memory does not grow with @n beyond the UUIDs.
 *
 * It knows no embargo and no policy: whoever calls it decides that these datasets may go there.
 *
 * Return: PPS_OK also when datasets were left out (see @fn); PPS_E_ARG: no such mode, or no UUID; PPS_E_NOTFOUND: a dimension record is in
 * neither repository; PPS_E_CONFLICT: a dataset type is defined otherwise; PPS_E_UNSUPPORTED: the other universe has not what is needed;
 * PPS_E_NOSPACE. Blocks: yes. Since: 0.1
 */
PPS_API PPS_MUST_USE int pps_butler_transfer(pps_butler *source, pps_butler *dest, const char *const *ids, size_t n, const char *mode, int flags,
					     pps_butler_transfer_fn fn, void *user, pps_error **err);

/**
 * pps_butler_transfer_dimensions() - the dimension records that datasets need, from one repository to another
 * @source:       the repository that has the datasets
 * @dest:         opened with PPS_BUTLER_WRITE (for reading is enough for a dry run)
 * @ids:          UUIDs of datasets as text, in any order, repeated or not
 * @n:            how many
 * @flags:        0 or PPS_BUTLER_DRY_RUN
 * @ret_inserted: NULL allowed; records added (or, in a dry run, missing)
 * @err:          NULL allowed
 *
 * The effect of Python's transfer_dimension_records_from(), sky pixels included; records that are there stay as they are. May be repeated
 * at any time. Return: PPS_OK; PPS_E_ARG: no UUID; PPS_E_NOTFOUND: a dataset that @source does not know, or a record is in neither
 * repository; PPS_E_CONFLICT: a record's other unique key is taken; PPS_E_UNSUPPORTED: the other universe has not what is needed.
 * Blocks: yes. Since: 0.1
 */
PPS_API PPS_MUST_USE int pps_butler_transfer_dimensions(pps_butler *source, pps_butler *dest, const char *const *ids, size_t n, int flags,
							int64_t *ret_inserted, pps_error **err);

/**
 * pps_butler_transfer_chosen() - what pps_butler_transfer() does, for the datasets of types and collections
 * @source:      as in pps_butler_transfer()
 * @dest:        the same
 * @types:       names of dataset types of whatever dimensions, or globs, separated by commas
 * @collections: names of collections, or globs, separated by commas; chains are searched in their order, and of the
 *               datasets with one type and data ID only the first is found; what is only in a CALIBRATION collection is not
 * @where:       an expression on exposures, as in pps_butler_query_datasets(), which then looks for the datasets; NULL or "": all
 * @mode:        as in pps_butler_transfer()
 * @flags:       the same
 * @fn:          the same
 * @user:        the same
 * @err:         NULL allowed
 *
 * Return: as pps_butler_transfer(); PPS_E_NOTFOUND too: a type or collection that was named without a glob does not exist; PPS_E_ARG: the
 * expression. Blocks: yes. Since: 0.1
 */
PPS_API PPS_MUST_USE int pps_butler_transfer_chosen(pps_butler *source, pps_butler *dest, const char *types, const char *collections,
						    const char *where, const char *mode, int flags, pps_butler_transfer_fn fn, void *user,
						    pps_error **err);

/**
 * pps_butler_in_flow() - whether a configuration has the flow of prompt products look after this repository
 * @butler:   the repository
 * @conf:     the configuration
 * @ret_name: what it is called there; borrowed from @conf. Set only when the answer is 1
 * @err:      NULL allowed
 *
 * Return: 1: it is one of its `repositories` that has `from`, or that another is `from`; 0: none of them; negative: the configuration of one
 * of these cannot be read (PPS_E_CONFIG, PPS_E_NOTFOUND ...). Blocks: on reading those. Since: 0.1
 */
PPS_API PPS_MUST_USE int pps_butler_in_flow(const pps_butler *butler, const pps_conf *conf, const char **ret_name, pps_error **err);

/** pps_butler_report_yaml() - URI or path of the yaml that an import took; NULL of others. Borrowed. Since: 0.1 */
PPS_API const char *pps_butler_report_yaml(const pps_butler_report *report);
/** pps_butler_report_records_added() - dimension records that an import added (or would add). Since: 0.1 */
PPS_API int64_t pps_butler_report_records_added(const pps_butler_report *report);
/** pps_butler_report_records_different() - those that an import found there with other content. Since: 0.1 */
PPS_API int64_t pps_butler_report_records_different(const pps_butler_report *report);

/** pps_butler_report_free() - release a report; NULL is fine. Blocks: no. Since: 0.1 */
PPS_API void pps_butler_report_free(pps_butler_report *report);
/** pps_butler_report_dataset_count() - datasets that the zip's index names. Since: 0.1 */
PPS_API size_t pps_butler_report_dataset_count(const pps_butler_report *report);
/** pps_butler_report_count() - findings. Since: 0.1 */
PPS_API size_t pps_butler_report_count(const pps_butler_report *report);
/** pps_butler_report_kind() - PPS_FINDING_* of the nth finding; 0 past the end. Since: 0.1 */
PPS_API int pps_butler_report_kind(const pps_butler_report *report, size_t n);
/**
 * pps_butler_report_dataset() - UUID of the nth finding's dataset; "" when it is about no single one; NULL
 * past the end. Borrowed. Since: 0.1
 */
PPS_API const char *pps_butler_report_dataset(const pps_butler_report *report, size_t n);
/** pps_butler_report_text() - the nth finding in words; NULL past the end. Borrowed. Since: 0.1 */
PPS_API const char *pps_butler_report_text(const pps_butler_report *report, size_t n);

#ifdef __cplusplus
}
#endif
#endif
