/* SPDX-License-Identifier: BSD-3-Clause */
/* Exports as files: saved complete or not at all, loaded within the memory limit. */
#include "dimensions/records.h"
#include "store/store.h"

#define READ_AT_ONCE (1u << 20)

static int temp_sink(const void *bytes, size_t size, void *user, pps_error **err)
{
	return pps_store_temp_write(user, bytes, size, err);
}

int pps_dimensions_save(const pps_dimensions *dims, const char *path, pps_error **err)
{
	_cleanup_(pps_store_unrefp) pps_store *store = NULL;
	_cleanup_(pps_store_temp_freep) pps_store_temp *temp = NULL;
	_cleanup_free_ char *name = NULL;
	int r;

	if (!dims || !path)
		return pps_fail(err, PPS_E_ARG, "pps_dimensions_save: no records or no path");
	r = pps_store_open_parent(pps_dimensions_ctx(dims), path, &store, &name, err);
	if (r == PPS_OK)
		r = pps_store_temp_new(store, name, "dimensions", &temp, err);
	if (r == PPS_OK)
		r = pps_dimensions_export(dims, temp_sink, temp, err);
	if (r == PPS_OK)
		r = pps_store_temp_sync(temp, err);
	if (r == PPS_OK)
		r = pps_store_temp_place(temp, err);
	return r < 0 ? pps_wrap(err, r, "save dimension records") : PPS_OK;
}

static int file_read(pps_ctx *ctx, pps_store_file *file, pps_buf *b, pps_error **err)
{
	_cleanup_free_ char *piece = malloc(READ_AT_ONCE);
	size_t got = READ_AT_ONCE;
	int r;

	if (!piece)
		return pps_fail_nomem(err);
	while (got == READ_AT_ONCE) {
		if ((r = pps_ctx_check(ctx, err)) < 0 ||
		    (r = pps_store_file_read(file, b->size, piece, READ_AT_ONCE, &got, err)) < 0)
			return r;
		pps_buf_add(b, piece, got);
		if ((r = pps_buf_check(b, pps_store_file_path(file), err)) < 0)
			return r;
	}
	return PPS_OK;
}

int pps_dimensions_load_in(pps_ctx *ctx, const char *path, pps_universe *universe, pps_dimensions **ret_dims,
			   pps_error **err)
{
	_cleanup_(pps_store_unrefp) pps_store *store = NULL;
	_cleanup_(pps_store_file_closep) pps_store_file *file = NULL;
	_cleanup_free_ char *name = NULL;
	_cleanup_buf_ pps_buf b = PPS_BUF(pps_ctx_memory(ctx));
	int r = pps_store_open_parent(ctx, path, &store, &name, err);

	if (r == PPS_OK)
		r = pps_store_file_open(store, name, &file, err);
	if (r == PPS_OK)
		r = file_read(ctx, file, &b, err);
	if (r < 0)
		return pps_wrap(err, r, "load dimension records");
	return pps_dimensions_import(ctx, path, pps_buf_text(&b), b.size, universe, ret_dims, err);
}

int pps_dimensions_load(pps_ctx *ctx, const char *path, pps_dimensions **ret_dims, pps_error **err)
{
	int r = pps_ctx_check(ctx, err);

	if (r < 0)
		return r;
	if (!path || !ret_dims)
		return pps_fail(err, PPS_E_ARG, "pps_dimensions_load: no path or no place for the result");
	return pps_dimensions_load_in(ctx, path, NULL, ret_dims, err);
}
