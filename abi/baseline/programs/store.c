/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Copies the files of one folder that another lacks. usage: store FROM TO
 *
 * FROM and TO are paths or URIs: file:///path, s3://profile@bucket/prefix. Nothing is overwritten: what is there with other
 * content is named, and the exit code is then 1. It may be interrupted and started again at any time.
 */
#include <stdio.h>
#include <string.h>

#include <pps/store.h>

static const uint64_t MAX = UINT64_C(256) << 20; /* a file is held whole in memory, so there is a limit */

/* Compares what is there. Return: 1 when it is the same, 0 when not, or an error. */
static int is_same(pps_store *to, const char *name, const void *bytes, size_t size, pps_error **err)
{
	void *there = NULL;
	size_t n = 0;
	int r = pps_store_read(to, name, MAX, &there, &n, err);

	if (r == PPS_OK)
		r = n == size && memcmp(there, bytes, size) == 0;
	pps_free(there);
	return r;
}

/* Return: 1 when it was copied or is there already, 0 when something else is there, or an error. */
static int copy(pps_store *from, pps_store *to, const char *name, pps_error **err)
{
	void *bytes = NULL;
	size_t size = 0;
	int r = pps_store_read(from, name, MAX, &bytes, &size, err);

	if (r == PPS_OK) {
		r = pps_store_write(to, name, bytes, size, err) == PPS_OK ? 1 : pps_error_code(*err);
		if (r == PPS_E_EXISTS) { /* not to ask first leaves no moment between a look and the write */
			pps_error_free(*err);
			*err = NULL;
			r = is_same(to, name, bytes, size, err);
		}
	}
	pps_free(bytes);
	return r;
}

/* Return: how many differ, or an error. */
static int copy_all(pps_store *from, pps_store *to, pps_error **err)
{
	pps_store_listing *list = NULL;
	int differ = 0, r = pps_store_list(from, "", PPS_STORE_RECURSIVE, &list, err);

	for (size_t i = 0; r >= 0 && i < pps_store_listing_count(list); i++) {
		const char *name = pps_store_listing_name(list, i);

		r = copy(from, to, name, err);
		if (r >= 0)
			printf("%s %s\n", r ? "have" : "DIFFERS", name);
		differ += r == 0;
	}
	pps_store_listing_free(list);
	return r < 0 ? r : differ;
}

int main(int argc, char **argv)
{
	pps_error *err = NULL;
	pps_ctx *ctx = NULL;
	pps_store *from = NULL, *to = NULL;
	int r;

	if (argc != 3) {
		fprintf(stderr, "usage: store FROM TO\n");
		return 2;
	}
	r = pps_ctx_new(&ctx, &err);
	if (r == PPS_OK)
		r = pps_store_open(ctx, argv[1], &from, &err);
	if (r == PPS_OK)
		r = pps_store_open(ctx, argv[2], &to, &err);
	if (r == PPS_OK)
		r = copy_all(from, to, &err);
	if (r < 0)
		fprintf(stderr, "store: %s\n", pps_error_message(err));
	pps_store_unref(to);
	pps_store_unref(from);
	pps_ctx_unref(ctx);
	pps_error_free(err);
	return r != 0;
}
