/* SPDX-License-Identifier: BSD-3-Clause */
/* What a repository has of a zip's datasets, by a few statements whatever their number. */
#include <string.h>

#include "butler/ingest.h"

static pps_ingest_ref *ref_of(const pps_ingest *in, const pps_uuid *id)
{
	size_t low = 0, high = in->nrefs;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int c = memcmp(&in->refs[middle].ref->id, id, sizeof *id);

		if (!c)
			return &in->refs[middle];
		if (c < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

static int differs(pps_ingest *in, pps_ingest_ref *ref, pps_error **err, const char *what, const char *is, const char *should)
{
	char id[37];

	if (!ref->different)
		in->report->ndifferent++;
	ref->different = 1;
	pps_uuid_format(&ref->ref->id, id);
	return pps_report_add(in->report, PPS_FINDING_DIFFERENT, &ref->ref->id, err, "dataset %s (%s): its %s is %s, but the zip has %s",
			      id, ref->ref->type, what, is, should);
}

static int ids_of(const pps_ingest *in, pps_uuid **ret, pps_error **err)
{
	pps_uuid *ids = calloc(in->nrefs + 1, sizeof *ids);

	if (!ids)
		return pps_fail_nomem(err);
	for (size_t i = 0; i < in->nrefs; i++)
		ids[i] = in->refs[i].ref->id;
	*ret = ids;
	return PPS_OK;
}

/* ---- datasets ---- */

static int check_dataset(pps_ingest *in, pps_ingest_ref *ref, const pps_sql_rows *rows, pps_error **err)
{
	const char *type = pps_sql_get_text(rows, 1), *run = pps_sql_get_text(rows, 2);
	int r;

	ref->has |= PPS_HAS_DATASET;
	if (strcmp(type, ref->ref->type) != 0 && (r = differs(in, ref, err, "dataset type", type, ref->ref->type)) < 0)
		return r;
	if (strcmp(run, ref->ref->run) != 0)
		return differs(in, ref, err, "run", run, ref->ref->run);
	return PPS_OK;
}

static int examine_datasets(pps_ingest *in, const pps_uuid *ids, pps_error **err)
{
	_cleanup_(pps_sql_rows_freep) pps_sql_rows *rows = NULL;
	pps_sql_value params[] = { pps_sql_uuids(ids, in->nrefs) };
	int r = pps_sql_query(in->butler->sql,
			      "SELECT d.id, t.name, c.name FROM {dataset} AS d JOIN {dataset_type} AS t ON t.id = d.dataset_type_id"
			      " JOIN {collection} AS c ON c.collection_id = d.run_id WHERE d.id {in $1 uuid}",
			      params, PPS_COUNT(params), &rows, err);

	while (r >= 0 && (r = pps_sql_next(rows, err)) > 0) {
		pps_ingest_ref *ref;
		pps_uuid id;

		if (pps_sql_get_uuid(rows, 0, &id) == 0 && (ref = ref_of(in, &id)))
			r = check_dataset(in, ref, rows, err);
	}
	return r;
}

/* ---- tags: which data ID a dataset has in its run, and whose a data ID is ---- */

/* One tags table: its types, and statement parameters made from the refs of these types. */
struct tags {
	pps_ingest *in;
	const char *table;
	const pps_butler_type *type; /* the first of them: all have the same dimensions */
	pps_map *owners;             /* data ID, type and run -> ref + 1 */
	int64_t *type_ids;
	size_t ntypes;
	pps_uuid *ids;
	size_t n;
	int64_t *numbers[PPS_INGEST_KEYS_MOST];
	const char **texts[PPS_INGEST_KEYS_MOST];
	size_t nvalues[PPS_INGEST_KEYS_MOST];
};

static void tags_clear(struct tags *t)
{
	pps_map_free(t->owners);
	free(t->type_ids);
	free(t->ids);
	for (size_t k = 0; k < PPS_INGEST_KEYS_MOST; k++) {
		free(t->numbers[k]);
		free(t->texts[k]);
	}
}

static void add_value(pps_buf *b, const char *text, int64_t number)
{
	if (text)
		pps_buf_printf(b, "\x1f%s", text);
	else
		pps_buf_printf(b, "\x1f%lld", (long long)number);
}

static int own(struct tags *t, const pps_ingest_ref *ref, pps_error **err)
{
	const pps_butler_type *type = &t->in->types->at[ref->type];
	_cleanup_buf_ pps_buf key = PPS_BUF_LINE;
	char id[37], other[37];
	void *old;
	int r;

	pps_buf_printf(&key, "%lld\x1f%zu", (long long)type->id, ref->run);
	for (size_t k = 0; k < type->ndimensions; k++)
		add_value(&key, ref->keys[k]->kind == PPS_ZIP_VALUE_TEXT ? ref->keys[k]->text : NULL, ref->keys[k]->number);
	if ((r = pps_buf_check(&key, "data ID", err)) < 0)
		return r;
	if (pps_map_get_text(t->owners, pps_buf_text(&key), &old)) {
		pps_uuid_format(&ref->ref->id, id);
		pps_uuid_format(&t->in->refs[(uintptr_t)old - 1].ref->id, other);
		return pps_fail(err, PPS_E_FORMAT, "datasets %s and %s of the zip have the same type, run and data ID", other, id);
	}
	return pps_map_set_text(t->owners, pps_buf_text(&key), (void *)(uintptr_t)(ref - t->in->refs + 1)) < 0 ? pps_fail_nomem(err) :
														    PPS_OK;
}

static int add_values(struct tags *t, const pps_ingest_ref *ref, pps_map *seen, pps_error **err)
{
	for (size_t k = 0; k < t->type->ndimensions; k++) {
		_cleanup_buf_ pps_buf b = PPS_BUF_LINE;
		const pps_zip_value *v = ref->keys[k];
		int n;

		pps_buf_printf(&b, "%zu", k);
		add_value(&b, v->kind == PPS_ZIP_VALUE_TEXT ? v->text : NULL, v->number);
		if ((n = pps_map_set(seen, pps_buf_text(&b), b.size, t)) < 0)
			return pps_fail_nomem(err);
		if (!n)
			continue;
		t->texts[k][t->nvalues[k]] = v->text;
		t->numbers[k][t->nvalues[k]++] = v->number;
	}
	return PPS_OK;
}

static int collect(struct tags *t, pps_error **err)
{
	_cleanup_(pps_map_freep) pps_map *seen = pps_map_new(), *types = pps_map_new();
	const pps_ingest *in = t->in;
	int r, n;

	if (!seen || !types || !(t->owners = pps_map_new()) || !(t->ids = calloc(in->nrefs + 1, sizeof *t->ids)) ||
	    !(t->type_ids = calloc(in->types->n + 1, sizeof *t->type_ids)))
		return pps_fail_nomem(err);
	for (size_t k = 0; k < t->type->ndimensions; k++)
		if (!(t->numbers[k] = calloc(in->nrefs + 1, sizeof **t->numbers)) ||
		    !(t->texts[k] = calloc(in->nrefs + 1, sizeof **t->texts)))
			return pps_fail_nomem(err);
	for (size_t i = 0; i < in->nrefs; i++) {
		const pps_butler_type *type = &in->types->at[in->refs[i].type];

		if (!type->id || strcmp(type->tags_table, t->table) != 0)
			continue;
		if ((n = pps_map_set(types, &type->id, sizeof type->id, t)) < 0)
			return pps_fail_nomem(err);
		if (n)
			t->type_ids[t->ntypes++] = type->id;
		t->ids[t->n++] = in->refs[i].ref->id;
		if ((r = own(t, &in->refs[i], err)) < 0 || (r = add_values(t, &in->refs[i], seen, err)) < 0)
			return r;
	}
	return PPS_OK;
}

static void describe_row(const struct tags *t, const pps_sql_rows *rows, pps_buf *b)
{
	for (size_t k = 0; k < t->type->ndimensions; k++)
		pps_buf_printf(b, "%s%s %s", k ? ", " : "", t->type->dimensions[k], pps_sql_get_text(rows, 3 + (int)k));
}

/* The run's index, or nruns when it is none of ours. */
static size_t run_of(const pps_ingest *in, int64_t id)
{
	size_t i = 0;

	while (i < in->nruns && in->run_ids[i] != id)
		i++;
	return i;
}

static int check_row(struct tags *t, const pps_sql_rows *rows, pps_error **err)
{
	pps_ingest *in = t->in;
	_cleanup_buf_ pps_buf key = PPS_BUF_LINE, where = PPS_BUF_LINE;
	size_t run = run_of(in, pps_sql_get_int(rows, 2));
	pps_ingest_ref *ref = NULL, *owner = NULL;
	char text[37];
	pps_uuid id;
	void *found;
	int r;

	if (pps_sql_get_uuid(rows, 0, &id) < 0)
		return pps_fail(err, PPS_E_FORMAT, "table %s holds a dataset_id that is no UUID", t->table);
	pps_buf_printf(&key, "%lld\x1f%zu", (long long)pps_sql_get_int(rows, 1), run);
	for (size_t k = 0; k < t->type->ndimensions; k++)
		add_value(&key, pps_sql_get_text(rows, 3 + (int)k), 0);
	if ((r = pps_buf_check(&key, "data ID", err)) < 0)
		return r;
	if (pps_map_get_text(t->owners, pps_buf_text(&key), &found))
		owner = &in->refs[(uintptr_t)found - 1];
	ref = ref_of(in, &id);
	if (owner && ref == owner) {
		ref->has |= PPS_HAS_TAG;
		return PPS_OK;
	}
	if (owner) {
		pps_uuid_format(&id, text);
		if ((r = differs(in, owner, err, "data ID in this run", "already that of another dataset", text)) < 0)
			return r;
	}
	if (ref && ref->run == run) {
		describe_row(t, rows, &where);
		ref->has |= PPS_HAS_TAG;
		return differs(in, ref, err, "data ID", pps_buf_text(&where), "another");
	}
	return PPS_OK;
}

static int query_tags(struct tags *t, pps_error **err)
{
	_cleanup_(pps_sql_rows_freep) pps_sql_rows *rows = NULL;
	_cleanup_buf_ pps_buf text = PPS_BUF_SQL, columns = PPS_BUF_LINE;
	pps_sql_value params[3 + PPS_INGEST_KEYS_MOST] = { pps_sql_ints(t->in->run_ids, t->in->nruns),
							   pps_sql_ints(t->type_ids, t->ntypes), pps_sql_uuids(t->ids, t->n) };
	size_t n = t->type->ndimensions;
	int r;

	pps_buf_add_text(&columns, "t.dataset_id, t.dataset_type_id, t.collection_id");
	for (size_t k = 0; k < n; k++)
		pps_buf_printf(&columns, ", t.\"%s\"", t->type->dimensions[k]);
	pps_buf_printf(&text, "SELECT %s FROM {%s} AS t WHERE t.collection_id {in $1 int} AND t.dataset_type_id {in $2 int}",
		       pps_buf_text(&columns), t->table);
	for (size_t k = 0; k < n; k++) {
		int is_text = t->texts[k][0] != NULL;

		params[3 + k] = is_text ? pps_sql_texts(t->texts[k], t->nvalues[k]) : pps_sql_ints(t->numbers[k], t->nvalues[k]);
		pps_buf_printf(&text, " AND t.\"%s\" {in $%zu %s}", t->type->dimensions[k], 4 + k, is_text ? "text" : "int");
	}
	pps_buf_printf(&text, " UNION SELECT %s FROM {%s} AS t WHERE t.dataset_id {in $3 uuid} AND t.collection_id {in $1 int}",
		       pps_buf_text(&columns), t->table);
	if ((r = pps_buf_check(&columns, "statement", err)) < 0 || (r = pps_buf_check(&text, "statement", err)) < 0)
		return r;
	r = pps_sql_query(t->in->butler->sql, pps_buf_text(&text), params, 3 + n, &rows, err);
	while (r >= 0 && (r = pps_sql_next(rows, err)) > 0)
		r = check_row(t, rows, err);
	return r;
}

/* Each tags table at the first type that uses it. */
static int examine_tags(pps_ingest *in, pps_error **err)
{
	int r;

	for (size_t i = 0; i < in->types->n; i++) {
		_cleanup_(tags_clear) struct tags t = { .in = in, .type = &in->types->at[i] };
		size_t k = 0;

		t.table = t.type->tags_table;
		while (k < i && (!in->types->at[k].id || !t.type->id || strcmp(in->types->at[k].tags_table, t.table) != 0))
			k++;
		if (!t.type->id || k < i)
			continue;
		if ((r = collect(&t, err)) < 0 || (t.n && (r = query_tags(&t, err)) < 0))
			return r;
	}
	return PPS_OK;
}

/* ---- files ---- */

static int same_text(const char *a, const char *b)
{
	return strcmp(a ? a : "", b ? b : "") == 0;
}

static int check_record(pps_ingest *in, pps_ingest_record *record, const pps_sql_rows *rows, pps_error **err)
{
	const pps_zip_artifact *a = record->artifact;
	pps_ingest_ref *ref = &in->refs[record->ref];
	_cleanup_buf_ pps_buf path = PPS_BUF_LINE;
	const char *there = pps_sql_get_text(rows, 1);
	char is[32], should[32];
	int r;

	pps_buf_printf(&path, "%s#zip-path=%s", in->uri, a->member);
	if ((r = pps_buf_check(&path, "path", err)) < 0)
		return r;
	if (!same_text(there, pps_buf_text(&path)))
		return differs(in, ref, err, "file", there, pps_buf_text(&path));
	if (!same_text(pps_sql_get_text(rows, 2), a->formatter))
		return differs(in, ref, err, "formatter", pps_sql_get_text(rows, 2), a->formatter);
	if (!same_text(pps_sql_get_text(rows, 3), a->storage_class))
		return differs(in, ref, err, "storage class", pps_sql_get_text(rows, 3), a->storage_class);
	if (!same_text(pps_sql_get_text(rows, 5), a->checksum))
		return differs(in, ref, err, "checksum", pps_sql_is_null(rows, 5) ? "none" : pps_sql_get_text(rows, 5),
			       a->checksum ? a->checksum : "none");
	if (pps_sql_get_int(rows, 6) == a->file_size)
		return PPS_OK;
	snprintf(is, sizeof is, "%lld bytes", (long long)pps_sql_get_int(rows, 6));
	snprintf(should, sizeof should, "%lld", (long long)a->file_size);
	return differs(in, ref, err, "recorded size", is, should);
}

/* Records of one dataset lie beside each other. */
static pps_ingest_record *record_of(const pps_ingest *in, size_t ref, const char *component)
{
	size_t low = 0, high = in->nrecords;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (in->records[middle].ref < ref)
			low = middle + 1;
		else
			high = middle;
	}
	for (; low < in->nrecords && in->records[low].ref == ref; low++) {
		const char *c = in->records[low].artifact->component;

		if (same_text(component, c ? c : PPS_NO_COMPONENT))
			return &in->records[low];
	}
	return NULL;
}

static int check_file_row(pps_ingest *in, pps_ingest_member *m, const pps_sql_rows *rows, pps_error **err)
{
	pps_ingest_record *record;
	pps_ingest_ref *ref;
	pps_uuid id;

	if (pps_sql_get_uuid(rows, 0, &id) < 0 || !(ref = ref_of(in, &id)))
		return PPS_OK;
	if (pps_sql_is_null(rows, 1)) {
		m->located[ref - in->refs] = 1;
		return PPS_OK;
	}
	if (!(record = record_of(in, (size_t)(ref - in->refs), pps_sql_get_text(rows, 4))))
		return differs(in, ref, err, "recorded component", pps_sql_get_text(rows, 4), "none of this name");
	m->recorded[record - in->records] = 1;
	return check_record(in, record, rows, err);
}

static int examine_files(pps_ingest *in, pps_ingest_member *m, const pps_uuid *ids, pps_error **err)
{
	static const char located[] =
		"SELECT dataset_id, NULL AS path, NULL AS formatter, NULL AS storage_class, NULL AS component, NULL AS checksum,"
		" 0 AS file_size FROM {dataset_location} WHERE datastore_name = $2 AND dataset_id {in $1 uuid}";
	static const char recorded[] =
		" UNION ALL SELECT dataset_id, path, formatter, storage_class, component, checksum, file_size FROM {%s}"
		" WHERE dataset_id {in $1 uuid}";
	_cleanup_(pps_sql_rows_freep) pps_sql_rows *rows = NULL;
	_cleanup_buf_ pps_buf text = PPS_BUF_LINE;
	pps_sql_value params[] = { pps_sql_uuids(ids, in->nrefs), pps_sql_text(m->member->name) };
	int r, has = 1;

	memset(m->located, 0, in->nrefs);
	memset(m->recorded, 0, in->nrecords);
	if (!in->butler->has_record_tables && (r = pps_sql_has_table(in->butler->sql, m->member->table, &has, err)) < 0)
		return r;
	pps_buf_add_text(&text, located);
	if (has)
		pps_buf_printf(&text, recorded, m->member->table);
	if ((r = pps_buf_check(&text, "statement", err)) < 0)
		return r;
	r = pps_sql_query(in->butler->sql, pps_buf_text(&text), params, PPS_COUNT(params), &rows, err);
	while (r >= 0 && (r = pps_sql_next(rows, err)) > 0)
		r = check_file_row(in, m, rows, err);
	return r;
}

int pps_ingest_examine(pps_ingest *in, pps_error **err)
{
	_cleanup_free_ pps_uuid *ids = NULL;
	int r;

	pps_report_clear(in->report);
	in->report->ndatasets = in->nrefs;
	for (size_t i = 0; i < in->nrefs; i++)
		in->refs[i].has = in->refs[i].different = 0;
	if ((r = ids_of(in, &ids, err)) < 0 || (r = examine_datasets(in, ids, err)) < 0 || (r = examine_tags(in, err)) < 0)
		return r;
	for (size_t i = 0; i < in->nmembers; i++)
		if ((r = examine_files(in, &in->members[i], ids, err)) < 0)
			return r;
	return PPS_OK;
}

/* ---- what is missing ---- */

static void add_missing(pps_buf *b, const char *what)
{
	pps_buf_printf(b, "%s%s", b->size ? ", " : "", what);
}

/* @first to @end: its records. */
static int conclude_ref(pps_ingest *in, size_t i, size_t first, size_t end, pps_error **err)
{
	const pps_ingest_ref *ref = &in->refs[i];
	_cleanup_buf_ pps_buf b = PPS_BUF_LINE;
	char id[37];
	int r;

	if (ref->different) /* that comes first: nothing is added beside it */
		return PPS_OK;
	if (!(ref->has & PPS_HAS_DATASET))
		add_missing(&b, "dataset");
	if (!(ref->has & PPS_HAS_TAG))
		add_missing(&b, "data ID in its run");
	for (size_t k = 0; k < in->nmembers; k++) {
		if (!in->members[k].located[i])
			add_missing(&b, "location");
		for (size_t n = first; n < end; n++)
			if (!in->members[k].recorded[n])
				add_missing(&b, "file record");
	}
	if (!b.size)
		return PPS_OK;
	in->report->nmissing++;
	pps_uuid_format(&ref->ref->id, id);
	if ((r = pps_buf_check(&b, "finding", err)) < 0)
		return r;
	return pps_report_add(in->report, PPS_FINDING_MISSING, &ref->ref->id, err, "dataset %s (%s): missing: %s", id, ref->ref->type,
			      pps_buf_text(&b));
}

int pps_ingest_conclude(pps_ingest *in, pps_error **err)
{
	size_t first = 0, end;
	int r;

	for (size_t i = 0; i < in->nrefs; i++, first = end) {
		for (end = first; end < in->nrecords && in->records[end].ref == i;)
			end++;
		if ((r = conclude_ref(in, i, first, end, err)) < 0)
			return r;
	}
	if (in->summaries_missing)
		return pps_report_add(in->report, PPS_FINDING_MISSING, NULL, err, "summaries of the runs: %d rows are missing",
				      in->summaries_missing);
	return PPS_OK;
}
