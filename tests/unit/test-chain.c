/* SPDX-License-Identifier: BSD-3-Clause */
/* CHAINED collections, kept as configured, on SQLite; tests/interop/tags_twin.py does the same on both databases beside the real Butler. */
#include "butler-place.h"

#include "butler/chain.h"
#include "butler/prepare.h"
#include "butler/tag.h"

/* Ours are capital letters, others' small ones. */
static void test_merge(void **state)
{
	static const struct {
		const char *there, *wanted, *result;
	} cases[] = {
		{ "", "", "" },		  { "", "AB", "AB" },	    { "AB", "AB", "AB" },     { "BA", "AB", "AB" },
		{ "A", "AB", "AB" },	  { "x", "AB", "xAB" },	    { "xA", "A", "xA" },      { "AxB", "AB", "AxB" },
		{ "ABx", "AB", "ABx" },	  { "BxA", "AB", "ABx" },   { "AxyB", "ACB", "AxyCB" }, { "x", "", "x" },
		{ "xAyBz", "B", "xAyBz" }, { "AxBy", "BCA", "ByCAx" }, { "xyA", "BA", "xyBA" },
	};

	(void)state;
	for (size_t i = 0; i < PPS_COUNT(cases); i++) {
		int64_t there[16], wanted[16], ret[32];
		size_t nt = strlen(cases[i].there), nw = strlen(cases[i].wanted), n;
		char text[33];

		for (size_t k = 0; k < nt; k++)
			there[k] = cases[i].there[k];
		for (size_t k = 0; k < nw; k++)
			wanted[k] = cases[i].wanted[k];
		n = pps_chain_merge(there, nt, wanted, nw, ret);
		for (size_t k = 0; k < n; k++)
			text[k] = (char)ret[k];
		text[n] = 0;
		assert_string_equal(text, cases[i].result);
		/* once more changes nothing */
		memcpy(there, ret, n * sizeof *there);
		assert_int_equal(pps_chain_merge(there, n, wanted, nw, ret), n);
		assert_memory_equal(there, ret, n * sizeof *there);
	}
}

/* "NAME TYPE\n", two blanks for each level. */
static void assert_tree(const char *names, const char *wanted)
{
	_cleanup_(pps_butler_unrefp) pps_butler *b = must_open(world.embargo, PPS_BUTLER_READ);
	_cleanup_(pps_butler_collections_freep) pps_butler_collections *list = NULL;
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	_cleanup_buf_ pps_buf text = PPS_BUF_LINE;

	assert_ok(pps_butler_query_collections(b, names, &list, &err), err);
	assert_null(pps_butler_collections_name(list));
	while (pps_butler_collections_next(list))
		pps_buf_printf(&text, "%*s%s %d\n", 2 * (int)pps_butler_collections_depth(list), "", pps_butler_collections_name(list),
			       pps_butler_collections_type(list));
	assert_string_equal(pps_buf_text(&text), wanted);
}

static void report_clear(pps_butler_report *report)
{
	pps_report_clear(report);
}

static size_t count(const pps_butler_report *report, int kind, const char *words)
{
	size_t n = 0;

	for (size_t i = 0; i < report->n; i++)
		n += report->at[i].kind == kind && strstr(report->at[i].text, words);
	return n;
}

static void test_ensure(void **state)
{
	static const char *const children[] = { "LSSTCam/raw/all", "later", "available" }, *const round[] = { "outer" }, *const outer[] = { "chain" };
	_cleanup_(pps_butler_unrefp) pps_butler *b = must_open(world.embargo, PPS_BUTLER_WRITE);
	_cleanup_(report_clear) pps_butler_report dry = { 0 }, first = { 0 }, again = { 0 }, appeared = { 0 }, other = { 0 };
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	int64_t collections = number(world.embargo, "SELECT count(*) FROM collection");

	(void)state;
	assert_ok(pps_butler_ensure_chain(b, "chain", "Doc.", children, 3, PPS_BUTLER_DRY_RUN, &dry, &err), err);
	assert_int_equal(number(world.embargo, "SELECT count(*) FROM collection"), collections);
	assert_int_equal(count(&dry, PPS_FINDING_ADDED, "collection chain, CHAINED"), 1);
	assert_ok(pps_butler_ensure_collection(b, "available", PPS_COLLECTION_TAGGED, NULL, NULL, NULL, &err), err);
	assert_ok(pps_butler_ensure_chain(b, "chain", "Doc.", children, 3, 0, &first, &err), err);
	assert_int_equal(count(&first, PPS_FINDING_MISSING, "chain: its child later does not exist"), 1);
	assert_int_equal(first.inserted, 3);
	assert_tree("chain", "chain 3\n  LSSTCam/raw/all 1\n  available 2\n");
	assert_ok(pps_butler_ensure_chain(b, "chain", "Other.", children, 3, 0, &again, &err), err);
	assert_int_equal(again.inserted, 0);
	assert_int_equal(again.n, 1);
	assert_int_equal(number(world.embargo, "SELECT count(*) FROM collection WHERE name = 'chain' AND doc = 'Doc.'"), 1);

	run_sql(world.embargo, "INSERT INTO collection_chain SELECT (SELECT collection_id FROM collection WHERE name = 'chain'), -4, "
			       "(SELECT collection_id FROM collection WHERE name = 'LSSTCam/raw/guider')");
	assert_ok(pps_butler_ensure_collection(b, "later", PPS_COLLECTION_TAGGED, NULL, NULL, NULL, &err), err);
	assert_ok(pps_butler_ensure_chain(b, "chain", NULL, children, 3, 0, &appeared, &err), err);
	assert_int_equal(count(&appeared, PPS_FINDING_MISSING, ""), 0);
	assert_tree("chain", "chain 3\n  LSSTCam/raw/guider 1\n  LSSTCam/raw/all 1\n  later 2\n  available 2\n");

	assert_ok(pps_butler_ensure_chain(b, "outer", NULL, outer, 1, 0, &other, &err), err);
	assert_tree(NULL, "outer 3\n  chain 3\n    LSSTCam/raw/guider 1\n    LSSTCam/raw/all 1\n    later 2\n    available 2\n");
	assert_tree("l*,outer", "later 2\nouter 3\n  chain 3\n    LSSTCam/raw/guider 1\n    LSSTCam/raw/all 1\n    later 2\n    available 2\n");
	assert_fails(pps_butler_ensure_chain(b, "chain", NULL, round, 1, 0, &other, &failed), PPS_E_CONFLICT, "would hold itself");
	assert_fails(pps_butler_ensure_chain(b, "chain", NULL, outer, 1, 0, &other, &failed), PPS_E_CONFLICT, "would hold itself");
	assert_fails(pps_butler_ensure_chain(b, "available", NULL, children, 1, 0, &other, &failed), PPS_E_CONFLICT, "is TAGGED, not CHAINED");
	assert_tree("chain", "chain 3\n  LSSTCam/raw/guider 1\n  LSSTCam/raw/all 1\n  later 2\n  available 2\n");
}

static void test_query(void **state)
{
	_cleanup_(pps_butler_unrefp) pps_butler *b = must_open(world.embargo, PPS_BUTLER_READ);
	_cleanup_(report_clear) pps_butler_report report = { 0 };
	pps_butler_collections *list = NULL;

	(void)state;
	assert_tree(NULL, "LSSTCam/raw/all 1\nLSSTCam/raw/guider 1\n");
	assert_fails(pps_butler_query_collections(b, "LSSTCam/raw/all,nowhere", &list, &failed), PPS_E_NOTFOUND, "nowhere");
	assert_fails(pps_butler_query_collections(b, NULL, NULL, &failed), PPS_E_ARG, "ret");
	assert_fails(pps_butler_ensure_chain(b, "chain", NULL, NULL, 0, 0, &report, &failed), PPS_E_ACCESS, "reading only");
	/* a chain that somebody made to hold itself */
	run_sql(world.embargo, "INSERT INTO collection VALUES (90, 'x', 3, 'Ω'); INSERT INTO collection_chain VALUES (90, 0, 90)");
	if (pps_butler_query_collections(b, "x", &list, NULL) < 0)
		fail();
	assert_int_equal(pps_butler_collections_count(list), 65);
	assert_int_equal(pps_butler_collections_next(list), 1);
	assert_string_equal(pps_butler_collections_doc(list), "Ω");
	pps_butler_collections_free(list);
	/* 22 levels of two chains, each of which holds both of the next: four million entries */
	run_sql(world.embargo, "WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 43) "
			       "INSERT INTO collection SELECT 100 + i, printf('y%02d', i), 3, NULL FROM n; INSERT INTO collection_chain "
			       "SELECT p.collection_id, c.collection_id % 2, c.collection_id FROM collection p, collection c WHERE p.name GLOB 'y*' "
			       "AND c.name GLOB 'y*' AND c.collection_id / 2 = p.collection_id / 2 + 1");
	assert_fails(pps_butler_query_collections(b, "y00", &list, &failed), PPS_E_CONFLICT, "more than");
}

/* The records and the collections of the mission, into a repository that has nothing. */
static void test_prepare(void **state)
{
	static const char *const available[] = { "LSSTCam/raw/all", "A" }, *const all[] = { "inner", "E" };
	const pps_conf_chain chains[] = { { .name = "outer", .children = { (const char **)all, 2 } },
					  { .name = "inner", .children = { (const char **)available, 2 } } };
	const pps_conf_collections collections = { .available = "A", .expired = "E", .chains = chains, .nchains = 2 };
	_cleanup_(pps_butler_unrefp) pps_butler *source = must_open(world.embargo, PPS_BUTLER_READ), *dest = must_open(world.main, PPS_BUTLER_WRITE);
	_cleanup_(pps_error_freep) pps_error *err = NULL;

	(void)state;
	run_sql(world.main, "DELETE FROM detector; DELETE FROM physical_filter");
	for (int i = 0; i < 3; i++) {
		_cleanup_(pps_butler_report_freep) pps_butler_report *report = NULL;
		int is_dry = i == 0;

		assert_ok(pps_butler_prepare_from(dest, source, &collections, PPS_TRANSFER_COPY, NULL, NULL, is_dry ? PPS_BUTLER_DRY_RUN : 0, &report, &err), err);
		assert_int_equal(number(world.main, "SELECT count(*) FROM detector") > 0, !is_dry);
		assert_int_equal(number(world.main, "SELECT count(*) FROM collection"), is_dry ? 0 : 4);
		assert_int_equal(count(report, PPS_FINDING_ADDED, ""), is_dry ? 6 : i == 1 ? 8 : 0);
		assert_int_equal(report->records_added > 0, i < 2);
	}
	assert_int_equal(number(world.main, "SELECT count(*) FROM detector"), number(world.embargo, "SELECT count(*) FROM detector"));
	assert_int_equal(number(world.main, "SELECT count(*) FROM physical_filter"), number(world.embargo, "SELECT count(*) FROM physical_filter"));
	assert_int_equal(number(world.main, "SELECT count(*) FROM tract"), number(world.embargo, "SELECT count(*) FROM tract"));
	assert_int_equal(number(world.main, "SELECT count(*) FROM collection_chain"), 3);
	for (int i = 0; i < 2; i++) {
		_cleanup_(pps_butler_report_freep) pps_butler_report *report = NULL;

		assert_fails(pps_butler_prepare_from(dest, source, &collections, PPS_TRANSFER_COPY, i ? NULL : "Nowhere", i ? "nowhere" : NULL, 0, &report,
						     &failed), PPS_E_NOTFOUND, i ? "skymap nowhere" : "instrument Nowhere");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_merge), PLACE_TEST(test_ensure), PLACE_TEST(test_query), PLACE_TEST(test_prepare),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
