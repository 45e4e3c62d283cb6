/* SPDX-License-Identifier: BSD-3-Clause */
/* Events get lost: a listing of an exposure's folder makes them up. */
#include <string.h>

#include "raw/events-private.h"

#define FOLDERS_MOST 200 /* of one pass */
#define PASS_MS 60000
#define RECENT_NS (100 * 3600 * PPS_NS_PER_S) /* exposures that began within it; longer than any embargo of today */

/* What the listing has, and what it no longer has. */
static int record_listing(pps_state *state, const pps_arrival *a, const pps_store_listing *listing, int64_t now, pps_error **err)
{
	_cleanup_(pps_arrival_files_freep) pps_arrival_files *known = NULL;
	_cleanup_free_ pps_arrival_file *files = NULL;
	size_t listed = pps_store_listing_count(listing), n = 0, k = 0;
	int r;

	if ((r = pps_state_arrival_files(state, &a->key, &known, err)) < 0)
		return r;
	if (!(files = calloc(listed + pps_arrival_files_size(known) + 1, sizeof *files)))
		return pps_fail_nomem(err);
	for (size_t i = 0; i < listed; i++) {
		pps_arrival_file f = { .key = a->key, .day_obs = a->day_obs, .folder = a->folder, .name = pps_store_listing_name(listing, i),
				       .size = pps_store_listing_size(listing, i) };

		if ((r = pps_tai_of_utc(pps_store_listing_mtime(listing, i), &f.at, err)) < 0)
			return pps_wrap(err, r, "%s/%s", a->folder, f.name);
		/* both are sorted by bytes */
		for (; k < pps_arrival_files_size(known) && strcmp(pps_arrival_files_at(known, k)->name, f.name) < 0; k++)
			if (!pps_arrival_files_at(known, k)->removed)
				files[n++] = (pps_arrival_file){ .key = a->key, .day_obs = a->day_obs, .folder = a->folder,
								 .name = pps_arrival_files_at(known, k)->name, .at = now, .removed = 1 };
		if (k < pps_arrival_files_size(known) && !strcmp(pps_arrival_files_at(known, k)->name, f.name)) {
			const pps_arrival_file *old = pps_arrival_files_at(known, k++);

			if (!old->removed)
				continue;
			/* it is there again, whatever its time says */
			f.at = f.at > old->at ? f.at : old->at + 1;
		}
		files[n++] = f;
	}
	for (; k < pps_arrival_files_size(known); k++)
		if (!pps_arrival_files_at(known, k)->removed)
			files[n++] = (pps_arrival_file){ .key = a->key, .day_obs = a->day_obs, .folder = a->folder,
							 .name = pps_arrival_files_at(known, k)->name, .at = now, .removed = 1 };
	return pps_state_arrived(state, files, n, err);
}

static int list_folder(pps_raw *raw, const pps_arrival *a, pps_error **err)
{
	_cleanup_(pps_store_listing_freep) pps_store_listing *listing = NULL;
	_cleanup_(pps_error_freep) pps_error *why = NULL;
	pps_store *store;
	int64_t now;
	int r;

	/* what comes while it is listed counts as later */
	if ((r = pps_tai_now(&now, err)) < 0 || (r = pps_raw_events_store(raw, NULL, &store, err)) < 0)
		return r;
	if ((r = pps_store_list(store, a->folder, 0, &listing, &why)) < 0) {
		if (r != PPS_E_NOTFOUND) {
			pps_error_move(err, TAKE_PTR(why));
			return pps_wrap(err, r, "listing %s", a->folder);
		}
	} else if ((r = record_listing(raw->state, a, listing, now, err)) < 0) {
		return r;
	}
	return pps_raw_arrival_settle(raw, &a->key, now, !a->expected, NULL, err);
}

/* Exposures that the source's Butler has and that nothing was told of: every event of theirs was lost. */
static int add_unheard(pps_raw *raw, int64_t now, pps_error **err)
{
	pps_butler *source;
	int r;

	if ((r = pps_raw_source(raw, &source, err)) < 0)
		return r;
	for (size_t q = 0; q < raw->block->nqueries; q++) {
		const char *instrument = raw->block->queries[q].instrument;
		_cleanup_(pps_butler_exposures_freep) pps_butler_exposures *found = NULL;
		_cleanup_(pps_arrival_list_freep) pps_arrival_list *heard = NULL;
		pps_exposure_query query = { .instrument = instrument, .begin = now - RECENT_NS, .end = now };
		pps_arrival_filter filter = { .key.instrument = instrument, .day_begin = INT64_MAX, .day_end = 0 };
		size_t added = 0;

		if ((r = pps_butler_find_exposures(source, &query, &found, err)) < 0)
			return r;
		for (size_t i = 0; i < found->n; i++) {
			filter.day_begin = found->at[i].day_obs < filter.day_begin ? found->at[i].day_obs : filter.day_begin;
			filter.day_end = found->at[i].day_obs > filter.day_end ? found->at[i].day_obs : filter.day_end;
		}
		if (!found->n || (r = pps_state_arrivals(raw->state, &filter, &heard, err)) < 0) {
			if (found->n)
				return r;
			continue;
		}
		for (size_t i = 0; i < found->n && added < FOLDERS_MOST; i++) {
			const pps_butler_exposure *e = &found->at[i];
			_cleanup_free_ char *folder = NULL;
			pps_arrival_key key = { e->instrument, e->obs_id };

			/* an exposure that has only just ended will be told of */
			if (pps_arrival_list_find(heard, e->instrument, e->obs_id) || e->timespan.is_null ||
			    e->timespan.end > now - raw->block->events_list_every)
				continue;
			if (asprintf(&folder, "%s/%lld/%s", e->instrument, (long long)e->day_obs, e->obs_id) < 0) {
				folder = NULL;
				return pps_fail_nomem(err);
			}
			if ((r = pps_state_arrival_seen(raw->state, &key, e->day_obs, folder, e->timespan.end, err)) < 0)
				return r;
			added++;
		}
	}
	return PPS_OK;
}

int pps_raw_events_list(pps_raw *raw, pps_error **err)
{
	_cleanup_(pps_arrival_list_freep) pps_arrival_list *list = NULL;
	pps_arrival_filter filter = { .least = raw->block->events_list_every, .limit = FOLDERS_MOST };
	int64_t deadline = pps_monotonic_now() + PASS_MS * INT64_C(1000000);
	pps_raw_events *events;
	int64_t now;
	int r;

	/* without a configured root nothing can be listed before the first event has named its bucket */
	if ((r = pps_raw_events_open(raw, &events, err)) < 0 || !events->store)
		return r;
	if ((r = pps_tai_now(&now, err)) < 0 || (r = add_unheard(raw, now, err)) < 0)
		return r;
	filter.to_list_at = now;
	if ((r = pps_state_arrivals(raw->state, &filter, &list, err)) < 0)
		return r;
	for (size_t i = 0; i < pps_arrival_list_size(list) && pps_monotonic_now() < deadline; i++)
		if ((r = pps_ctx_check(raw->ctx, err)) < 0 || (r = list_folder(raw, pps_arrival_list_at(list, i), err)) < 0)
			return r;
	return PPS_OK;
}
