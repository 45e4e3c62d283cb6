/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Packs a folder into a zip, with limits, log, progress and Ctrl-C. usage: ctx FOLDER ZIP
 *
 * Shows what a context is for: it carries where events and progress go, how much memory and how many threads one call
 * may take, and the flag that ends all of them.
 */
#define _POSIX_C_SOURCE 200809L
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>

#include <pps/zip.h>

static pps_ctx *running; /* for the signal handler; set before the handler is */

static void stop(int signal)
{
	(void)signal;
	pps_ctx_cancel(running); /* the one function of libpps that a signal handler may call */
}

/* May come on a thread of the library; stdio locks by itself. */
static void say(int level, const char *event, size_t nfields, const char *const *fields, void *user)
{
	(void)user;
	fprintf(stderr, "<%d> %s", level, event);
	for (size_t i = 0; i < nfields; i++)
		fprintf(stderr, " %s=%s", fields[2 * i], fields[2 * i + 1]);
	fputc('\n', stderr);
}

static void show(const char *what, uint64_t done, uint64_t total, const char *unit, void *user)
{
	(void)user;
	if (total)
		fprintf(stderr, "%s: %" PRIu64 " of %" PRIu64 " %s\n", what, done, total, unit);
	else
		fprintf(stderr, "%s: %" PRIu64 " %s\n", what, done, unit);
}

/* Callbacks and limits are set before anything uses the context. */
static int set_up(pps_ctx *ctx, pps_error **err)
{
	struct sigaction action = { .sa_handler = stop };
	int r;

	pps_ctx_set_log(ctx, PPS_LOG_INFO, say, NULL);
	pps_ctx_set_progress(ctx, show, NULL);
	r = pps_ctx_set_memory(ctx, UINT64_C(64) << 20, err);
	if (r == PPS_OK)
		r = pps_ctx_set_threads(ctx, 2, err);
	running = ctx;
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	return r;
}

int main(int argc, char **argv)
{
	pps_error *err = NULL;
	pps_ctx *ctx = NULL;
	pps_zip_report *report = NULL;
	int r;

	if (argc != 3) {
		fprintf(stderr, "usage: ctx FOLDER ZIP\n");
		return 2;
	}
	r = pps_ctx_new(&ctx, &err);
	if (r == PPS_OK)
		r = set_up(ctx, &err);
	if (r == PPS_OK)
		r = pps_zip_create(ctx, argv[2], argv[1], &report, &err);
	if (r == PPS_OK)
		printf("%zu members, %" PRIu64 " bytes, md5 %s\n", pps_zip_report_members(report), pps_zip_report_size(report),
		       pps_zip_report_md5(report));
	else
		fprintf(stderr, "ctx: %s\n", pps_error_message(err));

	/* All of these take NULL, so that one end serves however far it came. The handler must not see a context that is gone. */
	signal(SIGINT, SIG_DFL);
	signal(SIGTERM, SIG_DFL);
	pps_zip_report_free(report);
	pps_ctx_unref(ctx);
	pps_error_free(err);
	return r == PPS_E_CANCELLED ? 130 : r < 0;
}
