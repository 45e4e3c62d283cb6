/* SPDX-License-Identifier: BSD-3-Clause */
/* Files of sections and keys as boto3 reads them: the credentials and configuration files of AWS's tools. Keys are lower case;
 * comments are whole lines; an indented line goes on with the value before it; [DEFAULT] is a part of each section. */
#ifndef PPS_STORE_S3_INI_H
#define PPS_STORE_S3_INI_H

#include "base/error.h"

typedef struct pps_s3_ini pps_s3_ini; /* immutable after parsing */

/* @file: its name in messages, which repeat nothing of what it holds but names of sections and keys. */
int pps_s3_ini_parse(const char *file, const char *text, size_t size, pps_s3_ini **ret_ini, pps_error **err);
/* *ret_ini NULL when there is no such file. At most 1 MiB. */
int pps_s3_ini_load(const char *path, pps_s3_ini **ret_ini, pps_error **err);
void pps_s3_ini_free(pps_s3_ini *ini); /* wipes its content */
PPS_DEFINE_CLEANUP(pps_s3_ini, pps_s3_ini_free)

/* The nth section's name, borrowed; NULL beyond the last. */
const char *pps_s3_ini_section(const pps_s3_ini *ini, size_t n);
/* 1 when the section is there, also an empty one. */
int pps_s3_ini_has(const pps_s3_ini *ini, const char *section);
/* The value, borrowed; NULL: none. */
const char *pps_s3_ini_get(const pps_s3_ini *ini, const char *section, const char *key);

#endif
