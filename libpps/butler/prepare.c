/* SPDX-License-Identifier: BSD-3-Clause */
#include "butler/prepare.h"

#include <string.h>

#include "butler/butler-private.h"
#include "butler/chain.h"
#include "butler/records.h"
#include "butler/ref.h"
#include "store/copy.h"

#define SKYMAP_TYPE "skyMap" /* the dataset type of skymaps in every repository of the observatory */

struct prepare {
	pps_butler *source;
	pps_butler *dest;
	int transfer; /* of a skymap's file: PPS_TRANSFER_* */
	int flags;
	pps_butler_report *report;
};

static int add_different(void *user, const char *element, const char *key, const char *column, pps_error **err)
{
	struct prepare *p = user;

	p->report->records_different++;
	return pps_report_add(p->report, PPS_FINDING_DIFFERENT, NULL, err, "%s %s: %s is another there", element, key, column);
}

static int tell(struct prepare *p, const char *what, const char *name, int64_t inserted, pps_error **err)
{
	p->report->records_added += inserted;
	if (!inserted)
		return PPS_OK;
	return pps_report_add(p->report, PPS_FINDING_ADDED, NULL, err, "%s %s: %lld dimension records", what, name, (long long)inserted);
}

static int copy_instrument(struct prepare *p, const char *name, pps_error **err)
{
	int64_t inserted = 0;
	int r = pps_butler_prepare_records(p->source, p->dest, &name, 1, NULL, 0, p->flags & PPS_BUTLER_DRY_RUN, add_different, p, &inserted, err);

	return r < 0 ? pps_wrap(err, r, "instrument %s", name) : tell(p, "instrument", name, inserted, err);
}

static int copy_skymap(struct prepare *p, const char *name, pps_error **err)
{
	int64_t inserted = 0;
	int r = pps_butler_prepare_records(p->source, p->dest, NULL, 0, &name, 1, p->flags & PPS_BUTLER_DRY_RUN, add_different, p, &inserted, err);

	return r < 0 ? pps_wrap(err, r, "skymap %s", name) : tell(p, "skymap", name, inserted, err);
}

/* ---- the skymap's own dataset, which Python code reads ---- */

static int find_skymap_ids(struct prepare *p, const char *name, pps_uuid *ids, size_t most, size_t *ret_n, pps_error **err)
{
	static const char *const type[] = { SKYMAP_TYPE };
	_cleanup_(pps_butler_types_freep) pps_butler_types *types = NULL;
	_cleanup_(pps_sql_rows_freep) pps_sql_rows *rows = NULL;
	_cleanup_buf_ pps_buf text = PPS_BUF_LINE;
	pps_sql_value params[2] = { pps_sql_null(), pps_sql_text(name) };
	int r = pps_butler_select_types(p->source, type, 1, 1, &types, err);

	*ret_n = 0;
	if (r < 0 || !types->n)
		return r;
	params[0] = pps_sql_int(types->at[0].id);
	pps_buf_printf(&text, "SELECT t.dataset_id FROM {%s} t JOIN {dataset} d ON d.id = t.dataset_id AND d.run_id = t.collection_id"
		       " WHERE t.dataset_type_id = $1 AND t.skymap = $2 ORDER BY t.dataset_id", types->at[0].tags_table);
	if ((r = pps_buf_check(&text, "statement", err)) < 0 ||
	    (r = pps_sql_query(p->source->sql, pps_buf_text(&text), params, PPS_COUNT(params), &rows, err)) < 0)
		return r;
	while (*ret_n < most && (r = pps_sql_next(rows, err)) > 0)
		if (pps_sql_get_uuid(rows, 0, &ids[*ret_n]) == 0)
			++*ret_n;
	return r;
}

/* One file: copied, linked, or left where it is. */
static int move_file(struct prepare *p, const pps_ref_place *place, pps_error **err)
{
	_cleanup_(pps_copier_freep) pps_copier *copier = NULL;
	pps_copy_item item = { .from = place->from, .name = place->path, .size = place->file->size };
	int r;

	if (p->transfer != PPS_TRANSFER_COPY && p->transfer != PPS_TRANSFER_HARDLINK)
		return PPS_OK;
	if ((r = pps_copier_new(p->dest->ctx, pps_butler_datastore_root(p->dest, place->member), 1, &copier, err)) < 0)
		return r;
	r = p->transfer == PPS_TRANSFER_COPY ? pps_copier_copy(copier, &item, 1, NULL, err) : pps_copier_link(copier, &item, 1, NULL, err);
	if (r == PPS_OK && item.code < 0)
		r = pps_fail(err, item.code, "%s: %s", place->to, item.reason ? item.reason : pps_error_code_name(item.code));
	pps_copy_items_clear(&item, 1);
	return r;
}

static int copy_skymap_dataset(struct prepare *p, const char *name, pps_error **err)
{
	_cleanup_(pps_ref_places_freep) pps_ref_places *places = NULL;
	_cleanup_(pps_refs_freep) pps_refs *refs = NULL;
	pps_ref_result results[16];
	size_t n, inserted = 0;
	pps_uuid ids[16]; /* one, or a few of different runs */
	int r;

	if ((r = find_skymap_ids(p, name, ids, PPS_COUNT(ids), &n, err)) < 0 ||
	    (r = pps_butler_find_refs(p->source, ids, n, PPS_REFS_FILES, &refs, err)) < 0)
		return r;
	if (!refs->n)
		return pps_report_add(p->report, PPS_FINDING_MISSING, NULL, err, "skymap %s: %s has no dataset " SKYMAP_TYPE " of it", name,
				      p->source->config.uri);
	if (p->flags & PPS_BUTLER_DRY_RUN)
		return PPS_OK;
	if ((r = pps_butler_plan_files(p->source, p->dest, refs, p->transfer, &places, err)) < 0)
		return r;
	for (size_t i = 0; i < places->n; i++)
		if (!places->at[i].problem && (r = move_file(p, &places->at[i], err)) < 0)
			return r;
	if ((r = pps_butler_insert_refs(p->dest, refs, places, NULL, results, &inserted, err)) < 0)
		return r;
	for (size_t i = 0; r >= 0 && i < refs->n; i++) {
		if (results[i].outcome == PPS_REF_INSERTED)
			r = pps_report_add(p->report, PPS_FINDING_ADDED, &refs->at[i].id, err, "skymap %s: its dataset in %s", name, refs->at[i].run);
		else if (results[i].outcome != PPS_REF_THERE)
			r = pps_report_add(p->report, PPS_FINDING_DIFFERENT, &refs->at[i].id, err, "skymap %s: %s", name,
					   results[i].reason ? results[i].reason : "its dataset is not stored");
	}
	return r;
}

/* ---- all of it ---- */

/* @names, separated by commas, or all that the source has. */
static int each(struct prepare *p, const char *element, const char *names, int (*fn)(struct prepare *p, const char *name, pps_error **err),
		pps_error **err)
{
	_cleanup_buf_ pps_buf all = PPS_BUF_SQL, text = PPS_BUF_LINE;
	_cleanup_free_ char *list = NULL;
	char *save = NULL;
	int r = PPS_OK;

	if (!names) {
		_cleanup_(pps_sql_rows_freep) pps_sql_rows *rows = NULL;

		pps_buf_printf(&text, "SELECT name FROM {%s} ORDER BY name", element);
		if ((r = pps_buf_check(&text, "statement", err)) < 0 || (r = pps_sql_query(p->source->sql, pps_buf_text(&text), NULL, 0, &rows, err)) < 0)
			return r;
		while ((r = pps_sql_next(rows, err)) > 0)
			pps_buf_printf(&all, "%s,", pps_sql_get_text(rows, 0));
		if (r < 0 || (r = pps_buf_check(&all, element, err)) < 0)
			return r;
	}
	if (!(list = strdup(names ? names : pps_buf_text(&all))))
		return pps_fail_nomem(err);
	for (char *name = strtok_r(list, ",", &save); name && r >= 0; name = strtok_r(NULL, ",", &save))
		r = fn(p, name, err);
	return r;
}

static int with_dataset(struct prepare *p, const char *name, pps_error **err)
{
	int r = copy_skymap(p, name, err);

	if (r >= 0 && (r = copy_skymap_dataset(p, name, err)) < 0)
		return pps_wrap(err, r, "skymap %s", name);
	return r;
}

int pps_butler_prepare_from(pps_butler *dest, pps_butler *source, const pps_conf_collections *collections, int transfer, const char *instruments,
			    const char *skymaps, int flags, pps_butler_report **ret_report, pps_error **err)
{
	_cleanup_(pps_butler_report_freep) pps_butler_report *report = NULL;
	struct prepare p = { .source = source, .dest = dest, .transfer = transfer, .flags = flags };
	int r;

	if (!(flags & PPS_BUTLER_DRY_RUN) && (r = pps_butler_check_writable(dest, err)) < 0)
		return r;
	if ((r = pps_report_new(&report, err)) < 0)
		return r;
	p.report = report;
	if ((r = each(&p, "instrument", instruments, copy_instrument, err)) < 0 || (r = each(&p, "skymap", skymaps, with_dataset, err)) < 0 ||
	    (r = pps_butler_ensure_collections(dest, collections, flags, report, err)) < 0)
		return pps_wrap(err, r, "prepare %s", dest->config.uri);
	*ret_report = TAKE_PTR(report);
	return PPS_OK;
}

/* How files come to a repository from that one, by the configuration; else they are copied. */
static int transfer_of(const pps_conf *conf, const char *name, const char *from)
{
	const pps_conf_repository *repo = pps_conf_repository_find(conf, name);

	return repo && repo->from && strcmp(repo->from->name, from) == 0 ? repo->transfer : PPS_TRANSFER_COPY;
}

static int open_named(pps_ctx *ctx, const pps_conf *conf, const char *name, int mode, pps_butler **ret, pps_error **err)
{
	const pps_conf_repository *repo = pps_conf_repository_find(conf, name);

	return pps_butler_open(ctx, repo ? repo->butler : name, mode, ret, err);
}

int pps_butler_prepare(pps_ctx *ctx, const pps_conf *conf, const char *name, const char *from, const char *instruments, const char *skymaps,
		       int flags, pps_butler_report **ret_report, pps_error **err)
{
	_cleanup_(pps_butler_unrefp) pps_butler *dest = NULL, *source = NULL;
	int r;

	if (!conf || !name || !from || !ret_report)
		return pps_fail(err, PPS_E_ARG, "pps_butler_prepare: a configuration, two repositories and ret_report are needed");
	if (pps_conf_repository_find(conf, name) && !pps_conf_repository_find(conf, name)->is_public)
		return pps_fail(err, PPS_E_ARG, "repository %s is not public: its configuration does not say \"audience: public\"", name);
	if ((r = open_named(ctx, conf, name, flags & PPS_BUTLER_DRY_RUN ? PPS_BUTLER_READ : PPS_BUTLER_WRITE, &dest, err)) < 0 ||
	    (r = open_named(ctx, conf, from, PPS_BUTLER_READ, &source, err)) < 0)
		return r;
	return pps_butler_prepare_from(dest, source, pps_conf_collections_block(conf), transfer_of(conf, name, from), instruments, skymaps, flags,
				       ret_report, err);
}
