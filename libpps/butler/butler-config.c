/* SPDX-License-Identifier: BSD-3-Clause */
#include "butler/butler-config.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "base/codec.h"
#include "base/yaml.h"

#define ROOT_TAG "<butlerRoot>"
#define FILE_DATASTORE "lsst.daf.butler.datastores.fileDatastore.FileDatastore"
#define CHAINED_DATASTORE "lsst.daf.butler.datastores.chainedDatastore.ChainedDatastore"
#define MEMBERS_MOST 256

/* What the Butler brings for names of files. */
#define TEMPLATE "{run:/}/{datasetType}.{component:?}/{tract:?}/{patch:?}/{day_obs|visit.day_obs|exposure.day_obs:?}/{band:?}/{subfilter:?}/" \
		 "{physical_filter:?}/{visit:?}/{exposure.obs_id|group:?}/{datasetType}_{component:?}_{instrument:?}_{tract:?}_{patch:?}_" \
		 "{band:?}_{physical_filter:?}_{visit:?}_{exposure.obs_id|group:?}_{detector.full_name:?}_{skymap:?}_{skypix:?}_" \
		 "{ssp_hypothesis_table:?}_{ssp_hypothesis_bundle:?}_{ssp_balanced_index:?}_{run}"
#define TEMPLATE_OF_RAWS "{run:/}/{datasetType}.{component:?}/{day_obs|exposure.day_obs}/{exposure.obs_id}/{datasetType}_{component:?}_" \
			 "{instrument:?}_{physical_filter}_{exposure.obs_id}_{detector.full_name}_{run}"

void pps_butler_config_clear(pps_butler_config *config)
{
	for (size_t i = 0; i < config->nmembers; i++) {
		pps_butler_member *m = &config->members[i];

		free(m->name);
		free(m->table);
		free(m->root);
		pps_uri_free(m->root_uri);
		json_decref(m->constraints);
		json_decref(m->templates);
	}
	free(config->members);
	free(config->uri);
	free(config->root);
	free(config->database);
	free(config->schema);
	free(config->user);
	if (config->password)
		explicit_bzero(config->password, strlen(config->password));
	free(config->password);
	free(config->not_written);
	*config = (pps_butler_config){ 0 };
}

/* ---- where the configuration is ---- */

/* The alias's URI, NULL when there is none; *@ret_known: the names that there are, for messages. */
static int look_up_alias(const pps_yaml *index, const char *alias, char **ret_uri, pps_buf *known, pps_error **err)
{
	const pps_yaml_node *root = pps_yaml_root(index), *node;

	if (!root || pps_yaml_kind(root) != PPS_YAML_MAP)
		return pps_fail(err, PPS_E_CONFIG, "%s: expected a map of aliases to repositories", pps_yaml_name(index));
	for (size_t i = 0; i < pps_yaml_size(root) && known->size < 1000; i++)
		pps_buf_printf(known, "%s%s", known->size ? ", " : "", pps_yaml_key(root, i));
	node = pps_yaml_get(root, alias);
	if (!node)
		return PPS_OK;
	if (!pps_yaml_text(node) || pps_yaml_is_null(node))
		return pps_fail(err, PPS_E_CONFIG, "%s: alias %s: expected a path or URI", pps_yaml_name(index), alias);
	if (!(*ret_uri = pps_expand_home(pps_yaml_text(node))))
		return pps_fail_nomem(err);
	return PPS_OK;
}

static int resolve_alias(pps_ctx *ctx, const char *alias, char **ret_uri, pps_buf *known, pps_error **err)
{
	const char *path = getenv("DAF_BUTLER_REPOSITORY_INDEX"), *direct = getenv("DAF_BUTLER_REPOSITORIES");
	_cleanup_(pps_yaml_freep) pps_yaml *index = NULL;
	_cleanup_(pps_uri_freep) pps_uri *uri = NULL;
	_cleanup_free_ char *plain = NULL;
	int r;

	if (path && *path && direct && *direct)
		return pps_fail(err, PPS_E_CONFIG,
				"only one of $DAF_BUTLER_REPOSITORY_INDEX and $DAF_BUTLER_REPOSITORIES may be set");
	if (direct && *direct) {
		r = pps_yaml_parse("$DAF_BUTLER_REPOSITORIES", direct, strlen(direct), 0, &index, err);
	} else if (path && *path) {
		if ((r = pps_uri_parse(path, &uri, err)) < 0 || (r = pps_uri_plain(uri, &plain, err)) < 0)
			return r;
		r = pps_config_yaml(ctx, plain, &index, err);
	} else {
		return PPS_OK;
	}
	return r < 0 ? r : look_up_alias(index, alias, ret_uri, known, err);
}

/* The same URI with an absolute path; a folder ends with a slash when formatted. */
static int absolute(const char *text, int is_folder, pps_uri **ret_uri, pps_error **err)
{
	_cleanup_(pps_uri_freep) pps_uri *uri = NULL;
	int r;

	if ((r = pps_uri_parse(text, &uri, err)) < 0 || (r = pps_uri_make_absolute(uri, err)) < 0)
		return r;
	uri->is_folder |= is_folder;
	*ret_uri = TAKE_PTR(uri);
	return PPS_OK;
}

/* URI text of a folder, with a slash at its end. */
static int folder_text(const pps_uri *uri, char **ret_text, pps_error **err)
{
	_cleanup_free_ char *text = NULL;
	char *whole;
	size_t n;
	int r;

	if ((r = pps_uri_format(uri, &text, err)) < 0)
		return r;
	n = strlen(text);
	if (n && text[n - 1] == '/') {
		*ret_text = TAKE_PTR(text);
		return PPS_OK;
	}
	if (asprintf(&whole, "%s/", text) < 0)
		return pps_fail_nomem(err);
	*ret_text = whole;
	return PPS_OK;
}

static int not_found(const char *location, const char *resolved, const pps_buf *known, const pps_error *why, pps_error **err)
{
	if (resolved)
		return pps_fail(err, PPS_E_NOTFOUND, "repository %s: there is no %s, which the alias stands for", location, resolved);
	if (why) {
		/* with a server that is down for a while, nobody knows whether it is an alias */
		int may_pass = pps_error_is_retriable(why), code = may_pass ? pps_error_code(why) : PPS_E_NOTFOUND;

		pps_fail(err, code, "repository %s: no such folder or file; aliases were not read: %s", location, pps_error_message(why));
		pps_error_set_retriable(err, may_pass);
		return code;
	}
	if (known->size)
		return pps_fail(err, PPS_E_NOTFOUND, "repository %s: no such folder, file or alias (known aliases: %s)", location,
				pps_buf_text(known));
	return pps_fail(err, PPS_E_NOTFOUND, "repository %s: no such folder or file (no aliases are defined)", location);
}

/* As the Butler guesses, to which nothing else says what a folder is there. */
static int has_extension(const char *name)
{
	name += strspn(name, ".");
	return strchr(name, '.') && name[strlen(name) - 1] != '.';
}

/* The same for an object: of what has no extension, the butler.yaml below it. */
static int find_object(pps_uri *uri, char **ret_path, char **ret_uri, char **ret_folder, pps_error **err)
{
	_cleanup_(pps_uri_freep) pps_uri *below = NULL, *folder = NULL;
	const int is_file = !uri->is_folder && has_extension(pps_uri_basename(uri));
	int r;

	uri->is_folder = !is_file;
	if (!is_file && (r = pps_uri_join(uri, "butler.yaml", &below, err)) < 0)
		return r;
	if ((r = pps_uri_format(is_file ? uri : below, ret_path, err)) < 0 || (r = pps_uri_format(is_file ? uri : below, ret_uri, err)) < 0 ||
	    (r = pps_uri_parent(is_file ? uri : below, &folder, err)) < 0)
		return r;
	return folder_text(folder, ret_folder, err);
}

/* Finds the file: @ret_path for reading it (or the URI of an object), @ret_uri for showing, @ret_folder: where it lies. */
static int find_file(pps_ctx *ctx, const char *location, char **ret_path, char **ret_uri, char **ret_folder, pps_error **err)
{
	_cleanup_(pps_error_freep) pps_error *why = NULL;
	_cleanup_(pps_uri_freep) pps_uri *uri = NULL, *folder = NULL;
	_cleanup_free_ char *resolved = NULL, *home = NULL;
	_cleanup_buf_ pps_buf known = PPS_BUF_LINE;
	struct stat st;
	int r;

	if ((r = resolve_alias(ctx, location, &resolved, &known, &why)) == PPS_E_NOMEM)
		return pps_fail_nomem(err);
	if (r == PPS_E_CANCELLED)
		return pps_ctx_check(ctx, err);
	if (!resolved && !(home = pps_expand_home(location)))
		return pps_fail_nomem(err);
	if ((r = absolute(resolved ? resolved : home, 0, &uri, err)) < 0)
		return pps_wrap(err, r, "repository %s", location);
	if (uri->scheme != PPS_URI_FILE)
		return find_object(uri, ret_path, ret_uri, ret_folder, err);
	if (stat(uri->path, &st) < 0) {
		if (errno != ENOENT && errno != ENOTDIR)
			return pps_fail_errno(err, errno, "repository %s: %s", location, uri->path);
		return not_found(location, resolved, &known, why, err);
	}
	if (asprintf(ret_path, "%s%s", uri->path, S_ISDIR(st.st_mode) ? "/butler.yaml" : "") < 0) {
		*ret_path = NULL;
		return pps_fail_nomem(err);
	}
	if (stat(*ret_path, &st) < 0)
		return pps_fail_errno(err, errno, "repository %s: %s", location, *ret_path);
	pps_uri_free(TAKE_PTR(uri));
	if ((r = pps_uri_parse("/", &uri, err)) < 0)
		return r;
	free(uri->path);
	if (!(uri->path = strdup(*ret_path)))
		return pps_fail_nomem(err);
	uri->is_folder = 0;
	if ((r = pps_uri_format(uri, ret_uri, err)) < 0 || (r = pps_uri_parent(uri, &folder, err)) < 0)
		return r;
	return folder_text(folder, ret_folder, err);
}

/* ---- what it says ---- */

static const char *text_at(const json_t *map, const char *key)
{
	return json_string_value(json_object_get(map, key));
}

/* What replaces <butlerRoot>: a path, or the URI of what is no file. */
static int root_plain(const char *root, char **ret, pps_error **err)
{
	_cleanup_(pps_uri_freep) pps_uri *uri = NULL;
	size_t n;
	int r;

	if ((r = pps_uri_parse(root, &uri, err)) < 0 || (r = pps_uri_plain(uri, ret, err)) < 0)
		return r;
	n = strlen(*ret);
	if (n > 1 && (*ret)[n - 1] == '/')
		(*ret)[n - 1] = 0;
	return PPS_OK;
}

static int replace_root(const char *text, const char *root, char **ret, pps_error **err)
{
	const char *tag = strstr(text, ROOT_TAG);
	_cleanup_free_ char *plain = NULL;
	int r;

	if (!tag)
		return (*ret = strdup(text)) ? PPS_OK : pps_fail_nomem(err);
	if ((r = root_plain(root, &plain, err)) < 0)
		return r;
	if (asprintf(ret, "%.*s%s%s", (int)(tag - text), text, plain, tag + strlen(ROOT_TAG)) < 0) {
		*ret = NULL;
		return pps_fail_nomem(err);
	}
	return PPS_OK;
}

/* A component of the Butler's configuration: "datastore" in the tree, or one deeper when an included file names it again. */
static json_t *component(json_t *tree, const char *name)
{
	json_t *c = json_object_get(tree, name), *deeper = json_object_get(c, name);

	return json_is_object(deeper) ? deeper : c;
}

/* Merges NAME of each folder in $DAF_BUTLER_CONFIG_PATH into @into, the first folder winning. */
static int merge_defaults(pps_ctx *ctx, json_t *into, const char *name, const char *part, pps_error **err)
{
	_cleanup_free_ char *folders = NULL;
	const char *path = getenv("DAF_BUTLER_CONFIG_PATH");
	char *colon;
	int r;

	if (!path || !*path)
		return PPS_OK;
	if (!(folders = strdup(path)))
		return pps_fail_nomem(err);
	do {
		_cleanup_json_ json_t *tree = NULL;
		_cleanup_free_ char *file = NULL;
		json_t *c;

		if ((colon = strrchr(folders, ':')))
			*colon = 0;
		if (asprintf(&file, "%s/%s", colon ? colon + 1 : folders, name) < 0)
			return pps_fail_nomem(err);
		if (access(file, F_OK) < 0)
			continue;
		if ((r = pps_config_tree_load(ctx, file, &tree, err)) < 0)
			return pps_wrap(err, r, "$DAF_BUTLER_CONFIG_PATH");
		c = component(tree, part);
		if ((r = pps_config_tree_update(into, c ? c : tree, err)) < 0)
			return r;
	} while (colon);
	return PPS_OK;
}

/* @own with the defaults below it: what is in the search path, then what the class brings. */
static int effective_datastore(pps_butler_config *config, json_t *own, json_t **ret, pps_error **err)
{
	_cleanup_json_ json_t *d = json_pack("{s:s}", "cls", FILE_DATASTORE);
	_cleanup_json_ json_t *builtin = json_pack("{s:s,s:{s:s},s:{s:s,s:s}}", "root", ROOT_TAG "/datastore", "records", "table",
						   "file_datastore_records", "templates", "default", TEMPLATE,
						   "physical_filter+detector+exposure", TEMPLATE_OF_RAWS);
	const char *cls;
	int r;

	if (!d || !builtin)
		return pps_fail_nomem(err);
	if ((r = merge_defaults(config->ctx, d, "datastore.yaml", "datastore", err)) < 0)
		return r;
	cls = text_at(own, "cls") ? text_at(own, "cls") : text_at(d, "cls");
	if (!cls)
		return pps_fail(err, PPS_E_CONFIG, "datastore.cls: expected the name of a class");
	if (strcmp(cls, FILE_DATASTORE) == 0) {
		if ((r = pps_config_tree_update(d, builtin, err)) < 0 ||
		    (r = merge_defaults(config->ctx, d, "datastores/fileDatastore.yaml", "datastore", err)) < 0)
			return r;
	} else if (strcmp(cls, CHAINED_DATASTORE) == 0) {
		if ((r = merge_defaults(config->ctx, d, "datastores/chainedDatastore.yaml", "datastore", err)) < 0)
			return r;
	}
	if ((r = pps_config_tree_update(d, own, err)) < 0)
		return r;
	*ret = TAKE_PTR(d);
	return PPS_OK;
}

static int check_list(const json_t *rules, const char *name, pps_error **err)
{
	const json_t *list = json_object_get(rules, name);

	if (list && !json_is_null(list) && !json_is_array(list))
		return pps_fail(err, PPS_E_CONFIG, "datastore constraints: %s: expected a list", name);
	return PPS_OK;
}

/* Adds @rules, if there are any, to a list of what must accept. */
static int add_rules(json_t *list, json_t *rules, pps_error **err)
{
	int r;

	if (!rules || json_is_null(rules))
		return PPS_OK;
	if (!json_is_object(rules))
		return pps_fail(err, PPS_E_CONFIG, "datastore constraints: expected accept and reject");
	if ((r = check_list(rules, "accept", err)) < 0 || (r = check_list(rules, "reject", err)) < 0)
		return r;
	return json_array_append(list, rules) < 0 ? pps_fail_nomem(err) : PPS_OK;
}

static int add_file_datastore(pps_butler_config *config, json_t *d, json_t *rules, pps_error **err)
{
	const char *root = text_at(d, "root"), *name = text_at(d, "name");
	const char *table = text_at(json_object_get(d, "records"), "table");
	_cleanup_free_ char *replaced = NULL;
	pps_butler_member *m;
	int r;

	if (!root || !table)
		return pps_fail(err, PPS_E_CONFIG, "datastore: expected root and records.table");
	if (config->nmembers >= MEMBERS_MOST)
		return pps_fail(err, PPS_E_CONFIG, "datastore: more than %d members in a chain", MEMBERS_MOST);
	if (pps_grow(&config->members, &config->members_cap, config->nmembers, sizeof *m) < 0)
		return pps_fail_nomem(err);
	m = &config->members[config->nmembers++];
	*m = (pps_butler_member){ .constraints = json_copy(rules), .templates = json_incref(json_object_get(d, "templates")) };
	if (!m->constraints || (name ? asprintf(&m->name, "%s", name) : asprintf(&m->name, "FileDatastore@%s", root)) < 0 ||
	    !(m->table = strdup(table)))
		return pps_fail_nomem(err);
	if ((r = add_rules(m->constraints, json_object_get(d, "constraints"), err)) < 0)
		return pps_wrap(err, r, "datastore %s", m->name);
	if ((r = replace_root(root, config->root, &replaced, err)) < 0 || (r = absolute(replaced, 1, &m->root_uri, err)) < 0)
		return pps_wrap(err, r, "datastore %s: root", m->name);
	return folder_text(m->root_uri, &m->root, err);
}

static int add_datastore(pps_butler_config *config, json_t *own, json_t *rules, int depth, pps_error **err);

static int add_chain(pps_butler_config *config, json_t *d, json_t *rules, int depth, pps_error **err)
{
	json_t *list = json_object_get(d, "datastores"), *each = json_object_get(d, "datastore_constraints");
	_cleanup_json_ json_t *of_chain = json_copy(rules);
	int r;

	if (!of_chain)
		return pps_fail_nomem(err);
	if (!json_is_array(list) || depth > 8)
		return pps_fail(err, PPS_E_CONFIG, "datastore: a chain needs a list of datastores");
	if (each && (!json_is_array(each) || json_array_size(each) != json_array_size(list)))
		return pps_fail(err, PPS_E_CONFIG, "datastore_constraints: expected one entry for each of the %zu datastores",
				json_array_size(list));
	if ((r = add_rules(of_chain, json_object_get(d, "constraints"), err)) < 0)
		return r;
	for (size_t i = 0; i < json_array_size(list); i++) {
		_cleanup_json_ json_t *of_member = json_copy(of_chain);
		json_t *child = json_array_get(list, i);

		if (!of_member)
			return pps_fail_nomem(err);
		if ((r = add_rules(of_member, json_object_get(json_array_get(each, i), "constraints"), err)) < 0)
			return r;
		if (json_is_object(json_object_get(child, "datastore")))
			child = json_object_get(child, "datastore");
		if ((r = add_datastore(config, child, of_member, depth + 1, err)) < 0)
			return r;
	}
	return PPS_OK;
}

static int add_datastore(pps_butler_config *config, json_t *own, json_t *rules, int depth, pps_error **err)
{
	_cleanup_json_ json_t *d = NULL;
	const char *cls;
	int r;

	if ((r = effective_datastore(config, own, &d, err)) < 0)
		return r;
	cls = text_at(d, "cls");
	if (strcmp(cls, CHAINED_DATASTORE) == 0)
		return add_chain(config, d, rules, depth, err);
	if (strcmp(cls, FILE_DATASTORE) == 0)
		return add_file_datastore(config, d, rules, err);
	if (depth > 0) /* a member without files (Sasquatch, in memory): not for us */
		return PPS_OK;
	if (asprintf(&config->not_written, "its datastore is a %s, which is not known", cls) < 0) {
		config->not_written = NULL;
		return pps_fail_nomem(err);
	}
	return PPS_OK;
}

static int read_registry(pps_butler_config *config, json_t *tree, pps_error **err)
{
	static const char *const elsewhere[] = { "host", "port", "database" };
	_cleanup_json_ json_t *registry = json_pack("{s:s}", "db", "sqlite:///" ROOT_TAG "/gen3.sqlite3");
	const char *s;
	int r;

	if (!registry)
		return pps_fail_nomem(err);
	if ((r = merge_defaults(config->ctx, registry, "registry.yaml", "registry", err)) < 0 ||
	    (r = pps_config_tree_update(registry, component(tree, "registry"), err)) < 0)
		return r;
	for (size_t i = 0; i < PPS_COUNT(elsewhere); i++)
		if (text_at(registry, elsewhere[i]))
			return pps_fail(err, PPS_E_UNSUPPORTED, "registry.%s is not supported: write it into registry.db", elsewhere[i]);
	if (!text_at(registry, "db"))
		return pps_fail(err, PPS_E_CONFIG, "registry.db: expected the URL of a database");
	if ((s = text_at(registry, "namespace")) && !(config->schema = strdup(s)))
		return pps_fail_nomem(err);
	if ((s = text_at(registry, "username")) && !(config->user = strdup(s)))
		return pps_fail_nomem(err);
	if ((s = text_at(registry, "password")) && !(config->password = strdup(s)))
		return pps_fail_nomem(err);
	if ((r = replace_root(text_at(registry, "db"), config->root, &config->database, err)) < 0)
		return r;
	if (!strncmp(config->database, "sqlite", 6) && strstr(config->database, "s3://"))
		return pps_fail(err, PPS_E_UNSUPPORTED, "registry.db: %s: an SQLite database cannot be in an object store", config->database);
	return PPS_OK;
}

static int read_tree(pps_butler_config *config, json_t *tree, const char *folder, pps_error **err)
{
	_cleanup_json_ json_t *rules = json_array(), *empty = json_object();
	_cleanup_(pps_uri_freep) pps_uri *root = NULL;
	const char *cls = text_at(tree, "cls");
	json_t *own = component(tree, "datastore");
	int r;

	if (!rules || !empty)
		return pps_fail_nomem(err);
	if (cls && strcmp(cls, "lsst.daf.butler.direct_butler.DirectButler") != 0)
		return pps_fail(err, PPS_E_UNSUPPORTED, "cls: a %s is not supported, only a DirectButler is", cls);
	if ((r = absolute(text_at(tree, "root") ? text_at(tree, "root") : folder, 1, &root, err)) < 0 ||
	    (r = folder_text(root, &config->root, err)) < 0)
		return pps_wrap(err, r, "root");
	if ((r = read_registry(config, tree, err)) < 0)
		return r;
	if (own && !json_is_object(own))
		return pps_fail(err, PPS_E_CONFIG, "datastore: expected a map");
	return add_datastore(config, own ? own : empty, rules, 0, err);
}

int pps_butler_config_load(pps_ctx *ctx, const char *location, pps_butler_config *ret_config, pps_error **err)
{
	pps_butler_config config = { .ctx = ctx };
	_cleanup_free_ char *path = NULL, *folder = NULL;
	_cleanup_json_ json_t *tree = NULL;
	int r;

	if ((r = pps_ctx_check(ctx, err)) < 0)
		return r;
	if ((r = find_file(ctx, location, &path, &config.uri, &folder, err)) < 0 || (r = pps_config_tree_load(ctx, path, &tree, err)) < 0 ||
	    (r = read_tree(&config, tree, folder, err)) < 0) {
		pps_butler_config_clear(&config);
		if (path && !tree && strncmp(path, "s3://", 5) == 0) /* what fails on a disk names its path by itself */
			return pps_wrap(err, r, "repository %s: %s", location, path);
		return path && tree ? pps_wrap(err, r, "%s", path) : r;
	}
	config.ctx = NULL;
	*ret_config = config;
	return PPS_OK;
}
