/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Verifies the ledger of a state database, and prints its head. usage: state PPS.YAML
 *
 * The ledger is a chain of hashes, which shows every change by hand except that its end was cut off. So let cron keep what
 * this prints on another machine, a line a day: the number never gets smaller, and an old pair never another hash.
 */
#include <inttypes.h>
#include <stdio.h>

#include <pps/state.h>

static int print_head(pps_state *state, pps_error **err)
{
	char *hash = NULL;
	int64_t seq = 0, count = 0;
	int r = pps_state_ledger_verify(state, &count, err); /* PPS_E_CONFLICT: somebody changed it */

	if (r == PPS_OK)
		r = pps_state_ledger_head(state, &seq, &hash, err);
	if (r == PPS_OK)
		printf("%" PRId64 " %s\n", seq, hash);
	pps_free(hash);
	return r;
}

int main(int argc, char **argv)
{
	pps_error *err = NULL;
	pps_ctx *ctx = NULL;
	pps_conf *conf = NULL;
	pps_state *state = NULL;
	int r;

	if (argc != 2) {
		fprintf(stderr, "usage: state PPS.YAML\n");
		return 2;
	}
	r = pps_ctx_new(&ctx, &err);
	if (r == PPS_OK)
		r = pps_conf_load(ctx, argv[1], &conf, &err);
	if (r == PPS_OK)
		r = pps_state_open(ctx, conf, &state, &err);
	if (r == PPS_OK)
		r = print_head(state, &err);
	if (r < 0)
		fprintf(stderr, "state: %s\n", pps_error_message(err));
	pps_state_unref(state);
	pps_conf_unref(conf);
	pps_ctx_unref(ctx);
	pps_error_free(err);
	return r < 0;
}
