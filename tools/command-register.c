/* SPDX-License-Identifier: BSD-3-Clause */
/* pps register, pps intake retry: lists of datasets by hand, and messages that were put aside */
#include <string.h>

#include "commands.h"

const struct cli_option register_options[] = {
	{ "origin", 'o', "NAME", "where those come from whose list does not say: prompt_processing, daytime_ap_catchup, ..." },
	{ NULL },
};

const struct cli_option intake_retry_options[] = {
	{ "reason", 'r', "TEXT", "why, for the record" },
	{ NULL },
};

static void print_list(const struct cli *cli, const json_t *list)
{
	const char *name = json_string_value(json_object_get(list, "list")), *ignored = json_string_value(json_object_get(list, "ignored"));
	const json_int_t held = json_integer_value(json_object_get(list, "held"));

	printf("%s: %" JSON_INTEGER_FORMAT " new%s, %" JSON_INTEGER_FORMAT " known, %" JSON_INTEGER_FORMAT " unknown\n", name,
	       json_integer_value(json_object_get(list, "new")), cli->dry_run ? " (not registered: --dry-run)" : "",
	       json_integer_value(json_object_get(list, "known")), json_integer_value(json_object_get(list, "unknown")));
	if (held)
		printf("  %" JSON_INTEGER_FORMAT " of the new ones are held: no policy knows their type, or nobody their origin\n", held);
	if (ignored)
		printf("  columns that are ignored: %s\n", ignored);
}

int command_register(struct cli *cli)
{
	const char *origin = cli_get(cli, "origin");
	int code = EXIT_OK;
	pps_publish *publish = command_open_publish(cli, &code);
	json_t *lists = json_array();

	for (int i = 0; publish && i < cli->nargs; i++) {
		pps_error *err = NULL;
		char *text = NULL;
		json_t *list = NULL;
		int one = EXIT_OK;

		if (pps_publish_register(publish, cli->args[i], origin, &text, &err) < 0)
			one = cli_fail(cli, err);
		else if ((list = json_loads(text, 0, NULL)) && !cli->json)
			print_list(cli, list);
		/* kept and looked up again, but somebody may have mistyped */
		if (json_integer_value(json_object_get(list, "unknown")))
			one = EXIT_FAILED;
		if (one != EXIT_OK)
			code = one;
		if (list)
			json_array_append_new(lists, list);
		pps_free(text);
	}
	if (publish && cli->json) {
		int printed = cli_print_json(cli, json_pack("{s:i, s:O, s:b}", "schema_version", 1, "lists", lists, "dry_run", cli->dry_run));

		code = code == EXIT_OK ? printed : code;
	}
	json_decref(lists);
	pps_publish_unref(publish);
	return code;
}

int command_intake_retry(struct cli *cli)
{
	const char *reason = cli_get(cli, "reason");
	int code = EXIT_OK;
	pps_publish *publish;
	pps_error *err = NULL;
	char *text = NULL;
	json_t *json;

	if (!reason || !*reason)
		return cli_usage(cli, "--reason is needed");
	if (!(publish = command_open_publish(cli, &code)))
		return code;
	if (pps_publish_retry_letters(publish, reason, &text, &err) < 0) {
		code = cli_fail(cli, err);
	} else if ((json = json_loads(text, 0, NULL))) {
		if (json_integer_value(json_object_get(json, "left")))
			code = EXIT_FAILED;
		if (cli->json)
			cli_print_json(cli, json_incref(json));
		else
			printf("%" JSON_INTEGER_FORMAT " messages are read again by the next run%s, %" JSON_INTEGER_FORMAT " still cannot be read\n",
			       json_integer_value(json_object_get(json, "revived")), cli->dry_run ? " (not now: --dry-run)" : "",
			       json_integer_value(json_object_get(json, "left")));
		json_decref(json);
	}
	pps_free(text);
	pps_publish_unref(publish);
	return code;
}
