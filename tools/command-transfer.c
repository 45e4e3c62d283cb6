/* SPDX-License-Identifier: BSD-3-Clause */
/* pps butler transfer */
#include <stdlib.h>

#include "commands.h"

const struct cli_option butler_transfer_options[] = {
	{ "mode", 'm', "MODE", "how files come there, needed: copy (and compared), hardlink, direct (recorded under their absolute URIs), in_place "
			       "(shared under the same relative path)" },
	{ "id", 0, "UUID", "a dataset; may be given several times", 1 },
	{ "types", 't', "NAME,...", "dataset types, or globs, instead of --id" },
	{ "collections", 0, "NAME,...", "collections to search, or globs; with --types" },
	{ "where", 'w', "EXPRESSION", "only datasets of exposures that a Butler expression selects; with --types" },
	{ NULL },
};

struct tally {
	struct cli *cli;
	size_t counts[PPS_DATASET_FAILED + 1]; /* by outcome; [0]: others */
};

static const char *const outcome_names[] = { "other", "inserted", "there", "different", "missing", "failed" };

static int tell(const char *id, const char *type, int outcome, const char *reason, void *user)
{
	struct tally *t = user;
	const int known = outcome > 0 && outcome <= PPS_DATASET_FAILED ? outcome : 0;

	t->counts[known]++;
	if (t->cli->json)
		cli_print_line(json_pack("{s:s, s:s?, s:s, s:s?}", "id", id, "type", type, "outcome", outcome_names[known], "reason", reason));
	else if (t->cli->verbosity > 0 || (known != PPS_DATASET_INSERTED && known != PPS_DATASET_THERE))
		printf("%s  %s  %s%s%s\n", id, type ? type : "-", outcome_names[known], reason ? "  " : "", reason ? reason : "");
	return PPS_OK;
}

static int finish(const struct tally *t)
{
	const size_t *n = t->counts;
	const size_t left = n[0] + n[PPS_DATASET_DIFFERENT] + n[PPS_DATASET_MISSING] + n[PPS_DATASET_FAILED];

	if (!t->cli->json)
		printf("%s: %zu, there already: %zu, left out: %zu\n", t->cli->dry_run ? "would insert" : "inserted", n[PPS_DATASET_INSERTED],
		       n[PPS_DATASET_THERE], left);
	return left ? EXIT_FAILED : EXIT_OK;
}

static int transfer(struct cli *cli, pps_butler *source, pps_butler *dest)
{
	struct tally t = { .cli = cli };
	const char **ids = calloc((size_t)cli->ngiven + 1, sizeof *ids);
	const int flags = cli->dry_run ? PPS_BUTLER_DRY_RUN : 0;
	pps_error *err = NULL;
	size_t n = 0, pos = 0;
	int r;

	if (!ids)
		return EXIT_FAILED;
	while ((ids[n] = cli_next(cli, "id", &pos)))
		n++;
	if (n)
		r = pps_butler_transfer(source, dest, ids, n, cli_get(cli, "mode"), flags, tell, &t, &err);
	else
		r = pps_butler_transfer_chosen(source, dest, cli_get(cli, "types"), cli_get(cli, "collections"), cli_get(cli, "where"),
					       cli_get(cli, "mode"), flags, tell, &t, &err);
	free(ids);
	return r < 0 ? cli_fail(cli, err) : finish(&t);
}

/* What pps run keeps is not changed behind its back: its state would not know. */
static int may_touch(struct cli *cli, const pps_conf *conf, const pps_butler *butler, int *ret_code)
{
	const char *name = NULL;
	pps_error *err = NULL;
	int r = pps_butler_in_flow(butler, conf, &name, &err);

	if (r == 0)
		return 1;
	if (r < 0)
		*ret_code = cli_fail(cli, err);
	else
		*ret_code = cli_usage(cli, "pps run looks after %s, by its embargo and policies, which a transfer does not look at: give --yes to do it "
				      "all the same", name);
	return 0;
}

static int check_flow(struct cli *cli, const pps_butler *source, const pps_butler *dest)
{
	int code = EXIT_OK;
	pps_conf *conf;

	if (cli->yes || cli->dry_run || !cli_config_path_if_any(cli))
		return EXIT_OK;
	if (!(conf = command_load_config(cli, &code)))
		return code;
	if (may_touch(cli, conf, source, &code))
		may_touch(cli, conf, dest, &code);
	pps_conf_unref(conf);
	return code;
}

int command_butler_transfer(struct cli *cli)
{
	const int has_ids = cli_has(cli, "id"), has_choice = cli_has(cli, "types") && cli_has(cli, "collections");
	pps_butler *source, *dest = NULL;
	int code = EXIT_OK;

	if (!cli_get(cli, "mode"))
		return cli_usage(cli, "--mode is needed: copy, hardlink, direct or in_place");
	if (has_ids ? cli_has(cli, "types") || cli_has(cli, "collections") || cli_has(cli, "where") : !has_choice)
		return cli_usage(cli, "datasets are named by --id, or else by --types and --collections");
	if (!(source = command_open_butler(cli, cli->args[0], PPS_BUTLER_READ, &code)))
		return code;
	if ((dest = command_open_butler(cli, cli->args[1], cli->dry_run ? PPS_BUTLER_READ : PPS_BUTLER_WRITE, &code)) &&
	    (code = check_flow(cli, source, dest)) == EXIT_OK)
		code = transfer(cli, source, dest);
	pps_butler_unref(dest);
	pps_butler_unref(source);
	return code;
}
