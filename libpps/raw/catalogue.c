/* SPDX-License-Identifier: BSD-3-Clause */
#include "raw/catalogue.h"

#include <inttypes.h>
#include <string.h>

#include <pps/raw.h>

#include "base/codec.h"

static int add_dataset(pps_catalogue *c, pps_buf *name, pps_error **err)
{
	if (pps_grow(&c->datasets, &c->cap_datasets, c->ndatasets, sizeof *c->datasets) < 0 ||
	    !(c->datasets[c->ndatasets] = pps_buf_take(name)))
		return pps_fail_nomem(err);
	c->ndatasets++;
	return PPS_OK;
}

int pps_catalogue_init(pps_catalogue *c, const char *rse, const char *instrument, int64_t day_obs, const char *obs_id,
		       const int64_t *tracts, size_t ntracts, pps_error **err)
{
	_cleanup_buf_ pps_buf name = PPS_BUF_LINE;
	int r;

	if (!(c->obs_id = strdup(obs_id)) || !(c->rse = strdup(rse)))
		return pps_fail_nomem(err);
	for (size_t i = 0; i < (ntracts ? ntracts : 1); i++) {
		pps_rucio_name_tract(&name, instrument, day_obs, ntracts ? tracts[i] : -1);
		if ((r = add_dataset(c, &name, err)) < 0)
			return r;
	}
	pps_rucio_name_obs(&name, instrument, day_obs, obs_id);
	return add_dataset(c, &name, err);
}

static int ends_with(const char *text, const char *end)
{
	size_t n = strlen(text), e = strlen(end);

	return n >= e && !strcmp(text + n - e, end);
}

int pps_catalogue_add_file(pps_catalogue *c, const char *name, uint64_t size, const uint32_t *adler32, const uint8_t *md5,
			   pps_error **err)
{
	char *adler32_text = NULL, *md5_text = NULL;
	pps_rucio_file *f;

	if (pps_grow(&c->files, &c->cap_files, c->nfiles, sizeof *c->files) < 0)
		return pps_fail_nomem(err);
	f = &c->files[c->nfiles++];
	*f = (pps_rucio_file){ .name = strdup(name), .bytes = size, .rubin_butler = ends_with(name, ".zip") ? "zip_file" : NULL };
	if (adler32 && asprintf(&adler32_text, "%08" PRIx32, *adler32) < 0)
		adler32_text = NULL;
	f->adler32 = adler32_text;
	if (md5 && (md5_text = malloc(33)))
		pps_hex_encode(md5, 16, md5_text);
	f->md5 = md5_text;
	return !f->name || (adler32 && !adler32_text) || (md5 && !md5_text) ? pps_fail_nomem(err) : PPS_OK;
}

void pps_catalogue_clear(pps_catalogue *c)
{
	for (size_t i = 0; i < c->nfiles; i++) {
		free((char *)c->files[i].name);
		free((char *)c->files[i].adler32);
		free((char *)c->files[i].md5);
	}
	free(c->files);
	for (size_t i = 0; i < c->ndatasets; i++)
		free(c->datasets[i]);
	free(c->datasets);
	free(c->obs_id);
	free(c->rse);
	*c = (pps_catalogue){ 0 };
}

pps_rucio_exposure pps_catalogue_exposure(const pps_catalogue *c)
{
	return (pps_rucio_exposure){ .obs_id = c->obs_id, .files = c->files, .nfiles = c->nfiles,
				     .datasets = (const char *const *)c->datasets, .ndatasets = c->ndatasets - 1,
				     .obs_dataset = c->datasets[c->ndatasets - 1] };
}

/* ---- the decision ---- */

struct deciding {
	const pps_catalogue *want;
	const pps_catalogue_found *found;
	pps_catalogue_plan *plan;
	pps_buf *why;
};

static const char *last_part(const char *name)
{
	const char *slash = strrchr(name, '/');

	return slash ? slash + 1 : name;
}

/* The part of a dataset's name that tells it from the exposure's others: "Tract4206", "NoTract". */
static void add_dataset_name(pps_buf *b, const char *name)
{
	const char *raw = strstr(name, "/raw/"), *from = raw ? raw + strlen("/raw/") : name;

	pps_buf_add(b, from, strcspn(from, "/"));
}

/* What is wrong outweighs what is missing; a key with a value that another put there stops nothing else. */
static void cross(struct deciding *d, int place, int mark)
{
	uint8_t *m = &d->plan->marks[place];

	if (*m != PPS_MARK_DIFFERENT)
		*m = (uint8_t)mark;
	d->plan->conflict |= mark == PPS_MARK_DIFFERENT && place != PPS_CATALOGUE_META;
}

static void begin(struct deciding *d)
{
	if (d->why->size)
		pps_buf_add_text(d->why, "; ");
	pps_buf_add_text(d->why, "Rucio: ");
}

/* Whether it is the file that should be, by all that both sides know of it. */
static int is_same(const pps_rucio_file *want, const pps_rucio_did *did, pps_buf *why)
{
	const char *name = last_part(want->name);

	if (did->kind != PPS_RUCIO_FILE)
		pps_buf_printf(why, "%s is no file there", name);
	else if (want->bytes != PPS_CATALOGUE_SIZE_UNKNOWN && did->bytes >= 0 && (uint64_t)did->bytes != want->bytes)
		pps_buf_printf(why, "%s has %" PRId64 " bytes there, not %" PRIu64, name, did->bytes, want->bytes);
	else if (want->adler32 && *did->adler32 && strcmp(want->adler32, did->adler32) != 0)
		pps_buf_printf(why, "%s has Adler-32 %s there, not %s", name, did->adler32, want->adler32);
	else if (want->md5 && *did->md5 && strcmp(want->md5, did->md5) != 0)
		pps_buf_printf(why, "%s has MD5 %s there, not %s", name, did->md5, want->md5);
	else
		return 1;
	return 0;
}

static void decide_file(struct deciding *d, size_t i)
{
	_cleanup_buf_ pps_buf text = PPS_BUF_LINE;
	const pps_rucio_file *want = &d->want->files[i];
	const pps_catalogue_found_file *is = &d->found->files[i];
	int mark = PPS_MARK_MISSING;

	if (!is->did || is->did->kind == PPS_RUCIO_NONE)
		pps_buf_printf(&text, "%s is not registered", last_part(want->name));
	else if (!is_same(want, is->did, &text))
		mark = PPS_MARK_DIFFERENT;
	else if (!is->replica)
		pps_buf_printf(&text, "%s has no replica at %s", last_part(want->name), d->want->rse);
	else if (strcmp(is->replica, "AVAILABLE") != 0) {
		/* somebody said so of it, which is not ours to take back */
		pps_buf_printf(&text, "the replica of %s at %s is %s", last_part(want->name), d->want->rse, is->replica);
		mark = PPS_MARK_DIFFERENT;
	} else
		return;
	cross(d, PPS_CATALOGUE_RUCIO, mark);
	if (mark == PPS_MARK_MISSING)
		d->plan->actions |= PPS_CATALOGUE_REGISTER;
	begin(d);
	pps_buf_add_text(d->why, pps_buf_text(&text));
}

/* What registers a replica is an attachment, so that a file without one is attached once more, which a closed dataset refuses. */
static void decide_dataset(struct deciding *d, size_t n)
{
	const pps_rucio_did *is = d->found->datasets[n];
	const int is_obs = n + 1 == d->want->ndatasets, place = is_obs ? PPS_CATALOGUE_OBS : PPS_CATALOGUE_TRACTS;
	size_t lacks = 0, first = 0;

	if (is && is->kind != PPS_RUCIO_NONE && is->kind != PPS_RUCIO_DATASET) {
		cross(d, place, PPS_MARK_DIFFERENT);
		begin(d);
		pps_buf_printf(d->why, "%s is no dataset", d->want->datasets[n]);
		return;
	}
	for (size_t i = d->want->nfiles; i-- > 0;)
		if (!d->found->attached[n * d->want->nfiles + i]) {
			lacks++;
			first = i;
		}
	if (!lacks && (!is_obs || (is && !is->is_open)))
		return;
	cross(d, place, PPS_MARK_MISSING);
	begin(d);
	if (is_obs)
		pps_buf_add_text(d->why, "its Obs dataset");
	else
		add_dataset_name(d->why, d->want->datasets[n]);
	if (!is || is->kind == PPS_RUCIO_NONE) {
		d->plan->actions |= PPS_CATALOGUE_CREATE;
		pps_buf_add_text(d->why, " is not there");
	} else if (lacks) {
		if (!is->is_open)
			d->plan->actions |= PPS_CATALOGUE_REOPEN;
		pps_buf_printf(d->why, "%s lacks %s", is->is_open ? "" : " is closed and", last_part(d->want->files[first].name));
		if (lacks > 1)
			pps_buf_printf(d->why, " and %zu more", lacks - 1);
	} else {
		pps_buf_add_text(d->why, " is not closed");
	}
	d->plan->actions |= (lacks ? PPS_CATALOGUE_ATTACH : 0) | (is_obs ? PPS_CATALOGUE_CLOSE : 0);
}

static void decide_kinds(struct deciding *d)
{
	for (size_t i = 0; i < d->want->nfiles; i++) {
		const char *want = d->want->files[i].rubin_butler, *is = d->found->files[i].rubin_butler;

		if (!want || (is && !strcmp(want, is)))
			continue;
		cross(d, PPS_CATALOGUE_META, is ? PPS_MARK_DIFFERENT : PPS_MARK_MISSING);
		if (!is)
			d->plan->actions |= PPS_CATALOGUE_KIND;
		/* that of a file which is not there need not be said */
		if (!d->found->files[i].did || d->found->files[i].did->kind == PPS_RUCIO_NONE)
			continue;
		begin(d);
		if (is)
			pps_buf_printf(d->why, "%s has rubin_butler=%s, not %s", last_part(d->want->files[i].name), is, want);
		else
			pps_buf_printf(d->why, "%s has no rubin_butler", last_part(d->want->files[i].name));
	}
}

static size_t count_parts(const char *list)
{
	size_t n = 0;

	while (*list) {
		size_t part = strcspn(list, ",");

		n += part > strspn(list, " \t");
		list += part + (list[part] == ',');
	}
	return n;
}

static void decide_keys(struct deciding *d, int64_t safe_copies)
{
	const char *arc = d->found->arc_backup, *safe = d->found->safe_copies;
	const pps_rucio_did *obs = d->found->datasets[d->want->ndatasets - 1];
	uint8_t *marks = d->plan->marks;

	if (!arc || !safe) {
		cross(d, PPS_CATALOGUE_META, PPS_MARK_MISSING);
		d->plan->actions |= PPS_CATALOGUE_KEYS;
	}
	if ((!arc || !safe) && obs && obs->kind != PPS_RUCIO_NONE) {
		begin(d);
		pps_buf_printf(d->why, "its Obs dataset has no %s%s%s", arc ? "" : PPS_RUCIO_ARC_BACKUP, arc || safe ? "" : " and no ",
			       safe ? "" : PPS_RUCIO_SAFE_COPIES);
	}
	marks[PPS_CATALOGUE_TAPE] = !arc ? PPS_MARK_MISSING : ends_with(arc, ":done") ? PPS_MARK_OK : ends_with(arc, ":need") ? PPS_MARK_NOT_YET :
												     PPS_MARK_UNKNOWN;
	if (marks[PPS_CATALOGUE_TAPE] == PPS_MARK_UNKNOWN) {
		begin(d);
		pps_buf_printf(d->why, "%s=%s says neither need nor done", PPS_RUCIO_ARC_BACKUP, arc);
	}
	marks[PPS_CATALOGUE_COPIES] = (int64_t)d->found->ncopies >= safe_copies ? PPS_MARK_OK : PPS_MARK_NOT_YET;
	marks[PPS_CATALOGUE_SAFE] = !safe ? PPS_MARK_MISSING : (int64_t)count_parts(safe) >= safe_copies ? PPS_MARK_OK : PPS_MARK_NOT_YET;
}

void pps_catalogue_decide(const pps_catalogue *want, const pps_catalogue_found *found, int64_t safe_copies,
			  pps_catalogue_plan *ret_plan, pps_buf *why)
{
	struct deciding d = { .want = want, .found = found, .plan = ret_plan, .why = why };

	*ret_plan = (pps_catalogue_plan){ 0 };
	for (int p = PPS_CATALOGUE_RUCIO; p <= PPS_CATALOGUE_META; p++)
		ret_plan->marks[p] = PPS_MARK_OK;
	for (size_t i = 0; i < want->nfiles; i++)
		decide_file(&d, i);
	for (size_t i = 0; i < want->ndatasets; i++)
		decide_dataset(&d, i);
	decide_kinds(&d);
	decide_keys(&d, safe_copies);
	if (ret_plan->conflict)
		ret_plan->actions = 0;
}

void pps_catalogue_say(int actions, pps_buf *b)
{
	static const struct {
		int action;
		const char *text;
	} words[] = {
		{ PPS_CATALOGUE_REGISTER, "register files" },
		{ PPS_CATALOGUE_CREATE, "make datasets" },
		{ PPS_CATALOGUE_REOPEN, "open a dataset that was closed too early" },
		{ PPS_CATALOGUE_ATTACH, "attach files to datasets" },
		{ PPS_CATALOGUE_CLOSE, "close its Obs dataset" },
		{ PPS_CATALOGUE_KEYS, "set " PPS_RUCIO_ARC_BACKUP " and " PPS_RUCIO_SAFE_COPIES " where they are absent" },
		{ PPS_CATALOGUE_KIND, "set rubin_butler" },
	};
	int n = 0;

	for (size_t i = 0; i < PPS_COUNT(words); i++)
		if (actions & words[i].action)
			pps_buf_printf(b, "%s%s", n++ ? ", " : "", words[i].text);
}
