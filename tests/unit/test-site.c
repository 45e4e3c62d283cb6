/* SPDX-License-Identifier: BSD-3-Clause */
/* The adapters of flow B on real files and SQLite repositories: what they may not touch. */
#include "butler-place.h"

#include <unistd.h>

#include "publish/site.h"

#define STORE "'FileDatastore@<butlerRoot>'"
/* Of the first dataset, like another's. */
#define RECORD                                                                                                                      \
	"INSERT INTO file_datastore_records SELECT min(d.id), 'x.fits', r.formatter, r.storage_class, r.component, r.checksum, 5 FROM dataset d, " \
	"(SELECT * FROM file_datastore_records LIMIT 1) r"

/* A flow from world.main's repository to world.embargo's, by one transfer. */
struct fixture {
	pps_conf *conf;
	pps_state *state;
	pps_site *site;
	pps_publish_flow flow;
	pps_dataset_row row;
	pps_publish_item item;
	char file[200];
};

static void clear(struct fixture *f)
{
	pps_publish_flow_clear(&f->flow);
	free(f->item.error);
	pps_site_free(f->site);
	pps_state_unref(f->state);
	pps_conf_unref(f->conf);
}

static void write_text(const char *path, const char *text)
{
	FILE *f = fopen(path, "we");

	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

static int exists(const char *path)
{
	return access(path, F_OK) == 0;
}

/* One dataset of @repository has the file "x.fits" below its root. */
static void give_file(struct fixture *f, const char *repository)
{
	_cleanup_(pps_butler_unrefp) pps_butler *b = must_open(repository, PPS_BUTLER_READ);
	_cleanup_(pps_sql_rows_freep) pps_sql_rows *rows = NULL;
	_cleanup_(pps_error_freep) pps_error *err = NULL;

	run_sql(repository, "UPDATE file_datastore_records SET path = 'x.fits', file_size = 5 WHERE dataset_id = (SELECT min(id) FROM dataset)");
	snprintf(f->file, sizeof f->file, "%s/x.fits", repository);
	write_text(f->file, "bytes");
	assert_ok(pps_sql_query(pps_butler_sql(b), "SELECT min(id) FROM dataset", NULL, 0, &rows, &err), err);
	assert_int_equal(pps_sql_next(rows, &err), 1);
	assert_int_equal(pps_sql_get_uuid(rows, 0, &f->row.id), 0);
	f->item.row = &f->row;
}

static void open_site(struct fixture *f, const char *first, const char *second, const char *transfer)
{
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	char path[200], url[200], text[1000];

	snprintf(path, sizeof path, "%s/pps.yaml", world.folder);
	snprintf(url, sizeof url, "sqlite:///%s/state.db", world.folder);
	snprintf(text, sizeof text, "state: \"%s\"\nrepositories:\n  first: {butler: %s}\n  second: {butler: %s, from: first, transfer: %s}\n"
		 "policies: [{types: ['*'], embargo_hours: 0, public: false, retention_days: 1}]\n", url, first, second, transfer);
	write_text(path, text);
	assert_ok(pps_conf_load(world.ctx, path, &f->conf, &err), err);
	assert_ok(pps_state_init_url(world.ctx, url, 0, NULL, &err), err);
	assert_ok(pps_state_open_url(world.ctx, url, &f->state, &err), err);
	f->flow = (pps_publish_flow){ .ctx = world.ctx, .state = f->state, .ops = &pps_site_ops, .requested = INT64_MIN, .only_repository = -1 };
	assert_ok(pps_plan_graph_make(f->conf, &f->flow.graph, &err), err);
	f->flow.ordinal[1] = f->flow.repository_of[1] = 1;
	f->flow.policies = pps_conf_policy_at(f->conf, 0);
	f->flow.npolicies = 1;
	assert_ok(pps_site_new(world.ctx, f->conf, &f->flow.graph, f->state, &f->site, &err), err);
	f->row.origin = f->row.instrument = "";
	f->row.type = "raw";
	f->row.run = "run";
	f->row.data_id = "{}";
	f->row.day_obs = 20251202;
	memset(f->row.status.status, PPS_STATUS_NEVER, sizeof f->row.status.status);
	f->row.status.status[0] = PPS_STATUS_PRESENT;
	assert_ok(pps_state_datasets_register(f->state, NULL, &f->row, 1, NULL, &err), err);
}

static int act(struct fixture *f, int task, int repository)
{
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	pps_publish_chunk chunk = { .flow = &f->flow, .task = task, .repository = repository, .source = f->flow.graph.at[repository].from,
				    .now = INT64_MAX, .items = &f->item, .n = 1 };
	/* so that the state has nothing against it */
	const pps_dataset_change due = { .id = f->row.id, .ordinal = 1, .status = task == PPS_TASK_COPY ? PPS_STATUS_NEVER : PPS_STATUS_PRESENT, .at = 1 };
	int r;

	assert_ok(pps_state_datasets_apply(f->state, NULL, 1, 1, &due, 1, NULL, 0, NULL, &err), err);
	free(TAKE_PTR(f->item.error));
	f->item = (pps_publish_item){ .row = &f->row };
	if ((r = pps_site_ops.act(f->site, &chunk, &err)) < 0)
		print_message("%s\n", pps_error_message(err));
	return r;
}

static int64_t stored(const char *table)
{
	char text[200];

	snprintf(text, sizeof text, "SELECT count(*) FROM %s WHERE dataset_id = (SELECT min(id) FROM dataset)", table);
	return number(world.embargo, text);
}

/* An internal repository that refers to files lets go of its records alone, also after a crash in the middle of it. */
static void what_is_anothers_stays(void **state)
{
	static const char *const transfers[] = { "in_place", "direct", "copy" };

	(void)state;
	for (size_t i = 0; i < PPS_COUNT(transfers); i++) {
		_cleanup_(clear) struct fixture f = { 0 };
		const int is_own = i == 2;
		char status = 0;

		run_sql(world.embargo, "DELETE FROM dataset_location_trash; INSERT OR IGNORE INTO dataset_location SELECT " STORE ", min(id) FROM dataset");
		if (i)
			run_sql(world.embargo, RECORD);
		give_file(&f, world.embargo);
		open_site(&f, world.main, world.embargo, transfers[i]);
		assert_int_equal(act(&f, PPS_TASK_DELETE, 1), PPS_OK);
		assert_int_equal(f.item.result, PPS_RESULT_DONE);
		assert_int_equal(exists(f.file), !is_own);
		assert_int_equal(stored("file_datastore_records") + stored("dataset_location") + stored("dataset_location_trash"), 0);
		/* what somebody else put into the trash */
		run_sql(world.embargo, RECORD "; INSERT INTO dataset_location_trash SELECT min(id), " STORE " FROM dataset");
		give_file(&f, world.embargo);
		assert_int_equal(pps_site_ops.survey(f.site, 1, &f.row.id, 1, &status, NULL), PPS_OK);
		assert_int_equal(exists(f.file), !is_own);
		run_sql(world.embargo, "DELETE FROM file_datastore_records WHERE path = 'x.fits'");
	}
}

/* The datastore of world.main has its files in @root. */
static void root_of_main(const char *root)
{
	char path[200], text[400];

	snprintf(path, sizeof path, "%s/butler.yaml", world.main);
	snprintf(text, sizeof text, "datastore: {root: %s}\nregistry: {db: 'sqlite:///<butlerRoot>/gen3.sqlite3'}\n", root);
	write_text(path, text);
}

/* Another name of the source is no copy of it: neither when it is to be made, nor when the source is to go for it. */
static void a_copy_of_its_own(void **state)
{
	static const char *const transfers[] = { "copy", "hardlink" };
	char data[160], other[160], copy[200];

	(void)state;
	snprintf(data, sizeof data, "%s/data", world.main);
	snprintf(other, sizeof other, "%s/other", world.main);
	snprintf(copy, sizeof copy, "%s/x.fits", data);
	for (size_t i = 0; i < PPS_COUNT(transfers); i++) {
		_cleanup_(clear) struct fixture f = { 0 };

		give_file(&f, world.embargo);
		root_of_main(i ? data : world.embargo);
		if (i)
			assert_int_equal(symlink(world.embargo, data), 0);
		open_site(&f, world.embargo, world.main, transfers[i]);
		assert_int_equal(act(&f, PPS_TASK_COPY, 1), PPS_OK);
		assert_int_equal(f.item.result, PPS_RESULT_FAILED);
		assert_int_equal(f.item.code, PPS_E_CONFIG);
		assert_true(exists(f.file));
		unlink(data);
	}
	for (int is_itself = 1; is_itself >= 0; is_itself--) {
		_cleanup_(clear) struct fixture f = { 0 };

		give_file(&f, world.embargo);
		mkdir(data, 0755);
		root_of_main(data);
		open_site(&f, world.embargo, world.main, "copy");
		assert_int_equal(act(&f, PPS_TASK_COPY, 1), PPS_OK);
		assert_int_equal(f.item.result, PPS_RESULT_DONE);
		assert_true(exists(copy));
		if (is_itself) {
			assert_int_equal(rename(data, other), 0);
			assert_int_equal(symlink(world.embargo, data), 0);
		}
		assert_int_equal(act(&f, PPS_TASK_DELETE, 0), PPS_OK);
		assert_int_equal(f.item.result, is_itself ? PPS_RESULT_FAILED : PPS_RESULT_DONE);
		assert_int_equal(exists(f.file), is_itself);
		if (is_itself)
			unlink(data);
	}
}

static void set_flags(struct fixture *f, int set, int clear)
{
	const pps_dataset_change c = { .id = f->row.id, .set_flags = set, .clear_flags = clear };
	_cleanup_(pps_error_freep) pps_error *err = NULL;

	assert_ok(pps_state_datasets_apply(f->state, NULL, 1, 1, &c, 1, NULL, 0, NULL, &err), err);
}

static void hold_day(struct fixture *f, int is_held)
{
	const pps_hold_target day = { .flow = PPS_PUBLISH_FLOW, .day_obs = 20251202 };
	_cleanup_(pps_error_freep) pps_error *err = NULL;

	assert_ok(is_held ? pps_state_hold(f->state, &day, "why", "who", &err) : pps_state_unhold(f->state, &day, "why", "who", &err), err);
}

/* What an operator does after it was decided, while files move, is heeded before the commit. */
static void what_is_held_meanwhile(void **state)
{
	static const int tasks[] = { PPS_TASK_COPY, PPS_TASK_DELETE };

	(void)state;
	for (size_t i = 0; i < PPS_COUNT(tasks); i++) {
		_cleanup_(clear) struct fixture f = { 0 };

		give_file(&f, world.embargo);
		open_site(&f, world.embargo, world.main, "copy");
		for (int day = 0; day < 2; day++) {
			if (day)
				hold_day(&f, 1);
			else
				set_flags(&f, PPS_DATASET_HELD, 0);
			assert_int_equal(act(&f, tasks[i], tasks[i] == PPS_TASK_COPY), PPS_OK);
			assert_int_equal(f.item.result, PPS_RESULT_NONE);
			assert_true(exists(f.file));
			assert_int_equal(number(world.main, "SELECT count(*) FROM file_datastore_records WHERE path = 'x.fits'"), i);
			if (day)
				hold_day(&f, 0);
			else
				set_flags(&f, 0, PPS_DATASET_HELD);
		}
		assert_int_equal(act(&f, tasks[i], tasks[i] == PPS_TASK_COPY), PPS_OK);
		assert_int_equal(f.item.result, PPS_RESULT_DONE);
		assert_int_equal(exists(f.file), tasks[i] == PPS_TASK_COPY);
	}
}

/* Whoever refers to what refers to the files keeps them, whatever the one between has let go of. */
static void references_to_references(void **state)
{
	_cleanup_(clear) struct fixture f = { 0 };
	char third[160], transfer[300];

	(void)state;
	snprintf(third, sizeof third, "%s/third", world.folder);
	snprintf(transfer, sizeof transfer, "in_place}\n  third: {butler: %s, from: second, transfer: in_place", third);
	make_repository(third, "embargo");
	give_file(&f, world.embargo);
	open_site(&f, world.embargo, world.main, transfer);
	assert_int_equal(act(&f, PPS_TASK_DELETE, 0), PPS_OK);
	assert_int_equal(f.item.result, PPS_RESULT_FAILED);
	assert_int_equal(f.item.code, PPS_E_CONFLICT);
	assert_true(exists(f.file));
	/* what is there counts, whatever the state says */
	run_sql(third, "DELETE FROM file_datastore_records");
	assert_int_equal(act(&f, PPS_TASK_DELETE, 0), PPS_OK);
	assert_int_equal(f.item.result, PPS_RESULT_NONE);
	assert_true(exists(f.file));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		PLACE_TEST(what_is_anothers_stays),
		PLACE_TEST(a_copy_of_its_own),
		PLACE_TEST(what_is_held_meanwhile),
		PLACE_TEST(references_to_references),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
