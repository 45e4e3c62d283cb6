/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Reads lines "LEVEL HEX" and answers each with "BEGIN-END ..." (nothing for no range) or "error: MESSAGE".
 * With a number as argument, computes each that many times and prints only the regions per second.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "dimensions/skypix.h"

static int hex_digit(int c)
{
	const char *digits = "0123456789abcdef", *at = c ? strchr(digits, c) : NULL;

	return at ? (int)(at - digits) : -1;
}

/* In place. Return: the number of bytes, or -1. */
static ssize_t unhex(char *text)
{
	size_t n = 0;

	for (char *p = text; *p; p += 2) {
		int high = hex_digit(p[0]), low = high < 0 ? -1 : hex_digit(p[1]);

		if (low < 0)
			return -1;
		text[n++] = (char)(high << 4 | low);
	}
	return (ssize_t)n;
}

static int envelope(const void *bytes, size_t size, int level, pps_skypix_range **ret_ranges, size_t *ret_n,
		    pps_error **err)
{
	_cleanup_(pps_region_freep) pps_region *region = NULL;
	int r = pps_region_decode(bytes, size, &region, err);

	return r < 0 ? r : pps_skypix_envelope(region, level, ret_ranges, ret_n, err);
}

static void answer(const void *bytes, size_t size, int level)
{
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	_cleanup_free_ pps_skypix_range *ranges = NULL;
	size_t n = 0;

	if (envelope(bytes, size, level, &ranges, &n, &err) < 0) {
		printf("error: %s\n", pps_error_message(err));
		return;
	}
	for (size_t i = 0; i < n; i++)
		printf("%s%" PRIu64 "-%" PRIu64, i ? " " : "", ranges[i].begin, ranges[i].end);
	putchar('\n');
}

int main(int argc, char **argv)
{
	long times = argc > 1 ? strtol(argv[1], NULL, 10) : 0;
	_cleanup_free_ char *line = NULL;
	size_t cap = 0;
	double seconds = 0.0;
	long regions = 0;

	while (getline(&line, &cap, stdin) > 0) {
		char *hex = strchr(line, ' ');
		struct timespec t0, t1;

		line[strcspn(line, "\n")] = '\0';
		if (!hex)
			return 2;

		ssize_t size = unhex(++hex);

		if (size < 0)
			return 2;

		int level = (int)strtol(line, NULL, 10);

		if (!times) {
			answer(hex, (size_t)size, level);
			continue;
		}
		clock_gettime(CLOCK_MONOTONIC, &t0);
		for (long i = 0; i < times; i++) {
			_cleanup_free_ pps_skypix_range *ranges = NULL;
			size_t n;

			if (envelope(hex, (size_t)size, level, &ranges, &n, NULL) < 0)
				return 1;
		}
		clock_gettime(CLOCK_MONOTONIC, &t1);
		seconds += (double)(t1.tv_sec - t0.tv_sec) + 1e-9 * (double)(t1.tv_nsec - t0.tv_nsec);
		regions += times;
	}
	if (times)
		printf("%.0f regions/s\n", (double)regions / seconds);
	return 0;
}
