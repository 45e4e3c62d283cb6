/* SPDX-License-Identifier: BSD-3-Clause */
/* Which records data IDs need: first by the data IDs themselves and what these imply, then what a visit populates, then what that
 * refers to. Only keys are read, in a handful of statements whatever their number. */
#include <string.h>

#include "butler/records-private.h"
#include "dimensions/dimension-sql-private.h"

#define KEYS_AT_ONCE 20000

typedef struct collecting {
	pps_butler *source;
	pps_sql *sql;
	pps_key_sets *sets; /* what the data IDs ask for */
	pps_key_sets extra; /* what comes with it */
} collecting;

/* ---- keys within data IDs ---- */

static int index_of(const pps_data_ids *ids, const char *dimension)
{
	for (size_t i = 0; i < ids->ndimensions; i++)
		if (!strcmp(ids->dimensions[i], dimension))
			return (int)i;
	return -1;
}

/* Where the parts of an element's key are within the data IDs; -1: not all are. */
static int places_of(const pps_data_ids *ids, const pps_element *e, size_t *places)
{
	for (size_t i = 0; i < e->nrequired; i++) {
		int at = index_of(ids, e->required[i]->name);

		if (at < 0)
			return -1;
		places[i] = (size_t)at;
	}
	return 0;
}

static int add_element(collecting *c, const pps_data_ids *ids, const pps_element *e, pps_error **err)
{
	size_t places[PPS_KEYS_MAX];
	int r;

	if (!e->has_table || places_of(ids, e, places) < 0)
		return PPS_OK;
	for (size_t row = 0; row < ids->n; row++) {
		pps_key_part key[PPS_KEYS_MAX];

		for (size_t i = 0; i < e->nrequired; i++) {
			const pps_sql_value *v = &ids->values[row * ids->ndimensions + places[i]];
			int wanted = pps_column_is_text(&e->columns[i]) ? PPS_SQL_TEXT : PPS_SQL_INT;

			if (v->type != wanted)
				return pps_fail(err, PPS_E_ARG, "a data ID: %s is of another type", e->required[i]->name);
			if (wanted == PPS_SQL_TEXT)
				key[i].s = v->s;
			else
				key[i].i = v->i;
		}
		if ((r = pps_key_sets_add(c->sets, e, key, err)) < 0)
			return r;
	}
	return PPS_OK;
}

static int add_ids(collecting *c, const pps_data_ids *ids, pps_error **err)
{
	const pps_universe *u = c->source->universe;
	int r;

	for (size_t i = 0; i < ids->ndimensions; i++)
		if (!pps_universe_find(u, ids->dimensions[i]))
			return pps_fail(err, PPS_E_NOTFOUND, "there is no dimension %s in universe %d", ids->dimensions[i],
					pps_universe_version(u));
	for (size_t i = 0; i < pps_universe_size(u); i++)
		if ((r = add_element(c, ids, pps_universe_at(u, i), err)) < 0)
			return r;
	return PPS_OK;
}

/* ---- reading keys ---- */

/* The column of an element's table that holds a dimension, or NULL. */
static const char *column_of(const pps_element *e, const pps_element *dimension)
{
	for (size_t i = 0; i < e->nrequired; i++)
		if (e->required[i] == dimension)
			return e->columns[i].name;
	for (size_t i = 0; i < e->nimplied; i++)
		if (e->implied[i] == dimension)
			return dimension->name;
	return NULL;
}

static void fetch_key(const pps_sql_rows *rows, const pps_element *e, int first, pps_key_part *key)
{
	for (size_t i = 0; i < e->nrequired; i++)
		if (pps_column_is_text(&e->columns[i]))
			key[i].s = pps_sql_get_text(rows, first + (int)i);
		else
			key[i].i = pps_sql_get_int(rows, first + (int)i);
}

/* Whether an element implies others with tables whose keys its own row gives. */
static int implies_rows(const pps_element *e)
{
	for (size_t i = 0; i < e->nimplied; i++)
		if (e->implied[i]->has_table)
			return 1;
	return 0;
}

static void implied_columns(const pps_element *e, pps_buf *b)
{
	for (size_t i = 0; i < e->nimplied; i++)
		for (size_t k = 0; e->implied[i]->has_table && k < e->implied[i]->nrequired; k++)
			pps_buf_printf(b, ", r.\"%s\"", column_of(e, e->implied[i]->required[k]));
}

static int implied_row(const pps_sql_rows *rows, const pps_element *e, pps_key_sets *into, pps_error **err)
{
	int col = 1, r;

	for (size_t i = 0; i < e->nimplied; i++) {
		pps_key_part key[PPS_KEYS_MAX];

		if (!e->implied[i]->has_table)
			continue;
		fetch_key(rows, e->implied[i], col, key);
		col += (int)e->implied[i]->nrequired;
		if ((r = pps_key_sets_add(into, e->implied[i], key, err)) < 0)
			return r;
	}
	return PPS_OK;
}

static int no_record(const collecting *c, const pps_record_keys *keys, size_t row, pps_error **err)
{
	_cleanup_buf_ pps_buf key = PPS_BUF_LINE;

	pps_keys_describe(keys, row, &key);
	return pps_fail(err, PPS_E_NOTFOUND, "%s has no %s with %s", c->source->config.uri, keys->element->name, pps_buf_text(&key));
}

/* The keys that records @lo to @hi - 1 imply; each of the records must be there. */
static int follow_chunk(const collecting *c, const pps_record_keys *keys, size_t lo, size_t hi, pps_key_sets *into, pps_error **err)
{
	_cleanup_(pps_keys_table_clear) pps_keys_table table = { 0 };
	_cleanup_(pps_sql_rows_freep) pps_sql_rows *rows = NULL;
	_cleanup_free_ char *seen = calloc(hi - lo, 1);
	_cleanup_buf_ pps_buf b = PPS_BUF_SQL;
	int r = pps_keys_table_make(&table, c->sql, keys, lo, hi, 1, err);

	if (r < 0 || !seen)
		return r < 0 ? r : pps_fail_nomem(err);
	pps_buf_add_text(&b, "SELECT k.n");
	implied_columns(keys->element, &b);
	pps_buf_printf(&b, " FROM %s CROSS JOIN {%s} AS r WHERE ", pps_buf_text(&table.text), keys->element->name);
	pps_keys_join(keys->element, "r", 0, &b);
	if ((r = pps_buf_check(&b, "statement", err)) < 0 ||
	    (r = pps_sql_query(c->sql, pps_buf_text(&b), table.params, table.nparams, &rows, err)) < 0)
		return r;
	while ((r = pps_sql_next(rows, err)) == 1) {
		seen[pps_sql_get_int(rows, 0)] = 1;
		if ((r = implied_row(rows, keys->element, into, err)) < 0)
			return r;
	}
	for (size_t i = 0; r == PPS_OK && i < hi - lo; i++)
		if (!seen[i])
			return no_record(c, keys, lo + i, err);
	return r;
}

/* What an element implies is before it in the universe's order. */
static int follow(const collecting *c, pps_key_sets *sets, pps_error **err)
{
	int r = PPS_OK;

	pps_key_sets_sort(sets);
	for (size_t i = sets->n; i-- > 0;) {
		const pps_record_keys *keys = &sets->at[i];

		if (!implies_rows(keys->element))
			continue;
		for (size_t lo = 0; r == PPS_OK && lo < keys->n; lo += KEYS_AT_ONCE)
			r = follow_chunk(c, keys, lo, lo + KEYS_AT_ONCE < keys->n ? lo + KEYS_AT_ONCE : keys->n, sets, err);
		if (r < 0)
			return pps_wrap(err, r, "read what %s implies", keys->element->name);
	}
	pps_key_sets_sort(sets);
	return PPS_OK;
}

/* The part of an element's key that is the key of a dimension it requires. */
static void project(const pps_element *e, const pps_key_part *key, const pps_element *dimension, pps_key_part *ret)
{
	for (size_t i = 0; i < dimension->nrequired; i++)
		for (size_t at = 0; at < e->nrequired; at++)
			if (e->required[at] == dimension->required[i])
				ret[i] = key[at];
}

/* ---- what is populated by another ---- */

/* Two dimensions of a key that imply the same must imply equal values: the Python Butler joins by them, and sees no others. */
static void add_agreement(const pps_element *e, pps_buf *joins, pps_buf *where)
{
	for (size_t i = 0; i < e->nrequired; i++)
		for (size_t k = 0; k < i; k++) {
			const pps_element *a = e->required[i], *b = e->required[k];
			int joined = 0;

			for (size_t m = 0; m < a->nimplied; m++) {
				const char *name = a->implied[m]->name;

				if (column_of(b, a->implied[m]) == NULL)
					continue;
				if (!joined++) {
					pps_buf_printf(joins, " CROSS JOIN {%s} AS a%zu CROSS JOIN {%s} AS b%zu", a->name, i, b->name, i);
					for (size_t j = 0; j < a->nrequired; j++)
						pps_buf_printf(where, " AND a%zu.\"%s\" = r.\"%s\"", i, a->columns[j].name, a->required[j]->name);
					for (size_t j = 0; j < b->nrequired; j++)
						pps_buf_printf(where, " AND b%zu.\"%s\" = r.\"%s\"", i, b->columns[j].name, b->required[j]->name);
				}
				pps_buf_printf(where, " AND a%zu.\"%s\" = b%zu.\"%s\"", i, name, i, name);
			}
		}
}

/* The keys of @e's rows that refer to the keys @lo to @hi - 1 of another element, or are these. */
static int related_chunk(const collecting *c, const pps_element *e, const pps_record_keys *keys, size_t lo, size_t hi,
			 pps_key_sets *into, pps_error **err)
{
	_cleanup_(pps_keys_table_clear) pps_keys_table table = { 0 };
	_cleanup_(pps_sql_rows_freep) pps_sql_rows *rows = NULL;
	_cleanup_buf_ pps_buf b = PPS_BUF_SQL, joins = PPS_BUF_LINE, where = PPS_BUF_LINE;
	int r = pps_keys_table_make(&table, c->sql, keys, lo, hi, 1, err);

	if (r < 0)
		return r;
	pps_keys_join(keys->element, "r", keys->element != e, &where);
	add_agreement(e, &joins, &where);
	for (size_t i = 0; i < e->nrequired; i++)
		pps_buf_printf(&b, "%sr.\"%s\"", i ? ", " : "SELECT ", e->columns[i].name);
	pps_buf_printf(&b, " FROM %s CROSS JOIN {%s} AS r%s WHERE %s", pps_buf_text(&table.text), e->name, pps_buf_text(&joins),
		       pps_buf_text(&where));
	if ((r = pps_buf_check(&joins, "statement", err)) < 0 || (r = pps_buf_check(&where, "statement", err)) < 0 ||
	    (r = pps_buf_check(&b, "statement", err)) < 0 ||
	    (r = pps_sql_query(c->sql, pps_buf_text(&b), table.params, table.nparams, &rows, err)) < 0)
		return r;
	while ((r = pps_sql_next(rows, err)) == 1) {
		pps_key_part key[PPS_KEYS_MAX];

		fetch_key(rows, e, 0, key);
		if ((r = pps_key_sets_add(into, e, key, err)) < 0)
			return r;
	}
	return r;
}

static int related(const collecting *c, const pps_element *e, const pps_record_keys *keys, pps_key_sets *into, pps_error **err)
{
	int r = PPS_OK;

	for (size_t lo = 0; r == PPS_OK && lo < keys->n; lo += KEYS_AT_ONCE)
		r = related_chunk(c, e, keys, lo, lo + KEYS_AT_ONCE < keys->n ? lo + KEYS_AT_ONCE : keys->n, into, err);
	return r < 0 ? pps_wrap(err, r, "read keys of %s", e->name) : PPS_OK;
}

/* An element that data IDs name themselves is there only so far as the source has it, and brings no others. */
static int collect_populated(collecting *c, const pps_element *e, pps_error **err)
{
	_cleanup_(pps_key_sets_clear) pps_key_sets there = { 0 };
	pps_record_keys *own = &c->sets->at[e->index];
	int r;

	if (own->n) {
		if ((r = pps_key_sets_init(&there, c->source, err)) < 0 || (r = related(c, e, own, &there, err)) < 0)
			return r;
		own->n = 0;
		if ((r = pps_key_sets_merge(c->sets, &there, err)) < 0)
			return r;
	}
	if (own->n || !c->sets->at[e->populated_by->index].n)
		return PPS_OK;
	return related(c, e, &c->sets->at[e->populated_by->index], &c->extra, err);
}

/* Visits of the exposures asked for, by their definitions; then what is recorded of these visits. */
static int collect_visits(collecting *c, pps_error **err)
{
	const pps_universe *u = c->source->universe;
	const pps_element *exposure = pps_universe_find(u, "exposure"), *definition = pps_universe_find(u, "visit_definition");
	const pps_element *visit = pps_universe_find(u, "visit"), *region = pps_universe_find(u, "visit_detector_region");
	const pps_element *membership = pps_universe_find(u, "visit_system_membership");
	int r;

	if (!exposure || !definition || !visit || !region || !membership)
		return pps_fail(err, PPS_E_UNSUPPORTED, "dimension universe %d has no visits", pps_universe_version(u));
	if ((r = related(c, definition, &c->sets->at[exposure->index], &c->extra, err)) < 0)
		return r;
	pps_key_sets_sort(&c->extra);
	for (size_t row = 0; row < c->extra.at[definition->index].n; row++) {
		pps_key_part key[PPS_KEYS_MAX];

		project(definition, pps_keys_row(&c->extra.at[definition->index], row), visit, key);
		if ((r = pps_key_sets_add(&c->extra, visit, key, err)) < 0)
			return r;
	}
	pps_key_sets_sort(&c->extra);
	if ((r = related(c, region, &c->extra.at[visit->index], &c->extra, err)) < 0)
		return r;
	return related(c, membership, &c->extra.at[visit->index], &c->extra, err);
}

/* The dimensions that the extra records refer to, where the data IDs did not name them. */
static int collect_referred(collecting *c, pps_error **err)
{
	pps_key_sets_sort(&c->extra);
	for (size_t i = 0; i < c->extra.n; i++) {
		const pps_record_keys *keys = &c->extra.at[i];
		const pps_element *e = keys->element;

		for (size_t k = 0; e->populated_by && k < e->nrequired; k++) {
			const pps_element *d = e->required[k];

			for (size_t row = 0; d->has_table && row < keys->n; row++) {
				pps_key_part key[PPS_KEYS_MAX];
				int r;

				project(e, pps_keys_row(keys, row), d, key);
				if (!pps_keys_have(&c->sets->at[d->index], key) && (r = pps_key_sets_add(&c->extra, d, key, err)) < 0)
					return r;
			}
		}
	}
	return PPS_OK;
}

static int collect_all(collecting *c, const pps_data_ids *ids, size_t nids, int with_visits, pps_error **err)
{
	const pps_universe *u = c->source->universe;
	int r;

	for (size_t i = 0; i < nids; i++)
		if ((r = add_ids(c, &ids[i], err)) < 0)
			return r;
	if ((r = follow(c, c->sets, err)) < 0)
		return r;
	for (size_t i = 0; i < pps_universe_size(u); i++)
		if (pps_universe_at(u, i)->populated_by && (r = collect_populated(c, pps_universe_at(u, i), err)) < 0)
			return r;
	if (with_visits && (r = collect_visits(c, err)) < 0)
		return r;
	if ((r = collect_referred(c, err)) < 0 || (r = follow(c, &c->extra, err)) < 0)
		return r;
	return pps_key_sets_merge(c->sets, &c->extra, err);
}

int pps_records_collect(pps_butler *source, const pps_data_ids *ids, size_t nids, int with_visits, pps_key_sets *sets, pps_error **err)
{
	collecting c = { .source = source, .sql = source->sql, .sets = sets };
	int r = pps_key_sets_init(&c.extra, source, err);

	if (r == PPS_OK)
		r = collect_all(&c, ids, nids, with_visits, err);
	pps_key_sets_clear(&c.extra);
	return r;
}

int pps_records_collect_of(pps_butler *source, const char *element, const char *value, pps_key_sets *sets, pps_error **err)
{
	const pps_element *e = pps_universe_find(source->universe, element);
	_cleanup_(pps_sql_rows_freep) pps_sql_rows *rows = NULL;
	_cleanup_buf_ pps_buf b = PPS_BUF_LINE;
	pps_sql_value param = pps_sql_text(value);
	int r;

	if (!e || !e->has_table)
		return pps_fail(err, PPS_E_UNSUPPORTED, "dimension universe %d has no records of %s", pps_universe_version(source->universe),
				element);
	for (size_t i = 0; i < e->nrequired; i++)
		pps_buf_printf(&b, "%sr.\"%s\"", i ? ", " : "SELECT ", e->columns[i].name);
	pps_buf_printf(&b, " FROM {%s} AS r WHERE r.\"%s\" = $1", e->name, e->columns[0].name);
	if ((r = pps_buf_check(&b, "statement", err)) < 0 ||
	    (r = pps_sql_query(source->sql, pps_buf_text(&b), &param, 1, &rows, err)) < 0)
		return r;
	while ((r = pps_sql_next(rows, err)) == 1) {
		pps_key_part key[PPS_KEYS_MAX];

		fetch_key(rows, e, 0, key);
		if ((r = pps_key_sets_add(sets, e, key, err)) < 0)
			return r;
	}
	return r;
}
