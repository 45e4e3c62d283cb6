/* SPDX-License-Identifier: BSD-3-Clause */
/* The file records of datasets, in whichever member of the datastore they are. */
#include <string.h>

#include "butler/ref-private.h"

#define MEMBERS_MOST 64 /* in one statement */

struct record {
	size_t ref;
	pps_ref_file file;
};

struct reader {
	pps_butler *butler;
	pps_refs *refs;
	struct record *records;
	size_t n, cap;
};

static int by_place(const void *a, const void *b)
{
	const struct record *x = a, *y = b;

	if (x->ref != y->ref)
		return x->ref < y->ref ? -1 : 1;
	if (x->file.member != y->file.member)
		return x->file.member < y->file.member ? -1 : 1;
	return strcmp(x->file.component ? x->file.component : "", y->file.component ? y->file.component : "");
}

static int add_record(struct reader *rd, const pps_sql_rows *rows, pps_error **err)
{
	pps_arena *a = rd->refs->arena;
	const char *component = pps_sql_get_text(rows, 5);
	struct record record = { .file.member = (size_t)pps_sql_get_int(rows, 0) };
	const pps_ref *ref;
	pps_uuid id;

	if (pps_sql_get_uuid(rows, 1, &id) < 0 || !(ref = pps_refs_get(rd->refs, &id)))
		return PPS_OK;
	record.ref = (size_t)(ref - rd->refs->at);
	record.file.path = pps_arena_text(a, pps_sql_get_text(rows, 2));
	record.file.formatter = pps_arena_name(a, pps_sql_get_text(rows, 3));
	record.file.storage_class = pps_arena_name(a, pps_sql_get_text(rows, 4));
	if (component && strcmp(component, PPS_NO_COMPONENT) != 0 && !(record.file.component = pps_arena_name(a, component)))
		return pps_arena_fail(a, "file records", err);
	if (!pps_sql_is_null(rows, 6) && !(record.file.checksum = pps_arena_text(a, pps_sql_get_text(rows, 6))))
		return pps_arena_fail(a, "file records", err);
	record.file.size = pps_sql_is_null(rows, 7) ? -1 : pps_sql_get_int(rows, 7);
	if (!record.file.path || !record.file.formatter || !record.file.storage_class)
		return pps_arena_fail(a, "file records", err);
	if (pps_grow(&rd->records, &rd->cap, rd->n, sizeof record) < 0)
		return pps_fail_nomem(err);
	rd->records[rd->n++] = record;
	return PPS_OK;
}

/* A table that nobody has made yet holds nothing. */
static int has_table(pps_butler *b, const char *table, int *ret_has, pps_error **err)
{
	*ret_has = 1;
	return b->has_record_tables ? PPS_OK : pps_sql_has_table(b->sql, table, ret_has, err);
}

/* The part of the statement for one member; its name is parameter $@param. */
static void add_part(pps_buf *text, size_t number, const pps_butler_member *m, size_t param)
{
	pps_buf_printf(text, "%sSELECT %zu, f.dataset_id, f.path, f.formatter, f.storage_class, f.component, f.checksum, f.file_size"
		       " FROM {%s} AS f JOIN {dataset_location} AS l ON l.dataset_id = f.dataset_id AND l.datastore_name = $%zu"
		       " WHERE f.dataset_id {in $1 uuid}",
		       param > 2 ? " UNION ALL " : "", number, m->table, param);
}

/* One statement for members from @first on; @ret_next: where the next one starts. */
static int query(struct reader *rd, const pps_uuid *ids, size_t n, size_t first, size_t *ret_next, int *all_there, pps_error **err)
{
	_cleanup_(pps_sql_rows_freep) pps_sql_rows *rows = NULL;
	_cleanup_buf_ pps_buf text = PPS_BUF_SQL;
	const pps_butler_config *c = &rd->butler->config;
	pps_sql_value params[MEMBERS_MOST + 1] = { pps_sql_uuids(ids, n) };
	size_t nparams = 1, k = first;
	int r, has;

	for (; k < c->nmembers && nparams <= MEMBERS_MOST; k++) {
		if ((r = has_table(rd->butler, c->members[k].table, &has, err)) < 0)
			return r;
		*all_there &= has;
		if (!has)
			continue;
		params[nparams++] = pps_sql_text(c->members[k].name);
		add_part(&text, k, &c->members[k], nparams);
	}
	*ret_next = k;
	if (nparams == 1)
		return PPS_OK;
	if ((r = pps_buf_check(&text, "statement", err)) < 0)
		return r;
	r = pps_sql_query(rd->butler->sql, pps_buf_text(&text), params, nparams, &rows, err);
	while (r >= 0 && (r = pps_sql_next(rows, err)) > 0)
		r = add_record(rd, rows, err);
	return r;
}

static int query_all(struct reader *rd, const pps_uuid *ids, size_t n, pps_error **err)
{
	int r = PPS_OK, all_there = 1;

	for (size_t k = 0; k < rd->butler->config.nmembers && r >= 0;)
		r = query(rd, ids, n, k, &k, &all_there, err);
	rd->butler->has_record_tables |= r >= 0 && all_there;
	return r;
}

/* Those of the first member that has any, to their datasets. */
static int hand_out(struct reader *rd, pps_error **err)
{
	pps_ref_file *files = pps_arena_alloc(rd->refs->arena, (rd->n + 1) * sizeof *files);

	if (!files)
		return pps_arena_fail(rd->refs->arena, "file records", err);
	if (rd->n)
		qsort(rd->records, rd->n, sizeof *rd->records, by_place);
	for (size_t i = 0; i < rd->n; i++) {
		pps_ref *ref = &rd->refs->at[rd->records[i].ref];

		files[i] = rd->records[i].file;
		if (!ref->nfiles)
			ref->files = &files[i];
		if (ref->files->member == files[i].member)
			ref->nfiles++;
	}
	return PPS_OK;
}

int pps_refs_read_files(pps_butler *butler, pps_refs *refs, size_t from, size_t n, pps_error **err)
{
	struct reader rd = { .butler = butler, .refs = refs };
	_cleanup_free_ pps_uuid *ids = calloc(n + 1, sizeof *ids);
	int r;

	if (!ids)
		return pps_fail_nomem(err);
	for (size_t i = 0; i < n; i++)
		ids[i] = refs->at[from + i].id;
	if ((r = query_all(&rd, ids, n, err)) >= 0)
		r = hand_out(&rd, err);
	free(rd.records);
	return r;
}
