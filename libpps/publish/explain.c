/* SPDX-License-Identifier: BSD-3-Clause */
/* One dataset in words: what it is, where it is, what happened, what is next, when, by which rule, and what holds it. */
#include <inttypes.h>
#include <string.h>

#include "publish/report.h"

/* "2025-12-02 23:59:00 UTC" */
static void add_time(pps_buf *b, int64_t tai)
{
	char text[40];

	if (pps_time_format(tai, PPS_SCALE_UTC, 0, ' ', text, NULL) == PPS_OK)
		pps_buf_printf(b, "%s UTC", text);
	else
		pps_buf_add_text(b, "an unknown time");
}

static void add_what(pps_buf *b, int task, const char *repository)
{
	switch (task) {
	case PPS_TASK_COPY:
		pps_buf_printf(b, "copied to %s", repository);
		break;
	case PPS_TASK_PUBLISH:
		pps_buf_printf(b, "published in %s", repository);
		break;
	case PPS_TASK_EXPIRE:
		pps_buf_printf(b, "expired in %s", repository);
		break;
	default:
		pps_buf_printf(b, "deleted from %s", repository);
	}
}

static void add_wait(const pps_publish_flow *flow, const pps_dataset_row *row, const pps_plan_action *a, pps_buf *b)
{
	const char *other = a->waits_for >= 0 ? flow->graph.at[a->waits_for].name : NULL;

	switch (a->wait) {
	case PPS_WAIT_TIME:
		pps_buf_add_text(b, a->due > 0 ? "from " : "at any time");
		if (a->due > 0)
			add_time(b, a->due);
		break;
	case PPS_WAIT_HOLD:
		pps_buf_add_text(b, "held by an operator");
		break;
	case PPS_WAIT_POLICY:
		pps_buf_printf(b, flow->in_force ? "held: no policy in force for the type %s, or one that is not accepted" :
						   "held: no policy matches the type %s: policies in the configuration must name it", row->type);
		break;
	case PPS_WAIT_END:
		pps_buf_add_text(b, row->end_kind == PPS_END_NONE ? "held: its dimensions have no time, and its policy has an embargo" :
								    "held: the end of its time is not known: the first repository is asked again until it has one");
		break;
	case PPS_WAIT_SOURCE:
		pps_buf_printf(b, "when %s has it", other ? other : "its source");
		break;
	case PPS_WAIT_OTHERS:
		if (other)
			pps_buf_printf(b, "when %s needs it no longer, or has it", other);
		else
			pps_buf_add_text(b, "when the others have it");
		break;
	case PPS_WAIT_PIN:
		pps_buf_add_text(b, row->flags & PPS_DATASET_PINNED ? "kept: an operator pinned it" : "kept: it was adopted, and an operator is to confirm that it may go");
		break;
	case PPS_WAIT_MISSING:
		pps_buf_add_text(b, "held: it was not found where it should be");
		break;
	case PPS_WAIT_ACCEPT:
		pps_buf_add_text(b, "held: the configured repositories are not those in force, and are not accepted");
		break;
	default:
		pps_buf_add_text(b, "never");
	}
}

static int add_line(json_t *words, pps_buf *b, pps_error **err)
{
	int r = pps_buf_check(b, "words", err);

	if (r == PPS_OK && json_array_append_new(words, json_string(pps_buf_text(b))) < 0)
		r = pps_fail_nomem(err);
	pps_buf_truncate(b, 0);
	return r;
}

/* ---- what happened ---- */

struct history {
	json_t *list, *words;
};

static int add_entry(const pps_ledger_row *row, void *user, pps_error **err)
{
	struct history *h = user;
	_cleanup_buf_ pps_buf b = PPS_BUF_SQL;

	if (json_array_append_new(h->list, json_pack("{s:I, s:s, s:s, s:s, s:s, s:o, s:o, s:I}", "seq", (json_int_t)row->seq, "action", row->entry.action,
						     "repository", row->entry.subject, "rule", row->entry.rule, "who", row->entry.who, "at",
						     pps_report_time(row->at), "as_of", pps_report_time(row->as_of), "datasets",
						     (json_int_t)row->entry.nuuids)) < 0)
		return pps_fail_nomem(err);
	add_time(&b, row->at);
	pps_buf_printf(&b, ": %s %s, by %s, ledger entry %" PRId64 ": %s", row->entry.action, row->entry.subject, row->entry.who, row->seq, row->entry.rule);
	return add_line(h->words, &b, err);
}

/* ---- all of it ---- */

static int say_what(const pps_publish_flow *flow, const pps_dataset_row *row, const char *rule, json_t *words, pps_error **err)
{
	_cleanup_buf_ pps_buf b = PPS_BUF_SQL;
	char id[37];
	int r;

	pps_uuid_format(&row->id, id);
	pps_buf_printf(&b, "%s %s of run %s, %s%s%s", row->type, id, row->run, row->data_id, *row->origin ? ", from " : "", row->origin);
	if ((r = add_line(words, &b, err)) < 0)
		return r;
	if (row->end_kind == PPS_END_KNOWN) {
		pps_buf_add_text(&b, "its time ended ");
		add_time(&b, row->end);
	} else {
		pps_buf_add_text(&b, row->end_kind == PPS_END_NONE ? "its dimensions have no time" : "the end of its time is not known");
	}
	pps_buf_printf(&b, "; %s%s", rule, flow->in_force ? " (what both the policy in force and the configured one allow)" : "");
	return add_line(words, &b, err);
}

static int say_where(const pps_publish_flow *flow, const pps_dataset_row *row, json_t *words, pps_error **err)
{
	_cleanup_buf_ pps_buf b = PPS_BUF_SQL;
	int r;

	for (size_t i = 0; i < flow->graph.n; i++) {
		int k = flow->ordinal[i];

		if (row->status.status[k] == PPS_STATUS_NEVER)
			continue;
		pps_buf_printf(&b, "%s: %s since ", flow->graph.at[i].name, pps_publish_status_name(row->status.status[k]));
		add_time(&b, row->status.at[k]);
		if (row->status.published[k]) {
			pps_buf_add_text(&b, ", published ");
			add_time(&b, row->status.published[k]);
		}
		if ((r = add_line(words, &b, err)) < 0)
			return r;
	}
	return PPS_OK;
}

static int say_plan(const pps_publish_flow *flow, const pps_dataset_row *row, json_t *plan, json_t *words, pps_error **err)
{
	_cleanup_buf_ pps_buf b = PPS_BUF_SQL;
	pps_plan_action actions[PPS_PLAN_MOST];
	int r;

	pps_publish_flow_plan(flow, row, actions);
	for (size_t i = 0; i < flow->graph.n; i++) {
		const pps_plan_action *a = &actions[i];

		if (a->task == PPS_TASK_NONE)
			continue;
		add_what(&b, a->task, flow->graph.at[i].name);
		pps_buf_add_text(&b, ": ");
		add_wait(flow, row, a, &b);
		if (json_object_set_new(plan, flow->graph.at[i].name,
					json_pack("{s:s, s:o, s:s}", "task", pps_task_name(a->task), "due",
						  a->wait == PPS_WAIT_TIME && a->due > 0 ? pps_report_time(a->due) : json_null(), "words", pps_buf_text(&b))) < 0)
			return pps_fail_nomem(err);
		if ((r = add_line(words, &b, err)) < 0)
			return r;
	}
	return PPS_OK;
}

static int say_trouble(const pps_publish_flow *flow, const pps_dataset_row *row, json_t *words, pps_error **err)
{
	_cleanup_buf_ pps_buf b = PPS_BUF_SQL;
	int r = PPS_OK;

	for (size_t i = 0; i < row->nfailures && r == PPS_OK; i++) {
		const pps_dataset_failure *f = &row->failures[i];
		const int repository = flow->repository_of[f->ordinal];

		pps_buf_printf(&b, "%s: failed %d time%s in a row: %s", repository >= 0 ? flow->graph.at[repository].name : "a repository that is gone",
			       f->attempts, f->attempts == 1 ? "" : "s", f->error);
		if (f->not_before) {
			pps_buf_add_text(&b, "; not again before ");
			add_time(&b, f->not_before);
		}
		r = add_line(words, &b, err);
	}
	return r;
}

/* "its visit 2025120200007 in prompt_prep: revised; looked at again 2025-12-03 06:00:00 UTC" */
static int say_records(const pps_publish_flow *flow, const pps_dataset_row *row, json_t *list, json_t *words, pps_error **err)
{
	_cleanup_buf_ pps_buf b = PPS_BUF_SQL;
	const json_t *one;
	size_t i;
	int r = pps_report_records_of(flow, row, list, err);

	json_array_foreach(list, i, one) {
		const char *next = json_string_value(json_object_get(one, "next_look")), *error = json_string_value(json_object_get(one, "error"));
		int64_t at;

		if (r < 0)
			break;
		pps_buf_printf(&b, "records of %s %s in %s: %s", json_string_value(json_object_get(one, "dimension")), json_string_value(json_object_get(one, "value")),
			       json_string_value(json_object_get(one, "repository")), json_string_value(json_object_get(one, "status")));
		if (error)
			pps_buf_printf(&b, ", failed: %s", error);
		pps_buf_add_text(&b, next ? "; looked at again " : "; not looked at again");
		if (next && pps_time_parse(next, PPS_SCALE_TAI, &at, NULL) == PPS_OK)
			add_time(&b, at);
		r = add_line(words, &b, err);
	}
	return r;
}

static int fill(pps_publish *p, const pps_dataset_row *row, json_t *all, pps_error **err)
{
	const pps_rule rule = pps_publish_flow_rule(&p->flow, *row->origin ? row->origin : NULL, row->type);
	json_t *words = json_object_get(all, "words");
	struct history h = { json_object_get(all, "history"), words };
	_cleanup_free_ char *name = NULL;
	int r;

	if ((r = pps_publish_rule_name(&rule, &name, err)) < 0)
		return r;
	if (json_object_set_new(all, "rule", json_string(name)) < 0)
		return pps_fail_nomem(err);
	if ((r = say_what(&p->flow, row, name, words, err)) < 0 || (r = say_where(&p->flow, row, words, err)) < 0 ||
	    (r = pps_state_ledger_of(p->state, &row->id, add_entry, &h, err)) < 0 || (r = say_trouble(&p->flow, row, words, err)) < 0)
		return r;
	if ((r = say_plan(&p->flow, row, json_object_get(all, "plan"), words, err)) < 0)
		return r;
	return say_records(&p->flow, row, json_object_get(all, "dimensions"), words, err);
}

int pps_publish_explain(pps_publish *p, const char *id, char **ret_json, pps_error **err)
{
	_cleanup_(pps_dataset_rows_freep) pps_dataset_rows *rows = NULL;
	json_t *all, *more;
	pps_uuid uuid;
	int r;

	if (!p || !id || !ret_json)
		return pps_fail(err, PPS_E_ARG, "pps_publish_explain: publish, id and ret_json must not be NULL");
	if (pps_uuid_parse(id, &uuid, NULL) < 0)
		return pps_fail(err, PPS_E_ARG, "%s: expected a UUID", id);
	if ((r = pps_publish_read(p, err)) < 0 || (r = pps_state_datasets_get(p->state, &uuid, 1, &rows, err)) < 0)
		return r;
	if (!pps_dataset_rows_count(rows))
		return pps_fail(err, PPS_E_NOTFOUND, "%s: the state does not know this dataset", id);
	all = pps_report_dataset(&p->flow, pps_dataset_rows_at(rows, 0));
	more = json_pack("{s:[], s:{}, s:[], s:[]}", "history", "plan", "dimensions", "words");
	r = all && more && json_object_update(all, more) == 0 ? fill(p, pps_dataset_rows_at(rows, 0), all, err) : pps_fail_nomem(err);
	json_decref(more);
	if (r < 0) {
		json_decref(all);
		return r;
	}
	return pps_report_text(all, ret_json, err);
}
