/* SPDX-License-Identifier: BSD-3-Clause */
/* The outbox: notices, written with what they tell of and read in their order. */
#include "state/notice.h"

#include <string.h>

#include "base/codec.h"
#include "state/state-private.h"

#define ID_HEX 32

const char *pps_notice_name(int kind)
{
	static const char *const names[] = { "none", "unembargoed", "published", "expired", "withdrawn", "ledger" };

	return kind >= 0 && (size_t)kind < PPS_COUNT(names) ? names[kind] : "none";
}

/* The number and time of the last notice; in a transaction nobody else can append until its end. */
static int read_head(pps_sql *sql, int64_t *ret_seq, int64_t *ret_at, pps_error **err)
{
	_cleanup_(pps_sql_rows_freep) pps_sql_rows *rows = NULL;
	int r = pps_sql_query(sql, pps_sql_kind(sql) == PPS_SQL_POSTGRES && pps_sql_in_transaction(sql) ?
			      "SELECT seq, at FROM {notice_head} WHERE one = 1 FOR UPDATE" : "SELECT seq, at FROM {notice_head} WHERE one = 1",
			      NULL, 0, &rows, err);

	if (r < 0 || (r = pps_sql_next(rows, err)) < 0)
		return r;
	if (r == 0)
		return pps_fail(err, PPS_E_CONFLICT, "state: the outbox has no head: it was changed by hand");
	*ret_seq = pps_sql_get_int(rows, 0);
	*ret_at = pps_sql_get_int(rows, 1);
	return PPS_OK;
}

typedef struct entry {
	int kind, ordinal;
	int64_t at, as_of;
	const pps_uuid *ids;
	size_t n;
	const char *detail;
} entry;

static int insert(pps_sql *sql, int64_t seq, const entry *e, pps_error **err)
{
	_cleanup_free_ char *ids = malloc(e->n * ID_HEX + 1);
	pps_sql_value params[8] = { pps_sql_int(seq), pps_sql_int(e->kind), pps_sql_int(e->ordinal), pps_sql_int(e->at), pps_sql_int(e->as_of),
				    pps_sql_int((int64_t)e->n) };

	if (!ids)
		return pps_fail_nomem(err);
	*ids = 0;
	for (size_t i = 0; i < e->n; i++)
		pps_uuid_hex(&e->ids[i], ids + i * ID_HEX);
	params[6] = pps_sql_text(ids);
	params[7] = pps_sql_text(e->detail);
	return pps_sql_exec(sql, "INSERT INTO {notice} (seq, kind, ordinal, at, as_of, n, ids, detail) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)", params,
			    8, NULL, err);
}

static int append(pps_sql *sql, entry e, pps_error **err)
{
	const size_t all = e.n;
	int64_t seq, at;
	size_t done = 0;
	int r = read_head(sql, &seq, &at, err);

	if (r < 0)
		return r;
	e.at = e.at > at ? e.at : at;
	do {
		e.n = all - done < PPS_NOTICE_MOST ? all - done : PPS_NOTICE_MOST;
		if ((r = insert(sql, ++seq, &e, err)) < 0)
			return r;
		e.ids = e.ids ? e.ids + e.n : NULL;
		done += e.n;
	} while (done < all);
	return pps_sql_exec(sql, "UPDATE {notice_head} SET seq = $1, at = $2 WHERE one = 1",
			    (pps_sql_value[]){ pps_sql_int(seq), pps_sql_int(e.at) }, 2, NULL, err);
}

int pps_notice_append(pps_sql *sql, int kind, int ordinal, int64_t at, int64_t as_of, const pps_uuid *ids, size_t n, pps_error **err)
{
	const entry e = { .kind = kind, .ordinal = ordinal, .at = at, .as_of = as_of, .ids = ids, .n = n, .detail = "" };

	if (!n)
		return PPS_OK;
	if (kind <= PPS_NOTICE_NONE || kind >= PPS_NOTICE_LEDGER)
		return pps_fail(err, PPS_E_INTERNAL, "state: no kind of notice: %d", kind);
	return append(sql, e, err);
}

/* ---- reading ---- */

struct pps_notices {
	pps_notice *at; /* texts and ids owned */
	size_t n, cap;
};

static void clear_notice(pps_notice *one)
{
	free((void *)one->repository);
	free((void *)one->ids);
	free((void *)one->ledger_hash);
}

void pps_notices_free(pps_notices *notices)
{
	if (!notices)
		return;
	for (size_t i = 0; i < notices->n; i++)
		clear_notice(&notices->at[i]);
	free(notices->at);
	free(notices);
}

size_t pps_notices_count(const pps_notices *notices)
{
	return notices->n;
}

const pps_notice *pps_notices_at(const pps_notices *notices, size_t n)
{
	return n < notices->n ? &notices->at[n] : NULL;
}

static int read_ids(const char *text, size_t n, pps_uuid **ret_ids, pps_error **err)
{
	_cleanup_free_ pps_uuid *ids = calloc(n + 1, sizeof *ids);
	size_t size;
	int r;

	if (!ids)
		return pps_fail_nomem(err);
	if (strlen(text) != n * ID_HEX)
		return pps_fail(err, PPS_E_FORMAT, "state: a notice of %zu datasets has not as many ids", n);
	for (size_t i = 0; i < n; i++) {
		uint8_t *bytes = NULL;

		if ((r = pps_hex_decode(text + i * ID_HEX, ID_HEX, &bytes, &size, err)) < 0)
			return r;
		memcpy(ids[i].bytes, bytes, sizeof ids[i].bytes);
		free(bytes);
	}
	*ret_ids = TAKE_PTR(ids);
	return PPS_OK;
}

/* "SEQ HASH" */
static int read_ledger(const char *detail, pps_notice *one, pps_error **err)
{
	char *end;

	one->ledger_seq = strtoll(detail, &end, 10);
	if (!(one->ledger_hash = strdup(*end == ' ' ? end + 1 : "")))
		return pps_fail_nomem(err);
	return PPS_OK;
}

static int read_notice(const pps_sql_rows *rows, pps_notice *one, pps_error **err)
{
	const char *repository = pps_sql_get_text(rows, 2), *ids = pps_sql_get_text(rows, 6), *detail = pps_sql_get_text(rows, 7);
	pps_uuid *list = NULL;
	int r;

	*one = (pps_notice){ .seq = pps_sql_get_int(rows, 0), .kind = (int)pps_sql_get_int(rows, 1), .at = pps_sql_get_int(rows, 3),
			     .as_of = pps_sql_get_int(rows, 4), .n = (size_t)pps_sql_get_int(rows, 5) };
	if (!(one->repository = strdup(repository ? repository : "")))
		r = pps_fail_nomem(err);
	else if ((r = read_ids(ids ? ids : "", one->n, &list, err)) == PPS_OK)
		r = read_ledger(one->kind == PPS_NOTICE_LEDGER && detail ? detail : "", one, err);
	one->ids = list;
	if (r < 0)
		clear_notice(one);
	return r;
}

int pps_state_notices(pps_state *state, int64_t after, size_t limit, size_t most_ids, pps_notices **ret_notices, pps_error **err)
{
	_cleanup_(pps_notices_freep) pps_notices *list = calloc(1, sizeof *list);
	_cleanup_(pps_sql_rows_freep) pps_sql_rows *rows = NULL;
	pps_sql_value params[] = { pps_sql_int(after), pps_sql_int((int64_t)limit) };
	size_t ids = 0;
	int r;

	if (!list)
		return pps_fail_nomem(err);
	r = pps_sql_query(state->sql, "SELECT n.seq, n.kind, r.name, n.at, n.as_of, n.n, n.ids, n.detail FROM {notice} n LEFT JOIN {repository} r ON "
			  "r.ordinal = n.ordinal WHERE n.seq > $1 ORDER BY n.seq LIMIT $2", params, 2, &rows, err);
	while (r >= 0 && (!list->n || ids < most_ids) && (r = pps_sql_next(rows, err)) == 1) {
		if (pps_grow(&list->at, &list->cap, list->n, sizeof *list->at) < 0)
			r = pps_fail_nomem(err);
		else if ((r = read_notice(rows, &list->at[list->n], err)) == PPS_OK)
			ids += list->at[list->n++].n;
	}
	if (r < 0)
		return pps_wrap(err, r, "state: notices");
	*ret_notices = TAKE_PTR(list);
	return PPS_OK;
}

int pps_state_notice_range(pps_state *state, int64_t *ret_first, int64_t *ret_last, pps_error **err)
{
	_cleanup_(pps_sql_rows_freep) pps_sql_rows *rows = NULL;
	int64_t at;
	int r = read_head(state->sql, ret_last, &at, err);

	if (r < 0 || (r = pps_sql_query(state->sql, "SELECT min(seq) FROM {notice}", NULL, 0, &rows, err)) < 0 || (r = pps_sql_next(rows, err)) < 0)
		return pps_wrap(err, r, "state: notices");
	*ret_first = pps_sql_get_int(rows, 0);
	return PPS_OK;
}

/* ---- the ledger's head ---- */

struct ledger {
	const pps_flow_lock *lock;
	int64_t at, seq;
};

static int last_ledger(pps_sql *sql, int64_t *ret_at, char **ret_detail, pps_error **err)
{
	_cleanup_(pps_sql_rows_freep) pps_sql_rows *rows = NULL;
	int r = pps_sql_query(sql, "SELECT ledger_at, ledger FROM {notice_head} WHERE one = 1", NULL, 0, &rows, err);

	if (r < 0 || (r = pps_sql_next(rows, err)) < 0)
		return r;
	*ret_at = pps_sql_get_int(rows, 0);
	return (*ret_detail = strdup(r && pps_sql_get_text(rows, 1) ? pps_sql_get_text(rows, 1) : "")) ? PPS_OK : pps_fail_nomem(err);
}

/* "SEQ HASH" */
static int ledger_head(pps_sql *sql, pps_buf *b, pps_error **err)
{
	_cleanup_(pps_sql_rows_freep) pps_sql_rows *rows = NULL;
	int r = pps_sql_query(sql, "SELECT seq, hash FROM {ledger_head} WHERE one = 1", NULL, 0, &rows, err);

	if (r < 0 || (r = pps_sql_next(rows, err)) < 0)
		return r;
	pps_buf_printf(b, "%lld %s", (long long)pps_sql_get_int(rows, 0), pps_sql_get_text(rows, 1));
	return pps_buf_check(b, "ledger", err);
}

static int append_ledger(pps_sql *sql, void *user, pps_error **err)
{
	struct ledger *l = user;
	_cleanup_buf_ pps_buf head = PPS_BUF_LINE;
	_cleanup_free_ char *last = NULL;
	entry e = { .kind = PPS_NOTICE_LEDGER, .ordinal = -1, .at = l->at, .as_of = l->at };
	int64_t at;
	int r;

	l->seq = 0;
	if ((l->lock && (r = pps_flow_lock_check_epoch(l->lock, sql, err)) < 0) || (r = read_head(sql, &l->seq, &at, err)) < 0 ||
	    (r = last_ledger(sql, &at, &last, err)) < 0 || (r = ledger_head(sql, &head, err)) < 0)
		return r;
	e.detail = pps_buf_text(&head);
	l->seq = strcmp(last, e.detail) != 0 && strncmp(e.detail, "0 ", 2) != 0 ? l->seq + 1 : 0;
	if (!l->seq)
		return PPS_OK;
	if ((r = append(sql, e, err)) < 0)
		return r;
	return pps_sql_exec(sql, "UPDATE {notice_head} SET ledger_at = $1, ledger = $2 WHERE one = 1",
			    (pps_sql_value[]){ pps_sql_int(l->at), pps_sql_text(e.detail) }, 2, NULL, err);
}

int pps_state_notice_ledger(pps_state *state, const pps_flow_lock *lock, int64_t at, int64_t *ret_seq, pps_error **err)
{
	struct ledger l = { .lock = lock, .at = at };
	int r = pps_sql_transact(state->sql, PPS_STATE_ATTEMPTS, append_ledger, &l, err);

	if (r < 0)
		return pps_wrap(err, r, "state");
	*ret_seq = l.seq;
	return PPS_OK;
}

int pps_state_notice_last_ledger(pps_state *state, int64_t *ret_at, int64_t *ret_ledger_seq, char **ret_hash, pps_error **err)
{
	_cleanup_free_ char *detail = NULL;
	pps_notice one = { 0 };
	int64_t at;
	int r;

	if ((r = last_ledger(state->sql, &at, &detail, err)) < 0 || (r = read_ledger(detail, &one, err)) < 0)
		return pps_wrap(err, r, "state");
	*ret_at = at;
	*ret_ledger_seq = one.ledger_seq;
	*ret_hash = (char *)one.ledger_hash;
	return PPS_OK;
}

/* ---- sweeping ---- */

struct sweep {
	const pps_flow_lock *lock;
	int64_t seq, before, n;
};

static int sweep(pps_sql *sql, void *user, pps_error **err)
{
	struct sweep *s = user;
	pps_sql_value params[] = { pps_sql_int(s->seq), pps_sql_int(s->before) };
	int r = s->lock ? pps_flow_lock_check_epoch(s->lock, sql, err) : PPS_OK;

	return r < 0 ? r : pps_sql_exec(sql, "DELETE FROM {notice} WHERE seq <= $1 AND at < $2", params, 2, &s->n, err);
}

int pps_state_notice_sweep(pps_state *state, const pps_flow_lock *lock, int64_t seq, int64_t before, int64_t *ret_n, pps_error **err)
{
	struct sweep s = { .lock = lock, .seq = seq, .before = before };
	int r = pps_sql_transact(state->sql, PPS_STATE_ATTEMPTS, sweep, &s, err);

	if (r < 0)
		return pps_wrap(err, r, "state: notices");
	*ret_n = s.n;
	return PPS_OK;
}
