/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Reading the Butler's export format event by event: what Python's import accepts for dimension records,
 * more strictly typed. A first pass reads the header up to the data (wherever it stands), a second one the
 * data.
 */
#include <string.h>

#include "dimensions/import-private.h"

/* ---- the header ---- */

typedef struct header {
	int has_version;
	int64_t universe_version;
	char space[64];
} header;

static int read_version(pps_importer *m, header *h, pps_error **err)
{
	const char *text = pps_importer_text(m);
	int64_t zero;

	h->has_version = 1;
	if (pps_importer_int(m, &zero, NULL) == PPS_OK && zero == 0)
		return PPS_OK; /* what was written before there were versions */
	if (!text || strncmp(text, "1.0", 3) != 0 || (text[3] && text[3] != '.'))
		return pps_importer_fail(m, PPS_E_UNSUPPORTED, err,
					 "expected version 1.0.* of the export format, not %s",
					 text ? text : "this");
	return PPS_OK;
}

static int read_header_value(pps_importer *m, const char *key, header *h, pps_error **err)
{
	const char *text;
	int r;

	if (!strcmp(key, "version"))
		return read_version(m, h, err);
	if (!strcmp(key, "universe_version")) {
		if ((r = pps_importer_int(m, &h->universe_version, err)) < 0)
			return r;
		if (h->universe_version != 7 && h->universe_version != 8)
			return pps_importer_fail(m, PPS_E_UNSUPPORTED, err,
						 "expected dimension universe 7 or 8, not %lld",
						 (long long)h->universe_version);
	} else if (!strcmp(key, "universe_namespace")) {
		text = pps_importer_text(m);
		if (!text || strcmp(text, "daf_butler") != 0)
			return pps_importer_fail(m, PPS_E_UNSUPPORTED, err,
						 "expected dimension universe daf_butler, not %s",
						 text ? text : "this");
		snprintf(h->space, sizeof(h->space), "%s", text);
	}
	return pps_importer_skip(m, err);
}

/* The keys of the file itself: calls @fn with each value's first event. */
typedef int (*key_fn)(pps_importer *m, const char *key, void *user, pps_error **err);

static int each_top_key(pps_importer *m, key_fn fn, void *user, pps_error **err)
{
	char key[64];
	int r = pps_importer_begin(m, err);

	if (r < 0)
		return r;
	if (m->event.type != YAML_MAPPING_START_EVENT)
		return pps_importer_fail(m, PPS_E_FORMAT, err,
					 "expected an export of the Butler: a map with version and data");
	while ((r = pps_importer_key(m, key, sizeof(key), err)) == 1)
		if ((r = fn(m, key, user, err)) < 0)
			return r;
	return r < 0 ? r : pps_importer_end(m, err);
}

static int header_key(pps_importer *m, const char *key, void *user, pps_error **err)
{
	return read_header_value(m, key, user, err);
}

/* ---- fields of a record ---- */

/* What is known of the record being read. */
typedef struct record {
	const pps_element *element;
	pps_cell cells[PPS_COLUMNS_MAX];
	size_t offsets[PPS_COLUMNS_MAX]; /* of texts in m->texts; they move while it grows */
	char seen[PPS_COLUMNS_MAX];
	int has_begin, has_end;
	int line, column;
} record;

static int column_of(const pps_element *e, const char *field)
{
	int col = pps_element_column(e, field);

	/* the key of its own may also be given by the dimension's name */
	return col < 0 && e->is_dimension && !strcmp(field, e->name) ? (int)e->nrequired - 1 : col;
}

static int read_cell(pps_importer *m, record *rec, size_t col, pps_error **err)
{
	const pps_column *c = &rec->element->columns[col];
	pps_cell *cell = &rec->cells[col];
	int flag, r;

	if (pps_importer_is_null(m)) {
		cell->is_null = 1;
		return PPS_OK;
	}
	cell->is_null = 0;
	switch (c->type) {
	case PPS_COLUMN_INT:
		return pps_importer_int(m, &cell->i, err);
	case PPS_COLUMN_FLOAT:
		return pps_importer_float(m, &cell->d, err);
	case PPS_COLUMN_BOOL:
		r = pps_importer_bool(m, &flag, err);
		cell->i = flag;
		return r;
	case PPS_COLUMN_SPAN:
		return pps_importer_span(m, &cell->span, err);
	case PPS_COLUMN_HASH:
		return pps_importer_hash(m, &rec->offsets[col], err);
	case PPS_COLUMN_REGION:
		return pps_importer_region(m, &rec->offsets[col], err);
	default:
		return pps_importer_string(m, &rec->offsets[col], err);
	}
}

static int read_field(pps_importer *m, record *rec, const char *field, pps_error **err)
{
	const pps_element *e = rec->element;
	int col = column_of(e, field);
	pps_timespan *span = e->span_column < 0 ? NULL : &rec->cells[e->span_column].span;

	if (span && !strcmp(field, "datetime_begin")) {
		rec->has_begin = 1;
		return pps_importer_time(m, PPS_TAI_MIN, &span->begin, err);
	}
	if (span && !strcmp(field, "datetime_end")) {
		rec->has_end = 1;
		return pps_importer_time(m, PPS_TAI_MAX, &span->end, err);
	}
	if (col < 0)
		return pps_importer_fail(m, PPS_E_FORMAT, err,
					 "records of %s have no field %s in dimension universe %d",
					 e->name, field, pps_universe_version(m->universe));
	if (rec->seen[col]++)
		return pps_importer_fail(m, PPS_E_FORMAT, err, "%s.%s is given twice", e->name,
					 e->columns[col].name);
	return read_cell(m, rec, (size_t)col, err);
}

/* begin and end given apart, as the Butler's Timespan(begin, end) takes them. */
static int record_span(pps_importer *m, record *rec, pps_error **err)
{
	int col = rec->element->span_column;

	if (!rec->has_begin && !rec->has_end)
		return PPS_OK;
	if (!rec->has_begin || !rec->has_end || (rec->seen[col] && !rec->cells[col].is_null))
		return pps_fail_at(err, PPS_E_FORMAT, m->name, rec->line, rec->column,
				   "expected both datetime_begin and datetime_end, or a timespan, of %s",
				   rec->element->name);
	rec->cells[col].is_null = 0;
	if (pps_importer_normalise(&rec->cells[col].span) < 0)
		return pps_fail_at(err, PPS_E_FORMAT, m->name, rec->line, rec->column,
				   "the timespan of %s is a single instant without bound",
				   rec->element->name);
	return PPS_OK;
}

static int record_add(pps_importer *m, record *rec, pps_error **err)
{
	const pps_element *e = rec->element;
	int outcome, r = record_span(m, rec, err);

	if (r < 0 || (r = pps_buf_check(&m->texts, "record", err)) < 0)
		return r;
	for (size_t i = 0; i < e->ncolumns; i++) {
		int type = e->columns[i].type;

		if (rec->cells[i].is_null && !e->columns[i].nullable)
			return pps_fail_at(err, PPS_E_FORMAT, m->name, rec->line, rec->column,
					   "expected a value of %s.%s", e->name, e->columns[i].name);
		if (type == PPS_COLUMN_STRING || type == PPS_COLUMN_HASH || type == PPS_COLUMN_REGION)
			rec->cells[i].s = rec->cells[i].is_null ? NULL : m->texts.at + rec->offsets[i];
	}
	r = pps_records_add(pps_dimensions_records(m->dims, e->name), rec->cells, &outcome, err);
	if (r == PPS_OK && outcome == PPS_RECORD_DIFFERS)
		return pps_fail_at(err, PPS_E_FORMAT, m->name, rec->line, rec->column,
				   "a record of %s with the same key and other content comes before",
				   e->name);
	return r;
}

static int read_record(pps_importer *m, const pps_element *e, pps_error **err)
{
	record rec = { .element = e };
	char field[64];
	int r;

	if (m->event.type != YAML_MAPPING_START_EVENT)
		return pps_importer_fail(m, PPS_E_FORMAT, err, "expected a record of %s", e->name);
	rec.line = (int)m->event.start_mark.line + 1;
	rec.column = (int)m->event.start_mark.column + 1;
	for (size_t i = 0; i < e->ncolumns; i++)
		rec.cells[i].is_null = 1;
	pps_buf_truncate(&m->texts, 0);
	while ((r = pps_importer_key(m, field, sizeof(field), err)) == 1)
		if ((r = read_field(m, &rec, field, err)) < 0)
			return r;
	return r < 0 ? r : record_add(m, &rec, err);
}

/* ---- blocks ---- */

typedef struct content {
	const pps_element *element;
	int has_type, has_records;
} content;

static int read_records(pps_importer *m, const content *b, pps_error **err)
{
	int r;

	if (!b->element)
		return pps_importer_fail(m, PPS_E_FORMAT, err,
					 "expected the block's element before its records");
	if (m->event.type != YAML_SEQUENCE_START_EVENT)
		return pps_importer_fail(m, PPS_E_FORMAT, err, "expected a list of records of %s",
					 b->element->name);
	while ((r = pps_importer_next(m, err)) == PPS_OK && m->event.type != YAML_SEQUENCE_END_EVENT)
		if ((r = pps_ctx_check(m->ctx, err)) < 0 || (r = read_record(m, b->element, err)) < 0)
			return r;
	return r;
}

static int read_element(pps_importer *m, content *b, pps_error **err)
{
	const char *name = pps_importer_text(m);

	b->element = name ? pps_universe_find(m->universe, name) : NULL;
	if (!b->element)
		return pps_importer_fail(m, PPS_E_UNSUPPORTED, err,
					 "expected an element of dimension universe %d, not %s",
					 pps_universe_version(m->universe), name ? name : "this");
	if (!b->element->has_table)
		return pps_importer_fail(m, PPS_E_FORMAT, err, "%s has no records of its own", name);
	return PPS_OK;
}

static int read_block_key(pps_importer *m, const char *key, content *b, pps_error **err)
{
	if (!strcmp(key, "type")) {
		const char *type = pps_importer_text(m);

		if (!type || strcmp(type, "dimension") != 0)
			return pps_importer_fail(m, PPS_E_UNSUPPORTED, err,
						 "expected type dimension, not %s: only records are imported",
						 type ? type : "this");
		b->has_type = 1;
		return PPS_OK;
	}
	if (!strcmp(key, "element") && !b->element)
		return read_element(m, b, err);
	if (!strcmp(key, "records") && !b->has_records) {
		b->has_records = 1;
		return read_records(m, b, err);
	}
	return pps_importer_fail(m, PPS_E_UNSUPPORTED, err,
				 "expected type, element and records once each, not %s", key);
}

static int read_block(pps_importer *m, pps_error **err)
{
	content b = { 0 };
	char key[64];
	int r;

	if (m->event.type != YAML_MAPPING_START_EVENT)
		return pps_importer_fail(m, PPS_E_FORMAT, err, "expected a block of dimension records");
	while ((r = pps_importer_key(m, key, sizeof(key), err)) == 1)
		if ((r = read_block_key(m, key, &b, err)) < 0)
			return r;
	if (r == 0 && (!b.has_type || !b.has_records))
		return pps_importer_fail(m, PPS_E_FORMAT, err,
					 "expected type, element and records before this");
	return r;
}

static int data_key(pps_importer *m, const char *key, void *user, pps_error **err)
{
	int *seen = user, r;

	if (strcmp(key, "data") != 0)
		return pps_importer_skip(m, err);
	if ((*seen)++)
		return pps_importer_fail(m, PPS_E_FORMAT, err, "data is given twice");
	if (m->event.type != YAML_SEQUENCE_START_EVENT)
		return pps_importer_fail(m, PPS_E_FORMAT, err,
					 "expected a list of blocks of dimension records");
	while ((r = pps_importer_next(m, err)) == PPS_OK && m->event.type != YAML_SEQUENCE_END_EVENT)
		if ((r = read_block(m, err)) < 0)
			return r;
	return r;
}

/* ---- the whole ---- */

static int import_header(pps_ctx *ctx, const char *name, const char *text, size_t size, header *h,
			 pps_error **err)
{
	_cleanup_(pps_importer_free) pps_importer m = { 0 };
	int r = pps_importer_init(&m, ctx, name, text, size, err);

	if (r == PPS_OK)
		r = each_top_key(&m, header_key, h, err);
	if (r < 0)
		return r;
	if (!h->has_version)
		return pps_fail_at(err, PPS_E_FORMAT, name, 1, 1,
				   "expected an export of the Butler: it has no version");
	if (!h->universe_version)
		return pps_fail_at(err, PPS_E_UNSUPPORTED, name, 1, 1,
				   "expected universe_version 7 or 8; there is none");
	return PPS_OK;
}

static int import_data(pps_importer *m, const char *name, const header *h, pps_universe *universe,
		       pps_error **err)
{
	int seen = 0, r;

	m->universe = universe ? pps_universe_ref(universe) : NULL;
	if (!universe && (r = pps_universe_known((int)h->universe_version, &m->universe, err)) < 0)
		return r;
	if ((r = pps_dimensions_new_in(m->ctx, m->universe, &m->dims, err)) < 0)
		return r;
	if ((r = each_top_key(m, data_key, &seen, err)) < 0)
		return r;
	return seen ? PPS_OK : pps_fail_at(err, PPS_E_FORMAT, name, 1, 1,
					   "expected an export of the Butler: it has no data");
}

int pps_dimensions_import(pps_ctx *ctx, const char *name, const char *text, size_t size,
			  pps_universe *universe, pps_dimensions **ret_dims, pps_error **err)
{
	_cleanup_(pps_importer_free) pps_importer m = { 0 };
	header h = { 0 };
	int r = import_header(ctx, name, text, size, &h, err);

	if (r == PPS_OK)
		r = pps_importer_init(&m, ctx, name, text, size, err);
	if (r == PPS_OK)
		r = import_data(&m, name, &h, universe, err);
	if (r == PPS_OK)
		*ret_dims = TAKE_PTR(m.dims);
	return r;
}
