/* SPDX-License-Identifier: BSD-3-Clause */
#include "publish/force.h"

#include <string.h>

#include "base/json.h"

static json_t *json_of(const pps_conf_policy *p)
{
	json_t *types = json_array(), *one;

	for (size_t i = 0; types && i < p->types.n; i++)
		if (json_array_append_new(types, json_string(p->types.at[i])) < 0) {
			json_decref(types);
			return NULL;
		}
	one = json_pack("{s:o, s:I, s:b, s:I}", "types", types, "embargo_ns", (json_int_t)p->embargo, "public", p->is_public, "retention_ns",
			(json_int_t)p->retention);
	if (one && p->origin && json_object_set_new(one, "origin", json_string(p->origin)) < 0) {
		json_decref(one);
		return NULL;
	}
	return one;
}

static const char *source_of(const pps_plan_graph *g, size_t i)
{
	return g->at[i].from < 0 ? NULL : g->at[g->at[i].from].name;
}

static json_t *json_of_repository(const pps_plan_graph *g, size_t i)
{
	return json_pack("{s:s, s:s*, s:b, s:b}", "name", g->at[i].name, "from", source_of(g, i), "public", g->at[i].is_public, "refers",
			 g->at[i].refers);
}

static json_t *json_of_origins(const pps_conf *conf)
{
	const pps_conf_texts *known = conf ? &pps_conf_intake_block(conf)->origins : NULL;
	json_t *list = json_array();

	for (size_t i = 0; list && known && i < known->n; i++)
		if (json_array_append_new(list, json_string(known->at[i])) < 0) {
			json_decref(list);
			return NULL;
		}
	return list;
}

int pps_force_format(const pps_terms *terms, char **ret_text, pps_error **err)
{
	json_t *list = json_array(), *repositories = json_array(), *all;
	char *text = NULL;
	int failed = !list || !repositories;

	for (size_t i = 0; i < terms->npolicies && !failed; i++)
		failed = json_array_append_new(list, json_of(&terms->policies[i])) < 0;
	for (size_t i = 0; i < terms->graph->n && !failed; i++)
		failed = json_array_append_new(repositories, json_of_repository(terms->graph, i)) < 0;
	if (failed) {
		json_decref(list);
		json_decref(repositories);
		return pps_fail_nomem(err);
	}
	all = json_pack("{s:o, s:I, s:o, s:o}", "policies", list, "reclaim_after_ns", (json_int_t)terms->reclaim_after, "repositories", repositories,
			"origins", json_of_origins(terms->conf));
	if (all)
		text = json_dumps(all, JSON_COMPACT | JSON_SORT_KEYS);
	json_decref(all);
	if (!text)
		return pps_fail_nomem(err);
	*ret_text = text;
	return PPS_OK;
}

void pps_force_free(pps_force *force)
{
	if (!force)
		return;
	for (size_t i = 0; i < force->n; i++)
		free(force->policies[i].types.at);
	for (size_t i = 0; i < force->ntexts; i++)
		free(force->texts[i]);
	free(force->texts);
	free(force->origins);
	free(force->policies);
	free(force);
}

/* A copy that lives as long as they do. */
static const char *keep(pps_force *force, const char *text)
{
	char *copy;

	if (pps_grow(&force->texts, &force->cap, force->ntexts, sizeof *force->texts) < 0 || !(copy = strdup(text)))
		return NULL;
	force->texts[force->ntexts++] = copy;
	return copy;
}

static int add(pps_force *force, const json_t *item, pps_error **err)
{
	const json_t *types = json_object_get(item, "types"), *embargo = json_object_get(item, "embargo_ns"),
		     *retention = json_object_get(item, "retention_ns"), *is_public = json_object_get(item, "public");
	const char *origin = json_string_value(json_object_get(item, "origin"));
	pps_conf_policy *p = &force->policies[force->n];

	if (!json_is_array(types) || !json_is_integer(embargo) || !json_is_integer(retention) || !json_is_boolean(is_public))
		return pps_fail(err, PPS_E_FORMAT, "the state's policy in force: policy %zu cannot be read", force->n);
	p->embargo = json_integer_value(embargo);
	p->retention = json_integer_value(retention);
	p->is_public = json_is_true(is_public);
	force->n++;
	if ((origin && !(p->origin = keep(force, origin))) || !(p->types.at = calloc(json_array_size(types) + 1, sizeof *p->types.at)))
		return pps_fail_nomem(err);
	for (size_t i = 0; i < json_array_size(types); i++) {
		const char *type = json_string_value(json_array_get(types, i));

		if (!type)
			return pps_fail(err, PPS_E_FORMAT, "the state's policy in force: policy %zu cannot be read", force->n - 1);
		if (!(p->types.at[p->types.n++] = keep(force, type)))
			return pps_fail_nomem(err);
	}
	return PPS_OK;
}

static int add_repository(pps_force *force, const json_t *item, pps_error **err)
{
	const char *name = json_string_value(json_object_get(item, "name")), *from = json_string_value(json_object_get(item, "from"));
	pps_plan_graph *g = &force->graph;
	pps_plan_repository *one = &g->at[g->n];

	if (!name || g->n == PPS_PLAN_MOST || (from && pps_plan_find_repository(g, from) < 0))
		return pps_fail(err, PPS_E_FORMAT, "the state's policy in force: repository %zu cannot be read", g->n);
	*one = (pps_plan_repository){ .from = from ? pps_plan_find_repository(g, from) : -1, .is_public = json_is_true(json_object_get(item, "public")),
				      .refers = json_is_true(json_object_get(item, "refers")) };
	if (!(one->name = keep(force, name)))
		return pps_fail_nomem(err);
	g->n++;
	return PPS_OK;
}

static int add_origins(pps_force *force, const json_t *list, pps_error **err)
{
	if (!(force->origins = calloc(json_array_size(list) + 1, sizeof *force->origins)))
		return pps_fail_nomem(err);
	for (size_t i = 0; i < json_array_size(list); i++) {
		const char *origin = json_string_value(json_array_get(list, i));

		if (!origin)
			return pps_fail(err, PPS_E_FORMAT, "the state's policy in force: origin %zu cannot be read", i);
		if (!(force->origins[force->norigins++] = keep(force, origin)))
			return pps_fail_nomem(err);
	}
	return PPS_OK;
}

static int add_all(pps_force *force, const json_t *json, pps_error **err)
{
	const json_t *list = json_object_get(json, "policies"), *reclaim = json_object_get(json, "reclaim_after_ns");
	const json_t *repositories = json_object_get(json, "repositories");
	int r = PPS_OK;

	if (!json_is_array(list) || !json_is_integer(reclaim))
		return pps_fail(err, PPS_E_FORMAT, "the state's policy in force cannot be read");
	force->reclaim_after = json_integer_value(reclaim);
	if (!(force->policies = calloc(json_array_size(list) + 1, sizeof *force->policies)))
		return pps_fail_nomem(err);
	for (size_t i = 0; i < json_array_size(list) && r == PPS_OK; i++)
		r = add(force, json_array_get(list, i), err);
	for (size_t i = 0; i < json_array_size(repositories) && r == PPS_OK; i++)
		r = add_repository(force, json_array_get(repositories, i), err);
	return r < 0 ? r : add_origins(force, json_object_get(json, "origins"), err);
}

int pps_force_parse(const char *text, pps_force **ret_force, pps_error **err)
{
	_cleanup_(pps_force_freep) pps_force *force = calloc(1, sizeof *force);
	json_error_t where;
	json_t *json = NULL;
	int r;

	if (!force)
		return pps_fail_nomem(err);
	if ((r = pps_json_parse(text, strlen(text), 0, &json, &where)) < 0)
		return r == PPS_E_NOMEM ? pps_fail_nomem(err) : pps_fail(err, r, "the state's policy in force: %s", where.text);
	r = add_all(force, json, err);
	json_decref(json);
	if (r == PPS_OK)
		*ret_force = TAKE_PTR(force);
	return r;
}

static int is_same_choice(const pps_conf_policy *a, const pps_conf_policy *b)
{
	if (a->types.n != b->types.n || !a->origin != !b->origin || (a->origin && strcmp(a->origin, b->origin) != 0))
		return 0;
	for (size_t i = 0; i < a->types.n; i++)
		if (strcmp(a->types.at[i], b->types.at[i]) != 0)
			return 0;
	return 1;
}

static pps_rule rule_of(const pps_conf_policy *p)
{
	return (pps_rule){ .policy = p, .embargo = p->embargo, .retention = p->retention, .is_public = p->is_public };
}

static int has(const pps_plan_graph *g, const pps_plan_graph *other, size_t i)
{
	const char *a = source_of(other, i), *b;
	int k = pps_plan_find_repository(g, other->at[i].name);

	if (k < 0 || g->at[k].is_public != other->at[i].is_public || g->at[k].refers != other->at[i].refers)
		return 0;
	b = source_of(g, (size_t)k);
	return a && b ? !strcmp(a, b) : a == b;
}

int pps_force_has(const pps_force *in_force, const pps_plan_graph *graph, size_t i)
{
	return has(&in_force->graph, graph, i);
}

/* One that is new changes nothing for the others; what a state of an earlier version says of none is not known. */
static int is_other_graph(const pps_plan_graph *in_force, const pps_plan_graph *configured)
{
	for (size_t i = 0; i < in_force->n; i++)
		if (!has(configured, in_force, i))
			return 1;
	return !in_force->n;
}

int pps_force_knows(const pps_force *in_force, const char *origin)
{
	if (!origin || !*origin)
		return 1;
	for (size_t i = 0; i < in_force->norigins; i++)
		if (!strcmp(in_force->origins[i], origin))
			return 1;
	for (size_t i = 0; i < in_force->n; i++)
		if (in_force->policies[i].origin && !strcmp(in_force->policies[i].origin, origin))
			return 1;
	return 0;
}

/* What was held because nobody had named its origin would leave. */
static int has_new_origin(const pps_force *in_force, const pps_conf *conf)
{
	const pps_conf_texts *known = conf ? &pps_conf_intake_block(conf)->origins : NULL;

	for (size_t i = 0; known && i < known->n; i++)
		if (!pps_force_knows(in_force, known->at[i]))
			return 1;
	return 0;
}

int pps_force_is_sooner(const pps_force *in_force, const pps_terms *t)
{
	if (t->npolicies != in_force->n || t->reclaim_after < in_force->reclaim_after || is_other_graph(&in_force->graph, t->graph) ||
	    has_new_origin(in_force, t->conf))
		return 1;
	for (size_t i = 0; i < t->npolicies; i++)
		if (!is_same_choice(&in_force->policies[i], &t->policies[i]) ||
		    pps_rule_is_sooner(rule_of(&in_force->policies[i]), rule_of(&t->policies[i])))
			return 1;
	return 0;
}

int pps_force_is_graph(const pps_force *in_force, const pps_plan_graph *graph)
{
	return !is_other_graph(&in_force->graph, graph);
}
