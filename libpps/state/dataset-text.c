/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Statuses and their times as they are stored: a letter for each repository, and "SINCE[/PUBLISHED]" for each, in milliseconds, hexadecimal,
 * separated by blanks, empty where there is none. Short, and readable by whoever looks into the table.
 */
#include <inttypes.h>
#include <string.h>

#include "base/buf.h"
#include "state/dataset.h"

#define MS 1000000

/* Rounded up, so that nothing that is counted from it comes sooner. */
static void put_time(pps_buf *b, int64_t at)
{
	pps_buf_printf(b, "%" PRIx64, at / MS + (at % MS != 0));
}

int pps_dataset_status_format(const pps_dataset_status *s, char **ret_status, char **ret_times, pps_error **err)
{
	_cleanup_buf_ pps_buf status = PPS_BUF_LINE, times = PPS_BUF_LINE;
	size_t n = PPS_ORDINALS_MOST;
	char *text;

	while (n && s->status[n - 1] == '.')
		n--;
	pps_buf_add(&status, s->status, n);
	for (size_t i = 0; i < n; i++) {
		if (i)
			pps_buf_add_char(&times, ' ');
		if (s->at[i])
			put_time(&times, s->at[i]);
		if (s->published[i]) {
			pps_buf_add_char(&times, '/');
			put_time(&times, s->published[i]);
		}
	}
	if (!(text = pps_buf_take(&status)))
		return pps_fail_nomem(err);
	if (!(*ret_times = pps_buf_take(&times))) {
		free(text);
		return pps_fail_nomem(err);
	}
	*ret_status = text;
	return PPS_OK;
}

/* A time, *text behind it afterwards; 0 where there is none, -1 when it is none. */
static int64_t take_time(const char **text)
{
	char *end;
	unsigned long long ms;

	if (**text == ' ' || **text == '/' || !**text)
		return 0;
	if (!strchr("0123456789abcdef", **text))
		return -1;
	ms = strtoull(*text, &end, 16);
	*text = end;
	return ms > INT64_MAX / MS ? -1 : (int64_t)ms * MS;
}

int pps_dataset_status_parse(const char *status, const char *times, pps_dataset_status *ret, pps_error **err)
{
	size_t n = strlen(status);
	pps_dataset_status s = { .at = { 0 } };

	memset(s.status, '.', sizeof s.status);
	if (n > PPS_ORDINALS_MOST)
		return pps_fail(err, PPS_E_FORMAT, "state: a status of %zu repositories", n);
	memcpy(s.status, status, n);
	for (size_t i = 0; i < n; i++) {
		s.at[i] = take_time(&times);
		if (*times == '/') {
			times++;
			s.published[i] = take_time(&times);
		}
		if (s.at[i] < 0 || s.published[i] < 0 || *times != (i + 1 < n ? ' ' : 0))
			return pps_fail(err, PPS_E_FORMAT, "state: times of a dataset cannot be read at \"%s\"", times);
		times += *times == ' ';
	}
	if (*times)
		return pps_fail(err, PPS_E_FORMAT, "state: a dataset has times of no repository: \"%s\"", times);
	*ret = s;
	return PPS_OK;
}
