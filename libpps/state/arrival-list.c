/* SPDX-License-Identifier: BSD-3-Clause */
/* Reading what has arrived. */
#include <string.h>

#include "state/arrival.h"
#include "state/state-private.h"

struct pps_arrival_list {
	pps_arrival *at;
	size_t n, cap;
};

struct pps_arrival_files {
	pps_arrival_file *at;
	size_t n, cap;
};

static int copy_text(const pps_sql_rows *rows, int col, const char **ret, pps_error **err)
{
	const char *text = pps_sql_get_text(rows, col);

	*ret = NULL;
	return !text || (*ret = strdup(text)) ? PPS_OK : pps_fail_nomem(err);
}

void pps_arrival_list_free(pps_arrival_list *list)
{
	if (!list)
		return;
	for (size_t i = 0; i < list->n; i++) {
		free((void *)list->at[i].key.instrument);
		free((void *)list->at[i].key.obs_id);
		free((void *)list->at[i].folder);
		free((void *)list->at[i].expected);
	}
	free(list->at);
	free(list);
}

size_t pps_arrival_list_size(const pps_arrival_list *list)
{
	return list->n;
}

const pps_arrival *pps_arrival_list_at(const pps_arrival_list *list, size_t n)
{
	return n < list->n ? &list->at[n] : NULL;
}

const pps_arrival *pps_arrival_list_find(const pps_arrival_list *list, const char *instrument, const char *obs_id)
{
	size_t low = 0, high = list->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const pps_arrival *a = &list->at[middle];
		int c = strcmp(a->key.instrument, instrument);

		if (!c)
			c = strcmp(a->key.obs_id, obs_id);
		if (!c)
			return a;
		if (c < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

static int by_key(const void *x, const void *y)
{
	const pps_arrival *a = x, *b = y;
	int c = strcmp(a->key.instrument, b->key.instrument);

	return c ? c : strcmp(a->key.obs_id, b->key.obs_id);
}

static int add(pps_arrival_list *list, const pps_sql_rows *rows, pps_error **err)
{
	pps_arrival *a;
	int r;

	if (pps_grow(&list->at, &list->cap, list->n, sizeof *list->at) < 0)
		return pps_fail_nomem(err);
	a = &list->at[list->n++];
	*a = (pps_arrival){ .day_obs = pps_sql_get_int(rows, 2), .first_at = pps_sql_get_int(rows, 5), .last_at = pps_sql_get_int(rows, 6),
			    .complete_at = pps_sql_is_null(rows, 7) ? PPS_TAI_MIN : pps_sql_get_int(rows, 7),
			    .listed_at = pps_sql_is_null(rows, 8) ? PPS_TAI_MIN : pps_sql_get_int(rows, 8),
			    .nfiles = (size_t)pps_sql_get_int(rows, 9) };
	if ((r = copy_text(rows, 0, &a->key.instrument, err)) < 0 || (r = copy_text(rows, 1, &a->key.obs_id, err)) < 0 ||
	    (r = copy_text(rows, 3, &a->folder, err)) < 0)
		return r;
	return copy_text(rows, 4, &a->expected, err);
}

/* Appends the conditions; returns how many parameters they have. */
static size_t conditions(const pps_arrival_filter *f, pps_buf *b, pps_sql_value *params)
{
	size_t n = 0;

	if (f->key.instrument) {
		params[n++] = pps_sql_text(f->key.instrument);
		pps_buf_printf(b, " AND a.instrument = $%zu", n);
	}
	if (f->key.obs_id) {
		params[n++] = pps_sql_text(f->key.obs_id);
		pps_buf_printf(b, " AND a.obs_id = $%zu", n);
	}
	if (f->day_begin) {
		params[n++] = pps_sql_int(f->day_begin);
		params[n++] = pps_sql_int(f->day_end);
		pps_buf_printf(b, " AND a.day_obs >= $%zu AND a.day_obs <= $%zu", n - 1, n);
	}
	if (f->incomplete || f->to_list_at)
		pps_buf_add_text(b, " AND a.complete_at IS NULL");
	if (f->to_list_at) {
		params[n++] = pps_sql_int(f->to_list_at);
		params[n++] = pps_sql_int(f->to_list_at - f->least);
		pps_buf_printf(b, " AND a.last_at <= $%zu AND (a.listed_at IS NULL OR (a.listed_at <= $%zu AND "
			       "a.listed_at - a.last_at <= $%zu - a.listed_at)) AND NOT EXISTS (SELECT 1 FROM {exposure} e WHERE "
			       "e.obs_id = a.obs_id AND e.instrument = a.instrument AND e.finished IS NOT NULL)", n, n, n - 1);
	}
	if (f->awaited_since) {
		params[n++] = pps_sql_int(f->awaited_since);
		/* an end that is not known is as large as can be: nothing is added to it */
		pps_buf_printf(b, " AND a.last_at >= $%zu AND EXISTS (SELECT 1 FROM {exposure} e WHERE e.obs_id = a.obs_id AND "
			       "e.instrument = a.instrument AND e.finished IS NULL AND e.read_at - e.embargo >= e.timespan_end AND NOT EXISTS "
			       "(SELECT 1 FROM {exposure_step} s WHERE s.instrument = e.instrument AND s.id = e.id AND s.step = '" PPS_STEP_COMPLETE
			       "'))", n);
	}
	return n;
}

int pps_state_arrivals(pps_state *state, const pps_arrival_filter *filter, pps_arrival_list **ret_list, pps_error **err)
{
	_cleanup_(pps_arrival_list_freep) pps_arrival_list *list = calloc(1, sizeof *list);
	_cleanup_(pps_sql_rows_freep) pps_sql_rows *rows = NULL;
	_cleanup_buf_ pps_buf text = PPS_BUF_SQL;
	pps_sql_value params[8];
	size_t n;
	int r;

	if (!list)
		return pps_fail_nomem(err);
	pps_buf_add_text(&text, "SELECT a.instrument, a.obs_id, a.day_obs, a.folder, a.expected, a.first_at, a.last_at, a.complete_at, "
			 "a.listed_at, (SELECT count(*) FROM {arrival_file} f WHERE f.instrument = a.instrument AND f.obs_id = a.obs_id AND "
			 "f.removed = 0) FROM {arrival} a WHERE 1 = 1");
	n = conditions(filter, &text, params);
	pps_buf_add_text(&text, filter->to_list_at ? " ORDER BY a.last_at" : " ORDER BY a.instrument, a.obs_id");
	if (filter->limit)
		pps_buf_printf(&text, " LIMIT %zu", filter->limit);
	if ((r = pps_buf_check(&text, "statement", err)) < 0)
		return r;
	r = pps_sql_query(state->sql, pps_buf_text(&text), params, n, &rows, err);
	while (r >= 0 && (r = pps_sql_next(rows, err)) == 1)
		r = add(list, rows, err);
	if (r < 0)
		return pps_wrap(err, r, "state: arrivals");
	if (list->n) /* as bytes, whatever the database's collation is */
		qsort(list->at, list->n, sizeof *list->at, by_key);
	*ret_list = TAKE_PTR(list);
	return PPS_OK;
}

void pps_arrival_files_free(pps_arrival_files *files)
{
	if (!files)
		return;
	for (size_t i = 0; i < files->n; i++)
		free((void *)files->at[i].name);
	free(files->at);
	free(files);
}

size_t pps_arrival_files_size(const pps_arrival_files *files)
{
	return files->n;
}

const pps_arrival_file *pps_arrival_files_at(const pps_arrival_files *files, size_t n)
{
	return n < files->n ? &files->at[n] : NULL;
}

static int by_name(const void *x, const void *y)
{
	return strcmp(((const pps_arrival_file *)x)->name, ((const pps_arrival_file *)y)->name);
}

int pps_state_arrival_files(pps_state *state, const pps_arrival_key *key, pps_arrival_files **ret_files, pps_error **err)
{
	_cleanup_(pps_arrival_files_freep) pps_arrival_files *files = calloc(1, sizeof *files);
	_cleanup_(pps_sql_rows_freep) pps_sql_rows *rows = NULL;
	pps_sql_value params[] = { pps_sql_text(key->instrument), pps_sql_text(key->obs_id) };
	int r;

	if (!files)
		return pps_fail_nomem(err);
	r = pps_sql_query(state->sql, "SELECT name, size, at, removed FROM {arrival_file} WHERE instrument = $1 AND obs_id = $2", params, 2,
			  &rows, err);
	while (r >= 0 && (r = pps_sql_next(rows, err)) == 1) {
		pps_arrival_file f = { .size = (uint64_t)pps_sql_get_int(rows, 1), .at = pps_sql_get_int(rows, 2),
				       .removed = pps_sql_get_int(rows, 3) != 0 };

		if (pps_grow(&files->at, &files->cap, files->n, sizeof f) < 0)
			return pps_fail_nomem(err);
		if ((r = copy_text(rows, 0, &f.name, err)) == PPS_OK)
			files->at[files->n++] = f;
	}
	if (r < 0)
		return pps_wrap(err, r, "state: files of %s", key->obs_id);
	if (files->n)
		qsort(files->at, files->n, sizeof *files->at, by_name);
	*ret_files = TAKE_PTR(files);
	return PPS_OK;
}
