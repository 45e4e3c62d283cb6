/* SPDX-License-Identifier: BSD-3-Clause */
/* Reading ahead: from a store of this test that is slow, fails and counts. */
#include "test.h"

#include <pthread.h>
#include <stdatomic.h>

#include "base/time.h"
#include "store/prefetch.h"
#include "store/store-ops.h"

#define MIB ((size_t)1 << 20)

static struct world {
	pps_ctx *ctx;
	pps_store *store;
	pps_store_ops ops;
	atomic_int at_once, most, reads;
	int delay_us;
	const char *bad; /* the file that fails */
	int bad_code;
	int hangs;
} w;

static char byte_of(const char *name, uint64_t at)
{
	return (char)(at * 7 + at / 255 + (uint64_t)name[0]);
}

static int read_range(pps_store *store, pps_store_range *range, pps_error **err)
{
	int now = atomic_fetch_add(&w.at_once, 1) + 1, most = atomic_load(&w.most), r = PPS_OK;

	(void)store;
	while (now > most && !atomic_compare_exchange_weak(&w.most, &most, now))
		;
	atomic_fetch_add(&w.reads, 1);
	if (w.delay_us)
		usleep((useconds_t)w.delay_us * (1 + (unsigned)(range->offset / 4096 + (unsigned char)range->name[0]) % 3));
	while (w.hangs && !range->should_end(range->user))
		usleep(1000);
	for (size_t i = 0; i < range->size; i++)
		((char *)range->bytes)[i] = byte_of(range->name, range->offset + i);
	range->is_md5 = 1;
	if (w.bad && strcmp(range->name, w.bad) == 0)
		r = pps_fail(err, w.bad_code, "%s: bad", range->name);
	atomic_fetch_sub(&w.at_once, 1);
	return r;
}

static int stat_file(pps_store *store, const char *name, pps_store_stat *ret, pps_error **err)
{
	(void)store;
	(void)err;
	*ret = (pps_store_stat){ .size = 0 };
	snprintf(ret->etag, sizeof ret->etag, "%s", w.bad && strcmp(name, w.bad) == 0 ? "other" : "one");
	return PPS_OK;
}

static int setup(void **state)
{
	(void)state;
	memset(&w, 0, sizeof w);
	if (pps_ctx_new(&w.ctx, NULL) < 0 || pps_store_open(w.ctx, "/nowhere", &w.store, NULL) < 0)
		return -1;
	w.ops = *w.store->ops;
	w.ops.read_range = read_range;
	w.ops.stat = stat_file;
	w.store->ops = &w.ops;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	w.store->ops = &pps_store_file_ops;
	pps_store_unref(w.store);
	pps_ctx_unref(w.ctx);
	return 0;
}

static void add(pps_prefetch *p, const char *name, uint64_t size)
{
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	pps_store_stat known = { .size = size, .etag = "one" };

	assert_ok(pps_prefetch_add(p, w.store, name, &known, &err), err);
}

/* Every byte of every file comes, in order. */
static void drain(pps_prefetch *p, const char *const *names, const uint64_t *sizes, size_t n)
{
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	pps_piece *piece;

	for (size_t i = 0; i < n; i++) {
		uint64_t at = 0;

		do {
			assert_ok(pps_prefetch_next(p, &piece, &err), err);
			assert_non_null(piece);
			assert_int_equal(piece->file, i);
			assert_true(piece->offset == at);
			assert_int_equal(piece->is_md5, piece->size > 0);
			for (size_t k = 0; k < piece->size; k++)
				if (piece->at[k] != byte_of(names[i], at + k))
					fail_msg("byte %zu of piece at %llu of %s", k, (unsigned long long)at, names[i]);
			at += piece->size;
			assert_int_equal(piece->is_last, at == sizes[i]);
			pps_piece_give_back(piece);
		} while (at < sizes[i]);
	}
	assert_ok(pps_prefetch_next(p, &piece, &err), err);
	assert_null(piece);
}

static void bytes_come_in_order(void **state)
{
	static const char *const names[] = { "a", "b", "c", "d", "e", "f", "g" };
	static const uint64_t sizes[] = { 3 * MIB, 1, 0, 131072, 131073, 7 * MIB + 5, 100 };
	_cleanup_(pps_prefetch_freep) pps_prefetch *p = NULL;
	_cleanup_(pps_error_freep) pps_error *err = NULL;

	(void)state;
	w.delay_us = 300;
	assert_ok(pps_prefetch_new(w.ctx, 2 * MIB, 6, &p, &err), err);
	for (size_t i = 0; i < PPS_COUNT(names); i++)
		add(p, names[i], sizes[i]);
	drain(p, names, sizes, PPS_COUNT(names));
	assert_in_range(w.most, 2, 6);
}

static void many_small_files_are_read_at_once(void **state)
{
	enum { N = 200 };
	_cleanup_(pps_prefetch_freep) pps_prefetch *p = NULL;
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	const char *names[N];
	uint64_t sizes[N];

	(void)state;
	w.delay_us = 2000;
	assert_ok(pps_prefetch_new(w.ctx, MIB, 20, &p, &err), err);
	for (size_t i = 0; i < N; i++) {
		names[i] = i % 2 ? "x" : "y";
		sizes[i] = 1000;
		add(p, names[i], sizes[i]);
	}
	drain(p, names, sizes, N);
	assert_int_equal(w.reads, N); /* one request each */
	assert_in_range(w.most, 4, 20);
}

/* What one file may take at the same time fits, whatever is read ahead; and no more than the bound is ever in use. */
static void a_whole_file_may_be_kept(void **state)
{
	_cleanup_(pps_prefetch_freep) pps_prefetch *p = NULL;
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	pps_piece *kept[64], *piece;
	uint64_t held = 0;
	int n = 0;

	(void)state;
	assert_ok(pps_prefetch_new(w.ctx, 4 * MIB, 8, &p, &err), err);
	for (int i = 0; i < 5; i++)
		add(p, "a", pps_prefetch_most(p));
	for (int i = 0; i < 5; i++) {
		do {
			assert_ok(pps_prefetch_next(p, &piece, &err), err);
			kept[n++] = piece;
			held += piece->size;
		} while (!piece->is_last);
		assert_true(held == pps_prefetch_most(p));
		while (n)
			pps_piece_give_back(kept[--n]);
		held = 0;
	}
}

static void the_bound_holds(void **state)
{
	_cleanup_(pps_prefetch_freep) pps_prefetch *p = NULL;
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	pps_piece *piece;

	(void)state;
	assert_ok(pps_prefetch_new(w.ctx, 2 * MIB, 8, &p, &err), err);
	for (int i = 0; i < 100; i++)
		add(p, "a", MIB);
	assert_ok(pps_prefetch_next(p, &piece, &err), err);
	/* the consumer sleeps: reading ahead comes to the bound, and stops there */
	for (int i = 0; i < 6000 && atomic_load(&w.reads) < (int)(2 * MIB / 131072) - 1; i++)
		usleep(10000);
	usleep(100000);
	assert_in_range(w.reads, 2 * MIB / 131072 - 1, 2 * MIB / 131072);
	pps_piece_give_back(piece);
}

static void a_failure_is_told_and_ends_the_rest(void **state)
{
	_cleanup_(pps_prefetch_freep) pps_prefetch *p = NULL;
	_cleanup_(pps_error_freep) pps_error *err = NULL, *again = NULL;
	pps_piece *piece;
	int r;

	(void)state;
	w.bad = "c";
	w.bad_code = PPS_E_CONFLICT;
	assert_ok(pps_prefetch_new(w.ctx, MIB, 4, &p, &err), err);
	for (const char *name = "a\0b\0c\0d\0"; *name; name += 2)
		add(p, name, MIB);
	while ((r = pps_prefetch_next(p, &piece, &err)) == PPS_OK)
		pps_piece_give_back(piece);
	assert_int_equal(r, PPS_E_CONFLICT);
	assert_string_equal(pps_error_message(err), "c: bad");
	assert_int_equal(pps_prefetch_next(p, &piece, &again), PPS_E_CONFLICT);
	assert_string_equal(pps_error_message(again), "c: bad");
}

static void an_empty_file_must_be_the_listed_one(void **state)
{
	_cleanup_(pps_prefetch_freep) pps_prefetch *p = NULL;
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	pps_piece *piece;

	(void)state;
	w.bad = "a";
	assert_ok(pps_prefetch_new(w.ctx, MIB, 4, &p, &err), err);
	add(p, "a", 0);
	assert_int_equal(pps_prefetch_next(p, &piece, &err), PPS_E_CONFLICT);
}

static void *cancel_soon(void *ctx)
{
	usleep(50000);
	pps_ctx_cancel(ctx);
	return NULL;
}

static void waits_end(void **state)
{
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	pps_prefetch *p;
	pps_piece *piece;
	pthread_t thread;

	(void)state;
	w.hangs = 1;
	assert_ok(pps_prefetch_new(w.ctx, MIB, 4, &p, &err), err);
	for (int i = 0; i < 20; i++)
		add(p, "a", MIB);
	pthread_create(&thread, NULL, cancel_soon, w.ctx);
	assert_int_equal(pps_prefetch_next(p, &piece, &err), PPS_E_CANCELLED);
	pthread_join(thread, NULL);
	pps_prefetch_free(p);
}

static void an_md5_is_told_from_other_etags(void **state)
{
	static const char *const others[] = { "", "d41d8cd98f00b204e9800998ecf8427", "d41d8cd98f00b204e9800998ecf8427e-2", "D41D8CD98F00B204E9800998ECF8427E",
					      "g41d8cd98f00b204e9800998ecf8427e" };
	uint8_t md5[16];

	(void)state;
	assert_int_equal(pps_store_etag_md5("d41d8cd98f00b204e9800998ecf8427e", md5), 1);
	assert_memory_equal(md5, "\xd4\x1d\x8c\xd9\x8f\x00\xb2\x04\xe9\x80\x09\x98\xec\xf8\x42\x7e", 16);
	for (size_t i = 0; i < PPS_COUNT(others); i++)
		assert_int_equal(pps_store_etag_md5(others[i], md5), 0);
}

#define PER_TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		PER_TEST(bytes_come_in_order),
		PER_TEST(many_small_files_are_read_at_once),
		PER_TEST(a_whole_file_may_be_kept),
		PER_TEST(the_bound_holds),
		PER_TEST(a_failure_is_told_and_ends_the_rest),
		PER_TEST(an_empty_file_must_be_the_listed_one),
		PER_TEST(waits_end),
		PER_TEST(an_md5_is_told_from_other_etags),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
