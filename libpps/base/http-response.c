/* SPDX-License-Identifier: BSD-3-Clause */
#include <string.h>
#include <strings.h>
#include <time.h>

#include <curl/curl.h>

#include "base/codec.h"
#include "base/http.h"
#include "base/time.h"

void pps_http_response_free(pps_http_response *response)
{
	pps_buf_free(&response->headers);
	pps_buf_free(&response->body);
	response->status = 0;
	response->received = 0;
}

static int is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

int pps_http_header(const pps_http_response *response, const char *name, char *value, size_t size)
{
	size_t length = strlen(name);
	const char *end;

	for (const char *p = pps_buf_text(&response->headers); *p; p = *end ? end + 1 : end) {
		size_t n;

		end = p + strcspn(p, "\n");
		if (strncasecmp(p, name, length) != 0 || p[length] != ':')
			continue;
		for (p += length + 1; p < end && is_blank(*p);)
			p++;
		for (n = (size_t)(end - p); n && is_blank(p[n - 1]);)
			n--;
		if (size) {
			n = n < size ? n : size - 1;
			memcpy(value, p, n);
			value[n] = 0;
		}
		return 1;
	}
	if (size)
		*value = 0;
	return 0;
}

/* Two digits, or -1. */
static int two(const char *p)
{
	return p[0] >= '0' && p[0] <= '9' && p[1] >= '0' && p[1] <= '9' ? (p[0] - '0') * 10 + p[1] - '0' : -1;
}

/* "Sat, 21 Nov 2026 11:47:20 GMT", the one form that servers send. A clock that decides on release is not guessed at. */
int64_t pps_http_date(const pps_http_response *response)
{
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec", shape[] = "aaa, 00 aaa 0000 00:00:00 GMT";
	char text[40], month[4] = "";
	const char *found;
	struct tm tm = { 0 };
	int64_t tai;

	if (!pps_http_header(response, "Date", text, sizeof text) || strlen(text) != sizeof shape - 1)
		return 0;
	for (size_t i = 0; shape[i]; i++) {
		int digit = text[i] >= '0' && text[i] <= '9';

		if (shape[i] == '0' ? !digit : shape[i] != 'a' && text[i] != shape[i])
			return 0;
	}
	memcpy(month, text + 8, 3);
	found = strstr(months, month);
	if (!found || (found - months) % 3 != 0)
		return 0;
	tm.tm_mon = (int)(found - months) / 3;
	tm.tm_mday = two(text + 5);
	tm.tm_year = two(text + 12) * 100 + two(text + 14) - 1900;
	tm.tm_hour = two(text + 17);
	tm.tm_min = two(text + 20);
	tm.tm_sec = two(text + 23);
	if (tm.tm_mday < 1 || tm.tm_mday > 31 || tm.tm_hour > 23 || tm.tm_min > 59 || tm.tm_sec > 60)
		return 0;
	return pps_tai_of_utc((int64_t)timegm(&tm) * PPS_NS_PER_S, &tai, NULL) < 0 ? 0 : tai;
}

int64_t pps_http_retry_after(const pps_http_response *response, int64_t now)
{
	char text[64];
	int64_t seconds, tai;
	time_t at;

	if (!pps_http_header(response, "Retry-After", text, sizeof text))
		return 0;
	if (pps_int_parse(text, &seconds, NULL) == PPS_OK)
		return seconds < 0 ? 0 : seconds > 86400 ? 86400000 : seconds * 1000;
	if ((at = curl_getdate(text, NULL)) < 0 || pps_tai_of_utc((int64_t)at * PPS_NS_PER_S, &tai, NULL) < 0 || tai <= now)
		return 0;
	return tai - now > 86400 * PPS_NS_PER_S ? 86400000 : (tai - now) / 1000000;
}
