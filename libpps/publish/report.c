/* SPDX-License-Identifier: BSD-3-Clause */
/* What the state says of the flow, as JSON: how many are where, which datasets, and one of them in words. */
#include <fnmatch.h>
#include <inttypes.h>
#include <string.h>

#include "base/json.h"
#include "publish/report.h"
#include "state/intake.h"

#define TROUBLE_MOST 100
#define PAGE 1000

const char *pps_publish_status_name(char status)
{
	switch (status) {
	case PPS_STATUS_NEVER:
		return "never";
	case PPS_STATUS_PRESENT:
		return "present";
	case PPS_STATUS_MISSING:
		return "missing";
	case PPS_STATUS_DELETED:
		return "deleted";
	case PPS_STATUS_EXPIRED:
		return "expired";
	default:
		return "unknown";
	}
}

int pps_report_text(json_t *json, char **ret_json, pps_error **err)
{
	char *text = json ? json_dumps(json, JSON_COMPACT) : NULL;

	json_decref(json);
	return (*ret_json = text) ? PPS_OK : pps_fail_nomem(err);
}

json_t *pps_report_time(int64_t tai)
{
	char text[40];

	return tai > 0 && tai < PPS_TAI_MAX && pps_time_format(tai, PPS_SCALE_TAI, 3, 'T', text, NULL) == PPS_OK ? json_string(text) : json_null();
}

/* ---- how many ---- */

struct counting {
	const pps_publish_flow *flow;
	json_t *types; /* by name */
	int64_t next[PPS_TASK_DELETE + 1][PPS_PLAN_MOST];
};

static void add_to(json_t *object, const char *key, int64_t n)
{
	json_object_set_new(object, key, json_integer(json_integer_value(json_object_get(object, key)) + n));
}

/* Of some origin: what is known of none is held. */
static int has_policy(const pps_publish_flow *flow, const char *type)
{
	for (size_t i = 0; i < flow->npolicies; i++)
		if (pps_publish_flow_rule(flow, flow->policies[i].origin, type).policy)
			return 1;
	return 0;
}

static int count(const pps_dataset_count *c, void *user, pps_error **err)
{
	struct counting *k = user;
	json_t *type = json_object_get(k->types, c->type), *by;
	size_t len = strlen(c->status);

	if (!c->n)
		return PPS_OK;
	if (!type) {
		type = json_pack("{s:s, s:i, s:{}}", "type", c->type, "n", 0, "repositories");
		if (!type || json_object_set_new(k->types, c->type, type) < 0 ||
		    json_object_set_new(type, "has_policy", json_boolean(has_policy(k->flow, c->type))) < 0)
			return pps_fail_nomem(err);
	}
	add_to(type, "n", c->n);
	by = json_object_get(type, "repositories");
	for (size_t i = 0; i < k->flow->graph.n; i++) {
		size_t ordinal = (size_t)k->flow->ordinal[i];
		char status = ordinal < len ? c->status[ordinal] : PPS_STATUS_NEVER;
		json_t *one = json_object_get(by, k->flow->graph.at[i].name);

		if (status == PPS_STATUS_NEVER)
			continue;
		if (!one && (!(one = json_object()) || json_object_set_new(by, k->flow->graph.at[i].name, one) < 0))
			return pps_fail_nomem(err);
		add_to(one, pps_publish_status_name(status), c->n);
	}
	if (c->next.task && c->next.task <= PPS_TASK_DELETE && k->flow->repository_of[c->next.ordinal] >= 0)
		k->next[c->next.task][k->flow->repository_of[c->next.ordinal]] += c->n;
	return PPS_OK;
}

static int add_next(pps_publish *p, const struct counting *k, int64_t now, json_t *list, pps_error **err)
{
	const pps_publish_flow *flow = &p->flow;
	int64_t due;
	int r;

	for (int task = PPS_TASK_COPY; task <= PPS_TASK_DELETE; task++)
		for (size_t i = 0; i < flow->graph.n; i++) {
			if (!k->next[task][i])
				continue;
			if ((r = pps_state_datasets_due(flow->state, task, flow->ordinal[i], now, &due, err)) < 0)
				return r;
			if (json_array_append_new(list, json_pack("{s:s, s:s, s:I, s:I}", "task", pps_task_name(task), "repository", flow->graph.at[i].name,
								  "n", (json_int_t)k->next[task][i], "due", (json_int_t)due)) < 0)
				return pps_fail_nomem(err);
		}
	return PPS_OK;
}

static json_t *failure_of(const pps_publish_flow *flow, const pps_dataset_failure *f)
{
	const int repository = flow->repository_of[f->ordinal];

	return json_pack("{s:s?, s:i, s:s, s:o}", "repository", repository >= 0 ? flow->graph.at[repository].name : NULL, "attempts", f->attempts, "error",
			 f->error, "not_before", f->not_before ? pps_report_time(f->not_before) : json_null());
}

static json_t *failures_of(const pps_publish_flow *flow, const pps_dataset_row *row)
{
	json_t *list = json_array();

	for (size_t i = 0; i < row->nfailures; i++)
		json_array_append_new(list, failure_of(flow, &row->failures[i]));
	return list;
}

static int add_trouble(pps_publish *p, json_t *list, pps_error **err)
{
	const pps_dataset_filter failed = { .failed = 1, .limit = TROUBLE_MOST };
	_cleanup_(pps_dataset_rows_freep) pps_dataset_rows *rows = NULL;
	int r = pps_state_datasets_find(p->state, &failed, &rows, err);

	for (size_t i = 0; r == PPS_OK && i < pps_dataset_rows_count(rows); i++) {
		const pps_dataset_row *row = pps_dataset_rows_at(rows, i);
		char id[37];

		pps_uuid_format(&row->id, id);
		for (size_t k = 0; k < row->nfailures; k++) {
			json_t *one = failure_of(&p->flow, &row->failures[k]);

			if (!one || json_object_set_new(one, "id", json_string(id)) < 0 || json_object_set_new(one, "type", json_string(row->type)) < 0 ||
			    json_array_append_new(list, one) < 0)
				return pps_fail_nomem(err);
		}
	}
	return r;
}

static json_t *list_types(json_t *by_name)
{
	json_t *list = json_array(), *one;
	const char *key;

	json_object_foreach(by_name, key, one)
		json_array_append(list, one);
	return list;
}

/* The time of a replay is that of its last run. */
static int time_of(const pps_publish *p, int64_t *ret_now, pps_error **err)
{
	int64_t at, as_of;
	int r;

	if (!pps_state_is_replay(p->state))
		return pps_tai_now(ret_now, err);
	if ((r = pps_state_ledger_times(p->state, &at, &as_of, err)) < 0)
		return r;
	*ret_now = p->flow.requested != INT64_MIN ? p->flow.requested : as_of;
	return PPS_OK;
}

/* ---- dimension records ---- */

struct records {
	const pps_publish_flow *flow;
	json_t *list;
};

static int add_records(const pps_record_count *c, void *user, pps_error **err)
{
	const struct records *k = user;
	const int repository = k->flow->repository_of[c->ordinal];

	if (repository < 0)
		return PPS_OK;
	return json_array_append_new(k->list, json_pack("{s:s, s:I, s:I, s:I, s:I, s:s?}", "repository", k->flow->graph.at[repository].name, "waiting",
							(json_int_t)c->waiting, "due", (json_int_t)c->due, "revised", (json_int_t)c->revised, "failed",
							(json_int_t)c->failed, "error", *c->error ? c->error : NULL)) < 0 ? pps_fail_nomem(err) : PPS_OK;
}

int pps_report_records_of(const pps_publish_flow *flow, const pps_dataset_row *row, json_t *list, pps_error **err)
{
	json_t *id = NULL;
	json_error_t where;
	int r = PPS_OK;

	if (pps_json_parse(row->data_id, strlen(row->data_id), 0, &id, &where) < 0)
		return PPS_OK;
	for (int dimension = PPS_RECORD_VISIT; dimension <= PPS_RECORD_GROUP && r == PPS_OK; dimension++) {
		const json_t *value = json_object_get(id, pps_record_dimension_name(dimension));
		_cleanup_(pps_record_places_clear) pps_record_places places = { 0 };
		char number[24];

		snprintf(number, sizeof number, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
		if (!json_is_integer(value) && !json_is_string(value))
			continue;
		r = pps_state_records_of(flow->state, row->instrument, dimension, json_is_string(value) ? json_string_value(value) : number, &places, err);
		for (size_t i = 0; r == PPS_OK && i < places.n; i++) {
			const pps_record_place *p = &places.at[i];
			const int repository = flow->repository_of[p->ordinal];

			if (repository >= 0 &&
			    json_array_append_new(list, json_pack("{s:s, s:s, s:s, s:s, s:o, s:o, s:o, s:s?}", "dimension", pps_record_dimension_name(p->dimension),
								  "value", p->value, "repository", flow->graph.at[repository].name, "status",
								  pps_record_status_name(p->status), "looked", pps_report_time(p->looked), "revised",
								  pps_report_time(p->revised), "next_look", pps_report_time(p->next_look), "error",
								  *p->error ? p->error : NULL)) < 0)
				r = pps_fail_nomem(err);
		}
	}
	json_decref(id);
	return r;
}

/* ---- all of it ---- */

int pps_report_types(pps_publish *p, json_t *types, pps_error **err)
{
	struct counting k = { .flow = &p->flow, .types = types };

	return pps_state_dataset_counts(p->state, count, &k, err);
}

static int fill_status(pps_publish *p, json_t *status, struct counting *k, pps_error **err)
{
	json_t *names = json_object_get(status, "repositories"), *intake = NULL;
	int64_t now, unknown = 0;
	int r;

	for (size_t i = 0; i < p->flow.graph.n; i++)
		json_array_append_new(names, json_string(p->flow.graph.at[i].name));
	if ((r = pps_publish_read(p, err)) < 0 || (r = pps_state_dataset_counts(p->state, count, k, err)) < 0 || (r = time_of(p, &now, err)) < 0)
		return r;
	if ((r = add_next(p, k, now, json_object_get(status, "next"), err)) < 0 || (r = add_trouble(p, json_object_get(status, "trouble"), err)) < 0 ||
	    (r = pps_state_record_counts(p->state, now, add_records, &(struct records){ &p->flow, json_object_get(status, "dimensions") }, err)) < 0 ||
	    (r = pps_state_unknown_count(p->state, &unknown, err)) < 0 || (r = pps_report_intake(p, &intake, err)) < 0)
		return r;
	json_object_set_new(status, "types", list_types(k->types));
	json_object_set_new(status, "unknown", json_integer(unknown));
	json_object_set_new(status, "intake", intake);
	json_object_set_new(status, "policy", json_string(p->flow.in_force ? "waits" : "in force"));
	return PPS_OK;
}

int pps_publish_status(pps_publish *p, char **ret_json, pps_error **err)
{
	struct counting k;
	json_t *status;
	int r;

	if (!p || !ret_json)
		return pps_fail(err, PPS_E_ARG, "pps_publish_status: publish and ret_json must not be NULL");
	k = (struct counting){ .flow = &p->flow, .types = json_object() };
	status = json_pack("{s:i, s:s, s:[], s:[], s:[], s:[], s:[]}", "schema_version", 1, "state", pps_state_database(p->state), "repositories", "types",
			   "next", "trouble", "dimensions");
	r = status && k.types ? fill_status(p, status, &k, err) : pps_fail_nomem(err);
	json_decref(k.types);
	if (r < 0) {
		json_decref(status);
		return r;
	}
	return pps_report_text(status, ret_json, err);
}

/* ---- which ---- */

static json_t *statuses(const pps_publish_flow *flow, const pps_dataset_row *row)
{
	json_t *by = json_object();

	for (size_t i = 0; i < flow->graph.n; i++)
		json_object_set_new(by, flow->graph.at[i].name, json_string(pps_publish_status_name(row->status.status[flow->ordinal[i]])));
	return by;
}

static json_t *since(const pps_publish_flow *flow, const pps_dataset_row *row)
{
	json_t *by = json_object();

	for (size_t i = 0; i < flow->graph.n; i++)
		json_object_set_new(by, flow->graph.at[i].name, pps_report_time(row->status.at[flow->ordinal[i]]));
	return by;
}

static json_t *next_of(const pps_publish_flow *flow, const pps_dataset_next *next)
{
	int repository = next->task ? flow->repository_of[next->ordinal] : -1;

	if (repository < 0)
		return json_null();
	return json_pack("{s:s, s:s, s:o}", "task", pps_task_name(next->task), "repository", flow->graph.at[repository].name, "due",
			 next->due > 0 ? pps_report_time(next->due) : json_null());
}

static const char *end_name(int kind)
{
	return kind == PPS_END_UNKNOWN ? "unknown" : kind == PPS_END_NONE ? "none" : NULL;
}

json_t *pps_report_dataset(const pps_publish_flow *flow, const pps_dataset_row *row)
{
	json_t *one = json_object(), *data_id = NULL;
	json_error_t where;
	char id[37];

	if (!one)
		return NULL;
	pps_uuid_format(&row->id, id);
	pps_json_parse(row->data_id, strlen(row->data_id), 0, &data_id, &where);
	json_object_set_new(one, "id", json_string(id));
	json_object_set_new(one, "type", json_string(row->type));
	json_object_set_new(one, "run", json_string(row->run));
	json_object_set_new(one, "origin", json_string(row->origin));
	json_object_set_new(one, "instrument", json_string(row->instrument));
	json_object_set_new(one, "data_id", data_id ? data_id : json_object());
	json_object_set_new(one, "visit", row->visit ? json_integer(row->visit) : json_null());
	json_object_set_new(one, "day_obs", row->day_obs ? json_integer(row->day_obs) : json_null());
	json_object_set_new(one, "end", end_name(row->end_kind) ? json_string(end_name(row->end_kind)) : pps_report_time(row->end));
	json_object_set_new(one, "registered", pps_report_time(row->registered));
	json_object_set_new(one, "held", json_boolean(row->flags & PPS_DATASET_HELD_ANY));
	json_object_set_new(one, "pinned", json_boolean(row->flags & PPS_DATASET_PINNED));
	json_object_set_new(one, "withdrawn", json_boolean(row->flags & PPS_DATASET_WITHDRAWN));
	json_object_set_new(one, "adopted", json_boolean(row->flags & PPS_DATASET_ADOPTED));
	json_object_set_new(one, "status", statuses(flow, row));
	json_object_set_new(one, "since", since(flow, row));
	json_object_set_new(one, "next", next_of(flow, &row->next));
	json_object_set_new(one, "attempts", json_integer(row->attempts));
	json_object_set_new(one, "error", row->error ? json_string(row->error) : json_null());
	json_object_set_new(one, "failures", failures_of(flow, row));
	return one;
}

/* The state looks at sets of characters in globs no closer than at '*'. */
int pps_publish_is_chosen(const pps_dataset_filter *f, const pps_dataset_row *row)
{
	return (!f->type || !fnmatch(f->type, row->type, FNM_NOESCAPE)) && (!f->run || !fnmatch(f->run, row->run, FNM_NOESCAPE));
}

int pps_report_each(pps_publish *p, pps_report_row_fn fn, void *user, pps_error **err)
{
	pps_dataset_filter page;
	size_t left, n = PAGE;
	int r;

	if ((r = pps_publish_read(p, err)) < 0)
		return r;
	page = p->filter;
	left = page.limit ? page.limit : SIZE_MAX;
	while (n == PAGE && left) {
		_cleanup_(pps_dataset_rows_freep) pps_dataset_rows *rows = NULL;

		page.limit = PAGE;
		if ((r = pps_ctx_check(p->ctx, err)) < 0 || (r = pps_state_datasets_find(p->state, &page, &rows, err)) < 0)
			return r;
		n = pps_dataset_rows_count(rows);
		for (size_t i = 0; i < n && left; i++) {
			const pps_dataset_row *row = pps_dataset_rows_at(rows, i);

			if (!pps_publish_is_chosen(&p->filter, row))
				continue;
			left--;
			if ((r = fn(&p->flow, row, user, err)) < 0)
				return r;
		}
		if (n)
			page.after = pps_dataset_rows_at(rows, n - 1)->id;
	}
	return PPS_OK;
}

struct telling {
	pps_publish_dataset_fn fn;
	void *user;
};

static int tell(const pps_publish_flow *flow, const pps_dataset_row *row, void *user, pps_error **err)
{
	const struct telling *t = user;
	_cleanup_free_ char *text = NULL;
	int r;

	if ((r = pps_report_text(pps_report_dataset(flow, row), &text, err)) < 0)
		return r;
	return (r = t->fn(text, t->user)) < 0 ? pps_fail(err, r, "stopped by the caller") : PPS_OK;
}

int pps_publish_datasets(pps_publish *p, pps_publish_dataset_fn fn, void *user, pps_error **err)
{
	if (!p || !fn)
		return pps_fail(err, PPS_E_ARG, "pps_publish_datasets: publish and fn must not be NULL");
	return pps_report_each(p, tell, &(struct telling){ fn, user }, err);
}
