/* SPDX-License-Identifier: BSD-3-Clause */
/* The connection. */
#include <stdlib.h>
#include <string.h>

#include "base/time.h"
#include "rucio/rucio-private.h"

/* The server computes for long without a word before it answers a large call. */
#define STALL_MS 300000

static void rucio_free(pps_rucio *rucio)
{
	if (!rucio)
		return;
	pps_rucio_logout(rucio);
	pps_http_free(rucio->http);
	pps_map_free(rucio->known);
	pps_rucio_settings_clear(&rucio->settings);
	pps_ctx_unref(rucio->ctx);
	free(rucio);
}
PPS_DEFINE_CLEANUP(pps_rucio, rucio_free)

static const char *from_environment(const char *name)
{
	return getenv(name);
}

int pps_rucio_open(pps_ctx *ctx, const pps_conf *conf, pps_rucio **ret_rucio, pps_error **err)
{
	_cleanup_(rucio_freep) pps_rucio *rucio = NULL;
	const pps_conf_rucio *block = conf ? pps_conf_rucio_block(conf) : NULL;
	pps_http_options options = { .stall_ms = STALL_MS, .connections = PPS_RUCIO_CONNECTIONS };
	int r;

	if ((r = pps_ctx_check(ctx, err)) < 0)
		return r;
	if (!ret_rucio)
		return pps_fail(err, PPS_E_ARG, "pps_rucio_open: ret_rucio is NULL");
	if (conf && pps_conf_error_count(conf))
		return pps_fail(err, PPS_E_CONFIG, "the configuration has errors");
	if (!(rucio = calloc(1, sizeof *rucio)))
		return pps_fail_nomem(err);
	rucio->refs = 1;
	rucio->ctx = pps_ctx_ref(ctx);
	if (!(rucio->known = pps_map_new()))
		return pps_fail_nomem(err);
	if ((r = pps_rucio_settings_read(block, from_environment, &rucio->settings, err)) < 0)
		return r;
	options.ca_path = rucio->settings.ca;
	if (rucio->settings.auth == PPS_RUCIO_AUTH_X509 || rucio->settings.auth == PPS_RUCIO_AUTH_X509_PROXY) {
		options.cert_file = rucio->settings.certificate;
		options.key_file = rucio->settings.private_key;
	}
	if ((r = pps_http_new(ctx, &options, &rucio->http, err)) < 0)
		return r == PPS_E_NOTFOUND ? pps_recode(err, PPS_E_CONFIG) : r;
	*ret_rucio = TAKE_PTR(rucio);
	return PPS_OK;
}

pps_rucio *pps_rucio_ref(pps_rucio *rucio)
{
	if (rucio)
		rucio->refs++;
	return rucio;
}

pps_rucio *pps_rucio_unref(pps_rucio *rucio)
{
	if (rucio && --rucio->refs == 0)
		rucio_free(rucio);
	return NULL;
}

const char *pps_rucio_url(const pps_rucio *rucio)
{
	return rucio->settings.url;
}

const char *pps_rucio_scope(const pps_rucio *rucio)
{
	return rucio->settings.scope;
}

const char *pps_rucio_rse(const pps_rucio *rucio)
{
	return rucio->settings.rse;
}

const char *pps_rucio_auth_type(const pps_rucio *rucio)
{
	return pps_rucio_auth_name(rucio->settings.auth);
}

/* The server answers with a redirection to the account's page. */
static int account_of(const pps_http_response *response, char **ret_account, pps_error **err)
{
	char location[1024];
	const char *slash;

	if (!pps_http_header(response, "Location", location, sizeof location) || !*location)
		return pps_fail(err, PPS_E_FORMAT, "the server does not say who is logged in");
	slash = strrchr(location, '/');
	return (*ret_account = strdup(slash ? slash + 1 : location)) ? PPS_OK : pps_fail_nomem(err);
}

int pps_rucio_whoami(pps_rucio *rucio, char **ret_account, int64_t *ret_expires, pps_error **err)
{
	const pps_rucio_call call = { .method = "GET", .path = "/accounts/whoami" };
	_cleanup_http_response_ pps_http_response response = { 0 };
	pps_rucio_answer answer;
	int r;

	if (!rucio || !ret_account)
		return pps_fail(err, PPS_E_ARG, "pps_rucio_whoami: an argument is NULL");
	if ((r = pps_rucio_call_one(rucio, &call, &answer, &response, err)) < 0)
		return r;
	if (answer.status != 303 && answer.status != 302)
		return pps_rucio_answer_fail(&answer, err, "ask %s who is logged in", rucio->settings.url);
	if ((r = account_of(&response, ret_account, err)) < 0)
		return r;
	if (ret_expires)
		*ret_expires = rucio->expires;
	return PPS_OK;
}

int pps_rucio_clock(pps_rucio *rucio, int64_t *ret_tai, pps_error **err)
{
	const pps_rucio_call call = { .method = "GET", .path = "/ping", .deadline_ms = 30000 };
	_cleanup_http_response_ pps_http_response response = { 0 };
	int64_t tai;
	int r;

	if (!rucio || !ret_tai)
		return pps_fail(err, PPS_E_ARG, "pps_rucio_clock: an argument is NULL");
	if ((r = pps_rucio_exchange(rucio, &call, 0, NULL, 0, &response, err)) < 0)
		return pps_wrap(err, r, "clock of Rucio at %s", rucio->settings.url);
	if (!(tai = pps_http_date(&response)))
		return pps_fail(err, PPS_E_FORMAT, "Rucio at %s does not say what time it is: no header Date", rucio->settings.url);
	*ret_tai = tai;
	return PPS_OK;
}
