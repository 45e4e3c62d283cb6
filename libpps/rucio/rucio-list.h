/* SPDX-License-Identifier: BSD-3-Clause */
/* Lists of what Rucio holds, while they are made. */
#ifndef PPS_RUCIO_RUCIO_LIST_H
#define PPS_RUCIO_RUCIO_LIST_H

#include "base/map.h"
#include "butler/arena.h"
#include "rucio/rucio.h"

struct pps_rucio_dids {
	pps_rucio_did *at;
	size_t n, cap;
	pps_arena *texts;
	pps_map *by_name; /* row + 1 of the first; NULL: not made */
};

struct pps_rucio_pairs {
	pps_rucio_pair *at;
	size_t n, cap;
	pps_arena *texts;
};

int pps_rucio_dids_new(pps_rucio_dids **ret_dids, pps_error **err);
int pps_rucio_pairs_new(pps_rucio_pairs **ret_pairs, pps_error **err);
/* Adds a row whose texts are copied. */
int pps_rucio_dids_add(pps_rucio_dids *dids, const pps_rucio_did *row, pps_error **err);
int pps_rucio_pairs_add(pps_rucio_pairs *pairs, const pps_rucio_pair *row, pps_error **err);
/* Forgets rows from @n on. */
void pps_rucio_dids_truncate(pps_rucio_dids *dids, size_t n);
void pps_rucio_pairs_truncate(pps_rucio_pairs *pairs, size_t n);
void pps_rucio_dids_sort(pps_rucio_dids *dids);
/* Makes finding fast, once all rows are there. */
int pps_rucio_dids_index(pps_rucio_dids *dids, pps_error **err);
/* Also leaves one of equal rows. */
void pps_rucio_pairs_sort(pps_rucio_pairs *pairs);

/* Rows as Rucio sends them. */
int pps_rucio_kind_of(const char *type); /* "FILE", "DATASET", "CONTAINER"; others PPS_RUCIO_NONE */
void pps_rucio_did_read(json_t *row, pps_rucio_did *ret); /* texts are the row's */
void pps_rucio_copy_digits(char *to, size_t room, const char *from); /* lowercase hexadecimal digits, as many as fit; "" for others */

#endif
