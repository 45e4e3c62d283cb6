/* SPDX-License-Identifier: BSD-3-Clause */
/* Endpoints, credentials files, and which of several sources counts. */
#include "test.h"

#include <sys/stat.h>

#include "base/conf.h"
#include "store/s3-ini.h"
#include "store/s3-profile.h"

static struct {
	char folder[64];
	pps_ctx *ctx;
} world;

static const char *const variables[] = { "LSST_RESOURCES_S3_PROFILE_embargo", "S3_ENDPOINT_URL", "AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3",
					 "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_SECURITY_TOKEN", "AWS_PROFILE",
					 "AWS_DEFAULT_PROFILE", "AWS_REGION", "AWS_DEFAULT_REGION", "AWS_CA_BUNDLE", "AWS_CONFIG_FILE",
					 "AWS_SHARED_CREDENTIALS_FILE" };

static int group_setup(void **state)
{
	(void)state;
	snprintf(world.folder, sizeof world.folder, "/tmp/pps-test-s3-XXXXXX");
	return mkdtemp(world.folder) ? 0 : -1;
}

static int group_teardown(void **state)
{
	char command[128];

	(void)state;
	snprintf(command, sizeof command, "rm -rf %s", world.folder);
	return system(command);
}

static int setup(void **state)
{
	(void)state;
	for (size_t i = 0; i < PPS_COUNT(variables); i++)
		unsetenv(variables[i]);
	setenv("HOME", world.folder, 1);
	return pps_ctx_new(&world.ctx, NULL);
}

static int teardown(void **state)
{
	(void)state;
	world.ctx = pps_ctx_unref(world.ctx);
	return 0;
}

static const char *write_file(const char *name, const char *text)
{
	static char path[128];
	FILE *f;

	snprintf(path, sizeof path, "%s/%s", world.folder, name);
	assert_non_null(f = fopen(path, "w"));
	fputs(text, f);
	fclose(f);
	return path;
}

static void expect(const char *name, const char *endpoint, const char *region, const char *key, const char *secret, const char *token)
{
	_cleanup_(pps_s3_profile_freep) pps_s3_profile *p = NULL;
	_cleanup_(pps_error_freep) pps_error *err = NULL;

	assert_ok(pps_s3_profile_load(world.ctx, name, &p, &err), err);
	if (endpoint)
		assert_string_equal(p->endpoint, endpoint);
	else
		assert_null(p->endpoint);
	assert_string_equal(p->region, region);
	assert_string_equal(p->credentials.key, key);
	assert_string_equal(p->credentials.secret, secret);
	if (token)
		assert_string_equal(p->credentials.token, token);
	else
		assert_null(p->credentials.token);
}

static void refuse(const char *name, int code, const char *word)
{
	_cleanup_(pps_s3_profile_freep) pps_s3_profile *p = NULL;
	_cleanup_(pps_error_freep) pps_error *err = NULL;

	assert_int_equal(pps_s3_profile_load(world.ctx, name, &p, &err), code);
	assert_non_null(strstr(pps_error_message(err), word));
	assert_null(strstr(pps_error_message(err), "hunter2"));
}

static void test_endpoints(void **state)
{
	static const struct {
		const char *text, *endpoint, *key, *secret;
	} table[] = {
		{ "https://host", "https://host", NULL, NULL },
		{ "HTTP://Host.Example:7480/", "http://host.example:7480", NULL, NULL },
		{ "https://h/s3/V1//?x#y", "https://h/s3/V1", NULL, NULL },
		{ "https://[::1]:9000", "https://[::1]:9000", NULL, NULL },
		{ "https://key:secret@h", "https://h", "key", "secret" },
		{ "https://k%2fe%3Ay:s%2Fe%40c@h:1/p", "https://h:1/p", "k/e:y", "s/e@c" },
		{ "https://k@y:s@h", "https://h", "k@y", "s" },
		/* not quoted at all where one '%' is no escape */
		{ "https://k%2F:100%@h", "https://h", "k%2F", "100%" },
	};

	(void)state;
	for (size_t i = 0; i < PPS_COUNT(table); i++) {
		_cleanup_free_ char *endpoint = NULL, *key = NULL, *secret = NULL;
		_cleanup_(pps_error_freep) pps_error *err = NULL;

		assert_ok(pps_s3_endpoint_parse("x", table[i].text, &endpoint, &key, &secret, &err), err);
		assert_string_equal(endpoint, table[i].endpoint);
		assert_int_equal(!key, !table[i].key);
		if (key) {
			assert_string_equal(key, table[i].key);
			assert_string_equal(secret, table[i].secret);
		}
	}
}

static void test_wrong_endpoints(void **state)
{
	static const char *const table[] = { "", "host", "ftp://h", "https://", "https:///p", "https://h:", "https://h:x", "https://h:65536", "https://h h",
					     "https://h/p\nX: y", "https://hunter2@h", "https://a:hunter2:c@h", "https://:hunter2@h", "https://k:@h",
					     "https://k:hunter2%00@h", "https://k/hunter2:s@h", "https://k:hun/ter2@h", "https://[::1", "https://[x]:1" };

	(void)state;
	for (size_t i = 0; i < PPS_COUNT(table); i++) {
		_cleanup_(pps_error_freep) pps_error *err = NULL;
		char *endpoint = NULL, *key = NULL, *secret = NULL;

		if (pps_s3_endpoint_parse("$THE_VARIABLE", table[i], &endpoint, &key, &secret, &err) != PPS_E_CONFIG)
			fail_msg("%s: accepted", table[i]);
		assert_non_null(strstr(pps_error_message(err), "$THE_VARIABLE"));
		assert_null(strstr(pps_error_message(err), "hunter2"));
	}
}

static void test_ini(void **state)
{
	static const char text[] = "# first\n\n[one]\nKey = a = b : c  \r\nother: x\n  more\n\n  # comment\n  and more\n"
				   "empty =\n ; comment\n[two words] trailing\nkey=2\n[DEFAULT]\nshared = 3\nkey = 4\n[three]\n";
	_cleanup_(pps_s3_ini_freep) pps_s3_ini *ini = NULL;
	_cleanup_(pps_error_freep) pps_error *err = NULL;

	(void)state;
	assert_ok(pps_s3_ini_parse("f", text, strlen(text), &ini, &err), err);
	assert_string_equal(pps_s3_ini_get(ini, "one", "key"), "a = b : c");
	assert_string_equal(pps_s3_ini_get(ini, "one", "other"), "x\nmore\n\nand more");
	assert_string_equal(pps_s3_ini_get(ini, "one", "empty"), "");
	assert_string_equal(pps_s3_ini_get(ini, "two words", "key"), "2");
	assert_string_equal(pps_s3_ini_get(ini, "two words", "shared"), "3");
	assert_string_equal(pps_s3_ini_get(ini, "three", "key"), "4");
	assert_null(pps_s3_ini_get(ini, "one", "absent"));
	assert_null(pps_s3_ini_get(ini, "absent", "shared"));
	assert_int_equal(pps_s3_ini_has(ini, "three"), 1);
	assert_int_equal(pps_s3_ini_has(ini, "DEFAULT"), 0);
	assert_string_equal(pps_s3_ini_section(ini, 1), "two words");
	assert_null(pps_s3_ini_section(ini, 3));
}

static void test_wrong_ini(void **state)
{
	static const struct {
		const char *text, *word;
	} table[] = {
		{ "key = hunter2\n", "f:1:1: expected a [section]" },
		{ "[a]\nhunter2\n", "f:2:1: expected key = value" },
		{ "[a]\n= hunter2\n", "f:2:1: expected key = value" },
		{ "[a]\nk = hunter2\nK = 2\n", "f:3:1: [a]: \"k\" is there twice" },
		{ "[a]\n[b]\n[a]\n", "f:3:1: the section [a] is there twice" },
		{ "[]\n", "f:1:1: expected [section]" },
		{ "[a]\nk = \xff\n", "UTF-8" },
	};

	(void)state;
	for (size_t i = 0; i < PPS_COUNT(table); i++) {
		_cleanup_(pps_error_freep) pps_error *err = NULL;
		pps_s3_ini *ini = NULL;

		assert_int_equal(pps_s3_ini_parse("f", table[i].text, strlen(table[i].text), &ini, &err), PPS_E_CONFIG);
		assert_non_null(strstr(pps_error_message(err), table[i].word));
		assert_null(strstr(pps_error_message(err), "hunter2"));
	}
}

static void test_environment(void **state)
{
	(void)state;
	setenv("AWS_ACCESS_KEY_ID", "ENV", 1);
	refuse(NULL, PPS_E_CONFIG, "without its secret key");
	setenv("AWS_SECRET_ACCESS_KEY", "hunter2", 1);
	expect(NULL, NULL, "us-east-1", "ENV", "hunter2", NULL);
	setenv("AWS_SESSION_TOKEN", "TOKEN", 1);
	setenv("AWS_DEFAULT_REGION", "eu-west-3", 1);
	setenv("S3_ENDPOINT_URL", "https://gateway", 1);
	expect("embargo", "https://gateway", "eu-west-3", "ENV", "hunter2", "TOKEN");
	setenv("LSST_RESOURCES_S3_PROFILE_embargo", "https://ceph:7480", 1);
	expect("embargo", "https://ceph:7480", "eu-west-3", "ENV", "hunter2", "TOKEN");
	/* names are case sensitive */
	expect("Embargo", "https://gateway", "eu-west-3", "ENV", "hunter2", "TOKEN");
	/* keys in the URL leave no part of other keys */
	setenv("LSST_RESOURCES_S3_PROFILE_embargo", "https://URL:s%2F1@ceph:7480", 1);
	expect("embargo", "https://ceph:7480", "eu-west-3", "URL", "s/1", NULL);
	setenv("LSST_RESOURCES_S3_PROFILE_embargo", "https://URL:hunter2:x@ceph:7480", 1);
	refuse("embargo", PPS_E_CONFIG, "$LSST_RESOURCES_S3_PROFILE_embargo: expected https://host");
}

static void test_files(void **state)
{
	(void)state;
	setenv("LSST_RESOURCES_S3_PROFILE_embargo", "https://ceph", 1);
	refuse("embargo", PPS_E_ACCESS, "[embargo] or [default] in");
	setenv("AWS_SHARED_CREDENTIALS_FILE",
	       write_file("credentials", "[default]\naws_access_key_id = D\naws_secret_access_key = hunter2\n[embargo]\n"
					 "aws_access_key_id = E\naws_secret_access_key = hunter2\naws_session_token = T\nregion = r1\n"), 1);
	expect("embargo", "https://ceph", "r1", "E", "hunter2", "T");
	expect(NULL, NULL, "us-east-1", "D", "hunter2", NULL);
	/* the section of the profile wins over the environment, which wins over the default section */
	setenv("AWS_ACCESS_KEY_ID", "ENV", 1);
	setenv("AWS_SECRET_ACCESS_KEY", "x", 1);
	expect("embargo", "https://ceph", "r1", "E", "hunter2", "T");
	expect("other", NULL, "us-east-1", "ENV", "x", NULL);
	setenv("AWS_CONFIG_FILE", write_file("config", "[profile \"other\"]\nregion = r2\naws_access_key_id = C\naws_secret_access_key = s\n"
						       "endpoint_url = https://configured\n"), 1);
	expect("other", "https://configured", "r2", "C", "s", NULL);
	setenv("AWS_CONFIG_FILE", write_file("config", "[profile other]\nregion = r2\n"), 1);
	refuse("other", PPS_E_ACCESS, "has no aws_access_key_id");
	setenv("AWS_SHARED_CREDENTIALS_FILE", write_file("credentials", "aws_secret_access_key = hunter2\n"), 1);
	refuse("embargo", PPS_E_CONFIG, "credentials:1:1: expected a [section]");
}

static void test_configuration(void **state)
{
	_cleanup_(pps_conf_unrefp) pps_conf *conf = NULL, *again = NULL;
	_cleanup_(pps_error_freep) pps_error *err = NULL;

	(void)state;
	setenv("LSST_RESOURCES_S3_PROFILE_embargo", "https://URL:hunter2@from-environment", 1);
	write_file("keys", "[embargo]\naws_access_key_id = F\naws_secret_access_key = hunter2\n");
	assert_ok(pps_conf_load(world.ctx, write_file("pps.yaml", "profiles: {embargo: {endpoint: 'https://from-file/', region: r3, credentials: keys}}\n"),
				&conf, &err), err);
	expect("embargo", "https://from-file", "r3", "F", "hunter2", NULL);
	/* it is the context's until another is loaded, whatever becomes of the handle */
	conf = pps_conf_unref(conf);
	expect("embargo", "https://from-file", "r3", "F", "hunter2", NULL);
	assert_int_equal(pps_conf_load(world.ctx, write_file("pps.yaml", "wrong: 1\n"), &again, NULL), PPS_E_CONFIG);
	expect("embargo", "https://from-file", "r3", "F", "hunter2", NULL);
	again = pps_conf_unref(again);
	assert_ok(pps_conf_load(world.ctx, write_file("pps.yaml", "{}\n"), &again, &err), err);
	expect("embargo", "https://from-environment", "us-east-1", "URL", "hunter2", NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_endpoints, setup, teardown),
		cmocka_unit_test_setup_teardown(test_wrong_endpoints, setup, teardown),
		cmocka_unit_test_setup_teardown(test_ini, setup, teardown),
		cmocka_unit_test_setup_teardown(test_wrong_ini, setup, teardown),
		cmocka_unit_test_setup_teardown(test_environment, setup, teardown),
		cmocka_unit_test_setup_teardown(test_files, setup, teardown),
		cmocka_unit_test_setup_teardown(test_configuration, setup, teardown),
	};

	return cmocka_run_group_tests(tests, group_setup, group_teardown);
}
