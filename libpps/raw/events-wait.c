/* SPDX-License-Identifier: BSD-3-Clause */
/* Between two runs: what arrives is recorded, until there is something to do. */
#include <string.h>

#include "base/map.h"
#include "raw/arrival.h"
#include "raw/events.h"
#include "raw/select.h"

#define SLICE_MS 1000
#define ASK_NS (15 * PPS_NS_PER_S)        /* how often the source is asked what is due */
#define LATE_NS (3600 * PPS_NS_PER_S)     /* exposures that come to the source late */
#define WOKEN_MOST 10000

/* Connections are made anew by the next run: servers may have gone and come back meanwhile. */
static void rest(pps_raw *raw)
{
	for (size_t i = 0; i < raw->ndestinations; i++) {
		raw->destinations[i].butler = pps_butler_unref(raw->destinations[i].butler);
		pps_error_free(TAKE_PTR(raw->destinations[i].error));
	}
	raw->source = pps_butler_unref(raw->source);
	raw->rucio = pps_rucio_unref(raw->rucio);
	pps_error_free(TAKE_PTR(raw->rucio_error));
	raw->rucio_is_silent = 0;
	raw->state = pps_state_unref(raw->state);
}

/* A wait ends once for each exposure; what comes of it is for the run to say, and for the next one after the time is up. */
static int is_new(pps_raw *raw, const pps_candidate *c, pps_error **err)
{
	if (raw->woken && pps_map_size(raw->woken) > WOKEN_MOST) {
		pps_map_free(raw->woken);
		raw->woken = NULL;
	}
	if (!raw->woken && !(raw->woken = pps_map_new()))
		return pps_fail_nomem(err);
	if (pps_map_get_text(raw->woken, c->obs_id, NULL))
		return 0;
	return pps_map_set_text(raw->woken, c->obs_id, NULL) < 0 ? pps_fail_nomem(err) : 1;
}

/* Whether a run has looked at it since its embargo ended. */
static int was_looked_at(const pps_exposure_state *known, const pps_candidate *c)
{
	return known && (known->finished || known->read_at >= c->release.due);
}

/* 1: an exposure's embargo has ended that no run has looked at since. */
static int is_due(pps_raw *raw, pps_error **err)
{
	_cleanup_candidates_ pps_candidates due = { 0 };
	_cleanup_free_ int64_t *until = calloc(raw->block->nqueries, sizeof *until);
	const int64_t window = raw->window;
	pps_state *state;
	int64_t now;
	int r, found = 0;

	if (!until)
		return pps_fail_nomem(err);
	if ((r = pps_raw_state(raw, &state, err)) < 0 || (r = pps_tai_now(&now, err)) < 0)
		return r;
	for (size_t i = 0; i < raw->block->nqueries; i++)
		until[i] = now;
	raw->window = LATE_NS;
	r = pps_select_window(raw, now, until, NULL, &due, err);
	raw->window = window;
	for (size_t i = 0; r >= 0 && i < due.n; i++) {
		_cleanup_(pps_exposure_list_freep) pps_exposure_list *known = NULL;
		const pps_exposure_key key = { .instrument = due.at[i].instrument, .id = due.at[i].exposure };

		if (due.at[i].release.verdict != PPS_RELEASE_NOW)
			continue;
		if ((r = pps_state_exposures_of(state, &key, 1, &known, err)) < 0 ||
		    was_looked_at(pps_exposure_list_find(known, &key), &due.at[i]))
			continue;
		if ((r = is_new(raw, &due.at[i], err)) == 1)
			found = 1;
	}
	return r < 0 ? r : found;
}

/* 1: it is time to look again whether the source's Butler has an exposure whole that was told of: files come before it knows them. Else
 * *ret_wait_ns says when to ask again. @looked: when a run looked last. */
static int is_awaited(pps_raw *raw, int64_t looked, int64_t *ret_wait_ns, pps_error **err)
{
	_cleanup_(pps_arrival_list_freep) pps_arrival_list *list = NULL;
	pps_arrival_filter filter = { .awaited_since = looked - PPS_ARRIVAL_AWAITED_NS };
	pps_state *state;
	int64_t now;
	int r;

	*ret_wait_ns = ASK_NS;
	if (!raw->block->events)
		return 0;
	if ((r = pps_raw_state(raw, &state, err)) < 0 || (r = pps_tai_now(&now, err)) < 0 || (r = pps_state_arrivals(state, &filter, &list, err)) < 0)
		return r;
	for (size_t i = 0; i < pps_arrival_list_size(list); i++) {
		int64_t at = pps_arrival_look_again(pps_arrival_list_at(list, i)->last_at, looked);

		if (at <= now)
			return 1;
		if (at - now < *ret_wait_ns)
			*ret_wait_ns = at - now;
	}
	return 0;
}

/* Ends the wait, or is said once and passes. */
static int survive(pps_raw *raw, int code, pps_error *why, int *said, pps_error **err)
{
	int passes = code == PPS_E_UNAVAILABLE || code == PPS_E_TIMEOUT || code == PPS_E_LOCKED || code == PPS_E_NOTFOUND || code == PPS_E_ACCESS ||
		     code == PPS_E_IO || code == PPS_E_FAILED;

	if (!passes) {
		pps_error_move(err, why);
		return code;
	}
	if (!*said)
		pps_log(raw->ctx, PPS_LOG_WARNING, "waiting goes on, but", "why", pps_error_message(why), NULL);
	*said = 1;
	pps_error_free(why);
	rest(raw);
	return pps_ctx_sleep(raw->ctx, SLICE_MS * INT64_C(1000000), err);
}

int pps_raw_wait(pps_raw *raw, int64_t timeout_ms, pps_error **err)
{
	int64_t deadline = pps_monotonic_now() + timeout_ms * 1000000, ask = 0, look = 0, looked, wait;
	int r, said_events = 0, said_source = 0;

	if (!raw || raw->dry_run)
		return pps_fail(err, PPS_E_ARG, "pps_raw_wait: raw must not be NULL, nor dry: it records what arrives");
	if ((r = pps_tai_now(&looked, err)) < 0)
		return r;
	rest(raw);
	for (;;) {
		int64_t left = (deadline - pps_monotonic_now()) / 1000000, slice = left < SLICE_MS ? left : SLICE_MS;
		pps_error *why = NULL;
		size_t known = 0;

		if (pps_monotonic_now() >= ask) {
			if ((r = is_due(raw, &why)) == 1)
				return 1;
			if (r < 0 && (r = survive(raw, r, why, &said_source, err)) < 0)
				return r;
			ask = pps_monotonic_now() + ASK_NS;
			why = NULL;
		}
		if (pps_monotonic_now() >= look) {
			if ((r = is_awaited(raw, looked, &wait, &why)) == 1)
				return 1;
			if (r < 0 && (r = survive(raw, r, why, &said_source, err)) < 0)
				return r;
			look = pps_monotonic_now() + wait;
			why = NULL;
		}
		if (left <= 0)
			return 0;
		if (!raw->block->events)
			r = pps_ctx_sleep(raw->ctx, slice * 1000000, &why);
		else if ((r = pps_raw_events_take(raw, slice, &known, &why)) == PPS_OK)
			said_events = 0;
		if (r < 0 && (r = survive(raw, r, why, &said_events, err)) < 0)
			return r;
		if (known)
			return 1;
	}
}
