/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef PPS_STATE_STATE_MIGRATIONS_H
#define PPS_STATE_STATE_MIGRATIONS_H

#include "state/state-private.h"

typedef struct pps_state_migration {
	int version; /* 1, 2, 3 ... without a gap */
	const char *name;
	const char *text;
} pps_state_migration;

extern const pps_state_migration pps_state_migrations[];
extern const size_t pps_state_migrations_count;

#endif
