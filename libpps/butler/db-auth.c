/* SPDX-License-Identifier: BSD-3-Clause */
/* Database credentials by the convention of Rubin's Python tools: a list of URL patterns with user and password. */
#include <ctype.h>
#include <errno.h>
#include <fnmatch.h>
#include <string.h>
#include <sys/stat.h>

#include "base/codec.h"
#include "base/yaml.h"
#include "butler/butler-config.h"

/* The parts of "dialect://user:password@host:port/database?query"; "" where there is none. */
typedef struct parts {
	char dialect[32];
	char user[256];
	char host[256];
	char port[16];
	char database[256];
} parts;

static int copy(char *to, size_t room, const char *from, size_t len)
{
	if (len >= room)
		return -1;
	memcpy(to, from, len);
	to[len] = 0;
	return 0;
}

/* Return: 0, or -1 for what is no such URL. */
static int split(const char *url, parts *p)
{
	const char *sep = strstr(url, "://"), *s, *at, *host, *colon, *end;
	size_t dialect = sep ? (size_t)(sep - url) : 0, user;

	*p = (parts){ 0 };
	if (!sep || copy(p->dialect, sizeof p->dialect, url, dialect) < 0)
		return -1;
	s = sep + 3;
	end = s + strcspn(s, "/?#");
	at = memrchr(s, '@', (size_t)(end - s));
	host = at ? at + 1 : s;
	if (at) {
		user = strcspn(s, ":@");
		if (copy(p->user, sizeof p->user, s, user) < 0)
			return -1;
	}
	colon = *host == '[' ? memchr(host, ']', (size_t)(end - host)) : host;
	colon = colon ? memchr(colon, ':', (size_t)(end - colon)) : NULL;
	if (copy(p->host, sizeof p->host, host, (size_t)((colon ? colon : end) - host)) < 0 ||
	    (colon && copy(p->port, sizeof p->port, colon + 1, (size_t)(end - colon - 1)) < 0))
		return -1;
	if (*end == '/' && copy(p->database, sizeof p->database, end + 1, strcspn(end + 1, "?#")) < 0)
		return -1;
	return 0;
}

/* As the real one: dialect equal; database and host globs; user and port only where the pattern names them. */
static int matches(const parts *pattern, const parts *url, const char *user)
{
	if (strcmp(pattern->dialect, url->dialect) != 0)
		return 0;
	if (*pattern->database && fnmatch(pattern->database, url->database, FNM_NOESCAPE) != 0)
		return 0;
	if (*pattern->user && strcmp(pattern->user, user) != 0)
		return 0;
	if (fnmatch(pattern->host, url->host, FNM_NOESCAPE) != 0)
		return 0;
	return !*pattern->port || strcmp(pattern->port, url->port) == 0;
}

static int duplicate(const char *text, char **ret, pps_error **err)
{
	return (*ret = strdup(text)) ? PPS_OK : pps_fail_nomem(err);
}

static int search(const pps_yaml *yaml, const parts *url, const char *user, char **ret_user, char **ret_password, pps_error **err)
{
	const pps_yaml_node *root = pps_yaml_root(yaml);

	if (!root || pps_yaml_kind(root) != PPS_YAML_LIST)
		return pps_fail(err, PPS_E_CONFIG, "%s: expected a list of entries with url, username and password", pps_yaml_name(yaml));
	for (size_t i = 0; i < pps_yaml_size(root); i++) {
		const pps_yaml_node *entry = pps_yaml_item(root, i);
		const char *pattern = pps_yaml_text(pps_yaml_get(entry, "url"));
		const char *name = pps_yaml_text(pps_yaml_get(entry, "username"));
		const char *password = pps_yaml_text(pps_yaml_get(entry, "password"));
		parts p;
		int r;

		if (!pattern || split(pattern, &p) < 0)
			return pps_fail(err, PPS_E_CONFIG, "%s: entry %zu: expected a url such as postgresql://host.example.com/database",
					pps_yaml_name(yaml), i + 1);
		if (strchr(p.dialect, '+') || !*p.host)
			return pps_fail(err, PPS_E_CONFIG, "%s: entry %zu: url %s: expected a dialect without driver, and a host",
					pps_yaml_name(yaml), i + 1, pattern);
		for (char *c = p.host; *c; c++)
			*c = (char)tolower((unsigned char)*c);
		if (!matches(&p, url, user))
			continue;
		if (!password)
			return pps_fail(err, PPS_E_CONFIG, "%s: entry %zu: no password", pps_yaml_name(yaml), i + 1);
		if (!*user && name && (r = duplicate(name, ret_user, err)) < 0)
			return r;
		return duplicate(password, ret_password, err);
	}
	return PPS_OK;
}

/* The file's own modes protect it: group and others may not touch it. */
static int load_file(pps_yaml **ret_yaml, pps_error **err)
{
	const char *named = getenv("LSST_DB_AUTH");
	_cleanup_free_ char *path = pps_expand_home(named ? named : "~/.lsst/db-auth.yaml");
	struct stat st;

	if (!path)
		return pps_fail_nomem(err);
	if (stat(path, &st) < 0 || !S_ISREG(st.st_mode))
		return PPS_OK;
	if (st.st_mode & (S_IRWXG | S_IRWXO))
		return pps_fail(err, PPS_E_ACCESS, "%s: others may read or write it (mode %04o): chmod 0600 it", path, st.st_mode & 07777);
	return pps_yaml_load(path, 0, ret_yaml, err);
}

int pps_db_auth(const char *url, const char *user, char **ret_user, char **ret_password, pps_error **err)
{
	_cleanup_(pps_yaml_freep) pps_yaml *yaml = NULL;
	const char *json = getenv("LSST_DB_AUTH_CREDENTIALS");
	char *found_user = NULL, *found_password = NULL;
	parts p;
	int r;

	if (split(url, &p) < 0 || !*p.host || !*p.database)
		return PPS_OK;
	p.dialect[strcspn(p.dialect, "+")] = 0;
	if (json && *json)
		r = pps_yaml_parse("$LSST_DB_AUTH_CREDENTIALS", json, strlen(json), 0, &yaml, err);
	else
		r = load_file(&yaml, err);
	if (r < 0 || !yaml)
		return r;
	if ((r = search(yaml, &p, user && *user ? user : p.user, &found_user, &found_password, err)) < 0) {
		free(found_user);
		return r;
	}
	*ret_user = found_user;
	*ret_password = found_password;
	return PPS_OK;
}
