/* SPDX-License-Identifier: BSD-3-Clause */
/* pps import */
#include <inttypes.h>
#include <string.h>

#include "commands.h"

const struct cli_option import_options[] = {
	{ "repo", 'r', "REPOSITORY", "a name of the configuration, an alias, or a path" },
	{ "uri", 'u', "URI", "under which readers reach the zip; default: that of ZIP" },
	{ NULL },
};

static json_t *json_differences(const pps_butler_report *report)
{
	json_t *list = json_array();

	for (size_t i = 0; i < pps_butler_report_count(report); i++)
		if (pps_butler_report_kind(report, i) == PPS_FINDING_DIFFERENT)
			json_array_append_new(list, json_string(pps_butler_report_text(report, i)));
	return list;
}

/* Findings without a dataset are about the runs' summaries. */
static int count_ingested(const pps_butler_report *report)
{
	int n = 0;

	for (size_t i = 0; i < pps_butler_report_count(report); i++)
		n += pps_butler_report_kind(report, i) == PPS_FINDING_MISSING && *pps_butler_report_dataset(report, i);
	return n;
}

static int print_import(struct cli *cli, const char *zip, const pps_butler_report *report)
{
	int64_t records = pps_butler_report_records_added(report), different = pps_butler_report_records_different(report);
	int datasets = count_ingested(report);
	const char *status = !datasets && !records ? "already there" : cli->dry_run ? "would import" : "imported";

	if (cli->json)
		return cli_print_json(cli, json_pack("{s:s, s:s, s:s, s:I, s:i, s:I, s:o, s:b}", "zip", zip, "yaml", pps_butler_report_yaml(report), "status",
						     status, "datasets", (json_int_t)pps_butler_report_dataset_count(report), "ingested", datasets,
						     "records", (json_int_t)records, "different", json_differences(report), "dry_run", cli->dry_run));
	if (cli->verbosity >= 0)
		printf("%s: %s: %d of %zu datasets, %" PRId64 " dimension records\n", zip, status, datasets, pps_butler_report_dataset_count(report),
		       records);
	for (size_t i = 0; i < pps_butler_report_count(report); i++)
		if (pps_butler_report_kind(report, i) == PPS_FINDING_DIFFERENT)
			fprintf(stderr, "pps: %s\n", pps_butler_report_text(report, i));
	if (different)
		fprintf(stderr, "pps: %" PRId64 " dimension records are there with other content; they were left alone\n", different);
	return EXIT_OK;
}

int command_import(struct cli *cli)
{
	const char *repo = cli_get(cli, "repo"), *yaml = cli->nargs > 1 ? cli->args[1] : NULL;
	pps_butler_report *report = NULL;
	pps_error *err = NULL;
	pps_butler *butler;
	int code = EXIT_OK;

	if (cli->nargs < 1 || !repo)
		return cli_usage(cli, cli->nargs < 1 ? "a ZIP is needed" : "--repo is needed");
	if (!(butler = command_open_butler(cli, repo, cli->dry_run ? PPS_BUTLER_READ : PPS_BUTLER_WRITE, &code)))
		return code;
	if (pps_butler_import_zip(butler, cli->args[0], yaml, cli_get(cli, "uri"), cli->dry_run ? PPS_BUTLER_DRY_RUN : 0, &report, &err) < 0) {
		code = cli_fail(cli, err);
	} else {
		code = print_import(cli, cli->args[0], report);
		if (code == EXIT_OK && pps_butler_report_records_different(report))
			code = EXIT_FAILED;
	}
	pps_butler_report_free(report);
	pps_butler_unref(butler);
	return code;
}
