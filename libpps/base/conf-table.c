/* SPDX-License-Identifier: BSD-3-Clause */
/* Every key of pps.yaml, in the order of the documentation: reading, checking, showing and the manual follow from it. */
#include <string.h>

#include "base/conf-value.h"

#define KAFKA(at, required, what)                                                                                       \
	{ at ".brokers", CONF_TEXT, required, NULL, NULL, 0, 0, "Kafka servers, `host:port`, separated by commas." },   \
	{ at ".topic", CONF_TEXT, required, NULL, NULL, 0, 0, what },                                                   \
	{ at ".group", CONF_TEXT, 0, "pps", NULL, 0, 0, "Consumer group." },                                            \
	{ at ".properties", CONF_PAIRS, CONF_SECRET, NULL, NULL, 0, 0,                                                  \
	  "Further properties of librdkafka, such as `sasl.mechanism`; given to it as they are." }

#define TASK(name, what)                                                                                                \
	{ "tasks." name, CONF_BLOCK, 0, NULL, NULL, 0, 0, what },                                                       \
	{ "tasks." name ".every", CONF_DURATION, 0, "60s", NULL, 0, 0, "How often ready work is looked for." },         \
	{ "tasks." name ".batch", CONF_INT, 0, "1000", NULL, 1, 10000, "Most datasets in one chunk." },               \
	{ "tasks." name ".quiet", CONF_QUIET, 0, NULL, NULL, 0, 0,                                                      \
	  "Hours in which the task rests, such as `21:30-12:00 UTC`." },                                                \
	{ "tasks." name ".rate", CONF_RATE, 0, NULL, NULL, 0, 0, "Most datasets a second." },                           \
	{ "tasks." name ".concurrency", CONF_INT, 0, NULL, NULL, 1, 256, "Most chunks at a time, of those that `workers.threads` allows." }

const struct conf_key conf_keys[] = {
	{ "state", CONF_STATE, 0, "sqlite:///state.db", NULL, 0, 0,
	  "Database that remembers what was done, as SQLAlchemy writes it: `sqlite:////absolute/path`, `sqlite:///path` "
	  "relative to this file, or `postgresql://user@host:port/database`." },

	{ "repositories", CONF_BLOCKS, 0, NULL, NULL, 0, 0,
	  "Butler repositories by a name of your choice; their order is the order of the flow." },
	{ "repositories.*", CONF_BLOCK, 0, NULL, NULL, 0, 0, "One repository." },
	{ "repositories.*.butler", CONF_BUTLER, CONF_REQUIRED, NULL, NULL, 0, 0,
	  "A folder, the path or URI of a `butler.yaml`, or an alias in `$DAF_BUTLER_REPOSITORY_INDEX`. A relative path is one "
	  "when there is such a file or folder beside this file." },
	{ "repositories.*.from", CONF_REPOSITORY, 0, NULL, NULL, 0, 0,
	  "Repository above it from which its datasets come; makes it part of the flow of prompt products." },
	{ "repositories.*.transfer", CONF_CHOICE, 0, NULL, "copy|hardlink|direct|in_place", 0, 0,
	  "How files come from there: `copy`; `hardlink` into its own root; `direct`, by absolute URIs of the other's files; "
	  "`in_place`, records only, under the same datastore name. Needed with `from`." },
	{ "repositories.*.audience", CONF_CHOICE, 0, "internal", "internal|public", 0, 0, "`public`: users outside see it." },
	{ "repositories.*.reclaim_after", CONF_DURATION, 0, "24h", NULL, 0, 0,
	  "How long files stay there after their copy elsewhere was verified." },
	{ "repositories.*.on_no_link", CONF_CHOICE, 0, "hold", "hold|copy", 0, 0,
	  "What to do where a hard link is impossible." },

	{ "policies", CONF_ITEMS, 0, NULL, NULL, 0, 0,
	  "What may be published when; the first that matches wins, what matches none is held." },
	{ "policies[]", CONF_BLOCK, 0, NULL, NULL, 0, 0, "One policy." },
	{ "policies[].types", CONF_TEXTS, CONF_REQUIRED, NULL, NULL, 0, 0, "Glob patterns of dataset types." },
	{ "policies[].origin", CONF_TEXT, 0, NULL, NULL, 0, 0, "Only datasets of this origin, such as `daytime_ap_catchup`." },
	{ "policies[].embargo_hours", CONF_HOURS, CONF_REQUIRED, NULL, NULL, 0, 0, "Hours after the exposure's end." },
	{ "policies[].public", CONF_BOOL, CONF_REQUIRED, NULL, NULL, 0, 0, "Whether public repositories get it." },
	{ "policies[].retention_days", CONF_DAYS, CONF_REQUIRED, NULL, NULL, 0, 0, "Days that it is kept, or `forever`: from its last publication, or where it is not public from when it last left embargo." },

	{ "collections", CONF_BLOCK, 0, NULL, NULL, 0, 0, "Collections of each public repository." },
	{ "collections.available", CONF_TEXT, 0, "Prompt/Outputs/Available", NULL, 0, 0, "TAGGED collection of what is published." },
	{ "collections.expired", CONF_TEXT, 0, "Prompt/Outputs/Expired", NULL, 0, 0, "TAGGED collection of what has expired." },
	{ "collections.on_conflict", CONF_CHOICE, 0, "keep", "keep|replace", 0, 0,
	  "When a second dataset of the same type and data ID comes: the first keeps its place, or is replaced." },
	{ "collections.chains", CONF_CHAINS, 0, NULL, NULL, 0, 0,
	  "CHAINED collections and their children in order; `{available}` and `{expired}` stand for those above. A child that does not exist is "
	  "left out, reported, and added when it appears; one that somebody added by hand stays, behind the child that it followed. By default the "
	  "mission's: `Prompt/Available: [LSSTCam/raw/all, \"{available}\", Prompt/Calibs]`, `Prompt/All: [Prompt/Available, \"{expired}\"]`." },

	{ "intake", CONF_BLOCK, 0, NULL, NULL, 0, 0, "Where lists of new datasets come from." },
	{ "intake.kafka", CONF_BLOCK, 0, NULL, NULL, 0, 0, "Messages of the Butler writer." },
	KAFKA("intake.kafka", CONF_REQUIRED, "Topic of the messages."),
	{ "intake.kafka.batch_root", CONF_PLACE, CONF_REQUIRED, NULL, NULL, 0, 0, "Folder or URI of the batch files." },
	{ "intake.folder", CONF_PLACE, 0, NULL, NULL, 0, 0,
	  "Folder or URI that is looked through for `*.json` and `*.csv` lists; what was read is moved to `done/` or `rejected/` in it." },
	{ "intake.origins", CONF_TEXTS, 0, NULL, NULL, 0, 0,
	  "Origins that are known, besides those that policies name; by default `prompt_processing` and `daytime_ap_catchup`. Datasets of another "
	  "are registered and held." },

	{ "raw", CONF_BLOCK, 0, NULL, NULL, 0, 0, "The flow of raw exposures." },
	{ "raw.source", CONF_REPOSITORY, CONF_REQUIRED, NULL, NULL, 0, 0, "Repository of the embargoed exposures." },
	{ "raw.destinations", CONF_DESTINATIONS, CONF_REQUIRED, NULL, NULL, 0, 0,
	  "Repositories that get them; a bare name is enough where the URI is that of `dest_root`." },
	{ "raw.destinations[]", CONF_BLOCK, 0, NULL, NULL, 0, 0, "One destination." },
	{ "raw.destinations[].repository", CONF_REPOSITORY, CONF_REQUIRED, NULL, NULL, 0, 0, "Its name above." },
	{ "raw.destinations[].uri_root", CONF_PLACE, 0, NULL, NULL, 0, 0,
	  "Where the URIs of zips begin in this repository, when other than `dest_root`." },
	{ "raw.dest_root", CONF_PLACE, CONF_REQUIRED, NULL, NULL, 0, 0,
	  "Folder or URI below which zips are put, as `INSTRUMENT/DAY_OBS/OBS_ID.zip`." },
	{ "raw.queries", CONF_QUERIES, CONF_REQUIRED, NULL, NULL, 0, 0, "Which exposures, and their embargo: a list, or a file that holds it." },
	{ "raw.queries[]", CONF_BLOCK, 0, NULL, NULL, 0, 0, "One query." },
	{ "raw.queries[].instrument", CONF_TEXT, CONF_REQUIRED, NULL, NULL, 0, 0, "Name of the instrument." },
	{ "raw.queries[].where", CONF_TEXT, CONF_REQUIRED, NULL, NULL, 0, 0,
	  "Butler expression on exposures, such as `exposure.can_see_sky`; `\"\"`: all." },
	{ "raw.queries[].embargo_hours", CONF_HOURS, CONF_REQUIRED, NULL, NULL, 0, 0, "Hours after the exposure's end." },
	{ "raw.queries[].collections", CONF_TEXTS, 0, NULL, NULL, 0, 0,
	  "Collections of its datasets; by default `INSTRUMENT/raw/all`. `INSTRUMENT/raw/guider` is always searched too." },
	{ "raw.queries[].dataset_types", CONF_TEXTS, 0, NULL, NULL, 0, 0, "Dataset types that move; by default `raw`. `guider_raw` always moves too, where there is such a type." },
	{ "raw.skymap", CONF_TEXT, 0, NULL, NULL, 0, 0,
	  "Skymap whose tracts exposures are grouped by, such as `lsst_cells_v2`. Needed with `rucio`." },
	{ "raw.since", CONF_TIME, 0, NULL, NULL, 0, 0, "Exposures that ended before this time (UTC) are left alone; by default none." },
	{ "raw.records", CONF_CHOICE, 0, "refs", "refs|with_visits", 0, 0,
	  "Dimension records that destinations get: those of the datasets, or the exposure's visits too." },
	{ "raw.require_expected_sensors", CONF_BOOL, 0, "false", NULL, 0, 0,
	  "Whether an exposure without `_expectedSensors.json` waits for it." },
	{ "raw.incomplete_after", CONF_DURATION, 0, "never", NULL, 0, 0,
	  "When an exposure that lacks sensors goes as it is, after its embargo has ended; by default never." },
	{ "raw.safe_copies", CONF_INT, 0, "3", NULL, 1, 100, "Copies that must be safe before embargo's is pruned." },
	{ "raw.events", CONF_BLOCK, 0, NULL, NULL, 0, 0, "What has arrived." },
	{ "raw.events.kafka", CONF_BLOCK, CONF_REQUIRED, NULL, NULL, 0, 0, "S3 events by Kafka." },
	KAFKA("raw.events.kafka", CONF_REQUIRED, "Topic of the events."),
	{ "raw.events.root", CONF_PLACE, 0, NULL, NULL, 0, 0,
	  "Where the objects are that the events name, such as `s3://PROFILE@BUCKET`; by default the event's own bucket, without a profile. "
	  "Events of other buckets are left alone." },
	{ "raw.events.list_every", CONF_DURATION, 0, "10min", NULL, 0, 0,
	  "How long an exposure that has not arrived whole may be silent before its folder is listed, to make up events that were lost." },

	{ "rucio", CONF_BLOCK, 0, NULL, NULL, 0, 0, "The Rucio server; left out: no Rucio steps." },
	{ "rucio.config", CONF_PATH, 0, NULL, NULL, 0, 0,
	  "A `rucio.cfg`; or else the next four; with neither, the file that `$RUCIO_CONFIG` or `$RUCIO_HOME` leads to." },
	{ "rucio.url", CONF_URL, 0, NULL, NULL, 0, 0, "The server." },
	{ "rucio.auth_url", CONF_URL, 0, NULL, NULL, 0, 0, "The authentication server, when another." },
	{ "rucio.account", CONF_TEXT, 0, NULL, NULL, 0, 0, "Account." },
	{ "rucio.auth", CONF_BLOCK, 0, NULL, NULL, 0, 0, "How to log in." },
	{ "rucio.auth.type", CONF_CHOICE, CONF_REQUIRED, NULL, "ssh|userpass|x509|x509_proxy|oidc", 0, 0, "Kind of login." },
	{ "rucio.auth.username", CONF_TEXT, 0, NULL, NULL, 0, 0, "User of `userpass`." },
	{ "rucio.auth.password_file", CONF_PATH, 0, NULL, NULL, 0, 0, "File that holds the password." },
	{ "rucio.auth.private_key", CONF_PATH, 0, NULL, NULL, 0, 0, "Private key of `ssh` and `x509`." },
	{ "rucio.auth.certificate", CONF_PATH, 0, NULL, NULL, 0, 0, "Certificate of `x509`, or the proxy of `x509_proxy`." },
	{ "rucio.auth.token_file", CONF_PATH, 0, NULL, NULL, 0, 0, "Token of `oidc`." },
	{ "rucio.ca", CONF_PATH, 0, NULL, NULL, 0, 0, "Certificates that the server's is checked with." },
	{ "rucio.rse", CONF_TEXT, CONF_REQUIRED, NULL, NULL, 0, 0, "Storage element of `raw.dest_root`, such as `SLAC_RAW_DISK`." },
	{ "rucio.scope", CONF_TEXT, 0, "raw", NULL, 0, 0, "Scope." },
	{ "rucio.site", CONF_TEXT, 0, "USDF", NULL, 0, 0,
	  "What `SafeCopies` calls the copy below `raw.dest_root`, once `pps raw check --deep` has compared it with its source." },
	{ "rucio.sites", CONF_PAIRS, 0, NULL, NULL, 0, 0,
	  "Storage elements of the other sites that `SafeCopies` may name, such as `{TRSE: SLAC_RAW_DISK_BKUP, FrDF: IN2P3_RAW_DISK}`. A copy at a "
	  "site that is not here cannot be asked for again, and does not count before embargo's is pruned." },
	{ "rucio.tape", CONF_TEXT, 0, "SLAC_RAW_DISK_BKUP", NULL, 0, 0, "Storage element of the tape copies, as `arcBackup` names it." },

	{ "import", CONF_BLOCK, 0, NULL, NULL, 0, 0, "A remote site: what Rucio brings is imported." },
	{ "import.kafka", CONF_BLOCK, CONF_REQUIRED, NULL, NULL, 0, 0, "Rucio's events." },
	{ "import.kafka.brokers", CONF_TEXT, CONF_REQUIRED, NULL, NULL, 0, 0, "Kafka servers, `host:port`, separated by commas." },
	{ "import.kafka.group", CONF_TEXT, 0, "pps", NULL, 0, 0, "Consumer group." },
	{ "import.kafka.properties", CONF_PAIRS, CONF_SECRET, NULL, NULL, 0, 0, "Further properties of librdkafka." },
	{ "import.topics", CONF_BLOCKS, CONF_REQUIRED, NULL, NULL, 0, 0, "Topics by name, one for each storage element." },
	{ "import.topics.*", CONF_BLOCK, 0, NULL, NULL, 0, 0, "One topic." },
	{ "import.topics.*.rucio_prefix", CONF_TEXT, CONF_REQUIRED, NULL, NULL, 0, 0, "How `dst-url` begins." },
	{ "import.topics.*.local_prefix", CONF_PLACE, CONF_REQUIRED, NULL, NULL, 0, 0, "What replaces it here." },
	{ "import.topics.*.repository", CONF_REPOSITORY, CONF_REQUIRED, NULL, NULL, 0, 0, "Repository that gets it." },

	{ "notify", CONF_BLOCK, 0, NULL, NULL, 0, 0, "Who is told what was unembargoed, published, expired or withdrawn." },
	{ "notify.feed", CONF_PLACE, 0, NULL, NULL, 0, 0, "Folder or URI of static files of what is new." },
	{ "notify.webhooks", CONF_ITEMS, 0, NULL, NULL, 0, 0, "HTTP addresses that are called." },
	{ "notify.webhooks[]", CONF_BLOCK, 0, NULL, NULL, 0, 0, "One address." },
	{ "notify.webhooks[].url", CONF_URL, CONF_REQUIRED, NULL, NULL, 0, 0, "The address." },
	{ "notify.webhooks[].secret_file", CONF_PATH, 0, NULL, NULL, 0, 0, "File whose content signs the calls: HMAC with SHA-256." },
	{ "notify.webhooks[].events", CONF_CHOICES, 0, NULL, "unembargoed|published|expired|withdrawn", 0, 0, "By default all." },
	{ "notify.webhooks[].give_up_after", CONF_DURATION, 0, "24h", NULL, 0, 0,
	  "How long an address may fail before it is left alone until `pps notify retry`." },
	{ "notify.kafka_topic", CONF_TEXT, 0, NULL, NULL, 0, 0, "Topic, on the servers of `intake.kafka`." },

	{ "http", CONF_BLOCK, 0, NULL, NULL, 0, 0, "The service's web application." },
	{ "http.listen", CONF_LISTEN, 0, "127.0.0.1:8480", NULL, 0, 0, "Address and port." },
	{ "http.auth", CONF_BLOCK, 0, NULL, NULL, 0, 0, "Who may give administrative commands." },
	{ "http.auth.type", CONF_CHOICE, CONF_REQUIRED, NULL, "none|header|token", 0, 0,
	  "`header`: a proxy in front names the user; `token`: a bearer token." },
	{ "http.auth.header", CONF_TEXT, 0, "X-Auth-Request-User", NULL, 0, 0, "Header that names the user." },
	{ "http.auth.token_file", CONF_PATH, 0, NULL, NULL, 0, 0, "File that holds the token." },

	{ "workers", CONF_BLOCK, 0, NULL, NULL, 0, 0, "Who does the work." },
	{ "workers.threads", CONF_INT, 0, "8", NULL, 1, 256,
	  "Chunks of prompt products that are carried out at a time, each with connections of its own, and files that each of them moves at a time." },
	{ "workers.kafka", CONF_BLOCK, 0, NULL, NULL, 0, 0, "Hands work to `pps worker` processes." },
	{ "workers.kafka.brokers", CONF_TEXT, 0, NULL, NULL, 0, 0, "Kafka servers; by default those of `intake.kafka`." },
	{ "workers.kafka.topic", CONF_TEXT, CONF_REQUIRED, NULL, NULL, 0, 0, "Topic of work." },
	{ "workers.kafka.results", CONF_TEXT, CONF_REQUIRED, NULL, NULL, 0, 0, "Topic of results." },
	{ "workers.kafka.group", CONF_TEXT, 0, "pps-workers", NULL, 0, 0, "Consumer group of the workers." },
	{ "workers.kafka.properties", CONF_PAIRS, CONF_SECRET, NULL, NULL, 0, 0, "Further properties of librdkafka." },

	{ "tasks", CONF_BLOCK, 0, NULL, NULL, 0, 0, "Pace of the tasks." },
	TASK("register", "Look up and record new datasets."),
	TASK("dimensions", "Carry dimension records and their revisions."),
	TASK("copy", "Copy out of embargo."),
	TASK("publish", "Publish."),
	TASK("expire", "Expire."),
	TASK("delete", "Delete."),

	{ "profiles", CONF_BLOCKS, 0, NULL, NULL, 0, 0,
	  "S3 endpoints by the profile in `s3://PROFILE@BUCKET/`; an entry here wins over `$LSST_RESOURCES_S3_PROFILE_*`." },
	{ "profiles.*", CONF_BLOCK, 0, NULL, NULL, 0, 0, "One endpoint." },
	{ "profiles.*.endpoint", CONF_URL, CONF_REQUIRED, NULL, NULL, 0, 0, "Its address." },
	{ "profiles.*.region", CONF_TEXT, 0, "us-east-1", NULL, 0, 0, "Its region." },
	{ "profiles.*.credentials", CONF_PATH, 0, NULL, NULL, 0, 0,
	  "A file in the form of `$AWS_SHARED_CREDENTIALS_FILE`; by default that one." },
};

const size_t conf_nkeys = PPS_COUNT(conf_keys);

const char *conf_key_name(const struct conf_key *key)
{
	const char *dot = strrchr(key->path, '.');

	return dot ? dot + 1 : key->path;
}

/* What follows "PARENT." in @key's path, when that is one part. */
static const char *part_below(const struct conf_key *parent, const struct conf_key *key)
{
	const char *p = key->path;
	size_t len = parent ? strlen(parent->path) : 0;

	if (parent) {
		if (strncmp(p, parent->path, len) != 0 || p[len] != '.')
			return NULL;
		p += len + 1;
	}
	return strpbrk(p, ".[") || !strcmp(p, "*") ? NULL : p;
}

const struct conf_key *conf_key_below(const struct conf_key *parent, const char *name)
{
	for (size_t i = 0; i < conf_nkeys; i++) {
		const char *part = part_below(parent, &conf_keys[i]);

		if (part && !strcmp(part, name))
			return &conf_keys[i];
	}
	return NULL;
}

const struct conf_key *conf_key_child(const struct conf_key *parent, size_t n)
{
	for (size_t i = 0; i < conf_nkeys; i++)
		if (part_below(parent, &conf_keys[i]) && !n--)
			return &conf_keys[i];
	return NULL;
}

const struct conf_key *conf_key_pattern(const struct conf_key *parent)
{
	size_t len = strlen(parent->path);

	/* a pattern follows its parent in the table */
	for (const struct conf_key *k = parent + 1; k < conf_keys + conf_nkeys; k++)
		if (!strncmp(k->path, parent->path, len) && (!strcmp(k->path + len, ".*") || !strcmp(k->path + len, "[]")))
			return k;
	return NULL;
}

/* "a|b|c" as "a, b or c". */
static void add_choices(const char *choices, const char *last, pps_buf *b)
{
	for (const char *p = choices; *p;) {
		size_t len = strcspn(p, "|");

		pps_buf_add(b, p, len);
		p += len + (p[len] == '|');
		if (*p)
			pps_buf_add_text(b, strchr(p, '|') ? ", " : last);
	}
}

void conf_key_expected(const struct conf_key *key, pps_buf *b)
{
	static const char *const texts[] = {
		[CONF_BLOCK] = "a map of keys",
		[CONF_BLOCKS] = "a map of names",
		[CONF_ITEMS] = "a list",
		[CONF_TEXT] = "a text",
		[CONF_TEXTS] = "a text or a list of texts",
		[CONF_PAIRS] = "a map of texts",
		[CONF_CHAINS] = "a map of lists of collections",
		[CONF_BOOL] = "true or false",
		[CONF_RATE] = "a number above 0",
		[CONF_HOURS] = "hours from 0 to 1000000",
		[CONF_DAYS] = "days from 0 to 100000, or forever",
		[CONF_DURATION] = "a duration such as 90s, 35min, 24h or 2d",
		[CONF_TIME] = "a time in UTC, YYYY-MM-DD or YYYY-MM-DDTHH:MM:SS",
		[CONF_QUIET] = "hours such as \"21:30-12:00 UTC\", or a list of them",
		[CONF_PATH] = "a path",
		[CONF_PLACE] = "a folder or a URI (file:///... or s3://...)",
		[CONF_BUTLER] = "a folder, a butler.yaml or an alias",
		[CONF_STATE] = "sqlite:////absolute/path, sqlite:///relative/path or postgresql://...",
		[CONF_URL] = "a URL (https://... or http://...)",
		[CONF_LISTEN] = "HOST:PORT",
		[CONF_REPOSITORY] = "the name of a repository",
		[CONF_DESTINATIONS] = "a list of repositories",
		[CONF_QUERIES] = "a list of queries, or the path of a file that holds one",
	};

	if (key->type == CONF_CHOICE)
		add_choices(key->choices, " or ", b);
	else if (key->type == CONF_CHOICES) {
		pps_buf_add_text(b, "a list of ");
		add_choices(key->choices, " and ", b);
	} else if (key->type == CONF_INT)
		pps_buf_printf(b, "a whole number from %lld to %lld", (long long)key->least, (long long)key->most);
	else
		pps_buf_add_text(b, texts[key->type]);
}

/* Edits (a character more, less or other, or two exchanged) from @a to @b of length @n; @most or more is as far as any. */
static int distance(const char *a, const char *b, size_t n)
{
	enum { LONGEST = 31 };
	int rows[3][LONGEST + 2], *before = rows[0], *last = rows[1], *now = rows[2], *spare;
	size_t m = strlen(a);

	if (m > LONGEST || n > LONGEST)
		return LONGEST;
	for (size_t k = 0; k <= n; k++)
		before[k] = last[k] = (int)k;
	for (size_t i = 1; i <= m; i++) {
		now[0] = (int)i;
		for (size_t k = 1; k <= n; k++) {
			int cost = last[k - 1] + (a[i - 1] != b[k - 1]);

			if (last[k] + 1 < cost)
				cost = last[k] + 1;
			if (now[k - 1] + 1 < cost)
				cost = now[k - 1] + 1;
			if (i > 1 && k > 1 && a[i - 1] == b[k - 2] && a[i - 2] == b[k - 1] && before[k - 2] + 1 < cost)
				cost = before[k - 2] + 1;
			now[k] = cost;
		}
		spare = before;
		before = last;
		last = now;
		now = spare;
	}
	return last[n];
}

int conf_suggest(const char *wrong, const char *words, pps_buf *b)
{
	const char *best = NULL;
	size_t best_len = 0;
	int least = 3; /* farther away it is no slip of the finger */

	for (const char *p = words; *p;) {
		size_t len = strcspn(p, "|");
		int d = distance(wrong, p, len);

		if (d < least && (size_t)d * 2 < len) {
			least = d;
			best = p;
			best_len = len;
		}
		p += len + (p[len] == '|');
	}
	if (best)
		pps_buf_printf(b, " (did you mean \"%.*s\"?)", (int)best_len, best);
	return best != NULL;
}
