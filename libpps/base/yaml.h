/* SPDX-License-Identifier: BSD-3-Clause */
/* A YAML document as a tree with places, for configuration (libyaml's event interface; size and depth limited).
 * Scalars are resolved on demand as PyYAML's safe loader resolves them (YAML 1.1). */
#ifndef PPS_BASE_YAML_H
#define PPS_BASE_YAML_H

#include "base/error.h"

enum { PPS_YAML_SCALAR, PPS_YAML_LIST, PPS_YAML_MAP };
enum { PPS_YAML_REFUSE_ALIASES = 1 }; /* else they are expanded, at most 100,000 nodes in all */

typedef struct pps_yaml pps_yaml;           /* a document; immutable, any thread */
typedef struct pps_yaml_node pps_yaml_node; /* borrowed from its document */

/* @name is what messages call the input (a path). Errors are PPS_E_CONFIG with file, line and column. Duplicate keys of a map are errors. */
int pps_yaml_parse(const char *name, const char *text, size_t size, int flags, pps_yaml **ret_yaml, pps_error **err);
int pps_yaml_load(const char *path, int flags, pps_yaml **ret_yaml, pps_error **err); /* at most 16 MiB */
void pps_yaml_free(pps_yaml *yaml);
PPS_DEFINE_CLEANUP(pps_yaml, pps_yaml_free)

const pps_yaml_node *pps_yaml_root(const pps_yaml *yaml); /* NULL for an empty document */
const char *pps_yaml_name(const pps_yaml *yaml);
int pps_yaml_kind(const pps_yaml_node *node);
int pps_yaml_line(const pps_yaml_node *node);
int pps_yaml_column(const pps_yaml_node *node);
const char *pps_yaml_tag(const pps_yaml_node *node);   /* explicit tag such as "!include", or NULL */
size_t pps_yaml_size(const pps_yaml_node *node);       /* items or pairs; 0 for a scalar */
const pps_yaml_node *pps_yaml_item(const pps_yaml_node *list, size_t n);
const char *pps_yaml_key(const pps_yaml_node *map, size_t n);
const pps_yaml_node *pps_yaml_key_node(const pps_yaml_node *map, size_t n);
const pps_yaml_node *pps_yaml_value(const pps_yaml_node *map, size_t n);
const pps_yaml_node *pps_yaml_get(const pps_yaml_node *map, const char *key); /* NULL when absent or not a map */
/* Dotted path of map keys: "datastore.records.table". */
const pps_yaml_node *pps_yaml_path(const pps_yaml_node *map, const char *dotted);

/* The scalar's text as written, quotes resolved; NULL for lists and maps. */
const char *pps_yaml_text(const pps_yaml_node *node);
int pps_yaml_is_null(const pps_yaml_node *node); /* plain ~, null, Null, NULL or empty; also 1 for NULL */
/* Typed reading; PPS_E_CONFIG with the place and what was expected ("expected an integer"). */
int pps_yaml_int(const pps_yaml *yaml, const pps_yaml_node *node, int64_t *ret, pps_error **err);
int pps_yaml_float(const pps_yaml *yaml, const pps_yaml_node *node, double *ret, pps_error **err); /* integers too */
int pps_yaml_bool(const pps_yaml *yaml, const pps_yaml_node *node, int *ret, pps_error **err);
int pps_yaml_string(const pps_yaml *yaml, const pps_yaml_node *node, const char **ret, pps_error **err);
/* An error at the node's place. */
int pps_yaml_fail(const pps_yaml *yaml, const pps_yaml_node *node, pps_error **err, const char *fmt, ...) PPS_PRINTF(4, 5);

#endif
