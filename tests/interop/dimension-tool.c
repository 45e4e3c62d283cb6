/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Dimension records from a shell, for the scripts beside it. A REPO is URL or URL#SCHEMA.
 *
 *   dimension-tool check REPO                                    universe and tables
 *   dimension-tool transfer REPO REPO refs|visits INSTRUMENT EXPOSURE,... DETECTOR,...
 *   dimension-tool copy REPO REPO                                all records
 *   dimension-tool compare REPO REPO                             all records of the first in the second
 *   dimension-tool export REPO FILE [INSTRUMENT EXPOSURE]        all records, or those of an exposure
 *   dimension-tool import FILE REPO
 *   dimension-tool rewrite FILE FILE                             import and export, without a repository
 */
#include <stdio.h>
#include <string.h>

#include "dimensions/dimension-sql.h"

typedef struct repo {
	pps_sql *sql;
	pps_universe *universe;
} repo;

static pps_ctx *ctx;

static int repo_open(const char *name, repo *ret, pps_error **err)
{
	_cleanup_free_ char *url = strdup(name);
	char *schema = strrchr(url, '#');
	pps_sql_options options = { 0 };
	int r;

	if (schema) {
		*schema = 0;
		options.schema = schema + 1;
	}
	if ((r = pps_sql_open(ctx, url, &options, &ret->sql, err)) < 0)
		return r;
	return pps_dimension_universe(ret->sql, &ret->universe, err);
}

static void repo_close(repo *self)
{
	if (self->sql)
		pps_sql_close(self->sql);
	pps_universe_unref(self->universe);
}

static size_t numbers(char *text, int64_t *out, size_t max)
{
	size_t n = 0;
	char *save = NULL;

	for (char *t = strtok_r(text, ",", &save); t && n < max; t = strtok_r(NULL, ",", &save))
		out[n++] = strtoll(t, NULL, 10);
	return n;
}

static int read_all(const repo *from, pps_dimensions **ret, pps_error **err)
{
	int r = pps_dimensions_new_in(ctx, from->universe, ret, err);

	for (size_t i = 0; r == PPS_OK && i < pps_universe_size(from->universe); i++)
		if (pps_universe_at(from->universe, i)->has_table)
			r = pps_dimension_read(from->sql, *ret, pps_universe_at(from->universe, i)->name,
					       NULL, NULL, 0, err);
	return r;
}

static int print_difference(void *user, int kind, const pps_element *element, const char *key,
			    const char *column, pps_error **err)
{
	static const char *const kinds[] = { "", "missing", "different", "no-overlaps" };

	(void)user;
	(void)err;
	printf("%s %s %s%s%s\n", kinds[kind], element->name, key, column ? " " : "", column ? column : "");
	return PPS_OK;
}

static int transfer(const repo *from, const repo *to, char **argv, pps_error **err)
{
	_cleanup_(pps_dimensions_freep) pps_dimensions *d = NULL;
	_cleanup_free_ int64_t *exposures = calloc(10000, sizeof(int64_t)),
		*detectors = calloc(10000, sizeof(int64_t));
	size_t nexposures = numbers(argv[2], exposures, 10000), ndetectors = numbers(argv[3], detectors,
		10000);
	int64_t inserted = 0;
	int r = pps_dimensions_new_in(ctx, from->universe, &d, err);

	if (r == PPS_OK)
		r = pps_dimension_collect_refs(from->sql, d, argv[1], exposures, nexposures, detectors,
					       ndetectors, !strcmp(argv[0], "visits"), err);
	if (r == PPS_OK)
		r = pps_dimension_insert(to->sql, to->universe, d, from->sql, &inserted, err);
	if (r == PPS_OK)
		printf("%lld inserted\n", (long long)inserted);
	return r;
}

static int copy(const repo *from, const repo *to, int compare, pps_error **err)
{
	_cleanup_(pps_dimensions_freep) pps_dimensions *d = NULL;
	int64_t n = 0;
	int r = read_all(from, &d, err);

	if (r == PPS_OK)
		r = compare ? pps_dimension_compare(to->sql, to->universe, d, print_difference, NULL, &n, err)
			    : pps_dimension_insert(to->sql, to->universe, d, from->sql, &n, err);
	if (r == PPS_OK)
		printf("%lld %s\n", (long long)n, compare ? "differences" : "inserted");
	return r;
}

static int export(const repo *from, int argc, char **argv, pps_error **err)
{
	_cleanup_(pps_dimensions_freep) pps_dimensions *d = NULL;
	int r = argc > 4 ? pps_dimensions_new_in(ctx, from->universe, &d, err) : read_all(from, &d, err);

	if (r == PPS_OK && argc > 5)
		r = pps_dimension_collect_exposure(from->sql, d, argv[4], strtoll(argv[5], NULL, 10), err);
	return r < 0 ? r : pps_dimensions_save(d, argv[3], err);
}

static int import(const char *path, const repo *to, pps_error **err)
{
	_cleanup_(pps_dimensions_freep) pps_dimensions *d = NULL;
	int64_t inserted = 0;
	int r = pps_dimensions_load_in(ctx, path, to->universe, &d, err);

	if (r == PPS_OK)
		r = pps_dimension_insert(to->sql, to->universe, d, NULL, &inserted, err);
	if (r == PPS_OK)
		printf("%lld inserted\n", (long long)inserted);
	return r;
}

static int rewrite(const char *from, const char *to, pps_error **err)
{
	_cleanup_(pps_dimensions_freep) pps_dimensions *d = NULL;
	int r = pps_dimensions_load(ctx, from, &d, err);

	return r < 0 ? r : pps_dimensions_save(d, to, err);
}

static int run(int argc, char **argv, pps_error **err)
{
	_cleanup_(repo_close) repo from = { 0 }, to = { 0 };
	const char *what = argc > 1 ? argv[1] : "";
	int r;

	int two = !strcmp(what, "transfer") || !strcmp(what, "copy") || !strcmp(what, "compare");

	if (argc < 3 || (two && argc < 4))
		return pps_fail(err, PPS_E_ARG, "usage: see the source");
	if (!strcmp(what, "rewrite") && argc == 4)
		return rewrite(argv[2], argv[3], err);
	if (!strcmp(what, "import") && argc == 4)
		return (r = repo_open(argv[3], &to, err)) < 0 ? r : import(argv[2], &to, err);
	if ((r = repo_open(argv[2], &from, err)) < 0 || (two && (r = repo_open(argv[3], &to, err)) < 0))
		return r;
	if (!strcmp(what, "check") && (r = pps_dimension_check_tables(from.sql, from.universe, NULL, err)) == PPS_OK)
		printf("universe %d\n", pps_universe_version(from.universe));
	else if (!strcmp(what, "transfer") && argc == 8)
		r = transfer(&from, &to, argv + 4, err);
	else if (!strcmp(what, "copy") || !strcmp(what, "compare"))
		r = copy(&from, &to, !strcmp(what, "compare"), err);
	else if (!strcmp(what, "export") && argc >= 4)
		r = export(&from, argc, argv, err);
	return r;
}

int main(int argc, char **argv)
{
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	int r = pps_ctx_new(&ctx, &err);

	if (r == PPS_OK)
		r = run(argc, argv, &err);
	pps_ctx_unref(ctx);
	if (r < 0)
		fprintf(stderr, "%s: %s\n", pps_error_code_name(r), pps_error_message(err));
	return r < 0;
}
