/* SPDX-License-Identifier: BSD-3-Clause */
/* pps zip create|list|extract|verify */
#include <inttypes.h>

#include "commands.h"

const struct cli_option zip_extract_options[] = {
	{ "to", 't', "FOLDER", "where to write; default: the current folder" },
	{ NULL },
};

static json_t *json_report(const char *zip, const pps_zip_report *report)
{
	json_t *problems = json_array();

	for (size_t i = 0; i < pps_zip_report_problems(report); i++)
		json_array_append_new(problems, json_pack("{s:s, s:s}", "member", pps_zip_report_member(report, i), "problem",
							  pps_zip_report_problem(report, i)));
	return json_pack("{s:s, s:I, s:I, s:s, s:s, s:o}", "zip", zip, "members", (json_int_t)pps_zip_report_members(report), "size",
			 (json_int_t)pps_zip_report_size(report), "md5", pps_zip_report_md5(report), "adler32",
			 pps_zip_report_adler32(report), "problems", problems);
}

static int print_report(struct cli *cli, const char *zip, const pps_zip_report *report)
{
	size_t problems = pps_zip_report_problems(report);

	if (cli->json) {
		int code = cli_print_json(cli, json_report(zip, report));

		return problems ? EXIT_FAILED : code;
	}
	for (size_t i = 0; i < problems; i++)
		fprintf(stderr, "pps: %s%s%s: %s\n", zip, *pps_zip_report_member(report, i) ? ": " : "", pps_zip_report_member(report, i),
			pps_zip_report_problem(report, i));
	if (!problems)
		printf("%s: %zu members, %" PRIu64 " bytes, md5 %s, adler32 %s\n", zip, pps_zip_report_members(report),
		       pps_zip_report_size(report), pps_zip_report_md5(report), pps_zip_report_adler32(report));
	return problems ? EXIT_FAILED : EXIT_OK;
}

int command_zip_create(struct cli *cli)
{
	pps_zip_report *report = NULL;
	pps_error *err = NULL;
	int code;

	if (cli->dry_run) {
		pps_store *folder = NULL;
		pps_store_listing *list = NULL;

		if (pps_store_open(cli->ctx, cli->args[1], &folder, &err) < 0 || pps_store_list(folder, "", PPS_STORE_RECURSIVE, &list, &err) < 0)
			code = cli_fail(cli, err);
		else
			code = printf("%s: would have %zu members\n", cli->args[0], pps_store_listing_count(list)) < 0;
		pps_store_listing_free(list);
		pps_store_unref(folder);
		return code;
	}
	if (pps_zip_create(cli->ctx, cli->args[0], cli->args[1], &report, &err) < 0)
		return cli_fail(cli, err);
	code = print_report(cli, cli->args[0], report);
	pps_zip_report_free(report);
	return code;
}

static json_t *json_member(const pps_zip *zip, size_t i)
{
	char crc[9];

	snprintf(crc, sizeof crc, "%08" PRIx32, pps_zip_crc32(zip, i));
	return json_pack("{s:s, s:I, s:I, s:s, s:b}", "name", pps_zip_name(zip, i), "size", (json_int_t)pps_zip_size(zip, i), "packed",
			 (json_int_t)pps_zip_packed_size(zip, i), "crc32", crc, "stored", pps_zip_is_stored(zip, i));
}

int command_zip_list(struct cli *cli)
{
	pps_zip *zip = NULL;
	pps_error *err = NULL;
	int code = EXIT_OK;

	if (pps_zip_open(cli->ctx, cli->args[0], &zip, &err) < 0)
		return cli_fail(cli, err);
	if (cli->json) {
		json_t *members = json_array();

		for (size_t i = 0; i < pps_zip_count(zip); i++)
			json_array_append_new(members, json_member(zip, i));
		code = cli_print_json(cli, members);
	} else {
		for (size_t i = 0; i < pps_zip_count(zip); i++)
			printf("%12" PRIu64 "  %08" PRIx32 "  %s  %s\n", pps_zip_size(zip, i), pps_zip_crc32(zip, i),
			       pps_zip_is_stored(zip, i) ? "stored  " : "deflated", pps_zip_name(zip, i));
	}
	pps_zip_close(zip);
	return code;
}

int command_zip_extract(struct cli *cli)
{
	const char *to = cli_get(cli, "to");
	pps_zip *zip = NULL;
	pps_error *err = NULL;
	int code = EXIT_OK;

	if (pps_zip_open(cli->ctx, cli->args[0], &zip, &err) < 0)
		return cli_fail(cli, err);
	if (!cli->dry_run && pps_zip_extract(zip, to ? to : ".", (const char *const *)(cli->nargs > 1 ? cli->args + 1 : NULL),
					     (size_t)cli->nargs - 1, &err) < 0)
		code = cli_fail(cli, err);
	pps_zip_close(zip);
	return code;
}

int command_zip_verify(struct cli *cli)
{
	pps_zip_report *report = NULL;
	pps_zip *zip = NULL;
	pps_error *err = NULL;
	int code;

	if (pps_zip_open(cli->ctx, cli->args[0], &zip, &err) < 0 || pps_zip_verify(zip, &report, &err) < 0)
		code = cli_fail(cli, err);
	else
		code = print_report(cli, cli->args[0], report);
	pps_zip_report_free(report);
	pps_zip_close(zip);
	return code;
}
