/* SPDX-License-Identifier: BSD-3-Clause */
/* Exposures whose files are in place: what they are comes from the source repository, their sizes and checksums from the files. */
#include "rucio/rucio-files.h"

#include <inttypes.h>
#include <string.h>

#include "base/codec.h"
#include "base/conf.h"
#include "base/map.h"
#include "butler/arena.h"
#include "butler/butler.h"
#include "rucio/rucio-private.h"
#include "rucio/rucio-report.h"

#define TEXTS_MOST ((size_t)256 << 20)
#define FILES_MOST 16 /* of one exposure: its zip, and its yamls */

int pps_rucio_digest_file(pps_store *store, const char *name, pps_rucio_digests *ret, pps_error **err)
{
	pps_digests digests;
	int r = pps_store_digest(store, name, PPS_DIGEST_MD5 | PPS_DIGEST_ADLER32, &digests, err);

	if (r < 0)
		return r;
	ret->size = digests.size;
	snprintf(ret->adler32, sizeof ret->adler32, "%08" PRIx32, digests.adler32);
	pps_hex_encode(digests.md5, sizeof digests.md5, ret->md5);
	return PPS_OK;
}

int pps_rucio_open_root(pps_rucio *rucio, const pps_conf *conf, pps_store **ret_store, pps_error **err)
{
	const pps_conf_raw *raw = pps_conf_raw_block(conf);

	if (!raw)
		return pps_fail(err, PPS_E_CONFIG, "%s: there is no block \"raw\", whose dest_root says where the files are", pps_conf_file(conf));
	return pps_store_open(rucio->ctx, raw->dest_root, ret_store, err);
}

/* What an argument names. */
struct chosen {
	pps_map *obs_ids; /* value: the argument's number + 1 */
	int64_t *ids, *days;
	size_t *id_args, *day_args;
	size_t nids, ndays;
	char *found; /* of each argument: an exposure of it was found */
	size_t n;
};

static void free_chosen(struct chosen *c)
{
	pps_map_free(c->obs_ids);
	free(c->ids);
	free(c->days);
	free(c->id_args);
	free(c->day_args);
	free(c->found);
}

static int choose(struct chosen *c, const char *const *args, size_t n, pps_error **err)
{
	size_t room = n + 1;

	c->n = n;
	if (!(c->obs_ids = pps_map_new()) || !(c->ids = malloc(room * sizeof *c->ids)) || !(c->days = malloc(room * sizeof *c->days)) ||
	    !(c->id_args = malloc(room * sizeof *c->id_args)) || !(c->day_args = malloc(room * sizeof *c->day_args)) ||
	    !(c->found = calloc(room, 1)))
		return pps_fail_nomem(err);
	for (size_t i = 0; i < n; i++) {
		const char *slash = strrchr(args[i], '/'), *base = slash ? slash + 1 : args[i];
		size_t len = strlen(base);
		_cleanup_free_ char *obs_id = NULL;

		if (len && len <= 18 && strspn(base, "0123456789") == len) {
			int64_t number = strtoll(base, NULL, 10);

			if (len == 8) {
				c->day_args[c->ndays] = i;
				c->days[c->ndays++] = number;
			} else {
				c->id_args[c->nids] = i;
				c->ids[c->nids++] = number;
			}
			continue;
		}
		if (len > 4 && !strcmp(base + len - 4, ".zip"))
			len -= 4;
		if (!len)
			return pps_fail(err, PPS_E_ARG, "\"%s\": expected an obs id, a number, an observing day or a zip", args[i]);
		if (!(obs_id = strndup(base, len)) || pps_map_set_text(c->obs_ids, obs_id, (void *)(i + 1)) < 0)
			return pps_fail_nomem(err);
	}
	return PPS_OK;
}

/* One exposure with its texts, made as it will be sent. */
struct job {
	pps_rucio_exposure exposure;
	uint64_t size;
	const char *name; /* obs id */
};

struct jobs {
	pps_rucio *rucio;
	const pps_conf_raw *raw;
	pps_butler *source;
	pps_store *store;
	pps_arena *texts;
	pps_map *seen; /* instrument and obs id */
	struct job *at;
	size_t n, cap;
	pps_rucio_report *report;
};

static void free_jobs(struct jobs *j)
{
	pps_butler_unref(j->source);
	pps_store_unref(j->store);
	pps_arena_free(j->texts);
	pps_map_free(j->seen);
	free(j->at);
	pps_rucio_report_free(j->report);
}

static int copy_buf(struct jobs *j, pps_buf *b, const char **ret, pps_error **err)
{
	int r = pps_buf_check(b, "name", err);

	if (r < 0)
		return r;
	return (*ret = pps_arena_text(j->texts, b->at)) ? PPS_OK : pps_arena_fail(j->texts, "exposures", err);
}

static int add_file(struct jobs *j, const char *name, const char *rubin_butler, pps_rucio_file *file, pps_error **err)
{
	pps_rucio_digests digests;
	int r = pps_rucio_digest_file(j->store, name, &digests, err);

	if (r < 0)
		return r;
	*file = (pps_rucio_file){ .name = pps_arena_text(j->texts, name), .bytes = digests.size,
				  .adler32 = pps_arena_text(j->texts, digests.adler32), .md5 = pps_arena_text(j->texts, digests.md5),
				  .rubin_butler = rubin_butler };
	return file->name && file->adler32 && file->md5 ? PPS_OK : pps_arena_fail(j->texts, "exposures", err);
}

/* "OBS_dimensions.yaml" and its revisions "OBS_dimensions.1.yaml" ... */
static int is_yaml_of(const char *name, const char *obs_id)
{
	static const char middle[] = "_dimensions.";
	size_t n = strlen(obs_id), digits;

	if (strncmp(name, obs_id, n) != 0 || strncmp(name + n, middle, sizeof middle - 1) != 0)
		return 0;
	name += n + sizeof middle - 1;
	digits = strspn(name, "0123456789");
	if (digits && name[digits] == '.')
		name += digits + 1;
	return !strcmp(name, "yaml");
}

static int add_files(struct jobs *j, const pps_butler_exposure *e, struct job *job, pps_error **err)
{
	_cleanup_(pps_store_listing_freep) pps_store_listing *listing = NULL;
	_cleanup_free_ char *folder = NULL, *zip = NULL;
	pps_rucio_file *files = pps_arena_alloc(j->texts, FILES_MOST * sizeof *files);
	size_t n = 0;
	int r;

	if (!files)
		return pps_arena_fail(j->texts, "exposures", err);
	if (asprintf(&folder, "%s/%" PRId64, e->instrument, e->day_obs) < 0) {
		folder = NULL;
		return pps_fail_nomem(err);
	}
	if (asprintf(&zip, "%s/%s.zip", folder, e->obs_id) < 0) {
		zip = NULL;
		return pps_fail_nomem(err);
	}
	if ((r = add_file(j, zip, "zip_file", &files[n++], err)) < 0 || (r = pps_store_list(j->store, folder, 0, &listing, err)) < 0)
		return r;
	for (size_t i = 0; i < pps_store_listing_count(listing) && n < FILES_MOST; i++) {
		_cleanup_free_ char *name = NULL;

		if (!is_yaml_of(pps_store_listing_name(listing, i), e->obs_id))
			continue;
		if (asprintf(&name, "%s/%s", folder, pps_store_listing_name(listing, i)) < 0) {
			name = NULL;
			return pps_fail_nomem(err);
		}
		if ((r = add_file(j, name, NULL, &files[n++], err)) < 0)
			return r;
	}
	if (n < 2)
		return pps_fail(err, PPS_E_NOTFOUND, "there is no %s/%s_dimensions.yaml beside the zip: pps raw repair makes it", folder, e->obs_id);
	job->exposure.files = files;
	job->exposure.nfiles = n;
	for (size_t i = 0; i < n; i++)
		job->size += files[i].bytes;
	return PPS_OK;
}

static int add_datasets(struct jobs *j, const pps_butler_exposure *e, struct job *job, pps_error **err)
{
	_cleanup_free_ int64_t *tracts = NULL;
	const char **names;
	size_t ntracts, n;
	int r = pps_butler_find_tracts(j->source, e->instrument, e->id, j->raw->skymap, &tracts, &ntracts, err);

	if (r < 0)
		return r;
	n = ntracts ? ntracts : 1;
	if (!(names = pps_arena_alloc(j->texts, n * sizeof *names)))
		return pps_arena_fail(j->texts, "exposures", err);
	for (size_t i = 0; r == PPS_OK && i < n; i++) {
		_cleanup_buf_ pps_buf b = PPS_BUF_LINE;

		pps_rucio_name_tract(&b, e->instrument, e->day_obs, ntracts ? tracts[i] : -1);
		r = copy_buf(j, &b, &names[i], err);
	}
	job->exposure.datasets = names;
	job->exposure.ndatasets = n;
	if (r == PPS_OK) {
		_cleanup_buf_ pps_buf b = PPS_BUF_LINE;

		pps_rucio_name_obs(&b, e->instrument, e->day_obs, e->obs_id);
		r = copy_buf(j, &b, &job->exposure.obs_dataset, err);
	}
	return r;
}

/* Of a whole day, only exposures whose zips are in place are meant. Return: 1, 0, negative: error. */
static int is_in_place(struct jobs *j, const pps_butler_exposure *e, pps_error **err)
{
	_cleanup_free_ char *zip = NULL;

	if (asprintf(&zip, "%s/%" PRId64 "/%s.zip", e->instrument, e->day_obs, e->obs_id) < 0) {
		zip = NULL;
		return pps_fail_nomem(err);
	}
	return pps_store_exists(j->store, zip, err);
}

/* A problem with one exposure is a row, and the others go on. */
static int add_exposure(struct jobs *j, const pps_butler_exposure *e, pps_error **err)
{
	_cleanup_(pps_error_freep) pps_error *failure = NULL;
	_cleanup_free_ char *key = NULL;
	struct job job = { 0 };
	int r;

	if (asprintf(&key, "%s/%s", e->instrument, e->obs_id) < 0) {
		key = NULL;
		return pps_fail_nomem(err);
	}
	if (pps_map_get_text(j->seen, key, NULL))
		return PPS_OK;
	if (pps_map_set_text(j->seen, key, j) < 0)
		return pps_fail_nomem(err);
	if ((r = pps_ctx_check(j->rucio->ctx, err)) < 0)
		return r;
	if (!(job.name = job.exposure.obs_id = pps_arena_text(j->texts, e->obs_id)))
		return pps_arena_fail(j->texts, "exposures", err);
	if ((r = add_files(j, e, &job, &failure)) == PPS_OK)
		r = add_datasets(j, e, &job, &failure);
	if (r == PPS_E_NOMEM || r == PPS_E_CANCELLED) {
		pps_error_move(err, TAKE_PTR(failure));
		return r;
	}
	if (r < 0)
		return pps_rucio_report_add(j->report, job.name, PPS_RUCIO_FAILED, r, pps_error_message(failure), NULL, err);
	if (pps_grow(&j->at, &j->cap, j->n, sizeof *j->at) < 0)
		return pps_fail_nomem(err);
	j->at[j->n++] = job;
	return PPS_OK;
}

static int is_configured(const pps_conf_raw *raw, const char *instrument)
{
	for (size_t i = 0; i < raw->nqueries; i++)
		if (!strcmp(raw->queries[i].instrument, instrument))
			return 1;
	return 0;
}

static int add_found(struct jobs *j, struct chosen *c, const pps_exposure_query *query, size_t arg, pps_error **err)
{
	_cleanup_(pps_butler_exposures_freep) pps_butler_exposures *found = NULL;
	int r = pps_butler_find_exposures(j->source, query, &found, err);

	for (size_t i = 0; r >= 0 && i < found->n; i++) {
		const pps_butler_exposure *e = &found->at[i];
		void *number;

		if (!is_configured(j->raw, e->instrument))
			continue;
		if (arg != SIZE_MAX) {
			c->found[arg] = 1;
			if ((r = is_in_place(j, e, err)) <= 0)
				continue;
		} else if (pps_map_get_text(c->obs_ids, e->obs_id, &number)) {
			c->found[(size_t)number - 1] = 1;
		}
		for (size_t k = 0; k < query->nids && arg == SIZE_MAX; k++)
			if (query->ids[k] == e->id)
				c->found[c->id_args[k]] = 1;
		r = add_exposure(j, e, err);
	}
	return r;
}

static int find_all(struct jobs *j, struct chosen *c, const char *const *args, pps_error **err)
{
	size_t n = pps_map_size(c->obs_ids);
	_cleanup_free_ const char **obs_ids = malloc((n + 1) * sizeof *obs_ids);
	int r = PPS_OK;

	if (!obs_ids)
		return pps_fail_nomem(err);
	for (size_t i = 0; i < n; i++)
		obs_ids[i] = pps_map_key(c->obs_ids, i);
	if (n)
		r = add_found(j, c, &(pps_exposure_query){ .obs_ids = obs_ids, .nobs_ids = n }, SIZE_MAX, err);
	if (r == PPS_OK && c->nids)
		r = add_found(j, c, &(pps_exposure_query){ .ids = c->ids, .nids = c->nids }, SIZE_MAX, err);
	for (size_t i = 0; r == PPS_OK && i < c->ndays; i++)
		r = add_found(j, c, &(pps_exposure_query){ .day_obs = c->days[i] }, c->day_args[i], err);
	for (size_t i = 0; r == PPS_OK && i < c->n; i++)
		if (!c->found[i])
			r = pps_rucio_report_add(j->report, args[i], PPS_RUCIO_FAILED, PPS_E_NOTFOUND, "the source repository has no such exposure", NULL, err);
	return r;
}

static void describe(int done, pps_buf *text)
{
	static const struct {
		int bit;
		const char *words;
	} parts[] = {
		{ PPS_RUCIO_DID_CREATE, "dataset made" }, { PPS_RUCIO_DID_REOPEN, "closed dataset opened" }, { PPS_RUCIO_DID_ATTACH, "files attached" },
		{ PPS_RUCIO_DID_CLOSE, "closed" }, { PPS_RUCIO_DID_METADATA, "marked for backup" },
	};

	for (size_t i = 0; i < PPS_COUNT(parts); i++)
		if (done & parts[i].bit)
			pps_buf_printf(text, "%s%s", text->size ? ", " : "", parts[i].words);
}

static int add_result(struct jobs *j, const struct job *job, const pps_rucio_result *result, pps_error **err)
{
	_cleanup_buf_ pps_buf text = PPS_BUF_LINE;
	pps_rucio_row *row;
	int r, status = result->code < 0 ? PPS_RUCIO_FAILED : result->done ? PPS_RUCIO_CHANGED : PPS_RUCIO_OK;

	if (result->code < 0)
		pps_buf_add_text(&text, pps_error_message(result->error));
	else
		describe(result->done, &text);
	if (result->code == PPS_E_CONFLICT)
		status = PPS_RUCIO_DIFFERENT;
	if ((r = pps_rucio_report_add(j->report, job->name, status, result->code, pps_buf_text(&text), &row, err)) < 0)
		return r;
	row->size = job->size;
	return PPS_OK;
}

static int plan_only(struct jobs *j, pps_error **err)
{
	int r = PPS_OK;

	for (size_t i = 0; r == PPS_OK && i < j->n; i++) {
		_cleanup_buf_ pps_buf text = PPS_BUF_LINE;
		const pps_rucio_exposure *e = &j->at[i].exposure;
		pps_rucio_row *row;

		pps_buf_printf(&text, "would register %zu files, in %s", e->nfiles, e->obs_dataset);
		for (size_t d = 0; d < e->ndatasets && d < 100; d++)
			pps_buf_printf(&text, ", %s", e->datasets[d]);
		r = pps_rucio_report_add(j->report, j->at[i].name, PPS_RUCIO_OK, PPS_OK, pps_buf_text(&text), &row, err);
		if (r == PPS_OK)
			row->size = j->at[i].size;
	}
	return r;
}

static int register_all(struct jobs *j, pps_error **err)
{
	_cleanup_free_ pps_rucio_exposure *exposures = malloc((j->n + 1) * sizeof *exposures);
	_cleanup_free_ pps_rucio_result *results = calloc(j->n + 1, sizeof *results);
	int r;

	if (!exposures || !results)
		return pps_fail_nomem(err);
	for (size_t i = 0; i < j->n; i++)
		exposures[i] = j->at[i].exposure;
	r = pps_rucio_register_exposures(j->rucio, exposures, j->n, results, err);
	for (size_t i = 0; i < j->n; i++) {
		if (r == PPS_OK)
			r = add_result(j, &j->at[i], &results[i], err);
		pps_rucio_result_clear(&results[i]);
	}
	return r;
}

int pps_rucio_register(pps_rucio *rucio, const pps_conf *conf, const char *const *exposures, size_t n, int flags,
		       pps_rucio_report **ret_report, pps_error **err)
{
	_cleanup_(free_jobs) struct jobs j = { .rucio = rucio };
	_cleanup_(free_chosen) struct chosen chosen = { 0 };
	int r;

	if (!rucio || !conf || !ret_report || (n && !exposures))
		return pps_fail(err, PPS_E_ARG, "pps_rucio_register: an argument is NULL");
	if ((r = pps_rucio_open_root(rucio, conf, &j.store, err)) < 0)
		return r;
	j.raw = pps_conf_raw_block(conf);
	if (!j.raw->skymap)
		return pps_fail_at(err, PPS_E_CONFIG, j.raw->place.file, j.raw->place.line, j.raw->place.column,
				   "raw.skymap is missing: it says which tracts an exposure belongs to");
	if (!(j.seen = pps_map_new()) || !(j.report = calloc(1, sizeof *j.report)))
		return pps_fail_nomem(err);
	if ((r = pps_arena_new(TEXTS_MOST, &j.texts, err)) < 0 ||
	    (r = pps_butler_open(rucio->ctx, j.raw->source->butler, PPS_BUTLER_READ, &j.source, err)) < 0 ||
	    (r = choose(&chosen, exposures, n, err)) < 0 || (r = find_all(&j, &chosen, exposures, err)) < 0)
		return r;
	if ((r = flags & PPS_RUCIO_DRY_RUN ? plan_only(&j, err) : register_all(&j, err)) < 0)
		return r;
	pps_rucio_report_sort(j.report);
	*ret_report = TAKE_PTR(j.report);
	return PPS_OK;
}
