/* SPDX-License-Identifier: BSD-3-Clause */
/* Which datasets names of types and collections mean. */
#ifndef PPS_BUTLER_CHOOSE_H
#define PPS_BUTLER_CHOOSE_H

#include "butler/butler.h"

/*
 * The datasets of these types in these collections (names or globs, separated by commas), of whatever dimensions; collections are searched in
 * their order, and of the datasets with one type and data ID only the first is found. @where (NULL or "": all) is an expression on exposures: then
 * only types of exposures and detectors can be asked for. Datasets that are in CALIBRATION collections alone are not found.
 * @ret_ids: in no order, maybe repeated; released with free(). A plain name that is not there: PPS_E_NOTFOUND.
 */
int pps_butler_choose(pps_butler *butler, const char *types, const char *collections, const char *where, pps_uuid **ret_ids, size_t *ret_n,
		      pps_error **err);

#endif
