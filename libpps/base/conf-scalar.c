/* SPDX-License-Identifier: BSD-3-Clause */
/* One scalar of the configuration: from its YAML text to what it means. */
#include <errno.h>
#include <string.h>

#include "base/codec.h"
#include "base/conf-value.h"

/* What was given, as messages say it. */
static void add_given(const pps_yaml_node *node, pps_buf *b)
{
	const char *text = pps_yaml_text(node);

	if (!text)
		pps_buf_add_text(b, pps_yaml_kind(node) == PPS_YAML_LIST ? "a list" : "a map");
	else if (pps_yaml_is_null(node))
		pps_buf_add_text(b, "nothing");
	else if (strlen(text) > 80)
		pps_buf_add_text(b, "this long text");
	else
		pps_buf_printf(b, "\"%s\"", text);
}

static void complain(const struct conf_key *key, const pps_yaml_node *node, pps_buf *why)
{
	const char *text = pps_yaml_text(node);

	pps_buf_add_text(why, "expected ");
	conf_key_expected(key, why);
	pps_buf_add_text(why, ", not ");
	add_given(node, why);
	if (text && (key->type == CONF_CHOICE || key->type == CONF_CHOICES))
		conf_suggest(text, key->choices, why);
}

static int set_text(struct conf_value *v, const char *text)
{
	free(v->text);
	return (v->text = strdup(text)) ? PPS_OK : PPS_E_NOMEM;
}

/* Takes @text, which is NULL when memory is out. */
static int take_text(struct conf_value *v, char *text)
{
	free(v->text);
	v->text = text;
	return text ? PPS_OK : PPS_E_NOMEM;
}

/* A path relative to the configuration's folder; "./" at its beginning says nothing. Owned; NULL: out of memory. */
static char *absolute(const pps_conf *conf, const char *path)
{
	char *out;

	if (*path == '/')
		return strdup(path);
	while (!strncmp(path, "./", 2))
		path += 2 + strspn(path + 2, "/");
	if (!*path || !strcmp(path, "."))
		return strdup(conf->folder);
	return asprintf(&out, "%s%s%s", conf->folder, conf->folder[1] ? "/" : "", path) < 0 ? NULL : out;
}

static void strip_slashes(char *text)
{
	char *start = strstr(text, "://");
	size_t least = start ? (size_t)(start - text) + 4 : 1, n = strlen(text);

	while (n > least && text[n - 1] == '/')
		text[--n] = 0;
}

static int is_uri(const char *text)
{
	return strstr(text, "://") != NULL;
}

/* file:///... or s3://[PROFILE@]BUCKET... */
static int is_known_uri(const char *text)
{
	if (!strncmp(text, "file://", 7))
		return text[7] == '/';
	return !strncmp(text, "s3://", 5) && text[5] && text[5] != '/';
}

/* The readers below return 1 when the text is right, 0 when it is wrong, PPS_E_NOMEM. */

static int read_place(const pps_conf *conf, const char *text, struct conf_value *v)
{
	if (!*text || (is_uri(text) && !is_known_uri(text)))
		return 0;
	if (take_text(v, is_uri(text) ? strdup(text) : absolute(conf, text)) < 0)
		return PPS_E_NOMEM;
	strip_slashes(v->text);
	return 1;
}

static int read_path(const pps_conf *conf, const char *text, struct conf_value *v)
{
	if (!*text || is_uri(text))
		return 0;
	return take_text(v, absolute(conf, text)) < 0 ? PPS_E_NOMEM : 1;
}

static int read_butler(const pps_conf *conf, const char *text, struct conf_value *v)
{
	_cleanup_free_ char *path = NULL;

	if (!*text || (is_uri(text) && !is_known_uri(text)))
		return 0;
	if (is_uri(text))
		return set_text(v, text) < 0 ? PPS_E_NOMEM : 1;
	if (!(path = absolute(conf, text)))
		return PPS_E_NOMEM;
	/* an alias looks like a path: it is one when there is something */
	if (*text == '.' || access(path, F_OK) == 0)
		return take_text(v, TAKE_PTR(path)) < 0 ? PPS_E_NOMEM : 1;
	return set_text(v, text) < 0 ? PPS_E_NOMEM : 1;
}

static int read_state(const pps_conf *conf, const char *text, struct conf_value *v)
{
	_cleanup_free_ char *path = NULL;
	const char *rest = strstr(text, "://");
	char *url;

	if (!strncmp(text, "sqlite:///", 10)) {
		if (!text[10] || !strcmp(text + 10, "/") || !strcmp(text + 10, ":memory:") || strchr(text, '?'))
			return 0;
		if (!(path = absolute(conf, text + 10)))
			return PPS_E_NOMEM;
		return take_text(v, asprintf(&url, "sqlite:///%s", path) < 0 ? NULL : url) < 0 ? PPS_E_NOMEM : 1;
	}
	/* SQLAlchemy names its driver too: postgresql+psycopg2:// */
	if (strncmp(text, "postgresql", 10) != 0 || !rest || !rest[3] || (text[10] != ':' && text[10] != '+'))
		return 0;
	return take_text(v, asprintf(&url, "postgresql%s", rest) < 0 ? NULL : url) < 0 ? PPS_E_NOMEM : 1;
}

static int read_url(const char *text, struct conf_value *v)
{
	const char *host = !strncmp(text, "http://", 7) ? text + 7 : !strncmp(text, "https://", 8) ? text + 8 : NULL;

	if (!host || !*host || *host == '/')
		return 0;
	return set_text(v, text) < 0 ? PPS_E_NOMEM : 1;
}

static int read_listen(const char *text, struct conf_value *v)
{
	const char *colon = strrchr(text, ':');
	int64_t port;

	if (!colon || colon == text || pps_int_parse(colon + 1, &port, NULL) < 0 || port < 0 || port > 65535)
		return 0;
	return set_text(v, text) < 0 ? PPS_E_NOMEM : 1;
}

static int read_choice(const struct conf_key *key, const char *text, struct conf_value *v)
{
	int64_t n = 0;

	for (const char *p = key->choices; *p; n++) {
		size_t len = strcspn(p, "|");

		if (strlen(text) == len && !strncmp(p, text, len)) {
			v->number = n;
			return set_text(v, text) < 0 ? PPS_E_NOMEM : 1;
		}
		p += len + (p[len] == '|');
	}
	return 0;
}

static int is_hour(const char *p)
{
	return p[0] >= '0' && p[0] <= '2' && p[1] >= '0' && p[1] <= '9' && (p[0] < '2' || p[1] < '4') && p[2] == ':' &&
	       p[3] >= '0' && p[3] <= '5' && p[4] >= '0' && p[4] <= '9';
}

static int read_quiet(const char *text, struct conf_value *v)
{
	if (strlen(text) != 15 || !is_hour(text) || text[5] != '-' || !is_hour(text + 6) || strcmp(text + 11, " UTC") != 0)
		return 0;
	return set_text(v, text) < 0 ? PPS_E_NOMEM : 1;
}

/* What a reader of the base returned, as those here return it. */
static int right(int r)
{
	return r == PPS_E_NOMEM ? r : r == PPS_OK;
}

static int read_duration(const struct conf_key *key, const char *text, struct conf_value *v)
{
	if (key->fallback && !strcmp(key->fallback, "never") && !strcmp(text, "never")) {
		v->number = -1;
		return 1;
	}
	return right(pps_duration_parse(text, &v->number, NULL));
}

/* What is written as a text. */
static int read_text(const pps_conf *conf, const struct conf_key *key, const char *text, struct conf_value *v)
{
	switch (key->type) {
	case CONF_CHOICE:
	case CONF_CHOICES:
		return read_choice(key, text, v);
	case CONF_DURATION:
		return read_duration(key, text, v);
	case CONF_TIME:
		return pps_time_parse(text, PPS_SCALE_UTC, &v->number, NULL) == PPS_OK;
	case CONF_QUIET:
		return read_quiet(text, v);
	case CONF_PATH:
	case CONF_QUERIES:
		return read_path(conf, text, v);
	case CONF_PLACE:
		return read_place(conf, text, v);
	case CONF_BUTLER:
		return read_butler(conf, text, v);
	case CONF_STATE:
		return read_state(conf, text, v);
	case CONF_URL:
		return read_url(text, v);
	case CONF_LISTEN:
		return read_listen(text, v);
	default:
		return set_text(v, text) < 0 ? PPS_E_NOMEM : 1;
	}
}

static int read_days(const pps_yaml *yaml, const pps_yaml_node *node, struct conf_value *v)
{
	const char *text = pps_yaml_text(node);
	double days;
	int r;

	if (text && !strcmp(text, "forever")) {
		v->number = -1;
		return 1;
	}
	if ((r = right(pps_yaml_float(yaml, node, &days, NULL))) != 1 || !(days >= 0 && days <= 100000))
		return r < 0 ? r : 0;
	return pps_duration_of_hours(days * 24 > 1e6 ? 1e6 : days * 24, &v->number, NULL) == PPS_OK;
}

/* What YAML has a type for. */
static int read_typed(const pps_yaml *yaml, const pps_yaml_node *node, const struct conf_key *key, struct conf_value *v)
{
	int truth, r;

	switch (key->type) {
	case CONF_BOOL:
		if (pps_yaml_bool(yaml, node, &truth, NULL) < 0)
			return 0;
		v->number = truth;
		return 1;
	case CONF_INT:
		r = right(pps_yaml_int(yaml, node, &v->number, NULL));
		return r == 1 ? v->number >= key->least && v->number <= key->most : r;
	case CONF_RATE:
		r = right(pps_yaml_float(yaml, node, &v->real, NULL));
		return r == 1 ? v->real > 0 && v->real <= 1e9 : r;
	case CONF_HOURS:
		r = right(pps_yaml_float(yaml, node, &v->real, NULL));
		return r == 1 ? pps_duration_of_hours(v->real, &v->number, NULL) == PPS_OK : r;
	default:
		return read_days(yaml, node, v);
	}
}

int conf_scalar(const pps_conf *conf, const pps_yaml *yaml, const pps_yaml_node *node, const struct conf_key *key,
		struct conf_value *v, pps_buf *why)
{
	const char *text = NULL;
	int r;

	switch (key->type) {
	case CONF_BOOL:
	case CONF_INT:
	case CONF_RATE:
	case CONF_HOURS:
	case CONF_DAYS:
		r = read_typed(yaml, node, key, v);
		break;
	case CONF_DURATION:
	case CONF_PAIRS:
		/* numbers are right as they are written: 90 is 90 seconds */
		text = pps_yaml_is_null(node) ? NULL : pps_yaml_text(node);
		r = text ? read_text(conf, key, text, v) : 0;
		break;
	default:
		if (pps_yaml_text(node) && !pps_yaml_is_null(node) && pps_yaml_string(yaml, node, &text, NULL) < 0) {
			pps_buf_printf(why, "expected ");
			conf_key_expected(key, why);
			pps_buf_printf(why, ", not %s: put it in quotes", pps_yaml_text(node));
			return PPS_OK;
		}
		r = text ? read_text(conf, key, text, v) : 0;
	}
	if (r == 0)
		complain(key, node, why);
	return r < 0 ? r : PPS_OK;
}
