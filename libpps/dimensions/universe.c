/* SPDX-License-Identifier: BSD-3-Clause */
#include "dimensions/universe.h"

#include <stdatomic.h>
#include <string.h>

#include "base/json.h"
#include "base/map.h"

#define MAX_LEVELS 64

struct pps_universe {
	atomic_int refs;
	json_t *root; /* names are borrowed from it */
	int version;
	int level;
	char system[16];
	pps_element **elements;
	size_t n;
	size_t cap;
	pps_map *by_name;
};

static void element_free(pps_element *e)
{
	free(e->required);
	free(e->implied);
	free(e->columns);
	free(e);
}

pps_universe *pps_universe_ref(pps_universe *u)
{
	atomic_fetch_add(&u->refs, 1);
	return u;
}

pps_universe *pps_universe_unref(pps_universe *u)
{
	if (!u || atomic_fetch_sub(&u->refs, 1) != 1)
		return NULL;
	for (size_t i = 0; i < u->n; i++)
		element_free(u->elements[i]);
	free(u->elements);
	if (u->by_name)
		pps_map_free(u->by_name);
	json_decref(u->root);
	free(u);
	return NULL;
}

int pps_universe_version(const pps_universe *u)
{
	return u->version;
}

const char *pps_universe_namespace(const pps_universe *u)
{
	return json_string_value(json_object_get(u->root, "namespace"));
}

const char *pps_universe_skypix_system(const pps_universe *u)
{
	return u->system;
}

int pps_universe_skypix_level(const pps_universe *u)
{
	return u->level;
}

size_t pps_universe_size(const pps_universe *u)
{
	return u->n;
}

const pps_element *pps_universe_at(const pps_universe *u, size_t n)
{
	return n < u->n ? u->elements[n] : NULL;
}

const pps_element *pps_universe_find(const pps_universe *u, const char *name)
{
	void *e = NULL;

	return pps_map_get_text(u->by_name, name, &e) ? e : NULL;
}

int pps_element_column(const pps_element *e, const char *column)
{
	for (size_t i = 0; i < e->ncolumns; i++)
		if (!strcmp(e->columns[i].name, column))
			return (int)i;
	return -1;
}

/* Adds an element, whose index follows from the order of adding; takes it, also on failure. */
static int universe_add(pps_universe *u, pps_element *e, pps_error **err)
{
	if (pps_grow(&u->elements, &u->cap, u->n, sizeof(*u->elements)) < 0) {
		element_free(e);
		return pps_fail_nomem(err);
	}
	e->index = u->n;
	u->elements[u->n++] = e;
	return pps_map_set_text(u->by_name, e->name, e) < 0 ? pps_fail_nomem(err) : PPS_OK;
}

static int refuse(pps_error **err, const char *element, const char *what)
{
	return pps_fail(err, PPS_E_UNSUPPORTED,
			"dimension universe: element %s has %s, which is not supported", element, what);
}

static int column_type(const char *type)
{
	static const char *const names[] = { "int", "float", "string", "bool", "hash" };

	for (size_t i = 0; i < PPS_COUNT(names); i++)
		if (type && !strcmp(type, names[i]))
			return (int)i;
	return -1;
}

static int column_read(json_t *json, const char *element, pps_column *ret, pps_error **err)
{
	const char *key;
	json_t *value;

	*ret = (pps_column){ .nullable = 1, .type = -1 };
	json_object_foreach(json, key, value) {
		if (!strcmp(key, "name"))
			ret->name = json_string_value(value);
		else if (!strcmp(key, "type"))
			ret->type = column_type(json_string_value(value));
		else if (!strcmp(key, "length") || !strcmp(key, "nbytes"))
			ret->length = (int)json_integer_value(value);
		else if (!strcmp(key, "nullable"))
			ret->nullable = !json_is_false(value);
		else if (strcmp(key, "doc") != 0)
			return refuse(err, element, "a column with an unknown property");
	}
	if (!ret->name || ret->type < 0)
		return refuse(err, element, "a column of unknown type");
	return PPS_OK;
}

/* The key of a required or implied dimension, called as the dimension. */
static pps_column key_column(const pps_element *of)
{
	pps_column c = of->columns[of->nrequired - 1];

	c.name = of->name;
	return c;
}

/* Is @name in the JSON list? */
static int is_listed(json_t *list, const char *name)
{
	size_t i;
	json_t *item;

	json_array_foreach(list, i, item)
		if (json_is_string(item) && !strcmp(json_string_value(item), name))
			return 1;
	return 0;
}

static int are_dimensions(const pps_universe *u, json_t *list)
{
	size_t i;
	json_t *item;

	json_array_foreach(list, i, item) {
		const char *name = json_string_value(item);
		const pps_element *e = name ? pps_universe_find(u, name) : NULL;

		if (!e || !e->is_dimension)
			return 0;
	}
	return 1;
}

/* Fills required (with what they require) and implied, in the universe's order. */
static int element_depend(const pps_universe *u, pps_element *e, json_t *requires, json_t *implies,
			  pps_error **err)
{
	_cleanup_free_ char *wanted = NULL;

	if (!are_dimensions(u, requires) || !are_dimensions(u, implies))
		return refuse(err, e->name, "a dependency that is no dimension");
	wanted = calloc(u->n + 1, 1);
	e->required = calloc(u->n + 1, sizeof(*e->required));
	e->implied = calloc(u->n + 1, sizeof(*e->implied));
	if (!wanted || !e->required || !e->implied)
		return pps_fail_nomem(err);
	for (size_t i = 0; i < u->n; i++)
		if (u->elements[i]->is_dimension && is_listed(requires, u->elements[i]->name))
			for (size_t k = 0; k < u->elements[i]->nrequired; k++)
				wanted[u->elements[i]->required[k]->index] = 1;
	for (size_t i = 0; i < u->n; i++) {
		const pps_element *d = u->elements[i];

		if (wanted[i]) {
			e->required[e->nrequired++] = d;
			if (d->is_governor && !e->governor)
				e->governor = d;
		}
		if (d->is_dimension && is_listed(implies, d->name))
			e->implied[e->nimplied++] = d;
	}
	if (e->is_dimension)
		e->required[e->nrequired++] = e;
	if (e->is_governor)
		e->governor = e;
	return e->nrequired ? PPS_OK : refuse(err, e->name, "neither keys nor requirements");
}

static int element_columns(pps_element *e, json_t *keys, json_t *metadata, pps_error **err)
{
	size_t nkeys = json_array_size(keys), nmeta = json_array_size(metadata), n = 0;
	int r;

	e->columns = calloc(e->nrequired + e->nimplied + nkeys + nmeta + 2, sizeof(*e->columns));
	if (!e->columns)
		return pps_fail_nomem(err);
	for (size_t i = 0; i < e->nrequired; i++)
		if (e->required[i] != e)
			e->columns[n++] = key_column(e->required[i]);
	for (size_t i = 0; i < nkeys; i++) {
		pps_column *c = &e->columns[i ? n + e->nimplied : n];

		if ((r = column_read(json_array_get(keys, i), e->name, c, err)) < 0)
			return r;
		c->nullable = 0;
		if (!i && c->type != PPS_COLUMN_INT && c->type != PPS_COLUMN_STRING)
			return refuse(err, e->name, "a primary key that is neither a number nor text");
		n++;
	}
	for (size_t i = 0; i < e->nimplied; i++)
		e->columns[e->nrequired + i] = key_column(e->implied[i]);
	n = e->nrequired + e->nimplied + (nkeys ? nkeys - 1 : 0);
	e->nalternate = nkeys ? nkeys - 1 : 0;
	for (size_t i = 0; i < nmeta; i++)
		if ((r = column_read(json_array_get(metadata, i), e->name, &e->columns[n++], err)) < 0)
			return r;
	e->region_column = e->span_column = -1;
	if (e->is_spatial) {
		e->region_column = (int)n;
		e->columns[n++] = (pps_column){ .name = "region", .type = PPS_COLUMN_REGION, .nullable = 1 };
	}
	if (e->is_temporal) {
		e->span_column = (int)n;
		e->columns[n++] = (pps_column){ .name = "timespan", .type = PPS_COLUMN_SPAN, .nullable = 1 };
	}
	e->ncolumns = n;
	if (e->nrequired > PPS_KEYS_MAX || n > PPS_COLUMNS_MAX)
		return refuse(err, e->name, "more columns than expected");
	return PPS_OK;
}

/* Is @name a member of a family of this topology ("spatial", "temporal")? */
static int is_member(const pps_universe *u, const char *space, const char *name)
{
	const char *family;
	json_t *members;

	json_object_foreach(json_object_get(json_object_get(u->root, "topology"), space), family, members)
		if (is_listed(members, name))
			return 1;
	return 0;
}

/* The legacy `storage` section says whether the element has a table of its own. */
static int element_storage(pps_element *e, json_t *json, const char **ret_view, pps_error **err)
{
	json_t *storage = json_object_get(json, "storage");
	const char *cls = json_string_value(json_object_get(storage, "cls")), *last;

	*ret_view = json_string_value(json_object_get(json, "implied_union_target"));
	if (cls && (last = strrchr(cls, '.')) && !strcmp(last, ".CachingDimensionRecordStorage")) {
		storage = json_object_get(storage, "nested");
		cls = json_string_value(json_object_get(storage, "cls"));
	}
	if (cls) {
		last = strrchr(cls, '.');
		if (last && !strcmp(last, ".QueryDimensionRecordStorage"))
			*ret_view = json_string_value(json_object_get(storage, "view_of"));
		else if (!last || (strcmp(last, ".TableDimensionRecordStorage") != 0 &&
				   strcmp(last, ".BasicGovernorDimensionRecordStorage") != 0))
			return refuse(err, e->name, "an unknown kind of storage");
	}
	e->has_table = !*ret_view;
	return PPS_OK;
}

static int element_known_keys(const char *name, json_t *json, pps_error **err)
{
	static const char *const known[] = { "doc",      "keys",        "requires", "implies",
					     "metadata", "is_cached",   "governor", "implied_union_target",
					     "storage",  "always_join", "populated_by" };
	const char *key;
	json_t *value;

	if (!json_is_object(json))
		return refuse(err, name, "no content");
	json_object_foreach(json, key, value) {
		size_t i = 0;

		while (i < PPS_COUNT(known) && strcmp(known[i], key) != 0)
			i++;
		if (i == PPS_COUNT(known))
			return refuse(err, name, "an unknown property");
	}
	return PPS_OK;
}

static int element_add(pps_universe *u, const char *name, json_t *json, pps_error **err)
{
	pps_element *e;
	const char *view;
	int r;

	if ((r = element_known_keys(name, json, err)) < 0)
		return r;
	e = calloc(1, sizeof(*e));
	if (!e)
		return pps_fail_nomem(err);
	e->name = name;
	e->is_dimension = json_array_size(json_object_get(json, "keys")) > 0;
	e->is_governor = json_is_true(json_object_get(json, "governor"));
	e->always_join = json_is_true(json_object_get(json, "always_join"));
	e->is_spatial = is_member(u, "spatial", name);
	e->is_temporal = is_member(u, "temporal", name);
	r = element_storage(e, json, &view, err);
	if (r == PPS_OK)
		r = element_depend(u, e, json_object_get(json, "requires"), json_object_get(json, "implies"),
				   err);
	if (r == PPS_OK)
		r = element_columns(e, json_object_get(json, "keys"), json_object_get(json, "metadata"), err);
	if (r == PPS_OK && e->is_spatial && !e->governor)
		r = refuse(err, name, "a region but no governor");
	if (r < 0) {
		element_free(e);
		return r;
	}
	return universe_add(u, e, err);
}

/* htm1, htm2 ... : dimensions of their own, without records. */
static int skypix_add(pps_universe *u, const char *system, json_t *json, pps_error **err)
{
	json_int_t max = json_integer_value(json_object_get(json, "max_level"));
	json_t *lowest = json_object_get(json, "min_level");

	if (max < 1 || max > MAX_LEVELS || strlen(system) > 12)
		return pps_fail(err, PPS_E_UNSUPPORTED,
				"dimension universe: skypix system %s is not supported", system);
	for (int level = lowest ? (int)json_integer_value(lowest) : 1; level <= max; level++) {
		pps_element *e = calloc(1, sizeof(*e) + 16);
		char *name = (char *)(e + 1);
		int r;

		if (!e || !(e->required = calloc(1, sizeof(*e->required))) ||
		    !(e->columns = calloc(1, sizeof(*e->columns)))) {
			if (e)
				element_free(e);
			return pps_fail_nomem(err);
		}
		snprintf(name, 16, "%s%d", system, level);
		e->name = name;
		e->is_dimension = e->is_skypix = 1;
		e->required[e->nrequired++] = e;
		e->columns[e->ncolumns++] = (pps_column){ .name = "id", .type = PPS_COLUMN_INT };
		e->region_column = e->span_column = -1;
		if ((r = universe_add(u, e, err)) < 0)
			return r;
	}
	return PPS_OK;
}

typedef struct pending {
	const char *name;
	json_t *json;
	int is_skypix;
	int state; /* 0 waits, 1 can be made in this pass, 2 is made */
} pending;

static int pending_compare(const void *a, const void *b)
{
	return strcmp(((const pending *)a)->name, ((const pending *)b)->name);
}

/* Does the element depend on one that is not made yet? Each pass is decided before anything of it is made. */
static int is_blocked(const pending *all, size_t n, const pending *p)
{
	for (size_t i = 0; i < n; i++)
		if (all[i].state != 2 && (is_listed(json_object_get(p->json, "requires"), all[i].name) ||
					  is_listed(json_object_get(p->json, "implies"), all[i].name)))
			return 1;
	return 0;
}

/* Makes elements in the Butler's order: in passes, each of all whose dependencies are made, by name. */
static int universe_build(pps_universe *u, pending *all, size_t n, pps_error **err)
{
	qsort(all, n, sizeof(*all), pending_compare);
	for (size_t done = 0; done < n;) {
		size_t before = done;
		int r = PPS_OK;

		for (size_t i = 0; i < n; i++)
			if (!all[i].state && (all[i].is_skypix || !is_blocked(all, n, &all[i])))
				all[i].state = -1;
		for (size_t i = 0; i < n && r == PPS_OK; i++) {
			if (all[i].state != -1)
				continue;
			r = all[i].is_skypix ? skypix_add(u, all[i].name, all[i].json, err)
					     : element_add(u, all[i].name, all[i].json, err);
			done++;
		}
		for (size_t i = 0; i < n; i++)
			if (all[i].state == -1)
				all[i].state = 2;
		if (r < 0)
			return r;
		if (done == before)
			return pps_fail(err, PPS_E_UNSUPPORTED,
					"dimension universe: elements depend on each other");
	}
	return PPS_OK;
}

/* Links that may point forward in the order. */
static int universe_link(pps_universe *u, pps_error **err)
{
	const char *name;
	json_t *json;

	json_object_foreach(json_object_get(u->root, "elements"), name, json) {
		pps_element *e = (pps_element *)pps_universe_find(u, name);
		const char *by = json_string_value(json_object_get(json, "populated_by")), *view = NULL;
		int r = element_storage(e, json, &view, err);

		if (r < 0)
			return r;
		if ((by && !(e->populated_by = pps_universe_find(u, by))) ||
		    (view && !(e->view_of = pps_universe_find(u, view))))
			return refuse(err, name, "a reference to an unknown element");
	}
	return PPS_OK;
}

/* Version, namespace, and the common sky pixels that this library can compute. */
static int universe_identify(pps_universe *u, pps_error **err)
{
	json_t *version = json_object_get(u->root, "version");
	const char *name = pps_universe_namespace(u);
	const char *common = json_string_value(json_object_get(json_object_get(u->root, "skypix"), "common"));

	if (!json_is_integer(version) || !json_is_object(json_object_get(u->root, "elements")))
		return pps_fail(err, PPS_E_FORMAT, "dimension universe: no version or no elements");
	u->version = (int)json_integer_value(version);
	if (u->version != 7 && u->version != 8)
		return pps_fail(err, PPS_E_UNSUPPORTED,
				"dimension universe: version %d is not known; 7 and 8 are", u->version);
	if (!name || strcmp(name, "daf_butler") != 0)
		return pps_fail(err, PPS_E_UNSUPPORTED,
				"dimension universe: namespace %s is not known; daf_butler is",
				name ? name : "(none)");
	if (!common || strcmp(common, "htm7") != 0)
		return pps_fail(err, PPS_E_UNSUPPORTED,
				"dimension universe: common sky pixels %s are not known; htm7 are",
				common ? common : "(none)");
	snprintf(u->system, sizeof(u->system), "htm");
	u->level = 7;
	return PPS_OK;
}

static int universe_fill(pps_universe *u, pps_error **err)
{
	json_t *skypix = json_object_get(u->root, "skypix"), *json;
	json_t *elements = json_object_get(u->root, "elements");
	_cleanup_free_ pending *all = NULL;
	const char *name;
	size_t n = 0;
	int r = universe_identify(u, err);

	if (r < 0)
		return r;
	all = calloc(json_object_size(skypix) + json_object_size(elements) + 1, sizeof(*all));
	if (!all)
		return pps_fail_nomem(err);
	json_object_foreach(skypix, name, json)
		if (json_is_object(json))
			all[n++] = (pending){ .name = name, .json = json, .is_skypix = 1 };
	json_object_foreach(elements, name, json)
		all[n++] = (pending){ .name = name, .json = json };
	if ((r = universe_build(u, all, n, err)) < 0)
		return r;
	return universe_link(u, err);
}

int pps_universe_parse(const char *json, size_t size, pps_universe **ret_universe, pps_error **err)
{
	_cleanup_(pps_universe_unrefp) pps_universe *u = NULL;
	json_error_t where;
	json_auto_t *root = NULL;
	int r;

	if ((r = pps_json_parse(json, size, JSON_REJECT_DUPLICATES, &root, &where)) == PPS_E_NOMEM)
		return pps_fail_nomem(err);
	if (r < 0)
		return pps_fail(err, PPS_E_FORMAT, "dimension universe: line %d: %s", where.line, where.text);
	u = calloc(1, sizeof(*u));
	if (!u)
		return pps_fail_nomem(err);
	atomic_init(&u->refs, 1);
	u->root = TAKE_PTR(root);
	u->by_name = pps_map_new();
	if (!u->by_name)
		return pps_fail_nomem(err);
	if ((r = universe_fill(u, err)) < 0)
		return r;
	*ret_universe = TAKE_PTR(u);
	return PPS_OK;
}
