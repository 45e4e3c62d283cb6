/* SPDX-License-Identifier: BSD-3-Clause */
/* Putting policies or repositories in force by which things are released, published, expired or deleted sooner: what that changes is counted first. */
#include <string.h>

#include "base/json.h"
#include "publish/publish.h"
#include "publish/report.h"

#define PAGE 1000

typedef struct counts {
	int64_t sooner[PPS_TASK_DELETE + 1], now[PPS_TASK_DELETE + 1];
} counts;

/* As what is configured alone would plan it. */
static void plan_configured(pps_publish *p, const pps_dataset_row *row, pps_plan_action *actions)
{
	pps_publish_flow flow = p->flow;

	flow.in_force = NULL;
	flow.graph.at[0].reclaim_after = flow.reclaim_after;
	pps_publish_flow_plan(&flow, row, actions);
}

static int64_t due_of(const pps_plan_action *a)
{
	return a->wait == PPS_WAIT_TIME ? a->due : INT64_MAX;
}

static void compare(pps_publish *p, const pps_dataset_row *row, int64_t now, counts *c)
{
	pps_plan_action both[PPS_PLAN_MOST], configured[PPS_PLAN_MOST];

	pps_publish_flow_plan(&p->flow, row, both);
	plan_configured(p, row, configured);
	for (size_t i = 0; i < p->flow.graph.n; i++) {
		int64_t due = due_of(&configured[i]), was = both[i].task == configured[i].task ? due_of(&both[i]) : INT64_MAX;

		if (due >= was)
			continue;
		c->sooner[configured[i].task]++;
		c->now[configured[i].task] += due <= now && was > now;
	}
}

static int count_all(pps_publish *p, int64_t now, counts *c, pps_error **err)
{
	pps_dataset_filter filter = { .limit = PAGE };
	size_t n = PAGE;
	int r;

	while (n == PAGE) {
		_cleanup_(pps_dataset_rows_freep) pps_dataset_rows *rows = NULL;

		if ((r = pps_ctx_check(p->ctx, err)) < 0 || (r = pps_state_datasets_find(p->state, &filter, &rows, err)) < 0)
			return r;
		n = pps_dataset_rows_count(rows);
		for (size_t i = 0; i < n; i++)
			compare(p, pps_dataset_rows_at(rows, i), now, c);
		if (n)
			filter.after = pps_dataset_rows_at(rows, n - 1)->id;
	}
	return PPS_OK;
}

static json_t *json_of(const int64_t *numbers)
{
	json_t *all = json_object();

	for (int task = PPS_TASK_COPY; all && task <= PPS_TASK_DELETE; task++)
		if (json_object_set_new(all, pps_task_name(task), json_integer(numbers[task])) < 0) {
			json_decref(all);
			return NULL;
		}
	return all;
}

static int put_in_force(pps_publish *p, const char *reason, const char *who, pps_error **err)
{
	_cleanup_free_ char *configured = NULL;
	const pps_terms terms = pps_publish_flow_terms(&p->flow);
	int r = pps_force_format(&terms, &configured, err);

	return r < 0 ? r : pps_state_set_policy(p->state, PPS_PUBLISH_FLOW, configured, NULL, 0, reason, who, err);
}

int pps_publish_policy_accept(pps_publish *p, const char *reason, const char *who, char **ret_json, pps_error **err)
{
	counts c = { .sooner = { 0 } };
	int waits, r;
	int64_t now;

	if (!p || !ret_json)
		return pps_fail(err, PPS_E_ARG, "pps_publish_policy_accept: publish and ret_json must not be NULL");
	if (!reason || !*reason || !who || !*who)
		return pps_fail(err, PPS_E_ARG, "accepting a policy that acts sooner needs a reason and a name");
	if ((r = pps_publish_read(p, err)) < 0 || (r = pps_publish_flow_now(&p->flow, &now, NULL, err)) < 0)
		return r;
	waits = p->flow.in_force != NULL;
	if (waits && ((r = count_all(p, now, &c, err)) < 0 || (!p->dry_run && (r = put_in_force(p, reason, who, err)) < 0)))
		return r;
	return pps_report_text(json_pack("{s:i, s:b, s:b, s:o, s:o}", "schema_version", 1, "waits", waits, "accepted", waits && !p->dry_run, "sooner",
					 json_of(c.sooner), "now", json_of(c.now)), ret_json, err);
}
