/* SPDX-License-Identifier: BSD-3-Clause */
/* Values of the configuration and their texts. */
#include <string.h>

#include "base/codec.h"
#include "base/conf-value.h"

void conf_value_free(struct conf_value *v)
{
	if (!v)
		return;
	for (size_t i = 0; i < v->n; i++)
		conf_value_free(v->children[i]);
	free(v->children);
	free(v->name);
	free(v->text);
	free(v->shown);
	free(v);
}

struct conf_value *conf_value_child(const struct conf_value *v, const char *name)
{
	for (size_t i = 0; v && i < v->n; i++)
		if (v->children[i]->name && !strcmp(v->children[i]->name, name))
			return v->children[i];
	return NULL;
}

/* The largest unit that leaves nothing over. */
static void add_duration(int64_t ns, pps_buf *b)
{
	static const struct {
		const char *name;
		int64_t ns;
	} units[] = {
		{ "h", 3600 * PPS_NS_PER_S }, { "min", 60 * PPS_NS_PER_S }, { "s", PPS_NS_PER_S }, { "ms", 1000000 },
	};

	for (size_t i = 0; i < PPS_COUNT(units); i++)
		if (ns % units[i].ns == 0 || i + 1 == PPS_COUNT(units)) {
			pps_buf_printf(b, "%lld%s", (long long)(ns / units[i].ns), units[i].name);
			return;
		}
}

static void add_real(double value, pps_buf *b)
{
	char text[32];

	pps_float_repr(value, text);
	pps_buf_add_text(b, text);
}

void conf_mask_url(const char *url, pps_buf *b)
{
	const char *host = strstr(url, "://"), *at, *colon, *p;

	host = host ? host + 3 : url;
	at = host + strcspn(host, "/?#");
	while (at > host && *at != '@')
		at--;
	colon = *at == '@' ? memchr(host, ':', (size_t)(at - host)) : NULL;
	if (colon) {
		pps_buf_add(b, url, (size_t)(colon + 1 - url));
		pps_buf_add_text(b, "***");
		url = at;
	}
	/* libpq also takes it as a parameter */
	while ((p = strstr(url, "password="))) {
		p += strlen("password=");
		pps_buf_add(b, url, (size_t)(p - url));
		pps_buf_add_text(b, "***");
		url = p + strcspn(p, "&");
	}
	pps_buf_add_text(b, url);
}

/* Names of librdkafka's properties whose values are secrets. */
static int is_secret_name(const char *name)
{
	static const char *const words[] = { "password", "secret", "key.pem", "token", "sasl.oauthbearer.config", "jaas" };

	for (size_t i = 0; i < PPS_COUNT(words); i++)
		if (strstr(name, words[i]))
			return 1;
	return 0;
}

int conf_value_shown(const struct conf_value *v, pps_buf *b)
{
	char text[40];

	switch (v->key->type) {
	case CONF_BOOL:
		pps_buf_add_text(b, v->number ? "true" : "false");
		break;
	case CONF_INT:
		pps_buf_printf(b, "%lld", (long long)v->number);
		break;
	case CONF_RATE:
	case CONF_HOURS:
		add_real(v->real, b);
		break;
	case CONF_DAYS:
		if (v->number < 0)
			pps_buf_add_text(b, "forever");
		else
			add_real((double)(v->number / PPS_NS_PER_S) / 86400, b);
		break;
	case CONF_DURATION:
		if (v->number < 0)
			pps_buf_add_text(b, "never");
		else
			add_duration(v->number, b);
		break;
	case CONF_TIME:
		if (pps_time_format(v->number, PPS_SCALE_UTC, 0, 'T', text, NULL) < 0)
			return PPS_E_INTERNAL;
		pps_buf_add_text(b, text);
		break;
	case CONF_PAIRS:
		pps_buf_add_text(b, v->name && is_secret_name(v->name) ? "***" : v->text);
		break;
	case CONF_URL:
	case CONF_STATE:
		conf_mask_url(v->text, b);
		break;
	default:
		pps_buf_add_text(b, v->text);
	}
	return b->failed;
}
