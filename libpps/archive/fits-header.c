/* SPDX-License-Identifier: BSD-3-Clause */
/* Headers as lists of cards. */
#include "archive/fits-header.h"

#include <ctype.h>
#include <string.h>

void pps_fits_header_clear(pps_fits_header *header)
{
	for (size_t i = 0; i < header->n; i++)
		pps_fits_card_clear(&header->cards[i]);
	free(header->cards);
	*header = (pps_fits_header){ 0 };
}

pps_fits_card *pps_fits_header_get(const pps_fits_header *header, const char *id)
{
	for (size_t i = 0; i < header->n; i++)
		if (strcmp(header->cards[i].id, id) == 0)
			return &header->cards[i];
	return NULL;
}

void pps_fits_header_remove(pps_fits_header *header, const char *id, int all)
{
	size_t kept = 0, removed = 0;

	for (size_t i = 0; i < header->n; i++) {
		if (strcmp(header->cards[i].id, id) == 0 && (all || !removed)) {
			pps_fits_card_clear(&header->cards[i]);
			removed++;
		} else {
			header->cards[kept++] = header->cards[i];
		}
	}
	header->n = kept;
}

/* Zero and minus zero are equal: the one that is there stays, as in astropy. */
static int is_same(const pps_fits_value *a, const pps_fits_value *b)
{
	return a->kind == PPS_FITS_FLOAT && b->kind == PPS_FITS_FLOAT && a->number == b->number;
}

int pps_fits_header_set(pps_fits_header *header, const char *id, pps_fits_value *value, pps_error **err)
{
	pps_fits_card *card = pps_fits_header_get(header, id), new = { 0 };

	if (!card) {
		if (pps_grow(&header->cards, &header->cap, header->n, sizeof *card) < 0 || !(new.key = strdup(id)) ||
		    !(new.id = strdup(id))) {
			free(new.key);
			pps_fits_value_clear(value);
			return pps_fail_nomem(err);
		}
		card = &header->cards[header->n++];
		*card = new;
	} else if (is_same(&card->value, value)) {
		pps_fits_value_clear(value);
		return PPS_OK;
	}
	pps_fits_value_clear(&card->value);
	card->value = *value;
	*value = (pps_fits_value){ 0 };
	return PPS_OK;
}

/* What astropy looks a card up by when it updates a header: it never finds those whose id keeps lower case. */
static int is_there(const pps_fits_header *header, const pps_fits_card *card)
{
	for (const char *p = card->id; *p; p++)
		if (islower((unsigned char)*p))
			return 0;
	return pps_fits_header_get(header, card->id) != NULL;
}

int pps_fits_header_overlay(pps_fits_header *header, pps_fits_header *over, pps_error **err)
{
	int r;

	for (size_t i = 0; i < over->n; i++) {
		pps_fits_card *card = &over->cards[i];

		if (is_there(header, card)) {
			if ((r = pps_fits_header_set(header, card->id, &card->value, err)) < 0)
				return r;
			continue;
		}
		if (pps_grow(&header->cards, &header->cap, header->n, sizeof *card) < 0)
			return pps_fail_nomem(err);
		header->cards[header->n++] = *card;
		*card = (pps_fits_card){ 0 };
	}
	pps_fits_header_clear(over);
	return PPS_OK;
}
