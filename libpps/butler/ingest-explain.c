/* SPDX-License-Identifier: BSD-3-Clause */
/* Why the database refused an ingest: a dimension record that is not there, by name. */
#include <string.h>

#include "butler/ingest.h"
#include "dimensions/dimension-sql.h"

/* The key of @element in @ref's data ID; 0 when the data ID does not have it. */
static int key_of(const pps_ingest *in, const pps_ingest_ref *ref, const pps_element *element, pps_cell *key)
{
	const pps_butler_type *t = &in->wanted->at[ref->type];

	for (size_t i = 0; i < element->nrequired; i++) {
		size_t k = 0;

		while (k < t->ndimensions && strcmp(t->dimensions[k], element->required[i]->name) != 0)
			k++;
		if (k == t->ndimensions)
			return 0;
		key[i] = (pps_cell){ 0 };
		if (ref->keys[k]->kind == PPS_ZIP_VALUE_TEXT)
			key[i].s = ref->keys[k]->text;
		else
			key[i].i = ref->keys[k]->number;
	}
	return 1;
}

static void describe(const pps_ingest *in, const pps_ingest_ref *ref, const pps_element *element, pps_buf *b)
{
	const pps_butler_type *t = &in->wanted->at[ref->type];

	for (size_t i = 0; i < element->nrequired; i++)
		for (size_t k = 0; k < t->ndimensions; k++) {
			const pps_zip_value *v = ref->keys[k];

			if (strcmp(t->dimensions[k], element->required[i]->name) != 0)
				continue;
			pps_buf_printf(b, "%s%s ", b->size ? ", " : "", t->dimensions[k]);
			if (v->kind == PPS_ZIP_VALUE_TEXT)
				pps_buf_add_text(b, v->text);
			else
				pps_buf_printf(b, "%lld", (long long)v->number);
		}
}

/* Looks for the first of @element's records that datasets name and the repository has not; 1 when there is one. */
static int find_missing(pps_ingest *in, const pps_element *element, pps_buf *b, pps_error **err)
{
	_cleanup_(pps_dimensions_freep) pps_dimensions *dims = NULL;
	_cleanup_free_ pps_cell *keys = calloc(in->nrefs * element->nrequired + 1, sizeof *keys);
	const pps_records *records;
	pps_cell key[PPS_KEYS_MAX];
	size_t n = 0;
	int r;

	if (!keys)
		return pps_fail_nomem(err);
	for (size_t i = 0; i < in->nrefs; i++)
		n += (size_t)key_of(in, &in->refs[i], element, &keys[n * element->nrequired]);
	if (!n || (r = pps_dimensions_new_in(in->butler->ctx, in->butler->universe, &dims, err)) < 0 ||
	    (r = pps_dimension_read_keys(in->butler->sql, dims, element->name, keys, n, NULL, err)) < 0)
		return n ? r : 0;
	records = pps_dimensions_records(dims, element->name);
	for (size_t i = 0; i < in->nrefs; i++)
		if (key_of(in, &in->refs[i], element, key) && pps_records_find(records, key) < 0) {
			describe(in, &in->refs[i], element, b);
			return 1;
		}
	return 0;
}

int pps_ingest_explain(pps_ingest *in, pps_error *e, int code, pps_error **err)
{
	_cleanup_(pps_error_freep) pps_error *reason = e;
	const pps_universe *u = in->butler->universe;

	for (size_t i = 0; strcmp(pps_error_sqlstate(reason), "23503") == 0 && i < pps_universe_size(u); i++) {
		const pps_element *element = pps_universe_at(u, i);
		_cleanup_buf_ pps_buf b = PPS_BUF_LINE;
		int r;

		if (!element->is_dimension || !element->has_table || element->view_of)
			continue;
		if ((r = find_missing(in, element, &b, err)) < 0)
			return r;
		if (r)
			return pps_fail(err, PPS_E_NOTFOUND, "%s has no dimension record of %s: transfer dimension records first",
					in->butler->config.uri, pps_buf_text(&b));
	}
	pps_error_move(err, TAKE_PTR(reason));
	return code;
}
