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

static json_t *accept_raw(struct cli *cli, pps_conf *conf, const char *reason, int is_done, int *ret_code)
{
	int64_t sooner = 0, now = 0;
	pps_error *err = NULL;
	pps_raw *raw = NULL;
	json_t *json = NULL;

	if (pps_raw_open(cli->ctx, conf, &raw, &err) < 0 || pps_raw_set(raw, "dry_run", is_done ? "0" : "1", &err) < 0 ||
	    pps_raw_policy_accept(raw, reason, &sooner, &now, &err) < 0)
		*ret_code = cli_fail(cli, err);
	else
		json = json_pack("{s:I, s:I}", "sooner", (json_int_t)sooner, "now", (json_int_t)now);
	pps_raw_unref(raw);
	return json;
}

static json_t *accept_publish(struct cli *cli, pps_conf *conf, const char *reason, int is_done, int *ret_code)
{
	pps_publish *publish = NULL;
	pps_error *err = NULL;
	char who[160], *text = NULL;
	json_t *json = NULL;

	command_who(who, sizeof who);
	if (pps_publish_open(cli->ctx, conf, &publish, &err) < 0 || pps_publish_set(publish, "dry_run", is_done ? "0" : "1", &err) < 0 ||
	    pps_publish_policy_accept(publish, reason, who, &text, &err) < 0)
		*ret_code = cli_fail(cli, err);
	else
		json = json_loads(text, 0, NULL);
	pps_free(text);
	pps_publish_unref(publish);
	return json;
}

static int64_t number(const json_t *json, const char *key)
{
	return json_integer_value(json_object_get(json, key));
}

static void print_tasks(const json_t *publish)
{
	static const char *const tasks[][2] = { { "copy", "copied" }, { "publish", "published" }, { "expire", "expired" }, { "delete", "deleted" } };

	for (size_t i = 0; i < sizeof tasks / sizeof tasks[0]; i++)
		printf("%" PRId64 " prompt products are %s sooner, %" PRId64 " of them at once\n", number(json_object_get(publish, "sooner"), tasks[i][0]),
		       tasks[i][1], number(json_object_get(publish, "now"), tasks[i][0]));
}

/* Takes @raw and @publish, either may be NULL. */
static int print_accepted(struct cli *cli, int is_done, json_t *raw, json_t *publish)
{
	json_t *all;

	if (cli->json) {
		all = raw ? raw : json_object();
		json_object_set_new(all, "accepted", json_boolean(is_done));
		if (publish)
			json_object_set_new(all, "publish", publish);
		return cli_print_json(cli, all);
	}
	if (cli->verbosity >= 0) {
		if (raw)
			printf("%" PRId64 " exposures leave sooner than by the policy in force, %" PRId64 " of them at once\n", number(raw, "sooner"),
			       number(raw, "now"));
		if (publish)
			print_tasks(publish);
		printf("%s\n", is_done ? "accepted" : "nothing was changed: --yes accepts it");
	}
	json_decref(raw);
	json_decref(publish);
	return EXIT_OK;
}

int command_config_accept(struct cli *cli)
{
	const char *reason = cli_get(cli, "reason");
	int code = EXIT_OK, is_done = cli->yes && !cli->dry_run, has_raw;
	json_t *raw = NULL, *publish = NULL;
	pps_conf *conf;

	if (!reason || !*reason)
		return cli_usage(cli, "--reason is needed");
	if (!(conf = command_load_config(cli, &code)))
		return code;
	has_raw = pps_conf_get(conf, "raw.source") != NULL;
	if (has_raw || !pps_conf_get(conf, "policies.0.embargo_hours"))
		raw = accept_raw(cli, conf, reason, is_done, &code);
	if (code == EXIT_OK && pps_conf_get(conf, "policies.0.embargo_hours"))
		publish = accept_publish(cli, conf, reason, is_done, &code);
	pps_conf_unref(conf);
	if (code == EXIT_OK)
		return print_accepted(cli, is_done, raw, publish);
	json_decref(raw);
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
