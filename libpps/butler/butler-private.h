/* SPDX-License-Identifier: BSD-3-Clause */
/* The inside of a repository's handle. */
#ifndef PPS_BUTLER_BUTLER_PRIVATE_H
#define PPS_BUTLER_BUTLER_PRIVATE_H

#include "base/ctx.h"
#include "base/map.h"
#include "butler/arena.h"
#include "butler/butler-config.h"
#include "butler/butler.h"
#include "butler/recent.h"

#define PPS_NO_COMPONENT "__NULL_STRING__" /* what file records have where there is no component */

/* How often a write is tried anew when others stand in its way. */
#define PPS_BUTLER_ATTEMPTS 8

/* A part of the registry with a schema version of its own. */
typedef struct pps_part {
	char *name;
	char *cls;
	char *version;
} pps_part;

struct pps_butler {
	int refs;
	int mode;
	int has_record_tables; /* seen, as by who opens it for writing: not asked again */
	int is_lane; /* one of several that do an operation's work: it has no more opened */
	size_t written, counted_at; /* datasets; how many there were when the database was told to count */
	pps_recent recent;
	int dates_are_text; /* datasets schema 1: ingest_date is a TIMESTAMP (UTC), else TAI ns */
	pps_ctx *ctx;
	pps_sql *sql;
	pps_universe *universe;
	pps_butler_config config;
	char *database; /* URL without password */
	char *why_not;  /* why it is not written to, or NULL */
	int may_remove; /* why_not is about inserting alone */
	pps_part *parts;
	size_t nparts, parts_cap;
};

/* Parts and universe from butler_attributes. */
int pps_butler_read_attributes(pps_butler *butler, pps_error **err);

/* 1 when @member takes datasets of this type and instrument (NULL: none), 0 when it does not. @dimensions: all of the type's. */
int pps_butler_member_accepts(const pps_butler_member *member, const pps_universe *universe, const char *type, const char *storage_class,
		       const pps_dimension_group *dimensions, const char *instrument);
/* 1 when @key, "instrument+detector+exposure", means these dimensions: itself and all that they imply. */
int pps_butler_dimensions_match(const pps_universe *universe, const pps_dimension_group *dimensions, const char *key);

/* Names of the members of its datastore, as in dataset_location, config.nmembers of them; released with free(); NULL: memory is out. */
const char **pps_butler_member_names(const pps_butler *butler);

/* "a, b" as a list of names in @text, which is cut; the list is released with free(). */
int pps_butler_split(char *text, const char ***ret, size_t *ret_n, pps_error **err);
/* 1 when @name has a glob's characters. */
int pps_is_glob(const char *name);
/* 1 when @name matches @pattern, by shell rules where '*' also matches '/'. */
int pps_glob_matches(const char *pattern, const char *name);

/* Now as `dataset.ingest_date` has it, to the microsecond, as Python's clock gives it; @text is its memory where dates are text. */
int pps_butler_ingest_date(const pps_butler *butler, char text[40], pps_sql_value *ret, pps_error **err);

/* A sequence's qualified name as a literal, for nextval(). */
void pps_sequence_literal(const pps_butler *butler, const char *name, pps_buf *b);

/* The dimension group of a dataset type. */
int pps_butler_type_group(const pps_butler *butler, const pps_butler_type *type, pps_dimension_group **ret_group,
			  pps_error **err);

/* 1 when a dimension's values are text, 0 when they are integers. */
int pps_butler_is_text(const pps_element *dimension);

/* The types of these ids, sorted by name; those that are not there are passed over. */
int pps_butler_types_by_id(pps_butler *butler, const int64_t *ids, size_t n, pps_butler_types **ret, pps_error **err);

/* As pps_butler_find_types(); @missing_ok: a name that is not there is passed over. */
int pps_butler_select_types(pps_butler *butler, const char *const *names, size_t n, int missing_ok, pps_butler_types **ret,
			    pps_error **err);

/* The statements that make the table of tags (or calibrations) of a dimension set, with its indexes. */
int pps_tags_ddl(const pps_butler *butler, const char *table, const pps_dimension_group *dimensions, int is_calibration,
		 pps_buf *script, pps_error **err);
/* @name as PostgreSQL gets it: at most 63 bytes, longer ones cut and marked by a hash, as Python does. On SQLite the name itself. */
void pps_shrink_name(int kind, const char *name, char ret[256]);

/* The members' record tables and Python's list of them: made as the first Python Butler would. In a transaction. */
int pps_butler_ensure_record_tables(pps_butler *butler, pps_error **err);

/* Inside a transaction that the caller holds: the same as their public namesakes. */
int pps_butler_runs_in(pps_butler *butler, const char *const *names, size_t n, int64_t *ret_ids, int64_t *inserted,
		       pps_error **err);
/* A collection of another type than RUN: @inserted counts what was not there; a type that differs: PPS_E_CONFLICT. */
int pps_butler_collection_in(pps_butler *butler, const char *name, int type, const char *doc, int64_t *ret_id, int64_t *inserted,
			     pps_error **err);
/* The same in a transaction of its own. One that is there keeps its documentation; @ret_id and @ret_inserted: NULL allowed. */
int pps_butler_ensure_collection(pps_butler *butler, const char *name, int type, const char *doc, int64_t *ret_id, int64_t *ret_inserted,
				 pps_error **err);
/* 0 when there is none of this name; of another type: PPS_E_CONFLICT. */
int pps_butler_collection_id(pps_butler *butler, const char *name, int type, int64_t *ret_id, pps_error **err);
/* Without writing; 0: it is not (wholly) there. @ret_missing: how many. @tagged: a TAGGED collection that must be there, asked for in the same round
 * trip; NULL: none. */
int pps_butler_run_ids(pps_butler *butler, const char *const *names, size_t n, const char *tagged, int64_t *ret_ids, int64_t *ret_tagged,
		       int *ret_missing, pps_error **err);
/* Those that had no id a moment ago, with the documentation (or NULL) that new ones get. */
int pps_butler_insert_runs_in(pps_butler *butler, const char *const *names, const char *const *docs, size_t n, int64_t *ids, int64_t *inserted,
			      pps_error **err);
/* The one of this name, of types that are sorted by it; NULL: there is none. */
const pps_butler_type *pps_butler_type_named(const pps_butler_types *types, const char *name);
/* Those of @wanted that are @there have the same definition: else PPS_E_CONFLICT. @ret_missing: how many are not. */
int pps_butler_check_types(pps_butler *butler, const pps_butler_types *wanted, const pps_butler_types *there, int *ret_missing, pps_error **err);
/* The same with those that are there, which are read. */
int pps_butler_compare_types(pps_butler *butler, const pps_butler_types *wanted, pps_butler_types **ret_there, int *ret_missing,
			     pps_error **err);
int pps_butler_types_in(pps_butler *butler, const pps_butler_types *types, int64_t *inserted, pps_error **err);

/* pps_sql_transact(), and again when another writer made the same rows or tables meanwhile. */
int pps_butler_retry(pps_butler *butler, pps_sql_fn fn, void *user, pps_error **err);

void pps_report_clear(pps_butler_report *report);
int pps_report_add(pps_butler_report *report, int kind, const pps_uuid *dataset, pps_error **err, const char *fmt, ...)
	PPS_PRINTF(5, 6);

/* A string of JSON, with its quotes. */
void pps_add_json_text(pps_buf *b, const char *text);

#endif
