/* SPDX-License-Identifier: BSD-3-Clause */
/* Which records belong to an exposure, or to datasets of exposures and detectors. */
#include <string.h>

#include "dimensions/dimension-sql-private.h"

/* A collection under way. */
typedef struct collecting {
	pps_sql *sql;
	pps_dimensions *into;
	const char *instrument;
} collecting;

/* Reads the instrument's records of @element whose @column has one of the values that @from_column has
 * in the records of @from collected so far, and for which @also holds. */
static int follow_if(const collecting *c, const char *element, const char *column, const char *from,
		     const char *from_column, const char *also, pps_error **err)
{
	const pps_records *source = pps_dimensions_records(c->into, from);
	const pps_element *e = pps_records_element(source);
	size_t rows = pps_records_size(source), col = (size_t)pps_element_column(e, from_column), n = 0;
	int is_text = pps_column_is_text(&e->columns[col]), r;
	_cleanup_free_ const char **texts = calloc(rows + 1, sizeof(*texts));
	_cleanup_free_ int64_t *ints = calloc(rows + 1, sizeof(*ints));
	_cleanup_buf_ pps_buf where = PPS_BUF_LINE;
	pps_sql_value params[2] = { pps_sql_text(c->instrument) };

	if (!texts || !ints)
		return pps_fail_nomem(err);
	for (size_t i = 0; i < rows; i++) {
		pps_cell cell = pps_records_get(source, i, col);

		if (strcmp(pps_records_get(source, i, 0).s, c->instrument) != 0)
			continue;
		if (is_text)
			texts[n++] = cell.s;
		else if (!n || ints[n - 1] != cell.i)
			ints[n++] = cell.i;
	}
	if (!n)
		return PPS_OK;
	pps_buf_printf(&where, "r.instrument = $1 AND r.\"%s\" {in $2 %s}%s", column, is_text ? "text" : "int", also);
	params[1] = is_text ? pps_sql_texts(texts, n) : pps_sql_ints(ints, n);
	if ((r = pps_buf_check(&where, "statement", err)) < 0)
		return r;
	return pps_dimension_read(c->sql, c->into, element, pps_buf_text(&where), params, 2, err);
}

static int follow(const collecting *c, const char *element, const char *column, const char *from,
		  const char *from_column, pps_error **err)
{
	return follow_if(c, element, column, from, from_column, "", err);
}

/* The instrument's records of @element with these ids, all of which must be there. */
static int collect_ids(const collecting *c, const char *element, const int64_t *ids, size_t n,
		       pps_error **err)
{
	pps_sql_value params[] = { pps_sql_text(c->instrument), pps_sql_ints(ids, n) };
	const pps_records *records = pps_dimensions_records(c->into, element);
	int r = pps_dimension_read(c->sql, c->into, element, "r.instrument = $1 AND r.id {in $2 int}",
				   params, 2, err);

	if (r < 0)
		return r;
	for (size_t i = 0; i < n; i++)
		if (pps_records_find(records, (pps_cell[]){ { .s = c->instrument }, { .i = ids[i] } }) < 0)
			return pps_fail(err, PPS_E_NOTFOUND, "%s has no %s %lld in this repository",
					c->instrument, element, (long long)ids[i]);
	return PPS_OK;
}

/* Exposures with their day_obs and group. */
static int collect_exposures(const collecting *c, const int64_t *exposures, size_t n, pps_error **err)
{
	int r = collect_ids(c, "exposure", exposures, n, err);

	if (r == PPS_OK)
		r = follow(c, "day_obs", "id", "exposure", "day_obs", err);
	if (r == PPS_OK)
		r = follow(c, "group", "name", "exposure", "group", err);
	return r;
}

/* The visits of the exposures collected, with what is recorded of them: those of the exposure's own night and filter, because
 * the Python Butler joins the two by what both imply. */
static int collect_visits(const collecting *c, pps_error **err)
{
	int r = follow_if(c, "visit_definition", "exposure", "exposure", "id",
			  " AND EXISTS (SELECT 1 FROM {visit} AS v JOIN {exposure} AS e ON e.instrument = v.instrument AND"
			  " e.day_obs = v.day_obs AND e.physical_filter = v.physical_filter WHERE v.instrument = r.instrument AND"
			  " v.id = r.visit AND e.id = r.exposure)", err);

	if (r == PPS_OK)
		r = follow(c, "visit", "id", "visit_definition", "visit", err);
	if (r == PPS_OK)
		r = follow(c, "visit_detector_region", "visit", "visit_definition", "visit", err);
	if (r == PPS_OK)
		r = follow(c, "visit_system_membership", "visit", "visit_definition", "visit", err);
	return r;
}

int pps_dimension_collect_exposure(pps_sql *sql, pps_dimensions *into, const char *instrument,
				   int64_t exposure, pps_error **err)
{
	collecting c = { .sql = sql, .into = into, .instrument = instrument };
	pps_sql_value params[] = { pps_sql_text(instrument) };
	int r = collect_exposures(&c, &exposure, 1, err);

	if (r == PPS_OK)
		r = collect_visits(&c, err);
	if (r == PPS_OK)
		r = pps_dimension_read(sql, into, "visit_system", "r.instrument = $1", params, 1, err);
	return r;
}

/* What the visits' records refer to besides, so that they can be inserted where nothing of it is there. */
static int collect_for_visits(const collecting *c, pps_error **err)
{
	int r = follow(c, "day_obs", "id", "visit", "day_obs", err);

	if (r == PPS_OK)
		r = follow(c, "physical_filter", "name", "visit", "physical_filter", err);
	if (r == PPS_OK)
		r = follow(c, "detector", "id", "visit_detector_region", "detector", err);
	if (r == PPS_OK)
		r = follow(c, "visit_system", "id", "visit_system_membership", "visit_system", err);
	return r;
}

int pps_dimension_collect_refs(pps_sql *sql, pps_dimensions *into, const char *instrument,
			       const int64_t *exposures, size_t nexposures,
			       const int64_t *detectors, size_t ndetectors, int with_visits, pps_error **err)
{
	collecting c = { .sql = sql, .into = into, .instrument = instrument };
	pps_sql_value params[] = { pps_sql_text(instrument) };
	int r = pps_dimension_read(sql, into, "instrument", "r.name = $1", params, 1, err);

	if (r == PPS_OK)
		r = collect_ids(&c, "detector", detectors, ndetectors, err);
	if (r == PPS_OK)
		r = collect_exposures(&c, exposures, nexposures, err);
	if (r == PPS_OK)
		r = follow(&c, "physical_filter", "name", "exposure", "physical_filter", err);
	if (r == PPS_OK && with_visits)
		r = collect_visits(&c, err);
	if (r == PPS_OK && with_visits)
		r = collect_for_visits(&c, err);
	return r;
}
