/* SPDX-License-Identifier: BSD-3-Clause */
/* pps rucio whoami|register|list|check */
#include <inttypes.h>
#include <stdlib.h>

#include "commands.h"

const struct cli_option rucio_register_options[] = {
	{ "exposure", 'e', "ID", "one more exposure: obs id, or number" },
	{ "day-obs", 'd', "DAY", "all exposures of this observing day, such as 20251202" },
	{ NULL },
};

const struct cli_option rucio_list_options[] = {
	{ "files", 'f', NULL, "list files instead of datasets" },
	{ NULL },
};

const struct cli_option rucio_check_options[] = {
	{ "day-obs", 'd', "DAY", "only this observing day, such as 20251202" },
	{ "instrument", 'i', "NAME", "only this instrument; with --day-obs, by default that of raw.queries" },
	{ NULL },
};

/* The configuration, when there is one, or when it is @needed; NULL with *ret_code as it was when there is none. */
static pps_conf *load_config(struct cli *cli, int needed, int *ret_code)
{
	return needed || cli_config_path_if_any(cli) ? command_load_config(cli, ret_code) : NULL;
}

static pps_rucio *open_rucio(struct cli *cli, pps_conf **ret_conf, int needed, int *ret_code)
{
	pps_rucio *rucio = NULL;
	pps_error *err = NULL;

	*ret_code = EXIT_OK;
	*ret_conf = load_config(cli, needed, ret_code);
	if (*ret_code != EXIT_OK)
		return NULL;
	if (pps_rucio_open(cli->ctx, *ret_conf, &rucio, &err) == PPS_OK)
		return rucio;
	*ret_code = cli_fail(cli, err);
	*ret_conf = pps_conf_unref(*ret_conf);
	return NULL;
}

int command_rucio_whoami(struct cli *cli)
{
	char *account = NULL;
	pps_conf *conf = NULL;
	pps_error *err = NULL;
	int64_t expires = 0;
	int code;
	pps_rucio *rucio = open_rucio(cli, &conf, 0, &code);

	if (!rucio)
		return code;
	if (pps_rucio_whoami(rucio, &account, &expires, &err) < 0)
		code = cli_fail(cli, err);
	else if (cli->json)
		code = cli_print_json(cli, json_pack("{s:s, s:s, s:s, s:s, s:s, s:o}", "account", account, "server", pps_rucio_url(rucio), "auth_type",
						     pps_rucio_auth_type(rucio), "scope", pps_rucio_scope(rucio), "rse", pps_rucio_rse(rucio),
						     "expires_tai_ns", expires ? json_integer(expires) : json_null()));
	else
		printf("%s at %s, by %s\n", account, pps_rucio_url(rucio), pps_rucio_auth_type(rucio));
	pps_free(account);
	pps_rucio_unref(rucio);
	pps_conf_unref(conf);
	return code;
}

static json_t *json_report(const pps_rucio_report *report)
{
	json_t *rows = json_array();

	for (size_t i = 0; i < pps_rucio_report_count(report); i++)
		json_array_append_new(rows, json_pack("{s:s, s:s, s:s, s:I}", "name", pps_rucio_report_name(report, i), "status",
						      pps_rucio_status_name(pps_rucio_report_status(report, i)), "text",
						      pps_rucio_report_text(report, i), "size", (json_int_t)pps_rucio_report_size(report, i)));
	return json_pack("{s:i, s:o, s:I, s:I}", "schema_version", 1, "rows", rows, "count", (json_int_t)pps_rucio_report_count(report), "failed",
			 (json_int_t)pps_rucio_report_failed(report));
}

/* Exit 4 when all that failed was unavailable, else 1 when anything failed. */
static int report_code(const pps_rucio_report *report)
{
	int code = EXIT_OK;

	for (size_t i = 0; i < pps_rucio_report_count(report); i++) {
		int status = pps_rucio_report_status(report, i), one;

		if (status == PPS_RUCIO_OK || status == PPS_RUCIO_CHANGED)
			continue;
		one = pps_rucio_report_code(report, i) == PPS_OK ? EXIT_FAILED : pps_exit_code(pps_rucio_report_code(report, i));
		code = code == EXIT_OK || code == one ? one : EXIT_FAILED;
	}
	return code == EXIT_OK || code == EXIT_UNAVAILABLE ? code : EXIT_FAILED;
}

/* @only_bad: rows that are all right are counted, not listed, unless -v. */
static int print_report(struct cli *cli, const pps_rucio_report *report, const char *first, int only_bad)
{
	const char *const titles[] = { first, "status", "what" };
	size_t n = pps_rucio_report_count(report), rows = 0;
	const char **cells;
	int code = EXIT_OK;

	if (cli->json) {
		code = cli_print_json(cli, json_report(report));
		return code != EXIT_OK ? code : report_code(report);
	}
	if (!(cells = calloc(3 * n + 1, sizeof *cells)))
		return EXIT_UNAVAILABLE;
	for (size_t i = 0; i < n; i++) {
		if (only_bad && cli->verbosity <= 0 && pps_rucio_report_status(report, i) == PPS_RUCIO_OK)
			continue;
		cells[3 * rows] = pps_rucio_report_name(report, i);
		cells[3 * rows + 1] = pps_rucio_status_name(pps_rucio_report_status(report, i));
		cells[3 * rows++ + 2] = pps_rucio_report_text(report, i);
	}
	if (rows)
		cli_print_table(titles, 3, cells, rows);
	free(cells);
	if (only_bad || !n)
		printf("%zu of %zu agree\n", n - pps_rucio_report_failed(report), n);
	return report_code(report);
}

int command_rucio_register(struct cli *cli)
{
	const char *more[2] = { cli_get(cli, "exposure"), cli_get(cli, "day-obs") };
	const char **list = calloc((size_t)cli->nargs + 3, sizeof *list);
	pps_rucio_report *report = NULL;
	pps_conf *conf = NULL;
	pps_error *err = NULL;
	pps_rucio *rucio;
	size_t n = 0;
	int code;

	for (int i = 0; list && i < cli->nargs; i++)
		list[n++] = cli->args[i];
	for (int i = 0; list && i < 2; i++)
		if (more[i])
			list[n++] = more[i];
	if (!n) {
		free(list);
		return cli_usage(cli, "name zips or exposures, or an observing day with --day-obs");
	}
	if (!(rucio = open_rucio(cli, &conf, 1, &code))) {
		free(list);
		return code;
	}
	if (pps_rucio_register(rucio, conf, list, n, cli->dry_run ? PPS_RUCIO_DRY_RUN : 0, &report, &err) < 0)
		code = cli_fail(cli, err);
	else
		code = print_report(cli, report, "exposure", 0);
	pps_rucio_report_free(report);
	pps_rucio_unref(rucio);
	pps_conf_unref(conf);
	free(list);
	return code;
}

static json_t *json_entry(const pps_rucio_list *list, size_t i, int files)
{
	if (files)
		return json_pack("{s:s, s:I, s:s, s:s}", "name", pps_rucio_list_name(list, i), "size", (json_int_t)pps_rucio_list_size(list, i), "adler32",
				 pps_rucio_list_adler32(list, i), "md5", pps_rucio_list_md5(list, i));
	return json_pack("{s:s, s:b, s:I, s:I}", "name", pps_rucio_list_name(list, i), "open", pps_rucio_list_is_open(list, i) == 1, "files",
			 (json_int_t)pps_rucio_list_files(list, i), "size", (json_int_t)pps_rucio_list_size(list, i));
}

static int print_list(struct cli *cli, const pps_rucio_list *list, int files)
{
	json_t *rows;

	if (cli->json) {
		rows = json_array();
		for (size_t i = 0; i < pps_rucio_list_count(list); i++)
			json_array_append_new(rows, json_entry(list, i, files));
		return cli_print_json(cli, rows);
	}
	for (size_t i = 0; i < pps_rucio_list_count(list); i++) {
		const char *name = pps_rucio_list_name(list, i);

		if (files)
			printf("%14" PRIu64 "  %8s  %s\n", pps_rucio_list_size(list, i), pps_rucio_list_adler32(list, i), name);
		else
			printf("%-6s  %6" PRIu64 " files  %16" PRIu64 "  %s\n", pps_rucio_list_is_open(list, i) == 1 ? "open" : "closed",
			       pps_rucio_list_files(list, i), pps_rucio_list_size(list, i), name);
	}
	return EXIT_OK;
}

int command_rucio_list(struct cli *cli)
{
	int files = cli_has(cli, "files"), code;
	pps_rucio_list *list = NULL;
	pps_conf *conf = NULL;
	pps_error *err = NULL;
	pps_rucio *rucio = open_rucio(cli, &conf, 0, &code);

	if (!rucio)
		return code;
	if (pps_rucio_query(rucio, cli->nargs ? cli->args[0] : NULL, files ? PPS_RUCIO_FILE : PPS_RUCIO_DATASET, &list, &err) < 0)
		code = cli_fail(cli, err);
	else
		code = print_list(cli, list, files);
	pps_rucio_list_free(list);
	pps_rucio_unref(rucio);
	pps_conf_unref(conf);
	return code;
}

/* "INSTRUMENT/DAY", "INSTRUMENT" or ""; an argument says it as it is. */
static int choose_folder(struct cli *cli, const pps_conf *conf, char *folder, size_t room)
{
	const char *day = cli_get(cli, "day-obs"), *instrument = cli_get(cli, "instrument");

	if (cli->nargs && (day || instrument))
		return cli_usage(cli, "give a folder, or --day-obs and --instrument");
	if (day && !instrument && !(instrument = pps_conf_get(conf, "raw.queries.0.instrument")))
		return cli_usage(cli, "--day-obs needs --instrument");
	if (snprintf(folder, room, "%s%s%s", cli->nargs ? cli->args[0] : instrument ? instrument : "", day ? "/" : "", day ? day : "") >= (int)room)
		return cli_usage(cli, "the folder's name is too long");
	return EXIT_OK;
}

int command_rucio_check(struct cli *cli)
{
	pps_rucio_report *report = NULL;
	pps_conf *conf = NULL;
	pps_error *err = NULL;
	char folder[1024];
	int code;
	pps_rucio *rucio = open_rucio(cli, &conf, 1, &code);

	if (!rucio)
		return code;
	if ((code = choose_folder(cli, conf, folder, sizeof folder)) == EXIT_OK) {
		if (pps_rucio_check(rucio, conf, folder, &report, &err) < 0)
			code = cli_fail(cli, err);
		else
			code = print_report(cli, report, "file", 1);
	}
	pps_rucio_report_free(report);
	pps_rucio_unref(rucio);
	pps_conf_unref(conf);
	return code;
}
