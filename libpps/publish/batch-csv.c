/* SPDX-License-Identifier: BSD-3-Clause */
/* Lists as tables: a header line, then a row for each dataset. */
#include <string.h>

#include "base/codec.h"
#include "publish/batch-private.h"

#define COLUMNS_MOST 1000
#define FIELD_MOST 65536

struct reader {
	const char *name, *at, *end;
	int line;      /* where the record that was read last begins */
	int next_line;
	pps_buf text;  /* its fields, each ended by NUL */
	size_t fields[COLUMNS_MOST]; /* where each begins */
	size_t n;
};

static void free_reader(struct reader *rd)
{
	pps_buf_free(&rd->text);
}

static int expected(const struct reader *rd, pps_error **err, const char *what)
{
	return pps_fail_at(err, PPS_E_FORMAT, rd->name, rd->line, 0, "%s", what);
}

/* From behind the opening quote to behind the closing one. */
static int read_quoted(struct reader *rd, pps_error **err)
{
	for (; rd->at < rd->end; rd->at++) {
		if (*rd->at == '"') {
			if (rd->at + 1 == rd->end || rd->at[1] != '"') {
				rd->at++;
				return PPS_OK;
			}
			rd->at++;
		}
		rd->next_line += *rd->at == '\n';
		pps_buf_add_char(&rd->text, *rd->at);
	}
	return expected(rd, err, "expected a closing quote");
}

static int at_line_end(const struct reader *rd)
{
	return rd->at == rd->end || *rd->at == '\n' || (*rd->at == '\r' && (rd->at + 1 == rd->end || rd->at[1] == '\n'));
}

static int read_field(struct reader *rd, pps_error **err)
{
	size_t begin = rd->text.size;
	int r;

	if (rd->n == COLUMNS_MOST)
		return expected(rd, err, "expected fewer columns");
	rd->fields[rd->n++] = begin;
	if (rd->at < rd->end && *rd->at == '"') {
		rd->at++;
		if ((r = read_quoted(rd, err)) < 0)
			return r;
		if (!at_line_end(rd) && *rd->at != ',')
			return expected(rd, err, "expected a comma or the end of the line behind a closing quote");
	} else {
		const char *from = rd->at;

		while (!at_line_end(rd) && *rd->at != ',')
			rd->at++;
		pps_buf_add(&rd->text, from, (size_t)(rd->at - from));
	}
	if (rd->text.size - begin > FIELD_MOST)
		return expected(rd, err, "expected shorter fields");
	pps_buf_add_char(&rd->text, 0);
	return pps_buf_check(&rd->text, "row", err);
}

/* The next record that is not an empty line. 1; 0: there is none; negative: an error. */
static int next_record(struct reader *rd, pps_error **err)
{
	int r;

	for (; rd->at < rd->end && at_line_end(rd); rd->next_line++)
		rd->at += *rd->at == '\r' && rd->at + 1 < rd->end ? 2 : 1;
	if (rd->at == rd->end)
		return 0;
	rd->line = rd->next_line;
	rd->n = 0;
	pps_buf_truncate(&rd->text, 0);
	for (;;) {
		if ((r = read_field(rd, err)) < 0)
			return r;
		if (at_line_end(rd))
			return 1;
		rd->at++; /* a comma */
	}
}

static const char *field(const struct reader *rd, size_t n)
{
	return pps_buf_text(&rd->text) + rd->fields[n];
}

struct header {
	size_t n, id, origin; /* columns; SIZE_MAX: there is none */
};

static int read_header(struct reader *rd, struct header *h, pps_batch *batch, pps_error **err)
{
	_cleanup_buf_ pps_buf ignored = PPS_BUF_LINE;
	int r = next_record(rd, err);

	*h = (struct header){ .id = SIZE_MAX, .origin = SIZE_MAX, .n = rd->n };
	if (r < 0)
		return r;
	for (size_t i = 0; r && i < rd->n; i++) {
		size_t *column = !strcmp(field(rd, i), "id") ? &h->id : !strcmp(field(rd, i), "origin") ? &h->origin : NULL;

		if (column && *column != SIZE_MAX)
			return pps_fail_at(err, PPS_E_FORMAT, rd->name, rd->line, 0, "expected one column \"%s\"", field(rd, i));
		if (column)
			*column = i;
		else
			pps_buf_printf(&ignored, "%s%s", ignored.size ? ", " : "", field(rd, i));
	}
	if (h->id == SIZE_MAX)
		return pps_fail_at(err, PPS_E_FORMAT, rd->name, r ? rd->line : 1, 0, "expected a header line with a column \"id\"");
	if (ignored.failed)
		return pps_buf_check(&ignored, "header", err);
	if (rd->n > 1 + (h->origin != SIZE_MAX) && !(batch->ignored = pps_buf_take(&ignored)))
		return pps_fail_nomem(err);
	return PPS_OK;
}

static int read_row(struct reader *rd, const struct header *h, pps_batch *batch, pps_error **err)
{
	_cleanup_(pps_error_freep) pps_error *why = NULL;
	const char *origin;
	int r;

	if (rd->n != h->n)
		return pps_fail_at(err, PPS_E_FORMAT, rd->name, rd->line, 0, "expected %zu fields, as the header has, not %zu", h->n, rd->n);
	if (pps_uuid_parse(field(rd, h->id), &batch->ids[batch->n], NULL) < 0)
		return pps_fail_at(err, PPS_E_FORMAT, rd->name, rd->line, 0, "id: expected a UUID, not \"%.*s\"",
				  pps_batch_cut(field(rd, h->id)), field(rd, h->id));
	origin = h->origin == SIZE_MAX ? "" : field(rd, h->origin);
	if (*origin && ((r = pps_origin_check(origin, &why)) < 0 || (r = pps_batch_origin(batch, origin, &batch->origin_of[batch->n], &why)) < 0))
		return r == PPS_E_NOMEM ? pps_fail_nomem(err) : pps_fail_at(err, r, rd->name, rd->line, 0, "origin: %s", pps_error_message(why));
	batch->n++;
	return PPS_OK;
}

int pps_batch_parse_csv(const char *name, const void *text, size_t size, pps_batch **ret_batch, pps_error **err)
{
	static const char mark[] = "\xef\xbb\xbf"; /* of UTF-8, as spreadsheets write it */
	_cleanup_(pps_batch_freep) pps_batch *batch = NULL;
	_cleanup_(free_reader) struct reader rd = { .name = name, .at = text, .line = 1, .next_line = 1, .text = PPS_BUF(4u << 20) };
	struct header h;
	size_t lines = 1;
	int r;

	if ((r = pps_batch_check_size(name, text, size, err)) < 0)
		return r;
	if (!pps_utf8_is_valid(text, size))
		return pps_fail_at(err, PPS_E_FORMAT, name, 0, 0, "expected text in UTF-8");
	rd.end = rd.at + size;
	for (const char *p = text; p < rd.end && (p = memchr(p, '\n', (size_t)(rd.end - p))); p++)
		lines++;
	if (size >= 3 && !memcmp(text, mark, 3))
		rd.at += 3;
	if ((r = pps_batch_new(lines, &batch, err)) < 0 || (r = read_header(&rd, &h, batch, err)) < 0)
		return r;
	while ((r = next_record(&rd, err)) == 1)
		if ((r = read_row(&rd, &h, batch, err)) < 0)
			return r;
	if (r < 0)
		return r;
	*ret_batch = TAKE_PTR(batch);
	return PPS_OK;
}
