/* SPDX-License-Identifier: BSD-3-Clause */
/* What an ingest did, or what a verification found. */
#include <stdarg.h>
#include <string.h>

#include "butler/butler-private.h"

int pps_report_new(pps_butler_report **ret_report, pps_error **err)
{
	return (*ret_report = calloc(1, sizeof **ret_report)) ? PPS_OK : pps_fail_nomem(err);
}

int pps_report_add(pps_butler_report *report, int kind, const pps_uuid *dataset, pps_error **err, const char *fmt, ...)
{
	pps_butler_finding f = { .kind = kind };
	va_list ap;
	int n;

	if (dataset)
		pps_uuid_format(dataset, f.dataset);
	if (pps_grow(&report->at, &report->cap, report->n, sizeof f) < 0)
		return pps_fail_nomem(err);
	va_start(ap, fmt);
	n = vasprintf(&f.text, fmt, ap);
	va_end(ap);
	if (n < 0)
		return pps_fail_nomem(err);
	report->at[report->n++] = f;
	return PPS_OK;
}

void pps_report_clear(pps_butler_report *report)
{
	for (size_t i = 0; i < report->n; i++)
		free(report->at[i].text);
	free(report->at);
	free(report->yaml);
	*report = (pps_butler_report){ 0 };
}

void pps_butler_report_free(pps_butler_report *report)
{
	if (!report)
		return;
	pps_report_clear(report);
	free(report);
}

size_t pps_butler_report_dataset_count(const pps_butler_report *report)
{
	return report ? report->ndatasets : 0;
}

size_t pps_butler_report_count(const pps_butler_report *report)
{
	return report ? report->n : 0;
}

int pps_butler_report_kind(const pps_butler_report *report, size_t n)
{
	return report && n < report->n ? report->at[n].kind : 0;
}

const char *pps_butler_report_dataset(const pps_butler_report *report, size_t n)
{
	return report && n < report->n ? report->at[n].dataset : NULL;
}

const char *pps_butler_report_text(const pps_butler_report *report, size_t n)
{
	return report && n < report->n ? report->at[n].text : NULL;
}
