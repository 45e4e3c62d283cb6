/* SPDX-License-Identifier: BSD-3-Clause */
/* Which `_dimensions.yaml` goes with a zip. */
#ifndef PPS_BUTLER_IMPORT_H
#define PPS_BUTLER_IMPORT_H

#include <pps/butler.h>

/* N of "STEM_dimensions.N.yaml", 0 of "STEM_dimensions.yaml", for a zip "STEM.zip"; -1: @name is none. Pure. */
int pps_import_yaml_number(const char *zip_name, const char *name);
/* The one of the highest number beside the zip, as a URI, owned by the caller; PPS_E_NOTFOUND: there is none. */
int pps_import_find_yaml(pps_ctx *ctx, const char *zip, char **ret_yaml, pps_error **err);

#endif
