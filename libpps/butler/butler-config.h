/* SPDX-License-Identifier: BSD-3-Clause */
/* What a repository's butler.yaml says, with the defaults around it. */
#ifndef PPS_BUTLER_BUTLER_CONFIG_H
#define PPS_BUTLER_BUTLER_CONFIG_H

#include <jansson.h>

#include "base/ctx.h"
#include "base/yaml.h"
#include "store/uri.h"

static inline void pps_json_decrefp(json_t **json)
{
	json_decref(*json);
}
#define _cleanup_json_ _cleanup_(pps_json_decrefp)

/* A datastore with files: the only one, or a member of a chain. */
typedef struct pps_butler_member {
	char *name;  /* as in dataset_location */
	char *table; /* of its records */
	char *root;  /* URI with a slash at its end */
	pps_uri *root_uri;
	json_t *constraints; /* list of {accept: [...], reject: [...]}: all of them must accept */
	json_t *templates;   /* of file names, by what they are for: see file-template.h */
} pps_butler_member;

typedef struct pps_butler_config {
	pps_ctx *ctx;    /* borrowed, while it is loaded */
	char *uri;       /* of the file that was read */
	char *root;      /* <butlerRoot>: URI with a slash at its end */
	char *database;  /* URL, <butlerRoot> replaced */
	char *schema;    /* registry.namespace, or NULL */
	char *user;      /* NULL: not configured */
	char *password;  /* the same */
	char *not_written; /* why this library must not write files or records there, or NULL */
	pps_butler_member *members;
	size_t nmembers, members_cap;
} pps_butler_config;

/* @location as in pps_butler_open(). */
int pps_butler_config_load(pps_ctx *ctx, const char *location, pps_butler_config *ret_config, pps_error **err);
void pps_butler_config_clear(pps_butler_config *config);

/* The YAML at a path, or at the URI of an object. */
int pps_config_yaml(pps_ctx *ctx, const char *path, pps_yaml **ret_yaml, pps_error **err);
/* A YAML (or JSON) file or object as the Butler's Config reads it: !include and includeConfigs resolved, scalars as text, null as null. */
int pps_config_tree_load(pps_ctx *ctx, const char *path, json_t **ret_tree, pps_error **err);
/* Updates @into with @from as Config.update() does: maps are merged, anything else is replaced. */
int pps_config_tree_update(json_t *into, json_t *from, pps_error **err);

/* What $LSST_DB_AUTH_CREDENTIALS, $LSST_DB_AUTH or ~/.lsst/db-auth.yaml say for a database URL; both NULL when nothing matches.
 * A file that others may read: PPS_E_ACCESS. */
int pps_db_auth(const char *url, const char *user, char **ret_user, char **ret_password, pps_error **err);

/* "~/x" with the home folder; owned by the caller. */
char *pps_expand_home(const char *path);

#endif
