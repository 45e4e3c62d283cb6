/* SPDX-License-Identifier: BSD-3-Clause */
/* The configuration: what is read, and every kind of error with its place. */
#include "test.h"

#include <sys/stat.h>

#include <jansson.h>

#include "base/conf-value.h"
#include "base/ctx.h"
#include "publish/policy.h"

static char folder[] = "/tmp/pps-test-conf-XXXXXX";
static pps_ctx *ctx;

static void put(const char *name, const char *text)
{
	FILE *f = fopen(name, "w");

	assert_non_null(f);
	fputs(text, f);
	assert_int_equal(fclose(f), 0);
}

static int setup(void **state)
{
	(void)state;
	if (!mkdtemp(folder) || chdir(folder) < 0 || pps_ctx_new(&ctx, NULL) < 0)
		return -1;
	return mkdir("repo", 0700);
}

static int teardown(void **state)
{
	(void)state;
	unlink("pps.yaml");
	unlink("config_raw.yaml");
	rmdir("repo");
	pps_ctx_unref(ctx);
	return chdir("/") < 0 || rmdir(folder) < 0 ? -1 : 0;
}

static pps_conf *load(const char *text)
{
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	pps_conf *conf = NULL;

	put("pps.yaml", text);
	assert_ok(pps_conf_load(ctx, "pps.yaml", &conf, &err), err);
	assert_int_equal(pps_conf_error_count(conf), 0);
	assert_null(pps_conf_error_at(conf, 0));
	return conf;
}

/* The example of the design, whole. */
static const char whole[] =
	"state: sqlite:////var/lib/pps/state.db\n"
	"repositories:\n"
	"  embargo:      {butler: embargo, reclaim_after: 24h}\n"
	"  prompt_prep:  {butler: /repo/prompt_prep, from: embargo, transfer: copy}\n"
	"  repo_main:    {butler: /repo/main, from: prompt_prep, transfer: hardlink}\n"
	"  google_int:   {butler: prompt_google_int, from: prompt_prep, transfer: in_place, audience: public}\n"
	"  google_prod:  {butler: prompt_google_prod, from: prompt_prep, transfer: in_place, audience: public}\n"
	"policies:\n"
	"  - {types: [\"preliminary_visit_image*\", template_detector], embargo_hours: 80, public: true,  retention_days: forever}\n"
	"  - {types: [difference_image],                              embargo_hours: 80, public: true,  retention_days: 30}\n"
	"  - {types: [\"dia_*_apdb\"], embargo_hours: 0,  public: true,  retention_days: 30, origin: daytime_ap_catchup}\n"
	"  - {types: [\"*_config\", \"*_log\", \"*_metadata\", packages],   embargo_hours: 0,  public: true,  retention_days: forever}\n"
	"collections:\n"
	"  available: Prompt/Outputs/Available\n"
	"  expired: Prompt/Outputs/Expired\n"
	"  chains: {Prompt/Available: [LSSTCam/raw/all, \"{available}\", Prompt/Calibs], Prompt/All: [Prompt/Available, \"{expired}\"]}\n"
	"intake:\n"
	"  kafka:  {brokers: \"host:9092\", topic: prompt-output, group: pps, batch_root: s3://bucket/prefix,\n"
	"           properties: {security.protocol: sasl_plaintext, sasl.password: hush, session.timeout.ms: 6000}}\n"
	"  folder: /path/polled/for/batches\n"
	"raw:\n"
	"  source: embargo\n"
	"  destinations: [{repository: repo_main}, {repository: google_prod, uri_root: \"s3://raws@prompt-raw/\"}]\n"
	"  dest_root: file:///sdf/data/rubin/lsstdata/offline/instrument\n"
	"  queries: config_raw.yaml\n"
	"  skymap: lsst_cells_v1\n"
	"  events: {kafka: {brokers: h, topic: t, group: g}}\n"
	"  safe_copies: 3\n"
	"  since: 2025-12-02T23:59:00\n"
	"  incomplete_after: 2d\n"
	"  records: with_visits\n"
	"rucio: {config: /path/rucio.cfg, rse: SLAC_RAW_DISK, scope: raw, sites: {TRSE: SLAC_RAW_DISK_BKUP, FrDF: IN2P3_RAW_DISK}}\n"
	"import: {kafka: {brokers: h}, topics: {RSE.TOPIC: {rucio_prefix: \"davs://x/\", local_prefix: /sdf/x/, repository: repo_main}}}\n"
	"notify: {feed: feed, webhooks: [{url: \"https://u:p@h/x\", secret_file: s, events: [published, expired]}], kafka_topic: prompt-published}\n"
	"http: {listen: 127.0.0.1:8480, auth: {type: none}}\n"
	"workers: {threads: 8, kafka: {topic: pps-work, results: pps-results}}\n"
	"tasks: {copy: {every: 60s, batch: 1000, quiet: [\"21:30-12:00 UTC\"]}, publish: {batch: 5000}}\n"
	"profiles: {embargo: {endpoint: \"https://key:sec%2Fret@s3.example.org\", region: r, credentials: /c}}\n";

/* Today's file of lsst-dm/transfer_embargo. */
static const char todays[] = "- instrument: LSSTComCam\n"
			     "  embargo_hours: 0\n"
			     "  where: \"\"\n"
			     "- instrument: LSSTCam\n"
			     "  where: \"not exposure.can_see_sky OR exposure.can_see_sky = NULL\"\n"
			     "  embargo_hours: 0\n"
			     "- instrument: LSSTCam\n"
			     "  where: \"exposure.can_see_sky\"\n"
			     "  embargo_hours: 720\n";

static void the_whole_example(void **state)
{
	_cleanup_(pps_conf_unrefp) pps_conf *conf = NULL;
	const pps_conf_raw *raw;
	const pps_conf_repository *repo;

	(void)state;
	put("config_raw.yaml", todays);
	conf = load(whole);
	assert_string_equal(pps_conf_state(conf), "sqlite:////var/lib/pps/state.db");
	assert_int_equal(pps_conf_repository_count(conf), 5);
	repo = pps_conf_repository_find(conf, "repo_main");
	assert_string_equal(repo->butler, "/repo/main");
	assert_ptr_equal(repo->from, pps_conf_repository_at(conf, 1));
	assert_int_equal(repo->transfer, PPS_TRANSFER_HARDLINK);
	assert_int_equal(repo->is_public, 0);
	assert_int_equal(pps_conf_repository_at(conf, 0)->transfer, PPS_TRANSFER_NONE);
	assert_string_equal(pps_conf_repository_at(conf, 0)->butler, "embargo");
	assert_int_equal(pps_conf_repository_at(conf, 3)->transfer, PPS_TRANSFER_IN_PLACE);
	assert_int_equal(pps_conf_repository_at(conf, 3)->is_public, 1);
	assert_null(pps_conf_repository_at(conf, 5));
	assert_null(pps_conf_repository_find(conf, "x"));
	assert_int_equal(pps_conf_policy_count(conf), 4);
	assert_int_equal(pps_conf_policy_at(conf, 0)->embargo, 80 * 3600 * PPS_NS_PER_S);
	assert_int_equal(pps_conf_policy_at(conf, 0)->retention, -1);
	assert_int_equal(pps_conf_policy_at(conf, 1)->retention, 30 * 86400 * PPS_NS_PER_S);
	assert_string_equal(pps_conf_policy_at(conf, 3)->types.at[2], "*_metadata");
	raw = pps_conf_raw_block(conf);
	assert_ptr_equal(raw->source, pps_conf_repository_at(conf, 0));
	assert_int_equal(raw->ndestinations, 2);
	assert_string_equal(raw->destinations[0].uri_root, "file:///sdf/data/rubin/lsstdata/offline/instrument");
	assert_string_equal(raw->destinations[1].uri_root, "s3://raws@prompt-raw");
	assert_int_equal(raw->since, INT64_C(1764719977000000000));
	assert_int_equal(raw->incomplete_after, 2 * 86400 * PPS_NS_PER_S);
	assert_int_equal(raw->records, PPS_RECORDS_WITH_VISITS);
	assert_string_equal(raw->events->topic, "t");
	assert_int_equal(raw->nqueries, 3);
	assert_string_equal(raw->queries[0].where, "");
	assert_string_equal(raw->queries[1].where, "not exposure.can_see_sky OR exposure.can_see_sky = NULL");
	assert_int_equal(raw->queries[1].embargo, 0);
	assert_int_equal(raw->queries[2].embargo, 720 * 3600 * PPS_NS_PER_S);
	assert_string_equal(raw->queries[2].collections.at[1], "LSSTCam/raw/guider");
	assert_string_equal(raw->queries[2].dataset_types.at[0], "raw");
	assert_string_equal(raw->queries[2].where_place.file, "config_raw.yaml");
	assert_int_equal(raw->queries[2].where_place.line, 8);
	assert_int_equal(raw->queries[2].where_place.column, 10);
	assert_string_equal(pps_conf_rucio_block(conf)->rse, "SLAC_RAW_DISK");
	assert_string_equal(pps_conf_rucio_block(conf)->site, "USDF");
	assert_string_equal(pps_conf_rucio_block(conf)->tape, "SLAC_RAW_DISK_BKUP");
	assert_int_equal(pps_conf_rucio_block(conf)->site_names.n, 2);
	assert_string_equal(pps_conf_rucio_block(conf)->site_names.at[1], "FrDF");
	assert_string_equal(pps_conf_rucio_block(conf)->site_rses.at[1], "IN2P3_RAW_DISK");
	assert_string_equal(pps_conf_profile_at(conf, 0)->endpoint, "https://key:sec%2Fret@s3.example.org");
	assert_int_equal(pps_conf_profile_count(conf), 1);
}

static void get_by_name(void **state)
{
	static const struct {
		const char *name, *value;
	} cases[] = {
		{ "state", "sqlite:////var/lib/pps/state.db" },
		{ "repositories.embargo.reclaim_after", "24h" },
		{ "repositories.embargo.audience", "internal" },
		{ "repositories.google_int.transfer", "in_place" },
		{ "raw.dest_root", "file:///sdf/data/rubin/lsstdata/offline/instrument" },
		{ "raw.destinations.1.repository", "google_prod" },
		{ "raw.queries.2.embargo_hours", "720.0" },
		{ "raw.queries.1.where", "not exposure.can_see_sky OR exposure.can_see_sky = NULL" },
		{ "raw.safe_copies", "3" },
		{ "raw.since", "2025-12-02T23:59:00" },
		{ "raw.incomplete_after", "48h" },
		{ "raw.require_expected_sensors", "false" },
		{ "policies.0.retention_days", "forever" },
		{ "policies.1.retention_days", "30.0" },
		{ "policies.3.types.1", "*_log" },
		{ "intake.kafka.properties.sasl.password", "***" },
		{ "intake.kafka.properties.session.timeout.ms", "6000" },
		{ "import.topics.RSE.TOPIC.local_prefix", "/sdf/x" },
		{ "notify.webhooks.0.url", "https://u:***@h/x" },
		{ "notify.webhooks.0.events.1", "expired" },
		{ "profiles.embargo.endpoint", "https://key:***@s3.example.org" },
		{ "tasks.copy.quiet.0", "21:30-12:00 UTC" },
		{ "tasks.publish.every", "1min" },
		{ "collections.chains.Prompt/All.1", "{expired}" },
		{ "workers.kafka.group", "pps-workers" },
		{ "raw", NULL },
		{ "raw.queries", NULL },
		{ "raw.nothing", NULL },
		{ "raw.queries.3.where", NULL },
		{ "", NULL },
		{ "tasks.expire.every", NULL },
	};
	_cleanup_(pps_conf_unrefp) pps_conf *conf = NULL;

	(void)state;
	put("config_raw.yaml", todays);
	conf = load(whole);
	for (size_t i = 0; i < PPS_COUNT(cases); i++) {
		const char *value = pps_conf_get(conf, cases[i].name);

		if (!cases[i].value != !value || (value && strcmp(value, cases[i].value) != 0))
			fail_msg("%s: %s", cases[i].name, value ? value : "(none)");
	}
	assert_null(pps_conf_get(conf, NULL));
	assert_null(pps_conf_get(NULL, "state"));
}

static void show_hides_secrets(void **state)
{
	_cleanup_(pps_conf_unrefp) pps_conf *conf = NULL;
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	json_t *json, *raw;
	char *text = NULL;

	(void)state;
	put("config_raw.yaml", todays);
	conf = load(whole);
	assert_ok(pps_conf_show(conf, &text, &err), err);
	assert_null(strstr(text, "hush"));
	assert_null(strstr(text, "sec%2Fret"));
	assert_null(strstr(text, "u:p@"));
	assert_non_null(json = json_loads(text, 0, NULL));
	raw = json_object_get(json, "raw");
	assert_int_equal(json_array_size(json_object_get(raw, "queries")), 3);
	assert_int_equal(json_integer_value(json_object_get(raw, "safe_copies")), 3);
	assert_true(json_is_false(json_object_get(raw, "require_expected_sensors")));
	assert_string_equal(json_string_value(json_array_get(json_object_get(json_object_get(json_object_get(json, "collections"), "chains"),
								      "Prompt/All"), 0)), "Prompt/Available");
	json_decref(json);
	pps_free(text);
	assert_int_equal(pps_conf_show(NULL, &text, NULL), PPS_E_ARG);
	assert_int_equal(pps_conf_show(conf, NULL, NULL), PPS_E_ARG);
}

static void paths_are_relative_to_the_file(void **state)
{
	static const char text[] = "state: sqlite:///a/b.db\n"
				   "repositories: {a: {butler: repo}, b: {butler: other}, c: {butler: ./other}, d: {butler: \"s3://p@b/butler.yaml\"}}\n"
				   "raw: {source: a, destinations: [b], dest_root: out/, queries: [{instrument: X, where: \"\", embargo_hours: 0.5,\n"
				   "  collections: c, dataset_types: [raw]}]}\n";
	_cleanup_(pps_conf_unrefp) pps_conf *conf = NULL, *empty = NULL;
	char path[256];

	(void)state;
	put("pps.yaml", text);
	/* from elsewhere */
	snprintf(path, sizeof path, "%s/./pps.yaml", folder);
	assert_ok(pps_conf_load(ctx, path, &conf, NULL), NULL);
	snprintf(path, sizeof path, "sqlite:///%s/a/b.db", folder);
	assert_string_equal(pps_conf_state(conf), path);
	snprintf(path, sizeof path, "%s/repo", folder);
	assert_string_equal(pps_conf_repository_at(conf, 0)->butler, path);
	assert_string_equal(pps_conf_repository_at(conf, 1)->butler, "other");
	snprintf(path, sizeof path, "%s/other", folder);
	assert_string_equal(pps_conf_repository_at(conf, 2)->butler, path);
	assert_string_equal(pps_conf_repository_at(conf, 3)->butler, "s3://p@b/butler.yaml");
	snprintf(path, sizeof path, "%s/out", folder);
	assert_string_equal(pps_conf_raw_block(conf)->dest_root, path);
	assert_string_equal(pps_conf_raw_block(conf)->destinations[0].uri_root, path);
	assert_int_equal(pps_conf_raw_block(conf)->queries[0].embargo, 1800 * PPS_NS_PER_S);
	assert_int_equal(pps_conf_raw_block(conf)->queries[0].collections.n, 1);
	assert_int_equal(pps_conf_raw_block(conf)->since, PPS_TAI_MIN);
	assert_int_equal(pps_conf_raw_block(conf)->incomplete_after, -1);
	assert_int_equal(pps_conf_raw_block(conf)->records, PPS_RECORDS_REFS);
	empty = load("# nothing\n");
	snprintf(path, sizeof path, "sqlite:///%s/state.db", folder);
	assert_string_equal(pps_conf_state(empty), path);
	assert_null(pps_conf_raw_block(empty));
	assert_int_equal(pps_conf_repository_count(empty), 0);
}

/* From memory: the same as from a file of that name, which need not be there; JSON is YAML. */
static void text_of_a_program(void **state)
{
	static const char json[] = "{\"repositories\": {\"a\": {\"butler\": \"./\\u00e9\"}}, \"state\": \"sqlite:///s.db\"}";
	_cleanup_(pps_conf_unrefp) pps_conf *here = NULL, *there = NULL, *wrong = NULL;
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	char path[256];

	(void)state;
	assert_ok(pps_conf_parse(ctx, json, NULL, &here, &err), err);
	snprintf(path, sizeof path, "sqlite:///%s/s.db", folder);
	assert_string_equal(pps_conf_state(here), path);
	snprintf(path, sizeof path, "%s/é", folder);
	assert_string_equal(pps_conf_repository_at(here, 0)->butler, path);
	assert_ok(pps_conf_parse(ctx, json, "/none.yaml", &there, &err), err);
	assert_string_equal(pps_conf_state(there), "sqlite:////s.db");
	assert_int_equal(pps_conf_parse(ctx, "state: 1\nraw: {}\n", "x.yaml", &wrong, &err), PPS_E_CONFIG);
	assert_string_equal(pps_error_file(err), "x.yaml");
	assert_int_equal(pps_error_line(err), 1);
	assert_true(pps_conf_error_count(wrong) > 1);
	assert_int_equal(pps_conf_parse(ctx, "", "none/x.yaml", &wrong, NULL), PPS_E_NOTFOUND);
	assert_int_equal(pps_conf_parse(ctx, NULL, NULL, &wrong, NULL), PPS_E_ARG);
	assert_int_equal(pps_conf_parse(ctx, "", NULL, NULL, NULL), PPS_E_ARG);
}

static void states(void **state)
{
	static const struct {
		const char *given, *state, *shown;
	} cases[] = {
		{ "postgresql://pps@host:5432/db?options=-csearch_path%3Dpps", "postgresql://pps@host:5432/db?options=-csearch_path%3Dpps", NULL },
		{ "postgresql+psycopg2://pps:pw@host/db", "postgresql://pps:pw@host/db", "postgresql://pps:***@host/db" },
		{ "postgresql:///db?host=/run&password=x&user=u", "postgresql:///db?host=/run&password=x&user=u",
		  "postgresql:///db?host=/run&password=***&user=u" },
		{ "sqlite:////s.db", "sqlite:////s.db", NULL },
	};

	(void)state;
	for (size_t i = 0; i < PPS_COUNT(cases); i++) {
		_cleanup_(pps_conf_unrefp) pps_conf *conf = NULL;
		char text[200];

		snprintf(text, sizeof text, "state: %s\n", cases[i].given);
		conf = load(text);
		assert_string_equal(pps_conf_state(conf), cases[i].state);
		assert_string_equal(pps_conf_get(conf, "state"), cases[i].shown ? cases[i].shown : cases[i].state);
	}
}

static void aliases_in_queries_are_expanded(void **state)
{
	_cleanup_(pps_conf_unrefp) pps_conf *conf = NULL;

	(void)state;
	put("config_raw.yaml", "- &a {instrument: X, where: \"\", embargo_hours: 80}\n- {<<: *a, instrument: Y}\n");
	conf = load("repositories: {a: {butler: x}, b: {butler: y}}\n"
		    "raw: {source: a, destinations: [b], dest_root: /d, queries: config_raw.yaml}\n");
	assert_int_equal(pps_conf_raw_block(conf)->nqueries, 2);
	assert_string_equal(pps_conf_raw_block(conf)->queries[1].instrument, "Y");
	assert_int_equal(pps_conf_raw_block(conf)->queries[1].embargo, 80 * 3600 * PPS_NS_PER_S);
}

#define REPOS "repositories: {a: {butler: x}, b: {butler: y}}\n"
#define RAW REPOS "raw: {source: a, destinations: [b], dest_root: /d, queries: "
#define QUERY "[{instrument: X, where: \"\", embargo_hours: 1}]"
#define RAW_WITH(more) RAW QUERY ", " more "}\n"
#define QUERIES(text) RAW "config_raw.yaml}\n", text

/* One file, perhaps today's queries beside it, and every complaint, in order. */
static const struct {
	const char *text, *queries;
	const char *errors[5];
} wrong[] = {
	{ "state: [\n", NULL, { "pps.yaml:2:1: wrong YAML: did not find expected node content while parsing a flow node" } },
	{ "- a\n", NULL, { "pps.yaml:1:1: expected a map of keys, not a list" } },
	{ "text\n", NULL, { "pps.yaml:1:1: expected a map of keys, not \"text\"" } },
	{ "rwa: {}\n", NULL, { "pps.yaml:1:1: unknown key \"rwa\" (did you mean \"raw\"?)" } },
	{ "repositorys: {}\n", NULL, { "pps.yaml:1:1: unknown key \"repositorys\" (did you mean \"repositories\"?)" } },
	{ "xyz: 1\n", NULL,
	  { "pps.yaml:1:1: unknown key \"xyz\": expected one of state, repositories, policies, collections, intake, raw, rucio, import, "
	    "notify, http, workers, tasks, profiles" } },
	{ "state: &a x\n", NULL, { "pps.yaml:1:8: anchors and aliases (& and *) are not allowed in this file" } },
	{ "state: x\nstate: y\n", NULL, { "pps.yaml:2:1: \"state\" is given twice; the first is in line 1" } },
	{ "state:\n", NULL,
	  { "pps.yaml:1:7: state: expected sqlite:////absolute/path, sqlite:///relative/path or postgresql://..., not nothing" } },
	{ "state: /var/state.db\n", NULL,
	  { "pps.yaml:1:8: state: expected sqlite:////absolute/path, sqlite:///relative/path or postgresql://..., not \"/var/state.db\"" } },
	{ "state: 'sqlite:///'\n", NULL,
	  { "pps.yaml:1:8: state: expected sqlite:////absolute/path, sqlite:///relative/path or postgresql://..., not \"sqlite:///\"" } },
	{ "state: 'sqlite:///:memory:'\n", NULL,
	  { "pps.yaml:1:8: state: expected sqlite:////absolute/path, sqlite:///relative/path or postgresql://..., not \"sqlite:///:memory:\"" } },
	{ "state: mysql://h/d\n", NULL,
	  { "pps.yaml:1:8: state: expected sqlite:////absolute/path, sqlite:///relative/path or postgresql://..., not \"mysql://h/d\"" } },
	{ "state: {a: b}\n", NULL,
	  { "pps.yaml:1:8: state: expected sqlite:////absolute/path, sqlite:///relative/path or postgresql://..., not a map" } },
	{ "repositories: [a]\n", NULL, { "pps.yaml:1:15: repositories: expected a map of names, not a list" } },
	{ "repositories:\n", NULL, { "pps.yaml:1:14: repositories: expected a map of names, not nothing" } },
	{ "repositories: {a: x}\n", NULL, { "pps.yaml:1:19: repositories.a: expected a map of keys, not \"x\"" } },
	{ "repositories: {a: {}}\n", NULL,
	  { "pps.yaml:1:19: repositories.a: \"butler\" is missing: expected a folder, a butler.yaml or an alias" } },
	{ "repositories: {a: {butler: 12}}\n", NULL,
	  { "pps.yaml:1:28: repositories.a.butler: expected a folder, a butler.yaml or an alias, not 12: put it in quotes" } },
	{ "repositories: {a: {butler: 'http://x/y'}}\n", NULL,
	  { "pps.yaml:1:28: repositories.a.butler: expected a folder, a butler.yaml or an alias, not \"http://x/y\"" } },
	{ "repositories: {\"a b\": {butler: x}}\n", NULL,
	  { "pps.yaml:1:23: repositories: \"a b\" is no name: expected letters, digits, \"_\", \"-\" and \".\"" } },
	{ "repositories: {a: {butler: x, from: a, transfer: copy}}\n", NULL,
	  { "pps.yaml:1:37: repositories.a.from: a repository cannot come from itself" } },
	{ "repositories: {a: {butler: x, from: b, transfer: copy}, b: {butler: y}}\n", NULL,
	  { "pps.yaml:1:37: repositories.a.from: \"b\" must stand above it: the order is that of the flow" } },
	{ "repositories: {emb: {butler: x}, b: {butler: y, from: ebm, transfer: copy}}\n", NULL,
	  { "pps.yaml:1:55: \"ebm\" is no repository (did you mean \"emb\"?)" } },
	{ "repositories: {a: {butler: x}, b: {butler: y, from: a}}\n", NULL,
	  { "pps.yaml:1:53: repositories.b: \"transfer\" is missing: expected copy, hardlink, direct or in_place" } },
	{ "repositories: {a: {butler: x, transfer: copy}}\n", NULL,
	  { "pps.yaml:1:41: repositories.a: \"transfer\" says nothing without \"from\"" } },
	{ "repositories: {a: {butler: x}, b: {butler: y, from: a, transfer: hardlnk}}\n", NULL,
	  { "pps.yaml:1:66: repositories.b.transfer: expected copy, hardlink, direct or in_place, not \"hardlnk\" (did you mean \"hardlink\"?)" } },
	{ "repositories: {a: {butler: x, on_no_link: copy}}\n", NULL,
	  { "pps.yaml:1:43: repositories.a: \"on_no_link\" says nothing without \"transfer: hardlink\"" } },
	{ "repositories: {a: {butler: x, reclaim_after: soon}}\n", NULL,
	  { "pps.yaml:1:46: repositories.a.reclaim_after: expected a duration such as 90s, 35min, 24h or 2d, not \"soon\"" } },
	{ "repositories: {a: {butler: x, reclaim_after: never}}\n", NULL,
	  { "pps.yaml:1:46: repositories.a.reclaim_after: expected a duration such as 90s, 35min, 24h or 2d, not \"never\"" } },
	{ "repositories: {a: {butler: x, audience: public, buttler: y}}\n", NULL,
	  { "pps.yaml:1:49: repositories.a: unknown key \"buttler\" (did you mean \"butler\"?)" } },
	{ "policies: {}\n", NULL, { "pps.yaml:1:11: policies: expected a list, not a map" } },
	{ "policies: []\n", NULL, { "pps.yaml:1:11: policies: the list is empty" } },
	{ "policies: [{types: [], embargo_hours: -1, public: maybe, retention_days: always}]\n", NULL,
	  { "pps.yaml:1:20: policies[0].types: the list is empty",
	    "pps.yaml:1:39: policies[0].embargo_hours: expected hours from 0 to 1000000, not \"-1\"",
	    "pps.yaml:1:51: policies[0].public: expected true or false, not \"maybe\"",
	    "pps.yaml:1:74: policies[0].retention_days: expected days from 0 to 100000, or forever, not \"always\"" } },
	{ "policies:\n- types: [a]\n  embargo_hours: 80\n", NULL,
	  { "pps.yaml:2:3: policies[0]: \"public\" is missing: expected true or false",
	    "pps.yaml:2:3: policies[0]: \"retention_days\" is missing: expected days from 0 to 100000, or forever" } },
	{ "policies: [{types: [a, 1], embargo_hours: .nan, public: yes, retention_days: 1}]\n", NULL,
	  { "pps.yaml:1:24: policies[0].types[1]: expected a text or a list of texts, not 1: put it in quotes",
	    "pps.yaml:1:43: policies[0].embargo_hours: expected hours from 0 to 1000000, not \".nan\"" } },
	{ "collections: {available: X, expired: X}\n", NULL, { "pps.yaml:1:38: collections: \"available\" and \"expired\" must differ" } },
	{ "collections: {on_conflict: drop}\n", NULL,
	  { "pps.yaml:1:28: collections.on_conflict: expected keep or replace, not \"drop\"" } },
	{ "collections: {chains: {A: [\"{avail}\"]}}\n", NULL,
	  { "pps.yaml:1:28: collections.chains: \"{avail}\": only {available} and {expired} can be meant" } },
	{ "collections: {chains: {A: [B], B: [C, A]}}\n", NULL,
	  { "pps.yaml:1:27: collections.chains: \"A\" holds itself", "pps.yaml:1:35: collections.chains: \"B\" holds itself" } },
	{ "collections: {chains: {A: [B, C, B]}}\n", NULL, { "pps.yaml:1:34: collections.chains: \"A\" holds \"B\" twice" } },
	{ "collections: {expired: E, chains: {E: [B]}}\n", NULL, { "pps.yaml:1:39: collections.chains: \"E\" is a TAGGED collection above" } },
	{ "collections: {chains: {\"A*\": [B]}}\n", NULL, { "pps.yaml:1:30: collections.chains: \"A*\" is no name of a collection" } },
	{ "collections: {chains: {A: [\"B*\"]}}\n", NULL, { "pps.yaml:1:28: collections.chains: \"B*\" is no name of a collection" } },
	{ "collections: {chains: {A: B}}\n", NULL, { "pps.yaml:1:27: collections.chains.A: expected a list of collections" } },
	{ "intake: {}\n", NULL, { "pps.yaml:1:9: intake: expected \"kafka\" or \"folder\"" } },
	{ "intake: {kafka: {brokers: h, topic: t, batch_root: 'gs://x'}}\n", NULL,
	  { "pps.yaml:1:52: intake.kafka.batch_root: expected a folder or a URI (file:///... or s3://...), not \"gs://x\"" } },
	{ "intake: {kafka: {brokers: h, topic: t, batch_root: /b, properties: {a: [b]}}}\n", NULL,
	  { "pps.yaml:1:72: intake.kafka.properties.a: expected a text" } },
	{ "intake: {folder: 'gs://b/x'}\n", NULL,
	  { "pps.yaml:1:18: intake.folder: expected a folder or a URI (file:///... or s3://...), not \"gs://b/x\"" } },
	{ "raw: {source: a}\n", NULL,
	  { "pps.yaml:1:6: raw: \"destinations\" is missing: expected a list of repositories",
	    "pps.yaml:1:6: raw: \"dest_root\" is missing: expected a folder or a URI (file:///... or s3://...)",
	    "pps.yaml:1:6: raw: \"queries\" is missing: expected a list of queries, or the path of a file that holds one",
	    "pps.yaml:1:15: \"a\" is no repository: there are none under \"repositories\"" } },
	{ REPOS "raw: {source: a, destinations: [a], dest_root: /d, queries: " QUERY "}\n", NULL,
	  { "pps.yaml:2:33: raw.destinations: \"a\" is the source" } },
	{ REPOS "raw: {source: a, destinations: [b, {repository: b}], dest_root: /d, queries: " QUERY "}\n", NULL,
	  { "pps.yaml:2:49: raw.destinations: \"b\" is given twice" } },
	{ REPOS "raw: {source: a, destinations: [c], dest_root: 'file://d', queries: " QUERY "}\n", NULL,
	  { "pps.yaml:2:33: \"c\" is no repository: expected one of a, b",
	    "pps.yaml:2:48: raw.dest_root: expected a folder or a URI (file:///... or s3://...), not \"file://d\"" } },
	{ RAW_WITH("safe_copies: 0"), NULL,
	  { "pps.yaml:2:122: raw.safe_copies: expected a whole number from 1 to 100, not \"0\"" } },
	{ RAW_WITH("safe_copies: 2.5"), NULL,
	  { "pps.yaml:2:122: raw.safe_copies: expected a whole number from 1 to 100, not \"2.5\"" } },
	{ RAW_WITH("since: yesterday"), NULL,
	  { "pps.yaml:2:116: raw.since: expected a time in UTC, YYYY-MM-DD or YYYY-MM-DDTHH:MM:SS, not \"yesterday\"" } },
	{ RAW_WITH("records: all"), NULL, { "pps.yaml:2:118: raw.records: expected refs or with_visits, not \"all\"" } },
	{ RAW_WITH("incomplete_after: -1h"), NULL,
	  { "pps.yaml:2:127: raw.incomplete_after: expected a duration such as 90s, 35min, 24h or 2d, not \"-1h\"" } },
	{ RAW_WITH("events: {}"), NULL, { "pps.yaml:2:117: raw.events: \"kafka\" is missing: expected a map of keys" } },
	{ RAW "[]}\n", NULL, { "pps.yaml:2:61: raw.queries: the list is empty" } },
	{ RAW "[x]}\n", NULL, { "pps.yaml:2:62: raw.queries[0]: expected a map of keys, not \"x\"" } },
	{ RAW "nowhere.yaml}\n", NULL, { "pps.yaml:2:61: raw.queries: open nowhere.yaml: No such file or directory" } },
	{ QUERIES("instrument: X\n"), { "config_raw.yaml:1:1: expected a list of queries" } },
	{ QUERIES("- instrument: X\n  where: 'a\n"),
	  { "config_raw.yaml:3:1: wrong YAML: found unexpected end of stream while scanning a quoted scalar" } },
	{ QUERIES("- instrument: X\n  embargo_hour: 80\n"),
	  { "config_raw.yaml:1:3: [0]: \"where\" is missing: expected a text",
	    "config_raw.yaml:1:3: [0]: \"embargo_hours\" is missing: expected hours from 0 to 1000000",
	    "config_raw.yaml:2:3: [0]: unknown key \"embargo_hour\" (did you mean \"embargo_hours\"?)" } },
	{ QUERIES("- instrument: LSSTCam\n  where:\n  embargo_hours: eighty\n"),
	  { "config_raw.yaml:2:9: [0].where: expected a text, not nothing",
	    "config_raw.yaml:3:18: [0].embargo_hours: expected hours from 0 to 1000000, not \"eighty\"" } },
	{ "rucio: {rse: R, config: c, site: \"A,B\"}\n" RAW QUERY ", skymap: s}\n", NULL,
	  { "pps.yaml:1:34: rucio: site \"A,B\": expected a name without commas and blanks" } },
	{ "rucio: {rse: R, config: c, sites: {USDF: R2}}\n" RAW QUERY ", skymap: s}\n", NULL,
	  { "pps.yaml:1:42: rucio.sites: \"USDF\" is this site, whose storage element is \"rse\"" } },
	{ "rucio: {rse: R, config: c, url: 'https://r'}\n", NULL,
	  { "pps.yaml:1:8: rucio: \"account\" is missing: it is needed with \"url\"",
	    "pps.yaml:1:8: rucio: \"auth\" is missing: it is needed with \"url\"",
	    "pps.yaml:1:33: rucio: expected \"config\" or \"url\", not both" } },
	{ "rucio: {rse: R, url: r, account: a, auth: {type: userpass, username: u}}\n", NULL,
	  { "pps.yaml:1:22: rucio.url: expected a URL (https://... or http://...), not \"r\"",
	    "pps.yaml:1:43: rucio.auth: \"password_file\" is missing: it is needed with \"type: userpass\"" } },
	{ "rucio: {rse: R, config: c}\n" RAW QUERY "}\n", NULL,
	  { "pps.yaml:3:6: raw: \"skymap\" is missing: Rucio's datasets are grouped by its tracts" } },
	{ "import: {kafka: {brokers: h}, topics: {T: {rucio_prefix: r, local_prefix: l, repository: x}}}\n", NULL,
	  { "pps.yaml:1:90: \"x\" is no repository: there are none under \"repositories\"" } },
	{ "notify: {webhooks: [{url: 'ftp://x', events: published}], kafka_topic: t}\n", NULL,
	  { "pps.yaml:1:27: notify.webhooks[0].url: expected a URL (https://... or http://...), not \"ftp://x\"",
	    "pps.yaml:1:46: notify.webhooks[0].events: expected a list of unembargoed, published, expired and withdrawn, not \"published\"",
	    "pps.yaml:1:72: notify.kafka_topic: there are no servers without \"intake.kafka\"" } },
	{ "notify: {webhooks: [{url: 'http://x', events: [publishd]}]}\n", NULL,
	  { "pps.yaml:1:48: notify.webhooks[0].events[0]: expected a list of unembargoed, published, expired and withdrawn, not \"publishd\" "
	    "(did you mean \"published\"?)" } },
	{ "notify: {webhooks: [{url: 'http://x/'}, {url: 'http://x/', give_up_after: soon}]}\n", NULL,
	  { "pps.yaml:1:47: notify.webhooks: this address is given twice",
	    "pps.yaml:1:75: notify.webhooks[1].give_up_after: expected a duration such as 90s, 35min, 24h or 2d, not \"soon\"" } },
	{ "http: {listen: 8480, auth: {type: token}}\n", NULL,
	  { "pps.yaml:1:16: http.listen: expected HOST:PORT, not 8480: put it in quotes",
	    "pps.yaml:1:28: http.auth: \"token_file\" is missing: it is needed with \"type: token\"" } },
	{ "http: {listen: 'h:99999'}\n", NULL, { "pps.yaml:1:16: http.listen: expected HOST:PORT, not \"h:99999\"" } },
	{ "workers: {kafka: {brokers: b, topic: t, results: t}}\n", NULL,
	  { "pps.yaml:1:50: workers.kafka.results: expected another topic than that of work, \"t\"" } },
	{ "workers: {kafka: {brokers: b}}\n", NULL,
	  { "pps.yaml:1:18: workers.kafka: \"topic\" is missing: expected a text", "pps.yaml:1:18: workers.kafka: \"results\" is missing: expected a text" } },
	{ "workers: {threads: 257, kafka: {topic: t, results: r}}\n", NULL,
	  { "pps.yaml:1:20: workers.threads: expected a whole number from 1 to 256, not \"257\"",
	    "pps.yaml:1:32: workers.kafka: \"brokers\" is missing: there are none without \"intake.kafka\"" } },
	{ "tasks: {copi: {}, publish: {quiet: '25:00-12:00 UTC', rate: 0}}\n", NULL,
	  { "pps.yaml:1:9: tasks: unknown key \"copi\" (did you mean \"copy\"?)",
	    "pps.yaml:1:36: tasks.publish.quiet: expected hours such as \"21:30-12:00 UTC\", or a list of them, not \"25:00-12:00 UTC\"",
	    "pps.yaml:1:61: tasks.publish.rate: expected a number above 0, not \"0\"" } },
	{ "profiles: {p: {region: r}}\n", NULL,
	  { "pps.yaml:1:15: profiles.p: \"endpoint\" is missing: expected a URL (https://... or http://...)" } },
	{ "\xc3\xa9\xc3\xa9: 1\nstate: \xff\n", NULL, { "pps.yaml:2:8: this byte is no UTF-8 text" } },
};

static void check_wrong(size_t i)
{
	_cleanup_(pps_conf_unrefp) pps_conf *conf = NULL;
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	size_t n = 0;

	put("pps.yaml", wrong[i].text);
	put("config_raw.yaml", wrong[i].queries ? wrong[i].queries : "");
	if (pps_conf_load(ctx, "pps.yaml", &conf, &err) != PPS_E_CONFIG)
		fail_msg("accepted or failed otherwise: %s%s", wrong[i].text, pps_error_message(err));
	for (; n < 5 && wrong[i].errors[n]; n++) {
		const pps_error *e = pps_conf_error_at(conf, n);

		if (strcmp(pps_error_message(e), wrong[i].errors[n]) != 0)
			fail_msg("%s\nsays     %s\ninstead  %s", wrong[i].text, pps_error_message(e), wrong[i].errors[n]);
		assert_true(pps_error_file(e) && pps_error_line(e) > 0 && pps_error_column(e) > 0);
	}
	if (pps_conf_error_count(conf) != n)
		fail_msg("%salso says %s", wrong[i].text, pps_error_message(pps_conf_error_at(conf, n)));
	/* the first is what the call itself reports */
	assert_int_equal(strncmp(pps_error_message(err), wrong[i].errors[0], strlen(wrong[i].errors[0])), 0);
	if (n > 1)
		assert_non_null(strstr(pps_error_message(err), " more)"));
	assert_int_equal(pps_error_line(err), pps_error_line(pps_conf_error_at(conf, 0)));
	assert_null(pps_conf_get(conf, "state"));
}

static void wrong_files(void **state)
{
	(void)state;
	for (size_t i = 0; i < PPS_COUNT(wrong); i++)
		check_wrong(i);
}

static void files_that_cannot_be_read(void **state)
{
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	pps_conf *conf = NULL;

	(void)state;
	assert_int_equal(pps_conf_load(ctx, "nowhere.yaml", &conf, &err), PPS_E_NOTFOUND);
	assert_string_equal(pps_error_message(err), "open nowhere.yaml: No such file or directory");
	assert_int_equal(pps_conf_load(ctx, "nowhere/pps.yaml", &conf, NULL), PPS_E_NOTFOUND);
	assert_int_equal(pps_conf_load(ctx, "repo", &conf, NULL), PPS_E_IO);
	assert_int_equal(pps_conf_load(ctx, NULL, &conf, NULL), PPS_E_ARG);
	assert_int_equal(pps_conf_load(ctx, "pps.yaml", NULL, NULL), PPS_E_ARG);
	assert_int_equal(pps_conf_load(NULL, "pps.yaml", &conf, NULL), PPS_E_ARG);
	assert_null(conf);
	assert_int_equal(pps_conf_error_count(NULL), 0);
	assert_null(pps_conf_error_at(NULL, 0));
}

/* The table itself: defaults can be read, parents come before children, and every key is in the manual. */
static void table_is_whole(void **state)
{
	char *text = NULL;

	(void)state;
	assert_ok(pps_conf_describe(&text, NULL), NULL);
	for (size_t i = 0; i < conf_nkeys; i++) {
		const struct conf_key *k = &conf_keys[i];
		char row[128];

		assert_non_null(k->help);
		assert_int_equal(k->type == CONF_CHOICE || k->type == CONF_CHOICES, k->choices != NULL);
		snprintf(row, sizeof row, strchr(k->path, '.') ? "| `%s` |" : "## %s\n", k->path);
		if (!strchr("*]", k->path[strlen(k->path) - 1]) && !strstr(text, row))
			fail_msg("%s is not described", k->path);
	}
	pps_free(text);
	assert_int_equal(pps_conf_describe(NULL, NULL), PPS_E_ARG);
}

/* docs/configuration.md; with $PPS_UPDATE_DOCS set it is written instead of compared. */
static void manual_is_up_to_date(void **state)
{
	static const char path[] = VECTORS "/../../../docs/configuration.md";
	_cleanup_free_ char *there = calloc(1, 1 << 20);
	_cleanup_fclose_ FILE *f = NULL;
	char *text = NULL;

	(void)state;
	assert_ok(pps_conf_describe(&text, NULL), NULL);
	if (getenv("PPS_UPDATE_DOCS"))
		put(path, text);
	assert_non_null(f = fopen(path, "r"));
	assert_true(fread(there, 1, (1 << 20) - 1, f) > 0);
	if (strcmp(text, there) != 0)
		fail_msg("docs/configuration.md is not what the table says: run this test with PPS_UPDATE_DOCS=1");
	pps_free(text);
}

/* As configured, and the mission's where nothing is. */
static void collections_and_chains(void **state)
{
	static const struct {
		const char *text;
		const char *available;
		int rule;
		const char *chains; /* "NAME:CHILD,CHILD;" */
	} cases[] = {
		{ "state: sqlite:///x\n", "Prompt/Outputs/Available", PPS_ON_CONFLICT_KEEP,
		  "Prompt/Available:LSSTCam/raw/all,Prompt/Outputs/Available,Prompt/Calibs;Prompt/All:Prompt/Available,Prompt/Outputs/Expired;" },
		{ "collections: {available: A, on_conflict: replace}\n", "A", PPS_ON_CONFLICT_REPLACE,
		  "Prompt/Available:LSSTCam/raw/all,A,Prompt/Calibs;Prompt/All:Prompt/Available,Prompt/Outputs/Expired;" },
		{ "collections: {available: A, expired: E, chains: {X: [\"{expired}\", \"{available}\"], Y: [X]}}\n", "A", PPS_ON_CONFLICT_KEEP, "X:E,A;Y:X;" },
	};

	(void)state;
	for (size_t i = 0; i < PPS_COUNT(cases); i++) {
		_cleanup_(pps_conf_unrefp) pps_conf *conf = load(cases[i].text);
		_cleanup_buf_ pps_buf b = PPS_BUF_LINE;
		const pps_conf_collections *c = pps_conf_collections_block(conf);

		assert_string_equal(c->available, cases[i].available);
		assert_int_equal(c->on_conflict, cases[i].rule);
		for (size_t k = 0; k < c->nchains; k++) {
			pps_buf_printf(&b, "%s:", c->chains[k].name);
			for (size_t m = 0; m < c->chains[k].children.n; m++)
				pps_buf_printf(&b, "%s%s", m ? "," : "", c->chains[k].children.at[m]);
			pps_buf_add_char(&b, ';');
		}
		assert_string_equal(pps_buf_text(&b), cases[i].chains);
	}
}

static void intake_and_its_origins(void **state)
{
	static const struct {
		const char *text, *lists, *known, *unknown;
	} cases[] = {
		{ "state: sqlite:///s.db\n", NULL, "prompt_processing", "elsewhere" },
		{ "intake: {folder: lists}\n", "/lists", "daytime_ap_catchup", "elsewhere" },
		{ "intake: {folder: 's3://p@b/lists/', origins: elsewhere}\n", "s3://p@b/lists", "elsewhere", "prompt_processing" },
		{ "policies: [{types: [x], origin: hand, embargo_hours: 1, public: true, retention_days: 1}]\n", NULL, "hand", "foot" },
	};

	(void)state;
	for (size_t i = 0; i < PPS_COUNT(cases); i++) {
		_cleanup_(pps_conf_unrefp) pps_conf *conf = load(cases[i].text);
		const char *lists = pps_conf_intake_block(conf)->folder;

		assert_int_equal(!lists, !cases[i].lists);
		if (lists)
			assert_non_null(strstr(lists, cases[i].lists));
		assert_int_equal(pps_origin_is_known(conf, cases[i].known), 1);
		assert_int_equal(pps_origin_is_known(conf, cases[i].unknown), 0);
		assert_int_equal(pps_origin_is_known(conf, ""), 1);
		assert_int_equal(pps_origin_is_known(conf, NULL), 1);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_whole_example),
		cmocka_unit_test(get_by_name),
		cmocka_unit_test(show_hides_secrets),
		cmocka_unit_test(paths_are_relative_to_the_file),
		cmocka_unit_test(text_of_a_program),
		cmocka_unit_test(states),
		cmocka_unit_test(intake_and_its_origins),
		cmocka_unit_test(collections_and_chains),
		cmocka_unit_test(aliases_in_queries_are_expanded),
		cmocka_unit_test(wrong_files),
		cmocka_unit_test(files_that_cannot_be_read),
		cmocka_unit_test(table_is_whole),
		cmocka_unit_test(manual_is_up_to_date),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
