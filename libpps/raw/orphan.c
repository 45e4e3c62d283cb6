/* SPDX-License-Identifier: BSD-3-Clause */
#include "raw/orphan.h"

#include <string.h>

#include "base/codec.h"
#include "base/map.h"
#include "raw/job.h"

#define LOOK_UP_AT_ONCE 500
#define DAYS_ONE_BY_ONE 1300 /* a longer range is listed as a whole */

/* What is known of one obs id that the report has no row of. */
typedef struct orphan {
	char *obs_id;
	int64_t day_obs;
	int64_t exposure; /* as a destination or the source has it; 0: none does */
	int has_zip, has_yaml;
	uint64_t size;    /* of the zip */
	int in_source;    /* it is older than raw.since: none of this check's */
	uint8_t stored[PPS_RAW_PLACES_MOST];   /* by destination: it has datasets in this zip */
	uint8_t unasked[PPS_RAW_PLACES_MOST];  /* by destination: it could not be asked */
	int in_rucio;     /* files of it that Rucio knows */
} orphan;

typedef struct orphans {
	pps_raw *raw;
	pps_raw_report *report;
	const char *instrument;
	pps_store *store;
	pps_map *rows; /* obs ids that the report has */
	orphan *at;
	size_t n, cap;
	pps_map *by_name; /* obs id -> index + 1 */
	pps_map *days;    /* day_obs as text -> the number */
	int rucio_code;   /* why Rucio could not be asked */
	char *rucio_why;
} orphans;

static void clear_orphans(orphans *o)
{
	for (size_t i = 0; i < o->n; i++)
		free(o->at[i].obs_id);
	free(o->at);
	pps_map_free(o->rows);
	pps_map_free(o->by_name);
	pps_map_free(o->days);
	free(o->rucio_why);
}

int pps_raw_file_kind(const char *name, char *ret_obs_id, size_t size)
{
	static const char yaml[] = "_dimensions";
	size_t len = strlen(name), end;
	const char *tail;
	int kind;

	if (*name == '.')
		return 0;
	if (len > 4 && !strcmp(name + len - 4, ".zip")) {
		kind = 1;
		end = len - 4;
	} else if (len > 5 && !strcmp(name + len - 5, ".yaml") && (tail = strstr(name, yaml))) {
		const char *rest = tail + strlen(yaml);

		if (*rest == '.' && rest + 5 != name + len)
			rest += 1 + strspn(rest + 1, "0123456789");
		if (rest + 5 != name + len)
			return 0;
		kind = 2;
		end = (size_t)(tail - name);
	} else {
		return 0;
	}
	if (!end || end >= size)
		return 0;
	memcpy(ret_obs_id, name, end);
	ret_obs_id[end] = '\0';
	return kind;
}

static int is_asked_for(const orphans *o, int64_t day)
{
	return !o->raw->day_begin || (day >= o->raw->day_begin && day <= o->raw->day_end);
}

/* The one of this obs id; NULL (and PPS_OK) when the report has it already. */
static int get(orphans *o, int64_t day, const char *obs_id, orphan **ret, pps_error **err)
{
	void *index;

	*ret = NULL;
	if (pps_map_get_text(o->rows, obs_id, NULL))
		return PPS_OK;
	if (pps_map_get_text(o->by_name, obs_id, &index)) {
		*ret = &o->at[(uintptr_t)index - 1];
		return PPS_OK;
	}
	if (pps_grow(&o->at, &o->cap, o->n, sizeof *o->at) < 0)
		return pps_fail_nomem(err);
	o->at[o->n] = (orphan){ .obs_id = strdup(obs_id), .day_obs = day };
	if (!o->at[o->n].obs_id)
		return pps_fail_nomem(err);
	*ret = &o->at[o->n++];
	return pps_map_set_text(o->by_name, obs_id, (void *)(uintptr_t)o->n) < 0 ? pps_fail_nomem(err) : PPS_OK;
}

static int add_day(orphans *o, int64_t day, pps_error **err)
{
	char text[24];

	snprintf(text, sizeof text, "%lld", (long long)day);
	return pps_map_set_text(o->days, text, (void *)(intptr_t)day) < 0 ? pps_fail_nomem(err) : PPS_OK;
}

/* "DAY/NAME" of a file or an entry; *ret_day 0: it is none of ours. */
static const char *split(const char *path, int64_t *ret_day)
{
	const char *slash = strchr(path, '/');
	char day[16];

	*ret_day = 0;
	if (!slash || strchr(slash + 1, '/') || (size_t)(slash - path) >= sizeof day)
		return NULL;
	memcpy(day, path, (size_t)(slash - path));
	day[slash - path] = '\0';
	if (strlen(day) != 8 || pps_int_parse(day, ret_day, NULL) < 0)
		*ret_day = 0;
	return *ret_day ? slash + 1 : NULL;
}

/* ---- files ---- */

static int add_file(orphans *o, int64_t day, const char *name, uint64_t size, pps_error **err)
{
	char obs_id[256];
	orphan *one;
	int r, kind = pps_raw_file_kind(name, obs_id, sizeof obs_id);

	if (!kind || !is_asked_for(o, day))
		return PPS_OK;
	if ((r = add_day(o, day, err)) < 0 || (r = get(o, day, obs_id, &one, err)) < 0 || !one)
		return r;
	if (kind == 1) {
		one->has_zip = 1;
		one->size = size;
	} else {
		one->has_yaml = 1;
	}
	return PPS_OK;
}

static int list(orphans *o, const char *folder, pps_store_listing **ret, pps_error **err)
{
	_cleanup_(pps_error_freep) pps_error *e = NULL;
	int r = pps_store_list(o->store, folder, PPS_STORE_RECURSIVE, ret, &e);

	if (r < 0 && r != PPS_E_NOTFOUND)
		pps_error_move(err, TAKE_PTR(e));
	return r == PPS_E_NOTFOUND ? PPS_OK : r;
}

static int list_day(orphans *o, int64_t day, pps_error **err)
{
	_cleanup_(pps_store_listing_freep) pps_store_listing *listing = NULL;
	_cleanup_free_ char *folder = NULL;
	int r;

	if (asprintf(&folder, "%s/%lld", o->instrument, (long long)day) < 0)
		return pps_fail_nomem(err);
	r = list(o, folder, &listing, err);
	for (size_t i = 0; r == PPS_OK && listing && i < pps_store_listing_count(listing); i++)
		r = add_file(o, day, pps_store_listing_name(listing, i), pps_store_listing_size(listing, i), err);
	return r;
}

static int list_all(orphans *o, pps_error **err)
{
	_cleanup_(pps_store_listing_freep) pps_store_listing *listing = NULL;
	int r = list(o, o->instrument, &listing, err);

	for (size_t i = 0; r == PPS_OK && listing && i < pps_store_listing_count(listing); i++) {
		int64_t day;
		const char *name = split(pps_store_listing_name(listing, i), &day);

		if (name)
			r = add_file(o, day, name, pps_store_listing_size(listing, i), err);
	}
	return r;
}

static int find_files(orphans *o, pps_error **err)
{
	const pps_raw *raw = o->raw;
	int r = PPS_OK;

	if (!raw->day_begin || raw->day_end - raw->day_begin > DAYS_ONE_BY_ONE)
		return list_all(o, err);
	for (int64_t day = raw->day_begin; day <= raw->day_end && r == PPS_OK; day++) {
		if (day / 100 % 100 < 1 || day / 100 % 100 > 12 || day % 100 < 1 || day % 100 > 31)
			continue;
		if ((r = add_day(o, day, err)) == PPS_OK && (r = pps_ctx_check(raw->ctx, err)) == PPS_OK)
			r = list_day(o, day, err);
	}
	return r;
}

/* ---- who knows them ---- */

/* Rucio's files of the days. */
static int find_in_rucio(orphans *o, pps_error **err)
{
	pps_rucio *rucio;
	int r;

	if ((r = pps_raw_rucio(o->raw, &rucio, err)) < 0)
		return r;
	for (size_t i = 0; i < pps_map_size(o->days); i++) {
		_cleanup_(pps_rucio_dids_freep) pps_rucio_dids *dids = NULL;
		_cleanup_free_ char *pattern = NULL;

		if (asprintf(&pattern, "%s/%s/*", o->instrument, pps_map_key(o->days, i)) < 0)
			return pps_fail_nomem(err);
		if ((r = pps_rucio_search(rucio, pattern, PPS_RUCIO_FILE, &dids, err)) < 0)
			return r;
		for (size_t k = 0; k < pps_rucio_dids_count(dids); k++) {
			const char *name = pps_rucio_dids_at(dids, k)->name + strlen(o->instrument) + 1;
			char obs_id[256];
			orphan *one;
			int64_t day;

			if (!(name = split(name, &day)) || !pps_raw_file_kind(name, obs_id, sizeof obs_id))
				continue;
			if ((r = get(o, day, obs_id, &one, err)) < 0)
				return r;
			if (one)
				one->in_rucio++;
		}
	}
	return PPS_OK;
}

/* Exposures of a day that a repository has; those that the report has no row of join. */
static int add_exposures(orphans *o, pps_butler *butler, int64_t day, pps_error **err)
{
	_cleanup_(pps_butler_exposures_freep) pps_butler_exposures *found = NULL;
	pps_exposure_query query = { .instrument = o->instrument, .begin = PPS_TAI_MIN, .end = PPS_TAI_MAX, .day_obs = day };
	int r;

	if ((r = pps_butler_find_exposures(butler, &query, &found, err)) < 0)
		return r;
	for (size_t i = 0; i < found->n && r == PPS_OK; i++) {
		orphan *one;

		if ((r = get(o, day, found->at[i].obs_id, &one, err)) == PPS_OK && one)
			one->exposure = found->at[i].id;
	}
	return r;
}

/* 1 when a dataset's URI is a member of the exposure's zip, as this destination records it. */
static int is_in_zip(const orphans *o, size_t n, const orphan *one, const char *uri)
{
	_cleanup_free_ char *wanted = NULL, *text = NULL;
	_cleanup_(pps_uri_freep) pps_uri *root = NULL, *zip = NULL;
	size_t len;

	if (!uri || asprintf(&text, "%s/%lld/%s.zip", o->instrument, (long long)one->day_obs, one->obs_id) < 0)
		return 0;
	if (pps_uri_parse(o->raw->destinations[n].conf->uri_root, &root, NULL) < 0 || pps_uri_join(root, text, &zip, NULL) < 0 ||
	    pps_uri_format(zip, &wanted, NULL) < 0)
		return 0;
	len = strlen(wanted);
	return !strncmp(uri, wanted, len) && (uri[len] == '#' || !uri[len]);
}

static int find_stored(orphans *o, size_t n, pps_butler *dest, pps_error **err)
{
	static const char *const types[] = { "raw", "guider_raw" }, *const collections[] = { "*/raw/all", "*/raw/guider" };
	int r = PPS_OK;

	for (size_t i = 0; i < o->n && r == PPS_OK; i++) {
		_cleanup_(pps_butler_datasets_freep) pps_butler_datasets *datasets = NULL;
		orphan *one = &o->at[i];

		if (!one->exposure || one->in_source)
			continue;
		r = pps_butler_find_datasets(dest, o->instrument, &one->exposure, 1, types, 2, collections, 2, 1, &datasets, err);
		for (size_t k = 0; r == PPS_OK && k < datasets->n && !one->stored[n]; k++)
			one->stored[n] = (uint8_t)is_in_zip(o, n, one, datasets->at[k].uri);
	}
	return r;
}

static int find_exposures(orphans *o, size_t n, pps_butler *dest, pps_error **err)
{
	(void)n;
	for (size_t i = 0; i < pps_map_size(o->days); i++) {
		int r;

		if ((r = pps_ctx_check(o->raw->ctx, err)) < 0 ||
		    (r = add_exposures(o, dest, (int64_t)(intptr_t)pps_map_value(o->days, i), err)) < 0)
			return r;
	}
	return PPS_OK;
}

/* What the source has and the report has not is older than raw.since. */
static int find_in_source(orphans *o, pps_error **err)
{
	_cleanup_free_ const char **names = calloc(o->n + 1, sizeof *names);
	pps_butler *source;
	int r;

	if (!names)
		return pps_fail_nomem(err);
	if ((r = pps_raw_source(o->raw, &source, err)) < 0)
		return r;
	for (size_t i = 0; i < o->n; i++)
		names[i] = o->at[i].obs_id;
	for (size_t i = 0; i < o->n; i += LOOK_UP_AT_ONCE) {
		_cleanup_(pps_butler_exposures_freep) pps_butler_exposures *found = NULL;
		pps_exposure_query query = { .instrument = o->instrument, .begin = PPS_TAI_MIN, .end = PPS_TAI_MAX, .obs_ids = names + i,
					     .nobs_ids = o->n - i < LOOK_UP_AT_ONCE ? o->n - i : LOOK_UP_AT_ONCE };

		if ((r = pps_butler_find_exposures(source, &query, &found, err)) < 0)
			return r;
		for (size_t k = 0; k < found->n; k++) {
			void *index;

			if (pps_map_get_text(o->by_name, found->at[k].obs_id, &index))
				o->at[(uintptr_t)index - 1].in_source = 1;
		}
	}
	return PPS_OK;
}

static int ends(int code)
{
	return code == PPS_E_CANCELLED || code == PPS_E_NOMEM;
}

/* Each destination; one that cannot be asked says so in the rows of those that others tell of. */
static int ask_destinations(orphans *o, int (*ask)(orphans *, size_t, pps_butler *, pps_error **), pps_error **err)
{
	for (size_t n = 0; n < o->raw->ndestinations; n++) {
		_cleanup_(pps_error_freep) pps_error *found = NULL;
		pps_butler *dest;
		int r;

		if ((r = pps_raw_destination_butler(o->raw, n, &dest, &found)) == PPS_OK)
			r = ask(o, n, dest, &found);
		if (ends(r)) {
			pps_error_move(err, TAKE_PTR(found));
			return r;
		}
		for (size_t i = 0; r < 0 && i < o->n; i++)
			o->at[i].unasked[n] = 1;
	}
	return PPS_OK;
}

static int ask_rucio(orphans *o, pps_error **err)
{
	_cleanup_(pps_error_freep) pps_error *found = NULL;
	int r;

	if (!pps_raw_has_rucio(o->raw))
		return PPS_OK;
	r = find_in_rucio(o, &found);
	if (ends(r)) {
		pps_error_move(err, TAKE_PTR(found));
		return r;
	}
	if (r < 0 && !(o->rucio_why = strdup(pps_error_message(found))))
		return pps_fail_nomem(err);
	o->rucio_code = r < 0 ? r : PPS_OK;
	return PPS_OK;
}

/* Datasets last: they are asked for one exposure after the other, and of few. */
static int ask_everybody(orphans *o, pps_error **err)
{
	int r;

	if ((r = ask_rucio(o, err)) < 0 || (r = ask_destinations(o, find_exposures, err)) < 0 || (r = find_in_source(o, err)) < 0)
		return r;
	return ask_destinations(o, find_stored, err);
}

/* ---- rows ---- */

/* How many places there are, and how many know it; *ret_unasked: how many could not be asked. */
static size_t known_by(const orphans *o, const orphan *one, size_t *ret_unasked)
{
	size_t n = 0;

	*ret_unasked = o->rucio_code != PPS_OK;
	for (size_t i = 0; i < o->raw->ndestinations; i++) {
		n += one->stored[i];
		*ret_unasked += one->unasked[i];
	}
	return n + (one->in_rucio > 0);
}

static int set_command(orphans *o, const orphan *one, size_t known, pps_raw_row *row, pps_error **err)
{
	_cleanup_free_ char *text = NULL, *path = NULL, *name = NULL;
	const char *lacking = NULL;
	int r, n;

	if (asprintf(&name, "%s/%lld/%s.zip", o->instrument, (long long)one->day_obs, one->obs_id) < 0)
		return pps_fail_nomem(err);
	if ((r = pps_store_name_plain(o->store, name, &path, err)) < 0)
		return r;
	for (size_t i = 0; i < o->raw->ndestinations && !lacking; i++)
		if (!one->stored[i] && !one->unasked[i])
			lacking = o->raw->destinations[i].name;
	if (!one->has_zip)
		n = one->in_rucio ? asprintf(&text, "pps rucio check %s/%lld", o->instrument, (long long)one->day_obs) :
				    asprintf(&text, "pps butler verify %s %s", o->raw->destinations[0].name, path);
	else if (!known)
		n = asprintf(&text, "pps zip verify %s", path);
	else if (lacking)
		n = asprintf(&text, "pps butler ingest-zip %s %s", lacking, path);
	else
		n = asprintf(&text, "pps rucio register %s", path);
	return n < 0 ? pps_fail_nomem(err) : pps_raw_row_text(&row->command, text, err);
}

static void explain(const orphans *o, const orphan *one, size_t known, pps_raw_row *row, pps_buf *why)
{
	if (one->has_zip || one->has_yaml)
		pps_raw_because(why, "%s, and neither source nor state know%s", one->has_zip && one->has_yaml ? "a zip and a yaml are there" :
				one->has_zip ? "a zip is there" : "a yaml without a zip is there", known ? " it" : ", nor any other place, what it is");
	else
		pps_raw_because(why, "there is no zip, and neither source nor state know it");
	for (size_t i = 0; i < o->raw->ndestinations; i++) {
		const char *name = o->raw->destinations[i].name;

		row->marks[PPS_PLACE_DESTINATION + i] = one->unasked[i] ? PPS_MARK_UNKNOWN : !one->stored[i] ? PPS_MARK_MISSING :
							one->has_zip	? PPS_MARK_OK : PPS_MARK_DIFFERENT;
		if (one->unasked[i])
			pps_raw_because(why, "%s could not be asked", name);
		else if (one->stored[i])
			pps_raw_because(why, "%s has datasets in it", name);
	}
	if (!pps_raw_has_rucio(o->raw))
		return;
	row->marks[pps_raw_catalogue_place(o->raw) + PPS_CATALOGUE_RUCIO] = o->rucio_code ? PPS_MARK_UNKNOWN : !one->in_rucio ? PPS_MARK_MISSING :
									   one->has_zip	? PPS_MARK_OK : PPS_MARK_DIFFERENT;
	if (o->rucio_code)
		pps_raw_because(why, "Rucio could not be asked: %s", o->rucio_why);
	else if (one->in_rucio)
		pps_raw_because(why, "Rucio knows it");
}

static int add_row(orphans *o, const orphan *one, pps_error **err)
{
	const size_t places = o->raw->ndestinations + (size_t)pps_raw_has_rucio(o->raw);
	_cleanup_buf_ pps_buf why = PPS_BUF_LINE;
	size_t unasked, known = known_by(o, one, &unasked);
	pps_raw_row *row;
	int r;

	/* known everywhere: an earlier tool moved it, and the source has forgotten it; known nowhere and no file: somebody's dimension record */
	if (one->in_source || (one->has_zip && known == places) || (!one->has_zip && !one->has_yaml && !known))
		return PPS_OK;
	if ((r = pps_raw_report_add(o->report, o->instrument, one->obs_id, one->exposure, one->day_obs, &row, err)) < 0)
		return r;
	row->status = PPS_RAW_FAILED;
	row->code = unasked ? PPS_E_UNAVAILABLE : one->has_zip || one->has_yaml ? PPS_E_CONFLICT : PPS_E_NOTFOUND;
	row->size = one->size;
	row->marks[PPS_PLACE_SOURCE] = PPS_MARK_MISSING;
	row->marks[PPS_PLACE_ZIP] = one->has_zip ? PPS_MARK_OK : PPS_MARK_MISSING;
	row->marks[PPS_PLACE_YAML] = one->has_yaml ? PPS_MARK_OK : PPS_MARK_MISSING;
	explain(o, one, known, row, &why);
	if ((r = pps_buf_check(&why, "reasons", err)) < 0 || (r = pps_raw_row_text(&row->reason, pps_buf_text(&why), err)) < 0)
		return r;
	return set_command(o, one, known, row, err);
}

static int add_of_instrument(orphans *o, pps_error **err)
{
	int r;

	for (size_t i = 0; i < pps_raw_report_count(o->report); i++) {
		const pps_raw_row *row = pps_raw_report_row(o->report, i);

		if (strcmp(row->instrument, o->instrument) != 0)
			continue;
		if (pps_map_set_text(o->rows, row->obs_id, NULL) < 0)
			return pps_fail_nomem(err);
		if ((r = add_day(o, row->day_obs, err)) < 0)
			return r;
	}
	if ((r = find_files(o, err)) < 0 || (r = ask_everybody(o, err)) < 0)
		return r;
	for (size_t i = 0; i < o->n && r == PPS_OK; i++)
		r = add_row(o, &o->at[i], err);
	return r;
}

int pps_raw_add_orphans(pps_raw *raw, pps_raw_report *report, pps_error **err)
{
	const pps_conf_raw *block = raw->block;
	pps_store *store;
	int r;

	if (raw->nexposures)
		return PPS_OK;
	if ((r = pps_raw_store(raw, &store, err)) < 0)
		return r;
	for (size_t i = 0; i < block->nqueries && r == PPS_OK; i++) {
		_cleanup_(clear_orphans) orphans o = { .raw = raw, .report = report, .instrument = block->queries[i].instrument, .store = store };
		size_t k = 0;

		while (strcmp(block->queries[k].instrument, o.instrument) != 0)
			k++;
		if (k < i)
			continue;
		if (!(o.rows = pps_map_new()) || !(o.by_name = pps_map_new()) || !(o.days = pps_map_new()))
			return pps_fail_nomem(err);
		r = add_of_instrument(&o, err);
	}
	return r;
}
