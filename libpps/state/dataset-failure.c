/* SPDX-License-Identifier: BSD-3-Clause */
/* What went wrong with datasets, a row for each repository where it did: each waits for itself. */
#include <string.h>

#include "state/dataset-private.h"

static int compare_found(const void *x, const void *y)
{
	const pps_failure_found *a = x, *b = y;

	return pps_uuid_compare(&a->id, &b->id);
}

int pps_dataset_failures_read(pps_sql *sql, const pps_uuid *ids, size_t n, pps_arena *texts, pps_failures_found *into, pps_error **err)
{
	_cleanup_(pps_sql_rows_freep) pps_sql_rows *rows = NULL;
	pps_sql_value param = pps_sql_uuids(ids, n);
	int r = pps_sql_query(sql, "SELECT id, ordinal, attempts, code, error, first_at, last_at, not_before FROM {dataset_trouble} "
			      "WHERE id {in $1 uuid} ORDER BY id, ordinal", &param, 1, &rows, err);

	while (r >= 0 && (r = pps_sql_next(rows, err)) == 1) {
		pps_failure_found *one;

		if (pps_grow(&into->at, &into->cap, into->n, sizeof *into->at) < 0)
			return pps_fail_nomem(err);
		one = &into->at[into->n++];
		*one = (pps_failure_found){ .failure = { .ordinal = (int)pps_sql_get_int(rows, 1), .attempts = (int)pps_sql_get_int(rows, 2),
							 .code = (int)pps_sql_get_int(rows, 3), .error = pps_arena_text(texts, pps_sql_get_text(rows, 4)),
							 .first_at = pps_sql_get_int(rows, 5), .last_at = pps_sql_get_int(rows, 6),
							 .not_before = pps_sql_get_int(rows, 7) } };
		if (!one->failure.error)
			return pps_arena_fail(texts, "failures of datasets", err);
		if (pps_sql_get_uuid(rows, 0, &one->id) < 0)
			return pps_fail(err, PPS_E_FORMAT, "state: a dataset's id is no UUID");
	}
	return r;
}

const pps_failure_found *pps_dataset_failures_of(const pps_failures_found *found, const pps_uuid *id, size_t *ret_n)
{
	const pps_failure_found key = { .id = *id }, *first = found->n ? bsearch(&key, found->at, found->n, sizeof key, compare_found) : NULL;
	const pps_failure_found *end = found->at + found->n;
	size_t n = 0;

	while (first && first > found->at && !compare_found(first - 1, &key))
		first--;
	while (first && first + n < end && !compare_found(first + n, &key))
		n++;
	*ret_n = n;
	return first;
}

/* ---- what changes ---- */

static pps_dataset_failure *failure_in(pps_failures *self, int ordinal)
{
	for (size_t i = 0; i < self->n; i++)
		if (self->at[i].ordinal == ordinal)
			return &self->at[i];
	return NULL;
}

int pps_dataset_failures_add(pps_failures *self, int ordinal, int64_t at, int code, const char *error, int64_t not_before, pps_error **err)
{
	pps_dataset_failure *one = failure_in(self, ordinal);

	if (!one) {
		if (pps_grow(&self->at, &self->cap, self->n, sizeof *self->at) < 0)
			return pps_fail_nomem(err);
		one = &self->at[self->n++];
		*one = (pps_dataset_failure){ .ordinal = ordinal, .first_at = at };
	}
	one->attempts++;
	one->code = code;
	one->error = error ? error : "";
	one->last_at = at;
	one->not_before = not_before;
	self->is_changed = 1;
	return PPS_OK;
}

void pps_dataset_failures_forget(pps_failures *self, uint32_t ordinals, int only_waiting)
{
	size_t kept = 0;

	for (size_t i = 0; i < self->n; i++)
		if (!((ordinals >> self->at[i].ordinal) & 1) || (only_waiting && !self->at[i].not_before))
			self->at[kept++] = self->at[i];
	self->is_changed |= kept != self->n;
	self->n = kept;
}

int pps_dataset_failures_write(pps_sql *sql, const pps_uuid *ids, const pps_failures *const *failures, size_t n, pps_error **err)
{
	static const pps_sql_column columns[] = {
		{ "id", PPS_SQL_UUID },  { "ordinal", PPS_SQL_INT },  { "attempts", PPS_SQL_INT }, { "code", PPS_SQL_INT },
		{ "error", PPS_SQL_TEXT }, { "first_at", PPS_SQL_INT }, { "last_at", PPS_SQL_INT },  { "not_before", PPS_SQL_INT },
	};
	const size_t width = PPS_COUNT(columns);
	_cleanup_free_ pps_sql_value *values = NULL;
	pps_sql_value param = pps_sql_uuids(ids, n);
	size_t total = 0, used = 0;
	int r;

	for (size_t i = 0; i < n; i++)
		total += failures[i]->n;
	if (!(values = calloc(total * width + 1, sizeof *values)))
		return pps_fail_nomem(err);
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < failures[i]->n; k++) {
			const pps_dataset_failure *one = &failures[i]->at[k];
			pps_sql_value *v = values + width * used++;

			v[0] = pps_sql_uuid(ids[i]);
			v[1] = pps_sql_int(one->ordinal);
			v[2] = pps_sql_int(one->attempts);
			v[3] = pps_sql_int(one->code);
			v[4] = pps_sql_text(one->error);
			v[5] = pps_sql_int(one->first_at);
			v[6] = pps_sql_int(one->last_at);
			v[7] = pps_sql_int(one->not_before);
		}
	if ((r = pps_sql_exec(sql, "DELETE FROM {dataset_trouble} WHERE id {in $1 uuid}", &param, 1, NULL, err)) < 0)
		return r;
	return total ? pps_sql_insert(sql, "dataset_trouble", columns, width, values, total, NULL, NULL, err) : PPS_OK;
}
