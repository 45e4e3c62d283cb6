/* SPDX-License-Identifier: BSD-3-Clause */
/* The rows of an ingest, sorted by primary key. A row that is there after all was written by somebody else meanwhile: the database then
 * refuses it (23505), and pps_butler_retry() looks anew. */
#include <string.h>

#include "butler/dataset-rows.h"
#include "butler/ingest.h"

struct plan {
	pps_bulk_plan tables;
	pps_arena *texts;
};

static void plan_clear(struct plan *plan)
{
	pps_bulk_plan_clear(&plan->tables);
	pps_arena_free(plan->texts);
}

static int plan_datasets(const pps_ingest *in, struct plan *plan, char date_text[40], pps_error **err)
{
	pps_sql_value date;
	pps_bulk *bulk;
	int r;

	if ((r = pps_butler_ingest_date(in->butler, date_text, &date, err)) < 0 ||
	    (r = pps_dataset_rows_plan(in->butler, &plan->tables, in->nrefs, &bulk, err)) < 0)
		return r;
	for (size_t i = 0; i < in->nrefs; i++) {
		const pps_ingest_ref *ref = &in->refs[i];
		pps_sql_value *row;

		if (ref->has & PPS_HAS_DATASET)
			continue;
		row = pps_bulk_row(bulk);
		row[0] = pps_sql_uuid(ref->ref->id);
		row[1] = pps_sql_int(in->types->at[ref->type].id);
		row[2] = date;
		row[3] = pps_sql_int(in->run_ids[ref->run]);
	}
	pps_bulk_plan_end(&plan->tables);
	return PPS_OK;
}

/* ---- summaries: what a collection has ever had ---- */

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
static int plan_summary(const pps_ingest *in, struct plan *plan, const char *governor, pps_error **err)
{
	pps_bulk *bulk;
	int r;

	if ((r = pps_summary_rows_plan(&plan->tables, governor, in->nrefs, &bulk, err)) < 0)
		return r;
	for (size_t i = 0; i < in->nrefs; i++) {
		const pps_ingest_ref *ref = &in->refs[i];
		const char *value = governor ? governor_of(in, ref, governor) : NULL;
		pps_sql_value *row;

		if (governor && !value)
			continue;
		row = pps_bulk_row(bulk);
		row[0] = pps_sql_int(in->run_ids[ref->run]);
		row[1] = governor ? pps_sql_text(value) : pps_sql_int(in->types->at[ref->type].id);
	}
	pps_summary_rows_end(&plan->tables, bulk);
	return PPS_OK;
}

static int plan_summaries(const pps_ingest *in, struct plan *plan, pps_error **err)
{
	static const char *const governors[] = { NULL, "instrument", "skymap" };
	int r;

	for (size_t i = 0; i < PPS_COUNT(governors); i++)
		if ((r = plan_summary(in, plan, governors[i], err)) < 0)
			return r;
	return PPS_OK;
}

static int count_missing(pps_ingest *in, const pps_bulk *bulk, pps_error **err)
{
	_cleanup_buf_ pps_buf text = PPS_BUF_LINE;
	int r;

	pps_buf_printf(&text, "SELECT 1 FROM {%s} WHERE collection_id = $1 AND %s = $2", bulk->table, bulk->columns[1].name);
	if ((r = pps_buf_check(&text, "statement", err)) < 0)
		return r;
	for (size_t i = 0; i < bulk->nrows; i++) {
		_cleanup_(pps_sql_rows_freep) pps_sql_rows *found = NULL;

		if ((r = pps_sql_query(in->butler->sql, pps_buf_text(&text), &bulk->values[2 * i], 2, &found, err)) < 0 ||
		    (r = pps_sql_next(found, err)) < 0)
			return r;
		in->summaries_missing += !r;
	}
	return PPS_OK;
}

int pps_ingest_count_summaries(pps_ingest *in, pps_error **err)
{
	_cleanup_(plan_clear) struct plan plan = { 0 };
	int r;

	in->summaries_missing = 0;
	if ((r = plan_summaries(in, &plan, err)) < 0)
		return r;
	for (size_t i = 0; i < plan.tables.n; i++)
		if ((r = count_missing(in, &plan.tables.at[i], err)) < 0)
			return r;
	return PPS_OK;
}

/* ---- tags ---- */

static int plan_tags_of(const pps_ingest *in, struct plan *plan, const pps_butler_type *first, pps_error **err)
{
	pps_bulk_column columns[3 + PPS_INGEST_KEYS_MOST] = { { "dataset_type_id", PPS_SQL_INT, NULL },
							      { "dataset_id", PPS_SQL_UUID, NULL },
							      { "collection_id", PPS_SQL_INT, NULL } };
	pps_bulk *bulk;
	int r;

	for (size_t k = 0; k < first->ndimensions; k++)
		columns[3 + k] = (pps_bulk_column){ first->dimensions[k], PPS_SQL_INT, NULL };
	if ((r = pps_bulk_plan_add(&plan->tables, first->tags_table, columns, 3 + first->ndimensions, in->nrefs, &bulk, err)) < 0)
		return r;
	for (size_t i = 0; i < in->nrefs; i++) {
		const pps_ingest_ref *ref = &in->refs[i];
		const pps_butler_type *t = &in->types->at[ref->type];
		pps_sql_value *row;

		if (ref->has & PPS_HAS_TAG || strcmp(t->tags_table, first->tags_table) != 0)
			continue;
		row = pps_bulk_row(bulk);
		row[0] = pps_sql_int(t->id);
		row[1] = pps_sql_uuid(ref->ref->id);
		row[2] = pps_sql_int(in->run_ids[ref->run]);
		for (size_t k = 0; k < t->ndimensions; k++) {
			int is_text = ref->keys[k]->kind == PPS_ZIP_VALUE_TEXT;

			bulk->columns[3 + k].type = is_text ? PPS_SQL_TEXT : PPS_SQL_INT;
			row[3 + k] = is_text ? pps_sql_text(ref->keys[k]->text) : pps_sql_int(ref->keys[k]->number);
		}
	}
	pps_bulk_plan_end(&plan->tables);
	return PPS_OK;
}

/* Each tags table once. */
static int plan_tags(const pps_ingest *in, struct plan *plan, pps_error **err)
{
	int r;

	for (size_t i = 0; i < in->types->n; i++) {
		size_t k = 0;

		while (k < i && strcmp(in->types->at[k].tags_table, in->types->at[i].tags_table) != 0)
			k++;
		if (k == i && (r = plan_tags_of(in, plan, &in->types->at[i], err)) < 0)
			return r;
	}
	return PPS_OK;
}

/* ---- files ---- */

static int plan_locations(const pps_ingest *in, struct plan *plan, const pps_ingest_member *m, pps_error **err)
{
	pps_bulk *bulk;
	int r;

	if ((r = pps_location_rows_plan(&plan->tables, in->nrefs, &bulk, err)) < 0)
		return r;
	for (size_t i = 0; i < in->nrefs; i++) {
		pps_sql_value *row;

		if (m->located[i])
			continue;
		row = pps_bulk_row(bulk);
		row[0] = pps_sql_text(m->member->name);
		row[1] = pps_sql_uuid(in->refs[i].ref->id);
	}
	pps_bulk_plan_end(&plan->tables);
	return PPS_OK;
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

static int plan_records(const pps_ingest *in, struct plan *plan, size_t at, pps_error **err)
{
	const pps_ingest_member *m = &in->members[at];
	pps_bulk *bulk;
	int r;

	for (size_t k = 0; k < at; k++) /* members may share a table: then its records are planned by now */
		if (strcmp(in->members[k].member->table, m->member->table) == 0)
			return PPS_OK;
	if ((r = pps_file_rows_plan(&plan->tables, m->member->table, in->nrecords, &bulk, err)) < 0)
		return r;
	for (size_t i = 0; i < in->nrecords; i++)
		if (!m->recorded[i] && (r = record_row(in, &in->records[i], plan->texts, pps_bulk_row(bulk), err)) < 0)
			return r;
	pps_bulk_plan_end(&plan->tables);
	return PPS_OK;
}

/* ---- all of it ---- */

static int run_plan(pps_ingest *in, struct plan *plan, pps_error **err)
{
	int r;

	if (plan->tables.n && (r = pps_bulk_insert(in->butler->sql, plan->tables.at, plan->tables.n, err)) < 0)
		return r;
	for (size_t i = 0; i < plan->tables.n; i++)
		in->report->inserted += plan->tables.at[i].inserted;
	return PPS_OK;
}

int pps_ingest_insert_summaries(pps_ingest *in, pps_error **err)
{
	_cleanup_(plan_clear) struct plan plan = { 0 };
	int r = plan_summaries(in, &plan, err);

	return r < 0 ? r : run_plan(in, &plan, err);
}

int pps_ingest_insert(pps_ingest *in, pps_error **err)
{
	_cleanup_(plan_clear) struct plan plan = { 0 };
	char date[40];
	int r;

	if ((r = pps_arena_new((size_t)pps_ctx_memory(in->butler->ctx), &plan.texts, err)) < 0 ||
	    (r = plan_datasets(in, &plan, date, err)) < 0 || (r = plan_summaries(in, &plan, err)) < 0 ||
	    (r = plan_tags(in, &plan, err)) < 0)
		return r;
	for (size_t i = 0; i < in->nmembers; i++)
		if ((r = plan_locations(in, &plan, &in->members[i], err)) < 0 || (r = plan_records(in, &plan, i, err)) < 0)
			return r;
	return run_plan(in, &plan, err);
}
