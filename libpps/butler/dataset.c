/* SPDX-License-Identifier: BSD-3-Clause */
/* The datasets of exposures: which there are, in which run, and where their files are. */
#include <string.h>

#include "butler/butler-private.h"
#include "butler/ref.h"

#define CHUNK 500 /* exposures in one round of statements */

struct finder {
	pps_butler *butler;
	const char *instrument;
	pps_butler_types *types;
	pps_butler_collections *collections;
	pps_map *ranks; /* collection id -> place in the search, from 1 */
	int64_t *collection_ids;
	pps_butler_datasets *list;
	size_t cap;
};

/* What was found for one dataset type and data ID so far. */
struct place {
	int64_t type, exposure, detector;
};

static int has_dimension(const pps_butler_type *t, const char *name)
{
	for (size_t i = 0; i < t->ndimensions; i++)
		if (strcmp(t->dimensions[i], name) == 0)
			return 1;
	return 0;
}

static int is_of_exposures(const pps_butler_type *t)
{
	size_t detector = (size_t)has_dimension(t, "detector");

	return has_dimension(t, "instrument") && has_dimension(t, "exposure") && t->ndimensions == 2 + detector;
}

static int is_named(const char *const *names, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(names[i], name) == 0)
			return 1;
	return 0;
}

static int select_types(struct finder *f, const char *const *names, size_t n, int missing_ok, pps_error **err)
{
	size_t kept = 0;
	int r;

	if ((r = pps_butler_select_types(f->butler, names, n, missing_ok, &f->types, err)) < 0)
		return r;
	for (size_t i = 0; i < f->types->n; i++) {
		const pps_butler_type *t = &f->types->at[i];

		if (is_of_exposures(t))
			f->types->at[kept++] = *t;
		else if (is_named(names, n, t->name))
			return pps_fail(err, PPS_E_UNSUPPORTED, "dataset type %s: only types with the dimensions instrument, exposure"
				" and possibly detector can be looked up by exposure", t->name);
	}
	f->types->n = kept;
	return PPS_OK;
}

static int select_collections(struct finder *f, const char *const *names, size_t n, int missing_ok, pps_error **err)
{
	int r;

	if ((r = pps_butler_find_collections(f->butler, names, n, missing_ok ? PPS_COLLECTIONS_MISSING_OK : 0, &f->collections, err)) < 0)
		return r;
	if (!(f->ranks = pps_map_new()) || !(f->collection_ids = calloc(f->collections->n + 1, sizeof *f->collection_ids)))
		return pps_fail_nomem(err);
	for (size_t i = 0; i < f->collections->n; i++) {
		f->collection_ids[i] = f->collections->at[i].id;
		if (pps_map_set(f->ranks, &f->collection_ids[i], sizeof *f->collection_ids, (void *)(uintptr_t)(i + 1)) < 0)
			return pps_fail_nomem(err);
	}
	return PPS_OK;
}

/* ---- data IDs ---- */

static void set_key(pps_butler_key *key, const char *name, const pps_butler_dataset *d, const pps_butler_exposure *e)
{
	*key = (pps_butler_key){ .name = name };
	if (strcmp(name, "instrument") == 0)
		key->s = e->instrument;
	else if (strcmp(name, "exposure") == 0)
		key->i = e->id;
	else if (strcmp(name, "detector") == 0)
		key->i = d->detector;
	else if (strcmp(name, "day_obs") == 0)
		key->i = e->day_obs;
	else if (strcmp(name, "group") == 0)
		key->s = e->group;
	else if (strcmp(name, "physical_filter") == 0)
		key->s = e->physical_filter;
	else if (strcmp(name, "band") == 0)
		key->s = e->band;
	else
		key->name = NULL;
}

static int set_keys(pps_arena *a, pps_butler_dataset *d, const pps_dimension_group *g, const pps_butler_exposure *e, pps_error **err)
{
	pps_butler_key *keys = pps_arena_alloc(a, (g->n + 1) * sizeof *keys);
	pps_butler_exposure copy = *e;

	copy.instrument = pps_arena_name(a, e->instrument);
	copy.group = pps_arena_name(a, e->group);
	copy.physical_filter = pps_arena_name(a, e->physical_filter);
	copy.band = pps_arena_name(a, e->band);
	if (!keys || !copy.instrument || !copy.group || !copy.physical_filter || !copy.band)
		return pps_arena_fail(a, "datasets", err);
	d->instrument = copy.instrument;
	d->keys = keys;
	for (size_t i = 0; i < g->nrequired + g->nimplied; i++) {
		const pps_element *element = i < g->nrequired ? g->required[i] : g->implied[i - g->nrequired];
		const char *name = pps_arena_name(a, element->name);

		if (!name)
			return pps_arena_fail(a, "datasets", err);
		set_key(&keys[d->nkeys], name, d, &copy);
		d->nkeys += keys[d->nkeys].name != NULL;
	}
	return PPS_OK;
}

static const pps_butler_exposure *exposure_of(const pps_butler_exposures *list, int64_t id)
{
	size_t low = 0, high = list->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (list->at[middle].id == id)
			return &list->at[middle];
		if (list->at[middle].id < id)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

static int fill_keys(struct finder *f, size_t from, const pps_butler_type *t, const pps_butler_exposures *exposures, pps_error **err)
{
	_cleanup_(pps_dimension_group_freep) pps_dimension_group *g = NULL;
	int r;

	if ((r = pps_butler_type_group(f->butler, t, &g, err)) < 0)
		return r;
	for (size_t i = from; i < f->list->n; i++) {
		pps_butler_dataset *d = &f->list->at[i];
		const pps_butler_exposure *e = exposure_of(exposures, d->exposure);

		if (strcmp(d->type, t->name) != 0)
			continue;
		if (!e)
			return pps_fail(err, PPS_E_NOTFOUND, "exposure %lld of %s has no dimension record", (long long)d->exposure, f->instrument);
		if ((r = set_keys(f->list->arena, d, g, e, err)) < 0)
			return r;
	}
	return PPS_OK;
}

/* ---- rows ---- */

static int add_dataset(struct finder *f, const pps_sql_rows *rows, const pps_butler_type *t, pps_map *places, pps_map *best,
		       pps_error **err)
{
	pps_arena *a = f->list->arena;
	struct place place = { .type = t->id, .exposure = pps_sql_get_int(rows, 3), .detector = pps_sql_get_int(rows, 4) };
	int64_t collection = pps_sql_get_int(rows, 2);
	void *rank = NULL, *old_rank, *old;
	pps_butler_dataset d = { .exposure = place.exposure, .detector = place.detector, .size = -1 };

	pps_map_get(f->ranks, &collection, sizeof collection, &rank);
	if (pps_sql_get_uuid(rows, 1, &d.id) < 0)
		return pps_fail(err, PPS_E_FORMAT, "table %s holds a dataset_id that is no UUID", t->tags_table);
	d.type = pps_arena_name(a, t->name);
	d.run = pps_arena_name(a, pps_sql_get_text(rows, 5));
	if (!d.type || !d.run)
		return pps_arena_fail(a, "datasets", err);
	if (pps_map_get(places, &place, sizeof place, &old)) {
		pps_map_get(best, &place, sizeof place, &old_rank);
		if ((uintptr_t)old_rank <= (uintptr_t)rank)
			return PPS_OK;
		f->list->at[(uintptr_t)old - 1] = d;
		return pps_map_set(best, &place, sizeof place, rank) < 0 ? pps_fail_nomem(err) : PPS_OK;
	}
	if (pps_grow(&f->list->at, &f->cap, f->list->n, sizeof d) < 0)
		return pps_fail_nomem(err);
	f->list->at[f->list->n++] = d;
	if (pps_map_set(places, &place, sizeof place, (void *)(uintptr_t)f->list->n) < 0 ||
	    pps_map_set(best, &place, sizeof place, rank) < 0)
		return pps_fail_nomem(err);
	return PPS_OK;
}

static int query_type(struct finder *f, const pps_butler_type *t, const int64_t *exposures, size_t n, pps_error **err)
{
	_cleanup_(pps_map_freep) pps_map *places = pps_map_new(), *best = pps_map_new();
	_cleanup_(pps_sql_rows_freep) pps_sql_rows *rows = NULL;
	_cleanup_buf_ pps_buf text = PPS_BUF_LINE;
	pps_sql_value params[] = { pps_sql_text(f->instrument), pps_sql_ints(exposures, n), pps_sql_int(t->id),
				   pps_sql_ints(f->collection_ids, f->collections->n) };
	int r;

	if (!places || !best)
		return pps_fail_nomem(err);
	pps_buf_printf(&text,
		       "SELECT t.dataset_type_id, t.dataset_id, t.collection_id, t.exposure, %s, k.name FROM {%s} AS t"
		       " JOIN {dataset} AS d ON d.id = t.dataset_id JOIN {collection} AS k ON k.collection_id = d.run_id"
		       " WHERE t.instrument = $1 AND t.exposure {in $2 int} AND t.dataset_type_id = $3 AND t.collection_id {in $4 int}",
		       has_dimension(t, "detector") ? "t.detector" : "-1", t->tags_table);
	if ((r = pps_buf_check(&text, "statement", err)) < 0)
		return r;
	r = pps_sql_query(f->butler->sql, pps_buf_text(&text), params, PPS_COUNT(params), &rows, err);
	while (r >= 0 && (r = pps_sql_next(rows, err)) > 0)
		r = add_dataset(f, rows, t, places, best, err);
	return r;
}

/* ---- file records ---- */

static int set_uri(pps_arena *a, pps_butler_dataset *d, const pps_butler_member *m, pps_error **err)
{
	_cleanup_(pps_uri_freep) pps_uri *uri = NULL;
	_cleanup_free_ char *text = NULL;
	int r;

	if ((r = pps_uri_join(m->root_uri, d->path, &uri, err)) < 0 || (r = pps_uri_format(uri, &text, err)) < 0)
		return pps_wrap(err, r, "file record of a %s", d->type);
	if (!(d->uri = pps_arena_text(a, text)))
		return pps_arena_fail(a, "datasets", err);
	return PPS_OK;
}

static int set_record(struct finder *f, pps_butler_dataset *d, const pps_sql_rows *rows, const pps_butler_member *m, pps_error **err)
{
	pps_arena *a = f->list->arena;
	const char *component = pps_sql_get_text(rows, 4);

	d->path = pps_arena_text(a, pps_sql_get_text(rows, 1));
	d->formatter = pps_arena_name(a, pps_sql_get_text(rows, 2));
	d->storage_class = pps_arena_name(a, pps_sql_get_text(rows, 3));
	d->component = component && strcmp(component, PPS_NO_COMPONENT) != 0 ? pps_arena_name(a, component) : NULL;
	d->checksum = pps_arena_text(a, pps_sql_get_text(rows, 5));
	d->size = pps_sql_is_null(rows, 6) ? -1 : pps_sql_get_int(rows, 6);
	if (!d->path || !d->formatter || !d->storage_class)
		return pps_arena_fail(a, "datasets", err);
	return set_uri(a, d, m, err);
}

/* The records that @m has of datasets that have none yet; a second component makes an entry of its own. */
static int query_records(struct finder *f, const pps_butler_member *m, const pps_map *by_id, const pps_uuid *ids, size_t n, pps_error **err)
{
	_cleanup_(pps_sql_rows_freep) pps_sql_rows *rows = NULL;
	_cleanup_buf_ pps_buf text = PPS_BUF_LINE;
	pps_sql_value params[] = { pps_sql_uuids(ids, n), pps_sql_text(m->name) };
	int r;

	pps_buf_printf(&text,
		       "SELECT f.dataset_id, f.path, f.formatter, f.storage_class, f.component, f.checksum, f.file_size FROM {%s} AS f"
		       " JOIN {dataset_location} AS l ON l.dataset_id = f.dataset_id AND l.datastore_name = $2"
		       " WHERE f.dataset_id {in $1 uuid} ORDER BY f.dataset_id, f.component",
		       m->table);
	if ((r = pps_buf_check(&text, "statement", err)) < 0)
		return r;
	r = pps_sql_query(f->butler->sql, pps_buf_text(&text), params, PPS_COUNT(params), &rows, err);
	while (r >= 0 && (r = pps_sql_next(rows, err)) > 0) {
		pps_butler_dataset copy;
		pps_uuid id;
		void *found;

		if (pps_sql_get_uuid(rows, 0, &id) < 0 || !pps_map_get(by_id, &id, sizeof id, &found))
			continue;
		copy = f->list->at[(uintptr_t)found - 1];
		if (!copy.path) {
			r = set_record(f, &f->list->at[(uintptr_t)found - 1], rows, m, err);
			continue;
		}
		if ((r = set_record(f, &copy, rows, m, err)) < 0)
			break;
		if (pps_grow(&f->list->at, &f->cap, f->list->n, sizeof copy) < 0)
			return pps_fail_nomem(err);
		f->list->at[f->list->n++] = copy;
	}
	return r;
}

static int fill_records(struct finder *f, size_t from, pps_error **err)
{
	size_t n = f->list->n - from, left = n;
	_cleanup_(pps_map_freep) pps_map *by_id = NULL;
	_cleanup_free_ pps_uuid *ids = calloc(n + 1, sizeof *ids);
	int r, has;

	if (!ids)
		return pps_fail_nomem(err);
	for (size_t k = 0; k < f->butler->config.nmembers && left; k++) {
		const pps_butler_member *m = &f->butler->config.members[k];

		pps_map_free(by_id);
		if (!(by_id = pps_map_new()))
			return pps_fail_nomem(err);
		left = 0;
		for (size_t i = from; i < from + n; i++) {
			if (f->list->at[i].path)
				continue;
			ids[left++] = f->list->at[i].id;
			if (pps_map_set(by_id, &f->list->at[i].id, sizeof *ids, (void *)(uintptr_t)(i + 1)) < 0)
				return pps_fail_nomem(err);
		}
		if (!left)
			break;
		if ((r = pps_sql_has_table(f->butler->sql, m->table, &has, err)) < 0)
			return r;
		if (has && (r = query_records(f, m, by_id, ids, left, err)) < 0)
			return r;
	}
	return PPS_OK;
}

static int find_chunk(struct finder *f, const int64_t *exposures, size_t n, pps_error **err)
{
	_cleanup_(pps_butler_exposures_freep) pps_butler_exposures *records = NULL;
	pps_exposure_query q = { .instrument = f->instrument, .ids = exposures, .nids = n };
	size_t from = f->list->n;
	int r;

	for (size_t i = 0; i < f->types->n; i++)
		if ((r = query_type(f, &f->types->at[i], exposures, n, err)) < 0)
			return r;
	if (f->list->n == from)
		return PPS_OK;
	if ((r = pps_butler_find_exposures(f->butler, &q, &records, err)) < 0)
		return r;
	for (size_t i = 0; i < f->types->n; i++)
		if ((r = fill_keys(f, from, &f->types->at[i], records, err)) < 0)
			return r;
	return fill_records(f, from, err);
}

static int compare_text(const char *a, const char *b)
{
	return strcmp(a ? a : "", b ? b : "");
}

static int by_place(const void *a, const void *b)
{
	const pps_butler_dataset *x = a, *y = b;
	int c;

	if ((c = compare_text(x->instrument, y->instrument)))
		return c;
	if (x->exposure != y->exposure)
		return x->exposure < y->exposure ? -1 : 1;
	if ((c = strcmp(x->type, y->type)))
		return c;
	if (x->detector != y->detector)
		return x->detector < y->detector ? -1 : 1;
	return compare_text(x->component, y->component);
}

static void finder_clear(struct finder *f)
{
	pps_butler_types_free(f->types);
	pps_butler_collections_free(f->collections);
	pps_map_free(f->ranks);
	free(f->collection_ids);
	pps_butler_datasets_free(f->list);
}

/* The list of @f, begun when there is none yet. */
static int begin_list(struct finder *f, pps_error **err)
{
	if (f->list)
		return PPS_OK;
	if (!(f->list = calloc(1, sizeof *f->list)))
		return pps_fail_nomem(err);
	return pps_arena_new((size_t)pps_ctx_memory(f->butler->ctx), &f->list->arena, err);
}

static int find(struct finder *f, const char *instrument, const int64_t *exposures, size_t n, pps_error **err)
{
	int r = PPS_OK;

	f->instrument = instrument;
	for (size_t i = 0; i < n && r >= 0 && f->collections->n && f->types->n; i += CHUNK)
		r = find_chunk(f, exposures + i, n - i < CHUNK ? n - i : CHUNK, err);
	return r;
}

int pps_butler_find_datasets(pps_butler *butler, const char *instrument, const int64_t *exposures, size_t nexposures,
			     const char *const *types, size_t ntypes, const char *const *collections, size_t ncollections, int missing_ok,
			     pps_butler_datasets **ret, pps_error **err)
{
	_cleanup_(finder_clear) struct finder f = { .butler = butler };
	int r;

	if ((r = begin_list(&f, err)) < 0 || (r = select_types(&f, types, ntypes, missing_ok, err)) < 0 ||
	    (r = select_collections(&f, collections, ncollections, missing_ok, err)) < 0 ||
	    (r = find(&f, instrument, exposures, nexposures, err)) < 0)
		return pps_wrap(err, r, "datasets of %s", butler->config.uri);
	if (f.list->n)
		qsort(f.list->at, f.list->n, sizeof *f.list->at, by_place);
	*ret = TAKE_PTR(f.list);
	return PPS_OK;
}

/* ---- the public side ---- */

int pps_butler_split(char *text, const char ***ret, size_t *ret_n, pps_error **err)
{
	size_t n = 0, cap = 0;
	const char **names = NULL;
	char *state = NULL;

	for (char *s = strtok_r(text, ", \t\n", &state); s; s = strtok_r(NULL, ", \t\n", &state)) {
		if (pps_grow(&names, &cap, n, sizeof *names) < 0) {
			free(names);
			return pps_fail_nomem(err);
		}
		names[n++] = s;
	}
	*ret = names;
	*ret_n = n;
	return PPS_OK;
}

/* Exposures come sorted by instrument: one search for each instrument. */
static int find_of_all(struct finder *f, const pps_butler_exposures *exposures, pps_error **err)
{
	_cleanup_free_ int64_t *ids = calloc(exposures->n + 1, sizeof *ids);
	size_t n = 0;
	int r;

	if (!ids)
		return pps_fail_nomem(err);
	for (size_t i = 0; i < exposures->n; i++) {
		ids[n++] = exposures->at[i].id;
		if (i + 1 < exposures->n && strcmp(exposures->at[i].instrument, exposures->at[i + 1].instrument) == 0)
			continue;
		if ((r = find(f, exposures->at[i].instrument, ids, n, err)) < 0)
			return r;
		n = 0;
	}
	return PPS_OK;
}

int pps_butler_query_datasets(pps_butler *butler, const char *types, const char *collections, const char *instrument,
			      const char *where, pps_butler_datasets **ret, pps_error **err)
{
	_cleanup_(pps_butler_exposures_freep) pps_butler_exposures *exposures = NULL;
	_cleanup_(finder_clear) struct finder f = { .butler = butler };
	pps_exposure_query q = { .instrument = instrument, .where = where };
	_cleanup_free_ char *type_text = NULL, *collection_text = NULL;
	_cleanup_free_ const char **type_names = NULL, **collection_names = NULL;
	size_t ntypes, ncollections;
	int r;

	if (!butler || !types || !collections || !ret)
		return pps_fail(err, PPS_E_ARG, "pps_butler_query_datasets: butler, types, collections and ret must not be NULL");
	if (!(type_text = strdup(types)) || !(collection_text = strdup(collections)))
		return pps_fail_nomem(err);
	if ((r = pps_butler_split(type_text, &type_names, &ntypes, err)) < 0 ||
	    (r = pps_butler_split(collection_text, &collection_names, &ncollections, err)) < 0)
		return r;
	if (!ntypes || !ncollections)
		return pps_fail(err, PPS_E_ARG, "pps_butler_query_datasets: dataset types and collections must be named");
	if ((r = begin_list(&f, err)) < 0 || (r = select_types(&f, type_names, ntypes, 0, err)) < 0 ||
	    (r = select_collections(&f, collection_names, ncollections, 0, err)) < 0 ||
	    (r = pps_butler_find_exposures(butler, &q, &exposures, err)) < 0 || (r = find_of_all(&f, exposures, err)) < 0)
		return r;
	if (f.list->n)
		qsort(f.list->at, f.list->n, sizeof *f.list->at, by_place);
	*ret = TAKE_PTR(f.list);
	return PPS_OK;
}

/* ---- by UUID ---- */

static int copy_keys(pps_arena *a, const pps_ref *ref, pps_butler_dataset *d, pps_error **err)
{
	pps_butler_key *keys = pps_arena_alloc(a, (ref->type->ndimensions + 1) * sizeof *keys);

	if (!keys)
		return pps_arena_fail(a, "datasets", err);
	for (size_t i = 0; i < ref->type->ndimensions; i++) {
		const pps_sql_value *value = &ref->keys[i];
		const int is_text = value->type == PPS_SQL_TEXT;

		keys[i] = (pps_butler_key){ .name = pps_arena_name(a, ref->type->dimensions[i]), .s = is_text ? pps_arena_name(a, value->s) : NULL,
					    .i = is_text ? 0 : value->i };
		if (!keys[i].name || (is_text && !keys[i].s))
			return pps_arena_fail(a, "datasets", err);
	}
	d->keys = keys;
	d->nkeys = ref->type->ndimensions;
	return PPS_OK;
}

static int copy_file(struct finder *f, const pps_ref_file *file, pps_butler_dataset *d, pps_error **err)
{
	pps_arena *a = f->list->arena;

	d->path = pps_arena_text(a, file->path);
	d->formatter = pps_arena_name(a, file->formatter);
	d->storage_class = pps_arena_name(a, file->storage_class);
	d->component = pps_arena_name(a, file->component);
	d->checksum = pps_arena_text(a, file->checksum);
	d->size = file->size;
	if (!d->path || !d->formatter || !d->storage_class || (file->component && !d->component) || (file->checksum && !d->checksum))
		return pps_arena_fail(a, "datasets", err);
	return set_uri(a, d, &f->butler->config.members[file->member], err);
}

/* An entry for each file, or one without. */
static int add_ref(struct finder *f, const pps_ref *ref, pps_error **err)
{
	pps_arena *a = f->list->arena;
	pps_butler_dataset d = { .id = ref->id, .type = pps_arena_name(a, ref->type->name), .run = pps_arena_name(a, ref->run), .detector = -1, .size = -1 };
	int r;

	if (!d.type || !d.run)
		return pps_arena_fail(a, "datasets", err);
	if ((r = copy_keys(a, ref, &d, err)) < 0)
		return r;
	for (size_t i = 0; i < ref->nfiles || i == 0; i++) {
		if (i < ref->nfiles && (r = copy_file(f, &ref->files[i], &d, err)) < 0)
			return r;
		if (pps_grow(&f->list->at, &f->cap, f->list->n, sizeof d) < 0)
			return pps_fail_nomem(err);
		f->list->at[f->list->n++] = d;
	}
	return PPS_OK;
}

int pps_butler_get_datasets(pps_butler *butler, const char *const *ids, size_t n, pps_butler_datasets **ret, pps_error **err)
{
	_cleanup_(finder_clear) struct finder f = { .butler = butler };
	_cleanup_(pps_refs_freep) pps_refs *refs = NULL;
	_cleanup_free_ pps_uuid *uuids = NULL;
	int r;

	if (!butler || (n && !ids) || !ret)
		return pps_fail(err, PPS_E_ARG, "pps_butler_get_datasets: butler, ids and ret must not be NULL");
	if ((r = pps_uuids_parse(ids, n, &uuids, err)) < 0 || (r = begin_list(&f, err)) < 0 || (r = pps_butler_find_refs(butler, uuids, n, PPS_REFS_FILES, &refs, err)) < 0)
		return r;
	for (size_t i = 0; i < refs->n; i++)
		if ((r = add_ref(&f, &refs->at[i], err)) < 0)
			return pps_wrap(err, r, "datasets of %s", butler->config.uri);
	*ret = TAKE_PTR(f.list);
	return PPS_OK;
}

void pps_butler_datasets_free(pps_butler_datasets *list)
{
	if (!list)
		return;
	free(list->at);
	pps_arena_free(list->arena);
	free(list);
}

size_t pps_butler_datasets_count(const pps_butler_datasets *list)
{
	return list ? list->n : 0;
}

int pps_butler_datasets_next(pps_butler_datasets *list)
{
	if (!list || list->cursor >= list->n)
		return 0;
	list->cursor++;
	return 1;
}

static const pps_butler_dataset *current(const pps_butler_datasets *list)
{
	static const pps_butler_dataset none = { .type = "", .run = "", .size = -1 };

	return list && list->cursor ? &list->at[list->cursor - 1] : &none;
}

const char *pps_butler_datasets_id(pps_butler_datasets *list)
{
	if (!list)
		return "";
	pps_uuid_format(&current(list)->id, list->id);
	return list->id;
}

const char *pps_butler_datasets_type(const pps_butler_datasets *list)
{
	return current(list)->type;
}

const char *pps_butler_datasets_run(const pps_butler_datasets *list)
{
	return current(list)->run;
}

size_t pps_butler_datasets_key_count(const pps_butler_datasets *list)
{
	return current(list)->nkeys;
}

const char *pps_butler_datasets_key_name(const pps_butler_datasets *list, size_t n)
{
	return n < current(list)->nkeys ? current(list)->keys[n].name : NULL;
}

const char *pps_butler_datasets_key(const pps_butler_datasets *list, size_t n, int64_t *ret_int)
{
	const pps_butler_key *key = n < current(list)->nkeys ? &current(list)->keys[n] : NULL;

	if (key && !key->s && ret_int)
		*ret_int = key->i;
	return key ? key->s : NULL;
}

const char *pps_butler_datasets_uri(const pps_butler_datasets *list)
{
	return current(list)->uri;
}

int64_t pps_butler_datasets_size(const pps_butler_datasets *list)
{
	return current(list)->size;
}

const char *pps_butler_datasets_formatter(const pps_butler_datasets *list)
{
	return current(list)->formatter;
}

const char *pps_butler_datasets_storage_class(const pps_butler_datasets *list)
{
	return current(list)->storage_class;
}
