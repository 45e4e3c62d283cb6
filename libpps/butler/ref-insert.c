/* SPDX-License-Identifier: BSD-3-Clause */
/* Datasets into another repository, a few thousand in a transaction. */
#include "butler/ref-insert.h"

#include <stdarg.h>
#include <string.h>

#include "butler/tag-private.h"

#define ROUNDS_MOST 4 /* of a chunk: others where dimension records are missing, or went meanwhile, and where types or runs are not what they were */

/* What the insertion borrows. */
struct setup {
	pps_insertion in;
	pps_butler_types *wanted;
	const pps_butler_type **types;
	size_t *first_place, *run_of;
	const char **docs;
	int64_t *seen_ids;       /* of runs, before those that are missing are registered */
	int summarizes;          /* new runs come with what summaries will say of them */
	int is_anew;             /* types and runs are asked for, whatever was seen a moment ago */
	unsigned reconnects;     /* of the connection that they hold for */
	pps_ref_result *results; /* when the caller wants none */
};

static void setup_clear(struct setup *s)
{
	if (s->wanted)
		free(s->wanted->at);
	free(s->wanted);
	free(s->types);
	free(s->first_place);
	free(s->run_of);
	free(s->docs);
	free(s->seen_ids);
	free(s->results);
	free(s->in.runs);
	free(s->in.run_ids);
	free(s->in.has);
	free(s->in.recorded);
	pps_tag_report_clear(&s->in.tags);
}

int pps_insertion_decide(pps_insertion *in, size_t ref, int outcome, pps_error **err, const char *fmt, ...)
{
	_cleanup_free_ char *text = NULL;
	va_list args;
	int n;

	va_start(args, fmt);
	n = vasprintf(&text, fmt, args);
	va_end(args);
	if (n < 0) {
		text = NULL;
		return pps_fail_nomem(err);
	}
	in->results[ref] = (pps_ref_result){ outcome, pps_arena_text(in->places->arena, text) };
	return in->results[ref].reason ? PPS_OK : pps_arena_fail(in->places->arena, "datasets", err);
}

/* ---- before: what is inserted, types, runs ---- */

static int index_places(struct setup *s, pps_error **err)
{
	const pps_refs *refs = s->in.refs;
	const pps_ref_places *places = s->in.places;
	size_t k = 0;

	if (!(s->first_place = calloc(refs->n + 1, sizeof *s->first_place)))
		return pps_fail_nomem(err);
	for (size_t i = 0; i < refs->n; i++) {
		s->first_place[i] = k;
		s->in.results[i] = (pps_ref_result){ 0 };
		for (; k < places->n && places->at[k].ref == i; k++)
			if (places->at[k].problem)
				s->in.results[i] = (pps_ref_result){ PPS_REF_SKIPPED, places->at[k].problem };
		if (s->first_place[i] == k)
			s->in.results[i] = (pps_ref_result){ PPS_REF_SKIPPED, "it is not stored in the source" };
	}
	s->first_place[refs->n] = k;
	s->in.first_place = s->first_place;
	return k == places->n ? PPS_OK : pps_fail(err, PPS_E_INTERNAL, "places are not in the order of their datasets");
}

/* The types of what is inserted. */
static int list_types(struct setup *s, pps_error **err)
{
	const pps_butler_types *all = s->in.refs->types;
	_cleanup_free_ uint8_t *used = calloc(all->n + 1, 1);

	if (!used || !(s->wanted = calloc(1, sizeof *s->wanted)) || !(s->wanted->at = calloc(all->n + 1, sizeof *s->wanted->at)) ||
	    !(s->types = calloc(all->n + 1, sizeof *s->types)))
		return pps_fail_nomem(err);
	s->in.types = s->types;
	for (size_t i = 0; i < s->in.refs->n; i++)
		if (!s->in.results[i].outcome)
			used[s->in.refs->at[i].type - all->at] = 1;
	for (size_t i = 0; i < all->n; i++)
		if (used[i])
			s->wanted->at[s->wanted->n++] = all->at[i];
	return PPS_OK;
}

static int read_types(struct setup *s, int *ret_missing, pps_error **err)
{
	pps_butler_types *there;
	int r = pps_butler_compare_types(s->in.butler, s->wanted, &there, ret_missing, err);

	if (r >= 0)
		pps_recent_keep_types(s->in.butler, there);
	return r;
}

/* As the repository has them, each where the source's is. */
static void match_types(struct setup *s, const pps_butler_types *there)
{
	const pps_butler_types *all = s->in.refs->types;

	for (size_t i = 0; i < s->wanted->n; i++) {
		const char *name = s->wanted->at[i].name;

		s->types[pps_butler_type_named(all, name) - all->at] = pps_butler_type_named(there, name);
	}
}

/* Registered where they are missing (or only looked at). */
static int ensure_types(struct setup *s, int is_look, pps_error **err)
{
	const pps_butler_types *recent = s->is_anew ? NULL : pps_recent_types(s->in.butler, s->wanted);
	int r, missing;

	if (recent)
		r = pps_butler_check_types(s->in.butler, s->wanted, recent, &missing, err);
	else if ((r = read_types(s, &missing, err)) >= 0 && missing && !is_look &&
		 (r = pps_butler_ensure_types(s->in.butler, s->wanted, 0, err)) >= 0)
		r = read_types(s, &missing, err);
	if (r < 0)
		return r;
	match_types(s, s->in.butler->recent.types);
	return missing && !is_look ? pps_fail(err, PPS_E_CONFLICT, "a dataset type went while it was being registered") : PPS_OK;
}

static int list_runs(struct setup *s, pps_error **err)
{
	const pps_refs *refs = s->in.refs;
	_cleanup_(pps_map_freep) pps_map *map = pps_map_new();

	if (!map || !(s->run_of = calloc(refs->n + 1, sizeof *s->run_of)) || !(s->in.runs = calloc(refs->n + 1, sizeof *s->in.runs)) ||
	    !(s->docs = calloc(refs->n + 1, sizeof *s->docs)) || !(s->in.run_ids = calloc(refs->n + 1, sizeof *s->in.run_ids)) ||
	    !(s->seen_ids = calloc(refs->n + 1, sizeof *s->seen_ids)))
		return pps_fail_nomem(err);
	for (size_t i = 0; i < refs->n; i++) {
		void *found;

		if (s->in.results[i].outcome)
			continue;
		if (!pps_map_get_text(map, refs->at[i].run, &found)) {
			found = (void *)(uintptr_t)s->in.nruns;
			s->docs[s->in.nruns] = refs->at[i].run_doc;
			s->in.runs[s->in.nruns++] = refs->at[i].run;
			if (pps_map_set_text(map, refs->at[i].run, found) < 0)
				return pps_fail_nomem(err);
		}
		s->run_of[i] = (uintptr_t)found;
	}
	s->in.run_of = s->run_of;
	return PPS_OK;
}

/* Of all that comes: who brings the first of a run at the same time would otherwise wait until a whole chunk is committed. */
static int summarize(const struct setup *s, pps_error **err)
{
	pps_insertion all = s->in;

	all.from = 0;
	all.end = all.refs->n;
	return pps_insertion_summarize(&all, err);
}

static int runs_fn(pps_sql *sql _unused_, void *user, pps_error **err)
{
	struct setup *s = user;
	int64_t inserted = 0;
	int r;

	memcpy(s->in.run_ids, s->seen_ids, s->in.nruns * sizeof *s->seen_ids);
	r = pps_butler_insert_runs_in(s->in.butler, s->in.runs, s->docs, s->in.nruns, s->in.run_ids, &inserted, err);

	return r < 0 || !s->summarizes ? r : summarize(s, err);
}

/* A summary of an instrument or skymap whose record is missing is refused: then the chunks tell whose datasets need it. */
static int insert_runs(struct setup *s, pps_error **err)
{
	_cleanup_(pps_error_freep) pps_error *e = NULL;
	int r;

	s->summarizes = 1;
	r = pps_butler_retry(s->in.butler, runs_fn, s, &e);
	if (r >= 0 || strcmp(pps_error_sqlstate(e), "23503") != 0) {
		pps_error_move(err, TAKE_PTR(e));
		return r;
	}
	s->summarizes = 0;
	return pps_butler_retry(s->in.butler, runs_fn, s, err);
}

static int tables_fn(pps_sql *sql _unused_, void *user, pps_error **err)
{
	const struct setup *s = user;

	return pps_butler_ensure_record_tables(s->in.butler, err);
}

/* Mostly they are there, and one statement tells. */
static int ensure_runs(struct setup *s, int is_look, pps_error **err)
{
	const char *tagged = s->in.with ? s->in.with->tagged : NULL;
	pps_insertion *in = &s->in;
	int r, missing;

	if (!s->is_anew && pps_recent_collections(in->butler, in->runs, in->nruns, tagged, in->run_ids, &in->tagged_id))
		return PPS_OK;
	if ((r = pps_butler_run_ids(in->butler, in->runs, in->nruns, tagged, s->seen_ids, &in->tagged_id, &missing, err)) < 0)
		return r;
	memcpy(in->run_ids, s->seen_ids, in->nruns * sizeof *s->seen_ids);
	if (missing && (is_look || (r = insert_runs(s, err)) < 0))
		return r;
	return pps_recent_keep_collections(in->butler, in->runs, in->run_ids, in->nruns, tagged, in->tagged_id, err);
}

static int ensure_tables(struct setup *s, pps_error **err)
{
	pps_butler *b = s->in.butler;
	int r = b->has_record_tables ? PPS_OK : pps_butler_retry(b, tables_fn, s, err);

	b->has_record_tables |= r >= 0;
	return r;
}

static int ensure(struct setup *s, int is_look, pps_error **err)
{
	int r;

	s->reconnects = pps_sql_reconnects(s->in.butler->sql);
	return (r = ensure_types(s, is_look, err)) < 0 ? r : ensure_runs(s, is_look, err);
}

static int prepare(struct setup *s, int is_look, pps_error **err)
{
	const pps_refs *refs = s->in.refs;
	int r;

	if (!s->in.results) {
		if (!(s->results = calloc(refs->n + 1, sizeof *s->results)))
			return pps_fail_nomem(err);
		s->in.results = s->results;
	}
	if (!(s->in.has = calloc(refs->n + 1, 1)) || !(s->in.recorded = calloc(s->in.places->n + 1, 1)))
		return pps_fail_nomem(err);
	s->is_anew = is_look;
	if ((r = index_places(s, err)) < 0 || (r = list_types(s, err)) < 0 || (r = list_runs(s, err)) < 0 || !s->in.nruns ||
	    (r = ensure(s, is_look, err)) < 0)
		return r;
	return is_look ? PPS_OK : ensure_tables(s, err);
}

/* ---- a chunk ---- */

/* Those that are there now join the TAGGED collection, whoever is in it. */
static int associate(pps_insertion *in, pps_error **err)
{
	_cleanup_free_ pps_uuid *ids = calloc(in->end - in->from + 1, sizeof *ids);
	size_t n = 0;

	if (!ids)
		return pps_fail_nomem(err);
	for (size_t i = in->from; i < in->end; i++)
		if (pps_insertion_counts(in, i))
			ids[n++] = in->refs->at[i].id;
	return pps_butler_associate(in->butler, in->with->tagged, ids, n, in->with->rule, &in->tags, err);
}

static int call_hook(const pps_insertion *in, pps_error **err)
{
	for (size_t i = in->from; in->with && in->with->hook && i < in->end; i++)
		if (pps_insertion_counts(in, i))
			return in->with->hook(in->with->user, err);
	return PPS_OK;
}

static int is_whole(const pps_insertion *in, size_t i)
{
	int whole = in->has[i] == (PPS_REF_HAS_DATASET | PPS_REF_HAS_TAG | PPS_REF_HAS_LOCATION);

	for (size_t k = in->first_place[i]; k < in->first_place[i + 1]; k++)
		whole &= in->recorded[k];
	return whole;
}

static void settle(pps_insertion *in)
{
	for (size_t i = in->from; i < in->end; i++) {
		if (!pps_insertion_counts(in, i))
			continue;
		in->results[i].outcome = is_whole(in, i) ? PPS_REF_THERE : PPS_REF_INSERTED;
		in->tags.changed += pps_insertion_is_blind(in) && in->tagged_id;
	}
}

static void reset(pps_insertion *in)
{
	pps_tag_report_clear(&in->tags);
	for (size_t i = in->from; i < in->end; i++) {
		in->has[i] = 0;
		if (in->results[i].outcome != PPS_REF_SKIPPED)
			in->results[i] = (pps_ref_result){ 0 };
		for (size_t k = in->first_place[i]; k < in->first_place[i + 1]; k++)
			in->recorded[k] = 0;
	}
}

/* At first as if nothing were there, which is one statement; what the database refuses is looked at the next time. */
static int chunk_fn(pps_sql *sql, void *user, pps_error **err)
{
	struct setup *s = user;
	pps_insertion *in = &s->in;
	int r;

	if (pps_sql_reconnects(sql) != s->reconnects)
		return pps_fail(err, PPS_E_UNAVAILABLE, "the connection was lost, and types and runs were not looked at by the new one");
	reset(in);
	in->tries++;
	if ((!pps_insertion_is_blind(in) && (r = pps_insertion_examine(in, err)) < 0) || (r = pps_insertion_write(in, err)) < 0 ||
	    (!pps_insertion_is_blind(in) && in->tagged_id && (r = associate(in, err)) < 0) || (r = call_hook(in, err)) < 0)
		return r;
	settle(in);
	return PPS_OK;
}

/* What was seen of types and runs may not be so any more. */
static int is_stale(const struct setup *s, const pps_error *why)
{
	return pps_sql_reconnects(s->in.butler->sql) != s->reconnects || (!s->is_anew && strcmp(pps_error_sqlstate(why), "23503") == 0);
}

/* Where dimension records are missing, those datasets are left out and the others go on; where a type or run went that was there a moment ago, it is
 * registered again. */
static int insert_chunk(struct setup *s, pps_error **err)
{
	for (int round = 1;; round++) {
		_cleanup_(pps_error_freep) pps_error *e = NULL;
		int r, code = pps_butler_retry(s->in.butler, chunk_fn, s, &e);
		size_t refused = 0;

		if (code >= 0)
			return code;
		if (round < ROUNDS_MOST && strcmp(pps_error_sqlstate(e), "23503") == 0) {
			reset(&s->in);
			if ((r = pps_insertion_refuse_missing(&s->in, &refused, err)) < 0)
				return r;
		}
		if (refused)
			continue;
		if (round == ROUNDS_MOST || !is_stale(s, e)) {
			pps_error_move(err, TAKE_PTR(e));
			return code;
		}
		s->is_anew = 1;
		if ((r = ensure(s, 0, err)) < 0)
			return r;
	}
}

static int insert_chunks(struct setup *s, size_t *inserted, pps_error **err)
{
	const size_t n = s->in.refs->n;
	int r, suspect = 0;

	for (size_t i = 0; i < n; i += PPS_REFS_CHUNK) {
		s->in.from = i;
		s->in.end = n - i < PPS_REFS_CHUNK ? n : i + PPS_REFS_CHUNK;
		s->in.tries = suspect; /* after a chunk of which some was there, look at once */
		if ((r = pps_ctx_check(s->in.butler->ctx, err)) < 0 || (r = insert_chunk(s, err)) < 0)
			return r;
		if (s->in.with && s->in.with->tags && (r = pps_tag_report_add(s->in.with->tags, &s->in.tags, err)) < 0)
			return r;
		suspect = s->in.tags.nconflicts > 0;
		for (size_t k = s->in.from; k < s->in.end; k++) {
			*inserted += s->in.results[k].outcome == PPS_REF_INSERTED;
			suspect |= s->in.has[k];
		}
	}
	return PPS_OK;
}

/* With the first, and whenever there are four times as many: until a new repository's tables are counted, foreign keys are checked, and file records
 * looked up, by whatever is good for a table without rows. Afterwards, since between a caller's last look at what is held and the commit nothing
 * may take long. */
static void count_when_grown(pps_butler *dest, size_t n)
{
	dest->written += n;
	if (dest->written < 4 * dest->counted_at)
		return;
	pps_sql_count_grown(dest->sql);
	dest->counted_at = dest->written;
}

int pps_butler_insert_refs(pps_butler *dest, const pps_refs *refs, pps_ref_places *places, const pps_refs_with *with, pps_ref_result *results,
			   size_t *ret_inserted, pps_error **err)
{
	_cleanup_(setup_clear) struct setup s = { .in = { .butler = dest, .refs = refs, .places = places, .results = results, .with = with } };
	size_t inserted = 0;
	int r;

	if ((r = pps_butler_check_writable(dest, err)) < 0 || (r = prepare(&s, 0, err)) < 0)
		return pps_wrap(err, r, "datasets into %s", dest->config.uri);
	/* a foreign key to a small table, as of detectors, is otherwise checked by reading all of it, for each row */
	pps_sql_go_by_index(dest->sql, 1);
	r = insert_chunks(&s, &inserted, err);
	pps_sql_go_by_index(dest->sql, 0);
	if (r < 0)
		return pps_wrap(err, r, "datasets into %s", dest->config.uri);
	count_when_grown(dest, refs->n);
	if (ret_inserted)
		*ret_inserted = inserted;
	return PPS_OK;
}

int pps_butler_look_refs(pps_butler *dest, const pps_refs *refs, pps_ref_places *places, pps_ref_result *results, pps_error **err)
{
	_cleanup_(setup_clear) struct setup s = { .in = { .butler = dest, .refs = refs, .places = places, .results = results } };
	int r = prepare(&s, 1, err);

	for (size_t i = 0; r >= 0 && i < refs->n; i += PPS_REFS_CHUNK) {
		s.in.from = i;
		s.in.end = refs->n - i < PPS_REFS_CHUNK ? refs->n : i + PPS_REFS_CHUNK;
		reset(&s.in);
		if ((r = pps_insertion_examine(&s.in, err)) >= 0)
			settle(&s.in);
	}
	return r < 0 ? pps_wrap(err, r, "datasets into %s", dest->config.uri) : PPS_OK;
}
