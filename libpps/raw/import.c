/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A remote site: what Rucio's events tell of is noted in the state, and only then are offsets committed; what is noted is imported when zip
 * and yaml are both there. So order, duplicates and crashes make no difference, and a file whose event was lost is found by the other's.
 */
#include <string.h>

#include <pps/raw.h>

#include "butler/butler.h"
#include "butler/import.h"
#include "raw/rucio-event.h"
#include "state/arrival.h"
#include "store/store.h"
#include "stream/stream.h"

#define SLICE_MS 500
#define COMMIT_AFTER 100 /* messages */
#define AGAIN_NS (10 * PPS_NS_PER_S)       /* what waits for a file, or a server; doubled each time */
#define AGAIN_MOST_NS (600 * PPS_NS_PER_S)

struct pps_raw_import {
	pps_ctx *ctx;
	pps_conf *conf;
	const pps_conf_import *block;
	pps_stream *stream;
	pps_state *state;
	pps_butler **butlers; /* one a topic; opened when first needed */
	size_t uncommitted;
	int said; /* that the broker, or the state, is down */
	/* the current outcome */
	int status;
	char *zip, *yaml, *reason;
	const char *repository;
	int64_t datasets, ingested, records, different;
};

static void clear_outcome(pps_raw_import *import)
{
	free(TAKE_PTR(import->zip));
	free(TAKE_PTR(import->yaml));
	free(TAKE_PTR(import->reason));
	import->repository = NULL;
	import->status = PPS_RAW_IMPORT_DONE;
	import->datasets = import->ingested = import->records = import->different = 0;
}

pps_raw_import *pps_raw_import_unref(pps_raw_import *import)
{
	if (!import)
		return NULL;
	clear_outcome(import);
	for (size_t i = 0; import->butlers && i < import->block->names.n; i++)
		pps_butler_unref(import->butlers[i]);
	free(import->butlers);
	pps_stream_unref(import->stream);
	pps_state_unref(import->state);
	pps_conf_unref(import->conf);
	pps_ctx_unref(import->ctx);
	free(import);
	return NULL;
}

static inline void pps_raw_import_unrefp(pps_raw_import **import)
{
	pps_raw_import_unref(*import);
}

static int open_state(pps_raw_import *import, pps_error **err)
{
	int r;

	if (import->state || (r = pps_state_open(import->ctx, import->conf, &import->state, err)) == PPS_OK)
		return PPS_OK;
	/* a state that was never made is a site that is not set up yet */
	return r == PPS_E_NOTFOUND ? pps_recode(err, PPS_E_CONFIG) : r;
}

int pps_raw_import_open(pps_ctx *ctx, pps_conf *conf, pps_raw_import **ret_import, pps_error **err)
{
	_cleanup_(pps_raw_import_unrefp) pps_raw_import *import = NULL;
	int r;

	if (!conf || !ret_import || pps_conf_error_count(conf))
		return pps_fail(err, PPS_E_ARG, "pps_raw_import_open: a configuration without errors and ret_import are needed");
	if ((r = pps_ctx_check(ctx, err)) < 0)
		return r;
	if (!pps_conf_import_block(conf))
		return pps_fail_at(err, PPS_E_CONFIG, pps_conf_file(conf), 0, 0, "there is no block \"import\": no topics of Rucio's events are configured");
	if (!(import = calloc(1, sizeof *import)))
		return pps_fail_nomem(err);
	import->ctx = pps_ctx_ref(ctx);
	import->conf = pps_conf_ref(conf);
	import->block = pps_conf_import_block(conf);
	if (!(import->butlers = calloc(import->block->names.n, sizeof *import->butlers)))
		return pps_fail_nomem(err);
	if ((r = open_state(import, err)) < 0 || (r = pps_stream_open(ctx, conf, "import.kafka", &import->stream, err)) < 0)
		return r;
	*ret_import = TAKE_PTR(import);
	return PPS_OK;
}

/* ---- messages ---- */

static int set_outcome(pps_raw_import *import, int status, const char *zip, const char *reason, pps_error **err)
{
	import->status = status;
	if ((zip && !(import->zip = strdup(zip))) || (reason && !(import->reason = strdup(reason))))
		return pps_fail_nomem(err);
	return 1;
}

/* 1: the outcome tells of a message that was put aside, once. */
static int put_aside(pps_raw_import *import, const char *why, pps_error **err)
{
	pps_stream *s = import->stream;
	_cleanup_free_ char *text = NULL;
	size_t size;
	const void *value = pps_stream_value(s, &size);
	int is_new, r;

	if ((r = pps_state_dead_letter(import->state, pps_stream_topic(s), pps_stream_partition(s), pps_stream_offset(s), why, value, size, &is_new,
				       err)) < 0 || !is_new)
		return r;
	if (asprintf(&text, "%s, partition %d, offset %lld: %s", pps_stream_topic(s), pps_stream_partition(s), (long long)pps_stream_offset(s), why) < 0) {
		text = NULL;
		return pps_fail_nomem(err);
	}
	return set_outcome(import, PPS_RAW_IMPORT_DEAD, NULL, text, err);
}

static size_t topic_number(const pps_raw_import *import, const char *topic)
{
	for (size_t i = 0; i < import->block->names.n; i++)
		if (!strcmp(import->block->names.at[i], topic))
			return i;
	return import->block->names.n;
}

/* 1: there is an outcome; 0: it is noted. */
static int take_message(pps_raw_import *import, pps_error **err)
{
	_cleanup_(pps_rucio_event_freep) pps_rucio_event *e = NULL;
	_cleanup_(pps_error_freep) pps_error *why = NULL;
	_cleanup_free_ char *place = NULL, *zip = NULL;
	const pps_conf_import_topic *topic;
	size_t size, n = topic_number(import, pps_stream_topic(import->stream));
	const void *value = pps_stream_value(import->stream, &size);
	int r;

	if (n == import->block->names.n)
		return pps_fail(err, PPS_E_INTERNAL, "a message of topic %s, which is not configured", pps_stream_topic(import->stream));
	topic = &import->block->topics[n];
	if ((r = pps_rucio_event_parse(value, size, &e, &why)) == PPS_OK && e->kind == PPS_RUCIO_OTHER)
		return set_outcome(import, PPS_RAW_IMPORT_SKIPPED, e->name, e->what, err);
	if (r == PPS_OK)
		r = pps_rucio_event_place(e->url, topic->rucio_prefix, topic->local_prefix, &place, &why);
	if (r == PPS_E_NOMEM)
		return pps_fail_nomem(err);
	if (r < 0)
		return put_aside(import, pps_error_message(why), err);
	if (e->kind == PPS_RUCIO_YAML && !(zip = pps_rucio_event_zip_of(place)))
		return pps_fail_nomem(err);
	return pps_state_import_wanted(import->state, topic->repository->name, zip ? zip : place, err);
}

/* ---- imports ---- */

static int open_butler(pps_raw_import *import, const char *repository, size_t *ret_topic, pps_error **err)
{
	for (size_t i = 0; i < import->block->names.n; i++) {
		int r;

		if (strcmp(import->block->topics[i].repository->name, repository))
			continue;
		if (!import->butlers[i] && (r = pps_butler_open(import->ctx, import->block->topics[i].repository->butler, PPS_BUTLER_WRITE,
								&import->butlers[i], err)) < 0)
			return pps_wrap(err, r, "repository %s", repository);
		*ret_topic = i;
		return PPS_OK;
	}
	return pps_fail(err, PPS_E_CONFIG, "no topic of import.topics is for repository %s any more", repository);
}

static int stat_zip(pps_raw_import *import, const char *zip, uint64_t *ret_size, pps_error **err)
{
	_cleanup_(pps_store_unrefp) pps_store *store = NULL;
	_cleanup_free_ char *name = NULL;
	pps_store_stat st;
	int r;

	if ((r = pps_store_open_parent(import->ctx, zip, &store, &name, err)) < 0 || (r = pps_store_stat_name(store, name, &st, err)) < 0)
		return r;
	*ret_size = st.size;
	return PPS_OK;
}

static int import_row(pps_raw_import *import, pps_import_row *row, const char *yaml, uint64_t size, pps_error **err)
{
	_cleanup_(pps_butler_report_freep) pps_butler_report *report = NULL;
	size_t topic = 0;
	int r;

	if ((r = open_butler(import, row->repository, &topic, err)) < 0)
		return r;
	/* what was read whole before is only compared */
	if ((r = pps_butler_import_zip(import->butlers[topic], row->zip, yaml, NULL,
				       row->imported != PPS_TAI_MIN && row->size == size ? PPS_BUTLER_UNREAD : 0, &report, err)) < 0) {
		if (r == PPS_E_UNAVAILABLE || r == PPS_E_TIMEOUT)
			import->butlers[topic] = pps_butler_unref(import->butlers[topic]);
		return r;
	}
	import->datasets = (int64_t)report->ndatasets;
	for (size_t i = 0; i < report->n; i++)
		import->ingested += report->at[i].kind == PPS_FINDING_MISSING && *report->at[i].dataset;
	import->records = report->records_added;
	import->different = report->records_different;
	return PPS_OK;
}

static int64_t again(int attempts)
{
	int64_t ns = AGAIN_NS << (attempts < 8 ? attempts : 8);

	return ns < AGAIN_MOST_NS ? ns : AGAIN_MOST_NS;
}

/* What did not go is tried again: soon what waits for a file or a server, later what a person must mend. 1: it says something new. */
static int note_trouble(pps_raw_import *import, pps_import_row *row, int64_t now, int code, const char *why, pps_error **err)
{
	int waits = code == PPS_E_NOTFOUND || code == PPS_E_UNAVAILABLE || code == PPS_E_TIMEOUT || code == PPS_E_LOCKED;
	int is_new = !row->error || strcmp(row->error, why), r;
	const char *before = row->error;

	row->next_try = now + (waits ? again(row->attempts) : pps_state_backoff(row->attempts + 1));
	row->attempts++;
	row->error = why;
	r = pps_state_import_note(import->state, row, err);
	row->error = before;
	if (r < 0 || !is_new)
		return r;
	return set_outcome(import, waits ? PPS_RAW_IMPORT_WAITING : PPS_RAW_IMPORT_FAILED, row->zip, why, err);
}

static int ends_all(int code)
{
	return code == PPS_E_CANCELLED || code == PPS_E_NOMEM || code == PPS_E_INTERNAL;
}

/* 1: there is an outcome. */
static int take_row(pps_raw_import *import, pps_import_row *row, int64_t now, pps_error **err)
{
	_cleanup_(pps_error_freep) pps_error *why = NULL;
	_cleanup_free_ char *yaml = NULL;
	const char *before;
	uint64_t size = 0;
	int r;

	if ((r = stat_zip(import, row->zip, &size, &why)) < 0 && r == PPS_E_NOTFOUND)
		return note_trouble(import, row, now, r, "the zip is not here yet", err);
	if (r == PPS_OK && (r = pps_import_find_yaml(import->ctx, row->zip, &yaml, &why)) == PPS_E_NOTFOUND)
		return note_trouble(import, row, now, r, "its _dimensions.yaml is not here yet", err);
	for (size_t i = 0; i < import->block->names.n; i++)
		if (!strcmp(import->block->topics[i].repository->name, row->repository))
			import->repository = import->block->topics[i].repository->name;
	if (r == PPS_OK)
		r = import_row(import, row, yaml, size, &why);
	if (ends_all(r)) {
		pps_error_move(err, TAKE_PTR(why));
		return r;
	}
	if (r < 0)
		return note_trouble(import, row, now, r, pps_error_message(why), err);
	before = row->yaml;
	row->imported = now;
	row->yaml = yaml;
	row->size = size;
	row->attempts = 0;
	row->next_try = PPS_TAI_MIN;
	free((void *)TAKE_PTR(row->error));
	r = pps_state_import_note(import->state, row, err);
	row->yaml = before;
	if (r < 0)
		return r;
	import->yaml = TAKE_PTR(yaml);
	return set_outcome(import, import->ingested || import->records ? PPS_RAW_IMPORT_DONE : PPS_RAW_IMPORT_ALREADY, row->zip, NULL, err);
}

/* ---- the loop ---- */

static int commit(pps_raw_import *import, pps_error **err)
{
	int r = import->uncommitted ? pps_stream_commit(import->stream, err) : PPS_OK;

	if (r == PPS_OK)
		import->uncommitted = 0;
	return r;
}

/* One message, or one import whose turn it is. 1: an outcome; 0: nothing to say. */
static int step(pps_raw_import *import, int64_t wait_ms, pps_error **err)
{
	_cleanup_(pps_import_row_freep) pps_import_row *row = NULL;
	_cleanup_(pps_error_freep) pps_error *why = NULL;
	int64_t now, next;
	int r, taken;

	if ((r = open_state(import, err)) < 0 || (r = pps_tai_now(&now, err)) < 0 ||
	    (r = pps_state_import_next(import->state, now, &row, &next, err)) < 0)
		return r;
	/* messages first: both files of an exposure are then often known when its turn comes */
	if ((r = pps_stream_next(import->stream, row ? 0 : wait_ms, &why)) == 1) {
		if ((taken = take_message(import, err)) < 0)
			return taken;
		if (++import->uncommitted >= COMMIT_AFTER && (r = commit(import, err)) < 0)
			return r;
		return taken;
	}
	if (r == PPS_OK)
		r = commit(import, &why);
	if (ends_all(r) || (!row && r < 0)) {
		pps_error_move(err, TAKE_PTR(why));
		return r;
	}
	return row ? take_row(import, row, now, err) : PPS_OK;
}

/* What passes by itself is said once, and waited for. */
static int survive(pps_raw_import *import, int code, pps_error *why, pps_error **err)
{
	if (ends_all(code) || code == PPS_E_CONFIG || code == PPS_E_ARG) {
		pps_error_move(err, why);
		return code;
	}
	if (!import->said)
		pps_log(import->ctx, PPS_LOG_WARNING, "following goes on, but", "why", pps_error_message(why), NULL);
	import->said = 1;
	pps_error_free(why);
	import->state = pps_state_unref(import->state);
	return pps_ctx_sleep(import->ctx, SLICE_MS * INT64_C(1000000), err);
}

int pps_raw_import_next(pps_raw_import *import, int64_t timeout_ms, pps_error **err)
{
	int64_t deadline = pps_monotonic_now() + timeout_ms * 1000000;
	int r;

	if (!import)
		return pps_fail(err, PPS_E_ARG, "pps_raw_import_next: import must not be NULL");
	for (;;) {
		int64_t left = (deadline - pps_monotonic_now()) / 1000000;
		pps_error *why = NULL;

		clear_outcome(import);
		if ((r = pps_ctx_check(import->ctx, err)) < 0)
			return r;
		r = step(import, left < 0 ? 0 : left < SLICE_MS ? left : SLICE_MS, &why);
		if (r == 1)
			return 1;
		if (r == PPS_OK)
			import->said = 0;
		else if ((r = survive(import, r, why, err)) < 0)
			return r;
		if (left <= 0)
			return 0;
	}
}

const char *pps_raw_import_status_name(int status)
{
	static const char *const names[] = { "imported", "already there", "waiting", "failed", "skipped", "put aside" };

	return status >= 0 && (size_t)status < PPS_COUNT(names) ? names[status] : "unknown";
}

int pps_raw_import_status(const pps_raw_import *import)
{
	return import ? import->status : -1;
}

const char *pps_raw_import_zip(const pps_raw_import *import)
{
	return import && import->zip ? import->zip : "";
}

const char *pps_raw_import_yaml(const pps_raw_import *import)
{
	return import && import->yaml ? import->yaml : "";
}

const char *pps_raw_import_repository(const pps_raw_import *import)
{
	return import && import->repository ? import->repository : "";
}

const char *pps_raw_import_reason(const pps_raw_import *import)
{
	return import && import->reason ? import->reason : "";
}

int64_t pps_raw_import_count(const pps_raw_import *import, int what)
{
	if (!import)
		return 0;
	return what == PPS_RAW_IMPORT_DATASETS ? import->datasets : what == PPS_RAW_IMPORT_INGESTED ? import->ingested :
	       what == PPS_RAW_IMPORT_RECORDS ? import->records : what == PPS_RAW_IMPORT_DIFFERENT ? import->different : 0;
}
