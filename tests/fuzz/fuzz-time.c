/* SPDX-License-Identifier: BSD-3-Clause */
/* Times and durations from anywhere: refused, or written again and read back as the same. */
#include <stdlib.h>
#include <string.h>

#include "base/time.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void check_time(const char *text, int scale)
{
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	int64_t tai, back, unix_ns;
	char again[40];

	if (pps_time_parse(text, scale, &tai, &err) < 0) {
		if (pps_error_code(err) != PPS_E_FORMAT)
			abort();
		return;
	}
	if (pps_time_format(tai, scale, 9, 'T', again, NULL) < 0 || strlen(again) != 29 ||
	    pps_time_parse(again, scale, &back, NULL) < 0 || back != tai)
		abort();
	/* the year that was written is the year that was meant */
	if (strncmp(text, again, 10) != 0)
		abort();
	if (scale == PPS_SCALE_UTC && (pps_utc_of_tai(tai, &unix_ns, NULL) < 0 || pps_tai_of_utc(unix_ns, &back, NULL) < 0 ||
				       back < tai || back > tai + PPS_NS_PER_S))
		abort();
}

static void check_number(const uint8_t *bytes)
{
	int64_t tai, unix_ns, back;
	char text[40];

	memcpy(&tai, bytes, sizeof tai);
	if (pps_time_format(tai, PPS_SCALE_TAI, 9, ' ', text, NULL) < 0)
		abort();
	/* the first and last years cannot be written whole */
	if (pps_time_parse(text, PPS_SCALE_TAI, &back, NULL) == PPS_OK && back != tai)
		abort();
	if (pps_tai_of_utc(tai, &back, NULL) == PPS_OK && (pps_utc_of_tai(back, &unix_ns, NULL) < 0 || unix_ns != tai))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	_cleanup_free_ char *text = malloc(size + 1);
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	int64_t ns = -1;

	if (!text)
		return 0;
	memcpy(text, bytes, size);
	text[size] = 0;
	check_time(text, PPS_SCALE_UTC);
	check_time(text, PPS_SCALE_TAI);
	if (pps_duration_parse(text, &ns, &err) < 0 ? pps_error_code(err) != PPS_E_FORMAT || ns != -1 : ns < 0)
		abort();
	if (size >= sizeof(int64_t))
		check_number(bytes);
	return 0;
}
