/* SPDX-License-Identifier: BSD-3-Clause */
/* Exposures by time, expression, name or number. */
#include <string.h>

#include "butler/butler-private.h"
#include "butler/where.h"

#define SPAN_AT 12 /* column of the time span in the select list */

/* A statement that grows, with its parameters. */
struct statement {
	pps_buf text;
	pps_sql_value *params;
	size_t n, cap;
	int failed;
};

static void statement_clear(struct statement *s)
{
	pps_buf_free(&s->text);
	free(s->params);
}

/* Return: the parameter's number. */
static int param(struct statement *s, pps_sql_value value)
{
	if (pps_grow(&s->params, &s->cap, s->n, sizeof *s->params) < 0) {
		s->failed = 1;
		return 1;
	}
	s->params[s->n++] = value;
	return (int)s->n;
}

static void add_overlap(struct statement *s, int kind, int64_t begin, int64_t end)
{
	if (kind == PPS_SQL_POSTGRES) {
		int b = param(s, begin > PPS_TAI_MIN ? pps_sql_int(begin) : pps_sql_null());
		int e = param(s, end < PPS_TAI_MAX ? pps_sql_int(end) : pps_sql_null());

		pps_buf_printf(&s->text, " AND e.timespan && int8range($%d::bigint, $%d::bigint)", b, e);
		return;
	}
	pps_buf_printf(&s->text, " AND e.timespan_begin < $%d", param(s, pps_sql_int(end)));
	pps_buf_printf(&s->text, " AND e.timespan_end > $%d", param(s, pps_sql_int(begin)));
}

static void add_filters(struct statement *s, int kind, const pps_exposure_query *q)
{
	if (q->instrument)
		pps_buf_printf(&s->text, " AND e.instrument = $%d", param(s, pps_sql_text(q->instrument)));
	if (q->day_obs)
		pps_buf_printf(&s->text, " AND e.day_obs = $%d", param(s, pps_sql_int(q->day_obs)));
	if (q->obs_ids)
		pps_buf_printf(&s->text, " AND e.obs_id {in $%d text}", param(s, pps_sql_texts(q->obs_ids, q->nobs_ids)));
	if (q->ids)
		pps_buf_printf(&s->text, " AND e.id {in $%d int}", param(s, pps_sql_ints(q->ids, q->nids)));
	if (q->begin > PPS_TAI_MIN || q->end < PPS_TAI_MAX)
		add_overlap(s, kind, q->begin, q->end);
}

static int add_where(struct statement *s, const pps_where *where)
{
	const pps_sql_value *params;
	size_t n;

	pps_buf_add_text(&s->text, " AND ");
	pps_where_condition(where, "e", s->n + 1, &s->text);
	params = pps_where_params(where, &n);
	for (size_t i = 0; i < n; i++)
		param(s, params[i]);
	return s->failed ? -1 : 0;
}

static const char *text_of(pps_arena *a, const pps_sql_rows *rows, int col)
{
	const char *s = pps_sql_get_text(rows, col);

	return pps_arena_name(a, s ? s : "");
}

static int read_row(pps_butler_exposures *list, size_t *cap, const pps_sql_rows *rows, pps_error **err)
{
	pps_arena *a = list->arena;
	pps_butler_exposure e = {
		.instrument = text_of(a, rows, 0),
		.id = pps_sql_get_int(rows, 1),
		.obs_id = text_of(a, rows, 2),
		.day_obs = pps_sql_get_int(rows, 3),
		.group = text_of(a, rows, 4),
		.physical_filter = text_of(a, rows, 5),
		.band = text_of(a, rows, 6),
		.observation_type = text_of(a, rows, 7),
		.observation_reason = text_of(a, rows, 8),
		.science_program = text_of(a, rows, 9),
		.target_name = text_of(a, rows, 10),
		.can_see_sky = pps_sql_is_null(rows, 11) ? -1 : !!pps_sql_get_int(rows, 11),
		.timespan = pps_sql_get_span(rows, SPAN_AT),
	};

	if (!e.instrument || !e.obs_id || !e.group || !e.physical_filter || !e.band || !e.observation_type || !e.observation_reason ||
	    !e.science_program || !e.target_name)
		return pps_arena_fail(a, "exposures", err);
	if (pps_grow(&list->at, cap, list->n, sizeof e) < 0)
		return pps_fail_nomem(err);
	list->at[list->n++] = e;
	return PPS_OK;
}

static int by_id(const void *a, const void *b)
{
	const pps_butler_exposure *x = a, *y = b;
	int c = strcmp(x->instrument, y->instrument);

	return c ? c : (x->id > y->id) - (x->id < y->id);
}

static int run(pps_butler *b, const pps_exposure_query *q, const pps_where *where, pps_butler_exposures *list, pps_error **err)
{
	_cleanup_(pps_sql_rows_freep) pps_sql_rows *rows = NULL;
	_cleanup_(statement_clear) struct statement s = { .text = PPS_BUF_SQL };
	size_t cap = 0;
	int r;

	pps_buf_add_text(&s.text,
			 "SELECT e.instrument, e.id, e.obs_id, e.day_obs, e.\"group\", e.physical_filter, p.band, e.observation_type,"
			 " e.observation_reason, e.science_program, e.target_name, e.can_see_sky, ");
	pps_sql_span_columns(b->sql, "e", "timespan", &s.text);
	pps_buf_add_text(&s.text, " FROM {exposure} AS e LEFT JOIN {physical_filter} AS p ON p.instrument = e.instrument"
				  " AND p.name = e.physical_filter WHERE 1 = 1");
	add_filters(&s, pps_sql_kind(b->sql), q);
	if (where)
		add_where(&s, where);
	if (s.failed)
		return pps_fail_nomem(err);
	if ((r = pps_buf_check(&s.text, "statement", err)) < 0 ||
	    (r = pps_sql_query(b->sql, pps_buf_text(&s.text), s.params, s.n, &rows, err)) < 0)
		return r;
	while ((r = pps_sql_next(rows, err)) > 0)
		if ((r = read_row(list, &cap, rows, err)) < 0)
			return r;
	if (list->n)
		qsort(list->at, list->n, sizeof *list->at, by_id);
	return r;
}

int pps_butler_find_exposures(pps_butler *butler, const pps_exposure_query *query, pps_butler_exposures **ret, pps_error **err)
{
	_cleanup_(pps_butler_exposures_freep) pps_butler_exposures *list = calloc(1, sizeof *list);
	_cleanup_(pps_where_freep) pps_where *where = NULL;
	pps_where_options options = { .kind = pps_sql_kind(butler->sql), .instrument = query->instrument,
				      .sql = butler->sql };
	pps_exposure_query q = *query;
	int r;

	if (!list)
		return pps_fail_nomem(err);
	if (!q.begin && !q.end)
		q.end = PPS_TAI_MAX;
	if ((r = pps_arena_new((size_t)pps_ctx_memory(butler->ctx), &list->arena, err)) < 0)
		return r;
	if (q.where && *q.where && (r = pps_where_compile(butler->universe, q.where, &options, &where, err)) < 0)
		return r;
	if (q.begin < q.end && (r = run(butler, &q, where, list, err)) < 0)
		return pps_wrap(err, r, "exposures of %s", butler->config.uri);
	*ret = TAKE_PTR(list);
	return PPS_OK;
}

/* ---- the public side ---- */

int pps_butler_query_exposures(pps_butler *butler, const char *instrument, const char *where, int64_t begin, int64_t end,
			       pps_butler_exposures **ret, pps_error **err)
{
	pps_exposure_query q = { .instrument = instrument, .where = where, .begin = begin, .end = end };

	if (!butler || !ret)
		return pps_fail(err, PPS_E_ARG, "pps_butler_query_exposures: butler and ret must not be NULL");
	if (begin < PPS_TAI_MIN)
		q.begin = PPS_TAI_MIN;
	if (end > PPS_TAI_MAX)
		q.end = PPS_TAI_MAX;
	if (begin >= end || q.end <= PPS_TAI_MIN)
		return pps_fail(err, PPS_E_ARG, "pps_butler_query_exposures: the window must end after it begins");
	return pps_butler_find_exposures(butler, &q, ret, err);
}

void pps_butler_exposures_free(pps_butler_exposures *list)
{
	if (!list)
		return;
	free(list->at);
	pps_arena_free(list->arena);
	free(list);
}

size_t pps_butler_exposures_count(const pps_butler_exposures *list)
{
	return list ? list->n : 0;
}

int pps_butler_exposures_next(pps_butler_exposures *list)
{
	if (!list || list->cursor >= list->n)
		return 0;
	list->cursor++;
	return 1;
}

/* The current exposure; an empty one before the first. */
static const pps_butler_exposure *current(const pps_butler_exposures *list)
{
	static const pps_butler_exposure none = { .instrument = "", .obs_id = "", .group = "", .physical_filter = "",
						  .observation_type = "", .can_see_sky = -1, .timespan = { .is_null = 1 } };

	return list && list->cursor ? &list->at[list->cursor - 1] : &none;
}

const char *pps_butler_exposures_instrument(const pps_butler_exposures *list)
{
	return current(list)->instrument;
}

int64_t pps_butler_exposures_id(const pps_butler_exposures *list)
{
	return current(list)->id;
}

const char *pps_butler_exposures_obs_id(const pps_butler_exposures *list)
{
	return current(list)->obs_id;
}

int64_t pps_butler_exposures_day_obs(const pps_butler_exposures *list)
{
	return current(list)->day_obs;
}

const char *pps_butler_exposures_group(const pps_butler_exposures *list)
{
	return current(list)->group;
}

const char *pps_butler_exposures_physical_filter(const pps_butler_exposures *list)
{
	return current(list)->physical_filter;
}

const char *pps_butler_exposures_observation_type(const pps_butler_exposures *list)
{
	return current(list)->observation_type;
}

int pps_butler_exposures_can_see_sky(const pps_butler_exposures *list)
{
	return current(list)->can_see_sky;
}

int pps_butler_exposures_timespan(const pps_butler_exposures *list, int64_t *ret_begin, int64_t *ret_end)
{
	const pps_timespan *t = &current(list)->timespan;
	int known = !t->is_null && !t->is_empty;
	int64_t begin = known && t->begin > PPS_TAI_MIN ? t->begin : INT64_MIN;
	int64_t end = known && t->end < PPS_TAI_MAX ? t->end : INT64_MAX;

	if (ret_begin)
		*ret_begin = begin;
	if (ret_end)
		*ret_end = end;
	return begin != INT64_MIN && end != INT64_MAX;
}
