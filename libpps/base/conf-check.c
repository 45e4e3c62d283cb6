/* SPDX-License-Identifier: BSD-3-Clause */
/* What one value of the configuration says of another. Values that were wrong by themselves have no text here. */
#include <string.h>

#include "base/conf-value.h"
#include "base/map.h"

/* Each check returns PPS_OK, also when it complained, or PPS_E_NOMEM. */

static const struct conf_value *child(const struct conf_value *v, const char *name)
{
	return conf_value_child(v, name);
}

/* The child when a person wrote it. */
static const struct conf_value *given(const struct conf_value *v, const char *name)
{
	const struct conf_value *c = child(v, name);

	return c && c->place.line ? c : NULL;
}

static int is_text(const struct conf_value *v, const char *text)
{
	return v && v->text && !strcmp(v->text, text);
}

static int check_reference(pps_conf *conf, const struct conf_value *v)
{
	const struct conf_value *repositories = child(conf->root, "repositories");
	_cleanup_buf_ pps_buf names = PPS_BUF_LINE, why = PPS_BUF_LINE;

	if (!v->text || child(repositories, v->text))
		return PPS_OK;
	for (size_t i = 0; repositories && i < repositories->n; i++)
		pps_buf_printf(&names, "%s%s", i ? "|" : "", repositories->children[i]->name);
	pps_buf_printf(&why, "\"%s\" is no repository", v->text);
	if (!names.size)
		pps_buf_add_text(&why, ": there are none under \"repositories\"");
	else if (!names.failed && !conf_suggest(v->text, pps_buf_text(&names), &why)) {
		pps_buf_add_text(&why, ": expected one of ");
		for (const char *p = pps_buf_text(&names); *p; p++)
			pps_buf_add_text(&why, *p == '|' ? ", " : (char[]){ *p, 0 });
	}
	return names.failed || why.failed ? PPS_E_NOMEM : conf_error(conf, v->place, "%s", pps_buf_text(&why));
}

static int check_references(pps_conf *conf, const struct conf_value *v)
{
	int r = PPS_OK;

	if (v->key && v->key->type == CONF_REPOSITORY)
		return check_reference(conf, v);
	for (size_t i = 0; r == PPS_OK && i < v->n; i++)
		r = check_references(conf, v->children[i]);
	return r;
}

static int is_repository_name(const char *name)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-";

	return *name && !name[strspn(name, allowed)];
}

static int check_repository(pps_conf *conf, const struct conf_value *repositories, size_t n)
{
	const struct conf_value *v = repositories->children[n], *from = child(v, "from"), *transfer = child(v, "transfer");
	const struct conf_value *on_no_link = given(v, "on_no_link");
	int r = PPS_OK;

	if (!is_repository_name(v->name))
		r = conf_error(conf, v->place, "repositories: \"%s\" is no name: expected letters, digits, \"_\", \"-\" and \".\"",
			       v->name);
	if (r == PPS_OK && from && is_text(from, v->name))
		r = conf_error(conf, from->place, "repositories.%s.from: a repository cannot come from itself", v->name);
	for (size_t i = n + 1; r == PPS_OK && from && i < repositories->n; i++)
		if (is_text(from, repositories->children[i]->name))
			r = conf_error(conf, from->place, "repositories.%s.from: \"%s\" must stand above it: the order is that of the flow",
				       v->name, from->text);
	if (r == PPS_OK && from && !transfer)
		r = conf_error(conf, from->place, "repositories.%s: \"transfer\" is missing: expected copy, hardlink, direct or in_place",
			       v->name);
	if (r == PPS_OK && transfer && !from)
		r = conf_error(conf, transfer->place, "repositories.%s: \"transfer\" says nothing without \"from\"", v->name);
	if (r == PPS_OK && on_no_link && !is_text(transfer, "hardlink"))
		r = conf_error(conf, on_no_link->place, "repositories.%s: \"on_no_link\" says nothing without \"transfer: hardlink\"",
			       v->name);
	return r;
}

static int check_repositories(pps_conf *conf)
{
	const struct conf_value *v = child(conf->root, "repositories");
	int r = PPS_OK;

	for (size_t i = 0; r == PPS_OK && v && i < v->n; i++)
		r = check_repository(conf, v, i);
	return r;
}

static int check_raw(pps_conf *conf)
{
	const struct conf_value *raw = child(conf->root, "raw"), *source = child(raw, "source");
	const struct conf_value *destinations = child(raw, "destinations");
	int r = PPS_OK;

	for (size_t i = 0; r == PPS_OK && destinations && i < destinations->n; i++) {
		const struct conf_value *name = child(destinations->children[i], "repository");

		if (!name || !name->text)
			continue;
		if (source && is_text(source, name->text))
			r = conf_error(conf, name->place, "raw.destinations: \"%s\" is the source", name->text);
		for (size_t k = 0; r == PPS_OK && k < i; k++)
			if (is_text(child(destinations->children[k], "repository"), name->text))
				r = conf_error(conf, name->place, "raw.destinations: \"%s\" is given twice", name->text);
	}
	if (r == PPS_OK && raw && !child(raw, "skymap") && child(conf->root, "rucio"))
		r = conf_error(conf, raw->place, "raw: \"skymap\" is missing: Rucio's datasets are grouped by its tracts");
	return r;
}

/* Complains unless one of the two keys was given. */
static int need_one(pps_conf *conf, const struct conf_value *v, const char *a, const char *b)
{
	if (!v || child(v, a) || child(v, b))
		return PPS_OK;
	return conf_error(conf, v->place, "%s: expected \"%s\" or \"%s\"", v->name, a, b);
}

/* Complains when @v is there and lacks a key, "in words" the reason. */
static int need(pps_conf *conf, const struct conf_value *v, const char *path, const char *name, const char *reason)
{
	if (!v || child(v, name))
		return PPS_OK;
	return conf_error(conf, v->place, "%s: \"%s\" is missing: %s", path, name, reason);
}

/* SafeCopies is a list with commas: a site's name is a word in it. */
static int check_site(pps_conf *conf, const struct conf_value *v, const char *name)
{
	if (!v || !name || (*name && !strpbrk(name, ", \t")))
		return PPS_OK;
	return conf_error(conf, v->place, "rucio: site \"%s\": expected a name without commas and blanks", name);
}

static int check_sites(pps_conf *conf, const struct conf_value *rucio)
{
	const struct conf_value *site = child(rucio, "site"), *sites = child(rucio, "sites");
	int r = check_site(conf, site, site ? site->text : NULL);

	for (size_t i = 0; r == PPS_OK && sites && i < sites->n; i++) {
		const struct conf_value *one = sites->children[i];

		r = check_site(conf, one, one->name);
		if (r == PPS_OK && site && site->text && one->name && !strcmp(one->name, site->text))
			r = conf_error(conf, one->place, "rucio.sites: \"%s\" is this site, whose storage element is \"rse\"", one->name);
	}
	return r;
}

static int check_rucio(pps_conf *conf)
{
	static const struct {
		const char *type, *key;
	} needs[] = {
		{ "ssh", "private_key" }, { "userpass", "username" }, { "userpass", "password_file" }, { "x509", "certificate" },
		{ "x509", "private_key" }, { "x509_proxy", "certificate" }, { "oidc", "token_file" },
	};
	const struct conf_value *rucio = child(conf->root, "rucio"), *auth = child(rucio, "auth"), *type = child(auth, "type");
	int r = PPS_OK; /* with neither it is as Rucio's own client has it, by $RUCIO_CONFIG */

	if (child(rucio, "config") && child(rucio, "url"))
		r = conf_error(conf, child(rucio, "url")->place, "rucio: expected \"config\" or \"url\", not both");
	if (r == PPS_OK && child(rucio, "url"))
		r = need(conf, rucio, "rucio", "account", "it is needed with \"url\"");
	if (r == PPS_OK && child(rucio, "url"))
		r = need(conf, rucio, "rucio", "auth", "it is needed with \"url\"");
	for (size_t i = 0; r == PPS_OK && i < PPS_COUNT(needs); i++)
		if (is_text(type, needs[i].type) && !child(auth, needs[i].key))
			r = conf_error(conf, auth->place, "rucio.auth: \"%s\" is missing: it is needed with \"type: %s\"",
				       needs[i].key, needs[i].type);
	if (r == PPS_OK)
		r = check_sites(conf, rucio);
	return r;
}

static int check_services(pps_conf *conf)
{
	const struct conf_value *root = conf->root, *http_auth = child(child(root, "http"), "auth");
	const struct conf_value *topic = child(child(root, "notify"), "kafka_topic"), *workers = child(child(root, "workers"), "kafka"), *results;
	int has_brokers = child(child(root, "intake"), "kafka") != NULL;
	int r = need_one(conf, child(root, "intake"), "kafka", "folder");

	if (r == PPS_OK && is_text(child(http_auth, "type"), "token"))
		r = need(conf, http_auth, "http.auth", "token_file", "it is needed with \"type: token\"");
	if (r == PPS_OK && topic && !has_brokers)
		r = conf_error(conf, topic->place, "notify.kafka_topic: there are no servers without \"intake.kafka\"");
	if (r == PPS_OK && workers && !has_brokers)
		r = need(conf, workers, "workers.kafka", "brokers", "there are none without \"intake.kafka\"");
	results = child(workers, "results");
	if (r == PPS_OK && results && child(workers, "topic") && !strcmp(results->text, child(workers, "topic")->text))
		r = conf_error(conf, results->place, "workers.kafka.results: expected another topic than that of work, \"%s\"", results->text);
	return r;
}

/* By one cursor it would be told of some things twice, and of others never. */
static int check_webhooks(pps_conf *conf)
{
	const struct conf_value *hooks = child(child(conf->root, "notify"), "webhooks");
	int r = PPS_OK;

	for (size_t i = 0; r == PPS_OK && hooks && i < hooks->n; i++) {
		const struct conf_value *url = child(hooks->children[i], "url");

		for (size_t k = 0; r == PPS_OK && url && url->text && k < i; k++)
			if (is_text(child(hooks->children[k], "url"), url->text))
				r = conf_error(conf, url->place, "notify.webhooks: this address is given twice");
	}
	return r;
}

/* "{available}" and "{expired}" are right, other braces are not; no child is there twice. */
static int check_children(pps_conf *conf, const struct conf_value *chain)
{
	int r = PPS_OK;

	for (size_t i = 0; r == PPS_OK && i < chain->n; i++) {
		const struct conf_value *v = chain->children[i];

		if (v->text && strpbrk(v->text, "{}") && strcmp(v->text, "{available}") != 0 && strcmp(v->text, "{expired}") != 0)
			r = conf_error(conf, v->place, "collections.chains: \"%s\": only {available} and {expired} can be meant", v->text);
		else if (v->text && strpbrk(v->text, "*?["))
			r = conf_error(conf, v->place, "collections.chains: \"%s\" is no name of a collection", v->text);
		for (size_t k = 0; r == PPS_OK && v->text && k < i; k++)
			if (is_text(chain->children[k], v->text))
				r = conf_error(conf, v->place, "collections.chains: \"%s\" holds \"%s\" twice", chain->name, v->text);
	}
	return r;
}

/* 1 when the chain named @name, or one in it, holds @wanted. @seen: chains that were looked into, each once. */
static int chain_reaches(const struct conf_value *chains, const char *name, const char *wanted, uint8_t *seen)
{
	for (size_t c = 0; c < chains->n; c++) {
		const struct conf_value *chain = chains->children[c];

		if (seen[c] || strcmp(chain->name, name) != 0)
			continue;
		seen[c] = 1;
		for (size_t i = 0; i < chain->n; i++) {
			const char *text = chain->children[i]->text;

			if (text && (!strcmp(text, wanted) || chain_reaches(chains, text, wanted, seen)))
				return 1;
		}
	}
	return 0;
}

static int check_chain(pps_conf *conf, const struct conf_value *collections, const struct conf_value *chains, const struct conf_value *v)
{
	_cleanup_free_ uint8_t *seen = calloc(chains->n, 1);
	int r = check_children(conf, v);

	if (!seen)
		return PPS_E_NOMEM;
	if (r == PPS_OK && (is_text(child(collections, "available"), v->name) || is_text(child(collections, "expired"), v->name)))
		r = conf_error(conf, v->place, "collections.chains: \"%s\" is a TAGGED collection above", v->name);
	if (r == PPS_OK && (!*v->name || strpbrk(v->name, "{}*?[")))
		r = conf_error(conf, v->place, "collections.chains: \"%s\" is no name of a collection", v->name);
	if (r == PPS_OK && chain_reaches(chains, v->name, v->name, seen))
		r = conf_error(conf, v->place, "collections.chains: \"%s\" holds itself", v->name);
	return r;
}

static int check_collections(pps_conf *conf)
{
	const struct conf_value *collections = child(conf->root, "collections"), *chains = child(collections, "chains");
	const struct conf_value *available = child(collections, "available"), *expired = child(collections, "expired");
	int r = PPS_OK;

	if (available && expired && available->text && is_text(expired, available->text))
		r = conf_error(conf, (given(collections, "expired") ? expired : available)->place,
			       "collections: \"available\" and \"expired\" must differ");
	for (size_t i = 0; r == PPS_OK && chains && i < chains->n; i++)
		r = check_chain(conf, collections, chains, chains->children[i]);
	return r;
}

int conf_check(pps_conf *conf, pps_error **err)
{
	int (*const checks[])(pps_conf *conf) = { check_repositories, check_raw, check_rucio, check_services, check_webhooks,
						    check_collections };
	int r = check_references(conf, conf->root);

	for (size_t i = 0; r == PPS_OK && i < PPS_COUNT(checks); i++)
		r = checks[i](conf);
	return r < 0 ? pps_fail_nomem(err) : PPS_OK;
}
