/* SPDX-License-Identifier: BSD-3-Clause */
/* What a datastore accepts: names of dataset types, dimensions (joined by '+') or storage classes, "all", alone or for one instrument. */
#include <string.h>

#include "butler/butler-private.h"

struct entity {
	const pps_universe *universe;
	const char *type;
	const char *storage_class;
	const pps_dimension_group *dimensions;
	const char *instrument;
};

enum { EXPLICIT, WILDCARD };

int pps_butler_dimensions_match(const pps_universe *universe, const pps_dimension_group *dimensions, const char *key)
{
	_cleanup_(pps_dimension_group_freep) pps_dimension_group *group = NULL;
	_cleanup_free_ char *text = strdup(key);
	const char *names[64];
	size_t n = 0;
	char *state = NULL;

	if (!text || !dimensions->n)
		return 0;
	for (char *name = strtok_r(text, "+", &state); name; name = strtok_r(NULL, "+", &state)) {
		if (n == PPS_COUNT(names))
			return 0;
		names[n++] = name;
	}
	if (pps_dimension_group_new(universe, names, n, &group, NULL) < 0 || group->n != dimensions->n)
		return 0;
	for (size_t i = 0; i < group->n; i++)
		if (strcmp(group->names[i]->name, dimensions->names[i]->name) != 0)
			return 0;
	return 1;
}

static int key_matches(const struct entity *e, const char *key, int how)
{
	if (!key)
		return 0;
	if (how == WILDCARD)
		return strcmp(key, "all") == 0;
	if (strchr(key, '+'))
		return pps_butler_dimensions_match(e->universe, e->dimensions, key);
	return strcmp(key, e->type) == 0 || strcmp(key, e->storage_class) == 0;
}

/* "instrument<LSSTCam>": [keys]; other dimensions never match, as in Python. */
static int selection_matches(const struct entity *e, const char *selection, const json_t *keys, int how)
{
	static const char start[] = "instrument<";
	size_t n = strlen(selection), name = sizeof start - 1;

	if (!e->instrument || n <= name || strncmp(selection, start, name) != 0 || selection[n - 1] != '>' ||
	    strlen(e->instrument) != n - name - 1 || strncmp(selection + name, e->instrument, n - name - 1) != 0)
		return 0;
	for (size_t i = 0; i < json_array_size(keys); i++)
		if (key_matches(e, json_string_value(json_array_get(keys, i)), how))
			return 1;
	return 0;
}

static int list_matches(const struct entity *e, const json_t *list, int how)
{
	for (size_t i = 0; i < json_array_size(list); i++) {
		json_t *item = json_array_get(list, i), *keys;
		const char *selection;

		if (json_is_string(item) && key_matches(e, json_string_value(item), how))
			return 1;
		json_object_foreach(item, selection, keys) {
			if (selection_matches(e, selection, keys, how))
				return 1;
		}
	}
	return 0;
}

/* In Python's order: named to be accepted, named to be rejected, all rejected, all accepted or no list of what is. */
static int rules_accept(const struct entity *e, const json_t *rules)
{
	const json_t *accept = json_object_get(rules, "accept"), *reject = json_object_get(rules, "reject");

	if (list_matches(e, accept, EXPLICIT))
		return 1;
	if (list_matches(e, reject, EXPLICIT) || list_matches(e, reject, WILDCARD))
		return 0;
	return list_matches(e, accept, WILDCARD) || !json_array_size(accept);
}

int pps_butler_member_accepts(const pps_butler_member *member, const pps_universe *universe, const char *type, const char *storage_class,
		       const pps_dimension_group *dimensions, const char *instrument)
{
	struct entity e = { universe, type, storage_class, dimensions, instrument };

	for (size_t i = 0; i < json_array_size(member->constraints); i++)
		if (!rules_accept(&e, json_array_get(member->constraints, i)))
			return 0;
	return 1;
}
