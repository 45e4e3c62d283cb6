/* SPDX-License-Identifier: BSD-3-Clause */
/* Asking the file catalogue what it knows of many exposures, in a few requests for all of them. */
#ifndef PPS_RAW_CATALOGUE_LOOK_H
#define PPS_RAW_CATALOGUE_LOOK_H

#include "raw/catalogue.h"

/* One exposure: what should be, and after a look what is. */
typedef struct pps_catalogue_item {
	pps_catalogue want;
	pps_catalogue_plan plan;
	pps_buf why;       /* a reason for each cross */
	int is_there;      /* the catalogue knows one of its files, or its Obs dataset */
	char *copies;      /* "SLAC_RAW_DISK,IN2P3_RAW_DISK": storage elements that have all of it; "" when none */
	char *arc_backup;  /* NULL: the key is absent */
	char *safe_copies; /* NULL: the key is absent */
} pps_catalogue_item;

#define PPS_CATALOGUE_ITEM { .why = PPS_BUF(1u << 20) }
void pps_catalogue_item_clear(pps_catalogue_item *item);
#define _cleanup_catalogue_item_ _cleanup_(pps_catalogue_item_clear)

/* Looks at all of them, and decides; what an earlier look said is replaced. */
int pps_catalogue_look(pps_rucio *rucio, pps_catalogue_item *const *items, size_t n, int64_t safe_copies, pps_error **err);

#endif
