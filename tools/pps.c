/* SPDX-License-Identifier: BSD-3-Clause */
/* pps - the reference command line of libpps: reads the command, sets up the context, runs it. */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "cli.h"

#define OPTIONS_MOST 40
#define WORDS_MOST 3

const struct cli_option cli_global_options[] = {
	{ "config", 'c', "FILE", "configuration; default ./pps.yaml, $PPS_CONFIG, /etc/pps/pps.yaml" },
	{ "json", 0, NULL, "print one JSON document" },
	{ "dry-run", 0, NULL, "write nothing, say what would be done" },
	{ "yes", 0, NULL, "do not ask" },
	{ "wait", 0, "S", "seconds to wait for a lock that another process holds (default 0; -1: for ever)" },
	{ "memory", 0, "SIZE", "limit of the buffers, such as 64M (default 128M)" },
	{ "threads", 0, "N", "most threads (default: the processors)" },
	{ "quiet", 'q', NULL, "only errors on standard error" },
	{ "verbose", 'v', NULL, "more on standard error; twice: even more" },
	{ "help", 'h', NULL, "this help" },
	{ "version", 'V', NULL, "the version" },
	{ NULL },
};

/* The only way from a signal handler to the running call. */
static pps_ctx *volatile interrupted_ctx;

static void on_signal(int signum)
{
	(void)signum;
	pps_ctx_cancel(interrupted_ctx);
}

static void catch_signals(pps_ctx *ctx)
{
	struct sigaction sa = { .sa_handler = on_signal };

	interrupted_ctx = ctx;
	sigemptyset(&sa.sa_mask);
	sigaction(SIGINT, &sa, NULL);
	sigaction(SIGTERM, &sa, NULL);
	signal(SIGPIPE, SIG_IGN);
}

static void clear_progress(struct cli *cli)
{
	if (cli->progress_shown)
		fprintf(stderr, "\r\033[K");
	cli->progress_shown = 0;
}

static void on_log(int level, const char *event, size_t nfields, const char *const *fields, void *user)
{
	struct cli *cli = user;

	clear_progress(cli);
	flockfile(stderr);
	fprintf(stderr, "pps: %s%s", level <= PPS_LOG_WARNING ? "warning: " : "", event);
	for (size_t i = 0; i < nfields; i++)
		fprintf(stderr, " %s=%s", fields[2 * i], fields[2 * i + 1]);
	fputc('\n', stderr);
	funlockfile(stderr);
}

static void on_progress(const char *what, uint64_t done, uint64_t total, const char *unit, void *user)
{
	static const char bar[] = "########################";
	struct cli *cli = user;
	struct winsize size;
	int columns = ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 40 ? size.ws_col : 80;
	int filled = total ? (int)(done * (sizeof bar - 1) / total) : 0;
	char of[24] = "";

	if (done == total) {
		clear_progress(cli);
		return;
	}
	if (total)
		snprintf(of, sizeof of, "/%" PRIu64, total);
	fprintf(stderr, "\r\033[K%.*s [%-*.*s] %" PRIu64 "%s %s", columns - 60, what, (int)sizeof bar - 1, filled, bar, done, of, unit);
	fflush(stderr);
	cli->progress_shown = 1;
}

int cli_fail(struct cli *cli, pps_error *err)
{
	int code = pps_error_code(err);

	clear_progress(cli);
	if (code == PPS_E_CANCELLED)
		fprintf(stderr, "pps: interrupted; nothing is lost, run the same command again\n");
	else
		fprintf(stderr, "pps: %s\n", pps_error_message(err));
	pps_error_free(err);
	return pps_exit_code(code);
}

int cli_usage(struct cli *cli, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fprintf(stderr, "pps: ");
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fprintf(stderr, "\nTry: pps %s%s--help\n", cli->command ? cli->command->name : "", cli->command ? " " : "");
	return EXIT_USAGE;
}

static size_t count_options(const struct cli_option *options)
{
	size_t n = 0;

	while (options && options[n].name)
		n++;
	return n;
}

/* The nth option: the command's come first. */
static const struct cli_option *nth_option(const struct cli_command *command, size_t n)
{
	size_t own = count_options(command ? command->options : NULL);

	return n < own ? &command->options[n] : &cli_global_options[n - own];
}

const char *cli_get(const struct cli *cli, const char *name)
{
	size_t n = count_options(cli->command ? cli->command->options : NULL) + count_options(cli_global_options);

	for (size_t i = 0; i < n; i++)
		if (!strcmp(nth_option(cli->command, i)->name, name))
			return cli->values[i];
	return NULL;
}

const char *cli_next(const struct cli *cli, const char *name, size_t *pos)
{
	while (*pos < cli->ngiven) {
		const struct cli_given *g = &cli->given[(*pos)++];

		if (!strcmp(g->option->name, name))
			return g->value;
	}
	return NULL;
}

int cli_has(const struct cli *cli, const char *name)
{
	return cli_get(cli, name) != NULL;
}

const char *cli_config_path_if_any(struct cli *cli)
{
	const char *env = getenv("PPS_CONFIG");

	if (cli->config)
		return cli->config;
	if (access("pps.yaml", F_OK) == 0)
		return "pps.yaml";
	if (env && *env)
		return env;
	if (access("/etc/pps/pps.yaml", F_OK) == 0)
		return "/etc/pps/pps.yaml";
	return NULL;
}

const char *cli_config_path(struct cli *cli)
{
	const char *path = cli_config_path_if_any(cli);

	if (!path)
		fprintf(stderr, "pps: no configuration: give one with -c FILE, or make ./pps.yaml or /etc/pps/pps.yaml\n");
	return path;
}

/* Edit distance, for suggestions; words here are short. */
static size_t distance(const char *a, const char *b)
{
	size_t row[64], n = strlen(b);

	if (n >= 63 || strlen(a) >= 63)
		return 99;
	for (size_t j = 0; j <= n; j++)
		row[j] = j;
	for (size_t i = 1; a[i - 1]; i++) {
		size_t diagonal = row[0];

		row[0] = i;
		for (size_t j = 1; j <= n; j++) {
			size_t up = row[j], best = diagonal + (a[i - 1] != b[j - 1]);

			if (up + 1 < best)
				best = up + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			row[j] = best;
			diagonal = up;
		}
	}
	return row[n];
}

static int unknown_command(struct cli *cli, const char *words)
{
	const struct cli_command *near = NULL;
	size_t best = 4;

	for (const struct cli_command *c = cli_commands; c->name; c++)
		if (distance(words, c->name) < best) {
			best = distance(words, c->name);
			near = c;
		}
	if (near)
		return cli_usage(cli, "unknown command \"%s\"; did you mean \"%s\"?", words, near->name);
	return cli_usage(cli, "unknown command \"%s\"", words);
}

/* Finds the command that the leading words name; *ret_words is how many it has. */
static const struct cli_command *find_command(int n, char **words, int *ret_words)
{
	const struct cli_command *found = NULL;

	*ret_words = 0;
	for (const struct cli_command *c = cli_commands; c->name; c++) {
		const char *p = c->name;
		int used = 0;

		while (*p && used < n) {
			size_t len = strcspn(p, " ");

			if (strlen(words[used]) != len || strncmp(words[used], p, len) != 0)
				break;
			used++;
			p += len;
			p += strspn(p, " ");
		}
		if (!*p && used > *ret_words) {
			found = c;
			*ret_words = used;
		}
	}
	return found;
}

/* The words before the first option, and those after global options, that can name a command. */
static int leading_words(int argc, char **argv, char **words)
{
	int n = 0;

	for (int i = 1; i < argc && n < WORDS_MOST; i++) {
		if (argv[i][0] == '-' && argv[i][1]) {
			for (const struct cli_option *o = cli_global_options; o->name; o++)
				if (o->arg && ((argv[i][1] == o->letter && !argv[i][2]) ||
					       (argv[i][1] == '-' && !strcmp(argv[i] + 2, o->name))))
					i++;
			continue;
		}
		words[n++] = argv[i];
	}
	return n;
}

static int parse_options(struct cli *cli, int argc, char **argv, const char **values)
{
	struct option longs[OPTIONS_MOST + 1] = { { 0 } };
	size_t n = count_options(cli->command ? cli->command->options : NULL) + count_options(cli_global_options);
	char shorts[2 * OPTIONS_MOST + 2] = ":", *s = shorts + 1;
	int c;

	for (size_t i = 0; i < n; i++) {
		const struct cli_option *o = nth_option(cli->command, i);

		longs[i] = (struct option){ o->name, o->arg ? required_argument : no_argument, NULL, 256 + (int)i };
		if (o->letter) {
			*s++ = (char)o->letter;
			if (o->arg)
				*s++ = ':';
		}
	}
	opterr = 0;
	while ((c = getopt_long(argc, argv, shorts, longs, NULL)) != -1) {
		if (c == ':')
			return cli_usage(cli, "option %s needs a value", argv[optind - 1]);
		if (c == '?')
			return cli_usage(cli, "unknown option %s", argv[optind - 1]);
		for (size_t i = 0; i < n; i++) {
			const struct cli_option *o = nth_option(cli->command, i);

			if (c != 256 + (int)i && c != o->letter)
				continue;
			if (!strcmp(o->name, "verbose"))
				cli->verbosity++;
			/* the last of two would silently win */
			if (o->arg && values[i] && !o->many && i < count_options(cli->command ? cli->command->options : NULL))
				return cli_usage(cli, "option --%s is given twice", o->name);
			values[i] = o->arg ? optarg : "";
			cli->given[cli->ngiven++] = (struct cli_given){ o, values[i] };
			break;
		}
	}
	return EXIT_OK;
}

/* "64M" -> bytes; 0 when it is none. */
static uint64_t parse_size(const char *text)
{
	static const char units[] = "KMGT";
	char *end;
	const char *unit;
	unsigned long long n;

	errno = 0;
	n = strtoull(text, &end, 10);
	if (end == text || errno || text[0] == '-')
		return 0;
	if (*end && (unit = strchr(units, *end & ~0x20)) && *unit) {
		n <<= 10 * (unit - units + 1);
		end += end[1] == 'i' ? 2 : 1;
		end += *end == 'B';
	}
	return *end ? 0 : n;
}

static int parse_number(const char *text, long long least, long long most, long long *ret)
{
	char *end;

	errno = 0;
	*ret = strtoll(text, &end, 10);
	return end == text || *end || errno || *ret < least || *ret > most ? -1 : 0;
}

static int set_up(struct cli *cli)
{
	pps_error *err = NULL;
	const char *v;
	long long n;

	cli->config = cli_get(cli, "config");
	cli->json = cli_has(cli, "json");
	cli->dry_run = cli_has(cli, "dry-run");
	cli->yes = cli_has(cli, "yes");
	if (cli_has(cli, "quiet"))
		cli->verbosity = -1;
	if (pps_ctx_new(&cli->ctx, &err) < 0)
		return cli_fail(cli, err);
	pps_ctx_set_log(cli->ctx,
			cli->verbosity < 0 ? PPS_LOG_ERROR : cli->verbosity == 0 ? PPS_LOG_NOTICE : cli->verbosity == 1 ? PPS_LOG_INFO : PPS_LOG_DEBUG,
			on_log, cli);
	if (isatty(STDERR_FILENO) && cli->verbosity >= 0)
		pps_ctx_set_progress(cli->ctx, on_progress, cli);
	if ((v = cli_get(cli, "wait"))) {
		if (parse_number(v, -1, INT32_MAX, &n) < 0)
			return cli_usage(cli, "--wait %s: expected a number of seconds, or -1", v);
		pps_ctx_set_wait(cli->ctx, n);
	}
	if ((v = cli_get(cli, "memory"))) {
		if (!parse_size(v))
			return cli_usage(cli, "--memory %s: expected a size such as 64M", v);
		if (pps_ctx_set_memory(cli->ctx, parse_size(v), &err) < 0)
			return cli_fail(cli, err);
	}
	if ((v = cli_get(cli, "threads"))) {
		if (parse_number(v, 1, 256, &n) < 0)
			return cli_usage(cli, "--threads %s: expected a number from 1 to 256", v);
		if (pps_ctx_set_threads(cli->ctx, (int)n, &err) < 0)
			return cli_fail(cli, err);
	}
	catch_signals(cli->ctx);
	return EXIT_OK;
}

/* Output that could not be written (a full disk, a closed pipe) is a failure, whatever the command found. */
static int finish(struct cli *cli, int code)
{
	clear_progress(cli);
	if ((fflush(stdout) != 0 || ferror(stdout)) && errno != EPIPE && code == EXIT_OK) {
		fprintf(stderr, "pps: standard output: %s\n", strerror(errno));
		code = EXIT_FAILED;
	}
	interrupted_ctx = NULL;
	pps_ctx_unref(cli->ctx);
	return code;
}

static int run(struct cli *cli, int argc, char **argv)
{
	const char *values[OPTIONS_MOST] = { NULL };
	char *words[WORDS_MOST];
	int used = 0, nwords = leading_words(argc, argv, words), code;

	cli->command = find_command(nwords, words, &used);
	cli->values = values;
	if ((code = parse_options(cli, argc, argv, values)) != EXIT_OK)
		return code;
	if (cli_has(cli, "version")) {
		printf("pps %s\n", pps_version());
		return EXIT_OK;
	}
	if (cli_has(cli, "help") || (!cli->command && !nwords)) {
		cli_help(nwords || cli_has(cli, "help") ? stdout : stderr, cli->command);
		return cli_has(cli, "help") ? EXIT_OK : EXIT_USAGE;
	}
	if (!cli->command) {
		char joined[128];

		snprintf(joined, sizeof joined, "%s%s%s", words[0], nwords > 1 ? " " : "", nwords > 1 ? words[1] : "");
		return unknown_command(cli, joined);
	}
	cli->args = argv + optind + used;
	cli->nargs = argc - optind - used;
	if (cli->nargs < cli->command->least || (cli->command->most >= 0 && cli->nargs > cli->command->most))
		return cli_usage(cli, "usage: pps %s %s", cli->command->name, cli->command->args);
	if ((code = set_up(cli)) != EXIT_OK)
		return code;
	return cli->command->run(cli);
}

int main(int argc, char **argv)
{
	struct cli cli = { 0 };
	int code;

	if (argc > 1 && !strcmp(argv[1], "__complete")) {
		cli.args = argv + 2;
		cli.nargs = argc - 2;
		return cli_complete(&cli);
	}
	if (argc > 1 && !strcmp(argv[1], "__man"))
		return cli_man(&cli);
	/* an argument is at most as many flags as it has letters */
	for (int i = 1; i < argc; i++)
		cli.ngiven += strlen(argv[i]) + 1;
	cli.given = calloc(cli.ngiven + 1, sizeof *cli.given);
	cli.ngiven = 0;
	if (!cli.given) {
		fprintf(stderr, "pps: out of memory\n");
		return EXIT_FAILED;
	}
	code = finish(&cli, run(&cli, argc, argv));
	free(cli.given);
	return code;
}
