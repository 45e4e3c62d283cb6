#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# usage: nomem.sh NOMEM MAKE-WORLD [CASE [N]]   runs the program NOMEM in an example world of its own
set -eu
nomem=$1 make_world=$2
shift 2
world=$(mktemp -d)
trap 'rm -rf "$world"' EXIT
/usr/bin/python3 "$make_world" "$world" >/dev/null
"$nomem" "$world" "$@"
