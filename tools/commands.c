/* SPDX-License-Identifier: BSD-3-Clause */
/* The table of commands. */
#include "commands.h"

const struct cli_command cli_commands[] = {
	{ NULL },
};
