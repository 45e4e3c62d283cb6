/* SPDX-License-Identifier: BSD-3-Clause */
/* FITS files from anywhere: indexed or refused, and what is indexed is JSON. */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "archive/fits-card.h"
#include "archive/fits-index.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

/* jansson knows neither infinity nor integers above 64 bits. */
static void check_json(const pps_buf *text)
{
	json_error_t e;
	json_t *json = json_loadb(text->at, text->size, JSON_DECODE_INT_AS_REAL, &e);

	if (!json && !strstr(text->at, "Infinity") && !strstr(e.text, "overflow"))
		abort();
	json_decref(json);
}

/* The bytes as one card with what continues it. */
static void check_card(const uint8_t *bytes, size_t size)
{
	_cleanup_buf_ pps_buf b = PPS_BUF(1u << 20);
	pps_fits_card card;

	size = size / PPS_FITS_CARD * PPS_FITS_CARD;
	if (!size || size > 40u * PPS_FITS_CARD || pps_fits_card_parse((const char *)bytes, size, &card, NULL) < 0)
		return;
	pps_fits_value_write(&card.value, &b);
	pps_fits_card_clear(&card);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	_cleanup_close_ int fd = memfd_create("fits", MFD_CLOEXEC);
	_cleanup_(pps_ctx_unrefp) pps_ctx *ctx = NULL;
	_cleanup_(pps_store_unrefp) pps_store *store = NULL;
	_cleanup_(pps_fits_index_freep) pps_fits_index *index = NULL;
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	_cleanup_buf_ pps_buf out = PPS_BUF(16u << 20);
	char name[16];

	check_card(bytes, size);
	if (fd < 0 || write(fd, bytes, size) != (ssize_t)size || pps_ctx_new(&ctx, NULL) < 0 ||
	    pps_store_open(ctx, "/proc/self/fd", &store, NULL) < 0 || pps_fits_index_new(-1, &index, NULL) < 0)
		return 0;
	snprintf(name, sizeof name, "%d", fd);
	if (pps_fits_index_add(index, "a.fits", store, name, &err) < 0) {
		if (!*pps_error_message(err))
			abort();
		return 0;
	}
	if (pps_fits_index_write(index, &out, NULL) < 0)
		abort();
	check_json(&out);
	return 0;
}
