/* SPDX-License-Identifier: BSD-3-Clause */
/* The tags of one chunk of datasets, for what changes several collections or more in one transaction. */
#ifndef PPS_BUTLER_TAG_PRIVATE_H
#define PPS_BUTLER_TAG_PRIVATE_H

#include "butler/butler-private.h"
#include "butler/tag.h"

/* A table of tags: one for each set of dimensions. */
typedef struct pps_tags_table {
	const char *name;
	const char **dimensions; /* required ones */
	size_t ndimensions, cap;
} pps_tags_table;

typedef struct pps_tags_tables {
	pps_tags_table *at; /* sorted by name: the order of locks */
	size_t n, cap;
	pps_arena *arena;
} pps_tags_tables;

void pps_tags_tables_clear(pps_tags_tables *tables);

/* Those that hold tags of these datasets. */
int pps_tags_tables_of(pps_butler *butler, const pps_uuid *ids, size_t n, pps_tags_tables *ret, pps_error **err);

/* The id of a TAGGED collection. */
int pps_tagged_id(pps_butler *butler, const char *collection, int64_t *ret_id, pps_error **err);

/* One chunk, in a transaction that is open; @report is added to. */
int pps_tags_add(pps_butler *butler, int64_t collection, const pps_tags_tables *tables, const pps_uuid *ids, size_t n, int rule,
		 pps_tag_report *report, pps_error **err);
int pps_tags_drop(pps_butler *butler, int64_t collection, const pps_tags_tables *tables, const pps_uuid *ids, size_t n, pps_tag_report *report,
		  pps_error **err);
/* Those that are in @from, if the places of all of them are free in @to; else none is moved. */
int pps_tags_move(pps_butler *butler, int64_t from, int64_t to, const pps_tags_tables *tables, const pps_uuid *ids, size_t n, int64_t *ret_moved,
		  pps_error **err);

int pps_tag_report_add(pps_tag_report *to, const pps_tag_report *from, pps_error **err);

#endif
