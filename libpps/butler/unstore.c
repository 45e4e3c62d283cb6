/* SPDX-License-Identifier: BSD-3-Clause */
#include "butler/unstore.h"

#include <string.h>

#include "butler/chunk.h"
#include "butler/purge.h"
#include "butler/tag-private.h"

void pps_expire_report_clear(pps_expire_report *report)
{
	pps_tag_report_clear(&report->available);
	pps_tag_report_clear(&report->expired);
	report->dropped = 0;
}

struct expire {
	const char *available;
	const char *expired;
	int rule;
	pps_expire_report chunk; /* of the chunk at hand */
	pps_expire_report *report;
};

/* Records of a table once, also when members of the datastore share it. */
static int is_first_of_table(const pps_butler *b, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(b->config.members[i].table, b->config.members[n].table) == 0)
			return 0;
	return 1;
}

static int drop_records(pps_butler *b, const char *table, const pps_uuid *ids, size_t n, int64_t *dropped, pps_error **err)
{
	pps_sql_value params[] = { pps_sql_uuids(ids, n) };
	_cleanup_buf_ pps_buf text = PPS_BUF_LINE;
	int64_t deleted = 0;
	int r, has = b->has_record_tables;

	if (!has && (r = pps_sql_has_table(b->sql, table, &has, err)) < 0)
		return r;
	pps_buf_printf(&text, "DELETE FROM {%s} WHERE dataset_id {in $1 uuid}", table);
	if ((r = pps_buf_check(&text, "statement", err)) < 0 ||
	    (has && (r = pps_sql_exec(b->sql, pps_buf_text(&text), params, 1, &deleted, err)) < 0))
		return r;
	*dropped += deleted;
	return PPS_OK;
}

static int drop_files(pps_butler *b, const pps_uuid *ids, size_t n, int64_t *dropped, pps_error **err)
{
	_cleanup_free_ const char **names = pps_butler_member_names(b);
	pps_sql_value params[] = { pps_sql_uuids(ids, n), pps_sql_texts(names, b->config.nmembers) };
	int r;

	if (!names)
		return pps_fail_nomem(err);
	r = pps_sql_exec(b->sql, "DELETE FROM {dataset_location} WHERE dataset_id {in $1 uuid} AND datastore_name {in $2 text}", params, 2, dropped,
			 err);
	for (size_t i = 0; r >= 0 && i < b->config.nmembers; i++)
		if (is_first_of_table(b, i))
			r = drop_records(b, b->config.members[i].table, ids, n, dropped, err);
	return r;
}

/* All are moved, if there is a place for each; else they go out of one and into the other, by the rule. */
static int expire_tags(pps_butler *b, int64_t available, int64_t expired, const pps_uuid *ids, size_t n, struct expire *e, pps_error **err)
{
	_cleanup_(pps_tags_tables_clear) pps_tags_tables tables = { 0 };
	int64_t moved;
	int r;

	if ((r = pps_tags_tables_of(b, ids, n, &tables, err)) < 0 || (r = pps_tags_move(b, available, expired, &tables, ids, n, &moved, err)) < 0)
		return r;
	e->chunk.available.changed += moved;
	e->chunk.expired.changed += moved;
	if (moved == (int64_t)n)
		return PPS_OK;
	if ((r = pps_tags_drop(b, available, &tables, ids, n, &e->chunk.available, err)) < 0)
		return r;
	return pps_tags_add(b, expired, &tables, ids, n, e->rule, &e->chunk.expired, err);
}

static int expire_fn(pps_butler *b, const pps_uuid *ids, size_t n, void *user, pps_error **err)
{
	struct expire *e = user;
	int64_t available, expired;
	int r;

	pps_expire_report_clear(&e->chunk);
	if ((r = pps_tagged_id(b, e->available, &available, err)) < 0 || (r = pps_tagged_id(b, e->expired, &expired, err)) < 0 ||
	    (r = expire_tags(b, available, expired, ids, n, e, err)) < 0)
		return r;
	return drop_files(b, ids, n, &e->chunk.dropped, err);
}

static int expire_done(void *user, pps_error **err)
{
	struct expire *e = user;
	int r;

	if (!e->report)
		return PPS_OK;
	if ((r = pps_tag_report_add(&e->report->available, &e->chunk.available, err)) < 0 ||
	    (r = pps_tag_report_add(&e->report->expired, &e->chunk.expired, err)) < 0)
		return r;
	e->report->dropped += e->chunk.dropped;
	return PPS_OK;
}

int pps_butler_expire(pps_butler *butler, const pps_uuid *ids, size_t n, const char *available, const char *expired, int rule,
		      pps_expire_report *report, pps_error **err)
{
	struct expire e = { .available = available, .expired = expired, .rule = rule, .report = report };
	int r = pps_butler_check_writable(butler, err);

	if (r < 0)
		return r;
	r = pps_chunk_each(butler, ids, n, expire_fn, expire_done, &e, err);
	pps_expire_report_clear(&e.chunk);
	if (r < 0)
		return pps_wrap(err, r, "expire datasets of %s", butler->config.uri);
	return PPS_OK;
}

struct forget {
	int64_t chunk, all;
};

static int forget_fn(pps_butler *b, const pps_uuid *ids, size_t n, void *user, pps_error **err)
{
	struct forget *f = user;

	f->chunk = 0;
	return drop_files(b, ids, n, &f->chunk, err);
}

static int forget_done(void *user, pps_error **err _unused_)
{
	struct forget *f = user;

	f->all += f->chunk;
	return PPS_OK;
}

int pps_butler_forget(pps_butler *butler, const pps_uuid *ids, size_t n, int64_t *ret_dropped, pps_error **err)
{
	struct forget f = { 0 };
	int r = pps_butler_check_writable(butler, err);

	if (r < 0)
		return r;
	if ((r = pps_chunk_each(butler, ids, n, forget_fn, forget_done, &f, err)) < 0)
		return pps_wrap(err, r, "forget datasets of %s", butler->config.uri);
	if (ret_dropped)
		*ret_dropped = f.all;
	return PPS_OK;
}

int pps_butler_unstore(pps_butler *butler, const pps_uuid *ids, size_t n, int64_t *ret_changed, pps_error **err)
{
	int64_t changed = 0;
	int r;

	if ((r = pps_butler_check_removable(butler, err)) < 0)
		return r;
	if (pps_sql_in_transaction(butler->sql))
		return pps_fail(err, PPS_E_INTERNAL, "unstore: files go outside of transactions, and one is open");
	if ((r = pps_butler_trash(butler, ids, n, 0, &changed, err)) < 0 || (r = pps_butler_empty_trash(butler, ids, n, NULL, NULL, err)) < 0)
		return r;
	if (ret_changed)
		*ret_changed = changed;
	return PPS_OK;
}
