/* SPDX-License-Identifier: BSD-3-Clause */
/* Detectors of an instrument, and the tracts of a skymap that an exposure's visits overlap. */
#include <string.h>

#include "base/codec.h"
#include "butler/butler-private.h"
#include "dimensions/region-overlap.h"

void pps_butler_detectors_free(pps_butler_detectors *detectors)
{
	if (!detectors)
		return;
	free(detectors->at);
	pps_arena_free(detectors->arena);
	free(detectors);
}

static int add_detector(pps_butler_detectors *list, size_t *cap, const pps_sql_rows *rows, pps_error **err)
{
	const char *name = pps_sql_get_text(rows, 1), *purpose = pps_sql_get_text(rows, 2);
	pps_butler_detector d = {
		.id = pps_sql_get_int(rows, 0),
		.full_name = pps_arena_name(list->arena, name ? name : ""),
		.purpose = pps_arena_name(list->arena, purpose ? purpose : ""),
	};

	if (!d.full_name || !d.purpose)
		return pps_arena_fail(list->arena, "detectors", err);
	if (pps_grow(&list->at, cap, list->n, sizeof d) < 0)
		return pps_fail_nomem(err);
	list->at[list->n++] = d;
	return PPS_OK;
}

int pps_butler_find_detectors(pps_butler *butler, const char *instrument, pps_butler_detectors **ret, pps_error **err)
{
	_cleanup_(pps_butler_detectors_freep) pps_butler_detectors *list = calloc(1, sizeof *list);
	_cleanup_(pps_sql_rows_freep) pps_sql_rows *rows = NULL;
	pps_sql_value params[] = { pps_sql_text(instrument) };
	size_t cap = 0;
	int r;

	if (!list)
		return pps_fail_nomem(err);
	if ((r = pps_arena_new((size_t)pps_ctx_memory(butler->ctx), &list->arena, err)) < 0)
		return r;
	r = pps_sql_query(butler->sql, "SELECT id, full_name, purpose FROM {detector} WHERE instrument = $1 ORDER BY id", params, 1, &rows, err);
	while (r >= 0 && (r = pps_sql_next(rows, err)) > 0)
		r = add_detector(list, &cap, rows, err);
	if (r < 0)
		return pps_wrap(err, r, "detectors of %s", instrument);
	*ret = TAKE_PTR(list);
	return PPS_OK;
}

static int decode(const char *text, pps_region **ret, pps_error **err)
{
	_cleanup_free_ uint8_t *bytes = NULL;
	size_t size;
	int r;

	if ((r = pps_base64_decode(text, strlen(text), &bytes, &size, err)) < 0)
		return r;
	return pps_region_decode(bytes, size, ret, err);
}

/* Whether the pair that shares sky pixels really overlaps, as far as can be told. A region that is not there cannot tell. */
static int pair_overlaps(const pps_sql_rows *rows, int *ret, pps_error **err)
{
	_cleanup_(pps_region_freep) pps_region *tract = NULL, *visit = NULL;
	const char *of_tract = pps_sql_get_text(rows, 1), *of_visit = pps_sql_get_text(rows, 2);
	int r;

	*ret = 1;
	if (!of_tract || !of_visit)
		return PPS_OK;
	if ((r = decode(of_tract, &tract, err)) < 0 || (r = decode(of_visit, &visit, err)) < 0)
		return pps_wrap(err, r, "region of tract %lld or of a visit", (long long)pps_sql_get_int(rows, 0));
	*ret = pps_region_overlaps(tract, visit) != 0;
	return PPS_OK;
}

/* Candidates by sky pixels, then the regions themselves, as the Python Butler joins exposure, visit and tract: exposure and visit
 * are of one night and filter. */
static int read_tracts(pps_butler *b, const char *instrument, int64_t exposure, const char *skymap, int64_t **tracts, size_t *n,
		       pps_error **err)
{
	static const char text[] =
		"SELECT p.tract, t.region, v.region FROM (SELECT DISTINCT o.tract AS tract, w.visit AS visit FROM {visit_definition} AS d"
		" JOIN {exposure} AS e ON e.instrument = d.instrument AND e.id = d.exposure"
		" JOIN {visit} AS u ON u.instrument = d.instrument AND u.id = d.visit AND u.day_obs = e.day_obs"
		" AND u.physical_filter = e.physical_filter"
		" JOIN {visit_skypix_overlap} AS w ON w.instrument = d.instrument AND w.visit = d.visit"
		" JOIN {tract_skypix_overlap} AS o ON o.skypix_system = w.skypix_system AND o.skypix_level = w.skypix_level"
		" AND o.skypix_index = w.skypix_index"
		" WHERE d.instrument = $1 AND d.exposure = $2 AND o.skymap = $3 AND w.skypix_system = $4 AND w.skypix_level = $5) AS p"
		" JOIN {tract} AS t ON t.skymap = $3 AND t.id = p.tract JOIN {visit} AS v ON v.instrument = $1 AND v.id = p.visit"
		" ORDER BY p.tract";
	_cleanup_(pps_sql_rows_freep) pps_sql_rows *rows = NULL;
	pps_sql_value params[] = { pps_sql_text(instrument), pps_sql_int(exposure), pps_sql_text(skymap),
				   pps_sql_text(pps_universe_skypix_system(b->universe)),
				   pps_sql_int(pps_universe_skypix_level(b->universe)) };
	size_t cap = 0;
	int r = pps_sql_query(b->sql, text, params, PPS_COUNT(params), &rows, err), yes;

	while (r >= 0 && (r = pps_sql_next(rows, err)) > 0) {
		int64_t tract = pps_sql_get_int(rows, 0);

		if (*n && (*tracts)[*n - 1] == tract)
			continue;
		if ((r = pair_overlaps(rows, &yes, err)) < 0)
			return r;
		if (!yes)
			continue;
		if (pps_grow(tracts, &cap, *n, sizeof **tracts) < 0)
			return pps_fail_nomem(err);
		(*tracts)[(*n)++] = tract;
	}
	return r;
}

static int check_skymap(pps_butler *b, const char *skymap, pps_error **err)
{
	_cleanup_(pps_sql_rows_freep) pps_sql_rows *rows = NULL;
	pps_sql_value params[] = { pps_sql_text(skymap) };
	int r = pps_sql_query(b->sql, "SELECT 1 FROM {skymap} WHERE name = $1", params, 1, &rows, err);

	if (r < 0 || (r = pps_sql_next(rows, err)) < 0)
		return r;
	return r ? PPS_OK : pps_fail(err, PPS_E_NOTFOUND, "skymap %s: %s has none of this name", skymap, b->config.uri);
}

int pps_butler_find_tracts(pps_butler *butler, const char *instrument, int64_t exposure, const char *skymap, int64_t **ret_tracts,
			   size_t *ret_n, pps_error **err)
{
	_cleanup_free_ int64_t *tracts = NULL;
	size_t n = 0;
	int r;

	if ((r = read_tracts(butler, instrument, exposure, skymap, &tracts, &n, err)) < 0 ||
	    (!n && (r = check_skymap(butler, skymap, err)) < 0))
		return pps_wrap(err, r, "tracts of exposure %lld", (long long)exposure);
	*ret_tracts = TAKE_PTR(tracts);
	*ret_n = n;
	return PPS_OK;
}
