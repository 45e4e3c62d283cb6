#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# start-postgres.sh DIR [--fast]: a throw-away PostgreSQL in DIR, on a free port of 127.0.0.1.
#
# Writes DIR/env with PG_URL, PG_HOST, PG_PORT and PG_BIN for tests to read; the database `pps` has btree_gist, as the
# Butler needs it. Durability is PostgreSQL's default, for measurements; --fast leaves out what only a machine that loses
# its power would miss: a commit is still written before it is answered, so that nothing is lost when processes are
# killed. As root it runs as the user `postgres`, because the server refuses root. Run again on the same DIR it starts
# the same cluster, or says that it runs already.
set -eu

fail() { echo "start-postgres: $*" >&2; exit 1; }
[ $# -eq 1 ] || [ $# -eq 2 -a "${2:-}" = --fast ] || { echo "usage: start-postgres.sh DIR [--fast]" >&2; exit 2; }
fast=
[ $# -eq 1 ] || fast="-c fsync=off -c full_page_writes=off"


bin=${PG_BIN:-}
for dir in /usr/lib/postgresql/*/bin; do
	if [ -z "$bin" ] && [ -x "$dir/initdb" ]; then bin=$dir; fi
done
[ -n "$bin" ] && [ -x "$bin/initdb" ] || fail "no initdb found: install the package postgresql"

here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$1"
dir=$(cd "$1" && pwd)
data=$dir/data

# as_server COMMAND...: run it as the user that owns the cluster.
as_server() {
	if [ "$(id -u)" -eq 0 ]; then (cd / && setpriv --reuid=postgres --regid=postgres --init-groups env HOME=/tmp LC_ALL=C.UTF-8 "$@"); else "$@"; fi
}

# The server's user must reach DIR through every folder above it.
if [ "$(id -u)" -eq 0 ]; then
	id postgres >/dev/null 2>&1 || fail "no user postgres: install the package postgresql"
	mkdir -p "$data" && chown postgres:postgres "$data" && chmod 700 "$data"
	as_server test -x "$data" || fail "the user postgres cannot enter $dir: choose a folder that others may search"
fi

[ -s "$data/PG_VERSION" ] || as_server "$bin/initdb" -D "$data" -U pps --auth=trust --encoding=UTF8 --locale=C.UTF-8 >"$dir/initdb.log" 2>&1 || {
	cat "$dir/initdb.log" >&2; fail "initdb failed"; }

if as_server "$bin/pg_ctl" -D "$data" status >/dev/null 2>&1; then
	port=$(sed -n 4p "$data/postmaster.pid")
else
	started=
	# The port that it had before, so that who knows it finds it again; else a free one.
	port=$(sed -n 's/^PG_PORT=//p' "$dir/env" 2>/dev/null || true)
	for attempt in 1 2 3 4 5; do
		[ "$attempt" = 1 ] && [ -n "$port" ] || port=$("$here/free-port.py")
		# Another program may take the port between the look and the start: then look again.
		if as_server "$bin/pg_ctl" -D "$data" -w -t 120 -l "$data/server.log" \
			-o "-c listen_addresses=127.0.0.1 -c port=$port -c unix_socket_directories='' -c max_connections=200 $fast" start >/dev/null 2>&1; then
			started=yes
			break
		fi
		grep -q "Address already in use" "$data/server.log" || break
	done
	[ -n "$started" ] || { tail -20 "$data/server.log" >&2; fail "the server did not start"; }
fi

url=postgresql://pps@127.0.0.1:$port
psql="$bin/psql -X -q -v ON_ERROR_STOP=1"
[ "$($psql -At -c "SELECT 1 FROM pg_database WHERE datname = 'pps'" "$url/postgres")" = 1 ] || $psql -c "CREATE DATABASE pps" "$url/postgres"
PGOPTIONS="-c client_min_messages=warning" $psql -c "CREATE EXTENSION IF NOT EXISTS btree_gist" "$url/pps"

cat >"$dir/env" <<END
PG_URL=$url/pps
PG_HOST=127.0.0.1
PG_PORT=$port
PG_BIN=$bin
END
cat "$dir/env"
