/* SPDX-License-Identifier: BSD-3-Clause */
/* Any text as a where expression: refused with a place, or a condition with as many parameters as it has
 * values. */
#include <stdlib.h>
#include <string.h>

#include "butler/where.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void compile(const pps_universe *universe, const char *text, int kind)
{
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	_cleanup_(pps_where_freep) pps_where *where = NULL;
	_cleanup_buf_ pps_buf b = PPS_BUF_SQL;
	const pps_where_options options = { .kind = kind, .instrument = "X", .skymap = "m" };
	size_t nvalues, nparams = 0;
	int r = pps_where_compile(universe, text, &options, &where, &err);

	if (r < 0) {
		if (where || !err || pps_error_code(err) != r || (r != PPS_E_ARG && r != PPS_E_UNSUPPORTED))
			abort();
		return;
	}
	pps_where_condition(where, "e", 1, &b);
	if (pps_buf_check(&b, "condition", NULL) < 0 || !*pps_buf_text(&b))
		abort();
	for (const char *p = strchr(pps_buf_text(&b), '$'); p; p = strchr(p + 1, '$'))
		if (strtoul(p + 1, NULL, 10) != ++nparams)
			abort();
	pps_where_params(where, &nvalues);
	if (nvalues != nparams)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	static pps_universe *universe;
	_cleanup_free_ char *text = strndup((const char *)bytes, size);

	if (!text || (!universe && pps_universe_known(8, &universe, NULL) < 0))
		abort();
	compile(universe, text, PPS_SQL_SQLITE);
	compile(universe, text, PPS_SQL_POSTGRES);
	return 0;
}
