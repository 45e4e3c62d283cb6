/* SPDX-License-Identifier: BSD-3-Clause */
#include "raw/material.h"

#include <string.h>

#include "archive/raw-watch.h"
#include "base/map.h"
#include "base/pool.h"
#include "raw/sensors.h"

#define SENSORS_FILE_MOST (1u << 20)
#define SENSORS_NAMED_MOST 8
#define SIDECARS_AT_ONCE 12

struct pps_raw_material {
	pps_raw *raw;
	const pps_conf_query *rule;
	char *instrument;
	char *obs_id;
	int64_t exposure;
	pps_butler_types *types;
	pps_butler_datasets *datasets;
	/* One entry a dataset, in the order of their members. */
	pps_raw_artifact *artifacts;
	char **names; /* of each artifact's file in its store */
	size_t nartifacts;
	pps_map *folders; /* URI of a folder -> pps_store */
	pps_store *folder; /* of the first dataset's file: the exposure's source folder; borrowed from folders */
	pps_zip_index index;
	pps_buf zip_index;
	pps_buf metadata_index;
	pps_members *members;
	pps_zip_index *pruned; /* of the zip, when the source has nothing any more; texts of the datasets are borrowed from it */
	pps_raw_watch *watch; /* of the members of a far folder */
};

void pps_raw_material_free(pps_raw_material *m)
{
	if (!m)
		return;
	pps_members_free(m->members);
	pps_zip_index_free(m->pruned);
	pps_raw_watch_free(m->watch);
	pps_buf_free(&m->zip_index);
	pps_buf_free(&m->metadata_index);
	for (size_t i = 0; i < m->index.n_refs; i++)
		free((void *)m->index.refs[i].values);
	free((void *)m->index.refs);
	free((void *)m->index.types);
	free((void *)m->index.artifacts);
	for (size_t i = 0; i < m->nartifacts; i++)
		free(m->names[i]);
	free(m->names);
	free(m->artifacts);
	for (size_t i = 0; m->folders && i < pps_map_size(m->folders); i++)
		pps_store_unref(pps_map_value(m->folders, i));
	pps_map_free(m->folders);
	pps_butler_datasets_free(m->datasets);
	pps_butler_types_free(m->types);
	free(m->instrument);
	free(m->obs_id);
	free(m);
}

const pps_butler_datasets *pps_raw_material_datasets(const pps_raw_material *m)
{
	return m->datasets;
}

size_t pps_raw_material_artifacts(const pps_raw_material *m, const pps_raw_artifact **ret_artifacts)
{
	*ret_artifacts = m->artifacts;
	return m->nartifacts;
}

pps_store *pps_raw_material_folder(const pps_raw_material *m)
{
	return m->folder;
}

/* One store for each folder that files of the exposure are in; usually there is one. */
static int open_folder(pps_raw_material *m, const pps_uri *uri, pps_store **ret, pps_error **err)
{
	_cleanup_(pps_uri_freep) pps_uri *parent = NULL;
	_cleanup_free_ char *text = NULL;
	void *known;
	int r;

	if ((r = pps_uri_parent(uri, &parent, err)) < 0 || (r = pps_uri_format(parent, &text, err)) < 0)
		return r;
	if (pps_map_get_text(m->folders, text, &known)) {
		*ret = known;
		return PPS_OK;
	}
	if ((r = pps_store_open(m->raw->ctx, text, ret, err)) < 0)
		return r;
	if (pps_map_set_text(m->folders, text, *ret) < 0) {
		*ret = pps_store_unref(*ret);
		return pps_fail_nomem(err);
	}
	pps_store_unref(m->raw->source_store);
	m->raw->source_store = pps_store_ref(*ret);
	return PPS_OK;
}

static int add_artifact(pps_raw_material *m, const pps_butler_dataset *d, pps_error **err)
{
	_cleanup_(pps_uri_freep) pps_uri *uri = NULL;
	pps_raw_artifact *a = &m->artifacts[m->nartifacts];
	int r;

	if (!d->uri)
		return pps_fail(err, PPS_E_NOTFOUND, "dataset %s of detector %lld is known but not stored", d->type, (long long)d->detector);
	if ((r = pps_uri_parse(d->uri, &uri, err)) < 0)
		return r;
	if (uri->fragment)
		return pps_fail(err, PPS_E_UNSUPPORTED, "%s: a source that is itself in a zip cannot be packed", d->uri);
	if ((r = open_folder(m, uri, &a->store, err)) < 0)
		return r;
	if (!(m->names[m->nartifacts] = strdup(pps_uri_basename(uri))))
		return pps_fail_nomem(err);
	a->member = a->path = m->names[m->nartifacts++];
	a->size = d->size < 0 ? UINT64_MAX : (uint64_t)d->size;
	return PPS_OK;
}

static int find_files(pps_raw_material *m, pps_error **err)
{
	size_t n = m->datasets->n;
	int r;

	if (!n)
		return PPS_OK;
	m->artifacts = calloc(n, sizeof *m->artifacts);
	m->names = calloc(n, sizeof *m->names);
	m->folders = pps_map_new();
	if (!m->artifacts || !m->names || !m->folders)
		return pps_fail_nomem(err);
	for (size_t i = 0; i < n; i++)
		if ((r = add_artifact(m, &m->datasets->at[i], err)) < 0)
			return r;
	m->folder = m->artifacts[0].store;
	return PPS_OK;
}

/* The query's dataset types and collections, and the guiders': an exposure is complete, and moves, with its guider images, also
 * under a query that names `raw` alone. @extra is last unless it is there already. */
static const char **with_one_more(const char *const *texts, size_t n, const char *extra, size_t *ret_n)
{
	const char **all = calloc(n + 1, sizeof *all);
	int there = 0;

	for (size_t i = 0; all && i < n; i++) {
		all[i] = texts[i];
		there |= !strcmp(all[i], extra);
	}
	if (all && !there)
		all[n] = extra;
	*ret_n = n + !there;
	return all;
}

int pps_raw_find_datasets(pps_butler *butler, const pps_conf_query *rule, const char *instrument, int64_t exposure,
			  pps_butler_datasets **ret, pps_error **err)
{
	_cleanup_free_ char *guider = NULL, *images = NULL;
	_cleanup_free_ const char **types = NULL, **collections = NULL;
	size_t ntypes, ncollections;

	if (asprintf(&guider, "%s/raw/guider", instrument) < 0 || asprintf(&images, "%s/raw/all", instrument) < 0)
		return pps_fail_nomem(err);
	types = rule ? with_one_more(rule->dataset_types.at, rule->dataset_types.n, "guider_raw", &ntypes) :
		       with_one_more((const char *const[]){ "raw" }, 1, "guider_raw", &ntypes);
	collections = rule ? with_one_more(rule->collections.at, rule->collections.n, guider, &ncollections) :
			     with_one_more((const char *const[]){ images }, 1, guider, &ncollections);
	if (!types || !collections)
		return pps_fail_nomem(err);
	return pps_butler_find_datasets(butler, instrument, &exposure, 1, types, ntypes, collections, ncollections, 1, ret, err);
}

static int find_datasets(pps_raw_material *m, pps_error **err)
{
	pps_butler *source;
	int r;

	if ((r = pps_raw_source(m->raw, &source, err)) < 0)
		return r;
	return pps_raw_find_datasets(source, m->rule, m->instrument, m->exposure, &m->datasets, err);
}

int pps_raw_material_load(pps_raw *raw, const pps_conf_query *rule, const char *instrument, int64_t exposure, const char *obs_id,
			  pps_raw_material **ret_material, pps_error **err)
{
	_cleanup_(pps_raw_material_freep) pps_raw_material *m = calloc(1, sizeof *m);
	int r;

	if (!m || !(m->instrument = strdup(instrument)) || !(m->obs_id = strdup(obs_id)))
		return pps_fail_nomem(err);
	m->raw = raw;
	m->rule = rule;
	m->exposure = exposure;
	m->zip_index = m->metadata_index = (pps_buf)PPS_BUF(64u << 20);
	if ((r = find_datasets(m, err)) < 0 || (r = find_files(m, err)) < 0)
		return pps_wrap(err, r, "datasets of %s", obs_id);
	*ret_material = TAKE_PTR(m);
	return PPS_OK;
}

static pps_butler_dataset dataset_of(const pps_zip_ref *ref, const char *instrument, int64_t exposure)
{
	pps_butler_dataset d = { .id = ref->id, .type = ref->type, .run = ref->run, .instrument = instrument, .exposure = exposure,
				 .detector = -1, .size = -1 };

	for (size_t i = 0; i < ref->n_values; i++)
		if (!strcmp(ref->values[i].dimension, "detector") && ref->values[i].kind == PPS_ZIP_VALUE_INT)
			d.detector = ref->values[i].number;
	return d;
}

int pps_raw_material_load_pruned(pps_raw *raw, const char *instrument, int64_t exposure, pps_store *store, const char *zip_name,
				 pps_raw_material **ret_material, pps_error **err)
{
	_cleanup_(pps_raw_material_freep) pps_raw_material *m = calloc(1, sizeof *m);
	int r;

	if (!m || !(m->instrument = strdup(instrument)) || !(m->datasets = calloc(1, sizeof *m->datasets)))
		return pps_fail_nomem(err);
	m->raw = raw;
	m->exposure = exposure;
	if ((r = pps_raw_zip_index(raw->ctx, store, zip_name, &m->pruned, err)) < 0)
		return pps_wrap(err, r, "its copy in the source was pruned, and its zip cannot be read: fetch it from another safe copy");
	if (!(m->datasets->at = calloc(m->pruned->n_refs + 1, sizeof *m->datasets->at)))
		return pps_fail_nomem(err);
	for (; m->datasets->n < m->pruned->n_refs; m->datasets->n++)
		m->datasets->at[m->datasets->n] = dataset_of(&m->pruned->refs[m->datasets->n], m->instrument, exposure);
	*ret_material = TAKE_PTR(m);
	return PPS_OK;
}

/* Full names of the detectors that have a dataset. */
static size_t present_sensors(const pps_raw_material *m, const pps_butler_detectors *detectors, const char **names)
{
	size_t n = 0;

	for (size_t i = 0; i < m->datasets->n; i++)
		for (size_t j = 0; j < detectors->n; j++)
			if (detectors->at[j].id == m->datasets->at[i].detector) {
				names[n++] = detectors->at[j].full_name;
				break;
			}
	return n;
}

static int compare_sensors(pps_raw_material *m, const char *name, const char *text, size_t size, int *ret_complete, pps_buf *why,
			   pps_error **err)
{
	_cleanup_(pps_sensors_freep) pps_sensors *sensors = NULL;
	_cleanup_(pps_butler_detectors_freep) pps_butler_detectors *detectors = NULL;
	_cleanup_buf_ pps_buf missing = PPS_BUF_LINE;
	_cleanup_free_ const char **present = calloc(m->datasets->n + 1, sizeof *present);
	size_t n;
	int r;

	if (!present)
		return pps_fail_nomem(err);
	if ((r = pps_sensors_parse(name, text, size, &sensors, err)) < 0 ||
	    (r = pps_butler_find_detectors(m->raw->source, m->instrument, &detectors, err)) < 0)
		return r;
	n = pps_sensors_missing(sensors, present, present_sensors(m, detectors, present), SENSORS_NAMED_MOST, &missing);
	*ret_complete = n == 0;
	if (n)
		pps_buf_printf(why, "%zu of %zu sensors are missing: %s", n, pps_sensors_count(sensors), pps_buf_text(&missing));
	return pps_buf_check(&missing, "missing sensors", err);
}

int pps_raw_material_complete(pps_raw_material *m, int *ret_complete, pps_buf *why, pps_error **err)
{
	_cleanup_free_ char *name = NULL, *path = NULL;
	_cleanup_free_ void *text = NULL;
	size_t size;
	int r;

	*ret_complete = m->pruned != NULL;
	if (m->pruned)
		return PPS_OK;
	if (!m->datasets->n) {
		pps_buf_add_text(why, "no dataset of it is in the source repository");
		return PPS_OK;
	}
	if (asprintf(&name, "%s_expectedSensors.json", m->obs_id) < 0)
		return pps_fail_nomem(err);
	if ((r = pps_store_exists(m->folder, name, err)) < 0)
		return r;
	if (!r) {
		*ret_complete = !m->raw->block->require_expected_sensors;
		if (!*ret_complete)
			pps_buf_printf(why, "%s is not there", name);
		return PPS_OK;
	}
	if ((r = pps_store_read(m->folder, name, SENSORS_FILE_MOST, &text, &size, err)) < 0 ||
	    (r = pps_store_name_plain(m->folder, name, &path, err)) < 0)
		return r;
	return compare_sensors(m, path, text, size, ret_complete, why, err);
}

static int index_types(pps_raw_material *m, pps_error **err)
{
	_cleanup_free_ const char **names = calloc(m->datasets->n, sizeof *names);
	pps_zip_type *types;
	size_t n = 0;
	int r;

	if (!names)
		return pps_fail_nomem(err);
	for (size_t i = 0; i < m->datasets->n; i++) {
		size_t j = 0;

		while (j < n && strcmp(names[j], m->datasets->at[i].type) != 0)
			j++;
		if (j == n)
			names[n++] = m->datasets->at[i].type;
	}
	if ((r = pps_butler_find_types(m->raw->source, names, n, &m->types, err)) < 0)
		return r;
	if (!(types = calloc(m->types->n, sizeof *types)))
		return pps_fail_nomem(err);
	for (size_t i = 0; i < m->types->n; i++) {
		const pps_butler_type *t = &m->types->at[i];

		types[i] = (pps_zip_type){ .name = t->name, .storage_class = t->storage_class, .dimensions = t->dimensions,
					   .n_dimensions = t->ndimensions, .is_calibration = t->is_calibration };
	}
	m->index.types = types;
	m->index.n_types = m->types->n;
	return PPS_OK;
}

static int index_ref(const pps_butler_dataset *d, pps_zip_ref *ref, pps_error **err)
{
	pps_zip_value *values = calloc(d->nkeys, sizeof *values);

	if (!values)
		return pps_fail_nomem(err);
	for (size_t i = 0; i < d->nkeys; i++)
		values[i] = (pps_zip_value){ .dimension = d->keys[i].name, .kind = d->keys[i].s ? PPS_ZIP_VALUE_TEXT : PPS_ZIP_VALUE_INT,
					     .number = d->keys[i].i, .text = d->keys[i].s };
	*ref = (pps_zip_ref){ .id = d->id, .type = d->type, .run = d->run, .values = values, .n_values = d->nkeys };
	return PPS_OK;
}

static int index_datasets(pps_raw_material *m, pps_error **err)
{
	size_t n = m->datasets->n;
	pps_zip_ref *refs = calloc(n, sizeof *refs);
	pps_zip_artifact *artifacts = calloc(n, sizeof *artifacts);
	int r;

	m->index.refs = refs;
	m->index.artifacts = artifacts;
	if (!refs || !artifacts)
		return pps_fail_nomem(err);
	for (size_t i = 0; i < n; i++) {
		const pps_butler_dataset *d = &m->datasets->at[i];

		if ((r = index_ref(d, &refs[i], err)) < 0)
			return r;
		m->index.n_refs = i + 1;
		artifacts[i] = (pps_zip_artifact){ .member = m->names[i], .formatter = d->formatter, .path = d->path,
						   .storage_class = d->storage_class, .component = d->component, .checksum = d->checksum,
						   .file_size = d->size, .ids = &d->id, .n_ids = 1 };
	}
	m->index.n_artifacts = n;
	return PPS_OK;
}

/* The Butler's record may not know a size; the index needs the file's own. */
static int index_sizes(pps_raw_material *m, pps_error **err)
{
	int r;

	for (size_t i = 0; i < m->index.n_artifacts; i++) {
		pps_zip_artifact *a = (pps_zip_artifact *)&m->index.artifacts[i];
		pps_store_stat st;

		if (a->file_size >= 0)
			continue;
		if ((r = pps_store_stat_name(m->artifacts[i].store, m->names[i], &st, err)) < 0)
			return r;
		a->file_size = (int64_t)st.size;
	}
	return PPS_OK;
}

int pps_raw_material_index(pps_raw_material *m, const pps_zip_index **ret_index, pps_error **err)
{
	int r;

	if (m->pruned) {
		*ret_index = m->pruned;
		return PPS_OK;
	}
	if (!m->index.n_artifacts) {
		const pps_universe *universe = pps_butler_universe(m->raw->source);

		m->index.universe_version = pps_universe_version(universe);
		m->index.universe_namespace = pps_universe_namespace(universe);
		if ((r = index_types(m, err)) < 0 || (r = index_datasets(m, err)) < 0 || (r = index_sizes(m, err)) < 0)
			return r;
	}
	*ret_index = &m->index;
	return PPS_OK;
}

static int has_end(const char *name, const char *end)
{
	size_t n = strlen(name), e = strlen(end);

	return n >= e && !strcmp(name + n - e, end);
}

static int check_sidecar(void *job, void *user _unused_, pps_error **err)
{
	const pps_member *f = job;
	int r = pps_ctx_check(pps_store_ctx(f->store), err);

	return r < 0 ? r : pps_sidecar_check(f->store, f->path, err);
}

/* An exposure with a file that cannot be read as what it should be stays where it is: FITS files are looked at for the metadata index, the
 * sidecars here, many at a time where each costs a round trip to a server. Empty sidecars are what some sites write. */
static int check_sidecars(pps_ctx *ctx, const pps_members *members, pps_error **err)
{
	_cleanup_(pps_pool_freep) pps_pool *pool = NULL;
	int r = PPS_OK;

	for (size_t i = 0; i < pps_members_count(members) && r == PPS_OK; i++) {
		const pps_member *f = pps_members_at(members, i);

		if (!f->store || !has_end(f->name, ".json") || !f->size)
			continue;
		if (pps_store_root(f->store)->scheme == PPS_URI_FILE)
			r = check_sidecar((void *)f, NULL, err);
		else if (pool || (r = pps_pool_new(ctx, SIDECARS_AT_ONCE, SIDECARS_AT_ONCE, check_sidecar, NULL, NULL, &pool, err)) == PPS_OK)
			r = pps_pool_submit(pool, (void *)f, err);
	}
	if (r < 0)
		return r;
	return pool ? pps_pool_wait(pool, err) : PPS_OK;
}

/* The next member from @at on that is a file; NULL: none. */
static const pps_member *next_file(const pps_members *members, size_t *at)
{
	while (*at < pps_members_count(members)) {
		const pps_member *f = pps_members_at(members, (*at)++);

		if (f->store)
			return f;
	}
	return NULL;
}

/* What is packed is what was looked at: nothing came, went or changed its size meanwhile. */
static int same_files(const pps_members *seen, const pps_members *packed, pps_error **err)
{
	size_t i = 0, j = 0;

	while (1) {
		const pps_member *a = next_file(seen, &i), *b = next_file(packed, &j);

		if (!a && !b)
			return PPS_OK;
		if (!a || !b || strcmp(a->name, b->name) != 0 || a->size != b->size)
			return pps_fail(err, PPS_E_CONFLICT, "%s: came, went or changed while the source's files were looked at",
					!b || (a && strcmp(a->name, b->name) <= 0) ? a->name : b->name);
	}
}

int pps_raw_material_members(pps_raw_material *m, const pps_members **ret_members, pps_error **err)
{
	_cleanup_(pps_members_freep) pps_members *files = NULL, *all = NULL;
	const pps_zip_index *index;
	int r;

	if (m->members) {
		*ret_members = m->members;
		return PPS_OK;
	}
	if (m->pruned)
		return pps_fail(err, PPS_E_NOTFOUND, "its copy in the source was pruned: fetch the zip from another safe copy");
	if (!m->folder)
		return pps_fail(err, PPS_E_NOTFOUND, "no dataset of it is in the source repository");
	pps_buf_truncate(&m->zip_index, 0);
	if ((r = pps_raw_material_index(m, &index, err)) < 0 || (r = pps_zip_index_write(index, &m->zip_index, err)) < 0 ||
	    (r = pps_raw_members(m->folder, "", m->artifacts, m->nartifacts, &m->zip_index, NULL, &files, err)) < 0)
		return r;
	if (pps_store_is_far(m->folder)) {
		pps_raw_watch_free(TAKE_PTR(m->watch));
		/* every byte comes once: what the files hold is looked at while they are packed */
		if ((r = pps_raw_watch_new(&m->watch, err)) < 0 || (r = pps_raw_watch_members(m->watch, files, err)) < 0)
			return r;
		*ret_members = m->members = TAKE_PTR(files);
		return PPS_OK;
	}
	if ((r = check_sidecars(m->raw->ctx, files, err)) < 0 ||
	    (r = pps_raw_metadata_index(m->folder, "", m->artifacts, m->nartifacts, &m->metadata_index, err)) < 0 ||
	    (r = pps_raw_members(m->folder, "", m->artifacts, m->nartifacts, &m->zip_index, &m->metadata_index, &all, err)) < 0 ||
	    (r = same_files(files, all, err)) < 0)
		return r;
	m->members = TAKE_PTR(all);
	*ret_members = m->members;
	return PPS_OK;
}
