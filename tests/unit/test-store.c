/* SPDX-License-Identifier: BSD-3-Clause */
/* Folders as stores: listing, reading, files that appear whole, left-overs, faults. */
#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "store/store.h"

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

typedef struct world {
	char root[64];
	pps_ctx *ctx;
	pps_store *store;
} world;

static int setup(void **state)
{
	world *w = calloc(1, sizeof *w);

	strcpy(w->root, "/tmp/pps-store-XXXXXX");
	if (!mkdtemp(w->root) || pps_ctx_new(&w->ctx, NULL) < 0 || pps_store_open(w->ctx, w->root, &w->store, NULL) < 0)
		return -1;
	*state = w;
	return 0;
}

static int teardown(void **state)
{
	world *w = *state;
	char command[256];

	snprintf(command, sizeof command, "chmod -R u+w %s; rm -rf %s", w->root, w->root);
	pps_store_unref(w->store);
	pps_ctx_unref(w->ctx);
	free(w);
	return system(command);
}

static void put(const world *w, const char *name, const char *text)
{
	_cleanup_(pps_error_freep) pps_error *err = NULL;

	assert_ok(pps_store_write(w->store, name, text, strlen(text), &err), err);
}

static void lists_sorted(void **state)
{
	world *w = *state;
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	_cleanup_(pps_store_listing_freep) pps_store_listing *flat = NULL, *deep = NULL;
	char path[128];

	put(w, "b.fits", "22");
	put(w, "a/x.json", "1");
	put(w, "a.fits", "333");
	snprintf(path, sizeof path, "%s/link.fits", w->root);
	assert_int_equal(symlink("a.fits", path), 0);
	snprintf(path, sizeof path, "%s/loop", w->root);
	assert_int_equal(symlink(".", path), 0);
	assert_ok(pps_store_list(w->store, NULL, 0, &flat, &err), err);
	assert_int_equal(pps_store_listing_count(flat), 3);
	assert_string_equal(pps_store_listing_name(flat, 0), "a.fits");
	assert_int_equal(pps_store_listing_size(flat, 0), 3);
	assert_string_equal(pps_store_listing_name(flat, 1), "b.fits");
	assert_true(pps_store_listing_mtime(flat, 1) > 1500000000000000000);
	assert_string_equal(pps_store_listing_name(flat, 2), "link.fits");
	assert_null(pps_store_listing_name(flat, 3));
	assert_ok(pps_store_list(w->store, "", PPS_STORE_RECURSIVE, &deep, &err), err);
	assert_int_equal(pps_store_listing_count(deep), 4);
	assert_string_equal(pps_store_listing_name(deep, 1), "a/x.json");
	pps_store_listing *none = NULL;
	assert_int_equal(pps_store_list(w->store, "nowhere", 0, &none, &err), PPS_E_NOTFOUND);
}

static void reads_and_limits(void **state)
{
	world *w = *state;
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	_cleanup_free_ void *bytes = NULL;
	size_t size = 0;

	put(w, "a", "hello");
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
	static const char *const names[] = { "", "..", "../x", "/x", "a/../b", "a//b", "./a", "a/", "a/." };
	world *w = *state;

	for (size_t i = 0; i < PPS_COUNT(names); i++)
		assert_int_equal(pps_store_write(w->store, names[i], "x", 1, NULL), PPS_E_ARG);
}

static void never_overwrites(void **state)
{
	world *w = *state;
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	_cleanup_(pps_store_listing_freep) pps_store_listing *l = NULL;
	_cleanup_free_ void *bytes = NULL;
	size_t size;

	put(w, "d/a", "first");
	assert_int_equal(pps_store_write(w->store, "d/a", "second", 6, &err), PPS_E_EXISTS);
	pps_error_free(TAKE_PTR(err));
	assert_ok(pps_store_read(w->store, "d/a", 100, &bytes, &size, &err), err);
	assert_string_equal(bytes, "first");
	assert_ok(pps_store_list(w->store, "d", 0, &l, &err), err);
	assert_int_equal(pps_store_listing_count(l), 1);
	put(w, "d/b", "other");
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
	put(w, name, "dead");
	snprintf(name, sizeof name, ".pps-MC-2-%s-%ld", host, (long)getpid());
	put(w, name, "an earlier process of our id");
	snprintf(name, sizeof name, ".pps-MC-3-%s-%ld", host, (long)alive);
	put(w, name, "alive");
	put(w, ".pps-MC-4-elsewhere-77", "another host");
	for (size_t i = 0; i < PPS_COUNT(kept); i++)
		put(w, kept[i], "not ours");
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
	char path[128], bytes[16];
	size_t got;
	FILE *out;

	put(w, "a", "hello");
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

	put(w, "a", "hello");
	assert_ok(pps_store_list(w->store, NULL, 0, &l, &err), err);
	pps_store_listing_stat(l, 0, &known);
	assert_string_equal(pps_store_listing_etag(l, 0), "");
	assert_ok(pps_store_file_open_known(w->store, "a", &known, &f, &err), err);
	assert_int_equal(pps_store_file_stat(f)->size, 5);
	known.size++;
	assert_int_equal(pps_store_file_open_known(w->store, "a", &known, &other, &err), PPS_E_CONFLICT);
}

static void copies_and_removes(void **state)
{
	static const char *const names[] = { "a", "c/d", "never was" };
	world *w = *state;
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	_cleanup_free_ void *bytes = NULL;
	size_t size;

	put(w, "a", "hello");
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
	char a[128], b[128];
	int same = -1;

	put(w, "a", "hello");
	put(w, "b", "hello");
	put(w, "c", "hellO");
	put(w, "d", "hello!");
	assert_ok(pps_store_same(w->store, "a", w->store, "b", &same, &err), err);
	assert_int_equal(same, 1);
	assert_ok(pps_store_same(w->store, "a", w->store, "c", &same, &err), err);
	assert_int_equal(same, 0);
	assert_ok(pps_store_same(w->store, "a", w->store, "d", &same, &err), err);
	assert_int_equal(same, 0);
	snprintf(a, sizeof a, "%s/a", w->root);
	snprintf(b, sizeof b, "%s/l", w->root);
	assert_int_equal(link(a, b), 0);
	assert_ok(pps_store_same(w->store, "a", w->store, "l", &same, &err), err);
	assert_int_equal(same, 1);
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
	char path[128];
	int r;

	snprintf(path, sizeof path, "%s/fifo", w->root);
	assert_int_equal(mkfifo(path, 0600), 0);
	r = pps_store_file_open(w->store, "fifo", &f, &err);
	assert_int_equal(r, PPS_E_FORMAT);
	put(w, "dir/x", "x");
	assert_int_equal(pps_store_file_open(w->store, "dir", &f, NULL), PPS_E_FORMAT);
	assert_int_equal(pps_store_write(w->store, "dir/x/y", "1", 1, NULL), PPS_E_EXISTS);
	pps_store *s3 = NULL;
	assert_int_equal(pps_store_open(w->ctx, "s3://b/k", &s3, NULL), PPS_E_UNSUPPORTED);
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

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

/* A power cut must not take what was recorded: the bytes are on disk before the name is, and the name before anybody says so. */
static void on_disk_before_it_is_said(void **state)
{
	world *w = *state;
	_cleanup_(pps_error_freep) pps_error *err = NULL;

	memset(acts, 0, sizeof acts);
	put(w, "one", "1");
	assert_string_equal(acts, "frd");
	memset(acts, 0, sizeof acts);
	put(w, "a/b/two", "2"); /* each new folder's entry in the one above */
	assert_string_equal(acts, "ddfrd");
	memset(acts, 0, sizeof acts);
	assert_ok(pps_store_sync(w->store, "a/b/two", &err), err);
	assert_string_equal(acts, "fd");
	memset(acts, 0, sizeof acts);
	assert_ok(pps_store_move(w->store, "a/b/two", "a/three", &err), err);
	assert_string_equal(acts, "rdd");
	assert_int_equal(pps_store_sync(w->store, "a/b/two", &err), PPS_E_NOTFOUND);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(lists_sorted),	TEST(reads_and_limits), TEST(names_stay_inside), TEST(never_overwrites),
		TEST(temporary_until_placed), TEST(sweeps_left_overs), TEST(notices_changes), TEST(compares), TEST(opens_what_is_known), TEST(copies_and_removes),
		TEST(special_files),	TEST(read_only_folder), TEST(full_disk),	 TEST(uris_of_names), TEST(on_disk_before_it_is_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
