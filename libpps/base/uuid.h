/* SPDX-License-Identifier: BSD-3-Clause */
/* UUIDs (RFC 9562) as 16 bytes. */
#ifndef PPS_BASE_UUID_H
#define PPS_BASE_UUID_H

#include "base/error.h"

typedef struct pps_uuid {
	uint8_t bytes[16];
} pps_uuid;

/* For qsort() and bsearch(): in the order of their bytes. */
int pps_uuid_compare(const void *a, const void *b);
/* Sorts them and leaves each once; how many there are then. */
size_t pps_uuid_sort(pps_uuid *uuids, size_t n);

/* Accepts 36 characters with dashes or 32 without, upper or lower case. */
int pps_uuid_parse(const char *text, pps_uuid *ret_uuid, pps_error **err);
/* What a caller names by texts, in their order; PPS_E_ARG: one is none. */
int pps_uuids_parse(const char *const *texts, size_t n, pps_uuid **ret_uuids, pps_error **err);
void pps_uuid_format(const pps_uuid *uuid, char out[37]); /* with dashes, lowercase */
void pps_uuid_hex(const pps_uuid *uuid, char out[33]);    /* without */
/* Version 5: SHA-1 of the namespace and the name. */
void pps_uuid_v5(const pps_uuid *space, const char *name, pps_uuid *ret_uuid);
/* Version 4: random bits. */
int pps_uuid_v4(pps_uuid *ret_uuid, pps_error **err);

#endif
