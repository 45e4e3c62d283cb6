/* SPDX-License-Identifier: BSD-3-Clause */
/* When a dataset's time ends: of the dimensions that have a time, those that its type requires count. */
#include <string.h>

#include "butler/ref-private.h"

enum { VISIT, EXPOSURE, DAY, GROUP, KINDS };

static const char *const dimensions[KINDS] = { "visit", "exposure", "day_obs", "group" };

/* What is known of a visit, exposure, day or group. */
struct moment {
	int seen;    /* its record is there; of a group: an exposure */
	int unknown; /* one of the spans that count says no end */
	int64_t end, day_obs;
};

/* The moments of one instrument; `moments[i]` is that of the ith value. */
struct finder {
	pps_butler *butler;
	const pps_refs *refs;
	const char *instrument;
	pps_map *values[KINDS]; /* value -> index + 1 */
	struct moment *moments[KINDS];
};

static void finder_clear(struct finder *f)
{
	for (int k = 0; k < KINDS; k++) {
		pps_map_free(f->values[k]);
		free(f->moments[k]);
	}
}

static size_t place_of(const struct finder *f, int kind, const void *value, size_t size)
{
	void *found = NULL;

	pps_map_get(f->values[kind], value, size, &found);
	return (uintptr_t)found;
}

static const void *value_of(const pps_sql_value *v, size_t *ret_size)
{
	*ret_size = v->type == PPS_SQL_TEXT ? strlen(v->s) : sizeof v->i;
	return v->type == PPS_SQL_TEXT ? (const void *)v->s : (const void *)&v->i;
}

/* ---- asking ---- */

static int add_value(struct finder *f, int kind, const pps_sql_value *v, pps_error **err)
{
	size_t size;
	const void *value = value_of(v, &size);

	if (place_of(f, kind, value, size))
		return PPS_OK;
	return pps_map_set(f->values[kind], value, size, (void *)(uintptr_t)(pps_map_size(f->values[kind]) + 1)) < 0 ? pps_fail_nomem(err) :
														      PPS_OK;
}

static int collect(struct finder *f, pps_error **err)
{
	int r;

	for (int k = 0; k < KINDS; k++)
		if (!(f->values[k] = pps_map_new()))
			return pps_fail_nomem(err);
	for (size_t i = 0; i < f->refs->n; i++) {
		const char *instrument = pps_ref_instrument(&f->refs->at[i]);

		if (!instrument || strcmp(instrument, f->instrument) != 0)
			continue;
		for (int k = 0; k < KINDS; k++) {
			const pps_sql_value *v = pps_ref_key(&f->refs->at[i], dimensions[k]);

			if (v && (r = add_value(f, k, v, err)) < 0)
				return r;
		}
	}
	for (int k = 0; k < KINDS; k++)
		if (!(f->moments[k] = calloc(pps_map_size(f->values[k]) + 1, sizeof **f->moments)))
			return pps_fail_nomem(err);
	return PPS_OK;
}

/* Rows: value, day_obs, whether its own record is there, a span that counts. */
static void add_select(const struct finder *f, const char *columns, const char *alias, const char *rest, pps_buf *b)
{
	pps_buf_printf(b, "SELECT %s, ", columns);
	pps_sql_span_columns(f->butler->sql, alias, "timespan", b);
	pps_buf_printf(b, " FROM %s", rest);
}

static void add_statement(const struct finder *f, int kind, pps_buf *b)
{
	switch (kind) {
	case VISIT:
		add_select(f, "v.id, v.day_obs, 1", "v", "{visit} AS v WHERE v.instrument = $1 AND v.id {in $2 int} UNION ALL ", b);
		add_select(f, "d.visit, e.day_obs, 0", "e", "{visit_definition} AS d JOIN {exposure} AS e ON e.instrument = d.instrument"
			   " AND e.id = d.exposure WHERE d.instrument = $1 AND d.visit {in $2 int}", b);
		break;
	case EXPOSURE:
		add_select(f, "e.id, e.day_obs, 1", "e", "{exposure} AS e WHERE e.instrument = $1 AND e.id {in $2 int}", b);
		break;
	case DAY:
		add_select(f, "d.id, d.id, 1", "d", "{day_obs} AS d WHERE d.instrument = $1 AND d.id {in $2 int}", b);
		break;
	default:
		add_select(f, "e.\"group\", e.day_obs, 1", "e", "{exposure} AS e WHERE e.instrument = $1 AND e.\"group\" {in $2 text}", b);
	}
}

static void read_row(struct finder *f, int kind, const pps_sql_rows *rows)
{
	int64_t number = kind == GROUP ? 0 : pps_sql_get_int(rows, 0);
	const char *text = kind == GROUP ? pps_sql_get_text(rows, 0) : NULL;
	size_t place = place_of(f, kind, text ? (const void *)text : &number, text ? strlen(text) : sizeof number);
	pps_timespan span = pps_sql_get_span(rows, 3);
	struct moment *m;

	if (!place)
		return;
	m = &f->moments[kind][place - 1];
	if (pps_sql_get_int(rows, 2)) {
		m->seen = 1;
		m->day_obs = pps_sql_get_int(rows, 1);
	}
	if (span.is_null || span.is_empty || span.end >= PPS_TAI_MAX)
		m->unknown = 1;
	else if (span.end > m->end)
		m->end = span.end;
}

static int query(struct finder *f, int kind, size_t from, size_t n, pps_error **err)
{
	_cleanup_(pps_sql_rows_freep) pps_sql_rows *rows = NULL;
	_cleanup_free_ int64_t *ints = calloc(n, sizeof *ints);
	_cleanup_free_ const char **texts = calloc(n, sizeof *texts);
	_cleanup_buf_ pps_buf text = PPS_BUF_LINE;
	pps_sql_value params[] = { pps_sql_text(f->instrument), pps_sql_ints(ints, n) };
	int r;

	if (!ints || !texts)
		return pps_fail_nomem(err);
	for (size_t i = 0; i < n; i++) {
		texts[i] = pps_map_key(f->values[kind], from + i);
		if (kind != GROUP)
			memcpy(&ints[i], texts[i], sizeof *ints);
	}
	if (kind == GROUP)
		params[1] = pps_sql_texts(texts, n);
	add_statement(f, kind, &text);
	if ((r = pps_buf_check(&text, "statement", err)) < 0)
		return r;
	r = pps_sql_query(f->butler->sql, pps_buf_text(&text), params, PPS_COUNT(params), &rows, err);
	while (r >= 0 && (r = pps_sql_next(rows, err)) > 0)
		read_row(f, kind, rows);
	return r;
}

/* ---- concluding ---- */

static void conclude(const struct finder *f, const pps_ref *ref, pps_ref_end *end)
{
	*end = (pps_ref_end){ .kind = PPS_REF_END_NONE, .instrument = f->instrument };
	for (int k = 0; k < KINDS; k++) {
		const pps_sql_value *v = pps_ref_key(ref, dimensions[k]);
		const struct moment *m;
		const void *value;
		size_t size;

		if (!v)
			continue;
		value = value_of(v, &size);
		m = &f->moments[k][place_of(f, k, value, size) - 1];
		if (!m->seen || m->unknown)
			end->kind = PPS_REF_END_UNKNOWN;
		else if (end->kind == PPS_REF_END_NONE)
			end->kind = PPS_REF_END_KNOWN;
		if (m->end > end->end)
			end->end = m->end;
		if (!end->day_obs)
			end->day_obs = k == DAY ? v->i : m->day_obs;
		if (!end->visit && (k == VISIT || k == EXPOSURE))
			end->visit = v->i;
	}
	if (end->kind != PPS_REF_END_KNOWN)
		end->end = 0;
}

/* All datasets of one instrument. */
static int find(pps_butler *b, const pps_refs *refs, const char *instrument, pps_ref_end *ends, pps_error **err)
{
	_cleanup_(finder_clear) struct finder f = { .butler = b, .refs = refs, .instrument = instrument };
	int r;

	if ((r = collect(&f, err)) < 0)
		return r;
	for (int k = 0; k < KINDS; k++) {
		size_t n = pps_map_size(f.values[k]);

		for (size_t i = 0; i < n; i += PPS_REFS_CHUNK)
			if ((r = query(&f, k, i, n - i < PPS_REFS_CHUNK ? n - i : PPS_REFS_CHUNK, err)) < 0)
				return r;
	}
	for (size_t i = 0; i < refs->n; i++) {
		const char *name = pps_ref_instrument(&refs->at[i]);

		if (name && strcmp(name, instrument) == 0)
			conclude(&f, &refs->at[i], &ends[i]);
	}
	return PPS_OK;
}

int pps_butler_find_ends(pps_butler *butler, const pps_refs *refs, pps_ref_end *ret_ends, pps_error **err)
{
	_cleanup_(pps_map_freep) pps_map *seen = pps_map_new();
	int r, n;

	if (!seen)
		return pps_fail_nomem(err);
	for (size_t i = 0; i < refs->n; i++)
		ret_ends[i] = (pps_ref_end){ .kind = PPS_REF_END_NONE, .instrument = "" };
	for (size_t i = 0; i < refs->n; i++) {
		const char *instrument = pps_ref_instrument(&refs->at[i]);

		if (!instrument)
			continue;
		if ((n = pps_map_set_text(seen, instrument, seen)) < 0)
			return pps_fail_nomem(err);
		if (n && (r = find(butler, refs, instrument, ret_ends, err)) < 0)
			return pps_wrap(err, r, "times of datasets of %s", butler->config.uri);
	}
	return PPS_OK;
}
