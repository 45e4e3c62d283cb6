/* SPDX-License-Identifier: BSD-3-Clause */
#include "archive/fits-index.h"

#include <string.h>

#include "archive/fits-header.h"
#include "archive/json-text.h"
#include "base/map.h"

/* A header as a dictionary: of a key that is there more than once, the last value in the first place. */
typedef struct dictionary {
	char *file;
	pps_fits_header header;
	pps_map *by_key; /* key -> number + 1 */
} dictionary;

struct pps_fits_index {
	int hdu;
	dictionary *files;
	size_t n, cap;
};

int pps_fits_index_new(int hdu, pps_fits_index **ret_index, pps_error **err)
{
	pps_fits_index *index = calloc(1, sizeof *index);

	if (!index)
		return pps_fail_nomem(err);
	index->hdu = hdu;
	*ret_index = index;
	return PPS_OK;
}

static void dictionary_clear(dictionary *d)
{
	free(d->file);
	pps_fits_header_clear(&d->header);
	pps_map_free(d->by_key);
	*d = (dictionary){ 0 };
}

void pps_fits_index_free(pps_fits_index *index)
{
	if (!index)
		return;
	for (size_t i = 0; i < index->n; i++)
		dictionary_clear(&index->files[i]);
	free(index->files);
	free(index);
}

static const pps_fits_value *get(const dictionary *d, const char *key)
{
	void *n;

	return pps_map_get_text(d->by_key, key, &n) ? &d->header.cards[(uintptr_t)n - 1].value : NULL;
}

/* Takes the cards of @header. */
static int make_dictionary(pps_fits_header *header, dictionary *d, pps_error **err)
{
	size_t kept = 0;

	d->header = *header;
	*header = (pps_fits_header){ 0 };
	if (!(d->by_key = pps_map_new()))
		return pps_fail_nomem(err);
	for (size_t i = 0; i < d->header.n; i++) {
		pps_fits_card *card = &d->header.cards[i];
		void *n;

		if (pps_map_get_text(d->by_key, card->key, &n)) {
			pps_fits_card *first = &d->header.cards[(uintptr_t)n - 1];
			pps_fits_value v = first->value;

			first->value = card->value;
			card->value = v;
			pps_fits_card_clear(card);
			continue;
		}
		if (pps_map_set_text(d->by_key, card->key, (void *)(uintptr_t)(kept + 1)) < 0)
			return pps_fail_nomem(err);
		if (kept != i) {
			d->header.cards[kept] = *card;
			*card = (pps_fits_card){ 0 };
		}
		kept++;
	}
	d->header.n = kept;
	return PPS_OK;
}

static int add_header(pps_fits_index *index, const char *key, pps_fits_header *header, pps_error **err)
{
	_cleanup_(dictionary_clear) dictionary d = { 0 };
	int r;

	if ((r = make_dictionary(header, &d, err)) < 0)
		return r;
	if (!(d.file = strdup(key)) || pps_grow(&index->files, &index->cap, index->n, sizeof d) < 0)
		return pps_fail_nomem(err);
	index->files[index->n++] = d;
	d = (dictionary){ 0 };
	return PPS_OK;
}

int pps_fits_index_add(pps_fits_index *index, const char *key, pps_store *store, const char *name, pps_error **err)
{
	_cleanup_(pps_fits_header_clear) pps_fits_header header = { 0 };
	int r = pps_fits_header_read(store, name, index->hdu, 1, &header, err);

	return r < 0 ? r : add_header(index, key, &header, err);
}

int pps_fits_index_add_bytes(pps_fits_index *index, const char *key, const pps_reader *from, pps_error **err)
{
	_cleanup_(pps_fits_header_clear) pps_fits_header header = { 0 };
	int r = pps_fits_header_walk(from, index->hdu, 1, &header, err);

	return r < 0 ? r : add_header(index, key, &header, err);
}

int pps_fits_index_append(pps_fits_index *index, pps_fits_index *other, pps_error **err)
{
	for (size_t i = 0; i < other->n; i++) {
		if (pps_grow(&index->files, &index->cap, index->n, sizeof *index->files) < 0)
			return pps_fail_nomem(err);
		index->files[index->n++] = other->files[i];
		other->files[i] = (dictionary){ 0 };
	}
	other->n = 0;
	return PPS_OK;
}

/* 1 when every file has the key with an equal value. */
static int is_common(const pps_fits_index *index, const char *key, const pps_fits_value *first)
{
	for (size_t i = 1; i < index->n; i++) {
		const pps_fits_value *v = get(&index->files[i], key);

		if (!v || !pps_fits_value_equal(first, v))
			return 0;
	}
	return 1;
}

static void write_key(pps_buf *out, const char *key, int *is_first)
{
	if (!*is_first)
		pps_buf_add_text(out, ", ");
	*is_first = 0;
	pps_json_add_string(out, key, strlen(key), PPS_JSON_ASCII);
	pps_buf_add_text(out, ": ");
}

/* The cards of one file that are common to all, or those that are not. */
static void write_cards(const dictionary *d, const pps_map *common, int which, pps_buf *out)
{
	int is_first = 1;

	pps_buf_add_char(out, '{');
	for (size_t i = 0; i < d->header.n; i++) {
		const pps_fits_card *card = &d->header.cards[i];

		if (pps_map_get_text(common, card->key, NULL) == which) {
			write_key(out, card->key, &is_first);
			pps_fits_value_write(&card->value, out);
		}
	}
	pps_buf_add_char(out, '}');
}

int pps_fits_index_write(const pps_fits_index *index, pps_buf *out, pps_error **err)
{
	_cleanup_(pps_map_freep) pps_map *common = pps_map_new();
	int is_first = 0;

	if (!common)
		return pps_fail_nomem(err);
	for (size_t i = 0; index->n && i < index->files[0].header.n; i++) {
		const pps_fits_card *card = &index->files[0].header.cards[i];

		if (is_common(index, card->key, &card->value) && pps_map_set_text(common, card->key, NULL) < 0)
			return pps_fail_nomem(err);
	}
	pps_buf_add_text(out, "{\"__CONTENT__\": \"metadata\", \"__COMMON__\": ");
	if (index->n)
		write_cards(&index->files[0], common, 1, out);
	else
		pps_buf_add_text(out, "{}");
	for (size_t i = 0; i < index->n; i++) {
		write_key(out, index->files[i].file, &is_first);
		write_cards(&index->files[i], common, 0, out);
	}
	pps_buf_add_text(out, "}\n");
	return pps_buf_check(out, "metadata index", err);
}

int pps_fits_check(pps_store *store, const char *name, pps_error **err)
{
	pps_fits_header header = { 0 };
	int r = pps_fits_header_read(store, name, 0, 1, &header, err);

	pps_fits_header_clear(&header);
	return r;
}
