/* SPDX-License-Identifier: BSD-3-Clause */
/* Dimension records from the first repository to another one: brought, or compared and replaced. */
#include <string.h>

#include "base/codec.h"
#include "butler/records.h"
#include "publish/site-private.h"

/* Of one dimension: data IDs, and whose they are. */
struct group {
	const char *dimensions[2]; /* "instrument" and its own */
	pps_sql_value *values;
	pps_record_look **looks;
	size_t n;
};

struct carrying {
	pps_site *site;
	int repository;
	struct group groups[PPS_RECORD_GROUP + 1]; /* by PPS_RECORD_* */
	pps_record_look *looks;
	size_t n;
};

static void clear(struct carrying *c)
{
	for (size_t i = 0; i < PPS_COUNT(c->groups); i++) {
		free(c->groups[i].values);
		free(c->groups[i].looks);
	}
}

static int add(struct carrying *c, pps_record_look *look, pps_error **err)
{
	const pps_record_place *p = look->place;
	struct group *g = &c->groups[p->dimension];
	int64_t number = 0;

	if (p->dimension < PPS_RECORD_VISIT || p->dimension > PPS_RECORD_GROUP ||
	    (p->dimension != PPS_RECORD_GROUP && pps_int_parse(p->value, &number, NULL) < 0))
		return pps_fail(err, PPS_E_FORMAT, "state: no %s is called %s", pps_record_dimension_name(p->dimension), p->value);
	if (!g->values && (!(g->values = calloc(2 * c->n, sizeof *g->values)) || !(g->looks = calloc(c->n, sizeof(void *)))))
		return pps_fail_nomem(err);
	g->dimensions[0] = "instrument";
	g->dimensions[1] = pps_record_dimension_name(p->dimension);
	g->values[2 * g->n] = pps_sql_text(p->instrument);
	g->values[2 * g->n + 1] = p->dimension == PPS_RECORD_GROUP ? pps_sql_text(p->value) : pps_sql_int(number);
	g->looks[g->n++] = look;
	return PPS_OK;
}

/* Of those that may not be brought, the ones that are not there are left out. */
static int keep_there(pps_butler *dest, struct group *g, pps_error **err)
{
	_cleanup_free_ uint8_t *there = calloc(g->n + 1, 1);
	size_t kept = 0;
	int r;

	if (!there)
		return pps_fail_nomem(err);
	if (g->n && (r = pps_butler_have_records(dest, g->dimensions[1], g->values, g->n, there, err)) < 0)
		return r;
	for (size_t i = 0; i < g->n; i++) {
		if (!there[i])
			continue;
		memmove(&g->values[2 * kept], &g->values[2 * i], 2 * sizeof *g->values);
		g->looks[kept++] = g->looks[i];
	}
	g->n = kept;
	return PPS_OK;
}

/* "visit=7" in "instrument=LSSTCam, visit=7", as a whole */
static int has_part(const char *key, const char *dimension, const char *value)
{
	const size_t name = strlen(dimension), len = strlen(value);

	for (const char *at = key; at; at = strstr(at, ", ") ? strstr(at, ", ") + 2 : NULL)
		if (!strncmp(at, dimension, name) && at[name] == '=' && !strncmp(at + name + 1, value, len) &&
		    (!at[name + 1 + len] || !strncmp(at + name + 1 + len, ", ", 2)))
			return 1;
	return 0;
}

/* A record was replaced: whosever it is. */
static int note(void *user, const char *element, const char *key, const char *column, pps_error **err)
{
	struct carrying *c = user;

	(void)err;
	pps_log(c->site->ctx, PPS_LOG_NOTICE, "a dimension record was revised", "repository", c->site->graph->at[c->repository].name, "element", element,
		"key", key, "column", column, NULL);
	for (size_t i = 0; i < c->n; i++) {
		const pps_record_place *p = c->looks[i].place;

		if (has_part(key, "instrument", p->instrument) && has_part(key, pps_record_dimension_name(p->dimension), p->value))
			c->looks[i].is_revised = 1;
	}
	return PPS_OK;
}

/* @is_ahead: those that may be brought, or the others. */
static int carry(struct carrying *c, int is_ahead, pps_error **err)
{
	pps_data_ids ids[PPS_RECORD_GROUP + 1];
	pps_butler *source, *dest;
	size_t nids = 0;
	int r;

	clear(c);
	memset(c->groups, 0, sizeof c->groups);
	for (size_t i = 0; i < c->n; i++)
		if (!!c->looks[i].place->is_ahead == is_ahead && (r = add(c, &c->looks[i], err)) < 0)
			return r;
	if ((r = pps_site_butler(c->site, 0, &source, err)) < 0 || (r = pps_site_butler(c->site, c->repository, &dest, err)) < 0)
		return r;
	for (size_t i = 0; i < PPS_COUNT(c->groups); i++) {
		struct group *g = &c->groups[i];

		if (!is_ahead && (r = keep_there(dest, g, err)) < 0)
			return r;
		if (g->n)
			ids[nids++] = (pps_data_ids){ .dimensions = g->dimensions, .ndimensions = 2, .values = g->values, .n = g->n };
	}
	if (!nids)
		return PPS_OK;
	if ((r = pps_butler_revise_records(source, dest, ids, nids, PPS_RECORDS_REFS, is_ahead ? 0 : PPS_RECORDS_ONLY_THERE, note, c, NULL, NULL, err)) < 0)
		return r;
	for (size_t i = 0; i < PPS_COUNT(c->groups); i++)
		for (size_t k = 0; k < c->groups[i].n; k++)
			c->groups[i].looks[k]->is_there = 1;
	return PPS_OK;
}

int pps_site_records(void *user, pps_publish_flow *flow, int repository, pps_record_look *looks, size_t n, pps_error **err)
{
	_cleanup_(clear) struct carrying c = { .site = user, .repository = repository, .looks = looks, .n = n };
	int r;

	(void)flow;
	if ((r = carry(&c, 1, err)) < 0)
		return r;
	return carry(&c, 0, err);
}
