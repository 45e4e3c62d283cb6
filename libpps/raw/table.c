/* SPDX-License-Identifier: BSD-3-Clause */
/* A report as columns. */
#include "base/table.h"
#include "base/time.h"
#include "raw/report.h"

static const pps_table_column columns[] = {
	{ "instrument", PPS_CELL_TEXT },
	{ "obs_id", PPS_CELL_TEXT },
	{ "exposure", PPS_CELL_INT },
	{ "day_obs", PPS_CELL_INT },
	{ "status", PPS_CELL_TEXT },
	{ "code", PPS_CELL_INT },
	{ "reason", PPS_CELL_TEXT },
	{ "command", PPS_CELL_TEXT },
	{ "due", PPS_CELL_TIME },
	{ "arrived", PPS_CELL_TIME },
	{ "zip", PPS_CELL_TEXT },
	{ "size", PPS_CELL_INT },
	{ "md5", PPS_CELL_TEXT },
	{ "datasets", PPS_CELL_INT },
};

static int add_columns(pps_table *t, const pps_raw_report *report, pps_error **err)
{
	int r = pps_table_add_all(t, columns, PPS_COUNT(columns), err);

	for (size_t i = 0; r == PPS_OK && i < pps_raw_report_places(report); i++)
		if ((r = pps_table_add(t, PPS_CELL_TEXT, "mark_", pps_raw_report_place(report, i), err)) == PPS_OK)
			r = pps_table_add(t, PPS_CELL_TEXT, "note_", pps_raw_report_place(report, i), err);
	return r;
}

static void put_time(pps_table *t, const char *utc)
{
	int64_t tai;

	pps_table_put_time(t, *utc && pps_time_parse(utc, PPS_SCALE_UTC, &tai, NULL) == PPS_OK ? tai : PPS_TAI_MIN);
}

static void put_row(pps_table *t, const pps_raw_report *report, size_t n)
{
	const char *zip = pps_raw_report_zip(report, n), *md5 = pps_raw_report_md5(report, n);

	pps_table_put_text(t, pps_raw_report_instrument(report, n));
	pps_table_put_text(t, pps_raw_report_obs_id(report, n));
	pps_table_put_known(t, pps_raw_report_exposure(report, n));
	pps_table_put_known(t, pps_raw_report_day_obs(report, n));
	pps_table_put_text(t, pps_raw_status_name(pps_raw_report_status(report, n)));
	pps_table_put_int(t, pps_raw_report_code(report, n));
	pps_table_put_text(t, pps_raw_report_reason(report, n));
	pps_table_put_text(t, pps_raw_report_command(report, n));
	put_time(t, pps_raw_report_due(report, n));
	put_time(t, pps_raw_report_arrived(report, n));
	pps_table_put_text(t, *zip ? zip : NULL);
	pps_table_put_known(t, (int64_t)pps_raw_report_size(report, n));
	pps_table_put_text(t, *md5 ? md5 : NULL);
	pps_table_put_known(t, (int64_t)pps_raw_report_datasets(report, n));
	for (size_t i = 0; i < pps_raw_report_places(report); i++) {
		const char *note = pps_raw_report_note(report, n, i);

		pps_table_put_text(t, pps_raw_mark_name(pps_raw_report_mark(report, n, i)));
		pps_table_put_text(t, *note ? note : NULL);
	}
}

int pps_raw_report_table(const pps_raw_report *report, int flags, pps_table **ret_table, pps_error **err)
{
	_cleanup_(pps_table_freep) pps_table *t = NULL;
	int r;

	if (!report || !ret_table)
		return pps_fail(err, PPS_E_ARG, "pps_raw_report_table: report and ret_table must not be NULL");
	if ((r = pps_table_new(flags, &t, err)) < 0 || (r = add_columns(t, report, err)) < 0)
		return r;
	for (size_t n = 0; n < pps_raw_report_count(report); n++)
		put_row(t, report, n);
	if ((r = pps_table_finish(t, err)) < 0)
		return r;
	*ret_table = TAKE_PTR(t);
	return PPS_OK;
}
