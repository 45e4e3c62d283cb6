/* SPDX-License-Identifier: BSD-3-Clause */
/* The configuration in force as JSON, single values as text, and the manual of all keys. */
#include <string.h>

#include <jansson.h>

#include "base/conf-value.h"

static json_t *json_of(const struct conf_value *v);

/* Takes @item; NULL, as for any failure: out of memory. */
static json_t *add(json_t *whole, const char *name, json_t *item)
{
	if (whole && item && (name ? json_object_set_new(whole, name, item) : json_array_append_new(whole, item)) == 0)
		return whole;
	if (!whole)
		json_decref(item);
	json_decref(whole);
	return NULL;
}

/* A block in the table's order, or a map in the file's. */
static json_t *json_of_map(const struct conf_value *v)
{
	json_t *out = json_object();
	const struct conf_key *key;

	if (v->key && v->key->type != CONF_BLOCK) {
		for (size_t i = 0; out && i < v->n; i++)
			out = add(out, v->children[i]->name, json_of(v->children[i]));
		return out;
	}
	for (size_t i = 0; out && (key = conf_key_child(v->key, i)); i++) {
		const struct conf_value *child = conf_value_child(v, conf_key_name(key));

		if (child)
			out = add(out, child->name, json_of(child));
	}
	return out;
}

static json_t *json_of_list(const struct conf_value *v)
{
	json_t *out = json_array();

	for (size_t i = 0; out && i < v->n; i++)
		out = add(out, NULL, json_of(v->children[i]));
	return out;
}

static json_t *json_of_scalar(const struct conf_value *v)
{
	_cleanup_buf_ pps_buf b = PPS_BUF_LINE;

	switch (v->key->type) {
	case CONF_BOOL:
		return json_boolean(v->number);
	case CONF_INT:
		return json_integer(v->number);
	case CONF_RATE:
	case CONF_HOURS:
		return json_real(v->real);
	case CONF_DAYS:
		if (v->number >= 0)
			return json_real((double)(v->number / PPS_NS_PER_S) / 86400);
	}
	return conf_value_shown(v, &b) < 0 ? NULL : json_string(pps_buf_text(&b));
}

static json_t *json_of(const struct conf_value *v)
{
	switch (v->key ? v->key->type : CONF_BLOCK) {
	case CONF_BLOCK:
	case CONF_BLOCKS:
		return json_of_map(v);
	case CONF_ITEMS:
	case CONF_DESTINATIONS:
	case CONF_QUERIES:
		return json_of_list(v);
	case CONF_PAIRS:
		return v->text ? json_of_scalar(v) : json_of_map(v);
	case CONF_CHAINS:
		/* the map has names below it, its lists have not */
		if (v->n && v->children[0]->name)
			return json_of_map(v);
		return v->text ? json_of_scalar(v) : json_of_list(v);
	case CONF_TEXTS:
	case CONF_CHOICES:
	case CONF_QUIET:
		return v->text ? json_of_scalar(v) : json_of_list(v);
	default:
		return json_of_scalar(v);
	}
}

static int check_usable(const pps_conf *conf, pps_error **err)
{
	if (!conf)
		return pps_fail(err, PPS_E_ARG, "the configuration must not be NULL");
	if (conf->nerrors)
		return pps_fail(err, PPS_E_CONFIG, "%s: has errors", conf->file);
	return PPS_OK;
}

int pps_conf_show(const pps_conf *conf, char **ret_text, pps_error **err)
{
	json_t *json;
	char *text;
	int r;

	if (!ret_text)
		return pps_fail(err, PPS_E_ARG, "pps_conf_show: ret_text must not be NULL");
	if ((r = check_usable(conf, err)) < 0)
		return r;
	if (!(json = json_of(conf->root)))
		return pps_fail_nomem(err);
	text = json_dumps(json, JSON_INDENT(2));
	json_decref(json);
	if (!text)
		return pps_fail_nomem(err);
	*ret_text = text;
	return PPS_OK;
}

static int is_scalar(const struct conf_value *v)
{
	switch (v->key->type) {
	case CONF_BLOCK:
	case CONF_BLOCKS:
	case CONF_ITEMS:
	case CONF_DESTINATIONS:
	case CONF_QUERIES:
		return 0;
	case CONF_TEXTS:
	case CONF_CHOICES:
	case CONF_QUIET:
	case CONF_PAIRS:
	case CONF_CHAINS:
		return v->text != NULL;
	default:
		return 1;
	}
}

/* A name that may itself hold dots is tried whole. */
static const struct conf_value *find(const struct conf_value *v, const char *name)
{
	for (size_t i = 0; i < v->n; i++) {
		const struct conf_value *child = v->children[i], *found;
		char number[24];
		const char *part = child->name;
		size_t len;

		if (!part) {
			snprintf(number, sizeof number, "%zu", i);
			part = number;
		}
		len = strlen(part);
		if (strncmp(name, part, len) != 0 || (name[len] && name[len] != '.'))
			continue;
		if (!name[len])
			return child;
		if ((found = find(child, name + len + 1)))
			return found;
	}
	return NULL;
}

int conf_show_values(struct conf_value *v)
{
	int r = PPS_OK;

	if (v->key && is_scalar(v)) {
		_cleanup_buf_ pps_buf b = PPS_BUF_LINE;

		if ((r = conf_value_shown(v, &b)) < 0 || !(v->shown = pps_buf_take(&b)))
			return PPS_E_NOMEM;
	}
	for (size_t i = 0; r == PPS_OK && i < v->n; i++)
		r = conf_show_values(v->children[i]);
	return r;
}

const char *pps_conf_get(const pps_conf *conf, const char *name)
{
	const struct conf_value *v;

	if (!name || check_usable(conf, NULL) < 0)
		return NULL;
	v = find(conf->root, name);
	return v ? v->shown : NULL;
}

static const char *type_name(int type)
{
	static const char *const names[] = {
		[CONF_BLOCK] = "block", [CONF_BLOCKS] = "blocks by name", [CONF_ITEMS] = "list of blocks", [CONF_TEXT] = "text",
		[CONF_TEXTS] = "text or list", [CONF_PAIRS] = "map of texts", [CONF_CHAINS] = "map of lists", [CONF_CHOICE] = "choice",
		[CONF_CHOICES] = "list of choices", [CONF_BOOL] = "true or false", [CONF_INT] = "whole number", [CONF_RATE] = "number",
		[CONF_HOURS] = "hours", [CONF_DAYS] = "days or `forever`", [CONF_DURATION] = "duration", [CONF_TIME] = "time (UTC)",
		[CONF_QUIET] = "hours of the day", [CONF_PATH] = "path", [CONF_PLACE] = "folder or URI", [CONF_BUTLER] = "repository's place",
		[CONF_STATE] = "database URL", [CONF_URL] = "URL", [CONF_LISTEN] = "host:port", [CONF_REPOSITORY] = "repository's name",
		[CONF_DESTINATIONS] = "list of blocks or names", [CONF_QUERIES] = "list of blocks, or path",
	};

	return names[type];
}

static void describe_block(const struct conf_key *k, pps_buf *b)
{
	pps_buf_printf(b, "\n## %s\n\n%s (%s", k->path, k->help, type_name(k->type));
	if (k->fallback)
		pps_buf_printf(b, "; default `%s`", k->fallback);
	pps_buf_add_text(b, ")\n");
}

static void describe_key(const struct conf_key *k, pps_buf *b)
{
	pps_buf_printf(b, "| `%s` | ", k->path);
	for (const char *p = k->choices; p && *p; p += strcspn(p, "|") + (p[strcspn(p, "|")] == '|'))
		pps_buf_printf(b, "%s`%.*s`", p == k->choices ? "" : ", ", (int)strcspn(p, "|"), p);
	pps_buf_add_text(b, k->choices ? " | " : type_name(k->type));
	if (!k->choices)
		pps_buf_add_text(b, " | ");
	if (k->fallback)
		pps_buf_printf(b, "`%s`", k->fallback);
	else if (k->flags & CONF_REQUIRED)
		pps_buf_add_text(b, "required");
	pps_buf_printf(b, " | %s |\n", k->help);
}

static const char preface[] =
	"# Configuration\n\n"
	"`pps.yaml` is read from `pps -c FILE`, else `./pps.yaml`, `$PPS_CONFIG`, `/etc/pps/pps.yaml`. Every block is optional.\n"
	"Unknown keys are errors, relative paths are relative to the file, anchors and aliases are refused; in the file of\n"
	"`raw.queries` they are expanded. `pps config check` names every error with file, line and column, `pps config show`\n"
	"prints what is in force. Durations are written `90s`, `35min`, `24h`, `2d` or `1h30min`, a number alone is seconds.\n"
	"In the names below `*` stands for a name of your choice, `[]` for an item of a list.\n\n"
	"This version acts on all blocks but `http`; that one\n"
	"is read and checked, so that one file can serve every version.\n\n"
	"Secrets are better kept in files and in the environment than here; where they are shown, they are masked.\n\n"
	"This page is made from the table that reads the file (`pps_conf_describe()`).\n";

int pps_conf_describe(char **ret_text, pps_error **err)
{
	_cleanup_buf_ pps_buf b = PPS_BUF(1u << 20);
	int has_table = 0;
	char *text;

	if (!ret_text)
		return pps_fail(err, PPS_E_ARG, "pps_conf_describe: ret_text must not be NULL");
	pps_buf_add_text(&b, preface);
	for (size_t i = 0; i < conf_nkeys; i++) {
		const struct conf_key *k = &conf_keys[i];

		/* patterns say nothing by themselves */
		if (strchr("*]", k->path[strlen(k->path) - 1]))
			continue;
		if (!strpbrk(k->path, ".[")) {
			describe_block(k, &b);
			has_table = 0;
			continue;
		}
		if (!has_table)
			pps_buf_add_text(&b, "\n| key | type | default | meaning |\n|---|---|---|---|\n");
		has_table = 1;
		describe_key(k, &b);
	}
	if (!(text = pps_buf_take(&b)))
		return pps_fail_nomem(err);
	*ret_text = text;
	return PPS_OK;
}
