/* SPDX-License-Identifier: BSD-3-Clause */
#include "state/state.h"

#include <string.h>

#include "state/state-private.h"

#define LOCK_WAIT_NS (30 * PPS_NS_PER_S) /* SQLite's file: other processes hold it for milliseconds */

int pps_state_connect(pps_ctx *ctx, const char *url, int create, pps_sql **ret_sql, pps_error **err)
{
	pps_sql_options options = { .create = create };
	int r;

	if (strncmp(url, "sqlite", 6) == 0)
		options.lock_timeout_ns = LOCK_WAIT_NS;
	if ((r = pps_sql_open(ctx, url, &options, ret_sql, err)) < 0)
		return r;
	/* thousands of rows come and go in a minute: what PostgreSQL last counted is wrong by then */
	pps_sql_go_by_index(*ret_sql, 1);
	return PPS_OK;
}

int pps_state_describe(const char *url, char **ret_name, pps_error **err)
{
	const char *sep = strstr(url, "://"), *rest = sep ? sep + 3 : url;
	const char *at = memrchr(rest, '@', strcspn(rest, "/?"));

	if (strncmp(url, "sqlite", 6) == 0) {
		if (asprintf(ret_name, "SQLite %s", *rest == '/' ? rest + 1 : rest) < 0)
			return pps_fail_nomem(err);
		return PPS_OK;
	}
	rest = at ? at + 1 : rest;
	if (asprintf(ret_name, "PostgreSQL %.*s", (int)strcspn(rest, "?"), rest) < 0)
		return pps_fail_nomem(err);
	return PPS_OK;
}

static int check_arguments(const pps_ctx *ctx, const char *url, pps_error **err)
{
	int r;

	if ((r = pps_ctx_check(ctx, err)) < 0)
		return r;
	return url ? PPS_OK : pps_fail(err, PPS_E_ARG, "the state needs a database: `state:` of the configuration");
}

int pps_state_init_url(pps_ctx *ctx, const char *url, int flags, int *ret_applied, pps_error **err)
{
	_cleanup_(pps_sql_closep) pps_sql *sql = NULL;
	_cleanup_free_ char *name = NULL;
	int r;

	if ((r = check_arguments(ctx, url, err)) < 0)
		return r;
	if (flags & ~PPS_STATE_REPLAY)
		return pps_fail(err, PPS_E_ARG, "pps_state_init: unknown flags %#x", (unsigned)flags);
	if ((r = pps_state_describe(url, &name, err)) < 0)
		return r;
	if ((r = pps_state_connect(ctx, url, 1, &sql, err)) < 0)
		return pps_wrap(err, r, "state database");
	if ((r = pps_state_migrate(sql, flags, ret_applied, err)) < 0)
		return pps_wrap(err, r, "state database %s", name);
	return PPS_OK;
}

static int load(pps_state *state, pps_error **err)
{
	_cleanup_free_ char *replay = NULL;
	int r;

	if ((r = pps_state_check_version(state->sql, &state->version, err)) < 0 ||
	    (r = pps_state_meta(state->sql, "replay", &replay, err)) < 0)
		return pps_wrap(err, r, "state database %s", state->name);
	state->is_replay = strcmp(replay, "1") == 0;
	return PPS_OK;
}

static int new_state(pps_ctx *ctx, const char *url, pps_state **ret_state, pps_error **err)
{
	_cleanup_(pps_state_unrefp) pps_state *state = calloc(1, sizeof *state);
	int r;

	if (!state)
		return pps_fail_nomem(err);
	state->refs = 1;
	state->ctx = pps_ctx_ref(ctx);
	if (!(state->url = strdup(url)))
		return pps_fail_nomem(err);
	if ((r = pps_state_describe(url, &state->name, err)) < 0)
		return r;
	*ret_state = TAKE_PTR(state);
	return PPS_OK;
}

int pps_state_open_url(pps_ctx *ctx, const char *url, pps_state **ret_state, pps_error **err)
{
	_cleanup_(pps_state_unrefp) pps_state *state = NULL;
	int r;

	if ((r = check_arguments(ctx, url, err)) < 0)
		return r;
	if (!ret_state)
		return pps_fail(err, PPS_E_ARG, "pps_state_open: ret_state must not be NULL");
	if ((r = new_state(ctx, url, &state, err)) < 0)
		return r;
	if ((r = pps_state_connect(ctx, url, 0, &state->sql, err)) < 0)
		return r == PPS_E_NOTFOUND ? pps_wrap(err, r, "there is no state database, `pps init` makes it") :
					     pps_wrap(err, r, "state database");
	if ((r = load(state, err)) < 0)
		return r;
	*ret_state = TAKE_PTR(state);
	return PPS_OK;
}

int pps_state_open_blank(pps_ctx *ctx, pps_state **ret_state, pps_error **err)
{
	_cleanup_(pps_state_unrefp) pps_state *state = NULL;
	int r;

	if ((r = new_state(ctx, "sqlite://", &state, err)) < 0 || (r = pps_state_connect(ctx, state->url, 1, &state->sql, err)) < 0 ||
	    (r = pps_state_migrate(state->sql, 0, NULL, err)) < 0 || (r = load(state, err)) < 0)
		return r;
	*ret_state = TAKE_PTR(state);
	return PPS_OK;
}

pps_state *pps_state_ref(pps_state *state)
{
	if (state)
		state->refs++;
	return state;
}

pps_state *pps_state_unref(pps_state *state)
{
	if (!state || --state->refs > 0)
		return NULL;
	pps_sql_close(state->sql);
	pps_ctx_unref(state->ctx);
	if (state->url)
		explicit_bzero(state->url, strlen(state->url));
	free(state->url);
	free(state->name);
	free(state);
	return NULL;
}

pps_sql *pps_state_sql(pps_state *state)
{
	return state->sql;
}

int pps_state_version(const pps_state *state)
{
	return state ? state->version : 0;
}

int pps_state_is_replay(const pps_state *state)
{
	return state ? state->is_replay : 0;
}

const char *pps_state_database(const pps_state *state)
{
	return state ? state->name : "";
}
