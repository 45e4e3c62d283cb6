/* SPDX-License-Identifier: BSD-3-Clause */
/* A new public repository made ready: records of instruments and skymaps as another has them, the skymaps' datasets, and the configured
 * collections. An ensure: what is there stays. */
#ifndef PPS_BUTLER_PREPARE_H
#define PPS_BUTLER_PREPARE_H

#include "butler/butler.h"

/* As pps_butler_prepare(), of repositories that are open. @transfer: of the skymaps' files, PPS_TRANSFER_*. */
int pps_butler_prepare_from(pps_butler *dest, pps_butler *source, const pps_conf_collections *collections, int transfer, const char *instruments,
			    const char *skymaps, int flags, pps_butler_report **ret_report, pps_error **err);

#endif
