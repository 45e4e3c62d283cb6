/* SPDX-License-Identifier: BSD-3-Clause */
/* The rows of a chunk, sorted by primary key, in the order that foreign keys need. */
#include <string.h>

#include "butler/dataset-rows.h"
#include "butler/ref-insert.h"

static const pps_butler_type *type_of(const pps_insertion *in, size_t ref)
{
	return in->types[in->refs->at[ref].type - in->refs->types->at];
}

static int64_t run_id_of(const pps_insertion *in, size_t ref)
{
	return in->run_ids[in->run_of[ref]];
}

/* Those that it is put in: its RUN, and at once the TAGGED collection where nothing is thought to be in the way. Sorted. */
static size_t collections_of(const pps_insertion *in, size_t ref, int64_t ids[2])
{
	const int64_t run = run_id_of(in, ref);
	const int is_last = in->tagged_id < run;

	if (!pps_insertion_is_blind(in) || !in->tagged_id) {
		ids[0] = run;
		return 1;
	}
	ids[is_last] = run;
	ids[!is_last] = in->tagged_id;
	return 2;
}

/* ---- datasets ---- */

static int plan_datasets(const pps_insertion *in, pps_bulk_plan *plan, char date_text[40], pps_error **err)
{
	pps_sql_value date;
	pps_bulk *bulk;
	int r;

	if ((r = pps_butler_ingest_date(in->butler, date_text, &date, err)) < 0 ||
	    (r = pps_dataset_rows_plan(in->butler, plan, in->end - in->from, &bulk, err)) < 0)
		return r;
	for (size_t i = in->from; i < in->end; i++) {
		pps_sql_value *row;

		if (!pps_insertion_counts(in, i) || in->has[i] & PPS_REF_HAS_DATASET)
			continue;
		row = pps_bulk_row(bulk);
		row[0] = pps_sql_uuid(in->refs->at[i].id);
		row[1] = pps_sql_int(type_of(in, i)->id);
		row[2] = date;
		row[3] = pps_sql_int(run_id_of(in, i));
	}
	pps_bulk_plan_end(plan);
	return PPS_OK;
}

/* ---- summaries: what a collection has ever had ---- */

/* (collection, dataset type) when @governor is NULL, else (collection, governor's value). */
static int plan_summary(const pps_insertion *in, pps_bulk_plan *plan, const char *governor, pps_error **err)
{
	pps_bulk *bulk;
	int r;

	if ((r = pps_summary_rows_plan(plan, governor, 2 * (in->end - in->from), &bulk, err)) < 0)
		return r;
	for (size_t i = in->from; i < in->end; i++) {
		const pps_sql_value *value = governor ? pps_ref_key(&in->refs->at[i], governor) : NULL;
		int64_t collections[2];

		if (!pps_insertion_counts(in, i) || (governor && !value))
			continue;
		for (size_t k = 0, n = collections_of(in, i, collections); k < n; k++) {
			pps_sql_value *row = pps_bulk_row(bulk);

			row[0] = pps_sql_int(collections[k]);
			row[1] = governor ? *value : pps_sql_int(type_of(in, i)->id);
		}
	}
	pps_summary_rows_end(plan, bulk);
	return PPS_OK;
}

static int plan_summaries(const pps_insertion *in, pps_bulk_plan *plan, pps_error **err)
{
	static const char *const governors[] = { NULL, "instrument", "skymap" };
	int r;

	for (size_t i = 0; i < PPS_COUNT(governors); i++)
		if ((r = plan_summary(in, plan, governors[i], err)) < 0)
			return r;
	return PPS_OK;
}

/* ---- tags ---- */

static int plan_tags_of(const pps_insertion *in, pps_bulk_plan *plan, const pps_butler_type *first, pps_error **err)
{
	pps_bulk_column columns[PPS_BULK_COLUMNS_MOST] = { { "dataset_type_id", PPS_SQL_INT, NULL },
							   { "dataset_id", PPS_SQL_UUID, NULL },
							   { "collection_id", PPS_SQL_INT, NULL } };
	pps_bulk *bulk;
	int r;

	if (first->ndimensions > PPS_COUNT(columns) - 3)
		return pps_fail(err, PPS_E_UNSUPPORTED, "dataset type %s: more than %zu dimensions", first->name, PPS_COUNT(columns) - 3);
	for (size_t k = 0; k < first->ndimensions; k++) {
		const pps_element *e = pps_universe_find(in->butler->universe, first->dimensions[k]);

		columns[3 + k] = (pps_bulk_column){ first->dimensions[k], e && pps_butler_is_text(e) ? PPS_SQL_TEXT : PPS_SQL_INT, NULL };
	}
	if ((r = pps_bulk_plan_add(plan, first->tags_table, columns, 3 + first->ndimensions, 2 * (in->end - in->from), &bulk, err)) < 0)
		return r;
	for (size_t i = in->from; i < in->end; i++) {
		const pps_butler_type *t = type_of(in, i);
		int64_t collections[2];

		if (!pps_insertion_counts(in, i) || in->has[i] & PPS_REF_HAS_TAG || strcmp(t->tags_table, first->tags_table) != 0)
			continue;
		for (size_t k = 0, n = collections_of(in, i, collections); k < n; k++) {
			pps_sql_value *row = pps_bulk_row(bulk);

			row[0] = pps_sql_int(t->id);
			row[1] = pps_sql_uuid(in->refs->at[i].id);
			row[2] = pps_sql_int(collections[k]);
			memcpy(row + 3, in->refs->at[i].keys, t->ndimensions * sizeof *row);
		}
	}
	pps_bulk_plan_end(plan);
	return PPS_OK;
}

/* Each tags table once. */
static int plan_tags(const pps_insertion *in, pps_bulk_plan *plan, pps_error **err)
{
	int r;

	for (size_t i = 0; i < in->refs->types->n; i++) {
		size_t k = 0;

		if (!in->types[i])
			continue;
		while (k < i && (!in->types[k] || strcmp(in->types[k]->tags_table, in->types[i]->tags_table) != 0))
			k++;
		if (k == i && (r = plan_tags_of(in, plan, in->types[i], err)) < 0)
			return r;
	}
	return PPS_OK;
}

/* ---- files ---- */

static int plan_locations(const pps_insertion *in, pps_bulk_plan *plan, size_t member, pps_error **err)
{
	pps_bulk *bulk;
	int r;

	if ((r = pps_location_rows_plan(plan, in->end - in->from, &bulk, err)) < 0)
		return r;
	for (size_t i = in->from; i < in->end; i++) {
		pps_sql_value *row;

		if (!pps_insertion_counts(in, i) || in->has[i] & PPS_REF_HAS_LOCATION || in->places->at[in->first_place[i]].member != member)
			continue;
		row = pps_bulk_row(bulk);
		row[0] = pps_sql_text(in->butler->config.members[member].name);
		row[1] = pps_sql_uuid(in->refs->at[i].id);
	}
	pps_bulk_plan_end(plan);
	return PPS_OK;
}

static int plan_records(const pps_insertion *in, pps_bulk_plan *plan, size_t member, pps_error **err)
{
	pps_bulk *bulk;
	int r;

	if ((r = pps_file_rows_plan(plan, in->butler->config.members[member].table, in->first_place[in->end] - in->first_place[in->from], &bulk, err)) < 0)
		return r;
	for (size_t i = in->from; i < in->end; i++)
		for (size_t k = in->first_place[i]; pps_insertion_counts(in, i) && k < in->first_place[i + 1]; k++) {
			const pps_ref_place *place = &in->places->at[k];
			pps_sql_value *row;

			if (in->recorded[k] || place->member != member)
				continue;
			row = pps_bulk_row(bulk);
			row[0] = pps_sql_uuid(in->refs->at[i].id);
			row[1] = pps_sql_text(place->path);
			row[2] = pps_sql_text(place->file->formatter);
			row[3] = pps_sql_text(place->file->storage_class);
			row[4] = pps_sql_text(place->file->component ? place->file->component : PPS_NO_COMPONENT);
			row[5] = pps_sql_text(place->file->checksum);
			row[6] = pps_sql_int(place->file->size);
		}
	pps_bulk_plan_end(plan);
	return PPS_OK;
}

int pps_insertion_summarize(pps_insertion *in, pps_error **err)
{
	_cleanup_(pps_bulk_plan_clear) pps_bulk_plan plan = { 0 };
	int r = plan_summaries(in, &plan, err);

	return r < 0 || !plan.n ? r : pps_bulk_insert(in->butler->sql, plan.at, plan.n, err);
}

int pps_insertion_write(pps_insertion *in, pps_error **err)
{
	_cleanup_(pps_bulk_plan_clear) pps_bulk_plan plan = { 0 };
	char date[40];
	int r;

	if ((r = plan_datasets(in, &plan, date, err)) < 0 || (r = plan_summaries(in, &plan, err)) < 0 || (r = plan_tags(in, &plan, err)) < 0)
		return r;
	for (size_t i = 0; i < in->butler->config.nmembers; i++)
		if ((r = plan_locations(in, &plan, i, err)) < 0 || (r = plan_records(in, &plan, i, err)) < 0)
			return r;
	return plan.n ? pps_bulk_insert(in->butler->sql, plan.at, plan.n, err) : PPS_OK;
}
