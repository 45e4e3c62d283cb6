/* SPDX-License-Identifier: BSD-3-Clause */
/* What the table of commands gives beside parsing: help, the man page, tab completion, tables. */
#include <stdlib.h>
#include <string.h>

#include "cli.h"

static void print_options(FILE *out, const struct cli_option *options)
{
	for (const struct cli_option *o = options; o && o->name; o++) {
		char left[64];

		snprintf(left, sizeof left, "%s%c%s--%s%s%s", o->letter ? "-" : " ", o->letter ? o->letter : ' ', o->letter ? ", " : "  ",
			 o->name, o->arg ? " " : "", o->arg ? o->arg : "");
		fprintf(out, "  %-26s %s\n", left, o->help);
	}
}

static int first_line(const char *help)
{
	return (int)strcspn(help, "\n");
}

void cli_help(FILE *out, const struct cli_command *command)
{
	if (command) {
		fprintf(out, "Usage: pps %s [OPTION...]%s%s\n\n%s\n\n", command->name, *command->args ? " " : "", command->args, command->help);
		if (command->options) {
			fprintf(out, "Options:\n");
			print_options(out, command->options);
			fprintf(out, "\n");
		}
	} else {
		fprintf(out, "Usage: pps [OPTION...] COMMAND ...\n\nMoves Rubin Observatory's images out of embargo.\n\nCommands:\n");
		for (const struct cli_command *c = cli_commands; c->name; c++)
			fprintf(out, "  %-22s %.*s\n", c->name, first_line(c->help), c->help);
		fprintf(out, "\n");
	}
	fprintf(out, "Options of every command:\n");
	print_options(out, cli_global_options);
}

/* Roff takes a leading dot or quote, and backslashes and hyphens, as its own. */
static void roff(FILE *out, const char *text)
{
	for (const char *p = text; *p; p++) {
		if ((p == text || p[-1] == '\n') && (*p == '.' || *p == '\''))
			fputs("\\&", out);
		if (*p == '\n' && p[1] == '\n') {
			fputs("\n.PP\n", out);
			p++;
		} else if (*p == '\\') {
			fputs("\\e", out);
		} else if (*p == '-') {
			fputs("\\-", out);
		} else {
			fputc(*p, out);
		}
	}
}

static void man_options(const struct cli_option *options)
{
	for (const struct cli_option *o = options; o && o->name; o++) {
		printf(".TP\n\\fB");
		if (o->letter)
			printf("\\-%c\\fR, \\fB", o->letter);
		printf("\\-\\-");
		roff(stdout, o->name);
		printf("\\fR%s%s%s\n", o->arg ? " \\fI" : "", o->arg ? o->arg : "", o->arg ? "\\fR" : "");
		roff(stdout, o->help);
		printf("\n");
	}
}

int cli_man(struct cli *cli)
{
	static const char *const codes[] = {
		"0", "all is well, or what is left is only held",
		"1", "some items failed or were not found, or a check found a difference; each is listed",
		"2", "the command line is wrong",
		"3", "the configuration is wrong; the message says where",
		"4", "a service or the lock is unavailable, or clocks disagree: try again later",
		"70", "a defect in pps: please report it",
		"130", "interrupted; nothing is lost",
	};

	(void)cli;
	printf(".TH PPS 1 \"\" \"libpps %s\" \"User commands\"\n.SH NAME\npps \\- move Rubin Observatory's images out of embargo\n", pps_version());
	printf(".SH SYNOPSIS\n\\fBpps\\fR [\\fIOPTION\\fR...] \\fICOMMAND\\fR ...\n.SH COMMANDS\n");
	for (const struct cli_command *c = cli_commands; c->name; c++) {
		printf(".SS \"pps %s %s\"\n", c->name, c->args);
		roff(stdout, c->help);
		printf("\n");
		man_options(c->options);
	}
	printf(".SH OPTIONS\nEvery command takes these.\n");
	man_options(cli_global_options);
	printf(".SH EXIT STATUS\n");
	for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i += 2)
		printf(".TP\n%s\n%s\n", codes[i], codes[i + 1]);
	printf(".SH SEE ALSO\nThe configuration file is described in docs/configuration.md.\n");
	return EXIT_OK;
}

static void complete_options(const struct cli_option *options, const char *start)
{
	for (const struct cli_option *o = options; o && o->name; o++)
		if (!strncmp(start, "--", 2) ? !strncmp(o->name, start + 2, strlen(start + 2)) : 1)
			printf("--%s\n", o->name);
}

/* Words of a command that could come next after @words, and begin with @start. */
static const struct cli_command *complete_commands(int nwords, char **words, const char *start)
{
	const struct cli_command *exact = NULL;
	char last[64] = "";

	for (const struct cli_command *c = cli_commands; c->name; c++) {
		const char *p = c->name;
		int i = 0;

		for (; i < nwords && *p; i++) {
			size_t len = strcspn(p, " ");

			if (strlen(words[i]) != len || strncmp(words[i], p, len) != 0)
				break;
			p += len;
			p += strspn(p, " ");
		}
		if (!*p)
			exact = c;
		if (i < nwords || !*p || strncmp(p, start, strlen(start)) != 0)
			continue;
		if (strlen(last) == strcspn(p, " ") && !strncmp(last, p, strlen(last)))
			continue;
		snprintf(last, sizeof last, "%.*s", (int)strcspn(p, " "), p);
		printf("%s\n", last);
	}
	return exact;
}

/* pps __complete WORD...: the words after "pps"; the last is the one being typed. One candidate a line. */
int cli_complete(struct cli *cli)
{
	const char *start = cli->nargs > 0 ? cli->args[cli->nargs - 1] : "";
	const struct cli_command *command;
	char *words[8];
	int n = 0;

	for (int i = 0; i < cli->nargs - 1 && n < 8; i++)
		if (cli->args[i][0] != '-')
			words[n++] = cli->args[i];
	command = complete_commands(n, words, start[0] == '-' ? "\377" : start);
	if (start[0] == '-') {
		complete_options(command ? command->options : NULL, start);
		complete_options(cli_global_options, start);
	}
	return EXIT_OK;
}

/* Columns that a text takes on a terminal, near enough: UTF-8 characters. */
static int width(const char *text)
{
	int n = 0;

	for (; text && *text; text++)
		n += ((unsigned char)*text & 0xc0) != 0x80;
	return n;
}

static void print_row(const char *const *cells, const int *widths, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const char *cell = cells[i] ? cells[i] : "";

		printf("%s%s", i ? "  " : "", cell);
		for (int pad = width(cell); i + 1 < n && pad < widths[i]; pad++)
			putchar(' ');
	}
	putchar('\n');
}

void cli_print_table(const char *const *titles, size_t ncolumns, const char *const *cells, size_t nrows)
{
	int *widths = calloc(ncolumns, sizeof *widths);

	if (!widths)
		return;
	for (size_t i = 0; i < ncolumns; i++)
		widths[i] = width(titles[i]);
	for (size_t i = 0; i < ncolumns * nrows; i++)
		if (width(cells[i]) > widths[i % ncolumns])
			widths[i % ncolumns] = width(cells[i]);
	print_row(titles, widths, ncolumns);
	for (size_t i = 0; i < nrows; i++)
		print_row(cells + i * ncolumns, widths, ncolumns);
	free(widths);
}

void cli_print_line(json_t *json)
{
	if (!json) {
		fprintf(stderr, "pps: out of memory\n");
		return;
	}
	json_dumpf(json, stdout, JSON_COMPACT | JSON_REAL_PRECISION(17));
	putchar('\n');
	fflush(stdout);
	json_decref(json);
}

int cli_print_json(struct cli *cli, json_t *json)
{
	int r;

	(void)cli;
	if (!json) {
		fprintf(stderr, "pps: out of memory\n");
		return EXIT_UNAVAILABLE;
	}
	r = json_dumpf(json, stdout, JSON_INDENT(1) | JSON_ENCODE_ANY | JSON_REAL_PRECISION(17));
	putchar('\n');
	json_decref(json);
	return r < 0 ? EXIT_FAILED : EXIT_OK;
}
