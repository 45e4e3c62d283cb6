/* SPDX-License-Identifier: BSD-3-Clause */
/* Walks through the HDUs of a FITS file: headers are blocks of cards, and say how many bytes follow. It reads little more than the headers,
 * from wherever the bytes are: a folder, a server, or buffers. */
#include <string.h>

#include "archive/fits-header.h"

#define CARDS_MOST 100000
#define HDUS_MOST 10000
#define AXES_MOST 999
#define BLOCK 2880
#define WINDOW ((size_t)8 * BLOCK)

/* What a header says of the bytes that follow it. */
typedef struct shape {
	int64_t bitpix, naxis, pcount, gcount;
	int has_bitpix, has_naxis, is_groups;
	int64_t first_axis;
	int axes;
	uint64_t elements; /* product of the axes so far */
	int overflows;
} shape;

typedef struct hdu {
	int number;
	uint64_t at, next;
} hdu;

typedef struct walk {
	const pps_reader *from;
	uint64_t window_at;
	size_t window_size;
	char window[WINDOW];
} walk;

static int add_card(pps_fits_header *header, const char *image, size_t size, pps_error **err)
{
	pps_fits_card card;
	int r;

	if ((r = pps_fits_card_parse(image, size, &card, err)) < 0)
		return r;
	if (!*card.key) {
		pps_fits_card_clear(&card);
		return PPS_OK;
	}
	if (pps_grow(&header->cards, &header->cap, header->n, sizeof card) < 0) {
		pps_fits_card_clear(&card);
		return pps_fail_nomem(err);
	}
	header->cards[header->n++] = card;
	return PPS_OK;
}

/* One card, padded; bytes that are not ASCII become '?', as astropy does. */
static void pad(const char *record, char image[PPS_FITS_CARD])
{
	size_t n = strnlen(record, PPS_FITS_CARD);

	memset(image, ' ', PPS_FITS_CARD);
	for (size_t i = 0; i < n; i++)
		image[i] = record[i] & 0x80 ? '?' : record[i];
}

/* A block of the file, borrowed until the next. */
static int block_at(walk *w, uint64_t at, const char **ret_block, pps_error **err)
{
	int r;

	if (at < w->window_at || at + BLOCK > w->window_at + w->window_size) {
		uint64_t left = w->from->size - at;

		w->window_size = 0;
		w->window_at = at;
		if ((r = w->from->read(w->from->user, at, w->window, left < WINDOW ? (size_t)left : WINDOW, err)) < 0)
			return r;
		w->window_size = left < WINDOW ? (size_t)left : WINDOW;
	}
	*ret_block = w->window + (at - w->window_at);
	return PPS_OK;
}

/* An integer of a card in its usual place: behind "KEYWORD = ", up to a blank or a comment. */
static int integer_of(const char *card, int64_t *ret)
{
	char text[24];
	size_t n = 0, i = 9;
	char *end;

	if (card[8] != '=')
		return 0;
	while (i < PPS_FITS_CARD && card[i] == ' ')
		i++;
	while (i < PPS_FITS_CARD && card[i] != ' ' && card[i] != '/' && n < sizeof text - 1)
		text[n++] = card[i++];
	text[n] = 0;
	*ret = strtoll(text, &end, 10);
	return n && !*end;
}

static void multiply(shape *s, int64_t factor)
{
	if (factor < 0 || __builtin_mul_overflow(s->elements, (uint64_t)factor, &s->elements))
		s->overflows = 1;
}

/* Takes note of a card that says something of the shape; the first of its name counts. */
static void note_shape(shape *s, const char *card)
{
	int64_t v = 0, axis;
	char *end;

	if (memcmp(card, "BITPIX  ", 8) == 0 && !s->has_bitpix) {
		s->has_bitpix = integer_of(card, &s->bitpix);
	} else if (memcmp(card, "NAXIS   ", 8) == 0 && !s->has_naxis) {
		s->has_naxis = integer_of(card, &s->naxis);
	} else if (memcmp(card, "NAXIS", 5) == 0 && card[5] >= '1' && card[5] <= '9') {
		axis = strtol(card + 5, &end, 10);
		if (axis != s->axes + 1 || axis > s->naxis || !integer_of(card, &v))
			return;
		s->axes++;
		if (axis == 1)
			s->first_axis = v;
		else
			multiply(s, v);
	} else if (memcmp(card, "PCOUNT  ", 8) == 0) {
		integer_of(card, &s->pcount);
	} else if (memcmp(card, "GCOUNT  ", 8) == 0) {
		integer_of(card, &s->gcount);
	} else if (memcmp(card, "GROUPS  ", 8) == 0) {
		s->is_groups = card[8] == '=' && memchr(card + 9, 'T', 21) != NULL;
	}
}

/* The bytes that follow the header; -1 when it does not say. */
static int body_size(shape *s, uint64_t *ret)
{
	static const int64_t kinds[] = { 8, 16, 32, 64, -32, -64 };
	int known = 0;
	uint64_t size;

	for (size_t i = 0; i < PPS_COUNT(kinds); i++)
		known |= s->bitpix == kinds[i];
	if (!s->has_bitpix || !known || !s->has_naxis || s->naxis < 0 || s->naxis > AXES_MOST || s->axes != s->naxis || s->pcount < 0 ||
	    s->gcount < 0)
		return -1;
	if (s->naxis && !(s->is_groups && s->first_axis == 0))
		multiply(s, s->first_axis);
	if (s->overflows)
		return -1;
	size = s->naxis ? s->elements : 0;
	if (__builtin_add_overflow(size, s->naxis ? (uint64_t)s->pcount : 0, &size) ||
	    __builtin_mul_overflow(size, (uint64_t)s->gcount, &size) ||
	    __builtin_mul_overflow(size, (uint64_t)(s->bitpix < 0 ? -s->bitpix : s->bitpix) / 8, &size) || size > INT64_MAX / 2)
		return -1;
	*ret = size;
	return 0;
}

/* Cards as they are read: each with the CONTINUE cards after it. */
static int take_card(const char *card, pps_buf *logical, pps_fits_header *header, pps_error **err)
{
	char image[PPS_FITS_CARD];
	int r;

	pad(card, image);
	if (logical->size && memcmp(image, "CONTINUE", 8) != 0) {
		if ((r = add_card(header, logical->at, logical->size, err)) < 0)
			return r;
		pps_buf_truncate(logical, 0);
	}
	pps_buf_add(logical, image, sizeof image);
	return pps_buf_check(logical, "header", err);
}

static int is_end(const char *card)
{
	static const char blank[PPS_FITS_CARD - 3] = "                                                                             ";

	return memcmp(card, "END", 3) == 0 && memcmp(card + 3, blank, sizeof blank) == 0;
}

static int cut_short(const walk *w, int number, pps_error **err)
{
	return pps_fail(err, PPS_E_FORMAT, "%s: is cut short: the header of HDU %d does not end before the file does, at byte %llu", w->from->path,
			number, (unsigned long long)w->from->size);
}

/* Reads the header at @at. @header: NULL, or where its cards go. */
static int read_header(walk *w, int number, uint64_t at, pps_fits_header *header, hdu *ret, pps_error **err)
{
	_cleanup_buf_ pps_buf logical = PPS_BUF((size_t)CARDS_MOST * PPS_FITS_CARD);
	shape s = { .gcount = 1, .elements = 1 };
	uint64_t end = at, body;
	int ended = 0, r;
	const char *block;

	for (int cards = 0; !ended; end += BLOCK) {
		if (end + BLOCK > w->from->size)
			return cut_short(w, number, err);
		if ((r = block_at(w, end, &block, err)) < 0)
			return r;
		for (int i = 0; i < BLOCK / PPS_FITS_CARD && !ended; i++, cards++) {
			const char *card = block + i * PPS_FITS_CARD;

			if ((ended = is_end(card)))
				break;
			note_shape(&s, card);
			if (header && (r = take_card(card, &logical, header, err)) < 0)
				return r;
		}
		if (cards > CARDS_MOST)
			return pps_fail(err, PPS_E_FORMAT, "%s: HDU %d: more than %d keywords", w->from->path, number, CARDS_MOST);
	}
	if (logical.size && (r = add_card(header, logical.at, logical.size, err)) < 0)
		return r;
	if (body_size(&s, &body) < 0)
		return pps_fail(err, PPS_E_FORMAT, "%s: HDU %d: its header does not say how large its data are (BITPIX, NAXIS ...)", w->from->path,
				number);
	*ret = (hdu){ .number = number, .at = at, .next = end + (body + BLOCK - 1) / BLOCK * BLOCK };
	return PPS_OK;
}

uint64_t pps_fits_hdu_size(const char *header, size_t size)
{
	shape s = { .gcount = 1, .elements = 1 };
	uint64_t body;

	for (size_t at = 0; at + PPS_FITS_CARD <= size; at += PPS_FITS_CARD) {
		if (!is_end(header + at)) {
			note_shape(&s, header + at);
			continue;
		}
		return body_size(&s, &body) < 0 ? UINT64_MAX : (at / BLOCK + 1) * BLOCK + (body + BLOCK - 1) / BLOCK * BLOCK;
	}
	return 0;
}

/* 1 when another HDU follows. */
static int has_next(walk *w, const hdu *h, pps_error **err)
{
	const char *block;
	int r;

	if (h->next > w->from->size || w->from->size - h->next < BLOCK)
		return 0;
	if ((r = block_at(w, h->next, &block, err)) < 0)
		return r;
	return memcmp(block, "XTENSION", 8) == 0;
}

static int is_true(const pps_fits_card *card)
{
	if (!card)
		return 0;
	switch (card->value.kind) {
	case PPS_FITS_BOOL:
		return card->value.truth;
	case PPS_FITS_INT:
		return strcmp(card->value.text, "0") != 0;
	case PPS_FITS_FLOAT:
		return card->value.number != 0;
	case PPS_FITS_TEXT:
		return *card->value.text != 0;
	default:
		return 0;
	}
}

static int is_compressed(const pps_fits_header *h)
{
	const pps_fits_card *type = pps_fits_header_get(h, "XTENSION");

	return type && type->value.kind == PPS_FITS_TEXT &&
	       (strcmp(type->value.text, "BINTABLE") == 0 || strcmp(type->value.text, "A3DTABLE") == 0) &&
	       is_true(pps_fits_header_get(h, "ZIMAGE"));
}

/* Lays the header of HDU @wanted over what is there; a file that has no such HDU is left as it is. */
static int overlay(walk *w, const hdu *first, int wanted, pps_fits_header *header, pps_error **err)
{
	pps_fits_header over = { 0 };
	hdu h = *first;
	int r = PPS_OK, more;

	while (h.number < wanted) {
		_cleanup_(pps_error_freep) pps_error *broken = NULL;

		pps_fits_header_clear(&over);
		if ((more = has_next(w, &h, err)) <= 0)
			return more;
		if ((r = read_header(w, h.number + 1, h.next, h.number + 1 == wanted ? &over : NULL, &h, &broken)) == PPS_E_FORMAT) {
			pps_fits_header_clear(&over);
			return PPS_OK;
		}
		if (r < 0) {
			pps_fits_header_clear(&over);
			pps_error_move(err, TAKE_PTR(broken));
			return r;
		}
	}
	if (!is_compressed(&over) || (r = pps_fits_header_uncompress(&over, err)) == PPS_OK)
		r = pps_fits_header_overlay(header, &over, err);
	pps_fits_header_clear(&over);
	return r;
}

/* Where EXTEND is missing it goes behind the axes. */
static void move_behind_axes(pps_fits_header *header)
{
	pps_fits_card *naxis = pps_fits_header_get(header, "NAXIS");
	size_t at = header->n;

	if (naxis) {
		char id[32];

		if (naxis->value.kind == PPS_FITS_INT && strcmp(naxis->value.text, "0") != 0) {
			snprintf(id, sizeof id, "NAXIS%.10s", naxis->value.text);
			naxis = pps_fits_header_get(header, id) ? pps_fits_header_get(header, id) : naxis;
		}
		at = (size_t)(naxis - header->cards) + 1;
	}
	if (at < header->n - 1) {
		pps_fits_card last = header->cards[header->n - 1];

		memmove(&header->cards[at + 1], &header->cards[at], (header->n - 1 - at) * sizeof last);
		header->cards[at] = last;
	}
}

/* A primary header that other HDUs follow says EXTEND, whatever it says: as astropy shows it. */
static int set_extend(walk *w, const hdu *primary, pps_fits_header *header, pps_error **err)
{
	const pps_fits_card *card = pps_fits_header_get(header, "EXTEND");
	pps_fits_value yes = { .kind = PPS_FITS_BOOL, .truth = 1 };
	_cleanup_(pps_error_freep) pps_error *broken = NULL;
	int had = card != NULL, r;
	hdu second;

	if (is_true(card) || (r = has_next(w, primary, err)) == 0)
		return PPS_OK;
	if (r < 0)
		return r;
	if ((r = read_header(w, 1, primary->next, NULL, &second, &broken)) < 0) {
		if (r == PPS_E_FORMAT)
			return PPS_OK;
		pps_error_move(err, TAKE_PTR(broken));
		return r;
	}
	if ((r = pps_fits_header_set(header, "EXTEND", &yes, err)) < 0)
		return r;
	if (!had)
		move_behind_axes(header);
	return PPS_OK;
}

/* Zeros after the last HDU, in whole blocks, are padding. */
static int check_rest(walk *w, uint64_t at, pps_error **err)
{
	uint64_t size = w->from->size;
	int bad = (size - at) % BLOCK != 0, r;

	for (uint64_t end = at; !bad && end < size; end += BLOCK) {
		const char *block;

		if ((r = block_at(w, end, &block, err)) < 0)
			return r;
		for (size_t i = 0; i < BLOCK; i++)
			bad |= block[i];
	}
	return bad ? pps_fail(err, PPS_E_FORMAT, "%s: %llu bytes follow the last HDU", w->from->path, (unsigned long long)(size - at)) : PPS_OK;
}

/* Visits every HDU: each must lie in the file. */
static int check_size(walk *w, const hdu *primary, pps_error **err)
{
	hdu h = *primary;
	int r;

	for (;;) {
		if (h.next > w->from->size)
			return pps_fail(err, PPS_E_FORMAT, "%s: is cut short: HDU %d ends at byte %llu, the file at %llu", w->from->path, h.number,
					(unsigned long long)h.next, (unsigned long long)w->from->size);
		if ((r = has_next(w, &h, err)) < 0)
			return r;
		if (!r)
			return check_rest(w, h.next, err);
		if (h.number == HDUS_MOST)
			return pps_fail(err, PPS_E_FORMAT, "%s: more than %d HDUs", w->from->path, HDUS_MOST);
		if ((r = read_header(w, h.number + 1, h.next, NULL, &h, err)) < 0)
			return r;
	}
}

static int check_start(walk *w, pps_error **err)
{
	static const char start[] = "SIMPLE  =";
	char have[sizeof start - 1];
	int r;

	if (w->from->size >= sizeof have) {
		if ((r = w->from->read(w->from->user, 0, have, sizeof have, err)) < 0)
			return r;
		if (memcmp(have, start, sizeof have) == 0)
			return PPS_OK;
	}
	return pps_fail(err, PPS_E_FORMAT, "%s: is no FITS file: it does not begin with SIMPLE", w->from->path);
}

int pps_fits_header_walk(const pps_reader *from, int wanted, int check, pps_fits_header *ret_header, pps_error **err)
{
	_cleanup_(pps_fits_header_clear) pps_fits_header header = { 0 };
	_cleanup_free_ walk *w = malloc(sizeof *w);
	hdu primary;
	int r;

	if (!w)
		return pps_fail_nomem(err);
	w->from = from;
	w->window_at = w->window_size = 0;
	if ((r = check_start(w, err)) < 0 || (r = read_header(w, 0, 0, &header, &primary, err)) < 0 ||
	    (r = set_extend(w, &primary, &header, err)) < 0 || (check && (r = check_size(w, &primary, err)) < 0))
		return r;
	if (wanted < 0)
		wanted = is_true(pps_fits_header_get(&header, "EXTEND"));
	if (wanted > 0 && (r = overlay(w, &primary, wanted, &header, err)) < 0)
		return r;
	*ret_header = header;
	header = (pps_fits_header){ 0 };
	return PPS_OK;
}

static int read_file(void *user, uint64_t offset, void *bytes, size_t size, pps_error **err)
{
	pps_store_file *file = user;
	size_t got;
	int r = pps_store_file_read(file, offset, bytes, size, &got, err);

	if (r == PPS_OK && got != size)
		return pps_fail(err, PPS_E_CONFLICT, "%s: became shorter while it was read", pps_store_file_path(file));
	return r;
}

int pps_fits_header_read(pps_store *store, const char *name, int wanted, int check, pps_fits_header *ret_header, pps_error **err)
{
	_cleanup_(pps_store_file_closep) pps_store_file *file = NULL;
	_cleanup_(pps_fits_header_clear) pps_fits_header header = { 0 };
	pps_reader from = { .read = read_file };
	int r;

	if ((r = pps_store_file_open(store, name, &file, err)) < 0)
		return r;
	from.user = file;
	from.size = pps_store_file_stat(file)->size;
	from.path = pps_store_file_path(file);
	if ((r = pps_fits_header_walk(&from, wanted, check, &header, err)) < 0 || (r = pps_store_file_check(file, err)) < 0)
		return r;
	*ret_header = header;
	header = (pps_fits_header){ 0 };
	return PPS_OK;
}
