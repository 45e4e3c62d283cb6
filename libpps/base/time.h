/* SPDX-License-Identifier: BSD-3-Clause */
/* Time: int64 TAI nanoseconds since 1970-01-01T00:00:00 TAI, as the Butler stores it. Offsets from ERFA's eraDat. */
#ifndef PPS_BASE_TIME_H
#define PPS_BASE_TIME_H

#include "base/error.h"

/* Butler's unbounded ends: 1970-01-01 and 2100-01-01 TAI; as an end of an exposure the latter means "unknown". */
#define PPS_TAI_MIN INT64_C(0)
#define PPS_TAI_MAX INT64_C(4102444800000000000)
#define PPS_NS_PER_S INT64_C(1000000000)

enum { PPS_SCALE_UTC, PPS_SCALE_TAI };

/* A half-open span [begin, end). */
typedef struct pps_timespan {
	int64_t begin;   /* TAI ns; PPS_TAI_MIN: unbounded */
	int64_t end;     /* TAI ns; PPS_TAI_MAX: unbounded */
	int is_null;     /* no span is recorded */
	int is_empty;    /* the empty span (begin and end then say nothing) */
} pps_timespan;

/* UTC nanoseconds (Unix, as CLOCK_REALTIME) to TAI and back. Before 1972 or outside ERFA's table's range: PPS_E_ARG. Inside a leap
 * second's smear-free repeat the later reading is taken (never early). */
int pps_tai_of_utc(int64_t unix_ns, int64_t *ret_tai, pps_error **err);
int pps_utc_of_tai(int64_t tai, int64_t *ret_unix_ns, pps_error **err);

/* The local clock in TAI ns. */
int pps_tai_now(int64_t *ret_tai, pps_error **err);
/* A monotonic clock, ns, for deadlines. */
int64_t pps_monotonic_now(void);

/* ISO 8601 "2025-12-02T23:59:00[.f{1,9}]" (also with a space, or a date alone, "Z" with UTC) in @scale (PPS_SCALE_*) to TAI ns.
 * 23:59:60 is accepted in UTC where there was a leap second. */
int pps_time_parse(const char *text, int scale, int64_t *ret_tai, pps_error **err);
/* Writes "2025-12-02T23:59:00.425363958" (nine decimals; @decimals 0 to 9 truncates) in @scale with @separator 'T' or ' '.
 * @buf has at least 40 bytes. */
int pps_time_format(int64_t tai, int scale, int decimals, char separator, char buf[40], pps_error **err);

/* "35min", "80h", "2d", "90s", "1h30min", "3hr 5min 20s" as astropy writes it, a number alone is seconds -> nanoseconds; never negative. */
int pps_duration_parse(const char *text, int64_t *ret_ns, pps_error **err);
/* hours as in today's configuration (a float; not negative, not NaN, at most 1e6) -> nanoseconds, rounded up to the second (never early). */
int pps_duration_of_hours(double hours, int64_t *ret_ns, pps_error **err);

#endif
