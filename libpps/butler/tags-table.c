/* SPDX-License-Identifier: BSD-3-Clause */
/* The tables that hold associations of datasets with collections, one (or two) for each set of dimensions: as Python makes them. */
#include <string.h>

#include "butler/butler-private.h"
#include "sql/sql.h"

#define COLUMNS_MOST 16

struct table {
	const pps_butler *butler;
	const char *name;
	int pg;
	pps_buf *b;       /* CREATE TABLE */
	pps_buf indexes;  /* CREATE INDEX after it */
};

/* A column's name, quoted only where SQL needs it. */
static void add_column(pps_buf *b, const char *column)
{
	pps_buf_printf(b, strcmp(column, "group") == 0 ? "\"%s\"" : "%s", column);
}

static void add_columns(pps_buf *b, const char *const *columns, size_t n, const char *separator)
{
	for (size_t i = 0; i < n; i++) {
		pps_buf_add_text(b, i ? separator : "");
		if (separator[0] == '_')
			pps_buf_add_text(b, columns[i]);
		else
			add_column(b, columns[i]);
	}
}

/* "CONSTRAINT name " or an index's name, shortened where the database needs it. */
static void add_name(struct table *t, pps_buf *b, const pps_buf *name)
{
	char shrunk[256];

	pps_shrink_name(t->pg ? PPS_SQL_POSTGRES : PPS_SQL_SQLITE, pps_buf_text(name), shrunk);
	pps_buf_add_text(b, shrunk);
}

static void add_index(struct table *t, const char *kind, const char *const *columns, size_t n)
{
	_cleanup_buf_ pps_buf name = PPS_BUF_LINE;

	pps_buf_printf(&name, "%s_%s_", t->name, kind);
	add_columns(&name, columns, n, "_");
	pps_buf_add_text(&t->indexes, ";\nCREATE INDEX ");
	add_name(t, &t->indexes, &name);
	pps_buf_printf(&t->indexes, " ON {%s} (", t->name);
	add_columns(&t->indexes, columns, n, ", ");
	pps_buf_add_char(&t->indexes, ')');
}

static void add_foreign_key(struct table *t, const char *const *source, const char *target, const char *const *columns, size_t n,
			    const char *action)
{
	_cleanup_buf_ pps_buf name = PPS_BUF_LINE;

	pps_buf_printf(&name, "fkey_%s_%s_", t->name, target);
	add_columns(&name, columns, n, "_");
	pps_buf_add_char(&name, '_');
	add_columns(&name, source, n, "_");
	pps_buf_add_text(t->b, ", \n\tCONSTRAINT ");
	add_name(t, t->b, &name);
	pps_buf_add_text(t->b, " FOREIGN KEY(");
	add_columns(t->b, source, n, ", ");
	pps_buf_printf(t->b, ") REFERENCES {%s} (", target);
	add_columns(t->b, columns, n, ", ");
	pps_buf_printf(t->b, ")%s", action);
	add_index(t, "fkidx", source, n);
}

/* The column of a dimension: the type of its own key. */
static void add_dimension_column(struct table *t, const pps_element *dimension)
{
	const pps_element *source = dimension->view_of ? dimension->view_of : dimension;
	int at = dimension->view_of ? pps_element_column(source, dimension->name) : (int)dimension->nrequired - 1;
	const pps_column *key = dimension->is_skypix || at < 0 ? NULL : &source->columns[at];

	pps_buf_add_text(t->b, ", \n\t");
	add_column(t->b, dimension->name);
	if (!key || key->type != PPS_COLUMN_STRING)
		pps_buf_add_text(t->b, " BIGINT NOT NULL");
	else if (key->length > 0 && key->length <= 32)
		pps_buf_printf(t->b, " VARCHAR(%d) NOT NULL", key->length);
	else
		pps_buf_add_text(t->b, " TEXT NOT NULL");
}

/* SQLite knows no lengths: Python has them checked. */
static void add_length_check(struct table *t, const pps_element *dimension)
{
	const pps_element *source = dimension->view_of ? dimension->view_of : dimension;
	int at = dimension->view_of ? pps_element_column(source, dimension->name) : (int)dimension->nrequired - 1;
	const pps_column *key = dimension->is_skypix || at < 0 ? NULL : &source->columns[at];

	if (t->pg || !key || key->type != PPS_COLUMN_STRING || key->length <= 0 || key->length > 32)
		return;
	pps_buf_printf(t->b, ", \n\tCONSTRAINT %s_len_%s CHECK (length(\"%s\")<=%d AND length(\"%s\")>=1)", t->name, dimension->name,
		       dimension->name, key->length, dimension->name);
}

static int add_dimension_keys(struct table *t, const pps_element *dimension)
{
	const char *source[COLUMNS_MOST], *target[COLUMNS_MOST], *summary[2] = { "collection_id", dimension->name };
	_cleanup_buf_ pps_buf name = PPS_BUF_LINE;
	size_t n = dimension->nrequired;

	if (n > COLUMNS_MOST)
		return -1;
	if (dimension->has_table && !dimension->view_of) {
		for (size_t i = 0; i < n; i++) {
			source[i] = dimension->required[i]->name;
			target[i] = dimension->columns[i].name;
		}
		add_foreign_key(t, source, dimension->name, target, n, "");
	}
	if (dimension->is_governor) {
		pps_buf_printf(&name, "collection_summary_%s", dimension->name);
		add_foreign_key(t, summary, pps_buf_text(&name), summary, 2, "");
	}
	return 0;
}

/* Unique constraint of tags, look-up index of calibrations: type, collection and data ID. */
static int add_lookup(struct table *t, const pps_dimension_group *dimensions, int is_calibration)
{
	_cleanup_buf_ pps_buf name = PPS_BUF_LINE;
	const char *columns[COLUMNS_MOST + 4] = { "dataset_type_id", "collection_id" };
	size_t n = 2;

	if (dimensions->nrequired > COLUMNS_MOST)
		return -1;
	for (size_t i = 0; i < dimensions->nrequired; i++)
		columns[n++] = dimensions->required[i]->name;
	if (is_calibration) {
		columns[n++] = t->pg ? "timespan" : "timespan_begin";
		if (!t->pg)
			columns[n++] = "timespan_end";
		add_index(t, "idx", columns, n);
		return 0;
	}
	pps_buf_printf(&name, "%s_unq_", t->name);
	add_columns(&name, columns, n, "_");
	pps_buf_add_text(t->b, ", \n\tCONSTRAINT ");
	add_name(t, t->b, &name);
	pps_buf_add_text(t->b, " UNIQUE (");
	add_columns(t->b, columns, n, ", ");
	pps_buf_add_char(t->b, ')');
	return 0;
}

static void add_head(struct table *t, int is_calibration)
{
	if (t->pg && is_calibration)
		pps_buf_printf(t->b, "CREATE SEQUENCE {%s_seq_id};\n", t->name);
	pps_buf_printf(t->b, "CREATE TABLE {%s} (", t->name);
	if (is_calibration)
		pps_buf_printf(t->b, "\n\tid %s NOT NULL, ", t->pg ? "BIGINT" : "INTEGER");
	pps_buf_printf(t->b, "\n\tdataset_type_id BIGINT NOT NULL, \n\tdataset_id %s NOT NULL, \n\tcollection_id BIGINT NOT NULL",
		       t->pg ? "UUID" : "CHAR(32)");
}

static void add_tail_columns(struct table *t, int is_calibration)
{
	if (!is_calibration)
		pps_buf_add_text(t->b, ", \n\tPRIMARY KEY (dataset_id, collection_id)");
	else if (t->pg)
		pps_buf_add_text(t->b, ", \n\ttimespan int8range DEFAULT '(,)'::int8range NOT NULL, \n\tPRIMARY KEY (id)");
	else
		pps_buf_add_text(t->b, ", \n\ttimespan_begin BIGINT DEFAULT 0 NOT NULL, "
				       "\n\ttimespan_end BIGINT DEFAULT 4102444800000000000 NOT NULL, \n\tPRIMARY KEY (id)");
}

int pps_tags_ddl(const pps_butler *butler, const char *table, const pps_dimension_group *dimensions, int is_calibration,
		 pps_buf *script, pps_error **err)
{
	static const char *const type[] = { "dataset_type_id" }, *const dataset[] = { "dataset_id" };
	static const char *const collection[] = { "collection_id" }, *const id[] = { "id" };
	static const char *const summary[] = { "collection_id", "dataset_type_id" };
	struct table t = { .butler = butler, .name = table, .b = script, .indexes = PPS_BUF_SQL };
	int failed = 0, r;

	t.pg = pps_sql_kind(butler->sql) == PPS_SQL_POSTGRES;
	add_head(&t, is_calibration);
	for (size_t i = 0; i < dimensions->nrequired; i++)
		add_dimension_column(&t, dimensions->required[i]);
	add_tail_columns(&t, is_calibration);
	for (size_t i = 0; i < dimensions->nrequired; i++)
		add_length_check(&t, dimensions->required[i]);
	failed |= add_lookup(&t, dimensions, is_calibration);
	add_foreign_key(&t, type, "dataset_type", id, 1, "");
	add_foreign_key(&t, dataset, "dataset", id, 1, " ON DELETE CASCADE");
	add_foreign_key(&t, collection, "collection", collection, 1, " ON DELETE CASCADE");
	add_foreign_key(&t, summary, "collection_summary_dataset_type", summary, 2, "");
	for (size_t i = 0; i < dimensions->nrequired; i++)
		failed |= add_dimension_keys(&t, dimensions->required[i]);
	pps_buf_add_text(script, "\n)");
	pps_buf_add_text(script, pps_buf_text(&t.indexes));
	r = pps_buf_check(&t.indexes, "indexes", err);
	pps_buf_free(&t.indexes);
	if (failed)
		return pps_fail(err, PPS_E_UNSUPPORTED, "table %s: more than %d dimensions", table, COLUMNS_MOST);
	return r < 0 ? r : pps_buf_check(script, "table", err);
}

/* A table of file records and its row in Python's list: made as by the first Python Butler that writes to the repository. */
static int make_record_table(pps_butler *b, const char *table, pps_error **err)
{
	static const pps_sql_column columns[] = { { "table_name", PPS_SQL_TEXT } };
	int pg = pps_sql_kind(b->sql) == PPS_SQL_POSTGRES, r;
	_cleanup_buf_ pps_buf script = PPS_BUF_LINE, index = PPS_BUF_LINE;
	pps_sql_value value = pps_sql_text(table);
	char shrunk[256];

	pps_buf_printf(&index, "%s_idx_path", table);
	pps_shrink_name(pps_sql_kind(b->sql), pps_buf_text(&index), shrunk);
	pps_buf_printf(&script,
		       "CREATE TABLE {%s} (\n\tdataset_id %s NOT NULL, \n\tpath TEXT NOT NULL, \n\tformatter TEXT NOT NULL, "
		       "\n\tstorage_class TEXT NOT NULL, \n\tcomponent VARCHAR(32) NOT NULL, \n\tchecksum TEXT, \n\tfile_size BIGINT, "
		       "\n\tPRIMARY KEY (dataset_id, component)",
		       table, pg ? "UUID" : "CHAR(32)");
	if (!pg)
		pps_buf_printf(&script, ", \n\tCONSTRAINT %s_len_component CHECK (length(\"component\")<=32 AND length(\"component\")>=1)",
			       table);
	pps_buf_printf(&script, "\n);\nCREATE INDEX \"%s\" ON {%s} (path)", shrunk, table);
	if ((r = pps_buf_check(&script, "table", err)) < 0 || (r = pps_sql_script(b->sql, pps_buf_text(&script), err)) < 0)
		return r;
	return pps_sql_insert(b->sql, "opaque_meta", columns, 1, &value, 1, "ON CONFLICT DO NOTHING", NULL, err);
}

int pps_butler_ensure_record_tables(pps_butler *butler, pps_error **err)
{
	if (butler->has_record_tables)
		return PPS_OK;
	for (size_t i = 0; i < butler->config.nmembers; i++) {
		const char *table = butler->config.members[i].table;
		int r, has;

		if ((r = pps_sql_has_table(butler->sql, table, &has, err)) < 0)
			return r;
		if (!has && (r = make_record_table(butler, table, err)) < 0)
			return pps_wrap(err, r, "make table %s", table);
	}
	return PPS_OK;
}

int pps_butler_ingest_date(const pps_butler *butler, char text[40], pps_sql_value *ret, pps_error **err)
{
	int64_t tai;
	int r;

	if ((r = pps_tai_now(&tai, err)) < 0)
		return r;
	tai -= tai % 1000;
	*ret = pps_sql_int(tai);
	if (!butler->dates_are_text)
		return PPS_OK;
	if ((r = pps_time_format(tai, PPS_SCALE_UTC, 6, ' ', text, err)) < 0)
		return r;
	*ret = pps_sql_text(text);
	return PPS_OK;
}

void pps_sequence_literal(const pps_butler *butler, const char *name, pps_buf *b)
{
	const char *schema = pps_sql_schema(butler->sql);

	pps_buf_add_char(b, '\'');
	for (const char *s = schema ? schema : ""; *s; s++) {
		if (s == schema)
			pps_buf_add_char(b, '"');
		if (*s == '\'' || *s == '"')
			pps_buf_add_char(b, *s);
		pps_buf_add_char(b, *s);
	}
	pps_buf_printf(b, "%s%s'", schema && *schema ? "\"." : "", name);
}
