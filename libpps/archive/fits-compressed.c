/* SPDX-License-Identifier: BSD-3-Clause */
/* Tile-compressed images are tables on disk; their header is shown as the image's: structural and compression keywords of the table go,
 * the image's own, kept under names with a Z, come back. */
#include <ctype.h>
#include <string.h>

#include "archive/fits-header.h"

static const char *const structural[] = { "SIMPLE", "XTENSION", "BITPIX", "NAXIS",  "EXTEND", "PCOUNT",
					  "GCOUNT", "GROUPS",	"BSCALE", "BZERO", "TFIELDS" };

/* With a number after them, in every card. */
static const char *const numbered[] = { "TTYPE", "TFORM", "TUNIT", "TNULL", "TSCAL", "TZERO", "TDISP",	"TBCOL",  "TDIM", "TCTYP",
					"TCUNI", "TCRPX", "TCRVL", "TCDLT", "TRPOS", "ZNAXIS", "ZTILE", "ZNAME", "ZVAL" };

static const char *const compression[] = { "TFIELDS",  "THEAP",   "ZSIMPLE", "ZTENSION", "ZBITPIX",  "ZEXTEND", "ZBLOCKED",
					   "ZPCOUNT",  "ZGCOUNT", "ZHECKSUM", "ZDATASUM", "ZIMAGE",   "ZCMPTYPE", "ZMASKCMP",
					   "ZQUANTIZ", "ZDITHER0", "ZBLANK",  "ZSCALE",	  "ZZERO",    "CHECKSUM", "DATASUM",
					   "ZNAXIS",   "ZTILE",   "ZNAME",   "ZVAL" };

static int is_numbered(const char *id, const char *label, int number_may_lack)
{
	size_t n = strlen(label);

	if (strncmp(id, label, n) != 0)
		return 0;
	id += n;
	if (!*id)
		return number_may_lack;
	if (*id < '1' || *id > '9')
		return 0;
	while (isdigit((unsigned char)*id) || *id == ' ')
		id++;
	return !*id;
}

static int is_reserved(const char *id)
{
	for (size_t i = 0; i < PPS_COUNT(compression); i++)
		if (strcmp(id, compression[i]) == 0)
			return 1;
	for (size_t i = 0; i < PPS_COUNT(numbered); i++)
		if (is_numbered(id, numbered[i], 0))
			return 1;
	return 0;
}

static int64_t number_of(const pps_fits_header *h, const char *id, int64_t otherwise)
{
	const pps_fits_card *card = pps_fits_header_get(h, id);

	return card && card->value.kind == PPS_FITS_INT ? strtoll(card->value.text, NULL, 10) : otherwise;
}

/* Removes what describes the table, once for each keyword. */
static void strip_table(pps_fits_header *h)
{
	int64_t naxis = number_of(h, "NAXIS", 0);
	char id[32];

	for (int64_t i = 1; i <= naxis && i < 1000; i++) {
		snprintf(id, sizeof id, "NAXIS%lld", (long long)i);
		pps_fits_header_remove(h, id, 0);
	}
	for (size_t i = 0; i < PPS_COUNT(structural); i++)
		pps_fits_header_remove(h, structural[i], 0);
}

/* Copies the value of @from in @table to @to in @h. Return: 1 when it is there. */
static int carry(const pps_fits_header *table, const char *from, pps_fits_header *h, const char *to, pps_error **err)
{
	const pps_fits_card *card = pps_fits_header_get(table, from);
	pps_fits_value v;
	int r;

	if (!card)
		return 0;
	if (pps_fits_value_copy(&card->value, &v) < 0)
		return pps_fail_nomem(err);
	r = pps_fits_header_set(h, to, &v, err);
	return r < 0 ? r : 1;
}

static int set_literal(pps_fits_header *h, const char *id, int kind, const char *text, pps_error **err)
{
	pps_fits_value v = { .kind = kind, .text = strdup(text) };

	return v.text ? pps_fits_header_set(h, id, &v, err) : pps_fail_nomem(err);
}

static int is_zero(const pps_fits_value *v)
{
	return v->kind == PPS_FITS_FLOAT ? v->number == 0 : v->kind == PPS_FITS_INT && strcmp(v->text, "0") == 0;
}

/* Scaling that is zero, or not there, is left out. */
static int carry_scale(const pps_fits_header *table, pps_fits_header *h, const char *id, pps_error **err)
{
	const pps_fits_card *card = pps_fits_header_get(table, id);

	return card && !is_zero(&card->value) ? carry(table, id, h, id, err) : 0;
}

static int set_shape(const pps_fits_header *table, pps_fits_header *h, pps_error **err)
{
	int64_t naxis = number_of(table, "ZNAXIS", 0);
	char from[32];
	int r;

	if ((r = carry(table, "ZBITPIX", h, "BITPIX", err)) < 0 || (r = carry(table, "ZNAXIS", h, "NAXIS", err)) < 0)
		return r;
	for (int64_t i = 1; i <= naxis && i < 1000; i++) {
		snprintf(from, sizeof from, "ZNAXIS%lld", (long long)i);
		if ((r = carry(table, from, h, from + 1, err)) < 0)
			return r;
	}
	return PPS_OK;
}

/* BITPIX > 0 and pixels without a value: from the table, else the least number there is. */
static int set_blank(const pps_fits_header *table, pps_fits_header *h, pps_error **err)
{
	int64_t bitpix = number_of(h, "BITPIX", 0), fields = number_of(table, "TFIELDS", 0);
	char id[32], text[32];
	int r;

	if (bitpix <= 0 || bitpix > 64 || pps_fits_header_get(h, "BLANK"))
		return PPS_OK;
	if ((r = carry(table, "ZBLANK", h, "BLANK", err)) != 0)
		return r < 0 ? r : PPS_OK;
	for (int64_t i = 1; i <= fields && i < 1000; i++) {
		const pps_fits_card *card;

		snprintf(id, sizeof id, "TTYPE%lld", (long long)i);
		card = pps_fits_header_get(table, id);
		if (card && card->value.kind == PPS_FITS_TEXT && strcmp(card->value.text, "ZBLANK") == 0) {
			snprintf(text, sizeof text, "-%llu", 1ull << (bitpix - 1));
			return set_literal(h, "BLANK", PPS_FITS_INT, text, err);
		}
	}
	return PPS_OK;
}

static int copy_header(const pps_fits_header *from, pps_fits_header *to, pps_error **err)
{
	for (size_t i = 0; i < from->n; i++) {
		pps_fits_card *c;

		if (pps_grow(&to->cards, &to->cap, to->n, sizeof *c) < 0)
			return pps_fail_nomem(err);
		c = &to->cards[to->n++];
		*c = (pps_fits_card){ .key = strdup(from->cards[i].key), .id = strdup(from->cards[i].id) };
		if (!c->key || !c->id || pps_fits_value_copy(&from->cards[i].value, &c->value) < 0)
			return pps_fail_nomem(err);
	}
	return PPS_OK;
}

/* Puts the cards of @rest behind those of @front, which count where both have one. Empties @rest. */
static int put_behind(pps_fits_header *front, pps_fits_header *rest, pps_error **err)
{
	for (size_t i = 0; i < front->n; i++)
		pps_fits_header_remove(rest, front->cards[i].id, 0);
	for (size_t i = 0; i < rest->n; i++) {
		if (pps_grow(&front->cards, &front->cap, front->n, sizeof *front->cards) < 0)
			return pps_fail_nomem(err);
		front->cards[front->n++] = rest->cards[i];
		rest->cards[i] = (pps_fits_card){ 0 };
	}
	pps_fits_header_clear(rest);
	return PPS_OK;
}

/* What the standard wants first. */
static int make_front(const pps_fits_header *table, pps_fits_header *front, pps_error **err)
{
	int simple, r;

	if ((r = simple = carry(table, "ZSIMPLE", front, "SIMPLE", err)) < 0 ||
	    (!simple && (r = set_literal(front, "XTENSION", PPS_FITS_TEXT, "IMAGE", err)) < 0) ||
	    (r = set_shape(table, front, err)) < 0 || simple)
		return r;
	if ((r = carry(table, "ZPCOUNT", front, "PCOUNT", err)) == 0)
		r = set_literal(front, "PCOUNT", PPS_FITS_INT, "0", err);
	if (r >= 0 && (r = carry(table, "ZGCOUNT", front, "GCOUNT", err)) == 0)
		r = set_literal(front, "GCOUNT", PPS_FITS_INT, "1", err);
	return r;
}

static void drop_axes(pps_fits_header *h, int64_t naxis)
{
	size_t kept = 0;

	for (size_t i = 0; i < h->n; i++) {
		if (is_numbered(h->cards[i].id, "NAXIS", 0) && strtoll(h->cards[i].id + 5, NULL, 10) > naxis)
			pps_fits_card_clear(&h->cards[i]);
		else
			h->cards[kept++] = h->cards[i];
	}
	h->n = kept;
}

/* @front: empty; becomes the image's header. @h: a copy of the table's, emptied. */
static int convert(const pps_fits_header *table, pps_fits_header *h, pps_fits_header *front, pps_error **err)
{
	static const char *const back[][2] = {
		{ "ZEXTEND", "EXTEND" }, { "ZBLOCKED", "BLOCKED" }, { "ZHECKSUM", "CHECKSUM" }, { "ZDATASUM", "DATASUM" }
	};
	const pps_fits_card *card;
	int r;

	strip_table(h);
	for (size_t i = h->n; i-- > 0;)
		if (is_reserved(h->cards[i].id)) {
			pps_fits_card_clear(&h->cards[i]);
			memmove(&h->cards[i], &h->cards[i + 1], (--h->n - i) * sizeof *h->cards);
		}
	drop_axes(h, number_of(table, "ZNAXIS", 0));
	if ((r = carry_scale(table, h, "BSCALE", err)) < 0 || (r = carry_scale(table, h, "BZERO", err)) < 0 ||
	    (r = make_front(table, front, err)) < 0 || (r = put_behind(front, h, err)) < 0)
		return r;
	h = front;
	for (size_t i = 0; i < PPS_COUNT(back); i++)
		if ((r = carry(table, back[i][0], h, back[i][1], err)) < 0)
			return r;
	card = pps_fits_header_get(h, "EXTNAME");
	if (card && card->value.kind == PPS_FITS_TEXT && strcmp(card->value.text, "COMPRESSED_IMAGE") == 0)
		pps_fits_header_remove(h, "EXTNAME", 0);
	return set_blank(table, h, err);
}

int pps_fits_header_uncompress(pps_fits_header *header, pps_error **err)
{
	pps_fits_header rest = { 0 }, image = { 0 };
	int r;

	if ((r = copy_header(header, &rest, err)) < 0 || (r = convert(header, &rest, &image, err)) < 0) {
		pps_fits_header_clear(&rest);
		pps_fits_header_clear(&image);
		return r;
	}
	pps_fits_header_clear(header);
	*header = image;
	return PPS_OK;
}
