/* SPDX-License-Identifier: BSD-3-Clause */
/* New datasets, and those that the source does not know yet. */
#include <limits.h>
#include <string.h>

#include "state/dataset-private.h"

struct registration {
	const pps_flow_lock *lock;
	const pps_dataset_row *rows;
	size_t n;
	const pps_record_targets *targets;
	int is_trusting; /* none of them is known, until the database says otherwise */
	int64_t added;
};

/* The rows that are new: by visit, then by id, so that those that come next to each other go to one place of most indices, and whoever else registers
 * them at the time does so in the same order. */
typedef struct fresh {
	const pps_dataset_row **at;
	size_t n;
} fresh;

static int compare_rows(const void *x, const void *y)
{
	const pps_dataset_row *const *a = x, *const *b = y;

	return memcmp(&(*a)->id, &(*b)->id, sizeof(pps_uuid));
}

static int compare_visits(const void *x, const void *y)
{
	const pps_dataset_row *const *a = x, *const *b = y;

	return (*a)->visit != (*b)->visit ? ((*a)->visit > (*b)->visit) - ((*a)->visit < (*b)->visit) : compare_rows(x, y);
}

int pps_dataset_known(pps_sql *sql, const pps_uuid *ids, size_t n, pps_map *known, pps_error **err)
{
	_cleanup_(pps_sql_rows_freep) pps_sql_rows *rows = NULL;
	pps_sql_value param = pps_sql_uuids(ids, n);
	int r = pps_sql_query(sql, "SELECT id FROM {dataset} WHERE id {in $1 uuid}", &param, 1, &rows, err);

	while (r >= 0 && (r = pps_sql_next(rows, err)) == 1) {
		pps_uuid id;

		if (pps_sql_get_uuid(rows, 0, &id) < 0)
			r = pps_fail(err, PPS_E_FORMAT, "state: a dataset's id is no UUID");
		else if (pps_map_set(known, &id, sizeof id, NULL) < 0)
			r = pps_fail_nomem(err);
	}
	return r;
}

static int find_known(pps_sql *sql, const fresh *f, pps_map *known, pps_error **err)
{
	_cleanup_free_ pps_uuid *ids = calloc(f->n + 1, sizeof *ids);

	if (!ids)
		return pps_fail_nomem(err);
	for (size_t i = 0; i < f->n; i++)
		ids[i] = f->at[i]->id;
	return pps_dataset_known(sql, ids, f->n, known, err);
}

/* Leaves out what is known or comes twice, and sorts. */
static int choose(pps_sql *sql, const struct registration *g, fresh *f, pps_error **err)
{
	_cleanup_(pps_map_freep) pps_map *known = pps_map_new();
	size_t kept = 0;
	int r;

	if (!known)
		return pps_fail_nomem(err);
	for (size_t i = 0; i < g->n; i++)
		f->at[i] = &g->rows[i];
	f->n = g->n;
	pps_sort(f->at, f->n, sizeof *f->at, compare_rows);
	if (!g->is_trusting && (r = find_known(sql, f, known, err)) < 0)
		return r;
	for (size_t i = 0; i < f->n; i++)
		if (!pps_map_get(known, &f->at[i]->id, sizeof(pps_uuid), NULL) && (!kept || compare_rows(&f->at[kept - 1], &f->at[i]) != 0))
			f->at[kept++] = f->at[i];
	f->n = kept;
	pps_sort(f->at, f->n, sizeof *f->at, compare_visits);
	return PPS_OK;
}

static int number_words(pps_sql *sql, const fresh *f, pps_map *map, pps_error **err)
{
	_cleanup_free_ const char **words = calloc(3 * f->n + 1, sizeof *words);

	if (!words)
		return pps_fail_nomem(err);
	for (size_t i = 0; i < f->n; i++) {
		words[3 * i] = f->at[i]->type;
		words[3 * i + 1] = f->at[i]->run;
		words[3 * i + 2] = f->at[i]->origin;
	}
	return pps_dataset_words(sql, words, 3 * f->n, map, err);
}

static int64_t number_of(const pps_map *map, const char *word)
{
	void *number = NULL;

	pps_map_get_text(map, word, &number);
	return (intptr_t)number;
}

static void fill(const pps_dataset_row *row, const pps_map *words, const char *status, const char *times, pps_sql_value *v)
{
	v[0] = pps_sql_uuid(row->id);
	v[1] = pps_sql_int(number_of(words, row->type));
	v[2] = pps_sql_int(number_of(words, row->run));
	v[3] = pps_sql_int(number_of(words, row->origin));
	v[4] = pps_sql_text(row->instrument);
	v[5] = pps_sql_text(row->data_id);
	v[6] = row->visit ? pps_sql_int(row->visit) : pps_sql_null();
	v[7] = row->day_obs ? pps_sql_int(row->day_obs) : pps_sql_null();
	v[8] = pps_sql_int(row->end_kind);
	v[9] = pps_sql_int(row->end);
	v[10] = pps_sql_int(row->flags);
	v[11] = pps_sql_int(row->registered);
	v[12] = pps_sql_text(status);
	v[13] = pps_sql_text(times);
	v[14] = pps_dataset_next_value(&row->next);
	v[15] = row->next.task ? pps_sql_int(row->next.due) : pps_sql_null();
}

static int insert(pps_sql *sql, const fresh *f, const pps_map *words, int64_t *ret_added, pps_error **err)
{
	static const pps_sql_column columns[] = {
		{ "id", PPS_SQL_UUID },      { "type", PPS_SQL_INT },     { "run", PPS_SQL_INT },      { "origin", PPS_SQL_INT },
		{ "instrument", PPS_SQL_TEXT }, { "data_id", PPS_SQL_TEXT }, { "visit", PPS_SQL_INT }, { "day_obs", PPS_SQL_INT },
		{ "end_kind", PPS_SQL_INT }, { "end_at", PPS_SQL_INT },   { "flags", PPS_SQL_INT },    { "registered", PPS_SQL_INT },
		{ "status", PPS_SQL_TEXT },  { "times", PPS_SQL_TEXT },   { "next_task", PPS_SQL_INT }, { "next_due", PPS_SQL_INT },
	};
	const size_t width = PPS_COUNT(columns);
	_cleanup_(pps_dataset_deltas_free) pps_dataset_deltas deltas = { 0 };
	_cleanup_free_ pps_sql_value *values = calloc(f->n * width + 1, sizeof *values);
	char **texts = calloc(2 * f->n + 1, sizeof *texts);
	int r = values && texts ? PPS_OK : pps_fail_nomem(err);

	for (size_t i = 0; i < f->n && r == PPS_OK; i++) {
		if ((r = pps_dataset_status_format(&f->at[i]->status, &texts[2 * i], &texts[2 * i + 1], err)) < 0)
			break;
		fill(f->at[i], words, texts[2 * i], texts[2 * i + 1], values + i * width);
		r = pps_dataset_deltas_add(&deltas, number_of(words, f->at[i]->type), texts[2 * i], pps_dataset_next_number(&f->at[i]->next),
					   f->at[i]->next.due, 1, err);
	}
	if (r == PPS_OK && f->n)
		r = pps_sql_insert(sql, "dataset", columns, width, values, f->n, NULL, ret_added, err);
	if (r == PPS_OK)
		r = pps_dataset_deltas_apply(sql, &deltas, err);
	for (size_t i = 0; texts && i < 2 * f->n; i++)
		free(texts[i]);
	free(texts);
	return r;
}

static int add(pps_sql *sql, void *user, pps_error **err)
{
	struct registration *g = user;
	_cleanup_(pps_map_freep) pps_map *words = pps_map_new();
	_cleanup_free_ const pps_dataset_row **at = calloc(g->n + 1, sizeof *at);
	fresh f = { .at = at };
	int r;

	g->added = 0;
	if (!words || !at)
		return pps_fail_nomem(err);
	if ((r = pps_flow_lock_check_epoch(g->lock, sql, err)) < 0 || (r = choose(sql, g, &f, err)) < 0 || !f.n ||
	    (r = number_words(sql, &f, words, err)) < 0 || (r = pps_records_note(sql, f.at, f.n, g->targets, err)) < 0)
		return r;
	return insert(sql, &f, words, &g->added, err);
}

int pps_state_datasets_register(pps_state *state, const pps_flow_lock *lock, const pps_dataset_row *rows, size_t n, int64_t *ret_new,
				pps_error **err)
{
	return pps_state_datasets_register_with(state, lock, rows, n, NULL, ret_new, err);
}

int pps_state_datasets_register_with(pps_state *state, const pps_flow_lock *lock, const pps_dataset_row *rows, size_t n,
				     const pps_record_targets *targets, int64_t *ret_new, pps_error **err)
{
	struct registration g = { .lock = lock, .rows = rows, .n = n, .targets = targets, .is_trusting = 1 };
	_cleanup_(pps_error_freep) pps_error *why = NULL;
	int r = pps_sql_transact(state->sql, PPS_STATE_ATTEMPTS, add, &g, &why);

	if (r == PPS_E_CONFLICT) {
		g.is_trusting = 0;
		r = pps_sql_transact(state->sql, PPS_STATE_ATTEMPTS, add, &g, err);
	} else if (r < 0) {
		pps_error_move(err, TAKE_PTR(why));
	}
	if (r < 0)
		return pps_wrap(err, r, "state");
	if (ret_new)
		*ret_new = g.added;
	return PPS_OK;
}

struct unknown {
	const pps_flow_lock *lock;
	const pps_uuid *ids;
	size_t n;
	const char *origin;
	int64_t at;
};

/* Each further time that it is not known it is asked for later. */
static int add_unknown(pps_sql *sql, void *user, pps_error **err)
{
	static const pps_sql_column columns[] = { { "id", PPS_SQL_UUID }, { "origin", PPS_SQL_TEXT }, { "first_at", PPS_SQL_INT },
						  { "attempts", PPS_SQL_INT }, { "next_try", PPS_SQL_INT } };
	struct unknown *u = user;
	_cleanup_free_ pps_uuid *ids = calloc(u->n + 1, sizeof *ids);
	_cleanup_free_ pps_sql_value *values = calloc(5 * u->n + 1, sizeof *values);
	_cleanup_buf_ pps_buf conflict = PPS_BUF_LINE;
	size_t n = 0;
	int r;

	if (!ids || !values)
		return pps_fail_nomem(err);
	if ((r = pps_flow_lock_check_epoch(u->lock, sql, err)) < 0)
		return r;
	memcpy(ids, u->ids, u->n * sizeof *ids);
	qsort(ids, u->n, sizeof *ids, pps_uuid_compare);
	for (size_t i = 0; i < u->n; i++) {
		pps_sql_value *v = values + 5 * n;

		if (n && !pps_uuid_compare(&ids[i], &ids[i - 1]))
			continue;
		v[0] = pps_sql_uuid(ids[i]);
		v[1] = pps_sql_text(u->origin ? u->origin : "");
		v[2] = pps_sql_int(u->at);
		v[3] = pps_sql_int(1);
		v[4] = pps_sql_int(u->at + pps_state_backoff(1));
		n++;
	}
	/* as pps_state_backoff() of one attempt more */
	pps_buf_printf(&conflict, "ON CONFLICT (id) DO UPDATE SET attempts = dataset_unknown.attempts + 1, next_try = %lld + CASE WHEN "
		       "dataset_unknown.attempts >= 9 THEN %lld ELSE %lld * (1 << CAST(dataset_unknown.attempts - 1 AS INTEGER)) END",
		       (long long)u->at, (long long)pps_state_backoff(INT_MAX), (long long)pps_state_backoff(2));
	if ((r = pps_buf_check(&conflict, "statement", err)) < 0)
		return r;
	return n ? pps_sql_insert(sql, "dataset_unknown", columns, 5, values, n, pps_buf_text(&conflict), NULL, err) : PPS_OK;
}

int pps_state_unknown_add(pps_state *state, const pps_flow_lock *lock, const pps_uuid *ids, size_t n, const char *origin, int64_t at,
			  pps_error **err)
{
	struct unknown u = { lock, ids, n, origin, at };
	int r = pps_sql_transact(state->sql, PPS_STATE_ATTEMPTS, add_unknown, &u, err);

	return r < 0 ? pps_wrap(err, r, "state") : r;
}

static int remove_unknown(pps_sql *sql, void *user, pps_error **err)
{
	struct unknown *u = user;
	pps_sql_value param = pps_sql_uuids(u->ids, u->n);
	int r = pps_flow_lock_check_epoch(u->lock, sql, err);

	return r < 0 ? r : pps_sql_exec(sql, "DELETE FROM {dataset_unknown} WHERE id {in $1 uuid}", &param, 1, NULL, err);
}

int pps_state_unknown_remove(pps_state *state, const pps_flow_lock *lock, const pps_uuid *ids, size_t n, pps_error **err)
{
	struct unknown u = { .lock = lock, .ids = ids, .n = n };
	int r = pps_sql_transact(state->sql, PPS_STATE_ATTEMPTS, remove_unknown, &u, err);

	return r < 0 ? pps_wrap(err, r, "state") : r;
}

int pps_state_unknown_due(pps_state *state, int64_t now, size_t limit, pps_uuid **ret_ids, char ***ret_origins, size_t *ret_n, pps_error **err)
{
	_cleanup_(pps_sql_rows_freep) pps_sql_rows *rows = NULL;
	pps_sql_value params[] = { pps_sql_int(now), pps_sql_int((int64_t)limit) };
	pps_uuid *ids = calloc(limit + 1, sizeof *ids);
	char **origins = calloc(limit + 1, sizeof *origins);
	size_t n = 0;
	int r = ids && origins ? pps_sql_query(state->sql, "SELECT id, origin FROM {dataset_unknown} WHERE next_try <= $1 ORDER BY next_try, id LIMIT $2",
					       params, 2, &rows, err) : pps_fail_nomem(err);

	while (r >= 0 && n < limit && (r = pps_sql_next(rows, err)) == 1) {
		if (pps_sql_get_uuid(rows, 0, &ids[n]) < 0)
			r = pps_fail(err, PPS_E_FORMAT, "state: a dataset's id is no UUID");
		else if (!(origins[n] = strdup(pps_sql_get_text(rows, 1))))
			r = pps_fail_nomem(err);
		else
			n++;
	}
	if (r < 0) {
		free(ids);
		pps_sql_names_free(origins, n);
		return pps_wrap(err, r, "state");
	}
	*ret_ids = ids;
	*ret_origins = origins;
	*ret_n = n;
	return PPS_OK;
}
