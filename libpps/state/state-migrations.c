/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The migrations of the state database. One that was released is never changed again: its digest is stored in every database. UUID in the
 * text becomes uuid on PostgreSQL, and CHAR(32) on SQLite; a statement behind "@postgresql " is for that alone.
 */
#include "state/state-migrations.h"

static const char first[] =
	"CREATE TABLE {state_meta} (name TEXT PRIMARY KEY, value TEXT NOT NULL);\n"

	/* who may write: a take-over raises the epoch, and every transaction of a flow checks it */
	"CREATE TABLE {writer} (flow TEXT PRIMARY KEY, epoch BIGINT NOT NULL, host TEXT, pid BIGINT, since BIGINT);\n"

	"CREATE TABLE {exposure} (\n"
	"  instrument TEXT NOT NULL, id BIGINT NOT NULL, obs_id TEXT NOT NULL, day_obs BIGINT NOT NULL,\n"
	"  timespan_begin BIGINT, timespan_end BIGINT, can_see_sky SMALLINT, rule TEXT NOT NULL, embargo BIGINT NOT NULL,\n"
	"  read_at BIGINT NOT NULL,\n"
	"  zip_uri TEXT, zip_size BIGINT, zip_md5 TEXT, zip_adler32 BIGINT,\n"
	"  finished BIGINT, finished_for TEXT,\n"
	"  accepted TEXT, accepted_by TEXT, accepted_at BIGINT,\n"
	"  PRIMARY KEY (instrument, id));\n"
	"CREATE INDEX exposure_unfinished ON {exposure} (instrument, id) WHERE finished IS NULL;\n"
	"CREATE INDEX exposure_obs_id ON {exposure} (obs_id);\n"
	"CREATE INDEX exposure_day_obs ON {exposure} (day_obs);\n"

	"CREATE TABLE {exposure_step} (\n"
	"  instrument TEXT NOT NULL, id BIGINT NOT NULL, step TEXT NOT NULL, destination TEXT NOT NULL,\n"
	"  at BIGINT NOT NULL, as_of BIGINT NOT NULL, detail TEXT,\n"
	"  PRIMARY KEY (instrument, id, step, destination),\n"
	"  FOREIGN KEY (instrument, id) REFERENCES {exposure} (instrument, id));\n"

	"CREATE TABLE {exposure_failure} (\n"
	"  instrument TEXT NOT NULL, id BIGINT NOT NULL, step TEXT NOT NULL, destination TEXT NOT NULL,\n"
	"  attempts INTEGER NOT NULL, code INTEGER NOT NULL, error TEXT NOT NULL,\n"
	"  first_at BIGINT NOT NULL, last_at BIGINT NOT NULL, next_try BIGINT NOT NULL,\n"
	"  PRIMARY KEY (instrument, id, step, destination),\n"
	"  FOREIGN KEY (instrument, id) REFERENCES {exposure} (instrument, id));\n"

	"CREATE TABLE {selection} (rule TEXT PRIMARY KEY, selected_until BIGINT NOT NULL, at BIGINT NOT NULL);\n"

	"CREATE TABLE {hold} (\n"
	"  flow TEXT NOT NULL, instrument TEXT NOT NULL, id BIGINT NOT NULL, day_obs BIGINT NOT NULL,\n"
	"  reason TEXT NOT NULL, who TEXT NOT NULL, at BIGINT NOT NULL,\n"
	"  PRIMARY KEY (flow, instrument, id, day_obs));\n"

	/* what operators did: appended, never changed */
	"CREATE TABLE {operator_event} (\n"
	"  at BIGINT NOT NULL, who TEXT NOT NULL, action TEXT NOT NULL, flow TEXT NOT NULL,\n"
	"  instrument TEXT NOT NULL, id BIGINT NOT NULL, day_obs BIGINT NOT NULL, reason TEXT NOT NULL);\n"
	"CREATE INDEX operator_event_at ON {operator_event} (at);\n"

	"CREATE TABLE {ledger} (\n"
	"  seq BIGINT PRIMARY KEY, kind TEXT NOT NULL, ref BIGINT NOT NULL, recovered SMALLINT NOT NULL,\n"
	"  flow TEXT NOT NULL, action TEXT NOT NULL, subject TEXT NOT NULL, rule TEXT NOT NULL, policy_hash TEXT NOT NULL,\n"
	"  who TEXT NOT NULL, item_count BIGINT NOT NULL, items_sha256 TEXT NOT NULL,\n"
	"  at BIGINT NOT NULL, as_of BIGINT NOT NULL, prev TEXT NOT NULL, hash TEXT NOT NULL);\n"
	"CREATE INDEX ledger_subject ON {ledger} (flow, subject);\n"
	"CREATE TABLE {ledger_item} (seq BIGINT NOT NULL REFERENCES {ledger} (seq), id UUID NOT NULL, PRIMARY KEY (seq, id));\n"
	"CREATE INDEX ledger_item_id ON {ledger_item} (id);\n"
	/* authorised and not yet done: derived from the ledger, so that they are found without reading all of it */
	"CREATE TABLE {ledger_open} (seq BIGINT PRIMARY KEY REFERENCES {ledger} (seq));\n"
	"CREATE TABLE {ledger_head} (one BIGINT PRIMARY KEY, seq BIGINT NOT NULL, hash TEXT NOT NULL, at BIGINT, as_of BIGINT);\n"
	"INSERT INTO {ledger_head} (one, seq, hash) VALUES (1, 0, '" PPS_LEDGER_ZERO "');\n";

static const char second[] =
	/* what a flow may release when: another that releases sooner waits until an operator accepts it */
	"CREATE TABLE {policy} (flow TEXT PRIMARY KEY, policy TEXT NOT NULL, at BIGINT NOT NULL, who TEXT NOT NULL);\n";

static const char third[] =
	/* what events and listings told of the source's files, before the Butler knows the exposure */
	"CREATE TABLE {arrival} (\n"
	"  instrument TEXT NOT NULL, obs_id TEXT NOT NULL, day_obs BIGINT NOT NULL, folder TEXT NOT NULL,\n"
	"  expected TEXT, first_at BIGINT NOT NULL, last_at BIGINT NOT NULL, complete_at BIGINT, listed_at BIGINT,\n"
	"  has_files SMALLINT NOT NULL,\n"
	"  PRIMARY KEY (instrument, obs_id));\n"
	"CREATE INDEX arrival_with_files ON {arrival} (instrument, obs_id) WHERE has_files = 1;\n"
	"CREATE INDEX arrival_incomplete ON {arrival} (last_at) WHERE complete_at IS NULL;\n"
	"CREATE INDEX arrival_day_obs ON {arrival} (day_obs);\n"
	"CREATE TABLE {arrival_file} (\n"
	"  instrument TEXT NOT NULL, obs_id TEXT NOT NULL, name TEXT NOT NULL,\n"
	"  size BIGINT NOT NULL, at BIGINT NOT NULL, removed SMALLINT NOT NULL,\n"
	"  PRIMARY KEY (instrument, obs_id, name),\n"
	"  FOREIGN KEY (instrument, obs_id) REFERENCES {arrival} (instrument, obs_id));\n"

	/* messages that could not be read, with their place */
	"CREATE TABLE {dead_letter} (\n"
	"  topic TEXT NOT NULL, part BIGINT NOT NULL, position BIGINT NOT NULL,\n"
	"  at BIGINT NOT NULL, reason TEXT NOT NULL, content TEXT NOT NULL,\n"
	"  PRIMARY KEY (topic, part, position));\n"
	"CREATE INDEX dead_letter_at ON {dead_letter} (at);\n"

	/* a remote site: zips that Rucio brought; next_try NULL: nothing is to be done */
	"CREATE TABLE {import} (\n"
	"  repository TEXT NOT NULL, zip TEXT NOT NULL, since BIGINT NOT NULL,\n"
	"  imported BIGINT, yaml TEXT, size BIGINT,\n"
	"  attempts INTEGER NOT NULL, error TEXT, next_try BIGINT,\n"
	"  PRIMARY KEY (repository, zip));\n"
	"CREATE INDEX import_next_try ON {import} (next_try) WHERE next_try IS NOT NULL;\n";

static const char datasets[] =
	/* numbers of repositories, given once and for ever: places in {dataset}.status */
	"CREATE TABLE {repository} (ordinal BIGINT PRIMARY KEY, name TEXT NOT NULL UNIQUE);\n"
	"CREATE TABLE {dataset_word} (id BIGINT PRIMARY KEY, word TEXT NOT NULL UNIQUE);\n"

	/* flow B; an update goes through INSERT ... ON CONFLICT: what it does not name has a default */
	"CREATE TABLE {dataset} (\n"
	"  id UUID PRIMARY KEY, type BIGINT NOT NULL, run BIGINT NOT NULL DEFAULT 0, origin BIGINT NOT NULL DEFAULT 0,\n"
	"  instrument TEXT, data_id TEXT, visit BIGINT, day_obs BIGINT,\n"
	"  end_kind SMALLINT NOT NULL DEFAULT 1, end_at BIGINT, flags BIGINT NOT NULL DEFAULT 0, registered BIGINT,\n"
	"  status TEXT NOT NULL, times TEXT NOT NULL, next_task BIGINT, next_due BIGINT);\n"
	"CREATE INDEX dataset_ready ON {dataset} (next_task, next_due) WHERE next_task IS NOT NULL;\n"
	"CREATE INDEX dataset_visit ON {dataset} (visit) WHERE visit IS NOT NULL;\n"
	"CREATE INDEX dataset_day_obs ON {dataset} (day_obs) WHERE day_obs IS NOT NULL;\n"
	"CREATE TABLE {dataset_failure} (\n"
	"  id UUID PRIMARY KEY, attempts BIGINT NOT NULL, code BIGINT NOT NULL, error TEXT NOT NULL,\n"
	"  first_at BIGINT NOT NULL, last_at BIGINT NOT NULL);\n"
	"CREATE TABLE {dataset_unknown} (\n"
	"  id UUID PRIMARY KEY, origin TEXT NOT NULL, first_at BIGINT NOT NULL, attempts BIGINT NOT NULL, next_try BIGINT NOT NULL);\n"
	"CREATE INDEX dataset_unknown_next_try ON {dataset_unknown} (next_try);\n"
	/* kept beside every change, so that a summary looks at no dataset */
	"CREATE TABLE {dataset_count} (\n"
	"  type BIGINT NOT NULL, status TEXT NOT NULL, next_task BIGINT NOT NULL, n BIGINT NOT NULL, PRIMARY KEY (type, status, next_task));\n";

static const char notices[] =
	/* what others are told of, in the order of the commits; ids: 32 hexadecimal digits each */
	"CREATE TABLE {notice} (\n"
	"  seq BIGINT PRIMARY KEY, kind SMALLINT NOT NULL, ordinal BIGINT NOT NULL, at BIGINT NOT NULL, as_of BIGINT NOT NULL,\n"
	"  n BIGINT NOT NULL, ids TEXT NOT NULL, detail TEXT NOT NULL);\n"
	"CREATE TABLE {notice_head} (one BIGINT PRIMARY KEY, seq BIGINT NOT NULL, at BIGINT NOT NULL, ledger_at BIGINT, ledger TEXT);\n"
	"INSERT INTO {notice_head} (one, seq, at) VALUES (1, 0, 0);\n"
	"CREATE TABLE {notice_cursor} (\n"
	"  destination TEXT PRIMARY KEY, seq BIGINT NOT NULL, detail TEXT, delivered_at BIGINT,\n"
	"  attempts BIGINT NOT NULL, code BIGINT, error TEXT, failing_since BIGINT, next_try BIGINT, given_up BIGINT);\n";

static const char intake[] =
	/* batches whose file is still to be read, by the place of the message that told of them */
	"CREATE TABLE {intake_batch} (\n"
	"  topic TEXT NOT NULL, part BIGINT NOT NULL, position BIGINT NOT NULL,\n"
	"  batch UUID NOT NULL, origin TEXT NOT NULL, file TEXT NOT NULL, since BIGINT NOT NULL,\n"
	"  attempts BIGINT NOT NULL, error TEXT, next_try BIGINT NOT NULL,\n"
	"  PRIMARY KEY (topic, part, position));\n"
	"CREATE INDEX intake_batch_next_try ON {intake_batch} (next_try);\n";

static const char replans[] =
	/* how far datasets were planned anew after policies changed */
	"CREATE TABLE {dataset_replan} (one BIGINT PRIMARY KEY, name TEXT NOT NULL, done BIGINT NOT NULL, after_id UUID NOT NULL);\n"
	/* repositories that a replay's state may be used with */
	"CREATE TABLE {replay_repository} (place TEXT PRIMARY KEY);\n";

static const char troubles[] =
	/* what failed, a row for each repository where it did; not_before 0: a remark, for which nothing waits */
	"CREATE TABLE {dataset_trouble} (\n"
	"  id UUID NOT NULL, ordinal BIGINT NOT NULL, attempts BIGINT NOT NULL, code BIGINT NOT NULL, error TEXT NOT NULL,\n"
	"  first_at BIGINT NOT NULL, last_at BIGINT NOT NULL, not_before BIGINT NOT NULL, PRIMARY KEY (id, ordinal));\n"
	"INSERT INTO {dataset_trouble} (id, ordinal, attempts, code, error, first_at, last_at, not_before)\n"
	"  SELECT f.id, COALESCE(d.next_task % 100, 0), f.attempts, f.code, f.error, f.first_at, f.last_at, COALESCE(d.next_due, 0)\n"
	"  FROM {dataset_failure} f JOIN {dataset} d ON d.id = f.id;\n"
	"DROP TABLE {dataset_failure};\n";

static const char records[] =
	/* visits, exposures and groups of datasets, and when their dimension records are looked at again in each repository; next_look NULL: never */
	"CREATE TABLE {dimension_record} (\n"
	"  instrument TEXT NOT NULL, dimension SMALLINT NOT NULL, value TEXT NOT NULL, ordinal BIGINT NOT NULL,\n"
	"  day_obs BIGINT NOT NULL, is_ahead SMALLINT NOT NULL, status SMALLINT NOT NULL, since BIGINT NOT NULL,\n"
	"  looked BIGINT NOT NULL, revised BIGINT NOT NULL, next_look BIGINT,\n"
	"  attempts BIGINT NOT NULL, code BIGINT NOT NULL, error TEXT NOT NULL,\n"
	"  PRIMARY KEY (instrument, dimension, value, ordinal));\n"
	"CREATE INDEX dimension_record_next_look ON {dimension_record} (ordinal, next_look) WHERE next_look IS NOT NULL;\n";

static const char marks[] =
	/* the few that an operator held, pinned, withdrew, or adopted, among very many */
	"CREATE INDEX dataset_flags ON {dataset} (id) WHERE flags <> 0;\n";

static const char growth[] =
	/* kept beside every change, so that what is due is not counted row by row; minute: of next_due; those without any are left out */
	"CREATE TABLE {dataset_due} (next_task BIGINT NOT NULL, minute BIGINT NOT NULL, n BIGINT NOT NULL, PRIMARY KEY (next_task, minute));\n"
	"INSERT INTO {dataset_due} (next_task, minute, n) SELECT next_task, next_due / 60000000000, count(*) FROM {dataset} "
	"WHERE next_task IS NOT NULL GROUP BY 1, 2;\n"
	/* selections go on page by page, in the order of the ids */
	"DROP INDEX {dataset_day_obs};\n"
	"CREATE INDEX dataset_day_obs ON {dataset} (day_obs, id) WHERE day_obs IS NOT NULL;\n"
	"CREATE INDEX dataset_type ON {dataset} (type, id);\n"
	/* what is ready is found among what no longer is until it is cleaned up: not after a part of the table, which grows with history */
	"@postgresql ALTER TABLE {dataset} SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 250000, "
	"autovacuum_analyze_scale_factor = 0, autovacuum_analyze_threshold = 250000);\n";

const pps_state_migration pps_state_migrations[] = {
	{ 1, "exposures, holds and the ledger", first },
	{ 2, "the policy in force", second },
	{ 3, "arrivals, dead letters and imports", third },
	{ 4, "datasets of flow B", datasets },
	{ 5, "notices", notices },
	{ 6, "batches that are still to be read", intake },
	{ 7, "plans anew, and the repositories of a replay", replans },
	{ 8, "failures of datasets by repository", troubles },
	{ 9, "dimension records and their revisions", records },
	{ 10, "an index of datasets that are held, pinned, withdrawn or adopted", marks },
	{ 11, "counts of what is due, and selections in a large state", growth },
};
const size_t pps_state_migrations_count = PPS_COUNT(pps_state_migrations);
