/* SPDX-License-Identifier: BSD-3-Clause */
#include "butler/dataset-rows.h"

#include "butler/butler-private.h"

int pps_dataset_rows_plan(const pps_butler *butler, pps_bulk_plan *plan, size_t most, pps_bulk **ret_bulk, pps_error **err)
{
	pps_bulk_column columns[] = { { "id", PPS_SQL_UUID, NULL },
				      { "dataset_type_id", PPS_SQL_INT, NULL },
				      { "ingest_date", PPS_SQL_INT, NULL },
				      { "run_id", PPS_SQL_INT, NULL } };

	if (butler->dates_are_text)
		columns[2] = (pps_bulk_column){ "ingest_date", PPS_SQL_TEXT, "timestamp" };
	return pps_bulk_plan_add(plan, "dataset", columns, PPS_COUNT(columns), most, ret_bulk, err);
}

int pps_summary_rows_plan(pps_bulk_plan *plan, const char *governor, size_t most, pps_bulk **ret_bulk, pps_error **err)
{
	const pps_bulk_column columns[] = { { "collection_id", PPS_SQL_INT, NULL },
					    { governor ? governor : "dataset_type_id", governor ? PPS_SQL_TEXT : PPS_SQL_INT, NULL } };
	char table[64];

	snprintf(table, sizeof table, "collection_summary_%s", governor ? governor : "dataset_type");
	return pps_bulk_plan_add(plan, table, columns, PPS_COUNT(columns), most, ret_bulk, err);
}

void pps_summary_rows_end(pps_bulk_plan *plan, pps_bulk *bulk)
{
	bulk->may_be_there = 1;
	pps_bulk_make_unique(bulk);
	pps_bulk_plan_end(plan);
}

int pps_location_rows_plan(pps_bulk_plan *plan, size_t most, pps_bulk **ret_bulk, pps_error **err)
{
	static const pps_bulk_column columns[] = { { "datastore_name", PPS_SQL_TEXT, NULL }, { "dataset_id", PPS_SQL_UUID, NULL } };

	return pps_bulk_plan_add(plan, "dataset_location", columns, PPS_COUNT(columns), most, ret_bulk, err);
}

int pps_file_rows_plan(pps_bulk_plan *plan, const char *table, size_t most, pps_bulk **ret_bulk, pps_error **err)
{
	static const pps_bulk_column columns[] = { { "dataset_id", PPS_SQL_UUID, NULL }, { "path", PPS_SQL_TEXT, NULL },
						   { "formatter", PPS_SQL_TEXT, NULL },	 { "storage_class", PPS_SQL_TEXT, NULL },
						   { "component", PPS_SQL_TEXT, NULL },	 { "checksum", PPS_SQL_TEXT, NULL },
						   { "file_size", PPS_SQL_INT, NULL } };

	return pps_bulk_plan_add(plan, table, columns, PPS_COUNT(columns), most, ret_bulk, err);
}
