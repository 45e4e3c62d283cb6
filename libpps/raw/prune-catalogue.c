/* SPDX-License-Identifier: BSD-3-Clause */
/* What Rucio says of the copies of an exposure. */
#include "raw/prune.h"

int pps_prune_gather_catalogue(pps_prune_case *c, pps_error **err)
{
	(void)err;
	c->facts.catalogue = pps_conf_rucio_block(c->job->raw->conf) ? PPS_ANSWER_UNKNOWN : PPS_ANSWER_NO;
	return PPS_OK;
}
