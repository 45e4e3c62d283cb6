/* SPDX-License-Identifier: BSD-3-Clause */
/* What the files about datasets share. */
#ifndef PPS_STATE_DATASET_PRIVATE_H
#define PPS_STATE_DATASET_PRIVATE_H

#include "base/map.h"
#include "butler/arena.h"
#include "state/record.h"
#include "state/state-private.h"

/* In a transaction: *@map gets the number of each word; those that are new get one. */
int pps_dataset_words(pps_sql *sql, const char *const *words, size_t n, pps_map *map, pps_error **err);

/* Adds to @known those of these that are registered. */
int pps_dataset_known(pps_sql *sql, const pps_uuid *ids, size_t n, pps_map *known, pps_error **err);

/* The next action as one number, 0 for none: the column next_task, where none is NULL. */
static inline int64_t pps_dataset_next_number(const pps_dataset_next *next)
{
	return next->task ? 100 * next->task + next->ordinal : 0;
}

static inline pps_dataset_next pps_dataset_next_of(int64_t number, int64_t due)
{
	return (pps_dataset_next){ .task = (int)(number / 100), .ordinal = (int)(number % 100), .due = due };
}

static inline pps_sql_value pps_dataset_next_value(const pps_dataset_next *next)
{
	return next->task ? pps_sql_int(pps_dataset_next_number(next)) : pps_sql_null();
}

/* What changes in the counts of one kind of dataset. */
typedef struct pps_dataset_delta {
	int64_t type, next, n;
	char status[PPS_ORDINALS_MOST + 1];
} pps_dataset_delta;

/* And of those that are due in one minute. */
typedef struct pps_dataset_due_delta {
	int64_t next, minute, n;
} pps_dataset_due_delta;

typedef struct pps_dataset_deltas {
	pps_dataset_delta *at;
	size_t n, cap;
	pps_dataset_due_delta *due;
	size_t ndue, due_cap;
} pps_dataset_deltas;

/* @by more of them. @next: as pps_dataset_next_number(), 0: @due says nothing. */
int pps_dataset_deltas_add(pps_dataset_deltas *deltas, int64_t type, const char *status, int64_t next, int64_t due, int64_t by, pps_error **err);
/* Writes them, sorted; in the transaction of @sql. */
int pps_dataset_deltas_apply(pps_sql *sql, pps_dataset_deltas *deltas, pps_error **err);
static inline void pps_dataset_deltas_free(pps_dataset_deltas *deltas)
{
	free(deltas->at);
	free(deltas->due);
}

/* Failures as they are stored, in the order of their ids. */
typedef struct pps_failure_found {
	pps_uuid id;
	pps_dataset_failure failure;
} pps_failure_found;

typedef struct pps_failures_found {
	pps_failure_found *at;
	size_t n, cap;
} pps_failures_found;
static inline void pps_failures_found_clear(pps_failures_found *found)
{
	free(found->at);
}

/* Adds those of the datasets @ids; their texts are of @texts. */
int pps_dataset_failures_read(pps_sql *sql, const pps_uuid *ids, size_t n, pps_arena *texts, pps_failures_found *into, pps_error **err);
/* The first of one dataset, by ordinal, and how many there are; NULL: none. */
const pps_failure_found *pps_dataset_failures_of(const pps_failures_found *found, const pps_uuid *id, size_t *ret_n);

/* Those of one dataset while it changes. */
typedef struct pps_failures {
	pps_dataset_failure *at;
	size_t n, cap;
	int is_changed;
} pps_failures;

/* One more; texts are borrowed. */
int pps_dataset_failures_add(pps_failures *self, int ordinal, int64_t at, int code, const char *error, int64_t not_before, pps_error **err);
/* Drops those of the repositories that have a bit in @ordinals; @only_waiting: but not what is only a remark. */
void pps_dataset_failures_forget(pps_failures *self, uint32_t ordinals, int only_waiting);
/* In a transaction: @failures are all that these datasets have from now on. */
int pps_dataset_failures_write(pps_sql *sql, const pps_uuid *ids, const pps_failures *const *failures, size_t n, pps_error **err);

/* In a transaction: writes places, sorted; @conflict: what becomes of those that are there. */
int pps_records_write(pps_sql *sql, pps_record_place *places, size_t n, const char *conflict, pps_error **err);
/* In the transaction that registers @rows: notes their records for @targets (NULL: none). */
int pps_records_note(pps_sql *sql, const pps_dataset_row *const *rows, size_t n, const pps_record_targets *targets, pps_error **err);

#endif
