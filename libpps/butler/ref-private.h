/* SPDX-License-Identifier: BSD-3-Clause */
/* What the files about refs share. */
#ifndef PPS_BUTLER_REF_PRIVATE_H
#define PPS_BUTLER_REF_PRIVATE_H

#include "butler/butler-private.h"
#include "butler/file-template.h"
#include "butler/ref.h"
#include "dimensions/records.h"

enum { PPS_REFS_KEYLESS = 256 /* those without a row of tags in their run too: their keys are NULL */ };

/* File records of refs [from, from + n), sorted by UUID, into their `files`. */
int pps_refs_read_files(pps_butler *butler, pps_refs *refs, size_t from, size_t n, pps_error **err);

/* What templates of file names ask of datasets: keys, implied keys, columns of dimension records. */
typedef struct pps_ref_fields {
	pps_butler *butler;
	const pps_refs *refs;
	pps_dimension_group **groups; /* as refs->types */
	pps_dimensions *dims;
} pps_ref_fields;

/* A dataset, and a template that will ask for its values. */
typedef struct pps_ref_wish {
	size_t ref;
	const char *template;
} pps_ref_wish;

/* Reads the records that the templates need. */
int pps_ref_fields_load(pps_butler *butler, const pps_refs *refs, const pps_ref_wish *wishes, size_t n, pps_ref_fields *ret, pps_error **err);
void pps_ref_fields_clear(pps_ref_fields *fields);
/* As pps_field_fn; a record that is not there is PPS_E_NOTFOUND. */
int pps_ref_field(const pps_ref_fields *fields, const pps_ref *ref, const char *name, const char *column, pps_field *ret, pps_error **err);

#endif
