/* SPDX-License-Identifier: BSD-3-Clause */
/* The tables that new datasets go into, with their columns in the order in which rows are to be filled: each function adds one to a plan,
 * with room for @most rows, as pps_bulk_plan_add() does. */
#ifndef PPS_BUTLER_DATASET_ROWS_H
#define PPS_BUTLER_DATASET_ROWS_H

#include "butler/bulk.h"
#include "butler/butler.h"

/* id, dataset_type_id, ingest_date, run_id */
int pps_dataset_rows_plan(const pps_butler *butler, pps_bulk_plan *plan, size_t most, pps_bulk **ret_bulk, pps_error **err);
/* collection_id, then dataset_type_id when @governor is NULL, else the governor dimension's value */
int pps_summary_rows_plan(pps_bulk_plan *plan, const char *governor, size_t most, pps_bulk **ret_bulk, pps_error **err);
/* Each summary once; those that are there are passed over. */
void pps_summary_rows_end(pps_bulk_plan *plan, pps_bulk *bulk);
/* datastore_name, dataset_id */
int pps_location_rows_plan(pps_bulk_plan *plan, size_t most, pps_bulk **ret_bulk, pps_error **err);
/* dataset_id, path, formatter, storage_class, component, checksum, file_size; @table: of the datastore's member */
int pps_file_rows_plan(pps_bulk_plan *plan, const char *table, size_t most, pps_bulk **ret_bulk, pps_error **err);

#endif
