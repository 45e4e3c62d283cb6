/* SPDX-License-Identifier: BSD-3-Clause */
/* `where` expressions with overlaps of regions: the exposures are looked up, and the condition names them. */
#include <string.h>

#include "base/codec.h"
#include "butler/where-tree.h"
#include "dimensions/region-overlap.h"

enum { MOST_EXPOSURES = 1 << 22 };

/* A region as it was read last: many rows in a row have the same. */
typedef struct last_region {
	char *text;
	pps_region *region;
} last_region;

/* What is found: ids of one instrument after the other. */
typedef struct found {
	int64_t *ids;
	size_t n, room;
	struct {
		const char *name;
		size_t n;
	} *instruments;
	size_t ninstruments, instruments_room;
} found;

static void forget(last_region *last)
{
	free(last->text);
	pps_region_free(last->region);
	*last = (last_region){ 0 };
}

static int read_region(last_region *last, const char *text, pps_error **err)
{
	_cleanup_free_ uint8_t *bytes = NULL;
	size_t size;
	int r;

	if (last->text && strcmp(last->text, text) == 0)
		return PPS_OK;
	forget(last);
	if ((r = pps_base64_decode(text, strlen(text), &bytes, &size, err)) < 0 ||
	    (r = pps_region_decode(bytes, size, &last->region, err)) < 0)
		return pps_wrap(err, r, "where: region in the repository");
	if (!(last->text = strdup(text)))
		return pps_fail_nomem(err);
	return PPS_OK;
}

/* Whether the candidate in the current row is one: 1, 0 or an error. */
static int row_overlaps(const pps_where_tree *tree, const pps_sql_rows *rows, last_region *last,
			pps_error **err)
{
	for (size_t i = 0; i < tree->noverlaps; i++) {
		pps_region circle = { .type = PPS_REGION_CIRCLE };
		const pps_region *other = &circle;
		const char *a = pps_sql_get_text(rows, (int)(2 + 2 * i)),
			   *b = pps_sql_get_text(rows, (int)(3 + 2 * i));
		int r;

		if (!a || (tree->overlaps[i].b && !b))
			return 0;
		if ((r = read_region(&last[2 * i], a, err)) < 0)
			return r;
		if (tree->overlaps[i].b) {
			if ((r = read_region(&last[2 * i + 1], b, err)) < 0)
				return r;
			other = last[2 * i + 1].region;
		} else {
			circle.circle = tree->overlaps[i].circle->circle;
		}
		if (pps_region_overlaps(last[2 * i].region, other) == 0)
			return 0;
	}
	return 1;
}

static int add_exposure(pps_where_tree *tree, found *f, const char *instrument, int64_t id, pps_error **err)
{
	size_t last = f->ninstruments - 1;

	if (!f->ninstruments || strcmp(f->instruments[last].name, instrument) != 0) {
		char *name = pps_where_alloc(tree, strlen(instrument) + 1, err);

		if (!name)
			return PPS_E_NOMEM;
		if (pps_grow(&f->instruments, &f->instruments_room, f->ninstruments,
			     sizeof(*f->instruments)) < 0)
			return pps_fail_nomem(err);
		memcpy(name, instrument, strlen(instrument) + 1);
		last = f->ninstruments++;
		f->instruments[last].name = name;
		f->instruments[last].n = 0;
	} else if (f->ids[f->n - 1] == id) {
		return PPS_OK;
	}
	if (f->n == MOST_EXPOSURES)
		return pps_fail(err, PPS_E_UNSUPPORTED,
				"where: more than %d exposures by overlaps of regions", MOST_EXPOSURES);
	if (pps_grow(&f->ids, &f->room, f->n, sizeof(*f->ids)) < 0)
		return pps_fail_nomem(err);
	f->ids[f->n++] = id;
	f->instruments[last].n++;
	return PPS_OK;
}

static int run(pps_where_tree *tree, pps_sql *sql, const pps_where *candidates, found *f, pps_error **err)
{
	_cleanup_(pps_sql_rows_freep) pps_sql_rows *rows = NULL;
	_cleanup_buf_ pps_buf statement = PPS_BUF_SQL;
	last_region last[2 * PPS_WHERE_OVERLAPS] = { 0 };
	size_t n;
	int r;

	pps_where_condition(candidates, "e", 1, &statement);
	if ((r = pps_buf_check(&statement, "statement for overlaps of regions", err)) < 0)
		return r;

	const pps_sql_value *params = pps_where_params(candidates, &n);

	r = pps_sql_query(sql, pps_buf_text(&statement), params, n, &rows, err);
	while (r >= 0 && (r = pps_sql_next(rows, err)) > 0) {
		if ((r = row_overlaps(tree, rows, last, err)) > 0)
			r = add_exposure(tree, f, pps_sql_get_text(rows, 0), pps_sql_get_int(rows, 1), err);
	}
	for (size_t i = 0; i < PPS_COUNT(last); i++)
		forget(&last[i]);
	return r;
}

/* ((instrument = $ AND id {in $ int}) OR ...) */
static int name_exposures(pps_where_tree *tree, const found *f, int postgres, pps_where *where,
			  pps_error **err)
{
	_cleanup_buf_ pps_buf b = PPS_BUF_SQL;
	int64_t *ids = pps_where_alloc(tree, f->n * sizeof(*ids), err);
	pps_sql_value *values = calloc(2 * f->ninstruments + 1, sizeof(*values));
	size_t done = 0;

	where->values = values;
	if (!values)
		return pps_fail_nomem(err);
	if (!ids)
		return PPS_E_NOMEM;
	if (f->n)
		memcpy(ids, f->ids, f->n * sizeof(*ids));
	pps_buf_add_text(&b, f->n ? "(" : "(1 = 0)");
	for (size_t i = 0; i < f->ninstruments; i++) {
		pps_buf_printf(&b, "%s(%c.\"instrument\" = ", i ? " OR " : "", PPS_WHERE_ALIAS);
		if (postgres)
			pps_buf_printf(&b, "CAST(%c AS text)", PPS_WHERE_PARAM);
		else
			pps_buf_add_char(&b, PPS_WHERE_PARAM);
		pps_buf_printf(&b, " AND %c.\"id\" {in %c int})", PPS_WHERE_ALIAS, PPS_WHERE_PARAM);
		values[where->nvalues++] = pps_sql_text(f->instruments[i].name);
		values[where->nvalues++] = pps_sql_ints(ids + done, f->instruments[i].n);
		done += f->instruments[i].n;
	}
	if (f->n)
		pps_buf_add_char(&b, ')');
	where->pattern = pps_buf_take(&b);
	return where->pattern ? PPS_OK : pps_fail_nomem(err);
}

int pps_where_find_overlaps(pps_where_tree *tree, const pps_where_options *options, pps_where *where,
			    pps_error **err)
{
	_cleanup_(pps_where_freep) pps_where *candidates = calloc(1, sizeof(*candidates));
	found f = { 0 };
	int r;

	if (!candidates)
		return pps_fail_nomem(err);
	r = pps_where_write_candidates(tree, options, candidates, err);
	if (r == PPS_OK)
		r = run(tree, options->sql, candidates, &f, err);
	if (r == PPS_OK)
		r = name_exposures(tree, &f, options->kind == PPS_SQL_POSTGRES, where, err);
	free(f.ids);
	free(f.instruments);
	return r;
}
