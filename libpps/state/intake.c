/* SPDX-License-Identifier: BSD-3-Clause */
/* Batches that are still to be read. */
#include "state/intake.h"

#include <string.h>

#include "state/dataset-private.h"

static int compare_places(const pps_message_place *a, const pps_message_place *b)
{
	int c = strcmp(a->topic, b->topic);

	if (!c)
		c = (a->part > b->part) - (a->part < b->part);
	return c ? c : (a->position > b->position) - (a->position < b->position);
}

static int compare_batches(const void *x, const void *y)
{
	const pps_pending_batch *const *a = x, *const *b = y;

	return compare_places(&(*a)->place, &(*b)->place);
}

struct recording {
	const pps_flow_lock *lock;
	const pps_pending_batch *batches;
	size_t nbatches;
	const pps_dead_letter *letters;
	size_t nletters;
	int64_t at, added;
};

static int add_batches(pps_sql *sql, const struct recording *rec, pps_error **err)
{
	static const pps_sql_column columns[] = {
		{ "topic", PPS_SQL_TEXT }, { "part", PPS_SQL_INT },  { "position", PPS_SQL_INT }, { "batch", PPS_SQL_UUID },   { "origin", PPS_SQL_TEXT },
		{ "file", PPS_SQL_TEXT },  { "since", PPS_SQL_INT }, { "attempts", PPS_SQL_INT }, { "next_try", PPS_SQL_INT },
	};
	const size_t width = PPS_COUNT(columns);
	_cleanup_free_ const pps_pending_batch **sorted = calloc(rec->nbatches + 1, sizeof *sorted);
	_cleanup_free_ pps_sql_value *values = calloc(rec->nbatches * width + 1, sizeof *values);

	if (!sorted || !values)
		return pps_fail_nomem(err);
	for (size_t i = 0; i < rec->nbatches; i++)
		sorted[i] = &rec->batches[i];
	qsort(sorted, rec->nbatches, sizeof *sorted, compare_batches);
	for (size_t i = 0; i < rec->nbatches; i++) {
		const pps_pending_batch *b = sorted[i];
		pps_sql_value *v = values + i * width;

		v[0] = pps_sql_text(b->place.topic);
		v[1] = pps_sql_int(b->place.part);
		v[2] = pps_sql_int(b->place.position);
		v[3] = pps_sql_uuid(b->batch);
		v[4] = pps_sql_text(b->origin);
		v[5] = pps_sql_text(b->file);
		v[6] = pps_sql_int(rec->at);
		v[7] = pps_sql_int(0);
		v[8] = pps_sql_int(rec->at);
	}
	return rec->nbatches ? pps_sql_insert(sql, "intake_batch", columns, width, values, rec->nbatches, "ON CONFLICT DO NOTHING", NULL, err) : PPS_OK;
}

static int record(pps_sql *sql, void *user, pps_error **err)
{
	struct recording *rec = user;
	int r = pps_flow_lock_check_epoch(rec->lock, sql, err);

	rec->added = 0;
	if (r < 0 || (r = add_batches(sql, rec, err)) < 0)
		return r;
	return pps_dead_letters_insert(sql, rec->letters, rec->nletters, rec->at, &rec->added, err);
}

int pps_state_intake_record(pps_state *state, const pps_flow_lock *lock, const pps_pending_batch *batches, size_t nbatches,
			    const pps_dead_letter *letters, size_t nletters, int64_t at, int64_t *ret_letters, pps_error **err)
{
	struct recording rec = { .lock = lock, .batches = batches, .nbatches = nbatches, .letters = letters, .nletters = nletters, .at = at };
	int r = pps_sql_transact(state->sql, PPS_STATE_ATTEMPTS, record, &rec, err);

	if (r < 0)
		return pps_wrap(err, r, "state: batches");
	if (ret_letters)
		*ret_letters = rec.added;
	return PPS_OK;
}

void pps_pending_batches_free(pps_pending_batches *list)
{
	if (!list)
		return;
	for (size_t i = 0; i < list->n; i++) {
		free((void *)list->at[i].place.topic);
		free((void *)list->at[i].origin);
		free((void *)list->at[i].file);
		free((void *)list->at[i].error);
	}
	free(list->at);
	free(list);
}

static int read_batch(const pps_sql_rows *rows, pps_pending_batches *list, pps_error **err)
{
	pps_pending_batch *b;

	if (pps_grow(&list->at, &list->cap, list->n, sizeof *list->at) < 0)
		return pps_fail_nomem(err);
	b = &list->at[list->n++];
	*b = (pps_pending_batch){ .place = { strdup(pps_sql_get_text(rows, 0)), pps_sql_get_int(rows, 1), pps_sql_get_int(rows, 2) },
				  .origin = strdup(pps_sql_get_text(rows, 4)), .file = strdup(pps_sql_get_text(rows, 5)),
				  .since = pps_sql_get_int(rows, 6), .attempts = (int)pps_sql_get_int(rows, 7),
				  .error = pps_sql_is_null(rows, 8) ? NULL : strdup(pps_sql_get_text(rows, 8)), .next_try = pps_sql_get_int(rows, 9) };
	if (!b->place.topic || !b->origin || !b->file || (!b->error && !pps_sql_is_null(rows, 8)))
		return pps_fail_nomem(err);
	return pps_sql_get_uuid(rows, 3, &b->batch) < 0 ? pps_fail(err, PPS_E_FORMAT, "state: a batch's id is no UUID") : PPS_OK;
}

int pps_state_batches(pps_state *state, int64_t now, size_t limit, pps_pending_batches **ret_list, pps_error **err)
{
	_cleanup_(pps_pending_batches_freep) pps_pending_batches *list = calloc(1, sizeof *list);
	_cleanup_(pps_sql_rows_freep) pps_sql_rows *rows = NULL;
	pps_sql_value params[] = { pps_sql_int(now), pps_sql_int((int64_t)limit) };
	int r;

	if (!list)
		return pps_fail_nomem(err);
	r = pps_sql_query(state->sql, "SELECT topic, part, position, batch, origin, file, since, attempts, error, next_try FROM {intake_batch} "
			  "WHERE next_try <= $1 ORDER BY next_try, topic, part, position LIMIT $2", params, 2, &rows, err);
	while (r >= 0 && (r = pps_sql_next(rows, err)) == 1)
		r = read_batch(rows, list, err);
	if (r < 0)
		return pps_wrap(err, r, "state: batches");
	*ret_list = TAKE_PTR(list);
	return PPS_OK;
}

int pps_state_count(pps_state *state, const char *text, const pps_sql_value *params, size_t nparams, int64_t *ret_n, pps_error **err)
{
	_cleanup_(pps_sql_rows_freep) pps_sql_rows *rows = NULL;
	int r = pps_sql_query(state->sql, text, params, nparams, &rows, err);

	if (r < 0 || (r = pps_sql_next(rows, err)) < 0)
		return pps_wrap(err, r, "state");
	*ret_n = r ? pps_sql_get_int(rows, 0) : 0;
	return PPS_OK;
}

int pps_state_batch_count(pps_state *state, int64_t *ret_n, pps_error **err)
{
	return pps_state_count(state, "SELECT count(*) FROM {intake_batch}", NULL, 0, ret_n, err);
}

static int remove_batch(pps_sql *sql, const pps_message_place *place, int64_t *ret_n, pps_error **err)
{
	pps_sql_value params[] = { pps_sql_text(place->topic), pps_sql_int(place->part), pps_sql_int(place->position) };

	return pps_sql_exec(sql, "DELETE FROM {intake_batch} WHERE topic = $1 AND part = $2 AND position = $3", params, 3, ret_n, err);
}

/* Those of one partition in one statement. */
static int remove_batches(pps_sql *sql, void *user, pps_error **err)
{
	struct recording *rec = user;
	_cleanup_free_ const pps_pending_batch **sorted = calloc(rec->nbatches + 1, sizeof *sorted);
	_cleanup_free_ int64_t *positions = calloc(rec->nbatches + 1, sizeof *positions);
	int r = sorted && positions ? pps_flow_lock_check_epoch(rec->lock, sql, err) : pps_fail_nomem(err);

	for (size_t i = 0; r >= 0 && i < rec->nbatches; i++)
		sorted[i] = &rec->batches[i];
	if (r >= 0)
		qsort(sorted, rec->nbatches, sizeof *sorted, compare_batches);
	for (size_t i = 0, n; r >= 0 && i < rec->nbatches; i += n) {
		const pps_message_place *first = &sorted[i]->place;
		pps_sql_value params[] = { pps_sql_text(first->topic), pps_sql_int(first->part), { 0 } };

		for (n = 0; i + n < rec->nbatches && sorted[i + n]->place.part == first->part && !strcmp(sorted[i + n]->place.topic, first->topic); n++)
			positions[n] = sorted[i + n]->place.position;
		params[2] = pps_sql_ints(positions, n);
		r = pps_sql_exec(sql, "DELETE FROM {intake_batch} WHERE topic = $1 AND part = $2 AND position {in $3 int}", params, 3, NULL, err);
	}
	return r;
}

int pps_state_batches_done(pps_state *state, const pps_flow_lock *lock, const pps_pending_batch *batches, size_t n, pps_error **err)
{
	struct recording rec = { .lock = lock, .batches = batches, .nbatches = n };
	int r = pps_sql_transact(state->sql, PPS_STATE_ATTEMPTS, remove_batches, &rec, err);

	return r < 0 ? pps_wrap(err, r, "state: batches") : PPS_OK;
}

struct failing {
	const pps_flow_lock *lock;
	const pps_message_place *place;
	const char *error;
	const pps_dead_letter *letter;
	int64_t at;
};

static int fail_batch(pps_sql *sql, void *user, pps_error **err)
{
	const struct failing *f = user;
	pps_sql_value params[] = { pps_sql_text(f->place->topic), pps_sql_int(f->place->part), pps_sql_int(f->place->position), pps_sql_text(f->error),
				   pps_sql_int(f->at) };
	int r = pps_flow_lock_check_epoch(f->lock, sql, err);

	return r < 0 ? r : pps_sql_exec(sql, "UPDATE {intake_batch} SET attempts = attempts + 1, error = $4, next_try = $5 "
					"WHERE topic = $1 AND part = $2 AND position = $3", params, PPS_COUNT(params), NULL, err);
}

int pps_state_batch_failed(pps_state *state, const pps_flow_lock *lock, const pps_message_place *place, const char *error, int64_t next_try,
			   pps_error **err)
{
	_cleanup_buf_ pps_buf text = PPS_BUF_LINE;
	struct failing f = { .lock = lock, .place = place, .at = next_try };
	int r;

	pps_state_readable(&text, error, strlen(error));
	if ((r = pps_buf_check(&text, "error", err)) < 0)
		return r;
	f.error = pps_buf_text(&text);
	r = pps_sql_transact(state->sql, PPS_STATE_ATTEMPTS, fail_batch, &f, err);
	return r < 0 ? pps_wrap(err, r, "state: batch") : PPS_OK;
}

static int give_up(pps_sql *sql, void *user, pps_error **err)
{
	const struct failing *f = user;
	int r = pps_flow_lock_check_epoch(f->lock, sql, err);

	if (r < 0 || (r = remove_batch(sql, &f->letter->place, NULL, err)) < 0)
		return r;
	return pps_dead_letters_insert(sql, f->letter, 1, f->at, NULL, err);
}

int pps_state_batch_given_up(pps_state *state, const pps_flow_lock *lock, const pps_dead_letter *letter, int64_t at, pps_error **err)
{
	struct failing f = { .lock = lock, .letter = letter, .at = at };
	int r = pps_sql_transact(state->sql, PPS_STATE_ATTEMPTS, give_up, &f, err);

	return r < 0 ? pps_wrap(err, r, "state: batch") : PPS_OK;
}

/* ---- what is registered, and what is not known ---- */

int pps_state_datasets_known(pps_state *state, const pps_uuid *ids, size_t n, uint8_t *ret_known, pps_error **err)
{
	_cleanup_(pps_map_freep) pps_map *known = pps_map_new();
	int r = known ? pps_dataset_known(state->sql, ids, n, known, err) : pps_fail_nomem(err);

	if (r < 0)
		return pps_wrap(err, r, "state");
	for (size_t i = 0; i < n; i++)
		ret_known[i] = (uint8_t)pps_map_get(known, &ids[i], sizeof ids[i], NULL);
	return PPS_OK;
}

int pps_state_unknown_count(pps_state *state, int64_t *ret_n, pps_error **err)
{
	return pps_state_count(state, "SELECT count(*) FROM {dataset_unknown}", NULL, 0, ret_n, err);
}

int pps_state_unknown_any(pps_state *state, int64_t *ret_any, pps_error **err)
{
	return pps_state_count(state, "SELECT count(*) FROM (SELECT id FROM {dataset_unknown} LIMIT 1) u", NULL, 0, ret_any, err);
}
