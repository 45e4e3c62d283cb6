/* SPDX-License-Identifier: BSD-3-Clause */
#include "butler/choose.h"

#include <string.h>

#include "butler/butler-private.h"

struct choice {
	pps_butler *butler;
	pps_butler_types *types;
	pps_butler_collections *collections;
	int64_t *collection_ids;
	pps_uuid *ids;
	size_t n, cap;
};

static void choice_clear(struct choice *c)
{
	pps_butler_types_free(c->types);
	pps_butler_collections_free(c->collections);
	free(c->collection_ids);
	free(c->ids);
}

static int add(struct choice *c, const pps_uuid *id, pps_error **err)
{
	if (pps_grow(&c->ids, &c->cap, c->n, sizeof *id) < 0)
		return pps_fail_nomem(err);
	c->ids[c->n++] = *id;
	return PPS_OK;
}

static int find_names(struct choice *c, const char *types, const char *collections, pps_error **err)
{
	_cleanup_free_ char *type_text = strdup(types), *collection_text = strdup(collections);
	_cleanup_free_ const char **type_names = NULL, **collection_names = NULL;
	size_t ntypes, ncollections;
	int r;

	if (!type_text || !collection_text)
		return pps_fail_nomem(err);
	if ((r = pps_butler_split(type_text, &type_names, &ntypes, err)) < 0 ||
	    (r = pps_butler_split(collection_text, &collection_names, &ncollections, err)) < 0)
		return r;
	if (!ntypes || !ncollections)
		return pps_fail(err, PPS_E_ARG, "dataset types and collections must be named");
	if ((r = pps_butler_find_types(c->butler, type_names, ntypes, &c->types, err)) < 0 ||
	    (r = pps_butler_find_collections(c->butler, collection_names, ncollections, 0, &c->collections, err)) < 0)
		return r;
	if (!(c->collection_ids = calloc(c->collections->n + 1, sizeof *c->collection_ids)))
		return pps_fail_nomem(err);
	for (size_t i = 0; i < c->collections->n; i++)
		c->collection_ids[i] = c->collections->at[i].id;
	return PPS_OK;
}

/* The first of each data ID, by the database. */
static void print_statement(const struct choice *c, const pps_butler_type *t, pps_buf *text)
{
	pps_buf_add_text(text, "SELECT dataset_id FROM (SELECT t.dataset_id, row_number() OVER (");
	for (size_t i = 0; i < t->ndimensions; i++)
		pps_buf_printf(text, "%s t.\"%s\"", i ? "," : "PARTITION BY", t->dimensions[i]);
	pps_buf_add_text(text, " ORDER BY CASE t.collection_id");
	for (size_t i = 0; i < c->collections->n; i++)
		pps_buf_printf(text, " WHEN %lld THEN %zu", (long long)c->collection_ids[i], i);
	pps_buf_printf(text, " END) AS place FROM {%s} AS t WHERE t.dataset_type_id = $1 AND t.collection_id {in $2 int}) AS f WHERE place = 1",
		       t->tags_table);
}

static int choose_type(struct choice *c, const pps_butler_type *t, pps_error **err)
{
	const pps_sql_value params[] = { pps_sql_int(t->id), pps_sql_ints(c->collection_ids, c->collections->n) };
	_cleanup_(pps_sql_rows_freep) pps_sql_rows *rows = NULL;
	_cleanup_buf_ pps_buf text = PPS_BUF_SQL;
	pps_uuid id;
	int r;

	print_statement(c, t, &text);
	if ((r = pps_buf_check(&text, "statement", err)) < 0)
		return r;
	r = pps_sql_query(c->butler->sql, pps_buf_text(&text), params, PPS_COUNT(params), &rows, err);
	while (r >= 0 && (r = pps_sql_next(rows, err)) > 0) {
		if (pps_sql_get_uuid(rows, 0, &id) < 0)
			return pps_fail(err, PPS_E_FORMAT, "table %s holds a dataset_id that is no UUID", t->tags_table);
		r = add(c, &id, err);
	}
	return r;
}

static int choose_exposures(struct choice *c, const char *types, const char *collections, const char *where, pps_error **err)
{
	_cleanup_(pps_butler_datasets_freep) pps_butler_datasets *list = NULL;
	int r = pps_butler_query_datasets(c->butler, types, collections, NULL, where, &list, err);

	for (size_t i = 0; r >= 0 && i < list->n; i++)
		r = add(c, &list->at[i].id, err);
	return r;
}

int pps_butler_choose(pps_butler *butler, const char *types, const char *collections, const char *where, pps_uuid **ret_ids, size_t *ret_n,
		      pps_error **err)
{
	_cleanup_(choice_clear) struct choice c = { .butler = butler };
	int r;

	if (where && *where) {
		r = choose_exposures(&c, types, collections, where, err);
	} else {
		r = find_names(&c, types, collections, err);
		for (size_t i = 0; r >= 0 && c.collections->n && i < c.types->n; i++)
			r = choose_type(&c, &c.types->at[i], err);
	}
	if (r < 0)
		return pps_wrap(err, r, "datasets of %s", butler->config.uri);
	*ret_ids = TAKE_PTR(c.ids);
	*ret_n = c.n;
	return PPS_OK;
}
