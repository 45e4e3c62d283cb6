/* SPDX-License-Identifier: BSD-3-Clause */
/* Names that datasets share, each stored once: repositories by ordinal, and the words of dataset types, runs and origins. */
#include <string.h>

#include "base/map.h"
#include "state/dataset-private.h"

struct ordinals {
	const pps_flow_lock *lock;
	const char *const *names;
	size_t n;
	int *out;
};

/* The largest number in use, or @none. */
static int largest(pps_sql *sql, const char *text, int64_t none, int64_t *ret, pps_error **err)
{
	_cleanup_(pps_sql_rows_freep) pps_sql_rows *rows = NULL;
	int r = pps_sql_query(sql, text, NULL, 0, &rows, err);

	if (r < 0 || (r = pps_sql_next(rows, err)) < 0)
		return r;
	*ret = r && !pps_sql_is_null(rows, 0) ? pps_sql_get_int(rows, 0) : none;
	return PPS_OK;
}

static int find_ordinal(pps_sql *sql, const char *name, int *ret, pps_error **err)
{
	_cleanup_(pps_sql_rows_freep) pps_sql_rows *rows = NULL;
	pps_sql_value param = pps_sql_text(name);
	int r = pps_sql_query(sql, "SELECT ordinal FROM {repository} WHERE name = $1", &param, 1, &rows, err);

	if (r < 0 || (r = pps_sql_next(rows, err)) < 0)
		return r;
	*ret = r ? (int)pps_sql_get_int(rows, 0) : -1;
	return PPS_OK;
}

static int add_ordinal(pps_sql *sql, const char *name, int *ret, pps_error **err)
{
	pps_sql_value params[2];
	int64_t last;
	int r;

	if ((r = largest(sql, "SELECT max(ordinal) FROM {repository}", -1, &last, err)) < 0)
		return r;
	if (last + 1 >= PPS_ORDINALS_MOST)
		return pps_fail(err, PPS_E_CONFIG, "%s: the state has known %d repositories already, no more are possible", name, PPS_ORDINALS_MOST);
	params[0] = pps_sql_int(last + 1);
	params[1] = pps_sql_text(name);
	*ret = (int)(last + 1);
	return pps_sql_exec(sql, "INSERT INTO {repository} (ordinal, name) VALUES ($1, $2)", params, 2, NULL, err);
}

static int give_ordinals(pps_sql *sql, void *user, pps_error **err)
{
	struct ordinals *o = user;
	int r = o->lock ? pps_flow_lock_check_epoch(o->lock, sql, err) : PPS_OK;

	for (size_t i = 0; i < o->n && r >= 0; i++)
		if ((r = find_ordinal(sql, o->names[i], &o->out[i], err)) >= 0 && o->out[i] < 0 && o->lock)
			r = add_ordinal(sql, o->names[i], &o->out[i], err);
	return r;
}

int pps_state_ordinals(pps_state *state, const pps_flow_lock *lock, const char *const *names, size_t n, int *ret_ordinals, pps_error **err)
{
	struct ordinals o = { lock, names, n, ret_ordinals };
	int r = pps_sql_transact(state->sql, PPS_STATE_ATTEMPTS, give_ordinals, &o, err);

	return r < 0 ? pps_wrap(err, r, "state") : r;
}

/* Adds to @map the numbers of those words that are known. */
static int find_words(pps_sql *sql, const char *const *words, size_t n, pps_map *map, pps_error **err)
{
	_cleanup_(pps_sql_rows_freep) pps_sql_rows *rows = NULL;
	pps_sql_value param = pps_sql_texts(words, n);
	int r = pps_sql_query(sql, "SELECT word, id FROM {dataset_word} WHERE word {in $1 text}", &param, 1, &rows, err);

	while (r >= 0 && (r = pps_sql_next(rows, err)) > 0)
		if (pps_map_set_text(map, pps_sql_get_text(rows, 0), (void *)(intptr_t)pps_sql_get_int(rows, 1)) < 0)
			r = pps_fail_nomem(err);
	return r;
}

/* Each once, in @map without a number yet: thousands of datasets share a few. */
static int distinct(const char *const *words, size_t n, const char **out, size_t *ret_n, pps_map *map, pps_error **err)
{
	*ret_n = 0;
	for (size_t i = 0; i < n; i++) {
		if (pps_map_get_text(map, words[i], NULL))
			continue;
		if (pps_map_set_text(map, words[i], NULL) < 0)
			return pps_fail_nomem(err);
		out[(*ret_n)++] = words[i];
	}
	return PPS_OK;
}

int pps_dataset_words(pps_sql *sql, const char *const *words, size_t n, pps_map *map, pps_error **err)
{
	static const pps_sql_column columns[] = { { "id", PPS_SQL_INT }, { "word", PPS_SQL_TEXT } };
	_cleanup_free_ const char **wanted = calloc(n + 1, sizeof *wanted);
	_cleanup_free_ pps_sql_value *values = NULL;
	size_t added = 0;
	int64_t last;
	int r;

	if (!wanted)
		return pps_fail_nomem(err);
	if ((r = distinct(words, n, wanted, &n, map, err)) < 0 || (r = find_words(sql, wanted, n, map, err)) < 0 ||
	    (r = largest(sql, "SELECT max(id) FROM {dataset_word}", 0, &last, err)) < 0)
		return r;
	if (!(values = calloc(2 * n + 1, sizeof *values)))
		return pps_fail_nomem(err);
	for (size_t i = 0; i < n; i++) {
		void *number = NULL;

		if (pps_map_get_text(map, wanted[i], &number) && number)
			continue;
		last++;
		if (pps_map_set_text(map, wanted[i], (void *)(intptr_t)last) < 0)
			return pps_fail_nomem(err);
		values[2 * added] = pps_sql_int(last);
		values[2 * added + 1] = pps_sql_text(wanted[i]);
		added++;
	}
	return added ? pps_sql_insert(sql, "dataset_word", columns, 2, values, added, NULL, NULL, err) : PPS_OK;
}

int pps_state_dataset_words(pps_state *state, pps_map **ret_words, pps_error **err)
{
	_cleanup_(pps_sql_rows_freep) pps_sql_rows *rows = NULL;
	_cleanup_(pps_map_freep) pps_map *map = pps_map_new();
	int r = map ? pps_sql_query(state->sql, "SELECT word FROM {dataset_word}", NULL, 0, &rows, err) : pps_fail_nomem(err);

	while (r >= 0 && (r = pps_sql_next(rows, err)) > 0)
		if (pps_map_set_text(map, pps_sql_get_text(rows, 0), NULL) < 0)
			r = pps_fail_nomem(err);
	if (r < 0)
		return pps_wrap(err, r, "state");
	*ret_words = TAKE_PTR(map);
	return PPS_OK;
}
