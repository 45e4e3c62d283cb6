/* SPDX-License-Identifier: BSD-3-Clause */
/* Looks datasets up in the first repository, and plans them by the flow. */
#ifndef PPS_PUBLISH_REGISTER_BUTLER_H
#define PPS_PUBLISH_REGISTER_BUTLER_H

#include "butler/ref.h"
#include "publish/flow.h"
#include "publish/register.h"

typedef struct pps_register_source {
	pps_butler *first;
	const pps_publish_flow *flow; /* prepared, or read */
	int64_t now;                  /* that is planned for */
	pps_record_targets targets;   /* set by pps_register_from() */
	int is_down;                  /* set when what went wrong is the first repository's */
} pps_register_source;

/* A registrar that does so; @source has to outlive it. */
pps_registrar pps_register_from(pps_register_source *source);

/* What a repository says of a dataset; texts go to @arena. Its status is NEVER everywhere; origin, flags, registered and next are not set. */
int pps_register_row(const pps_ref *ref, const pps_ref_end *end, pps_arena *arena, pps_dataset_row *ret_row, pps_error **err);

#endif
