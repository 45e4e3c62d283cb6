/* SPDX-License-Identifier: BSD-3-Clause */
/* The frame of the command line: one table of commands gives parsing, help, the man page and tab completion. */
#ifndef PPS_TOOLS_CLI_H
#define PPS_TOOLS_CLI_H

#include <stdio.h>

#include <jansson.h>
#include <pps/pps.h>

/* Exit codes, as documented in pps(1); of an error pps_exit_code() tells them. */
enum {
	EXIT_OK = 0,
	EXIT_FAILED = 1,
	EXIT_USAGE = 2,
	EXIT_CONFIG = 3,
	EXIT_UNAVAILABLE = 4
};

struct cli_option {
	const char *name;
	int letter;      /* short form, or 0 */
	const char *arg; /* what its value is called, or NULL for a flag */
	const char *help;
	int many; /* whether it may be given several times, each with a value that counts */
};

/* One option as it was given. */
struct cli_given {
	const struct cli_option *option;
	const char *value;
};

struct cli;

struct cli_command {
	const char *name; /* "raw run" */
	const char *args; /* "ZIP FOLDER", or "" */
	int least, most;  /* positional arguments; most -1: any number */
	const char *help; /* one line, then optional paragraphs */
	const struct cli_option *options;
	int (*run)(struct cli *cli); /* returns an exit code */
};

/* Ends with an entry whose name is NULL; in the order of the help. */
extern const struct cli_command cli_commands[];
extern const struct cli_option cli_global_options[];

struct cli {
	pps_ctx *ctx;
	const struct cli_command *command;
	char **args; /* positional arguments */
	int nargs;
	const char *config; /* -c, or NULL */
	int json, dry_run, yes, verbosity;
	int progress_shown; /* the bar is on the terminal's last line */
	const char *const *values; /* of the options: command's, then global, in table order; "" for a flag that was given */
	struct cli_given *given;   /* all of them, in their order */
	size_t ngiven;
};

/* The value of an option, NULL when it was not given. */
const char *cli_get(const struct cli *cli, const char *name);
/* The values of an option that may be given several times, one after the other: *pos 0 at first; NULL: no more. */
const char *cli_next(const struct cli *cli, const char *name, size_t *pos);
int cli_has(const struct cli *cli, const char *name);

/* Prints the error, releases it, and returns the exit code that goes with it. */
int cli_fail(struct cli *cli, pps_error *err);
/* A usage error: what is wrong, and how to learn more. Returns EXIT_USAGE. */
int cli_usage(struct cli *cli, const char *fmt, ...) PPS_PRINTF(2, 3);

/* The configuration: -c, ./pps.yaml, $PPS_CONFIG, /etc/pps/pps.yaml. When there is none it says so and returns NULL. */
const char *cli_config_path(struct cli *cli);
/* The same without a word. */
const char *cli_config_path_if_any(struct cli *cli);

/* One JSON document on standard output; takes @json. Returns EXIT_OK, or EXIT_FAILED when writing failed. */
int cli_print_json(struct cli *cli, json_t *json);

/* One line of JSON on standard output, of a stream of them; takes @json. */
void cli_print_line(json_t *json);

/* A table on standard output: cells row by row (NULL is empty), the widest cell gives a column's width. */
void cli_print_table(const char *const *titles, size_t ncolumns, const char *const *cells, size_t nrows);

/* Hidden commands and help. */
int cli_complete(struct cli *cli);
int cli_man(struct cli *cli);
void cli_help(FILE *out, const struct cli_command *command);

#endif
