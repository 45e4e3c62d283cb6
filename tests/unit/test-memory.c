/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Memory runs out: each sequence of calls runs again and again, its first, second, third ... allocation failing, until it needs no more.
 * Each failure must be PPS_E_NOMEM, undo what was begun, and lose nothing. The linker sends our own allocations through here.
 */
#include "test.h"

#include <stdio.h>

#include "alloc-wraps.h"
#include "rucio/ini.h"
#include "rucio/rucio-settings.h"
#include "state/state.h"
#include "store/s3-profile.h"
#include "store/s3-sign.h"

static size_t left;    /* allocations that still succeed; SIZE_MAX: all */
static int has_failed;

int alloc_fails(void)
{
	if (left == SIZE_MAX)
		return 0;
	if (left-- > 0)
		return 0;
	left = SIZE_MAX; /* one failure; what follows it must work */
	has_failed = 1;
	return 1;
}

static char folder[64], url[128];

static int group_setup(void **state)
{
	(void)state;
	if (make_quick_folder(folder, sizeof folder) < 0)
		return -1;
	snprintf(url, sizeof url, "sqlite:///%s/state.db", folder);
	return 0;
}

static void remove_files(void)
{
	static const char *const names[] = { "state.db", "state.db-journal", "state.db.raw.lock", "credentials", "config", "rucio.cfg" };

	for (size_t i = 0; i < PPS_COUNT(names); i++) {
		char path[128];

		snprintf(path, sizeof path, "%s/%s", folder, names[i]);
		unlink(path);
	}
}

static int group_teardown(void **state)
{
	(void)state;
	remove_files();
	return rmdir(folder);
}

/* Runs @fn with its nth allocation failing, for every n. @most: a sequence that allocates more often has run away. */
static void torture(int (*fn)(pps_ctx *ctx, pps_error **err), size_t most)
{
	for (size_t n = 0;; n++) {
		pps_ctx *ctx = NULL;
		pps_error *err = NULL;
		int r;

		assert_int_equal(pps_ctx_new(&ctx, NULL), PPS_OK);
		has_failed = 0;
		left = n;
		r = fn(ctx, &err);
		left = SIZE_MAX;
		if (r < 0 && r != PPS_E_NOMEM)
			fail_msg("allocation %zu: %s: %s", n, pps_error_code_name(r), pps_error_message(err));
		if (r < 0)
			assert_int_equal(pps_error_code(err), PPS_E_NOMEM);
		else
			assert_null(err);
		pps_error_free(err);
		pps_ctx_unref(ctx);
		if (!has_failed) {
			assert_int_equal(r, PPS_OK);
			return;
		}
		assert_true(n < most);
	}
}

/* A few rows with a conflict clause, and many without one: two ways on PostgreSQL. */
static int fill(pps_sql *sql, void *user, pps_error **err)
{
	static const pps_sql_column columns[] = { { "id", PPS_SQL_INT }, { "name", PPS_SQL_TEXT } };
	pps_sql_value values[2 * 600];
	int r;

	(void)user;
	for (int i = 0; i < 600; i++) {
		values[2 * i] = pps_sql_int(i);
		values[2 * i + 1] = pps_sql_text(i % 2 ? "a" : NULL);
	}
	if ((r = pps_sql_insert(sql, "pps_memory", columns, 2, values, 2, "ON CONFLICT DO NOTHING", NULL, err)) < 0 ||
	    (r = pps_sql_exec(sql, "DELETE FROM {pps_memory}", NULL, 0, NULL, err)) < 0)
		return r;
	return pps_sql_insert(sql, "pps_memory", columns, 2, values, 600, NULL, NULL, err);
}

static int sql_sequence(pps_ctx *ctx, pps_error **err)
{
	static const int64_t ids[] = { 1, 2, 3 };
	static const char *const names[] = { "a", "b\"" };
	pps_sql_value params[] = { pps_sql_ints(ids, 3), pps_sql_texts(names, 2) };
	_cleanup_(pps_sql_closep) pps_sql *sql = NULL;
	_cleanup_(pps_sql_rows_freep) pps_sql_rows *rows = NULL;
	const char *server = getenv("PPS_TEST_PG");
	int r;

	if ((r = pps_sql_open(ctx, server && *server ? server : "sqlite://", NULL, &sql, err)) < 0 ||
	    (r = pps_sql_script(sql, "DROP TABLE IF EXISTS {pps_memory};\nCREATE TABLE {pps_memory} (id BIGINT PRIMARY KEY, name TEXT);\n",
				err)) < 0 ||
	    (r = pps_sql_transact(sql, 1, fill, NULL, err)) < 0)
		return r;
	r = pps_sql_query(sql, "SELECT id FROM {pps_memory} WHERE id {in $1 int} OR name {in $2 text}", params, 2, &rows, err);
	while (r >= 0 && (r = pps_sql_next(rows, err)) == 1)
		;
	pps_sql_rows_free(TAKE_PTR(rows));
	return r < 0 ? r : pps_sql_exec(sql, "DROP TABLE {pps_memory}", NULL, 0, NULL, err);
}

static int init_sequence(pps_ctx *ctx, pps_error **err)
{
	_cleanup_(pps_state_unrefp) pps_state *state = NULL;
	int r;

	remove_files();
	if ((r = pps_state_init_url(ctx, url, 0, NULL, err)) < 0)
		return r;
	return pps_state_open_url(ctx, url, &state, err);
}

static int nothing(const pps_ledger_row *row, void *user, pps_error **err)
{
	(void)row;
	(void)user;
	(void)err;
	return PPS_OK;
}

static int apply_sequence(pps_state *state, pps_flow_lock *lock, pps_error **err)
{
	static const pps_exposure_source source = { .obs_id = "MC_O_20251202_000001", .day_obs = 20251202, .rule = "sky" };
	static const pps_exposure_zip zip = { .uri = "file:///a.zip", .size = 1 };
	static const pps_uuid uuids[] = { { { 2 } }, { { 1 } } };
	static const pps_ledger_entry entry = { .flow = "raw", .action = "release", .subject = "MC_O_20251202_000001", .rule = "sky",
						.who = "test", .uuids = uuids, .nuuids = 2 };
	const pps_exposure_key key = { "LSSTCam", 2025120200001 };
	const pps_state_change changes[] = {
		{ .kind = PPS_CHANGE_SOURCE, .key = key, .source = &source },
		{ .kind = PPS_CHANGE_ZIP, .key = key, .zip = &zip },
		{ .kind = PPS_CHANGE_STEP, .key = key, .step = PPS_STEP_PACK },
		{ .kind = PPS_CHANGE_FAILURE, .key = key, .step = PPS_STEP_INGEST, .destination = "main", .code = PPS_E_IO, .text = "EIO" },
		{ .kind = PPS_CHANGE_AUTHORISED, .entry = &entry },
		{ .kind = PPS_CHANGE_DONE, .entry = &entry },
	};

	return pps_state_apply(state, lock, 10, 10, changes, PPS_COUNT(changes), NULL, err);
}

/* A fresh state, copied from one that was made before: what is done with it must not grow from run to run. */
static char fresh[1 << 20];
static size_t fresh_size;

static FILE *open_file(const char *mode)
{
	char path[128];
	FILE *f;

	snprintf(path, sizeof path, "%s/state.db", folder);
	f = fopen(path, mode);
	assert_non_null(f);
	return f;
}

static void write_state(void)
{
	FILE *f;

	remove_files();
	f = open_file("we");
	assert_int_equal(fwrite(fresh, 1, fresh_size, f), fresh_size);
	assert_int_equal(fclose(f), 0);
}

static void read_state(void)
{
	FILE *f = open_file("re");

	fresh_size = fread(fresh, 1, sizeof fresh, f);
	assert_in_range(fresh_size, 1, sizeof fresh - 1);
	fclose(f);
}

static int state_sequence(pps_ctx *ctx, pps_error **err)
{
	const pps_exposure_key key = { "LSSTCam", 2025120200001 };
	_cleanup_(pps_exposure_list_freep) pps_exposure_list *list = NULL;
	_cleanup_(pps_exposure_list_freep) pps_exposure_list *by_key = NULL;
	_cleanup_(pps_state_unrefp) pps_state *state = NULL;
	_cleanup_(pps_flow_lock_freep) pps_flow_lock *lock = NULL;
	_cleanup_free_ char *reason = NULL;
	int r;

	write_state();
	if ((r = pps_state_open_url(ctx, url, &state, err)) < 0 || (r = pps_state_lock(state, "raw", &lock, err)) < 0 ||
	    (r = apply_sequence(state, lock, err)) < 0 ||
	    (r = pps_state_hold(state, &(pps_hold_target){ .flow = "raw", .day_obs = 20251202 }, "clouds", "test", err)) < 0 ||
	    (r = pps_state_is_held(state, "raw", &key, 20251202, &reason, err)) < 0 ||
	    (r = pps_state_exposures(state, NULL, &list, err)) < 0 || (r = pps_state_exposures_of(state, &key, 1, &by_key, err)) < 0 ||
	    (r = pps_state_retry(state, NULL, NULL, err)) < 0 || (r = pps_state_ledger_open(state, "raw", nothing, NULL, err)) < 0)
		return r;
	return pps_state_ledger_verify(state, NULL, err);
}

static void put(const char *file, const char *text)
{
	char path[128];
	FILE *f;

	snprintf(path, sizeof path, "%s/%s", folder, file);
	assert_non_null(f = fopen(path, "we"));
	fputs(text, f);
	assert_int_equal(fclose(f), 0);
}

/* The credentials of a profile, and with them a request and a URL. */
static int sign_sequence(pps_ctx *ctx, pps_error **err)
{
	static const pps_s3_pair query[] = { { "uploads", NULL }, { "prefix", "a b/\303\251+" } };
	static const pps_s3_pair headers[] = { { "Range", "bytes=0-9" }, { "x-amz-acl", "private" } };
	_cleanup_(pps_s3_profile_freep) pps_s3_profile *p = NULL;
	_cleanup_s3_signed_ pps_s3_signed sent = { 0 };
	_cleanup_free_ char *presigned = NULL;
	int r;

	if ((r = pps_s3_profile_load(ctx, "night", &p, err)) < 0)
		return r;
	assert_string_equal(p->endpoint, "http://127.0.0.1:9/x");
	assert_string_equal(p->credentials.secret, "geheim");
		assert_string_equal(p->credentials.token, "t");
	{
		const pps_s3_request request = { .target = { .endpoint = p->endpoint, .region = p->region, .bucket = "tenant:b", .key = "k/\303\251 %~",
							     .query = query, .nquery = 2 },
						 .method = "GET", .headers = headers, .nheaders = 2 };

		if ((r = pps_s3_sign(&request, &p->credentials, INT64_C(1764720000000000000), &sent, err)) < 0) {
			sent = (pps_s3_signed){ 0 };
			return r;
		}
		return pps_s3_presign(&request, &p->credentials, INT64_C(1764720000000000000), 60, &presigned, err);
	}
}

static const char *rucio_environment(const char *variable)
{
	static char path[128];

	snprintf(path, sizeof path, "%s/rucio.cfg", folder);
	return !strcmp(variable, "RUCIO_CONFIG") ? path : !strcmp(variable, "HOME") ? "/home/me" : NULL;
}

#define RUCIO_CFG                                                                                                            \
	"[DEFAULT]\nhost = rucio.example.org\n# said\n[client]\nrucio_host = https://%(host)s:443/\nauth_host: https://%(host)s\n"  \
	"account = me\nauth_type = ssh\nssh_private_key = ~/key\nca_cert = $HOME/ca.pem\nnote = a\n  b\n  100%%\n"

static int rucio_sequence(pps_ctx *ctx, pps_error **err)
{
	_cleanup_(pps_ini_freep) pps_ini *ini = NULL;
	_cleanup_free_ char *note = NULL;
	pps_rucio_settings settings = { 0 };
	int r;

	(void)ctx;
	if ((r = pps_ini_parse("rucio.cfg", RUCIO_CFG, strlen(RUCIO_CFG), &ini, err)) < 0 || (r = pps_ini_get(ini, "client", "note", &note, err)) < 0)
		return r;
	assert_string_equal(note, "a\nb\n100%");
	if ((r = pps_rucio_settings_read(NULL, rucio_environment, &settings, err)) == PPS_OK) {
		assert_string_equal(settings.url, "https://rucio.example.org:443");
		assert_string_equal(settings.private_key, "/home/me/key");
	}
	pps_rucio_settings_clear(&settings);
	return r;
}

static void signing_without_memory(void **state)
{
	static const char *const others[] = { "S3_ENDPOINT_URL", "AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY",
					      "AWS_SESSION_TOKEN", "AWS_PROFILE", "AWS_REGION", "AWS_DEFAULT_REGION", "AWS_CA_BUNDLE" };
	char path[128];

	(void)state;
	for (size_t i = 0; i < PPS_COUNT(others); i++)
		unsetenv(others[i]);
	put("credentials", "[default]\naws_access_key_id = x\naws_secret_access_key = y\n[night]\naws_access_key_id = k\n"
			   "aws_secret_access_key = geheim\naws_session_token = t\n");
	put("config", "[profile night]\nregion = here\nca_bundle = /etc/ca.pem\n");
	snprintf(path, sizeof path, "%s/credentials", folder);
	setenv("AWS_SHARED_CREDENTIALS_FILE", path, 1);
	snprintf(path, sizeof path, "%s/config", folder);
	setenv("AWS_CONFIG_FILE", path, 1);
	setenv("LSST_RESOURCES_S3_PROFILE_night", "http://127.0.0.1:9/x", 1);
	torture(sign_sequence, 1000);
}

static void rucio_settings_without_memory(void **state)
{
	(void)state;
	put("rucio.cfg", RUCIO_CFG);
	torture(rucio_sequence, 1000);
}

static void sql_without_memory(void **state)
{
	(void)state;
	torture(sql_sequence, 400);
}

static void init_without_memory(void **state)
{
	(void)state;
	torture(init_sequence, 1000);
}

static void state_without_memory(void **state)
{
	pps_ctx *ctx = NULL;

	(void)state;
	remove_files();
	assert_int_equal(pps_ctx_new(&ctx, NULL), PPS_OK);
	assert_int_equal(pps_state_init_url(ctx, url, 0, NULL, NULL), PPS_OK);
	pps_ctx_unref(ctx);
	read_state();
	torture(state_sequence, 3000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(signing_without_memory),
		cmocka_unit_test(rucio_settings_without_memory),
		cmocka_unit_test(sql_without_memory),
		cmocka_unit_test(init_without_memory),
		cmocka_unit_test(state_without_memory),
	};

	left = SIZE_MAX;
	return cmocka_run_group_tests(tests, group_setup, group_teardown);
}
