# SPDX-License-Identifier: BSD-3-Clause
"""What the package does where there is nothing but Python: both flows and a handle of each kind, in an example world that is there already; then which libraries
that took. usage: alone.py WORLD. Ends well when all was done, and of the system only what each glibc has."""
import os
import re
import sys

# What a wheel for manylinux may ask of the system, by the policy.
SYSTEM = re.compile(r"(ld-linux-x86-64|ld-linux-aarch64|libc|libm|libdl|librt|libpthread|libresolv|libutil|libgcc_s|libstdc\+\+)\.so")


def mapped():
    with open("/proc/self/maps") as f:
        return {line.split()[-1] for line in f if ".so" in line}


def raw(pps, root):
    conf = pps.Conf(f"{root}/pps.yaml")
    pps.State.init(conf)
    report = pps.Raw(conf).run()
    done = [row for row in report.rows if row.status == pps.RawStatus.DONE]
    assert (len(done), report.failed, pps.Raw(conf, deep=True).check().failed) == (4, 0, 0), report
    with pps.Zip(done[0].zip) as archive, pps.Butler(f"{root}/main") as butler:
        assert not archive.verify().problems and len(archive.names()) > 2
        assert len(butler.query_exposures()) == 4 and len(butler.query_datasets("raw", "*")) > 4
        assert len(butler.collect_dimensions(done[0].obs_id)) > 0
    assert pps.State(conf).verify_ledger() > 0


def products(pps, root):
    conf = pps.Conf(f"{root}/products/pps.yaml")
    pps.State.init(conf, replay=True)
    pps.Publish.mark_replay(conf)
    report = pps.Publish(conf, now=pps.Tai.parse("2025-12-04", scale="utc")).run()
    assert sum(row.done for row in report.rows if row.task == "copy") > 0 and not report.down, report


def services(pps, root):
    """Servers that are down: libraries that talk to them are there."""
    os.environ.update(AWS_ACCESS_KEY_ID="me", AWS_SECRET_ACCESS_KEY="my-own", S3_ENDPOINT_URL="https://127.0.0.1:9")
    assert pps.Store("s3://bucket/prefix").presign("a").startswith("https://127.0.0.1:9/bucket/prefix/a?")
    with open(f"{root}/pps.yaml") as f:
        text = f.read()
    for name, block in (("kafka", "intake: {kafka: {brokers: '127.0.0.1:9', topic: t, group: g, batch_root: /}}\n"), ("postgres", "")):
        with open(f"{root}/{name}.yaml", "w") as f:
            f.write((text.replace("sqlite:///state.db", "postgresql://pps@127.0.0.1:9/pps") if name == "postgres" else text) + block)
    for call in (pps.Store("s3://bucket/prefix").list, lambda: pps.State(pps.Conf(f"{root}/postgres.yaml"))):
        try:
            call()
            raise AssertionError("a server that is down answers")
        except pps.UnavailableError:
            pass
    pps.Stream(pps.Conf(f"{root}/kafka.yaml"), "intake.kafka").close()


def main():
    before = mapped()
    import pps
    for what in (raw, products, services):
        what(pps, sys.argv[1])
    taken = {path for path in mapped() - before if "/lib-dynload/" not in path}
    inside = {path for path in taken if path.startswith(f"{sys.prefix}/")}
    wrong = sorted(path for path in taken - inside if not SYSTEM.match(os.path.basename(path)))
    print(f"{len(inside)} libraries of the wheel; of the system: {', '.join(sorted(map(os.path.basename, taken - inside))) or 'nothing more'}")
    if wrong or not inside:
        sys.exit(f"libraries that the wheel does not bring: {wrong}")


if __name__ == "__main__":
    main()
