/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Bulk insert: arrays with unnest() in one round trip a chunk. Where there is no conflict clause and there are many rows, COPY in
 * its binary form, which needs the columns' exact types: they are asked once for each connection.
 */
#include <string.h>

#include "base/codec.h"
#include "sql/sql-postgres.h"

#define CHUNK_ROWS 20000
#define CHUNK_BYTES (4u << 20)
#define ROW_BYTES_MOST (64u << 20)
#define COPY_ROWS_LEAST 500
#define RANGE_EMPTY 0x01
#define RANGE_LOWER_INCLUSIVE 0x02
#define RANGE_LOWER_INFINITE 0x08
#define RANGE_UPPER_INFINITE 0x10

typedef struct pps_pg_table {
	char **names;
	char **types; /* as CAST takes them */
	uint32_t *oids;
	size_t n, cap;
} pps_pg_table;

static void table_free(pps_pg_table *t)
{
	pps_sql_names_free(t->names, t->n);
	pps_sql_names_free(t->types, t->n);
	free(t->oids);
	free(t);
}
PPS_DEFINE_CLEANUP(pps_pg_table, table_free)

void pps_pg_forget_tables(pps_postgres *pg)
{
	for (size_t i = 0; pg->tables && i < pps_map_size(pg->tables); i++)
		table_free(pps_map_value(pg->tables, i));
	pps_map_free(pg->tables);
	pg->tables = NULL;
}

static int table_add(pps_pg_table *t, const pps_sql_rows *rows, pps_error **err)
{
	size_t n = t->n;
	size_t caps[] = { t->cap, t->cap, t->cap };
	char *name, *type;

	if (pps_grow(&t->names, &caps[0], n, sizeof *t->names) < 0 ||
	    pps_grow(&t->types, &caps[1], n, sizeof *t->types) < 0 ||
	    pps_grow(&t->oids, &caps[2], n, sizeof *t->oids) < 0)
		return pps_fail_nomem(err);
	t->cap = caps[0];
	name = strdup(pps_sql_get_text(rows, 1));
	type = strdup(pps_sql_get_text(rows, 3));
	if (!name || !type) {
		free(name);
		free(type);
		return pps_fail_nomem(err);
	}
	t->names[n] = name;
	t->types[n] = type;
	t->oids[n] = (uint32_t)pps_sql_get_int(rows, 2);
	t->n++;
	return PPS_OK;
}

static int tables_add(pps_map *tables, const pps_sql_rows *rows, pps_error **err)
{
	const char *name = pps_sql_get_text(rows, 0);
	_cleanup_(table_freep) pps_pg_table *t = NULL;
	void *known;

	if (pps_map_get_text(tables, name, &known))
		return table_add(known, rows, err);
	if (!(t = calloc(1, sizeof *t)) || pps_map_set_text(tables, name, t) < 0)
		return pps_fail_nomem(err);
	return table_add(TAKE_PTR(t), rows, err);
}

/* All tables of the schema at once: one round trip, however many of them are filled afterwards. */
static int tables_load(pps_postgres *pg, pps_error **err)
{
	_cleanup_(pps_sql_rows_freep) pps_sql_rows *rows = NULL;
	pps_sql_value schema = pps_sql_text(pg->sql.schema);
	int r;

	pps_pg_forget_tables(pg);
	if (!(pg->tables = pps_map_new()))
		return pps_fail_nomem(err);
	r = pps_sql_query(&pg->sql,
			  "SELECT c.relname, a.attname, a.atttypid::bigint, pg_catalog.format_type(a.atttypid, a.atttypmod) "
			  "FROM pg_catalog.pg_class c JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid "
			  "WHERE c.relnamespace = (SELECT n.oid FROM pg_catalog.pg_namespace n WHERE n.nspname = $1) "
			  "AND c.relkind IN ('r', 'p', 'v') AND a.attnum > 0 AND NOT a.attisdropped",
			  &schema, 1, &rows, err);
	while (r >= 0 && (r = pps_sql_next(rows, err)) == 1)
		r = tables_add(pg->tables, rows, err);
	return r;
}

static int table_of(pps_postgres *pg, const char *table, const pps_pg_table **ret_table, pps_error **err)
{
	void *known;
	int r;

	/* a table that is not known may have been made since */
	if ((!pg->tables || !pps_map_get_text(pg->tables, table, &known)) && (r = tables_load(pg, err)) < 0) {
		pps_pg_forget_tables(pg);
		return r;
	}
	if (!pps_map_get_text(pg->tables, table, &known))
		return pps_fail(err, PPS_E_NOTFOUND, "%s: there is no table %s", pg->sql.url.name, table);
	*ret_table = known;
	return PPS_OK;
}

static int column_of(const pps_postgres *pg, const pps_pg_table *t, const char *name, size_t *ret_at, pps_error **err)
{
	for (size_t i = 0; i < t->n; i++)
		if (strcmp(t->names[i], name) == 0) {
			*ret_at = i;
			return PPS_OK;
		}
	return pps_fail(err, PPS_E_NOTFOUND, "%s: the table has no column %s", pg->sql.url.name, name);
}

/* The built-in type in which a column's values travel, and its array's. */
static uint32_t natural(int type, uint32_t *ret_array, const char **ret_name)
{
	static const struct {
		int type;
		uint32_t oid;
		uint32_t array;
		const char *name;
	} map[] = {
		{ PPS_SQL_INT, PPS_PG_INT8, 1016, "bigint" },     { PPS_SQL_REAL, PPS_PG_FLOAT8, 1022, "float8" },
		{ PPS_SQL_TEXT, PPS_PG_TEXT, 1009, "text" },      { PPS_SQL_BOOL, PPS_PG_BOOL, 1000, "boolean" },
		{ PPS_SQL_UUID, PPS_PG_UUID, 2951, "uuid" },      { PPS_SQL_BYTES, PPS_PG_BYTEA, 1001, "bytea" },
		{ PPS_SQL_SPAN, PPS_PG_INT8RANGE, 3927, "int8range" },
	};

	for (size_t i = 0; i < PPS_COUNT(map); i++)
		if (map[i].type == type) {
			*ret_array = map[i].array;
			*ret_name = map[i].name;
			return map[i].oid;
		}
	return 0;
}

static void put_span(pps_buf *b, const pps_timespan *s)
{
	int lower = s->begin > PPS_TAI_MIN, upper = s->end < PPS_TAI_MAX;

	if (s->is_null) {
		pps_pg_put32(b, UINT32_MAX);
		return;
	}
	if (s->is_empty) {
		pps_pg_put32(b, 1);
		pps_buf_add_char(b, RANGE_EMPTY);
		return;
	}
	pps_pg_put32(b, (uint32_t)(1 + 12 * (lower + upper)));
	pps_buf_add_char(b, (char)((lower ? RANGE_LOWER_INCLUSIVE : RANGE_LOWER_INFINITE) | (upper ? 0 : RANGE_UPPER_INFINITE)));
	if (lower) {
		pps_pg_put32(b, 8);
		pps_pg_put64(b, (uint64_t)s->begin);
	}
	if (upper) {
		pps_pg_put32(b, 8);
		pps_pg_put64(b, (uint64_t)s->end);
	}
}

static void put_int(pps_buf *b, int64_t i, uint32_t oid)
{
	int bytes = oid == PPS_PG_INT2 ? 2 : oid == PPS_PG_INT4 ? 4 : oid == PPS_PG_BOOL ? 1 : 8;

	pps_pg_put32(b, (uint32_t)bytes);
	if (bytes == 1)
		pps_buf_add_char(b, i ? 1 : 0);
	else if (bytes == 2)
		pps_pg_put16(b, (uint16_t)i);
	else if (bytes == 4)
		pps_pg_put32(b, (uint32_t)i);
	else
		pps_pg_put64(b, (uint64_t)i);
}

static void put_real(pps_buf *b, double d, uint32_t oid)
{
	float f = (float)d;
	uint32_t bits32;
	uint64_t bits64;

	if (oid == PPS_PG_FLOAT4) {
		memcpy(&bits32, &f, sizeof bits32);
		pps_pg_put32(b, 4);
		pps_pg_put32(b, bits32);
		return;
	}
	memcpy(&bits64, &d, sizeof bits64);
	pps_pg_put32(b, 8);
	pps_pg_put64(b, bits64);
}

void pps_pg_put_value(pps_buf *b, const pps_sql_value *v, uint32_t oid)
{
	size_t n;

	switch (v->type) {
	case PPS_SQL_NULL:
		pps_pg_put32(b, UINT32_MAX);
		break;
	case PPS_SQL_INT:
	case PPS_SQL_BOOL:
		if (oid == PPS_PG_FLOAT8 || oid == PPS_PG_FLOAT4)
			put_real(b, (double)v->i, oid);
		else
			put_int(b, v->i, oid);
		break;
	case PPS_SQL_REAL:
		put_real(b, v->d, oid);
		break;
	case PPS_SQL_UUID:
		pps_pg_put32(b, sizeof v->uuid.bytes);
		pps_buf_add(b, v->uuid.bytes, sizeof v->uuid.bytes);
		break;
	case PPS_SQL_SPAN:
		put_span(b, &v->span);
		break;
	default:
		n = v->type == PPS_SQL_TEXT && !v->n ? strlen(v->s) : v->n;
		pps_pg_put32(b, (uint32_t)n);
		pps_buf_add(b, v->type == PPS_SQL_TEXT ? v->s : v->bytes, n);
	}
}

/* 1 when values of a column's @type can be written as what the table's column is. */
static int fits(int type, uint32_t oid)
{
	switch (type) {
	case PPS_SQL_INT:
		return oid == PPS_PG_INT8; /* narrower ones only the server may judge */
	case PPS_SQL_REAL:
		return oid == PPS_PG_FLOAT8;
	case PPS_SQL_TEXT:
		return oid == PPS_PG_TEXT || oid == PPS_PG_VARCHAR;
	case PPS_SQL_BOOL:
		return oid == PPS_PG_BOOL;
	case PPS_SQL_UUID:
		return oid == PPS_PG_UUID;
	case PPS_SQL_BYTES:
		return oid == PPS_PG_BYTEA;
	default:
		return type == PPS_SQL_SPAN && oid == PPS_PG_INT8RANGE;
	}
}

/* A value must be of its column's type, or NULL: else the bytes would mean something else. */
static int check_value(const pps_postgres *pg, const pps_sql_column *column, const pps_sql_value *v, pps_error **err)
{
	if (v->type == column->type || v->type == PPS_SQL_NULL ||
	    (v->type == PPS_SQL_INT && (column->type == PPS_SQL_BOOL || column->type == PPS_SQL_REAL)))
		return PPS_OK;
	return pps_fail(err, PPS_E_INTERNAL, "%s: column %s: a value of another type", pg->sql.url.name, column->name);
}

static size_t size_of(const pps_sql_value *v)
{
	switch (v->type) {
	case PPS_SQL_TEXT:
		return 4 + (v->n ? v->n : strlen(v->s));
	case PPS_SQL_BYTES:
		return 4 + v->n;
	case PPS_SQL_SPAN:
		return 29;
	default:
		return 20;
	}
}

/* How many rows from the first make one chunk; at least one. */
static size_t chunk_of(const pps_sql_value *values, size_t ncolumns, size_t nrows)
{
	size_t bytes = 0, n = 0;

	for (; n < nrows && n < CHUNK_ROWS && (n == 0 || bytes < CHUNK_BYTES); n++)
		for (size_t c = 0; c < ncolumns; c++)
			bytes += size_of(&values[n * ncolumns + c]);
	return n;
}

typedef struct insertion {
	const pps_sql_column *columns;
	size_t ncolumns;
	const pps_sql_value *values;
	size_t nrows;
	uint32_t *oids; /* element types in transit */
	Oid *arrays;
} insertion;

static int unnest_text(pps_postgres *pg, const char *table, const pps_pg_table *t, insertion *in, const char *conflict, pps_buf *b,
		       pps_error **err)
{
	_cleanup_buf_ pps_buf selected = PPS_BUF_LINE;
	_cleanup_buf_ pps_buf arrays = PPS_BUF_LINE;
	_cleanup_buf_ pps_buf names = PPS_BUF_LINE;
	int r;

	pps_buf_add_text(b, "INSERT INTO ");
	pps_sql_quote_table(&pg->sql, b, table);
	for (size_t i = 0; i < in->ncolumns; i++) {
		const char *name, *comma = i ? ", " : "";
		size_t at = 0;

		if ((r = column_of(pg, t, in->columns[i].name, &at, err)) < 0)
			return r;
		if (!(in->oids[i] = natural(in->columns[i].type, &in->arrays[i], &name)))
			return pps_fail(err, PPS_E_INTERNAL, "column %s: no type for a table", in->columns[i].name);
		pps_buf_add_text(b, i ? ", " : " (");
		pps_sql_quote(b, in->columns[i].name, "");
		pps_buf_printf(&arrays, "%s$%zu::%s[]", comma, i + 1, name);
		pps_buf_printf(&names, "%sc%zu", comma, i + 1);
		pps_buf_printf(&selected, fits(in->columns[i].type, t->oids[at]) ? "%sc%zu" : "%sc%zu::%s", comma, i + 1, t->types[at]);
	}
	pps_buf_printf(b, ") SELECT %s FROM unnest(%s) AS u(%s) %s", pps_buf_text(&selected), pps_buf_text(&arrays),
		       pps_buf_text(&names), conflict ? conflict : "");
	if ((r = pps_buf_check(&selected, "statement", err)) < 0 || (r = pps_buf_check(&arrays, "statement", err)) < 0 ||
	    (r = pps_buf_check(&names, "statement", err)) < 0)
		return r;
	return pps_buf_check(b, "statement", err);
}

/* Sends rows [first, first + n) as one array for each column. */
static int unnest_chunk(pps_postgres *pg, const char *text, const insertion *in, size_t first, size_t n, int64_t *inserted,
			pps_error **err)
{
	_cleanup_buf_ pps_buf b = PPS_BUF(CHUNK_BYTES + ROW_BYTES_MOST);
	const char *values[PPS_SQL_PARAMS_MOST];
	size_t offsets[PPS_SQL_PARAMS_MOST + 1];
	int sizes[PPS_SQL_PARAMS_MOST], formats[PPS_SQL_PARAMS_MOST];
	_cleanup_result_ PGresult *res = NULL;
	int64_t changed = 0;
	int r;

	for (size_t c = 0; c < in->ncolumns; c++) {
		offsets[c] = b.size;
		pps_pg_put_array(&b, in->oids[c], n);
		for (size_t i = first; i < first + n; i++) {
			const pps_sql_value *v = &in->values[i * in->ncolumns + c];

			if ((r = check_value(pg, &in->columns[c], v, err)) < 0)
				return r;
			pps_pg_put_value(&b, v, in->oids[c]);
		}
	}
	offsets[in->ncolumns] = b.size;
	if ((r = pps_buf_check(&b, "rows of one statement", err)) < 0)
		return r;
	for (size_t c = 0; c < in->ncolumns; c++) {
		values[c] = b.at + offsets[c];
		sizes[c] = (int)(offsets[c + 1] - offsets[c]);
		formats[c] = 1;
	}
	if ((r = pps_pg_send(pg, &(pps_pg_statement){ text, (int)in->ncolumns, in->arrays, values, sizes, formats }, err)) < 0)
		return r;
	if ((r = pps_pg_finish(pg, 0, &res, text, err)) < 0 || (r = pps_int_parse(PQcmdTuples(res), &changed, err)) < 0)
		return r;
	*inserted += changed;
	return PPS_OK;
}

static int insert_unnest(pps_postgres *pg, const char *table, const pps_pg_table *t, insertion *in, const char *conflict,
			 int64_t *inserted, pps_error **err)
{
	_cleanup_buf_ pps_buf text = PPS_BUF_SQL;
	int r = unnest_text(pg, table, t, in, conflict, &text, err);

	for (size_t i = 0, n; r == PPS_OK && i < in->nrows; i += n) {
		n = chunk_of(in->values + i * in->ncolumns, in->ncolumns, in->nrows - i);
		r = unnest_chunk(pg, pps_buf_text(&text), in, i, n, inserted, err);
	}
	return r;
}

static int can_copy(const pps_pg_table *t, const insertion *in)
{
	for (size_t i = 0; i < in->ncolumns; i++) {
		size_t at = 0;

		while (at < t->n && strcmp(t->names[at], in->columns[i].name) != 0)
			at++;
		if (at == t->n)
			return 0;
		in->oids[i] = t->oids[at];
		/* narrow integers are checked value by value below */
		if (!fits(in->columns[i].type, in->oids[i]) &&
		    !(in->columns[i].type == PPS_SQL_INT && (in->oids[i] == PPS_PG_INT2 || in->oids[i] == PPS_PG_INT4)))
			return 0;
	}
	return in->nrows >= COPY_ROWS_LEAST;
}

static int check_range(const pps_postgres *pg, const pps_sql_column *column, const pps_sql_value *v, uint32_t oid, pps_error **err)
{
	int64_t most = oid == PPS_PG_INT2 ? INT16_MAX : oid == PPS_PG_INT4 ? INT32_MAX : INT64_MAX;

	if (v->type != PPS_SQL_INT || (v->i <= most && v->i >= -most - 1))
		return PPS_OK;
	return pps_fail(err, PPS_E_FORMAT, "%s: column %s: %lld is out of range", pg->sql.url.name, column->name, (long long)v->i);
}

static int copy_rows(pps_postgres *pg, const insertion *in, size_t first, size_t n, pps_buf *b, pps_error **err)
{
	int r;

	for (size_t i = first; i < first + n; i++) {
		pps_pg_put16(b, (uint16_t)in->ncolumns);
		for (size_t c = 0; c < in->ncolumns; c++) {
			const pps_sql_value *v = &in->values[i * in->ncolumns + c];

			if ((r = check_value(pg, &in->columns[c], v, err)) < 0 ||
			    (r = check_range(pg, &in->columns[c], v, in->oids[c], err)) < 0)
				return r;
			pps_pg_put_value(b, v, in->oids[c]);
		}
	}
	return pps_buf_check(b, "rows", err);
}

static int copy_all(pps_postgres *pg, const insertion *in, pps_error **err)
{
	static const char head[] = "PGCOPY\n\377\r\n\0\0\0\0\0\0\0\0";
	_cleanup_buf_ pps_buf b = PPS_BUF(CHUNK_BYTES + ROW_BYTES_MOST);
	int r = PPS_OK, put;

	pps_buf_add(&b, head, 19);
	for (size_t i = 0, n; i < in->nrows; i += n) {
		n = chunk_of(in->values + i * in->ncolumns, in->ncolumns, in->nrows - i);
		if ((r = copy_rows(pg, in, i, n, &b, err)) < 0)
			return r;
		/* 0: libpq's buffer is full */
		while ((put = PQputCopyData(pg->conn, b.at, (int)b.size)) == 0)
			if ((r = pps_pg_flush(pg, pps_pg_deadline(pg), 0, err)) < 0)
				return r;
		if (put < 0)
			return pps_pg_fail(pg, NULL, NULL, err);
		if ((r = pps_pg_flush(pg, pps_pg_deadline(pg), 0, err)) < 0)
			return r;
		pps_buf_truncate(&b, 0);
	}
	pps_pg_put16(&b, UINT16_MAX);
	if (PQputCopyData(pg->conn, b.at, (int)b.size) < 0 || PQputCopyEnd(pg->conn, NULL) < 0)
		return pps_pg_fail(pg, NULL, NULL, err);
	return r;
}

static int insert_copy(pps_postgres *pg, const char *table, const insertion *in, int64_t *inserted, pps_error **err)
{
	_cleanup_result_ PGresult *res = NULL;
	_cleanup_buf_ pps_buf text = PPS_BUF_SQL;
	int r;

	pps_buf_add_text(&text, "COPY ");
	pps_sql_quote_table(&pg->sql, &text, table);
	for (size_t i = 0; i < in->ncolumns; i++) {
		pps_buf_add_text(&text, i ? ", " : " (");
		pps_sql_quote(&text, in->columns[i].name, "");
	}
	pps_buf_add_text(&text, ") FROM STDIN (FORMAT binary)");
	if ((r = pps_buf_check(&text, "statement", err)) < 0 || (r = pps_pg_begin_now(pg, err)) < 0)
		return r;
	if (!PQsendQuery(pg->conn, pps_buf_text(&text)))
		return pps_pg_fail(pg, NULL, NULL, err);
	if ((r = pps_pg_flush(pg, pps_pg_deadline(pg), 0, err)) < 0 ||
	    (r = pps_pg_result(pg, pps_pg_deadline(pg), 0, &res, err)) < 0) {
		pps_pg_abort(pg);
		return r;
	}
	if (PQresultStatus(res) == PGRES_COPY_IN && (r = copy_all(pg, in, err)) < 0) {
		pps_pg_abort(pg);
		return r;
	}
	if (PQresultStatus(res) != PGRES_COPY_IN)
		r = pps_pg_fail(pg, res, pps_buf_text(&text), err);
	PQclear(TAKE_PTR(res));
	if (r < 0) {
		pps_pg_finish(pg, 0, NULL, NULL, NULL);
		return r;
	}
	if ((r = pps_pg_finish(pg, 0, &res, pps_buf_text(&text), err)) < 0)
		return r;
	return pps_int_parse(PQcmdTuples(res), inserted, err);
}

int pps_pg_insert(pps_sql *sql, const char *table, const pps_sql_column *columns, size_t ncolumns, const pps_sql_value *values,
		  size_t nrows, const char *conflict, int64_t *ret_inserted, pps_error **err)
{
	pps_postgres *pg = pps_pg_of(sql);
	uint32_t oids[PPS_SQL_PARAMS_MOST];
	Oid arrays[PPS_SQL_PARAMS_MOST];
	insertion in = { .columns = columns, .ncolumns = ncolumns, .values = values, .nrows = nrows, .oids = oids,
			 .arrays = arrays };
	const pps_pg_table *t = NULL;
	int64_t inserted = 0;
	int r;

	if ((r = table_of(pg, table, &t, err)) < 0)
		return r;
	r = !conflict && can_copy(t, &in) ? insert_copy(pg, table, &in, &inserted, err) :
					    insert_unnest(pg, table, t, &in, conflict, &inserted, err);
	if (r < 0) {
		pps_pg_forget_tables(pg); /* it may have been changed under us */
		return r;
	}
	*ret_inserted = inserted;
	return PPS_OK;
}
