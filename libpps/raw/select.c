/* SPDX-License-Identifier: BSD-3-Clause */
#include "raw/select.h"

#include <string.h>

#include "base/codec.h"

#define KEYS_AT_ONCE 5000

void pps_candidates_free(pps_candidates *c)
{
	for (size_t i = 0; i < c->n; i++) {
		free(c->at[i].instrument);
		free(c->at[i].obs_id);
	}
	free(c->at);
	*c = (pps_candidates){ 0 };
}

static int compare_candidates(const void *a, const void *b)
{
	const pps_candidate *x = a, *y = b;
	int c = strcmp(x->instrument, y->instrument);

	return c ? c : x->exposure < y->exposure ? -1 : x->exposure > y->exposure;
}

static void sort(pps_candidates *c)
{
	if (c->n)
		qsort(c->at, c->n, sizeof *c->at, compare_candidates);
}

int pps_check_named(const pps_raw *raw, const pps_candidates *found, pps_error **err)
{
	int64_t number;

	for (size_t i = 0; i < raw->nexposures; i++) {
		int is_number = pps_int_parse(raw->exposures[i], &number, NULL) == PPS_OK, is_there = 0;

		for (size_t k = 0; k < found->n && !is_there; k++)
			is_there = !strcmp(raw->exposures[i], found->at[k].obs_id) || (is_number && number == found->at[k].exposure);
		if (!is_there)
			return pps_fail(err, PPS_E_NOTFOUND, "exposure %s: the source repository %s has none of this name%s", raw->exposures[i],
					raw->block->source->name, raw->day_begin ? " on that day" : "");
	}
	return PPS_OK;
}

pps_candidate *pps_candidates_find(pps_candidates *c, const char *instrument, int64_t exposure)
{
	pps_candidate key = { .instrument = (char *)instrument, .exposure = exposure };

	sort(c);
	return c->n ? bsearch(&key, c->at, c->n, sizeof *c->at, compare_candidates) : NULL;
}

int pps_raw_is_chosen(const pps_raw *raw, const char *obs_id, int64_t exposure, int64_t day_obs)
{
	int64_t number;

	if (raw->day_begin && (day_obs < raw->day_begin || day_obs > raw->day_end))
		return 0;
	for (size_t i = 0; i < raw->nexposures; i++)
		if (!strcmp(raw->exposures[i], obs_id) || (pps_int_parse(raw->exposures[i], &number, NULL) == PPS_OK && number == exposure))
			return 1;
	return raw->nexposures == 0;
}

static int add(pps_candidates *into, const pps_butler_exposure *e, const pps_conf_query *rule, pps_release release, pps_error **err)
{
	pps_candidate *c;

	if (pps_grow(&into->at, &into->cap, into->n, sizeof *into->at) < 0)
		return pps_fail_nomem(err);
	c = &into->at[into->n];
	*c = (pps_candidate){ .instrument = strdup(e->instrument), .obs_id = strdup(e->obs_id), .exposure = e->id, .day_obs = e->day_obs,
			      .can_see_sky = e->can_see_sky, .span = e->timespan, .rule = rule, .release = release };
	into->n++;
	return c->instrument && c->obs_id ? PPS_OK : pps_fail_nomem(err);
}

/* One exposure may be matched by several queries: one entry remains, with the query that releases it earliest. */
static void merge(pps_candidates *c)
{
	size_t kept = 0;

	sort(c);
	for (size_t i = 0; i < c->n; i++) {
		pps_candidate *last = kept ? &c->at[kept - 1] : NULL, *next = &c->at[i];

		if (!last || compare_candidates(last, next) != 0) {
			c->at[kept++] = *next;
			continue;
		}
		if (next->rule) {
			pps_release best = last->rule ? pps_release_earlier(last->release, next->release) : next->release;

			/* of two that release at the same time the one that is configured first */
			if (!last->rule || best.verdict != last->release.verdict || best.due != last->release.due ||
			    (next->release.due == last->release.due && next->rule < last->rule)) {
				last->release = best;
				last->rule = next->rule;
			}
		}
		free(next->instrument);
		free(next->obs_id);
	}
	c->n = kept;
}

static int add_found(pps_raw *raw, const pps_conf_query *rule, const pps_exposure_query *query, int64_t now, pps_candidates *into,
		     pps_error **err)
{
	_cleanup_(pps_butler_exposures_freep) pps_butler_exposures *found = NULL;
	const pps_release none = { .verdict = PPS_RELEASE_HOLD, .due = INT64_MAX, .reason = "no configured query matches it" };
	pps_butler *source;
	int r;

	if ((r = pps_ctx_check(raw->ctx, err)) < 0 || (r = pps_raw_source(raw, &source, err)) < 0)
		return r;
	if ((r = pps_butler_find_exposures(source, query, &found, err)) < 0) {
		if (rule && r == PPS_E_ARG) {
			pps_wrap(err, r, "%s:%d: where", rule->where_place.file ? rule->where_place.file : "queries", rule->where_place.line);
			return pps_recode(err, PPS_E_CONFIG);
		}
		return r;
	}
	for (size_t i = 0; i < found->n; i++) {
		const pps_butler_exposure *e = &found->at[i];

		if (!pps_raw_is_chosen(raw, e->obs_id, e->id, e->day_obs))
			continue;
		if ((r = add(into, e, rule, rule ? pps_release_decide(&e->timespan, rule->embargo, now) : none, err)) < 0)
			return r;
	}
	return PPS_OK;
}

/* Names that were chosen are asked for by name: first as obs ids, then those that are numbers as numbers; both find the same exposure
 * once. */
static int add_named(pps_raw *raw, const pps_conf_query *rule, const pps_exposure_query *query, int64_t now, pps_candidates *into,
		     pps_error **err)
{
	_cleanup_free_ int64_t *ids = calloc(raw->nexposures, sizeof *ids);
	pps_exposure_query named = *query;
	size_t n = 0;
	int r;

	if (!ids)
		return pps_fail_nomem(err);
	for (size_t i = 0; i < raw->nexposures; i++)
		if (pps_int_parse(raw->exposures[i], &ids[n], NULL) == PPS_OK)
			n++;
	named.obs_ids = (const char *const *)raw->exposures;
	named.nobs_ids = raw->nexposures;
	if ((r = add_found(raw, rule, &named, now, into, err)) < 0 || !n)
		return r;
	named = *query;
	named.ids = ids;
	named.nids = n;
	return add_found(raw, rule, &named, now, into, err);
}

static int add_matches(pps_raw *raw, const pps_conf_query *rule, const pps_exposure_query *query, int64_t now, pps_candidates *into,
		       pps_error **err)
{
	pps_exposure_query narrowed = *query;

	if (raw->day_begin && raw->day_begin == raw->day_end)
		narrowed.day_obs = raw->day_begin;
	return raw->nexposures && !query->nids ? add_named(raw, rule, &narrowed, now, into, err) :
						 add_found(raw, rule, &narrowed, now, into, err);
}

/* What the @nqueries say of exposures of one instrument. */
static int match_ids(pps_raw *raw, const pps_conf_query *queries, size_t nqueries, int64_t now, const char *instrument, const int64_t *ids,
		     size_t n, pps_candidates *into, pps_error **err)
{
	pps_exposure_query query = { .instrument = instrument, .begin = PPS_TAI_MIN, .end = PPS_TAI_MAX, .ids = ids, .nids = n };
	int r;

	for (size_t i = 0; i < nqueries; i++) {
		const pps_conf_query *rule = &queries[i];

		query.where = rule->where;
		if (!strcmp(rule->instrument, instrument) && (r = add_matches(raw, rule, &query, now, into, err)) < 0)
			return r;
	}
	return PPS_OK;
}

/* What the policy in force says of the candidates, which are sorted. */
static int match_in_force(pps_raw *raw, int64_t now, const pps_candidates *c, pps_candidates *into, pps_error **err)
{
	_cleanup_free_ int64_t *ids = calloc(KEYS_AT_ONCE, sizeof *ids);
	size_t i = 0;
	int r;

	if (!ids)
		return pps_fail_nomem(err);
	while (i < c->n) {
		const char *instrument = c->at[i].instrument;
		size_t n = 0;

		while (i < c->n && n < KEYS_AT_ONCE && !strcmp(c->at[i].instrument, instrument))
			ids[n++] = c->at[i++].exposure;
		if ((r = match_ids(raw, raw->in_force->queries, raw->in_force->n, now, instrument, ids, n, into, err)) < 0)
			return r;
	}
	merge(into);
	return PPS_OK;
}

/* As long as the configured policy is not accepted, the one in force has to allow it too. */
static int settle(pps_raw *raw, int64_t now, pps_candidates *c, pps_error **err)
{
	_cleanup_candidates_ pps_candidates in_force = { 0 };
	int r;

	merge(c);
	if ((r = pps_raw_load_policy(raw, err)) < 0 || !raw->in_force || (r = match_in_force(raw, now, c, &in_force, err)) < 0)
		return r;
	for (size_t i = 0; i < c->n; i++) {
		pps_candidate *one = &c->at[i];
		const pps_candidate *old = one->rule ? pps_candidates_find(&in_force, one->instrument, one->exposure) : NULL;
		pps_release release;

		if (!one->rule || one->release.verdict == PPS_RELEASE_HOLD)
			continue;
		if (!old) {
			one->release = (pps_release){ .verdict = PPS_RELEASE_HOLD, .due = INT64_MAX, .reason = PPS_POLICY_NOT_ACCEPTED };
			continue;
		}
		release = pps_release_later(one->release, old->release);
		if (release.verdict != one->release.verdict || release.due != one->release.due) {
			one->release = release;
			one->rule = old->rule;
		}
	}
	return PPS_OK;
}

int pps_select_window(pps_raw *raw, int64_t now, const int64_t *selected_until, int64_t *ends, pps_candidates *into, pps_error **err)
{
	int r;

	for (size_t i = 0; i < raw->block->nqueries; i++) {
		const pps_conf_query *rule = &raw->block->queries[i];
		pps_window w = pps_window_decide(now, rule->embargo, raw->window, raw->block->since, selected_until[i]);
		pps_exposure_query query = { .instrument = rule->instrument, .where = rule->where, .begin = w.begin, .end = w.end };

		if (ends)
			ends[i] = w.end;
		if (w.end > w.begin && (r = add_matches(raw, rule, &query, now, into, err)) < 0)
			return r;
	}
	return settle(raw, now, into, err);
}

/* Every instrument that a query names, once. */
static int first_of_instrument(const pps_conf_raw *block, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!strcmp(block->queries[i].instrument, block->queries[n].instrument))
			return 0;
	return 1;
}

int pps_select_all(pps_raw *raw, int64_t now, pps_candidates *into, pps_error **err)
{
	int r;

	for (size_t i = 0; i < raw->block->nqueries; i++) {
		const pps_conf_query *rule = &raw->block->queries[i];
		pps_exposure_query query = { .instrument = rule->instrument, .begin = raw->block->since, .end = PPS_TAI_MAX };

		if (first_of_instrument(raw->block, i) && (r = add_matches(raw, NULL, &query, now, into, err)) < 0)
			return r;
		query.where = rule->where;
		if ((r = add_matches(raw, rule, &query, now, into, err)) < 0)
			return r;
	}
	return settle(raw, now, into, err);
}

/* The same, and those that no query matches. */
static int select_ids(pps_raw *raw, int64_t now, const char *instrument, const int64_t *ids, size_t n, pps_candidates *into,
		      pps_error **err)
{
	pps_exposure_query query = { .instrument = instrument, .begin = PPS_TAI_MIN, .end = PPS_TAI_MAX, .ids = ids, .nids = n };
	int r = add_matches(raw, NULL, &query, now, into, err);

	return r < 0 ? r : match_ids(raw, raw->block->queries, raw->block->nqueries, now, instrument, ids, n, into, err);
}

int pps_select_keys(pps_raw *raw, int64_t now, const pps_exposure_key *keys, size_t nkeys, pps_candidates *into, pps_error **err)
{
	_cleanup_free_ int64_t *ids = calloc(KEYS_AT_ONCE, sizeof *ids);
	size_t i = 0;
	int r;

	if (!ids)
		return pps_fail_nomem(err);
	while (i < nkeys) {
		const char *instrument = keys[i].instrument;
		size_t n = 0;

		while (i < nkeys && n < KEYS_AT_ONCE && !strcmp(keys[i].instrument, instrument))
			ids[n++] = keys[i++].id;
		if ((r = select_ids(raw, now, instrument, ids, n, into, err)) < 0)
			return r;
	}
	return settle(raw, now, into, err);
}
