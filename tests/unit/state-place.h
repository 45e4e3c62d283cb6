/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A place for a state database, for tests that run on both: with PPS_TEST_PG, the URL of a PostgreSQL database, in a schema of its own
 * (SCHEMA, dropped at the end), else on an SQLite file.
 */
#ifndef PPS_TESTS_STATE_PLACE_H
#define PPS_TESTS_STATE_PLACE_H

#include "test.h"

#include "state/state-private.h"

static struct {
	pps_ctx *ctx;
	char folder[64];
	char url[512];
	const char *postgres;
	/* what a test looks at the state with: a server's process for each look would be most of what it takes */
	pps_state *state;
	pps_sql *sql;
} world;

static int group_setup(void **state)
{
	(void)state;
	if (make_quick_folder(world.folder, sizeof world.folder) < 0 || pps_ctx_new(&world.ctx, NULL) < 0)
		return -1;
	world.postgres = getenv("PPS_TEST_PG");
	if (world.postgres && !*world.postgres)
		world.postgres = NULL;
	if (world.postgres)
		snprintf(world.url, sizeof world.url, "%s%coptions=-csearch_path%%3D" SCHEMA "&application_name=" SCHEMA, world.postgres,
			 strchr(world.postgres, '?') ? '&' : '?');
	else
		snprintf(world.url, sizeof world.url, "sqlite:///%s/state.db", world.folder);
	return 0;
}

static int group_teardown(void **state)
{
	(void)state;
	pps_ctx_unref(world.ctx);
	return rmdir(world.folder);
}

static pps_sql *open_sql(int create)
{
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	pps_sql *sql = NULL;

	assert_ok(pps_state_connect(world.ctx, world.url, create, &sql, &err), err);
	return sql;
}

_unused_ static void sql_exec(const char *text)
{
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	_cleanup_(pps_sql_closep) pps_sql *sql = open_sql(1);

	assert_ok(pps_sql_exec(sql, text, NULL, 0, NULL, &err), err);
}

_unused_ static int64_t sql_ask(const char *text)
{
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	_cleanup_(pps_sql_rows_freep) pps_sql_rows *rows = NULL;

	if (!world.sql)
		world.sql = open_sql(0);
	assert_ok(pps_sql_query(world.sql, text, NULL, 0, &rows, &err), err);
	assert_int_equal(pps_sql_next(rows, &err), 1);
	return pps_sql_get_int(rows, 0);
}

static int empty_place(void **state)
{
	(void)state;
	if (world.postgres) {
		_cleanup_(pps_sql_closep) pps_sql *sql = NULL;

		if (pps_sql_open(world.ctx, world.postgres, NULL, &sql, NULL) < 0 ||
		    pps_sql_exec(sql, "DROP SCHEMA IF EXISTS " SCHEMA " CASCADE", NULL, 0, NULL, NULL) < 0 ||
		    pps_sql_exec(sql, "CREATE SCHEMA " SCHEMA, NULL, 0, NULL, NULL) < 0)
			return -1;
	}
	return 0;
}

_unused_ static int setup(void **state)
{
	if (empty_place(state) < 0)
		return -1;
	return pps_state_init_url(world.ctx, world.url, 0, NULL, NULL);
}

static int teardown(void **state)
{
	static const char *const names[] = { "state.db", "state.db.raw.lock", "state.db.publish.lock" };

	(void)state;
	world.state = pps_state_unref(world.state);
	pps_sql_close(world.sql);
	world.sql = NULL;
	if (world.postgres) {
		_cleanup_(pps_sql_closep) pps_sql *sql = NULL;

		return pps_sql_open(world.ctx, world.postgres, NULL, &sql, NULL) < 0 ||
		       pps_sql_exec(sql, "DROP SCHEMA " SCHEMA " CASCADE", NULL, 0, NULL, NULL) < 0;
	}
	for (size_t i = 0; i < PPS_COUNT(names); i++) {
		char path[128];

		snprintf(path, sizeof path, "%s/%s", world.folder, names[i]);
		unlink(path);
	}
	return 0;
}

static pps_state *open_state(void)
{
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	pps_state *s = NULL;

	assert_ok(pps_state_open_url(world.ctx, world.url, &s, &err), err);
	return s;
}

_unused_ static pps_state *watch(void)
{
	if (!world.state)
		world.state = open_state();
	return world.state;
}

static pps_flow_lock *take_flow(pps_state *s, const char *flow)
{
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	pps_flow_lock *lock = NULL;

	assert_ok(pps_state_lock(s, flow, &lock, &err), err);
	return lock;
}

#endif
