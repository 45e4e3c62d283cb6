/* SPDX-License-Identifier: BSD-3-Clause */
/* Many files at once: what comes of each, what is left behind, and what disks and servers may do. The first ones go to a folder, and with
 * $PPS_TEST_STORE to an S3 server too. */
#include "world.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "base/codec.h"
#include "base/time.h"
#include "http-server.h"
#include "store/copy.h"
#include "store/store-ops.h"

#define MANY 600

/* What the disk is to do wrong; errno values. */
static struct {
	int write, rename, link, sync;
	int write_after; /* so many writes go well */
} faults;
static char acts[64];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* guards both */

static void note(char act)
{
	size_t n;

	pthread_mutex_lock(&lock);
	n = strlen(acts);
	if (n + 1 < sizeof acts && (!n || acts[n - 1] != act))
		acts[n] = act;
	pthread_mutex_unlock(&lock);
}

static int write_fails(void)
{
	int fails;

	pthread_mutex_lock(&lock);
	fails = faults.write && faults.write_after-- <= 0 ? faults.write : 0;
	pthread_mutex_unlock(&lock);
	return fails;
}

ssize_t write(int fd, const void *bytes, size_t size)
{
	int fails = write_fails();

	if (fails) {
		errno = fails;
		return -1;
	}
	return syscall(SYS_write, fd, bytes, size);
}

int renameat2(int from_dir, const char *from, int to_dir, const char *to, unsigned flags)
{
	note('r');
	if (faults.rename && from_dir != AT_FDCWD) {
		errno = faults.rename;
		return -1;
	}
	return (int)syscall(SYS_renameat2, from_dir, from, to_dir, to, flags);
}

int linkat(int from_dir, const char *from, int to_dir, const char *to, int flags)
{
	note('l');
	if (faults.link) {
		errno = faults.link;
		return -1;
	}
	return (int)syscall(SYS_linkat, from_dir, from, to_dir, to, flags);
}

int syncfs(int fd)
{
	note('s');
	if (faults.sync) {
		errno = faults.sync;
		return -1;
	}
	return (int)syscall(SYS_syncfs, fd);
}

/* Files to copy, in a folder of their own. */
static char root_of_sources[32];

typedef struct sources {
	char from[MANY][192], name[MANY][64];
	pps_copy_item items[MANY];
	size_t n;
} sources;

static sources *in;

static int setup(void **state)
{
	memset(&faults, 0, sizeof faults);
	memset(acts, 0, sizeof acts);
	if (!(in = calloc(1, sizeof *in)))
		return -1;
	snprintf(root_of_sources, sizeof root_of_sources, "/tmp/pps-test-XXXXXX");
	return mkdtemp(root_of_sources) && world_setup(state) == 0 ? 0 : -1;
}

static int teardown(void **state)
{
	char command[128];

	memset(&faults, 0, sizeof faults);
	pps_copy_items_clear(in->items, in->n);
	snprintf(command, sizeof command, "rm -rf %s", root_of_sources);
	free(in);
	return world_teardown(state) || system(command) ? -1 : 0;
}

static void write_file(const char *path, const char *bytes, size_t size)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);

	assert_true(fd >= 0);
	assert_int_equal(syscall(SYS_write, fd, bytes, size), size);
	close(fd);
}

/* One more file, of a text, to go to @name. */
static pps_copy_item *add(const char *name, const char *text)
{
	size_t i = in->n++;

	snprintf(in->from[i], sizeof in->from[i], "%s/%zu", root_of_sources, i);
	snprintf(in->name[i], sizeof in->name[i], "%s", name);
	if (text)
		write_file(in->from[i], text, strlen(text));
	in->items[i] = (pps_copy_item){ .from = in->from[i], .name = in->name[i], .size = text ? (int64_t)strlen(text) : -1 };
	return &in->items[i];
}

static void add_many(size_t n)
{
	for (size_t i = 0; i < n; i++) {
		char name[64], text[64];

		snprintf(name, sizeof name, "run/type%zu/day%zu/%zu x.fits", i % 3, i % 7, i);
		snprintf(text, sizeof text, "content of %zu", i);
		add(name, text);
	}
}

static void check_content(const world *w, const char *name, const char *text)
{
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	_cleanup_free_ void *bytes = NULL;
	size_t size;

	assert_ok(pps_store_read(w->store, name, 1 << 20, &bytes, &size, &err), err);
	assert_string_equal(bytes, text);
}

/* Nothing but these. */
static void check_count(const world *w, size_t n)
{
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	_cleanup_(pps_store_listing_freep) pps_store_listing *l = NULL;
	int r = pps_store_list(w->store, "", PPS_STORE_RECURSIVE, &l, &err);

	if (r != PPS_E_NOTFOUND)
		assert_ok(r, err);
	assert_int_equal(pps_store_listing_count(l), n);
}

static pps_copier *copier_of(const world *w, int threads)
{
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	pps_copier *c = NULL;

	assert_ok(pps_copier_new(w->ctx, w->root, threads, &c, &err), err);
	return c;
}

static void copies_many(void **state)
{
	world *w = *state;
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	_cleanup_(pps_copier_freep) pps_copier *c = copier_of(w, 8);
	char text[64];

	add_many(w->is_s3 ? 60 : MANY);
	assert_ok(pps_copier_copy(c, in->items, in->n, NULL, &err), err);
	for (size_t i = 0; i < in->n; i++) {
		assert_int_equal(in->items[i].code, PPS_OK);
		assert_int_equal(in->items[i].done, PPS_COPY_COPIED);
		assert_int_equal(in->items[i].verified, PPS_VERIFIED_NO);
		assert_int_equal(in->items[i].found, in->items[i].size);
		assert_true(in->items[i].has_digest);
		snprintf(text, sizeof text, "content of %zu", i);
		check_content(w, in->name[i], text);
	}
	/* names come after the bytes are on disk, and are on disk in the end */
	if (!w->is_s3)
		assert_string_equal(acts, "srs");
	/* again: nothing to do, for the same bytes are there */
	assert_ok(pps_copier_copy(c, in->items, in->n, NULL, &err), err);
	for (size_t i = 0; i < in->n; i++) {
		assert_int_equal(in->items[i].code, PPS_OK);
		assert_int_equal(in->items[i].done, PPS_COPY_THERE);
		assert_int_equal(in->items[i].verified, PPS_VERIFIED_BYTES);
	}
	pps_copier_free(TAKE_PTR(c));
	check_count(w, in->n);
}

static void proves_by_reading_again(void **state)
{
	world *w = *state;
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	_cleanup_(pps_copier_freep) pps_copier *c = copier_of(w, 2);
	const pps_copy_options prove = { .flags = PPS_COPY_PROVE };
	uint8_t md5[16] = { 0x5d, 0x41, 0x40, 0x2a, 0xbc, 0x4b, 0x2a, 0x76, 0xb9, 0x71, 0x9d, 0x91, 0x10, 0x17, 0xc5, 0x92 };

	add("a", "some text");
	add("b/empty", "");
	add("c", "hello")->md5 = md5;
	assert_ok(pps_copier_copy(c, in->items, in->n, &prove, &err), err);
	assert_int_equal(in->items[0].verified, PPS_VERIFIED_READ);
	assert_int_equal(in->items[1].verified, PPS_VERIFIED_READ);
	assert_int_equal(in->items[2].verified, PPS_VERIFIED_MD5);
	assert_memory_equal(in->items[2].digest, md5, 16);
	check_content(w, "b/empty", "");
}

/* Each of these has its own trouble; the others are copied. */
static void one_does_not_fail_the_others(void **state)
{
	world *w = *state;
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	_cleanup_(pps_copier_freep) pps_copier *c = copier_of(w, 3);
	uint8_t other[16] = { 1 };
	struct {
		pps_copy_item *item;
		int code, is_source;
		const char *says;
	} bad[9];

	put_text(w, "there/other", "aaaa");
	put_text(w, "there/longer", "longer");
	put_text(w, "there/same", "same");
	add("good/1", "1");
	bad[0].item = add("bad/missing", NULL), bad[0].code = PPS_E_NOTFOUND, bad[0].is_source = 1, bad[0].says = "No such file";
	bad[1].item = add("bad/size", "12345"), bad[1].code = PPS_E_CONFLICT, bad[1].is_source = 1, bad[1].says = "recorded are 9";
	bad[1].item->size = 9;
	bad[2].item = add("bad/md5", "12345"), bad[2].code = PPS_E_CONFLICT, bad[2].is_source = 1, bad[2].says = "recorded is 01000000";
	bad[2].item->md5 = other;
	bad[3].item = add("there/other", "bbbb"), bad[3].code = PPS_E_CONFLICT, bad[3].is_source = 0, bad[3].says = "another file of that name";
	bad[4].item = add("there/longer", "long"), bad[4].code = PPS_E_CONFLICT, bad[4].is_source = 0, bad[4].says = "of 6 bytes";
	bad[5].item = add("../out", "x"), bad[5].code = PPS_E_ARG, bad[5].is_source = 0, bad[5].says = "no name below it";
	bad[6].item = add("bad/member", "x"), bad[6].code = PPS_E_UNSUPPORTED, bad[6].is_source = 1, bad[6].says = "no file of its own";
	strcat(in->from[in->n - 1], "#zip-path=x");
	bad[7].item = add("bad/scheme", "x"), bad[7].code = PPS_E_UNSUPPORTED, bad[7].is_source = 1, bad[7].says = "gs";
	snprintf(in->from[in->n - 1], sizeof in->from[0], "gs://b/x");
	bad[8].item = add("good/1", "2"), bad[8].code = PPS_E_CONFLICT, bad[8].is_source = 0, bad[8].says = "the same name";
	add("there/same", "same");
	add("good/2", "2");
	assert_ok(pps_copier_copy(c, in->items, in->n, NULL, &err), err);
	for (size_t i = 0; i < PPS_COUNT(bad); i++) {
		assert_int_equal(bad[i].item->code, bad[i].code);
		assert_int_equal(bad[i].item->is_source, bad[i].is_source);
		assert_int_equal(bad[i].item->done, PPS_COPY_NOTHING);
		if (!strstr(bad[i].item->reason, bad[i].says))
			fail_msg("%s: %s", bad[i].says, bad[i].item->reason);
	}
	assert_int_equal(in->items[in->n - 2].done, PPS_COPY_THERE);
	check_content(w, "good/1", "1");
	check_content(w, "good/2", "2");
	check_content(w, "there/other", "aaaa");
	pps_copier_free(TAKE_PTR(c));
	check_count(w, 5);
}

static void looks(void **state)
{
	world *w = *state;
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	_cleanup_(pps_copier_freep) pps_copier *c = copier_of(w, 4);

	put_text(w, "d/a", "12345");
	pps_copy_item items[] = { { .name = "d/a", .size = 5 }, { .name = "d/a", .size = -1 }, { .name = "d/b", .size = -1 }, { .name = "e", .size = 1 } };
	assert_ok(pps_copier_look(c, items, 4, NULL, &err), err);
	assert_int_equal(items[0].code, PPS_OK);
	assert_int_equal(items[1].code, PPS_OK);
	assert_int_equal(items[1].found, 5);
	assert_int_equal(items[2].code, PPS_E_NOTFOUND);
	assert_int_equal(items[3].code, PPS_E_NOTFOUND);
	pps_copy_items_clear(items, 4);
	items[0].size = 6;
	assert_ok(pps_copier_look(c, items, 1, NULL, &err), err);
	assert_int_equal(items[0].code, PPS_E_CONFLICT);
	pps_copy_items_clear(items, 1);
}

static void cancels_and_leaves_nothing(void **state)
{
	world *w = *state;
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	pps_copier *c = copier_of(w, 4);
	const pps_copy_options late = { .deadline_ns = 1 };

	add_many(20);
	assert_int_equal(pps_copier_copy(c, in->items, in->n, &late, &err), PPS_E_TIMEOUT);
	assert_int_equal(in->items[13].code, PPS_E_TIMEOUT);
	pps_error_free(TAKE_PTR(err));
	pps_ctx_cancel(w->ctx);
	assert_int_equal(pps_copier_copy(c, in->items, in->n, NULL, &err), PPS_E_CANCELLED);
	for (size_t i = 0; i < in->n; i++)
		assert_int_equal(in->items[i].code, PPS_E_CANCELLED);
	pps_copier_free(c);
	if (!w->is_s3)
		check_count(w, 0);
}

static void links(void **state)
{
	world *w = *state;
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	_cleanup_(pps_copier_freep) pps_copier *c = copier_of(w, 4);
	pps_store_stat a, b;

	put_text(w, "z/other", "bb");
	put_text(w, "z/same", "same");
	put_text(w, "prep/a", "text");
	add("main/a", "text");
	snprintf(in->from[0], sizeof in->from[0], "file://%s/prep/a", w->root);
	add("z/other", "aa");
	add("z/same", "same");
	add("z/missing", NULL);
	memset(acts, 0, sizeof acts);
	assert_ok(pps_copier_link(c, in->items, in->n, NULL, &err), err);
	assert_int_equal(in->items[0].done, PPS_COPY_LINKED);
	assert_int_equal(in->items[0].verified, PPS_VERIFIED_INODE);
	assert_int_equal(in->items[1].code, PPS_E_CONFLICT);
	assert_int_equal(in->items[2].verified, PPS_VERIFIED_BYTES);
	assert_int_equal(in->items[3].code, PPS_E_NOTFOUND);
	assert_string_equal(acts, "ls");
	assert_ok(pps_store_stat_name(w->store, "prep/a", &a, &err), err);
	assert_ok(pps_store_stat_name(w->store, "main/a", &b, &err), err);
	assert_int_equal(a.inode, b.inode);
	assert_ok(pps_copier_link(c, in->items, 1, NULL, &err), err);
	assert_int_equal(in->items[0].done, PPS_COPY_THERE);
	assert_int_equal(in->items[0].verified, PPS_VERIFIED_INODE);
}

/* A root that leads to the source's own folder, or a link to the source, has no copy in it. */
static void what_is_the_source_itself(void **state)
{
	static const char *const roots[] = { "prep", "same", "main" };
	const world *w = *state;
	char from[200], to[200];

	if (w->is_s3)
		return;
	put_text(w, "prep/a", "text");
	put_text(w, "main/b", "other");
	snprintf(from, sizeof from, "%s/prep/a", w->root);
	snprintf(to, sizeof to, "%s/same", w->root);
	assert_int_equal(symlink("prep", to), 0);
	snprintf(to, sizeof to, "%s/main/a", w->root);
	assert_int_equal(symlink("../prep/a", to), 0);
	for (int i = 0; i < 12; i++) {
		_cleanup_(pps_error_freep) pps_error *err = NULL;
		_cleanup_(pps_copier_freep) pps_copier *c = NULL;
		pps_copy_item item = { .from = from, .name = "a", .size = 4 };

		/* one more link to it, elsewhere, changes nothing */
		if (i == 6) {
			snprintf(to, sizeof to, "%s/elsewhere", w->root);
			assert_int_equal(link(from, to), 0);
		}
		snprintf(to, sizeof to, "%s/%s", w->root, roots[i % 3]);
		assert_ok(pps_copier_new(w->ctx, to, 1, &c, &err), err);
		assert_ok(i % 2 ? pps_copier_link(c, &item, 1, NULL, &err) : pps_copier_copy(c, &item, 1, NULL, &err), err);
		assert_int_equal(item.code, PPS_E_CONFIG);
		pps_copy_items_clear(&item, 1);
	}
	check_content(w, "prep/a", "text");
}

static void holds_what_cannot_be_linked(void **state)
{
	static const int errnos[] = { EXDEV, EMLINK, EPERM };
	world *w = *state;
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	_cleanup_(pps_copier_freep) pps_copier *c = copier_of(w, 4);
	const pps_copy_options instead = { .flags = PPS_COPY_INSTEAD };

	add("x/a", "a");
	add("x/b", "b");
	for (size_t i = 0; i < PPS_COUNT(errnos); i++) {
		faults.link = errnos[i];
		assert_ok(pps_copier_link(c, in->items, in->n, NULL, &err), err);
		assert_int_equal(in->items[0].code, PPS_E_HELD);
		assert_non_null(strstr(in->items[1].reason, "copies would do"));
	}
	assert_ok(pps_copier_link(c, in->items, in->n, &instead, &err), err);
	assert_int_equal(in->items[0].code, PPS_OK);
	assert_int_equal(in->items[1].done, PPS_COPY_COPIED);
	check_content(w, "x/b", "b");
	faults.link = EACCES;
	in->items[0].name = "x/c";
	assert_ok(pps_copier_link(c, in->items, 1, &instead, &err), err);
	assert_int_equal(in->items[0].code, PPS_E_ACCESS);
}

static void a_full_disk_ends_it_early(void **state)
{
	world *w = *state;
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	_cleanup_(pps_copier_freep) pps_copier *c = copier_of(w, 1);
	size_t done = 0, failed = 0;

	add_many(40);
	faults.write = ENOSPC;
	faults.write_after = 10;
	assert_int_equal(pps_copier_copy(c, in->items, in->n, NULL, &err), PPS_E_NOSPACE);
	for (size_t i = 0; i < in->n; i++) {
		done += in->items[i].code == PPS_OK;
		failed += in->items[i].code == PPS_E_NOSPACE && strstr(in->items[i].reason, "No space left");
	}
	assert_int_equal(done, 10); /* what is whole counts */
	assert_int_equal(failed, 30);
	faults.write = 0;
	check_count(w, 10);
	pps_error_free(TAKE_PTR(err));
	assert_ok(pps_copier_copy(c, in->items, in->n, NULL, &err), err);
	check_count(w, 40);
}

static void nothing_counts_that_is_not_on_disk(void **state)
{
	world *w = *state;
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	_cleanup_(pps_copier_freep) pps_copier *c = copier_of(w, 2);

	add_many(10);
	faults.sync = EIO;
	assert_int_equal(pps_copier_copy(c, in->items, in->n, NULL, &err), PPS_E_IO);
	assert_int_equal(in->items[3].code, PPS_E_IO);
	assert_string_equal(acts, "s");
	pps_copier_free(TAKE_PTR(c));
	check_count(w, 0);
}

static void places_where_renames_do_not_go(void **state)
{
	world *w = *state;
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	_cleanup_(pps_copier_freep) pps_copier *c = copier_of(w, 2);

	/* no flags for renames there; the second is another's */
	add("d/a", "a");
	put_text(w, "d/b", "other");
	faults.rename = EINVAL;
	assert_ok(pps_copier_copy(c, in->items, in->n, NULL, &err), err);
	check_content(w, "d/a", "a");
	/* another file system */
	add("e/a", "a");
	faults.rename = EXDEV;
	assert_ok(pps_copier_copy(c, in->items, in->n, NULL, &err), err);
	assert_int_equal(in->items[1].code, PPS_OK);
	check_content(w, "e/a", "a");
	pps_copier_free(TAKE_PTR(c));
	check_count(w, 3);
}

static int gatherings(const world *w)
{
	DIR *d = opendir(w->root);
	struct dirent *e;
	int n = 0;

	while ((e = readdir(d)))
		n += strncmp(e->d_name, PPS_STORE_GATHERING, strlen(PPS_STORE_GATHERING)) == 0;
	closedir(d);
	return n;
}

/* A child dies with files that have no names yet, another lives. */
static void sweeps_what_the_dead_left(void **state)
{
	world *w = *state;
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	_cleanup_(pps_copier_freep) pps_copier *ours = copier_of(w, 2), *other = NULL;
	char host[PPS_HOST_MOST + 1], path[256], file[300];
	pid_t dead = fork();

	if (dead == 0)
		_exit(0);
	waitpid(dead, NULL, 0);
	pps_store_host_name(host);
	snprintf(path, sizeof path, "%s/" PPS_STORE_GATHERING "0-%s-%d", w->root, host, dead);
	assert_int_equal(mkdir(path, 0777), 0);
	snprintf(file, sizeof file, "%s/17", path);
	write_file(file, "half", 4);
	/* ours has one in use */
	add("a", "a");
	assert_ok(pps_copier_copy(ours, in->items, 1, NULL, &err), err);
	assert_int_equal(gatherings(w), 2);
	other = copier_of(w, 2);
	assert_int_equal(gatherings(w), 1);
	in->items[0].name = "b";
	assert_ok(pps_copier_copy(other, in->items, 1, NULL, &err), err);
	assert_int_equal(gatherings(w), 2);
	pps_copier_free(TAKE_PTR(other));
	pps_copier_free(TAKE_PTR(ours));
	assert_int_equal(gatherings(w), 0);
	check_count(w, 2);
}

/* One whose process had our number, as in a container that was started again. */
static void takes_over_its_own_number(void **state)
{
	world *w = *state;
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	_cleanup_(pps_copier_freep) pps_copier *c = copier_of(w, 2);
	char host[PPS_HOST_MOST + 1], path[256], file[300];

	pps_store_host_name(host);
	snprintf(path, sizeof path, "%s/" PPS_STORE_GATHERING "0-%s-%d", w->root, host, getpid());
	assert_int_equal(mkdir(path, 0777), 0);
	snprintf(file, sizeof file, "%s/0", path);
	write_file(file, "half", 4);
	add("a", "whole");
	assert_ok(pps_copier_copy(c, in->items, 1, NULL, &err), err);
	check_content(w, "a", "whole");
}

/* Another host took the folder for one that was left behind. */
static void its_folder_was_swept(void **state)
{
	world *w = *state;
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	_cleanup_(pps_copier_freep) pps_copier *c = copier_of(w, 2);
	char host[PPS_HOST_MOST + 1], path[256];

	add("a", "whole");
	assert_ok(pps_copier_copy(c, in->items, 1, NULL, &err), err);
	pps_store_host_name(host);
	snprintf(path, sizeof path, "%s/" PPS_STORE_GATHERING "0-%s-%d", w->root, host, getpid());
	assert_int_equal(rmdir(path), 0);
	in->items[0].name = "b";
	assert_ok(pps_copier_copy(c, in->items, 1, NULL, &err), err);
	assert_int_equal(in->items[0].code, PPS_OK);
	check_content(w, "b", "whole");
}

static void a_missing_root_is_not_made(void **state)
{
	world *w = *state;
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	_cleanup_(pps_copier_freep) pps_copier *c = NULL;
	char root[160];

	snprintf(root, sizeof root, "%s/nothing-mounted", w->root);
	assert_ok(pps_copier_new(w->ctx, root, 1, &c, &err), err);
	add("a", "a");
	assert_int_equal(pps_copier_copy(c, in->items, 1, NULL, &err), PPS_E_NOTFOUND);
	assert_int_equal(in->items[0].code, PPS_E_NOTFOUND);
	assert_int_equal(in->items[0].is_source, 0);
	assert_int_equal(access(root, F_OK), -1);
}

/* A server whose objects are called by what they do. */
static const char BODY[] = "hello";
#define MD5 "5d41402abc4b2a76b9719d911017c592"

static int serve(const server_request *q, void *user)
{
	const char *etag = strstr(q->path, "lies") ? "00000000000000000000000000000001" : strstr(q->path, "parts") ? "5fd2b61ef5e5d17e6b5bd8e1f2a0a2ca-1" : MD5;
	int n = (int)strlen(BODY);

	(void)user;
	if (strstr(q->path, "down"))
		return server_printf(q->fd, "HTTP/1.1 503 Down\r\nContent-Length: 0\r\n\r\n");
	if (strstr(q->path, "missing"))
		return server_printf(q->fd, "HTTP/1.1 404 X\r\nContent-Length: 0\r\n\r\n");
	if (strstr(q->path, "empty") && !strcmp(q->method, "GET"))
		return server_printf(q->fd, "HTTP/1.1 416 X\r\nContent-Length: 0\r\n\r\n");
	if (!strcmp(q->method, "HEAD"))
		return server_printf(q->fd, "HTTP/1.1 200 X\r\nETag: \"%s\"\r\nContent-Length: %d\r\n\r\n", etag, strstr(q->path, "empty") ? 0 : n);
	if (strstr(q->path, "short")) {
		server_printf(q->fd, "HTTP/1.1 206 X\r\nETag: \"%s\"\r\nContent-Range: bytes 0-4/5\r\nContent-Length: 3\r\n\r\nhel", etag);
		return 0;
	}
	if (strstr(q->path, "large")) { /* another version when the second part is asked for */
		static char block[1 << 20];

		memset(block, 'x', sizeof block);
		if (!strstr(q->head, "bytes=0-"))
			return server_printf(q->fd, "HTTP/1.1 412 X\r\nContent-Length: 0\r\n\r\n");
		server_printf(q->fd, "HTTP/1.1 206 X\r\nETag: \"%s\"\r\nContent-Range: bytes 0-1048575/3000000\r\nContent-Length: 1048576\r\n\r\n", etag);
		return server_send(q->fd, block, sizeof block);
	}
	server_printf(q->fd, "HTTP/1.1 206 X\r\nETag: \"%s\"\r\nContent-Range: bytes 0-%d/%d\r\nContent-Length: %d\r\n\r\n", etag, n - 1, n, n);
	return server_send(q->fd, BODY, (size_t)n);
}

static void with_server(server *s)
{
	static const char *const variables[] = { "AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3", "AWS_SESSION_TOKEN", "AWS_PROFILE", "AWS_CA_BUNDLE",
						 "AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE", "http_proxy" };
	char url[64];

	for (size_t i = 0; i < PPS_COUNT(variables); i++)
		unsetenv(variables[i]);
	server_start(s, serve, NULL);
	snprintf(url, sizeof url, "http://127.0.0.1:%d", s->port);
	setenv("S3_ENDPOINT_URL", url, 1);
	setenv("AWS_ACCESS_KEY_ID", "KEY", 1);
	setenv("AWS_SECRET_ACCESS_KEY", "secret", 1);
}

static pps_copy_item *add_object(const char *key, int64_t size)
{
	pps_copy_item *item = add(key, NULL);

	snprintf(in->from[in->n - 1], sizeof in->from[0], "s3://b/%s", key);
	item->size = size;
	return item;
}

static void copies_objects_by_one_request(void **state)
{
	world *w = *state;
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	_cleanup_(pps_copier_freep) pps_copier *c = copier_of(w, 1);
	server s;

	with_server(&s);
	add_object("k/a", 5);
	add_object("k/b", -1);
	add_object("k/c", 5);
	assert_ok(pps_copier_copy(c, in->items, in->n, NULL, &err), err);
	for (size_t i = 0; i < in->n; i++) {
		assert_int_equal(in->items[i].code, PPS_OK);
		assert_int_equal(in->items[i].verified, PPS_VERIFIED_MD5);
		check_content(w, in->name[i], BODY);
	}
	assert_int_equal(atomic_load(&s.requests), 3);
	assert_int_equal(atomic_load(&s.connections), 1);
	/* what is there is compared without fetching it again */
	assert_ok(pps_copier_copy(c, in->items, 1, NULL, &err), err);
	assert_int_equal(in->items[0].done, PPS_COPY_THERE);
	assert_int_equal(in->items[0].verified, PPS_VERIFIED_MD5);
	assert_int_equal(atomic_load(&s.requests), 4);
	server_stop(&s);
}

static void objects_that_are_not_what_they_should_be(void **state)
{
	world *w = *state;
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	_cleanup_(pps_copier_freep) pps_copier *c = copier_of(w, 2);
	const pps_copy_options prove = { .flags = PPS_COPY_PROVE };
	server s;

	with_server(&s);
	add_object("lies", 5);
	add_object("large", 3000000);
	add_object("missing", 5);
	add_object("short", 5);
	add_object("wrong-size", 6);
	add_object("parts", 5);
	add_object("empty", 0);
	assert_ok(pps_copier_copy(c, in->items, in->n, &prove, &err), err);
	assert_int_equal(in->items[0].code, PPS_E_IO);
	assert_int_equal(in->items[1].code, PPS_E_CONFLICT);
	assert_int_equal(in->items[2].code, PPS_E_NOTFOUND);
	assert_int_equal(in->items[3].code, PPS_E_IO);
	assert_int_equal(in->items[4].code, PPS_E_CONFLICT);
	for (size_t i = 0; i < 5; i++)
		assert_true(in->items[i].is_source);
	/* its ETag is not that of "hello" in one part: the disk is read again */
	assert_int_equal(in->items[5].code, PPS_OK);
	assert_int_equal(in->items[5].verified, PPS_VERIFIED_READ);
	server_stop(&s);
	pps_copier_free(TAKE_PTR(c));
	assert_int_equal(in->items[6].code, PPS_OK);
	check_count(w, 2);
}

static void a_server_that_is_down_ends_it_early(void **state)
{
	world *w = *state;
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	_cleanup_(pps_copier_freep) pps_copier *c = copier_of(w, 4);
	size_t done = 0;
	server s;

	with_server(&s);
	add_object("0/a", 5);
	for (int i = 0; i < 40; i++) {
		char key[32];

		snprintf(key, sizeof key, "down/%d", i);
		add_object(key, 5);
	}
	assert_int_equal(pps_copier_copy(c, in->items, in->n, NULL, &err), PPS_E_UNAVAILABLE);
	server_stop(&s);
	for (size_t i = 0; i < in->n; i++) {
		done += in->items[i].code == PPS_OK;
		if (in->items[i].code != PPS_OK)
			assert_int_equal(in->items[i].code, PPS_E_UNAVAILABLE);
	}
	assert_int_equal(done, 1); /* it came, so it is placed */
	assert_true(atomic_load(&s.requests) < 80);
	check_content(w, "0/a", BODY);
}

#define COPY_TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest both[] = {
		COPY_TEST(copies_many),
		COPY_TEST(proves_by_reading_again),
		COPY_TEST(one_does_not_fail_the_others),
		COPY_TEST(looks),
		COPY_TEST(cancels_and_leaves_nothing),
	};
	const struct CMUnitTest folders[] = {
		COPY_TEST(links),
		COPY_TEST(what_is_the_source_itself),
		COPY_TEST(holds_what_cannot_be_linked),
		COPY_TEST(a_full_disk_ends_it_early),
		COPY_TEST(nothing_counts_that_is_not_on_disk),
		COPY_TEST(places_where_renames_do_not_go),
		COPY_TEST(sweeps_what_the_dead_left),
		COPY_TEST(takes_over_its_own_number),
		COPY_TEST(its_folder_was_swept),
		COPY_TEST(a_missing_root_is_not_made),
		COPY_TEST(copies_objects_by_one_request),
		COPY_TEST(objects_that_are_not_what_they_should_be),
		COPY_TEST(a_server_that_is_down_ends_it_early),
	};
	const char *on = getenv("PPS_TEST_STORE");
	int failed = cmocka_run_group_tests_name("copies", both, NULL, NULL);

	return failed || (on && *on) ? failed : cmocka_run_group_tests_name("copies in folders", folders, NULL, NULL);
}
