/* SPDX-License-Identifier: BSD-3-Clause */
/* Datasets whose dimension records a repository does not have yet: asked when the database refused a chunk. */
#include <string.h>

#include "butler/ref-insert.h"
#include "dimensions/dimension-sql.h"

/* The key of @element in a data ID; 0 when the data ID does not have it. */
static int key_of(const pps_ref *ref, const pps_element *element, pps_cell *key)
{
	for (size_t i = 0; i < element->nrequired; i++) {
		const pps_sql_value *v = pps_ref_key(ref, element->required[i]->name);

		if (!v)
			return 0;
		key[i] = (pps_cell){ 0 };
		if (v->type == PPS_SQL_TEXT)
			key[i].s = v->s;
		else
			key[i].i = v->i;
	}
	return 1;
}

static void describe(const pps_element *element, const pps_cell *key, pps_buf *b)
{
	for (size_t i = 0; i < element->nrequired; i++) {
		pps_buf_printf(b, "%s%s ", i ? ", " : "", element->required[i]->name);
		if (pps_butler_is_text(element->required[i]))
			pps_buf_add_text(b, key[i].s);
		else
			pps_buf_printf(b, "%lld", (long long)key[i].i);
	}
}

static int refuse(pps_insertion *in, size_t ref, const pps_element *element, const pps_cell *key, pps_error **err)
{
	_cleanup_buf_ pps_buf b = PPS_BUF_LINE;
	int r;

	describe(element, key, &b);
	if ((r = pps_buf_check(&b, "dimension record", err)) < 0)
		return r;
	return pps_insertion_decide(in, ref, PPS_REF_SKIPPED, err, "%s has no dimension record of %s", in->butler->config.uri, pps_buf_text(&b));
}

static int refuse_of(pps_insertion *in, const pps_element *element, size_t *ret_n, pps_error **err)
{
	_cleanup_(pps_dimensions_freep) pps_dimensions *dims = NULL;
	_cleanup_free_ pps_cell *keys = calloc((in->end - in->from) * element->nrequired + 1, sizeof *keys);
	const pps_records *records;
	pps_cell key[PPS_KEYS_MAX];
	size_t n = 0;
	int r;

	if (!keys)
		return pps_fail_nomem(err);
	for (size_t i = in->from; i < in->end; i++)
		n += (size_t)(pps_insertion_counts(in, i) && key_of(&in->refs->at[i], element, &keys[n * element->nrequired]));
	if (!n || (r = pps_dimensions_new_in(in->butler->ctx, in->butler->universe, &dims, err)) < 0 ||
	    (r = pps_dimension_read_keys(in->butler->sql, dims, element->name, keys, n, NULL, err)) < 0)
		return n ? r : PPS_OK;
	records = pps_dimensions_records(dims, element->name);
	for (size_t i = in->from; i < in->end; i++) {
		if (!pps_insertion_counts(in, i) || !key_of(&in->refs->at[i], element, key) || pps_records_find(records, key) >= 0)
			continue;
		++*ret_n;
		if ((r = refuse(in, i, element, key, err)) < 0)
			return r;
	}
	return PPS_OK;
}

int pps_insertion_refuse_missing(pps_insertion *in, size_t *ret_n, pps_error **err)
{
	const pps_universe *u = in->butler->universe;
	int r;

	*ret_n = 0;
	for (size_t i = 0; i < pps_universe_size(u); i++) {
		const pps_element *element = pps_universe_at(u, i);

		if (element->is_dimension && element->has_table && !element->view_of && (r = refuse_of(in, element, ret_n, err)) < 0)
			return r;
	}
	return PPS_OK;
}
