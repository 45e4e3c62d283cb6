/* SPDX-License-Identifier: BSD-3-Clause */
/* Files in the form of Python's configparser, as rucio.cfg is: sections, `key = value` or `key: value`, comments, values that go on in
 * indented lines, [DEFAULT], and the interpolations "%%" and "%(key)s". */
#ifndef PPS_RUCIO_INI_H
#define PPS_RUCIO_INI_H

#include "base/error.h"

typedef struct pps_ini pps_ini; /* immutable; any thread */

/* @name is what messages call the input. PPS_E_CONFIG with the line. */
int pps_ini_parse(const char *name, const char *text, size_t size, pps_ini **ret_ini, pps_error **err);
void pps_ini_free(pps_ini *ini);
PPS_DEFINE_CLEANUP(pps_ini, pps_ini_free)

/* *ret_value, owned by the caller: interpolated, NULL when the section has no such key. PPS_E_CONFIG: an interpolation that leads nowhere. */
int pps_ini_get(const pps_ini *ini, const char *section, const char *key, char **ret_value, pps_error **err);

#endif
