/* SPDX-License-Identifier: BSD-3-Clause */
#include "rucio/rucio-settings.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "base/buf.h"
#include "rucio/ini.h"

static const char *const auth_names[] = { "ssh", "userpass", "x509", "x509_proxy", "oidc" };

const char *pps_rucio_auth_name(int auth)
{
	return auth >= 0 && (size_t)auth < PPS_COUNT(auth_names) ? auth_names[auth] : "unknown";
}

void pps_rucio_settings_clear(pps_rucio_settings *s)
{
	if (s->password)
		explicit_bzero(s->password, strlen(s->password));
	free(s->url);
	free(s->auth_url);
	free(s->account);
	free(s->username);
	free(s->password);
	free(s->private_key);
	free(s->certificate);
	free(s->token_file);
	free(s->ca);
	free(s->vo);
	free(s->rse);
	free(s->arc_backup);
	free(s->scope);
	*s = (pps_rucio_settings){ 0 };
}

static size_t variable(const char *p, pps_rucio_env env, pps_buf *out)
{
	int braces = p[1] == '{';
	const char *name = p + 1 + braces;
	size_t n = 0;
	char key[128];
	const char *value;

	while (isalnum((unsigned char)name[n]) || name[n] == '_')
		n++;
	if (!n || n >= sizeof key || (braces && name[n] != '}'))
		return 0;
	memcpy(key, name, n);
	key[n] = 0;
	if (!(value = env(key)))
		return 0;
	pps_buf_add_text(out, value);
	return (size_t)(name - p) + n + (size_t)braces;
}

char *pps_rucio_expand_path(const char *path, pps_rucio_env env)
{
	_cleanup_buf_ pps_buf out = PPS_BUF_LINE;
	const char *home = env("HOME"), *p = path;

	if (*p == '~' && (p[1] == '/' || !p[1]) && home) {
		pps_buf_add_text(&out, home);
		p++;
	}
	while (*p) {
		size_t used = *p == '$' ? variable(p, env, &out) : 0;

		if (!used)
			pps_buf_add_char(&out, *p);
		p += used ? used : 1;
	}
	return pps_buf_take(&out);
}

int pps_rucio_read_file(const char *path, const char *what, size_t max, char **ret_text, size_t *ret_size, pps_error **err)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* a pipe without a writer must not hold us */
	_cleanup_buf_ pps_buf text = PPS_BUF(max);
	char bytes[4096];
	ssize_t n = 0;
	int r;

	if (fd < 0)
		return pps_fail_errno(err, errno, "%s %s", what, path);
	while (!text.failed && (n = read(fd, bytes, sizeof bytes)) > 0)
		pps_buf_add(&text, bytes, (size_t)n);
	explicit_bzero(bytes, sizeof bytes);
	if (n < 0)
		r = pps_fail_errno(err, errno, "%s %s", what, path);
	else if ((r = pps_buf_check(&text, what, err)) < 0)
		r = pps_wrap(err, r, "%s", path);
	if (r < 0) {
		if (text.at)
			explicit_bzero(text.at, text.cap);
		return r;
	}
	*ret_size = text.size;
	return (*ret_text = pps_buf_take(&text)) ? PPS_OK : pps_fail_nomem(err);
}

/* Where values come from, in the order in which they count. */
struct sources {
	const pps_conf_rucio *block;
	pps_rucio_env env;
	pps_ini *ini;
	char *ini_path; /* NULL: none was found */
};

static int set(char **to, const char *text, pps_error **err)
{
	if (!text || *to)
		return PPS_OK;
	return (*to = strdup(text)) ? PPS_OK : pps_fail_nomem(err);
}

/* @key of the section [client], unless *to is set. */
static int set_client(const struct sources *s, char **to, const char *key, pps_error **err)
{
	if (*to || !s->ini)
		return PPS_OK;
	return pps_ini_get(s->ini, "client", key, to, err);
}

static int set_env(const struct sources *s, char **to, const char *name, pps_error **err)
{
	const char *value = s->env(name);

	return set(to, value && *value ? value : NULL, err);
}

static int load_ini(struct sources *s, const char *path, pps_error **err)
{
	_cleanup_free_ char *text = NULL;
	size_t size;
	int r;

	if (!(s->ini_path = strdup(path)))
		return pps_fail_nomem(err);
	r = pps_rucio_read_file(path, "rucio.cfg", 1 << 20, &text, &size, err);
	if (r == PPS_OK)
		r = pps_ini_parse(path, text, size, &s->ini, err);
	if (text)
		explicit_bzero(text, size);
	return r == PPS_E_NOTFOUND || r == PPS_E_ACCESS || r == PPS_E_FORMAT ? pps_recode(err, PPS_E_CONFIG) : r;
}

/* As Rucio's client looks for its file. */
static int find_ini(struct sources *s, pps_error **err)
{
	static const char *const homes[] = { "RUCIO_HOME", "VIRTUAL_ENV", "CONDA_PREFIX" };
	const char *named = s->env("RUCIO_CONFIG");

	if (named && *named)
		return load_ini(s, named, err);
	for (size_t i = 0; i <= PPS_COUNT(homes); i++) {
		const char *home = i < PPS_COUNT(homes) ? s->env(homes[i]) : "/opt/rucio";
		_cleanup_free_ char *path = NULL;

		if (!home || !*home)
			continue;
		if (asprintf(&path, "%s/etc/rucio.cfg", home) < 0)
			return pps_fail_nomem(err);
		if (access(path, F_OK) == 0)
			return load_ini(s, path, err);
	}
	return PPS_OK;
}

static int missing(const struct sources *s, pps_error **err, const char *what, const char *key)
{
	if (s->ini_path)
		return pps_fail(err, PPS_E_CONFIG, "%s: %s is missing: expected \"%s\" in [client]", s->ini_path, what, key);
	if (s->block)
		return pps_fail_at(err, PPS_E_CONFIG, s->block->place.file, s->block->place.line, s->block->place.column,
				   "rucio: %s is missing", what);
	return pps_fail(err, PPS_E_CONFIG,
			"%s of Rucio is missing: expected a block \"rucio\" in the configuration, or a rucio.cfg that $RUCIO_CONFIG or $RUCIO_HOME "
			"leads to, with \"%s\" in [client]", what, key);
}

static int expand(const struct sources *s, char **path, pps_error **err)
{
	char *expanded;

	if (!*path)
		return PPS_OK;
	if (!(expanded = pps_rucio_expand_path(*path, s->env)))
		return pps_fail_nomem(err);
	free(*path);
	*path = expanded;
	return PPS_OK;
}

static int choose_auth(const struct sources *s, pps_rucio_settings *to, pps_error **err)
{
	_cleanup_free_ char *type = NULL;
	int r;

	if ((r = set(&type, s->block ? s->block->auth_type : NULL, err)) < 0 || (r = set_env(s, &type, "RUCIO_AUTH_TYPE", err)) < 0 ||
	    (r = set_client(s, &type, "auth_type", err)) < 0)
		return r;
	if (!type)
		return missing(s, err, "the kind of login", "auth_type");
	for (size_t i = 0; i < PPS_COUNT(auth_names); i++)
		if (!strcmp(type, auth_names[i])) {
			to->auth = (int)i;
			return PPS_OK;
		}
	return pps_fail(err, PPS_E_CONFIG, "Rucio login by \"%s\" is not supported: expected ssh, userpass, x509, x509_proxy or oidc", type);
}

static int read_password(const struct sources *s, pps_rucio_settings *to, pps_error **err)
{
	size_t size;
	int r;

	if (!s->block || !s->block->password_file)
		return PPS_OK;
	if ((r = pps_rucio_read_file(s->block->password_file, "password_file", 4096, &to->password, &size, err)) < 0)
		return r == PPS_E_NOMEM ? r : pps_recode(err, PPS_E_CONFIG);
	to->password[strcspn(to->password, "\r\n")] = 0;
	return PPS_OK;
}

static int read_userpass(const struct sources *s, pps_rucio_settings *to, pps_error **err)
{
	int r;

	if ((r = set(&to->username, s->block ? s->block->username : NULL, err)) < 0 || (r = set_client(s, &to->username, "username", err)) < 0 ||
	    (r = read_password(s, to, err)) < 0 || (r = set_client(s, &to->password, "password", err)) < 0)
		return r;
	if (!to->username)
		return missing(s, err, "the user's name", "username");
	return to->password ? PPS_OK : missing(s, err, "the password", "password");
}

static int read_x509(const struct sources *s, pps_rucio_settings *to, pps_error **err)
{
	int r;

	if ((r = set(&to->certificate, s->block ? s->block->certificate : NULL, err)) < 0 ||
	    (r = set(&to->private_key, s->block ? s->block->private_key : NULL, err)) < 0 ||
	    (r = set_env(s, &to->certificate, "RUCIO_CLIENT_CERT", err)) < 0 || (r = set_env(s, &to->private_key, "RUCIO_CLIENT_KEY", err)) < 0 ||
	    (r = set_client(s, &to->certificate, "client_cert", err)) < 0 || (r = set_client(s, &to->private_key, "client_key", err)) < 0)
		return r;
	return to->certificate ? PPS_OK : missing(s, err, "the certificate", "client_cert");
}

static int read_proxy(const struct sources *s, pps_rucio_settings *to, pps_error **err)
{
	int r;

	if ((r = set(&to->certificate, s->block ? s->block->certificate : NULL, err)) < 0 ||
	    (r = set_env(s, &to->certificate, "RUCIO_CLIENT_PROXY", err)) < 0 ||
	    (r = set_client(s, &to->certificate, "client_x509_proxy", err)) < 0 || (r = set_env(s, &to->certificate, "X509_USER_PROXY", err)) < 0)
		return r;
	if (!to->certificate && asprintf(&to->certificate, "/tmp/x509up_u%u", (unsigned)geteuid()) < 0) {
		to->certificate = NULL;
		return pps_fail_nomem(err);
	}
	return PPS_OK;
}

static int read_login(const struct sources *s, pps_rucio_settings *to, pps_error **err)
{
	int r;

	switch (to->auth) {
	case PPS_RUCIO_AUTH_SSH:
		if ((r = set(&to->private_key, s->block ? s->block->private_key : NULL, err)) < 0 ||
		    (r = set_client(s, &to->private_key, "ssh_private_key", err)) < 0)
			return r;
		return to->private_key ? PPS_OK : missing(s, err, "the private key", "ssh_private_key");
	case PPS_RUCIO_AUTH_USERPASS:
		return read_userpass(s, to, err);
	case PPS_RUCIO_AUTH_X509:
		return read_x509(s, to, err);
	case PPS_RUCIO_AUTH_X509_PROXY:
		return read_proxy(s, to, err);
	default:
		if ((r = set(&to->token_file, s->block ? s->block->token_file : NULL, err)) < 0 ||
		    (r = set_env(s, &to->token_file, "BEARER_TOKEN_FILE", err)) < 0 ||
		    (r = set_client(s, &to->token_file, "auth_token_file_path", err)) < 0)
			return r;
		return to->token_file ? PPS_OK : missing(s, err, "the file of the token", "auth_token_file_path");
	}
}

/* http://host or https://host, without a slash at the end; a password has no place in it. */
static int check_url(char *url, const char *key, pps_error **err)
{
	size_t n = strlen(url);
	const char *host = strstr(url, "://");

	while (n && url[n - 1] == '/')
		url[--n] = 0;
	if ((strncmp(url, "http://", 7) != 0 && strncmp(url, "https://", 8) != 0) || !host || !host[3])
		return pps_fail(err, PPS_E_CONFIG, "%s: expected http://HOST or https://HOST", key);
	for (const char *p = url; *p; p++)
		if ((unsigned char)*p <= ' ' || *p == '"' || *p == '\\' || *p == '?' || *p == '#' || *p == '@' || (unsigned char)*p > '~')
			return pps_fail(err, PPS_E_CONFIG, "%s: expected an address without blanks, user name, query or fragment", key);
	return PPS_OK;
}

static int read_hosts(const struct sources *s, pps_rucio_settings *to, pps_error **err)
{
	int r;

	if ((r = set(&to->url, s->block ? s->block->url : NULL, err)) < 0 || (r = set(&to->auth_url, s->block ? s->block->auth_url : NULL, err)) < 0 ||
	    (r = set_client(s, &to->url, "rucio_host", err)) < 0)
		return r;
	if (!to->url)
		return missing(s, err, "the server", "rucio_host");
	if ((r = set_client(s, &to->auth_url, "auth_host", err)) < 0 || (r = set(&to->auth_url, to->url, err)) < 0 ||
	    (r = check_url(to->url, "rucio_host", err)) < 0)
		return r;
	return check_url(to->auth_url, "auth_host", err);
}

/* The storage element of tape copies, as it is known to whoever makes them. */
static int set_backup(const pps_conf_rucio *block, pps_rucio_settings *to, pps_error **err)
{
	return block && block->tape && asprintf(&to->arc_backup, "%s:need", block->tape) < 0 ? pps_fail_nomem(err) : PPS_OK;
}

static int read_others(const struct sources *s, pps_rucio_settings *to, pps_error **err)
{
	const pps_conf_rucio *block = s->block;
	int r;

	if ((r = set(&to->account, block ? block->account : NULL, err)) < 0 || (r = set_env(s, &to->account, "RUCIO_ACCOUNT", err)) < 0 ||
	    (r = set_client(s, &to->account, "account", err)) < 0 || (r = set(&to->ca, block ? block->ca : NULL, err)) < 0 ||
	    (r = set_env(s, &to->ca, "X509_CERT_DIR", err)) < 0 || (r = set_client(s, &to->ca, "ca_cert", err)) < 0 ||
	    (r = set_env(s, &to->vo, "RUCIO_VO", err)) < 0 || (r = set_client(s, &to->vo, "vo", err)) < 0 ||
	    (r = set(&to->rse, block && block->rse ? block->rse : "", err)) < 0 || (r = set_backup(block, to, err)) < 0)
		return r;
	return set(&to->scope, block && block->scope ? block->scope : "raw", err);
}

int pps_rucio_settings_read(const pps_conf_rucio *block, pps_rucio_env env, pps_rucio_settings *ret, pps_error **err)
{
	_cleanup_settings_ pps_rucio_settings to = { 0 };
	struct sources s = { .block = block, .env = env };
	int r = PPS_OK;

	/* a block that says it all needs no file */
	if (block && block->config)
		r = load_ini(&s, block->config, err);
	else if (!block || !block->url)
		r = find_ini(&s, err);
	if (r == PPS_OK && (r = read_hosts(&s, &to, err)) == PPS_OK && (r = choose_auth(&s, &to, err)) == PPS_OK &&
	    (r = read_login(&s, &to, err)) == PPS_OK && (r = read_others(&s, &to, err)) == PPS_OK &&
	    (r = expand(&s, &to.private_key, err)) == PPS_OK && (r = expand(&s, &to.certificate, err)) == PPS_OK &&
	    (r = expand(&s, &to.token_file, err)) == PPS_OK && (r = expand(&s, &to.ca, err)) == PPS_OK) {
		*ret = to;
		to = (pps_rucio_settings){ 0 };
	}
	pps_ini_free(s.ini);
	free(s.ini_path);
	return r;
}
