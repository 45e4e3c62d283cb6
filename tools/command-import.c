/* SPDX-License-Identifier: BSD-3-Clause */
/* pps import */
#include <inttypes.h>
#include <string.h>

#include "commands.h"

const struct cli_option import_options[] = {
	{ "repo", 'r', "REPOSITORY", "a name of the configuration, an alias, or a path" },
	{ "uri", 'u', "URI", "under which readers reach the zip; default: that of ZIP" },
	{ "follow", 'f', NULL, "stay: import what Rucio's events tell of (import.topics)" },
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

static void print_outcome(struct cli *cli, const pps_raw_import *import)
{
	const char *status = pps_raw_import_status_name(pps_raw_import_status(import)), *reason = pps_raw_import_reason(import);
	json_int_t datasets = pps_raw_import_count(import, PPS_RAW_IMPORT_DATASETS), ingested = pps_raw_import_count(import, PPS_RAW_IMPORT_INGESTED);
	json_int_t records = pps_raw_import_count(import, PPS_RAW_IMPORT_RECORDS), different = pps_raw_import_count(import, PPS_RAW_IMPORT_DIFFERENT);

	if (cli->json) {
		cli_print_line(json_pack("{s:s, s:s, s:s, s:s, s:I, s:I, s:I, s:I, s:s}", "status", status, "zip", pps_raw_import_zip(import), "yaml",
					 pps_raw_import_yaml(import), "repository", pps_raw_import_repository(import), "datasets", datasets, "ingested",
					 ingested, "records", records, "different", different, "reason", reason));
		return;
	}
	printf("%s  %s", status, pps_raw_import_zip(import));
	if (*pps_raw_import_yaml(import))
		printf("  %s: %" PRId64 " of %" PRId64 " datasets, %" PRId64 " dimension records", pps_raw_import_repository(import), (int64_t)ingested,
		       (int64_t)datasets, (int64_t)records);
	if (different)
		printf(", %" PRId64 " there with other content", (int64_t)different);
	printf("%s%s\n", *reason ? "  " : "", reason);
	fflush(stdout);
}

/* Until a signal: that is how following ends. */
static int follow(struct cli *cli)
{
	pps_raw_import *import = NULL;
	pps_error *err = NULL;
	int code = EXIT_OK, r;
	pps_conf *conf;

	if (cli->nargs || cli_get(cli, "repo") || cli->dry_run)
		return cli_usage(cli, "--follow takes what import.topics says: neither a ZIP, nor --repo, nor --dry-run");
	if (!(conf = command_load_config(cli, &code)))
		return code;
	r = pps_raw_import_open(cli->ctx, conf, &import, &err);
	pps_conf_unref(conf);
	while (r >= 0 && (r = pps_raw_import_next(import, 1000, &err)) >= 0)
		if (r)
			print_outcome(cli, import);
	if (r == PPS_E_CANCELLED)
		pps_error_free(err);
	else
		code = cli_fail(cli, err);
	pps_raw_import_unref(import);
	return code;
}

int command_import(struct cli *cli)
{
	const char *repo = cli_get(cli, "repo"), *yaml = cli->nargs > 1 ? cli->args[1] : NULL;
	pps_butler_report *report = NULL;
	pps_error *err = NULL;
	pps_butler *butler;
	int code = EXIT_OK;

	if (cli_has(cli, "follow"))
		return follow(cli);
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
