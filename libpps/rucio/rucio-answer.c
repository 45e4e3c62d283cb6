/* SPDX-License-Identifier: BSD-3-Clause */
#include "rucio/rucio-answer.h"

#include <stdarg.h>
#include <string.h>
#include <time.h>

static const struct {
	const char *class;
	int meaning;
} classes[] = {
	{ "AccessDenied", PPS_RUCIO_DENIED },
	{ "CannotAuthenticate", PPS_RUCIO_LOGIN },
	{ "CannotAuthorize", PPS_RUCIO_DENIED },
	{ "DataIdentifierAlreadyExists", PPS_RUCIO_EXISTS },
	{ "DataIdentifierNotFound", PPS_RUCIO_ABSENT },
	{ "DatabaseException", PPS_RUCIO_AGAIN },
	{ "FileAlreadyExists", PPS_RUCIO_EXISTS },
	{ "FileConsistencyMismatch", PPS_RUCIO_MISMATCH },
	{ "RSENotFound", PPS_RUCIO_SETTINGS },
	{ "ReplicaNotFound", PPS_RUCIO_ABSENT },
	{ "ResourceTemporaryUnavailable", PPS_RUCIO_AGAIN },
	{ "ScopeNotFound", PPS_RUCIO_SETTINGS },
	{ "ServerConnectionException", PPS_RUCIO_AGAIN },
};

static int is_race(const char *message)
{
	return strstr(message, "UniqueViolation") || strstr(message, "duplicate key") || strstr(message, "deadlock detected") ||
	       strstr(message, "could not serialize");
}

static int meaning_of_class(const char *class, int status, const char *message)
{
	if (!strcmp(class, "UnsupportedOperation")) {
		if (strstr(message, "is closed"))
			return PPS_RUCIO_CLOSED;
		return strstr(message, "cannot be changed") ? PPS_RUCIO_UNCHANGED : PPS_RUCIO_REFUSED;
	}
	/* Rucio hands on some failures of its database as they come */
	if (is_race(message) || strstr(message, "OperationalError"))
		return PPS_RUCIO_AGAIN;
	for (size_t i = 0; i < PPS_COUNT(classes); i++)
		if (!strcmp(class, classes[i].class))
			return classes[i].meaning;
	return status >= 502 && status <= 504 ? PPS_RUCIO_AGAIN : PPS_RUCIO_REFUSED;
}

/* Answers of proxies in front of Rucio, and failures that Rucio itself did not foresee. */
static int meaning_of_status(int status)
{
	switch (status) {
	case 429:
	case 502:
	case 503:
	case 504:
		return PPS_RUCIO_AGAIN;
	case 401:
	case 403:
		return PPS_RUCIO_DENIED;
	default:
		return PPS_RUCIO_BROKEN;
	}
}

/* One line of printable text: what a server sends may hold anything. */
static void clean(char *to, size_t room, const char *from)
{
	size_t n = 0;

	for (; *from && n + 1 < room; from++)
		to[n++] = (unsigned char)*from < ' ' || *from == 0x7f ? ' ' : *from;
	to[n] = 0;
	if (*from && room > 4) {
		while (n && ((unsigned char)to[n - 1] & 0xc0) == 0x80) /* no half characters */
			n--;
		if (n && (unsigned char)to[n - 1] >= 0xc0)
			n--;
		memcpy(to + (n < room - 4 ? n : room - 4), "...", 4);
	}
}

/* The message says 'scope:name' of what it is about. */
static void find_named(const char *message, const char *scope, pps_rucio_answer *to)
{
	size_t len = strlen(scope);

	for (const char *p = strchr(message, '\''); p; p = strchr(p + 1, '\'')) {
		const char *end;

		if (strncmp(p + 1, scope, len) != 0 || p[1 + len] != ':' || !(end = strchr(p + 2 + len, '\'')))
			continue;
		if ((size_t)(end - p) - 2 - len < sizeof to->named) {
			memcpy(to->named, p + 2 + len, (size_t)(end - p) - 2 - len);
			to->named[(size_t)(end - p) - 2 - len] = 0;
		}
		return;
	}
}

static int64_t retry_after(const pps_http_response *response)
{
	char value[32];
	int64_t seconds = 0;

	if (!pps_http_header(response, "Retry-After", value, sizeof value))
		return 0;
	for (const char *p = value; *p >= '0' && *p <= '9' && seconds < 3600; p++)
		seconds = 10 * seconds + (*p - '0');
	return seconds < 3600 ? 1000 * seconds : 3600000;
}

int pps_rucio_answer_read(const pps_http_response *response, const char *scope, pps_rucio_answer *ret, pps_error **err)
{
	char header[PPS_RUCIO_MESSAGE_MOST + 1];
	const char *class = NULL, *message = NULL;
	json_t *json = NULL;
	json_error_t where;

	*ret = (pps_rucio_answer){ .status = response->status, .after_ms = retry_after(response) };
	if (response->status >= 200 && response->status < 300)
		return PPS_OK;
	/* bounded: a refused request may come back whole */
	if (response->body.size && response->body.size <= PPS_RUCIO_LINE_MOST &&
	    pps_json_parse(response->body.at, response->body.size, 0, &json, &where) == PPS_E_NOMEM)
		return pps_fail_nomem(err);
	class = json_string_value(json_object_get(json, "ExceptionClass"));
	message = json_string_value(json_object_get(json, "ExceptionMessage"));
	if (!message)
		message = json_string_value(json);
	if (class)
		clean(ret->class, sizeof ret->class, class);
	else if (pps_http_header(response, "ExceptionClass", header, sizeof header))
		clean(ret->class, sizeof ret->class, header);
	if (!message && pps_http_header(response, "ExceptionMessage", header, sizeof header))
		message = header;
	if (message) {
		clean(ret->message, sizeof ret->message, message);
		find_named(message, scope, ret);
	}
	ret->meaning = *ret->class ? meaning_of_class(ret->class, ret->status, message ? message : "") : meaning_of_status(ret->status);
	json_decref(json);
	return PPS_OK;
}

static int code_of(int meaning)
{
	switch (meaning) {
	case PPS_RUCIO_AGAIN:
		return PPS_E_UNAVAILABLE;
	case PPS_RUCIO_LOGIN:
	case PPS_RUCIO_DENIED:
		return PPS_E_ACCESS;
	case PPS_RUCIO_SETTINGS:
		return PPS_E_CONFIG;
	case PPS_RUCIO_EXISTS:
		return PPS_E_EXISTS;
	case PPS_RUCIO_ABSENT:
		return PPS_E_NOTFOUND;
	case PPS_RUCIO_CLOSED:
	case PPS_RUCIO_UNCHANGED:
	case PPS_RUCIO_MISMATCH:
		return PPS_E_CONFLICT;
	default:
		return PPS_E_FAILED;
	}
}

int pps_rucio_answer_fail(const pps_rucio_answer *a, pps_error **err, const char *fmt, ...)
{
	_cleanup_free_ char *what = NULL;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vasprintf(&what, fmt, ap);
	va_end(ap);
	if (n < 0) {
		what = NULL;
		return pps_fail_nomem(err);
	}
	if (*a->class)
		return pps_fail(err, code_of(a->meaning), "%s: %s: %s (HTTP %d)", what, a->class, *a->message ? a->message : "no message", a->status);
	if (a->status >= 300 && a->status < 400)
		return pps_fail(err, PPS_E_FAILED, "%s: the server sends elsewhere (HTTP %d): expected the address of Rucio itself", what, a->status);
	return pps_fail(err, code_of(a->meaning), "%s: HTTP %d without an ExceptionClass%s%s", what, a->status, *a->message ? ": " : "", a->message);
}

static int two_digits(const char *p, int *ret)
{
	if (p[0] < '0' || p[0] > '9' || p[1] < '0' || p[1] > '9')
		return -1;
	*ret = 10 * (p[0] - '0') + (p[1] - '0');
	return 0;
}

/* As long as a date, with @shape's blanks and marks; '?' is any character. */
static int has_shape(const char *text, const char *shape)
{
	if (strlen(text) != 29 || (strcmp(text + 26, "UTC") != 0 && strcmp(text + 26, "GMT") != 0))
		return 0;
	for (size_t i = 0; shape[i]; i++)
		if (shape[i] != '?' && shape[i] != text[i])
			return 0;
	return 1;
}

int pps_rucio_time_parse(const char *text, int64_t *ret_unix)
{
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	struct tm tm = { 0 };
	int century, year;
	const char *month;

	if (!has_shape(text, "???, ?? ??? ???? ??:??:?? "))
		return -1;
	if (two_digits(text + 5, &tm.tm_mday) < 0 || two_digits(text + 12, &century) < 0 || two_digits(text + 14, &year) < 0 ||
	    two_digits(text + 17, &tm.tm_hour) < 0 || two_digits(text + 20, &tm.tm_min) < 0 || two_digits(text + 23, &tm.tm_sec) < 0)
		return -1;
	for (month = months; *month && strncmp(month, text + 8, 3) != 0; month += 3)
		;
	if (!*month || tm.tm_mday < 1 || tm.tm_mday > 31 || tm.tm_hour > 23 || tm.tm_min > 59 || tm.tm_sec > 60 || century < 19)
		return -1;
	tm.tm_mon = (int)(month - months) / 3;
	tm.tm_year = 100 * century + year - 1900;
	*ret_unix = timegm(&tm);
	return 0;
}

static int take_line(pps_rucio_rows *rows, const char *text, size_t size, pps_error **err)
{
	json_error_t where;
	json_t *json = NULL;
	int r;

	while (size && (text[size - 1] == '\r' || text[size - 1] == ' '))
		size--;
	if (!size)
		return PPS_OK;
	rows->n++;
	if ((r = pps_json_parse(text, size, 0, &json, &where)) < 0)
		return r == PPS_E_NOMEM ? pps_fail_nomem(err) : pps_fail(err, r, "row %zu of the answer: %s", rows->n, where.text);
	if (!json_is_object(json))
		r = pps_fail(err, PPS_E_FORMAT, "row %zu of the answer is no JSON object", rows->n);
	else
		r = rows->row(rows->user, json, err);
	json_decref(json);
	return r;
}

int pps_rucio_rows_feed(pps_rucio_rows *rows, const void *bytes, size_t size, pps_error **err)
{
	const char *p = bytes, *end;
	int r;

	rows->line.max = PPS_RUCIO_LINE_MOST;
	while (size && (end = memchr(p, '\n', size))) {
		size_t n = (size_t)(end - p);

		if (rows->line.size) {
			pps_buf_add(&rows->line, p, n);
			if ((r = pps_buf_check(&rows->line, "row of the answer", err)) < 0 || (r = take_line(rows, rows->line.at, rows->line.size, err)) < 0)
				return r;
			pps_buf_truncate(&rows->line, 0);
		} else if (n > PPS_RUCIO_LINE_MOST) {
			return pps_fail(err, PPS_E_FORMAT, "row of the answer: larger than %u bytes", PPS_RUCIO_LINE_MOST);
		} else if ((r = take_line(rows, p, n, err)) < 0) {
			return r;
		}
		p += n + 1;
		size -= n + 1;
	}
	pps_buf_add(&rows->line, p, size);
	return pps_buf_check(&rows->line, "row of the answer", err);
}

int pps_rucio_rows_finish(pps_rucio_rows *rows, pps_error **err)
{
	if (rows->line.size)
		return pps_fail(err, PPS_E_UNAVAILABLE, "the answer was cut in its row %zu", rows->n + 1);
	return PPS_OK;
}

void pps_rucio_rows_free(pps_rucio_rows *rows)
{
	pps_buf_free(&rows->line);
}
