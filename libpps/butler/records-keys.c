/* SPDX-License-Identifier: BSD-3-Clause */
/* Sets of primary keys: eight bytes a part, sorted when all are there, and handed to the database as one table. */
#include <string.h>

#include "butler/records-private.h"
#include "dimensions/dimension-sql-private.h"

static int is_text(const pps_element *e, size_t part)
{
	return pps_column_is_text(&e->columns[part]);
}

int pps_key_sets_init(pps_key_sets *sets, const pps_butler *butler, pps_error **err)
{
	*sets = (pps_key_sets){ .universe = butler->universe, .n = pps_universe_size(butler->universe) };
	if (!(sets->at = calloc(sets->n, sizeof *sets->at)))
		return pps_fail_nomem(err);
	for (size_t i = 0; i < sets->n; i++)
		sets->at[i].element = pps_universe_at(butler->universe, i);
	return pps_arena_new((size_t)pps_ctx_memory(butler->ctx), &sets->texts, err);
}

void pps_key_sets_clear(pps_key_sets *sets)
{
	for (size_t i = 0; sets->at && i < sets->n; i++)
		free(sets->at[i].at);
	free(sets->at);
	pps_arena_free(sets->texts);
	*sets = (pps_key_sets){ 0 };
}

static int key_order(const pps_element *e, const pps_key_part *a, const pps_key_part *b)
{
	for (size_t i = 0; i < e->nrequired; i++) {
		int order = is_text(e, i) ? (a[i].s == b[i].s ? 0 : strcmp(a[i].s, b[i].s)) : (a[i].i > b[i].i) - (a[i].i < b[i].i);

		if (order)
			return order;
	}
	return 0;
}

int pps_key_sets_add(pps_key_sets *sets, const pps_element *e, const pps_key_part *key, pps_error **err)
{
	pps_record_keys *keys = &sets->at[e->index];
	pps_key_part *row;

	/* what comes in order comes often twice */
	if (keys->n && !key_order(e, pps_keys_row(keys, keys->n - 1), key))
		return PPS_OK;
	if (pps_grow(&keys->at, &keys->cap, keys->n, e->nrequired * sizeof *keys->at) < 0)
		return pps_fail_nomem(err);
	row = keys->at + keys->n * e->nrequired;
	for (size_t i = 0; i < e->nrequired; i++) {
		row[i] = key[i];
		if (is_text(e, i) && !(row[i].s = pps_arena_name(sets->texts, key[i].s)))
			return pps_arena_fail(sets->texts, "keys of dimension records", err);
	}
	keys->n++;
	return PPS_OK;
}

int pps_key_sets_merge(pps_key_sets *into, const pps_key_sets *from, pps_error **err)
{
	int r;

	for (size_t i = 0; i < from->n; i++)
		for (size_t row = 0; row < from->at[i].n; row++)
			if ((r = pps_key_sets_add(into, into->at[i].element, pps_keys_row(&from->at[i], row), err)) < 0)
				return r;
	pps_key_sets_sort(into);
	return PPS_OK;
}

static int compare_rows(const void *a, const void *b, void *element)
{
	return key_order(element, a, b);
}

void pps_key_sets_sort(pps_key_sets *sets)
{
	for (size_t i = 0; i < sets->n; i++) {
		pps_record_keys *keys = &sets->at[i];
		size_t width = keys->element->nrequired, kept = 0;

		if (!keys->n)
			continue;
		qsort_r(keys->at, keys->n, width * sizeof *keys->at, compare_rows, (void *)keys->element);
		for (size_t row = 0; row < keys->n; row++) {
			if (kept && !key_order(keys->element, pps_keys_row(keys, kept - 1), pps_keys_row(keys, row)))
				continue;
			memmove(keys->at + kept++ * width, pps_keys_row(keys, row), width * sizeof *keys->at);
		}
		keys->n = kept;
	}
}

int pps_keys_have(const pps_record_keys *keys, const pps_key_part *key)
{
	size_t lo = 0, hi = keys->n;

	while (lo < hi) {
		size_t middle = lo + (hi - lo) / 2;
		int order = key_order(keys->element, pps_keys_row(keys, middle), key);

		if (!order)
			return 1;
		if (order < 0)
			lo = middle + 1;
		else
			hi = middle;
	}
	return 0;
}

void pps_keys_describe(const pps_record_keys *keys, size_t row, pps_buf *b)
{
	const pps_element *e = keys->element;
	const pps_key_part *key = pps_keys_row(keys, row);

	for (size_t i = 0; i < e->nrequired; i++) {
		pps_buf_printf(b, "%s%s=", i ? ", " : "", e->required[i]->name);
		if (is_text(e, i))
			pps_buf_add_text(b, key[i].s);
		else
			pps_buf_printf(b, "%lld", (long long)key[i].i);
	}
}

/* ---- as a table within a statement ---- */

void pps_keys_table_clear(pps_keys_table *t)
{
	for (size_t i = 0; i < PPS_COUNT(t->lists); i++)
		free(t->lists[i]);
	pps_buf_free(&t->text);
	pps_buf_free(&t->json);
}

static int make_arrays(pps_keys_table *t, const pps_record_keys *keys, size_t lo, size_t hi, size_t first, pps_error **err)
{
	size_t width = keys->element->nrequired, n = hi - lo;

	pps_buf_add_text(&t->text, "(SELECT u.*, u.n1 - 1 AS n FROM unnest(");
	for (size_t c = 0; c < width; c++) {
		int text = is_text(keys->element, c);
		pps_key_part *list = calloc(n + 1, sizeof *list);

		if (!(t->lists[c] = list))
			return pps_fail_nomem(err);
		for (size_t i = 0; i < n; i++)
			list[i] = pps_keys_row(keys, lo + i)[c];
		t->params[c] = text ? pps_sql_texts((const char *const *)(void *)list, n) : pps_sql_ints((const int64_t *)(void *)list, n);
		pps_buf_printf(&t->text, "%s$%zu::%s[]", c ? ", " : "", first + c, text ? "text" : "bigint");
	}
	t->nparams = width;
	pps_buf_add_text(&t->text, ") WITH ORDINALITY AS u(");
	for (size_t c = 0; c < width; c++)
		pps_buf_printf(&t->text, "c%zu, ", c);
	pps_buf_add_text(&t->text, "n1)) AS k");
	return PPS_OK;
}

/* One list of rows: SQLite would look for the nth item of several lists by walking each. */
static int make_json(pps_keys_table *t, const pps_record_keys *keys, size_t lo, size_t hi, size_t first)
{
	size_t width = keys->element->nrequired;

	for (size_t row = lo; row < hi; row++) {
		const pps_key_part *key = pps_keys_row(keys, row);

		pps_buf_add_text(&t->json, row == lo ? "[" : ",");
		for (size_t c = 0; c < width; c++) {
			pps_buf_add_char(&t->json, c ? ',' : '[');
			if (is_text(keys->element, c))
				pps_add_json_text(&t->json, key[c].s);
			else
				pps_buf_printf(&t->json, "%lld", (long long)key[c].i);
		}
		pps_buf_add_char(&t->json, ']');
	}
	pps_buf_add_text(&t->json, lo == hi ? "[]" : "]");
	pps_buf_add_text(&t->text, "(SELECT ");
	for (size_t c = 0; c < width; c++)
		pps_buf_printf(&t->text, "json_extract(j.value, '$[%zu]') AS c%zu, ", c, c);
	pps_buf_printf(&t->text, "j.key AS n FROM json_each($%zu) AS j) AS k", first);
	t->params[0] = pps_sql_text(pps_buf_text(&t->json));
	t->nparams = 1;
	return PPS_OK;
}

int pps_keys_table_make(pps_keys_table *t, const pps_sql *sql, const pps_record_keys *keys, size_t lo, size_t hi, size_t first,
			pps_error **err)
{
	int r;

	*t = (pps_keys_table){ .text = PPS_BUF_SQL, .json = PPS_BUF(64u << 20) };
	if (pps_sql_kind(sql) == PPS_SQL_POSTGRES)
		r = make_arrays(t, keys, lo, hi, first, err);
	else
		r = make_json(t, keys, lo, hi, first);
	if (r < 0 || (r = pps_buf_check(&t->json, "keys of dimension records", err)) < 0)
		return r;
	return pps_buf_check(&t->text, "statement", err);
}

void pps_keys_join(const pps_element *e, const char *alias, int by_dimension, pps_buf *b)
{
	for (size_t i = 0; i < e->nrequired; i++)
		pps_buf_printf(b, "%s%s.\"%s\" = k.c%zu", i ? " AND " : "", alias, by_dimension ? e->required[i]->name : e->columns[i].name, i);
}

void pps_keys_condition(const pps_element *e, const char *alias, int by_dimension, const pps_keys_table *table, pps_buf *b)
{
	for (size_t i = 0; i < e->nrequired; i++)
		pps_buf_printf(b, "%s%s.\"%s\"", i ? ", " : "(", alias, by_dimension ? e->required[i]->name : e->columns[i].name);
	pps_buf_add_text(b, ") IN (SELECT ");
	for (size_t i = 0; i < e->nrequired; i++)
		pps_buf_printf(b, "%sk.c%zu", i ? ", " : "", i);
	pps_buf_printf(b, " FROM %s)", pps_buf_text(&table->text));
}
