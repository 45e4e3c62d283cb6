/* SPDX-License-Identifier: BSD-3-Clause */
/* Does the ETag of an object say what is in it? One that was put whole has the MD5 of its bytes; one that was put in N parts the MD5 of
 * their MD5s and "-N". */
#ifndef PPS_STORE_ETAG_H
#define PPS_STORE_ETAG_H

#include "base/error.h"

#define PPS_ETAG_PARTS_MOST 10000
#define PPS_ETAG_GUESSES_MOST 8

typedef struct pps_etag {
	uint8_t md5[16];
	size_t parts; /* 0: put whole */
} pps_etag;

/* 1, or 0 for what is neither. */
int pps_etag_parse(const char *text, pps_etag *ret_etag);
/* The part sizes in use that cut @size bytes in so many parts, the likeliest first; their number. */
size_t pps_etag_part_sizes(uint64_t size, size_t parts, uint64_t ret_sizes[PPS_ETAG_GUESSES_MOST]);

/* The content of @size bytes, as it is read, beside an ETag. */
typedef struct pps_etag_match pps_etag_match;
int pps_etag_match_new(const pps_etag *etag, uint64_t size, pps_etag_match **ret_match, pps_error **err);
int pps_etag_match_update(pps_etag_match *match, const void *bytes, size_t size, pps_error **err);
/* 1: it is that content; 0: it is another, or was put in other parts, or its ETag is no digest: only its bytes can tell. */
int pps_etag_match_finish(pps_etag_match *match, pps_error **err);
void pps_etag_match_free(pps_etag_match *match);
PPS_DEFINE_CLEANUP(pps_etag_match, pps_etag_match_free)

#endif
