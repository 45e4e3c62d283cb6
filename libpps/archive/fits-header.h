/* SPDX-License-Identifier: BSD-3-Clause */
/* A header of a FITS file: its cards in order, comments left out. */
#ifndef PPS_ARCHIVE_FITS_HEADER_H
#define PPS_ARCHIVE_FITS_HEADER_H

#include "archive/fits-card.h"
#include "archive/reader.h"
#include "store/store.h"

typedef struct pps_fits_header {
	pps_fits_card *cards;
	size_t n, cap;
} pps_fits_header;

void pps_fits_header_clear(pps_fits_header *header);

/* Reads the primary header and lays that of another HDU over it, as pps_fits_index_new() says. With @check every HDU is visited and the
 * file must be as long as its headers say. PPS_E_FORMAT with the reason. */
int pps_fits_header_read(pps_store *store, const char *name, int hdu, int check, pps_fits_header *ret_header, pps_error **err);

int pps_fits_header_walk(const pps_reader *from, int hdu, int check, pps_fits_header *ret_header, pps_error **err);

/* How far the HDU that begins with this header reaches, header included; 0: its header does not end here; UINT64_MAX: it makes no sense.
 * Pure. */
uint64_t pps_fits_hdu_size(const char *header, size_t size);

/* The first card with this id, or NULL. */
pps_fits_card *pps_fits_header_get(const pps_fits_header *header, const char *id);
/* Removes the first card with this id, or all. */
void pps_fits_header_remove(pps_fits_header *header, const char *id, int all);
/* Takes @value: sets the first card with this id, else appends one. */
int pps_fits_header_set(pps_fits_header *header, const char *id, pps_fits_value *value, pps_error **err);
/* Lays @over over @header: values of keys that both have are replaced, other cards are appended. Empties @over. */
int pps_fits_header_overlay(pps_fits_header *header, pps_fits_header *over, pps_error **err);
/* The header of the image in a compressed image's table, from the table's. */
int pps_fits_header_uncompress(pps_fits_header *header, pps_error **err);

#endif
