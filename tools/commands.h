/* SPDX-License-Identifier: BSD-3-Clause */
/* The commands, one file a group. */
#ifndef PPS_TOOLS_COMMANDS_H
#define PPS_TOOLS_COMMANDS_H

#include "cli.h"

#endif
