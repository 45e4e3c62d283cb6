/* SPDX-License-Identifier: BSD-3-Clause */
/* Zips from anywhere: opened or refused; what is found sound can be read, whole and in parts. */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "archive/zip.h"

#define MEMBER_MOST (1u << 20)

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void read_member(pps_zip *zip, size_t n, int is_sound)
{
	_cleanup_free_ char *whole = NULL;
	char part[64];
	size_t size, got, at;
	int r = pps_zip_read(zip, n, MEMBER_MOST, (void **)&whole, &size, NULL);

	if (r < 0) {
		if (is_sound && pps_zip_size(zip, n) <= MEMBER_MOST)
			abort();
		return;
	}
	if (size != pps_zip_size(zip, n))
		abort();
	at = size / 3;
	if (pps_zip_read_range(zip, n, at, part, sizeof part, &got, NULL) < 0)
		return;
	if (got != (size - at < sizeof part ? size - at : sizeof part) || memcmp(part, whole + at, got) != 0)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	_cleanup_close_ int fd = memfd_create("zip", MFD_CLOEXEC);
	_cleanup_(pps_ctx_unrefp) pps_ctx *ctx = NULL;
	_cleanup_(pps_zip_closep) pps_zip *zip = NULL;
	_cleanup_(pps_zip_report_freep) pps_zip_report *report = NULL;
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	uint64_t total = 0;
	char path[64];
	int r;

	if (fd < 0 || write(fd, bytes, size) != (ssize_t)size || pps_ctx_new(&ctx, NULL) < 0)
		return 0;
	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	if ((r = pps_zip_open(ctx, path, &zip, &err)) < 0) {
		if ((r != PPS_E_FORMAT && r != PPS_E_UNSUPPORTED) || !*pps_error_message(err))
			abort();
		return 0;
	}
	for (size_t i = 0; i < pps_zip_count(zip); i++)
		total += pps_zip_size(zip, i);
	if (total > 16u * MEMBER_MOST)
		return 0;
	if (pps_zip_verify(zip, &report, &err) < 0)
		abort();
	for (size_t i = 0; i < pps_zip_count(zip); i++) {
		size_t n;

		if (!pps_zip_name(zip, i) || pps_zip_find(zip, pps_zip_name(zip, i), &n, NULL) < 0)
			abort();
		read_member(zip, i, pps_zip_report_problems(report) == 0);
	}
	return 0;
}
