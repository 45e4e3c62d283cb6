/* SPDX-License-Identifier: BSD-3-Clause */
/* What is ready for the next few chunks. While some are under way the state finds their rows ready, too, and before all others: reading past them
 * for each chunk anew would cost more than the chunk's own. */
#include "publish/run.h"

#define CHUNKS 8 /* for which ids are read at a time */

static void forget(struct pps_publish_ahead *a)
{
	free(a->ids);
	*a = (struct pps_publish_ahead){ 0 };
}

void pps_publish_ahead_clear(pps_publish_flow *flow)
{
	for (int task = 0; task < PPS_TASKS; task++)
		for (size_t i = 0; i < PPS_PLAN_MOST; i++)
			forget(&flow->ahead[task][i]);
}

static int look_ahead(pps_publish_flow *flow, int task, int repository, size_t batch, const pps_uuid *others, size_t n, pps_error **err)
{
	struct pps_publish_ahead *a = &flow->ahead[task][repository];

	forget(a);
	if (!(a->ids = calloc(CHUNKS * batch, sizeof *a->ids)))
		return pps_fail_nomem(err);
	return pps_state_datasets_ready_but(flow->state, task, flow->ordinal[repository], flow->cutoff, others, n, a->ids, CHUNKS * batch, &a->n, err);
}

/* The next few that were found and are ready still: operators act meanwhile. */
static int take_some(pps_publish_flow *flow, int task, int repository, size_t batch, pps_dataset_rows **ret_rows, pps_error **err)
{
	struct pps_publish_ahead *a = &flow->ahead[task][repository];
	const size_t left = a->n - a->at, some = left < batch ? left : batch;
	const pps_uuid *ids = a->ids + a->at;

	a->at += some;
	return pps_state_datasets_ready_of(flow->state, task, flow->ordinal[repository], flow->cutoff, ids, some, ret_rows, err);
}

int pps_publish_ahead_take(pps_publish_flow *flow, int task, int repository, size_t batch, const pps_uuid *others, size_t n, pps_dataset_rows **ret_rows,
			   pps_error **err)
{
	struct pps_publish_ahead *a = &flow->ahead[task][repository];
	_cleanup_(pps_dataset_rows_freep) pps_dataset_rows *rows = NULL;
	size_t found = 0;
	int r;

	/* alone there is nothing to read past; what was found before may be taken by this */
	if (!n) {
		forget(a);
		return pps_state_datasets_ready(flow->state, task, flow->ordinal[repository], flow->cutoff, batch, ret_rows, err);
	}
	for (int is_last = 0; !found && !is_last; found = pps_dataset_rows_count(rows)) {
		is_last = a->at == a->n;
		if (is_last && (r = look_ahead(flow, task, repository, batch, others, n, err)) < 0)
			return r;
		pps_dataset_rows_free(TAKE_PTR(rows));
		if ((r = take_some(flow, task, repository, batch, &rows, err)) < 0)
			return r;
	}
	*ret_rows = TAKE_PTR(rows);
	return PPS_OK;
}
