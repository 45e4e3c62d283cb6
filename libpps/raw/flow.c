/* SPDX-License-Identifier: BSD-3-Clause */
#include "raw/flow.h"

#include <string.h>

#include "base/codec.h"
#include "base/map.h"
#include "raw/catalogue.h"
#include "raw/events.h"
#include "raw/plan.h"
#include "raw/report.h"

int pps_raw_open(pps_ctx *ctx, pps_conf *conf, pps_raw **ret_raw, pps_error **err)
{
	const pps_conf_raw *block;
	pps_raw *raw;
	int r;

	if (!conf || !ret_raw)
		return pps_fail(err, PPS_E_ARG, "pps_raw_open: conf and ret_raw must not be NULL");
	if ((r = pps_ctx_check(ctx, err)) < 0)
		return r;
	if (!(block = pps_conf_raw_block(conf)))
		return pps_fail_at(err, PPS_E_CONFIG, pps_conf_file(conf), 0, 0, "there is no block \"raw\": the raw flow is not configured");
	if (!block->source || !block->ndestinations || !block->dest_root || !block->nqueries)
		return pps_fail_at(err, PPS_E_CONFIG, block->place.file, block->place.line, block->place.column,
				   "raw: source, destinations, dest_root and queries are all needed");
	if (!(raw = calloc(1, sizeof *raw)))
		return pps_fail_nomem(err);
	raw->ctx = pps_ctx_ref(ctx);
	raw->conf = pps_conf_ref(conf);
	raw->block = block;
	raw->window = -1;
	raw->now = INT64_MIN;
	raw->now_scale = PPS_SCALE_UTC;
	if (!(raw->destinations = calloc(block->ndestinations, sizeof *raw->destinations))) {
		pps_raw_unref(raw);
		return pps_fail_nomem(err);
	}
	raw->ndestinations = block->ndestinations;
	for (size_t i = 0; i < raw->ndestinations; i++) {
		raw->destinations[i].conf = &block->destinations[i];
		raw->destinations[i].name = block->destinations[i].repository->name;
	}
	*ret_raw = raw;
	return PPS_OK;
}

pps_raw *pps_raw_unref(pps_raw *raw)
{
	if (!raw)
		return NULL;
	for (size_t i = 0; i < raw->ndestinations; i++) {
		pps_butler_unref(raw->destinations[i].butler);
		pps_error_free(raw->destinations[i].error);
	}
	free(raw->destinations);
	pps_butler_unref(raw->source);
	pps_store_unref(raw->source_store);
	pps_raw_events_free(raw->events);
	pps_map_free(raw->woken);
	pps_store_unref(raw->store);
	pps_rucio_unref(raw->rucio);
	pps_error_free(raw->rucio_error);
	pps_state_unref(raw->state);
	pps_raw_policy_free(raw->in_force);
	for (size_t i = 0; i < raw->nexposures; i++)
		free(raw->exposures[i]);
	free(raw->exposures);
	pps_conf_unref(raw->conf);
	pps_ctx_unref(raw->ctx);
	free(raw);
	return NULL;
}

static int set_days(pps_raw *raw, const char *value, pps_error **err)
{
	const char *dots = strstr(value, "..");
	_cleanup_free_ char *first = dots ? strndup(value, (size_t)(dots - value)) : strdup(value);
	int64_t begin, end;

	if (!first)
		return pps_fail_nomem(err);
	if (pps_int_parse(first, &begin, NULL) < 0 || pps_int_parse(dots ? dots + 2 : first, &end, NULL) < 0 || begin < 19000101 ||
	    end > 99991231 || begin > end)
		return pps_fail(err, PPS_E_ARG, "day_obs %s: expected a day such as 20251202, or a range 20251201..20251205", value);
	raw->day_begin = begin;
	raw->day_end = end;
	return PPS_OK;
}

static int add_exposure(pps_raw *raw, const char *value, pps_error **err)
{
	if (!*value)
		return pps_fail(err, PPS_E_ARG, "exposure: expected an obs id such as MC_O_20251202_000001, or a number");
	if (pps_grow(&raw->exposures, &raw->cap_exposures, raw->nexposures, sizeof *raw->exposures) < 0 ||
	    !(raw->exposures[raw->nexposures] = strdup(value)))
		return pps_fail_nomem(err);
	raw->nexposures++;
	return PPS_OK;
}

static int set_flag(int *flag, const char *key, const char *value, pps_error **err)
{
	if (strcmp(value, "0") != 0 && strcmp(value, "1") != 0)
		return pps_fail(err, PPS_E_ARG, "%s %s: expected 0 or 1", key, value);
	*flag = value[0] == '1';
	return PPS_OK;
}

static int set_dry_run(pps_raw *raw, const char *value, pps_error **err)
{
	int r = set_flag(&raw->dry_chosen, "dry_run", value, err);

	raw->dry_run = raw->dry_chosen;
	/* what is done is recorded in nothing but the real one */
	if (raw->state_is_blank)
		raw->state = pps_state_unref(raw->state);
	raw->state_is_blank = 0;
	return r;
}

static int set_scale(pps_raw *raw, const char *value, pps_error **err)
{
	if (strcmp(value, "utc") != 0 && strcmp(value, "tai") != 0)
		return pps_fail(err, PPS_E_ARG, "now_scale %s: expected utc or tai", value);
	raw->now_scale = value[0] == 't' ? PPS_SCALE_TAI : PPS_SCALE_UTC;
	return PPS_OK;
}

int pps_raw_set(pps_raw *raw, const char *key, const char *value, pps_error **err)
{
	int r;

	if (!raw || !key || !value)
		return pps_fail(err, PPS_E_ARG, "pps_raw_set: raw, key and value must not be NULL");
	if (!strcmp(key, "window"))
		r = pps_duration_parse(value, &raw->window, err);
	else if (!strcmp(key, "day_obs"))
		return set_days(raw, value, err);
	else if (!strcmp(key, "exposure"))
		return add_exposure(raw, value, err);
	else if (!strcmp(key, "now"))
		r = pps_time_parse(value, raw->now_scale, &raw->now, err);
	else if (!strcmp(key, "now_scale"))
		return set_scale(raw, value, err);
	else if (!strcmp(key, "dry_run"))
		return set_dry_run(raw, value, err);
	else if (!strcmp(key, "deep"))
		return set_flag(&raw->deep, key, value, err);
	else
		return pps_fail(err, PPS_E_ARG, "the raw flow has no setting \"%s\"", key);
	if (r < 0) {
		pps_wrap(err, r, "%s", key);
		return pps_recode(err, PPS_E_ARG);
	}
	return PPS_OK;
}

int pps_raw_source(pps_raw *raw, pps_butler **ret, pps_error **err)
{
	int r;

	if (!raw->source && (r = pps_butler_open(raw->ctx, raw->block->source->butler, PPS_BUTLER_READ, &raw->source, err)) < 0)
		return pps_wrap(err, r, "source repository %s", raw->block->source->name);
	*ret = raw->source;
	return PPS_OK;
}

/* What would be done where nothing is set up yet is asked first of all: then it is as if nothing had been done. */
static int open_state(pps_raw *raw, pps_error **err)
{
	_cleanup_(pps_error_freep) pps_error *why = NULL;
	int r = pps_state_open(raw->ctx, raw->conf, &raw->state, &why);

	raw->state_is_blank = r == PPS_E_NOTFOUND && raw->dry_chosen;
	if (raw->state_is_blank)
		return pps_state_open_blank(raw->ctx, &raw->state, err);
	if (r < 0)
		pps_error_move(err, TAKE_PTR(why));
	if (r != PPS_E_NOTFOUND)
		return r;
	/* a state that was never made is a site that is not set up yet */
	pps_recode(err, PPS_E_CONFIG);
	return PPS_E_CONFIG;
}

int pps_raw_state(pps_raw *raw, pps_state **ret, pps_error **err)
{
	int r;

	if (!raw->state && (r = open_state(raw, err)) < 0)
		return r;
	*ret = raw->state;
	return PPS_OK;
}

int pps_raw_store(pps_raw *raw, pps_store **ret, pps_error **err)
{
	int r;

	if (!raw->store && (r = pps_store_open(raw->ctx, raw->block->dest_root, &raw->store, err)) < 0)
		return pps_wrap(err, r, "dest_root");
	*ret = raw->store;
	return PPS_OK;
}

void pps_raw_renew(pps_raw *raw)
{
	for (size_t i = 0; i < raw->ndestinations; i++) {
		pps_raw_destination *d = &raw->destinations[i];

		pps_error_free(TAKE_PTR(d->error));
		if (d->is_for_looking && !raw->dry_run)
			d->butler = pps_butler_unref(d->butler);
	}
}

int pps_raw_destination_butler(pps_raw *raw, size_t n, pps_butler **ret, pps_error **err)
{
	pps_raw_destination *d = &raw->destinations[n];

	if (!d->butler && !d->error) {
		int r = pps_butler_open(raw->ctx, d->conf->repository->butler, raw->dry_run ? PPS_BUTLER_READ : PPS_BUTLER_WRITE, &d->butler,
					&d->error);

		d->is_for_looking = raw->dry_run;
		if (r < 0)
			pps_wrap(&d->error, r, "destination repository %s", d->name);
	}
	if (d->error) {
		if (err && !*err)
			*err = pps_error_copy(d->error);
		return pps_error_code(d->error);
	}
	*ret = d->butler;
	return PPS_OK;
}

int pps_raw_has_rucio(const pps_raw *raw)
{
	return pps_conf_rucio_block(raw->conf) != NULL;
}

int pps_raw_rucio(pps_raw *raw, pps_rucio **ret, pps_error **err)
{
	int r = PPS_OK;

	if (!raw->rucio && !raw->rucio_error)
		r = pps_rucio_open(raw->ctx, raw->conf, &raw->rucio, &raw->rucio_error);
	*ret = raw->rucio;
	if (raw->rucio_error) {
		r = pps_error_code(raw->rucio_error);
		if (err && !*err)
			*err = pps_error_copy(raw->rucio_error);
	}
	return r;
}

/* The catalogue's clock, when it can be asked; a catalogue that is down delays only its own steps, and is waited for once. Its answer has
 * whole seconds and is never later than it is. */
static int read_rucio_clock(pps_raw *raw, int64_t *ret_other, int64_t *ret_beside)
{
	pps_rucio *rucio;
	int64_t before;
	int r;

	if (!pps_raw_has_rucio(raw) || raw->rucio_is_silent || pps_raw_rucio(raw, &rucio, NULL) < 0)
		return 0;
	if ((r = pps_tai_now(&before, NULL)) == PPS_OK)
		r = pps_rucio_clock(rucio, ret_other, NULL);
	raw->rucio_is_silent = r < 0 && r != PPS_E_CANCELLED;
	*ret_beside = before;
	return r == PPS_OK;
}

/* Reads a database's clock with the local one beside it; the later half of the round trip is charged to the database, so that a slow
 * answer is not taken for a difference. */
static int read_clock(pps_sql *sql, int64_t *ret_other, int64_t *ret_beside, pps_error **err)
{
	int64_t before, after;
	int r;

	if ((r = pps_tai_now(&before, err)) < 0 || (r = pps_sql_clock(sql, ret_other, err)) < 0 || (r = pps_tai_now(&after, err)) < 0)
		return r;
	*ret_beside = before + (after - before) / 2;
	return PPS_OK;
}

/* The clock of the server that keeps a store, when it has one and can be asked: who needs the store will say that it is down. */
static size_t read_store_clock(pps_store *store, int64_t *ret_other, int64_t *ret_beside, size_t room)
{
	return store && room && pps_store_clock(store, ret_other, ret_beside, NULL) == 1;
}

int pps_raw_now(pps_raw *raw, int64_t *ret_now, pps_error **err)
{
	int64_t others[PPS_RAW_PLACES_MOST + 3] = { 0 }, beside[PPS_RAW_PLACES_MOST + 3] = { 0 };
	pps_clock clock = { .others = others, .beside = beside, .requested = raw->now };
	pps_sql *databases[PPS_RAW_PLACES_MOST + 2];
	pps_butler *source;
	pps_state *state;
	int64_t as_of;
	size_t n = 0;
	int r;

	if ((r = pps_raw_source(raw, &source, err)) < 0 || (r = pps_raw_state(raw, &state, err)) < 0)
		return r;
	databases[n++] = pps_butler_sql(source);
	databases[n++] = pps_state_sql(state);
	for (size_t i = 0; i < raw->ndestinations && i < PPS_RAW_PLACES_MOST; i++)
		if (raw->destinations[i].butler)
			databases[n++] = pps_butler_sql(raw->destinations[i].butler);
	for (size_t i = 0; i < n; i++) {
		if (pps_sql_kind(databases[i]) != PPS_SQL_POSTGRES)
			continue;
		/* a destination that went away in the meantime delays only its own steps */
		if ((r = read_clock(databases[i], &others[clock.n], &beside[clock.n], i < 2 ? err : NULL)) == PPS_OK)
			clock.n++;
		else if (i < 2 || r == PPS_E_CANCELLED)
			return i < 2 ? r : pps_ctx_check(raw->ctx, err);
	}
	clock.n += (size_t)read_rucio_clock(raw, &others[clock.n], &beside[clock.n]);
	if ((r = pps_ctx_check(raw->ctx, err)) < 0)
		return r;
	if ((r = pps_state_ledger_times(state, &clock.ledger, &as_of, err)) < 0 || (r = pps_tai_now(&clock.local, err)) < 0)
		return r;
	clock.n += read_store_clock(raw->store, &others[clock.n], &beside[clock.n], PPS_COUNT(others) - clock.n);
	clock.n += read_store_clock(raw->source_store, &others[clock.n], &beside[clock.n], PPS_COUNT(others) - clock.n);
	if ((r = pps_ctx_check(raw->ctx, err)) < 0)
		return r;
	return pps_clock_decide(&clock, ret_now, err);
}

int pps_raw_new_report(pps_raw *raw, pps_raw_report **ret, pps_error **err)
{
	static const char *const catalogue[PPS_CATALOGUE_PLACES] = { "rucio", "tracts", "obs", "meta", "tape", "copies", "safe" };
	const char *places[PPS_RAW_PLACES_MOST] = { "source", "zip", "yaml" };
	size_t n = PPS_PLACE_DESTINATION;

	if (raw->ndestinations > PPS_RAW_DESTINATIONS_MOST)
		return pps_fail(err, PPS_E_CONFIG, "at most %d destinations", PPS_RAW_DESTINATIONS_MOST);
	for (size_t i = 0; i < raw->ndestinations; i++)
		places[n++] = raw->destinations[i].name;
	for (size_t i = 0; pps_raw_has_rucio(raw) && i < PPS_COUNT(catalogue); i++)
		places[n++] = catalogue[i];
	return pps_raw_report_new(places, n, ret, err);
}
