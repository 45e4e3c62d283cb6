/* SPDX-License-Identifier: BSD-3-Clause */
/* Keys of dimension records, and what is found out from them. */
#ifndef PPS_BUTLER_RECORDS_PRIVATE_H
#define PPS_BUTLER_RECORDS_PRIVATE_H

#include "butler/butler-private.h"
#include "butler/records.h"
#include "dimensions/records.h"

typedef union pps_key_part {
	int64_t i;
	const char *s;
} pps_key_part;

/* Primary keys of one element. */
typedef struct pps_record_keys {
	const pps_element *element;
	pps_key_part *at; /* row by row, as many as required dimensions */
	size_t n, cap;
} pps_record_keys;

/* Primary keys per element of a universe, by the element's index. */
typedef struct pps_key_sets {
	const pps_universe *universe;
	pps_record_keys *at;
	size_t n;
	pps_arena *texts;
} pps_key_sets;

int pps_key_sets_init(pps_key_sets *sets, const pps_butler *butler, pps_error **err);
void pps_key_sets_clear(pps_key_sets *sets);
int pps_key_sets_add(pps_key_sets *sets, const pps_element *element, const pps_key_part *key, pps_error **err);
int pps_key_sets_merge(pps_key_sets *into, const pps_key_sets *from, pps_error **err);
/* Sorts by primary key and drops what is there twice. */
void pps_key_sets_sort(pps_key_sets *sets);
/* 1 when a sorted set has this key. */
int pps_keys_have(const pps_record_keys *keys, const pps_key_part *key);
/* "instrument=LSSTCam, visit=7" */
void pps_keys_describe(const pps_record_keys *keys, size_t row, pps_buf *b);
static inline const pps_key_part *pps_keys_row(const pps_record_keys *keys, size_t row)
{
	return keys->at + row * keys->element->nrequired;
}

/* Keys as a table within a statement: `k` with columns c0, c1 ... and the number `n` of the row, from 0. */
typedef struct pps_keys_table {
	pps_buf text;
	pps_sql_value params[PPS_KEYS_MAX];
	size_t nparams;
	void *lists[PPS_KEYS_MAX];
	pps_buf json;
} pps_keys_table;

/* Rows @lo to @hi - 1, as parameters from $@first. Texts are borrowed from the set. */
int pps_keys_table_make(pps_keys_table *table, const pps_sql *sql, const pps_record_keys *keys, size_t lo, size_t hi, size_t first,
			pps_error **err);
void pps_keys_table_clear(pps_keys_table *table);
/* "r.a = k.c0 AND r.b = k.c1"; @by_dimension: columns as in tables that refer to the element. */
void pps_keys_join(const pps_element *element, const char *alias, int by_dimension, pps_buf *b);

/* The keys of all records that data IDs need, sorted; all read from @source. */
int pps_records_collect(pps_butler *source, const pps_data_ids *ids, size_t nids, int with_visits, pps_key_sets *sets, pps_error **err);
/* Keys of all records of an element that have @value in its first column, which must be text. */
int pps_records_collect_of(pps_butler *source, const char *element, const char *value, pps_key_sets *sets, pps_error **err);
/* Keeps of the sorted @sets what @dest has not, or has without the sky pixels of its region. */
int pps_records_missing(pps_butler *dest, pps_key_sets *sets, pps_error **err);

/* Copies records; a dimension's that @source has not: PPS_E_NOTFOUND. */
int pps_records_copy(pps_butler *source, pps_butler *dest, const pps_key_sets *missing, int64_t *inserted, pps_error **err);
/* Reads the records @lo to @hi - 1, all cells. */
int pps_records_read(pps_butler *butler, const pps_record_keys *keys, size_t lo, size_t hi, pps_dimensions *into, pps_error **err);
/* "(r.a, r.b) IN (SELECT ... FROM k)" */
void pps_keys_condition(const pps_element *element, const char *alias, int by_dimension, const pps_keys_table *table, pps_buf *b);
/* Compares the records that both have; replaces what differs unless PPS_BUTLER_DRY_RUN. Sets that are not sorted are fine. */
int pps_records_revise(pps_butler *source, pps_butler *dest, const pps_key_sets *sets, int flags, pps_revision_fn fn, void *user,
		       int64_t *revised, pps_error **err);

#endif
