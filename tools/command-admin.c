/* SPDX-License-Identifier: BSD-3-Clause */
/* pps hold|unhold|pin|unpin|expire|retry|reverify, pps notify status|retry */
#include <inttypes.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "commands.h"

#define CHOICE                                                                            \
	{ "type", 't', "GLOB", "datasets of these dataset types" },                       \
	{ "run", 0, "GLOB", "datasets of these runs" },                                   \
	{ "origin", 'o', "NAME", "datasets of this origin" },                             \
	{ "visit", 0, "N", "datasets of this visit or exposure" },                        \
	{ "day-obs", 'd', "DAY", "datasets of this observing day, such as 20251202" },    \
	{ "failed", 'f', NULL, "datasets whose last try failed" },                        \
	{ "reason", 'r', "TEXT", "why; needed" }

const struct cli_option admin_options[] = { CHOICE, { NULL } };

const struct cli_option notify_retry_options[] = {
	{ "reason", 'r', "TEXT", "why; needed" },
	{ NULL },
};

void command_who(char *who, size_t size)
{
	const struct passwd *user = getpwuid(geteuid());
	char host[64] = "";

	gethostname(host, sizeof host - 1);
	if (user)
		snprintf(who, size, "%s@%s", user->pw_name, host);
	else
		snprintf(who, size, "%ld@%s", (long)geteuid(), host);
}

/* ---- datasets ---- */

static int set_choice(struct cli *cli, pps_publish *publish, pps_error **err)
{
	static const char *const keys[][2] = { { "type", "type" }, { "run", "run" }, { "origin", "origin" }, { "visit", "visit" }, { "day-obs", "day_obs" } };
	int r = PPS_OK;

	for (size_t i = 0; r == PPS_OK && i < sizeof keys / sizeof keys[0]; i++)
		if (cli_get(cli, keys[i][0]))
			r = pps_publish_set(publish, keys[i][1], cli_get(cli, keys[i][0]), err);
	if (r == PPS_OK && cli_has(cli, "failed"))
		r = pps_publish_set(publish, "failed", "1", err);
	return r;
}

static int64_t number(const json_t *report, const char *key)
{
	return json_integer_value(json_object_get(report, key));
}

static void print_command(struct cli *cli, const json_t *report)
{
	const json_t *types = json_object_get(report, "types"), *standing = json_object_get(report, "standing"), *n, *one;
	const char *verb = cli->command->name, *type;
	size_t i;

	if (cli->verbosity < 0)
		return;
	json_object_foreach((json_t *)types, type, n)
		printf("%s: %" JSON_INTEGER_FORMAT "\n", type, json_integer_value(n));
	printf("%s: %" PRId64 " of %" PRId64 " datasets%s\n", verb, number(report, "changed"), number(report, "chosen"),
	       cli->dry_run ? " would change" : "");
	if (standing)
		printf("%s\n", !json_is_true(standing) ? "there was no such hold on what comes later" :
			       cli->dry_run ? "and what comes later" : strcmp(verb, "hold") == 0 ? "what comes later is held too" : "what comes later is no longer held");
	json_array_foreach(json_object_get(report, "under_way"), i, one)
		printf("under way before: %s %s, %" JSON_INTEGER_FORMAT " datasets\n", json_string_value(json_object_get(one, "task")),
		       json_string_value(json_object_get(one, "repository")), json_integer_value(json_object_get(one, "n")));
}

static int report_command(struct cli *cli, const char *text)
{
	json_t *report = json_loads(text, 0, NULL), *id;
	int code = EXIT_OK;
	size_t i;

	if (!report)
		return EXIT_FAILED;
	if (cli->json)
		code = cli_print_json(cli, json_incref(report));
	else
		print_command(cli, report);
	json_array_foreach(json_object_get(report, "not_found"), i, id) {
		fprintf(stderr, "pps: the state does not know %s\n", json_string_value(id));
		code = code == EXIT_OK ? EXIT_FAILED : code;
	}
	json_decref(report);
	return code;
}

int command_admin(struct cli *cli)
{
	const char *reason = cli_get(cli, "reason"), *verb = cli->command->name;
	int code = EXIT_OK, shown = 0;
	pps_publish *publish;
	pps_error *err = NULL;
	char who[160], *text = NULL;

	if (!reason || !*reason)
		return cli_usage(cli, "--reason is needed");
	/* what cannot be undone is asked for in so many words */
	if (!strcmp(verb, "expire") && !cli->yes)
		shown = cli->dry_run = 1;
	if (!(publish = command_open_publish(cli, &code)))
		return code;
	command_who(who, sizeof who);
	if (set_choice(cli, publish, &err) < 0 ||
	    pps_publish_command(publish, verb, (const char *const *)cli->args, (size_t)cli->nargs, reason, who, &text, &err) < 0)
		code = cli_fail(cli, err);
	else
		code = report_command(cli, text);
	if (text && shown && !cli->json && cli->verbosity >= 0)
		printf("nothing was changed: --yes withdraws them\n");
	pps_free(text);
	pps_publish_unref(publish);
	return code;
}

/* ---- notices ---- */

static void print_destinations(const json_t *report)
{
	const json_t *list = json_object_get(report, "destinations"), *one;
	size_t i;

	if (!json_array_size(list))
		printf("nobody is told: there is no block notify\n");
	json_array_foreach(list, i, one) {
		const char *error = json_string_value(json_object_get(one, "error")), *given_up = json_string_value(json_object_get(one, "given_up"));

		printf("%s: %" PRId64 " of %" PRId64 " delivered", json_string_value(json_object_get(one, "destination")), number(one, "seq"),
		       number(report, "last"));
		if (given_up)
			printf(", given up at %s", given_up);
		if (number(one, "lost"))
			printf(", %" PRId64 " are no longer kept", number(one, "lost"));
		printf("%s%s\n", error && *error ? "; " : "", error ? error : "");
	}
}

int command_notify_status(struct cli *cli)
{
	return command_show_publish(cli, pps_publish_notices, print_destinations);
}

int command_notify_retry(struct cli *cli)
{
	const char *reason = cli_get(cli, "reason");
	int code = EXIT_OK;
	pps_publish *publish;
	pps_error *err = NULL;
	char who[160];

	if (!reason || !*reason)
		return cli_usage(cli, "--reason is needed");
	if (!(publish = command_open_publish(cli, &code)))
		return code;
	command_who(who, sizeof who);
	if (!cli->dry_run && pps_publish_notices_retry(publish, cli->args[0], reason, who, &err) < 0)
		code = cli_fail(cli, err);
	else if (!cli->json && cli->verbosity >= 0)
		printf("%s: %s by the next run\n", cli->args[0], cli->dry_run ? "would be tried" : "is tried");
	if (cli->json && code == EXIT_OK)
		code = cli_print_json(cli, json_pack("{s:s, s:b}", "destination", cli->args[0], "dry_run", cli->dry_run));
	pps_publish_unref(publish);
	return code;
}
