/* SPDX-License-Identifier: BSD-3-Clause */
/* Notices to a feed and to addresses: what they say, in which order, and after which failures; on both databases. */
#define SCHEMA "pps_test_notify"
#include "state-place.h"

#include <pthread.h>
#include <signal.h>
#include <sys/wait.h>

#include <jansson.h>

#include "http-server.h"
#include "publish/notify.h"
#include "publish/webhook.h"
#include "state/dataset.h"
#include "store/store.h"

#define T0 INT64_C(1764720000000000000)
#define HOUR (3600 * PPS_NS_PER_S)
#define SECRET "geheim"

/* A receiver that remembers what it was told, and answers as it is bidden. */
static struct {
	server s;
	pthread_mutex_t lock;
	json_t *calls;      /* bodies that were taken */
	int bad_signatures; /* of all calls */
	const char *answer; /* NULL: 204 */
	pid_t victim;       /* 0, or whom to kill */
	int kill_before;    /* instead of after the answer */
} hook;

static void check_signature(const server_request *q)
{
	char timestamp[64], given[128], hex[65], expected[128];

	server_header(q, "X-PPS-Timestamp", timestamp, sizeof timestamp);
	server_header(q, "X-PPS-Signature", given, sizeof given);
	if (pps_webhook_sign(SECRET, strlen(SECRET), timestamp, q->body, q->body_size, hex, NULL) < 0)
		*hex = 0;
	snprintf(expected, sizeof expected, "sha256=%s", hex);
	hook.bad_signatures += strcmp(given, expected) != 0;
}

static int on_call(const server_request *q, void *user)
{
	(void)user;
	pthread_mutex_lock(&hook.lock);
	check_signature(q);
	if (hook.victim && hook.kill_before)
		kill(hook.victim, SIGKILL);
	if (!hook.answer)
		json_array_append_new(hook.calls, json_loadb(q->body, q->body_size, 0, NULL));
	server_printf(q->fd, "%s", hook.answer ? hook.answer : "HTTP/1.1 204 No Content\r\n\r\n");
	if (hook.victim && !hook.kill_before)
		kill(hook.victim, SIGKILL);
	pthread_mutex_unlock(&hook.lock);
	return 0;
}

static struct {
	char conf[128], feed[128], secret[128];
	pps_ctx *ctx;
	pps_conf *c;
} place;

static void write_text(const char *path, const char *text)
{
	_cleanup_fclose_ FILE *f = fopen(path, "we");

	assert_non_null(f);
	fputs(text, f);
}

static void load(const char *notify)
{
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	_cleanup_buf_ pps_buf b = PPS_BUF_LINE;

	pps_buf_printf(&b, "state: \"%s\"\nnotify: {%s}\n", world.url, notify);
	write_text(place.conf, pps_buf_text(&b));
	pps_conf_unref(place.c);
	place.c = NULL;
	assert_ok(pps_conf_load(world.ctx, place.conf, &place.c, &err), err);
}

static int start(void **state)
{
	if (setup(state) < 0)
		return -1;
	snprintf(place.conf, sizeof place.conf, "%s/pps.yaml", world.folder);
	snprintf(place.feed, sizeof place.feed, "%s/feed", world.folder);
	snprintf(place.secret, sizeof place.secret, "%s/secret", world.folder);
	write_text(place.secret, SECRET "\n");
	hook.calls = json_array();
	hook.answer = NULL;
	hook.bad_signatures = 0;
	hook.victim = 0;
	server_start(&hook.s, on_call, NULL);
	return 0;
}

static int stop(void **state)
{
	char command[256];

	server_stop(&hook.s);
	json_decref(hook.calls);
	pps_conf_unref(place.c);
	place.c = NULL;
	unlink(place.conf);
	unlink(place.secret);
	snprintf(command, sizeof command, "rm -rf %s", place.feed);
	if (system(command) != 0)
		return -1;
	return teardown(state);
}

static pps_uuid uuid(int n)
{
	pps_uuid id = { { 0 } };

	id.bytes[14] = (uint8_t)(n >> 8);
	id.bytes[15] = (uint8_t)n;
	return id;
}

static void fill(pps_state *s, int n)
{
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	_cleanup_(pps_flow_lock_freep) pps_flow_lock *lock = take_flow(s, "publish");
	_cleanup_free_ pps_dataset_row *rows = calloc((size_t)n, sizeof *rows);
	const char *names[] = { "embargo", "google" };
	int ordinals[2];

	assert_ok(pps_state_ordinals(s, lock, names, 2, ordinals, &err), err);
	for (int i = 0; i < n; i++) {
		rows[i] = (pps_dataset_row){ .id = uuid(i), .origin = "", .type = i % 2 ? "odd \"type\"" : "even", .run = "run/1", .instrument = "LSSTCam",
					     .data_id = "{\"instrument\":\"LSSTCam\",\"visit\":7}" };
		memset(rows[i].status.status, '.', sizeof rows[i].status.status);
		rows[i].status.status[0] = 'P';
	}
	assert_ok(pps_state_datasets_register(s, lock, rows, (size_t)n, NULL, &err), err);
}

static void change(pps_state *s, int from, int to, char status, int notice, int64_t at)
{
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	_cleanup_free_ pps_dataset_change *changes = calloc((size_t)(to - from) + 1, sizeof *changes);

	for (int i = from; i < to; i++)
		changes[i - from] = (pps_dataset_change){ .id = uuid(i), .status = status, .ordinal = 1, .at = at, .notice = notice };
	assert_ok(pps_state_datasets_apply(s, NULL, at, at, changes, (size_t)(to - from), NULL, 0, NULL, &err), err);
}

static int drain(pps_state *s, pps_error **err)
{
	_cleanup_(pps_flow_lock_freep) pps_flow_lock *lock = take_flow(s, "publish");
	_cleanup_(pps_notify_freep) pps_notify *n = NULL;
	int r = pps_notify_open(world.ctx, place.c, s, &n, err);

	return r < 0 ? r : pps_notify_drain(n, lock, INT64_MAX, err);
}

static void drain_ok(pps_state *s)
{
	_cleanup_(pps_error_freep) pps_error *err = NULL;

	assert_ok(drain(s, &err), err);
}

static void webhook(const char *more)
{
	char text[512];

	snprintf(text, sizeof text, "webhooks: [{url: \"http://127.0.0.1:%d/x\", secret_file: %s%s}]", hook.s.port, place.secret, more);
	load(text);
}

static void name_of_hook(char **ret)
{
	char url[64];

	snprintf(url, sizeof url, "http://127.0.0.1:%d/x", hook.s.port);
	assert_int_equal(pps_webhook_name(url, ret, NULL), PPS_OK);
}

static void cursor_of_hook(pps_state *s, pps_notice_cursor *c)
{
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	_cleanup_free_ char *name = NULL;

	name_of_hook(&name);
	pps_notice_cursor_clear(c);
	assert_ok(pps_state_notice_cursor(s, name, c, &err), err);
}

static void names_without_secrets(void **state)
{
	static const char *const cases[][2] = {
		{ "https://host/path", "https://host/path" },
		{ "https://host:8443", "https://host:8443" },
		{ "https://u:p@host/path", "https://host/path#" },
		{ "https://host/path?token=x", "https://host/path#" },
		{ "https://host/p@th", "https://host/p@th" },
	};

	(void)state;
	for (size_t i = 0; i < PPS_COUNT(cases); i++) {
		_cleanup_free_ char *name = NULL;
		size_t n = strlen(cases[i][1]);

		assert_int_equal(pps_webhook_name(cases[i][0], &name, NULL), PPS_OK);
		assert_int_equal(strncmp(name, cases[i][1], n), 0);
		assert_int_equal(strlen(name), n + (cases[i][1][n - 1] == '#' ? 8 : 0));
	}
}

static void a_signature_that_others_compute(void **state)
{
	char hex[65];

	(void)state;
	/* printf '1764720000.{"a":1}' | openssl dgst -sha256 -hmac geheim */
	assert_int_equal(pps_webhook_sign(SECRET, 6, "1764720000", "{\"a\":1}", 7, hex, NULL), PPS_OK);
	assert_string_equal(hex, "976acbf9ef7ed12c7708b318f124114a6d4211b418b04c4f82e58add97da1dc2");
}

static void told_in_order_and_signed(void **state)
{
	_cleanup_(pps_state_unrefp) pps_state *s = open_state();
	json_t *call, *one;

	(void)state;
	webhook("");
	fill(s, 6);
	change(s, 0, 3, 'P', PPS_NOTICE_PUBLISHED, T0);
	change(s, 1, 2, 'E', PPS_NOTICE_WITHDRAWN, T0 + HOUR);
	drain_ok(s);
	drain_ok(s);
	assert_int_equal(json_array_size(hook.calls), 1);
	assert_int_equal(hook.bad_signatures, 0);
	call = json_array_get(hook.calls, 0);
	assert_int_equal(json_integer_value(json_object_get(call, "schema_version")), 1);
	assert_int_equal(json_integer_value(json_object_get(call, "first")), 1);
	assert_int_equal(json_integer_value(json_object_get(call, "last")), 2);
	one = json_array_get(json_object_get(call, "notices"), 0);
	assert_string_equal(json_string_value(json_object_get(one, "event")), "published");
	assert_string_equal(json_string_value(json_object_get(one, "repository")), "google");
	assert_string_equal(json_string_value(json_object_get(one, "at")), "2025-12-02T23:59:23.000Z");
	assert_int_equal(json_integer_value(json_object_get(one, "count")), 3);
	one = json_array_get(json_object_get(one, "datasets"), 1);
	assert_string_equal(json_string_value(json_object_get(one, "id")), "00000000-0000-0000-0000-000000000001");
	assert_string_equal(json_string_value(json_object_get(one, "type")), "odd \"type\"");
	assert_int_equal(json_integer_value(json_object_get(json_object_get(one, "data_id"), "visit")), 7);
}

static void only_chosen_events(void **state)
{
	_cleanup_(pps_state_unrefp) pps_state *s = open_state();
	_cleanup_(pps_notice_cursor_clear) pps_notice_cursor c = { 0 };

	(void)state;
	webhook(", events: [expired]");
	fill(s, 6);
	change(s, 0, 3, 'P', PPS_NOTICE_PUBLISHED, T0);
	drain_ok(s);
	assert_int_equal(json_array_size(hook.calls), 0);
	cursor_of_hook(s, &c);
	assert_int_equal(c.seq, 1);
	change(s, 0, 2, 'E', PPS_NOTICE_EXPIRED, T0);
	change(s, 4, 5, 'P', PPS_NOTICE_PUBLISHED, T0);
	drain_ok(s);
	assert_int_equal(json_array_size(hook.calls), 1);
	assert_int_equal(json_array_size(json_object_get(json_array_get(hook.calls, 0), "notices")), 1);
}

static void failures_wait_and_are_given_up(void **state)
{
	_cleanup_(pps_state_unrefp) pps_state *s = open_state();
	_cleanup_(pps_notice_cursor_clear) pps_notice_cursor c = { 0 };
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	_cleanup_free_ char *name = NULL;
	int64_t now;

	(void)state;
	webhook(", give_up_after: 1h");
	name_of_hook(&name);
	fill(s, 6);
	assert_ok(pps_tai_now(&now, &err), err);
	change(s, 0, 3, 'P', PPS_NOTICE_PUBLISHED, now); /* what is older than a week is not kept for an address that is given up */
	hook.answer = "HTTP/1.1 503 Busy\r\nRetry-After: 7200\r\nContent-Length: 0\r\n\r\n";
	drain_ok(s);
	assert_ok(pps_tai_now(&now, &err), err);
	cursor_of_hook(s, &c);
	assert_int_equal(c.seq, 0);
	assert_int_equal(c.attempts, 1);
	assert_int_equal(c.code, PPS_E_UNAVAILABLE);
	assert_true(c.next_try > now + HOUR && c.next_try <= now + 2 * HOUR);
	assert_non_null(strstr(c.error, "answers 503"));
	drain_ok(s); /* not before its time */
	assert_int_equal(hook.s.requests, 1);
	/* two hours of failures: one more, and it is left alone */
	sql_exec("UPDATE {notice_cursor} SET next_try = 1, failing_since = failing_since - 7200000000000");
	hook.answer = "HTTP/1.1 307 Elsewhere\r\nLocation: /y\r\nContent-Length: 0\r\n\r\n";
	drain_ok(s);
	cursor_of_hook(s, &c);
	assert_true(c.given_up > 0);
	assert_non_null(strstr(c.error, "redirect"));
	hook.answer = NULL;
	sql_exec("UPDATE {notice_cursor} SET next_try = 1");
	drain_ok(s);
	assert_int_equal(hook.s.requests, 2);
	assert_ok(pps_state_notice_retry(s, name, "mended", "me", &err), err);
	drain_ok(s);
	assert_int_equal(json_array_size(hook.calls), 1);
	cursor_of_hook(s, &c);
	assert_int_equal(c.seq, 1);
	assert_int_equal(c.failing_since, 0);
}

static void a_secret_that_is_missing(void **state)
{
	_cleanup_(pps_state_unrefp) pps_state *s = open_state();
	_cleanup_(pps_notice_cursor_clear) pps_notice_cursor c = { 0 };

	(void)state;
	webhook("");
	write_text(place.secret, "\n");
	fill(s, 1);
	change(s, 0, 1, 'P', PPS_NOTICE_PUBLISHED, T0);
	drain_ok(s);
	cursor_of_hook(s, &c);
	assert_int_equal(c.code, PPS_E_CONFIG);
	assert_int_equal(hook.s.requests, 0);
}

/* ---- the feed ---- */

static json_t *read_json(const char *name)
{
	char path[256];
	json_t *json;

	snprintf(path, sizeof path, "%s/%s", place.feed, name);
	if (!(json = json_load_file(path, 0, NULL)))
		fail_msg("%s cannot be read", path);
	return json;
}

/* Adds every line of a page to @lines. */
static void read_page(const char *name, json_t *lines)
{
	_cleanup_fclose_ FILE *f = NULL;
	char path[256], line[4096];

	snprintf(path, sizeof path, "%s/%s", place.feed, name);
	assert_non_null(f = fopen(path, "re"));
	while (fgets(line, sizeof line, f))
		assert_int_equal(json_array_append_new(lines, json_loads(line, 0, NULL)), 0);
}

static void read_pages(const json_t *index, json_t *lines)
{
	json_t *pages = json_object_get(index, "pages");

	for (size_t i = 0; i < json_array_size(pages); i++)
		read_page(json_string_value(json_object_get(json_array_get(pages, i), "path")), lines);
}

/* All lines as a client finds them that begins with latest.json, the oldest first. */
static json_t *read_feed(void)
{
	json_t *lines = json_array(), *index = read_json("latest.json");

	for (;;) {
		json_t *own = json_array(), *next = json_object_get(index, "previous");

		read_pages(index, own);
		json_array_extend(own, lines);
		json_decref(lines);
		lines = own;
		next = json_is_string(next) ? read_json(json_string_value(next)) : NULL;
		json_decref(index);
		if (!(index = next))
			return lines;
	}
}

/* Every dataset of [0, n) once, in their order. */
static void expect_datasets(const json_t *lines, int n)
{
	int next = 0;

	for (size_t i = 0; i < json_array_size(lines); i++) {
		const char *id = json_string_value(json_object_get(json_array_get(lines, i), "id"));
		pps_uuid expected = uuid(next);
		char text[37];

		if (!id)
			continue; /* of the ledger */
		pps_uuid_format(&expected, text);
		assert_string_equal(id, text);
		next++;
	}
	assert_int_equal(next, n);
}

static void pages_by_hour(void **state)
{
	_cleanup_(pps_state_unrefp) pps_state *s = open_state();
	char text[256], path[256];
	json_t *latest, *lines;

	(void)state;
	snprintf(text, sizeof text, "feed: %s", place.feed);
	load(text);
	fill(s, 30);
	for (int i = 0; i < 10; i++) {
		change(s, 3 * i, 3 * i + 3, 'P', PPS_NOTICE_PUBLISHED, T0 + i / 4 * HOUR);
		if (i % 3 == 0)
			drain_ok(s);
	}
	drain_ok(s);
	latest = read_json("latest.json");
	assert_int_equal(json_integer_value(json_object_get(latest, "seq")), 10);
	assert_string_equal(json_string_value(json_object_get(latest, "hour")), "2025-12-03T01");
	assert_string_equal(json_string_value(json_object_get(latest, "previous")), "2025-12-03T00/index.json");
	json_decref(latest);
	lines = read_feed();
	expect_datasets(lines, 30);
	json_decref(lines);
	snprintf(path, sizeof path, "%s/atom.xml", place.feed);
	assert_int_equal(access(path, R_OK), 0);
}

static void a_page_that_a_crash_left(void **state)
{
	_cleanup_(pps_state_unrefp) pps_state *s = open_state();
	_cleanup_(pps_notice_cursor_clear) pps_notice_cursor c = { 0 };
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	char text[256], path[256];
	json_t *lines;

	(void)state;
	snprintf(text, sizeof text, "feed: %s", place.feed);
	load(text);
	fill(s, 9);
	change(s, 0, 3, 'P', PPS_NOTICE_PUBLISHED, T0);
	drain_ok(s);
	sql_exec("DELETE FROM {notice_cursor}"); /* as if it had never been recorded */
	change(s, 3, 6, 'P', PPS_NOTICE_PUBLISHED, T0 + 1);
	drain_ok(s);
	lines = read_feed();
	expect_datasets(lines, 6);
	json_decref(lines);
	sql_exec("DELETE FROM {notice_cursor}");
	change(s, 6, 9, 'P', PPS_NOTICE_PUBLISHED, T0 + HOUR);
	drain_ok(s);
	lines = read_feed();
	expect_datasets(lines, 9);
	json_decref(lines);
	/* other content under its name is nobody's to change */
	sql_exec("DELETE FROM {notice_cursor}");
	snprintf(path, sizeof path, "%s/2025-12-02T23/000000000001-000000000001.ndjson", place.feed);
	write_text(path, "{}\n");
	drain_ok(s);
	assert_ok(pps_state_notice_cursor(s, "feed", &c, &err), err);
	assert_int_equal(c.code, PPS_E_CONFLICT);
}

static void the_ledger_goes_along(void **state)
{
	_cleanup_(pps_state_unrefp) pps_state *s = open_state();
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	const pps_ledger_entry entry = { .flow = "publish", .action = "publish", .subject = "a", .who = "test" };
	const pps_state_change authorised = { .kind = PPS_CHANGE_AUTHORISED, .entry = &entry };
	_cleanup_free_ char *hash = NULL;
	char text[512];
	json_t *latest, *lines;
	int64_t seq;

	(void)state;
	snprintf(text, sizeof text, "feed: %s, webhooks: [{url: \"http://127.0.0.1:%d/x\"}]", place.feed, hook.s.port);
	load(text);
	fill(s, 3);
	assert_ok(pps_state_datasets_apply(s, NULL, T0, T0, NULL, 0, &authorised, 1, NULL, &err), err);
	drain_ok(s);
	drain_ok(s);
	assert_ok(pps_state_ledger_head(s, &seq, &hash, &err), err);
	latest = read_json("latest.json");
	assert_string_equal(json_string_value(json_object_get(json_object_get(latest, "ledger"), "hash")), hash);
	lines = read_feed();
	assert_int_equal(json_array_size(lines), 1);
	assert_string_equal(json_string_value(json_object_get(json_array_get(lines, 0), "ledger_hash")), hash);
	assert_int_equal(json_array_size(hook.calls), 0); /* only the log and the feed */
	json_decref(latest);
	json_decref(lines);
}

/* ---- killed ---- */

static const char *self; /* this program */

static pid_t spawn_drain(void)
{
	pid_t pid = fork();

	if (!pid) {
		execl(self, self, "drain", world.url, place.conf, (char *)NULL);
		_exit(127);
	}
	return pid;
}

static int drain_once(const char *url, const char *path)
{
	_cleanup_(pps_state_unrefp) pps_state *s = NULL;

	snprintf(world.url, sizeof world.url, "%s", url);
	if (pps_ctx_new(&world.ctx, NULL) < 0 || pps_conf_load(world.ctx, path, &place.c, NULL) < 0 ||
	    pps_state_open_url(world.ctx, world.url, &s, NULL) < 0)
		return 1;
	drain_ok(s);
	pps_conf_unref(place.c);
	pps_ctx_unref(world.ctx);
	return 0;
}

/* What the receiver was told for the first time, in that order: each notice once, without a gap. */
static void expect_calls(int n)
{
	json_int_t last = 0;

	for (size_t i = 0; i < json_array_size(hook.calls); i++) {
		json_t *notices = json_object_get(json_array_get(hook.calls, i), "notices");

		for (size_t k = 0; k < json_array_size(notices); k++) {
			json_int_t seq = json_integer_value(json_object_get(json_array_get(notices, k), "seq"));

			assert_true(seq <= last + 1);
			last = seq > last ? seq : last;
		}
	}
	assert_int_equal(last, n);
}

static void killed_at_any_moment(void **state)
{
	enum { ROUNDS = 24 };
	_cleanup_(pps_state_unrefp) pps_state *s = open_state();
	char text[512];
	json_t *lines;

	(void)state;
	snprintf(text, sizeof text, "feed: %s, webhooks: [{url: \"http://127.0.0.1:%d/x\", secret_file: %s}]", place.feed, hook.s.port, place.secret);
	load(text);
	fill(s, 3 * ROUNDS);
	for (int i = 0; i < ROUNDS; i++) {
		int status;
		pid_t pid;

		change(s, 3 * i, 3 * i + 3, 'P', PPS_NOTICE_PUBLISHED, T0 + i / 5 * HOUR);
		pthread_mutex_lock(&hook.lock); /* no call is answered before it is known whom to kill */
		pid = spawn_drain();
		hook.victim = i % 3 == 2 ? 0 : pid;
		hook.kill_before = i % 3 == 1;
		pthread_mutex_unlock(&hook.lock);
		if (i % 3 == 2) {
			usleep((useconds_t)(1000 * (i % 7) * 4));
			kill(pid, SIGKILL);
		}
		assert_int_equal(waitpid(pid, &status, 0), pid);
		pthread_mutex_lock(&hook.lock);
		hook.victim = 0;
		pthread_mutex_unlock(&hook.lock);
		sql_exec("UPDATE {notice_cursor} SET next_try = NULL");
	}
	drain_ok(s);
	sql_exec("UPDATE {notice_cursor} SET next_try = NULL");
	drain_ok(s);
	expect_calls(ROUNDS);
	assert_int_equal(hook.bad_signatures, 0);
	lines = read_feed();
	expect_datasets(lines, 3 * ROUNDS);
	json_decref(lines);
}

static void another_has_taken_over(void **state)
{
	_cleanup_(pps_state_unrefp) pps_state *s = open_state();
	_cleanup_(pps_flow_lock_freep) pps_flow_lock *lock = take_flow(s, "publish");
	_cleanup_(pps_notify_freep) pps_notify *n = NULL;
	_cleanup_(pps_error_freep) pps_error *err = NULL;

	(void)state;
	webhook("");
	pps_flow_lock_free(TAKE_PTR(lock));
	fill(s, 3);
	lock = take_flow(s, "publish");
	change(s, 0, 3, 'P', PPS_NOTICE_PUBLISHED, T0);
	assert_int_equal(pps_notify_open(world.ctx, place.c, s, &n, NULL), PPS_OK);
	sql_exec("UPDATE {writer} SET epoch = epoch + 1");
	assert_int_equal(pps_notify_drain(n, lock, INT64_MAX, &err), PPS_E_LOCKED);
	assert_int_equal(hook.s.requests, 0);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_without_secrets),
		cmocka_unit_test(a_signature_that_others_compute),
		cmocka_unit_test_setup_teardown(told_in_order_and_signed, start, stop),
		cmocka_unit_test_setup_teardown(only_chosen_events, start, stop),
		cmocka_unit_test_setup_teardown(failures_wait_and_are_given_up, start, stop),
		cmocka_unit_test_setup_teardown(a_secret_that_is_missing, start, stop),
		cmocka_unit_test_setup_teardown(pages_by_hour, start, stop),
		cmocka_unit_test_setup_teardown(a_page_that_a_crash_left, start, stop),
		cmocka_unit_test_setup_teardown(the_ledger_goes_along, start, stop),
		cmocka_unit_test_setup_teardown(killed_at_any_moment, start, stop),
		cmocka_unit_test_setup_teardown(another_has_taken_over, start, stop),
	};

	self = argv[0];
	if (argc == 4 && !strcmp(argv[1], "drain"))
		return drain_once(argv[2], argv[3]);
	pthread_mutex_init(&hook.lock, NULL);
	return cmocka_run_group_tests(tests, group_setup, group_teardown);
}
