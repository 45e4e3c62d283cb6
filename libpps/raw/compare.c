/* SPDX-License-Identifier: BSD-3-Clause */
/* A zip that is there, compared with what the source has: by content, so that the zips of earlier tools count too. */
#include <string.h>

#include "archive/pack.h"
#include "archive/zip.h"
#include "base/json.h"
#include "base/uuid.h"
#include "raw/material.h"

#include <pps/zip.h>

#define INDEX_MOST (64u << 20)

/* A text member of a zip; PPS_E_CONFLICT when it is not there. */
static int read_member(pps_zip *zip, const char *name, char **ret_text, size_t *ret_size, pps_error **err)
{
	void *bytes;
	size_t n;
	int r;

	if (pps_zip_find(zip, name, &n, NULL) < 0)
		return pps_fail(err, PPS_E_CONFLICT, "it has no member %s", name);
	if ((r = pps_zip_read(zip, n, INDEX_MOST, &bytes, ret_size, err)) < 0)
		return r;
	*ret_text = bytes;
	return PPS_OK;
}

int pps_raw_zip_index(pps_ctx *ctx, pps_store *store, const char *name, pps_zip_index **ret_index, pps_error **err)
{
	_cleanup_(pps_zip_closep) pps_zip *zip = NULL;
	_cleanup_free_ char *text = NULL;
	size_t size;
	int r;

	if ((r = pps_zip_open_name(ctx, store, name, &zip, err)) < 0 || (r = read_member(zip, PPS_ZIP_INDEX_NAME, &text, &size, err)) < 0)
		return r;
	return pps_zip_index_parse(text, size, ret_index, err);
}

/* The member that holds a dataset, or NULL. */
static const pps_zip_artifact *artifact_of(const pps_zip_index *index, const pps_uuid *id)
{
	for (size_t i = 0; i < index->n_artifacts; i++)
		for (size_t j = 0; j < index->artifacts[i].n_ids; j++)
			if (!memcmp(&index->artifacts[i].ids[j], id, sizeof *id))
				return &index->artifacts[i];
	return NULL;
}

int pps_raw_material_compare_index(pps_raw_material *m, const pps_zip_index *index, pps_error **err)
{
	const pps_zip_index *ours;
	char id[37];
	int r;

	if ((r = pps_raw_material_index(m, &ours, err)) < 0)
		return r;
	for (size_t i = 0; i < ours->n_artifacts; i++) {
		const pps_zip_artifact *want = &ours->artifacts[i];
		const pps_zip_artifact *have = artifact_of(index, &want->ids[0]);
		const pps_zip_ref *ref = pps_zip_index_ref(index, &want->ids[0]), *our_ref = pps_zip_index_ref(ours, &want->ids[0]);

		pps_uuid_format(&want->ids[0], id);
		if (!have || !ref)
			return pps_fail(err, PPS_E_CONFLICT, "its index has no dataset %s (%s)", id, want->member);
		if (strcmp(have->member, want->member) != 0 || have->file_size != want->file_size)
			return pps_fail(err, PPS_E_CONFLICT, "its index has dataset %s as %s (%lld bytes), the source as %s (%lld bytes)", id,
					have->member, (long long)have->file_size, want->member, (long long)want->file_size);
		if (strcmp(ref->type, our_ref->type) != 0 || strcmp(ref->run, our_ref->run) != 0)
			return pps_fail(err, PPS_E_CONFLICT, "its index has dataset %s as %s in %s, the source as %s in %s", id, ref->type, ref->run,
					our_ref->type, our_ref->run);
	}
	if (index->n_refs != ours->n_refs)
		return pps_fail(err, PPS_E_CONFLICT, "its index has %zu datasets, the source %zu", index->n_refs, ours->n_refs);
	return PPS_OK;
}

static int compare_metadata(const pps_member *ours, const char *text, size_t size, pps_error **err)
{
	json_t *a = NULL, *b = NULL;
	json_error_t where;
	int same, r = pps_json_parse(ours->bytes, ours->size, JSON_ALLOW_NUL, &a, &where);

	if (r != PPS_E_NOMEM)
		r = pps_json_parse(text, size, JSON_ALLOW_NUL, &b, &where);
	/* A value that is no JSON (NaN) leaves only the bytes to compare. */
	same = a && b ? json_equal(a, b) : ours->size == size && !memcmp(ours->bytes, text, size);
	json_decref(a);
	json_decref(b);
	if (r == PPS_E_NOMEM)
		return pps_fail_nomem(err);
	return same ? PPS_OK : pps_fail(err, PPS_E_CONFLICT, "its %s differs from the headers of the source", PPS_METADATA_INDEX_NAME);
}

/* What the zip should hold, with its own wording of the indices where that says the same. */
static int expected_members(pps_raw_material *m, pps_zip *zip, pps_members **ret_members, pps_error **err)
{
	_cleanup_(pps_members_freep) pps_members *expected = NULL;
	const pps_members *members;
	int r;

	if ((r = pps_raw_material_members(m, &members, err)) < 0 || (r = pps_members_new(&expected, err)) < 0)
		return r;
	for (size_t i = 0; i < pps_members_count(members); i++) {
		const pps_member *f = pps_members_at(members, i);
		_cleanup_free_ char *text = NULL;
		size_t size;

		if (f->store) {
			r = pps_members_add_file(expected, f->name, f->store, f->path, f->size, err);
		} else if ((r = read_member(zip, f->name, &text, &size, err)) == PPS_OK) {
			/* one that is made while objects are packed is not made for a comparison: it follows from members that are compared */
			if (!strcmp(f->name, PPS_METADATA_INDEX_NAME) && !f->make)
				r = compare_metadata(f, text, size, err);
			if (r == PPS_OK)
				r = pps_members_add_text(expected, f->name, text, size, err);
		}
		if (r < 0)
			return r;
	}
	*ret_members = TAKE_PTR(expected);
	return PPS_OK;
}

int pps_raw_material_compare(pps_raw_material *m, pps_store *store, const char *name, pps_error **err)
{
	_cleanup_(pps_zip_closep) pps_zip *zip = NULL;
	_cleanup_(pps_zip_index_freep) pps_zip_index *index = NULL;
	_cleanup_(pps_members_freep) pps_members *expected = NULL;
	pps_ctx *ctx = pps_store_ctx(store);
	int r;

	if ((r = pps_zip_open_name(ctx, store, name, &zip, err)) < 0 || (r = pps_raw_zip_index(ctx, store, name, &index, err)) < 0 ||
	    (r = pps_raw_material_compare_index(m, index, err)) < 0 || (r = expected_members(m, zip, &expected, err)) < 0)
		return r;
	return pps_archive_compare(ctx, store, name, expected, err);
}
