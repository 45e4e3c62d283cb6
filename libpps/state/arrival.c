/* SPDX-License-Identifier: BSD-3-Clause */
/* Recording what has arrived. */
#include <string.h>

#include "state/arrival.h"
#include "state/state-private.h"

static int compare_keys(const pps_arrival_file *a, const pps_arrival_file *b)
{
	int c = strcmp(a->key.instrument, b->key.instrument);

	return c ? c : strcmp(a->key.obs_id, b->key.obs_id);
}

/* The telling that counts is the last of its file. */
static int compare_files(const void *x, const void *y)
{
	const pps_arrival_file *a = *(const pps_arrival_file *const *)x, *b = *(const pps_arrival_file *const *)y;
	int c = compare_keys(a, b);

	if (!c)
		c = strcmp(a->name, b->name);
	if (!c)
		c = (a->at > b->at) - (a->at < b->at);
	return c ? c : (a->removed > b->removed) - (a->removed < b->removed);
}

struct arriving {
	const pps_arrival_file **files; /* sorted */
	size_t n;
};

/* One row for each exposure, with the first and the last time that the files have. */
static int insert_exposures(pps_sql *sql, const struct arriving *a, pps_error **err)
{
	static const pps_sql_column columns[] = {
		{ "instrument", PPS_SQL_TEXT }, { "obs_id", PPS_SQL_TEXT }, { "day_obs", PPS_SQL_INT },   { "folder", PPS_SQL_TEXT },
		{ "first_at", PPS_SQL_INT },    { "last_at", PPS_SQL_INT }, { "has_files", PPS_SQL_INT },
	};
	const size_t width = PPS_COUNT(columns);
	_cleanup_free_ pps_sql_value *values = calloc(a->n * width, sizeof *values);
	size_t rows = 0;

	if (!values)
		return pps_fail_nomem(err);
	for (size_t i = 0, m; i < a->n; i += m) {
		const pps_arrival_file *f = a->files[i];
		pps_sql_value *v = values + rows++ * width;
		int64_t first = f->at, last = f->at;

		for (m = 1; i + m < a->n && !compare_keys(f, a->files[i + m]); m++) {
			first = a->files[i + m]->at < first ? a->files[i + m]->at : first;
			last = a->files[i + m]->at > last ? a->files[i + m]->at : last;
		}
		v[0] = pps_sql_text(f->key.instrument);
		v[1] = pps_sql_text(f->key.obs_id);
		v[2] = pps_sql_int(f->day_obs);
		v[3] = pps_sql_text(f->folder);
		v[4] = pps_sql_int(first);
		v[5] = pps_sql_int(last);
		v[6] = pps_sql_int(1);
	}
	return pps_sql_insert(sql, "arrival", columns, width, values, rows, "ON CONFLICT (instrument, obs_id) DO UPDATE SET has_files = 1, "
			      "first_at = CASE WHEN excluded.first_at < arrival.first_at THEN excluded.first_at ELSE arrival.first_at END, "
			      "last_at = CASE WHEN excluded.last_at > arrival.last_at THEN excluded.last_at ELSE arrival.last_at END",
			      NULL, err);
}

static int insert_files(pps_sql *sql, const struct arriving *a, pps_error **err)
{
	static const pps_sql_column columns[] = {
		{ "instrument", PPS_SQL_TEXT }, { "obs_id", PPS_SQL_TEXT }, { "name", PPS_SQL_TEXT },
		{ "size", PPS_SQL_INT },        { "at", PPS_SQL_INT },      { "removed", PPS_SQL_INT },
	};
	const size_t width = PPS_COUNT(columns);
	_cleanup_free_ pps_sql_value *values = calloc(a->n * width, sizeof *values);
	size_t rows = 0;

	if (!values)
		return pps_fail_nomem(err);
	for (size_t i = 0; i < a->n; i++) {
		const pps_arrival_file *f = a->files[i];
		pps_sql_value *v = values + rows * width;

		if (i + 1 < a->n && !compare_keys(f, a->files[i + 1]) && !strcmp(f->name, a->files[i + 1]->name))
			continue;
		rows++;
		v[0] = pps_sql_text(f->key.instrument);
		v[1] = pps_sql_text(f->key.obs_id);
		v[2] = pps_sql_text(f->name);
		v[3] = pps_sql_int((int64_t)f->size);
		v[4] = pps_sql_int(f->at);
		v[5] = pps_sql_int(!!f->removed);
	}
	return pps_sql_insert(sql, "arrival_file", columns, width, values, rows,
			      "ON CONFLICT (instrument, obs_id, name) DO UPDATE SET size = excluded.size, at = excluded.at, "
			      "removed = excluded.removed WHERE excluded.at > arrival_file.at OR "
			      "(excluded.at = arrival_file.at AND excluded.removed > arrival_file.removed)",
			      NULL, err);
}

static int record(pps_sql *sql, void *user, pps_error **err)
{
	int r = insert_exposures(sql, user, err);

	return r < 0 ? r : insert_files(sql, user, err);
}

int pps_state_arrived(pps_state *state, const pps_arrival_file *files, size_t n, pps_error **err)
{
	_cleanup_free_ const pps_arrival_file **sorted = calloc(n + 1, sizeof *sorted);
	struct arriving a = { .files = sorted, .n = n };
	int r;

	if (!sorted)
		return pps_fail_nomem(err);
	if (!n)
		return PPS_OK;
	for (size_t i = 0; i < n; i++)
		sorted[i] = &files[i];
	qsort(sorted, n, sizeof *sorted, compare_files);
	r = pps_sql_transact(state->sql, PPS_STATE_ATTEMPTS, record, &a, err);
	return r < 0 ? pps_wrap(err, r, "state: arrivals") : PPS_OK;
}

struct seen {
	const pps_arrival_key *key;
	int64_t day_obs, at;
	const char *folder;
};

static int see(pps_sql *sql, void *user, pps_error **err)
{
	const struct seen *s = user;
	pps_sql_value params[] = { pps_sql_text(s->key->instrument), pps_sql_text(s->key->obs_id), pps_sql_int(s->day_obs), pps_sql_text(s->folder),
				   pps_sql_int(s->at) };

	return pps_sql_exec(sql, "INSERT INTO {arrival} (instrument, obs_id, day_obs, folder, first_at, last_at, has_files) "
			    "VALUES ($1, $2, $3, $4, $5, $5, 0) ON CONFLICT DO NOTHING", params, PPS_COUNT(params), NULL, err);
}

int pps_state_arrival_seen(pps_state *state, const pps_arrival_key *key, int64_t day_obs, const char *folder, int64_t at, pps_error **err)
{
	struct seen s = { .key = key, .day_obs = day_obs, .at = at, .folder = folder };
	int r = pps_sql_transact(state->sql, PPS_STATE_ATTEMPTS, see, &s, err);

	return r < 0 ? pps_wrap(err, r, "state: arrival of %s", key->obs_id) : PPS_OK;
}

struct note {
	const pps_arrival_key *key;
	const char *expected;
	int64_t complete_at, listed_at;
};

static int note(pps_sql *sql, void *user, pps_error **err)
{
	const struct note *n = user;
	pps_sql_value params[] = {
		pps_sql_text(n->key->instrument), pps_sql_text(n->key->obs_id), pps_sql_text(n->expected),
		n->complete_at == PPS_TAI_MIN ? pps_sql_null() : pps_sql_int(n->complete_at),
		n->listed_at == PPS_TAI_MIN ? pps_sql_null() : pps_sql_int(n->listed_at),
	};

	return pps_sql_exec(sql, "UPDATE {arrival} SET expected = COALESCE($3, expected), complete_at = $4, listed_at = COALESCE($5, listed_at) "
			    "WHERE instrument = $1 AND obs_id = $2", params, PPS_COUNT(params), NULL, err);
}

int pps_state_arrival_note(pps_state *state, const pps_arrival_key *key, const char *expected, int64_t complete_at, int64_t listed_at,
			   pps_error **err)
{
	struct note n = { .key = key, .expected = expected, .complete_at = complete_at, .listed_at = listed_at };
	int r = pps_sql_transact(state->sql, PPS_STATE_ATTEMPTS, note, &n, err);

	return r < 0 ? pps_wrap(err, r, "state: arrival of %s", key->obs_id) : PPS_OK;
}

static int tidy(pps_sql *sql, void *user, pps_error **err)
{
	static const char chosen[] =
		"(SELECT a.instrument, a.obs_id FROM {arrival} a JOIN {exposure} e ON e.obs_id = a.obs_id AND e.instrument = a.instrument "
		"WHERE a.has_files = 1 AND e.finished IS NOT NULL ORDER BY a.instrument, a.obs_id LIMIT $1)";
	_cleanup_buf_ pps_buf text = PPS_BUF_SQL;
	pps_sql_value limit = pps_sql_int((int64_t) * (const size_t *)user);
	int r;

	pps_buf_printf(&text, "DELETE FROM {arrival_file} WHERE (instrument, obs_id) IN %s", chosen);
	if ((r = pps_buf_check(&text, "statement", err)) < 0 || (r = pps_sql_exec(sql, pps_buf_text(&text), &limit, 1, NULL, err)) < 0)
		return r;
	pps_buf_truncate(&text, 0);
	pps_buf_printf(&text, "UPDATE {arrival} SET has_files = 0 WHERE (instrument, obs_id) IN %s", chosen);
	if ((r = pps_buf_check(&text, "statement", err)) < 0)
		return r;
	return pps_sql_exec(sql, pps_buf_text(&text), &limit, 1, NULL, err);
}

int pps_state_arrivals_tidy(pps_state *state, size_t limit, pps_error **err)
{
	int r = pps_sql_transact(state->sql, PPS_STATE_ATTEMPTS, tidy, &limit, err);

	return r < 0 ? pps_wrap(err, r, "state: files of arrivals") : PPS_OK;
}
