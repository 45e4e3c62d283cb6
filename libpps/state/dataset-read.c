/* SPDX-License-Identifier: BSD-3-Clause */
/* Reading datasets of flow B: by what is ready, by id, by a selection. */
#include <string.h>

#include "state/dataset-private.h"

#define COLUMNS                                                                                                              \
	"d.id, o.word, t.word, r.word, d.instrument, d.data_id, d.visit, d.day_obs, d.end_kind, d.end_at, d.flags, d.registered, " \
	"d.status, d.times, d.next_task, d.next_due"
#define WORDS " JOIN {dataset_word} t ON t.id = d.type JOIN {dataset_word} r ON r.id = d.run JOIN {dataset_word} o ON o.id = d.origin"

struct pps_dataset_rows {
	pps_dataset_row *at;
	size_t n, cap;
	pps_arena *arena;
};

size_t pps_dataset_rows_count(const pps_dataset_rows *rows)
{
	return rows->n;
}

const pps_dataset_row *pps_dataset_rows_at(const pps_dataset_rows *rows, size_t n)
{
	return n < rows->n ? &rows->at[n] : NULL;
}

void pps_dataset_rows_free(pps_dataset_rows *rows)
{
	if (!rows)
		return;
	free(rows->at);
	pps_arena_free(rows->arena);
	free(rows);
}

/* Words repeat: each once. */
static const char *name(pps_dataset_rows *list, const pps_sql_rows *rows, int col)
{
	const char *text = pps_sql_get_text(rows, col);

	return pps_arena_name(list->arena, text ? text : "");
}

static int read_row(pps_dataset_rows *list, const pps_sql_rows *rows, pps_dataset_row *row, pps_error **err)
{
	const char *status = pps_sql_get_text(rows, 12), *times = pps_sql_get_text(rows, 13);

	*row = (pps_dataset_row){
		.origin = name(list, rows, 1), .type = name(list, rows, 2), .run = name(list, rows, 3), .instrument = name(list, rows, 4),
		.data_id = pps_arena_text(list->arena, pps_sql_get_text(rows, 5) ? pps_sql_get_text(rows, 5) : "{}"),
		.visit = pps_sql_get_int(rows, 6), .day_obs = pps_sql_get_int(rows, 7), .end_kind = (int)pps_sql_get_int(rows, 8),
		.end = pps_sql_get_int(rows, 9), .flags = (int)pps_sql_get_int(rows, 10), .registered = pps_sql_get_int(rows, 11),
		.next = pps_dataset_next_of(pps_sql_get_int(rows, 14), pps_sql_get_int(rows, 15)),
	};
	if (!row->origin || !row->type || !row->run || !row->instrument || !row->data_id)
		return pps_arena_fail(list->arena, "datasets of the state", err);
	if (pps_sql_get_uuid(rows, 0, &row->id) < 0)
		return pps_fail(err, PPS_E_FORMAT, "state: a dataset's id is no UUID");
	return pps_dataset_status_parse(status ? status : "", times ? times : "", &row->status, err);
}

/* The one that was last stands for all of them. */
static int take_failures(pps_dataset_rows *list, const pps_failures_found *found, pps_dataset_row *row, pps_error **err)
{
	const pps_failure_found *first = pps_dataset_failures_of(found, &row->id, &row->nfailures);
	pps_dataset_failure *all;
	int64_t last = INT64_MIN;

	if (!first)
		return PPS_OK;
	if (!(all = pps_arena_alloc(list->arena, row->nfailures * sizeof *all)))
		return pps_arena_fail(list->arena, "failures of datasets", err);
	row->failures = all;
	for (size_t i = 0; i < row->nfailures; i++) {
		all[i] = first[i].failure;
		if (all[i].last_at < last)
			continue;
		last = all[i].last_at;
		row->attempts = all[i].attempts;
		row->code = all[i].code;
		row->error = all[i].error;
	}
	return PPS_OK;
}

static int read_failures(pps_state *state, pps_dataset_rows *list, pps_error **err)
{
	_cleanup_(pps_failures_found_clear) pps_failures_found found = { 0 };
	_cleanup_free_ pps_uuid *ids = calloc(list->n + 1, sizeof *ids);
	int r;

	if (!ids)
		return pps_fail_nomem(err);
	for (size_t i = 0; i < list->n; i++)
		ids[i] = list->at[i].id;
	if ((r = pps_dataset_failures_read(state->sql, ids, list->n, list->arena, &found, err)) < 0)
		return r;
	for (size_t i = 0; found.n && i < list->n; i++)
		if ((r = take_failures(list, &found, &list->at[i], err)) < 0)
			return r;
	return PPS_OK;
}

static int query_rows(pps_state *state, const char *text, const pps_sql_value *params, size_t nparams, pps_dataset_rows *list, pps_error **err)
{
	_cleanup_(pps_sql_rows_freep) pps_sql_rows *rows = NULL;
	int r = pps_sql_query(state->sql, text, params, nparams, &rows, err);

	while (r >= 0 && (r = pps_sql_next(rows, err)) == 1) {
		if (pps_grow(&list->at, &list->cap, list->n, sizeof *list->at) < 0)
			r = pps_fail_nomem(err);
		else if ((r = read_row(list, rows, &list->at[list->n], err)) == PPS_OK)
			list->n++;
	}
	pps_sql_rows_free(TAKE_PTR(rows));
	return r >= 0 && list->n ? read_failures(state, list, err) : r;
}

/* PostgreSQL goes by the indexes for sure only where it was told so, which is in a transaction; SQLite would lock others out by it. */
static int begin_reading(pps_state *state, int *ret_own, pps_error **err)
{
	*ret_own = pps_sql_kind(state->sql) == PPS_SQL_POSTGRES && !pps_sql_in_transaction(state->sql);
	return *ret_own ? pps_sql_begin(state->sql, err) : PPS_OK;
}

static int end_reading(pps_state *state, int own, int r, pps_error **err)
{
	if (own && r >= 0)
		r = pps_sql_commit(state->sql, err);
	if (own && pps_sql_in_transaction(state->sql))
		pps_sql_rollback(state->sql);
	return r < 0 ? pps_wrap(err, r, "state") : PPS_OK;
}

static int read_rows(pps_state *state, const char *text, const pps_sql_value *params, size_t nparams, pps_dataset_rows **ret_rows,
		     pps_error **err)
{
	_cleanup_(pps_dataset_rows_freep) pps_dataset_rows *list = calloc(1, sizeof *list);
	int r, own;

	if (!list)
		return pps_fail_nomem(err);
	if ((r = pps_arena_new((size_t)pps_ctx_memory(state->ctx), &list->arena, err)) < 0)
		return r;
	if ((r = begin_reading(state, &own, err)) == PPS_OK)
		r = query_rows(state, text, params, nparams, list, err);
	if ((r = end_reading(state, own, r, err)) == PPS_OK)
		*ret_rows = TAKE_PTR(list);
	return r;
}

/* Those that are taken come from the index in its order, whatever the database thinks of how many there are. */
int pps_state_datasets_ready(pps_state *state, int task, int ordinal, int64_t now, size_t limit, pps_dataset_rows **ret_rows, pps_error **err)
{
	const pps_dataset_next next = { .task = task, .ordinal = ordinal };
	pps_sql_value params[] = { pps_dataset_next_value(&next), pps_sql_int(now), pps_sql_int((int64_t)limit) };

	return read_rows(state, "SELECT " COLUMNS " FROM (SELECT * FROM {dataset} WHERE next_task = $1 AND next_due <= $2 ORDER BY next_due LIMIT $3) d" WORDS
			 " ORDER BY d.next_due, d.id", params, 3, ret_rows, err);
}

int pps_state_datasets_get(pps_state *state, const pps_uuid *ids, size_t n, pps_dataset_rows **ret_rows, pps_error **err)
{
	pps_sql_value param = pps_sql_uuids(ids, n);

	return read_rows(state, "SELECT " COLUMNS " FROM {dataset} d" WORDS " WHERE d.id {in $1 uuid} ORDER BY d.id", &param, 1, ret_rows, err);
}

/* Only ids are read of those that are passed over. */
static int query_ready(pps_state *state, const pps_sql_value *params, const pps_uuid *but, size_t nbut, pps_uuid *ids, size_t limit, size_t *ret_n,
		       pps_error **err)
{
	_cleanup_(pps_sql_rows_freep) pps_sql_rows *rows = NULL;
	size_t n = 0;
	int r = pps_sql_query(state->sql, "SELECT id FROM {dataset} WHERE next_task = $1 AND next_due <= $2 ORDER BY next_due LIMIT $3", params, 3, &rows, err);

	while (r >= 0 && n < limit && (r = pps_sql_next(rows, err)) == 1)
		if (pps_sql_get_uuid(rows, 0, &ids[n]) < 0)
			r = pps_fail(err, PPS_E_FORMAT, "state: a dataset's id is no UUID");
		else
			n += !bsearch(&ids[n], but, nbut, sizeof *but, pps_uuid_compare);
	*ret_n = n;
	return r;
}

int pps_state_datasets_ready_but(pps_state *state, int task, int ordinal, int64_t now, const pps_uuid *but, size_t nbut, pps_uuid *ids, size_t limit,
				 size_t *ret_n, pps_error **err)
{
	const pps_dataset_next next = { .task = task, .ordinal = ordinal };
	const pps_sql_value params[] = { pps_dataset_next_value(&next), pps_sql_int(now), pps_sql_int((int64_t)(limit + nbut)) };
	int own, r = begin_reading(state, &own, err);

	if (r == PPS_OK)
		r = query_ready(state, params, but, nbut, ids, limit, ret_n, err);
	return end_reading(state, own, r, err);
}

/* By their ids, however few the database takes what is ready for. */
int pps_state_datasets_ready_of(pps_state *state, int task, int ordinal, int64_t now, const pps_uuid *ids, size_t n, pps_dataset_rows **ret_rows,
				pps_error **err)
{
	const pps_dataset_next next = { .task = task, .ordinal = ordinal };
	const pps_sql_value params[] = { pps_sql_uuids(ids, n), pps_dataset_next_value(&next), pps_sql_int(now) };

	return read_rows(state, "SELECT " COLUMNS " FROM {dataset} d" WORDS " WHERE d.id {in $1 uuid} AND +d.next_task = $2 AND +d.next_due <= $3 ORDER BY d.id",
			 params, 3, ret_rows, err);
}

/* A glob as LIKE, whose escape is '!'; a set of characters and all behind it is left to whoever looks at the rows. */
static void add_like(pps_buf *b, const char *glob)
{
	for (const char *p = glob; *p; p++) {
		if (*p == '[') {
			pps_buf_add_char(b, '%');
			return;
		}
		if (*p == '*')
			pps_buf_add_char(b, '%');
		else if (*p == '?')
			pps_buf_add_char(b, '_');
		else if (*p == '%' || *p == '_' || *p == '!')
			pps_buf_printf(b, "!%c", *p);
		else
			pps_buf_add_char(b, *p);
	}
}

/* Numbers of words. */
typedef struct numbers {
	int64_t *at;
	size_t n, cap;
} numbers;

static int find_words(pps_state *state, const char *glob, numbers *found, pps_error **err)
{
	_cleanup_(pps_sql_rows_freep) pps_sql_rows *rows = NULL;
	_cleanup_buf_ pps_buf like = PPS_BUF_LINE;
	pps_sql_value param;
	int r;

	add_like(&like, glob);
	if ((r = pps_buf_check(&like, "pattern", err)) < 0)
		return r;
	param = pps_sql_text(pps_buf_text(&like));
	r = pps_sql_query(state->sql, "SELECT id FROM {dataset_word} WHERE word LIKE $1 ESCAPE '!'", &param, 1, &rows, err);
	while (r >= 0 && (r = pps_sql_next(rows, err)) == 1) {
		if (pps_grow(&found->at, &found->cap, found->n, sizeof *found->at) < 0)
			return pps_fail_nomem(err);
		found->at[found->n++] = pps_sql_get_int(rows, 0);
	}
	return r;
}

struct condition {
	pps_buf text;
	pps_sql_value params[8];
	size_t n;
};

static void add_text(struct condition *c, const char *text)
{
	pps_buf_add_text(&c->text, c->text.size ? " AND " : " WHERE ");
	pps_buf_add_text(&c->text, text);
}

static void add_condition(struct condition *c, const char *left, pps_sql_value value, const char *right)
{
	c->params[c->n++] = value;
	add_text(c, left);
	pps_buf_printf(&c->text, " $%zu%s", c->n, right);
}

/* One type of all is found by its index; where something else says more, or there are several types, rows come in the order of another one. */
static void add_types(struct condition *c, const pps_state *state, const pps_dataset_filter *f, const numbers *types)
{
	if (types->n == 1 && !f->visit && !f->day_obs && !f->failed)
		add_condition(c, "type =", pps_sql_int(types->at[0]), "");
	else
		add_condition(c, pps_sql_kind(state->sql) == PPS_SQL_SQLITE ? "+type {in" : "type {in", pps_sql_ints(types->at, types->n), " int}");
}

static void add_conditions(struct condition *c, const pps_state *state, const pps_dataset_filter *f, const numbers *types, const numbers *runs)
{
	static const pps_uuid zero = { { 0 } };

	if (memcmp(&f->after, &zero, sizeof zero) != 0)
		add_condition(c, "id >", pps_sql_uuid(f->after), "");
	if (f->type)
		add_types(c, state, f, types);
	if (f->run)
		add_condition(c, "run {in", pps_sql_ints(runs->at, runs->n), " int}");
	if (f->origin)
		add_condition(c, "origin = (SELECT id FROM {dataset_word} WHERE word =", pps_sql_text(f->origin), ")");
	if (f->visit)
		add_condition(c, "visit =", pps_sql_int(f->visit), "");
	if (f->day_obs)
		add_condition(c, "day_obs =", pps_sql_int(f->day_obs), "");
	if (f->flags) {
		add_condition(c, "(flags &", pps_sql_int(f->flags), ") <> 0");
		add_text(c, "flags <> 0"); /* as the index says, too */
	}
	if (f->failed)
		add_text(c, "id IN (SELECT id FROM {dataset_trouble})");
	if (f->is_present)
		add_text(c, "status LIKE '%P%'");
}

int pps_state_datasets_find(pps_state *state, const pps_dataset_filter *f, pps_dataset_rows **ret_rows, pps_error **err)
{
	struct condition c = { .text = PPS_BUF_LINE };
	_cleanup_buf_ pps_buf text = PPS_BUF_LINE;
	numbers types = { 0 }, runs = { 0 };
	int r = PPS_OK;

	if ((f->type && (r = find_words(state, f->type, &types, err)) < 0) || (f->run && (r = find_words(state, f->run, &runs, err)) < 0))
		r = pps_wrap(err, r, "state");
	add_conditions(&c, state, f, &types, &runs);
	pps_buf_printf(&text, "SELECT " COLUMNS " FROM (SELECT * FROM {dataset}%s ORDER BY id", pps_buf_text(&c.text));
	if (f->limit)
		pps_buf_printf(&text, " LIMIT %zu", f->limit);
	pps_buf_add_text(&text, ") d" WORDS " ORDER BY d.id");
	if (r >= 0 && (r = pps_buf_check(&c.text, "conditions", err)) == PPS_OK && (r = pps_buf_check(&text, "statement", err)) == PPS_OK)
		r = read_rows(state, pps_buf_text(&text), c.params, c.n, ret_rows, err);
	pps_buf_free(&c.text);
	free(types.at);
	free(runs.at);
	return r;
}
