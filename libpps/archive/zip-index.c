/* SPDX-License-Identifier: BSD-3-Clause */
#include "archive/zip-index.h"

#include <inttypes.h>
#include <string.h>

#include "archive/json-text.h"
#include "base/map.h"

static void add_text(pps_buf *out, const char *text)
{
	if (text)
		pps_json_add_string(out, text, strlen(text), PPS_JSON_UTF8);
	else
		pps_buf_add_text(out, "null");
}

static void add_field(pps_buf *out, const char *name, const char *text)
{
	pps_buf_printf(out, "\"%s\":", name);
	add_text(out, text);
}

static void write_type(pps_buf *out, const pps_zip_type *t)
{
	add_text(out, t->name);
	pps_buf_add_text(out, ":{");
	add_field(out, "name", t->name);
	pps_buf_add_char(out, ',');
	add_field(out, "storageClass", t->storage_class);
	pps_buf_add_text(out, ",\"dimensions\":[");
	for (size_t i = 0; i < t->n_dimensions; i++) {
		if (i)
			pps_buf_add_char(out, ',');
		add_text(out, t->dimensions[i]);
	}
	pps_buf_add_text(out, "],");
	add_field(out, "parentStorageClass", t->parent_storage_class);
	pps_buf_printf(out, ",\"isCalibration\":%s}", t->is_calibration ? "true" : "false");
}

static void write_ref(pps_buf *out, const pps_zip_ref *ref)
{
	char id[37];

	pps_uuid_format(&ref->id, id);
	pps_buf_printf(out, "\"%s\":{", id);
	add_field(out, "dataset_type_name", ref->type);
	pps_buf_add_char(out, ',');
	add_field(out, "run", ref->run);
	pps_buf_add_text(out, ",\"data_id\":{");
	for (size_t i = 0; i < ref->n_values; i++) {
		const pps_zip_value *v = &ref->values[i];

		if (i)
			pps_buf_add_char(out, ',');
		add_text(out, v->dimension);
		pps_buf_add_char(out, ':');
		if (v->kind == PPS_ZIP_VALUE_INT)
			pps_buf_printf(out, "%" PRId64, v->number);
		else
			add_text(out, v->text);
	}
	pps_buf_add_text(out, "}}");
}

static void write_artifact(pps_buf *out, const pps_zip_artifact *a)
{
	add_text(out, a->member);
	pps_buf_add_text(out, ":{\"info\":{");
	add_field(out, "formatter", a->formatter);
	pps_buf_add_char(out, ',');
	add_field(out, "path", a->path);
	pps_buf_add_char(out, ',');
	add_field(out, "storage_class", a->storage_class);
	pps_buf_add_char(out, ',');
	add_field(out, "component", a->component);
	pps_buf_add_char(out, ',');
	add_field(out, "checksum", a->checksum);
	pps_buf_printf(out, ",\"file_size\":%" PRId64 "},\"ids\":[", a->file_size);
	for (size_t i = 0; i < a->n_ids; i++) {
		char id[37];

		pps_uuid_format(&a->ids[i], id);
		pps_buf_printf(out, "%s\"%s\"", i ? "," : "", id);
	}
	pps_buf_add_text(out, "]}");
}

/* Refs by id, and NULL when memory is out. */
static pps_map *map_refs(const pps_zip_index *index)
{
	pps_map *map = pps_map_new();

	for (size_t i = 0; map && i < index->n_refs; i++) {
		if (pps_map_set(map, index->refs[i].id.bytes, 16, (void *)(uintptr_t)(i + 1)) < 0) {
			pps_map_free(map);
			return NULL;
		}
	}
	return map;
}

static int check(const pps_zip_index *index, pps_error **err)
{
	_cleanup_(pps_map_freep) pps_map *refs = map_refs(index);

	if (!refs)
		return pps_fail_nomem(err);
	if (pps_map_size(refs) != index->n_refs)
		return pps_fail(err, PPS_E_ARG, "zip index: a dataset is listed twice");
	for (size_t i = 0; i < index->n_refs; i++)
		if (!pps_zip_index_type(index, index->refs[i].type))
			return pps_fail(err, PPS_E_ARG, "zip index: dataset type %s is not described", index->refs[i].type);
	for (size_t i = 0; i < index->n_artifacts; i++)
		for (size_t k = 0; k < index->artifacts[i].n_ids; k++)
			if (!pps_map_get(refs, index->artifacts[i].ids[k].bytes, 16, NULL))
				return pps_fail(err, PPS_E_ARG, "zip index: member %s holds a dataset that is not described",
						index->artifacts[i].member);
	return PPS_OK;
}

int pps_zip_index_write(const pps_zip_index *index, pps_buf *out, pps_error **err)
{
	int r;

	if ((r = check(index, err)) < 0)
		return r;
	pps_buf_add_text(out, "{\"index_version\":\"V1\",\"refs\":{\"container_version\":\"V1\",");
	pps_buf_printf(out, "\"universe_version\":%" PRId64 ",", index->universe_version);
	add_field(out, "universe_namespace", index->universe_namespace);
	pps_buf_add_text(out, ",\"dataset_types\":{");
	for (size_t i = 0; i < index->n_types; i++) {
		if (i)
			pps_buf_add_char(out, ',');
		write_type(out, &index->types[i]);
	}
	pps_buf_add_text(out, "},\"compact_refs\":{");
	for (size_t i = 0; i < index->n_refs; i++) {
		if (i)
			pps_buf_add_char(out, ',');
		write_ref(out, &index->refs[i]);
	}
	pps_buf_add_text(out, "},\"dimension_records\":null},\"artifact_map\":{");
	for (size_t i = 0; i < index->n_artifacts; i++) {
		if (i)
			pps_buf_add_char(out, ',');
		write_artifact(out, &index->artifacts[i]);
	}
	pps_buf_add_text(out, "}}\n");
	return pps_buf_check(out, "zip index", err);
}

const pps_zip_ref *pps_zip_index_ref(const pps_zip_index *index, const pps_uuid *id)
{
	for (size_t i = 0; i < index->n_refs; i++)
		if (memcmp(index->refs[i].id.bytes, id->bytes, 16) == 0)
			return &index->refs[i];
	return NULL;
}

const pps_zip_type *pps_zip_index_type(const pps_zip_index *index, const char *name)
{
	for (size_t i = 0; i < index->n_types; i++)
		if (strcmp(index->types[i].name, name) == 0)
			return &index->types[i];
	return NULL;
}

static int differ(const char *what, const char *object, pps_error **err)
{
	return pps_fail(err, PPS_E_CONFLICT, "the %s of %s differs", what, object);
}

static int same_text(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

static const pps_zip_value *find_value(const pps_zip_ref *ref, const char *dimension)
{
	for (size_t i = 0; i < ref->n_values; i++)
		if (strcmp(ref->values[i].dimension, dimension) == 0)
			return &ref->values[i];
	return NULL;
}

static int compare_refs(const pps_zip_ref *a, const pps_zip_ref *b, pps_error **err)
{
	char id[37];

	pps_uuid_format(&a->id, id);
	if (!same_text(a->type, b->type))
		return differ("dataset type", id, err);
	if (!same_text(a->run, b->run))
		return differ("run", id, err);
	for (size_t i = 0; i < a->n_values; i++) {
		const pps_zip_value *v = &a->values[i], *w = find_value(b, v->dimension);

		if (w && (v->kind != w->kind || (v->kind == PPS_ZIP_VALUE_INT ? v->number != w->number : !same_text(v->text, w->text))))
			return differ(v->dimension, id, err);
	}
	return PPS_OK;
}

static const pps_zip_artifact *find_artifact(const pps_zip_index *index, const pps_map *by_member, const char *member)
{
	void *n;

	return pps_map_get_text(by_member, member, &n) ? &index->artifacts[(uintptr_t)n - 1] : NULL;
}

static int compare_artifacts(const pps_zip_artifact *a, const pps_zip_artifact *b, pps_error **err)
{
	if (a->file_size != b->file_size)
		return differ("size", a->member, err);
	if (!same_text(a->formatter, b->formatter))
		return differ("formatter", a->member, err);
	if (!same_text(a->storage_class, b->storage_class))
		return differ("storage class", a->member, err);
	if (!same_text(a->component, b->component))
		return differ("component", a->member, err);
	if (a->n_ids != b->n_ids)
		return differ("number of datasets", a->member, err);
	for (size_t i = 0; i < a->n_ids; i++) {
		size_t k = 0;

		while (k < b->n_ids && memcmp(a->ids[i].bytes, b->ids[k].bytes, 16) != 0)
			k++;
		if (k == b->n_ids)
			return differ("dataset", a->member, err);
	}
	return PPS_OK;
}

int pps_zip_index_compare(const pps_zip_index *expected, const pps_zip_index *other, pps_error **err)
{
	_cleanup_(pps_map_freep) pps_map *refs = map_refs(other), *members = pps_map_new();
	void *n;
	int r;

	if (!refs || !members)
		return pps_fail_nomem(err);
	for (size_t i = 0; i < other->n_artifacts; i++)
		if (pps_map_set_text(members, other->artifacts[i].member, (void *)(uintptr_t)(i + 1)) < 0)
			return pps_fail_nomem(err);
	if (expected->n_refs != other->n_refs || expected->n_artifacts != other->n_artifacts)
		return pps_fail(err, PPS_E_CONFLICT, "it has %zu datasets in %zu members, expected %zu in %zu", other->n_refs,
				other->n_artifacts, expected->n_refs, expected->n_artifacts);
	for (size_t i = 0; i < expected->n_refs; i++) {
		const pps_zip_ref *a = &expected->refs[i];
		char id[37];

		pps_uuid_format(&a->id, id);
		if (!pps_map_get(refs, a->id.bytes, 16, &n))
			return pps_fail(err, PPS_E_CONFLICT, "dataset %s is missing", id);
		if ((r = compare_refs(a, &other->refs[(uintptr_t)n - 1], err)) < 0)
			return r;
	}
	for (size_t i = 0; i < expected->n_artifacts; i++) {
		const pps_zip_artifact *a = &expected->artifacts[i], *b = find_artifact(other, members, a->member);

		if (!b)
			return pps_fail(err, PPS_E_CONFLICT, "member %s is missing", a->member);
		if ((r = compare_artifacts(a, b, err)) < 0)
			return r;
	}
	return PPS_OK;
}
