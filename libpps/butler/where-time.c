/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Times in `where` expressions: T'[format/]value[/scale]'. A value is a number with a decimal point (MJD
 * unless a format is given), a date with or without a time of day, or a year and its day. Formats and scales
 * are astropy's; the arithmetic is ERFA's, in two doubles, to the nanosecond.
 */
#include <math.h>
#include <string.h>
#include <strings.h>

#include <erfa.h>
#include <erfam.h>

#include "base/codec.h"
#include "butler/where-tree.h"

enum { SCALE_TAI, SCALE_UTC, SCALE_TT, SCALE_TDB, SCALE_TCB, SCALE_TCG, SCALE_UT1, SCALE_LOCAL };

static const char *const scale_names[] = { "tai", "utc", "tt", "tdb", "tcb", "tcg", "ut1", "local" };

/* How a format's value is read. */
enum {
	READ_EPOCH, /* a number of some unit from a fixed moment: @day, @seconds, in @scale */
	READ_JD,
	READ_MJD,
	READ_BESSELIAN,
	READ_JULIAN,
	READ_YEAR,
	READ_ISO,
	READ_FITS,
	READ_YDAY,
	READ_OTHER, /* known to astropy, but no value that can be written here belongs to it (but stardate) */
};

static const struct time_format {
	const char *name;
	int read;
	int scale;      /* without a scale given; of READ_EPOCH, the scale in which it counts */
	double per_day; /* READ_EPOCH: its units in a day */
	double day;     /* Julian date at which it begins ... */
	double seconds; /* ... plus these */
	char separator; /* READ_ISO: between date and time */
} formats[] = {
	{ "mjd", READ_MJD, SCALE_TAI },
	{ "jd", READ_JD, SCALE_TAI },
	{ "unix", READ_EPOCH, SCALE_UTC, ERFA_DAYSEC, 2440587.5 },
	{ "unix_tai", READ_EPOCH, SCALE_TAI, ERFA_DAYSEC, 2440587.5 },
	{ "cxcsec", READ_EPOCH, SCALE_TT, ERFA_DAYSEC, 2450814.5 },
	{ "gps", READ_EPOCH, SCALE_TAI, ERFA_DAYSEC, 2444244.5, 19 },
	{ "galexsec", READ_EPOCH, SCALE_UTC, ERFA_DAYSEC, 2444244.5 },
	{ "plot_date", READ_EPOCH, SCALE_UTC, 1, 1721424.5 },
	{ "byear", READ_BESSELIAN, SCALE_TAI },
	{ "jyear", READ_JULIAN, SCALE_TAI },
	{ "decimalyear", READ_YEAR, SCALE_TAI },
	{ "iso", READ_ISO, SCALE_UTC, .separator = ' ' },
	{ "isot", READ_ISO, SCALE_UTC, .separator = 'T' },
	{ "fits", READ_FITS, SCALE_UTC },
	{ "yday", READ_YDAY, SCALE_UTC },
	{ "stardate", READ_OTHER },
	{ "byear_str", READ_OTHER },
	{ "jyear_str", READ_OTHER },
	{ "datetime", READ_OTHER },
	{ "datetime64", READ_OTHER },
	{ "ymdhms", READ_OTHER },
};

/* A moment as a Julian date in two parts. */
typedef struct moment {
	double day, part;
} moment;

/* Both parts summed without loss; the first becomes whole, the second lies within half a day. */
static moment normal(double a, double b)
{
	double sum = a + b, rest = (a - (sum - (sum - a))) + (b - (sum - a));
	double day = rint(sum);
	return (moment){ day, (sum - day) + rest };
}

static int fail_form(const char *text, pps_error **err)
{
	return pps_fail(err, PPS_E_ARG,
			"\"%.60s\" is no time as it is written here (2025-12-31T23:59:50/tai, 61040.5)",
			text);
}

/* At most @most digits as a number; 0 when there are none or more. */
static int take_digits(const char **at, int most, int *ret)
{
	int n = 0, value = 0;
	for (; (*at)[n] >= '0' && (*at)[n] <= '9'; n++) {
		if (n == most)
			return 0;
		value = value * 10 + ((*at)[n] - '0');
	}
	*at += n;
	*ret = value;
	return n;
}

/* hh:mm[:ss[.f]] up to the end of the text. */
static int read_clock(const char *s, int *hour, int *minute, double *second)
{
	int whole;
	if (!take_digits(&s, 2, hour) || *s++ != ':' || !take_digits(&s, 2, minute))
		return -1;
	if (*s == '\0')
		return 0;
	if (*s++ != ':' || !take_digits(&s, 2, &whole))
		return -1;
	*second = whole;
	if (*s == '\0')
		return 0;
	if (*s != '.' || strspn(s + 1, "0123456789") != strlen(s + 1))
		return -1;
	double fraction = 0;
	if (s[1] && pps_double_parse(s, &fraction, NULL) < 0)
		return -1;
	*second += fraction;
	return 0;
}

static int from_calendar(int scale, int year, int month, int day, int hour, int minute, double second,
			 moment *ret)
{
	double a, b;
	if (eraDtf2d(scale == SCALE_UTC ? "UTC" : "TAI", year, month, day, hour, minute, second, &a, &b) < 0)
		return -1;
	*ret = normal(a, b);
	return 0;
}

/* yyyy-mm-dd, and a clock time after @separator. */
static int read_iso(const char *s, int scale, char separator, moment *ret)
{
	int year, month, day, hour = 0, minute = 0;
	double second = 0;
	if (take_digits(&s, 4, &year) != 4 || *s++ != '-' || !take_digits(&s, 2, &month) || *s++ != '-' ||
	    !take_digits(&s, 2, &day))
		return -1;
	if (*s && (*s != separator || read_clock(s + 1, &hour, &minute, &second) < 0))
		return -1;
	return from_calendar(scale, year, month, day, hour, minute, second, ret);
}

/* FITS has no short forms: each number in full, seconds given; years of five digits have a sign. */
static int read_fits(const char *s, int scale, moment *ret)
{
	int year, month, day, hour = 0, minute = 0;
	double second = 0;
	int year_digits = *s == '+' ? 5 : 4;
	s += *s == '+';
	if (take_digits(&s, year_digits, &year) != year_digits || *s++ != '-' ||
	    take_digits(&s, 2, &month) != 2 || *s++ != '-' || take_digits(&s, 2, &day) != 2)
		return -1;
	if (*s == 'T') {
		size_t n = strlen(++s);
		if (n < 8 || s[2] != ':' || s[5] != ':' || read_clock(s, &hour, &minute, &second) < 0)
			return -1;
	} else if (*s) {
		return -1;
	}
	return from_calendar(scale, year, month, day, hour, minute, second, ret);
}

/* yyyy:ddd[:clock]; as in Python, the 366th day of a common year is the first of the next. */
static int read_yday(const char *s, int scale, moment *ret)
{
	int year, yday, hour = 0, minute = 0;
	double second = 0, zero, date, fraction;
	if (take_digits(&s, 4, &year) != 4 || *s++ != ':' || !take_digits(&s, 3, &yday) || yday < 1 ||
	    yday > 366)
		return -1;
	if (*s && (*s != ':' || read_clock(s + 1, &hour, &minute, &second) < 0))
		return -1;
	int month, day;
	if (eraCal2jd(year, 1, 1, &zero, &date) < 0 ||
	    eraJd2cal(zero, date + yday - 1, &year, &month, &day, &fraction) < 0)
		return -1;
	return from_calendar(scale, year, month, day, hour, minute, second, ret);
}

/* A scale's moment as one of TAI. */
static int to_tai(int scale, moment m, moment *ret)
{
	double a = m.day, b = m.part, c, d;
	switch (scale) {
	case SCALE_UTC:
		if (eraUtctai(a, b, &c, &d) < 0)
			return -1;
		break;
	case SCALE_TCG:
		eraTcgtt(a, b, &c, &d);
		return to_tai(SCALE_TT, (moment){ c, d }, ret);
	case SCALE_TCB:
		eraTcbtdb(a, b, &c, &d);
		return to_tai(SCALE_TDB, (moment){ c, d }, ret);
	case SCALE_TDB: {
		/* TDB - TT at the geocentre; UTC stands for UT1 and TDB for TT in its argument. */
		double e, f;
		eraTttai(a, b, &c, &d);
		if (eraTaiutc(c, d, &e, &f) < 0)
			return -1;
		double ut = normal(e - 0.5, f).part;
		eraTdbtt(a, b, eraDtdb(a, b, ut, 0, 0, 0), &c, &d);
		return to_tai(SCALE_TT, (moment){ c, d }, ret);
	}
	case SCALE_TT:
		eraTttai(a, b, &c, &d);
		break;
	default:
		c = a;
		d = b;
	}
	*ret = normal(c, d);
	return 0;
}

/* A year with a fraction: that part of the way to the next year's beginning. */
static int read_year(double value, int scale, moment *ret)
{
	double year = trunc(value);
	moment from, to;
	if (fabs(year) > 9999 || from_calendar(scale, (int)year, 1, 1, 0, 0, 0, &from) < 0 ||
	    from_calendar(scale, (int)year + 1, 1, 1, 0, 0, 0, &to) < 0)
		return -1;
	/* UTC days differ in length, so that years are measured in TAI. */
	if (scale == SCALE_UTC && (to_tai(scale, from, &from) < 0 || to_tai(scale, to, &to) < 0))
		return -1;
	double part = value - year, days = (to.day - from.day) + (to.part - from.part);
	double whole = trunc(days * part);
	*ret = normal(from.day + whole, from.part + (days * part - whole));
	return 0;
}

static int read_number(const struct time_format *f, int scale, double value, moment *ret, int *ret_scale)
{
	double a, b, whole;
	*ret_scale = scale;
	switch (f->read) {
	case READ_MJD:
		*ret = normal(ERFA_DJM0, value);
		return 0;
	case READ_JD:
		*ret = normal(value, 0);
		return 0;
	case READ_EPOCH:
		*ret_scale = f->scale;
		/* Days without their fraction first, which loses nothing. */
		whole = rint(value / f->per_day);
		*ret = normal(f->day + whole,
			      (value - whole * f->per_day) / f->per_day + f->seconds / ERFA_DAYSEC);
		return 0;
	case READ_BESSELIAN:
		eraEpb2jd(value, &a, &b);
		break;
	case READ_JULIAN:
		eraEpj2jd(value, &a, &b);
		break;
	case READ_YEAR:
		if (scale == SCALE_UTC)
			*ret_scale = SCALE_TAI;
		return read_year(value, scale, ret);
	default:
		return -1;
	}
	*ret = normal(a, b);
	return 0;
}

/* -?d+.d* or -?.d+ */
static int is_number(const char *s)
{
	s += *s == '-';
	size_t n = strspn(s, "0123456789");
	if (s[n] != '.')
		return 0;
	size_t m = strspn(s + n + 1, "0123456789");
	return n + m > 0 && s[n + 1 + m] == '\0';
}

static int is_word(const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_", s[i]))
			return 0;
	return n > 0;
}

static const struct time_format *find_format(const char *name)
{
	for (size_t i = 0; i < PPS_COUNT(formats); i++)
		if (strcasecmp(formats[i].name, name) == 0)
			return &formats[i];
	return NULL;
}

/* The format that a value without one has, from its look. */
static const struct time_format *guess_format(const char *value)
{
	return find_format(is_number(value)     ? "mjd" :
			   value[0] == '+'      ? "fits" :
			   strpbrk(value, "Tt") ? "isot" :
			   strchr(value, '-')   ? "iso" :
						  "yday");
}

/* Cuts "[format/]value[/scale]" in place. */
static int split(char *text, const struct time_format **ret_format, char **ret_value, int *ret_scale,
		 pps_error **err)
{
	char *first = strchr(text, '/'), *last = strrchr(text, '/');
	char *scale = NULL;
	*ret_format = NULL;
	*ret_value = text;
	*ret_scale = -1;
	/* One slash: before it a format, or behind it a scale, and a format begins with a letter. */
	if (first && is_word(text, (size_t)(first - text)) && strspn(text, "0123456789") == 0) {
		*first = '\0';
		if (!(*ret_format = find_format(text)))
			return pps_fail(err, PPS_E_ARG, "unknown format of time \"%.30s\"", text);
		*ret_value = first + 1;
		first = first == last ? NULL : last;
	}
	if (first) {
		*first = '\0';
		scale = first + 1;
		for (size_t i = 0; i < PPS_COUNT(scale_names); i++)
			if (strcasecmp(scale_names[i], scale) == 0)
				*ret_scale = (int)i;
		if (*ret_scale < 0)
			return pps_fail(err, PPS_E_ARG, "unknown time scale \"%.30s\"", scale);
	}
	if (!*ret_format)
		*ret_format = guess_format(*ret_value);
	if (*ret_scale < 0)
		*ret_scale = (*ret_format)->scale;
	return PPS_OK;
}

static int64_t to_ns(moment tai)
{
	/* 1970-01-01 TAI begins at 2440587.5. */
	moment since = normal(tai.day - 2440588, tai.part + 0.5);
	if (since.day < 0 || (since.day == 0 && since.part < 0))
		return PPS_TAI_MIN;
	if (since.day > 47483)
		return PPS_TAI_MAX;
	const int64_t day_ns = INT64_C(86400) * PPS_NS_PER_S;
	int64_t ns = (int64_t)since.day * day_ns + (int64_t)rint(since.part * (double)day_ns);
	return ns < PPS_TAI_MIN ? PPS_TAI_MIN : ns > PPS_TAI_MAX ? PPS_TAI_MAX : ns;
}

int pps_where_time(const char *text, int64_t *ret_tai, pps_error **err)
{
	char copy[128], *value, *zone;
	const struct time_format *format;
	int scale, counted_in;
	moment m;
	size_t size = strlen(text);
	if (size >= sizeof(copy))
		return fail_form(text, err);
	memcpy(copy, text, size + 1);
	/* Printed datetimes in UTC carry this; as in the Butler it is left out wherever it stands. */
	while ((zone = strstr(copy, "+00:00")))
		memmove(zone, zone + 6, strlen(zone + 6) + 1);
	int r = split(copy, &format, &value, &scale, err);
	if (r < 0)
		return r;
	if (format->read == READ_OTHER && is_number(value) && strcmp(format->name, "stardate") == 0)
		return pps_fail(err, PPS_E_UNSUPPORTED, "times as %s are not supported", format->name);
	counted_in = scale;
	if (format->read == READ_ISO)
		r = read_iso(value, scale, format->separator, &m);
	else if (format->read == READ_FITS)
		r = read_fits(value, scale, &m);
	else if (format->read == READ_YDAY)
		r = read_yday(value, scale, &m);
	else if (is_number(value)) {
		double number;
		r = pps_double_parse(value, &number, NULL) < 0 ?
			    -1 :
			    read_number(format, scale, number, &m, &counted_in);
	} else
		r = -1;
	if (r < 0)
		return fail_form(text, err);
	if (scale == SCALE_LOCAL)
		return pps_fail(err, PPS_E_ARG, "a time of scale local cannot be compared with others");
	if (scale == SCALE_UT1 && counted_in == SCALE_UT1)
		return pps_fail(err, PPS_E_UNSUPPORTED, "times in UT1 are not supported");
	if (to_tai(counted_in, m, &m) < 0)
		return fail_form(text, err);
	*ret_tai = to_ns(m);
	return PPS_OK;
}
