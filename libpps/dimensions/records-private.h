/* SPDX-License-Identifier: BSD-3-Clause */
/* What records.c and dimensions.c tell each other. */
#ifndef PPS_DIMENSIONS_RECORDS_PRIVATE_H
#define PPS_DIMENSIONS_RECORDS_PRIVATE_H

#include "dimensions/records.h"

pps_records *pps_records_new(pps_dimensions *dims, const pps_element *element); /* NULL: memory is out */
void pps_records_free(pps_records *records);

/* Takes @bytes from what the set may hold. */
int pps_dimensions_charge(pps_dimensions *dims, size_t bytes, pps_error **err);

#endif
