/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the questions of the flow of prompt products cost while the state grows: usage: bench-datasets N N...
 *
 * A state for each N, filled by the shipped planner and registration: twenty days of visits, whatever N is, 200 detectors and ten dataset types
 * each; all was done that was due, except the copies of the last five visits, and 100 datasets have failed. Then all states are asked in turn, round by
 * round: medians in ms, and how much the last took more than the first. After that 100 chunks of 1,000 are changed in each, as a run does, and all is
 * asked again: `worked`. On SQLite files in a folder below $TMPDIR, or with the URL of a database in PPS_TEST_PG on PostgreSQL, in schemas of their
 * own; 30,000,000 rows take about 15 GB there.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "publish/publish.h"
#include "state/state-private.h"

#define HOUR (3600 * PPS_NS_PER_S)
#define DAYS 20
#define DETECTORS 200
#define LATE_VISITS 5
#define FAILED 100
#define BATCH 20000
#define CHUNK 1000
#define CHUNKS 100
#define ROUNDS 21
#define PLACES_MOST 8

static const char *const types[] = {
	"preliminary_visit_image", "preliminary_visit_image_background", "single_visit_star", "template_detector", "difference_image",
	"difference_kernel", "dia_source_apdb", "dia_object_apdb", "isr_metadata", "isr_log",
};
/* Five in all. */
static const char *const rare = "nightly_report";

static const char conf_text[] =
	"repositories:\n"
	"  embargo: {butler: embargo, reclaim_after: 24h}\n"
	"  prompt_prep: {butler: prompt_prep, from: embargo, transfer: copy}\n"
	"  repo_main: {butler: repo_main, from: prompt_prep, transfer: hardlink}\n"
	"  google_int: {butler: google_int, from: prompt_prep, transfer: in_place, audience: public}\n"
	"  google_prod: {butler: google_prod, from: prompt_prep, transfer: in_place, audience: public}\n"
	"policies:\n"
	"  - {types: ['preliminary_*', 'single_*', template_detector], embargo_hours: 80, public: true, retention_days: forever}\n"
	"  - {types: ['difference_*', nightly_report], embargo_hours: 80, public: true, retention_days: 30}\n"
	"  - {types: ['dia_*_apdb'], embargo_hours: 0, public: true, retention_days: 5}\n"
	"  - {types: ['*_metadata'], embargo_hours: 0, public: true, retention_days: forever}\n"
	"  - {types: ['*_log'], embargo_hours: 0, public: false, retention_days: 5}\n";

enum { READY, REST, STATUS, RARE, VISIT, FAILURES, MEASURES };
static const char *const measure_names[] = { "ready", "others_ready", "status", "rare_type", "visit", "failed" };

/* One state of a size. */
typedef struct place {
	size_t n;
	char url[700], conf[300], file[300];
	pps_publish *publish;
	pps_state *state;
	double ms[MEASURES][ROUNDS];
} place;

static pps_error *err;
static pps_ctx *ctx;
static int64_t now;

static void must(int r, const char *what)
{
	if (r >= 0)
		return;
	fprintf(stderr, "bench-datasets: %s: %s\n", what, pps_error_message(err));
	exit(1);
}

static double ms_since(int64_t start)
{
	return (double)(pps_monotonic_now() - start) / 1e6;
}

/* ---- what is asked ---- */

static void make_conf(place *p)
{
	FILE *f = fopen(p->conf, "w");

	if (!f || fprintf(f, "state: %s\n%s", p->url, conf_text) < 0 || fclose(f))
		must(pps_fail(&err, PPS_E_IO, "cannot be written"), p->conf);
}

static void open_place(place *p)
{
	_cleanup_(pps_conf_unrefp) pps_conf *conf = NULL;
	_cleanup_(pps_flow_lock_freep) pps_flow_lock *lock = NULL;
	const char *names[PPS_PLAN_MOST];
	pps_publish_flow *flow;
	int ordinals[PPS_PLAN_MOST];

	make_conf(p);
	must(pps_conf_load(ctx, p->conf, &conf, &err), p->conf);
	must(pps_state_init(ctx, conf, 0, NULL, &err), "init");
	must(pps_publish_open(ctx, conf, &p->publish, &err), "open");
	flow = &p->publish->flow;
	p->state = p->publish->state;
	for (size_t i = 0; i < flow->graph.n; i++)
		names[i] = flow->graph.at[i].name;
	must(pps_state_lock(p->state, PPS_PUBLISH_FLOW, &lock, &err), "lock");
	must(pps_state_ordinals(p->state, lock, names, flow->graph.n, ordinals, &err), "ordinals");
	must(pps_publish_flow_read(flow, &err), "policies");
}

/* ---- rows as the flow leaves them ---- */

/* Of a version 7, as the Butler gives them: by time, and what comes after is scattered. */
static pps_uuid make_id(int64_t at, size_t i)
{
	uint64_t ms = (uint64_t)(at / 1000000), mixed = (uint64_t)i * UINT64_C(0x9e3779b97f4a7c15);
	pps_uuid id;

	for (size_t k = 0; k < 6; k++)
		id.bytes[k] = (uint8_t)(ms >> (40 - 8 * k));
	memcpy(id.bytes + 6, &mixed, 8);
	id.bytes[6] = (uint8_t)(0x70 | (id.bytes[6] & 0xf));
	id.bytes[8] = (uint8_t)(0x80 | (id.bytes[8] & 0x3f));
	id.bytes[14] = (uint8_t)(i >> 8);
	id.bytes[15] = (uint8_t)i;
	return id;
}

/* Does what is next, at its time, until something is due later than now. @is_late: the first copy is still to be made. */
static void live(const pps_publish_flow *flow, pps_dataset_row *row, int is_late)
{
	static const char after[] = { [PPS_TASK_COPY] = PPS_STATUS_PRESENT, [PPS_TASK_PUBLISH] = PPS_STATUS_PRESENT,
				      [PPS_TASK_EXPIRE] = PPS_STATUS_EXPIRED, [PPS_TASK_DELETE] = PPS_STATUS_DELETED };
	int64_t at = row->registered;

	for (;;) {
		row->next = pps_publish_flow_next(flow, row, at);
		if (!row->next.task || row->next.due > now || is_late)
			return;
		at = (row->next.due > at ? row->next.due : at) + 60 * PPS_NS_PER_S;
		row->status.status[row->next.ordinal] = after[row->next.task];
		row->status.at[row->next.ordinal] = at;
		if (row->next.task == PPS_TASK_PUBLISH)
			row->status.published[row->next.ordinal] = at;
	}
}

struct filling {
	place *p;
	const pps_flow_lock *lock;
	pps_dataset_row rows[BATCH];
	char data_ids[BATCH][80];
	size_t n, done;
};

static void flush_rows(struct filling *f)
{
	must(pps_state_datasets_register(f->p->state, f->lock, f->rows, f->n, NULL, &err), "fill");
	f->done += f->n;
	f->n = 0;
}

/* One type of a visit: @n datasets, which all live alike. */
static void add_type(struct filling *f, const char *type, int64_t visit, int64_t end, int is_late, size_t n)
{
	pps_dataset_row model = { .origin = "prompt_processing", .type = type, .instrument = "LSSTCam", .visit = visit, .day_obs = visit / 100000,
				  .run = "LSSTCam/prompt/output/ApPipe/pipelines-abc/prompt-proto", .end = end,
				  .registered = end + 60 * PPS_NS_PER_S };

	memset(model.status.status, PPS_STATUS_NEVER, sizeof model.status.status);
	model.status.status[f->p->publish->flow.ordinal[0]] = PPS_STATUS_PRESENT;
	model.status.at[f->p->publish->flow.ordinal[0]] = model.registered;
	live(&f->p->publish->flow, &model, is_late);
	for (size_t d = 0; d < n && f->done + f->n < f->p->n; d++) {
		pps_dataset_row *row = &f->rows[f->n];

		*row = model;
		row->id = make_id(model.registered, f->done + f->n);
		row->data_id = f->data_ids[f->n];
		snprintf(f->data_ids[f->n], sizeof f->data_ids[f->n], "{\"instrument\":\"LSSTCam\",\"detector\":%zu,\"visit\":%" PRId64 "}", d, visit);
		if (++f->n == BATCH)
			flush_rows(f);
	}
}

static void fail_some(place *p, const pps_flow_lock *lock)
{
	pps_dataset_filter some = { .type = types[0], .limit = FAILED };
	_cleanup_(pps_dataset_rows_freep) pps_dataset_rows *rows = NULL;
	pps_dataset_change changes[FAILED];
	size_t n;

	must(pps_state_datasets_find(p->state, &some, &rows, &err), "find");
	n = pps_dataset_rows_count(rows);
	for (size_t i = 0; i < n; i++)
		changes[i] = (pps_dataset_change){ .id = pps_dataset_rows_at(rows, i)->id, .code = PPS_E_NOTFOUND, .error = "no such file" };
	must(pps_state_datasets_apply(p->state, lock, now, now, changes, n, NULL, 0, NULL, &err), "failures");
}

static void fill(place *p)
{
	const size_t visits = p->n / (PPS_COUNT(types) * DETECTORS) + 1;
	const int64_t step = DAYS * 24 * HOUR / (int64_t)visits;
	_cleanup_(pps_flow_lock_freep) pps_flow_lock *lock = NULL;
	_cleanup_free_ struct filling *f = calloc(1, sizeof *f);
	int64_t start = pps_monotonic_now();

	if (!f)
		must(pps_fail_nomem(&err), "fill");
	must(pps_state_lock(p->state, PPS_PUBLISH_FLOW, &lock, &err), "lock");
	f->p = p;
	f->lock = lock;
	for (size_t v = 0; v < visits; v++) {
		int64_t end = now - (int64_t)(visits - v) * step;
		int is_late = end + 80 * HOUR <= now && end + 80 * HOUR > now - LATE_VISITS * step;
		int64_t visit = 2025110000000 + (end - (now - DAYS * 24 * HOUR)) / (24 * HOUR) * 100000 + (int64_t)v;

		for (size_t t = 0; t < PPS_COUNT(types); t++)
			add_type(f, types[t], visit, end, is_late && pps_publish_flow_rule(&p->publish->flow, "prompt_processing", types[t]).embargo, DETECTORS);
		if (v % (visits / 5) == 0 && v / (visits / 5) < 5)
			add_type(f, rare, visit, end, 0, 1);
	}
	flush_rows(f);
	fail_some(p, lock);
	if (!strncmp(p->url, "postgres", 8)) /* as autovacuum has long done */
		must(pps_sql_exec(p->state->sql, "ANALYZE {dataset}", NULL, 0, NULL, &err), "analyze");
	fprintf(stderr, "%zu rows filled in %.0f s\n", p->n, ms_since(start) / 1e3);
}

/* ---- rounds ---- */

static size_t ask_ready(place *p, int task, int repository, size_t limit)
{
	_cleanup_(pps_dataset_rows_freep) pps_dataset_rows *rows = NULL;

	must(pps_state_datasets_ready(p->state, task, p->publish->flow.ordinal[repository], now, limit, &rows, &err), "ready");
	return pps_dataset_rows_count(rows);
}

static void ask_find(place *p, const pps_dataset_filter *filter, size_t least)
{
	_cleanup_(pps_dataset_rows_freep) pps_dataset_rows *rows = NULL;

	must(pps_state_datasets_find(p->state, filter, &rows, &err), "find");
	if (pps_dataset_rows_count(rows) < least)
		must(pps_fail(&err, PPS_E_INTERNAL, "%zu rows", pps_dataset_rows_count(rows)), "find");
}

static void ask(place *p, int what)
{
	const pps_dataset_filter failed = { .failed = 1, .limit = FAILED }, visit = { .visit = 2025110000000 }, scarce = { .type = rare, .limit = CHUNK };
	_cleanup_free_ char *json = NULL;
	size_t n = 0;

	switch (what) {
	case READY:
		if (ask_ready(p, PPS_TASK_COPY, 1, CHUNK) != CHUNK)
			must(pps_fail(&err, PPS_E_INTERNAL, "too few"), "ready");
		break;
	case REST: /* as a run does that finds nothing */
		for (int task = PPS_TASK_COPY; task <= PPS_TASK_DELETE; task++)
			for (int i = 0; i < (int)p->publish->flow.graph.n; i++)
				n += task == PPS_TASK_COPY && i == 1 ? 0 : ask_ready(p, task, i, CHUNK);
		if (n)
			must(pps_fail(&err, PPS_E_INTERNAL, "%zu are ready elsewhere", n), "ready");
		break;
	case STATUS:
		must(pps_publish_status(p->publish, &json, &err), "status");
		break;
	case RARE:
		ask_find(p, &scarce, 5);
		break;
	case VISIT:
		ask_find(p, &visit, DETECTORS);
		break;
	default:
		ask_find(p, &failed, FAILED);
	}
}

static int compare(const void *a, const void *b)
{
	return (*(const double *)a > *(const double *)b) - (*(const double *)a < *(const double *)b);
}

static void measure(place *places, size_t n, const char *when)
{
	for (int round = -1; round < ROUNDS; round++)
		for (int what = 0; what < MEASURES; what++)
			for (size_t i = 0; i < n; i++) {
				int64_t start = pps_monotonic_now();

				ask(&places[i], what);
				if (round >= 0) /* the first fills caches */
					places[i].ms[what][round] = ms_since(start);
			}
	for (size_t i = 0; i < n; i++) {
		printf("{\"datasets\": %zu, \"when\": \"%s\"", places[i].n, when);
		for (int what = 0; what < MEASURES; what++) {
			qsort(places[i].ms[what], ROUNDS, sizeof(double), compare);
			printf(", \"%s_ms\": %.3f", measure_names[what], places[i].ms[what][ROUNDS / 2]);
		}
		printf("}\n");
	}
	printf("{\"growth\": \"%s\"", when);
	for (int what = 0; what < MEASURES; what++)
		printf(", \"%s\": %.2f", measure_names[what], places[n - 1].ms[what][ROUNDS / 2] / places[0].ms[what][ROUNDS / 2]);
	printf("}\n");
	fflush(stdout);
}

/* What is ready is put off and comes again, as while a repository is down: each chunk leaves its rows' former places behind. */
static void work(place *p)
{
	_cleanup_(pps_flow_lock_freep) pps_flow_lock *lock = NULL;
	_cleanup_free_ pps_dataset_change *changes = calloc(CHUNK, sizeof *changes);
	int64_t start = pps_monotonic_now();

	if (!changes)
		must(pps_fail_nomem(&err), "work");
	must(pps_state_lock(p->state, PPS_PUBLISH_FLOW, &lock, &err), "lock");
	for (int64_t chunk = 0; chunk < CHUNKS; chunk++) {
		_cleanup_(pps_dataset_rows_freep) pps_dataset_rows *rows = NULL;

		must(pps_state_datasets_ready(p->state, PPS_TASK_COPY, p->publish->flow.ordinal[1], now, CHUNK, &rows, &err), "ready");
		for (size_t i = 0; i < CHUNK; i++) {
			changes[i] = (pps_dataset_change){ .id = pps_dataset_rows_at(rows, i)->id, .has_next = 1, .next = pps_dataset_rows_at(rows, i)->next };
			changes[i].next.due = now - CHUNKS + chunk;
		}
		must(pps_state_datasets_apply(p->state, lock, now, now, changes, CHUNK, NULL, 0, NULL, &err), "apply");
	}
	fprintf(stderr, "%zu rows: %.1f ms to take and change a chunk of %d\n", p->n, ms_since(start) / CHUNKS, CHUNK);
}

/* ---- all of it ---- */

static void in_schema(const char *server, const char *verb, size_t n, const char *more)
{
	_cleanup_(pps_sql_closep) pps_sql *sql = NULL;
	_cleanup_buf_ pps_buf b = PPS_BUF_LINE;

	must(pps_sql_open(ctx, server, NULL, &sql, &err), server);
	pps_buf_printf(&b, "%s pps_bench_%zu %s", verb, n, more);
	must(pps_sql_exec(sql, pps_buf_text(&b), NULL, 0, NULL, &err), "schema");
}

static void make_place(place *p, const char *server, const char *folder)
{
	snprintf(p->conf, sizeof p->conf, "%s/%zu.yaml", folder, p->n);
	snprintf(p->file, sizeof p->file, "%s/%zu.db", folder, p->n);
	if (server) {
		in_schema(server, "DROP SCHEMA IF EXISTS", p->n, "CASCADE");
		in_schema(server, "CREATE SCHEMA", p->n, "");
		snprintf(p->url, sizeof p->url, "%s%coptions=-csearch_path%%3Dpps_bench_%zu", server, strchr(server, '?') ? '&' : '?', p->n);
	} else {
		snprintf(p->url, sizeof p->url, "sqlite:///%s", p->file);
	}
	open_place(p);
	fill(p);
}

static void remove_place(place *p, const char *server)
{
	char lock[340];

	pps_publish_unref(p->publish);
	if (server)
		in_schema(server, "DROP SCHEMA", p->n, "CASCADE");
	snprintf(lock, sizeof lock, "%s.%s.lock", p->file, PPS_PUBLISH_FLOW);
	unlink(lock);
	unlink(p->file);
	unlink(p->conf);
}

int main(int argc, char **argv)
{
	static place places[PLACES_MOST];
	const char *server = getenv("PPS_TEST_PG"), *temporary = getenv("TMPDIR");
	size_t n = argc < 2 ? 0 : (size_t)argc - 1;
	char folder[200];

	if (server && !*server)
		server = NULL;
	must(pps_ctx_new(&ctx, &err), "context");
	must(pps_tai_now(&now, &err), "clock");
	snprintf(folder, sizeof folder, "%s/pps-bench-XXXXXX", temporary ? temporary : "/tmp");
	if (!n || n > PLACES_MOST)
		must(pps_fail(&err, PPS_E_ARG, "usage: bench-datasets N N..."), "arguments");
	if (!mkdtemp(folder))
		must(pps_fail(&err, PPS_E_IO, "cannot be made"), folder);
	for (size_t i = 0; i < n; i++) {
		if ((places[i].n = strtoul(argv[i + 1], NULL, 10)) < 100000)
			must(pps_fail(&err, PPS_E_ARG, "at least 100000 are needed"), argv[i + 1]);
		make_place(&places[i], server, folder);
	}
	measure(places, n, "fresh");
	for (size_t i = 0; i < n; i++)
		work(&places[i]);
	measure(places, n, "worked");
	for (size_t i = 0; i < n; i++)
		remove_place(&places[i], server);
	pps_ctx_unref(ctx);
	return rmdir(folder) ? 1 : 0;
}
