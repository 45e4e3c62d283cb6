/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Takes raw exposures out of embargo, once. usage: raw PPS.YAML [DAY_OBS]
 *
 * What cron may run every few minutes. Another run at the same time is waited for, a minute; SIGINT and SIGTERM end this one
 * where the next goes on. Exit code: 0 all well, 1 an exposure failed, 4 try again later, 130 interrupted.
 */
#define _POSIX_C_SOURCE 200809L
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>

#include <pps/raw.h>
#include <pps/state.h>

static pps_ctx *running; /* for the signal handler */

static void stop(int signal)
{
	(void)signal;
	pps_ctx_cancel(running);
}

static int set_up(pps_ctx **ctx, pps_error **err)
{
	struct sigaction action = { .sa_handler = stop };
	int r = pps_ctx_new(ctx, err);

	if (r == PPS_OK) {
		pps_ctx_set_wait(*ctx, 60);
		running = *ctx;
		sigaction(SIGINT, &action, NULL);
		sigaction(SIGTERM, &action, NULL);
	}
	return r;
}

static void print_report(const pps_raw_report *report)
{
	for (size_t i = 0; i < pps_raw_report_count(report); i++) {
		printf("%s %" PRId64 " %s", pps_raw_report_obs_id(report, i), pps_raw_report_exposure(report, i),
		       pps_raw_status_name(pps_raw_report_status(report, i)));
		if (pps_raw_report_status(report, i) == PPS_RAW_DONE)
			printf(" %s %" PRIu64 " bytes, md5 %s\n", pps_raw_report_zip(report, i), pps_raw_report_size(report, i),
			       pps_raw_report_md5(report, i));
		else
			printf(": %s\n", pps_raw_report_reason(report, i));
	}
}

int main(int argc, char **argv)
{
	pps_error *err = NULL;
	pps_ctx *ctx = NULL;
	pps_conf *conf = NULL;
	pps_raw *raw = NULL;
	pps_raw_report *report = NULL;
	int r, code;

	if (argc < 2 || argc > 3) {
		fprintf(stderr, "usage: raw PPS.YAML [DAY_OBS]\n");
		return 2;
	}
	r = set_up(&ctx, &err);
	if (r == PPS_OK)
		r = pps_conf_load(ctx, argv[1], &conf, &err);
	if (r == PPS_OK)
		r = pps_state_init(ctx, conf, 0, NULL, &err); /* makes what is missing; again it changes nothing */
	if (r == PPS_OK)
		r = pps_raw_open(ctx, conf, &raw, &err);
	if (r == PPS_OK && argc == 3)
		r = pps_raw_set(raw, "day_obs", argv[2], &err);
	if (r == PPS_OK)
		r = pps_raw_run(raw, &report, &err);
	if (r == PPS_OK)
		print_report(report); /* an exposure that failed stopped no other, and is a row */
	else
		fprintf(stderr, "raw: %s\n", pps_error_message(err));
	if (r == PPS_OK)
		code = pps_raw_report_failed(report) > 0;
	else
		code = r == PPS_E_CANCELLED ? 130 : pps_error_is_retriable(err) ? 4 : 1;
	signal(SIGINT, SIG_DFL); /* the handler must not see a context that is gone */
	signal(SIGTERM, SIG_DFL);
	pps_raw_report_free(report);
	pps_raw_unref(raw);
	pps_conf_unref(conf);
	pps_ctx_unref(ctx);
	pps_error_free(err);
	return code;
}
