#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# A second S3 server that is not Ceph, S3Proxy (Java, objects in memory), on a free port of 127.0.0.1, for tests.
# It checks signatures, and says in a SignatureDoesNotMatch what it would have signed.
#
#   s3-second.sh start STATE_DIR    fetches the program once, starts it, makes buckets, and prints its environment
#   s3-second.sh stop STATE_DIR     ends what was started there, and nothing else
#   s3-second.sh status STATE_DIR   exit 0 when it answers
#   s3-second.sh env STATE_DIR      NAME=VALUE lines, as start printed them
#
# Packages: openjdk-17-jre-headless maven curl (tests/setup.sh test).
set -euo pipefail

usage() { sed -n '6,9s/^# \{0,2\}//p' "$0" >&2; exit 2; }
[ $# -eq 2 ] || usage
cmd=$1
version=4.1.0
here=$(cd "$(dirname "$0")" && pwd)
jars=$(cd "$here/../.." && pwd)/build-servers/s3proxy-$version
key=PPSSECONDACCESSKEY01 secret=ppsSecondSecretKey000000000000000000000+/1
buckets='first second'
export LC_ALL=C

say() { echo "s3-second: $*" >&2; }
fail() { say "$*"; exit 1; }

# The clients of clouds are left out: they are four fifths of the size, and clash among themselves.
fetch() {
	local work
	[ ! -e "$jars/complete" ] || return 0
	command -v mvn >/dev/null || fail "not installed: maven; tests/setup.sh test installs the packages"
	mkdir -p "$jars"
	exec 8>"$jars/lock"
	flock 8
	[ ! -e "$jars/complete" ] || return 0
	work=$(mktemp -d)
	{
		echo '<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion><groupId>pps</groupId>'
		echo '<artifactId>s3-second</artifactId><version>1</version><packaging>pom</packaging><dependencies><dependency>'
		echo "<groupId>org.gaul</groupId><artifactId>s3proxy</artifactId><version>$version</version><exclusions>"
		for group in com.azure com.google.cloud com.github.openstack4j.core com.github.openstack4j.core.connectors org.apache.sshd; do
			echo "<exclusion><groupId>$group</groupId><artifactId>*</artifactId></exclusion>"
		done
		echo '</exclusions></dependency></dependencies></project>'
	} >"$work/pom.xml"
	for attempt in 1 2 3; do
		if mvn -q -B -f "$work/pom.xml" org.apache.maven.plugins:maven-dependency-plugin:3.6.0:copy-dependencies \
			-DoutputDirectory="$jars" -DincludeScope=runtime >"$work/log" 2>&1; then
			touch "$jars/complete"
			break
		fi
		say "attempt $attempt to fetch S3Proxy failed"
		sleep 2
	done
	[ -e "$jars/complete" ] || tail -n 20 "$work/log" >&2
	rm -rf "$work"
	[ -e "$jars/complete" ] || fail "S3Proxy $version could not be fetched"
	flock -u 8
}

# A process is ours only when its command line names our configuration: numbers of processes come again.
alive() {
	local pid
	pid=$(cat "$state/pid" 2>/dev/null) || return 1
	[ -n "$pid" ] && { tr '\0' ' ' <"/proc/$pid/cmdline"; } 2>/dev/null | grep -qF -- "--properties $state/s3.conf"
}

answers() { [ "$(curl -s -o /dev/null -m 5 -w '%{http_code}' "http://127.0.0.1:$port/")" != 000 ]; }

write_conf() {
	cat >"$state/s3.conf" <<END
s3proxy.authorization=aws-v4
s3proxy.endpoint=http://127.0.0.1:$port
s3proxy.identity=$key
s3proxy.credential=$secret
jclouds.provider=transient-nio2
jclouds.identity=unused
jclouds.credential=unused
END
	cat >"$state/logback.xml" <<'END'
<configuration><appender name="OUT" class="ch.qos.logback.core.ConsoleAppender"><encoder><pattern>%d %level %msg%n</pattern></encoder></appender>
<root level="WARN"><appender-ref ref="OUT"/></root></configuration>
END
}

# launch: 0 when it answers, 1 when it ended, as it does when another program took the port.
launch() {
	local last=$((SECONDS + 60))
	setsid java -Xmx768m -cp "$state:$jars/*" org.gaul.s3proxy.Main --properties "$state/s3.conf" >"$state/out.log" 2>&1 8>&- 9>&- </dev/null &
	echo $! >"$state/pid"
	sleep 0.2 # until the command line is that of java
	while ! answers; do
		[ $SECONDS -lt $last ] && [ -d "/proc/$(cat "$state/pid")" ] || return 1
		sleep 0.1
	done
	alive
}

make_bucket() {
	local code
	code=$(curl -s -m 60 -o /dev/null -w '%{http_code}' --aws-sigv4 aws:amz:us-east-1:s3 -u "$key:$secret" \
		-H 'x-amz-content-sha256: UNSIGNED-PAYLOAD' -X PUT "http://127.0.0.1:$port/$1")
	[ "$code" = 200 ] || fail "bucket $1: HTTP $code"
}

start() {
	local bucket
	if alive && answers; then return; fi
	stop
	command -v java >/dev/null || fail "not installed: java; tests/setup.sh test installs the packages"
	fetch
	for attempt in 1 2 3; do
		port=$("$here/free-port.py")
		echo "$port" >"$state/port"
		write_conf
		if launch; then break; fi
		stop
		[ $attempt -lt 3 ] || { tail -n 20 "$state/out.log" >&2; fail "it does not start"; }
	done
	for bucket in $buckets; do make_bucket "$bucket"; done
}

stop() {
	local pid
	if alive; then
		pid=$(cat "$state/pid")
		kill "$pid" 2>/dev/null || :
		for _ in $(seq 100); do alive || break; sleep 0.1; done
		if alive; then kill -9 "$pid" 2>/dev/null || :; fi
	fi
	rm -f "$state/pid"
}

print_env() {
	[ -s "$state/port" ] || fail "nothing was started in $state"
	cat <<END
PPS_TEST_S3_SECOND=http://127.0.0.1:$port
PPS_TEST_S3_SECOND_KEY=$key
PPS_TEST_S3_SECOND_SECRET=$secret
PPS_TEST_S3_SECOND_REGION=us-east-1
PPS_TEST_S3_SECOND_BUCKETS='$buckets'
END
}

if [ "$cmd" = start ]; then mkdir -p "$2"; fi
[ -d "$2" ] || case $cmd in stop) exit 0 ;; *) fail "no folder $2" ;; esac
state=$(cd "$2" && pwd)
port=$(cat "$state/port" 2>/dev/null || :)
case $cmd in
start | stop)
	exec 9>"$state/lock"
	flock 9
	;;
esac
case $cmd in
start) start; print_env ;;
stop) stop ;;
status) alive && answers ;;
env) print_env ;;
*) usage ;;
esac
