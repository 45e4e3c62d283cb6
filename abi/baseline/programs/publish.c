/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Does what is due for prompt products, once, and prints how many datasets are where. usage: publish PPS.YAML [NOW]
 *
 * NOW (ISO 8601, UTC) is for states that were made for replays. The state itself is a JSON document, for whoever has a
 * parser; a report is a row for each task and repository.
 */
#include <inttypes.h>
#include <stdio.h>

#include <pps/publish.h>

static int run(pps_publish *publish, pps_error **err)
{
	pps_publish_report *report = NULL;
	int r = pps_publish_run(publish, &report, err);

	for (size_t i = 0; r == PPS_OK && i < pps_publish_report_count(report); i++)
		printf("%s %s: %" PRId64 " done, %" PRId64 " failed, %" PRId64 " missing\n", pps_publish_report_task(report, i),
		       pps_publish_report_repository(report, i), pps_publish_report_number(report, i, PPS_PUBLISH_DONE),
		       pps_publish_report_number(report, i, PPS_PUBLISH_FAILED), pps_publish_report_number(report, i, PPS_PUBLISH_MISSING));
	if (r == PPS_OK) /* a repository that is down stops no other; what was due there is due later */
		fputs(pps_publish_report_down(report), stderr);
	pps_publish_report_free(report);
	return r;
}

static int print_status(pps_publish *publish, pps_error **err)
{
	char *json = NULL;
	int r = pps_publish_status(publish, &json, err);

	if (r == PPS_OK)
		printf("%s\n", json);
	pps_free(json);
	return r;
}

int main(int argc, char **argv)
{
	pps_error *err = NULL;
	pps_ctx *ctx = NULL;
	pps_conf *conf = NULL;
	pps_publish *publish = NULL;
	int r, retriable;

	if (argc < 2 || argc > 3) {
		fprintf(stderr, "usage: publish PPS.YAML [NOW]\n");
		return 2;
	}
	r = pps_ctx_new(&ctx, &err);
	if (r == PPS_OK)
		r = pps_conf_load(ctx, argv[1], &conf, &err);
	if (r == PPS_OK)
		r = pps_publish_open(ctx, conf, &publish, &err);
	if (r == PPS_OK && argc == 3)
		r = pps_publish_set(publish, "now", argv[2], &err);
	if (r == PPS_OK)
		r = run(publish, &err);
	if (r == PPS_OK)
		r = print_status(publish, &err);
	if (r < 0)
		fprintf(stderr, "publish: %s\n", pps_error_message(err));
	retriable = pps_error_is_retriable(err);
	pps_publish_unref(publish);
	pps_conf_unref(conf);
	pps_ctx_unref(ctx);
	pps_error_free(err);
	return retriable ? 4 : r < 0;
}
