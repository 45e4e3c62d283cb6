#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# A real Ceph of one node (mon, osd, radosgw) on free ports of 127.0.0.1, for tests.
#
#   ceph.sh start STATE_DIR       starts what is not running, makes buckets and users, and prints its environment
#   ceph.sh stop STATE_DIR        ends what was started there, and nothing else
#   ceph.sh status STATE_DIR      exit 0 when radosgw answers
#   ceph.sh env STATE_DIR         NAME=VALUE lines, as start printed them
#   ceph.sh stop-rgw|start-rgw STATE_DIR    only the gateway, as a restart at a site; objects stay
#   ceph.sh wipe STATE_DIR        stop, and remove the cluster
#
# PPS_CEPH_STORE    memstore: objects in RAM, gone with stop (default) | bluestore: a sparse file, survives stop
# PPS_CEPH_SIZE_GB  how much it may hold (16)
# PPS_CEPH_BUCKETS  buckets made at the first start
# Packages: ceph-mon ceph-osd radosgw ceph-common ceph-base (tests/setup.sh test).
set -euo pipefail

usage() { sed -n '5,10s/^# \{0,2\}//p' "$0" >&2; exit 2; }
[ $# -eq 2 ] || usage
cmd=$1
here=$(cd "$(dirname "$0")" && pwd)
store=${PPS_CEPH_STORE:-memstore}
size=$((${PPS_CEPH_SIZE_GB:-16} * 1073741824))
buckets=${PPS_CEPH_BUCKETS-rubin-summit rubin-users prompt-raw offline}
# Two users: the owner of the buckets, and one who may read nothing of them.
key=PPSTESTACCESSKEY0001 secret=ppsTestSecretKey0000000000000000000000+/1
other_key=PPSTESTACCESSKEY0002 other_secret=ppsTestSecretKey00000000000000000000000002
export LC_ALL=C

say() { echo "ceph: $*" >&2; }
fail() { say "$*"; exit 1; }

write_conf() {
	cat >"$state/ceph.conf" <<END
[global]
fsid = $(cat "$state/fsid")
mon_host = [v2:127.0.0.1:$((port + 1))/0,v1:127.0.0.1:$((port + 2))/0]
mon_initial_members = a
# With authentication off, radosgw 16.2 never logs in to the monitor.
mon_warn_on_insecure_global_id_reclaim_allowed = false
public_addr = 127.0.0.1
cluster_addr = 127.0.0.1
ms_bind_port_min = $((port + 10))
ms_bind_port_max = $((port + 29))
run_dir = $state/run
# No sockets in the file system: a long path would not fit.
admin_socket =
log_file = $state/log/\$name.log
crash_dir = $state/crash
mon_cluster_log_file = $state/log/cluster.log
keyring = $state/keyring
osd_pool_default_size = 1
osd_pool_default_min_size = 1
osd_pool_default_pg_num = 8
osd_pool_default_pg_autoscale_mode = off
mon_allow_pool_size_one = true
# A monitor alone need not wait for others: the start takes 2 s, not 18.
paxos_propose_interval = 0.05
paxos_min_wait = 0.01
mon_osd_min_up_ratio = 0
osd_heartbeat_interval = 1
mon_client_ping_interval = 1
osd_crush_chooseleaf_type = 0
ms_type = async+posix
ms_async_op_threads = 2
# A disk that others fill is no reason to stop a test.
mon_data_avail_crit = 1
mon_data_avail_warn = 2
mon_max_pg_per_osd = 2000
debug_ms = 0
debug_osd = 0
debug_mon = 0
debug_paxos = 0
debug_rocksdb = 0
debug_bluestore = 0
debug_bdev = 0
debug_bluefs = 0
debug_rgw = 1
[mon]
mon_data = $state/mon
[osd]
osd_data = $state/osd
osd_journal = $state/osd/journal
osd_objectstore = $(cat "$state/store")
osd_fast_shutdown = true
osd_memory_target = 1073741824
bluestore_block_size = $size
bluestore_fsck_on_mount = false
bluestore_cache_autotune = false
bluestore_cache_size = 268435456
memstore_device_bytes = $size
[client.rgw.a]
# tcp_nodelay: without it a small GET on a kept connection waits 40 ms.
rgw_frontends = beast endpoint=127.0.0.1:$port tcp_nodelay=1
rgw_data = $state/rgw
rgw_thread_pool_size = 64
rgw_rados_pool_pg_num_min = 4
rgw_enable_ops_log = false
rgw_enable_usage_log = false
rgw_run_sync_thread = false
END
}

# A process is ours only when its command line names our configuration: numbers of processes come again.
alive() {
	local pid
	pid=$(cat "$state/run/$1.pid" 2>/dev/null) || return 1
	[ -n "$pid" ] && { tr '\0' ' ' <"/proc/$pid/cmdline"; } 2>/dev/null | grep -qF -- "-c $state/ceph.conf"
}

spawn() { # NAME COMMAND...
	local name=$1
	shift
	setsid "$@" -f -c "$state/ceph.conf" >"$state/log/$name.out" 2>&1 9>&- </dev/null &
	echo $! >"$state/run/$name.pid"
	# Until then its command line is that of this script, and it would be taken for dead.
	until alive "$name" || ! kill -0 $! 2>/dev/null; do sleep 0.02; done
}

end() {
	local pid
	if alive "$1"; then
		pid=$(cat "$state/run/$1.pid")
		kill "$pid" 2>/dev/null || :
		for _ in $(seq 150); do alive "$1" || break; sleep 0.1; done
		if alive "$1"; then kill -9 "$pid" 2>/dev/null || :; fi
	fi
	rm -f "$state/run/$1.pid"
}

ceph_() { timeout 60 ceph -c "$state/ceph.conf" --connect-timeout 20 "$@" 2>>"$state/log/cli.log"; }
admin() { timeout 120 radosgw-admin -c "$state/ceph.conf" -n client.admin "$@" >/dev/null 2>>"$state/log/cli.log"; }

# until_ok NAME SECONDS COMMAND...: the command succeeds, the process NAME living, or the script ends.
until_ok() {
	local name=$1 last=$((SECONDS + $2))
	shift 2
	until "$@" >/dev/null 2>&1; do
		if [ $SECONDS -ge $last ] || ! alive "$name"; then
			tail -n 5 "$state"/log/*.out "$state"/log/*.log >&2 || :
			fail "$name does not answer"
		fi
		sleep 0.1
	done
}
osd_up() { ceph_ osd stat | grep -q '1 up'; }
answers() { [ "$(curl -s -o /dev/null -m 2 -w '%{http_code}' "http://127.0.0.1:$port/")" = 200 ]; }

# A bucket made by the plain signed PUT of curl, which is right for a path without anything to encode.
make_bucket() {
	local code
	code=$(curl -s -m 60 -o /dev/null -w '%{http_code}' --aws-sigv4 aws:amz:default:s3 -u "$key:$secret" \
		-H 'x-amz-content-sha256: UNSIGNED-PAYLOAD' -X PUT "http://127.0.0.1:$port/$1")
	[ "$code" = 200 ] || fail "bucket $1: HTTP $code"
}

make_cluster() {
	local keyring=$state/keyring
	rm -rf "$state/mon" "$state/osd" "$keyring"
	mkdir -p "$state/mon" "$state/osd"
	(umask 077
	ceph-authtool --create-keyring "$keyring" --gen-key -n mon. --cap mon 'allow *'
	for name in client.admin client.rgw.a osd.0; do
		ceph-authtool "$keyring" --gen-key -n $name --cap mon 'allow *' --cap osd 'allow *' --cap mgr 'allow *'
	done) >"$state/log/mkfs.log"
	monmaptool --create --clobber --fsid "$(cat "$state/fsid")" \
		--addv a "[v2:127.0.0.1:$((port + 1)),v1:127.0.0.1:$((port + 2))]" "$state/monmap" >>"$state/log/mkfs.log" 2>&1
	ceph-mon -c "$state/ceph.conf" -i a --mkfs --monmap "$state/monmap" --keyring "$keyring" >>"$state/log/mkfs.log" 2>&1 ||
		{ tail -n 5 "$state/log/mkfs.log" >&2; fail "the monitor's store cannot be made"; }
}

make_osd() {
	local uuid
	uuid=$(cat /proc/sys/kernel/random/uuid)
	ceph_ osd new "$uuid" 0 >/dev/null
	ceph-osd -c "$state/ceph.conf" -i 0 --mkfs --osd-uuid "$uuid" >>"$state/log/mkfs.log" 2>&1 ||
		{ tail -n 5 "$state/log/mkfs.log" >&2; fail "the osd's store cannot be made"; }
}

make_users_and_buckets() {
	local bucket
	admin user create --uid=pps --display-name=pps --access-key="$key" --secret-key="$secret" || admin user info --uid=pps ||
		fail "the user cannot be made; see $state/log/cli.log"
	admin user create --uid=other --display-name=other --access-key="$other_key" --secret-key="$other_secret" || admin user info --uid=other ||
		fail "the second user cannot be made; see $state/log/cli.log"
	for bucket in $buckets; do make_bucket "$bucket"; done
}

start_rgw() {
	if ! alive rgw; then spawn rgw radosgw -n client.rgw.a; fi
	until_ok rgw 180 answers
}

start() {
	local missing=()
	for program in ceph-mon ceph-osd radosgw radosgw-admin ceph monmaptool curl; do
		command -v $program >/dev/null || missing+=("$program")
	done
	[ ${#missing[@]} -eq 0 ] || fail "not installed: ${missing[*]}; tests/setup.sh test installs the packages"
	if [ -e "$state/made" ] && alive mon && alive osd; then
		start_rgw
		return
	fi
	down
	# What was in memory is gone, and a cluster that was half made is made again.
	if [ -e "$state/made" ] && [ "$(cat "$state/store")" = bluestore ]; then
		# The monitor knows its own address: the ports must be the same ones.
		[ "$("$here/free-port.py" 30 "$(cat "$state/port")")" = "$(cat "$state/port")" ] || fail "port $(cat "$state/port") is in use by another program"
	else
		rm -f "$state/made"
		"$here/free-port.py" 30 "$(cat "$state/port" 2>/dev/null || :)" >"$state/port"
		cat /proc/sys/kernel/random/uuid >"$state/fsid"
		echo "$store" >"$state/store"
	fi
	port=$(cat "$state/port")
	mkdir -p "$state"/{run,log,crash,rgw}
	write_conf
	[ -e "$state/made" ] || make_cluster
	spawn mon ceph-mon -i a
	until_ok mon 180 ceph_ mon stat
	[ -e "$state/made" ] || make_osd
	spawn osd ceph-osd -i 0
	until_ok osd 180 osd_up
	start_rgw
	[ -e "$state/made" ] || make_users_and_buckets
	touch "$state/made"
}

down() { for name in rgw osd mon; do end $name; done; }

print_env() {
	[ -s "$state/port" ] || fail "nothing was started in $state"
	cat <<END
PPS_TEST_S3=http://127.0.0.1:$port
PPS_TEST_S3_KEY=$key
PPS_TEST_S3_SECRET=$secret
PPS_TEST_S3_OTHER_KEY=$other_key
PPS_TEST_S3_OTHER_SECRET=$other_secret
PPS_TEST_S3_REGION=default
PPS_TEST_S3_BUCKETS='$buckets'
PPS_TEST_CEPH=$state
END
}

if [ "$cmd" = start ]; then mkdir -p "$2"; fi
[ -d "$2" ] || case $cmd in stop | wipe) exit 0 ;; *) fail "no folder $2" ;; esac
state=$(cd "$2" && pwd)
port=$(cat "$state/port" 2>/dev/null || :)
case $cmd in
start | stop | wipe | start-rgw | stop-rgw)
	exec 9>"$state/lock"
	flock 9
	;;
esac
case $cmd in
start) start; print_env ;;
stop) down ;;
status) alive rgw && answers ;;
env) print_env ;;
stop-rgw) end rgw ;;
start-rgw) start_rgw ;;
wipe)
	down
	rm -rf "${state:?}"/{mon,osd,rgw,log,run,crash,made,monmap,fsid,keyring,ceph.conf,port,store}
	;;
*) usage ;;
esac
