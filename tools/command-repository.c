/* SPDX-License-Identifier: BSD-3-Clause */
/* pps repository prepare */
#include <string.h>

#include "commands.h"

const struct cli_option repository_prepare_options[] = {
	{ "from", 'f', "REPOSITORY", "that has the records" },
	{ "instrument", 'i', "NAME,...", "only these instruments; default: all that it has" },
	{ "skymap", 's', "NAME,...", "only these skymaps; default: all that it has" },
	{ NULL },
};

static const char *finding_name(int kind)
{
	return kind == PPS_FINDING_ADDED ? "added" : kind == PPS_FINDING_MISSING ? "missing" : kind == PPS_FINDING_DIFFERENT ? "different" : "other";
}

/* What is left out of a chain until it appears is no failure; what differs is. */
static int print_report(struct cli *cli, const pps_butler_report *report)
{
	json_t *findings = json_array();
	int code = EXIT_OK, r;

	for (size_t i = 0; i < pps_butler_report_count(report); i++) {
		int kind = pps_butler_report_kind(report, i);

		if (kind == PPS_FINDING_DIFFERENT)
			code = EXIT_FAILED;
		if (cli->json)
			json_array_append_new(findings, json_pack("{s:s, s:s}", "kind", finding_name(kind), "text", pps_butler_report_text(report, i)));
		else
			printf("%s%s  %s\n", cli->dry_run && kind == PPS_FINDING_ADDED ? "would be " : "", finding_name(kind),
			       pps_butler_report_text(report, i));
	}
	if (!cli->json) {
		json_decref(findings);
		return code;
	}
	r = cli_print_json(cli, json_pack("{s:I, s:o}", "records", (json_int_t)pps_butler_report_records_added(report), "findings", findings));
	return r == EXIT_OK ? code : r;
}

int command_repository_prepare(struct cli *cli)
{
	pps_butler_report *report = NULL;
	pps_error *err = NULL;
	pps_conf *conf;
	int code = EXIT_OK;

	if (!cli_get(cli, "from"))
		return cli_usage(cli, "--from REPOSITORY is needed: one that has the records");
	if (!(conf = command_load_config(cli, &code)))
		return code;
	if (pps_butler_prepare(cli->ctx, conf, cli->args[0], cli_get(cli, "from"), cli_get(cli, "instrument"), cli_get(cli, "skymap"),
			       cli->dry_run ? PPS_BUTLER_DRY_RUN : 0, &report, &err) < 0)
		code = cli_fail(cli, err);
	else
		code = print_report(cli, report);
	pps_butler_report_free(report);
	pps_conf_unref(conf);
	return code;
}
