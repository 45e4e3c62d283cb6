/* SPDX-License-Identifier: BSD-3-Clause */
/* Copies of the example world's repositories (SQLite, as the Python Butler made them), new for each test. */
#ifndef PPS_TESTS_BUTLER_PLACE_H
#define PPS_TESTS_BUTLER_PLACE_H

#include <sqlite3.h>
#include <stdio.h>
#include <sys/stat.h>

#include "test.h"

#include "butler/butler-private.h"

static struct {
	char folder[64];
	char embargo[128], main[128];
	pps_ctx *ctx;
} world;

static char *read_text(const char *path)
{
	FILE *f = fopen(path, "r");
	char *text = NULL;
	size_t size = 0;

	if (!f)
		return NULL;
	if (getdelim(&text, &size, 0, f) < 0) {
		free(text);
		text = NULL;
	}
	fclose(f);
	return text;
}

static void run_sql(const char *repository, const char *text)
{
	char path[200], *error = NULL;
	sqlite3 *db;

	snprintf(path, sizeof path, "%s/gen3.sqlite3", repository);
	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	if (sqlite3_exec(db, text, NULL, NULL, &error) != SQLITE_OK)
		fail_msg("%s: %s", text, error);
	sqlite3_close(db);
}

static int count_cb(void *user, int n, char **values, char **names)
{
	(void)n;
	(void)names;
	*(int64_t *)user = values[0] ? strtoll(values[0], NULL, 10) : -1;
	return 0;
}

static int64_t number(const char *repository, const char *text)
{
	int64_t value = -1;
	char path[200];
	sqlite3 *db;

	snprintf(path, sizeof path, "%s/gen3.sqlite3", repository);
	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, text, count_cb, &value, NULL), SQLITE_OK);
	sqlite3_close(db);
	return value;
}

static void make_repository(const char *folder, const char *name)
{
	char path[300];
	char *text;
	FILE *f;

	mkdir(folder, 0755);
	snprintf(path, sizeof path, "%s/../../../examples/world/%s.sql", VECTORS, name);
	assert_non_null(text = read_text(path));
	run_sql(folder, text);
	if (strcmp(name, "embargo") == 0)
		run_sql(folder, "UPDATE file_datastore_records SET path = replace(path, '@ROOT@', '/world')");
	free(text);
	snprintf(path, sizeof path, "%s/butler.yaml", folder);
	assert_non_null(f = fopen(path, "w"));
	fputs("datastore: {root: <butlerRoot>}\nregistry: {db: 'sqlite:///<butlerRoot>/gen3.sqlite3'}\n", f);
	fclose(f);
}

static int setup(void **state)
{
	(void)state;
	unsetenv("DAF_BUTLER_REPOSITORY_INDEX");
	unsetenv("DAF_BUTLER_REPOSITORIES");
	unsetenv("DAF_BUTLER_CONFIG_PATH");
	if (make_quick_folder(world.folder, sizeof world.folder) < 0 || pps_ctx_new(&world.ctx, NULL) < 0)
		return -1;
	snprintf(world.embargo, sizeof world.embargo, "%s/embargo", world.folder);
	snprintf(world.main, sizeof world.main, "%s/main", world.folder);
	make_repository(world.embargo, "embargo");
	make_repository(world.main, "main");
	return 0;
}

static int teardown(void **state)
{
	char command[128];

	(void)state;
	pps_ctx_unref(world.ctx);
	snprintf(command, sizeof command, "rm -rf %s", world.folder);
	return system(command);
}

static pps_butler *must_open(const char *repository, int mode)
{
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	pps_butler *b = NULL;

	assert_ok(pps_butler_open(world.ctx, repository, mode, &b, &err), err);
	return b;
}

/* Expects a failure with this code, whose message has these words. */
#define assert_fails(call, code, word)                                                                          \
	do {                                                                                                    \
		_cleanup_(pps_error_freep) pps_error *failed = NULL;                                            \
		int r_ = (call);                                                                                \
		if (r_ != (code) || !strstr(pps_error_message(failed), word))                                   \
			fail_msg("%s, not %s with \"%s\": %s", pps_error_code_name(r_), #code, word, pps_error_message(failed)); \
	} while (0)

#define PLACE_TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

#endif
