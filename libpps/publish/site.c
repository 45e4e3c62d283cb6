/* SPDX-License-Identifier: BSD-3-Clause */
/* Opening repositories, their clocks, what the first one knows, and how datasets really are. */
#include "publish/site.h"

#include <limits.h>
#include <string.h>

#include "butler/purge.h"
#include "publish/intake.h"
#include "publish/site-private.h"

#define CLOCKS_NS (10 * PPS_NS_PER_S) /* how long a reading of other clocks is good for */

int pps_site_new(pps_ctx *ctx, const pps_conf *conf, const pps_plan_graph *graph, pps_state *state, pps_site **ret_site, pps_error **err)
{
	pps_site *site = calloc(1, sizeof *site);

	if (!site)
		return pps_fail_nomem(err);
	site->ctx = pps_ctx_ref(ctx);
	site->conf = conf;
	site->graph = graph;
	site->state = state;
	for (size_t i = 0; i < graph->n; i++)
		site->at[i].conf = pps_conf_repository_find(conf, graph->at[i].name);
	*ret_site = site;
	return PPS_OK;
}

void pps_site_free(pps_site *site)
{
	if (!site)
		return;
	pps_hands_free(site->hands);
	for (size_t i = 0; i < site->graph->n; i++) {
		pps_butler_unref(site->at[i].butler);
		pps_butler_unref(site->at[i].remover);
	}
	for (size_t i = 0; i < site->ncopiers; i++) {
		pps_copier_free(site->copiers[i].copier);
		free(site->copiers[i].root);
	}
	free(site->copiers);
	pps_intake_free(site->intake);
	pps_ctx_unref(site->ctx);
	free(site);
}

const pps_conf_repository *pps_site_conf(const pps_site *site, int repository)
{
	return site->at[repository].conf;
}

int pps_site_butler(pps_site *site, int repository, pps_butler **ret, pps_error **err)
{
	pps_site_repository *one = &site->at[repository];
	int r;

	if (!one->butler &&
	    (r = pps_butler_open(site->ctx, one->conf->butler, repository ? PPS_BUTLER_WRITE : PPS_BUTLER_READ, &one->butler, err)) < 0)
		return pps_wrap(err, r, "repository %s", one->conf->name);
	*ret = one->butler;
	return PPS_OK;
}

int pps_site_remover(pps_site *site, pps_butler **ret, pps_error **err)
{
	pps_site_repository *one = &site->at[0];
	int r;

	if (!one->remover && (r = pps_butler_open(site->ctx, one->conf->butler, PPS_BUTLER_REMOVE, &one->remover, err)) < 0)
		return pps_wrap(err, r, "repository %s", one->conf->name);
	*ret = one->remover;
	return PPS_OK;
}

int pps_site_copier(pps_site *site, const char *root, pps_copier **ret, pps_error **err)
{
	pps_site_root *one;
	int r;

	for (size_t i = 0; i < site->ncopiers; i++)
		if (!strcmp(site->copiers[i].root, root)) {
			*ret = site->copiers[i].copier;
			return PPS_OK;
		}
	if (pps_grow(&site->copiers, &site->copiers_cap, site->ncopiers, sizeof *site->copiers) < 0)
		return pps_fail_nomem(err);
	one = &site->copiers[site->ncopiers];
	*one = (pps_site_root){ .root = strdup(root) };
	if (!one->root)
		return pps_fail_nomem(err);
	if ((r = pps_copier_new(site->ctx, root, pps_conf_threads(site->conf), &one->copier, err)) < 0) {
		free(one->root);
		return r;
	}
	site->ncopiers++;
	*ret = one->copier;
	return PPS_OK;
}

/* ---- clocks ---- */

/* The later half of the round trip is charged to the database, so that a slow answer is not taken for a difference. */
static int read_database(pps_sql *sql, pps_publish_clocks *c, pps_error **err)
{
	int64_t before, after, other;
	int r;

	if (pps_sql_kind(sql) != PPS_SQL_POSTGRES || c->n == PPS_PUBLISH_CLOCKS_MOST)
		return PPS_OK;
	if ((r = pps_tai_now(&before, err)) < 0 || (r = pps_sql_clock(sql, &other, err)) < 0 || (r = pps_tai_now(&after, err)) < 0)
		return r;
	c->others[c->n] = other;
	c->beside[c->n++] = before + (after - before) / 2;
	return PPS_OK;
}

/* The last reading of the others says how far off the local clock is, as long as that one went on like the monotonic one. */
static int is_fresh(const pps_site *site, int64_t local)
{
	int64_t passed = pps_monotonic_now() - site->clocks_at, jump = local - site->clocks.local - passed;

	return site->clocks_at && passed < CLOCKS_NS && jump < PPS_NS_PER_S && jump > -PPS_NS_PER_S;
}

static void read_stores(void *user, pps_publish_clocks *c)
{
	pps_site *site = user;

	for (size_t i = 0; i < site->ncopiers && c->n < PPS_PUBLISH_CLOCKS_MOST; i++)
		c->n += pps_store_clock(pps_copier_store(site->copiers[i].copier), &c->others[c->n], &c->beside[c->n], NULL) == 1;
}

static int read_others(pps_site *site, pps_publish_clocks *c, pps_error **err)
{
	int r;

	if ((r = read_database(pps_state_sql(site->state), c, err)) < 0)
		return r;
	for (size_t i = 0; i < site->graph->n; i++)
		if (site->at[i].butler && !site->at[i].is_silent && !pps_sql_in_transaction(pps_butler_sql(site->at[i].butler)))
			/* who needs a repository that went away will say so */
			site->at[i].is_silent = read_database(pps_butler_sql(site->at[i].butler), c, NULL) < 0;
	read_stores(site, c);
	if (site->hands)
		pps_hands_clocks(site->hands, c);
	return pps_ctx_check(site->ctx, err);
}

static int read_clocks(void *user, pps_publish_clocks *c, pps_error **err)
{
	pps_site *site = user;
	int64_t local;
	int r;

	if ((r = pps_tai_now(&local, err)) < 0)
		return r;
	if (is_fresh(site, local)) {
		*c = site->clocks;
		c->local = local;
		return PPS_OK;
	}
	if ((r = read_others(site, c, err)) < 0 || (r = pps_tai_now(&c->local, err)) < 0)
		return r;
	site->clocks = *c;
	site->clocks_at = pps_monotonic_now();
	return PPS_OK;
}

static int rest(void *user, int64_t ns, pps_error **err)
{
	return pps_ctx_sleep(((pps_site *)user)->ctx, ns, err);
}

/* ---- what is there ---- */

static void close_repository(void *user, void *repository)
{
	pps_site *site = user;
	pps_site_repository *one = &site->at[*(int *)repository];

	one->butler = pps_butler_unref(one->butler);
	one->remover = pps_butler_unref(one->remover);
}

/* Opened anew in each round. */
static int reach(void *user, int repository, pps_error **err)
{
	pps_site *site = user;
	pps_butler *butler;

	close_repository(site, &repository);
	site->at[repository].is_silent = 0;
	site->clocks_at = 0;
	if (site->hands)
		pps_hands_each(site->hands, close_repository, &repository);
	return pps_site_butler(site, repository, &butler, err);
}

static int look(void *user, const pps_dataset_row *const *rows, size_t n, pps_publish_seen *seen, pps_error **err)
{
	pps_site *site = user;
	_cleanup_free_ pps_uuid *ids = calloc(n + 1, sizeof *ids);
	_cleanup_free_ pps_ref_end *ends = NULL;
	_cleanup_(pps_refs_freep) pps_refs *refs = NULL;
	pps_butler *first;
	int r;

	if (!ids)
		return pps_fail_nomem(err);
	for (size_t i = 0; i < n; i++)
		ids[i] = rows[i]->id;
	if ((r = pps_site_butler(site, 0, &first, err)) < 0 || (r = pps_butler_check_schema(first, err)) < 0 ||
	    (r = pps_butler_find_refs(first, ids, n, 0, &refs, err)) < 0)
		return r;
	if (!(ends = calloc(refs->n + 1, sizeof *ends)))
		return pps_fail_nomem(err);
	if ((r = pps_butler_find_ends(first, refs, ends, err)) < 0)
		return r;
	for (size_t i = 0; i < n; i++) {
		const pps_ref *ref = pps_refs_get(refs, &rows[i]->id);

		seen[i] = (pps_publish_seen){ .is_known = ref != NULL };
		if (!ref)
			continue;
		seen[i].is_other = strcmp(ref->type->name, rows[i]->type) != 0 || strcmp(ref->run, rows[i]->run) != 0;
		seen[i].end_kind = ends[ref - refs->at].kind;
		seen[i].end = ends[ref - refs->at].end;
	}
	return PPS_OK;
}

static int survey(void *user, int repository, const pps_uuid *ids, size_t n, char *ret_status, pps_error **err)
{
	pps_site *site = user;
	_cleanup_(pps_refs_freep) pps_refs *refs = NULL;
	const char gone = site->graph->at[repository].is_public ? PPS_STATUS_EXPIRED : PPS_STATUS_DELETED;
	pps_butler *butler;
	int r;

	/* what is half removed goes wholly before it is called gone; never what is another's */
	if (!site->graph->at[repository].is_public && !site->graph->at[repository].refers &&
	    ((r = repository ? pps_site_butler(site, repository, &butler, err) : pps_site_remover(site, &butler, err)) < 0 ||
	     (r = pps_butler_empty_trash(butler, ids, n, NULL, NULL, err)) < 0))
		return r;
	if ((r = pps_site_butler(site, repository, &butler, err)) < 0 || (r = pps_butler_find_refs(butler, ids, n, PPS_REFS_FILES, &refs, err)) < 0)
		return r;
	for (size_t i = 0; i < n; i++) {
		const pps_ref *ref = pps_refs_get(refs, &ids[i]);

		ret_status[i] = !ref ? PPS_STATUS_NEVER : ref->nfiles ? PPS_STATUS_PRESENT : gone;
	}
	return PPS_OK;
}

/* A round may take a day: a repository that was upgraded meanwhile is noticed before a chunk reads or writes it. */
static int check_schema(pps_site *site, int repository, pps_error **err)
{
	pps_butler *butler;
	int r;

	if (repository < 0)
		return PPS_OK;
	return (r = pps_site_butler(site, repository, &butler, err)) < 0 ? r : pps_butler_check_schema(butler, err);
}

static int act(void *user, pps_publish_chunk *chunk, pps_error **err)
{
	pps_site *site = user;
	int r;

	chunk->is_common = 1;
	if ((r = check_schema(site, chunk->source, err)) < 0 || (r = check_schema(site, chunk->repository, err)) < 0)
		return r;
	chunk->is_common = 0;
	switch (chunk->task) {
	case PPS_TASK_COPY:
	case PPS_TASK_PUBLISH:
		return pps_site_arrive(site, chunk, err);
	case PPS_TASK_EXPIRE:
		return pps_site_expire(site, chunk, err);
	default:
		return pps_site_delete(site, chunk, err);
	}
}

/* Two at a time would only wait for each other in a file. */
static int most(void *user, int repository)
{
	const pps_site *site = user;
	pps_butler *butler = site->at[repository].butler;

	return butler && pps_sql_kind(pps_butler_sql(butler)) == PPS_SQL_SQLITE ? 1 : INT_MAX;
}

const pps_publish_ops pps_site_ops = { .clocks = read_clocks, .reach = reach, .look = look, .act = act, .survey = survey,
				     .records = pps_site_records, .before = pps_site_before, .rest = rest, .most = most };

/* ---- threads ---- */

static int open_hand(void *maker, void **ret_user, pps_error **err)
{
	const pps_site *site = maker;
	pps_site *own;
	int r = pps_site_new(site->ctx, site->conf, site->graph, NULL, &own, err);

	if (r == PPS_OK)
		*ret_user = own;
	return r;
}

static void close_hand(void *user)
{
	pps_site_free(user);
}

int pps_site_fan_out(pps_site *site, int threads, pps_publish_flow *flow, pps_error **err)
{
	static const pps_hands_ops ops = { .ops = &pps_site_ops, .open = open_hand, .close = close_hand, .clocks = read_stores };
	int r;

	if (threads == 1)
		return PPS_OK;
	if ((r = pps_hands_new(site->ctx, threads, &ops, site, &site->hands, err)) < 0)
		return r;
	flow->crew = &pps_hands_crew;
	flow->crew_user = site->hands;
	return PPS_OK;
}
