/* SPDX-License-Identifier: BSD-3-Clause */
#include "raw/report.h"

#include <stdarg.h>
#include <string.h>

struct pps_raw_report {
	char **places;
	size_t nplaces;
	pps_raw_row **rows; /* each by itself, so that it stays where it is */
	size_t n, cap;
	int is_check;
};

static void free_row(pps_raw_row *row)
{
	free(row->instrument);
	free(row->obs_id);
	free(row->reason);
	free(row->command);
	free(row->zip);
	for (size_t i = 0; i < PPS_COUNT(row->notes); i++)
		free(row->notes[i]);
	free(row);
}

void pps_raw_report_free(pps_raw_report *report)
{
	if (!report)
		return;
	for (size_t i = 0; i < report->nplaces; i++)
		free(report->places[i]);
	free(report->places);
	for (size_t i = 0; i < report->n; i++)
		free_row(report->rows[i]);
	free(report->rows);
	free(report);
}

int pps_raw_report_new(const char *const *places, size_t nplaces, pps_raw_report **ret, pps_error **err)
{
	_cleanup_(pps_raw_report_freep) pps_raw_report *report = calloc(1, sizeof *report);

	if (nplaces > PPS_RAW_PLACES_MOST)
		return pps_fail(err, PPS_E_INTERNAL, "a report has at most %d places", PPS_RAW_PLACES_MOST);
	if (!report || !(report->places = calloc(nplaces, sizeof *report->places)))
		return pps_fail_nomem(err);
	for (; report->nplaces < nplaces; report->nplaces++)
		if (!(report->places[report->nplaces] = strdup(places[report->nplaces])))
			return pps_fail_nomem(err);
	*ret = TAKE_PTR(report);
	return PPS_OK;
}

int pps_raw_row_text(char **text, const char *value, pps_error **err)
{
	char *copy = strdup(value ? value : "");

	if (!copy)
		return pps_fail_nomem(err);
	free(*text);
	*text = copy;
	return PPS_OK;
}

int pps_raw_report_add(pps_raw_report *report, const char *instrument, const char *obs_id, int64_t exposure, int64_t day_obs,
		       pps_raw_row **ret_row, pps_error **err)
{
	pps_raw_row *row;
	int r;

	if (pps_grow(&report->rows, &report->cap, report->n, sizeof(pps_raw_row *)) < 0 || !(row = calloc(1, sizeof *row)))
		return pps_fail_nomem(err);
	row->exposure = exposure;
	row->day_obs = day_obs;
	row->status = PPS_RAW_TODO;
	if ((r = pps_raw_row_text(&row->instrument, instrument, err)) < 0 || (r = pps_raw_row_text(&row->obs_id, obs_id, err)) < 0 ||
	    (r = pps_raw_row_text(&row->reason, NULL, err)) < 0 || (r = pps_raw_row_text(&row->command, NULL, err)) < 0 ||
	    (r = pps_raw_row_text(&row->zip, NULL, err)) < 0) {
		free_row(row);
		return r;
	}
	report->rows[report->n++] = row;
	*ret_row = row;
	return PPS_OK;
}

void pps_raw_report_drop(pps_raw_report *report, pps_raw_row *row)
{
	for (size_t i = report->n; i-- > 0;)
		if (report->rows[i] == row) {
			free_row(row);
			memmove(report->rows + i, report->rows + i + 1, (--report->n - i) * sizeof(pps_raw_row *));
			return;
		}
}

int pps_raw_row_note(pps_raw_row *row, size_t place, const char *text, pps_error **err)
{
	return pps_raw_row_text(&row->notes[place], text, err);
}

static int compare_rows(const void *a, const void *b)
{
	const pps_raw_row *x = *(pps_raw_row *const *)a, *y = *(pps_raw_row *const *)b;
	int c = strcmp(x->instrument, y->instrument);

	if (c)
		return c;
	if (x->day_obs != y->day_obs)
		return x->day_obs < y->day_obs ? -1 : 1;
	return x->exposure < y->exposure ? -1 : x->exposure > y->exposure;
}

void pps_raw_report_sort(pps_raw_report *report)
{
	if (report->n)
		qsort(report->rows, report->n, sizeof(pps_raw_row *), compare_rows);
}

pps_raw_row *pps_raw_report_row(pps_raw_report *report, size_t n)
{
	return report && n < report->n ? report->rows[n] : NULL;
}

size_t pps_raw_report_count(const pps_raw_report *report)
{
	return report ? report->n : 0;
}

size_t pps_raw_report_failed(const pps_raw_report *report)
{
	size_t failed = 0;

	for (size_t i = 0; report && i < report->n; i++) {
		int status = report->rows[i]->status;

		failed += status == PPS_RAW_FAILED || (report->is_check && (status == PPS_RAW_TODO || status == PPS_RAW_INCOMPLETE));
	}
	return failed;
}

void pps_raw_report_set_check(pps_raw_report *report)
{
	report->is_check = 1;
}

static const pps_raw_row *row_at(const pps_raw_report *report, size_t n)
{
	return report && n < report->n ? report->rows[n] : NULL;
}

int pps_raw_report_status(const pps_raw_report *report, size_t n)
{
	const pps_raw_row *row = row_at(report, n);

	return row ? row->status : -1;
}

int pps_raw_report_code(const pps_raw_report *report, size_t n)
{
	const pps_raw_row *row = row_at(report, n);

	return row ? row->code : PPS_OK;
}

int pps_raw_report_exit_code(const pps_raw_report *report)
{
	const int later = pps_exit_code(PPS_E_UNAVAILABLE), failed = pps_exit_code(PPS_E_FAILED);
	int any = 0;

	if (!pps_raw_report_failed(report))
		return 0;
	for (size_t i = 0; i < pps_raw_report_count(report); i++) {
		if (pps_raw_report_status(report, i) != PPS_RAW_FAILED || pps_raw_report_code(report, i) == PPS_OK)
			continue;
		if (pps_exit_code(pps_raw_report_code(report, i)) != later)
			return failed;
		any = 1;
	}
	return any ? later : failed;
}

const char *pps_raw_status_name(int status)
{
	static const char *const names[] = { "done", "waiting", "held", "incomplete", "todo", "failed" };

	return status >= 0 && (size_t)status < PPS_COUNT(names) ? names[status] : "unknown";
}

const char *pps_raw_mark_name(int mark)
{
	static const char *const names[] = { "not_yet", "ok", "missing", "different", "unknown", "pruned" };

	return mark >= 0 && (size_t)mark < PPS_COUNT(names) ? names[mark] : "unknown";
}

const char *pps_raw_report_instrument(const pps_raw_report *report, size_t n)
{
	const pps_raw_row *row = row_at(report, n);

	return row ? row->instrument : NULL;
}

const char *pps_raw_report_obs_id(const pps_raw_report *report, size_t n)
{
	const pps_raw_row *row = row_at(report, n);

	return row ? row->obs_id : NULL;
}

int64_t pps_raw_report_exposure(const pps_raw_report *report, size_t n)
{
	const pps_raw_row *row = row_at(report, n);

	return row ? row->exposure : 0;
}

int64_t pps_raw_report_day_obs(const pps_raw_report *report, size_t n)
{
	const pps_raw_row *row = row_at(report, n);

	return row ? row->day_obs : 0;
}

const char *pps_raw_report_reason(const pps_raw_report *report, size_t n)
{
	const pps_raw_row *row = row_at(report, n);

	return row ? row->reason : NULL;
}

const char *pps_raw_report_command(const pps_raw_report *report, size_t n)
{
	const pps_raw_row *row = row_at(report, n);

	return row ? row->command : NULL;
}

const char *pps_raw_report_due(const pps_raw_report *report, size_t n)
{
	const pps_raw_row *row = row_at(report, n);

	return row ? row->due : NULL;
}

const char *pps_raw_report_arrived(const pps_raw_report *report, size_t n)
{
	const pps_raw_row *row = row_at(report, n);

	return row ? row->arrived : NULL;
}

const char *pps_raw_report_zip(const pps_raw_report *report, size_t n)
{
	const pps_raw_row *row = row_at(report, n);

	return row ? row->zip : NULL;
}

uint64_t pps_raw_report_size(const pps_raw_report *report, size_t n)
{
	const pps_raw_row *row = row_at(report, n);

	return row ? row->size : 0;
}

const char *pps_raw_report_md5(const pps_raw_report *report, size_t n)
{
	const pps_raw_row *row = row_at(report, n);

	return row ? row->md5 : NULL;
}

size_t pps_raw_report_datasets(const pps_raw_report *report, size_t n)
{
	const pps_raw_row *row = row_at(report, n);

	return row ? row->datasets : 0;
}

size_t pps_raw_report_places(const pps_raw_report *report)
{
	return report ? report->nplaces : 0;
}

const char *pps_raw_report_place(const pps_raw_report *report, size_t place)
{
	return report && place < report->nplaces ? report->places[place] : NULL;
}

int pps_raw_report_mark(const pps_raw_report *report, size_t n, size_t place)
{
	const pps_raw_row *row = row_at(report, n);

	return row && place < report->nplaces ? row->marks[place] : PPS_MARK_NOT_YET;
}

const char *pps_raw_report_note(const pps_raw_report *report, size_t n, size_t place)
{
	const pps_raw_row *row = row_at(report, n);

	return !row || place >= report->nplaces ? NULL : row->notes[place] ? row->notes[place] : "";
}

void pps_raw_because(pps_buf *why, const char *fmt, ...)
{
	_cleanup_free_ char *text = NULL;
	va_list ap;

	if (!why)
		return;
	va_start(ap, fmt);
	if (vasprintf(&text, fmt, ap) < 0)
		text = NULL;
	va_end(ap);
	if (why->size)
		pps_buf_add_text(why, "; ");
	pps_buf_add_text(why, text ? text : "out of memory");
}
