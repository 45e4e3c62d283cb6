/* SPDX-License-Identifier: BSD-3-Clause */
#include "base/time.h"

#include <errno.h>
#include <math.h>
#include <string.h>
#include <time.h>

#include <erfa.h>
#include <pthread.h>

#include "base/codec.h"

#define DAY_S 86400
#define DAY_NS (DAY_S * PPS_NS_PER_S)
#define MJD_ZERO 2400000.5
#define MJD_1970 40587
#define UTC_FIRST_YEAR 1972 /* before, UTC ran at another rate than TAI */

/* Nanoseconds since 1970 in some scale, split. */
struct clock {
	int year, month, day;
	int second; /* of the day; 86400 in a leap second */
	int ns;
};

static void civil_of_day(int64_t day, struct clock *c)
{
	double fraction;

	eraJd2cal(MJD_ZERO, (double)(day + MJD_1970), &c->year, &c->month, &c->day, &fraction);
}

/* Days since 1970-01-01, or -1 and no result when there is no such day. */
static int day_of_civil(int year, int month, int day, int64_t *ret_day)
{
	double zero, mjd;

	if (eraCal2jd(year, month, day, &zero, &mjd) != 0)
		return -1;
	*ret_day = (int64_t)mjd - MJD_1970;
	return 0;
}

static int64_t floor_div(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

/* ERFA fills its table at the first call, without a lock. */
static void fill_leap_seconds(void)
{
	double dat;

	eraDat(2000, 1, 1, 0.0, &dat);
}

/* TAI - UTC in seconds on a day (since 1970-01-01). ERFA calls a year far ahead dubious: the last known offset is then
 * what everyone uses. */
static int leap_of_day(int64_t day, int64_t *ret_s, pps_error **err)
{
	static pthread_once_t filled = PTHREAD_ONCE_INIT;
	struct clock c;
	double dat;

	pthread_once(&filled, fill_leap_seconds);
	civil_of_day(day, &c);
	if (c.year < UTC_FIRST_YEAR)
		return pps_fail(err, PPS_E_ARG, "%04d-%02d-%02d UTC: before %d UTC has no whole leap seconds",
				c.year, c.month, c.day, UTC_FIRST_YEAR);
	if (eraDat(c.year, c.month, c.day, 0.0, &dat) < 0)
		return pps_fail(err, PPS_E_ARG, "%04d-%02d-%02d UTC: leap seconds are not known", c.year, c.month, c.day);
	*ret_s = (int64_t)dat;
	return PPS_OK;
}

int pps_tai_of_utc(int64_t unix_ns, int64_t *ret_tai, pps_error **err)
{
	int64_t leap, tai;
	int r;

	if ((r = leap_of_day(floor_div(unix_ns, DAY_NS), &leap, err)) < 0)
		return r;
	if (__builtin_add_overflow(unix_ns, leap * PPS_NS_PER_S, &tai))
		return pps_fail(err, PPS_E_ARG, "time beyond 2262 does not fit in 64 bits of nanoseconds");
	*ret_tai = tai;
	return PPS_OK;
}

/* The UTC day of a TAI time and the nanoseconds since its midnight: 86400 s or more in a leap second. */
static int utc_day(int64_t tai, int64_t *ret_day, int64_t *ret_ns, pps_error **err)
{
	int64_t day = floor_div(tai, DAY_NS), leap;
	int r;

	/* the UTC day is this one, or the one before, whose last seconds reach into this TAI day */
	if ((r = leap_of_day(day, &leap, err)) < 0)
		return r;
	if (tai < day * DAY_NS + leap * PPS_NS_PER_S && (r = leap_of_day(--day, &leap, err)) < 0)
		return r;
	*ret_day = day;
	*ret_ns = tai - leap * PPS_NS_PER_S - day * DAY_NS;
	return PPS_OK;
}

int pps_utc_of_tai(int64_t tai, int64_t *ret_unix_ns, pps_error **err)
{
	int64_t day, ns;
	int r;

	if ((r = utc_day(tai, &day, &ns, err)) < 0)
		return r;
	*ret_unix_ns = day * DAY_NS + ns;
	return PPS_OK;
}

int pps_tai_now(int64_t *ret_tai, pps_error **err)
{
	struct timespec t;

	if (clock_gettime(CLOCK_REALTIME, &t) < 0)
		return pps_fail_errno(err, errno, "read the clock");
	return pps_tai_of_utc((int64_t)t.tv_sec * PPS_NS_PER_S + t.tv_nsec, ret_tai, err);
}

int64_t pps_monotonic_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * PPS_NS_PER_S + t.tv_nsec;
}

/* Exactly @n digits; moves on. Return: the number, or -1. */
static int digits(const char **p, int n)
{
	int v = 0;

	for (int i = 0; i < n; i++) {
		char c = (*p)[i];

		if (c < '0' || c > '9')
			return -1;
		v = v * 10 + c - '0';
	}
	*p += n;
	return v;
}

/* ".f{1,9}" or nothing. Return: nanoseconds, or -1. */
static int fraction(const char **p)
{
	int v = 0, n = 0;

	if (**p != '.')
		return 0;
	for (++*p; n < 9 && **p >= '0' && **p <= '9'; n++)
		v = v * 10 + *(*p)++ - '0';
	if (!n || (**p >= '0' && **p <= '9'))
		return -1;
	for (; n < 9; n++)
		v *= 10;
	return v;
}

/* "HH:MM[:SS[.f]]"; a second may be 60, which the caller judges. Return: 0 or -1. */
static int parse_clock(const char **p, struct clock *c)
{
	int hour, minute, second = 0;

	if ((hour = digits(p, 2)) < 0 || hour > 23 || *(*p)++ != ':' || (minute = digits(p, 2)) < 0 || minute > 59)
		return -1;
	if (**p == ':') {
		++*p;
		if ((second = digits(p, 2)) < 0 || second > 60 || (c->ns = fraction(p)) < 0)
			return -1;
	}
	if (second == 60 && (hour != 23 || minute != 59))
		return -1;
	c->second = hour * 3600 + minute * 60 + second;
	return 0;
}

static int parse_civil(const char *text, int scale, struct clock *c)
{
	const char *p = text;

	memset(c, 0, sizeof *c);
	if ((c->year = digits(&p, 4)) < 0 || *p++ != '-' || (c->month = digits(&p, 2)) < 0 || *p++ != '-' ||
	    (c->day = digits(&p, 2)) < 0)
		return -1;
	if (*p == 'T' || *p == ' ') {
		p++;
		if (parse_clock(&p, c) < 0)
			return -1;
		if (*p == 'Z' && scale == PPS_SCALE_UTC)
			p++;
	}
	return *p ? -1 : 0;
}

int pps_time_parse(const char *text, int scale, int64_t *ret_tai, pps_error **err)
{
	const char *name = scale == PPS_SCALE_TAI ? "TAI" : "UTC";
	int64_t day, tai, leap = 0, after = 0;
	struct clock c;

	if (parse_civil(text, scale, &c) < 0)
		return pps_fail(err, PPS_E_FORMAT, "\"%.60s\" is no time in %s: expected YYYY-MM-DDTHH:MM:SS[.f]%s", text,
				name, scale == PPS_SCALE_UTC ? "[Z]" : "");
	if (day_of_civil(c.year, c.month, c.day, &day) < 0)
		return pps_fail(err, PPS_E_FORMAT, "\"%.60s\": there is no such day", text);
	if (scale == PPS_SCALE_UTC && (leap_of_day(day, &leap, NULL) < 0 || leap_of_day(day + 1, &after, NULL) < 0))
		return pps_fail(err, PPS_E_FORMAT, "\"%.60s\": UTC is known from %d on", text, UTC_FIRST_YEAR);
	if (c.second == DAY_S && after == leap)
		return pps_fail(err, PPS_E_FORMAT, "\"%.60s\": there was no leap second in %s", text, name);
	if (__builtin_mul_overflow(day, DAY_NS, &tai) ||
	    __builtin_add_overflow(tai, (c.second + leap) * PPS_NS_PER_S + c.ns, &tai))
		return pps_fail(err, PPS_E_FORMAT, "\"%.60s\": only the years 1678 to 2261 can be expressed", text);
	*ret_tai = tai;
	return PPS_OK;
}

int pps_time_format(int64_t tai, int scale, int decimals, char separator, char buf[40], pps_error **err)
{
	int64_t day = floor_div(tai, DAY_NS), ns = tai % DAY_NS + (tai % DAY_NS < 0 ? DAY_NS : 0);
	struct clock c;
	char text[96]; /* as long as the compiler can imagine */
	int s, n, r;

	if (decimals < 0 || decimals > 9)
		return pps_fail(err, PPS_E_ARG, "decimals of a time: 0 to 9, not %d", decimals);
	if (scale == PPS_SCALE_UTC && (r = utc_day(tai, &day, &ns, err)) < 0)
		return r;
	civil_of_day(day, &c);
	s = (int)(ns / PPS_NS_PER_S);
	/* a leap second belongs to the last minute */
	n = s >= DAY_S ? DAY_S - 60 : s - s % 60;
	snprintf(text, sizeof text, "%04d-%02d-%02d%c%02d:%02d:%02d.%09d", c.year, c.month, c.day, separator, n / 3600,
		 n / 60 % 60, s - n, (int)(ns % PPS_NS_PER_S));
	n = decimals ? 20 + decimals : 19;
	memcpy(buf, text, (size_t)n);
	buf[n] = 0;
	return PPS_OK;
}

/* With the names that astropy gives them. */
static const struct {
	const char *name, *other;
	int64_t ns;
} units[] = {
	{ "d", "day", DAY_NS },
	{ "h", "hr", 3600 * PPS_NS_PER_S },
	{ "min", "min", 60 * PPS_NS_PER_S },
	{ "s", "sec", PPS_NS_PER_S },
	{ "ms", "ms", 1000000 },
};

/* "12" or "1.5" times @unit, in ns, rounded up. Return: 0, or -1 when it does not fit. */
static int scaled(const char *number, size_t len, int64_t unit, int64_t *ret_ns)
{
	int64_t ns = 0, part = unit;
	int point = 0, rest = 0;

	for (size_t i = 0; i < len; i++) {
		int digit = number[i] - '0';

		if (number[i] == '.') {
			point = 1;
		} else if (!point) {
			if (__builtin_mul_overflow(ns, 10, &ns) || __builtin_add_overflow(ns, digit * unit, &ns))
				return -1;
		} else {
			rest |= digit && (!part || digit * part % 10);
			ns += digit * part / 10;
			part /= 10;
		}
	}
	*ret_ns = ns + rest;
	return 0;
}

static int is_name(const char *name, const char *text, size_t len)
{
	return strlen(name) == len && !memcmp(name, text, len);
}

/* One number with its unit from *@p on; @bound: units before it were used. */
static int duration_part(const char **p, size_t *bound, int64_t *ret_ns)
{
	size_t number = strspn(*p, "0123456789."), gap, letters, u;
	const char *at = *p;

	if (!number || *at == '.' || at[number - 1] == '.' || memchr(at, '.', number) != memrchr(at, '.', number))
		return -1;
	gap = strspn(at + number, " ");
	letters = strspn(at + number + gap, "aceimnhdrsy");
	for (u = *bound; u < PPS_COUNT(units); u++)
		if (is_name(units[u].name, at + number + gap, letters) || is_name(units[u].other, at + number + gap, letters))
			break;
	if (u == PPS_COUNT(units))
		return -1;
	*bound = u + 1;
	*p = at + number + gap + letters;
	*p += strspn(*p, " ");
	return scaled(at, number, units[u].ns, ret_ns);
}

int pps_duration_parse(const char *text, int64_t *ret_ns, pps_error **err)
{
	const char *p = text;
	int64_t sum = 0, ns;
	size_t bound = 0;

	if (*text && strspn(text, "0123456789.") == strlen(text)) {
		_cleanup_free_ char *seconds = NULL;

		if (asprintf(&seconds, "%ss", text) < 0)
			return pps_fail_nomem(err);
		return pps_duration_parse(seconds, ret_ns, err);
	}
	do {
		if (duration_part(&p, &bound, &ns) < 0 || __builtin_add_overflow(sum, ns, &sum))
			return pps_fail(err, PPS_E_FORMAT,
					"\"%.60s\" is no duration: expected such as 90s, 35min, 80h, 2d or 1h30min", text);
	} while (*p);
	*ret_ns = sum;
	return PPS_OK;
}

int pps_duration_of_hours(double hours, int64_t *ret_ns, pps_error **err)
{
	char text[32];

	if (!(hours >= 0 && hours <= 1e6)) {
		pps_float_repr(hours, text);
		return pps_fail(err, PPS_E_FORMAT, "hours: expected 0 to 1000000, not %s", text);
	}
	*ret_ns = (int64_t)ceil(hours * 3600) * PPS_NS_PER_S;
	return PPS_OK;
}
