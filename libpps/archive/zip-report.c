/* SPDX-License-Identifier: BSD-3-Clause */
#include "archive/zip-report.h"

#include <stdarg.h>
#include <string.h>

#include "base/codec.h"

#define PROBLEMS_MOST 10000

typedef struct problem {
	char *member;
	char *text;
} problem;

struct pps_zip_report {
	size_t members;
	uint64_t size;
	char md5[33];
	char adler32[9];
	problem *problems;
	size_t n, cap;
};

int pps_zip_report_new(size_t members, const pps_digests *digests, pps_zip_report **ret_report, pps_error **err)
{
	pps_zip_report *report = calloc(1, sizeof *report);

	if (!report)
		return pps_fail_nomem(err);
	report->members = members;
	report->size = digests->size;
	pps_hex_encode(digests->md5, sizeof digests->md5, report->md5);
	snprintf(report->adler32, sizeof report->adler32, "%08x", digests->adler32);
	*ret_report = report;
	return PPS_OK;
}

int pps_zip_report_add(pps_zip_report *report, const char *member, pps_error **err, const char *fmt, ...)
{
	problem p = { 0 };
	va_list ap;
	int r;

	if (report->n > PROBLEMS_MOST)
		return PPS_OK;
	if (report->n == PROBLEMS_MOST) {
		member = "";
		fmt = "there are more problems than are listed";
	}
	va_start(ap, fmt);
	r = vasprintf(&p.text, fmt, ap);
	va_end(ap);
	if (r < 0)
		return pps_fail_nomem(err);
	if (!(p.member = strdup(member)) || pps_grow(&report->problems, &report->cap, report->n, sizeof p) < 0) {
		free(p.member);
		free(p.text);
		return pps_fail_nomem(err);
	}
	report->problems[report->n++] = p;
	return PPS_OK;
}

size_t pps_zip_report_members(const pps_zip_report *report)
{
	return report ? report->members : 0;
}

uint64_t pps_zip_report_size(const pps_zip_report *report)
{
	return report ? report->size : 0;
}

const char *pps_zip_report_md5(const pps_zip_report *report)
{
	return report ? report->md5 : "";
}

const char *pps_zip_report_adler32(const pps_zip_report *report)
{
	return report ? report->adler32 : "";
}

size_t pps_zip_report_problems(const pps_zip_report *report)
{
	return report ? report->n : 0;
}

const char *pps_zip_report_member(const pps_zip_report *report, size_t n)
{
	return report && n < report->n ? report->problems[n].member : NULL;
}

const char *pps_zip_report_problem(const pps_zip_report *report, size_t n)
{
	return report && n < report->n ? report->problems[n].text : NULL;
}

void pps_zip_report_free(pps_zip_report *report)
{
	if (!report)
		return;
	for (size_t i = 0; i < report->n; i++) {
		free(report->problems[i].member);
		free(report->problems[i].text);
	}
	free(report->problems);
	free(report);
}
