/* SPDX-License-Identifier: BSD-3-Clause */
/* RSA private keys in the forms that SSH keeps them, and signatures in the form that SSH sends them. */
#ifndef PPS_RUCIO_SSH_KEY_H
#define PPS_RUCIO_SSH_KEY_H

#include "base/buf.h"
#include "base/error.h"

typedef struct pps_ssh_key pps_ssh_key; /* one thread at a time */

/* An unencrypted RSA key: OpenSSH's own form ("BEGIN OPENSSH PRIVATE KEY") or PEM ("BEGIN RSA PRIVATE KEY", "BEGIN PRIVATE KEY"). @name is
 * what messages call it. PPS_E_FORMAT; PPS_E_UNSUPPORTED: a passphrase, or another kind of key. */
int pps_ssh_key_parse(const char *name, const char *text, size_t size, pps_ssh_key **ret_key, pps_error **err);
void pps_ssh_key_free(pps_ssh_key *key);
PPS_DEFINE_CLEANUP(pps_ssh_key, pps_ssh_key_free)

/* Algorithms, the stronger first. */
enum { PPS_SSH_RSA_SHA2_512, PPS_SSH_RSA_SHA2_256, PPS_SSH_RSA, PPS_SSH_ALGORITHMS };
const char *pps_ssh_algorithm_name(int algorithm);

/* Base64 of the blob: string algorithm, string signature (PKCS#1 v1.5). Appended. */
int pps_ssh_sign(const pps_ssh_key *key, int algorithm, const void *bytes, size_t size, pps_buf *base64, pps_error **err);
/* "ssh-rsa AAAA...", as it stands in authorized_keys. Appended. */
int pps_ssh_public(const pps_ssh_key *key, pps_buf *line, pps_error **err);

#endif
