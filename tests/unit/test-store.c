/* SPDX-License-Identifier: BSD-3-Clause */
/* Stores: listing, reading, files that appear whole, left-overs, faults. What is the same for every kind runs on a folder, and with
 * $PPS_TEST_STORE on an S3 server too; the rest is of one kind. */
#include "world.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <pthread.h>

#include "store/store-s3.h"

/* What is done to the disk, in its order: 'f' a file is synchronised, 'd' a folder, 'r' renamed. */
static char acts[32];

static void note(char act)
{
	size_t n = strlen(acts);

	if (n + 1 < sizeof acts)
		acts[n] = act;
}

int fsync(int fd)
{
	struct stat st;

	note(fstat(fd, &st) == 0 && S_ISDIR(st.st_mode) ? 'd' : 'f');
	return (int)syscall(SYS_fsync, fd);
}

int renameat2(int from_dir, const char *from, int to_dir, const char *to, unsigned flags)
{
	note('r');
	return (int)syscall(SYS_renameat2, from_dir, from, to_dir, to, flags);
}

static void lists_sorted(void **state)
{
	world *w = *state;
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	_cleanup_(pps_store_listing_freep) pps_store_listing *flat = NULL, *deep = NULL, *below = NULL;

	put_text(w, "b.fits", "22");
	put_text(w, "a/x.json", "1");
	put_text(w, "a/b/y.json", "4444");
	put_text(w, "a.fits", "333");
	assert_ok(pps_store_list(w->store, NULL, 0, &flat, &err), err);
	assert_int_equal(pps_store_listing_count(flat), 2);
	assert_string_equal(pps_store_listing_name(flat, 0), "a.fits");
	assert_int_equal(pps_store_listing_size(flat, 0), 3);
	assert_string_equal(pps_store_listing_name(flat, 1), "b.fits");
	assert_true(pps_store_listing_mtime(flat, 1) > 1500000000000000000);
	assert_null(pps_store_listing_name(flat, 3));
	assert_ok(pps_store_list(w->store, "", PPS_STORE_RECURSIVE, &deep, &err), err);
	assert_int_equal(pps_store_listing_count(deep), 4);
	assert_string_equal(pps_store_listing_name(deep, 1), "a/b/y.json");
	assert_int_equal(pps_store_listing_size(deep, 1), 4);
	assert_ok(pps_store_list(w->store, "a/", PPS_STORE_RECURSIVE, &below, &err), err);
	assert_int_equal(pps_store_listing_count(below), 2);
	assert_string_equal(pps_store_listing_name(below, 0), "b/y.json");
	pps_store_listing *none = NULL;
	assert_int_equal(pps_store_list(w->store, "nowhere", 0, &none, &err), PPS_E_NOTFOUND);
}

static void links_in_listings(void **state)
{
	world *w = *state;
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	_cleanup_(pps_store_listing_freep) pps_store_listing *flat = NULL, *deep = NULL;
	char path[160];

	put_text(w, "a.fits", "333");
	snprintf(path, sizeof path, "%s/link.fits", w->root);
	assert_int_equal(symlink("a.fits", path), 0);
	snprintf(path, sizeof path, "%s/loop", w->root);
	assert_int_equal(symlink(".", path), 0);
	assert_ok(pps_store_list(w->store, NULL, 0, &flat, &err), err);
	assert_int_equal(pps_store_listing_count(flat), 2);
	assert_string_equal(pps_store_listing_name(flat, 1), "link.fits");
	assert_ok(pps_store_list(w->store, NULL, PPS_STORE_RECURSIVE, &deep, &err), err);
	assert_int_equal(pps_store_listing_count(deep), 2);
}

static void reads_and_limits(void **state)
{
	world *w = *state;
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	_cleanup_free_ void *bytes = NULL;
	size_t size = 0;

	put_text(w, "a", "hello");
	assert_ok(pps_store_read(w->store, "a", 5, &bytes, &size, &err), err);
	assert_int_equal(size, 5);
	assert_string_equal(bytes, "hello");
	assert_int_equal(pps_store_read(w->store, "a", 4, &bytes, &size, NULL), PPS_E_FORMAT);
	assert_int_equal(pps_store_read(w->store, "b", 4, &bytes, &size, NULL), PPS_E_NOTFOUND);
	assert_int_equal(pps_store_exists(w->store, "a", NULL), 1);
	assert_int_equal(pps_store_exists(w->store, "b", NULL), 0);
}

static void names_stay_inside(void **state)
{
	static const char *const names[] = { "", "..", "../x", "a/../b", "./a", "a/", "a/.", "/x", "a//b" };
	world *w = *state;

	/* the last two are keys of objects like any other */
	for (size_t i = 0; i < PPS_COUNT(names) - (w->is_s3 ? 2 : 0); i++)
		assert_int_equal(pps_store_write(w->store, names[i], "x", 1, NULL), PPS_E_ARG);
}

static void replaces_as_a_whole(void **state)
{
	world *w = *state;
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	_cleanup_(pps_store_listing_freep) pps_store_listing *l = NULL;
	static const char *const texts[] = { "first", "second", "" };

	for (size_t i = 0; i < PPS_COUNT(texts); i++) {
		_cleanup_free_ void *bytes = NULL;
		size_t size;

		assert_ok(pps_store_replace(w->store, "d/latest", texts[i], strlen(texts[i]), &err), err);
		assert_ok(pps_store_read(w->store, "d/latest", 100, &bytes, &size, &err), err);
		assert_int_equal(size, strlen(texts[i]));
		assert_memory_equal(bytes, texts[i], size);
	}
	assert_ok(pps_store_list(w->store, "d", 0, &l, &err), err);
	assert_int_equal(pps_store_listing_count(l), 1);
	assert_int_equal(pps_store_replace(w->store, "../latest", "x", 1, NULL), PPS_E_ARG);
}

static void never_overwrites(void **state)
{
	world *w = *state;
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	_cleanup_(pps_store_listing_freep) pps_store_listing *l = NULL;
	_cleanup_free_ void *bytes = NULL;
	size_t size;

	put_text(w, "d/a", "first");
	assert_int_equal(pps_store_write(w->store, "d/a", "second", 6, &err), PPS_E_EXISTS);
	pps_error_free(TAKE_PTR(err));
	assert_ok(pps_store_read(w->store, "d/a", 100, &bytes, &size, &err), err);
	assert_string_equal(bytes, "first");
	assert_ok(pps_store_list(w->store, "d", 0, &l, &err), err);
	assert_int_equal(pps_store_listing_count(l), 1);
	put_text(w, "d/b", "other");
	assert_int_equal(pps_store_move(w->store, "d/b", "d/a", &err), PPS_E_EXISTS);
	pps_error_free(TAKE_PTR(err));
	assert_ok(pps_store_move(w->store, "d/b", "new/c", &err), err);
	assert_int_equal(pps_store_exists(w->store, "d/b", NULL), 0);
	assert_int_equal(pps_store_exists(w->store, "new/c", NULL), 1);
}

static void temporary_until_placed(void **state)
{
	world *w = *state;
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	_cleanup_(pps_store_temp_freep) pps_store_temp *t = NULL, *second = NULL;
	_cleanup_(pps_store_listing_freep) pps_store_listing *l = NULL, *after = NULL;
	size_t removed = 9;

	assert_ok(pps_store_temp_new(w->store, "x.zip", "MC_O/1", &t, &err), err);
	assert_ok(pps_store_temp_write(t, "abc", 3, &err), err);
	assert_int_equal(pps_store_temp_size(t), 3);
	assert_int_equal(pps_store_exists(w->store, "x.zip", NULL), 0);
	assert_ok(pps_store_list(w->store, NULL, 0, &l, &err), err);
	assert_int_equal(pps_store_listing_count(l), 1);
	assert_int_equal(strncmp(pps_store_listing_name(l, 0), ".pps-MC_O_1-", 12), 0);
	/* a second writer of the same, and a sweep, leave it alone */
	assert_int_equal(pps_store_temp_new(w->store, "x.zip", "MC_O/1", &second, &err), PPS_E_LOCKED);
	pps_error_free(TAKE_PTR(err));
	assert_ok(pps_store_sweep(w->store, "", 0, &removed, &err), err);
	assert_int_equal(removed, 0);
	assert_int_equal(pps_store_temp_place(t, NULL), PPS_E_INTERNAL);
	assert_ok(pps_store_temp_sync(t, &err), err);
	assert_ok(pps_store_temp_place(t, &err), err);
	assert_ok(pps_store_list(w->store, NULL, 0, &after, &err), err);
	assert_int_equal(pps_store_listing_count(after), 1);
	assert_string_equal(pps_store_listing_name(after, 0), "x.zip");
}

static long dead_process(void)
{
	pid_t pid = fork();

	if (pid == 0)
		_exit(0);
	waitpid(pid, NULL, 0);
	return pid;
}

static void sweeps_left_overs(void **state)
{
	world *w = *state;
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	_cleanup_(pps_store_listing_freep) pps_store_listing *l = NULL;
	char host[65] = "", name[160];
	pid_t alive = fork();
	size_t removed = 0;
	static const char *const kept[] = { ".pps-", ".pps-x", ".pps-x-y-z", "pps-x-h-1", ".pps-a-h-12x" };

	if (alive == 0) {
		alarm(60); /* should the test fail before it ends this process */
		pause();
		_exit(0);
	}
	gethostname(host, 64);
	snprintf(name, sizeof name, ".pps-MC-1-%s-%ld", host, dead_process());
	put_text(w, name, "dead");
	snprintf(name, sizeof name, ".pps-MC-2-%s-%ld", host, (long)getpid());
	put_text(w, name, "an earlier process of our id");
	snprintf(name, sizeof name, ".pps-MC-3-%s-%ld", host, (long)alive);
	put_text(w, name, "alive");
	put_text(w, ".pps-MC-4-elsewhere-77", "another host");
	for (size_t i = 0; i < PPS_COUNT(kept); i++)
		put_text(w, kept[i], "not ours");
	assert_ok(pps_store_sweep(w->store, "", 3600, &removed, &err), err);
	assert_int_equal(removed, 2);
	assert_ok(pps_store_list(w->store, NULL, 0, &l, &err), err);
	assert_int_equal(pps_store_listing_count(l), 2 + PPS_COUNT(kept));
	/* old ones of other hosts go */
	assert_ok(pps_store_sweep(w->store, "", 0, &removed, &err), err);
	assert_int_equal(removed, 2);
	assert_ok(pps_store_sweep(w->store, "nowhere", 0, &removed, &err), err);
	assert_int_equal(removed, 0);
	kill(alive, SIGKILL);
	waitpid(alive, NULL, 0);
}

static void notices_changes(void **state)
{
	world *w = *state;
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	_cleanup_(pps_store_file_closep) pps_store_file *f = NULL;
	char path[160], bytes[16];
	size_t got;
	FILE *out;

	put_text(w, "a", "hello");
	assert_ok(pps_store_file_open(w->store, "a", &f, &err), err);
	assert_int_equal(pps_store_file_stat(f)->size, 5);
	assert_ok(pps_store_file_read(f, 1, bytes, sizeof bytes, &got, &err), err);
	assert_int_equal(got, 4);
	assert_ok(pps_store_file_check(f, &err), err);
	snprintf(path, sizeof path, "%s/a", w->root);
	assert_non_null(out = fopen(path, "a"));
	fputs("more", out);
	fclose(out);
	assert_int_equal(pps_store_file_check(f, &err), PPS_E_CONFLICT);
	assert_non_null(strstr(pps_error_message(err), "changed while it was read"));
}

/* What a listing told is asked of the file when it is opened. */
static void opens_what_is_known(void **state)
{
	world *w = *state;
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	_cleanup_(pps_store_listing_freep) pps_store_listing *l = NULL;
	_cleanup_(pps_store_file_closep) pps_store_file *f = NULL, *other = NULL;
	pps_store_stat known;
	char bytes[16];
	size_t got;
	int r;

	put_text(w, "a", "hello");
	assert_ok(pps_store_list(w->store, NULL, 0, &l, &err), err);
	pps_store_listing_stat(l, 0, &known);
	assert_string_equal(pps_store_listing_etag(l, 0), w->is_s3 ? "5d41402abc4b2a76b9719d911017c592" : "");
	assert_ok(pps_store_file_open_known(w->store, "a", &known, &f, &err), err);
	assert_int_equal(pps_store_file_stat(f)->size, 5);
	assert_ok(pps_store_file_read(f, 0, bytes, sizeof bytes, &got, &err), err);
	assert_int_equal(got, 5);
	assert_ok(pps_store_file_check(f, &err), err);
	known.size++;
	if ((r = pps_store_file_open_known(w->store, "a", &known, &other, &err)) == PPS_OK)
		r = pps_store_file_read(other, 0, bytes, sizeof bytes, &got, &err);
	assert_int_equal(r, PPS_E_CONFLICT);
}

static void copies_and_removes(void **state)
{
	static const char *const names[] = { "a", "c/d", "never was" };
	world *w = *state;
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	_cleanup_free_ void *bytes = NULL;
	size_t size;

	put_text(w, "a", "hello");
	assert_ok(pps_store_copy(w->store, "a", "c/d", &err), err);
	assert_ok(pps_store_read(w->store, "c/d", 9, &bytes, &size, &err), err);
	assert_string_equal(bytes, "hello");
	assert_int_equal(pps_store_copy(w->store, "a", "c/d", &err), PPS_E_EXISTS);
	pps_error_free(TAKE_PTR(err));
	assert_ok(pps_store_remove_many(w->store, names, 3, &err), err);
	assert_int_equal(pps_store_exists(w->store, "a", NULL), 0);
	assert_int_equal(pps_store_exists(w->store, "c/d", NULL), 0);
}

static void compares(void **state)
{
	world *w = *state;
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	pps_digests d;
	char a[160], b[160];
	int same = -1;

	put_text(w, "a", "hello");
	put_text(w, "b", "hello");
	put_text(w, "c", "hellO");
	put_text(w, "d", "hello!");
	assert_ok(pps_store_same(w->store, "a", w->store, "b", &same, &err), err);
	assert_int_equal(same, 1);
	assert_ok(pps_store_same(w->store, "a", w->store, "c", &same, &err), err);
	assert_int_equal(same, 0);
	assert_ok(pps_store_same(w->store, "a", w->store, "d", &same, &err), err);
	assert_int_equal(same, 0);
	if (!w->is_s3) {
		snprintf(a, sizeof a, "%s/a", w->root);
		snprintf(b, sizeof b, "%s/l", w->root);
		assert_int_equal(link(a, b), 0);
		assert_ok(pps_store_same(w->store, "a", w->store, "l", &same, &err), err);
		assert_int_equal(same, 1);
	}
	assert_ok(pps_store_digest(w->store, "a", PPS_DIGEST_MD5 | PPS_DIGEST_ADLER32, &d, &err), err);
	assert_int_equal(d.size, 5);
	assert_int_equal(d.adler32, 0x062c0215);
	assert_int_equal(d.md5[0], 0x5d);
}

static void special_files(void **state)
{
	world *w = *state;
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	pps_store_file *f = NULL;
	char path[160];
	int r;

	snprintf(path, sizeof path, "%s/fifo", w->root);
	assert_int_equal(mkfifo(path, 0600), 0);
	r = pps_store_file_open(w->store, "fifo", &f, &err);
	assert_int_equal(r, PPS_E_FORMAT);
	put_text(w, "dir/x", "x");
	assert_int_equal(pps_store_file_open(w->store, "dir", &f, NULL), PPS_E_FORMAT);
	assert_int_equal(pps_store_write(w->store, "dir/x/y", "1", 1, NULL), PPS_E_EXISTS);
	pps_store *other = NULL;
	assert_int_equal(pps_store_open(w->ctx, "gs://b/k", &other, NULL), PPS_E_UNSUPPORTED);
}

/* In a child: as another user where we are root, so that modes count. */
static int in_child(int (*fn)(world *w), world *w, int drop)
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		if (drop && getuid() == 0 && (setgid(65534) < 0 || setuid(65534) < 0))
			_exit(99);
		pps_ctx *ctx;
		pps_store *store;
		if (pps_ctx_new(&ctx, NULL) < 0 || pps_store_open(ctx, w->root, &store, NULL) < 0)
			_exit(98);
		world child = *w;
		child.ctx = ctx;
		child.store = store;
		_exit(-fn(&child));
	}
	waitpid(pid, &status, 0);
	return WIFEXITED(status) ? -WEXITSTATUS(status) : 1;
}

static int write_x(world *w)
{
	return pps_store_write(w->store, "x", "1", 1, NULL);
}

static void read_only_folder(void **state)
{
	world *w = *state;

	assert_int_equal(chmod(w->root, 0555), 0);
	assert_int_equal(in_child(write_x, w, 1), PPS_E_ACCESS);
	assert_int_equal(chmod(w->root, 0755), 0);
}

static void full_disk(void **state)
{
	world *w = *state;
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	_cleanup_(pps_store_listing_freep) pps_store_listing *l = NULL;
	static char bytes[1 << 20];

	if (getuid() != 0 || mount("tmpfs", w->root, "tmpfs", 0, "size=256k") < 0)
		skip();
	int r = pps_store_write(w->store, "x", bytes, sizeof bytes, &err);
	int listed = pps_store_list(w->store, NULL, 0, &l, NULL);
	size_t left = pps_store_listing_count(l);
	umount(w->root);
	assert_int_equal(r, PPS_E_NOSPACE);
	assert_non_null(strstr(pps_error_message(err), "No space left"));
	assert_int_equal(listed, PPS_OK);
	assert_int_equal(left, 0);
}

static void uris_of_names(void **state)
{
	world *w = *state;
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	_cleanup_(pps_store_unrefp) pps_store *parent = NULL;
	_cleanup_free_ char *uri = NULL, *plain = NULL, *name = NULL, *expected = NULL, *path = NULL;

	assert_ok(pps_store_name_uri(w->store, "a b#c.fits", &uri, &err), err);
	assert_true(asprintf(&expected, "file://%s/a%%20b%%23c.fits", w->root) > 0);
	assert_string_equal(uri, expected);
	assert_ok(pps_store_name_plain(w->store, "a b#c.fits", &plain, &err), err);
	assert_true(asprintf(&path, "%s/a b#c.fits", w->root) > 0);
	assert_string_equal(plain, path);
	assert_ok(pps_store_open_parent(w->ctx, uri, &parent, &name, &err), err);
	assert_string_equal(name, "a b#c.fits");
	assert_string_equal(pps_store_uri(parent), pps_store_uri(w->store));
}

/* A power cut must not take what was recorded: the bytes are on disk before the name is, and the name before anybody says so. */
static void on_disk_before_it_is_said(void **state)
{
	world *w = *state;
	_cleanup_(pps_error_freep) pps_error *err = NULL;

	memset(acts, 0, sizeof acts);
	put_text(w, "one", "1");
	assert_string_equal(acts, "frd");
	memset(acts, 0, sizeof acts);
	put_text(w, "a/b/two", "2"); /* each new folder's entry in the one above */
	assert_string_equal(acts, "ddfrd");
	memset(acts, 0, sizeof acts);
	assert_ok(pps_store_sync(w->store, "a/b/two", &err), err);
	assert_string_equal(acts, "fd");
	memset(acts, 0, sizeof acts);
	assert_ok(pps_store_move(w->store, "a/b/two", "a/three", &err), err);
	assert_string_equal(acts, "rdd");
	assert_int_equal(pps_store_sync(w->store, "a/b/two", &err), PPS_E_NOTFOUND);
}

/* What follows needs an S3 server. */

static const char *noise(size_t size)
{
	static char bytes[16 << 20];
	static size_t made;
	uint64_t x = 88172645463325252u;

	assert_true(size <= sizeof bytes);
	for (; made < sizeof bytes; made++) {
		x = x * 6364136223846793005u + 1442695040888963407u;
		bytes[made] = (char)(x >> 56);
	}
	return bytes;
}

static void assert_content(const world *w, const char *name, const char *bytes, size_t size)
{
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	_cleanup_free_ void *there = NULL;
	size_t n;

	assert_ok(pps_store_read(w->store, name, 64 << 20, &there, &n, &err), err);
	assert_int_equal(n, size);
	assert_memory_equal(there, bytes, size);
}

/* Uploads that were begun and not ended, below the test's prefix. */
static size_t uploads(const world *w)
{
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	_cleanup_http_response_ pps_http_response response = { 0 };
	_cleanup_s3_page_ pps_s3_page page = { 0 };
	pps_s3_call call = { .doing = "list uploads", .method = "GET" };

	pps_s3_call_query(&call, "uploads", NULL);
	pps_s3_call_query(&call, "prefix", pps_s3_of(w->store)->prefix);
	assert_ok(pps_s3_exchange(w->store, &call, &response, &err), err);
	assert_ok(pps_s3_xml_uploads(response.body.at, response.body.size, &page, &err), err);
	return page.n;
}

static size_t objects(const world *w)
{
	_cleanup_(pps_store_listing_freep) pps_store_listing *l = NULL;
	int r = pps_store_list(w->store, "", PPS_STORE_RECURSIVE, &l, NULL);

	assert_true(r == PPS_OK || r == PPS_E_NOTFOUND);
	return pps_store_listing_count(l);
}

static void odd_keys(const world *w, const char *const *keys, size_t n)
{
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	_cleanup_(pps_store_listing_freep) pps_store_listing *l = NULL;
	pps_store_stat st;

	for (size_t i = 0; i < n; i++) {
		put_text(w, keys[i], keys[i]);
		assert_content(w, keys[i], keys[i], strlen(keys[i]));
		assert_ok(pps_store_stat_name(w->store, keys[i], &st, &err), err);
		assert_int_equal(st.size, strlen(keys[i]));
	}
	assert_ok(pps_store_list(w->store, "", PPS_STORE_RECURSIVE, &l, &err), err);
	assert_int_equal(pps_store_listing_count(l), n);
	for (size_t i = 0; i < n; i++) {
		size_t j = 0;

		while (j < n && strcmp(pps_store_listing_name(l, j), keys[i]) != 0)
			j++;
		assert_true(j < n);
	}
	assert_ok(pps_store_remove_many(w->store, keys, n, &err), err);
	assert_int_equal(objects(w), 0);
}

static void keys_of_all_kinds(void **state)
{
	static const char *const keys[] = { "a b", "a+b", "a%20b", "a=b&c", "a?b", "a#b", "~a", "a'b\"c", "<a>&amp;", "\u00e9\u4e2d\U0001f52d", "a/b/c.fits",
					    "(a)!*", "a:b,c;d@e$f", "%", "a%zz", "a..b", ".a" };

	odd_keys(*state, keys, PPS_COUNT(keys));
}

static void keys_with_empty_parts(void **state)
{
	static const char *const keys[] = { "a//b", "/c", "d///e" };

	odd_keys(*state, keys, PPS_COUNT(keys));
}

static void page_after_page(void **state)
{
	world *w = *state;
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	_cleanup_(pps_store_listing_freep) pps_store_listing *l = NULL, *flat = NULL;
	char name[32];
	const char *names[1003];

	for (int i = 0; i < 1003; i++) {
		snprintf(name, sizeof name, "d/%04d.json", i);
		put_text(w, name, "{}");
	}
	assert_ok(pps_store_list(w->store, "d", 0, &l, &err), err);
	assert_int_equal(pps_store_listing_count(l), 1003);
	for (int i = 0; i < 1003; i++) {
		snprintf(name, sizeof name, "%04d.json", i);
		assert_string_equal(pps_store_listing_name(l, (size_t)i), name);
		assert_true(asprintf((char **)&names[i], "d/%s", name) > 0);
	}
	assert_int_equal(pps_store_list(w->store, "", 0, &flat, &err), PPS_OK);
	assert_int_equal(pps_store_listing_count(flat), 0);
	assert_ok(pps_store_remove_many(w->store, names, 1003, &err), err);
	assert_int_equal(objects(w), 0);
	for (int i = 0; i < 1003; i++)
		free((char *)names[i]);
}

static void marks_of_folders(void **state)
{
	world *w = *state;
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	_cleanup_(pps_store_listing_freep) pps_store_listing *l = NULL;

	assert_ok(pps_s3_put(w->store, "d/", "", 0, 0, &err), err);
	assert_ok(pps_store_list(w->store, "d", 0, &l, &err), err);
	assert_int_equal(pps_store_listing_count(l), 0);
	put_text(w, "d/x", "1");
	assert_int_equal(objects(w), 1);
	assert_ok(pps_s3_remove(w->store, "d/", &err), err);
}

static void etags(void **state)
{
	world *w = *state;
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	_cleanup_(pps_store_listing_freep) pps_store_listing *l = NULL;
	pps_store_stat st, listed;

	put_text(w, "a", "hello");
	assert_ok(pps_store_stat_name(w->store, "a", &st, &err), err);
	assert_string_equal(st.etag, "5d41402abc4b2a76b9719d911017c592");
	assert_true(st.mtime > 1500000000000000000);
	assert_ok(pps_store_list(w->store, "", 0, &l, &err), err);
	pps_store_listing_stat(l, 0, &listed);
	assert_string_equal(listed.etag, st.etag);
	assert_int_equal(listed.size, st.size);
	assert_int_equal(listed.mtime, st.mtime);
}

/* Parts of the least size, so that the test is quick. */
static void small_parts(world *w)
{
	pps_s3_of(w->store)->part_size = 5 << 20;
}

static void in_parts(void **state)
{
	const size_t size = (12 << 20) + 345;
	world *w = *state;
	const char *bytes = noise(size);
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	_cleanup_(pps_store_temp_freep) pps_store_temp *t = NULL, *again = NULL;
	pps_store_stat st;

	small_parts(w);
	assert_ok(pps_store_temp_new(w->store, "d/x.zip", "MC_O/1", &t, &err), err);
	for (size_t at = 0; at < size; at += 1 << 20)
		assert_ok(pps_store_temp_write(t, bytes + at, size - at < 1 << 20 ? size - at : 1 << 20, &err), err);
	assert_int_equal(pps_store_temp_size(t), size);
	assert_int_equal(pps_store_temp_place(t, NULL), PPS_E_INTERNAL);
	assert_int_equal(pps_store_exists(w->store, "d/x.zip", NULL), 0);
	assert_int_equal(uploads(w), 1);
	assert_ok(pps_store_temp_sync(t, &err), err);
	assert_int_equal(pps_store_exists(w->store, "d/x.zip", NULL), 0);
	assert_ok(pps_store_temp_place(t, &err), err);
	pps_store_temp_free(TAKE_PTR(t));
	assert_ok(pps_store_stat_name(w->store, "d/x.zip", &st, &err), err);
	assert_int_equal(st.size, size);
	assert_string_equal(st.etag + 32, "-3");
	assert_content(w, "d/x.zip", bytes, size);
	assert_int_equal(objects(w), 1); /* no mark is left */
	/* a second one of that name changes nothing */
	assert_ok(pps_store_temp_new(w->store, "d/x.zip", "MC_O/1", &again, &err), err);
	assert_ok(pps_store_temp_write(again, bytes + 1, 6 << 20, &err), err);
	assert_ok(pps_store_temp_sync(again, &err), err);
	assert_int_equal(pps_store_temp_place(again, &err), PPS_E_EXISTS);
	pps_store_temp_free(TAKE_PTR(again));
	assert_content(w, "d/x.zip", bytes, size);
	assert_int_equal(uploads(w), 0);
	assert_int_equal(objects(w), 1);
}

static void given_up(void **state)
{
	world *w = *state;
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	pps_store_temp *t = NULL;

	small_parts(w);
	assert_ok(pps_store_temp_new(w->store, "x.zip", "1", &t, &err), err);
	assert_ok(pps_store_temp_write(t, noise(11 << 20), 11 << 20, &err), err);
	assert_int_equal(uploads(w), 1);
	pps_store_temp_free(t);
	assert_int_equal(uploads(w), 0);
	assert_int_equal(objects(w), 0);
}

static void cancelled_midway(void **state)
{
	world *w = *state;
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	pps_store_temp *t = NULL;
	pps_ctx *ctx;
	int r;

	small_parts(w);
	assert_ok(pps_store_temp_new(w->store, "x.zip", "1", &t, &err), err);
	assert_ok(pps_store_temp_write(t, noise(6 << 20), 6 << 20, &err), err);
	pps_ctx_cancel(w->ctx);
	r = pps_store_temp_sync(t, &err);
	assert_int_equal(r, PPS_E_CANCELLED);
	pps_store_temp_free(t);
	assert_int_equal(pps_store_exists(w->store, "x.zip", NULL), PPS_E_CANCELLED);
	pps_store_unref(w->store);
	pps_ctx_unref(w->ctx);
	assert_ok(pps_ctx_new(&ctx, NULL), NULL);
	w->ctx = ctx;
	assert_ok(pps_store_open(ctx, w->root, &w->store, NULL), NULL);
	assert_int_equal(uploads(w), 0);
	assert_int_equal(objects(w), 0);
}

/* A process that is killed leaves its upload and the mark. */
static int begin_upload(world *w)
{
	pps_store_temp *t;
	int r;

	small_parts(w);
	if ((r = pps_store_temp_new(w->store, "d/x +%20y.zip", "MC-1", &t, NULL)) < 0 || (r = pps_store_temp_write(t, noise(11 << 20), 11 << 20, NULL)) < 0)
		return r;
	_exit(0);
}

static void sweeps_uploads(void **state)
{
	world *w = *state;
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	_cleanup_(pps_store_temp_freep) pps_store_temp *ours = NULL;
	size_t removed = 9;

	assert_int_equal(in_child(begin_upload, w, 0), 0);
	assert_int_equal(uploads(w), 1);
	assert_int_equal(objects(w), 1);
	put_text(w, "d/.pps-MC-4-elsewhere-77", "d/other.zip");
	put_text(w, "d/.pps-x", "not ours");
	small_parts(w);
	assert_ok(pps_store_temp_new(w->store, "d/y.zip", "MC-2", &ours, &err), err);
	assert_ok(pps_store_temp_write(ours, noise(11 << 20), 11 << 20, &err), err);
	assert_int_equal(uploads(w), 2);
	assert_ok(pps_store_sweep(w->store, "d", 3600, &removed, &err), err);
	assert_int_equal(removed, 1);
	assert_int_equal(uploads(w), 1); /* of a process that lives */
	assert_ok(pps_store_sweep(w->store, "d", 0, &removed, &err), err);
	assert_int_equal(removed, 1); /* old, of another host */
	assert_int_equal(objects(w), 2);
	assert_ok(pps_store_sweep(w->store, "nowhere", 0, &removed, &err), err);
	assert_int_equal(removed, 0);
}

static void changes_between_readings(void **state)
{
	world *w = *state;
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	_cleanup_(pps_store_file_closep) pps_store_file *f = NULL, *late = NULL;
	_cleanup_free_ char *block = malloc(4 << 20);
	const char *bytes = noise(12 << 20);
	pps_store_stat known;
	size_t got;

	assert_non_null(block);
	put(w, "a", bytes, 12 << 20);
	assert_ok(pps_store_stat_name(w->store, "a", &known, &err), err);
	assert_ok(pps_store_file_open(w->store, "a", &f, &err), err);
	assert_ok(pps_store_file_read(f, 0, block, 4 << 20, &got, &err), err);
	assert_memory_equal(block, bytes, 4 << 20);
	assert_ok(pps_store_file_check(f, &err), err);
	assert_ok(pps_store_remove(w->store, "a", &err), err);
	put(w, "a", bytes + 1, 12 << 20);
	assert_int_equal(pps_store_file_read(f, 4 << 20, block, 4 << 20, &got, &err), PPS_E_CONFLICT);
	assert_non_null(strstr(pps_error_message(err), "changed"));
	pps_error_free(TAKE_PTR(err));
	assert_int_equal(pps_store_file_check(f, &err), PPS_E_CONFLICT);
	pps_error_free(TAKE_PTR(err));
	assert_ok(pps_store_file_open_known(w->store, "a", &known, &late, &err), err);
	assert_int_equal(pps_store_file_read(late, 0, block, 10, &got, &err), PPS_E_CONFLICT);
	pps_error_free(TAKE_PTR(err));
	assert_ok(pps_store_remove(w->store, "a", &err), err);
	assert_int_equal(pps_store_file_check(f, &err), PPS_E_CONFLICT);
}

/* Every way of reading gives the same bytes. */
static void reads_by_pieces(void **state)
{
	static const size_t pieces[] = { 1000, 65536, 300000, 3 << 20, 9 << 20 };
	const size_t size = (9 << 20) + 17;
	world *w = *state;
	_cleanup_free_ char *block = malloc(9 << 20);
	const char *bytes = noise(size);
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	size_t got;

	assert_non_null(block);
	put(w, "a", bytes, size);
	for (size_t i = 0; i < PPS_COUNT(pieces); i++) {
		_cleanup_(pps_store_file_closep) pps_store_file *f = NULL;

		assert_ok(pps_store_file_open(w->store, "a", &f, &err), err);
		for (size_t at = 0; at < size; at += got) {
			assert_ok(pps_store_file_read(f, at, block, pieces[i], &got, &err), err);
			assert_int_equal(got, size - at < pieces[i] ? size - at : pieces[i]);
			assert_memory_equal(block, bytes + at, got);
		}
		assert_ok(pps_store_file_read(f, size, block, 1, &got, &err), err);
		assert_int_equal(got, 0);
		assert_ok(pps_store_file_read(f, size - 20, block, 100, &got, &err), err);
		assert_int_equal(got, 20);
		assert_memory_equal(block, bytes + size - 20, 20);
		assert_ok(pps_store_file_check(f, &err), err);
	}
}

static void never_overwrites_raws(void **state)
{
	world *w = *state;
	_cleanup_(pps_error_freep) pps_error *err = NULL;

	assert_ok(pps_store_guards(w->store, &err), err);
	assert_int_equal(objects(w), 0);
}

typedef struct writer {
	world *w;
	int number;
	int r;
} writer;

static void *write_same(void *arg)
{
	writer *x = arg;
	char text[32];

	snprintf(text, sizeof text, "of writer %d", x->number);
	x->r = pps_store_write(x->w->store, "one", text, strlen(text), NULL);
	return NULL;
}

static void one_writer_wins(void **state)
{
	world *w = *state;
	pthread_t threads[8];
	writer writers[8];
	int won = -1;
	char text[32];

	for (int i = 0; i < 8; i++) {
		writers[i] = (writer){ .w = w, .number = i };
		assert_int_equal(pthread_create(&threads[i], NULL, write_same, &writers[i]), 0);
	}
	for (int i = 0; i < 8; i++) {
		pthread_join(threads[i], NULL);
		if (writers[i].r == PPS_OK) {
			assert_int_equal(won, -1);
			won = i;
		} else {
			assert_int_equal(writers[i].r, PPS_E_EXISTS);
		}
	}
	assert_true(won >= 0);
	snprintf(text, sizeof text, "of writer %d", won);
	assert_content(w, "one", text, strlen(text));
}

static void copies_in_parts(void **state)
{
	const size_t size = (12 << 20) + 345;
	world *w = *state;
	const char *bytes = noise(size);
	_cleanup_(pps_error_freep) pps_error *err = NULL;

	put(w, "d/a", bytes, size);
	pps_s3_of(w->store)->copy_most = 5 << 20;
	assert_ok(pps_store_move(w->store, "d/a", "e f/b+c", &err), err);
	assert_content(w, "e f/b+c", bytes, size);
	assert_int_equal(objects(w), 1);
	assert_int_equal(uploads(w), 0);
}

static void urls_for_others(void **state)
{
	world *w = *state;
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	_cleanup_(pps_http_freep) pps_http *http = NULL;
	_cleanup_http_response_ pps_http_response response = { 0 };
	_cleanup_free_ char *url = NULL;
	pps_http_request q = { .method = "GET" };

	put_text(w, "a b+c", "hello");
	assert_ok(pps_store_presign(w->store, "a b+c", "GET", 60, &url, &err), err);
	assert_ok(pps_http_new(w->ctx, NULL, &http, &err), err);
	q.url = url;
	assert_ok(pps_http_exchange(http, &q, &response, &err), err);
	assert_int_equal(response.status, 200);
	assert_string_equal(response.body.at, "hello");
	assert_int_equal(pps_store_presign(w->store, "a", "GET", 8 * 86400, &url, &err), PPS_E_ARG);
	assert_int_equal(pps_store_presign(w->store, "a", "DELETE", 60, &url, NULL), PPS_E_ARG);
}

static int put_by(pps_http *http, const char *url, const char *header)
{
	_cleanup_http_response_ pps_http_response response = { 0 };
	const char *const headers[] = { header };
	const pps_http_request q = { .method = "PUT", .url = url, .headers = headers, .nheaders = header != NULL, .body = "from others", .body_size = 11 };
	_cleanup_(pps_error_freep) pps_error *err = NULL;

	assert_ok(pps_http_exchange(http, &q, &response, &err), err);
	return response.status;
}

static void urls_to_write_by(void **state)
{
	world *w = *state;
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	_cleanup_(pps_http_freep) pps_http *http = NULL;
	_cleanup_free_ char *url = NULL;
	_cleanup_free_ void *bytes = NULL;
	size_t size;

	assert_ok(pps_store_presign(w->store, "n\xc3\xa9w+", "PUT", 60, &url, &err), err);
	assert_ok(pps_http_new(w->ctx, NULL, &http, &err), err);
	assert_int_equal(put_by(http, url, NULL), 403);
	assert_int_equal(put_by(http, url, "If-None-Match: *"), 200);
	assert_int_equal(put_by(http, url, "If-None-Match: *"), 412);
	assert_ok(pps_store_read(w->store, "n\xc3\xa9w+", 100, &bytes, &size, &err), err);
	assert_string_equal(bytes, "from others");
}

static void tells_the_time(void **state)
{
	world *w = *state;
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	int64_t server = 0, local = 0;

	assert_int_equal(pps_store_clock(w->store, &server, &local, &err), 1);
	assert_true(server - local < 5000000000 && local - server < 5000000000);
}

static void says_what_is_wrong(void **state)
{
	world *w = *state;
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	_cleanup_(pps_store_unrefp) pps_store *nowhere = NULL, *stranger = NULL;
	_cleanup_free_ char *secret = strdup(getenv("AWS_SECRET_ACCESS_KEY"));
	pps_store_stat st;

	assert_int_equal(pps_store_stat_name(w->store, "none", &st, &err), PPS_E_NOTFOUND);
	assert_non_null(strstr(pps_error_message(err), w->root));
	assert_non_null(strstr(pps_error_message(err), "/none"));
	pps_error_free(TAKE_PTR(err));
	assert_ok(pps_store_open(w->ctx, "s3://no-such-bucket-here/x", &nowhere, &err), err);
	pps_store_listing *l = NULL;
	assert_int_equal(pps_store_list(nowhere, "", 0, &l, &err), PPS_E_NOTFOUND);
	assert_non_null(strstr(pps_error_message(err), "there is no such bucket"));
	pps_error_free(TAKE_PTR(err));
	assert_int_equal(setenv("AWS_SECRET_ACCESS_KEY", "wrong", 1), 0);
	assert_ok(pps_store_open(w->ctx, w->root, &stranger, &err), err);
	assert_int_equal(pps_store_write(stranger, "x", "1", 1, &err), PPS_E_ACCESS);
	assert_non_null(strstr(pps_error_message(err), "secret key is wrong"));
	assert_int_equal(setenv("AWS_SECRET_ACCESS_KEY", secret, 1), 0);
}

#define BOTH(fn) { #fn, fn, 1, 1 }
#define FOLDER(fn) { #fn, fn, 1, 0 }
#define SERVER(fn) { #fn, fn, 0, 1 }

static const struct {
	const char *name;
	CMUnitTestFunction fn;
	int folder, server;
} suite[] = {
	BOTH(lists_sorted),
	BOTH(reads_and_limits),
	BOTH(names_stay_inside),
	BOTH(replaces_as_a_whole),
	BOTH(never_overwrites),
	BOTH(opens_what_is_known),
	BOTH(copies_and_removes),
	BOTH(compares),
	FOLDER(links_in_listings),
	FOLDER(temporary_until_placed),
	FOLDER(sweeps_left_overs),
	FOLDER(notices_changes),
	FOLDER(special_files),
	FOLDER(read_only_folder),
	FOLDER(full_disk),
	FOLDER(uris_of_names),
	FOLDER(on_disk_before_it_is_said),
	SERVER(keys_of_all_kinds),
	SERVER(keys_with_empty_parts),
	SERVER(page_after_page),
	SERVER(marks_of_folders),
	SERVER(etags),
	SERVER(in_parts),
	SERVER(given_up),
	SERVER(cancelled_midway),
	SERVER(sweeps_uploads),
	SERVER(changes_between_readings),
	SERVER(reads_by_pieces),
	SERVER(never_overwrites_raws),
	SERVER(one_writer_wins),
	SERVER(copies_in_parts),
	SERVER(urls_for_others),
	SERVER(urls_to_write_by),
	SERVER(tells_the_time),
	SERVER(says_what_is_wrong),
};

int main(void)
{
	struct CMUnitTest tests[PPS_COUNT(suite)];
	const char *server = getenv("PPS_TEST_STORE");
	int on_server = server && *server;
	size_t n = 0;

	for (size_t i = 0; i < PPS_COUNT(suite); i++)
		if (on_server ? suite[i].server : suite[i].folder)
			tests[n++] = (struct CMUnitTest){ .name = suite[i].name, .test_func = suite[i].fn, .setup_func = world_setup,
							  .teardown_func = world_teardown };
	return _cmocka_run_group_tests("store", tests, n, NULL, NULL);
}
