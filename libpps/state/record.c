/* SPDX-License-Identifier: BSD-3-Clause */
#include "state/record.h"

#include <string.h>

#include "butler/arena.h"
#include "state/dataset-private.h"

#define HOUR (3600 * PPS_NS_PER_S)

const char *pps_record_dimension_name(int dimension)
{
	static const char *const names[] = { "none", "visit", "exposure", "group" };

	return dimension > 0 && (size_t)dimension < PPS_COUNT(names) ? names[dimension] : names[0];
}

const char *pps_record_status_name(int status)
{
	static const char *const names[] = { "never", "initial", "revised" };

	return status >= 0 && (size_t)status < PPS_COUNT(names) ? names[status] : names[0];
}

int64_t pps_record_next_look(int64_t since, int64_t looked)
{
	static const int64_t after[] = { HOUR, 24 * HOUR, 7 * 24 * HOUR };

	for (size_t i = 0; i < PPS_COUNT(after); i++)
		if (since + after[i] > looked)
			return since + after[i];
	return 0;
}

void pps_record_places_clear(pps_record_places *places)
{
	free(places->at);
	pps_arena_free(places->texts);
	*places = (pps_record_places){ 0 };
}

/* ---- reading ---- */

#define COLUMNS "instrument, dimension, value, ordinal, day_obs, is_ahead, status, since, looked, revised, next_look, attempts, code, error"

static int read_place(const pps_sql_rows *rows, pps_record_places *into, pps_error **err)
{
	pps_record_place *one;

	if (pps_grow(&into->at, &into->cap, into->n, sizeof *into->at) < 0)
		return pps_fail_nomem(err);
	one = &into->at[into->n++];
	*one = (pps_record_place){
		.instrument = pps_arena_name(into->texts, pps_sql_get_text(rows, 0)), .dimension = (int)pps_sql_get_int(rows, 1),
		.value = pps_arena_text(into->texts, pps_sql_get_text(rows, 2)), .ordinal = (int)pps_sql_get_int(rows, 3),
		.day_obs = pps_sql_get_int(rows, 4), .is_ahead = (int)pps_sql_get_int(rows, 5), .status = (int)pps_sql_get_int(rows, 6),
		.since = pps_sql_get_int(rows, 7), .looked = pps_sql_get_int(rows, 8), .revised = pps_sql_get_int(rows, 9),
		.next_look = pps_sql_is_null(rows, 10) ? 0 : pps_sql_get_int(rows, 10), .attempts = (int)pps_sql_get_int(rows, 11),
		.code = (int)pps_sql_get_int(rows, 12), .error = pps_arena_text(into->texts, pps_sql_get_text(rows, 13)),
	};
	return one->instrument && one->value && one->error ? PPS_OK : pps_arena_fail(into->texts, "dimension records of the state", err);
}

static int read_places(pps_state *state, const char *text, const pps_sql_value *params, size_t n, pps_record_places *ret_places, pps_error **err)
{
	_cleanup_(pps_record_places_clear) pps_record_places places = { 0 };
	_cleanup_(pps_sql_rows_freep) pps_sql_rows *rows = NULL;
	int r;

	if ((r = pps_arena_new((size_t)pps_ctx_memory(state->ctx), &places.texts, err)) < 0)
		return r;
	r = pps_sql_query(state->sql, text, params, n, &rows, err);
	while (r >= 0 && (r = pps_sql_next(rows, err)) == 1)
		r = read_place(rows, &places, err);
	if (r < 0)
		return pps_wrap(err, r, "state");
	*ret_places = places;
	places = (pps_record_places){ 0 };
	return PPS_OK;
}

int pps_state_records_due(pps_state *state, int ordinal, int64_t now, size_t limit, pps_record_places *ret_places, pps_error **err)
{
	const pps_sql_value params[] = { pps_sql_int(ordinal), pps_sql_int(now), pps_sql_int((int64_t)limit) };

	return read_places(state, "SELECT " COLUMNS " FROM {dimension_record} WHERE ordinal = $1 AND next_look <= $2 "
			   "ORDER BY next_look, instrument, dimension, value LIMIT $3", params, 3, ret_places, err);
}

int pps_state_records_of(pps_state *state, const char *instrument, int dimension, const char *value, pps_record_places *ret_places,
			 pps_error **err)
{
	const pps_sql_value params[] = { pps_sql_text(instrument), pps_sql_int(dimension), pps_sql_text(value) };

	return read_places(state, "SELECT " COLUMNS " FROM {dimension_record} WHERE instrument = $1 AND dimension = $2 AND value = $3 ORDER BY ordinal",
			   params, 3, ret_places, err);
}

int pps_state_record_counts(pps_state *state, int64_t now, pps_record_count_fn fn, void *user, pps_error **err)
{
	_cleanup_(pps_sql_rows_freep) pps_sql_rows *rows = NULL;
	const pps_sql_value params[] = { pps_sql_int(now), pps_sql_int(PPS_RECORD_REVISED) };
	int r = pps_sql_query(state->sql, "SELECT ordinal, count(*), sum(CASE WHEN next_look <= $1 THEN 1 ELSE 0 END), sum(CASE WHEN code <> 0 THEN 1 ELSE 0 END), "
			      "sum(CASE WHEN status = $2 THEN 1 ELSE 0 END), max(error) FROM {dimension_record} WHERE next_look IS NOT NULL "
			      "GROUP BY ordinal ORDER BY ordinal", params, 2, &rows, err);

	while (r >= 0 && (r = pps_sql_next(rows, err)) == 1) {
		const pps_record_count count = { .ordinal = (int)pps_sql_get_int(rows, 0), .waiting = pps_sql_get_int(rows, 1), .due = pps_sql_get_int(rows, 2),
						 .failed = pps_sql_get_int(rows, 3), .revised = pps_sql_get_int(rows, 4), .error = pps_sql_get_text(rows, 5) };

		r = fn(&count, user, err);
	}
	return r < 0 ? pps_wrap(err, r, "state") : PPS_OK;
}

/* ---- writing ---- */

static const pps_sql_column columns[] = {
	{ "instrument", PPS_SQL_TEXT }, { "dimension", PPS_SQL_INT }, { "value", PPS_SQL_TEXT },  { "ordinal", PPS_SQL_INT }, { "day_obs", PPS_SQL_INT },
	{ "is_ahead", PPS_SQL_INT },    { "status", PPS_SQL_INT },    { "since", PPS_SQL_INT },   { "looked", PPS_SQL_INT },  { "revised", PPS_SQL_INT },
	{ "next_look", PPS_SQL_INT },   { "attempts", PPS_SQL_INT },  { "code", PPS_SQL_INT },    { "error", PPS_SQL_TEXT },
};

static int compare_places(const void *x, const void *y)
{
	const pps_record_place *a = x, *b = y;
	int order = strcmp(a->instrument, b->instrument);

	order = order ? order : a->dimension - b->dimension;
	order = order ? order : strcmp(a->value, b->value);
	return order ? order : a->ordinal - b->ordinal;
}

int pps_records_write(pps_sql *sql, pps_record_place *places, size_t n, const char *conflict, pps_error **err)
{
	const size_t width = PPS_COUNT(columns);
	_cleanup_free_ pps_sql_value *values = calloc(n * width + 1, sizeof *values);

	if (!values)
		return pps_fail_nomem(err);
	if (n)
		qsort(places, n, sizeof *places, compare_places);
	for (size_t i = 0; i < n; i++) {
		const pps_record_place *p = &places[i];
		pps_sql_value *v = values + i * width;

		v[0] = pps_sql_text(p->instrument);
		v[1] = pps_sql_int(p->dimension);
		v[2] = pps_sql_text(p->value);
		v[3] = pps_sql_int(p->ordinal);
		v[4] = pps_sql_int(p->day_obs);
		v[5] = pps_sql_int(p->is_ahead);
		v[6] = pps_sql_int(p->status);
		v[7] = pps_sql_int(p->since);
		v[8] = pps_sql_int(p->looked);
		v[9] = pps_sql_int(p->revised);
		v[10] = p->next_look ? pps_sql_int(p->next_look) : pps_sql_null();
		v[11] = pps_sql_int(p->attempts);
		v[12] = pps_sql_int(p->code);
		v[13] = pps_sql_text(p->error ? p->error : "");
	}
	return n ? pps_sql_insert(sql, "dimension_record", columns, width, values, n, conflict, NULL, err) : PPS_OK;
}

struct setting {
	const pps_flow_lock *lock;
	const pps_record_place *places;
	size_t n;
};

static int set(pps_sql *sql, void *user, pps_error **err)
{
	const struct setting *s = user;
	_cleanup_free_ pps_record_place *places = calloc(s->n + 1, sizeof *places);
	int r;

	if (!places)
		return pps_fail_nomem(err);
	memcpy(places, s->places, s->n * sizeof *places);
	if ((r = pps_flow_lock_check_epoch(s->lock, sql, err)) < 0)
		return r;
	return pps_records_write(sql, places, s->n,
				 "ON CONFLICT (instrument, dimension, value, ordinal) DO UPDATE SET since = excluded.since, status = excluded.status, looked = excluded.looked, "
				 "revised = excluded.revised, next_look = excluded.next_look, attempts = excluded.attempts, code = excluded.code, "
				 "error = excluded.error WHERE dimension_record.since IN (0, excluded.since)", err);
}

int pps_state_records_set(pps_state *state, const pps_flow_lock *lock, const pps_record_place *places, size_t n, pps_error **err)
{
	struct setting s = { lock, places, n };
	int r = pps_sql_transact(state->sql, PPS_STATE_ATTEMPTS, set, &s, err);

	return r < 0 ? pps_wrap(err, r, "state") : PPS_OK;
}
