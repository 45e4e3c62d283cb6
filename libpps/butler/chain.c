/* SPDX-License-Identifier: BSD-3-Clause */
#include "butler/chain.h"

#include <string.h>

#include "butler/butler-private.h"

static int is_among(int64_t id, const int64_t *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (list[i] == id)
			return 1;
	return 0;
}

/* The others behind there[at], up to the next of ours. */
static size_t copy_others(const int64_t *there, size_t nthere, size_t at, const int64_t *wanted, size_t nwanted, int64_t *ret)
{
	size_t n = 0;

	for (; at < nthere && !is_among(there[at], wanted, nwanted); at++)
		ret[n++] = there[at];
	return n;
}

size_t pps_chain_merge(const int64_t *there, size_t nthere, const int64_t *wanted, size_t nwanted, int64_t *ret)
{
	size_t n = copy_others(there, nthere, 0, wanted, nwanted, ret);

	for (size_t i = 0; i < nwanted; i++) {
		ret[n++] = wanted[i];
		for (size_t k = 0; k < nthere; k++)
			if (there[k] == wanted[i])
				n += copy_others(there, nthere, k + 1, wanted, nwanted, ret + n);
	}
	return n;
}

struct chain {
	pps_butler *butler;
	const char *name;
	const char *doc;
	const char *const *children;
	size_t n;
	int is_dry;
	pps_butler_report found; /* by the attempt at hand */
	int64_t id;
	int64_t *wanted; /* those of @children that exist */
	size_t nwanted;
	int64_t *there, *merged;
	size_t nthere, there_cap, nmerged;
};

static void chain_clear(struct chain *c)
{
	pps_report_clear(&c->found);
	free(c->wanted);
	free(c->there);
	free(c->merged);
	c->wanted = c->there = c->merged = NULL;
	c->nwanted = c->nthere = c->there_cap = c->nmerged = 0;
}

static int find_wanted(struct chain *c, pps_error **err)
{
	_cleanup_(pps_butler_collections_freep) pps_butler_collections *found = NULL;
	int r = pps_butler_find_collections(c->butler, c->children, c->n, PPS_COLLECTIONS_KEEP_CHAINS | PPS_COLLECTIONS_MISSING_OK, &found, err);

	if (r < 0)
		return r;
	if (!(c->wanted = calloc(c->n + 1, sizeof *c->wanted)))
		return pps_fail_nomem(err);
	for (size_t i = 0; i < c->n; i++) {
		size_t k = 0;

		while (k < found->n && strcmp(found->at[k].name, c->children[i]) != 0)
			k++;
		if (k < found->n)
			c->wanted[c->nwanted++] = found->at[k].id;
		else if ((r = pps_report_add(&c->found, PPS_FINDING_MISSING, NULL, err, "%s: its child %s does not exist: left out until it appears",
					     c->name, c->children[i])) < 0)
			return r;
	}
	return PPS_OK;
}

static int read_there(struct chain *c, pps_error **err)
{
	_cleanup_(pps_sql_rows_freep) pps_sql_rows *rows = NULL;
	pps_sql_value params[] = { pps_sql_int(c->id) };
	int r = pps_sql_query(c->butler->sql, "SELECT child FROM {collection_chain} WHERE parent = $1 ORDER BY position", params, 1, &rows, err);

	while (r >= 0 && (r = pps_sql_next(rows, err)) > 0) {
		if (pps_grow(&c->there, &c->there_cap, c->nthere, sizeof *c->there) < 0)
			return pps_fail_nomem(err);
		c->there[c->nthere++] = pps_sql_get_int(rows, 0);
	}
	return r;
}

/* So that others who change the chain wait: the Python Butler does the same. */
static int lock(struct chain *c, pps_error **err)
{
	_cleanup_(pps_sql_rows_freep) pps_sql_rows *rows = NULL;
	pps_sql_value params[] = { pps_sql_int(c->id) };
	int r;

	if (c->is_dry || pps_sql_kind(c->butler->sql) != PPS_SQL_POSTGRES)
		return PPS_OK;
	r = pps_sql_query(c->butler->sql, "SELECT collection_id FROM {collection} WHERE collection_id = $1 FOR UPDATE", params, 1, &rows, err);
	return r < 0 ? r : pps_sql_next(rows, err);
}

static int refuse_cycle(struct chain *c, pps_error **err)
{
	_cleanup_(pps_sql_rows_freep) pps_sql_rows *rows = NULL;
	pps_sql_value params[] = { pps_sql_int(c->id), pps_sql_ints(c->wanted, c->nwanted) };
	int r = pps_sql_query(c->butler->sql,
			      "WITH RECURSIVE walk(id) AS (SELECT collection_id FROM {collection} WHERE collection_id {in $2 int}"
			      " UNION SELECT k.child FROM walk w JOIN {collection_chain} k ON k.parent = w.id)"
			      " SELECT 1 FROM walk WHERE id = $1", params, PPS_COUNT(params), &rows, err);

	if (r < 0 || (r = pps_sql_next(rows, err)) <= 0)
		return r;
	return pps_fail(err, PPS_E_CONFLICT, "chain %s would hold itself", c->name);
}

/* As redefine_chain() does: positions from 0. */
static int write_children(struct chain *c, pps_error **err)
{
	static const pps_sql_column columns[] = { { "parent", PPS_SQL_INT }, { "position", PPS_SQL_INT }, { "child", PPS_SQL_INT } };
	_cleanup_free_ pps_sql_value *values = calloc(3 * c->nmerged + 1, sizeof *values);
	pps_sql_value params[] = { pps_sql_int(c->id) };
	int64_t inserted = 0;
	int r;

	if (!values)
		return pps_fail_nomem(err);
	for (size_t i = 0; i < c->nmerged; i++) {
		values[3 * i] = pps_sql_int(c->id);
		values[3 * i + 1] = pps_sql_int((int64_t)i);
		values[3 * i + 2] = pps_sql_int(c->merged[i]);
	}
	if ((r = pps_sql_exec(c->butler->sql, "DELETE FROM {collection_chain} WHERE parent = $1", params, 1, NULL, err)) < 0 ||
	    (r = pps_sql_insert(c->butler->sql, "collection_chain", columns, 3, values, c->nmerged, NULL, &inserted, err)) < 0)
		return r;
	c->found.inserted += inserted;
	return PPS_OK;
}

static int order(struct chain *c, pps_error **err)
{
	int r;

	if (c->id && ((r = lock(c, err)) < 0 || (r = read_there(c, err)) < 0 || (r = refuse_cycle(c, err)) < 0))
		return r;
	if (!(c->merged = calloc(c->nthere + c->nwanted + 1, sizeof *c->merged)))
		return pps_fail_nomem(err);
	c->nmerged = pps_chain_merge(c->there, c->nthere, c->wanted, c->nwanted, c->merged);
	if (c->nmerged == c->nthere && (!c->nthere || memcmp(c->merged, c->there, c->nthere * sizeof *c->there) == 0))
		return PPS_OK;
	if (!c->is_dry && (r = write_children(c, err)) < 0)
		return r;
	return pps_report_add(&c->found, PPS_FINDING_ADDED, NULL, err, "chain %s: %zu children in order", c->name, c->nmerged);
}

static int chain_fn(pps_sql *sql _unused_, void *user, pps_error **err)
{
	struct chain *c = user;
	int r;

	chain_clear(c);
	r = c->is_dry ? pps_butler_collection_id(c->butler, c->name, PPS_COLLECTION_CHAINED, &c->id, err) :
			pps_butler_collection_in(c->butler, c->name, PPS_COLLECTION_CHAINED, c->doc, &c->id, &c->found.inserted, err);
	if (r < 0)
		return r;
	if ((!c->id || c->found.inserted) &&
	    (r = pps_report_add(&c->found, PPS_FINDING_ADDED, NULL, err, "collection %s, CHAINED", c->name)) < 0)
		return r;
	if ((r = find_wanted(c, err)) < 0)
		return r;
	return order(c, err);
}

/* A report of one transaction to that of all. */
static int take_findings(pps_butler_report *to, pps_butler_report *from, pps_error **err)
{
	for (size_t i = 0; i < from->n; i++) {
		if (pps_grow(&to->at, &to->cap, to->n, sizeof *to->at) < 0)
			return pps_fail_nomem(err);
		to->at[to->n] = from->at[i];
		to->at[to->n++].text = TAKE_PTR(from->at[i].text);
	}
	to->inserted += from->inserted;
	return PPS_OK;
}

int pps_butler_ensure_chain(pps_butler *butler, const char *name, const char *doc, const char *const *children, size_t n, int flags,
			    pps_butler_report *report, pps_error **err)
{
	_cleanup_(chain_clear) struct chain c = { .butler = butler, .name = name, .doc = doc, .children = children, .n = n,
						  .is_dry = flags & PPS_BUTLER_DRY_RUN };
	int r;

	if (!c.is_dry && (r = pps_butler_check_writable(butler, err)) < 0)
		return r;
	r = c.is_dry || pps_sql_in_transaction(butler->sql) ? chain_fn(butler->sql, &c, err) : pps_butler_retry(butler, chain_fn, &c, err);
	if (r < 0)
		return pps_wrap(err, r, "chain %s of %s", name, butler->config.uri);
	return take_findings(report, &c.found, err);
}

/* ---- all that are configured ---- */

static int ensure_plain(pps_butler *butler, const char *name, const char *doc, int type, int flags, pps_butler_report *report, pps_error **err)
{
	int64_t id = 0, inserted = 0;
	int r = flags & PPS_BUTLER_DRY_RUN ? pps_butler_collection_id(butler, name, type, &id, err) :
					     pps_butler_ensure_collection(butler, name, type, doc, &id, &inserted, err);

	if (r < 0)
		return r;
	report->inserted += inserted;
	if (id && !inserted)
		return PPS_OK;
	return pps_report_add(report, PPS_FINDING_ADDED, NULL, err, "collection %s, %s", name, type == PPS_COLLECTION_TAGGED ? "TAGGED" : "CHAINED");
}

static int is_chain(const pps_conf_collections *conf, const char *name)
{
	for (size_t i = 0; i < conf->nchains; i++)
		if (strcmp(conf->chains[i].name, name) == 0)
			return 1;
	return 0;
}

/* In a dry run those that would be made are not there: they have been told of, and are no missing children. */
static int will_be_made(pps_butler *butler, const pps_conf_collections *conf, const char *name, int *ret, pps_error **err)
{
	int type = is_chain(conf, name) ? PPS_COLLECTION_CHAINED :
		   strcmp(name, conf->available) == 0 || strcmp(name, conf->expired) == 0 ? PPS_COLLECTION_TAGGED : 0;
	int64_t id = 0;
	int r = type ? pps_butler_collection_id(butler, name, type, &id, err) : PPS_OK;

	*ret = type && !id;
	return r;
}

static int ensure_configured(pps_butler *butler, const pps_conf_collections *conf, const pps_conf_chain *chain, const char *doc, int flags,
			     pps_butler_report *report, pps_error **err)
{
	_cleanup_free_ const char **children = calloc(chain->children.n + 1, sizeof *children);
	int r = PPS_OK, is_new = 0;
	size_t n = 0;

	if (!children)
		return pps_fail_nomem(err);
	for (size_t i = 0; r >= 0 && i < chain->children.n; i++) {
		if (flags & PPS_BUTLER_DRY_RUN)
			r = will_be_made(butler, conf, chain->children.at[i], &is_new, err);
		if (!is_new)
			children[n++] = chain->children.at[i];
	}
	if (r >= 0 && flags & PPS_BUTLER_DRY_RUN)
		r = will_be_made(butler, conf, chain->name, &is_new, err);
	if (r < 0 || is_new)
		return r;
	return pps_butler_ensure_chain(butler, chain->name, doc, children, n, flags, report, err);
}

/* All chains are there before they get children, since they hold each other. */
int pps_butler_ensure_collections(pps_butler *butler, const pps_conf_collections *conf, int flags, pps_butler_report *report, pps_error **err)
{
	static const char doc[] = "Kept by the prompt publication service as it is configured; collections that are added by hand stay.";
	int r;

	if (!(flags & PPS_BUTLER_DRY_RUN) && (r = pps_butler_check_writable(butler, err)) < 0)
		return r;
	if ((r = ensure_plain(butler, conf->available, "Prompt data products that are published.", PPS_COLLECTION_TAGGED, flags, report, err)) < 0 ||
	    (r = ensure_plain(butler, conf->expired, "Prompt data products that were published and have expired: they are known, and not stored any more.",
			      PPS_COLLECTION_TAGGED, flags, report, err)) < 0)
		return pps_wrap(err, r, "collections of %s", butler->config.uri);
	for (size_t i = 0; i < conf->nchains; i++)
		if ((r = ensure_plain(butler, conf->chains[i].name, doc, PPS_COLLECTION_CHAINED, flags, report, err)) < 0)
			return pps_wrap(err, r, "collections of %s", butler->config.uri);
	for (size_t i = 0; i < conf->nchains; i++)
		if ((r = ensure_configured(butler, conf, &conf->chains[i], doc, flags, report, err)) < 0)
			return r;
	return PPS_OK;
}
