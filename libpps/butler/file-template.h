/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Names of files in a datastore, by the templates of its configuration: "{run:/}/{datasetType}/{visit:?}/{datasetType}_{visit:?}_{run}".
 * A field is a dimension, a column of its record ("exposure.obs_id"), run, id, datasetType or component; "a|b" is the first that there is.
 * After the colon: '?' drops a field that is not there, with the text before it unless that has a slash; '/' keeps slashes of the value,
 * which become '_' otherwise; then a width as in "08d". Pure: no I/O.
 */
#ifndef PPS_BUTLER_FILE_TEMPLATE_H
#define PPS_BUTLER_FILE_TEMPLATE_H

#include <jansson.h>

#include "base/buf.h"
#include "dimensions/universe.h"

enum { PPS_FIELD_TEXT, PPS_FIELD_INT, PPS_FIELD_BOOL, PPS_FIELD_NULL };

typedef struct pps_field {
	int kind; /* PPS_FIELD_* */
	const char *s;
	int64_t i;
} pps_field;

/* The value of @name, or of its record's @column (NULL: its own). 1: there is one; 0: there is none; negative: an error. */
typedef int (*pps_field_fn)(void *user, const char *name, const char *column, pps_field *ret, pps_error **err);

/* Appends the path, relative and without extension, to @out. PPS_E_NOTFOUND: a field that must be there is not; PPS_E_UNSUPPORTED: a format
 * that is not known; PPS_E_CONFIG: no template at all, or no use of the component. */
int pps_template_format(const char *template, int has_component, pps_field_fn fn, void *user, pps_buf *out, pps_error **err);

/* What a template is looked up by, in this order: type.component, type, dimensions, storage classes; each for the instrument first. */
typedef struct pps_template_key {
	const char *type;
	const char *component;               /* NULL: none */
	const char *storage_class;           /* of the component, if it is one */
	const char *composite_storage_class; /* NULL: the same */
	const pps_dimension_group *dimensions;
	const char *instrument;              /* NULL: none */
} pps_template_key;

/* NULL when there is none. Borrowed from @templates. */
const char *pps_template_find(const json_t *templates, const pps_universe *universe, const pps_template_key *key);

/* ".fits", ".fits.fz", "" of a path: what a file keeps when it gets a new name. Borrowed from @path. */
const char *pps_file_extension(const char *path);

#endif
