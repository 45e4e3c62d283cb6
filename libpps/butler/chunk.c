/* SPDX-License-Identifier: BSD-3-Clause */
#include "butler/chunk.h"

#include <string.h>

#include "butler/butler-private.h"

struct chunk {
	pps_butler *butler;
	const pps_uuid *ids;
	size_t n;
	pps_chunk_fn fn;
	void *user;
};

int pps_chunk_sort(const pps_uuid *ids, size_t n, pps_uuid **ret_ids, size_t *ret_n, pps_error **err)
{
	pps_uuid *sorted = calloc(n + 1, sizeof *sorted);
	size_t kept = 0;

	if (!sorted)
		return pps_fail_nomem(err);
	if (n)
		memcpy(sorted, ids, n * sizeof *sorted);
	pps_sort(sorted, n, sizeof *sorted, pps_uuid_compare);
	for (size_t i = 0; i < n; i++)
		if (!kept || pps_uuid_compare(&sorted[kept - 1], &sorted[i]) != 0)
			sorted[kept++] = sorted[i];
	*ret_ids = sorted;
	*ret_n = kept;
	return PPS_OK;
}

static int call(pps_sql *sql _unused_, void *user, pps_error **err)
{
	struct chunk *c = user;

	return c->fn(c->butler, c->ids, c->n, c->user, err);
}

int pps_chunk_each(pps_butler *butler, const pps_uuid *ids, size_t n, pps_chunk_fn fn, pps_chunk_done_fn done, void *user, pps_error **err)
{
	_cleanup_free_ pps_uuid *sorted = NULL;
	const int inside = pps_sql_in_transaction(butler->sql);
	int r = pps_chunk_sort(ids, n, &sorted, &n, err);

	for (size_t i = 0; r >= 0 && i < n; i += PPS_CHUNK_DATASETS) {
		struct chunk c = { butler, sorted + i, n - i < PPS_CHUNK_DATASETS ? n - i : PPS_CHUNK_DATASETS, fn, user };

		if ((r = pps_ctx_check(butler->ctx, err)) < 0)
			return r;
		r = inside ? call(butler->sql, &c, err) : pps_butler_retry(butler, call, &c, err);
		if (r >= 0 && done)
			r = done(user, err);
	}
	return r < 0 ? r : PPS_OK;
}
