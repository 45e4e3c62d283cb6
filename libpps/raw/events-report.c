/* SPDX-License-Identifier: BSD-3-Clause */
/* What has arrived, in a report. */
#include "raw/arrival.h"
#include "raw/events.h"
#include "raw/report.h"
#include "raw/select.h"

/* An exposure that has begun to arrive and that no run has selected yet. */
static int add_row(pps_raw *raw, pps_raw_report *report, const pps_arrival *a, pps_error **err)
{
	_cleanup_(pps_arrival_files_freep) pps_arrival_files *files = NULL;
	_cleanup_free_ char *reason = NULL;
	pps_arrival_verdict v;
	pps_raw_row *row;
	int r;

	if ((r = pps_raw_report_add(report, a->key.instrument, a->key.obs_id, 0, a->day_obs, &row, err)) < 0)
		return r;
	row->status = PPS_RAW_WAITING;
	if (a->complete_at != PPS_TAI_MIN)
		return (r = pps_time_format(a->complete_at, PPS_SCALE_UTC, 3, 'T', row->arrived, err)) < 0 ?
			       r : pps_raw_row_text(&row->reason, "it has arrived; a run takes it when its embargo is over", err);
	row->status = PPS_RAW_INCOMPLETE;
	if ((r = pps_state_arrival_files(raw->state, &a->key, &files, err)) < 0)
		return r;
	v = pps_arrival_decide(a->key.obs_id, a->expected, pps_arrival_files_at(files, 0), pps_arrival_files_size(files));
	r = a->expected ? asprintf(&reason, "%zu of %zu files have arrived", v.expected - v.missing, v.expected) :
			  asprintf(&reason, "%zu files have arrived; the list of expected sensors is not among them", a->nfiles);
	if (r < 0) {
		reason = NULL;
		return pps_fail_nomem(err);
	}
	return pps_raw_row_text(&row->reason, reason, err);
}

int pps_raw_events_report(pps_raw *raw, pps_raw_report *report, pps_error **err)
{
	_cleanup_(pps_arrival_list_freep) pps_arrival_list *list = NULL;
	_cleanup_free_ char *seen = NULL;
	pps_arrival_filter filter = { .day_begin = raw->day_begin, .day_end = raw->day_end };
	pps_state *state;
	int r;

	if (!raw->block->events)
		return PPS_OK;
	if ((r = pps_raw_state(raw, &state, err)) < 0 || (r = pps_state_arrivals(state, &filter, &list, err)) < 0)
		return r;
	if (!(seen = calloc(pps_arrival_list_size(list) + 1, 1)))
		return pps_fail_nomem(err);
	for (size_t i = 0, n = pps_raw_report_count(report); i < n; i++) {
		pps_raw_row *row = pps_raw_report_row(report, i);
		const pps_arrival *a = pps_arrival_list_find(list, row->instrument, row->obs_id);

		if (!a)
			continue;
		seen[a - pps_arrival_list_at(list, 0)] = 1;
		if (a->complete_at != PPS_TAI_MIN && (r = pps_time_format(a->complete_at, PPS_SCALE_UTC, 3, 'T', row->arrived, err)) < 0)
			return r;
	}
	for (size_t i = 0; i < pps_arrival_list_size(list); i++) {
		const pps_arrival *a = pps_arrival_list_at(list, i);

		if (!seen[i] && pps_raw_is_chosen(raw, a->key.obs_id, 0, a->day_obs) && (r = add_row(raw, report, a, err)) < 0)
			return r;
	}
	return PPS_OK;
}
