/* SPDX-License-Identifier: BSD-3-Clause */
/* What comes in before each round, and what an operator registers, by the first repository as it is. */
#include <string.h>

#include "publish/intake.h"
#include "publish/publish.h"
#include "publish/register-butler.h"
#include "publish/report.h"
#include "publish/run.h"
#include "publish/site-private.h"

int pps_site_before(void *user, pps_publish_flow *flow, const char *task, pps_error **err)
{
	pps_site *site = user;
	pps_publish_tally *numbers = &flow->tally[PPS_TASK_NONE][0];
	pps_register_source source = { .flow = flow, .now = flow->now };
	_cleanup_(pps_error_freep) pps_error *why = NULL;
	pps_intake_tally tally = { 0 };
	pps_registrar registrar;
	char held[24];
	int r;

	if (flow->only_task || (task && strcmp(task, "register")))
		return PPS_OK;
	if (!site->intake && (r = pps_intake_new(site->ctx, site->conf, &site->intake, err)) < 0)
		return r;
	if (!((flow->down >> 0) & 1) && (r = pps_site_butler(site, 0, &source.first, &why)) < 0) {
		source.is_down = 1;
	} else {
		registrar = pps_register_from(&source);
		r = pps_intake_step(site->intake, &registrar, 0, 1, &tally, &why);
	}
	*numbers = (pps_publish_tally){ .done = tally.registered.added, .failed = tally.letters + tally.rejected,
					.put_off = tally.pending + tally.registered.unknown };
	if (tally.registered.held) {
		snprintf(held, sizeof held, "%lld", (long long)tally.registered.held);
		pps_log(site->ctx, PPS_LOG_NOTICE, "datasets are held: no policy knows their type, or nobody has named their origin", "datasets", held, NULL);
	}
	if (r < 0 && source.is_down && !pps_publish_is_fatal(r)) {
		pps_publish_set_down(flow, 0, TAKE_PTR(why));
		return PPS_OK;
	}
	if (r < 0)
		pps_error_move(err, TAKE_PTR(why));
	return r;
}

void pps_site_add_down(const pps_site *site, pps_buf *lines)
{
	if (site && site->intake)
		pps_intake_add_down(site->intake, lines);
}

/* Before the first run repositories have no numbers yet. That run cannot be under way, since it would have given them. */
int pps_publish_number_repositories(pps_publish *p, pps_error **err)
{
	const char *names[PPS_PLAN_MOST];
	int ordinals[PPS_PLAN_MOST], all = 1, r;

	for (size_t i = 0; i < p->flow.graph.n; i++)
		names[i] = p->flow.graph.at[i].name;
	if ((r = pps_state_ordinals(p->state, NULL, names, p->flow.graph.n, ordinals, err)) < 0)
		return r;
	for (size_t i = 0; i < p->flow.graph.n; i++)
		all &= ordinals[i] >= 0;
	if (all || p->dry_run)
		return PPS_OK;
	if ((r = pps_state_lock(p->state, PPS_PUBLISH_FLOW, &p->flow.lock, err)) < 0)
		return r;
	r = pps_state_ordinals(p->state, p->flow.lock, names, p->flow.graph.n, ordinals, err);
	pps_flow_lock_free(TAKE_PTR(p->flow.lock));
	return r;
}

int pps_publish_register(pps_publish *p, const char *uri, const char *origin, char **ret_json, pps_error **err)
{
	_cleanup_free_ char *ignored = NULL;
	pps_register_counts counts = { 0 };
	pps_register_source source;
	pps_registrar registrar;
	int r;

	if (!p || !uri || !ret_json)
		return pps_fail(err, PPS_E_ARG, "pps_publish_register: publish, uri and ret_json must not be NULL");
	if (origin && pps_origin_check(origin, err) < 0) {
		pps_wrap(err, PPS_E_FORMAT, "origin");
		return pps_recode(err, PPS_E_ARG);
	}
	if ((r = pps_publish_number_repositories(p, err)) < 0 || (r = pps_publish_read(p, err)) < 0 || (r = pps_publish_flow_now(&p->flow, &p->flow.now, NULL, err)) < 0)
		return r;
	source = (pps_register_source){ .flow = &p->flow, .now = p->flow.now };
	if ((r = pps_site_butler(p->site, 0, &source.first, err)) < 0)
		return r;
	registrar = pps_register_from(&source);
	registrar.dry_run = p->dry_run;
	/* what time it is in a replay the next run says */
	if (pps_state_is_replay(p->state) && p->flow.requested == INT64_MIN)
		source.targets.now = 0;
	if ((r = pps_intake_register_file(&registrar, p->flow.now, uri, origin, &counts, &ignored, err)) < 0)
		return r;
	return pps_report_text(json_pack("{s:s, s:I, s:I, s:I, s:I, s:s?}", "list", uri, "new", (json_int_t)counts.added, "held", (json_int_t)counts.held,
					 "known", (json_int_t)counts.known, "unknown", (json_int_t)counts.unknown, "ignored", ignored), ret_json, err);
}
