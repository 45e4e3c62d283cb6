/* SPDX-License-Identifier: BSD-3-Clause */
/* What yaml.c makes and yaml-scalar.c reads. */
#ifndef PPS_BASE_YAML_NODE_H
#define PPS_BASE_YAML_NODE_H

#include "base/map.h"
#include "base/yaml.h"

struct pps_yaml_node {
	int kind;
	int line, column;
	int is_plain;      /* a scalar without quotes */
	const char *tag;   /* explicit, or NULL */
	const char *text;  /* of a scalar */
	size_t size;       /* items, or pairs */
	size_t weight;     /* nodes in it, aliases expanded */
	size_t anchor;     /* number of its anchor + 1, or 0 */
	const pps_yaml_node **items; /* of a list; a map's values */
	const pps_yaml_node **keys;
	pps_map *index; /* key -> number + 1, of large maps */
};

struct pps_yaml {
	char *name;
	const pps_yaml_node *root;
	struct chunk *chunks;
	pps_map **indexes;
	size_t nindexes, indexes_cap;
};

#endif
