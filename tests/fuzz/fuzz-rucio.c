/* SPDX-License-Identifier: BSD-3-Clause */
/* What Rucio, its files and its keys may hold: answers and their headers, rows of streams, rucio.cfg, SSH keys. The first byte chooses. */
#include <stdlib.h>
#include <string.h>

#include "rucio/ini.h"
#include "rucio/rucio-answer.h"
#include "rucio/rucio-list.h"
#include "rucio/ssh-key.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

/* "STATUS headers \n\n body" */
static void answer(const char *text, size_t size)
{
	_cleanup_http_response_ pps_http_response r = { .headers = PPS_BUF(1 << 20), .body = PPS_BUF(1 << 20) };
	const char *end = memmem(text, size, "\n\n", 2);
	pps_rucio_answer a;
	int64_t unix_s;
	char value[64];

	if (size < 3)
		return;
	r.status = 100 + (unsigned char)text[0] * 2;
	if (!end)
		end = text + size;
	pps_buf_add(&r.headers, text + 1, (size_t)(end - text) - 1);
	pps_buf_add_char(&r.headers, '\n');
	if (end < text + size)
		pps_buf_add(&r.body, end + 2, (size_t)(text + size - end) - 2);
	if (pps_rucio_answer_read(&r, "raw", &a, NULL) < 0)
		return;
	if (strlen(a.class) > PPS_RUCIO_CLASS_MOST || strlen(a.message) > PPS_RUCIO_MESSAGE_MOST + 3 || strpbrk(a.message, "\r\n") ||
	    a.after_ms < 0 || (r.status / 100 == 2) != (a.meaning == PPS_RUCIO_FINE))
		abort();
	if (a.meaning != PPS_RUCIO_FINE && pps_rucio_answer_fail(&a, NULL, "x") >= 0)
		abort();
	if (pps_http_header(&r, "X-Rucio-Auth-Token-Expires", value, sizeof value) && pps_rucio_time_parse(value, &unix_s) == 0 && unix_s < -2300000000)
		abort();
}

static int row(void *user, json_t *json, pps_error **err)
{
	pps_rucio_did did;

	(void)err;
	pps_rucio_did_read(json, &did);
	if (did.kind < PPS_RUCIO_NONE || did.kind > PPS_RUCIO_CONTAINER || strlen(did.adler32) > 8 || strlen(did.md5) > 32)
		abort();
	++*(size_t *)user;
	return PPS_OK;
}

/* The same rows whatever pieces they come in. */
static void rows(const char *text, size_t size)
{
	size_t n[2] = { 0, 0 };
	int r[2];

	for (size_t pass = 0; pass < 2; pass++) {
		_cleanup_(pps_rucio_rows_free) pps_rucio_rows rows = { .row = row, .user = &n[pass] };
		size_t piece = pass ? 7 : size + 1;

		r[pass] = PPS_OK;
		for (size_t at = 0; r[pass] == PPS_OK && at < size; at += piece)
			r[pass] = pps_rucio_rows_feed(&rows, text + at, size - at < piece ? size - at : piece, NULL);
		if (r[pass] == PPS_OK)
			r[pass] = pps_rucio_rows_finish(&rows, NULL);
	}
	if (n[0] != n[1] || r[0] != r[1])
		abort();
}

static void ini(const char *text, size_t size)
{
	_cleanup_(pps_ini_freep) pps_ini *ini = NULL;
	_cleanup_free_ char *value = NULL, *other = NULL;
	_cleanup_(pps_error_freep) pps_error *err = NULL;

	if (pps_ini_parse("fuzz", text, size, &ini, &err) < 0) {
		if (!*pps_error_message(err))
			abort();
		return;
	}
	(void)!pps_ini_get(ini, "client", "rucio_host", &value, NULL);
	(void)!pps_ini_get(ini, "client", "password", &other, NULL);
}

static void key(const char *text, size_t size)
{
	_cleanup_(pps_ssh_key_freep) pps_ssh_key *key = NULL;
	_cleanup_buf_ pps_buf line = PPS_BUF_LINE;

	if (pps_ssh_key_parse("fuzz", text, size, &key, NULL) == PPS_OK && pps_ssh_public(key, &line, NULL) == PPS_OK && strncmp(line.at, "ssh-rsa ", 8) != 0)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	_cleanup_free_ char *text = malloc(size + 1); /* its end is where the sanitizers see it */

	if (!size || !text)
		return 0;
	memcpy(text, bytes + 1, size - 1);
	text = realloc(text, size);
	if (!text)
		return 0;
	switch (bytes[0]) {
	case 'a':
		answer(text, size - 1);
		break;
	case 'r':
		rows(text, size - 1);
		break;
	case 'i':
		ini(text, size - 1);
		break;
	default:
		key(text, size - 1);
	}
	return 0;
}
