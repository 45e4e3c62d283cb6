/* SPDX-License-Identifier: BSD-3-Clause */
/* pps raw run|status|check|repair|accept */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "commands.h"

const struct cli_option raw_run_options[] = {
	{ "window", 'w', "DURATION", "only exposures whose embargo ended within it, such as 35min (and what is unfinished)" },
	{ "day-obs", 'd', "DAY", "only this observing day, such as 20251202, or a range 20251201..20251205" },
	{ "exposure", 'e', "ID", "only this exposure: obs id, or number; may be given several times", 1 },
	{ "now", 0, "TIME", "decide as at this time (ISO 8601, UTC), never in the future" },
	{ "now-scale", 0, "SCALE", "utc (the default) or tai: the scale of --now" },
	{ "follow", 'f', NULL, "stay: take each exposure when its embargo ends, and record what arrives meanwhile" },
	{ NULL },
};

const struct cli_option raw_check_options[] = {
	{ "day-obs", 'd', "DAY", "only this observing day, such as 20251202, or a range 20251201..20251205" },
	{ "exposure", 'e', "ID", "only this exposure: obs id, or number; may be given several times", 1 },
	{ "now", 0, "TIME", "decide as at this time (ISO 8601, UTC), never in the future" },
	{ "now-scale", 0, "SCALE", "utc (the default) or tai: the scale of --now" },
	{ "deep", 0, NULL, "compare every member of each zip with its source; a check then records what it compared" },
	{ NULL },
};

const struct cli_option raw_prune_options[] = {
	{ "window", 'w', "DURATION", "only exposures whose embargo ended within it, such as 7d" },
	{ "day-obs", 'd', "DAY", "only this observing day, such as 20251202, or a range 20251201..20251205" },
	{ "exposure", 'e', "ID", "only this exposure: obs id, or number" },
	{ "now", 0, "TIME", "decide as at this time (ISO 8601, UTC), never in the future" },
	{ "now-scale", 0, "SCALE", "utc (the default) or tai: the scale of --now" },
	{ NULL },
};

const struct cli_option raw_status_options[] = {
	{ "day-obs", 'd', "DAY", "only this observing day, such as 20251202, or a range 20251201..20251205" },
	{ "exposure", 'e', "ID", "only this exposure: obs id, or number; may be given several times", 1 },
	{ NULL },
};

const struct cli_option raw_accept_options[] = {
	{ "reason", 'r', "TEXT", "why; needed" },
	{ NULL },
};

/* The flow with the options of the command line; the scale of --now comes before it. */
static pps_raw *open_raw(struct cli *cli, int *ret_code)
{
	static const char *const options[][2] = { { "now-scale", "now_scale" }, { "now", "now" }, { "window", "window" },
						  { "day-obs", "day_obs" } };
	const char *exposure;
	size_t pos = 0;
	pps_conf *conf = command_load_config(cli, ret_code);
	pps_error *err = NULL;
	pps_raw *raw = NULL;
	int r;

	if (!conf)
		return NULL;
	r = pps_raw_open(cli->ctx, conf, &raw, &err);
	for (size_t i = 0; r == PPS_OK && i < sizeof options / sizeof options[0]; i++)
		if (cli_get(cli, options[i][0]))
			r = pps_raw_set(raw, options[i][1], cli_get(cli, options[i][0]), &err);
	while (r == PPS_OK && (exposure = cli_next(cli, "exposure", &pos)))
		r = pps_raw_set(raw, "exposure", exposure, &err);
	if (r == PPS_OK)
		r = pps_raw_set(raw, "dry_run", cli->dry_run ? "1" : "0", &err);
	if (r == PPS_OK)
		r = pps_raw_set(raw, "deep", cli_has(cli, "deep") ? "1" : "0", &err);
	pps_conf_unref(conf);
	if (r == PPS_OK)
		return raw;
	*ret_code = cli_fail(cli, err);
	pps_raw_unref(raw);
	return NULL;
}

static int count_parts(const char *list)
{
	int n = *list != 0;

	for (; *list; list++)
		n += *list == ',';
	return n;
}

/* In few columns, so that all places fit on a line: how many copies there are until they are enough, and that tape is asked for. */
static const char *mark_sign(const pps_raw_report *report, size_t row, size_t place, char number[12])
{
	static const char *const signs[] = { "-", "ok", "NO", "BAD", "?", "pruned" };
	const char *name = pps_raw_report_place(report, place), *note = pps_raw_report_note(report, row, place);
	int mark = pps_raw_report_mark(report, row, place);

	if (mark == PPS_MARK_NOT_YET && *note && !strcmp(name, "tape"))
		return "need";
	if (mark == PPS_MARK_NOT_YET && *note && (!strcmp(name, "copies") || !strcmp(name, "safe"))) {
		snprintf(number, 12, "%d", count_parts(note));
		return number;
	}
	return mark >= 0 && (size_t)mark < sizeof signs / sizeof signs[0] ? signs[mark] : "?";
}

static json_t *json_row(const pps_raw_report *report, size_t n)
{
	json_t *places = json_object(), *notes = json_object();

	for (size_t p = 0; p < pps_raw_report_places(report); p++) {
		const char *name = pps_raw_report_place(report, p), *note = pps_raw_report_note(report, n, p);

		json_object_set_new(places, name, json_string(pps_raw_mark_name(pps_raw_report_mark(report, n, p))));
		if (*note)
			json_object_set_new(notes, name, json_string(note));
	}
	return json_pack("{s:s, s:s, s:I, s:I, s:s, s:s, s:s, s:s, s:s, s:s, s:I, s:s, s:I, s:o, s:o}", "obs_id", pps_raw_report_obs_id(report, n),
			 "instrument", pps_raw_report_instrument(report, n), "exposure", (json_int_t)pps_raw_report_exposure(report, n),
			 "day_obs", (json_int_t)pps_raw_report_day_obs(report, n), "status",
			 pps_raw_status_name(pps_raw_report_status(report, n)), "reason", pps_raw_report_reason(report, n), "command",
			 pps_raw_report_command(report, n), "due", pps_raw_report_due(report, n), "arrived", pps_raw_report_arrived(report, n), "zip", pps_raw_report_zip(report, n), "size",
			 (json_int_t)pps_raw_report_size(report, n), "md5", pps_raw_report_md5(report, n), "datasets",
			 (json_int_t)pps_raw_report_datasets(report, n), "places", places, "notes", notes);
}

static json_t *json_report(const pps_raw_report *report)
{
	json_t *rows = json_array(), *summary = json_object();

	for (size_t i = 0; i < pps_raw_report_count(report); i++) {
		const char *status = pps_raw_status_name(pps_raw_report_status(report, i));

		json_array_append_new(rows, json_row(report, i));
		json_object_set_new(summary, status, json_integer(json_integer_value(json_object_get(summary, status)) + 1));
	}
	return json_pack("{s:i, s:o, s:o}", "schema_version", 1, "exposures", rows, "summary", summary);
}

#define TERMINAL_COLUMNS 120

/* On a terminal in lines of its width, broken between words; else as it is, for tools that look for text. */
static void print_wrapped(const char *text, int indent)
{
	const int wraps = isatty(STDOUT_FILENO);
	int column = indent;

	while (*text) {
		int word = (int)strcspn(text, " ");

		if (wraps && column > indent && column + 1 + word > TERMINAL_COLUMNS) {
			printf("\n%*s", indent, "");
			column = indent;
		}
		printf("%s%.*s", column > indent ? " " : "", word, text);
		column += word + (column > indent);
		text += word;
		text += *text == ' ';
	}
	putchar('\n');
}

/* What is wrong, and what mends it, below the table: it is long. */
static void print_reasons(const pps_raw_report *report)
{
	int any = 0;

	for (size_t i = 0; i < pps_raw_report_count(report); i++) {
		const char *reason = pps_raw_report_reason(report, i), *command = pps_raw_report_command(report, i);

		if (!*reason && !*command)
			continue;
		printf("%s%s: ", any++ ? "" : "\n", pps_raw_report_obs_id(report, i));
		print_wrapped(reason, (int)strlen(pps_raw_report_obs_id(report, i)) + 2);
		if (*command)
			printf("    %s\n", command);
	}
}

static void print_table(const pps_raw_report *report)
{
	const size_t places = pps_raw_report_places(report), n = pps_raw_report_count(report), columns = 2 + places;
	const char **titles = calloc(columns, sizeof *titles), **cells = calloc(columns * n + 1, sizeof *cells);
	char(*numbers)[12] = calloc(columns * n + 1, sizeof *numbers);

	if (titles && cells && numbers) {
		titles[0] = "exposure";
		titles[1] = "status";
		for (size_t p = 0; p < places; p++)
			titles[2 + p] = pps_raw_report_place(report, p);
		for (size_t i = 0; i < n; i++) {
			const char **row = cells + i * columns;

			row[0] = pps_raw_report_obs_id(report, i);
			row[1] = pps_raw_status_name(pps_raw_report_status(report, i));
			for (size_t p = 0; p < places; p++)
				row[2 + p] = mark_sign(report, i, p, numbers[i * columns + p]);
		}
		cli_print_table(titles, columns, cells, n);
		print_reasons(report);
	}
	free(titles);
	free(cells);
	free(numbers);
}

static int print_report(struct cli *cli, const pps_raw_report *report, const char *nothing)
{
	int code = EXIT_OK;

	if (cli->json)
		code = cli_print_json(cli, json_report(report));
	else if (pps_raw_report_count(report))
		print_table(report);
	else
		printf("%s\n", nothing);
	return code != EXIT_OK ? code : pps_raw_report_exit_code(report);
}

static int run(struct cli *cli, int (*fn)(pps_raw *, pps_raw_report **, pps_error **), const char *nothing)
{
	int code = EXIT_OK;
	pps_raw *raw = open_raw(cli, &code);
	pps_raw_report *report = NULL;
	pps_error *err = NULL;

	if (!raw)
		return code;
	if (fn(raw, &report, &err) < 0)
		code = cli_fail(cli, err);
	else
		code = print_report(cli, report, nothing);
	pps_raw_report_free(report);
	pps_raw_unref(raw);
	return code;
}

/* Rows that say something else than when they were last shown; @shown: what was said of each exposure. */
static void show_changes(struct cli *cli, const pps_raw_report *report, json_t *shown)
{
	for (size_t i = 0; i < pps_raw_report_count(report); i++) {
		const char *obs_id = pps_raw_report_obs_id(report, i), *status = pps_raw_status_name(pps_raw_report_status(report, i));
		const char *reason = pps_raw_report_reason(report, i), *before;
		json_t *said = json_sprintf("%s %s", status, reason);

		before = json_string_value(json_object_get(shown, obs_id));
		if (before && said && !strcmp(before, json_string_value(said))) {
			json_decref(said);
			continue;
		}
		/* what is done is not looked at again */
		if (pps_raw_report_status(report, i) == PPS_RAW_DONE) {
			json_object_del(shown, obs_id);
			json_decref(said);
		} else {
			json_object_set_new(shown, obs_id, said);
		}
		if (cli->json)
			cli_print_line(json_row(report, i));
		else
			printf("%s  %s%s%s\n", obs_id, status, *reason ? "  " : "", reason);
	}
	fflush(stdout);
}

/* What the next try may not meet again. */
static int may_pass(int code)
{
	return code == PPS_E_UNAVAILABLE || code == PPS_E_LOCKED || code == PPS_E_TIMEOUT || code == PPS_E_HELD;
}

/* A signal is how following ends, whatever it interrupts. */
static int is_end(int r, pps_error *err)
{
	if (r == PPS_E_CANCELLED)
		pps_error_free(err);
	return r == PPS_E_CANCELLED;
}

#define FOLLOW_MS 600000 /* a whole look at everything, however little is told */

static int follow(struct cli *cli, pps_raw *raw)
{
	json_t *shown = json_object();
	int code = EXIT_OK, said = PPS_OK;

	while (code == EXIT_OK) {
		pps_raw_report *report = NULL;
		pps_error *err = NULL;
		int r = pps_raw_run(raw, &report, &err);

		if (is_end(r, err))
			break;
		if (r < 0 && !may_pass(r)) {
			code = cli_fail(cli, err);
			break;
		}
		/* once, not every time */
		if (r < 0 && r != said)
			cli_fail(cli, err);
		else
			pps_error_free(err);
		said = r;
		if (r == PPS_OK)
			show_changes(cli, report, shown);
		pps_raw_report_free(report);
		err = NULL;
		if (is_end(r = pps_raw_wait(raw, r == PPS_OK ? FOLLOW_MS : FOLLOW_MS / 20, &err), err))
			break;
		if (r < 0)
			code = cli_fail(cli, err);
	}
	json_decref(shown);
	return code;
}

static int run_and_follow(struct cli *cli)
{
	int code = EXIT_OK;
	pps_raw *raw;

	if (cli->dry_run || cli_has(cli, "now"))
		return cli_usage(cli, "--follow lives in the present and records what arrives: neither --dry-run nor --now goes with it");
	if (!(raw = open_raw(cli, &code)))
		return code;
	code = follow(cli, raw);
	pps_raw_unref(raw);
	return code;
}

int command_raw_run(struct cli *cli)
{
	if (cli_has(cli, "follow"))
		return run_and_follow(cli);
	return run(cli, pps_raw_run, "nothing to do: all that may leave is done");
}

int command_raw_repair(struct cli *cli)
{
	return run(cli, pps_raw_repair, "nothing to mend");
}

int command_raw_check(struct cli *cli)
{
	return run(cli, pps_raw_check, "no exposure to check");
}

int command_raw_prune(struct cli *cli)
{
	/* what cannot be undone is asked for in so many words */
	if (!cli->yes)
		cli->dry_run = 1;
	return run(cli, pps_raw_prune, "no exposure to prune");
}

int command_raw_status(struct cli *cli)
{
	return run(cli, pps_raw_status, "the state knows no exposure");
}

int command_raw_accept(struct cli *cli)
{
	const char *reason = cli_get(cli, "reason");
	int code = EXIT_OK;
	pps_raw *raw;

	if (!reason || !*reason)
		return cli_usage(cli, "--reason is needed");
	if (!(raw = open_raw(cli, &code)))
		return code;
	for (int i = 0; i < cli->nargs; i++) {
		pps_error *err = NULL;

		if (pps_raw_accept(raw, cli->args[i], reason, &err) < 0)
			code = cli_fail(cli, err);
		else if (!cli->json && cli->verbosity >= 0)
			printf("%s: %s as it is\n", cli->args[i], cli->dry_run ? "would be accepted" : "accepted");
	}
	if (cli->json && code == EXIT_OK)
		code = cli_print_json(cli, json_pack("{s:i, s:b}", "accepted", cli->nargs, "dry_run", cli->dry_run));
	pps_raw_unref(raw);
	return code;
}
