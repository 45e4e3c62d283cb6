/* SPDX-License-Identifier: BSD-3-Clause */
#include "raw/policy.h"

#include <string.h>

#include "base/buf.h"
#include "base/json.h"

int pps_raw_rule_name(const pps_conf_query *rule, char **ret, pps_error **err)
{
	return asprintf(ret, "%s: %s (%lld s)", rule->instrument, *rule->where ? rule->where : "every exposure",
			(long long)(rule->embargo / PPS_NS_PER_S)) < 0 ? pps_fail_nomem(err) : PPS_OK;
}

static json_t *json_of(const pps_conf_query *q)
{
	return json_pack("{s:s, s:s, s:I}", "instrument", q->instrument, "where", q->where, "embargo_ns", (json_int_t)q->embargo);
}

static int compare_texts(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void free_texts(char **texts, size_t n)
{
	for (size_t i = 0; i < n; i++)
		free(texts[i]);
	free(texts);
}

int pps_raw_policy_format(const pps_conf_query *queries, size_t n, char **ret_text, pps_error **err)
{
	char **texts = calloc(n + 1, sizeof *texts);
	_cleanup_buf_ pps_buf text = PPS_BUF_SQL;
	int failed = !texts;

	for (size_t i = 0; i < n && !failed; i++) {
		json_t *json = json_of(&queries[i]);

		texts[i] = json ? json_dumps(json, JSON_COMPACT | JSON_SORT_KEYS) : NULL;
		failed = !texts[i];
		json_decref(json);
	}
	if (!failed) {
		qsort(texts, n, sizeof *texts, compare_texts);
		for (size_t i = 0; i < n; i++)
			pps_buf_printf(&text, "%s%s", i ? ",\n" : "[", texts[i]);
		pps_buf_add_text(&text, n ? "]" : "[]");
	}
	if (texts)
		free_texts(texts, n);
	if (failed)
		return pps_fail_nomem(err);
	return (*ret_text = pps_buf_take(&text)) ? PPS_OK : pps_fail_nomem(err);
}

void pps_raw_policy_free(pps_raw_policy *policy)
{
	if (!policy)
		return;
	free_texts(policy->texts, policy->ntexts);
	free(policy->queries);
	free(policy);
}

/* A copy that lives as long as the policy. */
static const char *keep(pps_raw_policy *policy, const char *text)
{
	char *copy = strdup(text);

	if (copy)
		policy->texts[policy->ntexts++] = copy;
	return copy;
}

static int add(pps_raw_policy *policy, const json_t *item, pps_error **err)
{
	pps_conf_query *q = &policy->queries[policy->n];
	const char *instrument = json_string_value(json_object_get(item, "instrument"));
	const char *where = json_string_value(json_object_get(item, "where"));
	const json_t *embargo = json_object_get(item, "embargo_ns");

	if (!instrument || !where || !json_is_integer(embargo))
		return pps_fail(err, PPS_E_FORMAT, "the state's policy in force: query %zu cannot be read", policy->n);
	if (!(q->instrument = keep(policy, instrument)) || !(q->where = keep(policy, where)))
		return pps_fail_nomem(err);
	q->embargo = json_integer_value(embargo);
	policy->n++;
	return PPS_OK;
}

static int add_all(pps_raw_policy *policy, const json_t *list, pps_error **err)
{
	size_t n = json_array_size(list);
	int r = PPS_OK;

	if (!(policy->queries = calloc(n + 1, sizeof *policy->queries)) || !(policy->texts = calloc(2 * n + 1, sizeof *policy->texts)))
		return pps_fail_nomem(err);
	for (size_t i = 0; i < n && r == PPS_OK; i++)
		r = add(policy, json_array_get(list, i), err);
	return r;
}

int pps_raw_policy_parse(const char *text, pps_raw_policy **ret_policy, pps_error **err)
{
	_cleanup_(pps_raw_policy_freep) pps_raw_policy *policy = calloc(1, sizeof *policy);
	json_error_t where;
	json_t *json = NULL;
	int r;

	if (!policy)
		return pps_fail_nomem(err);
	if ((r = pps_json_parse(text, strlen(text), 0, &json, &where)) < 0)
		return r == PPS_E_NOMEM ? pps_fail_nomem(err) : pps_fail(err, r, "the state's policy in force: %s", where.text);
	r = json_is_array(json) ? add_all(policy, json, err) : pps_fail(err, PPS_E_FORMAT, "the state's policy in force is no list");
	json_decref(json);
	if (r == PPS_OK)
		*ret_policy = TAKE_PTR(policy);
	return r;
}

static int covers(const pps_conf_query *in_force, const pps_conf_query *q)
{
	return !strcmp(in_force->instrument, q->instrument) && !strcmp(in_force->where, q->where) && in_force->embargo <= q->embargo;
}

int pps_raw_policy_is_sooner(const pps_conf_query *in_force, size_t n_in_force, const pps_conf_query *queries, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		size_t k = 0;

		while (k < n_in_force && !covers(&in_force[k], &queries[i]))
			k++;
		if (k == n_in_force)
			return 1;
	}
	return 0;
}
