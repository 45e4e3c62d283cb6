/* SPDX-License-Identifier: BSD-3-Clause */
/* pps run|status|datasets|explain: the flow of prompt products */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "commands.h"

const struct cli_option run_options[] = {
	{ "once", '1', NULL, "do what is due now, and end" },
	{ "task", 't', "TASK", "only this task, or TASK:REPOSITORY; register, dimensions, copy, publish, expire, delete" },
	{ "now", 0, "TIME", "decide as at this time (ISO 8601, UTC), never in the future; only on a state made by init --replay" },
	{ "now-scale", 0, "SCALE", "utc (the default) or tai: the scale of --now" },
	{ NULL },
};

const struct cli_option datasets_options[] = {
	{ "type", 't', "GLOB", "only of these dataset types" },
	{ "run", 'r', "GLOB", "only of these runs" },
	{ "origin", 'o', "NAME", "only of this origin" },
	{ "visit", 0, "N", "only of this visit or exposure" },
	{ "day-obs", 'd', "DAY", "only of this observing day, such as 20251202" },
	{ "failed", 'f', NULL, "only those whose last try failed" },
	{ "held", 0, NULL, "only those that an operator holds" },
	{ "limit", 'n', "N", "at most so many" },
	{ NULL },
};

const struct cli_option init_options[] = {
	{ "replay", 0, NULL, "a state for runs with --now, and for the repositories of this configuration alone" },
	{ NULL },
};

pps_publish *command_open_publish(struct cli *cli, int *ret_code)
{
	static const char *const options[][2] = { { "task", "task" }, { "now-scale", "now_scale" }, { "now", "now" } };
	pps_conf *conf = command_load_config(cli, ret_code);
	pps_publish *publish = NULL;
	pps_error *err = NULL;
	int r;

	if (!conf)
		return NULL;
	r = pps_publish_open(cli->ctx, conf, &publish, &err);
	pps_conf_unref(conf);
	for (size_t i = 0; r == PPS_OK && cli->command->options == run_options && i < sizeof options / sizeof options[0]; i++)
		if (cli_get(cli, options[i][0]))
			r = pps_publish_set(publish, options[i][1], cli_get(cli, options[i][0]), &err);
	if (r == PPS_OK)
		r = pps_publish_set(publish, "dry_run", cli->dry_run ? "1" : "0", &err);
	if (r == PPS_OK)
		return publish;
	*ret_code = cli_fail(cli, err);
	pps_publish_unref(publish);
	return NULL;
}

/* ---- run ---- */

static const struct {
	int number;
	const char *name;
} numbers[] = {
	{ PPS_PUBLISH_DUE, "due" },
	{ PPS_PUBLISH_DONE, "done" },
	{ PPS_PUBLISH_FAILED, "failed" },
	{ PPS_PUBLISH_MISSING, "missing" },
	{ PPS_PUBLISH_PUT_OFF, "put off" },
};
#define NUMBERS (sizeof numbers / sizeof numbers[0])

static json_t *json_report(const pps_publish_report *report)
{
	json_t *rows = json_array(), *row;

	for (size_t i = 0; i < pps_publish_report_count(report); i++) {
		row = json_pack("{s:s, s:s}", "task", pps_publish_report_task(report, i), "repository", pps_publish_report_repository(report, i));
		for (size_t k = 0; k < NUMBERS; k++)
			json_object_set_new(row, numbers[k].number == PPS_PUBLISH_PUT_OFF ? "put_off" : numbers[k].name,
					    json_integer(pps_publish_report_number(report, i, numbers[k].number)));
		json_array_append_new(rows, row);
	}
	return json_pack("{s:i, s:o, s:s, s:b}", "schema_version", 1, "tasks", rows, "down", pps_publish_report_down(report), "held",
			 pps_publish_report_is_held(report));
}

static void print_rows(const pps_publish_report *report, int is_dry)
{
	static const char *const done[] = { "task", "repository", "done", "failed", "missing", "put off" };
	static const char *const due[] = { "task", "repository", "due" };
	const size_t n = pps_publish_report_count(report), columns = is_dry ? 3 : 6;
	const char **cells = calloc(n * columns + 1, sizeof *cells);
	char(*texts)[24] = calloc(n * columns + 1, sizeof *texts);

	for (size_t i = 0; cells && texts && i < n; i++) {
		cells[i * columns] = pps_publish_report_task(report, i);
		cells[i * columns + 1] = pps_publish_report_repository(report, i);
		for (size_t k = 2; k < columns; k++) {
			int64_t number = pps_publish_report_number(report, i, is_dry ? PPS_PUBLISH_DUE : (int)k - 2 + PPS_PUBLISH_DONE);

			snprintf(texts[i * columns + k], sizeof *texts, "%" PRId64, number);
			cells[i * columns + k] = texts[i * columns + k];
		}
	}
	if (cells && texts)
		cli_print_table(is_dry ? due : done, columns, cells, n);
	free(cells);
	free(texts);
}

static int report_code(const pps_publish_report *report)
{
	int64_t failed = 0;

	for (size_t i = 0; i < pps_publish_report_count(report); i++)
		failed += pps_publish_report_number(report, i, PPS_PUBLISH_FAILED) + pps_publish_report_number(report, i, PPS_PUBLISH_MISSING);
	if (failed)
		return EXIT_FAILED;
	return *pps_publish_report_down(report) ? EXIT_UNAVAILABLE : EXIT_OK;
}

static int print_report(struct cli *cli, const pps_publish_report *report, int is_quiet)
{
	if (cli->json) {
		cli_print_line(json_report(report));
	} else if (pps_publish_report_count(report)) {
		print_rows(report, cli->dry_run);
	} else if (!is_quiet) {
		printf("%s\n", pps_publish_report_is_held(report) ? "nothing is done: an operator holds the flow" : "nothing is due");
	}
	if (!cli->json && *pps_publish_report_down(report))
		fprintf(stderr, "pps: passed over, tried again by the next run:\n%s\n", pps_publish_report_down(report));
	fflush(stdout);
	return report_code(report);
}

/* What the next round may not meet again. */
static int may_pass(int code)
{
	return code == PPS_E_UNAVAILABLE || code == PPS_E_LOCKED || code == PPS_E_TIMEOUT || code == PPS_E_HELD || code == PPS_E_NOSPACE || code == PPS_E_IO;
}

/* Of a file, by which a change is noticed. */
struct mark {
	dev_t dev;
	ino_t ino;
	off_t size;
	struct timespec at;
};

/* 1: it has changed since @mark, which becomes as it is now; while an editor replaces it, it has not. */
static int has_changed(const char *path, struct mark *mark)
{
	struct stat st;
	struct mark now = { 0 };
	int changed;

	if (!path || stat(path, &st) < 0)
		return 0;
	now.dev = st.st_dev;
	now.ino = st.st_ino;
	now.size = st.st_size;
	now.at = st.st_mtim;
	changed = memcmp(&now, mark, sizeof now) != 0;
	*mark = now;
	return changed;
}

/* An edited configuration is taken up between two rounds; one with errors, which are listed, is not. */
static void take_up(struct cli *cli, pps_publish **publish, struct mark *mark)
{
	pps_publish *fresh;
	int code = EXIT_OK;

	if (!has_changed(cli_config_path_if_any(cli), mark))
		return;
	if (!(fresh = command_open_publish(cli, &code))) {
		fprintf(stderr, "pps: warning: the configuration was changed and cannot be used: the service goes on as it was\n");
		return;
	}
	fprintf(stderr, "pps: the configuration was changed and is used from now on\n");
	pps_publish_unref(*publish);
	*publish = fresh;
}

/* Round after round, until it is told to end. */
static int serve(struct cli *cli, pps_publish **publish, struct mark *mark)
{
	int said = PPS_OK;

	for (;; take_up(cli, publish, mark)) {
		pps_publish_report *report = NULL;
		pps_error *err = NULL;
		int r = pps_publish_run(*publish, &report, &err);

		if (r == PPS_E_CANCELLED) {
			pps_error_free(err);
			return EXIT_OK;
		}
		if (r < 0 && !may_pass(r))
			return cli_fail(cli, err);
		/* once, not in every round */
		if (r < 0 && r != said)
			cli_fail(cli, err);
		else
			pps_error_free(err);
		said = r;
		if (r == PPS_OK && pps_publish_report_count(report))
			print_report(cli, report, 1);
		pps_publish_report_free(report);
		if (pps_publish_wait(*publish, NULL) == PPS_E_CANCELLED)
			return EXIT_OK;
	}
}

int command_run(struct cli *cli)
{
	pps_publish_report *report = NULL;
	struct mark mark = { 0 };
	pps_error *err = NULL;
	pps_publish *publish;
	int code = EXIT_OK;

	if (!cli_has(cli, "once") && (cli->dry_run || cli_has(cli, "now")))
		return cli_usage(cli, "--dry-run and --now need --once");
	has_changed(cli_config_path_if_any(cli), &mark);
	if (!(publish = command_open_publish(cli, &code)))
		return code;
	if (!cli_has(cli, "once"))
		code = serve(cli, &publish, &mark);
	else if (pps_publish_run(publish, &report, &err) < 0)
		code = cli_fail(cli, err);
	else
		code = print_report(cli, report, 0);
	pps_publish_report_free(report);
	pps_publish_unref(publish);
	return code;
}

/* ---- worker ---- */

#define WAIT_MS 1000

int command_worker(struct cli *cli)
{
	int code = EXIT_OK, said = PPS_OK;
	pps_publish *publish = command_open_publish(cli, &code);

	while (publish) {
		pps_error *err = NULL;
		int r = pps_publish_carry_out(publish, WAIT_MS, &err), is_passing = may_pass(r) || r == PPS_E_NOTFOUND;

		if (r >= 0 || r == PPS_E_CANCELLED || (is_passing && r == said))
			pps_error_free(err);
		else
			code = cli_fail(cli, err);
		said = r;
		if (r == PPS_E_CANCELLED || is_passing || r >= 0)
			code = EXIT_OK;
		if (r < 0 && !is_passing)
			break;
	}
	pps_publish_unref(publish);
	return code;
}

/* ---- status ---- */

/* "120 present, 3 expired" */
static char *status_text(const json_t *by_status)
{
	char *text = NULL, *longer;
	const json_t *n;
	const char *key;

	json_object_foreach((json_t *)by_status, key, n) {
		if (asprintf(&longer, "%s%s%" JSON_INTEGER_FORMAT " %s", text ? text : "", text ? ", " : "", json_integer_value(n), key) < 0)
			longer = NULL;
		free(text);
		text = longer;
	}
	return text;
}

static void print_types(const json_t *status)
{
	const json_t *names = json_object_get(status, "repositories"), *types = json_object_get(status, "types");
	const size_t columns = json_array_size(names) + 1, n = json_array_size(types);
	const char **titles = calloc(columns, sizeof *titles), **cells = calloc(columns * n + 1, sizeof *cells);

	if (titles && cells) {
		titles[0] = "dataset type";
		for (size_t k = 1; k < columns; k++)
			titles[k] = json_string_value(json_array_get(names, k - 1));
		for (size_t i = 0; i < n; i++) {
			const json_t *type = json_array_get(types, i), *by = json_object_get(type, "repositories");

			cells[i * columns] = json_string_value(json_object_get(type, "type"));
			for (size_t k = 1; k < columns; k++)
				cells[i * columns + k] = status_text(json_object_get(by, titles[k]));
		}
		cli_print_table(titles, columns, cells, n);
		for (size_t i = 0; i < columns * n; i++)
			if (i % columns)
				free((char *)cells[i]);
	}
	free(titles);
	free(cells);
}

static void print_held_types(const json_t *types)
{
	const json_t *type;
	size_t i;

	json_array_foreach(types, i, type)
		if (json_is_false(json_object_get(type, "has_policy")))
			printf("%s%s is held: no policy says what becomes of it\n", i ? "" : "\n", json_string_value(json_object_get(type, "type")));
}

static void print_intake(const json_t *intake)
{
	const json_int_t pending = json_integer_value(json_object_get(intake, "pending")), letters = json_integer_value(json_object_get(intake, "dead_letters"));
	const json_t *one;
	size_t i;

	if (pending)
		printf("\n%" JSON_INTEGER_FORMAT " batches wait for their files:\n", pending);
	json_array_foreach(json_object_get(intake, "batches"), i, one)
		printf("  %s since %.19s: %s\n", json_string_value(json_object_get(one, "file")), json_string_value(json_object_get(one, "since")),
		       json_is_string(json_object_get(one, "error")) ? json_string_value(json_object_get(one, "error")) : "not looked for yet");
	if (letters)
		printf("\n%" JSON_INTEGER_FORMAT " messages were put aside (pps intake retry has them tried again):\n", letters);
	json_array_foreach(json_object_get(intake, "letters"), i, one)
		printf("  %s %" JSON_INTEGER_FORMAT ":%" JSON_INTEGER_FORMAT ": %s\n", json_string_value(json_object_get(one, "topic")),
		       json_integer_value(json_object_get(one, "partition")), json_integer_value(json_object_get(one, "offset")),
		       json_string_value(json_object_get(one, "reason")));
}

static void print_records(size_t i, const json_t *one)
{
	printf("%sdimensions %s: %" JSON_INTEGER_FORMAT " records are looked at again, %" JSON_INTEGER_FORMAT " of them due, %" JSON_INTEGER_FORMAT " revised",
	       i ? "" : "\n", json_string_value(json_object_get(one, "repository")), json_integer_value(json_object_get(one, "waiting")),
	       json_integer_value(json_object_get(one, "due")), json_integer_value(json_object_get(one, "revised")));
	if (json_integer_value(json_object_get(one, "failed")))
		printf(", %" JSON_INTEGER_FORMAT " failed: %s", json_integer_value(json_object_get(one, "failed")), json_string_value(json_object_get(one, "error")));
	printf("\n");
}

static void print_status(const json_t *status)
{
	const json_t *next = json_object_get(status, "next"), *trouble = json_object_get(status, "trouble"), *one;
	size_t i;

	if (json_array_size(json_object_get(status, "types")))
		print_types(status);
	else
		printf("no dataset is registered\n");
	json_array_foreach(json_object_get(status, "dimensions"), i, one)
		print_records(i, one);
	json_array_foreach(next, i, one)
		printf("%s%s %s: %" JSON_INTEGER_FORMAT " datasets, %" JSON_INTEGER_FORMAT " of them due\n", i ? "" : "\n",
		       json_string_value(json_object_get(one, "task")), json_string_value(json_object_get(one, "repository")),
		       json_integer_value(json_object_get(one, "n")), json_integer_value(json_object_get(one, "due")));
	if (json_integer_value(json_object_get(status, "unknown")))
		printf("\n%" JSON_INTEGER_FORMAT " UUIDs are not known to the first repository yet\n", json_integer_value(json_object_get(status, "unknown")));
	print_held_types(json_object_get(status, "types"));
	print_intake(json_object_get(status, "intake"));
	if (!strcmp(json_string_value(json_object_get(status, "policy")), "waits"))
		printf("\nthe configured policies would act sooner than those in force and wait: pps config accept\n");
	json_array_foreach(trouble, i, one)
		printf("%s%s %s, %s: %s\n", i ? "" : "\ntrouble (pps explain UUID tells more):\n", json_string_value(json_object_get(one, "id")),
		       json_string_value(json_object_get(one, "type")),
		       json_is_string(json_object_get(one, "repository")) ? json_string_value(json_object_get(one, "repository")) : "a repository that is gone",
		       json_string_value(json_object_get(one, "error")));
}

int command_show_publish(struct cli *cli, int (*ask)(pps_publish *publish, char **ret_json, pps_error **err), void (*print)(const json_t *json))
{
	int code = EXIT_OK;
	pps_publish *publish = command_open_publish(cli, &code);
	pps_error *err = NULL;
	char *text = NULL;
	json_t *json;

	if (!publish)
		return code;
	if (ask(publish, &text, &err) < 0) {
		code = cli_fail(cli, err);
	} else if ((json = json_loads(text, 0, NULL))) {
		if (cli->json)
			code = cli_print_json(cli, json_incref(json));
		else
			print(json);
		json_decref(json);
	}
	pps_free(text);
	pps_publish_unref(publish);
	return code;
}

int command_status(struct cli *cli)
{
	return command_show_publish(cli, pps_publish_status, print_status);
}

/* ---- datasets ---- */

static int print_dataset(const char *json, void *user)
{
	(void)user;
	return puts(json) < 0 ? PPS_E_IO : PPS_OK;
}

int command_datasets(struct cli *cli)
{
	static const char *const values[][2] = { { "type", "type" }, { "run", "run" }, { "origin", "origin" }, { "visit", "visit" },
						 { "day-obs", "day_obs" }, { "limit", "limit" } };
	static const char *const flags[] = { "failed", "held" };
	int code = EXIT_OK, r = PPS_OK;
	pps_publish *publish = command_open_publish(cli, &code);
	pps_error *err = NULL;

	if (!publish)
		return code;
	for (size_t i = 0; r == PPS_OK && i < sizeof values / sizeof values[0]; i++)
		if (cli_get(cli, values[i][0]))
			r = pps_publish_set(publish, values[i][1], cli_get(cli, values[i][0]), &err);
	for (size_t i = 0; r == PPS_OK && i < sizeof flags / sizeof flags[0]; i++)
		if (cli_has(cli, flags[i]))
			r = pps_publish_set(publish, flags[i], "1", &err);
	if (r == PPS_OK)
		r = pps_publish_datasets(publish, print_dataset, NULL, &err);
	if (r < 0)
		code = cli_fail(cli, err);
	pps_publish_unref(publish);
	return code;
}

/* ---- explain ---- */

static int explain(struct cli *cli, pps_publish *publish, const char *id)
{
	pps_error *err = NULL;
	json_t *json, *line;
	char *text = NULL;
	size_t i;

	if (pps_publish_explain(publish, id, &text, &err) < 0)
		return cli_fail(cli, err);
	if (cli->json) {
		puts(text);
	} else if ((json = json_loads(text, 0, NULL))) {
		json_array_foreach(json_object_get(json, "words"), i, line)
			printf("%s%s\n", i ? "  " : "", json_string_value(line));
		json_decref(json);
	}
	pps_free(text);
	return EXIT_OK;
}

int command_explain(struct cli *cli)
{
	int code = EXIT_OK, one;
	pps_publish *publish = command_open_publish(cli, &code);

	if (!publish)
		return code;
	for (int i = 0; i < cli->nargs; i++)
		if ((one = explain(cli, publish, cli->args[i])) != EXIT_OK)
			code = one;
	pps_publish_unref(publish);
	return code;
}
