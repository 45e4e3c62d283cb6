/* SPDX-License-Identifier: BSD-3-Clause */
/* How many datasets there are of each kind: kept beside every change, so that a summary costs the same however many there are. */
#include <string.h>

#include "state/dataset-private.h"

int pps_dataset_deltas_add(pps_dataset_deltas *d, int64_t type, const char *status, int64_t next, int64_t by, pps_error **err)
{
	/* a chunk has few kinds: mostly the last one again */
	for (size_t i = d->n; i-- > 0;) {
		pps_dataset_delta *one = &d->at[i];

		if (one->type == type && one->next == next && !strcmp(one->status, status)) {
			one->n += by;
			return PPS_OK;
		}
	}
	if (pps_grow(&d->at, &d->cap, d->n, sizeof *d->at) < 0)
		return pps_fail_nomem(err);
	d->at[d->n] = (pps_dataset_delta){ .type = type, .next = next, .n = by };
	snprintf(d->at[d->n].status, sizeof d->at[d->n].status, "%s", status);
	d->n++;
	return PPS_OK;
}

static int compare(const void *x, const void *y)
{
	const pps_dataset_delta *a = x, *b = y;
	int c = (a->type > b->type) - (a->type < b->type);

	if (!c)
		c = strcmp(a->status, b->status);
	return c ? c : (a->next > b->next) - (a->next < b->next);
}

int pps_dataset_deltas_apply(pps_sql *sql, pps_dataset_deltas *d, pps_error **err)
{
	static const pps_sql_column columns[] = { { "type", PPS_SQL_INT }, { "status", PPS_SQL_TEXT }, { "next_task", PPS_SQL_INT }, { "n", PPS_SQL_INT } };
	_cleanup_free_ pps_sql_value *values = calloc(4 * d->n + 1, sizeof *values);
	size_t n = 0;

	if (!values)
		return pps_fail_nomem(err);
	if (d->n)
		qsort(d->at, d->n, sizeof *d->at, compare);
	for (size_t i = 0; i < d->n; i++) {
		if (!d->at[i].n)
			continue;
		values[4 * n] = pps_sql_int(d->at[i].type);
		values[4 * n + 1] = pps_sql_text(d->at[i].status);
		values[4 * n + 2] = pps_sql_int(d->at[i].next);
		values[4 * n + 3] = pps_sql_int(d->at[i].n);
		n++;
	}
	return n ? pps_sql_insert(sql, "dataset_count", columns, 4, values, n,
				  "ON CONFLICT (type, status, next_task) DO UPDATE SET n = dataset_count.n + excluded.n", NULL, err) : PPS_OK;
}

int pps_state_dataset_counts(pps_state *state, pps_dataset_count_fn fn, void *user, pps_error **err)
{
	_cleanup_(pps_sql_rows_freep) pps_sql_rows *rows = NULL;
	int r = pps_sql_query(state->sql, "SELECT w.word, c.status, c.next_task, c.n FROM {dataset_count} c JOIN {dataset_word} w ON w.id = c.type "
			      "WHERE c.n <> 0 ORDER BY w.word, c.status, c.next_task", NULL, 0, &rows, err);

	while (r >= 0 && (r = pps_sql_next(rows, err)) == 1) {
		pps_dataset_count c = { .type = pps_sql_get_text(rows, 0), .status = pps_sql_get_text(rows, 1),
					.next = pps_dataset_next_of(pps_sql_get_int(rows, 2), 0), .n = pps_sql_get_int(rows, 3) };

		r = fn(&c, user, err);
	}
	return r < 0 ? pps_wrap(err, r, "state") : r;
}
