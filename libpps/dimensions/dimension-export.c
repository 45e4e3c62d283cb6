/* SPDX-License-Identifier: BSD-3-Clause */
/* The Butler's export format, written as `Butler.export()` writes it. */
#include <string.h>

#include "base/codec.h"
#include "dimensions/records.h"
#include "dimensions/yaml-text.h"

#define FIELD_INDENT 6 /* of what continues a field of a record */
#define FLUSH_AT (64u << 10)
#define RECORD_MAX (64u << 20)

typedef struct exporter {
	pps_buf b;
	pps_dimensions_sink_fn sink;
	void *user;
} exporter;

static int flush(exporter *x, pps_error **err)
{
	int r = pps_buf_check(&x->b, "record", err);

	if (r == PPS_OK && x->b.size)
		r = x->sink(x->b.at, x->b.size, x->user, err);
	pps_buf_truncate(&x->b, 0);
	return r;
}

/* Where a value comes: after "    key:", or after more on that line. */
static pps_yaml_place after(const exporter *x, size_t line_start)
{
	return (pps_yaml_place){ .column = x->b.size - line_start, .indent = FIELD_INDENT };
}

static int put_hash(exporter *x, const char *base64, pps_error **err)
{
	_cleanup_free_ uint8_t *bytes = NULL;
	size_t size;
	int r = pps_base64_decode(base64, strlen(base64), &bytes, &size, err);

	if (r < 0)
		return r;
	pps_buf_add_text(&x->b, " !!binary ");
	if (!size) {
		pps_buf_add_text(&x->b, "\"\"");
		return PPS_OK;
	}
	pps_buf_add_char(&x->b, '|');
	for (size_t i = 0; i < size; i += 57) { /* 76 characters a line */
		pps_buf_printf(&x->b, "\n%*s", FIELD_INDENT, "");
		pps_base64_encode(&x->b, bytes + i, size - i < 57 ? size - i : 57);
	}
	return PPS_OK;
}

static const char *region_class(uint8_t type)
{
	static const struct {
		char type;
		const char *name;
	} classes[] = { { 'p', "ConvexPolygon" }, { 'b', "Box" },	  { 'c', "Circle" },
			{ 'e', "Ellipse" },	  { 'u', "UnionRegion" }, { 'i', "IntersectionRegion" } };

	for (size_t i = 0; i < PPS_COUNT(classes); i++)
		if (classes[i].type == type)
			return classes[i].name;
	return NULL;
}

static int put_region(exporter *x, const char *base64, pps_error **err)
{
	_cleanup_free_ uint8_t *bytes = NULL;
	_cleanup_free_ char *hex = NULL;
	pps_yaml_place place;
	const char *name;
	size_t size;
	int r = pps_base64_decode(base64, strlen(base64), &bytes, &size, err);

	if (r < 0)
		return r;
	if (!(name = size ? region_class(bytes[0]) : NULL))
		return pps_fail(err, PPS_E_UNSUPPORTED, "a region of unknown type");
	if (!(hex = malloc(2 * size + 1)))
		return pps_fail_nomem(err);
	pps_hex_encode(bytes, size, hex);
	pps_buf_printf(&x->b, " !<lsst.sphgeom.%s>\n%*sencoded:", name, FIELD_INDENT, "");
	place = (pps_yaml_place){ .column = FIELD_INDENT + 8, .indent = FIELD_INDENT + 2 };
	pps_yaml_write_text(&x->b, place, hex);
	return PPS_OK;
}

static int put_time(exporter *x, size_t line, int64_t tai, pps_error **err)
{
	char text[40];
	int r;

	if (tai <= PPS_TAI_MIN || tai >= PPS_TAI_MAX) { /* unbounded */
		pps_buf_add_text(&x->b, " null");
		return PPS_OK;
	}
	if ((r = pps_time_format(tai, PPS_SCALE_TAI, 9, ' ', text, err)) < 0)
		return r;
	pps_buf_add_text(&x->b, " !butler_time/tai/iso");
	pps_yaml_write_quoted(&x->b, after(x, line), text);
	return PPS_OK;
}

static int put_span(exporter *x, size_t line, const pps_cell *cell, pps_error **err)
{
	int r;

	if (cell->span.is_empty || cell->span.begin >= cell->span.end)
		return pps_fail(err, PPS_E_UNSUPPORTED, "an empty timespan, which an export cannot hold");
	pps_buf_add_text(&x->b, "datetime_begin:");
	if ((r = put_time(x, line, cell->span.begin, err)) < 0)
		return r;
	line = x->b.size + 1;
	pps_buf_add_text(&x->b, "\n    datetime_end:");
	return put_time(x, line, cell->span.end, err);
}

static int put_value(exporter *x, size_t line, const pps_column *column, const pps_cell *cell,
		     pps_error **err)
{
	pps_buf_printf(&x->b, "%s:", column->name);
	if (cell->is_null) {
		pps_buf_add_text(&x->b, " null");
		return PPS_OK;
	}
	switch (column->type) {
	case PPS_COLUMN_INT:
		pps_buf_printf(&x->b, " %lld", (long long)cell->i);
		return PPS_OK;
	case PPS_COLUMN_FLOAT:
		pps_yaml_write_float(&x->b, cell->d);
		return PPS_OK;
	case PPS_COLUMN_BOOL:
		pps_buf_add_text(&x->b, cell->i ? " true" : " false");
		return PPS_OK;
	case PPS_COLUMN_HASH:
		return put_hash(x, cell->s, err);
	case PPS_COLUMN_REGION:
		return put_region(x, cell->s, err);
	default:
		if (!pps_utf8_is_valid(cell->s, strlen(cell->s)))
			return pps_fail(err, PPS_E_FORMAT, "text that is not UTF-8");
		pps_yaml_write_text(&x->b, after(x, line), cell->s);
		return PPS_OK;
	}
}

static int put_record(exporter *x, const pps_records *records, size_t row, pps_error **err)
{
	const pps_element *e = pps_records_element(records);

	for (size_t i = 0; i < e->ncolumns; i++) {
		pps_cell cell = pps_records_get(records, row, i);
		size_t line = x->b.size;
		int r;

		if (cell.is_null && e->columns[i].type == PPS_COLUMN_SPAN)
			continue; /* both ends are left out */
		pps_buf_add_text(&x->b, i ? "    " : "  - ");
		r = e->columns[i].type == PPS_COLUMN_SPAN ? put_span(x, line, &cell, err)
							   : put_value(x, line, &e->columns[i], &cell, err);
		if (r < 0) {
			_cleanup_buf_ pps_buf key = PPS_BUF_LINE;

			pps_records_describe(records, row, &key);
			return pps_wrap(err, r, "%s %s, %s", e->name, pps_buf_text(&key), e->columns[i].name);
		}
		pps_buf_add_char(&x->b, '\n');
	}
	return PPS_OK;
}

static int put_element(exporter *x, const pps_records *records, pps_error **err)
{
	int r = PPS_OK;

	pps_buf_printf(&x->b, "- type: dimension\n  element: %s\n  records:\n",
		       pps_records_element(records)->name);
	for (size_t row = 0; r == PPS_OK && row < pps_records_size(records); row++) {
		r = put_record(x, records, row, err);
		if (r == PPS_OK && x->b.size > FLUSH_AT)
			r = flush(x, err);
	}
	return r;
}

int pps_dimensions_export(const pps_dimensions *dims, pps_dimensions_sink_fn sink, void *user,
			  pps_error **err)
{
	const pps_universe *u = pps_dimensions_universe(dims);
	exporter x = { .b = PPS_BUF(RECORD_MAX), .sink = sink, .user = user };
	int any = pps_dimensions_elements(dims) > 0, r = PPS_OK;

	pps_buf_printf(&x.b,
		       "description: Butler Data Repository Export\nversion: 1.0.2\nuniverse_version: %d\n"
		       "universe_namespace: %s\ndata:%s\n",
		       pps_universe_version(u), pps_universe_namespace(u), any ? "" : " []");
	for (size_t i = 0; r == PPS_OK && i < pps_universe_size(u); i++) {
		const pps_records *records = pps_dimensions_records_of(dims, pps_universe_at(u, i)->name);

		if (pps_records_size(records))
			r = put_element(&x, records, err);
	}
	if (r == PPS_OK)
		r = flush(&x, err);
	pps_buf_free(&x.b);
	return r;
}
