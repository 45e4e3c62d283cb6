/* SPDX-License-Identifier: BSD-3-Clause */
/* Packing what is read ahead: a folder that stands for an S3 server, with ETags, gives the same zip as the folder itself, byte by byte. */
#include "world.h"

#include <dirent.h>
#include <stdatomic.h>

#include "archive/pack.h"
#include "archive/raw-archive.h"
#include "archive/raw-watch.h"
#include "archive/zip.h"
#include "base/codec.h"
#include "store/store-ops.h"

#define MIB ((size_t)1 << 20)

static struct server {
	pps_ctx *ctx;
	pps_store *from; /* the folder */
	pps_store *far_one; /* the same as a server */
	pps_store_ops ops;
	atomic_int reads, stats;
	const char *damaged; /* a byte of it is another on the way */
	const char *changed; /* the server has another version */
	int is_multipart;    /* ETags are no MD5 */
	int cancel_after;
} far;

static void etag_of(const char *name, char *etag, size_t size)
{
	pps_digests d;
	char hex[33];

	assert_int_equal(pps_store_digest(far.from, name, PPS_DIGEST_MD5, &d, NULL), PPS_OK);
	pps_hex_encode(d.md5, sizeof d.md5, hex);
	snprintf(etag, size, "%s%s", hex, far.is_multipart ? "-3" : "");
}

static int list(pps_store *store, const char *folder, int flags, pps_store_listing *listing, pps_error **err)
{
	int r = pps_store_file_ops.list(store, folder, flags, listing, err);

	for (size_t i = 0; r == PPS_OK && i < listing->n; i++) {
		char etag[64];

		etag_of(listing->entries[i].name, etag, sizeof etag);
		listing->entries[i].etag = strdup(etag);
	}
	return r;
}

static int stat_far(pps_store *store, const char *name, pps_store_stat *ret, pps_error **err)
{
	int r = pps_store_file_ops.stat(store, name, ret, err);

	atomic_fetch_add(&far.stats, 1);
	if (r == PPS_OK)
		etag_of(name, ret->etag, sizeof ret->etag);
	return r;
}

static int read_range(pps_store *store, pps_store_range *range, pps_error **err)
{
	pps_store_range plain = *range;
	pps_store_stat known = *range->known;
	int r;

	(void)store;
	if (atomic_fetch_add(&far.reads, 1) + 1 == far.cancel_after)
		pps_ctx_cancel(far.ctx);
	if (far.changed && strcmp(range->name, far.changed) == 0)
		return pps_fail(err, PPS_E_CONFLICT, "%s: changed since it was listed", range->name);
	known.etag[0] = 0;
	plain.known = &known;
	if ((r = pps_store_read_range(far.from, &plain, err)) < 0)
		return r;
	if (far.damaged && strcmp(range->name, far.damaged) == 0)
		((char *)range->bytes)[range->size / 2] ^= 1;
	range->is_md5 = !far.is_multipart;
	return PPS_OK;
}

static int setup(void **state)
{
	char path[300];
	world *w;

	if (world_setup(state) < 0)
		return -1;
	w = *state;
	memset(&far, 0, sizeof far);
	far.ctx = w->ctx;
	snprintf(path, sizeof path, "%s/from", w->root);
	if (pps_ctx_set_memory(w->ctx, 16 * MIB, NULL) < 0 || pps_store_open(w->ctx, path, &far.from, NULL) < 0 ||
	    pps_store_open(w->ctx, path, &far.far_one, NULL) < 0)
		return -1;
	far.ops = pps_store_file_ops;
	far.ops.read_range = read_range;
	far.ops.list = list;
	far.ops.stat = stat_far;
	far.far_one->ops = &far.ops;
	return 0;
}

static int teardown(void **state)
{
	far.far_one->ops = &pps_store_file_ops;
	pps_store_unref(far.from);
	pps_store_unref(far.far_one);
	return world_teardown(state);
}

static void make(const world *w, const char *name, size_t size, int is_noise)
{
	_cleanup_free_ char *bytes = malloc(size + 1);
	uint64_t seed = size + (unsigned char)name[5];

	for (size_t i = 0; !is_noise && i < size; i++)
		bytes[i] = "0123456789abcdef"[i / 7 % 16];
	for (size_t i = 0; is_noise && i < size; i += 8) { /* by words: this is run by valgrind too */
		uint64_t word;

		seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407u;
		word = seed ^ seed >> 29;
		memcpy(bytes + i, &word, size - i < 8 ? size - i : 8);
	}
	put(w, name, bytes, size);
}

/* Of all kinds: stored and deflated, of many pieces, empty, and too large to wait for their checksum in 8 MiB of buffers. */
static void make_all(const world *w)
{
	make(w, "from/a.fits", 3 * MIB + 17, 1);
	make(w, "from/b.fits", 0, 1);
	make(w, "from/c.json", 4000, 0);
	make(w, "from/d.json", 0, 0);
	make(w, "from/e.fits", 1, 1);
	make(w, "from/f.fits", 11 * MIB + 1, 1);
	make(w, "from/g.bin", 9 * MIB, 1);
	make(w, "from/h.txt", 9 * MIB + 3, 0);
	make(w, "from/i.fits", 7 * MIB, 1);
	make(w, "from/sub/j.fits", 300000, 1);
}

static int pack(const world *w, pps_store *from, const char *name, pps_digests *digests, pps_error **err)
{
	_cleanup_(pps_members_freep) pps_members *members = NULL;
	_cleanup_(pps_pack_freep) pps_pack *made = NULL;
	int r;

	assert_ok(pps_members_new(&members, err), *err);
	assert_ok(pps_members_add_folder(members, from, "", err), *err);
	assert_ok(pps_members_add_text(members, "index.json", "{}", 2, err), *err);
	if ((r = pps_pack_write(w->ctx, members, w->store, name, name, 0, &made, err)) < 0)
		return r;
	*digests = *pps_pack_digests(made);
	return pps_pack_place(made, err);
}

static size_t files_in(const world *w)
{
	DIR *d = opendir(w->root);
	size_t n = 0;

	for (struct dirent *e; (e = readdir(d));)
		n += strcmp(e->d_name, ".") && strcmp(e->d_name, "..") && strcmp(e->d_name, "from");
	closedir(d);
	return n;
}

static void the_same_zip_comes_out(void **state)
{
	const world *w = *state;
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	pps_digests near, ahead, on_disk;
	int same;

	make_all(w);
	for (far.is_multipart = 0; far.is_multipart < 2; far.is_multipart++) {
		assert_ok(pack(w, far.from, "near.zip", &near, &err), err);
		assert_ok(pack(w, far.far_one, "ahead.zip", &ahead, &err), err);
		assert_ok(pps_store_same(w->store, "near.zip", w->store, "ahead.zip", &same, &err), err);
		assert_true(same);
		assert_memory_equal(near.md5, ahead.md5, 16);
		assert_int_equal(near.adler32, ahead.adler32);
		assert_ok(pps_store_digest(w->store, "ahead.zip", PPS_DIGEST_MD5 | PPS_DIGEST_ADLER32, &on_disk, &err), err);
		assert_memory_equal(on_disk.md5, ahead.md5, 16);
		assert_int_equal(on_disk.adler32, ahead.adler32);
		assert_int_equal(on_disk.size, ahead.size);
		assert_int_equal(far.stats, 2 * (far.is_multipart + 1)); /* of the empty ones alone: the listing knew the rest */
		assert_ok(pps_store_remove(w->store, "near.zip", &err), err);
		assert_ok(pps_store_remove(w->store, "ahead.zip", &err), err);
	}
}

/* One byte that is another on the way: in a member of one piece, of many, deflated, and in one that is read twice. */
static void damage_on_the_way_is_noticed(void **state)
{
	static const char *const names[] = { "e.fits", "a.fits", "c.json", "f.fits", "h.txt", "sub/j.fits" };
	const world *w = *state;
	pps_digests digests;

	make_all(w);
	for (size_t i = 0; i < PPS_COUNT(names); i++) {
		_cleanup_(pps_error_freep) pps_error *err = NULL;

		far.damaged = names[i];
		assert_int_equal(pack(w, far.far_one, "ahead.zip", &digests, &err), PPS_E_IO);
		assert_non_null(strstr(pps_error_message(err), names[i]));
		assert_non_null(strstr(pps_error_message(err), "its ETag is"));
		assert_int_equal(files_in(w), 0);
	}
}

static void a_change_is_a_conflict(void **state)
{
	const world *w = *state;
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	pps_digests digests;

	make_all(w);
	far.changed = "i.fits";
	assert_int_equal(pack(w, far.far_one, "ahead.zip", &digests, &err), PPS_E_CONFLICT);
	assert_non_null(strstr(pps_error_message(err), "i.fits"));
	assert_int_equal(files_in(w), 0);
}

/* What the Butler recorded and what the server has. */
static void another_size_is_a_conflict(void **state)
{
	const world *w = *state;
	_cleanup_(pps_members_freep) pps_members *members = NULL;
	_cleanup_(pps_pack_freep) pps_pack *made = NULL;
	_cleanup_(pps_error_freep) pps_error *err = NULL;

	make(w, "from/a.fits", 100, 1);
	assert_ok(pps_members_new(&members, &err), err);
	assert_ok(pps_members_add_file(members, "a.fits", far.far_one, "a.fits", 99, &err), err);
	assert_int_equal(pps_pack_write(w->ctx, members, w->store, "ahead.zip", "x", 0, &made, &err), PPS_E_CONFLICT);
	assert_non_null(strstr(pps_error_message(err), "99"));
}

static void a_cancel_leaves_nothing(void **state)
{
	const world *w = *state;
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	pps_digests digests;

	make_all(w);
	far.cancel_after = 20;
	assert_int_equal(pack(w, far.far_one, "ahead.zip", &digests, &err), PPS_E_CANCELLED);
	assert_int_equal(files_in(w), 0);
}

/* A FITS file of a primary header and so many extensions of @size bytes each, cut to @cut bytes where that is less. */
static void make_fits(const world *w, const char *name, int extensions, size_t size, size_t cut)
{
	_cleanup_buf_ pps_buf b = PPS_BUF(64 * MIB);

	for (int i = 0; i <= extensions; i++) {
		size_t body = i ? size : 0;

		pps_buf_printf(&b, "%-80s", i ? "XTENSION= 'IMAGE   '" : "SIMPLE  =                    T");
		pps_buf_printf(&b, "%-80s", "BITPIX  =                    8");
		pps_buf_printf(&b, "NAXIS   = %20d%50s", i ? 1 : 0, "");
		if (i)
			pps_buf_printf(&b, "NAXIS1  = %20zu%50s%-80s%-80s", body, "", "PCOUNT  =                    0", "GCOUNT  =                    1");
		pps_buf_printf(&b, "NUMBER  = %20d%50s%-80s", i + name[5], "", "END");
		while (b.size % 2880)
			pps_buf_add_char(&b, ' ');
		for (size_t k = 0; k < body; k += 2880) {
			char block[2880] = { 0 };

			for (size_t j = 0; j < sizeof block && k + j < body; j++)
				block[j] = (char)((k + j) * 7);
			pps_buf_add(&b, block, sizeof block);
		}
	}
	put(w, name, b.at, b.size < cut ? b.size : cut);
}

static int pack_watched(const world *w, pps_raw_watch *watch, pps_error **err)
{
	_cleanup_(pps_members_freep) pps_members *members = NULL;
	_cleanup_(pps_pack_freep) pps_pack *made = NULL;
	int r;

	assert_ok(pps_raw_members(far.far_one, "", NULL, 0, NULL, NULL, &members, err), *err);
	assert_ok(pps_raw_watch_members(watch, members, err), *err);
	if ((r = pps_pack_write(w->ctx, members, w->store, "ahead.zip", "x", 0, &made, err)) < 0)
		return r;
	return pps_pack_place(made, err);
}

static void files_are_looked_at_while_they_are_packed(void **state)
{
	const world *w = *state;
	_cleanup_(pps_raw_watch_freep) pps_raw_watch *watch = NULL;
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	_cleanup_(pps_zip_closep) pps_zip *zip = NULL;
	_cleanup_buf_ pps_buf expected = PPS_BUF(MIB);
	_cleanup_free_ void *bytes = NULL;
	size_t n, size;
	int before;

	make_fits(w, "from/a.fits", 3, 700000, SIZE_MAX);
	make_fits(w, "from/b.fits", 20, 400000, SIZE_MAX); /* too large to be kept */
	make_fits(w, "from/c.fits", 0, 0, SIZE_MAX);
	make(w, "from/d.txt", 1000, 1);
	put(w, "from/a.json", "{\"x\": NaN}", 10);
	put(w, "from/e.json", "", 0);
	assert_ok(pps_raw_watch_new(&watch, &err), err);
	before = far.reads;
	assert_ok(pack_watched(w, watch, &err), err);
	assert_in_range(far.reads - before, 30, 80);
	assert_ok(pps_raw_metadata_index(far.from, "", NULL, 0, &expected, &err), err);
	assert_ok(pps_zip_open_name(w->ctx, w->store, "ahead.zip", &zip, &err), err);
	assert_ok(pps_zip_find(zip, PPS_METADATA_INDEX_NAME, &n, &err), err);
	assert_int_equal(n, pps_zip_count(zip) - 1);
	assert_ok(pps_zip_read(zip, n, MIB, &bytes, &size, &err), err);
	assert_string_equal((char *)bytes, pps_buf_text(&expected));
	assert_non_null(strstr((char *)bytes, "NUMBER"));
	assert_ok(pps_store_remove(w->store, "ahead.zip", &err), err);
	assert_ok(pack_watched(w, watch, &err), err); /* once more: nothing is left of the first time */
}

static void a_broken_file_ends_the_packing(void **state)
{
	const world *w = *state;

	for (int i = 0; i < 4; i++) {
		_cleanup_(pps_raw_watch_freep) pps_raw_watch *watch = NULL;
		_cleanup_(pps_error_freep) pps_error *err = NULL;

		make_fits(w, "from/a.fits", 3, 700000, SIZE_MAX);
		if (i == 0)
			make_fits(w, "from/bad.fits", 3, 700000, 2000000);
		else if (i == 1)
			make_fits(w, "from/bad.fits", 20, 400000, 7999999); /* too large to be kept */
		else
			put(w, i == 2 ? "from/bad.fits" : "from/bad.json", "{", 1);
		assert_ok(pps_raw_watch_new(&watch, &err), err);
		assert_int_equal(pack_watched(w, watch, &err), PPS_E_FORMAT);
		assert_non_null(strstr(pps_error_message(err), "bad."));
		assert_int_equal(files_in(w), 0);
		assert_ok(pps_store_remove(w->store, "from/a.fits", &err), err);
		assert_ok(pps_store_remove(w->store, i == 3 ? "from/bad.json" : "from/bad.fits", &err), err);
	}
}

#define PER_TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		PER_TEST(the_same_zip_comes_out),
		PER_TEST(damage_on_the_way_is_noticed),
		PER_TEST(a_change_is_a_conflict),
		PER_TEST(another_size_is_a_conflict),
		PER_TEST(a_cancel_leaves_nothing),
		PER_TEST(files_are_looked_at_while_they_are_packed),
		PER_TEST(a_broken_file_ends_the_packing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
