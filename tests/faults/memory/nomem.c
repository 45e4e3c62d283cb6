/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Every public function that needs no server, with each of its allocations failing in turn: it must report
 * PPS_E_NOMEM, or do its work all the same, and leave nothing allocated.
 *
 * usage: nomem WORLD [CASE [N]]   WORLD: a folder made by examples/world/make-world.py; N: only that allocation
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <pps/pps.h>

#include "fail-alloc.h"

/* Most tries of one case; with more allocations, some are left out evenly. With $PPS_LONG set: */
#define TRIES_MOST 400
#define TRIES_LONG 20000

static const char *name; /* of the case that runs, for whoever reads of a crash */
static volatile long at;
static pps_ctx *ctx;
static int trace; /* say who asks for the memory that is refused */
static char work[256]; /* a folder for what cases write */

/* One operation, whole. Return: what the function returned; everything is released. */
struct operation {
	const char *name;
	int expected; /* without failures */
	int (*run)(pps_error **err);
	void (*prepare)(void); /* before each run, or NULL */
	int leak;              /* blocks that other libraries lose when memory is out */
	int dear;              /* takes long: fewer tries */
	int (*recover)(void);  /* after each run: 0 when nothing was spoilt; or NULL */
};

static void put(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");

	if (!f || fputs(text, f) < 0 || fclose(f) != 0) {
		perror(path);
		exit(2);
	}
}

static int run_ctx(pps_error **err)
{
	pps_ctx *c = NULL;
	int r = pps_ctx_new(&c, err);

	pps_ctx_unref(c);
	return r;
}

static int load_conf(const char *path, pps_error **err)
{
	pps_conf *conf = NULL;
	char *text = NULL;
	int r = pps_conf_load(ctx, path, &conf, err);

	if (r == PPS_OK && (r = pps_conf_show(conf, &text, err)) == PPS_OK && !pps_conf_get(conf, "raw.dest_root"))
		r = PPS_E_INTERNAL;
	if (r == PPS_E_CONFIG && conf && pps_conf_error_count(conf) == 0)
		r = PPS_E_INTERNAL;
	pps_free(text);
	pps_conf_unref(conf);
	return r;
}

static int run_conf(pps_error **err)
{
	return load_conf("pps.yaml", err);
}

static int run_wrong_conf(pps_error **err)
{
	return load_conf("wrong.yaml", err);
}

static int run_broken_conf(pps_error **err)
{
	return load_conf("broken.yaml", err);
}

static int run_parsed_conf(pps_error **err)
{
	pps_conf *conf = NULL;
	int r = pps_conf_parse(ctx, "{\"state\": \"sqlite:///s.db\", \"repositories\": {\"a\": {\"butler\": \"embargo\"}}}", "x.yaml", &conf, err);

	if (r == PPS_OK && !pps_conf_get(conf, "repositories.a.butler"))
		r = PPS_E_INTERNAL;
	pps_conf_unref(conf);
	return r;
}

static int run_describe(pps_error **err)
{
	char *text = NULL;
	int r = pps_conf_describe(&text, err);

	pps_free(text);
	return r;
}

static int run_store(pps_error **err)
{
	pps_store *store = NULL;
	pps_store_listing *listing = NULL;
	void *bytes = NULL;
	size_t size;
	int r = pps_store_open(ctx, work, &store, err);

	if (r == PPS_OK)
		r = pps_store_write(store, "some/folder/file", "bytes", 5, err);
	if (r == PPS_OK)
		r = pps_store_list(store, "", PPS_STORE_RECURSIVE, &listing, err);
	if (r == PPS_OK)
		r = pps_store_read(store, "some/folder/file", 100, &bytes, &size, err);
	if (r == PPS_OK && (size != 5 || memcmp(bytes, "bytes", 5) != 0 || pps_store_listing_count(listing) != 1))
		r = PPS_E_INTERNAL;
	pps_free(bytes);
	pps_store_listing_free(listing);
	pps_store_unref(store);
	return r;
}

static int pack(pps_error **err)
{
	char zip[512];
	pps_zip_report *report = NULL;
	int r;

	snprintf(zip, sizeof zip, "%s/new.zip", work);
	r = pps_zip_create(ctx, zip, "packed", &report, err);
	pps_zip_report_free(report);
	return r;
}

static int run_read_zip(pps_error **err)
{
	pps_zip *zip = NULL;
	pps_zip_report *report = NULL;
	void *bytes = NULL;
	size_t size, n;
	int r = pps_zip_open(ctx, "packed.zip", &zip, err);

	if (r == PPS_OK)
		r = pps_zip_find(zip, "text.json", &n, err);
	if (r == PPS_OK)
		r = pps_zip_read(zip, n, 1 << 20, &bytes, &size, err);
	if (r == PPS_OK)
		r = pps_zip_verify(zip, &report, err);
	if (r == PPS_OK && pps_zip_report_problems(report) != 0)
		r = PPS_E_INTERNAL;
	if (r == PPS_OK)
		r = pps_zip_extract(zip, work, NULL, 0, err);
	pps_free(bytes);
	pps_zip_report_free(report);
	pps_zip_close(zip);
	return r;
}

static int run_state(pps_error **err)
{
	pps_conf *conf = NULL;
	pps_state *state = NULL;
	int64_t count;
	int r = pps_conf_load(ctx, "state.yaml", &conf, err);

	if (r == PPS_OK)
		r = pps_state_init(ctx, conf, 0, NULL, err);
	if (r == PPS_OK)
		r = pps_state_open(ctx, conf, &state, err);
	if (r == PPS_OK)
		r = pps_state_ledger_verify(state, &count, err);
	pps_state_unref(state);
	pps_conf_unref(conf);
	return r;
}

static int run_rucio(pps_error **err)
{
	pps_conf *conf = NULL;
	pps_rucio *rucio = NULL;
	int r = pps_conf_load(ctx, "rucio.yaml", &conf, err);

	if (r == PPS_OK)
		r = pps_rucio_open(ctx, conf, &rucio, err);
	if (r == PPS_OK && strcmp(pps_rucio_url(rucio), "http://rucio.example.org") != 0)
		r = PPS_E_INTERNAL;
	pps_rucio_unref(rucio);
	pps_conf_unref(conf);
	return r;
}

static int run_butler(pps_error **err)
{
	pps_butler *butler = NULL;
	pps_butler_exposures *exposures = NULL;
	pps_butler_datasets *datasets = NULL;
	pps_butler_collections *collections = NULL;
	int r = pps_butler_open(ctx, "embargo", PPS_BUTLER_READ, &butler, err);

	if (r == PPS_OK)
		r = pps_butler_query_exposures(butler, "LSSTCam", "exposure.can_see_sky or exposure.can_see_sky = NULL", INT64_MIN,
					       INT64_MAX, &exposures, err);
	if (r == PPS_OK)
		r = pps_butler_query_datasets(butler, "raw", "LSSTCam/raw/all", "LSSTCam", "exposure.can_see_sky", &datasets, err);
	if (r == PPS_OK)
		r = pps_butler_query_collections(butler, "LSSTCam/*", &collections, err);
	if (r == PPS_OK && pps_butler_datasets_next(datasets)) {
		const char *id = pps_butler_datasets_id(datasets);
		pps_butler_datasets *one = NULL;

		r = pps_butler_get_datasets(butler, &id, 1, &one, err);
		pps_butler_datasets_free(one);
	}
	if (r == PPS_OK && (!pps_butler_exposures_count(exposures) || !pps_butler_datasets_count(datasets) || !pps_butler_collections_count(collections)))
		r = PPS_E_INTERNAL;
	pps_butler_collections_free(collections);
	pps_butler_datasets_free(datasets);
	pps_butler_exposures_free(exposures);
	pps_butler_unref(butler);
	return r;
}

static int run_dimensions(pps_error **err)
{
	pps_dimensions *dims = NULL;
	char path[512];
	int r = pps_dimensions_load(ctx, "dimensions.yaml", &dims, err);

	snprintf(path, sizeof path, "%s/dimensions.yaml", work);
	if (r == PPS_OK)
		r = pps_dimensions_save(dims, path, err);
	pps_dimensions_free(dims);
	return r;
}

static void shell(const char *command)
{
	if (system(command) != 0) {
		fprintf(stderr, "failed: %s\n", command);
		exit(2);
	}
}

static void fresh_flow(void)
{
	shell("rm -rf run && cp -a fresh run");
}

static const char *flow = "run/pps.yaml";

/* Moves one exposure out of embargo. Return: what failed first, or PPS_OK. */
static int run_flow(pps_error **err)
{
	pps_conf *conf = NULL;
	pps_raw *raw = NULL;
	pps_raw_report *report = NULL;
	int r = pps_conf_load(ctx, flow, &conf, err);

	if (r == PPS_OK)
		r = pps_raw_open(ctx, conf, &raw, err);
	if (r == PPS_OK)
		r = pps_raw_set(raw, "exposure", "MC_O_20251202_000001", err);
	if (r == PPS_OK)
		r = pps_raw_run(raw, &report, err);
	for (size_t i = 0; r == PPS_OK && i < pps_raw_report_count(report); i++)
		r = pps_raw_report_code(report, i);
	pps_raw_report_free(report);
	pps_raw_unref(raw);
	pps_conf_unref(conf);
	return r;
}

/* What @act does with the exposure in the world after the flow; @deep: not from what is recorded. Its row must end well. */
static int run_done(int (*act)(pps_raw *raw, pps_raw_report **ret_report, pps_error **err), int deep, pps_error **err)
{
	pps_conf *conf = NULL;
	pps_raw *raw = NULL;
	pps_raw_report *report = NULL;
	int r = pps_conf_load(ctx, "done/pps.yaml", &conf, err);

	if (r == PPS_OK)
		r = pps_raw_open(ctx, conf, &raw, err);
	if (r == PPS_OK)
		r = pps_raw_set(raw, "exposure", "MC_O_20251202_000001", err);
	if (r == PPS_OK && deep)
		r = pps_raw_set(raw, "deep", "1", err);
	if (r == PPS_OK)
		r = act(raw, &report, err);
	for (size_t i = 0; r == PPS_OK && i < pps_raw_report_count(report); i++)
		if (pps_raw_report_status(report, i) != PPS_RAW_DONE)
			r = pps_raw_report_code(report, i) ? pps_raw_report_code(report, i) : PPS_E_INTERNAL;
	pps_raw_report_free(report);
	pps_raw_unref(raw);
	pps_conf_unref(conf);
	return r;
}

static int read_table(pps_table *table, pps_error **err)
{
	struct ArrowArrayStream stream;
	struct ArrowSchema schema;
	struct ArrowArray array;
	int r = pps_table_stream(table, &stream, err);

	if (r < 0)
		return r;
	if (stream.get_schema(&stream, &schema) == 0)
		schema.release(&schema);
	if (stream.get_next(&stream, &array) == 0 && array.release)
		array.release(&array);
	stream.release(&stream);
	if ((r = pps_table_schema(table, &schema, err)) < 0)
		return r;
	if ((r = pps_table_array(table, &array, err)) == PPS_OK)
		array.release(&array);
	schema.release(&schema);
	return r;
}

/* What the state says, as columns. */
static int run_table(pps_error **err)
{
	pps_conf *conf = NULL;
	pps_raw *raw = NULL;
	pps_raw_report *report = NULL;
	pps_table *table = NULL;
	int r = pps_conf_load(ctx, "done/pps.yaml", &conf, err);

	if (r == PPS_OK)
		r = pps_raw_open(ctx, conf, &raw, err);
	if (r == PPS_OK)
		r = pps_raw_status(raw, &report, err);
	if (r == PPS_OK)
		r = pps_raw_report_table(report, PPS_TABLE_UTC, &table, err);
	pps_raw_report_free(report);
	if (r == PPS_OK)
		r = read_table(table, err);
	pps_table_free(table);
	pps_raw_unref(raw);
	pps_conf_unref(conf);
	return r;
}

static int run_check(pps_error **err)
{
	return run_done(pps_raw_check, 1, err);
}

/* Deletes the copy of the exposure in the source. */
static int run_prune(pps_error **err)
{
	return run_done(pps_raw_prune, 0, err);
}

static void fresh_prune(void)
{
	shell("rm -rf done storage && cp -a kept/done done && cp -a kept/storage storage");
}

/* Whatever was left out before, the next prune ends it. */
static int finish_prune(void)
{
	pps_error *err = NULL;
	int r = run_prune(&err);

	if (r < 0)
		fprintf(stderr, "the next prune: %s: %s\n", pps_error_code_name(r), pps_error_message(err));
	pps_error_free(err);
	if (system("test -z \"$(ls storage/LSSTCam/20251202/MC_O_20251202_000001)\"") != 0) {
		fprintf(stderr, "the next prune left files\n");
		r = -1;
	}
	return r;
}

/* Whatever was left out before, the next run ends it; and no temporary file stays. */
static int finish_flow(void)
{
	pps_error *err = NULL;
	int r = run_flow(&err);

	if (r < 0)
		fprintf(stderr, "the next run: %s: %s\n", pps_error_code_name(r), pps_error_message(err));
	pps_error_free(err);
	if (system("test -z \"$(find run/offline -name '.pps*')\" && test -f run/offline/instrument/LSSTCam/20251202/MC_O_20251202_000001.zip") != 0) {
		fprintf(stderr, "the next run left a temporary file, or no zip\n");
		r = -1;
	}
	return r;
}

static int run_verify(pps_error **err)
{
	pps_butler *butler = NULL;
	pps_butler_report *report = NULL;
	int r = pps_butler_open(ctx, "done/main", PPS_BUTLER_READ, &butler, err);

	if (r == PPS_OK)
		r = pps_butler_verify_zip(butler, "done/offline/instrument/LSSTCam/20251202/MC_O_20251202_000001.zip", NULL,
					  PPS_BUTLER_CHECK_FILES, &report, err);
	if (r == PPS_OK && (pps_butler_report_count(report) != 0 || pps_butler_report_dataset_count(report) == 0))
		r = PPS_E_INTERNAL;
	pps_butler_report_free(report);
	pps_butler_unref(butler);
	return r;
}

static int run_prepare(pps_error **err)
{
	pps_butler_report *report = NULL;
	pps_conf *conf = NULL;
	int r = pps_conf_load(ctx, "state.yaml", &conf, err);

	if (r == PPS_OK)
		r = pps_butler_prepare(ctx, conf, "fresh/main", "embargo", NULL, NULL, PPS_BUTLER_DRY_RUN, &report, err);
	if (r == PPS_OK && !pps_butler_report_count(report))
		r = PPS_E_INTERNAL;
	pps_butler_report_free(report);
	pps_conf_unref(conf);
	return r;
}

static int count_inserted(const char *id, const char *type, int outcome, const char *reason, void *user)
{
	(void)id, (void)type, (void)reason;
	*(size_t *)user += outcome == PPS_DATASET_INSERTED;
	return PPS_OK;
}

/* An exposure's zip, in the folder for what cases write. */
static int run_raw_pack(pps_error **err)
{
	pps_butler *source = NULL;
	pps_zip_report *report = NULL;
	char path[512];
	int r = pps_butler_open(ctx, "embargo", PPS_BUTLER_READ, &source, err);

	snprintf(path, sizeof path, "%s/one.zip", work);
	if (r == PPS_OK)
		r = pps_raw_pack(source, NULL, "MC_O_20251202_000003", path, &report, err);
	if (r == PPS_OK && !pps_zip_report_size(report))
		r = PPS_E_INTERNAL;
	pps_zip_report_free(report);
	pps_butler_unref(source);
	return r;
}

static int run_records(pps_error **err)
{
	static const char *id;
	pps_butler *source = NULL, *dest = NULL;
	pps_butler_datasets *datasets = NULL;
	int64_t inserted = 0;
	int r;

	if ((r = pps_butler_open(ctx, "embargo", PPS_BUTLER_READ, &source, err)) == PPS_OK &&
	    (r = pps_butler_open(ctx, "fresh/main", PPS_BUTLER_READ, &dest, err)) == PPS_OK)
		r = pps_butler_query_datasets(source, "raw", "LSSTCam/raw/all", "LSSTCam", "exposure.can_see_sky", &datasets, err);
	if (r == PPS_OK && pps_butler_datasets_next(datasets)) {
		id = pps_butler_datasets_id(datasets);
		r = pps_butler_transfer_dimensions(source, dest, &id, 1, PPS_BUTLER_DRY_RUN, &inserted, err);
	}
	if (r == PPS_OK && !inserted)
		r = PPS_E_INTERNAL;
	pps_butler_datasets_free(datasets);
	pps_butler_unref(source);
	pps_butler_unref(dest);
	return r;
}

static int run_transfer(pps_error **err)
{
	pps_butler *source = NULL, *dest = NULL;
	size_t inserted = 0;
	int r;

	if ((r = pps_butler_open(ctx, "embargo", PPS_BUTLER_READ, &source, err)) == PPS_OK &&
	    (r = pps_butler_open(ctx, "fresh/main", PPS_BUTLER_READ, &dest, err)) == PPS_OK)
		r = pps_butler_transfer_chosen(source, dest, "guider_raw", "LSSTCam/raw/*", NULL, "copy", PPS_BUTLER_DRY_RUN, count_inserted, &inserted, err);
	if (r == PPS_OK && !inserted)
		r = PPS_E_INTERNAL;
	pps_butler_unref(source);
	pps_butler_unref(dest);
	return r;
}

static void empty_work(void)
{
	char command[1024];

	snprintf(command, sizeof command, "rm -rf '%s' && mkdir '%s'", work, work);
	shell(command);
}

static const struct operation operations[] = {
	{ "ctx", PPS_OK, run_ctx, NULL, 0 },
	{ "conf", PPS_OK, run_conf, NULL, 0 },
	{ "wrong conf", PPS_E_CONFIG, run_wrong_conf, NULL, 0 },
	{ "broken conf", PPS_E_CONFIG, run_broken_conf, NULL, 0 },
	{ "parsed conf", PPS_OK, run_parsed_conf, NULL, 0 },
	{ "describe", PPS_OK, run_describe, NULL, 0 },
	{ "store", PPS_OK, run_store, empty_work, 0 },
	{ "pack", PPS_OK, pack, empty_work, 0 },
	{ "read zip", PPS_OK, run_read_zip, empty_work, 1 /* libzip 1.7.3, in opening */ },
	{ "state", PPS_OK, run_state, empty_work, 0 },
	{ "dimensions", PPS_OK, run_dimensions, empty_work, 0 },
	{ "butler", PPS_OK, run_butler, NULL, 0 },
	{ "rucio", PPS_OK, run_rucio, NULL, 0 },
	{ "prepare", PPS_OK, run_prepare, NULL, 0, 1 },
	{ "transfer", PPS_OK, run_transfer, NULL, 0, 1 },
	{ "records", PPS_OK, run_records, NULL, 0, 1 },
	{ "raw pack", PPS_OK, run_raw_pack, empty_work, 0, 1 },
	{ "verify", PPS_OK, run_verify, NULL, 1 /* libzip */ },
	{ "table", PPS_OK, run_table, NULL, 0 },
	{ "raw check", PPS_OK, run_check, NULL, 1 /* libzip */, 1 },
	{ "raw run", PPS_OK, run_flow, fresh_flow, 0, 1, finish_flow },
	{ "raw prune", PPS_OK, run_prune, fresh_prune, 1 /* libzip */, 1, finish_prune },
};

static void on_crash(int signum)
{
	char text[128];
	int n = snprintf(text, sizeof text, "crash in case \"%s\", allocation %ld\n", name, at);

	if (n > 0 && write(STDERR_FILENO, text, (size_t)n) < 0)
		n = 0;
	signal(signum, SIG_DFL);
	raise(signum);
}

/* One run with the nth allocation failing. Return: 0, or -1 after saying what is wrong. */
static int try(const struct operation *o, long nth, int on, int ignore_left, long *ret_allocations)
{
	pps_error *err = NULL;
	long before, left;
	int r, code, wrong = 0;

	if (o->prepare)
		o->prepare();
	before = fail_alloc_live();
	at = nth;
	if (trace && nth)
		fail_alloc_trace();
	fail_alloc_arm(nth, on);
	r = o->run(&err);
	*ret_allocations = fail_alloc_disarm();
	code = pps_error_code(err);
	if (r != o->expected && !(nth && r == PPS_E_NOMEM)) {
		fprintf(stderr, "%s, allocation %ld%s: %s: %s\n", o->name, nth, on ? " and on" : "", pps_error_code_name(r),
			pps_error_message(err));
		wrong = -1;
	}
	/* a report of many items has its codes in the items */
	if (r < 0 ? (code != r || !*pps_error_message(err)) && !(o->dear && !err) : err != NULL) {
		fprintf(stderr, "%s, allocation %ld%s: returned %s with error %s \"%s\"\n", o->name, nth, on ? " and on" : "",
			pps_error_code_name(r), pps_error_code_name(code), pps_error_message(err));
		wrong = -1;
	}
	pps_error_free(err);
	left = fail_alloc_live() - before;
	/* a block less: another library let go of what it had kept */
	if (!ignore_left && left > o->leak) {
		fprintf(stderr, "%s, allocation %ld%s: %ld blocks are left (%s)\n", o->name, nth, on ? " and on" : "", left,
			pps_error_code_name(r));
		wrong = -1;
	}
	if (o->recover && o->recover() < 0) {
		fprintf(stderr, "%s, allocation %ld%s: the work could not be finished afterwards\n", o->name, nth, on ? " and on" : "");
		wrong = -1;
	}
	return wrong;
}

static int torture(const struct operation *o, long only)
{
	long allocations = 0, step, n;
	int wrong = 0;

	name = o->name;
	trace = only != 0;
	/* twice, for what other libraries keep for ever */
	for (int i = 0; i < 2; i++)
		if (try(o, 0, 0, i == 0, &allocations) < 0)
			return -1;
	step = 1 + allocations / ((getenv("PPS_LONG") ? TRIES_LONG : TRIES_MOST) / (o->dear ? 10 : 1));
	for (long i = only ? only : 1; i <= allocations && wrong > -5; i += step) {
		wrong += try(o, i, 0, only != 0, &n);
		if (!only)
			wrong += try(o, i, 1, 0, &n);
		if (only)
			break;
	}
	printf("%s: %ld allocations%s%s\n", o->name, allocations, step > 1 ? ", some left out" : "", wrong ? ": FAILED" : "");
	return wrong ? -1 : 0;
}

static void make_files(void)
{
	put("wrong.yaml", "rwa: {}\nrepositories: {a: {butler: x, from: b}}\npolicies: [{types: []}]\nraw: {queries: nowhere.yaml}\n");
	put("broken.yaml", "a: [1, 2\nb: 'x\n");
	put("state.yaml", "state: sqlite:///made/state.db\n");
	put("rucio.yaml", "rucio: {config: rucio.cfg, rse: DISK}\n");
	put("rucio.cfg", "[DEFAULT]\nhost = rucio.example.org\n[client]\nrucio_host = http://%(host)s/\naccount = me\nauth_type = ssh\nssh_private_key = ~/key\n");
	mkdir("packed", 0700);
	put("packed/text.json", "{\"a\": [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20]}\n");
	put("packed/stored.fits", "no FITS at all, but stored as such\n");
	shell("sed -i -e 's/{butler: embargo}/{butler: embargo, reclaim_after: 0s}/' -e 's/  skymap:/  safe_copies: 1\\n  skymap:/' pps.yaml");
	shell("mkdir fresh && cp -a config_raw.yaml pps.yaml embargo main fresh/ && mkdir kept && cp -a storage kept/");
}

/* The world before the flow in fresh/, and after it in done/. */
static int make_flows(void)
{
	pps_conf *conf = NULL;
	pps_error *err = NULL;
	int r = pps_conf_load(ctx, "fresh/pps.yaml", &conf, &err);

	if (r == PPS_OK)
		r = pps_state_init(ctx, conf, 0, NULL, &err);
	pps_conf_unref(conf);
	if (r == PPS_OK) {
		shell("cp -a fresh done");
		flow = "done/pps.yaml";
		r = run_flow(&err);
		if (r == PPS_OK)
			r = run_check(&err); /* records what a prune asks for */
		flow = "run/pps.yaml";
	}
	if (r < 0)
		fprintf(stderr, "preparing: %s: %s\n", pps_error_code_name(r), pps_error_message(err));
	else
		shell("cp -a done kept/ && cp done/offline/instrument/LSSTCam/20251202/MC_O_20251202_000001_dimensions.yaml dimensions.yaml");
	pps_error_free(err);
	return r;
}

int main(int argc, char **argv)
{
	int passed = 0, failed = 0;

	if (argc < 2 || chdir(argv[1]) < 0 || !getcwd(work, sizeof work - 16)) {
		fprintf(stderr, "usage: nomem WORLD [CASE [N]]\n");
		return 2;
	}
	strcat(work, "/made");
	signal(SIGSEGV, on_crash);
	signal(SIGABRT, on_crash);
	make_files();
	empty_work();
	if (pps_ctx_new(&ctx, NULL) < 0 || pack(NULL) < 0 || rename("made/new.zip", "packed.zip") < 0 || make_flows() < 0)
		return 2;
	for (size_t i = 0; i < sizeof operations / sizeof operations[0]; i++) {
		if (argc > 2 && strcmp(argv[2], operations[i].name) != 0)
			continue;
		if (torture(&operations[i], argc > 3 ? strtol(argv[3], NULL, 10) : 0) < 0)
			failed++;
		else
			passed++;
	}
	pps_ctx_unref(ctx);
	printf("%d passed, %d failed\n", passed, failed);
	return failed || !passed;
}
