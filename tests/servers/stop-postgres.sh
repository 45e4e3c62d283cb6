#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# stop-postgres.sh DIR [--wipe]: stop the server that start-postgres.sh started in DIR, and no other.
#
# --wipe removes the cluster and DIR/env too. No server running is no error.
set -eu

fail() { echo "stop-postgres: $*" >&2; exit 1; }
[ $# -ge 1 ] && [ $# -le 2 ] || { echo "usage: stop-postgres.sh DIR [--wipe]" >&2; exit 2; }
wipe=${2:-}
[ -z "$wipe" ] || [ "$wipe" = --wipe ] || { echo "usage: stop-postgres.sh DIR [--wipe]" >&2; exit 2; }
[ -d "$1/data" ] || exit 0
dir=$(cd "$1" && pwd)
data=$dir/data

bin=$(sed -n 's/^PG_BIN=//p' "$dir/env" 2>/dev/null || true)
for found in /usr/lib/postgresql/*/bin; do
	if [ -z "$bin" ] && [ -x "$found/pg_ctl" ]; then bin=$found; fi
done
[ -n "$bin" ] || fail "no pg_ctl found"

as_server() {
	if [ "$(id -u)" -eq 0 ]; then (cd / && setpriv --reuid=postgres --regid=postgres --init-groups env HOME=/tmp LC_ALL=C.UTF-8 "$@"); else "$@"; fi
}

# pg_ctl reads the process from this cluster's own postmaster.pid.
if as_server "$bin/pg_ctl" -D "$data" status >/dev/null 2>&1; then
	as_server "$bin/pg_ctl" -D "$data" -m fast -w -t 60 stop >/dev/null || fail "the server in $dir did not stop"
fi
if [ -n "$wipe" ]; then
	[ -s "$data/PG_VERSION" ] || fail "$data is no PostgreSQL cluster: not removed"
	rm -rf "$data" "$dir/env" "$dir/initdb.log"
fi
