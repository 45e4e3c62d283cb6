#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""A service whose first repository has its files in S3, which fails for a while: it goes on by itself, and all comes to the end of an undisturbed run.

usage: services_s3.py [--pps PATH]     $PPS_TEST_S3 and its keys name the server. The last line is `N passed, N failed`.
"""

import argparse
import os
import shutil
import sys
import tempfile

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path[:0] = [f"{TOP}/tests/interop", f"{TOP}/tests/faults"]

import services  # noqa: E402
from proxy import Proxy, Rule, error, reset  # noqa: E402
from publish_real import Bucket  # noqa: E402
from services import QUICK, Service, World, rounds, same_end, undisturbed, wait  # noqa: E402

PROFILE = "LSST_RESOURCES_S3_PROFILE_embargo"


class S3World(World):
    def __init__(self, pps, work, bucket):
        self.bucket = bucket
        super().__init__(pps, None, work, files=f"{bucket.uri}/files")
        self.objects = {key: bucket.client.get_object(Bucket=bucket.name, Key=key)["Body"].read() for key in bucket.keys()}

    def reset(self, **more):
        super().reset(**more)
        for key, body in self.objects.items():
            self.bucket.client.put_object(Bucket=self.bucket.name, Key=key, Body=body)

    def end(self):
        return dict(super().end(), bucket=dict(keys=sorted(self.bucket.keys())))


def fails(world, want, endpoint, name, action):
    """From the beginning of the first copies until it was heard of, and for some rounds after that."""
    world.reset(tasks=QUICK)
    user = os.environ[PROFILE].split("://")[1].rsplit("@", 1)[0]
    with Proxy(endpoint) as proxy:
        proxy.add(Rule(".*", ".*", action, times=10**9, skip=5))
        service = Service(world, env={PROFILE: f"http://{user}@{proxy.url.split('://')[1]}"})
        wait(f"{name}: it says so", lambda: "passed over" in service.said() or "failed" in service.said(), service)
        rounds(world, service, f"{name}: rounds")
        services.check(f"{name}: something was left to do", world.settled(want) and "everything was done before")
        proxy.clear()
        wait(f"{name}: all is done", lambda: world.later() or world.settled(want), service)
        service.end(name)
    same_end(world, name, want)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pps", default=f"{TOP}/build/tools/pps")
    options = parser.parse_args()
    endpoint = os.environ["PPS_TEST_S3"]
    work = os.path.realpath(tempfile.mkdtemp(prefix="pps-services-s3."))
    os.chmod(work, 0o755)
    bucket, world = Bucket(), None
    try:
        world = S3World(os.path.abspath(options.pps), work, bucket)
        want = undisturbed(world)
        fails(world, want, endpoint, "S3 answers 503", error(503, b"<Error><Code>SlowDown</Code></Error>"))
        fails(world, want, endpoint, "S3 resets connections", reset)
    finally:
        if world:
            world.close()
        bucket.remove()
        shutil.rmtree(work, ignore_errors=True)
    print(f"{services.passed} passed, {services.failed} failed")
    return services.failed != 0


if __name__ == "__main__":
    sys.exit(main())
