/* SPDX-License-Identifier: BSD-3-Clause */
/* A configuration from anywhere: every error has a place and they come in order; else it can be shown and asked. */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/conf.h"
#include "base/ctx.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void check_errors(const pps_conf *conf)
{
	char *text = NULL;

	if (!pps_conf_error_count(conf) || pps_conf_show(conf, &text, NULL) != PPS_E_CONFIG || pps_conf_get(conf, "state"))
		abort();
	for (size_t i = 0; i < pps_conf_error_count(conf); i++) {
		const pps_error *e = pps_conf_error_at(conf, i);

		if (pps_error_code(e) != PPS_E_CONFIG || !*pps_error_message(e))
			abort();
		if (pps_error_file(e) && pps_error_line(e) < 1)
			abort();
	}
}

static void check_raw(const pps_conf *conf)
{
	const pps_conf_raw *raw = pps_conf_raw_block(conf);

	if (!raw)
		return;
	if (!raw->source || !raw->ndestinations || !raw->dest_root || !raw->nqueries)
		abort();
	for (size_t i = 0; i < raw->ndestinations; i++)
		if (!raw->destinations[i].repository || !raw->destinations[i].uri_root || raw->destinations[i].repository == raw->source)
			abort();
	for (size_t i = 0; i < raw->nqueries; i++)
		if (!raw->queries[i].instrument || !raw->queries[i].where || raw->queries[i].embargo < 0 || !raw->queries[i].collections.n)
			abort();
}

static void check_usable(const pps_conf *conf)
{
	char *text = NULL;

	if (pps_conf_error_count(conf) || pps_conf_show(conf, &text, NULL) < 0 || !pps_conf_get(conf, "state") || !pps_conf_state(conf))
		abort();
	pps_free(text);
	for (size_t i = 0; i < pps_conf_repository_count(conf); i++) {
		const pps_conf_repository *repo = pps_conf_repository_at(conf, i);

		if (!repo->butler || !repo->from != (repo->transfer == PPS_TRANSFER_NONE))
			abort();
	}
	check_raw(conf);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	_cleanup_close_ int fd = memfd_create("conf", MFD_CLOEXEC);
	_cleanup_(pps_ctx_unrefp) pps_ctx *ctx = NULL;
	_cleanup_(pps_conf_unrefp) pps_conf *conf = NULL;
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	char path[64];
	int r;

	if (fd < 0 || write(fd, bytes, size) != (ssize_t)size || pps_ctx_new(&ctx, NULL) < 0)
		return 0;
	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	r = pps_conf_load(ctx, path, &conf, &err);
	if (r == PPS_OK)
		check_usable(conf);
	else if (r == PPS_E_CONFIG && conf)
		check_errors(conf);
	else
		abort();
	return 0;
}
