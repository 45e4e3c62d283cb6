/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the state database's questions cost while its history grows: usage: bench-state [EXPOSURES...]. 50 exposures are unfinished, all
 * others finished, each with six steps. On an SQLite file in a temporary folder, or with the URL of a database in PPS_TEST_PG on
 * PostgreSQL, in a schema of its own.
 */
#include <stdio.h>
#include <string.h>

#include "state/state-private.h"

#define SCHEMA "pps_bench_state"
#define UNFINISHED 50
#define ROUNDS 5
#define APPLIES 20

static pps_error *err;
static pps_ctx *ctx;

static void must(int r, const char *what)
{
	if (r >= 0)
		return;
	fprintf(stderr, "bench-state: %s: %s\n", what, pps_error_message(err));
	exit(1);
}

static void fill(pps_sql *sql, size_t exposures)
{
	_cleanup_buf_ pps_buf b = PPS_BUF_SQL;
	const char *n = "WITH RECURSIVE m(i) AS (SELECT CAST(1 AS BIGINT) UNION ALL SELECT i + 1 FROM m WHERE i < ";

	pps_buf_printf(&b, "INSERT INTO {exposure} (instrument, id, obs_id, day_obs, timespan_begin, timespan_end, can_see_sky, rule, embargo, "
		       "read_at, finished, finished_for) %s%zu) SELECT 'LSSTCam', i, 'MC_O_' || i, 20250000 + i / 1000, i * 1000000000, "
		       "i * 1000000000 + 30, 1, 'x', 0, 0, CASE WHEN i > %zu THEN NULL ELSE 1 END, CASE WHEN i > %zu THEN NULL ELSE 'main' END "
		       "FROM m;\n", n, exposures, exposures - UNFINISHED, exposures - UNFINISHED);
	for (int step = 0; step < 6; step++)
		pps_buf_printf(&b, "INSERT INTO {exposure_step} (instrument, id, step, destination, at, as_of) %s%zu) SELECT 'LSSTCam', i, "
			       "'step%d', '', 0, 0 FROM m;\n", n, exposures, step);
	must(pps_sql_script(sql, pps_buf_text(&b), &err), "fill");
}

static int compare(const void *a, const void *b)
{
	return (*(const double *)a > *(const double *)b) - (*(const double *)a < *(const double *)b);
}

static double ms_since(int64_t start)
{
	return (double)(pps_monotonic_now() - start) / 1e6;
}

static double median(double *times)
{
	qsort(times, ROUNDS, sizeof *times, compare);
	return times[ROUNDS / 2];
}

static void measure(pps_state *state, size_t exposures)
{
	const pps_exposure_filter ready = { .unfinished = 1, .due = INT64_C(1900000000000000000) };
	pps_exposure_key keys[UNFINISHED];
	double list[ROUNDS], counts[ROUNDS], reopen[ROUNDS], apply[ROUNDS];
	_cleanup_(pps_flow_lock_freep) pps_flow_lock *lock = NULL;
	pps_exposure_counts c;
	int64_t n;

	must(pps_state_lock(state, "raw", &lock, &err), "lock");
	for (int round = 0; round < ROUNDS; round++) {
		pps_exposure_list *l = NULL;
		int64_t start = pps_monotonic_now();

		must(pps_state_exposures(state, &ready, &l, &err), "exposures");
		list[round] = ms_since(start);
		if (pps_exposure_list_size(l) != UNFINISHED)
			must(pps_fail(&err, PPS_E_INTERNAL, "%zu unfinished", pps_exposure_list_size(l)), "exposures");
		for (size_t i = 0; i < UNFINISHED; i++)
			keys[i] = (pps_exposure_key){ "LSSTCam", pps_exposure_list_at(l, i)->key.id };
		pps_exposure_list_free(l);
		start = pps_monotonic_now();
		must(pps_state_exposure_counts(state, &c, &err), "counts");
		counts[round] = ms_since(start);
		start = pps_monotonic_now();
		must(pps_state_reopen(state, lock, "main", &n, &err), "reopen");
		reopen[round] = ms_since(start);
		start = pps_monotonic_now();
		for (size_t i = 0; i < APPLIES; i++) {
			pps_state_change change = { .kind = PPS_CHANGE_STEP, .key = keys[i], .step = PPS_STEP_PACK };

			must(pps_state_apply(state, lock, round, round, &change, 1, NULL, &err), "apply");
		}
		apply[round] = ms_since(start) / APPLIES;
	}
	printf("{\"exposures\": %zu, \"unfinished\": %d, \"list_ms\": %.2f, \"counts_ms\": %.2f, \"reopen_ms\": %.2f, \"apply_ms\": %.2f}\n",
	       exposures, UNFINISHED, median(list), median(counts), median(reopen), median(apply));
	fflush(stdout);
}

static void run(const char *server, const char *url, size_t exposures)
{
	pps_state *state = NULL;
	pps_sql *sql = NULL;

	if (server) {
		must(pps_sql_open(ctx, server, NULL, &sql, &err), server);
		must(pps_sql_exec(sql, "DROP SCHEMA IF EXISTS " SCHEMA " CASCADE", NULL, 0, NULL, &err), "schema");
		must(pps_sql_exec(sql, "CREATE SCHEMA " SCHEMA, NULL, 0, NULL, &err), "schema");
		pps_sql_close(TAKE_PTR(sql));
	}
	must(pps_state_init_url(ctx, url, 0, NULL, &err), "init");
	must(pps_state_connect(ctx, url, 0, &sql, &err), url);
	fill(sql, exposures);
	must(pps_state_open_url(ctx, url, &state, &err), "open");
	measure(state, exposures);
	pps_state_unref(state);
	if (server)
		must(pps_sql_exec(sql, "DROP SCHEMA " SCHEMA " CASCADE", NULL, 0, NULL, &err), "schema");
	pps_sql_close(sql);
}

int main(int argc, char **argv)
{
	static const size_t usual[] = { 1000, 10000, 100000, 300000 };
	size_t n = argc > 1 ? (size_t)argc - 1 : PPS_COUNT(usual);
	char folder[] = "/tmp/pps-bench-state-XXXXXX", path[64], lock[80], url[600];
	const char *server = getenv("PPS_TEST_PG");

	if (server && !*server)
		server = NULL;
	must(pps_ctx_new(&ctx, &err), "context");
	if (!mkdtemp(folder))
		must(pps_fail(&err, PPS_E_IO, "cannot be made"), folder);
	snprintf(path, sizeof path, "%s/state.db", folder);
	snprintf(lock, sizeof lock, "%s.raw.lock", path);
	if (server)
		snprintf(url, sizeof url, "%s%coptions=-csearch_path%%3D" SCHEMA, server, strchr(server, '?') ? '&' : '?');
	else
		snprintf(url, sizeof url, "sqlite:///%s", path);
	for (size_t i = 0; i < n; i++) {
		size_t exposures = argc > 1 ? strtoul(argv[i + 1], NULL, 10) : usual[i];

		if (exposures <= UNFINISHED)
			must(pps_fail(&err, PPS_E_ARG, "more than %d exposures are needed", UNFINISHED), argv[0]);
		run(server, url, exposures);
		unlink(path);
		unlink(lock);
	}
	pps_ctx_unref(ctx);
	return rmdir(folder) ? 1 : 0;
}
