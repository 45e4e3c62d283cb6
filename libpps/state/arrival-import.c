/* SPDX-License-Identifier: BSD-3-Clause */
/* Zips that Rucio brought to a remote site. */
#include <string.h>

#include "state/arrival.h"
#include "state/state-private.h"

void pps_import_row_free(pps_import_row *row)
{
	if (!row)
		return;
	free((void *)row->repository);
	free((void *)row->zip);
	free((void *)row->yaml);
	free((void *)row->error);
	free(row);
}

struct wanted {
	const char *repository, *zip;
};

static int want(pps_sql *sql, void *user, pps_error **err)
{
	const struct wanted *w = user;
	int64_t now;
	int r;

	if ((r = pps_tai_now(&now, err)) < 0)
		return r;
	pps_sql_value params[] = { pps_sql_text(w->repository), pps_sql_text(w->zip), pps_sql_int(now) };

	return pps_sql_exec(sql, "INSERT INTO {import} (repository, zip, since, attempts, next_try) VALUES ($1, $2, $3, 0, $3) "
			    "ON CONFLICT (repository, zip) DO UPDATE SET attempts = 0, next_try = excluded.next_try", params, 3, NULL, err);
}

int pps_state_import_wanted(pps_state *state, const char *repository, const char *zip, pps_error **err)
{
	struct wanted w = { .repository = repository, .zip = zip };
	int r = pps_sql_transact(state->sql, PPS_STATE_ATTEMPTS, want, &w, err);

	return r < 0 ? pps_wrap(err, r, "state: import of %s", zip) : PPS_OK;
}

static pps_sql_value time_or_null(int64_t at)
{
	return at == PPS_TAI_MIN ? pps_sql_null() : pps_sql_int(at);
}

static int note_import(pps_sql *sql, void *user, pps_error **err)
{
	const pps_import_row *row = user;
	pps_sql_value params[] = {
		pps_sql_text(row->repository), pps_sql_text(row->zip), time_or_null(row->imported), pps_sql_text(row->yaml),
		pps_sql_int((int64_t)row->size), pps_sql_int(row->attempts), pps_sql_text(row->error), time_or_null(row->next_try),
		pps_sql_int(row->turn),
	};

	return pps_sql_exec(sql, "UPDATE {import} SET imported = $3, yaml = $4, size = $5, attempts = $6, error = $7, next_try = CASE WHEN next_try = $9 THEN $8 ELSE next_try END "
			    "WHERE repository = $1 AND zip = $2", params, PPS_COUNT(params), NULL, err);
}

int pps_state_import_note(pps_state *state, const pps_import_row *row, pps_error **err)
{
	int r = pps_sql_transact(state->sql, PPS_STATE_ATTEMPTS, note_import, (void *)(size_t)row, err);

	return r < 0 ? pps_wrap(err, r, "state: import of %s", row->zip) : PPS_OK;
}

static int copy_text(const pps_sql_rows *rows, int col, const char **ret)
{
	const char *text = pps_sql_get_text(rows, col);

	*ret = text ? strdup(text) : NULL;
	return text && !*ret ? -1 : 0;
}

static int read_row(const pps_sql_rows *rows, pps_import_row **ret_row, pps_error **err)
{
	_cleanup_(pps_import_row_freep) pps_import_row *row = calloc(1, sizeof *row);

	if (!row || copy_text(rows, 0, &row->repository) < 0 || copy_text(rows, 1, &row->zip) < 0 || copy_text(rows, 3, &row->yaml) < 0 ||
	    copy_text(rows, 6, &row->error) < 0)
		return pps_fail_nomem(err);
	row->imported = pps_sql_is_null(rows, 2) ? PPS_TAI_MIN : pps_sql_get_int(rows, 2);
	row->size = (uint64_t)pps_sql_get_int(rows, 4);
	row->attempts = (int)pps_sql_get_int(rows, 5);
	row->next_try = row->turn = pps_sql_get_int(rows, 7);
	*ret_row = TAKE_PTR(row);
	return PPS_OK;
}

int pps_state_import_next(pps_state *state, int64_t now, pps_import_row **ret_row, int64_t *ret_next, pps_error **err)
{
	_cleanup_(pps_import_row_freep) pps_import_row *row = NULL;
	_cleanup_(pps_sql_rows_freep) pps_sql_rows *rows = NULL;
	int r = pps_sql_query(state->sql, "SELECT repository, zip, imported, yaml, size, attempts, error, next_try FROM {import} "
			      "WHERE next_try IS NOT NULL ORDER BY next_try, repository, zip LIMIT 1", NULL, 0, &rows, err);

	if (r == PPS_OK && (r = pps_sql_next(rows, err)) == 1)
		r = read_row(rows, &row, err);
	if (r < 0)
		return pps_wrap(err, r, "state: imports");
	*ret_next = row ? row->next_try : PPS_TAI_MAX;
	*ret_row = row && row->next_try <= now ? TAKE_PTR(row) : NULL;
	return PPS_OK;
}
