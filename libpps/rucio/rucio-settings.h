/* SPDX-License-Identifier: BSD-3-Clause */
/* What a connection needs to know, from the block `rucio`, a rucio.cfg and the environment, as Rucio's own client reads them. */
#ifndef PPS_RUCIO_SETTINGS_H
#define PPS_RUCIO_SETTINGS_H

#include "base/conf.h"

enum { PPS_RUCIO_AUTH_SSH, PPS_RUCIO_AUTH_USERPASS, PPS_RUCIO_AUTH_X509, PPS_RUCIO_AUTH_X509_PROXY, PPS_RUCIO_AUTH_OIDC };

/* Texts are owned; NULL where nothing is known. */
typedef struct pps_rucio_settings {
	char *url, *auth_url; /* no slash at the end */
	char *account;
	int auth; /* PPS_RUCIO_AUTH_* */
	char *username, *password;
	char *private_key, *certificate, *token_file; /* paths */
	char *ca;                                     /* file or folder */
	char *vo;
	char *rse, *scope; /* "" when there is no storage element */
	char *arc_backup;  /* what `arcBackup` of a new Obs dataset says: the tape copy is needed */
} pps_rucio_settings;

/* getenv(), or a test's own. */
typedef const char *(*pps_rucio_env)(const char *name);

/* @block: NULL for the environment alone. PPS_E_CONFIG names what is missing and where it was looked for; files of keys are not read. */
int pps_rucio_settings_read(const pps_conf_rucio *block, pps_rucio_env env, pps_rucio_settings *ret, pps_error **err);
void pps_rucio_settings_clear(pps_rucio_settings *settings);
#define _cleanup_settings_ _cleanup_(pps_rucio_settings_clear)
const char *pps_rucio_auth_name(int auth);

/* "~/x", "$HOME/x", "${HOME}/x"; what is not set stays. Owned by the caller; NULL: out of memory. */
char *pps_rucio_expand_path(const char *path, pps_rucio_env env);
/* A file whole, at most @max bytes, a NUL behind; owned by the caller. @what for messages ("private key"). */
int pps_rucio_read_file(const char *path, const char *what, size_t max, char **ret_text, size_t *ret_size, pps_error **err);

#endif
