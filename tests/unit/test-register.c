/* SPDX-License-Identifier: BSD-3-Clause */
/* From lists to rows in the state, with a first repository that the test plays; with PPS_TEST_PG on PostgreSQL. */
#define SCHEMA "pps_test_register"
#include "state-place.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <time.h>

#include "publish/intake.h"
#include "publish/plan.h"
#include "state/intake.h"

#define T0 INT64_C(1764720000000000000)
#define S PPS_NS_PER_S

/* What the first repository knows: ids below this number; a number that ends with 7 is of a type that no policy knows. */
static unsigned known_below;
static int is_down;
static void (*meanwhile)(void); /* what others do while datasets are looked up */
static unsigned down_from = UINT_MAX; /* it goes down before it is asked for this one */
static size_t asked;

static pps_uuid uuid(unsigned n)
{
	pps_uuid id = { .bytes = { 0x01, 0x8c } };

	id.bytes[13] = (uint8_t)(n >> 16);
	id.bytes[14] = (uint8_t)(n >> 8);
	id.bytes[15] = (uint8_t)n;
	return id;
}

static unsigned number(const pps_uuid *id)
{
	return (unsigned)id->bytes[13] << 16 | (unsigned)id->bytes[14] << 8 | id->bytes[15];
}

static int find(void *user, const pps_uuid *ids, size_t n, pps_found **ret, pps_error **err)
{
	_cleanup_(pps_found_freep) pps_found *found = calloc(1, sizeof *found);

	if (meanwhile)
		meanwhile();
	(void)user;
	asked += n;
	if (is_down || number(&ids[0]) >= down_from)
		return pps_fail(err, PPS_E_UNAVAILABLE, "the first repository is down");
	assert_non_null(found);
	found->at = calloc(n + 1, sizeof *found->at);
	assert_non_null(found->at);
	for (size_t i = n; i-- > 0;) {
		unsigned k = number(&ids[i]);
		pps_dataset_row *row = &found->at[found->n];

		if (k >= known_below)
			continue;
		*row = (pps_dataset_row){ .id = ids[i], .type = k % 10 == 7 ? "strange" : "difference_image", .run = "r", .instrument = "LSSTCam",
					  .data_id = "{}", .visit = 5, .end_kind = PPS_END_KNOWN, .end = T0 };
		memset(row->status.status, '.', sizeof row->status.status);
		row->status.status[0] = PPS_STATUS_PRESENT;
		row->status.at[0] = T0;
		found->n++;
	}
	*ret = TAKE_PTR(found);
	return PPS_OK;
}

static int plan(void *user, const pps_dataset_row *row, pps_dataset_next *next, pps_error **err)
{
	int held = !strcmp(row->type, "strange") || !strcmp(row->origin, "elsewhere");

	(void)user;
	(void)err;
	*next = held ? (pps_dataset_next){ 0 } : (pps_dataset_next){ .task = PPS_TASK_COPY, .ordinal = 1, .due = row->end + S };
	return held;
}

static pps_registrar registrar(pps_state *s, const pps_flow_lock *lock)
{
	return (pps_registrar){ .ctx = world.ctx, .state = s, .lock = lock, .find = find, .plan = plan };
}

static void counts_are(const pps_register_counts *c, int64_t added, int64_t held, int64_t known, int64_t unknown)
{
	if (c->added != added || c->held != held || c->known != known || c->unknown != unknown)
		fail_msg("added %lld, held %lld, known %lld, unknown %lld", (long long)c->added, (long long)c->held, (long long)c->known,
			 (long long)c->unknown);
}

static void fill(pps_register_item *items, unsigned from, size_t n)
{
	for (size_t i = 0; i < n; i++) /* in no order */
		items[i] = (pps_register_item){ uuid(from + (unsigned)((i * 7) % n)), i % 2 ? "daytime_ap_catchup" : "" };
}

static void twice_changes_nothing(void **state)
{
	enum { N = 12001 };
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	_cleanup_(pps_state_unrefp) pps_state *s = open_state();
	_cleanup_(pps_flow_lock_freep) pps_flow_lock *lock = take_flow(s, "publish");
	_cleanup_free_ pps_register_item *items = calloc(2 * N, sizeof *items);
	pps_registrar g = registrar(s, lock), dry = g;

	(void)state;
	known_below = 12000;
	is_down = 0;
	dry.dry_run = 1;
	for (int round = 0; round < 3; round++) {
		pps_register_counts c = { 0 };

		fill(items, 0, N);
		fill(items + N, 0, N); /* each twice */
		assert_ok(pps_register(round ? &g : &dry, T0, items, 2 * N, &c, &err), err);
		counts_are(&c, round < 2 ? 12000 : 0, round < 2 ? 1200 : 0, round < 2 ? 0 : 12000, 1);
		assert_int_equal(sql_ask("SELECT count(*) FROM {dataset}"), round ? 12000 : 0);
		assert_int_equal(sql_ask("SELECT count(*) FROM {dataset_unknown}"), round ? 1 : 0);
	}
	assert_int_equal(sql_ask("SELECT count(*) FROM {dataset} WHERE next_task IS NULL"), 1200);
	assert_int_equal(sql_ask("SELECT count(*) FROM {dataset} WHERE registered = 1764720000000000000"), 12000);
	assert_int_equal(sql_ask("SELECT attempts FROM {dataset_unknown}"), 2);
}

/* Which policy it goes by is not to be guessed. */
static void two_origins_are_held(void **state)
{
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	_cleanup_(pps_state_unrefp) pps_state *s = open_state();
	_cleanup_(pps_flow_lock_freep) pps_flow_lock *lock = take_flow(s, "publish");
	pps_register_item items[] = { { uuid(1), "b" }, { uuid(1), "a" }, { uuid(2), "" }, { uuid(2), "b" }, { uuid(3), "b" }, { uuid(3), "b" } };
	pps_registrar g = registrar(s, lock);
	pps_register_counts c = { 0 };

	(void)state;
	known_below = 12000;
	is_down = 0;
	assert_ok(pps_register(&g, T0, items, PPS_COUNT(items), &c, &err), err);
	counts_are(&c, 3, 1, 0, 0);
	assert_int_equal(sql_ask("SELECT count(*) FROM {dataset} WHERE flags = 1"), 1);
	assert_int_equal(sql_ask("SELECT count(*) FROM {dataset} d JOIN {dataset_word} o ON o.id = d.origin WHERE o.word = 'b' AND d.flags = 0"), 2);
}

static void unknown_ones_are_asked_for_again(void **state)
{
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	_cleanup_(pps_state_unrefp) pps_state *s = open_state();
	_cleanup_(pps_flow_lock_freep) pps_flow_lock *lock = take_flow(s, "publish");
	pps_register_item items[10];
	pps_registrar g = registrar(s, lock);
	pps_register_counts c = { 0 };
	int64_t n;

	(void)state;
	known_below = 4;
	fill(items, 0, 10);
	assert_ok(pps_register(&g, T0, items, 10, &c, &err), err);
	counts_are(&c, 4, 0, 0, 6);
	/* what left the first repository since is known all the same */
	known_below = 2;
	c = (pps_register_counts){ 0 };
	assert_ok(pps_register(&g, T0, items, 4, &c, &err), err);
	counts_are(&c, 0, 0, 4, 0);
	/* at once, then not for a minute */
	for (int i = 0; i < 3; i++) {
		asked = 0;
		assert_ok(pps_register_again(&g, T0, &c, &err), err);
		assert_int_equal(asked, i ? 0 : 6);
	}
	known_below = 9;
	c = (pps_register_counts){ 0 };
	assert_ok(pps_register_again(&g, T0 + 60 * S, &c, &err), err);
	counts_are(&c, 5, 1, 0, 1);
	assert_ok(pps_state_unknown_count(s, &n, &err), err);
	assert_int_equal(n, 1);
	assert_int_equal(sql_ask("SELECT count(*) FROM {dataset} d JOIN {dataset_word} w ON w.id = d.origin WHERE w.word = 'daytime_ap_catchup'"), 4);
	/* one that comes again in another list, and is there now, is unknown no longer */
	known_below = 10;
	fill(items, 9, 1);
	c = (pps_register_counts){ 0 };
	assert_ok(pps_register(&g, T0 + 61 * S, items, 1, &c, &err), err);
	counts_are(&c, 1, 0, 0, 0);
	assert_ok(pps_state_unknown_count(s, &n, &err), err);
	assert_int_equal(n, 0);
}

static void nothing_is_written_without_the_repository_or_the_epoch(void **state)
{
	_cleanup_(pps_state_unrefp) pps_state *s = open_state();
	pps_flow_lock *lock = take_flow(s, "publish");
	pps_register_item items[3];
	pps_registrar g = registrar(s, lock), admin = registrar(s, NULL);
	pps_register_counts c = { 0 };

	(void)state;
	known_below = 2;
	fill(items, 0, 3);
	is_down = 1;
	assert_int_equal(pps_register(&g, T0, items, 3, &c, NULL), PPS_E_UNAVAILABLE);
	is_down = 0;
	sql_exec("UPDATE {writer} SET epoch = epoch + 1 WHERE flow = 'publish'");
	assert_int_equal(pps_register(&g, T0, items, 3, &c, NULL), PPS_E_LOCKED);
	counts_are(&c, 0, 0, 0, 0);
	assert_int_equal(sql_ask("SELECT count(*) FROM {dataset}") + sql_ask("SELECT count(*) FROM {dataset_unknown}"), 0);
	assert_int_equal(pps_register(&admin, T0, items, 3, &c, NULL), PPS_OK);
	counts_are(&c, 2, 0, 0, 1);
	pps_flow_lock_free(lock);
}

/* A chunk is looked up while the one before it is written: whose failure it was is told all the same. */
static void what_was_looked_up_ahead_counts_in_its_turn(void **state)
{
	enum { N = 2 * PPS_REGISTER_CHUNK };
	_cleanup_(pps_state_unrefp) pps_state *s = open_state();
	pps_flow_lock *lock = take_flow(s, "publish");
	_cleanup_free_ pps_register_item *items = calloc(N, sizeof *items);
	pps_register_counts c = { 0 };
	int failed = 7;
	pps_registrar g = registrar(s, lock);

	(void)state;
	g.is_down = &failed;
	known_below = N;
	down_from = PPS_REGISTER_CHUNK;
	fill(items, 0, N);
	assert_int_equal(pps_register(&g, T0, items, N, &c, NULL), PPS_E_UNAVAILABLE);
	assert_int_equal(failed, 1);
	assert_int_equal(c.added, PPS_REGISTER_CHUNK);
	assert_int_equal(sql_ask("SELECT count(*) FROM {dataset}"), PPS_REGISTER_CHUNK);
	sql_exec("UPDATE {writer} SET epoch = epoch + 1 WHERE flow = 'publish'");
	assert_int_equal(pps_register(&g, T0, items, N, &c, NULL), PPS_E_LOCKED);
	assert_int_equal(failed, 0);
	down_from = UINT_MAX;
	pps_flow_lock_free(lock);
}

/* ---- the folder ---- */

static struct {
	char folder[80];
	pps_conf *conf;
	pps_intake *intake;
} lists;

static char *in_folder(const char *name, char path[256])
{
	snprintf(path, 256, "%s/%s", lists.folder, name);
	return path;
}

/* @age: seconds since it was changed. */
static void put(const char *name, const char *text, int age)
{
	char path[256];
	FILE *f = fopen(in_folder(name, path), "we");
	struct timespec times[2] = { { .tv_sec = time(NULL) - age }, { .tv_sec = time(NULL) - age } };

	assert_non_null(f);
	fputs(text, f);
	fclose(f);
	assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
}

static const char *get(const char *name)
{
	static char text[512];
	char path[256];
	FILE *f = fopen(in_folder(name, path), "re");
	size_t n = 0;

	if (!f)
		return NULL;
	n = fread(text, 1, sizeof text - 1, f);
	text[n] = 0;
	fclose(f);
	return text;
}

static int setup_lists(void **state)
{
	char path[256];
	FILE *f;

	if (setup(state) < 0)
		return -1;
	snprintf(lists.folder, sizeof lists.folder, "%s/lists", world.folder);
	snprintf(path, sizeof path, "%s/pps.yaml", world.folder);
	if (mkdir(lists.folder, 0755) < 0 || !(f = fopen(path, "we")))
		return -1;
	fprintf(f, "intake: {folder: %s}\n", lists.folder);
	fclose(f);
	known_below = 100;
	return pps_conf_load(world.ctx, path, &lists.conf, NULL) < 0 || pps_intake_new(world.ctx, lists.conf, &lists.intake, NULL) < 0 ? -1 : 0;
}

static void empty(const char *folder)
{
	DIR *dir = opendir(folder);
	const struct dirent *e;
	char path[512];

	while (dir && (e = readdir(dir))) {
		snprintf(path, sizeof path, "%s/%s", folder, e->d_name);
		if (*e->d_name != '.' || strlen(e->d_name) > 2)
			unlink(path);
	}
	if (dir)
		closedir(dir);
	rmdir(folder);
}

static int teardown_lists(void **state)
{
	char path[256];

	pps_intake_free(lists.intake);
	pps_conf_unref(lists.conf);
	empty(in_folder("done", path));
	empty(in_folder("rejected", path));
	empty(lists.folder);
	snprintf(path, sizeof path, "%s/pps.yaml", world.folder);
	unlink(path);
	return teardown(state);
}

#define ID(n) "018c0000-0000-0000-0000-0000000000" n

static pps_intake_tally step(pps_state *s, const pps_flow_lock *lock, int drain)
{
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	pps_registrar g = registrar(s, lock);
	pps_intake_tally tally = { 0 };

	assert_ok(pps_intake_step(lists.intake, &g, 0, drain, &tally, &err), err);
	return tally;
}

static void lists_are_taken_from_a_folder(void **state)
{
	_cleanup_(pps_state_unrefp) pps_state *s = open_state();
	_cleanup_(pps_flow_lock_freep) pps_flow_lock *lock = take_flow(s, "publish");
	pps_intake_tally t;

	(void)state;
	t = step(s, lock, 1);
	assert_int_equal(t.lists + t.rejected, 0);
	put("a.json", "[\"" ID("01") "\", \"" ID("f0") "\"]", 100);
	put("b.csv", "id,origin,v\n" ID("02") ",elsewhere,1\n", 100);
	put("c.csv", "id\nx\n", 100);
	put(".d.csv", "id\n", 100);
	put("e.csv.part", "id\n", 100);
	put("f.txt", "id\n", 100);
	t = step(s, lock, 0);
	assert_int_equal(t.lists, 2);
	assert_int_equal(t.rejected, 1);
	/* asked for again at once in the same step */
	counts_are(&t.registered, 2, 1, 0, 2);
	assert_string_equal(get("done/a.json"), "[\"" ID("01") "\", \"" ID("f0") "\"]");
	assert_non_null(get("done/b.csv"));
	assert_string_equal(get("rejected/c.csv"), "id\nx\n");
	assert_string_equal(get("rejected/c.csv.reason"), "c.csv:2: id: expected a UUID, not \"x\"\n");
	assert_null(get("a.json"));
	assert_null(get("c.csv"));
	assert_non_null(get(".d.csv"));
	assert_non_null(get("e.csv.part"));
	assert_non_null(get("f.txt"));
	/* of the same names, also beside a reason that a crash left */
	put("a.json", "[]", 100);
	put("c.csv", "id,id\n", 100);
	put("rejected/c-1.csv.reason", "c.csv:1: expected one column \"id\"\n", 0);
	put("g.csv", "nothing", 100);
	put("rejected/g.csv.reason", "another\n", 0);
	t = step(s, lock, 0);
	assert_int_equal(t.lists, 1);
	assert_int_equal(t.rejected, 2);
	assert_string_equal(get("done/a-1.json"), "[]");
	assert_string_equal(get("rejected/c-1.csv"), "id,id\n");
	assert_string_equal(get("rejected/g-1.csv"), "nothing");
	assert_string_equal(get("rejected/g.csv.reason"), "another\n");
	assert_int_equal(sql_ask("SELECT count(*) FROM {dataset}"), 2);
}

static void write_on(void)
{
	put("a.csv", "id\n" ID("01") "\n" ID("02") "\n", 0);
}

/* What was added while a list was registered is registered, too. */
static void what_is_written_on_stays(void **state)
{
	_cleanup_(pps_state_unrefp) pps_state *s = open_state();
	_cleanup_(pps_flow_lock_freep) pps_flow_lock *lock = take_flow(s, "publish");
	pps_intake_tally t;

	(void)state;
	put("a.csv", "id\n" ID("01") "\n", 100);
	meanwhile = write_on;
	t = step(s, lock, 0);
	meanwhile = NULL;
	assert_int_equal(t.lists, 0);
	assert_null(get("done/a.csv"));
	put("a.csv", get("a.csv"), 100);
	t = step(s, lock, 0);
	assert_int_equal(t.lists, 1);
	assert_non_null(get("done/a.csv"));
	assert_int_equal(sql_ask("SELECT count(*) FROM {dataset}"), 2);
}

static void what_is_still_written_waits(void **state)
{
	_cleanup_(pps_state_unrefp) pps_state *s = open_state();
	_cleanup_(pps_flow_lock_freep) pps_flow_lock *lock = take_flow(s, "publish");
	pps_intake_tally t;

	(void)state;
	put("a.csv", "id\n" ID("01") "\n018c", 0);
	t = step(s, lock, 0);
	assert_int_equal(t.lists + t.rejected, 0);
	put("a.csv", "id\n" ID("01") "\n" ID("02"), 0);
	t = step(s, lock, 0);
	assert_int_equal(t.lists + t.rejected, 0);
	t = step(s, lock, 1);
	assert_int_equal(t.lists, 1);
	counts_are(&t.registered, 2, 0, 0, 0);
	/* in the future, by another machine's clock */
	put("b.csv", "id\n" ID("03"), -3600);
	t = step(s, lock, 0);
	assert_int_equal(t.lists, 0);
	t = step(s, lock, 1);
	assert_int_equal(t.lists, 1);
}

static void take_long(void)
{
	meanwhile = NULL;
	sleep(11);
}

/* However long those before it took. */
static void what_was_just_written_is_drained(void **state)
{
	_cleanup_(pps_state_unrefp) pps_state *s = open_state();
	_cleanup_(pps_flow_lock_freep) pps_flow_lock *lock = take_flow(s, "publish");
	pps_intake_tally t;

	(void)state;
	put("a.json", "[\"" ID("01") "\"]", 100);
	put("b.json", "[\"" ID("02") "\"]", -3600);
	meanwhile = take_long;
	t = step(s, lock, 1);
	assert_int_equal(t.lists, 2);
}

/* A list whose datasets cannot be registered stays, and is no bad list. */
static void a_list_waits_for_the_repository(void **state)
{
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	_cleanup_(pps_state_unrefp) pps_state *s = open_state();
	_cleanup_(pps_flow_lock_freep) pps_flow_lock *lock = take_flow(s, "publish");
	pps_registrar g = registrar(s, lock);
	pps_intake_tally t = { 0 };
	char away[80];

	(void)state;
	put("a.csv", "id\n" ID("01") "\n", 100);
	is_down = 1;
	assert_int_equal(pps_intake_step(lists.intake, &g, 0, 0, &t, &err), PPS_E_UNAVAILABLE);
	is_down = 0;
	assert_non_null(get("a.csv"));
	t = step(s, lock, 0);
	assert_int_equal(t.lists, 1);
	/* a folder that is gone is said, and waited for */
	snprintf(away, sizeof away, "%s/away", world.folder);
	assert_int_equal(rename(lists.folder, away), 0);
	t = step(s, lock, 0);
	assert_int_equal(rename(away, lists.folder), 0);
	assert_int_equal(t.lists, 0);
}

static void waits(void **state)
{
	int64_t all = 0;

	(void)state;
	assert_int_equal(pps_intake_wait(0), 0);
	assert_int_equal(pps_intake_wait(1), 5 * S);
	assert_int_equal(pps_intake_wait(2), 10 * S);
	assert_int_equal(pps_intake_wait(7), 320 * S);
	assert_int_equal(pps_intake_wait(8), 600 * S);
	for (int i = 1; i < 160; i++) {
		assert_true(pps_intake_wait(i) <= pps_intake_wait(i + 1));
		all += pps_intake_wait(i);
	}
	assert_true(all > 24 * 3600 * S); /* not for ever in a day, and not too often */
	assert_int_equal(pps_intake_wait(1000000), 600 * S);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(twice_changes_nothing, setup, teardown),
		cmocka_unit_test_setup_teardown(two_origins_are_held, setup, teardown),
		cmocka_unit_test_setup_teardown(unknown_ones_are_asked_for_again, setup, teardown),
		cmocka_unit_test_setup_teardown(nothing_is_written_without_the_repository_or_the_epoch, setup, teardown),
		cmocka_unit_test_setup_teardown(what_was_looked_up_ahead_counts_in_its_turn, setup, teardown),
		cmocka_unit_test_setup_teardown(lists_are_taken_from_a_folder, setup_lists, teardown_lists),
		cmocka_unit_test_setup_teardown(what_is_written_on_stays, setup_lists, teardown_lists),
		cmocka_unit_test_setup_teardown(what_is_still_written_waits, setup_lists, teardown_lists),
		cmocka_unit_test_setup_teardown(what_was_just_written_is_drained, setup_lists, teardown_lists),
		cmocka_unit_test_setup_teardown(a_list_waits_for_the_repository, setup_lists, teardown_lists),
		cmocka_unit_test(waits),
	};

	return cmocka_run_group_tests(tests, group_setup, group_teardown);
}
