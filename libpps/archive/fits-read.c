/* SPDX-License-Identifier: BSD-3-Clause */
/* cfitsio finds the HDUs and their cards. */
#include <errno.h>
#include <fitsio.h>
#include <string.h>

#include "archive/fits-fetch.h"
#include "archive/fits-header.h"

#define CARDS_MOST 100000
#define HDUS_MOST 10000
#define BLOCK 2880

static void fits_closep(fitsfile **f)
{
	int status = 0;

	if (*f)
		fits_close_file(*f, &status);
}

/* cfitsio also calls it an array that is too big when there is no memory for an HDU's description. */
static int is_nomem(int status)
{
	return status == MEMORY_ALLOCATION || status == ARRAY_TOO_BIG;
}

static int fail_fits(const char *path, int hdu, int status, pps_error **err)
{
	char text[FLEN_STATUS];

	if (is_nomem(status)) {
		fits_clear_errmsg();
		return pps_fail_nomem(err);
	}
	fits_get_errstatus(status, text);
	fits_clear_errmsg();
	return pps_fail(err, PPS_E_FORMAT, "%s: HDU %d: %s (cfitsio %d)", path, hdu, text, status);
}

/* A file that the system would not open (memory, descriptors) is no broken FITS file. */
static int fail_open(const char *path, int status, int errnum, pps_error **err)
{
	if (status != FILE_NOT_OPENED || !errnum)
		return fail_fits(path, 0, status, err);
	fits_clear_errmsg();
	return errnum == ENOMEM ? pps_fail_nomem(err) : pps_fail_errno(err, errnum, "%s", path);
}

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

/* The cards of the current HDU, each with the CONTINUE cards after it. */
static int read_cards(fitsfile *f, const char *path, int hdu, pps_fits_header *header, pps_error **err)
{
	_cleanup_buf_ pps_buf logical = PPS_BUF((size_t)CARDS_MOST * PPS_FITS_CARD);
	char record[FLEN_CARD], image[PPS_FITS_CARD];
	int n = 0, status = 0, r;

	if (fits_get_hdrspace(f, &n, NULL, &status))
		return fail_fits(path, hdu, status, err);
	if (n > CARDS_MOST)
		return pps_fail(err, PPS_E_FORMAT, "%s: HDU %d: %d keywords are too many", path, hdu, n);
	for (int i = 1; i <= n; i++) {
		if (fits_read_record(f, i, record, &status))
			return fail_fits(path, hdu, status, err);
		pad(record, image);
		if (logical.size && memcmp(image, "CONTINUE", 8) != 0) {
			if ((r = add_card(header, logical.at, logical.size, err)) < 0)
				return r;
			pps_buf_truncate(&logical, 0);
		}
		pps_buf_add(&logical, image, sizeof image);
		if ((r = pps_buf_check(&logical, "header", err)) < 0)
			return r;
	}
	return logical.size ? add_card(header, logical.at, logical.size, err) : PPS_OK;
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

/* Lays the header of HDU @hdu (0: primary) over what is there; a file that has no such HDU is left as it is. */
static int overlay(fitsfile *f, const char *path, int hdu, pps_fits_header *header, pps_error **err)
{
	pps_fits_header over = { 0 };
	int status = 0, r;

	if (fits_movabs_hdu(f, hdu + 1, NULL, &status)) {
		fits_clear_errmsg();
		return PPS_OK;
	}
	if ((r = read_cards(f, path, hdu, &over, err)) == PPS_OK &&
	    (!is_compressed(&over) || (r = pps_fits_header_uncompress(&over, err)) == PPS_OK))
		r = pps_fits_header_overlay(header, &over, err);
	pps_fits_header_clear(&over);
	return r;
}

/* A primary header that other HDUs follow says EXTEND, whatever it says: as astropy shows it. */
static int set_extend(fitsfile *f, pps_fits_header *header, pps_error **err)
{
	pps_fits_card *card = pps_fits_header_get(header, "EXTEND"), *naxis;
	pps_fits_value yes = { .kind = PPS_FITS_BOOL, .truth = 1 };
	size_t at = header->n;
	int status = 0, r;

	if (is_true(card) || fits_movabs_hdu(f, 2, NULL, &status)) {
		fits_clear_errmsg();
		return PPS_OK;
	}
	if ((r = pps_fits_header_set(header, "EXTEND", &yes, err)) < 0 || card)
		return r;
	/* it goes behind the axes */
	if ((naxis = pps_fits_header_get(header, "NAXIS"))) {
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
	return PPS_OK;
}

/* Zeros after the last HDU, in whole blocks, are padding. */
static int check_rest(pps_store_file *file, uint64_t at, uint64_t size, pps_error **err)
{
	char block[BLOCK];
	size_t got;
	int r;

	for (uint64_t end = at; end < size; end += got) {
		if ((r = pps_store_file_read(file, end, block, sizeof block, &got, err)) < 0)
			return r;
		for (size_t i = 0; i < got; i++)
			if (block[i] || got != sizeof block)
				return pps_fail(err, PPS_E_FORMAT, "%s: %llu bytes follow the last HDU", pps_store_file_path(file),
						(unsigned long long)(size - at));
		if (!got)
			break;
	}
	return PPS_OK;
}

/* Visits every HDU: each must lie in the file. */
static int check_size(fitsfile *f, pps_store_file *file, pps_error **err)
{
	uint64_t size = pps_store_file_stat(file)->size, end = 0;
	const char *path = pps_store_file_path(file);
	LONGLONG head, body, next;

	for (int hdu = 0; hdu < HDUS_MOST; hdu++) {
		int status = 0;

		if (fits_movabs_hdu(f, hdu + 1, NULL, &status)) {
			if (is_nomem(status))
				return fail_fits(path, hdu, status, err);
			fits_clear_errmsg();
			if (status != END_OF_FILE && size - end >= 8 * BLOCK / 8) {
				char mark[9] = "";
				size_t got;
				int r = pps_store_file_read(file, end, mark, 8, &got, err);

				if (r < 0)
					return r;
				if (strcmp(mark, "XTENSION") == 0)
					return fail_fits(path, hdu, status, err);
			}
			return check_rest(file, end, size, err);
		}
		if (fits_get_hduaddrll(f, &head, &body, &next, &status))
			return fail_fits(path, hdu, status, err);
		if (next < 0 || (uint64_t)next > size)
			return pps_fail(err, PPS_E_FORMAT, "%s: is cut short: HDU %d ends at byte %lld, the file at %llu", path, hdu,
					(long long)next, (unsigned long long)size);
		end = (uint64_t)next;
		if (end == size)
			return PPS_OK;
	}
	return pps_fail(err, PPS_E_FORMAT, "%s: more than %d HDUs", path, HDUS_MOST);
}

static int check_start(pps_store_file *file, pps_error **err)
{
	char start[9];
	size_t got;
	int r = pps_store_file_read(file, 0, start, sizeof start, &got, err);

	if (r < 0)
		return r;
	if (got < sizeof start || memcmp(start, "SIMPLE  =", sizeof start) != 0)
		return pps_fail(err, PPS_E_FORMAT, "%s: is no FITS file: it does not begin with SIMPLE", pps_store_file_path(file));
	return PPS_OK;
}

int pps_fits_header_read(pps_store *store, const char *name, int hdu, int check, pps_fits_header *ret_header, pps_error **err)
{
	_cleanup_(pps_store_file_closep) pps_store_file *file = NULL;
	_cleanup_(fits_closep) fitsfile *f = NULL;
	_cleanup_(pps_fits_header_clear) pps_fits_header header = { 0 };
	_cleanup_close_ int fd = -1;
	char place[32];
	const char *path, *opened;
	int status = 0, r;

	if ((r = pps_store_file_open(store, name, &file, err)) < 0 || (r = check_start(file, err)) < 0)
		return r;
	path = opened = pps_store_file_path(file);
	if (pps_store_root(store)->scheme != PPS_URI_FILE) {
		if ((r = pps_fits_fetch(file, &fd, err)) < 0)
			return r;
		snprintf(place, sizeof place, "/proc/self/fd/%d", fd);
		opened = place;
	}
	errno = 0;
	if (fits_open_diskfile(&f, opened, READONLY, &status))
		return fail_open(path, status, errno, err);
	if ((r = read_cards(f, path, 0, &header, err)) < 0 || (r = set_extend(f, &header, err)) < 0 ||
	    (check && (r = check_size(f, file, err)) < 0))
		return r;
	if (hdu < 0)
		hdu = is_true(pps_fits_header_get(&header, "EXTEND"));
	if (hdu > 0 && (r = overlay(f, path, hdu, &header, err)) < 0)
		return r;
	if ((r = pps_store_file_check(file, err)) < 0)
		return r;
	*ret_header = header;
	header = (pps_fits_header){ 0 };
	return PPS_OK;
}
