/* SPDX-License-Identifier: BSD-3-Clause */
/* Database URLs as SQLAlchemy writes them. */
#include <string.h>

#include "sql/sql-backend.h"

void pps_sql_url_clear(pps_sql_url *url)
{
	free(url->path);
	if (url->uri)
		explicit_bzero(url->uri, strlen(url->uri));
	free(url->uri);
	free(url->name);
	*url = (pps_sql_url){ 0 };
}

static int parse_sqlite(const char *rest, pps_sql_url *url, pps_error **err)
{
	_cleanup_buf_ pps_buf name = PPS_BUF_LINE;
	const char *path = rest[0] == '/' ? rest + 1 : rest; /* the third slash ends an empty host */

	if (rest[0] && rest[0] != '/')
		return pps_fail(err, PPS_E_CONFIG, "sqlite://%s: expected three slashes (relative) or four (absolute)", rest);
	if (strchr(path, '?'))
		return pps_fail(err, PPS_E_CONFIG, "sqlite:///%s: options after '?' are not supported", path);
	pps_buf_printf(&name, "SQLite %s", *path ? path : ":memory:");
	url->kind = PPS_SQL_SQLITE;
	url->path = strdup(*path ? path : ":memory:");
	url->name = pps_buf_take(&name);
	return url->path && url->name ? PPS_OK : pps_fail_nomem(err);
}

/* An '@' in the user's name may stand unquoted, as SQLAlchemy reads it: the last one before the path ends the user's part. */
static int parse_postgres(const char *rest, pps_sql_url *url, pps_error **err)
{
	_cleanup_buf_ pps_buf uri = PPS_BUF_LINE;
	_cleanup_buf_ pps_buf name = PPS_BUF_LINE;
	size_t authority = strcspn(rest, "/?");
	const char *at = memrchr(rest, '@', authority), *query = strchr(rest, '?');
	const char *host = at ? at + 1 : rest;

	pps_buf_add_text(&uri, "postgresql://");
	for (const char *s = rest; at && s < at; s++)
		if (*s == '@')
			pps_buf_add_text(&uri, "%40");
		else
			pps_buf_add_char(&uri, *s);
	pps_buf_add_text(&uri, at ? at : rest);
	pps_buf_printf(&name, "PostgreSQL %.*s", (int)(query ? query - host : (ptrdiff_t)strlen(host)), host);
	url->kind = PPS_SQL_POSTGRES;
	url->uri = pps_buf_take(&uri);
	url->name = pps_buf_take(&name);
	return url->uri && url->name ? PPS_OK : pps_fail_nomem(err);
}

int pps_sql_url_parse(const char *url, pps_sql_url *ret_url, pps_error **err)
{
	_cleanup_url_ pps_sql_url u = { 0 };
	const char *sep = strstr(url, "://");
	size_t scheme = sep ? (size_t)(sep - url) : 0;
	size_t base = strcspn(url, "+:");
	int r;

	if (!sep || base > scheme)
		return pps_fail(err, PPS_E_CONFIG, "a database URL starts with sqlite:// or postgresql://");
	if (base == 6 && strncmp(url, "sqlite", 6) == 0)
		r = parse_sqlite(sep + 3, &u, err);
	else if ((base == 10 && strncmp(url, "postgresql", 10) == 0) || (base == 8 && strncmp(url, "postgres", 8) == 0))
		r = parse_postgres(sep + 3, &u, err);
	else
		return pps_fail(err, PPS_E_UNSUPPORTED, "database kind %.*s: expected sqlite or postgresql", (int)base, url);
	if (r < 0)
		return r;
	*ret_url = u;
	u = (pps_sql_url){ 0 };
	return PPS_OK;
}
