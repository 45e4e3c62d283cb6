#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Installs what a Debian 12 machine lacks. usage: tests/setup.sh build|test
#   build  what ./quickstart needs: compiler, meson and the libraries
#   test   and what ./check needs beside: test tools, PostgreSQL, Ceph, the Python Butler in ./.venv
# It says what it installs, as root or with sudo, and does nothing when all is there.
set -euo pipefail
cd "$(dirname "$0")/.."

build=(gcc g++ meson ninja-build pkg-config python3 ca-certificates
       libsqlite3-dev libpq-dev libzip-dev libyaml-dev libjansson-dev libssl-dev libcurl4-openssl-dev
       libdeflate-dev zlib1g-dev uuid-dev liberfa-dev libexpat1-dev librdkafka-dev)
tests=(clang cmake doxygen libclang-rt-14-dev libcmocka-dev valgrind abigail-tools pmccabe codespell
       postgresql postgresql-contrib python3-venv python3-dev sqlite3 zip unzip patch faketime procps git scdoc man-db curl
       ceph-mon ceph-osd radosgw ceph-common ceph-base
       openjdk-17-jre-headless maven)

want=("${build[@]}")
[ "${1:-build}" = build ] || want+=("${tests[@]}")
missing=()
for p in "${want[@]}"; do
	[ "$(dpkg-query -W -f '${Status}' "$p" 2>/dev/null)" = "install ok installed" ] || missing+=("$p")
done
if [ ${#missing[@]} -gt 0 ]; then
	sudo=()
	if [ "$(id -u)" != 0 ]; then
		command -v sudo >/dev/null || { echo "these packages are missing, and neither root nor sudo is at hand: ${missing[*]}" >&2; exit 1; }
		sudo=(sudo)
	fi
	echo "installing: ${missing[*]}"
	log=$(mktemp)
	if ! { "${sudo[@]}" apt-get update -qq &&
	       "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "${missing[@]}"; } >"$log" 2>&1; then
		tail -n 20 "$log" >&2
		echo "installing failed; the whole output is in $log" >&2
		exit 1
	fi
	rm -f "$log"
fi
[ "${1:-build}" = test ] || exit 0

# The Python Butler that judges our results, in an environment of its own.
if ! cmp -s tests/interop/requirements.txt .venv/requirements.txt; then
	echo "installing into .venv: $(grep -v '^#' tests/interop/requirements.txt | tr '\n' ' ')"
	rm -rf .venv
	/usr/bin/python3 -m venv .venv
	.venv/bin/pip install -q --disable-pip-version-check -r tests/interop/requirements.txt
	cp tests/interop/requirements.txt .venv/requirements.txt
fi

# What builds and judges the Python package.
if ! cmp -s tests/python/requirements.txt .venv-python/requirements.txt; then
	echo "installing into .venv-python: $(grep -E '^(auditwheel|meson|swig|mypy|astropy|pandas|polars|pyarrow|ipykernel)=' tests/python/requirements.txt | tr '\n' ' ')"
	rm -rf .venv-python
	/usr/bin/python3 -m venv .venv-python
	.venv-python/bin/pip install -q --disable-pip-version-check -r tests/python/requirements.txt
	cp tests/python/requirements.txt .venv-python/requirements.txt
fi

# Rucio's server and client, which want other versions of many packages.
if ! cmp -s tests/servers/rucio-requirements.txt .venv-rucio/requirements.txt; then
	echo "installing into .venv-rucio: $(grep -E '^(rucio|gunicorn)' tests/servers/rucio-requirements.txt | tr '\n' ' ')"
	rm -rf .venv-rucio
	/usr/bin/python3 -m venv .venv-rucio
	.venv-rucio/bin/pip install -q --disable-pip-version-check -r tests/servers/rucio-requirements.txt
	cp tests/servers/rucio-requirements.txt .venv-rucio/requirements.txt
fi
