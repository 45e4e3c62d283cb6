#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# A real Apache Kafka of one node (KRaft) on a free port of 127.0.0.1, for tests.
#
#   kafka.sh start STATE_DIR      starts it when it does not run, and prints its environment
#   kafka.sh stop STATE_DIR       ends what was started there, and nothing else; messages stay
#   kafka.sh status STATE_DIR     exit 0 when the broker answers
#   kafka.sh env STATE_DIR        NAME=VALUE lines, as start printed them
#   kafka.sh wipe STATE_DIR       stop, and remove all messages
#   kafka.sh fetch .              only get the jars, which Maven brings once into .kafka/ of the checkout
#
# PPS_KAFKA_VERSION     4.1.1
# PPS_KAFKA_PARTITIONS  of topics that are made by themselves (3)
# PPS_KAFKA_TLS         USER:PASSWORD: another port, with TLS by an authority of its own and SASL SCRAM-SHA-512, for this user
# Packages: openjdk-17-jre-headless maven (tests/setup.sh test).
set -euo pipefail

usage() { sed -n '5,10s/^# \{0,2\}//p' "$0" >&2; exit 2; }
[ $# -eq 2 ] || usage
cmd=$1
version=${PPS_KAFKA_VERSION:-4.1.1}
partitions=${PPS_KAFKA_PARTITIONS:-3}
secure=${PPS_KAFKA_TLS:-}
here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
jars=$top/.kafka/$version
export LC_ALL=C

say() { echo "kafka: $*" >&2; }
fail() { say "$*"; exit 1; }

fetch() {
	local pom=$top/.kafka/pom-$$
	[ ! -e "$jars/.complete" ] || return 0
	for program in java mvn; do
		command -v $program >/dev/null || fail "not installed: $program; tests/setup.sh test installs the packages"
	done
	mkdir -p "$pom" "$jars"
	(
		flock 8
		[ ! -e "$jars/.complete" ] || exit 0
		# The broker itself does not bring what its log is written with.
		cat >"$pom/pom.xml" <<END
<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
<groupId>pps</groupId><artifactId>kafka</artifactId><version>1</version><packaging>pom</packaging>
<dependencies>
<dependency><groupId>org.apache.kafka</groupId><artifactId>kafka_2.13</artifactId><version>$version</version></dependency>
<dependency><groupId>org.apache.kafka</groupId><artifactId>kafka-tools</artifactId><version>$version</version></dependency>
<dependency><groupId>org.apache.logging.log4j</groupId><artifactId>log4j-slf4j-impl</artifactId><version>2.24.3</version></dependency>
</dependencies></project>
END
		for attempt in 1 2 3; do
			if mvn -q -B -f "$pom/pom.xml" org.apache.maven.plugins:maven-dependency-plugin:3.6.0:copy-dependencies \
				-DoutputDirectory="$jars" -DincludeScope=runtime >&2; then
				touch "$jars/.complete"
				break
			fi
			sleep 3
		done
	) 8>"$top/.kafka/lock"
	rm -rf "$pom"
	[ -e "$jars/.complete" ] || fail "Maven could not get Kafka $version"
}

# A process is ours only when its command line names our file: numbers of processes come again.
alive() {
	local pid
	pid=$(cat "$state/pid" 2>/dev/null) || return 1
	[ -n "$pid" ] && { tr '\0' ' ' <"/proc/$pid/cmdline"; } 2>/dev/null | grep -qF -- "kafka.Kafka $state/server.properties"
}

# An open port is not enough: the broker answers ApiVersions (key 18, version 0) under our number, without an error.
answers() {
	local reply
	reply=$({
		exec 3<>"/dev/tcp/127.0.0.1/$port" || exit 1
		printf '\0\0\0\013\0\022\0\0\0\0\0\007\0\001t' >&3
		timeout 2 head -c 10 <&3 | od -An -tx1 | tr -d ' \n'
	} 2>/dev/null) || return 1
	[ "${reply:8:12}" = 000000070000 ]
}

# An authority, and a certificate of it for 127.0.0.1, in the one file that the broker reads.
make_certificates() {
	local ca=$state/ca.pem
	[ ! -e "$ca" ] || return 0
	{
		openssl req -x509 -newkey rsa:2048 -nodes -keyout "$state/ca.key" -out "$ca.new" -subj "/CN=pps tests" -days 30
		openssl req -newkey rsa:2048 -nodes -keyout "$state/broker.key" -out "$state/broker.csr" -subj "/CN=broker"
		openssl x509 -req -in "$state/broker.csr" -CA "$ca.new" -CAkey "$state/ca.key" -CAcreateserial -days 30 -out "$state/broker.crt" \
			-extfile <(echo "subjectAltName=IP:127.0.0.1")
	} >"$state/openssl.log" 2>&1 || { cat "$state/openssl.log" >&2; fail "no certificates"; }
	cat "$state/broker.key" "$state/broker.crt" >"$state/broker.pem"
	mv "$ca.new" "$ca"
}

write_secure() {
	cat <<END
listeners=PLAINTEXT://127.0.0.1:$port,CONTROLLER://127.0.0.1:$((port + 1)),SASL_SSL://127.0.0.1:$((port + 2))
advertised.listeners=PLAINTEXT://127.0.0.1:$port,SASL_SSL://127.0.0.1:$((port + 2))
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,SASL_SSL:SASL_SSL
sasl.enabled.mechanisms=SCRAM-SHA-512
listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required;
listener.name.sasl_ssl.ssl.keystore.type=PEM
listener.name.sasl_ssl.ssl.keystore.location=$state/broker.pem
END
}

write_conf() {
	cat >"$state/server.properties" <<END
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:$((port + 1))
listeners=PLAINTEXT://127.0.0.1:$port,CONTROLLER://127.0.0.1:$((port + 1))
advertised.listeners=PLAINTEXT://127.0.0.1:$port
controller.listener.names=CONTROLLER
inter.broker.listener.name=PLAINTEXT
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
log.dirs=$state/logs
num.partitions=$partitions
default.replication.factor=1
min.insync.replicas=1
offsets.topic.replication.factor=1
offsets.topic.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=4
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
group.initial.rebalance.delay.ms=0
group.min.session.timeout.ms=1000
auto.create.topics.enable=true
log.segment.bytes=268435456
num.network.threads=2
num.io.threads=4
END
	[ -z "$secure" ] || write_secure >>"$state/server.properties"
	cat >"$state/log4j2.properties" <<END
status = error
appender.f.type = File
appender.f.name = F
appender.f.fileName = $state/broker.log
appender.f.layout.type = PatternLayout
appender.f.layout.pattern = [%d] %p %m (%c)%n
rootLogger.level = warn
rootLogger.appenderRef.f.ref = F
END
}

storage() { java -Xmx256m "-Dlog4j2.configurationFile=$state/log4j2.properties" -cp "$jars/*" kafka.tools.StorageTool "$@"; }

start() {
	local id user=() last=$((SECONDS + ${PPS_KAFKA_READY_S:-120}))
	if alive && answers; then return; fi
	down
	fetch
	"$here/free-port.py" 3 "$port" >"$state/port.new"
	# Clients know the port: what ran here before comes back there, or not at all.
	[ -z "$port" ] || [ ! -e "$state/logs/meta.properties" ] || [ "$(cat "$state/port.new")" = "$port" ] || fail "port $port is in use by another program"
	mv "$state/port.new" "$state/port"
	port=$(cat "$state/port")
	[ -z "$secure" ] || make_certificates
	write_conf
	if [ ! -e "$state/logs/meta.properties" ]; then
		id=$(storage random-uuid 2>/dev/null | tail -1)
		[ -z "$secure" ] || user=(--add-scram "SCRAM-SHA-512=[name=${secure%%:*},password=${secure#*:}]")
		storage format -t "$id" -c "$state/server.properties" "${user[@]}" >"$state/format.log" 2>&1 || { cat "$state/format.log" >&2; fail "its folder cannot be made"; }
	fi
	setsid java -Xms128m -Xmx512m -XX:+UseG1GC -Djava.awt.headless=true "-Dlog4j2.configurationFile=$state/log4j2.properties" \
		-cp "$jars/*" kafka.Kafka "$state/server.properties" >"$state/out.log" 2>&1 9>&- </dev/null &
	echo $! >"$state/pid"
	until answers; do
		if [ $SECONDS -ge $last ] || ! kill -0 "$(cat "$state/pid")" 2>/dev/null; then
			tail -n 20 "$state/out.log" "$state/broker.log" >&2 || :
			down
			fail "the broker does not answer"
		fi
		sleep 0.2
	done
}

down() {
	local pid
	if alive; then
		pid=$(cat "$state/pid")
		kill "$pid" 2>/dev/null || :
		for _ in $(seq 150); do alive || break; sleep 0.1; done
		if alive; then kill -9 "$pid" 2>/dev/null || :; fi
	fi
	rm -f "$state/pid"
}

print_env() {
	[ -s "$state/port" ] || fail "nothing was started in $state"
	echo "PPS_TEST_KAFKA=127.0.0.1:$port"
	echo "PPS_TEST_KAFKA_DIR=$state"
	[ ! -e "$state/ca.pem" ] || printf 'PPS_TEST_KAFKA_TLS=127.0.0.1:%s\nPPS_TEST_KAFKA_CA=%s\n' $((port + 2)) "$state/ca.pem"
}

if [ "$cmd" = fetch ]; then
	mkdir -p "$top/.kafka"
	fetch
	exit 0
fi
if [ "$cmd" = start ]; then mkdir -p "$2"; fi
[ -d "$2" ] || case $cmd in stop | wipe) exit 0 ;; *) fail "no folder $2" ;; esac
state=$(cd "$2" && pwd)
port=$(cat "$state/port" 2>/dev/null || :)
case $cmd in
start | stop | wipe)
	exec 9>"$state/lock"
	flock 9
	;;
esac
case $cmd in
start) start; print_env ;;
stop) down ;;
status) alive && answers ;;
env) print_env ;;
wipe)
	down
	rm -rf "${state:?}"/{logs,server.properties,log4j2.properties,out.log,format.log,openssl.log,port} "$state"/{ca,broker}.*
	;;
*) usage ;;
esac
