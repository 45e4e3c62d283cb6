/* SPDX-License-Identifier: BSD-3-Clause */
/* How many datasets there are of each kind, and how many are due when: kept beside every change, so that a summary costs the same however many
 * there are. */
#include <string.h>

#include "state/dataset-private.h"

#define MINUTE (60 * PPS_NS_PER_S)

static int add_due(pps_dataset_deltas *d, int64_t next, int64_t minute, int64_t by, pps_error **err)
{
	for (size_t i = d->ndue; i-- > 0;)
		if (d->due[i].next == next && d->due[i].minute == minute) {
			d->due[i].n += by;
			return PPS_OK;
		}
	if (pps_grow(&d->due, &d->due_cap, d->ndue, sizeof *d->due) < 0)
		return pps_fail_nomem(err);
	d->due[d->ndue++] = (pps_dataset_due_delta){ next, minute, by };
	return PPS_OK;
}

int pps_dataset_deltas_add(pps_dataset_deltas *d, int64_t type, const char *status, int64_t next, int64_t due, int64_t by, pps_error **err)
{
	int r = next ? add_due(d, next, due / MINUTE, by, err) : PPS_OK;

	if (r < 0)
		return r;
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

static int compare_due(const void *x, const void *y)
{
	const pps_dataset_due_delta *a = x, *b = y;

	return a->next != b->next ? (a->next > b->next) - (a->next < b->next) : (a->minute > b->minute) - (a->minute < b->minute);
}

static int apply_kinds(pps_sql *sql, pps_dataset_deltas *d, pps_error **err)
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

/* Minutes that have become empty go: there is another every minute. */
static int remove_empty(pps_sql *sql, const pps_dataset_deltas *d, pps_error **err)
{
	_cleanup_free_ int64_t *tasks = calloc(d->ndue + 1, sizeof *tasks), *minutes = calloc(d->ndue + 1, sizeof *minutes);
	pps_sql_value params[2];
	size_t n = 0;

	if (!tasks || !minutes)
		return pps_fail_nomem(err);
	for (size_t i = 0; i < d->ndue; i++) {
		if (d->due[i].n >= 0)
			continue;
		tasks[n] = d->due[i].next;
		minutes[n++] = d->due[i].minute;
	}
	params[0] = pps_sql_ints(tasks, n);
	params[1] = pps_sql_ints(minutes, n);
	return n ? pps_sql_exec(sql, "DELETE FROM {dataset_due} WHERE next_task {in $1 int} AND minute {in $2 int} AND n = 0", params, 2, NULL, err) : PPS_OK;
}

static int apply_due(pps_sql *sql, pps_dataset_deltas *d, pps_error **err)
{
	static const pps_sql_column columns[] = { { "next_task", PPS_SQL_INT }, { "minute", PPS_SQL_INT }, { "n", PPS_SQL_INT } };
	_cleanup_free_ pps_sql_value *values = calloc(3 * d->ndue + 1, sizeof *values);
	size_t n = 0;
	int r;

	if (!values)
		return pps_fail_nomem(err);
	if (d->ndue)
		qsort(d->due, d->ndue, sizeof *d->due, compare_due);
	for (size_t i = 0; i < d->ndue; i++) {
		if (!d->due[i].n)
			continue;
		values[3 * n] = pps_sql_int(d->due[i].next);
		values[3 * n + 1] = pps_sql_int(d->due[i].minute);
		values[3 * n + 2] = pps_sql_int(d->due[i].n);
		n++;
	}
	if (!n)
		return PPS_OK;
	r = pps_sql_insert(sql, "dataset_due", columns, 3, values, n, "ON CONFLICT (next_task, minute) DO UPDATE SET n = dataset_due.n + excluded.n", NULL, err);
	return r < 0 ? r : remove_empty(sql, d, err);
}

int pps_dataset_deltas_apply(pps_sql *sql, pps_dataset_deltas *d, pps_error **err)
{
	int r = apply_kinds(sql, d, err);

	return r < 0 ? r : apply_due(sql, d, err);
}

/* Whole minutes are known; only of the one that runs, rows are counted. */
int pps_state_datasets_due(pps_state *state, int task, int ordinal, int64_t now, int64_t *ret_n, pps_error **err)
{
	const pps_dataset_next next = { .task = task, .ordinal = ordinal };
	const int64_t minute = now / MINUTE;
	pps_sql_value params[] = { pps_dataset_next_value(&next), pps_sql_int(now), pps_sql_int(minute), pps_sql_int(minute * MINUTE) };

	return pps_state_count(state, "SELECT CAST((SELECT COALESCE(sum(n), 0) FROM {dataset_due} WHERE next_task = $1 AND minute < $3) AS BIGINT) + "
			       "(SELECT count(*) FROM {dataset} WHERE next_task = $1 AND next_due >= $4 AND next_due <= $2)", params, 4, ret_n, err);
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
