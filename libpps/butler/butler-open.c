/* SPDX-License-Identifier: BSD-3-Clause */
#include <string.h>

#include "butler/butler-private.h"
#include "dimensions/dimension-sql.h"

static int password_free(const char *url, char **ret, pps_error **err)
{
	const char *sep = strstr(url, "://"), *at, *colon;
	const char *start = sep ? sep + 3 : url;
	int r;

	at = memrchr(start, '@', strcspn(start, "/?"));
	colon = at ? memchr(start, ':', (size_t)(at - start)) : NULL;
	if (colon)
		r = asprintf(ret, "%.*s%s", (int)(colon - url), url, at);
	else
		r = asprintf(ret, "%s", url);
	if (r < 0) {
		*ret = NULL;
		return pps_fail_nomem(err);
	}
	return PPS_OK;
}

static int connect_to(pps_butler *b, pps_error **err)
{
	_cleanup_free_ char *user = NULL, *password = NULL;
	pps_sql_options options = { .schema = b->config.schema, .read_only = b->mode == PPS_BUTLER_READ };
	int r;

	if ((r = password_free(b->config.database, &b->database, err)) < 0)
		return r;
	if (strncmp(b->config.database, "sqlite", 6) != 0 &&
	    (r = pps_db_auth(b->config.database, b->config.user, &user, &password, err)) < 0)
		return r;
	options.user = b->config.user ? b->config.user : user;
	options.password = password ? password : b->config.password;
	r = pps_sql_open(b->ctx, b->config.database, &options, &b->sql, err);
	if (password)
		explicit_bzero(password, strlen(password));
	return r;
}

/* Reasons against any writing that are known once it is open: told before one that is against inserting alone. */
static int why_not(pps_butler *b, pps_error **err)
{
	const char *why = b->config.not_written ? b->config.not_written : b->config.nmembers ? NULL : "it has no datastore with files";

	if (!why)
		return PPS_OK;
	b->may_remove = 0;
	free(b->why_not);
	if (!(b->why_not = strdup(why)))
		return pps_fail_nomem(err);
	return PPS_OK;
}

/* With the columns of all tables it is known, too, whether somebody has written file records before. */
static int check_tables(pps_butler *b, pps_error **err)
{
	_cleanup_(pps_map_freep) pps_map *there = NULL;
	int r = pps_dimension_check_tables(b->sql, b->universe, &there, err);

	if (r < 0)
		return r;
	b->has_record_tables = 1;
	for (size_t i = 0; i < b->config.nmembers; i++) {
		_cleanup_buf_ pps_buf column = PPS_BUF_LINE;

		pps_buf_printf(&column, "%s.dataset_id", b->config.members[i].table);
		if ((r = pps_buf_check(&column, "name of a column", err)) < 0)
			return r;
		b->has_record_tables &= pps_map_get_text(there, pps_buf_text(&column), NULL);
	}
	return PPS_OK;
}

int pps_butler_open(pps_ctx *ctx, const char *location, int mode, pps_butler **ret_butler, pps_error **err)
{
	_cleanup_(pps_butler_unrefp) pps_butler *b = NULL;
	int r;

	if (!location || !*location || !ret_butler || mode < PPS_BUTLER_READ || mode > PPS_BUTLER_REMOVE)
		return pps_fail(err, PPS_E_ARG, "pps_butler_open: a location, PPS_BUTLER_READ, _WRITE or _REMOVE and ret_butler are needed");
	if ((r = pps_ctx_check(ctx, err)) < 0)
		return r;
	if (!(b = calloc(1, sizeof *b)))
		return pps_fail_nomem(err);
	b->refs = 1;
	b->mode = mode;
	b->ctx = pps_ctx_ref(ctx);
	if ((r = pps_butler_config_load(ctx, location, &b->config, err)) < 0)
		return r;
	if ((r = connect_to(b, err)) < 0 || (r = pps_butler_read_attributes(b, err)) < 0 || (r = why_not(b, err)) < 0)
		return pps_wrap(err, r, "repository %s", location);
	if (mode == PPS_BUTLER_WRITE && ((r = pps_butler_check_writable(b, err)) < 0 || (r = check_tables(b, err)) < 0))
		return pps_wrap(err, r, "repository %s", location);
	if (mode == PPS_BUTLER_REMOVE && (r = pps_butler_check_removable(b, err)) < 0)
		return pps_wrap(err, r, "repository %s", location);
	*ret_butler = TAKE_PTR(b);
	return PPS_OK;
}

pps_butler *pps_butler_ref(pps_butler *butler)
{
	if (butler)
		butler->refs++;
	return butler;
}

pps_butler *pps_butler_unref(pps_butler *butler)
{
	if (!butler || --butler->refs > 0)
		return NULL;
	pps_recent_clear(&butler->recent);
	pps_sql_close(butler->sql);
	pps_universe_unref(butler->universe);
	pps_butler_config_clear(&butler->config);
	for (size_t i = 0; i < butler->nparts; i++) {
		free(butler->parts[i].name);
		free(butler->parts[i].cls);
		free(butler->parts[i].version);
	}
	free(butler->parts);
	free(butler->database);
	free(butler->why_not);
	pps_ctx_unref(butler->ctx);
	free(butler);
	return NULL;
}

int pps_butler_check_writable(const pps_butler *butler, pps_error **err)
{
	if (!butler)
		return pps_fail(err, PPS_E_ARG, "the repository must not be NULL");
	if (butler->why_not)
		return pps_fail(err, PPS_E_UNSUPPORTED, "it cannot be written to: %s", butler->why_not);
	if (butler->mode != PPS_BUTLER_WRITE)
		return pps_fail(err, PPS_E_ACCESS, "%s was opened for reading only", butler->config.uri);
	return PPS_OK;
}

int pps_butler_check_removable(const pps_butler *butler, pps_error **err)
{
	if (!butler)
		return pps_fail(err, PPS_E_ARG, "the repository must not be NULL");
	if (butler->why_not && !butler->may_remove)
		return pps_fail(err, PPS_E_UNSUPPORTED, "it cannot be written to: %s", butler->why_not);
	if (butler->mode == PPS_BUTLER_READ)
		return pps_fail(err, PPS_E_ACCESS, "%s was opened for reading only", butler->config.uri);
	return PPS_OK;
}

pps_ctx *pps_butler_ctx(const pps_butler *butler)
{
	return butler->ctx;
}

pps_sql *pps_butler_sql(pps_butler *butler)
{
	return butler->sql;
}

const pps_universe *pps_butler_universe(const pps_butler *butler)
{
	return butler->universe;
}

const char *pps_butler_config_uri(const pps_butler *butler)
{
	return butler ? butler->config.uri : NULL;
}

const char *pps_butler_root(const pps_butler *butler)
{
	return butler ? butler->config.root : NULL;
}

const char *pps_butler_database(const pps_butler *butler)
{
	return butler ? butler->database : NULL;
}

const char *pps_butler_schema(const pps_butler *butler)
{
	return butler ? pps_sql_schema(butler->sql) : NULL;
}

int pps_butler_universe_version(const pps_butler *butler)
{
	return butler ? pps_universe_version(butler->universe) : 0;
}

const char *pps_butler_why_not_writable(const pps_butler *butler)
{
	return butler ? butler->why_not : NULL;
}

size_t pps_butler_part_count(const pps_butler *butler)
{
	return butler ? butler->nparts : 0;
}

const char *pps_butler_part_name(const pps_butler *butler, size_t n)
{
	return butler && n < butler->nparts ? butler->parts[n].name : NULL;
}

const char *pps_butler_part_class(const pps_butler *butler, size_t n)
{
	return butler && n < butler->nparts ? butler->parts[n].cls : NULL;
}

const char *pps_butler_part_version(const pps_butler *butler, size_t n)
{
	return butler && n < butler->nparts ? butler->parts[n].version : NULL;
}

size_t pps_butler_datastore_count(const pps_butler *butler)
{
	return butler ? butler->config.nmembers : 0;
}

const char *pps_butler_datastore_name(const pps_butler *butler, size_t n)
{
	return butler && n < butler->config.nmembers ? butler->config.members[n].name : NULL;
}

const char *pps_butler_datastore_root(const pps_butler *butler, size_t n)
{
	return butler && n < butler->config.nmembers ? butler->config.members[n].root : NULL;
}
