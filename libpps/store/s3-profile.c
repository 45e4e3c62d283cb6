/* SPDX-License-Identifier: BSD-3-Clause */
#include "store/s3-profile.h"

#include <string.h>

#include "base/codec.h"
#include "base/conf.h"
#include "store/s3-ini.h"

#define FALLBACK_REGION "us-east-1"
#define EXPECTED_URL "expected https://host or https://key:secret@host, with '/' in key or secret written %%2F"

static void wipe(const char *secret)
{
	if (secret)
		explicit_bzero((char *)secret, strlen(secret));
	free((char *)secret);
}

static void wipep(char **secret)
{
	wipe(*secret);
}
#define _cleanup_wipe_ _cleanup_(wipep)

void pps_s3_profile_free(pps_s3_profile *profile)
{
	if (!profile)
		return;
	free(profile->name);
	free(profile->endpoint);
	free(profile->region);
	free(profile->ca_path);
	wipe(profile->credentials.key);
	wipe(profile->credentials.secret);
	wipe(profile->credentials.token);
	free(profile);
}

/* ---- endpoints ---- */

/* 1 when every '%' begins an escape: only then are key and secret quoted at all. */
static int is_quoted(const char *text, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (text[i] == '%' && (n - i < 3 || !strspn(text + i + 1, "0123456789abcdefABCDEF") ||
				       !strspn(text + i + 2, "0123456789abcdefABCDEF")))
			return 0;
	return 1;
}

/* A key or a secret; neither may be empty. */
static int unquote(const char *what, const char *text, size_t n, int quoted, char **ret, pps_error **err)
{
	_cleanup_buf_ pps_buf b = PPS_BUF_LINE;

	if (!quoted)
		pps_buf_add(&b, text, n);
	else if (pps_percent_decode(&b, text, n, NULL) == PPS_E_NOMEM)
		return pps_fail_nomem(err);
	if (b.failed == PPS_E_NOMEM)
		return pps_fail_nomem(err);
	if (b.failed || !b.size || memchr(b.at, 0, b.size))
		return pps_fail(err, PPS_E_CONFIG, "%s: " EXPECTED_URL, what);
	return (*ret = pps_buf_take(&b)) ? PPS_OK : pps_fail_nomem(err);
}

/* "host", "host:port" or "[v6]:port" */
static int is_host(const char *host, size_t n)
{
	size_t len = 0, digits;

	if (n && *host == '[') {
		const char *close = memchr(host, ']', n);

		len = close ? (size_t)(close + 1 - host) : 0;
		if (len < 4 || strspn(host + 1, "0123456789abcdefABCDEF:.") != len - 2)
			return 0;
	} else {
		while (len < n && host[len] != ':' &&
		       strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._", host[len]))
			len++;
	}
	if (!len || len == n)
		return len > 0;
	digits = strspn(host + len + 1, "0123456789");
	return host[len] == ':' && digits && digits <= 5 && len + 1 + digits == n && strtol(host + len + 1, NULL, 10) <= 65535;
}

static int is_path(const char *path, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if ((unsigned char)path[i] <= ' ' || (unsigned char)path[i] >= 0x7f || path[i] == '@')
			return 0;
	return 1;
}

static char *endpoint_text(int is_tls, const char *host, size_t nhost, size_t npath)
{
	char *endpoint;
	int n;

	while (npath && host[nhost + npath - 1] == '/')
		npath--;
	if ((n = asprintf(&endpoint, "%s%.*s", is_tls ? "https://" : "http://", (int)(nhost + npath), host)) < 0)
		return NULL;
	for (char *p = endpoint; p < endpoint + n - npath; p++)
		if (*p >= 'A' && *p <= 'Z')
			*p = (char)(*p - 'A' + 'a');
	return endpoint;
}

int pps_s3_endpoint_parse(const char *what, const char *text, char **ret_endpoint, char **ret_key, char **ret_secret, pps_error **err)
{
	int is_tls = strncasecmp(text, "https://", 8) == 0, r;
	_cleanup_wipe_ char *key = NULL, *secret = NULL;
	const char *user = text + (is_tls ? 8 : 7), *at, *host, *colon;
	size_t n, nhost;

	if (!is_tls && strncasecmp(text, "http://", 7) != 0)
		return pps_fail(err, PPS_E_CONFIG, "%s: " EXPECTED_URL, what);
	n = strcspn(user, "/?#");
	at = memrchr(user, '@', n);
	host = at ? at + 1 : user;
	nhost = n - (size_t)(host - user);
	if (!is_host(host, nhost) || !is_path(host + nhost, strcspn(host + nhost, "?#")))
		return pps_fail(err, PPS_E_CONFIG, "%s: " EXPECTED_URL, what);
	if (at) {
		int quoted = is_quoted(user, (size_t)(at - user));

		colon = memchr(user, ':', (size_t)(at - user));
		if (!colon || memchr(colon + 1, ':', (size_t)(at - colon - 1)))
			return pps_fail(err, PPS_E_CONFIG, "%s: " EXPECTED_URL, what);
		if ((r = unquote(what, user, (size_t)(colon - user), quoted, &key, err)) < 0 ||
		    (r = unquote(what, colon + 1, (size_t)(at - colon - 1), quoted, &secret, err)) < 0)
			return r;
	}
	if (!(*ret_endpoint = endpoint_text(is_tls, host, nhost, strcspn(host + nhost, "?#"))))
		return pps_fail_nomem(err);
	*ret_key = TAKE_PTR(key);
	*ret_secret = TAKE_PTR(secret);
	return PPS_OK;
}

/* ---- where things are looked for ---- */

struct sources {
	const char *name;              /* of the profile, or NULL */
	const pps_conf_profile *conf;  /* its entry in the configuration, or NULL */
	char *credentials_path, *config_path;
	pps_s3_ini *credentials, *config; /* NULL: no such file */
	pps_error *unread;                /* why one of them could not be read */
	const char *section;              /* whose settings count */
	int is_named;                     /* it is the profile's own */
};

static void sources_clear(struct sources *s)
{
	free(s->credentials_path);
	free(s->config_path);
	pps_s3_ini_free(s->credentials);
	pps_s3_ini_free(s->config);
	pps_error_free(s->unread);
}
#define _cleanup_sources_ _cleanup_(sources_clear)

/* A variable; NULL also when it is empty. */
static const char *variable(const char *name)
{
	const char *value = getenv(name);

	return value && *value ? value : NULL;
}

static const char *first_variable(const char *a, const char *b)
{
	return variable(a) ? variable(a) : variable(b);
}

/* The file that @given or a variable names, else the one in the home folder; NULL when memory is out. */
static char *file_path(const char *given, const char *name, const char *in_home)
{
	const char *path = given ? given : variable(name), *home = variable("HOME");
	char *out;

	if (!path)
		path = in_home;
	if (path[0] != '~' || path[1] != '/' || !home)
		return strdup(path);
	return asprintf(&out, "%s%s", home, path + 1) < 0 ? NULL : out;
}

/* What may not be read is like what is not there, until credentials are found nowhere else. */
static int load_file(struct sources *s, const char *path, pps_s3_ini **ret_ini, pps_error **err)
{
	_cleanup_(pps_error_freep) pps_error *why = NULL;
	int r = pps_s3_ini_load(path, ret_ini, &why);

	if (r == PPS_E_ACCESS) {
		if (!s->unread)
			s->unread = TAKE_PTR(why);
		return PPS_OK;
	}
	if (r < 0)
		pps_error_move(err, TAKE_PTR(why));
	return r;
}

/* A section of the configuration file is called "profile NAME", the name also quoted, but for `default`. NULL: there is none. */
static const char *config_section(const struct sources *s, const char *name)
{
	const char *section;

	for (size_t i = 0; (section = pps_s3_ini_section(s->config, i)); i++) {
		const char *word = section + strlen("profile");
		size_t n;

		if (strcmp(name, "default") == 0 && strcmp(section, name) == 0)
			return section;
		if (strncmp(section, "profile", strlen("profile")) != 0 || !strspn(word, " \t"))
			continue;
		word += strspn(word, " \t");
		n = strlen(word);
		if (n >= 2 && (*word == '"' || *word == '\'') && word[n - 1] == *word) {
			word++;
			n -= 2;
		}
		if (strlen(name) == n && memcmp(word, name, n) == 0)
			return section;
	}
	return NULL;
}

static const char *from_credentials(const struct sources *s, const char *key)
{
	return pps_s3_ini_get(s->credentials, s->section, key);
}

static const char *from_config(const struct sources *s, const char *key)
{
	const char *section = config_section(s, s->section);

	return section ? pps_s3_ini_get(s->config, section, key) : NULL;
}

static const char *setting(const struct sources *s, const char *key)
{
	const char *value = from_credentials(s, key);

	if (!value)
		value = from_config(s, key);
	return value && *value ? value : NULL;
}

static int load_sources(struct sources *s, int has_key, pps_error **err)
{
	int r;

	s->credentials_path = file_path(s->conf ? s->conf->credentials : NULL, "AWS_SHARED_CREDENTIALS_FILE", "~/.aws/credentials");
	s->config_path = file_path(NULL, "AWS_CONFIG_FILE", "~/.aws/config");
	if (!s->credentials_path || !s->config_path)
		return pps_fail_nomem(err);
	if ((r = load_file(s, s->credentials_path, &s->credentials, err)) < 0 || (r = load_file(s, s->config_path, &s->config, err)) < 0)
		return r;
	s->is_named = s->name && !has_key && (pps_s3_ini_has(s->credentials, s->name) || config_section(s, s->name));
	s->section = s->is_named ? s->name : first_variable("AWS_DEFAULT_PROFILE", "AWS_PROFILE");
	if (!s->section)
		s->section = "default";
	return PPS_OK;
}

/* ---- credentials ---- */

static int copy(const char *from, const char **to, pps_error **err)
{
	return !from || (*to = strdup(from)) ? PPS_OK : pps_fail_nomem(err);
}

/* 1 when these have a key, 0 when not. */
static int take_credentials(pps_s3_profile *p, const char *where, const char *key, const char *secret, const char *token, pps_error **err)
{
	int r;

	if (!key || !*key)
		return 0;
	if (!secret || !*secret)
		return pps_fail(err, PPS_E_CONFIG, "%s: an access key without its secret key", where);
	if ((r = copy(key, &p->credentials.key, err)) < 0 || (r = copy(secret, &p->credentials.secret, err)) < 0 ||
	    (r = copy(token && *token ? token : NULL, &p->credentials.token, err)) < 0)
		return r;
	return 1;
}

static int take_from_files(const struct sources *s, pps_s3_profile *p, pps_error **err)
{
	const char *(*const look[])(const struct sources *, const char *) = { from_credentials, from_config };

	for (size_t i = 0; i < PPS_COUNT(look); i++) {
		_cleanup_free_ char *where = NULL;
		const char *token = look[i](s, "aws_security_token");
		int r;

		if (asprintf(&where, "%s: [%s]", i ? s->config_path : s->credentials_path, s->section) < 0) {
			where = NULL;
			return pps_fail_nomem(err);
		}
		r = take_credentials(p, where, look[i](s, "aws_access_key_id"), look[i](s, "aws_secret_access_key"),
				     token ? token : look[i](s, "aws_session_token"), err);
		if (r)
			return r;
	}
	return 0;
}

static int no_credentials(const struct sources *s, pps_error **err)
{
	if (s->unread)
		return pps_fail(err, PPS_E_ACCESS, "no credentials: %s", pps_error_message(s->unread));
	if (s->is_named)
		return pps_fail(err, PPS_E_ACCESS, "no credentials: [%s] in %s or %s has no aws_access_key_id", s->section, s->credentials_path,
				s->config_path);
	return pps_fail(err, PPS_E_ACCESS,
			"no credentials: expected https://key:secret@host as the endpoint, [%s] or [%s] in %s, or $AWS_ACCESS_KEY_ID with "
			"$AWS_SECRET_ACCESS_KEY",
			s->name ? s->name : "default", s->section, s->credentials_path);
}

static int is_plain(const char *text)
{
	for (; text && *text; text++)
		if ((unsigned char)*text <= ' ' || *text == 0x7f)
			return 0;
	return 1;
}

static int find_credentials(const struct sources *s, pps_s3_profile *p, pps_error **err)
{
	int r = 0;

	if (!p->credentials.key && !s->is_named)
		r = take_credentials(p, "$AWS_ACCESS_KEY_ID", variable("AWS_ACCESS_KEY_ID"), variable("AWS_SECRET_ACCESS_KEY"),
				     first_variable("AWS_SECURITY_TOKEN", "AWS_SESSION_TOKEN"), err);
	if (r == 0 && !p->credentials.key)
		r = take_from_files(s, p, err);
	if (r < 0)
		return r;
	if (!p->credentials.key)
		return no_credentials(s, err);
	if (!is_plain(p->credentials.key) || !is_plain(p->credentials.token))
		return pps_fail(err, PPS_E_CONFIG, "the access key or session token has blanks or line ends in it");
	return PPS_OK;
}

/* ---- the whole ---- */

/* The endpoint that the profile's name gives, with what names it in messages; NULL: none. *ret_what NULL: out of memory. */
static const char *given_endpoint(const struct sources *s, char **ret_what)
{
	_cleanup_free_ char *name = NULL;
	const char *endpoint = NULL;

	if (s->conf) {
		if (asprintf(ret_what, "profiles.%s.endpoint", s->name) < 0)
			*ret_what = NULL;
		return s->conf->endpoint;
	}
	if (s->name) {
		if (asprintf(&name, "$LSST_RESOURCES_S3_PROFILE_%s", s->name) < 0) {
			name = *ret_what = NULL;
			return NULL; /* not the endpoint of no name, which is another server */
		}
		endpoint = variable(name + 1);
	}
	if (!endpoint) {
		free(name);
		name = strdup("$S3_ENDPOINT_URL");
		endpoint = variable("S3_ENDPOINT_URL");
	}
	*ret_what = TAKE_PTR(name);
	return endpoint;
}

/* What AWS's own tools take where lsst-resources names none. */
static int find_other_endpoint(const struct sources *s, pps_s3_profile *p, pps_error **err)
{
	const char *text = first_variable("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL");
	_cleanup_wipe_ char *key = NULL, *secret = NULL;
	int r;

	if (!text)
		text = setting(s, "endpoint_url");
	if (!text)
		return PPS_OK;
	if ((r = pps_s3_endpoint_parse("endpoint_url", text, &p->endpoint, &key, &secret, err)) < 0)
		return r;
	return key ? pps_fail(err, PPS_E_CONFIG, "endpoint_url: keys are not expected here") : PPS_OK;
}

static int find_settings(const struct sources *s, pps_s3_profile *p, pps_error **err)
{
	const char *region = s->conf ? s->conf->region : first_variable("AWS_DEFAULT_REGION", "AWS_REGION");
	const char *ca = variable("AWS_CA_BUNDLE");

	if (!region)
		region = setting(s, "region");
	if (!ca)
		ca = setting(s, "ca_bundle");
	if (!is_plain(region))
		return pps_fail(err, PPS_E_CONFIG, "the region has blanks or line ends in it");
	if (!(p->region = strdup(region ? region : FALLBACK_REGION)) || (ca && !(p->ca_path = file_path(ca, NULL, NULL))))
		return pps_fail_nomem(err);
	return PPS_OK;
}

static int fill(const struct pps_conf *conf, pps_s3_profile *p, pps_error **err)
{
	_cleanup_sources_ struct sources s = { .name = p->name };
	_cleanup_free_ char *what = NULL;
	_cleanup_wipe_ char *key = NULL, *secret = NULL;
	const char *endpoint;
	int r;

	for (size_t i = 0; p->name && conf && i < pps_conf_profile_count(conf); i++)
		if (strcmp(pps_conf_profile_at(conf, i)->name, p->name) == 0)
			s.conf = pps_conf_profile_at(conf, i);
	endpoint = given_endpoint(&s, &what);
	if (!what)
		return pps_fail_nomem(err);
	if (endpoint && (r = pps_s3_endpoint_parse(what, endpoint, &p->endpoint, &key, &secret, err)) < 0)
		return r;
	p->credentials.key = TAKE_PTR(key);
	p->credentials.secret = TAKE_PTR(secret);
	if ((r = load_sources(&s, p->credentials.key != NULL, err)) < 0 || (r = find_credentials(&s, p, err)) < 0)
		return r;
	if (!p->endpoint && (r = find_other_endpoint(&s, p, err)) < 0)
		return r;
	return find_settings(&s, p, err);
}

int pps_s3_profile_load(pps_ctx *ctx, const char *name, pps_s3_profile **ret_profile, pps_error **err)
{
	_cleanup_(pps_s3_profile_freep) pps_s3_profile *p = NULL;
	_cleanup_(pps_conf_unrefp) pps_conf *conf = NULL;
	int r;

	if ((r = pps_ctx_check(ctx, err)) < 0)
		return r;
	conf = pps_ctx_conf(ctx);
	if (!(p = calloc(1, sizeof *p)) || (name && !(p->name = strdup(name))))
		return pps_fail_nomem(err);
	if ((r = fill(conf, p, err)) < 0)
		return name ? pps_wrap(err, r, "S3 profile %s", name) : pps_wrap(err, r, "S3");
	*ret_profile = TAKE_PTR(p);
	return PPS_OK;
}
