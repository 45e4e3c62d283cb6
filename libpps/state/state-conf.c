/* SPDX-License-Identifier: BSD-3-Clause */
/* The state database that the configuration names. */
#include "base/conf.h"
#include "state/state.h"

static int url_of(const pps_conf *conf, const char **ret_url, pps_error **err)
{
	if (!conf || pps_conf_error_count(conf))
		return pps_fail(err, PPS_E_ARG, "the state needs a configuration that was loaded without errors");
	*ret_url = pps_conf_state(conf);
	return PPS_OK;
}

int pps_state_init(pps_ctx *ctx, const pps_conf *conf, int flags, int *ret_applied, pps_error **err)
{
	const char *url = NULL;
	int r = url_of(conf, &url, err);

	return r < 0 ? r : pps_state_init_url(ctx, url, flags, ret_applied, err);
}

int pps_state_open(pps_ctx *ctx, const pps_conf *conf, pps_state **ret_state, pps_error **err)
{
	const char *url = NULL;
	int r = url_of(conf, &url, err);

	return r < 0 ? r : pps_state_open_url(ctx, url, ret_state, err);
}
