/* SPDX-License-Identifier: BSD-3-Clause */
/* Configuration files of the Python Butler, on disk or in an object store: YAML with two ways to include other files, merged as trees. */
#include <limits.h>
#include <string.h>

#include "butler/butler-config.h"
#include "store/store.h"

#define DEPTH_MOST 16 /* files that include each other */
#define OBJECT_MOST (16u << 20) /* as of a file */

static int load(pps_ctx *ctx, const char *path, int depth, json_t **ret_tree, pps_error **err);

char *pps_expand_home(const char *path)
{
	const char *home = getenv("HOME");
	char *s = NULL;

	if (path[0] != '~' || (path[1] && path[1] != '/') || !home || !*home)
		return strdup(path);
	return asprintf(&s, "%s%s", home, path + 1) < 0 ? NULL : s;
}

static int is_object(const char *path)
{
	return strncmp(path, "s3://", 5) == 0;
}

int pps_config_yaml(pps_ctx *ctx, const char *path, pps_yaml **ret_yaml, pps_error **err)
{
	_cleanup_(pps_store_unrefp) pps_store *store = NULL;
	_cleanup_free_ char *name = NULL;
	_cleanup_free_ void *bytes = NULL;
	size_t size;
	int r;

	if (!is_object(path))
		return pps_yaml_load(path, 0, ret_yaml, err);
	if ((r = pps_store_open_parent(ctx, path, &store, &name, err)) < 0 ||
	    (r = pps_store_read(store, name, OBJECT_MOST, &bytes, &size, err)) < 0)
		return r;
	return pps_yaml_parse(path, bytes, size, 0, ret_yaml, err);
}

/* The URI of an object that is named relative to the object @from. */
static int beside_object(const char *from, const char *name, char **ret_path, pps_error **err)
{
	_cleanup_(pps_uri_freep) pps_uri *uri = NULL, *folder = NULL, *joined = NULL;
	int r;

	if ((r = pps_uri_parse(from, &uri, err)) < 0 || (r = pps_uri_parent(uri, &folder, err)) < 0 ||
	    (r = pps_uri_join(folder, name, &joined, err)) < 0)
		return r;
	return pps_uri_format(joined, ret_path, err);
}

/* The path or URI of a file that @from includes. */
static int included_path(const char *from, const char *name, char **ret_path, pps_error **err)
{
	_cleanup_(pps_uri_freep) pps_uri *uri = NULL;
	const char *slash = strrchr(from, '/');
	int r;

	if ((r = pps_uri_parse(name, &uri, err)) < 0)
		return r;
	if (uri->scheme != PPS_URI_FILE)
		return pps_uri_format(uri, ret_path, err);
	if (uri->is_relative && is_object(from))
		return beside_object(from, name, ret_path, err);
	if (!uri->is_relative || !slash)
		*ret_path = strdup(uri->path);
	else if (asprintf(ret_path, "%.*s/%s", (int)(slash - from), from, uri->path) < 0)
		*ret_path = NULL;
	return *ret_path ? PPS_OK : pps_fail_nomem(err);
}

static int load_included(pps_ctx *ctx, const char *from, const char *name, int depth, json_t **ret_tree, pps_error **err)
{
	_cleanup_free_ char *path = NULL;
	int r;

	if (!name)
		return pps_fail(err, PPS_E_CONFIG, "%s: an include names no file", from);
	if (depth >= DEPTH_MOST)
		return pps_fail(err, PPS_E_CONFIG, "%s: files include each other more than %d deep", from, DEPTH_MOST);
	if ((r = included_path(from, name, &path, err)) < 0 || (r = load(ctx, path, depth + 1, ret_tree, err)) < 0)
		return pps_wrap(err, r, "%s: include %s", from, name);
	return PPS_OK;
}

int pps_config_tree_update(json_t *into, json_t *from, pps_error **err)
{
	const char *key;
	json_t *value;
	int r;

	json_object_foreach(from, key, value) {
		json_t *old = json_object_get(into, key);

		if (json_is_object(old) && json_is_object(value)) {
			if ((r = pps_config_tree_update(old, value, err)) < 0)
				return r;
		} else {
			/* a copy: the same tree may be merged into several places */
			if (json_object_set_new(into, key, json_deep_copy(value)) < 0)
				return pps_fail_nomem(err);
		}
	}
	return PPS_OK;
}

/* "includeConfigs: [a.yaml, b.yaml]" in a map: their content is the ground that the map's own keys are put upon. */
static int resolve_includes(pps_ctx *ctx, const char *path, json_t **map, int depth, pps_error **err)
{
	_cleanup_json_ json_t *ground = json_object(), *names = json_incref(json_object_get(*map, "includeConfigs"));
	size_t n = json_is_array(names) ? json_array_size(names) : 1;
	int r;

	if (!names)
		return PPS_OK;
	if (!ground)
		return pps_fail_nomem(err);
	json_object_del(*map, "includeConfigs");
	for (size_t i = 0; i < n; i++) {
		_cleanup_json_ json_t *tree = NULL;
		json_t *name = json_is_array(names) ? json_array_get(names, i) : names;

		if ((r = load_included(ctx, path, json_string_value(name), depth, &tree, err)) < 0 ||
		    (r = pps_config_tree_update(ground, tree, err)) < 0)
			return r;
	}
	if ((r = pps_config_tree_update(ground, *map, err)) < 0)
		return r;
	json_decref(*map);
	*map = TAKE_PTR(ground);
	return PPS_OK;
}

static int convert(pps_ctx *ctx, const char *path, const pps_yaml_node *node, int depth, json_t **ret, pps_error **err);

static int convert_map(pps_ctx *ctx, const char *path, const pps_yaml_node *node, int depth, json_t **ret, pps_error **err)
{
	_cleanup_json_ json_t *map = json_object();
	int r;

	if (!map)
		return pps_fail_nomem(err);
	for (size_t i = 0; i < pps_yaml_size(node); i++) {
		json_t *value = NULL;

		if ((r = convert(ctx, path, pps_yaml_value(node, i), depth, &value, err)) < 0)
			return r;
		if (json_object_set_new(map, pps_yaml_key(node, i), value) < 0)
			return pps_fail_nomem(err);
	}
	if ((r = resolve_includes(ctx, path, &map, depth, err)) < 0)
		return r;
	*ret = TAKE_PTR(map);
	return PPS_OK;
}

static int convert_list(pps_ctx *ctx, const char *path, const pps_yaml_node *node, int depth, json_t **ret, pps_error **err)
{
	_cleanup_json_ json_t *list = json_array();
	int r;

	if (!list)
		return pps_fail_nomem(err);
	for (size_t i = 0; i < pps_yaml_size(node); i++) {
		json_t *value = NULL;

		if ((r = convert(ctx, path, pps_yaml_item(node, i), depth, &value, err)) < 0)
			return r;
		if (json_array_append_new(list, value) < 0)
			return pps_fail_nomem(err);
	}
	*ret = TAKE_PTR(list);
	return PPS_OK;
}

static int convert(pps_ctx *ctx, const char *path, const pps_yaml_node *node, int depth, json_t **ret, pps_error **err)
{
	const char *tag = node ? pps_yaml_tag(node) : NULL;

	if (tag && strcmp(tag, "!include") == 0) {
		if (pps_yaml_kind(node) != PPS_YAML_SCALAR)
			return pps_fail(err, PPS_E_UNSUPPORTED, "%s: line %d: !include of a list or map of files is not supported", path,
					pps_yaml_line(node));
		return load_included(ctx, path, pps_yaml_text(node), depth, ret, err);
	}
	if (pps_yaml_is_null(node))
		*ret = json_null();
	else if (pps_yaml_kind(node) == PPS_YAML_MAP)
		return convert_map(ctx, path, node, depth, ret, err);
	else if (pps_yaml_kind(node) == PPS_YAML_LIST)
		return convert_list(ctx, path, node, depth, ret, err);
	else
		*ret = json_string(pps_yaml_text(node));
	return *ret ? PPS_OK : pps_fail_nomem(err);
}

static int load(pps_ctx *ctx, const char *path, int depth, json_t **ret_tree, pps_error **err)
{
	_cleanup_(pps_yaml_freep) pps_yaml *yaml = NULL;
	int r;

	if ((r = pps_config_yaml(ctx, path, &yaml, err)) < 0)
		return r;
	return convert(ctx, path, pps_yaml_root(yaml), depth, ret_tree, err);
}

int pps_config_tree_load(pps_ctx *ctx, const char *path, json_t **ret_tree, pps_error **err)
{
	_cleanup_json_ json_t *tree = NULL;
	int r;

	if ((r = load(ctx, path, 0, &tree, err)) < 0)
		return r;
	if (!json_is_object(tree))
		return pps_fail_at(err, PPS_E_CONFIG, path, 0, 0, "expected a map of settings");
	*ret_tree = TAKE_PTR(tree);
	return PPS_OK;
}
