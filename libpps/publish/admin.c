/* SPDX-License-Identifier: BSD-3-Clause */
/* What operators do to datasets: short transactions beside a running service, each with its entries in the ledger and with what is next. */
#include <string.h>

#include "base/json.h"
#include "publish/publish.h"
#include "publish/report.h"

#define CHUNK 1000

typedef struct verb {
	const char *name;
	int set, clear; /* PPS_DATASET_* */
} verb;

static const verb verbs[] = {
	{ "hold", PPS_DATASET_HELD, 0 },
	{ "unhold", 0, PPS_DATASET_HELD },
	{ "pin", PPS_DATASET_PINNED, 0 },
	{ "unpin", 0, PPS_DATASET_PINNED | PPS_DATASET_ADOPTED }, /* an operator says that it may go */
	{ "expire", PPS_DATASET_WITHDRAWN, 0 },
	{ "retry", 0, 0 },
	{ "reverify", 0, 0 },
};

/* Of a whole day: what an operator holds by itself stays held when the day is not any more. */
static const verb day_hold = { "hold", PPS_DATASET_DAY_HELD, 0 }, day_unhold = { "unhold", 0, PPS_DATASET_DAY_HELD };

struct command {
	pps_publish *p;
	const verb *verb;
	const char *reason, *who;
	int64_t at, as_of;
	pps_buf subject;
	int64_t chosen, changed;
	json_t *types, *not_found;
};

static void clear_command(struct command *c)
{
	pps_buf_free(&c->subject);
	json_decref(c->types);
	json_decref(c->not_found);
}

/* ---- one chunk ---- */

/* Where something that is missing is looked for again: what can come anew from its source comes anew, else it is expected where it was. The
 * next act finds out, and nothing goes before. */
static size_t expect_again(const pps_publish_flow *flow, const pps_dataset_row *row, int64_t at, pps_dataset_change *changes)
{
	size_t n = 0;

	for (size_t i = 0; i < flow->graph.n; i++) {
		int from = flow->graph.at[i].from, ordinal = flow->ordinal[i];
		int can_come = i && row->status.status[flow->ordinal[from]] == PPS_STATUS_PRESENT;

		if (row->status.status[ordinal] == PPS_STATUS_MISSING)
			changes[n++] = (pps_dataset_change){ .id = row->id, .ordinal = ordinal, .at = at, .expect = PPS_STATUS_MISSING,
							     .status = can_come ? PPS_STATUS_NEVER : PPS_STATUS_PRESENT };
	}
	return n;
}

/* What is to change of one dataset; 0: it is so already. */
static size_t changes_of(const struct command *c, const pps_dataset_row *row, pps_dataset_change *changes)
{
	const verb *v = c->verb;

	if (!strcmp(v->name, "reverify"))
		return expect_again(&c->p->flow, row, c->as_of, changes);
	if (!strcmp(v->name, "retry")) {
		*changes = (pps_dataset_change){ .id = row->id, .forget = 1 };
		return row->nfailures != 0;
	}
	/* what is withdrawn goes at once */
	*changes = (pps_dataset_change){ .id = row->id, .set_flags = v->set, .clear_flags = v->clear, .forget = !!(v->set & PPS_DATASET_WITHDRAWN) };
	return (row->flags & v->set) != v->set || row->flags & v->clear;
}

static int count_type(struct command *c, const char *type, pps_error **err)
{
	json_int_t n = json_integer_value(json_object_get(c->types, type));

	return json_object_set_new(c->types, type, json_integer(n + 1)) < 0 ? pps_fail_nomem(err) : PPS_OK;
}

static int apply_chunk(struct command *c, const pps_dataset_change *changes, size_t n, const pps_uuid *ids, size_t nids, pps_error **err)
{
	const pps_dataset_hooks hooks = pps_publish_flow_hooks(&c->p->flow);
	const pps_ledger_entry entry = { .flow = PPS_PUBLISH_FLOW, .action = c->verb->name, .subject = pps_buf_text(&c->subject), .rule = c->reason,
					 .policy_hash = c->p->flow.policy_hash, .who = c->who, .uuids = ids, .nuuids = nids };
	const pps_state_change ledger[] = { { .kind = PPS_CHANGE_AUTHORISED, .entry = &entry }, { .kind = PPS_CHANGE_DONE, .entry = &entry } };

	return pps_state_datasets_apply_with(c->p->state, NULL, c->at, c->as_of, changes, n, ledger, PPS_COUNT(ledger), &hooks, NULL, err);
}

static int take_chunk(struct command *c, const pps_dataset_filter *filter, const pps_dataset_rows *rows, pps_error **err)
{
	const size_t count = pps_dataset_rows_count(rows);
	_cleanup_free_ pps_dataset_change *changes = calloc(count * c->p->flow.graph.n + 1, sizeof *changes);
	_cleanup_free_ pps_uuid *ids = calloc(count + 1, sizeof *ids);
	size_t n = 0, nids = 0;
	int r = changes && ids ? PPS_OK : pps_fail_nomem(err);

	for (size_t i = 0; i < count && r == PPS_OK; i++) {
		const pps_dataset_row *row = pps_dataset_rows_at(rows, i);
		size_t some;

		if (filter && !pps_publish_is_chosen(filter, row))
			continue;
		c->chosen++;
		if (!(some = changes_of(c, row, changes + n)))
			continue;
		n += some;
		ids[nids++] = row->id;
		r = count_type(c, row->type, err);
	}
	c->changed += (int64_t)nids;
	return r < 0 || c->p->dry_run || !nids ? r : apply_chunk(c, changes, n, ids, nids, err);
}

/* ---- which ---- */

static int parse_ids(const char *const *texts, size_t n, pps_uuid **ret_ids, pps_error **err)
{
	_cleanup_free_ pps_uuid *ids = calloc(n + 1, sizeof *ids);
	int r;

	if (!ids)
		return pps_fail_nomem(err);
	for (size_t i = 0; i < n; i++)
		if ((r = pps_uuid_parse(texts[i], &ids[i], err)) < 0) {
			pps_wrap(err, r, "%s", texts[i]);
			return r == PPS_E_NOMEM ? r : pps_recode(err, PPS_E_ARG);
		}
	qsort(ids, n, sizeof *ids, pps_uuid_compare);
	*ret_ids = TAKE_PTR(ids);
	return PPS_OK;
}

/* Rows are in the order of the ids, each once. */
static int note_unknown(struct command *c, const pps_uuid *ids, size_t n, const pps_dataset_rows *rows, pps_error **err)
{
	size_t k = 0;

	for (size_t i = 0; i < n; i++) {
		const pps_dataset_row *row;
		char text[37];

		while ((row = k < pps_dataset_rows_count(rows) ? pps_dataset_rows_at(rows, k) : NULL) && pps_uuid_compare(&row->id, &ids[i]) < 0)
			k++;
		if (row && pps_uuid_compare(&row->id, &ids[i]) == 0)
			continue;
		pps_uuid_format(&ids[i], text);
		if (json_array_append_new(c->not_found, json_string(text)) < 0)
			return pps_fail_nomem(err);
	}
	return PPS_OK;
}

static int take_ids(struct command *c, const char *const *texts, size_t n, pps_error **err)
{
	_cleanup_free_ pps_uuid *ids = NULL;
	int r = parse_ids(texts, n, &ids, err);

	for (size_t i = 0; i < n && r == PPS_OK; i += CHUNK) {
		_cleanup_(pps_dataset_rows_freep) pps_dataset_rows *rows = NULL;
		size_t some = n - i < CHUNK ? n - i : CHUNK;

		if ((r = pps_ctx_check(c->p->ctx, err)) < 0 || (r = pps_state_datasets_get(c->p->state, ids + i, some, &rows, err)) < 0 ||
		    (r = note_unknown(c, ids + i, some, rows, err)) < 0)
			return r;
		r = take_chunk(c, NULL, rows, err);
	}
	return r;
}

static int take_filter(struct command *c, pps_error **err)
{
	pps_dataset_filter filter = c->p->filter;
	size_t n = CHUNK;
	int r;

	filter.limit = CHUNK;
	while (n == CHUNK) {
		_cleanup_(pps_dataset_rows_freep) pps_dataset_rows *rows = NULL;

		if ((r = pps_ctx_check(c->p->ctx, err)) < 0 || (r = pps_state_datasets_find(c->p->state, &filter, &rows, err)) < 0 ||
		    (r = take_chunk(c, &filter, rows, err)) < 0)
			return r;
		if ((n = pps_dataset_rows_count(rows)))
			filter.after = pps_dataset_rows_at(rows, n - 1)->id;
	}
	return PPS_OK;
}

static int has_filter(const pps_dataset_filter *f)
{
	return f->type || f->run || f->origin || f->visit || f->day_obs || f->failed || f->flags;
}

static void describe(struct command *c, size_t nids)
{
	const pps_dataset_filter *f = &c->p->filter;
	pps_buf *b = &c->subject;

	if (nids)
		pps_buf_add_text(b, "UUIDs");
	if (f->type)
		pps_buf_printf(b, " type=%s", f->type);
	if (f->run)
		pps_buf_printf(b, " run=%s", f->run);
	if (f->origin)
		pps_buf_printf(b, " origin=%s", f->origin);
	if (f->visit)
		pps_buf_printf(b, " visit=%lld", (long long)f->visit);
	if (f->day_obs)
		pps_buf_printf(b, " day_obs=%lld", (long long)f->day_obs);
	if (f->failed)
		pps_buf_add_text(b, " failed");
}

/* ---- all of the flow, or of a day: also what comes later ---- */

static int is_hold(const struct command *c)
{
	return !strcmp(c->verb->name, "hold") || !strcmp(c->verb->name, "unhold");
}

/* A day, or everything, by itself: what comes later is meant too. */
static int is_standing(const struct command *c, size_t nids)
{
	const pps_dataset_filter *f = &c->p->filter;

	return is_hold(c) && !nids && !f->type && !f->run && !f->origin && !f->visit && !f->failed && !f->flags;
}

static int set_standing(struct command *c, int *ret_changed, pps_error **err)
{
	const pps_hold_target target = { .flow = PPS_PUBLISH_FLOW, .day_obs = c->p->filter.day_obs };
	_cleanup_(pps_error_freep) pps_error *e = NULL;
	int r;

	*ret_changed = 1;
	if (c->p->dry_run)
		return PPS_OK;
	r = c->verb->set ? pps_state_hold(c->p->state, &target, c->reason, c->who, &e) : pps_state_unhold(c->p->state, &target, c->reason, c->who, &e);
	if (r == PPS_E_NOTFOUND) {
		*ret_changed = 0;
		return PPS_OK;
	}
	if (r < 0)
		pps_error_move(err, TAKE_PTR(e));
	return r;
}

/* ---- all of it ---- */

static int add_under_way(const pps_ledger_row *row, void *user, pps_error **err)
{
	json_t *list = user;

	return json_array_append_new(list, json_pack("{s:s, s:s, s:I}", "task", row->entry.action, "repository", row->entry.subject, "n",
						     (json_int_t)row->entry.nuuids)) < 0 ? pps_fail_nomem(err) : PPS_OK;
}

static int make_report(struct command *c, int standing, char **ret_json, pps_error **err)
{
	json_t *under_way = json_array(), *all;
	int r = under_way ? pps_state_ledger_open(c->p->state, PPS_PUBLISH_FLOW, add_under_way, under_way, err) : pps_fail_nomem(err);

	if (r < 0) {
		json_decref(under_way);
		return r;
	}
	all = json_pack("{s:i, s:s, s:b, s:I, s:I, s:O, s:O, s:o}", "schema_version", 1, "action", c->verb->name, "dry_run", c->p->dry_run, "chosen",
			(json_int_t)c->chosen, "changed", (json_int_t)c->changed, "types", c->types, "not_found", c->not_found, "under_way", under_way);
	if (all && standing >= 0)
		json_object_set_new(all, "standing", json_boolean(standing));
	return pps_report_text(all, ret_json, err);
}

/* A replay has its own time, which may not be overtaken. */
static int read_times(struct command *c, pps_error **err)
{
	int64_t at, as_of;
	int r;

	/* an entry of the ledger by a clock that is ahead would stop everything until that time */
	if ((r = pps_publish_flow_now(&c->p->flow, &c->as_of, &c->at, err)) < 0)
		return r;
	c->p->flow.now = c->as_of;
	if (!pps_state_is_replay(c->p->state))
		return PPS_OK;
	r = pps_state_ledger_times(c->p->state, &at, &as_of, err);
	c->p->flow.now = c->as_of = r < 0 || as_of == INT64_MIN ? 0 : as_of;
	return r;
}

static int find_verb(const char *name, const verb **ret, pps_error **err)
{
	for (size_t i = 0; i < PPS_COUNT(verbs); i++)
		if (!strcmp(verbs[i].name, name)) {
			*ret = &verbs[i];
			return PPS_OK;
		}
	return pps_fail(err, PPS_E_ARG, "%s: expected hold, unhold, pin, unpin, expire, retry or reverify", name);
}

static int check_choice(const struct command *c, size_t n, pps_error **err)
{
	const char *name = c->verb->name;
	int has = has_filter(&c->p->filter);

	if (!n && !has && !is_standing(c, n))
		return pps_fail(err, PPS_E_ARG, "%s: which datasets? UUIDs, or a type, run, origin, visit or day", name);
	return n && has ? pps_fail(err, PPS_E_ARG, "%s: expected UUIDs or a selection, not both", name) : PPS_OK;
}

/* First the hold on what comes later, so that nothing is let out meanwhile; last its end. */
static int carry_out(struct command *c, const char *const *ids, size_t n, int *ret_standing, pps_error **err)
{
	int r = PPS_OK, is_all = is_standing(c, n);

	if ((is_all && c->verb->set && (r = set_standing(c, ret_standing, err)) < 0) || (r = read_times(c, err)) < 0)
		return r;
	if (n)
		r = take_ids(c, ids, n, err);
	else if (has_filter(&c->p->filter))
		r = take_filter(c, err);
	return r == PPS_OK && is_all && c->verb->clear ? set_standing(c, ret_standing, err) : r;
}

int pps_publish_command(pps_publish *p, const char *action, const char *const *ids, size_t n, const char *reason, const char *who, char **ret_json,
			pps_error **err)
{
	_cleanup_(clear_command) struct command c = { .p = p, .reason = reason, .who = who, .subject = PPS_BUF_LINE };
	int standing = -1, r;

	if (!p || !action || !ret_json || (n && !ids))
		return pps_fail(err, PPS_E_ARG, "pps_publish_command: publish, action and ret_json must not be NULL");
	if (!reason || !*reason || !who || !*who)
		return pps_fail(err, PPS_E_ARG, "%s: a reason and a name are needed", action);
	if ((r = find_verb(action, &c.verb, err)) < 0 || (r = check_choice(&c, n, err)) < 0)
		return r;
	if (is_standing(&c, n))
		c.verb = c.verb->set ? &day_hold : &day_unhold;
	c.types = json_object();
	c.not_found = json_array();
	describe(&c, n);
	if (!c.types || !c.not_found)
		return pps_fail_nomem(err);
	if ((r = pps_buf_check(&c.subject, "selection", err)) < 0)
		return r;
	if ((r = pps_publish_read(p, err)) < 0)
		return r;
	r = carry_out(&c, ids, n, &standing, err);
	return r < 0 ? pps_wrap(err, r, "%s", action) : make_report(&c, standing, ret_json, err);
}
