/* SPDX-License-Identifier: BSD-3-Clause */
/* Values of FITS keywords, as Python compares and writes them. */
#include <math.h>
#include <string.h>

#include "archive/fits-card.h"
#include "archive/json-text.h"
#include "base/codec.h"

void pps_fits_value_clear(pps_fits_value *value)
{
	free(value->text);
	*value = (pps_fits_value){ 0 };
}

int pps_fits_value_copy(const pps_fits_value *from, pps_fits_value *to)
{
	*to = *from;
	if (from->text && !(to->text = strdup(from->text)))
		return -1;
	return 0;
}

static int is_number(const pps_fits_value *v)
{
	return v->kind == PPS_FITS_BOOL || v->kind == PPS_FITS_INT || v->kind == PPS_FITS_FLOAT;
}

/* The exact decimal digits of an integral number; NULL when it has a fraction, or is not finite. */
static const char *digits_of(const pps_fits_value *v, char buf[400])
{
	if (v->kind == PPS_FITS_INT)
		return v->text;
	if (v->kind == PPS_FITS_BOOL)
		return v->truth ? "1" : "0";
	if (!isfinite(v->number) || v->number != trunc(v->number))
		return NULL;
	snprintf(buf, 400, "%.0f", v->number == 0 ? 0.0 : v->number);
	return buf;
}

int pps_fits_value_equal(const pps_fits_value *a, const pps_fits_value *b)
{
	if (is_number(a) && is_number(b)) {
		char x[400], y[400];
		const char *p, *q;

		if (a->kind == PPS_FITS_FLOAT && b->kind == PPS_FITS_FLOAT)
			return a->number == b->number;
		p = digits_of(a, x);
		q = digits_of(b, y);
		return p && q && strcmp(p, q) == 0;
	}
	if (a->kind != b->kind)
		return 0;
	return a->kind == PPS_FITS_UNDEFINED || strcmp(a->text, b->text) == 0;
}

void pps_fits_value_write(const pps_fits_value *value, pps_buf *out)
{
	char buf[32];

	switch (value->kind) {
	case PPS_FITS_BOOL:
		pps_buf_add_text(out, value->truth ? "true" : "false");
		break;
	case PPS_FITS_INT:
		pps_buf_add_text(out, value->text);
		break;
	case PPS_FITS_FLOAT:
		if (isfinite(value->number)) {
			pps_float_repr(value->number, buf);
			pps_buf_add_text(out, buf);
		} else {
			pps_buf_add_text(out, isnan(value->number) ? "NaN" : value->number > 0 ? "Infinity" : "-Infinity");
		}
		break;
	case PPS_FITS_TEXT:
		pps_json_add_string(out, value->text, strlen(value->text), PPS_JSON_ASCII);
		break;
	default:
		pps_buf_add_text(out, "null");
	}
}
