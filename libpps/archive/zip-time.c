/* SPDX-License-Identifier: BSD-3-Clause */
#include "archive/zip-time.h"

#include <time.h>

#define FIRST_YEAR 1980
#define LAST_YEAR 2107
#define FIRST_DOS ((uint32_t)(1 << 5 | 1) << 16)
#define LAST_DOS 0xff9fbf7du

uint32_t pps_zip_time_of(int64_t utc_ns)
{
	time_t t = utc_ns / 1000000000;
	struct tm tm;

	if (!gmtime_r(&t, &tm) || tm.tm_year + 1900 < FIRST_YEAR)
		return FIRST_DOS;
	if (tm.tm_year + 1900 > LAST_YEAR)
		return LAST_DOS;
	return (uint32_t)(tm.tm_year + 1900 - FIRST_YEAR) << 25 | (uint32_t)(tm.tm_mon + 1) << 21 | (uint32_t)tm.tm_mday << 16 |
	       (uint32_t)tm.tm_hour << 11 | (uint32_t)tm.tm_min << 5 | (uint32_t)tm.tm_sec / 2;
}

static int within(uint32_t value, int least, int most)
{
	return (int)value < least ? least : (int)value > most ? most : (int)value;
}

int64_t pps_zip_time_to(uint32_t dos)
{
	struct tm tm = {
		.tm_year = (int)(dos >> 25) + FIRST_YEAR - 1900,
		.tm_mon = within(dos >> 21 & 15, 1, 12) - 1,
		.tm_mday = within(dos >> 16 & 31, 1, 31),
		.tm_hour = within(dos >> 11 & 31, 0, 23),
		.tm_min = within(dos >> 5 & 63, 0, 59),
		.tm_sec = within((dos & 31) * 2, 0, 59),
	};

	return (int64_t)timegm(&tm) * 1000000000;
}
