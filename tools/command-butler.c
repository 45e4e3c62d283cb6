/* SPDX-License-Identifier: BSD-3-Clause */
/* pps butler info|query|collections|ingest-zip|verify */
#include <inttypes.h>

#include "commands.h"

const struct cli_option butler_query_options[] = {
	{ "where", 'w', "EXPRESSION", "a Butler expression on exposures" },
	{ "instrument", 'i', "NAME", "only this instrument" },
	{ "types", 't', "NAME,...", "dataset types, or globs: list datasets instead of exposures" },
	{ "collections", 0, "NAME,...", "collections to search, or globs; with --types" },
	{ NULL },
};

const struct cli_option butler_zip_options[] = {
	{ "uri", 'u', "URI", "under which readers reach the zip; default: that of ZIP" },
	{ "files", 0, NULL, "look at the members too" },
	{ NULL },
};

static json_t *json_parts(const pps_butler *b)
{
	json_t *parts = json_object();

	for (size_t i = 0; i < pps_butler_part_count(b); i++)
		json_object_set_new(parts, pps_butler_part_name(b, i), json_pack("{s:s, s:s}", "class", pps_butler_part_class(b, i), "version",
										  pps_butler_part_version(b, i)));
	return parts;
}

static json_t *json_datastores(const pps_butler *b)
{
	json_t *list = json_array();

	for (size_t i = 0; i < pps_butler_datastore_count(b); i++)
		json_array_append_new(list, json_pack("{s:s, s:s}", "name", pps_butler_datastore_name(b, i), "root", pps_butler_datastore_root(b, i)));
	return list;
}

int command_butler_info(struct cli *cli)
{
	int code = EXIT_OK;
	pps_butler *b = command_open_butler(cli, cli->args[0], PPS_BUTLER_READ, &code);

	if (!b)
		return code;
	if (cli->json) {
		code = cli_print_json(cli, json_pack("{s:s, s:s, s:s, s:s?, s:i, s:s?, s:o, s:o}", "config", pps_butler_config_uri(b), "root",
						     pps_butler_root(b), "database", pps_butler_database(b), "schema", pps_butler_schema(b), "universe",
						     pps_butler_universe_version(b), "why_not_writable", pps_butler_why_not_writable(b), "versions",
						     json_parts(b), "datastores", json_datastores(b)));
	} else {
		printf("config     %s\nroot       %s\ndatabase   %s\n", pps_butler_config_uri(b), pps_butler_root(b), pps_butler_database(b));
		if (pps_butler_schema(b))
			printf("schema     %s\n", pps_butler_schema(b));
		printf("universe   %d\n", pps_butler_universe_version(b));
		for (size_t i = 0; i < pps_butler_part_count(b); i++)
			printf("%-10s %s\n", pps_butler_part_name(b, i), pps_butler_part_version(b, i));
		for (size_t i = 0; i < pps_butler_datastore_count(b); i++)
			printf("datastore  %s at %s\n", pps_butler_datastore_name(b, i), pps_butler_datastore_root(b, i));
		if (pps_butler_why_not_writable(b))
			printf("read only  %s\n", pps_butler_why_not_writable(b));
	}
	pps_butler_unref(b);
	return code;
}

/* Integer, or null when it is not known. */
static json_t *json_time(int64_t tai, int known)
{
	return known ? json_integer(tai) : json_null();
}

static json_t *json_exposure(const pps_butler_exposures *e)
{
	int64_t begin, end;
	int sky = pps_butler_exposures_can_see_sky(e);

	pps_butler_exposures_timespan(e, &begin, &end);
	return json_pack("{s:s, s:I, s:s, s:I, s:s, s:s, s:s, s:o, s:o, s:o}", "instrument", pps_butler_exposures_instrument(e), "id",
			 (json_int_t)pps_butler_exposures_id(e), "obs_id", pps_butler_exposures_obs_id(e), "day_obs",
			 (json_int_t)pps_butler_exposures_day_obs(e), "group", pps_butler_exposures_group(e), "physical_filter",
			 pps_butler_exposures_physical_filter(e), "observation_type", pps_butler_exposures_observation_type(e), "can_see_sky",
			 sky < 0 ? json_null() : json_boolean(sky), "begin_tai_ns", json_time(begin, begin != INT64_MIN), "end_tai_ns",
			 json_time(end, end != INT64_MAX));
}

static int query_exposures(struct cli *cli, pps_butler *b)
{
	pps_butler_exposures *list = NULL;
	pps_error *err = NULL;
	json_t *json = NULL;
	int code = EXIT_OK;

	if (pps_butler_query_exposures(b, cli_get(cli, "instrument"), cli_get(cli, "where"), INT64_MIN, INT64_MAX, &list, &err) < 0)
		return cli_fail(cli, err);
	if (cli->json)
		json = json_array();
	while (pps_butler_exposures_next(list)) {
		if (cli->json)
			json_array_append_new(json, json_exposure(list));
		else
			printf("%s  %" PRId64 "  %s\n", pps_butler_exposures_instrument(list), pps_butler_exposures_id(list),
			       pps_butler_exposures_obs_id(list));
	}
	if (cli->json)
		code = cli_print_json(cli, json);
	pps_butler_exposures_free(list);
	return code;
}

static json_t *json_dataset(pps_butler_datasets *d)
{
	json_t *keys = json_object();

	for (size_t i = 0; i < pps_butler_datasets_key_count(d); i++) {
		int64_t number = 0;
		const char *text = pps_butler_datasets_key(d, i, &number);

		json_object_set_new(keys, pps_butler_datasets_key_name(d, i), text ? json_string(text) : json_integer(number));
	}
	return json_pack("{s:s, s:s, s:s, s:o, s:s?, s:I}", "id", pps_butler_datasets_id(d), "type", pps_butler_datasets_type(d), "run",
			 pps_butler_datasets_run(d), "data_id", keys, "uri", pps_butler_datasets_uri(d), "size",
			 (json_int_t)pps_butler_datasets_size(d));
}

static int query_datasets(struct cli *cli, pps_butler *b)
{
	const char *collections = cli_get(cli, "collections");
	pps_butler_datasets *list = NULL;
	pps_error *err = NULL;
	json_t *json = NULL;
	int code = EXIT_OK;

	if (pps_butler_query_datasets(b, cli_get(cli, "types"), collections ? collections : "*", cli_get(cli, "instrument"),
				      cli_get(cli, "where"), &list, &err) < 0)
		return cli_fail(cli, err);
	if (cli->json)
		json = json_array();
	while (pps_butler_datasets_next(list)) {
		if (cli->json)
			json_array_append_new(json, json_dataset(list));
		else
			printf("%s  %s  %s  %s\n", pps_butler_datasets_id(list), pps_butler_datasets_type(list), pps_butler_datasets_run(list),
			       pps_butler_datasets_uri(list) ? pps_butler_datasets_uri(list) : "-");
	}
	if (cli->json)
		code = cli_print_json(cli, json);
	pps_butler_datasets_free(list);
	return code;
}

int command_butler_query(struct cli *cli)
{
	int code = EXIT_OK;
	pps_butler *b = command_open_butler(cli, cli->args[0], PPS_BUTLER_READ, &code);

	if (!b)
		return code;
	code = cli_get(cli, "types") ? query_datasets(cli, b) : query_exposures(cli, b);
	pps_butler_unref(b);
	return code;
}

static const char *collection_type(int type)
{
	switch (type) {
	case PPS_COLLECTION_RUN:
		return "RUN";
	case PPS_COLLECTION_TAGGED:
		return "TAGGED";
	case PPS_COLLECTION_CHAINED:
		return "CHAINED";
	case PPS_COLLECTION_CALIBRATION:
		return "CALIBRATION";
	default:
		return "other";
	}
}

/* The entries of @depth and below them; the list's next entry is at hand, or there is none (*more 0). */
static json_t *json_collections(pps_butler_collections *list, size_t depth, int *more)
{
	json_t *array = json_array();

	while (*more && pps_butler_collections_depth(list) == depth) {
		int type = pps_butler_collections_type(list);
		json_t *one = json_pack("{s:s, s:s, s:s}", "name", pps_butler_collections_name(list), "type", collection_type(type), "doc",
					pps_butler_collections_doc(list));

		*more = pps_butler_collections_next(list);
		if (type == PPS_COLLECTION_CHAINED)
			json_object_set_new(one, "children", json_collections(list, depth + 1, more));
		json_array_append_new(array, one);
	}
	return array;
}

static void print_collections(const struct cli *cli, pps_butler_collections *list)
{
	while (pps_butler_collections_next(list)) {
		int indent = 2 * (int)pps_butler_collections_depth(list);

		printf("%*s%s  %s\n", indent, "", pps_butler_collections_name(list), collection_type(pps_butler_collections_type(list)));
		if (cli->verbosity > 0 && *pps_butler_collections_doc(list))
			printf("%*s%s\n", indent + 4, "", pps_butler_collections_doc(list));
	}
}

int command_butler_collections(struct cli *cli)
{
	int code = EXIT_OK, more;
	pps_butler *b = command_open_butler(cli, cli->args[0], PPS_BUTLER_READ, &code);
	pps_butler_collections *list = NULL;
	pps_error *err = NULL;

	if (!b)
		return code;
	if (pps_butler_query_collections(b, cli->nargs > 1 ? cli->args[1] : NULL, &list, &err) < 0) {
		code = cli_fail(cli, err);
	} else if (cli->json) {
		more = pps_butler_collections_next(list);
		code = cli_print_json(cli, json_collections(list, 0, &more));
	} else {
		print_collections(cli, list);
	}
	pps_butler_collections_free(list);
	pps_butler_unref(b);
	return code;
}

static const char *finding_name(int kind)
{
	switch (kind) {
	case PPS_FINDING_MISSING:
		return "missing";
	case PPS_FINDING_DIFFERENT:
		return "different";
	case PPS_FINDING_FILE:
		return "file";
	case PPS_FINDING_ADDED:
		return "added";
	default:
		return "other";
	}
}

static int print_findings(struct cli *cli, const pps_butler_report *report, const char *verb)
{
	json_t *findings;

	if (!cli->json) {
		printf("%s: %zu of %zu datasets\n", verb, pps_butler_report_count(report), pps_butler_report_dataset_count(report));
		for (size_t i = 0; cli->verbosity > 0 && i < pps_butler_report_count(report); i++)
			printf("%s  %s  %s\n", finding_name(pps_butler_report_kind(report, i)), pps_butler_report_dataset(report, i),
			       pps_butler_report_text(report, i));
		return EXIT_OK;
	}
	findings = json_array();
	for (size_t i = 0; i < pps_butler_report_count(report); i++)
		json_array_append_new(findings, json_pack("{s:s, s:s, s:s}", "kind", finding_name(pps_butler_report_kind(report, i)), "dataset",
							  pps_butler_report_dataset(report, i), "text", pps_butler_report_text(report, i)));
	return cli_print_json(cli, json_pack("{s:I, s:o}", "datasets", (json_int_t)pps_butler_report_dataset_count(report), verb, findings));
}

int command_butler_ingest_zip(struct cli *cli)
{
	int code = EXIT_OK;
	pps_butler *b = command_open_butler(cli, cli->args[0], cli->dry_run ? PPS_BUTLER_READ : PPS_BUTLER_WRITE, &code);
	pps_butler_report *report = NULL;
	pps_error *err = NULL;

	if (!b)
		return code;
	if (pps_butler_ingest_zip(b, cli->args[1], cli_get(cli, "uri"), cli->dry_run ? PPS_BUTLER_DRY_RUN : 0, &report, &err) < 0)
		code = cli_fail(cli, err);
	else
		code = print_findings(cli, report, cli->dry_run ? "would ingest" : "ingested");
	pps_butler_report_free(report);
	pps_butler_unref(b);
	return code;
}

int command_butler_verify(struct cli *cli)
{
	int code = EXIT_OK;
	pps_butler *b = command_open_butler(cli, cli->args[0], PPS_BUTLER_READ, &code);
	pps_butler_report *report = NULL;
	pps_error *err = NULL;

	if (!b)
		return code;
	if (pps_butler_verify_zip(b, cli->args[1], cli_get(cli, "uri"), cli_has(cli, "files") ? PPS_BUTLER_CHECK_FILES : 0, &report, &err) < 0) {
		code = cli_fail(cli, err);
	} else {
		cli->verbosity += 1; /* findings are the result */
		code = print_findings(cli, report, "differing");
		if (code == EXIT_OK && pps_butler_report_count(report))
			code = EXIT_FAILED;
	}
	pps_butler_report_free(report);
	pps_butler_unref(b);
	return code;
}
