/* SPDX-License-Identifier: BSD-3-Clause */
/* What is ready for the next few chunks. While some are under way the state finds their rows ready, too, and before all others: reading past them
 * for each chunk anew would cost more than the chunk's own. */
#include "publish/run.h"

#define CHUNKS 8 /* for which ids are read at a time */

void pps_publish_ahead_clear(pps_publish_flow *flow)
{
	for (int task = 0; task < PPS_TASKS; task++)
		for (size_t i = 0; i < PPS_PLAN_MOST; i++) {
			free(flow->ahead[task][i].ids);
			flow->ahead[task][i] = (struct pps_publish_ahead){ 0 };
		}
}

static int look_ahead(pps_publish_flow *flow, int task, int repository, size_t batch, const pps_uuid *others, size_t n, pps_error **err)
{
	struct pps_publish_ahead *a = &flow->ahead[task][repository];

	free(a->ids);
	*a = (struct pps_publish_ahead){ .ids = calloc(CHUNKS * batch, sizeof *a->ids) };
	if (!a->ids)
		return pps_fail_nomem(err);
	return pps_state_datasets_ready_but(flow->state, task, flow->ordinal[repository], flow->cutoff, others, n, a->ids, CHUNKS * batch, &a->n, err);
}

int pps_publish_ahead_take(pps_publish_flow *flow, int task, int repository, size_t batch, const pps_uuid *others, size_t n, pps_dataset_rows **ret_rows,
			   pps_error **err)
{
	struct pps_publish_ahead *a = &flow->ahead[task][repository];
	_cleanup_(pps_dataset_rows_freep) pps_dataset_rows *rows = NULL;

	/* some may be ready no more: operators act meanwhile */
	while (!rows || !pps_dataset_rows_count(rows)) {
		size_t some;
		int r;

		if (a->at == a->n && (r = look_ahead(flow, task, repository, batch, others, n, err)) < 0)
			return r;
		some = a->n - a->at < batch ? a->n - a->at : batch;
		pps_dataset_rows_free(TAKE_PTR(rows));
		if ((r = pps_state_datasets_ready_of(flow->state, task, flow->ordinal[repository], flow->cutoff, a->ids + a->at, some, &rows, err)) < 0)
			return r;
		a->at += some;
		if (!some)
			break;
	}
	*ret_rows = TAKE_PTR(rows);
	return PPS_OK;
}
