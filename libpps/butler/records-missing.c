/* SPDX-License-Identifier: BSD-3-Clause */
/* Which records a repository has not: one statement for many elements, since a round trip may be an ocean long. */
#include <string.h>

#include "butler/records-private.h"

#define KEYS_AT_ONCE 4000 /* with more, PostgreSQL thinks that compiling the statement pays */
#define PARTS_MOST 32

/* Some keys of one element within a statement. */
typedef struct part {
	pps_record_keys *keys;
	size_t lo, hi;
	pps_keys_table table;
} part;

typedef struct looking {
	pps_butler *dest;
	part parts[PARTS_MOST];
	size_t nparts;
	size_t nkeys, nparams;
	char **missing; /* per element of the universe, per row; 1: not there */
} looking;

static void parts_clear(looking *l)
{
	for (size_t i = 0; i < l->nparts; i++)
		pps_keys_table_clear(&l->parts[i].table);
	l->nparts = l->nkeys = l->nparams = 0;
}

/* A record counts when it has its sky pixels too: both are of one transaction, but not everybody's. A subquery for each key stays an
 * index look-up whatever the planner thinks of the tables. */
static void add_look(const looking *l, size_t number, pps_buf *b)
{
	const part *p = &l->parts[number];
	const pps_element *e = p->keys->element;
	const pps_universe *u = l->dest->universe;

	pps_buf_printf(b, "%sSELECT %zu AS part, k.n FROM %s WHERE NOT COALESCE((SELECT ", number ? " UNION ALL " : "", number,
		       pps_buf_text(&p->table.text));
	if (e->is_spatial) {
		pps_buf_printf(b, "r.\"%s\" IS NULL OR EXISTS (SELECT 1 FROM {%s_skypix_overlap} AS o WHERE o.skypix_system = '%s' "
			       "AND o.skypix_level = %d AND ", e->columns[e->region_column].name, e->name, pps_universe_skypix_system(u),
			       pps_universe_skypix_level(u));
		pps_keys_join(e, "o", 1, b);
		pps_buf_add_text(b, ")");
	} else {
		pps_buf_add_text(b, "TRUE");
	}
	pps_buf_printf(b, " FROM {%s} AS r WHERE ", e->name);
	pps_keys_join(e, "r", 0, b);
	pps_buf_add_text(b, "), FALSE)");
}

static int look(looking *l, pps_error **err)
{
	_cleanup_(pps_sql_rows_freep) pps_sql_rows *rows = NULL;
	_cleanup_buf_ pps_buf b = PPS_BUF_SQL;
	pps_sql_value params[PARTS_MOST * PPS_KEYS_MAX];
	size_t n = 0;
	int r;

	for (size_t i = 0; i < l->nparts; i++) {
		memcpy(params + n, l->parts[i].table.params, l->parts[i].table.nparams * sizeof *params);
		n += l->parts[i].table.nparams;
		add_look(l, i, &b);
	}
	if (!n)
		return PPS_OK;
	if ((r = pps_buf_check(&b, "statement", err)) < 0 ||
	    (r = pps_sql_query(l->dest->sql, pps_buf_text(&b), params, n, &rows, err)) < 0)
		return r;
	while ((r = pps_sql_next(rows, err)) == 1) {
		const part *p = &l->parts[pps_sql_get_int(rows, 0)];

		l->missing[p->keys->element->index][p->lo + (size_t)pps_sql_get_int(rows, 1)] = 1;
	}
	parts_clear(l);
	return r;
}

static int look_at(looking *l, pps_record_keys *keys, pps_error **err)
{
	int r;

	if (keys->n && !(l->missing[keys->element->index] = calloc(keys->n, 1)))
		return pps_fail_nomem(err);
	for (size_t lo = 0, hi; lo < keys->n; lo = hi) {
		part *p;

		if ((l->nkeys >= KEYS_AT_ONCE || l->nparts == PARTS_MOST) && (r = look(l, err)) < 0)
			return r;
		hi = lo + KEYS_AT_ONCE - l->nkeys < keys->n ? lo + KEYS_AT_ONCE - l->nkeys : keys->n;
		p = &l->parts[l->nparts++];
		*p = (part){ .keys = keys, .lo = lo, .hi = hi };
		if ((r = pps_keys_table_make(&p->table, l->dest->sql, keys, lo, hi, l->nparams + 1, err)) < 0)
			return r;
		l->nparams += p->table.nparams;
		l->nkeys += hi - lo;
	}
	return PPS_OK;
}

static void keep_missing(pps_record_keys *keys, const char *missing)
{
	size_t width = keys->element->nrequired, kept = 0;

	for (size_t row = 0; row < keys->n; row++)
		if (missing[row])
			memmove(keys->at + kept++ * width, pps_keys_row(keys, row), width * sizeof *keys->at);
	keys->n = kept;
}

/* @dest's own element of that name has the columns: its universe may be another. */
static int check_universe(const pps_butler *dest, const pps_record_keys *keys, pps_error **err)
{
	const pps_element *e = pps_universe_find(dest->universe, keys->element->name);

	if (!keys->n || (e && e->has_table))
		return PPS_OK;
	return pps_fail(err, PPS_E_UNSUPPORTED, "element %s is not in the target's dimension universe %d", keys->element->name,
			pps_universe_version(dest->universe));
}

int pps_records_missing(pps_butler *dest, pps_key_sets *sets, pps_error **err)
{
	looking l = { .dest = dest, .missing = calloc(sets->n + 1, sizeof(char *)) };
	int r = l.missing ? PPS_OK : pps_fail_nomem(err);

	for (size_t i = 0; r == PPS_OK && i < sets->n; i++)
		if ((r = check_universe(dest, &sets->at[i], err)) == PPS_OK)
			r = look_at(&l, &sets->at[i], err);
	if (r == PPS_OK)
		r = look(&l, err);
	for (size_t i = 0; r == PPS_OK && i < sets->n; i++)
		keep_missing(&sets->at[i], l.missing[i]);
	parts_clear(&l);
	for (size_t i = 0; l.missing && i < sets->n; i++)
		free(l.missing[i]);
	free(l.missing);
	return r;
}
