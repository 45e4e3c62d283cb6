/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * where-batch [-i INSTRUMENT] REPOSITORY: reads one expression per line, as a JSON string, and answers each
 * with a line of JSON: {"ok": true, "ids": [["LSSTCam", 2025123100001], ...]}, sorted, or {"ok": false,
 * "error": "..."}.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <jansson.h>

#include "base/yaml.h"
#include "butler/where.h"

static int open_database(pps_ctx *ctx, const char *repository, pps_sql **ret_sql, pps_error **err)
{
	_cleanup_(pps_yaml_freep) pps_yaml *yaml = NULL;
	_cleanup_buf_ pps_buf path = PPS_BUF_LINE, url = PPS_BUF_LINE;
	int r;

	pps_buf_printf(&path, "%s/butler.yaml", repository);
	if ((r = pps_yaml_load(pps_buf_text(&path), 0, &yaml, err)) < 0)
		return r;

	const char *db = pps_yaml_text(pps_yaml_path(pps_yaml_root(yaml), "registry.db"));
	const pps_yaml_node *schema = pps_yaml_path(pps_yaml_root(yaml), "registry.namespace");

	if (db && strncmp(db, "postgresql", 10) == 0)
		pps_buf_add_text(&url, db);
	else
		pps_buf_printf(&url, "sqlite:///%s/gen3.sqlite3", repository);

	const pps_sql_options options = { .schema = schema ? pps_yaml_text(schema) : NULL, .read_only = 1 };

	return pps_sql_open(ctx, pps_buf_text(&url), &options, ret_sql, err);
}

static int read_universe(pps_sql *sql, pps_universe **ret_universe, pps_error **err)
{
	_cleanup_(pps_sql_rows_freep) pps_sql_rows *rows = NULL;
	int r = pps_sql_query(sql,
			      "SELECT value FROM {butler_attributes} WHERE name = 'config:dimensions.json'",
			      NULL, 0, &rows, err);

	if (r < 0 || (r = pps_sql_next(rows, err)) < 0)
		return r;
	if (r == 0)
		return pps_fail(err, PPS_E_FORMAT, "no universe");
	return pps_universe_parse(pps_sql_get_text(rows, 0), pps_sql_get_size(rows, 0), ret_universe, err);
}

static int select_exposures(pps_sql *sql, const pps_universe *universe, const char *text,
			    const char *instrument, json_t *ids, pps_error **err)
{
	const pps_where_options options = { .kind = pps_sql_kind(sql), .instrument = instrument, .sql = sql };
	_cleanup_(pps_where_freep) pps_where *where = NULL;
	_cleanup_(pps_sql_rows_freep) pps_sql_rows *rows = NULL;
	_cleanup_buf_ pps_buf statement = PPS_BUF_SQL;
	size_t n;
	int r = pps_where_compile(universe, text, &options, &where, err);

	if (r < 0)
		return r;
	pps_buf_add_text(&statement, "SELECT e.instrument, e.id FROM {exposure} AS e WHERE ");
	pps_where_condition(where, "e", 1, &statement);
	pps_buf_add_text(&statement, " ORDER BY 1, 2");
	if ((r = pps_buf_check(&statement, "statement", err)) < 0)
		return r;
	if (getenv("WHERE_BATCH_SHOW"))
		fprintf(stderr, "%s\n", pps_buf_text(&statement));

	const pps_sql_value *params = pps_where_params(where, &n);

	if ((r = pps_sql_query(sql, pps_buf_text(&statement), params, n, &rows, err)) < 0)
		return r;
	while ((r = pps_sql_next(rows, err)) > 0)
		json_array_append_new(ids, json_pack("[sI]", pps_sql_get_text(rows, 0),
						     (json_int_t)pps_sql_get_int(rows, 1)));
	return r;
}

static void answer(pps_sql *sql, const pps_universe *universe, const char *instrument, const char *line)
{
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	json_t *expression = json_loads(line, JSON_DECODE_ANY, NULL), *ids = json_array(), *reply;

	if (!json_is_string(expression))
		reply = json_pack("{s:b,s:s}", "ok", 0, "error", "no JSON string");
	else if (select_exposures(sql, universe, json_string_value(expression), instrument, ids, &err) < 0)
		reply = json_pack("{s:b,s:s}", "ok", 0, "error", pps_error_message(err));
	else
		reply = json_pack("{s:b,s:O}", "ok", 1, "ids", ids);
	json_dumpf(reply, stdout, JSON_COMPACT);
	putchar('\n');
	json_decref(reply);
	json_decref(ids);
	json_decref(expression);
}

int main(int argc, char **argv)
{
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	_cleanup_(pps_ctx_unrefp) pps_ctx *ctx = NULL;
	_cleanup_(pps_sql_closep) pps_sql *sql = NULL;
	_cleanup_(pps_universe_unrefp) pps_universe *universe = NULL;
	_cleanup_free_ char *line = NULL;
	const char *instrument = NULL;
	size_t room = 0;
	int option;

	while ((option = getopt(argc, argv, "i:")) == 'i')
		instrument = optarg;
	if (option != -1 || optind + 1 != argc) {
		fprintf(stderr, "usage: where-batch [-i INSTRUMENT] REPOSITORY\n");
		return 2;
	}
	if (pps_ctx_new(&ctx, &err) < 0 || open_database(ctx, argv[optind], &sql, &err) < 0 ||
	    read_universe(sql, &universe, &err) < 0) {
		fprintf(stderr, "%s\n", pps_error_message(err));
		return 1;
	}
	while (getline(&line, &room, stdin) > 0)
		answer(sql, universe, instrument, line);
	return 0;
}
