/* SPDX-License-Identifier: BSD-3-Clause */
/* The headers of a FITS file that is no file of this system, for cfitsio. */
#ifndef PPS_ARCHIVE_FITS_FETCH_H
#define PPS_ARCHIVE_FITS_FETCH_H

#include "store/store.h"

/* *ret_fd: a file in memory, as long as @file, with all headers at their places and nothing between them; to be closed. Where a header
 * cannot be understood, or does not end within bounds, what is there is taken and the rest left out: cfitsio is to judge. */
int pps_fits_fetch(pps_store_file *file, int *ret_fd, pps_error **err);

/* How far the HDU that begins with this header reaches, header included; 0: its header does not end here; UINT64_MAX: it makes no sense.
 * Pure. */
uint64_t pps_fits_hdu_size(const char *header, size_t size);

#endif
