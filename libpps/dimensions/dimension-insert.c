/* SPDX-License-Identifier: BSD-3-Clause */
/* Inserting records as the Butler's insertDimensionData(skip_existing=True) does, in bulk. */
#include <string.h>

#include "dimensions/dimension-overlap.h"

#define ROWS_AT_ONCE 4000 /* a transaction; with fewer, commits show beside the work of foreign keys */
#define ATTEMPTS 10
#define PAUSE_NS (10 * INT64_C(1000000))

/* One chunk of one element, inserted in one transaction. */
typedef struct chunk {
	const pps_universe *universe;
	const pps_records *records;
	const pps_element *element; /* of the records */
	size_t lo, hi;
	const pps_sql_column *columns;
	pps_sql_value *values;
	const pps_overlaps *overlaps;
	const char *conflict;
	int is_new; /* nothing of it should be there, which costs less to insert */
	int64_t inserted;
} chunk;

void pps_conflict_clause(pps_buf *b, const pps_sql_column *columns, size_t n)
{
	pps_buf_add_text(b, "ON CONFLICT (");
	for (size_t i = 0; i < n; i++)
		pps_buf_printf(b, "%s\"%s\"", i ? ", " : "", columns[i].name);
	pps_buf_add_text(b, ") DO NOTHING");
}

int pps_column_sql_type(int type)
{
	switch (type) {
	case PPS_COLUMN_INT:
		return PPS_SQL_INT;
	case PPS_COLUMN_FLOAT:
		return PPS_SQL_REAL;
	case PPS_COLUMN_BOOL:
		return PPS_SQL_BOOL;
	case PPS_COLUMN_SPAN:
		return PPS_SQL_SPAN;
	default:
		return PPS_SQL_TEXT;
	}
}

pps_sql_value pps_cell_sql_value(int type, const pps_cell *cell)
{
	if (cell->is_null)
		return pps_sql_null();
	switch (type) {
	case PPS_COLUMN_INT:
		return pps_sql_int(cell->i);
	case PPS_COLUMN_FLOAT:
		return pps_sql_real(cell->d);
	case PPS_COLUMN_BOOL:
		return pps_sql_bool(cell->i != 0);
	case PPS_COLUMN_SPAN:
		return pps_sql_span(cell->span);
	default:
		return pps_sql_text(cell->s);
	}
}

/* An instrument or skymap: its elements' overlaps are kept for the common sky pixels, which the
 * summaries say. */
static int insert_summaries(pps_sql *sql, const chunk *c, pps_error **err)
{
	_cleanup_free_ pps_sql_value *values = calloc((c->hi - c->lo) * 3, sizeof(*values));
	pps_sql_column columns[] = { { "skypix_system", PPS_SQL_TEXT },
				     { "skypix_level", PPS_SQL_INT },
				     { c->element->name, PPS_SQL_TEXT } };
	int r;

	if (!values)
		return pps_fail_nomem(err);
	for (size_t i = 0; i < c->hi - c->lo; i++) {
		values[3 * i] = pps_sql_text(pps_universe_skypix_system(c->universe));
		values[3 * i + 1] = pps_sql_int(pps_universe_skypix_level(c->universe));
		values[3 * i + 2] = pps_sql_text(pps_records_get(c->records, c->lo + i, 0).s);
	}
	for (size_t i = 0; i < pps_universe_size(c->universe); i++) {
		const pps_element *e = pps_universe_at(c->universe, i);
		char table[128];

		if (!e->is_spatial || strcmp(e->governor->name, c->element->name) != 0)
			continue;
		snprintf(table, sizeof(table), "%s_skypix_overlap_summary", e->name);
		r = pps_sql_insert(sql, table, columns, 3, values, c->hi - c->lo, "ON CONFLICT DO NOTHING",
				   NULL, err);
		if (r < 0)
			return r;
	}
	return PPS_OK;
}

static int insert_chunk(pps_sql *sql, void *user, pps_error **err)
{
	chunk *c = user;
	int r = pps_sql_insert(sql, c->element->name, c->columns, c->element->ncolumns, c->values,
			       c->hi - c->lo, c->is_new ? NULL : c->conflict, &c->inserted, err);

	if (r == PPS_OK && c->element->is_governor)
		r = insert_summaries(sql, c, err);
	if (r == PPS_OK && c->overlaps)
		r = pps_overlaps_insert(c->overlaps, sql, c->universe, c->is_new, err);
	return r;
}

/* ---- which record is in the way ---- */

typedef struct culprit {
	const chunk *chunk;
	size_t column;
	pps_buf *message;
} culprit;

/* A row of the target with a value of the chunk in a unique column: is it there under another key? */
static int accuse(void *user, const pps_cell *cells, pps_error **err)
{
	culprit *c = user;
	const pps_element *e = c->chunk->element;
	const pps_column *column = &e->columns[c->column];

	(void)err;
	for (size_t row = c->chunk->lo; row < c->chunk->hi && !c->message->size; row++) {
		pps_cell value = pps_records_get(c->chunk->records, row, c->column), own, governor;

		governor = pps_records_get(c->chunk->records, row, 0);
		own = pps_records_get(c->chunk->records, row, e->nrequired - 1);
		if (!pps_cell_equal(column, &value, &cells[c->column]) ||
		    pps_cell_equal(&e->columns[e->nrequired - 1], &own, &cells[e->nrequired - 1]) ||
		    (e->nrequired > 1 && !pps_cell_equal(&e->columns[0], &governor, &cells[0])))
			continue;
		pps_buf_printf(c->message, "%s %s is that of another record in the target", column->name,
			       pps_column_is_text(column) ? value.s : "");
		pps_buf_add_text(c->message, ": here it is ");
		pps_records_describe(c->chunk->records, row, c->message);
		if (pps_column_is_text(&e->columns[e->nrequired - 1]))
			pps_buf_printf(c->message, ", there %s", cells[e->nrequired - 1].s);
		else
			pps_buf_printf(c->message, ", there %lld", (long long)cells[e->nrequired - 1].i);
	}
	return PPS_OK;
}

/* Says which record of the target has a unique value of the chunk under another key; nothing when none
 * has. */
static void accuse_any(pps_sql *target, const chunk *c, pps_buf *message)
{
	const pps_element *e = c->element;

	for (size_t i = 0; i < e->nalternate && !message->size; i++) {
		culprit who = { .chunk = c, .column = e->nrequired + e->nimplied + i, .message = message };
		_cleanup_buf_ pps_buf where = PPS_BUF_LINE;
		_cleanup_free_ const char **values = calloc(c->hi - c->lo, sizeof(*values));
		pps_sql_value param;

		if (!values || !pps_column_is_text(&e->columns[who.column]))
			continue;
		for (size_t row = c->lo; row < c->hi; row++)
			values[row - c->lo] = pps_records_get(c->records, row, who.column).s;
		param = pps_sql_texts(values, c->hi - c->lo);
		pps_buf_printf(&where, "r.\"%s\" {in $1 text}", e->columns[who.column].name);
		if (pps_dimension_each(target, e, pps_buf_text(&where), &param, 1, accuse, &who, NULL) < 0)
			break;
	}
}

/* Where two writers insert the same record at once, PostgreSQL may name another unique column than the
 * primary key, for which alone there is ON CONFLICT. The second time the record is there. */
static int transact(pps_sql *target, chunk *c, pps_error **err)
{
	for (int attempt = 1;; attempt++) {
		_cleanup_(pps_error_freep) pps_error *why = NULL;
		_cleanup_buf_ pps_buf message = PPS_BUF_LINE;
		int r = pps_sql_transact(target, ATTEMPTS, insert_chunk, c, &why);
		int is_unique = r < 0 && !strcmp(pps_error_sqlstate(why), "23505");

		if (r == PPS_OK)
			return PPS_OK;
		if (is_unique && c->is_new) {
			c->is_new = 0; /* others were first */
			continue;
		}
		if (is_unique)
			accuse_any(target, c, &message);
		if (message.size)
			pps_wrap(&why, r, "%s", pps_buf_text(&message));
		if (message.size || !is_unique || attempt == ATTEMPTS) {
			pps_error_move(err, TAKE_PTR(why));
			return r;
		}
		if ((r = pps_ctx_sleep(pps_sql_ctx(target), attempt * PAUSE_NS, err)) < 0)
			return r;
	}
}

/* ---- chunks and elements ---- */

static int chunk_values(chunk *c, pps_error **err)
{
	size_t n = c->element->ncolumns;

	c->values = calloc((c->hi - c->lo) * n, sizeof(*c->values));
	if (!c->values)
		return pps_fail_nomem(err);
	for (size_t row = c->lo; row < c->hi; row++)
		for (size_t col = 0; col < n; col++) {
			pps_cell cell = pps_records_get(c->records, row, col);

			c->values[(row - c->lo) * n + col] = pps_cell_sql_value(c->element->columns[col].type, &cell);
		}
	return PPS_OK;
}

static int chunk_insert(pps_sql *target, pps_sql *source, chunk *c, pps_error **err)
{
	_cleanup_(pps_overlaps_free) pps_overlaps overlaps = { 0 };
	_cleanup_buf_ pps_buf key = PPS_BUF_LINE;
	int r = PPS_OK;

	if (c->element->is_spatial) {
		r = pps_overlaps_init(&overlaps, c->records, c->lo, c->hi, err);
		if (r == PPS_OK && source)
			r = pps_overlaps_read(&overlaps, source, c->universe, err);
		if (r == PPS_OK)
			r = pps_overlaps_compute(&overlaps, c->universe, err);
		if (r < 0)
			return r;
		pps_overlaps_sort(&overlaps);
		c->overlaps = &overlaps;
	}
	if ((r = chunk_values(c, err)) == PPS_OK)
		r = transact(target, c, err);
	free(TAKE_PTR(c->values));
	if (r < 0) {
		pps_records_describe(c->records, c->lo, &key);
		return pps_wrap(err, r, "insert records of %s from %s", c->element->name, pps_buf_text(&key));
	}
	return PPS_OK;
}

static int element_insert(pps_sql *target, pps_sql *source, const pps_universe *u, const pps_records *records,
			  int is_new, int64_t *inserted, pps_error **err)
{
	const pps_element *e = pps_records_element(records);
	_cleanup_buf_ pps_buf conflict = PPS_BUF_LINE;
	pps_sql_column columns[PPS_COLUMNS_MAX];
	int r;

	for (size_t i = 0; i < e->ncolumns; i++)
		columns[i] = (pps_sql_column){ e->columns[i].name, pps_column_sql_type(e->columns[i].type) };
	pps_conflict_clause(&conflict, columns, e->nrequired);
	if ((r = pps_buf_check(&conflict, "statement", err)) < 0)
		return r;
	for (size_t lo = 0; lo < pps_records_size(records); lo += ROWS_AT_ONCE) {
		chunk c = { .universe = u, .records = records, .element = e, .lo = lo, .columns = columns,
			    .is_new = is_new };

		if ((r = pps_ctx_check(pps_sql_ctx(target), err)) < 0)
			return r;
		c.hi = lo + ROWS_AT_ONCE;
		if (c.hi > pps_records_size(records))
			c.hi = pps_records_size(records);
		c.conflict = pps_buf_text(&conflict);
		if ((r = chunk_insert(target, source, &c, err)) < 0)
			return r;
		*inserted += c.inserted;
	}
	return PPS_OK;
}

int pps_dimension_match(const pps_dimensions *dims, const pps_universe *u, pps_error **err)
{
	const pps_universe *own = pps_dimensions_universe(dims);

	for (size_t i = 0; i < pps_universe_size(own); i++) {
		const pps_element *e = pps_universe_at(own, i), *other = pps_universe_find(u, e->name);

		if (!pps_dimensions_count(dims, e->name))
			continue;
		if (!other || !other->has_table)
			return pps_fail(err, PPS_E_UNSUPPORTED,
					"element %s is not in the target's dimension universe %d",
					e->name, pps_universe_version(u));
		for (size_t k = 0; k < e->ncolumns; k++) {
			int col = pps_element_column(other, e->columns[k].name);

			if (col < 0 || other->columns[col].type != e->columns[k].type ||
			    (k < e->nrequired) != ((size_t)col < other->nrequired))
				return pps_fail(err, PPS_E_UNSUPPORTED,
						"column %s.%s is not in the target's dimension universe %d",
						e->name, e->columns[k].name, pps_universe_version(u));
		}
	}
	return PPS_OK;
}

static int insert(pps_sql *target, const pps_universe *u, const pps_dimensions *dims, pps_sql *source, int is_new,
		  int64_t *ret_inserted, pps_error **err)
{
	int64_t inserted = 0;
	int r = pps_dimension_match(dims, u, err);

	for (size_t i = 0; r == PPS_OK && i < pps_universe_size(u); i++) {
		const pps_records *records = pps_dimensions_records_of(dims, pps_universe_at(u, i)->name);

		if (pps_records_size(records))
			r = element_insert(target, source, u, records, is_new, &inserted, err);
	}
	if (r == PPS_OK && ret_inserted)
		*ret_inserted = inserted;
	return r;
}

int pps_dimension_insert(pps_sql *target, const pps_universe *u, const pps_dimensions *dims, pps_sql *source,
			 int64_t *ret_inserted, pps_error **err)
{
	return insert(target, u, dims, source, 0, ret_inserted, err);
}

int pps_dimension_insert_new(pps_sql *target, const pps_universe *u, const pps_dimensions *dims, pps_sql *source,
			     int64_t *ret_inserted, pps_error **err)
{
	return insert(target, u, dims, source, 1, ret_inserted, err);
}
