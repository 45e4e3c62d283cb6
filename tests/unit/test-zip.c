/* SPDX-License-Identifier: BSD-3-Clause */
/* Zips: made, read, extracted, verified, compared; and damaged ones. libzip judges what we write. */
#include "world.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <zlib.h>

#include "archive/pack.h"
#include "archive/zip-format.h"
#include "archive/zip-time.h"
#include "archive/zip.h"
#include "base/codec.h"

static const char *path_of(const world *w, const char *name)
{
	static char paths[4][256];
	static int n;

	n = (n + 1) % 4;
	snprintf(paths[n], sizeof paths[n], "%s/%s", w->root, name);
	return paths[n];
}

/* Bytes that do not deflate well. */
static void *noise(size_t size, unsigned seed)
{
	unsigned char *p = malloc(size);
	uint64_t x = seed * 2654435761u + 1;

	for (size_t i = 0; i < size; i++) {
		x = x * 6364136223846793005u + 1442695040888963407u;
		p[i] = (unsigned char)(x >> 56);
	}
	return p;
}

static void put_noise(const world *w, const char *name, size_t size, unsigned seed)
{
	_cleanup_free_ void *p = noise(size, seed);

	put(w, name, p, size);
}

static void create(const world *w, const char *zip, const char *folder, pps_zip_report **report)
{
	_cleanup_(pps_error_freep) pps_error *err = NULL;

	assert_ok(pps_zip_create(w->ctx, path_of(w, zip), path_of(w, folder), report, &err), err);
}

static void open_zip(const world *w, const char *name, pps_zip **zip)
{
	_cleanup_(pps_error_freep) pps_error *err = NULL;

	assert_ok(pps_zip_open(w->ctx, path_of(w, name), zip, &err), err);
}

static size_t problems(const world *w, const char *name)
{
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	_cleanup_(pps_zip_closep) pps_zip *zip = NULL;
	_cleanup_(pps_zip_report_freep) pps_zip_report *report = NULL;

	open_zip(w, name, &zip);
	assert_ok(pps_zip_verify(zip, &report, &err), err);
	return pps_zip_report_problems(report);
}

static void *slurp(const world *w, const char *name, size_t *size)
{
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	void *bytes;

	assert_ok(pps_store_read(w->store, name, 1 << 30, &bytes, size, &err), err);
	return bytes;
}

static void fill_folder(const world *w)
{
	put_noise(w, "in/b.fits", 300000, 1);
	put_text(w, "in/a.json", "{\"a\": 1, \"b\": \"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"}");
	put_text(w, "in/empty.json", "");
	put_text(w, "in/empty.fits", "");
	put_text(w, "in/sub/\303\274.txt", "umlaut");
	put_text(w, "in/c.fits.fz", "compressed already");
}

static void round_trip(void **state)
{
	static const struct {
		const char *name;
		int stored;
	} expected[] = {
		{ "a.json", 0 },     { "b.fits", 1 },	  { "c.fits.fz", 0 },
		{ "empty.fits", 1 }, { "empty.json", 0 }, { "sub/\303\274.txt", 0 },
	};
	world *w = *state;
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	_cleanup_(pps_zip_report_freep) pps_zip_report *made = NULL, *report = NULL;
	_cleanup_(pps_zip_closep) pps_zip *zip = NULL;
	char byte[4];
	size_t n, got;

	fill_folder(w);
	create(w, "x.zip", "in", &made);
	open_zip(w, "x.zip", &zip);
	assert_int_equal(pps_zip_count(zip), PPS_COUNT(expected));
	for (size_t i = 0; i < PPS_COUNT(expected); i++) {
		_cleanup_free_ void *bytes = NULL, *source = NULL;
		char from[64];
		size_t size, source_size;

		assert_string_equal(pps_zip_name(zip, i), expected[i].name);
		assert_int_equal(pps_zip_is_stored(zip, i), expected[i].stored);
		assert_int_equal(zip->directory->entries[i].flags, strchr(expected[i].name, '/') ? PPS_ZIP_FLAG_UTF8 : 0);
		assert_ok(pps_zip_read(zip, i, 1 << 20, &bytes, &size, &err), err);
		snprintf(from, sizeof from, "in/%s", expected[i].name);
		source = slurp(w, from, &source_size);
		assert_int_equal(size, source_size);
		assert_memory_equal(bytes, source, size);
		assert_int_equal(pps_zip_size(zip, i), size);
		assert_int_equal(pps_zip_crc32(zip, i), crc32(0, source, (unsigned)size));
	}
	assert_ok(pps_zip_find(zip, "a.json", &n, &err), err);
	assert_ok(pps_zip_read_range(zip, n, 2, byte, 1, &got, &err), err);
	assert_int_equal(byte[0], 'a');
	assert_ok(pps_zip_read_range(zip, n, 1, byte, 3, &got, &err), err);
	assert_memory_equal(byte, "\"a\"", 3);
	assert_ok(pps_zip_read_range(zip, n, 1000, byte, 3, &got, &err), err);
	assert_int_equal(got, 0);
	assert_int_equal(pps_zip_find(zip, "nothing", &n, NULL), PPS_E_NOTFOUND);
	assert_int_equal(pps_zip_read(zip, 1, 10, NULL, NULL, NULL), PPS_E_ARG);
	assert_ok(pps_zip_verify(zip, &report, &err), err);
	assert_int_equal(pps_zip_report_problems(report), 0);
	assert_string_equal(pps_zip_report_md5(report), pps_zip_report_md5(made));
	assert_string_equal(pps_zip_report_adler32(report), pps_zip_report_adler32(made));
	assert_int_equal(pps_zip_report_size(report), pps_zip_report_size(made));
	assert_int_equal(pps_zip_report_members(made), PPS_COUNT(expected));
}

static void same_sources_same_bytes(void **state)
{
	world *w = *state;
	_cleanup_(pps_zip_report_freep) pps_zip_report *a = NULL, *b = NULL;

	fill_folder(w);
	create(w, "1.zip", "in", &a);
	sleep(1);
	create(w, "2.zip", "in", &b);
	assert_string_equal(pps_zip_report_md5(a), pps_zip_report_md5(b));
}

static void libzip_agrees(void **state)
{
	world *w = *state;
	zip_t *z;
	int e = 0;

	fill_folder(w);
	create(w, "x.zip", "in", NULL);
	assert_non_null(z = zip_open(path_of(w, "x.zip"), ZIP_RDONLY | ZIP_CHECKCONS, &e));
	assert_int_equal(zip_get_num_entries(z, 0), 6);
	for (zip_int64_t i = 0; i < 6; i++) {
		zip_uint8_t system;
		zip_uint32_t attributes;
		zip_stat_t st;

		assert_int_equal(zip_file_get_external_attributes(z, (zip_uint64_t)i, 0, &system, &attributes), 0);
		assert_int_equal(system, ZIP_OPSYS_UNIX);
		assert_int_equal(attributes >> 16 & S_IFMT, S_IFREG);
		assert_int_equal(zip_stat_index(z, (zip_uint64_t)i, 0, &st), 0);
	}
	zip_discard(z);
}

/* Members larger than the blocks at hand are read twice; deflated ones among them. */
static void larger_than_memory(void **state)
{
	world *w = *state;
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	_cleanup_(pps_ctx_unrefp) pps_ctx *small = NULL;
	_cleanup_(pps_zip_closep) pps_zip *zip = NULL;
	_cleanup_(pps_zip_report_freep) pps_zip_report *made = NULL, *report = NULL, *other = NULL;

	assert_ok(pps_ctx_new(&small, &err), err);
	assert_ok(pps_ctx_set_memory(small, 16 << 20, &err), err);
	put_noise(w, "in/big.fits", 20 << 20, 3);
	put_noise(w, "in/big.bin", 15 << 20, 4);
	put_noise(w, "in/edge.fits", 6 << 20, 5);
	put_noise(w, "in/small.fits", 2880, 6);
	assert_ok(pps_zip_create(small, path_of(w, "x.zip"), path_of(w, "in"), &made, &err), err);
	open_zip(w, "x.zip", &zip);
	assert_ok(pps_zip_verify(zip, &report, &err), err);
	assert_int_equal(pps_zip_report_problems(report), 0);
	assert_string_equal(pps_zip_report_md5(report), pps_zip_report_md5(made));
	/* and the bytes do not depend on the memory */
	create(w, "y.zip", "in", &other);
	assert_string_equal(pps_zip_report_md5(other), pps_zip_report_md5(made));
}

static void never_overwrites(void **state)
{
	world *w = *state;
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	_cleanup_(pps_zip_closep) pps_zip *zip = NULL;
	_cleanup_(pps_store_listing_freep) pps_store_listing *l = NULL;
	static const char *const names[] = { "sub/\303\274.txt", "a.json" };

	fill_folder(w);
	create(w, "out/x.zip", "in", NULL);
	assert_int_equal(pps_zip_create(w->ctx, path_of(w, "out/x.zip"), path_of(w, "in"), NULL, &err), PPS_E_EXISTS);
	pps_error_free(TAKE_PTR(err));
	assert_ok(pps_store_list(w->store, "out", 0, &l, &err), err);
	assert_int_equal(pps_store_listing_count(l), 1);
	open_zip(w, "out/x.zip", &zip);
	assert_ok(pps_zip_extract(zip, path_of(w, "e"), names + 1, 1, &err), err);
	assert_int_equal(pps_store_exists(w->store, "e/a.json", NULL), 1);
	assert_int_equal(pps_zip_extract(zip, path_of(w, "e"), names, 2, &err), PPS_E_EXISTS);
	assert_int_equal(pps_store_exists(w->store, "e/sub/\303\274.txt", NULL), 0);
}

static void extract_and_pack_again(void **state)
{
	world *w = *state;
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	_cleanup_(pps_zip_closep) pps_zip *zip = NULL;
	_cleanup_(pps_zip_report_freep) pps_zip_report *a = NULL, *b = NULL;
	struct stat st;

	fill_folder(w);
	assert_int_equal(chmod(path_of(w, "in/b.fits"), 0640), 0);
	create(w, "x.zip", "in", &a);
	open_zip(w, "x.zip", &zip);
	assert_ok(pps_zip_extract(zip, path_of(w, "e"), NULL, 0, &err), err);
	assert_int_equal(stat(path_of(w, "e/b.fits"), &st), 0);
	assert_int_equal(st.st_mode & 0777, 0640);
	create(w, "y.zip", "e", &b);
	assert_string_equal(pps_zip_report_md5(a), pps_zip_report_md5(b));
}

/* A zip of stored members as others could write it: one name for each, any of them hostile. */
static void put_forged(const world *w, const char *zip, const char *const *names, size_t n)
{
	_cleanup_buf_ pps_buf b = PPS_BUF(1 << 20), d = PPS_BUF(1 << 20);

	for (size_t i = 0; i < n; i++) {
		unsigned char h[PPS_ZIP_LOCAL_SIZE] = { 0 }, c[PPS_ZIP_CENTRAL_SIZE] = { 0 };
		size_t len = strlen(names[i]);

		pps_put_le32(h, PPS_ZIP_LOCAL);
		pps_put_le16(h + 4, 20);
		pps_put_le32(h + 14, (uint32_t)crc32(0, (const unsigned char *)"x", 1));
		pps_put_le32(h + 18, 1);
		pps_put_le32(h + 22, 1);
		pps_put_le16(h + 26, (uint16_t)len);
		pps_put_le32(c, PPS_ZIP_CENTRAL);
		memcpy(c + 6, h + 4, 24);
		pps_put_le32(c + 42, (uint32_t)b.size);
		pps_buf_add(&d, c, sizeof c);
		pps_buf_add(&d, names[i], len);
		pps_buf_add(&b, h, sizeof h);
		pps_buf_add(&b, names[i], len);
		pps_buf_add(&b, "x", 1);
	}
	unsigned char e[PPS_ZIP_END_SIZE] = { 0 };
	pps_put_le32(e, PPS_ZIP_END);
	pps_put_le16(e + 8, (uint16_t)n);
	pps_put_le16(e + 10, (uint16_t)n);
	pps_put_le32(e + 12, (uint32_t)d.size);
	pps_put_le32(e + 16, (uint32_t)b.size);
	pps_buf_add(&b, d.at, d.size);
	pps_buf_add(&b, e, sizeof e);
	put(w, zip, b.at, b.size);
}

static void hostile_names(void **state)
{
	static const char *const names[] = { "../evil", "/etc/evil", "a/../../evil", "a//b", "./a", "..", "a/..", "../x/" };
	world *w = *state;

	for (size_t i = 0; i < PPS_COUNT(names); i++) {
		_cleanup_(pps_error_freep) pps_error *err = NULL;
		_cleanup_(pps_zip_closep) pps_zip *zip = NULL;
		const char *both[] = { "good", names[i] };
		char name[16];

		snprintf(name, sizeof name, "%zu.zip", i);
		put_forged(w, name, both, 2);
		open_zip(w, name, &zip);
		assert_int_equal(pps_zip_extract(zip, path_of(w, "e"), NULL, 0, &err), PPS_E_FORMAT);
		assert_int_equal(pps_store_exists(w->store, "e/good", NULL), 0);
		assert_true(problems(w, name) > 0);
	}
}

static void names_twice(void **state)
{
	static const char *const names[] = { "a", "b", "a" };
	world *w = *state;
	_cleanup_(pps_zip_closep) pps_zip *zip = NULL;

	put_forged(w, "x.zip", names, 3);
	open_zip(w, "x.zip", &zip);
	assert_int_equal(pps_zip_extract(zip, path_of(w, "e"), NULL, 0, NULL), PPS_E_FORMAT);
	assert_int_equal(problems(w, "x.zip"), 1);
}

/* Two members of the directory that are one in the archive: a way to blow up what is extracted. */
static void overlapping(void **state)
{
	static const char *const names[] = { "a", "a" };
	world *w = *state;
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	_cleanup_(pps_zip_closep) pps_zip *zip = NULL;
	_cleanup_(pps_zip_report_freep) pps_zip_report *report = NULL;
	_cleanup_free_ unsigned char *bytes = NULL;
	size_t size, second;

	put_forged(w, "x.zip", names, 2);
	bytes = slurp(w, "x.zip", &size);
	second = size - PPS_ZIP_END_SIZE - PPS_ZIP_CENTRAL_SIZE - 1;
	pps_put_le32(bytes + second + 42, 0);
	put(w, "y.zip", bytes, size);
	open_zip(w, "y.zip", &zip);
	assert_ok(pps_zip_verify(zip, &report, &err), err);
	/* the name twice, the overlap, and the second member's bytes that belong to nothing */
	assert_int_equal(pps_zip_report_problems(report), 3);
	assert_string_equal(pps_zip_report_problem(report, 1), "overlaps with a");
}

/* The archive is sound; each change of one byte, anywhere, is seen. */
static void each_byte_counts(void **state)
{
	world *w = *state;
	size_t size, unseen = 0;
	_cleanup_free_ unsigned char *bytes = NULL;

	put_text(w, "in/a.fits", "SIMPLE  =                    T");
	put_text(w, "in/b.json", "{\"a\": \"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"}");
	create(w, "x.zip", "in", NULL);
	assert_int_equal(problems(w, "x.zip"), 0);
	bytes = slurp(w, "x.zip", &size);
	for (size_t i = 0; i < size; i++) {
		_cleanup_(pps_zip_closep) pps_zip *zip = NULL;
		_cleanup_(pps_zip_report_freep) pps_zip_report *report = NULL;
		FILE *f = fopen(path_of(w, "y.zip"), "w");
		int r;

		bytes[i] ^= 0x41;
		fwrite(bytes, 1, size, f);
		fclose(f);
		bytes[i] ^= 0x41;
		r = pps_zip_open(w->ctx, path_of(w, "y.zip"), &zip, NULL);
		assert_true(r == PPS_OK || r == PPS_E_FORMAT || r == PPS_E_UNSUPPORTED);
		if (r == PPS_OK) {
			assert_int_equal(pps_zip_verify(zip, &report, NULL), PPS_OK);
			unseen += pps_zip_report_problems(report) == 0;
		}
	}
	/* times, versions, attributes and disk numbers say nothing that could be checked */
	assert_true(unseen <= 48);
}

static void cut_short(void **state)
{
	world *w = *state;
	_cleanup_free_ char *bytes = NULL;
	size_t size;

	fill_folder(w);
	create(w, "x.zip", "in", NULL);
	bytes = slurp(w, "x.zip", &size);
	for (size_t cut = 1; cut < size; cut = cut * 2 + 1) {
		pps_zip *zip = NULL;
		char name[32];

		snprintf(name, sizeof name, "cut-%zu.zip", cut);
		put(w, name, bytes, size - cut);
		assert_int_equal(pps_zip_open(w->ctx, path_of(w, name), &zip, NULL), PPS_E_FORMAT);
	}
	pps_zip *zip = NULL;
	put(w, "none.zip", "", 0);
	assert_int_equal(pps_zip_open(w->ctx, path_of(w, "none.zip"), &zip, NULL), PPS_E_FORMAT);
	assert_int_equal(pps_zip_open(w->ctx, path_of(w, "gone.zip"), &zip, NULL), PPS_E_NOTFOUND);
}

static void bytes_around(void **state)
{
	world *w = *state;
	_cleanup_buf_ pps_buf b = PPS_BUF(1 << 20);
	_cleanup_free_ char *bytes = NULL;
	pps_zip *zip = NULL;
	size_t size;

	put_text(w, "in/a", "a");
	create(w, "x.zip", "in", NULL);
	bytes = slurp(w, "x.zip", &size);
	pps_buf_add(&b, bytes, size);
	pps_buf_add_text(&b, "garbage");
	put(w, "after.zip", b.at, b.size);
	/* libzip may refuse it; where it does not, the report tells */
	if (pps_zip_open(w->ctx, path_of(w, "after.zip"), &zip, NULL) == PPS_OK) {
		pps_zip_close(zip);
		assert_int_equal(problems(w, "after.zip"), 1);
	}
	pps_buf_truncate(&b, 0);
	pps_buf_add_text(&b, "garbage");
	pps_buf_add(&b, bytes, size);
	put(w, "before.zip", b.at, b.size);
	assert_int_equal(pps_zip_open(w->ctx, path_of(w, "before.zip"), &zip, NULL), PPS_E_FORMAT);
}

static void pack(const world *w, const pps_members *m, const char *name, pps_digests *digests)
{
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	_cleanup_(pps_pack_freep) pps_pack *p = NULL;

	assert_ok(pps_pack_write(w->ctx, m, w->store, name, "MC_O_1", PPS_DIGEST_SHA256, &p, &err), err);
	assert_int_equal(pps_store_exists(w->store, name, NULL), 0);
	*digests = *pps_pack_digests(p);
	assert_ok(pps_pack_place(p, &err), err);
}

static void adopts_and_compares(void **state)
{
	world *w = *state;
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	_cleanup_(pps_members_freep) pps_members *m = NULL, *more = NULL;
	pps_digests d, wrong;

	fill_folder(w);
	assert_ok(pps_members_new(&m, &err), err);
	assert_ok(pps_members_add_text(m, "_metadata_index.json", "{}\n", 3, &err), err);
	assert_ok(pps_members_add_folder(m, w->store, "in", &err), err);
	assert_int_equal(pps_members_add_text(m, "a.json", "", 0, NULL), PPS_E_EXISTS);
	assert_int_equal(pps_members_add_text(m, "../a", "", 0, NULL), PPS_E_FORMAT);
	assert_int_equal(pps_members_count(m), 7);
	pack(w, m, "x.zip", &d);
	assert_ok(pps_archive_matches(w->store, "x.zip", &d, &err), err);
	wrong = d;
	wrong.md5[15] ^= 1;
	assert_int_equal(pps_archive_matches(w->store, "x.zip", &wrong, NULL), PPS_E_CONFLICT);
	assert_int_equal(pps_archive_matches(w->store, "y.zip", &d, NULL), PPS_E_NOTFOUND);
	assert_ok(pps_archive_compare(w->ctx, w->store, "x.zip", m, &err), err);
	assert_int_equal(pps_archive_compare(w->ctx, w->store, "in/a.json", m, NULL), PPS_E_FORMAT);
	assert_int_equal(pps_archive_compare(w->ctx, w->store, "gone.zip", m, NULL), PPS_E_NOTFOUND);
	assert_ok(pps_members_new(&more, &err), err);
	assert_ok(pps_members_add_folder(more, w->store, "in", &err), err);
	assert_ok(pps_archive_compare(w->ctx, w->store, "x.zip", more, &err), err);
	assert_ok(pps_members_add_text(more, "z", "z", 1, &err), err);
	assert_int_equal(pps_archive_compare(w->ctx, w->store, "x.zip", more, &err), PPS_E_CONFLICT);
	assert_non_null(strstr(pps_error_message(err), "lacks member z"));
	pps_error_free(TAKE_PTR(err));
	/* a source that has more than the zip */
	assert_int_equal(truncate(path_of(w, "in/empty.fits"), 1), 0);
	assert_int_equal(pps_archive_compare(w->ctx, w->store, "x.zip", m, &err), PPS_E_CONFLICT);
	assert_non_null(strstr(pps_error_message(err), "empty.fits has 0 bytes, its source 1"));
	pps_error_free(TAKE_PTR(err));
	assert_int_equal(truncate(path_of(w, "in/empty.fits"), 0), 0);
	/* one byte of a source is another */
	FILE *f = fopen(path_of(w, "in/b.fits"), "r+");
	fseek(f, 299999, SEEK_SET);
	int c = fgetc(f);
	fseek(f, 299999, SEEK_SET);
	fputc(c ^ 1, f);
	fclose(f);
	assert_int_equal(pps_archive_compare(w->ctx, w->store, "x.zip", m, &err), PPS_E_CONFLICT);
	assert_non_null(strstr(pps_error_message(err), "b.fits"));
}

static void sources_that_change(void **state)
{
	world *w = *state;
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	_cleanup_(pps_members_freep) pps_members *m = NULL, *gone = NULL;
	_cleanup_(pps_store_listing_freep) pps_store_listing *l = NULL;
	pps_pack *p = NULL;

	put_text(w, "in/a.fits", "12345");
	assert_ok(pps_members_new(&m, &err), err);
	assert_ok(pps_members_add_file(m, "a.fits", w->store, "in/a.fits", 4, &err), err);
	assert_int_equal(pps_pack_write(w->ctx, m, w->store, "x.zip", "t", 0, &p, &err), PPS_E_CONFLICT);
	assert_non_null(strstr(pps_error_message(err), "had 4 bytes when it was listed, now 5"));
	pps_error_free(TAKE_PTR(err));
	assert_ok(pps_members_new(&gone, &err), err);
	assert_ok(pps_members_add_file(gone, "b.fits", w->store, "in/b.fits", 4, &err), err);
	assert_int_equal(pps_pack_write(w->ctx, gone, w->store, "x.zip", "t", 0, &p, &err), PPS_E_NOTFOUND);
	assert_non_null(strstr(pps_error_message(err), "in/b.fits"));
	assert_ok(pps_store_list(w->store, "", 0, &l, NULL), err);
	assert_int_equal(pps_store_listing_count(l), 0);
}

/* Changes the last byte of the only source, once, when the first bytes have been read; as if its time had not changed if wanted. */
static void meddling(const char *what _unused_, uint64_t done _unused_, uint64_t total _unused_, const char *unit _unused_, void *user)
{
	const world *w = user;
	const char *path = path_of(w, "in/a.fits");
	struct stat st;
	int fd;

	if (access(path_of(w, "meddled"), F_OK) == 0)
		return;
	assert_int_equal(close(open(path_of(w, "meddled"), O_CREAT | O_WRONLY, 0600)), 0);
	assert_true((fd = open(path, O_WRONLY)) >= 0);
	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(pwrite(fd, "?", 1, st.st_size - 1), 1);
	if (access(path_of(w, "keep-time"), F_OK) == 0)
		assert_int_equal(futimens(fd, (struct timespec[]){ st.st_atim, st.st_mtim }), 0);
	close(fd);
}

static void source_meddled_with(void **state)
{
	world *w = *state;
	_cleanup_(pps_error_freep) pps_error *err = NULL;

	put_noise(w, "in/a.fits", 3 << 20, 1);
	pps_ctx_set_progress(w->ctx, meddling, w);
	assert_int_equal(pps_zip_create(w->ctx, path_of(w, "x.zip"), path_of(w, "in"), NULL, &err), PPS_E_CONFLICT);
	assert_non_null(strstr(pps_error_message(err), "changed while it was read"));
}

static void two_readings_differ(void **state)
{
	world *w = *state;
	_cleanup_(pps_error_freep) pps_error *err = NULL;

	assert_ok(pps_ctx_set_memory(w->ctx, 16 << 20, &err), err);
	put_noise(w, "in/a.fits", 20 << 20, 1);
	put_text(w, "keep-time", "");
	pps_ctx_set_progress(w->ctx, meddling, w);
	assert_int_equal(pps_zip_create(w->ctx, path_of(w, "x.zip"), path_of(w, "in"), NULL, &err), PPS_E_CONFLICT);
	assert_non_null(strstr(pps_error_message(err), "changed between two readings"));
	assert_int_equal(access(path_of(w, "x.zip"), F_OK), -1);
}

static void cancelling(const char *what, uint64_t done, uint64_t total, const char *unit, void *user)
{
	world *w = user;

	assert_string_equal(what, "pack x.zip");
	assert_string_equal(unit, "bytes");
	assert_true(done <= total);
	pps_ctx_cancel(w->ctx);
}

static void cancelled(void **state)
{
	world *w = *state;
	_cleanup_(pps_error_freep) pps_error *err = NULL;

	put_noise(w, "in/a.fits", 3 << 20, 1);
	pps_ctx_set_progress(w->ctx, cancelling, w);
	assert_int_equal(pps_zip_create(w->ctx, path_of(w, "x.zip"), path_of(w, "in"), NULL, &err), PPS_E_CANCELLED);
	/* nothing is left behind but the folder: its entry, "." and ".." */
	DIR *d = opendir(w->root);
	int entries = 0;
	while (readdir(d))
		entries++;
	closedir(d);
	assert_int_equal(entries, 3);
}

static void full_disk(void **state)
{
	world *w = *state;
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	_cleanup_(pps_store_listing_freep) pps_store_listing *l = NULL;

	put_noise(w, "in/a.fits", 3 << 20, 1);
	assert_int_equal(mkdir(path_of(w, "disk"), 0700), 0);
	if (getuid() != 0 || mount("tmpfs", path_of(w, "disk"), "tmpfs", 0, "size=1m") < 0)
		skip();
	int r = pps_zip_create(w->ctx, path_of(w, "disk/x.zip"), path_of(w, "in"), NULL, &err);
	int listed = pps_store_list(w->store, "disk", 0, &l, NULL);
	umount(path_of(w, "disk"));
	assert_int_equal(r, PPS_E_NOSPACE);
	assert_int_equal(listed, PPS_OK);
	assert_int_equal(pps_store_listing_count(l), 0);
}

static void dos_times(void **state)
{
	static const struct {
		int64_t seconds;
		uint32_t dos;
	} cases[] = {
		{ 0, 0x00210000 },	    { 315532800, 0x00210000 }, { 315532802, 0x00210001 },
		{ 1764719940, 0x5b82bf60 }, { 4354819198, 0xff9fbf7d }, { 5000000000, 0xff9fbf7d },
	};

	(void)state;
	for (size_t i = 0; i < PPS_COUNT(cases); i++)
		assert_int_equal(pps_zip_time_of(cases[i].seconds * 1000000000), cases[i].dos);
	assert_int_equal(pps_zip_time_to(0x00210001), 315532802000000000);
	assert_int_equal(pps_zip_time_to(0x5b82bf60), 1764719940000000000);
	(void)pps_zip_time_to(0xffffffff);
	(void)pps_zip_time_to(0);
}

#define TEST(fn) WORLD_TEST(fn)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(round_trip),	 TEST(same_sources_same_bytes), TEST(libzip_agrees),	   TEST(larger_than_memory),
		TEST(never_overwrites),	 TEST(extract_and_pack_again),	TEST(hostile_names),	   TEST(names_twice), TEST(overlapping),
		TEST(each_byte_counts),	 TEST(cut_short),		TEST(bytes_around),	   TEST(adopts_and_compares),
		TEST(sources_that_change), TEST(source_meddled_with),	TEST(two_readings_differ), TEST(cancelled),		TEST(full_disk),	   TEST(dos_times),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
