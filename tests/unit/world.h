/* SPDX-License-Identifier: BSD-3-Clause */
/* A store of its own for each test: a new folder, or with $PPS_TEST_STORE (s3://bucket/prefix) a new prefix on that server; both are gone
 * when the test has ended. */
#ifndef PPS_TEST_WORLD_H
#define PPS_TEST_WORLD_H

#include "test.h"

#include <stdio.h>
#include <unistd.h>

#include "base/uuid.h"
#include "store/store.h"

typedef struct world {
	char root[128]; /* path or URI */
	int is_s3;
	pps_ctx *ctx;
	pps_store *store;
} world;

static inline int world_setup(void **state)
{
	const char *server = getenv("PPS_TEST_STORE");
	world *w = calloc(1, sizeof *w);
	char id[37];
	pps_uuid uuid;

	if (!w)
		return -1;
	w->is_s3 = server && *server;
	if (w->is_s3) {
		if (pps_uuid_v4(&uuid, NULL) < 0)
			return -1;
		pps_uuid_format(&uuid, id);
		snprintf(w->root, sizeof w->root, "%s/%s", server, id);
	} else {
		snprintf(w->root, sizeof w->root, "/tmp/pps-test-XXXXXX");
		if (!mkdtemp(w->root))
			return -1;
	}
	if (pps_ctx_new(&w->ctx, NULL) < 0 || pps_store_open(w->ctx, w->root, &w->store, NULL) < 0)
		return -1;
	*state = w;
	return 0;
}

/* In a context of its own: the test may have cancelled its. */
static inline int world_empty(const world *w)
{
	_cleanup_(pps_store_listing_freep) pps_store_listing *l = NULL;
	pps_ctx *ctx;
	pps_store *store;
	int r;

	if (pps_ctx_new(&ctx, NULL) < 0 || pps_store_open(ctx, w->root, &store, NULL) < 0)
		return -1;
	r = pps_store_list(store, "", PPS_STORE_RECURSIVE, &l, NULL);
	for (size_t i = 0; i < pps_store_listing_count(l); i++)
		if (pps_store_remove(store, pps_store_listing_name(l, i), NULL) < 0)
			r = -1;
	pps_store_unref(store);
	pps_ctx_unref(ctx);
	return r == PPS_OK || r == PPS_E_NOTFOUND ? 0 : -1;
}

static inline int world_teardown(void **state)
{
	world *w = *state;
	char command[320];
	int r;

	pps_store_unref(w->store);
	pps_ctx_unref(w->ctx);
	snprintf(command, sizeof command, "chmod -R u+w %s; rm -rf %s", w->root, w->root);
	r = w->is_s3 ? world_empty(w) : system(command);
	free(w);
	return r;
}

#define WORLD_TEST(fn) cmocka_unit_test_setup_teardown(fn, world_setup, world_teardown)

static inline void put(const world *w, const char *name, const void *bytes, size_t size)
{
	_cleanup_(pps_error_freep) pps_error *err = NULL;

	assert_ok(pps_store_write(w->store, name, bytes, size, &err), err);
}

static inline void put_text(const world *w, const char *name, const char *text)
{
	put(w, name, text, strlen(text));
}

#endif
