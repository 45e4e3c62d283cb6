/* SPDX-License-Identifier: BSD-3-Clause */
/* What a repository has of a chunk of datasets, by a few statements whatever their number. Asked only when something is there. */
#include <string.h>

#include "butler/ref-insert.h"

static int differs(pps_insertion *in, size_t ref, pps_error **err, const char *what, const char *is, const char *should)
{
	return pps_insertion_decide(in, ref, PPS_REF_DIFFERENT, err, "its %s is %s there, but should be %s", what, is, should);
}

static size_t count(const pps_insertion *in)
{
	return in->end - in->from;
}

static int ids_of(const pps_insertion *in, pps_uuid **ret, pps_error **err)
{
	pps_uuid *ids = calloc(count(in) + 1, sizeof *ids);

	if (!ids)
		return pps_fail_nomem(err);
	for (size_t i = in->from; i < in->end; i++)
		ids[i - in->from] = in->refs->at[i].id;
	*ret = ids;
	return PPS_OK;
}

/* The index of a dataset of the chunk; 0: it is none, or decided already. */
static int is_ours(const pps_insertion *in, const pps_uuid *id, size_t *ret)
{
	const pps_ref *ref = pps_refs_get(in->refs, id);

	if (!ref)
		return 0;
	*ret = (size_t)(ref - in->refs->at);
	return *ret >= in->from && *ret < in->end && pps_insertion_counts(in, *ret);
}

/* ---- datasets ---- */

static int same_keys(const pps_ref *a, const pps_ref *b)
{
	if (a->type->ndimensions != b->type->ndimensions)
		return 0;
	for (size_t k = 0; k < a->type->ndimensions; k++)
		if (a->keys[k].type != b->keys[k].type ||
		    (a->keys[k].type == PPS_SQL_TEXT ? strcmp(a->keys[k].s, b->keys[k].s) != 0 : a->keys[k].i != b->keys[k].i))
			return 0;
	return 1;
}

static int compare(pps_insertion *in, const pps_ref *there, pps_error **err)
{
	_cleanup_free_ char *is = NULL, *should = NULL;
	const pps_ref *ref;
	size_t i;
	int r;

	if (!is_ours(in, &there->id, &i))
		return PPS_OK;
	ref = &in->refs->at[i];
	in->has[i] |= PPS_REF_HAS_DATASET;
	if (strcmp(there->type->name, ref->type->name) != 0)
		return differs(in, i, err, "dataset type", there->type->name, ref->type->name);
	if (strcmp(there->run, ref->run) != 0)
		return differs(in, i, err, "run", there->run, ref->run);
	if (!there->keys)
		return PPS_OK;
	in->has[i] |= PPS_REF_HAS_TAG;
	if (same_keys(there, ref))
		return PPS_OK;
	if ((r = pps_ref_data_id(there, &is, err)) < 0 || (r = pps_ref_data_id(ref, &should, err)) < 0)
		return r;
	return differs(in, i, err, "data ID", is, should);
}

static int examine_datasets(pps_insertion *in, const pps_uuid *ids, pps_error **err)
{
	_cleanup_(pps_refs_freep) pps_refs *there = NULL;
	int r;

	if ((r = pps_butler_find_refs(in->butler, ids, count(in), PPS_REFS_KEYLESS, &there, err)) < 0)
		return r;
	for (size_t i = 0; i < there->n; i++)
		if ((r = compare(in, &there->at[i], err)) < 0)
			return r;
	return PPS_OK;
}

/* ---- whose a data ID is ---- */

/* The datasets of one tags table that are to be inserted. */
struct owners {
	pps_insertion *in;
	const pps_butler_type *type; /* the first of the table's */
	pps_map *refs;               /* type, run and data ID -> ref + 1 */
	pps_sql_value *lists;        /* for each dimension the values that occur */
	pps_arena *arena;
	int64_t *type_ids;
	size_t ntypes;
};

static void owners_clear(struct owners *o)
{
	pps_map_free(o->refs);
	pps_arena_free(o->arena);
}

static int add_ref(struct owners *o, size_t i, const pps_butler_type *type, pps_error **err)
{
	const pps_ref *ref = &o->in->refs->at[i];
	_cleanup_buf_ pps_buf key = PPS_BUF_LINE;
	int r;

	pps_buf_printf(&key, "%lld\x1f%lld", (long long)type->id, (long long)o->in->run_ids[o->in->run_of[i]]);
	for (size_t k = 0; k < type->ndimensions; k++) {
		if (ref->keys[k].type == PPS_SQL_TEXT)
			pps_buf_printf(&key, "\x1f%s", ref->keys[k].s);
		else
			pps_buf_printf(&key, "\x1f%lld", (long long)ref->keys[k].i);
	}
	if ((r = pps_buf_check(&key, "data ID", err)) < 0)
		return r;
	return pps_map_set_text(o->refs, pps_buf_text(&key), (void *)(uintptr_t)(i + 1)) < 0 ? pps_fail_nomem(err) : PPS_OK;
}

static int int_compare(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

static int text_compare(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The distinct values of the kth dimension. */
static int list_values(struct owners *o, const size_t *refs, size_t n, size_t k, pps_error **err)
{
	const pps_insertion *in = o->in;
	int is_text = in->refs->at[refs[0]].keys[k].type == PPS_SQL_TEXT;
	size_t size = is_text ? sizeof(char *) : sizeof(int64_t), kept = 0;
	char *list = pps_arena_alloc(o->arena, n * size);

	if (!list)
		return pps_arena_fail(o->arena, "data IDs", err);
	for (size_t i = 0; i < n; i++) {
		const pps_sql_value *v = &in->refs->at[refs[i]].keys[k];

		memcpy(list + i * size, is_text ? (const void *)&v->s : (const void *)&v->i, size);
	}
	qsort(list, n, size, is_text ? text_compare : int_compare);
	for (size_t i = 0; i < n; i++)
		if (!kept || (is_text ? text_compare : int_compare)(list + (kept - 1) * size, list + i * size) != 0)
			memmove(list + kept++ * size, list + i * size, size);
	o->lists[k] = is_text ? pps_sql_texts((const char *const *)(const void *)list, kept) : pps_sql_ints((const int64_t *)(const void *)list, kept);
	return PPS_OK;
}

static int check_owner(struct owners *o, const pps_sql_rows *rows, pps_error **err)
{
	_cleanup_buf_ pps_buf key = PPS_BUF_LINE;
	char text[37];
	pps_uuid id;
	void *found;
	size_t i;
	int r;

	if (pps_sql_get_uuid(rows, 0, &id) < 0)
		return pps_fail(err, PPS_E_FORMAT, "table %s holds a dataset_id that is no UUID", o->type->tags_table);
	pps_buf_printf(&key, "%lld\x1f%lld", (long long)pps_sql_get_int(rows, 1), (long long)pps_sql_get_int(rows, 2));
	for (size_t k = 0; k < o->type->ndimensions; k++)
		pps_buf_printf(&key, "\x1f%s", pps_sql_get_text(rows, 3 + (int)k));
	if ((r = pps_buf_check(&key, "data ID", err)) < 0)
		return r;
	if (!pps_map_get_text(o->refs, pps_buf_text(&key), &found))
		return PPS_OK;
	i = (uintptr_t)found - 1;
	if (pps_uuid_compare(&o->in->refs->at[i].id, &id) == 0)
		return PPS_OK;
	pps_uuid_format(&id, text);
	return pps_insertion_decide(o->in, i, PPS_REF_DIFFERENT, err, "its data ID in run %s is that of another dataset there, %s",
				    o->in->refs->at[i].run, text);
}

static int query_owners(struct owners *o, pps_error **err)
{
	_cleanup_(pps_sql_rows_freep) pps_sql_rows *rows = NULL;
	_cleanup_buf_ pps_buf text = PPS_BUF_SQL;
	pps_sql_value params[PPS_BULK_COLUMNS_MOST + 2] = { pps_sql_ints(o->in->run_ids, o->in->nruns), pps_sql_ints(o->type_ids, o->ntypes) };
	const pps_butler_type *t = o->type;
	int r;

	pps_buf_add_text(&text, "SELECT t.dataset_id, t.dataset_type_id, t.collection_id");
	for (size_t k = 0; k < t->ndimensions; k++)
		pps_buf_printf(&text, ", t.\"%s\"", t->dimensions[k]);
	pps_buf_printf(&text, " FROM {%s} AS t WHERE t.collection_id {in $1 int} AND t.dataset_type_id {in $2 int}", t->tags_table);
	for (size_t k = 0; k < t->ndimensions && k < PPS_BULK_COLUMNS_MOST; k++) {
		params[2 + k] = o->lists[k];
		pps_buf_printf(&text, " AND t.\"%s\" {in $%zu %s}", t->dimensions[k], 3 + k, o->lists[k].type == PPS_SQL_TEXTS ? "text" : "int");
	}
	if ((r = pps_buf_check(&text, "statement", err)) < 0)
		return r;
	r = pps_sql_query(o->in->butler->sql, pps_buf_text(&text), params, 2 + t->ndimensions, &rows, err);
	while (r >= 0 && (r = pps_sql_next(rows, err)) > 0)
		r = check_owner(o, rows, err);
	return r;
}

/* Of the datasets in the tags table of @first. */
static int examine_table(pps_insertion *in, const pps_butler_type *first, pps_error **err)
{
	_cleanup_(owners_clear) struct owners o = { .in = in, .type = first, .refs = pps_map_new() };
	_cleanup_free_ size_t *refs = calloc(count(in) + 1, sizeof *refs);
	size_t n = 0;
	int r;

	if (!o.refs || !refs)
		return pps_fail_nomem(err);
	if ((r = pps_arena_new((size_t)pps_ctx_memory(in->butler->ctx), &o.arena, err)) < 0)
		return r;
	o.type_ids = pps_arena_alloc(o.arena, (in->refs->types->n + 1) * sizeof *o.type_ids);
	o.lists = pps_arena_alloc(o.arena, (first->ndimensions + 1) * sizeof *o.lists);
	if (!o.type_ids || !o.lists)
		return pps_arena_fail(o.arena, "data IDs", err);
	for (size_t i = 0; i < in->refs->types->n; i++)
		if (in->types[i] && strcmp(in->types[i]->tags_table, first->tags_table) == 0)
			o.type_ids[o.ntypes++] = in->types[i]->id;
	for (size_t i = in->from; i < in->end; i++) {
		const pps_butler_type *t = in->types[in->refs->at[i].type - in->refs->types->at];

		if (!pps_insertion_counts(in, i) || !t || in->has[i] & PPS_REF_HAS_TAG || strcmp(t->tags_table, first->tags_table) != 0)
			continue;
		refs[n++] = i;
		if ((r = add_ref(&o, i, t, err)) < 0)
			return r;
	}
	for (size_t k = 0; n && k < first->ndimensions; k++)
		if ((r = list_values(&o, refs, n, k, err)) < 0)
			return r;
	return n ? query_owners(&o, err) : PPS_OK;
}

static int examine_data_ids(pps_insertion *in, pps_error **err)
{
	int r;

	for (size_t i = 0; i < in->refs->types->n; i++) {
		size_t k = 0;

		if (!in->types[i])
			continue;
		while (k < i && (!in->types[k] || strcmp(in->types[k]->tags_table, in->types[i]->tags_table) != 0))
			k++;
		if (k == i && (r = examine_table(in, in->types[i], err)) < 0)
			return r;
	}
	return PPS_OK;
}

/* ---- files ---- */

enum { LOCATED, RECORDED, TRASHED };

static int same_text(const char *a, const char *b)
{
	return strcmp(a ? a : "", b ? b : "") == 0;
}

static int check_record(pps_insertion *in, size_t i, const pps_ref_place *place, const pps_sql_rows *rows, pps_error **err)
{
	const pps_ref_file *file = place->file;
	char is[32], should[32];

	if (!same_text(pps_sql_get_text(rows, 2), place->path))
		return differs(in, i, err, "file", pps_sql_get_text(rows, 2), place->path);
	if (!same_text(pps_sql_get_text(rows, 3), file->formatter))
		return differs(in, i, err, "formatter", pps_sql_get_text(rows, 3), file->formatter);
	if (!same_text(pps_sql_get_text(rows, 4), file->storage_class))
		return differs(in, i, err, "storage class", pps_sql_get_text(rows, 4), file->storage_class);
	if (!same_text(pps_sql_get_text(rows, 6), file->checksum))
		return differs(in, i, err, "checksum", pps_sql_is_null(rows, 6) ? "none" : pps_sql_get_text(rows, 6),
			       file->checksum ? file->checksum : "none");
	if (pps_sql_is_null(rows, 7) ? file->size < 0 : pps_sql_get_int(rows, 7) == file->size)
		return PPS_OK;
	snprintf(is, sizeof is, "%lld bytes", (long long)pps_sql_get_int(rows, 7));
	snprintf(should, sizeof should, "%lld", (long long)file->size);
	return differs(in, i, err, "recorded size", is, should);
}

static int check_file(pps_insertion *in, size_t member, const pps_sql_rows *rows, pps_error **err)
{
	int64_t kind = pps_sql_get_int(rows, 0);
	const char *component;
	pps_uuid id;
	size_t i;

	if (pps_sql_get_uuid(rows, 1, &id) < 0 || !is_ours(in, &id, &i) || in->places->at[in->first_place[i]].member != member)
		return PPS_OK;
	if (kind == TRASHED)
		return pps_insertion_decide(in, i, PPS_REF_DIFFERENT, err, "it is in the trash there, which must be emptied first");
	if (kind == LOCATED) {
		in->has[i] |= PPS_REF_HAS_LOCATION;
		return PPS_OK;
	}
	component = pps_sql_get_text(rows, 5);
	for (size_t k = in->first_place[i]; k < in->first_place[i + 1]; k++) {
		const char *ours = in->places->at[k].file->component;

		if (!same_text(component, ours ? ours : PPS_NO_COMPONENT))
			continue;
		in->recorded[k] = 1;
		return check_record(in, i, &in->places->at[k], rows, err);
	}
	return differs(in, i, err, "recorded component", component, "none of this name");
}

static int examine_member(pps_insertion *in, size_t member, const pps_uuid *ids, pps_error **err)
{
	static const char rows_of[] =
		"SELECT %d AS kind, dataset_id, CAST(NULL AS TEXT) AS path, CAST(NULL AS TEXT) AS formatter, CAST(NULL AS TEXT) AS storage_class,"
		" CAST(NULL AS TEXT) AS component, CAST(NULL AS TEXT) AS checksum, 0 AS file_size FROM {%s}"
		" WHERE datastore_name = $2 AND dataset_id {in $1 uuid} UNION ALL ";
	const pps_butler_member *m = &in->butler->config.members[member];
	_cleanup_(pps_sql_rows_freep) pps_sql_rows *rows = NULL;
	_cleanup_buf_ pps_buf text = PPS_BUF_LINE;
	pps_sql_value params[] = { pps_sql_uuids(ids, count(in)), pps_sql_text(m->name) };
	int r, has = 1;

	/* a repository that nothing was put in has none */
	if (!in->butler->has_record_tables && (r = pps_sql_has_table(in->butler->sql, m->table, &has, err)) < 0)
		return r;
	if (!has)
		return PPS_OK;
	pps_buf_printf(&text, rows_of, TRASHED, "dataset_location_trash");
	pps_buf_printf(&text, rows_of, LOCATED, "dataset_location");
	pps_buf_printf(&text, "SELECT %d, dataset_id, path, formatter, storage_class, component, checksum, file_size FROM {%s}"
		       " WHERE dataset_id {in $1 uuid}", RECORDED, m->table);
	if ((r = pps_buf_check(&text, "statement", err)) < 0)
		return r;
	r = pps_sql_query(in->butler->sql, pps_buf_text(&text), params, PPS_COUNT(params), &rows, err);
	while (r >= 0 && (r = pps_sql_next(rows, err)) > 0)
		r = check_file(in, member, rows, err);
	return r;
}

static int is_used(const pps_insertion *in, size_t member)
{
	for (size_t i = in->from; i < in->end; i++)
		if (pps_insertion_counts(in, i) && in->places->at[in->first_place[i]].member == member)
			return 1;
	return 0;
}

int pps_insertion_examine(pps_insertion *in, pps_error **err)
{
	_cleanup_free_ pps_uuid *ids = NULL;
	int r;

	if ((r = ids_of(in, &ids, err)) < 0 || (r = examine_datasets(in, ids, err)) < 0 || (r = examine_data_ids(in, err)) < 0)
		return r;
	for (size_t m = 0; m < in->butler->config.nmembers; m++)
		if (is_used(in, m) && (r = examine_member(in, m, ids, err)) < 0)
			return r;
	return PPS_OK;
}
