/* SPDX-License-Identifier: BSD-3-Clause */
/* The rows of an ingest, a statement for each table, sorted by primary key; conflicts mean that somebody else wrote meanwhile. */
#include <string.h>

#include "butler/ingest.h"

/* Rows of a bulk insert. */
struct rows {
	pps_sql_value *values;
	size_t n, ncolumns, cap;
};

static int rows_new(struct rows *rows, size_t ncolumns, size_t most, pps_error **err)
{
	*rows = (struct rows){ .ncolumns = ncolumns, .values = calloc(most * ncolumns + 1, sizeof *rows->values) };
	return rows->values ? PPS_OK : pps_fail_nomem(err);
}

static void rows_clear(struct rows *rows)
{
	free(rows->values);
}

static pps_sql_value *next_row(struct rows *rows)
{
	return &rows->values[rows->n++ * rows->ncolumns];
}

/* Inserts what was found missing. When less was inserted, another writer was there first: the whole runs again and looks anew. */
static int insert_missing(pps_ingest *in, const char *table, const pps_sql_column *columns, const struct rows *rows, pps_error **err)
{
	int64_t inserted = 0;
	int r;

	if (!rows->n)
		return PPS_OK;
	if ((r = pps_sql_insert(in->butler->sql, table, columns, rows->ncolumns, rows->values, rows->n, "ON CONFLICT DO NOTHING",
				&inserted, err)) < 0)
		return r;
	in->report->inserted += inserted;
	if (inserted == (int64_t)rows->n)
		return PPS_OK;
	r = pps_fail(err, PPS_E_UNAVAILABLE, "table %s: another writer added %lld of the %zu rows at the same time", table,
		     (long long)((int64_t)rows->n - inserted), rows->n);
	pps_error_set_sqlstate(err, "40001");
	return r;
}

/* Microseconds, as Python's clock gives them. */
static int now(const pps_butler *b, char text[40], pps_sql_value *ret, pps_error **err)
{
	int64_t tai;
	int r;

	if ((r = pps_tai_now(&tai, err)) < 0)
		return r;
	tai -= tai % 1000;
	*ret = pps_sql_int(tai);
	if (!b->dates_are_text)
		return PPS_OK;
	if ((r = pps_time_format(tai, PPS_SCALE_UTC, 6, ' ', text, err)) < 0)
		return r;
	*ret = pps_sql_text(text);
	return PPS_OK;
}

static int insert_datasets(pps_ingest *in, pps_error **err)
{
	const pps_sql_column columns[] = { { "id", PPS_SQL_UUID },
					   { "dataset_type_id", PPS_SQL_INT },
					   { "ingest_date", in->butler->dates_are_text ? PPS_SQL_TEXT : PPS_SQL_INT },
					   { "run_id", PPS_SQL_INT } };
	_cleanup_(rows_clear) struct rows rows = { 0 };
	pps_sql_value date;
	char text[40];
	int r;

	if ((r = rows_new(&rows, PPS_COUNT(columns), in->nrefs, err)) < 0 || (r = now(in->butler, text, &date, err)) < 0)
		return r;
	for (size_t i = 0; i < in->nrefs; i++) {
		const pps_ingest_ref *ref = &in->refs[i];
		pps_sql_value *row;

		if (ref->has & PPS_HAS_DATASET)
			continue;
		row = next_row(&rows);
		row[0] = pps_sql_uuid(ref->ref->id);
		row[1] = pps_sql_int(in->types->at[ref->type].id);
		row[2] = date;
		row[3] = pps_sql_int(in->run_ids[ref->run]);
	}
	return insert_missing(in, "dataset", columns, &rows, err);
}

/* ---- summaries: what a collection has ever had ---- */

static int by_summary(const void *a, const void *b)
{
	const pps_sql_value *x = a, *y = b;

	if (x[0].i != y[0].i)
		return x[0].i < y[0].i ? -1 : 1;
	if (x[1].type == PPS_SQL_TEXT)
		return strcmp(x[1].s, y[1].s);
	return (x[1].i > y[1].i) - (x[1].i < y[1].i);
}

static void make_unique(struct rows *rows)
{
	size_t kept = 0;

	if (rows->n)
		qsort(rows->values, rows->n, 2 * sizeof *rows->values, by_summary);
	for (size_t i = 0; i < rows->n; i++) {
		const pps_sql_value *row = &rows->values[2 * i];

		if (kept && by_summary(&rows->values[2 * (kept - 1)], row) == 0)
			continue;
		memmove(&rows->values[2 * kept++], row, 2 * sizeof *row);
	}
	rows->n = kept;
}

/* The value of a governor dimension, or NULL. */
static const char *governor_of(const pps_ingest *in, const pps_ingest_ref *ref, const char *name)
{
	const pps_butler_type *t = &in->wanted->at[ref->type];

	for (size_t k = 0; k < t->ndimensions; k++)
		if (strcmp(t->dimensions[k], name) == 0)
			return ref->keys[k]->text;
	return NULL;
}

/* (collection, dataset type) when @governor is NULL, else (collection, governor's value). */
static int summary_rows(const pps_ingest *in, const char *governor, struct rows *rows, pps_error **err)
{
	int r;

	if ((r = rows_new(rows, 2, in->nrefs, err)) < 0)
		return r;
	for (size_t i = 0; i < in->nrefs; i++) {
		const pps_ingest_ref *ref = &in->refs[i];
		const char *value = governor ? governor_of(in, ref, governor) : NULL;
		pps_sql_value *row;

		if (governor && !value)
			continue;
		row = next_row(rows);
		row[0] = pps_sql_int(in->run_ids[ref->run]);
		row[1] = governor ? pps_sql_text(value) : pps_sql_int(in->types->at[ref->type].id);
	}
	make_unique(rows);
	return PPS_OK;
}

static const char *const governors[] = { NULL, "instrument", "skymap" };

int pps_ingest_insert_summaries(pps_ingest *in, pps_error **err)
{
	for (size_t g = 0; g < PPS_COUNT(governors); g++) {
		const char *name = governors[g] ? governors[g] : "dataset_type";
		const pps_sql_column columns[] = { { "collection_id", PPS_SQL_INT },
						   { governors[g] ? name : "dataset_type_id", governors[g] ? PPS_SQL_TEXT : PPS_SQL_INT } };
		_cleanup_(rows_clear) struct rows rows = { 0 };
		int64_t inserted = 0;
		char table[64];
		int r;

		snprintf(table, sizeof table, "collection_summary_%s", name);
		if ((r = summary_rows(in, governors[g], &rows, err)) < 0)
			return r;
		if (rows.n && (r = pps_sql_insert(in->butler->sql, table, columns, 2, rows.values, rows.n, "ON CONFLICT DO NOTHING",
						  &inserted, err)) < 0)
			return r;
		in->report->inserted += inserted;
	}
	return PPS_OK;
}

static int count_rows(pps_ingest *in, const char *table, const char *column, const struct rows *rows, pps_error **err)
{
	_cleanup_buf_ pps_buf text = PPS_BUF_LINE;

	pps_buf_printf(&text, "SELECT 1 FROM {%s} WHERE collection_id = $1 AND %s = $2", table, column);
	for (size_t i = 0; i < rows->n; i++) {
		_cleanup_(pps_sql_rows_freep) pps_sql_rows *found = NULL;
		int r = pps_sql_query(in->butler->sql, pps_buf_text(&text), &rows->values[2 * i], 2, &found, err);

		if (r < 0 || (r = pps_sql_next(found, err)) < 0)
			return r;
		in->summaries_missing += !r;
	}
	return PPS_OK;
}

int pps_ingest_count_summaries(pps_ingest *in, pps_error **err)
{
	in->summaries_missing = 0;
	for (size_t g = 0; g < PPS_COUNT(governors); g++) {
		const char *name = governors[g] ? governors[g] : "dataset_type";
		_cleanup_(rows_clear) struct rows rows = { 0 };
		char table[64];
		int r;

		snprintf(table, sizeof table, "collection_summary_%s", name);
		if ((r = summary_rows(in, governors[g], &rows, err)) < 0 ||
		    (r = count_rows(in, table, governors[g] ? name : "dataset_type_id", &rows, err)) < 0)
			return r;
	}
	return PPS_OK;
}

/* ---- tags ---- */

static int insert_tags_into(pps_ingest *in, const pps_butler_type *first, pps_error **err)
{
	pps_sql_column columns[3 + PPS_INGEST_KEYS_MOST] = { { "dataset_type_id", PPS_SQL_INT },
							     { "dataset_id", PPS_SQL_UUID },
							     { "collection_id", PPS_SQL_INT } };
	_cleanup_(rows_clear) struct rows rows = { 0 };
	int r;

	if ((r = rows_new(&rows, 3 + first->ndimensions, in->nrefs, err)) < 0)
		return r;
	for (size_t i = 0; i < in->nrefs; i++) {
		const pps_ingest_ref *ref = &in->refs[i];
		const pps_butler_type *t = &in->types->at[ref->type];
		pps_sql_value *row;

		if (ref->has & PPS_HAS_TAG || strcmp(t->tags_table, first->tags_table) != 0)
			continue;
		row = next_row(&rows);
		row[0] = pps_sql_int(t->id);
		row[1] = pps_sql_uuid(ref->ref->id);
		row[2] = pps_sql_int(in->run_ids[ref->run]);
		for (size_t k = 0; k < t->ndimensions; k++) {
			int is_text = ref->keys[k]->kind == PPS_ZIP_VALUE_TEXT;

			columns[3 + k] = (pps_sql_column){ t->dimensions[k], is_text ? PPS_SQL_TEXT : PPS_SQL_INT };
			row[3 + k] = is_text ? pps_sql_text(ref->keys[k]->text) : pps_sql_int(ref->keys[k]->number);
		}
	}
	return insert_missing(in, first->tags_table, columns, &rows, err);
}

static int insert_tags(pps_ingest *in, pps_error **err)
{
	int r;

	for (size_t i = 0; i < in->types->n; i++) {
		size_t k = 0;

		while (k < i && strcmp(in->types->at[k].tags_table, in->types->at[i].tags_table) != 0)
			k++;
		if (k == i && (r = insert_tags_into(in, &in->types->at[i], err)) < 0)
			return r;
	}
	return PPS_OK;
}

/* ---- files ---- */

static int insert_locations(pps_ingest *in, const pps_ingest_member *m, pps_error **err)
{
	static const pps_sql_column columns[] = { { "datastore_name", PPS_SQL_TEXT }, { "dataset_id", PPS_SQL_UUID } };
	_cleanup_(rows_clear) struct rows rows = { 0 };
	int r;

	if ((r = rows_new(&rows, PPS_COUNT(columns), in->nrefs, err)) < 0)
		return r;
	for (size_t i = 0; i < in->nrefs; i++) {
		pps_sql_value *row;

		if (m->located[i])
			continue;
		row = next_row(&rows);
		row[0] = pps_sql_text(m->member->name);
		row[1] = pps_sql_uuid(in->refs[i].ref->id);
	}
	return insert_missing(in, "dataset_location", columns, &rows, err);
}

static int record_row(const pps_ingest *in, const pps_ingest_record *record, pps_arena *arena, pps_sql_value *row, pps_error **err)
{
	const pps_zip_artifact *a = record->artifact;
	size_t size = strlen(in->uri) + strlen(a->member) + 16;
	char *path = pps_arena_alloc(arena, size);

	if (!path)
		return pps_arena_fail(arena, "file records", err);
	snprintf(path, size, "%s#zip-path=%s", in->uri, a->member);
	row[0] = pps_sql_uuid(in->refs[record->ref].ref->id);
	row[1] = pps_sql_text(path);
	row[2] = pps_sql_text(a->formatter);
	row[3] = pps_sql_text(a->storage_class);
	row[4] = pps_sql_text(a->component ? a->component : PPS_NO_COMPONENT);
	row[5] = pps_sql_text(a->checksum);
	row[6] = pps_sql_int(a->file_size);
	return PPS_OK;
}

static int insert_records(pps_ingest *in, size_t at, pps_error **err)
{
	static const pps_sql_column columns[] = { { "dataset_id", PPS_SQL_UUID },    { "path", PPS_SQL_TEXT },
						  { "formatter", PPS_SQL_TEXT },     { "storage_class", PPS_SQL_TEXT },
						  { "component", PPS_SQL_TEXT },     { "checksum", PPS_SQL_TEXT },
						  { "file_size", PPS_SQL_INT } };
	const pps_ingest_member *m = &in->members[at];
	_cleanup_(pps_arena_freep) pps_arena *arena = NULL;
	_cleanup_(rows_clear) struct rows rows = { 0 };
	int r;

	for (size_t k = 0; k < at; k++) /* members may share a table: then its records are there by now */
		if (strcmp(in->members[k].member->table, m->member->table) == 0)
			return PPS_OK;
	if ((r = rows_new(&rows, PPS_COUNT(columns), in->nrecords, err)) < 0 ||
	    (r = pps_arena_new((size_t)pps_ctx_memory(in->butler->ctx), &arena, err)) < 0)
		return r;
	for (size_t i = 0; i < in->nrecords; i++)
		if (!m->recorded[i] && (r = record_row(in, &in->records[i], arena, next_row(&rows), err)) < 0)
			return r;
	return insert_missing(in, m->member->table, columns, &rows, err);
}

int pps_ingest_insert(pps_ingest *in, pps_error **err)
{
	int r;

	if ((r = insert_datasets(in, err)) < 0 || (r = pps_ingest_insert_summaries(in, err)) < 0 || (r = insert_tags(in, err)) < 0)
		return r;
	for (size_t i = 0; i < in->nmembers; i++)
		if ((r = insert_locations(in, &in->members[i], err)) < 0 || (r = insert_records(in, i, err)) < 0)
			return r;
	return PPS_OK;
}
