/* SPDX-License-Identifier: BSD-3-Clause */
/* What the audit mends: what the state says, so that the flow does it again or goes no further; tags and records of public repositories. No file
 * is touched. Each kind of finding in one repository has its entries in the ledger, chunk by chunk. */

#include "butler/unstore.h"
#include "publish/audit.h"
#include "publish/run.h"
#include "publish/site-collections.h"

/* Those of one kind. */
struct mending {
	pps_audit *audit;
	int repository, what, mend;
	pps_audit_row **rows;
	pps_uuid *ids; /* sorted, as the rows */
	size_t n;
};

static void clear_mending(struct mending *m)
{
	free(m->rows);
	free(m->ids);
}

/* What an operator holds, or has not confirmed, keeps what it has. */
static const char *forbids(const pps_audit_row *one)
{
	if (one->row->flags & PPS_DATASET_HELD)
		return "an operator holds it";
	if (one->row->flags & PPS_DATASET_DAY_HELD)
		return "an operator holds its day";
	if (one->row->flags & PPS_DATASET_ADOPTED && one->finding.mend == PPS_MEND_EXPIRE)
		return "it was adopted: pps unpin lets it expire";
	return NULL;
}

static pps_ledger_entry entry_of(const struct mending *m)
{
	const pps_publish_flow *flow = &m->audit->p->flow;

	return (pps_ledger_entry){ .flow = PPS_PUBLISH_FLOW, .action = PPS_PUBLISH_REPAIR, .subject = flow->graph.at[m->repository].name,
				   .rule = pps_found_name(m->what), .policy_hash = flow->policy_hash, .who = m->audit->who, .uuids = m->ids,
				   .nuuids = m->n };
}

/* ---- the state ---- */

static pps_dataset_change change_of(const struct mending *m, const pps_audit_row *one)
{
	static const char status[] = { [PPS_MEND_ANEW] = PPS_STATUS_NEVER, [PPS_MEND_MISSING] = PPS_STATUS_MISSING, [PPS_MEND_BACK] = PPS_STATUS_PRESENT,
				       [PPS_MEND_EXPIRED] = PPS_STATUS_EXPIRED };
	const int ordinal = m->audit->p->flow.ordinal[m->repository];

	return (pps_dataset_change){ .id = one->row->id, .status = status[m->mend], .ordinal = ordinal, .at = m->audit->now,
				     .expect = one->row->status.status[ordinal], .set_flags = m->mend == PPS_MEND_BACK ? PPS_DATASET_UNPROVEN : 0 };
}

static int mend_state(struct mending *m, pps_error **err)
{
	pps_publish_flow *flow = &m->audit->p->flow;
	const pps_dataset_hooks hooks = pps_publish_flow_hooks(flow);
	const pps_ledger_entry entry = entry_of(m);
	const pps_state_change ledger[] = { { .kind = PPS_CHANGE_AUTHORISED, .entry = &entry }, { .kind = PPS_CHANGE_DONE, .entry = &entry } };
	_cleanup_free_ pps_dataset_change *changes = calloc(m->n + 1, sizeof *changes);
	int r;

	if (!changes)
		return pps_fail_nomem(err);
	for (size_t i = 0; i < m->n; i++)
		changes[i] = change_of(m, m->rows[i]);
	if ((r = pps_state_datasets_apply_with(flow->state, flow->lock, m->audit->at, m->audit->now, changes, m->n, ledger, PPS_COUNT(ledger),
					       &hooks, NULL, err)) < 0)
		return r;
	for (size_t i = 0; i < m->n; i++)
		m->rows[i]->is_mended = 1;
	return PPS_OK;
}

/* ---- a public repository ---- */

static void refuse_conflicts(struct mending *m, const pps_tag_report *report)
{
	for (size_t i = 0; i < report->nconflicts; i++)
		for (size_t k = 0; k < m->n; k++)
			if (!pps_uuid_compare(&m->ids[k], &report->conflicts[i].id)) {
				m->rows[k]->is_mended = 0;
				m->rows[k]->why_not = "another dataset has its data ID there (collections.on_conflict)";
			}
}

static int act(struct mending *m, pps_error **err)
{
	pps_site *site = m->audit->p->site;
	pps_expire_report report = { 0 };
	pps_butler *dest;
	int r;

	if ((r = pps_site_butler(site, m->repository, &dest, err)) < 0 || (r = pps_site_ensure_collections(site, dest, err)) < 0 ||
	    (r = pps_flow_lock_check(m->audit->p->flow.lock, err)) < 0 || (r = pps_publish_check_holds(&m->audit->p->flow, err)) < 0)
		return r;
	if (m->mend == PPS_MEND_EXPIRE)
		r = pps_butler_expire(dest, m->ids, m->n, pps_site_available(site), pps_site_expired(site), pps_site_tag_rule(site), &report, err);
	else if (m->what == PPS_FOUND_NOT_TAGGED)
		r = pps_butler_associate(dest, pps_site_available(site), m->ids, m->n, pps_site_tag_rule(site), &report.available, err);
	else
		r = pps_butler_disassociate(dest, pps_site_expired(site), m->ids, m->n, NULL, err);
	for (size_t i = 0; r == PPS_OK && i < m->n; i++)
		m->rows[i]->is_mended = 1;
	if (r == PPS_OK) {
		refuse_conflicts(m, &report.available);
		refuse_conflicts(m, &report.expired);
	}
	pps_expire_report_clear(&report);
	return r;
}

static int mend_butler(struct mending *m, pps_error **err)
{
	pps_publish_flow *flow = &m->audit->p->flow;
	const pps_ledger_entry entry = entry_of(m);
	pps_state_change ledger = { .kind = PPS_CHANGE_AUTHORISED, .entry = &entry };
	int64_t seq;
	int r;

	if ((r = pps_state_datasets_apply(flow->state, flow->lock, m->audit->at, m->audit->now, NULL, 0, &ledger, 1, &seq, err)) < 0 || (r = act(m, err)) < 0)
		return r;
	ledger = (pps_state_change){ .kind = PPS_CHANGE_DONE, .seq = seq };
	return pps_state_datasets_apply(flow->state, flow->lock, m->audit->at, m->audit->now, NULL, 0, &ledger, 1, NULL, err);
}

/* ---- all of it ---- */

int pps_audit_mend(pps_audit *audit, int repository, pps_audit_row *rows, size_t n, pps_error **err)
{
	_cleanup_(clear_mending) struct mending m = { .audit = audit, .repository = repository };
	_cleanup_free_ int64_t *days = NULL;
	size_t ndays = 0;
	int r;

	if (!(m.rows = calloc(n + 1, sizeof *m.rows)) || !(m.ids = calloc(n + 1, sizeof *m.ids)))
		return pps_fail_nomem(err);
	if ((r = pps_publish_held_days(&audit->p->flow, &days, &ndays, err)) < 0)
		return r;
	for (size_t i = 0; i < n; i++)
		if (pps_mend_is_ours(rows[i].finding.mend) && !(rows[i].why_not = forbids(&rows[i])) && pps_publish_is_day_held(days, ndays, rows[i].row->day_obs))
			rows[i].why_not = "an operator holds its day";
	for (int what = PPS_FOUND_ABSENT; what < PPS_FOUND_ORPHAN; what++)
		for (int mend = PPS_MEND_ANEW; mend <= PPS_MEND_EXPIRE; mend++) {
			m.what = what;
			m.mend = mend;
			m.n = 0;
			for (size_t i = 0; i < n; i++)
				if (rows[i].finding.what == what && rows[i].finding.mend == mend && !rows[i].why_not) {
					m.ids[m.n] = *rows[i].id;
					m.rows[m.n++] = &rows[i];
				}
			if (m.n && (r = mend < PPS_MEND_TAG ? mend_state(&m, err) : mend_butler(&m, err)) < 0)
				return r;
		}
	return PPS_OK;
}
