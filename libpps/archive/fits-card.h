/* SPDX-License-Identifier: BSD-3-Clause */
/* One keyword of a FITS header and its value, read as astropy reads them: lenient about spaces and case, with CONTINUE, HIERARCH and
 * record-valued cards ("DP1 = 'AXIS.1: 2'" is the number DP1.AXIS.1). */
#ifndef PPS_ARCHIVE_FITS_CARD_H
#define PPS_ARCHIVE_FITS_CARD_H

#include "base/buf.h"
#include "base/error.h"

#define PPS_FITS_CARD 80

enum { PPS_FITS_UNDEFINED, PPS_FITS_BOOL, PPS_FITS_INT, PPS_FITS_FLOAT, PPS_FITS_TEXT };

typedef struct pps_fits_value {
	int kind;
	int truth;     /* BOOL */
	double number; /* FLOAT */
	char *text;    /* TEXT; INT: decimal digits with a minus sign, of any length */
} pps_fits_value;

typedef struct pps_fits_card {
	char *key; /* "" for comments, history and blank cards: they have no value here */
	char *id;  /* what makes keys equal: upper case */
	pps_fits_value value;
} pps_fits_card;

/* @image: the card and the CONTINUE cards that follow it, 80 bytes each. A value that cannot be read is taken as text. */
int pps_fits_card_parse(const char *image, size_t size, pps_fits_card *ret_card, pps_error **err);
void pps_fits_card_clear(pps_fits_card *card);

void pps_fits_value_clear(pps_fits_value *value);
int pps_fits_value_copy(const pps_fits_value *from, pps_fits_value *to);
/* Equal as Python sees it: True == 1 == 1.0; NaN is not equal to itself. */
int pps_fits_value_equal(const pps_fits_value *a, const pps_fits_value *b);
/* As json.dumps writes it. */
void pps_fits_value_write(const pps_fits_value *value, pps_buf *out);

#endif
