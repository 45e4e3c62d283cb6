/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Opens the state database of a configuration, patiently, and says all that is known of a failure. usage: error PPS.YAML
 *
 * Shows what a program does with an error: it shows the message, which tells the whole story; it acts on the code, of which
 * there are few, each an action; and it tries again only what may pass by itself.
 */
#define _POSIX_C_SOURCE 200809L
#include <stdio.h>
#include <time.h>

#include <pps/state.h>

enum { TRIES = 3 };

/* The exit code for an error: what whoever started the program can do about it. */
static int action_for(const pps_error *err)
{
	if (pps_error_is_retriable(err))
		return 4;
	switch (pps_error_code(err)) {
	case PPS_OK:
		return 0;
	case PPS_E_ARG:
		return 2;
	case PPS_E_CONFIG:
		return 3;
	case PPS_E_CANCELLED:
		return 130;
	case PPS_E_INTERNAL:
		return 70;
	default: /* this, and codes of later versions */
		return 1;
	}
}

static void describe(const pps_error *err)
{
	fprintf(stderr, "error: %s\n", pps_error_message(err));
	fprintf(stderr, "  code %s\n", pps_error_code_name(pps_error_code(err)));
	if (pps_error_file(err))
		fprintf(stderr, "  place %s:%d:%d\n", pps_error_file(err), pps_error_line(err), pps_error_column(err));
	if (pps_error_errno(err))
		fprintf(stderr, "  errno %d\n", pps_error_errno(err));
	if (pps_error_sqlstate(err)[0])
		fprintf(stderr, "  SQLSTATE %s\n", pps_error_sqlstate(err));
}

/* What may pass by itself is tried again, a few times, after growing waits. */
static int open_patiently(pps_ctx *ctx, const pps_conf *conf, pps_state **ret_state, pps_error **err)
{
	for (int try = 1;; try++) {
		struct timespec wait = { .tv_sec = try };
		int r = pps_state_open(ctx, conf, ret_state, err);

		if (r == PPS_OK || try == TRIES || !pps_error_is_retriable(*err))
			return r;
		fprintf(stderr, "again in %d s: %s\n", try, pps_error_message(*err));
		pps_error_free(*err); /* `err` must point at NULL in the next call */
		*err = NULL;
		nanosleep(&wait, NULL);
	}
}

int main(int argc, char **argv)
{
	pps_error *err = NULL;
	pps_ctx *ctx = NULL;
	pps_conf *conf = NULL;
	pps_state *state = NULL;
	int r, code;

	if (argc != 2) {
		fprintf(stderr, "usage: error PPS.YAML\n");
		return 2;
	}
	r = pps_ctx_new(&ctx, &err);
	if (r == PPS_OK)
		r = pps_conf_load(ctx, argv[1], &conf, &err);
	if (r == PPS_OK)
		r = open_patiently(ctx, conf, &state, &err);
	if (r == PPS_OK)
		printf("%s\n", pps_state_database(state));
	else
		describe(err);
	code = action_for(err);
	pps_state_unref(state);
	pps_conf_unref(conf);
	pps_ctx_unref(ctx);
	pps_error_free(err);
	return code;
}
