/* SPDX-License-Identifier: BSD-3-Clause */
#include "publish/publish.h"

#include <inttypes.h>
#include <string.h>

#include "base/codec.h"
#include "publish/notify.h"

struct pps_publish_report {
	size_t n;
	struct {
		int task;
		char *repository;
		int64_t numbers[PPS_PUBLISH_PUT_OFF + 1];
	} *rows;
	pps_buf down;
	int is_held;
};

static int open_state(pps_publish *p, pps_error **err)
{
	int r = pps_state_open(p->ctx, p->conf, &p->state, err);

	/* a state that was never made is a site that is not set up yet */
	return r == PPS_E_NOTFOUND ? pps_recode(err, PPS_E_CONFIG) : r;
}

/* A replay never touches what is not marked as its own. */
static int check_replay(pps_publish *p, pps_error **err)
{
	if (!pps_state_is_replay(p->state))
		return PPS_OK;
	for (size_t i = 0; i < p->flow.graph.n; i++) {
		const pps_conf_repository *repo = pps_site_conf(p->site, (int)i);
		int r = pps_state_replay_has(p->state, repo->butler, err);

		if (r < 0)
			return r;
		if (!r)
			return pps_fail_at(err, PPS_E_CONFIG, repo->place.file, repo->place.line, repo->place.column,
					   "%s: the state is a replay's, and this repository is not one of it: pps init --replay marks those of this file",
					   repo->name);
	}
	return PPS_OK;
}

/* Who acts: workers on other hosts, or threads of this process. */
static int make_crew(pps_publish *p, pps_error **err)
{
	const pps_conf_workers *workers = pps_conf_workers_block(p->conf);
	pps_publish_flow *flow = &p->flow;
	pps_wire wire = { .ops = &pps_kafka_wire_ops };
	int r;

	if (!workers->kafka)
		return pps_site_fan_out(p->site, pps_conf_threads(p->conf), flow, err);
	if ((r = pps_kafka_wire_new(p->ctx, workers, 0, &p->wire, err)) < 0)
		return r;
	wire.user = p->wire;
	if ((r = pps_dispatch_new(p->ctx, pps_conf_threads(p->conf), &wire, &p->dispatch, err)) < 0)
		return r;
	flow->crew = &pps_dispatch_crew;
	flow->crew_user = p->dispatch;
	return PPS_OK;
}

static int set_up(pps_publish *p, pps_error **err)
{
	pps_publish_flow *flow = &p->flow;
	int r;

	if ((r = pps_plan_graph_make(p->conf, &flow->graph, err)) < 0 || (r = open_state(p, err)) < 0 ||
	    (r = pps_site_new(p->ctx, p->conf, &flow->graph, p->state, &p->site, err)) < 0)
		return r;
	flow->ctx = p->ctx;
	flow->state = p->state;
	flow->conf = p->conf;
	flow->reclaim_after = flow->graph.at[0].reclaim_after;
	flow->npolicies = pps_conf_policy_count(p->conf);
	flow->policies = flow->npolicies ? pps_conf_policy_at(p->conf, 0) : NULL;
	flow->tasks[PPS_TASK_COPY] = *pps_conf_task_at(p->conf, PPS_CONF_TASK_COPY);
	flow->tasks[PPS_TASK_PUBLISH] = *pps_conf_task_at(p->conf, PPS_CONF_TASK_PUBLISH);
	flow->tasks[PPS_TASK_EXPIRE] = *pps_conf_task_at(p->conf, PPS_CONF_TASK_EXPIRE);
	flow->tasks[PPS_TASK_DELETE] = *pps_conf_task_at(p->conf, PPS_CONF_TASK_DELETE);
	flow->tasks[PPS_TASK_DIMENSIONS] = *pps_conf_task_at(p->conf, PPS_CONF_TASK_DIMENSIONS);
	flow->ops = &pps_site_ops;
	flow->user = p->site;
	flow->requested = INT64_MIN;
	flow->only_repository = -1;
	flow->who = "pps run";
	if ((r = make_crew(p, err)) < 0)
		return r;
	if ((r = pps_notify_open(p->ctx, p->conf, p->state, &flow->notify, err)) < 0)
		return r;
	return check_replay(p, err);
}

int pps_publish_open(pps_ctx *ctx, pps_conf *conf, pps_publish **ret_publish, pps_error **err)
{
	pps_publish *p;
	int r;

	if (!conf || !ret_publish)
		return pps_fail(err, PPS_E_ARG, "pps_publish_open: conf and ret_publish must not be NULL");
	if ((r = pps_ctx_check(ctx, err)) < 0)
		return r;
	if (!(p = calloc(1, sizeof *p)))
		return pps_fail_nomem(err);
	p->ctx = pps_ctx_ref(ctx);
	p->conf = pps_conf_ref(conf);
	if ((r = set_up(p, err)) < 0) {
		pps_publish_unref(p);
		return r;
	}
	*ret_publish = p;
	return PPS_OK;
}

pps_publish *pps_publish_unref(pps_publish *p)
{
	if (!p)
		return NULL;
	pps_publish_flow_clear(&p->flow);
	pps_notify_free(p->flow.notify);
	pps_dispatch_free(p->dispatch);
	pps_kafka_wire_free(p->wire);
	pps_site_free(p->site);
	pps_state_unref(p->state);
	free((char *)p->filter.type);
	free((char *)p->filter.run);
	free((char *)p->filter.origin);
	pps_conf_unref(p->conf);
	pps_ctx_unref(p->ctx);
	free(p);
	return NULL;
}

static int set_text(const char **text, const char *value, pps_error **err)
{
	char *copy = strdup(value);

	if (!copy)
		return pps_fail_nomem(err);
	free((char *)*text);
	*text = copy;
	return PPS_OK;
}

static int set_flag(int *flag, int bit, const char *key, const char *value, pps_error **err)
{
	if (strcmp(value, "0") != 0 && strcmp(value, "1") != 0)
		return pps_fail(err, PPS_E_ARG, "%s %s: expected 0 or 1", key, value);
	*flag = value[0] == '1' ? *flag | bit : *flag & ~bit;
	return PPS_OK;
}

static int set_number(int64_t *number, const char *key, const char *value, pps_error **err)
{
	return pps_int_parse(value, number, NULL) < 0 || *number < 0 ? pps_fail(err, PPS_E_ARG, "%s %s: expected a number", key, value) : PPS_OK;
}

static int set_now(pps_publish *p, const char *value, pps_error **err)
{
	int64_t now;
	int r;

	if (!pps_state_is_replay(p->state))
		return pps_fail(err, PPS_E_ARG, "--now needs a state that was made by pps init --replay: real datasets go by real time");
	if ((r = pps_time_parse(value, p->now_scale, &now, err)) < 0) {
		pps_wrap(err, r, "now");
		return pps_recode(err, PPS_E_ARG);
	}
	p->flow.requested = now;
	return PPS_OK;
}

static int set_repository(pps_publish *p, const char *name, pps_error **err)
{
	_cleanup_buf_ pps_buf names = PPS_BUF_LINE;

	for (size_t i = 0; i < p->flow.graph.n; i++) {
		if (!strcmp(name, p->flow.graph.at[i].name)) {
			p->flow.only_repository = (int)i;
			return PPS_OK;
		}
		pps_buf_printf(&names, "%s%s", i ? ", " : "", p->flow.graph.at[i].name);
	}
	return pps_fail(err, PPS_E_ARG, "the flow has no repository %s, only %s", name, pps_buf_text(&names));
}

static int set_task(pps_publish *p, const char *value, pps_error **err)
{
	const char *colon = strchr(value, ':');
	size_t len = colon ? (size_t)(colon - value) : strlen(value);

	p->flow.only_task = 0;
	p->flow.only = NULL;
	p->flow.only_repository = -1;
	for (int task = PPS_TASK_COPY; task < PPS_TASKS; task++)
		if (strlen(pps_task_name(task)) == len && !strncmp(value, pps_task_name(task), len))
			p->flow.only_task = task;
	if (len == strlen("register") && !strncmp(value, "register", len))
		p->flow.only = "register";
	if (!p->flow.only_task && !p->flow.only)
		return pps_fail(err, PPS_E_ARG, "task %.*s: expected register, dimensions, copy, publish, expire or delete", (int)len, value);
	return colon ? set_repository(p, colon + 1, err) : PPS_OK;
}

static int set_scale(pps_publish *p, const char *value, pps_error **err)
{
	if (strcmp(value, "utc") != 0 && strcmp(value, "tai") != 0)
		return pps_fail(err, PPS_E_ARG, "now_scale %s: expected utc or tai", value);
	p->now_scale = value[0] == 't' ? PPS_SCALE_TAI : PPS_SCALE_UTC;
	return PPS_OK;
}

/* Which datasets. Return: 1 when it is a key of these. */
static int set_filter(pps_publish *p, const char *key, const char *value, int *ret_r, pps_error **err)
{
	int64_t limit = 0;

	if (!strcmp(key, "type"))
		*ret_r = set_text(&p->filter.type, value, err);
	else if (!strcmp(key, "run"))
		*ret_r = set_text(&p->filter.run, value, err);
	else if (!strcmp(key, "origin"))
		*ret_r = set_text(&p->filter.origin, value, err);
	else if (!strcmp(key, "visit"))
		*ret_r = set_number(&p->filter.visit, key, value, err);
	else if (!strcmp(key, "day_obs"))
		*ret_r = set_number(&p->filter.day_obs, key, value, err);
	else if (!strcmp(key, "failed"))
		*ret_r = set_flag(&p->filter.failed, 1, key, value, err);
	else if (!strcmp(key, "held"))
		*ret_r = set_flag(&p->filter.flags, PPS_DATASET_HELD_ANY, key, value, err);
	else if (!strcmp(key, "limit") && (*ret_r = set_number(&limit, key, value, err)) == PPS_OK)
		p->filter.limit = (size_t)limit;
	else
		return !strcmp(key, "limit");
	return 1;
}

int pps_publish_set(pps_publish *p, const char *key, const char *value, pps_error **err)
{
	int r;

	if (!p || !key || !value)
		return pps_fail(err, PPS_E_ARG, "pps_publish_set: publish, key and value must not be NULL");
	if (!strcmp(key, "task"))
		return set_task(p, value, err);
	if (!strcmp(key, "repository"))
		return set_repository(p, value, err);
	if (!strcmp(key, "now"))
		return set_now(p, value, err);
	if (!strcmp(key, "now_scale"))
		return set_scale(p, value, err);
	if (!strcmp(key, "dry_run"))
		return set_flag(&p->dry_run, 1, key, value, err);
	if (set_filter(p, key, value, &r, err))
		return r;
	return pps_fail(err, PPS_E_ARG, "the flow has no setting \"%s\"", key);
}

int pps_publish_read(pps_publish *p, pps_error **err)
{
	return pps_publish_flow_read(&p->flow, err);
}

/* ---- runs ---- */

static int add_row(pps_publish_report *report, const pps_publish_flow *flow, int task, int repository, const int64_t *numbers, pps_error **err)
{
	int any = 0;

	for (int i = 0; i <= PPS_PUBLISH_PUT_OFF; i++)
		any |= numbers[i] != 0;
	if (!any)
		return PPS_OK;
	report->rows[report->n].task = task;
	memcpy(report->rows[report->n].numbers, numbers, sizeof report->rows[0].numbers);
	if (!(report->rows[report->n].repository = strdup(flow->graph.at[repository].name)))
		return pps_fail_nomem(err);
	report->n++;
	return PPS_OK;
}

static int new_report(const pps_publish *p, pps_publish_report **ret, pps_error **err)
{
	const pps_publish_flow *flow = &p->flow;
	pps_publish_report *report = calloc(1, sizeof *report);

	if (!report || !(report->rows = calloc((size_t)PPS_TASKS * PPS_PLAN_MOST, sizeof *report->rows))) {
		free(report);
		return pps_fail_nomem(err);
	}
	report->down = (pps_buf)PPS_BUF_SQL;
	report->is_held = flow->is_held;
	for (size_t i = 0; i < flow->graph.n; i++)
		if ((flow->down >> i) & 1)
			pps_buf_printf(&report->down, "%s%s: %s", report->down.size ? "\n" : "", flow->graph.at[i].name,
				       flow->why[i] ? pps_error_message(flow->why[i]) : "it is down");
	pps_site_add_down(p->site, &report->down);
	*ret = report;
	return PPS_OK;
}

static int report_run(const pps_publish *p, pps_publish_report **ret, pps_error **err)
{
	static const int order[PPS_TASKS] = { PPS_TASK_NONE, PPS_TASK_DIMENSIONS, PPS_TASK_COPY, PPS_TASK_PUBLISH, PPS_TASK_EXPIRE, PPS_TASK_DELETE };
	const pps_publish_flow *flow = &p->flow;
	pps_publish_report *report = NULL;
	int r = new_report(p, &report, err);

	for (size_t k = 0; k < PPS_COUNT(order) && r == PPS_OK; k++)
		for (size_t i = 0; i < flow->graph.n && r == PPS_OK; i++) {
			const pps_publish_tally *t = &flow->tally[order[k]][i];

			r = add_row(report, flow, order[k], (int)i, (const int64_t[]){ 0, t->done, t->failed, t->missing, t->put_off }, err);
		}
	if (r < 0)
		pps_publish_report_free(report);
	else
		*ret = report;
	return r;
}

struct due {
	const pps_publish_flow *flow;
	pps_publish_report *report;
};

static int add_due_records(const pps_record_count *count, void *user, pps_error **err)
{
	const struct due *d = user;
	const int repository = d->flow->repository_of[count->ordinal];

	if (repository < 0 || (d->flow->only_repository >= 0 && d->flow->only_repository != repository))
		return PPS_OK;
	return add_row(d->report, d->flow, PPS_TASK_DIMENSIONS, repository, (const int64_t[]){ count->due, 0, 0, 0, 0 }, err);
}

/* What is due, without a lock and without looking at any repository. */
static int report_due(pps_publish *p, pps_publish_report **ret, pps_error **err)
{
	pps_publish_flow *flow = &p->flow;
	pps_publish_report *report = NULL;
	int64_t now;
	int r;

	if ((r = pps_publish_flow_read(flow, err)) < 0 || (r = pps_publish_flow_now(flow, &now, NULL, err)) < 0 ||
	    (r = new_report(p, &report, err)) < 0)
		return r;
	if (!flow->only && (!flow->only_task || flow->only_task == PPS_TASK_DIMENSIONS))
		r = pps_state_record_counts(flow->state, now, add_due_records, &(struct due){ flow, report }, err);
	for (int task = PPS_TASK_COPY; task <= PPS_TASK_DELETE && r == PPS_OK; task++)
		for (size_t i = 0; i < flow->graph.n && r == PPS_OK; i++) {
			int64_t due = 0;

			if ((flow->only_task && flow->only_task != task) || (flow->only_repository >= 0 && flow->only_repository != (int)i) || flow->only)
				continue;
			if ((r = pps_state_datasets_due(flow->state, task, flow->ordinal[i], now, &due, err)) == PPS_OK)
				r = add_row(report, flow, task, (int)i, (const int64_t[]){ due, 0, 0, 0, 0 }, err);
		}
	if (r < 0)
		pps_publish_report_free(report);
	else
		*ret = report;
	return r;
}

int pps_publish_run(pps_publish *p, pps_publish_report **ret_report, pps_error **err)
{
	int r;

	if (!p || !ret_report)
		return pps_fail(err, PPS_E_ARG, "pps_publish_run: publish and ret_report must not be NULL");
	memset(p->flow.tally, 0, sizeof p->flow.tally);
	p->flow.down = 0;
	if (p->dry_run)
		return report_due(p, ret_report, err);
	if ((r = pps_state_lock(p->state, PPS_PUBLISH_FLOW, &p->flow.lock, err)) < 0)
		return r;
	for (int task = PPS_TASK_COPY; task < PPS_TASKS; task++)
		if (!((p->flow.rests >> task) & 1))
			p->looked[task] = pps_monotonic_now();
	p->flow.told = pps_monotonic_now();
	if ((r = pps_publish_flow_run(&p->flow, err)) == PPS_OK)
		r = pps_notify_drain(p->flow.notify, p->flow.lock, INT64_MAX, err);
	p->flow.rests = 0;
	pps_flow_lock_free(TAKE_PTR(p->flow.lock));
	return r < 0 ? r : report_run(p, ret_report, err);
}

int pps_publish_carry_out(pps_publish *p, int64_t timeout_ms, pps_error **err)
{
	int r;

	if (!p)
		return pps_fail(err, PPS_E_ARG, "pps_publish_carry_out: publish must not be NULL");
	if (!pps_conf_workers_block(p->conf)->kafka)
		return pps_fail_at(err, PPS_E_CONFIG, pps_conf_file(p->conf), 0, 0, "there is no block \"workers.kafka\"");
	if (!p->worker.flow) {
		pps_kafka_wire_free(TAKE_PTR(p->wire));
		if ((r = pps_kafka_wire_new(p->ctx, pps_conf_workers_block(p->conf), 1, &p->wire, err)) < 0)
			return r;
		/* it gives no orders itself */
		pps_dispatch_free(TAKE_PTR(p->dispatch));
		p->flow.crew = NULL;
		p->worker = (pps_worker){ .flow = &p->flow, .wire = { &pps_kafka_wire_ops, p->wire } };
	}
	return pps_worker_step(&p->worker, timeout_ms, err);
}

static int64_t next_look(const pps_publish *p, int task)
{
	return p->looked[task] + p->flow.tasks[task].every;
}

int pps_publish_wait(pps_publish *p, pps_error **err)
{
	int64_t first = INT64_MAX, now;
	int r;

	if (!p)
		return pps_fail(err, PPS_E_ARG, "pps_publish_wait: publish must not be NULL");
	p->flow.rests = 0; /* also after a run that could not take the lock */
	for (int task = PPS_TASK_COPY; task < PPS_TASKS; task++)
		first = next_look(p, task) < first ? next_look(p, task) : first;
	now = pps_monotonic_now();
	if ((r = pps_ctx_sleep(p->ctx, first - now > PPS_NS_PER_S ? first - now : PPS_NS_PER_S, err)) < 0)
		return r;
	now = pps_monotonic_now();
	for (int task = PPS_TASK_COPY; task < PPS_TASKS; task++)
		if (next_look(p, task) > now) {
			p->flow.rests |= 1u << task;
			p->flow.rests_until[task] = next_look(p, task);
		}
	return PPS_OK;
}

size_t pps_publish_report_count(const pps_publish_report *report)
{
	return report ? report->n : 0;
}

const char *pps_publish_report_task(const pps_publish_report *report, size_t n)
{
	if (n >= pps_publish_report_count(report))
		return NULL;
	return report->rows[n].task == PPS_TASK_NONE ? "register" : pps_task_name(report->rows[n].task);
}

const char *pps_publish_report_repository(const pps_publish_report *report, size_t n)
{
	return n < pps_publish_report_count(report) ? report->rows[n].repository : NULL;
}

int64_t pps_publish_report_number(const pps_publish_report *report, size_t n, int what)
{
	return n < pps_publish_report_count(report) && what >= 0 && what <= PPS_PUBLISH_PUT_OFF ? report->rows[n].numbers[what] : 0;
}

const char *pps_publish_report_down(const pps_publish_report *report)
{
	return report ? pps_buf_text(&report->down) : "";
}

int pps_publish_report_is_held(const pps_publish_report *report)
{
	return report ? report->is_held : 0;
}

void pps_publish_report_free(pps_publish_report *report)
{
	if (!report)
		return;
	for (size_t i = 0; i < report->n; i++)
		free(report->rows[i].repository);
	free(report->rows);
	pps_buf_free(&report->down);
	free(report);
}

/* ---- replays ---- */

int pps_publish_mark_replay(pps_ctx *ctx, const pps_conf *conf, pps_error **err)
{
	_cleanup_(pps_state_unrefp) pps_state *state = NULL;
	_cleanup_free_ const char **places = NULL;
	size_t n;
	int r;

	if (!conf)
		return pps_fail(err, PPS_E_ARG, "pps_publish_mark_replay: conf must not be NULL");
	n = pps_conf_repository_count(conf);
	if (!(places = calloc(n + 1, sizeof *places)))
		return pps_fail_nomem(err);
	for (size_t i = 0; i < n; i++)
		places[i] = pps_conf_repository_at(conf, i)->butler;
	if ((r = pps_state_open(ctx, conf, &state, err)) < 0)
		return r;
	return pps_state_replay_mark(state, places, n, err);
}
