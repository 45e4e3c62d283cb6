/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Datasets by UUID, for the scripts beside it; UUIDs come on standard input, one a line.
 *
 *   refs-tool REPO find                          a line of JSON for each: id, type, run, data ID, kind and end of its time, visit, day_obs, URI
 *   refs-tool SOURCE copy|hardlink|direct|in_place DEST CHUNK [TAG]
 *                                                into another repository, and in its TAGGED collection TAG; it and dimension records are there
 *   refs-tool SOURCE MODE DEST whole             the same by pps_butler_transfer()
 *
 * The second prints what was not inserted, and why, then counts and nanoseconds: found, planned, moved, inserted. Both say, by the clock that only goes
 * ahead, from when to when they worked, with the repositories open.
 */
#include <stdio.h>
#include <string.h>

#include "butler/butler-private.h"
#include "butler/ref.h"
#include "butler/tag.h"
#include "store/copy.h"

struct clock {
	int64_t found, planned, moved, inserted;
	size_t ninserted, nthere, nothers;
};

struct transfer {
	pps_butler *source, *dest;
	int mode;
	const char *tag;
	pps_copier *copiers[8]; /* of the destination's members */
	struct clock clock;
};

/* The next ones, at most @most. */
static int read_ids(size_t most, pps_uuid **ret, size_t *ret_n, pps_error **err)
{
	_cleanup_free_ char *line = NULL;
	size_t size = 0, cap = 0;
	int r;

	while (*ret_n < most && getline(&line, &size, stdin) > 0) {
		line[strcspn(line, "\n")] = 0;
		if (pps_grow(ret, &cap, *ret_n, sizeof **ret) < 0)
			return pps_fail_nomem(err);
		if ((r = pps_uuid_parse(line, &(*ret)[*ret_n], err)) < 0)
			return r;
		++*ret_n;
	}
	return PPS_OK;
}

static int find(pps_butler *b, const pps_uuid *ids, size_t n, pps_error **err)
{
	_cleanup_(pps_refs_freep) pps_refs *refs = NULL;
	_cleanup_free_ pps_ref_end *ends = calloc(n + 1, sizeof *ends);
	int64_t start = pps_monotonic_now(), found;
	int r;

	if (!ends)
		return pps_fail_nomem(err);
	if ((r = pps_butler_find_refs(b, ids, n, PPS_REFS_FILES, &refs, err)) < 0)
		return r;
	found = pps_monotonic_now();
	if ((r = pps_butler_find_ends(b, refs, ends, err)) < 0)
		return r;
	fprintf(stderr, "{\"n\": %zu, \"found\": %lld, \"ends\": %lld}\n", refs->n, (long long)(found - start), (long long)(pps_monotonic_now() - found));
	for (size_t i = 0; i < refs->n; i++) {
		_cleanup_free_ char *data_id = NULL;
		char id[37];

		if ((r = pps_ref_data_id(&refs->at[i], &data_id, err)) < 0)
			return r;
		pps_uuid_format(&refs->at[i].id, id);
		printf("{\"id\": \"%s\", \"type\": \"%s\", \"run\": \"%s\", \"data_id\": %s, \"kind\": %d, \"end\": %lld, \"visit\": %lld, \"day_obs\": %lld,"
		       " \"path\": \"%s\", \"date\": %lld}\n", id, refs->at[i].type->name, refs->at[i].run, data_id, ends[i].kind, (long long)ends[i].end,
		       (long long)ends[i].visit, (long long)ends[i].day_obs, refs->at[i].nfiles ? refs->at[i].files->path : "",
		       (long long)refs->at[i].ingest_date);
	}
	return PPS_OK;
}

/* ---- files ---- */

/* Those of one member of the destination; what cannot be moved becomes the place's problem. */
static int move_to(struct transfer *t, pps_ref_places *places, size_t member, pps_error **err)
{
	_cleanup_free_ pps_copy_item *items = calloc(places->n + 1, sizeof *items);
	_cleanup_free_ size_t *of = calloc(places->n + 1, sizeof *of);
	size_t n = 0;
	int r;

	if (!items || !of)
		return pps_fail_nomem(err);
	for (size_t i = 0; i < places->n; i++) {
		const pps_ref_place *p = &places->at[i];

		if (p->problem || p->member != member || strcmp(p->from, p->to) == 0)
			continue;
		of[n] = i;
		items[n++] = (pps_copy_item){ .from = p->from, .name = p->path, .size = p->file->size };
	}
	if (!n)
		return PPS_OK;
	if (!t->copiers[member] && (r = pps_copier_new(pps_butler_ctx(t->dest), pps_butler_datastore_root(t->dest, member), 0, &t->copiers[member], err)) < 0)
		return r;
	r = (t->mode == PPS_TRANSFER_COPY ? pps_copier_copy : pps_copier_link)(t->copiers[member], items, n, NULL, err);
	for (size_t i = 0; r >= 0 && i < n; i++)
		if (items[i].code < 0)
			places->at[of[i]].problem = pps_arena_text(places->arena, items[i].reason ? items[i].reason : "it was not moved");
	pps_copy_items_clear(items, n);
	return r;
}

static int move(struct transfer *t, pps_ref_places *places, pps_error **err)
{
	int r = PPS_OK;

	if (t->mode != PPS_TRANSFER_COPY && t->mode != PPS_TRANSFER_HARDLINK)
		return PPS_OK;
	for (size_t m = 0; m < pps_butler_datastore_count(t->dest) && m < PPS_COUNT(t->copiers) && r >= 0; m++)
		r = move_to(t, places, m, err);
	return r;
}

/* ---- rows ---- */

static void tell(struct transfer *t, const pps_refs *refs, const pps_ref_result *results)
{
	for (size_t i = 0; i < refs->n; i++) {
		char id[37];

		t->clock.ninserted += results[i].outcome == PPS_REF_INSERTED;
		t->clock.nthere += results[i].outcome == PPS_REF_THERE;
		if (results[i].outcome <= PPS_REF_THERE)
			continue;
		t->clock.nothers++;
		pps_uuid_format(&refs->at[i].id, id);
		printf("%s %s %s\n", id, refs->at[i].type->name, results[i].reason);
	}
}

static int transfer_chunk(struct transfer *t, const pps_uuid *ids, size_t n, pps_error **err)
{
	_cleanup_(pps_refs_freep) pps_refs *refs = NULL;
	_cleanup_(pps_ref_places_freep) pps_ref_places *places = NULL;
	_cleanup_free_ pps_ref_result *results = calloc(n + 1, sizeof *results);
	const pps_refs_with with = { .tagged = t->tag, .rule = PPS_TAG_KEEP };
	int64_t at[5] = { pps_monotonic_now() };
	int r;

	if (!results)
		return pps_fail_nomem(err);
	if ((r = pps_butler_find_refs(t->source, ids, n, PPS_REFS_FILES, &refs, err)) < 0)
		return r;
	at[1] = pps_monotonic_now();
	if ((r = pps_butler_plan_files(t->source, t->dest, refs, t->mode, &places, err)) < 0)
		return r;
	at[2] = pps_monotonic_now();
	if ((r = move(t, places, err)) < 0)
		return r;
	at[3] = pps_monotonic_now();
	if ((r = pps_butler_insert_refs(t->dest, refs, places, &with, results, NULL, err)) < 0)
		return r;
	at[4] = pps_monotonic_now();
	t->clock.found += at[1] - at[0];
	t->clock.planned += at[2] - at[1];
	t->clock.moved += at[3] - at[2];
	t->clock.inserted += at[4] - at[3];
	tell(t, refs, results);
	return PPS_OK;
}

/* All of it by the public function. */
static int transfer_whole(struct transfer *t, const pps_uuid *ids, size_t n, const char *mode, pps_error **err)
{
	_cleanup_free_ char(*texts)[37] = calloc(n + 1, sizeof *texts);
	_cleanup_free_ const char **list = calloc(n + 1, sizeof *list);
	const int64_t from = pps_monotonic_now();
	int r;

	if (!texts || !list)
		return pps_fail_nomem(err);
	for (size_t i = 0; i < n; i++) {
		pps_uuid_format(&ids[i], texts[i]);
		list[i] = texts[i];
	}
	r = pps_butler_transfer(t->source, t->dest, list, n, mode, 0, NULL, NULL, err);
	if (r >= 0)
		printf("{\"from_ns\": %lld, \"to_ns\": %lld}\n", (long long)from, (long long)pps_monotonic_now());
	return r;
}

/* Each chunk as soon as its UUIDs have come. */
static int transfer(struct transfer *t, size_t chunk, pps_error **err)
{
	const struct clock *c = &t->clock;
	const int64_t from = pps_monotonic_now();
	int r, is_over = 0;

	do {
		_cleanup_free_ pps_uuid *ids = NULL;
		size_t n = 0;

		r = read_ids(chunk, &ids, &n, err);
		is_over = n < chunk;
		if (r >= 0 && n)
			r = transfer_chunk(t, ids, n, err);
	} while (r >= 0 && !is_over);
	for (size_t m = 0; m < PPS_COUNT(t->copiers); m++)
		pps_copier_free(t->copiers[m]);
	if (r >= 0)
		printf("{\"inserted\": %zu, \"there\": %zu, \"others\": %zu, \"found_ns\": %lld, \"planned_ns\": %lld, \"moved_ns\": %lld,"
		       " \"inserted_ns\": %lld, \"from_ns\": %lld, \"to_ns\": %lld}\n", c->ninserted, c->nthere, c->nothers, (long long)c->found,
		       (long long)c->planned, (long long)c->moved, (long long)c->inserted, (long long)from, (long long)pps_monotonic_now());
	return r;
}

static int mode_of(const char *name)
{
	static const char *const names[] = { "none", "copy", "hardlink", "direct", "in_place" };

	for (int i = 1; i < (int)PPS_COUNT(names); i++)
		if (strcmp(name, names[i]) == 0)
			return i;
	return PPS_TRANSFER_NONE;
}

static int run(pps_ctx *ctx, int argc, char **argv, pps_error **err)
{
	_cleanup_(pps_butler_unrefp) pps_butler *source = NULL, *dest = NULL;
	struct transfer t = { .mode = mode_of(argv[2]), .tag = argc > 5 ? argv[5] : NULL };
	_cleanup_free_ pps_uuid *ids = NULL;
	size_t n = 0;
	int r;

	if ((r = pps_butler_open(ctx, argv[1], PPS_BUTLER_READ, &source, err)) < 0)
		return r;
	if (!t.mode)
		return (r = read_ids(SIZE_MAX, &ids, &n, err)) < 0 ? r : find(source, ids, n, err);
	if ((r = pps_butler_open(ctx, argv[3], PPS_BUTLER_WRITE, &dest, err)) < 0)
		return r;
	t.source = source;
	t.dest = dest;
	if (strcmp(argv[4], "whole") == 0)
		return (r = read_ids(SIZE_MAX, &ids, &n, err)) < 0 ? r : transfer_whole(&t, ids, n, argv[2], err);
	return transfer(&t, strtoul(argv[4], NULL, 10), err);
}

int main(int argc, char **argv)
{
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	pps_ctx *ctx = NULL;
	int r;

	if (argc < 3 || (argc < 5 && strcmp(argv[2], "find") != 0)) {
		fprintf(stderr, "usage: refs-tool REPO find, refs-tool SOURCE MODE DEST CHUNK|whole [TAG]\n");
		return 2;
	}
	r = pps_ctx_new(&ctx, &err);
	if (r == PPS_OK)
		r = run(ctx, argc, argv, &err);
	pps_ctx_unref(ctx);
	if (r < 0)
		fprintf(stderr, "%s: %s\n", pps_error_code_name(r), pps_error_message(err));
	return r < 0;
}
