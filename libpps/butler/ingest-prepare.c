/* SPDX-License-Identifier: BSD-3-Clause */
/* What a zip's index asks for, put in the order in which rows are written. */
#include <string.h>

#include "butler/ingest.h"

void pps_ingest_clear(pps_ingest *in)
{
	pps_butler_types_free(in->wanted);
	pps_butler_types_free(in->types);
	free(in->runs);
	free(in->run_ids);
	free(in->refs);
	free(in->records);
	for (size_t i = 0; i < in->nmembers; i++) {
		free(in->members[i].located);
		free(in->members[i].recorded);
	}
	free(in->members);
	pps_butler_report_free(in->report);
	*in = (pps_ingest){ 0 };
}

static int add_type(pps_ingest *in, size_t *cap, const pps_zip_type *t, pps_error **err)
{
	pps_butler_types *types = in->wanted;
	pps_butler_type type = { .name = t->name, .storage_class = t->storage_class, .is_calibration = t->is_calibration };
	_cleanup_(pps_dimension_group_freep) pps_dimension_group *group = NULL;
	const char **names;
	int r;

	if (!t->storage_class)
		return pps_fail(err, PPS_E_FORMAT, "dataset type %s: the index has no storage class", t->name);
	if ((r = pps_dimension_group_new(in->butler->universe, t->dimensions, t->n_dimensions, &group, err)) < 0)
		return pps_wrap(err, r, "dataset type %s", t->name);
	if (group->nrequired > PPS_INGEST_KEYS_MOST)
		return pps_fail(err, PPS_E_UNSUPPORTED, "dataset type %s: more than %d dimensions", t->name, PPS_INGEST_KEYS_MOST);
	if (!(names = pps_arena_alloc(types->arena, (group->nrequired + 1) * sizeof *names)))
		return pps_arena_fail(types->arena, "dataset types", err);
	for (size_t i = 0; i < group->nrequired; i++)
		names[i] = group->required[i]->name;
	type.dimensions = names;
	type.ndimensions = group->nrequired;
	if (pps_grow(&types->at, cap, types->n, sizeof type) < 0)
		return pps_fail_nomem(err);
	types->at[types->n++] = type;
	return PPS_OK;
}

static int type_by_name(const void *a, const void *b)
{
	return strcmp(((const pps_butler_type *)a)->name, ((const pps_butler_type *)b)->name);
}

static int add_types(pps_ingest *in, pps_error **err)
{
	size_t cap = 0;
	int r;

	if (!(in->wanted = calloc(1, sizeof *in->wanted)))
		return pps_fail_nomem(err);
	if ((r = pps_arena_new((size_t)pps_ctx_memory(in->butler->ctx), &in->wanted->arena, err)) < 0)
		return r;
	for (size_t i = 0; i < in->index->n_types; i++)
		if ((r = add_type(in, &cap, &in->index->types[i], err)) < 0)
			return r;
	if (in->wanted->n)
		qsort(in->wanted->at, in->wanted->n, sizeof *in->wanted->at, type_by_name);
	return PPS_OK;
}

static int run_of(pps_ingest *in, pps_map *runs, const char *name, size_t *ret, pps_error **err)
{
	void *found;

	if (pps_map_get_text(runs, name, &found)) {
		*ret = (uintptr_t)found;
		return PPS_OK;
	}
	if (pps_grow(&in->runs, &in->runs_cap, in->nruns, sizeof *in->runs) < 0 ||
	    pps_map_set_text(runs, name, (void *)(uintptr_t)in->nruns) < 0)
		return pps_fail_nomem(err);
	*ret = in->nruns;
	in->runs[in->nruns++] = name;
	return PPS_OK;
}

static int set_keys(const pps_ingest *in, pps_ingest_ref *ref, pps_error **err)
{
	const pps_butler_type *t = &in->wanted->at[ref->type];

	for (size_t k = 0; k < t->ndimensions; k++) {
		const pps_element *e = pps_universe_find(in->butler->universe, t->dimensions[k]);
		const pps_zip_value *v = NULL;
		char id[37];

		for (size_t i = 0; i < ref->ref->n_values && !v; i++)
			if (strcmp(ref->ref->values[i].dimension, t->dimensions[k]) == 0)
				v = &ref->ref->values[i];
		pps_uuid_format(&ref->ref->id, id);
		if (!v)
			return pps_fail(err, PPS_E_FORMAT, "dataset %s: the index has no value of %s", id, t->dimensions[k]);
		if ((v->kind == PPS_ZIP_VALUE_TEXT) != pps_butler_is_text(e))
			return pps_fail(err, PPS_E_FORMAT, "dataset %s: the index's value of %s should be %s", id, t->dimensions[k],
					pps_butler_is_text(e) ? "text" : "an integer");
		ref->keys[k] = v;
	}
	return PPS_OK;
}

static int add_ref(pps_ingest *in, pps_map *runs, const pps_zip_ref *zip_ref, pps_error **err)
{
	const pps_butler_type *type = pps_butler_type_named(in->wanted, zip_ref->type);
	pps_ingest_ref ref = { .ref = zip_ref };
	int r;

	if (!type)
		return pps_fail(err, PPS_E_FORMAT, "the index does not describe dataset type %s", zip_ref->type);
	ref.type = (size_t)(type - in->wanted->at);
	if ((r = run_of(in, runs, zip_ref->run, &ref.run, err)) < 0 || (r = set_keys(in, &ref, err)) < 0)
		return r;
	if (pps_grow(&in->refs, &in->refs_cap, in->nrefs, sizeof ref) < 0)
		return pps_fail_nomem(err);
	in->refs[in->nrefs++] = ref;
	return PPS_OK;
}

static int ref_by_id(const void *a, const void *b)
{
	return memcmp(&((const pps_ingest_ref *)a)->ref->id, &((const pps_ingest_ref *)b)->ref->id, sizeof(pps_uuid));
}

/* Only datasets with a file in the zip are ingested, as by the Python Butler. */
static int add_refs(pps_ingest *in, pps_error **err)
{
	_cleanup_(pps_map_freep) pps_map *runs = pps_map_new(), *seen = pps_map_new();
	int r, n;

	if (!runs || !seen)
		return pps_fail_nomem(err);
	for (size_t i = 0; i < in->index->n_artifacts; i++) {
		const pps_zip_artifact *a = &in->index->artifacts[i];

		for (size_t k = 0; k < a->n_ids; k++) {
			const pps_zip_ref *ref = pps_zip_index_ref(in->index, &a->ids[k]);

			if (!ref)
				return pps_fail(err, PPS_E_FORMAT, "member %s: the index does not describe its dataset", a->member);
			if ((n = pps_map_set(seen, &a->ids[k], sizeof a->ids[k], in)) < 0)
				return pps_fail_nomem(err);
			if (n && (r = add_ref(in, runs, ref, err)) < 0)
				return r;
		}
	}
	if (in->nrefs)
		qsort(in->refs, in->nrefs, sizeof *in->refs, ref_by_id);
	return PPS_OK;
}

static int record_by_place(const void *a, const void *b)
{
	const pps_ingest_record *x = a, *y = b;

	if (x->ref != y->ref)
		return x->ref < y->ref ? -1 : 1;
	return strcmp(x->artifact->component ? x->artifact->component : PPS_NO_COMPONENT,
		      y->artifact->component ? y->artifact->component : PPS_NO_COMPONENT);
}

static int add_records(pps_ingest *in, pps_error **err)
{
	for (size_t i = 0; i < in->index->n_artifacts; i++) {
		const pps_zip_artifact *a = &in->index->artifacts[i];

		for (size_t k = 0; k < a->n_ids; k++) {
			const pps_zip_ref key = { .id = a->ids[k] };
			const pps_ingest_ref wanted = { .ref = &key };
			const pps_ingest_ref *ref = bsearch(&wanted, in->refs, in->nrefs, sizeof wanted, ref_by_id);

			if (pps_grow(&in->records, &in->records_cap, in->nrecords, sizeof *in->records) < 0)
				return pps_fail_nomem(err);
			in->records[in->nrecords++] = (pps_ingest_record){ .ref = (size_t)(ref - in->refs), .artifact = a };
		}
	}
	if (in->nrecords)
		qsort(in->records, in->nrecords, sizeof *in->records, record_by_place);
	for (size_t i = 1; i < in->nrecords; i++)
		if (record_by_place(&in->records[i - 1], &in->records[i]) == 0)
			return pps_fail(err, PPS_E_FORMAT, "members %s and %s are the same dataset", in->records[i - 1].artifact->member,
					in->records[i].artifact->member);
	return PPS_OK;
}

int pps_ingest_prepare(pps_butler *butler, const char *uri, const pps_zip_index *index, pps_ingest *in, pps_error **err)
{
	int r;

	*in = (pps_ingest){ .butler = butler, .uri = uri, .index = index };
	if ((r = add_types(in, err)) < 0 || (r = add_refs(in, err)) < 0 || (r = add_records(in, err)) < 0 ||
	    (r = pps_report_new(&in->report, err)) < 0)
		return r;
	if (!(in->run_ids = calloc(in->nruns + 1, sizeof *in->run_ids)))
		return pps_fail_nomem(err);
	return PPS_OK;
}

static const char *instrument_of(const pps_ingest *in, const pps_ingest_ref *ref)
{
	const pps_butler_type *t = &in->wanted->at[ref->type];

	for (size_t k = 0; k < t->ndimensions; k++)
		if (strcmp(t->dimensions[k], "instrument") == 0)
			return ref->keys[k]->text;
	return NULL;
}

/* A member takes a zip whole or not at all. Rules look at type and instrument: each pair is asked once. */
static int accepts_all(const pps_ingest *in, const pps_butler_member *m, int *ret, pps_error **err)
{
	_cleanup_(pps_map_freep) pps_map *asked = pps_map_new();
	int r, n;

	*ret = 1;
	for (size_t i = 0; asked && *ret && i < in->nrefs; i++) {
		_cleanup_(pps_dimension_group_freep) pps_dimension_group *group = NULL;
		const pps_butler_type *t = &in->wanted->at[in->refs[i].type];
		_cleanup_buf_ pps_buf pair = PPS_BUF_LINE;
		const char *instrument = instrument_of(in, &in->refs[i]);

		pps_buf_printf(&pair, "%s %s", t->name, instrument ? instrument : "");
		if ((r = pps_buf_check(&pair, "dataset type", err)) < 0)
			return r;
		if ((n = pps_map_set_text(asked, pps_buf_text(&pair), asked)) < 0)
			return pps_fail_nomem(err);
		if (!n)
			continue;
		if ((r = pps_butler_type_group(in->butler, t, &group, err)) < 0)
			return r;
		*ret = pps_butler_member_accepts(m, in->butler->universe, t->name, t->storage_class, group, instrument);
	}
	return asked ? PPS_OK : pps_fail_nomem(err);
}

int pps_ingest_choose_members(pps_ingest *in, pps_error **err)
{
	const pps_butler_config *c = &in->butler->config;
	int r, yes;

	if (!(in->members = calloc(c->nmembers + 1, sizeof *in->members)))
		return pps_fail_nomem(err);
	for (size_t i = 0; i < c->nmembers; i++) {
		pps_ingest_member *m = &in->members[in->nmembers];

		if ((r = accepts_all(in, &c->members[i], &yes, err)) < 0)
			return r;
		if (!yes)
			continue;
		*m = (pps_ingest_member){ .member = &c->members[i], .located = calloc(in->nrefs + 1, 1),
					  .recorded = calloc(in->nrecords + 1, 1) };
		in->nmembers++;
		if (!m->located || !m->recorded)
			return pps_fail_nomem(err);
	}
	if (!in->nmembers)
		return pps_fail(err, PPS_E_UNSUPPORTED, "no datastore of %s accepts all of these datasets: its constraints reject them",
				c->uri);
	return PPS_OK;
}
