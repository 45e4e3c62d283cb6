/* SPDX-License-Identifier: BSD-3-Clause */
/* From the YAML tree to values, by the table of keys. Wrong things are collected, so that one look finds them all. */
#include <stdarg.h>
#include <string.h>

#include "base/conf-value.h"

#define ERRORS_MOST 100 /* enough to see that it is the wrong file */

struct reader {
	pps_conf *conf;
	const pps_yaml *yaml;
	const char *file; /* kept by the configuration */
	pps_buf path;	  /* of the value at hand, as messages name it */
};

int conf_error_take(pps_conf *conf, pps_error *error)
{
	if (conf->nerrors == ERRORS_MOST) {
		pps_error_free(error);
		return PPS_OK;
	}
	if (pps_error_code(error) == PPS_E_NOMEM || pps_grow(&conf->errors, &conf->errors_cap, conf->nerrors, sizeof *conf->errors) < 0) {
		pps_error_free(error);
		return PPS_E_NOMEM;
	}
	conf->errors[conf->nerrors++] = error;
	return PPS_OK;
}

int conf_error(pps_conf *conf, pps_conf_place place, const char *fmt, ...)
{
	_cleanup_free_ char *text = NULL;
	pps_error *error = NULL;
	va_list ap;

	va_start(ap, fmt);
	if (vasprintf(&text, fmt, ap) < 0)
		text = NULL;
	va_end(ap);
	if (!text)
		return PPS_E_NOMEM;
	pps_fail_at(&error, PPS_E_CONFIG, place.file, place.line, place.column, "%s", text);
	return conf_error_take(conf, error);
}

static pps_conf_place place_of(const struct reader *rd, const pps_yaml_node *node)
{
	return (pps_conf_place){ rd->file, node ? pps_yaml_line(node) : 1, node ? pps_yaml_column(node) : 1 };
}

/* Adds a part to the path. Return: what truncates it again. */
static size_t enter(struct reader *rd, const char *name, size_t item)
{
	size_t before = rd->path.size;

	if (!name)
		pps_buf_printf(&rd->path, "[%zu]", item);
	else
		pps_buf_printf(&rd->path, "%s%s", before ? "." : "", name);
	return before;
}

/* A new child of @parent. NULL: out of memory. */
static struct conf_value *add_child(struct conf_value *parent, const struct conf_key *key, const char *name, pps_conf_place place)
{
	struct conf_value *v = calloc(1, sizeof *v);

	if (!v || (name && !(v->name = strdup(name))) || pps_grow(&parent->children, &parent->cap, parent->n, sizeof *parent->children) < 0) {
		conf_value_free(v);
		return NULL;
	}
	v->key = key;
	v->place = place;
	parent->children[parent->n++] = v;
	return v;
}

static int read_value(struct reader *rd, struct conf_value *v, const pps_yaml_node *node);

static int complain(struct reader *rd, const pps_yaml_node *node, const char *text)
{
	return conf_error(rd->conf, place_of(rd, node), "%s%s%s", pps_buf_text(&rd->path), rd->path.size ? ": " : "", text);
}

/* "PATH: expected ..., not a list". */
static int complain_kind(struct reader *rd, const struct conf_value *v, const pps_yaml_node *node)
{
	_cleanup_buf_ pps_buf b = PPS_BUF_LINE;

	pps_buf_add_text(&b, "expected ");
	if (v->key)
		conf_key_expected(v->key, &b);
	else
		pps_buf_add_text(&b, "a map of keys");
	if (pps_yaml_is_null(node))
		pps_buf_add_text(&b, ", not nothing");
	else if (pps_yaml_text(node))
		pps_buf_printf(&b, ", not \"%.60s\"", pps_yaml_text(node));
	else
		pps_buf_add_text(&b, pps_yaml_kind(node) == PPS_YAML_LIST ? ", not a list" : ", not a map");
	return b.failed ? PPS_E_NOMEM : complain(rd, node, pps_buf_text(&b));
}

static int complain_unknown(struct reader *rd, const struct conf_key *block, const pps_yaml_node *key)
{
	_cleanup_buf_ pps_buf b = PPS_BUF_LINE, known = PPS_BUF_LINE;
	const struct conf_key *k;

	for (size_t i = 0; (k = conf_key_child(block, i)); i++)
		pps_buf_printf(&known, "%s%s", i ? "|" : "", conf_key_name(k));
	pps_buf_printf(&b, "unknown key \"%.60s\"", pps_yaml_text(key));
	if (!b.failed && !known.failed && !conf_suggest(pps_yaml_text(key), pps_buf_text(&known), &b)) {
		pps_buf_add_text(&b, ": expected one of ");
		for (const char *p = pps_buf_text(&known); *p; p++)
			pps_buf_add_text(&b, *p == '|' ? ", " : (char[]){ *p, 0 });
	}
	return b.failed || known.failed ? PPS_E_NOMEM : complain(rd, key, pps_buf_text(&b));
}

static int read_scalar(struct reader *rd, struct conf_value *v, const pps_yaml_node *node)
{
	_cleanup_buf_ pps_buf why = PPS_BUF_LINE;
	int r;

	if ((r = conf_scalar(rd->conf, rd->yaml, node, v->key, v, &why)) < 0)
		return r;
	if (why.failed)
		return PPS_E_NOMEM;
	return why.size ? complain(rd, node, pps_buf_text(&why)) : PPS_OK;
}

static int add_default(struct reader *rd, struct conf_value *block, const struct conf_key *key)
{
	_cleanup_(pps_yaml_freep) pps_yaml *yaml = NULL;
	struct reader defaults = { .conf = rd->conf, .file = rd->file, .path = PPS_BUF_LINE };
	struct conf_value *v;
	int r;

	if ((r = pps_yaml_parse("default", key->fallback, strlen(key->fallback), 0, &yaml, NULL)) < 0)
		return r;
	if (!(v = add_child(block, key, conf_key_name(key), (pps_conf_place){ .file = rd->file })))
		return PPS_E_NOMEM;
	defaults.yaml = yaml;
	r = read_scalar(&defaults, v, pps_yaml_root(yaml));
	pps_buf_free(&defaults.path);
	return r;
}

/* Keys that were not given: their defaults, or a complaint. */
static int fill_block(struct reader *rd, struct conf_value *v, const pps_yaml_node *node)
{
	const struct conf_key *k;
	int r = PPS_OK;

	for (size_t i = 0; r == PPS_OK && (k = conf_key_child(v->key, i)); i++) {
		_cleanup_buf_ pps_buf b = PPS_BUF_LINE;

		if (node && pps_yaml_get(node, conf_key_name(k)))
			continue;
		if (k->fallback && (r = add_default(rd, v, k)) < 0)
			return r;
		if (!(k->flags & CONF_REQUIRED))
			continue;
		pps_buf_printf(&b, "\"%s\" is missing: expected ", conf_key_name(k));
		conf_key_expected(k, &b);
		r = b.failed ? PPS_E_NOMEM : complain(rd, node, pps_buf_text(&b));
	}
	return r;
}

static int read_block(struct reader *rd, struct conf_value *v, const pps_yaml_node *node)
{
	int r = PPS_OK;

	if (pps_yaml_kind(node) != PPS_YAML_MAP)
		return complain_kind(rd, v, node);
	for (size_t i = 0; r == PPS_OK && i < pps_yaml_size(node); i++) {
		const pps_yaml_node *value = pps_yaml_value(node, i);
		const struct conf_key *key = conf_key_below(v->key, pps_yaml_key(node, i));
		struct conf_value *child;
		size_t before;

		if (!key) {
			r = complain_unknown(rd, v->key, pps_yaml_key_node(node, i));
			continue;
		}
		if (!(child = add_child(v, key, conf_key_name(key), place_of(rd, value))))
			return PPS_E_NOMEM;
		before = enter(rd, child->name, 0);
		r = read_value(rd, child, value);
		pps_buf_truncate(&rd->path, before);
	}
	return r < 0 ? r : fill_block(rd, v, node);
}

/* A map by name (@pattern: what its values are) or a list. */
static int read_many(struct reader *rd, struct conf_value *v, const pps_yaml_node *node, const struct conf_key *pattern)
{
	int is_map = pps_yaml_kind(node) == PPS_YAML_MAP, r = PPS_OK;

	for (size_t i = 0; r == PPS_OK && i < pps_yaml_size(node); i++) {
		const pps_yaml_node *item = is_map ? pps_yaml_value(node, i) : pps_yaml_item(node, i);
		struct conf_value *child = add_child(v, pattern, is_map ? pps_yaml_key(node, i) : NULL, place_of(rd, item));
		size_t before = enter(rd, is_map ? pps_yaml_key(node, i) : NULL, i);

		r = child ? read_value(rd, child, item) : PPS_E_NOMEM;
		pps_buf_truncate(&rd->path, before);
	}
	return r;
}

/* A list of scalars, or one alone. */
static int read_texts(struct reader *rd, struct conf_value *v, const pps_yaml_node *node)
{
	int is_list = pps_yaml_kind(node) == PPS_YAML_LIST, r = PPS_OK;
	size_t n = is_list ? pps_yaml_size(node) : 1;

	if (pps_yaml_kind(node) == PPS_YAML_MAP || (!is_list && v->key->type == CONF_CHOICES))
		return complain_kind(rd, v, node);
	if (!n)
		return complain(rd, node, "the list is empty");
	for (size_t i = 0; r == PPS_OK && i < n; i++) {
		const pps_yaml_node *item = is_list ? pps_yaml_item(node, i) : node;
		struct conf_value *child = add_child(v, v->key, NULL, place_of(rd, item));
		size_t before = rd->path.size;

		if (is_list)
			enter(rd, NULL, i);
		r = child ? read_scalar(rd, child, item) : PPS_E_NOMEM;
		pps_buf_truncate(&rd->path, before);
	}
	return r;
}

static int read_pairs(struct reader *rd, struct conf_value *v, const pps_yaml_node *node)
{
	int r = PPS_OK;

	if (pps_yaml_kind(node) != PPS_YAML_MAP)
		return complain_kind(rd, v, node);
	for (size_t i = 0; r == PPS_OK && i < pps_yaml_size(node); i++) {
		const pps_yaml_node *value = pps_yaml_value(node, i);
		struct conf_value *child = add_child(v, v->key, pps_yaml_key(node, i), place_of(rd, value));
		size_t before = enter(rd, pps_yaml_key(node, i), 0);

		if (!child)
			r = PPS_E_NOMEM;
		else if (v->key->type == CONF_CHAINS && pps_yaml_kind(value) != PPS_YAML_LIST)
			r = complain(rd, value, "expected a list of collections");
		else if (v->key->type == CONF_CHAINS)
			r = read_texts(rd, child, value);
		else if (!pps_yaml_text(value) || pps_yaml_is_null(value))
			r = complain(rd, value, "expected a text");
		else
			r = read_scalar(rd, child, value);
		pps_buf_truncate(&rd->path, before);
	}
	return r;
}

/* A destination by its bare name: a block with that name alone. */
static int read_bare(struct reader *rd, struct conf_value *v, const pps_yaml_node *node)
{
	struct conf_value *name = add_child(v, conf_key_below(v->key, "repository"), "repository", place_of(rd, node));

	return name ? read_scalar(rd, name, node) : PPS_E_NOMEM;
}

static int read_items(struct reader *rd, struct conf_value *v, const pps_yaml_node *node)
{
	if (pps_yaml_kind(node) != PPS_YAML_LIST)
		return complain_kind(rd, v, node);
	if (!pps_yaml_size(node))
		return complain(rd, node, "the list is empty");
	return read_many(rd, v, node, conf_key_pattern(v->key));
}

/* The path of a file relative to this one, as a person would write it. */
static char *beside(const char *file, const char *path)
{
	const char *slash = strrchr(file, '/');
	char *out;

	if (*path == '/' || !slash)
		return strdup(path);
	return asprintf(&out, "%.*s/%s", (int)(slash - file), file, path) < 0 ? NULL : out;
}

/* The list of queries in its own file, where aliases are expanded as Python would. */
static int read_queries_file(struct reader *rd, struct conf_value *v, const pps_yaml_node *node)
{
	_cleanup_(pps_yaml_freep) pps_yaml *yaml = NULL;
	struct reader inner = *rd;
	pps_error *error = NULL;
	int r;

	if ((r = read_scalar(rd, v, node)) < 0 || !v->text)
		return r;
	if (!(rd->conf->queries_file = beside(rd->file, pps_yaml_text(node))))
		return PPS_E_NOMEM;
	if ((r = pps_yaml_load(rd->conf->queries_file, 0, &yaml, &error)) < 0) {
		if (r == PPS_E_CONFIG || r == PPS_E_NOMEM)
			return conf_error_take(rd->conf, error);
		r = complain(rd, node, pps_error_message(error));
		pps_error_free(error);
		return r;
	}
	inner.yaml = yaml;
	inner.file = rd->conf->queries_file;
	inner.path = (pps_buf)PPS_BUF_LINE;
	if (!pps_yaml_root(yaml) || pps_yaml_kind(pps_yaml_root(yaml)) != PPS_YAML_LIST)
		r = complain(&inner, pps_yaml_root(yaml), "expected a list of queries");
	else
		r = read_items(&inner, v, pps_yaml_root(yaml));
	pps_buf_free(&inner.path);
	return r;
}

static int read_value(struct reader *rd, struct conf_value *v, const pps_yaml_node *node)
{
	if (rd->path.failed)
		return PPS_E_NOMEM;
	switch (v->key->type) {
	case CONF_BLOCK:
		if (pps_yaml_text(node) && !pps_yaml_is_null(node) && !strcmp(v->key->path, "raw.destinations[]"))
			return read_bare(rd, v, node);
		return read_block(rd, v, node);
	case CONF_BLOCKS:
		if (pps_yaml_kind(node) != PPS_YAML_MAP)
			return complain_kind(rd, v, node);
		return read_many(rd, v, node, conf_key_pattern(v->key));
	case CONF_ITEMS:
	case CONF_DESTINATIONS:
		return read_items(rd, v, node);
	case CONF_QUERIES:
		if (pps_yaml_kind(node) == PPS_YAML_SCALAR)
			return read_queries_file(rd, v, node);
		return read_items(rd, v, node);
	case CONF_TEXTS:
	case CONF_CHOICES:
	case CONF_QUIET:
		return read_texts(rd, v, node);
	case CONF_PAIRS:
	case CONF_CHAINS:
		return read_pairs(rd, v, node);
	default:
		return read_scalar(rd, v, node);
	}
}

int conf_read(pps_conf *conf, const pps_yaml *yaml, pps_error **err)
{
	struct reader rd = { .conf = conf, .yaml = yaml, .file = conf->file, .path = PPS_BUF_LINE };
	const pps_yaml_node *root = pps_yaml_root(yaml);
	int r;

	if (!(conf->root = calloc(1, sizeof *conf->root)))
		return pps_fail_nomem(err);
	conf->root->place = place_of(&rd, root);
	r = pps_yaml_is_null(root) ? fill_block(&rd, conf->root, NULL) : read_block(&rd, conf->root, root);
	pps_buf_free(&rd.path);
	return r < 0 ? pps_fail_nomem(err) : PPS_OK;
}
