/* SPDX-License-Identifier: BSD-3-Clause */
/* What the environment says of the S3 profile NAME (or of none), as JSON with its secrets: for comparisons only. An argument
 * --conf FILE before it is loaded first. */
#include <stdio.h>
#include <string.h>

#include <jansson.h>

#include "base/conf.h"
#include "store/s3-profile.h"

static json_t *shown(const pps_s3_profile *p)
{
	return json_pack("{s:s?, s:s, s:s?, s:s, s:s, s:s?}", "endpoint", p->endpoint, "region", p->region, "ca", p->ca_path, "key",
			 p->credentials.key, "secret", p->credentials.secret, "token", p->credentials.token);
}

int main(int argc, char **argv)
{
	_cleanup_(pps_s3_profile_freep) pps_s3_profile *profile = NULL;
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	_cleanup_(pps_ctx_unrefp) pps_ctx *ctx = NULL;
	_cleanup_(pps_conf_unrefp) pps_conf *conf = NULL;
	_cleanup_free_ char *text = NULL;
	json_t *out;
	int r = pps_ctx_new(&ctx, &err);

	if (r == PPS_OK && argc > 2 && strcmp(argv[1], "--conf") == 0) {
		r = pps_conf_load(ctx, argv[2], &conf, &err);
		argv += 2;
		argc -= 2;
	}
	if (r == PPS_OK)
		r = pps_s3_profile_load(ctx, argc > 1 ? argv[1] : NULL, &profile, &err);
	out = r < 0 ? json_pack("{s:s, s:s}", "error", pps_error_message(err), "code", pps_error_code_name(r)) : shown(profile);
	text = out ? json_dumps(out, JSON_COMPACT) : NULL;
	json_decref(out);
	if (!text)
		return 1;
	puts(text);
	return 0;
}
