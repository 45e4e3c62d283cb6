#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# A private Rucio server for tests, with a PostgreSQL of its own, on free ports of 127.0.0.1.
#
#   rucio.sh start  DIR           start it in DIR, or say what runs there; prints KEY=VALUE lines, as DIR/env holds them
#   rucio.sh stop   DIR [--wipe]  stop what was started in DIR, and nothing else; --wipe removes DIR's content too
#   rucio.sh status DIR           exit 0 when it answers
#   rucio.sh env    DIR           print the lines again
#   rucio.sh stop-database DIR | start-database DIR    its PostgreSQL alone
#
# PPS_TEST_RUCIO is its address, PPS_TEST_RUCIO_TLS the same by HTTPS, where client certificates are accepted. PPS_TEST_RUCIO_CLIENT is a
# folder with a rucio.cfg for each kind of login (userpass, ssh, ssh-pem, x509, x509_proxy, reader), each of which works for RUCIO_CONFIG, and with
# the keys that they name. PPS_TEST_RUCIO_PYTHON has Rucio's client. tests/setup.sh installs what this needs.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
venv=${PPS_RUCIO_VENV:-$top/.venv-rucio}
say() { echo "rucio: $*" >&2; }
fail() { say "$*"; exit 1; }
usage() { sed -n '3,11s/^# \{0,1\}//p' "$0" >&2; exit 2; }

[ $# -ge 2 ] || usage
command=$1
case $command in start|stop|status|env|stop-database|start-database) ;; *) usage ;; esac
mkdir -p "$2"
dir=$(cd "$2" && pwd -P)
etc=$dir/etc log=$dir/log client=$dir/client
export LC_ALL=C.UTF-8 RUCIO_CONFIG=$etc/rucio.cfg
unset RUCIO_HOME RUCIO_ACCOUNT RUCIO_AUTH_TYPE X509_USER_PROXY 2>/dev/null || true

exec 9>"$dir/.lock"
flock 9

# The gunicorn of a name ("plain", "tls") that this script started; a reused process number is another program.
server_pid() {
	local p
	p=$(cat "$dir/$1.pid" 2>/dev/null) || return 0
	[ -n "$p" ] && tr '\0' ' ' <"/proc/$p/cmdline" 2>/dev/null | grep -qF "$dir/$1.pid" && echo "$p" || true
}

stop_server() {
	local p
	p=$(server_pid "$1")
	[ -n "$p" ] || return 0
	kill -TERM "$p" 2>/dev/null || true
	for _ in $(seq 100); do [ -d "/proc/$p" ] || break; sleep 0.1; done
	[ ! -d "/proc/$p" ] || kill -KILL "$p" 2>/dev/null || true
	rm -f "$dir/$1.pid"
}

port_of() { sed -n "s|^$1=https\?://127.0.0.1:||p" "$dir/env" 2>/dev/null || true; }
answers() { curl -fsS -m 5 --cacert "$etc/ca.pem" "$1/ping" >/dev/null 2>&1; }
running() { [ -n "$(server_pid plain)" ] && [ -n "$(server_pid tls)" ] && answers "http://127.0.0.1:$(port_of PPS_TEST_RUCIO)"; }
start_database() { "$here/start-postgres.sh" "$dir/pg" --fast 9>&- >"$dir/pg.env"; }
stop_database() { "$here/stop-postgres.sh" "$dir/pg" "$@" 9>&-; }

case $command in
status) running; exit $? ;;
env) cat "$dir/env"; exit 0 ;;
stop-database) stop_database; exit 0 ;;
start-database) start_database; exit 0 ;;
stop)
	stop_server plain
	stop_server tls
	[ ! -d "$dir/pg" ] || stop_database ${3:+"$3"}
	if [ "${3:-}" = --wipe ]; then rm -rf "$dir/pg" "$dir/pg.env" "$etc" "$log" "$client" "$dir/rse" "$dir/env" "$dir/provision.token" "$dir"/.made-*; fi
	exit 0 ;;
esac

if running; then cat "$dir/env"; exit 0; fi
cmp -s "$here/rucio-requirements.txt" "$venv/requirements.txt" || fail "no Rucio in $venv, or another version: run tests/setup.sh test"
for p in curl openssl ssh-keygen; do command -v $p >/dev/null || fail "no $p: run tests/setup.sh test"; done
mkdir -p "$etc" "$log" "$client" "$dir/rse"

# ---- database
start_database
pg_url=$(sed -n 's/^PG_URL=//p' "$dir/pg.env")
pg_base=${pg_url%/*}
psql="$(sed -n 's/^PG_BIN=//p' "$dir/pg.env")/psql -X -q -A -t -v ON_ERROR_STOP=1"
if [ ! -e "$dir/.made-database" ]; then
	[ "$($psql -c "SELECT 1 FROM pg_database WHERE datname = 'rucio'" "$pg_base/postgres")" = 1 ] || $psql -c "CREATE DATABASE rucio" "$pg_base/postgres"
	: >"$dir/.made-database"
fi
db=$(echo "$pg_base/rucio" | sed 's|^postgresql://|postgresql+psycopg://|')

# ---- keys
make_keys() (
	umask 077
	cd "$etc"
	openssl req -x509 -newkey rsa:2048 -nodes -days 3650 -subj "/CN=Rucio Test CA" -keyout ca.key -out ca.pem
	for n in host user proxy; do
		case $n in
		host) subject="/CN=localhost" by=ca.pem key=ca.key; echo 'subjectAltName=DNS:localhost,IP:127.0.0.1' >ext ;;
		user) subject="/CN=Rucio User" by=ca.pem key=ca.key; printf 'keyUsage=digitalSignature,keyEncipherment\nextendedKeyUsage=clientAuth\n' >ext ;;
		proxy) subject="/CN=Rucio User/CN=20251231" by=user.pem key=user.key; printf 'keyUsage=digitalSignature,keyEncipherment\nproxyCertInfo=critical,language:id-ppl-inheritAll\n' >ext ;;
		esac
		openssl req -newkey rsa:2048 -nodes -subj "$subject" -keyout $n.key -out $n.csr
		openssl x509 -req -in $n.csr -CA $by -CAkey $key -CAcreateserial -days 3650 -extfile ext -out $n.pem
	done
	rm -f ./*.csr ext ./*.srl
	chmod 644 ca.pem
	rm -f ssh ssh.pub ssh.pem
	ssh-keygen -q -t rsa -b 2048 -N '' -C test -f ssh
	cp ssh ssh.pem
	ssh-keygen -q -p -m PEM -N '' -P '' -f ssh.pem
	install -m 600 user.pem user.key ssh ssh.pem "$client"
	install -m 644 ca.pem "$client"
	cat proxy.pem proxy.key user.pem >"$client/proxy.pem"
)
if [ ! -e "$dir/.made-keys" ]; then
	make_keys >"$log/keys.log" 2>&1 || { tail -5 "$log/keys.log" >&2; fail "keys and certificates could not be made"; }
	: >"$dir/.made-keys"
fi

# ---- the server's configuration
server_config() {
	cat >"$etc/rucio.cfg" <<END
[common]
logdir = $log
loglevel = INFO
mailtemplatedir = $venv/rucio/etc/mail_templates
[client]
rucio_host = $1
auth_host = $1
auth_type = userpass
username = root
password = secret
account = root
auth_token_file_path = $dir/provision.token
[database]
default = $db
schema = dev
pool_size = 5
max_overflow = 10
pool_recycle = 3600
[bootstrap]
userpass_identity = root
userpass_pwd = secret
userpass_email = root@localhost
[alembic]
cfg = $etc/alembic.ini
[policy]
permission = generic
schema = generic
[metadata]
plugins = rucio.core.did_meta_plugins.json_meta.JSONDidMeta
END
	cat >"$etc/alembic.ini" <<END
[alembic]
script_location = $("$venv/bin/python" -c 'import os, importlib.util as u; print(os.path.dirname(u.find_spec("rucio").origin) + "/db/sqla/migrate_repo")')
sqlalchemy.url = $db
version_table_schema = dev
[loggers]
keys = root
[handlers]
keys = h
[formatters]
keys = f
[logger_root]
level = WARN
handlers = h
[handler_h]
class = StreamHandler
args = (sys.stderr,)
formatter = f
[formatter_f]
format = %(levelname)s %(name)s %(message)s
END
}
gunicorn_config() { # NAME PORT WORKERS
	cat >"$etc/$1.conf.py" <<END
bind, workers, threads, worker_class = "127.0.0.1:$2", $3, 4, "gthread"
timeout, graceful_timeout, keepalive, limit_request_line = 120, 2, 30, 0
control_socket_disable = True
pidfile, accesslog, errorlog = "$dir/$1.pid", "$log/$1-access.log", "$log/$1-error.log"
END
	[ "$1" = tls ] || return 0
	cat >>"$etc/$1.conf.py" <<END
import ssl
certfile, keyfile, ca_certs, cert_reqs = "$etc/host.pem", "$etc/host.key", "$etc/ca.pem", ssl.CERT_OPTIONAL
def ssl_context(conf, default):
    context = default()
    context.verify_flags |= getattr(ssl.VerifyFlags, "VERIFY_ALLOW_PROXY_CERTS", 0x40)
    return context
END
}

# Starts NAME with WORKERS at the port that it had before, else at a free one; sets $port.
start_server() { # NAME KEY SCHEME WORKERS
	local pid
	for attempt in 1 2 3 4 5; do
		port=$(port_of "$2")
		[ "$attempt" = 1 ] && [ -n "$port" ] || port=$("$here/free-port.py")
		gunicorn_config "$1" "$port" "$4"
		rm -f "$dir/$1.pid"
		(cd / && PYTHONPATH=$here PYTHONDONTWRITEBYTECODE=1 exec setsid "$venv/bin/gunicorn" -c "$etc/$1.conf.py" --pid "$dir/$1.pid" rucio_wsgi:application) \
			</dev/null >>"$log/$1.log" 2>&1 9>&- &
		pid=$!
		for _ in $(seq 300); do
			if answers "$3://127.0.0.1:$port" && [ -n "$(server_pid "$1")" ]; then disown "$pid" 2>/dev/null || true; return 0; fi
			[ -d "/proc/$pid" ] || break
			sleep 0.2
		done
		kill "$pid" 2>/dev/null || true
	done
	tail -q -n 20 "$log/$1.log" "$log/$1-error.log" >&2 || true
	fail "the server did not start; see $log"
}

stop_server plain
stop_server tls
server_config "http://127.0.0.1"
if [ ! -e "$dir/.made-schema" ]; then
	"$venv/bin/python" "$here/rucio_provision.py" schema >"$log/schema.log" 2>&1 || { tail -5 "$log/schema.log" >&2; fail "no schema; see $log/schema.log"; }
	: >"$dir/.made-schema"
fi
start_server plain PPS_TEST_RUCIO http "${RUCIO_WORKERS:-2}"
url=http://127.0.0.1:$port
start_server tls PPS_TEST_RUCIO_TLS https 1
tls=https://127.0.0.1:$port
server_config "$url"
if [ ! -e "$dir/.made-content" ]; then
	"$venv/bin/python" "$here/rucio_provision.py" content "$dir" >"$log/content.log" 2>&1 || { tail -5 "$log/content.log" >&2; fail "not filled; see $log/content.log"; }
	: >"$dir/.made-content"
fi

# ---- what clients need
client_config() { # NAME ACCOUNT URL LINES
	{ printf '[client]\nrucio_host = %s\nauth_host = %s\naccount = %s\nrequest_retries = 3\n' "$3" "$3" "$2"
	  printf 'auth_token_file_path = %s\n%s\n' "$client/$1.token" "$4"; } >"$client/$1.cfg"
}
client_config userpass root "$url" "auth_type = userpass
username = root
password = secret"
client_config reader reader "$url" "auth_type = userpass
username = reader
password = secret"
client_config ssh ingest "$url" "auth_type = ssh
ssh_private_key = $client/ssh"
client_config ssh-pem ingest "$url" "auth_type = ssh
ssh_private_key = $client/ssh.pem"
client_config x509 ingest "$tls" "auth_type = x509
ca_cert = $client/ca.pem
client_cert = $client/user.pem
client_key = $client/user.key"
client_config x509_proxy ingest "$tls" "auth_type = x509_proxy
ca_cert = $client/ca.pem
client_x509_proxy = $client/proxy.pem"
cat >"$dir/env" <<END
PPS_TEST_RUCIO=$url
PPS_TEST_RUCIO_TLS=$tls
PPS_TEST_RUCIO_DIR=$dir
PPS_TEST_RUCIO_CLIENT=$client
PPS_TEST_RUCIO_PYTHON=$venv/bin/python
PPS_TEST_RUCIO_DB=$pg_base/rucio
END
cat "$dir/env"
