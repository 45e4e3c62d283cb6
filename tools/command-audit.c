/* SPDX-License-Identifier: BSD-3-Clause */
/* pps adopt, pps audit */
#include <inttypes.h>
#include <string.h>

#include "commands.h"

#define CHOICE                                                                \
	{ "repository", 'R', "NAME", "only this repository of the flow" },    \
	{ "type", 't', "GLOB", "only datasets of these types" },              \
	{ "run", 0, "GLOB", "only datasets of these runs" }

const struct cli_option adopt_options[] = { CHOICE, { NULL } };

const struct cli_option audit_options[] = {
	CHOICE,
	{ "deep", 0, NULL, "read files and compare them with their source; look for files that no record names" },
	{ "repair", 0, NULL, "mend what can be mended without risk; deletes no file" },
	{ "ledger", 0, NULL, "only recompute the chain of the ledger" },
	{ NULL },
};

static pps_publish *open_chosen(struct cli *cli, int *ret_code)
{
	static const char *const keys[] = { "repository", "type", "run" };
	pps_publish *publish = command_open_publish(cli, ret_code);
	pps_error *err = NULL;
	int r = PPS_OK;

	for (size_t i = 0; publish && r == PPS_OK && i < sizeof keys / sizeof keys[0]; i++)
		if (cli_get(cli, keys[i]))
			r = pps_publish_set(publish, keys[i], cli_get(cli, keys[i]), &err);
	if (r == PPS_OK)
		return publish;
	*ret_code = cli_fail(cli, err);
	pps_publish_unref(publish);
	return NULL;
}

static json_int_t number(const json_t *report, const char *key)
{
	return json_integer_value(json_object_get(report, key));
}

static void print_numbers(const json_t *numbers)
{
	const char *name;
	json_t *n;

	json_object_foreach((json_t *)numbers, name, n)
		printf("  %s: %" JSON_INTEGER_FORMAT "\n", name, json_integer_value(n));
}

/* ---- adopt ---- */

static void print_adopted(const struct cli *cli, const json_t *report)
{
	const char *name;
	json_t *one;

	if (cli->verbosity < 0)
		return;
	printf("%" JSON_INTEGER_FORMAT " datasets %s\n", number(report, "new"), cli->dry_run ? "would be adopted" : "were adopted");
	print_numbers(json_object_get(report, "types"));
	json_object_foreach(json_object_get(report, "repositories"), name, one) {
		printf("%s\n", name);
		print_numbers(one);
	}
	if (number(report, "new"))
		printf("nothing of it expires or is deleted until pps unpin says so\n");
}

int command_adopt(struct cli *cli)
{
	int code = EXIT_OK;
	pps_publish *publish = open_chosen(cli, &code);
	pps_error *err = NULL;
	char who[160], *text = NULL;
	json_t *report;

	if (!publish)
		return code;
	command_who(who, sizeof who);
	if (pps_publish_adopt(publish, who, &text, &err) < 0) {
		code = cli_fail(cli, err);
	} else if ((report = json_loads(text, 0, NULL))) {
		if (cli->json)
			code = cli_print_json(cli, json_incref(report));
		else
			print_adopted(cli, report);
		json_decref(report);
	}
	pps_free(text);
	pps_publish_unref(publish);
	return code;
}

/* ---- the ledger ---- */

static int print_ledger(struct cli *cli, int64_t count, const char *hash, const char *problem)
{
	if (cli->json)
		return cli_print_json(cli, json_pack("{s:i, s:b, s:I, s:s, s:s}", "schema_version", 1, "ok", !*problem, "entries", (json_int_t)count,
						     "head", hash, "problem", problem));
	if (*problem)
		printf("%s\n", problem);
	else
		printf("the ledger is whole: %" PRId64 " entries, head %s\n", count, hash);
	return EXIT_OK;
}

static int audit_ledger(struct cli *cli)
{
	int code = EXIT_OK, r;
	pps_conf *conf;
	pps_state *state = NULL;
	pps_error *err = NULL;
	int64_t count = 0, seq = 0;
	char *hash = NULL;

	if (!(conf = command_load_config(cli, &code)))
		return code;
	if ((r = pps_state_open(cli->ctx, conf, &state, &err)) == PPS_OK && (r = pps_state_ledger_head(state, &seq, &hash, &err)) == PPS_OK)
		r = pps_state_ledger_verify(state, &count, &err);
	if (r == PPS_OK || r == PPS_E_CONFLICT) {
		code = print_ledger(cli, count, hash ? hash : "", r < 0 ? pps_error_message(err) : "");
		code = code == EXIT_OK && r < 0 ? EXIT_FAILED : code;
		pps_error_free(err);
	} else {
		code = cli_fail(cli, err);
	}
	pps_free(hash);
	pps_state_unref(state);
	pps_conf_unref(conf);
	return code;
}

/* ---- repositories ---- */

static int print_finding(const char *text, void *user)
{
	const struct cli *cli = user;
	json_t *one = json_loads(text, 0, NULL);
	const char *id = json_string_value(json_object_get(one, "id")), *file = json_string_value(json_object_get(one, "file"));
	const char *why_not = json_string_value(json_object_get(one, "why_not"));

	if (cli->json)
		puts(text);
	else
		printf("%s %s: %s; %s%s%s\n", id ? id : file ? file : "", json_string_value(json_object_get(one, "repository")),
		       json_string_value(json_object_get(one, "what")),
		       json_is_true(json_object_get(one, "mended")) ? "mended" : json_string_value(json_object_get(one, "mends")), why_not ? "; not now: " : "",
		       why_not ? why_not : "");
	json_decref(one);
	return PPS_OK;
}

static int report_audit(struct cli *cli, const char *text)
{
	json_t *report = json_loads(text, 0, NULL), *down = json_object_get(report, "down"), *why;
	const int code = number(report, "found") ? EXIT_FAILED : json_object_size(down) ? EXIT_UNAVAILABLE : EXIT_OK;
	const char *name;

	if (cli->json)
		puts(text);
	else if (cli->verbosity >= 0)
		printf("%" JSON_INTEGER_FORMAT " datasets, %" JSON_INTEGER_FORMAT " differences, %" JSON_INTEGER_FORMAT " mended\n", number(report, "datasets"),
		       number(report, "found"), number(report, "mended"));
	if (number(report, "unasked"))
		fprintf(stderr, "pps: %" JSON_INTEGER_FORMAT " files could not be looked at\n", number(report, "unasked"));
	json_object_foreach(down, name, why)
		fprintf(stderr, "pps: %s is down: %s\n", name, json_string_value(why));
	json_decref(report);
	return code;
}

int command_audit(struct cli *cli)
{
	const int flags = (cli_has(cli, "deep") ? PPS_AUDIT_DEEP : 0) | (cli_has(cli, "repair") ? PPS_AUDIT_REPAIR : 0);
	int code = EXIT_OK;
	pps_publish *publish;
	pps_error *err = NULL;
	char who[160], *text = NULL;

	if (cli_has(cli, "ledger"))
		return flags || cli_get(cli, "repository") || cli_get(cli, "type") || cli_get(cli, "run") ? cli_usage(cli, "--ledger goes alone") :
												       audit_ledger(cli);
	if (!(publish = open_chosen(cli, &code)))
		return code;
	command_who(who, sizeof who);
	if (pps_publish_audit(publish, flags, who, print_finding, cli, &text, &err) < 0)
		code = cli_fail(cli, err);
	else
		code = report_audit(cli, text);
	pps_free(text);
	pps_publish_unref(publish);
	return code;
}
