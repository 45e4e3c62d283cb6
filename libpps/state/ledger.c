/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The ledger: an entry before ("authorised") and after ("done") each chunk that leaves embargo. Each entry's hash covers the entry and
 * the hash before it. The head's row is locked last of all, so that writers wait for each other as shortly as there can be.
 */
#include <string.h>

#include "base/codec.h"
#include "base/digest.h"
#include "state/state-private.h"

#define COLUMNS                                                                                                               \
	"seq, kind, ref, recovered, flow, action, subject, rule, policy_hash, who, item_count, items_sha256, at, as_of, prev, " \
	"hash"

typedef struct head {
	int64_t seq;
	char hash[65];
	int64_t at;    /* INT64_MIN: none */
	int64_t as_of;
} head;

/* One row as it is hashed and stored. */
typedef struct row {
	int64_t seq;
	const char *kind;
	int64_t ref;
	int recovered;
	const char *flow, *action, *subject, *rule, *policy_hash, *who;
	int64_t count;
	const char *items;
	int64_t at, as_of;
	const char *prev;
} row;

static int sha256(const void *bytes, size_t size, char hex[65], pps_error **err)
{
	_cleanup_(pps_digest_freep) pps_digest *digest = NULL;
	pps_digests digests;
	int r;

	if ((r = pps_digest_new(PPS_DIGEST_SHA256, &digest, err)) < 0 || (r = pps_digest_update(digest, bytes, size, err)) < 0 ||
	    (r = pps_digest_finish(digest, &digests, err)) < 0)
		return r;
	pps_hex_encode(digests.sha256, sizeof digests.sha256, hex);
	return PPS_OK;
}

/* Each text with its length before it, so that no two entries read alike. */
static int hash_row(const row *w, char hex[65], pps_error **err)
{
	const char *texts[] = { w->kind, w->flow, w->action, w->subject, w->rule, w->policy_hash, w->who, w->items, w->prev };
	int64_t numbers[] = { w->seq, w->ref, w->recovered, w->count, w->at, w->as_of };
	_cleanup_buf_ pps_buf b = PPS_BUF_SQL;
	int r;

	pps_buf_add_text(&b, "libpps ledger 1\n");
	for (size_t i = 0; i < PPS_COUNT(numbers); i++)
		pps_buf_printf(&b, "%lld\n", (long long)numbers[i]);
	for (size_t i = 0; i < PPS_COUNT(texts); i++)
		pps_buf_printf(&b, "%zu:%s\n", strlen(texts[i]), texts[i]);
	if ((r = pps_buf_check(&b, "ledger entry", err)) < 0)
		return r;
	return sha256(b.at, b.size, hex, err);
}

static int read_head(pps_sql *sql, int lock, head *h, pps_error **err)
{
	_cleanup_(pps_sql_rows_freep) pps_sql_rows *rows = NULL;
	int r = pps_sql_query(sql, lock && pps_sql_kind(sql) == PPS_SQL_POSTGRES ?
				   "SELECT seq, hash, at, as_of FROM {ledger_head} WHERE one = 1 FOR UPDATE" :
				   "SELECT seq, hash, at, as_of FROM {ledger_head} WHERE one = 1", NULL, 0, &rows, err);

	if (r < 0 || (r = pps_sql_next(rows, err)) < 0)
		return r;
	if (r == 0 || !pps_sql_get_text(rows, 1) || strlen(pps_sql_get_text(rows, 1)) != 64)
		return pps_fail(err, PPS_E_CONFLICT, "the ledger's head was changed by hand");
	h->seq = pps_sql_get_int(rows, 0);
	memcpy(h->hash, pps_sql_get_text(rows, 1), 65);
	h->at = pps_sql_is_null(rows, 2) ? INT64_MIN : pps_sql_get_int(rows, 2);
	h->as_of = pps_sql_is_null(rows, 3) ? INT64_MIN : pps_sql_get_int(rows, 3);
	return PPS_OK;
}

static int write_row(pps_sql *sql, const row *w, const char *hash, pps_error **err)
{
	pps_sql_value params[] = { pps_sql_int(w->seq), pps_sql_text(w->kind), pps_sql_int(w->ref), pps_sql_int(w->recovered),
				   pps_sql_text(w->flow), pps_sql_text(w->action), pps_sql_text(w->subject), pps_sql_text(w->rule),
				   pps_sql_text(w->policy_hash), pps_sql_text(w->who), pps_sql_int(w->count), pps_sql_text(w->items),
				   pps_sql_int(w->at), pps_sql_int(w->as_of), pps_sql_text(w->prev), pps_sql_text(hash) };

	return pps_sql_exec(sql, "INSERT INTO {ledger} (" COLUMNS ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, "
			    "$15, $16)", params, PPS_COUNT(params), NULL, err);
}

static int write_items(pps_sql *sql, int64_t seq, const pps_uuid *uuids, size_t n, pps_error **err)
{
	static const pps_sql_column columns[] = { { "seq", PPS_SQL_INT }, { "id", PPS_SQL_UUID } };
	_cleanup_free_ pps_sql_value *values = calloc(2 * n + 1, sizeof *values);

	if (!values)
		return pps_fail_nomem(err);
	for (size_t i = 0; i < n; i++) {
		values[2 * i] = pps_sql_int(seq);
		values[2 * i + 1] = pps_sql_uuid(uuids[i]);
	}
	return pps_sql_insert(sql, "ledger_item", columns, 2, values, n, NULL, NULL, err);
}

/* Appends @w (its seq and prev are set here) and moves the head. */
static int append(pps_sql *sql, head *h, row *w, const pps_uuid *uuids, size_t n, pps_error **err)
{
	char hash[65];
	int r;

	w->seq = h->seq + 1;
	w->prev = h->hash;
	if ((r = hash_row(w, hash, err)) < 0 || (r = write_row(sql, w, hash, err)) < 0)
		return r;
	if (n && (r = write_items(sql, w->seq, uuids, n, err)) < 0)
		return r;
	h->seq = w->seq;
	memcpy(h->hash, hash, sizeof hash);
	h->at = w->at > h->at ? w->at : h->at;
	h->as_of = w->as_of > h->as_of ? w->as_of : h->as_of;
	return pps_sql_exec(sql, "UPDATE {ledger_head} SET seq = $1, hash = $2, at = $3, as_of = $4 WHERE one = 1",
			    (pps_sql_value[]){ pps_sql_int(h->seq), pps_sql_text(h->hash), pps_sql_int(h->at), pps_sql_int(h->as_of) }, 4,
			    NULL, err);
}

static const char *or_empty(const char *text)
{
	return text ? text : "";
}

/* Sorted, each once. */
static int sort_uuids(const pps_ledger_entry *e, pps_uuid **ret_uuids, size_t *ret_n, pps_error **err)
{
	pps_uuid *sorted = calloc(e->nuuids + 1, sizeof *sorted);

	if (!sorted)
		return pps_fail_nomem(err);
	if (e->nuuids)
		memcpy(sorted, e->uuids, e->nuuids * sizeof *sorted);
	*ret_uuids = sorted;
	*ret_n = pps_uuid_sort(sorted, e->nuuids);
	return PPS_OK;
}

#define OPEN "SELECT l.seq FROM {ledger_open} o JOIN {ledger} l ON l.seq = o.seq WHERE l.flow = $1 AND l.action = $2 AND l.subject = $3"
#define NEWEST " ORDER BY l.seq DESC LIMIT 1"

/* The open entry for the same chunk: 0 when there is none, and when @w is given only one that says the same. */
static int find_open(pps_sql *sql, const pps_ledger_entry *e, const row *w, int64_t *ret_seq, pps_error **err)
{
	_cleanup_(pps_sql_rows_freep) pps_sql_rows *rows = NULL;
	pps_sql_value params[] = { pps_sql_text(or_empty(e->flow)), pps_sql_text(or_empty(e->action)), pps_sql_text(or_empty(e->subject)),
				   pps_sql_text(w ? w->rule : ""), pps_sql_text(w ? w->policy_hash : ""), pps_sql_text(w ? w->items : "") };
	int r = pps_sql_query(sql, w ? OPEN " AND l.rule = $4 AND l.policy_hash = $5 AND l.items_sha256 = $6" NEWEST : OPEN NEWEST, params, w ? 6 : 3,
			      &rows, err);

	if (r < 0 || (r = pps_sql_next(rows, err)) < 0)
		return r;
	*ret_seq = r == 1 ? pps_sql_get_int(rows, 0) : 0;
	return PPS_OK;
}

static int authorise(pps_sql *sql, int64_t at, int64_t as_of, const pps_ledger_entry *e, int recovered, int64_t *ret_seq,
		     pps_error **err)
{
	_cleanup_free_ pps_uuid *uuids = NULL;
	char items[65];
	size_t n = 0;
	row w = { .kind = "authorised", .recovered = recovered, .flow = or_empty(e->flow), .action = or_empty(e->action),
		  .subject = or_empty(e->subject), .rule = or_empty(e->rule), .policy_hash = or_empty(e->policy_hash),
		  .who = or_empty(e->who), .items = items, .at = at, .as_of = as_of };
	pps_sql_value seq;
	head h;
	int r;

	if ((r = sort_uuids(e, &uuids, &n, err)) < 0 || (r = sha256(uuids, n * sizeof *uuids, items, err)) < 0 ||
	    (r = read_head(sql, 1, &h, err)) < 0 || (r = find_open(sql, e, &w, ret_seq, err)) < 0 || *ret_seq)
		return r;
	w.count = (int64_t)n;
	if ((r = append(sql, &h, &w, uuids, n, err)) < 0)
		return r;
	*ret_seq = w.seq;
	seq = pps_sql_int(w.seq);
	return pps_sql_exec(sql, "INSERT INTO {ledger_open} (seq) VALUES ($1)", &seq, 1, NULL, err);
}

/* What an entry that is to be done said of itself. */
static int read_entry(pps_sql *sql, int64_t seq, row *w, pps_buf *texts, pps_error **err)
{
	const char **fields[] = { &w->flow, &w->action, &w->subject, &w->rule, &w->policy_hash, &w->who, &w->items };
	_cleanup_(pps_sql_rows_freep) pps_sql_rows *rows = NULL;
	pps_sql_value param = pps_sql_int(seq);
	size_t offsets[PPS_COUNT(fields)];
	int r = pps_sql_query(sql, "SELECT flow, action, subject, rule, policy_hash, who, items_sha256, item_count FROM {ledger} "
			      "WHERE seq = $1 AND kind = 'authorised'", &param, 1, &rows, err);

	if (r < 0 || (r = pps_sql_next(rows, err)) < 0)
		return r;
	if (r == 0)
		return pps_fail(err, PPS_E_NOTFOUND, "the ledger has no authorised entry %lld", (long long)seq);
	for (size_t i = 0; i < PPS_COUNT(fields); i++) {
		offsets[i] = texts->size;
		pps_buf_add(texts, pps_sql_get_text(rows, (int)i), strlen(pps_sql_get_text(rows, (int)i)) + 1);
	}
	if ((r = pps_buf_check(texts, "ledger entry", err)) < 0)
		return r;
	for (size_t i = 0; i < PPS_COUNT(fields); i++)
		*fields[i] = texts->at + offsets[i];
	w->count = pps_sql_get_int(rows, 7);
	return PPS_OK;
}

/* 1 when that entry is done already. */
static int is_done(pps_sql *sql, int64_t seq, pps_error **err)
{
	_cleanup_(pps_sql_rows_freep) pps_sql_rows *rows = NULL;
	pps_sql_value param = pps_sql_int(seq);
	int r = pps_sql_query(sql, "SELECT 1 FROM {ledger_open} WHERE seq = $1", &param, 1, &rows, err);

	if (r < 0 || (r = pps_sql_next(rows, err)) < 0)
		return r;
	return r == 0;
}

static int finish(pps_sql *sql, int64_t at, int64_t as_of, int64_t seq, int recovered, int64_t *ret_seq, pps_error **err)
{
	_cleanup_buf_ pps_buf texts = PPS_BUF_LINE;
	row w = { .kind = "done", .ref = seq, .recovered = recovered, .at = at, .as_of = as_of };
	pps_sql_value param = pps_sql_int(seq);
	head h;
	int r;

	if ((r = read_entry(sql, seq, &w, &texts, err)) < 0 || (r = read_head(sql, 1, &h, err)) < 0 || (r = is_done(sql, seq, err)) < 0)
		return r;
	if (r == 1)
		return PPS_OK;
	if ((r = append(sql, &h, &w, NULL, 0, err)) < 0)
		return r;
	*ret_seq = w.seq;
	return pps_sql_exec(sql, "DELETE FROM {ledger_open} WHERE seq = $1", &param, 1, NULL, err);
}

/* Whether the ledger knows the chunk at all. */
static int knows(pps_sql *sql, const pps_ledger_entry *e, pps_error **err)
{
	_cleanup_(pps_sql_rows_freep) pps_sql_rows *rows = NULL;
	pps_sql_value params[] = { pps_sql_text(or_empty(e->flow)), pps_sql_text(or_empty(e->subject)), pps_sql_text(or_empty(e->action)) };
	int r = pps_sql_query(sql, "SELECT 1 FROM {ledger} WHERE flow = $1 AND subject = $2 AND action = $3 LIMIT 1", params, 3, &rows, err);

	return r < 0 ? r : pps_sql_next(rows, err);
}

/* Entries of the same chunk that another one, with what was there later, has taken the place of: nothing comes of them any more. */
static int close_superseded(pps_sql *sql, const pps_ledger_entry *e, pps_error **err)
{
	pps_sql_value params[] = { pps_sql_text(or_empty(e->flow)), pps_sql_text(or_empty(e->action)), pps_sql_text(or_empty(e->subject)) };

	return pps_sql_exec(sql, "DELETE FROM {ledger_open} WHERE seq IN (SELECT o.seq FROM {ledger_open} o JOIN {ledger} l ON l.seq = o.seq "
			    "WHERE l.flow = $1 AND l.action = $2 AND l.subject = $3)", params, 3, NULL, err);
}

static int done(pps_sql *sql, int64_t at, int64_t as_of, const pps_state_change *c, int64_t *ret_seq, pps_error **err)
{
	int64_t seq = c->seq;
	int r;

	if (!seq && (r = find_open(sql, c->entry, NULL, &seq, err)) < 0)
		return r;
	if (!seq && (r = knows(sql, c->entry, err)) != 0)
		return r < 0 ? r : PPS_OK; /* done before */
	if (!seq && !c->recovered)
		return pps_fail(err, PPS_E_CONFLICT, "%s of %s was never authorised in the ledger", or_empty(c->entry->action),
				or_empty(c->entry->subject));
	/* found done, without a trace of its authorisation: both entries are made, and say so */
	if (!seq && (r = authorise(sql, at, as_of, c->entry, 1, &seq, err)) < 0)
		return r;
	if ((r = finish(sql, at, as_of, seq, c->recovered, ret_seq, err)) < 0 || c->seq)
		return r;
	return close_superseded(sql, c->entry, err);
}

int pps_ledger_apply(pps_sql *sql, int64_t at, int64_t as_of, const pps_state_change *change, int64_t *ret_seq, pps_error **err)
{
	int r = change->kind == PPS_CHANGE_AUTHORISED ? authorise(sql, at, as_of, change->entry, change->recovered, ret_seq, err) :
							done(sql, at, as_of, change, ret_seq, err);

	return r < 0 ? pps_wrap(err, r, "ledger") : PPS_OK;
}

#define LEDGER_ROW                                                                                                 \
	"SELECT l.seq, l.kind, l.ref, l.recovered, l.flow, l.action, l.subject, l.rule, l.policy_hash, l.who, l.item_count, " \
	"l.items_sha256, l.at, l.as_of, l.hash FROM "

static int tell_rows(pps_state *state, const char *text, const pps_sql_value *param, pps_ledger_fn fn, void *user, pps_error **err)
{
	_cleanup_(pps_sql_rows_freep) pps_sql_rows *rows = NULL;
	int r = pps_sql_query(state->sql, text, param, 1, &rows, err);

	while (r >= 0 && (r = pps_sql_next(rows, err)) == 1) {
		pps_ledger_row w = {
			.seq = pps_sql_get_int(rows, 0), .kind = pps_sql_get_text(rows, 1), .ref = pps_sql_get_int(rows, 2),
			.recovered = (int)pps_sql_get_int(rows, 3),
			.entry = { .flow = pps_sql_get_text(rows, 4), .action = pps_sql_get_text(rows, 5), .subject = pps_sql_get_text(rows, 6),
				   .rule = pps_sql_get_text(rows, 7), .policy_hash = pps_sql_get_text(rows, 8),
				   .who = pps_sql_get_text(rows, 9), .nuuids = (size_t)pps_sql_get_int(rows, 10) },
			.items_sha256 = pps_sql_get_text(rows, 11), .at = pps_sql_get_int(rows, 12), .as_of = pps_sql_get_int(rows, 13),
			.hash = pps_sql_get_text(rows, 14),
		};

		r = fn(&w, user, err);
	}
	return r;
}

int pps_state_ledger_open(pps_state *state, const char *flow, pps_ledger_fn fn, void *user, pps_error **err)
{
	pps_sql_value param = pps_sql_text(flow);

	return tell_rows(state, LEDGER_ROW "{ledger_open} o JOIN {ledger} l ON l.seq = o.seq WHERE l.flow = $1 ORDER BY l.seq", &param, fn, user, err);
}

int pps_state_ledger_of(pps_state *state, const pps_uuid *id, pps_ledger_fn fn, void *user, pps_error **err)
{
	pps_sql_value param = pps_sql_uuid(*id);

	return tell_rows(state, LEDGER_ROW "{ledger} l WHERE l.seq IN (SELECT seq FROM {ledger_item} WHERE id = $1) ORDER BY l.seq", &param, fn, user, err);
}

int pps_state_ledger_items(pps_state *state, int64_t seq, pps_uuid **ret_uuids, size_t *ret_n, pps_error **err)
{
	_cleanup_(pps_sql_rows_freep) pps_sql_rows *rows = NULL;
	_cleanup_free_ pps_uuid *uuids = NULL;
	pps_sql_value param = pps_sql_int(seq);
	size_t n = 0, cap = 0;
	int r = pps_sql_query(state->sql, "SELECT id FROM {ledger_item} WHERE seq = $1 ORDER BY id", &param, 1, &rows, err);

	while (r >= 0 && (r = pps_sql_next(rows, err)) == 1) {
		if (pps_grow(&uuids, &cap, n, sizeof *uuids) < 0)
			r = pps_fail_nomem(err);
		else if (pps_sql_get_uuid(rows, 0, &uuids[n++]) < 0)
			r = pps_fail(err, PPS_E_FORMAT, "an item that is no UUID");
	}
	if (r < 0)
		return pps_wrap(err, r, "ledger entry %lld", (long long)seq);
	*ret_uuids = TAKE_PTR(uuids);
	*ret_n = n;
	return PPS_OK;
}

int pps_state_ledger_times(pps_state *state, int64_t *ret_at, int64_t *ret_as_of, pps_error **err)
{
	head h;
	int r = read_head(state->sql, 0, &h, err);

	if (r < 0)
		return pps_wrap(err, r, "ledger");
	*ret_at = h.at;
	*ret_as_of = h.as_of;
	return PPS_OK;
}

int pps_state_ledger_head(pps_state *state, int64_t *ret_seq, char **ret_hash, pps_error **err)
{
	char *hash;
	head h;
	int r;

	if (!state || !ret_seq || !ret_hash)
		return pps_fail(err, PPS_E_ARG, "pps_state_ledger_head: no argument but err may be NULL");
	if ((r = read_head(state->sql, 0, &h, err)) < 0)
		return pps_wrap(err, r, "ledger");
	if (!(hash = strdup(h.hash)))
		return pps_fail_nomem(err);
	*ret_seq = h.seq;
	*ret_hash = hash;
	return PPS_OK;
}

/* ---- verification: the entries on one connection, their items on another, both in the order of seq ---- */

typedef struct verification {
	pps_sql_rows *items;
	int more; /* the items' row at hand is not used yet */
	char prev[65];
	int64_t seq;
} verification;

/* The digest of the items of @seq. */
static int hash_items(verification *v, int64_t seq, int64_t *ret_count, char hex[65], pps_error **err)
{
	_cleanup_(pps_digest_freep) pps_digest *digest = NULL;
	pps_digests digests;
	int64_t count = 0;
	pps_uuid uuid;
	int r;

	if ((r = pps_digest_new(PPS_DIGEST_SHA256, &digest, err)) < 0)
		return r;
	while (v->more && pps_sql_get_int(v->items, 0) == seq) {
		if (pps_sql_get_uuid(v->items, 1, &uuid) < 0)
			return pps_fail(err, PPS_E_CONFLICT, "ledger entry %lld: an item that is no UUID", (long long)seq);
		if ((r = pps_digest_update(digest, uuid.bytes, sizeof uuid.bytes, err)) < 0 || (r = pps_sql_next(v->items, err)) < 0)
			return r;
		v->more = r;
		count++;
	}
	if ((r = pps_digest_finish(digest, &digests, err)) < 0)
		return r;
	pps_hex_encode(digests.sha256, sizeof digests.sha256, hex);
	*ret_count = count;
	return PPS_OK;
}

static const char *text_at(const pps_sql_rows *rows, int col)
{
	return or_empty(pps_sql_get_text(rows, col));
}

static int verify_row(verification *v, const pps_sql_rows *rows, pps_error **err)
{
	row w = { .seq = pps_sql_get_int(rows, 0), .kind = text_at(rows, 1), .ref = pps_sql_get_int(rows, 2),
		  .recovered = (int)pps_sql_get_int(rows, 3), .flow = text_at(rows, 4), .action = text_at(rows, 5),
		  .subject = text_at(rows, 6), .rule = text_at(rows, 7), .policy_hash = text_at(rows, 8), .who = text_at(rows, 9),
		  .count = pps_sql_get_int(rows, 10), .items = text_at(rows, 11), .at = pps_sql_get_int(rows, 12),
		  .as_of = pps_sql_get_int(rows, 13), .prev = text_at(rows, 14) };
	char hash[65], items[65];
	int64_t count = 0;
	int r;

	if (w.seq != v->seq + 1)
		return pps_fail(err, PPS_E_CONFLICT, "ledger entry %lld is missing", (long long)v->seq + 1);
	if ((r = hash_row(&w, hash, err)) < 0 || (r = hash_items(v, w.seq, &count, items, err)) < 0)
		return r;
	if (strcmp(w.prev, v->prev) != 0 || strcmp(hash, text_at(rows, 15)) != 0)
		return pps_fail(err, PPS_E_CONFLICT, "ledger entry %lld was changed by hand", (long long)w.seq);
	if (strcmp(w.kind, "authorised") == 0 ? count != w.count || strcmp(items, w.items) != 0 : count != 0)
		return pps_fail(err, PPS_E_CONFLICT, "ledger entry %lld: its items were changed by hand", (long long)w.seq);
	memcpy(v->prev, hash, sizeof hash);
	v->seq = w.seq;
	return PPS_OK;
}

static int verify_against(pps_state *state, const head *h, verification *v, pps_error **err)
{
	_cleanup_(pps_sql_rows_freep) pps_sql_rows *rows = NULL;
	pps_sql_value last = pps_sql_int(h->seq);
	int r = pps_sql_query(state->sql, "SELECT " COLUMNS " FROM {ledger} WHERE seq <= $1 ORDER BY seq", &last, 1, &rows, err);

	while (r >= 0 && (r = pps_sql_next(rows, err)) == 1)
		r = verify_row(v, rows, err);
	if (r < 0)
		return r;
	if (v->seq != h->seq)
		return pps_fail(err, PPS_E_CONFLICT, "ledger entries after %lld are missing: the head is %lld", (long long)v->seq,
				(long long)h->seq);
	if (strcmp(v->prev, h->hash) != 0)
		return pps_fail(err, PPS_E_CONFLICT, "the ledger's head does not match its last entry");
	return v->more ? pps_fail(err, PPS_E_CONFLICT, "the ledger has items of no entry") : PPS_OK;
}

int pps_state_ledger_verify(pps_state *state, int64_t *ret_count, pps_error **err)
{
	_cleanup_(pps_sql_closep) pps_sql *sql = NULL;
	verification v = { .prev = PPS_LEDGER_ZERO };
	pps_sql_value last;
	head h;
	int r;

	if (!state)
		return pps_fail(err, PPS_E_ARG, "pps_state_ledger_verify: the state must not be NULL");
	if ((r = pps_state_connect(state->ctx, state->url, 0, &sql, err)) < 0 || (r = read_head(state->sql, 0, &h, err)) < 0)
		return pps_wrap(err, r, "ledger");
	last = pps_sql_int(h.seq);
	r = pps_sql_query(sql, "SELECT seq, id FROM {ledger_item} WHERE seq <= $1 ORDER BY seq, id", &last, 1, &v.items, err);
	if (r >= 0 && (r = v.more = pps_sql_next(v.items, err)) >= 0)
		r = verify_against(state, &h, &v, err);
	pps_sql_rows_free(v.items);
	if (r < 0)
		return r;
	if (ret_count)
		*ret_count = h.seq;
	return PPS_OK;
}
