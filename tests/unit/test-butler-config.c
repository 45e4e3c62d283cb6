/* SPDX-License-Identifier: BSD-3-Clause */
/* Where a repository's configuration is found and what it says; credentials; what datastores accept; names of constraints. */
#include <stdarg.h>
#include <sys/stat.h>

#include "test.h"

#include "butler/butler-private.h"

static struct {
	char folder[64];
	char cwd[512];
	pps_ctx *ctx;
	pps_universe *universe;
} world;

static const char *const variables[] = { "DAF_BUTLER_REPOSITORY_INDEX", "DAF_BUTLER_REPOSITORIES", "DAF_BUTLER_CONFIG_PATH", "LSST_RESOURCES_S3_PROFILE_embargo",
					 "LSST_DB_AUTH", "LSST_DB_AUTH_CREDENTIALS" };

static void write_file(const char *name, const char *fmt, ...) PPS_PRINTF(2, 3);
static void write_file(const char *name, const char *fmt, ...)
{
	char path[256], folder[256];
	va_list ap;
	FILE *f;

	snprintf(path, sizeof path, "%s/%s", world.folder, name);
	for (char *s = path + 1; (s = strchr(s, '/')); s++) {
		snprintf(folder, sizeof folder, "%.*s", (int)(s - path), path);
		mkdir(folder, 0755);
	}
	f = fopen(path, "w");
	assert_non_null(f);
	va_start(ap, fmt);
	vfprintf(f, fmt, ap);
	va_end(ap);
	assert_int_equal(fclose(f), 0);
}

static int group_setup(void **state)
{
	(void)state;
	snprintf(world.folder, sizeof world.folder, "/tmp/pps-test-butler-XXXXXX");
	if (!mkdtemp(world.folder) || !getcwd(world.cwd, sizeof world.cwd) || chdir(world.folder) < 0 || pps_ctx_new(&world.ctx, NULL) < 0)
		return -1;
	return pps_universe_known(8, &world.universe, NULL);
}

static int group_teardown(void **state)
{
	char command[128];

	(void)state;
	pps_universe_unref(world.universe);
	pps_ctx_unref(world.ctx);
	snprintf(command, sizeof command, "rm -rf %s", world.folder);
	return chdir(world.cwd) < 0 || system(command);
}

static int setup(void **state)
{
	(void)state;
	for (size_t i = 0; i < PPS_COUNT(variables); i++)
		unsetenv(variables[i]);
	setenv("HOME", world.folder, 1);
	return 0;
}

static void load(const char *location, pps_butler_config *c)
{
	_cleanup_(pps_error_freep) pps_error *err = NULL;

	assert_ok(pps_butler_config_load(world.ctx, location, c, &err), err);
}

static void refuse(const char *location, int code, const char *word)
{
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	pps_butler_config c = { 0 };

	assert_int_equal(pps_butler_config_load(world.ctx, location, &c, &err), code);
	if (!strstr(pps_error_message(err), word))
		fail_msg("%s: \"%s\" is not in: %s", location, word, pps_error_message(err));
	assert_null(c.database);
}

static char *in_folder(const char *fmt, char out[256])
{
	const char *tag = strchr(fmt, '@');

	snprintf(out, 256, "%.*s%s%s", (int)(tag - fmt), fmt, world.folder, tag + 1);
	return out;
}

static void test_locations(void **state)
{
	char text[256], index[256];
	static const struct {
		const char *location; /* '@' is the folder */
		const char *uri;
		const char *root;
	} cases[] = {
		{ "@/repo", "file://@/repo/butler.yaml", "file://@/repo/" },
		{ "@/repo/", "file://@/repo/butler.yaml", "file://@/repo/" },
		{ "@/repo/butler.yaml", "file://@/repo/butler.yaml", "file://@/repo/" },
		{ "file://@/repo", "file://@/repo/butler.yaml", "file://@/repo/" },
		{ "@/repo/butler+other.yaml", "file://@/repo/butler%2Bother.yaml", "file://@/elsewhere/" },
		{ "@/a b", "file://@/a%20b/butler.yaml", "file://@/a%20b/" },
		{ "file://@/a%20b", "file://@/a%20b/butler.yaml", "file://@/a%20b/" },
	};

	(void)state;
	write_file("repo/butler.yaml", "registry:\n  db: sqlite:///<butlerRoot>/gen3.sqlite3\n");
	write_file("repo/butler+other.yaml", "root: %s/elsewhere\n", world.folder);
	write_file("a b/butler.yaml", "{}");
	for (size_t i = 0; i < PPS_COUNT(cases); i++) {
		pps_butler_config c = { 0 };

		load(in_folder(cases[i].location, text), &c);
		assert_string_equal(c.uri, in_folder(cases[i].uri, text));
		assert_string_equal(c.root, in_folder(cases[i].root, text));
		assert_int_equal(c.nmembers, 1);
		pps_butler_config_clear(&c);
	}
	refuse("repo/nothing", PPS_E_NOTFOUND, "no aliases are defined");
	refuse(in_folder("@/elsewhere", text), PPS_E_NOTFOUND, "no such folder");
	mkdir(in_folder("@/empty", text), 0755);
	refuse(text, PPS_E_NOTFOUND, "butler.yaml");
	setenv("LSST_RESOURCES_S3_PROFILE_embargo", "nowhere", 1); /* so that no server is asked */
	refuse("s3://embargo@bucket", PPS_E_CONFIG, "s3://embargo@bucket/butler.yaml");
	refuse("s3://embargo@bucket/a/b", PPS_E_CONFIG, "s3://embargo@bucket/a/b/butler.yaml");
	refuse("s3://embargo@bucket/butler+other.yaml", PPS_E_CONFIG, "s3://embargo@bucket/butler+other.yaml");
	write_file("index.yaml", "/repo/main: %s/repo\nembargo.sasquatch_dev+x: file://%s/repo/butler+other.yaml\nlost: /nowhere/at/all\nbad: [1]\n",
		   world.folder, world.folder);
	setenv("DAF_BUTLER_REPOSITORY_INDEX", in_folder("@/index.yaml", index), 1);
	for (int n = 0; n < 2; n++) {
		pps_butler_config c = { 0 };

		load(n ? "embargo.sasquatch_dev+x" : "/repo/main", &c);
		assert_string_equal(c.root, in_folder(n ? "file://@/elsewhere/" : "file://@/repo/", text));
		pps_butler_config_clear(&c);
	}
	refuse("lost", PPS_E_NOTFOUND, "which the alias stands for");
	refuse("unknown", PPS_E_NOTFOUND, "/repo/main, embargo.sasquatch_dev+x");
	setenv("DAF_BUTLER_REPOSITORIES", "{\"x\": \"/y\"}", 1);
	refuse("unknown", PPS_E_NOTFOUND, "only one of");
	unsetenv("DAF_BUTLER_REPOSITORY_INDEX");
	snprintf(index, sizeof index, "{\"x\": \"%s/repo\"}", world.folder);
	setenv("DAF_BUTLER_REPOSITORIES", index, 1);
	{
		pps_butler_config c = { 0 };

		load("x", &c);
		assert_string_equal(c.root, in_folder("file://@/repo/", text));
		pps_butler_config_clear(&c);
	}
	setenv("DAF_BUTLER_REPOSITORY_INDEX", "/no/such/index.yaml", 1);
	unsetenv("DAF_BUTLER_REPOSITORIES");
	refuse("unknown", PPS_E_NOTFOUND, "/no/such/index.yaml");
}

static void test_registry(void **state)
{
	static const struct {
		const char *yaml;
		const char *database; /* '@' is the folder */
		const char *schema;
	} cases[] = {
		{ "{}", "sqlite:///@/r/gen3.sqlite3", NULL },
		{ "registry: {db: 'sqlite:///<butlerRoot>/other.db'}", "sqlite:///@/r/other.db", NULL },
		{ "registry: {db: 'postgresql://u@h:1/d?x=@', namespace: ns}", "postgresql://u@h:1/d?x=@", "ns" },
		{ "registry: {registry: {db: 'sqlite:////a@'}}", "sqlite:////a@", NULL },
		{ "registry: !include part.yaml", "sqlite:////included@", "deep" },
		{ "registry: {includeConfigs: part.yaml, namespace: own}", "sqlite:////included@", "own" },
		{ "registry: {includeConfigs: [part.yaml, second.yaml]}", "sqlite:////second@", "deep" },
	};
	char text[256];

	(void)state;
	write_file("r/part.yaml", "registry:\n  db: sqlite:////included@\n  namespace: deep\n");
	write_file("r/second.yaml", "db: sqlite:////second@\n");
	for (size_t i = 0; i < PPS_COUNT(cases); i++) {
		pps_butler_config c = { 0 };

		write_file("r/butler.yaml", "%s\n", cases[i].yaml);
		if (i == 5 || i == 6) /* there the part has no name of its own around it */
			write_file("r/part.yaml", "db: sqlite:////included@\nnamespace: deep\n");
		load("r", &c);
		if (strstr(cases[i].database, "@/r"))
			assert_string_equal(c.database, in_folder(cases[i].database, text));
		else
			assert_string_equal(c.database, cases[i].database);
		if (cases[i].schema)
			assert_string_equal(c.schema, cases[i].schema);
		else
			assert_null(c.schema);
		pps_butler_config_clear(&c);
	}
	write_file("r/butler.yaml", "registry: {db: 'postgresql:///d', host: h}\n");
	refuse("r", PPS_E_UNSUPPORTED, "registry.host");
	write_file("r/butler.yaml", "cls: lsst.daf.butler.remote_butler.RemoteButler\n");
	refuse("r", PPS_E_UNSUPPORTED, "RemoteButler");
	write_file("r/butler.yaml", "registry: {db: [}\n");
	refuse("r", PPS_E_CONFIG, "butler.yaml:1:");
	write_file("r/butler.yaml", "- a\n");
	refuse("r", PPS_E_CONFIG, "expected a map");
	write_file("r/butler.yaml", "registry: !include butler.yaml\n");
	refuse("r", PPS_E_CONFIG, "include each other");
	write_file("r/butler.yaml", "registry: !include gone.yaml\n");
	refuse("r", PPS_E_NOTFOUND, "gone.yaml");
}

#define FILES "cls: lsst.daf.butler.datastores.fileDatastore.FileDatastore"
#define CHAIN "cls: lsst.daf.butler.datastores.chainedDatastore.ChainedDatastore"

static void test_datastores(void **state)
{
	pps_butler_config c = { 0 };
	char text[256], path[300];

	(void)state;
	write_file("d/butler.yaml", "datastore: {root: <butlerRoot>}\n");
	load("d", &c);
	assert_string_equal(c.members[0].name, "FileDatastore@<butlerRoot>");
	assert_string_equal(c.members[0].table, "file_datastore_records");
	assert_string_equal(c.members[0].root, in_folder("file://@/d/", text));
	pps_butler_config_clear(&c);

	write_file("d/butler.yaml", "datastore:\n  " FILES "\n  name: here\n  root: s3://profile@bucket/a b\n  records: {table: t}\n");
	load("d", &c);
	assert_string_equal(c.members[0].name, "here");
	assert_string_equal(c.members[0].table, "t");
	assert_string_equal(c.members[0].root, "s3://profile@bucket/a b/");
	pps_butler_config_clear(&c);

	write_file("d/butler.yaml", "datastore:\n  " CHAIN "\n  datastore_constraints:\n  - constraints: {reject: [all]}\n"
		   "  - constraints: {accept: [all]}\n  - {}\n  - {}\n  datastores:\n"
		   "  - datastore: {" FILES ", root: /one}\n"
		   "  - datastore: {" FILES ", name: two, root: <butlerRoot>/2, records: {table: second}, constraints: {reject: [x]}}\n"
		   "  - datastore: {cls: lsst.daf.butler.datastores.inMemoryDatastore.InMemoryDatastore}\n"
		   "  - {" FILES ", root: three/}\n");
	load("d", &c);
	assert_int_equal(c.nmembers, 3);
	assert_string_equal(c.members[0].name, "FileDatastore@/one");
	assert_string_equal(c.members[0].root, "file:///one/");
	assert_int_equal(json_array_size(c.members[0].constraints), 1);
	assert_string_equal(c.members[1].name, "two");
	assert_string_equal(c.members[1].root, in_folder("file://@/d/2/", text));
	assert_int_equal(json_array_size(c.members[1].constraints), 2);
	assert_string_equal(c.members[2].root, in_folder("file://@/three/", text));
	pps_butler_config_clear(&c);

	/* the search path: its first folder wins, and butler.yaml wins over both */
	write_file("p1/datastores/fileDatastore.yaml", "datastore: {name: first}\n");
	write_file("p2/datastores/fileDatastore.yaml", "datastore: {name: second, records: {table: of_second}, root: /of/second}\n");
	snprintf(path, sizeof path, "%s/p1:%s/p2", world.folder, world.folder);
	setenv("DAF_BUTLER_CONFIG_PATH", path, 1);
	write_file("d/butler.yaml", "datastore: {root: <butlerRoot>}\n");
	load("d", &c);
	assert_string_equal(c.members[0].name, "first");
	assert_string_equal(c.members[0].table, "of_second");
	assert_string_equal(c.members[0].root, in_folder("file://@/d/", text));
	pps_butler_config_clear(&c);
	unsetenv("DAF_BUTLER_CONFIG_PATH");

	write_file("d/butler.yaml", "datastore: {cls: some.other.Datastore, root: x}\n");
	load("d", &c);
	assert_int_equal(c.nmembers, 0);
	assert_non_null(strstr(c.not_written, "some.other.Datastore"));
	pps_butler_config_clear(&c);
	write_file("d/butler.yaml", "datastore: {" CHAIN "}\n");
	refuse("d", PPS_E_CONFIG, "list of datastores");
	write_file("d/butler.yaml", "datastore: {" CHAIN ", datastores: [{}], datastore_constraints: []}\n");
	refuse("d", PPS_E_CONFIG, "one entry for each of the 1 datastores");
	write_file("d/butler.yaml", "datastore: {root: x, constraints: {accept: raw}}\n");
	refuse("d", PPS_E_CONFIG, "expected a list");
}

static void test_constraints(void **state)
{
	static const struct {
		const char *rules;
		const char *type, *storage_class, *instrument;
		int accepted;
	} cases[] = {
		{ "[]", "raw", "Exposure", "LSSTCam", 1 },
		{ "[{'accept': ['all']}]", "raw", "Exposure", "LSSTCam", 1 },
		{ "[{'reject': ['all']}]", "raw", "Exposure", "LSSTCam", 0 },
		{ "[{'reject': ['all'], 'accept': ['raw']}]", "raw", "Exposure", "LSSTCam", 1 },
		{ "[{'reject': ['all'], 'accept': ['raw']}]", "guider_raw", "Exposure", "LSSTCam", 0 },
		{ "[{'accept': ['raw']}]", "guider_raw", "StampsBase", NULL, 0 },
		{ "[{'accept': ['StampsBase']}]", "guider_raw", "StampsBase", NULL, 1 },
		{ "[{'reject': ['StampsBase']}]", "guider_raw", "StampsBase", NULL, 0 },
		{ "[{'accept': ['raw'], 'reject': ['Exposure']}]", "raw", "Exposure", NULL, 1 },
		{ "[{'reject': ['instrument+detector+exposure']}]", "raw", "Exposure", NULL, 0 },
		{ "[{'reject': ['exposure+detector+physical_filter']}]", "raw", "Exposure", NULL, 0 },
		{ "[{'reject': ['exposure+']}]", "raw", "Exposure", NULL, 1 },
		{ "[{'reject': ['no_such+thing']}]", "raw", "Exposure", NULL, 1 },
		{ "[{'reject': [{'instrument<LSSTCam>': ['raw']}]}]", "raw", "Exposure", "LSSTCam", 0 },
		{ "[{'reject': [{'instrument<LSSTCam>': ['raw']}]}]", "raw", "Exposure", "LATISS", 1 },
		{ "[{'reject': [{'instrument<LSSTCam>': ['all']}]}]", "raw", "Exposure", "LSSTCam", 0 },
		{ "[{'reject': [{'instrument<LSSTCam>': ['all']}]}]", "raw", "Exposure", NULL, 1 },
		{ "[{'accept': [{'instrument<LSSTCam>': ['all']}]}]", "raw", "Exposure", "LATISS", 0 },
		{ "[{'accept': [{'visit<1>': ['raw']}]}]", "raw", "Exposure", "LSSTCam", 0 },
		{ "[{'accept': ['all']}, {'reject': ['raw']}]", "raw", "Exposure", "LSSTCam", 0 },
	};
	static const char *const dimensions[] = { "instrument", "exposure", "detector" };
	_cleanup_(pps_dimension_group_freep) pps_dimension_group *group = NULL;

	(void)state;
	assert_int_equal(pps_dimension_group_new(world.universe, dimensions, 3, &group, NULL), PPS_OK);
	for (size_t i = 0; i < PPS_COUNT(cases); i++) {
		char text[256];
		pps_butler_member m = { 0 };
		int accepted;

		snprintf(text, sizeof text, "%s", cases[i].rules);
		for (char *c = text; *c; c++)
			*c = *c == '\'' ? '"' : *c;
		assert_non_null(m.constraints = json_loads(text, 0, NULL));
		accepted = pps_butler_member_accepts(&m, world.universe, cases[i].type, cases[i].storage_class, group, cases[i].instrument);
		if (accepted != cases[i].accepted)
			fail_msg("case %zu: %s: %d", i, cases[i].rules, accepted);
		json_decref(m.constraints);
	}
}

static void test_db_auth(void **state)
{
	static const char entries[] =
		"- {url: 'postgresql://special@host.example.com/main', password: of-special}\n"
		"- {url: 'postgresql://host.example.com:5433/main', username: porty, password: of-port}\n"
		"- {url: 'postgresql://host.example.com/embargo_*', username: emb, password: 'p@:/w'}\n"
		"- {url: 'postgresql://*.Example.com', username: star, password: of-star}\n"
		"- {url: 'sqlite://*', username: no, password: no}\n";
	static const struct {
		const char *url, *user, *found_user, *password;
	} cases[] = {
		{ "postgresql://special@host.example.com/main", NULL, NULL, "of-special" },
		{ "postgresql://host.example.com/main", "special", NULL, "of-special" },
		{ "postgresql+psycopg://host.example.com:5433/main", NULL, "porty", "of-port" },
		{ "postgresql://host.example.com/main", NULL, "star", "of-star" },
		{ "postgresql://host.example.com/embargo_x?sslmode=require", NULL, "emb", "p@:/w" },
		{ "postgresql://other@host.example.com/embargo_x", NULL, NULL, "p@:/w" },
		{ "postgresql://elsewhere.org/main", NULL, NULL, NULL },
		{ "postgresql:///main", NULL, NULL, NULL },
		{ "postgresql://host.example.com", NULL, NULL, NULL },
	};
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	char path[128], *user = NULL, *password = NULL;

	(void)state;
	assert_ok(pps_db_auth("postgresql://h/d", NULL, &user, &password, &err), err);
	assert_null(password);
	write_file(".lsst/db-auth.yaml", "%s", entries);
	snprintf(path, sizeof path, "%s/.lsst/db-auth.yaml", world.folder);
	assert_int_equal(chmod(path, 0640), 0);
	assert_int_equal(pps_db_auth("postgresql://h/d", NULL, &user, &password, &err), PPS_E_ACCESS);
	assert_non_null(strstr(pps_error_message(err), "chmod 0600"));
	assert_int_equal(chmod(path, 0600), 0);
	for (int from_variable = 0; from_variable < 2; from_variable++) {
		if (from_variable) {
			setenv("LSST_DB_AUTH", "/no/such/file", 1);
			setenv("LSST_DB_AUTH_CREDENTIALS", entries, 1); /* JSON in practice, which is YAML too */
		}
		for (size_t i = 0; i < PPS_COUNT(cases); i++) {
			_cleanup_(pps_error_freep) pps_error *e = NULL;

			user = password = NULL;
			assert_ok(pps_db_auth(cases[i].url, cases[i].user, &user, &password, &e), e);
			if (!cases[i].password != !password || (password && strcmp(password, cases[i].password) != 0))
				fail_msg("%s: password %s", cases[i].url, password ? password : "none");
			if (!cases[i].found_user != !user || (user && strcmp(user, cases[i].found_user) != 0))
				fail_msg("%s: user %s", cases[i].url, user ? user : "none");
			free(user);
			free(password);
		}
	}
	setenv("LSST_DB_AUTH_CREDENTIALS", "[{\"url\": \"postgresql+psycopg2://h\", \"password\": \"secret-word\"}]", 1);
	pps_error_free(TAKE_PTR(err));
	assert_int_equal(pps_db_auth("postgresql://h/d", NULL, &user, &password, &err), PPS_E_CONFIG);
	assert_null(strstr(pps_error_message(err), "secret-word"));
}

static void test_names(void **state)
{
	static const struct {
		const char *name, *shrunk;
	} cases[] = {
		{ "short", "short" },
		{ "a23456789012345678901234567890123456789012345678901234567890123", "a23456789012345678901234567890123456789012345678901234567890123" },
		{ "dataset_tags_00000001_unq_dataset_type_id_collection_id_instrument_detector_exposure",
		  "dataset_tags_00000001_unq_dataset_type_id_collection_i_48a667f4" },
		{ "fkey_dataset_tags_00000001_collection_summary_dataset_type_collection_id_dataset_type_id_collection_id_dataset_type_id",
		  "fkey_dataset_tags_00000001_collection_summary_dataset__a5a0c112" },
		/* longer than one block of the hash */
		{ "fkey_dataset_tags_00000001_collection_summary_instrument_collection_id_instrument_collection_id_instrument_and_more_and_more_and_more",
		  "fkey_dataset_tags_00000001_collection_summary_instrume_b6102b6c" },
	};
	char out[256];

	(void)state;
	for (size_t i = 0; i < PPS_COUNT(cases); i++) {
		pps_shrink_name(PPS_SQL_POSTGRES, cases[i].name, out);
		assert_string_equal(out, cases[i].shrunk);
		pps_shrink_name(PPS_SQL_SQLITE, cases[i].name, out);
		assert_string_equal(out, cases[i].name);
	}
	assert_true(pps_is_glob("a*"));
	assert_false(pps_is_glob("a/b.c+d"));
	assert_true(pps_glob_matches("*/raw/*", "LSSTCam/raw/all/x"));
	assert_true(pps_glob_matches("?[a-c]*", "xb/"));
	assert_false(pps_glob_matches("raw", "raw2"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_locations, setup),	 cmocka_unit_test_setup(test_registry, setup),
		cmocka_unit_test_setup(test_datastores, setup),	 cmocka_unit_test_setup(test_constraints, setup),
		cmocka_unit_test_setup(test_db_auth, setup),	 cmocka_unit_test_setup(test_names, setup),
	};

	return cmocka_run_group_tests(tests, group_setup, group_teardown);
}
