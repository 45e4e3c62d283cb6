/* SPDX-License-Identifier: BSD-3-Clause */
/* From messages to the state: a batch is recorded, its exposures are decided about, and only then its offsets are committed. */
#include "raw/events.h"

#include <string.h>

#include "raw/event.h"
#include "raw/events-private.h"
#include "raw/sensors.h"

#define BATCH_MOST 2000
#define BATCH_MS 1000  /* a batch is not held back for longer */
#define DRAIN_MS 60000
#define JOIN_MS 20000  /* until the group gives this member its partitions */
#define SENSORS_FILE_MOST (1u << 20)

void pps_raw_events_free(pps_raw_events *events)
{
	if (!events)
		return;
	pps_stream_unref(events->stream);
	pps_store_unref(events->store);
	free(events->bucket);
	free(events->prefix);
	free(events);
}
PPS_DEFINE_CLEANUP(pps_raw_events, pps_raw_events_free)

static int open_root(pps_raw *raw, pps_raw_events *events, const char *root, pps_error **err)
{
	_cleanup_(pps_uri_freep) pps_uri *uri = NULL;
	_cleanup_free_ char *bucket = NULL, *prefix = NULL;
	const char *tenant;
	int r;

	if ((r = pps_uri_parse(root, &uri, err)) < 0)
		return pps_wrap(err, r, "raw.events.root");
	if (uri->scheme == PPS_URI_S3) {
		/* the events of a tenant's bucket name it without the tenant */
		tenant = strchr(uri->bucket, ':');
		if (!(bucket = strdup(tenant ? tenant + 1 : uri->bucket)))
			return pps_fail_nomem(err);
	}
	if (asprintf(&prefix, "%s%s", uri->scheme == PPS_URI_S3 ? uri->path : "", uri->scheme == PPS_URI_S3 && *uri->path ? "/" : "") < 0) {
		prefix = NULL;
		return pps_fail_nomem(err);
	}
	if ((r = pps_store_open(raw->ctx, root, &events->store, err)) < 0)
		return pps_wrap(err, r, "raw.events.root");
	events->bucket = TAKE_PTR(bucket);
	events->prefix = TAKE_PTR(prefix);
	return PPS_OK;
}

int pps_raw_events_open(pps_raw *raw, pps_raw_events **ret_events, pps_error **err)
{
	_cleanup_(pps_raw_events_freep) pps_raw_events *events = NULL;
	int r;

	if (!raw->events) {
		if (!(events = calloc(1, sizeof *events)))
			return pps_fail_nomem(err);
		if (raw->block->events_root && (r = open_root(raw, events, raw->block->events_root, err)) < 0)
			return r;
		if ((r = pps_stream_open(raw->ctx, raw->conf, "raw.events.kafka", &events->stream, err)) < 0)
			return r;
		raw->events = TAKE_PTR(events);
	}
	*ret_events = raw->events;
	return PPS_OK;
}

int pps_raw_events_store(pps_raw *raw, const char *bucket, pps_store **ret_store, pps_error **err)
{
	_cleanup_free_ char *root = NULL;
	pps_raw_events *events;
	int r;

	if ((r = pps_raw_events_open(raw, &events, err)) < 0)
		return r;
	if (!events->store) {
		if (!bucket)
			return pps_fail(err, PPS_E_NOTFOUND, "raw.events.root is not configured, and no event has named a bucket yet");
		if (asprintf(&root, "s3://%s", bucket) < 0) {
			root = NULL;
			return pps_fail_nomem(err);
		}
		if ((r = open_root(raw, events, root, err)) < 0)
			return r;
	}
	*ret_store = events->store;
	return PPS_OK;
}

/* ---- one exposure ---- */

/* The sensors that are expected; *ret NULL when the list cannot be read (yet). */
static int read_sensors(pps_raw *raw, const pps_arrival *a, char **ret, pps_error **err)
{
	_cleanup_(pps_sensors_freep) pps_sensors *sensors = NULL;
	_cleanup_(pps_error_freep) pps_error *why = NULL;
	_cleanup_free_ char *name = NULL;
	_cleanup_free_ void *text = NULL;
	_cleanup_buf_ pps_buf names = PPS_BUF_LINE;
	pps_store *store;
	size_t size;
	int r;

	*ret = NULL;
	if (asprintf(&name, "%s/%s_expectedSensors.json", a->folder, a->key.obs_id) < 0) {
		name = NULL;
		return pps_fail_nomem(err);
	}
	if ((r = pps_raw_events_store(raw, NULL, &store, &why)) == PPS_OK &&
	    (r = pps_store_read(store, name, SENSORS_FILE_MOST, &text, &size, &why)) == PPS_OK &&
	    (r = pps_sensors_parse(name, text, size, &sensors, &why)) == PPS_OK) {
		pps_sensors_missing(sensors, NULL, 0, SIZE_MAX, &names);
		return (*ret = pps_buf_take(&names)) ? PPS_OK : pps_fail_nomem(err);
	}
	if (r == PPS_E_CANCELLED || r == PPS_E_NOMEM) {
		pps_error_move(err, TAKE_PTR(why));
		return r;
	}
	/* it is read again when the folder is listed; the Butler does not wait for it */
	pps_log(raw->ctx, PPS_LOG_WARNING, "the list of expected sensors cannot be read", "exposure", a->key.obs_id, "why", pps_error_message(why), NULL);
	return PPS_OK;
}

/* What was taken out of embargo has arrived, whatever became of its files since. */
static int is_finished(pps_state *state, const pps_arrival_key *key, int *ret_known, int *ret_finished, pps_error **err)
{
	_cleanup_(pps_exposure_list_freep) pps_exposure_list *list = NULL;
	pps_exposure_filter filter = { .instrument = key->instrument, .obs_id = key->obs_id };
	int r = pps_state_exposures(state, &filter, &list, err);

	*ret_known = *ret_finished = 0;
	if (r == PPS_OK && pps_exposure_list_size(list)) {
		*ret_known = 1;
		*ret_finished = pps_exposure_list_at(list, 0)->finished != 0;
	}
	return r;
}

int pps_raw_arrival_settle(pps_raw *raw, const pps_arrival_key *key, int64_t listed_at, int reread, int *ret_complete, pps_error **err)
{
	_cleanup_(pps_arrival_list_freep) pps_arrival_list *list = NULL;
	_cleanup_(pps_arrival_files_freep) pps_arrival_files *files = NULL;
	_cleanup_free_ char *expected = NULL;
	pps_arrival_filter filter = { .key = *key };
	const pps_arrival *a;
	pps_arrival_verdict v;
	pps_state *state;
	int r, known, finished;

	if (ret_complete)
		*ret_complete = 0;
	if ((r = pps_raw_state(raw, &state, err)) < 0 || (r = pps_state_arrivals(state, &filter, &list, err)) < 0 ||
	    (r = is_finished(state, key, &known, &finished, err)) < 0)
		return r;
	if (!(a = pps_arrival_list_at(list, 0)) || (finished && a->complete_at != PPS_TAI_MIN))
		return PPS_OK;
	if ((r = pps_state_arrival_files(state, key, &files, err)) < 0)
		return r;
	for (size_t i = 0; (!a->expected || reread) && !expected && i < pps_arrival_files_size(files); i++) {
		const pps_arrival_file *f = pps_arrival_files_at(files, i);

		if (!f->removed && pps_arrival_is_list(key->obs_id, f->name) && (r = read_sensors(raw, a, &expected, err)) < 0)
			return r;
	}
	v = pps_arrival_decide(key->obs_id, expected ? expected : a->expected, pps_arrival_files_at(files, 0), pps_arrival_files_size(files));
	if (!expected && v.complete_at == a->complete_at && listed_at == PPS_TAI_MIN)
		return PPS_OK;
	if ((r = pps_state_arrival_note(state, key, expected, v.complete_at, listed_at, err)) < 0)
		return r;
	if (v.complete_at != PPS_TAI_MIN && a->complete_at == PPS_TAI_MIN) {
		pps_log(raw->ctx, PPS_LOG_INFO, "arrived", "exposure", key->obs_id, NULL);
		if (ret_complete)
			*ret_complete = known && !finished;
	}
	return PPS_OK;
}

/* ---- a batch of messages ---- */

struct batch {
	pps_arrival_file *files; /* own their texts */
	size_t n, cap;
	size_t messages;
};

static void clear_batch(struct batch *b)
{
	for (size_t i = 0; i < b->n; i++) {
		free((void *)b->files[i].key.instrument);
		free((void *)b->files[i].key.obs_id);
		free((void *)b->files[i].folder);
		free((void *)b->files[i].name);
	}
	free(b->files);
	*b = (struct batch){ 0 };
}

static int add_event(pps_raw *raw, struct batch *b, const pps_event *e, pps_error **err)
{
	_cleanup_place_ pps_arrival_place place = { 0 };
	pps_raw_events *events = raw->events;
	pps_store *store;
	size_t prefix;
	int r;

	if (e->kind == PPS_EVENT_OTHER)
		return PPS_OK;
	if (!events->store && (r = pps_raw_events_store(raw, e->bucket, &store, err)) < 0)
		return r;
	prefix = strlen(events->prefix);
	if ((events->bucket && strcmp(events->bucket, e->bucket)) || strncmp(e->key, events->prefix, prefix))
		return PPS_OK;
	if ((r = pps_arrival_place_of(e->key + prefix, &place, err)) <= 0)
		return r;
	if (pps_grow(&b->files, &b->cap, b->n, sizeof *b->files) < 0)
		return pps_fail_nomem(err);
	b->files[b->n++] = (pps_arrival_file){
		.key = { TAKE_PTR(place.instrument), TAKE_PTR(place.obs_id) }, .day_obs = place.day_obs, .folder = TAKE_PTR(place.folder),
		.name = TAKE_PTR(place.name), .size = e->size, .at = e->at, .removed = e->kind == PPS_EVENT_REMOVED,
	};
	return PPS_OK;
}

/* A message that cannot be read is put aside with its place; it blocks nothing. */
static int add_message(pps_raw *raw, struct batch *b, pps_error **err)
{
	_cleanup_(pps_events_freep) pps_events *events = NULL;
	_cleanup_(pps_error_freep) pps_error *why = NULL;
	pps_stream *stream = raw->events->stream;
	char place[64];
	size_t size;
	const void *value = pps_stream_value(stream, &size);
	int r = pps_events_parse(value, size, &events, &why), is_new;

	b->messages++;
	if (r == PPS_E_NOMEM)
		return pps_fail_nomem(err);
	if (r < 0) {
		if ((r = pps_state_dead_letter(raw->state, pps_stream_topic(stream), pps_stream_partition(stream), pps_stream_offset(stream),
					       pps_error_message(why), value, size, &is_new, err)) < 0)
			return r;
		snprintf(place, sizeof place, "%d:%lld", pps_stream_partition(stream), (long long)pps_stream_offset(stream));
		if (is_new)
			pps_log(raw->ctx, PPS_LOG_WARNING, "an event that cannot be read was put aside", "topic", pps_stream_topic(stream), "place",
				place, "why", pps_error_message(why), NULL);
		return PPS_OK;
	}
	for (size_t i = 0; i < events->n; i++)
		if ((r = add_event(raw, b, &events->at[i], err)) < 0)
			return r;
	return PPS_OK;
}

static int by_key(const void *x, const void *y)
{
	const pps_arrival_file *a = x, *b = y;
	int c = strcmp(a->key.instrument, b->key.instrument);

	return c ? c : strcmp(a->key.obs_id, b->key.obs_id);
}

/* The state first, the offsets after it: a crash between them gives messages twice, which changes nothing. */
static int record(pps_raw *raw, struct batch *b, size_t *known, pps_error **err)
{
	int r;

	if (!b->messages)
		return PPS_OK;
	if ((r = pps_state_arrived(raw->state, b->files, b->n, err)) < 0)
		return r;
	if (b->n)
		qsort(b->files, b->n, sizeof *b->files, by_key);
	for (size_t i = 0, m; i < b->n; i += m) {
		const pps_arrival_key *key = &b->files[i].key;
		int complete, reread = 0;

		for (m = 0; i + m < b->n && !by_key(&b->files[i], &b->files[i + m]); m++)
			reread |= pps_arrival_is_list(key->obs_id, b->files[i + m].name);
		if ((r = pps_raw_arrival_settle(raw, key, PPS_TAI_MIN, reread, &complete, err)) < 0)
			return r;
		if (known)
			*known += complete != 0;
	}
	return pps_stream_commit(raw->events->stream, err);
}

/* 1: a message was added; 0: none came. */
static int next(pps_raw *raw, struct batch *b, int64_t wait_ms, pps_error **err)
{
	int r = pps_stream_next(raw->events->stream, wait_ms, err), added;

	if (r == 1 && (added = add_message(raw, b, err)) < 0)
		return added;
	return r;
}

int pps_raw_events_take(pps_raw *raw, int64_t wait_ms, size_t *ret_known, pps_error **err)
{
	_cleanup_(clear_batch) struct batch b = { 0 };
	_cleanup_(pps_error_freep) pps_error *why = NULL;
	pps_raw_events *events;
	pps_state *state;
	int64_t deadline;
	int r, recorded;

	if ((r = pps_raw_state(raw, &state, err)) < 0 || (r = pps_raw_events_open(raw, &events, err)) < 0)
		return r;
	r = next(raw, &b, wait_ms, &why);
	deadline = pps_monotonic_now() + BATCH_MS * INT64_C(1000000);
	while (r == 1 && b.messages < BATCH_MOST && pps_monotonic_now() < deadline)
		r = next(raw, &b, 50, &why);
	/* what was read before something went wrong is recorded all the same */
	if ((recorded = record(raw, &b, ret_known, err)) < 0)
		return recorded;
	if (r < 0)
		pps_error_move(err, TAKE_PTR(why));
	return r < 0 ? r : PPS_OK;
}

/* An error that another time may not have. Others end the run. */
static int passes(int code)
{
	return code == PPS_E_UNAVAILABLE || code == PPS_E_TIMEOUT || code == PPS_E_NOTFOUND || code == PPS_E_ACCESS || code == PPS_E_FAILED ||
	       code == PPS_E_IO;
}

/* Reads to the end of what there is when it begins, roughly: what comes while it reads is read too, for as long as the limit allows. */
static int drain(pps_raw *raw, pps_error **err)
{
	int64_t begin = pps_monotonic_now(), limit = begin + DRAIN_MS * INT64_C(1000000), join = begin + JOIN_MS * INT64_C(1000000);
	int r;

	for (;;) {
		if ((r = pps_raw_events_take(raw, 500, NULL, err)) < 0)
			return r;
		if (pps_stream_is_at_end(raw->events->stream) || pps_monotonic_now() > limit)
			return PPS_OK;
		if (pps_stream_offset(raw->events->stream) >= 0)
			join = limit;
		if (pps_monotonic_now() > join)
			return pps_fail(err, PPS_E_UNAVAILABLE, "Kafka: the consumer group gave this member nothing to read for %d s", JOIN_MS / 1000);
	}
}

int pps_raw_events_drain(pps_raw *raw, pps_error **err)
{
	_cleanup_(pps_error_freep) pps_error *why = NULL;
	pps_raw_events *events;
	int r;

	if (!raw->block->events || raw->dry_run)
		return PPS_OK;
	if ((r = pps_raw_events_open(raw, &events, err)) < 0)
		return r;
	if ((r = drain(raw, &why)) == PPS_OK)
		r = pps_raw_events_list(raw, &why);
	if (r == PPS_OK)
		r = pps_state_arrivals_tidy(raw->state, 1000, &why);
	if (r == PPS_OK) {
		events->is_down = 0;
		return PPS_OK;
	}
	if (!passes(r)) {
		pps_error_move(err, TAKE_PTR(why));
		return r;
	}
	/* the run goes on by what the Butler says */
	pps_log(raw->ctx, PPS_LOG_WARNING, "what has arrived is not known to its end", "why", pps_error_message(why), NULL);
	return PPS_OK;
}
