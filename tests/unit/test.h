/* SPDX-License-Identifier: BSD-3-Clause */
/* What every unit test includes: cmocka with the headers that it needs before it. */
#ifndef PPS_TEST_H
#define PPS_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/error.h"

/* A new folder, in memory where that can be: databases are synchronised very often, which on a busy disk takes minutes. 0, or -1. */
static inline int make_quick_folder(char *folder, size_t size)
{
	snprintf(folder, size, "/dev/shm/pps-test-XXXXXX");
	if (mkdtemp(folder))
		return 0;
	snprintf(folder, size, "/tmp/pps-test-XXXXXX");
	return mkdtemp(folder) ? 0 : -1;
}

/* Fails with the error's message when @r is not PPS_OK. */
#define assert_ok(r, err)                                                             \
	do {                                                                          \
		int r_ = (r);                                                         \
		if (r_ < 0)                                                           \
			fail_msg("%s: %s", pps_error_code_name(r_), pps_error_message(err)); \
	} while (0)

#endif
