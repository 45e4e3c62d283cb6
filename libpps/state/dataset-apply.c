/* SPDX-License-Identifier: BSD-3-Clause */
/* Changes of datasets: statuses, what is next, failures and the ledger of one chunk, in one short transaction. */
#include <string.h>

#include "state/dataset-private.h"

/* What a change may touch, as it is in the table. */
typedef struct record {
	pps_uuid id;
	int64_t type, flags, end_kind, end, was_next, was_due, was_flags, was_end_kind, was_end;
	pps_dataset_status status;
	pps_dataset_next next;
	char was_status[PPS_ORDINALS_MOST + 1];
	const char *was_times; /* both as stored */
	char *status_text, *times_text;
	pps_failures failures;
	const char *type_name, *origin;
	const pps_dataset_change *last;
} record;

/* A change that others are told of. */
typedef struct told {
	int notice, ordinal;
	int64_t at;
	pps_uuid id;
} told;

struct application {
	const pps_flow_lock *lock;
	int64_t at, as_of;
	const pps_dataset_change *changes;
	size_t n;
	const pps_state_change *ledger;
	size_t nledger;
	const pps_dataset_hooks *hooks;
	pps_arena *names;
	int64_t seq;
	record *records;
	size_t nrecords, cap;
	told *told;
	size_t ntold, told_cap;
};

static void clear(struct application *a)
{
	for (size_t i = 0; i < a->nrecords; i++) {
		free(a->records[i].status_text);
		free(a->records[i].times_text);
		free(a->records[i].failures.at);
	}
	free(a->records);
	free(a->told);
	pps_arena_free(a->names);
	a->names = NULL;
	a->records = NULL;
	a->told = NULL;
	a->nrecords = a->cap = a->ntold = a->told_cap = 0;
}

/* The ids of the changes, sorted, each once. */
static pps_uuid *ids_of(const struct application *a, size_t *ret_n)
{
	pps_uuid *ids = calloc(a->n + 1, sizeof *ids);

	if (!ids)
		return NULL;
	for (size_t i = 0; i < a->n; i++)
		ids[i] = a->changes[i].id;
	*ret_n = pps_uuid_sort(ids, a->n);
	return ids;
}

static int read_record(const pps_sql_rows *rows, pps_arena *names, record *one, pps_error **err)
{
	const char *status = pps_sql_get_text(rows, 2), *times = pps_sql_get_text(rows, 3);
	int64_t next = pps_sql_get_int(rows, 7);

	*one = (record){ .type = pps_sql_get_int(rows, 1), .flags = pps_sql_get_int(rows, 4), .end_kind = pps_sql_get_int(rows, 5),
			 .end = pps_sql_get_int(rows, 6), .was_next = next,
			 .next = pps_dataset_next_of(next, pps_sql_get_int(rows, 8)) };
	one->was_flags = one->flags;
	one->was_end_kind = one->end_kind;
	one->was_end = one->end;
	one->was_due = pps_sql_get_int(rows, 8);
	snprintf(one->was_status, sizeof one->was_status, "%s", status ? status : "");
	if (!(one->was_times = pps_arena_text(names, times ? times : "")) || !(one->type_name = pps_arena_name(names, pps_sql_get_text(rows, 9))) ||
	    !(one->origin = pps_arena_name(names, pps_sql_get_text(rows, 10))))
		return pps_arena_fail(names, "datasets of the state", err);
	if (pps_sql_get_uuid(rows, 0, &one->id) < 0)
		return pps_fail(err, PPS_E_FORMAT, "state: a dataset's id is no UUID");
	return pps_dataset_status_parse(status ? status : "", times ? times : "", &one->status, err);
}

#define RECORDS                                                                                                                 \
	"SELECT d.id, d.type, d.status, d.times, d.flags, d.end_kind, d.end_at, d.next_task, d.next_due, t.word, o.word FROM {dataset} d " \
	"JOIN {dataset_word} t ON t.id = d.type JOIN {dataset_word} o ON o.id = d.origin WHERE d.id {in $1 uuid} ORDER BY d.id"

static int read_failures(pps_sql *sql, struct application *a, const pps_uuid *ids, size_t n, pps_error **err)
{
	_cleanup_(pps_failures_found_clear) pps_failures_found found = { 0 };
	int r = pps_dataset_failures_read(sql, ids, n, a->names, &found, err);

	for (size_t i = 0; found.n && i < a->nrecords && r >= 0; i++) {
		pps_failures *f = &a->records[i].failures;
		const pps_failure_found *first = pps_dataset_failures_of(&found, &a->records[i].id, &f->cap);

		if (!f->cap)
			continue;
		if (!(f->at = calloc(f->cap, sizeof *f->at)))
			return pps_fail_nomem(err);
		for (; f->n < f->cap; f->n++)
			f->at[f->n] = first[f->n].failure;
	}
	return r;
}

/* The rows that change, locked in the order of their ids. */
static int read_records(pps_sql *sql, struct application *a, pps_error **err)
{
	_cleanup_(pps_sql_rows_freep) pps_sql_rows *rows = NULL;
	size_t n = 0;
	_cleanup_free_ pps_uuid *ids = ids_of(a, &n);
	pps_sql_value param;
	int r;

	if (!ids)
		return pps_fail_nomem(err);
	param = pps_sql_uuids(ids, n);
	if ((r = pps_arena_new((size_t)pps_ctx_memory(pps_sql_ctx(sql)), &a->names, err)) < 0)
		return r;
	r = pps_sql_query(sql, pps_sql_kind(sql) == PPS_SQL_POSTGRES ? RECORDS " FOR UPDATE OF d" : RECORDS, &param, 1, &rows, err);
	while (r >= 0 && (r = pps_sql_next(rows, err)) == 1) {
		if (pps_grow(&a->records, &a->cap, a->nrecords, sizeof *a->records) < 0)
			return pps_fail_nomem(err);
		if ((r = read_record(rows, a->names, &a->records[a->nrecords], err)) == PPS_OK)
			a->nrecords++;
	}
	pps_sql_rows_free(TAKE_PTR(rows));
	return r < 0 ? r : read_failures(sql, a, ids, n, err);
}

/* The error's text is kept as every database takes it. */
static int add_failure(const struct application *a, record *one, const pps_dataset_change *c, pps_error **err)
{
	_cleanup_free_ char *text = pps_state_readable_text(c->error);
	const char *error = text ? pps_arena_text(a->names, text) : NULL;

	if (!error)
		return pps_fail_nomem(err);
	return pps_dataset_failures_add(&one->failures, c->ordinal, a->at, c->code, error, c->not_before, err);
}

static int change(const struct application *a, record *one, const pps_dataset_change *c, pps_error **err)
{
	if (c->status) {
		one->status.status[c->ordinal] = c->status;
		one->status.at[c->ordinal] = c->at;
		if (c->is_published)
			one->status.published[c->ordinal] = c->at;
	}
	one->flags = (one->flags | c->set_flags) & ~(int64_t)c->clear_flags;
	if (c->has_next)
		one->next = c->next;
	if (c->has_end) {
		one->end_kind = c->end_kind;
		one->end = c->end;
	}
	if (c->status || c->forget)
		pps_dataset_failures_forget(&one->failures, c->forget ? UINT32_MAX : UINT32_C(1) << c->ordinal, 0);
	one->last = c;
	return c->code ? add_failure(a, one, c, err) : PPS_OK;
}

/* What is next follows from what the changes left, in the same transaction. */
static int plan(const struct application *a, record *one, pps_error **err)
{
	const pps_dataset_row row = { .id = one->id, .origin = one->origin, .type = one->type_name, .end_kind = (int)one->end_kind, .end = one->end,
				      .flags = (int)one->flags, .status = one->status, .next = one->next, .failures = one->failures.at,
				      .nfailures = one->failures.n };
	int r;

	if (!one->last || !a->hooks)
		return PPS_OK;
	if ((r = a->hooks->plan(&row, one->last, a->hooks->user, &one->next, err)) < 0)
		return r;
	pps_dataset_failures_forget(&one->failures, one->next.idle, 1);
	return PPS_OK;
}

static record *find(struct application *a, const pps_uuid *id)
{
	return a->nrecords ? bsearch(id, a->records, a->nrecords, sizeof *a->records, pps_uuid_compare) : NULL;
}

/* What is so already costs no row: planning anew asks for many that stay as they are. */
static int is_same(const record *one)
{
	return !strcmp(one->status_text, one->was_status) && !strcmp(one->times_text, one->was_times) && one->flags == one->was_flags &&
	       one->end_kind == one->was_end_kind && one->end == one->was_end && pps_dataset_next_number(&one->next) == one->was_next &&
	       (!one->next.task || one->next.due == one->was_due);
}

static int write_records(pps_sql *sql, struct application *a, pps_error **err)
{
	static const pps_sql_column columns[] = {
		{ "id", PPS_SQL_UUID },     { "type", PPS_SQL_INT },     { "status", PPS_SQL_TEXT },    { "times", PPS_SQL_TEXT },   { "flags", PPS_SQL_INT },
		{ "end_kind", PPS_SQL_INT }, { "end_at", PPS_SQL_INT },  { "next_task", PPS_SQL_INT }, { "next_due", PPS_SQL_INT },
	};
	const size_t width = PPS_COUNT(columns);
	_cleanup_(pps_dataset_deltas_free) pps_dataset_deltas deltas = { 0 };
	_cleanup_free_ pps_sql_value *values = calloc(a->nrecords * width + 1, sizeof *values);
	size_t n = 0;
	int r = values ? PPS_OK : pps_fail_nomem(err);

	for (size_t i = 0; i < a->nrecords && r == PPS_OK; i++) {
		record *one = &a->records[i];
		pps_sql_value *v = values + n * width;

		if ((r = pps_dataset_status_format(&one->status, &one->status_text, &one->times_text, err)) < 0)
			break;
		if (is_same(one))
			continue;
		n++;
		if ((r = pps_dataset_deltas_add(&deltas, one->type, one->was_status, one->was_next, one->was_due, -1, err)) < 0)
			break;
		r = pps_dataset_deltas_add(&deltas, one->type, one->status_text, pps_dataset_next_number(&one->next), one->next.due, 1, err);
		v[0] = pps_sql_uuid(one->id);
		v[1] = pps_sql_int(one->type);
		v[2] = pps_sql_text(one->status_text);
		v[3] = pps_sql_text(one->times_text);
		v[4] = pps_sql_int(one->flags);
		v[5] = pps_sql_int(one->end_kind);
		v[6] = pps_sql_int(one->end);
		v[7] = pps_dataset_next_value(&one->next);
		v[8] = one->next.task ? pps_sql_int(one->next.due) : pps_sql_null();
	}
	if (r < 0 || !n)
		return r;
	r = pps_sql_insert(sql, "dataset", columns, width, values, n,
			   "ON CONFLICT (id) DO UPDATE SET status = excluded.status, times = excluded.times, flags = excluded.flags, "
			   "end_kind = excluded.end_kind, end_at = excluded.end_at, next_task = excluded.next_task, next_due = excluded.next_due",
			   NULL, err);
	return r < 0 ? r : pps_dataset_deltas_apply(sql, &deltas, err);
}

static int write_failures(pps_sql *sql, const struct application *a, pps_error **err)
{
	_cleanup_free_ pps_uuid *ids = calloc(a->nrecords + 1, sizeof *ids);
	_cleanup_free_ const pps_failures **changed = calloc(a->nrecords + 1, sizeof *changed);
	size_t n = 0;

	if (!ids || !changed)
		return pps_fail_nomem(err);
	for (size_t i = 0; i < a->nrecords; i++) {
		if (!a->records[i].failures.is_changed)
			continue;
		ids[n] = a->records[i].id;
		changed[n++] = &a->records[i].failures;
	}
	return n ? pps_dataset_failures_write(sql, ids, changed, n, err) : PPS_OK;
}

/* What is so already, others have been told. */
static int note(struct application *a, const record *one, const pps_dataset_change *c, pps_error **err)
{
	if (!c->notice || !c->status || one->status.status[c->ordinal] == c->status)
		return PPS_OK;
	if (pps_grow(&a->told, &a->told_cap, a->ntold, sizeof *a->told) < 0)
		return pps_fail_nomem(err);
	a->told[a->ntold++] = (told){ .notice = c->notice, .ordinal = c->ordinal, .at = c->at, .id = c->id };
	return PPS_OK;
}

static int is_alike(const told *x, const told *y)
{
	return x->notice == y->notice && x->ordinal == y->ordinal && x->at == y->at;
}

/* A notice for each run of changes that say the same, in their order. */
static int tell(pps_sql *sql, const struct application *a, pps_error **err)
{
	_cleanup_free_ pps_uuid *ids = calloc(a->ntold + 1, sizeof *ids);
	int r = ids ? PPS_OK : pps_fail_nomem(err);

	for (size_t i = 0, n; i < a->ntold && r == PPS_OK; i += n) {
		const told *first = &a->told[i];

		for (n = 0; i + n < a->ntold && is_alike(first, &a->told[i + n]); n++)
			ids[n] = a->told[i + n].id;
		r = pps_notice_append(sql, first->notice, first->ordinal, a->at, first->at, ids, n, err);
	}
	return r;
}

static int apply(pps_sql *sql, void *user, pps_error **err)
{
	struct application *a = user;
	int r;

	clear(a);
	a->seq = 0;
	if ((a->lock && (r = pps_flow_lock_check_epoch(a->lock, sql, err)) < 0) || (a->n && (r = read_records(sql, a, err)) < 0))
		return r;
	for (size_t i = 0; i < a->n; i++) {
		record *one = find(a, &a->changes[i].id);

		if (!one || (a->changes[i].expect && one->status.status[a->changes[i].ordinal] != a->changes[i].expect))
			continue;
		if ((r = note(a, one, &a->changes[i], err)) < 0)
			return r;
		if ((r = change(a, one, &a->changes[i], err)) < 0)
			return r;
	}
	for (size_t i = 0; i < a->nrecords; i++)
		if ((r = plan(a, &a->records[i], err)) < 0)
			return r;
	if ((r = write_records(sql, a, err)) < 0 || (r = write_failures(sql, a, err)) < 0 || (r = tell(sql, a, err)) < 0)
		return r;
	for (size_t i = 0; i < a->nledger && r >= 0; i++) {
		r = pps_ledger_apply(sql, a->at, a->as_of, &a->ledger[i], &a->seq, err);
		if (r >= 0 && a->ledger[i].made)
			*a->ledger[i].made = a->seq;
	}
	return r;
}

int pps_state_datasets_apply_with(pps_state *state, const pps_flow_lock *lock, int64_t at, int64_t as_of, const pps_dataset_change *changes,
				  size_t n, const pps_state_change *ledger, size_t nledger, const pps_dataset_hooks *hooks, int64_t *ret_seq,
				  pps_error **err)
{
	_cleanup_(clear) struct application a = { .lock = lock, .at = at, .as_of = as_of, .changes = changes, .n = n, .ledger = ledger,
						  .nledger = nledger, .hooks = hooks };
	int r;

	for (size_t i = 0; i < n; i++)
		if (changes[i].ordinal < 0 || changes[i].ordinal >= PPS_ORDINALS_MOST || changes[i].next.ordinal < 0 ||
		    changes[i].next.ordinal >= PPS_ORDINALS_MOST)
			return pps_fail(err, PPS_E_INTERNAL, "state: no repository of number %d", changes[i].ordinal);
	if ((r = pps_sql_transact(state->sql, PPS_STATE_ATTEMPTS, apply, &a, err)) < 0)
		return pps_wrap(err, r, "state");
	if (ret_seq)
		*ret_seq = a.seq;
	return PPS_OK;
}

int pps_state_datasets_apply(pps_state *state, const pps_flow_lock *lock, int64_t at, int64_t as_of, const pps_dataset_change *changes,
			     size_t n, const pps_state_change *ledger, size_t nledger, int64_t *ret_seq, pps_error **err)
{
	return pps_state_datasets_apply_with(state, lock, at, as_of, changes, n, ledger, nledger, NULL, ret_seq, err);
}
