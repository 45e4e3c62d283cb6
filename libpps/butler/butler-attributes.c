/* SPDX-License-Identifier: BSD-3-Clause */
/* Which schema a repository has, and whether it is one that this library knows. */
#include <string.h>

#include "butler/butler-private.h"

#define CLASS "lsst.daf.butler.registry."
#define DATASETS CLASS "datasets.byDimensions._manager.ByDimensionsDatasetRecordStorageManagerUUID"

/* What is known: "major.minor"; what comes after the second point is free. */
static const struct {
	const char *part;
	const char *cls;
	const char *versions[2];
} known[] = {
	{ "attributes", CLASS "attributes.DefaultButlerAttributeManager", { "1.0" } },
	{ "collections", CLASS "collections.synthIntKey.SynthIntKeyCollectionManager", { "2.0" } },
	{ "datasets", DATASETS, { "1.0", "2.0" } },
	{ "datastores", CLASS "bridge.monolithic.MonolithicDatastoreRegistryBridgeManager", { "0.2" } },
	{ "dimensions", CLASS "dimensions.static.StaticDimensionRecordStorageManager", { "6.0" } },
	{ "opaque", CLASS "opaque.ByNameOpaqueTableStorageManager", { "0.2" } },
};

/* "1.0" is that of "1.0.1", not of "1.01.1". */
static int is_version(const char *known_version, const char *version)
{
	size_t n = known_version ? strlen(known_version) : 0;

	return n && strncmp(known_version, version, n) == 0 && version[n] == '.';
}

static int check_part(pps_butler *b, const pps_part *part, pps_error **err)
{
	if (strcmp(part->name, "obscore") == 0) {
		if (!b->why_not && asprintf(&b->why_not, "it keeps a live ObsCore table (%s %s), which is not supported", part->cls,
					    part->version) < 0) {
			b->why_not = NULL;
			return pps_fail_nomem(err);
		}
		b->may_remove = 1; /* rows of that table go by their foreign keys */
		return PPS_OK;
	}
	for (size_t i = 0; i < PPS_COUNT(known); i++) {
		if (strcmp(known[i].part, part->name) != 0)
			continue;
		if (strcmp(known[i].cls, part->cls) != 0)
			return pps_fail(err, PPS_E_UNSUPPORTED, "its %s are those of %s: only %s is known", part->name, part->cls,
					known[i].cls);
		if (is_version(known[i].versions[0], part->version) || is_version(known[i].versions[1], part->version))
			return PPS_OK;
		return pps_fail(err, PPS_E_UNSUPPORTED, "its %s have schema version %s: known are %s.*%s%s%s; a newer pps may know it", part->name,
				part->version, known[i].versions[0], known[i].versions[1] ? " and " : "",
				known[i].versions[1] ? known[i].versions[1] : "", known[i].versions[1] ? ".*" : "");
	}
	return pps_fail(err, PPS_E_UNSUPPORTED, "its registry has a part \"%s\" (%s %s), which is not known", part->name, part->cls,
			part->version);
}

static int add_part(pps_butler *b, const char *name, const char *cls, const char *version, pps_error **err)
{
	pps_part *p;

	if (!version)
		return pps_fail(err, PPS_E_UNSUPPORTED, "butler_attributes has no schema version of %s", cls);
	if (pps_grow(&b->parts, &b->parts_cap, b->nparts, sizeof *p) < 0)
		return pps_fail_nomem(err);
	p = &b->parts[b->nparts++];
	*p = (pps_part){ .name = strdup(name), .cls = strdup(cls), .version = strdup(version) };
	if (!p->name || !p->cls || !p->version)
		return pps_fail_nomem(err);
	return check_part(b, p, err);
}

static int read_rows(pps_butler *b, pps_arena *arena, pps_map *values, pps_error **err)
{
	_cleanup_(pps_sql_rows_freep) pps_sql_rows *rows = NULL;
	int r;

	if ((r = pps_sql_query(b->sql, "SELECT name, value FROM {butler_attributes}", NULL, 0, &rows, err)) < 0)
		return r;
	while ((r = pps_sql_next(rows, err)) > 0) {
		const char *name = pps_sql_get_text(rows, 0), *value = pps_arena_text(arena, pps_sql_get_text(rows, 1));

		if (!name || !value || pps_map_set_text(values, name, (void *)value) < 0)
			return pps_arena_fail(arena, "butler_attributes", err);
	}
	return r;
}

static int check_all_there(const pps_butler *b, pps_error **err)
{
	for (size_t i = 0; i < PPS_COUNT(known); i++) {
		size_t n = 0;

		while (n < b->nparts && strcmp(b->parts[n].name, known[i].part) != 0)
			n++;
		if (n == b->nparts)
			return pps_fail(err, PPS_E_UNSUPPORTED, "butler_attributes does not say which class its %s are of", known[i].part);
	}
	return PPS_OK;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const pps_part *)a)->name, ((const pps_part *)b)->name);
}

static int read_parts(pps_butler *b, const pps_map *values, pps_error **err)
{
	static const char prefix[] = "config:registry.managers.";
	int r;

	for (size_t i = 0; i < pps_map_size(values); i++) {
		const char *key = pps_map_key(values, i), *cls = pps_map_value(values, i);
		_cleanup_free_ char *version = NULL;
		void *found = NULL;

		if (strncmp(key, prefix, sizeof prefix - 1) != 0)
			continue;
		if (asprintf(&version, "version:%s", cls) < 0)
			return pps_fail_nomem(err);
		pps_map_get_text(values, version, &found);
		if ((r = add_part(b, key + sizeof prefix - 1, cls, found, err)) < 0)
			return r;
	}
	if ((r = check_all_there(b, err)) < 0)
		return r;
	qsort(b->parts, b->nparts, sizeof *b->parts, by_name);
	for (size_t i = 0; i < b->nparts; i++)
		if (strcmp(b->parts[i].name, "datasets") == 0)
			b->dates_are_text = is_version("1.0", b->parts[i].version);
	return PPS_OK;
}

static int is_part(const pps_part *part, const char *name, const char *value)
{
	static const char version[] = "version:", manager[] = "config:registry.managers.";

	if (!strncmp(name, version, sizeof version - 1) && !strcmp(name + sizeof version - 1, part->cls))
		return !strcmp(value, part->version);
	return !strncmp(name, manager, sizeof manager - 1) && !strcmp(name + sizeof manager - 1, part->name) && !strcmp(value, part->cls);
}

int pps_butler_check_schema(pps_butler *butler, pps_error **err)
{
	_cleanup_(pps_sql_rows_freep) pps_sql_rows *rows = NULL;
	size_t same = 0;
	int r;

	if ((r = pps_sql_query(butler->sql, "SELECT name, value FROM {butler_attributes} WHERE name LIKE 'version:%' OR name LIKE 'config:registry.managers.%'",
			       NULL, 0, &rows, err)) < 0)
		return r;
	while ((r = pps_sql_next(rows, err)) > 0)
		for (size_t i = 0; i < butler->nparts; i++)
			same += pps_sql_get_text(rows, 1) && is_part(&butler->parts[i], pps_sql_get_text(rows, 0), pps_sql_get_text(rows, 1));
	if (r < 0 || same == 2 * butler->nparts)
		return r;
	return pps_fail(err, PPS_E_UNSUPPORTED, "repository %s: its schema was changed while it was in use", butler->config.uri);
}

int pps_butler_read_attributes(pps_butler *butler, pps_error **err)
{
	_cleanup_(pps_arena_freep) pps_arena *arena = NULL;
	_cleanup_(pps_map_freep) pps_map *values = pps_map_new();
	void *json = NULL;
	int r, has;

	if (!values)
		return pps_fail_nomem(err);
	if ((r = pps_arena_new(64u << 20, &arena, err)) < 0)
		return r;
	if ((r = pps_sql_has_table(butler->sql, "butler_attributes", &has, err)) < 0)
		return r;
	if (!has)
		return pps_fail(err, PPS_E_NOTFOUND, "%s%s%s: no Butler registry is there (no table butler_attributes)",
				butler->database, pps_butler_schema(butler) ? ", schema " : "",
				pps_butler_schema(butler) ? pps_butler_schema(butler) : "");
	if ((r = read_rows(butler, arena, values, err)) < 0 || (r = read_parts(butler, values, err)) < 0)
		return r;
	if (pps_map_get_text(values, "config:obscore.json", &json) && !butler->why_not &&
	    !(butler->why_not = strdup("it keeps a live ObsCore table, which is not supported")))
		return pps_fail_nomem(err);
	butler->may_remove |= pps_map_get_text(values, "config:obscore.json", &json);
	if (!pps_map_get_text(values, "config:dimensions.json", &json))
		return pps_fail(err, PPS_E_UNSUPPORTED, "butler_attributes has no dimension universe (config:dimensions.json)");
	return pps_universe_parse(json, strlen(json), &butler->universe, err);
}
