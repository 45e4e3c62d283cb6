/* SPDX-License-Identifier: BSD-3-Clause */
/* Reading what is known of exposures: a few statements for each list, and what they cost follows its length, not the table's. */
#include <inttypes.h>
#include <string.h>

#include "base/codec.h"
#include "base/map.h"
#include "state/state-private.h"

#define KEYS_AT_ONCE 5000

/* One list of steps or failures that belongs to an exposure, while it grows. */
typedef struct entry {
	pps_exposure_state e;
	pps_exposure_step *steps;
	size_t steps_cap;
	pps_exposure_failure *failures;
	size_t failures_cap;
} entry;

struct pps_exposure_list {
	entry *entries;
	size_t n, cap;
	pps_map *texts;   /* every text once: text -> its number + 1 */
	pps_map *numbers; /* "id instrument" -> entry's number + 1 */
};


static int intern(pps_exposure_list *list, const char *text, const char **ret_text, pps_error **err)
{
	size_t n = pps_map_size(list->texts);
	void *known;

	*ret_text = NULL;
	if (!text)
		return PPS_OK;
	if (pps_map_get_text(list->texts, text, &known)) {
		*ret_text = pps_map_key(list->texts, (uintptr_t)known - 1);
		return PPS_OK;
	}
	if (pps_map_set_text(list->texts, text, (void *)(uintptr_t)(n + 1)) < 0)
		return pps_fail_nomem(err);
	*ret_text = pps_map_key(list->texts, n);
	return PPS_OK;
}

static char *number_key(const char *instrument, int64_t id)
{
	char *s;

	return asprintf(&s, "%" PRId64 " %s", id, instrument) < 0 ? NULL : s;
}

static int find(const pps_exposure_list *list, const char *instrument, int64_t id, entry **ret_entry, pps_error **err)
{
	_cleanup_free_ char *key = number_key(instrument, id);
	void *at;

	if (!key)
		return pps_fail_nomem(err);
	*ret_entry = pps_map_get_text(list->numbers, key, &at) ? &list->entries[(uintptr_t)at - 1] : NULL;
	return PPS_OK;
}

static int list_new(pps_exposure_list **ret_list, pps_error **err)
{
	pps_exposure_list *list = calloc(1, sizeof *list);

	if (!list || !(list->texts = pps_map_new()) || !(list->numbers = pps_map_new())) {
		pps_exposure_list_free(list);
		return pps_fail_nomem(err);
	}
	*ret_list = list;
	return PPS_OK;
}

void pps_exposure_list_free(pps_exposure_list *list)
{
	if (!list)
		return;
	for (size_t i = 0; i < list->n; i++) {
		free(list->entries[i].steps);
		free(list->entries[i].failures);
	}
	free(list->entries);
	pps_map_free(list->texts);
	pps_map_free(list->numbers);
	free(list);
}

/* ---- the condition: text for "FROM {exposure} e WHERE ..." and its parameters ---- */

typedef struct condition {
	pps_buf text;
	pps_sql_value params[8];
	size_t n;
} condition;

static void add(condition *c, const char *before, pps_sql_value value, const char *after)
{
	c->params[c->n++] = value;
	pps_buf_printf(&c->text, " AND %s$%zu%s", before, c->n, after);
}

static void condition_of_filter(const pps_exposure_filter *f, condition *c)
{
	pps_buf_add_text(&c->text, "1 = 1");
	if (f->unfinished)
		pps_buf_add_text(&c->text, " AND e.finished IS NULL");
	if (f->instrument)
		add(c, "e.instrument = ", pps_sql_text(f->instrument), "");
	if (f->id)
		add(c, "e.id = ", pps_sql_int(f->id), "");
	if (f->obs_id)
		add(c, "e.obs_id = ", pps_sql_text(f->obs_id), "");
	if (f->day_obs)
		add(c, "e.day_obs = ", pps_sql_int(f->day_obs), "");
	if (f->due)
		add(c, "NOT EXISTS (SELECT 1 FROM {exposure_failure} x WHERE x.instrument = e.instrument AND x.id = e.id AND x.next_try > ",
		    pps_sql_int(f->due), ")");
	if (f->failed)
		pps_buf_add_text(&c->text, " AND EXISTS (SELECT 1 FROM {exposure_failure} x WHERE x.instrument = e.instrument AND x.id = e.id)");
	if (f->after) {
		c->params[c->n++] = pps_sql_text(f->after->instrument);
		c->params[c->n++] = pps_sql_int(f->after->id);
		pps_buf_printf(&c->text, " AND (e.instrument, e.id) > ($%zu, $%zu)", c->n - 1, c->n);
	}
	if (f->limit)
		pps_buf_printf(&c->text, " ORDER BY e.instrument, e.id LIMIT %zu", f->limit);
}

/* ---- loading ---- */

static int set_zip(pps_exposure_list *list, const pps_sql_rows *rows, pps_exposure_zip *zip, pps_error **err)
{
	_cleanup_free_ uint8_t *md5 = NULL;
	const char *hex = pps_sql_get_text(rows, 12);
	size_t size = 0;
	int r;

	if ((r = intern(list, pps_sql_get_text(rows, 10), &zip->uri, err)) < 0 || !zip->uri)
		return r;
	zip->size = (uint64_t)pps_sql_get_int(rows, 11);
	zip->adler32 = (uint32_t)pps_sql_get_int(rows, 13);
	if ((r = pps_hex_decode(hex ? hex : "", hex ? strlen(hex) : 0, &md5, &size, err)) < 0)
		return pps_wrap(err, r, "the state's MD5 of %s", zip->uri);
	if (size != sizeof zip->md5)
		return pps_fail(err, PPS_E_FORMAT, "the state's MD5 of %s cannot be read", zip->uri);
	memcpy(zip->md5, md5, sizeof zip->md5);
	return PPS_OK;
}

static pps_timespan span_of(const pps_sql_rows *rows, int col)
{
	pps_timespan s = { .begin = pps_sql_get_int(rows, col), .end = pps_sql_get_int(rows, col + 1) };

	s.is_null = pps_sql_is_null(rows, col);
	s.is_empty = !s.is_null && s.begin >= s.end;
	return s;
}

#define EXPOSURE_COLUMNS                                                                                                          \
	"e.instrument, e.id, e.obs_id, e.day_obs, e.timespan_begin, e.timespan_end, e.can_see_sky, e.rule, e.embargo, e.read_at, " \
	"e.zip_uri, e.zip_size, e.zip_md5, e.zip_adler32, e.finished, e.finished_for, e.accepted"

static int add_exposure(pps_exposure_list *list, const pps_sql_rows *rows, pps_error **err)
{
	pps_exposure_state e = { .key.id = pps_sql_get_int(rows, 1) };
	_cleanup_free_ char *key = NULL;
	int r;

	if (pps_grow(&list->entries, &list->cap, list->n, sizeof *list->entries) < 0)
		return pps_fail_nomem(err);
	if ((r = intern(list, pps_sql_get_text(rows, 0), &e.key.instrument, err)) < 0 ||
	    (r = intern(list, pps_sql_get_text(rows, 2), &e.source.obs_id, err)) < 0 ||
	    (r = intern(list, pps_sql_get_text(rows, 7), &e.source.rule, err)) < 0 ||
	    (r = intern(list, pps_sql_get_text(rows, 15), &e.finished_for, err)) < 0 ||
	    (r = intern(list, pps_sql_get_text(rows, 16), &e.accepted, err)) < 0 || (r = set_zip(list, rows, &e.zip, err)) < 0)
		return r;
	e.source.day_obs = pps_sql_get_int(rows, 3);
	e.source.timespan = span_of(rows, 4);
	e.source.can_see_sky = pps_sql_is_null(rows, 6) ? -1 : (int)pps_sql_get_int(rows, 6);
	e.source.embargo = pps_sql_get_int(rows, 8);
	e.read_at = pps_sql_get_int(rows, 9);
	e.finished = pps_sql_get_int(rows, 14);
	if (!(key = number_key(e.key.instrument, e.key.id)) ||
	    pps_map_set_text(list->numbers, key, (void *)(uintptr_t)(list->n + 1)) < 0)
		return pps_fail_nomem(err);
	list->entries[list->n++] = (entry){ .e = e };
	return PPS_OK;
}

static int add_step(pps_exposure_list *list, const pps_sql_rows *rows, pps_error **err)
{
	pps_exposure_step s = { .at = pps_sql_get_int(rows, 4), .as_of = pps_sql_get_int(rows, 5) };
	entry *e;
	int r;

	if ((r = find(list, pps_sql_get_text(rows, 0), pps_sql_get_int(rows, 1), &e, err)) < 0 || !e)
		return r;
	if ((r = intern(list, pps_sql_get_text(rows, 2), &s.step, err)) < 0 ||
	    (r = intern(list, pps_sql_get_text(rows, 3), &s.destination, err)) < 0 ||
	    (r = intern(list, pps_sql_get_text(rows, 6), &s.detail, err)) < 0)
		return r;
	if (pps_grow(&e->steps, &e->steps_cap, e->e.nsteps, sizeof *e->steps) < 0)
		return pps_fail_nomem(err);
	e->steps[e->e.nsteps++] = s;
	return PPS_OK;
}

static int add_failure(pps_exposure_list *list, const pps_sql_rows *rows, pps_error **err)
{
	pps_exposure_failure f = { .attempts = (int)pps_sql_get_int(rows, 4), .code = (int)pps_sql_get_int(rows, 5),
				   .first_at = pps_sql_get_int(rows, 7), .last_at = pps_sql_get_int(rows, 8),
				   .next_try = pps_sql_get_int(rows, 9) };
	entry *e;
	int r;

	if ((r = find(list, pps_sql_get_text(rows, 0), pps_sql_get_int(rows, 1), &e, err)) < 0 || !e)
		return r;
	if ((r = intern(list, pps_sql_get_text(rows, 2), &f.step, err)) < 0 ||
	    (r = intern(list, pps_sql_get_text(rows, 3), &f.destination, err)) < 0 ||
	    (r = intern(list, pps_sql_get_text(rows, 6), &f.error, err)) < 0)
		return r;
	if (pps_grow(&e->failures, &e->failures_cap, e->e.nfailures, sizeof *e->failures) < 0)
		return pps_fail_nomem(err);
	e->failures[e->e.nfailures++] = f;
	return PPS_OK;
}

typedef int (*add_fn)(pps_exposure_list *list, const pps_sql_rows *rows, pps_error **err);

/* Runs @before, the condition and @after as one statement. */
static int load(pps_state *state, pps_exposure_list *list, const char *before, const condition *c, const char *after, add_fn fn,
		pps_error **err)
{
	_cleanup_(pps_sql_rows_freep) pps_sql_rows *rows = NULL;
	_cleanup_buf_ pps_buf text = PPS_BUF_SQL;
	int r;

	pps_buf_add_text(&text, before);
	pps_buf_add_text(&text, pps_buf_text(&c->text));
	pps_buf_add_text(&text, after);
	if ((r = pps_buf_check(&c->text, "statement", err)) < 0 || (r = pps_buf_check(&text, "statement", err)) < 0)
		return r;
	r = pps_sql_query(state->sql, pps_buf_text(&text), c->params, c->n, &rows, err);
	while (r >= 0 && (r = pps_sql_next(rows, err)) == 1)
		r = fn(list, rows, err);
	return r;
}

/* What hangs on entries [first, first + n), which are of one instrument: asked by their keys, so that it costs what they are, not
 * what the table holds. */
static int load_parts(pps_state *state, pps_exposure_list *list, size_t first, size_t n, pps_error **err)
{
	_cleanup_free_ int64_t *ids = malloc(n * sizeof *ids);
	condition c = { .text = PPS_BUF_LINE, .n = 2 };
	int r;

	if (!ids)
		return pps_fail_nomem(err);
	for (size_t i = 0; i < n; i++)
		ids[i] = list->entries[first + i].e.key.id;
	c.params[0] = pps_sql_text(list->entries[first].e.key.instrument);
	c.params[1] = pps_sql_ints(ids, n);
	pps_buf_add_text(&c.text, "instrument = $1 AND id {in $2 int}");
	if ((r = load(state, list, "SELECT instrument, id, step, destination, at, as_of, detail FROM {exposure_step} WHERE ", &c,
		      " ORDER BY at, step, destination", add_step, err)) == PPS_OK)
		r = load(state, list, "SELECT instrument, id, step, destination, attempts, code, error, first_at, last_at, next_try "
			 "FROM {exposure_failure} WHERE ", &c, " ORDER BY first_at, step, destination", add_failure, err);
	pps_buf_free(&c.text);
	return r;
}

static int load_exposures(pps_state *state, pps_exposure_list *list, const condition *c, pps_error **err)
{
	return load(state, list, "SELECT * FROM (SELECT " EXPOSURE_COLUMNS " FROM {exposure} e WHERE ", c,
		    ") o ORDER BY instrument, id", add_exposure, err);
}

static int apply_hold(const pps_hold *hold, void *user, pps_error **err)
{
	pps_exposure_list *list = user;
	const pps_hold_target *t = &hold->target;
	const char *reason;
	int r;

	if ((r = intern(list, hold->reason, &reason, err)) < 0)
		return r;
	for (size_t i = 0; i < list->n; i++) {
		pps_exposure_state *e = &list->entries[i].e;

		if ((!t->instrument || strcmp(t->instrument, e->key.instrument) == 0) && (!t->id || t->id == e->key.id) &&
		    (!t->day_obs || t->day_obs == e->source.day_obs) && !e->held)
			e->held = reason;
	}
	return PPS_OK;
}

static int finish_list(pps_state *state, pps_exposure_list *list, pps_error **err)
{
	int r;

	for (size_t i = 0, n; i < list->n; i += n) {
		const char *instrument = list->entries[i].e.key.instrument; /* equal texts are one text */

		for (n = 1; i + n < list->n && n < KEYS_AT_ONCE && list->entries[i + n].e.key.instrument == instrument; n++)
			;
		if ((r = load_parts(state, list, i, n, err)) < 0)
			return r;
	}
	for (size_t i = 0; i < list->n; i++) {
		list->entries[i].e.steps = list->entries[i].steps;
		list->entries[i].e.failures = list->entries[i].failures;
	}
	return list->n ? pps_state_holds(state, "raw", apply_hold, list, err) : PPS_OK;
}

int pps_state_exposures(pps_state *state, const pps_exposure_filter *filter, pps_exposure_list **ret_list, pps_error **err)
{
	static const pps_exposure_filter any = { 0 };
	_cleanup_(pps_exposure_list_freep) pps_exposure_list *list = NULL;
	condition c = { .text = PPS_BUF_SQL };
	int r;

	if ((r = list_new(&list, err)) < 0)
		return r;
	condition_of_filter(filter ? filter : &any, &c);
	if ((r = load_exposures(state, list, &c, err)) == PPS_OK)
		r = finish_list(state, list, err);
	pps_buf_free(&c.text);
	if (r < 0)
		return pps_wrap(err, r, "exposures of the state");
	*ret_list = TAKE_PTR(list);
	return PPS_OK;
}

static int compare_keys(const void *a, const void *b)
{
	const pps_exposure_key *x = a, *y = b;
	int c = strcmp(x->instrument, y->instrument);

	return c ? c : (x->id > y->id) - (x->id < y->id);
}

/* Keys [first, first + n), sorted, of one instrument. */
static int load_keys(pps_state *state, pps_exposure_list *list, const pps_exposure_key *keys, size_t n, pps_error **err)
{
	_cleanup_free_ int64_t *ids = malloc(n * sizeof *ids);
	condition c = { .text = PPS_BUF_SQL, .n = 2 };
	int r;

	if (!ids)
		return pps_fail_nomem(err);
	for (size_t i = 0; i < n; i++)
		ids[i] = keys[i].id;
	c.params[0] = pps_sql_text(keys[0].instrument);
	c.params[1] = pps_sql_ints(ids, n);
	pps_buf_add_text(&c.text, "e.instrument = $1 AND e.id {in $2 int}");
	r = load_exposures(state, list, &c, err);
	pps_buf_free(&c.text);
	return r;
}

int pps_state_exposures_of(pps_state *state, const pps_exposure_key *keys, size_t n, pps_exposure_list **ret_list, pps_error **err)
{
	_cleanup_(pps_exposure_list_freep) pps_exposure_list *list = NULL;
	_cleanup_free_ pps_exposure_key *sorted = calloc(n + 1, sizeof *sorted);
	int r;

	if (!sorted)
		return pps_fail_nomem(err);
	if ((r = list_new(&list, err)) < 0)
		return r;
	if (n)
		memcpy(sorted, keys, n * sizeof *sorted);
	qsort(sorted, n, sizeof *sorted, compare_keys);
	for (size_t i = 0, m; i < n && r == PPS_OK; i += m) {
		for (m = 1; i + m < n && m < KEYS_AT_ONCE && strcmp(sorted[i].instrument, sorted[i + m].instrument) == 0; m++)
			;
		r = load_keys(state, list, sorted + i, m, err);
	}
	if (r == PPS_OK)
		r = finish_list(state, list, err);
	if (r < 0)
		return pps_wrap(err, r, "exposures of the state");
	*ret_list = TAKE_PTR(list);
	return PPS_OK;
}

size_t pps_exposure_list_size(const pps_exposure_list *list)
{
	return list->n;
}

const pps_exposure_state *pps_exposure_list_at(const pps_exposure_list *list, size_t n)
{
	return n < list->n ? &list->entries[n].e : NULL;
}

const pps_exposure_state *pps_exposure_list_find(const pps_exposure_list *list, const pps_exposure_key *key)
{
	entry *e = NULL;

	return find(list, key->instrument, key->id, &e, NULL) == PPS_OK && e ? &e->e : NULL;
}

const pps_exposure_step *pps_exposure_step_of(const pps_exposure_state *e, const char *step, const char *destination)
{
	for (size_t i = 0; i < e->nsteps; i++)
		if (strcmp(e->steps[i].step, step) == 0 && strcmp(e->steps[i].destination, destination ? destination : "") == 0)
			return &e->steps[i];
	return NULL;
}

const pps_exposure_failure *pps_exposure_failure_of(const pps_exposure_state *e, const char *step, const char *destination)
{
	for (size_t i = 0; i < e->nfailures; i++)
		if (strcmp(e->failures[i].step, step) == 0 && strcmp(e->failures[i].destination, destination ? destination : "") == 0)
			return &e->failures[i];
	return NULL;
}

int pps_state_exposure_counts(pps_state *state, pps_exposure_counts *ret_counts, pps_error **err)
{
	_cleanup_(pps_sql_rows_freep) pps_sql_rows *rows = NULL;
	int r = pps_sql_query(state->sql,
			      "SELECT (SELECT count(*) FROM {exposure}), (SELECT count(*) FROM {exposure} WHERE finished IS NULL), "
			      "(SELECT count(*) FROM {exposure} e WHERE e.finished IS NULL AND EXISTS (SELECT 1 FROM {exposure_failure} x "
			      "WHERE x.instrument = e.instrument AND x.id = e.id)), "
			      "(SELECT count(*) FROM {exposure} e WHERE e.finished IS NULL AND EXISTS (SELECT 1 FROM {hold} h WHERE h.flow = 'raw' "
			      "AND h.instrument IN ('', e.instrument) AND h.id IN (0, e.id) AND h.day_obs IN (0, e.day_obs)))",
			      NULL, 0, &rows, err);

	if (r < 0 || (r = pps_sql_next(rows, err)) < 0)
		return pps_wrap(err, r, "exposures of the state");
	ret_counts->exposures = pps_sql_get_int(rows, 0);
	ret_counts->finished = ret_counts->exposures - pps_sql_get_int(rows, 1);
	ret_counts->failed = pps_sql_get_int(rows, 2);
	ret_counts->held = pps_sql_get_int(rows, 3);
	return PPS_OK;
}
