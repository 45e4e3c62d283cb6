/* SPDX-License-Identifier: BSD-3-Clause */
/* FITS headers, the metadata index, checks of FITS files and sidecars; an exposure's members. */
#include "world.h"

#include <sys/stat.h>
#include <unistd.h>

#include "archive/fits-card.h"
#include "archive/fits-header.h"
#include "archive/fits-index.h"
#include "archive/raw-archive.h"

#define BLOCK 2880

/* Lines to a header: 80 columns each, END and padding added. */
static void add_header(pps_buf *b, const char *const *lines)
{
	char card[81];

	for (; *lines; lines++) {
		snprintf(card, sizeof card, "%-80.80s", *lines);
		pps_buf_add(b, card, 80);
	}
	snprintf(card, sizeof card, "%-80s", "END");
	pps_buf_add(b, card, 80);
	while (b->size % BLOCK)
		pps_buf_add_char(b, ' ');
}

static void add_block(pps_buf *b)
{
	static const char zeros[BLOCK];

	pps_buf_add(b, zeros, sizeof zeros);
}

static const char *const extension[] = {
	"XTENSION= 'IMAGE   '", "BITPIX  =                   16", "NAXIS   =                    2", "NAXIS1  =                    8",
	"NAXIS2  =                    4", "PCOUNT  =                    0", "GCOUNT  =                    1",
	"EXTNAME = 'Segment10'", "TEMP    =                -99.5", NULL
};

static void build(pps_buf *b, const char *const *own)
{
	const char *lines[64] = { "SIMPLE  =                    T", "BITPIX  =                    8", "NAXIS   =                    0",
				  "EXTEND  =                    T" };
	size_t n = 4;

	while (*own)
		lines[n++] = *own++;
	lines[n] = NULL;
	add_header(b, lines);
	add_header(b, extension);
	add_block(b);
}

static void card_values(void **state)
{
	static const struct {
		const char *card, *key, *json; /* key "" where the card has no value */
	} cases[] = {
		{ "KEY     = 'text'", "KEY", "\"text\"" },
		{ "KEY     = 'it''s   ' / comment", "KEY", "\"it's\"" },
		{ "KEY     = '  lead'", "KEY", "\"  lead\"" },
		{ "KEY     = '' / none", "KEY", "\"\"" },
		{ "KEY     = 'a / b' / c", "KEY", "\"a / b\"" },
		{ "KEY     = 'it's odd' / c", "KEY", "\"it's odd\"" },
		{ "KEY     =                    T / c", "KEY", "true" },
		{ "KEY     = F", "KEY", "false" },
		{ "KEY     =                   42", "KEY", "42" },
		{ "KEY     =                 -007 / c", "KEY", "-7" },
		{ "KEY     = 123456789012345678901234567890", "KEY", "123456789012345678901234567890" },
		{ "KEY     =                  1.0", "KEY", "1.0" },
		{ "KEY     =                   5.", "KEY", "5.0" },
		{ "KEY     =                  -.5", "KEY", "-0.5" },
		{ "KEY     =               1.5D-7", "KEY", "1.5e-07" },
		{ "KEY     =                1E5", "KEY", "100000.0" },
		{ "KEY     = - 1.5 E 3", "KEY", "-1500.0" },
		{ "KEY     = 1E999", "KEY", "Infinity" },
		{ "KEY     = -1E999", "KEY", "-Infinity" },
		{ "KEY     =                 -0.0", "KEY", "-0.0" },
		{ "KEY     =                      / no value", "KEY", "null" },
		{ "KEY     =", "KEY", "null" },
		{ "KEY     = NaN / not a number", "KEY", "\"NaN\"" },
		{ "KEY     = (1, -2.5) / complex", "KEY", "\"(1, -2.5)\"" },
		{ "KEY     = 'no end", "KEY", "\"'no end\"" },
		{ "key     = 1", "KEY", "1" },
		{ "KEY= 1", "KEY", "1" },
		{ "HIERARCH Foo Bar = 'x' / c", "Foo Bar", "\"x\"" },
		{ "HIERARCH a.b=3", "a.b", "3" },
		{ "DP1     = 'AXIS.1: 2' / record", "DP1.AXIS.1", "2.0" },
		{ "DP1     = 'AXIS.1: two'", "DP1", "\"AXIS.1: two\"" },
		{ "NOVALUE text that follows", "NOVALUE", "\"text that follows\"" },
		{ "KEYWORD =5", "KEYWORD", "\"=5\"" },
		{ "COMMENT = 5", "", "null" },
		{ "HISTORY it was", "", "null" },
		{ "        = 5", "", "null" },
		{ "", "", "null" },
	};

	(void)state;
	for (size_t i = 0; i < PPS_COUNT(cases); i++) {
		_cleanup_(pps_error_freep) pps_error *err = NULL;
		_cleanup_buf_ pps_buf b = PPS_BUF_LINE;
		pps_fits_card card;
		char image[81];

		snprintf(image, sizeof image, "%-80s", cases[i].card);
		assert_ok(pps_fits_card_parse(image, 80, &card, &err), err);
		assert_string_equal(card.key, cases[i].key);
		pps_fits_value_write(&card.value, &b);
		if (strcmp(pps_buf_text(&b), cases[i].json) != 0)
			fail_msg("%s: %s, expected %s", cases[i].card, pps_buf_text(&b), cases[i].json);
		pps_fits_card_clear(&card);
	}
}

static void values_equal_as_in_python(void **state)
{
	static const struct {
		const char *a, *b;
		int equal;
	} cases[] = {
		{ "1", "1.0", 1 },	   { "T", "1", 1 },	    { "F", "0.0", 1 },	{ "T", "2", 0 },
		{ "0.0", "-0.0", 1 },	   { "'1'", "1", 0 },	    { "", "", 1 },	{ "", "0", 0 },
		{ "'a'", "'a  '", 1 },	   { "9007199254740993", "9007199254740992.", 0 }, { "9007199254740992", "9007199254740992.", 1 },
		{ "1E300", "1", 0 },	   { "1E999", "1E999", 1 }, { "1.5", "1", 0 },
	};

	(void)state;
	for (size_t i = 0; i < PPS_COUNT(cases); i++) {
		pps_fits_card a, b;
		char image[96];

		snprintf(image, sizeof image, "KEY     = %-70s", cases[i].a);
		assert_ok(pps_fits_card_parse(image, 80, &a, NULL), NULL);
		snprintf(image, sizeof image, "KEY     = %-70s", cases[i].b);
		assert_ok(pps_fits_card_parse(image, 80, &b, NULL), NULL);
		assert_int_equal(pps_fits_value_equal(&a.value, &b.value), cases[i].equal);
		assert_int_equal(pps_fits_value_equal(&b.value, &a.value), cases[i].equal);
		pps_fits_card_clear(&a);
		pps_fits_card_clear(&b);
	}
}

static void index_of_two(void **state)
{
	static const char *const one[] = { "OBSID   = 'MC_O_1'", "SEQ     =                    1", "ONLY    =                    T",
					   "LONG    = 'aaaa&'", "CONTINUE  'bb''b&' / first", "CONTINUE  '' / last", "COMMENT no",
					   "TWICE   =                    1", "TWICE   =                    2", "HUT     = 'd\351me'", NULL };
	static const char *const two[] = { "OBSID   = 'MC_O_1'", "SEQ     =                    2", "LONG    = 'aaaabb''b'",
					   "TEMP    =                  1.5", "TWICE   =                  2.0", "HUT     = 'd\351me'", NULL };
	world *w = *state;
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	_cleanup_(pps_fits_index_freep) pps_fits_index *index = NULL;
	_cleanup_buf_ pps_buf a = PPS_BUF(1 << 20), b = PPS_BUF(1 << 20), out = PPS_BUF(1 << 20);

	build(&a, one);
	build(&b, two);
	put(w, "a.fits", a.at, a.size);
	put(w, "b.fits", b.at, b.size);
	assert_ok(pps_fits_index_new(-1, &index, &err), err);
	assert_ok(pps_fits_index_add(index, "a.fits", w->store, "a.fits", &err), err);
	assert_ok(pps_fits_index_add(index, "b.fits", w->store, "b.fits", &err), err);
	assert_ok(pps_fits_index_write(index, &out, &err), err);
	assert_string_equal(pps_buf_text(&out),
			    "{\"__CONTENT__\": \"metadata\", \"__COMMON__\": {\"SIMPLE\": true, \"BITPIX\": 16, \"NAXIS\": 2, "
			    "\"EXTEND\": true, \"OBSID\": \"MC_O_1\", \"LONG\": \"aaaabb'b\", \"TWICE\": 2, \"HUT\": \"d?me\", "
			    "\"XTENSION\": \"IMAGE\", \"NAXIS1\": 8, \"NAXIS2\": 4, \"PCOUNT\": 0, \"GCOUNT\": 1, "
			    "\"EXTNAME\": \"Segment10\", \"TEMP\": -99.5}, "
			    "\"a.fits\": {\"SEQ\": 1, \"ONLY\": true}, \"b.fits\": {\"SEQ\": 2}}\n");
}

static void empty_index(void **state)
{
	_cleanup_(pps_fits_index_freep) pps_fits_index *index = NULL;
	_cleanup_buf_ pps_buf out = PPS_BUF(1 << 20);

	(void)state;
	assert_ok(pps_fits_index_new(0, &index, NULL), NULL);
	assert_ok(pps_fits_index_write(index, &out, NULL), NULL);
	assert_string_equal(pps_buf_text(&out), "{\"__CONTENT__\": \"metadata\", \"__COMMON__\": {}}\n");
}

/* Cut anywhere, in a header or in the pixels, it is noticed. */
static void cut_short(void **state)
{
	static const char *const none[] = { NULL };
	world *w = *state;
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	_cleanup_buf_ pps_buf b = PPS_BUF(1 << 20);
	static const size_t cuts[] = { 0, 1, 29, 80, 2000, 2879, 2881, 3000, 5759, 5760, 5761, 6000, 8639 };

	build(&b, none);
	assert_int_equal(b.size, 8640);
	put(w, "whole.fits", b.at, b.size);
	assert_ok(pps_fits_check(w->store, "whole.fits", &err), err);
	for (size_t i = 0; i < PPS_COUNT(cuts); i++) {
		_cleanup_(pps_error_freep) pps_error *e = NULL;
		char name[32];

		snprintf(name, sizeof name, "cut-%zu.fits", cuts[i]);
		put(w, name, b.at, cuts[i]);
		if (pps_fits_check(w->store, name, &e) != PPS_E_FORMAT)
			fail_msg("%s is not noticed", name);
		assert_non_null(strstr(pps_error_message(e), name));
	}
	/* whole blocks of zeros behind it are padding, other bytes are not */
	add_block(&b);
	put(w, "padded.fits", b.at, b.size);
	assert_ok(pps_fits_check(w->store, "padded.fits", &err), err);
	b.at[b.size - 1] = 1;
	put(w, "longer.fits", b.at, b.size);
	assert_int_equal(pps_fits_check(w->store, "longer.fits", &err), PPS_E_FORMAT);
	assert_non_null(strstr(pps_error_message(err), "2880 bytes follow the last HDU"));
	pps_error_free(TAKE_PTR(err));
	assert_int_equal(pps_fits_check(w->store, "gone.fits", NULL), PPS_E_NOTFOUND);
	put(w, "text.fits", "hello", 5);
	assert_int_equal(pps_fits_check(w->store, "text.fits", NULL), PPS_E_FORMAT);
}

static void sidecars(void **state)
{
	static const struct {
		const char *text;
		int ok;
	} cases[] = {
		{ "{\"a\": 1}", 1 }, { "{\"a\": NaN, \"b\": [-Infinity, Infinity]}", 1 }, { "[]", 1 }, { "\"NaN\"", 1 },
		{ "123456789012345678901234567890", 1 }, { "{\"a\": \"say \\\"NaN\"}", 1 }, { "{\"a\": 1,}", 0 },
		{ "{\"a\": nan}", 0 }, { "", 0 }, { "{\"a\": 1", 0 }, { "{} {}", 0 }, { "SIMPLE", 0 }, { "{\"a\": \"\377\"}", 0 },
	};
	world *w = *state;

	for (size_t i = 0; i < PPS_COUNT(cases); i++) {
		_cleanup_(pps_error_freep) pps_error *err = NULL;
		char name[32];
		int r;

		snprintf(name, sizeof name, "%zu.json", i);
		put(w, name, cases[i].text, strlen(cases[i].text));
		r = pps_sidecar_check(w->store, name, &err);
		if (r != (cases[i].ok ? PPS_OK : PPS_E_FORMAT))
			fail_msg("%s: %s", cases[i].text, pps_error_message(err));
		assert_int_equal(pps_error_line(err), cases[i].ok ? 0 : 1);
	}
}

static void members_in_order(void **state)
{
	static const char *const none[] = { NULL };
	static const char *const expected[] = { "_butler_zip_index.json", "_metadata_index.json", "a.fits", "a.json",
						"far.fits",		  "sub/x.txt" };
	world *w = *state;
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	_cleanup_(pps_members_freep) pps_members *m = NULL;
	_cleanup_buf_ pps_buf b = PPS_BUF(1 << 20), meta = PPS_BUF(1 << 20), index = PPS_BUF(1 << 20);

	build(&b, none);
	put(w, "in/a.fits", b.at, b.size);
	put(w, "in/deep/far.fits", b.at, b.size);
	put(w, "in/a.json", "{}", 2);
	put(w, "in/sub/x.txt", "x", 1);
	put(w, "in/_metadata_index.json", "{}", 2);
	put(w, "in/.pps-x-y-1", "", 0);
	put(w, "else/a.fits", b.at, b.size);
	pps_buf_add_text(&index, "{}");
	const pps_raw_artifact artifacts[] = { { "a.fits", w->store, "in/a.fits", b.size },
					       { "far.fits", w->store, "in/deep/far.fits", UINT64_MAX } };
	assert_ok(pps_raw_metadata_index(w->store, "in", artifacts, 2, &meta, &err), err);
	assert_non_null(strstr(pps_buf_text(&meta), "\"far.fits\": {}"));
	assert_null(strstr(pps_buf_text(&meta), "deep"));
	assert_ok(pps_raw_members(w->store, "in", artifacts, 2, &index, &meta, &m, &err), err);
	assert_int_equal(pps_members_count(m), PPS_COUNT(expected));
	for (size_t i = 0; i < PPS_COUNT(expected); i++)
		assert_string_equal(pps_members_at(m, i)->name, expected[i]);
	/* a dataset's file of the name of another in the folder */
	const pps_raw_artifact other = { "a.fits", w->store, "else/a.fits", b.size };
	pps_members *none_made = NULL;
	assert_int_equal(pps_raw_members(w->store, "in", &other, 1, &index, &meta, &none_made, &err), PPS_E_CONFLICT);
}

/* How far an HDU reaches, which tells where the next header of an object is. */
static void sizes_of_hdus(void **state)
{
	static const struct {
		const char *lines[8];
		uint64_t size;
	} cases[] = {
		{ { "SIMPLE  =                    T", "BITPIX  =                    8", "NAXIS   =                    0" }, 2880 },
		{ { "SIMPLE  =                    T", "BITPIX  =                  -32", "NAXIS   =                    2", "NAXIS1  =  10", "NAXIS2  = 100 / rows" },
		  3 * 2880 },
		{ { "XTENSION= 'BINTABLE'", "BITPIX  = 8", "NAXIS   = 2", "NAXIS1  = 8", "NAXIS2  = 100", "PCOUNT  = 3000", "GCOUNT  = +1" }, 3 * 2880 },
		{ { "SIMPLE  = T", "BITPIX  = 16", "NAXIS   = 2", "NAXIS1  = 0", "NAXIS2  = 10", "GROUPS  = T", "PCOUNT  = 5", "GCOUNT  = 1000" }, 12 * 2880 },
		{ { "XTENSION= 'IMAGE'", "BITPIX  = 16", "NAXIS   = 2", "NAXIS1  = 0", "NAXIS2  = 10" }, 2880 },
		{ { "SIMPLE  = T", "BITPIX  = 8", "NAXIS   = 2", "NAXIS1  = 5" }, UINT64_MAX },
		{ { "SIMPLE  = T", "BITPIX  = 8", "NAXIS   = 1", "NAXIS1  = -5" }, UINT64_MAX },
		{ { "SIMPLE  = T", "BITPIX  = 8", "NAXIS   = x" }, UINT64_MAX },
		{ { "SIMPLE  = T", "BITPIX  = 64", "NAXIS   = 3", "NAXIS1  = 9000000000", "NAXIS2  = 9000000000", "NAXIS3  = 9" }, UINT64_MAX },
	};

	(void)state;
	for (size_t i = 0; i < PPS_COUNT(cases); i++) {
		_cleanup_buf_ pps_buf b = PPS_BUF_LINE;
		const char *lines[9] = { NULL };

		memcpy(lines, cases[i].lines, sizeof cases[i].lines);
		add_header(&b, lines);
		assert_int_equal(pps_fits_hdu_size(b.at, b.size), cases[i].size);
		assert_int_equal(pps_fits_hdu_size(b.at, 2 * 80), 0); /* END is not there yet */
	}
}

#define TEST(fn) WORLD_TEST(fn)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(card_values), TEST(values_equal_as_in_python), TEST(index_of_two), TEST(empty_index),
		TEST(cut_short),   TEST(sidecars),		    TEST(members_in_order), TEST(sizes_of_hdus),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
