/* SPDX-License-Identifier: BSD-3-Clause */
/* Making the state database and bringing it up to date; refusing what this version does not know. */
#include <string.h>

#include "base/codec.h"
#include "base/digest.h"
#include "state/state-migrations.h"

/* Serialises concurrent pps_state_init() on PostgreSQL; SQLite has BEGIN IMMEDIATE. */
#define MIGRATION_LOCK "7310583004127290"

static int digest_of(const char *text, char hex[65], pps_error **err)
{
	_cleanup_(pps_digest_freep) pps_digest *digest = NULL;
	pps_digests digests;
	int r;

	if ((r = pps_digest_new(PPS_DIGEST_SHA256, &digest, err)) < 0 ||
	    (r = pps_digest_update(digest, text, strlen(text), err)) < 0 || (r = pps_digest_finish(digest, &digests, err)) < 0)
		return r;
	pps_hex_encode(digests.sha256, sizeof digests.sha256, hex);
	return PPS_OK;
}

static int check_applied(const pps_sql_rows *rows, int expected, pps_error **err)
{
	int version = (int)pps_sql_get_int(rows, 0), r;
	const char *stored = pps_sql_get_text(rows, 1);
	char hex[65];

	if ((size_t)expected > pps_state_migrations_count)
		return pps_fail(err, PPS_E_UNSUPPORTED, "migration %d (%s) is not known: a newer version made this state database",
				version, pps_sql_get_text(rows, 2));
	if (version != expected)
		return pps_fail(err, PPS_E_UNSUPPORTED, "migration %d is missing: the database was changed by hand", expected);
	if ((r = digest_of(pps_state_migrations[expected - 1].text, hex, err)) < 0)
		return r;
	if (!stored || strcmp(stored, hex) != 0)
		return pps_fail(err, PPS_E_UNSUPPORTED, "migration %d is another one than this version's", version);
	return PPS_OK;
}

/* How many of the known migrations were applied. */
static int applied(pps_sql *sql, int *ret_version, pps_error **err)
{
	_cleanup_(pps_sql_rows_freep) pps_sql_rows *rows = NULL;
	int version = 0, has, r;

	if ((r = pps_sql_has_table(sql, "schema_migration", &has, err)) < 0)
		return r;
	if (!has)
		return pps_fail(err, PPS_E_NOTFOUND, "there is no state here: `pps init` makes it");
	r = pps_sql_query(sql, "SELECT version, sha256, name FROM {schema_migration} ORDER BY version", NULL, 0, &rows, err);
	while (r >= 0 && (r = pps_sql_next(rows, err)) == 1)
		r = check_applied(rows, ++version, err);
	if (r < 0)
		return r;
	*ret_version = version;
	return PPS_OK;
}

int pps_state_check_version(pps_sql *sql, int *ret_version, pps_error **err)
{
	int version, r;

	if ((r = applied(sql, &version, err)) < 0)
		return r;
	if ((size_t)version < pps_state_migrations_count)
		return pps_fail(err, PPS_E_UNSUPPORTED, "it has version %d of %zu: `pps init` upgrades it", version,
				pps_state_migrations_count);
	*ret_version = version;
	return PPS_OK;
}

int pps_state_meta(pps_sql *sql, const char *name, char **ret_value, pps_error **err)
{
	_cleanup_(pps_sql_rows_freep) pps_sql_rows *rows = NULL;
	pps_sql_value param = pps_sql_text(name);
	int r;

	if ((r = pps_sql_query(sql, "SELECT value FROM {state_meta} WHERE name = $1", &param, 1, &rows, err)) < 0 ||
	    (r = pps_sql_next(rows, err)) < 0)
		return r;
	if (r == 0)
		return pps_fail(err, PPS_E_NOTFOUND, "no %s in the state", name);
	return (*ret_value = strdup(pps_sql_get_text(rows, 0))) ? PPS_OK : pps_fail_nomem(err);
}

/* UUID as the database at hand has it, and without what is for the other one. */
static int translate(const pps_sql *sql, const char *text, pps_buf *b, pps_error **err)
{
	static const char uuid[] = " UUID ", only[] = "@postgresql ";
	const int is_postgres = pps_sql_kind(sql) == PPS_SQL_POSTGRES;

	while (*text) {
		if (!strncmp(text, uuid, strlen(uuid))) {
			pps_buf_add_text(b, is_postgres ? " uuid " : " CHAR(32) ");
			text += strlen(uuid);
		} else if (!strncmp(text, only, strlen(only))) {
			text += is_postgres ? strlen(only) : strcspn(text, "\n") + 1;
		} else {
			pps_buf_add_char(b, *text++);
		}
	}
	return pps_buf_check(b, "migration", err);
}

static int apply_one(pps_sql *sql, const pps_state_migration *m, pps_error **err)
{
	_cleanup_buf_ pps_buf text = PPS_BUF_SQL;
	pps_sql_value params[4];
	char hex[65];
	int64_t now;
	int r;

	if ((r = translate(sql, m->text, &text, err)) < 0 || (r = pps_sql_script(sql, pps_buf_text(&text), err)) < 0)
		return pps_wrap(err, r, "migration %d (%s)", m->version, m->name);
	if ((r = digest_of(m->text, hex, err)) < 0 || (r = pps_tai_now(&now, err)) < 0)
		return r;
	params[0] = pps_sql_int(m->version);
	params[1] = pps_sql_text(m->name);
	params[2] = pps_sql_text(hex);
	params[3] = pps_sql_int(now);
	return pps_sql_exec(sql, "INSERT INTO {schema_migration} (version, name, sha256, at) VALUES ($1, $2, $3, $4)", params, 4, NULL,
			    err);
}

/* Tables that are not ours: somebody's Butler, say. */
static int check_empty(pps_sql *sql, pps_error **err)
{
	static const char *const names[] = { "exposure", "dataset", "ledger", "writer", "hold" };
	int has, r;

	for (size_t i = 0; i < PPS_COUNT(names); i++) {
		if ((r = pps_sql_has_table(sql, names[i], &has, err)) < 0)
			return r;
		if (has)
			return pps_fail(err, PPS_E_CONFLICT, "it has a table %s of something else: a state needs a place of its own",
					names[i]);
	}
	return PPS_OK;
}

static int make_migration_table(pps_sql *sql, pps_error **err)
{
	int has, r;

	if (pps_sql_kind(sql) == PPS_SQL_POSTGRES &&
	    (r = pps_sql_exec(sql, "SELECT pg_advisory_xact_lock(" MIGRATION_LOCK ")", NULL, 0, NULL, err)) < 0)
		return r;
	if ((r = pps_sql_has_table(sql, "schema_migration", &has, err)) < 0)
		return r;
	if (has)
		return PPS_OK;
	if ((r = check_empty(sql, err)) < 0)
		return r;
	return pps_sql_exec(sql, "CREATE TABLE {schema_migration} (version BIGINT PRIMARY KEY, name TEXT NOT NULL, sha256 TEXT NOT NULL, "
			    "at BIGINT NOT NULL)", NULL, 0, NULL, err);
}

/* What the database was made for is decided once. */
static int set_replay(pps_sql *sql, int flags, int fresh, pps_error **err)
{
	pps_sql_value value = pps_sql_text(flags & PPS_STATE_REPLAY ? "1" : "0");
	_cleanup_free_ char *stored = NULL;
	int r;

	if (fresh)
		return pps_sql_exec(sql, "INSERT INTO {state_meta} (name, value) VALUES ('replay', $1)", &value, 1, NULL, err);
	if ((r = pps_state_meta(sql, "replay", &stored, err)) < 0)
		return r;
	if (flags & PPS_STATE_REPLAY && strcmp(stored, "1") != 0)
		return pps_fail(err, PPS_E_CONFLICT, "it exists and is no replay's: a replay needs a state of its own");
	return PPS_OK;
}

struct migration {
	int flags;
	int applied;
};

static int migrate(pps_sql *sql, void *user, pps_error **err)
{
	struct migration *m = user;
	int version, r;

	m->applied = 0;
	if ((r = make_migration_table(sql, err)) < 0 || (r = applied(sql, &version, err)) < 0)
		return r;
	for (size_t i = (size_t)version; i < pps_state_migrations_count; i++) {
		if ((r = apply_one(sql, &pps_state_migrations[i], err)) < 0)
			return r;
		m->applied++;
	}
	return set_replay(sql, m->flags, version == 0, err);
}

int pps_state_migrate(pps_sql *sql, int flags, int *ret_applied, pps_error **err)
{
	struct migration m = { .flags = flags };
	int r = pps_sql_transact(sql, PPS_STATE_ATTEMPTS, migrate, &m, err);

	if (r == PPS_OK && ret_applied)
		*ret_applied = m.applied;
	return r;
}
