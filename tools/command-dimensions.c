/* SPDX-License-Identifier: BSD-3-Clause */
/* pps dimensions export|import */
#include <inttypes.h>

#include "commands.h"

const struct cli_option dimensions_options[] = {
	{ "repo", 'r', "REPOSITORY", "a name of the configuration, an alias, or a path" },
	{ NULL },
};

const struct cli_option dimensions_export_options[] = {
	{ "repo", 'r', "REPOSITORY", "a name of the configuration, an alias, or a path" },
	{ "exposure", 'e', "EXPOSURE", "obs id, or number" },
	{ "instrument", 'i', "NAME", "its instrument, where several have an exposure of that name" },
	{ NULL },
};

static int print_counts(struct cli *cli, const pps_dimensions *dims, const char *what, int64_t n)
{
	json_t *counts;

	if (!cli->json) {
		if (cli->verbosity >= 0)
			printf("%s: %" PRId64 " of %" PRId64 " records\n", what, n, pps_dimensions_count(dims, NULL));
		return EXIT_OK;
	}
	counts = json_object();
	for (int i = 0; i < pps_dimensions_elements(dims); i++) {
		const char *element = pps_dimensions_element(dims, i);

		json_object_set_new(counts, element, json_integer(pps_dimensions_count(dims, element)));
	}
	return cli_print_json(cli, json_pack("{s:I, s:o}", what, (json_int_t)n, "records", counts));
}

int command_dimensions_export(struct cli *cli)
{
	const char *repo = cli_get(cli, "repo"), *exposure = cli_get(cli, "exposure");
	pps_dimensions *dims = NULL;
	pps_error *err = NULL;
	pps_butler *butler;
	int code = EXIT_OK;

	if (!repo || !exposure)
		return cli_usage(cli, "--repo and --exposure are needed");
	if (!(butler = command_open_butler(cli, repo, PPS_BUTLER_READ, &code)))
		return code;
	if (pps_butler_collect_dimensions(butler, cli_get(cli, "instrument"), exposure, &dims, &err) < 0 ||
	    (!cli->dry_run && pps_dimensions_save(dims, cli->args[0], &err) < 0))
		code = cli_fail(cli, err);
	else
		code = print_counts(cli, dims, "exported", pps_dimensions_count(dims, NULL));
	pps_dimensions_free(dims);
	pps_butler_unref(butler);
	return code;
}

int command_dimensions_import(struct cli *cli)
{
	const char *repo = cli_get(cli, "repo");
	pps_dimensions *dims = NULL;
	pps_error *err = NULL;
	pps_butler *butler;
	int64_t inserted = 0;
	int code = EXIT_OK;

	if (!repo)
		return cli_usage(cli, "--repo is needed");
	if (!(butler = command_open_butler(cli, repo, cli->dry_run ? PPS_BUTLER_READ : PPS_BUTLER_WRITE, &code)))
		return code;
	if (pps_dimensions_load(cli->ctx, cli->args[0], &dims, &err) < 0 ||
	    pps_butler_insert_dimensions(butler, dims, cli->dry_run ? PPS_BUTLER_DRY_RUN : 0, &inserted, &err) < 0)
		code = cli_fail(cli, err);
	else
		code = print_counts(cli, dims, cli->dry_run ? "would import" : "imported", inserted);
	pps_dimensions_free(dims);
	pps_butler_unref(butler);
	return code;
}
