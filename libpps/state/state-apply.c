/* SPDX-License-Identifier: BSD-3-Clause */
/* Changes of exposures: all that one step changes, in one short transaction that checks the epoch first and the ledger last. */
#include <string.h>

#include "base/codec.h"
#include "state/state-private.h"

#define BACKOFF_FIRST_NS (60 * PPS_NS_PER_S)
#define BACKOFF_MOST_NS (14400 * PPS_NS_PER_S)
#define BACKOFF_DOUBLINGS 9 /* after which it is the most */

int64_t pps_state_backoff(int attempts)
{
	if (attempts > BACKOFF_DOUBLINGS)
		return BACKOFF_MOST_NS;
	return attempts < 2 ? 0 : BACKOFF_FIRST_NS << (attempts - 2);
}

struct application {
	const pps_flow_lock *lock;
	int64_t at;
	int64_t as_of;
	const pps_state_change *changes;
	size_t n;
	int64_t seq;
};

/* Changes of one kind, in their order. */
static const pps_state_change **of_kind(const struct application *a, int kind, size_t *ret_n)
{
	const pps_state_change **list = calloc(a->n + 1, sizeof *list);

	*ret_n = 0;
	for (size_t i = 0; list && i < a->n; i++)
		if (a->changes[i].kind == kind)
			list[(*ret_n)++] = &a->changes[i];
	return list;
}

static int compare(const void *x, const void *y)
{
	const pps_state_change *a = *(const pps_state_change *const *)x, *b = *(const pps_state_change *const *)y;
	int c = strcmp(a->key.instrument, b->key.instrument);

	if (!c)
		c = (a->key.id > b->key.id) - (a->key.id < b->key.id);
	if (!c && a->step && b->step)
		c = strcmp(a->step, b->step);
	if (!c)
		c = strcmp(a->destination ? a->destination : "", b->destination ? b->destination : "");
	return c ? c : (a > b) - (a < b);
}

/* Sorts by key, so that writers meet rows in one order; of several changes of the same thing the last stays. */
static size_t sort_unique(const pps_state_change **list, size_t n)
{
	size_t kept = 0;

	qsort(list, n, sizeof *list, compare);
	for (size_t i = 0; i < n; i++) {
		if (i + 1 < n) {
			const pps_state_change *a = list[i], *b = list[i + 1];

			if (a->key.id == b->key.id && strcmp(a->key.instrument, b->key.instrument) == 0 &&
			    (!a->step || !b->step || strcmp(a->step, b->step) == 0) &&
			    strcmp(a->destination ? a->destination : "", b->destination ? b->destination : "") == 0)
				continue;
		}
		list[kept++] = list[i];
	}
	return kept;
}

static void source_row(const pps_state_change *c, int64_t at, pps_sql_value *v)
{
	const pps_exposure_source *s = c->source;
	const pps_timespan *t = &s->timespan;

	v[0] = pps_sql_text(c->key.instrument);
	v[1] = pps_sql_int(c->key.id);
	v[2] = pps_sql_text(s->obs_id);
	v[3] = pps_sql_int(s->day_obs);
	v[4] = t->is_null ? pps_sql_null() : pps_sql_int(t->is_empty ? PPS_TAI_MAX : t->begin);
	v[5] = t->is_null ? pps_sql_null() : pps_sql_int(t->is_empty ? PPS_TAI_MIN : t->end);
	v[6] = s->can_see_sky < 0 ? pps_sql_null() : pps_sql_int(s->can_see_sky);
	v[7] = pps_sql_text(s->rule ? s->rule : "");
	v[8] = pps_sql_int(s->embargo);
	v[9] = pps_sql_int(at);
}

static int apply_sources(pps_sql *sql, const struct application *a, pps_error **err)
{
	static const pps_sql_column columns[] = {
		{ "instrument", PPS_SQL_TEXT },     { "id", PPS_SQL_INT },          { "obs_id", PPS_SQL_TEXT },
		{ "day_obs", PPS_SQL_INT },         { "timespan_begin", PPS_SQL_INT }, { "timespan_end", PPS_SQL_INT },
		{ "can_see_sky", PPS_SQL_INT },     { "rule", PPS_SQL_TEXT },       { "embargo", PPS_SQL_INT },
		{ "read_at", PPS_SQL_INT },
	};
	size_t n, width = PPS_COUNT(columns);
	_cleanup_free_ const pps_state_change **list = of_kind(a, PPS_CHANGE_SOURCE, &n);
	_cleanup_free_ pps_sql_value *values = NULL;

	if (!list)
		return pps_fail_nomem(err);
	if (n == 0)
		return PPS_OK;
	n = sort_unique(list, n);
	if (!(values = calloc(n * width, sizeof *values)))
		return pps_fail_nomem(err);
	for (size_t i = 0; i < n; i++)
		source_row(list[i], a->at, values + i * width);
	return pps_sql_insert(sql, "exposure", columns, width, values, n,
			      "ON CONFLICT (instrument, id) DO UPDATE SET obs_id = excluded.obs_id, day_obs = excluded.day_obs, "
			      "timespan_begin = excluded.timespan_begin, timespan_end = excluded.timespan_end, "
			      "can_see_sky = excluded.can_see_sky, rule = excluded.rule, embargo = excluded.embargo, "
			      "read_at = excluded.read_at",
			      NULL, err);
}

static int known(int64_t n, const pps_state_change *c, pps_error **err)
{
	if (n > 0)
		return PPS_OK;
	return pps_fail(err, PPS_E_NOTFOUND, "exposure %s %lld is not known to the state", c->key.instrument, (long long)c->key.id);
}

static int apply_zip(pps_sql *sql, const pps_state_change *c, pps_error **err)
{
	const pps_exposure_zip *z = c->zip;
	pps_sql_value params[] = { pps_sql_text(c->key.instrument), pps_sql_int(c->key.id), pps_sql_text(NULL), pps_sql_null(),
				   pps_sql_text(NULL), pps_sql_null() };
	int64_t n;
	char md5[33];
	int r;

	if (z && z->uri) {
		pps_hex_encode(z->md5, sizeof z->md5, md5);
		params[2] = pps_sql_text(z->uri);
		params[3] = pps_sql_int((int64_t)z->size);
		params[4] = pps_sql_text(md5);
		params[5] = pps_sql_int(z->adler32);
	}
	r = pps_sql_exec(sql, "UPDATE {exposure} SET zip_uri = $3, zip_size = $4, zip_md5 = $5, zip_adler32 = $6 "
			 "WHERE instrument = $1 AND id = $2", params, 6, &n, err);
	return r < 0 ? r : known(n, c, err);
}

static int apply_unstep(pps_sql *sql, const pps_state_change *c, pps_error **err)
{
	pps_sql_value params[] = { pps_sql_text(c->key.instrument), pps_sql_int(c->key.id), pps_sql_text(c->step),
				   pps_sql_text(c->destination ? c->destination : "") };
	int64_t n;
	int r;

	if (c->step)
		r = pps_sql_exec(sql, "DELETE FROM {exposure_step} WHERE instrument = $1 AND id = $2 AND step = $3 AND destination = $4",
				 params, 4, NULL, err);
	else
		r = pps_sql_exec(sql, "DELETE FROM {exposure_step} WHERE instrument = $1 AND id = $2", params, 2, NULL, err);
	if (r < 0)
		return r;
	r = pps_sql_exec(sql, "UPDATE {exposure} SET finished = NULL, finished_for = NULL WHERE instrument = $1 AND id = $2", params, 2, &n,
			 err);
	return r < 0 ? r : known(n, c, err);
}

/* The failures of a run of changes that differ in their id only. */
static int forget_failures(pps_sql *sql, const pps_state_change **list, size_t n, pps_error **err)
{
	_cleanup_free_ int64_t *ids = malloc(n * sizeof *ids);
	pps_sql_value params[] = { pps_sql_text(list[0]->key.instrument), pps_sql_text(list[0]->step),
				   pps_sql_text(list[0]->destination ? list[0]->destination : ""), pps_sql_null() };

	if (!ids)
		return pps_fail_nomem(err);
	for (size_t i = 0; i < n; i++)
		ids[i] = list[i]->key.id;
	params[3] = pps_sql_ints(ids, n);
	return pps_sql_exec(sql, "DELETE FROM {exposure_failure} WHERE instrument = $1 AND step = $2 AND destination = $3 AND id {in $4 int}",
			    params, 4, NULL, err);
}

static int is_same_but_id(const pps_state_change *a, const pps_state_change *b)
{
	return strcmp(a->key.instrument, b->key.instrument) == 0 && strcmp(a->step, b->step) == 0 &&
	       strcmp(a->destination ? a->destination : "", b->destination ? b->destination : "") == 0;
}

static int apply_steps(pps_sql *sql, const struct application *a, pps_error **err)
{
	static const pps_sql_column columns[] = {
		{ "instrument", PPS_SQL_TEXT }, { "id", PPS_SQL_INT }, { "step", PPS_SQL_TEXT },  { "destination", PPS_SQL_TEXT },
		{ "at", PPS_SQL_INT },          { "as_of", PPS_SQL_INT }, { "detail", PPS_SQL_TEXT },
	};
	size_t n, width = PPS_COUNT(columns);
	_cleanup_free_ const pps_state_change **list = of_kind(a, PPS_CHANGE_STEP, &n);
	_cleanup_free_ pps_sql_value *values = NULL;
	int r;

	if (!list)
		return pps_fail_nomem(err);
	if (n == 0)
		return PPS_OK;
	n = sort_unique(list, n);
	if (!(values = calloc(n * width, sizeof *values)))
		return pps_fail_nomem(err);
	for (size_t i = 0; i < n; i++) {
		pps_sql_value *v = values + i * width;

		v[0] = pps_sql_text(list[i]->key.instrument);
		v[1] = pps_sql_int(list[i]->key.id);
		v[2] = pps_sql_text(list[i]->step);
		v[3] = pps_sql_text(list[i]->destination ? list[i]->destination : "");
		v[4] = pps_sql_int(a->at);
		v[5] = pps_sql_int(a->as_of);
		v[6] = pps_sql_text(list[i]->detail);
	}
	r = pps_sql_insert(sql, "exposure_step", columns, width, values, n, "ON CONFLICT (instrument, id, step, destination) DO UPDATE SET "
			   "at = excluded.at, as_of = excluded.as_of, detail = excluded.detail", NULL, err);
	for (size_t i = 0, m; i < n && r == PPS_OK; i += m) {
		for (m = 1; i + m < n && is_same_but_id(list[i], list[i + m]); m++)
			;
		r = forget_failures(sql, list + i, m, err);
	}
	return r;
}

static int apply_failure(pps_sql *sql, int64_t at, const pps_state_change *c, pps_error **err)
{
	_cleanup_free_ char *text = pps_state_readable_text(c->text);
	pps_sql_value params[] = { pps_sql_text(c->key.instrument), pps_sql_int(c->key.id), pps_sql_text(c->step),
				   pps_sql_text(c->destination ? c->destination : ""), pps_sql_int(c->code),
				   pps_sql_text(text), pps_sql_int(at), pps_sql_int(at + pps_state_backoff(1)) };

	if (!text)
		return pps_fail_nomem(err);
	/* as pps_state_backoff() of one attempt more */
	return pps_sql_exec(sql, "INSERT INTO {exposure_failure} (instrument, id, step, destination, attempts, code, error, first_at, last_at, "
			    "next_try) VALUES ($1, $2, $3, $4, 1, $5, $6, $7, $7, $8) ON CONFLICT (instrument, id, step, destination) DO UPDATE "
			    "SET attempts = exposure_failure.attempts + 1, code = excluded.code, error = excluded.error, "
			    "last_at = excluded.last_at, next_try = excluded.last_at + CASE WHEN exposure_failure.attempts >= 9 "
			    "THEN 14400000000000 ELSE 60000000000 << (exposure_failure.attempts - 1) END", params, 8, NULL, err);
}

static int apply_finished(pps_sql *sql, int64_t at, const pps_state_change *c, pps_error **err)
{
	pps_sql_value params[] = { pps_sql_text(c->key.instrument), pps_sql_int(c->key.id), pps_sql_int(at),
				   pps_sql_text(c->text ? c->text : "") };
	int64_t n;
	int r = pps_sql_exec(sql, "UPDATE {exposure} SET finished = $3, finished_for = $4 WHERE instrument = $1 AND id = $2", params, 4, &n,
			     err);

	if (r < 0 || (r = known(n, c, err)) < 0)
		return r;
	return pps_sql_exec(sql, "DELETE FROM {exposure_failure} WHERE instrument = $1 AND id = $2", params, 2, NULL, err);
}

static int apply_selected(pps_sql *sql, int64_t at, const pps_state_change *c, pps_error **err)
{
	pps_sql_value params[] = { pps_sql_text(c->text), pps_sql_int(c->until), pps_sql_int(at) };

	return pps_sql_exec(sql, "INSERT INTO {selection} (rule, selected_until, at) VALUES ($1, $2, $3) ON CONFLICT (rule) DO UPDATE SET "
			    "selected_until = excluded.selected_until, at = excluded.at", params, 3, NULL, err);
}

static int apply_one(pps_sql *sql, struct application *a, const pps_state_change *c, pps_error **err)
{
	switch (c->kind) {
	case PPS_CHANGE_ZIP:
		return apply_zip(sql, c, err);
	case PPS_CHANGE_UNSTEP:
		return apply_unstep(sql, c, err);
	case PPS_CHANGE_FAILURE:
		return apply_failure(sql, a->at, c, err);
	case PPS_CHANGE_FINISHED:
		return apply_finished(sql, a->at, c, err);
	case PPS_CHANGE_SELECTED:
		return apply_selected(sql, a->at, c, err);
	case PPS_CHANGE_AUTHORISED:
	case PPS_CHANGE_DONE:
		return pps_ledger_apply(sql, a->at, a->as_of, c, &a->seq, err);
	default:
		return pps_fail(err, PPS_E_INTERNAL, "state: no change of kind %d", c->kind);
	}
}

static int apply_each(pps_sql *sql, struct application *a, int kind, pps_error **err)
{
	for (size_t i = 0; i < a->n; i++) {
		int r;

		if (a->changes[i].kind == kind && (r = apply_one(sql, a, &a->changes[i], err)) < 0)
			return r;
	}
	return PPS_OK;
}

/* The kinds' order is that of the locks: exposures, then what hangs on them, then the ledger's head. */
static int apply(pps_sql *sql, void *user, pps_error **err)
{
	struct application *a = user;
	int r;

	a->seq = 0;
	if ((r = pps_flow_lock_check_epoch(a->lock, sql, err)) < 0 || (r = apply_sources(sql, a, err)) < 0 ||
	    (r = apply_each(sql, a, PPS_CHANGE_ZIP, err)) < 0 || (r = apply_each(sql, a, PPS_CHANGE_UNSTEP, err)) < 0 ||
	    (r = apply_steps(sql, a, err)) < 0 || (r = apply_each(sql, a, PPS_CHANGE_FAILURE, err)) < 0 ||
	    (r = apply_each(sql, a, PPS_CHANGE_FINISHED, err)) < 0 || (r = apply_each(sql, a, PPS_CHANGE_SELECTED, err)) < 0)
		return r;
	for (size_t i = 0; i < a->n; i++)
		if ((a->changes[i].kind == PPS_CHANGE_AUTHORISED || a->changes[i].kind == PPS_CHANGE_DONE) &&
		    (r = apply_one(sql, a, &a->changes[i], err)) < 0)
			return r;
	return PPS_OK;
}

static int check_change(const pps_state_change *c, pps_error **err)
{
	int needs_key = c->kind >= PPS_CHANGE_SOURCE && c->kind <= PPS_CHANGE_FINISHED;
	int needs_step = c->kind == PPS_CHANGE_STEP || c->kind == PPS_CHANGE_FAILURE;

	if (c->kind < PPS_CHANGE_SOURCE || c->kind > PPS_CHANGE_SELECTED || (needs_key && (!c->key.instrument || c->key.id == 0)) ||
	    (needs_step && !c->step) || (c->kind == PPS_CHANGE_SOURCE && (!c->source || !c->source->obs_id)) ||
	    (c->kind == PPS_CHANGE_AUTHORISED && !c->entry) || (c->kind == PPS_CHANGE_DONE && !c->seq && !c->entry) ||
	    (c->kind == PPS_CHANGE_SELECTED && !c->text))
		return pps_fail(err, PPS_E_INTERNAL, "state: a change of kind %d lacks what it needs", c->kind);
	return PPS_OK;
}

int pps_state_apply(pps_state *state, const pps_flow_lock *lock, int64_t at, int64_t as_of, const pps_state_change *changes, size_t n,
		    int64_t *ret_seq, pps_error **err)
{
	struct application a = { .lock = lock, .at = at, .as_of = as_of, .changes = changes, .n = n };
	int r;

	for (size_t i = 0; i < n; i++)
		if ((r = check_change(&changes[i], err)) < 0)
			return r;
	if ((r = pps_sql_transact(state->sql, PPS_STATE_ATTEMPTS, apply, &a, err)) < 0)
		return pps_wrap(err, r, "state");
	if (ret_seq)
		*ret_seq = a.seq;
	return PPS_OK;
}

struct reopening {
	const pps_flow_lock *lock;
	const char *finished_for;
	int64_t n;
};

/* The whole table is looked at only when what exposures are finished for has changed since the last time. */
static int reopen(pps_sql *sql, void *user, pps_error **err)
{
	struct reopening *o = user;
	pps_sql_value param = pps_sql_text(o->finished_for);
	int64_t changed;
	int r;

	o->n = 0;
	if ((r = pps_flow_lock_check_epoch(o->lock, sql, err)) < 0)
		return r;
	r = pps_sql_exec(sql, "INSERT INTO {state_meta} (name, value) VALUES ('raw.finished_for', $1) ON CONFLICT (name) DO UPDATE SET "
			 "value = excluded.value WHERE state_meta.value <> excluded.value", &param, 1, &changed, err);
	if (r < 0 || changed == 0)
		return r;
	return pps_sql_exec(sql, "UPDATE {exposure} SET finished = NULL, finished_for = NULL WHERE finished IS NOT NULL AND finished_for <> $1",
			    &param, 1, &o->n, err);
}

int pps_state_reopen(pps_state *state, const pps_flow_lock *lock, const char *finished_for, int64_t *ret_n, pps_error **err)
{
	struct reopening o = { .lock = lock, .finished_for = finished_for };
	int r;

	if ((r = pps_sql_transact(state->sql, PPS_STATE_ATTEMPTS, reopen, &o, err)) < 0)
		return pps_wrap(err, r, "state");
	*ret_n = o.n;
	return PPS_OK;
}

int pps_state_selected_until(pps_state *state, const char *rule, int64_t *ret_until, pps_error **err)
{
	_cleanup_(pps_sql_rows_freep) pps_sql_rows *rows = NULL;
	pps_sql_value param = pps_sql_text(rule);
	int r = pps_sql_query(state->sql, "SELECT selected_until FROM {selection} WHERE rule = $1", &param, 1, &rows, err);

	if (r < 0 || (r = pps_sql_next(rows, err)) < 0)
		return pps_wrap(err, r, "state");
	*ret_until = r ? pps_sql_get_int(rows, 0) : INT64_MIN;
	return PPS_OK;
}
