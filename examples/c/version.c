/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Which libpps this is: that of the headers, and that of the library that runs. usage: version
 *
 * A program checks twice. When it is compiled: are the headers new enough for what it calls? When it starts: is the
 * library at least as new as the headers were? The dynamic linker checks too: it does not start a program that needs a
 * function which the library lacks.
 */
#include <stdio.h>

#include <pps/version.h>

#if !PPS_VERSION_AT_LEAST(0, 1, 0)
#error "this program needs libpps 0.1"
#endif

int main(void)
{
	printf("built with %s, runs with %s\n", PPS_VERSION, pps_version());
	if (!pps_version_at_least(PPS_VERSION_MAJOR, PPS_VERSION_MINOR, PPS_VERSION_PATCH)) {
		fprintf(stderr, "version: libpps %s is older than what this was built with\n", pps_version());
		return 1;
	}
	return 0;
}
