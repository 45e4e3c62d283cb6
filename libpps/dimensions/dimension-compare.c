/* SPDX-License-Identifier: BSD-3-Clause */
/* Whether a repository has some records, with this content and with sky pixels for their regions. */
#include <string.h>

#include "dimensions/dimension-overlap.h"

#define ROWS_AT_ONCE 1000

typedef struct comparing {
	pps_sql *target;
	const pps_universe *universe;
	const pps_records *records;
	const pps_element *element; /* of the records; the target's has at least its columns */
	size_t lo, hi;
	char *seen; /* per row from lo */
	pps_difference_fn fn;
	void *user;
	int64_t differences;
} comparing;

static int report(comparing *c, int kind, size_t row, const char *column, pps_error **err)
{
	_cleanup_buf_ pps_buf key = PPS_BUF_LINE;

	c->differences++;
	pps_records_describe(c->records, row, &key);
	return c->fn ? c->fn(c->user, kind, c->element, pps_buf_text(&key), column, err) : PPS_OK;
}

/* A row of the target against ours of the same key. */
static int compare_row(void *user, const pps_cell *cells, pps_error **err)
{
	comparing *c = user;
	ptrdiff_t row = pps_records_find(c->records, cells);

	if (row < (ptrdiff_t)c->lo || row >= (ptrdiff_t)c->hi)
		return PPS_OK;
	c->seen[(size_t)row - c->lo] = 1;
	for (size_t i = c->element->nrequired; i < c->element->ncolumns; i++) {
		const pps_column *column = &c->element->columns[i];
		pps_cell ours = pps_records_get(c->records, (size_t)row, i);

		if (!pps_cell_equal(column, &ours, &cells[i]))
			return report(c, PPS_RECORD_DIFFERENT, (size_t)row, column->name, err);
	}
	return PPS_OK;
}

/* Every sky pixel of the region's envelope has to be there; more do no harm, since the Butler judges by
 * the regions in the end. */
static int compare_overlaps(comparing *c, pps_error **err)
{
	_cleanup_(pps_overlaps_free) pps_overlaps there = { 0 }, wanted = { 0 };
	int r = pps_overlaps_init(&there, c->records, c->lo, c->hi, err);

	if (r == PPS_OK)
		r = pps_overlaps_init(&wanted, c->records, c->lo, c->hi, err);
	if (r == PPS_OK)
		r = pps_overlaps_read(&there, c->target, c->universe, err);
	if (r == PPS_OK)
		r = pps_overlaps_compute(&wanted, c->universe, err);
	if (r < 0)
		return r;
	pps_overlaps_sort(&there);
	pps_overlaps_sort(&wanted);
	for (size_t i = 0, k = 0; i < wanted.n; i++) {
		const pps_overlap *w = &wanted.at[i];

		while (k < there.n && pps_overlap_order(&there.at[k], w) < 0)
			k++;
		if (k < there.n && !pps_overlap_order(&there.at[k], w))
			continue;
		if (c->seen[w->row - c->lo] && (r = report(c, PPS_RECORD_NO_OVERLAPS, w->row, NULL, err)) < 0)
			return r;
		while (i + 1 < wanted.n && wanted.at[i + 1].row == w->row) /* once a record */
			i++;
	}
	return PPS_OK;
}

static int compare_chunk(comparing *c, pps_error **err)
{
	_cleanup_(pps_key_where_free) pps_key_where where = PPS_KEY_WHERE;
	_cleanup_free_ char *seen = calloc(c->hi - c->lo, 1);
	int r = pps_key_where_make(&where, c->element, 0, pps_records_key, c->records, c->lo, c->hi, err);

	if (!seen)
		return pps_fail_nomem(err);
	c->seen = seen;
	if (r == PPS_OK)
		r = pps_dimension_each(c->target, c->element, pps_buf_text(&where.text), where.params,
				       where.nparams, compare_row, c, err);
	for (size_t i = 0; r == PPS_OK && i < c->hi - c->lo; i++)
		if (!seen[i])
			r = report(c, PPS_RECORD_MISSING, c->lo + i, NULL, err);
	if (r == PPS_OK && c->element->is_spatial)
		r = compare_overlaps(c, err);
	c->seen = NULL;
	return r;
}

int pps_dimension_compare(pps_sql *target, const pps_universe *u, const pps_dimensions *dims,
			  pps_difference_fn fn, void *user, int64_t *ret_differences, pps_error **err)
{
	comparing c = { .target = target, .universe = u, .fn = fn, .user = user };
	int r = pps_dimension_match(dims, u, err);

	for (size_t i = 0; r == PPS_OK && i < pps_universe_size(u); i++) {
		c.records = pps_dimensions_records_of(dims, pps_universe_at(u, i)->name);
		for (c.lo = 0; r == PPS_OK && c.lo < pps_records_size(c.records); c.lo = c.hi) {
			c.element = pps_records_element(c.records);
			c.hi = c.lo + ROWS_AT_ONCE;
			if (c.hi > pps_records_size(c.records))
				c.hi = pps_records_size(c.records);
			if ((r = pps_ctx_check(pps_sql_ctx(target), err)) == PPS_OK)
				r = compare_chunk(&c, err);
		}
	}
	if (r == PPS_OK && ret_differences)
		*ret_differences = c.differences;
	return r;
}
