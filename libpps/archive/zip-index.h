/* SPDX-License-Identifier: BSD-3-Clause */
/* The Butler's index of a zip, `_butler_zip_index.json`: which member is which dataset. */
#ifndef PPS_ARCHIVE_ZIP_INDEX_H
#define PPS_ARCHIVE_ZIP_INDEX_H

#include "base/buf.h"
#include "base/uuid.h"

enum { PPS_ZIP_VALUE_INT, PPS_ZIP_VALUE_TEXT };

/* One dimension's value of a data ID. */
typedef struct pps_zip_value {
	const char *dimension;
	int kind;
	int64_t number;
	const char *text; /* PPS_ZIP_VALUE_TEXT */
} pps_zip_value;

typedef struct pps_zip_type {
	const char *name;
	const char *storage_class;
	const char *parent_storage_class; /* NULL: none */
	const char *const *dimensions;    /* required ones, in the Butler's order */
	size_t n_dimensions;
	int is_calibration;
} pps_zip_type;

typedef struct pps_zip_ref {
	pps_uuid id;
	const char *type; /* dataset type name */
	const char *run;
	const pps_zip_value *values; /* required dimensions first, then implied ones when known, each in the Butler's order */
	size_t n_values;
} pps_zip_ref;

/* A member of the zip; usually one dataset. */
typedef struct pps_zip_artifact {
	const char *member;
	const char *formatter;
	const char *path; /* where the file was */
	const char *storage_class;
	const char *component; /* NULL: none */
	const char *checksum;  /* NULL: none */
	int64_t file_size;
	const pps_uuid *ids;
	size_t n_ids;
} pps_zip_artifact;

typedef struct pps_zip_index {
	int64_t universe_version;
	const char *universe_namespace;
	const pps_zip_type *types;
	size_t n_types;
	const pps_zip_ref *refs;
	size_t n_refs;
	const pps_zip_artifact *artifacts;
	size_t n_artifacts;
	void *memory; /* what pps_zip_index_free() releases; NULL in an index that the caller put together */
} pps_zip_index;

/* One line without spaces and a newline, types, refs and artifacts in the given order, as the Butler writes it. Every ref's type must
 * be in types, every artifact's id in refs: else PPS_E_ARG. */
int pps_zip_index_write(const pps_zip_index *index, pps_buf *out, pps_error **err);

/* Reads what the Butler's ingest_zip accepts: index_version "V1"; data IDs may have the required dimensions only; fields that may be null
 * may be absent; unknown fields are ignored. PPS_E_UNSUPPORTED: another version; PPS_E_FORMAT names the place ("refs.compact_refs.<id>.run"). */
int pps_zip_index_parse(const char *text, size_t size, pps_zip_index **ret_index, pps_error **err);
void pps_zip_index_free(pps_zip_index *index);
PPS_DEFINE_CLEANUP(pps_zip_index, pps_zip_index_free)

/* PPS_OK when both say the same of the same members: ids, types, runs, data IDs (the dimensions that both give), sizes, formatters,
 * storage classes, components; PPS_E_CONFLICT names the first difference. Order, types' details and source paths do not count. */
int pps_zip_index_compare(const pps_zip_index *expected, const pps_zip_index *other, pps_error **err);

/* The ref of an id, or NULL; the type of a name, or NULL. */
const pps_zip_ref *pps_zip_index_ref(const pps_zip_index *index, const pps_uuid *id);
const pps_zip_type *pps_zip_index_type(const pps_zip_index *index, const char *name);

#endif
