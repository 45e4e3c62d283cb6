/* SPDX-License-Identifier: BSD-3-Clause */
/* Datasets by UUID: rows of `dataset`, their runs and types, the keys in the tags tables, file records. */
#include "butler/ref.h"

#include <string.h>

#include "butler/chunk.h"
#include "butler/ref-private.h"

#define TABLES_MOST 32 /* tags tables in one statement */

/* What `dataset` says of one. */
struct row {
	pps_uuid id;
	int64_t type, run, date;
};

struct finder {
	pps_butler *butler;
	pps_refs *refs;
	struct row *rows; /* as refs->at */
	size_t nrows, cap;
	int64_t *type_ids, *run_ids; /* distinct */
	size_t ntypes, nruns;
};

static void finder_clear(struct finder *f)
{
	pps_refs_free(f->refs);
	free(f->rows);
	free(f->type_ids);
	free(f->run_ids);
}

void pps_refs_free(pps_refs *refs)
{
	if (!refs)
		return;
	free(refs->at);
	pps_butler_types_free(refs->types);
	pps_arena_free(refs->arena);
	free(refs);
}

static int by_id(const void *a, const void *b)
{
	return memcmp(&((const pps_ref *)a)->id, &((const pps_ref *)b)->id, sizeof(pps_uuid));
}

const pps_ref *pps_refs_get(const pps_refs *refs, const pps_uuid *id)
{
	const pps_ref key = { .id = *id };

	return refs->n ? bsearch(&key, refs->at, refs->n, sizeof key, by_id) : NULL;
}

/* ---- what a ref says ---- */

const pps_sql_value *pps_ref_key(const pps_ref *ref, const char *dimension)
{
	for (size_t k = 0; k < ref->type->ndimensions; k++)
		if (strcmp(ref->type->dimensions[k], dimension) == 0)
			return &ref->keys[k];
	return NULL;
}

const char *pps_ref_instrument(const pps_ref *ref)
{
	const pps_sql_value *v = pps_ref_key(ref, "instrument");

	return v ? v->s : NULL;
}

void pps_add_json_text(pps_buf *b, const char *text)
{
	const char *from = text;

	pps_buf_add_char(b, '"');
	for (const char *s = text; *s; s++) {
		if ((unsigned char)*s >= 0x20 && *s != '"' && *s != '\\')
			continue;
		pps_buf_add(b, from, (size_t)(s - from));
		from = s + 1;
		if ((unsigned char)*s < 0x20)
			pps_buf_printf(b, "\\u%04x", (unsigned)*s);
		else
			pps_buf_printf(b, "\\%c", *s);
	}
	pps_buf_add_text(b, from);
	pps_buf_add_char(b, '"');
}

static void add_number(pps_buf *b, int64_t value)
{
	char digits[24], *p = digits + sizeof digits;
	uint64_t rest = value < 0 ? -(uint64_t)value : (uint64_t)value;

	do
		*--p = (char)('0' + rest % 10);
	while (rest /= 10);
	if (value < 0)
		*--p = '-';
	pps_buf_add(b, p, (size_t)(digits + sizeof digits - p));
}

int pps_ref_data_id(const pps_ref *ref, char **ret_json, pps_error **err)
{
	_cleanup_buf_ pps_buf b = PPS_BUF_LINE;
	int r;

	pps_buf_add_char(&b, '{');
	for (size_t k = 0; k < ref->type->ndimensions; k++) {
		pps_buf_add_text(&b, k ? ", " : "");
		pps_add_json_text(&b, ref->type->dimensions[k]);
		pps_buf_add_text(&b, ": ");
		if (ref->keys[k].type == PPS_SQL_TEXT)
			pps_add_json_text(&b, ref->keys[k].s);
		else
			add_number(&b, ref->keys[k].i);
	}
	pps_buf_add_char(&b, '}');
	if ((r = pps_buf_check(&b, "data ID", err)) < 0)
		return r;
	*ret_json = pps_buf_take(&b);
	return PPS_OK;
}

/* ---- datasets ---- */

/* As TAI ns. */
static int read_date(const struct finder *f, const pps_sql_rows *rows, int column, int64_t *ret, pps_error **err)
{
	*ret = 0;
	if (pps_sql_is_null(rows, column))
		return PPS_OK;
	if (f->butler->dates_are_text)
		return pps_time_parse(pps_sql_get_text(rows, column), PPS_SCALE_UTC, ret, err);
	*ret = pps_sql_get_int(rows, column);
	return PPS_OK;
}

static int add_row(struct finder *f, const pps_sql_rows *rows, pps_error **err)
{
	struct row row = { .type = pps_sql_get_int(rows, 1), .run = pps_sql_get_int(rows, 2) };
	int r;

	if (pps_sql_get_uuid(rows, 0, &row.id) < 0)
		return pps_fail(err, PPS_E_FORMAT, "table dataset holds an id that is no UUID");
	if ((r = read_date(f, rows, 3, &row.date, err)) < 0)
		return pps_wrap(err, r, "ingest_date");
	if (pps_grow(&f->rows, &f->cap, f->nrows, sizeof row) < 0)
		return pps_fail_nomem(err);
	f->rows[f->nrows++] = row;
	return PPS_OK;
}

static int query_datasets(struct finder *f, const pps_uuid *ids, size_t n, pps_error **err)
{
	_cleanup_(pps_sql_rows_freep) pps_sql_rows *rows = NULL;
	pps_sql_value params[] = { pps_sql_uuids(ids, n) };
	int r = pps_sql_query(f->butler->sql, "SELECT d.id, d.dataset_type_id, d.run_id, d.ingest_date FROM {dataset by id $1} AS d", params,
			      1, &rows, err);

	while (r >= 0 && (r = pps_sql_next(rows, err)) > 0)
		r = add_row(f, rows, err);
	return r;
}

static int row_by_id(const void *a, const void *b)
{
	return memcmp(&((const struct row *)a)->id, &((const struct row *)b)->id, sizeof(pps_uuid));
}

static int by_number(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

/* The distinct values of a column of the rows: few, mostly the same as in the row before. */
static int distinct(const struct finder *f, size_t offset, int64_t **ret, size_t *ret_n, pps_error **err)
{
	int64_t *list = calloc(f->nrows + 1, sizeof *list);
	size_t n = 0, kept = 0;

	if (!list)
		return pps_fail_nomem(err);
	for (size_t i = 0; i < f->nrows; i++) {
		int64_t value = *(const int64_t *)(const void *)((const char *)&f->rows[i] + offset);

		if (!n || list[n - 1] != value)
			list[n++] = value;
	}
	if (n)
		qsort(list, n, sizeof *list, by_number);
	for (size_t i = 0; i < n; i++)
		if (!kept || list[kept - 1] != list[i])
			list[kept++] = list[i];
	*ret = list;
	*ret_n = kept;
	return PPS_OK;
}

static size_t place_of(const int64_t *list, size_t n, int64_t value)
{
	const int64_t *found = n ? bsearch(&value, list, n, sizeof value, by_number) : NULL;

	return found ? (size_t)(found - list) : n;
}

/* ---- their runs and types ---- */

struct run {
	const char *name, *doc;
};

static int read_runs(struct finder *f, struct run *runs, pps_error **err)
{
	_cleanup_(pps_sql_rows_freep) pps_sql_rows *rows = NULL;
	pps_sql_value params[] = { pps_sql_ints(f->run_ids, f->nruns) };
	int r = pps_sql_query(f->butler->sql, "SELECT collection_id, name, doc FROM {collection} WHERE collection_id {in $1 int}", params, 1,
			      &rows, err);

	while (r >= 0 && (r = pps_sql_next(rows, err)) > 0) {
		size_t i = place_of(f->run_ids, f->nruns, pps_sql_get_int(rows, 0));

		if (i == f->nruns)
			continue;
		runs[i].name = pps_arena_text(f->refs->arena, pps_sql_get_text(rows, 1));
		runs[i].doc = pps_arena_text(f->refs->arena, pps_sql_get_text(rows, 2));
		if (!runs[i].name || (!runs[i].doc && !pps_sql_is_null(rows, 2)))
			return pps_arena_fail(f->refs->arena, "datasets", err);
	}
	return r;
}

/* In the order of type_ids; NULL for one that has gone meanwhile. */
static const pps_butler_type **types_by_place(const struct finder *f)
{
	const pps_butler_type **list = calloc(f->ntypes + 1, sizeof *list);

	for (size_t i = 0; list && i < f->refs->types->n; i++)
		list[place_of(f->type_ids, f->ntypes, f->refs->types->at[i].id)] = &f->refs->types->at[i];
	return list;
}

/* The refs without their keys. */
static int fill_refs(struct finder *f, pps_error **err)
{
	_cleanup_free_ struct run *runs = calloc(f->nruns + 1, sizeof *runs);
	_cleanup_free_ const pps_butler_type **types = NULL;
	int r;

	if (!runs || !(f->refs->at = calloc(f->nrows + 1, sizeof *f->refs->at)))
		return pps_fail_nomem(err);
	if ((r = read_runs(f, runs, err)) < 0 ||
	    (r = pps_butler_types_by_id(f->butler, f->type_ids, f->ntypes, &f->refs->types, err)) < 0)
		return r;
	if (!(types = types_by_place(f)))
		return pps_fail_nomem(err);
	for (size_t i = 0; i < f->nrows; i++) {
		const struct row *row = &f->rows[i];
		const struct run *run = &runs[place_of(f->run_ids, f->nruns, row->run)];

		f->refs->at[i] = (pps_ref){ .id = row->id, .type = types[place_of(f->type_ids, f->ntypes, row->type)],
					    .run = run->name, .run_doc = run->doc, .ingest_date = row->date };
	}
	f->refs->n = f->nrows;
	return PPS_OK;
}

/* ---- their keys ---- */

static int set_key(struct finder *f, const pps_butler_type *t, size_t k, const pps_sql_rows *rows, pps_sql_value *ret, pps_error **err)
{
	const pps_element *e = pps_universe_find(f->butler->universe, t->dimensions[k]);
	const char *text = pps_sql_get_text(rows, 1 + (int)k), *copy;

	if (!e || !text)
		return pps_fail(err, PPS_E_FORMAT, "table %s holds no value of %s", t->tags_table, t->dimensions[k]);
	if (!pps_butler_is_text(e)) {
		*ret = pps_sql_int(pps_sql_get_int(rows, 1 + (int)k));
		return PPS_OK;
	}
	if (!(copy = pps_arena_name(f->refs->arena, text)))
		return pps_arena_fail(f->refs->arena, "datasets", err);
	*ret = pps_sql_text(copy);
	return PPS_OK;
}

static int set_keys(struct finder *f, const pps_sql_rows *rows, pps_error **err)
{
	pps_ref *ref;
	pps_sql_value *keys;
	pps_uuid id;
	int r;

	if (pps_sql_get_uuid(rows, 0, &id) < 0)
		return pps_fail(err, PPS_E_FORMAT, "a table of tags holds a dataset_id that is no UUID");
	if (!(ref = (pps_ref *)(uintptr_t)pps_refs_get(f->refs, &id)) || !ref->type)
		return PPS_OK;
	if (!(keys = pps_arena_alloc(f->refs->arena, (ref->type->ndimensions + 1) * sizeof *keys)))
		return pps_arena_fail(f->refs->arena, "datasets", err);
	for (size_t k = 0; k < ref->type->ndimensions; k++)
		if ((r = set_key(f, ref->type, k, rows, &keys[k], err)) < 0)
			return r;
	ref->keys = keys;
	return PPS_OK;
}

/* The tags tables of a chunk's datasets, each with the ids that it should know. */
struct tables {
	const pps_butler_type *types[TABLES_MOST]; /* the first type of each table: all have the same dimensions */
	pps_uuid *ids[TABLES_MOST];
	size_t counts[TABLES_MOST];
	size_t n, columns;
};

static void tables_clear(struct tables *t)
{
	for (size_t i = 0; i < t->n; i++)
		free(t->ids[i]);
	t->n = t->columns = 0;
}

/* "SELECT id, keys as text, NULLs in place of those that only others have"; one statement for all of them. */
static int query_tables(struct finder *f, const struct tables *t, pps_error **err)
{
	_cleanup_(pps_sql_rows_freep) pps_sql_rows *rows = NULL;
	_cleanup_buf_ pps_buf text = PPS_BUF_SQL;
	pps_sql_value params[TABLES_MOST + 1] = { pps_sql_ints(f->run_ids, f->nruns) };
	int r;

	for (size_t i = 0; i < t->n; i++) {
		const pps_butler_type *type = t->types[i];

		params[1 + i] = pps_sql_uuids(t->ids[i], t->counts[i]);
		pps_buf_printf(&text, "%sSELECT t.dataset_id", i ? " UNION ALL " : "");
		for (size_t k = 0; k < t->columns; k++) {
			if (k < type->ndimensions)
				pps_buf_printf(&text, ", CAST(t.\"%s\" AS TEXT)", type->dimensions[k]);
			else
				pps_buf_add_text(&text, ", CAST(NULL AS TEXT)");
		}
		/* by the id: the collection may have millions that nobody has counted yet */
		pps_buf_printf(&text, " FROM {%s by dataset_id $%zu} AS t WHERE +t.collection_id {in $1 int}", type->tags_table, 2 + i);
	}
	if ((r = pps_buf_check(&text, "statement", err)) < 0)
		return r;
	r = pps_sql_query(f->butler->sql, pps_buf_text(&text), params, t->n + 1, &rows, err);
	while (r >= 0 && (r = pps_sql_next(rows, err)) > 0)
		r = set_keys(f, rows, err);
	return r;
}

static int add_to_table(struct tables *t, const pps_ref *ref, size_t most, int *ret_full, pps_error **err)
{
	size_t i = 0;

	while (i < t->n && strcmp(t->types[i]->tags_table, ref->type->tags_table) != 0)
		i++;
	*ret_full = i == TABLES_MOST;
	if (*ret_full)
		return PPS_OK;
	if (i == t->n) {
		if (!(t->ids[i] = calloc(most, sizeof *t->ids[i])))
			return pps_fail_nomem(err);
		t->types[i] = ref->type;
		t->counts[i] = 0;
		t->n++;
	}
	t->ids[i][t->counts[i]++] = ref->id;
	if (ref->type->ndimensions > t->columns)
		t->columns = ref->type->ndimensions;
	return PPS_OK;
}

static int find_keys(struct finder *f, size_t from, size_t n, pps_error **err)
{
	_cleanup_(tables_clear) struct tables t = { .n = 0 };
	int r, full;

	for (size_t i = from; i < from + n; i++) {
		if (!f->refs->at[i].type || !f->refs->at[i].run)
			continue;
		if ((r = add_to_table(&t, &f->refs->at[i], n, &full, err)) < 0)
			return r;
		if (!full)
			continue;
		if ((r = query_tables(f, &t, err)) < 0)
			return r;
		tables_clear(&t);
		i--;
	}
	return t.n ? query_tables(f, &t, err) : PPS_OK;
}

/* Those without keys are being removed, or are none that anybody could find. */
static void drop_lost(pps_refs *refs)
{
	size_t kept = 0;

	for (size_t i = 0; i < refs->n; i++)
		if (refs->at[i].keys)
			refs->at[kept++] = refs->at[i];
	refs->n = kept;
}

/* ---- all of it ---- */

static int find(struct finder *f, const pps_uuid *ids, size_t n, int flags, pps_error **err)
{
	int r;

	for (size_t i = 0; i < n; i += PPS_REFS_CHUNK)
		if ((r = query_datasets(f, ids + i, n - i < PPS_REFS_CHUNK ? n - i : PPS_REFS_CHUNK, err)) < 0)
			return r;
	pps_sort(f->rows, f->nrows, sizeof *f->rows, row_by_id);
	if ((r = distinct(f, offsetof(struct row, type), &f->type_ids, &f->ntypes, err)) < 0 ||
	    (r = distinct(f, offsetof(struct row, run), &f->run_ids, &f->nruns, err)) < 0 || (r = fill_refs(f, err)) < 0)
		return r;
	for (size_t i = 0; i < f->nrows; i += PPS_REFS_CHUNK)
		if ((r = find_keys(f, i, f->nrows - i < PPS_REFS_CHUNK ? f->nrows - i : PPS_REFS_CHUNK, err)) < 0)
			return r;
	if (!(flags & PPS_REFS_KEYLESS))
		drop_lost(f->refs);
	for (size_t i = 0; flags & PPS_REFS_FILES && i < f->refs->n; i += PPS_REFS_CHUNK)
		if ((r = pps_refs_read_files(f->butler, f->refs, i, f->refs->n - i < PPS_REFS_CHUNK ? f->refs->n - i : PPS_REFS_CHUNK, err)) < 0)
			return r;
	return PPS_OK;
}

int pps_butler_find_refs(pps_butler *butler, const pps_uuid *ids, size_t n, int flags, pps_refs **ret, pps_error **err)
{
	_cleanup_(finder_clear) struct finder f = { .butler = butler, .refs = calloc(1, sizeof(pps_refs)) };
	_cleanup_free_ pps_uuid *sorted = NULL;
	int r;

	if (!f.refs)
		return pps_fail_nomem(err);
	if ((r = pps_arena_new((size_t)pps_ctx_memory(butler->ctx), &f.refs->arena, err)) < 0 ||
	    (r = pps_chunk_sort(ids, n, &sorted, &n, err)) < 0 || (r = find(&f, sorted, n, flags, err)) < 0)
		return pps_wrap(err, r, "datasets of %s", butler->config.uri);
	*ret = TAKE_PTR(f.refs);
	return PPS_OK;
}
