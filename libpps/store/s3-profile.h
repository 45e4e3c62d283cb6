/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Which S3 server a URI's profile means, and with which credentials: as lsst-resources and boto3 find them, so that a site's
 * environment serves both.
 *
 * Endpoint: `profiles:` of the configuration; $LSST_RESOURCES_S3_PROFILE_<name>; $S3_ENDPOINT_URL; $AWS_ENDPOINT_URL_S3;
 * $AWS_ENDPOINT_URL; endpoint_url in the files below; else AWS itself.
 * Credentials: "https://key:secret@host" of the endpoint; for a named profile its section in the file of `profiles:`,
 * $AWS_SHARED_CREDENTIALS_FILE (~/.aws/credentials) or $AWS_CONFIG_FILE (~/.aws/config). Where there is no such section, and without
 * a name: $AWS_ACCESS_KEY_ID with $AWS_SECRET_ACCESS_KEY and $AWS_SESSION_TOKEN; then the section $AWS_PROFILE, or `default`.
 * Region: `profiles:`; $AWS_DEFAULT_REGION; $AWS_REGION; region in the files; "us-east-1".
 */
#ifndef PPS_STORE_S3_PROFILE_H
#define PPS_STORE_S3_PROFILE_H

#include "base/ctx.h"
#include "store/s3-sign.h"

typedef struct pps_s3_profile {
	char *name;     /* NULL: the URI had none */
	char *endpoint; /* for pps_s3_target; without user and slash at its end; NULL: AWS itself */
	char *region;
	char *ca_path;  /* $AWS_CA_BUNDLE or ca_bundle in the files; NULL: the system's */
	pps_s3_credentials credentials; /* owned by the profile; both set */
} pps_s3_profile;

/* @name: as in s3://NAME@bucket/, case sensitive; NULL: none. Read anew at every call, since files and tokens are renewed: call it again
 * once when a server says that a token has expired. PPS_E_CONFIG: what is written there is wrong; PPS_E_ACCESS: no credentials,
 * or a file of them that may not be read. No message holds a secret. */
int pps_s3_profile_load(pps_ctx *ctx, const char *name, pps_s3_profile **ret_profile, pps_error **err);
void pps_s3_profile_free(pps_s3_profile *profile); /* wipes the secrets */
PPS_DEFINE_CLEANUP(pps_s3_profile, pps_s3_profile_free)

/* "https://key:secret@host:port/path", quoted as lsst-resources reads it: endpoint without the user, and key and secret where both are
 * there (else NULL). @what names it in messages. All owned by the caller. */
int pps_s3_endpoint_parse(const char *what, const char *text, char **ret_endpoint, char **ret_key, char **ret_secret, pps_error **err);

#endif
