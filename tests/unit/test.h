/* SPDX-License-Identifier: BSD-3-Clause */
/* What every unit test includes: cmocka with the headers that it needs before it. */
#ifndef PPS_TEST_H
#define PPS_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/error.h"

/* Fails with the error's message when @r is not PPS_OK. */
#define assert_ok(r, err)                                                             \
	do {                                                                          \
		int r_ = (r);                                                         \
		if (r_ < 0)                                                           \
			fail_msg("%s: %s", pps_error_code_name(r_), pps_error_message(err)); \
	} while (0)

#endif
