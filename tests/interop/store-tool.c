/* SPDX-License-Identifier: BSD-3-Clause */
/* store-tool list ROOT | read ROOT NAME | write ROOT NAME (from stdin) | copy ROOT FROM TO | move ROOT FROM TO | remove ROOT NAME... |
 * sweep ROOT FOLDER | guards ROOT: a store for scripts.
 * bulk-copy|bulk-link|bulk-look ROOT THREADS FLAGS: each line from stdin is FROM<tab>NAME<tab>SIZE; what came of it goes to stdout in their
 * order: NAME, code, what was done, how it was verified, and the reason. */
#include <stdio.h>
#include <string.h>

#include "store/copy.h"

#define BLOCK (1 << 20)

static int list(pps_store *store, pps_error **err)
{
	_cleanup_(pps_store_listing_freep) pps_store_listing *l = NULL;
	int r = pps_store_list(store, "", PPS_STORE_RECURSIVE, &l, err);

	for (size_t i = 0; i < pps_store_listing_count(l); i++)
		printf("%llu\t%s\t%s\n", (unsigned long long)pps_store_listing_size(l, i), pps_store_listing_etag(l, i), pps_store_listing_name(l, i));
	return r;
}

static int read_out(pps_store *store, const char *name, pps_error **err)
{
	_cleanup_free_ void *bytes = NULL;
	size_t size;
	int r = pps_store_read(store, name, UINT64_C(1) << 30, &bytes, &size, err);

	return r < 0 ? r : fwrite(bytes, 1, size, stdout) == size && fflush(stdout) == 0 ? PPS_OK : PPS_E_IO;
}

static int write_in(pps_store *store, const char *name, pps_error **err)
{
	_cleanup_(pps_store_temp_freep) pps_store_temp *temp = NULL;
	static char block[BLOCK];
	size_t n;
	int r;

	if ((r = pps_store_temp_new(store, name, "tool", &temp, err)) < 0)
		return r;
	while ((n = fread(block, 1, sizeof block, stdin)) > 0)
		if ((r = pps_store_temp_write(temp, block, n, err)) < 0)
			return r;
	if ((r = pps_store_temp_sync(temp, err)) < 0)
		return r;
	return pps_store_temp_place(temp, err);
}

static int read_items(pps_copy_item **ret_items, size_t *ret_n, pps_error **err)
{
	pps_copy_item *items = NULL;
	size_t n = 0, cap = 0, size = 0;
	char *line = NULL, *name, *last;

	while (getline(&line, &size, stdin) > 0) {
		line[strcspn(line, "\n")] = 0;
		if (!(name = strchr(line, '\t')) || !(last = strchr(name + 1, '\t')))
			return pps_fail(err, PPS_E_FORMAT, "%s", line);
		*name++ = *last++ = 0;
		if (pps_grow(&items, &cap, n, sizeof *items) < 0)
			return pps_fail_nomem(err);
		items[n++] = (pps_copy_item){ .from = strdup(line), .name = strdup(name), .size = strtoll(last, NULL, 10) };
	}
	free(line);
	*ret_items = items;
	*ret_n = n;
	return PPS_OK;
}

static int bulk(pps_ctx *ctx, char **argv, pps_error **err)
{
	static const char *const done[] = { "nothing", "copied", "linked", "there" };
	const pps_copy_options options = { .flags = (int)strtol(argv[4], NULL, 10) };
	_cleanup_(pps_copier_freep) pps_copier *c = NULL;
	pps_copy_item *items = NULL;
	size_t n = 0;
	int r;

	if ((r = read_items(&items, &n, err)) < 0 || (r = pps_copier_new(ctx, argv[2], (int)strtol(argv[3], NULL, 10), &c, err)) < 0)
		return r;
	if (!strcmp(argv[1], "bulk-link"))
		r = pps_copier_link(c, items, n, &options, err);
	else
		r = (!strcmp(argv[1], "bulk-look") ? pps_copier_look : pps_copier_copy)(c, items, n, &options, err);
	for (size_t i = 0; i < n; i++) {
		printf("%s\t%s\t%s\t%s\t%s\n", items[i].name, items[i].code ? pps_error_code_name(items[i].code) : "PPS_OK", done[items[i].done],
		       pps_verified_name(items[i].verified), items[i].reason ? items[i].reason : "");
		free((char *)items[i].from);
		free((char *)items[i].name);
	}
	pps_copy_items_clear(items, n);
	free(items);
	return r;
}

int main(int argc, char **argv)
{
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	_cleanup_(pps_ctx_unrefp) pps_ctx *ctx = NULL;
	_cleanup_(pps_store_unrefp) pps_store *store = NULL;
	int r;

	if (argc < 3)
		return 2;
	if (!strncmp(argv[1], "bulk-", 5)) {
		if (argc != 5)
			return 2;
		if ((r = pps_ctx_new(&ctx, &err)) == PPS_OK)
			r = bulk(ctx, argv, &err);
	} else if ((r = pps_ctx_new(&ctx, &err)) == PPS_OK && (r = pps_store_open(ctx, argv[2], &store, &err)) == PPS_OK) {
		if (!strcmp(argv[1], "list"))
			r = list(store, &err);
		else if (!strcmp(argv[1], "read") && argc == 4)
			r = read_out(store, argv[3], &err);
		else if (!strcmp(argv[1], "write") && argc == 4)
			r = write_in(store, argv[3], &err);
		else if (!strcmp(argv[1], "copy") && argc == 5)
			r = pps_store_copy(store, argv[3], argv[4], &err);
		else if (!strcmp(argv[1], "move") && argc == 5)
			r = pps_store_move(store, argv[3], argv[4], &err);
		else if (!strcmp(argv[1], "guards"))
			r = pps_store_guards(store, &err);
		else if (!strcmp(argv[1], "sweep") && argc == 4)
			r = pps_store_sweep(store, argv[3], 86400, NULL, &err);
		else if (!strcmp(argv[1], "remove"))
			r = pps_store_remove_many(store, (const char *const *)argv + 3, (size_t)argc - 3, &err);
		else
			return 2;
	}
	if (r < 0)
		fprintf(stderr, "%s\n", pps_error_message(err));
	return r < 0;
}
