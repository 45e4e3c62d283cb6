/* SPDX-License-Identifier: BSD-3-Clause */
/* An export from anywhere: refused, or read so that writing and reading it again changes nothing more. */
#include <stdlib.h>
#include <string.h>

#include "dimensions/records.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static pps_ctx *ctx;

static int to_buffer(const void *bytes, size_t size, void *user, pps_error **err)
{
	pps_buf_add(user, bytes, size);
	return pps_buf_check(user, "export", err);
}

/* Does @text give records? Its export goes to @out. */
static int pass(const char *text, size_t size, pps_buf *out)
{
	_cleanup_(pps_dimensions_freep) pps_dimensions *d = NULL;
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	int r = pps_dimensions_import(ctx, "t", text, size, NULL, &d, &err);

	if (r < 0) {
		if (d || !err || (r != PPS_E_FORMAT && r != PPS_E_UNSUPPORTED && r != PPS_E_NOMEM))
			abort();
		if (r != PPS_E_NOMEM && (pps_error_line(err) < 1 || pps_error_column(err) < 1))
			abort();
		return 0;
	}
	r = pps_dimensions_export(d, to_buffer, out, &err);
	if (r < 0 && r != PPS_E_UNSUPPORTED) /* an empty timespan */
		abort();
	return r == PPS_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	_cleanup_buf_ pps_buf first = PPS_BUF(1 << 26), second = PPS_BUF(1 << 26);

	if (!ctx && pps_ctx_new(&ctx, NULL) < 0)
		abort();
	if (!pass((const char *)bytes, size, &first))
		return 0;
	if (!pass(first.at, first.size, &second) || first.size != second.size ||
	    memcmp(first.at, second.at, first.size) != 0)
		abort();
	return 0;
}
