/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the library does with Butler repositories, for tests that compare it with the Python Butler.
 *
 *   butler-tool info REPO
 *   butler-tool exposures REPO INSTRUMENT WHERE
 *   butler-tool datasets REPO TYPES COLLECTIONS INSTRUMENT WHERE
 *   butler-tool collections REPO NAME...
 *   butler-tool tracts REPO INSTRUMENT EXPOSURE SKYMAP
 *   butler-tool transfer SOURCE DEST TYPES COLLECTIONS INSTRUMENT WHERE refs|with_visits
 *   butler-tool ingest REPO ZIP [RECORD_URI]
 *   butler-tool dry-run REPO ZIP
 *   butler-tool verify REPO ZIP
 *   butler-tool register DEST SOURCE TYPE...     dataset types as in SOURCE
 *   butler-tool runs DEST RUN...
 *   butler-tool rate REPO ZIP                    nanoseconds of one ingest
 *   butler-tool serve SOURCE DEST                for each line "EXPOSURE ZIP": nanoseconds of its dimension records and of its ingest
 *   butler-tool storm REPO ZIP...                ingests all of them, one after the other, with one connection
 *   butler-tool purge REPO UUID...               datasets, records and files; `-` reads the UUIDs from standard input
 *   butler-tool unstore REPO UUID...             records and files
 *   butler-tool trash REPO UUID...               the first half of purge
 *   butler-tool tag REPO COLLECTION keep|replace UUID...
 *   butler-tool untag REPO COLLECTION UUID...
 *   butler-tool expire REPO AVAILABLE EXPIRED keep|replace UUID...
 *   butler-tool expire-chunks REPO AVAILABLE EXPIRED -   in chunks, several at a time, as a service does it; prints nanoseconds
 *   butler-tool tagged REPO COLLECTION [DOC]     registers it
 *   butler-tool chain REPO COLLECTION DOC CHILD...
 *   butler-tool empty-trash REPO UUID...         the second half
 *
 * With BUTLER_TOOL_CLOCK in the environment it says on standard error how many nanoseconds this took, with the repository open.
 */
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "archive/raw-archive.h"
#include "archive/zip.h"
#include "base/pool.h"
#include "butler/butler-private.h"
#include "butler/chain.h"
#include "butler/purge.h"
#include "butler/unstore.h"

static int complain(int r, pps_error *err)
{
	fprintf(stderr, "%s: %s\n", pps_error_code_name(r), pps_error_message(err));
	pps_error_free(err);
	return 1;
}

static int info(pps_butler *b)
{
	printf("config %s\nroot %s\nuniverse %d\nschema %s\nwritable %s\n", pps_butler_config_uri(b), pps_butler_root(b),
	       pps_butler_universe_version(b), pps_butler_schema(b) ? pps_butler_schema(b) : "",
	       pps_butler_why_not_writable(b) ? pps_butler_why_not_writable(b) : "yes");
	for (size_t i = 0; i < pps_butler_part_count(b); i++)
		printf("part %s %s %s\n", pps_butler_part_name(b, i), pps_butler_part_class(b, i), pps_butler_part_version(b, i));
	for (size_t i = 0; i < pps_butler_datastore_count(b); i++)
		printf("datastore %s %s\n", pps_butler_datastore_name(b, i), pps_butler_datastore_root(b, i));
	return 0;
}

static int exposures(pps_butler *b, char **a, pps_error **err)
{
	_cleanup_(pps_butler_exposures_freep) pps_butler_exposures *list = NULL;
	int r = pps_butler_query_exposures(b, *a[0] ? a[0] : NULL, a[1], INT64_MIN, INT64_MAX, &list, err);

	while (r >= 0 && pps_butler_exposures_next(list)) {
		int64_t begin, end;

		pps_butler_exposures_timespan(list, &begin, &end);
		printf("%s %lld %s %lld %s %s %s %d %lld %lld\n", pps_butler_exposures_instrument(list),
		       (long long)pps_butler_exposures_id(list), pps_butler_exposures_obs_id(list),
		       (long long)pps_butler_exposures_day_obs(list), pps_butler_exposures_group(list),
		       pps_butler_exposures_physical_filter(list), pps_butler_exposures_observation_type(list),
		       pps_butler_exposures_can_see_sky(list), (long long)begin, (long long)end);
	}
	return r;
}

static int datasets(pps_butler *b, char **a, pps_butler_datasets **list, pps_error **err)
{
	return pps_butler_query_datasets(b, a[0], a[1], *a[2] ? a[2] : NULL, a[3], list, err);
}

static void print_datasets(pps_butler_datasets *list)
{
	while (pps_butler_datasets_next(list)) {
		const char *uri = pps_butler_datasets_uri(list);

		printf("%s\t%s\t%s", pps_butler_datasets_id(list), pps_butler_datasets_type(list), pps_butler_datasets_run(list));
		for (size_t i = 0; i < pps_butler_datasets_key_count(list); i++) {
			int64_t n = 0;
			const char *s = pps_butler_datasets_key(list, i, &n);

			printf("\t%s=", pps_butler_datasets_key_name(list, i));
			if (s)
				printf("%s", s);
			else
				printf("%lld", (long long)n);
		}
		printf("\t%s\t%lld\t%s\t%s\n", uri ? uri : "-", (long long)pps_butler_datasets_size(list),
		       uri ? pps_butler_datasets_formatter(list) : "-", uri ? pps_butler_datasets_storage_class(list) : "-");
	}
}

static int collections(pps_butler *b, int n, char **a, pps_error **err)
{
	_cleanup_(pps_butler_collections_freep) pps_butler_collections *list = NULL;
	int r = pps_butler_find_collections(b, (const char *const *)a, (size_t)n, 0, &list, err);

	for (size_t i = 0; r >= 0 && i < list->n; i++)
		printf("%s %d\n", list->at[i].name, list->at[i].type);
	return r;
}

static int tracts(pps_butler *b, char **a, pps_error **err)
{
	_cleanup_free_ int64_t *list = NULL;
	size_t n = 0;
	int r = pps_butler_find_tracts(b, a[0], strtoll(a[1], NULL, 10), a[2], &list, &n, err);

	for (size_t i = 0; r >= 0 && i < n; i++)
		printf("%lld\n", (long long)list[i]);
	return r;
}

static int transfer(pps_ctx *ctx, pps_butler *source, char **a, pps_error **err)
{
	_cleanup_(pps_butler_datasets_freep) pps_butler_datasets *list = NULL;
	_cleanup_(pps_butler_unrefp) pps_butler *dest = NULL;
	int mode = strcmp(a[5], "with_visits") == 0 ? PPS_RECORDS_WITH_VISITS : PPS_RECORDS_REFS, r;
	int64_t inserted = 0;

	if ((r = pps_butler_open(ctx, a[0], PPS_BUTLER_WRITE, &dest, err)) < 0 || (r = datasets(source, a + 1, &list, err)) < 0 ||
	    (r = pps_butler_ensure_dimensions(source, dest, list, mode, 0, &inserted, err)) < 0)
		return r;
	printf("inserted %lld\n", (long long)inserted);
	return r;
}

static void print_report(const pps_butler_report *report)
{
	printf("datasets %zu missing %zu different %zu inserted %lld\n", report->ndatasets, report->nmissing, report->ndifferent,
	       (long long)report->inserted);
	for (size_t i = 0; i < pps_butler_report_count(report); i++)
		printf("%d %s\n", pps_butler_report_kind(report, i), pps_butler_report_text(report, i));
}

static int on_zip(pps_butler *b, const char *verb, int n, char **a, pps_error **err)
{
	_cleanup_(pps_butler_report_freep) pps_butler_report *report = NULL;
	int r;

	if (strcmp(verb, "verify") == 0)
		r = pps_butler_verify_zip(b, a[0], n > 1 ? a[1] : NULL, PPS_BUTLER_CHECK_FILES, &report, err);
	else
		r = pps_butler_ingest_zip(b, a[0], n > 1 ? a[1] : NULL, strcmp(verb, "dry-run") == 0 ? PPS_BUTLER_DRY_RUN : 0, &report, err);
	if (r >= 0)
		print_report(report);
	return r;
}

static int register_types(pps_ctx *ctx, pps_butler *dest, int n, char **a, pps_error **err)
{
	_cleanup_(pps_butler_types_freep) pps_butler_types *types = NULL;
	_cleanup_(pps_butler_unrefp) pps_butler *source = NULL;
	int r;

	if ((r = pps_butler_open(ctx, a[0], PPS_BUTLER_READ, &source, err)) < 0 ||
	    (r = pps_butler_find_types(source, (const char *const *)a + 1, (size_t)(n - 1), &types, err)) < 0)
		return r;
	return pps_butler_ensure_types(dest, types, 0, err);
}

static int storm(pps_butler *b, int n, char **a, int timed, pps_error **err)
{
	for (int i = 0; i < n; i++) {
		int64_t start = pps_monotonic_now();
		int r = pps_butler_ingest_zip(b, a[i], NULL, 0, NULL, err);

		if (r < 0)
			return r;
		if (timed)
			printf("%lld\n", (long long)(pps_monotonic_now() - start));
	}
	return 0;
}

static int serve_one(pps_butler *source, pps_butler *dest, char *line, pps_error **err)
{
	_cleanup_(pps_butler_datasets_freep) pps_butler_datasets *list = NULL;
	static const char *const types[] = { "raw", "guider_raw" }, *const collections[] = { "*" };
	char *zip = strchr(line, ' ');
	int64_t exposure = strtoll(line, NULL, 10), start = pps_monotonic_now(), middle;
	int r;

	line[strcspn(line, "\n")] = 0;
	if (!zip)
		return pps_fail(err, PPS_E_ARG, "a line is: EXPOSURE ZIP");
	if ((r = pps_butler_find_datasets(source, "LSSTCam", &exposure, 1, types, 2, collections, 1, 1, &list, err)) < 0)
		return r;
	start = pps_monotonic_now();
	if ((r = pps_butler_ensure_dimensions(source, dest, list, PPS_RECORDS_REFS, 0, NULL, err)) < 0)
		return r;
	middle = pps_monotonic_now();
	if ((r = pps_butler_ingest_zip(dest, zip + 1, NULL, 0, NULL, err)) < 0)
		return r;
	printf("%lld %lld\n", (long long)(middle - start), (long long)(pps_monotonic_now() - middle));
	fflush(stdout);
	return r;
}

static int serve(pps_ctx *ctx, pps_butler *source, const char *to, pps_error **err)
{
	_cleanup_(pps_butler_unrefp) pps_butler *dest = NULL;
	_cleanup_free_ char *line = NULL;
	size_t size = 0;
	int r = pps_butler_open(ctx, to, PPS_BUTLER_WRITE, &dest, err);

	while (r >= 0 && getline(&line, &size, stdin) > 0)
		r = serve_one(source, dest, line, err);
	return r;
}

static int add_id(pps_uuid **ids, size_t *cap, size_t *n, const char *text, pps_error **err)
{
	if (pps_grow(ids, cap, *n, sizeof **ids) < 0)
		return pps_fail_nomem(err);
	return pps_uuid_parse(text, &(*ids)[(*n)++], err);
}

/* The arguments, or with "-" the lines of standard input. */
static int read_ids(int n, char **a, pps_uuid **ids, size_t *count, pps_error **err)
{
	_cleanup_free_ char *line = NULL;
	size_t cap = 0, size = 0;
	int r = PPS_OK;

	if (n == 1 && strcmp(a[0], "-") == 0) {
		while (r >= 0 && getline(&line, &size, stdin) > 0) {
			line[strcspn(line, "\n")] = '\0';
			r = add_id(ids, &cap, count, line, err);
		}
	} else {
		for (int i = 0; i < n && r >= 0; i++)
			r = add_id(ids, &cap, count, a[i], err);
	}
	return r;
}

static int purge(pps_butler *b, const char *verb, int n, char **a, pps_error **err)
{
	_cleanup_free_ pps_uuid *ids = NULL;
	size_t count = 0;
	int64_t changed = 0;
	int r = read_ids(n, a, &ids, &count, err);

	if (r >= 0 && strcmp(verb, "unstore") == 0)
		r = pps_butler_unstore(b, ids, count, &changed, err);
	else if (r >= 0 && strcmp(verb, "empty-trash") != 0)
		r = pps_butler_trash(b, ids, count, PPS_TRASH_PURGE, &changed, err);
	if (r >= 0 && strcmp(verb, "trash") != 0 && strcmp(verb, "unstore") != 0)
		r = pps_butler_empty_trash(b, ids, count, NULL, NULL, err);
	if (r >= 0)
		printf("changed %lld\n", (long long)changed);
	return r;
}

static void print_tags(const char *what, const pps_tag_report *report)
{
	char one[37], two[37];

	printf("%s %lld\n", what, (long long)report->changed);
	for (size_t i = 0; i < report->nconflicts; i++) {
		pps_uuid_format(&report->conflicts[i].id, one);
		pps_uuid_format(&report->conflicts[i].other, two);
		printf("conflict %s %s\n", one, two);
	}
	for (size_t i = 0; i < report->nunknown; i++) {
		pps_uuid_format(&report->unknown[i], one);
		printf("unknown %s\n", one);
	}
}

static int rule_of(const char *text)
{
	return strcmp(text, "replace") == 0 ? PPS_TAG_REPLACE : PPS_TAG_KEEP;
}

static int tag(pps_butler *b, const char *verb, int n, char **a, pps_error **err)
{
	_cleanup_(pps_expire_report_clear) pps_expire_report report = { 0 };
	_cleanup_free_ pps_uuid *ids = NULL;
	size_t count = 0;
	int first = strcmp(verb, "tag") == 0 ? 2 : strcmp(verb, "untag") == 0 ? 1 : 3;
	int r = n < first ? pps_fail(err, PPS_E_ARG, "usage: see the head of butler-tool.c") : read_ids(n - first, a + first, &ids, &count, err);

	if (r < 0)
		return r;
	if (first == 2)
		r = pps_butler_associate(b, a[0], ids, count, rule_of(a[1]), &report.available, err);
	else if (first == 1)
		r = pps_butler_disassociate(b, a[0], ids, count, &report.available, err);
	else
		r = pps_butler_expire(b, ids, count, a[0], a[1], rule_of(a[2]), &report, err);
	if (r < 0)
		return r;
	print_tags("changed", &report.available);
	if (first == 3) {
		print_tags("expired", &report.expired);
		printf("dropped %lld\n", (long long)report.dropped);
	}
	return r;
}

/* ---- as the service expires: its threads, chunks and connections by default ---- */

enum { HANDS = 8, HAND_CHUNK = 1000 };

struct expiry {
	const pps_uuid *ids;
	size_t n;
	const char *available, *expired;
	atomic_size_t next;
};

/* A job is a connection: the next chunks, until there are no more. */
static int expire_chunks(void *job, void *user, pps_error **err)
{
	struct expiry *all = user;
	size_t i;
	int r = PPS_OK;

	while (r >= 0 && (i = atomic_fetch_add(&all->next, HAND_CHUNK)) < all->n) {
		_cleanup_(pps_expire_report_clear) pps_expire_report report = { 0 };

		r = pps_butler_expire(job, all->ids + i, all->n - i < HAND_CHUNK ? all->n - i : HAND_CHUNK, all->available, all->expired, PPS_TAG_KEEP,
				      &report, err);
	}
	return r;
}

static int expire_with(pps_ctx *ctx, pps_butler **hands, struct expiry *all, pps_error **err)
{
	_cleanup_(pps_pool_freep) pps_pool *pool = NULL;
	const int64_t from = pps_monotonic_now();
	int r = pps_pool_new(ctx, HANDS, HANDS, expire_chunks, NULL, all, &pool, err);

	for (int i = 0; i < HANDS && r >= 0; i++)
		r = pps_pool_submit(pool, hands[i], err);
	if (r >= 0 && (r = pps_pool_wait(pool, err)) >= 0)
		printf("%lld\n", (long long)(pps_monotonic_now() - from));
	return r;
}

static int expire_at_once(pps_ctx *ctx, pps_butler *b, char **a, pps_error **err)
{
	pps_butler *hands[HANDS] = { NULL };
	_cleanup_free_ pps_uuid *ids = NULL;
	struct expiry all = { .available = a[0], .expired = a[1] };
	int r = read_ids(1, a + 2, &ids, &all.n, err);

	all.ids = ids;
	for (int i = 0; i < HANDS && r >= 0; i++)
		r = pps_butler_open(ctx, pps_butler_config_uri(b), PPS_BUTLER_WRITE, &hands[i], err);
	if (r >= 0)
		r = expire_with(ctx, hands, &all, err);
	for (int i = 0; i < HANDS; i++)
		pps_butler_unref(hands[i]);
	return r;
}

static int chain(pps_butler *b, int n, char **a, pps_error **err)
{
	pps_butler_report report = { 0 };
	int r = pps_butler_ensure_chain(b, a[0], *a[1] ? a[1] : NULL, (const char *const *)a + 2, (size_t)(n - 2), 0, &report, err);

	if (r >= 0)
		print_report(&report);
	for (size_t i = 0; i < report.n; i++)
		free(report.at[i].text);
	free(report.at);
	return r;
}

static int is_removal(const char *verb)
{
	return strcmp(verb, "purge") == 0 || strcmp(verb, "unstore") == 0 || strcmp(verb, "trash") == 0 || strcmp(verb, "empty-trash") == 0;
}

static int act(pps_ctx *ctx, pps_butler *b, const char *verb, int n, char **a, pps_error **err)
{
	_cleanup_(pps_butler_datasets_freep) pps_butler_datasets *list = NULL;
	int r;

	if (strcmp(verb, "info") == 0)
		return info(b);
	if (strcmp(verb, "exposures") == 0 && n == 2)
		return exposures(b, a, err);
	if (strcmp(verb, "datasets") == 0 && n == 4) {
		if ((r = datasets(b, a, &list, err)) >= 0)
			print_datasets(list);
		return r;
	}
	if (strcmp(verb, "collections") == 0)
		return collections(b, n, a, err);
	if (strcmp(verb, "tracts") == 0 && n == 3)
		return tracts(b, a, err);
	if (strcmp(verb, "transfer") == 0 && n == 6)
		return transfer(ctx, b, a, err);
	if (strcmp(verb, "serve") == 0 && n == 1)
		return serve(ctx, b, a[0], err);
	if (strcmp(verb, "register") == 0 && n > 1)
		return register_types(ctx, b, n, a, err);
	if (strcmp(verb, "runs") == 0)
		return pps_butler_ensure_runs(b, (const char *const *)a, (size_t)n, 0, err);
	if (is_removal(verb))
		return purge(b, verb, n, a, err);
	if (strcmp(verb, "tag") == 0 || strcmp(verb, "untag") == 0 || strcmp(verb, "expire") == 0)
		return tag(b, verb, n, a, err);
	if (strcmp(verb, "expire-chunks") == 0 && n == 3)
		return expire_at_once(ctx, b, a, err);
	if (strcmp(verb, "chain") == 0 && n > 1)
		return chain(b, n, a, err);
	if (strcmp(verb, "tagged") == 0 && n > 0)
		return pps_butler_ensure_collection(b, a[0], PPS_COLLECTION_TAGGED, n > 1 ? a[1] : NULL, NULL, NULL, err);
	if (strcmp(verb, "rate") == 0 || strcmp(verb, "storm") == 0)
		return storm(b, n, a, strcmp(verb, "rate") == 0, err);
	return n > 0 ? on_zip(b, verb, n, a, err) : pps_fail(err, PPS_E_ARG, "usage: see the head of butler-tool.c");
}

int main(int argc, char **argv)
{
	static const char *const readers[] = { "info", "exposures", "datasets", "collections", "tracts", "transfer", "serve",
					      "verify", "dry-run" };
	int mode = PPS_BUTLER_WRITE, r;
	pps_error *err = NULL;
	pps_butler *b = NULL;
	pps_ctx *ctx = NULL;

	if (argc < 3)
		return 2;
	for (size_t i = 0; i < PPS_COUNT(readers); i++)
		if (strcmp(argv[1], readers[i]) == 0)
			mode = PPS_BUTLER_READ;
	if (is_removal(argv[1]))
		mode = PPS_BUTLER_REMOVE;
	if ((r = pps_ctx_new(&ctx, &err)) < 0)
		return complain(r, err);
	if ((r = pps_butler_open(ctx, argv[2], mode, &b, &err)) >= 0) {
		const int64_t from = pps_monotonic_now();

		r = act(ctx, b, argv[1], argc - 3, argv + 3, &err);
		if (getenv("BUTLER_TOOL_CLOCK"))
			fprintf(stderr, "%lld\n", (long long)(pps_monotonic_now() - from));
	}
	pps_butler_unref(b);
	pps_ctx_unref(ctx);
	return r < 0 ? complain(r, err) : 0;
}
