/* SPDX-License-Identifier: BSD-3-Clause */
#include "rucio/rucio-report.h"

#include <string.h>

void pps_rucio_report_free(pps_rucio_report *report)
{
	if (!report)
		return;
	for (size_t i = 0; i < report->n; i++) {
		free(report->at[i].name);
		free(report->at[i].text);
	}
	free(report->at);
	free(report);
}

int pps_rucio_report_add(pps_rucio_report *report, const char *name, int status, int code, const char *text, pps_rucio_row **ret_row,
			 pps_error **err)
{
	pps_rucio_row row = { .status = status, .code = code };

	if (pps_grow(&report->at, &report->cap, report->n, sizeof *report->at) < 0)
		return pps_fail_nomem(err);
	row.name = strdup(name);
	row.text = strdup(text);
	if (!row.name || !row.text) {
		free(row.name);
		free(row.text);
		return pps_fail_nomem(err);
	}
	report->at[report->n] = row;
	if (ret_row)
		*ret_row = &report->at[report->n];
	report->n++;
	return PPS_OK;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const pps_rucio_row *)a)->name, ((const pps_rucio_row *)b)->name);
}

void pps_rucio_report_sort(pps_rucio_report *report)
{
	if (report->n)
		qsort(report->at, report->n, sizeof *report->at, by_name);
}

static const pps_rucio_row *row_at(const pps_rucio_report *report, size_t n)
{
	return report && n < report->n ? &report->at[n] : NULL;
}

size_t pps_rucio_report_count(const pps_rucio_report *report)
{
	return report ? report->n : 0;
}

size_t pps_rucio_report_failed(const pps_rucio_report *report)
{
	size_t n = 0;

	for (size_t i = 0; report && i < report->n; i++)
		n += report->at[i].status != PPS_RUCIO_OK && report->at[i].status != PPS_RUCIO_CHANGED;
	return n;
}

const char *pps_rucio_report_name(const pps_rucio_report *report, size_t n)
{
	const pps_rucio_row *row = row_at(report, n);

	return row ? row->name : NULL;
}

int pps_rucio_report_status(const pps_rucio_report *report, size_t n)
{
	const pps_rucio_row *row = row_at(report, n);

	return row ? row->status : -1;
}

int pps_rucio_report_code(const pps_rucio_report *report, size_t n)
{
	const pps_rucio_row *row = row_at(report, n);

	return row ? row->code : PPS_OK;
}

const char *pps_rucio_report_text(const pps_rucio_report *report, size_t n)
{
	const pps_rucio_row *row = row_at(report, n);

	return row ? row->text : NULL;
}

uint64_t pps_rucio_report_size(const pps_rucio_report *report, size_t n)
{
	const pps_rucio_row *row = row_at(report, n);

	return row ? row->size : 0;
}

const char *pps_rucio_status_name(int status)
{
	static const char *const names[] = { "ok", "changed", "missing", "surplus", "different", "failed" };

	return status >= 0 && (size_t)status < PPS_COUNT(names) ? names[status] : "unknown";
}
