/* SPDX-License-Identifier: BSD-3-Clause */
/* Values of datasets for names of files: required keys, keys that their records imply, columns of records. */
#include <string.h>

#include "butler/ref-private.h"
#include "dimensions/dimension-sql.h"

void pps_ref_fields_clear(pps_ref_fields *fields)
{
	for (size_t i = 0; fields->groups && i < fields->refs->types->n; i++)
		pps_dimension_group_free(fields->groups[i]);
	free(fields->groups);
	pps_dimensions_free(fields->dims);
	*fields = (pps_ref_fields){ 0 };
}

static const pps_dimension_group *group_of(const pps_ref_fields *f, const pps_ref *ref)
{
	return f->groups[ref->type - f->refs->types->at];
}

static int has(const pps_element *const *list, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(list[i]->name, name) == 0)
			return 1;
	return 0;
}

static int resolve(const pps_ref_fields *f, const pps_ref *ref, const char *name, pps_cell *ret, pps_error **err);

/* The row of @element's record that belongs to a dataset; a negative number with an error when it is not there. */
static ptrdiff_t record_of(const pps_ref_fields *f, const pps_ref *ref, const pps_element *element, pps_error **err)
{
	const pps_records *records = pps_dimensions_records_of(f->dims, element->name);
	pps_cell key[PPS_KEYS_MAX];
	ptrdiff_t row;
	int r;

	for (size_t i = 0; i < element->nrequired; i++)
		if ((r = resolve(f, ref, element->required[i]->name, &key[i], err)) <= 0)
			return r < 0 ? r : pps_fail(err, PPS_E_INTERNAL, "%s: no key of %s", ref->type->name, element->required[i]->name);
	if (!records || (row = pps_records_find(records, key)) < 0)
		return pps_fail(err, PPS_E_NOTFOUND, "%s has no dimension record of its %s", f->butler->config.uri, element->name);
	return row;
}

/* A key, required or implied by another's record. */
static int resolve(const pps_ref_fields *f, const pps_ref *ref, const char *name, pps_cell *ret, pps_error **err)
{
	const pps_sql_value *v = pps_ref_key(ref, name);
	const pps_dimension_group *g = group_of(f, ref);

	*ret = (pps_cell){ 0 };
	if (v && v->type == PPS_SQL_TEXT)
		ret->s = v->s;
	else if (v)
		ret->i = v->i;
	for (size_t i = 0; !v && i < g->n; i++) {
		const pps_element *e = g->names[i];
		ptrdiff_t row;

		if (!e->has_table || !has(e->implied, e->nimplied, name))
			continue;
		if ((row = record_of(f, ref, e, err)) < 0)
			return (int)row;
		*ret = pps_records_get(pps_dimensions_records_of(f->dims, e->name), (size_t)row, (size_t)pps_element_column(e, name));
		return 1;
	}
	return v != NULL;
}

/* ---- loading ---- */

/* Records that imply keys, and those that the template names columns of. */
static int needs(const pps_ref_fields *f, const pps_ref *ref, const char *template, const pps_element *e)
{
	const pps_dimension_group *g = group_of(f, ref);
	size_t n = strlen(e->name);

	if (!has(g->names, g->n, e->name))
		return 0;
	if (e->nimplied)
		return 1;
	for (const char *s = strstr(template, e->name); s; s = strstr(s + 1, e->name))
		if (s[n] == '.')
			return 1;
	return 0;
}

static int load(pps_ref_fields *f, const pps_ref_wish *wishes, size_t nwishes, const pps_element *e, pps_error **err)
{
	_cleanup_free_ pps_cell *keys = calloc(nwishes * e->nrequired + 1, sizeof *keys);
	const pps_butler_type *type = NULL;
	const char *template = NULL;
	size_t n = 0;
	int needed = 0;

	if (!keys)
		return pps_fail_nomem(err);
	for (size_t i = 0; i < nwishes; i++) {
		const pps_ref *ref = &f->refs->at[wishes[i].ref];
		int whole = 1;

		if (ref->type != type || wishes[i].template != template)
			needed = needs(f, ref, wishes[i].template, e);
		type = ref->type;
		template = wishes[i].template;
		/* a key that cannot be told is told of when it is asked for */
		for (size_t k = 0; needed && k < e->nrequired; k++)
			whole &= resolve(f, ref, e->required[k]->name, &keys[n * e->nrequired + k], NULL) > 0;
		n += (size_t)(needed && whole);
	}
	return n ? pps_dimension_read_keys(f->butler->sql, f->dims, e->name, keys, n, NULL, err) : PPS_OK;
}

int pps_ref_fields_load(pps_butler *butler, const pps_refs *refs, const pps_ref_wish *wishes, size_t n, pps_ref_fields *ret, pps_error **err)
{
	int r;

	*ret = (pps_ref_fields){ .butler = butler, .refs = refs };
	if (!(ret->groups = calloc(refs->types->n + 1, sizeof *ret->groups)))
		return pps_fail_nomem(err);
	for (size_t i = 0; i < refs->types->n; i++)
		if ((r = pps_butler_type_group(butler, &refs->types->at[i], &ret->groups[i], err)) < 0)
			return r;
	if ((r = pps_dimensions_new_in(butler->ctx, butler->universe, &ret->dims, err)) < 0)
		return r;
	/* what implies comes after what it implies */
	for (size_t i = pps_universe_size(butler->universe); i-- > 0;) {
		const pps_element *e = pps_universe_at(butler->universe, i);

		if (e->is_dimension && e->has_table && (r = load(ret, wishes, n, e, err)) < 0)
			return r;
	}
	return PPS_OK;
}

/* ---- asking ---- */

static int set_field(const pps_cell *cell, int type, pps_field *ret, const char *name, pps_error **err)
{
	*ret = (pps_field){ .kind = type == PPS_COLUMN_STRING ? PPS_FIELD_TEXT : type == PPS_COLUMN_BOOL ? PPS_FIELD_BOOL : PPS_FIELD_INT };
	if (cell->is_null)
		ret->kind = PPS_FIELD_NULL;
	else if (type == PPS_COLUMN_STRING)
		ret->s = cell->s;
	else if (type == PPS_COLUMN_INT || type == PPS_COLUMN_BOOL)
		ret->i = cell->i;
	else
		return pps_fail(err, PPS_E_UNSUPPORTED, "column %s cannot be part of a file's name", name);
	return 1;
}

/* The name that "skypix" stands for: that of the only sky pixels. */
static const char *skypix_of(const pps_dimension_group *g)
{
	const char *name = NULL;

	for (size_t i = 0; i < g->n; i++) {
		if (!g->names[i]->is_skypix)
			continue;
		if (name)
			return NULL;
		name = g->names[i]->name;
	}
	return name;
}

int pps_ref_field(const pps_ref_fields *fields, const pps_ref *ref, const char *name, const char *column, pps_field *ret, pps_error **err)
{
	const pps_dimension_group *g = group_of(fields, ref);
	const pps_element *e;
	pps_cell cell;
	ptrdiff_t row;
	int r, at;

	if (strcmp(name, "skypix") == 0 && !(name = skypix_of(g)))
		return 0;
	if (!has(g->names, g->n, name) || !(e = pps_universe_find(fields->butler->universe, name)))
		return 0;
	if (!column) {
		if ((r = resolve(fields, ref, name, &cell, err)) <= 0)
			return r;
		return set_field(&cell, pps_butler_is_text(e) ? PPS_COLUMN_STRING : PPS_COLUMN_INT, ret, name, err);
	}
	if (!e->has_table || (at = pps_element_column(e, column)) < 0)
		return 0;
	if ((row = record_of(fields, ref, e, err)) < 0)
		return (int)row;
	cell = pps_records_get(pps_dimensions_records_of(fields->dims, name), (size_t)row, (size_t)at);
	return set_field(&cell, e->columns[at].type, ret, column, err);
}
