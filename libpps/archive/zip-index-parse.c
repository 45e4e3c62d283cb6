/* SPDX-License-Identifier: BSD-3-Clause */
/* Reading the Butler's zip index; texts stay in jansson's tree, which the index keeps. */
#include <string.h>

#include "archive/zip-index.h"
#include "base/json.h"
#include "base/map.h"

typedef struct memory {
	json_t *root;
	pps_zip_type *types;
	pps_zip_ref *refs;
	pps_zip_artifact *artifacts;
	pps_zip_index index;
} memory;

void pps_zip_index_free(pps_zip_index *index)
{
	memory *m = index ? index->memory : NULL;

	if (!m)
		return;
	for (size_t i = 0; i < m->index.n_types; i++)
		free((void *)m->types[i].dimensions);
	for (size_t i = 0; i < m->index.n_refs; i++)
		free((void *)m->refs[i].values);
	for (size_t i = 0; i < m->index.n_artifacts; i++)
		free((void *)m->artifacts[i].ids);
	free(m->types);
	free(m->refs);
	free(m->artifacts);
	json_decref(m->root);
	free(m);
}

static int expected(const char *place, const char *field, const char *what, pps_error **err)
{
	return pps_fail(err, PPS_E_FORMAT, "zip index: %s%s%s: expected %s", place, *place && *field ? "." : "", field, what);
}

static int get_object(const json_t *in, const char *place, const char *field, json_t **ret, pps_error **err)
{
	json_t *o = json_object_get(in, field);

	if (!json_is_object(o))
		return expected(place, field, "an object", err);
	*ret = o;
	return PPS_OK;
}

static int get_text(const json_t *in, const char *place, const char *field, int may_be_null, const char **ret, pps_error **err)
{
	const json_t *o = json_object_get(in, field);

	if (may_be_null && (!o || json_is_null(o))) {
		*ret = NULL;
		return PPS_OK;
	}
	if (!json_is_string(o))
		return expected(place, field, "a text", err);
	*ret = json_string_value(o);
	return PPS_OK;
}

static int get_int(const json_t *in, const char *place, const char *field, int64_t *ret, pps_error **err)
{
	const json_t *o = json_object_get(in, field);

	if (!json_is_integer(o))
		return expected(place, field, "an integer", err);
	*ret = json_integer_value(o);
	return PPS_OK;
}

static int check_version(const json_t *in, const char *place, const char *field, pps_error **err)
{
	const char *version;
	int r = get_text(in, place, field, 0, &version, err);

	if (r < 0)
		return r;
	if (strcmp(version, "V1") != 0)
		return pps_fail(err, PPS_E_UNSUPPORTED, "zip index: %s \"%s\" is not known, only \"V1\" is", field, version);
	return PPS_OK;
}

static int parse_type(const char *name, const json_t *in, pps_zip_type *t, pps_error **err)
{
	const json_t *dimensions = json_object_get(in, "dimensions"), *calibration = json_object_get(in, "isCalibration");
	const char **list;
	int r;

	if ((r = get_text(in, name, "name", 0, &t->name, err)) < 0 ||
	    (r = get_text(in, name, "storageClass", 0, &t->storage_class, err)) < 0 ||
	    (r = get_text(in, name, "parentStorageClass", 1, &t->parent_storage_class, err)) < 0)
		return r;
	if (strcmp(name, t->name) != 0)
		return pps_fail(err, PPS_E_FORMAT, "zip index: dataset type %s calls itself %s", name, t->name);
	if (!json_is_array(dimensions))
		return expected(name, "dimensions", "a list", err);
	if (calibration && !json_is_boolean(calibration))
		return expected(name, "isCalibration", "true or false", err);
	t->is_calibration = json_is_true(calibration);
	if (!(list = calloc(json_array_size(dimensions) + 1, sizeof *list)))
		return pps_fail_nomem(err);
	t->dimensions = list;
	for (; t->n_dimensions < json_array_size(dimensions); t->n_dimensions++)
		if (!(list[t->n_dimensions] = json_string_value(json_array_get(dimensions, t->n_dimensions))))
			return expected(name, "dimensions", "names", err);
	return PPS_OK;
}

static int parse_id(const char *text, const char *place, pps_uuid *ret, pps_error **err)
{
	if (!text || strlen(text) != 36 || pps_uuid_parse(text, ret, NULL) < 0)
		return expected(place, "", "a UUID", err);
	return PPS_OK;
}

/* Every required dimension has a value. */
static int check_complete(const pps_zip_index *index, const char *id, const pps_zip_ref *ref, pps_error **err)
{
	const pps_zip_type *type = pps_zip_index_type(index, ref->type);

	if (!type)
		return pps_fail(err, PPS_E_FORMAT, "zip index: %s: dataset type %s is not described", id, ref->type);
	for (size_t i = 0; i < type->n_dimensions; i++) {
		size_t k = 0;

		while (k < ref->n_values && strcmp(ref->values[k].dimension, type->dimensions[i]) != 0)
			k++;
		if (k == ref->n_values)
			return pps_fail(err, PPS_E_FORMAT, "zip index: %s: the data ID lacks %s", id, type->dimensions[i]);
	}
	return PPS_OK;
}

static int parse_ref(const pps_zip_index *index, const char *id, json_t *in, pps_zip_ref *ref, pps_error **err)
{
	pps_zip_value *values;
	const char *dimension;
	json_t *data_id, *value;
	int r;

	if ((r = parse_id(id, id, &ref->id, err)) < 0 || (r = get_text(in, id, "dataset_type_name", 0, &ref->type, err)) < 0 ||
	    (r = get_text(in, id, "run", 0, &ref->run, err)) < 0 || (r = get_object(in, id, "data_id", &data_id, err)) < 0)
		return r;
	if (!*ref->run)
		return expected(id, "run", "a name", err);
	if (!(values = calloc(json_object_size(data_id) + 1, sizeof *values)))
		return pps_fail_nomem(err);
	ref->values = values;
	json_object_foreach(data_id, dimension, value) {
		pps_zip_value *v = &values[ref->n_values++];

		v->dimension = dimension;
		v->kind = json_is_integer(value) ? PPS_ZIP_VALUE_INT : PPS_ZIP_VALUE_TEXT;
		v->number = json_integer_value(value);
		v->text = json_string_value(value);
		if (!json_is_integer(value) && !v->text)
			return expected(id, dimension, "an integer or a text", err);
	}
	return check_complete(index, id, ref, err);
}

static int parse_artifact(const char *member, const json_t *in, pps_zip_artifact *a, pps_error **err)
{
	const json_t *ids = json_object_get(in, "ids");
	pps_uuid *list;
	json_t *info = NULL;
	int r;

	a->member = member;
	if ((r = get_object(in, member, "info", &info, err)) < 0 ||
	    (r = get_text(info, member, "formatter", 0, &a->formatter, err)) < 0 ||
	    (r = get_text(info, member, "path", 0, &a->path, err)) < 0 ||
	    (r = get_text(info, member, "storage_class", 0, &a->storage_class, err)) < 0 ||
	    (r = get_text(info, member, "component", 1, &a->component, err)) < 0 ||
	    (r = get_text(info, member, "checksum", 1, &a->checksum, err)) < 0 ||
	    (r = get_int(info, member, "file_size", &a->file_size, err)) < 0)
		return r;
	if (!json_is_array(ids))
		return expected(member, "ids", "a list", err);
	if (!(list = calloc(json_array_size(ids) + 1, sizeof *list)))
		return pps_fail_nomem(err);
	a->ids = list;
	for (; a->n_ids < json_array_size(ids); a->n_ids++)
		if ((r = parse_id(json_string_value(json_array_get(ids, a->n_ids)), member, &list[a->n_ids], err)) < 0)
			return r;
	return PPS_OK;
}

static int parse_types(memory *m, json_t *types, pps_error **err)
{
	const char *name;
	json_t *in;
	int r;

	if (!(m->types = calloc(json_object_size(types) + 1, sizeof *m->types)))
		return pps_fail_nomem(err);
	m->index.types = m->types;
	json_object_foreach(types, name, in)
		if ((r = parse_type(name, in, &m->types[m->index.n_types++], err)) < 0)
			return r;
	return PPS_OK;
}

static int parse_refs(memory *m, json_t *refs, pps_error **err)
{
	const char *id;
	json_t *in;
	int r;

	if (!(m->refs = calloc(json_object_size(refs) + 1, sizeof *m->refs)))
		return pps_fail_nomem(err);
	m->index.refs = m->refs;
	json_object_foreach(refs, id, in)
		if ((r = parse_ref(&m->index, id, in, &m->refs[m->index.n_refs++], err)) < 0)
			return r;
	return PPS_OK;
}

/* Every member's datasets are described, every dataset is in a member. */
static int check_ids(const pps_zip_index *index, pps_error **err)
{
	_cleanup_(pps_map_freep) pps_map *left = pps_map_new();
	size_t held = 0;
	char id[37];
	void *seen;

	if (!left)
		return pps_fail_nomem(err);
	for (size_t i = 0; i < index->n_refs; i++)
		if (pps_map_set(left, index->refs[i].id.bytes, 16, NULL) < 0)
			return pps_fail_nomem(err);
	if (pps_map_size(left) != index->n_refs)
		return pps_fail(err, PPS_E_FORMAT, "zip index: refs.compact_refs: a dataset is there twice");
	for (size_t i = 0; i < index->n_artifacts; i++) {
		const pps_zip_artifact *a = &index->artifacts[i];

		for (size_t k = 0; k < a->n_ids; k++) {
			pps_uuid_format(&a->ids[k], id);
			if (!pps_map_get(left, a->ids[k].bytes, 16, &seen))
				return pps_fail(err, PPS_E_FORMAT, "zip index: %s: dataset %s is not described", a->member, id);
			held += !seen;
			if (pps_map_set(left, a->ids[k].bytes, 16, left) < 0)
				return pps_fail_nomem(err);
		}
	}
	return held == index->n_refs ? PPS_OK : pps_fail(err, PPS_E_FORMAT, "zip index: a dataset is in no member");
}

static int parse_artifacts(memory *m, json_t *artifacts, pps_error **err)
{
	const char *member;
	json_t *in;
	int r;

	if (!(m->artifacts = calloc(json_object_size(artifacts) + 1, sizeof *m->artifacts)))
		return pps_fail_nomem(err);
	m->index.artifacts = m->artifacts;
	json_object_foreach(artifacts, member, in)
		if ((r = parse_artifact(member, in, &m->artifacts[m->index.n_artifacts++], err)) < 0)
			return r;
	return check_ids(&m->index, err);
}

static int parse_all(memory *m, pps_error **err)
{
	json_t *refs, *types, *compact, *artifacts;
	pps_zip_index *index = &m->index;
	int r;

	if (!json_is_object(m->root))
		return expected("", "", "an object", err);
	if ((r = check_version(m->root, "", "index_version", err)) < 0 || (r = get_object(m->root, "", "refs", &refs, err)) < 0 ||
	    (r = check_version(refs, "refs", "container_version", err)) < 0 ||
	    (r = get_int(refs, "refs", "universe_version", &index->universe_version, err)) < 0 ||
	    (r = get_text(refs, "refs", "universe_namespace", 0, &index->universe_namespace, err)) < 0 ||
	    (r = get_object(refs, "refs", "dataset_types", &types, err)) < 0 || (r = parse_types(m, types, err)) < 0 ||
	    (r = get_object(refs, "refs", "compact_refs", &compact, err)) < 0 || (r = parse_refs(m, compact, err)) < 0 ||
	    (r = get_object(m->root, "", "artifact_map", &artifacts, err)) < 0)
		return r;
	return parse_artifacts(m, artifacts, err);
}

int pps_zip_index_parse(const char *text, size_t size, pps_zip_index **ret_index, pps_error **err)
{
	memory *m = calloc(1, sizeof *m);
	json_error_t e;
	int r;

	if (!m)
		return pps_fail_nomem(err);
	m->index.memory = m;
	if ((r = pps_json_parse(text, size, JSON_REJECT_DUPLICATES, &m->root, &e)) == PPS_E_NOMEM)
		r = pps_fail_nomem(err);
	else if (r < 0)
		r = pps_fail(err, PPS_E_FORMAT, "zip index: line %d, column %d: %s", e.line, e.column, e.text);
	else
		r = parse_all(m, err);
	if (r < 0) {
		pps_zip_index_free(&m->index);
		return r;
	}
	*ret_index = &m->index;
	return PPS_OK;
}
