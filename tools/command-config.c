/* SPDX-License-Identifier: BSD-3-Clause */
/* pps config check|show|accept, pps init */
#include <inttypes.h>
#include <string.h>

#include "commands.h"

const struct cli_option config_accept_options[] = {
	{ "reason", 'r', "TEXT", "why; needed" },
	{ NULL },
};

static json_t *json_place(const pps_error *e)
{
	return json_pack("{s:s, s:s?, s:i, s:i}", "message", pps_error_message(e), "file", pps_error_file(e), "line", pps_error_line(e),
			 "column", pps_error_column(e));
}

static int print_errors(struct cli *cli, const char *path, const pps_conf *conf)
{
	json_t *errors = json_array();

	for (size_t i = 0; conf && i < pps_conf_error_count(conf); i++)
		json_array_append_new(errors, json_place(pps_conf_error_at(conf, i)));
	return cli_print_json(cli, json_pack("{s:s, s:b, s:o}", "file", path, "ok", json_array_size(errors) == 0, "errors", errors));
}

int command_config_check(struct cli *cli)
{
	const char *path = cli_config_path(cli);
	pps_error *err = NULL;
	pps_conf *conf = NULL;
	int code = EXIT_OK;

	if (!path)
		return EXIT_CONFIG;
	if (pps_conf_load(cli->ctx, path, &conf, &err) < 0) {
		if (!conf || !pps_conf_error_count(conf)) {
			code = cli_fail(cli, err);
			return code == EXIT_FAILED ? EXIT_CONFIG : code;
		}
		pps_error_free(err);
		code = EXIT_CONFIG;
	}
	if (cli->json)
		print_errors(cli, path, conf);
	else if (code == EXIT_OK)
		printf("%s: ok\n", path);
	for (size_t i = 0; !cli->json && i < pps_conf_error_count(conf); i++)
		fprintf(stderr, "pps: %s\n", pps_error_message(pps_conf_error_at(conf, i)));
	pps_conf_unref(conf);
	return code;
}

int command_config_show(struct cli *cli)
{
	int code = EXIT_OK;
	pps_conf *conf = command_load_config(cli, &code);
	pps_error *err = NULL;
	char *text = NULL;

	if (!conf)
		return code;
	if (pps_conf_show(conf, &text, &err) < 0)
		code = cli_fail(cli, err);
	else
		printf("%s%s", text, text[0] && text[strlen(text) - 1] == '\n' ? "" : "\n");
	pps_free(text);
	pps_conf_unref(conf);
	return code;
}

static int print_accepted(struct cli *cli, int is_done, int64_t sooner, int64_t now)
{
	if (cli->json)
		return cli_print_json(cli, json_pack("{s:b, s:I, s:I}", "accepted", is_done, "sooner", (json_int_t)sooner, "now", (json_int_t)now));
	if (cli->verbosity < 0)
		return EXIT_OK;
	printf("%" PRId64 " exposures leave sooner than by the policy in force, %" PRId64 " of them at once\n", sooner, now);
	printf("%s\n", is_done ? "accepted" : "nothing was changed: --yes accepts it");
	return EXIT_OK;
}

int command_config_accept(struct cli *cli)
{
	const char *reason = cli_get(cli, "reason");
	int code = EXIT_OK, is_done = cli->yes && !cli->dry_run;
	int64_t sooner = 0, now = 0;
	pps_error *err = NULL;
	pps_raw *raw = NULL;
	pps_conf *conf;

	if (!reason || !*reason)
		return cli_usage(cli, "--reason is needed");
	if (!(conf = command_load_config(cli, &code)))
		return code;
	if (pps_raw_open(cli->ctx, conf, &raw, &err) < 0 || pps_raw_set(raw, "dry_run", is_done ? "0" : "1", &err) < 0 ||
	    pps_raw_policy_accept(raw, reason, &sooner, &now, &err) < 0)
		code = cli_fail(cli, err);
	else
		code = print_accepted(cli, is_done, sooner, now);
	pps_raw_unref(raw);
	pps_conf_unref(conf);
	return code;
}

int command_init(struct cli *cli)
{
	int code = EXIT_OK, applied = 0, is_replay = cli_has(cli, "replay");
	pps_conf *conf = command_load_config(cli, &code);
	pps_error *err = NULL;
	pps_state *state = NULL;

	if (!conf)
		return code;
	if (cli->dry_run) {
		if (pps_state_open(cli->ctx, conf, &state, &err) < 0)
			fprintf(stderr, "pps: would make or upgrade it: %s\n", pps_error_message(err));
		pps_error_free(err);
	} else if (pps_state_init(cli->ctx, conf, is_replay ? PPS_STATE_REPLAY : 0, &applied, &err) < 0 ||
		   (is_replay && pps_publish_mark_replay(cli->ctx, conf, &err) < 0) || pps_state_open(cli->ctx, conf, &state, &err) < 0) {
		code = cli_fail(cli, err);
	}
	if (state && cli->json)
		code = cli_print_json(cli, json_pack("{s:s, s:i, s:i}", "state", pps_state_database(state), "version", pps_state_version(state),
						     "applied", applied));
	else if (state && cli->verbosity >= 0)
		printf("%s: %s, version %d\n", pps_state_database(state), applied ? "ready" : "up to date", pps_state_version(state));
	pps_state_unref(state);
	pps_conf_unref(conf);
	return code;
}
