/* SPDX-License-Identifier: BSD-3-Clause */
/* What the state says of the flow, as columns. */
#include <string.h>

#include "base/json.h"
#include "base/table.h"
#include "publish/report.h"

/* ---- datasets ---- */

/* Those of every flow; each repository adds its own. */
static const pps_table_column columns[] = {
	{ "id", PPS_CELL_TEXT },
	{ "type", PPS_CELL_TEXT },
	{ "run", PPS_CELL_TEXT },
	{ "origin", PPS_CELL_TEXT },
	{ "instrument", PPS_CELL_TEXT },
	{ "data_id", PPS_CELL_TEXT },
	{ "visit", PPS_CELL_INT },
	{ "detector", PPS_CELL_INT },
	{ "day_obs", PPS_CELL_INT },
	{ "end", PPS_CELL_TIME },
	{ "registered", PPS_CELL_TIME },
	{ "held", PPS_CELL_BOOL },
	{ "pinned", PPS_CELL_BOOL },
	{ "withdrawn", PPS_CELL_BOOL },
	{ "adopted", PPS_CELL_BOOL },
	{ "next_task", PPS_CELL_TEXT },
	{ "next_repository", PPS_CELL_TEXT },
	{ "next_due", PPS_CELL_TIME },
	{ "attempts", PPS_CELL_INT },
	{ "error", PPS_CELL_TEXT },
};

static int add_columns(pps_table *t, const pps_publish_flow *flow, pps_error **err)
{
	int r = pps_table_add_all(t, columns, PPS_COUNT(columns), err);

	for (size_t i = 0; r == PPS_OK && i < flow->graph.n; i++)
		if ((r = pps_table_add(t, PPS_CELL_TEXT, "status_", flow->graph.at[i].name, err)) == PPS_OK)
			r = pps_table_add(t, PPS_CELL_TIME, "since_", flow->graph.at[i].name, err);
	return r;
}

/* A detector may be 0. */
static int put_detector(pps_table *t, const pps_dataset_row *row, pps_error **err)
{
	const json_t *detector;
	json_t *id = NULL;
	json_error_t where;

	if (pps_json_parse(row->data_id, strlen(row->data_id), 0, &id, &where) == PPS_E_NOMEM)
		return pps_fail_nomem(err);
	detector = json_object_get(id, "detector");
	if (json_is_integer(detector))
		pps_table_put_int(t, json_integer_value(detector));
	else
		pps_table_put_null(t);
	json_decref(id);
	return PPS_OK;
}

static void put_next(pps_table *t, const pps_publish_flow *flow, const pps_dataset_next *next)
{
	const int repository = next->task ? flow->repository_of[next->ordinal] : -1;

	pps_table_put_text(t, repository >= 0 ? pps_task_name(next->task) : NULL);
	pps_table_put_text(t, repository >= 0 ? flow->graph.at[repository].name : NULL);
	pps_table_put_time(t, repository >= 0 ? next->due : PPS_TAI_MIN);
}

static int put_row(const pps_publish_flow *flow, const pps_dataset_row *row, void *user, pps_error **err)
{
	pps_table *t = user;
	char id[37];
	int r;

	pps_uuid_format(&row->id, id);
	pps_table_put_text(t, id);
	pps_table_put_text(t, row->type);
	pps_table_put_text(t, row->run);
	pps_table_put_text(t, row->origin);
	pps_table_put_text(t, row->instrument);
	pps_table_put_text(t, row->data_id);
	pps_table_put_known(t, row->visit);
	if ((r = put_detector(t, row, err)) < 0)
		return r;
	pps_table_put_known(t, row->day_obs);
	pps_table_put_time(t, row->end_kind == PPS_END_KNOWN ? row->end : PPS_TAI_MIN);
	pps_table_put_time(t, row->registered);
	pps_table_put_bool(t, row->flags & PPS_DATASET_HELD_ANY);
	pps_table_put_bool(t, row->flags & PPS_DATASET_PINNED);
	pps_table_put_bool(t, row->flags & PPS_DATASET_WITHDRAWN);
	pps_table_put_bool(t, row->flags & PPS_DATASET_ADOPTED);
	put_next(t, flow, &row->next);
	pps_table_put_int(t, row->attempts);
	pps_table_put_text(t, row->error);
	for (size_t i = 0; i < flow->graph.n; i++) {
		pps_table_put_text(t, pps_publish_status_name(row->status.status[flow->ordinal[i]]));
		pps_table_put_time(t, row->status.at[flow->ordinal[i]]);
	}
	return PPS_OK;
}

int pps_publish_datasets_table(pps_publish *p, int flags, pps_table **ret_table, pps_error **err)
{
	_cleanup_(pps_table_freep) pps_table *t = NULL;
	int r;

	if (!p || !ret_table)
		return pps_fail(err, PPS_E_ARG, "pps_publish_datasets_table: publish and ret_table must not be NULL");
	if ((r = pps_table_new(flags, &t, err)) < 0 || (r = add_columns(t, &p->flow, err)) < 0 || (r = pps_report_each(p, put_row, t, err)) < 0 ||
	    (r = pps_table_finish(t, err)) < 0)
		return r;
	*ret_table = TAKE_PTR(t);
	return PPS_OK;
}

/* ---- how many ---- */

/* Of one type, in the order of the repositories and of a life. */
static void put_type(pps_table *t, const pps_publish_flow *flow, json_t *type)
{
	static const char life[] = { PPS_STATUS_PRESENT, PPS_STATUS_MISSING, PPS_STATUS_DELETED, PPS_STATUS_EXPIRED };
	const json_t *repositories = json_object_get(type, "repositories");

	for (size_t i = 0; i < flow->graph.n; i++)
		for (size_t k = 0; k < PPS_COUNT(life); k++) {
			const char *status = pps_publish_status_name(life[k]);
			const json_t *n = json_object_get(json_object_get(repositories, flow->graph.at[i].name), status);

			if (!json_integer_value(n))
				continue;
			pps_table_put_text(t, json_string_value(json_object_get(type, "type")));
			pps_table_put_bool(t, json_is_true(json_object_get(type, "has_policy")));
			pps_table_put_text(t, flow->graph.at[i].name);
			pps_table_put_text(t, status);
			pps_table_put_int(t, json_integer_value(n));
		}
}

static int fill_counts(pps_publish *p, pps_table *t, json_t *types, pps_error **err)
{
	static const pps_table_column counts[] = {
		{ "type", PPS_CELL_TEXT }, { "has_policy", PPS_CELL_BOOL }, { "repository", PPS_CELL_TEXT }, { "status", PPS_CELL_TEXT }, { "n", PPS_CELL_INT },
	};
	json_t *type;
	const char *name;
	int r;

	if ((r = pps_table_add_all(t, counts, PPS_COUNT(counts), err)) < 0 || (r = pps_publish_read(p, err)) < 0 || (r = pps_report_types(p, types, err)) < 0)
		return r;
	json_object_foreach(types, name, type)
		put_type(t, &p->flow, type);
	return pps_table_finish(t, err);
}

int pps_publish_status_table(pps_publish *p, pps_table **ret_table, pps_error **err)
{
	_cleanup_(pps_table_freep) pps_table *t = NULL;
	json_t *types;
	int r;

	if (!p || !ret_table)
		return pps_fail(err, PPS_E_ARG, "pps_publish_status_table: publish and ret_table must not be NULL");
	if ((r = pps_table_new(0, &t, err)) < 0)
		return r;
	types = json_object();
	r = types ? fill_counts(p, t, types, err) : pps_fail_nomem(err);
	json_decref(types);
	if (r == PPS_OK)
		*ret_table = TAKE_PTR(t);
	return r;
}
