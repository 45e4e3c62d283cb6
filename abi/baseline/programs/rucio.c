/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Who Rucio takes us for, and which datasets it knows. usage: rucio PPS.YAML [PATTERN]
 *
 * With "" for PPS.YAML the connection is made from the environment, as Rucio's own client does. PATTERN is a name with
 * '*' for any characters.
 */
#include <inttypes.h>
#include <stdio.h>

#include <pps/rucio.h>

static int print_account(pps_rucio *rucio, pps_error **err)
{
	char *account = NULL;
	int r = pps_rucio_whoami(rucio, &account, NULL, err); /* the first call logs in */

	if (r == PPS_OK)
		printf("%s at %s, scope %s\n", account, pps_rucio_url(rucio), pps_rucio_scope(rucio));
	pps_free(account);
	return r;
}

static int print_datasets(pps_rucio *rucio, const char *pattern, pps_error **err)
{
	pps_rucio_list *list = NULL;
	int r = pps_rucio_query(rucio, pattern, PPS_RUCIO_DATASET, &list, err);

	for (size_t i = 0; r == PPS_OK && i < pps_rucio_list_count(list); i++)
		printf("%s %" PRIu64 " files, %" PRIu64 " bytes, %s\n", pps_rucio_list_name(list, i), pps_rucio_list_files(list, i),
		       pps_rucio_list_size(list, i), pps_rucio_list_is_open(list, i) == 1 ? "open" : "closed");
	pps_rucio_list_free(list);
	return r;
}

int main(int argc, char **argv)
{
	pps_error *err = NULL;
	pps_ctx *ctx = NULL;
	pps_conf *conf = NULL;
	pps_rucio *rucio = NULL;
	int r, retriable;

	if (argc < 2 || argc > 3) {
		fprintf(stderr, "usage: rucio PPS.YAML [PATTERN]\n");
		return 2;
	}
	r = pps_ctx_new(&ctx, &err);
	if (r == PPS_OK && argv[1][0])
		r = pps_conf_load(ctx, argv[1], &conf, &err);
	if (r == PPS_OK)
		r = pps_rucio_open(ctx, conf, &rucio, &err);
	if (r == PPS_OK)
		r = print_account(rucio, &err);
	if (r == PPS_OK)
		r = print_datasets(rucio, argc > 2 ? argv[2] : NULL, &err);
	if (r < 0)
		fprintf(stderr, "rucio: %s\n", pps_error_message(err));
	retriable = pps_error_is_retriable(err); /* the server is down: worth another try later */
	pps_rucio_unref(rucio);
	pps_conf_unref(conf);
	pps_ctx_unref(ctx);
	pps_error_free(err);
	return retriable ? 4 : r < 0;
}
